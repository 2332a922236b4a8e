"""The command line: every command, its arguments and its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

_Parser = argparse.ArgumentParser
_Nest = Callable[[str, str], _Parser]
"""Adds a command of that name, with that help."""


def build(argv: Sequence[str]) -> _Parser:
    """The parser for a command line.

    Args:
        argv: If it begins with a command, that one alone is made in full: making all takes six milliseconds, more
            than asking the daemon. Empty: all of them.
    """
    common = _common()
    parser = argparse.ArgumentParser(
        prog="postured",
        parents=[common],
        description="Notices long work with head and hands in front, and suggests what your upper back needs.",
        epilog="Exit codes: 0 well, 1 it failed, 2 wrong usage, 3 no daemon is running, 78 the schedule is broken.",
    )
    nest = _nest(parser, "COMMAND", common, dest="name")
    only = argv[0] if argv and argv[0] in _COMMANDS else None
    for name, (what, carried_out_by, add_arguments) in _COMMANDS.items():
        if only in (None, name):
            sub = nest(name, what)
            sub.set_defaults(command=carried_out_by)
            add_arguments(sub)
    return parser


def _common() -> _Parser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", metavar="FILE", help="use this schedule instead of your own")
    common.add_argument("--verbose", action="store_true", help="say more; show tracebacks")
    common.add_argument("--version", action="store_true", help="print the version and exit")
    return common


def _nest(parser: _Parser, metavar: str, common: _Parser, *, dest: str, required: bool = False) -> _Nest:
    parts = parser.add_subparsers(metavar=metavar, dest=dest, required=required)

    def nest(name: str, what: str) -> _Parser:
        return parts.add_parser(
            name, parents=[common], help=what, description=what[0].upper() + what[1:] + "."
        )

    return nest


def _json(sub: _Parser) -> None:
    sub.add_argument("--json", action="store_true", help="print JSON")


def _run(sub: _Parser) -> None:
    sub.add_argument("--demo", action="store_true", help="time runs 60 times as fast, to see a notice soon")


def _status(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("--follow", action="store_true", help="go on printing whenever something changes")


def _pause(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument(
        "how_long", nargs="*", metavar="1h | until 14:00", help="left out: until postured resume"
    )


def _now(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("what", nargs="?", default="", metavar="KIND | ITEM", help="as break, massage or B01")


def _library(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("--kind", metavar="K", help="only this kind, as massage")
    sub.add_argument("--area", metavar="A", help="only what works this area, as upper_chest")
    sub.add_argument("--zone", metavar="Z", help="only what serves a knot there, as inner_edge")


def _show(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("item", metavar="ITEM", help="as B01; see postured library")


def _simulate(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("trace", metavar="TRACE", help="an ActivityWatch export, or CSV with start,end,state")


def _history(sub: _Parser) -> None:
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV")
    sub.add_argument("--since", metavar="WHEN", help="a date (2026-11-20) or how long ago (7d, 12h)")
    sub.add_argument("--limit", metavar="N", type=int, help="at most this many, the newest")


def _config(sub: _Parser) -> None:
    nest = _nest(sub, "path | edit | check | show | schema", _common(), dest="part", required=True)
    for name, what in (
        ("path", "print where your schedule is"),
        ("edit", "open your schedule in an editor, then check it"),
        ("check", "check a schedule; every problem with line and column"),
        ("show", "print the schedule in force, defaults filled in"),
        ("schema", "print its JSON Schema"),
    ):
        part = nest(name, what)
        part.set_defaults(command=f"schedule:{name}")
        if name in ("check", "path", "show"):
            _json(part)
        if name == "check":
            part.add_argument(
                "file", nargs="?", metavar="FILE", help="left out: your schedule and your own items"
            )


def _login(sub: _Parser) -> None:
    nest = _nest(sub, "enable | disable | status", _common(), dest="part", required=True)
    for name, what in (
        ("enable", "start postured at every login"),
        ("disable", "no longer start it at login"),
        ("status", "whether it starts at login, and by what"),
    ):
        part = nest(name, what)
        part.set_defaults(command="desktop:login")
        _json(part)


def _completion(sub: _Parser) -> None:
    sub.add_argument("shell", choices=["bash", "zsh", "fish"])


_COMMANDS: dict[str, tuple[str, str, Callable[[_Parser], None]]] = {
    "run": ("run the daemon in the foreground; this is what login starts", "run:run", _run),
    "status": ("what is going on, and why nothing is shown", "live:status", _status),
    "why": ("the last decisions in plain sentences", "live:why", _json),
    "pause": ("hold everything: for a time, until a time, or until resumed", "live:pause", _pause),
    "resume": ("end the pause", "live:resume", _json),
    "now": ("suggest something now", "live:now", _now),
    "done": ("say that you did what the notice suggests", "live:press", _json),
    "later": ("put the notice off for a while", "live:press", _json),
    "skip": ("skip the notice", "live:press", _json),
    "plan": ("what the day ahead looks like if work goes on", "live:plan", _json),
    "library": ("browse what can be suggested", "content:library", _library),
    "show": ("an item with its timed steps", "content:show", _show),
    "simulate": ("what this schedule would have done with a trace", "past:simulate", _simulate),
    "history": ("what happened", "past:history", _history),
    "config": ("the schedule: path, edit, check, show, schema", "schedule:path", _config),
    "login": ("start at login: enable, disable, status", "desktop:login", _login),
    "doctor": ("what was found on this desktop, what works, and what to do", "desktop:doctor", _json),
    "completion": ("print the completion script of a shell", "desktop:completion", _completion),
}
"""Name, help, the module and function that carry it out, and what adds its arguments."""
