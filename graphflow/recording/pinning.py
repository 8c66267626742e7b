"""Pinning: a node's replay made a test: a file for pytest, and the data it needs beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from graphflow.nodes import registry as registries
from graphflow.nodes.registry import Registry
from graphflow.recording.calls import RecordedCall
from graphflow.recording.description import GraphDescription, NodeDescription
from graphflow.recording.faults import RecordingError
from graphflow.recording.format import NODE, SIDE, STREAM
from graphflow.recording.reading import Recording, Unrecorded
from graphflow.recording.replaying import find_node, replay_node
from graphflow.recording.writing import RecordingWriter
from graphflow.words.errors import UsageError

DATA_BYTES_MAX: Final = 1 << 20
"""Data of a test without a time ends here, roughly, as written before compression."""

_TEMPLATE: Final = '''"""Pins what node "{node}" ({calculator}) gave in a recorded run.

Made by `graphflow replay --node {node} --make-test`; the data is in {data}, beside this.
Where the calculator is changed on purpose, make a recording of the new one, and this anew.
"""

from __future__ import annotations

from pathlib import Path
{imports}
from graphflow.recording import replay_node


def test_{name}_gives_what_it_gave() -> None:
    replay_node(Path(__file__).with_name("{data}"), "{node}").check()
'''


@dataclass(frozen=True)
class Pinned:
    """What was written.

    Attributes:
        test: the file for pytest.
        data: the recording beside it.
        calls: how many calls are in it.
        left: how many of the node's calls are not.
    """

    test: Path
    data: Path
    calls: int
    left: int


def make_test(
    recording: Recording,
    node: str,
    folder: Path,
    *,
    until: int | None = None,
    replaces: bool = False,
    registry: Registry = registries.registry,
) -> Pinned:
    """Write a test that calls a node as it was called, and demands what it gave.

    Args:
        recording: where the calls come from.
        node: its name.
        folder: where the files go: test_NAME.py and test_NAME.mcap.
        until: a time, microseconds: the last call that the test makes; None for as many calls as
            make about a megabyte of data.
        replaces: whether files of an earlier test may be replaced.
        registry: where the calculator is looked for.

    Raises:
        UsageError: no such node, or a file is there already.
        RecordingError: a packet was not recorded, or the node gives something else already now.
    """
    chosen = find_node(recording, node)
    if chosen.module == "__main__":
        raise UsageError(
            f'node "{node}": {chosen.calculator} was defined in the program itself\n'
            "  hint: move it into a module, which the test can import, and record again"
        )
    name = re.sub(r"\W+", "_", chosen.name.rpartition("__")[2]).lower().strip("_") or "node"
    test, data = folder / f"test_{name}.py", folder / f"test_{name}.mcap"
    for path in (test, data):
        if path.exists() and not replaces:
            raise UsageError(f"{path}: is there already\n  hint: --force replaces it")
    replay = replay_node(recording, node, until=until, registry=registry)
    if not replay.is_same:
        raise RecordingError(f'node "{node}" gives something else already now\n{replay}')
    try:
        folder.mkdir(parents=True, exist_ok=True)
        calls, left = _write_data(recording, chosen, data, until)
        test.write_text(_text(chosen, name, data.name, registry), encoding="utf-8")
    except OSError as fault:
        raise RecordingError(f"{fault.filename}: {fault.strerror}") from fault
    return Pinned(test, data, calls, left)


def _text(node: NodeDescription, name: str, data: str, registry: Registry) -> str:
    calculator = registry.get(node.calculator)
    module = node.module if calculator is None else calculator.__module__
    is_known = module.split(".")[0] == "calculators"
    imports = "" if is_known else f"\nimport {module}  # noqa: F401  registers the calculator"
    return _TEMPLATE.format(
        node=node.name, calculator=node.calculator, name=name, data=data, imports=imports
    )


def _write_data(
    recording: Recording, node: NodeDescription, path: Path, until: int | None
) -> tuple[int, int]:
    """Write the calls of a node, with all that they need; return how many, and how many not."""
    makers = _makers(recording, node)
    streams = tuple(dict.fromkeys(end[2] for end in (*node.input_stream, *node.output_stream)))
    described = GraphDescription(
        file=recording.graph.file,
        node=(*makers, replace(node)),
        input_stream=tuple(dict.fromkeys(end[2] for end in node.input_stream)),
        output_stream=tuple(end[2] for end in node.output_stream),
        streams=streams,
    )
    writer = _CopyWriter(recording, path, described)
    written = left = 0
    for maker in makers:
        for call in recording.calls(maker.name):
            writer.copy(call, maker)
    for call in recording.calls(node.name):
        is_over = writer.size > DATA_BYTES_MAX if until is None else call.timestamp > until
        if call.step != "open" and is_over:
            left += 1
            continue
        writer.copy(call, node)
        written += 1
    writer.close()
    return written, left


def _makers(recording: Recording, node: NodeDescription) -> tuple[NodeDescription, ...]:
    """Return the nodes that must make side packets again, for they have no codec."""
    found: dict[str, NodeDescription] = {}
    for _, _, name in node.input_side_packet:
        is_there = name in recording.side_packets
        if is_there and isinstance(recording.side_packet(name), Unrecorded):
            for each in recording.graph.node:
                if any(name == end[2] for end in each.output_side_packet):
                    found.update({maker.name: maker for maker in _makers(recording, each)})
                    found[each.name] = each
    return tuple(found.values())


class _CopyWriter:
    """Copies calls into another recording, with their packets and side packets, each once.

    Attributes:
        size: of what was copied, bytes, before compression.
    """

    def __init__(self, recording: Recording, path: Path, graph: GraphDescription) -> None:
        self.size = 0
        self._recording = recording
        self._writer = RecordingWriter(path, graph)
        self._copied: set[tuple[str, str, int]] = set()

    def copy(self, call: RecordedCall, node: NodeDescription) -> None:
        """Copy a call."""
        for _, _, name in (*node.input_side_packet, *node.output_side_packet):
            if name in self._recording.side_packets:
                self._copy(SIDE, name, 0)
        for given, (_, _, stream) in zip(call.inputs, node.input_stream, strict=True):
            if given.time is not None:
                self._copy(STREAM, stream, given.time)
        for gave, (_, _, stream) in zip(call.outputs, node.output_stream, strict=True):
            for time in gave.times:
                self._copy(STREAM, stream, time)
        self._writer.put(NODE + call.node, call.timestamp, call.as_plain)

    def close(self) -> None:
        """End the copy."""
        self._writer.close({"status": "done", "error": ""})

    def _copy(self, channel: str, name: str, time: int) -> None:
        if (channel, name, time) in self._copied:
            return
        self._copied.add((channel, name, time))
        content, size = self._recording.raw(channel, name, time)
        self.size += size

        def written() -> Any:
            return content

        self._writer.put(channel + name, time, written)
