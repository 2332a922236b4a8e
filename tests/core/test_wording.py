"""What the program says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from story import BERLIN, LIBRARY, item

from postured.core import wording
from postured.core.model import Action, Decide, Hold, Kind, Level, Problem, Step

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (30, "30 s"),
        (119, "119 s"),
        (120, "2 min"),
        (150, "2 min"),
        (3599, "60 min"),
        (3600, "1h"),
        (5400, "1h30m"),
        (86400, "1d"),
    ],
)
def test_lengths_are_spoken_to_the_nearest_unit_that_matters(seconds: float, text: str) -> None:
    assert wording.spoken(seconds) == text


def test_a_title_is_the_summary_cut_to_sixty_characters() -> None:
    one = item("B01", Kind.BREAK, 30)
    assert wording.notice_title(replace(one, title="Long name", summary="Sit up.")) == "Sit up."
    assert wording.notice_title(replace(one, title="Long name")) == "Long name"
    cut = wording.notice_title(replace(one, summary="word " * 20))
    assert len(cut) <= 60
    assert cut.endswith("d…")


def test_the_body_says_how_long_where_and_with_what() -> None:
    one = replace(item("M01", Kind.MASSAGE, 90), place=("wall",), equipment=("wall", "tennis_ball"))
    assert wording.notice_body(one) == "90 s, at a wall, with tennis ball."
    assert wording.notice_body(replace(one, equipment=("none",))) == "90 s, at a wall."


def test_an_item_with_levels_speaks_of_its_first_level() -> None:
    level = Level(1, "easy", 1, 8, 0, "", 120, ("floor",), ("mat",), (), False)
    one = replace(item("S01", Kind.STRENGTH, 120), place=("desk",), levels=(level,))
    assert wording.notice_body(one) == "Level 1, 1 × 8, 2 min, on the floor, with mat."


def test_steps_are_numbered_and_end_with_the_cautions() -> None:
    one = replace(
        LIBRARY[0], steps=(Step("Sit up", 10), Step("Look far", 20)), cautions=("Stop if it hurts",)
    )
    assert wording.steps(one) == "1. Sit up (10 s)\n2. Look far (20 s)\n! Stop if it hurts"


def test_a_notice_has_a_default_action_and_at_most_three_buttons() -> None:
    with_later, without = wording.buttons(later=True), wording.buttons(later=False)
    assert [key for key, _ in with_later] == ["default", "done", "later", "skip"]
    assert [key for key, _ in without] == ["default", "done", "skip"]
    assert dict(with_later)["default"] == "Show me"
    assert {key for key, _ in with_later} == set(Action)


def test_the_commands_are_those_of_the_buttons() -> None:
    assert wording.commands(later=True) == "Answer with: postured done · later · skip"
    assert wording.commands(later=False) == "Answer with: postured done · skip"


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (Decide("reset", "held", "call"), "reset was due, held: call"),
        (Decide("reset", "shown", "B01"), "reset was due and shown: B01"),
        (
            Decide("reset", "waits", "spacing"),
            "reset was due, but the last notice was too short a time ago (notify.spacing)",
        ),
        (
            Decide("reset", "waits", "nobody at the keys"),
            "reset was due, waiting for you to be there: nobody at the keys",
        ),
        (Decide("reset", "answered", "long_break"), "reset was answered for by long_break"),
        (Decide("noon", "missed", "call, dnd"), "noon was missed: call, dnd"),
        (Decide("reset", "forgotten"), "reset: forgotten"),
    ],
)
def test_a_decision_is_one_plain_sentence(decision: Decide, sentence: str) -> None:
    assert wording.decision(decision) == sentence


@pytest.mark.parametrize("hold", list(Hold))
def test_every_hold_has_a_sentence_of_its_own(hold: Hold) -> None:
    sentence = wording.because_held([hold.value])
    assert sentence != hold.value
    assert " " in sentence


@pytest.mark.parametrize("hold", [Hold.CALL, Hold.FULLSCREEN, Hold.DND])
def test_a_stuck_hold_is_named_with_how_long_it_stood(hold: Hold) -> None:
    title, body = wording.stuck(hold.value, 3 * 3600.0)
    assert title
    assert "For 3h " in body
    assert wording.because_held([hold]) in body


def test_a_broken_schedule_is_told_by_its_first_line_and_the_number_of_the_others() -> None:
    one = Problem("f.yaml", 7, 3, "reminders.reset.after", "'20 mn' is no duration", "20m")
    title, body = wording.broken([one])
    assert title == "Your schedule has a mistake; the old one goes on"
    assert body == "Line 7: reminders.reset.after: '20 mn' is no duration. See: postured config check"
    assert "the default one goes on" in wording.broken([one], "default")[0]
    assert "And 2 more." in wording.broken([one, one, one])[1]
    assert "Line 7: 'x'. See" in wording.broken([Problem("f.yaml", 7, 3, "", "'x'")])[1]


def test_the_first_reminder_is_told_by_its_time_and_by_its_day_if_that_is_another() -> None:
    assert (
        wording.first_reminder("reset", MONDAY.replace(minute=20), MONDAY)
        == "The first reminder can come at 09:20 (reset)."
    )
    assert "at Tue 09:00" in wording.first_reminder("reset", MONDAY.replace(day=24), MONDAY)
    assert "postured plan" in wording.first_reminder(None, None, MONDAY)


def test_the_welcome_names_the_schedule() -> None:
    assert (
        wording.welcome("/home/x/postured.yaml", "Soon.")[1] == "Soon. Your schedule: /home/x/postured.yaml"
    )
