"""Do-not-disturb as each server tells it, with services that only pretend, on a bus of their own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path

import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection

from postured.sense.holds import dnd, session
from postured.sense.holds.dnd import DoNotDisturb
from postured.sense.holds.protocol import Seen
from postured.sense.holds.session import SessionBus
from tests.notify.private_bus import NAME, PATH, PrivateBus, private_bus, until

PROPERTIES = "org.freedesktop.DBus.Properties"
ON, OFF = Seen(on=True), Seen(on=False)

Answer = tuple[str, tuple[object, ...]] | str | None
"""Types and values; or the name of an error; or silence."""


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    yield from private_bus(tmp_path)


class Service:
    """Owns names and answers what it was told to answer."""

    def __init__(self, connection: DBusConnection) -> None:
        self.answers: dict[tuple[str, tuple[object, ...]], Answer] = {}
        """By method and arguments."""
        self.asked: list[str] = []
        self._connection = connection
        self._task: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def on(
        cls, bus: PrivateBus, *names: str, server: str = "", vendor: str = "v"
    ) -> AsyncIterator[Service]:
        connection = await open_dbus_connection(bus.address)
        service = cls(connection)
        service.answers["GetServerInformation", ()] = ("ssss", (server, vendor, "1", "1.2"))
        async with DBusRouter(connection) as router:
            for name in names or (NAME,):
                await Proxy(message_bus, router).RequestName(name)
        service._task = asyncio.create_task(service._serve())
        try:
            yield service
        finally:
            await service.leave()

    async def leave(self) -> None:
        """Go away without a word."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._connection.close()

    def property(self, interface: str, name: str, kind: str, value: object) -> None:
        self.answers["Get", (interface, name)] = ("v", ((kind, value),))

    async def emit(self, path: str, interface: str, member: str, kinds: str, *body: object) -> None:
        await self._connection.send(new_signal(DBusAddress(path, interface=interface), member, kinds, body))

    async def changed(self, path: str, interface: str, values: Mapping[str, object], *gone: str) -> None:
        await self.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", interface, values, list(gone))

    async def _serve(self) -> None:
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                message = await self._connection.receive()
                if message.header.message_type is MessageType.method_call:
                    await self._answer(message)

    async def _answer(self, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        self.asked.append(member)
        answer = self.answers.get((member, message.body), "org.freedesktop.DBus.Error.UnknownMethod")
        if isinstance(answer, str):
            await self._connection.send(new_error(message, answer))
        elif answer is not None:
            await self._connection.send(new_method_return(message, answer[0] or None, answer[1]))


class Person:
    """Who looks, and counts how often it was said that another look is due."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self.changes = 0
        self.session = SessionBus(self.env)
        self.way = DoNotDisturb(lambda: self.env, self.session, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    async def look(self) -> Seen | None:
        return await self.way.look()

    async def heard(self, send: Awaitable[None], changes: int) -> None:
        """Wait until what is sent, and all that came before, has been heard; count what was worth a look."""
        before = self.changes
        await send
        if changes:
            await until(lambda: self.changes >= before + changes)
        else:  # an answer to a later question comes after it
            connection = await self.session.connected()
            await connection.owner_of(NAME)
            await connection.owner_of(NAME)
        assert self.changes == before + changes


def play(bus: PrivateBus, scene: Callable[[Person], Awaitable[None]], **env: str) -> None:
    """Run a scene with somebody on the bus."""

    async def main() -> None:
        person = Person({**bus.env, **env})
        try:
            await scene(person)
        finally:
            await person.way.stop()
            await person.way.stop()
            await person.session.stop()

    asyncio.run(main())


# ── who tells it, and how ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("server", "path", "interface", "name"),
    [
        ("dunst", PATH, "org.dunstproject.cmd0", "paused"),
        ("Plasma", PATH, NAME, "Inhibited"),
        ("something new", PATH, NAME, "Inhibited"),
    ],
)
def test_servers_that_have_a_property(
    bus: PrivateBus, server: str, path: str, interface: str, name: str
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server=server) as service:
            service.property(interface, name, "b", False)
            assert await person.look() == OFF
            assert person.way.note == f"{server}, by {interface} {name}"
            service.property(interface, name, "b", True)
            await person.heard(service.changed(path, interface, {name: ("b", True)}), 1)
            assert await person.look() == ON
            await person.heard(service.changed(path, interface, {}, name), 1)
            await person.heard(service.changed(path, interface, {"waitingLength": ("u", 3)}, "other"), 0)
            await person.heard(service.changed(path, "some.other.Interface", {name: ("b", True)}), 0)

    play(bus, scene)


@pytest.mark.parametrize(
    ("modes", "seen"),
    [
        (["default"], OFF),
        ([], OFF),
        (["default", "do-not-disturb"], ON),
        (["Do_Not_Disturb"], ON),
        (["do not disturb"], ON),
        (["DND"], ON),
        (["work", "night"], OFF),
    ],
)
def test_mako_by_the_names_of_its_modes(bus: PrivateBus, modes: list[str], seen: Seen) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="mako") as service:
            service.answers["ListModes", ()] = ("as", (modes,))
            assert await person.look() == seen
            assert person.way.note.startswith("mako, by fr.emersion.Mako ListModes (do-not-disturb, dnd, ")
            await person.heard(service.changed("/fr/emersion/Mako", "fr.emersion.Mako", {}, "Modes"), 1)
            await person.heard(
                service.changed("/fr/emersion/Mako", "fr.emersion.Mako", {}, "Notifications"), 0
            )

    play(bus, scene)


SWAYNC = "org.erikreider.swaync.cc"
SWAYNC_PATH = "/org/erikreider/swaync/cc"


@pytest.mark.parametrize(
    ("kinds", "data", "seen"),
    [
        ("(bbu)", (False, True, 3), OFF),
        ("(bbu)", (True, False, 0), ON),
        ("(bbub)", (False, True, 3, False), OFF),
        ("(bbub)", (True, False, 0, False), ON),
        ("(bbub)", (False, False, 0, True), ON),
    ],
)
def test_sway_notification_center(bus: PrivateBus, kinds: str, data: tuple[object, ...], seen: Seen) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, NAME, SWAYNC, server="SwayNotificationCenter") as service:
            service.answers["GetSubscribeData", ()] = (kinds, (data,))
            assert await person.look() == seen
            here = (SWAYNC_PATH, SWAYNC)
            await person.heard(service.emit(*here, "Subscribe", "ubb", 4, seen.on, True), 0)
            await person.heard(service.emit(*here, "SubscribeV2", "ubbb", 4, False, True, seen.on), 0)
            await person.heard(service.emit(*here, "Subscribe", "ubb", 4, not seen.on, True), 1)
            await person.heard(service.emit(*here, "SubscribeV2", "ubbb", 4, not seen.on, True, False), 1)
            service.answers["GetSubscribeData", ()] = "org.freedesktop.DBus.Error.Failed"
            assert await person.look() is None
            await person.heard(service.emit(*here, "Subscribe", "ubb", 4, seen.on, True), 1)

    play(bus, scene)


XFCONF = "org.xfce.Xfconf"
XFCONF_PATH = "/org/xfce/Xfconf"
XFCE_KEY = ("xfce4-notifyd", "/do-not-disturb")


def test_xfce_by_the_service_of_its_settings(bus: PrivateBus) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="Xfce Notify Daemon"), Service.on(bus, XFCONF) as settings:
            settings.answers["GetProperty", XFCE_KEY] = "org.xfce.Xfconf.Error.PropertyNotFound"
            assert await person.look() == OFF
            settings.answers["GetProperty", XFCE_KEY] = ("v", (("b", True),))
            here = (XFCONF_PATH, XFCONF)
            await person.heard(settings.emit(*here, "PropertyChanged", "ssv", *XFCE_KEY, ("b", True)), 1)
            assert await person.look() == ON
            assert person.way.note == "Xfce Notify Daemon, by xfce4-notifyd /do-not-disturb"
            await person.heard(settings.emit(*here, "PropertyRemoved", "ss", *XFCE_KEY), 1)
            other = ("xfce4-notifyd", "/log-level", ("b", True))
            await person.heard(settings.emit(*here, "PropertyChanged", "ssv", *other), 0)
            other = ("xfce4-panel", "/do-not-disturb", ("b", True))
            await person.heard(settings.emit(*here, "PropertyChanged", "ssv", *other), 0)
            settings.answers["GetProperty", XFCE_KEY] = "org.xfce.Xfconf.Error.ChannelNotFound"
            assert await person.look() is None

    play(bus, scene)


BUDGIE = "org.buddiesofbudgie.budgie.Dispatcher"


def test_budgie_by_its_dispatcher(bus: PrivateBus) -> None:
    async def scene(person: Person) -> None:
        names = (NAME, "org.budgie_desktop.Notifications")
        async with Service.on(bus, *names, server="Budgie Notification Server") as service:
            for on in (False, True):
                service.answers["GetDoNotDisturb", ()] = ("b", (on,))
                assert await person.look() == Seen(on=on)
            path = "/org/budgie_desktop/Notifications"
            await person.heard(service.emit(path, BUDGIE, "DoNotDisturbChanged", "b", False), 1)
            await person.heard(service.emit(path, BUDGIE, "DoNotDisturbChanged", "b", True), 0)
            await person.heard(service.emit(path, BUDGIE, "NotificationClosed", "usu", 3, "a", 1), 0)

    play(bus, scene)


@pytest.mark.parametrize(
    ("server", "file", "on", "off"),
    [
        (
            "lxqt-notificationd",
            "lxqt/notifications.conf",
            "[General]\nblackList=\ndoNotDisturb=true\nwidth=300\n",
            "[General]\ndoNotDisturb=false\n",
        ),
        (
            "cosmic-notifications",
            "cosmic/com.system76.CosmicNotifications/v1/do_not_disturb",
            "true",
            "false",
        ),
    ],
)
def test_servers_that_keep_it_in_a_file(
    bus: PrivateBus, tmp_path: Path, server: str, file: str, on: str, off: str
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server=server):
            assert await person.look() == OFF
            path = tmp_path / ".config" / file
            path.parent.mkdir(parents=True)
            path.write_text(on)
            assert await person.look() == ON
            assert person.way.note == f"{server}, by {file}"
            path.write_text(off)
            assert await person.look() == OFF
            path.unlink()
            path.mkdir()
            assert await person.look() is None
            person.env["XDG_CONFIG_HOME"] = str(tmp_path / "elsewhere")
            assert await person.look() == OFF

    play(bus, scene, HOME=str(tmp_path))


# ── settings, read by a child ─────────────────────────────────────────────────────────────────────


class Gsettings:
    """A program of that name which keeps a diary."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.value = folder / "value"
        self.diary = folder / "diary"
        self.diary.touch()
        self.told("true")

    @property
    def path(self) -> str:
        return f"{self.folder}:{os.environ['PATH']}"

    @property
    def runs(self) -> list[str]:
        return self.diary.read_text().splitlines()

    def told(self, value: str) -> None:
        self.value.write_text(value)
        self.does(f'cat "{self.value}"')

    def does(self, last: str) -> None:
        program = self.folder / "gsettings"
        program.write_text(f'#!/bin/sh\necho "$* $LC_ALL" >>"{self.diary}"\n{last}\n')
        program.chmod(0o755)


@pytest.fixture
def gsettings(tmp_path: Path) -> Gsettings:
    return Gsettings(tmp_path)


def offer_dconf(bus: PrivateBus) -> None:
    """Let the bus know of dconf's service, as it does wherever dconf keeps the settings."""
    (bus.services / "ca.desrt.dconf.service").write_text(
        "[D-BUS Service]\nName=ca.desrt.dconf\nExec=/bin/false\n"
    )
    bus.kill()
    bus.start()


@pytest.mark.parametrize(
    ("server", "vendor", "key", "on"),
    [
        ("gnome-shell", "GNOME", "org.gnome.desktop.notifications show-banners", "false"),
        ("cinnamon", "GNOME", "org.cinnamon.desktop.notifications display-notifications", "false"),
        ("Notification Daemon", "MATE", "org.mate.NotificationDaemon do-not-disturb", "true"),
        ("io.elementary.notifications", "elementary", "io.elementary.notifications do-not-disturb", "true"),
    ],
)
def test_servers_that_keep_it_in_a_setting(
    bus: PrivateBus, gsettings: Gsettings, server: str, vendor: str, key: str, on: str
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server=server, vendor=vendor):
            for value in ("true", "false"):
                gsettings.told(value)
                assert await person.look() == Seen(on=value == on)
            assert person.way.note == f"{server}, by {key}"
            assert gsettings.runs == [f"get {key} C"] * 2

    play(bus, scene, PATH=gsettings.path)


def test_the_namesake_of_mates_server_is_another_one(bus: PrivateBus, gsettings: Gsettings) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="Notification Daemon", vendor="GNOME"):
            assert await person.look() is None
            assert gsettings.runs == []

    play(bus, scene, PATH=gsettings.path)


