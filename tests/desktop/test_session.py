"""The test desktop keeps its own promises; every other test in this folder leans on them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.desktop.session import SERVER, Desktop, need, wait_for

ACTIONS = ["default", "Show me", "done", "Done", "later", "Later", "skip", "Skip"]


def send(desktop: Desktop, title: str, *, replaces: int = 0) -> int:
    arguments = ("test", replaces, "", title, "body", ACTIONS, {"urgency": ("y", 1)}, 0)
    return int(str(desktop.call(SERVER, "Notify", "susssasa{sv}i", *arguments)[0]))


def test_what_was_sent_is_on_the_screen_and_readable(session: Desktop, tmp_path: Path) -> None:
    number = send(session, "Sit back")
    seen = session.wait_for_notification("Sit back")
    assert (seen["id"], seen["actions"]["later"], seen["hints"]) == (number, "Later", {"urgency": 1})
    wait_for(lambda: session.displayed() == 1)
    session.screenshot(tmp_path / "screen.png")
    assert (tmp_path / "screen.png").stat().st_size > 1000


@pytest.mark.parametrize("action", ["default", "done", "later", "skip"])
def test_every_button_can_be_pressed(module_session: Desktop, action: str) -> None:
    number = send(module_session, "Press me")
    module_session.press(action, number)
    assert module_session.notifications()[-1]["pressed"] == [action]
    module_session.dismiss()
    wait_for(lambda: not module_session.notifications(only_open=True))


def test_a_button_that_is_not_there_cannot_be_pressed(module_session: Desktop) -> None:
    with pytest.raises(AssertionError, match="no notification on the screen"):
        module_session.press("dance")


def test_a_replaced_notification_counts_once(module_session: Desktop) -> None:
    first = send(module_session, "old")
    assert send(module_session, "new", replaces=first) == first
    assert [n["summary"] for n in module_session.notifications(only_open=True)] == ["new"]
    module_session.dismiss()
    wait_for(lambda: not module_session.notifications(only_open=True))


def test_a_killed_server_and_a_killed_bus_come_back(session: Desktop) -> None:
    send(session, "before")
    session.kill_dunst()
    assert session.notifications(only_open=True) == []
    session.start_dunst()
    send(session, "between")
    session.kill_bus()
    session.start_bus()
    session.start_dunst()
    send(session, "after")
    assert [n["summary"] for n in session.notifications()] == ["before", "between", "after"]


def test_do_not_disturb_keeps_it_off_the_screen(session: Desktop) -> None:
    session.do_not_disturb(True)
    send(session, "quiet")
    assert session.displayed() == 0
    session.do_not_disturb(False)
    wait_for(lambda: session.displayed() == 1)


def test_the_login_manager_announces_sleep_and_lock(headless_session: Desktop) -> None:
    need("dbus-monitor")
    headless_session.mock_logind()
    listener = headless_session.spawn("dbus-monitor", "--system", "type='signal'", name="listener")
    wait_for(lambda: "NameLost" in listener.output)
    headless_session.prepare_for_sleep(True)
    headless_session.lock(True)
    wait_for(lambda: "PrepareForSleep" in listener.output and "LockedHint" in listener.output)


def test_input_is_real(bare_session: Desktop) -> None:
    need("xdotool")
    bare_session.key()
    bare_session.move(40, 30)
    where = subprocess.run(
        ["xdotool", "getmouselocation"],
        env=bare_session.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert "x:" in where.stdout


@pytest.mark.parametrize("how", ["TERM", "KILL"])
def test_nothing_outlives_the_test_process(how: str, tmp_path: Path) -> None:
    need("Xvfb", "dunst", "dbus-daemon", "setpriv")
    script = textwrap.dedent("""
        import time
        from tests.desktop.session import Desktop
        with Desktop.start() as desktop:
            print(*(p.pid for p in desktop._programs), flush=True)
            time.sleep(60)
    """)
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, env=env, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        pids = one.stdout.readline().split()
        one.terminate() if how == "TERM" else one.kill()
    assert len(pids) == 3
    wait_for(lambda: not any(Path(f"/proc/{pid}/exe").exists() and _runs(pid) for pid in pids))
    if how == "TERM":
        assert list(tmp_path.iterdir()) == []


def _runs(pid: str) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_session_is_up_quickly(tmp_path: Path) -> None:
    """The aim is 0.4 s; the limit allows for a loaded machine."""
    need("Xvfb", "dunst", "dbus-daemon", "setpriv")
    started = time.monotonic()
    with Desktop.start():
        took_s = time.monotonic() - started
    assert took_s < 5
