"""The daemon's life on a real desktop: first run, what it remembers, how it ends, and who else may run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from postured import control
from tests.desktop.quick import (
    TITLE,
    ask,
    failed,
    nothing_new,
    notice_up,
    outcomes,
    said,
    status,
    wait_for_status,
    where,
    write_quick,
)
from tests.desktop.session import Desktop, wait_for


@contextlib.contextmanager
def another_display(session: Desktop) -> Iterator[Desktop]:
    """A second screen of the same person: home, runtime folder and bus are shared, the display is not."""
    with Desktop.start(dunst=False) as other:
        other.home = session.home
        other.env = session.env | {"DISPLAY": other.env["DISPLAY"]}
        yield other


@pytest.fixture
def generous() -> Iterator[None]:
    """Somebody whose new files are for everybody, unless a program says otherwise."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


# ── the first run ─────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_writes_the_schedule_and_welcomes(session: Desktop) -> None:
    with session.daemon() as daemon:
        welcome = session.wait_for_notification("postured is keeping an eye on your breaks")
        wait_for(lambda: "postured is running" in daemon.output)
        assert f"Your schedule was written to {session.config_file}" in daemon.output
        assert "The first reminder can come at " in daemon.output
        assert str(session.config_file) in welcome["body"]
        assert "The first reminder can come at " in welcome["body"]
        assert session.config_file.with_name("postured.schema.json").exists()
        assert ask(session, "config", "check") == {"ok": True, "problems": []}
        assert len(session.notifications()) == 1
    with session.daemon() as daemon:
        wait_for(lambda: "postured is running" in daemon.output)
        nothing_new(session, 0.3)


def test_a_demonstration_shows_a_notice_within_a_minute_and_leaves_no_trace(session: Desktop) -> None:
    write_quick(session, after="2m")
    with session.daemon("--demo") as daemon:
        wait_for(lambda: "Time runs 60 times as fast" in daemon.output)
        session.wait_for_notification(TITLE)
        said(session, "done")
        wait_for(lambda: not session.notifications(only_open=True))
    assert not where(session).state_folder.exists()
    assert outcomes(session) == []


def test_the_demonstration_of_a_newcomer_is_short_enough(session: Desktop) -> None:
    """The shortest reminder of the default schedule, at sixty times the speed, takes less than a minute."""
    with session.daemon("--demo"):
        tanks = ask(session, "status")["reminders"].values()
        assert min(row["after_s"] for row in tanks if row["after_s"]) < 3600


# ── what lies on the disk ─────────────────────────────────────────────────────────────────────────


def test_what_it_writes_is_for_the_person_alone(session: Desktop, generous: None) -> None:
    with session.daemon():
        session.wait_for_notification("postured is keeping an eye")
        there = where(session)
        roots = (there.config_folder, there.state_folder, there.runtime_folder)
        found = [path for root in roots for path in (root, *root.rglob("*"))]
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in found}
    assert {there.history_file, there.socket, there.lock, there.config_file} <= modes.keys()
    assert {
        path: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)
    } == {}


# ── how it ends ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second_with_everything_in_its_place(
    session: Desktop, number: signal.Signals
) -> None:
    write_quick(session, pause="1h")
    with session.daemon() as daemon:
        with notice_up(session):
            level_s = status(session)["reminders"]["reset"]["level_s"]
        daemon.signal(number)
        assert daemon.wait(1.0) == 0
        assert "Traceback" not in daemon.output
    assert session.notifications(only_open=True) == []
    assert not where(session).socket.exists()
    with session.daemon():
        told = status(session)
        assert told["notice"]["item"] == "sit"
        assert level_s - 0.5 <= told["reminders"]["reset"]["level_s"] <= level_s + 0.5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_right_after_ready_ends_it_as_well_as_any(session: Desktop, number: signal.Signals) -> None:
    """Ready is said before the heavy parts are loaded; a service may be stopped just then."""
    write_quick(session)
    with session.daemon() as daemon:
        daemon.signal(number)
        assert daemon.wait(1.5) == 0
    assert not where(session).socket.exists()
    assert where(session).memory_file.exists()


def test_a_reload_right_after_ready_does_not_end_it(session: Desktop) -> None:
    write_quick(session)
    with session.daemon() as daemon:
        daemon.signal(signal.SIGHUP)
        assert status(session)["pid"] == daemon.pid


