#!/usr/bin/env python3
"""Trains the detector on one or more datasets (prepare.py makes them) and keeps everything of the run in one folder.

    train.py --dataset DIR [--dataset DIR ...] --size s --images 900000 --out runs/s

A run is a number of augmented pictures, not a time: batch k of a run is the same on every machine and after every
interruption. `--stop-after MINUTES` leaves with a checkpoint; the same command goes on from there. The whole dataset
lies on the training device as one array of bytes, and the augmentation runs there too.
"""

import argparse
import copy
import csv
import ctypes
import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import metrics
from augment import Augmenter, Recipe
from dataset import PAD, Dataset, DatasetError, load
from loss import detection_loss
from net import SHAPES, Net, boxes_of, cells
from unfold import start_from_onnx

# The sizes of the batches and how often each comes: as the exported nets are used, one aspect taller.
CANVASES = (((160, 256), 0.50), ((192, 320), 0.28), ((224, 256), 0.12), ((96, 160), 0.10))
# A batch of another size has as many pixels.
BATCH_CANVAS = (160, 256)
WARM_UP = 250  # batches
LAST_RATE = 0.01  # of the learning rate, at the end of the cosine
CALM_AFTER = 0.85  # share of the run after which mosaics and cut-outs become rare
LARGEST_GRADIENT = 10.0
SECONDS_BETWEEN_NOTES = 30
VALIDATION_SIZE = (192, 320)
MANIFEST_COLUMNS = ("source", "licence", "file", "url")


@dataclass
class Progress:
    """What a run has behind it; with the states of net, optimiser and average it is the checkpoint."""

    batches: int = 0
    images: int = 0
    seconds: float = 0.0


class Average:
    """The running mean of a net's weights: what is validated and exported. It forgets faster at the start."""

    def __init__(self, net: Net, decay: float):
        self.net = copy.deepcopy(net).eval()
        self.decay = decay

    @torch.no_grad()
    def add(self, net: Net, batches: int) -> None:
        decay = self.decay * (1 - math.exp(-batches / 400))
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.mul_(decay).add_(theirs.detach(), alpha=1 - decay)
            else:
                mine.copy_(theirs)


def main() -> None:
    options = arguments()
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    try:
        training = load(options.dataset, "train", not options.any_licence)
        validation = load(options.dataset, "val", False)
    except DatasetError as error:
        sys.exit(f"train: {error}")
    options.out.mkdir(parents=True, exist_ok=True)
    write_manifest(options, training)
    run = Run(options, training)
    print(f"{len(training.rows)} pictures to learn from, {len(validation.rows)} to validate on, device {options.device}, "
          f"{run.progress.images} of {options.images} augmented pictures done", flush=True)
    finished = run.go(validation)
    run.save()
    print(f"{'finished' if finished else 'stopped'} after {run.progress.images} pictures; checkpoint {run.checkpoint}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, action="append", required=True, help="a dataset's folder; may be given again")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder: checkpoint, manifest, log.jsonl")
    parser.add_argument("--size", choices=SHAPES, default="s", help="the net's shape")
    parser.add_argument("--images", type=int, default=900_000, help="augmented pictures in the whole run")
    parser.add_argument("--batch", type=int, default=48, help="pictures a batch at 256x160")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--decay", type=float, default=0.03, help="weight decay of kernels")
    parser.add_argument("--memory", type=float, default=0.9993, help="decay of the weights' running mean a batch")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto",
                        help="auto: bfloat16 on a GPU and on a CPU that multiplies matrices in it, else float32")
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() or 1), help="CPU threads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start-from", type=Path, help="an exported .onnx file of the same shape whose weights are the start (fine-tuning)")
    parser.add_argument("--stop-after", type=float, help="leave with a checkpoint after this many minutes")
    parser.add_argument("--validate-every", type=int, default=100_000, help="pictures between two validations")
    parser.add_argument("--any-licence", action="store_true", help="learn from pictures too whose licence forbids shipping the weights")
    return parser.parse_args()


