"""Whether the person has left: screen locked, session switched away, machine going to sleep.

logind on the system bus and the screen savers on the session bus are listened to; neither has to exist.
What only one of them knows counts: a lock that is not reported is not proof of presence. Imported late, as
it brings the bus with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping

from postured.bus import Bus, BusError, Signal, session_address, system_address
from postured.core.language import _
from postured.core.model import Away as AwayEvent
from postured.sense.protocol import FIRST_WAIT_S, LONGEST_WAIT_S, STEADY_AFTER_S, Emit, GrowingWait
from postured.sense.services import connected, hear_of_owner, hear_of_properties, property_of
from postured.sense.sessions import LOGIN, LOGIN_MANAGER, LOGIN_PATH, LOGIN_SESSION, session_of

CALL_WITHIN_S = 3.0

SLEEP_AT_MOST_S = 300.0
"""Awake for this long after 'going to sleep', the machine did not go: the word is taken back."""

LOCK, SESSION, SUSPEND = "lock", "session", "suspend"

_SAVERS = {
    f"org.{desktop}.ScreenSaver": f"/org/{desktop}/ScreenSaver"
    for desktop in ("freedesktop", "gnome", "cinnamon", "mate", "xfce")
}
"""Name on the bus, which is also the interface, and the path where it is asked for its state."""


class Claims:
    """Who says that the person is away, and why. A reason holds as long as anybody claims it."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._claims: set[tuple[str, str]] = set()

    def set(self, source: str, reason: str, on: bool) -> None:
        """Take up what `source` says; said twice is said once."""
        before = self._stands(reason)
        (self._claims.add if on else self._claims.discard)((reason, source))
        after = self._stands(reason)
        if before != after:
            self._emit(AwayEvent(reason, after))

    def drop(self, source: str) -> None:
        """Forget all that `source` said: it is gone, and cannot take it back."""
        for reason, claimant in sorted(self._claims):
            if claimant == source:
                self.set(source, reason, False)

    def _stands(self, reason: str) -> bool:
        return any(claimed == reason for claimed, _ in self._claims)


