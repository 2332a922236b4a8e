"""Self-massage as a row of small notices: explore, press where it is tender and good, ask again, and stop in time.

A spot is right if it is tender and good to press. It is pressed in short rounds until it is less tender, and then
left; one that stays tender is left as well, and anything sharp ends it all. How many spots, how hard and how long
is decided here; what is said about it in `cards`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from postured.core.model import Item, Log, PressLog, Spot
from postured.core.row import Card

EXPLORE_S = 15.0
ROUND_S = 30.0
"""After so much pressing it is asked whether it is less tender."""
CAP_S = 90.0
"""No spot is pressed longer, whatever its item says."""
SESSION_S = 600.0
CLOSING_S = 20.0
RELEASE_S = 15.0
"""To let go, where the item has no step for it."""
LONGEST_RELEASE_S = 30.0
MOST_AREAS = 3
MOST_SPOTS = 3
"""Of one area, both sides together; a single one where the item is for once a day."""
MOST_TRIES = 3
"""That find nothing good to press, on one side of one area."""
TOO_MUCH = 7
"""Above this, of 10, nothing is pressed any more."""
GENTLE = 4
"""The most pressure, of 10, in the first days of a knot."""

_WORK_S = SESSION_S - CLOSING_S - LONGEST_RELEASE_S
"""Letting go and the closing words still fit into the session behind it."""
_SHORTEST_ROUND_S = 5.0
_USUAL = (4, 6)
_LIGHT = (2, 4)
_LIGHT_AREAS = frozenset({"side_neck", "front_ribs", "side_ribs", "under_armpit"})
_FEEL = ("good", "tender", "nothing")
_AT_A_SPOT = frozenset(
    {"explore", "explore_on", "explore_more", "feel", "good", "press", "press_on", "again"}
)
"""Cards on which a spot is being explored or pressed."""


class Plan(NamedTuple):
    """What a massage was begun with."""

    stops: tuple[Item, ...]
    sides: tuple[str, ...]
    """The knot's side first."""
    gentle: bool
    zone: str


def begin(
    stops: Sequence[Item], *, sides: tuple[str, ...], gentle: bool = False, zone: str = "unsure"
) -> Massage:
    """A massage of these items, one after the other.

    Args:
        stops: Items of different areas. Of two for one area the first counts, and more than three areas are not worked.
        sides: The sides to work, the knot's first. Empty: each item on both at once.
        gentle: It is so early that nothing is pressed harder than 4 of 10.
        zone: Where the knot sits. An item that overlaps with it is treated as one that presses the knot.
    """
    of_area: dict[str, Item] = {}
    for item in stops:
        of_area.setdefault(_area(item) or item.id, item)
    plan = Plan(tuple(of_area.values())[:MOST_AREAS], sides or ("both",), gentle, zone)
    massage = Massage(plan)
    return massage._explore("explore") if plan.stops else massage


