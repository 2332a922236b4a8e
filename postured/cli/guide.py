"""Leads through something in the terminal: a row of cards with questions, or an item's steps against the clock.

Prints each card or step as a small block and below it, where the terminal can, one line that counts down. What
comes next is the row's business, what a card says is `cards`', and what is kept of it is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from string import ascii_lowercase
from typing import NamedTuple

from postured.cli.console import Console
from postured.cli.keys import END, Gone, Hands
from postured.core import cards, wording
from postured.core.language import _
from postured.core.model import Item, Log, Step
from postured.core.row import PATIENCE_S, Card, Row, Text

STOP, QUIT = "x", "q"
"""Keys that stop a massage at once, and that end anything. Answers are marked from `a` on and don't come so far."""

ONLY = "done"
"""An answer that Enter gives, where it is the only one."""

_BAR = 20
_MOST_POINTS = 10
_BELL = "\a"
_CLEAR = "\r\033[K"
_ENTER = ("\n", "\r")
_ERASE = ("\b", "\x7f")
_NOTHING_ASKED = Card("")


class End(Enum):
    """How it ended."""

    OVER = "over"
    """At its end."""
    LEFT = "left"
    """The person had enough, or nobody answers any more."""
    INTERRUPTED = "interrupted"
    """Ctrl-C."""


class Led(NamedTuple):
    """A row as far as it got."""

    row: Row
    end: End


class _Left(Exception):  # noqa: N818 - no error, but how it ends
    """The person wants to end it."""


class Guide:
    """Leads one person at one terminal.

    Args:
        console: Where it is printed.
        hands: Who types.
        bell: Ring at each change, where there is a terminal to ring.
    """

    def __init__(self, console: Console, hands: Hands, *, bell: bool) -> None:
        self._console = console
        self._hands = hands
        self._bell = bell and console.redraws
        self._warned_of = ""
        """The item whose cautions were printed last."""
        self._lined = False
        """Whether a line is up that counts down, or shows what is being typed."""

    def lead(self, row: Row, items: Mapping[str, Item], keep: Callable[[Log], None]) -> Led:
        """Go through a row, card by card.

        Args:
            row: Where it begins.
            items: What its cards may be about, by id.
            keep: Told at once of everything that is to be remembered.
        """
        try:
            while (card := row.card) is not None:
                known = len(row.logs)
                item = items.get(card.item)
                self._print(card, text := cards.text(card, item), item)
                row = self._answered(row, card, dict(text.buttons))
                for log in row.logs[known:]:
                    keep(log)
        except (_Left, Gone):
            return Led(row, End.LEFT)
        except KeyboardInterrupt:
            return Led(row, End.INTERRUPTED)
        finally:
            self._wipe()
        return Led(row, End.OVER)

    def time(self, steps: Sequence[Step]) -> End:
        """Go through steps, each for its seconds."""
        try:
            for number, step in enumerate(steps, 1):
                self._block(f"{number}. ", step.text, step.seconds)
                where = _("step {n} of {m}").format(n=number, m=len(steps))
                self._hear(_NOTHING_ASKED, step.seconds, where)
                self._ring()
        except (_Left, Gone):
            return End.LEFT
        except KeyboardInterrupt:
            return End.INTERRUPTED
        finally:
            self._wipe()
        return End.OVER

    # ── one card ──────────────────────────────────────────────────────────────────────────────────

    def _print(self, card: Card, text: Text, item: Item | None) -> None:
        self._say("")
        self._say(self._console.bold(text.title))
        self._block("", text.body, card.seconds)
        if item is not None and item.id != self._warned_of:
            self._warned_of = item.id
            for caution in wording.cautions(item):
                self._block("! ", caution, None)
        for mark, (_word, label) in zip(ascii_lowercase, text.buttons, strict=False):
            self._say(f"  {mark}  {label}")
        if card.asks_points:
            self._say("     " + _("or a number from 0 to 10 for how tender it is, then Enter"))

    def _answered(self, row: Row, card: Card, labels: Mapping[str, str]) -> Row:
        """The row after this card: answered, or gone by."""
        after = row.elapse()
        if not card.answers and after.card is None:
            return after  # the last words: there is nothing to wait for
        lasts_s = card.seconds
        if lasts_s is None and after.card is not None:  # where it would end, there is no hurry
            lasts_s = PATIENCE_S  # as with a pack on the skin: whoever says nothing may have fallen asleep
        began_s = self._hands.now_s()
        while True:
            up_s = self._hands.now_s() - began_s
            heard = self._hear(card, None if lasts_s is None else lasts_s - up_s)
            if heard is None:
                self._ring()
                return after
            points = _points(heard) if card.asks_points else None
            word = _meant(heard, card.answers, labels) if points is None else ""
            if points is not None or word:
                self._echo(labels.get(word, word) or str(points))
                return row.answer(word, self._hands.now_s() - began_s, points)
            self._say(_("None of the answers is {heard}.").format(heard=f"{heard!r:.40}"))

    def _hear(self, card: Card, seconds: float | None, where: str = "") -> str | None:
        """What was typed, never empty; None once the time is over, or the person goes on without an answer.

        Args:
            card: What is asked.
            seconds: How long to wait; None: for as long as it takes.
            where: What the line that counts down begins with.

        Raises:
            _Left: The person wants to end it.
            Gone: Nobody can answer any more.
        """
        hands = self._hands
        if seconds is not None and not card.answers and not hands.watching:
            hands.let_go_by(seconds)
            return None
        until_s = None if seconds is None else hands.now_s() + seconds
        typed = ""
        while True:
            left_s = None if until_s is None else until_s - hands.now_s()
            if left_s is not None and left_s <= 0:
                return None
            if hands.single:
                self._draw(card, left_s, seconds, where, typed)
                key = hands.typed(None if left_s is None else left_s - math.ceil(left_s) + 1)
                typed, whole = _typed_on(typed, key, card)
            else:
                line = hands.typed(left_s)
                typed, whole = ("" if line is None else line.strip()), line is not None
            if not whole:
                continue
            if typed in (QUIT, END):
                raise _Left
            if typed:
                return typed
            if not card.answers:
                return None
            if card.answers == (ONLY,):
                return ONLY

    # ── the screen ────────────────────────────────────────────────────────────────────────────────

    def _draw(self, card: Card, left_s: float | None, seconds: float | None, where: str, typed: str) -> None:
        """Draw the line that counts down, or that waits for an answer."""
        console = self._console
        parts = [where] if where else []
        if left_s is not None and seconds is not None:
            full = min(_BAR, max(0, round(_BAR * (1 - left_s / seconds))))
            parts += [
                console.full * full + console.empty * (_BAR - full),
                _seconds(math.ceil(left_s)).rjust(5),
            ]
        line = "  ".join([*parts, f"> {typed}" if typed or left_s is None else ""])
        room = (console.width or 80) - 1
        hint = _("q: end, {stop}: stop now").format(stop=STOP) if card.answers else _("Enter: go on, q: end")
        hint = hint if not typed and left_s is not None and len(line) + len(hint) <= room else ""
        console.out.write(_CLEAR + line[:room] + console.dim(hint))
        console.out.flush()
        self._lined = True

    def _wipe(self) -> None:
        if self._lined:
            self._console.out.write(_CLEAR)
            self._console.out.flush()
            self._lined = False

    def _say(self, line: str) -> None:
        self._wipe()
        self._console.say(line)
        self._console.out.flush()

    def _echo(self, answer: str) -> None:
        """Let an answer of a single key stand where it was given."""
        if self._hands.single:
            self._say(f"> {answer}")

    def _block(self, lead: str, text: str, seconds: float | None) -> None:
        """Print a text, wrapped, its further lines below the first; with its seconds where no line counts them."""
        if seconds is not None and not self._hands.single:
            text = f"{text} ({_seconds(seconds)})".strip()
        self._wipe()
        self._console.wrapped(text, lead)
        self._console.out.flush()

    def _ring(self) -> None:
        if self._bell:
            self._console.out.write(_BELL)
            self._console.out.flush()


