"""Leads through a row of small notices: shows its cards, counts their seconds, takes the answers.

At most one row at a time. What is asked and what follows is the row's own business (`core.massage`, `core.thermal`,
`core.question`, `core.checkin`); when to look again the daemon's alarm is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from postured.core import wording
from postured.core.model import Item, Log
from postured.core.row import PATIENCE_S, Card, Row, Text

STOP = "stop"
"""The answer that ends anything at once; it may be typed where it has no button."""
_NUMBERS = frozenset(str(number) for number in range(11))
CAUTIONS_SHOWN = 2
"""Of an item, on its first card; `postured show` has them all."""


@dataclass(slots=True)
class _Under:
    """A row under way."""

    row: Row
    items: Mapping[str, Item]
    notice: str
    """The notice that it carries out, or asks about; any other name where it has none."""
    up_s: float
    """When its card came up, on the daemon's clock."""
    number: int = 0
    """Of the card, so that an answer to an earlier one means nothing."""
    warned_of: str = ""
    """The item whose cautions were shown last."""


class Guide:
    """The row under way, if any."""

    def __init__(
        self,
        show: Callable[[str, Text, float], None],
        followed: Callable[[str], None],
        keep: Callable[[Log], None],
        over: Callable[[str, Row], None],
    ) -> None:
        """Make a guide that shows through `show` (tag, text, seconds it may stay up) and tells the others.

        `followed` hears once that some of it was done, `keep` what is to be remembered, `over` that a row is at its
        end; the text is the notice that the row belongs to.
        """
        self._show = show
        self._followed = followed
        self._keep = keep
        self._over = over
        self._under: _Under | None = None

    @property
    def card(self) -> Card | None:
        """The card that is up."""
        return None if self._under is None else self._under.row.card

    @property
    def items(self) -> tuple[str, ...]:
        """What the row goes through from here on."""
        return () if self._under is None else self._under.row.items

    @property
    def notice(self) -> str:
        """The notice that the row belongs to, or what it is called instead; empty while there is none."""
        return "" if self._under is None else self._under.notice

    @property
    def text(self) -> Text | None:
        """What the card that is up says."""
        card = self.card
        return None if card is None else self._text(card)

    def begin(self, row: Row, items: Mapping[str, Item], notice: str, now_s: float) -> None:
        """Lead through `row` from now on, instead of any other."""
        self._under = _Under(row, items, notice, now_s)
        self._show_up(self._under)

    def end(self) -> Text | None:
        """Forget the row: its notice was answered in another way, or another one came up.

        Returns:
            What must still be said, as that a pack has to come off.
        """
        parting = None if self._under is None else self._under.row.parting
        text = None if parting is None else self._text(parting)
        self._under = None
        return text

    def answer(self, word: str, now_s: float, tag: str | None = None) -> bool:
        """Answer the card that is up; whether it could be answered so.

        Args:
            word: One of the card's answers, or `stop`, which every card hears; where it asks for points, a number.
            now_s: On the daemon's clock.
            tag: Of the card that was answered, where that is known.
        """
        under, card = self._under, self.card
        if under is None or card is None or (tag is not None and tag != self._tag(under)):
            return False
        points = _points(word) if card.asks_points else None
        if points is None and word != STOP and word not in card.answers:
            return False
        self._go_on(under.row.answer(word, now_s - under.up_s, points), now_s)
        return True

    def look(self, now_s: float) -> None:
        """Go on if the card's time is over."""
        under = self._under
        if under is not None and (left_s := self.left_s(now_s)) is not None and left_s <= 0.0:
            self._go_on(under.row.elapse(now_s - under.up_s), now_s)

    def left_s(self, now_s: float) -> float | None:
        """How long until the row goes on by itself; None while there is none."""
        under, card = self._under, self.card
        if under is None or card is None:
            return None
        lasts_s = PATIENCE_S if card.seconds is None else card.seconds
        return under.up_s + lasts_s - now_s

    def _go_on(self, row: Row, now_s: float) -> None:
        under = self._under
        if under is None:
            return
        before, under.row, under.up_s = under.row, row, now_s
        under.number += 1
        if row.followed and not before.followed:
            self._followed(under.notice)
        for log in row.logs[len(before.logs) :]:
            self._keep(log)
        if self._under is under:  # keeping something may have brought up another notice
            self._show_up(under)

    def _show_up(self, under: _Under) -> None:
        card = under.row.card
        if card is None:
            self._under = None
            self._over(under.notice, under.row)
            return
        # The desktop's own deadline lies behind ours, for the day on which nobody takes the card down.
        lasts_s = (PATIENCE_S if card.seconds is None else card.seconds) + PATIENCE_S
        self._show(self._tag(under), self._with_cautions(under, card), lasts_s)

    def _text(self, card: Card) -> Text:
        from postured.core import cards  # most days nobody is led through anything

        items = {} if self._under is None else self._under.items
        return cards.text(card, items.get(card.item))

    def _with_cautions(self, under: _Under, card: Card) -> Text:
        """The card; the first one of an item tells what matters most about taking care."""
        text = self._text(card)
        item = under.items.get(card.item)
        if item is None or item.levels or under.warned_of == item.id:
            return text
        under.warned_of = item.id
        care = [f"! {caution}" for caution in wording.cautions(item)[:CAUTIONS_SHOWN]]
        return text._replace(body="\n".join([text.body, *care]))

    @staticmethod
    def _tag(under: _Under) -> str:
        return f"{under.notice}#{under.number}"


def _points(word: str) -> int | None:
    """A number from 0 to 10 that was typed; None for anything else."""
    return int(word) if word in _NUMBERS else None
