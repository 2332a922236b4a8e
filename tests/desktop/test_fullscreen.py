"""Full-screen windows on real desktops: X11 with and without a window manager, i3, sway, KWin; GNOME's session."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from jeepney import DBusAddress

from postured.sense.activity import wayland_wire as wire
from postured.sense.holds import fullscreen_x11
from postured.sense.holds.fullscreen import FullScreen
from postured.sense.holds.inhibitors import Inhibitors
from postured.sense.holds.protocol import Seen
from postured.sense.holds.session import SessionBus
from postured.sense.sockets import at_path, reach
from tests.desktop.compositors import Sway, start_kwin, start_sway
from tests.desktop.session import LOGIND_PYTHON, Desktop, Program, need, wait_for

T = TypeVar("T")
VIDEO, WORK, NOTHING = Seen(on=True), Seen(on=True, video=False), Seen(on=False)


class Eyes:
    """A `FullScreen` and how often it asked for another look."""

    def __init__(self, env: dict[str, str], ignore: frozenset[str] = frozenset()) -> None:
        self.session = SessionBus(env)
        self.changes = 0
        self.way = FullScreen(lambda: env, ignore, self.session, self._count)

    def _count(self) -> None:
        self.changes += 1

    async def see(self, expected: Seen | None, limit_s: float = 5.0) -> None:
        """Look until it is as expected: a window manager takes its time."""
        seen: object = "nothing yet"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while (seen := await self.way.look()) != expected:  # noqa: ASYNC110 - that is another process
                    await asyncio.sleep(0.02)
        assert seen == expected, self.way.note


@contextlib.asynccontextmanager
async def eyes(env: dict[str, str], *ignore: str) -> AsyncIterator[Eyes]:
    """Look at a desktop for the length of a `with`."""
    opened = Eyes(env, frozenset(ignore))
    try:
        yield opened
    finally:
        await opened.way.stop()
        await opened.session.stop()


def run(main: Awaitable[T]) -> T:
    async def within() -> T:
        async with asyncio.timeout(20):
            return await main

    return asyncio.run(within())


def sees_once(env: dict[str, str], *ignore: str) -> tuple[Seen | None, str]:
    """One look, and what it went by."""

    async def main() -> tuple[Seen | None, str]:
        async with eyes(env, *ignore) as opened:
            return await opened.way.look(), opened.way.note

    return run(main())


# ── X11 ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def x11() -> Iterator[Desktop]:
    """An X server with a window manager and one window in front."""
    need("Xvfb", "dbus-daemon", "setpriv", "openbox", "wmctrl", "xcalc")
    with Desktop.start(dunst=False) as desktop:
        manage(desktop)
        show(desktop, "Calculator")
        yield desktop


def manage(desktop: Desktop) -> Program:
    """Start a window manager; a window that comes before it is ready would be missed."""
    ready = desktop.home / "managed"
    manager = desktop.spawn("openbox", "--sm-disable", "--startup", f"touch '{ready}'", name="openbox")
    wait_for(ready.exists, 10, what=f"openbox: {manager.output}")
    return manager


def show(desktop: Desktop, title: str) -> Program:
    """Open a window, in front."""
    window = desktop.spawn("xcalc", "-title", title, name=f"xcalc-{title}")
    wait_for(lambda: title in wmctrl(desktop, "-l"), 10, what=f"the window {title}")
    wmctrl(desktop, "-a", title)
    return window


def wmctrl(desktop: Desktop, *argv: str) -> str:
    done = subprocess.run(
        ["wmctrl", *argv], env=desktop.env, capture_output=True, text=True, timeout=10, check=False
    )
    return done.stdout


def fill(desktop: Desktop, on: bool, title: str = "Calculator") -> None:
    wmctrl(desktop, "-r", title, "-b", f"{'add' if on else 'remove'},fullscreen")


def test_a_window_that_fills_the_screen_is_seen_on_x11_until_it_no_longer_does(x11: Desktop) -> None:
    async def main() -> None:
        async with eyes(x11.env) as opened:
            await opened.see(NOTHING)
            fill(x11, on=True)
            await opened.see(VIDEO)
            assert "X server" in opened.way.note
            fill(x11, on=False)
            await opened.see(NOTHING)

    run(main())


def test_only_the_window_in_front_counts(x11: Desktop) -> None:
    async def main() -> None:
        async with eyes(x11.env) as opened:
            fill(x11, on=True)
            await opened.see(VIDEO)
            other = show(x11, "Notes")
            await opened.see(NOTHING)
            other.kill()  # the focus goes back, and a window that dies between two questions is no trouble
            await opened.see(VIDEO)
            fill(x11, on=False)
            await opened.see(NOTHING)

    run(main())


@pytest.mark.parametrize("name", ["xcalc", "XCalc"])
def test_full_screen_windows_of_ignored_programs_are_plain_work(x11: Desktop, name: str) -> None:
    async def main() -> None:
        async with eyes(x11.env, "someeditor") as opened:
            fill(x11, on=True)
            await opened.see(VIDEO)
            opened.way.ignore = frozenset({name.lower()})
            await opened.see(NOTHING)
            fill(x11, on=False)

    run(main())


def test_the_end_of_full_screen_is_heard_of_on_x11(x11: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks unless told to; a window manager may write its state more than once."""
    monkeypatch.setattr(fullscreen_x11, "WATCH_AGAIN_AFTER_S", 0.0)

    async def main() -> None:
        async with eyes(x11.env) as opened:
            fill(x11, on=True)
            heard = -1
            while heard != opened.changes:
                heard = opened.changes
                await opened.see(VIDEO)
            fill(x11, on=False)
            seen: Seen | None = VIDEO
            async with asyncio.timeout(2):
                while seen != NOTHING:
                    while heard == opened.changes:  # noqa: ASYNC110 - what is waited for happens in another process
                        await asyncio.sleep(0.005)
                    heard = opened.changes
                    seen = await opened.way.look()

    run(main())