DCONF_PATH = "/ca/desrt/dconf/Writer/user"
FOLDER = "/org/gnome/desktop/notifications/"


def test_with_dconf_a_setting_is_read_again_only_when_it_has_changed(
    bus: PrivateBus, gsettings: Gsettings
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="gnome-shell"), Service.on(bus, "ca.desrt.dconf") as dconf:
            for _ in range(3):
                assert await person.look() == OFF
            assert len(gsettings.runs) == 1
            gsettings.told("false")
            here = (DCONF_PATH, "ca.desrt.dconf.Writer", "Notify", "sass")
            runs = 1
            for common, changed in (
                (FOLDER + "show-banners", [""]),
                (FOLDER, ["application-children", "show-banners"]),
                (FOLDER, [""]),
                ("/org/gnome/", ["shell/enabled", "desktop/notifications/"]),
                ("/", ["org/"]),
            ):
                await person.heard(dconf.emit(*here, common, changed, "tag"), 1)
                for _ in range(2):
                    assert await person.look() == ON
                runs += 1
                assert len(gsettings.runs) == runs
            for common, changed in (
                (FOLDER + "show-in-lock-screen", [""]),
                (FOLDER, ["show-in-lock-screen", "show"]),
                ("/org/gnome/desktop/", ["background/picture-uri"]),
                ("/", ["org/gnome/desktop/notifications"]),
            ):
                await person.heard(dconf.emit(*here, common, changed, "tag"), 0)
            assert await person.look() == ON
            assert len(gsettings.runs) == runs

    offer_dconf(bus)
    play(bus, scene, PATH=gsettings.path)


