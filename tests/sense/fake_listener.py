"""A listening Unix socket for tests, served by a thread that says to each who comes what the test wants."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

Service = Callable[[socket.socket], object]
"""Called with each connection; what it returns ends it. An OSError within is the client's leaving."""


@contextlib.contextmanager
def listening(path: str | Path, serve: Service) -> Iterator[list[socket.socket]]:
    """Listen for the length of a `with`; the list is of all who came."""
    came: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(5)

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    came.append(peer)
                    with peer, contextlib.suppress(OSError):
                        serve(peer)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield came
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for peer in came:
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            assert not thread.is_alive(), "the service hangs"


def answering(data: bytes, *, step: int = 0, hang: bool = False, asked: list[bytes] | None = None) -> Service:
    """Take one request, send these bytes, so many at a time, and then hang up, or say nothing more."""

    def serve(peer: socket.socket) -> None:
        request = peer.recv(100)
        if asked is not None:
            asked.append(request)
        size = step or len(data) or 1
        for at in range(0, len(data), size):
            peer.sendall(data[at : at + size])
        while hang and peer.recv(100):
            pass

    return serve