@dataclass(frozen=True, slots=True)
class Massage:
    """A massage under way, a `Row`. Only `begin` makes one that has a card."""

    plan: Plan
    card: Card | None = None
    logs: tuple[Log, ...] = ()
    followed: bool = False
    """At least one spot was explored, and it was said how it feels."""
    stop: int = 0
    """Which of the plan's stops."""
    second: bool = False
    """On the side that is not the knot's."""
    spots: int = 0
    """Pressed in this area, both sides together."""
    tries: int = 0
    """On this side, that found nothing good to press."""
    pressed_s: float = 0.0
    """On this spot so far."""
    before: int | None = None
    """How tender this spot was, of 10."""
    used_s: float = 0.0
    """Of the session, waits for answers included."""

    # ── what the person does ──────────────────────────────────────────────────────────────────────

    def answer(self, word: str, after_s: float, points: int | None = None) -> Massage:
        """The row after an answer; see `Row`. More than 7 points end it, like `stop`."""
        card = self.card
        if card is None:
            return self
        if points is not None and card.asks_points:
            return self if points < 0 else self._after(after_s)._count(points)
        if word == "stop":
            return self._after(after_s)._stop("stop_now")
        return self._after(after_s)._hear(word) if word in card.answers else self

    @property
    def items(self) -> tuple[str, ...]:
        """The item of this stop, and of those to come."""
        return tuple(item.id for item in self.plan.stops[self.stop :])

    @property
    def parting(self) -> Card | None:
        """Nothing: hands let go by themselves."""
        return None

    def elapse(self, after_s: float = 0.0) -> Massage:  # noqa: ARG002 - as of every row
        """The row after the card's seconds; a question that nobody answers ends it."""
        card = self.card
        if card is None:
            return self
        here = self._after(card.seconds or 0.0)
        match card.text:
            case "explore" | "explore_on" | "explore_more":
                return here._show("feel", _FEEL, step=card.step, asks_points=True)
            case "press" | "press_on":
                return here._show("again", ("easier", "same", "stop"), step=card.step, asks_points=True)
            case "release":
                return here._offer()
            case "stayed":
                return here._go_on()
            case "again":
                return here._log(Spot.LEFT)._over()
            case _:
                return here._over()

    def _after(self, seconds: float) -> Massage:
        """The same card, with the time it was up for counted."""
        card = self.card
        if card is None:
            return self
        spent = max(0.0, seconds)
        if card.seconds is not None:
            spent = min(spent, card.seconds)
        pressing = card.text in ("press", "press_on")
        return replace(
            self,
            used_s=self.used_s + spent,
            pressed_s=self.pressed_s + spent if pressing else self.pressed_s,
        )

    def _hear(self, word: str) -> Massage:  # noqa: C901 - one line for each word there is
        text = "" if self.card is None else self.card.text
        match word:
            case "good":
                return replace(self, followed=True)._found()
            case "tender":
                return replace(self, followed=True)._wrong()
            case "nothing":
                return replace(self, followed=True)._log(Spot.NOTHING)._go_on()
            case "easier":
                return self._eased()
            case "same":
                return self._press("press_on")
            case "more":
                return self._explore("explore_more")
            case "other":
                return replace(self, second=True, tries=0)._explore("explore")
            case "next" if text in ("release", "next") and self._other_open and self._next_open:
                return self._show("other_side", ("other", "next", "enough"))
            case "next":
                return self._go_on()
            case "enough":
                return self._finish()
            case "yes" | "no" if text == "good":
                return self._found() if word == "yes" else self._wrong()
            case "yes":
                return self._annoyed()
            case "no":
                return self._close("closing")
            case _:
                return self._over()

    def _count(self, points: int) -> Massage:
        """What follows from a number, before pressing or after it."""
        if self.card is not None and self.card.text == "again":
            return self._compare(points)
        here = replace(self, followed=True, before=min(points, 10))
        if points > TOO_MUCH:
            return here._stop("too_much")
        if points == 0:
            return here._log(Spot.NOTHING)._go_on()
        return here._show("good", ("yes", "no"), step=here._explored)

    def _compare(self, points: int) -> Massage:
        if points > TOO_MUCH:
            return self._stop("too_much", min(points, 10))
        before = self.before
        fell = points == 0 if before is None else before - points >= 2 or 2 * points <= before
        return self._eased(points) if fell else self._press("press_on", points)

    # ── one spot ──────────────────────────────────────────────────────────────────────────────────

    def _explore(self, text: str) -> Massage:
        if self._left_s < EXPLORE_S + ROUND_S:
            return self._finish()
        return self._show(text, _FEEL, EXPLORE_S, step=self._explored, asks_points=True)

    def _wrong(self) -> Massage:
        here = replace(self._log(Spot.WRONG), tries=self.tries + 1)
        return here._go_on() if here.tries >= MOST_TRIES else here._explore("explore_on")

    def _found(self) -> Massage:
        return replace(self, spots=self.spots + 1)._press("press")

    def _press(self, text: str, after: int | None = None) -> Massage:
        """Press, or press on; or leave it, if this spot had its time or the session has."""
        cap_s = _cap_s(self._item)
        seconds = min(ROUND_S, cap_s - self.pressed_s, self._left_s)
        if seconds >= min(_SHORTEST_ROUND_S, cap_s):
            return self._show(text, ("easier", "stop"), seconds, step=self._pressing)
        if self.pressed_s == 0.0:
            return self._log(Spot.LEFT)._finish()
        here = self._log(Spot.STAYED, after)
        answers = ("next", "enough") if here._next_open else ()
        return here._show("stayed", answers, here._release_s, step=here._releasing)

    def _eased(self, after: int | None = None) -> Massage:
        here = self._log(Spot.EASED, after)
        return here._show("release", here._choices, here._release_s, step=here._releasing)

    def _log(self, spot: Spot, after: int | None = None) -> Massage:
        """Done with this spot; what was known of it says nothing about the next."""
        log = PressLog(
            self._item.id, _area(self._item), self._side or "both", spot, self.pressed_s, self.before, after
        )
        return replace(self, logs=(*self.logs, log), pressed_s=0.0, before=None)

    # ── from spot to spot ─────────────────────────────────────────────────────────────────────────

    @property
    def _choices(self) -> tuple[str, ...]:
        """What can be done after a spot; empty if nothing is left but to end."""
        options = []
        if self._more_open:
            options.append("more")
        if self._other_open:
            options.append("other")
        if self._next_open:
            options.append("next")
        if len(options) == 3:
            options.remove("other")  # it is offered when they go on
        return (*options, "enough") if options else ()

    @property
    def _more_open(self) -> bool:
        once = dict(self._item.dose).get("per_day_max") == 1
        return self.spots < (1 if once else MOST_SPOTS) and self._left_s >= EXPLORE_S + ROUND_S

    @property
    def _other_open(self) -> bool:
        sided = self._item.side_mode == "knot_side_first" and len(self.plan.sides) > 1
        return sided and not self.second and self._more_open

    @property
    def _next_open(self) -> bool:
        return self.stop + 1 < len(self.plan.stops) and self._left_s >= EXPLORE_S + ROUND_S

    def _offer(self) -> Massage:
        choices = self._choices
        return self._show("next", choices) if choices else self._finish()

    def _go_on(self) -> Massage:
        """To the next area, or to the end."""
        if not self._next_open:
            return self._finish()
        return replace(self, stop=self.stop + 1, second=False, spots=0, tries=0)._explore("explore")

    # ── how it ends ───────────────────────────────────────────────────────────────────────────────

    def _finish(self) -> Massage:
        """The last question, if the knot itself was pressed; and the closing words."""
        log = self._on_the_knot
        if log is None:
            return self._close("closing")
        return replace(
            self, card=Card("annoyed", ("no", "yes"), None, log.item, area=log.area, side=log.side)
        )

    @property
    def _on_the_knot(self) -> PressLog | None:
        """The last spot that was pressed where the knot sits."""
        knot = {
            item.id
            for item in self.plan.stops
            if item.target == "knot" or self.plan.zone in item.knot_overlap_zones
        }
        for log in reversed(self.logs):
            if isinstance(log, PressLog) and log.item in knot and log.seconds > 0:
                return log
        return None

    def _annoyed(self) -> Massage:
        log = self._on_the_knot
        if log is None:
            return self._close("closing")
        annoyed = PressLog(log.item, log.area, log.side, Spot.ANNOYED, 0.0)
        return replace(self, logs=(*self.logs, annoyed))._close("closing_annoyed")

    def _close(self, text: str) -> Massage:
        eased = sum(isinstance(log, PressLog) and log.spot is Spot.EASED for log in self.logs)
        return replace(self, card=Card(text, seconds=CLOSING_S, number=eased))

    def _stop(self, text: str, after: int | None = None) -> Massage:
        at = "" if self.card is None else self.card.text
        if at in ("stop_now", "too_much"):
            return self._over()
        here = self._log(Spot.STOPPED, after) if at in _AT_A_SPOT else self
        return here._show(text, ("done",))

    def _over(self) -> Massage:
        return replace(self, card=None)

    # ── where it stands ───────────────────────────────────────────────────────────────────────────

    def _show(
        self,
        text: str,
        answers: tuple[str, ...] = (),
        seconds: float | None = None,
        *,
        step: int = -1,
        asks_points: bool = False,
    ) -> Massage:
        item = self._item
        pressure = _pressure(item, gentle=self.plan.gentle)
        card = Card(text, answers, seconds, item.id, step, _area(item), self._side, asks_points, pressure)
        return replace(self, card=card)

    @property
    def _item(self) -> Item:
        return self.plan.stops[self.stop]

    @property
    def _side(self) -> str:
        """Empty where the item has no side."""
        match self._item.side_mode:
            case "knot_side_first":
                return self.plan.sides[1 if self.second else 0]
            case "both":
                return "both"
            case _:
                return ""

    @property
    def _left_s(self) -> float:
        return _WORK_S - self.used_s

    @property
    def _explored(self) -> int:
        """The step that tells how to explore."""
        cues = [step.cue for step in self._item.steps]
        return cues.index("rate") if "rate" in cues else 0

    @property
    def _pressing(self) -> int:
        """The step that tells how to press."""
        return min(self._explored + 1, len(self._item.steps) - 1)

    @property
    def _releasing(self) -> int:
        """The step that tells how to let go; -1 where the item has none."""
        last = len(self._item.steps) - 1
        sought = self._item.steps[last].cue in ("rate", "stop_check")
        return -1 if sought or last <= self._pressing else last

    @property
    def _release_s(self) -> float:
        step = self._releasing
        return RELEASE_S if step < 0 else min(LONGEST_RELEASE_S, self._item.steps[step].seconds)


def _area(item: Item) -> str:
    return item.areas[0] if item.areas else ""


def _cap_s(item: Item) -> float:
    return min(CAP_S, dict(item.dose).get("hold_s") or CAP_S)


def _pressure(item: Item, *, gentle: bool) -> tuple[int, int]:
    low, high = _LIGHT if _area(item) in _LIGHT_AREAS else _USUAL
    dose = dict(item.dose)
    most = min(int(dose.get("pressure_max", high)), GENTLE if gentle else TOO_MUCH)
    return min(int(dose.get("pressure_min", low)), most), most
