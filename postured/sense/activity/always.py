"""The sensors of last resort: nothing can be known for good, or nothing is known yet.

For good means that all time counts as work and breaks still come; not yet means that nobody is asked.
"""

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


class Undecided:
    """Stands in for some milliseconds, while a source is looked for: it tells nothing, and answers nobody."""

    name = "always"
    quality = "none"

    def __init__(self) -> None:
        self.note = _("looking for a way to tell work from silence")

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Do nothing."""

    def listen(self, on: bool) -> None:
        """Do nothing; whoever comes next is asked."""

    async def idle_s(self) -> float | None:
        """None: it is not known yet."""
        return None

    def set_idle_after(self, seconds: float) -> None:
        """Do nothing; whoever comes next is told."""

    def stop(self) -> None:
        """Do nothing."""
