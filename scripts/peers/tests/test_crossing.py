"""Points that cross lines, and the centroid tracker, on ways that real cars take."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from centroid import CentroidTracker
from crossing import Line, LineCounter, anchor, direction, lines_in_pixels

# From the left border to the right one: what comes down the picture crosses from the left hand to the right.
ACROSS = Line("gate", (100, 200), (500, 200))


class Directions(unittest.TestCase):
    def test_standing_at_a_and_looking_to_b_left_to_right_is_an_entry(self):
        self.assertEqual(direction(ACROSS, (300, 190), (300, 210)), "entry")
        self.assertEqual(direction(ACROSS, (300, 210), (300, 190)), "exit")
        turned = Line("gate", ACROSS.b, ACROSS.a)
        self.assertEqual(direction(turned, (300, 190), (300, 210)), "exit")

    def test_past_the_ends_of_the_line_nothing_crosses(self):
        self.assertIsNone(direction(ACROSS, (90, 190), (90, 210)))
        self.assertIsNone(direction(ACROSS, (510, 190), (510, 210)))
        # The way is judged, not where it ends: slanting in over the end and slanting past it.
        self.assertEqual(direction(ACROSS, (120, 190), (80, 230)), "entry")
        self.assertIsNone(direction(ACROSS, (100, 190), (60, 230)))

    def test_a_stop_on_the_line_counts_when_it_is_left_to_the_other_side(self):
        counter = LineCounter([ACROSS])
        for at, y in enumerate((190, 200, 200, 210)):
            counter.move(1, (300, y), at)
        self.assertEqual([(one.time_s, one.direction) for one in counter.crossings], [(1, "entry")])

    def test_the_bundled_gate_is_crossed_by_a_car_that_drives_away(self):
        # cameras.toml's line of samples/oblique.mp4; cars coming in drive away from the camera on the right.
        (gate,) = lines_in_pixels({"gate": {"a": [0.706, 0.551], "b": [0.366, 0.488]}}, 640, 360)
        self.assertEqual(direction(gate, (380, 230), (372, 170)), "entry")


class Counting(unittest.TestCase):
    def test_a_track_counts_once_in_each_direction(self):
        counter = LineCounter([ACROSS])
        for at, y in enumerate((190, 205, 195, 205, 195)):
            counter.move(7, (300, y), at)
        self.assertEqual([one.direction for one in counter.crossings], ["entry", "exit"])

    def test_two_tracks_and_two_lines_are_kept_apart(self):
        lower = Line("lower", (100, 300), (500, 300))
        counter = LineCounter([ACROSS, lower])
        counter.move(1, (200, 150), 0.0)
        counter.move(2, (400, 350), 0.0)
        counter.move(1, (200, 350), 0.5)
        counter.move(2, (400, 250), 0.5)
        told = {(one.line, one.direction) for one in counter.crossings}
        self.assertEqual(told, {("gate", "entry"), ("lower", "entry"), ("lower", "exit")})

    def test_the_first_sight_of_a_track_crosses_nothing(self):
        counter = LineCounter([ACROSS])
        counter.move(1, (300, 250), 0.0)
        self.assertEqual(counter.crossings, [])

    def test_anchors(self):
        self.assertEqual(anchor((10, 20, 30, 60), "bottom-centre"), (20, 60))
        self.assertEqual(anchor((10, 20, 30, 60), "centre"), (20, 40))


class Centroids(unittest.TestCase):
    def test_two_cars_that_meet_keep_their_numbers(self):
        tracker = CentroidTracker(furthest=30, longest_absence=2)
        for step in range(10):
            seen = tracker.update([(100 + 20 * step, 150), (280 - 20 * step, 190)])
        self.assertEqual(seen, {0: (280, 150), 1: (100, 190)})

    def test_nearest_pairs_go_first(self):
        tracker = CentroidTracker(furthest=50, longest_absence=2)
        tracker.update([(0, 0), (40, 0)])
        # The first could take either point, but the second is nearer to what it would take.
        self.assertEqual(tracker.update([(38, 0), (10, 0)]), {1: (38, 0), 0: (10, 0)})

    def test_a_jump_is_another_vehicle(self):
        tracker = CentroidTracker(furthest=30, longest_absence=2)
        tracker.update([(0, 0)])
        self.assertEqual(tracker.update([(31, 0)]), {1: (31, 0)})

    def test_a_vehicle_comes_back_within_its_absence_and_not_later(self):
        tracker = CentroidTracker(furthest=30, longest_absence=2)
        tracker.update([(0, 0)])
        for _ in range(2):
            self.assertEqual(tracker.update([]), {})
        self.assertEqual(tracker.update([(20, 0)]), {0: (20, 0)})
        for _ in range(3):
            tracker.update([])
        self.assertEqual(tracker.update([(20, 0)]), {1: (20, 0)})


if __name__ == "__main__":
    unittest.main()