def test_a_change_while_the_setting_is_being_read_is_not_lost(
    bus: PrivateBus, gsettings: Gsettings, tmp_path: Path
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="gnome-shell"), Service.on(bus, "ca.desrt.dconf") as dconf:
            go_on = tmp_path / "go-on"
            os.mkfifo(go_on)
            gsettings.does(f'cat "{gsettings.value}"; read x <"{go_on}"')
            looking = asyncio.create_task(person.look())
            await until(lambda: gsettings.runs)
            here = (DCONF_PATH, "ca.desrt.dconf.Writer", "Notify", "sass")
            await person.heard(dconf.emit(*here, FOLDER + "show-banners", [""], "tag"), 1)
            with go_on.open("w") as fifo:
                fifo.write("\n")
            assert await looking == OFF
            gsettings.told("false")
            assert await person.look() == ON

    offer_dconf(bus)
    play(bus, scene, PATH=gsettings.path)


def test_what_was_read_for_one_server_is_not_told_of_the_next(
    bus: PrivateBus, gsettings: Gsettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dnd, "ANSWER_WITHIN_S", 0.4)

    async def scene(person: Person) -> None:
        async with Service.on(bus, "ca.desrt.dconf"):
            async with Service.on(bus, server="gnome-shell"):
                assert await person.look() == OFF
            async with Service.on(bus, server="Notification Daemon", vendor="MATE"):
                assert await person.look() == ON
            async with Service.on(bus, server="gnome-shell") as service:
                service.answers["GetServerInformation", ()] = None
                assert await person.look() is None
                assert person.way.note == "the session bus does not answer within 0.4 s"

    offer_dconf(bus)
    play(bus, scene, PATH=gsettings.path)


