"""Make the project's environment, and say in plain words why it can't be made.

Run by the Makefile with whatever Python is at hand, so this file uses the standard library alone
and parses on Python 3.6: an old Python must live long enough to print what is wrong with it.

    python3 tools/bootstrap.py [--extras test,lint] [--python PROGRAM]

The second time it does nothing: a stamp in the environment tells what was installed from which
pyproject.toml and constraints.txt, and where.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterable, List, Optional, Sequence, Tuple

OLDEST = (3, 10)
NEWEST_TESTED = (3, 13)
CANDIDATES = ("python3", "python3.13", "python3.12", "python3.11", "python3.10", "python")
INPUTS = ("pyproject.toml", "constraints.txt", "tools/bootstrap.py")
QUOTED_LINES = 6

UNREACHABLE_SIGNS = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ConnectionResetError",
    "ConnectionRefusedError",
    "Max retries exceeded",
    "Temporary failure in name resolution",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Read timed out",
    "IncompleteRead",
    "Connection broken",
    "ProxyError",
    "SSLError",
)
DISK_FULL_SIGNS = (
    "No space left on device",
    "[Errno 28]",
    "Disk quota exceeded",
    "not enough space on the disk",
)
NO_VENV_SIGNS = ("ensurepip is not available", "No module named venv", "No module named ensurepip")
NO_PIP_SIGNS = ("No module named pip",)
REFUSED_SIGNS = ("Permission denied", "[Errno 13]", "Read-only file system")


class BootstrapError(Exception):
    """The environment can't be made; the text says what failed and what to do."""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Make or mend the environment; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the project's environment.")
    parser.add_argument("--extras", default="", help="comma-separated extras of the project")
    parser.add_argument("--python", default="", help="the Python to use, instead of any that fits")
    parser.add_argument("--root", default=str(Path(__file__).resolve().parent.parent))
    chosen = parser.parse_args(arguments)
    extras = sorted(extra for extra in chosen.extras.split(",") if extra)
    try:
        make_environment(Path(chosen.root), extras, chosen.python)
    except BootstrapError as error:
        sys.stderr.write("error: {}\n".format(error))
        return 1
    except OSError as error:
        sys.stderr.write("error: {}\n".format(explain_failure(str(error), "the environment")))
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    return 0


def make_environment(root: Path, extras: List[str], python: str) -> None:
    """Make `.venv` in `root` with the project (editable) and its extras, unless it is there."""
    folder = root / ".venv"
    stamp = folder / "graphflow-stamp.json"
    digest = digest_of(root)
    installed = read_stamp(stamp, digest)
    if not works(folder, python):
        make_venv(find_python(python), folder)
        installed = None
    if installed is not None and set(extras) <= set(installed):
        return
    wanted = sorted(set(extras) | set(installed or ()))
    purpose = " for " + " and ".join(wanted) if wanted else ""
    say("installing graphflow and what it needs{} into .venv ...".format(purpose))
    install(root, folder, wanted)
    stamp.write_text(json.dumps({"digest": digest, "extras": wanted}), encoding="utf-8")


