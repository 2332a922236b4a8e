"""A small sound server for tests: it lets in, lists sources, streams and clients, tells news, and goes wrong as told.

It runs in the loop of the test, and writes its own bytes: nothing of the code under test is used for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

NONE = 0xFFFFFFFF
ERROR, REPLY, AUTH, SET_CLIENT_NAME, GET_SOURCE = 0, 2, 8, 9, 23
LIST_CLIENTS, LIST_SOURCE_OUTPUTS, SUBSCRIBE, SUBSCRIBE_EVENT = 28, 32, 35, 66
NO_SUCH_THING, ACCESS_DENIED = 5, 1
PROCESS = "4711"
"""The id of a process that never was."""


def number(value: int) -> bytes:
    return b"L" + struct.pack(">I", value)


def text(value: str | None) -> bytes:
    return b"N" if value is None else b"t" + value.encode() + b"\0"


def flag(value: bool) -> bytes:
    return b"1" if value else b"0"


def properties(pairs: Mapping[str, str]) -> bytes:
    parts = []
    for key, value in pairs.items():
        data = value.encode() + b"\0"
        parts.append(text(key) + number(len(data)) + b"x" + struct.pack(">I", len(data)) + data)
    return b"P" + b"".join(parts) + b"N"


SPEC = b"a\x03\x02" + struct.pack(">I", 44100)
CHANNELS = b"m\x02\x01\x02"
VOLUME = b"v\x02" + struct.pack(">II", 65536, 65536)
TIME = b"U" + bytes(8)


def frame(body: bytes, channel: int = NONE) -> bytes:
    return struct.pack(">IIIII", len(body), channel, 0, 0, 0) + body


def message(command: int, tag: int, body: bytes = b"") -> bytes:
    return frame(number(command) + number(tag) + body)


@dataclass
class Source:
    """Something to record from."""

    monitor_of: int = NONE
    device_class: str = "sound"

    def written(self, index: int) -> bytes:
        return b"".join(
            [
                *(number(index), text("a.source"), text("A Source"), SPEC, CHANNELS, number(3), VOLUME),
                *(flag(False), number(self.monitor_of), text("out" if self.monitor_of != NONE else None)),
                *(TIME, text("driver"), number(0), properties({"device.class": self.device_class}), TIME),
                *(b"V" + bytes(4), number(0), number(65537), number(NONE), number(1)),
                *(text("mic-port"), text("Microphone"), number(8), text("mic-port")),
            ]
        )


@dataclass
class Stream:
    """A recording stream."""

    name: str = "FakeZoom"
    source: int = 0
    client: int = 7
    corked: bool = False
    resampler: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def written(self, index: int) -> bytes:
        known = {"application.name": self.name, "media.name": "stream"}
        return b"".join(
            [
                *(number(index), text("stream"), number(NONE), number(self.client), number(self.source)),
                *(SPEC, CHANNELS, TIME, TIME, text(self.resampler), text("driver")),
                *(properties({**known, **self.more}), flag(self.corked)),
            ]
        )


class FakePulse:
    """The server. Change its attributes, and `tell` of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = {0: Source(), 1: Source(monitor_of=0, device_class="monitor")}
        self.streams: list[Stream] = []
        self.clients = [7]
        """Those besides whoever is connected here."""
        self.version = 35
        self.cookie = b""
        """Let in only who shows this."""
        self.mute = False
        self.nonsense = b""
        """Sent instead of every answer."""
        self.dies_when_asked = False
        self.when_listed: Callable[[], None] | None = None
        """Called once, right after the streams were listed."""
        self.fragment = 0
        """Send so many bytes at a time; 0: all at once."""
        self.connections = 0
        self.requests: list[int] = []
        self.masks: list[int] = []
        self.names: list[bytes] = []
        self._peers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def env(self) -> dict[str, str]:
        """What leads to it."""
        return {"XDG_RUNTIME_DIR": str(self.folder / "run"), "HOME": str(self.folder)}

    @property
    def proc(self) -> str:
        """A /proc in which it runs."""
        return str(self.folder / "proc")

    @property
    def open(self) -> int:
        """How many are connected."""
        return len(self._peers)

    async def start(self, process: str = "pulseaudio") -> None:
        """Listen."""
        pulse = self.folder / "run/pulse"
        pulse.mkdir(parents=True, exist_ok=True)
        (pulse / "pid").write_text(f"{PROCESS}\n")
        own = self.folder / "proc" / PROCESS
        own.mkdir(parents=True, exist_ok=True)
        (own / "comm").write_text(f"{process}\n")
        self._server = await asyncio.start_unix_server(self._serve, pulse / "native")

    async def die(self) -> None:
        """End, and leave behind what a crash leaves behind."""
        (self.folder / "proc" / PROCESS / "comm").unlink()
        if self._server is not None:
            self._server.close()
        await self.drop()

    async def drop(self) -> None:
        """Close all connections, and go on listening."""
        for peer in self._peers:
            peer.close()
        for peer in tuple(self._peers):
            with contextlib.suppress(OSError):
                await peer.wait_closed()

    def tell(self, event: int = 0x03) -> None:
        """Send an event: 0x03 a new recording stream, 0x13 a changed one, 0x23 one less."""
        for peer in self._peers:
            self._send(peer, message(SUBSCRIBE_EVENT, NONE, number(event) + number(0)))

    def send(self, data: bytes) -> None:
        """Send anything."""
        for peer in self._peers:
            self._send(peer, data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._peers.add(writer)
        try:
            while True:
                (length,) = struct.unpack(">I16x", await reader.readexactly(20))
                body = await reader.readexactly(length)
                command, tag = struct.unpack(">xIxI", body[:10])
                self.requests.append(command)
                if self.dies_when_asked and command == LIST_SOURCE_OUTPUTS:
                    return
                if not self.mute:
                    self._send(writer, self.nonsense or self._answer(command, tag, body[10:]))
                if command == LIST_SOURCE_OUTPUTS and self.when_listed is not None:
                    then, self.when_listed = self.when_listed, None
                    then()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._peers.discard(writer)
            writer.close()

    def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        step = self.fragment or len(data)
        for at in range(0, len(data), step):
            writer.write(data[at : at + step])

    def _answer(self, command: int, tag: int, body: bytes) -> bytes:
        if command == AUTH:
            if self.cookie and not body.endswith(self.cookie):
                return message(ERROR, tag, number(ACCESS_DENIED))
            return message(REPLY, tag, number(self.version))
        if command == SET_CLIENT_NAME:
            self.names.append(body)
            return message(REPLY, tag, number(100 + self.connections))
        if command == SUBSCRIBE:
            self.masks.append(struct.unpack(">xI", body)[0])
            return message(REPLY, tag)
        if command == LIST_CLIENTS:
            clients = [*self.clients, 100 + self.connections]
            known = properties({"application.name": "somebody"})
            parts = [number(one) + text("c") + number(NONE) + text("driver") + known for one in clients]
            return message(REPLY, tag, b"".join(parts))
        if command == LIST_SOURCE_OUTPUTS:
            parts = [stream.written(index) for index, stream in enumerate(self.streams)]
            return message(REPLY, tag, b"".join(parts))
        if command == GET_SOURCE:
            index = struct.unpack(">xIx", body)[0]
            if index == NONE:  # PipeWire answers with what is used by default
                index = 0
            if index not in self.sources:
                return message(ERROR, tag, number(NO_SUCH_THING))
            return message(REPLY, tag, self.sources[index].written(index))
        raise AssertionError(f"nobody should ask {command}")


@contextlib.asynccontextmanager
async def serving(folder: Path, process: str = "pulseaudio") -> AsyncIterator[FakePulse]:
    """Run a server in `folder` while the block runs."""
    server = FakePulse(folder)
    await server.start(process)
    try:
        yield server
    finally:
        await server.die() if (folder / "proc" / PROCESS / "comm").exists() else await server.drop()
