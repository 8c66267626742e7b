"""An environment of its own for MediaPipe 0.10.21, the last version with Python graphs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VERSION: Final = "0.10.21"
NEWEST_PYTHON: Final = (3, 12)
"""MediaPipe 0.10.21 has wheels up to this Python."""

FOLDER: Final = Path("out/mediapipe-environment")
THEIRS: Final = Path(__file__).with_name("theirs")
"""The scripts that run there, without graphflow."""


class EnvironmentProblem(Exception):
    """MediaPipe's environment can't be made; the message says why and what to do."""


def python_with_mediapipe(folder: Path = FOLDER) -> Path:
    """Return the Python of an environment that has MediaPipe; make the environment if needed.

    Raises:
        EnvironmentProblem: no Python fits, or MediaPipe can't be installed.
    """
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / f"has-mediapipe-{VERSION}"
    if stamp.exists() and python.exists():
        return python
    print(f"making an environment with mediapipe {VERSION} in {folder} (once)", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([_fitting_python(), "-m", "venv", str(folder)], check=True)
    command = [str(python), "-m", "pip", "install", "-q", f"mediapipe=={VERSION}", "av"]
    if subprocess.run(command).returncode:
        raise EnvironmentProblem(
            f"could not install mediapipe {VERSION}; pip's own words stand above. "
            "Is the package registry reachable?"
        )
    stamp.touch()
    return python


def _fitting_python() -> str:
    if sys.version_info[:2] <= NEWEST_PYTHON:
        return sys.executable
    for minor in range(NEWEST_PYTHON[1], 9, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise EnvironmentProblem(
        f"mediapipe {VERSION} needs Python 3.{NEWEST_PYTHON[1]} or older, and there is none here "
        f"(this is {sys.version.split()[0]}); install one, or run with PYTHON=..."
    )
