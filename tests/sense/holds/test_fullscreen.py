"""Which way of looking is taken, and what is made of what it sees; desktops are played by sockets and services."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from postured.sense.holds.fullscreen import FullScreen
from postured.sense.holds.protocol import Seen
from postured.sense.holds.session import SessionBus
from tests.notify.private_bus import PrivateBus, private_bus
from tests.sense.fake_listener import Service, answering, listening
from tests.sense.fake_services import GNOME, IDLE, KDE, SCREENSAVER, Answers, gnome, kde, service
from tests.sense.fake_wayland import KDE as OLD_NOTIFIER
from tests.sense.fake_wayland import SEAT, V1, V2, fake_wayland

VIDEO, WORK, NOTHING = Seen(on=True), Seen(on=True, video=False), Seen(on=False)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    yield from private_bus(tmp_path)


def sway(*, full: bool = True, name: str = "player", **more: object) -> Service:
    """A window manager with one window."""
    window = {"type": "con", "focused": True, "fullscreen_mode": int(full), "app_id": name, **more}
    body = json.dumps({"type": "root", "nodes": [window]}).encode()
    return answering(b"i3-ipc" + struct.pack("=II", len(body), 4) + body)


def hyprland(*, full: bool) -> Service:
    return answering(json.dumps({"class": "player", "fullscreen": 2 * full}).encode())


async def look(
    env: Mapping[str, str], services: Mapping[str, Answers] | None = None, *ignore: str
) -> tuple[Seen | None, str]:
    """One look, and what it went by."""
    session = SessionBus(env)
    way = FullScreen(lambda: env, frozenset(ignore), session, lambda: None)
    async with contextlib.AsyncExitStack() as stack:
        for name, answers in (services or {}).items():
            await stack.enter_async_context(service(env["DBUS_SESSION_BUS_ADDRESS"], name, answers))
        try:
            return await way.look(), way.note
        finally:
            await way.stop()
            await way.stop()
            await session.stop()


# ── which way ─────────────────────────────────────────────────────────────────────────────────────


def test_without_any_display_nothing_is_claimed() -> None:
    assert asyncio.run(look({})) == (None, "no display is known")


def test_each_desktop_is_asked_in_its_own_way(tmp_path: Path) -> None:
    (tmp_path / "hypr/sig").mkdir(parents=True)
    with (
        listening(tmp_path / "sway", sway()),
        listening(tmp_path / "hypr/sig/.socket.sock", hyprland(full=True)),
    ):
        path = {"SWAYSOCK": str(tmp_path / "sway")}
        hypr = {"HYPRLAND_INSTANCE_SIGNATURE": "sig", "XDG_RUNTIME_DIR": str(tmp_path)}
        for env, words in ((path, "sway"), ({"I3SOCK": path["SWAYSOCK"]}, "i3"), (hypr, "Hyprland")):
            seen, note = asyncio.run(look(env))
            assert seen == VIDEO
            assert words in note


def test_what_a_desktop_before_has_left_in_the_environment_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "hypr/sig").mkdir(parents=True)
    env = {
        "SWAYSOCK": str(tmp_path / "gone"),
        "HYPRLAND_INSTANCE_SIGNATURE": "sig",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    with listening(tmp_path / "hypr/sig/.socket.sock", hyprland(full=False)):
        seen, note = asyncio.run(look(env))
    assert (seen, "Hyprland" in note) == (NOTHING, True)
    seen, note = asyncio.run(look(env))
    assert seen is None
    assert note == "the desktop cannot be asked: connection refused"


def test_under_wayland_the_x_server_is_not_asked(tmp_path: Path) -> None:
    """There it shows the windows of a few programs only."""
    number = random.SystemRandom().randrange(1000, 50000)
    with listening(f"\0/tmp/.X11-unix/X{number}", lambda _peer: None) as came:
        for more in ({"XDG_SESSION_TYPE": "wayland"}, {"WAYLAND_DISPLAY": str(tmp_path / "gone")}):
            env = {"DISPLAY": f":{number}", "XDG_RUNTIME_DIR": str(tmp_path), **more}
            assert asyncio.run(look(env))[0] is None
        assert came == []
        assert asyncio.run(look({"DISPLAY": f":{number}"}))[0] is None
        assert len(came) == 1


def test_a_desktop_that_comes_later_is_found(tmp_path: Path) -> None:
    env: dict[str, str] = {}

    async def main() -> None:
        way = FullScreen(lambda: env, frozenset(), SessionBus({}), lambda: None)
        assert await way.look() is None
        env["SWAYSOCK"] = str(tmp_path / "sway")
        assert await way.look() == VIDEO
        env["SWAYSOCK"] = str(tmp_path / "other")
        assert await way.look() == NOTHING

    with listening(tmp_path / "sway", sway()), listening(tmp_path / "other", sway(full=False)):
        asyncio.run(main())


def test_a_look_that_was_given_up_harms_no_later_one(tmp_path: Path) -> None:
    answer = sway()
    hung = [answering(b"i3-", hang=True), answer]

    async def main() -> None:
        way = FullScreen(
            lambda: {"SWAYSOCK": str(tmp_path / "sway")}, frozenset(), SessionBus({}), lambda: None
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await way.look()
        assert await way.look() == VIDEO

    with listening(tmp_path / "sway", lambda peer: hung.pop(0)(peer)):
        asyncio.run(main())


def test_only_the_way_that_fits_is_loaded() -> None:
    code = """\
