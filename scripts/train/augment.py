"""Training pictures from a dataset: which are drawn how often, how they are laid out, what light and lens do to them."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from dataset import Dataset
from photometry import photograph
from placement import Placing, Pool, padded

# A source of n pictures is drawn as if it had n^0.65: large ones do not drown small ones.
SOURCE_POWER = 0.65
# Near the end of a run, pictures come nearer to real ones.
CALM = Placing(zoom=0.65, mosaic=0.10, paste=0.12)


@dataclass(frozen=True)
class Recipe:
    """What is drawn how often; factors on a source's share, by its name."""

    placing: Placing = Placing()
    source_factors: dict[str, float] = field(
        default_factory=lambda: {"intel_car_detection": 3.0, "openimages": 1.3, "hasan": 0.7, "ufpr": 0.7, "atl": 0.9, "rendered": 2.0}
    )


class Augmenter:
    def __init__(self, dataset: Dataset, recipe: Recipe, device: str):
        self.recipe = recipe
        self.device = device
        self.pool = Pool(dataset, shares(dataset, recipe), dataset.cutouts, device)

    def batch(self, count: int, height: int, width: int, rng: np.random.Generator, calm: bool) -> tuple[Tensor, Tensor]:
        """Pictures [count, 3, height, width] f32 RGB 0..1 and boxes [count, MOST_BOXES, 5] for the loss."""
        placing = CALM if calm else self.recipe.placing
        pictures, boxes = self.pool.draw(count, height, width, placing, rng)
        noise = torch.Generator(device=self.device).manual_seed(int(rng.integers(2**62)))
        pictures = photograph(pictures / 255, boxes, rng, noise)
        return pictures, padded(boxes, self.device)


def shares(dataset: Dataset, recipe: Recipe) -> np.ndarray:
    """How often each picture is drawn, relative to the others."""
    pictures_of = Counter(row.source for row in dataset.rows)
    return np.array(
        [
            recipe.source_factors.get(row.source, 1.0) * pictures_of[row.source] ** SOURCE_POWER / pictures_of[row.source]
            for row in dataset.rows
        ]
    )
