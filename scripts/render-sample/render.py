#!/usr/bin/env python3
"""Makes the sample recordings: truth, still background, frames, video. README.md beside this file has the commands."""
import argparse
import os
import sys

import bpy
import cv2
import imageio_ffmpeg
import numpy as np

import night
import schedule
import truth
from scene import Scene, sun_direction

MARGIN = 10        # px round everything that moves and its shadow
PICTURE_COST = 7000  # px that could be rendered in the time that starting another region takes
FEATHER = 4.0      # px over which a new part goes over into the background


def set_up(clip, samples, threads, denoise=True):
    """Blender's settings for one picture."""
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    s.cycles.device = "CPU"
    s.cycles.samples, s.cycles.use_adaptive_sampling = samples, False
    s.cycles.use_denoising = denoise
    if denoise:
        s.cycles.denoiser = "OPENIMAGEDENOISE"
        s.cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        s.cycles.denoising_prefilter = "FAST"
        s.cycles.denoising_quality = "BALANCED"
    s.cycles.seed = 1
    s.cycles.max_bounces, s.cycles.diffuse_bounces, s.cycles.glossy_bounces = 3, 2, 2
    s.cycles.transmission_bounces = s.cycles.volume_bounces = s.cycles.transparent_max_bounces = 0
    s.cycles.caustics_reflective = s.cycles.caustics_refractive = False
    s.cycles.sample_clamp_indirect = 4.0
    s.cycles.blur_glossy = 0.5
    s.render.use_persistent_data = True
    s.render.threads_mode, s.render.threads = "FIXED", threads
    s.render.resolution_x, s.render.resolution_y = clip.camera.size
    s.render.resolution_percentage = 100
    s.render.image_settings.file_format = "PNG"
    s.render.image_settings.color_mode = "RGB"
    s.render.image_settings.compression = 15
    s.view_settings.view_transform, s.view_settings.look = "AgX", "AgX - Medium High Contrast"
    s.view_settings.exposure = night.EXPOSURE if clip.night else 0.35


def shoot(path, region=None, size=None):
    """Render to `path`; `region` = x1, y1, x2, y2 in pixels renders that part alone."""
    s = bpy.context.scene
    s.render.use_border = s.render.use_crop_to_border = region is not None
    if region is not None:
        w, h = size
        s.render.border_min_x, s.render.border_max_x = region[0] / w, region[2] / w
        s.render.border_min_y, s.render.border_max_y = 1 - region[3] / h, 1 - region[1] / h
    s.render.filepath = path
    bpy.ops.render.render(write_still=True)
    return cv2.imread(path)


def footprints(scene, cloud, t):
    """Outlines in the picture of everything that moves, each with its shadow: a list of convex polygons."""
    clip, sun, out = scene.clip, sun_direction(scene.clip.site), []
    groups = [truth.world(v, trip.pose(t)) for trip, v in cloud]
    groups = [g for g in groups if np.abs(g[:, :2] - clip.camera.position[:2]).max() < 95]
    groups += [] if scene.barriers.still else [scene.barriers.points(lane, t) for lane in (0, 1)]
    for g in groups:
        shadow = g + sun * (g[:, 2:3] / -sun[2])
        for part in (g, shadow):
            xy, z = clip.camera.project(part)
            if (z > 0.3).sum() >= 3:
                xy = xy[z > 0.3]
                if xy[:, 0].max() > -MARGIN and xy[:, 1].max() > -MARGIN and xy[:, 0].min() < clip.camera.size[0] + MARGIN and xy[:, 1].min() < clip.camera.size[1] + MARGIN:
                    out.append(cv2.convexHull(np.clip(xy, -2000, 3000).astype(np.float32)).astype(np.int32))
    return out


def regions_of(polygons, size):
    """Rectangles that cover all polygons with a margin, few and small: two are joined while that costs less."""
    boxes = []
    for p in polygons:
        x1, y1 = np.maximum(p[:, 0].min(0) - MARGIN, 0)
        x2, y2 = np.minimum(p[:, 0].max(0) + 1 + MARGIN, size)
        if x2 - x1 > 1 and y2 - y1 > 1:
            boxes.append((int(x1), int(y1), int(x2), int(y2)))
    area = lambda b: (b[2] - b[0]) * (b[3] - b[1]) + PICTURE_COST
    join = lambda b, c: (min(b[0], c[0]), min(b[1], c[1]), max(b[2], c[2]), max(b[3], c[3]))
    while len(boxes) > 1:
        gain, i, k = max((area(b) + area(c) - area(join(b, c)), i, k) for i, b in enumerate(boxes) for k, c in enumerate(boxes[:i]))
        if gain <= 0:
            break
        boxes[k] = join(boxes[i], boxes[k])
        del boxes[i]
    return boxes


def mask_of(polygons, size):
    """Soft mask of the polygons with a margin."""
    m = np.zeros((size[1], size[0]), np.uint8)
    for p in polygons:
        cv2.fillConvexPoly(m, p, 255)
    m = cv2.dilate(m, np.ones((9, 9), np.uint8))
    return cv2.GaussianBlur(m, (0, 0), FEATHER / 2).astype(np.float32)[..., None] / 255


