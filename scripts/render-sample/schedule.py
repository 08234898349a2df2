"""What happens in the clips: the places, the cameras, the counting lines and every trip with its time."""
from dataclasses import dataclass, replace

from camera import Camera
from motion import Path, Trip
from people import PEOPLE
from scene import LANE, Site
from sensor import Sensor
from vehicles import wheelbase

LINE = "gate"
RECORDER = ("-preset", "veryslow", "-g", "48", "-bf", "2")
# as cameras encode their second stream: a key frame every two seconds and nowhere else, frames in the order in which they are shown, one reference
SUBSTREAM = ("-preset", "slow", "-profile:v", "main", "-refs", "1", "-bf", "0", "-g", "30", "-keyint_min", "30", "-sc_threshold", "0")


@dataclass(frozen=True)
class Clip:
    """One recording: place, camera, counting line, trips, stream. `anchor` is the point of a box that crosses."""
    name: str
    site: Site
    camera: Camera
    anchor: str            # "bottom" or "centre"
    line_world: tuple      # ((x, y), (x, y)) on the ground, A then B
    duration: float        # s
    trips: tuple
    fps: int = 12
    night: bool = False
    sensor: Sensor | None = None   # whose noise is added when the frames are joined
    stream: tuple = RECORDER       # ffmpeg's options

    @property
    def frames(self):
        return round(self.duration * self.fps)

    def line(self):
        """The counting line A, B in normalised picture coordinates, rounded as it is written into a configuration."""
        xy, _ = self.camera.project([(*p, 0.0) for p in self.line_world])
        w, h = self.camera.size
        return tuple((round(float(x) / w, 3), round(float(y) / h, 3)) for x, y in xy)


def trip(label, who, colour, path, t, *steps, x=0.0, span=(-20.0, 80.0)):
    """A trip; `steps` is one speed or (time, speed) pairs."""
    steps = [(0.0, steps[0])] if isinstance(steps[0], (int, float)) else list(steps)
    base = {"cyclist": 1.05}.get(who, 0.2) if who in PEOPLE else wheelbase(who)
    return Trip(who, path, t, steps, x, colour, label, base, span)


# ------------------------------------------------------------------------------------------------ gate A, oblique
IN_A = Path([(-80, -LANE), (29.5, -LANE), (29.5, -70)], 6)
OUT_A = Path([(26, 70), (26, LANE), (-90, LANE)], 6)
UTURN_A = Path([(-80, -LANE), (9, -LANE), (12.2, -5.2), (17, -5.2), (17, 5.2), (12.2, 5.2), (9, LANE), (-90, LANE)], 5.2)
XA = 1.0   # abscissa at which the trips' times are given

SITE_A = Site(
    seed=3,
    islands=((-60, 4.4, 8.5, 8.2, "paving"), (-60, 8.2, 8.5, 40, "grass"), (-60, -40, 8.5, -4.4, "grass"), (42, -60, 90, 60, "grass")),
    gatehouse=(6.1, 7.3, 0.0, "wall dark"), barrier_x=5.0,
    trees=((-3, 12, 1.1), (4, 14.5, 1.3), (-8, -9.5, 1.0), (46, -8, 1.5), (47, 2, 1.4), (45.5, 12, 1.6), (46, 22, 1.4), (48, -19, 1.5), (8, 22, 1.4), (25, 19, 1.3), (14, 19, 1.2)),
    parked=(("hatch", "navy", 11.2, 11.6, 90), ("estate", "beige", 13.8, 11.5, -90), ("suv", "black", 19.0, 11.6, 90), ("saloon", "silver", 21.6, 11.4, 90),
            ("hatch", "white", 12.5, -11.5, -90), ("saloon", "red", 17.7, -11.5, 90), ("suv", "grey", 20.3, -11.5, -90),
            ("estate", "sky", 37.2, -9.1, 0), ("hatch", "red", 37.2, -3.9, 180), ("saloon", "white", 37.2, -1.3, 0), ("suv", "navy", 37.2, 3.9, 180), ("hatch", "silver", 37.2, 6.5, 0),
            ("saloon", "grey", 37.2, 11.7, 180)),
    bays=((9.9, 9.0, 22.9, 14.0, 5), (9.9, -14.0, 22.9, -9.0, 5), (34.7, -13.0, 39.7, 13.0, 10)),
    hedges=((-55, 16, 6, 17.2, 1.5), (41, -40, 42, 40, 1.2)),
    buildings=((56, -4, 72, 34, 8.5, "wall dark"),),
    sun=(46, 62), arrows=((-6, -LANE, True), (-6, LANE, False)))

