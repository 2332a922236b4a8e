"""Idle time on Wayland: the compositor's own notifications, `ext-idle-notify` or KDE's older protocol.

While the person types, or is away, nothing wakes us. No keyboard, pointer or window is ever asked for. Only
version 2 of `ext-idle-notify` tells of input itself; the others fall silent while a program keeps the screen
awake, and then all time counts as work.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from postured.core.language import _
from postured.core.model import HANDS_ON_S, Event, Input, Silence
from postured.sense.activity import wayland_wire as wire
from postured.sense.activity.wayland_wire import Offer, Session, WaylandError
from postured.sense.protocol import Clock, Emit, SensorError
from postured.sense.sockets import READ_SIZE, at_path, closed_on_failure, reach, reach_in_loop, reason, some
from postured.sense.suspend import SleepMark

CONNECT_WITHIN_S = 3.0

HELD_BACK_AFTER_S = 1.0
"""Nobody types for so long without a pause of `_NEXT_INPUT_MS`: the compositor keeps its notification back."""

_NEXT_INPUT_MS = 1
"""Short, so that the notification is soon idle and the next input ends it; 0 means other things elsewhere."""

_EXT, _KDE, _SEAT = "ext_idle_notifier_v1", "org_kde_kwin_idle", "wl_seat"

_EXT_NOTIFY, _EXT_NOTIFY_OF_INPUT, _KDE_NOTIFY = 1, 2, 0
_DESTROY = 0
_IDLED, _RESUMED = 0, 1
"""The same in both protocols."""


class NoProtocol(SensorError):  # noqa: N818 - a kind of refusal, as its parent is
    """There is a compositor, but it does not tell clients of idle time."""


class Found(NamedTuple):
    """What the compositor offers for this."""

    interface: str
    offer: Offer

    @property
    def sees_input(self) -> bool:
        """Whether it tells of input itself, whatever keeps the screen awake."""
        return self.interface == _EXT and self.offer.version >= 2


# ── getting connected ─────────────────────────────────────────────────────────────────────────────


def connect(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> WaylandIdle:
    """Connect before there is a loop; blocks for three seconds at most, for a millisecond as a rule.

    Raises:
        NoProtocol: The compositor does not tell.
        SensorError: There is no compositor, or none that lets us in.
    """
    path = _path_in(env)
    until = time.monotonic() + CONNECT_WITHIN_S
    session = Session()
    try:
        peer = reach(at_path(path), until)
        with closed_on_failure(peer):
            wire.roundtrip(peer, session, until)
            return WaylandIdle(peer, session, _choose(session), idle_after_s, clock)
    except (OSError, WaylandError) as error:
        raise _unreachable(path, error) from None


async def connect_in_loop(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> WaylandIdle:
    """Do as `connect` does, without holding up the running loop."""
    import asyncio

    path = _path_in(env)
    session = Session()
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            peer = await reach_in_loop(at_path(path))
            with closed_on_failure(peer):
                await wire.roundtrip_in_loop(peer, session)
                return WaylandIdle(peer, session, _choose(session), idle_after_s, clock)
    except (OSError, WaylandError) as error:
        raise _unreachable(path, error) from None


def _path_in(env: Mapping[str, str]) -> str:
    """Decide from the environment alone whether there is a compositor, and where.

    Without WAYLAND_DISPLAY, one may be guessed only where no X server is the person's own.
    """
    wanted = env.get("XDG_SESSION_TYPE") == "wayland"
    named = bool(env.get("WAYLAND_DISPLAY"))
    if not named and not wanted and (env.get("DISPLAY") or env.get("XDG_SESSION_TYPE") == "x11"):
        raise SensorError("wayland", _("this is no Wayland session"), lasting=True)
    path = wire.socket_path(env)
    if path is None:
        raise SensorError("wayland", _("XDG_RUNTIME_DIR is not set"), lasting=True)
    if not named and not _is_socket(path):
        raise SensorError("wayland", _("WAYLAND_DISPLAY is not set"), lasting=not wanted)
    return path


def _is_socket(path: str) -> bool:
    import os
    import stat

    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)  # noqa: PTH116 - a name is all there is
    except OSError:
        return False


def _unreachable(path: str, error: Exception) -> SensorError:
    hint = _("check that WAYLAND_DISPLAY is that of your desktop")
    return SensorError(
        "wayland",
        _("the compositor at {path} cannot be used: {why}").format(
            path=path, why=reason(error, CONNECT_WITHIN_S)
        ),
        hint=hint,
        lasting=False,
    )


def _choose(session: Session) -> Found:
    """Pick the best protocol that is offered."""
    if not session.offers.get(_SEAT):
        raise NoProtocol("wayland", _("the compositor has no keyboard or mouse"), lasting=True)
    for interface in (_EXT, _KDE):
        if offers := session.offers.get(interface):
            return Found(interface, max(offers, key=lambda offer: offer.version))
    raise NoProtocol("wayland", _("the compositor does not tell programs of idle time"), lasting=True)


# ── the sensor ────────────────────────────────────────────────────────────────────────────────────


class WaylandIdle:
    """One standing watch of `idle_after`; a second, very short one while `listen` waits for its answer.

    The compositor cannot be asked, it only tells of changes: when the last input was is known just after
    one, and for as long as a silence lasts.
    """

    name = "wayland"

    def __init__(
        self, peer: socket.socket, session: Session, found: Found, idle_after_s: float, clock: Clock
    ) -> None:
        self.quality = "exact" if found.sees_input else "partial"
        self.note = _note(found)
        self._peer = peer
        self._session = session
        self._found = found
        self._clock = clock
        self._idle_ms = _milliseconds(idle_after_s)
        self._seats: dict[int, int] = {}
        """The object of each seat, by the number of its offer."""
        self._events: list[Event] = []
        self._emit: Emit | None = None
        self._lost: Callable[[str], None] | None = None
        self._silent_since: float | None = None
        self._listening = False
        self._hands: _Watch | None = None
        """Stands for as long as an `Input` is owed to `listen`."""
        self._give_in: Callable[[], object] | None = None
        self._last_input: float | None = None
        self._slept = SleepMark(clock)

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Begin to watch; silence counts from here on, for what was before nobody can say."""
        import asyncio

        self._emit, self._lost = emit, lost
        self._loop = asyncio.get_running_loop()
        self._peer.setblocking(False)
        self._loop.add_reader(self._peer.fileno(), self._on_readable)
        session = self._session
        session.on_offered, session.on_withdrawn = self._on_offered, self._on_withdrawn
        newest = 2 if self._found.interface == _EXT else 1
        self._notifier, _version = session.bind(self._found.interface, self._found.offer, newest)
        for offer in session.offers[_SEAT]:
            self._seats[offer.number], _version = session.bind(_SEAT, offer, 1)
        self._watch_silence()
        if self._listening:
            self._await_hands()
        self._flush()

    def listen(self, on: bool) -> None:
        """Ask for one `Input`: at once after one that is known of, else at the next."""
        if on == self._listening:
            return
        self._listening = on
        if self._emit is None:
            return
        if on:
            self._await_hands()
        else:
            self._stop_awaiting()
        self._flush()

    async def idle_s(self) -> float | None:
        """Seconds since the last input during a silence, else None: it cannot be asked for."""
        if self._silent_since is None:
            return None
        return max(0.0, self._clock() - self._silent_since)

    def set_idle_after(self, seconds: float) -> None:
        """Watch for silences of another length; during one already told, as soon as it has ended."""
        self._idle_ms = _milliseconds(seconds)
        if self._emit is not None and self._silent_since is None and self._armed_ms != self._idle_ms:
            self._rewatch_silence()
            self._flush()

    def stop(self) -> None:
        """End, and hang up; the compositor takes down what was asked for."""
        if self._emit is not None:
            self._emit = None
            self._loop.remove_reader(self._peer.fileno())
            self._stop_giving_in()
        self._peer.close()

    # what the compositor tells

    def _on_readable(self) -> None:
        try:
            self._session.feed(some(self._peer.recv(READ_SIZE)))
        except BlockingIOError:
            return
        except (OSError, WaylandError) as error:
            self._tell()  # what came before the end still holds
            self._give_up(reason(error))
            return
        self._flush()
        self._tell()

    def _tell(self) -> None:
        events, self._events = self._events, []
        for event in events:
            if self._emit is not None:
                self._emit(event)

    def _on_offered(self, interface: str, offer: Offer) -> None:
        if interface == _SEAT:
            self._seats[offer.number], _version = self._session.bind(_SEAT, offer, 1)
            for watch in self._watches():
                watch.add(self._seats[offer.number])

    def _on_withdrawn(self, number: int) -> None:
        if number == self._found.offer.number:
            raise WaylandError(_("it no longer tells of idle time"))
        seat = self._seats.pop(number, None)
        if seat is None:
            return
        if not self._seats:
            raise WaylandError(_("it has no keyboard or mouse any more"))
        for watch in self._watches():
            watch.remove(seat)

    def _watches(self) -> Iterable[_Watch]:
        return (self._silence,) if self._hands is None else (self._silence, self._hands)

    # silence

    def _watch_silence(self) -> None:
        self._armed_ms = self._idle_ms
        self._armed_at = self._clock()
        self._silence = self._watch(self._armed_ms, self._on_silence)

    def _rewatch_silence(self) -> None:
        self._silence.close()
        self._watch_silence()

    def _watch(self, idle_ms: int, on_idle: Callable[[], None]) -> _Watch:
        return _Watch(
            self._session, self._seats.values(), self._notification(idle_ms), on_idle, self._on_input
        )

    def _notification(self, idle_ms: int) -> Callable[[int, int], None]:
        """Return what asks the compositor for a notification, given its number and the seat."""
        session, notifier = self._session, self._notifier
        if self._found.interface == _KDE:
            return lambda number, seat: session.send(notifier, _KDE_NOTIFY, number, seat, idle_ms)
        kind = _EXT_NOTIFY_OF_INPUT if self._found.sees_input else _EXT_NOTIFY
        return lambda number, seat: session.send(notifier, kind, number, idle_ms, seat)

    def _on_silence(self) -> None:
        if self._silent_since is None:
            earliest = max(self._armed_at, self._last_input or 0.0)
            self._silent_since = max(earliest, self._clock() - self._armed_ms / 1000)
            self._events.append(Silence(self._silent_since))

    # input

    def _on_input(self) -> None:
        self._last_input = self._clock()
        self._slept.set()
        self._tell_of_input()

    def _tell_of_input(self) -> None:
        """Tell once, though two watches may have seen it, and only if it ends a silence or was asked for."""
        if self._silent_since is None and self._hands is None:
            return
        self._silent_since = None
        self._stop_awaiting()
        if self._armed_ms != self._idle_ms:
            self._rewatch_silence()
        self._events.append(Input())

    def _await_hands(self) -> None:
        """Watch for the next input, unless the last one is young: then the answer waits only for the loop."""
        self._hands = self._watch(_NEXT_INPUT_MS, self._stop_giving_in)
        if self._is_hands_on():
            self._give_in = self._loop.call_soon(self._take_for_there).cancel
        else:
            self._session.sync(self._begin_giving_in)

    def _is_hands_on(self) -> bool:
        """Whether an input is known of that is young; from before a suspend it is not."""
        if self._last_input is None or self._slept.has_slept():
            return False
        return self._clock() - self._last_input < HANDS_ON_S

    def _stop_awaiting(self) -> None:
        self._stop_giving_in()
        if self._hands is not None:
            self._hands.close()
            self._hands = None

    def _begin_giving_in(self) -> None:
        """Wait a little for the pause that has to come before the next input.

        Where none comes, the person moves without one, or a program keeps the screen awake. All such time
        counts as work, so somebody is taken for there; else reminders would be kept back for as long.
        """
        if self._hands is not None and not self._hands.is_idle:
            self._give_in = self._loop.call_later(HELD_BACK_AFTER_S, self._take_for_there).cancel

    def _stop_giving_in(self) -> None:
        if self._give_in is not None:
            self._give_in()
            self._give_in = None

    def _take_for_there(self) -> None:
        self._give_in = None
        self._tell_of_input()
        if self._silence.is_idle:
            # Older compositors never say that this is over once the screen is kept awake.
            self._rewatch_silence()
        self._flush()
        self._tell()

    # the end

    def _flush(self) -> None:
        """Send a few bytes; a compositor that does not even take these is as good as gone."""
        data = self._session.outgoing()
        if not data or self._emit is None:
            return
        try:
            whole = self._peer.send(data) == len(data)
        except OSError as error:
            self._loop.call_soon(self._give_up, reason(error))
        else:
            if not whole:
                self._loop.call_soon(self._give_up, _("it no longer takes requests"))

    def _give_up(self, why: str) -> None:
        if self._emit is None:
            return
        self.stop()
        lost, self._lost = self._lost, None
        if lost is not None:
            lost(_("the compositor was lost: {why}").format(why=why))


