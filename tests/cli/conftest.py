"""The command line in process: arguments and an environment in, two texts and an exit code out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

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

    def __call__(self, *argv: str, env: Mapping[str, str] | None = None, terminal: bool = False) -> Told:
        out = Terminal() if terminal else io.StringIO()
        err = io.StringIO()
        code = run(argv, {**self.env, **(env or {})}, out, err)
        return Told(code, out.getvalue(), err.getvalue())

    def refused(self, *argv: str, code: int) -> str:
        """The one line of a command that fails."""
        told = self(*argv)
        assert (told.code, told.out) == (code, "")
        assert told.err.startswith("postured: ")
        assert told.err.count("\n") == 1
        return told.err.removeprefix("postured: ").rstrip("\n")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
