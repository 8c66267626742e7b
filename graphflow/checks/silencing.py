"""Comments in a graph that silence warnings: `# graphflow: ignore[GF030]`.

A comment silences what is told of its own line; alone on its lines, what is told of the line below.
One that silences nothing is told itself: it would hide the next mistake made there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.config.stream_names import did_you_mean
from graphflow.words.diagnostics import Location

USELESS: Final = Check(
    code="GF090",
    name="useless-silencing",
    title="a comment silences nothing",
    reason="There is no such warning here, or no such code. Left in, the comment would hide the "
    "next mistake that is made at this place.",
    example="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PassThroughCalculator # graphflow: ignore[GF030]
    input_stream: [image]
    output_stream: [result]
""",
    remedy="Take the comment, or the code in it, out; or move it to the line that the warning "
    "names, or the one above.",
    cured="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
)

_COMMENT: Final = re.compile(r"(?:^|\s)#\s*graphflow:\s*ignore\[(?P<codes>[^\]]*)\]")


@dataclass(frozen=True)
class _Silence:
    """One code in one comment.

    Attributes:
        lines: where it holds.
    """

    code: str
    lines: range
    location: Location


def unsilenced(
    findings: Sequence[Finding], texts: dict[str, str], codes: Collection[str]
) -> Iterator[Finding]:
    """Yield the findings that no comment silences, and the comments that silence nothing.

    Args:
        findings: of all files.
        texts: the files' texts, by their names.
        codes: those that there are.
    """
    silences = [each for file, text in texts.items() for each in _silences(text, file)]
    used: set[_Silence] = set()
    for finding in findings:
        place = finding.location
        matching = [
            each
            for each in silences
            if each.code == finding.code
            and each.location.file == place.file
            and place.line in each.lines
        ]
        used.update(matching)
        if not matching:
            yield finding
    for silence in silences:
        if silence not in used:
            yield _useless(silence, codes)


def _useless(silence: _Silence, codes: Collection[str]) -> Finding:
    if silence.code in codes:
        words = f"there is no warning {silence.code} here that a comment could silence"
        return USELESS.found(silence.location, words, hint="take it out")
    hint = did_you_mean(silence.code, codes) or "graphflow explain lists them"
    return USELESS.found(silence.location, f'there is no warning "{silence.code}"', hint=hint)


def _silences(text: str, file: str) -> Iterator[_Silence]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found is None:
            continue
        end = number
        if line.lstrip().startswith("#"):
            while end < len(lines) and lines[end - 1].lstrip().startswith("#"):
                end += 1
        location = Location(file, number, line.index("#", found.start()) + 1)
        for code in found["codes"].split(","):
            yield _Silence(code.strip(), range(number, end + 1), location)
