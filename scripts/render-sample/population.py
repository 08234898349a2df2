"""Who is in a view: vehicles in lanes, queues, bays and across the lot, people, cycles and things, each where there is room."""
import math

import numpy as np

import people
import props
import vehicle_models
from lighting import VehicleLamps
from motion import Pose
from scene import BARRIER_UP, LANE
from truth import overlap, world

VEHICLES, PEOPLE, THINGS = 30, 9, 14     # of each kind made per place
MODES = {"none": 0.10, "sparse": 0.33, "queue": 0.2, "parked": 0.12, "dense": 0.13, "scatter": 0.12}
BELOW = -3000.0  # m
FAR = 75.0      # m from the camera beyond which nothing is placed


def footprint(vertices, pose, margin=0.0):
    """The rectangle on the ground, wider by `margin` m."""
    low, high = vertices.min(0)[:2] - margin, vertices.max(0)[:2] + margin
    flat = np.array([(low[0], low[1], 0), (high[0], low[1], 0), (high[0], high[1], 0), (low[0], high[1], 0)])
    return world(flat, pose)[:, :2]


def meets(shape, others):
    """Does a shape overlap one of the others? Those far off are passed over quickly."""
    low, high = shape.min(0), shape.max(0)
    return any((o.max(0) > low).all() and (o.min(0) < high).all() and overlap(shape, o) for o in others)


def square(x, y, half_x, half_y=None):
    hy = half_x if half_y is None else half_y
    return np.array([(x - half_x, y - hy), (x + half_x, y - hy), (x + half_x, y + hy), (x - half_x, y + hy)])


