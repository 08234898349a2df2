"""Draws the ground of a training scene as one picture: grain, tracks, patches, stains, cracks, manholes, puddles, snow.

One look-up in a picture costs Cycles a tenth of what the noise textures of `materials.asphalt` cost. Everything is drawn from a seed.
"""
import math

import bpy
import cv2
import numpy as np

SPAN = 46.0     # m that the picture covers both ways; mirrored beyond
SIZE = 1280     # px a side: 3.6 cm a pixel
CENTRE = (7.0, 0.0)   # m, the place of the picture's middle

TONES = {"asphalt": (0.105, 0.103, 0.1), "new asphalt": (0.04, 0.04, 0.042), "old asphalt": (0.2, 0.195, 0.185), "concrete": (0.36, 0.345, 0.32),
         "paving": (0.27, 0.25, 0.23), "red paving": (0.26, 0.15, 0.11), "gravel": (0.3, 0.27, 0.23), "earth": (0.2, 0.15, 0.1)}


def noise(g, cells):
    """Smooth noise 0..1 with about `cells` bumps along a side."""
    small = g.random((max(2, int(cells)), max(2, int(cells)))).astype(np.float32)
    return np.clip(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), 0, 1)


def pixel(x, y):
    k = SIZE / SPAN
    return int((x - CENTRE[0] + SPAN / 2) * k), int((y - CENTRE[1] + SPAN / 2) * k)


def tracks(g):
    """Strips along the road where wheels run, 0..1: darker when dry, bare in snow."""
    y = (np.arange(SIZE, dtype=np.float32) / SIZE - 0.5) * SPAN + CENTRE[1]
    rows = np.zeros(SIZE, np.float32)
    for lane in (-1.9, 1.9):
        for s in (-0.75, 0.75):
            rows += np.exp(-((y - lane - s - g.normal(0, 0.1)) / g.uniform(0.2, 0.4)) ** 2)
    wobble = (noise(g, 7) - 0.5) * 12
    field = np.repeat(rows[:, None], SIZE, 1)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    return np.clip(cv2.remap(field, xx, yy + wobble, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), 0, 1)


def joints(base, g, kind):
    """Slabs of concrete or stones of paving."""
    k = SIZE / SPAN
    step = {"concrete": g.uniform(3.0, 6.0), "paving": g.uniform(0.25, 0.6), "red paving": 0.22}[kind] * k
    for i in range(int(SIZE / step) + 1):
        p = int(i * step)
        dark = 0.55 if kind == "concrete" else 0.8
        base[p:p + 1] *= dark
        base[:, p:p + 1] *= dark


