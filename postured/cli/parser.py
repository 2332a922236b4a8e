"""The command line: every command, its arguments and its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from postured.cli.console import EXIT_USAGE
from postured.core.language import _

TYPE_CHECKING = False  # see console
if TYPE_CHECKING:
    from typing import NoReturn


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read on."""

    def error(self, message: str) -> NoReturn:
        """End with that line and the exit code of wrong usage."""
        text = _("postured: {what}; see: {command} --help").format(what=message, command=self.prog)
        self.exit(EXIT_USAGE, f"{text}\n")


_Nest = Callable[[str, str], _Parser]
"""Adds a command of that name, with that help."""

N_ = str
"""Marks a text that is translated later, when it is spoken."""


def build(argv: Sequence[str]) -> _Parser:
    """The parser for a command line.

    Args:
        argv: If it begins with a command, that one alone is made in full: making all takes six milliseconds, more
            than asking the daemon. Empty: all of them.
    """
    common = _common()
    parser = _Parser(
        prog="postured",
        parents=[common],
        description=_(
            "Notices long work with head and hands in front, and suggests what your upper back needs."
        ),
        epilog=_(
            "Exit codes: 0 well, 1 it failed, 2 wrong usage, 3 no daemon is running, 78 the schedule is broken."
        ),
    )
    nest = _nest(parser, _("COMMAND"), common, dest="name")
    only = argv[0] if argv and argv[0] in _COMMANDS else None
    for name, (what, carried_out_by, add_arguments) in _COMMANDS.items():
        if only in (None, name):
            sub = nest(name, _(what))
            sub.set_defaults(command=carried_out_by)
            add_arguments(sub)
    return parser


def _common() -> _Parser:
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", metavar=_("FILE"), help=_("use this schedule instead of your own"))
    common.add_argument("--verbose", action="store_true", help=_("say more; show tracebacks"))
    common.add_argument("--version", action="store_true", help=_("print the version and exit"))
    return common


def _nest(parser: _Parser, metavar: str, common: _Parser, *, dest: str, required: bool = False) -> _Nest:
    parts = parser.add_subparsers(metavar=metavar, dest=dest, required=required)

    def nest(name: str, what: str) -> _Parser:
        return parts.add_parser(
            name, parents=[common], help=what, description=what[0].upper() + what[1:] + "."
        )

    return nest


