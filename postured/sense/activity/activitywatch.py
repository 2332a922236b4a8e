"""Idle time from ActivityWatch, for people who run it and name it in their schedule.

Its server on this machine (never another one) is asked for the newest event of its watcher of input. While
somebody works that event ends with the last input that was reported; one that says `afk` begins with it. The
watcher reports late, by up to a quarter of a minute. Only these times and the one word are used. Loads
Python's HTTP client, 1.4 MB, which nothing else in the daemon needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import quote

from postured.core.language import _
from postured.core.model import HANDS_ON_S, Event, Input, Silence
from postured.sense.aside import asked_aside
from postured.sense.protocol import Clock, Emit, SensorError
from postured.sense.sockets import reason

HOST, PORT = "127.0.0.1", 5600
ANSWER_WITHIN_S = 2.0
_LARGEST_ANSWER = 1 << 20

LOOK_EVERY_S = 30.0
LOOK_RARELY_S = 60.0
LOOK_FOR_HANDS_S = 15.0

LATE_S = 15.0
"""Input is reported up to this much later: the watcher looks every five seconds and sends every ten."""

STALE_AFTER_S = 210.0
"""A watcher that is alive says `afk` after three minutes at the latest; this much later it has died."""

Now = Callable[[], float]


class Status(NamedTuple):
    """The newest event of the watcher of input; Unix seconds."""

    afk: bool
    begin: float
    end: float

    @property
    def last_input(self) -> float:
        """When the last input was, as far as it was reported."""
        return self.begin if self.afk else self.end


class Server:
    """The server of ActivityWatch on this machine."""

    def __init__(self, host: str = HOST, port: int = PORT, machine: str = "") -> None:
        self._host, self._port = host, port
        self._machine = machine or socket.gethostname()

    async def find_bucket(self) -> str:
        """Return the id of the bucket that this machine's watcher of input fills.

        Raises:
            SensorError: There is none, or nobody to ask.
        """
        found = await self._get("/api/0/buckets/")
        buckets = found.items() if isinstance(found, dict) else ()
        ours = [
            (str(bucket.get("last_updated") or ""), str(name))
            for name, bucket in buckets
            if isinstance(bucket, dict)
            and bucket.get("type") == "afkstatus"
            and self._machine in (bucket.get("hostname"), str(name).removeprefix("aw-watcher-afk_"))
        ]
        if not ours:
            why = _("ActivityWatch has no watcher of input on {machine}").format(machine=self._machine)
            raise SensorError("activitywatch", why, hint=_("start aw-watcher-afk or awatcher"), lasting=False)
        return max(ours)[1]

    async def newest(self, bucket: str) -> Status | None:
        """Return the newest event of a bucket; None if it is empty.

        Raises:
            SensorError: Nobody to ask, or what they say makes no sense.
        """
        found = await self._get(f"/api/0/buckets/{quote(bucket, safe='')}/events?limit=1")
        match found:
            case []:
                return None
            case [
                {"timestamp": str(begin), "duration": int() | float() as lasted_s, "data": {"status": word}}
            ]:
                try:
                    begin_s = datetime.fromisoformat(begin).timestamp()
                except ValueError:
                    pass
                else:
                    return Status(word == "afk", begin_s, begin_s + lasted_s)
        raise _unusable(_("it answers with something else than an event"))

    async def _get(self, path: str) -> object:
        """Ask in a thread that ends by itself, so that a server that hangs holds nobody up."""
        try:
            async with asyncio.timeout(2 * ANSWER_WITHIN_S):
                return await asked_aside("activitywatch", lambda: self._ask(path))
        except TimeoutError:
            raise _unusable(reason(TimeoutError(), 2 * ANSWER_WITHIN_S)) from None

    def _ask(self, path: str) -> object:
        connection = HTTPConnection(self._host, self._port, timeout=ANSWER_WITHIN_S)
        try:
            connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
            response = connection.getresponse()
            body = response.read(_LARGEST_ANSWER)
            if response.status in (401, 403):
                raise _unusable(_("it wants a key, and postured has none"))
            if response.status != 200:
                raise _unusable(_("it answers with status {status}").format(status=response.status))
            return json.loads(body)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            raise _unusable(_reason(error)) from None
        finally:
            connection.close()


def _unusable(why: str) -> SensorError:
    hint = _("start ActivityWatch, or take another source under work.activity")
    return SensorError(
        "activitywatch", _("ActivityWatch cannot be used: {why}").format(why=why), hint=hint, lasting=False
    )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return reason(error, ANSWER_WITHIN_S)
    return _("its answer makes no sense")


async def connect_in_loop(
    env: Mapping[str, str],  # noqa: ARG001 - its address is always the same
    idle_after_s: float,
    clock: Clock,
    *,
    server: Server | None = None,
    wall: Now = time.time,
) -> ActivityWatch:
    """Find the watcher of this machine.

    Raises:
        SensorError: There is none that is alive.
    """
    server = server or Server()
    bucket = await server.find_bucket()
    status = await server.newest(bucket)
    if status is None or not _is_fresh(status, wall()):
        raise _unusable(_("its watcher of input has stopped"))
    return ActivityWatch(server, bucket, status, idle_after_s, clock, wall)


def _is_fresh(status: Status | None, now_unix_s: float) -> bool:
    return status is not None and now_unix_s - status.end <= STALE_AFTER_S


class ActivityWatch:
    """Looks just when an answer could have changed, at most twice a minute unless somebody listens."""

    name = "activitywatch"
    quality = "coarse"

    def __init__(
        self, server: Server, bucket: str, status: Status, idle_after_s: float, clock: Clock, wall: Now
    ) -> None:
        self.note = _("ActivityWatch tells when input stopped, to within half a minute")
        self._server = server
        self._bucket = bucket
        self._idle_after_s = idle_after_s
        self._clock = clock
        self._wall = wall
        self._last_input = self._on_our_clock(status.last_input)
        self._stale = False
        """Whether the last look found no sign of life."""
        self._silent = False
        self._listening = False
        self._awaited = False
        self._emit: Emit | None = None
        self._sooner = asyncio.Event()

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Look at once, and from then on when it can matter."""
        self._emit, self._lost = emit, lost
        self._task = asyncio.get_running_loop().create_task(self._follow())

    def listen(self, on: bool) -> None:
        """Look for input more often, until some is found or nobody asks any more."""
        if on == self._listening:
            return
        self._listening = self._awaited = on
        if on:
            self._sooner.set()

    async def idle_s(self) -> float | None:
        """Seconds since the last input that the last look found."""
        return max(0.0, self._clock() - self._last_input)

    def set_idle_after(self, seconds: float) -> None:
        """Change the threshold; a silence already told goes on until it ends."""
        self._idle_after_s = seconds
        self._sooner.set()

    def stop(self) -> None:
        """End; nobody waits for an answer that is still to come."""
        if self._emit is not None:
            self._emit = None
            self._task.cancel()

    async def _follow(self) -> None:
        while self._emit is not None:
            self._sooner.clear()
            try:
                self._take(await self._server.newest(self._bucket))
            except SensorError as error:
                self._give_up(str(error))
                return
            event = self._event()
            if event is not None and self._emit is not None:
                self._emit(event)
            await self._rest()

    async def _rest(self) -> None:
        """Wait until a look could find something new; not so long if somebody begins to listen."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._until_next()):
                await self._sooner.wait()

    def _give_up(self, why: str) -> None:
        if self._emit is not None:
            self._emit = None
            self._lost(why)

    def _take(self, status: Status | None) -> None:
        """Take up an event. Time only goes forward: what was known of input stays known.

        Raises:
            SensorError: Two looks found no sign of life. Right after a suspend, one alone means nothing.
        """
        stale_before, self._stale = self._stale, not _is_fresh(status, self._wall())
        if stale_before and self._stale:
            raise _unusable(_("its watcher of input has stopped"))
        if status is not None and not self._stale:
            self._last_input = max(self._last_input, self._on_our_clock(status.last_input))

    def _on_our_clock(self, unix_s: float) -> float:
        return self._clock() - max(0.0, self._wall() - unix_s)

    def _event(self) -> Event | None:
        idle_s = self._clock() - self._last_input
        if self._stale:
            return None
        if idle_s >= self._idle_after_s:
            if self._silent:
                return None
            self._silent = True
            return Silence(self._last_input)
        if self._silent or (self._awaited and idle_s < HANDS_ON_S + LATE_S):
            self._silent = self._awaited = False
            return Input()
        return None

    def _until_next(self) -> float:
        idle_s = self._clock() - self._last_input
        if self._awaited:
            return LOOK_FOR_HANDS_S
        if self._silent:
            return LOOK_RARELY_S
        return max(LOOK_EVERY_S, self._idle_after_s - idle_s)
