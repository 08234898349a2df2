"""Videos that the curves are measured on, cut and scaled by ffmpeg from the bundled samples."""

import csv
import subprocess
import sys
import tomllib
from pathlib import Path

from environments import ROOT
from recordings import Recording, probe

SAMPLES = ROOT / "samples"
MARGIN_S = 2.5  # before and after a crossing that a vehicle is taken to be about
QUIET_MARGIN_S = 3.0  # ... and further from one nothing is
ENCODING = ["-c:v", "libx264", "-preset", "fast", "-crf", "20", "-bf", "0", "-g", "30", "-an"]

Piece = tuple[float, float]


def sample(name: str) -> Recording:
    """A bundled recording with the lines that cameras.toml gives it, or as the page on samples says."""
    path = SAMPLES / f"{name}.mp4"
    cameras = tomllib.loads((ROOT / "cameras.toml").read_text())["camera"]
    camera = next((one for one in cameras if Path(one["source"]).name == path.name), None)
    if camera is None:
        raise FileNotFoundError(f"cameras.toml has no camera with {path.name}")
    lines = {line["name"]: {"a": line["a"], "b": line["b"]} for line in camera["line"]}
    return Recording(name, path, lines, *probe(path))


def scaled(recording: Recording, width: int, height: int, folder: Path) -> Recording:
    path = folder / f"{recording.name}-{width}x{height}.mp4"
    _ffmpeg(["-i", str(recording.path), "-vf", f"scale={width}:{height}:flags=bicubic", *ENCODING, str(path)])
    return Recording(recording.name, path, recording.lines, recording.fps, recording.seconds)


def crossing_times(truth: Path) -> list[float]:
    with open(truth, newline="") as file:
        return [float(row["time_s"]) for row in csv.DictReader(file)]


def mixed(recording: Recording, share: float, folder: Path) -> Recording:
    """The recording's passages and its empty stretches, put together anew so that vehicles are about for this share of it."""
    times = crossing_times(recording.path.with_name(f"{recording.name}.truth.csv"))
    cut = pieces(share, passages(times, recording.seconds), empty_stretches(times, recording.seconds), recording.seconds)
    steps = [f"[0:v]trim={start:.3f}:{end:.3f},setpts=PTS-STARTPTS[p{at}]" for at, (start, end) in enumerate(cut)]
    labels = "".join(f"[p{at}]" for at in range(len(cut)))
    steps.append(f"{labels}concat=n={len(cut)}[out]")
    path = folder / f"{recording.name}-{round(100 * share)}.mp4"
    rate = ["-r", f"{recording.fps:g}"]
    _ffmpeg(["-i", str(recording.path), "-filter_complex", ";".join(steps), "-map", "[out]", *rate, *ENCODING, str(path)])
    return Recording(recording.name, path, recording.lines, *probe(path))


def passages(times: list[float], seconds: float) -> list[Piece]:
    return [(max(0.0, time - MARGIN_S), min(seconds, time + MARGIN_S)) for time in times]


def empty_stretches(times: list[float], seconds: float) -> list[Piece]:
    edges = [-QUIET_MARGIN_S, *sorted(times), seconds + QUIET_MARGIN_S]
    gaps = [(before + QUIET_MARGIN_S, after - QUIET_MARGIN_S) for before, after in zip(edges, edges[1:])]
    return [(start, end) for start, end in gaps if end - start > 1]


def pieces(share: float, busy: list[Piece], empty: list[Piece], seconds: float) -> list[Piece]:
    """Pieces of altogether so many seconds, this share of them busy: whole passages in turn, emptiness evenly between."""
    chosen: list[Piece] = []
    done = busy_done = 0.0
    passage, still = 0, _endless(empty)
    while seconds - done > 0.01:
        if busy_done < share * (done + 0.01):
            start, end = busy[passage % len(busy)]
            length = min(end - start, seconds - done, max(share * seconds - busy_done, 0.0))
            chosen.append((start, start + length))
            passage += 1
            busy_done += length
        else:
            # As much emptiness as makes the next passage due.
            due = (busy_done / share - done + 0.01) if share else seconds
            wanted = seconds - done if share * seconds - busy_done <= 0.01 else min(seconds - done, max(due, 0.1))
            length = 0.0
            for piece in still(wanted):
                chosen.append(piece)
                length += piece[1] - piece[0]
        done += length
    return chosen


def _endless(empty: list[Piece]):
    """A function that hands out the next so many seconds of the stretches, again from the first after the last."""
    at, used = 0, 0.0

    def take(wanted: float) -> list[Piece]:
        nonlocal at, used
        taken: list[Piece] = []
        while wanted > 1e-6:
            start, end = empty[at % len(empty)]
            length = min(wanted, end - start - used)
            taken.append((start + used, start + used + length))
            wanted, used = wanted - length, used + length
            if end - start - used < 1e-6:
                at, used = at + 1, 0.0
        return taken

    return take


def _ffmpeg(arguments: list[str]) -> None:
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench-peers: ffmpeg failed: {done.stderr.strip()}")
