"""What is known of the person without asking the daemon: their schedule, what they have done so far, their knots."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import NamedTuple

from postured.cli.console import CommandError, Console
from postured.cli.schedule import read
from postured.clock import SystemClock
from postured.core import engine
from postured.core.model import Care, Course, Item, Knotted, Moment
from postured.core.practice import NOTHING, Practice, recall
from postured.paths import places


class Known(NamedTuple):
    """What the history tells."""

    practice: Practice = NOTHING
    course: Course = Course()


def present() -> Moment:
    """Now, in the person's time zone."""
    clock = SystemClock()
    clock.look_at_zone()
    return clock.now()


def state(args: Namespace, console: Console, items: tuple[Item, ...]) -> engine.State:
    """The engine's state with the person and their knots in it, and with empty tanks.

    Raises:
        CommandError: The schedule is broken, and every other problem was printed; or the history cannot be read.
    """
    found = engine.begin(read(args, console), items, present())
    found.practice, course = known(console, found.now)
    if course == Course():  # then nobody needs to read what a knot asks for
        return found
    # What would follow from it, as a notice, is the daemon's.
    return engine.step(found, Knotted(course, _cares(console)), found.now)[0]


def known(console: Console, now: Moment) -> Known:
    """What follows from the history, which is left as it is; nothing where there is none.

    Raises:
        CommandError: It cannot be read. Then nobody knows what might do harm.
    """
    path = places(console.env).history_file
    if not path.exists():
        return Known()
    from postured.core import episodes  # here, because most people have no knot
    from postured.history import History, HistoryError  # here, because SQLite takes some milliseconds

    try:
        past = History.open(path, read_only=True)
        try:
            return Known(recall(*past.recalled(now.unix_s)[:3], now), episodes.fold(*past.knots()))
        finally:
            past.close()
    except HistoryError as exc:
        raise CommandError(str(exc)) from exc


def practice(console: Console, now: Moment) -> Practice:
    """What the person has done so far, as far as it decides what comes next."""
    return known(console, now).practice


def _cares(console: Console) -> Mapping[str, Care]:
    from postured.daemon import knots  # here, because most people have no knot
    from postured.triage import TriageError

    try:
        return knots.load_cares()
    except TriageError as exc:
        console.complain(str(exc))
        return {}
