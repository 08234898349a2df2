"""Motion boxes on a small grey picture against a running average, with the figures that Frigate has by default.

Average and contrast begin as in the first picture, as if the camera had been running for long: beginning from black, Frigate
waits for a quiet picture before it believes in any motion, and on a busy road a short recording has none.
"""

import cv2
import numpy as np

from crossing import Box

HEIGHT = 100  # pixels of the small picture
THRESHOLD = 30  # grey levels
LEAST_AREA = 10  # pixels of the small picture
RATE, CALIBRATING_RATE = 0.01, 0.2  # of the running average
PATIENCE = 10  # looks with motion after which that becomes background, too
LIGHTNING = 0.8  # share of the picture that moves: calibrate anew
CONTRAST_HISTORY = 50


class MotionBoxes:
    def __init__(self, width: int, height: int) -> None:
        self.scale = height / HEIGHT
        self.size = width * HEIGHT // height, HEIGHT
        self.average: np.ndarray | None = None
        self.contrast: np.ndarray | None = None
        self.looks = 0
        self.moving_looks = 0
        self.calibrating = False

    def __call__(self, frame: np.ndarray) -> list[Box]:
        """Boxes in pixels of the BGR frame."""
        small = cv2.cvtColor(cv2.resize(frame, self.size, interpolation=cv2.INTER_NEAREST), cv2.COLOR_BGR2GRAY)
        small = cv2.GaussianBlur(self._stretched(small), (3, 3), 1)
        if self.average is None:
            self.average = small.astype(np.float32)
        differs = cv2.absdiff(small, cv2.convertScaleAbs(self.average))
        mask = cv2.dilate(cv2.threshold(differs, THRESHOLD, 255, cv2.THRESH_BINARY)[1], None)
        contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
        areas = [cv2.contourArea(contour) for contour in contours]
        boxes = [self._box(contour) for contour, area in zip(contours, areas) if area > LEAST_AREA]
        share = sum(areas) / mask.size
        if share < 0.05 and len(boxes) <= 4:
            self.calibrating = False
        elif share > LIGHTNING:
            self.calibrating = True
        self.moving_looks = self.moving_looks + 1 if boxes else 0
        if not boxes or self.moving_looks >= PATIENCE:
            cv2.accumulateWeighted(small, self.average, CALIBRATING_RATE if self.calibrating else RATE)
        return boxes

    def _stretched(self, grey: np.ndarray) -> np.ndarray:
        """More contrast, by the averages of what has been dark and bright lately."""
        dark, bright = np.percentile(grey, (4, 96))
        if dark >= bright:
            return grey
        if self.contrast is None:
            self.contrast = np.tile((dark, bright), (CONTRAST_HISTORY, 1))
        self.contrast[self.looks % CONTRAST_HISTORY] = dark, bright
        self.looks += 1
        low, high = self.contrast.mean(0)
        return ((np.clip(grey, low, high) - low) / (high - low) * 255).astype(np.uint8)

    def _box(self, contour: np.ndarray) -> Box:
        x, y, width, height = cv2.boundingRect(contour)
        return tuple(int(value * self.scale) for value in (x, y, x + width, y + height))
