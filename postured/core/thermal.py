"""Heat and cold as a row of small notices: prepare, put it on, look at the skin, take it off.

If nobody says that the skin is well, it is time to take it off: that is the safe side. Nothing stays on longer than
the item says; what a skin check takes too long is taken from the time after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from postured.core.model import Item, Log, Step
from postured.core.row import Card

BROKEN_OFF_S = 60.0
"""Before this it was not followed."""
OFF_S = 120.0
"""The last card waits so long for its answer."""
FIRST_LOOK_S = {"warm": 180.0, "cool": 300.0}
"""When to look at the skin where the item has no step for it."""

_COLD = frozenset({"cold_pack", "ice_cup"})
_WARM = frozenset({"heat_pack"})
_SHORTEST_S = 1.0


def begin(item: Item, *, side: str = "") -> Thermal:
    """Heat or cold as the item says.

    Args:
        item: Of a pack, the first step is to prepare it; it is on until the longest step after the last look at the
            skin is over. A shower or a bath is nothing but its steps.
        side: `left` or `right`, where it is known which side is sore.
    """
    mode = _mode(item)
    first, last = _worn(item, mode)
    steps = list(enumerate(item.steps))
    worn, after = steps[first : last + 1], steps[last + 1 :]
    cards = [
        Card("prepare", ("start", "enough"), None, item.id, first - 1, side=side),
        *_looked_at(mode, [_card(item.id, mode, side, index, step) for index, step in worn]),
        Card(
            "finish" if mode == "step" else "take_off",
            ("done",),
            OFF_S,
            item.id,
            after[0][0] if after else -1,
        ),
        *(_card(item.id, "step", side, index, step) for index, step in after[1:]),
    ]
    most_s = float(sum(step.seconds for _index, step in worn))
    return Thermal(tuple(cards), most_s, cards[0])


@dataclass(frozen=True, slots=True)
class Thermal:
    """Heat or cold under way, a `Row`."""

    cards: tuple[Card, ...]
    """All there are if all goes well, in their order."""
    most_s: float
    """How long it may stay on."""
    card: Card | None
    at: int = 0
    """Which of the cards; it stays where it was when something else came up."""
    on_s: float = 0.0
    """How long it has been on."""
    broken_off: bool = False

    @property
    def logs(self) -> tuple[Log, ...]:
        """Nothing: the notice itself tells all there is to remember."""
        return ()

    @property
    def followed(self) -> bool:
        """Begun, and not broken off in the first minute."""
        return self.at > 0 and not (self.broken_off and self.on_s < BROKEN_OFF_S)

    def answer(self, word: str, after_s: float, points: int | None = None) -> Thermal:  # noqa: ARG002 - as of every row
        """The row after an answer; see `Row`."""
        card = self.card
        if card is None or (word != "stop" and word not in card.answers):
            return self
        here = self._after(after_s)
        if card.text in ("off", "off_step", "stop_now") or (self.at == 0 and word != "start"):
            return here._over()
        return here._go_on() if word in ("start", "fine", "next", "done") else here._break_off(word)

    @property
    def items(self) -> tuple[str, ...]:
        """The pack."""
        return (self.cards[0].item,)

    @property
    def parting(self) -> Card | None:
        """To take the pack off, while it is on."""
        on = 0 < self.at < self._last and self.cards[self._last].text == "take_off"
        return Card("off", (), None, self.cards[0].item) if on and self.card is not None else None

    def elapse(self, after_s: float = 0.0) -> Thermal:
        """The row after the card's seconds; a look at the skin that nobody tells of ends in taking it off."""
        card = self.card
        if card is None:
            return self
        match card.text:
            case "warm" | "cool" | "step":
                return self._after(max(after_s, card.seconds or 0.0))._go_on()
            case "check" | "check_step":
                return self._end()
            case _:
                return self._over()

    @property
    def _last(self) -> int:
        """Which card ends it."""
        return next(at for at, card in enumerate(self.cards) if card.text in ("take_off", "finish"))

    def _after(self, seconds: float) -> Thermal:
        """The same card, with the time it was up for counted."""
        card = self.card
        if card is None or not 0 < self.at < self._last:
            return self
        return replace(self, on_s=self.on_s + max(0.0, seconds))

    def _go_on(self) -> Thermal:
        at, last = self.at + 1, self._last
        if at >= len(self.cards):
            return self._over()
        card = self.cards[at]
        if at < last:
            left_s = self.most_s - self.on_s
            if left_s < _SHORTEST_S:
                return self._end()
            if card.seconds is not None:
                card = card._replace(seconds=min(card.seconds, left_s))
        return replace(self, at=at, card=card)

    def _end(self) -> Thermal:
        return replace(self, at=self._last, card=self.cards[self._last])

    def _break_off(self, word: str) -> Thermal:
        last = self._last
        if self.at > last:
            return self._say("stop_now") if word == "stop" else self._over()
        here = replace(self, broken_off=self.at < last)
        if self.cards[last].text == "take_off":
            return here._say("off")
        match word:
            case "stop":
                return here._say("stop_now")
            case "off":
                return here._say("off_step")
            case _:
                return here._end()

    def _say(self, text: str) -> Thermal:
        return replace(self, card=Card(text, ("done",), None, self.cards[0].item))

    def _over(self) -> Thermal:
        return replace(self, card=None)


def _mode(item: Item) -> str:
    """`warm` or `cool` with a pack, `step` without."""
    if not _COLD.isdisjoint(item.equipment):
        return "cool"
    return "step" if _WARM.isdisjoint(item.equipment) else "warm"


def _worn(item: Item, mode: str) -> tuple[int, int]:
    """The first and the last step during which it is on."""
    if mode == "step":
        return 0, len(item.steps) - 1
    seconds = [step.seconds for step in item.steps]
    looks = [index for index, step in enumerate(item.steps[:-1]) if step.cue == "stop_check"]
    rest = seconds[looks[-1] + 1 :] if looks else seconds
    last = len(seconds) - len(rest) + rest.index(max(rest))
    return (1 if last else 0), last


def _card(item: str, mode: str, side: str, index: int, step: Step) -> Card:
    if step.cue == "stop_check":
        text = "check_step" if mode == "step" else "check"
        return Card(text, ("fine", "off"), None, item, index, side=side)
    answers = ("next", "enough") if mode == "step" else ("off",)
    return Card(mode, answers, float(step.seconds), item, index, side=side)


def _looked_at(mode: str, cards: list[Card]) -> list[Card]:
    """The cards, with a look at the skin among them if there is none and a pack is on for long."""
    look_s = FIRST_LOOK_S.get(mode)
    if look_s is None or any(card.text == "check" for card in cards):
        return cards
    on_s = 0.0
    for index, card in enumerate(cards):
        seconds = card.seconds or 0.0
        if on_s + seconds > look_s:
            before, after = (
                card._replace(seconds=look_s - on_s),
                card._replace(seconds=on_s + seconds - look_s),
            )
            check = Card("check", ("fine", "off"), None, card.item, side=card.side)
            parts = [before, check, after] if before.seconds else [check, after]
            return [*cards[:index], *parts, *cards[index + 1 :]]
        on_s += seconds
    return cards
