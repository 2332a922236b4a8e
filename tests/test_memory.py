"""The state file comes back as it was saved, or is set aside and said to be."""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import memory
from postured.memory import CannotRemember, load, prolong, save

STATE: dict[str, object] = {"tanks": {"reset": 12.5}, "pause_until": None, "repeat": math.inf}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def kept(path: Path) -> list[Path]:
    """Return the files that were set aside."""
    return sorted(path.parent.glob("state.*-*"))


@pytest.mark.parametrize("durable", [False, True])
def test_what_is_saved_comes_back(path: Path, *, durable: bool) -> None:
    save(path, {"old": 1}, durable=durable)
    save(path, STATE, durable=durable)
    assert load(path) == (STATE, "")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["state.json"]


def test_what_went_on_to_hold_is_the_same_file_that_says_for_how_long(path: Path) -> None:
    save(path, STATE, durable=False)
    before = path.stat()
    for lasted_s in (60.0, 119.96, 36_000_000.0):
        assert prolong(path, lasted_s)
        assert load(path) == (STATE | {"lasted_s": round(lasted_s, 1)}, "")
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
    save(path, STATE, durable=False)
    assert load(path) == (STATE, "")


def test_only_what_was_saved_here_is_prolonged(path: Path) -> None:
    assert not prolong(path, 60.0)
    assert not path.exists()
    others = json.dumps({"version": memory.VERSION, "lasted_s": 0.0, "state": {}}).encode()
    path.write_bytes(others)
    assert not prolong(path, 60.0)
    assert path.read_bytes() == others
    save(path, STATE, durable=False)
    assert not prolong(path, 1e12)
    assert load(path) == (STATE, "")
    path.unlink()
    path.mkdir()
    assert not prolong(path, 60.0)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_whatever_json_can_hold_comes_back(state: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / "state.json", state, durable=False)
        assert load(Path(folder) / "state.json") == (state, "")


def test_a_missing_file_is_no_memory_and_no_problem(path: Path) -> None:
    assert load(path) == (None, "")
    assert load(path.parent / "no folder" / "state.json") == (None, "")


DAMAGED = {
    "empty": b"",
    "garbage": b"\x00\xff\xfe garbage",
    "cut short": b'{"version": 1, "state": {"tanks"',
    "no object": b"[1, 2]",
    "no version": b'{"state": {}}',
    "old version": b'{"version": 0, "state": {}}',
    "version as text": b'{"version": "1", "state": {}}',
    "no state": b'{"version": 1}',
    "state is a list": b'{"version": 1, "state": []}',
    "no length of time": b'{"version": 1, "lasted_s": "1.0", "state": {}}',
    "time that runs backwards": b'{"version": 1, "lasted_s": -1.0, "state": {}}',
    "time without end": b'{"version": 1, "lasted_s": Infinity, "state": {}}',
    "nested without end": b"[" * 200_000,
    "endless number": b'{"version": 1, "state": {"a": ' + b"9" * 10_000 + b"}}",
    "too big": b'{"version": 1, "state": {"a": "' + b"a" * memory.LIMIT + b'"}}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_set_aside_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    state, note = load(path)
    assert state is None
    (aside,) = kept(path)
    assert aside.name.startswith("state.damaged-")
    assert aside.read_bytes() == content
    assert str(aside) in note
    assert "\n" not in note
    save(path, STATE, durable=False)
    assert load(path) == (STATE, "")
    assert aside.read_bytes() == content


@given(st.binary(max_size=200))
def test_no_content_ends_in_an_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.json"
        path.write_bytes(content)
        state, note = load(path)
        assert state is None
        assert note


def test_damaged_files_never_replace_one_another(path: Path) -> None:
    for content in (b"one", b"two", b"three"):
        path.write_bytes(content)
        load(path)
    assert {each.read_bytes() for each in kept(path)} == {b"one", b"two", b"three"}


def test_the_file_of_a_later_version_is_set_aside_too(path: Path) -> None:
    path.write_text(json.dumps({"version": memory.VERSION + 1, "state": {}}))
    state, note = load(path)
    assert state is None
    assert "later version" in note
    assert kept(path)[0].name.startswith("state.newer-")


def test_something_that_is_no_file_is_set_aside_without_waiting_for_it(path: Path) -> None:
    os.mkfifo(path)
    assert load(path)[0] is None
    path.mkdir()
    assert load(path)[0] is None
    assert len(kept(path)) == 2


def test_what_can_neither_be_read_nor_moved_is_said_in_one_line() -> None:
    with pytest.raises(
        CannotRemember, match=r"^the state file /proc/version is damaged and cannot be moved away: .*$"
    ):
        load(Path("/proc/version"))


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow, as far as this process is concerned."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_what_was_saved_before(path: Path) -> None:
    save(path, STATE, durable=False)
    with full_disk(), pytest.raises(CannotRemember, match="the state was not saved"):
        save(path, {"new": 1}, durable=False)
    assert load(path) == (STATE, "")
    assert [each.name for each in path.parent.iterdir()] == ["state.json"]


def test_a_missing_folder_is_said_in_one_line(path: Path) -> None:
    with pytest.raises(
        CannotRemember, match=r"was not saved in .*: it does not exist, or its folder does not$"
    ):
        save(path.parent / "no folder" / "state.json", STATE, durable=True)


def test_a_state_of_senseless_size_is_not_saved(path: Path) -> None:
    save(path, STATE, durable=False)
    with pytest.raises(CannotRemember, match="bytes"):
        save(path, {"a": "a" * memory.LIMIT}, durable=False)
    assert load(path) == (STATE, "")
