"""A knot that is followed, on a real server: it is asked how it is, and a red flag silences everything at once."""

from __future__ import annotations

import time

import pytest

from postured.core.model import Answers, Cause, KnotLog, Told, Triage
from postured.files import own_folder
from postured.history import History
from tests.desktop.quick import TITLE, ask, nothing_new, said, status, wait_for_status, where, write_quick
from tests.desktop.session import Desktop, wait_for

ID = "1-right"
DAY_S = 86_400.0
SORE = "How sore is the knot today, right side?"


@pytest.fixture
def person(session: Desktop) -> Desktop:
    """Somebody with a strained knot of five days, who said three days ago how sore it was."""
    write_quick(session, after="1h")
    answers = Answers(side="right", zone="inner_edge", before="screen_forward", pain=5)
    own_folder(where(session).history_file.parent)
    past = History.open(where(session).history_file)
    past.triage(Triage(ID, answers, "R5", Cause.STRAIN, "strain", spared=True), time.time() - 5 * DAY_S)
    past.log(KnotLog(ID, Told.PAIN, 4), time.time() - 3 * DAY_S)
    past.close()
    return session


def told(session: Desktop) -> list[KnotLog]:
    """What the history holds of knots, without what was in it before."""
    past = History.open(where(session).history_file, read_only=True)
    try:
        return [log for _at, log in past.knots()[1]][1:]
    finally:
        past.close()


def test_it_asks_how_sore_the_knot_is_and_keeps_what_is_pressed(person: Desktop) -> None:
    with person.daemon():
        person.key()
        card = person.wait_for_notification(SORE, limit_s=8)
        assert list(card["actions"].items()) == [("low", "0 to 1"), ("some", "2 to 4"), ("much", "5 to 10")]
        assert "inner edge of the shoulder blade" in card["body"]
        assert card["hints"]["category"] == "x-postured.card"
        person.press("much")
        person.wait_for_notification("How much is it, of 10?")
        wait_for(lambda: person.displayed() == 1)
        person.press("high")
        person.wait_for_notification("Sorer than last time")
        assert told(person) == [KnotLog(ID, Told.ASKED), KnotLog(ID, Told.PAIN, 6)]
        wait_for(lambda: person.displayed() == 0, 15, what="the last card goes by itself")
        assert ask(person, "history") == []


def test_it_can_be_answered_with_a_number_where_there_are_no_buttons(person: Desktop) -> None:
    with person.daemon():
        person.key()
        person.wait_for_notification(SORE, limit_s=8)
        said(person, "answer", "2")
        person.wait_for_notification("Going the right way")
        assert told(person) == [KnotLog(ID, Told.ASKED), KnotLog(ID, Told.PAIN, 2)]


def test_a_red_flag_takes_the_notice_down_and_nothing_comes_any_more(session: Desktop) -> None:
    write_quick(session, repeat="1s")
    with session.daemon():
        with session.typing(0.3):
            session.wait_for_notification(TITLE, limit_s=8)
            assert "emergency" in said(session, "knot", "flag", "chest_pain")
            wait_for(lambda: session.displayed() == 0)
            wait_for_status(session, flags=["chest_pain"], notice=None)
            nothing_new(session, 4)
        assert "a red flag stands" in status(session)["why"]
        said(session, "knot", "clear")
        with session.typing(0.3):
            session.wait_for_notification(TITLE, limit_s=8)