def test_without_a_window_manager_nothing_is_claimed(x11: Desktop) -> None:
    with Desktop.start(dunst=False) as bare:
        seen, note = sees_once(bare.env)
        assert seen is None
        assert "window manager" in note
        manager = manage(bare)
        show(bare, "Calculator")
        assert sees_once(bare.env)[0] == NOTHING
        manager.kill()  # what it wrote on the root window stays

        async def main() -> None:
            async with eyes(bare.env) as opened:
                await opened.see(None)
                assert opened.way.note == "no window manager runs"

        run(main())


def test_a_dead_x_server_is_a_sentence(x11: Desktop) -> None:
    seen, note = sees_once({**x11.env, "DISPLAY": ":64000"})
    assert seen is None
    assert "display" in note or "cannot be asked" in note


# ── i3 ────────────────────────────────────────────────────────────────────────────────────────────


def test_i3_tells_by_its_socket() -> None:
    need("Xvfb", "dbus-daemon", "setpriv", "i3", "i3-msg", "xcalc")
    with Desktop.start(dunst=False) as desktop:
        config = desktop.home / "i3.conf"
        config.write_text("# i3 config file (v4)\nfocus_on_window_activation focus\n")
        i3 = desktop.spawn("i3", "-c", str(config), name="i3")
        socket = wait_for(lambda: i3_socket(desktop), 10, what=f"i3: {i3.output}")
        desktop.env["I3SOCK"] = socket

        async def main() -> None:
            async with eyes(desktop.env) as opened:
                await opened.see(NOTHING)
                assert "i3" in opened.way.note
                desktop.spawn("xcalc", name="xcalc")
                wait_for(lambda: "XCalc" in i3_msg(desktop, "-t", "get_tree"), 10)
                await opened.see(NOTHING)
                i3_msg(desktop, "fullscreen", "enable")
                await opened.see(VIDEO)
                opened.way.ignore = frozenset({"xcalc"})
                await opened.see(NOTHING)
                opened.way.ignore = frozenset()
                i3_msg(desktop, "fullscreen", "disable")
                await opened.see(NOTHING)

        run(main())


def i3_msg(desktop: Desktop, *argv: str) -> str:
    done = subprocess.run(
        ["i3-msg", *argv], env=desktop.env, capture_output=True, text=True, timeout=10, check=False
    )
    return done.stdout


def i3_socket(desktop: Desktop) -> str:
    done = subprocess.run(
        ["i3", "--get-socketpath"], env=desktop.env, capture_output=True, text=True, timeout=10, check=False
    )
    path = done.stdout.strip()
    return path if path and Path(path).is_socket() else ""


