"""Strength work grows slowly, eases off at once, and a level's steps are as long as the level says."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core.language import speak
from postured.core.model import Cause, Felt, Item, Kind, Knot, Level, SetLog, Step
from postured.core.strength import Trained, after, level_on, steps
from postured.library import read

DAY = 86400.0
START = 1_800_000_000.0

GOOD, EASY = "right", "easy"
HARD, SHORT, PAIN = "hard", "short", "pain"


def log(level: int, how: str = GOOD) -> SetLog:
    felt = Felt(how) if how in (GOOD, EASY, HARD) else Felt.RIGHT
    return SetLog("S02", level, 2, 8, full=how != SHORT, felt=felt, pain=how == PAIN)


def trained(*sessions: tuple[float, int, str]) -> Trained:
    """Who had these sessions: (day, level, how it was)."""
    now: Trained | None = None
    for day, level, how in sessions:
        now = after(now, log(level, how), START + day * DAY)
    assert now is not None
    return now


def level(*sessions: tuple[float, int, str], on: float | None = None, knot: Knot | None = None) -> int:
    """The level on the day `on`, or right after the last of the sessions."""
    day = sessions[-1][0] if on is None else on
    return level_on(trained(*sessions), START + day * DAY, knot)


def knot(day: float, cause: Cause = Cause.STRAIN) -> Knot:
    return Knot("inner_edge", "right", cause, START + day * DAY)


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


def test_it_begins_at_level_1() -> None:
    assert level_on(None, START, None) == 1
    assert level((0, 1, GOOD)) == 1


@pytest.mark.parametrize("first", [GOOD, EASY])
@pytest.mark.parametrize("second", [GOOD, EASY])
def test_two_good_sessions_running_raise_it(first: str, second: str) -> None:
    assert level((0, 1, first), (2, 1, second)) == 2


@pytest.mark.parametrize("spoilt", [HARD, SHORT])
def test_one_that_was_hard_or_cut_short_begins_the_run_anew_and_changes_nothing(spoilt: str) -> None:
    assert level((0, 1, GOOD), (2, 1, spoilt)) == 1
    assert level((0, 1, GOOD), (2, 1, spoilt), (4, 1, GOOD)) == 1
    assert level((0, 1, GOOD), (2, 1, spoilt), (4, 1, GOOD), (6, 1, GOOD)) == 2
    assert level((0, 2, spoilt), (1, 2, spoilt), (2, 2, spoilt)) == 2


def test_a_second_raise_waits_for_a_week_after_the_first() -> None:
    risen = ((0, 1, GOOD), (2, 1, GOOD))
    assert level(*risen, (4, 2, GOOD), (6, 2, GOOD)) == 2
    assert level(*risen, (4, 2, GOOD), (6, 2, GOOD), (8.9, 2, GOOD)) == 2
    assert level(*risen, (4, 2, GOOD), (6, 2, GOOD), (9, 2, GOOD)) == 3
    assert level(*risen, (4, 2, GOOD), (6, 2, GOOD), (8, 2, HARD), (9, 2, GOOD)) == 2


def test_there_is_no_fourth_level() -> None:
    assert level(*((2.0 * day, 3, EASY) for day in range(10))) == 3


def test_pain_lowers_it_at_once_and_by_one_whatever_the_week_says() -> None:
    risen = ((0, 1, GOOD), (2, 1, GOOD))
    assert level(*risen, (3, 2, PAIN)) == 1
    assert level((0, 3, GOOD), (1, 3, PAIN)) == 2
    assert level((0, 3, GOOD), (1, 3, PAIN), (2, 2, PAIN)) == 1
    assert level((0, 1, PAIN)) == 1


def test_after_pain_it_is_a_week_till_the_next_raise() -> None:
    hurt = ((0, 2, GOOD), (1, 2, PAIN))
    assert level(*hurt, (2, 1, GOOD), (4, 1, GOOD)) == 1
    assert level(*hurt, (2, 1, GOOD), (4, 1, GOOD), (8, 1, GOOD)) == 2
    assert level((0, 1, PAIN), (1, 1, GOOD), (2, 1, GOOD)) == 1
    assert level(*hurt, (9, 1, GOOD)) == 1  # what was good before the pain counts no more


@pytest.mark.parametrize(
    ("level_before", "days_off", "level_now"),
    [(3, 13.9, 3), (3, 14, 2), (3, 29.9, 2), (3, 30, 1), (2, 14, 1), (2, 30, 1), (1, 14, 1), (1, 400, 1)],
)
def test_days_off_lower_it(level_before: int, days_off: float, level_now: int) -> None:
    assert level((0, level_before, GOOD), on=days_off) == level_now


def test_after_days_off_it_goes_on_from_what_was_done_then() -> None:
    """The level that faded doesn't come back by itself, and the run of good sessions begins anew."""
    assert level((0, 3, GOOD), (20, 2, GOOD)) == 2
    assert level((0, 3, GOOD), (20, 2, GOOD), (22, 2, GOOD)) == 2
    assert level((0, 3, GOOD), (20, 2, GOOD), (22, 2, GOOD), (27, 2, GOOD)) == 3
    assert level((0, 1, GOOD), (15, 1, GOOD)) == 1
    assert level((0, 1, GOOD), (15, 1, GOOD), (16, 1, GOOD)) == 2


