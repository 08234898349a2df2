"""The list of sources that prepare.py packs: a TOML file with one [[source]] for each.

    [[source]]
    name = "openimages"            # letters, digits, - and _
    kind = "yolo"                  # yolo, coco, or dataset: a folder with our own manifest.csv
    path = "vehicles-openimages"   # from this file's folder
    licence = "CC BY 4.0"          # as it is published; a dataset brings its own
    url = "https://..."
    attribution = "who made them"  # optional
    classes = { 0 = "vehicle", 3 = "nothing", 7 = "ignore" }   # YOLO numbers or COCO category names
    label_origin = "human"         # optional
    split = "train"                # optional; or a share of the groups for validation:
    val_share = 0.1
    group = '^(.*)_mp4'            # optional: what of a file's name tells its recording; its whole name otherwise
    near = 3                       # optional: pictures whose 64-bit hashes differ by as many bits are the same;
                                   # -1: none are
    light = "night"                # optional, as weather and view: what holds for all its pictures
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from dataset import DatasetError

KINDS = ("yolo", "coco", "dataset")
MEANINGS = ("vehicle", "ignore", "nothing")
# Bits of a picture's hash: seen on street stills, three and fewer are the same picture compressed twice.
NEAR = 3
# A dataset was rid of near duplicates when it was made; what is left alike has different vehicles in it.
ALL_DIFFER = -1


@dataclass(frozen=True)
class Source:
    name: str
    kind: str
    path: Path
    place: str  # file:line of its [[source]], for faults
    licence: str = ""
    url: str = ""
    attribution: str = ""
    classes: dict[str, str] = field(default_factory=dict)
    label_origin: str = "human"
    split: str = "train"
    val_share: float = 0.0
    group: str = ""
    near: int = NEAR
    light: str = ""
    weather: str = ""
    view: str = ""


TYPES: dict[str, tuple[type, ...]] = {"classes": (dict,), "val_share": (int, float), "near": (int,)}
OF_A_DATASET = ("name", "kind", "path")


def read_sources(path: Path) -> list[Source]:
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text).get("source", [])
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    except tomllib.TOMLDecodeError as error:
        raise DatasetError(f"{path}: {error}") from error
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[source]]")]
    if not isinstance(tables, list) or not tables or len(lines) != len(tables):
        raise DatasetError(f"{path}: no [[source]], or one not on a line of its own")
    sources = [_source(path, f"{path}:{line}", table) for line, table in zip(lines, tables)]
    names = [source.name for source in sources]
    for source in sources:
        if names.count(source.name) > 1:
            raise DatasetError(f"{source.place}: the name {source.name} is given twice")
    return sources


def _source(file: Path, place: str, table: dict) -> Source:
    known = [name for name in Source.__dataclass_fields__ if name != "place"]
    for key, value in table.items():
        if key not in known:
            raise DatasetError(f"{place}: {key} is not one of {', '.join(known)}")
        if not isinstance(value, TYPES.get(key, (str,))) or isinstance(value, bool):
            raise DatasetError(f"{place}: {key} is of the wrong type")
    for key in OF_A_DATASET:
        if not table.get(key):
            raise DatasetError(f"{place}: {key} is missing")
    kind = table["kind"]
    if kind not in KINDS:
        raise DatasetError(f"{place}: kind is '{kind}', not {', '.join(KINDS)}")
    if kind == "dataset":
        other = sorted(set(table) - set(OF_A_DATASET) - {"near"})
        if other:
            raise DatasetError(f"{place}: {', '.join(other)}: a dataset's manifest says that for each picture")
        table = {"near": ALL_DIFFER, **table}
    elif not table.get("licence", "").strip():
        raise DatasetError(f"{place}: licence is missing: without one no picture is taken")
    elif not table.get("classes"):
        raise DatasetError(f"{place}: classes is missing: which of its classes are vehicles?")
    source = Source(**{**table, "path": file.parent / table["path"], "place": place})
    _check(source)
    return source


def _check(source: Source) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", source.name):
        raise DatasetError(f"{source.place}: name '{source.name}' has other characters than letters, digits, - and _")
    for name, meaning in source.classes.items():
        if meaning not in MEANINGS:
            raise DatasetError(f"{source.place}: class {name} is '{meaning}', not {', '.join(MEANINGS)}")
        if source.kind == "yolo" and not name.isdigit():
            raise DatasetError(f"{source.place}: class '{name}' is not a number; YOLO labels hold numbers")
    if source.split not in ("train", "val"):
        raise DatasetError(f"{source.place}: split is '{source.split}', not train or val")
    if not 0 <= source.val_share <= 1:
        raise DatasetError(f"{source.place}: val_share is {source.val_share}, not within 0 and 1")
    if not source.path.is_dir():
        raise DatasetError(f"{source.place}: {source.path} is not a folder")
    try:
        groups = re.compile(source.group).groups
    except re.error as error:
        raise DatasetError(f"{source.place}: group is no regular expression: {error}") from error
    if source.group and groups != 1:
        raise DatasetError(f"{source.place}: group needs one pair of parentheses")
