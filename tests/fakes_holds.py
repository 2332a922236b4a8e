"""Ways of knowing about calls, full screen and do-not-disturb that a test sets by hand."""

from __future__ import annotations

from postured.core.model import Hold, Schedule
from postured.sense.holds.looks import Looks
from postured.sense.holds.protocol import Changed, Seen


class FakeWay:
    """Sees what the test says: `sees` is None where it cannot know."""

    def __init__(self, name: str, changed: Changed) -> None:
        self.name = name
        self.note = "a way made for tests"
        self.sees: Seen | None = Seen(False)
        self.looked = 0
        self.stopped = False
        self.changed = changed

    async def look(self) -> Seen | None:
        self.looked += 1
        return self.sees

    async def stop(self) -> None:
        self.stopped = True


class FakeDesktop:
    """One way for each sensed hold."""

    def __init__(self) -> None:
        self.made = 0

    def open(self, _schedule: Schedule, changed: Changed) -> Looks:
        """Do as `open_looks` does on a real desktop."""
        self.made += 1
        self.microphone = FakeWay("microphone", changed)
        self.screen = FakeWay("fullscreen", changed)
        self.dnd = FakeWay("dnd", changed)
        return Looks({Hold.CALL: (self.microphone,), Hold.FULLSCREEN: (self.screen,), Hold.DND: (self.dnd,)})

    @property
    def looked(self) -> int:
        """How often it was looked at."""
        return self.microphone.looked
