"""How good boxes are: matching with regions to ignore, average precision, recall, false boxes. Numpy only.

Predictions are float arrays [k, 5]: x1, y1, x2, y2, score; truths [m, 5]: class, x1, y1, x2, y2 (see dataset.py). All
in pixels of the same picture. A list holds one array for each picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dataset import IGNORE, VEHICLE

SUPPRESS_IOU = 0.55  # as the sidecars of our nets say
MATCH_IOU = 0.5
COCO_IOUS = tuple(0.5 + 0.05 * step for step in range(10))
COCO_RECALLS = np.linspace(0, 1, 101)
# A box that lies by more than this share of its own area in a region to ignore is neither hit nor false alarm.
INSIDE_IGNORED = 0.5

HIT = 1
FALSE = 0
IGNORED = -1


def overlaps(boxes: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of boxes [k, 4] with others [m, 4]: intersection over union, and the share of each inside each other, [k, m]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:4], others[None, :, 2:4])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = np.clip(boxes[:, 2:4] - boxes[:, :2], 0, None).prod(1)[:, None]
    other_areas = np.clip(others[:, 2:4] - others[:, :2], 0, None).prod(1)[None]
    tiny = 1e-9
    return shared / np.maximum(areas + other_areas - shared, tiny), shared / np.maximum(areas, tiny)


def suppress(boxes: np.ndarray, iou: float = SUPPRESS_IOU) -> np.ndarray:
    """Of predictions [k, 5] that overlap by more than `iou` the surest, surest first."""
    left = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    kept = []
    while len(left):
        kept.append(left[0])
        overlap, _ = overlaps(left[:1, :4], left[1:, :4])
        left = left[1:][overlap[0] <= iou]
    return np.array(kept, boxes.dtype).reshape(-1, 5)


def without_small(truths: np.ndarray, smallest: float) -> np.ndarray:
    """The truths with vehicles whose shorter side is under `smallest` pixels as regions to ignore."""
    result = truths.copy()
    if len(result):
        result[np.minimum(result[:, 3] - result[:, 1], result[:, 4] - result[:, 2]) < smallest, 0] = IGNORE
    return result


@dataclass(frozen=True)
class Meeting:
    """How the k predictions of one picture lie to its truths; the same for every IoU that is asked for.

    `vehicles` are rows of the truths, `overlap` [k, vehicles] the predictions' IoU with them. Of the regions to ignore
    only the largest IoU and the largest share inside one matter, both [k].
    """

    vehicles: np.ndarray
    overlap: np.ndarray
    ignored_overlap: np.ndarray
    inside_ignored: np.ndarray


def meeting(boxes: np.ndarray, truth: np.ndarray) -> Meeting:
    vehicles = np.flatnonzero(truth[:, 0] == VEHICLE)
    overlap, _ = overlaps(boxes[:, :4], truth[vehicles, 1:])
    ignored, inside = overlaps(boxes[:, :4], truth[truth[:, 0] == IGNORE, 1:])
    return Meeting(vehicles, overlap, ignored.max(1, initial=0), inside.max(1, initial=0))


@dataclass(frozen=True)
class Matches:
    """Predictions of many pictures against their truths, surest first.

    `outcomes` is HIT, FALSE or IGNORED for each of `scores`; `pictures` and `boxes` [k, 4] say where it was, `partners`
    which row of the picture's truths it hit, or -1.
    """

    scores: np.ndarray
    outcomes: np.ndarray
    pictures: np.ndarray
    boxes: np.ndarray
    partners: np.ndarray
    vehicles: int


def match(predictions: list[np.ndarray], truths: list[np.ndarray], iou: float = MATCH_IOU) -> Matches:
    """Pairs greedily, the surest prediction first, each with the free vehicle that it overlaps most.

    A prediction that matches no vehicle is ignored where it matches a region to ignore or lies mostly inside one: none
    of these uses the region up, since it may hold several vehicles.
    """
    if len(predictions) != len(truths):
        raise ValueError(f"{len(predictions)} pictures of predictions, {len(truths)} of truths")
    return _match(predictions, [meeting(*picture) for picture in zip(predictions, truths)], iou)


def _match(predictions: list[np.ndarray], meetings: list[Meeting], iou: float) -> Matches:
    partners = [_partners(boxes[:, 4], met, iou) for boxes, met in zip(predictions, meetings)]
    outcomes = [_outcomes(mates, met, iou) for mates, met in zip(partners, meetings)]
    everything = np.concatenate([boxes.reshape(-1, 5) for boxes in predictions] or [np.zeros((0, 5))])
    pictures = np.repeat(np.arange(len(predictions)), [len(boxes) for boxes in predictions])
    order = np.argsort(-everything[:, 4], kind="stable")
    return Matches(
        scores=everything[order, 4],
        outcomes=np.concatenate(outcomes or [np.zeros(0, int)])[order],
        pictures=pictures[order],
        boxes=everything[order, :4],
        partners=np.concatenate(partners or [np.zeros(0, int)])[order],
        vehicles=sum(len(met.vehicles) for met in meetings),
    )


def _outcomes(partners: np.ndarray, met: Meeting, iou: float) -> np.ndarray:
    """HIT, FALSE or IGNORED for each prediction of one picture."""
    excused = (met.ignored_overlap >= iou) | (met.inside_ignored > INSIDE_IGNORED)
    return np.where(partners >= 0, HIT, np.where(excused, IGNORED, FALSE))


def _partners(scores: np.ndarray, met: Meeting, iou: float) -> np.ndarray:
    """For each prediction of one picture the row of the vehicle that it is paired with, or -1."""
    overlap = met.overlap.copy()
    partners = np.full(len(scores), -1)
    # Most boxes are near no vehicle; the others take turns.
    near = np.flatnonzero(overlap.max(1, initial=0) >= iou)
    for at in near[np.argsort(-scores[near], kind="stable")]:
        best = int(overlap[at].argmax())
        if overlap[at, best] >= iou:
            partners[at] = met.vehicles[best]
            overlap[:, best] = -1
    return partners


def precision_recall(matches: Matches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and score after each prediction that counts, surest first. Needs at least one vehicle."""
    counts = matches.outcomes != IGNORED
    hits = np.cumsum(matches.outcomes[counts] == HIT)
    precision = hits / np.arange(1, len(hits) + 1)
    return precision, hits / max(matches.vehicles, 1), matches.scores[counts]


