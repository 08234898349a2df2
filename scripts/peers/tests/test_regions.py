"""Regions round motion and tracked boxes, and the pieces that quiet recordings are put together from."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from made_videos import NoSample, Stretches, between, described, pieces
from regions import clipped, inside, iou, merge, round_boxes, square

WIDTH, HEIGHT = 640, 360
WHOLE = (0, 0, 640, 640)


class Squares(unittest.TestCase):
    def test_a_small_box_gets_the_least_square_round_it(self):
        self.assertEqual(square((300, 170, 340, 200), WIDTH, HEIGHT), (160, 25, 480, 345))

    def test_at_the_border_the_square_moves_into_the_frame(self):
        self.assertEqual(square((0, 0, 40, 30), WIDTH, HEIGHT), (0, 0, 320, 320))
        self.assertEqual(square((600, 340, 640, 360), WIDTH, HEIGHT), (320, 40, 640, 360))

    def test_a_frame_lower_than_the_square_is_passed_over_below(self):
        self.assertEqual(square((100, 100, 120, 120), 320, 240), (0, 0, 320, 320))

    def test_a_large_box_gets_room(self):
        left, top, right, bottom = square((100, 50, 500, 300), WIDTH, HEIGHT)
        self.assertEqual((right - left, bottom - top), (540, 540))
        self.assertTrue(inside((100, 50, 500, 300), (left, top, right, bottom)))

    def test_neighbours_share_a_region_and_far_small_boxes_do_not(self):
        near = [(300, 100, 340, 130), (360, 150, 400, 180)]
        self.assertEqual(len(round_boxes(near, WIDTH, HEIGHT)), 1)
        far = [(10, 10, 40, 30), (600, 300, 630, 330)]
        regions = round_boxes(far, WIDTH, HEIGHT)
        self.assertEqual(len(regions), 2)
        self.assertTrue(all(inside(box, region) for box, region in zip(far, regions)))


class Merging(unittest.TestCase):
    def test_a_vehicle_that_two_regions_show_is_one(self):
        box, cut = (300, 100, 380, 150), (300, 100, 352, 150)
        left_region, right_region = (36, 0, 356, 320), (200, 0, 520, 320)
        found = [(cut, 0.9, left_region), (box, 0.7, right_region)]
        self.assertTrue(clipped(cut, left_region, WIDTH, HEIGHT))
        self.assertFalse(clipped(box, right_region, WIDTH, HEIGHT))
        self.assertEqual(merge(found, WIDTH, HEIGHT), [box])

    def test_at_the_frames_own_border_nothing_is_cut(self):
        self.assertFalse(clipped((0, 100, 50, 150), (0, 0, 320, 320), WIDTH, HEIGHT))

    def test_neighbours_stay_two(self):
        cars = [(100, 100, 160, 140), (150, 100, 210, 140)]
        self.assertLess(iou(*cars), 0.6)
        self.assertEqual(sorted(merge([(car, 0.8, WHOLE) for car in cars], WIDTH, HEIGHT)), cars)

    def test_a_far_small_car_is_not_swallowed_by_a_lorry_in_front(self):
        lorry, far = (100, 50, 400, 350), (150, 60, 190, 90)
        self.assertEqual(len(merge([(lorry, 0.9, WHOLE), (far, 0.5, WHOLE)], WIDTH, HEIGHT)), 2)


class Pieces(unittest.TestCase):
    # The passages of samples/quiet.mp4.
    BUSY = [(148 / 15, 208 / 15), (398 / 15, 458 / 15), (672 / 15, 732 / 15)]
    SECONDS = 60.0

    def test_every_share_is_kept_to_and_the_length_too(self):
        empty = between(self.BUSY, self.SECONDS)
        for share in [0.0, 0.1, 0.2, 0.5, 1.0]:
            cut = pieces(share, self.BUSY, empty, self.SECONDS)
            busy = sum(end - start for start, end in cut if any(a <= start and end <= b + 1e-6 for a, b in self.BUSY))
            self.assertAlmostEqual(sum(end - start for start, end in cut), self.SECONDS)
            self.assertAlmostEqual(busy, share * self.SECONDS)

    def test_what_is_between_is_the_rest(self):
        self.assertEqual(between([(0.0, 2.0), (5.0, 10.0)], 10.0), [(2.0, 5.0)])

    def test_after_the_last_stretch_comes_the_first(self):
        stretches = Stretches([(0.0, 2.0), (5.0, 6.0)])
        self.assertEqual(stretches.take(2.5), [(0.0, 2.0), (5.0, 5.5)])
        self.assertEqual(stretches.take(1.0), [(5.5, 6.0), (0.0, 0.5)])

    def test_the_page_on_samples_is_understood(self):
        readme = (
            "| line | (0.1, 0.2) -> (0.3, 0.4) |\n## quiet and night\n| line A -> B | (0.804, 0.733) -> (0.345, 0.421) | same |\n"
            "| a car moves | 20.0 % of the frames: 148-207, 398-457, 672-731 | never |\n"
        )
        told = described(readme)
        self.assertEqual(told.line, {"a": [0.804, 0.733], "b": [0.345, 0.421]})
        self.assertEqual(told.passages, [(148, 207), (398, 457), (672, 731)])
        with self.assertRaises(NoSample):
            described("# nothing about it")


if __name__ == "__main__":
    unittest.main()
