"""Published nets to compare with, read from an external folder; none of them is part of lotcount.

Their sidecars are those of lotcount's own tests (tests/sidecars/), which prove lotcount's decoding of the same nets.
"""

from pathlib import Path

import numpy as np

from detectors import Decode, DetectorError, OnnxDetector, Sidecar, read_sidecar

SIDECARS = Path(__file__).resolve().parent.parent.parent / "tests" / "sidecars"
PEERS = ("yolox_nano", "picodet_s_320", "nanodet_m_320", "vehicle-detection-0200.raw")


def peer_detectors(folder: Path) -> list[OnnxDetector]:
    """Those of the four nets that lie in the folder, at least one."""
    files = [folder / f"{name}.onnx" for name in PEERS if (folder / f"{name}.onnx").exists()]
    if not files:
        raise DetectorError(f"{folder}: holds none of {', '.join(f'{name}.onnx' for name in PEERS)}")
    detectors = []
    for onnx in files:
        sidecar = SIDECARS / f"{onnx.stem}.toml"
        decode = _decoder(onnx.parent, sidecar)
        detectors.append(OnnxDetector(onnx, sidecar, decode))
    return detectors


def _decoder(folder: Path, path: Path) -> Decode:
    sidecar = read_sidecar(path)
    head = sidecar.output["head"]
    if head == "ssd":
        priors = np.load(folder / sidecar.output["priors"])
        return lambda outputs, told: ssd_boxes(outputs, told, priors)
    decoders = {"yolox": yolox_boxes, "gfl": gfl_boxes}
    if head not in decoders:
        raise DetectorError(f"{path}: head {head} is not one of yolox, gfl, ssd")
    return decoders[head]


def cells(sidecar: Sidecar, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the cells of all levels lie in input pixels [N, 2], by rows, and their strides [N, 1]."""
    places, strides = [], []
    for stride in sidecar.output["strides"]:
        rows, columns = -(-sidecar.height // stride), -(-sidecar.width // stride)
        y, x = np.mgrid[:rows, :columns]
        places.append((np.column_stack([x.ravel(), y.ravel()]) + offset) * stride)
        strides.append(np.full((rows * columns, 1), stride))
    return np.concatenate(places), np.concatenate(strides)


def centred(centres: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Corners [k, 4] of boxes with these centres and sides, both [k, 2]."""
    return np.concatenate([centres - sides / 2, centres + sides / 2], 1)


def yolox_boxes(outputs: list[np.ndarray], sidecar: Sidecar) -> tuple[np.ndarray, np.ndarray]:
    """[1, cells, 5 + classes]: centre from the cell's corner and log of the sides, in strides; objectness, classes."""
    rows = outputs[0][0]
    corners, strides = cells(sidecar, 0.0)
    boxes = centred(corners + rows[:, :2] * strides, np.exp(rows[:, 2:4]) * strides)
    return boxes, rows[:, 4:5] * rows[:, 5:]


def gfl_boxes(outputs: list[np.ndarray], sidecar: Sidecar) -> tuple[np.ndarray, np.ndarray]:
    """For each stride scores [1, cells, classes], then for each [1, cells, 4 bins]: logits of distances in strides."""
    levels, bins = len(sidecar.output["strides"]), sidecar.output["bins"]
    scores = np.concatenate([values.reshape(-1, values.shape[-1]) for values in outputs[:levels]])
    logits = np.concatenate([values.reshape(-1, 4, bins) for values in outputs[levels:]])
    shares = np.exp(logits - logits.max(2, keepdims=True))
    shares /= shares.sum(2, keepdims=True)
    centres, strides = cells(sidecar, 0.5)
    distances = (shares * np.arange(bins)).sum(2) * strides
    return np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], 1), scores


def ssd_boxes(outputs: list[np.ndarray], sidecar: Sidecar, priors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets [1, N, 4] from priors [1, 2, 4 N] (corners as shares of the input, variances); scores [1, N, classes]."""
    offsets, scores = outputs[0][0], outputs[1][0]
    corners, variances = priors[0].reshape(2, -1, 4)
    sides = corners[:, 2:] - corners[:, :2]
    centres = (corners[:, :2] + corners[:, 2:]) / 2 + offsets[:, :2] * variances[:, :2] * sides
    boxes = centred(centres, np.exp(offsets[:, 2:] * variances[:, 2:]) * sides)
    return boxes * [sidecar.width, sidecar.height, sidecar.width, sidecar.height], scores
