"""What every way of knowing about a hold promises, and what several of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

Environment = Callable[[], Mapping[str, str]]
"""The environment as it is by now: what starts before the desktop learns the names of its display later."""

Changed = Callable[[], None]
"""Called from the running loop when another look may find something else; says nothing about what."""


class Seen(NamedTuple):
    """What one look found."""

    on: bool
    video: bool = True
    """Full screen only: somebody may be watching. False where it is known that nothing keeps the screen awake."""


class CannotTellError(Exception):
    """It cannot be known this way, at least not now; the text is the note."""


class Way(Protocol):
    """One way of knowing about one hold, asked when it matters."""

    name: str
    note: str
    """After a look: what it goes by, or why it cannot know; a plain sentence without full stop."""

    async def look(self) -> Seen | None:
        """Say how it is now; None where that cannot be known. Raises nothing, and blocks nothing.

        Whoever asks sets the limit, by cancelling; the next look has to work all the same.
        """

    async def stop(self) -> None:
        """End, and give back what is held. May be called at any time, and twice."""
