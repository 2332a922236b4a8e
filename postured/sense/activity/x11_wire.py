"""The X11 wire: display names, cookies, packets, and the few requests that are needed here.

Idle alarms take some, and a look at the window in front takes some others.
Numbers travel in this machine's byte order, for servers refuse the other one nowadays. Whatever the server
sends is checked for length before it is kept.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Mapping
from typing import NamedTuple

from postured.core.language import _
from postured.sense.sockets import Address, at_path

LARGEST_PACKET = 1 << 20
"""The greeting is the longest packet that is ever asked for: some 10 kB, 256 kB at most."""

ERROR, REPLY = 0, 1
_GENERIC_EVENT = 35
_EVENT_MASK = 0x7F
"""The top bit says that another client sent the event."""

_LARGEST_COOKIE_FILE = 1 << 20
_COOKIE_KIND = b"MIT-MAGIC-COOKIE-1"
_FAMILY_INTERNET, _FAMILY_INTERNET6, _FAMILY_LOCAL, _FAMILY_WILD = 0, 6, 256, 65535

PROPERTY_CHANGED = 28
"""The code of the event that `watch_properties` asks for."""

WM_CLASS = 67
"""A property whose number is fixed; others have to be asked for by `intern_atom`."""

_CHANGE_ATTRIBUTES, _INTERN_ATOM, _GET_PROPERTY = 2, 16, 20
_EVENT_MASK_ATTRIBUTE, _PROPERTY_CHANGES = 0x800, 0x400000
_QUERY_EXTENSION = 98
_SYNC_INITIALIZE, _SYNC_LIST_COUNTERS, _SYNC_QUERY_COUNTER = 0, 1, 5
_SYNC_CREATE_ALARM, _SYNC_CHANGE_ALARM, _SYNC_DESTROY_ALARM = 8, 9, 11

RISES, FALLS = 0, 1
"""PositiveTransition, NegativeTransition: an alarm when the counter crosses a value upwards or downwards."""

ALARM_DESTROYED = 2
ALARM_INACTIVE = 1


class XError(Exception):
    """The server refused, broke off, or does not speak X11; one plain sentence."""


class Display(NamedTuple):
    """A display name taken apart. `host` is empty for this machine's own socket."""

    host: str
    number: int


class Cookie(NamedTuple):
    """What proves to the server that we may come in; empty where there is nothing to show."""

    kind: bytes = b""
    data: bytes = b""


class Extension(NamedTuple):
    """Where an extension's requests and events begin."""

    opcode: int
    first_event: int


class Alarm(NamedTuple):
    """An AlarmNotify event."""

    id: int
    value_ms: int
    state: int


def parse_display(text: str) -> Display:
    """Take `host:number.screen` apart.

    Raises:
        XError: It is no display name.
    """
    host, colon, rest = text.rpartition(":")
    number, _point, _screen = rest.partition(".")
    protocol, _slash, host = host.rpartition("/")
    if not colon or not (number.isascii() and number.isdigit()) or int(number) > 0xFFFF - 6000:
        raise XError(_("DISPLAY is {text!r}, which is no display name").format(text=text))
    if protocol == "unix" or host == "unix":
        host = ""
    return Display(host.strip("[]"), int(number))


def addresses(display: Display) -> list[Address]:
    """List the sockets to try, in this order."""
    if not display.host:
        path = f"/tmp/.X11-unix/X{display.number}"  # noqa: S108 - where X servers put it
        abstract = at_path(f"\0{path}") if sys.platform == "linux" else []
        return [*abstract, *at_path(path)]
    where = (display.host, 6000 + display.number)
    return [(socket.AF_INET, where), (socket.AF_INET6, where)]


def find_cookie(env: Mapping[str, str], display: Display, peer: socket.socket) -> Cookie:
    """Find the cookie for a display in the person's own cookie file; an empty one where there is none."""
    home = env.get("HOME")
    path = env.get("XAUTHORITY") or (os.path.join(home, ".Xauthority") if home else None)  # noqa: PTH118
    if path is None:
        return Cookie()
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - pathlib is no cheaper, and a name is all there is
            data = stream.read(_LARGEST_COOKIE_FILE)
    except OSError:
        return Cookie()
    return _best_cookie(data, str(display.number).encode(), _names_of(peer))


def _names_of(peer: socket.socket) -> list[tuple[int, bytes]]:
    """List the names under which the server may stand in the cookie file, the surest first."""
    local = [(_FAMILY_LOCAL, os.fsencode(socket.gethostname()))]
    if peer.family == socket.AF_UNIX:
        return local
    host = str(peer.getpeername()[0]).partition("%")[0]  # without the interface
    packed = socket.inet_pton(peer.family, host)
    if packed[0] == 127 or packed == b"\0" * 15 + b"\1":  # a forwarded display is listed as a local one
        return local
    return [(_FAMILY_INTERNET if peer.family == socket.AF_INET else _FAMILY_INTERNET6, packed)]


