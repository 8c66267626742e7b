"""Break good graphs: seeded mutations of their bytes, lines and values."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from graphflow.nodes.registry import Registry

REPOSITORY: Final = Path(__file__).resolve().parents[3]
FILE_NAME: Final = "mutant.yaml"
"""What a mutant has to be saved as: one of the mutations makes it contain itself."""

_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_SCALAR = re.compile(r"(?<=[:\-,\[] )[^\s,\[\]{}#]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")


def good_graphs(registry: Registry) -> list[bytes]:
    """Return the bundled graphs, the calculators' examples and those of the documents."""
    texts = [path.read_text("utf-8") for path in sorted((REPOSITORY / "graphs").glob("*.yaml"))]
    for calculator in registry:
        texts += _BLOCK.findall(inspect.cleandoc(calculator.__doc__ or "") + "\n")
    for path in sorted((REPOSITORY / "docs").glob("*.md")):
        texts += _BLOCK.findall(path.read_text("utf-8"))
    return [textwrap.dedent(text).encode() for text in texts]


def mutate(random: Random, graphs: list[bytes]) -> tuple[str, bytes]:
    """Return a mutant, and how it was made; one graph in three is mutated more than once."""
    content = random.choice(graphs)
    names = []
    for _ in range(random.choice((1, 1, 1, 1, 2, 4))):
        mutation = random.choice(MUTATIONS)
        names.append(mutation.__name__)
        content = mutation(random, content)
    return "+".join(names), content


Mutation = Callable[[Random, bytes], bytes]

SCALARS: Final = (
    "", "~", "null", "true", "no", "0", "-1", "3.5", "1e400", "-.inf", ".nan", "12:30", "0x10",
    "9" * 30, "9" * 5000, "1" + "0" * 400, "1e-999", "[]", "{}", "[a, 1]", "{a: 1}", "[[[]]]",
    "'quoted'", '"\\ud800"', '"\\e[31m\\0"', "@x", "%x", "*alias", "&anchor x", "!tag x",
    "!!python/object/apply:os.system [ls]", "!!binary aGk=", "!!set {a}", "<<", "a: b: c", "? x",
    "|", ">-", "A:b", "A:0:b", "A:99999:b", "A:" + "9" * 5000 + ":b", "::", "a.b", "../../x",
    "${mutant}", '"${width}"', "$${x}", "a_${x}_b", "${", '"${a}${b}"', "'${unsure'",
    "é", "\u202e\u200b", "𝕏", "x" * 300, "Mutant", "PoseDetectionCpu", "/dev/null", "~root",
)  # fmt: skip
BYTES: Final = (
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\t", b"\r\n", b"\r", b"\n", b"\x1b[2J", b"\xff", b"\xc3",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x85", b"\xe2\x80\xa8", b"\x7f", b":", b": ", b"- ",
    b'"', b"'", b"{", b"}", b"[", b"]", b",", b"&a ", b"*a ", b"!", b"|", b"%", b"@", b"---\n",
)  # fmt: skip
LINES: Final = (
    "<<: *a", "<<: {a: 1}", "&a b: *a", "---", "...", "%YAML 1.1", "%TAG ! tag:x,2000:", "? [a]",
    "node:", "node: []", "node: {}", "- calculator:", "- calculator: ''", "- {}", "-", "- - -",
    "options: {}", "options: []", "executor: [{name: a}, {name: a}]", "num_threads: 0",
    "input_stream_info: [{tag_index: 'A', back_edge: true}]", "max_in_flight: 99999999999999999999",
    "input_stream_handler: {input_stream_handler: SyncSetInputStreamHandler}",
    "parameter: [{name: mutant, type: int, default: 1}, {name: x, type: list of string}]",
    "graph_options: {x: [1, {a: 2}], mutant: }", 'option_value: ["a:options/x/1/a", "b:options/x"]',
    'option_value: "OPTIONS:options"', 'option_value: "::"', "parameter: {name: x, default: ${x}}",
    "type: [Mutant]", "input_side_packet: [{name: 'A:a', type: int, default: x, minimum: []}]",
)  # fmt: skip


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True) or [b""]


def _at(random: Random, content: bytes) -> int:
    return random.randint(0, len(content))


