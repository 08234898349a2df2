"""Weights of an exported net back into a net that can be trained further: its .onnx file is all that fine-tuning needs.

An exported convolution holds its batch normalisation. Here it gets one again that changes nothing: with the statistics of
some pictures, and gain and offset that undo them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from net import STRIDES, Block, Net


def start_from_onnx(net: Net, path: Path, pictures: Tensor) -> None:
    """Fills `net` from an export of a net of the same shape. `pictures` [B, 3, H, W] f32 0..1 are some that it will see."""
    weights = convolutions_of(path)
    modules = list(in_order_of_export(net))
    shapes = [tuple(_convolution(module).weight.shape) for module in modules]
    if [kernel.shape for kernel, _ in weights] != shapes:
        sys.exit(f"train: {path} is no export of a net of size {net.size}: its convolutions have other shapes")
    hooks = []
    for module, (kernel, bias) in zip(modules, weights):
        convolution = _convolution(module)
        kernel, bias = torch.from_numpy(kernel.copy()), torch.from_numpy(bias.copy())
        if module is net.stem:
            kernel *= 255.0  # an export takes bytes
        if isinstance(module, nn.Conv2d):
            module.bias.data.copy_(bias)
        else:
            if module.residual:
                centre, channels = convolution.kernel_size[0] // 2, torch.arange(convolution.out_channels)
                kernel[channels, channels, centre, centre] -= 1
            hooks.append(module.normalisation.register_forward_pre_hook(_neutral(bias)))
        convolution.weight.data.copy_(kernel)
    net.eval()
    with torch.no_grad():
        net.levels(pictures)
    net.train()
    for hook in hooks:
        hook.remove()


def in_order_of_export(net: Net) -> Iterator[Block | nn.Conv2d]:
    """The modules that hold convolutions, as export.graph_of writes them."""
    yield net.stem
    for stage in net.stages:
        yield from stage
    yield from net.laterals
    for level in reversed(range(len(STRIDES))):
        if isinstance(net.smoothers[level], Block):
            yield net.smoothers[level]
    for head, prediction in zip(net.heads, net.predictions):
        yield head
        yield prediction


def convolutions_of(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each convolution of an .onnx file, in the order of its nodes."""
    graph = onnx.load(str(path)).graph
    constants = {constant.name: constant for constant in graph.initializer}
    return [
        tuple(numpy_helper.to_array(constants[name]) for name in node.input[1:3])
        for node in graph.node
        if node.op_type == "Conv"
    ]


def _neutral(bias: Tensor):
    """A hook that makes a normalisation, at its first input, one that only adds `bias`."""

    def adjust(norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3), unbiased=False)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data.copy_((variance + norm.eps).sqrt())
        norm.bias.data.copy_(bias.to(mean.device) + mean)

    return adjust


def _convolution(module: Block | nn.Conv2d) -> nn.Conv2d:
    return module if isinstance(module, nn.Conv2d) else module.convolution
