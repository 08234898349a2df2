"""The machine as a table needs it, and how busy others kept it."""

import os
import platform
import re
from pathlib import Path

CORES = 2


def take_two_cores() -> None:
    """For this process and all that it starts."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def describe() -> dict:
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory[1]) / 1024**2),
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "nice": os.nice(0),
    }


def busy_s() -> tuple[float, float]:
    """CPU seconds that all processes together have used since the start, and those that the machine had (all cores)."""
    ticks = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    per_second = os.sysconf("SC_CLK_TCK")
    return (sum(ticks) - idle) / per_second, sum(ticks) / per_second
