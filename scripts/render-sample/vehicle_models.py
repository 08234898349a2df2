"""Further models of vehicle for the training scenes: small and sporty cars, pick-up, taxi, minibus, bus, lorries.

Importing this module adds them to `vehicles.SHAPES` and `vehicles.PARTS`. Metres, same local frame as vehicles.py.
"""
from dataclasses import replace

import vehicles
from vehicles import SHAPES, Shape, face_details, smooth_profile

NEW = {
    "city": Shape("car", -1.7, 1.75, 1.62, 2.3, 0.29,
                  ((-1.7, 0.75), (-1.66, 1.05), (-1.48, 1.42), (-1.1, 1.5), (-0.2, 1.52), (0.35, 1.44), (1.0, 1.05), (1.5, 0.9), (1.7, 0.72), (1.75, 0.55)),
                  ((-1.7, 0.92), (-1.0, 0.98), (0, 0.94), (1.0, 0.9), (1.75, 0.62)),
                  (0.97, 0.38), (-1.64, -1.45), ((-1.38, -0.75), (-0.67, 0.85))),
    "coupe": Shape("car", -2.1, 2.15, 1.82, 2.55, 0.33,
                   ((-2.1, 0.7), (-2.05, 0.9), (-1.75, 0.98), (-0.7, 1.24), (-0.2, 1.28), (0.2, 1.24), (1.0, 0.9), (1.8, 0.76), (2.1, 0.62), (2.15, 0.5)),
                   ((-2.1, 0.8), (-1.4, 0.88), (0, 0.84), (1.0, 0.8), (1.8, 0.7), (2.15, 0.54)),
                   (0.96, 0.24), (-1.6, -0.72), ((-0.98, -0.45), (-0.35, 0.78)), ground=0.16),
    "mpv": Shape("car", -2.32, 2.3, 1.86, 2.8, 0.33,
                 ((-2.32, 0.8), (-2.28, 1.15), (-2.1, 1.6), (-1.8, 1.72), (-0.3, 1.76), (0.4, 1.68), (1.35, 1.1), (2.0, 0.92), (2.26, 0.76), (2.3, 0.58)),
                 ((-2.32, 1.0), (-1.5, 1.05), (0, 1.0), (1.3, 0.96), (2.0, 0.82), (2.3, 0.62)),
                 (1.3, 0.48), (-2.24, -2.08), ((-2.0, -1.2), (-1.1, -0.12), (-0.04, 1.05))),
    "pickup": Shape("car", -2.65, 2.6, 1.87, 3.1, 0.37,
                    ((-2.65, 0.95), (-2.6, 1.06), (-1.05, 1.08), (-0.88, 1.5), (-0.62, 1.76), (0.2, 1.8), (0.5, 1.74), (1.1, 1.22), (2.2, 1.1), (2.55, 0.9), (2.6, 0.6)),
                    ((-2.65, 0.98), (-1.0, 1.04), (0, 1.1), (1.1, 1.08), (2.1, 0.98), (2.6, 0.7)),
                    (1.08, 0.55), (-0.95, -0.7), ((-0.6, -0.02), (0.06, 0.86)), ground=0.3),
    "bus": Shape("truck", -5.6, 5.6, 2.5, 6.2, 0.48,
                 ((-5.6, 1.0), (-5.58, 2.75), (-5.45, 3.02), (0, 3.05), (5.2, 3.0), (5.42, 2.7), (5.55, 1.35), (5.6, 0.7)),
                 ((-5.6, 1.35), (0, 1.35), (5.4, 1.3), (5.6, 1.0)),
                 (5.56, 5.3), (-5.58, -5.5), tuple((x, x + 1.32) for x in (-5.3, -3.9, -2.5, -1.1, 0.3, 1.7)) + ((3.15, 4.2), (4.3, 5.3)),
                 tumblehome=0.04, ground=0.32, nose=0.05),
}
NEW["minibus"] = replace(SHAPES["van"], side_windows=((-2.4, -1.35), (-1.25, -0.2), (-0.1, 0.52), (0.62, 1.62)))
NEW["long van"] = replace(SHAPES["van"], rear=-3.1, top=((-3.1, 0.9), (-3.07, 2.2), (-2.95, 2.55), (-2.2, 2.62), (0.3, 2.6), (1.0, 2.4), (1.98, 1.26), (2.42, 1.08), (2.62, 0.9), (2.65, 0.6)),
                          belt=((-3.1, 1.12), (0, 1.12), (1.9, 1.08), (2.4, 0.94), (2.65, 0.7)))
NEW["taxi"] = SHAPES["saloon"]
NEW["ambulance"] = SHAPES["van"]
NEW["estate trailer"] = replace(SHAPES["estate"], extra_axles=(-4.6,))
NEW["flatbed"] = NEW["tipper"] = SHAPES["cab"]
# a tractor with its trailer, straight: the cab stands far before the middle between the outermost axles
NEW["artic"] = replace(SHAPES["cab"], rear=3.75, front=5.75, wheelbase=9.4, extra_axles=(2.4, -3.5, -5.9), tumblehome=0.06,
                       top=((3.75, 1.0), (3.76, 2.5), (3.82, 2.9), (4.2, 3.05), (4.9, 3.0), (5.35, 2.8), (5.62, 1.6), (5.72, 1.2), (5.75, 0.7)),
                       belt=((3.75, 1.5), (5.4, 1.48), (5.62, 1.4), (5.75, 1.0)), windscreen=(5.6, 5.38), side_windows=((4.25, 5.2),))


