#!/usr/bin/env python3
"""Measures exported nets on a dataset: AP, recall by size, truncation and light, false boxes on empty pictures.

    evaluate.py --dataset DIR [DIR ...] --model models/lotcount-s --out DIR [--score 0.35] [--peers DIR] [--clips]

The nets run in ONNX Runtime and see pictures as in lotcount. Every net is measured on the same vehicles: what is
smaller than 8 pixels at the reference size is ignored for all. Writes metrics.json, report.md, curves and the worst
failures. Labels are as good as their makers: look at failures.png before believing a false-box rate.
"""

import argparse
import json
import math
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

import metrics
import plots
import report
from dataset import DatasetError, Row, may_ship, read_boxes, read_image, read_manifest
from detectors import Detector, DetectorError, own_detectors
from peers import peer_detectors
from strata import Picture, picture, strata_of

FALSE_BOX_SCORE = 0.3
SCORE_CLIPS = Path(__file__).resolve().parent.parent / "score-clips"


def main() -> None:
    options = arguments()
    try:
        pictures = read_pictures(options)
        own = own_detectors(options.model, options.size)
        peers = peer_detectors(options.peers) if options.peers else []
    except (DatasetError, DetectorError) as error:
        sys.exit(f"evaluate: {error}")
    options.out.mkdir(parents=True, exist_ok=True)
    truths = [picture.truth for picture in pictures]
    results = {}
    found: dict[str, list[np.ndarray]] = {}
    for detector in [*own, *peers]:
        found[detector.name] = [detector(picture.image) for picture in pictures]
        results[detector.name] = measure(detector, found[detector.name], pictures, options.score)
        print(report.line(detector.name, results[detector.name]), flush=True)
    shown = own[-1].name
    text = report.markdown(options.title, pictures, results, [detector.name for detector in own])
    if options.clips is not None:
        text += report.clips(own[-1].name, crossings(own[-1].path, options.clips))
    (options.out / "report.md").write_text(text)
    (options.out / "metrics.json").write_text(json.dumps(finite(results), indent=1) + "\n")
    matches = {name: metrics.match(boxes, truths) for name, boxes in found.items()}
    plots.precision_recall(options.out / "precision-recall.png", matches)
    scores = {name: result["all"]["best_f1_score"] for name, result in results.items()}
    plots.recall_by_size(options.out / "recall-by-size.png", matches, pictures, scores)
    plots.failures(options.out / "failures.png", matches[shown], pictures, found[shown])
    print(f"written to {options.out}: report.md, metrics.json, precision-recall.png, recall-by-size.png, failures.png")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, nargs="+", required=True, help="folders that prepare.py wrote")
    parser.add_argument("--model", type=Path, required=True, help="an .onnx file or a family's stem")
    parser.add_argument("--size", action="append", help="only this size of the family, as in 320x192; may be repeated")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--score", type=float, help="for recall and precision (default: birth in the sidecar)")
    parser.add_argument("--peers", type=Path, help="folder with published nets to measure on the same pictures")
    parser.add_argument(
        "--clips", nargs="*", metavar="CLIP", help="also count the clips of LOTCOUNT_SHARED with lotcount, all or some"
    )
    parser.add_argument("--split", choices=["val", "train", "all"], default="val")
    parser.add_argument("--sources", nargs="+", help="only pictures of these sources")
    parser.add_argument(
        "--not-shippable", action="store_true", help="only pictures that no shipped net may learn from, as a second set"
    )
    parser.add_argument("--reference", type=size, default=(320, 192), help="input size at which vehicles are too small")
    parser.add_argument("--title", default="Detection", help="heading of the report")
    return parser.parse_args()


def size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"'{text}' is not WIDTHxHEIGHT")
    return int(width), int(height)


def read_pictures(options: argparse.Namespace) -> list[Picture]:
    """The chosen pictures of all datasets with their truths."""
    split = None if options.split == "all" else options.split
    known: set[str] = set()
    pictures = []
    for folder in options.dataset:
        for row in read_manifest(folder, split):
            known.add(row.source)
            if wanted(row, options):
                image = read_image(folder, row)
                pictures.append(picture(row, image, read_boxes(folder, row), options.reference))
    unknown = set(options.sources or ()) - known
    if unknown:
        raise DatasetError(f"no source {', '.join(sorted(unknown))} in this split, but {', '.join(sorted(known))}")
    if not pictures:
        raise DatasetError(f"no picture of split {options.split} in {', '.join(map(str, options.dataset))} is chosen")
    return pictures


def wanted(row: Row, options: argparse.Namespace) -> bool:
    by_source = not options.sources or row.source in options.sources
    return by_source and not (options.not_shippable and may_ship(row.licence))


def measure(detector: Detector, found: list[np.ndarray], pictures: list[Picture], score: float | None) -> dict:
    """Everything about one net, as plain numbers: `all`, `strata` by group and name, `false_boxes`."""
    truths = [picture.truth for picture in pictures]
    at = detector.birth if score is None else score
    parts: dict[str, dict[str, dict]] = {}
    for part in strata_of(pictures):
        boxes, narrowed = metrics.stratum(found, truths, part.belongs)
        parts.setdefault(part.group, {})[part.name] = asdict(metrics.summary(boxes, narrowed, at))
    return {
        "input": detector.size,
        "score": at,
        "all": asdict(metrics.summary(found, truths, at)),
        "strata": parts,
        "false_boxes": false_boxes(found, pictures),
    }


def false_boxes(found: list[np.ndarray], pictures: list[Picture]) -> dict:
    """On the pictures without a vehicle, however small: of all sources and of each that has some."""
    empty = [at for at, picture in enumerate(pictures) if picture.row.vehicles == 0]

    def count(chosen: list[int]) -> metrics.FalseBoxes:
        truths = [pictures[at].truth for at in chosen]
        return metrics.false_boxes([found[at] for at in chosen], truths, FALSE_BOX_SCORE)

    whole = count(empty)
    sources = {}
    for source in sorted({pictures[at].row.source for at in empty}):
        sources[source] = asdict(count([at for at in empty if pictures[at].row.source == source]))
    return {**asdict(whole), "in_200": whole.in_200, "score": FALSE_BOX_SCORE, "sources": sources}


def crossings(model: Path, names: list[str]) -> str:
    """What scripts/score-clips prints for a net: crossings of the external clips against their truth."""
    done = subprocess.run([sys.executable, SCORE_CLIPS, "--model", model, *names], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"evaluate: score-clips ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def finite(value: object) -> object:
    """The same with null for what is no number, which JSON does not know."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    main()
