"""A question on the screen: what is drawn of it, and what a key does."""

from __future__ import annotations

import pytest

from postured.cli.ask import Back, Option
from postured.cli.page import Choice, Number, Page, Ticks, Words

WORDS = Words("Which of them?", "Question 1 of 2", "Look well.")
FEW = tuple(Option(code, label) for code, label in (("a", "Apple"), ("b", "Big pear"), ("", "Not sure")))
MANY = tuple(Option(f"code{n}", f"Label of {n}") for n in range(1, 16))


def choice(options: tuple[Option, ...] = FEW, first: str | None = None) -> Choice:
    return Choice(WORDS, options, None, first)


def ticks(options: tuple[Option, ...] = MANY, first: tuple[str, ...] | None = None) -> Ticks:
    return Ticks(WORDS, options, none="None of these", unsure="Not sure", first=first)


def number(low: int = 0, high: int = 10, first: int | None = None) -> Number:
    return Number(WORDS, low, high, unsure="Not sure", first=first)


def press(page: Page, *keys: str) -> bool:
    """Whether the last of the keys answered it; none before may."""
    answered = [page.press(key) for key in keys]
    assert not any(answered[:-1]), keys
    return answered[-1]


def drawn(page: Page, width: int = 79, height: int = 24) -> list[str]:
    lines = page.draw(width, height)
    assert len(lines) <= height
    assert max(len(line.text) for line in lines) <= width
    assert sum(line.cursor is not None for line in lines) == 1
    return [line.text for line in lines]


# ── one of several ────────────────────────────────────────────────────────────────────────────────


def test_all_of_a_question_is_in_sight() -> None:
    assert drawn(choice()) == [
        "Question 1 of 2",
        "Which of them?",
        "Look well.",
        "",
        "> 1  Apple",
        "  2  Big pear",
        "  3  Not sure",
        "",
        "Arrows, a number or letters, then Enter. Esc: back. Ctrl-C: leave.",
    ]


def test_only_title_and_marked_answer_stand_out() -> None:
    page = choice()
    page.press("down")
    assert [line.text[: line.bold] for line in page.draw(79, 24) if line.bold] == [
        "Which of them?",
        "> 2  Big pear",
    ]


def test_steps_run_on_round_the_ends_and_leaps_do_not() -> None:
    page = choice(MANY)
    for key, code in (
        ("up", "code15"), ("down", "code1"), ("pagedown", "code6"), ("end", "code15"), ("pagedown", "code15"),
        ("pageup", "code10"), ("home", "code1"), ("pageup", "code1"),
    ):  # fmt: skip
        assert not page.press(key)
        assert page.code == code


@pytest.mark.parametrize(
    ("keys", "code"),
    [("2", "code2"), ("9", "code9"), ("12", "code12"), ("15", "code15"), ("19", "code9"), ("1", "code1")],
)
def test_a_number_marks_its_answer_and_enter_takes_it(keys: str, code: str) -> None:
    page = choice(MANY)
    assert not press(page, *keys)
    assert page.code == code
    assert press(page, "enter")
    assert page.code == code


def test_a_question_mark_marks_not_sure_and_enter_takes_it() -> None:
    page = choice()
    assert not press(page, "?")
    assert "> 3  Not sure" in drawn(page)
    assert press(page, "enter")
    assert page.code == ""


def test_a_number_that_there_is_not_is_told() -> None:
    page = choice()
    assert not press(page, "7")
    assert "There is no answer 7." in drawn(page)
    assert not page.press("down")
    assert "There is no answer 7." not in drawn(page)


def test_letters_find_the_answer_that_begins_with_them_before_one_that_has_them_inside() -> None:
    options = (Option("x", "A sea"), Option("y", "Seaside"), Option("z", "Lake"))
    page = choice(options)
    press(page, "s", "e")
    assert page.code == "y"
    assert "> se" in drawn(page)
    press(page, "backspace", "backspace", "l", "A")
    assert page.code == "z"


def test_letters_that_are_in_no_answer_take_none() -> None:
    page = choice()
    assert not press(page, "q", "u", "enter")
    assert any("None of the answers is 'qu'." in line for line in drawn(page))
    assert press(page, "enter")


def test_a_number_that_no_answer_has_takes_none_with_the_enter_behind_it() -> None:
    page = choice()
    assert not press(page, "9", "enter")
    assert press(page, "enter")


def test_escape_takes_back_what_was_typed_before_it_goes_back() -> None:
    page = choice()
    press(page, "b", "escape")
    assert "> b" not in drawn(page)
    with pytest.raises(Back):
        page.press("escape")


