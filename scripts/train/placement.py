"""Where things lie on a training picture: zoom, turn, mirror, mosaic and pasted cut-outs, with their boxes.

Parameters are drawn on the CPU, a few numbers a picture; pixels are resampled on the device that holds the dataset, a
batch at a time. Coordinates are continuous: pixel i covers i to i + 1.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dataset import IGNORE, PAD, VEHICLE, Dataset
from loss import EMPTY

# Boxes a picture; more are rare, and vehicles go first.
MOST_BOXES = 48
# A vehicle of which less than this share is left in the picture teaches nothing.
LEAST_VISIBLE = 0.12
# Nor does one smaller than this (pixels: shorter and longer side).
LEAST_SIDES = (6.0, 9.0)
# Side to which a cut-out is brought before it is pasted at any size.
CUTOUT_SIDE = 128
# Sources whose camera looks straight down: any heading is natural there.
OVERHEAD = ("intel_car_detection", "ufpr")


@dataclass(frozen=True)
class Placing:
    """How a batch is laid out. `zoom`: share of pictures placed by one vehicle drawn at any size; `mosaic`, `paste`:
    share of pictures made of four, and of those with cut-outs on them."""

    zoom: float = 0.65
    mosaic: float = 0.30
    paste: float = 0.20


class Pool:
    """A dataset on its device, at three scales: minifying from the nearest one is as good as averaging areas."""

    def __init__(self, dataset: Dataset, weights: np.ndarray, cutouts: list[Path], device: str):
        full = dataset.pixels.to(device)
        half = torch.cat([_halved(part) for part in full.split(256)])
        quarter = torch.cat([_halved(part) for part in half.split(256)])
        self.levels = (full, half, quarter)
        # OpenCV wants a pixel's channels side by side.
        self.interleaved = [level.permute(0, 2, 3, 1).contiguous().numpy() for level in self.levels] if device == "cpu" else []
        self.side = full.shape[-1]
        self.device = device
        self.sizes = np.asarray(dataset.sizes, np.float64)  # height, width
        self.boxes = dataset.boxes
        self.overhead = [row.source in OVERHEAD or row.view == "overhead" for row in dataset.rows]
        self.share = weights / weights.sum()
        self.cutouts = _read_cutouts(cutouts).to(device)
        self.cutouts_are_vehicles = [path.name.startswith("v_") for path in cutouts]

    def draw(self, count: int, height: int, width: int, placing: Placing, rng: np.random.Generator) -> tuple[Tensor, list[np.ndarray]]:
        """Pictures [count, 3, height, width] f32 0..255 and the boxes [k, 5] of each."""
        chosen = rng.choice(len(self.sizes), count, p=self.share)
        maps = [self._place(index, height, width, placing.zoom, rng) for index in chosen]
        pictures = self._resample(chosen, maps, height, width, rng)
        boxes = [
            moved(self.boxes[index], matrix, offset, height, width) for index, (matrix, offset) in zip(chosen, maps)
        ]
        pictures, boxes = _mosaics(pictures, boxes, placing.mosaic, rng)
        if len(self.cutouts):
            for row in np.flatnonzero(rng.random(count) < placing.paste):
                for _ in range(rng.integers(1, 4)):
                    boxes[row] = self._paste(pictures[row], boxes[row], rng)
        return pictures, boxes

    def _place(self, index: int, height: int, width: int, zoom: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The map from a source picture to the canvas: canvas = matrix @ source + offset."""
        source_height, source_width = self.sizes[index]
        boxes = self.boxes[index]
        vehicles = boxes[boxes[:, 0] == VEHICLE] if len(boxes) else boxes
        if len(vehicles) and rng.random() < zoom:
            box = vehicles[rng.integers(len(vehicles))]
            longer = max(box[3] - box[1], box[4] - box[2])
            wanted = np.exp(rng.uniform(np.log(18), np.log(1.2 * max(height, width))))
            # A close-up is not shrunk to a stamp on an empty canvas.
            least = 0.4 * min(width / source_width, height / source_height)
            scale = float(np.clip(wanted / longer, least, 3.0))
            middle = np.array([(box[1] + box[3]) / 2, (box[2] + box[4]) / 2])
            target = rng.uniform(-0.05, 1.05, 2) * (width, height)
        else:
            fits = (width / source_width, height / source_height)
            scale = (max(fits) if rng.random() < 0.7 else min(fits)) * np.exp(rng.uniform(-0.15, 0.6))
            middle = np.array([source_width, source_height]) / 2
            slack = np.maximum(0, scale * np.array([source_width, source_height]) - (width, height)) / 2
            target = np.array([width, height]) / 2 + rng.uniform(-1, 1, 2) * slack
        stretch = np.exp(rng.uniform(-0.1, 0.1)) if rng.random() < 0.7 else 1.0
        mirror = -1.0 if rng.random() < 0.5 else 1.0
        turn = np.deg2rad(rng.normal(0, 2.5)) if rng.random() < 0.4 else 0.0
        if self.overhead[index] and rng.random() < 0.6:
            turn += np.pi / 2 * rng.integers(1, 4)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = rotation @ np.diag([scale * stretch * mirror, scale / stretch])
        offset = target - matrix @ middle
        if rng.random() < 0.75:
            offset += _shift_to_fill(matrix, offset, source_width, source_height, width, height)
        return matrix, offset

    def _resample(self, chosen: np.ndarray, maps: list, height: int, width: int, rng: np.random.Generator) -> Tensor:
        """Pictures [count, 3, height, width] f32 0..255 of the chosen sources under their maps."""
        count = len(chosen)
        # From which scale: a third of the time a finer one than needed, so that the net sees aliasing too.
        scale = np.sqrt(np.abs(np.array([np.linalg.det(matrix) for matrix, _ in maps])))
        level = np.clip(np.floor(-np.log2(scale * 1.4) + (rng.random(count) > 0.33)), 0, len(self.levels) - 1).astype(int)
        # Outside a picture: grey as in a letterbox, any colour, or the border's pixels drawn on.
        fill = np.where(rng.random((count, 1)) < 0.5, PAD, rng.uniform(0, 200, (count, 3)))
        drawn_on = rng.random(count) < 0.25
        if self.device == "cpu":
            return self._warped(chosen, maps, level, fill, drawn_on, height, width)
        return self._sampled(chosen, maps, level, fill, drawn_on, height, width)

    def _warped(self, chosen: np.ndarray, maps: list, level: np.ndarray, fill: np.ndarray, drawn_on: np.ndarray, height: int, width: int) -> Tensor:
        """The CPU's way, on bytes: a tenth of what sampling floats takes there."""
        pictures = np.empty((len(chosen), height, width, 3), np.uint8)
        for row, (index, (matrix, offset)) in enumerate(zip(chosen, maps)):
            shrunk = 2.0 ** level[row]
            sides = np.ceil(self.sizes[index] / shrunk).astype(int)
            source = self.interleaved[level[row]][index, : sides[0], : sides[1]]
            # OpenCV's coordinates are those of pixel centres.
            scaled = matrix * shrunk
            centred = scaled @ [0.5, 0.5] + offset - 0.5
            border = cv2.BORDER_REPLICATE if drawn_on[row] else cv2.BORDER_CONSTANT
            cv2.warpAffine(
                source, np.column_stack([scaled, centred]), (width, height),
                dst=pictures[row], flags=cv2.INTER_LINEAR, borderMode=border, borderValue=fill[row].tolist(),
            )  # fmt: skip
        return torch.from_numpy(pictures).permute(0, 3, 1, 2).float()

    def _sampled(self, chosen: np.ndarray, maps: list, level: np.ndarray, fill: np.ndarray, drawn_on: np.ndarray, height: int, width: int) -> Tensor:
        """The accelerator's way: the whole batch at once, where the dataset lies."""
        count = len(chosen)
        inverse = np.linalg.inv(np.stack([matrix for matrix, _ in maps])).transpose(0, 2, 1)
        offsets = np.stack([offset for _, offset in maps])
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        canvas = self._tensor(np.stack([x, y], -1).reshape(-1, 2))
        source = torch.bmm(canvas[None] - self._tensor(offsets)[:, None], self._tensor(inverse)).reshape(count, height, width, 2)
        extent = self._tensor(self.sizes[chosen][:, ::-1])[:, None, None]
        inside = ((source >= 0) & (source < extent)).all(-1)
        # Not nearer to an edge than half a pixel of the scale that is sampled: beyond it lies what fills the canvas.
        edge = self._tensor(0.5 * 2.0**level)[:, None, None, None]
        grid = torch.minimum(torch.maximum(source, edge), extent - edge) * (2.0 / self.side) - 1.0
        pictures = torch.empty(count, 3, height, width, device=self.device)
        for which, pixels in enumerate(self.levels):
            rows = np.flatnonzero(level == which)
            if len(rows):
                at = torch.as_tensor(rows, device=self.device)
                part = pixels[torch.as_tensor(chosen[rows], device=self.device)].float()
                pictures[at] = F.grid_sample(part, grid[at], mode="bilinear", padding_mode="border", align_corners=False)
        keep = inside | torch.as_tensor(drawn_on, device=self.device)[:, None, None]
        return torch.where(keep[:, None], pictures, self._tensor(fill)[:, :, None, None])

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values), dtype=torch.float32, device=self.device)

    def _paste(self, picture: Tensor, boxes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Lay one cut-out on `picture` [3, H, W], in place. Vehicles that it hides teach nothing."""
        which = int(rng.integers(len(self.cutouts)))
        _, height, width = picture.shape
        is_vehicle = self.cutouts_are_vehicles[which]
        longest = 0.8 * width if is_vehicle else 0.5 * height
        side = int(np.exp(rng.uniform(np.log(24), np.log(max(25, longest)))))
        cutout = F.interpolate(self.cutouts[which][None].float(), size=(side, side), mode="bilinear", antialias=True)[0]
        if rng.random() < 0.5:
            cutout = cutout.flip(-1)
        seen = (cutout[3] > 8).nonzero()
        if not len(seen):
            return boxes
        (top, left), (bottom, right) = seen.min(0).values.tolist(), seen.max(0).values.tolist()
        cutout = cutout[:, top : bottom + 1, left : right + 1]
        tall, wide = cutout.shape[1:]
        x, y = int(rng.uniform(-0.4 * wide, width - 0.6 * wide)), int(rng.uniform(-0.3 * tall, height - 0.7 * tall))
        x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + wide, width), min(y + tall, height)
        if min(x2 - x1, y2 - y1) < 6:
            return boxes
        part = cutout[:, y1 - y : y2 - y, x1 - x : x2 - x]
        alpha = part[3:] / 255
        picture[:, y1:y2, x1:x2] = picture[:, y1:y2, x1:x2] * (1 - alpha) + part[:3] * alpha
        boxes = boxes.copy()
        if len(boxes):
            shared = np.clip(np.minimum(boxes[:, 3], x2) - np.maximum(boxes[:, 1], x1), 0, None)
            shared = shared * np.clip(np.minimum(boxes[:, 4], y2) - np.maximum(boxes[:, 2], y1), 0, None)
            area = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
            boxes[shared > 0.7 * area, 0] = IGNORE
        if is_vehicle:
            boxes = np.concatenate([boxes.reshape(-1, 5), np.array([[VEHICLE, x1, y1, x2, y2]], np.float32)])
        return boxes


def moved(boxes: np.ndarray, matrix: np.ndarray, offset: np.ndarray, height: int, width: int) -> np.ndarray:
    """Boxes [k, 5] of a source picture on the canvas, clipped to it; what is hardly seen becomes IGNORE."""
    if not len(boxes):
        return np.zeros((0, 5), np.float32)
    corners = np.stack([boxes[:, [1, 2]], boxes[:, [3, 2]], boxes[:, [3, 4]], boxes[:, [1, 4]]], 1)
    corners = corners @ matrix.T + offset
    whole = np.concatenate([corners.min(1), corners.max(1)], 1)
    return clipped(boxes[:, 0], whole, (0, 0, width, height), LEAST_VISIBLE)


def clipped(classes: np.ndarray, whole: np.ndarray, window: tuple, least_visible: float) -> np.ndarray:
    """Boxes [k, 5] cut to `window` x1, y1, x2, y2, without those that lie outside."""
    cut = np.clip(whole, [window[0], window[1]] * 2, [window[2], window[3]] * 2)
    sides = cut[:, 2:] - cut[:, :2]
    area = (whole[:, 2:] - whole[:, :2]).prod(1)
    visible = sides.prod(1) / (area + 1e-6)
    unclear = (visible < least_visible) | (sides.min(1) < LEAST_SIDES[0]) | (sides.max(1) < LEAST_SIDES[1])
    classes = np.where(unclear, IGNORE, classes)
    return np.concatenate([classes[:, None], cut], 1)[sides.min(1) > 1.5].astype(np.float32)


def padded(boxes: list[np.ndarray], device: str) -> Tensor:
    """[B, MOST_BOXES, 5] for the loss; of too many boxes the vehicles are kept."""
    batch = np.zeros((len(boxes), MOST_BOXES, 5), np.float32)
    batch[..., 0] = EMPTY
    for row, own in enumerate(boxes):
        own = own[np.argsort(own[:, 0], kind="stable")][:MOST_BOXES]
        batch[row, : len(own)] = own
    return torch.as_tensor(batch, device=device)


def _mosaics(pictures: Tensor, boxes: list[np.ndarray], share: float, rng: np.random.Generator) -> tuple[Tensor, list[np.ndarray]]:
    """Some pictures become four quarters, cut from themselves and the next three of the batch."""
    count, _, height, width = pictures.shape
    before, result, result_boxes = pictures, pictures.clone(), list(boxes)
    for row in np.flatnonzero(rng.random(count) < share):
        x, y = int(width * rng.uniform(0.3, 0.7)), int(height * rng.uniform(0.3, 0.7))
        parts = []
        windows = ((0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height))
        for step, (x1, y1, x2, y2) in enumerate(windows):
            other = (row + step) % count
            result[row, :, y1:y2, x1:x2] = before[other, :, y1:y2, x1:x2]
            parts.append(clipped(boxes[other][:, 0], boxes[other][:, 1:], (x1, y1, x2, y2), LEAST_VISIBLE))
        result_boxes[row] = np.concatenate(parts)
    return result, result_boxes


def _shift_to_fill(matrix: np.ndarray, offset: np.ndarray, source_width: float, source_height: float, width: int, height: int) -> np.ndarray:
    """How far to move a placed picture so that it covers the canvas, as far as it is large enough."""
    corners = np.array([[0, 0], [source_width, 0], [source_width, source_height], [0, source_height]]) @ matrix.T + offset
    low, high = corners.min(0), corners.max(0)
    shift = np.zeros(2)
    for axis, size in enumerate((width, height)):
        gap_low, gap_high = max(0.0, low[axis]), max(0.0, size - high[axis])
        room = max(0.0, high[axis] - low[axis] - size)
        if gap_low > 0:
            shift[axis] = -min(gap_low, max(0.0, high[axis] - size))
        elif gap_high > 0:
            shift[axis] = min(gap_high, max(0.0, -low[axis]))
        shift[axis] = float(np.clip(shift[axis], -room, room))
    return shift


def _halved(pixels: Tensor) -> Tensor:
    return F.avg_pool2d(pixels.float(), 2).round().to(torch.uint8)


def _read_cutouts(paths: list[Path]) -> Tensor:
    """[M, 4, CUTOUT_SIDE, CUTOUT_SIDE] u8 RGBA, shape kept, transparent round it."""
    cutouts = np.zeros((len(paths), 4, CUTOUT_SIDE, CUTOUT_SIDE), np.uint8)
    for row, path in enumerate(paths):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        scale = CUTOUT_SIDE / max(image.shape[:2])
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        cutouts[row, :, : size[1], : size[0]] = image[..., [2, 1, 0, 3]].transpose(2, 0, 1)
    return torch.from_numpy(cutouts)