def test_without_dconf_behind_the_settings_each_look_reads(bus: PrivateBus, gsettings: Gsettings) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="gnome-shell"):
            for _ in range(2):
                assert await person.look() == OFF
        assert len(gsettings.runs) == 2

    offer_dconf(bus)
    play(bus, scene, PATH=gsettings.path, GSETTINGS_BACKEND="keyfile")


@pytest.mark.parametrize(
    ("last", "note"),
    [
        ("exit 1", "gsettings does not know org.gnome.desktop.notifications show-banners"),
        ("echo nonsense", "gsettings does not know org.gnome.desktop.notifications show-banners"),
        ("", "gsettings does not know org.gnome.desktop.notifications show-banners"),
    ],
)
def test_a_setting_that_cannot_be_read_is_unknown(
    bus: PrivateBus, gsettings: Gsettings, last: str, note: str
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="gnome-shell"):
            assert await person.look() is None
            assert person.way.note == note

    gsettings.does(last)
    play(bus, scene, PATH=gsettings.path)


def test_without_gsettings_it_is_unknown(bus: PrivateBus, tmp_path: Path) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="gnome-shell"):
            assert await person.look() is None
            assert person.way.note == "the program gsettings is needed, and cannot be run"

    play(bus, scene, PATH=str(tmp_path))


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_child_that_hangs_is_ended(
    bus: PrivateBus, gsettings: Gsettings, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="gnome-shell"):
            looking = asyncio.create_task(person.look())
            await until(lambda: gsettings.runs and gsettings.runs[-1].split()[-1].isdigit())
            pid = int(gsettings.runs[-1].split()[-1])
            if cancelled:
                looking.cancel()
            done = await asyncio.wait({looking}, timeout=2)
            assert looking in done[0]
            assert looking.cancelled() is cancelled
            if not cancelled:
                assert looking.result() is None
                assert person.way.note == "gnome-shell does not answer within 0.3 s"
            with pytest.raises(ProcessLookupError):  # ended, and its status taken
                os.kill(pid, 0)
            gsettings.told("true")
            assert await person.look() == OFF

    if not cancelled:
        monkeypatch.setattr(dnd, "ANSWER_WITHIN_S", 0.3)
    gsettings.does(f'echo $$ >>"{gsettings.diary}"; exec sleep 100')
    play(bus, scene, PATH=gsettings.path)


