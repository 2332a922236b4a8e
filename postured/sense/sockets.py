"""The sockets of the servers that sensors ask: reached, read from, and their failures put into words.

What comes in two kinds blocks before there is a loop, until a moment on the monotonic clock, and else goes on
inside the running loop, where the caller sets the limit.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable, Iterator

from postured.core.language import _

READ_SIZE = 1 << 16

Address = tuple[socket.AddressFamily, str | tuple[str, int]]


def at_path(path: str) -> list[Address]:
    """Return the address of a socket in the file system."""
    return [(socket.AF_UNIX, path)]


def reach(addresses: Iterable[Address], until: float) -> socket.socket:
    """Connect to the first address where anybody listens.

    Raises:
        OSError: What was wrong with the first, where nobody listens at all; TimeoutError if it took too long.
    """
    failure: OSError | None = None
    for family, address in addresses:
        peer = socket.socket(family, socket.SOCK_STREAM)
        try:
            with closed_on_failure(peer):
                peer.settimeout(left(until))
                peer.connect(address)
        except OSError as error:
            failure = failure or error
        else:
            return peer
    raise failure or OSError


async def reach_in_loop(addresses: Iterable[Address]) -> socket.socket:
    """Do as `reach` does, inside the running loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for family, address in addresses:
        peer = socket.socket(family, socket.SOCK_STREAM)
        try:
            with closed_on_failure(peer):
                peer.setblocking(False)
                await loop.sock_connect(peer, address)
        except OSError as error:
            failure = failure or error
        else:
            return peer
    raise failure or OSError


@contextlib.contextmanager
def closed_on_failure(peer: socket.socket) -> Iterator[None]:
    """Close the socket if the block does not end well."""
    try:
        yield
    except BaseException:
        peer.close()
        raise


def left(until: float) -> float:
    """Return how many seconds are left until then.

    Raises:
        TimeoutError: None are.
    """
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def some(data: bytes) -> bytes:
    """Return what was read.

    Raises:
        ConnectionError: Nothing was: the connection has ended.
    """
    if not data:
        raise ConnectionError(_("it closed the connection"))
    return data


def reason(error: Exception, within_s: float | None = None) -> str:
    """Say what went wrong, as the end of a sentence; `within_s` is the limit that was set, if one was."""
    if within_s is not None and isinstance(error, TimeoutError):
        return _("it does not answer within {seconds:g} s").format(seconds=within_s)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
