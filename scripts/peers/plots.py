"""Draws what curves.py measured: plots.py RESULTS.json PICTURE.svg"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

# The same figures give the same file, and text stays text.
matplotlib.rcParams.update({"svg.hashsalt": "lotcount", "svg.fonttype": "none", "font.size": 9})
AXES = {
    "lines": "counting lines",
    "resolution": "megapixels",
    "activity": "% of the time a vehicle moves",
    "cameras": "cameras at once",
}


def place(curve: str, name: str) -> float:
    """Where a point lies on its axis."""
    if curve == "resolution":
        width, height = map(int, name.split("x"))
        return width * height / 1e6
    return float(name.rstrip("%"))


def main() -> None:
    source, picture = map(Path, sys.argv[1:3])
    measured = json.loads(source.read_text())["measured"]
    curves = [curve for curve in AXES if measured.get(curve)]
    if not curves:
        sys.exit("plots: nothing was measured")
    figure, axes = pyplot.subplots(1, len(curves), figsize=(2.8 * len(curves), 2.6), squeeze=False)
    for axis, curve in zip(axes[0], curves):
        points = sorted((place(curve, name), figures["cost_ms"]) for name, figures in measured[curve].items())
        axis.plot(*zip(*points), marker="o", markersize=4, color="#1f5fa8")
        axis.set_xlabel(AXES[curve])
        axis.set_xlim(left=0)
        axis.set_ylim(bottom=0, top=1.15 * max(cost for _, cost in points))
        axis.grid(alpha=0.3)
        for spine in ("top", "right"):
            axis.spines[spine].set_visible(False)
    axes[0][0].set_ylabel("CPU-ms per camera-second")
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main()
