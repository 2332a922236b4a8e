"""An event loop whose time passes by itself: nothing is waited for, timers go off in their order at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class VirtualTime:
    """A clock that stands still until somebody waits."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now


class _VirtualLoop(asyncio.SelectorEventLoop):
    """Only for code that waits for nothing but time."""

    def __init__(self, time: VirtualTime) -> None:
        self._virtual = time
        super().__init__(_Impatient(time))

    def time(self) -> float:
        return self._virtual.now


class _Impatient(selectors.DefaultSelector):
    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            # A hair later than asked for, as with a real clock; else rounding might repeat a timer for ever.
            self._time.now += timeout + 1e-6
            timeout = 0
        return super().select(timeout)


def run_virtually(main: Coroutine[object, object, T], time: VirtualTime) -> T:
    """Run `main` to its end; `time` goes on where it stood."""
    with asyncio.Runner(loop_factory=lambda: _VirtualLoop(time)) as runner:
        return runner.run(main)
