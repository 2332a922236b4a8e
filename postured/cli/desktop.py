"""`postured login`, `postured doctor` and `postured completion`."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from postured import control, library, settings
from postured import login as logins
from postured.cli.console import EXIT_WELL, CommandError, Console
from postured.cli.live import find_socket
from postured.cli.schedule import chosen
from postured.core.language import _
from postured.core.model import SENSED, Hold, Problem
from postured.daemon import schedule as files
from postured.daemon.context import as_json
from postured.history import History, HistoryError, NewerHistory
from postured.notify.choose import make_notifier
from postured.paths import places, shipped
from postured.sense import probe
from postured.sense.holds.looks import open_looks

DOCTOR_WITHIN_S = 12.0
"""The daemon asks the notification server in turn, which may hang."""


def login(args: Namespace, console: Console) -> int:
    """Enable, disable or tell of the start at login."""
    try:
        way = logins.choose(console.env, sys.platform, shipped("login"))
        if args.part == "status":
            return _login_status(way.status(), args, console)
        if args.part == "enable":
            change = way.enable(logins.program(sys.argv[0], sys.executable, console.env))
        else:
            change = way.disable()
    except logins.LoginError as exc:
        raise CommandError(str(exc)) from exc
    if args.json:
        console.json(
            {
                "name": change.name,
                "written": [str(p) for p in change.written],
                "removed": [str(p) for p in change.removed],
                "notes": list(change.notes),
            }
        )
        return EXIT_WELL
    for path in change.written:
        console.say(_("wrote {path}").format(path=path))
    for path in change.removed:
        console.say(_("removed {path}").format(path=path))
    if not change.written and not change.removed:
        console.say(_("Nothing to change."))
    for note in change.notes:
        console.say(note)
    return EXIT_WELL


def _login_status(status: logins.Status, args: Namespace, console: Console) -> int:
    if args.json:
        program = None if status.program is None else list(status.program)
        console.json(asdict(status) | {"where": str(status.where), "program": program})
        return EXIT_WELL
    console.say(
        _("postured starts at login ({name})").format(name=status.name)
        if status.enabled
        else _("postured does not start at login ({name})").format(name=status.name)
    )
    console.say(
        _("by {file}").format(file=status.where)
        if status.enabled
        else _("would be by {file}").format(file=status.where)
    )
    for line in (status.problem, status.hint):
        if line:
            console.say(line)
    return EXIT_WELL


def completion(args: Namespace, console: Console) -> int:
    """Print the completion script of a shell."""
    import shtab

    from postured.cli import parser

    console.say(shtab.complete(parser.build(()), shell=args.shell))
    return EXIT_WELL


class Check(NamedTuple):
    """One thing that `doctor` looked at."""

    name: str
    ok: bool
    found: str
    hint: str = ""


def doctor(args: Namespace, console: Console) -> int:
    """Print what works here, what does not, and what to do. Finding something wrong is no failure of its own."""
    told, daemon = _daemon(console)
    checks = [daemon, *_schedule(args, console), *_library(console), *_history(console)]
    # What the daemon has found counts more than what would be found from this terminal.
    checks += _found_by_daemon(told) if told is not None else _found_here(console)
    checks += _login(console)
    if args.json:
        console.json({"checks": [check._asdict() for check in checks]})
    else:
        for check in checks:
            console.say(f"{'ok' if check.ok else '!!'}  {check.name}: {check.found}")
            if check.hint:
                console.say(f"    {check.hint}")
    return EXIT_WELL


def _daemon(console: Console) -> tuple[dict[str, Any] | None, Check]:
    try:
        told: dict[str, Any] = control.ask(find_socket(console), {"ask": "doctor"}, timeout_s=DOCTOR_WITHIN_S)
    except control.NoDaemon:
        return None, Check(
            "daemon", False, _("no daemon is running in this session"), _("start it: postured run")
        )
    except (control.ControlError, CommandError) as exc:
        return None, Check("daemon", False, str(exc), _("end it and start it anew: postured run"))
    status = told["status"]
    running = _("running, process {pid}, {state}").format(pid=status["pid"], state=status["state"])
    if status["delivery"]:
        running += "; " + _("last notice: {delivery}").format(delivery=status["delivery"])
    return told, Check("daemon", True, running)


def _found_by_daemon(told: Mapping[str, Any]) -> list[Check]:
    found, sensors = told["found"], told["status"]["sensors"]
    idle = [Check(*row) for row in found["idle"]]
    away = [Check(*row) for row in probe.away_rows(found["away"])]
    checks = [*idle, _notifications(found["notifications"]), *away]
    checks += _holds(sensors)
    checks += [Check("writing", False, line, _("it is tried again")) for line in told["status"]["troubles"]]
    if found["schedule_watch"]:
        checks.append(Check("schedule_watch", True, found["schedule_watch"]))
    return checks


def _found_here(console: Console) -> list[Check]:
    return [
        *(Check(*row) for row in asyncio.run(probe.describe(console.env))),
        *asyncio.run(_buses(console)),
    ]


def _holds(sensors: Mapping[str, Any]) -> list[Check]:
    """A line for each way of knowing about a call, full screen and do-not-disturb, and what to do without it."""
    words = {True: _("yes"), False: _("no"), None: _("not known")}
    checks = []
    for way in sensors["ways"]:
        name = way["hold"] if way["hold"] == way["name"] else f"{way['hold']}_{way['name']}"
        hint = _hint_on(way["hold"]) if way["on"] is None and sensors[way["hold"]] is None else ""
        checks.append(Check(name, way["on"] is not None, f"{words[way['on']]}: {way['note']}", hint))
    return checks


def _hint_on(hold: str) -> str:
    if hold == Hold.DND:
        return _("to have quiet: postured pause")
    return _("a script or a key binding can say so: postured presence {hold} on --for 30m").format(hold=hold)


def _schedule(args: Namespace, console: Console) -> list[Check]:
    path = chosen(args, console)
    found, problems = files.read(path)[:2]
    if found is not None:
        return [Check("schedule", True, str(path))]
    if not path.exists():
        return [
            Check(
                "schedule",
                True,
                _("{path} is not there yet, the default applies").format(path=path),
                _("postured run writes it"),
            )
        ]
    return [Check("schedule", False, _first(problems), _("postured config check lists every problem"))]


def _library(console: Console) -> list[Check]:
    found, problems = library.load((shipped("library"), places(console.env).library_folder))
    if problems:
        return [
            Check(
                "library",
                False,
                _first(problems),
                _("what is wrong is left out; postured config check lists all"),
            )
        ]
    return [Check("library", True, _("{count} items").format(count=len(found)))]


def _first(problems: list[Problem]) -> str:
    if len(problems) == 1:
        return str(problems[0])
    return _("{first}, and {count} more").format(first=problems[0], count=len(problems) - 1)


def _history(console: Console) -> list[Check]:
    path = places(console.env).history_file
    try:
        History.open(path, read_only=True).close()
    except HistoryError as exc:
        hint = _("a damaged file is set aside by the daemon, which begins a new one")
        return [Check("history", False, str(exc), "" if isinstance(exc, NewerHistory) else hint)]
    return [Check("history", True, str(path))]


async def _buses(console: Console) -> list[Check]:
    notifier = make_notifier("auto", lambda _: None, env=console.env, stream=None)
    await notifier.start(None)
    try:
        found = await notifier.describe()
    finally:
        await notifier.stop()
    away = await probe.describe_away(console.env)
    looks = open_looks(lambda: console.env, settings.default(), lambda: None)
    try:
        await looks.look(SENSED)
        seen = _holds(as_json(looks))
    finally:
        await looks.stop()
    return [_notifications(found), *(Check(*row) for row in away), *seen]


def _notifications(found: Mapping[str, object]) -> Check:
    where = _("bus {address} (from {source})").format(
        address=found.get("address") or _("not found"), source=found.get("address_from") or _("nowhere")
    )
    if problem := found.get("problem"):
        hint = _(
            "install and start a notification server, such as dunst; until then notices go to the terminal"
        )
        return Check("notifications", False, f"{problem}; {where}", hint)
    buttons = (
        _("with buttons")
        if found.get("buttons")
        else _("no buttons: answer with postured done, later or skip")
    )
    server = found.get("server") or _("a server that the bus starts when it is needed")
    capabilities = found.get("capabilities")
    parts = [f"{server}, {buttons}"]
    if isinstance(capabilities, list):
        parts.append(_("can do {words}").format(words=" ".join(map(str, capabilities))))
    return Check("notifications", True, "; ".join([*parts, where]))


def _login(console: Console) -> list[Check]:
    try:
        status = logins.choose(console.env, sys.platform, shipped("login")).status()
    except logins.LoginError as exc:
        return [Check("login", False, str(exc))]
    if status.problem:
        return [Check("login", False, status.problem, status.hint)]
    if not status.enabled:
        return [
            Check("login", True, _("does not start at login"), _("to have it there: postured login enable"))
        ]
    return [Check("login", True, _("starts at login by {where}").format(where=status.where), status.hint)]
