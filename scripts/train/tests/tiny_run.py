#!/usr/bin/env python3
"""The whole way in seconds: pictures made here, prepare, train (stopped once and resumed), export.

    tiny_run.py FOLDER

Leaves FOLDER/tiny-160x96.onnx and .toml, FOLDER/picture.bgr (160x96, three bytes a pixel) and FOLDER/expected.json: the
boxes [x1, y1, x2, y2, score] that the trained net itself, in PyTorch, sees on that picture. tests/training.rs compares.
"""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

TRAIN = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TRAIN))

from export import load_run
from net import boxes_of, cells

PICTURES = 24
WIDTH, HEIGHT = 160, 96
DROP = 0.005  # a net of a few batches is sure of nothing


def main() -> None:
    folder = Path(sys.argv[1])
    make_pictures(folder / "pictures")
    (folder / "sources.toml").write_text(
        '[[source]]\nname = "boxes"\nkind = "yolo"\npath = "pictures"\nlicence = "CC BY 4.0"\nval_share = 0.2\n'
        '[source.classes]\n0 = "vehicle"\n'
    )
    step("prepare.py", folder / "sources.toml", "--out", folder / "set")
    train = ["train.py", "--dataset", folder / "set", "--size", "t", "--images", 480, "--batch", 24, "--threads", 1,
             "--device", "cpu", "--out", folder / "run"]  # fmt: skip
    step(*train, "--stop-after", 0.02)
    stopped = batches_done(folder / "run")
    step(*train)
    if not 0 < stopped < batches_done(folder / "run"):
        sys.exit(f"tiny_run: stopped after {stopped} batches, ended after {batches_done(folder / 'run')}")
    step("export.py", "--run", folder / "run", "--name", "tiny", "--sizes", "160x96", "--drop", DROP, "--out", folder)
    write_expected(folder)


def make_pictures(folder: Path) -> None:
    """Bright boxes on a noisy road, with their labels."""
    rng = np.random.default_rng(7)
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for number in range(PICTURES):
        picture = rng.integers(60, 110, (120, 200, 3), dtype=np.uint8)
        lines = []
        for _ in range(rng.integers(0, 3)):
            x, y, w, h = rng.integers(10, 120), rng.integers(10, 70), rng.integers(24, 60), rng.integers(16, 40)
            picture[y : y + h, x : x + w] = rng.integers(150, 255, 3)
            lines.append(f"0 {(x + w / 2) / 200:.6f} {(y + h / 2) / 120:.6f} {w / 200:.6f} {h / 120:.6f}\n")
        cv2.imwrite(str(folder / "images" / f"{number:03}.png"), picture)
        (folder / "labels" / f"{number:03}.txt").write_text("".join(lines))


def step(program: str, *arguments: object) -> None:
    subprocess.run([sys.executable, TRAIN / program, *map(str, arguments)], check=True, stdout=sys.stderr)


def batches_done(run: Path) -> int:
    return torch.load(run / "checkpoint.pt", map_location="cpu")["progress"]["batches"]


@torch.no_grad()
def write_expected(folder: Path) -> None:
    picture = cv2.imread(str(folder / "pictures" / "images" / "000.png"))
    picture = np.ascontiguousarray(picture[:HEIGHT, :WIDTH])
    picture.tofile(folder / "picture.bgr")
    net, _ = load_run(folder / "run")
    pixels = torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    logits, distances = net(pixels)
    boxes = torch.cat([boxes_of(distances, *cells(HEIGHT, WIDTH)), logits.sigmoid()[..., None]], -1)[0].numpy()
    # Before suppression: scores of a net that has learnt nothing yet are all alike, and the order would be chance.
    (folder / "expected.json").write_text(json.dumps(boxes[boxes[:, 4] >= DROP].tolist()))


if __name__ == "__main__":
    main()
