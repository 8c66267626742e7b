"""Write docs/checks.md from the checks themselves: python -m docs.make_checks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphflow.checks.catalogue import CHECKS
from graphflow.checks.check import Check

PAGE: Final = Path(__file__).parent / "checks.md"

HEAD: Final = """\
# Checks

`graphflow check GRAPH...` tells everything that can be known of graphs without running them: all
faults, each at its line and column, and warnings of what a graph may come to grief on.

```console
$ graphflow check pose_tracking
pose_tracking: fine
$ graphflow check no_such_graph; echo $?
no_such_graph: there is no such graph file
no_such_graph: 1 fault
2
```

Exit codes: 0 no faults; 1 warnings, with `--strict`; 2 faults, or a wrong command line. `--param`
and `--set` stand for those of `graphflow run`.

A warning has a code; `graphflow explain GF012` says what it means, with an example, and
`graphflow explain` lists all. What is meant so is silenced by a comment on the line that the
warning names, or alone on the line above; a comment that silences nothing is told (GF090).

```yaml
input_stream: [image]
output_stream: [newest]
node:
  # The display needs the newest picture alone.
  # graphflow: ignore[GF030, GF031]
  - calculator: PassThroughCalculator
    input_stream: [image]
    input_stream_handler: {input_stream_handler: FixedSizeInputStreamHandler}
    output_stream: [newest]
```

`--json` prints an object with a list `graphs`; each has `graph`, `faults`, `warnings`,
`is_reproducible` (whether the same input gives the same results in every run) and `varying_nodes`
(those on which that fails, silenced or not). Faults and warnings have `file`, `line`, `column`,
`message`, `found`, `expected`, `notes` and `hint`, warnings also `code`. Where there are faults,
the two verdicts are null.

Checks look at graphs, contracts and policies, and at no code of a calculator. What only its
author can know, the contract says: `settles`, `loses` and `varies_with` ([the
contract](calculators.md#the-contract)).
"""


def page_text() -> str:
    """Return the page."""
    parts = [HEAD, *(part for check in CHECKS.values() for part in _section(check))]
    return "\n".join(parts)


def _section(check: Check) -> Iterator[str]:
    yield f"## {check.code} {check.name}\n"
    yield f"{check.title[0].upper()}{check.title[1:]}.\n"
    yield textwrap.fill(check.reason, 100) + "\n"
    yield f"```yaml\n{check.example}```\n"
    yield textwrap.fill(check.remedy, 100) + "\n"
    yield f"```yaml\n{check.cured}```\n"


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
