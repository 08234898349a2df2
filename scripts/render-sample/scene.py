"""The place: a gate of a car park with road, kerbs, gatehouse, barriers, trees, parked cars, light and sky.

World frame: x along the road into the car park, y to the left, z up; metres. Drivers keep to the right, so cars that
come in drive at y < 0 and cars that leave at y > 0. The kerbs of the road are at y = -4.4 and y = 4.4.
"""
import math
from dataclasses import dataclass

import bpy
import numpy as np

import materials
import people
from meshes import MeshBuilder, place
from vehicles import Fleet

LANE = 1.9           # distance of a lane's middle from the road's middle
ROAD = 4.4           # half width of the road
KERB_HEIGHT = 0.12
BARRIER_UP = math.radians(84)
LAMP_POSTS = ((6, 8.2), (22, -8.2), (22, 8.2))   # beyond the barriers, m


@dataclass(frozen=True)
class Site:
    """What differs between the gates."""
    seed: int
    islands: tuple          # (x0, y0, x1, y1, surface) raised and kerbed
    gatehouse: tuple        # x, y, heading, wall material
    barrier_x: float
    trees: tuple            # (x, y, scale)
    parked: tuple           # (model, colour, x, y, heading in degrees)
    bays: tuple             # rows of bays: (x0, y0, x1, y1, number), the short lines between them
    hedges: tuple           # (x0, y0, x1, y1, height)
    buildings: tuple        # (x0, y0, x1, y1, height, material)
    sun: tuple              # elevation, azimuth of the light's way (degrees; 0 = towards +x, 90 = towards +y)
    sun_strength: float = 4.2
    sky_strength: float = 0.85
    asphalt_tone: float = 1.0
    arrows: tuple = ()      # (x, y, towards +x?)
    arms_open: bool = False # the barriers' arms stay up
    lamps: tuple = ()       # (x, y, z) of further street lamps, out of the picture; those beyond the barriers are everywhere


def ground(site, mats):
    b = MeshBuilder()
    b.add([(-90, -90, 0), (110, -90, 0), (110, 90, 0), (-90, 90, 0)], [(0, 1, 2, 3)], "asphalt")
    for x0, y0, x1, y1, surface in site.islands:
        k = 0.15
        b.box((x0 + k, y0 + k, 0), (x1 - k, y1 - k, KERB_HEIGHT - 0.01), surface)
        for lo, hi in (((x0, y0), (x1, y0 + k)), ((x0, y1 - k), (x1, y1)), ((x0, y0), (x0 + k, y1)), ((x1 - k, y0), (x1, y1))):
            along = 0 if hi[0] - lo[0] > hi[1] - lo[1] else 1
            start, end = max(lo[along], -30), min(hi[along], 50)
            stones = np.arange(start, end, 1.0)
            for s in stones:
                p, q = list(lo), list(hi)
                p[along], q[along] = s + 0.008, min(s + 0.992, end)
                b.box((*p, 0), (*q, KERB_HEIGHT), "kerb")
    place("ground", b.build("ground", mats, None))


def road_marks(site, mats):
    b, z = MeshBuilder(), 0.004
    stripe = lambda x0, y0, x1, y1: b.add([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], [(0, 1, 2, 3)], "road paint")
    stripe(-60, -0.1, -7, 0.1)
    for x in np.arange(-6, 8, 2.0):
        stripe(x, -0.07, x + 1.1, 0.07)
    for s in (1, -1):
        stripe(-60, s * 4.05 - 0.06, 8, s * 4.05 + 0.06)
    stripe(site.barrier_x - 2.2, -3.9, site.barrier_x - 1.85, -0.2)
    stripe(site.barrier_x + 1.85, 0.2, site.barrier_x + 2.2, 3.9)
    for x, y, towards in site.arrows:
        d = 1 if towards else -1
        b.add([(x - d * 1.3, y - 0.09, z), (x + d * 0.4, y - 0.09, z), (x + d * 0.4, y + 0.09, z), (x - d * 1.3, y + 0.09, z)], [(0, 1, 2, 3)], "road paint")
        b.add([(x + d * 0.4, y - 0.36, z), (x + d * 1.4, y, z), (x + d * 0.4, y + 0.36, z)], [(0, 1, 2)], "road paint")
    for x0, y0, x1, y1, n in site.bays:
        for i in range(n + 1):
            if x1 - x0 > abs(y1 - y0):
                x = x0 + (x1 - x0) * i / n
                stripe(x - 0.05, y0, x + 0.05, y1)
            else:
                y = y0 + (y1 - y0) * i / n
                stripe(x0, y - 0.05, x1, y + 0.05)
    place("road marks", b.build("road marks", mats, None))


