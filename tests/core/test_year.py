"""A year with the engine, the library and the schedule as shipped: what was promised holds over time.

`python -m tests.bench.year` lives through all of it and draws a picture; here it is the first eight months of it.
"""

from __future__ import annotations

import statistics
from datetime import date
from functools import cache

import pytest

from postured.core.model import Cause, Kind
from postured.core.strength import HIGHEST
from tests.bench import year
from tests.bench.year import CAREFUL, KNOTS, Habits, Spell, Story

WEEKS = 33
"""Past the knot in March, three weeks off in July, and the first days of the knot in August."""
SELDOM_SKIPS = Habits(followed=0.5, skipped=0.03, later=0.1)


@cache
def half_followed() -> Story:
    """Half is followed, a quarter is skipped."""
    return year.year(1, weeks=WEEKS)


@cache
def seldom_skipped() -> Story:
    """Half is followed, and what is not is rather left alone; with a knot in the tenth week."""
    return year.year(2, weeks=11, habits=SELDOM_SKIPS, spells=KNOTS[:1])


@cache
def careful() -> Story:
    """Two cautions, an open office, nothing on the floor."""
    return year.year(3, weeks=11, me=CAREFUL, habits=SELDOM_SKIPS, spells=KNOTS[:1])


@cache
def careful_and_choosy() -> Story:
    """The same, and a quarter is skipped, so that on most afternoons hardly anything is left."""
    return year.year(5, weeks=11, me=CAREFUL, spells=KNOTS[:1])


STORIES = {
    "half followed": half_followed,
    "seldom skipped": seldom_skipped,
    "careful": careful,
    "careful and choosy": careful_and_choosy,
}
everybody = pytest.mark.parametrize("story", STORIES)


# ── strength ──────────────────────────────────────────────────────────────────────────────────────


def test_levels_of_what_is_done_regularly_rise() -> None:
    story = half_followed()
    assert year.mean_level(story, 11) > 1.3
    assert statistics.fmean(year.mean_level(story, week) for week in range(18, 26)) > 1.3
    assert max(session.level_next for session in story.sessions) == HIGHEST


@everybody
def test_no_exercise_is_raised_twice_within_a_week(story: str) -> None:
    assert STORIES[story]().sessions
    assert year.hasty_raises(STORIES[story]()) == []


def test_after_three_weeks_off_levels_are_one_lower() -> None:
    story = half_followed()
    assert len(story.mondays[29].levels) >= 7
    assert max(story.fridays[25].levels.values()) > 1
    assert year.not_faded(story, monday=29, friday=25) == []


def test_after_three_weeks_off_each_exercise_is_suggested_one_level_lower() -> None:
    """Also the one that comes on the third day, when another was done on the first."""
    assert year.back_too_high(half_followed(), monday=29, friday=25) == []


@everybody
def test_strength_is_suggested_on_each_working_day(story: str) -> None:
    per_week = year.strength_prompts(STORIES[story]())
    assert len(per_week) >= 10
    assert set(per_week.values()) == {5}


@everybody
def test_the_report_of_the_week_tells_what_was_suggested_and_what_was_followed(story: str) -> None:
    assert year.strength_told_otherwise(STORIES[story]()) == []


def test_with_half_of_it_followed_half_is_what_is_told() -> None:
    weeks = [friday.strength for friday in seldom_skipped().fridays.values()]
    told = sum(each.followed for each in weeks) / sum(each.prompts for each in weeks)
    assert 0.4 <= told <= 0.75


# ── turns, doses, cautions ────────────────────────────────────────────────────────────────────────


@everybody
def test_every_region_is_served_in_every_working_week(story: str) -> None:
    assert year.regions_missed(STORIES[story]()) == []


@everybody
def test_nothing_comes_more_often_than_its_day_its_week_and_its_gap_allow(story: str) -> None:
    assert year.too_much(STORIES[story]()) == []


@everybody
def test_nothing_that_cannot_be_done_or_that_a_caution_speaks_against(story: str) -> None:
    assert year.unfit(STORIES[story]()) == []


@everybody
def test_nothing_is_pressed_more_often_than_its_day_allows(story: str) -> None:
    assert year.pressed_too_often(STORIES[story]()) == []


@everybody
def test_no_item_comes_twice_in_a_row_where_there_is_a_choice(story: str) -> None:
    assert year.twice_in_a_row(STORIES[story]()) == []


@everybody
def test_what_comes_is_of_a_kind_that_was_wanted_or_a_break(story: str) -> None:
    assert year.out_of_place(STORIES[story]()) == []


# ── knots ─────────────────────────────────────────────────────────────────────────────────────────


@everybody
def test_a_strained_knot_is_not_pressed_itself(story: str) -> None:
    told = STORIES[story]()
    assert any(p.knot is not None and p.item.kind is Kind.STRENGTH for p in told.prompts)
    assert year.on_a_strain(told) == []


@everybody
def test_with_a_knot_each_exercise_begins_at_level_1_or_stays_there(story: str) -> None:
    assert year.too_high_for_a_knot(STORIES[story]()) == []


@pytest.mark.parametrize(
    "spell",
    [
        Spell(date(2026, 1, 6), 10, Cause.STRAIN, "inner_edge"),
        Spell(date(2026, 1, 6), 10, Cause.MIXED, "beside_spine"),
        Spell(date(2026, 1, 6), 10, Cause.OVERUSE, "top_corner"),
    ],
    ids=lambda spell: spell.cause,
)
def test_all_areas_of_a_knot_are_offered_in_its_first_five_working_days(spell: Spell) -> None:
    story = year.year(4, weeks=2, habits=SELDOM_SKIPS, spells=(spell,))
    assert len(year.areas_that_can_be_done(story, spell)) >= 3
    assert year.areas_not_offered(story) == []


def test_the_same_person_lives_the_same_year() -> None:
    again = year.year(2, weeks=2, habits=SELDOM_SKIPS, spells=KNOTS[:1])
    assert [p.notice for p in again.prompts] == [p.notice for p in seldom_skipped().prompts if p.week < 2]