def _typed_on(typed: str, key: str | None, card: Card) -> tuple[str, bool]:
    """What has been typed with one more key, and whether that is all of it."""
    if key is None:
        return typed, False
    if key in _ENTER or (key == " " and not typed):
        return typed.strip(), True
    if key in _ERASE:
        return typed[:-1], False
    if key == END:
        return END, True
    if not key.isprintable():
        return typed, False
    at_once = {QUIT, STOP, *ascii_lowercase[: len(card.answers)]} if card.text else {QUIT}
    if card.answers and not card.asks_points:
        at_once |= {str(number) for number in range(1, len(card.answers) + 1)}
    return typed + key, not typed and key in at_once


def _points(heard: str) -> int | None:
    """The number of points that was typed, as `6` or `6/10`."""
    number = heard.removesuffix("/10").strip()
    return int(number) if number.isdecimal() and int(number[:3]) <= _MOST_POINTS else None


def _meant(heard: str, answers: Sequence[str], labels: Mapping[str, str]) -> str:
    """The answer that was meant: by its mark, its number, its word, or how its label begins; empty if none was."""
    text = heard.casefold()
    if text in (STOP, "stop"):
        return "stop"
    by_mark = dict(zip(ascii_lowercase, answers, strict=False))
    by_number = {str(number): word for number, word in enumerate(answers, 1)}
    if word := by_mark.get(text) or by_number.get(text):
        return word
    if text in answers:
        return text
    begins = [word for word in answers if labels.get(word, word).casefold().startswith(text)]
    return begins[0] if len(begins) == 1 else ""


def _seconds(seconds: float) -> str:
    return _("{n} s").format(n=math.ceil(seconds))
