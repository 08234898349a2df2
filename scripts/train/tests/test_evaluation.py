"""Parts of a validation set, its report, and which pictures are measured on."""

import sys
import unittest
from dataclasses import asdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import metrics
import report
from dataset import Row
from strata import picture, strata_of

try:
    import detectors
    import peers
except ImportError:  # ONNX Runtime is needed for evaluating only
    detectors = peers = None

# At a reference of 320x192 this picture is shown at half its size.
WIDTH, HEIGHT, REFERENCE = 640, 384, (320, 192)
TINY, SMALL, CUT, LARGE = (0, 50, 50, 64, 64), (0, 100, 100, 130, 120), (0, 0, 200, 100, 280), (0, 200, 100, 420, 300)


def shot(brightness: int, boxes: list, **noted: str):
    row = Row("train/a.jpg", "train", "gate", "g", WIDTH, HEIGHT, 4, 0, "exact", "CC BY 4.0", "", **noted)
    image = np.full((HEIGHT, WIDTH, 3), brightness, np.uint8)
    return picture(row, image, np.array(boxes, np.float32).reshape(-1, 5), REFERENCE)


def counts(pictures) -> dict[tuple[str, str], int]:
    truths = [shown.truth for shown in pictures]
    nothing = [np.zeros((0, 5))] * len(pictures)
    found = {}
    for part in strata_of(pictures):
        _, narrowed = metrics.stratum(nothing, truths, part.belongs)
        found[part.group, part.name] = int(sum((truth[:, 0] == 0).sum() for truth in narrowed))
    return found


class Strata(unittest.TestCase):
    def test_vehicles_are_told_apart_at_the_reference_size(self):
        found = counts([shot(120, [TINY, SMALL, CUT, LARGE])])
        sizes = {name: count for (group, name), count in found.items() if group == "size"}
        self.assertEqual(sizes, {"0-16 px": 1, "32-96 px": 1, "over 96 px": 1})
        self.assertEqual(found["truncation", "cut by the border"], 1)
        self.assertEqual(found["truncation", "whole"], 2)

    def test_light_is_as_noted_or_measured(self):
        found = counts([shot(40, [SMALL]), shot(120, [SMALL, LARGE]), shot(120, [SMALL], light="night")])
        lights = {name: count for (group, name), count in found.items() if group == "light"}
        self.assertEqual(lights, {"dark": 1, "bright": 2, "night": 1})
        self.assertEqual(found["source", "gate"], 4)

    def test_a_set_without_vehicles_has_no_parts(self):
        self.assertEqual(strata_of([shot(120, [])]), [])


class Report(unittest.TestCase):
    def test_nets_stand_in_one_table_and_parts_in_another(self):
        pictures = [shot(120, [SMALL, LARGE]), shot(120, [])]
        boxes = [np.array([(*SMALL[1:], 0.9)]), np.array([(0, 0, 9, 9, 0.4)])]
        truths = [shown.truth for shown in pictures]
        empty = {"gate": {"pictures": 1, "boxes": 1}}
        whole = asdict(metrics.summary(boxes, truths, 0.35))
        result = {
            "input": "320x192",
            "score": 0.35,
            "all": whole,
            "strata": {"size": {"0-16 px": whole}},
            "false_boxes": {"pictures": 1, "boxes": 1, "in_200": 200.0, "sources": empty},
        }
        text = report.markdown("Title", pictures, {"peer": result, "own": result}, ["own"])
        self.assertIn("# Title\n\n2 pictures with 2 vehicles: gate (CC BY 4.0) 2.\n", text)
        self.assertIn("| own | 320x192 | 0.505 | 0.505 | 0.500 | 0.500 | 0.35 | 0.667 | 0.90 | 200.0 (1 on 1) |", text)
        self.assertIn("| source | pictures | peer | own |\n| --- | --- | --- | --- |\n| gate | 1 | 1 | 1 |", text)
        self.assertIn("| part | vehicles | peer | own |", text)
        self.assertIn("| size: 0-16 px | 2 | 0.505 | 0.505 |", text)


@unittest.skipUnless(detectors, "needs ONNX Runtime")
class Detectors(unittest.TestCase):
    def sidecar(self, width: int, height: int, **output):
        entries = {"resize": "letterbox", "placement": "top-left", "pad": 114, "colour": "bgr"}
        table = {"width": width, "height": height, **entries}
        return detectors.Sidecar(Path("net.toml"), table, output, 0.35)

    def test_pictures_lie_at_the_top_left_of_the_input(self):
        image = np.zeros((100, 300, 3), np.uint8)
        image[..., 0] = 200  # red
        values, scale = detectors.framed(image, self.sidecar(64, 32))
        self.assertEqual(values.shape, (1, 3, 32, 64))
        # 100 * 64 / 300 is 21.3: cut to whole pixels.
        self.assertEqual(values[0, :, 20, 63].tolist(), [0, 0, 200])
        self.assertEqual(values[0, :, 21, 0].tolist(), [114, 114, 114])
        np.testing.assert_allclose(scale, 64 / 300)

    def test_boxes_of_cells_are_centred_on_them(self):
        sidecar = self.sidecar(16, 8, strides=[8], bins=3)
        sure_of_one_stride = np.tile(np.array([-50.0, 50.0, -50.0]), (1, 2, 4))
        boxes, scores = peers.gfl_boxes([np.full((1, 2, 4), 0.5), sure_of_one_stride], sidecar)
        np.testing.assert_allclose(boxes, [[-4, -4, 12, 12], [4, -4, 20, 12]])
        self.assertEqual(scores.shape, (2, 4))
        rows = np.zeros((1, 2, 6))
        rows[..., 4:] = 0.5
        boxes, scores = peers.yolox_boxes([rows], sidecar)
        np.testing.assert_allclose(boxes, [[-4, -4, 4, 4], [4, -4, 12, 4]])
        np.testing.assert_allclose(scores, 0.25)

    def test_priors_are_shares_of_the_input(self):
        priors = np.array([[[0.25, 0.25, 0.75, 0.75], [0.1, 0.1, 0.2, 0.2]]]).reshape(1, 2, 4)
        boxes, _ = peers.ssd_boxes([np.zeros((1, 1, 4)), np.ones((1, 1, 2))], self.sidecar(40, 20), priors)
        np.testing.assert_allclose(boxes, [[10, 5, 30, 15]])


if __name__ == "__main__":
    unittest.main()
