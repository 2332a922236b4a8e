"""Does one blocking thing aside, in a thread of its own, and never waits for it without limit."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import copy_context

from postured.core.language import _


class Aside:
    """One blocking job at a time; while one is stuck, others are refused.

    The thread does not keep the program from ending, as one of an executor would.
    """

    def __init__(self, name: str, *, limit_s: float) -> None:
        self._name = name
        self._limit_s = limit_s
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is still at it."""
        return self._thread is not None and self._thread.is_alive()

    async def run(self, job: Callable[[], None]) -> None:
        """Run `job` and raise what it raises.

        Raises:
            TimeoutError: It takes longer than the limit, or an earlier job is stuck still.
        """
        if self.busy:
            raise TimeoutError(_("{name} is still busy with the one before").format(name=self._name))
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def finish(error: Exception | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        def work() -> None:
            error: Exception | None = None
            try:
                job()
            except Exception as caught:  # noqa: BLE001 - handed over to whoever waits
                error = caught
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(finish, error)

        self._thread = threading.Thread(target=copy_context().run, args=(work,), name=self._name, daemon=True)
        self._thread.start()
        try:
            await asyncio.wait_for(done, self._limit_s)
        except TimeoutError:
            late = _("{name} takes longer than {limit:g} s").format(name=self._name, limit=self._limit_s)
            raise TimeoutError(late) from None
