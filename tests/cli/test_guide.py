"""Being led through something in the terminal, on a clock that does not take the time it tells."""

from __future__ import annotations

import re
from typing import Any

import pytest

from postured import library
from postured.cli.guide import End, Guide
from postured.core import massage, question, thermal
from postured.core.model import Felt, Item, Log, PressLog, Spot, Step
from postured.core.row import PATIENCE_S, Row
from postured.paths import shipped

ITEMS = {item.id: item for item in library.load((shipped("library"),))[0]}
STEPS = (Step("Stand up.", 10), Step("Reach.", 20), Step("Sit down again.", 5))


class Kept:
    """What was to be remembered, and how much was on the screen by then."""

    def __init__(self, screen: Any) -> None:
        self.logs: list[Log] = []
        self.at: list[int] = []
        self._screen = screen

    def __call__(self, log: Log) -> None:
        self.logs.append(log)
        self.at.append(len(self._screen.written))


def pressing(*items: str) -> Row:
    return massage.begin([ITEMS[item] for item in items], sides=("right", "left"))


def asking() -> Row:
    return question.begin(ITEMS["S03"], 1, sets=2, reps=10)


# ── steps ─────────────────────────────────────────────────────────────────────────────────────────


def test_each_step_takes_its_seconds_and_all_of_them_stand_there_in_the_end(screen: Any, player: Any) -> None:
    seen, hands = screen(), player()
    assert Guide(seen.console, hands, bell=True).time(STEPS) is End.OVER
    assert hands.past_s == pytest.approx(35)
    assert seen.lines == ["1. Stand up.", "2. Reach.", "3. Sit down again.", ""]


def test_the_seconds_are_counted_down_in_one_line(screen: Any, player: Any) -> None:
    seen = screen()
    Guide(seen.console, player(), bell=False).time((Step("Stand up.", 3),))
    assert re.findall(r"\d+ s", seen.written) == ["3 s", "2 s", "1 s"]
    assert "step 1 of 1" in seen.written


@pytest.mark.parametrize("key", ["\n", " "], ids=["enter", "space"])
def test_enter_and_space_go_on_early(screen: Any, player: Any, key: str) -> None:
    hands = player((4, key))
    assert Guide(screen().console, hands, bell=False).time(STEPS) is End.OVER
    assert hands.past_s == pytest.approx(4 + 20 + 5)


@pytest.mark.parametrize(
    ("what", "end"), [("q", End.LEFT), ("\x04", End.LEFT), (KeyboardInterrupt, End.INTERRUPTED)]
)
def test_it_can_be_ended_at_any_moment(screen: Any, player: Any, what: Any, end: End) -> None:
    seen, hands = screen(), player((12, what))
    assert Guide(seen.console, hands, bell=False).time(STEPS) is end
    assert hands.past_s == pytest.approx(12)
    assert seen.lines == ["1. Stand up.", "2. Reach.", ""]


def test_the_bell_rings_at_each_change_unless_it_is_to_be_quiet(screen: Any, player: Any) -> None:
    loud, quiet = screen(), screen()
    Guide(loud.console, player(), bell=True).time(STEPS)
    Guide(quiet.console, player(), bell=False).time(STEPS)
    assert (loud.written.count("\a"), quiet.written.count("\a")) == (3, 0)


def test_where_a_program_reads_along_there_is_a_line_for_each_step_and_nothing_else(
    screen: Any, player: Any
) -> None:
    seen, hands = screen(terminal=False), player(lines=True)
    hands.watching = False
    assert Guide(seen.console, hands, bell=True).time(STEPS) is End.OVER
    assert hands.past_s == pytest.approx(35)
    assert seen.written == "1. Stand up. (10 s)\n2. Reach. (20 s)\n3. Sit down again. (5 s)\n"


