"""Reading datasets: what comes out, what is refused, and the rule of the licences."""

import sys
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dataset import COLUMNS, DatasetError, load, may_ship, read_boxes, read_manifest

OWN = "MIT OR Apache-2.0"


class Licences(unittest.TestCase):
    def test_plain_attribution_and_our_own_may_ship(self):
        for licence in ["CC BY 2.0", "CC BY 4.0", OWN]:
            self.assertTrue(may_ship(licence), licence)

    def test_nothing_else_may(self):
        for licence in [
            "", "CC BY-NC 4.0", "CC BY-SA 4.0", "CC BY-ND 4.0", "CC BY NC 4.0", "CC BY", "cc by 4.0", "CC BY 4.0 NC",
            "CC0", "MIT", "origin unstated", "research/CDnet2014", "MIT OR Apache-2.0 OR other",
        ]:  # fmt: skip
            self.assertFalse(may_ship(licence), licence)


class Reading(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.write("train/a.jpg,train,gate,g1,40,20,1,1,rendered,MIT OR Apache-2.0,")
        self.label("train/a.txt", "0 0.5 0.5 0.5 0.5\n1 0.1 0.1 0.2 0.2\n")
        self.picture("train/a.jpg", 40, 20)

    def write(self, *lines: str, header: str = ",".join(COLUMNS[:11])) -> None:
        (self.folder / "manifest.csv").write_text("\n".join([header, *lines]) + "\n")

    def label(self, name: str, text: str) -> None:
        path = self.folder / "labels" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def picture(self, name: str, width: int, height: int) -> None:
        path = self.folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        red = np.zeros((height, width, 3), np.uint8)
        red[..., 2] = 200
        cv2.imwrite(str(path), red)

    def fault(self, read) -> str:
        with self.assertRaises(DatasetError) as caught:
            read()
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)

    def test_a_set_is_one_tensor_with_grey_beside_the_pictures(self):
        loaded = load([self.folder], "train", shippable_only=True)
        self.assertEqual(tuple(loaded.pixels.shape), (1, 3, 64, 64))
        self.assertEqual(loaded.sizes.tolist(), [[20, 40]])
        self.assertEqual(loaded.pixels[0, :, 30, 10].tolist(), [114, 114, 114])
        red, green, blue = (int(value) for value in loaded.pixels[0, :, 10, 10])
        self.assertTrue(red > 190 and green < 10 and blue < 10)
        np.testing.assert_allclose(loaded.boxes[0], [[0, 10, 5, 30, 15], [1, 0, 0, 8, 4]], atol=1e-4)

    def test_pictures_that_may_not_ship_stay_out(self):
        self.write("train/a.jpg,train,gate,g1,40,20,1,1,human,CC BY-NC 4.0,")
        self.assertEqual(len(load([self.folder], "train", shippable_only=True).rows), 0)
        self.assertEqual(len(load([self.folder], "train", shippable_only=False).rows), 1)
        self.assertEqual(len(load([self.folder], "val", shippable_only=False).rows), 0)

    def test_cutouts_have_the_licence_of_their_source(self):
        self.write(
            "train/a.jpg,train,gate,g1,40,20,1,1,rendered,MIT OR Apache-2.0,",
            "train/b.jpg,train,gate_two,g2,40,20,1,1,human,origin unstated,",
            "val/c.jpg,val,kept,g3,40,20,1,1,human,CC BY 4.0,",
        )
        (self.folder / "cutouts").mkdir()
        for name in ["v_gate_1.png", "n_gate_two_1.png", "v_kept_1.png", "v_other_1.png"]:
            (self.folder / "cutouts" / name).write_bytes(b"")
        loaded = load([self.folder], "val", shippable_only=True, limit=0)
        self.assertEqual([path.name for path in loaded.cutouts], ["v_gate_1.png"])

    def test_faulty_rows_are_told_with_their_line(self):
        good = "train/a.jpg,train,gate,g1,40,20,1,1,rendered,CC BY 4.0,"
        for row, expected in [
            ("train/a.jpg,train,gate,g1,40,20,1,1,rendered", "fewer cells than columns, licence is missing"),
            (good + ",more", "more cells than columns"),
            (good.replace(",40,", ",wide,"), "width is 'wide', not a whole number"),
            (good.replace(",40,", ",0,"), "the picture has no size"),
            (good.replace(",train,", ",test,"), "split is 'test', not train or val"),
            (good.replace("CC BY 4.0", " "), "licence is empty"),
            (good.replace("train/a", "../a"), "leaves the dataset's folder"),
        ]:
            self.write(good, row)
            self.assertEqual(self.fault(lambda: read_manifest(self.folder)).split(": ", 1)[0][-14:], "manifest.csv:3")
            self.assertIn(expected, self.fault(lambda: read_manifest(self.folder)))
        self.write(good, header="file,split")
        self.assertIn("manifest.csv:1: the columns source,", self.fault(lambda: read_manifest(self.folder)))

    def test_faulty_labels_are_told_with_their_line(self):
        row = read_manifest(self.folder)[0]
        for text, expected in [
            ("0 0.5 0.5 0.5\n", "a.txt:1: not five numbers"),
            ("0 0.5 0.5 0.5 0.5\n2 0.5 0.5 0.5 0.5\n", "a.txt:2: class is 2"),
            ("0 0.9 0.5 0.5 0.5\n", "a.txt:1: the box is not within the picture"),
            ("0 nan 0.5 0.5 0.5\n", "a.txt:1: the box is not within the picture"),
        ]:
            self.label("train/a.txt", text)
            self.assertIn(expected, self.fault(lambda: read_boxes(self.folder, row)))

    def test_missing_and_changed_pictures_are_told(self):
        self.picture("train/a.jpg", 30, 20)
        self.assertIn("is 30x20, 40x20 in the manifest", self.fault(lambda: load([self.folder], "train", False)))
        (self.folder / "images" / "train" / "a.jpg").unlink()
        self.assertIn("a.jpg: No such file", self.fault(lambda: load([self.folder], "train", False)))
        self.assertIn("No such file", self.fault(lambda: load([self.folder / "none"], "train", False)))


if __name__ == "__main__":
    unittest.main()