# ── sway, by its own socket and as any compositor ─────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sway() -> Iterator[Sway]:
    need("dbus-daemon", "setpriv", "sway", "foot")
    with Desktop.start(dunst=False, x11=False) as desktop:
        yield start_sway(desktop)


def test_sway_tells_which_window_fills_the_screen_and_whether_it_keeps_it_awake(sway: Sway) -> None:
    async def main() -> None:
        async with eyes(sway.desktop.env) as opened:
            await opened.see(NOTHING)
            assert "sway" in opened.way.note
            with sway.window(app_id="player", fullscreen=True):
                await opened.see(WORK)
                sway.msg("inhibit_idle", "fullscreen")
                await opened.see(VIDEO)
                opened.way.ignore = frozenset({"player"})
                await opened.see(NOTHING)
                opened.way.ignore = frozenset()
                sway.fullscreen(on=False)
                await opened.see(NOTHING)

    run(main())


def test_any_compositor_that_lists_windows_tells_the_same(sway: Sway) -> None:
    env = {name: value for name, value in sway.desktop.env.items() if name != "SWAYSOCK"}

    async def main() -> None:
        async with eyes(env) as opened:
            await opened.see(NOTHING)
            assert "compositor" in opened.way.note
            with sway.window(app_id="Player", fullscreen=True):
                await opened.see(WORK)
                sway.msg("inhibit_idle", "fullscreen")
                await opened.see(VIDEO)
                opened.way.ignore = frozenset({"player"})
                await opened.see(NOTHING)
                opened.way.ignore = frozenset()
                sway.fullscreen(on=False)
                await opened.see(NOTHING)

    run(main())


def test_a_socket_of_a_desktop_that_has_ended_is_passed_over(sway: Sway) -> None:
    stale = {"SWAYSOCK": "/run/user/0/gone.sock", "HYPRLAND_INSTANCE_SIGNATURE": "gone"}
    with sway.window(app_id="editor", fullscreen=True):
        seen, note = sees_once({**sway.desktop.env, **stale})
    assert seen == WORK
    assert "compositor" in note


# ── desktops that show no windows ─────────────────────────────────────────────────────────────────


class Film:
    """A window of a Wayland client that keeps the screen awake, as a player's does."""

    def __init__(self, path: str) -> None:
        self._peer = reach(at_path(path), time.monotonic() + 5)
        self._session = session = wire.Session()
        self._done()
        compositor = self._bind("wl_compositor")
        shm = self._bind("wl_shm")
        shell = self._bind("xdg_wm_base")
        manager = self._bind("zwp_idle_inhibit_manager_v1")
        self._surface = self._make(compositor, 0)
        xdg = session.new(self._configure)
        session.send(shell, 2, xdg, self._surface)
        self._xdg = xdg
        self._make(xdg, 1)  # a top-level window
        session.send(self._surface, 6)  # commit, and be told of a size
        self._done()
        self._attach(shm)
        self._inhibitor = self._make(manager, 1, self._surface)
        self._done()

    def end(self) -> None:
        """Let the screen go dark again; the window stays."""
        self._session.send(self._inhibitor, 0)
        self._done()

    def close(self) -> None:
        self._peer.close()

    def _bind(self, interface: str) -> int:
        return self._session.bind(interface, self._session.offers[interface][0], 1)[0]

    def _make(self, target: int, kind: int, *arguments: int) -> int:
        number = self._session.new()
        self._session.send(target, kind, number, *arguments)
        return number

    def _configure(self, _kind: int, body: bytes) -> None:
        self._session.send(self._xdg, 4, wire.Arguments(body).number())

    def _attach(self, shm: int) -> None:
        """Show a grey square."""
        side, form = 64, 1
        memory = os.memfd_create("square")
        os.write(memory, b"\x80" * (4 * side * side))
        pool = self._session.new()
        self._session.send(shm, 0, pool, 4 * side * side)
        socket.send_fds(self._peer, [self._session.outgoing()], [memory])
        os.close(memory)
        buffer = self._make(pool, 0, 0, side, side, 4 * side, form)
        self._session.send(self._surface, 1, buffer, 0, 0)
        self._session.send(self._surface, 2, 0, 0, side, side)
        self._session.send(self._surface, 6)

    def _done(self) -> None:
        wire.roundtrip(self._peer, self._session, time.monotonic() + 5)


