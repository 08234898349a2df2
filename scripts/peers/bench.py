#!/usr/bin/env python3
"""Counts the external set of recordings with lotcount and with what else there is, on two cores, and prints one table.

    scripts/bench-peers [--only ROW ...] [--clips CLIP ...] [--results FILE] [--again] [--write-docs]
    scripts/bench-peers table [--write-docs]       what was measured before
    scripts/bench-peers curves [--write-docs]      how lotcount's cost grows

Needs LOTCOUNT_SHARED (the external set: clips/ and models/), ffmpeg, Python 3.11 with venv, and the release build or
LOTCOUNT, a path to another. The peers' packages come from PyPI into virtual environments in the target folder.
"""

import argparse
import sys
from pathlib import Path

import curves
import docs
import environments
import machine
import table
from made_videos import NoSample, quiet
from own import Refused
from pipelines import Pipeline, pipelines
from recordings import Recording, recordings, score
from results import Results


def main() -> None:
    options = arguments()
    machine.take_two_cores()
    if options.what == "curves":
        curves.run(options)
        return
    chosen = [row for row in pipelines() if not options.only or row.key in options.only]
    clips = recordings(options.clips)
    gate = [] if options.clips else quiet_gate()
    results = Results(options.results)
    if options.what == "run":
        results.machine = machine.describe()
        for row in chosen:
            measure(row, [*clips, *gate], results, options.again)
    text = tell(chosen, clips, gate, results)
    print(text)
    if options.write_docs:
        docs.write("table", text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench-peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=["run", "table", "curves"], default="run")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="only these rows (names as in pipelines.py) or curves")
    parser.add_argument("--clips", nargs="+", metavar="CLIP", help="only these recordings")
    parser.add_argument(
        "--results",
        type=Path,
        default=environments.target() / "peers" / "results.json",
        help="where results are kept; what is there already is not measured again (default: %(default)s)",
    )
    parser.add_argument("--again", action="store_true", help="measure even what is there already")
    parser.add_argument("--write-docs", action="store_true", help="write the table or the curves into docs/")
    options = parser.parse_args()
    if options.write_docs and (options.clips or options.only):
        parser.error("--write-docs wants everything: leave out --clips and --only")
    known = [row.key for row in pipelines()] if options.what != "curves" else list(curves.CURVES)
    for name in options.only or ():
        if name not in known:
            parser.error(f"--only {name}: there is {', '.join(known)}")
    return options


def quiet_gate() -> list[Recording]:
    """What a camera at a gate sees most of the time, for a column of its own; it takes no part in the scores."""
    try:
        return [quiet()[0]]
    except NoSample as reason:
        print(f"bench-peers: no quiet gate: {reason}", file=sys.stderr)
        return []


def measure(row: Pipeline, clips: list[Recording], results: Results, again: bool) -> None:
    fingerprint = row.fingerprint()
    for clip in clips:
        if results.has(row.key, clip.name, fingerprint) and not again:
            continue
        before = machine.busy_s()
        try:
            result = row.measure(clip)
        except Refused as refusal:
            results.leave_out(row.key, f"this lotcount says: {str(refusal).splitlines()[0]}")
            print(f"{row.key}: left out, {results.left_out[row.key]}", file=sys.stderr)
            return
        after = machine.busy_s()
        used, had = after[0] - before[0], after[1] - before[1]
        result |= {"of": fingerprint, "seconds": round(clip.seconds, 3), "machine_busy": round(used / had, 2)}
        results.add(row.key, clip.name, result)
        cost = 1000 * result["cpu_s"] / clip.seconds
        print(f"{row.key} {clip.name}: {cost:.1f} CPU-ms per camera-second", file=sys.stderr, flush=True)


def tell(chosen: list[Pipeline], clips: list[Recording], gate: list[Recording], results: Results) -> str:
    """The whole Markdown text: machine, table, F1 of each recording, what was left out."""
    names = [clip.name for clip in clips]
    python = environments.python("line")
    rows, short = [], []
    for row in chosen:
        known = results.measured.get(row.key, {})
        if all(name in known for name in names):
            measured = {name: known[name] for name in names}
            still = next((known[one.name] for one in gate if one.name in known), None)
            scores = score({name: measured[name]["crossings"] for name in names}, python)
            rows.append(table.row(row.key, row.title, measured, scores, still))
        elif row.key not in results.left_out:
            short.append(f"{row.title}: not measured on every recording yet")
    short += [f"{row.title}: left out, {results.left_out[row.key]}" for row in chosen if row.key in results.left_out]
    return table.markdown(results.machine, rows, names, short)


if __name__ == "__main__":
    main()