# ── nobody there, somebody else, and what goes wrong ──────────────────────────────────────────────


def test_without_a_server_it_is_unknown_and_none_is_started(bus: PrivateBus, tmp_path: Path) -> None:
    started = tmp_path / "started"
    for name in (NAME, XFCONF):
        service = f"[D-BUS Service]\nName={name}\nExec=/usr/bin/touch {started}\n"
        (bus.services / f"{name}.service").write_text(service)
    bus.kill()
    bus.start()

    async def scene(person: Person) -> None:
        assert await person.look() is None
        assert person.way.note == "no notification server is running"
        async with Service.on(bus, server="Xfce Notify Daemon"):
            assert await person.look() is None
            assert person.way.note == "Xfce Notify Daemon does not tell whether do-not-disturb is on"

    play(bus, scene)
    assert not started.exists()


def test_another_server_is_asked_in_its_own_way(bus: PrivateBus) -> None:
    async def scene(person: Person) -> None:
        assert await person.look() is None
        async with Service.on(bus, server="dunst") as first:
            await until(lambda: person.changes == 1)
            first.property("org.dunstproject.cmd0", "paused", "b", True)
            for _ in range(3):
                assert await person.look() == ON
            assert first.asked.count("GetServerInformation") == 1
        await until(lambda: person.changes == 2)
        assert await person.look() is None
        assert person.way.note == "no notification server is running"
        async with Service.on(bus, server="mako") as second:
            await until(lambda: person.changes == 3)
            second.answers["ListModes", ()] = ("as", (["default"],))
            assert await person.look() == OFF

    play(bus, scene)


