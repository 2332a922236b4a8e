"""The window in front by Wayland protocols that many compositors offer; one short connection for each look.

`zwlr_foreign_toplevel_manager_v1` lists the windows. Titles come with them, and are passed over unread. Whether
something keeps the screen awake shows in a notification of idleness after a millisecond: it stays away.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from postured.core.language import _
from postured.sense.activity import wayland_wire as wire
from postured.sense.activity.wayland_wire import Arguments, Session, WaylandError
from postured.sense.holds.front import Front, NoWindowsError, reached
from postured.sense.holds.protocol import CannotTellError
from postured.sense.sockets import READ_SIZE, some

MANAGER = "zwlr_foreign_toplevel_manager_v1"
_TOPLEVEL = 0
_APP_ID, _STATE, _CLOSED = 1, 4, 6
_ACTIVATED, _FULLSCREEN = 2, 3
_KNOWS_FULLSCREEN = 2
"""The version of the protocol from which on a window says that it fills the screen."""

_SEAT = "wl_seat"
_NOTIFIER, _OLD_NOTIFIER = "ext_idle_notifier_v1", "org_kde_kwin_idle"
_NOTIFY, _NOTIFY_INPUT, _OLD_NOTIFY = 1, 2, 0
_KNOWS_INPUT = 2
_IDLED = 0
_IDLE_AFTER_MS = 1
IDLE_WITHIN_S = 0.06


class WlrWindows:
    """Lists the windows, and looks at the one in front."""

    def __init__(self, path: str) -> None:
        self.note = _("the compositor tells whether the window in front fills the screen")
        self._path = path

    async def front(self) -> Front:
        """Look.

        Raises:
            NoWindowsError: The compositor shows none.
        """
        try:
            async with reached(self._path) as peer:
                return await _front(peer)
        except WaylandError as error:
            raise CannotTellError(str(error)) from None

    def stop(self) -> None:
        """Nothing is held between looks."""


class _Window:
    """What is kept of a window."""

    def __init__(self) -> None:
        self.name = ""
        self.states: tuple[int, ...] = ()
        self.closed = False

    def hear(self, kind: int, body: bytes) -> None:
        if kind == _APP_ID:
            self.name = Arguments(body).text()
        elif kind == _STATE:
            self.states = Arguments(body).numbers()
        elif kind == _CLOSED:
            self.closed = True


async def _front(peer: socket.socket) -> Front:
    session = Session()
    await wire.roundtrip_in_loop(peer, session)
    offers = session.offers.get(MANAGER)
    if not offers or offers[0].version < _KNOWS_FULLSCREEN:
        awake = await _awake(peer, session)
        raise NoWindowsError(awake, unsure=awake is None and _may_say(session))
    windows: list[_Window] = []

    def hear(kind: int, body: bytes) -> None:
        if kind == _TOPLEVEL:
            windows.append(window := _Window())
            session.adopt(Arguments(body).number(), window.hear)

    session.bind(MANAGER, offers[0], 3, hear)
    await wire.roundtrip_in_loop(peer, session)
    wanted = {_ACTIVATED, _FULLSCREEN}
    for window in windows:
        if wanted.issubset(window.states) and not window.closed:
            return Front(full=True, names=frozenset({window.name.lower()}), awake=await _awake(peer, session))
    return Front(full=False)


def _may_say(session: Session) -> bool:
    return bool(session.offers.get(_NOTIFIER) or session.offers.get(_OLD_NOTIFIER))


async def _awake(peer: socket.socket, session: Session) -> bool | None:
    """Ask to be told of a millisecond without input: while something keeps the screen awake, nobody is told.

    Newer compositors also tell regardless of that, so that input, which would as well keep the first
    notification away, can be told from it. A silent older one proves nothing: it may have a longer least time.
    """
    told: set[str] = set()

    def once_idle(name: str) -> int:
        return session.new(lambda kind, _body: told.add(name) if kind == _IDLED else None)

    seats, notifiers = session.offers.get(_SEAT), session.offers.get(_NOTIFIER)
    old = session.offers.get(_OLD_NOTIFIER)
    if not seats or not (notifiers or old):
        return None
    seat, _version = session.bind(_SEAT, seats[0], 1)
    tells_input = False
    if notifiers:
        notifier, version = session.bind(_NOTIFIER, notifiers[0], _KNOWS_INPUT)
        session.send(notifier, _NOTIFY, once_idle("any"), _IDLE_AFTER_MS, seat)
        if tells_input := version >= _KNOWS_INPUT:
            session.send(notifier, _NOTIFY_INPUT, once_idle("input"), _IDLE_AFTER_MS, seat)
    elif old:
        notifier, _version = session.bind(_OLD_NOTIFIER, old[0], 1)
        session.send(notifier, _OLD_NOTIFY, once_idle("any"), seat, _IDLE_AFTER_MS)
    await wire.roundtrip_in_loop(peer, session)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(IDLE_WITHIN_S):
            while "any" not in told:
                session.feed(some(await asyncio.get_running_loop().sock_recv(peer, READ_SIZE)))
    if "any" not in told:  # silence counts once it has come round again, however busy it was meanwhile
        await wire.roundtrip_in_loop(peer, session)
        await wire.roundtrip_in_loop(peer, session)
    if "any" in told:
        return False
    return True if notifiers and (not tells_input or "input" in told) else None