def test_kwin_shows_no_windows_but_whether_one_keeps_the_screen_awake() -> None:
    with Desktop.start(dunst=False, x11=False) as desktop:
        start_kwin(desktop).close()

        async def main() -> None:
            async with eyes(desktop.env) as opened:
                await opened.see(NOTHING)
                assert "does not show its windows" in opened.way.note
                film = Film(desktop.env["WAYLAND_DISPLAY"])
                await opened.see(VIDEO)
                film.end()
                await opened.see(NOTHING)
                film.close()

        run(main())


@pytest.fixture(scope="module")
def gnome() -> Iterator[Desktop]:
    """GNOME's session manager, and no display: as if it were a Wayland session."""
    need("dbus-daemon", "setpriv", "gnome-session-inhibit", LOGIND_PYTHON)
    binary = Path("/usr/libexec/gnome-session-binary")
    if not binary.exists():
        need("gnome-session-binary")
    with Desktop.start(dunst=False, x11=False) as desktop:
        desktop.mock_logind()
        shares = desktop.home / "share"
        (shares / "gnome-session/sessions").mkdir(parents=True)
        (shares / "gnome-session/sessions/pt.session").write_text(
            "[GNOME Session]\nName=pt\nRequiredComponents=\n"
        )
        desktop.env["XDG_DATA_DIRS"] = f"{shares}:/usr/share"
        session = desktop.spawn(str(binary), "--builtin", "--session=pt", name="gnome-session")
        wait_for(lambda: manages(desktop) or not session.alive, 20, what=f"gnome-session: {session.output}")
        assert session.alive, session.output
        yield desktop


def manages(desktop: Desktop) -> bool:
    """Whether the session manager is there and answers."""
    return run(stands(desktop.env)) is False


async def stands(env: dict[str, str], *ignore: str) -> bool | None:
    session = SessionBus(env)
    try:
        return await Inhibitors(session).stand(frozenset(ignore))
    finally:
        await session.stop()


@contextlib.contextmanager
def inhibiting(desktop: Desktop, *what: str, app_id: str = "") -> Iterator[None]:
    """Have a program wish for something while the block runs."""
    signs = ["--app-id", app_id] if app_id else []
    program = desktop.spawn(
        *("gnome-session-inhibit", *signs, "--inhibit", ":".join(what), "sleep", "100"), name="inhibit"
    )
    manager = DBusAddress("/org/gnome/SessionManager", "org.gnome.SessionManager", "org.gnome.SessionManager")
    try:
        wait_for(lambda: desktop.call(manager, "GetInhibitors")[0] != [], 5)
        yield
    finally:
        program.stop()
        wait_for(lambda: desktop.call(manager, "GetInhibitors")[0] == [], 5)


def test_gnome_tells_of_programs_that_keep_the_screen_awake_and_only_of_those(gnome: Desktop) -> None:
    assert run(stands(gnome.env)) is False
    with inhibiting(gnome, "idle", app_id="org.gnome.Totem"):
        assert run(stands(gnome.env)) is True
        assert run(stands(gnome.env, "org.gnome.totem")) is False
    with inhibiting(gnome, "suspend", "logout", app_id="org.gnome.Music"):
        assert run(stands(gnome.env)) is False
    assert run(stands(gnome.env)) is False


@pytest.mark.parametrize("app_id", ["", "user", "caffeine", "Caffeine.desktop"])
def test_a_screen_kept_awake_by_hand_is_no_film(gnome: Desktop, app_id: str) -> None:
    with inhibiting(gnome, "idle", app_id=app_id):
        assert run(stands(gnome.env)) is False


def test_on_x11_too_a_full_screen_window_with_nothing_keeping_the_screen_awake_is_work(
    gnome: Desktop, x11: Desktop
) -> None:
    env = {**x11.env, "DBUS_SESSION_BUS_ADDRESS": gnome.env["DBUS_SESSION_BUS_ADDRESS"]}

    async def main() -> None:
        async with eyes(env) as opened:
            fill(x11, on=True)
            await opened.see(WORK)
            with inhibiting(gnome, "idle", app_id="firefox"):
                await opened.see(VIDEO)
            await opened.see(WORK)
            fill(x11, on=False)

    run(main())
