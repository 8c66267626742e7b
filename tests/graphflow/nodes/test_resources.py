from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from graphflow.nodes import resources
from graphflow.nodes.resources import (
    ManifestError,
    Resource,
    ResourceCorrupt,
    ResourceError,
    ResourceManifest,
    ResourceMarker,
    ResourceMissing,
    ResourceState,
    ResourceStore,
    default_store,
    resource_fields,
    user_cache_folder,
)
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import GraphflowError

CONTENT = b"weights of nothing"
MEMBER = "there/modules/thing/thing.tflite"
MANIFEST = f"""
resource:
  - name: thing
    file: thing.tflite
    sha256: {hashlib.sha256(CONTENT).hexdigest()}
    size: {len(CONTENT)}
    licence: Apache-2.0
    about: a thing
    source:
      package: there
      version: "1.0"
      member: {MEMBER}
      python_version: "3.11"
      implementation: cp
      abi: cp311
      platform: manylinux_2_28_x86_64
    tensors: {{inputs: [], outputs: []}}
  - {{name: own, file: own.bin, sha256: "00", size: 1, licence: Apache-2.0}}
"""


@pytest.fixture
def manifest(tmp_path: Path) -> ResourceManifest:
    path = tmp_path / "manifest.yaml"
    path.write_text(MANIFEST)
    return ResourceManifest(path)


@pytest.fixture
def store(tmp_path: Path, manifest: ResourceManifest) -> ResourceStore:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    return ResourceStore(folders, manifest)


@pytest.mark.parametrize("text", ["thing", "thing.tflite", MEMBER])
def test_a_resource_is_found_by_name_file_name_and_member_path(
    store: ResourceStore, text: str
) -> None:
    path = store.folders[1] / "thing.tflite"
    path.write_bytes(CONTENT)
    assert store.find(text) == path


def test_the_first_folder_wins(store: ResourceStore) -> None:
    for folder in store.folders:
        (folder / "thing.tflite").write_bytes(CONTENT)
    assert store.find("thing").parent == store.folders[0]


def test_an_existing_path_is_used_as_it_is(store: ResourceStore, tmp_path: Path) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(b"anything")
    assert store.find(path) == path
    assert store.find(str(path)) == path


def test_a_file_without_an_entry_is_found_in_the_folders(store: ResourceStore) -> None:
    path = store.folders[1] / "extra.bin"
    path.write_bytes(b"x")
    assert store.find("extra.bin") == path


def test_a_missing_resource_names_file_places_and_command(store: ResourceStore) -> None:
    with pytest.raises(ResourceMissing) as caught:
        store.find("thing")
    text = str(caught.value)
    assert text.startswith('file "thing" is missing')
    assert all(str(folder / "thing.tflite") in text for folder in store.folders)
    assert text.endswith("hint: run: graphflow models fetch")


@pytest.mark.parametrize("name", ["thnig", "own"])
def test_what_cannot_be_fetched_is_not_offered_for_fetching(
    store: ResourceStore, name: str
) -> None:
    with pytest.raises(ResourceMissing) as caught:
        store.find(name)
    assert "models fetch" not in str(caught.value)


def test_a_wrong_size_is_told_in_bytes(store: ResourceStore) -> None:
    path = store.folders[0] / "thing.tflite"
    path.write_bytes(CONTENT[:5])
    with pytest.raises(ResourceCorrupt, match=r"found 5 bytes; expected 18 bytes") as caught:
        store.find("thing")
    assert str(path) in str(caught.value)
    assert "delete it and run: graphflow models fetch" in str(caught.value)


def test_a_flipped_byte_is_told_in_hashes(store: ResourceStore) -> None:
    (store.folders[0] / "thing.tflite").write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(ResourceCorrupt) as caught:
        store.find("thing")
    found = hashlib.sha256(CONTENT[:-1] + b"!").hexdigest()
    assert f"found SHA-256 {found}" in str(caught.value)
    assert f"expected SHA-256 {caught.value.entry.sha256}" in str(caught.value)


