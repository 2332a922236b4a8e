"""A daemon that started before the desktop finds its display, and nobody else's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
from jeepney import HeaderFields, MatchRule, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusRouter, open_dbus_router

from postured.sense import environment
from postured.sense.environment import complete
from tests.notify.private_bus import PrivateBus, private_bus

MANAGER = "org.freedesktop.systemd1"


class Machine:
    """The folders in which sockets lie."""

    def __init__(self, folder: Path) -> None:
        self.runtime, self.x11 = folder / "run", folder / "X11-unix"
        self.env = {"XDG_RUNTIME_DIR": str(self.runtime), "HOME": "/home/ada"}
        self._open = contextlib.ExitStack()
        for place in (self.runtime, self.x11):
            place.mkdir()

    def listen(self, path: Path) -> Path:
        """Open a socket there that takes connections."""
        peer = self._open.enter_context(socket.socket(socket.AF_UNIX))
        peer.bind(str(path))
        peer.listen()
        return path

    def leave_behind(self, path: Path) -> Path:
        """Leave a socket there that nobody listens to, as after a crash."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.bind(str(path))
        return path

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("m"))
    monkeypatch.setattr(environment, "X11_SOCKETS", str(machine.x11))
    yield machine
    machine.close()


def added(env: Mapping[str, str]) -> dict[str, str]:
    """What was found beyond `env`, of which nothing may have changed."""
    found = asyncio.run(complete(env))
    assert {name: found[name] for name in env} == dict(env)
    return {name: value for name, value in found.items() if name not in env}


# ── sockets ───────────────────────────────────────────────────────────────────────────────────────


def test_without_a_desktop_nothing_is_added(machine: Machine) -> None:
    machine.leave_behind(machine.runtime / "wayland-0")
    (machine.runtime / "wayland-1.lock").touch()
    (machine.runtime / "wayland-2").touch()
    machine.listen(machine.runtime / "wayland-x")
    machine.leave_behind(machine.x11 / "X0")
    assert added(machine.env) == {}
    assert added({}) == {}
    assert added({"XDG_RUNTIME_DIR": str(machine.runtime / "none"), "DISPLAY": ""}) == {}


def test_a_compositor_is_found_by_its_socket(machine: Machine) -> None:
    machine.leave_behind(machine.runtime / "wayland-0")
    for name in ("wayland-10", "wayland-2"):
        machine.listen(machine.runtime / name)
    machine.listen(machine.x11 / "X0")
    assert added(machine.env) == {"WAYLAND_DISPLAY": "wayland-2"}, "and no Xwayland beside it"


def test_an_x_server_is_found_by_its_socket(machine: Machine) -> None:
    machine.leave_behind(machine.x11 / "X0")
    machine.listen(machine.x11 / "X12")
    assert added(machine.env) == {"DISPLAY": ":12"}
    assert added(machine.env | {"XDG_SESSION_TYPE": "wayland"}) == {}, "it could only be Xwayland"
    assert added(machine.env | {"DISPLAY": ":3"}) == {}


def test_in_a_session_of_x11_no_compositor_is_looked_for(machine: Machine) -> None:
    """One inside of a window sees only its own windows."""
    machine.listen(machine.runtime / "wayland-0")
    assert added(machine.env | {"XDG_SESSION_TYPE": "x11"}) == {}