def test_after_the_bus_was_restarted_it_looks_and_listens_as_before(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(session, "FIRST_WAIT_S", 0.05)

    async def scene(person: Person) -> None:
        for server in ("dunst", "Plasma", "Plasma"):
            interface, name = (
                (NAME, "Inhibited") if server == "Plasma" else ("org.dunstproject.cmd0", "paused")
            )
            async with Service.on(bus, server=server) as service:
                service.property(interface, name, "b", server == "Plasma")
                async with asyncio.timeout(4):
                    while (seen := await person.look()) is None:  # noqa: ASYNC110 - the bus is not tried at once
                        await asyncio.sleep(0.005)
                assert seen.on is (server == "Plasma")
                connection = await person.session.connected()
                assert await connection.owner_of(NAME) == ":1.0"  # as on the bus before it
                await person.heard(service.changed(PATH, interface, {name: ("b", True)}), 1)
                await person.heard(service.leave(), 1)
            bus.kill()
            await connection.lost()
            assert await person.look() is None
            assert person.way.note
            bus.start()

    play(bus, scene)


def test_nothing_is_said_twice_however_often_it_was_looked(bus: PrivateBus) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="dunst") as service:
            service.property("org.dunstproject.cmd0", "paused", "b", True)
            assert await asyncio.gather(*(person.look() for _ in range(5))) == [ON] * 5
            await person.heard(service.changed(PATH, "org.dunstproject.cmd0", {"paused": ("b", False)}), 1)
            await person.way.stop()
            await person.heard(service.changed(PATH, "org.dunstproject.cmd0", {"paused": ("b", False)}), 0)

    play(bus, scene)


@pytest.mark.parametrize("method", ["GetServerInformation", "Get"])
def test_a_server_that_hangs_is_given_up_and_asked_again(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(dnd, "ANSWER_WITHIN_S", 0.2)

    async def scene(person: Person) -> None:
        async with Service.on(bus, server="dunst") as service:
            service.property("org.dunstproject.cmd0", "paused", "b", True)
            key = next(key for key in service.answers if key[0] == method)
            answer, service.answers[key] = service.answers[key], None
            began = time.monotonic()
            assert await person.look() is None
            assert time.monotonic() - began < 1
            who = "dunst" if method == "Get" else "the session bus"
            assert person.way.note == f"{who} does not answer within 0.2 s"
            service.answers[key] = answer
            assert await person.look() == ON

    play(bus, scene)


def test_whoever_asks_may_give_up_and_ask_again(bus: PrivateBus) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus, server="dunst") as service:
            service.answers["Get", ("org.dunstproject.cmd0", "paused")] = None
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await person.look()
            service.property("org.dunstproject.cmd0", "paused", "b", True)
            assert await person.look() == ON

    play(bus, scene)


