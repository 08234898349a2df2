"""Average precision and the rest on cases that can be worked out by hand."""

import math
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import metrics


def truth(*boxes):
    return np.array(boxes, float).reshape(-1, 5)


def found(*boxes):
    return np.array(boxes, float).reshape(-1, 5)


CAR = (0, 10, 10, 50, 40)
SECOND_CAR = (0, 60, 10, 100, 40)
IGNORED = (1, 60, 10, 100, 40)


class AveragePrecision(unittest.TestCase):
    def test_perfect_boxes_give_one(self):
        boxes = found((10, 10, 50, 40, 0.9), (60, 10, 100, 40, 0.4))
        self.assertAlmostEqual(metrics.average_precision([boxes], [truth(CAR, SECOND_CAR)]), 1.0)

    def test_nothing_found_gives_zero_and_nothing_to_find_is_no_number(self):
        self.assertEqual(metrics.average_precision([found()], [truth(CAR)]), 0.0)
        self.assertTrue(math.isnan(metrics.average_precision([found()], [truth(IGNORED)])))
        self.assertTrue(math.isnan(metrics.average_precision([], [])))

    def test_a_surer_false_box_halves_the_precision(self):
        boxes = found((200, 10, 240, 40, 0.9), (10, 10, 50, 40, 0.5))
        self.assertAlmostEqual(metrics.average_precision([boxes], [truth(CAR)]), 0.5)

    def test_half_of_the_vehicles_reach_half_of_the_recalls(self):
        boxes = found((10, 10, 50, 40, 0.9))
        # Recalls 0, 0.01 ... 0.50 of the 101.
        self.assertAlmostEqual(metrics.average_precision([boxes], [truth(CAR, SECOND_CAR)]), 51 / 101)

    def test_hit_false_hit(self):
        boxes = found((10, 10, 50, 40, 0.9), (200, 10, 240, 40, 0.8), (60, 10, 100, 40, 0.7))
        # 51 recalls with precision 1, 50 with 2/3.
        expected = (51 + 50 * 2 / 3) / 101
        self.assertAlmostEqual(metrics.average_precision([boxes], [truth(CAR, SECOND_CAR)]), expected)

    def test_a_second_box_on_one_car_is_false(self):
        matches = metrics.match([found((10, 10, 50, 40, 0.9), (11, 10, 51, 40, 0.8))], [truth(CAR)])
        self.assertEqual(matches.outcomes.tolist(), [metrics.HIT, metrics.FALSE])

    def test_the_iou_asked_for_decides(self):
        boxes = [found((10, 10, 40, 40, 0.9))]  # three quarters of the car
        self.assertEqual(metrics.average_precision(boxes, [truth(CAR)], iou=0.7), 1.0)
        self.assertEqual(metrics.average_precision(boxes, [truth(CAR)], iou=0.8), 0.0)
        self.assertAlmostEqual(metrics.summary(boxes, [truth(CAR)], 0.5).ap50_95, 0.6)

    def test_boxes_of_one_picture_do_not_meet_vehicles_of_another(self):
        boxes = found((10, 10, 50, 40, 0.9))
        self.assertEqual(metrics.average_precision([boxes, found()], [truth(), truth(CAR)]), 0.0)


class Ignoring(unittest.TestCase):
    def test_boxes_in_a_region_to_ignore_do_not_count(self):
        boxes = found((60, 10, 100, 40, 0.9), (70, 15, 80, 25, 0.8), (95, 10, 135, 40, 0.7), (10, 10, 50, 40, 0.6))
        matches = metrics.match([boxes], [truth(CAR, IGNORED)])
        expected = [metrics.IGNORED, metrics.IGNORED, metrics.FALSE, metrics.HIT]
        self.assertEqual(matches.outcomes.tolist(), expected)
        self.assertEqual(matches.vehicles, 1)

    def test_a_vehicle_goes_before_a_region_to_ignore(self):
        around = (1, 0, 0, 120, 60)
        matches = metrics.match([found((10, 10, 50, 40, 0.9))], [truth(around, CAR)])
        self.assertEqual(matches.outcomes.tolist(), [metrics.HIT])

    def test_small_vehicles_become_ignored(self):
        small = (0, 0, 0, 30, 7)
        self.assertEqual(metrics.without_small(truth(CAR, small), 8)[:, 0].tolist(), [0, 1])

    def test_a_stratum_leaves_the_others_out(self):
        boxes = found((10, 10, 50, 40, 0.9), (60, 10, 100, 40, 0.8), (200, 0, 220, 20, 0.7), (10, 60, 20, 70, 0.6))
        truths = [truth(CAR, SECOND_CAR)]
        left = metrics.stratum([boxes], truths, lambda picture, rects: rects[:, 0] < 55)
        matches = metrics.match(*left)
        self.assertEqual(matches.vehicles, 1)
        self.assertEqual(matches.outcomes.tolist(), [metrics.HIT, metrics.FALSE])
        self.assertEqual(truths[0][:, 0].tolist(), [0, 0], "the truths themselves stay")


class AtAScore(unittest.TestCase):
    def test_recall_and_precision(self):
        boxes = found((10, 10, 50, 40, 0.9), (200, 10, 240, 40, 0.4), (60, 10, 100, 40, 0.3))
        result = metrics.summary([boxes], [truth(CAR, SECOND_CAR)], 0.35)
        self.assertEqual((result.vehicles, result.recall, result.precision), (2, 0.5, 0.5))
        self.assertAlmostEqual(result.best_f1, 0.8)
        self.assertAlmostEqual(result.best_f1_score, 0.3, places=6)

    def test_false_boxes_are_counted_on_empty_pictures_only(self):
        boxes = found((200, 10, 240, 40, 0.9), (0, 0, 9, 9, 0.2))
        in_ignored = found((60, 10, 100, 40, 0.9))
        result = metrics.false_boxes([boxes, boxes, in_ignored], [truth(CAR), truth(), truth(IGNORED)], 0.3)
        self.assertEqual((result.pictures, result.boxes, result.in_200), (2, 1, 100.0))


class Suppression(unittest.TestCase):
    def test_the_surest_of_a_heap_stays(self):
        boxes = found((10, 10, 50, 40, 0.5), (11, 10, 51, 40, 0.9), (60, 10, 100, 40, 0.3))
        self.assertEqual(metrics.suppress(boxes)[:, 4].round(1).tolist(), [0.9, 0.3])
        self.assertEqual(metrics.suppress(found()).shape, (0, 5))


if __name__ == "__main__":
    unittest.main()
