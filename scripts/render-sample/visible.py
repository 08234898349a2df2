"""Boxes of the vehicles of a still scene and how much of each is seen, from their silhouettes and the rendered object index."""
import cv2
import numpy as np

from meshes import mesh_vertices
from truth import world

NEAR = 0.12           # m before the lens nearer than which a face is dropped
HIDDEN = 0.15         # visible share below which a vehicle is to be ignored
SMALL = 8             # px of the longer side below which a box is to be ignored
VEHICLE, IGNORE = 0, 1


class Silhouettes:
    """Outlines of the vehicles in the picture: quickly as a hull, exactly face by face."""

    def __init__(self):
        self.known = {}

    def faces(self, mesh):
        """Vertices, corners of all faces in a row, and where each face starts; kept per mesh."""
        if mesh.name not in self.known:
            faces = [np.array(p.vertices) for p in mesh.polygons]
            starts = np.concatenate([[0], np.cumsum([len(f) for f in faces])])
            self.known[mesh.name] = (mesh_vertices(mesh), np.concatenate(faces), starts)
        return self.known[mesh.name]

    @staticmethod
    def fixed(xy):
        """Pixels with 4 bits below the point, as OpenCV draws them; whole numbers are pixel middles there."""
        return np.clip((xy - 0.5) * 16, -400000, 400000).astype(np.int32)

    def hull(self, points, camera):
        """Filled convex hull of points, 0 or 1; None when some lie behind the lens."""
        xy, z = camera.project(points)
        if z.min() < 0.3:
            return None
        out = np.zeros((camera.size[1], camera.size[0]), np.uint8)
        cv2.fillConvexPoly(out, cv2.convexHull(self.fixed(xy)), 1, cv2.LINE_8, 4)
        return out

    def mask(self, vehicle, pose, camera):
        """The whole vehicle drawn into the picture, 0 or 1; wheels as hulls."""
        out = np.zeros((camera.size[1], camera.size[0]), np.uint8)
        vertices, corners, starts = self.faces(vehicle.body.data)
        xy, z = camera.project(world(vertices, pose))
        xy, near = self.fixed(xy)[corners], np.minimum.reduceat(z[corners], starts[:-1])
        for i in np.nonzero(near > NEAR)[0]:
            cv2.fillConvexPoly(out, xy[starts[i]:starts[i + 1]], 1, cv2.LINE_8, 4)
        for w in vehicle.wheels:
            part = self.hull(world(mesh_vertices(w.data) + np.array(w.location), pose), camera)
            if part is not None:
                out |= part
        return out


def box_of(mask):
    """Box x1, y1, x2, y2 in pixels of a silhouette that the border cuts."""
    ys, xs = np.nonzero(mask)
    return None if len(xs) < 3 else (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)


def labels(placed, camera, index, silhouettes, unseen=()):
    """[(class, box, visible share)] of every vehicle that reaches into the picture; `unseen` are indices drowned in the dark or in fog."""
    out = []
    for vehicle, pose in placed:
        if camera.box(world(vehicle.cloud, pose)) is None:
            continue
        points, seen = world(vehicle.cloud, pose), int((index == vehicle.index).sum())
        hull = silhouettes.hull(points, camera)
        whole = hull is not None and camera.inside(points)
        mask = hull if whole and seen > 0.3 * hull.sum() else silhouettes.mask(vehicle, pose, camera)     # the exact outline only where it matters
        box = camera.box(points) if whole else box_of(mask)
        if box is None:
            continue
        x1, y1, x2, y2 = map(float, box)
        if x2 - x1 < 1.5 or y2 - y1 < 1.5:
            continue
        share = seen / max(int(mask.sum()), 1)
        tiny = max(x2 - x1, y2 - y1) < SMALL or min(x2 - x1, y2 - y1) < 4
        ignore = tiny or share < HIDDEN or vehicle.index in unseen
        out.append((IGNORE if ignore else VEHICLE, (x1, y1, x2, y2), share))
    return out


def lines(found, size):
    """The label file's text: class and box as shares of the picture."""
    w, h = size
    return "".join(f"{k} {(x1 + x2) / 2 / w:.6f} {(y1 + y2) / 2 / h:.6f} {(x2 - x1) / w:.6f} {(y2 - y1) / h:.6f}\n" for k, (x1, y1, x2, y2), _ in found)
