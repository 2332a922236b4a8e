"""The schedule file as the daemon meets it, in every state a file can be in."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.daemon import schedule
from postured.daemon.schedule import Loaded, keep_last_good, load, read, read_bytes, write_first
from postured.paths import Places, places, shipped
from tests.fakes_life import PLAN


@pytest.fixture
def here(tmp_path: Path) -> Places:
    return places({"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(loaded: Loaded) -> list[str]:
    return [r.name for r in loaded.schedule.reminders]


# ── which schedule ────────────────────────────────────────────────────────────────────────────────


def test_a_good_file_is_what_it_runs_on(here: Places) -> None:
    write(here.config_file, PLAN)
    loaded = load(here.config_file, here, may_write=True)
    assert (loaded.source, loaded.problems, loaded.text, loaded.written) == ("file", [], PLAN, False)
    assert names(loaded) == ["reset", "long_break"]


def test_the_first_run_writes_the_default_and_its_schema(here: Places) -> None:
    loaded = load(here.config_file, here, may_write=True)
    assert (loaded.source, loaded.problems, loaded.written) == ("file", [], True)
    assert here.config_file.read_bytes() == shipped("postured.yaml").read_bytes()
    assert here.schema_file.read_bytes() == shipped("postured.schema.json").read_bytes()
    assert stat.S_IMODE(here.config_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(here.config_folder.stat().st_mode) == 0o700


def test_a_file_that_is_broken_is_never_written_over(here: Places) -> None:
    write(here.config_file, "wrok: {}\n")
    loaded = load(here.config_file, here, may_write=True)
    assert (loaded.source, loaded.written) == ("default", False)
    assert [p.line for p in loaded.problems] == [1]
    assert here.config_file.read_text() == "wrok: {}\n"


def test_a_link_that_leads_nowhere_is_never_written_over(here: Places) -> None:
    here.config_folder.mkdir(parents=True)
    here.config_file.symlink_to("nowhere.yaml")
    loaded = load(here.config_file, here, may_write=True)
    assert loaded.source == "default"
    assert loaded.problems
    assert here.config_file.is_symlink()
    assert not here.config_file.exists()


def test_with_a_broken_file_the_last_good_one_is_used(here: Places) -> None:
    write(here.config_file, "wrok: {}\n")
    keep_last_good(PLAN, here)
    loaded = load(here.config_file, here, may_write=True)
    assert loaded.source == "last good"
    assert names(loaded) == ["reset", "long_break"]
    assert loaded.problems


@pytest.mark.parametrize("kept", ["wrok: {}\n", "", "\x00"])
def test_with_a_broken_last_good_one_the_default_is_used(here: Places, kept: str) -> None:
    write(here.config_file, "wrok: {}\n")
    write(here.last_good_file, kept)
    assert load(here.config_file, here, may_write=True).source == "default"


def test_who_may_not_write_does_not(here: Places) -> None:
    loaded = load(here.config_file, here, may_write=False)
    assert not here.config_folder.exists()
    assert loaded.schedule == schedule.default()


def test_where_nothing_can_be_written_it_runs_on_the_default_and_says_so(
    here: Places, tmp_path: Path
) -> None:
    (tmp_path / ".config").write_text("in the way")
    loaded = load(here.config_file, here, may_write=True)
    assert loaded.source == "default"
    assert loaded.problems == []  # the person's schedule has no mistake: there is none
    assert "could not be written" in loaded.trouble
    assert str(here.config_file) in loaded.trouble


@pytest.mark.parametrize("what", ["folder", "pipe", "device", "unreadable", "huge"])
def test_whatever_lies_in_its_place_the_daemon_starts(here: Places, what: str) -> None:
    here.config_folder.mkdir(parents=True)
    if what == "folder":
        here.config_file.mkdir()
    elif what == "pipe":
        os.mkfifo(here.config_file)
    elif what == "device":
        here.config_file.symlink_to("/dev/zero")
    elif what == "unreadable":
        here.config_file.symlink_to(here.config_file.name)
    else:
        here.config_file.write_bytes(b"#" * 5_000_000)
    began = time.monotonic()
    loaded = load(here.config_file, here, may_write=True)
    assert time.monotonic() - began < 2
    assert loaded.source == "default"
    (problem,) = loaded.problems
    assert problem.file == str(here.config_file)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def test_reading_gives_the_schedule_or_its_problems_but_not_both(here: Places) -> None:
    write(here.config_file, PLAN)
    found, problems, text = read(here.config_file)
    assert (found is not None, problems, text) == (True, [], PLAN)
    write(here.config_file, "wrok: {}\n")
    found, problems, _ = read(here.config_file)
    assert found is None
    assert problems


def test_a_pipe_somebody_writes_to_is_not_read_either(here: Places) -> None:
    here.config_folder.mkdir(parents=True)
    os.mkfifo(here.config_file)
    writer = threading.Thread(target=lambda: os.close(os.open(here.config_file, os.O_RDWR)))
    writer.start()
    data, problem = read_bytes(here.config_file)
    writer.join(5)
    assert data == b""
    assert problem is not None


def descriptors() -> int:
    """How many are open in this process, where that can be seen."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_refusals_leak_no_descriptors(here: Places) -> None:
    here.config_folder.mkdir(parents=True)
    here.config_file.mkdir()
    before = descriptors()
    for _ in range(20):
        read_bytes(here.config_file)
    after = descriptors()
    assert after <= before + 1


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def test_another_file_gets_no_schema_beside_it(here: Places, tmp_path: Path) -> None:
    write_first(tmp_path / "else" / "mine.yaml", here)
    assert [p.name for p in (tmp_path / "else").iterdir()] == ["mine.yaml"]


