"""The triage as a conversation."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from postured.cli.ask import Back, Left, Option, Plain
from postured.cli.console import Console
from postured.cli.dialogue import ask_all
from postured.core import knot
from postured.core.model import CLINICIAN_FLAGS, EMERGENCY_FLAGS, Answers
from postured.paths import shipped
from postured.triage import load
from tests.cli.scripted import Answer, Asked, Scripted

NONE: tuple[str, ...] = ()
UNKNOWN = Answers()


@pytest.fixture(scope="module")
def table() -> knot.Table:
    return load(shipped("knot.yaml"))


USUAL: Sequence[Answer] = (
    NONE, NONE, "today", "right", "inner_edge", "right", "right", "screen_forward", "long", "same", 4, "no", "no", 2,
)  # fmt: skip
"""One answer to each page."""
ALL = Answers(
    (), "today", "right", "inner_edge", "right", "right", "screen_forward", "long", "same", 4, False, False, 2
)
(
    EMERGENCY,
    CLINICIAN,
    ONSET,
    SIDE,
    ZONE,
    DOMINANT,
    MOST_USED,
    BEFORE,
    FEEL,
    PRESS,
    PAIN,
    DAILY,
    FIRST,
    TIMES,
) = range(14)


def usual(**other: Answer) -> list[Answer]:
    """The usual answers, but for some: `page_7=...`."""
    answers = list(USUAL)
    for name, answer in other.items():
        answers[int(name.removeprefix("page_"))] = answer
    return answers


def told(table: knot.Table, *answers: Answer, known: Answers = UNKNOWN) -> tuple[Answers, Scripted]:
    """What was answered, and whoever was asked; all of the answers were wanted."""
    person = Scripted(*answers)
    found = ask_all(person, table, known)
    assert person.answers == []
    return found, person


def test_each_answer_is_kept_under_its_key(table: knot.Table) -> None:
    found, _person = told(table, *USUAL)
    assert found == ALL


def test_people_count_eight_questions(table: knot.Table) -> None:
    _found, person = told(table, *USUAL)
    assert [asked.head for asked in person.asked] == [
        "Question 1 of 8, part 1 of 2",
        "Question 1 of 8, part 2 of 2",
        "Question 2 of 8",
        "Question 3 of 8, part 1 of 2",
        "Question 3 of 8, part 2 of 2",
        "Question 4 of 8, part 1 of 2",
        "Question 4 of 8, part 2 of 2",
        "Question 5 of 8",
        "Question 6 of 8",
        "Question 7 of 8",
        "Question 8 of 8, part 1 of 4",
        "Question 8 of 8, part 2 of 4",
        "Question 8 of 8, part 3 of 4",
        "Question 8 of 8, part 4 of 4",
    ]


def test_every_question_can_be_answered_with_not_sure(table: knot.Table) -> None:
    answers: list[Answer] = [
        None, None, "", "", "unsure", "", "", "", "unsure", "", None, "", "", None,
    ]  # fmt: skip
    found, person = told(table, *answers)
    assert found == Answers(zone="unsure", feel="unsure")
    assert person.told[0] == "If one of them may be true, don't wait: call the emergency number."
    assert person.told[1].startswith("If one of them may be true, ask a doctor")


def test_the_table_knows_every_word_that_is_offered(table: knot.Table) -> None:
    _found, person = told(table, *USUAL)
    offered = {name: person.asked[page].codes for page, name in PAGES.items()}
    for key, words in knot.QUESTIONS.items():
        assert set(words) <= set(offered[key])
        assert set(offered[key]) - set(words) <= {""}


PAGES = {
    ONSET: "onset", SIDE: "side", ZONE: "zone", DOMINANT: "dominant", MOST_USED: "most_used", BEFORE: "before",
    FEEL: "feel", PRESS: "press_test",
}  # fmt: skip


# ── early ends ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("flag", EMERGENCY_FLAGS)
def test_at_an_emergency_nothing_else_is_asked(table: knot.Table, flag: str) -> None:
    found, person = told(table, (flag,))
    assert found == Answers(flags=(flag,))
    assert len(person.asked) == 1


@pytest.mark.parametrize("flag", CLINICIAN_FLAGS)
def test_at_a_flag_for_a_clinician_no_question_about_the_knot_is_asked(table: knot.Table, flag: str) -> None:
    found, person = told(table, NONE, (flag, "minor"))
    assert set(found.flags) == {flag, "minor"}
    assert len(person.asked) == 2


def test_after_an_accident_nothing_else_is_asked(table: knot.Table) -> None:
    found, _person = told(table, *USUAL[:BEFORE], "accident")
    assert found == Answers((), "today", "right", "inner_edge", "right", "right", "accident")


@pytest.mark.parametrize("points", [8, 9, 10])
def test_with_severe_pain_nothing_else_is_asked(table: knot.Table, points: int) -> None:
    found, _person = told(table, *USUAL[:PAIN], points)
    assert (found.pain, found.stops_daily_life) == (points, None)


def test_with_less_pain_it_goes_on(table: knot.Table) -> None:
    found, _person = told(table, *usual(page_10=7))
    assert found.pain == 7


def test_whoever_leaves_answers_nothing(table: knot.Table) -> None:
    for pages in range(len(USUAL)):
        with pytest.raises(Left):
            told(table, *USUAL[:pages], Left)


# ── what is asked at all ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["ticked", "known"])
def test_whoever_is_under_16_is_not_asked_to_press_anything(table: knot.Table, where: str) -> None:
    answers = [answer for page, answer in enumerate(usual(page_1=("minor",))) if page != PRESS]
    known = Answers(flags=("minor",)) if where == "known" else UNKNOWN
    found, person = told(table, *answers, known=known)
    assert found == ALL._replace(flags=("minor",), press_test="")
    assert person.asked[0].head == f"Question 1 of {7 if where == 'known' else 8}, part 1 of 2"
    assert person.asked[-1].head == "Question 7 of 7, part 4 of 4"


def test_the_first_one_ever_is_not_counted(table: knot.Table) -> None:
    found, _person = told(table, *USUAL[:FIRST], "yes")
    assert (found.first_ever, found.episodes_30d) == (True, None)


@pytest.mark.parametrize(
    ("side", "numbers"), [("left", 5), ("right", 5), ("both", 10), ("middle", 1), ("", 10)]
)
def test_the_picture_shows_the_side_that_was_said(table: knot.Table, side: str, numbers: int) -> None:
    zone = "beside_spine"
    _found, person = told(table, *usual(page_3=side, page_4=zone))
    asked = person.asked[ZONE]
    text = "\n".join(asked.picture)
    assert sum(letter.isdecimal() for letter in text) == numbers
    assert "[1]" in text
    assert len(asked.codes) == (2 if side == "middle" else 6)


def test_only_the_place_has_a_picture(table: knot.Table) -> None:
    _found, person = told(table, *USUAL)
    assert [page for page, asked in enumerate(person.asked) if asked.picture] == [ZONE]


def test_how_to_press_is_said_with_its_limit(table: knot.Table) -> None:
    _found, person = told(table, *USUAL)
    asked = person.asked[PRESS]
    assert "10 seconds" in asked.title
    assert "4 of 10" in asked.hint
    assert "numb" in asked.hint


# ── what is known, and going back ─────────────────────────────────────────────────────────────────


def test_what_is_known_is_chosen_already_and_what_is_not_is_open(table: knot.Table) -> None:
    _found, person = told(table, *USUAL, known=Answers(dominant="left"))
    firsts = [asked.first for asked in person.asked]
    assert firsts[DOMINANT] == "left"
    careful = {PRESS, DAILY, FIRST}
    assert {page for page, first in enumerate(firsts) if first == ""} == careful
    assert all(first is None for page, first in enumerate(firsts) if page not in {DOMINANT, *careful})


def test_standing_cautions_are_no_answers(table: knot.Table) -> None:
    found, _person = told(table, ("tearing",), known=Answers(flags=("minor", "pregnant")))
    assert found.flags == ("tearing",)
    found, _person = told(table, *USUAL, known=Answers(flags=("pregnant",)))
    assert found == ALL


def test_a_standing_caution_that_is_asked_about_is_ticked_already(table: knot.Table) -> None:
    known = Answers(flags=("arm_neuro", "pregnant"))
    found, person = told(table, NONE, ("arm_neuro",), known=known)
    assert [asked.first for asked in person.asked] == [None, ("arm_neuro",)]
    assert found.flags == ("arm_neuro",)


@pytest.mark.parametrize("answer", [NONE, None], ids=["none", "not sure"])
def test_a_standing_caution_counts_whatever_is_ticked(table: knot.Table, answer: Answer) -> None:
    """The schedule says so still: nobody asks on, and nobody is asked to press."""
    found, _person = told(table, NONE, answer, known=Answers(flags=("arm_neuro",)))
    assert found == Answers()
    unpressed = [each for page, each in enumerate(usual(page_1=answer)) if page != PRESS]
    found, _person = told(table, *unpressed, known=Answers(flags=("minor",)))
    assert found == ALL._replace(press_test="")


def test_what_is_known_but_was_not_asked_does_not_count(table: knot.Table) -> None:
    found, _person = told(table, ("tearing",), known=Answers(pain=2, onset="long", dominant="left"))
    assert found == Answers(flags=("tearing",))


def test_back_asks_the_question_before_with_its_answer_chosen(table: knot.Table) -> None:
    found, person = told(table, *USUAL[:FEEL], Back, "held_tense", *USUAL[FEEL:])
    assert found == ALL._replace(before="held_tense")
    again = person.asked[FEEL + 1]
    assert (again.title, again.first) == (person.asked[BEFORE].title, "screen_forward")


def test_back_goes_all_the_way_and_not_beyond(table: knot.Table) -> None:
    found, person = told(table, NONE, None, "woke", Back, Back, Back, Back, Back, *USUAL)
    assert found == ALL
    pages = [EMERGENCY, CLINICIAN, ONSET, SIDE, ONSET, CLINICIAN, EMERGENCY, EMERGENCY, EMERGENCY, CLINICIAN]
    titles = [person.asked[page].title for page in range(4)]
    assert [asked.title for asked in person.asked[:10]] == [titles[page] for page in pages]
    assert [asked.first for asked in person.asked[4:9]] == ["woke", None, (), (), ()]


def test_every_former_answer_is_chosen_when_it_comes_round_again(table: knot.Table) -> None:
    _found, person = told(table, *USUAL[:TIMES], *[Back] * TIMES, *USUAL)
    former = [*USUAL[:TIMES]]
    assert [asked.first for asked in person.asked[-14:-1]] == former


def test_not_sure_is_chosen_as_well_when_it_comes_round_again(table: knot.Table) -> None:
    _found, person = told(table, NONE, NONE, "", Back, *USUAL[ONSET:])
    assert [asked.first for asked in person.asked[ONSET : ONSET + 3]] == [None, None, ""]


def test_an_answer_that_is_no_longer_asked_for_does_not_count(table: knot.Table) -> None:
    """Back from the very last page, and then there is no last page."""
    found, _person = told(table, *USUAL[:FIRST], "no", Back, "yes")
    assert (found.first_ever, found.episodes_30d) == (True, None)
    pressed = [*USUAL[:PAIN], *[Back] * 9, ("minor",), *USUAL[ONSET:PRESS], *USUAL[PAIN:]]
    found, _person = told(table, *pressed)
    assert found == ALL._replace(flags=("minor",), press_test="")


def test_a_flag_that_was_taken_back_is_gone(table: knot.Table) -> None:
    found, _person = told(table, NONE, Back, NONE, ("minor",), Back, NONE, *USUAL[ONSET:])
    assert found == ALL


# ── contradictions ────────────────────────────────────────────────────────────────────────────────


def contradicting(table: knot.Table, ask: str, key: str, word: str) -> knot.Table:
    """The table with one contradiction only: `word` as the answer to `key`; asked again is `ask`."""
    when = ((knot.Check(key, frozenset({word})),),)
    return table._replace(contradictions=(knot.Contradiction("odd", when, ask, "That hardly fits."),))


def test_what_contradicts_is_told_and_asked_once_more(table: knot.Table) -> None:
    odd = contradicting(table, "feel", "feel", "worked")
    found, person = told(odd, *usual(page_8="worked"), "long")
    assert found == ALL
    assert person.told[-1] == "That hardly fits."
    again = person.asked[-1]
    assert (again.title, again.head) == (person.asked[FEEL].title, "Question 6 of 8, once more")
    assert again.first == "worked"


def test_what_still_contradicts_is_left_to_the_table(table: knot.Table) -> None:
    odd = contradicting(table, "feel", "feel", "worked")
    found, person = told(odd, *usual(page_8="worked"), "worked")
    assert found == ALL._replace(feel="worked")
    assert person.told.count("That hardly fits.") == 1


def test_back_leaves_a_contradiction_as_it_is(table: knot.Table) -> None:
    odd = contradicting(table, "feel", "feel", "worked")
    found, _person = told(odd, *usual(page_8="worked"), Back)
    assert found == ALL._replace(feel="worked")


def test_a_better_answer_can_end_it_at_once(table: knot.Table) -> None:
    odd = contradicting(table, "before", "feel", "long")
    found, person = told(odd, *USUAL, "accident")
    assert found == ALL._replace(before="accident")
    assert person.told.count("That hardly fits.") == 1


def test_a_better_answer_can_make_room_for_a_question(table: knot.Table) -> None:
    odd = contradicting(table, "first_ever", "first_ever", "yes")
    found, person = told(odd, *USUAL[:FIRST], "yes", "no", 2)
    assert found == ALL
    assert person.asked[-1].head == "Question 8 of 8, part 4 of 4"


def test_a_question_that_was_not_asked_is_not_asked_again(table: knot.Table) -> None:
    odd = contradicting(table, "press_test", "feel", "long")
    answers = [answer for page, answer in enumerate(usual(page_1=("minor",))) if page != PRESS]
    found, _person = told(odd, *answers)
    assert found.press_test == ""


def test_the_shipped_table_asks_again_about_no_pain_that_keeps_from_sleeping(table: knot.Table) -> None:
    found, person = told(table, *usual(page_10=1, page_11="yes"), 6)
    assert (found.pain, found.stops_daily_life) == (6, True)
    assert person.asked[-1].title == person.asked[PAIN].title


def test_usual_answers_contradict_nothing(table: knot.Table) -> None:
    for side in ("left", "right", "both", "middle"):
        zone = "beside_spine" if side == "middle" else "blade_tip"
        told(table, *usual(page_3=side, page_4=zone))


# ── in whole lines ────────────────────────────────────────────────────────────────────────────────


def test_all_of_it_works_for_whoever_listens(table: knot.Table) -> None:
    typed = "0\nnone\ntoday\nright\ninner\nthe right\n2\nhead\nlong\nsame\n4/10\nno\n2\n2\n"
    out = io.StringIO()
    found = ask_all(Plain(Console({}, out, io.StringIO(), io.StringIO(typed))), table, UNKNOWN)
    assert found == ALL
    assert "\x1b" not in out.getvalue()
    assert all(len(line) <= 80 for line in out.getvalue().splitlines())
    assert "..--" not in out.getvalue()
    assert "2. Inner edge of the shoulder blade" in out.getvalue()


def test_enter_alone_tells_of_nothing(table: knot.Table) -> None:
    out = io.StringIO()
    found = ask_all(Plain(Console({}, out, io.StringIO(), io.StringIO("\n" * 14))), table, UNKNOWN)
    assert found == Answers(zone="unsure", feel="unsure")


def test_a_file_that_ends_too_soon_answers_nothing(table: knot.Table) -> None:
    with pytest.raises(Left):
        ask_all(Plain(Console({}, io.StringIO(), io.StringIO(), io.StringIO("0\n0\n"))), table, UNKNOWN)


# ── its words ─────────────────────────────────────────────────────────────────────────────────────


class Listening(Scripted):
    """Keeps the labels too."""

    labels: list[str]
    ticks: list[str]

    def choose(self, title: str, options: Sequence[Option], **more: object) -> str:
        self.labels = [*getattr(self, "labels", []), *(option.label for option in options)]
        return super().choose(title, options, **more)  # type: ignore[arg-type]

    def tick(self, title: str, options: Sequence[Option], **more: object) -> tuple[str, ...] | None:
        self.ticks = [*getattr(self, "ticks", []), *(option.label for option in options)]
        return super().tick(title, options, **more)  # type: ignore[arg-type]


def test_the_safety_pages_say_that_one_part_of_a_line_is_enough(table: knot.Table) -> None:
    _found, person = told(table, *USUAL)
    for page in (EMERGENCY, CLINICIAN):
        assert person.asked[page].hint.startswith("One part of a line is enough, unless it says and.")
    assert all("One part" not in asked.hint for asked in person.asked[ONSET:])


def test_under_16_is_asked_last_and_apart_from_illness(table: knot.Table) -> None:
    person = Listening(*USUAL)
    ask_all(person, table, UNKNOWN)
    assert person.asked[CLINICIAN].codes == (*(flag.code for flag in table.clinician), "minor")
    assert person.ticks[len(person.asked[EMERGENCY].codes) :][-1] == "And, not an illness: I am under 16"


def test_what_the_muscle_did_is_asked_and_not_how_it_feels(table: knot.Table) -> None:
    person = Listening(*USUAL)
    ask_all(person, table, UNKNOWN)
    asked = person.asked[FEEL]
    assert (asked.title, asked.codes) == ("What had that muscle done before?", ("long", "worked", "unsure"))
    assert asked.hint == "Not how it feels now: nearly every knot feels tight."
    assert not any("Pulled" in label or label.startswith("Worked, or tight") for label in person.labels)


def test_its_words_are_short_and_name_no_illness(table: knot.Table) -> None:
    person = Listening(*USUAL)
    ask_all(person, table, UNKNOWN)
    texts: list[Asked] = person.asked
    assert max(len(asked.title) for asked in texts) <= 62, "German is longer by a third"
    assert max(len(label) for label in [*person.labels, *person.ticks]) <= 68
    everything = " ".join([*(asked.title + asked.hint for asked in texts), *person.labels]).casefold()
    for word in ("diagnos", "patient", "cure", "heal", "heart attack", "stroke"):
        assert word not in everything
