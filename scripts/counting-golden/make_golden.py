#!/usr/bin/env python3
"""Makes the golden scenes in tests/counting/golden: invented traffic, and what the reference implementation counts.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install numpy scipy
    /tmp/golden/bin/python scripts/counting-golden/make_golden.py

Each scene is NAME.jsonl (a header, then one look per line) and NAME.expected.json (crossings; per look the tracks alive
after it and ever born). The same seeds give the same files.
"""

import json
import random
from pathlib import Path

from reference import Counter

FOLDER = Path(__file__).resolve().parents[2] / "tests/counting/golden"
CAR = 2


class Gate:
    """An oblique camera over a drive: cars come nearer or go away, stop at the line, turn back, follow closely."""

    name = "gate"
    size = (640, 360)
    lines = {"gate": {"a": [0.12, 0.55], "b": [0.88, 0.6]}}
    seconds = 60
    rate = 6
    missed = 0.10
    # lane (m from the middle), depth at time t (m from the camera)
    cars = [
        (-2.0, lambda t: 30 - 7 * (t - 1)),
        (-2.0, lambda t: 30 - 7 * (t - 2.1)),
        (2.0, lambda t: 5 + 6 * (t - 1.5)),
        (-2.0, lambda t: max(12.2, 30 - 6 * (t - 8)) if t < 20 else 12.2 - 5 * (t - 20)),
        (-2.2, lambda t: max(19.5, 30 - 6 * (t - 10)) if t < 22 else 19.5 - 5 * (t - 22)),
        (2.0, lambda t: 5 + 9 * (t - 14)),
        (2.0, lambda t: 5 + 9 * (t - 14.9)),
        (1.5, lambda t: 5 + 5 * (t - 26) if t < 28.5 else 17.5 - 5 * (t - 28.5)),
        (-2.0, lambda t: 30 - 11 * (t - 33)),
        (2.0, lambda t: 5 + 11 * (t - 34)),
        (-2.0, lambda t: 30 - 13 * (t - 38)),
        (-2.0, lambda t: 30 - 13 * (t - 39)),
        (-2.0, lambda t: 30 - 2 * (t - 40)),
        (2.0, lambda t: 5 + 2 * (t - 43)),
        (5.5, lambda t: 10.5 if t > 0 else 99),
    ]

    def boxes(self, t):
        for lane, depth in self.cars:
            z = depth(t)
            if 4.5 <= z <= 30:
                scale = 620 / z
                x, y = 320 + lane * scale, 60 + 3.0 * scale
                yield z, box(x, y, 1.9 * scale, 1.5 * scale + 40 * 4 / z)


class Street:
    """A side view with two lines: dense traffic both ways in two lanes, a lorry that hides cars, a stream that stalls."""

    name = "street"
    size = (1024, 576)
    lines = {"west": {"a": [0.3, 0.3], "b": [0.3, 0.95]}, "east": {"a": [0.7, 0.95], "b": [0.7, 0.3]}}
    seconds = 40
    rate = 6.5
    missed = 0.15

    def boxes(self, t):
        for i in range(22):
            start, speed = 0.4 + 1.7 * i, 260 + 37 * (i % 4)
            x = -120 + speed * (t - start)
            if 0 <= x <= 1144:
                lorry = i % 6 == 3
                yield 1, box(x, 500, 300 if lorry else 150, 230 if lorry else 80)
        for i in range(17):
            x = 1100 - (300 + 23 * (i % 3)) * (t - 0.8 - 2.2 * i)
            if -100 <= x <= 1100:
                yield 2, box(x, 360, 120, 62)


class Fast:
    """Three looks a second at cars that go five of their sizes in one: many are first seen beyond the line."""

    name = "fast"
    size = (640, 360)
    lines = {"line": {"a": [0.95, 0.25], "b": [0.05, 0.25]}}
    seconds = 50
    rate = 3
    missed = 0.08

    def boxes(self, t):
        for i in range(30):
            y = 40 + 260 * (t - 0.7 - 1.6 * i)
            if 60 <= y <= 380:
                yield 400 - y, box(170 + 60 * (i % 3), y, 40 + y / 8, 36 + y / 9)
        for i in range(20):
            y = 380 - 210 * (t - 1.1 - 2.3 * i)
            if 30 <= y <= 380:
                yield 400 - y, box(440 + 50 * (i % 2), y, 40 + y / 8, 36 + y / 9)


def box(x, y, w, h):
    return [x - w / 2, y - h, x + w / 2, y]


def hidden(rect, nearer):
    """The share of a box that the nearer ones cover, at most."""
    area = (rect[2] - rect[0]) * (rect[3] - rect[1])
    covers = [
        max(0, min(rect[2], o[2]) - max(rect[0], o[0])) * max(0, min(rect[3], o[3]) - max(rect[1], o[1])) for o in nearer
    ]
    return max(covers, default=0) / area


def detect(scene, t, dice):
    """What a middling detector makes of a scene: scatter, misses, weak boxes, doubles, things that are not there."""
    found, nearer = [], []
    for _, rect in sorted(scene.boxes(t), key=lambda item: item[0]):
        share = hidden(rect, nearer)
        nearer.append(rect)
        if dice.random() < scene.missed + 0.8 * share:
            continue
        w, h = rect[2] - rect[0], rect[3] - rect[1]
        seen = [edge + dice.gauss(0, 0.03) * side for edge, side in zip(rect, (w, h, w, h))]
        score = 0.12 + 0.1 * dice.random() if dice.random() < 0.12 else dice.uniform(0.35, 0.95)
        found.append(seen + [score])
        if dice.random() < 0.06:
            x = (seen[0] + seen[2]) / 2
            found.append([x - 0.35 * w, seen[1] + 0.45 * h, x + 0.35 * w, seen[3] - 0.05 * h, 0.7 * score])
    if dice.random() < 0.15:
        w = dice.uniform(20, 90)
        x, y = dice.uniform(0, scene.size[0]), dice.uniform(60, scene.size[1])
        found.append(box(x, y, w, 0.7 * w) + [dice.uniform(0.08, 0.4)])
    return [[round(v, 2) for v in b[:4]] + [round(b[4], 4), CAR] for b in found]


def make(scene, seed):
    dice = random.Random(seed)
    looks, t = [], 0.0
    while t < scene.seconds:
        looks.append({"t": round(t, 4), "d": detect(scene, t, dice)})
        stalled = scene.name == "street" and abs(t - 21) < 0.5 / scene.rate
        t += 1.7 if stalled else (1 + dice.uniform(-0.15, 0.15)) / scene.rate
    counter, tracks = Counter(scene.size, scene.lines), []
    for look in looks:
        counter.step(look["t"], look["d"])
        tracks.append([len(counter.T), counter.nid])
    crossings = [
        {
            "t": round(float(e["t"]), 4),
            "line": e["line"],
            "dir": e["dir"],
            "how": e["how"],
            "track": e["id"],
            "pos_px": round(float(e["pos"]), 2),
        }
        for e in counter.events
    ]
    header = {"scene": scene.name, "size": scene.size, "lines": scene.lines}
    write(f"{scene.name}.jsonl", [header, *looks])
    write(f"{scene.name}.expected.json", [{"crossings": crossings, "tracks_alive_and_born_per_look": tracks}])
    born = sum(c["how"] == "born" for c in crossings)
    print(f"{scene.name}: {len(looks)} looks, {counter.nid} tracks, {len(crossings)} crossings, {born} born beyond")


def write(name, records):
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
    (FOLDER / name).write_text(text)


if __name__ == "__main__":
    for seed, scene in enumerate((Gate(), Street(), Fast())):
        make(scene, seed)
