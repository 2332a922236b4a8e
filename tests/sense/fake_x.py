"""A small X server for tests: greeting, extensions, SYNC counters and alarms, and every way of going wrong.

It runs in a thread of its own and counts idle time from when the test last said that somebody typed.
"""

from __future__ import annotations

import contextlib
import os
import random
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

SYNC, SAVER, XWAYLAND = b"SYNC", b"MIT-SCREEN-SAVER", b"XWAYLAND"
SYNC_OPCODE, SYNC_EVENT = 134, 83
IDLETIME = 0x21
ALL = {SYNC: (SYNC_OPCODE, SYNC_EVENT), SAVER: (140, 90)}
COUNTERS = {b"SERVERTIME": 0x20, b"IDLETIME": IDLETIME, b"DEVICEIDLETIME 2": 0x22}


@dataclass
class Manner:
    """How the server behaves. The default is a proper one."""

    extensions: Mapping[bytes, tuple[int, int]] = field(default_factory=lambda: dict(ALL))
    counters: Mapping[bytes, int] = field(default_factory=lambda: dict(COUNTERS))
    fragment: int = 0
    """Send so many bytes at a time; 0: all at once."""
    refuse: bytes = b""
    cookie: bytes = b""
    """Let in only who shows this."""
    greeting: bytes = b""
    """Send this instead of a greeting."""
    mute: bool = False
    """Take connections and never say a word."""
    noise: bool = False
    """Send an unasked-for event before each reply, as a changed keyboard layout makes."""
    error_on: int = -1
    """Answer the SYNC request of this number with an error."""


