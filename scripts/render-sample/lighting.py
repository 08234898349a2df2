"""Light for the training scenes: sun, sky, street lamps, the lamps of vehicles, a camera's infrared lamp.

Strengths are Blender's (sun W/m2, lamps W); only their ratios matter, since the picture's exposure is set afterwards.
"""
import math
from dataclasses import dataclass

import bpy

import materials
import scene


@dataclass(frozen=True)
class Light:
    """The light of one view."""
    name: str             # day, overcast, dusk, night, infrared
    elevation: float      # of the sun, degrees
    azimuth: float        # degrees
    sun: float            # W/m2
    warm: float           # 0..1, how orange the sun is
    sky: float            # strength
    horizon: tuple        # linear colours of the sky
    zenith: tuple
    clouds: float         # 0..1
    lamps: float          # W of a street lamp
    headlights: float     # share of moving vehicles with lamps on


def draw(g, weather):
    """A random light that goes with the weather."""
    dull = weather in ("rain", "snow", "fog")
    name = str(g.choice(["day", "overcast", "dusk", "night", "infrared"], p=[0.12, 0.42, 0.13, 0.25, 0.08] if dull else [0.5, 0.15, 0.1, 0.17, 0.08]))
    azimuth = g.uniform(0, 360)
    tint = g.uniform(0.9, 1.1, 3)
    grey = lambda v: tuple(v * tint)
    if name == "day":
        e = g.uniform(4, 16) if g.random() < 0.25 else g.uniform(16, 75)
        return Light(name, e, azimuth, g.uniform(2.5, 6), max(0, 1 - e / 25), g.uniform(0.4, 1.1), (0.62, 0.7, 0.78), (0.16, 0.32, 0.62), g.uniform(0, 1), 0, 0.15 if dull else 0.06)
    if name == "overcast":
        return Light(name, 55, azimuth, g.uniform(0, 0.5), 0, g.uniform(0.7, 1.2), grey(0.8), grey(0.62), 0.9, 0, 0.6 if dull else 0.2)
    if name == "dusk":
        return Light(name, g.uniform(1.5, 6), azimuth, g.uniform(0, 0.5), 1.0, g.uniform(0.12, 0.4), (0.6, 0.36, 0.25), (0.1, 0.14, 0.3), 0.3, g.choice((0, 60, 140)), 0.8)
    if name == "night":
        glow = g.uniform(0.0, 0.012)
        return Light(name, 40, azimuth, 0, 0, glow + 0.0015, (0.7, 0.5, 0.35) if g.random() < 0.6 else (0.4, 0.45, 0.6), (0.15, 0.2, 0.35), 0, g.choice((0, 40, 120, 260), p=(0.15, 0.2, 0.35, 0.3)), 0.9)
    return Light(name, 40, azimuth, 0, 0, g.uniform(0.002, 0.015), grey(0.5), grey(0.4), 0, g.choice((0, 0, 10)), 0.6)


def spot(name, energy, degrees, colour, radius=0.08, blend=0.6):
    lamp = bpy.data.lights.new(name, "SPOT")
    lamp.energy, lamp.spot_size, lamp.color, lamp.shadow_soft_size, lamp.spot_blend = energy, math.radians(degrees), colour, radius, blend
    obj = bpy.data.objects.new(name, lamp)
    bpy.context.scene.collection.objects.link(obj)
    return obj


