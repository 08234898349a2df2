"""A dataset on disk and in memory: pictures, boxes, and for every picture where it is from and under which licence.

    DIR/manifest.csv        one row a picture, columns as in `Row`
    DIR/images/FILE
    DIR/labels/FILE.txt     lines `class cx cy w h`, shares of the picture's width and height
    DIR/cutouts/*.png       optional, RGBA: v_SOURCE_... vehicles, n_SOURCE_... people and two-wheelers

Class 0 is a vehicle. Class 1 is a region to ignore: nothing is lost there, and nothing is a false alarm.
"""

import csv
from dataclasses import dataclass, field, fields
from pathlib import Path

import cv2
import numpy as np
import torch

VEHICLE = 0
IGNORE = 1
PAD = 114  # the grey that lotcount puts beside a letterboxed picture
SIDE_STEP = 32  # the coarsest stride of the nets
SPLITS = ("train", "val")

# Our own rendered scenes have the program's licence. Of the Creative Commons only plain attribution may be shipped.
OWN_LICENCE = "MIT OR Apache-2.0"
SHIPPABLE_LICENCES = (OWN_LICENCE, "CC BY 2.0", "CC BY 2.5", "CC BY 3.0", "CC BY 4.0")

cv2.setNumThreads(1)


class DatasetError(Exception):
    """What is wrong with a dataset, in one line for a person, with the file and where it applies its line."""


@dataclass(frozen=True)
class Row:
    """One picture of the manifest. `width` and `height` are pixels of the stored picture."""

    file: str
    split: str
    source: str
    group: str  # what must not be in train and val at once: a recording, a photograph, a scene
    width: int
    height: int
    vehicles: int
    ignore: int
    label_origin: str
    licence: str
    url: str
    light: str = ""
    weather: str = ""
    view: str = ""


COLUMNS = tuple(column.name for column in fields(Row))
OPTIONAL_COLUMNS = ("light", "weather", "view")
NUMBERS = ("width", "height", "vehicles", "ignore")


@dataclass
class Dataset:
    """Pictures in memory, all in one tensor so that the set moves to a device at once.

    `pixels` is uint8 [N, 3, S, S] RGB with each picture at the top left and grey beside it, `sizes` int16 [N, 2] the
    pictures' height and width, `boxes` for each picture float32 [n, 5]: class, x1, y1, x2, y2 in its pixels.
    """

    rows: list[Row]
    pixels: torch.Tensor
    sizes: np.ndarray
    boxes: list[np.ndarray]
    cutouts: list[Path] = field(default_factory=list)


def may_ship(licence: str) -> bool:
    """Whether a net that was trained on pictures under this licence may be published with the program."""
    return licence in SHIPPABLE_LICENCES


