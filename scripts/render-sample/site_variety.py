"""Draws one place after another for the training scenes: gates, lots and ramps of different surfaces, buildings and marks.

The frame is that of scene.py (x into the car park, y to the left, metres); a place is a `scene.Site` and what scene.py does not know.
"""
import math
from dataclasses import dataclass

import numpy as np

import ground_texture
import materials
import props
import scene
from meshes import MeshBuilder, place

EXTRA_MATERIALS = {
    "taxi sign": ((0.9, 0.75, 0.3), 0.4, 0.6), "wood": ((0.28, 0.18, 0.1), 0.8, 0), "cloth cover": ((0.05, 0.12, 0.16), 0.8, 0), "cone": ((0.8, 0.14, 0.02), 0.5, 0),
    "bin green": ((0.02, 0.12, 0.04), 0.5, 0), "cardboard": ((0.4, 0.27, 0.15), 0.9, 0), "lamp": ((1.0, 0.8, 0.5), 0.5, 0), "lit window": ((1.0, 0.75, 0.4), 0.5, 0),
}
WALLS = {"wall": None, "wall dark": None, "wall grey": ((0.25, 0.26, 0.27), 0.7), "wall ochre": ((0.45, 0.31, 0.14), 0.9), "wall blue": ((0.12, 0.2, 0.3), 0.5)}


@dataclass(frozen=True)
class Place:
    """A site with what is special about it."""
    number: int
    site: scene.Site
    layout: str         # gate, lot or ramp
    surface: str        # a tone of ground_texture
    weather: str        # dry, rain, snow, fog
    wet: float          # 0..1
    snow: float         # 0..1
    lamps: tuple        # (x, y, z) of the street lamps' heads


def draw(number):
    """The place of this number: always the same one."""
    g = np.random.default_rng([7201, number])
    layout = str(g.choice(["gate", "lot", "ramp"], p=[0.68, 0.2, 0.12]))
    weather = str(g.choice(["dry", "rain", "snow", "fog"], p=[0.6, 0.2, 0.1, 0.1]))
    wet = g.uniform(0.4, 1.0) if weather == "rain" else g.uniform(0.1, 0.5) if weather == "fog" and g.random() < 0.5 else g.uniform(0.2, 0.5) if weather == "dry" and g.random() < 0.1 else 0.0
    snow = g.uniform(0.25, 1.0) if weather == "snow" else 0.0
    surface = str(g.choice(list(ground_texture.TONES), p=[0.34, 0.16, 0.16, 0.12, 0.08, 0.05, 0.05, 0.04]))
    wall = str(g.choice(list(WALLS)))
    near = ("paving", "grass", "grass", "concrete", "hedge")
    side = lambda: str(g.choice(near))
    islands, trees, hedges, buildings, bays, arrows = [], [], [], [], [], []
    end = g.uniform(6.5, 12)
    if layout != "lot":
        w = g.uniform(2.5, 4.5)
        islands = [(-60, 4.4, end, 4.4 + w, side()), (-60, 4.4 + w, end, 40, side()), (-60, -4.4 - w * g.uniform(0.4, 1), end, -4.4, side())]
        islands.append((-60, -40, end, islands[2][1], side()))
    islands.append((g.uniform(36, 46), -60, 90, 60, "grass"))
    if layout == "ramp":
        buildings = [(-18, 7.5, end, 20, g.uniform(3, 9), wall), (-18, -20, end, -7.5, g.uniform(3, 9), wall)]
    else:
        for _ in range(int(g.integers(0, 4))):
            x, y = g.uniform(-25, 45), g.choice((-1, 1)) * g.uniform(19, 30)
            buildings.append((x, min(y, y + math.copysign(12, y)), x + g.uniform(8, 25), max(y, y + math.copysign(12, y)), g.uniform(3, 12), str(g.choice(list(WALLS)))))
        if g.random() < 0.6:
            y = g.uniform(-25, 5)
            buildings.append((g.uniform(48, 60), y, 85, y + g.uniform(12, 30), g.uniform(4, 14), wall))
    for _ in range(int(g.integers(0, 16))):
        x, y = g.uniform(-18, 50), g.choice((-1, 1)) * g.uniform(8.5, 24)
        if layout == "ramp" or any(x0 - 2 < x < x1 + 2 and y0 - 2 < y < y1 + 2 for x0, y0, x1, y1, *_ in buildings):
            continue
        trees.append((float(x), float(y), float(g.uniform(0.7, 1.7))))
    if layout == "gate" and g.random() < 0.5:
        hedges.append((-40, g.uniform(9, 16), end - 1, 17.2, g.uniform(0.6, 1.8)))
    lot_from = end + 1.5 if layout != "lot" else -16.0
    for x in np.arange(lot_from, 34, 14.0):
        for s in (-1, 1):
            if g.random() < 0.8:
                n = int(g.integers(3, 6))
                near_edge = s * g.uniform(5.6, 7.5)
                bays.append((x, *sorted((near_edge, near_edge + s * 5.0)), x + n * g.uniform(2.4, 2.8), n))
                bays[-1] = (bays[-1][0], bays[-1][1], bays[-1][3], bays[-1][2], n)
    if g.random() < 0.5:
        bays.append((34.5, -13.0, 39.5, 13.0, 10))
    for _ in range(int(g.integers(0, 4))):
        towards = bool(g.random() < 0.5)
        arrows.append((g.uniform(-10, 28), -1.9 if towards else 1.9, towards))
    site = scene.Site(seed=number, islands=tuple(islands), gatehouse=(g.uniform(3, end - 2), g.choice((-1, 1)) * g.uniform(6.4, 7.4), g.choice((0, math.pi / 2, math.pi)), wall),
                      barrier_x=g.uniform(2.5, end - 1.5), trees=tuple(trees), parked=(), bays=tuple(bays), hedges=tuple(hedges), buildings=tuple(buildings),
                      sun=(45, 30), arrows=tuple(arrows))
    b = site.barrier_x
    lamps = tuple((b + x, y * 0.85, 6.08) for x, y in scene.LAMP_POSTS) if layout != "lot" else ()
    extra = [(float(g.uniform(-14, 20)), float(g.choice((-1, 1)) * g.uniform(5.2, 7)), float(g.uniform(4, 8))) for _ in range(int(g.integers(0, 4)))]
    return Place(number, site, layout, surface, weather, wet, snow, lamps + tuple(extra))


