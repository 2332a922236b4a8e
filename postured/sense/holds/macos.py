"""Calls and full screen on macOS. Each look asks a server of the system, so it is made in a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from postured.core.language import _
from postured.sense.aside import asked_aside
from postured.sense.holds import macos_recorders, macos_screen
from postured.sense.holds.macos_screen import Area, Window
from postured.sense.holds.protocol import Seen, Way
from postured.sense.holds.unknown import Unknown

HIGHEST_NOTCH = 40.0
"""A full-screen window leaves the strip beside the camera free, which is no higher than this, in points."""


class Screen(Protocol):
    """What is on the screens; `macos_screen.Screen`."""

    def windows(self) -> list[Window] | None:
        """The ordinary windows, the front one first; None if that is not told."""

    def displays(self) -> list[Area]:
        """The displays."""

    def kept_awake(self) -> bool | None:
        """Whether some program keeps the screen from going dark; None if that is not told."""


class Recorders(Protocol):
    """What records; `macos_recorders.Recorders`."""

    def names(self) -> list[str]:
        """The bundle names of the programs that record, in small letters; raises OSError if it is not told."""


class FullScreen:
    """Whether the window in front, or another of its program, fills a display."""

    name = "fullscreen"

    def __init__(
        self, ignore: frozenset[str], open_screen: Callable[[], Screen] = macos_screen.Screen
    ) -> None:
        self.note = ""
        self._ignore = ignore
        self._open = open_screen
        self._screen: Screen | None = None

    async def look(self) -> Seen | None:
        """Say how it is now; with video, unless nothing keeps the screen awake."""
        return await asked_aside(self.name, self._look)

    async def stop(self) -> None:
        """End; there is nothing to give back."""

    def _look(self) -> Seen | None:
        try:
            screen = self._screen = self._screen or self._open()
        except OSError as error:
            self.note = str(error)
            return None
        windows = screen.windows()
        if windows is None:
            self.note = _("this is no session with a screen")
            return None
        self.note = _("the size of the window in front tells whether it fills the screen")
        if not windows or windows[0].program.lower() in self._ignore:
            return Seen(False)
        on = fills([each.area for each in windows if each.owner == windows[0].owner], screen.displays())
        if on is None:
            self.note = _("a window that fills all but the strip at the camera may be full screen or not")
            return None
        return Seen(True, video=screen.kept_awake() is not False) if on else Seen(False)


def fills(windows: Sequence[Area], displays: Sequence[Area]) -> bool | None:
    """Whether one of the windows fills one of the displays.

    None if one only leaves a strip at the top: beside a camera that is full screen, elsewhere a menu bar.
    """
    if not displays:
        return None
    if any(window == display for window in windows for display in displays):
        return True
    return None if any(_fills_below(window, display) for window in windows for display in displays) else False


def _fills_below(window: Area, display: Area) -> bool:
    strip = window.y - display.y
    below = Area(display.x, display.y + strip, display.width, display.height - strip)
    return 0 < strip <= HIGHEST_NOTCH and window == below


class Microphone:
    """Whether some program records."""

    name = "microphone"

    def __init__(
        self, ignore: frozenset[str], open_recorders: Callable[[], Recorders] = macos_recorders.Recorders
    ) -> None:
        self.note = ""
        self._ignore = ignore
        self._open = open_recorders
        self._recorders: Recorders | None = None

    async def look(self) -> Seen | None:
        """Say how it is now."""
        return await asked_aside(self.name, self._look)

    async def stop(self) -> None:
        """End; there is nothing to give back."""

    def _look(self) -> Seen | None:
        try:
            recorders = self._recorders = self._recorders or self._open()
            names = recorders.names()
        except OSError as error:
            self.note = str(error)
            return None
        self.note = _("Core Audio lists the programs that record")
        return Seen(any(name not in self._ignore for name in names))


def ways(ignore_call: frozenset[str], ignore_fullscreen: frozenset[str]) -> dict[str, tuple[Way, ...]]:
    """Return the ways there are on macOS, by the word of the hold; nothing is loaded before the first look.

    Args:
        ignore_call: Bundle names of programs whose recording is no call, in small letters.
        ignore_fullscreen: Names of programs whose full-screen windows are plain work, in small letters.
    """
    camera = Unknown("camera", _("macOS tells who uses a camera only to those who load its driver"))
    quiet = Unknown("dnd", _("macOS does not tell programs whether a focus is on"))
    return {
        "call": (Microphone(ignore_call), camera),
        "fullscreen": (FullScreen(ignore_fullscreen),),
        "dnd": (quiet,),
    }
