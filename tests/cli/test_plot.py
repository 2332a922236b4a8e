"""Rows of small blocks."""

from __future__ import annotations

import pytest

from postured.cli import plot


def test_nothing_is_the_lowest_block_and_ten_the_highest() -> None:
    assert plot.sparks([0, 5, 10], blocks=True) == "▁▅█"


def test_more_is_never_drawn_lower() -> None:
    drawn = plot.sparks(range(11), blocks=True)
    assert list(drawn) == sorted(drawn)
    assert len(set(drawn)) == 8


def test_without_blocks_the_digits_are_written_one_sign_each() -> None:
    assert plot.sparks([0, 7, None, 10], blocks=False) == "07.9"


@pytest.mark.parametrize("blocks", [True, False])
def test_a_day_of_which_nothing_is_known_is_a_dot(blocks: bool) -> None:
    first, second, third = plot.sparks([3, None, 3], blocks=blocks)
    assert first == third
    assert second in "·."


@pytest.mark.parametrize("points", [-1, 11])
def test_points_out_of_range_are_drawn_as_the_nearest(points: int) -> None:
    assert plot.sparks([points], blocks=True) == plot.sparks([min(max(points, 0), 10)], blocks=True)
    assert len(plot.sparks([points], blocks=False)) == 1


def test_of_each_day_the_last_word_counts() -> None:
    assert plot.by_day([(0, 6), (2, 4), (2, 3)], 4) == [6, None, 3, None]


def test_what_was_said_before_the_first_day_is_left_out() -> None:
    assert plot.by_day([(-1, 6), (5, 2)], 3) == [None, None, None]


def test_pairs_stand_side_by_side() -> None:
    assert plot.pairs([(7, 3), (5, None)], 80, blocks=False) == "73 5."


def test_of_pairs_the_last_that_fit_are_drawn() -> None:
    told = [(n, n) for n in range(9)]
    assert plot.pairs(told, 8, blocks=False) == "66 77 88"
    assert plot.pairs(told, 1, blocks=False) == "88", "one always is"
