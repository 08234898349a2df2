"""prepare.py on YOLO and COCO folders of a few pictures made here, and what it says of faulty ones."""

import json
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dataset import DatasetError, load, read_boxes, read_manifest
from prepare import prepare

YOLO = """
[[source]]
name = "street"
kind = "yolo"
path = "yolo"
licence = "CC BY 4.0"
url = "https://example.org/street"
attribution = "A. Photographer"
classes = { 0 = "vehicle", 1 = "nothing", 2 = "ignore" }
"""
COCO = """
[[source]]
name = "lane"
kind = "coco"
path = "coco"
licence = "CC BY-NC 4.0"
classes = { car = "vehicle", person = "nothing" }
split = "val"
"""


def paint(path: Path, seed: int, width: int = 200, height: int = 100) -> None:
    """A picture like no other: large random squares."""
    path.parent.mkdir(parents=True, exist_ok=True)
    squares = np.random.default_rng(seed).integers(0, 255, (8, 9, 3), np.uint8)
    cv2.imwrite(str(path), cv2.resize(squares, (width, height), interpolation=cv2.INTER_NEAREST))


class Prepare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = self.folder / "out"
        for seed, name in enumerate(["a", "b", "z"]):
            paint(self.folder / "yolo" / "images" / f"{name}.png", 0 if name == "z" else seed)
            self.label(name, "")
        self.label("a", "0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.1 0.1\n2 0.9 0.9 0.2 0.2\n")
        self.label("b", "0 0.5 0.5 0.04 0.04\n0 0.2 0.2 0.01 0.4\n0 0.1 0.1 0.3 0.1 0.3 0.4\n")
        self.coco = {
            "images": [{"id": 7, "file_name": "c.png", "width": 200, "height": 100}],
            "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "person"}],
            "annotations": [
                {"image_id": 7, "category_id": 1, "bbox": [20, 30, 40, 50]},
                {"image_id": 7, "category_id": 1, "bbox": [100, 30, 40, 50], "iscrowd": 1},
                {"image_id": 7, "category_id": 2, "bbox": [70, 30, 10, 30]},
            ],
        }
        paint(self.folder / "coco" / "c.png", 9)

    def label(self, name: str, text: str) -> None:
        path = self.folder / "yolo" / "labels" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_prepare(self, listing: str, **options) -> None:
        (self.folder / "coco" / "marks.json").write_text(json.dumps(self.coco))
        path = self.folder / "sources.toml"
        path.write_text(listing)
        with redirect_stdout(StringIO()):
            prepare(path, self.out, **options)

    def fault(self, listing: str) -> str:
        with self.assertRaises(DatasetError) as caught:
            self.run_prepare(listing)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        return message

    def test_yolo_and_coco_become_one_dataset(self):
        self.run_prepare(YOLO + COCO, long_side=100)
        rows = {row.file: row for row in read_manifest(self.out)}
        self.assertEqual(sorted(rows), ["train/street_a.jpg", "train/street_b.jpg", "val/lane_c.jpg"])
        a, c = rows["train/street_a.jpg"], rows["val/lane_c.jpg"]
        self.assertEqual((a.width, a.height, a.vehicles, a.ignore), (100, 50, 1, 1))
        self.assertEqual((a.licence, a.url, a.source), ("CC BY 4.0", "https://example.org/street", "street"))
        np.testing.assert_allclose(read_boxes(self.out, a), [[0, 40, 15, 60, 35], [1, 80, 40, 100, 50]], atol=0.01)
        np.testing.assert_allclose(read_boxes(self.out, c), [[0, 10, 15, 30, 40], [1, 50, 15, 70, 40]], atol=0.01)

    def test_small_boxes_are_ignored_and_invisible_ones_left_out(self):
        self.run_prepare(YOLO)
        row = next(row for row in read_manifest(self.out) if row.file.endswith("_b.jpg"))
        # Of 200x100 pixels: 8x4 is small, 2x40 invisible, and the outline 40x30.
        np.testing.assert_allclose(read_boxes(self.out, row), [[1, 96, 48, 104, 52], [0, 20, 10, 60, 40]], atol=0.01)

    def test_only_what_may_ship(self):
        self.run_prepare(YOLO + COCO, only_shippable=True)
        self.assertEqual({row.source for row in read_manifest(self.out)}, {"street"})

    def test_attributions_name_sources_and_licences(self):
        self.run_prepare(YOLO + COCO)
        text = (self.out / "ATTRIBUTIONS.md").read_text()
        self.assertIn("| street | 2, 0 | 2 | CC BY 4.0 | yes | A. Photographer https://example.org/street |", text)
        self.assertIn("| lane | 0, 1 | 1 | CC BY-NC 4.0 | no |", text)
        self.assertIn("may learn from 2 of 3 pictures", text)

    def test_a_dataset_is_a_source_too_and_stays_as_it_is(self):
        self.run_prepare(YOLO + COCO)
        first = read_manifest(self.out)
        written = (self.out / "images" / first[0].file).read_bytes()
        (self.out / "cutouts").mkdir()
        paint(self.out / "cutouts" / "v_street_1.png", 5)
        paint(self.out / "cutouts" / "v_lane_1.png", 6)
        again = self.folder / "again"
        self.out.rename(self.folder / "first")
        self.out = again
        self.run_prepare('[[source]]\nname = "pack"\nkind = "dataset"\npath = "first"\n', only_shippable=True)
        self.assertEqual(read_manifest(again), [row for row in first if row.licence == "CC BY 4.0"])
        self.assertEqual((again / "images" / first[0].file).read_bytes(), written)
        self.assertEqual([path.name for path in load([again], "train", True).cutouts], ["v_street_1.png"])

    def test_a_group_is_in_one_split_only(self):
        for number in range(40):
            paint(self.folder / "yolo" / "images" / f"clip{number % 8}_{number}.png", 100 + number)
            self.label(f"clip{number % 8}_{number}", "")
        self.run_prepare(YOLO + "val_share = 0.5\ngroup = '^([a-z]+[0-9]*)'\n")
        splits: dict[str, set[str]] = {}
        for row in read_manifest(self.out):
            splits.setdefault(row.group, set()).add(row.split)
        self.assertIn("street:clip3", splits)
        self.assertTrue(all(len(found) == 1 for found in splits.values()))
        self.assertEqual(set.union(*splits.values()), {"train", "val"})

    def test_faults_are_one_line_with_their_place(self):
        listing = self.folder / "sources.toml"
        self.assertIn(f"{listing}:2: licence is missing", self.fault(YOLO.replace('licence = "CC BY 4.0"', "")))
        self.assertIn(f"{listing}:2: kind is 'voc'", self.fault(YOLO.replace('"yolo"\npath', '"voc"\npath')))
        self.assertIn(f"{listing}:2: class 1 is 'other'", self.fault(YOLO.replace('"nothing"', '"other"')))
        self.assertIn("has no category cra", self.fault(COCO.replace("car =", 'cra = "vehicle", car =')))
        self.assertIn("annotations[2]: class 'person' is not", self.fault(COCO.replace(', person = "nothing"', "")))

    def test_faulty_labels_and_pictures_are_told_with_their_place(self):
        labels = self.folder / "yolo" / "labels" / "b.txt"
        for text, expected in [
            ("0 0.5 0.5 0.2 0.2\n0 0.9 0.5 0.4 0.2\n", ":2: the box reaches beyond the picture"),
            ("5 0.5 0.5 0.2 0.2\n", ":1: class '5' is not among the classes of street"),
            ("0 0.5 0.5 0.2\n", ":1: 3 numbers after the class"),
            ("0 0.5 0.5 0.2 x\n", ":1: not numbers"),
        ]:
            self.label("b", text)
            self.assertIn(f"{labels}{expected}", self.fault(YOLO))
            self.out = self.out.with_name(f"{self.out.name}x")
        labels.unlink()
        self.assertIn("b.png: no labels at", self.fault(YOLO))
        self.label("b", "")
        self.out = self.out.with_name("fresh")
        broken = self.folder / "yolo" / "images" / "b.png"
        broken.write_text("no picture")
        self.assertIn(f"{broken}: not a picture", self.fault(YOLO))

    def test_a_folder_with_something_in_it_is_left_alone(self):
        self.out.mkdir()
        (self.out / "mine").write_text("mine")
        self.assertIn("is not empty", self.fault(YOLO))


if __name__ == "__main__":
    unittest.main()