class Away:
    """Listens on both buses for as long as `run` runs; what is lost is looked for after growing waits."""

    def __init__(self, env: Mapping[str, str], uid: int | None = None) -> None:
        self._env = env
        self._uid = os.getuid() if uid is None else uid
        self._found: dict[str, object] = {
            "logind": _("not looked for yet"),
            "session": None,
            "locked_hint": None,
            "screen_savers": _("not looked for yet"),
            "screen_savers_heard": False,
        }
        self._looked = {"logind": asyncio.Event(), "screen_savers": asyncio.Event()}

    async def run(self, emit: Emit) -> None:
        """Emit `Away` for each change, and for what stands already. Ends by being cancelled."""
        claims = Claims(emit)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._keep("logind", _Logind(self._env, self._uid, claims, self._found).watch))
            both.create_task(self._keep("screen_savers", _Savers(self._env, claims, self._found).watch))

    async def looked(self) -> None:
        """Return when both buses have been looked at once, whatever came of it."""
        for event in self._looked.values():
            await event.wait()

    def describe(self) -> Mapping[str, object]:
        """Say what was found.

        Returns:
            `logind` and `screen_savers` (a sentence each), `session` (its object path, or None),
            `locked_hint` (None while it is not known) and `screen_savers_heard` (whether they are listened to).
        """
        return dict(self._found)

    async def _keep(self, name: str, watch: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
        while True:
            began = loop.time()
            try:
                await watch(self._looked[name].set)
                self._found[name] = _("the connection was lost")
            except BusError as error:
                self._found[name] = error.detail
            self._looked[name].set()
            if loop.time() - began >= STEADY_AFTER_S:
                wait.begin_anew()
            await asyncio.sleep(wait.next_s())


class _Logind:
    """The system's word: locked, switched away, going to sleep."""

    def __init__(self, env: Mapping[str, str], uid: int, claims: Claims, found: dict[str, object]) -> None:
        self._env = env
        self._uid = uid
        self._claims = claims
        self._found = found
        self._news = asyncio.Event()
        """Set when logind or the session has gone, or the connection has: look again."""
        self._gone = False
        self._was_active = False
        self._still_awake: asyncio.TimerHandle | None = None

    async def watch(self, looked: Callable[[], None]) -> None:
        """Listen until the connection or logind is gone.

        Raises:
            BusError: There is no system bus, no logind, or it does not answer.
        """
        self._gone = False
        wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
        try:
            async with connected(system_address(self._env), CALL_WITHIN_S, self._news.set) as bus:
                await self._listen(bus)
                while bus.connected and not self._gone:
                    following = await self._follow_session(bus)
                    looked()
                    await self._wait_for_news(None if following else wait.next_s())
                    if following:
                        wait.begin_anew()
        finally:
            self._claims.drop("sleep")
            self._forget_session()
            self._stop_doubting()

    async def _wait_for_news(self, at_most_s: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        self._news.clear()

    async def _listen(self, bus: Bus) -> None:
        await hear_of_owner(bus, LOGIN, self._on_owner)
        if not await bus.owner_of(LOGIN):
            raise BusError("no-server", _("there is no logind on the system bus"))
        await bus.subscribe(
            self._on_sleep, sender=LOGIN, path=LOGIN_PATH, interface=LOGIN_MANAGER, member="PrepareForSleep"
        )

    async def _follow_session(self, bus: Bus) -> bool:
        """Find the person's session and listen to it; False while there is none."""
        self._forget_session()
        session_id, path = await session_of(bus, self._uid, CALL_WITHIN_S)
        if not path:
            self._found["logind"] = _("tells of sleep; no session of yours yet")
            return False
        await bus.subscribe(
            self._on_removed,
            sender=LOGIN,
            path=LOGIN_PATH,
            interface=LOGIN_MANAGER,
            member="SessionRemoved",
            arg0=session_id,
        )
        await hear_of_properties(bus, LOGIN, path, LOGIN_SESSION, self._on_properties)
        self._found.update(logind=_("tells of sleep, lock and switched sessions"), session=path)
        for name in ("LockedHint", "Active"):
            self._on_property(name, await property_of(bus, LOGIN, path, LOGIN_SESSION, name, CALL_WITHIN_S))
        return True

    def _forget_session(self) -> None:
        self._found.update(session=None, locked_hint=None)
        self._was_active = False
        self._claims.drop("session")

    def _on_owner(self, _signal: Signal) -> None:
        self._gone = True
        self._news.set()

    def _on_removed(self, signal: Signal) -> None:
        if self._found["session"] in signal.body:
            self._news.set()

    def _on_properties(self, signal: Signal) -> None:
        if signal.path != self._found["session"]:
            return
        match signal.body:
            case (_, dict() as changed, *_):
                for name, variant in changed.items():
                    self._on_property(name, variant[1])

    def _on_property(self, name: object, value: object) -> None:
        """Take up a property. A session never seen active is no sign: the person may be in by other means."""
        match name, value:
            case "LockedHint", bool():
                self._found["locked_hint"] = value
                self._claims.set("session", LOCK, value)
            case "Active", bool():
                self._claims.set("session", SESSION, self._was_active and not value)
                self._was_active = self._was_active or value

    def _on_sleep(self, signal: Signal) -> None:
        """Begin the rest when sleep is near; its length is told by the clocks, not by this."""
        match signal.body:
            case (bool() as going,):
                self._claims.set("sleep", SUSPEND, going)
                self._stop_doubting()
                if going:
                    loop = asyncio.get_running_loop()
                    self._still_awake = loop.call_later(SLEEP_AT_MOST_S, self._claims.drop, "sleep")

    def _stop_doubting(self) -> None:
        if self._still_awake is not None:
            self._still_awake.cancel()
            self._still_awake = None


class _Savers:
    """The desktop's word: a screen saver or lock screen is up. Some say so twice, or under two names."""

    def __init__(self, env: Mapping[str, str], claims: Claims, found: dict[str, object]) -> None:
        self._env = env
        self._claims = claims
        self._found = found

    async def watch(self, looked: Callable[[], None]) -> None:
        """Listen until the connection is gone.

        Raises:
            BusError: There is no session bus, or it does not answer.
        """
        try:
            async with connected(session_address(self._env), CALL_WITHIN_S) as bus:
                for name in _SAVERS:
                    await bus.subscribe(self._on_active, interface=name, member="ActiveChanged")
                    await hear_of_owner(bus, name, self._on_owner)
                here = [name for name in _SAVERS if await self._ask(bus, name)]
                self._found["screen_savers"] = _("listening; here now: {names}").format(
                    names=", ".join(here) or _("none")
                )
                self._found["screen_savers_heard"] = True
                looked()
                await bus.lost()
        finally:
            self._found["screen_savers_heard"] = False
            for name in _SAVERS:
                self._claims.drop(name)

    async def _ask(self, bus: Bus, name: str) -> bool:
        """Ask for the present state of one that runs, and start none; False if it does not run."""
        owner = await bus.owner_of(name)
        if not owner:
            return False
        try:
            reply = await bus.call(owner, _SAVERS[name], name, "GetActive", timeout_s=CALL_WITHIN_S)
        except BusError as error:
            if error.kind == "disconnected":
                raise
            return True  # it tells of changes all the same, as a rule
        self._take_up(name, reply)
        return True

    def _on_active(self, signal: Signal) -> None:
        self._take_up(signal.interface, signal.body)

    def _take_up(self, name: str, body: tuple[object, ...]) -> None:
        match body:
            case (bool() as active,):
                self._claims.set(name, LOCK, active)

    def _on_owner(self, signal: Signal) -> None:
        match signal.body:
            case (str() as name, _, ""):
                self._claims.drop(name)
