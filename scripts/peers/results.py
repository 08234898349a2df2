"""What was measured, in one JSON file: an interrupted run goes on where it was."""

import json
import os
from pathlib import Path


class Results:
    """measured[pipeline][recording] as worker.py tells it, with `of`, the fingerprint of what was measured, and `load`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        known = json.loads(path.read_text()) if path.exists() else {}
        self.machine: dict = known.get("machine", {})
        self.measured: dict[str, dict[str, dict]] = known.get("measured", {})
        self.left_out: dict[str, str] = known.get("left_out", {})

    def has(self, pipeline: str, recording: str, fingerprint: str) -> bool:
        return self.measured.get(pipeline, {}).get(recording, {}).get("of") == fingerprint

    def add(self, pipeline: str, recording: str, result: dict) -> None:
        self.measured.setdefault(pipeline, {})[recording] = result
        self.left_out.pop(pipeline, None)
        self.save()

    def leave_out(self, pipeline: str, why: str) -> None:
        """The pipeline has no row, and the table says why."""
        self.measured.pop(pipeline, None)
        self.left_out[pipeline] = why
        self.save()

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        known = {"machine": self.machine, "measured": self.measured, "left_out": self.left_out}
        fresh.write_text(json.dumps(known, indent=1) + "\n")
        os.replace(fresh, self.path)
