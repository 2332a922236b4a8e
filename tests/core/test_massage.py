"""Self-massage: the right spot is pressed, in short rounds, never too long, too often or too hard; and it ends."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postured.core import cards, massage
from postured.core.massage import Massage
from postured.core.model import AREAS, ZONES, Item, Kind, PressLog, Spot, Step

Move = str | int | tuple[str, float] | None
"""What happens next: a word after five seconds, or after so many; points; None: the card's time goes by."""


def make(id_: str = "chest", area: str = "upper_chest", **fields: object) -> Item:
    steps = (
        Step("Explore.", 15, "rate"),
        Step("Stay on it.", 30, "breathe"),
        Step("Less tender?", 30, "stop_check"),
        Step("Let go.", 12),
    )
    item = Item(
        id_, Kind.MASSAGE, f"The {id_}", steps, 87, areas=(area,) if area else (), side_mode="knot_side_first"
    )
    return replace(item, **fields)  # type: ignore[arg-type]


CHEST = make()
RIBS = make("ribs", "side_ribs")
BACK = make("back", "lower_back", side_mode="none")
KNOT = make("knot", "knot", target="knot")


def start(
    *stops: Item, sides: tuple[str, ...] = ("right", "left"), gentle: bool = False, zone: str = "unsure"
) -> Massage:
    return massage.begin(stops or (CHEST,), sides=sides, gentle=gentle, zone=zone)


def move(row: Massage, step: Move) -> Massage:
    match step:
        case None:
            return row.elapse()
        case str():
            return row.answer(step, 5.0)
        case int():
            return row.answer("", 5.0, step)
        case word, after_s:
            return row.answer(word, after_s)


def play(row: Massage, *steps: Move) -> Massage:
    for step in steps:
        row = move(row, step)
    return row


def up(row: Massage) -> str | None:
    return None if row.card is None else row.card.text


def press_logs(row: Massage) -> list[PressLog]:
    return [log for log in row.logs if isinstance(log, PressLog)]


def spots(row: Massage) -> list[Spot]:
    return [log.spot for log in press_logs(row)]


# ── the loop, row by row ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("steps", "card", "logged"),
    [
        # 1. explore: tender? good to press?
        ((), "explore", []),
        ((None,), "feel", []),
        ((None, "good"), "press", []),
        (("good",), "press", []),
        ((None, "tender"), "explore_on", [Spot.WRONG]),
        (("tender", "tender", "good"), "press", [Spot.WRONG, Spot.WRONG]),
        (("tender", "tender", "tender"), "closing", [Spot.WRONG] * 3),
        ((None, "nothing"), "closing", [Spot.NOTHING]),
        ((None, 0), "closing", [Spot.NOTHING]),
        ((None, 1), "good", []),
        ((7,), "good", []),
        ((6, "yes"), "press", []),
        ((6, "no"), "explore_on", [Spot.WRONG]),
        # 2. press, and ask again
        (("good", None), "again", []),
        (("good", None, "same"), "press_on", []),
        # 3. done: it fell by two points, or by half
        (("good", None, "easier"), "release", [Spot.EASED]),
        (("good", "easier"), "release", [Spot.EASED]),
        ((7, "yes", None, 5), "release", [Spot.EASED]),
        ((2, "yes", None, 1), "release", [Spot.EASED]),
        ((3, "yes", None, 1), "release", [Spot.EASED]),
        ((7, "yes", None, 6), "press_on", []),
        ((3, "yes", None, 2), "press_on", []),
        ((4, "yes", None, 6), "press_on", []),
        (("good", None, 0), "release", [Spot.EASED]),
        (("good", None, 3), "press_on", []),
        # 4. time: ninety seconds on one spot
        (("good", None, "same", None, "same", None), "again", []),
        (("good", None, "same", None, "same", None, "same"), "stayed", [Spot.STAYED]),
        (("good", None, "same", None, "same", None, "easier"), "release", [Spot.EASED]),
        # 5. stop now
        ((8,), "too_much", [Spot.STOPPED]),
        ((6, "yes", None, 8), "too_much", [Spot.STOPPED]),
        (("good", "stop"), "stop_now", [Spot.STOPPED]),
        (("good", None, "stop"), "stop_now", [Spot.STOPPED]),
        (("good", "stop", "done"), None, [Spot.STOPPED]),
        (("good", "stop", None), None, [Spot.STOPPED]),
        # nobody answers
        ((None, None), None, []),
        ((6, None), None, []),
        (("good", None, None), None, [Spot.LEFT]),
        (("good", None, "easier", None, None), None, [Spot.EASED]),
    ],
)
def test_the_loop_for_one_spot(steps: tuple[Move, ...], card: str | None, logged: list[Spot]) -> None:
    row = play(start(), *steps)
    assert up(row) == card
    assert spots(row) == logged


