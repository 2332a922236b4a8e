"""What every command prints with: two streams, colour where it is wanted, columns, and one line for an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # `typing` itself would cost every command four milliseconds
if TYPE_CHECKING:
    from typing import TextIO

EXIT_WELL, EXIT_FAILED, EXIT_USAGE, EXIT_NO_DAEMON, EXIT_BROKEN = 0, 1, 2, 3, 78


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

    def __init__(self, env: Mapping[str, str], out: TextIO, err: TextIO) -> None:
        self.env = env
        self.out = out
        self.err = err
        self.full, self.empty = ("█", "░") if _knows(out, "█░") else ("#", ".")
        """What a bar is drawn with."""
        self._colour = out.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"

    def say(self, line: str = "") -> None:
        """Print a line of the result."""
        print(line, file=self.out)

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