def test_the_last_good_one_is_written_only_when_it_changed(here: Places) -> None:
    keep_last_good(PLAN, here)
    before = here.last_good_file.stat()
    keep_last_good(PLAN, here)
    assert here.last_good_file.stat().st_ino == before.st_ino
    keep_last_good(PLAN + "# new\n", here)
    assert here.last_good_file.read_text().endswith("# new\n")
    assert stat.S_IMODE(here.last_good_file.stat().st_mode) == 0o600


def test_a_last_good_one_that_cannot_be_kept_is_an_error_of_the_system(here: Places, tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("in the way")
    with pytest.raises(OSError, match=r"."):
        keep_last_good(PLAN, here)


def test_the_shipped_schedule_is_the_default() -> None:
    assert {r.name for r in schedule.default().reminders} == {
        "reset",
        "long_break",
        "strength",
        "release",
        "warmth",
    }


# ── the kept tree ─────────────────────────────────────────────────────────────────────────────────


def test_the_kept_tree_reads_as_its_text_does(here: Places) -> None:
    write(here.config_file, PLAN)
    keep_last_good(PLAN, here)
    assert here.last_good_tree.exists()
    assert load(here.config_file, here, may_write=True) == Loaded(
        read(here.config_file)[0], "file", text=PLAN
    )  # type: ignore[arg-type]


def test_a_tree_of_another_text_or_version_is_not_used(here: Places) -> None:
    keep_last_good(PLAN, here)
    write(here.config_file, PLAN.replace("20m", "25m"))
    assert load(here.config_file, here, may_write=True).schedule.reminders[0].after_s == 1500
    write(here.config_file, PLAN)
    kept = json.loads(here.last_good_tree.read_text())
    keep_last_good(PLAN.replace("20m", "25m"), here)
    forged = json.loads(here.last_good_tree.read_text()) | {"text": PLAN, "version": "0.0.0"}
    here.last_good_tree.write_text(json.dumps(forged))
    assert load(here.config_file, here, may_write=True).schedule.reminders[0].after_s == 1200
    assert kept["text"] == PLAN


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"7",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"version": 1}',
        b'{"text": "x", "version": []}',
    ],
    ids=range(9),
)
def test_a_damaged_tree_is_no_harm(here: Places, content: bytes) -> None:
    write(here.config_file, PLAN)
    write(here.last_good_tree, "")
    here.last_good_tree.write_bytes(content)
    assert names(load(here.config_file, here, may_write=True)) == ["reset", "long_break"]
    keep_last_good(PLAN, here)
    assert json.loads(here.last_good_tree.read_text())["text"] == PLAN


@given(st.data())
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_a_tree_with_nonsense_in_it_ends_in_a_schedule_all_the_same(
    here: Places, data: st.DataObject
) -> None:
    write(here.config_file, PLAN)
    here.last_good_tree.unlink(missing_ok=True)
    keep_last_good(PLAN, here)
    kept = json.loads(here.last_good_tree.read_text())
    spots = [(kept, "tree"), *inner_spots(kept["tree"])]
    holder, key = data.draw(st.sampled_from(spots))
    nonsense = st.one_of(
        st.none(), st.integers(-9, 9), st.text(max_size=3), st.just([]), st.just({}), st.floats(-2, 2)
    )
    holder[key] = data.draw(nonsense)
    here.last_good_tree.write_text(json.dumps(kept))
    assert load(here.config_file, here, may_write=True).schedule.reminders


def inner_spots(value: object) -> list[tuple[Any, Any]]:
    """Every place within a JSON value, as its holder and the key there."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        found += [(value, key) for key in value]
    elif isinstance(value, list):
        found += [(value, index) for index in range(len(value))]
    return found + [spot for holder, key in list(found) for spot in inner_spots(holder[key])]
