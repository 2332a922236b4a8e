"""Asks somebody something in the terminal: one answer of several, several at once, or a number.

On a terminal that can redraw, `Screen` draws the question and lets the person move about in it; `Plain` prints and
reads whole lines, for screen readers, scripts and terminals that can do no more. What is asked, and what follows
from an answer, is none of its business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from postured.cli.console import Console
from postured.cli.keys import Gone, Lines
from postured.core.language import _

UNSURE = ("", "unsure")
"""Codes of the option that says "not sure"; there is at most one of them in a question."""


class Left(Exception):  # noqa: N818 - no error, but how it ends
    """Nobody is there to answer any more, or the person has had enough."""


class Back(Exception):  # noqa: N818 - no error, but where it goes on
    """The person wants the question before this one."""


class Option(NamedTuple):
    """One possible answer."""

    code: str
    label: str


class Asker(Protocol):
    """Somebody can be asked through it.

    Everything raises `Back` when the person wants to go back, and `Left` when they, or the terminal, are gone.
    `head` stands above the question, `hint` below it; `first` is the answer that is chosen already.
    """

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
        """The code of the one option that is taken.

        Args:
            title: The question.
            options: What can be answered.
            beside: A picture that goes with the option of that code.
            head: Above the question.
            hint: Below it.
            first: The code that is chosen already.
        """
        ...

    def tick(
        self,
        title: str,
        options: Sequence[Option],
        *,
        none: str,
        unsure: str,
        head: str = "",
        hint: str = "",
        first: Sequence[str] | None = None,
    ) -> tuple[str, ...] | None:
        """The codes that are true, in the order of the options; None if the person isn't sure.

        Args:
            title: The question.
            options: What may be true.
            none: How it is said that nothing is.
            unsure: How it is said that the person doesn't know.
            head: Above the question.
            hint: Below it.
            first: The codes that are ticked already; empty: none was, when it was asked before.
        """
        ...

    def number(
        self,
        title: str,
        low: int,
        high: int,
        *,
        unsure: str,
        head: str = "",
        hint: str = "",
        first: int | None = None,
    ) -> int | None:
        """A whole number from `low` to `high`; None if the person isn't sure."""
        ...

    def tell(self, *lines: str) -> None:
        """Say something that asks for nothing."""
        ...


def asker(console: Console, *, plain: bool) -> Asker:
    """Who asks best where this command runs.

    Args:
        console: Where it is printed and typed.
        plain: Whole lines only, whatever the terminal can do.
    """
    source = console.source
    if plain or source is None or not source.isatty() or not console.redraws:
        return Plain(console)
    from postured.cli.screen import Screen

    return Screen(console)


