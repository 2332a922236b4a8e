"""Tells the service manager how it goes, over the socket that systemd names in NOTIFY_SOCKET."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping


def tell(env: Mapping[str, str], message: str) -> None:
    """Send one message, as `READY=1`; without a manager, or with a deaf one, nothing happens."""
    address = env.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(address)
        sock.send(message.encode())