def gatehouse(site, mats):
    x, y, heading, wall = site.gatehouse
    b = MeshBuilder()
    b.box((-1.5, -1.0, 0.1), (1.5, 1.0, 0.95), wall)
    b.box((-1.5, -1.0, 0.95), (1.5, 1.0, 2.1), "glass")
    for px in (-1.5, -0.5, 0.5, 1.42):
        for py in (-1.0, 0.92):
            b.box((px - 0.01, py - 0.01, 0.95), (px + 0.09, py + 0.09, 2.1), "white")
    b.box((-1.52, -1.02, 2.1), (1.52, 1.02, 2.35), wall)
    b.box((-1.85, -1.4, 2.35), (1.85, 1.4, 2.5), "roof")
    b.box((0.55, -1.03, 0.1), (1.3, -0.99, 2.1), "white")
    b.box((-1.2, -1.05, 2.0), (0.2, -1.02, 2.3), "sign blue")
    place("gatehouse", b.build("gatehouse", mats, None), (x, y, 0), heading)


def posts(site, mats):
    """Barrier posts, ticket machines, a sign and lamps."""
    b, x = MeshBuilder(), site.barrier_x
    for s in (1, -1):
        y = s * (ROAD + 0.35)
        b.box((x - 0.18, y - 0.2, 0.1), (x + 0.18, y + 0.2, 1.12), "yellow")
        b.box((x - 0.19, y - 0.21, 0.72), (x + 0.19, y + 0.21, 0.82), "trim")
        mx = x + s * 3.0
        b.box((mx - 0.16, y - 0.18, 0.1), (mx + 0.16, y + 0.18, 1.3), "steel")
        b.box((mx - 0.12, y - s * 0.2, 0.85), (mx + 0.12, y - s * 0.17, 1.15), "trim")
    for px, py in ((x + 1.6, ROAD + 0.7), (x + 1.6, -ROAD - 0.9)):
        b.tube((px, py, 0), (px, py, 2.4), 0.035, "steel", 8)
        b.box((px - 0.03, py - 0.32, 1.9), (px, py + 0.32, 2.5), "sign blue")
        b.box((px - 0.035, py - 0.1, 1.98), (px - 0.03, py + 0.1, 2.42), "white")
    for px, py in LAMP_POSTS:
        px += x
        b.tube((px, py, 0), (px, py, 6.0), 0.07, "steel", 8, 0.045)
        b.tube((px, py, 6.0), (px, py * 0.85, 6.15), 0.035, "steel", 6)
        b.box((px - 0.12, py * 0.85 - 0.3, 6.1), (px + 0.12, py * 0.85 + 0.3, 6.2), "roof")
    place("posts", b.build("posts", mats, None))


def tree_mesh(seed, mats):
    g, b = np.random.default_rng(seed), MeshBuilder()
    b.tube((0, 0, 0), (0.05, 0, 1.9), 0.14, "bark", 8, 0.1)
    clumps = []
    for i in range(9):
        a = 2 * math.pi * i / 9 + g.uniform(-0.3, 0.3)
        c = np.array([math.cos(a) * g.uniform(0.5, 1.2), math.sin(a) * g.uniform(0.5, 1.2), g.uniform(2.2, 4.0)])
        clumps.append((c, g.uniform(0.65, 1.0)))
        b.tube((0.05, 0, 1.7), c, 0.05, "bark", 5, 0.02)
    clumps.append((np.array([0, 0, 3.8]), 1.05))
    v, f = [], []
    for c, r in clumps:
        for _ in range(190):
            d = g.normal(size=3)
            p = c + d / np.linalg.norm(d) * r * g.uniform(0.55, 1.0) * (1, 1, 0.8)
            u, w = g.normal(size=3), g.normal(size=3)
            u /= np.linalg.norm(u)
            w = np.cross(u, w)
            w /= np.linalg.norm(w)
            s, k = g.uniform(0.12, 0.22), len(v)
            v += [p - s * u, p + 0.6 * s * w, p + s * u, p - 0.6 * s * w]
            f.append((k, k + 1, k + 2, k + 3))
    b.add(v, f, "leaf")
    return b.build("tree", mats, None)


