"""From rendered light to the picture of a cheap camera: bloom, exposure, tone, colour, blur, noise, sharpening, text, JPEG."""
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Sensor:
    """What a recording's noise comes from; the gain of a dark night leaves few electrons for white."""
    electrons: float      # of a white pixel
    read: float           # electrons, standard deviation of a pixel's reading
    row: float = 0.25     # ... of a whole row's, as a share of `read`
    chroma: float = 0.35  # share of the noise of colour that the camera leaves; that of brightness stays

    def seen(self, picture, g):
        """An 8-bit picture with shot and read noise, made in linear light and smeared as demosaicing does."""
        linear = (picture.astype(np.float32) / 255) ** 2.2
        h, w = picture.shape[:2]
        noise = np.sqrt(linear * self.electrons + self.read ** 2) * g.standard_normal((h, w, 3), np.float32)
        grey = noise.mean(2, keepdims=True)
        noise = 1.7 * grey + self.chroma * (noise - grey)
        noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.5 + self.row * self.read * g.standard_normal((h, 1, 1), np.float32)
        return (np.clip(linear + noise / self.electrons, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def bloom(rgb, g, strong):
    """Light that spreads round bright lamps."""
    level = np.percentile(rgb, 99) if not strong else max(float(np.percentile(rgb, 97)), 1e-4)
    bright = np.clip(rgb - 2.5 * level, 0, 60 * level).astype(np.float32)
    out = rgb.copy()
    for sigma, weight in ((1.3, 0.25), (5, 0.16), (16, 0.12 if strong else 0.04)):
        out += g.uniform(0.3, 1.3) * weight * cv2.GaussianBlur(bright, (0, 0), sigma * g.uniform(0.8, 1.3))
    if strong and g.random() < 0.3:                       # streaks of a dirty dome
        kernel = np.zeros((61, 61), np.float32)
        cv2.line(kernel, (30, 0), (30, 60), 1.0, 1)
        turn = cv2.getRotationMatrix2D((30, 30), float(g.uniform(-30, 30)), 1)
        kernel = cv2.warpAffine(kernel, turn, (61, 61))
        out += 0.1 * cv2.filter2D(bright, -1, kernel / kernel.sum())
    return out


def glare(rgb, camera, sun, g):
    """Veil and spot of a sun before the lens; `sun` points to it."""
    r, u, f = camera.axes()
    ahead = float(sun @ f)
    if ahead < 0.2:
        return rgb
    k = camera.size[0] / 2 / np.tan(np.radians(camera.view_angle) / 2)
    x, y = camera.size[0] / 2 + k * float(sun @ r) / ahead, camera.size[1] / 2 - k * float(sun @ u) / ahead
    yy, xx = np.mgrid[0:camera.size[1], 0:camera.size[0]].astype(np.float32)
    d = np.hypot(xx - x, yy - y) / camera.size[0]
    veil = g.uniform(0.3, 1.5) * np.exp(-d / 0.25) + g.uniform(0.05, 0.25)
    return rgb + float(rgb.mean()) * veil[..., None] * np.float32((1.0, 0.85, 0.65))


def expose(rgb, light, g):
    """Scale as an automatic exposure would, with its error; night pictures stay dark."""
    luminance = rgb @ np.float32((0.25, 0.6, 0.15))
    mean = float(np.minimum(luminance, np.percentile(luminance, 95)).mean()) + 1e-6
    target = {"day": 0.24, "overcast": 0.24, "dusk": g.uniform(0.07, 0.2), "night": g.uniform(0.025, 0.13), "infrared": g.uniform(0.07, 0.2)}[light]
    return rgb * (target / mean) * float(np.exp(g.normal(0, 0.25)))


def tone(x, g, contrast):
    """Film-like shoulder, then the display's curve; 0..1."""
    white = g.uniform(2.5, 6)
    y = x * (1 + x / white ** 2) / (1 + x) * 1.35
    y = np.clip(y, 0, 1) ** (1 / 2.2)
    s = y * y * (3 - 2 * y)
    return y + contrast * (s - y)


def noisy(picture, g, amount):
    """Noise that grows in the shadows and is partly smeared, as codecs leave it."""
    h, w = picture.shape[:2]
    fine = g.normal(0, 1, (h, w, 3)).astype(np.float32)
    fine = 0.7 * fine.mean(2, keepdims=True) * 1.7 + 0.5 * fine
    coarse = cv2.GaussianBlur(g.normal(0, 1, (h, w, 3)).astype(np.float32), (0, 0), 1.1) * 2.2
    mix = g.uniform(0, 1)
    return picture + amount * (mix * fine + (1 - mix) * coarse) * (1.2 - 0.7 * picture)


def caption(picture, g):
    """Date, time and name as recorders write them."""
    h, w = picture.shape[:2]
    size = g.uniform(0.3, 0.5)
    stamp = f"{g.integers(2015, 2026)}-{g.integers(1, 13):02d}-{g.integers(1, 29):02d} {g.integers(0, 24):02d}:{g.integers(0, 60):02d}:{g.integers(0, 60):02d}"
    name = str(g.choice(["CAM 1", "CAM 02", "GATE", "Entrance", "P2 EXIT", "CH03", "Schranke", "IPC"]))
    at = [((6, 14), (w - 62, h - 8)), ((w - int(420 * size), 14), (6, h - 8)), ((6, h - 8), (w - 62, 14))][int(g.integers(3))]
    for text, where in zip((stamp, name), at):
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 2, cv2.LINE_AA)
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, size, (1, 1, 1), 1, cv2.LINE_AA)
    return picture