def test_long_steps_are_wrapped_and_no_line_is_wider_than_the_terminal(screen: Any, player: Any) -> None:
    seen = screen(env={"COLUMNS": "40"})
    Guide(seen.console, player(), bell=False).time((Step("word " * 25, 3),))
    plain = seen.written.replace("\033[K", "").replace("\033[2m", "").replace("\033[0m", "")
    assert max(len(part) for part in plain.replace("\r", "\n").split("\n")) <= 40
    assert seen.lines[1].startswith("   word")


def test_without_colour_the_line_is_still_redrawn(screen: Any, player: Any) -> None:
    seen = screen(env={"NO_COLOR": "1"})
    Guide(seen.console, player(), bell=False).time((Step("Stand up.", 2),))
    assert "\r\033[K" in seen.written
    assert "m" not in {part[:2][-1:] for part in seen.written.split("\033[")[1:]}


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["b", "2", "right\n", "Just right\n", "just\n", "y\bb"], ids=repr)
def test_a_question_is_answered_by_letter_number_word_or_label(screen: Any, player: Any, key: str) -> None:
    seen = screen()
    led = Guide(seen.console, player((1, key), (2, "a")), bell=False).lead(asking(), ITEMS, Kept(seen))
    assert led.end is End.OVER
    assert led.row.logs[0].felt is Felt.RIGHT  # type: ignore[union-attr]
    assert "> Just right" in seen.lines


@pytest.mark.parametrize("line", ["b", "2", "right", "Just right", " JUST "])
def test_whole_lines_do_as_well(screen: Any, player: Any, line: str) -> None:
    seen = screen(terminal=False)
    hands = player((1, line), (2, "no"), lines=True)
    led = Guide(seen.console, hands, bell=False).lead(asking(), ITEMS, Kept(seen))
    assert led.row.logs[0].felt is Felt.RIGHT  # type: ignore[union-attr]
    assert led.row.logs[0].pain is False  # type: ignore[union-attr]


def test_what_is_no_answer_is_said_and_asked_again(screen: Any, player: Any) -> None:
    seen, kept = screen(), Kept(screen())
    led = Guide(seen.console, player((1, "maybe\n"), (2, "9"), (3, "\n"), (4, "\bab")), bell=False).lead(
        asking(), ITEMS, kept
    )
    assert "None of the answers is 'maybe'." in seen.lines
    assert led.end is End.OVER
    assert led.row.logs[0].felt is Felt.EASY  # type: ignore[union-attr]


def test_points_are_numbers_of_two_digits_too_and_decide(screen: Any, player: Any) -> None:
    seen, kept = screen(), Kept(screen())
    plan = ((3, "11\n"), (4, "10\n"), (5, "\n"))
    led = Guide(seen.console, player(*plan), bell=False).lead(pressing("M01"), ITEMS, kept)
    assert "None of the answers is '11'." in seen.lines
    assert led.end is End.OVER
    assert [(log.spot, log.tender_before) for log in kept.logs if isinstance(log, PressLog)] == [
        (Spot.STOPPED, 10)
    ]


def test_a_card_goes_on_by_itself_when_its_seconds_are_over(screen: Any, player: Any) -> None:
    seen, kept = screen(), Kept(screen())
    hands = player((20, "c"))
    Guide(seen.console, hands, bell=True).lead(pressing("M01"), ITEMS, kept)
    assert "How does that spot feel?" in seen.lines
    assert [log.spot for log in kept.logs if isinstance(log, PressLog)] == [Spot.NOTHING]
    assert "\a" in seen.written


def test_the_stop_key_is_heard_on_every_card(screen: Any, player: Any) -> None:
    for plan in ([(3, "x")], [(3, "a"), (9, "x")], [(3, "a"), (50, "x")]):
        seen, kept = screen(), Kept(screen())
        led = Guide(seen.console, player(*plan, (60, "\n")), bell=False).lead(pressing("M01"), ITEMS, kept)
        assert led.end is End.OVER
        assert [log.spot for log in kept.logs if isinstance(log, PressLog)] == [Spot.STOPPED]
        assert "Stop here for today" in seen.lines


