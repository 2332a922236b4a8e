"""Questions about a knot: few, in order, remembered as they were answered, and always at an end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core import checkin
from postured.core.checkin import CheckIn
from postured.core.model import (
    EMERGENCY_FLAGS,
    RED_FLAGS,
    SOME_CLINICIAN,
    SOME_EMERGENCY,
    Answers,
    Cause,
    Episode,
    KnotLog,
    Told,
    Triage,
)
from postured.core.row import Card, Row

ID = "1-right"
PASSED = ("no",) * len(checkin.SCREEN)

Move = str | int | None
"""What happens next: a word, points, or None: nobody answers."""


def play(row: CheckIn, *moves: Move) -> CheckIn:
    for move in moves:
        if move is None:
            row = row.elapse(120.0)
        elif isinstance(move, int):
            row = row.answer("", 5.0, move)
        else:
            row = row.answer(move, 5.0)
    return row


def sore(last: int | None = 4) -> CheckIn:
    return checkin.check_in(ID, last)


def up(row: Row) -> str:
    """Which card is up."""
    assert row.card is not None
    return row.card.text


def pain(points: int) -> tuple[KnotLog, ...]:
    return (KnotLog(ID, Told.PAIN, points),)


# ── how sore is it? ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moves", "points"),
    [(("low",), 1), (("some",), 3), (("much", "high"), 6), (("much", "highest"), 9), (("much", 7), 7)]
    + [((points,), points) for points in range(11)],
)
def test_a_button_stands_for_some_points_and_a_number_for_itself(
    moves: tuple[Move, ...], points: int
) -> None:
    assert play(sore(), *moves).logs == pain(points)


@pytest.mark.parametrize("points", [-1, 11, 100])
def test_there_are_no_more_than_ten_points(points: int) -> None:
    assert play(sore(), points) == sore()


def test_who_says_very_sore_and_no_more_has_said_how_sore() -> None:
    for rest in (None, "stop"):
        row = play(sore(), "much", rest)
        assert (row.card, row.logs) == (None, pain(6))


@pytest.mark.parametrize(
    ("last", "moves", "text"),
    [
        (None, ("some",), "sore_noted"),
        (4, ("low",), "sore_less"),
        (4, ("some",), "sore_same"),
        (4, ("much", "high"), "sore_more"),
        (0, ("low",), "sore_same"),
        (7, (5,), "sore_less"),
        (7, (6,), "sore_same"),
        (3, (4,), "sore_same"),
        (3, (5,), "sore_more"),
        (10, (8,), "sore_severe"),
        (None, ("much", "highest"), "sore_severe"),
    ],
)
def test_what_is_said_to_it_follows_from_the_last_time(
    last: int | None, moves: tuple[Move, ...], text: str
) -> None:
    assert up(play(sore(last), *moves)) == text


def test_the_word_goes_by_itself_unless_a_doctor_is_needed() -> None:
    word = play(sore(), "low")
    assert (word.card and word.card.seconds, word.card and word.card.answers) == (checkin.SHORT_S, ())
    assert word.elapse().card is None
    severe = play(sore(), 9)
    assert (severe.card and severe.card.seconds, severe.card and severe.card.answers) == (None, ("done",))


def test_that_it_is_worse_is_nobodys_word_but_the_persons() -> None:
    """Points are remembered as points; `worse` changes what is suggested and is said by itself."""
    assert {log.told for log in play(sore(0), 10).logs if isinstance(log, KnotLog)} == {Told.PAIN}


def test_the_card_knows_where_the_knot_is() -> None:
    row = checkin.check_in(ID, 4, zone="inner_edge", side="right")
    for card in (row.card, play(row, "much").card, play(row, "some").card):
        assert card is not None
        assert (card.area, card.side) == ("inner_edge", "right")


# ── after two weeks ───────────────────────────────────────────────────────────────────────────────


def test_the_screen_asks_for_every_red_flag_once() -> None:
    codes = [code for card in checkin.SCREEN.values() for code in card]
    assert sorted([*codes, "persist"]) == sorted(RED_FLAGS)


def test_no_card_of_the_screen_is_for_both_the_number_and_a_doctor() -> None:
    urgent = [not set(codes).isdisjoint(EMERGENCY_FLAGS) for codes in checkin.SCREEN.values()]
    assert urgent == sorted(urgent, reverse=True), "the urgent ones come first"
    asked = [
        code for codes, first in zip(checkin.SCREEN.values(), urgent, strict=True) if first for code in codes
    ]
    assert sorted(asked) == sorted(EMERGENCY_FLAGS)


def test_the_safety_screen_comes_first() -> None:
    row, seen = checkin.review(ID), []
    for word in PASSED:
        seen.append(up(row))
        assert row.logs == ()
        row = row.answer(word, 5.0)
    assert seen == list(checkin.SCREEN)
    assert up(row) == "review_better"
    assert row.logs == (KnotLog(ID, Told.SCREENED),)


@pytest.mark.parametrize("passed", range(len(checkin.SCREEN)))
def test_one_that_is_true_ends_it_at_once(passed: int) -> None:
    row = play(checkin.review(ID), *PASSED[:passed], "yes")
    asked = list(checkin.SCREEN.values())[passed]
    urgent = not set(asked).isdisjoint(EMERGENCY_FLAGS)
    code, text = (SOME_EMERGENCY, "flag_emergency") if urgent else (SOME_CLINICIAN, "flag_clinician")
    assert row.logs == (KnotLog("", Told.FLAG, code=code),)
    assert up(row) == text
    assert row.answer("done", 3.0).card is None


@pytest.mark.parametrize(
    ("word", "log", "text"),
    [
        ("better", KnotLog(ID, Told.BETTER), "sore_less"),
        ("same", KnotLog("", Told.FLAG, code="persist"), "flag_persist"),
        ("worse", KnotLog("", Told.FLAG, code="persist"), "flag_persist"),
    ],
)
def test_two_weeks_without_getting_better_need_a_person(word: str, log: KnotLog, text: str) -> None:
    row = play(checkin.review(ID), *PASSED, word)
    assert row.logs == (KnotLog(ID, Told.SCREENED), log)
    assert up(row) == text


@pytest.mark.parametrize("end", [None, "stop"])
def test_a_screen_that_is_not_finished_was_not_passed(end: Move) -> None:
    for passed in range(len(checkin.SCREEN)):
        row = play(checkin.review(ID), *PASSED[:passed], end)
        assert (row.card, row.logs) == (None, ())


# ── is it gone? ───────────────────────────────────────────────────────────────────────────────────


def test_gone_is_followed_by_how_to_keep_it_away() -> None:
    row = checkin.closing(ID).answer("yes", 5.0)
    assert row.logs == (KnotLog(ID, Told.GONE),)
    assert up(row) == "keep_away"
    assert row.elapse().card is None


def test_not_yet_is_remembered_and_nothing_more_said() -> None:
    row = checkin.closing(ID).answer("no", 5.0)
    assert (row.card, row.logs) == (None, (KnotLog(ID, Told.NOT_GONE),))


# ── which questions ───────────────────────────────────────────────────────────────────────────────


def episode(*told: KnotLog, said: int | None = None) -> Episode:
    answers = Answers(side="left", zone="blade_tip", pain=said)
    triage = Triage(ID, answers, "R5", Cause.STRAIN, "strain", spared=True)
    return Episode(ID, 0.0, triage, 0.0, tuple((float(n + 1), log) for n, log in enumerate(told)))


@pytest.mark.parametrize(
    ("what", "text"), [("check_in", "sore"), ("review", "review_emergency"), ("closing", "gone")]
)
def test_what_is_due_is_asked_of_the_knot(what: str, text: str) -> None:
    row = checkin.begin(what, episode())
    assert row.card is not None
    assert (row.card.text, row.card.area, row.card.side) == (text, "blade_tip", "left")


@pytest.mark.parametrize(
    ("story", "last"),
    [
        (episode(), None),
        (episode(said=5), 5),
        (episode(KnotLog(ID, Told.PAIN, 3), KnotLog(ID, Told.BETTER), said=5), 3),
    ],
)
def test_the_last_time_is_the_last_number_that_was_said(story: Episode, last: int | None) -> None:
    assert checkin.begin("check_in", story).last == last


# ── as any row ────────────────────────────────────────────────────────────────────────────────────

ROWS = st.sampled_from(
    [sore(None), sore(0), sore(4), sore(10), checkin.review(ID), checkin.closing(ID)],
)
WORDS = sorted(
    {"low", "some", "much", "high", "highest", "yes", "no", "better", "same", "worse", "done", "stop"}
)
MOVES = st.lists(st.none() | st.integers(-1, 11) | st.sampled_from(WORDS) | st.text(max_size=3), max_size=30)


@given(ROWS, MOVES)
def test_whatever_is_answered_what_was_said_stays_said(row: CheckIn, moves: list[Move]) -> None:
    path = [row]
    for move in moves:
        path.append(play(path[-1], move))
    for before, after in pairwise(path):
        assert after.logs[: len(before.logs)] == before.logs
        assert len(after.logs) <= len(before.logs) + 1
        assert after.followed >= before.followed
        assert after.parting is None
        assert before.card is not None or after == before
    assert path[-1].followed or not path[-1].logs


@given(ROWS, st.data())
def test_it_ends_whatever_is_answered(row: CheckIn, data: st.DataObject) -> None:
    """Each answer that fits, and each silence, comes nearer to the end: no row is longer than nine cards."""
    for _card in range(9):
        if row.card is None:
            return
        points = [4] if row.card.asks_points else []
        row = play(row, data.draw(st.sampled_from([None, "stop", *row.card.answers, *points])))
    assert row.card is None


@given(ROWS, MOVES, st.text(max_size=6).filter(lambda word: word not in WORDS))
def test_what_is_no_answer_changes_nothing(row: CheckIn, moves: list[Move], word: str) -> None:
    here = play(row, *moves)
    assert here.answer(word, 1.0) == here
    if here.card is not None and not here.card.asks_points:
        assert here.answer("", 1.0, 4) == here


@given(ROWS, MOVES)
def test_stop_and_silence_end_it_on_every_card(row: CheckIn, moves: list[Move]) -> None:
    here = play(row, *moves)
    assert here.answer("stop", 1.0).card is None
    assert here.elapse().card is None


@given(ROWS, MOVES)
def test_there_are_three_buttons_at_most(row: CheckIn, moves: list[Move]) -> None:
    card: Card | None = play(row, *moves).card
    assert card is None or (len(card.answers) <= 3 and (card.answers or card.seconds))