class Run:
    """One run: resumed from its folder when that holds a checkpoint."""

    def __init__(self, options: argparse.Namespace, training: Dataset):
        self.options = options
        self.augmenter = Augmenter(training, Recipe(), options.device)
        self.net = Net(options.size).to(options.device).to(memory_format=torch.channels_last)
        kernels = [parameter for parameter in self.net.parameters() if parameter.ndim >= 2]
        others = [parameter for parameter in self.net.parameters() if parameter.ndim < 2]
        groups = [{"params": kernels, "weight_decay": options.decay}, {"params": others, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98))
        self.average = Average(self.net, options.memory)
        self.progress = Progress()
        self.half = precision(options)
        self.cells: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}
        if self.checkpoint.exists():
            self.resume()
        elif options.start_from:
            rng = np.random.default_rng(options.seed)
            pictures, _ = self.augmenter.batch(options.batch, *BATCH_CANVAS, rng, calm=True)
            start_from_onnx(self.net, options.start_from, pictures)
            self.average.net.load_state_dict(self.net.state_dict())

    @property
    def checkpoint(self) -> Path:
        return self.options.out / "checkpoint.pt"

    def resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.options.device)
        if state["size"] != self.options.size:
            sys.exit(f"train: {self.checkpoint} is of size {state['size']}, not {self.options.size}: name another --out")
        self.net.load_state_dict(state["net"])
        self.average.net.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])

    def save(self) -> None:
        """Replaces the checkpoint as a whole: a kill leaves the old one or the new one."""
        state = {
            "size": self.options.size,
            "net": self.net.state_dict(),
            "average": self.average.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        new = self.checkpoint.with_suffix(".new")
        torch.save(state, new)
        new.replace(self.checkpoint)

    def go(self, validation: Dataset) -> bool:
        """Trains to the end of the run (True) or of the time given."""
        options, progress = self.options, self.progress
        begun, before = time.monotonic(), progress.seconds
        noted, images_noted, sums = begun, progress.images, []
        while progress.images < options.images:
            elapsed = time.monotonic() - begun
            if options.stop_after and elapsed > options.stop_after * 60:
                return False
            images_before = progress.images
            sums.append(self.step())
            progress.seconds = before + time.monotonic() - begun
            now = time.monotonic()
            if now - noted > SECONDS_BETWEEN_NOTES or progress.images >= options.images:
                score, box, overlap = np.mean(sums, 0)
                rate = (progress.images - images_noted) / (now - noted)
                self.note(score=score, box=box, overlap=overlap, images_per_second=rate)
                noted, images_noted, sums = now, progress.images, []
                self.save()
            if progress.images // options.validate_every > images_before // options.validate_every:
                self.note(**validate(self.average.net, validation))
        self.note(**validate(self.average.net, validation))
        return True

    def step(self) -> tuple[float, float, float]:
        """One batch; its losses of score and box, and its overlap."""
        options, progress = self.options, self.progress
        done = progress.images / options.images
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(options.rate, progress.batches, done)
        # Batch k is drawn from its own number, so that a run that was interrupted is the run that was not.
        rng = np.random.default_rng([options.seed, progress.batches])
        height, width = CANVASES[rng.choice(len(CANVASES), p=[share for _, share in CANVASES])][0]
        count = max(8, round(options.batch * math.prod(BATCH_CANVAS) / (height * width)))
        pictures, truth = self.augmenter.batch(count, height, width, rng, calm=done > CALM_AFTER)
        if (height, width) not in self.cells:
            self.cells[height, width] = cells(height, width, options.device)
        device_kind = torch.device(options.device).type
        with torch.autocast(device_kind, torch.bfloat16, enabled=self.half):
            logits, distances = self.net(pictures.contiguous(memory_format=torch.channels_last))
        loss = detection_loss(logits, distances, *self.cells[height, width], truth)
        self.optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        progress.batches += 1
        progress.images += count
        self.average.add(self.net, progress.batches)
        return loss.score, loss.box, loss.overlap

    def note(self, **values: float) -> None:
        """One line for people and one in log.jsonl, from which evaluate.py draws the curves."""
        entry = {**asdict(self.progress), **{name: float(value) for name, value in values.items()}}
        with open(self.options.out / "log.jsonl", "a") as log:
            log.write(json.dumps(entry) + "\n")
        share = 100 * self.progress.images / self.options.images
        print(f"{share:5.1f} %  {self.progress.images} pictures  " + "  ".join(f"{k} {v:.3f}" for k, v in values.items()), flush=True)


def keep_freed_memory() -> None:
    """Has the C library keep what is freed: else each batch's tensors are new pages, and on a CPU a quarter of the time
    goes into clearing them. Where the C library is another, nothing happens."""
    trim_threshold, map_threshold = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(map_threshold, 2**30)
    except (OSError, AttributeError):
        return


def learning_rate(highest: float, batches: int, done: float) -> float:
    """Warm-up, then a cosine over the run; a resumed run with more --images gets the longer cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    return highest * min(1.0, (batches + 1) / WARM_UP) * (cosine * (1 - LAST_RATE) + LAST_RATE)


def precision(options: argparse.Namespace) -> bool:
    """Whether to compute in bfloat16: without the hardware for it, it is slower than float32."""
    if options.precision != "auto":
        return options.precision == "bfloat16"
    if torch.device(options.device).type == "cuda":
        return True
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and any(flag in cpu.read_text() for flag in (" amx_bf16", " avx512_bf16"))


@torch.no_grad()
def validate(net: Net, dataset: Dataset, most: int = 200) -> dict[str, float]:
    """AP50 of the averaged net on (at most so many) validation pictures, whole and letterboxed at VALIDATION_SIZE."""
    if not len(dataset.rows):
        return {}
    height, width = VALIDATION_SIZE
    device = next(net.parameters()).device
    centres, strides = cells(height, width, device)
    predictions, truths = [], []
    for index in np.unique(np.linspace(0, len(dataset.rows) - 1, most).astype(int)):
        own_height, own_width = (int(side) for side in dataset.sizes[index])
        scale = min(height / own_height, width / own_width)
        size = (max(1, round(own_height * scale)), max(1, round(own_width * scale)))
        picture = dataset.pixels[index][None, :, :own_height, :own_width].to(device).float()
        picture = torch.nn.functional.interpolate(picture, size=size, mode="bilinear", antialias=True)
        canvas = torch.full((1, 3, height, width), float(PAD), device=device)
        canvas[:, :, : size[0], : size[1]] = picture
        logits, distances = net(canvas / 255)
        boxes = torch.cat([boxes_of(distances, centres, strides), logits.sigmoid()[..., None]], -1)[0]
        boxes = boxes[boxes[:, 4] > 0.02].cpu().numpy()
        boxes = metrics.suppress(boxes)
        boxes[:, :4] /= scale
        predictions.append(boxes)
        truths.append(metrics.without_small(dataset.boxes[index], 8 / scale))
    return {"ap50": metrics.average_precision(predictions, truths, iou=0.5)}


def write_manifest(options: argparse.Namespace, training: Dataset) -> None:
    """manifest.csv of the run: every picture that it learns from, or learnt from before it was resumed, with source and
    licence; and settings.json: what was asked for this time."""
    path = options.out / "manifest.csv"
    rows = {(row.source, row.licence, row.file, row.url) for row in training.rows}
    if path.exists():
        with open(path, newline="", encoding="utf-8") as file:
            rows |= {tuple(row) for row in list(csv.reader(file))[1:]}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(MANIFEST_COLUMNS)
        writer.writerows(sorted(rows))
    settings = {key: str(value) for key, value in vars(options).items()} | {"torch": torch.__version__}
    (options.out / "settings.json").write_text(json.dumps(settings, indent=1) + "\n")


if __name__ == "__main__":
    main()
