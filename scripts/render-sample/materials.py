"""All surfaces of the scene, made of Blender's procedural textures (no pictures are loaded)."""
import bpy


class Nodes:
    """Small helper to write a shader's node graph in a few lines."""

    def __init__(self, material):
        self.tree = material.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]

    def node(self, kind, settings=None, **inputs):
        n = self.tree.nodes.new(kind)
        for k, v in (settings or {}).items():
            setattr(n, k, v)
        for k, v in inputs.items():
            self.set(n.inputs[int(k[1:]) if k[0] == "i" and k[1:].isdigit() else k.replace("_", " ")], v)
        return n

    def set(self, socket, value):
        if hasattr(value, "links"):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def place(self, scale=(1, 1, 1), shift=(0, 0, 0)):
        """World position, scaled and shifted."""
        geometry = self.node("ShaderNodeNewGeometry")
        return self.node("ShaderNodeMapping", Vector=geometry.outputs["Position"], Scale=scale, Location=shift).outputs[0]

    def noise(self, where, scale, detail=2.0):
        return self.node("ShaderNodeTexNoise", Vector=where, Scale=scale, Detail=detail).outputs[0]

    def ramp(self, value, low, high, to_low=0.0, to_high=1.0):
        """`value` from low..high to to_low..to_high, clamped."""
        return self.node("ShaderNodeMapRange", Value=value, From_Min=low, From_Max=high, To_Min=to_low, To_Max=to_high).outputs[0]

    def math(self, operation, a, b):
        return self.node("ShaderNodeMath", dict(operation=operation), i0=a, i1=b).outputs[0]

    def mix(self, factor, a, b, blend="MIX"):
        """Mix two colours."""
        n = self.node("ShaderNodeMix", dict(data_type="RGBA", blend_type=blend))
        self.set(n.inputs[0], factor)
        self.set(n.inputs[6], a)
        self.set(n.inputs[7], b)
        return n.outputs[2]


def rgb(r, g, b):
    return (r, g, b, 1.0)


def plain(name, colour, roughness=0.6, metallic=0.0, coat=0.0, emission=0.0):
    """A surface of one colour."""
    m = bpy.data.materials.new(name)
    m.use_nodes = True
    s = m.node_tree.nodes["Principled BSDF"].inputs
    s["Base Color"].default_value = rgb(*colour)
    s["Roughness"].default_value = roughness
    s["Metallic"].default_value = metallic
    s["Coat Weight"].default_value = coat
    s["Coat Roughness"].default_value = 0.04
    if emission:
        s["Emission Color"].default_value = rgb(*colour)
        s["Emission Strength"].default_value = emission
    return m


def paint(name, colour, metallic=0.25):
    """Car paint: a coloured base under clear lacquer."""
    return plain(name, colour, roughness=0.38, metallic=metallic, coat=1.0)


def asphalt(shift=(0, 0, 0), tone=1.0):
    """Worn asphalt: grain, light and dark fields, wheel tracks along x, stains, cracks."""
    m = plain("asphalt", (0.1, 0.1, 0.1), 0.85)
    n = Nodes(m)
    at = n.place(shift=shift)
    grain = n.noise(at, 28.0, 1.0)
    field = n.noise(at, 0.35, 3.0)
    base = n.mix(n.ramp(field, 0.3, 0.7), rgb(0.105 * tone, 0.103 * tone, 0.1 * tone), rgb(0.165 * tone, 0.16 * tone, 0.15 * tone))
    base = n.mix(n.ramp(grain, 0.35, 0.65, 0.0, 0.38), base, rgb(0.25, 0.245, 0.23))
    streak = n.noise(n.place((0.06, 1.3, 1), shift), 1.0, 2.0)
    base = n.mix(n.ramp(streak, 0.5, 0.72, 0.0, 0.5), base, rgb(0.055, 0.055, 0.056))
    stain = n.noise(n.place((1, 1, 1), (shift[0] + 31, shift[1] + 7, 0)), 0.9, 2.0)
    base = n.mix(n.ramp(stain, 0.66, 0.72, 0.0, 0.65), base, rgb(0.04, 0.038, 0.036))
    warp = n.node("ShaderNodeTexNoise", Vector=at, Scale=1.2, Detail=2.0).outputs["Color"]
    bent = n.node("ShaderNodeVectorMath", dict(operation="ADD"), i0=at, i1=warp).outputs[0]
    crack = n.node("ShaderNodeTexVoronoi", dict(feature="DISTANCE_TO_EDGE"), Vector=bent, Scale=0.22).outputs["Distance"]
    line = n.math("MULTIPLY", n.ramp(crack, 0.0, 0.007, 0.85, 0.0), n.ramp(field, 0.42, 0.56))
    base = n.mix(line, base, rgb(0.025, 0.025, 0.025))
    n.set(n.shader.inputs["Base Color"], base)
    return m


