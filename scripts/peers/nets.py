"""Nets as their users run them: letterbox, session, decoding of YOLOX's and YOLOv5's exports."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # boxes [N, 4] in pixels, scores [N], COCO classes [N]
Run = Callable[[np.ndarray], np.ndarray]

VEHICLES = (2, 5, 7)  # car, bus, truck of COCO
PAD = 114


def onnx_runtime(path: Path, threads: int) -> Run:
    """threads 0: as ONNX Runtime chooses itself, one for each core, spinning between the operators."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda tensor: session.run(None, {name: tensor})[0]


def openvino(path: Path, side: int) -> Run:
    """The net with a square input of another size than it was exported with, threads as OpenVINO chooses."""
    import openvino as runtime

    core = runtime.Core()
    model = core.read_model(path)
    model.reshape([1, 3, side, side])
    request = core.compile_model(model, "CPU").create_infer_request()
    return lambda tensor: request.infer({0: tensor})[0]


class Yolo:
    """YOLOX (BGR 0..255, offsets from cells) or YOLOv5 (RGB 0..1, centres in pixels), one square input."""

    def __init__(self, run: Run, kind: str, side: int, least_score: float) -> None:
        self.run, self.kind, self.side, self.least_score = run, kind, side, least_score
        self._corners, self._strides = cells(side)

    def __call__(self, picture: np.ndarray) -> Found:
        tensor, scale = letterbox(picture, self.side)
        if self.kind == "yolov5":
            tensor = tensor[..., ::-1] / np.float32(255)
        tensor = np.ascontiguousarray(tensor.transpose(2, 0, 1)[None], np.float32)
        rows = self.run(tensor)[0]
        scores = rows[:, 4:5] * rows[:, 5:]
        classes = scores.argmax(1)
        best = scores[np.arange(len(scores)), classes]
        kept = (best >= self.least_score) & np.isin(classes, VEHICLES)
        return self._corners_of(rows[kept, :4], kept) / scale, best[kept], classes[kept]

    def _corners_of(self, rows: np.ndarray, kept: np.ndarray) -> np.ndarray:
        if self.kind == "yolox":
            strides = self._strides[kept]
            centres, sides = (rows[:, :2] + self._corners[kept]) * strides, np.exp(rows[:, 2:]) * strides
        else:
            centres, sides = rows[:, :2], rows[:, 2:]
        return np.concatenate([centres - sides / 2, centres + sides / 2], 1)


def cells(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the cells of strides 8, 16 and 32 [N, 2], and their strides [N, 1]."""
    places, strides = [], []
    for stride in (8, 16, 32):
        count = side // stride
        y, x = np.mgrid[:count, :count]
        places.append(np.column_stack([x.ravel(), y.ravel()]))
        strides.append(np.full((count * count, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(strides).astype(np.float32)


def letterbox(picture: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """The picture at the upper left of a grey square, and its scale there."""
    height, width = picture.shape[:2]
    scale = min(side / height, side / width)
    inner = int(width * scale), int(height * scale)
    square = np.full((side, side, 3), PAD, np.uint8)
    square[: inner[1], : inner[0]] = cv2.resize(picture, inner)
    return square, scale
