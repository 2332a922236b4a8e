"""Calls, full screen and quiet time on Windows: what follows from the answers."""

from __future__ import annotations

import asyncio

import pytest

from postured.sense.holds.protocol import Seen
from postured.sense.holds.windows import FullScreen, InUse, QuietTime, ways


class Shell:
    def __init__(self, state: int, program: str = "vlc.exe") -> None:
        self._state = state
        self._program = program
        self.names_read = 0

    def state(self) -> int:
        if not self._state:
            raise OSError("not told")
        return self._state

    def front_program(self) -> str:
        self.names_read += 1
        return self._program


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (1, Seen(False)),
        (2, Seen(True)),
        (3, Seen(True)),
        (4, Seen(True)),
        (5, Seen(False)),
        (6, Seen(False)),
        (7, Seen(True)),
        (0, None),
    ],
)
def test_each_state_is_full_screen_or_not(state: int, found: Seen | None) -> None:
    shell = Shell(state)
    way = FullScreen(frozenset(), lambda: shell)
    assert asyncio.run(way.look()) == found
    assert way.note
    assert shell.names_read == 0, "no name is read where none is ignored"


@pytest.mark.parametrize(
    ("state", "ignore", "on"),
    [(2, "vlc", False), (2, "vlc.exe", False), (7, "vlc", False), (2, "lc", True), (4, "vlc", True)],
)
def test_an_ignored_program_may_fill_the_screen_but_a_presentation_is_one(
    state: int, ignore: str, on: bool
) -> None:
    way = FullScreen(frozenset({ignore}), lambda: Shell(state))
    assert asyncio.run(way.look()) == Seen(on)


@pytest.mark.parametrize(("state", "found"), [(6, Seen(True)), (5, None), (2, None), (0, None)])
def test_only_the_first_hour_of_an_account_is_told_to_be_quiet(state: int, found: Seen | None) -> None:
    way = QuietTime(lambda: Shell(state))
    assert asyncio.run(way.look()) == found
    assert way.note


class Users:
    def __init__(self, *names: str) -> None:
        self._names = names

    def names(self) -> list[str]:
        if "?" in self._names:
            raise OSError("not told")
        return list(self._names)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), Seen(False)),
        (("zoom.exe",), Seen(True)),
        (("krisp.exe",), Seen(False)),
        (("microsoft.windowssoundrecorder_8wekyb3d8bbwe",), Seen(False)),
        (("krisp.exe", "zoom.exe"), Seen(True)),
        (("?",), None),
    ],
)
def test_a_use_that_goes_on_is_a_call_unless_ignored(names: tuple[str, ...], found: Seen | None) -> None:
    ignore = frozenset({"krisp", "microsoft.windowssoundrecorder"})
    way = InUse("microphone", ignore, lambda: Users(*names))
    assert asyncio.run(way.look()) == found
    assert way.note


def test_elsewhere_nothing_is_known_and_the_reason_is_told() -> None:
    for several in ways(frozenset(), frozenset()).values():
        for way in several:
            assert asyncio.run(way.look()) is None
            assert way.note
            asyncio.run(way.stop())
            asyncio.run(way.stop())


def test_the_ways_are_there_by_their_holds() -> None:
    named = {hold: [way.name for way in several] for hold, several in ways(frozenset(), frozenset()).items()}
    assert named == {"call": ["microphone", "camera"], "fullscreen": ["fullscreen"], "dnd": ["dnd"]}
