"""A small Wayland compositor for tests: seats, every idle protocol, inhibitors, and every way of going wrong.

It runs in a thread of its own. Its time can be made to jump; `clock` goes with it. A client that breaks the
rules of the protocol is disconnected, and the test fails at its end.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from postured.sense.protocol import boot_s

V2, V1, KDE = ("ext_idle_notifier_v1", 2), ("ext_idle_notifier_v1", 1), ("org_kde_kwin_idle", 1)
SEAT = ("wl_seat", 8)
OTHERS = (("wl_compositor", 5), ("wl_shm", 1), ("zwp_idle_inhibit_manager_v1", 1))


@dataclass
class Manner:
    """How the compositor behaves. The default is a proper and modern one."""

    offers: tuple[tuple[str, int], ...] = (*OTHERS, SEAT, V2)
    fragment: int = 0
    """Send so many bytes at a time; 0: all at once."""
    greeting: bytes = b""
    """Send this to whoever comes, and nothing else."""
    mute: bool = False
    """Take connections and never say a word."""
    noise: bool = False
    """Send events of seats and of what nobody knows in between."""
    forgetful: bool = False
    """Do as wlroots did before 0.16: who was idle hears of no input while the screen is kept awake."""
    error_on_bind: str = ""
    """Answer the wish for an interface with this protocol error."""


@dataclass
class Notification:
    """One that a client asked for."""

    number: int
    seat: int
    idle_ms: int
    of_input: bool
    created: float
    idle: bool = False


@dataclass
class _Client:
    peer: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    objects: dict[int, tuple[str, int]] = field(default_factory=lambda: {1: ("wl_display", 1)})


class FakeWayland:
    """The compositor. `env` is what a client needs to know."""

    def __init__(self, manner: Manner, folder: Path) -> None:
        self.path = folder / "wayland-7"
        self.env = {"WAYLAND_DISPLAY": str(self.path), "XDG_SESSION_TYPE": "wayland"}
        self.manner = manner
        self.notifications: dict[int, Notification] = {}
        self.connections = 0
        self.breaches: list[str] = []
        """What clients did that the protocol forbids."""
        self._globals = dict(enumerate(manner.offers, 1))
        self._seats: dict[int, int] = {}
        self._inhibited = False
        self._released_at = 0.0
        self._skew_s = 0.0
        self._last_input: dict[int, float] = {}
        self._client: _Client | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(5)
        self._orders: list[Callable[[], None]] = []
        self._waker, self._wake = socket.socketpair()
        self._running = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether a client is."""
        return self._client is not None

    def clock(self) -> float:
        """The time here."""
        return boot_s() + self._skew_s

    # what the test does

    def type(self, seat: int = 0) -> None:
        """Press a key now, at the seat of that offer's number, or at the first."""
        self._order(lambda: self._input(seat or self._seat()))

    def leave(self, seconds: float) -> None:
        """Press a key, and let time pass."""

        def leave() -> None:
            self._input(self._seat())
            self._skew_s += seconds

        self._order(leave)

    def wait(self, seconds: float) -> None:
        """Let time pass without any input."""

        def wait() -> None:
            self._skew_s += seconds

        self._order(wait)

    def settle(self) -> None:
        """Return when all that clients have sent so far was read."""
        for _ in range(2):
            self._order(lambda: None)

    def inhibit(self, on: bool) -> None:
        """Keep the screen awake, or no longer."""
        self._order(lambda: self._inhibit(on))

    def offer(self, interface: str, version: int) -> int:
        """Offer one more thing; its number."""
        number = max(self._globals) + 1
        self._order(lambda: self._add_global(number, interface, version))
        return number

    def withdraw(self, number: int) -> None:
        """Take an offer back."""
        self._order(lambda: self._remove_global(number))

    def number_of(self, interface: str) -> int:
        """The number under which something is offered."""
        return next(number for number, (name, _) in self._globals.items() if name == interface)

    def die(self) -> None:
        """Drop the connection, and take no more."""
        self._order(self._die)

    def hang_up(self) -> None:
        """Drop the connection only."""
        self._order(self._drop)

    def freeze(self) -> None:
        """Stop reading and answering, but stay."""
        self._order(lambda: setattr(self.manner, "mute", True))

    def fail(self, text: str) -> None:
        """Report a protocol error, and drop the connection."""
        self._order(lambda: self._fail(text))

    def send_raw(self, data: bytes) -> None:
        """Send anything."""
        self._order(lambda: self._send(data))

    def send_event(self, sender: int, kind: int, body: bytes = b"") -> None:
        """Send any event."""
        self._order(lambda: self._event(sender, kind, body))

    def close(self) -> None:
        """End the compositor."""
        if self._running:
            self._running = False
            self._wake.send(b".")
            self._thread.join(5)
        for end in (self._listener, self._waker, self._wake):
            end.close()

    def _order(self, what: Callable[[], None]) -> None:
        done = threading.Event()

        def obey() -> None:
            what()
            done.set()

        self._orders.append(obey)
        self._wake.send(b".")
        assert done.wait(5), "the fake compositor hangs"

    # the compositor

    def _serve(self) -> None:
        try:
            while self._running:
                self._turn()
        finally:
            self._drop()

    def _turn(self) -> None:
        with selectors.DefaultSelector() as selector:
            peer = self._client.peer if self._client and not self.manner.mute else None
            for source in (self._listener, self._waker, peer):
                if source is not None and source.fileno() >= 0:
                    selector.register(source, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(self._until_idle())}
        if self._waker in ready:
            self._waker.recv(100)
        if self._listener in ready:
            self._accept()
        elif peer is not None and peer in ready:
            self._read()
        self._ring()
        while self._orders:
            self._orders.pop(0)()
            self._ring()

    def _accept(self) -> None:
        self._drop()
        self._client = _Client(self._listener.accept()[0])
        self.connections += 1
        if self.manner.greeting:
            self._send(self.manner.greeting)

    def _drop(self) -> None:
        if self._client is not None:
            self._client.peer.close()
            self._client = None
        self.notifications.clear()
        self._seats.clear()

    def _die(self) -> None:
        self._listener.close()
        self._drop()

    def _read(self) -> None:
        client = self._client
        assert client is not None
        try:
            data = client.peer.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._drop()
            return
        client.buffer += data
        while len(client.buffer) >= 8 and self._client is client:
            target, head = struct.unpack_from("=II", client.buffer)
            size = head >> 16
            if len(client.buffer) < size:
                break
            body = bytes(client.buffer[8:size])
            del client.buffer[:size]
            if not self.manner.greeting:
                self._obey(client, target, head & 0xFFFF, body)

    def _obey(self, client: _Client, target: int, kind: int, body: bytes) -> None:
        if self.manner.noise:
            self._event(0xFF000001, 3, b"\0" * 12)
            for seat in self._seats:
                self._event(seat, 0, struct.pack("=I", 3))
        what, version = client.objects.get(target, ("nothing", 0))
        numbers = struct.unpack_from(f"={len(body) // 4}I", body)
        match what, kind:
            case "wl_display", 0:
                self._event(numbers[0], 0, struct.pack("=I", 0))
                self._event(1, 1, struct.pack("=I", numbers[0]))
            case "wl_display", 1:
                self._create(client, numbers[0], "wl_registry")
                for number in self._globals:
                    self._announce(number)
            case "wl_registry", 0:
                self._bind(client, body)
            case "ext_idle_notifier_v1", 1 | 2 if version >= kind:
                number, idle_ms, seat = numbers
                self._notify(client, number, seat, idle_ms, of_input=kind == 2)
            case "org_kde_kwin_idle", 0:
                number, seat, idle_ms = numbers
                self._notify(client, number, seat, idle_ms, of_input=False)
            case "notification", 0:
                del client.objects[target], self.notifications[target]
                self._event(1, 1, struct.pack("=I", target))
            case _:
                self._breach(f"no request {kind} of {what} {version}")

    def _bind(self, client: _Client, body: bytes) -> None:
        number, size = struct.unpack_from("=II", body)
        name = body[8 : 8 + size - 1].decode()
        version, created = struct.unpack_from("=II", body, 8 + (size + 3 & ~3))
        if self.manner.error_on_bind:
            self._fail(self.manner.error_on_bind)
            return
        offered = self._globals.get(number, ("", 0))
        if offered[0] != name or not 1 <= version <= offered[1]:
            self._breach(f"bound {name} {version} as {number}, which is {offered}")
            return
        self._create(client, created, name, version)
        if name == "wl_seat":
            self._seats[created] = number
            self._event(created, 0, struct.pack("=I", 3))

    def _create(self, client: _Client, number: int, what: str, version: int = 1) -> None:
        if number in client.objects:
            self._breach(f"the number {number} is taken")
        client.objects[number] = (what, version)

    def _notify(self, client: _Client, number: int, seat: int, idle_ms: int, *, of_input: bool) -> None:
        self._create(client, number, "notification")
        if seat not in self._seats:
            self._breach(f"{seat} is no seat")
            return
        self.notifications[number] = Notification(number, self._seats[seat], idle_ms, of_input, self.clock())

    def _breach(self, what: str) -> None:
        self.breaches.append(what)
        self._fail(what)

    def _fail(self, text: str) -> None:
        self._event(1, 0, struct.pack("=II", 1, 0) + _text(text))
        self._drop()

    def _announce(self, number: int) -> None:
        interface, version = self._globals[number]
        self._event(2, 0, struct.pack("=I", number) + _text(interface) + struct.pack("=I", version))

    def _add_global(self, number: int, interface: str, version: int) -> None:
        self._globals[number] = (interface, version)
        self._announce(number)

    def _remove_global(self, number: int) -> None:
        del self._globals[number]
        self._event(2, 1, struct.pack("=I", number))

    def _event(self, sender: int, kind: int, body: bytes = b"") -> None:
        self._send(struct.pack("=II", sender, (8 + len(body)) << 16 | kind) + body)

    def _send(self, data: bytes) -> None:
        if self._client is None:
            return
        step = self.manner.fragment or len(data)
        try:
            for at in range(0, len(data), step):
                self._client.peer.sendall(data[at : at + step])
                if self.manner.fragment:
                    time.sleep(0.0002)
        except OSError:
            self._drop()

    # idle time

    def _seat(self) -> int:
        return next((number for number, (name, _) in self._globals.items() if name == "wl_seat"), 0)

    def _input(self, seat: int) -> None:
        self._ring()
        self._last_input[seat] = self.clock()
        for notification in self.notifications.values():
            held_back = self._inhibited and not notification.of_input
            if notification.seat == seat and notification.idle and not held_back:
                self._resume(notification)

    def _resume(self, notification: Notification) -> None:
        notification.idle = False
        self._event(notification.number, 1)

    def _inhibit(self, on: bool) -> None:
        """Do as compositors do: who was idle is told that it is over, though nobody did anything."""
        self._inhibited = on
        self._released_at = self.clock()
        for notification in self.notifications.values():
            if on and notification.idle and not notification.of_input and not self.manner.forgetful:
                self._resume(notification)

    def _idle_at(self, notification: Notification) -> float | None:
        """When it is to be told, or None if it was, or is not to be."""
        since = [notification.created, self._last_input.get(notification.seat, 0.0)]
        if not notification.of_input:
            since.append(self._released_at)
            if self._inhibited:
                return None
        return None if notification.idle else max(since) + notification.idle_ms / 1000

    def _until_idle(self) -> float | None:
        if self.manner.mute:
            return None
        times = [at for each in self.notifications.values() if (at := self._idle_at(each)) is not None]
        return max(0.0, min(times) - self.clock()) if times else None

    def _ring(self) -> None:
        if self.manner.mute:
            return
        for notification in list(self.notifications.values()):
            at = self._idle_at(notification)
            if at is not None and at <= self.clock():
                notification.idle = True
                self._event(notification.number, 0)


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)


@contextlib.contextmanager
def fake_wayland(**manner: object) -> Iterator[FakeWayland]:
    """Run a compositor for the length of a `with`, and see to it that its clients kept to the rules."""
    with tempfile.TemporaryDirectory(prefix="wl-") as folder:
        server = FakeWayland(Manner(**manner), Path(folder))  # type: ignore[arg-type]
        try:
            yield server
        finally:
            server.close()
    assert server.breaches == []
