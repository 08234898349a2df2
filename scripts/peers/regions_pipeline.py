"""A pipeline in Frigate's manner: motion boxes, square regions of 320 pixels, five looks a second, norfair, a line.

Written after Frigate's documentation and sources (0.14), as one process for one camera: Frigate itself has a recorder, a
database and queues besides, and zones instead of lines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from norfair import Detection, Tracker

import nets
from crossing import Box, Crossing, LineCounter, anchor, lines_in_pixels
from motion import MotionBoxes
from regions import LEAST_SIDE, inside, iou, merge, round_boxes

LONGEST_ABSENCE_S = 5
FURTHEST = 2.5  # in sizes of the vehicle, see apart()
STATIONARY_LOOKS = 50  # at about one place; then it is looked at when something moves there, or every so many looks
STATIONARY_IOU = 0.6


@dataclass(frozen=True)
class Settings:
    looks_per_second: float = 5
    least_score: float = 0.25
    birth_looks: int = 0


@dataclass
class Followed:
    place: Box
    box: Box
    unmoved: int = 0

    def update(self, box: Box) -> None:
        if iou(self.place, box) < STATIONARY_IOU:
            self.place, self.unmoved = box, 0
        else:
            self.unmoved += 1
        self.box = box


def prepare(job: dict, settings: Settings) -> Callable[[], list[Crossing]]:
    side = LEAST_SIDE
    net = nets.Yolo(nets.openvino(Path(job["models"]) / "yolox_nano.onnx", side), "yolox", side, settings.least_score)
    net(np.zeros((side, side, 3), np.uint8))
    video = cv2.VideoCapture(job["video"])
    if not video.isOpened():
        raise OSError(f"{job['video']} cannot be opened")
    camera = Camera(job, settings, net, video)
    return camera.count


class Camera:
    def __init__(self, job: dict, settings: Settings, net: nets.Yolo, video: cv2.VideoCapture) -> None:
        self.video, self.net, self.anchor = video, net, job["anchor"]
        self.fps = video.get(cv2.CAP_PROP_FPS)
        self.period_s = 1 / settings.looks_per_second
        self.width, self.height = (int(video.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        self.motion = MotionBoxes(self.width, self.height)
        self.counter = LineCounter(lines_in_pixels(job["lines"], self.width, self.height))
        absence = round(LONGEST_ABSENCE_S * settings.looks_per_second)
        self.tracker = Tracker(apart, FURTHEST, absence, settings.birth_looks)
        self.followed: dict[int, Followed] = {}
        self.estimates: dict[int, Box] = {}
        self.looks = 0

    def count(self) -> list[Crossing]:
        at, next_look_s = 0, 0.0
        while self.video.grab():
            if at / self.fps >= next_look_s - 1e-6:
                self.look(self.video.retrieve()[1], at / self.fps)
                next_look_s += self.period_s
            at += 1
        return self.counter.crossings

    def look(self, frame: np.ndarray, time_s: float) -> None:
        moved = self.motion(frame)
        moved = [] if self.motion.calibrating else moved
        standing = self._standing(moved)
        tracked = [self.estimates[number] for number in self.followed if number not in standing]
        looked_at = round_boxes(tracked, self.width, self.height)
        alone = [box for box in moved if not any(inside(box, region) for region in looked_at)]
        looked_at += round_boxes(alone, self.width, self.height)
        if self.looks == 0:
            looked_at.append((0, 0, max(self.width, self.height), max(self.width, self.height)))
        found = [(self.followed[number].box, 1.0, (0, 0, self.width, self.height)) for number in standing]
        for region in looked_at:
            found += self._detect(frame, region)
        self.looks += 1
        self._follow(merge(found, self.width, self.height), time_s)

    def _standing(self, moved: list[Box]) -> list[int]:
        """Vehicles that are taken to be where they were without a look."""
        if self.looks % STATIONARY_LOOKS == 0:
            return []
        return [
            number
            for number, one in self.followed.items()
            if one.unmoved >= STATIONARY_LOOKS and not any(iou(one.box, box) > 0 for box in moved)
        ]

    def _detect(self, frame: np.ndarray, region: Box) -> list[tuple[Box, float, Box]]:
        left, top, right, bottom = region
        crop = frame[top:bottom, left:right]
        short = bottom - top - crop.shape[0], right - left - crop.shape[1]
        if any(short):
            crop = cv2.copyMakeBorder(crop, 0, short[0], 0, short[1], cv2.BORDER_CONSTANT)
        boxes, scores, _ = self.net(crop)
        boxes = boxes + np.array([left, top, left, top])
        boxes = np.clip(boxes, 0, [self.width - 1, self.height - 1] * 2)
        return [(tuple(map(float, box)), float(score), region) for box, score in zip(boxes, scores)]

    def _follow(self, boxes: list[Box], time_s: float) -> None:
        tracks = self.tracker.update([Detection(np.array(box).reshape(2, 2), data=(box, time_s)) for box in boxes])
        followed, self.estimates = {}, {}
        for track in tracks:
            box, seen_s = track.last_detection.data
            number = track.global_id
            one = self.followed.get(number) or Followed(box, box)
            if seen_s == time_s:
                one.update(box)
                self.counter.move(number, anchor(box, self.anchor), time_s)
            followed[number] = one
            self.estimates[number] = tuple(float(value) for value in track.estimate.ravel())
        self.followed = followed


def apart(detection: Detection, track: object) -> float:
    """How far the bottom centres are from each other in sizes of the estimated box, with the change of the sizes."""
    (left, top), (right, bottom) = detection.points
    (known_left, known_top), (known_right, known_bottom) = track.estimate
    width, height = known_right - known_left, known_bottom - known_top
    if min(width, height, right - left, bottom - top) <= 0:
        return float("inf")
    aside = (left + right - known_left - known_right) / 2 / width
    along = (bottom - known_bottom) / height
    wider = max(width, right - left) / min(width, right - left) - 1
    higher = max(height, bottom - top) / min(height, bottom - top) - 1
    return float(np.linalg.norm([aside, along, wider, higher]))