class FakeX:
    """The server. `display` is what goes into DISPLAY."""

    def __init__(self, manner: Manner, listener: socket.socket, display: str) -> None:
        self.display = display
        self.manner = manner
        self.cookies: list[tuple[bytes, bytes]] = []
        self.alarms: dict[int, tuple[int, int]] = {}
        self.connections = 0
        self._listener = listener
        self._peer: socket.socket | None = None
        self._in = bytearray()
        self._greeted = False
        self._sequence = 0
        self._last_input = time.monotonic()
        self._seen_ms = 0
        self._orders: list[Callable[[], None]] = []
        self._waker, self._wake = socket.socketpair()
        self._running = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    # what the test does

    def type(self) -> None:
        """Press a key now."""
        self._order(lambda: self._set_last_input(time.monotonic()))

    def leave(self, seconds: float) -> None:
        """Let the last input be `seconds` old as of now."""
        self._order(lambda: self._set_last_input(time.monotonic() - seconds))

    def die(self) -> None:
        """Drop the connection, and take no more."""
        self._order(self._die)

    def hang_up(self) -> None:
        """Drop the connection only."""
        self._order(self._drop)

    def send_raw(self, data: bytes) -> None:
        """Send anything."""
        self._order(lambda: self._send(data))

    def close(self) -> None:
        """End the server."""
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
        assert done.wait(5), "the fake X server hangs"

    # the server

    def _serve(self) -> None:
        try:
            while self._running:
                self._turn()
        finally:
            self._drop()

    def _turn(self) -> None:
        with selectors.DefaultSelector() as selector:
            for source in (self._listener, self._waker, self._peer):
                if source is not None and source.fileno() >= 0:
                    selector.register(source, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(self._until_alarm())}
        if self._waker in ready:
            self._waker.recv(100)
        if self._listener in ready:
            self._accept()
        elif self._peer is not None and self._peer in ready:
            self._read()
        self._ring()
        while self._orders:
            self._orders.pop(0)()
            self._ring()

    def _accept(self) -> None:
        self._drop()
        self._peer, _ = self._listener.accept()
        self._in.clear()
        self._greeted, self._sequence = False, 0
        self.alarms.clear()
        self.connections += 1

    def _drop(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def _die(self) -> None:
        self._listener.close()
        self._drop()

    def _read(self) -> None:
        assert self._peer is not None
        try:
            data = self._peer.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._drop()
            return
        self._in += data
        while (size := self._size()) and len(self._in) >= size and self._peer is not None:
            request = bytes(self._in[:size])
            del self._in[:size]
            if self.manner.mute:
                continue
            if self._greeted:
                self._sequence += 1
                self._answer(request)
            else:
                self._greet(request)

    def _size(self) -> int:
        if self._greeted:
            return 4 * int(struct.unpack_from("=H", self._in, 2)[0]) if len(self._in) >= 4 else 0
        if len(self._in) < 12:
            return 0
        kind, data = struct.unpack_from("=HH", self._in, 6)
        return 12 + (kind + 3 & ~3) + (data + 3 & ~3)

    def _greet(self, request: bytes) -> None:
        kind_size, data_size = struct.unpack_from("=HH", request, 6)
        kind = request[12 : 12 + kind_size]
        at = 12 + (kind_size + 3 & ~3)
        secret = request[at : at + data_size]
        self.cookies.append((kind, secret))
        self._greeted = True
        if self.manner.greeting:
            self._send(self.manner.greeting)
            return
        refuse = self.manner.refuse
        if self.manner.cookie and secret != self.manner.cookie:
            refuse = b"Authorization required, but no authorization protocol specified\n"
        if refuse:
            body = refuse + b"\0" * (-len(refuse) % 4)
            self._send(struct.pack("=BBHHH", 0, len(refuse), 11, 0, len(body) // 4) + body)
            self._drop()
            return
        body = struct.pack("=II", 12101011, 0x00400000) + b"\xff\xff\x1f\0" + b"v" * 100
        self._send(struct.pack("=BxHHH", 1, 11, 0, len(body) // 4) + body)

    def _answer(self, request: bytes) -> None:
        if self.manner.noise:
            self._send(struct.pack("=BxH28x", 34, self._sequence & 0xFFFF))  # MappingNotify
        if request[0] == 98:
            (size,) = struct.unpack_from("=H", request, 4)
            opcode, event = self.manner.extensions.get(request[8 : 8 + size], (0, 0))
            self._reply(struct.pack("=BBBB", opcode > 0, opcode, event, 0))
        elif request[0] == SYNC_OPCODE:
            self._answer_sync(request[1], request)

    def _answer_sync(self, minor: int, request: bytes) -> None:
        if minor == self.manner.error_on:
            self._send(struct.pack("=BBH28x", 0, 2, self._sequence & 0xFFFF))
        elif minor == 0:
            self._reply(b"\3\1")
        elif minor == 1:
            extra = b""
            for name, number in self.manner.counters.items():
                entry = struct.pack("=IiIH", number, 0, 1, len(name)) + name
                extra += entry + b"\0" * (-len(entry) % 4)
            self._reply(struct.pack("=I", len(self.manner.counters)), extra)
        elif minor == 5:
            self._reply(struct.pack("=iI", 0, self._idle_ms()))
        elif minor == 8:
            alarm, _, counter, _, high, low, crossing = struct.unpack_from("=IIIIiII", request, 4)
            assert counter == IDLETIME
            self.alarms[alarm] = (high << 32 | low, crossing)
        elif minor == 9:
            alarm, mask, high, low = struct.unpack_from("=IIiI", request, 4)
            assert mask == 4
            self.alarms[alarm] = (high << 32 | low, self.alarms[alarm][1])
        elif minor == 11:
            (alarm,) = struct.unpack_from("=I", request, 4)
            del self.alarms[alarm]
            self._notify(alarm, state=2)

    def _reply(self, body: bytes, extra: bytes = b"") -> None:
        head = struct.pack("=BxHI", 1, self._sequence & 0xFFFF, len(extra) // 4)
        self._send(head + body.ljust(24, b"\0") + extra)

    def _send(self, data: bytes) -> None:
        if self._peer is None:
            return
        step = self.manner.fragment or len(data)
        try:
            for part in _parts(data, step):
                self._peer.sendall(part)
                if self.manner.fragment:
                    time.sleep(0.0002)
        except OSError:
            self._drop()

    # idle time

    def _idle_ms(self) -> int:
        return round((time.monotonic() - self._last_input) * 1000)

    def _set_last_input(self, when: float) -> None:
        self._last_input = when

    def _until_alarm(self) -> float | None:
        waits = [value - self._idle_ms() for value, crossing in self.alarms.values() if crossing == 0]
        return min((wait / 1000 for wait in waits if wait > 0), default=None)

    def _ring(self) -> None:
        before, now = self._seen_ms, self._idle_ms()
        self._seen_ms = now
        for alarm, (value, crossing) in list(self.alarms.items()):
            if (before < value <= now) if crossing == 0 else (before > value >= now):
                self._notify(alarm)

    def _notify(self, alarm: int, state: int = 0) -> None:
        value, _ = self.alarms.get(alarm, (0, 0))
        head = struct.pack("=BBHI", SYNC_EVENT + 1, 1, self._sequence & 0xFFFF, alarm)
        self._send(head + struct.pack("=iIiIIBxxx", 0, self._idle_ms(), 0, value, 0, state))


def _parts(data: bytes, step: int) -> Iterator[bytes]:
    for at in range(0, len(data), step):
        yield data[at : at + step]


@contextlib.contextmanager
def fake_x(*, tcp: bool = False, **manner: object) -> Iterator[FakeX]:
    """Run a server for the length of a `with`."""
    if tcp:
        listener = socket.create_server(("127.0.0.1", 0))
        display = f"localhost:{listener.getsockname()[1] - 6000}.0"
    else:
        listener, display = _abstract_listener()
    server = FakeX(Manner(**manner), listener, display)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.close()


def _abstract_listener() -> tuple[socket.socket, str]:
    pick = random.Random(os.urandom(8))
    while True:
        number = pick.randrange(1000, 50000)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(f"\0/tmp/.X11-unix/X{number}")
        except OSError:
            listener.close()
            continue
        listener.listen(5)
        return listener, f":{number}"
