"""The window in front on Hyprland, by the socket on which it answers; one short connection for each look."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from postured.core.language import _
from postured.sense.holds.front import Front, reached
from postured.sense.holds.protocol import CannotTellError
from postured.sense.sockets import READ_SIZE

_REQUEST = b"j/activewindow"
_LARGEST_REPLY = 1 << 20

_FULL = 2
"""Among the bits of `fullscreen`; 1 is maximized."""
_WAS_FULL = 0
"""Of `fullscreenMode`, while `fullscreen` was only true or false; 1 was maximized."""


class HyprlandWindows:
    """Asks for the window in front, and reads what it is called and how it is shown."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.note = _("Hyprland tells whether the window in front fills the screen")
        signature = env["HYPRLAND_INSTANCE_SIGNATURE"]
        folders = (env.get("XDG_RUNTIME_DIR"), "/tmp")  # noqa: S108 - where it was before 2024
        self._paths = [f"{folder}/hypr/{signature}/.socket.sock" for folder in folders if folder]

    async def front(self) -> Front:
        """Look."""
        failure: OSError | None = None
        for path in self._paths:
            try:
                return read_window(await _ask(path))
            except OSError as error:
                failure = failure or error
        raise failure or CannotTellError(_("Hyprland does not answer"))

    def stop(self) -> None:
        """Nothing is held between looks."""


async def _ask(path: str) -> bytes:
    """Return the whole answer; the connection ends with it."""
    loop = asyncio.get_running_loop()
    found = bytearray()
    async with reached(path) as peer:
        await loop.sock_sendall(peer, _REQUEST)
        while data := await loop.sock_recv(peer, READ_SIZE):
            found += data
            if len(found) > _LARGEST_REPLY:
                break
    return bytes(found)


def read_window(data: bytes) -> Front:
    """Read the description of the window in front; an empty one where there is none.

    Raises:
        CannotTellError: It is no such description.
    """
    try:
        window = json.loads(data)
    except (ValueError, RecursionError):
        window = None
    if not isinstance(window, dict):
        raise CannotTellError(_("what Hyprland sends is no window"))
    names = (window.get("class"), window.get("initialClass"))
    return Front(
        _fills(window), frozenset(name.lower() for name in names if isinstance(name, str)), _awake(window)
    )


def _fills(window: dict[str, object]) -> bool:
    state = window.get("fullscreen")
    if isinstance(state, bool):
        return state and window.get("fullscreenMode", _WAS_FULL) == _WAS_FULL
    return isinstance(state, int) and state & _FULL > 0


def _awake(window: dict[str, object]) -> bool | None:
    """Newer versions know whether the window keeps the screen awake, except of windows that speak X11."""
    inhibits = window.get("inhibitingIdle")
    if inhibits is True:
        return True
    return False if inhibits is False and window.get("xwayland") is False else None
