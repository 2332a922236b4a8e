"""The idle hint that a desktop gives to logind: coarse, for desktops that offer nothing better.

The hint comes with the desktop's own delay, mostly when it blanks the screen, and some desktops never give
one; so until it has been seen to change, nobody is silent. Imported late, as it brings the bus with it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping

from postured.bus import Bus, BusError, Signal, system_address
from postured.core.language import _
from postured.core.model import Input, Silence
from postured.sense.protocol import Clock, Emit, SensorError
from postured.sense.services import connected, hear_of_owner, hear_of_properties, property_of
from postured.sense.sessions import LOGIN, LOGIN_MANAGER, LOGIN_PATH, LOGIN_SESSION, session_of

CALL_WITHIN_S = 3.0

_DESKTOPS = ("x11", "wayland", "mir")
"""Types of session whose desktop gives the hint; for a terminal logind makes one up from its time stamps."""


async def connect_in_loop(
    env: Mapping[str, str],
    idle_after_s: float,
    clock: Clock,
    *,
    uid: int | None = None,
    wall: Clock = time.time,
) -> LogindIdle:
    """Find out, within three seconds, whether logind knows a desktop session of the person's.

    Raises:
        SensorError: It does not, or there is no logind; the session may begin later.
    """
    uid = os.getuid() if uid is None else uid
    try:
        async with asyncio.timeout(CALL_WITHIN_S):
            async with connected(system_address(env), CALL_WITHIN_S) as bus:
                await _desktop_session(bus, uid)
    except BusError as error:
        why = error.detail
    except TimeoutError:
        why = _("logind does not answer within {seconds:g} s").format(seconds=CALL_WITHIN_S)
    else:
        return LogindIdle(env, uid, idle_after_s, clock, wall)
    raise SensorError("logind", why, lasting=False)


async def _desktop_session(bus: Bus, uid: int) -> tuple[str, str]:
    """Return id and path of the person's session.

    Raises:
        BusError: There is none, or none on a desktop.
    """
    if not await bus.owner_of(LOGIN):
        raise BusError("no-server", _("there is no logind on the system bus"))
    session_id, path = await session_of(bus, uid, CALL_WITHIN_S)
    if not path:
        raise BusError("no-server", _("logind knows no session of yours"))
    kind = await property_of(bus, LOGIN, path, LOGIN_SESSION, "Type", CALL_WITHIN_S)
    if kind not in _DESKTOPS:
        raise BusError("rejected", _("logind knows no desktop session of yours"))
    return session_id, path


class LogindIdle:
    """Follows the hint of one session. While it is off, somebody may be there: who asks is told so."""

    name = "logind"
    quality = "coarse"

    def __init__(
        self, env: Mapping[str, str], uid: int, idle_after_s: float, clock: Clock, wall: Clock
    ) -> None:
        self.note = _(
            "your desktop has not told logind yet when you are idle; until then all time counts as work"
        )
        self._env = env
        self._uid = uid
        self._idle_after_s = idle_after_s
        self._clock = clock
        self._wall = wall
        self._emit: Emit | None = None
        self._lost: Callable[[str], None] | None = None
        self._ended = asyncio.Event()
        self._why = _("the system bus has gone")
        self._hint: bool | None = None
        self._not_idle_at = clock()
        """When the hint was last known to be off, or nothing was known of it."""
        self._idle_since: float | None = None
        self._told = False
        self._until_told: asyncio.TimerHandle | None = None
        self._listening = False
        self._awaited = False
        """Whether an `Input` is still owed to `listen`."""

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Connect, and follow the hint from then on."""
        self._emit, self._lost = emit, lost
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())
        if self._awaited:
            self._loop.call_soon(self._answer)

    def listen(self, on: bool) -> None:
        """Answer with one `Input` as soon as the loop turns, or when the hint goes off."""
        if on == self._listening:
            return
        self._listening = self._awaited = on
        if on and self._emit is not None:
            self._loop.call_soon(self._answer)

    async def idle_s(self) -> float | None:
        """Seconds for which the hint has stood; None while it does not."""
        if self._emit is None or self._idle_since is None:
            return None
        return max(0.0, self._clock() - self._idle_since)

    def set_idle_after(self, seconds: float) -> None:
        """Change the length from which a silence is told."""
        self._idle_after_s = seconds
        if self._idle_since is not None:
            self._plan()

    def stop(self) -> None:
        """Hang up."""
        if self._emit is not None:
            self._emit = None
            self._task.cancel()
            self._stop_timer()

    # ── as long as it lasts ───────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            await self._follow()
        except BusError as error:
            self._why = error.detail
        if self._emit is not None:
            self._emit = None
            self._stop_timer()
            if self._lost is not None:
                self._lost(_("logind was lost: {why}").format(why=self._why))

    async def _follow(self) -> None:
        """Follow the hint until the bus, logind or the session has gone.

        Raises:
            BusError: One of them is not there, or does not answer.
        """
        async with connected(system_address(self._env), CALL_WITHIN_S, self._ended.set) as bus:
            await self._subscribe(bus)
            await self._ended.wait()

    async def _subscribe(self, bus: Bus) -> None:
        await hear_of_owner(bus, LOGIN, self._on_owner)
        session_id, path = await _desktop_session(bus, self._uid)
        manager = {"sender": LOGIN, "path": LOGIN_PATH, "interface": LOGIN_MANAGER}
        await bus.subscribe(self._on_removed, **manager, member="SessionRemoved", arg0=session_id)
        await hear_of_properties(bus, LOGIN, path, LOGIN_SESSION, self._on_properties)
        hint = await property_of(bus, LOGIN, path, LOGIN_SESSION, "IdleHint", CALL_WITHIN_S)
        if self._hint is None and isinstance(hint, bool):
            self._hint = hint

    def _on_owner(self, _signal: Signal) -> None:
        self._end(_("it has gone"))

    def _on_removed(self, _signal: Signal) -> None:
        self._end(_("your session has ended"))

    def _end(self, why: str) -> None:
        self._why = why
        self._ended.set()

    # ── the hint ──────────────────────────────────────────────────────────────────────────────────

    def _on_properties(self, signal: Signal) -> None:
        match signal.body:
            case (_, {"IdleHint": (str(), bool() as hint), "IdleSinceHint": (str(), int() as since_us)}, *_):
                self._on_hint(hint, since_us / 1e6)
            case (_, {"IdleHint": (str(), bool() as hint)}, *_):
                self._on_hint(hint, self._wall())

    def _on_hint(self, hint: bool, since_unix_s: float) -> None:
        if hint == self._hint:
            return
        self._hint = hint
        self.note = _("your desktop tells logind when you are idle, with a delay of its own")
        if hint:
            age_s = max(0.0, self._wall() - since_unix_s)
            # The wall clock may have been set; since then the hint cannot have stood.
            self._idle_since = max(self._clock() - age_s, self._not_idle_at)
            self._plan()
        else:
            self._not_idle_at = self._clock()
            self._on_input()

    def _plan(self) -> None:
        """Tell of the silence when it is long enough, unless that has been done."""
        self._stop_timer()
        if self._emit is not None and self._idle_since is not None and not self._told:
            left_s = self._idle_since + self._idle_after_s - self._clock()
            self._until_told = self._loop.call_later(max(0.0, left_s), self._tell_silence)

    def _tell_silence(self) -> None:
        if self._emit is not None and self._idle_since is not None:
            self._told = True
            self._emit(Silence(self._idle_since))

    def _on_input(self) -> None:
        self._stop_timer()
        wanted = self._told or self._awaited
        self._idle_since = None
        self._told = self._awaited = False
        if wanted and self._emit is not None:
            self._emit(Input())

    def _answer(self) -> None:
        if self._awaited and self._idle_since is None:
            self._on_input()

    def _stop_timer(self) -> None:
        if self._until_told is not None:
            self._until_told.cancel()
            self._until_told = None
