"""Idle time where the system only answers when asked how long ago the last input was.

It is asked just when an answer could change something. While somebody works, a silence cannot be complete
before the last known input is `idle_after` old, so fewer than two looks fall into each such time, and a
silence is found in its very moment. Some systems leave open whether their answers count a suspend, so an
input right before one may look young after it: it is not taken for hands that are there now.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from postured.core.language import _
from postured.core.model import HANDS_ON_S, Event, Input, Silence
from postured.sense.protocol import Clock, Emit
from postured.sense.suspend import LEAST_S

LOOK_EVERY_S = 15.0
LOOK_RARELY_S = 60.0
RARELY_AFTER_S = 600.0
"""A silence this long will hardly end in the next minute."""

LOOK_FOR_HANDS_S = 5.0
"""An input stays young for ten seconds, so each is found while it is; looking more often finds no more."""

LATE_S = 0.05
"""A look comes this much after its moment, so that a coarse clock does not make it come twice."""

TOLERANCE_S = 0.25
"""An answer that is smaller than it should be without input by no more than this tells of none."""

Ask = Callable[[], float]
"""Seconds since the last input; raises OSError, with a sentence, where there is no answer."""


class Asked:
    """A source made of one question."""

    quality = "exact"

    def __init__(
        self,
        name: str,
        note: str,
        ask: Ask,
        idle_after_s: float,
        clock: Clock,
        *,
        awake: Clock = time.monotonic,
    ) -> None:
        """Ask once.

        Args:
            name: Of the source.
            note: Why this one.
            ask: The question.
            idle_after_s: From this length on a silence is told.
            clock: The engine's, which counts suspend where it can.
            awake: A clock that does not, or the same as `clock` where `ask` is known to count suspend.

        Raises:
            OSError: There is no answer.
        """
        self.name = name
        self.note = note
        self._ask = ask
        self._clock = clock
        self._awake = awake
        self._idle_after_s = idle_after_s
        self._answer_s = self._asked()
        self._asked_at, self._awake_at = clock(), awake()
        self._last_input = self._asked_at - self._answer_s
        self._doubtful = False
        """Whether the last input may have been before a suspend, however young it seems."""
        self._silent = False
        self._silent_since = self._last_input
        self._listening = False
        self._awaited = False
        """Whether an `Input` is still owed to `listen`."""
        self._emit: Emit | None = None

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Look at once, and from then on when it can matter."""
        import asyncio

        self._emit, self._lost = emit, lost
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
        """Seconds since the last input; None if there is no answer any more."""
        try:
            self._read()
        except OSError:
            return None
        return self._clock() - self._last_input

    def set_idle_after(self, seconds: float) -> None:
        """Change the threshold; a silence already told goes on until it ends."""
        self._idle_after_s = seconds
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
        emit = self._emit
        if emit is None:
            return
        try:
            self._read()
        except OSError as error:
            self._emit = None
            self._lost(str(error))
            return
        idle_s = self._clock() - self._last_input
        event = self._event(idle_s)
        self._next = self._loop.call_later(self._until_next(idle_s), self._look)
        if event is not None:
            emit(event)

    def _event(self, idle_s: float) -> Event | None:
        """Say what is new. In a silence, one input so long ago that it is silent again changes nothing."""
        came = self._last_input > self._silent_since
        if self._silent:
            self._silent_since = self._last_input
            if not came or self._doubtful or idle_s >= self._idle_after_s:
                return None
        elif idle_s >= self._idle_after_s:
            self._silent, self._silent_since = True, self._last_input
            return Silence(self._last_input)
        elif not self._awaited or self._doubtful or idle_s >= HANDS_ON_S:
            return None
        self._silent = self._awaited = False
        return Input()

    def _read(self) -> None:
        """Take up an answer. It tells of input if it is smaller than the time awake would have made it.

        Raises:
            OSError: There is none.
        """
        answer_s = self._asked()
        now, awake = self._clock(), self._awake()
        awake_s = awake - self._awake_at
        slept = now - self._asked_at - awake_s > LEAST_S
        if answer_s < self._answer_s + awake_s - TOLERANCE_S:
            self._last_input = max(self._last_input, now - answer_s)
            self._doubtful = slept
        self._answer_s, self._asked_at, self._awake_at = answer_s, now, awake

    def _asked(self) -> float:
        answer_s = self._ask()
        if not math.isfinite(answer_s):
            raise OSError(_("the system does not know when the last input was"))
        return max(0.0, answer_s)

    def _until_next(self, idle_s: float) -> float:
        if self._silent:
            return LOOK_RARELY_S if idle_s > RARELY_AFTER_S else LOOK_EVERY_S
        until_silence_s = max(0.0, self._idle_after_s - idle_s) + LATE_S
        return min(LOOK_FOR_HANDS_S, until_silence_s) if self._awaited else until_silence_s
