"""The boundary to Quartz' windows and displays: what is read, and that no title is."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from postured.sense.holds.macos_screen import Area, Rect, Screen, Window
from tests.sense.fake_apple import Foundation
from tests.sense.fake_library import Library, loading, pointed_at


class Described(dict[str, object]):
    """A window's description, which knows what was asked of it."""

    asked: set[str]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.asked = set()

    def get(self, key: str, default: object = None) -> object:
        self.asked.add(key)
        return super().get(key, default)


def window(program: str, owner: int, area: tuple[float, float, float, float], layer: int = 0) -> Described:
    bounds = dict(zip(("X", "Y", "Width", "Height"), area, strict=True))
    return Described(
        kCGWindowOwnerName=program,
        kCGWindowOwnerPID=owner,
        kCGWindowLayer=layer,
        kCGWindowBounds=bounds,
        kCGWindowName="a secret",
    )


class Mac:
    def __init__(self) -> None:
        self.windows: list[Described] | None = []
        self.displays = {7: (0.0, 0.0, 1440.0, 900.0), 9: (1440.0, -50.0, 1920.0, 1080.0)}
        self.levels: dict[str, object] | None = {}
        self.display_error = 0
        self.foundation = Foundation()
        services = Library(
            CGWindowListCopyWindowInfo=self._list,
            CGRectMakeWithDictionaryRepresentation=self._rect,
            CGGetActiveDisplayList=self._displays,
            CGDisplayBounds=lambda number: Rect(*self.displays[number]),
        )
        self.load = loading(
            {
                "CoreFoundation": self.foundation.library,
                "ApplicationServices": services,
                "IOKit": Library(IOPMCopyAssertionsStatus=self._status),
            }
        )

    def _list(self, options: int, relative_to: int) -> int:
        assert (options, relative_to) == (17, 0), "on the screens, without the desktop"
        return 0 if self.windows is None else self.foundation.give(self.windows)

    def _rect(self, described: int, into: Any) -> bool:
        bounds = self.foundation._at(described)
        for name, key in (("x", "X"), ("y", "Y"), ("width", "Width"), ("height", "Height")):
            setattr(pointed_at(into), name, bounds[key])
        return True

    def _displays(self, most: int, ids: Any, count: Any) -> int:
        assert most == len(ids)
        for place, number in enumerate(self.displays):
            ids[place] = number
        pointed_at(count).value = len(self.displays)
        return self.display_error

    def _status(self, into: Any) -> int:
        if self.levels is None:
            return -1
        pointed_at(into).value = self.foundation.give(self.levels)
        return 0


@pytest.fixture
def mac() -> Mac:
    return Mac()


def test_a_rectangle_is_four_doubles() -> None:
    assert ctypes.sizeof(Rect) == 32


def test_ordinary_windows_come_from_front_to_back(mac: Mac) -> None:
    mac.windows = [
        window("Window Server", 1, (0, 0, 1440, 24), layer=24),
        window("Safari", 300, (0, 38, 1440, 862)),
        window("Mail", 301, (10.5, 20, 300, 400)),
    ]
    assert Screen(mac.load).windows() == [
        Window(300, Area(0, 38, 1440, 862), "Safari"),
        Window(301, Area(10.5, 20, 300, 400), ""),
    ]
    assert mac.foundation.owned == []


def test_no_title_is_read_and_one_name(mac: Mac) -> None:
    mac.windows = [window("Safari", 300, (0, 0, 9, 9)), window("Mail", 301, (0, 0, 9, 9))]
    Screen(mac.load).windows()
    seen = {"kCGWindowBounds", "kCGWindowOwnerPID", "kCGWindowLayer"}
    assert mac.windows[0].asked == seen | {"kCGWindowOwnerName"}
    assert mac.windows[1].asked == seen


def test_a_window_that_is_described_in_part_is_passed_over(mac: Mac) -> None:
    mac.windows = [Described(kCGWindowLayer=0), Described(), window("Mail", 3, (0, 0, 9, 9))]
    windows = Screen(mac.load).windows()
    assert windows is not None
    assert [each.program for each in windows] == ["Mail"]


def test_outside_a_session_there_is_no_list(mac: Mac) -> None:
    mac.windows = None
    assert Screen(mac.load).windows() is None


def test_displays_are_where_they_stand(mac: Mac) -> None:
    assert Screen(mac.load).displays() == [Area(0, 0, 1440, 900), Area(1440, -50, 1920, 1080)]
    mac.display_error = 1001
    assert Screen(mac.load).displays() == []


@pytest.mark.parametrize(
    ("levels", "kept"),
    [
        ({"PreventUserIdleDisplaySleep": 1, "NoDisplaySleepAssertion": 0}, True),
        ({"PreventUserIdleDisplaySleep": 0, "NoDisplaySleepAssertion": 255}, True),
        ({"PreventUserIdleDisplaySleep": 0, "PreventUserIdleSystemSleep": 1}, False),
        (None, None),
    ],
)
def test_what_keeps_the_screen_awake_is_told(
    mac: Mac, levels: dict[str, object] | None, kept: bool | None
) -> None:
    mac.levels = levels
    assert Screen(mac.load).kept_awake() is kept
    assert mac.foundation.owned == []
