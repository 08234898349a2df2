"""Vehicles: cars, van and lorry made from side profiles and cross-sections; one mesh per body, one per wheel.

Local frame: x forwards, y left, z up; the origin lies on the ground midway between the axles. Metres.
"""
import math
from dataclasses import dataclass

import bpy
import numpy as np

import materials
from meshes import MeshBuilder, mesh_vertices, place


@dataclass(frozen=True)
class Shape:
    """What makes one model of vehicle: outline in side view, windows, wheels."""
    kind: str                  # class in the truth: car, van, truck
    rear: float                # x of the rear end
    front: float               # x of the front end
    width: float
    wheelbase: float
    wheel: float               # wheel radius
    top: tuple                 # (x, z) of the upper outline, rear to front
    belt: tuple                # (x, z) of the shoulder line
    windscreen: tuple          # x of its lower and upper edge (front)
    back_window: tuple         # x of its lower and upper edge (rear); empty: none
    side_windows: tuple        # (x0, x1) of each pane
    tumblehome: float = 0.26   # how much the sides lean in above the shoulder, per metre of height
    ground: float = 0.2        # height of the sill
    nose: float = 0.26         # share by which the plan narrows at the ends
    extra_axles: tuple = ()    # x of further axles, with wheels but without arches


SHAPES = {
    "hatch": Shape("car", -1.98, 2.08, 1.76, 2.56, 0.315,
                   ((-1.98, 0.72), (-1.93, 0.98), (-1.62, 1.36), (-1.25, 1.45), (-0.3, 1.48), (0.3, 1.42), (1.02, 1.0), (1.75, 0.84), (2.02, 0.7), (2.08, 0.55)),
                   ((-1.98, 0.9), (-1.2, 0.97), (0, 0.92), (1.02, 0.88), (1.7, 0.76), (2.08, 0.6)),
                   (0.98, 0.32), (-1.86, -1.58), ((-1.5, -1.02), (-0.94, -0.12), (-0.04, 0.78))),
    "saloon": Shape("car", -2.3, 2.3, 1.8, 2.72, 0.32,
                    ((-2.3, 0.7), (-2.25, 0.98), (-1.72, 1.04), (-1.02, 1.38), (-0.4, 1.45), (0.15, 1.42), (1.0, 0.98), (1.9, 0.84), (2.24, 0.7), (2.3, 0.55)),
                    ((-2.3, 0.88), (-1.5, 0.97), (0, 0.92), (1.0, 0.88), (1.8, 0.77), (2.3, 0.6)),
                    (0.96, 0.2), (-1.62, -1.06), ((-1.38, -1.0), (-0.92, -0.1), (-0.02, 0.74))),
    "estate": Shape("car", -2.32, 2.28, 1.81, 2.72, 0.325,
                    ((-2.32, 0.7), (-2.28, 1.0), (-2.05, 1.36), (-1.7, 1.46), (-0.4, 1.49), (0.2, 1.44), (1.02, 1.0), (1.9, 0.86), (2.22, 0.72), (2.28, 0.55)),
                    ((-2.32, 0.92), (-1.5, 0.97), (0, 0.93), (1.0, 0.89), (1.8, 0.78), (2.28, 0.6)),
                    (0.98, 0.24), (-2.22, -2.02), ((-1.9, -1.06), (-0.98, -0.12), (-0.04, 0.76))),
    "suv": Shape("car", -2.15, 2.2, 1.87, 2.66, 0.36,
                 ((-2.15, 0.8), (-2.1, 1.12), (-1.82, 1.56), (-1.5, 1.66), (-0.3, 1.69), (0.25, 1.63), (0.98, 1.18), (1.85, 1.03), (2.14, 0.86), (2.2, 0.65)),
                 ((-2.15, 1.05), (-1.4, 1.12), (0, 1.07), (1.0, 1.04), (1.8, 0.94), (2.2, 0.72)),
                 (0.94, 0.3), (-2.02, -1.8), ((-1.68, -1.04), (-0.96, -0.12), (-0.04, 0.72)), ground=0.27),
    "van": Shape("van", -2.65, 2.65, 1.98, 3.3, 0.345,
                 ((-2.65, 0.9), (-2.62, 1.75), (-2.5, 2.18), (-1.8, 2.26), (0.3, 2.26), (1.0, 2.14), (1.98, 1.26), (2.42, 1.08), (2.62, 0.9), (2.65, 0.6)),
                 ((-2.65, 1.12), (0, 1.12), (1.9, 1.08), (2.4, 0.94), (2.65, 0.7)),
                 (1.9, 1.1), (), ((0.62, 1.62),), tumblehome=0.1, ground=0.26, nose=0.18),
    "cab": Shape("truck", 1.35, 3.35, 2.2, 4.1, 0.45,   # only the lorry's cab; the box and the frame are added
                 ((1.35, 1.0), (1.36, 2.2), (1.42, 2.5), (1.8, 2.62), (2.5, 2.6), (2.95, 2.42), (3.22, 1.5), (3.32, 1.2), (3.35, 0.7)),
                 ((1.35, 1.42), (3.0, 1.4), (3.22, 1.32), (3.35, 1.0)),
                 (3.2, 2.98), (), ((1.85, 2.8),), tumblehome=0.08, ground=0.5, nose=0.1),
}
# cargo boxes of the lorries, all with the same cab: x of the rear end, half width, height of the roof
LORRIES = {"lorry": (-3.9, 1.2, 3.2), "light lorry": (-2.6, 1.04, 2.4)}
# what a model has behind its shell instead of the usual rear face: functions of (builder, shape); see vehicle_models.py
PARTS = {}