def thin_cloud(vertices):
    """Few points with the same outline: the extreme ones in many directions."""
    g = np.random.default_rng(1).normal(size=(60, 3))
    return vertices[np.unique(np.argmax(vertices @ g.T, axis=0))]


def frames(scene, directory, samples, threads, share, plate_samples, wanted=None, scale=100):
    """Render every frame that does not exist yet; `share` = (k, n): every n-th frame, from the k-th."""
    clip, size = scene.clip, scene.clip.camera.size
    os.makedirs(directory, exist_ok=True)
    plate_path = os.path.join(directory, "plate.png")
    if not os.path.exists(plate_path):
        set_up(clip, plate_samples, threads)
        scene.empty()
        shoot(plate_path + f".{os.getpid()}.png")
        os.replace(plate_path + f".{os.getpid()}.png", plate_path)
        scene.filled()
    plate = cv2.imread(plate_path)
    set_up(clip, samples, threads)
    cloud = [(trip, thin_cloud(body.vertices())) for trip, body in scene.bodies]
    for i in range(clip.frames) if wanted is None else wanted:
        path = os.path.join(directory, f"{i:04d}.png")
        if i % share[1] != share[0] or os.path.exists(path):
            continue
        t = i / clip.fps
        scene.pose(t)
        polygons = footprints(scene, cloud, t)
        if not polygons:
            os.link(plate_path, path)       # nothing moves: costs neither time nor room
            continue
        picture, mask = plate.astype(np.float32), mask_of(polygons, size)
        for region in regions_of(polygons, size):
            part = shoot(os.path.join(directory, f"part.{os.getpid()}.png"), region, size)
            x, y, h, w = region[0], region[1], part.shape[0], part.shape[1]
            picture[y:y + h, x:x + w] += mask[y:y + h, x:x + w] * (part - picture[y:y + h, x:x + w])
        cv2.imwrite(path + ".tmp.png", np.clip(picture + 0.5, 0, 255).astype(np.uint8))
        os.replace(path + ".tmp.png", path)


def encode(clip, directory, out, crf):
    """Join the frames into an H.264 file, each with its own noise where the clip has a sensor."""
    writer = imageio_ffmpeg.write_frames(out + ".tmp.mp4", clip.camera.size, fps=clip.fps, codec="libx264", pix_fmt_in="rgb24", pix_fmt_out="yuv420p", quality=None, macro_block_size=1,
                                         output_params=["-crf", str(crf), *clip.stream, "-movflags", "+faststart"])
    writer.send(None)
    last = None
    for i in range(clip.frames):
        p = os.path.join(directory, f"{i:04d}.png")
        last = cv2.imread(p) if os.path.exists(p) else last
        picture = clip.sensor.seen(last, np.random.default_rng([clip.frames, i])) if clip.sensor else last
        writer.send(np.ascontiguousarray(picture[..., ::-1]))
    writer.close()
    os.replace(out + ".tmp.mp4", out)


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("what", choices=("truth", "frames", "encode", "check"))
    a.add_argument("clip", choices=sorted(schedule.CLIPS))
    a.add_argument("--work", default="work", help="folder for frames")
    a.add_argument("--out", default="../../samples", help="folder for the recording and its truth")
    a.add_argument("--samples", type=int, default=6, help="paths per pixel")
    a.add_argument("--plate-samples", type=int, default=128, help="paths per pixel of the still background")
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--share", default="0/1", help="k/n: every n-th frame from the k-th, to run n processes")
    a.add_argument("--frames", help="only these frames: 10,20,30-40")
    a.add_argument("--crf", type=int, default=23)
    a.add_argument("--boxes", action="store_true", help="with truth: write every frame's boxes into the work folder too")
    o = a.parse_args()
    clip = schedule.CLIPS[o.clip]
    directory = os.path.join(o.work, clip.name)
    if o.what == "encode":
        encode(clip, directory, os.path.join(o.out, clip.name + ".mp4"), o.crf)
        return
    scene = Scene(clip)
    if clip.night:
        night.fall(clip.site)
    vehicles = [(trip, body.kind, body.vertices()) for trip, body in scene.vehicles()]
    if o.what in ("truth", "check"):
        rows = truth.crossings(clip, vehicles)
        print("line", clip.line(), "frames", clip.frames, f"moving {truth.activity(clip, vehicles):.1%}")
        for t, d, kind, label in rows:
            print(f"{t:7.3f} {d:5s} {kind:5s} {label}")
        bad = truth.faults(clip, [(trip, body.vertices()) for trip, body in scene.bodies])
        for b in bad:
            print("FAULT", b)
        if o.what == "truth" and not bad:
            os.makedirs(o.out, exist_ok=True)
            truth.write_csv(os.path.join(o.out, clip.name + ".truth.csv"), rows)
            if o.boxes:
                os.makedirs(directory, exist_ok=True)
                truth.write_boxes(os.path.join(directory, "boxes.jsonl"), clip, vehicles)
        sys.exit(1 if bad else 0)
    wanted = None
    if o.frames:
        wanted = []
        for part in o.frames.split(","):
            lo, _, hi = part.partition("-")
            wanted += range(int(lo), int(hi or lo) + 1)
    k, n = map(int, o.share.split("/"))
    frames(scene, directory, o.samples, o.threads, (k, n), o.plate_samples, wanted)


if __name__ == "__main__":
    main()
