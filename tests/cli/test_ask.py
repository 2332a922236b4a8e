"""Asking in the terminal: what every way of asking keeps to, and what is special to each."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from postured.cli.ask import Asker, Back, Left, Option, Plain, asker
from postured.cli.console import Console
from postured.cli.screen import Screen
from tests.cli.scripted import Answer, Scripted

FRUIT = (Option("apple", "A red apple"), Option("pear", "A pear"), Option("", "Not sure"))
ILLS = (Option("fever", "Fever, or chills"), Option("rash", "A rash"), Option("lump", "A lump"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console_of(typed: str = "", env: dict[str, str] | None = None) -> Console:
    return Console({"TERM": "xterm", **(env or {})}, io.StringIO(), io.StringIO(), io.StringIO(typed))


def written(console: Console) -> str:
    assert isinstance(console.out, io.StringIO)
    return console.out.getvalue()


@contextmanager
def plain(*lines: str) -> Iterator[tuple[Plain, Console]]:
    console = console_of("".join(line + "\n" for line in lines))
    yield Plain(console), console


@contextmanager
def screen(keys: str, env: dict[str, str] | None = None) -> Iterator[tuple[Screen, Console]]:
    console = console_of(env=env)
    with create_pipe_input() as typed:
        typed.send_text(keys)
        yield Screen(console, typed, DummyOutput()), console


# ── the contract ──────────────────────────────────────────────────────────────────────────────────

UP, DOWN, LEFT, ENTER = "\x1b[A", "\x1b[B", "\x1b[D", "\r"


def choose(one: Asker) -> object:
    return one.choose("Which one?", FRUIT, head="Question 1 of 1", hint="Look well.")


def tick(one: Asker) -> object:
    return one.tick("Any of these?", ILLS, none="None", unsure="Not sure")


def number(one: Asker) -> object:
    return one.number("How many?", 0, 10, unsure="Not sure")


CONTRACT: Sequence[tuple[str, Callable[[Asker], object], Answer, str, str, object]] = [
    ("the second", choose, "pear", "2\r", "2\n", "pear"),
    ("not sure which", choose, "", "3\r", "\n", ""),
    ("two of three", tick, ("fever", "lump"), "31\r", "3 1\n", ("fever", "lump")),
    ("none", tick, (), "0\r", "0\n", ()),
    ("not sure whether", tick, None, "?\r", "\n", None),
    ("a number", number, 7, "7\r", "7\n", 7),
    ("the highest number", number, 10, "10\r", "10\n", 10),
    ("not sure how many", number, None, "?\r", "\n", None),
]
ENDS: Sequence[tuple[type[BaseException], str, str]] = [
    (Back, LEFT, "back\n"),
    (Left, "\x03", ""),
]


@pytest.mark.parametrize("way", ["scripted", "plain", "screen"])
@pytest.mark.parametrize(
    ("ask", "answer", "keys", "line", "wanted"),
    [each[1:] for each in CONTRACT],
    ids=[each[0].replace(" ", "-") for each in CONTRACT],
)
def test_an_answer_is_the_same_however_it_is_asked(
    way: str, ask: Callable[[Asker], object], answer: Answer, keys: str, line: str, wanted: object
) -> None:
    if way == "scripted":
        assert ask(Scripted(answer)) == wanted
    elif way == "plain":
        assert ask(Plain(console_of(line))) == wanted
    else:
        with screen(keys) as (one, _console):
            assert ask(one) == wanted


@pytest.mark.parametrize("way", ["scripted", "plain", "screen"])
@pytest.mark.parametrize("ask", [choose, tick, number])
@pytest.mark.parametrize(("end", "keys", "line"), ENDS, ids=["back", "left"])
def test_whoever_goes_back_or_leaves_answers_nothing(
    way: str, ask: Callable[[Asker], object], end: type[BaseException], keys: str, line: str
) -> None:
    with screen(keys) as (drawn, _console):
        one: Asker = {"scripted": Scripted(end), "plain": Plain(console_of(line)), "screen": drawn}[way]
        with pytest.raises(end):
            ask(one)


@pytest.mark.parametrize("way", ["plain", "screen"])
def test_the_answer_that_was_given_before_is_chosen_already(way: str) -> None:
    with screen("\r\r\r\r") as (drawn, _console):
        one: Asker = drawn if way == "screen" else Plain(console_of("\n\n\n\n"))
        assert one.choose("Which one?", FRUIT, first="pear") == "pear"
        assert one.number("How many?", 0, 10, unsure="Not sure", first=4) == 4
        assert one.tick("Any?", ILLS, none="None", unsure="Not sure", first=("lump", "fever")) == (
            "fever",
            "lump",
        )
        assert one.tick("Any?", ILLS, none="None", unsure="Not sure", first=()) == ()


# ── whole lines ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("heard", ["2", "02", "pear", "PEAR", "a pear", "A  Pear", "pe", "a p"])
def test_a_line_can_be_the_number_the_code_the_label_or_how_it_begins(heard: str) -> None:
    with plain(heard) as (one, _console):
        assert choose(one) == "pear"


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ("4", "None of the answers is '4'."),
        ("0", "None of the answers is '0'."),
        ("plum", "None of the answers is 'plum'."),
        ("²", "None of the answers is '²'."),
        ("a", "'a' could be each of these: A red apple, A pear."),
    ],
)
def test_a_line_that_means_nothing_is_told_in_one_line_and_asked_again(heard: str, told: str) -> None:
    with plain(heard, "1") as (one, console):
        assert choose(one) == "apple"
    lines = written(console).splitlines()
    assert lines[-2] == told
    assert lines[-1] == lines[-3] == "Number of your answer (Enter alone: Not sure):"


@pytest.mark.parametrize(
    ("heard", "ticked"),
    [
        ("1,3", ("fever", "lump")),
        ("3, 1", ("fever", "lump")),
        ("3 1 3", ("fever", "lump")),
        ("lump fever", ("fever", "lump")),
        ("Fever, or chills", ("fever",)),
        ("a rash, a lump", ("rash", "lump")),
        ("none", ()),
        ("NON", ()),
        ("not sure", None),
        ("not", None),
        ("?", None),
    ],
)
def test_several_are_told_in_one_line(heard: str, ticked: object) -> None:
    with plain(heard) as (one, _console):
        assert tick(one) == ticked


@pytest.mark.parametrize("heard", ["1 9", "1, plum", "0 1", "1 none", "1 -", "rash fever or so", "no"])
def test_of_a_line_with_a_mistake_nothing_is_taken(heard: str) -> None:
    with plain(heard, "2") as (one, console):
        assert tick(one) == ("rash",)
    lines = written(console).splitlines()
    assert lines[-2].startswith(("None of the answers is ", "'no' could be each of these: "))


def test_empty_means_not_sure_and_says_so_before() -> None:
    with plain("") as (one, console):
        assert tick(one) is None
    assert "(Enter alone: Not sure)" in written(console)


@pytest.mark.parametrize(("heard", "value"), [("6/10", 6), (" 6 ", 6), ("0", 0)])
def test_points_can_be_told_as_people_say_them(heard: str, value: int) -> None:
    with plain(heard) as (one, _console):
        assert number(one) == value


@pytest.mark.parametrize("heard", ["11", "-1", "many", "9" * 5000, "1.5", "²"])
def test_no_number_is_asked_again(heard: str) -> None:
    with plain(heard, "5") as (one, console):
        assert number(one) == 5
    assert "None of the answers is" in written(console)
    assert max(map(len, written(console).splitlines())) <= 80


def test_every_line_is_whole_and_none_holds_an_escape() -> None:
    with plain("2", "3", "1 2", "back") as (one, console):
        choose(one)
        number(one)
        tick(one)
        with pytest.raises(Back):
            tick(one)
    text = written(console)
    assert "\x1b" not in text
    assert "\r" not in text
    assert text.endswith("\n")
    help_line, _end, text = text.partition("\n")
    assert "< goes back" in help_line
    assert text.startswith(
        "\nQuestion 1 of 1\nWhich one?\nLook well.\n1. A red apple\n2. A pear\n3. Not sure\n"
    )


def test_a_picture_is_not_shown_to_whoever_listens() -> None:
    with plain("1") as (one, console):
        one.choose("Which one?", FRUIT, beside=lambda _code: ("o-o",))
    assert "o-o" not in written(console)


def test_ctrl_c_leaves_where_lines_are_read() -> None:
    class Interrupted(io.StringIO):
        def readline(self, _size: int | None = -1, /) -> str:
            raise KeyboardInterrupt

    with pytest.raises(Left):
        choose(Plain(Console({}, io.StringIO(), io.StringIO(), Interrupted())))


# ── on the screen ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (DOWN + ENTER, "pear"),
        (DOWN + "\n", "pear"),
        (UP + ENTER, ""),
        (DOWN + DOWN + UP + ENTER, "pear"),
        ("\x1b[F\r", ""),
        ("\x1b[F\x1b[H\r", "apple"),
        ("pe\r", "pear"),
        ("A PE\r", "pear"),
        ("sure\r", ""),
        ("x\x7fpe\r", "pear"),
        ("plum\r\x7fpe\r", "pear"),
        ("92\r", "pear"),
        ("12\r", "pear"),
        ("?\r", ""),
        ("\x1b[200~1\x1b[201~2\r", "pear"),
    ],
)
def test_arrows_numbers_and_letters_all_choose(keys: str, code: str) -> None:
    with screen(keys) as (one, _console):
        assert choose(one) == code


@pytest.mark.parametrize(
    ("ask", "keys", "answer"),
    [
        (choose, "1\r", "apple"),
        (choose, "3\r", ""),
        (choose, "?\r", ""),
        (tick, "2\r", ("rash",)),
        (tick, "0\r", ()),
        (tick, "?\r", None),
        (number, "7\r", 7),
        (number, "10\r", 10),
        (number, "?\r", None),
    ],
)
@pytest.mark.parametrize("following", [choose, tick, number])
def test_a_key_and_enter_answer_this_question_and_nothing_of_the_next(
    ask: Callable[[Asker], object], keys: str, answer: object, following: Callable[[Asker], object]
) -> None:
    """Had the Enter been left over, the next question would be answered, and not gone back from."""
    with screen(keys + LEFT) as (one, console):
        assert ask(one) == answer
        with pytest.raises(Back):
            following(one)
    assert len(written(console).splitlines()) == 2


@pytest.mark.parametrize("keys", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_leave(keys: str) -> None:
    with screen(keys) as (one, console), pytest.raises(Left):
        choose(one)
    assert written(console) == ""


def test_what_is_left_is_a_line_of_question_and_answer() -> None:
    with screen("2\r" + "13\r" + "0\r" + "?\r" + "4\r" + LEFT) as (one, console):
        choose(one)
        tick(one)
        tick(one)
        number(one)
        number(one)
        with pytest.raises(Back):
            choose(one)
    assert written(console).splitlines() == [
        "Which one? A pear",
        "Any of these? Fever, or chills; A lump",
        "Any of these? None",
        "How many? Not sure",
        "How many? 4",
        "(back)",
    ]


def test_a_closed_terminal_has_nobody_at_it() -> None:
    with screen("") as (one, _console):
        one._keys.close()  # as a terminal whose other end is gone
        with pytest.raises(Left):
            choose(one)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    "handler", [signal.SIG_DFL, signal.SIG_IGN, lambda *_: None], ids=["usual", "ignored", "own"]
)
def test_signals_are_afterwards_as_they_were(handler: Callable[..., None] | signal.Handlers) -> None:
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        with screen("2\r\x03") as (one, _console):
            assert choose(one) == "pear"
            with pytest.raises(Left):
                choose(one)
        assert [signal.getsignal(number) for number in numbers] == [handler] * 3
    finally:
        for number, former in before.items():
            signal.signal(number, former)


# ── who asks ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "out", "env", "is_plain"),
    [
        (Terminal(), Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), Terminal(), {"TERM": "xterm"}, False),
        (Terminal(), io.StringIO(), {"TERM": "xterm"}, False),
        (Terminal(), Terminal(), {"TERM": "xterm"}, True),
    ],
    ids=["dumb", "a pipe types", "a pipe reads", "asked for"],
)
def test_lines_are_asked_where_nothing_can_be_redrawn_or_it_is_wished(
    source: io.StringIO, out: io.StringIO, env: dict[str, str], is_plain: bool
) -> None:
    assert isinstance(asker(Console(env, out, io.StringIO(), source), plain=is_plain), Plain)


def test_who_asks_in_lines_loads_nothing_heavy() -> None:
    program = (
        "import sys; from postured.cli import ask, dialogue, back;"
        "print('prompt_toolkit' in sys.modules, 'asyncio' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert told.stdout.split() == ["False", "False"]