def wear(base, g, kind):
    """Patches, stains, cracks, tar lines, manhole covers."""
    for _ in range(int(g.integers(0, 5))):                       # repaired rectangles
        x, y = g.integers(0, SIZE, 2)
        w, h = (g.uniform(0.8, 9, 2) * SIZE / SPAN).astype(int)
        base[y:y + h, x:x + w] *= g.uniform(0.55, 1.35)
    spots = np.ones((SIZE, SIZE), np.float32)
    for _ in range(int(g.integers(5, 60))):                      # oil where cars stand
        x, y = pixel(g.uniform(-14, 28), g.choice((-1.9, 1.9, -11.5, 11.5)) + g.normal(0, 0.7)) if g.random() < 0.7 else tuple(int(v) for v in g.integers(0, SIZE, 2))
        r = g.uniform(2, 14)
        cv2.ellipse(spots, (x, y), (int(r * g.uniform(1, 2)), int(r)), float(g.uniform(0, 180)), 0, 360, float(g.uniform(0.25, 0.8)), -1)
    base *= cv2.GaussianBlur(spots, (0, 0), 2.5)[..., None]
    lines = np.ones((SIZE, SIZE), np.float32)
    for _ in range(int(g.integers(0, 14))):                      # cracks and tar
        p, a = g.uniform(0, SIZE, 2), g.uniform(0, 2 * math.pi)
        path = [p]
        for _ in range(int(g.integers(10, 60))):
            a += g.normal(0, 0.35)
            path.append(path[-1] + 9 * np.array((math.cos(a), math.sin(a))))
        cv2.polylines(lines, [np.array(path, np.int32)], False, float(g.uniform(0.15, 0.6)), int(g.integers(1, 4)), cv2.LINE_AA)
    base *= lines[..., None]
    for _ in range(int(g.integers(0, 7))):                       # manhole covers and gullies
        x, y = pixel(g.uniform(-14, 28), g.uniform(-6, 6))
        tone = float(g.uniform(0.03, 0.16))
        if g.random() < 0.6:
            cv2.circle(base, (x, y), 10, (tone * 1.6,) * 3, -1, cv2.LINE_AA)
            cv2.circle(base, (x, y), 8, (tone,) * 3, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(base, (x - 8, y - 6), (x + 8, y + 6), (tone,) * 3, -1)


def draw(g, kind, wet, snow):
    """Albedo (linear RGB) and wetness 0..1, both of SIZE x SIZE; `wet` and `snow` are amounts 0..1."""
    field = noise(g, 16) * 0.5 + noise(g, 50) * 0.5
    grain = g.normal(0, 0.12 if kind != "gravel" else 0.3, (SIZE, SIZE)).astype(np.float32)
    if kind == "gravel":
        grain = cv2.GaussianBlur(grain, (0, 0), 0.8) * 2
    base = np.float32(TONES[kind]) * g.uniform(0.75, 1.3) * (0.75 + 0.5 * field + grain)[..., None]
    if kind in ("concrete", "paving", "red paving"):
        joints(base, g, kind)
    wear(base, g, kind)
    strips = tracks(g)
    base *= (1 + g.uniform(-0.4, 0.15) * strips)[..., None]
    puddles = np.clip((noise(g, 22) * 0.6 + noise(g, 9) * 0.4 + 0.12 * strips - (0.78 - 0.3 * wet)) * 7, 0, 1) if wet else 0
    wetness = np.clip(wet * (0.45 + 0.3 * field) + puddles, 0, 1) if wet else np.zeros((SIZE, SIZE), np.float32)
    base *= (1 - 0.55 * wetness)[..., None]
    if snow:
        cover = noise(g, 60) * 0.35 + noise(g, 300) * 0.25 + 0.75 * snow - g.uniform(0.35, 1.0) * strips
        cover = np.clip((cover - 0.42) * 5, 0, 1)[..., None]
        white = np.float32((0.78, 0.8, 0.84)) * (0.85 + 0.15 * field + 0.3 * grain)[..., None]
        base = base * (1 - cover) + white * cover
        wetness = np.maximum(wetness, 0.5 * (1 - cover[..., 0]) * snow)
    return np.clip(base, 0.004, 0.9), wetness


def material(g, kind, wet=0.0, snow=0.0):
    """The ground as a Blender material, laid over the world's x and y."""
    albedo, wetness = draw(g, kind, wet, snow)
    srgb = np.where(albedo < 0.0031308, albedo * 12.92, 1.055 * np.maximum(albedo, 1e-6) ** (1 / 2.4) - 0.055)
    image = bpy.data.images.new("ground", SIZE, SIZE, alpha=True)
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set(np.dstack([srgb, wetness]).astype(np.float32).ravel())
    image.update()
    image.pack()
    m = bpy.data.materials.new("ground")
    m.use_nodes = True
    tree = m.node_tree
    shader, node, link = tree.nodes["Principled BSDF"], tree.nodes.new, tree.links.new
    place, at, look = node("ShaderNodeNewGeometry"), node("ShaderNodeMapping"), node("ShaderNodeTexImage")
    look.image, look.extension = image, "MIRROR"
    at.inputs["Scale"].default_value = (1 / SPAN, 1 / SPAN, 1)
    at.inputs["Location"].default_value = (0.5 - CENTRE[0] / SPAN, 0.5 - CENTRE[1] / SPAN, 0)
    link(place.outputs["Position"], at.inputs["Vector"])
    link(at.outputs[0], look.inputs["Vector"])
    link(look.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.85
    if wet or snow:
        rough = node("ShaderNodeMapRange")
        rough.inputs["To Min"].default_value, rough.inputs["To Max"].default_value = 0.85, 0.1
        link(look.outputs["Alpha"], rough.inputs["Value"])
        link(rough.outputs[0], shader.inputs["Roughness"])
    return m
