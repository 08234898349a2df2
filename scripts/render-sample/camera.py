"""A pinhole camera: the same numbers for Blender and for the exact boxes."""
import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Position, point looked at, horizontal angle of view (degrees), picture size."""
    position: tuple
    target: tuple
    view_angle: float
    size: tuple = (640, 360)
    up: tuple = (0.0, 0.0, 1.0)

    def axes(self):
        """Unit vectors right, up, forward."""
        f = np.array(self.target, float) - self.position
        f /= np.linalg.norm(f)
        r = np.cross(f, self.up)
        r /= np.linalg.norm(r)
        return r, np.cross(r, f), f

    def project(self, points):
        """World points (n, 3) to pixels (n, 2) and depth (n,)."""
        r, u, f = self.axes()
        d = np.asarray(points, float) - np.array(self.position)
        z = d @ f
        k = self.size[0] / 2 / math.tan(math.radians(self.view_angle) / 2)
        zz = np.maximum(z, 0.3)
        return np.stack([self.size[0] / 2 + k * (d @ r) / zz, self.size[1] / 2 - k * (d @ u) / zz], -1), z

    def box(self, points):
        """Box x1, y1, x2, y2 of points, clipped to the picture; None when nothing is seen."""
        xy, z = self.project(points)
        xy = xy[z > 0.3]
        if not len(xy):
            return None
        low, high = np.clip(xy.min(0), 0, self.size), np.clip(xy.max(0), 0, self.size)
        return None if (high - low).min() < 1 else (*low, *high)

    def inside(self, points):
        """Do all points lie within the picture?"""
        xy, z = self.project(points)
        return bool(z.min() > 0.3 and xy.min() >= 0 and xy[:, 0].max() <= self.size[0] and xy[:, 1].max() <= self.size[1])

    def matrix(self):
        """4x4 camera-to-world matrix as Blender wants it (looks along its -z)."""
        r, u, f = self.axes()
        m = np.eye(4)
        m[:3, 0], m[:3, 1], m[:3, 2], m[:3, 3] = r, u, -f, self.position
        return m
