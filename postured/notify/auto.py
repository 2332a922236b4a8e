"""The best way to show a notice that works at this moment, found out anew for each."""

from __future__ import annotations

from collections.abc import Mapping

from postured.core.language import _
from postured.notify.message import Delivery, Message, Notifier


class Auto:
    """Notifier that tries the first choice, and puts the notice on the console when that fails.

    The first choice is the desktop over D-Bus; plyer only where there is no D-Bus to speak of. (Where the bus
    or the server is missing, plyer would fail as well, and say that it had not.)
    """

    def __init__(self, first: Notifier, last: Notifier) -> None:
        self._first = first
        self._last = last

    @property
    def name(self) -> str:
        """Which one a notice would go through now: the first choice if it works, else the other."""
        return self._first.name if self._first.ready else self._last.name

    @property
    def ready(self) -> bool:
        """Whether either of them is."""
        return self._first.ready or self._last.ready

    async def start(self, stale: Mapping[str, object] | None) -> None:
        """Get both ready."""
        await self._first.start(stale)
        await self._last.start(None)

    async def show(self, message: Message, *, tag: str) -> Delivery:
        """Show `message` the best way that works now."""
        delivery = await self._first.show(message, tag=tag)
        if delivery.shown:
            return delivery
        fallback = await self._last.show(message, tag=tag)
        because = _("{name} failed: {sent} ({detail})").format(
            name=self._first.name, sent=delivery.sent, detail=delivery.detail
        )
        return Delivery(fallback.sent, f"{fallback.detail}; {because}")

    async def close(self) -> None:
        """Take down what is up."""
        await self._first.close()
        await self._last.close()

    async def stop(self) -> None:
        """Take down what is up and let go."""
        await self._first.stop()
        await self._last.stop()

    def remember(self) -> Mapping[str, object]:
        """Say what the next run has to take down."""
        return self._first.remember()

    async def describe(self) -> Mapping[str, object]:
        """Say what the first choice finds, and what stands in for it."""
        return {**await self._first.describe(), "fallback": self._last.name}