def test_what_is_remembered_of_a_spot() -> None:
    row = play(start(), 7, "yes", None, 6, ("easier", 12.5))
    assert row.logs == (PressLog("chest", "upper_chest", "right", Spot.EASED, 42.5, 7, None),)
    row = play(start(sides=("left", "right")), 6, "yes", None, 3)
    assert row.logs == (PressLog("chest", "upper_chest", "left", Spot.EASED, 30.0, 6, 3),)
    row = play(start(BACK), 6, "no", 9)
    assert row.logs == (
        PressLog("back", "lower_back", "both", Spot.WRONG, 0.0, 6, None),
        PressLog("back", "lower_back", "both", Spot.STOPPED, 0.0, 9, None),
    )


def test_the_points_when_it_became_too_much_are_remembered() -> None:
    (log,) = press_logs(play(start(), 6, "yes", None, 9))
    assert (log.spot, log.seconds, log.tender_before, log.tender_after) == (Spot.STOPPED, 30.0, 6, 9)


def test_a_stop_between_two_spots_is_not_held_against_the_one_that_eased() -> None:
    row = play(start(), 7, "yes", None, 2, "stop")
    assert up(row) == "stop_now"
    assert spots(row) == [Spot.EASED]


def test_points_of_an_earlier_spot_say_nothing_about_the_next() -> None:
    row = play(start(), 7, "yes", None, 2, "more", "good", None, 5)
    assert up(row) == "press_on", "5 is much less than 7, but that was another spot"


# ── how long, how often, how hard ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hold_s", "rounds"),
    [(None, [30, 30, 30]), (90, [30, 30, 30]), (60, [30, 30]), (50, [30, 20]), (20, [20]), (3, [3]), (0, [30] * 3)],
)  # fmt: skip
def test_a_spot_is_pressed_in_rounds_up_to_what_its_item_says(hold_s: int | None, rounds: list[int]) -> None:
    item = CHEST if hold_s is None else replace(CHEST, dose=(("hold_s", hold_s),))
    row = play(start(item), "good")
    pressed = []
    while row.card is not None and row.card.text.startswith("press"):
        pressed.append(row.card.seconds)
        row = play(row, None, "same")
    assert pressed == rounds
    assert press_logs(row)[0] == PressLog("chest", "upper_chest", "right", Spot.STAYED, sum(rounds))


def test_a_round_too_short_to_notice_is_left_out() -> None:
    row = play(start(replace(CHEST, dose=(("hold_s", 34),))), "good", None, "same")
    assert spots(row) == [Spot.STAYED]


@pytest.mark.parametrize(
    ("dose", "area", "gentle", "wanted"),
    [
        ({"pressure_min": 4, "pressure_max": 6}, "upper_chest", False, (4, 6)),
        ({"pressure_min": 4, "pressure_max": 6}, "upper_chest", True, (4, 4)),
        ({"pressure_min": 5, "pressure_max": 6}, "upper_chest", True, (4, 4)),
        ({"pressure_min": 2, "pressure_max": 3}, "front_ribs", True, (2, 3)),
        ({}, "upper_chest", False, (4, 6)),
        ({}, "side_ribs", False, (2, 4)),
        ({}, "", True, (4, 4)),
        ({"pressure_max": 3}, "upper_chest", False, (3, 3)),
    ],
)
def test_how_hard(dose: dict[str, float], area: str, gentle: bool, wanted: tuple[int, int]) -> None:
    card = play(start(make(area=area, dose=tuple(dose.items())), gentle=gentle), "good").card
    assert card is not None
    assert card.pressure == wanted


