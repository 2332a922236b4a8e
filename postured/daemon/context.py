"""What else goes on at the desktop, as the daemon needs it: looked at before anything is decided on it.

A step of the engine is pure, so it can be tried: if it would put something up, or take a silence for rest, and nobody
has looked just before, its event waits until somebody has.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Any

from postured.clock import Clock
from postured.core import engine
from postured.core.model import (
    SENSED,
    Ask,
    Away,
    Counts,
    Effect,
    Event,
    Hold,
    Say,
    Schedule,
    Sensed,
    Show,
    Slept,
)
from postured.sense.holds.looks import Found, Looks, wanted_by
from postured.sense.holds.protocol import Changed

MakeLooks = Callable[[Schedule, Changed], Looks]
Own = Callable[[Coroutine[None, None, None]], None]

FRESH_S = 0.5
"""What was seen so lately is taken for the present."""
AGAIN_S, LONGEST_AGAIN_S = 15.0, 60.0
"""While something waits for the end of what sensors see, and no event may tell of it."""
_MORE = 1.5
"""So much longer than the last is the next of these waits."""
CHANGED_EVERY_S = 0.5
"""However often ways say that something has changed, they are not asked more often for it."""


class Context:
    """Looks when it matters, and tells the engine what has changed."""

    def __init__(
        self,
        make: MakeLooks | None,
        state: engine.State,
        clock: Clock,
        feed: Callable[[Event], None],
        own: Own,
    ) -> None:
        self._make = make
        self._clock = clock
        self._feed = feed
        self._own = own
        self._state = state
        self._schedule = state.schedule
        self._looks = None if make is None else make(state.schedule, self._changed)
        self._looked_s = float("-inf")
        self._lock = asyncio.Lock()
        self._kept: deque[Event] = deque()
        self._looking = False
        self._soon: asyncio.TimerHandle | None = None
        self._changed_s = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        self._again_s = AGAIN_S

    @property
    def looks(self) -> Looks | None:
        """What is asked; None where nothing is to be sensed."""
        return self._looks

    def keep(self, event: Event) -> bool:
        """Take a sensor's event for later if others wait already, so that their order stays; whether that was so.

        That somebody has left is no such matter: what waits to be shown must not come up on a locked screen.
        """
        if isinstance(event, Slept) or (isinstance(event, Away) and event.on):
            return False
        if self._looking:
            self._kept.append(event)
        return self._looking

    def looks_first(
        self, event: Event, before: engine.State, after: engine.State, effects: Iterable[Effect]
    ) -> bool:
        """Whether `event` has to wait for a look, and does so now; it is fed again afterwards."""
        self._state = before
        if self._over:  # nothing comes up at the end, when nobody can look any more
            return any(map(_comes_up, effects))
        if self._looks is None or self._clock.now().s - self._looked_s < FRESH_S:
            return False
        if not any(map(_comes_up, effects)) and not _rests(event, before, after):
            return False
        if not wanted_by(before.schedule):
            return False
        self._kept.appendleft(event)
        if not self._looking:
            self._looking = True
            self._own(self._look_first())
        return True

    async def look(self) -> None:
        """Look now, and tell the engine what is otherwise than it thought."""
        async with self._lock:
            looks, wanted = self._looks, wanted_by(self._state.schedule)
            if looks is None:
                return
            looks.leave_out(SENSED - wanted)
            found = await looks.look(wanted)
            self._looked_s = self._clock.now().s
        for event in _news(found, self._state, self._state.seen):
            self._feed(event)

    async def _look_whether_over(self) -> None:
        """Look only at what stands. Whether something else has begun is seen when something is to come up."""
        async with self._lock:
            looks, standing = self._looks, wanted_by(self._state.schedule) & frozenset(self._state.seen)
            if looks is None:
                return
            found = await looks.look(standing)
        for event in _news(found, self._state, found):
            self._feed(event)
        self.arrange(self._state)

    def arrange(self, state: engine.State) -> None:
        """Take up the state as it is after a step, and look again from time to time while that could matter."""
        self._state = state
        if state.schedule is not self._schedule:
            self._use(state.schedule)
        if self._looks is None or not engine.waits_for_sensors(state):
            self._stop_waiting()
            self._again_s = AGAIN_S
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._first_wait_s(), self._look_again)

    async def stop(self) -> None:
        """End: nothing is looked at any more, and nothing comes up."""
        self._over = True
        self._stop_waiting()
        if self._soon is not None:
            self._soon.cancel()
        looks, self._looks = self._looks, None
        if looks is not None:
            await looks.stop()

    async def _look_first(self) -> None:
        try:
            await self.look()
        finally:
            self._looking = False
            kept, self._kept = self._kept, deque()
        for event in kept:
            self._feed(event)

    def _first_wait_s(self) -> float:
        """Who comes back to a notice that waits does not wait for it longer than needed."""
        fresh = self._clock.now().s - self._looked_s < FRESH_S
        return self._again_s if fresh or self._again_s > AGAIN_S else 0.0

    def _look_again(self) -> None:
        self._timer = None
        self._again_s = min(_MORE * self._again_s, LONGEST_AGAIN_S)
        self._own(self._look_whether_over())

    def _changed(self) -> None:
        if self._soon is None and not self._over:
            wait_s = max(0.0, self._changed_s + CHANGED_EVERY_S - self._clock.now().s)
            self._soon = asyncio.get_running_loop().call_later(wait_s, self._look_at_change)

    def _look_at_change(self) -> None:
        self._soon = None
        self._changed_s = self._clock.now().s
        if self._lock.locked():  # that look may have begun before the change
            self._changed()
        else:
            self._own(self.look())

    def _use(self, schedule: Schedule) -> None:
        """Go by another schedule; other programs to be ignored make other ways."""
        before, self._schedule = self._schedule, schedule
        lists = (before.ignore_call, before.ignore_fullscreen)
        if self._make is None or self._over or lists == (schedule.ignore_call, schedule.ignore_fullscreen):
            return
        self._own(self._replace(self._make(schedule, self._changed)))

    async def _replace(self, looks: Looks) -> None:
        async with self._lock:  # whoever looks just now gets the old ways' answer
            old, self._looks = (looks, None) if self._over else (self._looks, looks)
            self._looked_s = float("-inf")
        if old is not None:
            await old.stop()
        await self.look()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _comes_up(effect: Effect) -> bool:
    """Whether the person would see something that they did not ask for."""
    return isinstance(effect, Ask | Say) or (
        isinstance(effect, Show) and (effect.again or effect.notice.reminder is not None)
    )


def _rests(event: Event, before: engine.State, after: engine.State) -> bool:
    """Whether a silence would be taken for rest, which in a call or before a video it is not."""
    begins = after.resting and not before.resting and not after.away
    return begins and not isinstance(event, Slept) and bool(after.schedule.counts - {Counts.INPUT})


def _news(found: Mapping[Hold, Found], state: engine.State, asked: Collection[Hold]) -> list[Sensed]:
    """What to tell the engine of what was asked about, or need not be any more.

    What has begun comes first, so that nothing comes up between an end and a beginning.
    """
    begun = [
        Sensed(hold, True, one.video)
        for hold, one in found.items()
        if one.on and (hold not in state.seen or (hold is Hold.FULLSCREEN and one.video is not state.video))
    ]
    return begun + [
        Sensed(hold, False)
        for hold in state.seen
        if hold in asked and (hold not in found or not found[hold].on)
    ]


def as_json(looks: Looks | None) -> dict[str, Any]:
    """What `status` tells of each hold that is sensed, None where that cannot be known, and each way's note."""
    told = [] if looks is None else looks.told()
    known: dict[str, Any] = {}
    for hold in (Hold.CALL, Hold.FULLSCREEN, Hold.DND):
        said = [one.on for one in told if one.hold is hold]
        known[hold.value] = True if True in said else None if None in said or not said else False
    ways = [{"hold": one.hold.value, "name": one.name, "on": one.on, "note": one.note} for one in told]
    return {**known, "ways": ways}
