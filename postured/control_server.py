"""The answering side of the control socket, inside the event loop.

Owns the connections: who may ask, how much and how long, several at once, and the followers that get the
news. Never decides what a request means, that is the handler's. No client, however slow or rude, can stop it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, cast

from postured.control import REPLY_LIMIT, REQUEST_LIMIT, ControlError, Listener, decode, encode
from postured.core.language import _

_log = logging.getLogger(__name__)

REQUEST_S = 5.0
"""To send a request in whole, and again to read the reply."""

ANSWER_S = 10.0
"""For the handler, which should need milliseconds."""

STOP_S = 1.0
"""For what is being answered when the server stops."""

CLIENTS_AT_MOST = 64

BEHIND_AT_MOST = 256 * 1024
"""Bytes of news that may wait for a follower who doesn't read; then it is dropped."""


class Reply(NamedTuple):
    """What a handler answers."""

    body: Mapping[str, object]
    follow: bool = False
    """Whether the client stays to be sent what is published."""


Handler = Callable[[dict[str, object]], Awaitable[Reply]]
"""Answers one request, or raises ControlError with the line that the person is to read."""


class PeerSocket(Protocol):
    """As much of a socket as it takes to see who is at its other end."""

    def getsockopt(self, level: int, option: int, length: int, /) -> bytes: ...  # noqa: D102 - socket's own


def peer_uid(connection: PeerSocket) -> int:
    """Return the user at the other end, as the kernel vouches for it."""
    if hasattr(socket, "SO_PEERCRED"):
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    else:  # BSD and macOS: LOCAL_PEERCRED of SOL_LOCAL gives struct xucred, which begins with version and uid
        _, uid = struct.unpack_from("=2I", connection.getsockopt(0, 1, 76))
    return cast("int", uid)


