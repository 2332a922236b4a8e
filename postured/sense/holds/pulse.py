"""The sound server, PulseAudio or PipeWire in its place: where it listens, and one connection to it.

A server that sleeps is left asleep: a place is only given where a process is behind it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from postured.core.language import _
from postured.sense.holds import pulse_wire as wire
from postured.sense.holds.pulse_wire import PulseError, Refused

# ── where the server is ───────────────────────────────────────────────────────────────────────────


class Place(NamedTuple):
    """Where a server listens."""

    socket: str
    may_sleep: bool
    """Whether it is of the kind that ends when its last client has left."""


class NoServer(Exception):  # noqa: N818 - no error, but how it is on many machines
    """No sound server runs here; one plain sentence. `elsewhere`: but one does on another machine."""

    def __init__(self, why: str, *, elsewhere: bool = False) -> None:
        super().__init__(why)
        self.elsewhere = elsewhere


def find_server(env: Mapping[str, str], proc: str) -> Place:
    """Find the server's socket, and make sure that a process is behind it: connecting might start one.

    Raises:
        NoServer: None runs here.
    """
    if listed := env.get("PULSE_SERVER", "").split():
        sockets = [path for entry in listed if (path := _local_socket(entry))]
        if not sockets:
            raise NoServer(_("the sound server is on another machine"), elsewhere=True)
        path, asked_for = sockets[0], True
    elif folder := env.get("PULSE_RUNTIME_PATH"):
        path, asked_for = f"{folder}/native", False
    elif folder := env.get("XDG_RUNTIME_DIR"):
        path, asked_for = f"{folder}/pulse/native", False
    else:
        raise NoServer(_("XDG_RUNTIME_DIR is not set, so no sound server can be found"))
    # Both kinds of server write it, and it is all that tells a server from a socket kept ready to start one.
    number = line_of(Path(path).parent / "pid")
    process = line_of(Path(proc) / number / "comm") if number.isdigit() else ""
    if "pulse" not in process and "pipewire" not in process and (number or not asked_for):
        raise NoServer(_("no sound server runs"))
    return Place(path, may_sleep="pulseaudio" in process)


def _local_socket(entry: str) -> str:
    """Return the path in an entry of PULSE_SERVER, empty if it is for, or on, another machine."""
    if entry.startswith("{"):
        machine, _brace, entry = entry[1:].partition("}")
        if machine not in (line_of(Path("/etc/machine-id")), os.uname().nodename):
            return ""
    path = entry.removeprefix("unix:")
    return path if path.startswith("/") else ""


def find_cookie(env: Mapping[str, str]) -> bytes:
    """Find what lets in those who are not the server's own user; zeros where there is none."""
    home = Path(env.get("HOME", "/"))
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    told = env.get("PULSE_COOKIE")
    for path in [Path(told)] if told else [config / "pulse/cookie", home / ".pulse-cookie"]:
        try:
            with path.open("rb") as stream:
                cookie = stream.read(wire.COOKIE_SIZE)
        except OSError:
            continue
        if len(cookie) == wire.COOKIE_SIZE:
            return cookie
    return bytes(wire.COOKIE_SIZE)


def line_of(path: Path) -> str:
    """Return the first line of a file, empty where it cannot be read."""
    try:
        with path.open(errors="replace") as stream:
            return stream.readline(256).strip()
    except OSError:
        return ""


# ── the connection ────────────────────────────────────────────────────────────────────────────────


class Line(asyncio.Protocol):
    """One connection: questions with their answers, and news."""

    def __init__(self, may_sleep: bool, on_news: Callable[[], None]) -> None:
        self.may_sleep = may_sleep
        self.client = wire.NOTHING
        self.on_lost: Callable[[str], None] | None = None
        self._on_news = on_news
        self._transport: asyncio.Transport | None = None
        self._reader = wire.Reader()
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._asked = 0
        self._why = _("it closed the connection")

    async def come_in(self, cookie: bytes) -> None:
        """Say who we are and what we want to be told."""
        version = wire.read_version(await self.ask(lambda tag: wire.auth(tag, cookie)))
        if version < wire.VERSION:
            raise PulseError(_("it is too old (version {version})").format(version=version))
        self.client = wire.read_own_client(await self.ask(lambda tag: wire.set_client_name(tag, "postured")))
        await self.ask(wire.subscribe)

    async def ask(self, request: Callable[[int], bytes]) -> bytes:
        """Return the answer to a request, which is made with a tag; the caller sets the limit."""
        if self._transport is None or self._transport.is_closing():
            raise PulseError(self._why)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        tag = self._asked = self._asked + 1
        self._waiting[tag] = answer
        self._transport.write(request(tag))
        try:
            return await answer
        finally:
            del self._waiting[tag]

    def close(self) -> None:
        """Hang up; nobody is told."""
        self.on_lost = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up the socket."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand out answers and news; hang up where it makes no sense."""
        try:
            for message in self._reader.feed(data):
                self._take(message)
        except PulseError as error:
            self._why = str(error)
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - `_why` says it plainly
        """Fail whoever waits."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PulseError(self._why))
        if self.on_lost is not None:
            self.on_lost(self._why)

    def _take(self, message: wire.Message) -> None:
        if message.command in (wire.REPLY, wire.ERROR):
            answer = self._waiting.get(message.tag)
            if answer is None or answer.done():  # nobody waits for it any more
                return
            try:
                answer.set_result(wire.answer_of(message))
            except Refused as error:
                answer.set_exception(error)
        elif wire.tells_of_recording(message):
            self._on_news()
