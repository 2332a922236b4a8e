"""What `doctor` says of sensing: the source that would be used, and what is the matter with better ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from postured.sense import activity, environment, probe
from postured.sense.probe import Row
from postured.sense.protocol import SensorError
from tests.sense.fake_wayland import OTHERS, SEAT, V1, fake_wayland
from tests.sense.fake_x import fake_x


class Source:
    """One that works, and counts how often it was ended."""

    def __init__(self, name: str, quality: str) -> None:
        self.name, self.quality, self.note = name, quality, f"{name} tells"
        self.stopped = 0

    def stop(self) -> None:
        self.stopped += 1


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no bus, no desktop that started later, and no terminal."""

    async def complete(env: Mapping[str, str]) -> Mapping[str, str]:
        return env

    monkeypatch.setattr(environment, "complete", complete)
    for name in ("mutter", "logind", "tty"):
        answer(monkeypatch, name, SensorError(name, f"no {name}", hint=f"get {name}", lasting=False))


def answer(monkeypatch: pytest.MonkeyPatch, name: str, found: Source | SensorError) -> None:
    def open_now(*_: object) -> Source:
        if isinstance(found, SensorError):
            raise found
        return found

    async def connect(*_: object) -> Source:
        return open_now()

    module = SimpleNamespace(connect_in_loop=connect, open_terminals=open_now)
    monkeypatch.setattr(activity, name, module, raising=False)


def rows(env: Mapping[str, str], activity: str = "auto") -> list[Row]:
    return asyncio.run(probe.describe(env, activity=activity))


def test_an_x_server_is_enough() -> None:
    with fake_x() as server:
        (row,) = rows({"DISPLAY": server.display})
    assert (row.name, row.ok, row.hint) == ("idle", True, "")
    assert row.found.startswith("x11 (exact): ")


def test_on_gnome_nothing_is_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    mutter = Source("mutter", "exact")
    answer(monkeypatch, "mutter", mutter)
    with fake_wayland(offers=(*OTHERS, SEAT)) as server:
        idle, wayland = rows(server.env)
    assert (idle.ok, idle.found, idle.hint) == (True, "mutter (exact): mutter tells", "")
    assert (wayland.name, wayland.ok) == ("idle_wayland", True)
    assert wayland.hint == "nothing to do: mutter sees it here"
    assert mutter.stopped == 1, "nothing is left running"


def test_a_compositor_that_tells_nothing_is_named_with_what_to_do() -> None:
    with fake_wayland(offers=(*OTHERS, SEAT)) as server:
        idle, wayland, mutter, logind = rows(server.env)
    assert not idle.ok
    assert idle.found.startswith("always (none): the compositor does not tell")
    assert "work.activity" in idle.hint
    assert "lock the screen" in idle.hint
    assert [wayland.ok, mutter.ok, logind.ok] == [False, False, False]
    assert (mutter.name, mutter.found, mutter.hint) == ("idle_mutter", "no mutter", "get mutter")


def test_a_coarse_source_does_not_hide_what_is_wrong_with_a_better_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer(monkeypatch, "logind", Source("logind", "coarse"))
    idle, x11 = rows({"DISPLAY": ":51004"})
    assert idle.ok
    assert (x11.name, x11.ok) == ("idle_x11", False)
    assert "DISPLAY" in x11.hint


def test_where_there_is_no_desktop_none_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "tty", Source("tty", "coarse"))
    idle, display = rows({})
    assert (idle.ok, idle.found) == (True, "tty (coarse): tty tells")
    assert (display.name, display.ok) == ("idle_display", True)
    assert display.hint == "nothing to do: a desktop that starts later is found"


def test_without_a_desktop_and_a_terminal_that_is_said() -> None:
    idle, display, tty = rows({})
    assert idle.found == "always (none): no desktop was found, no tty; all time counts as work"
    assert [row.ok for row in (idle, display, tty)] == [False, False, False]


def test_a_named_source_is_tried_alone() -> None:
    with fake_x() as server, fake_wayland(offers=(*OTHERS, SEAT, V1)) as compositor:
        env = compositor.env | {"DISPLAY": server.display}
        assert rows(env)[0].found.startswith("wayland (partial): ")
        idle, mutter = rows(env, "mutter")
        assert idle.found == "always (none): no mutter; all time counts as work"
        assert mutter.name == "idle_mutter"
        (idle,) = rows(env, "always")
        assert "the schedule says always" in idle.found
        assert server.connections == 0


def test_the_display_that_came_late_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_x() as server:

        async def complete(env: Mapping[str, str]) -> Mapping[str, str]:
            return {**env, "DISPLAY": server.display}

        monkeypatch.setattr(environment, "complete", complete)
        assert rows({})[0].found.startswith("x11 (exact)")
