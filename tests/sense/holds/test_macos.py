"""Calls and full screen on macOS: what follows from windows, displays and recorders."""

from __future__ import annotations

import asyncio

import pytest

from postured.sense.holds.macos import FullScreen, Microphone, fills, ways
from postured.sense.holds.macos_screen import Area, Window
from postured.sense.holds.protocol import Seen

MAIN, SECOND = Area(0, 0, 1440, 900), Area(1440, -50, 1920, 1080)
EDITOR = Window(5, Area(100, 100, 800, 600), "Editor")


class Screen:
    def __init__(self, windows: list[Window] | None, *, awake: bool | None = None) -> None:
        self._windows = windows
        self._awake = awake

    def windows(self) -> list[Window] | None:
        return self._windows

    def displays(self) -> list[Area]:
        return [MAIN, SECOND]

    def kept_awake(self) -> bool | None:
        return self._awake


def seen(screen: Screen, *ignore: str) -> Seen | None:
    way = FullScreen(frozenset(ignore), lambda: screen)
    found = asyncio.run(way.look())
    assert way.note
    return found


@pytest.mark.parametrize(
    ("windows", "filled"),
    [
        ([MAIN], True),
        ([SECOND], True),
        ([Area(0, 0, 1440, 76), MAIN], True),  # the bar of the window, and the window
        ([Area(0, 24, 1440, 876)], None),  # below a menu bar, or beside a camera
        ([Area(1440, -12, 1920, 1042)], None),
        ([Area(0, 60, 1440, 840)], False),
        ([Area(0, 24, 1440, 800)], False),  # above the dock
        ([Area(0, 0, 720, 900)], False),
        ([Area(0, 0, 1440, 876)], False),
        ([], False),
    ],
)
def test_what_fills_a_display_has_its_size(windows: list[Area], filled: bool | None) -> None:
    assert fills(windows, [MAIN, SECOND]) is filled


def test_without_displays_nothing_can_be_known() -> None:
    assert fills([MAIN], []) is None


def test_only_the_program_in_front_counts() -> None:
    film = Window(6, SECOND, "")
    assert seen(Screen([EDITOR, film])) == Seen(False)
    assert seen(Screen([EDITOR, film._replace(owner=5)])) == Seen(True)
    assert seen(Screen([])) == Seen(False)


@pytest.mark.parametrize(("awake", "video"), [(True, True), (False, False), (None, True)])
def test_it_is_no_video_only_where_nothing_keeps_the_screen_awake(awake: bool | None, video: bool) -> None:
    assert seen(Screen([Window(6, MAIN, "IINA")], awake=awake)) == Seen(True, video=video)


def test_an_ignored_program_may_fill_the_screen() -> None:
    screen = Screen([Window(6, MAIN, "Emacs")])
    assert seen(screen, "emacs") == Seen(False)
    assert seen(screen, "mac") == Seen(True)


def test_a_window_that_may_be_full_screen_or_not_is_not_known() -> None:
    assert seen(Screen([Window(6, Area(0, 38, 1440, 862), "Safari")])) is None


def test_outside_a_session_nothing_is_known() -> None:
    assert seen(Screen(None)) is None


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


class Recorders:
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
        (("us.zoom.xos",), Seen(True)),
        (("com.noise.filter",), Seen(False)),
        (("com.noise.filter", "us.zoom.xos"), Seen(True)),
        (("",), Seen(True)),
        (("?",), None),
    ],
)
def test_a_program_that_records_is_a_call_unless_ignored(names: tuple[str, ...], found: Seen | None) -> None:
    way = Microphone(frozenset({"com.noise.filter"}), lambda: Recorders(*names))
    assert asyncio.run(way.look()) == found
    assert way.note


def test_what_is_missing_is_looked_for_again() -> None:
    """It may have been the wrong moment."""
    opened: list[int] = []

    def open_recorders() -> Recorders:
        opened.append(1)
        if len(opened) == 1:
            raise OSError("not yet")
        return Recorders()

    way = Microphone(frozenset(), open_recorders)
    assert [asyncio.run(way.look()) for _ in range(3)] == [None, Seen(False), Seen(False)]
    assert len(opened) == 2
