"""How servers are reached, and how their failures are said."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import time
from pathlib import Path

import pytest

from postured.sense.sockets import at_path, left, reach, reach_in_loop, reason, some


def listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()
    return server


@pytest.mark.parametrize("in_loop", [False, True])
def test_the_first_that_listens_is_taken(tmp_path: Path, in_loop: bool) -> None:
    addresses = [*at_path(str(tmp_path / "nobody")), *at_path(str(tmp_path / "s"))]
    with listening(tmp_path / "s"):
        peer = asyncio.run(reach_in_loop(addresses)) if in_loop else reach(addresses, time.monotonic() + 3)
        with peer:
            assert peer.getpeername() == str(tmp_path / "s")


@pytest.mark.parametrize("in_loop", [False, True])
def test_where_nobody_listens_the_first_failure_is_told(tmp_path: Path, in_loop: bool) -> None:
    listening(tmp_path / "dead").close()
    addresses = [*at_path(str(tmp_path / "dead")), *at_path(str(tmp_path / "nobody"))]
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(reach_in_loop(addresses)) if in_loop else reach(addresses, time.monotonic() + 3)


def test_no_time_left_is_a_timeout(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        left(time.monotonic())
    with listening(tmp_path / "s"), pytest.raises(TimeoutError):
        reach(at_path(str(tmp_path / "s")), time.monotonic())


def test_a_connection_that_ended_is_an_error_with_a_reason() -> None:
    assert some(b"x") == b"x"
    with pytest.raises(OSError, match="closed the connection"):
        some(b"")


@pytest.mark.parametrize(
    ("error", "within_s", "words"),
    [
        (TimeoutError(), 2.5, "it does not answer within 2.5 s"),
        (TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)), None, "connection timed out"),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)),
            1.0,
            "connection refused",
        ),
        (ConnectionError("it closed the connection"), None, "it closed the connection"),
        (ValueError("what it sends is not X11"), None, "what it sends is not X11"),
    ],
)
def test_a_failure_is_the_end_of_a_sentence(error: Exception, within_s: float | None, words: str) -> None:
    assert reason(error, within_s) == words