def library(p, g):
    """The materials of a place."""
    mats = materials.library()
    for m in mats.values():
        for node in m.node_tree.nodes:
            if node.bl_idname == "ShaderNodeTexNoise":
                node.inputs["Detail"].default_value = min(node.inputs["Detail"].default_value, 1.0)   # finer detail is lost at this size
    for name, (colour, rough, glow) in EXTRA_MATERIALS.items():
        mats[name] = materials.plain(name, colour, rough, emission=glow)
    for name, value in WALLS.items():
        if value:
            mats[name] = materials.plain(name, *value)
    mats["concrete"] = materials.plain("concrete", tuple(g.uniform(0.2, 0.4) * np.array((1, 0.97, 0.92))), 0.9)
    mats["asphalt"] = ground_texture.material(g, p.surface, p.wet, p.snow)
    worn = g.uniform(0.3, 1.0)
    mats["road paint"] = materials.plain("road paint", tuple(worn * np.array((0.62, 0.62, 0.6) if g.random() < 0.8 else (0.6, 0.42, 0.05))), 0.7 - 0.5 * p.wet)
    return mats


def street_lamps(p, mats):
    b = MeshBuilder()
    for x, y, z in p.lamps:
        b.tube((x, y * 1.12, 0), (x, y * 1.12, z), 0.07, "steel", 8, 0.05)
        b.tube((x, y * 1.12, z), (x, y, z + 0.08), 0.035, "steel", 6)
        b.box((x - 0.16, y - 0.3, z), (x + 0.16, y + 0.3, z + 0.1), "roof")
        b.box((x - 0.12, y - 0.25, z - 0.02), (x + 0.12, y + 0.25, z), "lamp")
    if p.lamps:
        place("street lamps", b.build("street lamps", mats, None))


def large_props(p, g, mats):
    """Shelters, skips and piles beside the road; they stay for all views of a place."""
    for kind in ("shelter", "skip", "crates", "bin"):
        if g.random() < 0.25:
            obj = props.make(kind, g, mats, kind)
            obj.location = (g.uniform(-8, 18), g.choice((-1, 1)) * (g.uniform(6.5, 9)), 0)
            obj.rotation_euler = (0, 0, g.uniform(0, 6.28))


def build(p, mats, g):
    """Make everything of a place that stands still; returns its barriers."""
    s = p.site
    scene.ground(s, mats)
    if p.snow < 0.6 and (p.surface not in ("gravel", "earth") or g.random() < 0.3) and g.random() < 0.9:
        scene.road_marks(s, mats)
    if p.layout != "lot":
        if p.layout == "gate" and g.random() < 0.75:
            scene.gatehouse(s, mats)
        scene.posts(s, mats)
    scene.surroundings(s, mats)
    street_lamps(p, mats)
    large_props(p, g, mats)
    return scene.Barriers(s, mats, (), -0.1, 0.1) if p.layout != "lot" else None
