"""Reads the pictures and boxes of foreign folders: YOLO, COCO, and our own datasets, all to the same `Labelled`."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset import IGNORE, VEHICLE, DatasetError, Row, read_boxes, read_manifest
from sources import Source

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
TOLERANCE = 0.01  # of the picture's side: labels are rounded, and many a tool lets boxes stick out by a pixel or two
KIND_OF = {"vehicle": VEHICLE, "ignore": IGNORE}


@dataclass(frozen=True)
class Labelled:
    """One picture of a source. `boxes` are class, x1, y1, x2, y2, corners as shares of the picture, within 0 and 1.

    `row` is what the manifest will say of it, but for its size, its counts and the name of its file.
    """

    path: Path
    row: Row
    boxes: list[tuple[int, float, float, float, float]]


def read_source(source: Source) -> Iterator[Labelled]:
    readers = {"yolo": _yolo, "coco": _coco, "dataset": _dataset}
    yield from readers[source.kind](source)


def _row(source: Source, path: Path) -> Row:
    name = path.name.split(".rf.")[0] if ".rf." in path.name else path.stem  # Roboflow's copies of one picture
    group = name
    if source.group:
        found = re.search(source.group, path.name)
        if not found:
            raise DatasetError(f"{path}: its name does not fit the group '{source.group}' ({source.place})")
        group = found[1]
    return Row(
        file=path.stem,
        split=split_of(source, group),
        source=source.name,
        group=f"{source.name}:{group}",
        width=0,
        height=0,
        vehicles=0,
        ignore=0,
        label_origin=source.label_origin,
        licence=source.licence.strip(),
        url=source.url,
        light=source.light,
        weather=source.weather,
        view=source.view,
    )


def split_of(source: Source, group: str) -> str:
    """The same for every picture of a group, whenever and wherever it is asked."""
    if source.val_share:
        return "val" if zlib.crc32(group.encode()) % 1000 < 1000 * source.val_share else "train"
    return source.split


def _meaning(source: Source, name: str, place: str) -> int | None:
    if name not in source.classes:
        raise DatasetError(f"{place}: class '{name}' is not among the classes of {source.name} ({source.place})")
    return KIND_OF.get(source.classes[name])


def _within(corners: list[float], place: str) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = corners
    if not (min(x1, y1) >= -TOLERANCE and max(x2, y2) <= 1 + TOLERANCE):
        raise DatasetError(f"{place}: the box reaches beyond the picture")
    if x2 <= x1 or y2 <= y1:
        raise DatasetError(f"{place}: the box has no area")
    return max(x1, 0.0), max(y1, 0.0), min(x2, 1.0), min(y2, 1.0)


def _yolo(source: Source) -> Iterator[Labelled]:
    """Pictures with a .txt of the same name beside them, or in `labels` where the picture is in `images`."""
    pictures = sorted(path for path in source.path.rglob("*") if path.suffix.lower() in PICTURES)
    if not pictures:
        raise DatasetError(f"{source.place}: no pictures in {source.path}")
    for path in pictures:
        labels = _label_file(path)
        boxes = []
        for number, line in enumerate(_read(labels).splitlines(), 1):
            place = f"{labels}:{number}"
            words = line.split()
            if not words:
                continue
            corners = _yolo_corners(words[1:], place)
            kind = _meaning(source, words[0], place)
            if kind is not None:
                boxes.append((kind, *_within(corners, place)))
        yield Labelled(path, _row(source, path), boxes)


def _label_file(picture: Path) -> Path:
    parts = list(picture.with_suffix(".txt").parts)
    candidates = [Path(*parts)]
    if "images" in parts:
        at = len(parts) - 1 - parts[::-1].index("images")
        candidates.append(Path(*parts[:at], "labels", *parts[at + 1 :]))
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise DatasetError(f"{picture}: no labels at {candidates[-1]}; an empty file says that there is nothing on it")


def _yolo_corners(words: list[str], place: str) -> list[float]:
    """`cx cy w h`, or an outline `x y x y x y ...`."""
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise DatasetError(f"{place}: not numbers: class cx cy w h") from error
    if len(numbers) == 4:
        x, y, width, height = numbers
        return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
    if len(numbers) >= 6 and len(numbers) % 2 == 0:
        return [min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])]
    raise DatasetError(f"{place}: {len(numbers)} numbers after the class: neither a box nor an outline")


def _coco(source: Source) -> Iterator[Labelled]:
    """Every .json with `images`, `annotations` and `categories`; pictures lie beside it or in `images` beside it."""
    files = sorted(source.path.rglob("*.json"))
    if not files:
        raise DatasetError(f"{source.place}: no .json in {source.path}")
    for file in files:
        yield from _coco_file(source, file)


def _coco_file(source: Source, file: Path) -> Iterator[Labelled]:
    try:
        whole = json.loads(_read(file))
        names = {category["id"]: category["name"] for category in whole["categories"]}
        boxes_of: dict[int, list] = {}
        sizes = {image["id"]: (float(image["width"]), float(image["height"])) for image in whole["images"]}
        for number, mark in enumerate(whole["annotations"]):
            place = f"{file}: annotations[{number}]"
            width, height = sizes[mark["image_id"]]
            x, y, w, h = (float(value) for value in mark["bbox"])
            kind = _meaning(source, names[mark["category_id"]], place)
            if kind is not None:
                corners = _within([x / width, y / height, (x + w) / width, (y + h) / height], place)
                boxes_of.setdefault(mark["image_id"], []).append((IGNORE if mark.get("iscrowd") else kind, *corners))
        pictures = [(image["id"], image["file_name"]) for image in whole["images"]]
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise DatasetError(f"{file}: not COCO's format: {type(error).__name__} {error}") from error
    unknown = sorted(set(source.classes) - set(names.values()))
    if unknown:
        raise DatasetError(f"{source.place}: {file} has no category {', '.join(unknown)}")
    for number, name in pictures:
        path = next((p for p in (file.parent / name, file.parent / "images" / name) if p.exists()), file.parent / name)
        yield Labelled(path, _row(source, path), boxes_of.get(number, []))


def _dataset(source: Source) -> Iterator[Labelled]:
    """A folder in our own format; its rows stay as they are."""
    for row in read_manifest(source.path):
        shares = [1, row.width, row.height, row.width, row.height]
        boxes = [tuple(float(v) for v in box / shares) for box in read_boxes(source.path, row)]
        whole = [(int(box[0]), *(min(v, 1.0) for v in box[1:])) for box in boxes]
        yield Labelled(source.path / "images" / row.file, row, whole)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
