"""The external set: recordings marked `good`, their lines, their truth, its scorer, and what ffprobe says of them."""

import csv
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

LOOKING_STRAIGHT_DOWN = {"intel_car_detection"}
TOTAL = "TOTAL"


@dataclass(frozen=True)
class Recording:
    name: str
    path: Path
    lines: dict
    fps: float
    seconds: float

    @property
    def anchor(self) -> str:
        return "centre" if self.name in LOOKING_STRAIGHT_DOWN else "bottom-centre"


def shared() -> Path:
    folder = os.environ.get("LOTCOUNT_SHARED")
    if not folder:
        sys.exit("bench-peers: set LOTCOUNT_SHARED to the folder of the external set (it holds clips/ and models/)")
    return Path(folder)


def recordings(names: list[str] | None) -> list[Recording]:
    """Those marked good, or of them only the named ones."""
    clips = shared() / "clips"
    lines = tomllib.loads((clips / "lines.toml").read_text())
    files = {path.stem: path for path in clips.iterdir() if path.suffix in (".mp4", ".avi")}
    good = sorted(marked_good((clips / "README.md").read_text()) & files.keys() & lines.keys())
    unknown = set(names or ()) - set(good)
    if unknown:
        sys.exit(f"bench-peers: no recording marked good is called {', '.join(sorted(unknown))}, but {', '.join(good)}")
    return [Recording(name, files[name], lines[name], *probe(files[name])) for name in names or good]


def marked_good(readme: str) -> set[str]:
    """Stems of the files whose row of the Markdown table ends in `good`."""
    return set(re.findall(r"^\|\s*(\w+)\.\w+ [^\n]*\|\s*good\s*\|\s*$", readme, re.MULTILINE))


def probe(video: Path) -> tuple[float, float]:
    """Frames a second and length in seconds, from the packets that are really there."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets", "-of", "default=nw=1"]
    command += ["-show_entries", "stream=avg_frame_rate,nb_read_packets", str(video)]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        sys.exit("bench-peers: ffprobe is missing (apt-get install ffmpeg)")
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench-peers: {video}: {error.stderr.strip()}")
    values = dict(line.split("=") for line in told.split())
    over, under = map(int, values["avg_frame_rate"].split("/"))
    return over / under, int(values["nb_read_packets"]) * under / over


def score(crossings: dict[str, list[dict]], python: Path) -> dict[str, dict]:
    """The scorer's row of each recording and of the TOTAL, by column. `python` has numpy and scipy."""
    clips = shared() / "clips"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, found in crossings.items():
            with open(folder / f"{name}.csv", "w", newline="") as file:
                writer = csv.DictWriter(file, ["time_s", "line", "direction"])
                writer.writeheader()
                writer.writerows(found)
        table = folder / "scores"
        command = [python, clips / "score.py", clips / "truth", folder, *crossings, "--csv", table]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"bench-peers: the scorer ended with {done.returncode}: {done.stderr.strip()}")
        with open(table, newline="") as file:
            return {row["clip"]: row for row in csv.DictReader(file)}
