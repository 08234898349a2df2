"""OpenCV's MOG2, contours, a centroid tracker and a line: counting cars as it is taught, without a net."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from centroid import CentroidTracker
from crossing import Crossing, LineCounter, anchor, lines_in_pixels

WIDTH = 500  # pixels, to which larger frames are shrunk
LEAST_AREA = 0.002  # of the picture, for a contour to be a vehicle
FURTHEST = 0.1  # of the picture's width between two frames
LONGEST_ABSENCE = 10  # frames
SHADOW_ABOVE = 200  # MOG2 marks shadows with 127


@dataclass(frozen=True)
class Settings:
    """There is only one."""


def prepare(job: dict, _settings: Settings) -> Callable[[], list[Crossing]]:
    video = cv2.VideoCapture(job["video"])
    if not video.isOpened():
        raise OSError(f"{job['video']} cannot be opened")
    return lambda: count(video, job)


def count(video: cv2.VideoCapture, job: dict) -> list[Crossing]:
    fps = video.get(cv2.CAP_PROP_FPS)
    width, height = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    scale = min(1.0, WIDTH / width)
    size = round(width * scale), round(height * scale)
    subtractor = cv2.createBackgroundSubtractorMOG2()
    tracker = CentroidTracker(FURTHEST * size[0], LONGEST_ABSENCE)
    counter = LineCounter(lines_in_pixels(job["lines"], *size))
    at = 0
    while True:
        there, frame = video.read()
        if not there:
            return counter.crossings
        if scale < 1.0:
            frame = cv2.resize(frame, size)
        points = [anchor(box, job["anchor"]) for box in moving(subtractor.apply(frame))]
        for track, point in tracker.update(points).items():
            counter.move(track, point, at / fps)
        at += 1


def moving(mask: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Boxes round what differs from the background, shadows left out."""
    _, mask = cv2.threshold(mask, SHADOW_ABOVE, 255, cv2.THRESH_BINARY)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
    mask = cv2.dilate(mask, kernel, iterations=3)
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    boxes = []
    for contour in contours:
        if cv2.contourArea(contour) >= LEAST_AREA * mask.size:
            x, y, width, height = cv2.boundingRect(contour)
            boxes.append((x, y, x + width, y + height))
    return boxes