def mottled(name, dark, light, scale, roughness=0.9, detail=3.0):
    """Two colours mixed by noise: grass, hedges, paving, bark, concrete."""
    m = plain(name, dark, roughness)
    n = Nodes(m)
    n.set(n.shader.inputs["Base Color"], n.mix(n.ramp(n.noise(n.place(), scale, detail), 0.3, 0.7), rgb(*dark), rgb(*light)))
    return m


def road_paint(name="road paint"):
    """White lane paint, worn through to the asphalt in places."""
    m = plain(name, (0.6, 0.6, 0.58), 0.7)
    n = Nodes(m)
    worn = n.ramp(n.noise(n.place(), 5.0, 5.0), 0.52, 0.66, 0.0, 0.85)
    n.set(n.shader.inputs["Base Color"], n.mix(worn, rgb(0.62, 0.62, 0.6), rgb(0.14, 0.138, 0.13)))
    return m


def bricks(name, a, b, mortar, scale):
    m = plain(name, a, 0.9)
    n = Nodes(m)
    t = n.node("ShaderNodeTexBrick", Vector=n.place(), Color1=rgb(*a), Color2=rgb(*b), Mortar=rgb(*mortar), Scale=scale, Mortar_Size=0.012)
    n.set(n.shader.inputs["Base Color"], t.outputs[0])
    return m


def library():
    """Every material by the name that the asset builders use (paints are made per vehicle)."""
    make = {
        "glass": plain("glass", (0.012, 0.014, 0.016), 0.04, coat=0.6),
        "trim": plain("trim", (0.018, 0.018, 0.019), 0.5),
        "grille": plain("grille", (0.008, 0.008, 0.008), 0.35),
        "rubber": plain("rubber", (0.014, 0.014, 0.014), 0.8),
        "rim": plain("rim", (0.45, 0.45, 0.46), 0.3, metallic=0.8),
        "chrome": plain("chrome", (0.7, 0.7, 0.7), 0.12, metallic=1.0),
        "headlight": plain("headlight", (0.85, 0.87, 0.9), 0.08, metallic=0.4, coat=1.0, emission=0.35),
        "taillight": plain("taillight", (0.5, 0.01, 0.01), 0.12, coat=1.0, emission=0.25),
        "indicator": plain("indicator", (0.8, 0.28, 0.02), 0.2, coat=1.0),
        "plate": plain("plate", (0.75, 0.75, 0.7), 0.4),
        "plate text": plain("plate text", (0.03, 0.03, 0.03), 0.5),
        "cargo": mottled("cargo", (0.62, 0.62, 0.6), (0.72, 0.72, 0.7), 1.2, 0.45),
        "cargo stripe": plain("cargo stripe", (0.02, 0.12, 0.4), 0.4),
        "chassis": plain("chassis", (0.02, 0.02, 0.022), 0.7),
        "grass": mottled("grass", (0.035, 0.07, 0.014), (0.11, 0.15, 0.04), 3.0, detail=6.0),
        "hedge": mottled("hedge", (0.012, 0.035, 0.008), (0.06, 0.11, 0.025), 7.0, detail=4.0),
        "leaf": mottled("leaf", (0.03, 0.075, 0.012), (0.09, 0.16, 0.03), 1.5, 0.6, 1.0),
        "bark": mottled("bark", (0.05, 0.035, 0.025), (0.12, 0.09, 0.065), 9.0),
        "kerb": mottled("kerb", (0.3, 0.3, 0.29), (0.42, 0.41, 0.39), 4.0, detail=4.0),
        "paving": bricks("paving", (0.3, 0.27, 0.25), (0.36, 0.33, 0.3), (0.15, 0.14, 0.13), 2.5),
        "road paint": road_paint(),
        "wall": mottled("wall", (0.52, 0.5, 0.45), (0.6, 0.58, 0.52), 1.0),
        "wall dark": bricks("wall dark", (0.24, 0.09, 0.06), (0.3, 0.13, 0.09), (0.3, 0.28, 0.26), 3.0),
        "roof": plain("roof", (0.09, 0.09, 0.1), 0.6),
        "steel": plain("steel", (0.32, 0.33, 0.34), 0.35, metallic=0.7),
        "yellow": plain("yellow", (0.75, 0.42, 0.02), 0.5),
        "white": plain("white", (0.78, 0.78, 0.76), 0.45),
        "red": plain("red", (0.55, 0.015, 0.012), 0.45),
        "sign blue": plain("sign blue", (0.01, 0.09, 0.4), 0.4),
        "skin": plain("skin", (0.5, 0.3, 0.21), 0.6),
        "hair": plain("hair", (0.03, 0.02, 0.012), 0.6),
        "jeans": plain("jeans", (0.03, 0.05, 0.12), 0.9),
        "dark cloth": plain("dark cloth", (0.025, 0.025, 0.03), 0.9),
        "green cloth": plain("green cloth", (0.04, 0.16, 0.07), 0.9),
        "red cloth": plain("red cloth", (0.4, 0.03, 0.03), 0.9),
        "sand cloth": plain("sand cloth", (0.42, 0.33, 0.2), 0.9),
    }
    return make
