"""Videos that the curves are measured on, cut and scaled by ffmpeg from the bundled samples."""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from environments import ROOT
from recordings import Recording, probe

SAMPLES = ROOT / "samples"
ENCODING = ["-c:v", "libx264", "-preset", "fast", "-crf", "20", "-bf", "0", "-g", "30", "-an"]

Piece = tuple[float, float]  # start and end in seconds


class NoSample(Exception):
    """This checkout lacks a recording or what is said of it."""


@dataclass(frozen=True)
class Quiet:
    """What samples/README.md says of quiet.mp4."""

    line: dict
    passages: list[tuple[int, int]]  # first and last frame in which a vehicle moves


def oblique() -> Recording:
    """With the lines that cameras.toml gives it."""
    path = SAMPLES / "oblique.mp4"
    cameras = tomllib.loads((ROOT / "cameras.toml").read_text())["camera"]
    camera = next(one for one in cameras if Path(one["source"]).name == path.name)
    lines = {line["name"]: {"a": line["a"], "b": line["b"]} for line in camera["line"]}
    return Recording(path.stem, path, lines, *probe(path))


def scaled(recording: Recording, width: int, height: int, folder: Path) -> Recording:
    path = folder / f"{recording.name}-{width}x{height}.mp4"
    _ffmpeg(["-i", str(recording.path), "-vf", f"scale={width}:{height}:flags=bicubic", *ENCODING, str(path)])
    return replace(recording, path=path)


def described(readme: str) -> Quiet:
    """From the page on samples: the line of quiet.mp4 and when vehicles move in it."""
    number = r"(\d\.\d+)"
    ends = re.search(rf"\({number}, {number}\) -> \({number}, {number}\)", readme.partition("## quiet")[2])
    moving = re.search(r"of the frames: ((?:\d+-\d+(?:, )?)+)", readme.partition("## quiet")[2])
    if not (ends and moving):
        raise NoSample("samples/README.md does not say where the line of quiet.mp4 is and when vehicles move in it")
    x1, y1, x2, y2 = map(float, ends.groups())
    passages = [tuple(map(int, span.split("-"))) for span in re.findall(r"\d+-\d+", moving[1])]
    return Quiet({"a": [x1, y1], "b": [x2, y2]}, passages)


def quiet() -> tuple[Recording, list[Piece]]:
    """The recording of which a fifth is busy, and its busy pieces."""
    path = SAMPLES / "quiet.mp4"
    if not path.exists():
        raise NoSample("there is no samples/quiet.mp4")
    told = described((SAMPLES / "README.md").read_text())
    fps, seconds = probe(path)
    busy = [(first / fps, (last + 1) / fps) for first, last in told.passages]
    return Recording(path.stem, path, {"gate": told.line}, fps, seconds), busy


def mixed(recording: Recording, busy: list[Piece], share: float, folder: Path) -> Recording:
    """The recording's busy and empty pieces put together anew, as long as before: vehicles move for this share of it."""
    cut = pieces(share, busy, between(busy, recording.seconds), recording.seconds)
    steps = [f"[0:v]trim={start:.3f}:{end:.3f},setpts=PTS-STARTPTS[p{at}]" for at, (start, end) in enumerate(cut)]
    labels = "".join(f"[p{at}]" for at in range(len(cut)))
    steps.append(f"{labels}concat=n={len(cut)}[out]")
    path = folder / f"{recording.name}-{round(100 * share)}.mp4"
    rate = ["-r", f"{recording.fps:g}"]
    _ffmpeg(["-i", str(recording.path), "-filter_complex", ";".join(steps), "-map", "[out]", *rate, *ENCODING, str(path)])
    return Recording(recording.name, path, recording.lines, *probe(path))


def between(busy: list[Piece], seconds: float) -> list[Piece]:
    """What is left of the recording."""
    edges = [0.0, *(edge for piece in busy for edge in piece), seconds]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2]) if end > start]


def pieces(share: float, busy: list[Piece], empty: list[Piece], seconds: float) -> list[Piece]:
    """Altogether so many seconds, this share of them busy: passages in turn, the emptiness evenly before and between them."""
    passages = Stretches(busy).take(share * seconds)
    still = Stretches(empty)
    pause = (1 - share) * seconds / max(1, len(passages))
    if not passages:
        return still.take(pause)
    return [piece for passage in passages for piece in [*still.take(pause), passage]]


class Stretches:
    """Hands out pieces of a recording one after the other, after the last the first again."""

    def __init__(self, stretches: list[Piece]) -> None:
        self.stretches = stretches
        self._at, self._used = 0, 0.0

    def take(self, seconds: float) -> list[Piece]:
        """So many more seconds, in as many pieces as it takes."""
        taken: list[Piece] = []
        while seconds > 1e-6:
            start, end = self.stretches[self._at % len(self.stretches)]
            length = min(seconds, end - start - self._used)
            taken.append((start + self._used, start + self._used + length))
            seconds, self._used = seconds - length, self._used + length
            if end - start - self._used < 1e-6:
                self._at, self._used = self._at + 1, 0.0
        return taken


def _ffmpeg(arguments: list[str]) -> None:
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench-peers: ffmpeg failed: {done.stderr.strip()}")
