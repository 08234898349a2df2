"""The measured figures as Markdown."""

import math
from dataclasses import dataclass

from recordings import LOOKING_STRAIGHT_DOWN, TOTAL

CORES = 2
REFERENCE = "lotcount"  # the row that others are compared with
SHOWN_BY_RECORDING = ("yolox", "yolox-3-1", "mog2", "regions", "lotcount", "full")
HEADER = (
    "pipeline",
    "F1",
    "precision",
    "recall",
    "F1 without the view from above",
    "CPU-ms per camera-second",
    "times lotcount's",
    "cameras on two cores",
    "CPU-ms at a quiet gate",
    "times lotcount's there",
    "cameras there",
    "peak memory, MB",
)


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    f1: float
    precision: float
    recall: float
    f1_oblique: float  # recordings that look straight down left out
    cost_ms: float  # CPU milliseconds per second of video
    gate_ms: float | None  # ... of the bundled gate that is quiet most of the time, where that was measured
    peak_mb: float  # of the recording that took most
    busy: float  # share of the machine's CPU time that was used meanwhile, by whomever
    f1_by_recording: dict[str, float]


def row(key: str, title: str, measured: dict[str, dict], scores: dict[str, dict], gate: dict | None = None) -> Row:
    """Of what worker.py tells and the scorer's rows, both by recording; `gate` is told of the quiet gate."""
    busy = sum(one["machine_busy"] * one["wall_s"] for one in measured.values())
    total = scores[TOTAL]
    return Row(
        key,
        title,
        float(total["f1"]),
        float(total["precision"]),
        float(total["recall"]),
        f1([scores[name] for name in measured if name not in LOOKING_STRAIGHT_DOWN]),
        cost(list(measured.values())),
        cost([gate]) if gate else None,
        max(one["peak_mb"] for one in measured.values()),
        busy / sum(one["wall_s"] for one in measured.values()),
        {name: float(scores[name]["f1"]) for name in measured},
    )


def cost(measured: list[dict]) -> float:
    return 1000 * sum(one["cpu_s"] for one in measured) / sum(one["seconds"] for one in measured)


def f1(scores: list[dict]) -> float:
    hits, faults = (sum(int(one[key]) for one in scores for key in keys) for keys in (("tp",), ("fn", "fp")))
    return 2 * hits / (2 * hits + faults) if hits + faults else math.nan


def markdown(machine: dict, rows: list[Row], recordings: list[str], left_out: list[str]) -> str:
    parts = [machine_line(machine, rows), table(rows)]
    parts += ["\n".join(f"- {line}" for line in left_out)] if left_out else []
    parts.append(by_recording(rows, recordings))
    return "\n\n".join(part for part in parts if part)


def machine_line(machine: dict, rows: list[Row]) -> str:
    if not machine or not rows:
        return ""
    busy = sum(one.busy for one in rows) / len(rows)
    return (
        f"{machine['processor']}, {machine['cores']} cores ({CORES} used), {machine['memory_gb']} GB, {machine['system']}. "
        f"While it was measured, the machine was busy for {busy:.0%} of its time, with these pipelines and whatever else ran"
        f"{' (they at nice ' + str(machine['nice']) + ')' if machine['nice'] else ''}."
    )


def table(rows: list[Row]) -> str:
    reference = next((one for one in rows if one.key == REFERENCE), None)
    lines = [line(HEADER), line(["---"] + ["---:"] * (len(HEADER) - 1))]
    for one in rows:
        shares = [share(value) for value in (one.f1, one.precision, one.recall, one.f1_oblique)]
        busy = costs(one.cost_ms, reference and reference.cost_ms)
        gate = costs(one.gate_ms, reference and reference.gate_ms)
        lines.append(line([one.title, *shares, *busy, *gate, f"{one.peak_mb:.0f}"]))
    return "\n".join(lines)


def costs(milliseconds: float | None, reference: float | None) -> list[str]:
    """The cost, what multiple of lotcount's it is, and how many such cameras fit."""
    if milliseconds is None:
        return ["", "", ""]
    times = number(milliseconds / reference) if reference else ""
    return [number(milliseconds), times, str(int(1000 * CORES / milliseconds))]


def by_recording(rows: list[Row], recordings: list[str]) -> str:
    shown = [one for one in rows if one.key in SHOWN_BY_RECORDING]
    if not shown:
        return ""
    lines = ["F1 of each recording:", ""]
    lines += [line(["recording", *(one.title for one in shown)]), line(["---"] + ["---:"] * len(shown))]
    for name in recordings:
        lines.append(line([name, *(share(one.f1_by_recording[name]) for one in shown)]))
    return "\n".join(lines)


def line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def share(value: float) -> str:
    """Of 1; the scorer says nan where nothing was found or nothing was there."""
    return "-" if math.isnan(value) else f"{value:.3f}"


def number(value: float) -> str:
    """With two digits at least, no more than one behind the point."""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"
