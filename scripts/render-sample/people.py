"""Pedestrians and a cyclist: they cross the picture, and must not be counted."""
import math

from meshes import MeshBuilder, mesh_vertices, place
import numpy as np


def limb(name, length, radius, mats, material, tip=None):
    """A limb that hangs from the origin."""
    b = MeshBuilder()
    b.tube((0, 0, 0), (0, 0, -length), radius, material, 8, radius * 0.7)
    if tip:
        b.ellipsoid((0.05 if tip == "trim" else 0, 0, -length), (0.13, 0.055, 0.05) if tip == "trim" else (0.05, 0.05, 0.06), tip, 5, 8)
    return b.build(name, mats)


def torso(mats, shirt):
    b = MeshBuilder()
    b.ellipsoid((0, 0, 1.18), (0.14, 0.21, 0.34), shirt)
    b.ellipsoid((0, 0, 0.93), (0.13, 0.17, 0.14), "jeans")
    b.tube((0, 0, 1.4), (0, 0, 1.56), 0.055, "skin", 8)
    b.ellipsoid((0.01, 0, 1.62), (0.1, 0.085, 0.125), "skin")
    b.ellipsoid((-0.015, 0, 1.66), (0.105, 0.095, 0.11), "hair")
    return b.build("torso", mats)


class Pedestrian:
    """A walking person; `move` swings legs and arms with the way walked."""
    STRIDE = 1.35  # m for a full cycle of both legs

    def __init__(self, mats, shirt, name):
        self.body = place(name, torso(mats, shirt))
        self.legs = [place(name + " leg", limb("leg", 0.86, 0.085, mats, "jeans", "trim"), (0, s * 0.09, 0.9), parent=self.body) for s in (1, -1)]
        self.arms = [place(name + " arm", limb("arm", 0.6, 0.055, mats, shirt, "skin"), (0, s * 0.23, 1.4), parent=self.body) for s in (1, -1)]

    def move(self, pose):
        self.body.location, self.body.rotation_euler = (pose.x, pose.y, 0), (0, 0, pose.heading)
        swing = math.sin(2 * math.pi * pose.rolled / self.STRIDE)
        for s, leg, arm in zip((1, -1), self.legs, self.arms):
            leg.rotation_euler, arm.rotation_euler = (0, s * 0.45 * swing, 0), (0, -s * 0.4 * swing, 0)

    def vertices(self):
        return np.array([(x, y, z) for x in (-0.45, 0.45) for y in (-0.3, 0.3) for z in (0, 1.78)])


def ring(b, centre, radius, tube, material, n=22):
    p = [(centre[0] + radius * math.cos(a), centre[1], centre[2] + radius * math.sin(a)) for a in np.linspace(0, 2 * math.pi, n + 1)]
    for q, r in zip(p, p[1:]):
        b.tube(q, r, tube, material, 5)


class Cyclist:
    """A person riding a bicycle."""

    def __init__(self, mats, shirt, name):
        b = MeshBuilder()
        rear, crank, seat, head, front = (-0.5, 0, 0.34), (-0.05, 0, 0.3), (-0.2, 0, 0.88), (0.38, 0, 0.9), (0.55, 0, 0.34)
        for p, q in ((rear, crank), (crank, seat), (seat, head), (crank, head), (rear, seat), (head, front)):
            b.tube(p, q, 0.022, "red", 6)
        b.tube((0.42, -0.28, 1.02), (0.42, 0.28, 1.02), 0.018, "trim", 6)
        b.tube(head, (0.42, 0, 1.02), 0.018, "trim", 6)
        b.ellipsoid((-0.22, 0, 0.93), (0.13, 0.07, 0.04), "trim", 5, 8)
        b.ellipsoid((-0.02, 0, 1.22), (0.32, 0.19, 0.2), shirt)
        b.tube((-0.2, 0, 1.0), (0.18, 0, 1.42), 0.14, shirt, 10)
        b.ellipsoid((0.3, 0, 1.58), (0.11, 0.085, 0.12), "skin")
        b.ellipsoid((0.28, 0, 1.65), (0.14, 0.1, 0.09), "yellow")
        for s in (1, -1):
            b.tube((0.17, s * 0.18, 1.4), (0.42, s * 0.24, 1.05), 0.045, shirt, 7)
        ring(b, rear, 0.33, 0.02, "rubber")
        ring(b, front, 0.33, 0.02, "rubber")
        self.body = place(name, b.build("cyclist", mats))
        self.legs = [place(name + " leg", limb("cyclist leg", 0.78, 0.075, mats, "dark cloth", "trim"), (-0.18, s * 0.1, 0.98), parent=self.body) for s in (1, -1)]

    def move(self, pose):
        self.body.location, self.body.rotation_euler = (pose.x, pose.y, 0), (0, 0, pose.heading)
        swing = math.sin(2 * math.pi * pose.rolled / 4.5)
        for s, leg in zip((1, -1), self.legs):
            leg.rotation_euler = (0, -0.42 + s * 0.3 * swing, 0)
            leg.scale = (1, 1, 0.86 + s * 0.12 * math.cos(2 * math.pi * pose.rolled / 4.5))

    def vertices(self):
        return np.array([(x, y, z) for x in (-0.9, 0.95) for y in (-0.35, 0.35) for z in (0, 1.78)])


PEOPLE = {"walker green": (Pedestrian, "green cloth"), "walker red": (Pedestrian, "red cloth"), "walker sand": (Pedestrian, "sand cloth"),
          "walker dark": (Pedestrian, "dark cloth"), "cyclist": (Cyclist, "sand cloth")}


def make(who, mats, name):
    kind, shirt = PEOPLE[who]
    return kind(mats, shirt, name)
