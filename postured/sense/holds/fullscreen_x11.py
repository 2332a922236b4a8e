"""The window in front on X11, by what the window manager writes on the root window and on the window itself.

One short connection for each look; only while a full-screen window stands it is kept, to hear of the end. Titles
are never asked for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping

from postured.core.language import _
from postured.sense.activity import x11_wire as wire
from postured.sense.activity.x11_wire import XError
from postured.sense.holds.front import Front
from postured.sense.holds.protocol import CannotTellError, Changed
from postured.sense.sockets import READ_SIZE, reach_in_loop, some

_NAMES = (
    b"_NET_SUPPORTED",
    b"_NET_SUPPORTING_WM_CHECK",
    b"_NET_ACTIVE_WINDOW",
    b"_NET_WM_STATE",
    b"_NET_WM_STATE_FULLSCREEN",
)
_MOST_ATOMS = 1024
_LONGEST_CLASS = 64
"""In words of four bytes."""

WATCH_AGAIN_AFTER_S = 10.0
"""After a change; what changes all the time is left to the regular looks."""

MOST_IN_VAIN = 8
WATCH_AGAIN_AFTER_VAIN_S = 900.0
"""So many other changes, as of a clock that is kept in the root window's name, and it is given up for so long."""

_TRIES = 2


class X11Windows:
    """Asks the X server which window is active and in which state."""

    def __init__(self, env: Mapping[str, str], changed: Changed) -> None:
        self.note = _("the X server tells whether the window in front fills the screen")
        self._env = env
        self._changed = changed
        self._watch: _Watch | None = None
        self._watch_again_at = 0.0

    async def front(self) -> Front:
        """Look."""
        self.stop()
        try:
            display = wire.parse_display(self._env.get("DISPLAY", ""))
            peer = await reach_in_loop(wire.addresses(display))
        except (XError, UnicodeError) as error:  # UnicodeError: the host's name cannot be one
            raise CannotTellError(str(error)) from None
        kept = False
        try:
            talk = _Talk(peer)
            await talk.begin(wire.find_cookie(self._env, display, peer))
            atoms = await _atoms(talk)
            front = await _front(talk, atoms)
            if front.full and asyncio.get_running_loop().time() >= self._watch_again_at:
                self._watch = _Watch(peer, talk.reader, {atoms[2], atoms[3]}, self._hear, self._give_up)
                kept = True
        except XError as error:
            raise CannotTellError(_("the X server cannot be used: {why}").format(why=error)) from None
        finally:
            if not kept:
                peer.close()
        return front

    def stop(self) -> None:
        """Stop listening."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def _hear(self) -> None:
        self._watch_again_at = asyncio.get_running_loop().time() + WATCH_AGAIN_AFTER_S
        self._changed()

    def _give_up(self) -> None:
        self._watch_again_at = asyncio.get_running_loop().time() + WATCH_AGAIN_AFTER_VAIN_S


class _Talk:
    """Questions in batches: one way there and back for each batch."""

    def __init__(self, peer: socket.socket) -> None:
        self.reader = wire.Reader()
        self._peer = peer
        self._sent = 0

    async def begin(self, cookie: wire.Cookie) -> None:
        """Come in, and learn which window is the root."""
        await asyncio.get_running_loop().sock_sendall(self._peer, wire.greeting(cookie))
        while not (packets := await self._packets()):
            pass
        self.root = wire.root_window(packets[0])

    async def ask(self, *requests: bytes, watch: int = 0) -> list[bytes | None]:
        """Return the reply to each request, None for an error; events of `watch` come from before that on."""
        first = [wire.watch_properties(watch)] if watch else []
        await asyncio.get_running_loop().sock_sendall(self._peer, b"".join((*first, *requests)))
        self._sent += len(first)
        replies: list[bytes | None] = [None] * len(requests)
        open_ = {self._sent + 1 + at & 0xFFFF: at for at in range(len(requests))}
        self._sent += len(requests)
        while open_:
            for packet in await self._packets():
                if packet[0] not in (wire.REPLY, wire.ERROR):
                    continue
                at = open_.pop(wire.sequence_of(packet), None)
                if at is not None and packet[0] == wire.REPLY:
                    replies[at] = packet
        return replies

    async def _packets(self) -> list[bytes]:
        return self.reader.feed(some(await asyncio.get_running_loop().sock_recv(self._peer, READ_SIZE)))


async def _atoms(talk: _Talk) -> list[int]:
    replies = await talk.ask(*(wire.intern_atom(name) for name in _NAMES))
    atoms = [wire.read_atom(reply) if reply else 0 for reply in replies]
    if 0 in atoms:
        raise CannotTellError(_("the window manager does not tell which window fills the screen"))
    return atoms


async def _front(talk: _Talk, atoms: list[int]) -> Front:
    supported, check, active, state, full = atoms
    for _try in range(_TRIES):
        about_root = await talk.ask(
            wire.get_property(talk.root, supported, _MOST_ATOMS),
            wire.get_property(talk.root, check, 1),
            wire.get_property(talk.root, active, 1),
            watch=talk.root,
        )
        can, manager, window = (wire.read_numbers(reply) if reply else () for reply in about_root)
        if full not in can or not any(manager):
            raise CannotTellError(_("the window manager does not tell which window fills the screen"))
        front = window[0] if any(window) else manager[0]  # which is never shown, and so fills nothing
        alive, states, program = await talk.ask(
            wire.get_property(manager[0], check, 1),
            wire.get_property(front, state, _MOST_ATOMS),
            wire.get_property(front, wire.WM_CLASS, _LONGEST_CLASS),
            watch=front,
        )
        if alive is None:  # what it wrote on the root window outlives it
            raise CannotTellError(_("no window manager runs"))
        if states is not None and program is not None:
            return Front(full in wire.read_numbers(states), _class(wire.read_text(program)))
    raise CannotTellError(_("the window in front was gone before it could be looked at"))


def _class(text: bytes) -> frozenset[str]:
    """Instance and class."""
    return frozenset(part.decode("latin-1").lower() for part in text.split(b"\0") if part)


class _Watch:
    """Waits on a kept connection for one change of the active window or of its state."""

    def __init__(
        self,
        peer: socket.socket,
        reader: wire.Reader,
        atoms: set[int],
        changed: Callable[[], None],
        in_vain: Callable[[], None],
    ) -> None:
        self._peer = peer
        self._reader = reader
        self._atoms = atoms
        self._changed = changed
        self._give_up = in_vain
        self._in_vain = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(peer.fileno(), self._on_readable)

    def stop(self) -> None:
        """Hang up; may be called twice."""
        if self._peer.fileno() >= 0:
            self._loop.remove_reader(self._peer.fileno())
            self._peer.close()

    def _on_readable(self) -> None:
        try:
            data = self._peer.recv(READ_SIZE)
            packets = self._reader.feed(data)
        except BlockingIOError:
            return
        except (OSError, XError):
            self.stop()
            return
        if any(
            wire.is_event(packet, wire.PROPERTY_CHANGED) and wire.read_property_change(packet) in self._atoms
            for packet in packets
        ):
            self.stop()
            self._changed()
            return
        self._in_vain += 1
        if not data:
            self.stop()
        elif self._in_vain > MOST_IN_VAIN:
            self.stop()
            self._give_up()
