"""The Wayland wire: where the compositor listens, messages both ways, and the list of what it offers.

Numbers travel in this machine's byte order. Whatever the compositor sends is checked for length before it is
kept. No keyboard is ever bound, so no key, keymap or open file comes this way.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from postured.core.language import _
from postured.sense.sockets import READ_SIZE, left, some

DISPLAY = 1
"""The object that every conversation begins with."""

REGISTRY = 2
_FIRST_FREE = 3

_SYNC, _GET_REGISTRY, _BIND = 0, 1, 0
_ERROR, _DELETE_ID = 0, 1
_GLOBAL, _GLOBAL_REMOVE = 0, 1


class WaylandError(Exception):
    """The compositor broke off, refused, or does not speak Wayland; one plain sentence."""


class Offer(NamedTuple):
    """One thing that the compositor offers: its number in the list, and the newest version it knows."""

    number: int
    version: int


Handler = Callable[[int, bytes], None]
"""Called with the kind of an event and its arguments."""


def socket_path(env: Mapping[str, str]) -> str | None:
    """Say where the compositor of this session listens; None where the environment names no place.

    Without WAYLAND_DISPLAY that is `wayland-0`, as for every other client. WAYLAND_SOCKET is left alone:
    whoever was given that connection may use it, and nobody else.
    """
    name = env.get("WAYLAND_DISPLAY") or "wayland-0"
    if name.startswith("/"):
        return name
    folder = env.get("XDG_RUNTIME_DIR")
    return f"{folder}/{name}" if folder else None


# ── arguments ─────────────────────────────────────────────────────────────────────────────────────


class Arguments:
    """Takes the arguments of one event, in their order.

    Each method raises WaylandError where the message is too short for what it asks.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def number(self) -> int:
        """Take an unsigned number, or the number of an object."""
        (value,) = struct.unpack("=I", self._take(4))
        return int(value)

    def text(self) -> str:
        """Take a string, empty for none; what is no UTF-8 in it is replaced."""
        return self._block()[:-1].decode(errors="replace")

    def numbers(self) -> tuple[int, ...]:
        """Take an array of unsigned numbers."""
        block = self._block()
        return struct.unpack(f"={len(block) // 4}I", block[: len(block) & ~3])

    def _block(self) -> bytes:
        size = self.number()
        block = self._take(size)
        self._take(-size % 4)
        return block

    def _take(self, size: int) -> bytes:
        taken = self._body[self._at : self._at + size]
        if len(taken) < size:
            raise WaylandError(_("what it sends is not Wayland"))
        self._at += size
        return taken


def request(target: int, kind: int, *arguments: int | str) -> bytes:
    """Return a request: to which object, which of its kinds, then numbers and strings."""
    body = b"".join(
        _text(argument) if isinstance(argument, str) else struct.pack("=I", argument)
        for argument in arguments
    )
    return struct.pack("=II", target, (8 + len(body)) << 16 | kind) + body


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)


# ── questions and answers on a socket ──────────────────────────────────────────────────────────


def roundtrip(peer: socket.socket, session: Session, until: float) -> None:
    """Send what waits, and read until all of it has been answered, or until then on the monotonic clock.

    Raises:
        OSError: The connection broke, or the answer did not come in time.
        WaylandError: As for `Session.feed`.
    """
    answered = session.ask_whether_done()
    peer.settimeout(left(until))
    peer.sendall(session.outgoing())
    while not answered():
        peer.settimeout(left(until))
        session.feed(some(peer.recv(READ_SIZE)))


async def roundtrip_in_loop(peer: socket.socket, session: Session) -> None:
    """Do as `roundtrip` does, without holding up the running loop; the caller sets the limit."""
    import asyncio

    loop = asyncio.get_running_loop()
    answered = session.ask_whether_done()
    await loop.sock_sendall(peer, session.outgoing())
    while not answered():
        session.feed(some(await loop.sock_recv(peer, READ_SIZE)))


# ── the conversation ──────────────────────────────────────────────────────────────────────────────


