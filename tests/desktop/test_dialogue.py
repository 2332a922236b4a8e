"""The triage's dialogue on real terminals: what is drawn, what keys do, and what the terminal is like afterwards."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desktop.session import ROOT, need, wait_for

PROGRAM = """
import os, sys
from postured.cli.ask import Left, asker
from postured.cli.console import Console
from postured.cli.dialogue import ask_all
from postured.core.model import Answers
from postured.paths import shipped
from postured.triage import load

console = Console(os.environ, sys.stdout, sys.stderr)
try:
    answers = ask_all(asker(console, plain="--plain" in sys.argv), load(shipped("knot.yaml")), Answers())
    print("END:", *answers)
except Left:
    print("END: left")
"""
COMMAND = (sys.executable, "-c", PROGRAM)
LIMIT_S = 30.0


def environment(**more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": "/nowhere", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8",
        "TERM": "xterm-256color", **more,
    }  # fmt: skip


# ── a screen that can be looked at ────────────────────────────────────────────────────────────────


class Tmux:
    """A terminal of 80 columns and 24 lines that can be looked at and typed into."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def __call__(self, *argv: str) -> str:
        told = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *argv],
            env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=True,
        )  # fmt: skip
        return told.stdout

    @property
    def screen(self) -> list[str]:
        return self("capture-pane", "-p").splitlines()

    def type(self, *keys: str) -> None:
        """Type keys by their names in tmux, as `Up`, or letters."""
        self("send-keys", *keys)

    def wait(self, text: str) -> list[str]:
        """The screen, once it has that text."""
        wait_for(
            lambda: any(text in line for line in self.screen), LIMIT_S, what=f"{text!r} in {self.screen}"
        )
        return self.screen

    def answer(self, *keys: str, until: str) -> list[str]:
        self.type(*keys)
        return self.wait(until)


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    need("tmux")
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        terminal = Tmux(Path(folder) / "s")
        terminal(
            "new-session", "-d", "-x", "80", "-y", "24", "-s", "s", "env", "PS1=shell> ", "bash", "--norc"
        )
        try:
            program = Path(folder) / "program.py"
            program.write_text(PROGRAM)
            terminal.wait("shell>")
            terminal("send-keys", "-l", f"clear; {sys.executable} {program}")
            terminal.type("Enter")
            yield terminal
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                terminal("kill-server")


def fits(screen: list[str]) -> bool:
    return len(screen) <= 24 and all(len(line) <= 79 for line in screen if "END:" not in line)


def test_every_screen_fits_and_all_ways_of_answering_work(tmux: Tmux) -> None:
    """Each page is told by its title and its last row, so that all of it must be in sight."""
    pages: list[tuple[tuple[str, ...], str, str]] = [
        ((), "Question 1 of 8, part 1 of 2", "?  Not sure"),
        (("0", "Enter"), "Question 1 of 8, part 2 of 2", "?  Not sure"),
        (("Up", "Up", "Enter"), "Question 2 of 8", "5  Not sure"),
        (("2", "Enter"), "Question 3 of 8, part 1 of 2", "5  Not sure"),
        (("r", "i", "g", "Enter"), "Question 3 of 8, part 2 of 2", "6  Not sure"),
        (("Down", "Enter"), "Question 4 of 8, part 1 of 2", "4  Not sure"),
        (("Down", "Enter"), "Question 4 of 8, part 2 of 2", "4  Not sure"),
        (("2", "Enter"), "Question 5 of 8", "8  Not sure"),
        (("m", "o", "u", "s", "e", "Enter"), "Question 6 of 8", "3  Not sure"),
        (("2", "Enter"), "Question 7 of 8", "5  Not sure"),
        (("1", "Enter"), "Question 8 of 8, part 1 of 4", "[4]"),
        (("Enter",), "Question 8 of 8, part 2 of 4", "3  Not sure"),
        (
            ("n", "o", "Space", "BSpace", "BSpace", "BSpace", "2", "Enter"),
            "Question 8 of 8, part 3 of 4",
            "3  Not sure",
        ),
        (("2", "Enter"), "Question 8 of 8, part 4 of 4", ">"),
    ]
    for keys, head, last in pages:
        screen = tmux.answer(*keys, until=head)
        if last == "[4]":
            screen = tmux.answer("4", until=last)
        screen = tmux.wait(last)
        below = screen[next(number for number, line in enumerate(screen) if head in line) :]
        assert fits(below), screen
        assert sum(line.startswith(">") for line in below) == 1, screen
        assert any("Esc: back." in line for line in below), screen
    tmux.answer("1", "2", "Enter", until="END:")
    end = "".join(tmux.screen)
    assert "END: () today right inner_edge right right repeated_use worked eases 4 False False 12" in end


