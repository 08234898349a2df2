"""Things at a gate that are no vehicles to be counted: motorcycles, parked bicycles, trolleys, prams, cones, bins, a dog.

Each builder adds a thing at the origin to a MeshBuilder, x forwards; metres.
"""
import numpy as np

from meshes import MeshBuilder, place
from people import ring


def bicycle(b, g):
    rear, crank, seat, head, front = (-0.5, 0, 0.34), (-0.05, 0, 0.3), (-0.2, 0, 0.88), (0.38, 0, 0.9), (0.55, 0, 0.34)
    colour = str(g.choice(["red", "trim", "sign blue", "white"]))
    for p, q in ((rear, crank), (crank, seat), (seat, head), (crank, head), (rear, seat), (head, front)):
        b.tube(p, q, 0.022, colour, 6)
    b.tube((0.42, -0.28, 1.02), (0.42, 0.28, 1.02), 0.018, "trim", 6)
    b.ellipsoid((-0.22, 0, 0.93), (0.13, 0.07, 0.04), "trim", 5, 8)
    ring(b, rear, 0.33, 0.02, "rubber", 16)
    ring(b, front, 0.33, 0.02, "rubber", 16)


def motorcycle(b, g):
    colour = str(g.choice(["red", "trim", "sign blue", "white", "yellow"]))
    for x in (-0.68, 0.7):
        b.tube((x, -0.07, 0.3), (x, 0.07, 0.3), 0.3, "rubber", 18)
        b.tube((x, -0.08, 0.3), (x, 0.08, 0.3), 0.18, "steel", 12)
    b.ellipsoid((0.12, 0, 0.78), (0.34, 0.17, 0.17), colour)
    b.box((-0.3, -0.16, 0.3), (0.3, 0.16, 0.62), "steel")
    b.ellipsoid((-0.45, 0, 0.78), (0.45, 0.14, 0.09), "trim")
    b.ellipsoid((-0.85, 0, 0.75), (0.14, 0.1, 0.1), colour)
    b.ellipsoid((0.6, 0, 0.9), (0.2, 0.2, 0.22), colour)
    b.ellipsoid((0.76, 0, 0.9), (0.06, 0.1, 0.08), "headlight")
    b.tube((0.7, 0, 0.3), (0.5, 0, 0.98), 0.05, "steel", 6)
    b.tube((0.45, -0.36, 1.02), (0.45, 0.36, 1.02), 0.02, "trim", 6)
    b.box((-0.97, -0.06, 0.7), (-0.93, 0.06, 0.76), "taillight")


def motorcyclist(b, g):
    motorcycle(b, g)
    cloth = str(g.choice(["dark cloth", "dark cloth", "red cloth", "green cloth"]))
    b.tube((-0.28, 0, 0.85), (0.02, 0, 1.35), 0.19, cloth, 10)
    b.ellipsoid((0.02, 0, 1.33), (0.16, 0.23, 0.13), cloth)
    b.ellipsoid((0.12, 0, 1.6), (0.15, 0.13, 0.15), str(g.choice(["white", "trim", "red", "yellow"])))
    for s in (1, -1):
        b.tube((0.05, s * 0.22, 1.34), (0.45, s * 0.3, 1.04), 0.055, cloth, 7)
        b.tube((-0.25, s * 0.14, 0.86), (0.18, s * 0.24, 0.72), 0.085, "jeans", 7)
        b.tube((0.18, s * 0.24, 0.72), (-0.02, s * 0.22, 0.32), 0.065, "jeans", 7)


def scooter(b, g):
    """A motor scooter with its rider."""
    colour = str(g.choice(["white", "red", "sign blue", "yellow"]))
    for x in (-0.55, 0.62):
        b.tube((x, -0.05, 0.22), (x, 0.05, 0.22), 0.22, "rubber", 14)
    b.ellipsoid((-0.45, 0, 0.55), (0.42, 0.2, 0.26), colour)
    b.box((-0.2, -0.18, 0.22), (0.4, 0.18, 0.3), "trim")
    b.box((0.36, -0.2, 0.28), (0.44, 0.2, 0.85), colour)
    b.tube((0.4, -0.3, 1.0), (0.4, 0.3, 1.0), 0.02, "trim", 6)
    b.ellipsoid((-0.3, 0, 1.1), (0.17, 0.22, 0.34), "sand cloth")
    b.ellipsoid((-0.24, 0, 1.56), (0.14, 0.13, 0.15), "white")
    for s in (1, -1):
        b.tube((-0.25, s * 0.2, 1.3), (0.38, s * 0.27, 1.02), 0.05, "sand cloth", 7)
        b.tube((-0.3, s * 0.13, 0.8), (0.2, s * 0.17, 0.75), 0.08, "jeans", 7)
        b.tube((0.2, s * 0.17, 0.75), (0.15, s * 0.17, 0.3), 0.06, "jeans", 7)


def trolley(b, g):
    """One to four nested shopping trolleys."""
    for i in range(int(g.integers(1, 5))):
        x = -0.28 * i
        for z, w, l in ((0.5, 0.2, 0.38), (0.72, 0.23, 0.44), (0.95, 0.27, 0.5)):
            for y in (w, -w):
                b.tube((x - l, y, z), (x + l, y * 0.8, z), 0.012, "chrome", 4)
            b.tube((x + l, -w * 0.8, z), (x + l, w * 0.8, z), 0.012, "chrome", 4)
        for k in np.linspace(-0.4, 0.4, 6):
            for y in (0.24, -0.24):
                b.tube((x + k, y, 0.5), (x + k, y * 1.05, 0.95), 0.007, "chrome", 4)
        b.tube((x - 0.55, -0.27, 1.02), (x - 0.55, 0.27, 1.02), 0.022, "red", 6)
        for wx in (-0.4, 0.4):
            for y in (0.2, -0.2):
                b.tube((x + wx, y, 0.12), (x + wx, y, 0.5), 0.012, "chrome", 4)
                b.ellipsoid((x + wx, y, 0.07), (0.07, 0.02, 0.07), "rubber", 4, 8)


