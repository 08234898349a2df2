"""Which cells answer for which vehicle, and what a wrong answer costs.

Task-aligned assignment: a vehicle is given to the cells near its centre that already answer best for it (score and
overlap together), on whatever level they are, so that no rule says which size belongs to which level. Boxes travel as
[B, G, 5] = class, x1, y1, x2, y2 in pixels; class 0 is a vehicle, 1 a place that teaches nothing, -1 fills up.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dataset import IGNORE, VEHICLE
from net import boxes_of

EMPTY = -1

# Cells that may answer for one vehicle; exponents of score and overlap in what "best" means (as in TOOD, where beta is
# 6; 4 trains faster here, with few epochs).
BEST_CELLS = 9
SCORE_POWER = 0.75
OVERLAP_POWER = 4.0
# Strides from a vehicle's centre within which cells may answer for it.
REACH = 2.5
# Half the side, in pixels, that the smallest vehicle is given for that.
LEAST_HALF_SIDE = 4.0
# What the overlap costs against the score.
BOX_WEIGHT = 2.5
# Background cells count by how sure they are of a vehicle, and a little always: most of them are easy.
BACKGROUND_SLOPE, BACKGROUND_FLOOR = 1.2, 0.08


@dataclass(frozen=True)
class Loss:
    """`total` is what is minimised; the others are for people. `overlap` is the mean of the answering cells' boxes."""

    total: Tensor
    score: float
    box: float
    overlap: float


@dataclass(frozen=True)
class Targets:
    """Per cell: the score to give [B, N], the box to give [B, N, 4], whether it answers, whether it teaches nothing."""

    score: Tensor
    box: Tensor
    answers: Tensor
    ignored: Tensor


def detection_loss(logits: Tensor, distances: Tensor, centres: Tensor, strides: Tensor, truth: Tensor) -> Loss:
    """Loss of a batch: score logits [B, N], distances [B, N, 4] (net.Net), truth [B, G, 5]."""
    boxes = boxes_of(distances, centres, strides)
    targets = assign(logits.detach().sigmoid(), boxes.detach(), centres, strides, truth)
    scale = targets.score.sum().clamp(min=4.0)
    sureness = logits.detach().sigmoid()
    background = BACKGROUND_SLOPE * sureness + BACKGROUND_FLOOR
    weight = torch.where(targets.answers, torch.ones_like(sureness), background) * ~targets.ignored
    wrong = F.binary_cross_entropy_with_logits(logits, targets.score, reduction="none")
    score = (wrong * weight).sum() / scale
    overlap, generalised = overlaps(boxes[targets.answers], targets.box[targets.answers])
    importance = targets.score[targets.answers].clamp(min=0.05)
    box = ((1 - generalised) * importance).sum() / scale
    mean_overlap = (overlap.detach() * importance).sum() / importance.sum().clamp(min=1e-6)
    return Loss(score + BOX_WEIGHT * box, score.item(), box.item(), mean_overlap.item())


@torch.no_grad()
def assign(scores: Tensor, boxes: Tensor, centres: Tensor, strides: Tensor, truth: Tensor) -> Targets:
    """Works on the flat list of P real vehicles of the batch instead of [B, G] padded ones: ten times faster."""
    count = scores.shape[1]
    target = torch.zeros_like(scores)
    target_box = torch.zeros_like(boxes)
    answers = torch.zeros_like(scores, dtype=torch.bool)
    picture, place = (truth[..., 0] == VEHICLE).nonzero(as_tuple=True)
    if len(picture):
        wanted = truth[picture, place, 1:]
        near = cells_near(wanted, centres, strides)
        overlap = overlaps(boxes[picture], wanted[:, None])[0].clamp(min=0) * near
        # The last term gives a vehicle that no cell overlaps yet the cells near its centre.
        fit = (scores[picture].clamp(min=1e-4) ** SCORE_POWER * overlap**OVERLAP_POWER + 1e-12) * near
        value, cell = fit.topk(min(BEST_CELLS, count), dim=1)
        chosen = torch.zeros_like(near).scatter_(1, cell, value > 0) & near
        # A cell that two vehicles want answers for the one that it overlaps most.
        claim = (overlap + 1e-6) * chosen
        everywhere = picture[:, None].expand(-1, count)
        most = torch.zeros_like(scores).scatter_reduce_(0, everywhere, claim, "amax")
        chosen &= claim >= most[picture]
        fit, overlap = fit * chosen, overlap * chosen
        best_fit = fit.amax(1, keepdim=True).clamp(min=1e-12)
        quality = fit / best_fit * overlap.amax(1, keepdim=True)
        target.scatter_reduce_(0, everywhere, quality, "amax")
        vehicle, cell = chosen.nonzero(as_tuple=True)
        target_box[picture[vehicle], cell] = wanted[vehicle]
        answers[picture[vehicle], cell] = True
    return Targets(target, target_box, answers, cells_in_ignored(truth, centres, count) & ~answers)


def cells_near(wanted: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """[P, N]: is the cell within the vehicle and within REACH strides of its centre?"""
    middle = (wanted[:, :2] + wanted[:, 2:]) / 2
    half = ((wanted[:, 2:] - wanted[:, :2]) / 2).clamp(min=LEAST_HALF_SIDE)
    reach = REACH * strides[None]
    across = (centres[None, :, 0] - middle[:, :1]).abs() <= torch.minimum(half[:, :1], reach)
    down = (centres[None, :, 1] - middle[:, 1:]).abs() <= torch.minimum(half[:, 1:], reach)
    return across & down


def cells_in_ignored(truth: Tensor, centres: Tensor, count: int) -> Tensor:
    """[B, N]: does the cell's centre lie in a box that teaches nothing (or within 2 pixels of it)?"""
    inside = torch.zeros(truth.shape[0], count, device=truth.device)
    picture, place = (truth[..., 0] == IGNORE).nonzero(as_tuple=True)
    if len(picture):
        box = truth[picture, place, 1:]
        across = (centres[None, :, 0] > box[:, :1] - 2) & (centres[None, :, 0] < box[:, 2:3] + 2)
        down = (centres[None, :, 1] > box[:, 1:2] - 2) & (centres[None, :, 1] < box[:, 3:] + 2)
        inside.scatter_reduce_(0, picture[:, None].expand(-1, count), (across & down).float(), "amax")
    return inside > 0


def overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union, and its generalisation that falls on with the distance of boxes that do not touch."""
    least, most = torch.minimum(a, b), torch.maximum(a, b)
    shared = (least[..., 2] - most[..., 0]).clamp(min=0) * (least[..., 3] - most[..., 1]).clamp(min=0)
    area_a = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1])
    area_b = (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    union = area_a + area_b - shared + 1e-6
    hull = (most[..., 2] - least[..., 0]) * (most[..., 3] - least[..., 1]) + 1e-6
    overlap = shared / union
    return overlap, overlap - (hull - union) / hull
