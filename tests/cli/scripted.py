"""Somebody who answers by a list, in the place of a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from postured.cli.ask import Option

Answer = str | int | tuple[str, ...] | BaseException | type[BaseException] | None


class Asked(NamedTuple):
    """One question, as it was put."""

    title: str
    codes: tuple[str, ...] = ()
    head: str = ""
    hint: str = ""
    first: object = None
    picture: tuple[str, ...] = ()
    """For the first of the codes."""


class Scripted:
    """An `Asker` that gives these answers one after the other; an exception is raised instead."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.told: list[str] = []

    def _next(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        assert self.answers, f"nobody expected {asked.title!r}"
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException) or (
            isinstance(answer, type) and issubclass(answer, BaseException)
        ):
            raise answer
        return answer

    def choose(
        self,
        title: str,
        options: Sequence[Option],
        *,
        beside: Callable[[str], Sequence[str]] | None = None,
        head: str = "",
        hint: str = "",
        first: str | None = None,
    ) -> str:
        codes = tuple(option.code for option in options)
        picture = tuple(beside(codes[0])) if beside else ()
        answer = self._next(Asked(title, codes, head, hint, first, picture))
        assert isinstance(answer, str), (title, answer)
        assert answer in codes, (title, answer, codes)
        return answer

    def tick(
        self,
        title: str,
        options: Sequence[Option],
        *,
        none: str,  # noqa: ARG002 - it needs no words to say so
        unsure: str,  # noqa: ARG002 - likewise
        head: str = "",
        hint: str = "",
        first: Sequence[str] | None = None,
    ) -> tuple[str, ...] | None:
        codes = tuple(option.code for option in options)
        answer = self._next(Asked(title, codes, head, hint, first))
        assert answer is None or isinstance(answer, tuple), (title, answer)
        assert set(answer or ()) <= set(codes), (title, answer, codes)
        return None if answer is None else tuple(code for code in codes if code in answer)

    def number(
        self,
        title: str,
        low: int,
        high: int,
        *,
        unsure: str,  # noqa: ARG002 - likewise
        head: str = "",
        hint: str = "",
        first: int | None = None,
    ) -> int | None:
        answer = self._next(Asked(title, (), head, hint, first))
        assert answer is None or isinstance(answer, int), (title, answer)
        assert answer is None or low <= answer <= high, (title, answer)
        return answer

    def tell(self, *lines: str) -> None:
        self.told += lines
