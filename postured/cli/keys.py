"""The keyboard, and the time that goes by while somebody may type.

On a terminal single keys come in as they are pressed; elsewhere whole lines do, as a script writes them. What the
keys mean is none of its business.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn, Protocol, TextIO

ESCAPE = "\x1b"
END = "\x04"
"""Ctrl-D where keys come in singly."""


class Gone(Exception):  # noqa: N818 - no error, but how it ends
    """Nobody is there to answer any more."""


class Hands(Protocol):
    """Somebody who may type, and a clock that runs meanwhile."""

    single: bool
    """Whether keys come in one by one; otherwise whole lines, with their ends."""
    watching: bool
    """Whether it is a person who sees what is printed; otherwise a script answers questions, and nothing else."""

    def now_s(self) -> float:
        """The present, in seconds on a clock that is never set."""
        ...

    def typed(self, within_s: float | None) -> str | None:
        """The next key or line; None if the time went by first.

        Raises:
            Gone: Nothing can come any more.
        """
        ...

    def let_go_by(self, seconds: float) -> None:
        """Wait, and leave alone what is typed meanwhile."""
        ...


@contextlib.contextmanager
def at_the(source: TextIO | None, *, screen: bool) -> Iterator[Hands]:
    """The hands at that stream. Whatever happens, the terminal is afterwards as it was.

    Args:
        source: What is typed; None where the stream is closed.
        screen: Whether lines can be redrawn where it is printed; without, whole lines are read.
    """
    person = source is not None and source.isatty()
    if source is None or not (person and screen and sys.platform != "win32"):
        yield Lines(source, watching=person and sys.platform != "win32")
        return
    with _restored(source.fileno()):
        yield Keys(source.fileno())


class Lines:
    """Lines of a pipe, a file, or a terminal that can do no better."""

    single = False

    def __init__(self, source: TextIO | None, *, watching: bool) -> None:
        self.watching = watching
        self._source = source
        self._handle = _handle(source)
        self._pending = b""

    def now_s(self) -> float:
        """The present."""
        return time.monotonic()

    def typed(self, within_s: float | None) -> str | None:
        """The next line, with its end; None if the time went by first."""
        until_s = None if within_s is None else time.monotonic() + within_s
        if self._handle is None:  # a text in memory: all of it is there at once
            line = "" if self._source is None else self._source.readline()
            if not line:
                raise Gone
            return line
        while b"\n" not in self._pending:
            if not _ready(self._handle, until_s):
                return None
            chunk = os.read(self._handle, 4096)
            if not chunk and not self._pending:
                raise Gone
            self._pending += chunk or b"\n"
        first, _end, self._pending = self._pending.partition(b"\n")
        return first.decode(errors="replace") + "\n"

    def let_go_by(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


def _handle(source: TextIO | None) -> int | None:
    if source is None:
        return None
    try:
        return source.fileno()
    except (OSError, ValueError):
        return None


def _ready(handle: int, until_s: float | None) -> bool:
    left_s = None if until_s is None else max(0.0, until_s - time.monotonic())
    if sys.platform == "win32":  # which can wait for sockets only
        return True
    return bool(select.select([handle], [], [], left_s)[0])


class Keys:
    """Single keys of a terminal that has been told not to wait for Enter."""

    single = True
    watching = True

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._waiting: deque[str] = deque()

    def now_s(self) -> float:
        """The present."""
        return time.monotonic()

    def typed(self, within_s: float | None) -> str | None:
        """The next key; None if the time went by first, or for a key that writes nothing, as an arrow."""
        if not self._waiting:
            try:
                chunk = self._read(within_s)
            except OSError as exc:
                raise Gone from exc  # the terminal has been closed
            if not chunk or chunk.startswith(ESCAPE):
                return None
            self._waiting.extend(chunk)
        return self._waiting.popleft()

    def _read(self, within_s: float | None) -> str:
        _want_single_keys(self._handle)  # after Ctrl-Z and fg the shell has set modes of its own
        if not _ready(self._handle, None if within_s is None else time.monotonic() + within_s):
            return ""
        found = os.read(self._handle, 1024)
        if not found:
            raise OSError(errno.EIO, "closed")
        return found.decode(errors="ignore")

    def let_go_by(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


def _want_single_keys(handle: int) -> None:
    import termios
    import tty

    try:
        tty.setcbreak(handle, termios.TCSANOW)
    except termios.error as exc:
        raise OSError(*exc.args) from exc


@contextlib.contextmanager
def _restored(handle: int) -> Iterator[None]:
    import termios  # here, because Windows has none

    before = termios.tcgetattr(handle)
    with _told_to_end():
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):  # it has been closed
                termios.tcsetattr(handle, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _told_to_end() -> Iterator[None]:
    """Let `kill` end it as Ctrl-C does, for a dead process cannot put the terminal right."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