def test_three_spots_of_an_area_are_enough() -> None:
    eased: tuple[Move, ...] = ("good", "easier")
    row = play(start(BACK, RIBS), *eased, "more", *eased, "more", *eased)
    assert row.card is not None
    assert row.card.answers == ("next", "enough")


def test_both_sides_of_an_area_share_its_three_spots() -> None:
    eased: tuple[Move, ...] = ("good", "easier")
    row = play(start(CHEST), *eased, "more", *eased, "other", *eased)
    assert row.card is not None
    assert row.card.answers == ()
    assert up(play(row, None)) == "closing"


def test_of_many_stops_the_first_three_areas_are_worked() -> None:
    twin = make("twin", "side_ribs")
    own, other = make("own", ""), make("other", "")
    row = start(CHEST, RIBS, twin, own, other)
    assert [item.id for item in row.plan.stops] == ["chest", "ribs", "own"]


def test_the_session_ends_after_ten_minutes() -> None:
    """Thirty seconds to let go and twenty to close belong to it, so nothing is pressed after 550."""
    row = play(start(CHEST, RIBS, BACK), None, ("good", 520.0))
    assert row.card is not None
    assert (row.card.text, row.card.seconds) == ("press", 15.0)
    row = play(row, None, "same")
    assert (up(row), spots(row)) == ("stayed", [Spot.STAYED])
    assert up(play(row, None)) == "closing"


def test_a_right_spot_for_which_no_time_is_left_is_not_pressed() -> None:
    row = play(start(), None, ("good", 530.0))
    assert up(row) == "press", "for five seconds"
    row = play(start(), None, ("good", 531.0))
    assert (up(row), spots(row)) == ("closing", [Spot.LEFT])


# ── from spot to spot ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stops", "steps", "answers"),
    [
        ((CHEST,), ("good", "easier"), ("more", "other", "enough")),
        ((CHEST, RIBS), ("good", "easier"), ("more", "next", "enough")),
        ((BACK, RIBS), ("good", "easier"), ("more", "next", "enough")),
        ((BACK,), ("good", "easier"), ("more", "enough")),
        ((CHEST, RIBS), ("good", "easier", "next"), ("other", "next", "enough")),
        ((CHEST,), ("good", "easier", "other", "good", "easier"), ("more", "enough")),
    ],
)
def test_what_is_offered_after_a_spot(
    stops: tuple[Item, ...], steps: tuple[Move, ...], answers: tuple[str, ...]
) -> None:
    row = play(start(*stops), *steps)
    assert row.card is not None
    assert row.card.answers == answers


def test_letting_go_needs_no_answer_and_is_followed_by_the_question() -> None:
    row = play(start(), "good", "easier")
    assert row.card is not None
    assert (row.card.seconds, row.card.step) == (12.0, 3)
    asked = play(row, None).card
    assert asked is not None
    assert (asked.text, asked.seconds, asked.answers) == ("next", None, row.card.answers)


@pytest.mark.parametrize(
    ("steps", "side"),
    [(("good", "easier", "other"), "left"), (("good", "easier", "more"), "right")],
)
def test_the_other_side_is_the_other_side(steps: tuple[Move, ...], side: str) -> None:
    card = play(start(), *steps).card
    assert card is not None
    assert (card.area, card.side) == ("upper_chest", side)


def test_with_one_side_there_is_no_other() -> None:
    row = play(start(sides=("left",)), "good", "easier")
    assert row.card is not None
    assert row.card.answers == ("more", "enough")


@pytest.mark.parametrize(("mode", "side"), [("knot_side_first", "right"), ("both", "both"), ("none", "")])
def test_the_side_goes_with_the_item(mode: str, side: str) -> None:
    card = start(replace(CHEST, side_mode=mode)).card
    assert card is not None
    assert card.side == side


