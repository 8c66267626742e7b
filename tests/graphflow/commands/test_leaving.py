"""A program whose threads can't be ended leaves without tearing the interpreter down."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading

from graphflow.cli import main
from graphflow.commands.leaving import Leaving

class Told:
    def __del__(self):
        print("torn down")

sys.modules["kept"] = Told()  # Let go of when the interpreter is torn down, and not before.
{thread}
sys.argv = ["graphflow", {argument!r}]
begin = Leaving.__init__

def begin_before_others(leaving):
    begin(leaving)
    atexit.register(print, "at exit")

Leaving.__init__ = begin_before_others
main()
"""
THREAD = "threading.Thread(target=threading.Event().wait, daemon=True).start()"


@pytest.mark.parametrize(("argument", "code"), [("--version", 0), ("no_such_command", 2)])
@pytest.mark.parametrize("is_left", [True, False])
def test_a_thread_that_is_left_keeps_the_exit_code(argument: str, code: int, is_left: bool) -> None:
    text = PROGRAM.format(thread=THREAD if is_left else "", argument=argument)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert ("torn down" in done.stdout, "at exit" in done.stdout) == (not is_left, True)
    assert "Traceback" not in done.stderr