def surroundings(site, mats):
    trees = [tree_mesh(site.seed + i, mats) for i in range(2)]
    g = np.random.default_rng(site.seed + 9)
    for i, (x, y, scale) in enumerate(site.trees):
        place("tree", trees[i % 2], (x, y, 0), g.uniform(0, 6.28), scale=(scale, scale, scale))
    b = MeshBuilder()
    for x0, y0, x1, y1, h in site.hedges:
        b.box((x0, y0, 0), (x1, y1, h), "hedge")
        for _ in range(int(5 * (x1 - x0 + y1 - y0))):
            b.ellipsoid((g.uniform(x0, x1), g.uniform(y0, y1), h - 0.05), (0.45, 0.4, g.uniform(0.12, 0.3)), "hedge", 4, 6)
    for x0, y0, x1, y1, h, wall in site.buildings:
        b.box((x0, y0, 0), (x1, y1, h), wall)
        b.box((x0 - 0.2, y0 - 0.2, h), (x1 + 0.2, y1 + 0.2, h + 0.35), "roof")
        for z in np.arange(1.2, h - 1.4, 3.0):
            for y in np.arange(y0 + 1.0, y1 - 1.5, 2.6):
                b.box((x0 - 0.03, y, z), (x0 + 0.02, y + 1.5, z + 1.4), "glass")
            for x in np.arange(x0 + 1.0, x1 - 1.5, 2.6):
                b.box((x, y0 - 0.03, z), (x + 1.5, y0 + 0.02, z + 1.4), "glass")
    place("surroundings", b.build("surroundings", mats, None))


def parked_cars(site, fleet):
    for i, (model, colour, x, y, heading) in enumerate(site.parked):
        v = fleet.make(model, colour, f"parked {i}")
        v.body.location, v.body.rotation_euler = (x, y, 0), (0, 0, math.radians(heading))


class Barriers:
    """Both arms; each opens when something in its lane comes near and closes behind it, unless they stay up."""

    def __init__(self, site, mats, trips, t0, t1):
        self.x, self.arms, self.still = site.barrier_x, [], site.arms_open
        b = MeshBuilder()
        for i in range(8):
            b.box((-0.035, 0.1 + i * 0.5, -0.06), (0.035, 0.6 + i * 0.5, 0.06), "red" if i % 2 else "white")
        b.box((-0.08, -0.5, -0.09), (0.08, 0.1, 0.09), "trim")
        mesh = b.build("arm", mats, None)
        for s in (-1, 1):
            self.arms.append(place("arm", mesh, (self.x, s * (ROAD + 0.1), 1.0), 0 if s < 0 else math.pi))
        self.t = np.arange(t0, t1, 1 / 60)
        self.angles = []
        for s in (-1, 1):
            want = np.full(len(self.t), float(self.still))
            for trip in trips:
                for i, t in enumerate(self.t[::6]):
                    p = trip.pose(t)
                    ahead = (p.x - self.x) * -s        # < 0 before the barrier in the lane's direction
                    if -13 < ahead < 4.2 and 0 < p.y * s < 3.4 and math.cos(p.heading) * -s > 0.5:
                        want[i * 6:i * 6 + 6] = 1
            a, f = [], want[0]
            for w in want:
                f = min(max(f + (1 if w else -1) / 60 / 1.3, 0), 1)
                a.append(BARRIER_UP * (f * f * (3 - 2 * f)))
            self.angles.append(np.array(a))

    def angle(self, lane, t):
        return float(np.interp(t, self.t, self.angles[lane]))

    def move(self, t):
        for lane, arm in enumerate(self.arms):
            arm.rotation_euler = (self.angle(lane, t), 0, arm.rotation_euler[2])

    def points(self, lane, t):
        """Ends of an arm in the world, with some thickness."""
        s, a = (-1, 1)[lane], self.angle(lane, t)
        return np.array([(self.x + dx, s * (ROAD + 0.1) - s * r * math.cos(a), 1.0 + r * math.sin(a)) for r in (-0.5, 4.15) for dx in (-0.12, 0.12)])


