"""A centroid tracker as tutorials write it: every known point takes the nearest new one, nearest pairs first."""

from math import dist

Point = tuple[float, float]


class CentroidTracker:
    def __init__(self, furthest: float, longest_absence: int) -> None:
        """A point moves at most `furthest` pixels between updates and is forgotten after so many without it."""
        self.furthest = furthest
        self.longest_absence = longest_absence
        self._points: dict[int, Point] = {}
        self._absent: dict[int, int] = {}
        self._next = 0

    def update(self, points: list[Point]) -> dict[int, Point]:
        """The tracks that are seen now, by number."""
        seen: dict[int, Point] = {}
        free = set(range(len(points)))
        pairs = sorted(
            (dist(known, point), track, at) for track, known in self._points.items() for at, point in enumerate(points)
        )
        for distance, track, at in pairs:
            if distance > self.furthest:
                break
            if track not in seen and at in free:
                seen[track] = points[at]
                free.remove(at)
        for track in list(self._points):
            if track not in seen:
                self._miss(track)
        for at in sorted(free):
            seen[self._next] = points[at]
            self._next += 1
        self._points.update(seen)
        self._absent.update(dict.fromkeys(seen, 0))
        return seen

    def _miss(self, track: int) -> None:
        self._absent[track] += 1
        if self._absent[track] > self.longest_absence:
            del self._points[track], self._absent[track]
