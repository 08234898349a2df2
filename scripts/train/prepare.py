#!/usr/bin/env python3
"""Packs YOLO and COCO folders, rendered scenes and existing datasets into one dataset (its format: dataset.py).

    prepare.py sources.toml --out DIR [--long-side 448] [--quality 85] [--only-shippable]

sources.py explains sources.toml. Pictures are shrunk to the long side, near duplicates left out, vehicles too small to
learn from made regions to ignore. DIR/manifest.csv names source and licence of every picture, DIR/ATTRIBUTIONS.md sums
them up. The first fault in a source ends it, in one line.
"""

import argparse
import csv
import re
import shutil
import sys
import zlib
from collections import Counter
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from annotations import Labelled, read_source
from dataset import COLUMNS, IGNORE, VEHICLE, DatasetError, Row, decode, find_cutouts, may_ship, read_manifest
from sources import Source, read_sources

# Shorter sides in pixels of the stored picture: under the first a box is left out, under the second ignored.
INVISIBLE = 3
SMALL = 6
LONGEST_NAME = 90
BITS_OF_BYTE = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, help="the TOML file that lists them")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--long-side", type=int, default=448, help="at most so many pixels in the longer side")
    parser.add_argument("--quality", type=int, default=85, help="of the JPEG files, 1 to 100")
    parser.add_argument("--only-shippable", action="store_true", help="only what a shipped net may learn from")
    options = parser.parse_args()
    try:
        prepare(options.sources, options.out, options.long_side, options.quality, options.only_shippable)
    except DatasetError as error:
        sys.exit(f"prepare: {error}")
    except OSError as error:
        sys.exit(f"prepare: {error.filename}: {error.strerror}")


