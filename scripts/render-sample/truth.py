"""The exact truth: boxes from the projected vertices of the bodies, crossings from the way of the boxes' anchors."""
import csv
import json
import math

import numpy as np

from schedule import LINE

SAMPLES_S = 120   # looks a second at which an anchor's way is followed


def world(vertices, pose):
    """Vertices of a body in the world."""
    c, s = math.cos(pose.heading), math.sin(pose.heading)
    v = vertices
    return np.stack([pose.x + c * v[:, 0] - s * v[:, 1], pose.y + s * v[:, 0] + c * v[:, 1], v[:, 2]], 1)


def box_at(clip, trip, vertices, t):
    """Box of a body at time t, clipped to the picture; None when it is not seen."""
    pose = trip.pose(t)
    if math.hypot(pose.x - clip.camera.position[0], pose.y) > 90:
        return None
    return clip.camera.box(world(vertices, pose))


def anchor(clip, box):
    x1, y1, x2, y2 = box
    return ((x1 + x2) / 2, y2 if clip.anchor == "bottom" else (y1 + y2) / 2)


def crossings(clip, vehicles):
    """[(time, direction, class, label)] of `vehicles` = [(trip, class, vertices)], in order of time."""
    (ax, ay), (bx, by) = clip.line()
    w, h = clip.camera.size
    ax, ay, bx, by = ax * w, ay * h, bx * w, by * h
    out = []
    for trip, kind, vertices in vehicles:
        before = None
        for i in range(int((clip.frames - 1) / clip.fps * SAMPLES_S) + 1):
            t = i / SAMPLES_S
            box = box_at(clip, trip, vertices, t)
            if box is None:
                before = None
                continue
            px, py = anchor(clip, box)
            side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            along = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
            if before and (side > 0) != (before[1] > 0):
                f = before[1] / (before[1] - side)
                place = before[2] + f * (along - before[2])
                if 0 <= place <= 1:
                    out.append((before[0] + f * (t - before[0]), "entry" if side > 0 else "exit", kind, trip.label))
            before = (t, side, along)
    return sorted(out)


def activity(clip, vehicles):
    """Share of the frames in which any vehicle moves within the picture."""
    moves = lambda trip, v, t: abs(trip.speed_at(t)) > 0.02 and box_at(clip, trip, v, t) is not None
    return sum(any(moves(trip, v, i / clip.fps) for trip, _, v in vehicles) for i in range(clip.frames)) / clip.frames


def write_csv(path, rows):
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["time_s", "line", "direction", "class"])
        for t, direction, kind, _ in rows:
            out.writerow([f"{t:.3f}", LINE, direction, kind])


def write_boxes(path, clip, vehicles):
    """Every frame's exact boxes as JSON lines (not hidden parts are not told apart from hidden ones)."""
    with open(path, "w") as f:
        for i in range(clip.frames):
            row = []
            for trip, kind, vertices in vehicles:
                box = box_at(clip, trip, vertices, i / clip.fps)
                if box:
                    row.append({"box": [round(float(v), 2) for v in box], "class": kind, "label": trip.label})
            f.write(json.dumps({"t": round(i / clip.fps, 4), "boxes": row}) + "\n")


def corners(trip, vertices, t):
    low, high = vertices.min(0), vertices.max(0)
    flat = np.array([(x, y, 0) for x, y in ((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]))])
    return world(flat, trip.pose(t))[:, :2]


def overlap(p, q):
    """Do two convex quadrilaterals overlap? (separating axes)"""
    for a in (p, q):
        for i in range(4):
            e = a[(i + 1) % 4] - a[i]
            n = np.array([-e[1], e[0]])
            if (p @ n).max() < (q @ n).min() or (q @ n).max() < (p @ n).min():
                return False
    return True


def faults(clip, bodies):
    """Bodies that drive through each other in sight, and vehicles too near the line in the first or the last frame."""
    met, out = {}, []
    for i in range(0, clip.frames, 2):
        t = i / clip.fps
        c = [(trip.label, corners(trip, v, t)) for trip, v in bodies if box_at(clip, trip, v, t)]
        for k, (n, p) in enumerate(c):
            for m, q in c[k + 1:]:
                if overlap(p, q):
                    met.setdefault((n, m), []).append(t)
    for (n, m), times in met.items():
        out.append(f"{n} runs into {m} from {times[0]:.2f} to {times[-1]:.2f} s")
    for t in (0.0, (clip.frames - 1) / clip.fps):
        for trip, v in bodies:
            p = trip.pose(t)
            if abs(p.y) < 4.4 and abs(p.x - clip.line_world[0][0]) < (v[:, 0].max() - v[:, 0].min()) * 1.5:
                out.append(f"{t:.2f} s: {trip.label} is near the line at the clip's edge")
    return out
