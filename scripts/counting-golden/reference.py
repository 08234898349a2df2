"""The reference implementation of docs/counting.md: the program's golden files are made with it.

Plain float64, no random numbers, no dependence on wall clock. Input of each look: time in seconds and boxes
[x1, y1, x2, y2, score, class] in pixels, vehicles only, suppressed across classes. Short names follow the document's
symbols. Needs numpy and scipy.
"""

import math
from dataclasses import dataclass
import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Par:
    # detections
    s_min: float = 0.10  # boxes below are dropped
    s_hi: float = 0.25  # boxes below are weak: their place counts less
    s_birth: float = 0.20  # a new track starts only from a box at least this sure
    contain: float = 0.85  # a box with this share of its area inside a surer box is dropped when ...
    contain_y: float = 0.25  # ... their bottoms are within this share of the larger one's height
    # motion (all lengths in units of the track's size s = sqrt(w*h))
    r: float = 0.08  # sd of the anchor measurement, sizes
    r_weak: float = 1.5  # ... times this for a weak box
    q: float = 1.0  # acceleration noise, sizes/s^1.5
    qv: float = 0.3  # ... plus this share of the speed
    v0: float = 4.0  # sd of an unknown velocity, sizes/s
    asp_gain: float = 0.4  # smoothing of ln(w/h)
    rs: float = 0.12  # sd of a measured ln s
    g0: float = 1.2  # sd of the unknown growth rate g = d(ln s)/dt, 1/s
    qg: float = 1.2  # growth noise, 1/s^1.5
    persp: float = 2.0  # acceleration = persp * g * v (2 = level road seen in perspective; 0 = off)
    # velocity prior learned per place
    field: bool = True
    cells: int = 24  # cells across the longer picture side
    k0: float = 2.0  # weight of the wide prior in samples
    f_along: float = 0.3  # sd along, share of the speed
    f_across: float = 0.15
    f_floor: float = 0.3  # floor of the sd, sizes/s
    backfill: bool = True
    f_cap: float = 40.0  # memory of a cell in samples
    # association
    gate: float = 4.0  # Mahalanobis gate, sd
    cost_max: float = 4.0  # gate of the whole cost
    asp_sd: float = 0.35  # sd of the change of ln(w/h)
    size_ref: float = 0.2  # reference sd of ln s in the cost
    max_age: float = 1.2  # s without a box until a track ends
    max_age_new: float = 0.8  # ... for a track with one box only
    # crossing
    h: float = 0.15  # hysteresis, sizes, on the far side
    travel: float = 0.40  # travel along the normal from the farthest point on the old side, sizes
    far_tau: float = 2.0  # s, the farthest point is forgotten at this rate (0 = never)
    travel2: float = 1.2  # ... for any later crossing of the same track and line
    lam: float = 0.03  # line is longer by this share of itself at each end
    ev_hits: int = 2  # boxes a counted track must have
    ev_score: float = 1.0  # and sum of scores
    born: bool = True
    born_tau: float = 0.35  # s: a track born beyond the line within this time of the line counts
    born_looks: float = 1.2  # ... or within this many looks
    born_hits: int = 3
    born_travel: float = 0.0  # sizes it must have moved away from its first place
    born_wait: float = 1.0  # s after birth in which the rule may fire
    born_near: float = 1.0  # not when a track lost on the same side is nearer than this (sizes)
    sure: float = 3.0  # velocity along the normal must be this many sd
    v_min: float = 0.5  # and at least so many sizes/s, for born
    ex_lat: float = 0.5  # exclusion: distance along the line below this share of the mean width
    ex_lat_weak: float = 0.75  # ... when one of the two tracks has much less evidence
    ex_ratio: float = 0.5  # ... (sum of scores below this share of the other's)
    ex_len: float = 0.8  # exclusion: time a vehicle needs for this many of its own lengths
    ex_max: float = 1.0  # s, at most
    ex_soft: float = 0.5  # s, at least, when one of the two is a born crossing
    exclude: bool = True


DEFAULT = Par()