def prepare(listing: Path, out: Path, long_side: int = 448, quality: int = 85, only_shippable: bool = False) -> None:
    if long_side < 32 or not 1 <= quality <= 100:
        raise DatasetError("the long side is at least 32 pixels, the quality 1 to 100")
    if out.exists() and any(out.iterdir()):
        raise DatasetError(f"{out}: is not empty")
    sources = read_sources(listing)
    packer = Packer(out, long_side, quality)
    for source in sources:
        counts = Counter()
        for labelled in read_source(source):
            if only_shippable and not may_ship(labelled.row.licence):
                counts["not shippable"] += 1
            else:
                counts["taken" if packer.add(labelled, source) else "duplicates"] += 1
        if source.kind == "dataset":
            copy_cutouts(source, out, only_shippable)
        print(f"{source.name}: " + ", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    if not packer.rows:
        raise DatasetError(f"{listing}: no picture is left")
    packer.finish(sources)


@dataclass
class Packer:
    """Writes pictures and labels one by one, and at the end what is known of them."""

    out: Path
    long_side: int
    quality: int
    rows: list[Row] = field(default_factory=list)
    hashes: np.ndarray = field(default_factory=lambda: np.zeros((0, 8), np.uint8))
    names: set[str] = field(default_factory=set)

    def add(self, labelled: Labelled, source: Source) -> bool:
        """False when nearly the same picture is there already: whichever split it is in, it must not be in both."""
        picture = decode(labelled.path)
        if not self._is_new(picture, source.near):
            return False
        height, width = picture.shape[:2]
        scale = min(1.0, self.long_side / max(height, width))
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        name = f"{labelled.row.split}/{self._name(labelled)}"
        height, width = picture.shape[:2]
        boxes = [box for box in (sized(box, width, height) for box in labelled.boxes) if box is not None]
        kinds = Counter(box[0] for box in boxes)
        row = replace(
            labelled.row, file=f"{name}.jpg", width=width, height=height, vehicles=kinds[VEHICLE], ignore=kinds[IGNORE]
        )
        self._write(labelled, row, picture, boxes, untouched=source.kind == "dataset" and scale == 1)
        self.rows.append(row)
        return True

    def _is_new(self, picture: np.ndarray, near: int) -> bool:
        own = difference_hash(picture)
        bits = BITS_OF_BYTE[self.hashes ^ own].sum(1)
        if len(bits) and bits.min() <= near:
            return False
        self.hashes = np.concatenate([self.hashes, own[None]])
        return True

    def _name(self, labelled: Labelled) -> str:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(labelled.row.file).stem)
        if not stem.startswith(f"{labelled.row.source}_"):
            stem = f"{labelled.row.source}_{stem}"
        if len(stem) > LONGEST_NAME or stem in self.names:
            stem = f"{stem[: LONGEST_NAME - 9]}_{zlib.crc32(str(labelled.path).encode()):08x}"
        if stem in self.names:
            raise DatasetError(f"{labelled.path}: is named in its source twice")
        self.names.add(stem)
        return stem

    def _write(self, labelled: Labelled, row: Row, picture: np.ndarray, boxes: list, untouched: bool) -> None:
        image = self.out / "images" / row.file
        labels = (self.out / "labels" / row.file).with_suffix(".txt")
        image.parent.mkdir(parents=True, exist_ok=True)
        labels.parent.mkdir(parents=True, exist_ok=True)
        if untouched and labelled.path.suffix == ".jpg":
            shutil.copyfile(labelled.path, image)
        elif not cv2.imwrite(str(image), picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality]):
            raise DatasetError(f"{image}: could not be written")
        labels.write_text("".join(label_line(*box) for box in boxes))

    def finish(self, sources: list[Source]) -> None:
        with open(self.out / "manifest.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(astuple(row) for row in self.rows)
        told = {source.name: source.attribution for source in sources if source.attribution}
        (self.out / "ATTRIBUTIONS.md").write_text(attributions(self.rows, told), encoding="utf-8")


def sized(box: tuple, width: int, height: int) -> tuple | None:
    """The box as it is learnt from at this size of the picture; None when nothing is to be seen of it."""
    kind, x1, y1, x2, y2 = box
    shorter = min((x2 - x1) * width, (y2 - y1) * height)
    if shorter < INVISIBLE:
        return None
    return (IGNORE if shorter < SMALL else kind, x1, y1, x2, y2)


def label_line(kind: int, x1: float, y1: float, x2: float, y2: float) -> str:
    return f"{kind} {(x1 + x2) / 2:.5f} {(y1 + y2) / 2:.5f} {x2 - x1:.5f} {y2 - y1:.5f}\n"


def difference_hash(picture: np.ndarray) -> np.ndarray:
    """64 bits as uint8 [8]: where on an 8x8 grid it is brighter than to the left."""
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return np.packbits(small[:, 1:] > small[:, :-1])


def copy_cutouts(source: Source, out: Path, only_shippable: bool) -> None:
    for path in find_cutouts(source.path, read_manifest(source.path), only_shippable):
        (out / "cutouts").mkdir(exist_ok=True)
        shutil.copyfile(path, out / "cutouts" / path.name)


def attributions(rows: list[Row], told: dict[str, str]) -> str:
    """Who is to be named for which pictures, as Markdown."""
    sources: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        sources.setdefault((row.source, row.licence), []).append(row)
    lines = [
        "# Where the pictures of this dataset are from\n",
        "manifest.csv names source, address and licence of each. Licences are those that the publishers state.\n",
        "| source | pictures (train, val) | vehicles | licence | may ship | from |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for (source, licence), members in sorted(sources.items()):
        splits = Counter(row.split for row in members)
        vehicles = sum(row.vehicles for row in members)
        addresses = sorted({row.url for row in members if row.url})
        origin = " ".join([told.get(source, ""), *addresses[:3], "and others" if len(addresses) > 3 else ""]).split()
        ships = "yes" if may_ship(licence) else "no"
        cells = [source, f"{splits['train']}, {splits['val']}", str(vehicles), licence, ships, " ".join(origin)]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    shippable = sum(may_ship(row.licence) for row in rows)
    lines.append(f"\nA net that ships may learn from {shippable} of {len(rows)} pictures: plain CC BY, or our own.\n")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
