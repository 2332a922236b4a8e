"""Commands that ask the running daemon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from postured import control
from postured.cli.console import EXIT_USAGE, EXIT_WELL, CommandError, Console
from postured.paths import Places, places

TYPE_CHECKING = False  # see console
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

_BAR = 12


def find_socket(console: Console) -> Path:
    """The socket of this session's daemon; where no display is named (ssh), of the only one there is.

    Raises:
        CommandError: There are several, and none is this session's.
    """
    here = places(console.env)
    candidates = [path for path in (here.socket, *_other_sockets(here)) if path.exists()]
    if len(candidates) > 1:  # some may be what a killed daemon left behind
        candidates = [path for path in candidates if control.answers(path)]
    if here.socket in candidates or not candidates:
        return here.socket
    if len(candidates) > 1:
        names = ", ".join(path.stem for path in candidates)
        raise CommandError(
            f"several daemons are running ({names}); set DISPLAY or WAYLAND_DISPLAY to choose one"
        )
    return candidates[0]


def _other_sockets(here: Places) -> list[Path]:
    demo = here.socket.with_name(f"{here.session}-demo.sock")
    if here.session == "none":
        return sorted(path for path in here.runtime_folder.glob("*.sock") if path != here.socket)
    # A daemon of another display is another daemon; one without a display serves all.
    return [demo, here.socket.with_name("none.sock")]


def _ask(console: Console, **request: object) -> dict[str, Any]:
    return control.ask(find_socket(console), request)


def status(args: Namespace, console: Console) -> int:
    """Print what is going on."""
    if not args.follow:
        _print_status(args, console, _ask(console, ask="status"))
        return EXIT_WELL
    for told in control.follow(find_socket(console), {"ask": "status", "follow": True}):
        _print_status(args, console, told)
        if not args.json:
            console.say()
        console.out.flush()
    return EXIT_WELL


def _print_status(args: Namespace, console: Console, told: Mapping[str, Any]) -> None:
    if args.json:
        console.json(told)
        return
    console.say(f"{console.bold(told['state'])}: {told['why']}{_ahead(told['next'])}")
    if (notice := told["notice"]) is not None:
        who = notice["reminder"] or "you asked"
        console.say(f"notice: {notice['title']} ({notice['item']}, {who}, since {_clock(notice['at'])})")
    if told["holds"]:
        until = f" until {_clock(told['paused_until'])}" if told["paused_until"] else ""
        console.say(f"held back: {', '.join(told['holds'])}{until}")
    console.say()
    console.columns([_reminder_row(console, name, row) for name, row in told["reminders"].items()])
    console.say()
    sensors, config = told["sensors"], told["config"]
    console.say(console.dim(f"activity: {sensors['activity']} ({sensors['note']})"))
    console.say(console.dim(f"notifications: {told['notifier']}"))
    console.say(console.dim(f"schedule: {config['path']}"))
    for trouble in told["troubles"]:
        console.say(trouble)
    if not config["ok"]:
        console.say(
            f"the schedule is broken; running on the {config['source']} one. See: postured config check"
        )


def _ahead(following: Mapping[str, Any] | None) -> str:
    """What comes first if work goes on, as the end of a sentence."""
    return f"; next is {following['reminder']} at {_clock(following['at'])}" if following else ""


def _reminder_row(console: Console, name: str, row: Mapping[str, Any]) -> list[str]:
    due = f"due {_clock(row['due_at'])}" if row["due_at"] else "not due"
    if row["after_s"] is None:
        return [name, "", "", due]
    share = row["level_s"] / row["after_s"]
    full = min(_BAR, round(share * _BAR))
    return [
        name,
        console.full * full + console.empty * (_BAR - full),
        f"{_minutes(row['level_s'])} of {_minutes(row['after_s'])}",
        due,
    ]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 or seconds == 0 else f"{seconds:.0f} s"


def _clock(iso: str) -> str:
    at = dt.datetime.fromisoformat(iso)
    today = dt.datetime.now(at.tzinfo).date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%a %H:%M}"


def why(args: Namespace, console: Console) -> int:
    """Print the last decisions."""
    told = _ask(console, ask="why")
    if args.json:
        console.json(told)
        return EXIT_WELL
    for one in told["decisions"][-20:]:
        console.say(f"{_clock(one['at'])} {one['say']}")
    if not told["decisions"]:
        console.say("Nothing was decided yet.")
    following = told["next"]
    ahead = (
        f"; next is {following['reminder']} at {_clock(following['at'])} if work goes on" if following else ""
    )
    console.say(f"Now: {told['now']}{ahead}")
    return EXIT_WELL


def pause(args: Namespace, console: Console) -> int:
    """Hold everything."""
    try:
        request = _how_long(args.how_long)
    except ValueError as exc:
        raise CommandError(f"pause: {exc}", EXIT_USAGE) from exc
    told = _ask(console, ask="pause", **request)
    until = told["paused_until"]
    if args.json:
        console.json(told)
    else:
        console.say(f"Paused until {_clock(until)}." if until else "Paused. Go on with: postured resume")
        if not told["remembered"]:
            console.complain("the pause could not be saved, so a restart would end it; see postured doctor")
    return EXIT_WELL


def _how_long(words: list[str]) -> dict[str, float]:
    """What was asked: nothing, a duration, or `until` a time of day.

    Raises:
        ValueError: Neither of them; the text says what is wanted.
    """
    import re

    from postured.core.durations import parse_duration

    if not words:
        return {}
    text = " ".join(words)
    if ":" not in text and not text.startswith("until"):
        return {"for_s": parse_duration(text)}
    found = re.fullmatch(r"(?:until )?(\d{1,2}):(\d{2})", text, re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"{text!r:.60} is neither a duration as 1h30m nor a time as 'until 14:00'")
    now = dt.datetime.now().astimezone()
    at = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0, tzinfo=None)
    at = at if at.astimezone() > now else at + dt.timedelta(days=1)
    return {"until_unix_s": at.astimezone().timestamp()}


def resume(args: Namespace, console: Console) -> int:
    """End the pause."""
    told = _ask(console, ask="resume")
    if args.json:
        console.json(told)
    else:
        console.say("Reminders go on." if told["was_paused"] else "It was not paused.")
    return EXIT_WELL


def now(args: Namespace, console: Console) -> int:
    """Have something suggested."""
    told = _ask(console, ask="now", what=args.what)
    if args.json:
        console.json(told)
    else:
        notice = told["notice"]
        console.say(f"{notice['title']} ({notice['item']}); its steps: postured show {notice['item']}")
    return EXIT_WELL


def press(args: Namespace, console: Console) -> int:
    """Answer the notice that is up."""
    told = _ask(console, ask="press", action=args.name)
    if args.json:
        console.json(told)
        return EXIT_WELL
    said = {"done": "Done, well done", "later": "Put off", "skip": "Skipped"}[args.name]
    console.say(f"{said}: {told['item']}")
    return EXIT_WELL


def plan(args: Namespace, console: Console) -> int:
    """Print the notices to come."""
    try:
        notices = _ask(console, ask="plan")["notices"]
    except control.NoDaemon:
        from postured.cli.schedule import plan_without_daemon

        notices = plan_without_daemon(args, console)
    if args.json:
        console.json({"notices": notices})
        return EXIT_WELL
    if not notices:
        console.say("Nothing comes due within 24 hours.")
        return EXIT_WELL
    console.say("If work goes on without a rest:")
    console.columns([[_clock(n["at"]), n["reminder"], n["item"], n["kind"]] for n in notices])
    return EXIT_WELL