class Population:
    """Everything of a place that may be placed; `arrange` makes one view of it."""

    def __init__(self, place, mats, fleet, rig, barriers, g):
        self.place, self.barriers = place, barriers
        self.vehicles = []
        for i in range(VEHICLES):
            model, colour = vehicle_models.draw(g)
            v = fleet.make(model, colour, f"vehicle {i}")
            v.model, v.cloud, v.lamps = model, v.vertices(), VehicleLamps(v, rig)
            for obj in [v.body, *v.wheels]:
                obj.pass_index = i + 1
            v.index = i + 1
            self.vehicles.append(v)
        names = list(people.PEOPLE)
        self.people = [people.make(names[int(k)], mats, f"person {i}") for i, k in enumerate(g.choice(len(names), PEOPLE, p=(0.16, 0.16, 0.16, 0.27, 0.25)))]
        kinds = list(props.SMALL)
        weights = np.array([{"motorcyclist": 2.5, "motorcycle": 1.5, "scooter": 2, "bicycle": 1.5, "trolley": 2}.get(k, 1) for k in kinds])
        self.things = [(str(k), props.make(str(k), g, mats, f"thing {i}")) for i, k in enumerate(g.choice(kinds, THINGS, p=weights / weights.sum()))]
        s = place.site
        self.fixed = [square((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2) for x0, y0, x1, y1, *_ in s.buildings + s.hedges]
        self.fixed += [square(x, y, 0.3) for x, y, _ in s.trees] + [square(x, y * 1.12, 0.2) for x, y, _ in place.lamps]
        if place.layout != "lot":
            self.fixed += [square(s.barrier_x, q, 0.3) for q in (4.75, -4.75)] + [square(s.gatehouse[0], s.gatehouse[1], 1.9, 1.6)]

    def hide(self):
        """Move everything far below the ground: cheaper than hiding it, after which Cycles would build its mesh anew."""
        for body in [v.body for v in self.vehicles] + [p.body for p in self.people] + [t for _, t in self.things]:
            body.location.z = BELOW
        for v in self.vehicles:
            v.lamps.beam.hide_render = v.lamps.red.hide_render = True

    def spots(self, mode, camera, g):
        """Where vehicles may stand: (x, y, heading, moving?)."""
        out, tx, ty = [], camera.target[0], camera.target[1]
        if mode in ("sparse", "queue", "dense"):
            for lane, heading in ((-LANE, 0.0), (LANE, math.pi)):
                if mode == "sparse" and g.random() < 0.35:
                    continue
                gap = {"sparse": g.uniform(9, 25), "queue": g.uniform(5.2, 7.5), "dense": g.uniform(5.0, 7.0)}[mode]
                x = tx - 22 + g.uniform(0, gap)
                while x < tx + 30:
                    out.append((x, lane + g.normal(0, 0.25), heading + g.normal(0, 0.03), True))
                    x += gap * g.uniform(0.85, 1.3)
        if mode == "sparse":
            lane = int(g.choice((-1, 1)))
            out.append((tx + g.normal(0, 2.5), lane * LANE + g.normal(0, 0.4), 0.0 if lane < 0 else math.pi, True))
        if mode in ("parked", "dense", "scatter") or g.random() < 0.5:
            fill = g.uniform(0.5, 1.0) if mode in ("parked", "dense") else g.uniform(0.1, 0.6)
            for x0, y0, x1, y1, n in self.place.site.bays:
                for i in range(n):
                    if g.random() < fill:
                        along = x1 - x0 > abs(y1 - y0)
                        x = x0 + (x1 - x0) * (i + 0.5) / n if along else (x0 + x1) / 2
                        y = (y0 + y1) / 2 if along else y0 + (y1 - y0) * (i + 0.5) / n
                        out.append((x + g.normal(0, 0.12), y + g.normal(0, 0.2), (math.pi / 2 if along else 0) + math.pi * int(g.integers(2)) + g.normal(0, 0.03), False))
        if mode == "scatter" or (mode == "sparse" and g.random() < 0.4):
            for _ in range(int(g.integers(1, 9))):
                out.append((tx + g.normal(0, 7), ty + g.normal(0, 5), g.uniform(0, 2 * math.pi), True))
        if mode == "queue" and g.random() < 0.6:                 # rows bumper to bumper in the next lanes too
            for y in (-3.6, 0.0, 3.6):
                if g.random() < 0.4:
                    out += [(tx - 20 + i * g.uniform(4.9, 5.6), y, 0.0, True) for i in range(8)]
        order = np.argsort([math.hypot(x - tx, y - ty) + g.uniform(0, 6) for x, y, *_ in out]) if out else []
        return [out[i] for i in order]

    def arrange(self, camera, light, g, crowd=None):
        """Place a random crowd, or the one of MODES that is named; returns [(vehicle, pose)] of what stands in the scene."""
        self.hide()
        mode = crowd or str(g.choice(list(MODES), p=list(MODES.values())))
        taken, placed = list(self.fixed), []
        eye = np.array(camera.position)
        free = [self.vehicles[i] for i in g.permutation(len(self.vehicles))]
        seen = 0
        limit = {"none": 0, "sparse": int(g.integers(1, 5))}.get(mode, VEHICLES)
        for x, y, heading, moving in self.spots(mode, camera, g) if limit else ():
            if not free or seen >= limit:
                break
            pose = Pose(float(x), float(y), float(heading), float(g.normal(0, 0.12)) if moving else 0.0, float(g.uniform(0, 9)))
            for v in free[:3]:
                points = world(v.cloud, pose)
                inside = camera.box(points) is not None
                if np.linalg.norm(points[:, :2].mean(0) - eye[:2]) > FAR or not inside and g.random() < 0.85:
                    continue
                body = footprint(v.cloud, pose, 0.12)
                if meets(body, taken):
                    continue
                if eye[2] < v.cloud[:, 2].max() + 0.5 and overlap(footprint(v.cloud, pose, 0.7), square(eye[0], eye[1], 0.1)):
                    continue
                self._put(v, pose, moving, light, g)
                taken.append(body)
                placed.append((v, pose))
                seen += inside
                free.remove(v)
                break
        self._arms(placed, g)
        self._others(camera, taken, g, 0.75 if mode == "none" else 0.45)
        return placed

    def _put(self, v, pose, moving, light, g):
        v.move(pose)
        on = bool(g.random() < (light.headlights if moving else 0.06))
        dark = light.name in ("night", "infrared", "dusk")
        v.lit = on
        v.lamps.switch(on, bool(moving and g.random() < 0.3), (g.uniform(250, 1400) if dark else 30) if light.name != "infrared" else g.uniform(150, 700))
        if not dark:
            v.lamps.beam.hide_render = v.lamps.red.hide_render = True

    def _arms(self, placed, g):
        """Barrier arms down, up or half way; up where a vehicle stands under one."""
        if self.barriers is None:
            return
        for lane, arm in enumerate(self.barriers.arms):
            angle = BARRIER_UP * float(g.choice((0, 1, g.uniform(0.05, 0.95)), p=(0.55, 0.25, 0.2)))
            s = (-1, 1)[lane]
            reach = square(self.barriers.x, s * 2.3, 0.25, 2.2)
            if any(overlap(footprint(v.cloud, pose, 0.1), reach) for v, pose in placed):
                angle = BARRIER_UP
            arm.rotation_euler = (angle, 0, arm.rotation_euler[2])

    def _others(self, camera, taken, g, many):
        """People and things without boxes, near what the camera looks at."""
        tx, ty = camera.target[:2]
        near = np.array(camera.position[:2])
        for kind, body, move in [("person", p, True) for p in self.people] + [(k, t, False) for k, t in self.things]:
            if g.random() > many * 0.55:
                continue
            for _ in range(4):
                x, y, heading = tx + g.normal(0, 5), ty + g.normal(0, 4.5), g.uniform(0, 2 * math.pi)
                if g.random() < 0.3:                             # closer to the lens
                    x, y = np.array((x, y)) + (near - (x, y)) * g.uniform(0.2, 0.7)
                if kind in ("motorcyclist", "scooter") and g.random() < 0.7:
                    y, heading = g.choice((-LANE, LANE)) + g.normal(0, 0.5), g.choice((0, math.pi)) + g.normal(0, 0.1)
                spot = square(x, y, 0.55)
                if meets(spot, taken) or math.hypot(*(near - (x, y))) < 1.5:
                    continue
                taken.append(spot)
                if move:
                    body.move(Pose(float(x), float(y), float(heading), 0.0, float(g.uniform(0, 5))))
                    size = g.uniform(0.85, 1.08)
                    body.body.scale = (size, size, size)
                else:
                    body.location, body.rotation_euler = (x, y, 0), (0, 0, heading)
                break