def test_after_thirty_days_off_nothing_is_known_any_more() -> None:
    assert trained((0, 3, GOOD), (1, 3, PAIN), (31, 1, GOOD)) == trained((31, 1, GOOD))


@pytest.mark.parametrize(
    ("level_before", "days_off", "level_now"),
    [(3, 0, 3), (3, 13.9, 3), (3, 14, 2), (3, 29.9, 2), (3, 30, 1), (2, 13.9, 2), (2, 14, 1), (1, 14, 1)],
)
def test_days_off_are_those_without_any_strength_work(
    level_before: int, days_off: float, level_now: int
) -> None:
    """An exercise comes only now and then; who does the others keeps its level."""
    state, on = trained((0, level_before, GOOD)), START + 60 * DAY
    assert level_on(state, on, None, worked_unix_s=on - days_off * DAY) == level_now


def test_its_own_last_session_counts_where_nothing_was_done_since() -> None:
    state = trained((0, 3, GOOD))
    for days, expected in ((13.9, 3), (14, 2), (30, 1)):
        assert level_on(state, START + days * DAY, None, worked_unix_s=START - 9 * DAY) == expected


@pytest.mark.parametrize(
    ("days_off", "level_next"),
    [(2, 3), (13.9, 3), (14, 2), (29.9, 2), (30, 2), (60, 2)],
)
def test_a_run_of_good_sessions_goes_on_if_strength_work_did(days_off: float, level_next: int) -> None:
    on = START + 60 * DAY
    state = after(trained((0, 2, GOOD)), log(2), on, worked_unix_s=on - days_off * DAY)
    assert level_on(state, on, None, worked_unix_s=on) == level_next


@pytest.mark.parametrize(("days_off", "level_now"), [(2, 3), (13.9, 3), (14, 1), (30, 1)])
def test_a_higher_one_stays_open_for_who_keeps_strength_work_up(days_off: float, level_now: int) -> None:
    on = START + 60 * DAY
    state = after(trained((0, 3, GOOD)), log(1), on, worked_unix_s=on - days_off * DAY)
    assert level_on(state, on, None, worked_unix_s=on) == level_now


@pytest.mark.parametrize("cause", [Cause.STRAIN, Cause.OVERUSE])
def test_a_knot_from_strain_or_overuse_keeps_it_at_level_1_all_its_time(cause: Cause) -> None:
    for opened in (-1, 0, 1):
        assert level((0, 3, GOOD), on=2, knot=knot(opened, cause)) == 1
    risen = ((0, 3, GOOD), (2, 1, GOOD), (4, 1, GOOD), (9, 1, GOOD), (11, 2, GOOD))
    assert level(*risen, knot=knot(1, cause)) == 1
    assert level(*risen) == 3, "once it is gone"


def test_a_knot_of_several_causes_that_came_since_the_last_session_takes_it_to_level_1() -> None:
    assert level((0, 3, GOOD), on=2, knot=knot(1, Cause.MIXED)) == 1
    assert level((0, 3, GOOD), on=2, knot=knot(-1, Cause.MIXED)) == 3


def test_with_a_knot_of_several_causes_other_exercises_do_not_raise_it() -> None:
    state, on = trained((0, 3, GOOD)), START + 5 * DAY
    assert level_on(state, on, knot(1, Cause.MIXED), worked_unix_s=START + 4 * DAY) == 1


def test_a_knot_for_a_clinician_decides_nothing_here() -> None:
    assert level((0, 3, GOOD), on=2, knot=knot(1, Cause.RED_CLINICIAN)) == 3


