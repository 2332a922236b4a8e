"""`postured presence`: a word of one's own on calls, full screen and absence, from a script or a meeting tool."""

from __future__ import annotations

from collections.abc import Mapping

from postured import control
from postured.cli.console import EXIT_USAGE, EXIT_WELL, CommandError, Console
from postured.cli.live import clock, find_socket
from postured.core.durations import parse_duration
from postured.core.language import _

TYPE_CHECKING = False  # see console
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

_DAY_S = 86_400.0


def presence(args: Namespace, console: Console) -> int:
    """Say that a hold stands or is over; without a word, tell how things are."""
    told: dict[str, Any] = control.ask(find_socket(console), _request(args))
    if args.json:
        console.json(told)
    elif args.what is None:
        console.columns(
            [[name, _state(one), console.dim(_by(one))] for name, one in told["presence"].items()]
        )
    else:
        console.say(_answer(args.what, told["presence"][args.what], on=args.word == "on"))
    return EXIT_WELL


def _request(args: Namespace) -> dict[str, object]:
    """What to ask of the daemon.

    Raises:
        CommandError: A word is missing, or the time is none.
    """
    if args.what is None:
        if args.how_long is not None:
            raise CommandError(
                _("presence: --for goes with a word, as: presence call on --for 30m"), EXIT_USAGE
            )
        return {"ask": "presence"}
    if args.word is None:
        said = _("presence: on or off is missing, as: presence {what} on --for 30m")
        raise CommandError(said.format(what=args.what), EXIT_USAGE)
    request: dict[str, object] = {"ask": "presence", "what": args.what, "on": args.word == "on"}
    if args.how_long is not None:
        request["for_s"] = _seconds(args.how_long)
    return request


def _seconds(text: str) -> float:
    try:
        for_s = parse_duration(text)
    except ValueError as exc:
        raise CommandError(f"presence: --for: {exc}", EXIT_USAGE) from exc
    if not 0 < for_s <= _DAY_S:
        said = _(
            "presence: --for: {text} is not between a second and a day (24h); for longer: postured pause"
        )
        raise CommandError(said.format(text=text), EXIT_USAGE)
    return for_s


def _answer(what: str, one: Mapping[str, Any], *, on: bool) -> str:
    if on:
        stands = {
            "call": _("You are in a call until {time}; sooner over with: postured presence call off"),
            "fullscreen": _("Full screen until {time}; sooner over with: postured presence fullscreen off"),
            "away": _("You are away until {time}; sooner over with: postured presence away off"),
        }
        return stands[what].format(time=clock(one["until"]))
    if one["on"]:  # seen anew in this very moment
        return _("A sensor sees it again: {notes}").format(notes="; ".join(one["notes"]))
    over = {"call": _("No call."), "fullscreen": _("No full screen."), "away": _("You are back.")}
    if one["until"]:
        return f"{over[what]} " + _("Until {time} no sensor is believed about it.").format(
            time=clock(one["until"])
        )
    return over[what]


def _state(one: Mapping[str, Any]) -> str:
    return {True: _("yes"), False: _("no"), None: _("not known")}[one["on"]]


def _by(one: Mapping[str, Any]) -> str:
    if one["until"]:
        return _("you said so, until {time}").format(time=clock(one["until"]))
    return "; ".join(one["notes"])