@pytest.mark.parametrize(
    "steps",
    [
        ("nothing",),
        ("tender", "tender", "tender"),
        ("good", "easier", "next", "next"),
        ("good", None, "same", None, "same", None, "same", None),
        ("good", None, "same", None, "same", None, "same", "next"),
    ],
)
def test_then_the_next_area_is_explored_on_the_knots_side(steps: tuple[Move, ...]) -> None:
    card = play(start(CHEST, RIBS), *steps).card
    assert card is not None
    assert (card.text, card.item, card.area, card.side) == ("explore", "ribs", "side_ribs", "right")


def test_a_new_area_begins_anew() -> None:
    """With its first side, and with spots and tries of its own."""
    eased: tuple[Move, ...] = ("good", "easier")
    row = play(start(CHEST, RIBS), *eased, "next", "other", *eased, "more", *eased, "next")
    assert row.card is not None
    assert (row.card.area, row.card.side) == ("side_ribs", "right")
    row = play(
        start(BACK, RIBS), "tender", "tender", *eased, "more", *eased, "next", "tender", "tender", *eased
    )
    assert row.card is not None
    assert row.card.answers == ("more", "other", "enough")


def test_three_tries_are_for_each_side_anew() -> None:
    row = play(start(), "tender", "tender", "good", "easier", "other", "tender")
    assert up(row) == "explore_on"


def test_enough_is_enough() -> None:
    assert up(play(start(CHEST, RIBS), "good", "easier", "enough")) == "closing"


# ── the steps that the cards go with ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cues", "explore", "press", "release"),
    [
        (("rate", "breathe", "stop_check", None), 0, 1, 3),
        ((None, "rate", "stop_check"), 1, 2, -1),
        (("rate", "breathe", None), 0, 1, 2),
        ((None, None, None), 0, 1, 2),
        ((None, None), 0, 1, -1),
        ((None,), 0, 0, -1),
        (("rate",), 0, 0, -1),
    ],
)
def test_the_steps_of_the_item_are_found(
    cues: tuple[str | None, ...], explore: int, press: int, release: int
) -> None:
    row = start(replace(CHEST, steps=tuple(Step("Do it.", 40, cue) for cue in cues)))
    found = [play(row, *steps).card for steps in ((), ("good",), ("good", "easier"))]
    assert [card.step for card in found if card] == [explore, press, release]
    assert found[2] is not None
    assert found[2].seconds == (15.0 if release < 0 else 30.0)


# ── the knot itself ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("item", "zone", "asked"),
    [
        (KNOT, "unsure", True),
        (CHEST, "unsure", False),
        (replace(CHEST, knot_overlap_zones=("top_corner",)), "top_corner", True),
        (replace(CHEST, knot_overlap_zones=("top_corner",)), "blade_tip", False),
    ],
)
def test_who_pressed_the_knot_is_asked_whether_it_is_annoyed(item: Item, zone: str, asked: bool) -> None:
    row = play(start(item, zone=zone), "good", None, "easier", "enough")
    assert up(row) == ("annoyed" if asked else "closing")


def test_an_annoyed_knot_is_remembered() -> None:
    row = play(start(KNOT), "good", None, "easier", "enough", "yes")
    assert up(row) == "closing_annoyed"
    assert row.logs[-1] == PressLog("knot", "knot", "right", Spot.ANNOYED, 0.0)
    calm = play(start(KNOT), "good", None, "easier", "enough", "no")
    assert (up(calm), spots(calm)) == ("closing", [Spot.EASED])


def test_a_knot_that_was_only_explored_is_not_asked_about() -> None:
    assert up(play(start(KNOT), "nothing")) == "closing"


def test_the_knot_is_asked_about_even_when_it_was_not_the_last() -> None:
    row = play(start(KNOT, BACK), "good", None, "easier", "next", "next", "nothing")
    assert row.card is not None
    assert (row.card.text, row.card.item, row.card.area) == ("annoyed", "knot", "knot")


