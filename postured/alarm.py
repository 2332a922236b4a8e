"""APScheduler, waiting. It holds the one wake-up the engine asks for and the wall-clock one; it decides nothing.

Invariant: at most one job of each name exists, and its date follows from the last `set`. Grace is endless and
coalescing on, so that a job that is late (a suspend, a busy machine) runs once, at once, and is never dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

NEAR_ENOUGH_S = 0.02
"""An alarm that moves by less is left where it is: the two clocks drift apart by less than this in a minute."""


class Alarm:
    """Calls `ring` when the time set has come. Lives inside a running event loop."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._set: dict[str, float] = {}
        self._waiting = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Begin to wait."""
        self._scheduler.start()
        self._waiting = True

    def set(self, name: str, in_s: float | None) -> None:
        """Ring in so many seconds, and not when it was set to before under this name; None: not at all."""
        before = self._set.get(name)
        if in_s is None:
            if before is not None:
                del self._set[name]
                # APScheduler forgets a job as soon as it has begun to ring, which `_due` then takes back.
                with contextlib.suppress(JobLookupError):
                    self._scheduler.remove_job(name)
            return
        at_unix_s = time.time() + max(0.0, in_s)
        if before is not None and abs(before - at_unix_s) < NEAR_ENOUGH_S:
            return
        self._set[name] = at_unix_s
        self._scheduler.add_job(
            self._due,
            DateTrigger(datetime.fromtimestamp(at_unix_s, UTC)),
            args=[name],
            id=name,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=2,  # set anew by its own ringing, before APScheduler has noted that it ended
        )

    async def _due(self, name: str) -> None:
        if self._set.pop(name, None) is None:
            return
        # From the loop, not from within the job, whose errors APScheduler would keep to itself.
        asyncio.get_running_loop().call_soon(self._ring)

    def stop(self) -> None:
        """Wait for nothing any more. May be called twice."""
        if self._waiting:
            self._waiting = False
            self._set.clear()
            # Shutting down takes until the loop turns: a job due before that would be begun only to be cancelled,
            # with an error in the log.
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)
