"""Two questions after a set, and one log from both answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core import question
from postured.core.model import Felt, Item, Kind, SetLog, Step

ITEM = Item("S02", Kind.STRENGTH, "Row", (Step("Pull.", 60),), 60)


def begin() -> question.SetQuestions:
    return question.begin(ITEM, 2, sets=3, reps=12)


@pytest.mark.parametrize("felt", list(Felt))
@pytest.mark.parametrize(("word", "pain"), [("no", False), ("yes", True)])
def test_both_answers_make_a_log(felt: Felt, word: str, pain: bool) -> None:
    row = begin().answer(felt, 3.0).answer(word, 2.0)
    assert row.card is None
    assert row.logs == (SetLog("S02", 2, 3, 12, full=True, felt=felt, pain=pain),)


def test_how_it_felt_is_asked_before_whether_it_hurt() -> None:
    row = begin()
    assert row.card is not None
    assert (row.card.text, row.card.answers, row.card.item) == ("felt", ("easy", "right", "hard"), "S02")
    row = row.answer("right", 1.0)
    assert row.card is not None
    assert (row.card.text, row.card.answers, row.card.item) == ("pain", ("no", "yes"), "S02")


def test_one_answer_alone_is_not_remembered() -> None:
    assert begin().elapse().logs == ()
    halfway = begin().answer("hard", 1.0).elapse()
    assert (halfway.card, halfway.logs) == (None, ())
    stopped = begin().answer("hard", 1.0).answer("stop", 1.0)
    assert (stopped.card, stopped.logs) == (None, ())


def test_the_set_was_done_whether_or_not_anybody_answers() -> None:
    assert begin().followed
    assert begin().elapse().followed


@given(st.text(max_size=6).filter(lambda word: word not in {*Felt, "stop"}), st.none() | st.integers())
def test_what_is_no_answer_changes_nothing(word: str, points: int | None) -> None:
    row = begin()
    assert row.answer(word, 1.0, points) == row


def test_it_is_over_when_it_is_over() -> None:
    over = begin().answer("easy", 1.0).answer("no", 1.0)
    assert over.answer("easy", 1.0) == over.answer("stop", 1.0) == over.elapse() == over