@pytest.mark.parametrize("page", [choice(), ticks(), number()], ids=["choice", "ticks", "number"])
@pytest.mark.parametrize("key", ["escape", "left"])
def test_escape_and_left_go_back(page: Page, key: str) -> None:
    with pytest.raises(Back):
        page.press(key)


@pytest.mark.parametrize("page", [choice(), ticks(), number()], ids=["choice", "ticks", "number"])
@pytest.mark.parametrize("key", ["", "\x00", "insert", "f1", "²", "ﬁ", "\u200b"])
def test_keys_that_mean_nothing_do_nothing(page: Page, key: str) -> None:
    assert not page.press(key)
    drawn(page)
    page.press("backspace")


# ── beside a picture ──────────────────────────────────────────────────────────────────────────────


def pictured(width: int, height: int) -> list[str]:
    page = Choice(WORDS, FEW, lambda code: (f"+---{code or '-'}---+", "|       |", "+-------+"), None)
    page.press("down")
    return drawn(page, width, height)


def test_a_picture_stands_beside_the_answers_and_goes_with_them() -> None:
    assert pictured(60, 24)[4:7] == [
        "  1  Apple" + " " * 41 + "+---b---+",
        "> 2  Big pear" + " " * 38 + "|       |",
        "  3  Not sure" + " " * 38 + "+-------+",
    ]


def test_in_a_narrow_terminal_it_stands_above_them() -> None:
    assert pictured(30, 24)[4:9] == ["+---b---+", "|       |", "+-------+", "", "  1  Apple"]


@pytest.mark.parametrize(("width", "height"), [(30, 11), (8, 24), (60, 8)])
def test_where_there_is_no_room_it_is_left_out(width: int, height: int) -> None:
    lines = pictured(width, height)
    assert not any("+" in line or "|" in line for line in lines[1:-1]) or height == 8
    assert any(line.startswith("> 2") for line in lines)


# ── any of several ────────────────────────────────────────────────────────────────────────────────


def test_space_and_numbers_tick_and_enter_takes_what_is_ticked() -> None:
    page = ticks()
    assert not press(page, "down", " ", "1", "2", "3", "3", "1", " ")
    assert [line for line in drawn(page) if "[x]" in line] == [
        "> [x]  1  Label of 1",
        "  [x]  2  Label of 2",
        "  [x] 12  Label of 12",
    ]
    assert press(page, "enter")
    assert page.codes == ("code1", "code2", "code12")
    assert page.answered == "Label of 1; Label of 2; Label of 12"


def test_a_number_that_may_go_on_ticks_with_enter() -> None:
    page = ticks()
    assert not press(page, "1", "enter")
    assert press(page, "enter")
    assert page.codes == ("code1",)


def test_enter_out_of_habit_tells_neither_of_an_illness_nor_that_there_is_none() -> None:
    page = ticks()
    assert not press(page, "enter", "enter", "down", "enter")
    assert "Nothing is ticked yet. Space ticks this one; 0 is none of them." in drawn(page)


@pytest.mark.parametrize(("key", "codes", "said"), [("0", (), "None of these"), ("?", None, "Not sure")])
def test_none_and_not_sure_have_keys_and_rows_of_their_own(
    key: str, codes: tuple[str, ...] | None, said: str
) -> None:
    by_key, by_row = ticks(), ticks()
    assert press(by_key, key, "enter")
    assert press(by_row, *["up"] * (2 if key == "0" else 1), "enter")
    assert (by_key.codes, by_key.answered) == (by_row.codes, by_row.answered) == (codes, said)


@pytest.mark.parametrize("key", ["0", "?"])
@pytest.mark.parametrize("is_pressed_again", [False, True], ids=["enter alone", "key and enter"])
def test_what_was_ticked_is_not_dropped_in_passing(key: str, is_pressed_again: bool) -> None:
    again = [key] if is_pressed_again else []
    page = ticks()
    assert not press(page, "3", key)
    assert any("[x]" in line for line in drawn(page)), "the key alone only marks"
    assert not press(page, "enter")
    assert "The ticks are gone. Once more, if that is what you mean." in drawn(page)
    assert not any("[x]" in line for line in drawn(page))
    assert press(page, *again, "enter")


def test_nobody_says_none_of_a_list_that_was_not_in_sight() -> None:
    page = ticks()
    seen = {line[2:] for line in drawn(page, height=12) if "Label of" in line}
    assert len(seen) < 15
    assert not press(page, "0", "enter")
    assert any("Please look at all of it first." in line for line in drawn(page, height=12))
    for _more in range(5):
        seen.update(line[2:] for line in drawn(page, height=12) if "Label of" in line)
        if press(page, "0", "enter"):
            break
    assert page.codes == ()
    assert len(seen) == 15


