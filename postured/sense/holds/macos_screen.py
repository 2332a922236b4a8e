"""The windows and screens of macOS, as Quartz lists them: sizes and owners, never a title.

Documentation: "Quartz Window Services" and "Quartz Display Services" of Core Graphics, and IOPMLib.h of IOKit.
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from postured.sense.activity.macos import APPLICATION_SERVICES
from postured.sense.apple import CoreFoundation, Reference
from postured.sense.foreign import Load, function, load_c

IO_KIT = "/System/Library/Frameworks/IOKit.framework/IOKit"

ON_SCREEN_ONLY, WITHOUT_DESKTOP = 1 << 0, 1 << 4
"""kCGWindowListOptionOnScreenOnly, which sorts from front to back, and kCGWindowListExcludeDesktopElements."""

_NO_WINDOW = 0
"""kCGNullWindowID."""

_MOST_DISPLAYS = 16

_KEEPS_AWAKE = ("PreventUserIdleDisplaySleep", "NoDisplaySleepAssertion")
"""kIOPMAssertPreventUserIdleDisplaySleep, and kIOPMAssertionTypeNoDisplaySleep, which it replaced."""


class Rect(ctypes.Structure):
    """CGRect: its origin is at the top left of the main display."""

    _fields_ = tuple((name, ctypes.c_double) for name in ("x", "y", "width", "height"))


class Area(NamedTuple):
    """Where something is on the screens, in points."""

    x: float
    y: float
    width: float
    height: float


class Window(NamedTuple):
    """An ordinary window."""

    owner: int
    """The number of its process."""
    area: Area
    program: str
    """The name of its process; asked for the front window only, else empty."""


class Screen:
    """What is on the screens."""

    def __init__(self, load: Load = load_c) -> None:
        """Load what knows it.

        Raises:
            OSError: It is not there.
        """
        pointer, number = ctypes.c_void_p, ctypes.c_uint32
        self._foundation = CoreFoundation(load)
        quartz = load(APPLICATION_SERVICES)
        self._list = function(quartz, "CGWindowListCopyWindowInfo", pointer, number, number)
        self._bounds = function(
            quartz, "CGRectMakeWithDictionaryRepresentation", ctypes.c_bool, pointer, ctypes.POINTER(Rect)
        )
        self._displays = function(
            quartz,
            "CGGetActiveDisplayList",
            ctypes.c_int32,
            number,
            ctypes.POINTER(number),
            ctypes.POINTER(number),
        )
        self._display = function(quartz, "CGDisplayBounds", Rect, number)
        self._assertions = function(
            load(IO_KIT), "IOPMCopyAssertionsStatus", ctypes.c_int, ctypes.POINTER(pointer)
        )

    def windows(self) -> list[Window] | None:
        """Return the windows of the ordinary layer, the front one first; None outside a session."""
        options = ON_SCREEN_ONLY | WITHOUT_DESKTOP
        with self._foundation.owned(self._list(options, _NO_WINDOW)) as listed:
            if not listed:
                return None
            found: list[Window] = []
            for described in self._foundation.items(listed):
                if (window := self._window(described, front=not found)) is not None:
                    found.append(window)
            return found

    def _window(self, described: Reference, *, front: bool) -> Window | None:
        read = self._foundation
        bounds, owner = read.value(described, "kCGWindowBounds"), read.integer(described, "kCGWindowOwnerPID")
        rect = Rect()
        ordinary = read.integer(described, "kCGWindowLayer") == 0
        if not (ordinary and owner is not None and bounds and self._bounds(bounds, ctypes.byref(rect))):
            return None
        program = read.text(read.value(described, "kCGWindowOwnerName")) if front else ""
        return Window(owner, _area(rect), program)

    def displays(self) -> list[Area]:
        """Return the displays that are drawn on."""
        ids, count = (ctypes.c_uint32 * _MOST_DISPLAYS)(), ctypes.c_uint32()
        if self._displays(_MOST_DISPLAYS, ids, ctypes.byref(count)):
            return []
        return [_area(self._display(each)) for each in ids[: count.value]]

    def kept_awake(self) -> bool | None:
        """Whether some program keeps the screen from going dark, as a video does; None if that is not told."""
        status = ctypes.c_void_p()
        if self._assertions(ctypes.byref(status)):
            return None
        with self._foundation.owned(status.value) as levels:
            if not levels:
                return None
            return any(self._foundation.integer(levels, name) for name in _KEEPS_AWAKE)


def _area(rect: Rect) -> Area:
    return Area(rect.x, rect.y, rect.width, rect.height)
