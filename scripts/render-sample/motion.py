"""Paths on the ground and how a body moves along them: everything that moves gets its place from time alone."""
import math
from dataclasses import dataclass, field

import numpy as np

STEP_M = 0.05   # distance between the points of a path
STEP_S = 1 / 240  # step of the integration of speed over time


class Path:
    """A line on the ground through `points`, its corners rounded with `radius`; a place is a length from the start."""

    def __init__(self, points, radius=6.0):
        p = [np.array(q, float) for q in points]
        out = [p[0]]
        for a, b, c in zip(p, p[1:], p[2:]):
            u, v = (a - b) / np.linalg.norm(a - b), (c - b) / np.linalg.norm(c - b)
            half = math.acos(np.clip(u @ v, -1, 1)) / 2
            r = radius
            reach = min(r / max(math.tan(half), 1e-6), 0.49 * np.linalg.norm(a - b), 0.49 * np.linalg.norm(c - b))
            # a quadratic arc from b+u*reach to b+v*reach is close to a clothoid pair: curvature starts and ends softly
            for t in np.linspace(0, 1, 24):
                out.append((1 - t) ** 2 * (b + u * reach) + 2 * t * (1 - t) * b + t * t * (b + v * reach))
        out.append(p[-1])
        out = np.array(out)
        s = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(out, axis=0).T))])
        self.length = float(s[-1])
        self.s = np.arange(0, self.length, STEP_M)
        self.xy = np.stack([np.interp(self.s, s, out[:, 0]), np.interp(self.s, s, out[:, 1])], 1)

    def at(self, s):
        """Point at length s; straight on beyond both ends."""
        if s < 0:
            return self.xy[0] + (self.xy[0] - self.xy[1]) / STEP_M * -s
        if s >= self.s[-1]:
            return self.xy[-1] + (self.xy[-1] - self.xy[-2]) / STEP_M * (s - self.s[-1])
        return np.array([np.interp(s, self.s, self.xy[:, 0]), np.interp(s, self.s, self.xy[:, 1])])

    def first_at_x(self, x):
        """Length at which the path first reaches the abscissa x."""
        d = self.xy[:, 0] - x
        k = int(np.argmax(d[:-1] * d[1:] <= 0))
        return float(self.s[k])


class Speed:
    """Speed over time: `steps` are (time, speed); between two steps the speed changes as a half cosine."""

    def __init__(self, steps, t0, t1):
        self.t = np.arange(t0, t1 + STEP_S, STEP_S)
        v = np.empty_like(self.t)
        times, speeds = zip(*steps)
        for i, t in enumerate(self.t):
            k = int(np.searchsorted(times, t, side="right"))
            if k == 0:
                v[i] = speeds[0]
            elif k == len(times):
                v[i] = speeds[-1]
            else:
                f = (t - times[k - 1]) / (times[k] - times[k - 1])
                v[i] = speeds[k - 1] + (speeds[k] - speeds[k - 1]) * (1 - math.cos(math.pi * f)) / 2
        self.s = np.concatenate([[0], np.cumsum((v[1:] + v[:-1]) / 2 * STEP_S)])

    def travelled(self, t):
        return float(np.interp(t, self.t, self.s))


@dataclass
class Pose:
    """Where a body is: centre between the axles, heading, steering angle (radians), way rolled (m)."""
    x: float
    y: float
    heading: float
    steer: float
    rolled: float


@dataclass
class Trip:
    """One body's way through the scene: on `path`, at abscissa `x` at time `t`, with `steps` of speed."""
    who: str                 # name of the asset
    path: Path
    t: float                 # s, when the body's centre is at abscissa x
    steps: list              # [(s, m/s), ...]
    x: float = 0.0
    colour: str = ""
    label: str = ""
    wheelbase: float = 2.6
    span: tuple = (-20.0, 80.0)
    _speed: Speed = field(default=None, repr=False)

    def pose(self, t):
        if self._speed is None:
            self._speed = Speed(self.steps, *self.span)
            self._origin = self.path.first_at_x(self.x) - self._speed.travelled(self.t)
        s = self._origin + self._speed.travelled(t)
        front, rear = self.path.at(s + self.wheelbase / 2), self.path.at(s - self.wheelbase / 2)
        d = front - rear
        ahead = self.path.at(s + self.wheelbase / 2 + 0.3) - front
        heading = math.atan2(d[1], d[0])
        steer = (math.atan2(ahead[1], ahead[0]) - heading + math.pi) % (2 * math.pi) - math.pi
        c = (front + rear) / 2
        return Pose(float(c[0]), float(c[1]), heading, steer, s)

    def speed_at(self, t):
        self.pose(t)
        return (self._speed.travelled(t + 0.05) - self._speed.travelled(t - 0.05)) / 0.1