class Field:
    """velocity seen per place: count, mean, on a grid; px/s"""

    def __init__(self, wh, p):
        self.c = max(wh) / p.cells
        self.nx = int(wh[0] / self.c) + 1
        self.ny = int(wh[1] / self.c) + 1
        self.cap = p.f_cap
        self.n = np.zeros((self.ny, self.nx))
        self.v = np.zeros((self.ny, self.nx, 2))
        self.vv = np.zeros((self.ny, self.nx))
        self.g = np.zeros((self.ny, self.nx))

    def cell(self, x, y):
        return min(max(int(y / self.c), 0), self.ny - 1), min(max(int(x / self.c), 0), self.nx - 1)

    def add(self, x, y, vx, vy, g):
        j, i = self.cell(x, y)
        n = self.n[j, i] = min(self.n[j, i] + 1, self.cap)
        self.v[j, i] += (np.array([vx, vy]) - self.v[j, i]) / n
        self.vv[j, i] += (vx * vx + vy * vy - self.vv[j, i]) / n
        self.g[j, i] += (g - self.g[j, i]) / n

    def get(self, x, y):
        """n, mean velocity, variance (trace/2), mean growth over the 3x3 neighbourhood, weights 1, 1/2, 1/4"""
        j, i = self.cell(x, y)
        n = 0.0
        v = np.zeros(2)
        q = 0.0
        g = 0.0
        for b in (-1, 0, 1):
            for a in (-1, 0, 1):
                J, I = j + b, i + a
                if 0 <= J < self.ny and 0 <= I < self.nx and self.n[J, I] > 0:
                    k = self.n[J, I] * 0.5 ** (abs(a) + abs(b))
                    n += k
                    v += k * self.v[J, I]
                    q += k * self.vv[J, I]
                    g += k * self.g[J, I]
        if n <= 0:
            return 0.0, v, 0.0, 0.0
        v /= n
        return n, v, max(q / n - float(v @ v), 0.0) / 2, g / n


class Track:
    __slots__ = "id x P ls la g G t t0 hits score age line hist dt0 clean".split()

    @property
    def w(self):
        return math.exp(self.ls + self.la / 2)

    @property
    def h(self):
        return math.exp(self.ls - self.la / 2)

    @property
    def s(self):
        return math.exp(self.ls)


def overlap(a, B):
    """area of the overlap of box a with each of B"""
    ix = np.clip(np.minimum(a[2], B[:, 2]) - np.maximum(a[0], B[:, 0]), 0, None)
    iy = np.clip(np.minimum(a[3], B[:, 3]) - np.maximum(a[1], B[:, 1]), 0, None)
    return ix * iy


