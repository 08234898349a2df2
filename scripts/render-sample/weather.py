"""Rain, snow and fog: on the surfaces (wet, under snow) and in the air (fog by depth, streaks of rain, flakes)."""
import math

import cv2
import numpy as np


def under_snow(mats, names, cover):
    """Lay snow on the upward faces of materials; `cover` 0..1 says how steep a face still keeps it."""
    for name in names:
        m = mats[name]
        tree = m.node_tree
        shader, node, link = tree.nodes["Principled BSDF"], tree.nodes.new, tree.links.new
        geometry, split, ramp, mix = node("ShaderNodeNewGeometry"), node("ShaderNodeSeparateXYZ"), node("ShaderNodeMapRange"), node("ShaderNodeMix")
        link(geometry.outputs["Normal"], split.inputs[0])
        link(split.outputs[2], ramp.inputs["Value"])
        ramp.inputs["From Min"].default_value, ramp.inputs["From Max"].default_value = 0.95 - 0.4 * cover, 1.0 - 0.3 * cover
        mix.data_type = "RGBA"
        link(ramp.outputs[0], mix.inputs[0])
        base = shader.inputs["Base Color"]
        if base.links:
            link(base.links[0].from_socket, mix.inputs[6])
        else:
            mix.inputs[6].default_value = base.default_value
        mix.inputs[7].default_value = (0.78, 0.8, 0.84, 1)
        link(mix.outputs[2], base)
        if not shader.inputs["Coat Weight"].links and shader.inputs["Coat Weight"].default_value > 0:
            coat = node("ShaderNodeMath")
            coat.operation = "SUBTRACT"
            coat.inputs[0].default_value = 1.0
            link(ramp.outputs[0], coat.inputs[1])
            link(coat.outputs[0], shader.inputs["Coat Weight"])


def wet(mats, names, amount):
    """Darken and smooth what stands in the rain."""
    for name in names:
        shader = mats[name].node_tree.nodes["Principled BSDF"].inputs
        shader["Roughness"].default_value *= 1 - 0.6 * amount
        if not shader["Base Color"].links:
            shader["Base Color"].default_value = (*[c * (1 - 0.35 * amount) for c in shader["Base Color"].default_value[:3]], 1)


GROUND = ("grass", "hedge", "leaf", "bark", "kerb", "paving", "concrete", "roof", "wall", "wall dark", "road paint")


def dress(place, mats, paints, g):
    """Make the materials of a place wet or snowy; `paints` are those of its vehicles, of which some stood outside overnight."""
    if place.snow:
        under_snow(mats, ("grass", "hedge", "leaf", "kerb", "paving", "concrete", "roof", "wood", "cloth cover", "cargo", "chassis"), place.snow)
        under_snow(paints, [k for k in paints if g.random() < 0.35], place.snow)
        if place.snow > 0.5:
            under_snow(mats, ("road paint",), 1.0)
    if place.weather == "rain":
        wet(mats, GROUND, place.wet)


def fog(rgb, depth, g, strength):
    """Lay fog between the camera and things; `strength` is the share of light lost in 30 m. Returns picture and transmission."""
    beta = -math.log(max(1 - strength, 0.02)) / 30
    through = np.exp(-beta * np.minimum(depth, 300))[..., None]
    light = np.percentile(rgb.reshape(-1, 3), 75, axis=0) * g.uniform(0.8, 1.3)
    light = 0.75 * light.mean() + 0.25 * light
    return rgb * through + light.astype(np.float32) * (1 - through), through[..., 0]


def streaks(shape, g, amount, snow):
    """Rain streaks or flakes before the lens as a mask 0..1."""
    h, w = shape
    mask = np.zeros((h, w), np.float32)
    slant = g.normal(0, 0.15)
    for _ in range(int(amount * (220 if snow else 160))):
        x, y = g.uniform(0, w), g.uniform(0, h)
        if snow:
            r = g.exponential(0.8) + 0.4
            cv2.ellipse(mask, (int(x * 8), int(y * 8)), (int(r * 8), int(r * 8 * g.uniform(1, 2.2))), math.degrees(slant), 0, 360, float(g.uniform(0.3, 0.9)), -1, cv2.LINE_AA, 3)
        else:
            n = g.uniform(4, 26)
            cv2.line(mask, (int(x), int(y)), (int(x + slant * n), int(y + n)), float(g.uniform(0.04, 0.22)), 1, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (0, 0), 0.7)