def test_sessions_after_a_knot_of_several_causes_came_count_on_from_their_own_level() -> None:
    eased, mixed = ((0, 3, GOOD), (2, 1, GOOD)), knot(1, Cause.MIXED)
    assert level(*eased, knot=mixed) == 1
    assert level(*eased, (4, 1, GOOD), (9, 1, GOOD), knot=mixed) == 2
    assert level(*eased, (4, 1, GOOD), (9, 1, GOOD), (20, 2, GOOD), knot=mixed) == 2
    assert level(*eased, (4, 1, GOOD), (9, 1, GOOD), (12, 2, GOOD), (18, 2, GOOD), knot=mixed) == 3


def test_a_lower_one_done_without_pain_leaves_the_higher_open() -> None:
    """As at a desk where only the first can be done."""
    assert level((0, 3, GOOD), (1, 1, GOOD)) == 3
    assert level((0, 3, GOOD), (1, 2, GOOD), (2, 1, HARD)) == 3
    assert level((0, 3, GOOD), (1, 1, GOOD), on=14) == 2
    assert level((0, 3, GOOD), (10, 1, GOOD), on=20) == 2
    assert level((0, 3, GOOD), (1, 1, PAIN)) == 1


def test_who_changes_between_two_places_gets_on_all_the_same() -> None:
    assert level((0, 2, GOOD), (1, 1, GOOD), (2, 2, GOOD)) == 3
    assert level((0, 2, GOOD), (1, 1, HARD), (2, 2, GOOD)) == 3
    assert level((0, 2, GOOD), (1, 1, PAIN), (2, 2, GOOD)) == 2


def test_who_goes_higher_by_themselves_is_taken_at_their_word() -> None:
    assert level((0, 1, GOOD), (1, 3, GOOD)) == 3
    assert level((0, 1, GOOD), (1, 2, GOOD), (2, 2, GOOD)) == 2  # the week counts from day 1


@pytest.mark.parametrize(("told", "counted"), [(0, 1), (-4, 1), (17, 3)])
def test_a_level_that_is_none_counts_as_the_nearest(told: int, counted: int) -> None:
    assert level((0, told, GOOD)) == counted


# ── whatever happens ──────────────────────────────────────────────────────────────────────────────

sessions = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 5), st.integers(0, 40)),
        st.sampled_from((GOOD, GOOD, GOOD, EASY, HARD, SHORT, PAIN)),
        st.one_of(st.none(), st.integers(1, 3)),
    ),
    max_size=40,
)
"""Days since the last one, how it was, and the level where it isn't the one that was asked for."""


def ladder(state: Trained | None) -> list[Trained]:
    """The state and what it has left open above."""
    return [] if state is None else [state, *ladder(state.above)]


@given(sessions)
def test_it_rises_by_one_after_two_good_ones_running_and_never_twice_within_a_week(
    told: list[tuple[int, str, int | None]],
) -> None:
    at, state = START, None
    done: list[tuple[int, str]] = []
    raised: list[float] = []
    for days, how, chosen in told:
        at += days * DAY
        asked = level_on(state, at, None)
        given_level = chosen or asked
        state = after(state, log(given_level, how), at)
        done.append((given_level, how))
        assert 1 <= state.level <= 3
        assert state.last_unix_s == at
        assert all(lower.level < higher.level for lower, higher in pairwise(ladder(state)))
        if state.level > given_level:
            assert state.level == given_level + 1
            at_this_level = [
                session_how for session_level, session_how in done if session_level == given_level
            ]
            assert {*at_this_level[-2:]} <= {GOOD, EASY}
            assert len(at_this_level) > 1
            raised.append(at)
        if how == PAIN:
            assert level_on(state, at, None) == max(1, given_level - 1)
    assert all(later - earlier >= 7 * DAY for earlier, later in pairwise(raised))


@given(sessions, st.lists(st.floats(0, 100), max_size=5).map(sorted))
def test_time_alone_never_raises_it(told: list[tuple[int, str, int | None]], later: list[float]) -> None:
    at, state = START, None
    for days, how, chosen in told:
        at += days * DAY
        state = after(state, log(chosen or level_on(state, at, None), how), at)
    levels = [level_on(state, at + days * DAY, None) for days in later]
    assert levels == sorted(levels, reverse=True)
    assert all(found == 1 for days, found in zip(later, levels, strict=True) if days >= 30)