def digest_of(root: Path) -> str:
    """Return what the environment depends on, as one number: the files' content, and the place."""
    digest = hashlib.sha256(str(root.resolve()).encode("utf-8"))
    for name in INPUTS:
        path = root / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def read_stamp(stamp: Path, digest: str) -> Optional[List[str]]:
    """Return the extras that were installed, or None where the stamp is missing or out of date."""
    try:
        content = json.loads(stamp.read_text(encoding="utf-8"))
        if content["digest"] == digest:
            return list(content["extras"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def find_python(python: str, candidates: Iterable[str] = CANDIDATES) -> str:
    """Return a Python that fits: the one asked for, else the first tested one, else a newer one.

    Raises:
        BootstrapError: there is none.
    """
    found = []  # type: List[Tuple[str, Tuple[int, int]]]
    for program in [python] if python else candidates:
        version = version_of(program)
        if version is not None:
            found.append((program, version))
    fitting = [(program, version) for program, version in found if version >= OLDEST]
    for program, version in fitting:
        if version <= NEWEST_TESTED:
            return program
    if fitting:
        program, version = fitting[0]
        say(
            "note: {} is Python {}, newer than those tested ({} to {})".format(
                program, dotted(version), dotted(OLDEST), dotted(NEWEST_TESTED)
            )
        )
        return program
    raise BootstrapError(too_old(python, found))


def too_old(python: str, found: List[Tuple[str, Tuple[int, int]]]) -> str:
    """Return the words for: no Python that fits."""
    if found:
        seen = ", ".join("{} is {}".format(name, dotted(version)) for name, version in found)
    else:
        seen = '"{}" does not run'.format(python) if python else "no python3 runs here"
    return (
        "graphflow needs Python {} or newer; {}\n"
        "  hint: install Python 3.12, then: make PYTHON=python3.12 ...".format(dotted(OLDEST), seen)
    )


def version_of(program: str) -> Optional[Tuple[int, int]]:
    """Return major and minor version of a Python program, or None where it does not run."""
    code = "import sys; print('%d %d' % sys.version_info[:2])"
    status, output = run([program, "-c", code])
    words = output.split()
    # A shim of a version manager can exist without a Python behind it: believe only its answer.
    if status != 0 or len(words) != 2 or not all(word.isdigit() for word in words):
        return None
    return int(words[0]), int(words[1])


def dotted(version: Tuple[int, int]) -> str:
    """Return a version as people write it."""
    return ".".join(str(part) for part in version)


def venv_python(folder: Path) -> Path:
    """Return the Python program of an environment."""
    if os.name == "nt":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def works(folder: Path, python: str) -> bool:
    """Tell whether an environment's Python runs, is new enough and of the version asked for."""
    program = venv_python(folder)
    if not program.exists():
        return False
    version = version_of(str(program))
    if version is None or version < OLDEST:
        return False
    return not python or version_of(python) == version


def make_venv(python: str, folder: Path) -> None:
    """Make an empty environment, in place of a broken one.

    Raises:
        BootstrapError: the venv module is missing, or the disk refused.
    """
    say("making .venv with {} ...".format(python))
    status, output = run([python, "-m", "venv", "--clear", str(folder)])
    if status != 0:
        if any(sign in output for sign in NO_VENV_SIGNS):
            version = version_of(python) or OLDEST
            raise BootstrapError(
                "{} lacks the venv module, or pip for it\n"
                "  hint: on Debian and Ubuntu: apt-get install python{}-venv; "
                "or use another Python: make PYTHON=... ".format(python, dotted(version)).rstrip()
            )
        raise BootstrapError(explain_failure(output, "an environment with " + python))


def install(root: Path, folder: Path, extras: List[str]) -> None:
    """Install the project, editable, with extras, at the versions of constraints.txt.

    Raises:
        BootstrapError: pip failed; the text says why.
    """
    pip = [str(venv_python(folder)), "-m", "pip", "install", "--disable-pip-version-check"]
    pip += ["--no-input", "--progress-bar", "off", "--constraint", str(root / "constraints.txt")]
    project = str(root) + ("[{}]".format(",".join(extras)) if extras else "")
    # The build tool first, at its pinned version: pip would fetch another copy for the build.
    steps = (["hatchling", "editables"], ["--no-build-isolation", "--editable", project])
    for step in steps:
        status, output = run(pip + step)
        if status != 0:
            raise BootstrapError(explain_failure(output, "the packages"))


def explain_failure(output: str, what: str) -> str:
    """Return what a failed step said as one fault and one thing to do.

    Args:
        output: everything that pip or venv printed.
        what: what was being installed or made, as words.
    """
    if has_any(output, DISK_FULL_SIGNS):
        return "the disk is full: could not install {}\n  hint: free about 1 GB, try again".format(
            what
        )
    if has_any(output, NO_PIP_SIGNS):
        return "the environment has no pip\n  hint: delete the folder .venv, try again"
    if has_any(output, UNREACHABLE_SIGNS):
        return (
            "the package index can't be reached: could not install {}\n  hint: check the network "
            "and pip's index and proxy settings (pip config list), try again".format(what)
        )
    missing = after(output, "No matching distribution found for ")
    if missing:
        return (
            "the package index has no {} that fits this Python\n  hint: use Python {} to {}: "
            "rm -rf .venv; make PYTHON=python3.12 ...".format(
                missing, dotted(OLDEST), dotted(NEWEST_TESTED)
            )
        )
    if has_any(output, REFUSED_SIGNS):
        return "could not write {}\n  hint: check who owns this folder and .venv\n{}".format(
            what, quoted(output)
        )
    return "could not install {}; pip said:\n{}".format(what, quoted(output))


def has_any(text: str, signs: Iterable[str]) -> bool:
    """Tell whether one of the signs stands in the text."""
    return any(sign in text for sign in signs)


def after(text: str, sign: str) -> str:
    """Return the word that follows `sign`, or ""."""
    _, _, rest = text.partition(sign)
    words = rest.split()
    return words[0] if words else ""


def quoted(output: str) -> str:
    """Return the last lines that a program printed, indented."""
    lines = output.strip().splitlines()[-QUOTED_LINES:]
    return "\n".join("    " + line for line in lines) or "    nothing"


def run(command: Sequence[str]) -> Tuple[int, str]:
    """Run a program; return its exit status and all it printed. 127 where it can't be started."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        return 127, str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def say(text: str) -> None:
    """Tell what is going on, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
