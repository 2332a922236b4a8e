"""A question that is drawn on the screen: how it looks just now, and what a key does to it.

Values and rules only: nothing is read here and nothing printed, so that every screen can be looked at without one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from postured.cli.ask import UNSURE, Back, Option
from postured.core.language import _

BACK = ("escape", "left")
_FEW = 5
"""Lines of answers that should be in sight, before anything else gives way."""
_GAP = 3
"""Columns between the answers and the picture."""
_NARROWEST = 26
"""Columns in which answers can still be read beside a picture."""


class Line(NamedTuple):
    """One line of the screen."""

    text: str
    bold: int = 0
    """How many characters of it, from its beginning."""
    cursor: int | None = None
    """The column where the terminal's own cursor stands; readers and magnifiers follow it."""


class Words(NamedTuple):
    """What stands around the answers."""

    title: str
    head: str = ""
    hint: str = ""


class Page(Protocol):
    """A question under way."""

    def press(self, key: str) -> bool:
        """Do what a key does: its name, or the character that it writes. True: now it is answered.

        Raises:
            Back: The person wants the question before.
        """
        ...

    def draw(self, width: int, height: int) -> list[Line]:
        """The question as it is now, in at most so many columns and lines."""
        ...

    @property
    def answered(self) -> str:
        """The answer in the words that it was chosen by."""
        ...


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


class _Rows:
    """Answers below one another, and a mark at one of them that the person moves."""

    def __init__(self, words: Words, rows: Sequence[Option], marks: Sequence[str], at: int) -> None:
        self._words = words
        self._rows = rows
        self._marks = marks
        """What stands before each row, and moves the mark there when it is typed."""
        self._at = at
        self._typed = ""
        self._notice = ""
        self._astray = False
        """A number was typed that no row has: the Enter behind it means none of them."""

    def press(self, key: str) -> bool:
        """Do what a key does; True: now it is answered."""
        astray, self._astray, self._notice = self._astray, False, ""
        if key in BACK:
            if not self._typed:
                raise Back
            self._typed = ""
        elif key == "enter":
            return not astray and self._enter()
        elif key == "backspace":
            self._typed = self._typed[:-1]
            self._find()
        elif key in _MOVES:
            self._at = _moved(key, self._at, len(self._rows))
            self._typed = ""
        elif len(key) == 1 and key.isprintable():
            self._type(key)
        return False

    def _enter(self) -> bool:
        """The person means the row that is marked, unless what was typed is none of them."""
        lost = self._typed and not self._typed.isdecimal() and not self._matches()
        self._find()
        self._typed = ""
        return not lost and self._take()

    def _take(self) -> bool:
        return True

    def _marked_by_number(self) -> None:
        """The mark went to a row by what stands before it; Enter takes it, as everything."""

    def _type(self, key: str) -> None:
        if self._typed and not self._typed.isdecimal():
            self._typed += key
            self._find()
            return
        for mark in (self._typed + key, key):
            if mark in self._marks:
                self._at = self._marks.index(mark)
                longer = any(other != mark and other.startswith(mark) for other in self._marks)
                self._typed = mark if longer else ""
                if not longer:
                    self._marked_by_number()
                return
        self._typed = "" if key.isdecimal() or key == " " else key
        if key.isdecimal():
            self._notice, self._astray = _("There is no answer {number}.").format(number=key), True
        else:
            self._find()

    def _find(self) -> None:
        """Go to the first answer that fits what was typed."""
        if not self._typed or self._typed.isdecimal():
            return
        if found := self._matches():
            self._at = found[0]
        else:
            self._notice = _("None of the answers is {heard}.").format(heard=f"{self._typed!r:.40}")

    def _matches(self) -> list[int]:
        """The answers that begin with what was typed, or else have it in them."""
        text = self._typed.casefold()
        told = [(row.label.casefold(), row.code.casefold()) for row in self._rows]
        begun = [i for i, texts in enumerate(told) if any(each.startswith(text) for each in texts)]
        return begun or [i for i, texts in enumerate(told) if any(text in each for each in texts)]

    # ── how it looks ──────────────────────────────────────────────────────────────────────────────

    def draw(self, width: int, height: int) -> list[Line]:
        """The question as it is now."""
        status = self._notice or (f"> {self._typed}" if self._typed else "")
        frames = _frames(self._words, status, self._help(), width)
        for top, bottom in frames:
            body = self._body(width, height - len(top) - len(bottom))
            if body is not None:
                self._saw(range(len(self._rows)))
                return [*top, *body, *bottom]
        roomy = [frame for frame in frames if height - len(frame[0]) - len(frame[1]) >= _FEW]
        top, bottom = (roomy or frames)[0 if roomy else -1]
        blocks = [self._block(index, width) for index in range(len(self._rows))]
        room = max(1, height - len(top) - len(bottom))
        sight = _sight(blocks, self._at, room)
        self._saw(sight)
        return [*top, *_scrolled(blocks, sight, width, room), *bottom][-height:]

    def _saw(self, rows: range) -> None:
        """These rows are in sight now."""

    def _help(self) -> str:
        return _("Arrows, a number or letters, then Enter. Esc: back. Ctrl-C: leave.")

    def _body(self, width: int, room: int) -> list[Line] | None:
        """All answers, with what belongs to them; None where the room is too small."""
        found = self._list(width)
        return found if len(found) <= room else None

    def _list(self, width: int) -> list[Line]:
        return [line for index in range(len(self._rows)) for line in self._block(index, width)]

    def _block(self, index: int, width: int) -> list[Line]:
        marked = index == self._at
        places = max(len(mark) for mark in self._marks)
        lead = f"{'>' if marked else ' '} {self._box(index)}{self._marks[index]:>{places}}  "
        pieces = _wrap(self._rows[index].label, width - len(lead)) or [""]
        texts = [lead + pieces[0], *(" " * len(lead) + piece for piece in pieces[1:])]
        cursor = 0 if marked else None
        return [
            Line(text, len(text) if marked else 0, None if number else cursor)
            for number, text in enumerate(texts)
        ]

    def _box(self, index: int) -> str:  # noqa: ARG002 - ticked or not, where there is something to tick
        return ""


