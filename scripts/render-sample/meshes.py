"""Building Blender meshes from plain lists: boxes, ellipsoids, cylinders and lofted surfaces, many parts in one mesh."""
import math

import bpy
import numpy as np


class MeshBuilder:
    """Collects vertices and faces of several parts; every face carries the name of its material."""

    def __init__(self):
        self.vertices, self.faces, self.face_materials, self.materials = [], [], [], []

    def _slot(self, material):
        if material not in self.materials:
            self.materials.append(material)
        return self.materials.index(material)

    def add(self, vertices, faces, material):
        """Add a part. `material` is one name for all faces or a list with one name per face."""
        base = len(self.vertices)
        self.vertices.extend(tuple(map(float, v)) for v in vertices)
        names = material if isinstance(material, list) else [material] * len(faces)
        for face, name in zip(faces, names):
            self.faces.append(tuple(base + i for i in face))
            self.face_materials.append(self._slot(name))

    def box(self, low, high, material, turn=None):
        """Axis-parallel box from corner `low` to corner `high`; `turn` is a function applied to every corner."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        v = [(x, y, z) for z in (z0, z1) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        if turn:
            v = [turn(p) for p in v]
        self.add(v, [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)], material)

    def ellipsoid(self, centre, radii, material, rings=8, segments=12):
        """Ellipsoid with axis-parallel radii."""
        v = [(centre[0], centre[1], centre[2] - radii[2])]
        for i in range(1, rings):
            p = -math.pi / 2 + math.pi * i / rings
            for j in range(segments):
                a = 2 * math.pi * j / segments
                v.append((centre[0] + radii[0] * math.cos(p) * math.cos(a), centre[1] + radii[1] * math.cos(p) * math.sin(a),
                          centre[2] + radii[2] * math.sin(p)))
        v.append((centre[0], centre[1], centre[2] + radii[2]))
        f, n = [], segments
        for j in range(n):
            f.append((0, 1 + (j + 1) % n, 1 + j))
            f.append((len(v) - 1, len(v) - 1 - n + j, len(v) - 1 - n + (j + 1) % n))
            for i in range(rings - 2):
                a = 1 + i * n
                f.append((a + j, a + (j + 1) % n, a + n + (j + 1) % n, a + n + j))
        self.add(v, f, material)

    def tube(self, start, end, radius, material, segments=10, end_radius=None):
        """Closed cylinder or cone frustum from point `start` to point `end`."""
        a, b = np.array(start, float), np.array(end, float)
        d = (b - a) / np.linalg.norm(b - a)
        u = np.cross(d, (0, 0, 1.0) if abs(d[2]) < 0.9 else (1.0, 0, 0))
        u /= np.linalg.norm(u)
        w = np.cross(d, u)
        v = []
        for p, r in ((a, radius), (b, radius if end_radius is None else end_radius)):
            v += [p + r * (math.cos(t) * u + math.sin(t) * w) for t in np.linspace(0, 2 * math.pi, segments, endpoint=False)]
        n = segments
        f = [(j, (j + 1) % n, n + (j + 1) % n, n + j) for j in range(n)] + [tuple(range(n))[::-1], tuple(range(n, 2 * n))]
        self.add(v, f, material)

    def build(self, name, materials, smooth_angle=38.0):
        """Make the Blender mesh; `materials` maps names to materials; edges sharper than `smooth_angle` degrees stay sharp."""
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(self.vertices, [], self.faces)
        for m in self.materials:
            mesh.materials.append(materials[m])
        mesh.polygons.foreach_set("material_index", self.face_materials)
        mesh.validate()
        if smooth_angle:
            mesh.shade_smooth()
            mesh.set_sharp_from_angle(angle=math.radians(smooth_angle))
        mesh.update()
        return mesh


def place(name, mesh, location=(0, 0, 0), heading=0.0, parent=None, scale=None):
    """Put `mesh` into the scene as an object turned by `heading` radians about the vertical."""
    obj = bpy.data.objects.new(name, mesh)
    obj.location, obj.rotation_euler = location, (0, 0, heading)
    if scale is not None:
        obj.scale = scale
    obj.parent = parent
    bpy.context.scene.collection.objects.link(obj)
    return obj


def mesh_vertices(mesh):
    """All vertices of a mesh, in its own coordinates, as an array of shape (n, 3)."""
    out = np.empty(len(mesh.vertices) * 3)
    mesh.vertices.foreach_get("co", out)
    return out.reshape(-1, 3)
