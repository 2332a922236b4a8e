"""The daemon on a real desktop: work and rest seen from real input, notices shown, answered and settled."""

from __future__ import annotations

import signal
import time
from datetime import datetime
from pathlib import Path

import pytest

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
    write_quick,
)
from tests.desktop.session import Desktop, wait_for


def test_work_brings_a_notice_with_all_that_belongs_to_it(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), session.typing(0.3):
        notice = session.wait_for_notification(TITLE)
        told = status(session)
    assert (notice["app_name"], notice["summary"]) == ("postured", TITLE)
    assert notice["body"].startswith("3 s, at home.")
    assert notice["actions"] == {"default": "Show me", "done": "Done", "later": "Later", "skip": "Skip"}
    assert notice["hints"] == {"urgency": 1, "desktop-entry": "postured", "category": "x-postured.break"}
    assert Path(notice["icon"]).read_bytes().startswith(b"\x89PNG")
    assert (told["notice"]["reminder"], told["notice"]["item"]) == ("reset", "sit")
    assert (told["state"], told["sensors"]["activity"], told["notifier"]) == ("working", "x11", "desktop")


def test_a_notice_comes_when_it_is_due_and_not_half_a_second_later(session: Desktop) -> None:
    write_quick(session, after="3s")
    with session.daemon(), session.typing(0.3):
        due_at = datetime.fromisoformat(status(session)["reminders"]["reset"]["due_at"])
        notice = session.wait_for_notification(TITLE)
    assert 0 <= notice["sent_unix_s"] - due_at.timestamp() <= 0.5


def test_a_daemon_that_was_stopped_for_a_while_shows_at_once_what_came_due(session: Desktop) -> None:
    """As on a machine that is far too busy: nothing late is dropped."""
    write_quick(session)
    with session.daemon() as daemon, session.typing(0.3):
        due_at = datetime.fromisoformat(status(session)["reminders"]["reset"]["due_at"]).timestamp()
        daemon.signal(signal.SIGSTOP)
        wait_for(lambda: time.time() > due_at + 1)
        daemon.signal(signal.SIGCONT)
        session.wait_for_notification(TITLE, limit_s=0.5)


def test_stillness_is_rest_and_nothing_is_shown_to_an_empty_chair(session: Desktop) -> None:
    """The tank is full and stays so; what is due comes with the next key and not before."""
    write_quick(session, pause="1h")
    with session.daemon():
        said(session, "pause")
        with session.typing(0.3):
            wait_for(lambda: status(session)["reminders"]["reset"]["level_s"] == 1.5)
        wait_for_status(session, state="resting")
        said(session, "resume")
        nothing_new(session, 1.0)
        session.key()
        session.wait_for_notification(TITLE, limit_s=1)


def test_what_comes_due_ten_seconds_after_the_last_key_waits_for_the_next_one(session: Desktop) -> None:
    """Reading is work: nothing is known of it but the silence, so the notice waits for the hands."""
    write_quick(session, after="11s", idle_after="60s")
    with session.daemon():
        session.key()
        because = "reset is due and waits for your next key or mouse movement"
        told = wait_for_status(session, 13, why=because)
        assert told["state"] in ("working", "silent")
        nothing_new(session, 0.5)
        session.move()
        session.wait_for_notification(TITLE, limit_s=1)


def test_a_break_that_is_seen_closes_the_notice_and_is_counted(session: Desktop) -> None:
    write_quick(session)
    with session.daemon():
        with notice_up(session):
            pass
        counted = session.wait_for_notification("Break counted", limit_s=8)
        assert (counted["actions"], counted["hints"]["urgency"]) == ({}, 0)
        assert [notice["summary"] for notice in session.notifications(only_open=True)] == ["Break counted"]
        assert session.displayed() == 1
        assert outcomes(session) == [("reset", "taken")]
        session.key()
        wait_for_status(session, state="working")
        (row,) = ask(session, "history")
        assert row["seconds"] >= 3
        level_s = status(session)["reminders"]["reset"]["level_s"]
        assert level_s < 1, "a full pause empties a full tank"


def test_rest_that_nobody_asked_for_is_a_natural_break(session: Desktop) -> None:
    write_quick(session, after="1m")
    with session.daemon():
        with session.typing(0.3):
            wait_for(lambda: status(session)["reminders"]["reset"]["level_s"] >= 1)
        wait_for_status(session, state="resting")
        wait_for(lambda: status(session)["reminders"]["reset"]["level_s"] == 0)
        session.key()
        wait_for(lambda: outcomes(session) == [("reset", "natural")])
        assert session.notifications() == []


@pytest.mark.parametrize(("button", "outcome"), [("done", "done"), ("skip", "skipped"), ("later", "later")])
def test_a_button_that_is_pressed_is_an_outcome(session: Desktop, button: str, outcome: str) -> None:
    write_quick(session)
    with session.daemon():
        with notice_up(session):
            session.press(button)
        wait_for(lambda: outcomes(session) == [("reset", outcome)])
        assert status(session)["notice"] is None
        wait_for(lambda: session.displayed() == 0)


@pytest.mark.parametrize(("command", "outcome"), [("done", "done"), ("skip", "skipped"), ("later", "later")])
def test_a_command_does_what_the_button_does(session: Desktop, command: str, outcome: str) -> None:
    write_quick(session)
    with session.daemon():
        with notice_up(session):
            assert "sit" in said(session, command)
        wait_for(lambda: not session.notifications(only_open=True))
        assert outcomes(session) == [("reset", outcome)]
        code, line = failed(session.run(command))
        assert code == 1
        assert "no notice is up" in line


