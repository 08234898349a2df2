"""lotcount on one recording: configuration, run, CPU time of the process without its start, crossings."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from environments import ROOT, target
from recordings import Recording, shared

START = "2026-01-01T00:00:00Z"
START_US = 1_767_225_600_000_000
MOST_LOOKS = 60  # a second: the largest that the configuration takes
DEFAULT_MODEL = ROOT / "models" / "lotcount-s"


class Refused(Exception):
    """This build of lotcount does not know a key of the configuration."""


@dataclass(frozen=True)
class Setting:
    """What a row of the table changes. Of `keys` each is a line of TOML in [[camera]]."""

    keys: tuple[str, ...] = ()
    every_frame: bool = False
    model: Path = DEFAULT_MODEL
    external_model: str | None = None  # a net of the external set instead


def program() -> Path:
    path = Path(os.environ.get("LOTCOUNT", target() / "release" / "lotcount")).resolve()
    if not path.exists():
        sys.exit(f"bench-peers: {path} is missing; build it with: cargo build --release (or name another by LOTCOUNT)")
    return path


def fingerprint() -> str:
    """Changes with the program and its default nets, so that results of an older one are not taken for its own."""
    digest = hashlib.sha256()
    folder = program().parent
    for path in [folder / "lotcount", folder / "lotcount-video", *sorted(DEFAULT_MODEL.parent.glob("lotcount-s*"))]:
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def measure(recording: Recording, setting: Setting) -> dict:
    """As worker.py tells it. What a run on the recording's first frame alone takes is taken off."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        first = first_frame(recording.path, folder)
        start_s, _, _ = run(recording, first, setting, folder / "first")
        cpu_s, wall_s, peak_mb = run(recording, recording.path, setting, folder / "whole")
        return {
            "cpu_s": round(cpu_s - start_s, 4),
            "start_cpu_s": round(start_s, 4),
            "wall_s": round(wall_s, 3),
            "peak_mb": round(peak_mb, 1),
            "crossings": crossings(folder / "whole" / "bench.db", recording.name),
        }


def first_frame(video: Path, folder: Path) -> Path:
    cut = folder / f"first{video.suffix}"
    command = ["ffmpeg", "-v", "error", "-i", video, "-map", "0:v:0", "-c", "copy", "-frames:v", "1", cut]
    subprocess.run(command, check=True)
    return cut


def run(recording: Recording, video: Path, setting: Setting, folder: Path) -> tuple[float, float, float]:
    """CPU seconds and wall-clock seconds of the whole process, and its largest resident memory in MB."""
    folder.mkdir()
    config = folder / "cameras.toml"
    config.write_text(configuration(recording, video, setting, folder))
    began = time.monotonic()
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen([program(), "run", "--config", config], stdout=subprocess.DEVNULL, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - began
        log.seek(0)
        said = log.read()
    if process.returncode == 3:
        raise Refused(said.strip())
    if process.returncode:
        sys.exit(f"bench-peers: lotcount ended with {process.returncode} on {recording.name}:\n{said}")
    return used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / 1024


def configuration(recording: Recording, video: Path, setting: Setting, folder: Path) -> str:
    model = with_sidecar(setting.external_model, folder) if setting.external_model else setting.model
    lines = ['[site]\nname = "bench"\ntime_zone = "UTC"\ndatabase = "bench.db"\n', '[[lot]]\nname = "lot"\n']
    lines.append(f'[[camera]]\nname = "{recording.name}"\nsource = "{video}"\nstart = {START}')
    lines.append(f'anchor = "{recording.anchor}"\nmodel = "{model}"')
    lines += setting.keys
    if setting.every_frame:
        lines.append(f"looks_per_second = {min(recording.fps, MOST_LOOKS):g}")
    for name, ends in recording.lines.items():
        lines.append(f'\n[[camera.line]]\nname = "{name}"\na = {ends["a"]}\nb = {ends["b"]}\nentry = "lot"\nexit = "lot"')
    return "\n".join(lines) + "\n"


def with_sidecar(net: str, folder: Path) -> Path:
    """A net of the external set with the project's description of it, side by side in the folder."""
    model = folder / f"{net}.onnx"
    model.symlink_to(shared() / "models" / model.name)
    shutil.copy(ROOT / "tests" / "sidecars" / f"{net}.toml", folder)
    return model


def crossings(database: Path, camera: str) -> list[dict]:
    query = "SELECT (at_us - ?) / 1e6, line, direction FROM crossing_detail WHERE camera = ? ORDER BY at_us"
    with sqlite3.connect(database) as connection:
        rows = connection.execute(query, (START_US, camera)).fetchall()
    return [{"time_s": time_s, "line": line, "direction": way} for time_s, line, way in rows]
