"""Whole pipelines of the peers where their packages are installed; without them these tests are skipped."""

import csv
import importlib.util
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from environments import ROOT
from made_videos import oblique

WITH_OPENCV = all(importlib.util.find_spec(name) for name in ("cv2", "numpy"))
WITH_SUPERVISION = all(importlib.util.find_spec(name) for name in ("supervision", "trackers", "onnxruntime"))


@unittest.skipUnless(WITH_OPENCV, "needs OpenCV and numpy")
class Background(unittest.TestCase):
    def test_most_of_the_bundled_gate_is_counted_in_its_direction_at_its_time(self):
        import background

        # Of the vehicles alone on the road; MOG2 takes others that touch in the picture for one.
        with open(ROOT / "samples" / "oblique.truth.csv", newline="") as file:
            truth = [(float(row["time_s"]), row["direction"]) for row in csv.DictReader(file)]
        recording = oblique()
        job = {"video": str(recording.path), "lines": recording.lines, "anchor": "bottom-centre"}
        found = [(one.time_s, one.direction) for one in background.prepare(job, background.Settings())()]
        hits = sum(any(abs(time - at) <= 1 and way == said for at, said in found) for time, way in truth)
        self.assertGreaterEqual(hits, 9, f"of {len(truth)}: {found}")

    def test_letterbox_and_decoding_give_a_box_back_to_where_it_was(self):
        import nets
        import numpy as np

        side, cell = 64, 5  # stride 8: column 5, row 0 of the first level
        rows = np.full((sum((side // stride) ** 2 for stride in (8, 16, 32)), 85), -10.0, np.float32)
        rows[:, 4:] = 0.0
        rows[cell, :4] = [0.5, 0.5, np.log(2.0), np.log(1.0)]
        rows[cell, 4], rows[cell, 5 + 2] = 0.9, 0.8
        net = nets.Yolo(lambda tensor: rows[None], "yolox", side, 0.25)
        boxes, scores, classes = net(np.zeros((64, 128, 3), np.uint8))
        # Centre 44, 4 and sides 16, 8 in the net's input; the picture is twice as large.
        np.testing.assert_allclose(boxes, [[72, 0, 104, 16]], atol=1e-4)
        np.testing.assert_allclose(scores, [0.72], atol=1e-6)
        self.assertEqual(classes.tolist(), [2])


@unittest.skipUnless(WITH_SUPERVISION and WITH_OPENCV, "needs supervision, trackers and ONNX Runtime")
class LineZone(unittest.TestCase):
    def test_its_in_and_out_are_turned_into_our_directions(self):
        import line_zone
        import numpy as np
        import supervision as sv
        from trackers import ByteTrackTracker

        recording = oblique()
        # One car that drives down over a line from the left border to the right one: from the left hand to the right.
        places = iter(range(20, 300, 6))

        def net(_frame: np.ndarray) -> tuple:
            y = next(places, 300)
            return np.array([[300.0, y, 340.0, y + 30.0]]), np.array([0.9]), np.array([2])

        zone = sv.LineZone(sv.Point(100, 180), sv.Point(500, 180), [sv.Position.BOTTOM_CENTER])
        tracker = ByteTrackTracker(frame_rate=recording.fps)
        found = line_zone.count(str(recording.path), 1, recording.fps, net, tracker, {"gate": zone})
        self.assertEqual([(one.line, one.direction) for one in found], [("gate", "entry")])
        # Its lower edge is on the line in frame 22 and beyond it in the next.
        self.assertAlmostEqual(found[0].time_s, 22 / recording.fps, delta=1.5 / recording.fps)


if __name__ == "__main__":
    unittest.main()
