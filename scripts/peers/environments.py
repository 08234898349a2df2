"""Virtual environments with the pinned packages of requirements-NAME.txt, made once in the target folder."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def target() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()


def python(name: str) -> Path:
    """The interpreter of the environment; the environment is made anew when its requirements changed."""
    requirements = HERE / f"requirements-{name}.txt"
    folder = target() / "peers" / name
    stamp, wanted = folder / "requirements.sha256", hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"bench-peers: installing {requirements.name} into {folder} (once, some 700 MB)", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "-q", "install", "-r", requirements], check=True)
        except subprocess.CalledProcessError as error:
            sys.exit(f"bench-peers: {requirements.name} cannot be installed: {error}")
        stamp.write_text(wanted)
    return folder / "bin" / "python"
