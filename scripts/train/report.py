"""The results of evaluate.py as Markdown."""

import math
from collections import Counter

from dataset import VEHICLE
from strata import Picture


def line(name: str, result: dict) -> str:
    """One net in one line for the terminal."""
    whole, false = result["all"], result["false_boxes"]
    return (
        f"{name:32s} AP50 {number(whole['ap50'])} AP50-95 {number(whole['ap50_95'])} recall {number(whole['recall'])} "
        f"precision {number(whole['precision'])} at {result['score']:.2f}, "
        f"{false['boxes']} false boxes on {false['pictures']} empty pictures"
    )


def number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def markdown(title: str, pictures: list[Picture], results: dict[str, dict], own: list[str]) -> str:
    """The whole report: the pictures, all nets in one table, then a table of strata for each measure."""
    vehicles = sum(int((picture.truth[:, 0] == VEHICLE).sum()) for picture in pictures)
    sources = Counter(f"{picture.row.source} ({picture.row.licence})" for picture in pictures)
    told = ", ".join(f"{source} {count}" for source, count in sorted(sources.items()))
    text = f"# {title}\n\n{len(pictures)} pictures with {vehicles} vehicles: {told}.\n\n"
    text += overview(results)
    text += (
        "\nRecall and precision at the net's `birth` or the score asked for. False boxes: boxes above 0.3 on pictures "
        "without a vehicle, for 200 of them.\n"
    )
    some = [name for name in results if name not in own] + own
    text += "\n## Boxes above 0.3 on pictures without a vehicle\n\n" + on_empty(results, some)
    for key, heading in (("ap50", "AP50"), ("recall", "Recall")):
        text += f"\n## {heading} by part\n\n" + parts(results, some, key)
    return text


def overview(results: dict[str, dict]) -> str:
    head = ["net", "input", "AP50", "AP50-95", "recall", "precision", "at", "best F1", "at", "false boxes in 200"]
    rows = []
    for name, result in results.items():
        whole, false = result["all"], result["false_boxes"]
        rate = f"{false['in_200']:.1f} ({false['boxes']} on {false['pictures']})" if false["pictures"] else "-"
        measures = [number(whole[key]) for key in ("ap50", "ap50_95", "recall", "precision")]
        best = [number(whole["best_f1"]), f"{whole['best_f1_score']:.2f}"]
        rows.append([name, result["input"], *measures, f"{result['score']:.2f}", *best, rate])
    return table(head, rows)


def on_empty(results: dict[str, dict], names: list[str]) -> str:
    """One row for each source with such pictures, one column for each net."""
    rows = []
    for source, first in results[names[0]]["false_boxes"]["sources"].items():
        boxes = [str(results[name]["false_boxes"]["sources"][source]["boxes"]) for name in names]
        rows.append([source, str(first["pictures"]), *boxes])
    return table(["source", "pictures", *names], rows)


def parts(results: dict[str, dict], names: list[str], key: str) -> str:
    """One row for each stratum, one column for each net."""
    strata = results[names[0]]["strata"]
    rows = []
    for group, members in strata.items():
        for name, first in members.items():
            values = [number(results[net]["strata"][group][name][key]) for net in names]
            rows.append([f"{group}: {name}", str(first["vehicles"]), *values])
    return table(["part", "vehicles", *names], rows)


def clips(name: str, printed: str) -> str:
    return f"\n## Crossings of the external clips, counted by lotcount with {name}\n\n```\n{printed.rstrip()}\n```\n"