import asyncio, sys
from postured.sense.holds.fullscreen import FullScreen
from postured.sense.holds.session import SessionBus
env = {"DISPLAY": ":59999"}
asyncio.run(FullScreen(lambda: env, frozenset(), SessionBus(env), lambda: None).look())
print(*sorted(name.rpartition(".")[2] for name in sys.modules if "holds.fullscreen" in name or "_wire" in name))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout.split() == ["fullscreen", "fullscreen_x11", "x11_wire"]


# ── what is made of it ────────────────────────────────────────────────────────────────────────────


def test_ignored_programs_may_change_while_it_runs(tmp_path: Path) -> None:
    async def main() -> None:
        way = FullScreen(
            lambda: {"SWAYSOCK": str(tmp_path / "sway")}, frozenset({"code"}), SessionBus({}), lambda: None
        )
        assert await way.look() == NOTHING
        way.ignore = frozenset({"cod"})
        assert await way.look() == VIDEO

    with listening(tmp_path / "sway", sway(name="Code")):
        asyncio.run(main())


YES, NO = gnome(("firefox", IDLE)), gnome()


@pytest.mark.parametrize(
    ("window", "services", "expected"),
    [
        ({"inhibit_idle": True}, {}, VIDEO),
        ({"inhibit_idle": False}, {}, WORK),
        ({"inhibit_idle": False}, {GNOME: NO}, WORK),
        ({"inhibit_idle": False}, {GNOME: YES}, VIDEO),
        ({"inhibit_idle": False}, {SCREENSAVER: {}}, VIDEO),
        ({}, {}, VIDEO),
        ({}, {GNOME: NO}, WORK),
        ({}, {GNOME: YES}, VIDEO),
        ({}, {SCREENSAVER: {}}, VIDEO),
        ({"name": "mpv"}, {GNOME: NO}, VIDEO),
        ({"inhibit_idle": True, "full": False}, {GNOME: YES}, NOTHING),
    ],
)
def test_a_full_screen_window_is_plain_work_only_where_nothing_is_known_to_keep_the_screen_awake(
    bus: PrivateBus,
    tmp_path: Path,
    window: dict[str, object],
    services: Mapping[str, Answers],
    expected: Seen,
) -> None:
    with listening(tmp_path / "sway", sway(**window)):  # type: ignore[arg-type]
        assert asyncio.run(look({**bus.env, "SWAYSOCK": str(tmp_path / "sway")}, services))[0] == expected


NOT_OFFERED: tuple[tuple[str, int], ...] = (SEAT,)


@pytest.mark.parametrize(
    ("offers", "inhibited", "services", "expected"),
    [
        (NOT_OFFERED, False, {GNOME: NO}, NOTHING),
        (NOT_OFFERED, False, {GNOME: YES}, VIDEO),
        (NOT_OFFERED, False, {}, None),
        ((SEAT, V2), False, {KDE: kde()}, NOTHING),
        ((SEAT, V2), True, {KDE: kde()}, VIDEO),
        ((SEAT, V1), True, {KDE: kde()}, VIDEO),
        ((SEAT, V2), False, {KDE: kde(("idle", "firefox"))}, VIDEO),
        ((SEAT, V2), False, {}, NOTHING),
        ((SEAT, V2), False, {SCREENSAVER: {}}, None),
        ((SEAT, OLD_NOTIFIER), False, {KDE: kde()}, NOTHING),
        ((SEAT, OLD_NOTIFIER), True, {KDE: kde()}, None),
    ],
)
def test_where_windows_are_not_shown_what_keeps_the_screen_awake_decides(
    bus: PrivateBus,
    offers: tuple[tuple[str, int], ...],
    inhibited: bool,
    services: Mapping[str, Answers],
    expected: Seen | None,
) -> None:
    with fake_wayland(offers=offers) as server:
        server.inhibit(inhibited)
        seen, note = asyncio.run(look({**bus.env, **server.env}, services))
    assert seen == expected
    assert "its windows" in note


def test_there_too_ignored_programs_do_not_count(bus: PrivateBus) -> None:
    with fake_wayland(offers=NOT_OFFERED) as server:
        assert asyncio.run(look({**bus.env, **server.env}, {GNOME: YES}, "firefox"))[0] == NOTHING
