#!/usr/bin/env python3
"""Makes still scenes of car-park gates with exact boxes for training. README.md beside this file says what varies."""
import argparse
import csv
import fcntl
import os
import random
import sys
import time

import bpy
import cv2
import numpy as np

import exr
import lighting
import population
import sensor
import site_variety
import viewpoints
import visible
import weather
from vehicles import Fleet

VIEWS = 12           # views of one place: building it costs as much as a picture
COARSE = 1.4         # how much coarser most pictures are rendered than stored, as recorders enlarge their small streams
COARSE_SHARE = 0.65
VAL_EVERY = 20       # every so many places one belongs to the validation part
HEADER = "file,split,source,group,width,height,vehicles,ignore,label_origin,licence,url,light,weather,view".split(",")


def cycles(samples, threads):
    """Blender's settings: few paths, short ones, fast denoising, depth and object index beside the colours."""
    s = bpy.context.scene
    s.render.engine, s.cycles.device = "CYCLES", "CPU"
    s.cycles.samples, s.cycles.use_adaptive_sampling = samples, False
    s.cycles.use_denoising, s.cycles.denoiser = True, "OPENIMAGEDENOISE"
    s.cycles.denoising_input_passes, s.cycles.denoising_prefilter, s.cycles.denoising_quality = "RGB_ALBEDO_NORMAL", "NONE", "FAST"
    s.cycles.max_bounces, s.cycles.diffuse_bounces, s.cycles.glossy_bounces = 1, 1, 1
    s.cycles.transmission_bounces = s.cycles.volume_bounces = s.cycles.transparent_max_bounces = 0
    s.cycles.caustics_reflective = s.cycles.caustics_refractive = False
    s.cycles.sample_clamp_indirect, s.cycles.sample_clamp_direct, s.cycles.blur_glossy = 3.0, 0.0, 1.0
    s.render.use_persistent_data = True
    s.render.use_compositing = s.render.use_sequencer = False
    s.render.threads_mode, s.render.threads = "FIXED", threads
    s.render.resolution_percentage = 100
    layer = bpy.context.view_layer
    layer.use_pass_object_index = layer.use_pass_z = True
    i = s.render.image_settings
    i.media_type = "MULTI_LAYER_IMAGE"
    i.file_format, i.exr_codec, i.color_depth, i.use_exr_interleave = "OPEN_EXR_MULTILAYER", "NONE", "32", True


def shoot(path):
    """Render; returns linear RGB, depth (m) and object index."""
    bpy.context.scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
    c = {k.split(".", 1)[1]: v for k, v in exr.read(path).items()}
    os.remove(path)
    rgb = np.dstack([c["Combined." + k] for k in "RGB"])
    return np.nan_to_num(np.maximum(rgb, 0)), c["Depth.Z"], c["Object Index.X"]


class Studio:
    """One place built in Blender, ready to be shot from many sides."""

    def __init__(self, number, samples, threads):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        g = np.random.default_rng([7202, number])
        self.place = site_variety.draw(number)
        mats = site_variety.library(self.place, g)
        fleet = Fleet(mats)
        barriers = site_variety.build(self.place, mats, g)
        self.rig = lighting.Rig(self.place, mats)
        self.crowd = population.Population(self.place, mats, fleet, self.rig, barriers, g)
        weather.dress(self.place, mats, fleet.paints, g)
        self.silhouettes = visible.Silhouettes()
        cycles(samples, threads)

    def view(self, k, scratch, crowd=None):
        """Picture (BGR), labels, light, tilt of view `k`; `crowd` names one of population.MODES for all views."""
        g = np.random.default_rng([7203, self.place.number, k])
        light = lighting.draw(g, self.place.weather)
        self.crowd.hide()
        for _ in range(12):
            camera, down = viewpoints.draw(g, self.place)
            viewpoints.apply(camera)
            bpy.context.view_layer.update()
            if not viewpoints.blocked(camera):
                break
        placed = self.crowd.arrange(camera, light, g, crowd)
        self.rig.set(light, viewpoints.apply(camera), camera.view_angle, g)
        bpy.context.scene.cycles.use_light_tree = light.name not in ("day", "overcast")     # by day no lamp lights the road
        s = bpy.context.scene
        coarse = COARSE if g.random() < COARSE_SHARE else 1.0
        s.render.resolution_x, s.render.resolution_y = (round(v / coarse) for v in camera.size)
        rgb, depth, index = shoot(scratch)
        if coarse > 1:
            rgb = np.maximum(cv2.resize(rgb, camera.size, interpolation=cv2.INTER_CUBIC), 0)
            depth, index = (cv2.resize(v, camera.size, interpolation=cv2.INTER_NEAREST) for v in (depth, index))
        unseen, through = set(), None
        if self.place.weather == "fog" or (self.place.weather in ("rain", "snow") and g.random() < 0.5):
            rgb, through = weather.fog(rgb, depth, g, g.uniform(0.2, 0.95) if self.place.weather == "fog" else g.uniform(0, 0.2))
        if light.name in ("day", "dusk") and light.elevation < 16 and g.random() < 0.6:
            e, a = np.radians((light.elevation, light.azimuth))
            rgb = sensor.glare(rgb, camera, -np.array((np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), -np.sin(e))), g)
        falling = self.place.weather in ("rain", "snow") and g.random() < 0.6
        mask = weather.streaks(depth.shape, g, g.uniform(0.1, 1.0), self.place.weather == "snow") if falling else None
        picture = sensor.develop(rgb.astype(np.float32), light.name, mask, g, coarse > 1)
        for v, _ in placed:
            seen = index == v.index
            if not seen.any():
                continue
            if through is not None and np.median(through[seen]) < 0.1 and not v.lit:
                unseen.add(v.index)
            if light.name in ("night", "infrared") and not v.lit and np.percentile(picture[seen], 95) < 26:
                unseen.add(v.index)
        found = visible.labels(placed, camera, index, self.silhouettes, unseen)
        return sensor.encode(picture, g), found, camera.size, light.name, viewpoints.tilt_name(down)