def _best_cookie(data: bytes, number: bytes, names: list[tuple[int, bytes]]) -> Cookie:
    """Pick by rank: the server's own entry, one for any server, one for this machine under an old name."""
    best, best_rank = Cookie(), 3
    for family, address, for_number, kind, secret in _entries(data):
        if kind != _COOKIE_KIND or for_number not in (b"", number):
            continue
        if (family, address) in names:
            rank = 0
        elif family == _FAMILY_WILD:
            rank = 1
        elif family == _FAMILY_LOCAL == names[0][0]:
            rank = 2
        else:
            continue
        if rank < best_rank:
            best, best_rank = Cookie(kind, secret), rank
    return best


def _entries(data: bytes) -> list[tuple[int, bytes, bytes, bytes, bytes]]:
    """Read a cookie file as far as it makes sense."""
    found = []
    at = 0
    while at + 2 <= len(data):
        (family,) = struct.unpack_from(">H", data, at)
        at += 2
        fields = []
        for _each in range(4):
            size = int.from_bytes(data[at : at + 2], "big")
            fields.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        if at > len(data):
            break
        found.append((family, fields[0], fields[1], fields[2], fields[3]))
    return found


# ── packets from the server ───────────────────────────────────────────────────────────────────────


class Reader:
    """Cuts the server's bytes into packets: first the greeting, then replies, errors and events."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._greeted = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came in and return the packets that are now whole.

        Raises:
            XError: The server refuses us, or sends something that is not X11.
        """
        self._buffer += data
        packets = []
        while (size := self._size()) and len(self._buffer) >= size:
            packet = bytes(self._buffer[:size])
            del self._buffer[:size]
            if not self._greeted:
                _check_greeting(packet)
                self._greeted = True
            packets.append(packet)
        return packets

    def _size(self) -> int:
        """Return the length of the packet at the front, 0 while that is not known."""
        buffer = self._buffer
        if not self._greeted:
            if buffer and buffer[0] > 2:
                raise XError(_("what it sends is not X11"))
            if len(buffer) < 8:
                return 0
            return 8 + 4 * int(struct.unpack_from("=H", buffer, 6)[0])
        if len(buffer) < 32:
            return 0
        if buffer[0] != REPLY and buffer[0] & _EVENT_MASK != _GENERIC_EVENT:
            return 32
        size = 32 + 4 * int(struct.unpack_from("=I", buffer, 4)[0])
        if size > LARGEST_PACKET:
            raise XError(_("what it sends is not X11"))
        return size


def _check_greeting(packet: bytes) -> None:
    if packet[0] == 1:
        if len(packet) < 40:
            raise XError(_("what it sends is not X11"))
        return
    reason = packet[8 : 8 + packet[1]] if packet[0] == 0 else packet[8:]
    text = reason[:200].decode("latin-1").strip("\0 \n") or _("no reason given")
    raise XError(_("it does not let us in ({text})").format(text=text))


def first_resource_id(greeting: bytes) -> int:
    """Return the number from which on our own resources are counted."""
    return int(struct.unpack_from("=I", greeting, 12)[0])


def root_window(greeting: bytes) -> int:
    """Return the root window of the first screen.

    Raises:
        XError: The greeting names none.
    """
    try:
        vendor, _largest, screens, formats = struct.unpack_from("=HHBB", greeting, 24)
        (root,) = struct.unpack_from("=I", greeting, 40 + (vendor + 3 & ~3) + 8 * formats)
    except struct.error:
        raise XError(_("what it sends is not X11")) from None
    if not screens:
        raise XError(_("it has no screen"))
    return int(root)


def sequence_of(packet: bytes) -> int:
    """Return the number of the request that a reply or an error answers."""
    return int(struct.unpack_from("=H", packet, 2)[0])


def is_event(packet: bytes, code: int) -> bool:
    """Say whether it is the event of that code, coming from the server itself."""
    return packet[0] == code


def read_alarm(packet: bytes) -> Alarm:
    """Read an AlarmNotify event."""
    alarm, high, low, state = struct.unpack_from("=4xIiI12xB", packet)
    return Alarm(alarm, high << 32 | low, state)


def read_extension(reply: bytes) -> Extension | None:
    """Read the answer to `query_extension`; None where the server has no such extension."""
    return Extension(reply[9], reply[10]) if reply[8] else None


def read_counter(reply: bytes) -> int:
    """Read the answer to `query_counter`."""
    high, low = struct.unpack_from("=iI", reply, 8)
    return int(high << 32 | low)