def shape_of(model):
    return SHAPES["cab" if model in LORRIES else model]


def smooth_profile(points, x, sigma=0.035):
    """Outline through `points`, corners rounded by a Gaussian of `sigma` metres."""
    px, pz = zip(*points)
    fine = np.arange(px[0] - 0.3, px[-1] + 0.3, 0.005)
    z = np.interp(fine, px, pz)
    k = np.exp(-0.5 * (np.arange(-40, 41) * 0.005 / sigma) ** 2)
    z = np.convolve(np.pad(z, 40, mode="edge"), k / k.sum(), mode="valid")
    return np.interp(x, fine, z)


def stations(shape):
    """Places of the cross-sections: even, denser at the ends, round the wheel arches and on window edges."""
    x = set(np.round(np.linspace(shape.rear, shape.front, 34), 3))
    for e, s in ((shape.rear, 1), (shape.front, -1)):
        x |= {round(e + s * d, 3) for d in (0.02, 0.05, 0.1, 0.17, 0.26, 0.36)}
    for axle in axles(shape):
        x |= {round(axle + shape.wheel * 1.2 * math.cos(a), 3) for a in np.linspace(0, math.pi, 11)}
    for pane in shape.side_windows + ((shape.windscreen,) if shape.windscreen else ()) + ((shape.back_window,) if shape.back_window else ()):
        x |= {round(v, 3) for v in pane}
    x = sorted(v for v in x if shape.rear <= v <= shape.front)
    return [v for i, v in enumerate(x) if i == 0 or v - x[i - 1] > 0.006]


def axles(shape):
    return (shape.wheelbase / 2, -shape.wheelbase / 2)


