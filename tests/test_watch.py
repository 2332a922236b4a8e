# ruff: noqa: ASYNC240 - a test may keep its own loop waiting for a moment
from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from postured import watch
from postured.watch import Asking, Inotify, Source, Watch, Watchdog, fingerprint, matters, places

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="symbolic links and inotify are Linux's here")

SETTLE_S = 0.04
QUIET_S = 5 * SETTLE_S
"""Whoever was to be told has been told by then."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SETTLE_S", SETTLE_S)


class QuickAsking(Asking):
    every_s = 0.05


def sources() -> list[type[Source]]:
    try:
        import watchdog  # noqa: F401
    except ImportError:
        return [Inotify, QuickAsking]
    return [Inotify, QuickAsking, Watchdog]


class Told:
    """Counts how often it was told, and waits for it."""

    def __init__(self) -> None:
        self.times = 0
        self._event = asyncio.Event()

    def __call__(self) -> None:
        self.times += 1
        self._event.set()

    async def once(self, limit_s: float = 5.0) -> None:
        """Wait until it is told."""
        await asyncio.wait_for(self._event.wait(), limit_s)
        self._event.clear()

    async def never(self) -> None:
        await asyncio.sleep(QUIET_S)
        assert self.times == 0


Scene = Callable[[Watch, Told], Awaitable[None]]


def play(
    scene: Scene, path: Path, *, folders: tuple[Path, ...] = (), source: type[Source] | None = None
) -> None:
    async def whole() -> None:
        told = Told()
        it = Watch(path, told, folders=folders, source=source)
        it.start()
        try:
            await scene(it, told)
        finally:
            it.stop()

    asyncio.run(whole())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "postured.yaml").write_text("old")
    return tmp_path


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config" / "postured.yaml"


def replace(file: Path, text: str) -> None:
    """Save as most editors do: a new file takes the old one's name."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text)
    beside.replace(file)


# ── the same promises, whoever tells ──


@pytest.fixture(params=sources(), ids=lambda kind: kind.__name__)
def source(request: pytest.FixtureRequest) -> type[Source]:
    kind: type[Source] = request.param
    return kind


def test_a_file_written_in_place_is_told(file: Path, source: type[Source]) -> None:
    async def scene(it: Watch, told: Told) -> None:
        file.write_text("new")
        await told.once()
        assert it.note == ""

    play(scene, file, source=source)


def test_every_save_is_told_when_an_editor_replaces_the_file(file: Path, source: type[Source]) -> None:
    async def scene(it: Watch, told: Told) -> None:
        for text in ("one", "two", "three"):
            replace(file, text)
            await told.once()

    play(scene, file, source=source)


def test_a_file_deleted_and_made_again_is_told(file: Path, source: type[Source]) -> None:
    async def scene(it: Watch, told: Told) -> None:
        file.unlink()
        await told.once()
        file.write_text("again")
        await told.once()

    play(scene, file, source=source)


def test_a_folder_that_is_missing_at_first_is_waited_for(home: Path, source: type[Source]) -> None:
    file = home / "far" / "away" / "postured.yaml"

    async def scene(it: Watch, told: Told) -> None:
        file.parent.mkdir(parents=True)
        file.write_text("here")
        await told.once()
        replace(file, "and changed")
        await told.once()

    play(scene, file, source=source)


def test_other_files_of_the_folder_are_nothing_to_us(file: Path, source: type[Source]) -> None:
    async def scene(it: Watch, told: Told) -> None:
        for name in ("postured.yaml~", ".postured.yaml.swp", "4913", "other.yaml"):
            (file.parent / name).write_text("x")
            (file.parent / name).unlink()
        await told.never()

    play(scene, file, source=source)


def test_reading_the_file_is_nothing_to_us(file: Path, source: type[Source]) -> None:
    async def scene(it: Watch, told: Told) -> None:
        file.read_text()
        await told.never()

    play(scene, file, source=source)


def test_the_contents_of_the_library_are_told(file: Path, source: type[Source]) -> None:
    library = file.parent / "library"

    async def scene(it: Watch, told: Told) -> None:
        library.mkdir()
        (library / "mine.yaml").write_text("[]")
        await told.once()
        replace(library / "mine.yaml", "[1]")
        await told.once()
        (library / "mine.yaml").unlink()
        await told.once()

    play(scene, file, folders=(library,), source=source)


def test_after_its_end_nothing_is_told(file: Path, source: type[Source]) -> None:
    async def scene(it: Watch, told: Told) -> None:
        file.write_text("new")
        it.stop()
        it.stop()
        await told.never()

    play(scene, file, source=source)


