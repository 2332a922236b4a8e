"""What is typed, and the time that goes by meanwhile."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

import pytest

from postured.cli.keys import Gone, Keys, Lines, at_the

ONLY_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, int]]:
    """The end that is read as a text, and the other."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as source:
        yield source, writing
        with contextlib.suppress(OSError):
            os.close(writing)


@ONLY_UNIX
def test_lines_of_a_pipe_come_whole_and_one_by_one(pipe: tuple[TextIO, int]) -> None:
    source, writing = pipe
    lines = Lines(source, watching=False)
    os.write(writing, b"first\nsec")
    assert lines.typed(0) == "first\n"
    assert lines.typed(0) is None
    os.write(writing, "ond ä\nlast".encode())
    os.close(writing)
    assert [lines.typed(None), lines.typed(None)] == ["second ä\n", "last\n"]
    with pytest.raises(Gone):
        lines.typed(None)


@ONLY_UNIX
def test_who_waits_for_a_pipe_waits_no_longer_than_told(pipe: tuple[TextIO, int]) -> None:
    lines = Lines(pipe[0], watching=False)
    began_s = time.monotonic()
    assert lines.typed(0.05) is None
    assert 0.04 < time.monotonic() - began_s < 2


@pytest.mark.parametrize("source", [None, io.StringIO("")], ids=["closed", "empty"])
def test_where_nothing_can_come_it_is_said_but_time_still_goes_by(source: TextIO | None) -> None:
    lines = Lines(source, watching=False)
    for within_s in (None, 60):
        with pytest.raises(Gone):
            lines.typed(within_s)
    began_s = lines.now_s()
    lines.let_go_by(0.05)
    assert lines.now_s() - began_s >= 0.05


def test_a_text_in_memory_is_read_line_by_line() -> None:
    lines = Lines(io.StringIO("a\nb"), watching=False)
    assert [lines.typed(None), lines.typed(5)] == ["a\n", "b"]


def test_a_pipe_is_no_person() -> None:
    with at_the(io.StringIO("x"), screen=True) as hands:
        assert (hands.single, hands.watching) == (False, False)


# ── terminals ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal as a program sees it, and as the person does."""
    pty = pytest.importorskip("pty", reason="Windows has no such terminals")
    person, program = pty.openpty()
    with os.fdopen(program) as source:
        yield source, person
    os.close(person)


def modes(source: TextIO) -> list[object]:
    import termios

    return termios.tcgetattr(source.fileno())


def test_keys_come_in_one_by_one_and_arrows_not_at_all(terminal: tuple[TextIO, int]) -> None:
    source, person = terminal
    with at_the(source, screen=True) as hands:
        assert (hands.single, hands.watching) == (True, True)
        assert hands.typed(0) is None, "now it wants single keys"
        os.write(person, b"1")
        assert hands.typed(5) == "1"
        os.write(person, b"10")
        assert [hands.typed(5), hands.typed(5)] == ["1", "0"]
        os.write(person, b"\033[A")
        assert hands.typed(5) is None


def test_a_terminal_that_cannot_redraw_is_read_in_lines(terminal: tuple[TextIO, int]) -> None:
    before = modes(terminal[0])
    with at_the(terminal[0], screen=False) as hands:
        assert (hands.single, hands.watching) == (False, True)
        assert modes(terminal[0]) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_the_terminal_is_as_it_was_however_it_ends(
    terminal: tuple[TextIO, int], error: type[BaseException]
) -> None:
    source, _person = terminal
    before = modes(source)

    def end() -> None:
        with at_the(source, screen=True) as hands:
            hands.typed(0)
            assert modes(source) != before
            raise error

    with pytest.raises(error):
        end()
    assert modes(source) == before


@ONLY_UNIX
@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread only"
)
def test_a_kill_puts_the_terminal_right_as_well(terminal: tuple[TextIO, int]) -> None:
    import signal

    source, _person = terminal
    before, handler = modes(source), signal.getsignal(signal.SIGTERM)

    def end() -> None:
        with at_the(source, screen=True) as hands:
            hands.typed(0)
            os.kill(os.getpid(), signal.SIGTERM)
            hands.typed(5)

    with pytest.raises(KeyboardInterrupt):
        end()
    assert modes(source) == before
    assert signal.getsignal(signal.SIGTERM) is handler


def test_modes_that_a_shell_has_changed_meanwhile_are_set_anew(terminal: tuple[TextIO, int]) -> None:
    import termios

    source, person = terminal
    before = termios.tcgetattr(source.fileno())
    with at_the(source, screen=True) as hands:
        hands.typed(0)
        termios.tcsetattr(source.fileno(), termios.TCSANOW, before)  # as after Ctrl-Z and fg
        hands.typed(0)
        os.write(person, b"a")
        assert hands.typed(5) == "a"


def test_a_terminal_that_was_closed_has_nobody_at_it(terminal: tuple[TextIO, int]) -> None:
    source, person = terminal
    keys = Keys(source.fileno())
    keys.typed(0)
    elsewhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(elsewhere, person)  # the other end hangs up; the fixture still has a number to close
    os.close(elsewhere)
    with pytest.raises(Gone):
        keys.typed(None)
