"""Suspend, seen by the clocks alone: one counts the time asleep, another does not.

On Linux a timer that the kernel cancels whenever the wall clock is set, as it is at resume, wakes us in that
moment; without one a suspend is noticed at the next wake for any other reason.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from postured.core.model import Slept, Tick
from postured.sense.protocol import Clock, Emit, boot_s

LEAST_S = 1.0
"""Shorter gaps are left alone; no suspend is that short."""

_FAR_AWAY_UNIX_S = 2**33
"""The year 2242: the timer is there to be cancelled. Much later would not fit the kernel's nanoseconds."""

_ABSOLUTE, _CANCEL_ON_SET = 1, 2


def awake_clock(platform: str = sys.platform) -> Clock:
    """Return the clock that stands still in a suspend: CLOCK_MONOTONIC, on macOS CLOCK_UPTIME_RAW.

    Both are what `time.monotonic` reads there. On Windows it would count suspend, so another is asked.
    """
    if platform == "win32":
        from postured.sense.awake_windows import open_clock

        return open_clock()
    return time.monotonic


class SleepMark:
    """Whether the machine slept since a moment: an input may look young, and have been before a suspend."""

    def __init__(self, boot: Clock) -> None:
        """Take this moment for it; `boot` counts suspend."""
        self._boot = boot
        self.set()

    def set(self) -> None:
        """Take this moment instead."""
        self._slept_s = self._boot() - time.monotonic()

    def has_slept(self) -> bool:
        """Say whether it slept since then."""
        return self._boot() - time.monotonic() - self._slept_s > LEAST_S


class SuspendWatch:
    """Tells of each suspend once, and of each setting of the wall clock."""

    def __init__(self, boot: Clock = boot_s, awake: Clock | None = None) -> None:
        self._boot = boot
        self._awake = awake or awake_clock()
        self._slept_before = self._boot() - self._awake()
        self._timer: int | None = None
        self._emit: Emit | None = None

    def start(self, emit: Emit) -> None:
        """Inside the running loop: be woken at resume and when the clock is set, where that is possible."""
        import asyncio

        self._emit = emit
        try:
            self._timer = _open_timer()
            _arm(self._timer)
        except OSError:
            self._close()
            return
        asyncio.get_running_loop().add_reader(self._timer, self._on_clock_set)

    def check(self, emit: Emit) -> bool:
        """Emit `Slept` if the machine slept since the last check, and say so. Two clocks are read.

        Called at each wake before anything else, so that no timer takes sleep for work.
        """
        slept = self._boot() - self._awake()
        gap_s = slept - self._slept_before
        self._slept_before = slept
        if gap_s <= LEAST_S:
            return False
        emit(Slept(gap_s))
        return True

    def stop(self) -> None:
        """End. May be called twice."""
        import asyncio

        self._emit = None
        if self._timer is not None:
            asyncio.get_running_loop().remove_reader(self._timer)
        self._close()

    def _on_clock_set(self) -> None:
        if self._emit is None or self._timer is None:
            return
        try:
            os.read(self._timer, 8)
        except BlockingIOError:
            return
        except OSError:  # ECANCELED: the news
            pass
        _arm(self._timer)
        if not self.check(self._emit):
            self._emit(Tick())

    def _close(self) -> None:
        if self._timer is not None:
            os.close(self._timer)
            self._timer = None


if sys.version_info >= (3, 13):

    def _open_timer() -> int:
        if sys.platform != "linux":
            raise OSError("no such timer on this system")
        return os.timerfd_create(time.CLOCK_REALTIME, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)

    def _arm(timer: int) -> None:
        flags = os.TFD_TIMER_ABSTIME | os.TFD_TIMER_CANCEL_ON_SET
        os.timerfd_settime(timer, flags=flags, initial=_FAR_AWAY_UNIX_S)

else:

    def _c_function(name: str) -> Callable[..., int]:
        import ctypes

        try:
            function: Callable[..., int] = getattr(ctypes.CDLL(None, use_errno=True), name)
        except (AttributeError, OSError, TypeError):
            raise OSError("no such timer on this system") from None
        return function

    def _checked(result: int) -> int:
        import ctypes

        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def _open_timer() -> int:
        if sys.platform != "linux":
            raise OSError("no such timer on this system")
        return _checked(_c_function("timerfd_create")(time.CLOCK_REALTIME, os.O_NONBLOCK | os.O_CLOEXEC))

    def _arm(timer: int) -> None:
        import ctypes

        interval_then_first = (ctypes.c_long * 4)(0, 0, _FAR_AWAY_UNIX_S, 0)
        flags = _ABSOLUTE | _CANCEL_ON_SET
        _checked(_c_function("timerfd_settime")(timer, flags, ctypes.byref(interval_then_first), None))