def test_enter_does_not_cut_a_press_short(screen: Any, player: Any) -> None:
    """How long was pressed is remembered, so only an answer or the clock may end it."""
    kept = Kept(screen())
    Guide(screen().console, player((3, "a"), (5, "\n"), (20, "a"), (25, "q")), bell=False).lead(
        pressing("M01"), ITEMS, kept
    )
    assert [log.seconds for log in kept.logs if isinstance(log, PressLog)] == [pytest.approx(17)]


def test_enter_takes_no_pack_off_and_silence_does(screen: Any, player: Any) -> None:
    seen = screen()
    warm = thermal.begin(ITEMS["H01"])
    hands = player((1, "a"), (5, "\n"), (7, " "))
    led = Guide(seen.console, hands, bell=False).lead(warm, ITEMS, Kept(seen))
    assert led.end is End.OVER
    assert seen.lines.index("Look at the skin: is all well?") < seen.lines.index("Take it off now")
    assert hands.past_s > 180 + PATIENCE_S, "nobody said that the skin is well"


def test_where_silence_would_end_it_there_is_no_hurry(screen: Any, player: Any) -> None:
    led = Guide(screen().console, player((5000, "a"), (9999, "a")), bell=False).lead(
        asking(), ITEMS, Kept(screen())
    )
    assert led.end is End.OVER
    assert len(led.row.logs) == 1


def test_what_is_said_is_kept_before_the_next_card_is_up(screen: Any, player: Any) -> None:
    seen = screen()
    kept = Kept(seen)
    Guide(seen.console, player((3, "c"), (9, "c"), (12, KeyboardInterrupt)), bell=False).lead(
        pressing("M01", "M05", "M14"), ITEMS, kept
    )
    assert [log.area for log in kept.logs if isinstance(log, PressLog)] == ["upper_chest", "side_ribs"]
    assert kept.at[0] < seen.written.index("Explore: side ribs")


@pytest.mark.parametrize(("what", "end"), [("q", End.LEFT), (KeyboardInterrupt, End.INTERRUPTED)])
def test_who_ends_it_has_the_row_as_far_as_it_got(screen: Any, player: Any, what: Any, end: End) -> None:
    seen = screen()
    led = Guide(seen.console, player((3, "c"), (9, what)), bell=False).lead(
        pressing("M01", "M05"), ITEMS, Kept(seen)
    )
    assert led.end is end
    assert len(led.row.logs) == 1
    assert seen.lines[-1] == "", "the counting line is gone"


def test_a_script_that_ends_too_early_ends_it(screen: Any, player: Any) -> None:
    hands = player((0, "right"), lines=True)
    hands.watching = False
    led = Guide(screen(terminal=False).console, hands, bell=False).lead(asking(), ITEMS, Kept(screen()))
    assert (led.end, led.row.logs) == (End.LEFT, ())


def test_a_script_says_nothing_to_cards_that_ask_nothing(screen: Any, player: Any) -> None:
    """A lone spot of one side ends with letting go; the answer after it belongs to nobody."""
    hands = player((0, "good"), (0, "easier"), (0, "enough"), (0, "too much"), lines=True)
    hands.watching = False
    seen, kept = screen(terminal=False), Kept(screen(terminal=False))
    led = Guide(seen.console, hands, bell=False).lead(pressing("M01"), ITEMS, kept)
    assert led.end is End.OVER
    assert "\a" not in seen.written
    assert "\033" not in seen.written
    assert [log.spot for log in kept.logs if isinstance(log, PressLog)] == [Spot.EASED]


def test_the_cautions_of_an_item_are_said_once_when_it_begins(screen: Any, player: Any) -> None:
    seen = screen(env={"COLUMNS": "300"})
    item: Item = ITEMS["M01"]
    Guide(seen.console, player((3, "b"), (9, "b"), (12, "q")), bell=False).lead(
        pressing("M01"), ITEMS, Kept(seen)
    )
    assert item.cautions
    text = " ".join(" ".join(seen.lines).split())
    for caution in item.cautions:
        assert text.count(caution) == 1