def shell(b, shape):
    """The lofted body: paint, panes and dark lower edge."""
    xs = np.array(stations(shape))
    top, belt = smooth_profile(shape.top, xs), smooth_profile(shape.belt, xs)
    length = shape.front - shape.rear
    rings, glassable = [], []
    for x, zt, zb in zip(xs, top, belt):
        e = min(x - shape.rear, shape.front - x)
        near = max(0.0, 1 - e / min(0.62, length / 3))
        w = shape.width / 2 * (1 - shape.nose * near ** 2.6)
        zs = min(zb, zt - 0.035)
        low = shape.ground + 0.16 * near ** 3
        for axle in axles(shape):
            r = shape.wheel * 1.2
            if abs(x - axle) < r:
                low = max(low, shape.wheel + math.sqrt(r * r - (x - axle) ** 2) * 0.98)
        low = min(low, zs - 0.06)
        h = zs - low
        rail = zs + (zt - zs) * 0.88
        wr = w - 0.07 - shape.tumblehome * (rail - zs)
        side = lambda f: (0.945 * w + (wr - 0.945 * w) * f, zs + 0.02 * (1 - f) + (rail - zs) * f)
        ring = [(0.86 * w, low), (0.965 * w, low + 0.03 * h), (0.99 * w, low + 0.22 * h), (w, low + 0.52 * h), (0.995 * w, low + 0.82 * h), (0.968 * w, zs),
                side(0.0), side(0.34), side(0.7), side(1.0), (wr * 0.93, rail + (zt - rail) * 0.62), (wr * 0.7, zt - 0.012), (wr * 0.36, zt - 0.003), (0.0, zt)]
        rings.append([(x, y, z) for y, z in ring] + [(x, -y, z) for y, z in ring[-2::-1]])
        glassable.append(zt - zs)
    n, half = len(rings[0]), 13
    v = [p for r in rings for p in r]
    faces, names = [], []
    for i in range(len(xs) - 1):
        mid = (xs[i] + xs[i + 1]) / 2
        for k in range(n - 1):
            m = k if k < half else n - 2 - k
            name = "paint"
            if m <= 1:
                name = "trim" if glassable[i] >= 0 else name
            elif 6 <= m <= 8 and any(a < mid < c for a, c in shape.side_windows) and min(glassable[i], glassable[i + 1]) > 0.12:
                name = "glass"
            elif m >= 10:
                for pane in (shape.windscreen, shape.back_window):
                    if pane and min(pane) < mid < max(pane):
                        name = "glass"
            elif 6 <= m <= 8 and glassable[i] > 0.2 and shape.kind == "car" and shape.side_windows[0][0] < mid < shape.side_windows[-1][1]:
                name = "trim"                                  # black pillars between the panes
            faces.append((i * n + k, i * n + k + 1, (i + 1) * n + k + 1, (i + 1) * n + k))
            names.append(name)
    last = (len(xs) - 1) * n
    faces += [tuple(range(n))[::-1], tuple(last + k for k in range(n))]
    names += ["paint", "paint"]
    b.add(v, faces, names)
    # dark floor and wheel houses, so that nobody looks through the arches
    w = shape.width / 2
    b.box((shape.rear + 0.25, -0.8 * w, shape.ground + 0.02), (shape.front - 0.25, 0.8 * w, shape.ground + 0.34), "chassis")
    for axle in axles(shape):
        if shape.rear < axle < shape.front:
            b.box((axle - shape.wheel * 1.1, -0.9 * w, shape.ground + 0.1), (axle + shape.wheel * 1.1, 0.9 * w, shape.wheel * 2.05), "chassis")


def face_details(b, shape, at_front):
    """Lights, grille, bumper, number plate at one end."""
    s = 1 if at_front else -1
    x = shape.front if at_front else shape.rear
    w = shape.width / 2 * (1 - shape.nose)
    big = shape.kind != "car"
    z = {"van": 0.95, "truck": 0.82}.get(shape.kind, 0.7 if shape.ground < 0.25 else 0.84)
    lo, hi = sorted((x - s * 0.04, x + s * 0.012))
    if at_front:
        for y in (w * 0.86, -w * 0.86):
            b.ellipsoid((x - s * 0.13, y, z - 0.02), (0.17, 0.19, 0.085), "headlight")
        b.box((lo, -w * 0.55, z - 0.08), (hi, w * 0.55, z + 0.03), "grille")
        b.box((lo, -w * 0.75, shape.ground + 0.17), (hi + 0.01, w * 0.75, shape.ground + 0.32), "grille")
        b.ellipsoid((hi, 0, z - 0.02), (0.02, 0.06, 0.06), "chrome")
    else:
        for y in (w * 0.95, -w * 0.95):
            b.ellipsoid((x - s * 0.1, y, z + (0.14 if not big else 0.25)), (0.13, 0.15, 0.11 if not big else 0.22), "taillight")
        b.box((lo, -w * 0.85, shape.ground + 0.17), (hi + 0.005, w * 0.85, shape.ground + 0.27), "trim")
    pz = shape.ground + (0.36 if at_front else 0.42)
    lo, hi = sorted((x - s * 0.02, x + s * 0.03))
    b.box((lo, -0.26, pz), (hi, 0.26, pz + 0.115), "plate")
    edge = sorted((x + s * 0.02, x + s * 0.033))
    for i in range(7):
        if i != 2:
            b.box((edge[0], -0.21 + i * 0.06, pz + 0.025), (edge[1], -0.17 + i * 0.06, pz + 0.09), "plate text")