def read_counters(reply: bytes) -> dict[bytes, int]:
    """Read the answer to `list_counters`: numbers by name, as far as they make sense."""
    (count,) = struct.unpack_from("=I", reply, 8)
    counters = {}
    at = 32
    for _each in range(count):
        if at + 14 > len(reply):
            break
        counter, size = struct.unpack_from("=I8xH", reply, at)
        counters[reply[at + 14 : at + 14 + size]] = counter
        at += (14 + size + 3) & ~3
    return counters


def read_atom(reply: bytes) -> int:
    """Read the answer to `intern_atom`: the number that goes with the name, 0 where nobody ever used it."""
    return int(struct.unpack_from("=I", reply, 8)[0])


def read_text(reply: bytes) -> bytes:
    """Read the answer to `get_property` as text; empty where there is none."""
    size = int(struct.unpack_from("=I", reply, 16)[0])
    return reply[32 : 32 + size] if reply[1] == 8 else b""


def read_numbers(reply: bytes) -> tuple[int, ...]:
    """Read the answer to `get_property` as numbers: windows or atoms; none where there are none."""
    if reply[1] != 32:
        return ()
    count = min(int(struct.unpack_from("=I", reply, 16)[0]), (len(reply) - 32) // 4)
    return struct.unpack_from(f"={count}I", reply, 32)


def read_property_change(packet: bytes) -> int:
    """Read the event that `watch_properties` asks for: the number of the property."""
    return int(struct.unpack_from("=I", packet, 8)[0])


# ── requests ──────────────────────────────────────────────────────────────────────────────────────


def greeting(cookie: Cookie) -> bytes:
    """Open the conversation."""
    order = b"l" if sys.byteorder == "little" else b"B"
    head = struct.pack("=cxHHHHxx", order, 11, 0, len(cookie.kind), len(cookie.data))
    return head + _padded(cookie.kind) + _padded(cookie.data)


def query_extension(name: bytes) -> bytes:
    """Ask whether the server has an extension."""
    return _request(_QUERY_EXTENSION, 0, struct.pack("=Hxx", len(name)) + name)


def intern_atom(name: bytes) -> bytes:
    """Ask for the number that goes with a name, if anybody ever used it."""
    only_if_exists = 1
    return _request(_INTERN_ATOM, only_if_exists, struct.pack("=Hxx", len(name)) + name)


def get_property(window: int, atom: int, words: int) -> bytes:
    """Ask for the first words of a property of any type; there are four bytes in a word."""
    return _request(_GET_PROPERTY, 0, struct.pack("=IIIII", window, atom, 0, 0, words))


def watch_properties(window: int) -> bytes:
    """Have an event sent whenever a property of the window changes."""
    return _request(
        _CHANGE_ATTRIBUTES, 0, struct.pack("=III", window, _EVENT_MASK_ATTRIBUTE, _PROPERTY_CHANGES)
    )


def initialize_sync(sync: int) -> bytes:
    """Say which SYNC we speak, as has to be done before anything else."""
    return _request(sync, _SYNC_INITIALIZE, struct.pack("=BBxx", 3, 1))


def list_counters(sync: int) -> bytes:
    """Ask which counters there are."""
    return _request(sync, _SYNC_LIST_COUNTERS)


def query_counter(sync: int, counter: int) -> bytes:
    """Ask where a counter stands."""
    return _request(sync, _SYNC_QUERY_COUNTER, struct.pack("=I", counter))


def create_alarm(sync: int, alarm: int, counter: int, value_ms: int, crossing: int) -> bytes:
    """Have an event sent each time the counter crosses a value; it stays armed."""
    every_field = 0b111111
    return _request(
        sync,
        _SYNC_CREATE_ALARM,
        struct.pack(
            "=IIIIiIIiII",
            alarm, every_field, counter, 0, value_ms >> 32, value_ms & 0xFFFFFFFF, crossing, 0, 0, 1,
        ),
    )  # fmt: skip


def change_alarm(sync: int, alarm: int, value_ms: int) -> bytes:
    """Move an alarm to another value."""
    value_only = 0b100
    body = struct.pack("=IIiI", alarm, value_only, value_ms >> 32, value_ms & 0xFFFFFFFF)
    return _request(sync, _SYNC_CHANGE_ALARM, body)


def destroy_alarm(sync: int, alarm: int) -> bytes:
    """Take an alarm away; one last event says so."""
    return _request(sync, _SYNC_DESTROY_ALARM, struct.pack("=I", alarm))


def _request(opcode: int, detail: int, body: bytes = b"") -> bytes:
    body = _padded(body)
    return struct.pack("=BBH", opcode, detail, 1 + len(body) // 4) + body


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