def light(site):
    elevation, azimuth = map(math.radians, site.sun)
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.angle, lamp.color = site.sun_strength, math.radians(0.8), (1.0, 0.95, 0.87)
    obj = bpy.data.objects.new("sun", lamp)
    obj.rotation_euler = (0, math.pi / 2 - elevation, azimuth + math.pi)
    bpy.context.scene.collection.objects.link(obj)
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    back = tree.nodes["Background"]
    coord, split = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    ramp, noise, mix = tree.nodes.new("ShaderNodeValToRGB"), tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeMix")
    clouds = tree.nodes.new("ShaderNodeMapRange")
    link = tree.links.new
    link(coord.outputs["Generated"], split.inputs[0])
    link(split.outputs[2], ramp.inputs[0])
    e = ramp.color_ramp.elements
    e[0].position, e[0].color = 0.0, (0.62, 0.7, 0.78, 1)
    e[1].position, e[1].color = 0.7, (0.16, 0.32, 0.62, 1)
    link(coord.outputs["Generated"], noise.inputs["Vector"])
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 3.5, 3.0
    link(noise.outputs[0], clouds.inputs["Value"])
    clouds.inputs["From Min"].default_value, clouds.inputs["From Max"].default_value = 0.48, 0.66
    mix.data_type = "RGBA"
    link(clouds.outputs[0], mix.inputs[0])
    link(ramp.outputs[0], mix.inputs[6])
    mix.inputs[7].default_value = (0.9, 0.91, 0.93, 1)
    link(mix.outputs[2], back.inputs[0])
    back.inputs[1].default_value = site.sky_strength


def sun_direction(site):
    """Unit vector in which the sun's light travels."""
    e, a = map(math.radians, site.sun)
    return np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), -math.sin(e)])


class Scene:
    """One clip's scene in Blender: the place, its bodies in motion and the camera."""

    def __init__(self, clip):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.clip, site = clip, clip.site
        mats = materials.library()
        mats["asphalt"] = materials.asphalt((site.seed * 13.7, site.seed * 5.1, 0), site.asphalt_tone)
        fleet = Fleet(mats)
        ground(site, mats)
        road_marks(site, mats)
        gatehouse(site, mats)
        posts(site, mats)
        surroundings(site, mats)
        parked_cars(site, fleet)
        light(site)
        self.barriers = Barriers(site, mats, [t for t in clip.trips if not t.who.startswith("walker")], -1.0, clip.duration + 1)
        self.bodies = []
        for trip in clip.trips:
            if trip.who in people.PEOPLE:
                self.bodies.append((trip, people.make(trip.who, mats, trip.label)))
            else:
                self.bodies.append((trip, fleet.make(trip.who, trip.colour, trip.label)))
        self._camera()

    def _camera(self):
        from mathutils import Matrix
        data = bpy.data.cameras.new("camera")
        data.sensor_fit, data.angle = "HORIZONTAL", math.radians(self.clip.camera.view_angle)
        data.clip_start = 0.05
        obj = bpy.data.objects.new("camera", data)
        obj.matrix_world = Matrix(self.clip.camera.matrix().tolist())
        bpy.context.scene.collection.objects.link(obj)
        bpy.context.scene.camera = obj

    def vehicles(self):
        """(trip, vehicle) of everything that must be counted."""
        return [(t, b) for t, b in self.bodies if hasattr(b, "kind")]

    def pose(self, t):
        """Move everything to where it is at time t."""
        for trip, body in self.bodies:
            body.move(trip.pose(t))
        self.barriers.move(t)

    def empty(self):
        """Move everything that moves out of sight, also the arms unless they stay up: the picture behind it all."""
        for _, body in self.bodies:
            body.body.location = (0, 0, -200)
        self.barriers.move(0)
        if not self.barriers.still:
            for arm in self.barriers.arms:
                arm.location.z = -200

    def filled(self):
        for arm in self.barriers.arms:
            arm.location.z = 1.0