@given(sessions, st.floats(0, 60), st.lists(st.floats(0, 60), max_size=4).map(sorted))
def test_other_strength_work_never_lowers_it(
    told: list[tuple[int, str, int | None]], later: float, ago: list[float]
) -> None:
    """And the later it was done, the less is lost; what was done today keeps all."""
    at, state = START, None
    for days, how, chosen in told:
        at += days * DAY
        state = after(state, log(chosen or level_on(state, at, None), how), at)
    then = at + later * DAY
    levels = [level_on(state, then, None, worked_unix_s=then - days * DAY) for days in (0, *ago)]
    levels.append(level_on(state, then, None))
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == max((each.level for each in ladder(state)), default=1)


@given(sessions, st.integers(-50, 50), st.integers(0, 50), st.sampled_from(Cause))
def test_a_knot_never_raises_it(
    told: list[tuple[int, str, int | None]], opened: int, later: int, cause: Cause
) -> None:
    at, state = START, None
    for days, how, chosen in told:
        at += days * DAY
        state = after(state, log(chosen or level_on(state, at, None), how), at)
    then = at + later * DAY
    without = level_on(state, then, None)
    found = level_on(state, then, Knot("blade_tip", "left", cause, at + opened * DAY))
    assert 1 <= found <= without
    if cause in (Cause.STRAIN, Cause.OVERUSE):
        assert found == 1
    elif cause is Cause.MIXED:
        assert found == 1 or opened <= 0
    else:
        assert found == without


# ── what is done ──────────────────────────────────────────────────────────────────────────────────


def item(*levels: Level, side_mode: str = "none") -> Item:
    own = (Step("Do it at your desk.", 60), Step("Rest.", 20, "breathe"))
    return Item("S99", Kind.STRENGTH, "Some", own, 80, side_mode=side_mode, levels=levels)


def a_level(
    number: int = 2,
    variation: str = "Light band, hands low",
    sets: int = 2,
    reps: int = 10,
    hold_s: int = 0,
    duration_s: int = 130,
) -> Level:
    return Level(number, variation, sets, reps, hold_s, "", duration_s, ("desk",), (), (), discreet=True)


def test_level_1_and_an_item_without_levels_have_their_own_steps() -> None:
    plain = item()
    assert [steps(plain, level) for level in (0, 1, 2)] == [plain.steps] * 3
    levelled = item(a_level(1), a_level(2), a_level(3))
    assert [steps(levelled, level) for level in (0, 1)] == [levelled.steps] * 2


def test_a_higher_level_is_its_sets_with_a_rest_between_them() -> None:
    levelled = item(a_level(1), a_level(2), a_level(3, "Heavy band", 3, 8, 2, duration_s=202))
    assert steps(levelled, 2) == (
        Step("Light band, hands low: 10 times", 50),
        Step("Rest, shoulders down.", 30, "breathe"),
        Step("Light band, hands low: 10 times", 50),
    )
    assert [step.seconds for step in steps(levelled, 3)] == [48, 30, 47, 30, 47]
    assert steps(levelled, 3)[0].text == "Heavy band: 8 times, each held for 2 seconds"


def test_one_set_has_no_rest() -> None:
    (only,) = steps(item(a_level(1), a_level(2, sets=1, reps=1, hold_s=1, duration_s=40)), 2)
    assert only == Step("Light band, hands low: 1 time, each held for 1 second", 40)


def test_sets_that_need_the_time_get_it_and_the_rest_is_shorter() -> None:
    found = steps(item(a_level(1), a_level(2, sets=2, reps=12, hold_s=2, duration_s=140)), 2)
    assert [step.seconds for step in found] == [60, 20, 60]


@pytest.mark.parametrize("side_mode", ["both", "knot_side_first"])
def test_where_each_side_has_its_turn_the_repetitions_are_for_each_of_them(side_mode: str) -> None:
    found = steps(item(a_level(1), a_level(2, reps=6, hold_s=2, duration_s=140), side_mode=side_mode), 2)
    assert found[0] == Step("Light band, hands low: 6 times on each side, each held for 2 seconds", 60)
    assert [step.seconds for step in found] == [60, 20, 60]
    (only,) = steps(item(a_level(1), a_level(2, sets=1, reps=1), side_mode=side_mode), 2)
    assert only.text == "Light band, hands low: 1 time on each side"


def test_a_level_too_short_for_rests_is_one_step() -> None:
    found = steps(item(a_level(1), a_level(2, sets=4, reps=5, duration_s=20)), 2)
    assert found == (Step("Light band, hands low: 5 times, 4 sets", 20),)


