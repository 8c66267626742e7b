"""MediaPipe's side on request: one JSON line in, one out, until the input ends.

    python serve.py

Runs in MediaPipe's own environment, without graphflow.
"""

import importlib
import json
import os
import sys

os.environ.setdefault("GLOG_minloglevel", "2")

WORK = {
    # What a request says under "do": the module whose `run` takes its other fields.
    "landmarks": "solution",
    "whole_job": "script",
    "peak_memory": "peak_memory",
    "scheduler": "scheduler",
}


def answer_to(request):
    """Do what a request says; an error is an answer, too."""
    try:
        return importlib.import_module(WORK[request.pop("do")]).run(**request)
    except Exception as fault:
        return {"error": f"{type(fault).__name__}: {fault}"}


def main():
    """Answer every line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # MediaPipe's own words must not come between
    for line in sys.stdin:
        print(json.dumps(answer_to(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