class Choice(_Rows):
    """One of several answers.

    Args:
        words: What is asked.
        options: What can be answered.
        beside: A picture that goes with the option of that code.
        first: The code that is marked in the beginning.
    """

    def __init__(
        self,
        words: Words,
        options: Sequence[Option],
        beside: Callable[[str], Sequence[str]] | None,
        first: str | None,
    ) -> None:
        at = next((index for index, option in enumerate(options) if option.code == first), 0)
        super().__init__(words, options, [str(number) for number in range(1, len(options) + 1)], at)
        self._beside = beside

    @property
    def code(self) -> str:
        """The code of the answer."""
        return self._rows[self._at].code

    @property
    def answered(self) -> str:
        """The label of the answer."""
        return self._rows[self._at].label

    def _type(self, key: str) -> None:
        unsure = [index for index, row in enumerate(self._rows) if row.code in UNSURE]
        if key == "?" and not self._typed and unsure:
            self._at = unsure[0]
        else:
            super()._type(key)

    def _body(self, width: int, room: int) -> list[Line] | None:
        picture = self._beside(self.code) if self._beside else ()
        wide = max(map(len, picture), default=0)
        left = width - wide - _GAP
        if picture and left >= _NARROWEST:
            rows = self._list(left)
            if max(len(rows), len(picture)) <= room:
                return _side_by_side(rows, picture, left + _GAP)
        rows = self._list(width)
        if picture and wide <= width and len(picture) + 1 + len(rows) <= room:
            return [*map(Line, picture), Line(""), *rows]
        return rows if len(rows) <= room else None


