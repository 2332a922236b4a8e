"""`postured config …`, and what other commands need of the schedule."""

from __future__ import annotations

import os
import shlex
from argparse import Namespace
from pathlib import Path

from postured import library, settings
from postured.cli.console import EXIT_BROKEN, EXIT_FAILED, EXIT_WELL, CommandError, Console
from postured.core.language import _
from postured.core.model import Item, Problem, Schedule
from postured.daemon import schedule as schedule_file
from postured.files import explain
from postured.paths import places, shipped

_EDITORS = ("sensible-editor", "nano", "vi")


def chosen(args: Namespace, console: Console) -> Path:
    """The schedule this command line is about: `--config`, or the person's own."""
    config = getattr(args, "config", None)
    return Path(config) if config is not None else places(console.env).config_file


def read(args: Namespace, console: Console) -> Schedule:
    """The schedule of `chosen`; the default where the person has none yet.

    Raises:
        CommandError: It is broken; every problem was printed.
    """
    path = chosen(args, console)
    if getattr(args, "config", None) is None and not os.path.lexists(path):
        return schedule_file.default()
    found, problems = schedule_file.read(path)[:2]
    if found is None:
        for problem in problems[:-1]:
            console.complain(str(problem))
        raise CommandError(str(problems[-1]), EXIT_BROKEN)
    return found


def items(console: Console) -> tuple[Item, ...]:
    """The whole library, shipped and own; what is wrong with own files is said and left out."""
    found, problems = library.load((shipped("library"), places(console.env).library_folder))
    for problem in problems:
        console.complain(str(problem))
    return found


def path(args: Namespace, console: Console) -> int:
    """Print where the schedule is."""
    where = chosen(args, console)
    if args.json:
        console.json({"path": str(where), "exists": where.exists()})
    else:
        console.say(str(where))
    return EXIT_WELL


def check(args: Namespace, console: Console) -> int:
    """Print every problem of a schedule; with none named, of the person's own items as well."""
    where = Path(args.file) if args.file is not None else chosen(args, console)
    own = args.file is None and getattr(args, "config", None) is None
    problems: list[Problem] = []
    if not own or os.path.lexists(where):
        problems = schedule_file.read(where)[1]
    if own:
        problems += library.load((places(console.env).library_folder,))[1]
    if args.json:
        keys = ("file", "line", "column", "path", "message", "hint")
        console.json({"ok": not problems, "problems": [{k: getattr(p, k) for k in keys} for p in problems]})
    elif problems:
        for problem in problems:
            console.say(str(problem))
    else:
        console.say(
            _("{where} is good.").format(where=where)
            if os.path.lexists(where)
            else _("{where} is not there yet; the default applies.").format(where=where)
        )
    return EXIT_BROKEN if problems else EXIT_WELL


def show(args: Namespace, console: Console) -> int:
    """Print the schedule in force."""
    text = settings.show(read(args, console))
    if args.json:
        import yaml  # what is shown has neither bare times nor yes and no, so any reader takes it as it is meant

        console.json(yaml.safe_load(text))
    else:
        console.say(text.rstrip("\n"))
    return EXIT_WELL


def schema(_args: Namespace, console: Console) -> int:
    """Print the JSON Schema."""
    console.say(shipped("postured.schema.json").read_text(encoding="utf-8").rstrip("\n"))
    return EXIT_WELL


def edit(args: Namespace, console: Console) -> int:
    """Open the schedule in the person's editor, then check it."""
    import shutil
    import subprocess

    where = chosen(args, console)
    if not os.path.lexists(where):
        schedule_file.write_first(where, places(console.env))
    wanted = console.env.get("VISUAL") or console.env.get("EDITOR")
    found = next((name for name in _EDITORS if shutil.which(name, path=console.env.get("PATH"))), None)
    if not wanted and found is None:
        raise CommandError(
            _("no editor was found; set EDITOR, or open {where} in any text editor").format(where=where)
        )
    try:
        command = shlex.split(wanted) if wanted else [str(found)]
    except ValueError as exc:
        raise CommandError(
            _("EDITOR or VISUAL cannot be understood ({error}): {command}").format(error=exc, command=wanted)
        ) from exc
    try:
        code = subprocess.call([*command, str(where)], env=dict(console.env))
    except OSError as exc:
        raise CommandError(
            _("the editor {editor} could not be started: {reason}").format(
                editor=command[0], reason=explain(exc)
            )
        ) from exc
    if code != 0:
        console.complain(_("the editor {editor} ended with {code}").format(editor=command[0], code=code))
        return EXIT_FAILED
    args.file, args.json = None, False
    return check(args, console)


def plan_without_daemon(args: Namespace, console: Console) -> list[dict[str, str]]:
    """The outlook from empty tanks, with what the person has done and the knots that are followed."""
    from postured import simulate
    from postured.cli import person
    from postured.daemon.answers import PLAN_AHEAD

    state = person.state(args, console, items(console))
    until_unix_s = state.now.unix_s + PLAN_AHEAD.total_seconds()
    return [simulate.to_json(one) for one in simulate.plan(state, until_unix_s)]
