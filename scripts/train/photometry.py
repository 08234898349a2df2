"""What light, weather and the camera do to a training picture: pictures [B, 3, H, W] f32 0..1, on any device.

Each effect is drawn for a share of the pictures only, so that most of a batch costs nothing. Sums and products stand
where a camera has powers (a bent tone curve instead of gamma): on a CPU they are ten times as fast.
"""

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dataset import VEHICLE

# Annex K of ITU-T T.81: the quantisation tables that JPEG encoders scale.
LUMINANCE_TABLE = [
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
]
CHROMINANCE_TABLE = [
    [17, 18, 24, 47, 99, 99, 99, 99], [18, 21, 26, 66, 99, 99, 99, 99], [24, 26, 56, 99, 99, 99, 99, 99],
    [47, 66, 99, 99, 99, 99, 99, 99], [99] * 8, [99] * 8, [99] * 8, [99] * 8,
]
# 8 pictures of 256x160 are 4 MB.
CACHED_PICTURES = 8
# Rec. 601, as JPEG and H.264 cameras use it.
TO_YCC = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]


def photograph(pictures: Tensor, boxes: list[np.ndarray], rng: np.random.Generator, noise: torch.Generator) -> Tensor:
    """Applies every effect to its share of the pictures, in place, in the order in which light, lens and encoder act."""
    # On a CPU a few pictures at a time: what fits its cache goes through several times as fast.
    at_once = len(pictures) if pictures.is_cuda else CACHED_PICTURES
    for first in range(0, len(pictures), at_once):
        part = slice(first, first + at_once)
        _photograph(pictures[part], boxes[part], rng, noise)
    return pictures


def _photograph(pictures: Tensor, boxes: list[np.ndarray], rng: np.random.Generator, noise: torch.Generator) -> None:
    count = len(pictures)
    at_night = rng.random(count) < 0.17
    shade(pictures, np.flatnonzero(rng.random(count) < 0.15), rng)
    grey = tone(pictures, at_night, rng)
    lit = np.flatnonzero((at_night & (rng.random(count) < 0.7)) | (rng.random(count) < 0.03))
    lamps(pictures, boxes, lit, grey, rng)
    rain(pictures, np.flatnonzero(rng.random(count) < 0.06), rng, noise)
    fog(pictures, np.flatnonzero(rng.random(count) < 0.06), rng)
    poles(pictures, np.flatnonzero(rng.random(count) < 0.12), rng)
    blur(pictures, np.flatnonzero(rng.random(count) < 0.18), rng)
    grain(pictures, np.flatnonzero(rng.random(count) < np.where(at_night, 0.6, 0.2)), rng, noise)
    blocks(pictures, np.flatnonzero(rng.random(count) < 0.35), rng)
    pictures.clamp_(0, 1)


