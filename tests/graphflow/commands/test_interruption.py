from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from graphflow.commands.interruption import Interruption

TWICE = """
import signal
from graphflow.commands.interruption import Interruption, TOGETHER_SECONDS
times = iter([10.0, 10.0 + {after}])
with Interruption(lambda: next(times)):
    signal.raise_signal(signal.{name})
    print("lives", flush=True)
    signal.raise_signal(signal.{name})
    print("lives again", flush=True)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_is_only_noted(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with Interruption() as interruption:
        assert interruption.signal == 0
        signal.raise_signal(number)
        assert interruption.signal == number
        assert interruption.exit_code == code
    assert signal.getsignal(number) is before


@pytest.mark.skipif(sys.platform == "win32", reason="exit statuses of signals are POSIX's")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_second_signal_kills(name: str) -> None:
    code = TWICE.format(name=name, after="TOGETHER_SECONDS")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -getattr(signal, name)
    assert done.stdout == "lives\n"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_comes_twice_at_once_is_one(name: str) -> None:
    """So does `timeout` send it, for one: to the program, and to its group."""
    code = TWICE.format(name=name, after="TOGETHER_SECONDS / 2")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "lives\nlives again\n")


@pytest.mark.skipif(sys.platform == "win32", reason="exit statuses of signals are POSIX's")
def test_another_signal_kills_at_once() -> None:
    code = TWICE.format(name="SIGINT", after="0").replace("SIGINT", "SIGTERM", 1)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "lives\n")


def test_an_ignored_signal_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGINT)
        assert interruption.signal == 0
    finally:
        signal.signal(signal.SIGINT, before)
