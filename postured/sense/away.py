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

from postured import bus
from postured.bus import Bus, BusError, Signal
from postured.core.language import _
from postured.core.model import Away as AwayEvent
from postured.sense.protocol import Emit
from postured.sense.sessions import LOGIN, LOGIN_MANAGER, LOGIN_PATH, LOGIN_SESSION, asked, session_of

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 600.0
"""A bus that was not there for so long is hardly coming, and suspend is seen without it."""
STEADY_AFTER_S = 60.0
"""A connection that lived this long was no failure: after its loss the waits begin anew."""

CALL_WITHIN_S = 3.0

SLEEP_AT_MOST_S = 300.0
"""Awake for this long after 'going to sleep', the machine did not go: the word is taken back."""

LOCK, SESSION, SUSPEND = "lock", "session", "suspend"

_DBUS = "org.freedesktop.DBus"
_PROPERTIES = "org.freedesktop.DBus.Properties"

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
        wait_s = FIRST_WAIT_S
        while True:
            began = loop.time()
            try:
                await watch(self._looked[name].set)
                self._found[name] = _("the connection was lost")
            except BusError as error:
                self._found[name] = error.detail
            self._looked[name].set()
            if loop.time() - began >= STEADY_AFTER_S:
                wait_s = FIRST_WAIT_S
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


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
        connection = await Bus.connect(bus.system_address(self._env), timeout_s=CALL_WITHIN_S)
        lost = asyncio.ensure_future(connection.lost())
        lost.add_done_callback(lambda _: self._news.set())
        try:
            await self._listen(connection)
            wait_s = FIRST_WAIT_S
            while connection.connected and not self._gone:
                following = await self._follow_session(connection)
                looked()
                await self._wait_for_news(None if following else wait_s)
                wait_s = FIRST_WAIT_S if following else min(2 * wait_s, LONGEST_WAIT_S)
        finally:
            lost.cancel()
            self._claims.drop("sleep")
            self._forget_session()
            self._stop_doubting()
            await connection.close()

    async def _wait_for_news(self, at_most_s: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        self._news.clear()

    async def _listen(self, connection: Bus) -> None:
        await connection.subscribe(
            self._on_owner, sender=_DBUS, interface=_DBUS, member="NameOwnerChanged", arg0=LOGIN
        )
        if not await connection.owner_of(LOGIN):
            raise BusError("no-server", _("there is no logind on the system bus"))
        await connection.subscribe(
            self._on_sleep, sender=LOGIN, path=LOGIN_PATH, interface=LOGIN_MANAGER, member="PrepareForSleep"
        )

    async def _follow_session(self, connection: Bus) -> bool:
        """Find the person's session and listen to it; False while there is none."""
        self._forget_session()
        session_id, path = await session_of(connection, self._uid, CALL_WITHIN_S)
        if not path:
            self._found["logind"] = _("tells of sleep; no session of yours yet")
            return False
        await connection.subscribe(
            self._on_removed,
            sender=LOGIN,
            path=LOGIN_PATH,
            interface=LOGIN_MANAGER,
            member="SessionRemoved",
            arg0=session_id,
        )
        await connection.subscribe(
            self._on_properties,
            sender=LOGIN,
            path=path,
            interface=_PROPERTIES,
            member="PropertiesChanged",
            arg0=LOGIN_SESSION,
        )
        self._found.update(logind=_("tells of sleep, lock and switched sessions"), session=path)
        for name in ("LockedHint", "Active"):
            self._on_property(name, await asked(connection, path, LOGIN_SESSION, name, CALL_WITHIN_S))
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
        connection = await Bus.connect(bus.session_address(self._env), timeout_s=CALL_WITHIN_S)
        try:
            for name in _SAVERS:
                await connection.subscribe(self._on_active, interface=name, member="ActiveChanged")
                await connection.subscribe(
                    self._on_owner, sender=_DBUS, interface=_DBUS, member="NameOwnerChanged", arg0=name
                )
            here = [name for name in _SAVERS if await self._ask(connection, name)]
            self._found["screen_savers"] = _("listening; here now: {names}").format(
                names=", ".join(here) or _("none")
            )
            self._found["screen_savers_heard"] = True
            looked()
            await connection.lost()
        finally:
            self._found["screen_savers_heard"] = False
            for name in _SAVERS:
                self._claims.drop(name)
            await connection.close()

    async def _ask(self, connection: Bus, name: str) -> bool:
        """Ask for the present state of one that runs, and start none; False if it does not run."""
        owner = await connection.owner_of(name)
        if not owner:
            return False
        try:
            reply = await connection.call(owner, _SAVERS[name], name, "GetActive", timeout_s=CALL_WITHIN_S)
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