def test_a_hanging_server_does_not_hold_up_the_end(session: Desktop) -> None:
    write_quick(session)
    with session.daemon() as daemon:
        with notice_up(session):
            session.freeze_dunst(True)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait(1.2) == 0
    session.freeze_dunst(False)


def test_the_notice_that_was_up_comes_again_after_a_restart(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), notice_up(session):
        pass
    with session.daemon(), session.typing(0.3):
        again = session.wait_for_notification(TITLE)
        session.press("done", again["id"])
    assert outcomes(session) == [("reset", "done")], "it is the same notice, not another one"


def test_a_kill_loses_little_and_leaves_no_dead_notice_on_the_screen(session: Desktop) -> None:
    write_quick(session, pause="1h")
    with session.daemon() as daemon, session.typing(0.3):
        session.wait_for_notification(TITLE)
        wait_for(lambda: status(session)["delivery"].startswith("desktop: delivered"))
        daemon.kill()
        assert len(session.notifications(only_open=True)) == 1
    with session.daemon(), session.typing(0.3):
        wait_for(lambda: len(session.notifications()) == 2)
        wait_for(lambda: session.displayed() == 1)
        again = session.wait_for_notification(TITLE)
        assert status(session)["reminders"]["reset"]["level_s"] >= 1.0, "what was saved at the notice"
        session.press("skip", again["id"])
        wait_for(lambda: outcomes(session) == [("reset", "skipped")])


def test_a_kill_at_work_costs_at_most_a_minute_of_the_level(session: Desktop) -> None:
    """An hour in the tank, saved as the daemon saves it, is still there after a kill."""
    write_quick(session, after="2h", pause="1h")
    with session.daemon():
        status(session)
    memory = where(session).memory_file
    saved = json.loads(memory.read_text())
    saved["state"]["engine"]["levels"]["reset"] = 3600.0
    memory.write_text(json.dumps(saved))
    with session.daemon() as daemon:
        assert status(session)["reminders"]["reset"]["level_s"] > 3580
        daemon.kill()
    with session.daemon():
        assert status(session)["reminders"]["reset"]["level_s"] > 3540


def test_a_pause_survives_a_restart_and_a_kill(session: Desktop) -> None:
    write_quick(session)
    with session.daemon() as daemon:
        until = ask(session, "pause", "1h")["paused_until"]
        daemon.kill()
    with session.daemon(), session.typing(0.3):
        told = wait_for_status(session, why="reset is due, but you paused it")
        assert told["paused_until"][:16] == until[:16]
        assert session.notifications() == []
        said(session, "resume")
        session.wait_for_notification(TITLE)


def test_a_damaged_state_file_is_set_aside(session: Desktop) -> None:
    write_quick(session)
    memory = where(session).memory_file
    with session.daemon():
        status(session)
    memory.write_text("{")
    with session.daemon() as daemon:
        wait_for(lambda: "it was kept as " in daemon.output)
        assert "Traceback" not in daemon.output
    assert [path for path in memory.parent.iterdir() if path.read_bytes() == b"{"]


# ── who else runs ─────────────────────────────────────────────────────────────────────────────────


def test_a_second_one_says_who_is_running(session: Desktop) -> None:
    write_quick(session)
    with session.daemon() as daemon:
        code, line = failed(session.run("run"))
        assert code == 1
        assert str(daemon.pid) in line
        assert status(session)["pid"] == daemon.pid


def test_what_a_killed_one_leaves_behind_is_no_obstacle(session: Desktop) -> None:
    write_quick(session)
    with session.daemon() as first:
        first.kill()
    assert where(session).socket.exists()
    assert failed(session.run("status"))[0] == 3
    with session.daemon() as second:
        assert status(session)["pid"] == second.pid


def test_two_displays_of_one_person_do_not_collide(session: Desktop) -> None:
    write_quick(session)
    with another_display(session) as other, session.daemon() as mine, other.daemon() as theirs:
        assert ask(session, "status")["pid"] == mine.pid
        assert ask(other, "status")["pid"] == theirs.pid
        said(other, "pause")
        assert ask(session, "status")["holds"] == []
        with session.typing(0.3):
            session.wait_for_notification(TITLE)
        wait_for_status(other, notice=None)


def test_without_a_display_the_only_daemon_answers(session: Desktop) -> None:
    """As over ssh, where nothing says which screen is meant."""
    write_quick(session)
    with another_display(session) as other, session.daemon() as mine:
        display = session.env.pop("DISPLAY")
        assert ask(session, "status")["pid"] == mine.pid
        with other.daemon():
            code, line = failed(session.run("status"))
            assert code == 1
            assert "several daemons are running" in line
        session.env["DISPLAY"] = display


