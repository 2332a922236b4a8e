"""What the service manager is told, over a real socket."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from postured.supervisor import tell

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")


def bound(address: str) -> socket.socket:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.settimeout(5)
    manager.bind(address)
    return manager


def test_a_message_reaches_the_manager(tmp_path: Path) -> None:
    with bound(str(tmp_path / "n")) as manager:
        tell({"NOTIFY_SOCKET": str(tmp_path / "n")}, "READY=1")
        assert manager.recv(100) == b"READY=1"


@pytest.mark.skipif(os.name != "posix" or not Path("/proc").exists(), reason="abstract sockets are Linux's")
def test_a_message_reaches_a_manager_with_an_abstract_address() -> None:
    name = f"postured-test-{os.getpid()}"
    with bound("\0" + name) as manager:
        tell({"NOTIFY_SOCKET": f"@{name}"}, "STOPPING=1")
        assert manager.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_without_a_manager_nothing_happens(env: dict[str, str]) -> None:
    tell(env, "READY=1")


@pytest.mark.parametrize("address", ["vsock:2:1234", "x" * 300, "\0", "@" + "x" * 300, "a\0b"])
def test_an_address_that_makes_no_sense_does_no_harm(address: str) -> None:
    tell({"NOTIFY_SOCKET": address}, "READY=1")


def test_a_deaf_manager_is_not_waited_for(tmp_path: Path) -> None:
    with bound(str(tmp_path / "n")):
        began = time.monotonic()
        for _ in range(2000):
            tell({"NOTIFY_SOCKET": str(tmp_path / "n")}, "WATCHDOG=1" * 50)
        assert time.monotonic() - began < 5.0
