"""While a knot is followed the schedule is what the person wrote, tightened, and never anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from hypothesis import given
from hypothesis import strategies as st

from postured import settings
from postured.core.follow import follow
from postured.core.model import NEVER, Care, Cause, Kind, Knot, Reminder, Schedule

KNOT_CARE = Care(preset="knot", reminders=settings.preset("knot"))
STRAIN = Knot("inner_edge", "right", Cause.STRAIN, 0.0, KNOT_CARE)
OVERUSE = Knot("inner_edge", "left", Cause.OVERUSE, 0.0)
STANDARD = settings.default()


def by_name(schedule: Schedule) -> dict[str, Reminder]:
    return {r.name: r for r in schedule.reminders}


def test_without_a_knot_it_is_what_was_written() -> None:
    assert follow(STANDARD, ()) is STANDARD


def test_a_cause_that_asks_for_no_preset_changes_nothing() -> None:
    assert follow(STANDARD, (OVERUSE,)) is STANDARD


def test_a_strained_knot_brings_the_long_break_earlier_and_massage_into_it() -> None:
    found = by_name(follow(STANDARD, (STRAIN,)))["long_break"]
    assert (found.after_s, found.pause_s) == (45 * 60, 300)
    assert found.suggest == (Kind.MASSAGE, Kind.MOBILITY, Kind.BREAK)


def test_who_rests_earlier_and_longer_already_goes_on_doing_so() -> None:
    own = Reminder("long_break", (Kind.BREAK,), after_s=1800, pause_s=600, repeat_s=300)
    found = by_name(follow(replace(STANDARD, reminders=(own,)), (STRAIN,)))["long_break"]
    assert (found.after_s, found.pause_s, found.repeat_s) == (1800, 600, 300)


def test_what_was_switched_off_stays_off() -> None:
    written = replace(STANDARD, reminders=tuple(r for r in STANDARD.reminders if r.name != "release"))
    assert "release" not in by_name(follow(written, (STRAIN,)))


def test_reminders_with_names_of_ones_own_stay_as_they_are() -> None:
    own = Reminder("tea", (Kind.BREAK,), after_s=7200, pause_s=60)
    assert follow(replace(STANDARD, reminders=(own,)), (STRAIN,)).reminders == (own,)


def test_strength_work_is_never_moved() -> None:
    assert by_name(follow(STANDARD, (STRAIN,)))["strength"] == by_name(STANDARD)["strength"]


def test_two_knots_take_the_stricter_of_both() -> None:
    assert follow(STANDARD, (OVERUSE, STRAIN)) == follow(STANDARD, (STRAIN,))


@st.composite
def reminders(draw: st.DrawFn) -> Reminder:
    name = draw(st.sampled_from(("reset", "long_break", "release", "warmth", "strength", "own")))
    kinds = draw(st.lists(st.sampled_from(Kind), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        return Reminder(name, tuple(kinds), at=time(11))
    return Reminder(
        name,
        tuple(kinds),
        after_s=draw(st.integers(60, 9000)),
        pause_s=draw(st.sampled_from((30.0, 300.0, 900.0, NEVER))),
        repeat_s=draw(st.sampled_from((60.0, 3600.0, NEVER))),
    )


@given(st.lists(reminders(), max_size=5, unique_by=lambda r: r.name))
def test_it_is_only_ever_tightened(written: list[Reminder]) -> None:
    before = replace(STANDARD, reminders=tuple(written))
    after = follow(before, (STRAIN,))
    assert [r.name for r in after.reminders] == [r.name for r in written]
    assert replace(after, reminders=()) == replace(before, reminders=())
    for old, new in zip(written, after.reminders, strict=True):
        assert set(old.suggest) <= set(new.suggest)
        if old.after_s is not None and new.after_s is not None:
            assert new.after_s <= old.after_s
            assert new.pause_s >= old.pause_s
            assert new.repeat_s <= old.repeat_s
        assert (
            replace(new, after_s=old.after_s, pause_s=old.pause_s, repeat_s=old.repeat_s, suggest=old.suggest)
            == old
        )
    assert follow(after, (STRAIN,)) == after
