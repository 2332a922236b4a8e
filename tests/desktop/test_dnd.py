"""Do-not-disturb as real notification servers tell it."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from jeepney import DBusAddress

from postured.sense.holds.dnd import DoNotDisturb
from postured.sense.holds.protocol import Seen
from postured.sense.holds.session import SessionBus
from tests.desktop.compositors import start_sway
from tests.desktop.gnome import is_owned, start_gnome_shell
from tests.desktop.session import LOGIND_PYTHON, SERVER, Desktop, need, wait_for

ON, OFF = Seen(on=True), Seen(on=False)

XFCE = Path(f"/usr/lib/{platform.machine()}-linux-gnu/xfce4")
MATE = Path("/usr/lib/mate-notification-daemon/mate-notification-daemon")
DCONF_SERVICE = Path("/usr/libexec/dconf-service")
GNOME_NOTIFICATIONS = "/usr/share/gnome-shell/org.gnome.Shell.Notifications"


class Person:
    """Who looks, and hears that another look is due."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.heard = asyncio.Event()
        self.session = SessionBus(desktop.env)
        self.way = DoNotDisturb(lambda: desktop.env, self.session, self.heard.set)

    async def look(self) -> Seen | None:
        return await self.way.look()

    async def does(self, *argv: str) -> None:
        """Let a program of the desktop do something."""
        await asyncio.to_thread(self.run, *argv)

    def run(self, *argv: str) -> None:
        done = subprocess.run(
            argv, env=self.desktop.env, capture_output=True, text=True, timeout=10, check=False
        )
        assert done.returncode == 0, done.stderr

    async def hears(self, act: Awaitable[None]) -> None:
        """Do something that is noticed without a look."""
        self.heard.clear()
        await act
        async with asyncio.timeout(4):
            await self.heard.wait()


def play(desktop: Desktop, scene: Callable[[Person], Awaitable[None]]) -> None:
    async def main() -> None:
        person = Person(desktop)
        try:
            await scene(person)
        finally:
            await person.way.stop()
            await person.session.stop()

    asyncio.run(main())


async def goes_on_and_off(
    person: Person, switch: Callable[[bool], Awaitable[None]], *, told: bool = True
) -> None:
    """See it off, on and off again; `told` where the server tells of changes by itself."""
    assert await person.look() == OFF, person.way.note
    for on in (True, False, True):
        await (person.hears(switch(on)) if told else switch(on))
        assert await person.look() == Seen(on=on)


@pytest.fixture
def wayland() -> Iterator[Desktop]:
    need("dbus-daemon", "setpriv")
    with Desktop.start(dunst=False, x11=False) as desktop:
        start_sway(desktop)
        yield desktop


# ── each server ───────────────────────────────────────────────────────────────────────────────────