def mirrors(b, shape):
    x, w = shape.side_windows[-1][1] + 0.02, shape.width / 2
    z = float(smooth_profile(shape.belt, x)) + (0.08 if shape.kind == "car" else 0.22)
    r = (0.08, 0.12, 0.075) if shape.kind == "car" else (0.08, 0.11, 0.2)
    for s in (1, -1):
        b.ellipsoid((x, s * (w + 0.07), z), r, "paint" if shape.kind == "car" else "trim", 6, 8)


def wheel_mesh(radius, mats):
    b = MeshBuilder()
    w = 0.2 if radius < 0.4 else 0.27
    b.tube((0, -w / 2, 0), (0, w / 2, 0), radius, "rubber", 24)
    for s in (1, -1):
        b.tube((0, s * (w / 2 - 0.02), 0), (0, s * (w / 2 + 0.004), 0), radius * 0.68, "grille", 20)
        for i in range(5):
            a = 2 * math.pi * i / 5
            turn = lambda p, a=a: (p[0] * math.cos(a) - p[2] * math.sin(a), p[1], p[0] * math.sin(a) + p[2] * math.cos(a))
            lo, hi = sorted((s * w / 2, s * (w / 2 + 0.016)))
            b.box((0, lo, -radius * 0.13), (radius * 0.66, hi, radius * 0.13), "rim", turn)
        b.tube((0, s * w / 2, 0), (0, s * (w / 2 + 0.02), 0), radius * 0.18, "rim", 10)
    return b.build("wheel", mats, 30)


def body_mesh(model, mats):
    shape = shape_of(model)
    b = MeshBuilder()
    shell(b, shape)
    mirrors(b, shape)
    face_details(b, shape, True)
    if model in LORRIES:
        end, w, roof = LORRIES[model]
        b.box((end, -w, 1.02), (1.28, w, roof), "cargo")
        b.box((end - 0.005, -w - 0.005, 1.7), (1.1, w + 0.005, 2.0), "cargo stripe")
        for y0, y1, z0 in ((-w, 0.06 - w, 1.02), (w - 0.06, w, 1.02), (-w, w, roof - 0.08)):
            b.box((end - 0.03, y0, z0), (end + 0.02, y1, roof), "steel")
        b.box((end - 0.03, -0.02, 1.02), (end, 0.02, roof), "trim")
        b.box((end + 0.05, -0.5, 0.62), (2.4, 0.5, 1.02), "chassis")
        b.box((end, 0.05 - w, 0.45), (end + 0.1, w - 0.05, 0.6), "trim")
        for s in (1, -1):
            b.box((-1.3, s * 1.08 - 0.03, 0.5), (1.2, s * 1.08 + 0.03, 0.95), "chassis")
            b.box((end - 0.04, s * 0.85 - 0.18, 0.66), (end + 0.02, s * 0.85 + 0.18, 0.8), "taillight")
            b.box((end + 0.3, s * 1.0 - 0.14, 0.5), (-1.55, s * 1.0 + 0.14, 0.6), "trim")
        b.box((end - 0.03, -0.26, 0.66), (end, 0.26, 0.78), "plate")
    elif model in PARTS:
        PARTS[model](b, shape)
    else:
        face_details(b, shape, False)
    if model == "van":
        b.box((-2.668, -0.015, 0.5), (-2.63, 0.015, 2.1), "trim")
        for s in (1, -1):
            b.box((-2.665, s * 0.42 - 0.3, 1.3), (-2.6, s * 0.42 + 0.3, 1.85), "glass")
            b.box((-2.3, s * 0.985 - 0.012, 0.68), (2.0, s * 0.985 + 0.012, 0.76), "trim")
    if model in ("estate", "suv"):
        z = float(smooth_profile(shape.top, -0.5)) + 0.0
        for s in (1, -1):
            b.tube((-1.5, s * 0.58, z - 0.01), (0.1, s * 0.58, z - 0.02), 0.022, "trim", 6)
    return b.build(model, mats)


