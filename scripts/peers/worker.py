"""Runs one pipeline on one video in a process of its own: the job as JSON on standard input, the result on standard output.

What is measured begins when nets and packages are loaded and warm and ends with the last frame.
"""

import importlib
import json
import resource
import sys
import time
from dataclasses import asdict


def main() -> None:
    job = json.load(sys.stdin)
    pipeline = importlib.import_module(job["module"])
    run = pipeline.prepare(job, pipeline.Settings(**job["settings"]))
    cpu, wall = cpu_s(), time.monotonic()
    crossings = run()
    result = {
        "cpu_s": round(cpu_s() - cpu, 4),
        "wall_s": round(time.monotonic() - wall, 3),
        "peak_mb": round(peak_mb(), 1),
        "crossings": [asdict(crossing) for crossing in crossings],
    }
    print(json.dumps(result))


def cpu_s() -> float:
    """User and system time of this process with all its threads, and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb() -> float:
    """Largest resident memory of this process. (getrusage would count that of the parent it was forked from.)"""
    with open("/proc/self/status") as status:
        kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    return kib / 1024


if __name__ == "__main__":
    main()
