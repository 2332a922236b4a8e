"""One card after another: shown, counted down, answered, and what came of it told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postured.core import massage, question
from postured.core.model import Felt, Item, Kind, Level, Log, PressLog, SetLog, Spot, Step
from postured.core.row import PATIENCE_S, Row, Text
from postured.daemon.guide import Guide

LEVEL = Level(1, "Lift", 1, 8, 0, "", 60, ("desk",), (), (), discreet=True)
LIFT = Item("S90", Kind.STRENGTH, "Lift", (Step("Lift.", 60),), 60, levels=(LEVEL,))
RIBS = Item(
    "M90",
    Kind.MASSAGE,
    "Ribs",
    (Step("Explore.", 15, "rate"), Step("Press.", 30), Step("Let go.", 10)),
    55,
    areas=("side_ribs",),
)
CHEST = replace(RIBS, id="M91", areas=("upper_chest",))
ITEMS = {item.id: item for item in (LIFT, RIBS, CHEST)}


class Hall:
    """A guide, and everything it showed and told."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, Text, float]] = []
        self.followed: list[str] = []
        self.kept: list[Log] = []
        self.over: list[tuple[str, Row]] = []
        self.now_s = 1000.0
        self.guide = Guide(
            lambda tag, text, lasts_s: self.shown.append((tag, text, lasts_s)),
            self.followed.append,
            self.kept.append,
            lambda notice, row: self.over.append((notice, row)),
        )

    def begin(self, row: Row) -> None:
        self.guide.begin(row, ITEMS, "n1", self.now_s)

    def answer(self, word: str, tag: str | None = None) -> bool:
        return self.guide.answer(word, self.now_s, tag)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.guide.look(self.now_s)

    @property
    def words(self) -> list[str]:
        """What the card that is up can be answered with."""
        return [word for word, _label in self.shown[-1][1].buttons]


@pytest.fixture
def hall() -> Hall:
    return Hall()


def the_questions() -> Row:
    return question.begin(LIFT, 1, sets=1, reps=8)


def the_massage() -> Row:
    return massage.begin([RIBS, CHEST], sides=("right", "left"))


def test_each_card_is_shown_under_a_tag_of_its_own(hall: Hall) -> None:
    hall.begin(the_questions())
    hall.answer("easy")
    tags = [tag for tag, _text, _lasts in hall.shown]
    assert len(set(tags)) == 2
    assert all(tag.startswith("n1#") for tag in tags)


def test_the_answers_are_told_as_a_log_and_the_row_is_over(hall: Hall) -> None:
    hall.begin(the_questions())
    assert hall.answer("hard")
    assert hall.answer("yes")
    assert hall.kept == [SetLog("S90", 1, 1, 8, True, Felt.HARD, True)]
    assert [notice for notice, _row in hall.over] == ["n1"]
    assert hall.guide.card is None
    assert hall.guide.left_s(hall.now_s) is None


def test_a_word_that_is_no_answer_changes_nothing(hall: Hall) -> None:
    hall.begin(the_questions())
    assert not hall.answer("perhaps")
    assert len(hall.shown) == 1


def test_a_press_on_an_earlier_card_is_no_answer_to_this_one(hall: Hall) -> None:
    """A double click must not answer two questions."""
    hall.begin(the_massage())
    first = hall.shown[-1][0]
    assert hall.answer("good", first)
    assert not hall.answer("easier", first)
    assert hall.answer("easier", hall.shown[-1][0])


def test_a_timed_card_goes_on_by_itself_and_not_a_moment_sooner(hall: Hall) -> None:
    hall.begin(the_massage())
    seconds = hall.guide.left_s(hall.now_s)
    assert seconds == 15
    hall.wait(14.9)
    assert len(hall.shown) == 1
    hall.wait(0.1)
    assert hall.shown[-1][1].title == "How does that spot feel?"


def test_a_question_waits_for_so_long_and_then_the_row_goes_on_without(hall: Hall) -> None:
    hall.begin(the_questions())
    hall.wait(PATIENCE_S - 1)
    assert not hall.over
    hall.wait(1)
    assert len(hall.over) == 1
    assert hall.kept == []


def test_that_some_of_it_was_done_is_told_once_as_soon_as_it_is_so(hall: Hall) -> None:
    hall.begin(the_massage())
    assert hall.followed == []
    hall.answer("nothing")
    hall.answer("good")
    assert hall.followed == ["n1"]


def test_stop_is_heard_on_every_card(hall: Hall) -> None:
    """It may be typed where it has no button."""
    for answers in ([], ["good"], ["good", "easier"]):
        hall.begin(the_massage())
        for word in answers:
            assert hall.answer(word)
        assert hall.answer("stop")
        assert hall.shown[-1][1].title == "Stop here for today"


def test_what_was_learned_is_told_at_once_and_only_once(hall: Hall) -> None:
    """A daemon that dies in the middle of a massage has lost nothing of it."""
    hall.begin(the_massage())
    hall.answer("nothing")
    assert [(log.area, log.spot) for log in hall.kept if isinstance(log, PressLog)] == [
        ("side_ribs", Spot.NOTHING)
    ]
    hall.answer("good")
    hall.wait(12)
    hall.answer("easier")
    assert [(log.area, log.spot, log.seconds) for log in hall.kept if isinstance(log, PressLog)] == [
        ("side_ribs", Spot.NOTHING, 0.0),
        ("upper_chest", Spot.EASED, 12.0),
    ]
    assert not hall.over


def test_the_first_card_of_an_item_tells_what_to_take_care_of_and_the_others_do_not(hall: Hall) -> None:
    careful = replace(RIBS, cautions=("Not on bone.", "Not over a rash.", "Not at night."))
    hall.guide.begin(the_massage(), {**ITEMS, "M90": careful}, "n1", hall.now_s)
    assert hall.shown[-1][1].body.endswith("\n! Not on bone.\n! Not over a rash.")
    hall.answer("good")
    assert "!" not in hall.shown[-1][1].body


def test_ended_from_outside_it_is_silent(hall: Hall) -> None:
    hall.begin(the_massage())
    hall.guide.end()
    hall.wait(1000)
    assert not hall.answer("good")
    assert (len(hall.shown), hall.kept, hall.over) == (1, [], [])


def test_a_new_row_takes_the_place_of_the_one_under_way(hall: Hall) -> None:
    hall.begin(the_massage())
    hall.begin(the_questions())
    assert hall.words == ["easy", "right", "hard"]
    assert hall.over == []


def test_the_desktop_keeps_a_card_longer_than_it_takes(hall: Hall) -> None:
    hall.begin(the_massage())
    assert hall.shown[-1][2] > 15
