#!/usr/bin/env python3
"""Writes a trained net as ONNX files of fixed input sizes, each with the sidecar that lotcount reads, and the run's manifest.

    export.py --run runs/s --name lotcount-s --out models [--sizes 160x96,256x160,...] --drop 0.2 --birth 0.35 --evidence 1.5

The graph is written node by node from the folded net, not traced: it holds only what tract runs well (Conv, Relu, Add,
nearest Resize; the boxes' arithmetic at the end), and the same weights give the same bytes with any version of PyTorch.
Input `image` [1, 3, H, W] f32 RGB 0..255; output `dets` [1, N, 5]: x1, y1, x2, y2 in input pixels and a score 0..1.
"""

import argparse
import csv
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from dataset import may_ship
from net import LARGEST_LOG_SIDE, STRIDES, Net, cells

OPSET = 13
SIZES = "160x96,256x160,320x192,416x256,256x224,224x256"
LICENCE = "MIT OR Apache-2.0"
# Greedy suppression outside the net: cars in a queue overlap by less, two boxes of one car by more.
OVERLAP = 0.55


class Graph:
    """Nodes and constants of an ONNX graph in the making. Every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: object) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def convolution(self, x: str, module: torch.nn.Conv2d) -> str:
        kernel = self.constant(module.weight.detach().numpy())
        bias = self.constant(module.bias.detach().numpy())
        vertical, horizontal = module.padding
        return self.node(
            "Conv", x, kernel, bias,
            kernel_shape=list(module.kernel_size), strides=list(module.stride),
            pads=[vertical, horizontal, vertical, horizontal],
        )  # fmt: skip

    def block(self, x: str, module: torch.nn.Module) -> str:
        """A folded net.Block: a convolution, one with a ReLU behind it, or nothing."""
        if isinstance(module, torch.nn.Identity):
            return x
        if isinstance(module, torch.nn.Conv2d):
            return self.convolution(x, module)
        return self.node("Relu", self.convolution(x, module[0]))

    def doubled(self, x: str) -> str:
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.node(
            "Resize", x, "", scales, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"
        )


def graph_of(net: Net, height: int, width: int) -> onnx.ModelProto:
    """The folded net at one input size, with the decoding of its boxes."""
    folded, graph = net.folded(), Graph()
    x = graph.block("image", folded.stem)
    sides = []
    for stage in folded.stages:
        for block in stage:
            x = graph.block(x, block)
        sides.append(x)
    sides = [graph.block(side, lateral) for side, lateral in zip(sides[-len(STRIDES) :], folded.laterals)]
    merged = graph.block(graph.node("Relu", sides[2]), folded.smoothers[2])
    levels = [merged]
    for level in (1, 0):
        merged = graph.node("Relu", graph.node("Add", sides[level], graph.doubled(merged)))
        merged = graph.block(merged, folded.smoothers[level])
        levels.insert(0, merged)
    flat = []
    for level, head, prediction, stride in zip(levels, folded.heads, folded.predictions, STRIDES):
        raw = graph.convolution(graph.block(level, head), prediction)
        shape = graph.constant(np.array([1, 5, (height // stride) * (width // stride)], np.int64))
        flat.append(graph.node("Reshape", raw, shape))
    raw = graph.node("Concat", *flat, axis=2)
    _decode(graph, raw, height, width)
    output = helper.make_tensor_value_info("dets", TensorProto.FLOAT, [1, len(cells(height, width)[0]), 5])
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, height, width])
    body = helper.make_graph(graph.nodes, "lotcount", [image], [output], graph.constants)
    model = helper.make_model(body, producer_name="lotcount", opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 7  # of opset 13; newer ones only shut out older readers
    onnx.checker.check_model(model)
    return model


def _decode(graph: Graph, raw: str, height: int, width: int) -> None:
    """Distances and score of each cell [1, 5, N] to the output `dets` [1, N, 5]."""
    centres, strides = cells(height, width)
    centre = graph.constant(centres.T[None].numpy())
    stride = graph.constant(strides[None, None].numpy())
    channels = graph.constant(np.array([1], np.int64))

    def rows(first: int, last: int, x: str) -> str:
        begin, end = graph.constant(np.array([first], np.int64)), graph.constant(np.array([last], np.int64))
        return graph.node("Slice", x, begin, end, channels)

    low, high = graph.constant(np.float32(-np.inf)), graph.constant(np.float32(LARGEST_LOG_SIDE))
    side = graph.node("Mul", graph.node("Exp", graph.node("Clip", rows(0, 4, raw), low, high)), stride)
    upper_left = graph.node("Sub", centre, rows(0, 2, side))
    lower_right = graph.node("Add", centre, rows(2, 4, side))
    score = graph.node("Sigmoid", rows(4, 5, raw))
    together = graph.node("Concat", upper_left, lower_right, score, axis=1)
    graph.nodes.append(helper.make_node("Transpose", [together], ["dets"], name="dets", perm=[0, 2, 1]))


SIDECAR = """\
# {name}, exported for regions of about {width}x{height}. models/README.md explains every key.
[input]
width = {width}
height = {height}
colour = "rgb"
resize = "letterbox"
placement = "top-left"
pad = 114

