"""Questions that may block, asked in a thread that nobody has to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar, cast

_T = TypeVar("_T")


async def asked_aside(name: str, ask: Callable[[], _T]) -> _T:
    """Return what `ask` returns, or raise what it raises, without holding up the running loop.

    Whoever stops waiting leaves the thread behind: it ends by itself, and keeps neither the loop nor the
    process from ending, as the loop's own threads would. `name` is the thread's.
    """
    context = contextvars.copy_context()  # has the language
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, failure: Exception | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if failure is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(cast("_T", result))

    def run() -> None:
        result, failure = None, None
        try:
            result = context.run(ask)
        except Exception as error:  # noqa: BLE001 - whoever asked decides what to make of it
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await answer