class Counter:
    def __init__(self, wh, lines, par=DEFAULT, field=None):
        """wh: picture size; lines: {name: {'a': [x,y], 'b': [x,y]}} normalised 0..1"""
        self.p = par
        self.wh = wh
        self.T = []
        self.nid = 0
        self.t = None
        self.events = []
        self.field = field or Field(wh, par)
        self.dt = 0.2
        self.L = {}
        for n, l in lines.items():
            a = (l["a"][0] * wh[0], l["a"][1] * wh[1])
            b = (l["b"][0] * wh[0], l["b"][1] * wh[1])
            d = (b[0] - a[0], b[1] - a[1])
            L = math.hypot(*d)
            self.L[n] = dict(
                a=a, u=(d[0] / L, d[1] / L), n=(-d[1] / L, d[0] / L), len=L
            )  # n: normal on the side > 0 (right of A->B as seen)

    # ---------------------------------------------------------------- one look
    def step(self, t, dets):
        p = self.p
        out = len(self.events)
        if self.t is not None and t <= self.t:
            return []  # a look out of order is ignored
        if self.t is not None and t - self.t > p.max_age:
            self.T = []  # the stream stalled: start afresh (the field stays)
        if self.t is not None:
            self.dt += 0.2 * (min(t - self.t, 1.0) - self.dt)
        D = np.asarray(dets, float).reshape(-1, 6)
        D = D[D[:, 4] >= p.s_min]
        D = D[np.argsort(-D[:, 4], kind="stable")]
        D = self.clean(D)
        for k in self.T:
            self.predict(k, t)
        m = self.assign(self.T, D)
        used = {i for _, i in m}
        for k, i in m:
            self.update(k, t, D[i])
        for k, i in m:
            self.crossing(k)
        for i in range(len(D)):
            if i not in used and D[i, 4] >= p.s_birth:
                self.birth(t, D[i])
        self.T = [k for k in self.T if t - k.t <= (p.max_age if k.hits > 1 else p.max_age_new)]
        self.t = t
        return self.events[out:]

    def clean(self, D):
        """drop a box that lies in a surer one and stands on the same ground (second box on one vehicle)"""
        p = self.p
        keep = []
        for i in range(len(D)):
            b = D[i]
            ok = True
            if keep and p.contain < 1:
                K = D[keep]
                inter = overlap(b, K)
                ab = (b[2] - b[0]) * (b[3] - b[1])
                aK = (K[:, 2] - K[:, 0]) * (K[:, 3] - K[:, 1])
                hm = np.maximum(b[3] - b[1], K[:, 3] - K[:, 1])
                ok = not np.any(
                    (inter / np.maximum(np.minimum(ab, aK), 1e-9) > p.contain)
                    & (np.abs(K[:, 3] - b[3]) < p.contain_y * hm)
                )
            if ok:
                keep.append(i)
        return D[keep]

    # ---------------------------------------------------------------- motion
    def predict(self, k, t):
        p = self.p
        dt = t - k.age
        k.age = t  # k.age = time the state is predicted to
        if dt <= 0:
            return
        sz = k.s
        q = (p.q * sz) ** 2 + (p.qv * math.hypot(k.x[2], k.x[3])) ** 2
        A, B, C = k.P[:2, :2], k.P[:2, 2:], k.P[2:, 2:]
        I = np.eye(2)
        P = np.empty((4, 4))
        P[:2, :2] = A + dt * (B + B.T) + dt * dt * C + q * dt**3 / 3 * I
        P[:2, 2:] = B + dt * C + q * dt * dt / 2 * I
        P[2:, :2] = P[:2, 2:].T
        P[2:, 2:] = C + q * dt * I
        f = min(max(p.persp * k.g * dt, -0.6), 0.9)  # relative change of the velocity
        k.P = P
        k.x[:2] += dt * (1 + f / 2) * k.x[2:]
        k.x[2:] *= 1 + f
        a, b, c = k.G
        qg = p.qg**2
        k.G = (a + 2 * dt * b + dt * dt * c + qg * dt**3 / 3, b + dt * c + qg * dt * dt / 2, c + qg * dt)
        k.ls += min(max(k.g * dt, -0.7), 0.7)

    def update(self, k, t, d):
        p = self.p
        x = (d[0] + d[2]) / 2
        y = d[3]
        r = p.r * k.s * (1 if d[4] >= p.s_hi else p.r_weak)
        S = k.P[:2, :2] + r * r * np.eye(2)
        K = k.P[:, :2] @ np.linalg.inv(S)
        k.x = k.x + K @ np.array([x - k.x[0], y - k.x[1]])
        k.P = k.P - K @ k.P[:2, :]
        k.P = (k.P + k.P.T) / 2
        lw = math.log(max(d[2] - d[0], 1))
        lh = math.log(max(d[3] - d[1], 1))
        rs = p.rs * (1 if d[4] >= p.s_hi else p.r_weak)
        a, b, c = k.G
        S1 = a + rs * rs
        e = (lw + lh) / 2 - k.ls
        e = min(max(e, -3 * math.sqrt(S1)), 3 * math.sqrt(S1))
        k.ls += a / S1 * e
        k.g += b / S1 * e
        k.G = (a - a * a / S1, b - a * b / S1, c - b * b / S1)
        k.la += p.asp_gain * (lw - lh - k.la)
        k.t = t
        k.hits += 1
        k.score += d[4]
        if k.hits <= 3:
            k.hist.append((t, x, y))
        if k.hits >= 3:
            self.field.add(k.x[0], k.x[1], k.x[2], k.x[3], k.g)
        if k.hits == 3 and p.backfill:  # the first two places of a track that now is sure
            for (ta, xa, ya), (tb, xb, yb) in zip(k.hist, k.hist[1:]):
                self.field.add(xa, ya, (xb - xa) / (tb - ta), (yb - ya) / (tb - ta), k.g)

    def birth(self, t, d):
        p = self.p
        k = Track()
        k.id = self.nid
        self.nid += 1
        x = (d[0] + d[2]) / 2
        y = d[3]
        lw = math.log(max(d[2] - d[0], 1))
        lh = math.log(max(d[3] - d[1], 1))
        k.ls = (lw + lh) / 2
        k.la = lw - lh
        sz = k.s
        k.g = 0.0
        k.G = (p.rs**2, 0.0, p.g0**2)
        k.x = np.array([x, y, 0.0, 0.0])
        k.P = np.zeros((4, 4))
        k.P[0, 0] = k.P[1, 1] = (p.r * sz) ** 2
        V = (p.v0 * sz) ** 2 * np.eye(2)
        if p.field:
            n, v, var, g = self.field.get(x, y)
            if n > 0:
                sp = float(np.hypot(*v))
                e = v / sp if sp > 1e-9 else np.array([1.0, 0.0])
                f = (p.f_floor * sz) ** 2 + var
                F = (
                    ((p.f_along * sp) ** 2) * np.outer(e, e)
                    + (p.f_across * sp) ** 2 * np.outer([-e[1], e[0]], [-e[1], e[0]])
                    + f * np.eye(2)
                )
                a = n / (n + p.k0)
                k.x[2:] = a * v
                V = a * F + (1 - a) * V
                k.g = a * g
        k.P[2:, 2:] = V
        k.t = k.t0 = k.age = t
        k.hits = 1
        k.score = d[4]
        k.line = {}
        k.hist = [(t, x, y)]
        k.dt0 = self.dt
        k.clean = True
        for o in self.T:  # the rest of a broken track on the same side?
            if o.t < t and o.hits >= 2 and math.hypot(o.x[0] - x, o.x[1] - y) < p.born_near * sz:
                for name, z in o.line.items():
                    du, _ = self.uv(self.L[name], x, y)
                    if (du >= 0) == (z["u"] >= 0):
                        k.clean = False
        self.T.append(k)
        self.crossing(k)

    # ---------------------------------------------------------------- association
    def assign(self, T, E):
        p = self.p
        cmax = p.cost_max
        if not T or not len(E):
            return []
        C = np.full((len(T), len(E)), cmax)
        zx = (E[:, 0] + E[:, 2]) / 2
        zy = E[:, 3]
        lw = np.log(np.maximum(E[:, 2] - E[:, 0], 1))
        lh = np.log(np.maximum(E[:, 3] - E[:, 1], 1))
        ls = (lw + lh) / 2
        la = lw - lh
        for a, k in enumerate(T):
            r2 = (p.r * k.s) ** 2
            sxx = k.P[0, 0] + r2
            syy = k.P[1, 1] + r2
            sxy = k.P[0, 1]
            det = sxx * syy - sxy * sxy
            vs = k.G[0] + p.rs**2
            dx = zx - k.x[0]
            dy = zy - k.x[1]
            m2 = (syy * dx * dx - 2 * sxy * dx * dy + sxx * dy * dy) / det
            c = (
                0.5 * m2
                + 0.5 * math.log(det / k.s**4)
                + 0.5 * (ls - k.ls) ** 2 / vs
                + 0.5 * math.log(vs / p.size_ref**2)
                + 0.5 * (la - k.la) ** 2 / p.asp_sd**2
            )
            C[a] = np.where(m2 <= p.gate**2, np.minimum(c, cmax), cmax)
        R, Q = linear_sum_assignment(C)
        return [(T[a], int(b)) for a, b in zip(R, Q) if C[a, b] < cmax]

    # ---------------------------------------------------------------- crossing
    def uv(self, l, x, y):
        return (x - l["a"][0]) * l["n"][0] + (y - l["a"][1]) * l["n"][1], (
            (x - l["a"][0]) * l["u"][0] + (y - l["a"][1]) * l["u"][1]
        ) / l["len"]

    def vel(self, k, l):
        n = l["n"]
        v = k.x[2] * n[0] + k.x[3] * n[1]
        C = k.P[2:, 2:]
        return v, math.sqrt(max(n[0] * n[0] * C[0, 0] + 2 * n[0] * n[1] * C[0, 1] + n[1] * n[1] * C[1, 1], 1e-9))

    def crossing(self, k):
        p = self.p
        sz = k.s
        for name, l in self.L.items():
            d, lam = self.uv(l, k.x[0], k.x[1])
            u = d / sz
            z = k.line.get(name)
            if z is None:
                k.line[name] = dict(
                    side=1 if u >= 0 else -1,
                    far=abs(u),
                    u=u,
                    d=d,
                    lam=lam,
                    t=k.t,
                    cand=None,
                    n=0,
                    first=(u, lam, k.t, d),
                    moved=False,
                )
                continue
            if (u >= 0) != (z["u"] >= 0):
                f = z["d"] / (z["d"] - d) if z["d"] != d else 0.5
                z["cand"] = (z["t"] + f * (k.t - z["t"]), z["lam"] + f * (lam - z["lam"]))
            sd = z["side"]
            if p.far_tau:
                z["far"] *= math.exp(-(k.t - z["t"]) / p.far_tau)
            if u * sd >= 0:
                z["far"] = max(z["far"], abs(u))
            elif (
                z["cand"]
                and -u * sd >= p.h
                and z["far"] - u * sd >= (p.travel if z["n"] == 0 else p.travel2)
                and k.hits >= p.ev_hits
                and k.score >= p.ev_score
            ):
                tc, lc = z["cand"]
                z["side"] = -sd
                z["far"] = abs(u)
                if -p.lam <= lc <= 1 + p.lam:
                    z["n"] += 1
                    self.emit(k, name, -sd, tc, lc, "both")
            z["u"], z["d"], z["lam"], z["t"] = u, d, lam, k.t
            if (
                p.born
                and z["n"] == 0
                and k.t - k.t0 <= p.born_wait
                and k.hits >= p.born_hits
                and not z["moved"]
                and k.clean
            ):
                fu, fl, ft, fd = z["first"]
                v, sv = self.vel(k, l)
                dr = 1 if v > 0 else -1
                if (
                    fu * dr > 0
                    and abs(v) > p.sure * sv
                    and abs(v) > p.v_min * sz
                    and k.score >= p.ev_score
                    and (u - fu) * dr > p.born_travel
                ):
                    z["moved"] = True
                    tau = abs(fd) / abs(v)
                    vl = (k.x[2] * l["u"][0] + k.x[3] * l["u"][1]) / l["len"]
                    lc = fl - vl * tau
                    if tau <= max(p.born_tau, p.born_looks * k.dt0) and 0 <= lc <= 1 and ft - tau > 0:
                        z["n"] += 1
                        self.emit(k, name, dr, ft - tau, lc, "born")

    def emit(self, k, name, sg, tc, lc, how):
        p = self.p
        l = self.L[name]
        v, _ = self.vel(k, l)
        dr = "entry" if sg > 0 else "exit"
        ext = abs(l["n"][0]) * k.w + abs(l["n"][1]) * k.h
        wid = abs(l["u"][0]) * k.w + abs(l["u"][1]) * k.h
        e = dict(
            t=tc,
            line=name,
            dir=dr,
            how=how,
            id=k.id,
            pos=lc * l["len"],
            wid=wid,
            pas=ext / max(abs(v), 1e-6),
            hits=k.hits,
            score=k.score,
        )
        if p.exclude:
            for o in self.events[-40:]:
                if (
                    o["line"] == name
                    and o["dir"] == dr
                    and o["id"] != k.id
                    and abs(o["pos"] - e["pos"])
                    < (p.ex_lat_weak if min(o["score"], k.score) < p.ex_ratio * max(o["score"], k.score) else p.ex_lat)
                    * (o["wid"] + wid)
                    / 2
                ):
                    w = min(p.ex_len * max(o["pas"], e["pas"]), p.ex_max)
                    if "both" != how or "both" != o["how"]:
                        w = max(w, p.ex_soft)
                    if abs(o["t"] - tc) < w:
                        return
        self.events.append(e)


def count(frames, wh, lines, par=DEFAULT, field=None):
    c = Counter(wh, lines, par, field)
    for t, d in frames:
        c.step(t, d)
    return c