class Plain:
    """Prints whole lines and reads whole lines. Nothing is redrawn, no picture is shown."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines = Lines(console.source, watching=False)
        self._begun = False

    def choose(
        self,
        title: str,
        options: Sequence[Option],
        *,
        beside: Callable[[str], Sequence[str]] | None = None,  # noqa: ARG002 - a picture says nothing here
        head: str = "",
        hint: str = "",
        first: str | None = None,
    ) -> str:
        """The code of the one option that is taken."""
        self._ask(head, title, hint)
        for number, option in enumerate(options, 1):
            self._say(option.label, f"{number}. ")
        usual = next((o for o in options if o.code == first), None)
        usual = usual or next((o for o in options if o.code in UNSURE), None)
        while True:
            if usual is None:
                heard = self._heard(_("Number of your answer:"))
            else:
                heard = self._heard(
                    _("Number of your answer (Enter alone: {answer}):").format(answer=usual.label)
                )
            if not heard and usual is not None:
                return usual.code
            if heard == "?":
                heard = next((o.label for o in options if o.code in UNSURE), heard)
            meant = _meant(heard, options)
            if len(meant) == 1:
                return meant[0].code
            self._not_understood(heard, meant)

    def tick(
        self,
        title: str,
        options: Sequence[Option],
        *,
        none: str,
        unsure: str,
        head: str = "",
        hint: str = "",
        first: Sequence[str] | None = None,
    ) -> tuple[str, ...] | None:
        """The codes that are true; None if the person isn't sure."""
        self._ask(head, title, hint)
        for number, option in enumerate(options, 1):
            self._say(option.label, f"{number}. ")
        self._say(none, "0. ")
        ticked = [option for option in options if option.code in (first or ())]
        usual = "; ".join(o.label for o in ticked) if first else unsure if first is None else none
        question = _("Numbers of all that are true, 0 for none (Enter alone: {answer}):").format(answer=usual)
        while True:
            heard = self._heard(question)
            if not heard:
                return None if first is None else tuple(option.code for option in ticked)
            alone = _alone(heard, options, none=none, unsure=unsure)
            if alone:
                return () if alone == "none" else None
            found, trouble = _several(heard, options)
            if found:
                return tuple(option.code for option in options if option in found)
            self._not_understood(trouble, _meant(trouble, options))

    def number(
        self,
        title: str,
        low: int,
        high: int,
        *,
        unsure: str,
        head: str = "",
        hint: str = "",
        first: int | None = None,
    ) -> int | None:
        """A whole number from `low` to `high`; None if the person isn't sure."""
        self._ask(head, title, hint)
        usual = unsure if first is None else str(first)
        question = _("A number from {low} to {high} (Enter alone: {answer}):")
        question = question.format(low=low, high=high, answer=usual)
        while True:
            heard = self._heard(question)
            if not heard:
                return first
            if _alone(heard, (), none="", unsure=unsure):
                return None
            number = heard.removesuffix(f"/{high}").strip()
            if number.isdecimal() and len(number) < 9 and low <= int(number) <= high:
                return int(number)
            self._not_understood(heard, ())

    def tell(self, *lines: str) -> None:
        """Say something that asks for nothing."""
        for line in lines:
            self._say(line)
        self._console.out.flush()

    # ── lines out, lines in ───────────────────────────────────────────────────────────────────────

    def _ask(self, head: str, title: str, hint: str) -> None:
        if not self._begun:
            self._say(_("Answer with a number or a word; ? is not sure, < goes back a question."))
        self._begun = True
        self._console.say()
        for text in (head, title, hint):
            self._say(text)

    def _say(self, text: str, lead: str = "") -> None:
        self._console.wrapped(text, lead)

    def _heard(self, question: str) -> str:
        """What is answered to that line, without the blanks around it."""
        self._say(question)
        try:
            self._console.out.flush()
            line = self._lines.typed(None)
        except (Gone, KeyboardInterrupt, OSError) as exc:
            raise Left from exc
        heard = " ".join((line or "").split())
        if heard == "<" or _is(heard, _("back")):
            raise Back
        return heard

    def _not_understood(self, heard: str, meant: Sequence[Option]) -> None:
        if len(meant) > 1:
            labels = ", ".join(option.label for option in meant)
            self._say(
                _("{heard} could be each of these: {labels}.").format(heard=f"{heard!r:.40}", labels=labels)
            )
        else:
            self._say(_("None of the answers is {heard}.").format(heard=f"{heard!r:.40}"))


def _is(heard: str, text: str) -> bool:
    return heard.casefold() == text.casefold()


def _meant(heard: str, options: Sequence[Option]) -> Sequence[Option]:
    """The options that an answer can mean: by its number, its code, its label, or how one of them begins."""
    text = heard.casefold()
    if text.isdecimal():
        return [option for number, option in enumerate(options, 1) if text.lstrip("0") == str(number)]
    whole = [o for o in options if text and text in (o.code.casefold(), o.label.casefold())]
    begun = [o for o in options if text and (o.label.casefold().startswith(text) or o.code.startswith(text))]
    return whole or begun


def _alone(heard: str, options: Sequence[Option], *, none: str, unsure: str) -> str:
    """What is said instead of all options: `none` or `unsure`; empty where neither is."""
    if heard in ("0", "?") and (none or heard == "?"):
        return "none" if heard == "0" else "unsure"
    others = [Option("unsure", unsure)] + ([Option("none", none)] if none else [])
    meant = [] if heard.isdecimal() else _meant(heard, (*options, *others))
    return meant[0].code if len(meant) == 1 and meant[0] in others else ""


def _several(heard: str, options: Sequence[Option]) -> tuple[list[Option], str]:
    """The options that are meant by a list; or none, and the part of it that means none or more than one."""
    if len(whole := _meant(heard, options)) == 1:
        return list(whole), ""
    found: list[Option] = []
    parts = [part.strip() for part in heard.split(",") if part.strip()]
    while parts:
        part = parts.pop(0)
        meant = _meant(part, options)
        if len(meant) == 1:
            found += meant
        elif " " in part:
            parts = part.split() + parts
        else:
            return [], part
    return found, heard