class Session:
    """One client's side of a conversation, without the socket.

    Methods that ask for something add to `outgoing`, which the owner of the socket takes and sends; `feed`
    takes what was read. `offers` is complete after the first round trip.
    """

    def __init__(self) -> None:
        self.offers: dict[str, list[Offer]] = {}
        """By the name of the interface, in the order of announcement."""
        self.on_offered: Callable[[str, Offer], None] | None = None
        """Called with the interface of one more offer, while set."""
        self.on_withdrawn: Callable[[int], None] | None = None
        """Called with the number of an offer that no longer stands."""
        self._outgoing = bytearray()
        self._buffer = bytearray()
        self._handlers: dict[int, Handler] = {DISPLAY: self._on_display, REGISTRY: self._on_registry}
        self._free: list[int] = []
        self._next = _FIRST_FREE
        self.send(DISPLAY, _GET_REGISTRY, REGISTRY)

    def outgoing(self) -> bytes:
        """Return all that waits to be sent, once."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def send(self, target: int, kind: int, *arguments: int | str) -> None:
        """Ask an object for something that makes no new object."""
        self._outgoing += request(target, kind, *arguments)

    def new(self, handler: Handler | None = None) -> int:
        """Return a number for an object that the next request makes; its events go to `handler`."""
        if self._free:
            number = self._free.pop()
        else:
            number, self._next = self._next, self._next + 1
        self._handlers[number] = handler or _ignore
        return number

    def adopt(self, number: int, handler: Handler) -> None:
        """Take events of an object that the compositor made."""
        self._handlers[number] = handler

    def drop(self, number: int) -> None:
        """Ignore what still comes from an object that was destroyed; its number is used again when confirmed."""
        self._handlers[number] = _ignore

    def bind(
        self, interface: str, offer: Offer, newest: int, handler: Handler | None = None
    ) -> tuple[int, int]:
        """Take up an offer; return the object and its version, which is `newest` at most."""
        version = min(offer.version, newest)
        number = self.new(handler)
        self.send(REGISTRY, _BIND, offer.number, interface, version, number)
        return number, version

    def sync(self, done: Callable[[], None]) -> None:
        """Have `done` called once everything asked so far has been answered."""
        self.send(DISPLAY, _SYNC, self.new(lambda _kind, _body: done()))

    def ask_whether_done(self) -> Callable[[], bool]:
        """Sync, and return a function that says whether the answer has come."""
        came: list[bool] = []
        self.sync(lambda: came.append(True))
        return lambda: bool(came)

    def feed(self, data: bytes) -> None:
        """Take what was read, and hand all messages that are now whole to their handlers.

        Raises:
            WaylandError: The compositor reports an error, or sends something that is not Wayland.
        """
        self._buffer += data
        for sender, kind, body in self._messages():
            handler = self._handlers.get(sender)
            if handler is not None:
                handler(kind, body)

    def _messages(self) -> Iterator[tuple[int, int, bytes]]:
        buffer = self._buffer
        while len(buffer) >= 8:
            sender, head = struct.unpack_from("=II", buffer)
            size = head >> 16
            if size < 8 or size % 4:
                raise WaylandError(_("what it sends is not Wayland"))
            if len(buffer) < size:
                return
            body = bytes(buffer[8:size])
            del buffer[:size]
            yield sender, head & 0xFFFF, body

    def _on_display(self, kind: int, body: bytes) -> None:
        arguments = Arguments(body)
        if kind == _ERROR:
            _object, _code, text = arguments.number(), arguments.number(), arguments.text()
            raise WaylandError(_("it reports an error ({text})").format(text=_one_line(text)))
        if kind == _DELETE_ID:
            number = arguments.number()
            if self._handlers.pop(number, None) is not None:
                self._free.append(number)

    def _on_registry(self, kind: int, body: bytes) -> None:
        arguments = Arguments(body)
        number = arguments.number()
        if kind == _GLOBAL:
            interface, offer = arguments.text(), Offer(number, arguments.number())
            self.offers.setdefault(interface, []).append(offer)
            if self.on_offered is not None:
                self.on_offered(interface, offer)
        elif kind == _GLOBAL_REMOVE:
            for offers in self.offers.values():
                offers[:] = [offer for offer in offers if offer.number != number]
            if self.on_withdrawn is not None:
                self.on_withdrawn(number)


def _ignore(_kind: int, _body: bytes) -> None:
    pass


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200] or _("no reason given")