def test_dunst(bare_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        assert await person.look() is None
        assert person.way.note == "no notification server is running"
        await person.hears(asyncio.to_thread(bare_session.start_dunst))
        await goes_on_and_off(person, lambda on: asyncio.to_thread(bare_session.do_not_disturb, on))
        assert person.way.note == "dunst, by org.dunstproject.cmd0 paused"

    play(bare_session, scene)


def test_dunst_with_notices_coming_and_going_is_no_news(bare_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        assert await person.look() == OFF
        person.heard.clear()
        hello: tuple[object, ...] = ("app", 0, "", "hello", "", [], {}, 300)
        await asyncio.to_thread(bare_session.call, SERVER, "Notify", "susssasa{sv}i", *hello)
        await asyncio.to_thread(wait_for, lambda: bare_session.displayed() == 1)
        assert await person.look() == OFF
        assert not person.heard.is_set()

    bare_session.start_dunst()
    play(bare_session, scene)


def start_xfce(desktop: Desktop) -> None:
    need("xfconf-query", str(XFCE / "notifyd/xfce4-notifyd"), str(XFCE / "xfconf/xfconfd"))
    service = f"[D-BUS Service]\nName=org.xfce.Xfconf\nExec={XFCE}/xfconf/xfconfd\n"
    (desktop.services / "org.xfce.Xfconf.service").write_text(service)
    desktop.start_server(str(XFCE / "notifyd/xfce4-notifyd"))


def test_xfce(bare_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        start_xfce(bare_session)
        change = ("xfconf-query", "-c", "xfce4-notifyd", "-p", "/do-not-disturb")
        await goes_on_and_off(
            person, lambda on: person.does(*change, "-n", "-t", "bool", "-s", str(on).lower())
        )
        await person.hears(person.does(*change, "--reset"))
        assert await person.look() == OFF
        assert person.way.note == "Xfce Notify Daemon, by xfce4-notifyd /do-not-disturb"

    play(bare_session, scene)


def test_mako(wayland: Desktop) -> None:
    need("mako", "makoctl")

    async def scene(person: Person) -> None:
        wayland.start_server("mako")
        await goes_on_and_off(
            person,
            lambda on: person.does("makoctl", "mode", "-a" if on else "-r", "do-not-disturb"),
            told=False,
        )
        assert person.way.note.startswith("mako, by fr.emersion.Mako ListModes (do-not-disturb, dnd, ")

    play(wayland, scene)


def test_sway_notification_center(wayland: Desktop) -> None:
    need("swaync", "swaync-client")

    async def scene(person: Person) -> None:
        wayland.start_server("swaync")
        await goes_on_and_off(
            person, lambda on: person.does("swaync-client", "--dnd-on" if on else "--dnd-off")
        )
        assert person.way.note == "SwayNotificationCenter, by org.erikreider.swaync.cc GetSubscribeData"

    play(wayland, scene)


def with_dconf(desktop: Desktop) -> None:
    need("gsettings", str(DCONF_SERVICE))
    service = f"[D-BUS Service]\nName=ca.desrt.dconf\nExec={DCONF_SERVICE}\n"
    (desktop.services / "ca.desrt.dconf.service").write_text(service)
    desktop.env["GSETTINGS_BACKEND"] = "dconf"


def count_children(desktop: Desktop) -> Path:
    """Have every run of gsettings by the way itself written down."""
    diary = desktop.home / "gsettings-runs"
    diary.touch()
    folder = desktop.home / "bin"
    folder.mkdir()
    program = folder / "gsettings"
    program.write_text(f'#!/bin/sh\necho x >>"{diary}"\nexec {shutil.which("gsettings")} "$@"\n')
    program.chmod(0o755)
    desktop.env["PATH"] = f"{folder}:{desktop.env['PATH']}"
    return diary


def test_mate(bare_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        bare_session.start_server(str(MATE))
        key = ("org.mate.NotificationDaemon", "do-not-disturb")
        await goes_on_and_off(person, lambda on: person.does("gsettings", "set", *key, str(on).lower()))
        assert person.way.note == "Notification Daemon, by org.mate.NotificationDaemon do-not-disturb"

    need(str(MATE))
    with_dconf(bare_session)
    play(bare_session, scene)


def mock_server(desktop: Desktop, name: str, vendor: str) -> DBusAddress:
    """Own the name of the notification server, and say so; what controls the mock."""
    need(LOGIND_PYTHON)
    have = subprocess.run(
        [LOGIND_PYTHON, "-c", "import dbusmock"], capture_output=True, check=False, timeout=20
    )
    if have.returncode != 0:
        need("python3-dbusmock")
    interface = str(SERVER.interface)
    desktop.start_server(
        *(LOGIND_PYTHON, "-m", "dbusmock", "--session", str(SERVER.bus_name), SERVER.object_path, interface)
    )
    control = SERVER.with_interface("org.freedesktop.DBus.Mock")
    code = f"ret = ({name!r}, {vendor!r}, '1', '1.2')"
    desktop.call(control, "AddMethod", "sssss", interface, "GetServerInformation", "", "ssss", code)
    return control


BANNERS = ("org.gnome.desktop.notifications", "show-banners")


def test_the_key_of_gnome_in_dconf(bare_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        diary = count_children(bare_session)
        for _ in range(5):
            assert await person.look() == OFF, person.way.note
        assert diary.read_text() == "x\n"
        real = str(shutil.which("gsettings"))
        await goes_on_and_off(person, lambda on: person.does(real, "set", *BANNERS, str(not on).lower()))
        await person.hears(person.does(real, "reset-recursively", BANNERS[0]))
        assert await person.look() == OFF
        for _ in range(5):
            assert await person.look() == OFF
        assert diary.read_text() == "x\n" * 5
        person.heard.clear()
        await person.does(real, "set", BANNERS[0], "show-in-lock-screen", "false")
        assert await person.look() == OFF
        assert not person.heard.is_set()
        assert person.way.note == "gnome-shell, by org.gnome.desktop.notifications show-banners"

    with_dconf(bare_session)
    mock_server(bare_session, "gnome-shell", "GNOME")
    play(bare_session, scene)


def test_the_real_gnome_shell(headless_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        await goes_on_and_off(
            person, lambda on: person.does("gsettings", "set", *BANNERS, str(not on).lower())
        )
        assert person.way.note == "gnome-shell, by org.gnome.desktop.notifications show-banners"

    need("gjs")
    with_dconf(headless_session)
    service = (
        f"[D-BUS Service]\nName=org.gnome.Shell.Notifications\nExec=/usr/bin/gjs {GNOME_NOTIFICATIONS}\n"
    )
    (headless_session.services / "org.gnome.Shell.Notifications.service").write_text(service)
    start_gnome_shell(headless_session)
    wait_for(lambda: is_owned(headless_session, str(SERVER.bus_name)), 20, what="the shell to take the name")
    play(headless_session, scene)


def test_the_key_of_gnome_in_a_file(headless_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        await goes_on_and_off(
            person, lambda on: person.does("gsettings", "set", *BANNERS, str(not on).lower()), told=False
        )

    need("gsettings")
    headless_session.env["GSETTINGS_BACKEND"] = "keyfile"
    mock_server(headless_session, "gnome-shell", "GNOME")
    play(headless_session, scene)


def test_plasma_as_a_mock_tells_it(headless_session: Desktop) -> None:
    async def scene(person: Person) -> None:
        control = mock_server(headless_session, "Plasma", "KDE")
        interface = str(SERVER.interface)

        def switch(on: bool) -> Awaitable[None]:
            news = {"Inhibited": ("b", on)}
            return asyncio.to_thread(update, news)

        def update(news: dict[str, tuple[str, bool]]) -> None:
            headless_session.call(control, "UpdateProperties", "sa{sv}", interface, news)

        headless_session.call(control, "AddProperty", "ssv", interface, "Inhibited", ("b", False))
        await goes_on_and_off(person, switch)
        assert person.way.note == "Plasma, by org.freedesktop.Notifications Inhibited"

    play(headless_session, scene)


# ── and what happens around them ──────────────────────────────────────────────────────────────────


def test_a_server_that_is_killed_is_forgotten_and_the_next_one_is_asked_in_its_own_way(
    bare_session: Desktop,
) -> None:
    async def scene(person: Person) -> None:
        bare_session.start_dunst()
        bare_session.do_not_disturb(True)
        assert await person.look() == ON
        await person.hears(asyncio.to_thread(bare_session.kill_dunst))
        assert await person.look() is None
        await person.hears(asyncio.to_thread(start_xfce, bare_session))
        assert await person.look() == OFF
        assert person.way.note.startswith("Xfce")
        await person.hears(asyncio.to_thread(bare_session.kill_dunst))
        await person.hears(asyncio.to_thread(bare_session.start_dunst))
        assert await person.look() == OFF
        await person.hears(asyncio.to_thread(bare_session.do_not_disturb, True))
        assert await person.look() == ON

    play(bare_session, scene)


def test_a_server_that_hangs_costs_a_second_and_no_more(session: Desktop) -> None:
    async def scene(person: Person) -> None:
        loop = asyncio.get_running_loop()
        session.freeze_dunst(True)
        began = loop.time()
        assert await person.look() is None
        assert loop.time() - began < 1.5
        session.freeze_dunst(False)
        assert await person.look() == OFF

    play(session, scene)


def test_an_idle_desktop_wakes_nobody(session: Desktop) -> None:
    """After a look nothing is asked and nothing is sent: the process sleeps."""

    async def scene(person: Person) -> None:
        assert await person.look() == OFF
        before = os.times()
        switches = _switches()
        await asyncio.sleep(1)
        assert _switches() - switches <= 2
        assert os.times().user - before.user < 0.05

    play(session, scene)


def _switches() -> int:
    """How often this process has gone to sleep so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("voluntary")))