# ── ends ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_closing_words_count_what_eased_and_go_by_themselves() -> None:
    row = play(start(CHEST, BACK), "good", "easier", "more", "good", "easier", "enough")
    assert row.card is not None
    assert (row.card.number, row.card.seconds, row.card.answers) == (2, 20.0, ())
    assert up(play(row, None)) is None


@pytest.mark.parametrize(
    ("steps", "followed"),
    [
        ((), False),
        ((None,), False),
        ((None, None), False),
        (("stop",), False),
        (("nothing",), True),
        (("tender",), True),
        (("good",), True),
        ((0,), True),
        ((9,), True),
    ],
)
def test_it_is_followed_once_it_was_said_how_a_spot_feels(steps: tuple[Move, ...], followed: bool) -> None:
    assert play(start(), *steps).followed is followed


def test_without_stops_there_is_nothing_to_do() -> None:
    row = massage.begin((), sides=("right", "left"))
    assert row.card is None
    assert row.elapse().answer("good", 1.0) == row


def test_what_is_no_answer_changes_nothing() -> None:
    row = start()
    assert play(row, "easier", "GOOD", "", -1) == row
    assert row.answer("good", math.nan, None).used_s == 0.0
    assert play(row, ("good", -5.0)).used_s == 0.0


def test_points_count_only_where_they_are_asked_for() -> None:
    row = play(start(), "good")
    assert row.answer("", 5.0, 9) == row
    assert up(row.answer("easier", 5.0, 9)) == "release"


# ── whatever happens ──────────────────────────────────────────────────────────────────────────────

MOST_CHANGES = 300
WORDS = (
    "good", "tender", "nothing", "yes", "no", "easier", "same", "more", "other", "next", "enough", "done", "stop",
)  # fmt: skip


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    areas = draw(st.lists(st.sampled_from(("", *AREAS)), max_size=5))
    made = []
    for number, area in enumerate(areas):
        hold = draw(st.none() | st.integers(0, 90))
        cues = draw(
            st.lists(st.sampled_from((None, "rate", "breathe", "stop_check")), min_size=1, max_size=5)
        )
        made.append(
            make(
                f"m{number}",
                area,
                steps=tuple(Step("Do it.", draw(st.integers(3, 200)), cue) for cue in cues),
                dose=() if hold is None else (("hold_s", hold),),
                side_mode=draw(st.sampled_from(("knot_side_first", "both", "none"))),
                target=draw(st.sampled_from(("referral", "knot"))),
                knot_overlap_zones=tuple(draw(st.lists(st.sampled_from(ZONES), max_size=1))),
            )
        )
    return made


@st.composite
def begun(draw: st.DrawFn) -> Massage:
    return massage.begin(
        draw(items()),
        sides=draw(st.sampled_from((("right", "left"), ("left", "right"), ("left",), ("both",), ()))),
        gentle=draw(st.booleans()),
        zone=draw(st.sampled_from(ZONES)),
    )


moves = st.one_of(
    st.none(),
    st.tuples(
        st.sampled_from(WORDS) | st.text(max_size=5) | st.integers(0, 2),
        st.sampled_from([0.0, 3.0, 12.0, 40.0, 300.0]) | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.none() | st.integers(-3, 14),
    ),
)


def happen(row: Massage, step: tuple[str | int, float, int | None] | None) -> Massage:
    """One move; a number instead of a word is one of the card's own answers."""
    if step is None:
        return row.elapse()
    word, after_s, points = step
    if isinstance(word, int):
        answers = ("",) if row.card is None or not row.card.answers else row.card.answers
        word = answers[word % len(answers)]
    return row.answer(word, after_s, points)


def told(row: Massage, stories: list[tuple[str | int, float, int | None] | None]) -> list[Massage]:
    """The row at each change, from the first card to its end."""
    rows = [row]
    for step in stories:
        row = happen(row, step)
        if row != rows[-1]:
            rows.append(row)
    while row.card is not None:
        row = row.elapse()
        rows.append(row)
        assert len(rows) <= MOST_CHANGES
    return rows


