"""English is what the program is written in; another language is spoken in its own context only."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable

import pytest

from postured.core.language import _, n_, p_, speak


class Louder:
    """A language in which everything is said louder."""

    def gettext(self, message: str) -> str:
        return message.upper()

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{n}: {msgid1 if n == 1 else msgid2}".upper()

    def pgettext(self, context: str, message: str) -> str:
        return f"{context}: {message}".upper()


def in_its_own_context(said: Callable[[], object]) -> object:
    def loudly() -> object:
        speak(Louder())
        return said()

    return contextvars.copy_context().run(loudly)


def test_english_is_said_as_it_is_written() -> None:
    assert _("Break counted") == "Break counted"
    assert [n_("one day", "{count} days", n) for n in (0, 1, 2)] == [
        "{count} days",
        "one day",
        "{count} days",
    ]
    assert p_("B01.title", "Tall reset") == "Tall reset"


def test_another_language_is_said_by_its_catalogue() -> None:
    assert in_its_own_context(lambda: _("a day")) == "A DAY"
    assert in_its_own_context(lambda: n_("day", "days", 2)) == "2: DAYS"
    assert in_its_own_context(lambda: p_("B01.title", "Tall reset")) == "B01.TITLE: TALL RESET"


def test_nothing_is_not_looked_up() -> None:
    """The empty text is the header of every catalogue."""
    assert in_its_own_context(lambda: p_("B01.why", "")) == ""


def test_a_language_ends_with_its_context() -> None:
    in_its_own_context(lambda: _("a day"))
    assert _("a day") == "a day"


@pytest.mark.parametrize("later", ["a task", "a callback", "a thread of asyncio"])
def test_what_begins_in_a_context_speaks_its_language(later: str) -> None:
    async def said() -> str:
        if later == "a task":

            async def say() -> str:
                return _("a day")

            return await asyncio.create_task(say())
        if later == "a thread of asyncio":
            return await asyncio.to_thread(_, "a day")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()
        loop.call_soon(lambda: done.set_result(_("a day")))
        return await done

    assert in_its_own_context(lambda: asyncio.run(said())) == "A DAY"


def test_english_can_be_gone_back_to() -> None:
    def both() -> tuple[str, str]:
        first = _("a day")
        speak(None)
        return first, _("a day")

    assert in_its_own_context(both) == ("A DAY", "a day")
