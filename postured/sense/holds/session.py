"""The session bus, for all ways that ask there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from postured.bus import Bus, BusError, session_address
from postured.sense.protocol import FIRST_WAIT_S, LONGEST_WAIT_S, GrowingWait

CONNECT_WITHIN_S = 1.0


class SessionBus:
    """The session bus, shared by all that ask there; connected at the first question, and anew once it is lost."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._bus: Bus | None = None
        self._lock = asyncio.Lock()
        self._stopped = False
        self._wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
        self._not_before_s = 0.0
        self._trouble = BusError("no-bus", "")

    async def connected(self) -> Bus:
        """Return the connection.

        Raises:
            BusError: There is none to be had; it is not tried again before a growing wait is over.
        """
        async with self._lock:
            if self._bus is not None and self._bus.connected:
                return self._bus
            if self._stopped:
                raise BusError("disconnected", "")
            loop = asyncio.get_running_loop()
            if loop.time() < self._not_before_s:
                raise self._trouble
            try:
                self._bus = await Bus.connect(session_address(self._env), timeout_s=CONNECT_WITHIN_S)
            except BusError as error:
                self._trouble = error
                self._not_before_s = loop.time() + self._wait.next_s()
                raise
            self._wait.begin_anew()
            return self._bus

    async def stop(self) -> None:
        """End the connection."""
        self._stopped = True
        if self._bus is not None:
            await self._bus.close()
