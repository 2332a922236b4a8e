"""Heat and cold: looked at in time, taken off in time, and never on for longer than the item says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import library
from postured.core import cards, names, thermal
from postured.core.model import Item, Kind, Step
from postured.core.thermal import Thermal
from postured.paths import shipped

Move = str | tuple[str, float] | None
"""A word after ninety seconds, or after so many; None: the card's time goes by."""

WARM = Item(
    "warm",
    Kind.THERMAL,
    "Warm it",
    (
        Step("Wrap it.", 60),
        Step("Put it on.", 180),
        Step("Look.", 30, "stop_check"),
        Step("Rest.", 570, "breathe"),
        Step("Take it off.", 60),
    ),
    900,
    areas=("between_blades", "upper_chest"),
    equipment=("heat_pack", "towel"),
)
SHOWER = Item(
    "shower",
    Kind.THERMAL,
    "Warm shower",
    (Step("Chest.", 90), Step("Sides.", 90), Step("Look.", 20, "stop_check"), Step("Back.", 100)),
    300,
    equipment=("shower",),
)


def made(*steps: tuple[int, str | None] | int, tool: str = "heat_pack") -> Item:
    parsed = [(step, None) if isinstance(step, int) else step for step in steps]
    return replace(
        WARM,
        steps=tuple(Step(f"Step {n}.", seconds, cue) for n, (seconds, cue) in enumerate(parsed)),
        equipment=(tool,) if tool else (),
    )


def play(row: Thermal, *moves: Move) -> Thermal:
    for move in moves:
        match move:
            case None:
                row = row.elapse()
            case str():
                row = row.answer(move, 90.0)
            case word, after_s:
                row = row.answer(word, after_s)
    return row


def up(row: Thermal) -> str | None:
    return None if row.card is None else row.card.text


def way(item: Item) -> list[tuple[str, int, float | None]]:
    return [(card.text, card.step, card.seconds) for card in thermal.begin(item).cards]


# ── the cards of an item ──────────────────────────────────────────────────────────────────────────


def test_a_pack_is_prepared_worn_looked_at_and_taken_off() -> None:
    assert way(WARM) == [
        ("prepare", 0, None),
        ("warm", 1, 180.0),
        ("check", 2, None),
        ("warm", 3, 570.0),
        ("take_off", 4, 120.0),
    ]


def test_a_shower_is_its_steps() -> None:
    assert way(SHOWER) == [
        ("prepare", -1, None),
        ("step", 0, 90.0),
        ("step", 1, 90.0),
        ("check_step", 2, None),
        ("step", 3, 100.0),
        ("finish", -1, 120.0),
    ]


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        # what comes after taking it off
        (
            made(10, 25, (10, "stop_check"), 15, 5, 15, 10, tool="ice_cup"),
            [
                ("prepare", 0),
                ("cool", 1),
                ("check", 2),
                ("cool", 3),
                ("take_off", 4),
                ("step", 5),
                ("step", 6),
            ],
        ),
        # too short for a look of its own
        (made(10, 50, 30, tool="ice_cup"), [("prepare", 0), ("cool", 1), ("take_off", 2)]),
        (made(900, 60), [("prepare", -1), ("warm", 0), ("check", -1), ("warm", 0), ("take_off", 1)]),
        (made(60, 900), [("prepare", 0), ("warm", 1), ("check", -1), ("warm", 1), ("take_off", -1)]),
        (made(100), [("prepare", -1), ("warm", 0), ("take_off", -1)]),
        (made(100, tool=""), [("prepare", -1), ("step", 0), ("finish", -1)]),
        # the look is the last thing it says
        (made(60, 120, (30, "stop_check")), [("prepare", 0), ("warm", 1), ("take_off", 2)]),
    ],
)
def test_what_else_an_item_may_say(item: Item, wanted: list[tuple[str, int]]) -> None:
    assert [(text, step) for text, step, _seconds in way(item)] == wanted


@pytest.mark.parametrize(("tool", "text", "look_s"), [("heat_pack", "warm", 180), ("cold_pack", "cool", 300)])
def test_a_pack_that_says_nothing_of_the_skin_is_looked_at_all_the_same(
    tool: str, text: str, look_s: float
) -> None:
    assert way(made(60, 400, 60, tool=tool)) == [
        ("prepare", 0, None),
        (text, 1, look_s),
        ("check", -1, None),
        (text, 1, 400 - look_s),
        ("take_off", 2, 120.0),
    ]


def test_the_look_comes_between_two_steps_where_one_ends_just_then() -> None:
    assert [text for text, _step, _seconds in way(made(60, 180, 400, 60))] == [
        "prepare", "warm", "check", "warm", "take_off",
    ]  # fmt: skip


# ── what happens ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("item", "moves", "card", "followed"),
    [
        (WARM, (), "prepare", False),
        (WARM, ("enough",), None, False),
        (WARM, (None,), None, False),
        (WARM, ("stop",), None, False),
        (WARM, ("start",), "warm", True),
        (WARM, ("start", None), "check", True),
        (WARM, ("start", None, "fine"), "warm", True),
        (WARM, ("start", None, "off"), "off", True),
        (WARM, ("start", None, "off", "done"), None, True),
        (WARM, ("start", None, "off", None), None, True),
        (WARM, ("start", None, None), "take_off", True),
        (WARM, ("start", None, "fine", None), "take_off", True),
        (WARM, ("start", None, "fine", None, "done"), None, True),
        (WARM, ("start", None, "fine", None, None), None, True),
        (WARM, ("start", ("off", 59.0)), "off", False),
        (WARM, ("start", ("off", 60.0)), "off", True),
        (WARM, ("start", ("stop", 5.0)), "off", False),
        (WARM, ("start", None, "fine", None, "stop"), "off", True),
        (SHOWER, ("start", "next"), "step", True),
        (SHOWER, ("start", None, None), "check_step", True),
        (SHOWER, ("start", None, None, "off"), "off_step", True),
        (SHOWER, ("start", None, None, None), "finish", True),
        (SHOWER, ("start", None, None, "fine", None), "finish", True),
        (SHOWER, ("start", ("enough", 5.0)), "finish", False),
        (SHOWER, ("start", "enough"), "finish", True),
        (SHOWER, ("start", "enough", "done"), None, True),
        (SHOWER, ("start", ("stop", 5.0)), "stop_now", False),
    ],
)
def test_what_follows(item: Item, moves: tuple[Move, ...], card: str | None, followed: bool) -> None:
    row = play(thermal.begin(item), *moves)
    assert (up(row), row.followed) == (card, followed)
    assert row.logs == ()


