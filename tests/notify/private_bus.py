"""A message bus of one's own, and a notification server on it that can be told to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection

from postured.bus import BUS_NAME, BUS_PATH, Bus

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
EMITTER = DBusAddress(PATH, interface=NAME)
CAPABILITIES = ("actions", "body", "body-markup", "icon-static")

CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class PrivateBus:
    """A dbus-daemon that serves nobody else and knows of no services but those put into `services`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "bus"
        self.services = folder / "services"
        self.services.mkdir()
        self.address = f"unix:path={self.socket}"
        self.env = {"DBUS_SESSION_BUS_ADDRESS": self.address}
        self._config = folder / "bus.conf"
        self._config.write_text(CONFIG.format(socket=self.socket, services=self.services))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again; it is a new bus then, with names counted from the start."""
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--nopidfile", "--nosyslog"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 5
        while not self._listens():
            assert time.monotonic() < limit, "the bus did not start"
            assert self._process.poll() is None, "the bus ended at once"
            time.sleep(0.002)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def freeze(self, on: bool) -> None:
        """Make it hang, or let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)


def private_bus(folder: Path) -> Iterator[PrivateBus]:
    """Run a bus for one test. Without dbus-daemon the test skips, or fails where the desktop is required."""
    if shutil.which("dbus-daemon") is None:
        if os.environ.get("POSTURED_REQUIRE_DESKTOP") == "1":
            pytest.fail("not installed: dbus-daemon")
        pytest.skip("not installed: dbus-daemon")
    bus = PrivateBus(folder)
    bus.start()
    try:
        yield bus
    finally:
        bus.kill()


async def until(condition: Callable[[], object], limit_s: float = 4.0) -> None:
    """Wait for a condition; an AssertionError if it does not come true in time."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.002)


async def unique_name(connection: Bus) -> str:
    """Learn the connection's own unique name, by owning something for a moment."""
    driver = (BUS_NAME, BUS_PATH, BUS_NAME)
    await connection.call(*driver, "RequestName", "su", ("test.Me", 0))
    owner = await connection.owner_of("test.Me")
    await connection.call(*driver, "ReleaseName", "s", ("test.Me",))
    return owner


class FakeServer:
    """A notification server.

    `mode` says how it takes Notify: `ok`; `hang` (no answer, ever), `hangall` (no answer to anything),
    `error`, `crash` (leaves the bus), `race` (a press in one go with the answer), `early` (the press before
    it), `slow` (answers when `answer_slow` is called), `id0`, `garbage` (an answer of the wrong type).
    """

    def __init__(self, connection: DBusConnection, mode: str) -> None:
        self.mode = mode
        self.capabilities: Sequence[str] = CAPABILITIES
        self.information = ("fake", "tests", "1.0", "1.2")
        self.notified: list[tuple[object, ...]] = []
        """Arguments of every Notify."""
        self.closed: list[int] = []
        """Ids of every CloseNotification."""
        self.calls: list[str] = []
        self.next_id = 1
        self._connection = connection
        self._task: asyncio.Task[None] | None = None
        self._slow: list[tuple[Message, int]] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def on(cls, address: str, mode: str = "ok") -> AsyncIterator[FakeServer]:
        """Run one on the bus at `address` for the length of the block."""
        server = cls(await open_dbus_connection(address), mode)
        await server.take_name()
        server._task = asyncio.create_task(server._serve())
        try:
            yield server
        finally:
            await server.leave()

    async def take_name(self) -> None:
        async with DBusRouter(self._connection) as router:
            await Proxy(message_bus, router).RequestName(NAME)

    async def leave(self) -> None:
        """Go away without a word, as a killed server does."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._connection.close()

    @property
    def last(self) -> tuple[object, ...]:
        """Arguments of the last Notify."""
        return self.notified[-1]

    @property
    def actions(self) -> dict[str, str]:
        """Keys and labels of the last Notify."""
        words = cast("list[str]", self.last[5])
        return dict(zip(words[::2], words[1::2], strict=True))

    @property
    def up(self) -> int:
        """The id given last."""
        return self.next_id - 1

    async def press(self, key: str, number: int | None = None) -> None:
        await self.emit("ActionInvoked", "us", (number or self.up, key))

    async def close(self, reason: int, number: int | None = None) -> None:
        await self.emit("NotificationClosed", "uu", (number or self.up, reason))

    async def emit(self, member: str, signature: str, body: tuple[object, ...], *, to: str = "") -> None:
        """Send any signal to all; or straight `to` one connection, past its match rules."""
        message = new_signal(EMITTER, member, signature, body)
        if to:
            message.header.fields[HeaderFields.destination] = to
        await self._connection.send(message)

    def answer_and_die(self) -> None:
        """Answer the oldest Notify that still waits, and be gone at once."""
        message, number = self._slow.pop(0)
        writer = self._connection.writer
        reply = new_method_return(message, "u", (number,))
        writer.write(reply.serialise(next(self._connection.outgoing_serial)))
        writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async def answer_slow(self) -> None:
        """Answer the oldest Notify that still waits."""
        message, number = self._slow.pop(0)
        await self._connection.send(new_method_return(message, "u", (number,)))

    async def _serve(self) -> None:
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                message = await self._connection.receive()
                if message.header.message_type is MessageType.method_call:
                    await self._answer(message)

    async def _answer(self, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        self.calls.append(member)
        if self.mode == "hangall":
            return
        if member == "Notify":
            await self._notify(message)
        elif member == "CloseNotification":
            self.closed.append(message.body[0])
            await self._reply(message)
        elif member == "GetCapabilities":
            await self._reply(message, "as", (list(self.capabilities),))
        elif member == "GetServerInformation":
            await self._reply(message, "ssss", self.information)

    async def _notify(self, message: Message) -> None:
        self.notified.append(message.body)
        number = message.body[1] or self.next_id
        self.next_id = max(self.next_id, number + 1)
        mode = self.mode
        if mode in ("ok", "race", "early"):
            words = message.body[5]
            press = new_signal(EMITTER, "ActionInvoked", "us", (number, words[2] if words[2:] else "default"))
            reply = new_method_return(message, "u", (number,))
            for one in {"ok": (reply,), "race": (reply, press), "early": (press, reply)}[mode]:
                # All in one write, so that the client reads them in one go.
                serial = next(self._connection.outgoing_serial)
                self._connection.writer.write(one.serialise(serial))
            await self._connection.writer.drain()
        elif mode == "slow":
            self._slow.append((message, number))
        elif mode == "id0":
            await self._reply(message, "u", (0,))
        elif mode == "garbage":
            await self._reply(message, "s", ("seven",))
        elif mode == "error":
            await self._connection.send(new_error(message, NAME + ".Error.ExcessNotificationGeneration"))
        elif mode == "crash":
            self._connection.writer.close()

    async def _reply(self, message: Message, signature: str = "", body: tuple[object, ...] = ()) -> None:
        await self._connection.send(new_method_return(message, signature or None, body))
