"""Draws cameras as they hang at gates: low and oblique, steep, straight down; wide and narrow; slightly rolled."""
import math

import bpy
import numpy as np

from camera import Camera

WIDTH = 8.0     # m
SIZES = ((448, 252), (448, 336), (336, 448), (448, 448))


def tilt_name(degrees):
    """oblique, steep or overhead, by the angle below the horizon."""
    return "oblique" if degrees < 42 else "steep" if degrees < 68 else "overhead"


def draw(g, place):
    """A camera and its angle below the horizon (degrees)."""
    size = SIZES[int(g.choice(4, p=(0.78, 0.1, 0.07, 0.05)))]
    kind = g.choice(3, p=(0.58, 0.22, 0.20))
    down = (g.uniform(8, 42), g.uniform(42, 68), g.uniform(68, 90))[int(kind)]
    height = g.uniform(2.5, 8)
    r = g.random()
    if r < 0.06:
        height = g.uniform(1.8, 2.5)
    elif r < 0.16 or (kind == 2 and r < 0.5):
        height = g.uniform(8, 13)
    if kind == 2:
        height = max(height, 5.0)
    angle = g.uniform(40, 110) if g.random() < 0.5 else g.uniform(50, 85)
    if size[0] < size[1]:
        angle = min(angle, 75)
    wide = 2 * height / math.sin(math.radians(down)) * math.tan(math.radians(angle) / 2)     # m of ground across the picture's middle
    if wide < WIDTH and g.random() < 0.85:                     # else mostly pictures of bare ground or of one door
        height = min(height * WIDTH / wide * g.uniform(1, 1.5), 13)
    reach = min(height / math.tan(math.radians(down)), 40) if down < 89.5 else 0.0
    target = np.array((g.uniform(-9, 12), g.normal(0, 2.2), g.uniform(0, 1.0) if kind == 0 else 0.0))
    if place.layout == "lot":
        target[:2] += (g.uniform(0, 15), g.normal(0, 4))
    around = g.uniform(0, 2 * math.pi)
    if kind == 0 and g.random() < 0.65:                       # most cameras look along the road, from one side
        around = g.choice((0, math.pi)) + g.normal(0, 0.45)
    position = target + (reach * math.cos(around), reach * math.sin(around), 0)
    position[2] = height
    if kind == 2 and down > 86:
        target[:2] = position[:2]
        target[2] = 0
    roll = math.radians(g.normal(0, 2.5))
    forward = (target - position) / np.linalg.norm(target - position)
    turn = g.uniform(0, 2 * math.pi) if g.random() < 0.5 else g.choice((0, math.pi / 2, math.pi, -math.pi / 2)) + g.normal(0, 0.06)
    base = np.array((0.0, 0.0, 1.0)) if abs(forward[2]) < 0.985 else np.array((math.cos(turn), math.sin(turn), 0.0))
    right = np.cross(forward, base)
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    up = math.cos(roll) * up + math.sin(roll) * right
    return Camera(tuple(map(float, position)), tuple(map(float, target)), float(angle), size, tuple(map(float, up))), math.degrees(math.asin(-forward[2]))


def blocked(camera):
    """Does something stand close before the lens (a wall, a crown of leaves)?"""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    r, u, f = camera.axes()
    k, near = math.tan(math.radians(camera.view_angle) / 2), 0
    far = np.linalg.norm(np.array(camera.target) - camera.position)
    points = [(a, b) for a in (-0.7, -0.25, 0.25, 0.7) for b in (-0.7, -0.2, 0.35)]
    for a, b in points:
        d = f + r * k * a + u * k * b * camera.size[1] / camera.size[0]
        hit, where, *_ = bpy.context.scene.ray_cast(depsgraph, camera.position, tuple(d / np.linalg.norm(d)))
        if hit and np.linalg.norm(np.array(where) - camera.position) < min(0.45 * far, 5.0):
            near += 1
    return near > 2


def apply(camera):
    """Make Blender's camera that of `camera`; returns its matrix."""
    from mathutils import Matrix
    obj = bpy.context.scene.camera
    if obj is None:
        data = bpy.data.cameras.new("camera")
        data.sensor_fit, data.clip_start = "HORIZONTAL", 0.05
        obj = bpy.data.objects.new("camera", data)
        bpy.context.scene.collection.objects.link(obj)
        bpy.context.scene.camera = obj
    obj.data.angle = math.radians(camera.view_angle)
    obj.matrix_world = Matrix(camera.matrix().tolist())
    s = bpy.context.scene
    s.render.resolution_x, s.render.resolution_y = camera.size
    return obj.matrix_world.copy()
