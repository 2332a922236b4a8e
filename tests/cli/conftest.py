"""The command line in process: arguments and an environment in, two texts and an exit code out."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from postured.cli.console import Console
from postured.cli.keys import Gone
from postured.cli.main import run


class Told(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal(io.StringIO):
    """A text that passes for a terminal."""

    def isatty(self) -> bool:
        return True


class Shell:
    """A person's command line, in a home folder of their own and with no desktop."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env: dict[str, str] = {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "PATH": "/nowhere",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={home}/no-bus",
        }

    @property
    def config(self) -> Path:
        return self.home / ".config/postured/postured.yaml"

    def write(self, text: str) -> Path:
        """Make this the person's schedule."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)
        return self.config

    def __call__(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        terminal: bool = False,
        typed: str | io.StringIO | None = None,
    ) -> Told:
        """Give a command; `typed` is what its standard input holds."""
        out = Terminal() if terminal else io.StringIO()
        err = io.StringIO()
        with contextlib.nullcontext() if typed is None else standing_input(typed):
            code = run(argv, {**self.env, **(env or {})}, out, err)
        return Told(code, out.getvalue(), err.getvalue())

    def refused(self, *argv: str, code: int) -> str:
        """The one line of a command that fails."""
        told = self(*argv)
        assert (told.code, told.out) == (code, "")
        assert told.err.startswith("postured: ")
        assert told.err.count("\n") == 1
        return told.err.removeprefix("postured: ").rstrip("\n")


@contextlib.contextmanager
def standing_input(typed: str | io.StringIO) -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.StringIO(typed) if isinstance(typed, str) else typed
    try:
        yield
    finally:
        sys.stdin = before


class Player:
    """Hands that type by a plan, on a clock that goes as fast as nothing happens."""

    def __init__(self, *plan: tuple[float, str | type[BaseException]], lines: bool = False) -> None:
        """Type the texts of `plan` at their seconds, key by key, or with `lines` each as a whole line."""
        self.single = not lines
        self.watching = True
        self._s = 1000.0
        self._plan = [
            (1000.0 + at_s, key)
            for at_s, what in plan
            for key in ([what] if lines or not isinstance(what, str) else what)
        ]

    @property
    def past_s(self) -> float:
        """How long it has taken so far."""
        return self._s - 1000.0

    def now_s(self) -> float:
        return self._s

    def typed(self, within_s: float | None) -> str | None:
        until_s = None if within_s is None else self._s + within_s
        if not self._plan or (until_s is not None and self._plan[0][0] > until_s):
            if until_s is None:
                raise Gone
            self._s = until_s
            return None
        at_s, key = self._plan.pop(0)
        self._s = max(self._s, at_s)
        if not isinstance(key, str):
            raise key
        return key if self.single else key + "\n"

    def let_go_by(self, seconds: float) -> None:
        self._s += seconds


class Screen:
    """A console whose lines can be looked at as they stand in the end."""

    def __init__(self, *, terminal: bool = True, env: Mapping[str, str] | None = None) -> None:
        self.out = Terminal() if terminal else io.StringIO()
        self.console = Console({"TERM": "xterm", **(env or {})}, self.out, io.StringIO(), io.StringIO())

    @property
    def written(self) -> str:
        """Everything, with what was overwritten."""
        return self.out.getvalue()

    @property
    def lines(self) -> list[str]:
        """What can be read in the end, without colours."""
        plain = re.sub(r"\033\[[0-9;]*m|\a", "", self.written)
        return [line.rpartition("\r\033[K")[2] for line in plain.split("\n")]


@pytest.fixture
def player() -> type[Player]:
    return Player


@pytest.fixture
def screen() -> type[Screen]:
    return Screen


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