@pytest.mark.parametrize(
    ("server", "method", "answer"),
    [
        ("dunst", ("Get", ("org.dunstproject.cmd0", "paused")), ("v", (("u", 1),))),
        ("dunst", ("Get", ("org.dunstproject.cmd0", "paused")), ("s", ("yes",))),
        ("dunst", ("Get", ("org.dunstproject.cmd0", "paused")), ("", ())),
        ("dunst", ("Get", ("org.dunstproject.cmd0", "paused")), "org.freedesktop.DBus.Error.AccessDenied"),
        ("Plasma", ("Get", (NAME, "Inhibited")), ("v", (("s", "no"),))),
        ("mako", ("ListModes", ()), ("s", ("dnd",))),
        ("mako", ("ListModes", ()), ("", ())),
        ("something else", ("Get", (NAME, "Inhibited")), "org.freedesktop.DBus.Error.UnknownProperty"),
        ("SwayNotificationCenter", ("GetSubscribeData", ()), ("b", (True,))),
        ("SwayNotificationCenter", ("GetSubscribeData", ()), ("(bu)", ((True, 1),))),
        ("Budgie Notification Server", ("GetDoNotDisturb", ()), ("ss", ("a", "b"))),
        ("Xfce Notify Daemon", ("GetProperty", XFCE_KEY), ("v", (("s", "true"),))),
    ],
)
def test_an_answer_that_cannot_be_understood_is_none(
    bus: PrivateBus, server: str, method: tuple[str, tuple[object, ...]], answer: Answer
) -> None:
    async def scene(person: Person) -> None:
        names = (NAME, SWAYNC, XFCONF, "org.budgie_desktop.Notifications")
        async with Service.on(bus, *names, server=server) as service:
            service.answers[method] = answer
            assert await person.look() is None
            assert person.way.note == f"{server} does not tell whether do-not-disturb is on"

    play(bus, scene)


def test_a_server_without_a_name_is_unknown(bus: PrivateBus) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(bus) as service:
            service.answers["GetServerInformation", ()] = ("u", (7,))
            assert await person.look() is None
            assert person.way.note == "the notification server does not tell its name"
            service.answers["GetServerInformation", ()] = "org.freedesktop.DBus.Error.Failed"
            assert await person.look() is None
            assert person.way.note == "org.freedesktop.DBus.Error.Failed"

    play(bus, scene)


def test_signals_that_cannot_be_understood_are_passed_over(
    bus: PrivateBus, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(person: Person) -> None:
        async with Service.on(
            bus, NAME, SWAYNC, "ca.desrt.dconf", server="SwayNotificationCenter"
        ) as service:
            service.answers["GetSubscribeData", ()] = ("(bbu)", ((True, False, 0),))
            assert await person.look() == ON
            await person.heard(service.emit(SWAYNC_PATH, SWAYNC, "Subscribe", "s", "what"), 0)
            await person.heard(service.emit(SWAYNC_PATH, SWAYNC, "Subscribe", ""), 0)
        async with Service.on(bus, server="dunst") as service:
            service.property("org.dunstproject.cmd0", "paused", "b", True)
            assert await person.look() == ON
            emit = service.emit(PATH, PROPERTIES, "PropertiesChanged", "su", "org.dunstproject.cmd0", 3)
            await person.heard(emit, 0)
        assert not [r for r in caplog.records if r.levelno >= logging.WARNING]

    play(bus, scene)


def test_without_a_bus_it_is_unknown(tmp_path: Path) -> None:
    async def scene() -> None:
        person = Person({"XDG_RUNTIME_DIR": str(tmp_path)})
        assert await person.look() is None
        assert "No such file" in person.way.note
        nowhere = Person({})
        assert await nowhere.look() is None
        assert nowhere.way.note == "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set"

    asyncio.run(scene())
