"""The daemon on whole desktops, each with what belongs to it: sway with mako, X11 with dunst and sound, GNOME.

Asking for the status makes the daemon look around. Where it has to notice by itself, only `why` is asked, which
doesn't.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import cast

import pytest
from jeepney import DBusAddress

from postured import control
from tests.desktop.compositors import Sway, start_sway
from tests.desktop.gnome import Shell, is_owned, start_gnome_shell
from tests.desktop.quick import TITLE, ask, outcomes, said, status, wait_for_status, where, write_quick
from tests.desktop.session import LOGIND_PYTHON, REQUIRED, SERVER, Desktop, Notification, need, wait_for
from tests.desktop.sound import PulseAudio
from tests.desktop.test_dnd import BANNERS, GNOME_NOTIFICATIONS, with_dconf
from tests.desktop.test_fullscreen import fill, manage, show

FULL_S = 1.5
"""A tank of one second holds no more."""

CALL, FULLSCREEN, DND = "you are in a call", "a window is full-screen", "do-not-disturb is on"


def why(desktop: Desktop) -> str:
    """Why nothing is shown now."""
    return cast("str", control.ask(where(desktop).socket, {"ask": "why"})["now"])


def wait_for_why(desktop: Desktop, sentence: str, limit_s: float = 8.0) -> None:
    with contextlib.suppress(AssertionError):
        wait_for(lambda: why(desktop) == sentence, limit_s)
    assert why(desktop) == sentence


def notices(desktop: Desktop) -> list[Notification]:
    """Return all that were sent; what GNOME passes on from one of its parts to another isn't counted twice."""
    return [one for one in desktop.notifications() if "sender-pid" not in one["hints"]]


def quiet(desktop: Desktop, for_s: float) -> None:
    """See that for this long nothing is sent."""
    before, end = len(notices(desktop)), time.monotonic() + for_s
    while time.monotonic() < end:
        assert len(notices(desktop)) == before, notices(desktop)[before:]
        time.sleep(0.1)


def one_comes(desktop: Desktop, before: int, limit_s: float = 8.0) -> Notification:
    """See that exactly one notice comes after the first `before` of them, and that it is up."""
    wait_for(lambda: len(notices(desktop)) > before, limit_s, what="a notice")
    quiet(desktop, 0.5)
    new = notices(desktop)[before:]
    assert [one["open"] for one in new] == [True], new
    return new[0]


def level_s(desktop: Desktop) -> float:
    """How much work the reminder's tank holds."""
    return cast("float", status(desktop)["reminders"]["reset"]["level_s"])


