"""The sensor of last resort: nothing can be known, so all time counts as work and breaks still come."""

from __future__ import annotations

from collections.abc import Callable

from postured.core.language import _
from postured.core.model import Input
from postured.sense.protocol import Emit


class Always:
    """Takes somebody to be there at all times."""

    name = "always"
    quality = "none"

    def __init__(self, why: str) -> None:
        self.note = _("{why}; all time counts as work").format(why=why)
        self._emit: Emit | None = None
        self._listening = False

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:  # noqa: ARG002 - it cannot be lost
        """Begin; there is nothing to tell unless somebody asks."""
        self._emit = emit
        if self._listening:
            self._answer_soon()

    def listen(self, on: bool) -> None:
        """Answer with one `Input` as soon as the loop turns."""
        asked = on and not self._listening
        self._listening = on
        if asked and self._emit is not None:
            self._answer_soon()

    async def idle_s(self) -> float | None:
        """None: it cannot be known."""
        return None

    def set_idle_after(self, seconds: float) -> None:
        """Change nothing; there is no silence here."""

    def stop(self) -> None:
        """End."""
        self._emit = None

    def _answer_soon(self) -> None:
        import asyncio

        asyncio.get_running_loop().call_soon(self._answer)

    def _answer(self) -> None:
        if self._listening and self._emit is not None:
            self._emit(Input())
