"""Commands that ask the running daemon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from postured import control
from postured.cli.console import EXIT_USAGE, EXIT_WELL, CommandError, Console
from postured.core.language import _, n_
from postured.core.names import side, weekday, zone
from postured.paths import Places, places

TYPE_CHECKING = False  # see console
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

_BAR = 12
_SOME = "some_"
"""How the codes of red flags begin that are not known by name."""


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
        said = _("several daemons are running ({names}); set DISPLAY or WAYLAND_DISPLAY to choose one")
        raise CommandError(said.format(names=names))
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
    if told["notice"] is not None:
        console.say(_notice_line(told["notice"]))
    for what, said in (told.get("stated") or {}).items():
        console.say(_stated_line(what, said))
    if told["holds"]:
        held = _("held back: {holds}").format(holds=", ".join(told["holds"]))
        until = _(" until {time}").format(time=clock(told["paused_until"])) if told["paused_until"] else ""
        console.say(held + until)
    console.say()
    console.columns([_reminder_row(console, name, row) for name, row in told["reminders"].items()])
    console.say()
    if strength := told.get("strength"):
        console.say(_strength_line(strength))
    if rests := told.get("rests"):
        console.say(_rests_line(rests))
    for line in _knot_lines(told.get("knots") or [], told.get("flags") or []):
        console.say(line)
    sensors, config = told["sensors"], told["config"]
    activity = _("activity: {name} ({note})").format(name=sensors["activity"], note=sensors["note"])
    console.say(console.dim(activity))
    console.say(console.dim(_sensed_line(sensors)))
    console.say(console.dim(_("notifications: {name}").format(name=told["notifier"])))
    console.say(console.dim(_("schedule: {path}").format(path=config["path"])))
    for trouble in told["troubles"]:
        console.say(trouble)
    if not config["ok"]:
        said = _("the schedule is broken; running on the {source} one. See: postured config check")
        console.say(said.format(source=config["source"]))


def _stated_line(what: str, said: Mapping[str, Any]) -> str:
    """What somebody said of a hold, which goes before what sensors see."""
    on, off = _("you said: {what} on, until {time}"), _("you said: {what} off, until {time}")
    return (on if said["on"] else off).format(what=what, time=clock(said["until"]))


def _sensed_line(sensors: Mapping[str, Any]) -> str:
    """What else is known of this desktop, in one line."""
    words = {True: _("yes"), False: _("no"), None: _("not known")}
    return _("sensors: call {call}, full screen {fullscreen}, do-not-disturb {dnd}").format(
        **{hold: words[sensors.get(hold)] for hold in ("call", "fullscreen", "dnd")}
    )


def _notice_line(notice: Mapping[str, Any]) -> str:
    return _("notice: {title} ({item}, {who}, since {time})").format(
        title=notice["title"],
        item=_item(notice),
        who=notice["reminder"] or _("you asked"),
        time=clock(notice["at"]),
    )


def _item(notice: Mapping[str, Any]) -> str:
    """The id of what is suggested, and the level where there are some."""
    if level := notice.get("level"):
        return _("{item}, level {level}").format(item=notice["item"], level=level)
    return str(notice["item"])


def _strength_line(told: Mapping[str, Any]) -> str:
    """How the week goes. Half of what was suggested is a success, and nothing yet is no reproach."""
    days, goal = told["days"], told["goal_days"]
    if days >= goal:
        return _("strength this week: {days} days, the whole goal; well done").format(days=days)
    if days:
        said = n_(
            "strength this week: {days} of {goal} day", "strength this week: {days} of {goal} days", goal
        )
    else:
        said = _("strength this week: none yet; two minutes on {goal} days are the goal")
    line = said.format(days=days, goal=goal)
    if told["prompts"] >= 4 and told["followed"] * 2 >= told["prompts"]:
        line += _(" (you follow half of the reminders or more: that is already a success)")
    return line


def _rests_line(rests: list[Mapping[str, Any]]) -> str:
    names = ", ".join(
        _("{item} until {day}").format(item=one["item"], day=_day_and_month(one["until"])) for one in rests
    )
    said = _("resting, because you skipped it three times: {items}. Bring it back with: postured now {item}")
    return said.format(items=names, item=rests[0]["item"])


def _knot_lines(knots: list[Mapping[str, Any]], flags: list[str]) -> list[str]:
    """The knots that are followed, and the red flags that stand; behind one of them a knot is only named."""
    lines = []
    if flags:
        said = _("red flag: {flags}; when somebody has looked at it: postured knot clear")
        lines.append(said.format(flags=in_words(flags)))
    for one in knots:
        place = [side(one["side"])] if one["side"] else []
        place.append(zone(one["zone"] or "unsure"))
        said = _("knot: {place}, day {day}; see: postured knot status")
        if not flags:
            said = _("knot: {place}, day {day}, probably {cause}; see: postured knot status")
        lines.append(said.format(place=", ".join(place), day=one["day"], cause=_in_short(one["cause"])))
    return lines


def in_words(flags: Iterable[str]) -> str:
    """Red flags by their codes, as commands take them; one that a button raised has no name."""
    unnamed = _("one without a name")
    return ", ".join(dict.fromkeys(unnamed if flag.startswith(_SOME) else flag for flag in flags))


def _in_short(cause: str) -> str:
    """Why there is a knot, in two words."""
    words = {"strain": _("strained"), "overuse": _("overworked"), "mixed": _("of several causes")}
    return words.get(cause, cause)


def _ahead(following: Mapping[str, Any] | None) -> str:
    """What comes first if work goes on, as the end of a sentence."""
    if not following or dt.datetime.fromisoformat(following["at"]) <= dt.datetime.now().astimezone():
        return ""  # what is due by now waits for something else than the time
    return _("; next is {reminder} at {time}").format(
        reminder=following["reminder"], time=clock(following["at"])
    )


def _reminder_row(console: Console, name: str, row: Mapping[str, Any]) -> list[str]:
    due = _("due {time}").format(time=clock(row["due_at"])) if row["due_at"] else _("not due")
    if row["after_s"] is None:
        return [name, "", "", due]
    share = row["level_s"] / row["after_s"]
    full = min(_BAR, round(share * _BAR))
    return [
        name,
        console.full * full + console.empty * (_BAR - full),
        _("{level} of {full}").format(level=_minutes(row["level_s"]), full=_minutes(row["after_s"])),
        due,
    ]


def _minutes(seconds: float) -> str:
    if seconds >= 60 or seconds == 0:
        return _("{n} min").format(n=f"{seconds / 60:.0f}")
    return _("{n} s").format(n=f"{seconds:.0f}")


def clock(iso: str) -> str:
    """A time of day, with the day of the week where it is not today."""
    at = dt.datetime.fromisoformat(iso)
    today = dt.datetime.now(at.tzinfo).date()
    return f"{at:%H:%M}" if at.date() == today else f"{weekday(at.weekday())} {at:%H:%M}"


def _day_and_month(iso: str) -> str:
    return dt.datetime.fromisoformat(iso).date().isoformat()


def why(args: Namespace, console: Console) -> int:
    """Print the last decisions."""
    told = _ask(console, ask="why")
    if args.json:
        console.json(told)
        return EXIT_WELL
    for one in told["decisions"][-20:]:
        console.say(f"{clock(one['at'])} {one['say']}")
    if not told["decisions"]:
        console.say(_("Nothing was decided yet."))
    for rest in told.get("rests", ()):
        console.say(rest["say"])
    following = told["next"]
    ahead = _(" if work goes on") if following else ""
    console.say(_("Now: {now}").format(now=told["now"]) + _ahead(following) + ahead)
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
        return EXIT_WELL
    if until:
        console.say(_("Paused until {time}.").format(time=clock(until)))
    else:
        console.say(_("Paused. Go on with: postured resume"))
    if not told["remembered"]:
        console.complain(_("the pause could not be saved, so a restart would end it; see postured doctor"))
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
        said = _("{text} is neither a duration as 1h30m nor a time as 'until 14:00'")
        raise ValueError(said.format(text=f"{text!r:.60}"))
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
        console.say(_("Reminders go on.") if told["was_paused"] else _("It was not paused."))
    return EXIT_WELL


def now(args: Namespace, console: Console) -> int:
    """Have something suggested."""
    told = _ask(console, ask="now", what=args.what)
    if args.json:
        console.json(told)
        return EXIT_WELL
    notice = told["notice"]
    said = _("{title} ({item_and_level}); its steps: postured show {item}")
    console.say(said.format(title=notice["title"], item_and_level=_item(notice), item=notice["item"]))
    return EXIT_WELL


def press(args: Namespace, console: Console) -> int:
    """Answer the notice that is up, by a button's name."""
    more = {key: getattr(args, key) for key in ("felt", "pain", "reps")} if args.name == "done" else {}
    told = _ask(console, ask="press", action=args.name, **more)
    if args.json:
        console.json(told)
        return EXIT_WELL
    said = {
        "done": _("Done, well done: {item}"),
        "later": _("Put off: {item}"),
        "skip": _("Skipped: {item}"),
    }
    console.say(said[args.name].format(item=told["item"]))
    if then := told.get("then"):
        console.say(then)
    return EXIT_WELL


def answer(args: Namespace, console: Console) -> int:
    """Answer the question that is up, or print it with the words it can be answered with."""
    word = {} if args.word is None else {"word": args.word}
    told = _ask(console, ask="answer", **word)
    if args.json:
        console.json(told)
        return EXIT_WELL
    card = told if args.word is None else told["then"]
    if card is None:
        console.say(_("That was all, thank you."))
    else:
        _print_card(console, card)
    return EXIT_WELL


def _print_card(console: Console, card: Mapping[str, Any]) -> None:
    console.say(console.bold(card["title"]))
    if card["body"]:
        console.say(card["body"])
    console.columns([[f"  postured answer {word}", console.dim(label)] for word, label in card["answers"]])


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
        console.say(_("Nothing comes due within 24 hours."))
        return EXIT_WELL
    console.say(_("If work goes on without a rest:"))
    console.columns([[clock(n["at"]), n["reminder"], n["item"], n["kind"]] for n in notices])
    return EXIT_WELL