def test_the_picture_follows_the_mark(tmux: Tmux) -> None:
    for keys, until in (
        (("0",), "part 2 of 2"),
        (("0",), "Question 2"),
        (("1",), "Question 3"),
        (("1",), "Where is"),
    ):
        tmux.wait("Esc: back.")
        tmux.answer(*keys, "Enter", until=until)
    for mark in ("[1]", "[2]", "[3]", "[4]", "[5]"):
        screen = tmux.wait(mark)
        assert fits(screen)
        assert any("left" in line and "right" in line for line in screen)
        tmux.type("Down")
    tmux.wait("> 6  Not sure")
    assert not any("[" in line for line in tmux.screen)


def test_answered_questions_leave_one_line_and_back_says_so(tmux: Tmux) -> None:
    tmux.wait("part 1 of 2")
    tmux.answer("0", "Enter", until="part 2 of 2")
    tmux.answer("0", "Enter", until="Question 2 of 8")
    tmux.answer("1", "Enter", until="Question 3 of 8")
    tmux.answer("Escape", until="> 1  I woke up with it")
    tmux.answer("Left", until="part 2 of 2")
    everything = tmux("capture-pane", "-p", "-S", "-100").splitlines()
    answered = [line for line in everything if re.match(r".*\? (?:None|I woke)|\(back\)", line)]
    assert answered == [
        "Is any of this true now, or has it been since the pain began? None of these",
        "And is any of this true? None of these",
        "How long have you had this knot? I woke up with it",
        "(back)",
        "(back)",
    ]


def test_a_smaller_window_shows_the_same_question_anew(tmux: Tmux) -> None:
    tmux.wait("?  Not sure")
    tmux("resize-window", "-x", "50", "-y", "12")
    tmux.wait("more below")
    tmux.answer("0", "Enter", until="part 2 of 2")
    screen = tmux.wait("more below")
    assert len(screen) <= 12
    assert sum(line.startswith(">") for line in screen) == 1
    tmux.answer("0", "Enter", until="The list goes on here.")
    tmux("resize-window", "-x", "80", "-y", "24")
    screen = tmux.wait("I am under 16")
    assert sum("I am under 16" in line for line in screen) == 1
    tmux.answer("0", "Enter", until="Question 2 of 8")


def test_it_can_be_put_to_sleep_and_taken_up_again(tmux: Tmux) -> None:
    tmux.wait("?  Not sure")
    tmux.answer("Down", until="> [ ] 2")
    tmux.answer("C-z", until="Stopped")
    tmux.wait("shell>")
    tmux("send-keys", "-l", "echo awa''ke")
    tmux.answer("Enter", until="awake")
    tmux.type("fg", "Enter")
    wait_for(
        lambda: [line for line in tmux.screen if line][-1].startswith("Space or a number: tick."), LIMIT_S
    )
    tmux.answer("Space", until="> [x] 2")
    tmux.answer("Enter", until="END: ('tearing',)")


def test_ctrl_c_leaves_a_shell_that_works(tmux: Tmux) -> None:
    tmux.wait("?  Not sure")
    screen = tmux.answer("C-c", until="END: left")
    assert not any("Question" in line for line in screen), "the question is gone"
    tmux("send-keys", "-l", "echo typ''ed")
    screen = tmux.answer("Enter", until="typed")
    assert any(line == "shell> echo typ''ed" for line in screen), "what is typed can be seen"


# ── a terminal whose modes can be looked at ───────────────────────────────────────────────────────


class Terminal:
    """A pseudo-terminal with the program in it."""

    def __init__(self, *argv: str, **env: str) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.written = b""
        slave = self.slave
        self.process = subprocess.Popen(
            [*COMMAND, *argv], stdin=slave, stdout=slave, stderr=slave, env=environment(**env),
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )  # fmt: skip

    @property
    def modes(self) -> list[object]:
        import termios

        return list(termios.tcgetattr(self.slave))

    @property
    def text(self) -> str:
        """What was written so far, without escape sequences."""
        while self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            self.written += os.read(self.master, 65536)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", self.written.decode(errors="replace"))

    def wait(self, text: str) -> None:
        wait_for(lambda: text in self.text, LIMIT_S, what=f"{text!r} in {self.text!r}")

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    def end(self) -> int:
        """How the program ended, by itself."""

        def ended() -> bool:
            if self.master >= 0:
                _read = self.text  # else it waits for somebody to read
            return self.process.poll() is not None

        wait_for(ended, LIMIT_S, what="the end of the program")
        return self.process.returncode


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    pytest.importorskip("pty", reason="Windows has no such terminals")
    opened: list[Terminal] = []

    def start(*argv: str, **env: str) -> Terminal:
        opened.append(Terminal(*argv, **env))
        return opened[-1]

    yield start
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait(LIMIT_S)
        if each.master >= 0:
            each.hang_up()