class Server:
    """Answers whoever belongs to this user, through a handler."""

    def __init__(
        self,
        listener: Listener,
        handle: Handler,
        *,
        request_s: float = REQUEST_S,
        peer_uid: Callable[[PeerSocket], int] = peer_uid,
    ) -> None:
        self._listener = listener
        self._handle = handle
        self._request_s = request_s
        self._peer_uid = peer_uid
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._deserted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to answer, those first who have queued up already."""
        loop = asyncio.get_running_loop()
        sock = self._listener.socket
        if sys.version_info >= (3, 13):
            # The listener takes its file away itself; asyncio would look for it under the short name.
            self._server = await loop.create_unix_server(
                lambda: _Connection(self), sock=sock, cleanup_socket=False
            )
        else:
            self._server = await loop.create_unix_server(lambda: _Connection(self), sock=sock)

    async def stop(self) -> None:
        """Answer what was asked, bid the followers goodbye and close everything, within `STOP_S`."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S / 2)
        for task in tuple(self._tasks):
            task.cancel()
        for connection in tuple(self._connections):
            connection.close()
        if self._connections:
            self._deserted.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._deserted.wait(), STOP_S / 2)
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.sleep(0)  # aborted transports let go of their sockets in the next round of the loop

    @property
    def followed(self) -> bool:
        """Whether anybody would read what is published."""
        return any(connection.follows for connection in self._connections)

    def publish(self, news: Mapping[str, object]) -> None:
        """Send `news` to every follower; who has stopped reading is dropped."""
        if not self.followed:
            return
        line = _answer(news)
        for connection in tuple(self._connections):
            if connection.follows:
                connection.send_news(line)

    # What follows is for the connections.

    def admit(self, connection: _Connection, peer: PeerSocket) -> str:
        """Take in a connection; returns the reason for turning it away, or nothing."""
        self._connections.add(connection)
        try:
            uid = self._peer_uid(peer)
        except OSError:
            uid = -1
        if uid != os.getuid():
            return _("this daemon answers its own user only")
        if len(self._connections) > CLIENTS_AT_MOST:
            return _("the daemon has too many askers at once; try again")
        return ""

    def forget(self, connection: _Connection) -> None:
        """Let go of a connection that has ended."""
        self._connections.discard(connection)
        if not self._connections:
            self._deserted.set()

    def answer(self, connection: _Connection, line: bytes) -> None:
        """Have the handler answer a request in a task that this server owns."""
        task = asyncio.get_running_loop().create_task(self._answer(connection, line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, connection: _Connection, line: bytes) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reply = await self._handle(decode(line))
        except ControlError as exc:
            connection.refuse(str(exc))
        except TimeoutError:
            connection.refuse(_("the daemon took too long to answer; see what is wrong: postured doctor"))
        except Exception:  # noqa: BLE001 - a bug in one answer must not end the others; it is logged and told
            _log.exception("a request could not be answered")
            connection.refuse(_("the daemon failed at this request; its log says how"))
        else:
            connection.reply(_answer(reply.body), stay=reply.follow)

    @property
    def request_s(self) -> float:
        """How long a client may take over its request, and over reading the reply."""
        return self._request_s


def _answer(body: Mapping[str, object]) -> bytes:
    try:
        line = encode({"ok": True, "reply": body})
    except (TypeError, ValueError):
        _log.exception("an answer could not be written as JSON")
        return _refusal(_("the daemon failed at this answer; its log says how"))
    if len(line) > REPLY_LIMIT:
        return _refusal(_("the daemon's answer would be longer than {limit} bytes").format(limit=REPLY_LIMIT))
    return line


def _refusal(reason: str) -> bytes:
    return encode({"ok": False, "error": reason})


class _Connection(asyncio.Protocol):
    """One client: a request, its reply, and perhaps news until one side has enough.

    The timer runs while the client owes something: first its request, later the reading of the reply.
    At most one timer exists; while the handler works and while a follower waits for news there is none.
    """

    _transport: asyncio.Transport
    _timer: asyncio.TimerHandle | None = None

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = bytearray()
        self._asked = False
        self._ended = False
        self.follows = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._give_time(self._too_slow)
        refusal = self._server.admit(self, transport.get_extra_info("socket"))
        if refusal:
            self.refuse(refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # a client that goes is no error
        self.follows = False
        self._stop_timer()
        self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        if self._asked:
            return
        self._received += data
        end = self._received.find(b"\n", 0, REQUEST_LIMIT)
        if end >= 0:
            self._asked = True
            self._stop_timer()
            self._server.answer(self, bytes(self._received[:end]))
            self._received.clear()
        elif len(self._received) >= REQUEST_LIMIT:
            self.refuse(_("the request is longer than {limit} bytes").format(limit=REQUEST_LIMIT))

    def eof_received(self) -> bool:
        """Keep the connection of a client that has only finished asking."""
        self._ended = True
        if not self._asked and self._received:
            self.refuse(_("not understood: the request ends without a newline"))
        return self._asked and not self.follows

    def reply(self, line: bytes, *, stay: bool) -> None:
        """Send the reply; then the client follows, or the connection ends."""
        if self._transport.is_closing():
            return
        self._transport.write(line)
        self.follows = stay and not self._ended
        if not self.follows:
            self.close()

    def refuse(self, reason: str) -> None:
        """Send an error and end the connection."""
        self._asked = True
        self.reply(_refusal(reason), stay=False)

    def send_news(self, line: bytes) -> None:
        """Send one more line to a follower, unless too much waits for it already."""
        if self._transport.get_write_buffer_size() + len(line) > BEHIND_AT_MOST:
            self.abort()
        else:
            self._transport.write(line)

    def close(self) -> None:
        """End the connection once the client has read everything; it gets a limited time for that."""
        self.follows = False
        self._give_time(self.abort)
        self._transport.close()

    def abort(self) -> None:
        """End the connection now."""
        self.follows = False
        self._transport.abort()

    def _too_slow(self) -> None:
        self.refuse(_("the request did not arrive in time"))

    def _give_time(self, then: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._server.request_s, then)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
