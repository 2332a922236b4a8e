"""`postured massage` and `postured show --timer`: an item is gone through in the terminal, and what came of it kept."""

from __future__ import annotations

import contextlib
import time
from argparse import Namespace
from collections.abc import Sequence

from postured.cli import person
from postured.cli.console import EXIT_INTERRUPTED, EXIT_WELL, CommandError, Console
from postured.cli.content import find_item, obstacle, understood
from postured.cli.diary import Diary
from postured.cli.guide import End, Guide, Led
from postured.cli.keys import at_the
from postured.cli.schedule import items
from postured.core import cards, engine, names, strength, thermal, wording
from postured.core import massage as rows
from postured.core.choose import MOST_STOPS
from postured.core.language import _
from postured.core.model import AREAS, Item, Kind, Log, Notice, Outcome
from postured.core.row import Row
from postured.core.safety import obstacle_of


def massage(args: Namespace, console: Console) -> int:
    """Lead through a massage: of one area, of one item, or the tour."""
    everything = items(console)
    state = person.state(args, console, everything)
    first, area = _beginning(" ".join(args.area), everything)
    return _massage(args, console, state, first, area)


def with_timer(
    args: Namespace, console: Console, everything: tuple[Item, ...], item: Item, level: int
) -> int:
    """Go through one item against the clock: a massage or a pack with its questions, anything else step by step."""
    match item.kind:
        case Kind.MASSAGE:
            state = person.state(args, console, everything)
            return _massage(args, console, state, item, None, most_stops=1)
        case Kind.THERMAL:
            return _pack(args, console, person.state(args, console, everything), item)
    state = person.state(args, console, everything)
    if refused := state.chooser.refuses(item, engine.who(state)):
        raise CommandError(wording.refusal(item, refused))
    console.say(console.bold(wording.item_title(item)))
    with at_the(console.source, screen=console.redraws) as hands:
        end = Guide(console, hands, bell=not args.quiet).time(strength.steps(item, level))
    if end is End.OVER:
        console.say(_("That was it. Well done."))
    return _code(end)


def _beginning(text: str, everything: Sequence[Item]) -> tuple[Item | None, str | None]:
    """The item or the area that somebody wants to begin with, if they named any.

    Raises:
        CommandError: It is neither, or an item that is no massage.
    """
    if not text.strip():
        return None, None
    if any(item.id.casefold() == text.casefold() for item in everything):
        item = find_item(text, everything)
        if item.kind is not Kind.MASSAGE:
            said = _("{title} is no massage; go through it with: postured show {item} --timer")
            raise CommandError(said.format(title=wording.item_title(item), item=item.id))
        return item, None
    pressed = {area for item in everything if item.kind is Kind.MASSAGE for area in item.areas}
    return None, understood(text, [area for area in AREAS if area in pressed], names.area, _("area"))


def _massage(
    args: Namespace,
    console: Console,
    state: engine.State,
    first: Item | None,
    area: str | None,
    *,
    most_stops: int = MOST_STOPS,
) -> int:
    who = engine.who(state)
    stops = state.chooser.tour(who, first=first, area=area)[:most_stops]
    if why := _why_not(state, stops, first, area):
        raise CommandError(why)
    _introduce(console, stops)
    zone = "unsure" if who.knot is None else who.knot.zone
    row = rows.begin(stops, sides=engine.sides(state), gentle=engine.gentle(state), zone=zone)
    led = _lead(args, console, state, stops[0], row)
    if led.end is not End.OVER and led.row.logs:
        console.say(_("Ended. What you said is kept."))
    return _code(led.end)


def _why_not(state: engine.State, stops: Sequence[Item], first: Item | None, area: str | None) -> str:
    """Why there is no massage now, in a sentence; empty if there is one."""
    chooser, who = state.chooser, engine.who(state)
    of_kind = [item for item in state.library if item.kind is Kind.MASSAGE]
    wanted = [first] if first is not None else stops[:1]
    refusals = [(item, refused) for item in wanted or of_kind if (refused := chooser.refuses(item, who))]
    if stops and not refusals:
        return ""
    if wanted and refusals:
        return wording.refusal(*refusals[0])
    for item, refused in refusals:
        if refused.because == "red":
            return wording.refusal(item, refused)
    if area is None:
        return wording.nothing_of(
            Kind.MASSAGE,
            chooser.emptied_by(Kind.MASSAGE, who),
            chooser.lacking(Kind.MASSAGE, who),
            chooser.enough_of(Kind.MASSAGE, who),
        )
    there = [(item, obstacle_of(item, who, asked=True)) for item in of_kind if area in item.areas]
    reasons = "; ".join(
        _("{item}: {reason}").format(
            item=item.id, reason=obstacle(why) if why else _("enough for today, or skipped")
        )
        for item, why in there
    )
    said = _("nothing for the {area} suits you now ({reasons}); try the tour: postured massage")
    return said.format(area=names.area(area), reasons=reasons)


def _introduce(console: Console, stops: Sequence[Item]) -> None:
    """Say where it leads, how hard to press and when to stop, before anything begins."""
    console.say(console.bold(", ".join(wording.item_title(item) for item in stops)))
    for line in (
        _(
            "Press at 4 to 6 of 10 (ribs, armpit and neck less), never over 7: it hurts a little and feels good."
        ),
        _("Stop at once, with x, at anything sharp, numb, tingling or dizzy."),
        _("Answer with the letters. q ends it, and what you have said is kept."),
    ):
        console.wrapped(line)


def _pack(args: Namespace, console: Console, state: engine.State, item: Item) -> int:
    refused = state.chooser.refuses(item, engine.who(state))
    if refused is not None:
        raise CommandError(wording.refusal(item, refused))
    console.say(console.bold(wording.item_title(item)))
    led = _lead(args, console, state, item, thermal.begin(item, side=engine.sides(state)[0]))
    if (parting := led.row.parting) is not None:  # it is on, and nobody counts any more
        console.say(cards.text(parting, item).title)
    return _code(led.end)


def _lead(args: Namespace, console: Console, state: engine.State, item: Item, row: Row) -> Led:
    """Go through the row, and keep what comes of it."""
    by_id = {each.id: each for each in state.library}
    with contextlib.closing(_Session(console, item)) as session:
        with at_the(console.source, screen=console.redraws) as hands:
            led = Guide(console, hands, bell=not args.quiet).lead(row, by_id, session.keep)
        if led.row.followed:
            session.done()
    return led


def _code(end: End) -> int:
    return EXIT_INTERRUPTED if end is End.INTERRUPTED else EXIT_WELL


class _Session:
    """Keeps what comes of it, at once, and that the item was done, so that it counts for today."""

    def __init__(self, console: Console, item: Item) -> None:
        self._item = item
        self._began_unix_s = time.time()
        self._diary = Diary(console)

    def keep(self, log: Log) -> None:
        """Record what became of a spot."""
        self._diary.keep(lambda history: history.log(log, time.time()))

    def done(self) -> None:
        """Record that the item was done, unasked."""
        item, now_unix_s = self._item, time.time()
        notice = Notice(
            id=f"{round(self._began_unix_s * 1000)}-terminal",
            reminder=None,
            item=item.id,
            kind=item.kind,
            duration_s=float(item.duration_s),
            shown_s=0.0,
            shown_unix_s=self._began_unix_s,
        )
        spent_s = now_unix_s - self._began_unix_s
        self._diary.keep(lambda history: history.shown(notice))
        self._diary.keep(lambda history: history.settle(notice.id, Outcome.DONE, spent_s, now_unix_s))

    def close(self) -> None:
        """Let go of the history."""
        self._diary.close()
