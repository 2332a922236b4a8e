"""Idle time on X11: the server's own IDLETIME counter, watched by SYNC alarms, so that nothing is polled.

While the person types, or is away, nothing wakes us. No key, window or pointer is ever asked for. Under
Wayland this is refused: there the X server sees only some of the input.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple, TypeVar, cast

from postured.core.language import _
from postured.core.model import HANDS_ON_S, Event, Input, Silence
from postured.sense.activity import x11_wire as wire
from postured.sense.activity.x11_wire import XError
from postured.sense.protocol import Clock, Emit, SensorError
from postured.sense.sockets import READ_SIZE, closed_on_failure, left, reach, reach_in_loop, reason, some
from postured.sense.suspend import SleepMark

CONNECT_WITHIN_S = 3.0
ANSWER_WITHIN_S = 0.25

_HANDS_ON_MS = round(HANDS_ON_S * 1000)
_MOST_UNANSWERED = 16
"""So many questions without a reply mean that the server hangs."""

_T = TypeVar("_T")
Steps = Generator[bytes, bytes, _T]
"""A conversation: yields a request, is sent the reply, and returns what came of it."""


class Server(NamedTuple):
    """What the greeting and the first questions found out."""

    sync: int
    alarm_event: int
    counter: int
    first_id: int
    requests: int
    """How many were sent so far; replies are told apart by it."""


# ── getting connected ─────────────────────────────────────────────────────────────────────────────


def connect(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> X11Idle:
    """Connect before there is a loop; blocks for three seconds at most, for some milliseconds as a rule.

    Raises:
        SensorError: No X server, none that lets us in, or none that can be trusted with this.
    """
    display = _display_of(env)
    until = time.monotonic() + CONNECT_WITHIN_S
    try:
        peer = reach(wire.addresses(display), until)
        with closed_on_failure(peer):
            reader = wire.Reader()
            server = _talk(peer, reader, _set_up(wire.find_cookie(env, display, peer)), until)
    except (OSError, UnicodeError, XError) as error:  # UnicodeError: the host's name cannot be one
        raise _unreachable(env["DISPLAY"], error) from None
    return X11Idle(peer, reader, server, idle_after_s, env["DISPLAY"], clock)


async def connect_in_loop(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> X11Idle:
    """Do as `connect` does, without holding up the running loop."""
    import asyncio

    display = _display_of(env)
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            peer = await reach_in_loop(wire.addresses(display))
            with closed_on_failure(peer):
                reader = wire.Reader()
                server = await _talk_in_loop(peer, reader, _set_up(wire.find_cookie(env, display, peer)))
    except (OSError, UnicodeError, XError) as error:  # UnicodeError: the host's name cannot be one
        raise _unreachable(env["DISPLAY"], error) from None
    return X11Idle(peer, reader, server, idle_after_s, env["DISPLAY"], clock)


def _display_of(env: Mapping[str, str]) -> wire.Display:
    """Decide from the environment alone whether X11 may be used, and where it is."""
    if env.get("WAYLAND_DISPLAY") or env.get("XDG_SESSION_TYPE") == "wayland":
        raise _xwayland(_("this is a Wayland session, where X11 sees only part of the input"))
    name = env.get("DISPLAY")
    if not name:
        raise SensorError("x11", _("DISPLAY is not set"), lasting=True)
    try:
        return wire.parse_display(name)
    except XError as error:
        raise SensorError(
            "x11", str(error), hint=_("set DISPLAY to something like :0"), lasting=True
        ) from None


def _xwayland(why: str) -> SensorError:
    return SensorError("x11", why, lasting=True)


def _unreachable(name: str, error: Exception) -> SensorError:
    hint = _("check that DISPLAY and XAUTHORITY are those of your desktop")
    return SensorError(
        "x11",
        _("the X server {name} cannot be used: {why}").format(name=name, why=reason(error, CONNECT_WITHIN_S)),
        hint=hint,
        lasting=False,
    )


def _set_up(cookie: wire.Cookie) -> Steps[Server]:
    """Say hello, make sure that this server sees all input, and find its idle counter."""
    first_id = wire.first_resource_id((yield wire.greeting(cookie)))
    if (yield from _extension(b"XWAYLAND")) or not (yield from _extension(b"MIT-SCREEN-SAVER")):
        raise _xwayland(_("the X server is Xwayland, which sees only part of the input"))
    sync = yield from _extension(b"SYNC")
    if sync is None:
        raise SensorError("x11", _("the X server has no SYNC extension"), lasting=True)
    yield from _ask(wire.initialize_sync(sync.opcode))
    counters = wire.read_counters((yield from _ask(wire.list_counters(sync.opcode))))
    counter = counters.get(b"IDLETIME")
    if counter is None:
        raise SensorError("x11", _("the X server counts no idle time"), lasting=True)
    return Server(sync.opcode, sync.first_event + 1, counter, first_id, requests=5)


def _extension(name: bytes) -> Steps[wire.Extension | None]:
    return wire.read_extension((yield from _ask(wire.query_extension(name))))


def _ask(request: bytes) -> Steps[bytes]:
    reply = yield request
    if reply[0] == wire.ERROR:
        raise XError(_("it reports error {number}").format(number=reply[1]))
    return reply


def _talk(peer: socket.socket, reader: wire.Reader, steps: Steps[_T], until: float) -> _T:
    """Carry a conversation on, waiting for each reply."""
    try:
        request = next(steps)
        while True:
            peer.settimeout(left(until))
            peer.sendall(request)
            answer = None
            while answer is None:
                peer.settimeout(left(until))
                answer = _answer_in(reader.feed(some(peer.recv(READ_SIZE))))
            request = steps.send(answer)
    except StopIteration as end:
        return cast("_T", end.value)


async def _talk_in_loop(peer: socket.socket, reader: wire.Reader, steps: Steps[_T]) -> _T:
    """Carry a conversation on inside the running loop; the caller sets the limit."""
    import asyncio

    loop = asyncio.get_running_loop()
    request = next(steps)
    while True:
        await loop.sock_sendall(peer, request)
        answer = None
        while answer is None:
            answer = _answer_in(reader.feed(some(await loop.sock_recv(peer, READ_SIZE))))
        try:
            request = steps.send(answer)
        except StopIteration as end:
            return cast("_T", end.value)


def _answer_in(packets: list[bytes]) -> bytes | None:
    """Return the reply or error among the packets. One question is open at a time, beside events."""
    for packet in packets:
        if packet[0] in (wire.REPLY, wire.ERROR):
            return packet
    return None


# ── the sensor ────────────────────────────────────────────────────────────────────────────────────


class X11Idle:
    """Two standing alarms at `idle_after`, one upwards and one downwards; a third while `listen` is on.

    An alarm tells of a crossing only, so each is followed by one look at the counter.
    """

    name = "x11"
    quality = "exact"

    def __init__(
        self,
        peer: socket.socket,
        reader: wire.Reader,
        server: Server,
        idle_after_s: float,
        display: str,
        clock: Clock,
    ) -> None:
        self.note = _("the X server {display} tells when input stops and comes back").format(display=display)
        self._peer = peer
        self._reader = reader
        self._server = server
        self._clock = clock
        self._idle_ms = _milliseconds(idle_after_s)
        self._armed_ms = self._idle_ms
        self._silence_alarm = server.first_id | 1
        self._return_alarm = server.first_id | 2
        self._hands_alarm = server.first_id | 3
        self._sent = server.requests
        self._asked: dict[int, Callable[[int], None]] = {}
        self._found: list[Event] = []
        self._emit: Emit | None = None
        self._lost: Callable[[str], None] | None = None
        self._silent_since: float | None = None
        self._listening = False
        self._awaited = False
        """Whether an `Input` is still owed to `listen`; its alarm stands as long."""
        self._slept = SleepMark(clock)

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Arm the alarms, and look once, for an alarm does not tell of a silence that already stands."""
        import asyncio

        self._emit, self._lost = emit, lost
        self._loop = asyncio.get_running_loop()
        self._peer.setblocking(False)
        self._loop.add_reader(self._peer.fileno(), self._on_readable)
        self._create_alarm(self._silence_alarm, self._idle_ms, wire.RISES)
        self._create_alarm(self._return_alarm, self._idle_ms, wire.FALLS)
        self._ask_idle(self._on_look)
        if self._listening:
            self._await_hands()

    def listen(self, on: bool) -> None:
        """Ask the server for one `Input`, or take the question back."""
        if on == self._listening:
            return
        self._listening = on
        if self._emit is None:
            return
        if on:
            self._await_hands()
        elif self._awaited:
            self._stop_awaiting()

    async def idle_s(self) -> float | None:
        """Seconds since the last input; None if the server does not say in time."""
        if self._silent_since is not None:
            return max(0.0, self._clock() - self._silent_since)
        if self._emit is None:
            return None
        import asyncio

        answer: asyncio.Future[float] = self._loop.create_future()
        self._ask_idle(lambda idle_ms: None if answer.done() else answer.set_result(idle_ms / 1000))
        try:
            return await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        except TimeoutError:
            return None

    def set_idle_after(self, seconds: float) -> None:
        """Move the alarms; during a silence already told, as soon as it has ended."""
        self._idle_ms = _milliseconds(seconds)
        if self._emit is not None and self._silent_since is None:
            self._rearm()

    def stop(self) -> None:
        """Hang up; the server takes the alarms away by itself."""
        if self._emit is not None:
            self._loop.remove_reader(self._peer.fileno())
            self._emit = None
        self._peer.close()

    def _on_readable(self) -> None:
        try:
            for packet in self._reader.feed(some(self._peer.recv(READ_SIZE))):
                self._on_packet(packet)
        except BlockingIOError:
            pass
        except (OSError, XError) as error:
            self._give_up(reason(error))
        found, self._found = self._found, []
        for event in found:
            if self._emit is not None:
                self._emit(event)

    def _on_packet(self, packet: bytes) -> None:
        if packet[0] == wire.REPLY:
            look = self._asked.pop(wire.sequence_of(packet), None)
            if look is None:
                raise XError(_("it answers what nobody asked"))
            look(wire.read_counter(packet))
        elif packet[0] == wire.ERROR:
            raise XError(_("it reports error {number}").format(number=packet[1]))
        elif wire.is_event(packet, self._server.alarm_event):
            self._on_alarm(wire.read_alarm(packet))
        # Other events, as of a changed keyboard layout, are sent to every client, asked for or not.

    def _on_alarm(self, alarm: wire.Alarm) -> None:
        if alarm.state == wire.ALARM_DESTROYED:
            return
        if alarm.state == wire.ALARM_INACTIVE:
            raise XError(_("it no longer counts idle time"))
        if alarm.id == self._silence_alarm:
            self._on_silence(alarm.value_ms)
        else:
            self._on_input()

    def _on_look(self, idle_ms: int) -> None:
        if idle_ms >= self._armed_ms:
            self._on_silence(idle_ms)

    def _on_hands_look(self, idle_ms: int) -> None:
        """Answer if the input is young; from before a suspend, which the server does not count, it is not."""
        if not self._awaited or idle_ms >= _HANDS_ON_MS:
            return
        if self._slept.has_slept():
            self._send(wire.change_alarm(self._server.sync, self._hands_alarm, max(1, idle_ms)))
        else:
            self._on_input()

    def _on_silence(self, idle_ms: int) -> None:
        if self._silent_since is None:
            self._silent_since = self._clock() - idle_ms / 1000
            self._found.append(Silence(self._silent_since))

    def _on_input(self) -> None:
        """Tell of input once, though two alarms may have seen it, if it ends a silence or was asked for."""
        if self._silent_since is None and not self._awaited:
            return
        self._slept.set()
        self._silent_since = None
        if self._awaited:
            self._stop_awaiting()
        if self._armed_ms != self._idle_ms:
            self._rearm()
        self._found.append(Input())

    def _rearm(self) -> None:
        self._armed_ms = self._idle_ms
        for alarm in (self._silence_alarm, self._return_alarm):
            self._send(wire.change_alarm(self._server.sync, alarm, self._armed_ms))
        self._ask_idle(self._on_look)

    def _await_hands(self) -> None:
        """Arm first and look afterwards, so that no input falls between the two."""
        self._awaited = True
        self._create_alarm(self._hands_alarm, _HANDS_ON_MS, wire.FALLS)
        self._ask_idle(self._on_hands_look)

    def _stop_awaiting(self) -> None:
        self._awaited = False
        self._send(wire.destroy_alarm(self._server.sync, self._hands_alarm))

    def _create_alarm(self, alarm: int, value_ms: int, crossing: int) -> None:
        server = self._server
        self._send(wire.create_alarm(server.sync, alarm, server.counter, value_ms, crossing))

    def _ask_idle(self, look: Callable[[int], None]) -> None:
        if len(self._asked) >= _MOST_UNANSWERED:
            self._give_up_soon(_("it no longer answers"))
        self._send(wire.query_counter(self._server.sync, self._server.counter))
        self._asked[self._sent & 0xFFFF] = look

    def _send(self, request: bytes) -> None:
        """Send a few bytes; a server that does not even take these is as good as gone."""
        self._sent += 1
        try:
            whole = self._peer.send(request) == len(request)
        except OSError as error:
            self._give_up_soon(reason(error))
        else:
            if not whole:
                self._give_up_soon(_("it no longer takes requests"))

    def _give_up_soon(self, why: str) -> None:
        self._loop.call_soon(self._give_up, why)

    def _give_up(self, why: str) -> None:
        if self._emit is None:
            return
        self.stop()
        lost, self._lost = self._lost, None
        if lost is not None:
            lost(_("the X server was lost: {why}").format(why=why))


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