CLIP_A = Clip(
    "oblique", SITE_A, Camera((-15.0, -5.6, 5.0), (1.2, 0.25, 0.0), 60.0), "bottom", ((0.7, -4.0), (0.7, 3.1)), 41.5, (
        trip("red hatchback in", "hatch", "red", IN_A, 2.6, 4.4, x=XA),
        trip("silver saloon out", "saloon", "silver", OUT_A, 4.4, 4.0, x=XA),
        trip("white SUV in, side by side", "suv", "white", IN_A, 7.2, 3.9, x=XA),
        trip("blue hatchback out, side by side", "hatch", "blue", OUT_A, 7.4, 3.7, x=XA),
        trip("black saloon in", "saloon", "black", IN_A, 10.8, 4.9, x=XA),
        trip("yellow hatchback in, tailgating", "hatch", "yellow", IN_A, 12.35, 4.9, x=XA),
        trip("white van out", "van", "white", OUT_A, 13.9, 3.6, x=XA),
        trip("grey estate in, stops on the line", "estate", "grey", IN_A, 17.0, (14.6, 4.2), (16.9, 0.0), (20.6, 0.0), (22.6, 4.4), x=2.1),
        trip("green hatchback out", "hatch", "green", OUT_A, 19.0, 4.0, x=XA),
        trip("lorry in", "lorry", "white", IN_A, 24.6, 3.4, x=XA),
        trip("orange hatchback in, turns", "hatch", "orange", UTURN_A, 28.0, (28.6, 4.4), (30.6, 3.8), x=XA),
        trip("navy saloon out", "saloon", "navy", OUT_A, 30.2, (24.0, 3.6), (27.0, 4.4), x=XA),
        trip("sky-blue estate out, close behind", "estate", "sky", OUT_A, 31.9, (24.0, 3.6), (27.0, 4.4), x=XA),
        trip("beige SUV in", "suv", "beige", IN_A, 35.2, 4.2, x=XA),
        trip("walker on the road's edge", "walker red", "", Path([(-30, 3.95), (3.0, 3.95), (4.2, 5.1), (30, 5.1)], 1), 16.6, 1.35, x=XA),
        trip("walker coming out", "walker sand", "", Path([(30, 5.9), (4.0, 5.9), (2.6, 3.4), (-40, 3.4)], 1), 23.2, 1.3, x=XA),
        trip("cyclist in", "cyclist", "", Path([(-80, -2.9), (60, -2.9)]), 32.0, 4.2, x=XA),
    ))

# ------------------------------------------------------------------------------------------------ gate B, from above
IN_B = Path([(-80, -LANE), (60, -LANE)])
IN_B_RIGHT = Path([(-80, -LANE), (8.5, -LANE), (16, -12), (16, -60)], 7)
OUT_B = Path([(90, LANE), (-90, LANE)])
UTURN_B = Path([(-80, -LANE), (6, -LANE), (10.5, -5.4), (18, -5.4), (18, 5.4), (10.5, 5.4), (6, LANE), (-90, LANE)], 5.2)

SITE_B = Site(
    seed=8,
    islands=((-60, 4.4, 6.5, 30, "grass"), (-2.6, -40, 6.5, -4.4, "grass"), (-60, -40, -13.5, -4.4, "grass"), (-13.5, -40, -2.6, -7.0, "grass")),
    gatehouse=(2.8, -8.3, 3.14159, "wall dark"), barrier_x=4.6,
    trees=((-5.5, 12.5, 1.1), (7.5, 12.4, 1.2), (-7.5, -12.4, 1.1)),
    parked=(("hatch", "sky", -4.75, -5.65, 0), ("saloon", "white", 14, 12, 90), ("suv", "red", -12.2, -5.6, 0)),
    bays=((-13.0, -6.9, -3.0, -4.5, 2),),
    hedges=((-40, 6.4, 0.5, 7.0, 1.0),),
    buildings=(),
    sun=(50, 118), asphalt_tone=0.85, arrows=((-4.4, -LANE, True), (-3.2, LANE, False)))

