"""`postured simulate` and `postured history`."""

from __future__ import annotations

import csv
import datetime as dt
from argparse import Namespace
from collections import Counter
from pathlib import Path

from postured import simulate as replay
from postured import trace
from postured.cli.console import EXIT_FAILED, EXIT_USAGE, EXIT_WELL, CommandError, Console
from postured.cli.schedule import items, read
from postured.clock import local_zone
from postured.core import names, wording
from postured.core.durations import parse_duration
from postured.core.language import _, p_
from postured.history import NATURAL, History, HistoryError, Row
from postured.paths import places


def simulate(args: Namespace, console: Console) -> int:
    """Print what the schedule would have done with a trace."""
    schedule = read(args, console)
    zone = local_zone()
    try:
        found = trace.read(Path(args.trace), zone)
        report = replay.simulate(found, schedule, items(console), zone)
    except trace.TraceError as exc:
        for line in str(exc).splitlines():
            console.complain(line)
        return EXIT_FAILED
    if found.skipped:
        console.complain(_("{skipped} events made no sense and were left out").format(skipped=found.skipped))
    if args.json:
        console.json(_report_json(report))
    else:
        _print_report(report, console)
    return EXIT_WELL


def _report_json(report: replay.Report) -> dict[str, object]:
    return {
        "notices": [{**replay.to_json(n), "outcome": report.outcomes.get(n.id)} for n in report.notices],
        "work_s": round(report.work_s, 3),
        "rest_s": round(report.rest_s, 3),
        "natural": dict(report.natural),
        "missed": dict(report.missed),
        "start": None if report.start is None else report.start.isoformat(timespec="seconds"),
        "end": None if report.end is None else report.end.isoformat(timespec="seconds"),
    }


def _print_report(report: replay.Report, console: Console) -> None:
    if report.start is None or report.end is None:
        console.say(_("The trace is empty."))
        return
    console.say(
        _("{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}").format(start=report.start, end=report.end)
    )
    console.say(
        _("{work} of work, {rest} of rest").format(
            work=wording.spoken(report.work_s), rest=wording.spoken(report.rest_s)
        )
    )
    console.say()
    shown = Counter(n.reminder for n in report.notices)
    for name in sorted({*shown, *report.natural, *report.missed}):
        outcomes = Counter(report.outcomes.get(n.id, "open") for n in report.notices if n.reminder == name)
        became = ", ".join(f"{count} {_became(word)}" for word, count in sorted(outcomes.items()))
        tail = f" ({became})" if became else ""
        console.say(
            _("{name}: {notices} notices{tail}, {natural} natural breaks, {missed} missed").format(
                name=name,
                notices=shown[name],
                tail=tail,
                natural=report.natural[name],
                missed=report.missed[name],
            )
        )
    if report.notices:
        console.say()
        console.columns(
            [
                [f"{_day(n.at)} {n.at:%H:%M:%S}", n.reminder, n.item, _became(report.outcomes.get(n.id, ""))]
                for n in report.notices
            ]
        )


def history(args: Namespace, console: Console) -> int:
    """Print what happened."""
    if args.limit is not None and args.limit < 1:
        raise CommandError(_("--limit wants a number from 1 on"), EXIT_USAGE)
    since = None if args.since is None else _since(args.since)
    try:
        past = History.open(places(console.env).history_file, read_only=True)
        try:
            rows = past.rows(since, args.limit)
        finally:
            past.close()
    except HistoryError as exc:
        raise CommandError(str(exc)) from exc
    if args.json:
        console.json([_row_json(row) for row in rows])
    elif args.csv:
        writer = csv.DictWriter(
            console.out, ["at", "reminder", "item", "outcome", "seconds"], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(_row_json(row) for row in rows)
    elif not rows:
        console.say(_("Nothing has happened yet."))
    else:
        console.columns([_row_text(row) for row in rows])
    return EXIT_WELL


def _since(text: str) -> float:
    now = dt.datetime.now().astimezone()
    try:
        return dt.datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        pass
    try:
        return now.timestamp() - parse_duration(text)
    except ValueError as exc:
        raise CommandError(
            _("--since {text!r:.40} is neither a date as 2026-11-20 nor a time ago as 7d").format(text=text),
            EXIT_USAGE,
        ) from exc


def _row_json(row: Row) -> dict[str, object]:
    at = dt.datetime.fromtimestamp(row.at_unix_s).astimezone()
    return {
        "at": at.isoformat(timespec="seconds"),
        "reminder": row.reminder,
        "item": row.item,
        "outcome": row.outcome,
        "seconds": None if row.seconds is None else round(row.seconds, 1),
    }


def _row_text(row: Row) -> list[str]:
    at = dt.datetime.fromtimestamp(row.at_unix_s).astimezone()
    outcome = _became(row.outcome or "up")
    if row.reason:
        outcome += f" ({row.reason})"
    length = wording.spoken(row.seconds) if row.seconds else ""
    item = _("rested without being asked") if row.outcome == NATURAL else row.item or ""
    return [f"{_day(at)} {at:%H:%M}", row.reminder or _("you asked"), item, length, outcome]


def _day(at: dt.datetime) -> str:
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), p_("month", "May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    return _("{weekday} {day:02} {month}").format(
        weekday=names.weekday(at.weekday()), day=at.day, month=months[at.month - 1]
    )


def _became(word: str) -> str:
    """What became of a notice, in the person's language."""
    words = {
        "taken": _("taken"),
        "done": _("done"),
        "later": _("later"),
        "skipped": _("skipped"),
        "ignored": _("ignored"),
        "missed": _("missed"),
        "natural": _("natural"),
        "open": _("open"),
        "up": _("up"),
    }
    return words.get(word, word)