def read_manifest(folder: Path, split: str | None = None, licences: set[str] | None = None) -> list[Row]:
    """The rows of a dataset, all or those of one split or of certain licences."""
    path = Path(folder) / "manifest.csv"
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            present = {*OPTIONAL_COLUMNS, *(reader.fieldnames or ())}
            missing = [name for name in COLUMNS if name not in present]
            if missing:
                raise DatasetError(f"{path}:1: the columns {', '.join(missing)} are missing")
            rows = [_row(path, reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return [row for row in rows if split in (None, row.split) and (licences is None or row.licence in licences)]


def _row(path: Path, line: int, cells: dict[str | None, str | None]) -> Row:
    place = f"{path}:{line}"
    if None in cells:
        raise DatasetError(f"{place}: more cells than columns")
    values: dict[str, str | int] = {}
    for name in COLUMNS:
        text = cells.get(name)
        if text is None and name not in OPTIONAL_COLUMNS:
            raise DatasetError(f"{place}: fewer cells than columns, {name} is missing")
        values[name] = (text or "").strip()
    for name in NUMBERS:
        text = values[name]
        if not (isinstance(text, str) and text.isascii() and text.isdigit()):
            raise DatasetError(f"{place}: {name} is '{text}', not a whole number")
        values[name] = int(text)
    for name in ("file", "source", "group", "licence"):
        if not values[name]:
            raise DatasetError(f"{place}: {name} is empty")
    if values["split"] not in SPLITS:
        raise DatasetError(f"{place}: split is '{values['split']}', not train or val")
    file = Path(str(values["file"]))
    if file.is_absolute() or ".." in file.parts:
        raise DatasetError(f"{place}: file '{file}' leaves the dataset's folder")
    if values["width"] == 0 or values["height"] == 0:
        raise DatasetError(f"{place}: the picture has no size")
    return Row(**values)  # type: ignore[arg-type]


def read_boxes(folder: Path, row: Row) -> np.ndarray:
    """The boxes of one picture, float32 [n, 5]: class, x1, y1, x2, y2 in pixels of the stored picture."""
    path = (Path(folder) / "labels" / row.file).with_suffix(".txt")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    boxes = [_box(path, number, line, row) for number, line in enumerate(lines, 1) if line.strip()]
    return np.array(boxes, np.float32).reshape(-1, 5)


def _box(path: Path, number: int, line: str, row: Row) -> list[float]:
    try:
        kind, x, y, width, height = (float(word) for word in line.split())
    except ValueError as error:
        raise DatasetError(f"{path}:{number}: not five numbers: class cx cy w h") from error
    if kind not in (VEHICLE, IGNORE):
        raise DatasetError(f"{path}:{number}: class is {kind:g}, not 0 (vehicle) or 1 (ignore)")
    inside = min(x - width / 2, y - height / 2) > -0.01 and max(x + width / 2, y + height / 2) < 1.01
    if not (inside and width > 0 and height > 0):
        raise DatasetError(f"{path}:{number}: the box is not within the picture")
    corners = np.clip([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 0, 1)
    return [kind, *(corners * [row.width, row.height, row.width, row.height])]


def read_image(folder: Path, row: Row) -> np.ndarray:
    """One picture, uint8 [h, w, 3] RGB."""
    path = Path(folder) / "images" / row.file
    picture = decode(path)
    if picture.shape[:2] != (row.height, row.width):
        stored = f"{picture.shape[1]}x{picture.shape[0]}"
        raise DatasetError(f"{path}: is {stored}, {row.width}x{row.height} in the manifest")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def decode(path: Path) -> np.ndarray:
    """Any picture, uint8 [h, w, 3] BGR as it is stored: not turned as a camera's note in it may ask."""
    try:
        stored = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    picture = cv2.imdecode(stored, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION) if len(stored) else None
    if picture is None:
        raise DatasetError(f"{path}: not a picture that OpenCV reads")
    return picture


def load(folders: list[Path], split: str, shippable_only: bool, limit: int | None = None) -> Dataset:
    """One split of several datasets in memory; with `limit` that many pictures, evenly spread."""
    found: list[tuple[Path, Row]] = []
    cutouts: list[Path] = []
    for folder in folders:
        manifest = read_manifest(folder)
        chosen = [row for row in manifest if row.split == split]
        found += [(folder, row) for row in chosen if may_ship(row.licence) or not shippable_only]
        cutouts += find_cutouts(folder, manifest, shippable_only)
    if limit is not None and limit < len(found):
        found = [found[int(at)] for at in np.linspace(0, len(found) - 1, limit)]
    rows = [row for _, row in found]
    longest = max((max(row.width, row.height) for row in rows), default=SIDE_STEP)
    side = -(-longest // SIDE_STEP) * SIDE_STEP
    pixels = torch.full((len(rows), 3, side, side), PAD, dtype=torch.uint8)
    for at, (folder, row) in enumerate(found):
        picture = torch.from_numpy(read_image(folder, row)).permute(2, 0, 1)
        pixels[at, :, : row.height, : row.width] = picture
    return Dataset(
        rows=rows,
        pixels=pixels,
        sizes=np.array([(row.height, row.width) for row in rows], np.int16).reshape(-1, 2),
        boxes=[read_boxes(folder, row) for folder, row in found],
        cutouts=cutouts,
    )


def find_cutouts(folder: Path, manifest: list[Row], shippable_only: bool) -> list[Path]:
    """The cut-outs of a dataset; a cut-out has the licences of the source in its name.

    Only cut-outs of training pictures: a source that has no picture in train gives none.
    """
    ships: dict[str, bool] = {}
    for row in manifest:
        if row.split == "train":
            ships[row.source] = ships.get(row.source, True) and may_ship(row.licence)
    chosen = []
    for path in sorted((Path(folder) / "cutouts").glob("[vn]_*.png")):
        sources = [source for source in ships if path.stem[2:].startswith(f"{source}_")]
        if sources and (not shippable_only or ships[max(sources, key=len)]):
            chosen.append(path)
    return chosen
