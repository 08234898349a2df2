"""Nets with lotcount's sidecars in ONNX Runtime: pictures go in and boxes come out as they do in lotcount.

Scaling is OpenCV's bilinear one, which lotcount follows to the last bit (src/detect/preprocess.rs, framing.rs).
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import onnxruntime

import metrics

# What counts as a vehicle here; motorcycles, bicycles and people do not.
VEHICLE_CLASSES = ("car", "van", "truck", "bus", "vehicle")
FLOOR = 0.02  # boxes below it change no average precision by more than a thousandth
MOST_CANDIDATES = 300  # before suppression, surest first
USUAL_PIXELS = 416 * 256  # as src/detect/family.rs: larger inputs only where nothing else is there

# From the net's outputs to boxes [k, 4] in input pixels and class scores [k, classes].
Decode = Callable[[list[np.ndarray], "Sidecar"], tuple[np.ndarray, np.ndarray]]


class DetectorError(Exception):
    """What is wrong with a net or its sidecar, in one line for a person."""


class Detector(Protocol):
    """Finds vehicles: from uint8 [h, w, 3] RGB to float [k, 5] x1, y1, x2, y2, score in its pixels, surest first."""

    path: Path  # what lotcount is given as a camera's model
    name: str
    size: str
    birth: float  # the score at which a track may start

    def __call__(self, picture: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Sidecar:
    """The keys of a sidecar that matter here; models/README.md explains them."""

    path: Path
    input: dict
    output: dict
    birth: float

    @property
    def width(self) -> int:
        return self.input["width"]

    @property
    def height(self) -> int:
        return self.input["height"]

    @property
    def columns(self) -> list[int]:
        """The net's classes that are vehicles."""
        return [int(number) for number, name in self.output["classes"].items() if name in VEHICLE_CLASSES]


def read_sidecar(path: Path) -> Sidecar:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DetectorError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise DetectorError(f"{path}: {error}") from error
    try:
        return Sidecar(path, tables["input"], tables["output"], float(tables["thresholds"]["birth"]))
    except KeyError as error:
        raise DetectorError(f"{path}: {error} is missing") from error


def own_boxes(outputs: list[np.ndarray], _: Sidecar) -> tuple[np.ndarray, np.ndarray]:
    """Head `lotcount`: [1, N, 5] are corners and score."""
    return outputs[0][0, :, :4], outputs[0][0, :, 4:]


class OnnxDetector:
    """One net at one input size."""

    def __init__(self, onnx: Path, sidecar: Path | None = None, decode: Decode = own_boxes):
        self.path = onnx
        self.sidecar = read_sidecar(sidecar or onnx.with_suffix(".toml"))
        self.size = f"{self.sidecar.width}x{self.sidecar.height}"
        self.name = onnx.name.removesuffix(".onnx")
        self.birth = self.sidecar.birth
        self.decode = decode
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(str(onnx), settings, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has a class of its own for each of its faults
            raise DetectorError(f"{onnx}: {' '.join(str(error).split())}") from error
        self.input = self.session.get_inputs()[0].name

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        values, scale = framed(picture, self.sidecar)
        boxes, scores = self.decode(self.session.run(None, {self.input: values}), self.sidecar)
        score = scores[:, self.sidecar.columns].max(1)
        surest = np.argsort(-score, kind="stable")[:MOST_CANDIDATES]
        surest = surest[score[surest] > FLOOR]
        corners = boxes[surest] / np.tile(scale, 2)
        corners = np.clip(corners, 0, [width, height, width, height])
        found = np.column_stack([corners, score[surest]]).astype(float)
        return metrics.suppress(found, self.sidecar.output["iou"])


def framed(picture: np.ndarray, sidecar: Sidecar) -> tuple[np.ndarray, np.ndarray]:
    """The net's input [1, 3, H, W] f32 and its pixels per pixel of the picture, horizontally and vertically."""
    height, width = picture.shape[:2]
    scale = np.array([sidecar.width / width, sidecar.height / height])
    canvas = np.full((sidecar.height, sidecar.width, 3), sidecar.input.get("pad", 0), np.uint8)
    if sidecar.input["resize"] == "letterbox":
        if sidecar.input["placement"] != "top-left":
            raise DetectorError(f"{sidecar.path}: only pictures at the top left are measured")
        scale = np.full(2, scale.min())
    inner = np.maximum((scale * [width, height]).astype(int), 1)
    canvas[: inner[1], : inner[0]] = cv2.resize(picture, (int(inner[0]), int(inner[1])), interpolation=cv2.INTER_LINEAR)
    if sidecar.input["colour"] == "bgr":
        canvas = canvas[..., ::-1]
    values = canvas.astype(np.float32) * np.float32(sidecar.input.get("scale", 1))
    values = (values - np.float32(sidecar.input.get("mean", 0))) / np.float32(sidecar.input.get("std", 1))
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32), scale


class Family:
    """A net at several sizes, of which each picture gets the one that lotcount would take (src/detect/family.rs)."""

    def __init__(self, stem: Path, members: list[OnnxDetector]):
        self.path = stem
        self.name = stem.name
        self.size = "by shape"
        usual = [member for member in members if member.sidecar.width * member.sidecar.height <= USUAL_PIXELS]
        self.members = usual or members
        self.birth = self.members[0].birth

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]

        def shown(member: OnnxDetector) -> tuple[float, int]:
            scale = min(member.sidecar.width / width, member.sidecar.height / height)
            return round(scale, 6), -member.sidecar.width * member.sidecar.height

        return max(self.members, key=shown)(picture)


def own_detectors(model: Path, sizes: list[str] | None = None) -> list[Detector]:
    """The nets of a family's stem by input size, last the family itself if there are several; or one .onnx file."""
    if model.suffix == ".onnx":
        return [OnnxDetector(model)]
    name = re.compile(re.escape(model.name) + r"-\d+x\d+")
    nets = [OnnxDetector(path) for path in sorted(model.parent.glob("*.onnx")) if name.fullmatch(path.stem)]
    chosen = [net for net in nets if not sizes or net.size in sizes]
    if not chosen:
        wanted = " or ".join(sizes) if sizes else "WIDTHxHEIGHT"
        raise DetectorError(f"{model}: no file {model.name}-SIZE.onnx, SIZE being {wanted}")
    chosen.sort(key=lambda net: net.sidecar.width * net.sidecar.height)
    return [*chosen, Family(model, nets)] if len(nets) > 1 and not sizes else list(chosen)