def pram(b, g):
    b.ellipsoid((0, 0, 0.75), (0.4, 0.22, 0.2), str(g.choice(["dark cloth", "red cloth", "sign blue"])))
    b.ellipsoid((0.18, 0, 0.95), (0.25, 0.23, 0.22), "dark cloth")
    b.tube((-0.35, 0, 0.75), (-0.7, 0, 1.05), 0.02, "steel", 5)
    for x in (-0.32, 0.32):
        for y in (0.24, -0.24):
            b.tube((x, y - 0.02, 0.15), (x, y + 0.02, 0.15), 0.15, "rubber", 12)
            b.tube((x, y, 0.15), (0, y * 0.8, 0.65), 0.015, "steel", 4)


def cone(b, g):
    b.box((-0.19, -0.19, 0), (0.19, 0.19, 0.04), "cone")
    b.tube((0, 0, 0.04), (0, 0, 0.7), 0.14, "cone", 12, 0.03)
    b.tube((0, 0, 0.3), (0, 0, 0.48), 0.102, "white", 12, 0.075)


def bollard(b, g):
    b.tube((0, 0, 0), (0, 0, 0.95), 0.08, "trim" if g.random() < 0.5 else "yellow", 10)
    b.tube((0, 0, 0.72), (0, 0, 0.84), 0.083, "white", 10)


def bin_(b, g):
    """A wheeled rubbish bin, small or large."""
    w = 0.3 if g.random() < 0.6 else 0.68
    colour = str(g.choice(["grille", "bin green", "sign blue", "trim", "yellow"]))
    b.box((-0.35, -w, 0.08), (0.35, w, 1.0), colour)
    b.box((-0.4, -w - 0.03, 1.0), (0.4, w + 0.03, 1.1), "trim")


def dog(b, g):
    coat = str(g.choice(["hair", "bark", "white", "trim"]))
    b.ellipsoid((0, 0, 0.45), (0.34, 0.12, 0.14), coat)
    b.ellipsoid((0.4, 0, 0.62), (0.15, 0.08, 0.09), coat)
    b.tube((0.25, 0, 0.5), (0.36, 0, 0.62), 0.07, coat, 6)
    b.tube((-0.32, 0, 0.5), (-0.52, 0, 0.68), 0.025, coat, 5)
    for x in (-0.22, 0.22):
        for y in (0.07, -0.07):
            b.tube((x, y, 0.4), (x, y, 0), 0.035, coat, 5)


def sign(b, g):
    z = g.uniform(1.6, 2.4)
    b.tube((0, 0, 0), (0, 0, z), 0.035, "steel", 8)
    b.box((-0.02, -0.32, z - 0.6), (0.02, 0.32, z), str(g.choice(["sign blue", "red", "white", "yellow"])))
    b.box((-0.025, -0.12, z - 0.5), (0.025, 0.12, z - 0.1), "white")


def machine(b, g):
    b.box((-0.2, -0.2, 0), (0.2, 0.2, g.uniform(1.2, 1.6)), str(g.choice(["steel", "yellow", "sign blue", "red"])))
    b.box((-0.21, -0.12, 0.85), (0.21, 0.12, 1.12), "trim")


def crates(b, g):
    """A pile of pallets and boxes."""
    n = int(g.integers(1, 5))
    for i in range(n):
        b.box((-0.6, -0.4, i * 0.15), (0.6, 0.4, i * 0.15 + 0.12), "wood")
    if g.random() < 0.6:
        b.box((-0.5, -0.35, n * 0.15), (0.45, 0.35, n * 0.15 + g.uniform(0.3, 0.9)), "cardboard")


def shelter(b, g):
    """A shelter for trolleys or bicycles: box-like, as long as a car, a hard negative."""
    for x in (-2.2, 2.2):
        for y in (-1.0, 1.0):
            b.tube((x, y, 0), (x, y, 2.1), 0.04, "steel", 6)
    b.box((-2.3, -1.1, 2.1), (2.3, 1.1, 2.16), str(g.choice(["glass", "steel", "roof"])))
    b.box((-2.2, 0.98, 0.3), (2.2, 1.0, 1.9), "glass")


def skip(b, g):
    """A builder's skip or a container: the size of a vehicle, but none."""
    colour = str(g.choice(["yellow", "sign blue", "bin green", "steel"]))
    b.box((-1.8, -0.9, 0.1), (1.8, 0.9, g.uniform(1.0, 2.2)), colour)
    for x in np.arange(-1.6, 1.7, 0.4):
        b.box((x - 0.04, -0.94, 0.1), (x + 0.04, 0.94, 1.0), colour)


SMALL = {"bicycle": bicycle, "motorcycle": motorcycle, "motorcyclist": motorcyclist, "scooter": scooter, "trolley": trolley, "pram": pram, "cone": cone, "bollard": bollard,
         "bin": bin_, "dog": dog, "sign": sign, "machine": machine, "crates": crates}
LARGE = {"shelter": shelter, "skip": skip}


def make(kind, g, mats, name):
    """A Blender object of a thing, out of sight until it is placed."""
    b = MeshBuilder()
    ({**SMALL, **LARGE})[kind](b, g)
    return place(name, b.build(kind, mats), (0, 0, -200))
