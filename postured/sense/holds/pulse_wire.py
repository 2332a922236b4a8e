"""The wire of PulseAudio's native protocol, which PipeWire speaks too: the few messages that tell who records.

Nothing is sent or received here. Every value on this wire carries its type, and all of them are checked for
type and length before they are used. We announce an old version, so that each server leaves out what came later.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from postured.core.language import _

VERSION = 19
"""Of 2010, and the first to tell whether a recording stream is corked, which is to say paused."""

NOTHING = 0xFFFFFFFF
"""In place of a number: there is no such thing."""

COOKIE_SIZE = 256
LARGEST_FRAME = 1 << 22
"""Some kB per stream is what is ever asked for."""

ERROR, REPLY = 0, 2
_AUTH, _SET_CLIENT_NAME, _GET_SOURCE, _LIST_CLIENTS, _LIST_SOURCE_OUTPUTS, _SUBSCRIBE = 8, 9, 23, 28, 32, 35
_SUBSCRIBE_EVENT = 66
_ACCESS_DENIED = 1
_SOURCE_OUTPUTS = 0x8
_SOURCE_OUTPUT, _FACILITY = 0x3, 0xF

_FRAME = struct.Struct(">IIIII")
_VERSION_BITS = 0xFFFF
"""The upper ones are flags."""

_SIZES = {b"L": 4, b"a": 6, b"U": 8}
"""A number, a sample format, and microseconds: how long the value is."""


class PulseError(Exception):
    """The server refused, broke off, or does not speak this protocol; one plain sentence."""


class Refused(PulseError):  # noqa: N818 - the server errs, not we
    """The server answers a request with an error; the conversation goes on."""


class Message(NamedTuple):
    """What the server said: an answer to the request of that tag, or something of its own accord."""

    command: int
    tag: int
    body: bytes


class Recording(NamedTuple):
    """A stream that takes sound from a source, as far as it matters here."""

    client: int
    source: int
    resampler: str
    properties: dict[str, str]
    corked: bool


# ── from the server ───────────────────────────────────────────────────────────────────────────────


class Reader:
    """Cuts the server's bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take what came in and return the messages that are now whole.

        Raises:
            PulseError: It is not this protocol.
        """
        self._buffer += data
        messages = []
        while len(self._buffer) >= _FRAME.size:
            length, channel, *_rest = _FRAME.unpack_from(self._buffer)
            if length > LARGEST_FRAME:
                raise _nonsense()
            end = _FRAME.size + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[_FRAME.size : end])
            del self._buffer[:end]
            if channel == NOTHING:  # all others carry sound
                fields = Fields(body)
                messages.append(Message(fields.number(), fields.number(), fields.rest()))
        return messages


class Fields:
    """Reads one value after the other. Each method raises PulseError if something else comes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)

    def rest(self) -> bytes:
        """All that is left, as it came."""
        return self._take(len(self._data) - self._at)

    def number(self) -> int:
        """A number of 32 bits."""
        self._expect(b"L")
        return int.from_bytes(self._take(4), "big")

    def flag(self) -> bool:
        """A truth value."""
        tag = self._take(1)
        if tag not in (b"0", b"1"):
            raise _nonsense()
        return tag == b"1"

    def text(self) -> str:
        """A text; an empty one where there is none."""
        tag = self._take(1)
        if tag == b"N":
            return ""
        if tag != b"t":
            raise _nonsense()
        return self._string()

    def properties(self) -> dict[str, str]:
        """A list of properties, those whose value is a text."""
        self._expect(b"P")
        found = {}
        while (tag := self._take(1)) == b"t":
            key = self._string()
            size = self.number()
            self._expect(b"x")
            if int.from_bytes(self._take(4), "big") != size:
                raise _nonsense()
            found[key] = self._take(size).rstrip(b"\0").decode("utf-8", "replace")
        if tag != b"N":
            raise _nonsense()
        return found

    def skip(self, tags: str) -> None:
        """Leave out values of these types, each named by its letter on the wire; `?` is a truth value."""
        for tag in tags.encode():
            self._skip(bytes((tag,)))

    def _skip(self, tag: bytes) -> None:
        if tag == b"t":
            self.text()
        elif tag == b"P":
            self.properties()
        elif tag == b"?":
            self.flag()
        else:
            self._expect(tag)
            if tag == b"m":
                self._take(self._take(1)[0])
            elif tag == b"v":
                self._take(4 * self._take(1)[0])
            else:
                self._take(_SIZES[tag])

    def _expect(self, tag: bytes) -> None:
        if self._take(1) != tag:
            raise _nonsense()

    def _string(self) -> str:
        end = self._data.find(b"\0", self._at)
        if end < 0:
            raise _nonsense()
        text = self._data[self._at : end].decode("utf-8", "replace")
        self._at = end + 1
        return text

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise _nonsense()
        taken = self._data[self._at : end]
        self._at = end
        return taken