class _Watch:
    """Notifications of one length, one for each seat: idle once all of them are."""

    def __init__(
        self,
        session: Session,
        seats: Iterable[int],
        ask: Callable[[int, int], None],
        on_idle: Callable[[], None],
        on_input: Callable[[], None],
    ) -> None:
        self._session = session
        self._ask = ask
        self._on_idle = on_idle
        self._on_input = on_input
        self._notifications: dict[int, int] = {}
        self._idle: set[int] = set()
        for seat in seats:
            self.add(seat)

    @property
    def is_idle(self) -> bool:
        return len(self._idle) == len(self._notifications)

    def add(self, seat: int) -> None:
        number = self._session.new(lambda kind, _body: self._on_event(seat, kind))
        self._notifications[seat] = number
        self._ask(number, seat)

    def remove(self, seat: int) -> None:
        """Go on without this one; those that are left may all be idle."""
        was_idle = self.is_idle
        self._destroy(self._notifications.pop(seat))
        self._idle.discard(seat)
        if self.is_idle and not was_idle:
            self._on_idle()

    def close(self) -> None:
        for number in self._notifications.values():
            self._destroy(number)
        self._notifications.clear()
        self._idle.clear()

    def _destroy(self, number: int) -> None:
        self._session.send(number, _DESTROY)
        self._session.drop(number)

    def _on_event(self, seat: int, kind: int) -> None:
        if kind == _IDLED and seat not in self._idle:
            self._idle.add(seat)
            if self.is_idle:
                self._on_idle()
        elif kind == _RESUMED:
            self._idle.discard(seat)
            self._on_input()


def _note(found: Found) -> str:
    if found.sees_input:
        return _("the compositor tells when input stops and comes back")
    return _(
        "the compositor tells when input stops and comes back; all time counts as work"
        " while a program keeps the screen awake"
    )


def _milliseconds(seconds: float) -> int:
    """Return a timeout that fits into the protocol: 49 days at most."""
    return min(max(1, round(seconds * 1000)), 0xFFFFFFFF)
