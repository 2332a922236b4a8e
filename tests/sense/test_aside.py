"""What is asked aside: it is answered, it fails in its own words, and nobody has to wait for it."""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar

import pytest

from postured.sense.aside import asked_aside

Word = ContextVar[str]


def test_the_answer_comes_from_another_thread_and_the_loop_goes_on() -> None:
    async def main() -> tuple[str, bool]:
        goes_on = threading.Event()
        asyncio.get_running_loop().call_soon(goes_on.set)
        return await asked_aside(
            "a question", lambda: f"{threading.current_thread().name} {goes_on.wait(3)}"
        ), True

    assert asyncio.run(main()) == ("a question True", True)


def test_a_failure_is_raised_where_it_was_asked() -> None:
    def fail() -> None:
        raise OSError("no answer")

    with pytest.raises(OSError, match="no answer"):
        asyncio.run(asked_aside("failing", fail))


def test_what_it_says_is_said_in_the_language_of_who_asked() -> None:
    word: Word = ContextVar("word", default="not set")

    async def main() -> str:
        word.set("set")
        return await asked_aside("context", word.get)

    assert asyncio.run(main()) == "set"


def test_who_stops_waiting_is_not_held_up_and_the_late_answer_harms_nobody() -> None:
    hangs, over = threading.Event(), threading.Event()

    def ask() -> None:
        hangs.wait(5)
        over.set()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await asked_aside("hanging", ask)

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < 3
    hangs.set()
    assert over.wait(3)
    for thread in threading.enumerate():
        if thread.name == "hanging":
            thread.join(3)
            assert not thread.is_alive()