def delete_line(random: Random, content: bytes) -> bytes:
    lines = _lines(content)
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def duplicate_line(random: Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = random.randrange(len(lines))
    return b"".join([*lines[:at], lines[at] * random.choice((1, 1, 300)), *lines[at:]])


def swap_lines(random: Random, content: bytes) -> bytes:
    lines = _lines(content)
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def reindent_line(random: Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = random.randrange(len(lines))
    indent = random.choice((b"", b" ", b"    ", b"\t", b" " * 5000))
    lines[at] = indent + lines[at].lstrip() if random.random() < 0.7 else indent + lines[at]
    return b"".join(lines)


def insert_line(random: Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = random.randrange(len(lines))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())].strip(b"\n")
    lines.insert(at, indent + random.choice(LINES).encode() + b"\n")
    return b"".join(lines)


def insert_bytes(random: Random, content: bytes) -> bytes:
    at = _at(random, content)
    return content[:at] + random.choice(BYTES) + content[at:]


def replace_byte(random: Random, content: bytes) -> bytes:
    at = _at(random, content)
    return content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]


def cut(random: Random, content: bytes) -> bytes:
    return content[: _at(random, content)]


def cut_out(random: Random, content: bytes) -> bytes:
    start, end = sorted((_at(random, content), _at(random, content)))
    return content[:start] + content[end:]


def _replace_match(random: Random, content: bytes, pattern: re.Pattern[str], by: str) -> bytes:
    text = content.decode("utf-8", "replace")
    found = list(pattern.finditer(text))
    if not found:
        return content
    start, end = random.choice(found).span()
    return (text[:start] + by + text[end:]).encode()


def replace_scalar(random: Random, content: bytes) -> bytes:
    return _replace_match(random, content, _SCALAR, random.choice(SCALARS))


def misspell_name(random: Random, content: bytes) -> bytes:
    names = _NAME.findall(content.decode("utf-8", "replace")) or ["name"]
    name = random.choice(names)
    at = random.randrange(len(name))
    by = random.choice((name[:at], name[:at] + name[at + 1 :], name + "s", name.swapcase()))
    return _replace_match(random, content, re.compile(re.escape(name)), by)


def take_another_name(random: Random, content: bytes) -> bytes:
    names = _NAME.findall(content.decode("utf-8", "replace")) or ["name"]
    return _replace_match(random, content, _NAME, random.choice(names))


def flip_list_and_mapping(random: Random, content: bytes) -> bytes:
    pairs = ((rb"^(\s*)- ", rb"\1"), (rb"^(\s*)(\w+):", rb"\1- \2:"), (rb"[\[{]", b"{"))
    pattern, by = random.choice(pairs)
    found = list(re.finditer(pattern, content, re.MULTILINE))
    if not found:
        return content
    match = random.choice(found)
    return content[: match.start()] + match.expand(by) + content[match.end() :]


def nest_deeply(random: Random, content: bytes) -> bytes:
    depth = random.choice((50, 150, 10_000))
    opening, closing = random.choice((("[", "]"), ("{a: ", "}"), ("- ", "")))
    closing *= random.choice((0, 1, 1))
    return _replace_match(random, content, _SCALAR, opening * depth + "x" + closing * depth)


def make_parameter(random: Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    found = list(_SCALAR.finditer(text))
    if not found:
        return content
    match = random.choice(found)
    kind = random.choice(("", "", "type: string, ", "type: int, ", "type: list of float, "))
    declared = f"parameter: [{{name: mutant, {kind}default: {match[0]}}}]\n"
    return (declared + text[: match.start()] + "'${mutant}'" + text[match.end() :]).encode()


def contain_itself(random: Random, content: bytes) -> bytes:
    return _replace_match(random, content, re.compile(r"(?<=calculator: )\w+"), "Mutant")


def change_line_ends(random: Random, content: bytes) -> bytes:
    return content.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b"\x0b", b" ")))


def change_encoding(random: Random, content: bytes) -> bytes:
    encoding = random.choice(("utf-16", "utf-32-le", "utf-8-sig", "utf-7", "cp037"))
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def double(random: Random, content: bytes) -> bytes:
    return content + random.choice((b"", b"---\n", b"...\n")) + content


MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(delete_line, duplicate_line, swap_lines, reindent_line, insert_line) * 2,
    *(insert_bytes, replace_byte, cut, cut_out) * 2,
    *(replace_scalar, misspell_name, take_another_name, make_parameter) * 4,
    *(flip_list_and_mapping, nest_deeply, contain_itself) * 2,
    *(change_line_ends, change_encoding, double),
)
"""All of them, the fruitful ones more often."""
