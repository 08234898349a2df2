"""The detector: plain convolutions only, so that tract runs it fast on a CPU.

    image [B, 3, H, W] --stem, stages--> stride 8 --stage--> 16 --stage--> 32
                                            |                |             |
                        top-down sums       v    <--x2--     v   <--x2--   v
                        one head a level:  [B, 5, H/8, W/8]  ...  [B, 5, H/32, W/32]

Every block is convolution + batch normalisation (+ the block's own input) + ReLU. At export (`folded`) the
normalisation and the identity go into the kernel, so that what is left is one convolution and one ReLU a block. There
is no pooling, no depthwise convolution and no shuffle: tract is slow at them. Few channels at high resolution are what
costs tract most (16 channels run at a third of the rate of 128), so a stem may look at each 4x4 patch once.

The net is fully convolutional: one set of weights serves every input size whose sides are multiples of 32.
"""

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDES = (8, 16, 32)
# Of the sigmoid before training: 1 % of the cells answer, as rare as vehicles are, so that the loss starts small.
RARE = -4.6
# Box sides are exp(x) strides; e^5 strides are more than any picture.
LARGEST_LOG_SIDE = 5.0


@dataclass(frozen=True)
class Shape:
    """Channels of the stem and its stride (its kernel is 3, or the stride where that is larger); channels and residual
    blocks of each stage, the last at stride 32; channels of the neck, and whether its levels are smoothed by a block each."""

    stem: tuple[int, int]
    stages: tuple[tuple[int, int], ...]
    neck: int
    smooth: bool = False


SHAPES = {
    "t": Shape(stem=(8, 4), stages=((16, 0), (24, 0), (32, 0)), neck=16),
    "s": Shape(stem=(12, 2), stages=((24, 0), (40, 1), (64, 2), (96, 2)), neck=40, smooth=True),
    "p": Shape(stem=(32, 4), stages=((48, 1), (96, 2), (128, 1)), neck=48),
    "m": Shape(stem=(40, 4), stages=((64, 2), (112, 2), (144, 2)), neck=64),
}


class Block(nn.Module):
    """Convolution, batch normalisation, ReLU; a residual block adds its input before the ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, residual: bool = False, relu: bool = True):
        super().__init__()
        padding = kernel // 2 if kernel % 2 else 0
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.normalisation = nn.BatchNorm2d(outputs, momentum=0.03, eps=1e-3)
        self.residual = residual
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        y = self.normalisation(self.convolution(x))
        if self.residual:
            y = y + x
        return F.relu(y, inplace=True) if self.relu else y

    def folded(self) -> nn.Module:
        """The same function of frozen statistics as one convolution with a bias (and the ReLU)."""
        old, norm = self.convolution, self.normalisation
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        kernel = old.weight * gain[:, None, None, None]
        if self.residual:
            centre = old.kernel_size[0] // 2
            channels = torch.arange(old.out_channels)
            kernel = kernel.clone()
            kernel[channels, channels, centre, centre] += 1
        new = nn.Conv2d(old.in_channels, old.out_channels, old.kernel_size, old.stride, old.padding, bias=True)
        new.weight.data = kernel.detach().clone()
        new.bias.data = (norm.bias - norm.running_mean * gain).detach().clone()
        return nn.Sequential(new, nn.ReLU()) if self.relu else new


class Net(nn.Module):
    """`forward` takes [B, 3, H, W] f32 RGB 0..1 and gives, over the cells of all levels in the order of `cells`,
    scores before the sigmoid [B, N] and the distances from a cell's centre to a box's left, top, right and bottom side
    in strides of its level [B, N, 4]."""

    def __init__(self, size: str):
        super().__init__()
        shape = SHAPES[size]
        self.size = size
        channels, stride = shape.stem
        self.stem = Block(3, channels, kernel=max(3, stride), stride=stride)
        self.stages = nn.ModuleList()
        for width, residuals in shape.stages:
            blocks = [Block(channels, width, stride=2)] + [Block(width, width, residual=True) for _ in range(residuals)]
            self.stages.append(nn.Sequential(*blocks))
            channels = width
        levels = shape.stages[-len(STRIDES) :]
        self.laterals = nn.ModuleList([Block(width, shape.neck, kernel=1, relu=False) for width, _ in levels])
        self.smoothers = nn.ModuleList([Block(shape.neck, shape.neck) if shape.smooth else nn.Identity() for _ in STRIDES])
        self.heads = nn.ModuleList([Block(shape.neck, shape.neck) for _ in STRIDES])
        self.predictions = nn.ModuleList([nn.Conv2d(shape.neck, 5, 1) for _ in STRIDES])
        for prediction in self.predictions:
            nn.init.normal_(prediction.weight, 0, 0.01)
            # e^0.9 = 2.5 strides to each side: a box of 5 strides, the middle of a level's range.
            prediction.bias.data[:4] = 0.9
            prediction.bias.data[4] = RARE

    def levels(self, x: Tensor) -> list[Tensor]:
        """The raw head of each level: [B, 5, H / stride, W / stride], the first four logarithms of distances."""
        x = self.stem(x)
        sides = []
        for stage in self.stages:
            x = stage(x)
            sides.append(x)
        sides = [lateral(side) for lateral, side in zip(self.laterals, sides[-len(STRIDES) :])]
        merged = self.smoothers[2](F.relu(sides[2]))
        results = [self.predictions[2](self.heads[2](merged))]
        for level in (1, 0):
            merged = F.relu(sides[level] + F.interpolate(merged, scale_factor=2.0, mode="nearest"))
            merged = self.smoothers[level](merged)
            results.insert(0, self.predictions[level](self.heads[level](merged)))
        return results

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        raw = torch.cat([level.float().flatten(2) for level in self.levels(x)], 2)
        return raw[:, 4], raw[:, :4].clamp(max=LARGEST_LOG_SIDE).exp().transpose(1, 2)

    def folded(self) -> "Net":
        """A copy for inference whose blocks are plain convolutions; its input is 0..255 instead of 0..1."""
        net = copy.deepcopy(self).eval().float().cpu()
        for module in list(net.modules()):
            for name, child in module.named_children():
                if isinstance(child, Block):
                    setattr(module, name, child.folded())
        net.stem[0].weight.data /= 255.0
        return net


def cells(height: int, width: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Centres [N, 2] (x, y in pixels) and strides [N] of the cells of all levels, rows of the finest level first."""
    centres, strides = [], []
    for stride in STRIDES:
        y, x = torch.meshgrid(
            torch.arange(height // stride, device=device), torch.arange(width // stride, device=device), indexing="ij"
        )
        centre = torch.stack([x.flatten() + 0.5, y.flatten() + 0.5], 1) * stride
        centres.append(centre)
        strides.append(torch.full((len(centre),), float(stride), device=device))
    return torch.cat(centres), torch.cat(strides)


def boxes_of(distances: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Boxes x1, y1, x2, y2 in pixels [B, N, 4] from a net's distances."""
    sides = distances * strides[None, :, None]
    return torch.cat([centres[None] - sides[..., :2], centres[None] + sides[..., 2:]], -1)