def test_show_me_puts_the_steps_up_and_settles_nothing(session: Desktop) -> None:
    write_quick(session)
    with session.daemon():
        with notice_up(session):
            session.press("default")
            steps = session.wait_for_notification("Lean back and let the arms hang.")
        assert steps["summary"] == "Sit back"
        assert len(session.notifications(only_open=True)) == 1
        assert outcomes(session) == [("reset", None)]
        session.press("done", steps["id"])
        wait_for(lambda: outcomes(session) == [("reset", "done")])


def test_later_comes_back_after_its_work_and_twice_at_most(session: Desktop) -> None:
    write_quick(session, pause="1h")
    with session.daemon(), session.typing(0.3):
        again = session.wait_for_notification(TITLE)
        for turn in (1, 2):
            notice = session.wait_for_notification(TITLE)
            pressed = time.monotonic()
            session.press("later", notice["id"])
            wait_for(lambda: status(session)["notice"] is None)
            again = session.wait_for_notification(TITLE)
            assert 0.9 <= time.monotonic() - pressed <= 2.5, f"the snooze is 1 s, turn {turn}"
        assert "later" not in again["actions"]
        assert "later" not in again["body"]
        code, line = failed(session.run("later"))
        assert code == 1
        assert "put off twice already" in line


def test_an_ignored_reminder_repeats_and_replaces_its_notice_in_place(session: Desktop) -> None:
    write_quick(session, repeat="2s")
    with session.daemon(), session.typing(0.3):
        first = session.wait_for_notification(TITLE)
        wait_for(lambda: len(session.notifications()) == 2)
        assert session.notifications()[-1]["replaces_id"] == first["id"]
        wait_for(lambda: session.displayed() == 1)
    assert outcomes(session)[0] == ("reset", "ignored")


def test_a_notice_that_is_waved_away_may_still_be_taken(session: Desktop) -> None:
    """Closing the bubble is no answer; what counts is the rest."""
    write_quick(session)
    with session.daemon():
        with notice_up(session):
            session.dismiss()
        wait_for(lambda: outcomes(session) == [("reset", "taken")], 8)


def test_now_suggests_at_once_what_is_asked_for(session: Desktop) -> None:
    write_quick(session, after="1h")
    with session.daemon():
        assert ask(session, "now", "break")["notice"]["item"] == "sit"
        session.wait_for_notification(TITLE, limit_s=1)
        assert ask(session, "now", "b01")["notice"]["kind"] == "break"
        wait_for(lambda: session.notifications(only_open=True)[-1]["summary"] != TITLE)
        code, line = failed(session.run("now", "dance"))
        assert code == 1
        assert "neither an item nor a kind" in line


def test_what_was_asked_for_cannot_be_put_off(session: Desktop) -> None:
    write_quick(session, after="1h")
    with session.daemon():
        said(session, "now", "sit")
        notice = session.wait_for_notification(TITLE)
        assert "later" not in notice["actions"]
        assert "you asked for it yourself" in failed(session.run("later"))[1]
        session.press("done")
        wait_for(lambda: outcomes(session) == [(None, "done")])


def test_a_pause_takes_the_notice_down_and_it_comes_back_afterwards(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), notice_up(session):
        said(session, "pause")
        wait_for(lambda: not session.notifications(only_open=True))
        assert status(session)["why"] != "a notice is up"
        said(session, "resume")
        session.wait_for_notification(TITLE, limit_s=3)


def test_a_pause_holds_what_is_due_and_resume_lets_it_come(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), session.typing(0.3):
        assert ask(session, "pause", "1h")["paused_until"] is not None
        told = wait_for_status(session, why="reset is due, but you paused it")
        assert told["holds"] == ["paused"]
        assert "held: paused" in said(session, "why")
        nothing_new(session, 0.5)
        assert ask(session, "resume") == {"was_paused": True}
        session.wait_for_notification(TITLE, limit_s=1)


def test_a_pause_ends_by_itself(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), session.typing(0.3):
        said(session, "pause", "2s")
        paused = time.monotonic()
        session.wait_for_notification(TITLE)
        assert 1.8 <= time.monotonic() - paused <= 3.5


def test_the_last_decisions_are_told_in_plain_sentences(session: Desktop) -> None:
    write_quick(session)
    with session.daemon(), notice_up(session):
        assert "reset was due and shown: sit" in said(session, "why")
        (decision,) = ask(session, "why")["decisions"]
        assert (decision["reminder"], decision["verdict"]) == ("reset", "shown")


def test_a_notice_whose_reminder_an_edit_took_away_can_still_be_answered(session: Desktop) -> None:
    text = write_quick(session)
    with session.daemon(), notice_up(session):
        session.write_schedule(text.replace("reset:", "stretch:"))
        wait_for(lambda: "stretch" in status(session)["reminders"])
        assert session.run("later").returncode == 1 or status(session)["notice"] is None


def test_status_can_be_printed_on_an_old_terminal(session: Desktop) -> None:
    write_quick(session)
    with session.daemon():
        session.env["PYTHONIOENCODING"] = "ascii"
        said(session, "status")