def test_sockets_of_others_are_left_alone(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.listen(machine.runtime / "wayland-0")
    machine.listen(machine.x11 / "X0")
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    assert added(machine.env) == {}


def test_a_server_at_which_nobody_sits_is_no_display(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xvfb, left over from a test run on a server, would tell of silence while somebody types in a terminal."""
    machine.listen(machine.x11 / "X0")
    own_name = Path("/proc/self/comm").read_text().strip()
    monkeypatch.setattr(environment, "NOBODY_SITS_AT", frozenset({own_name}))
    assert added(machine.env) == {}


# ── the service manager ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs dbus-daemon")
    yield from private_bus(tmp_path)


@contextlib.asynccontextmanager
async def manager(bus: PrivateBus, *told: object) -> AsyncIterator[None]:
    """A service manager with this environment; one without any says no to every question."""
    async with open_dbus_router(bus.address) as router:
        await router.send_and_get_reply(message_bus.RequestName(MANAGER))
        serving = asyncio.ensure_future(_serve(router, told))
        yield
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def _serve(router: DBusRouter, told: tuple[object, ...]) -> None:
    with router.filter(MatchRule(type=MessageType.method_call)) as calls:
        while True:
            call = await calls.get()
            assert call.header.fields[HeaderFields.path] == "/org/freedesktop/systemd1"
            assert call.body == ("org.freedesktop.systemd1.Manager", "Environment")
            await router.send(
                new_method_return(call, "v", told)
                if told
                else new_error(call, "org.example.No", "s", ("no",))
            )


def told(bus: PrivateBus, machine: Machine, lines: object, **env: str) -> dict[str, str]:
    """What is added where a service manager tells this."""
    found: dict[str, str] = {}
    given = machine.env | bus.env | env

    async def main() -> None:
        signature = ("as", lines) if isinstance(lines, list) else ("s", lines)
        async with manager(bus, *((signature,) if lines is not None else ())):
            found.update(await complete(given))

    asyncio.run(main())
    assert {name: found[name] for name in given} == given
    return {name: value for name, value in found.items() if name not in given}


def test_the_service_manager_tells_of_the_desktop(bus: PrivateBus, machine: Machine) -> None:
    machine.listen(machine.runtime / "wayland-0")
    machine.listen(machine.runtime / "wayland-1")
    machine.listen(machine.x11 / "X0")
    desktop = {
        "WAYLAND_DISPLAY": "wayland-1",
        "DISPLAY": ":0",
        "XAUTHORITY": "/run/x=y",
        "XDG_SESSION_TYPE": "wayland",
        "XDG_CURRENT_DESKTOP": "sway",
        "SWAYSOCK": "/run/sway",
        "I3SOCK": "/run/i3",
        "HYPRLAND_INSTANCE_SIGNATURE": "abc",
    }
    lines = [f"{name}={value}" for name, value in desktop.items()]
    assert told(bus, machine, [*lines, "SECRET=1", "HOME=/elsewhere", "PATH=/bin", "odd"]) == desktop


def test_our_own_environment_is_never_overruled(bus: PrivateBus, machine: Machine) -> None:
    machine.listen(machine.runtime / "wayland-0")
    machine.listen(machine.x11 / "X7")
    lines = ["WAYLAND_DISPLAY=wayland-0", "DISPLAY=:7", "XAUTHORITY=/of7", "XDG_CURRENT_DESKTOP=sway"]
    ours = {"DISPLAY": ":3", "XDG_SESSION_TYPE": "x11"}
    assert told(bus, machine, lines, **ours) == {"XDG_CURRENT_DESKTOP": "sway"}, (
        "nor mixed with another session"
    )
    assert told(bus, machine, lines, DISPLAY=":7")["XAUTHORITY"] == "/of7"


def test_what_is_left_of_a_session_that_has_ended_counts_for_nothing(
    bus: PrivateBus, machine: Machine
) -> None:
    machine.leave_behind(machine.runtime / "wayland-1")
    old = ["WAYLAND_DISPLAY=wayland-1", "DISPLAY=:0", "XDG_SESSION_TYPE=wayland", "SWAYSOCK=/run/sway"]
    assert told(bus, machine, old) == {}
    machine.listen(machine.x11 / "X0")
    assert told(bus, machine, old) == {"DISPLAY": ":0", "SWAYSOCK": "/run/sway"}
    machine.listen(machine.runtime / "wayland-5")
    assert told(bus, machine, old)["WAYLAND_DISPLAY"] == "wayland-5"


@pytest.mark.parametrize(
    "odd", [["=", "DISPLAY", "DISPLAY=far:0", "WAYLAND_DISPLAY=" + "x" * 300], "text", [], None]
)
def test_an_odd_answer_is_no_answer(bus: PrivateBus, machine: Machine, odd: object) -> None:
    assert told(bus, machine, odd) == {}


def test_nobody_is_started_by_being_asked(bus: PrivateBus, machine: Machine) -> None:
    marker = machine.runtime / "started"
    (bus.services / "systemd1.service").write_text(
        f"[D-BUS Service]\nName={MANAGER}\nExec=/usr/bin/touch {marker}\n"
    )
    assert added(machine.env | bus.env) == {}
    assert not marker.exists()


def test_a_bus_that_hangs_costs_a_limited_time(
    bus: PrivateBus, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "COMPLETE_WITHIN_S", 0.3)
    machine.listen(machine.runtime / "wayland-0")
    bus.freeze(True)
    began = time.monotonic()
    assert added(machine.env | bus.env) == {"WAYLAND_DISPLAY": "wayland-0"}
    assert time.monotonic() - began < 1
    bus.freeze(False)
