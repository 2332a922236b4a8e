"""The system's clocks, read together: one that counts suspend and is never set, one that says what time it is."""

from __future__ import annotations

import time
from datetime import timedelta, timezone, tzinfo
from pathlib import Path
from typing import Protocol

from postured.core.model import Moment


class Clock(Protocol):
    """Tells the present."""

    def now(self) -> Moment:
        """The present on both clocks."""

    def real_s(self, seconds: float) -> float:
        """How long `seconds` of this clock take in reality."""

    def look_at_zone(self) -> None:
        """Ask the system for its time zone and its rules: at first, and when somebody may have travelled."""


def local_zone() -> tzinfo:
    """The system's time zone with its rules; only its present offset where the rules can't be had.

    TZ may be a rule of its own (`CET-1CEST,M3.5.0,M10.5.0/3`) or nonsense, and the C library copes with either.
    """
    import tzlocal

    try:
        return tzlocal.reload_localzone()
    except Exception:  # noqa: BLE001 - ZoneInfoNotFoundError is a KeyError, and odd TZ texts raise others
        return _present_offset()


def _present_offset() -> tzinfo:
    return timezone(timedelta(seconds=time.localtime().tm_gmtoff))


class SystemClock:
    """The real clocks. Where the system has none that counts suspend, the steady one serves.

    Until `look_at_zone` is called the zone is no more than its present offset: reading its rules takes ten
    milliseconds, and a daemon that is starting has other things to do first.
    """

    def __init__(self) -> None:
        self._zone = _present_offset()
        self._steady = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))

    def now(self) -> Moment:
        """The present on both clocks."""
        steady_s = time.monotonic() if self._steady is None else time.clock_gettime(self._steady)
        return Moment(steady_s, time.time(), self._zone)

    def real_s(self, seconds: float) -> float:
        """The same: this clock is real."""
        return seconds

    def look_at_zone(self) -> None:
        """Ask the system for its time zone again."""
        self._zone = local_zone()


class DemoClock:
    """The system's clocks sped up, for `run --demo`; at their real pace while `slow` is set."""

    SPEED = 60.0

    def __init__(self) -> None:
        self._system = SystemClock()
        self._last = self._given = self._system.now()
        self._speed = self.SPEED

    @property
    def slow(self) -> bool:
        """Whether time runs at its real pace, so that somebody can read what is up."""
        return self._speed == 1.0

    @slow.setter
    def slow(self, slow: bool) -> None:
        self.now()
        self._speed = 1.0 if slow else self.SPEED

    def now(self) -> Moment:
        """The present of the demonstration."""
        real = self._system.now()
        ahead_s = (real.s - self._last.s) * self._speed
        self._last = real
        self._given = Moment(self._given.s + ahead_s, self._given.unix_s + ahead_s, real.zone)
        return self._given

    def real_s(self, seconds: float) -> float:
        """How long `seconds` of the demonstration take."""
        return seconds / self._speed

    def look_at_zone(self) -> None:
        """Ask the system for its time zone again."""
        self._system.look_at_zone()


def boot_id() -> str:
    """A word that is the same until the machine is started anew; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
