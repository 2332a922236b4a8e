"""All ways of knowing about calls, full screen and do-not-disturb, asked together and within one limit."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from postured.core.language import _
from postured.core.model import SENSED, Counts, Hold, Schedule
from postured.sense.holds.protocol import Changed, Environment, Seen, Way
from postured.sense.protocol import GrowingWait
from postured.sense.sockets import reason

LOOK_WITHIN_S = 1.5
"""For all of them together: so much later a notice comes at the worst."""
DOUBTED_S = 120.0
"""So long a call, say, is taken to go on though the way that saw it does not answer: a server may be busy, or new."""
SLOW_S = 0.5
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 600.0
"""A way that did not answer in time, or took long to know nothing, is not asked again before this: it would delay
each notice."""

_log = logging.getLogger(__name__)


class Found(NamedTuple):
    """What is known of a hold."""

    on: bool | None
    """None: no way here can tell."""
    video: bool = True


class Told(NamedTuple):
    """What one way said when it was asked last."""

    hold: Hold
    name: str
    on: bool | None
    note: str


class Looks:
    """The ways that there are on this machine."""

    def __init__(
        self, ways: Mapping[Hold, tuple[Way, ...]], last: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._asked = [_Asked(hold, way) for hold, several in ways.items() for way in several]
        self._last = last
        """What ends after them."""

    async def look(self, wanted: Collection[Hold]) -> Mapping[Hold, Found]:
        """Ask about those holds; takes `LOOK_WITHIN_S` at most, and never raises."""
        asked = [one for one in self._asked if one.hold in wanted]
        seen = await asyncio.gather(*(one.look() for one in asked))
        return {
            hold: _together([said for one, said in zip(asked, seen, strict=True) if one.hold is hold])
            for hold in wanted
        }

    def leave_out(self, holds: Collection[Hold]) -> None:
        """Forget what was said of those, which nobody asks about any more."""
        for one in self._asked:
            if one.hold in holds:
                one.forget()

    def told(self) -> list[Told]:
        """What each way said last; nothing is asked for it."""
        return [one.told for one in self._asked]

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(one.way.stop() for one in self._asked), return_exceptions=True)
        if self._last is not None:
            await self._last()


def _together(said: Sequence[Seen | None]) -> Found:
    """One way that sees it is enough; that there is none they must all know."""
    on = next((seen for seen in said if seen is not None and seen.on), None)
    if on is not None:
        return Found(True, on.video)
    return Found(None if None in said or not said else False)


class _Asked:
    """One way, and how it has behaved."""

    def __init__(self, hold: Hold, way: Way) -> None:
        self.hold = hold
        self.way = way
        self.told = Told(hold, way.name, None, _("not looked for yet"))
        self._on: Seen | None = None
        self._on_until_s = 0.0
        self._not_before_s = 0.0
        self._wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)

    async def look(self) -> Seen | None:
        """Ask the way, unless it is set aside. After a yes it takes an answer to end it, or `DOUBTED_S` without any."""
        now_s = asyncio.get_running_loop().time()
        seen = await self._ask() if now_s >= self._not_before_s else None
        if seen is not None:
            self._on = seen if seen.on else None
            self._on_until_s = now_s + DOUBTED_S
        elif now_s < self._on_until_s:
            seen = self._on
        self.told = self.told._replace(on=None if seen is None else seen.on)
        return seen

    def forget(self) -> None:
        """What it said last is of no interest."""
        self._on = None
        self.told = Told(self.hold, self.way.name, None, _("not looked for"))

    async def _ask(self) -> Seen | None:
        loop = asyncio.get_running_loop()
        began_s, seen = loop.time(), None
        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                seen = await self.way.look()
            note = self.way.note
        except TimeoutError as error:
            note = reason(error, LOOK_WITHIN_S)
        except Exception as failure:  # noqa: BLE001 - one way's mistake must not cost the others their word
            _log.warning("looking by %s failed: %r; please report it", self.way.name, failure)
            note = _("it failed; please report it")
            began_s = -math.inf
        if seen is not None:
            self._wait.begin_anew()
        elif loop.time() - began_s > SLOW_S:
            self._not_before_s = loop.time() + self._wait.next_s()
        self.told = self.told._replace(note=note)
        return seen


def wanted_by(schedule: Schedule) -> frozenset[Hold]:
    """The sensed holds that make a difference by this schedule: for notices, or for what counts as work."""
    wanted = set(schedule.hold & SENSED)
    if Counts.CALL in schedule.counts:
        wanted.add(Hold.CALL)
    if Counts.VIDEO in schedule.counts:
        wanted.add(Hold.FULLSCREEN)
    return frozenset(wanted)


def open_looks(environment: Environment, schedule: Schedule, changed: Changed) -> Looks:
    """Make the ways that there are on this system; none is asked yet.

    Args:
        environment: Where the desktop is looked up.
        schedule: Whose `ignore` lists are taken.
        changed: Called when a look may find something else than before.
    """
    call, fullscreen = schedule.ignore_call, schedule.ignore_fullscreen
    if sys.platform == "darwin":
        from postured.sense.holds import macos

        return Looks(_named(macos.ways(call, fullscreen)))
    if sys.platform == "win32":
        from postured.sense.holds import windows

        return Looks(_named(windows.ways(call, fullscreen)))
    from postured.sense.holds.camera import Camera
    from postured.sense.holds.dnd import DoNotDisturb
    from postured.sense.holds.fullscreen import FullScreen
    from postured.sense.holds.microphone import Microphone
    from postured.sense.holds.session import SessionBus

    session = SessionBus(environment())
    ways: dict[Hold, tuple[Way, ...]] = {
        Hold.CALL: (Microphone(environment, call, changed), Camera(environment, call)),
        Hold.FULLSCREEN: (FullScreen(environment, fullscreen, session, changed),),
        Hold.DND: (DoNotDisturb(environment, session, changed),),
    }
    return Looks(ways, session.stop)


def _named(ways: Mapping[str, tuple[Way, ...]]) -> dict[Hold, tuple[Way, ...]]:
    return {Hold(word): several for word, several in ways.items()}
