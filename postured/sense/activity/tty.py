"""Idle time at terminals, for machines without a display: when a terminal of ours was last read from.

The kernel rounds these times to eight seconds, so silences under a minute cannot be told. Only a terminal's
time stamps are looked at, never what was typed.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable

from postured.core.language import _
from postured.core.model import HANDS_ON_S, Event, Input, Silence
from postured.sense.protocol import Clock, Emit, SensorError

SHORTEST_S = 60.0
"""The least silence that can be told from work."""

LOOK_EVERY_S = 15.0
LOOK_RARELY_S = 60.0
RARELY_AFTER_S = 600.0
"""A silence this long will hardly end in the next minute."""

LOOK_FOR_HANDS_S = 8.0
"""As often as the kernel moves the time stamps; looking more often could not show more."""


class Terminals:
    """The terminals under a device folder that belong to one user."""

    def __init__(self, folder: str, uid: int) -> None:
        self._folder = folder
        self._uid = uid

    def stamps(self) -> dict[str, float]:
        """Return when each of them was last read from, in Unix seconds, by its name."""
        found: dict[str, float] = {}
        for folder, prefix in (("pts/", ""), ("", "tty")):
            try:
                with os.scandir(f"{self._folder}/{folder}") as entries:
                    for entry in entries:
                        if entry.name.startswith(prefix) and entry.name[len(prefix) :].isdigit():
                            self._add(found, folder + entry.name, entry)
            except OSError:
                continue
        return found

    def _add(self, found: dict[str, float], name: str, entry: os.DirEntry[str]) -> None:
        with contextlib.suppress(OSError):  # closed between being listed and being looked at
            state = entry.stat()
            if state.st_uid == self._uid:
                found[name] = state.st_atime


def open_terminals(
    idle_after_s: float,
    clock: Clock,
    *,
    terminals: Terminals | None = None,
    wall: Clock = time.time,
) -> TtyIdle:
    """Find out whether there is a terminal to go by.

    Raises:
        SensorError: There is none; one may be opened later.
    """
    if sys.platform == "win32":
        raise SensorError("tty", _("there are no terminals on this system"), lasting=True)
    terminals = terminals or Terminals("/dev", os.getuid())
    stamps = terminals.stamps()
    if not stamps:
        raise SensorError("tty", _("no terminal of yours is open"), lasting=False)
    return TtyIdle(terminals, stamps, idle_after_s, clock, wall)


class TtyIdle:
    """Looks at the time stamps just when an answer could have changed, and never more often than needed."""

    name = "tty"
    quality = "coarse"

    def __init__(
        self, terminals: Terminals, stamps: dict[str, float], idle_after_s: float, clock: Clock, wall: Clock
    ) -> None:
        self.note = _("no display; input at your terminals counts, to within ten seconds")
        self._terminals = terminals
        self._clock = clock
        self._wall = wall
        self._idle_after_s = max(SHORTEST_S, idle_after_s)
        self._stamps = stamps
        self._looked_at = clock()
        self._last_input = self._looked_at - max(0.0, wall() - max(stamps.values()))
        self._silent_since: float | None = None
        self._listening = False
        self._awaited = False
        self._emit: Emit | None = None

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:  # noqa: ARG002 - it cannot be lost
        """Look at once, and from then on when it can matter."""
        import asyncio

        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.Handle = self._loop.call_soon(self._look)

    def listen(self, on: bool) -> None:
        """Look for input more often, until some is found or nobody asks any more."""
        if on == self._listening:
            return
        self._listening = self._awaited = on
        if on:
            self._look_soon()

    async def idle_s(self) -> float | None:
        """Seconds since the last input, up to eight too many."""
        self._read()
        return self._clock() - self._last_input

    def set_idle_after(self, seconds: float) -> None:
        """Change the threshold; less than a minute is taken as one."""
        self._idle_after_s = max(SHORTEST_S, seconds)
        self._look_soon()

    def stop(self) -> None:
        """End."""
        if self._emit is not None:
            self._emit = None
            self._next.cancel()

    def _look_soon(self) -> None:
        if self._emit is not None:
            self._next.cancel()
            self._next = self._loop.call_soon(self._look)

    def _look(self) -> None:
        if self._emit is None:
            return
        self._read()
        idle_s = self._clock() - self._last_input
        event = self._event(idle_s)
        self._next = self._loop.call_later(self._until_next(idle_s), self._look)
        if event is not None:
            self._emit(event)

    def _event(self, idle_s: float) -> Event | None:
        if idle_s >= self._idle_after_s:
            told = self._silent_since is not None
            self._silent_since = self._last_input
            return None if told else Silence(self._last_input)
        if self._silent_since is not None or (self._awaited and idle_s < HANDS_ON_S):
            self._silent_since = None
            self._awaited = False
            return Input()
        return None

    def _read(self) -> None:
        """Take up newer time stamps. Between two looks only our own clock counts: the wall clock may be set.

        A stamp that moved means input since the last look, whatever the wall clock says about its age.
        """
        now = self._clock()
        stamps = self._terminals.stamps()
        moved = [stamp for name, stamp in stamps.items() if stamp != self._stamps.get(name)]
        if moved:
            age_s = max(0.0, self._wall() - max(moved))
            self._last_input = max(self._looked_at, self._last_input, now - age_s)
        self._stamps = stamps
        self._looked_at = now

    def _until_next(self, idle_s: float) -> float:
        if self._silent_since is not None:
            return LOOK_RARELY_S if idle_s > RARELY_AFTER_S else LOOK_EVERY_S
        if self._awaited:
            return LOOK_FOR_HANDS_S
        return max(LOOK_EVERY_S, self._idle_after_s - idle_s)
