"""Parts of a set of pictures and their vehicles for which results are told apart."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

import metrics
from dataset import VEHICLE, Row

# Shorter sides under this many pixels of the net's input are ignored: the finest level has a stride of 8.
SMALLEST = 8
SIZES = ((0, 16), (16, 32), (32, 96), (96, None))
BORDER = 1.5  # pixels of the picture: as near as that a box is cut off by it
NIGHT_LUMINANCE = 60  # mean of 0..255, for pictures whose light the manifest leaves open


@dataclass(frozen=True)
class Picture:
    """One picture to measure on. `scale` is pixels of the reference input per pixel of the picture."""

    row: Row
    image: np.ndarray  # uint8 [h, w, 3] RGB
    truth: np.ndarray  # [m, 5] class, x1, y1, x2, y2; too small vehicles are regions to ignore
    scale: float

    @property
    def light(self) -> str:
        if self.row.light:
            return self.row.light
        return "dark" if cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY).mean() < NIGHT_LUMINANCE else "bright"


def picture(row: Row, image: np.ndarray, boxes: np.ndarray, reference: tuple[int, int]) -> Picture:
    """`reference` is the width and height of the input at which sizes are judged, the same for all nets."""
    scale = min(reference[0] / row.width, reference[1] / row.height)
    return Picture(row, image, metrics.without_small(boxes.astype(float), SMALLEST / scale), scale)


@dataclass(frozen=True)
class Stratum:
    """`belongs` says which boxes [k, 4] of picture i are of this part, bool [k]."""

    group: str
    name: str
    belongs: Callable[[int, np.ndarray], np.ndarray]


def strata_of(pictures: list[Picture]) -> list[Stratum]:
    """All parts that hold at least one vehicle."""
    found = [_size(pictures, low, high) for low, high in SIZES]
    found += [_truncation(pictures, True), _truncation(pictures, False)]
    lights = [picture.light for picture in pictures]
    labels = {
        "light": lights,
        "weather": [picture.row.weather for picture in pictures],
        "view": [picture.row.view for picture in pictures],
        "source": [picture.row.source for picture in pictures],
    }
    for group, names in labels.items():
        found += [_labelled(group, name, names) for name in sorted(set(names) - {""})]
    return [stratum for stratum in found if _vehicles(pictures, stratum)]


def _vehicles(pictures: list[Picture], stratum: Stratum) -> int:
    count = 0
    for at, picture in enumerate(pictures):
        count += int(stratum.belongs(at, picture.truth[picture.truth[:, 0] == VEHICLE, 1:]).sum())
    return count


def _size(pictures: list[Picture], low: int, high: int | None) -> Stratum:
    def belongs(at: int, boxes: np.ndarray) -> np.ndarray:
        longer = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) * pictures[at].scale
        return (longer >= low) & (longer < (high or np.inf))

    return Stratum("size", f"{low}-{high} px" if high else f"over {low} px", belongs)


def _truncation(pictures: list[Picture], truncated: bool) -> Stratum:
    def belongs(at: int, boxes: np.ndarray) -> np.ndarray:
        row = pictures[at].row
        near = (boxes[:, :2].min(1, initial=np.inf) <= BORDER) | (boxes[:, 2] >= row.width - BORDER)
        return (near | (boxes[:, 3] >= row.height - BORDER)) == truncated

    return Stratum("truncation", "cut by the border" if truncated else "whole", belongs)


def _labelled(group: str, name: str, names: list[str]) -> Stratum:
    def belongs(at: int, boxes: np.ndarray) -> np.ndarray:
        return np.full(len(boxes), names[at] == name)

    return Stratum(group, name, belongs)