def test_a_long_text_is_cut_and_its_full_stop_left_out() -> None:
    (only,) = steps(item(a_level(1), a_level(2, "x" * 140, sets=1)), 2)
    assert only.text == "x" * 129 + "…: 10 times"
    assert len(only.text) == 140
    (only,) = steps(item(a_level(1), a_level(2, "Slowly.", sets=1)), 2)
    assert only.text == "Slowly: 10 times"


@given(
    variation=st.text(max_size=140),
    sets=st.integers(1, 12),
    reps=st.integers(1, 60),
    hold_s=st.integers(0, 90),
    duration_s=st.integers(3, 1800),
    side_mode=st.sampled_from(("none", "both", "knot_side_first")),
)
def test_the_steps_last_as_long_as_the_level_and_can_be_read(
    variation: str, sets: int, reps: int, hold_s: int, duration_s: int, side_mode: str
) -> None:
    asked = a_level(2, variation, sets, reps, hold_s, duration_s)
    found = steps(item(a_level(1), asked, side_mode=side_mode), 2)
    assert sum(step.seconds for step in found) == duration_s
    assert all(step.seconds >= 3 and len(step.text) <= 140 for step in found)
    assert len(found) in (1, 2 * sets - 1)
    assert str(reps) in found[0].text


SHIPPED = Path(__file__).parents[2] / "config" / "library" / "strength.yaml"
ITEMS, PROBLEMS = read(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
ONE_ARM_AFTER_THE_OTHER = {("S03", 3)}
"""In an item whose other levels want both arms at once."""


def seconds_for_a_set(shipped: Item, each: Level) -> int:
    """Three for a repetition, and what it is held; over again where each side has its turn."""
    sided = shipped.side_mode != "none" or (shipped.id, each.level) in ONE_ARM_AFTER_THE_OTHER
    return each.reps * (3 + each.hold_s) * (2 if sided else 1)


@pytest.mark.parametrize("shipped", ITEMS, ids=lambda shipped: shipped.id)
def test_every_shipped_level_leaves_time_for_what_it_asks(shipped: Item) -> None:
    """And ten seconds at least between two sets."""
    for each in shipped.levels:
        needed = each.sets * seconds_for_a_set(shipped, each) + (each.sets - 1) * 10
        assert needed <= each.duration_s, each.level
    for each in shipped.levels[1:]:
        found = steps(shipped, each.level)
        assert all(step.seconds >= seconds_for_a_set(shipped, each) for step in found[::2]), each.level
        assert all(step.seconds >= 10 for step in found[1::2]), each.level


@pytest.mark.parametrize("shipped", ITEMS, ids=lambda shipped: shipped.id)
def test_a_higher_level_says_its_load_where_a_notice_shows_it(shipped: Item) -> None:
    for each in shipped.levels[1:]:
        assert len(each.variation) <= 80
        for amount in re.findall(r"[\d.]+(?= (?:kg|to [\d.]+ kg))|\w+(?=(?: to \w+)? band)", each.load_hint):
            assert amount in each.variation, each.level


def test_every_shipped_level_can_be_done_set_by_set() -> None:
    assert not PROBLEMS
    for shipped in ITEMS:
        assert steps(shipped, 1) == shipped.steps
        for each in shipped.levels[1:]:
            found = steps(shipped, each.level)
            assert len(found) == 2 * each.sets - 1, (shipped.id, each.level)
            assert "…" not in found[0].text
            assert all(step.seconds >= 10 for step in found)


class Backwards:
    """A language in which every text is spelled the other way round, but for the names to be filled in."""

    def gettext(self, message: str) -> str:
        return {
            "Rest, shoulders down.": "tser",
            "{variation}: {dose}": "{dose} = {variation}",
        }[message]

    def ngettext(self, one: str, many: str, n: int) -> str:
        assert (one, many, n) == ("{count} time", "{count} times", 10)
        return "{count} semit"

    def pgettext(self, context: str, message: str) -> str:
        return f"<{context}: {len(message)}>"


def test_it_speaks_the_persons_language() -> None:
    speak(Backwards())
    try:
        first, rest, _ = steps(item(a_level(1), a_level(2)), 2)
        assert (first.text, rest.text) == ("10 semit = <S99.levels.2.variation: 21>", "tser")
        assert [step.text for step in steps(item(), 0)] == ["<S99.steps.1: 19>", "<S99.steps.2: 5>"]
    finally:
        speak(None)
