"""The two questions after a strength set, as a row: how it felt, and whether it hurt. Its next level hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postured.core.model import Felt, Item, Log, SetLog
from postured.core.row import Card


def begin(item: Item, level: int, *, sets: int, reps: int) -> SetQuestions:
    """The questions about a set that was just done.

    Args:
        item: The strength item.
        level: Its level, from 1.
        sets: As done.
        reps: Of each set, as done.
    """
    return SetQuestions(item.id, level, sets, reps, Card("felt", tuple(Felt), item=item.id))


@dataclass(frozen=True, slots=True)
class SetQuestions:
    """The questions under way, a `Row`. Only both answers together are worth remembering."""

    item: str
    level: int
    sets: int
    reps: int
    card: Card | None
    felt: Felt | None = None
    logs: tuple[Log, ...] = ()

    @property
    def followed(self) -> bool:
        """Always: what is asked about was done."""
        return True

    def answer(self, word: str, after_s: float, points: int | None = None) -> SetQuestions:  # noqa: ARG002 - as every `Row`
        """The row after an answer; see `Row`."""
        if word == "stop":
            return replace(self, card=None)
        if self.card is None or word not in self.card.answers:
            return self
        if self.felt is None:
            return replace(self, felt=Felt(word), card=Card("pain", ("no", "yes"), item=self.item))
        log = SetLog(self.item, self.level, self.sets, self.reps, True, self.felt, word == "yes")
        return replace(self, card=None, logs=(log,))

    @property
    def items(self) -> tuple[str, ...]:
        """None: what is asked about is done."""
        return ()

    @property
    def parting(self) -> Card | None:
        """Nothing."""
        return None

    def elapse(self, after_s: float = 0.0) -> SetQuestions:  # noqa: ARG002 - as of every row
        """Nobody answers: nothing is asked any more, and nothing remembered."""
        return replace(self, card=None)
