"""Square regions round motion and tracked boxes, and one set of boxes out of several regions, in Frigate's manner.

Boxes and regions are left, top, right, bottom in pixels. Frigate's figures are used; its learnt grid of usual sizes is not.
"""

from crossing import Box

LEAST_SIDE = 320
ROOM = 1.35  # side of a region for the longer side of what is in it
LEAST_SHARE = 0.05  # of a region larger than the least, that each box in it must cover
SUPPRESS_IOU = 0.6
COVERED = 0.8  # of a box that lies within a larger one: the same vehicle
CLIPPED_SCORE = 0.6
EDGE = 0.05  # of a region's side: a box so near to an edge inside the frame is cut off


def square(box: Box, width: int, height: int) -> Box:
    """The region round a box, moved into the frame as far as it fits."""
    side = max(LEAST_SIDE, int(max(box[2] - box[0], box[3] - box[1]) * ROOM) // 4 * 4)
    left = min(max(int((box[0] + box[2]) / 2 - side / 2), 0), max(0, width - side))
    top = min(max(int((box[1] + box[3]) / 2 - side / 2), 0), max(0, height - side))
    return left, top, left + side, top + side


def round_boxes(boxes: list[Box], width: int, height: int) -> list[Box]:
    """As few regions as hold all the boxes without any box becoming too small in its region."""
    clusters: list[list[Box]] = []
    for box in boxes:
        for cluster in clusters:
            if _fit([*cluster, box], width, height):
                cluster.append(box)
                break
        else:
            clusters.append([box])
    return [square(_hull(cluster), width, height) for cluster in clusters]


def _fit(cluster: list[Box], width: int, height: int) -> bool:
    region = square(_hull(cluster), width, height)
    if region[2] - region[0] <= LEAST_SIDE:
        return True
    return all(area(box) >= LEAST_SHARE * area(region) for box in cluster)


def _hull(boxes: list[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def common(one: Box, other: Box) -> float:
    """Area that two boxes share."""
    return area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def iou(one: Box, other: Box) -> float:
    shared = common(one, other)
    return shared / (area(one) + area(other) - shared) if shared else 0.0


def inside(box: Box, other: Box) -> bool:
    return other[0] <= box[0] and other[1] <= box[1] and box[2] <= other[2] and box[3] <= other[3]


def clipped(box: Box, region: Box, width: int, height: int) -> bool:
    """Whether the box is probably cut off by its region's edge, where that is not the frame's."""
    near = EDGE * (region[2] - region[0])
    return (
        (region[0] > 0 and box[0] - region[0] < near)
        or (region[1] > 0 and box[1] - region[1] < near)
        or (region[2] < width and region[2] - box[2] < near)
        or (region[3] < height and region[3] - box[3] < near)
    )


def merge(found: list[tuple[Box, float, Box]], width: int, height: int) -> list[Box]:
    """Of (box, score, region) each vehicle once: whole boxes go before cut ones, larger ones swallow what they cover."""
    ranked = sorted(
        found, key=lambda one: -(min(one[1], CLIPPED_SCORE) if clipped(one[0], one[2], width, height) else one[1])
    )
    kept: list[Box] = []
    for box, _, _ in ranked:
        if all(iou(box, other) <= SUPPRESS_IOU for other in kept):
            kept.append(box)
    return [box for box in kept if not any(_swallows(other, box) for other in kept)]


def _swallows(larger: Box, box: Box) -> bool:
    return area(larger) > area(box) and area(box) >= LEAST_SHARE * area(larger) and common(larger, box) > COVERED * area(box)