def _nonsense() -> PulseError:
    return PulseError(_("what it sends is not the protocol of PulseAudio"))


def tells_of_recording(message: Message) -> bool:
    """Whether it is the news that a recording stream came, went or changed."""
    return message.command == _SUBSCRIBE_EVENT and Fields(message.body).number() & _FACILITY == _SOURCE_OUTPUT


def answer_of(message: Message) -> bytes:
    """Return what an answer says.

    Raises:
        PulseError: `Refused`, if it is an error.
    """
    if message.command == REPLY:
        return message.body
    number = Fields(message.body).number()
    if number == _ACCESS_DENIED:
        raise Refused(_("it does not let us in"))
    raise Refused(_("it reports error {number}").format(number=number))


def read_version(body: bytes) -> int:
    """Read the answer to `auth`: the server's own version."""
    return Fields(body).number() & _VERSION_BITS


def read_own_client(body: bytes) -> int:
    """Read the answer to `set_client_name`: our number among the clients."""
    return Fields(body).number()


def read_clients(body: bytes) -> Iterator[int]:
    """Read the answer to `list_clients`: their numbers."""
    fields = Fields(body)
    while fields.more:
        yield fields.number()
        fields.skip("tLtP")


def read_recordings(body: bytes) -> Iterator[Recording]:
    """Read the answer to `list_recordings`."""
    fields = Fields(body)
    while fields.more:
        fields.skip("LtL")
        client, source = fields.number(), fields.number()
        fields.skip("amUU")
        resampler = fields.text()
        fields.skip("t")
        yield Recording(client, source, resampler, fields.properties(), fields.flag())


def read_is_monitor(body: bytes) -> bool:
    """Read the answer to `get_source`: whether it only repeats what is played."""
    fields = Fields(body)
    fields.skip("LttamLv?")
    if fields.number() != NOTHING:
        return True
    fields.skip("tUtL")
    return fields.properties().get("device.class") == "monitor"


# ── requests ──────────────────────────────────────────────────────────────────────────────────────


def auth(tag: int, cookie: bytes) -> bytes:
    """Open the conversation. Who runs the server is let in by the kernel's word, others by the cookie."""
    return _request(_AUTH, tag, _number(VERSION) + b"x" + struct.pack(">I", COOKIE_SIZE) + cookie)


def set_client_name(tag: int, name: str) -> bytes:
    """Say who we are."""
    value = name.encode() + b"\0"
    key = b"tapplication.name\0"
    pair = key + _number(len(value)) + b"x" + struct.pack(">I", len(value)) + value
    return _request(_SET_CLIENT_NAME, tag, b"P" + pair + b"N")


def subscribe(tag: int) -> bytes:
    """Ask to be told of recording streams, and of nothing else."""
    return _request(_SUBSCRIBE, tag, _number(_SOURCE_OUTPUTS))


def list_clients(tag: int) -> bytes:
    """Ask who is connected."""
    return _request(_LIST_CLIENTS, tag)


def list_recordings(tag: int) -> bytes:
    """Ask what records."""
    return _request(_LIST_SOURCE_OUTPUTS, tag)


def get_source(tag: int, number: int) -> bytes:
    """Ask about one source of sound."""
    return _request(_GET_SOURCE, tag, _number(number) + b"N")


def _request(command: int, tag: int, body: bytes = b"") -> bytes:
    body = _number(command) + _number(tag) + body
    return _FRAME.pack(len(body), NOTHING, 0, 0, 0) + body


def _number(value: int) -> bytes:
    return struct.pack(">cI", b"L", value)