@pytest.mark.parametrize(
    "how", ["\x03", "\x04", signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda how: repr(how)
)
@pytest.mark.parametrize("pages", [0, 2], ids=["at once", "later"])
def test_however_it_is_left_the_terminal_is_as_it_was(
    terminal: Callable[..., Terminal], how: str | signal.Signals, pages: int
) -> None:
    one = terminal()
    one.wait("part 1 of 2")
    for page in range(pages):
        one.type("0\r")
        one.wait("part 2 of 2" if page == 0 else "Question 2 of 8")
    wait_for(lambda: one.modes != one.before, LIMIT_S, what="keys come in singly")
    if isinstance(how, str):
        one.type(how)
    else:
        one.process.send_signal(how)
    one.wait("END: left")
    assert one.end() == 0
    assert one.modes == one.before
    assert "Traceback" not in one.text
    for switch in (b"\x1b[?2004", b"\x1b[?25"):  # pasting in brackets is off again, and the cursor is there
        last = one.written.rfind(switch)
        off = b"l" if switch == b"\x1b[?2004" else b"h"
        assert last < 0 or one.written[last + len(switch) :][:1] == off


def test_after_all_questions_the_terminal_is_as_it_was(terminal: Callable[..., Terminal]) -> None:
    one = terminal()
    one.wait("?  Not sure")
    one.type("2\r")
    one.wait("END: ('tearing',)")
    assert one.end() == 0
    assert one.modes == one.before


def test_what_is_typed_ahead_is_not_lost(terminal: Callable[..., Terminal]) -> None:
    one = terminal()
    one.wait("?  Not sure")
    one.type("".join(f"{key}\r" for key in "00213221134222"))
    one.wait("END: () today left blade_tip right right screen_forward long same 4 False False 2")
    assert one.end() == 0


@pytest.mark.parametrize("argv", [(), ("--plain",)], ids=["screen", "plain"])
def test_a_window_that_is_closed_ends_it(terminal: Callable[..., Terminal], argv: tuple[str, ...]) -> None:
    one = terminal(*argv)
    one.wait("part 1 of 2")
    one.hang_up()
    one.end()


def test_nothing_of_the_whole_screen_is_taken(terminal: Callable[..., Terminal]) -> None:
    """No other screen behind the prompt, no wiping of what stood there, no question that the terminal must answer."""
    one = terminal()
    one.wait("?  Not sure")
    one.type("\x03")
    one.end()
    for taken in (b"\x1b[?1049", b"\x1b[2J", b"\x1b[H", b"\x1b[6n"):
        assert taken not in one.written


@pytest.mark.parametrize(("env", "is_bold"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_without_colour_nothing_stands_out_but_what_the_text_says(
    terminal: Callable[..., Terminal], env: dict[str, str], is_bold: bool
) -> None:
    one = terminal(**env)
    one.wait("?  Not sure")
    one.type("1\r")
    one.wait("END:")
    styles = set(re.findall(rb"\x1b\[([0-9;]*)m", one.written))
    assert bool(styles - {b"", b"0"}) == is_bold


@pytest.mark.parametrize(
    ("argv", "env"), [(("--plain",), {}), ((), {"TERM": "dumb"}), (("--plain",), {"TERM": "dumb"})]
)
def test_in_whole_lines_there_is_no_escape_and_no_picture(
    terminal: Callable[..., Terminal], argv: tuple[str, ...], env: dict[str, str]
) -> None:
    one = terminal(*argv, **env)
    answers = ["0", "none", "today", "right", "inner", "2", "2", "3", "2", "1", "4", "2", "2", "3"]
    for number, answer in enumerate(answers, 1):
        wait_for(lambda number=number: one.text.count("(Enter alone:") == number, LIMIT_S)  # type: ignore[misc]
        one.type(answer + "\n")
    one.wait("END: () today right inner_edge right right repeated_use worked eases 4 False False 3")
    assert one.end() == 0
    assert b"\x1b" not in one.written
    assert b"..--" not in one.written
    assert one.modes == one.before
    lines = one.text.replace("\r", "").splitlines()
    assert all(len(line) <= 80 for line in lines if "END:" not in line)


@pytest.mark.parametrize("keys", ["\x03", "\x04"])
def test_whole_lines_are_left_with_ctrl_c_and_ctrl_d(terminal: Callable[..., Terminal], keys: str) -> None:
    one = terminal("--plain")
    one.wait("(Enter alone:")
    one.type(keys)
    one.wait("END: left")
    assert one.end() == 0
    assert "Traceback" not in one.text
