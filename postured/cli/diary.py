"""What a command keeps in the history: opened when there is something to keep, and the daemon told of it at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from postured import control
from postured.cli.console import Console
from postured.core.language import _
from postured.core.model import KnotLog
from postured.files import explain, own_folder
from postured.history import History, HistoryError
from postured.paths import places

_TELL_S = 2.0
"""For the daemon to look up what is new; it will find it anyway when it starts."""


class Diary:
    """The history as one command writes to it. What cannot be kept is said once, in one line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._history: History | None = None
        self._wrote = False
        self.failed = False
        """Something could not be kept."""

    def keep(self, act: Callable[[History], None]) -> None:
        """Record what `act` records, at once: the terminal may be closed at any moment."""
        if (history := self._opened()) is not None:
            self._surely(lambda: act(history))

    def say(self, log: KnotLog, at_unix_s: float) -> None:
        """Record what was said of a knot; what cannot be kept a running daemon hears all the same, and holds."""
        self.keep(lambda history: history.log(log, at_unix_s))
        if self.failed:
            told = {"knot": log.knot, "told": log.told.value, "points": log.points, "code": log.code}
            self._tell({"ask": "told", **told})

    def close(self) -> None:
        """Let go of the history, and let a running daemon know that there is something new in it."""
        if self._history is not None:
            self._surely(self._history.close)
        if self._wrote and not self.failed:
            self._tell({"ask": "recall"})

    def _tell(self, request: Mapping[str, object]) -> None:
        """Tell every daemon of this user: each display has its own."""
        for socket in sorted(places(self._console.env).runtime_folder.glob("*.sock")):
            with contextlib.suppress(control.ControlError):
                control.ask(socket, request, timeout_s=_TELL_S)

    def _opened(self) -> History | None:
        if self._history is None and not self.failed:
            path = places(self._console.env).history_file
            try:
                own_folder(path.parent)
                self._history = History.open(path)
            except OSError as exc:
                self._fail(f"{path.parent}: {explain(exc)}")
            except HistoryError as exc:
                self._fail(str(exc))
        return self._history

    def _surely(self, act: Callable[[], None]) -> None:
        try:
            act()
        except HistoryError as exc:
            self._fail(str(exc))
        else:
            self._wrote = True

    def _fail(self, why: str) -> None:
        if not self.failed:
            self._console.complain(_("this cannot be kept: {why}").format(why=why))
        self.failed = True