def average_precision_of(matches: Matches) -> float:
    """The mean over 101 recalls of the best precision at that recall or beyond, as COCO does; nan without vehicles."""
    if matches.vehicles == 0:
        return float("nan")
    precision, recall, _ = precision_recall(matches)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    # Recalls are fractions of whole numbers: 3/10 must reach the 31st of 0, 0.01, ... whatever its last bit.
    at = np.searchsorted(recall, COCO_RECALLS - 1e-9)
    return float(np.append(envelope, 0.0)[at].mean())


def average_precision(predictions: list[np.ndarray], truths: list[np.ndarray], iou: float = MATCH_IOU) -> float:
    """AP at one IoU; nan when no truth is a vehicle."""
    return average_precision_of(match(predictions, truths, iou))


@dataclass(frozen=True)
class Summary:
    """What one net does on one set of pictures or a stratum of it. Rates are nan where there is no vehicle."""

    vehicles: int
    ap50: float
    ap50_95: float
    recall: float  # at the chosen score
    precision: float  # at the chosen score; nan without a box
    best_f1: float
    best_f1_score: float  # the score that gives it


def summary(predictions: list[np.ndarray], truths: list[np.ndarray], score: float) -> Summary:
    meetings = [meeting(*picture) for picture in zip(predictions, truths)]
    at_ious = [_match(predictions, meetings, iou) for iou in COCO_IOUS]
    first = at_ious[0]
    precision, recall, scores = precision_recall(first)
    taken = int((scores >= score).sum())
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = int(f1.argmax()) if len(f1) else -1
    none = float("nan")
    return Summary(
        vehicles=first.vehicles,
        ap50=average_precision_of(first),
        ap50_95=float(np.mean([average_precision_of(matches) for matches in at_ious])),
        recall=none if not first.vehicles else float(recall[taken - 1]) if taken else 0.0,
        precision=float(precision[taken - 1]) if taken else none,
        best_f1=float(f1[best]) if first.vehicles and best >= 0 else none,
        best_f1_score=float(scores[best]) if first.vehicles and best >= 0 else none,
    )


def stratum(
    predictions: list[np.ndarray], truths: list[np.ndarray], belongs: Callable[[int, np.ndarray], np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Predictions and truths for a part of the vehicles, such as the small ones.

    `belongs` says of boxes [k, 4] of picture i which are of that part, bool [k]. The other vehicles become regions to
    ignore; predictions paired with those are taken out, and so are those that match nothing and are of no such kind.
    """
    kept, narrowed = [], []
    for picture, (boxes, truth) in enumerate(zip(predictions, truths)):
        inside = belongs(picture, truth[:, 1:])
        partners = _partners(boxes[:, 4], meeting(boxes, truth), MATCH_IOU)
        relevant = belongs(picture, boxes[:, :4])
        paired = partners >= 0
        relevant[paired] = inside[partners[paired]]
        kept.append(boxes[relevant])
        changed = truth.copy()
        changed[(truth[:, 0] == VEHICLE) & ~inside, 0] = IGNORE
        narrowed.append(changed)
    return kept, narrowed


@dataclass(frozen=True)
class FalseBoxes:
    """Boxes on pictures without a vehicle, `pictures` of them, `boxes` above the score."""

    pictures: int
    boxes: int

    @property
    def in_200(self) -> float:
        return 200 * self.boxes / self.pictures if self.pictures else float("nan")


def false_boxes(predictions: list[np.ndarray], truths: list[np.ndarray], score: float) -> FalseBoxes:
    """Counts boxes above `score` on the pictures without a vehicle, but not those in regions to ignore."""
    empty = [at for at, truth in enumerate(truths) if not (truth[:, 0] == VEHICLE).any()]
    matches = match([predictions[at] for at in empty], [truths[at] for at in empty])
    above = (matches.outcomes == FALSE) & (matches.scores > score)
    return FalseBoxes(pictures=len(empty), boxes=int(above.sum()))