class Ticks(_Rows):
    """Any of several answers, none of them, or not sure.

    Args:
        words: What is asked.
        options: What may be true.
        none: How it is said that nothing is.
        unsure: How it is said that the person doesn't know.
        first: The codes that are ticked in the beginning; None: it was never asked.
    """

    def __init__(
        self, words: Words, options: Sequence[Option], *, none: str, unsure: str, first: Sequence[str] | None
    ) -> None:
        marks = [str(number) for number in range(1, len(options) + 1)]
        rows = (*options, Option("", none), Option("", unsure))
        self._ticked = {index for index, option in enumerate(options) if option.code in (first or ())}
        at = min(self._ticked, default=len(options) if first is not None else 0)
        super().__init__(words, rows, [*marks, "0", "?"], at)
        self._options = options
        self._unseen: set[int] | None = None
        """What was out of sight so far on a small screen; None until it is drawn."""

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The codes that are ticked; None: not sure."""
        if self._at == len(self._options) + 1:
            return None
        return tuple(option.code for index, option in enumerate(self._options) if index in self._ticked)

    @property
    def answered(self) -> str:
        """The labels that are ticked, or that none is."""
        if self._ticked:
            return "; ".join(row.label for index, row in enumerate(self._rows) if index in self._ticked)
        return self._rows[self._at].label

    def press(self, key: str) -> bool:
        """Do what a key does; Space ticks."""
        if key == " ":
            self._typed = self._notice = ""
            self._tick()
            return False
        return super().press(key)

    def _enter(self) -> bool:
        if self._typed.isdecimal():  # a number, and Enter for "that was all of it"
            self._typed = ""
            self._marked_by_number()
            return False
        return super()._enter()

    def _take(self) -> bool:
        if self._at >= len(self._options):
            return self._says_no_more()
        if not self._ticked:  # Enter out of habit must not tell of an illness, nor that there is none
            self._notice = _("Nothing is ticked yet. Space ticks this one; 0 is none of them.")
        return bool(self._ticked)

    def _marked_by_number(self) -> None:
        self._tick()

    def _says_no_more(self) -> bool:
        """None of them, or not sure."""
        if self._ticked:  # what was ticked is not dropped in passing
            self._ticked.clear()
            self._notice = _("The ticks are gone. Once more, if that is what you mean.")
            return False
        if self._unseen:
            self._at = min(self._unseen)
            self._notice = _("The list goes on here. Please look at all of it first.")
            return False
        return True

    def _saw(self, rows: range) -> None:
        if self._unseen is None:
            self._unseen = set(range(len(self._options)))
        self._unseen.difference_update(rows)

    def _tick(self) -> None:
        if self._at < len(self._options):
            self._ticked ^= {self._at}

    def _help(self) -> str:
        return _("Space or a number: tick. 0: none. ?: not sure. Then Enter. Esc: back.")

    def _box(self, index: int) -> str:
        if index >= len(self._options):
            return "    "
        return "[x] " if index in self._ticked else "[ ] "


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


class Number:
    """A whole number between two others, or not sure.

    Args:
        words: What is asked.
        low: The smallest.
        high: The largest.
        unsure: How it is said that the person doesn't know.
        first: What stands there in the beginning.
    """

    def __init__(self, words: Words, low: int, high: int, *, unsure: str, first: int | None) -> None:
        self._words = words
        self._low, self._high = low, high
        self._unsure = unsure
        self._typed = "" if first is None else str(first)
        self._fresh = True
        """Nothing was typed yet: the first digit takes the place of what stands there."""
        self._notice = ""
        self._sure = True

    @property
    def value(self) -> int | None:
        """The number; None: not sure."""
        return int(self._typed) if self._typed else None

    @property
    def answered(self) -> str:
        """The number, or that the person isn't sure."""
        return self._unsure if self.value is None else self._typed

    def press(self, key: str) -> bool:
        """Do what a key does; True: now it is answered."""
        self._notice = ""
        if key in BACK:
            raise Back
        if key == "enter":
            return self._enter()
        if key == "?" or (len(key) == 1 and self._unsure.casefold().startswith(key.casefold())):
            self._typed, self._sure = "", False
        elif key == "backspace":
            self._typed, self._sure = self._typed[:-1], True
        elif key.isdecimal() and key.isascii():
            self._sure = True
            self._type(key)
        elif key in ("up", "+", "down", "-"):
            self._sure = True
            self._step(1 if key in ("up", "+") else -1)
        self._fresh = False
        return False

    def _step(self, step: int) -> None:
        now = int(self._typed) + step if self._typed else self._low
        self._typed = str(min(self._high, max(self._low, now)))

    def _type(self, key: str) -> None:
        typed = key if self._fresh else str(int(self._typed + key))
        if int(typed) > self._high:
            self._notice = self._asked()
        else:
            self._typed = typed

    def _enter(self) -> bool:
        if not self._sure or (self._typed and int(self._typed) >= self._low):
            return True
        self._notice = self._asked()
        return False

    def _asked(self) -> str:
        return _("A number from {low} to {high}, please, or ? for: {unsure}").format(
            low=self._low, high=self._high, unsure=self._unsure.lower()
        )

    def draw(self, width: int, height: int) -> list[Line]:
        """The question as it is now."""
        field = f"> {self._typed if self._sure else self._unsure}"[:width]
        helped = _("A number or arrows. ?: not sure. Then Enter. Esc: back.")
        for top, bottom in _frames(self._words, self._notice, helped, width):
            body = [*self._scale(width), Line(field, len(field), len(field))]
            if len(top) + len(body) + len(bottom) <= height:
                return [*top, *body, *bottom]
        return [*_bold(_wrap(self._words.title, width)), Line(field, len(field), len(field))][-height:]

    def _scale(self, width: int) -> list[Line]:
        """All numbers side by side, if there is room, and the one that stands there marked."""
        numbers = [str(number) for number in range(self._low, self._high + 1)]
        if sum(len(number) + 3 for number in numbers) > width:
            return []
        marked = [f"[{number}]" if number == self._typed else f" {number} " for number in numbers]
        return [Line(("  " + " ".join(marked)).rstrip()), Line("")]


