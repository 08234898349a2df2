"""Turns the daylight of a recording's place into night: no sun, a town's glow in the sky, the street lamps lit."""
import bpy

from lighting import spot
from scene import LAMP_POSTS

EXPOSURE = 2.0               # stops; the gain that the picture's noise stands for
GLOW = 0.02                 # strength of the sky
LAMP_W = 900.0
LAMP_COLOUR = (1.0, 0.78, 0.52)


def fall(site):
    """Make it night in the scene that is built: call it once, before anything is rendered."""
    bpy.data.objects["sun"].hide_render = True
    for name in ("headlight", "taillight"):             # of cars that are parked
        bpy.data.materials[name].node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = 0.0
    back = bpy.context.scene.world.node_tree.nodes["Background"]
    for link in list(back.inputs[0].links):
        bpy.context.scene.world.node_tree.links.remove(link)
    back.inputs[0].default_value, back.inputs[1].default_value = (0.5, 0.42, 0.36, 1), GLOW
    for where in [(site.barrier_x + x, y * 0.85, 6.0) for x, y in LAMP_POSTS] + list(site.lamps):
        spot("street lamp", LAMP_W, 160, LAMP_COLOUR, 0.12, 0.4).location = where
