"""What every idle sensor promises, and the few things that all of them share."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from postured.core.model import Event

Emit = Callable[[Event], None]
Clock = Callable[[], float]

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 600.0
"""Between two attempts at what may not be there at all; after so long it is hardly coming."""

STEADY_AFTER_S = 60.0
"""What lived this long was no failure: after its loss the waits begin anew."""


def boot_s() -> float:
    """Seconds on the clock that counts suspend, where there is one, and is never set; the engine's clock.

    On macOS that is CLOCK_MONOTONIC (clock_gettime(3)), while `time.monotonic` stands still in a suspend; on
    Windows `time.monotonic` counts it.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class GrowingWait:
    """How long to wait before what failed is tried again: twice as long after each failure, up to a limit."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = self._next_s = first_s
        self._longest_s = longest_s

    def next_s(self) -> float:
        """Return the wait after one more failure."""
        wait_s = self._next_s
        self._next_s = min(2 * wait_s, self._longest_s)
        return wait_s

    def begin_anew(self) -> None:
        """Forget the failures: it has worked."""
        self._next_s = self._first_s


class SensorError(Exception):
    """A way of sensing that cannot be used here; the text is one plain sentence saying why.

    `hint` says what the person could do, or is empty. `lasting` is True where asking again later, in the
    same environment, cannot change the answer.
    """

    def __init__(self, name: str, why: str, *, hint: str = "", lasting: bool) -> None:
        super().__init__(why)
        self.name = name
        self.hint = hint
        self.lasting = lasting


class IdleSensor(Protocol):
    """Tells work from silence. What the roof holds; it stays the same while its source changes.

    Nothing is emitted from within a call: events come from the running loop, and none after `stop`.
    """

    @property
    def name(self) -> str:
        """`wayland`, `mutter`, `x11`, `logind`, `tty`, `activitywatch`, `macos`, `windows` or `always`."""

    @property
    def quality(self) -> str:
        """How well it tells.

        `exact` (to the tenth of a second), `partial` (as exact, but blind while a program keeps the screen
        awake), `coarse` (about ten seconds, or more) or `none` (all time is work).
        """

    @property
    def note(self) -> str:
        """Why this one, in a plain sentence."""

    @property
    def env(self) -> Mapping[str, str]:
        """The environment as it is by now: a display that came late has been added."""

    @property
    def refused(self) -> tuple[SensorError, ...]:
        """The better ways that would not do, the best first."""

    def start(self, emit: Emit) -> None:
        """Begin, inside the running loop: `Silence` when it has lasted `idle_after`, `Input` when it ends.

        A silence that already stands is emitted at once; that somebody works is not.
        """

    def listen(self, on: bool) -> None:
        """Ask for one `Input`: at once if the last input is younger than ten seconds, else at the next.

        Turning it off and on again asks for one more; turning on what is on changes nothing.
        """

    async def idle_s(self) -> float | None:
        """Seconds since the last input, within a quarter of a second; None where that cannot be said."""

    def set_idle_after(self, seconds: float) -> None:
        """Change the length from which a silence is told."""

    def use(self, activity: str) -> None:
        """Change what the schedule wants to be used: `auto`, or the name of a source."""

    def stop(self) -> None:
        """End, and give back what is held. May be called at any time, and twice."""


class AwayWatch(Protocol):
    """Tells that the person has left: screen locked, session switched away, machine going to sleep."""

    async def run(self, emit: Emit) -> None:
        """Emit `Away` for each change, and for what stands already. Ends by being cancelled."""

    def describe(self) -> Mapping[str, object]:
        """What was found, for `doctor`."""


class Source(Protocol):
    """One way of knowing, as the chain uses it: an `IdleSensor` that can be lost."""

    name: str
    quality: str
    note: str

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """As `IdleSensor.start`; `lost` is called at most once, with a sentence, when it cannot go on."""

    def listen(self, on: bool) -> None:
        """As `IdleSensor.listen`."""

    async def idle_s(self) -> float | None:
        """As `IdleSensor.idle_s`."""

    def set_idle_after(self, seconds: float) -> None:
        """As `IdleSensor.set_idle_after`."""

    def stop(self) -> None:
        """As `IdleSensor.stop`."""