stories = st.lists(moves, max_size=80)


@given(begun(), stories)
def test_it_ends_and_stays_ended(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    rows = told(row, story)
    assert len(rows) <= MOST_CHANGES
    assert rows[-1].elapse() == rows[-1]
    assert happen(rows[-1], ("stop", 1.0, 9)) == rows[-1]


@given(begun(), stories)
def test_no_spot_is_pressed_too_long_and_no_area_too_often(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    last = told(row, story)[-1]
    by_id = {item.id: item for item in row.plan.stops}
    pressed = [log for log in press_logs(last) if log.seconds > 0]
    for log in pressed:
        assert log.seconds <= min(90.0, dict(by_id[log.item].dose).get("hold_s") or 90.0) + 1e-6
    for count in Counter(log.item for log in pressed).values():
        assert count <= 3
    assert len({log.item for log in press_logs(last)}) <= 3


@given(begun(), stories)
def test_it_takes_ten_minutes_at_most(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    """Only somebody who lets a question wait makes it longer, and then nothing is pressed or explored any more."""
    rows = told(row, story)
    used_s = timed_s = 0.0
    for before, after in pairwise(rows):
        card = before.card
        assert card is not None
        if card.text.startswith(("press", "explore")):
            assert used_s + (card.seconds or 0.0) <= 550.0 + 1e-6
        timed_s += after.used_s - before.used_s if card.seconds is not None else 0.0
        used_s = after.used_s
    assert timed_s <= 600.0 + 1e-6


@given(begun(), stories)
def test_stop_ends_it_from_any_card(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    for here in told(row, story)[:-1]:
        stopped = here.answer("stop", 1.0)
        if up(here) in ("stop_now", "too_much"):
            assert up(stopped) is None
        else:
            assert up(stopped) == "stop_now"
            assert spots(stopped)[: len(spots(here))] == spots(here)
            assert spots(stopped)[len(spots(here)) :] == ([Spot.STOPPED] if at_a_spot(here) else [])
            assert up(stopped.elapse()) is None
            assert up(stopped.answer("done", 1.0)) is None


def at_a_spot(row: Massage) -> bool:
    """Whether a spot is being looked for, pressed or compared."""
    text = up(row) or ""
    return text.startswith(("explore", "press", "again", "feel", "good"))


@given(begun(), stories, st.integers(8, 100))
def test_above_seven_nothing_is_pressed_any_more(
    row: Massage, story: list[tuple[str | int, float, int | None] | None], points: int
) -> None:
    for here in told(row, story):
        if here.card is not None and here.card.asks_points:
            after = here.answer("easier", 1.0, points)
            assert up(after) == "too_much"
            assert up(after.elapse()) is None
            assert [log.spot for log in press_logs(after)][len(here.logs) :] == [Spot.STOPPED]


@given(begun(), stories)
def test_what_is_remembered_belongs_to_a_stop(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    by_id = {item.id: item for item in row.plan.stops}
    for log in press_logs(told(row, story)[-1]):
        item = by_id[log.item]
        assert log.area == (item.areas[0] if item.areas else "")
        sides = row.plan.sides if item.side_mode == "knot_side_first" else ("both",)
        assert log.side in sides
        assert log.seconds >= 0.0
        assert all(points is None or 0 <= points <= 10 for points in (log.tender_before, log.tender_after))


@given(begun(), stories)
def test_what_was_remembered_stays_remembered(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    rows = told(row, story)
    for before, after in pairwise(rows):
        assert after.logs[: len(before.logs)] == before.logs
        assert before.followed <= after.followed


@given(begun(), stories)
@settings(max_examples=50)
def test_every_card_can_be_shown(
    row: Massage, story: list[tuple[str | int, float, int | None] | None]
) -> None:
    by_id = {item.id: item for item in row.plan.stops}
    for here in told(row, story)[:-1]:
        assert here.card is not None
        shown = cards.text(here.card, by_id.get(here.card.item))
        assert [word for word, _label in shown.buttons] == list(here.card.answers)
        assert len(here.card.answers) <= 3
