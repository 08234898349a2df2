"""The rows of the table: which pipelines there are and what each is set to."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field

import environments
import own
from recordings import Recording, shared

WHOLE_PICTURE = "region = [0.0, 0.0, 1.0, 1.0]"
NO_GATE = "motion_gate = false"
LARGEST = own.DEFAULT_MODEL.parent / "lotcount-s-416x256.onnx"
# What did best on these very recordings, see docs/performance.md.
EVERY_FRAME = {"activation": 0.5, "high": 0.25, "crossing_looks": 3}
EVERY_THIRD = {"stride": 3, "activation": 0.25, "high": 0.25, "least_iou": 0.05, "birth_looks": 1}
# What decides a module's results besides itself and worker.py: those of other versions are measured again.
PARTS = {
    "line_zone": ("crossing", "nets"),
    "background": ("crossing", "centroid"),
    "regions_pipeline": ("crossing", "nets", "motion", "regions"),
}


@dataclass(frozen=True)
class Peer:
    key: str
    title: str
    module: str
    environment: str = "line"
    settings: dict = field(default_factory=dict)

    def fingerprint(self) -> str:
        files = [environments.HERE / f"{name}.py" for name in ("worker", self.module, *PARTS[self.module])]
        files.append(environments.HERE / f"requirements-{self.environment}.txt")
        digest = hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode())
        for file in files:
            digest.update(file.read_bytes())
        return digest.hexdigest()[:16]

    def measure(self, recording: Recording) -> dict:
        job = {
            "module": self.module,
            "settings": self.settings,
            "video": str(recording.path),
            "lines": recording.lines,
            "anchor": recording.anchor,
            "models": str(shared() / "models"),
        }
        command = [environments.python(self.environment), environments.HERE / "worker.py"]
        done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"bench-peers: {self.key} failed on {recording.name}:\n{done.stderr.strip()}")
        return json.loads(done.stdout)


@dataclass(frozen=True)
class Own:
    key: str
    title: str
    setting: own.Setting

    def fingerprint(self) -> str:
        return f"{own.fingerprint()} {self.setting}"

    def measure(self, recording: Recording) -> dict:
        return own.measure(recording, self.setting)


Pipeline = Peer | Own


def pipelines() -> list[Pipeline]:
    line = "supervision LineZone, ByteTrack"
    yolox, yolov5 = {"net": "yolox_nano"}, {"net": "yolov5n_416"}
    one_thread = {**yolox, **EVERY_THIRD, "threads": 1}
    return [
        Peer("yolox", f"{line}, YOLOX-nano, every frame", "line_zone", settings={**yolox, **EVERY_FRAME}),
        Peer("yolox-3", f"{line}, YOLOX-nano, every 3rd frame", "line_zone", settings={**yolox, **EVERY_THIRD}),
        Peer("yolox-3-1", f"{line}, YOLOX-nano, every 3rd frame, one thread", "line_zone", settings=one_thread),
        Peer(
            "yolox-3-defaults",
            f"{line} with default thresholds, YOLOX-nano, every 3rd frame",
            "line_zone",
            settings={**yolox, "stride": 3},
        ),
        Peer("yolov5n", f"{line}, YOLOv5n, every frame", "line_zone", settings={**yolov5, **EVERY_FRAME}),
        Peer("yolov5n-3", f"{line}, YOLOv5n, every 3rd frame", "line_zone", settings={**yolov5, **EVERY_THIRD}),
        Peer("mog2", "OpenCV MOG2, centroid tracker, every frame", "background"),
        Peer(
            "regions",
            "Frigate-like: motion, 320 px regions, YOLOX-nano, norfair, 5 looks a second",
            "regions_pipeline",
            environment="regions",
        ),
        Own("lotcount", "**lotcount as it is**", own.Setting()),
        Own("whole", "lotcount, whole picture", own.Setting(keys=(WHOLE_PICTURE,))),
        Own("every", "lotcount, every frame", own.Setting(every_frame=True)),
        Own("largest", "lotcount, largest of its nets (416x256) everywhere", own.Setting(model=LARGEST)),
        Own("no-gate", "lotcount, no motion gate", own.Setting(keys=(NO_GATE,))),
        Own("full", "lotcount, whole picture and every frame", own.Setting(keys=(WHOLE_PICTURE,), every_frame=True)),
        Own(
            "nothing-saved",
            "lotcount, whole picture, every frame, largest net, no motion gate",
            own.Setting(keys=(WHOLE_PICTURE, NO_GATE), every_frame=True, model=LARGEST),
        ),
        Own("own-yolox", "lotcount with YOLOX-nano", own.Setting(external_model="yolox_nano")),
    ]
