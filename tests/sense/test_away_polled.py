"""Lock and switched sessions where they are asked for: told once, taken back when they can't be known."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

from postured.core.model import Away, Event
from postured.sense import away
from postured.sense.away_polled import LOCK, SESSION, Look, PolledAway
from tests.sense.loops import VirtualTime, run_virtually


class Desk:
    """A session that can be locked, switched away and lost."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.known: Mapping[str, bool] | None = {LOCK: False, SESSION: False}
        self.looks: list[float] = []
        self.opened = 0
        self.may_open = True

    def open(self) -> Look:
        self.opened += 1
        if not self.may_open:
            raise OSError("nothing to ask here")
        return self.look

    def look(self) -> Mapping[str, bool]:
        self.looks.append(self.time.now)
        if self.known is None:
            raise OSError("no session")
        return self.known


@pytest.fixture
def desk() -> Desk:
    return Desk()


def play(
    desk: Desk, *moments: tuple[float, Callable[[], None]], until: float
) -> tuple[list[Event], PolledAway]:
    """Let it run, and do what is to be done at its time; return what was told."""
    told: list[Event] = []
    watcher = PolledAway(desk.open)
    began = desk.time.now

    async def main() -> None:
        task = asyncio.ensure_future(watcher.run(told.append))
        await watcher.looked()
        for at, do in (*moments, (until, lambda: None)):
            await asyncio.sleep(began + at - desk.time.now)
            do()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtually(main(), desk.time)
    return told, watcher


def to(desk: Desk, known: Mapping[str, bool] | None) -> Callable[[], None]:
    def change() -> None:
        desk.known = known

    return change


def test_what_stands_at_the_start_is_told_and_what_does_not_is_not(desk: Desk) -> None:
    desk.known = {LOCK: True, SESSION: False}
    told, _watcher = play(desk, until=100)
    assert told == [Away(LOCK, True)]


def test_each_change_is_told_once(desk: Desk) -> None:
    told, _watcher = play(
        desk,
        (40, to(desk, {LOCK: True, SESSION: False})),
        (200, to(desk, {LOCK: True, SESSION: True})),
        (300, to(desk, {LOCK: False, SESSION: False})),
        until=400,
    )
    assert told == [Away(LOCK, True), Away(SESSION, True), Away(LOCK, False), Away(SESSION, False)]


def test_it_looks_twice_a_minute(desk: Desk) -> None:
    play(desk, until=600)
    assert 19 <= len(desk.looks) <= 21
    assert desk.opened == 1


def test_what_cannot_be_known_any_more_is_taken_back(desk: Desk) -> None:
    desk.known = {LOCK: True, SESSION: True}
    told, watcher = play(desk, (40, to(desk, {SESSION: True})), (100, to(desk, None)), until=200)
    assert told == [Away(LOCK, True), Away(SESSION, True), Away(LOCK, False), Away(SESSION, False)]
    assert watcher.describe() == {"away": "no session", "locked": None, "switched": None}


def test_where_there_is_nothing_to_ask_it_is_tried_ever_less_often(desk: Desk) -> None:
    desk.may_open = False
    told, watcher = play(desk, until=86_400)
    assert told == []
    assert desk.opened <= 86_400 / 600 + 6
    assert watcher.describe()["away"] == "nothing to ask here"


def test_it_says_what_is_known(desk: Desk) -> None:
    desk.known = {LOCK: True}
    _told, watcher = play(desk, until=10)
    assert watcher.describe() == {"away": "asked twice a minute", "locked": True, "switched": None}


def test_the_reasons_are_called_as_on_other_systems() -> None:
    assert (LOCK, SESSION) == (away.LOCK, away.SESSION)


def test_nothing_of_d_bus_is_needed_where_it_is_asked() -> None:
    """Its library is only installed on Linux."""
    modules = ("away_macos", "away_windows", "activity.macos", "activity.windows", "awake_windows")
    program = "import sys; sys.modules['jeepney'] = None; import postured.sense." + ", postured.sense.".join(
        modules
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
