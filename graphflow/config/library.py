"""Find graph files by type or name, and read each once."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from graphflow.config.fault_list import FaultList
from graphflow.config.graph_config import GraphConfig, Named
from graphflow.config.parameters import Parameters
from graphflow.config.source import GraphSource, ReadGraph, read_source
from graphflow.config.stream_names import camel_case, did_you_mean, snake_case
from graphflow.config.yaml_source import TEXT_MAX, Value
from graphflow.words.bundle import bundled_folder
from graphflow.words.diagnostics import Diagnostic, Location, Note
from graphflow.words.errors import ConfigError

SUFFIX = ".yaml"
_GRAPH_TYPE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")


def find_graph(name_or_path: str | Path) -> Path:
    """Return the file of a graph: an existing path, or the name of a bundled graph.

    Args:
        name_or_path: a path; or a bundled graph's name, as in `pose_tracking`.

    Raises:
        ConfigError: there is no such file; with what might have been meant.
    """
    path = Path(name_or_path)
    if _is_file(path):
        return path
    if path.name == str(name_or_path):
        bundled = _bundled() / _with_suffix(path.name)
        if _is_file(bundled):
            return bundled
    beside = [each for each in _graph_files(path.parent) if each != path]
    near = {each.name for each in (*beside, *_graph_files(_bundled()))}
    hint = did_you_mean(path.name, near | {each.removesuffix(SUFFIX) for each in near})
    fault = "there is no such graph file"
    if _is_folder(path):
        fault = "a folder, no graph file"
    elif _is(path, Path.exists):
        fault = "a pipe or a device, no graph file"
    raise ConfigError([Diagnostic(Location(str(path)), fault, hint=hint)])


def read_text(path: Path) -> str:
    """Return a graph file's text.

    Raises:
        ConfigError: it can't be read, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            # A character has four bytes at most, so what is cut off here is too long anyway.
            content = file.read(4 * TEXT_MAX + 4)
    except (OSError, ValueError) as fault:
        words = f"the file can't be read: {getattr(fault, 'strerror', None) or fault}"
        raise ConfigError([Diagnostic(Location(str(path)), words)]) from None
    try:
        is_cut = len(content) > 4 * TEXT_MAX
        return content.decode("utf-8-sig", "replace" if is_cut else "strict")
    except UnicodeDecodeError as fault:
        raise ConfigError([_not_utf8(content, fault.start, str(path))]) from None


def _not_utf8(content: bytes, byte: int, file: str) -> Diagnostic:
    before = content[:byte].decode("utf-8", "replace").removeprefix("\ufeff")
    lines = re.split(r"\r\n|\r|\n", before)
    hint = ""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = "this seems to be UTF-16; save it as UTF-8"
    words = f"the file is not UTF-8 text, at byte {byte}"
    return Diagnostic(Location(file, len(lines), len(lines[-1]) + 1), words, hint=hint)


class Library:
    """The graphs that nodes can name, read when first asked for.

    Attributes:
        diagnostics: the faults of the files read.
        graphs: the files read, by path, in the order of their first use.
    """

    def __init__(self, search: Sequence[Path] = ()) -> None:
        """Look into `search` after the folder of the file that names a graph."""
        self.diagnostics = FaultList()
        self.graphs: dict[Path, ReadGraph] = {}
        self._search = tuple(search)
        self._sources: dict[Path, GraphSource] = {}
        self._plain: dict[Path, GraphConfig] = {}
        self._told: set[Diagnostic] = set()

    def find(self, graph_type: str, referring_file: str) -> Path | None:
        """Return the file of a graph type, or None.

        `PoseDetectionCpu` lives in pose_detection_cpu.yaml: beside the file that names it, in a
        folder of `search`, or among the bundled graphs; the first one found is taken.
        """
        if not _GRAPH_TYPE.fullmatch(graph_type):
            return None
        for folder in self._folders(referring_file):
            path = folder / (snake_case(graph_type) + SUFFIX)
            if _is_file(path):
                return path
        return None

    def source(self, path: Path, user: Note) -> GraphSource:
        """Return a graph file as written."""
        if path not in self._sources:
            try:
                source = read_source(read_text(path), str(path))
            except ConfigError as error:
                source = GraphSource(str(path), None, Parameters(is_whole=False), error.diagnostics)
            self._sources[path] = source
            self._tell(source.faults, user)
        return self._sources[path]

    def read(self, path: Path, values: Mapping[str, Value], user: Note) -> GraphConfig | None:
        """Return a graph file's content as far as it goes; None where names could not be read.

        Args:
            path: the file.
            values: of its parameters.
            user: which node wants it.
        """
        source = self.source(path, user)
        config = self._plain.get(path)
        if config is None:
            config, faults = source.config(values)
            self._tell(faults, user)
            self.graphs.setdefault(path, ReadGraph(source, config))
            if not source.parameters.declared:
                self._plain[path] = config
        return config if config.is_whole else None

    def _tell(self, faults: Iterable[Diagnostic], user: Note) -> None:
        """Add faults; those of a file that is read again for other values are told once."""
        for fault in faults:
            if fault not in self._told:
                self._told.add(fault)
                self.diagnostics.append(with_trail(fault, (user,)))

    def types(self, referring_file: str) -> set[str]:
        """Return the graph types that a file could name."""
        return {
            camel_case(path.name.removesuffix(SUFFIX))
            for folder in self._folders(referring_file)
            for path in _graph_files(folder)
        }

    def misnamed(self, graph_type: str, referring_file: str) -> str | None:
        """Return the name of a file that would hold a graph type if it were spelt as the type is.

        `PoseGraph.yaml` instead of pose_graph.yaml, say.
        """
        for folder in self._folders(referring_file):
            for path in _graph_files(folder):
                if camel_case(path.name.removesuffix(SUFFIX)) == graph_type:
                    return path.name
        return None

    def _folders(self, referring_file: str) -> tuple[Path, ...]:
        beside = Path(referring_file).parent if referring_file.endswith(SUFFIX) else None
        return (*([] if beside is None else [beside]), *self._search, _bundled())


def with_trail(fault: Diagnostic, trail: Sequence[Note]) -> Diagnostic:
    """Return a fault of a subgraph with notes that name the nodes which use that subgraph."""
    return replace(fault, notes=(*fault.notes, *trail)) if trail else fault


def used_by(label: str, calculator: Named) -> Note:
    """Return the note that names the node which uses a subgraph."""
    return Note(f'used by node "{label}" at', calculator.location)


def _bundled() -> Path:
    try:
        return bundled_folder("graphs")
    except FileNotFoundError:
        # Graphs from other folders still load where the installation lacks its own.
        return Path("graphs")


def _graph_files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}")) if _is_folder(folder) else []


def _is_file(path: Path) -> bool:
    return _is(path, Path.is_file)


def _is_folder(path: Path) -> bool:
    return _is(path, Path.is_dir)


def _is(path: Path, question: Callable[[Path], bool]) -> bool:
    try:
        return question(path)
    except (OSError, ValueError):
        # A name too long or with a character that no name has, or a folder closed to us.
        return False


def _with_suffix(name: str) -> str:
    return name if name.endswith(SUFFIX) else name + SUFFIX
