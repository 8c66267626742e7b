"""Damaged recordings: a clear error, and what is readable is read."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from graphflow import Graph
from graphflow.loading import plan_from_text
from graphflow.nodes.codecs import CodecError
from graphflow.nodes.registry import Registry
from graphflow.recording import Recorder, Recording, RecordingError, replay_graph, writing
from tests.graphflow.recording.kit import kit_registry


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording in several chunks."""
    text = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")
    graph = Graph(plan_from_text(text, registry=kit_registry()))
    path = tmp_path_factory.mktemp("whole") / "run.mcap"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "CHUNK_BYTES", 500)
        with Recorder(path, graph):
            graph.start({"start": 0}, threads=0)
            for number in range(40):
                graph.add_packet("number", number, number)
            graph.close_inputs()
            graph.wait_until_done()
    return path.read_bytes()


def read_all(path: Path, *, salvage: bool) -> int:
    """Read everything there is; return how many calls."""
    with Recording(path, salvage=salvage) as recording:
        for stream in recording.streams:
            for packet in recording.packets(stream):
                assert packet.timestamp >= 0
        for name in recording.side_packets:
            recording.side_packet(name)
        return sum(1 for _ in recording.calls())


def test_the_whole_file_is_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    path.write_bytes(content)
    assert read_all(path, salvage=False) > 80


def test_a_file_that_was_cut_short_is_refused_and_can_be_salvaged(
    content: bytes, tmp_path: Path
) -> None:
    path, counts = tmp_path / "run.mcap", []
    for end in range(0, len(content), 97):
        path.write_bytes(content[:end])
        with pytest.raises(RecordingError, match=r"run\.mcap: "):
            Recording(path)
        try:
            counts.append(read_all(path, salvage=True))
        except RecordingError:
            counts.append(-1)
    assert counts[0] == -1
    assert counts == sorted(counts)
    assert counts[-1] > 80
    assert len(set(counts)) > 5


def test_flipped_bits_give_clear_errors_and_never_wrong_packets(
    content: bytes, tmp_path: Path, registry: Registry
) -> None:
    path, random = tmp_path / "run.mcap", Random(7)
    clean = 0
    for _ in range(250):
        damaged = bytearray(content)
        at = random.randrange(len(content))
        damaged[at] ^= 1 << random.randrange(8)
        path.write_bytes(damaged)
        try:
            read_all(path, salvage=False)
            clean += 1  # in what only other readers use: the indexes at the end
        except RecordingError as fault:
            assert "run.mcap: " in str(fault)
        try:
            with Recording(path, salvage=True) as recording:
                for packet in recording.packets("number"):
                    assert packet.value == packet.timestamp
        except (RecordingError, CodecError):
            pass
    assert clean < 250 * 0.6


def test_a_damaged_chunk_is_passed_over(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    damaged = bytearray(content)
    damaged[len(content) // 3] ^= 255
    path.write_bytes(damaged)
    with pytest.raises(RecordingError, match=r"damaged: .*\n.*--salvage"):
        Recording(path)
    with Recording(path, salvage=True) as recording:
        assert "damaged" in recording.damage
        assert 0 < len(recording.times("number")) < 40


def test_a_changed_number_is_never_taken_for_what_was_recorded(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mcap.writer

    plain = mcap.writer.Writer

    def uncompressed(file: Any, **choices: Any) -> Any:
        return plain(file, **{**choices, "compression": mcap.writer.CompressionType.NONE})

    monkeypatch.setattr(mcap.writer, "Writer", uncompressed)
    text = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")
    graph = Graph(plan_from_text(text, registry=registry))
    path = tmp_path / "run.mcap"
    with Recorder(path, graph):
        graph.start({"start": 0}, threads=0)
        graph.add_packet("number", 98, 98)
        graph.close_inputs()
        graph.wait_until_done()
    written = path.read_bytes()
    packet = bytes([0x92, 98, 98])
    assert packet in written
    path.write_bytes(written.replace(packet, bytes([0x92, 98, 99])))
    with pytest.raises(RecordingError, match=r"the chunk at byte \d+ is damaged: .*crc"):
        Recording(path)
    with Recording(path, salvage=True) as recording:
        assert recording.times("number") == ()


def test_what_was_salvaged_can_be_replayed(
    content: bytes, tmp_path: Path, registry: Registry
) -> None:
    path = tmp_path / "run.mcap"
    path.write_bytes(content[: len(content) // 2])
    with Recording(path, salvage=True) as recording:
        assert recording.damage.startswith(("damaged at byte", "it has no end"))
        replay = replay_graph(recording, registry=registry)
        assert replay.is_same
        assert replay.calls > 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "it is no recording"),
        (b"not an MCAP file", "it is no recording"),
        (b"\x89MCAP0\r\n", "it is no recording"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / "other").write_bytes(text)
    for salvage in (False, True):
        with pytest.raises(RecordingError, match=words):
            Recording(tmp_path / "other", salvage=salvage)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        Recording(tmp_path / "none.mcap")


def write_mcap(path: Path, profile: str, metadata: dict[str, str]) -> Path:
    from mcap.writer import Writer

    with path.open("wb") as file:
        writer = Writer(file)
        writer.start(profile, "a test")
        writer.add_metadata("graphflow.versions", metadata)
        writer.finish()  # type: ignore[no-untyped-call]
    return path


def test_other_mcap_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="but no recording of a graph"):
        Recording(write_mcap(tmp_path / "ros.mcap", "ros2", {}))


@pytest.mark.parametrize("version", ["2", "", "x"])
def test_a_newer_format_is_refused(tmp_path: Path, version: str) -> None:
    path = write_mcap(tmp_path / "new.mcap", "graphflow", {"format": version})
    with pytest.raises(RecordingError, match=f'it has format "{version}"; expected 1 or lower'):
        Recording(path, salvage=True)


def test_a_recording_of_a_run_that_is_not_over_can_be_salvaged(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")
    graph = Graph(plan_from_text(text, registry=registry))
    recorder = Recorder(tmp_path / "run.mcap", graph)
    graph.start({"start": 0}, threads=0)
    graph.add_packet("number", 1, 1)
    with pytest.raises(RecordingError, match=r"run\.mcap: "):
        Recording(tmp_path / "run.mcap")
    graph.close_inputs()
    graph.wait_until_done()
    recorder.close()
    assert read_all(tmp_path / "run.mcap", salvage=False) > 3