CLIP_B = Clip(
    "overhead", SITE_B, Camera((0.0, 0.0, 9.0), (0.0, 0.0, 0.0), 103.6, up=(-1.0, 0.0, 0.0)), "centre", ((0.0, -3.0), (0.0, 3.0)), 38.0, (
        trip("white saloon in", "saloon", "white", IN_B, 3.0, 4.0),
        trip("white van out", "van", "white", OUT_B, 5.0, 3.8),
        trip("lorry out", "light lorry", "white", OUT_B, 8.6, 3.6),
        trip("sky-blue saloon in, side by side", "saloon", "sky", IN_B, 12.4, 3.6),
        trip("yellow hatchback out, side by side", "hatch", "yellow", OUT_B, 12.4, 3.4),
        trip("silver hatchback in", "hatch", "silver", IN_B_RIGHT, 15.4, 5.0),
        trip("green saloon in, tailgating", "saloon", "green", IN_B, 16.85, 5.0),
        trip("blue hatchback in, turns", "hatch", "blue", UTURN_B, 20.2, (21.5, 4.2), (23.0, 3.4)),
        trip("blue hatchback out", "hatch", "blue", OUT_B, 18.6, 4.2),
        trip("red SUV in", "suv", "red", IN_B, 23.4, 3.6),
        trip("beige saloon out, stops on the line", "saloon", "beige", OUT_B, 24.0, (20.6, 4.2), (22.9, 0.0), (26.1, 0.0), (27.7, 4.0), x=0.9),
        trip("white saloon in, last", "saloon", "white", IN_B_RIGHT, 34.2, 3.8),
        trip("walker across the road", "walker green", "", Path([(2.0, -9), (-1.6, 5.6), (-30, 5.8)], 0.5), 28.8, 1.4, x=0.0),
        trip("walker on the road's edge", "walker sand", "", Path([(-30, 3.75), (3.0, 3.75), (3.6, 5.4), (30, 5.6)], 1), 1.2, 1.3),
    ))

# ------------------------------------------------------------------------------------------------ gate A when little happens
# The arms stay up and nobody walks: what moves are cars alone, one at a time. The picture ends where a car is gone within four seconds.
SITE_QUIET = replace(
    SITE_A, arms_open=True, lamps=((-8.0, 6.5, 6.0),),
    islands=((0.2, 4.4, 8.5, 8.2, "paving"), (0.2, 8.2, 8.5, 40, "grass"), (-60, 6.9, 0.2, 40, "grass"), (-60, -40, 8.5, -4.4, "grass"), (42, -60, 90, 60, "grass")),
    parked=(("hatch", "navy", -2.4, 5.6, 180), ("estate", "beige", 12.2, 5.4, 180), ("suv", "black", 18.4, 5.4, 180), ("hatch", "white", 11.2, -8.6, -90), ("saloon", "red", 16.4, -8.6, 90)),
    bays=((9.4, 4.4, 21.4, 6.4, 2), (9.9, -11.2, 22.9, -6.2, 5)))
CAMERA_QUIET = Camera((-8.5, -5.8, 7.8), (1.0, 0.5, 0.0), 54.0)
LINE_QUIET = ((0.7, -4.0), (0.7, 3.1))

CLIP_QUIET = Clip(
    "quiet", SITE_QUIET, CAMERA_QUIET, "bottom", LINE_QUIET, 60.0, (
        trip("red hatchback in", "hatch", "red", IN_A, 11.0, 6.38, x=XA),
        trip("silver saloon out", "saloon", "silver", OUT_A, 29.0, 6.2, x=XA),
        trip("white van in", "van", "white", IN_A, 46.0, 6.67, x=XA),
    ), fps=15, sensor=Sensor(electrons=4000, read=4), stream=SUBSTREAM)
CLIP_NIGHT = Clip("night", SITE_QUIET, CAMERA_QUIET, "bottom", LINE_QUIET, 20.0, (), fps=15, night=True, sensor=Sensor(electrons=320, read=4), stream=SUBSTREAM)

CLIPS = {c.name: c for c in (CLIP_A, CLIP_B, CLIP_QUIET, CLIP_NIGHT)}
