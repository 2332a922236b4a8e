"""The daemon among things that change, break and come back: the schedule, servers, buses, the display, the lock."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.desktop.quick import (
    ITEM,
    TITLE,
    ask,
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

TAKEN_UP_S = 2.0


def levels(session: Desktop) -> dict[str, float]:
    return {name: row["after_s"] for name, row in status(session)["reminders"].items()}


# ── the schedule is edited ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["written", "renamed", "linked", "link moved"])
def test_a_saved_edit_is_taken_up(session: Desktop, how: str, tmp_path: Path) -> None:
    """Whether the editor writes into the file, puts another in its place, or the file lies elsewhere."""
    text = write_quick(session, after="1h")
    file, dotfile = session.config_file, tmp_path / "dotfile.yaml"
    if how.startswith("link"):
        dotfile.write_text(text)
        file.unlink()
        file.symlink_to(dotfile)
    with session.daemon() as daemon:
        assert levels(session) == {"reset": 3600.0}
        edited = text.replace("after: 1h", "after: 2h").replace("repeat: 1h", "repeat: 3h")
        if how == "renamed":
            (file.parent / "postured.yaml~new").write_text(edited)
            (file.parent / "postured.yaml~new").replace(file)
        elif how == "link moved":
            (tmp_path / "another.yaml").write_text(edited)
            (tmp_path / "link").symlink_to(tmp_path / "another.yaml")
            (tmp_path / "link").replace(file)
        else:
            (dotfile if how == "linked" else file).write_text(edited)
        wait_for(lambda: levels(session) == {"reset": 7200.0}, TAKEN_UP_S)
        assert status(session)["config"]["ok"] is True
        assert session.notifications() == []
        assert daemon.alive
    assert where(session).last_good_file.read_text() == edited


def test_what_was_worked_before_an_edit_still_counts(session: Desktop) -> None:
    text = write_quick(session, after="1h")
    with session.daemon(), session.typing(0.3):
        wait_for(lambda: status(session)["reminders"]["reset"]["level_s"] >= 1)
        session.write_schedule(text.replace("after: 1h", "after: 2s"))
        session.wait_for_notification(TITLE, limit_s=3)


def test_a_broken_edit_changes_nothing_and_is_named(session: Desktop) -> None:
    text = write_quick(session, after="1h")
    with session.daemon() as daemon:
        status(session)
        session.write_schedule(text.replace("after: 1h", "afer: 1h"))
        notice = session.wait_for_notification("Your schedule has a mistake", limit_s=TAKEN_UP_S)
        assert "Line 4: reminders.reset.afer" in notice["body"]
        assert "postured config check" in notice["body"]
        told = status(session)
        assert (told["config"]["ok"], levels(session)) == (False, {"reset": 3600.0})
        assert told["config"]["problems"][0].startswith(f"{session.config_file}:4:")
        assert "the schedule is broken; running on the last good one" in said(session, "status")
        assert f"{session.config_file}:4:" in daemon.output

        session.write_schedule(text.replace("after: 1h", "after: 2h"))
        wait_for(lambda: levels(session) == {"reset": 7200.0}, TAKEN_UP_S)
        assert status(session)["config"] | {"path": ""} == {
            "path": "",
            "ok": True,
            "source": "file",
            "problems": [],
        }


def test_a_schedule_that_is_deleted_goes_on(session: Desktop) -> None:
    text = write_quick(session, after="1h")
    with session.daemon():
        status(session)
        session.config_file.unlink()
        wait_for(lambda: status(session)["config"]["ok"] is False, TAKEN_UP_S)
        assert levels(session) == {"reset": 3600.0}
        session.write_schedule(text)
        wait_for(lambda: status(session)["config"]["ok"] is True, TAKEN_UP_S)


def test_an_edit_with_the_editor_of_ones_choice_is_checked_and_taken_up(session: Desktop) -> None:
    write_quick(session, after="1h")
    session.env["EDITOR"] = "sed -i s/1h/2h/"
    with session.daemon():
        assert "is good" in said(session, "config", "edit")
        wait_for(lambda: levels(session) == {"reset": 7200.0}, TAKEN_UP_S)


def test_sighup_reads_everything_anew(session: Desktop) -> None:
    write_quick(session, after="1h")
    with session.daemon() as daemon:
        items = status(session)["library"]["items"]
        (session.config_file.parent / "library/own.yaml").write_text(
            ITEM + ITEM.replace("id: sit", "id: lie")
        )
        daemon.signal(signal.SIGHUP)
        wait_for(lambda: status(session)["library"]["items"] == items + 1, TAKEN_UP_S)
        assert daemon.alive


def test_own_items_are_taken_up_and_broken_ones_named(session: Desktop) -> None:
    write_quick(session, after="1h")
    own = session.config_file.parent / "library/own.yaml"
    with session.daemon():
        status(session)
        own.write_text(ITEM.replace("Sit back and breathe out", "Lean back now"))
        wait_for(
            lambda: ask(session, "now", "sit") and session.notifications()[-1]["summary"] == "Lean back now",
            3,
        )
        own.write_text(ITEM.replace("kind: break", "kind: brake"))
        wait_for(lambda: status(session)["library"]["problems"], TAKEN_UP_S)
        assert str(own) in status(session)["library"]["problems"][0]


@pytest.mark.parametrize("before", [True, False])
def test_a_file_that_is_broken_at_the_start_leaves_the_last_good_one_or_the_default(
    session: Desktop, before: bool
) -> None:
    write_quick(session, after="1h")
    if before:
        with session.daemon():
            wait_for(where(session).last_good_file.exists)
    session.write_schedule("reminders: {reset: {after: [}}\n")
    with session.daemon() as daemon:
        notice = session.wait_for_notification("Your schedule has a mistake")
        source = "last good" if before else "default"
        assert "Line 1" in notice["body"]
        assert source in notice["summary"]
        assert f"the schedule is broken; running on the {source} one" in daemon.output
        told = status(session)["config"]
        assert (told["ok"], told["source"]) == (False, source)
        assert ("long_break" in levels(session)) is not before
        assert "Traceback" not in daemon.output
    assert session.config_file.read_text() == "reminders: {reset: {after: [}}\n"


@pytest.mark.parametrize("what", ["empty", "binary", "ten megabytes", "a folder", "a pipe"])
def test_whatever_lies_in_place_of_the_schedule_is_named_and_left_alone(session: Desktop, what: str) -> None:
    file = session.config_file
    file.parent.mkdir(parents=True)
    if what == "a folder":
        file.mkdir()
    elif what == "a pipe":
        os.mkfifo(file)
    else:
        file.write_bytes({"empty": b"", "binary": b"\x00\xff" * 99}.get(what, b"a: b\n" * 2_000_000))
    before = file.lstat()
    with session.daemon() as daemon:
        told = status(session)["config"]
        assert (told["ok"], told["source"]) == (False, "default")
        assert told["problems"][0].startswith(f"{file}:1:1: ")
        assert "Traceback" not in daemon.output
    after = file.lstat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )


def test_a_first_run_that_can_write_nothing_goes_on_with_the_default(session: Desktop) -> None:
    folder = Path(session.env["XDG_CONFIG_HOME"])
    folder.rmdir()
    folder.write_text("mine")
    with session.daemon() as daemon:
        assert "could not be written, so the default schedule is used" in daemon.output
        notice = session.wait_for_notification("could not be written, so the default schedule is used")
        assert "the old one" not in notice["summary"]
        assert status(session)["config"]["source"] == "default"
        assert "Traceback" not in daemon.output
    assert folder.read_text() == "mine"


# ── the notification server ───────────────────────────────────────────────────────────────────────


def test_a_server_that_dies_is_told_of_and_the_next_one_is_used(session: Desktop) -> None:
    write_quick(session, repeat="1s")
    with session.daemon() as daemon, notice_up(session):
        assert status(session)["notifier"] == "desktop"
        session.kill_dunst()
        wait_for_status(session, notifier="console")
        wait_for(lambda: TITLE in daemon.output)
        session.start_dunst()
        wait_for_status(session, notifier="desktop")
        notice = session.wait_for_notification(TITLE)
        session.press("done", notice["id"])
        wait_for(lambda: outcomes(session)[-1] == ("reset", "done"))


def test_a_server_that_hangs_holds_nothing_up(session: Desktop) -> None:
    write_quick(session, repeat="1s")
    with session.daemon() as daemon, notice_up(session):
        session.freeze_dunst(True)
        began = time.monotonic()
        assert status(session)["state"] == "working"
        said(session, "why")
        assert time.monotonic() - began < 4, "what waits for the server's answer waits for five seconds"
        wait_for(lambda: TITLE in daemon.output, 12)
        assert "timeout" in status(session)["delivery"]
        session.freeze_dunst(False)
        wait_for(lambda: status(session)["delivery"].startswith("desktop: delivered"), 8)
        wait_for(lambda: session.displayed() == 1)


def test_without_a_server_the_notice_is_printed(bare_session: Desktop) -> None:
    write_quick(bare_session)
    with bare_session.daemon() as daemon, bare_session.typing(0.3):
        wait_for(lambda: TITLE in daemon.output)
        assert "Answer with: postured done · later · skip" in daemon.output
        told = status(bare_session)
        assert told["notifier"] == "console"
        assert "no-server" in told["delivery"]
        said(bare_session, "later")
        assert outcomes(bare_session) == [("reset", "later")]
        bare_session.start_dunst()
        bare_session.wait_for_notification(TITLE)
        wait_for_status(bare_session, notifier="desktop")


def test_without_any_bus_the_daemon_lives_and_prints(bare_session: Desktop) -> None:
    write_quick(bare_session)
    bare_session.kill_bus()
    with bare_session.daemon() as daemon, bare_session.typing(0.3):
        wait_for(lambda: TITLE in daemon.output)
        assert "no-bus" in status(bare_session)["delivery"]
        assert "Traceback" not in daemon.output
        said(bare_session, "done")
        assert outcomes(bare_session) == [("reset", "done")]


def test_a_bus_that_ends_and_comes_back_is_used_again(session: Desktop) -> None:
    write_quick(session, repeat="1s")
    with session.daemon() as daemon, notice_up(session):
        session.kill_bus()
        wait_for_status(session, notifier="console")
        wait_for(lambda: TITLE in daemon.output)
        session.start_bus()
        session.start_dunst()
        notice = session.wait_for_notification(TITLE)
        session.press("skip", notice["id"])
        wait_for(lambda: outcomes(session)[-1] == ("reset", "skipped"))
        assert "Traceback" not in daemon.output


def test_a_bus_that_hangs_holds_nothing_up(session: Desktop) -> None:
    """Not at the start, not while it lives, not at the end."""
    write_quick(session)
    session.freeze_bus(True)
    with session.daemon() as daemon:
        wait_for(lambda: "postured is running" in daemon.output, 1)
        with session.typing(0.3):
            wait_for(lambda: status(session)["notice"] is not None, 3)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait(1.2) == 0
    session.freeze_bus(False)
    with session.daemon() as daemon:
        with notice_up(session):
            session.freeze_bus(True)
        assert status(session)["notice"] is not None
        daemon.signal(signal.SIGTERM)
        assert daemon.wait(1.2) == 0
    session.freeze_bus(False)


def test_the_backend_can_be_changed_by_an_edit(session: Desktop) -> None:
    text = write_quick(session, repeat="1s", backend="console")
    with session.daemon() as daemon, session.typing(0.3):
        wait_for(lambda: TITLE in daemon.output)
        assert session.notifications() == []
        session.write_schedule(text.replace("backend: console", "backend: desktop"))
        session.wait_for_notification(TITLE)


# ── the display and the login manager ─────────────────────────────────────────────────────────────


def test_a_display_that_is_killed_leaves_a_daemon_that_takes_all_time_for_work(session: Desktop) -> None:
    write_quick(session, repeat="1s")
    with session.daemon() as daemon:
        wait_for_status(session, sensors=status(session)["sensors"] | {"activity": "x11"})
        session.kill_display()
        wait_for(lambda: status(session)["sensors"]["activity"] == "always")
        assert status(session)["sensors"]["quality"] == "none"
        wait_for(lambda: TITLE in daemon.output, 8)
        assert "Traceback" not in daemon.output
        assert daemon.alive


def test_a_display_that_comes_back_is_listened_to_again(session: Desktop) -> None:
    write_quick(session)
    with session.daemon():
        session.kill_display()
        wait_for(lambda: status(session)["sensors"]["activity"] == "always")
        session.spawn("Xvfb", session.env["DISPLAY"], "-nolisten", "tcp", "-noreset", name="xvfb-again")
        wait_for(lambda: status(session)["sensors"]["activity"] == "x11")


def test_without_a_display_breaks_still_come(headless_session: Desktop) -> None:
    session = headless_session
    session.env.pop("XDG_SESSION_TYPE")
    write_quick(session)
    with session.daemon() as daemon:
        assert status(session)["sensors"]["activity"] in ("tty", "always")
        if status(session)["sensors"]["activity"] == "always":
            wait_for(lambda: TITLE in daemon.output)


def test_a_locked_screen_is_rest_and_holds_everything(session: Desktop) -> None:
    session.mock_logind()
    write_quick(session, pause="1h")
    with session.daemon(), session.typing(0.3):
        session.lock(True)
        told = wait_for_status(session, state="away")
        assert told["holds"] == ["away"]
        nothing_new(session, 1.5)
        session.lock(False)
        wait_for_status(session, holds=[])
        session.wait_for_notification(TITLE, limit_s=4)


def test_the_machine_going_to_sleep_is_rest(session: Desktop) -> None:
    session.mock_logind()
    write_quick(session, after="1h", pause="1h")
    with session.daemon(), session.typing(0.3):
        wait_for(lambda: status(session)["reminders"]["reset"]["level_s"] > 0.5)
        session.prepare_for_sleep(True)
        before = wait_for_status(session, state="away")["reminders"]["reset"]["level_s"]
        time.sleep(0.5)
        assert status(session)["reminders"]["reset"]["level_s"] <= before
        session.prepare_for_sleep(False)
        wait_for_status(session, state="working", holds=[])
        wait_for(lambda: status(session)["reminders"]["reset"]["level_s"] > before)


def test_a_locked_screen_takes_the_break_that_a_notice_asked_for(session: Desktop) -> None:
    session.mock_logind()
    write_quick(session)
    with session.daemon():
        with notice_up(session):
            session.lock(True)
            wait_for_status(session, state="away")
        wait_for(lambda: outcomes(session) == [("reset", "taken")], 8)
        wait_for(lambda: not session.notifications(only_open=True))
        nothing_new(session, 0.5)  # nobody is praised who is not there
        session.lock(False)
        session.key()
        session.wait_for_notification("Break counted")


# ── the disk ──────────────────────────────────────────────────────────────────────────────────────


def test_a_damaged_history_is_set_aside(session: Desktop) -> None:
    write_quick(session)
    history = where(session).history_file
    history.parent.mkdir(parents=True, mode=0o700)
    history.write_bytes(b"not a database" * 100)
    with session.daemon() as daemon:
        with notice_up(session):
            session.press("done")
        wait_for(lambda: outcomes(session) == [("reset", "done")])
        assert "Traceback" not in daemon.output
    kept = [path for path in history.parent.iterdir() if path.read_bytes().startswith(b"not a database")]
    assert len(kept) == 1


def test_a_state_folder_that_takes_nothing_leaves_a_daemon_that_says_so(session: Desktop) -> None:
    """Something else lies where the history belongs."""
    write_quick(session)
    blocked = where(session).state_folder
    blocked.write_text("mine")
    with session.daemon() as daemon, notice_up(session):
        assert str(blocked) in daemon.output
        assert "Traceback" not in daemon.output
        said(session, "done")
        daemon.signal(signal.SIGTERM)
        assert daemon.wait(1.2) == 0
    assert blocked.read_text() == "mine"


def test_a_full_disk_stops_nothing(session: Desktop) -> None:
    """No file may grow by a single byte: notices come and are answered all the same."""
    write_quick(session)
    command = f"ulimit -f 0; exec {sys.executable} -m postured run 2>&1"
    daemon = session.spawn("sh", "-c", f"({command}) | cat", name="full-disk")
    wait_for(where(session).socket.exists)
    with notice_up(session):
        session.press("done")
    wait_for(lambda: status(session)["notice"] is None)
    os.kill(status(session)["pid"], signal.SIGTERM)
    assert daemon.wait(1.5) == 0
    assert "the state was not saved in " in daemon.output
    assert "Traceback" not in daemon.output
