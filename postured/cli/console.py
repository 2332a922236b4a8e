"""What every command reads and prints with: three streams, colour where it is wanted, columns, a line for an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # `typing` itself would cost every command four milliseconds
if TYPE_CHECKING:
    from typing import TextIO

EXIT_WELL, EXIT_FAILED, EXIT_USAGE, EXIT_NO_DAEMON, EXIT_BROKEN = 0, 1, 2, 3, 78
EXIT_INTERRUPTED = 130

NO_BREAK = "\u00a0"
"""A space at which running text is not wrapped; printed as an ordinary one."""

_WIDTH = 80
"""Of a terminal that does not tell, and the widest that running text is set."""


class CommandError(Exception):
    """Why a command failed, in one line, with its exit code."""

    def __init__(self, line: str, code: int = EXIT_FAILED) -> None:
        super().__init__(line)
        self.code = code


def _knows(out: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(out, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Console:
    """Where a command reads its surroundings and prints."""

    def __init__(
        self, env: Mapping[str, str], out: TextIO, err: TextIO, source: TextIO | None = None
    ) -> None:
        self.env = env
        self.out = out
        self.err = err
        self.source: TextIO | None = source or sys.stdin
        """What the person types, or what a script says in their place; None where it is closed."""
        self.full, self.empty = ("█", "░") if _knows(out, "█░") else ("#", ".")
        """What a bar is drawn with."""
        self.redraws = out.isatty() and env.get("TERM") != "dumb"
        """Whether a line that was printed can be overwritten."""
        self._colour = self.redraws and not env.get("NO_COLOR")

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None where a program reads along, which wants whole lines."""
        if not self.out.isatty():
            return None
        told = self.env.get("COLUMNS", "")
        if told.isdecimal() and int(told[:4]) > 0:
            return int(told[:4])
        try:
            return os.get_terminal_size(self.out.fileno()).columns or _WIDTH
        except (OSError, ValueError):
            return _WIDTH

    @property
    def text_width(self) -> int:
        """How wide running text is set: as the terminal, but never wider than reads well."""
        return min(self.width or _WIDTH, _WIDTH)

    def say(self, line: str = "") -> None:
        """Print a line of the result."""
        print(line, file=self.out)

    def wrapped(self, text: str, lead: str = "") -> None:
        """Print running text, as wide as reads well, its further lines below the first.

        Args:
            text: Each of its lines is wrapped by itself.
            lead: What stands before it on the first line.
        """
        import textwrap

        for line in text.splitlines():
            indent = " " * len(lead)
            for piece in textwrap.wrap(line, self.text_width, initial_indent=lead, subsequent_indent=indent):
                self.say(piece.replace(NO_BREAK, " "))
            lead = indent

    def complain(self, line: str) -> None:
        """Print a line about a trouble."""
        print(f"postured: {line}", file=self.err)

    def json(self, value: object) -> None:
        """Print a value as JSON, on one line where a program reads along, laid out for people otherwise."""
        import json

        indent = 2 if self.out.isatty() else None
        print(json.dumps(value, indent=indent, ensure_ascii=False), file=self.out, flush=True)

    def bold(self, text: str) -> str:
        """The text, bold on a terminal."""
        return f"\033[1m{text}\033[0m" if self._colour else text

    def dim(self, text: str) -> str:
        """The text, faint on a terminal."""
        return f"\033[2m{text}\033[0m" if self._colour else text

    def columns(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows with their cells lined up; the last column runs free."""
        if not rows:
            return
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            self.say("  ".join([*cells, row[-1]]).rstrip())