def develop(rgb, light, streak_mask, g, enlarged=False):
    """Linear RGB to an 8-bit BGR picture; an `enlarged` one is softened, which hides the stairs of few paths."""
    dark = light in ("night", "infrared")
    rgb = bloom(rgb, g, dark or light == "dusk")
    x = expose(rgb, light, g)
    if streak_mask is not None:
        x = x + streak_mask[..., None] * np.float32(np.percentile(x, 85) * g.uniform(0.5, 1.2) + 0.02)
    h, w = x.shape[:2]
    yy, xx = np.mgrid[-1:1:h * 1j, -1:1:w * 1j].astype(np.float32)
    x = x * (1 - g.uniform(0, 0.35) * np.clip((xx ** 2 + yy ** 2) / 2, 0, 1))[..., None]
    x = x * np.float32(np.exp(g.normal(0, 0.05, 3)))
    y = tone(x, g, g.uniform(0, 0.6)).astype(np.float32)
    grey = y @ np.float32((0.3, 0.59, 0.11))
    if light == "infrared" or (light == "night" and g.random() < 0.2):
        mix = np.float32(g.dirichlet((3, 2, 2)))
        y = np.repeat((y @ mix)[..., None], 3, 2)
    else:
        y = grey[..., None] + (y - grey[..., None]) * (g.uniform(0.35, 0.9) if dark else g.uniform(0.55, 1.15))
    haze = g.uniform(0, 0.06)
    y = haze + (1 - haze) * y
    if enlarged or g.random() < 0.7:
        y = cv2.GaussianBlur(y, (0, 0), g.uniform(0.65, 1.0) if enlarged else g.uniform(0.3, 0.95))
    if g.random() < 0.06:                                 # shaken by wind
        n = int(g.integers(3, 6))
        y = cv2.filter2D(y, -1, np.eye(n, dtype=np.float32)[::int(g.choice((-1, 1)))] / n)
    y = noisy(y, g, g.uniform(0.012, 0.07) if dark else g.uniform(0.003, 0.022))
    if g.random() < 0.5:
        y = y + g.uniform(0.3, 1.2) * (y - cv2.GaussianBlur(y, (0, 0), g.uniform(0.8, 1.6)))
    y = np.clip(y, 0, 1)
    if g.random() < 0.18:
        y = caption(np.ascontiguousarray(y), g)
    return (np.clip(y[..., ::-1], 0, 1) * 255 + 0.5).astype(np.uint8)


def encode(picture, g):
    """JPEG bytes of random quality; colours at half the resolution mostly."""
    factor = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if g.random() < 0.8 else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(g.integers(40, 91)), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor])
    return data.tobytes()
