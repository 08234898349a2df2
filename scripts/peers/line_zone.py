"""supervision's LineZone with ByteTrack on every frame or on every third, in ONNX Runtime."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

import nets
from crossing import Crossing, lines_in_pixels

SUPPRESS_IOU = 0.5
NETS = {"yolox_nano": "yolox", "yolov5n_416": "yolov5"}
SIDE = 416


@dataclass(frozen=True)
class Settings:
    net: str
    stride: int = 1
    threads: int = 0
    least_score: float = 0.25
    activation: float = 0.7  # for new tracks; this and the next four are the packages' defaults
    high: float = 0.6  # for the first association
    least_iou: float = 0.1
    birth_looks: int = 2
    crossing_looks: int = 1  # on the other side of the line


def prepare(job: dict, settings: Settings) -> Callable[[], list[Crossing]]:
    run = nets.onnx_runtime(Path(job["models"]) / f"{settings.net}.onnx", settings.threads)
    net = nets.Yolo(run, NETS[settings.net], SIDE, settings.least_score)
    net(np.zeros((SIDE, SIDE, 3), np.uint8))
    video = sv.VideoInfo.from_video_path(job["video"])
    tracker = ByteTrackTracker(
        frame_rate=video.fps / settings.stride,
        track_activation_threshold=settings.activation,
        minimum_consecutive_frames=settings.birth_looks,
        high_conf_det_threshold=settings.high,
        minimum_iou_threshold=settings.least_iou,
    )
    position = sv.Position.CENTER if job["anchor"] == "centre" else sv.Position.BOTTOM_CENTER
    zones = {
        line.name: sv.LineZone(sv.Point(*line.a), sv.Point(*line.b), [position], settings.crossing_looks)
        for line in lines_in_pixels(job["lines"], video.width, video.height)
    }
    return lambda: count(job["video"], settings.stride, video.fps, net, tracker, zones)


def count(
    video: str, stride: int, fps: float, net: nets.Yolo, tracker: ByteTrackTracker, zones: dict[str, sv.LineZone]
) -> list[Crossing]:
    crossings = []
    for at, frame in enumerate(sv.get_video_frames_generator(video, stride=stride)):
        boxes, scores, classes = net(frame)
        detections = sv.Detections(xyxy=boxes, confidence=scores, class_id=classes)
        detections = tracker.update(detections.with_nms(SUPPRESS_IOU, class_agnostic=True))
        for name, zone in zones.items():
            # Its "in" is from the right hand of start -> end to the left.
            to_left, to_right = zone.trigger(detections)
            ways = ["exit"] * int(to_left.sum()) + ["entry"] * int(to_right.sum())
            crossings += [Crossing(at * stride / fps, name, way) for way in ways]
    return crossings