def test_what_is_out_of_sight_is_counted() -> None:
    page = ticks()
    press(page, *["down"] * 7)
    lines = drawn(page, height=12)
    above = next(int(line.split()[0][1:]) for line in lines if "more above" in line)
    below = next(int(line.split()[0][1:]) for line in lines if "more below" in line)
    shown = sum("Label of" in line for line in lines)
    assert above + shown + below == 17
    assert any(line.startswith("> [ ]  8") for line in lines)


def test_what_was_ticked_before_is_ticked() -> None:
    page = ticks(first=("code4", "no such thing"))
    assert press(page, "enter")
    assert page.codes == ("code4",)
    none = ticks(first=())
    assert press(none, "enter")
    assert none.codes == ()


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


def test_a_number_is_typed_and_stands_on_a_scale() -> None:
    page = number()
    press(page, "4")
    assert drawn(page) == [
        "Question 1 of 2",
        "Which of them?",
        "Look well.",
        "",
        "   0   1   2   3  [4]  5   6   7   8   9   10",
        "",
        "> 4",
        "",
        "A number or arrows. ?: not sure. Then Enter. Esc: back.",
    ]
    assert press(page, "enter")
    assert (page.value, page.answered) == (4, "4")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("1", "0"), 10), (("1", "5"), 1), (("1", "backspace", "7"), 7), (("0", "3"), 3), (("up",), 0),
        (("9", "up", "up", "up"), 10), (("1", "down", "down"), 0), (("5", "+"), 6), (("5", "-", "-"), 3),
    ],
)  # fmt: skip
def test_a_number_never_leaves_its_bounds(keys: tuple[str, ...], value: int) -> None:
    page = number()
    assert press(page, *keys, "enter")
    assert page.value == value


def test_without_a_number_enter_asks_for_one() -> None:
    page = number(1, 99)
    for keys in (("enter",), ("0", "enter"), ("backspace", "enter")):
        assert not press(page, *keys)
        assert "A number from 1 to 99, please, or ? for: not sure" in drawn(page)


@pytest.mark.parametrize("key", ["?", "n", "N"])
def test_not_sure_has_a_key_and_enter_takes_it(key: str) -> None:
    page = number()
    assert not press(page, "4", key)
    lines = drawn(page)
    assert "> Not sure" in lines
    assert not any("[" in line for line in lines), "no number is marked any more"
    assert press(page, "enter")
    assert (page.value, page.answered) == (None, "Not sure")


@pytest.mark.parametrize(("key", "value"), [("7", 7), ("up", 0), ("-", 0)])
def test_a_number_takes_the_place_of_not_sure(key: str, value: int) -> None:
    page = number()
    assert press(page, "4", "?", key, "enter")
    assert page.value == value


def test_not_sure_can_be_taken_back() -> None:
    page = number()
    assert not press(page, "?", "backspace", "enter")
    assert "> " in drawn(page)
    assert any("A number from 0 to 10" in line for line in drawn(page))


def test_the_first_digit_takes_the_place_of_the_number_of_before() -> None:
    page = number(1, 99, first=4)
    assert press(page, "7", "enter")
    assert page.value == 7
    page = number(1, 99, first=4)
    assert press(page, "up", "enter")
    assert page.value == 5


# ── any size ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 7, 9, 12, 17, 24, 60])
@pytest.mark.parametrize("width", [15, 30, 79])
def test_it_fits_into_any_terminal_and_the_marked_answer_is_in_sight(width: int, height: int) -> None:
    wordy = Words("A question that goes on for quite a while, as some do?", "Question 1 of 2", "Look " * 40)
    options = tuple(Option(f"c{n}", f"{n} is a label of some length, " * 2) for n in range(15))
    pages: list[Page] = [
        Choice(wordy, options, lambda _code: ("#" * 40,) * 15, None),
        Ticks(wordy, options, none="None", unsure="Not sure", first=None),
        Number(wordy, 0, 10, unsure="Not sure", first=3),
    ]
    for page in pages:
        for _step in range(16):
            lines = page.draw(width, height)
            assert len(lines) <= height
            assert max(len(line.text) for line in lines) <= width
            assert sum(line.cursor is not None for line in lines) == 1
            page.press("down")


@pytest.mark.parametrize("page", [choice(), ticks(), number()], ids=["choice", "ticks", "number"])
def test_the_keys_are_told_in_one_line_that_leaves_room_for_german(page: Page) -> None:
    helped = page.draw(500, 24)[-1].text
    assert helped.endswith(("Esc: back.", "Ctrl-C: leave."))
    assert len(helped) <= 70
