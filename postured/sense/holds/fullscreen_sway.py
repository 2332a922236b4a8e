"""The window in front on sway and i3, by the socket on which they answer; one short connection for each look."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import cast

from postured.core.language import _
from postured.sense.holds.front import Front, reached
from postured.sense.holds.protocol import CannotTellError
from postured.sense.sockets import READ_SIZE, some

_MAGIC = b"i3-ipc"
_HEAD = struct.Struct("=6sII")
_GET_TREE = 4
_LARGEST_REPLY = 1 << 24
"""A window takes two kB; whatever claims to be larger than this is no tree of windows."""

_WINDOW = ("con", "floating_con")
"""Workspaces say of themselves that they fill the screen, and always do."""


class SwayWindows:
    """Asks for the tree of windows, and reads of the one in front what it is called and how it is shown."""

    def __init__(self, path: str, name: str) -> None:
        self.note = _("{name} tells whether the window in front fills the screen").format(name=name)
        self._path = path

    async def front(self) -> Front:
        """Look."""
        async with reached(self._path) as peer:
            await asyncio.get_running_loop().sock_sendall(peer, _HEAD.pack(_MAGIC, 0, _GET_TREE))
            return read_tree(await _reply(peer))

    def stop(self) -> None:
        """Nothing is held between looks."""


async def _reply(peer: socket.socket) -> bytes:
    """Read until the reply is whole."""
    magic, size, kind = _HEAD.unpack(await _exactly(peer, _HEAD.size))
    if magic != _MAGIC or kind != _GET_TREE or size > _LARGEST_REPLY:
        raise CannotTellError(_("what the window manager sends is no tree of windows"))
    return await _exactly(peer, size)


async def _exactly(peer: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    found = bytearray()
    while len(found) < size:
        found += some(await loop.sock_recv(peer, min(READ_SIZE, size - len(found))))
    return bytes(found)


def read_tree(data: bytes) -> Front:
    """Find the window in front.

    Raises:
        CannotTellError: It is no tree of windows.
    """
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        raise CannotTellError(_("what the window manager sends is no tree of windows")) from None
    waiting: list[tuple[object, bool]] = [(tree, False)]
    while waiting:
        node, full = waiting.pop()
        if not isinstance(node, dict):
            continue
        full = node.get("type") in _WINDOW and (full or _fills(node.get("fullscreen_mode")))
        if node.get("focused") is True:
            return Front(full, _names(node), _awake(node))
        for kind in ("nodes", "floating_nodes"):
            children = node.get(kind)
            if isinstance(children, list):
                waiting += [(child, full) for child in cast("list[object]", children)]
    return Front(full=False)


def _fills(mode: object) -> bool:
    """1 is one screen, 2 is all of them."""
    return isinstance(mode, int) and mode > 0


def _names(node: dict[str, object]) -> frozenset[str]:
    properties = node.get("window_properties")
    known = properties if isinstance(properties, dict) else {}
    names = (node.get("app_id"), known.get("class"), known.get("instance"))
    return frozenset(name.lower() for name in names if isinstance(name, str))


def _awake(node: dict[str, object]) -> bool | None:
    """Sway knows which window keeps the screen awake; i3 does not, nor sway of windows that speak X11."""
    inhibits = node.get("inhibit_idle")
    if inhibits is True:
        return True
    return False if inhibits is False and node.get("shell") != "xwayland" else None