def test_an_unchanged_file_is_hashed_once(
    store: ResourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.folders[0] / "thing.tflite"
    path.write_bytes(CONTENT)
    hashed: list[Path] = []

    def counted(path: Path) -> str:
        hashed.append(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(resources, "sha256_of", counted)
    store.find("thing")
    store.find("thing")
    assert len(hashed) == 1
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(ResourceCorrupt):
        store.find("thing")


def test_status_tells_the_three_states(store: ResourceStore) -> None:
    entry = store.manifest.entries[0]
    assert store.status(entry).state is ResourceState.MISSING
    path = store.folders[1] / "thing.tflite"
    path.write_bytes(b"no")
    status = store.status(entry)
    assert (status.state, status.path) == (ResourceState.CORRUPT, path)
    path.write_bytes(CONTENT)
    status = store.status(entry)
    assert (status.state, status.path, status.problem) == (ResourceState.PRESENT, path, None)


def test_a_manifest_is_read_at_first_use_only(tmp_path: Path) -> None:
    manifest = ResourceManifest(tmp_path / "none.yaml")
    with pytest.raises(ManifestError, match=r"none\.yaml: cannot read the manifest"):
        _ = manifest.entries


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[]", 'no list "resource"'),
        ("resource: {a: 1}", 'no list "resource"'),
        ("resource: [x]", "resource 0: found str; expected keys and values"),
        ("resource: [{name: a}]", 'resource 0: missing key "file", "sha256", "size", "licence"'),
        (MANIFEST.replace("licence", "license", 1), 'resource 0: unknown key "license"'),
        (MANIFEST.replace("size: 18", "size: big"), "\"size\" is 'big'; expected an integer"),
        (MANIFEST.replace('"1.0"', "1.0"), '"version" is 1.0; expected text'),
        ("resource: [", "cannot read the manifest"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_place(
    tmp_path: Path, content: str, fault: str
) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text(content)
    with pytest.raises(ManifestError) as caught:
        _ = ResourceManifest(path).entries
    assert fault in str(caught.value)
    assert str(path) in str(caught.value)


def test_resource_errors_are_graphflow_errors() -> None:
    assert issubclass(ResourceError, GraphflowError)


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/c"}, Path("/c/graphflow")),
        ("linux", {"XDG_CACHE_HOME": "relative"}, Path.home() / ".cache" / "graphflow"),
        ("linux", {}, Path.home() / ".cache" / "graphflow"),
        ("darwin", {}, Path.home() / "Library" / "Caches" / "graphflow"),
        ("win32", {"LOCALAPPDATA": "/l"}, Path("/l/graphflow")),
        ("win32", {}, Path.home() / "AppData" / "Local" / "graphflow"),
    ],
)
def test_the_cache_is_where_the_platform_has_it(
    platform: str, environment: dict[str, str], expected: Path
) -> None:
    assert user_cache_folder(environment, platform) == expected


def test_a_user_without_a_home_has_a_cache_among_passing_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    folder = Path(tempfile.gettempdir()) / ".cache" / "graphflow"
    assert user_cache_folder({}, "linux") == folder


def test_a_damaged_file_of_ones_own_is_not_to_be_fetched(store: ResourceStore) -> None:
    (store.folders[0] / "own.bin").write_bytes(b"12")
    with pytest.raises(ResourceCorrupt, match="put the right file in its place"):
        store.find("own")


def test_a_file_that_cannot_be_read_is_told(
    store: ResourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store.folders[0] / "thing.tflite").write_bytes(CONTENT)

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(resources, "sha256_of", refuse)
    with pytest.raises(ResourceError, match="cannot read the file: Permission denied"):
        store.find("thing")


def test_the_environment_names_the_first_folder(tmp_path: Path) -> None:
    environment = {"GRAPHFLOW_MODELS": str(tmp_path), "XDG_CACHE_HOME": "/c"}
    folders = default_store(environment).folders
    assert folders[0] == tmp_path
    assert folders[1] == bundled_folder("models")
    assert len(folders) == 3


def test_the_real_manifest_lists_the_two_pose_models() -> None:
    entries = default_store({}).manifest.entries
    assert [(entry.file, entry.size) for entry in entries] == [
        ("pose_detection.tflite", 2_959_046),
        ("pose_landmark_full.tflite", 6_440_512),
    ]
    assert all(len(entry.sha256) == 64 and entry.source for entry in entries)


def test_a_marker_shows_what_it_is() -> None:
    assert repr(ResourceMarker()) == "ResourceMarker()"


def test_resource_fields_finds_marked_options() -> None:
    class Options(BaseModel):
        threads: int = 1
        model_path: Resource
        label_path: Resource | None = None
        others: list[Resource] = Field(default_factory=list)
        note: str = ""

    assert resource_fields(Options) == ("model_path", "label_path", "others")
    assert Options(model_path="thing").model_path == "thing"
    assert resource_fields(object) == ()
