"""An idle sensor that a test drives by hand, with the same promises as the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from postured.core.model import HANDS_ON_S, Input, Silence
from postured.sense.protocol import Clock, Emit, SensorError, boot_s


class FakeIdle:
    """A person who does what the test says: `type()` is input, `leave(s)` is s seconds without any."""

    def __init__(
        self,
        idle_after_s: float = 60.0,
        *,
        clock: Clock = boot_s,
        name: str = "x11",
        quality: str = "exact",
        note: str = "a sensor made for tests",
        env: Mapping[str, str] | None = None,
        activity: str = "auto",
    ) -> None:
        self.name = name
        self.quality = quality
        self.note = note
        self.env: Mapping[str, str] = env or {}
        self.activity = activity
        self.refused: tuple[SensorError, ...] = ()
        self.idle_after_s = idle_after_s
        self.listening = False
        self.started = False
        self.stopped = False
        self._clock = clock
        self._last_input = clock()
        self._emit: Emit | None = None
        self._silent = False
        self._awaited = False

    # what the test does

    def type(self) -> None:
        """Press a key now."""
        self._last_input = self._clock()
        if self._silent or self._awaited:
            self._silent = self._awaited = False
            self._say(Input())

    def leave(self, seconds: float) -> None:
        """Let the last input be `seconds` old as of now."""
        self._last_input = self._clock() - seconds
        self._look()

    # what the roof does

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self.started = True
        self._look()

    def listen(self, on: bool) -> None:
        if on == self.listening:
            return
        self.listening = self._awaited = on
        self._answer_if_hands_on()

    async def idle_s(self) -> float | None:
        return self._clock() - self._last_input

    def set_idle_after(self, seconds: float) -> None:
        self.idle_after_s = seconds
        self._look()

    def use(self, activity: str) -> None:
        self.activity = activity

    def stop(self) -> None:
        self._emit = None
        self.stopped = True

    def _look(self) -> None:
        if self._emit is None:
            return
        if not self._silent and self._clock() - self._last_input >= self.idle_after_s:
            self._silent = True
            self._say(Silence(self._last_input))
        self._answer_if_hands_on()

    def _answer_if_hands_on(self) -> None:
        if self._emit is not None and self._awaited and self._clock() - self._last_input < HANDS_ON_S:
            self._awaited = False
            self._say(Input())

    def _say(self, event: Input | Silence) -> None:
        """Speak when the loop turns, never from within a call, and not after `stop`."""
        if self._emit is not None:
            asyncio.get_running_loop().call_soon(self._deliver, event)

    def _deliver(self, event: Input | Silence) -> None:
        if self._emit is not None:
            self._emit(event)