# ── what every page is made of ────────────────────────────────────────────────────────────────────

_PAGE = 5
_MOVES = {"up": -1, "down": 1, "pageup": -_PAGE, "pagedown": _PAGE, "home": 0, "end": 0}


def _moved(move: str, at: int, count: int) -> int:
    """Where the mark is after a move; single steps run on round the ends."""
    if move in ("home", "end"):
        return 0 if move == "home" else count - 1
    if abs(_MOVES[move]) == 1:
        return (at + _MOVES[move]) % count
    return min(count - 1, max(0, at + _MOVES[move]))


def _frames(words: Words, status: str, helped: str, width: int) -> list[tuple[list[Line], list[Line]]]:
    """What stands above and below the answers, from the roomiest to the tightest."""
    head = [Line(text) for text in _wrap(words.head, width)]
    title = _bold(_wrap(words.title, width))
    hint = [Line(text) for text in _wrap(words.hint, width)]
    below = [Line(text) for text in _wrap(helped, width)]
    said = [Line(text) for text in _wrap(status, width)]
    blank = [Line("")]
    return [
        ([*head, *title, *hint, *blank], [*(said or blank), *below]),
        ([*head, *title, *hint], [*said, *below]),
        ([*title, *hint], said),
        (title, said),
        (title, []),
    ]


def _bold(texts: Sequence[str]) -> list[Line]:
    return [Line(text, len(text)) for text in texts]


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(1, width))


def _side_by_side(rows: Sequence[Line], picture: Sequence[str], column: int) -> list[Line]:
    found = []
    for index in range(max(len(rows), len(picture))):
        row = rows[index] if index < len(rows) else Line("")
        drawn = picture[index] if index < len(picture) else ""
        found.append(row._replace(text=f"{row.text:<{column}}{drawn}".rstrip()))
    return found


def _sight(blocks: Sequence[Sequence[Line]], at: int, room: int) -> range:
    """As many answers around the one that is marked as there is room for, and for the words on how many more."""
    first, last = at, at + 1

    def fits(first: int, last: int) -> bool:
        lines = sum(map(len, blocks[first:last])) + (first > 0) + (last < len(blocks))
        return lines <= room

    while True:
        if last < len(blocks) and fits(first, last + 1):
            last += 1
        elif first > 0 and fits(first - 1, last):
            first -= 1
        else:
            return range(first, last)


def _scrolled(blocks: Sequence[Sequence[Line]], sight: range, width: int, room: int) -> list[Line]:
    """The answers that are in sight, and how many more there are."""
    found = [line for index in sight for line in blocks[index]]
    above, below = sight.start, len(blocks) - sight.stop
    if len(found) + (above > 0) + (below > 0) > room:
        return found[:room]
    counted = (above, _("({n} more above)")), (below, _("({n} more below)"))
    before, after = ([Line(f"    {text.format(n=n)}"[:width])] if n else [] for n, text in counted)
    return [*before, *found, *after]
