"""The article that the program stands on: each of its sentences has a place in the program and a test that shows it.

The table of it is in CONTRIBUTING.md. Sentences that no other test shows are shown here, with the shipped table and
the shipped library.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import postured
from postured import library, triage
from postured.core import cards, knot
from postured.core.model import ZONES, Answers, Cause, Item, Kind, Me
from postured.core.row import Card
from postured.core.safety import on_the_knot
from postured.core.zones import areas_of
from postured.paths import shipped

ROOT = Path(postured.__file__).resolve().parents[1]
PAPER = ROOT / "CONTRIBUTING.md"
in_a_clone = pytest.mark.skipif(not PAPER.is_file(), reason="only a clone has the project's own papers")

SENTENCES = tuple(f"A{number}" for number in range(1, 25))
OURS = "our addition"


@cache
def table() -> knot.Table:
    return triage.load(shipped("knot.yaml"))


@cache
def items() -> dict[str, Item]:
    found, problems = library.load([shipped("library")])
    assert problems == []
    return {item.id: item for item in found}


def answered(**told: object) -> knot.Answer:
    return knot.answer(table(), Answers(**told), tuple(items().values()), Me())  # type: ignore[arg-type]


# ── the table of CONTRIBUTING.md ──────────────────────────────────────────────────────────────────


class Line(NamedTuple):
    """One line of the table."""

    sentence: str
    says: str
    place: str
    shown_by: tuple[str, ...]
    """Tests, as tests/test_x.py::test_y."""


@cache
def lines() -> tuple[Line, ...]:
    paper = PAPER.read_text() if PAPER.is_file() else ""
    found = re.findall(r"^\| (A\d+) \| (.+?) \| (.+?) \| (.+?) \|$", paper, re.MULTILINE)
    return tuple(
        Line(number, says, place, tuple(re.findall(r"`([^`]+)`", tests)))
        for number, says, place, tests in found
    )


def cited() -> dict[str, set[str]]:
    """The sentences that each row, each modifier and each item stands on, by its name."""
    rows = {each.name: set(each.source) for each in table().rows}
    rows |= {each.name: set(each.source) for each in table().modifiers}
    return rows | {
        item.id: {sentence for _, sentences in item.source for sentence in sentences}
        for item in items().values()
    }


@in_a_clone
def test_each_sentence_of_the_article_is_in_the_table_once() -> None:
    assert tuple(line.sentence for line in lines()) == SENTENCES


@in_a_clone
@pytest.mark.parametrize("line", lines(), ids=lambda line: line.sentence)
def test_what_is_said_to_show_a_sentence_exists(line: Line) -> None:
    assert line.shown_by
    for test in line.shown_by:
        name, _, function = test.partition("::")
        functions = {
            each.name
            for each in ast.walk(ast.parse((ROOT / name).read_text()))
            if isinstance(each, ast.FunctionDef)
        }
        assert function in functions, test


@in_a_clone
@pytest.mark.parametrize("line", lines(), ids=lambda line: line.sentence)
def test_rows_modifiers_and_items_that_are_named_for_a_sentence_stand_on_it(line: Line) -> None:
    known = cited()
    named = set(re.findall(r"\b(?:R\d+|[BHMPSV]\d{2})\b", line.place))
    named |= set(re.findall(r"`(\w+)`", line.place)) & {each.name for each in table().modifiers}
    assert {name for name in named if line.sentence not in known[name]} == set()


def test_what_rows_and_items_stand_on_are_sentences_of_the_article() -> None:
    found = set().union(*cited().values())
    assert found - {OURS} <= set(SENTENCES)
    assert set(SENTENCES) - found == {"A1", "A24"}, "these are about the whole of it"


# ── why somebody has it (A1 to A6) ────────────────────────────────────────────────────────────────

OF_EACH_ROW: dict[str, dict[str, object]] = {
    "R4": {"onset": "long"},
    "R5": {"before": "screen_forward"},
    "R6": {"before": "sudden"},
    "R7": {"onset": "woke"},
    "R8": {"before": "repeated_use"},
    "R9": {"before": "held_tense"},
    "R10": {"press_test": "eases", "side": "left", "most_used": "left"},
    "R11": {"press_test": "annoyed"},
    "R12": {},
}
"""Answers that lead to each row but the red ones."""


@pytest.mark.parametrize(("row", "told"), OF_EACH_ROW.items(), ids=OF_EACH_ROW)
def test_a_knot_is_told_as_a_matter_of_muscles(row: str, told: dict[str, object]) -> None:
    found = answered(**told)
    assert found.row == row
    assert "muscle" in " ".join((found.probably, *found.leave))


@pytest.mark.parametrize(
    "told", [{"flags": ("tearing",)}, {"flags": ("fever",)}, {"before": "accident"}], ids=str
)
def test_at_a_red_flag_no_muscle_is_blamed(told: dict[str, object]) -> None:
    assert "muscle" not in knot.say(answered(**told))


@pytest.mark.parametrize(
    ("before", "row", "cause"),
    [
        ("screen_forward", "R5", Cause.STRAIN),
        ("sudden", "R6", Cause.STRAIN),
        ("slept_odd", "R7", Cause.STRAIN),
        ("repeated_use", "R8", Cause.OVERUSE),
        ("held_tense", "R9", Cause.OVERUSE),
        ("accident", "R2", Cause.RED_CLINICIAN),
    ],
)
def test_what_was_done_before_a_knot_of_today_tells_why_it_came(before: str, row: str, cause: Cause) -> None:
    found = answered(onset="today", before=before)
    assert (found.row, found.cause) == (row, cause)


# ── weak and strong (A11, A12) ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("row", ["R5", "R6", "R7", "R11", "R12"])
def test_a_strain_is_told_that_weak_muscles_strain_easily(row: str) -> None:
    found = answered(**OF_EACH_ROW[row])
    assert "weak muscles strain easily" in found.expect
    assert Kind.STRENGTH in {items()[item].kind for item in (*found.offer, *found.later)}


def test_strengthening_says_what_strong_muscles_stand() -> None:
    strength = [item for item in items().values() if item.kind is Kind.STRENGTH]
    assert {"A12", "A13"} <= set().union(*(cited()[item.id] for item in strength))
    assert "Strong muscles between the shoulder blades stand a long day" in items()["S02"].why


# ── heat and cold (A14, A15) ──────────────────────────────────────────────────────────────────────

FRONT = {"upper_chest", "front_ribs", "front_shoulder"}
SIDE = {"side_ribs", "under_armpit", "flank"}
THERMAL = [item for item in items().values() if item.kind is Kind.THERMAL]


@pytest.mark.parametrize("item", THERMAL, ids=lambda item: item.id)
def test_heat_and_cold_are_never_for_the_knot_alone(item: Item) -> None:
    assert item.target != "knot"
    assert (FRONT | SIDE) & set(item.areas)


@pytest.mark.parametrize("row", OF_EACH_ROW)
def test_the_packs_of_a_knot_reach_the_front_and_the_side(row: str) -> None:
    """Those that are offered, and those that come in turn while it is followed."""
    found = answered(**OF_EACH_ROW[row])
    offered = {area for item in found.offer if items()[item] in THERMAL for area in items()[item].areas}
    in_turn = {area for item in table().cares[found.care].packs for area in items()[item].areas}
    for areas in (offered, in_turn):
        assert FRONT & areas
        assert SIDE & areas


# ── ball and roller (A18, A19) ────────────────────────────────────────────────────────────────────


def with_ball_or_roller(found: knot.Answer) -> list[Item]:
    tools = {"tennis_ball", "foam_roller"}
    return [items()[item] for item in found.offer if tools & set(items()[item].equipment)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("row", OF_EACH_ROW)
def test_ball_and_roller_are_for_more_than_the_knot(row: str, zone: str) -> None:
    found = answered(**OF_EACH_ROW[row], zone=zone)
    assert [item for item in with_ball_or_roller(found) if not on_the_knot(item)]
    if found.cause is Cause.STRAIN:
        assert not [item for item in with_ball_or_roller(found) if on_the_knot(item)]


def test_ball_and_roller_go_under_the_armpit_lower_down_and_around_the_knot() -> None:
    reached = {area for item in with_ball_or_roller(answered(before="screen_forward")) for area in item.areas}
    assert {"under_armpit", "lower_back", "upper_back_around_knot"} <= reached


@pytest.mark.parametrize("zone", ZONES)
def test_every_knot_is_worked_from_the_side_and_from_elsewhere(zone: str) -> None:
    """The side of the body or the armpit; and the front or what lies lower."""
    areas = set(areas_of(zone))
    assert {"side_ribs", "under_armpit"} & areas
    assert {"below_blade", "lower_back", *FRONT} & areas


# ── press, rub, pull (A22) ────────────────────────────────────────────────────────────────────────


def test_spots_are_pressed_rubbed_pulled_kneaded_and_rolled() -> None:
    massage = [item for item in items().values() if item.kind is Kind.MASSAGE]
    ways = set().union(*(item.technique for item in massage))
    assert ways == {"press", "rub", "pull", "knead", "roll"}
    assert all(item.technique for item in massage)


# ── what it comes down to (A24) ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("eased", "said"), [(0, "Nothing let go today"), (2, "2 spots let go.")])
def test_a_massage_closes_with_what_let_go_and_with_what_keeps_it_away(eased: int, said: str) -> None:
    closing = cards.text(Card("closing", number=eased), None)
    assert said in closing.body
    assert "back strength" in closing.body


MEDICINE = re.compile(
    r"\b(tablets?|pills?|medicines?|drugs?|ibuprofen|paracetamol|ointments?|creams?|gels?)\b"
)


def test_nothing_is_to_be_swallowed_or_rubbed_in() -> None:
    """What is done about a knot is done with hands, tools, heat, cold and movement."""
    steps = [step.text for item in items().values() for step in item.steps]
    said = [line for told in OF_EACH_ROW.values() for line in answered(**told).now]
    assert [text for text in (*steps, *said) if MEDICINE.search(text.lower())] == []