class Rig:
    """The lights of a place; `set` makes them those of one view."""

    def __init__(self, place, mats):
        scene.light(place.site)
        self.place, self.mats = place, mats
        self.sun = bpy.data.objects["sun"]
        self.world = bpy.context.scene.world
        self.world.cycles.sampling_method = "NONE"
        self.nodes = {n.bl_idname: n for n in self.world.node_tree.nodes}
        self.street = []
        for x, y, z in place.lamps:
            obj = spot("street lamp", 100, 160, (1, 0.7, 0.4), 0.12, 0.4)
            obj.location = (x, y, z - 0.1)
            self.street.append(obj)
        self.camera_lamp = spot("infrared lamp", 100, 70, (1, 1, 1), 0.03, 1.0)
        self.lit = {"headlight": materials.plain("headlight on", (1.0, 0.93, 0.8), 0.1, emission=60), "taillight": materials.plain("taillight on", (1.0, 0.03, 0.015), 0.1, emission=7),
                    "brake": materials.plain("brake light on", (1.0, 0.03, 0.015), 0.1, emission=22)}
        for m in list(self.lit.values()) + [mats[k] for k in ("headlight", "taillight", "lamp", "taxi sign", "lit window")]:
            m.cycles.emission_sampling = "NONE"                     # seen, but not searched for as a source: the spots light the road

    def set(self, light, camera, view_angle, g):
        self.sun.hide_render = light.sun < 0.02
        e, a = math.radians(light.elevation), math.radians(light.azimuth)
        self.sun.rotation_euler = (0, math.pi / 2 - e, a + math.pi)
        self.sun.data.energy, self.sun.data.color = light.sun, (1.0, 0.95 - 0.4 * light.warm, 0.87 - 0.65 * light.warm)
        ramp = self.nodes["ShaderNodeValToRGB"].color_ramp.elements
        ramp[0].color, ramp[1].color = (*light.horizon, 1), (*light.zenith, 1)
        self.nodes["ShaderNodeMapRange"].inputs["To Max"].default_value = light.clouds
        self.nodes["ShaderNodeMix"].inputs[7].default_value = tuple(0.5 * (h + z) + 0.25 for h, z in zip(light.horizon, light.zenith)) + (1,) if light.name in ("day", "overcast") else (*light.horizon, 1)
        self.nodes["ShaderNodeBackground"].inputs[1].default_value = light.sky
        sodium = g.random() < 0.5
        for obj in self.street:
            obj.hide_render = light.lamps <= 0 or g.random() < 0.15
            obj.data.energy = light.lamps * 4 * g.uniform(0.6, 1.5)
            obj.data.color = (1.0, 0.55, 0.2) if sodium else (0.95, 0.97, 1.0)
        glow = 25.0 if light.lamps > 0 else 0.0
        self.mats["lamp"].node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = glow
        dark = light.name in ("night", "infrared")
        for k, v in (("headlight", 0.35), ("taillight", 0.25), ("taxi sign", 0.6)):
            self.mats[k].node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = (0.0 if k != "taxi sign" else 2.0) if dark else v
        self.camera_lamp.hide_render = light.name != "infrared"
        if light.name == "infrared":
            self.camera_lamp.matrix_world = camera
            self.camera_lamp.data.energy = g.uniform(150, 1200)
            self.camera_lamp.data.spot_size = math.radians(min(view_angle * g.uniform(0.9, 1.6) + 15, 165))


class VehicleLamps:
    """Head and tail lamps of one vehicle that can be switched on."""

    def __init__(self, vehicle, rig):
        self.rig, self.body = rig, vehicle.body
        self.slots = {}
        for i, m in enumerate(self.body.data.materials):
            for name in ("headlight", "taillight"):
                if m == rig.mats[name]:
                    self.slots[name] = i
        shape = vehicle.shape
        self.beam = spot(vehicle.body.name + " beam", 0, 75, (1.0, 0.92, 0.78), 0.25, 0.8)
        self.beam.parent = self.body
        self.beam.location, self.beam.rotation_euler = (shape.front + 0.15, 0, 0.72), (0, -math.radians(83), 0)
        self.red = spot(vehicle.body.name + " tail", 0, 150, (1.0, 0.04, 0.02), 0.3, 1.0)
        self.red.parent = self.body
        rear = min(shape.rear, float(min(v.co.x for v in self.body.data.vertices)))
        self.red.location, self.red.rotation_euler = (rear - 0.12, 0, 0.8), (0, math.radians(75), 0)

    def switch(self, on, brake, power):
        """Lamps on or off; `power` (W) is that of both headlights together."""
        for name, i in self.slots.items():
            slot = self.body.material_slots[i]
            lit = on or (brake and name == "taillight")
            if lit:
                slot.link = "OBJECT"
                slot.material = self.rig.lit["brake" if brake and name == "taillight" else name]
            else:
                slot.link = "DATA"
        self.beam.hide_render, self.beam.data.energy = not on, power
        self.red.hide_render, self.red.data.energy = not (on or brake), 12.0 if brake else 4.0
