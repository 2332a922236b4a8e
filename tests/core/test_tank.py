"""The arithmetic of the tank (rule 1)."""

from hypothesis import given
from hypothesis import strategies as st

from postured.core.model import NEVER
from postured.core.tank import OVERFLOW, drain, fill, rest_to_empty

seconds = st.floats(0, 1e5)
afters = st.floats(1, 1e5)
pauses = st.floats(1, 1e5)


def test_a_full_pause_empties_a_full_tank() -> None:
    assert drain(1200, 60, 1200, 60) == 0


def test_half_a_pause_empties_half_of_it() -> None:
    assert drain(1200, 30, 1200, 60) == 600


def test_ignoring_the_reminder_makes_the_needed_rest_longer_up_to_half_as_much_again() -> None:
    assert fill(1200, 10_000, 1200) == 1800
    assert rest_to_empty(1800, 1200, 60) == 90


def test_with_pause_never_rest_drains_nothing() -> None:
    assert drain(700, 1e6, 1200, NEVER) == 700
    assert rest_to_empty(700, 1200, NEVER) == NEVER
    assert rest_to_empty(0, 1200, NEVER) == 0


@given(seconds, seconds, afters)
def test_work_never_lowers_the_level_nor_overfills(level: float, work: float, after: float) -> None:
    start = min(level, OVERFLOW * after)
    assert start <= fill(start, work, after) <= OVERFLOW * after


@given(seconds, seconds, seconds, afters, pauses)
def test_two_rests_drain_as_much_as_one_of_their_length(
    level: float, first: float, second: float, after: float, pause: float
) -> None:
    split = drain(drain(level, first, after, pause), second, after, pause)
    assert abs(split - drain(level, first + second, after, pause)) <= 1e-6 * max(1.0, level)


@given(seconds, afters, pauses)
def test_rest_to_empty_is_just_enough(level: float, after: float, pause: float) -> None:
    assert drain(level, rest_to_empty(level, after, pause) * (1 + 1e-9), after, pause) <= 1e-6 * max(
        1.0, level
    )