def _number(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number within these bounds."""

    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text[:9]) <= high:
            wanted = _("{text} is not a whole number from {low} to {high}")
            raise argparse.ArgumentTypeError(wanted.format(text=repr(text[:40]), low=low, high=high))
        return int(text)

    return number


def _json(sub: _Parser, default: object = False) -> None:
    sub.add_argument("--json", action="store_true", default=default, help=_("print JSON"))


def _plain(sub: _Parser, default: object = False) -> None:
    said = _("words and numbers only, as screen readers like it")
    sub.add_argument("--plain", action="store_true", default=default, help=said)


def _quiet(sub: _Parser) -> None:
    sub.add_argument("--quiet", action="store_true", help=_("no bell at a change"))


def _run(sub: _Parser) -> None:
    sub.add_argument(
        "--demo", action="store_true", help=_("time runs 60 times as fast, to see a notice soon")
    )


def _status(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("--follow", action="store_true", help=_("go on printing whenever something changes"))


def _pause(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument(
        "how_long", nargs="*", metavar=_("1h | until 14:00"), help=_("left out: until postured resume")
    )


def _presence(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument(
        "what", nargs="?", choices=["call", "fullscreen", "away"], help=_("left out: how things are now")
    )
    sub.add_argument("word", nargs="?", choices=["on", "off"], help=_("on: it is so; off: it is over"))
    sub.add_argument(
        "--for",
        dest="how_long",
        metavar=_("30m"),
        help=_("on: so long, 1h unless given; off: so long no sensor is believed about it"),
    )


def _now(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument(
        "what", nargs="?", default="", metavar=_("KIND | ITEM"), help=_("as break, massage or B01")
    )


def _done(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("--felt", choices=["easy", "right", "hard"], help=_("how a set felt"))
    pain = sub.add_mutually_exclusive_group()
    pain.add_argument("--pain", action="store_true", default=None, help=_("it hurt, more than 3 of 10"))
    pain.add_argument("--no-pain", action="store_false", dest="pain", help=_("it did not hurt"))
    sub.add_argument(
        "--reps", metavar="N", type=_number(1, 1000), help=_("how often, in each set, if not as planned")
    )


def _answer(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument(
        "word", nargs="?", metavar=_("WORD"), help=_("left out: what is asked, and the words for it")
    )


def _library(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("part", nargs="?", choices=["add"], help=_("add an item of your own"))
    which = sub.add_argument_group(_("which items"))
    which.add_argument("--kind", metavar=_("KIND"), help=_("only this kind, as massage"))
    which.add_argument("--area", metavar=_("AREA"), help=_("only what works this area, as upper_chest"))
    which.add_argument("--zone", metavar=_("ZONE"), help=_("only what serves a knot there, as inner_edge"))
    which.add_argument("--place", metavar=_("PLACE"), help=_("only what can be done there, as wall"))
    which.add_argument(
        "--equipment", metavar=_("THING"), help=_("only what is done with it, as band, or with nothing: none")
    )
    which.add_argument("--discreet", action="store_true", help=_("only what nobody would notice"))
    which.add_argument("--mine", action="store_true", help=_("only what can be suggested to you"))
    own = sub.add_argument_group(_("an item of your own (add)"))
    own.add_argument("--title", metavar=_("TEXT"), help=_("what it is called"))
    own.add_argument(
        "--step",
        metavar=_("TEXT"),
        action="append",
        help=_("what to do, as 'Make some tea (3m)'; again for more"),
    )
    own.add_argument("--file", metavar=_("FILE"), help=_("your file that it goes into; left out: own.yaml"))


def _show(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument("item", metavar=_("ITEM"), help=_("as B01; see postured library"))
    sub.add_argument(
        "--level", metavar="N", type=_number(1, 9), help=_("this level of an exercise, not your own")
    )
    sub.add_argument("-t", "--timer", action="store_true", help=_("go through it, step by step"))
    _quiet(sub)


def _massage(sub: _Parser) -> None:
    sub.add_argument(
        "area", nargs="*", metavar=_("AREA | ITEM"), help=_("as upper chest, or M01; left out: a tour")
    )
    _quiet(sub)


def _knot(sub: _Parser) -> None:
    _json(sub)
    _plain(sub)
    sub.add_argument(
        "--answers", metavar=_("FILE"), help=_("the answers, as YAML, in place of the questions; - for input")
    )
    sub.epilog = _("Without any of these words it asks eight short questions, and gives the answer.")
    nest = _nest(sub, "[status | better | worse | gone | flag | clear]", _common(), dest="part")
    for name, what in (
        ("status", _("the knots that are followed, day by day")),
        ("better", _("a knot is better")),
        ("worse", _("a knot is worse")),
        ("gone", _("a knot is gone")),
        ("flag", _("a red flag is true: something that needs a person, not an app")),
        ("clear", _("somebody has looked at the red flags")),
    ):
        part = nest(name, what)
        part.set_defaults(command="followed:status" if name == "status" else f"knot:{name}")
        # What was said before the word counts as well: a default of its own would take it back.
        _json(part, default=argparse.SUPPRESS)
        match name:
            case "status":
                _plain(part, default=argparse.SUPPRESS)
            case "better" | "worse" | "gone":
                _which_knot(part, pain=name != "gone")
            case "flag":
                part.add_argument(
                    "code",
                    nargs="?",
                    metavar=_("CODE"),
                    help=_("left out: all of them, with what each means"),
                )


def _which_knot(sub: _Parser, *, pain: bool) -> None:
    sub.add_argument(
        "side",
        nargs="?",
        choices=["left", "right", "both", "middle", "unsure"],
        metavar=_("SIDE"),
        help=_("left, right, both or middle, if several knots are followed"),
    )
    if pain:
        sub.add_argument("--pain", metavar="N", type=_number(0, 10), help=_("how sore it is, 0 to 10"))


def _simulate(sub: _Parser) -> None:
    _json(sub)
    sub.add_argument(
        "trace", metavar=_("TRACE"), help=_("an ActivityWatch export, or CSV with start,end,state")
    )


def _history(sub: _Parser) -> None:
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_("print JSON"))
    form.add_argument("--csv", action="store_true", help=_("print CSV"))
    sub.add_argument("--since", metavar=_("WHEN"), help=_("a date (2026-11-20) or how long ago (7d, 12h)"))
    sub.add_argument("--limit", metavar="N", type=int, help=_("at most this many, the newest"))


def _config(sub: _Parser) -> None:
    nest = _nest(sub, "path | edit | check | show | schema", _common(), dest="part", required=True)
    for name, what in (
        ("path", _("print where your schedule is")),
        ("edit", _("open your schedule in an editor, then check it")),
        ("check", _("check a schedule; every problem with line and column")),
        ("show", _("print the schedule in force, defaults filled in")),
        ("schema", _("print its JSON Schema")),
    ):
        part = nest(name, what)
        part.set_defaults(command=f"schedule:{name}")
        if name in ("check", "path", "show"):
            _json(part)
        if name == "check":
            part.add_argument(
                "file", nargs="?", metavar=_("FILE"), help=_("left out: your schedule and your own items")
            )


def _login(sub: _Parser) -> None:
    nest = _nest(sub, "enable | disable | status", _common(), dest="part", required=True)
    for name, what in (
        ("enable", _("start postured at every login")),
        ("disable", _("no longer start it at login")),
        ("status", _("whether it starts at login, and by what")),
    ):
        part = nest(name, what)
        part.set_defaults(command="desktop:login")
        _json(part)


def _completion(sub: _Parser) -> None:
    sub.add_argument("shell", choices=["bash", "zsh", "fish"])


_COMMANDS: dict[str, tuple[str, str, Callable[[_Parser], None]]] = {
    "run": (N_("run the daemon in the foreground; this is what login starts"), "run:run", _run),
    "status": (N_("what is going on, and why nothing is shown"), "live:status", _status),
    "why": (N_("the last decisions in plain sentences"), "live:why", _json),
    "pause": (N_("hold everything: for a time, until a time, or until resumed"), "live:pause", _pause),
    "resume": (N_("end the pause"), "live:resume", _json),
    "presence": (
        N_("say what no sensor sees: a call, full screen, that you are away"),
        "presence:presence",
        _presence,
    ),
    "now": (N_("suggest something now"), "live:now", _now),
    "done": (N_("say that you did what the notice suggests"), "live:press", _done),
    "answer": (N_("answer the question that is up"), "live:answer", _answer),
    "later": (N_("put the notice off for a while"), "live:press", _json),
    "skip": (N_("skip the notice"), "live:press", _json),
    "plan": (N_("what the day ahead looks like if work goes on"), "live:plan", _json),
    "library": (N_("browse what can be suggested; add: an item of your own"), "content:library", _library),
    "show": (N_("an item with its timed steps; --timer goes through them"), "content:show", _show),
    "massage": (N_("a self-massage, spot by spot, with questions and a clock"), "massage:massage", _massage),
    "knot": (N_("why you have a knot, and what helps; status, better, worse, gone"), "knot:ask", _knot),
    "simulate": (N_("what this schedule would have done with a trace"), "past:simulate", _simulate),
    "history": (N_("what happened"), "past:history", _history),
    "config": (N_("the schedule: path, edit, check, show, schema"), "schedule:path", _config),
    "login": (N_("start at login: enable, disable, status"), "desktop:login", _login),
    "doctor": (N_("what was found on this desktop, what works, and what to do"), "desktop:doctor", _json),
    "completion": (N_("print the completion script of a shell"), "desktop:completion", _completion),
}
"""Name, help, the module and function that carry it out, and what adds its arguments."""