class Fleet:
    """Makes vehicles; meshes are shared between vehicles of one model, the paint belongs to the object."""

    COLOURS = {"red": (0.42, 0.012, 0.012), "white": (0.72, 0.72, 0.7), "silver": (0.42, 0.43, 0.45), "grey": (0.13, 0.135, 0.145), "black": (0.012, 0.012, 0.014),
               "blue": (0.02, 0.1, 0.36), "navy": (0.012, 0.03, 0.11), "yellow": (0.72, 0.43, 0.02), "green": (0.025, 0.13, 0.06), "orange": (0.62, 0.17, 0.015),
               "sky": (0.2, 0.38, 0.55), "beige": (0.45, 0.4, 0.31)}

    def __init__(self, mats):
        self.materials = dict(mats)
        self.materials["paint"] = materials.paint("paint", (0.5, 0.5, 0.5))
        self.paints, self.bodies, self.wheels = {}, {}, {}

    def paint(self, colour):
        """The paint of a named colour, or of any linear (red, green, blue)."""
        if colour not in self.paints:
            rgb = colour if isinstance(colour, tuple) else self.COLOURS[colour]
            self.paints[colour] = materials.paint(f"paint {colour}", rgb, 0.0 if colour in ("white", "yellow", "red") else 0.3)
        return self.paints[colour]

    def make(self, model, colour, name):
        """A vehicle at the origin; returns a Vehicle."""
        shape = shape_of(model)
        if model not in self.bodies:
            self.bodies[model] = body_mesh(model, self.materials)
        if shape.wheel not in self.wheels:
            self.wheels[shape.wheel] = wheel_mesh(shape.wheel, self.materials)
        body = place(name, self.bodies[model])
        for i, m in enumerate(body.data.materials):
            if m == self.materials["paint"]:
                body.material_slots[i].link = "OBJECT"
                body.material_slots[i].material = self.paint(colour)
        wheels = []
        for x in axles(shape) + shape.extra_axles:
            for s in (1, -1):
                y = s * (shape.width / 2 - (0.115 if shape.wheel < 0.4 else 0.15))
                wheels.append(place(name + " wheel", self.wheels[shape.wheel], (x, y, shape.wheel), parent=body))
        return Vehicle(shape, body, wheels)


@dataclass
class Vehicle:
    """A vehicle's objects; `move` puts it where a pose says."""
    shape: Shape
    body: object
    wheels: list

    @property
    def kind(self):
        return self.shape.kind

    def move(self, pose):
        self.body.location = (pose.x, pose.y, 0)
        self.body.rotation_euler = (0, 0, pose.heading)
        for i, w in enumerate(self.wheels):
            w.rotation_euler = (0, pose.rolled / self.shape.wheel, pose.steer if i < 2 else 0)

    def vertices(self):
        """All vertices (body and wheels at rest) in the local frame, for exact boxes."""
        out = [mesh_vertices(self.body.data)]
        for w in self.wheels:
            out.append(mesh_vertices(w.data) + np.array(w.location))
        return np.concatenate(out)


def wheelbase(model):
    return shape_of(model).wheelbase