# ── Linux ──


def test_a_save_is_told_within_a_second(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    async def scene(it: Watch, told: Told) -> None:
        replace(file, "new")
        await told.once(1.0)

    play(scene, file, source=Inotify)


def test_several_steps_of_one_save_are_told_once(file: Path) -> None:
    async def scene(it: Watch, told: Told) -> None:
        shutil.copy(file, file.with_name("postured.yaml~"))
        file.unlink()
        file.write_text("new")
        replace(file, "newer")
        await told.once()
        await asyncio.sleep(QUIET_S)
        assert told.times == 1

    play(scene, file, source=Inotify)


def test_a_file_still_being_written_is_not_told(file: Path) -> None:
    file.unlink()

    async def scene(it: Watch, told: Told) -> None:
        with file.open("w") as stream:
            stream.write("half")
            stream.flush()
            await told.never()
            stream.write(" and the other half")
        await told.once()

    play(scene, file, source=Inotify)


def test_a_folder_that_is_removed_and_made_again_is_found(file: Path) -> None:
    async def scene(it: Watch, told: Told) -> None:
        shutil.rmtree(file.parent)
        await told.once()
        file.parent.mkdir()
        file.write_text("again")
        await told.once()
        replace(file, "and again")
        await told.once()

    play(scene, file, source=Inotify)


def test_a_folder_that_is_moved_away_and_replaced_is_found(file: Path) -> None:
    async def scene(it: Watch, told: Told) -> None:
        file.parent.rename(file.parent.with_name("elsewhere"))
        await told.once()
        file.parent.mkdir()
        file.write_text("another")
        await told.once()

    play(scene, file, source=Inotify)


def test_a_linked_file_is_watched_where_it_lies(home: Path, file: Path) -> None:
    dotfiles = home / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "schedule.yaml"
    real.write_text("old")
    between = home / "between"
    between.symlink_to(real)
    file.unlink()
    file.symlink_to("../between")

    async def scene(it: Watch, told: Told) -> None:
        replace(real, "saved where it lies")
        await told.once()
        other = dotfiles / "other.yaml"
        other.write_text("other")
        between.unlink()
        between.symlink_to(other)
        await told.once()
        replace(other, "the chain leads here now")
        await told.once()

    play(scene, file, source=Inotify)


def test_a_linked_folder_is_watched_where_it_lies(home: Path) -> None:
    real = home / "dotfiles" / "postured"
    real.mkdir(parents=True)
    (real / "postured.yaml").write_text("old")
    (home / "linked").symlink_to(real)
    second = home / "second"
    second.mkdir()
    (second / "postured.yaml").write_text("second")

    async def scene(it: Watch, told: Told) -> None:
        replace(real / "postured.yaml", "new")
        await told.once()
        (home / "linked").unlink()
        (home / "linked").symlink_to(second)
        await told.once()
        replace(second / "postured.yaml", "newer")
        await told.once()

    play(scene, home / "linked" / "postured.yaml", source=Inotify)


def test_a_link_to_nothing_is_followed_to_where_something_may_come(home: Path, file: Path) -> None:
    file.unlink()
    file.symlink_to(home / "later" / "postured.yaml")

    async def scene(it: Watch, told: Told) -> None:
        (home / "later").mkdir()
        (home / "later" / "postured.yaml").write_text("here")
        await told.once()

    play(scene, file, source=Inotify)


def test_links_in_a_circle_are_left_alone(home: Path, file: Path) -> None:
    file.unlink()
    file.symlink_to(home / "config" / "b.yaml")
    (home / "config" / "b.yaml").symlink_to(file)

    async def scene(it: Watch, told: Told) -> None:
        file.unlink()
        file.write_text("out of the circle")
        await told.once()

    play(scene, file, source=Inotify)


def test_a_linked_file_of_the_library_is_watched_where_it_lies(home: Path, file: Path) -> None:
    library, real = home / "library", home / "real.yaml"
    library.mkdir()
    real.write_text("old")
    (library / "mine.yaml").symlink_to(real)

    async def scene(it: Watch, told: Told) -> None:
        replace(real, "new")
        await told.once()

    play(scene, file, folders=(library,), source=Inotify)


def test_a_busy_folder_wakes_it_a_few_times_a_second_at_most(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken = 0
    original = Inotify._readable

    def counting(self: Inotify) -> None:
        nonlocal woken
        woken += 1
        original(self)

    monkeypatch.setattr(Inotify, "_readable", counting)

    async def scene(it: Watch, told: Told) -> None:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            (file.parent / "noise").write_text("x")
            await asyncio.sleep(0.002)
        assert told.times == 0
        assert 1 <= woken <= 0.5 / SETTLE_S + 1

    play(scene, file, source=Inotify)


def test_more_events_than_the_kernel_keeps_do_not_hide_a_save(file: Path) -> None:
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if kept > 20_000:
        pytest.skip(f"the kernel keeps {kept} events here")

    async def scene(it: Watch, told: Told) -> None:
        a, b = file.with_name("a"), file.with_name("b")
        a.touch()
        for _ in range(kept // 4 + 10):
            a.rename(b)
            b.rename(a)
        file.write_text("new")
        await told.once()

    play(scene, file, source=Inotify)


def test_stop_leaves_no_descriptor_open(file: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    async def scene(it: Watch, told: Told) -> None:
        file.write_text("new")
        await told.once()

    play(scene, file, source=Inotify)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


# ── when the system won't tell ──


class NoInstances(Inotify):
    """The limit of instances is reached."""

    def start(self) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


class NoWatches(Inotify):
    """The limit of watches is reached."""

    def watch(self, places: watch.Places) -> None:  # noqa: ARG002 - as with the others
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class NoWatchesLater(Inotify):
    """The limit of watches is reached in the end."""

    asked = 0

    def watch(self, places: watch.Places) -> None:
        NoWatchesLater.asked += 1
        if NoWatchesLater.asked > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().watch(places)


def test_a_place_that_has_just_gone_is_no_reason_to_ask_for_ever(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_one_gone(path: Path, folders: Iterable[Path]) -> watch.Places:
        return {**places(path, folders), home / "gone": frozenset({"x"})}

    monkeypatch.setattr(watch, "places", with_one_gone)

    async def scene(it: Watch, told: Told) -> None:
        replace(file, "new")
        await told.once()
        assert it.note == ""

    play(scene, file, source=Inotify)


@pytest.mark.parametrize("kind", [NoInstances, NoWatches])
def test_without_inotify_it_asks_and_says_so(
    file: Path, kind: type[Inotify], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asking, "every_s", 0.05)

    async def scene(it: Watch, told: Told) -> None:
        assert it.note.startswith("asking every 2 s whether files have changed: ")
        replace(file, "new")
        await told.once()

    play(scene, file, source=kind)


def test_when_inotify_runs_out_later_the_save_is_told_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asking, "every_s", 0.05)

    async def scene(it: Watch, told: Told) -> None:
        assert it.note == ""
        replace(file, "new")
        await told.once()
        assert "No space left" in it.note
        replace(file, "newer")
        await told.once()

    play(scene, file, source=NoWatchesLater)


def test_it_asks_every_two_seconds() -> None:
    assert Asking.every_s == 2.0


# ── what is looked at ──


def test_places_hold_the_file_the_links_and_what_is_missing(tmp_path: Path) -> None:
    home = tmp_path.resolve()
    (home / "real" / "library").mkdir(parents=True)
    (home / "link").symlink_to("real")
    found = places(home / "link" / "postured.yaml", [home / "link" / "library", home / "no" / "such"])
    assert found == {
        home: {"link", "no"},
        home / "real": {"postured.yaml", "library"},
        home / "real" / "library": {"*.yaml"},
    }


def test_only_content_matters_in_the_library() -> None:
    assert matters("mine.yaml", {"*.yaml"})
    assert not matters(".#mine.yaml", {"*.yaml"})
    assert not matters("mine.yaml~", {"*.yaml"})
    assert matters("postured.yaml", {"postured.yaml"})
    assert not matters("mine.yaml", {"postured.yaml"})


def test_the_fingerprint_changes_with_the_files_and_with_nothing_else(home: Path, file: Path) -> None:
    before = fingerprint(file, [home])
    (home / "other").write_text("x")
    assert fingerprint(file, [home]) == before
    (home / "mine.yaml").write_text("x")
    with_content = fingerprint(file, [home])
    assert with_content != before
    replace(file, "old")
    assert fingerprint(file, [home]) != with_content


def test_nobody_is_woken_while_nothing_happens(file: Path) -> None:
    """The loop sleeps: no timer of ours is set."""

    async def scene(it: Watch, told: Told) -> None:
        loop = asyncio.get_running_loop()
        assert not getattr(loop, "_scheduled")  # noqa: B009 - what the loop would wake for

    play(scene, file, source=Inotify)
