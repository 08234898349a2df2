"""Curves and a contact sheet of failures as PNG files."""

from collections import Counter
from pathlib import Path

import cv2
import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

import metrics
from dataset import VEHICLE
from strata import Picture

SIZE_EDGES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 320)  # longer side, pixels of the reference input
FEWEST = 10  # vehicles a point of a curve stands for
TILE = (320, 240)  # pixels of a failure on the sheet, with its caption
CAPTION = 18
OF_EACH_KIND = 12
OF_A_RECORDING = 2
SHOWN_SCORE = 0.2
# Colours as RGB.
TRUTH, IGNORED, FOUND, FAULT = (60, 220, 60), (150, 150, 150), (90, 160, 255), (255, 60, 60)

# Which picture, where, and what is wrong.
Failure = tuple[int, np.ndarray, str]


def precision_recall(path: Path, matches: dict[str, metrics.Matches]) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 5), dpi=110)
    axes.set_prop_cycle(color=pyplot.get_cmap("tab20").colors)
    for name, match in matches.items():
        precision, recall, _ = metrics.precision_recall(match)
        average = metrics.average_precision_of(match)
        axes.plot(recall, precision, label=f"{name} {average:.3f}", linewidth=1.2)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="IoU 0.5")
    _finish(figure, axes, path)


def recall_by_size(
    path: Path, matches: dict[str, metrics.Matches], pictures: list[Picture], scores: dict[str, float]
) -> None:
    """Share of vehicles with a box of at least the net's score, over the longer side at the reference input."""
    figure, axes = pyplot.subplots(figsize=(7, 5), dpi=110)
    everything = np.concatenate([_sides(_vehicles(picture)) * picture.scale for picture in pictures])
    total = np.histogram(everything, SIZE_EDGES)[0]
    enough = total >= FEWEST
    middles = np.sqrt(np.multiply(SIZE_EDGES[:-1], SIZE_EDGES[1:]))
    axes.set_prop_cycle(color=pyplot.get_cmap("tab20").colors)
    for name, match in matches.items():
        sides = [_sides(box[None])[0] * pictures[at].scale for at, box in _hit(match, pictures, scores[name])]
        share = np.histogram(sides, SIZE_EDGES)[0][enough] / total[enough]
        label = f"{name} at {scores[name]:.2f}"
        axes.plot(middles[enough], share, marker="o", markersize=3, label=label, linewidth=1.2)
    axes.set(xscale="log", xlabel="longer side, pixels", ylabel="recall at the best F1's score", ylim=(0, 1.02))
    axes.set_xticks(SIZE_EDGES)
    axes.set_xticklabels([str(edge) for edge in SIZE_EDGES])
    axes.minorticks_off()
    _finish(figure, axes, path)


def _finish(figure: pyplot.Figure, axes: pyplot.Axes, path: Path) -> None:
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def _sides(boxes: np.ndarray) -> np.ndarray:
    """Longer sides of boxes [k, 4]."""
    return (boxes[:, 2:4] - boxes[:, :2]).max(1, initial=0)


def _vehicles(picture: Picture) -> np.ndarray:
    return picture.truth[picture.truth[:, 0] == VEHICLE, 1:]


def _hit(match: metrics.Matches, pictures: list[Picture], score: float) -> list[tuple[int, np.ndarray]]:
    """Picture and box [4] of the vehicles that a prediction of at least `score` hit."""
    hits = np.flatnonzero((match.outcomes == metrics.HIT) & (match.scores >= score))
    return [(int(match.pictures[at]), pictures[match.pictures[at]].truth[match.partners[at], 1:]) for at in hits]


def failures(path: Path, match: metrics.Matches, pictures: list[Picture], found: list[np.ndarray]) -> None:
    """The surest false boxes and the largest missed vehicles, few of one recording."""
    tiles = [_tile(pictures[at], found[at], box, caption) for at, box, caption in _worst(match, pictures)]
    if not tiles:
        return
    columns = 4
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])


def _worst(match: metrics.Matches, pictures: list[Picture]) -> list[Failure]:
    false = np.flatnonzero(match.outcomes == metrics.FALSE)
    surest = [(int(match.pictures[at]), match.boxes[at], f"false {match.scores[at]:.2f}") for at in false]
    seen = {(at, *box) for at, box in _hit(match, pictures, SHOWN_SCORE)}
    missed = []
    for at, picture in enumerate(pictures):
        for box in _vehicles(picture):
            if (at, *box) not in seen:
                missed.append((at, box, _sides(box[None])[0] * picture.scale))
    missed.sort(key=lambda entry: -entry[2])
    largest = [(at, box, f"missed, {side:.0f} px") for at, box, side in missed]
    return _few_of_a_recording(surest, pictures) + _few_of_a_recording(largest, pictures)


def _few_of_a_recording(failures: list[Failure], pictures: list[Picture]) -> list[Failure]:
    """The first so many, at most one of a picture and two of a group."""
    chosen: list[Failure] = []
    groups: Counter[str] = Counter()
    used: set[int] = set()
    for failure in failures:
        at, group = failure[0], pictures[failure[0]].row.group
        if at in used or groups[group] >= OF_A_RECORDING or len(chosen) == OF_EACH_KIND:
            continue
        chosen.append(failure)
        used.add(at)
        groups[group] += 1
    return chosen


def _tile(picture: Picture, found: np.ndarray, fault: np.ndarray, caption: str) -> np.ndarray:
    """uint8 [240, 320, 3] RGB: truths green, regions to ignore grey, boxes blue, the failure red."""
    width, height = TILE[0], TILE[1] - CAPTION
    scale = min(width / picture.row.width, height / picture.row.height)
    shown = cv2.resize(picture.image, (int(picture.row.width * scale), int(picture.row.height * scale)))
    boxes = [(box[1:], TRUTH if box[0] == VEHICLE else IGNORED) for box in picture.truth]
    boxes += [(box[:4], FOUND) for box in found if box[4] >= SHOWN_SCORE]
    for box, colour in [*boxes, (fault, FAULT)]:
        x1, y1, x2, y2 = (int(round(value * scale)) for value in box)
        cv2.rectangle(shown, (x1, y1), (x2, y2), colour, 1)
    tile = np.full((TILE[1], TILE[0], 3), 255, np.uint8)
    tile[CAPTION : CAPTION + shown.shape[0], : shown.shape[1]] = shown
    text = f"{caption}  {picture.row.source}"
    cv2.putText(tile, text, (3, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return tile