def tone(pictures: Tensor, at_night: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour, contrast, brightness and a bent tone curve; a quarter of the pictures grey, as infrared cameras give.
    Returns which are grey."""
    count = len(pictures)
    saturation = np.where(rng.random(count) < 0.25, 0.0, np.where(rng.random(count) < 0.35, rng.uniform(0.3, 1.6, count), 1.0))
    cast = np.where(rng.random((count, 1)) < 0.4, rng.uniform(0.88, 1.12, (count, 3)), 1.0)
    cast = np.where(saturation[:, None] == 0, cast.mean(1, keepdims=True), cast)
    bend = np.where(at_night, rng.uniform(-0.8, -0.2, count), rng.uniform(-0.5, 0.5, count))
    gain = np.where(at_night, rng.uniform(0.25, 0.8, count), rng.uniform(0.55, 1.35, count))
    lift = np.where(at_night, 0.0, 0.5 - 0.5 * gain + rng.uniform(-0.18, 0.18, count))
    plain = (~at_night) & (rng.random(count) < 0.35)
    bend, gain, lift = np.where(plain, 0, bend), np.where(plain, 1, gain), np.where(plain, 0, lift)
    grey = pictures.mean(1, keepdim=True)
    pictures.sub_(grey).mul_(_column(saturation, pictures)).add_(grey)
    bent = np.flatnonzero(bend)
    for row in bent:
        one = pictures[row]
        one.addcmul_(one, 1 - one, value=float(bend[row]))
    scale = torch.as_tensor(cast * gain[:, None], dtype=pictures.dtype, device=pictures.device)[:, :, None, None]
    pictures.mul_(scale).add_(_column(lift, pictures)).clamp_(0, 1)
    return saturation == 0


def shade(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator) -> None:
    """Shadows with straight edges, as houses and trees cast them: bands that darken what lies in them."""
    for row in rows:
        for _ in range(rng.integers(1, 4)):
            distance = _distance_to_line(pictures, rng)
            half, soft = rng.uniform(5, 60), rng.uniform(0.5, 6)
            inside = ((half - distance.abs()) / soft).clamp(0, 1)
            pictures[row] = pictures[row] * (1 - inside * rng.uniform(0.2, 0.6))


def lamps(pictures: Tensor, boxes: list[np.ndarray], rows: np.ndarray, grey: np.ndarray, rng: np.random.Generator) -> None:
    """Head and tail lamps on vehicles with their bloom, and lights and glare that belong to no vehicle."""
    _, _, height, width = pictures.shape
    x = torch.arange(width, device=pictures.device) + 0.5
    y = torch.arange(height, device=pictures.device) + 0.5
    for row in rows:
        places = []  # x, y, radius, brightness, red share
        for box in boxes[row][boxes[row][:, 0] == VEHICLE][:8]:
            wide, tall = box[3] - box[1], box[4] - box[2]
            radius = max(1.2, 0.07 * max(wide, tall)) * rng.uniform(0.6, 1.4)
            tail = rng.random() < 0.4
            height_share = rng.uniform(0.5, 0.8)
            for across in (0.2, 0.8):
                places.append((box[1] + across * wide, box[2] + height_share * tall, radius, rng.uniform(0.6, 1.3), tail))
        for _ in range(rng.integers(0, 4)):
            places.append((rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1, 7), 1.0, rng.random() < 0.2))
        if not places:
            continue
        table = torch.as_tensor(np.array(places, np.float32), device=pictures.device)
        light = torch.zeros(3, height, width, device=pictures.device)
        # The lamp itself, then its bloom: wider and weaker.
        for spread, strength in ((1.0, 1.2), (rng.uniform(2, 6), rng.uniform(0.15, 0.6))):
            reach = (table[:, 2] * spread)[:, None]
            across = torch.exp(-((x[None] - table[:, :1]) ** 2) / (2 * reach**2))
            down = torch.exp(-((y[None] - table[:, 1:2]) ** 2) / (2 * reach**2)) * table[:, 3:4] * strength
            white = 1 - table[:, 4:5]
            light[0] += down.T @ across
            light[1:] += (down * (white + 0.15 * (1 - white))).T @ across
        pictures[row] += light.mean(0, keepdim=True) if grey[row] else light


def rain(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator, noise: torch.Generator) -> None:
    """Streaks: sparse drops drawn out along a slanted line."""
    for row in rows:
        _, height, width = pictures[row].shape
        drops = torch.rand(1, height, width, generator=noise, device=pictures.device) < rng.uniform(0.0005, 0.003)
        length = int(rng.integers(3, 10)) * 2 + 1
        streak = _filtered(drops.float(), _line_kernel(length, rng.uniform(1.2, 1.95)))
        pictures[row] += streak * length * rng.uniform(0.08, 0.3)


def fog(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator) -> None:
    """Washes out towards one brightness, more at the top, where things are far."""
    for row in rows:
        thick = torch.linspace(rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.4), pictures.shape[2], device=pictures.device)[:, None]
        pictures[row] = pictures[row] * (1 - thick) + thick * rng.uniform(0.5, 0.9)


def poles(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator) -> None:
    """Posts, cables and barrier arms in front: straight bars of one colour."""
    for row in rows:
        for _ in range(rng.integers(1, 3)):
            bar = _distance_to_line(pictures, rng).abs() < rng.uniform(1, 3.5)
            colour = torch.as_tensor(rng.random(3), dtype=pictures.dtype, device=pictures.device)[:, None, None]
            pictures[row] = torch.where(bar[None], colour, pictures[row])


def blur(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator) -> None:
    """Half of them out of focus, half moved."""
    for row in rows:
        side = int(rng.choice([3, 5, 7]))
        if rng.random() < 0.5:
            axis = np.arange(side) - side // 2
            bell = np.exp(-(axis**2) / (2 * (side / 4) ** 2))
            for kernel in (bell[None], bell[:, None]):
                pictures[row] = _filtered(pictures[row], kernel / kernel.sum())
        else:
            pictures[row] = _filtered(pictures[row], _line_kernel(side, rng.uniform(0, np.pi)))


def grain(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator, noise: torch.Generator) -> None:
    """The sensor's noise, fine or in grains of two pixels; grey on grey pictures."""
    for row in rows:
        _, height, width = pictures[row].shape
        channels = 1 if rng.random() < 0.5 else 3
        coarse = 2 if rng.random() < 0.3 else 1
        size = (1, channels, -(-height // coarse), -(-width // coarse))
        speckle = torch.randn(size, generator=noise, device=pictures.device)
        if coarse > 1:
            speckle = F.interpolate(speckle, scale_factor=coarse, mode="nearest")[..., :height, :width]
        pictures[row] += speckle[0] * rng.uniform(0.01, 0.07)


def blocks(pictures: Tensor, rows: np.ndarray, rng: np.random.Generator) -> None:
    """What JPEG and low-rate H.264 leave of a picture: 8x8 cosine blocks, coarsely quantised, on any grid offset."""
    if not len(rows):
        return
    quality = rng.uniform(8, 70, len(rows))
    dy, dx = int(rng.integers(8)), int(rng.integers(8))
    if pictures.is_cuda:
        _quantise(pictures, rows, quality, dy, dx)
        return
    for row, own in zip(rows, quality):
        values = (pictures[row].clamp(0, 1) * 255).to(torch.uint8).permute(1, 2, 0).numpy()
        shifted = cv2.copyMakeBorder(values, dy, 0, dx, 0, cv2.BORDER_REPLICATE)
        _, encoded = cv2.imencode(".jpg", shifted[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(own)])
        decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)[dy:, dx:, ::-1]
        pictures[row] = torch.from_numpy(np.ascontiguousarray(decoded)).permute(2, 0, 1).float() / 255


def _quantise(pictures: Tensor, rows: np.ndarray, quality: np.ndarray, dy: int, dx: int) -> None:
    """What an encoder does to the pictures' pixels, computed where they lie."""
    at = torch.as_tensor(rows, device=pictures.device)
    part = pictures[at].clamp(0, 1)
    count, _, height, width = part.shape
    part = F.pad(part, (dx, -(width + dx) % 8, dy, -(height + dy) % 8), mode="replicate")
    to_ycc = torch.tensor(TO_YCC, dtype=part.dtype, device=part.device)
    ycc = torch.einsum("ij,bjhw->bihw", to_ycc, part) * 255.0
    ycc[:, 0] -= 128.0  # encoders quantise round the middle
    ycc[:, 1:] = F.interpolate(F.avg_pool2d(ycc[:, 1:], 2), scale_factor=2, mode="nearest")
    cosine = _cosines(part)
    tall, wide = ycc.shape[2] // 8, ycc.shape[3] // 8
    # Rows and columns are transformed by one large product each; 8x8 products one by one take three times as long.
    block = (ycc.reshape(-1, 8) @ cosine.T).reshape(count, 3, tall, 8, wide, 8).transpose(3, 5).contiguous()
    frequency = (block.reshape(-1, 8) @ cosine.T).reshape(count, 3, tall, 8, wide, 8)
    coarseness = np.where(quality < 50, 50 / quality, 2 - quality / 50)
    tables = torch.tensor([LUMINANCE_TABLE, CHROMINANCE_TABLE, CHROMINANCE_TABLE], dtype=part.dtype, device=part.device)
    step = (tables[None] * torch.as_tensor(coarseness, dtype=part.dtype, device=part.device)[:, None, None, None]).clamp(min=1)
    # As `frequency` lies now: horizontal frequency before the column of blocks, vertical last.
    step = step.transpose(2, 3)[:, :, None, :, None, :]
    frequency.div_(step).round_().mul_(step)
    block = (frequency.reshape(-1, 8) @ cosine).reshape(count, 3, tall, 8, wide, 8).transpose(3, 5).contiguous()
    ycc = (block.reshape(-1, 8) @ cosine).reshape(count, 3, tall * 8, wide * 8)
    ycc[:, 0] += 128.0
    back = torch.einsum("ij,bjhw->bihw", torch.linalg.inv(to_ycc), ycc) / 255.0
    pictures[at] = back[:, :, dy : dy + height, dx : dx + width]


def _column(values: np.ndarray, like: Tensor) -> Tensor:
    return torch.as_tensor(values, dtype=like.dtype, device=like.device)[:, None, None, None]


def _distance_to_line(like: Tensor, rng: np.random.Generator) -> Tensor:
    """[H, W]: pixels from a random line through a random point, signed; mostly upright or level, as built things are."""
    height, width = like.shape[2:]
    angle = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.15) if rng.random() < 0.7 else rng.uniform(0, np.pi)
    x = torch.arange(width, device=like.device)[None] - rng.uniform(0, width)
    y = torch.arange(height, device=like.device)[:, None] - rng.uniform(0, height)
    return x * float(np.cos(angle)) + y * float(np.sin(angle))


def _line_kernel(side: int, angle: float) -> np.ndarray:
    """[side, side]: a line through the middle that sums to one."""
    axis = np.arange(side) - side // 2
    kernel = np.clip(1 - np.abs(axis[None] * np.sin(angle) - axis[:, None] * np.cos(angle)), 0, None)
    return kernel / kernel.sum()


def _filtered(picture: Tensor, kernel: np.ndarray) -> Tensor:
    """[C, H, W] under a small kernel, edges drawn on: a sum of shifted pictures, since such kernels are mostly zeros."""
    tall, wide = kernel.shape
    _, height, width = picture.shape
    edged = F.pad(picture[None], [wide // 2, wide // 2, tall // 2, tall // 2], mode="replicate")[0]
    result = torch.zeros_like(picture)
    for y, x in np.argwhere(kernel):
        result.add_(edged[:, y : y + height, x : x + width], alpha=float(kernel[y, x]))
    return result


def _cosines(like: Tensor) -> Tensor:
    """The orthonormal cosine transform of 8 samples, [8, 8]."""
    k, n = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    matrix = np.cos(np.pi * (2 * n + 1) * k / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    return torch.as_tensor(matrix, dtype=like.dtype, device=like.device)
