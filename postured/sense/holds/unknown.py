"""What cannot be known on a system, said plainly: nothing is guessed, so nothing is held back for it."""

from __future__ import annotations

from postured.sense.holds.protocol import Seen


class Unknown:
    """A way that says why there is none."""

    def __init__(self, name: str, note: str) -> None:
        self.name = name
        self.note = note

    async def look(self) -> Seen | None:
        """None, always."""
        return None

    async def stop(self) -> None:
        """End."""