def test_the_socket_answers_whoever_asks_rudely(session: Desktop) -> None:
    write_quick(session)
    with session.daemon():
        for sent in (b"\xff\xfe\n", b"{}\n", b"[" * 100_000, b'{"ask": "status"'):
            with socket.socket(socket.AF_UNIX) as rude:
                rude.settimeout(5)
                rude.connect(str(where(session).socket))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    rude.sendall(sent)
                    rude.shutdown(socket.SHUT_WR)
                    while rude.recv(65536):
                        pass
        assert status(session)["state"] == "working"


# ── what it tells ─────────────────────────────────────────────────────────────────────────────────

STATUS_KEYS = {"state", "holds", "reminders", "notice", "sensors", "notifier", "config"}
ROW_KEYS = {"at", "reminder", "item", "outcome", "seconds"}
NOTICE_KEYS = {"at", "reminder", "item", "kind"}
ITEM_KEYS = {"id", "kind", "title", "steps", "duration_s", "areas", "knot_zones", "evidence", "version"}


def test_json_has_the_promised_keys(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), notice_up(session):
        told = ask(session, "status")
        assert told.keys() >= STATUS_KEYS
        assert told["reminders"]["reset"].keys() >= {"level_s", "after_s", "due_at"}
        assert told["config"].keys() >= {"path", "ok"}
        assert told["notice"]["reminder"] == "reset"
        assert all(row.keys() == ROW_KEYS for row in ask(session, "history"))
        assert all(row.keys() >= NOTICE_KEYS for row in ask(session, "plan")["notices"])
        assert all(row.keys() >= ITEM_KEYS for row in ask(session, "library"))
        assert ask(session, "show", "sit").keys() >= ITEM_KEYS
        assert ask(session, "why").keys() >= {"decisions", "now", "next"}
        assert ask(session, "config", "path")["path"] == str(session.config_file)
        doctor = json.loads(session.run("doctor", "--json").stdout)
        assert all(check.keys() == {"name", "ok", "found", "hint"} for check in doctor["checks"])


def test_follow_prints_a_line_for_each_change_until_the_daemon_ends(session: Desktop) -> None:
    text = write_quick(session)
    with session.daemon():
        follower = session.spawn(
            sys.executable, "-m", "postured", "status", "--follow", "--json", name="follower"
        )

        def last() -> dict[str, Any]:
            lines = follower.output.splitlines(keepends=True)
            return json.loads(lines[-1]) if lines and lines[-1].endswith("\n") else {}

        wait_for(last)
        said(session, "pause")
        wait_for(lambda: last().get("holds") == ["paused"])
        said(session, "resume")
        wait_for(lambda: last().get("holds") == [])
        session.write_schedule(text + "hmm: 1\n")
        wait_for(lambda: last() and last()["config"]["ok"] is False)
        wait_for(lambda: last() and last()["delivery"].startswith("desktop: delivered"))
        said(session, "now", "sit")
        wait_for(lambda: last() and last()["notice"] is not None)
        session.kill_dunst()
        wait_for(lambda: last() and last()["notifier"] == "console")
    assert follower.wait(2) == 0


def test_exit_codes(session: Desktop) -> None:
    write_quick(session)
    assert failed(session.run("status"))[0] == 3
    assert session.run("pause", "--json").returncode == 3
    assert session.run("dance").returncode == 2
    broken = session.home / "broken.yaml"
    broken.write_text("reminders: {reset: {afte: 20m}}\n")
    assert session.run("config", "check", str(broken)).returncode == 78
    assert failed(session.run("run", "--config", str(session.home / "nowhere.yaml")))[0] == 78
    with session.daemon():
        assert session.run("status").returncode == 0
        assert failed(session.run("done"))[0] == 1
        assert failed(session.run("pause", "soon"))[0] == 2


def test_whoever_asks_at_the_very_first_moment_is_answered(session: Desktop) -> None:
    write_quick(session)
    with session.daemon() as daemon:
        assert status(session)["pid"] == daemon.pid
    with pytest.raises(control.NoDaemon):
        status(session)


def test_a_closed_output_is_no_obstacle(session: Desktop) -> None:
    write_quick(session)
    program = session.spawn("sh", "-c", f"exec {sys.executable} -m postured run >&-", name="mute")
    wait_for(lambda: where(session).socket.exists() or not program.alive)
    assert "Traceback" not in program.output
    assert program.alive