def rows(out):
    """Names of the pictures that the manifest has."""
    path = os.path.join(out, "manifest.csv")
    if not os.path.exists(path):
        return set()
    with open(path, newline="") as f:
        return {r[0] for r in csv.reader(f)}


def add_row(out, row):
    """Append one line, whole, however many processes write."""
    with open(os.path.join(out, "manifest.csv"), "a") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        text = ",".join(map(str, row)) + "\n"
        if f.seek(0, os.SEEK_END) == 0:
            text = ",".join(HEADER) + "\n" + text
        f.write(text)
        f.flush()


def store(path, data):
    with open(path + ".part", "wb") as f:
        f.write(data)
    os.replace(path + ".part", path)


def render(o):
    first, _, last = o.scenes.partition("-")
    k, n = map(int, o.share.split("/"))
    for part in ("images", "labels"):
        os.makedirs(os.path.join(o.out, part, "train"), exist_ok=True)
    scratch = os.path.join(o.scratch, f"scene.{os.getpid()}.exr")
    done, studio, start, made = rows(o.out), None, time.process_time(), 0
    for number in range(int(first), int(last or first) + 1):
        name, place = f"train/{number:05d}.jpg", number // VIEWS
        picture = os.path.join(o.out, "images", name)
        if place % n != k or number % VIEWS >= o.views or (name in done and os.path.exists(picture)):
            continue
        if studio is None or studio.place.number != place:
            studio = Studio(place, o.samples, o.threads)
        data, found, size, light, tilt = studio.view(number % VIEWS, scratch, o.crowd)
        store(os.path.join(o.out, "labels", name[:-4] + ".txt"), visible.lines(found, size).encode())
        store(picture, data)
        ignored = sum(f[0] == visible.IGNORE for f in found)
        split = o.split or ("val" if place % VAL_EVERY == VAL_EVERY - 1 else "train")
        add_row(o.out, (name, split, "rendered", f"site:{place}", *size, len(found) - ignored, ignored, "exact", "MIT OR Apache-2.0", "",
                        light, studio.place.weather, tilt))
        made += 1
        if made % 40 == 0:
            print(f"{made} pictures, {(time.process_time() - start) / made:.2f} s of processor each", flush=True)


def sheet(o):
    """A contact sheet of some finished pictures with their boxes: green counted, orange to be ignored."""
    with open(os.path.join(o.out, "manifest.csv"), newline="") as f:
        table = list(csv.DictReader(f))
    if o.scenes:
        first, _, last = o.scenes.partition("-")
        table = [r for r in table if int(first) <= int(r["file"][6:11]) <= int(last or first)]
    random.Random(o.seed).shuffle(table)
    cells = []
    for r in sorted(table[:o.count], key=lambda r: r["file"]):
        picture = cv2.imread(os.path.join(o.out, "images", r["file"]))
        h, w = picture.shape[:2]
        zoom = min(448 / w, 336 / h)
        picture = cv2.resize(picture, None, fx=zoom, fy=zoom)
        with open(os.path.join(o.out, "labels", r["file"][:-4] + ".txt")) as f:
            for line in f:
                c, x, y, bw, bh = map(float, line.split())
                a = (int((x - bw / 2) * w * zoom), int((y - bh / 2) * h * zoom))
                b = (int((x + bw / 2) * w * zoom), int((y + bh / 2) * h * zoom))
                cv2.rectangle(picture, a, b, (0, 255, 0) if c == 0 else (0, 140, 255), 1)
        cell = np.zeros((336, 448, 3), np.uint8)
        cell[:picture.shape[0], :picture.shape[1]] = picture
        cv2.putText(cell, f"{r['file'][6:11]} {r['light']} {r['weather']} {r['view']}", (4, 330), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
        cells.append(cell)
    while len(cells) % o.columns:
        cells.append(np.zeros_like(cells[0]))
    cv2.imwrite(o.png, np.vstack([np.hstack(cells[i:i + o.columns]) for i in range(0, len(cells), o.columns)]))


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("what", choices=("render", "sheet"))
    a.add_argument("--out", default="work/scenes", help="folder for pictures, labels and manifest")
    a.add_argument("--scenes", default="", help="first-last; with sheet: only these")
    a.add_argument("--samples", type=int, default=2, help="paths per pixel")
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--share", default="0/1", help="k/n: every n-th place from the k-th, to run n processes")
    a.add_argument("--views", type=int, default=VIEWS, help="only the first so many views of each place: more places in the same time; the others may follow later")
    a.add_argument("--crowd", choices=population.MODES, help="who is there in every view; `none`: no vehicle (default: drawn for each view)")
    a.add_argument("--split", choices=("train", "val"), help="of all views (default: every twentieth place is val)")
    a.add_argument("--core", type=int, help="keep to this processor core")
    a.add_argument("--scratch", default="/dev/shm" if os.path.isdir("/dev/shm") else ".", help="folder for the rendered layers of the moment")
    a.add_argument("--png", default="work/scenes.png", help="the contact sheet")
    a.add_argument("--count", type=int, default=24, help="pictures on the sheet")
    a.add_argument("--columns", type=int, default=4)
    a.add_argument("--seed", type=int, default=1, help="which pictures the sheet shows")
    o = a.parse_args()
    if o.core is not None:
        os.sched_setaffinity(0, {o.core})
    if o.what == "sheet":
        sheet(o)
    else:
        render(o)


if __name__ == "__main__":
    sys.exit(main())
