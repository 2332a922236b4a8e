"""A row of small notices that leads through something, one card after another: a massage, a pack, two questions.

What the cards say is in `cards`; who shows them, and counts the seconds down, is on the roof.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from postured.core.model import Log

PATIENCE_S = 120.0
"""How long a card waits for an answer before the row goes on without."""


class Card(NamedTuple):
    """One small notice of a row."""

    text: str
    """Which text it shows, a key of `cards.TEXTS`."""
    answers: tuple[str, ...] = ()
    """The words it can be answered with, three at most; none: it goes on by itself."""
    seconds: float | None = None
    """It goes on by itself after so long; None: it waits for an answer."""
    item: str = ""
    step: int = -1
    """The step of the item that is under way, from 0; -1 for none."""
    area: str = ""
    side: str = ""
    """`left`, `right` or `both`; empty where it doesn't matter."""
    asks_points: bool = False
    """Where numbers can be typed, it may be answered with 0 to 10 instead of a word."""
    pressure: tuple[int, int] | None = None
    """How hard to press, from and to, of 10."""
    number: int = 0
    """What the text counts, as the spots that eased."""


class Text(NamedTuple):
    """A card as it is shown."""

    title: str
    body: str
    """One or two short lines."""
    buttons: tuple[tuple[str, str], ...]
    """Pairs of answer and label, in the order of the card's answers."""


class Row(Protocol):
    """The whole row as one frozen value: what has been, and which card is up. Each change makes a new one."""

    @property
    def card(self) -> Card | None:
        """The card that is up; None when the row is over."""
        ...

    @property
    def items(self) -> tuple[str, ...]:
        """The items that it is going through, and those that are still to come."""
        ...

    @property
    def logs(self) -> tuple[Log, ...]:
        """What is to be remembered of it so far."""
        ...

    @property
    def parting(self) -> Card | None:
        """What must still be said if the row is ended from outside; None for nothing."""
        ...

    @property
    def followed(self) -> bool:
        """Whether the person did some of what was suggested."""
        ...

    def answer(self, word: str, after_s: float, points: int | None = None) -> Row:
        """The row after an answer.

        Args:
            word: One of the card's answers; another one changes nothing. Only `stop` is heard on every card, for
                it may be typed where there is no button for it.
            after_s: How long the card was up.
            points: The number, where the card asks for points and one was given; `word` is then ignored.
        """
        ...

    def elapse(self, after_s: float = 0.0) -> Row:
        """The row after the card's seconds have gone by; for a card without, after nobody answered it for long.

        Args:
            after_s: How long the card was up, where that may be longer: the machine may have slept.
        """
        ...