[output]
head = "lotcount"
iou = {overlap}
classes = {{ 0 = "vehicle" }}

[thresholds]
drop = {drop}
birth = {birth}
evidence = {evidence}

[origin]
sha256 = "{sha256}"
licence = "{licence}"
source = "{source}"
"""


def write(net: Net, options: argparse.Namespace, width: int, height: int, source: str) -> Path:
    """NAME-WIDTHxHEIGHT.onnx and its .toml."""
    content = graph_of(net, height, width).SerializeToString()
    path = options.out / f"{options.name}-{width}x{height}.onnx"
    path.write_bytes(content)
    sidecar = SIDECAR.format(
        name=options.name, width=width, height=height, overlap=OVERLAP, drop=decimal(options.drop),
        birth=decimal(options.birth), evidence=decimal(options.evidence), sha256=hashlib.sha256(content).hexdigest(),
        licence=LICENCE, source=source,
    )  # fmt: skip
    path.with_suffix(".toml").write_text(sidecar)
    return path


def decimal(value: float) -> str:
    """Two decimals as people write thresholds, or as many as it takes."""
    return f"{value:.2f}" if value == round(value, 2) else repr(value)


def load_run(run: Path) -> tuple[Net, dict]:
    """The averaged net of a run's checkpoint, and the run's settings."""
    checkpoint = run / "checkpoint.pt"
    if not checkpoint.exists():
        sys.exit(f"export: {checkpoint} is missing: train.py writes it to its --out folder")
    state = torch.load(checkpoint, map_location="cpu")
    net = Net(state["size"])
    net.load_state_dict(state["average"])
    settings = json.loads((run / "settings.json").read_text()) | {"images_done": state["progress"]["images"]}
    return net.eval(), settings


def unshippable(run: Path) -> list[str]:
    """Licences in the run's manifest under which its weights may not be given away."""
    with open(run / "manifest.csv", newline="", encoding="utf-8") as file:
        licences = {row["licence"] for row in csv.DictReader(file)}
    return sorted(licence for licence in licences if not may_ship(licence))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="train.py's --out folder")
    parser.add_argument("--name", required=True, help="the family's name, as in lotcount-s")
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--sizes", default=SIZES, help=f"WIDTHxHEIGHT,... multiples of 32 (default {SIZES})")
    parser.add_argument("--drop", type=float, default=0.20, help="boxes below this score are dropped")
    parser.add_argument("--birth", type=float, default=0.35, help="only a box of this score starts a track")
    parser.add_argument("--evidence", type=float, default=1.5, help="sum of scores before a track counts")
    parser.add_argument("--private", action="store_true", help="allow weights that may not be given away")
    options = parser.parse_args()
    net, settings = load_run(options.run)
    if (forbidden := unshippable(options.run)) and not options.private:
        sys.exit(f"export: the run learnt from pictures under {', '.join(forbidden)}: its weights may not be shipped (--private exports them for yourself)")
    options.out.mkdir(parents=True, exist_ok=True)
    shutil.copy(options.run / "manifest.csv", options.out / f"{options.name}.manifest.csv")
    source = f"trained by scripts/train on {settings['images_done']:,} augmented pictures, see models/README.md"
    for size in options.sizes.split(","):
        match = re.fullmatch(r"(\d+)x(\d+)", size)
        if not match or any(int(side) % 32 or int(side) == 0 for side in match.groups()):
            sys.exit(f"export: --sizes: {size!r} is not WIDTHxHEIGHT in multiples of {STRIDES[-1]}")
        print(write(net, options, int(match[1]), int(match[2]), source))


if __name__ == "__main__":
    main()
