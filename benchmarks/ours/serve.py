"""graphflow's side on request: one JSON line in, one out, until the input ends.

python -m benchmarks.ours.serve
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any, Final

WORK: Final = {
    # What a request says under "do": the module whose `run` takes its other fields.
    "landmarks": "landmarks",
    "whole_job": "whole_job",
    "peak_memory": "peak_memory",
    "scheduler": "scheduler",
    "frame_time": "frame_time",
    "clips": "clips",
    "starts": "starts",
    "workers": "workers",
}


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Do what a request says; an error is an answer, too."""
    try:
        module = import_module(f"benchmarks.ours.{WORK[request.pop('do')]}")
        answer: dict[str, Any] = module.run(**request)
    except Exception as fault:
        return {"error": f"{type(fault).__name__}: {fault}"}
    return answer


def main() -> None:
    """Answer every line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not come between
    for line in sys.stdin:
        print(json.dumps(answer_to(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
