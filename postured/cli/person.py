"""What is known of the person without asking the daemon: their schedule, and what they have done so far."""

from __future__ import annotations

from argparse import Namespace

from postured.cli.console import Console
from postured.cli.schedule import read
from postured.clock import SystemClock
from postured.core import engine
from postured.core.model import Item, Moment
from postured.core.practice import NOTHING, Practice, recall
from postured.paths import places


def present() -> Moment:
    """Now, in the person's time zone."""
    clock = SystemClock()
    clock.look_at_zone()
    return clock.now()


def state(args: Namespace, console: Console, items: tuple[Item, ...]) -> engine.State:
    """The engine's state with the person in it: empty tanks, and of a knot nothing, for only the daemon knows of it.

    Raises:
        CommandError: The schedule is broken; every other problem was printed.
    """
    found = engine.begin(read(args, console), items, present())
    found.practice = practice(console, found.now)
    return found


def practice(console: Console, now: Moment) -> Practice:
    """What follows from the history, which is left as it is; nothing where there is none, or none that can be read."""
    path = places(console.env).history_file
    if not path.exists():
        return NOTHING
    from postured.history import History, HistoryError  # here, because SQLite takes some milliseconds

    try:
        past = History.open(path, read_only=True)
        try:
            return recall(*past.recalled(now.unix_s), now)
        finally:
            past.close()
    except HistoryError as exc:
        console.complain(str(exc))
        return NOTHING
