"""When a followed point crosses a counting line, for those pipelines whose package has no line of its own.

Points are in pixels of the frame, y grows down. Standing at A and looking to B, left to right is an entry.
"""

from dataclasses import dataclass

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Line:
    name: str
    a: Point
    b: Point


@dataclass(frozen=True)
class Crossing:
    time_s: float
    line: str
    direction: str


def lines_in_pixels(shares: dict, width: int, height: int) -> list[Line]:
    """Of {name: {"a": [x, y], "b": [x, y]}} in shares of the frame."""
    return [
        Line(name, (ends["a"][0] * width, ends["a"][1] * height), (ends["b"][0] * width, ends["b"][1] * height))
        for name, ends in shares.items()
    ]


def anchor(box: Box, kind: str) -> Point:
    """The point of a box that crosses: `bottom-centre`, or `centre` where the camera looks straight down."""
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2 if kind == "centre" else bottom


def side(a: Point, b: Point, point: Point) -> float:
    """Negative on the left hand of A->B, positive on the right hand."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def direction(line: Line, before: Point, after: Point) -> str | None:
    """`entry` or `exit` when the way from one point to the next leads over the line between its ends."""
    left_before, left_after = side(line.a, line.b, before) < 0, side(line.a, line.b, after) < 0
    if left_before == left_after or side(before, after, line.a) * side(before, after, line.b) > 0:
        return None
    return "entry" if left_before else "exit"


class LineCounter:
    """Counts each track at most once per line and direction, the usual guard against boxes that jitter on a line."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.crossings: list[Crossing] = []
        self._last: dict[int, Point] = {}
        self._counted: set[tuple[int, str, str]] = set()

    def move(self, track: int, point: Point, time_s: float) -> None:
        before = self._last.get(track)
        self._last[track] = point
        if before is None:
            return
        for line in self.lines:
            way = direction(line, before, point)
            key = (track, line.name, way)
            if way is not None and key not in self._counted:
                self._counted.add(key)
                self.crossings.append(Crossing(time_s, line.name, way))
