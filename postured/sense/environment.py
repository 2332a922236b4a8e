"""What a daemon that started before the desktop does not know of it: the names of its display.

The user's service manager is asked, which desktops tell when they start, and the sockets of compositors and X
servers that belong to this user are tried. What our own environment says is never overruled. Nobody is
started by being asked, and nothing of the environment found there is kept but these few names.
"""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

COMPLETE_WITHIN_S = 2.0

WANTED = (
    "WAYLAND_DISPLAY",
    "DISPLAY",
    "XAUTHORITY",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "SWAYSOCK",
    "I3SOCK",
    "HYPRLAND_INSTANCE_SIGNATURE",
)

X11_SOCKETS = "/tmp/.X11-unix"  # noqa: S108 - where X servers have their sockets; only our own are looked at

NOBODY_SITS_AT = frozenset({"Xvfb", "Xephyr", "Xnest", "Xwayland"})
"""X servers without a keyboard of their own: as the only display around, they would tell of endless silence."""

_MANAGER = "org.freedesktop.systemd1"
_MANAGER_PATH = "/org/freedesktop/systemd1"
_X11, _WAYLAND = re.compile(r"X(\d+)"), re.compile(r"wayland-\d+")


async def complete(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return `env` and what it lacks of a display, as far as that can be found; raises nothing.

    Takes two seconds at most, where the bus hangs, and some milliseconds as a rule.
    """
    found = dict(env)
    told = _alive(await _told_by_manager(env), env.get("XDG_RUNTIME_DIR", ""))
    if found.get("DISPLAY") not in (None, "", told.get("DISPLAY")):
        told.pop("XAUTHORITY", None)  # it opens another display than ours
    if env.get("XDG_SESSION_TYPE") == "x11":
        told.pop("WAYLAND_DISPLAY", None)  # a compositor inside of an X11 session sees only its own windows
    for name, value in told.items():
        found[name] = found.get(name) or value
    if not found.get("WAYLAND_DISPLAY") and found.get("XDG_SESSION_TYPE") != "x11":
        found["WAYLAND_DISPLAY"] = wayland_display(found.get("XDG_RUNTIME_DIR", ""))
    is_wayland = found.get("WAYLAND_DISPLAY") or found.get("XDG_SESSION_TYPE") == "wayland"
    if not found.get("DISPLAY") and not is_wayland:
        found["DISPLAY"] = x11_display(X11_SOCKETS)
    return {name: value for name, value in found.items() if value or name in env}


async def _told_by_manager(env: Mapping[str, str]) -> dict[str, str]:
    import asyncio
    import contextlib

    from postured.bus import BusError, session_address
    from postured.sense.services import connected

    told: object = ()
    with contextlib.suppress(BusError, TimeoutError):
        async with asyncio.timeout(COMPLETE_WITHIN_S):
            async with connected(session_address(env), COMPLETE_WITHIN_S) as bus:
                owner = await bus.owner_of(_MANAGER)
                if owner:
                    told = await bus.get_property(owner, _MANAGER_PATH, f"{_MANAGER}.Manager", "Environment")
    return _wanted(told)


def _wanted(told: object) -> dict[str, str]:
    """Pick the few names that matter out of a list of `NAME=value`."""
    pairs = (line.partition("=") for line in told if isinstance(line, str)) if isinstance(told, list) else ()
    return {name: value for name, _equals, value in pairs if name in WANTED and value}


def _alive(told: dict[str, str], runtime: str) -> dict[str, str]:
    """Leave out what has outlived its desktop: a service manager forgets nothing when somebody logs out."""
    wayland, x11 = told.get("WAYLAND_DISPLAY"), told.get("DISPLAY")
    if wayland and not _listens(wayland if wayland.startswith("/") else f"{runtime}/{wayland}"):
        del told["WAYLAND_DISPLAY"]
    if x11 and not _x11_listens(x11):
        del told["DISPLAY"]
    if "WAYLAND_DISPLAY" in told:
        return told
    if "DISPLAY" not in told:
        return {}
    if told.get("XDG_SESSION_TYPE") == "wayland":
        del told["XDG_SESSION_TYPE"]
    return told


def _x11_listens(display: str) -> bool:
    number = display.removeprefix("unix").removeprefix(":").partition(".")[0]
    path = f"{X11_SOCKETS}/X{number}"
    return number.isdecimal() and (_listens("\0" + path) or _listens(path))


def wayland_display(runtime: str) -> str:
    """Return the name of a compositor's socket in a runtime folder, or nothing."""
    return next((name for name in _own_sockets(runtime, _WAYLAND)), "")


def x11_display(folder: str) -> str:
    """Return the name of an X server's display by its socket in a folder, or nothing."""
    return next((f":{name[1:]}" for name in _own_sockets(folder, _X11)), "")


def _own_sockets(folder: str, pattern: re.Pattern[str]) -> list[str]:
    """List the sockets of this user where somebody listens, in the order of their numbers."""
    if not folder or not hasattr(socket, "AF_UNIX"):
        return []
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if pattern.fullmatch(entry.name) and _is_ours(entry)]
    except OSError:
        return []
    names.sort(key=lambda name: (len(name), name))
    return [name for name in names if _listens(f"{folder}/{name}", but=NOBODY_SITS_AT)]


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_uid == os.getuid()
    except OSError:  # gone between being listed and being looked at
        return False


def _listens(path: str, but: frozenset[str] = frozenset()) -> bool:
    """Whether anybody but these programs listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        try:
            peer.setblocking(False)  # with a socket of the same machine nothing has to be waited for
            return peer.connect_ex(path) == 0 and not (but and _program_at(peer) in but)
        except OSError:  # a path that is too long for a socket
            return False


def _program_at(peer: socket.socket) -> str:
    """Return the name of the program at the other end, if the system tells."""
    try:
        pid, _uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (AttributeError, OSError):
        return ""