def test_after_taking_it_off_the_rest_of_the_steps_comes() -> None:
    item = made(10, 25, (10, "stop_check"), 15, 5, 15, 10, tool="ice_cup")
    row = play(thermal.begin(item), "start", None, ("fine", 9.0), None, "done")
    assert (up(row), row.card.step if row.card else None) == ("step", 5)
    assert up(play(row, None, None)) is None
    assert up(play(row, "enough")) is None
    assert up(play(row, "stop")) == "stop_now"
    assert play(row, ("enough", 0.0)).followed


def test_a_long_look_makes_the_rest_shorter() -> None:
    """780 seconds it may stay on: 180 of them before the look, 30 for it."""
    card = play(thermal.begin(WARM), "start", None, ("fine", 30.0)).card
    assert card is not None
    assert card.seconds == 570.0
    card = play(thermal.begin(WARM), "start", None, ("fine", 130.0)).card
    assert card is not None
    assert card.seconds == 470.0
    assert up(play(thermal.begin(WARM), "start", None, ("fine", 600.0))) == "take_off"


def test_it_says_the_side_where_it_knows_it() -> None:
    assert [card.side for card in thermal.begin(WARM, side="left").cards[:4]] == ["left"] * 4


def test_what_is_no_answer_changes_nothing() -> None:
    row = play(thermal.begin(WARM), "start")
    assert play(row, "fine", "done", "", "OFF") == row
    ended = play(row, None, None, None)
    assert ended.card is None
    assert play(ended, None, "stop", "done") == ended


# ── whatever happens ──────────────────────────────────────────────────────────────────────────────

SHIPPED = [item for item in library.load([shipped("library")])[0] if item.kind is Kind.THERMAL]
CUES = (None, None, "breathe", "stop_check", "switch_side")

anything = st.sampled_from(SHIPPED) | st.builds(
    lambda steps, tool: made(*steps, tool=tool),
    st.lists(st.tuples(st.integers(3, 1000), st.sampled_from(CUES)), min_size=1, max_size=7),
    st.sampled_from(("heat_pack", "cold_pack", "ice_cup", "shower", "")),
)
stories = st.lists(
    st.none()
    | st.tuples(
        st.integers(0, 2) | st.text(max_size=4) | st.just("stop"),
        st.sampled_from((0.0, 20.0, 70.0)) | st.floats(),
    ),
    max_size=20,
)


def told(item: Item, story: list[tuple[int | str, float] | None]) -> list[Thermal]:
    rows = [thermal.begin(item, side="right")]
    for step in story:
        row = rows[-1]
        if step is None:
            row = row.elapse()
        else:
            word, after_s = step
            answers = row.card.answers if row.card is not None and row.card.answers else ("",)
            row = row.answer(answers[word % len(answers)] if isinstance(word, int) else word, after_s)
        if row != rows[-1]:
            rows.append(row)
    while rows[-1].card is not None:
        rows.append(rows[-1].elapse())
        assert len(rows) < 40
    return rows


@given(anything, stories)
def test_it_never_stays_on_longer_than_the_item_says(
    item: Item, story: list[tuple[int | str, float] | None]
) -> None:
    """Whoever takes ten minutes to tell how the skin is gets to take it off at once."""
    whole_s = sum(step.seconds for step in item.steps)
    for row in told(item, story):
        if row.card is not None and row.card.text in ("warm", "cool"):
            assert row.on_s + (row.card.seconds or 0.0) <= whole_s + 1e-6


@given(anything, stories)
def test_every_way_through_it_ends_and_every_card_can_be_shown(
    item: Item, story: list[tuple[int | str, float] | None]
) -> None:
    for row in told(item, story)[:-1]:
        assert row.card is not None
        shown = cards.text(row.card, item)
        assert [word for word, _label in shown.buttons] == list(row.card.answers)


@given(anything, stories)
def test_a_pack_is_only_left_over_the_word_to_take_it_off(
    item: Item, story: list[tuple[int | str, float] | None]
) -> None:
    texts = [up(row) for row in told(item, story)]
    if {"warm", "cool"} & set(texts):
        assert {"take_off", "off"} & set(texts)


@pytest.mark.parametrize("item", SHIPPED, ids=lambda item: item.id)
def test_what_ships_is_looked_at_in_time_and_names_its_areas(item: Item) -> None:
    row = thermal.begin(item)
    on_s = 0.0
    for card in row.cards:
        if card.text in ("check", "check_step"):
            break
        on_s += (card.seconds or 0.0) if card.text in ("warm", "cool", "step") else 0.0
    else:
        assert item.equipment == ("shower",), (
            "nobody looks at the skin, and nobody can press a button under water"
        )
        return
    assert on_s <= 300.0
    assert row.card is not None
    body = cards.text(row.card, item).body
    assert all(names.area(area) in body for area in item.areas)