def rear_lamps(b, x, half, z):
    for s in (1, -1):
        b.box((x - 0.04, s * half - 0.18, z - 0.07), (x + 0.02, s * half + 0.18, z + 0.07), "taillight")
    b.box((x - 0.03, -0.26, z - 0.06), (x, 0.26, z + 0.06), "plate")


def pickup(b, shape):
    face_details(b, shape, False)
    b.box((-2.5, -0.74, 1.0), (-1.12, 0.74, 1.095), "trim")   # the bed, seen as a dark field


def van_rear(b, shape):
    face_details(b, shape, False)
    b.box((shape.rear - 0.018, -0.015, 0.5), (shape.rear + 0.02, 0.015, 2.1), "trim")
    for s in (1, -1):
        b.box((shape.rear - 0.015, s * 0.42 - 0.3, 1.3), (shape.rear + 0.05, s * 0.42 + 0.3, 1.85), "glass")


def ambulance(b, shape):
    van_rear(b, shape)
    b.box((0.5, -0.6, 2.24), (0.8, 0.6, 2.4), "sign blue")
    for s in (1, -1):
        b.box((-2.4, s * 0.99 - 0.012, 0.85), (1.7, s * 0.99 + 0.012, 1.08), "yellow")


def taxi(b, shape):
    face_details(b, shape, False)
    z = float(smooth_profile(shape.top, -0.2))
    b.box((-0.3, -0.33, z - 0.02), (-0.12, 0.33, z + 0.16), "taxi sign")


def trailer_behind(b, shape):
    face_details(b, shape, False)
    b.box((-3.6, -0.04, 0.42), (-2.3, 0.04, 0.5), "steel")
    b.box((-5.7, -0.75, 0.5), (-3.5, 0.75, 1.0), "steel")
    b.box((-5.62, -0.68, 0.98), (-3.58, 0.68, 1.02), "trim")
    rear_lamps(b, -5.7, 0.6, 0.6)


def frame(b, rear, front, half):
    b.box((rear, -0.5, 0.62), (front, 0.5, 1.0), "chassis")
    for s in (1, -1):
        b.box((rear + 1.9, s * half * 0.9 - 0.03, 0.5), (front - 1.4, s * half * 0.9 + 0.03, 0.95), "chassis")


def flatbed(b, shape):
    frame(b, -3.9, 2.4, 1.2)
    b.box((-3.9, -1.2, 1.0), (1.25, 1.2, 1.16), "wood")
    b.box((1.15, -1.2, 1.16), (1.25, 1.2, 2.0), "steel")
    b.box((-2.6, -0.9, 1.16), (-0.3, 0.8, 1.9), "cloth cover")
    rear_lamps(b, -3.9, 0.9, 0.8)


def tipper(b, shape):
    frame(b, -3.4, 2.4, 1.15)
    b.box((-3.5, -1.2, 1.0), (1.2, 1.2, 2.05), "paint")
    b.box((-3.4, -1.1, 2.0), (1.1, 1.1, 2.07), "trim")
    rear_lamps(b, -3.5, 0.9, 0.8)


def artic(b, shape):
    frame(b, -7.2, 5.0, 1.2)
    b.box((-7.3, -1.26, 1.15), (3.45, 1.26, 3.9), "cargo")
    b.box((-7.305, -1.265, 1.15), (3.3, 1.265, 1.35), "steel")
    rear_lamps(b, -7.3, 1.0, 0.85)


def bus(b, shape):
    face_details(b, shape, False)
    b.box((1.0, -0.8, 3.0), (3.0, 0.8, 3.2), "cargo")
    b.box((-3.6, -0.7, 3.0), (-2.0, 0.7, 3.16), "steel")
    b.box((5.45, -0.8, 2.62), (5.53, 0.8, 2.86), "taxi sign")


SHAPES.update(NEW)
vehicles.PARTS.update({"pickup": pickup, "ambulance": ambulance, "taxi": taxi, "minibus": van_rear, "long van": van_rear, "estate trailer": trailer_behind,
                       "flatbed": flatbed, "tipper": tipper, "artic": artic, "bus": bus})

# how often each model is drawn (not normalised)
FREQUENCY = {"hatch": 20, "saloon": 17, "estate": 11, "suv": 17, "city": 8, "coupe": 3, "mpv": 6, "pickup": 6, "van": 7, "long van": 4, "minibus": 3, "taxi": 4,
             "ambulance": 1.5, "estate trailer": 1, "lorry": 4, "light lorry": 3.5, "flatbed": 2, "tipper": 1.5, "artic": 2, "bus": 3}
COLOUR_FREQUENCY = {"white": 21, "silver": 15, "grey": 16, "black": 16, "blue": 8, "red": 8, "navy": 5, "green": 3, "sky": 2.5, "beige": 2.5, "orange": 2, "yellow": 2}
TAXI_COLOURS = ("yellow", "white", "black", "green", "red", "blue", "sky", "beige")


def draw(g):
    """A random model and linear paint colour; `g` is a numpy Generator."""
    names, weights = zip(*FREQUENCY.items())
    model = str(g.choice(names, p=[w / sum(weights) for w in weights]))
    names, weights = zip(*COLOUR_FREQUENCY.items())
    colour = str(g.choice(names, p=[w / sum(weights) for w in weights]))
    if model == "taxi":
        colour = str(g.choice(TAXI_COLOURS))
    if model == "ambulance" or (model in ("van", "long van", "lorry") and g.random() < 0.5):
        colour = "white"
    base = vehicles.Fleet.COLOURS[colour]
    bright = g.uniform(0.6, 1.25)
    return model, tuple(round(float(min(c * bright * g.uniform(0.85, 1.15), 0.85)), 3) for c in base)