def run(desktop: Desktop, *argv: str) -> str:
    """Run a program of the desktop to its good end."""
    done = subprocess.run(argv, env=desktop.env, capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 0, done
    return done.stdout


# ── sway ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sway() -> Iterator[Sway]:
    """Give a sway with mako."""
    need("dbus-daemon", "setpriv", "mako", "makoctl")
    with Desktop.start(dunst=False, x11=False) as desktop:
        compositor = start_sway(desktop)
        desktop.start_server("mako")
        yield compositor


def test_on_sway_keys_are_work_silence_is_rest_and_mako_takes_the_answer(sway: Sway) -> None:
    """What came due before the rest is shown at the first key after it."""
    desktop = sway.desktop
    write_quick(desktop, pause="1h", idle_after="1s")
    with desktop.daemon():
        said(desktop, "pause")
        with sway.typing(0.2):
            wait_for(lambda: level_s(desktop) == FULL_S)
            told = status(desktop)
        assert (told["state"], told["notifier"]) == ("working", "desktop")
        assert (told["sensors"]["activity"], told["sensors"]["quality"]) == ("wayland", "partial")
        assert (told["sensors"]["fullscreen"], told["sensors"]["dnd"]) == (False, False)
        wait_for_status(desktop, state="resting")
        said(desktop, "resume")
        quiet(desktop, 0.5)
        sway.key()
        notice = desktop.wait_for_notification(TITLE, limit_s=3)
        run(desktop, "makoctl", "invoke", "-n", str(notice["id"]), "done")
        wait_for(lambda: outcomes(desktop) == [("reset", "done")])
        wait_for(lambda: not notices(desktop)[-1]["open"])


def test_on_sway_do_not_disturb_and_full_screen_hold_but_not_a_terminal_that_is_plain_work(
    sway: Sway,
) -> None:
    """Neither mako nor sway tells of an end by itself: who asks for the status sees it a quarter of a minute sooner."""
    desktop = sway.desktop
    write_quick(desktop, more="ignore: {fullscreen: [foot]}\n")
    run(desktop, "makoctl", "mode", "-a", "do-not-disturb")
    with desktop.daemon(), sway.window(app_id="foot", fullscreen=True), sway.typing(0.2):
        wait_for_why(desktop, f"reset is due, but {DND}")
        quiet(desktop, 0.5)
        with sway.window(app_id="film", fullscreen=True):
            run(desktop, "makoctl", "mode", "-r", "do-not-disturb")
            assert status(desktop)["why"] == f"reset is due, but {FULLSCREEN}"
            quiet(desktop, 0.5)
        sway.fullscreen(on=True)
        assert status(desktop)["sensors"]["fullscreen"] is False
        one_comes(desktop, before=0)


def test_on_sway_silence_before_a_film_is_work_and_before_a_still_window_rest(sway: Sway) -> None:
    """Both fill the screen; the film keeps it awake."""
    desktop = sway.desktop
    write_quick(desktop, after="1h", idle_after="1s")
    with desktop.daemon(), sway.window(app_id="film", fullscreen=True):
        sway.msg('[app_id="film"]', "inhibit_idle", "open")
        sway.key()
        began_s = level_s(desktop)
        wait_for(lambda: level_s(desktop) >= began_s + 1.5)
        assert status(desktop)["state"] in ("working", "silent")
        sway.msg('[app_id="film"]', "inhibit_idle", "none")
        wait_for_status(desktop, state="resting")


def test_a_compositor_that_is_killed_leaves_a_daemon_that_says_so(sway: Sway) -> None:
    desktop = sway.desktop
    write_quick(desktop, after="1h")
    with desktop.daemon() as daemon:
        wait_for(lambda: status(desktop)["sensors"]["activity"] == "wayland")
        sway.kill()
        wait_for(lambda: status(desktop)["sensors"]["activity"] == "always")
        told = said(desktop, "doctor")
        (idle,) = [line for line in told.splitlines() if " idle: " in line]
        assert idle.startswith("!!  idle: always (none): ")
        assert "compositor" in idle
        assert idle.endswith("; all time counts as work")
        assert "not known" in next(line for line in told.splitlines() if " fullscreen: " in line)
        assert daemon.alive
        assert "Traceback" not in daemon.output


# ── X11 with sound ────────────────────────────────────────────────────────────────────────────────


class Office:
    """A desktop with a window manager, a window, dunst, and a sound server that has a microphone."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.sound = PulseAudio(desktop)
        self.sound.start()
        self.sound.applet()
        cookie = self.sound.guest.home / ".config/pulse/cookie"
        desktop.env |= {"PULSE_SERVER": f"unix:{self.sound.socket}", "PULSE_COOKIE": str(cookie)}
        manage(desktop)
        show(desktop, "Calculator")

    def call(self) -> AbstractContextManager[None]:
        """Be in a call while the block runs."""
        return self.sound.recording()

    def fill(self, on: bool) -> None:
        """Have the window fill the screen, or no longer."""
        fill(self.desktop, on)

    def quiet(self, on: bool) -> None:
        """Want quiet, or no longer."""
        self.desktop.do_not_disturb(on)


@pytest.fixture
def office(session: Desktop) -> Office:
    need("openbox", "wmctrl", "xcalc")
    return Office(session)


def test_what_holds_a_notice_back_is_told_in_one_sentence_and_its_end_is_heard_of(office: Office) -> None:
    """One takes over from the other, and nothing slips through. Afterwards one notice comes, and no more.

    Nobody tells that a window begins to fill the screen: it is seen before the notice would come up.
    """
    desktop = office.desktop
    write_quick(desktop, after="3.5s")  # what was seen in the last two seconds is believed
    with desktop.daemon(), desktop.typing(0.2):
        assert status(desktop)["sensors"]["fullscreen"] is False
        office.fill(True)
        wait_for_why(desktop, f"reset is due, but {FULLSCREEN}")
        assert said(desktop, "why").splitlines()[-1].startswith(f"Now: reset is due, but {FULLSCREEN}")
        office.quiet(True)
        office.fill(False)
        wait_for_why(desktop, f"reset is due, but {DND}")
        with office.call():
            wait_for_why(desktop, f"reset is due, but {CALL}, {DND}")
            office.quiet(False)
            wait_for_why(desktop, f"reset is due, but {CALL}")
            quiet(desktop, 0.5)
            assert notices(desktop) == []
        one_comes(desktop, before=0)


def test_a_call_takes_the_notice_down_and_it_comes_again_afterwards(office: Office) -> None:
    desktop = office.desktop
    write_quick(desktop)
    with desktop.daemon(), desktop.typing(0.2):
        desktop.wait_for_notification(TITLE)
        with office.call():
            wait_for(lambda: desktop.displayed() == 0)
            assert why(desktop) == f"the notice that was up waits: {CALL}"
            quiet(desktop, 0.5)
        again = one_comes(desktop, before=1)
        assert again["summary"] == TITLE
        assert outcomes(desktop) == [("reset", None)]
        desktop.press("done", again["id"])
        wait_for(lambda: outcomes(desktop) == [("reset", "done")])


def test_a_call_is_work_with_nobody_at_the_keys(office: Office) -> None:
    desktop = office.desktop
    write_quick(desktop, after="1h", idle_after="1s")
    with desktop.daemon():
        desktop.key()
        with office.call():
            began_s = level_s(desktop)
            wait_for(lambda: level_s(desktop) >= began_s + 1.5)
        wait_for_status(desktop, state="resting")


def test_a_person_s_word_on_a_call_ends_by_itself_and_on_being_away_it_is_rest(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), session.typing(0.2):
        assert said(session, "presence", "call", "on", "--for", "2s").startswith("You are in a call until ")
        began = time.monotonic()
        wait_for_why(session, f"reset is due, but {CALL}")
        one_comes(session, before=0)
        assert time.monotonic() - began > 1.5
        assert status(session)["stated"] == {}
        before_s = level_s(session)
        said(session, "presence", "away", "on")
        assert wait_for_status(session, state="away")["holds"] == ["away"]
        wait_for(lambda: level_s(session) < before_s - 0.3)
        said(session, "presence", "away", "off")
        wait_for_status(session, state="working", holds=[])


# ── GNOME ─────────────────────────────────────────────────────────────────────────────────────────


class Gnome:
    """A desktop with the shell, its notifications, its settings and a login manager."""

    def __init__(self, desktop: Desktop, shell: Shell) -> None:
        self.desktop = desktop
        self.shell = shell


@pytest.fixture(scope="module")
def gnome_running() -> Iterator[Gnome]:
    """One for all tests, as it takes long to start."""
    need("dbus-daemon", "setpriv", "gjs")
    with Desktop.start(dunst=False, x11=False) as desktop:
        with_dconf(desktop)
        service = (
            f"[D-BUS Service]\nName=org.gnome.Shell.Notifications\nExec=/usr/bin/gjs {GNOME_NOTIFICATIONS}\n"
        )
        (desktop.services / "org.gnome.Shell.Notifications.service").write_text(service)
        with contextlib.closing(start_gnome_shell(desktop)) as shell:
            wait_for(lambda: is_owned(desktop, str(SERVER.bus_name)), 20, what="the shell to show notices")
            yield Gnome(desktop, shell)


@pytest.fixture
def gnome(gnome_running: Gnome) -> Gnome:
    """Give it with nothing left of what an earlier test did."""
    run(gnome_running.desktop, "gsettings", "reset", *BANNERS)
    shutil.rmtree(where(gnome_running.desktop).state_folder, ignore_errors=True)
    return gnome_running


def test_on_gnome_banners_switched_off_hold_and_the_lid_closed_on_a_notice_takes_the_break(
    gnome: Gnome,
) -> None:
    desktop = gnome.desktop
    before = len(notices(desktop))
    write_quick(desktop)
    run(desktop, "gsettings", "set", *BANNERS, "false")
    with desktop.daemon():
        with gnome.shell.typing():
            wait_for(lambda: status(desktop)["sensors"]["activity"] == "mutter")
            wait_for_why(desktop, f"reset is due, but {DND}")
            quiet(desktop, 0.5)
            run(desktop, "gsettings", "set", *BANNERS, "true")
            one_comes(desktop, before)
        desktop.prepare_for_sleep(True)
        wait_for_status(desktop, state="away", holds=["away"])
        wait_for(lambda: outcomes(desktop) == [("reset", "taken")], 8)
        quiet(desktop, 0.5)
        desktop.prepare_for_sleep(False)
        gnome.shell.key()
        desktop.wait_for_notification("Break counted")
        wait_for_status(desktop, state="working", holds=[])


def test_on_gnome_who_locks_or_switches_the_session_rests_and_is_shown_nothing(gnome: Gnome) -> None:
    """Keys meanwhile are a password, or another person's."""
    desktop = gnome.desktop
    before = len(notices(desktop))
    write_quick(desktop, after="2s", pause="1h")
    with desktop.daemon(), gnome.shell.typing():
        for leave in (desktop.lock, desktop.switch_away):
            wait_for(lambda: level_s(desktop) > 0.2)
            leave(True)
            left_s = wait_for_status(desktop, state="away", holds=["away"])["reminders"]["reset"]["level_s"]
            quiet(desktop, 0.8)
            assert level_s(desktop) <= left_s
            leave(False)
            wait_for_status(desktop, state="working", holds=[])
        one_comes(desktop, before)


# ── the daemon was there before the desktop ───────────────────────────────────────────────────────

MANAGER = DBusAddress(
    "/org/freedesktop/systemd1", "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager"
)


def mock_manager(desktop: Desktop) -> Callable[..., None]:
    """Start a user's service manager that knows of no display; what tells it of one."""
    need(LOGIND_PYTHON)
    manager = desktop.spawn(
        *(LOGIND_PYTHON, "-m", "dbusmock", "--session"),
        *(str(MANAGER.bus_name), MANAGER.object_path, str(MANAGER.interface)),
        name="systemd",
    )
    wait_for(lambda: not manager.alive or is_owned(desktop, str(MANAGER.bus_name)), 20, what="a manager")
    if not manager.alive:
        need("python3-dbusmock")
    mock = MANAGER.with_interface("org.freedesktop.DBus.Mock")
    nothing = ("as", ["LANG=C.UTF-8"])
    desktop.call(mock, "AddProperty", "ssv", MANAGER.interface, "Environment", nothing)

    def tell(*lines: str) -> None:
        news = {"Environment": ("as", list(lines))}
        desktop.call(mock, "UpdateProperties", "sa{sv}", MANAGER.interface, news)

    return tell


@pytest.fixture
def early() -> Iterator[Desktop]:
    """Give a session before its desktop has started."""
    need(*REQUIRED)
    with Desktop.start(dunst=False, x11=False) as desktop:
        del desktop.env["XDG_SESSION_TYPE"]
        write_quick(desktop, idle_after="1s")
        yield desktop


def test_a_daemon_that_was_there_before_the_compositor_finds_it(early: Desktop) -> None:
    need("mako")
    tell = mock_manager(early)
    with early.daemon():
        assert ask(early, "status")["sensors"]["activity"] != "wayland"
        sway = start_sway(early)
        early.start_server("mako")
        tell(*(f"{name}={early.env[name]}" for name in ("WAYLAND_DISPLAY", "SWAYSOCK", "XDG_SESSION_TYPE")))
        wait_for(lambda: ask(early, "status")["sensors"]["activity"] == "wayland", 15)
        with sway.typing(0.2):
            early.wait_for_notification(TITLE)
        with sway.window(app_id="film", fullscreen=True):
            assert ask(early, "status")["sensors"]["fullscreen"] is True


def test_a_daemon_that_was_there_before_the_x_server_finds_it(early: Desktop) -> None:
    tell = mock_manager(early)
    with early.daemon():
        assert status(early)["sensors"]["activity"] != "x11"
        with Desktop.start(dunst=False) as other:
            tell(f"DISPLAY={other.env['DISPLAY']}", "XDG_SESSION_TYPE=x11")
            wait_for(lambda: status(early)["sensors"]["activity"] == "x11", 15)
            other.key()
            wait_for_status(early, state="working")
            wait_for_status(early, state="resting")
