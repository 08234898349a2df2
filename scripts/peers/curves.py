"""How lotcount's cost grows with lines, resolution, activity and cameras: measured here, drawn by plots.py."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import docs
import environments
import machine
import own
from made_videos import NoSample, mixed, oblique, quiet, scaled
from recordings import Recording
from results import Results

LINES = (1, 2, 4, 8)
LINES_APART = 0.02  # of the picture's height
SIZES = ((320, 180), (640, 360), (1280, 720), (1920, 1080))
SHARES = (0.0, 0.1, 0.2, 0.5, 1.0)
CAMERAS = (1, 10, 50, 100)
BENCH_S = 30
PICTURE = "performance.svg"

Point = tuple[str, dict]


class LeftOut(Exception):
    """A curve that this build or this checkout cannot give."""


def run(options: argparse.Namespace) -> None:
    results = Results(options.results.with_name("curves.json"))
    results.machine = machine.describe()
    chosen = options.only or list(CURVES)
    for name in chosen:
        try:
            for point, figures in CURVES[name](results, options.again):
                results.add(name, point, figures)
                print(f"{name} {point}: {figures['cost_ms']:.1f} CPU-ms per camera-second", file=sys.stderr, flush=True)
        except LeftOut as reason:
            results.leave_out(name, str(reason))
            print(f"{name}: left out, {reason}", file=sys.stderr)
    text = markdown(results, chosen)
    print(text)
    picture = docs.PAGE.with_name(PICTURE) if options.write_docs else results.path.with_suffix(".svg")
    python = environments.python("line")
    subprocess.run([python, environments.HERE / "plots.py", results.path, picture], check=True)
    print(f"drawn into {picture}", file=sys.stderr)
    if options.write_docs:
        docs.write("curves", text)


def by_lines(results: Results, again: bool) -> Iterator[Point]:
    whole = oblique()
    (name, gate), *_ = whole.lines.items()
    for count in LINES:
        lines = {f"{name}-{at}": shifted(gate, LINES_APART * ((at + 1) // 2) * (-1) ** at) for at in range(count)}
        yield from point(results, again, "lines", str(count), lambda _: replace(whole, lines=lines))


def shifted(line: dict, down: float) -> dict:
    return {end: [x, round(y + down, 4)] for end, (x, y) in line.items()}


def by_resolution(results: Results, again: bool) -> Iterator[Point]:
    whole = oblique()
    for width, height in SIZES:
        yield from point(
            results, again, "resolution", f"{width}x{height}", lambda folder: scaled(whole, width, height, folder)
        )


def by_activity(results: Results, again: bool) -> Iterator[Point]:
    try:
        whole, busy = quiet()
    except NoSample as reason:
        raise LeftOut(str(reason)) from reason
    for share in SHARES:
        yield from point(results, again, "activity", f"{share:.0%}", lambda folder: mixed(whole, busy, share, folder))


def point(
    results: Results, again: bool, curve: str, name: str, make: Callable[[Path], Recording]
) -> Iterator[Point]:
    """Nothing when it is known already; `make` gets a scratch folder."""
    fingerprint = own.fingerprint()
    if results.has(curve, name, fingerprint) and not again:
        return
    with tempfile.TemporaryDirectory() as scratch:
        recording = make(Path(scratch))
        measured = own.measure(recording, own.Setting())
        figures = {
            "of": fingerprint,
            "cost_ms": round(1000 * measured["cpu_s"] / recording.seconds, 3),
            "peak_mb": measured["peak_mb"],
            "crossings": len(measured["crossings"]),
        }
    yield name, figures


def by_cameras(results: Results, again: bool) -> Iterator[Point]:
    fingerprint = own.fingerprint()
    for count in CAMERAS:
        if results.has("cameras", str(count), fingerprint) and not again:
            continue
        command = [own.program(), "bench", "--cameras", str(count), "--seconds", str(BENCH_S), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=environments.ROOT)
        if done.returncode == 2:
            raise LeftOut("this lotcount has no `bench --cameras`")
        try:
            told = json.loads(done.stdout)
            cost_ms = float(told["cpu_ms_per_camera_second"])
        except (ValueError, KeyError) as error:
            raise LeftOut(f"`bench --cameras {count}` told no cpu_ms_per_camera_second: {done.stderr.strip()}") from error
        yield str(count), {"of": fingerprint, "cost_ms": round(cost_ms, 3), "told": told}


CURVES = {"lines": by_lines, "resolution": by_resolution, "activity": by_activity, "cameras": by_cameras}
TITLES = {
    "lines": "counting lines (samples/oblique.mp4, 12 fps)",
    "resolution": "resolution (samples/oblique.mp4 enlarged, 12 fps)",
    "activity": "share of the time in which a vehicle moves (samples/quiet.mp4, 15 fps)",
    "cameras": "cameras at once (`lotcount bench`)",
}


def markdown(results: Results, chosen: list[str]) -> str:
    parts = [f"![CPU time by lines, resolution, activity and cameras]({PICTURE})", "CPU-ms per camera-second:"]
    rows = ["| by | |", "|---|---|"]
    for name in chosen:
        points = results.measured.get(name)
        if points:
            told = ", ".join(f"{at}: {figures['cost_ms']:.1f}" for at, figures in points.items())
            rows.append(f"| {TITLES[name]} | {told} |")
    parts.append("\n".join(rows))
    parts += [f"- {TITLES[name]}: left out, {results.left_out[name]}" for name in chosen if name in results.left_out]
    return "\n\n".join(parts)
