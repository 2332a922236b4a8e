"""`postured knot`: why there is a knot and what helps, and what is said of it afterwards.

The words are the table's, what follows from them is the course's; here they are asked for, kept and printed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import textwrap
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from postured import triage as wall
from postured.cli import person
from postured.cli.console import (
    EXIT_BROKEN,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    EXIT_WELL,
    CommandError,
    Console,
)
from postured.cli.diary import Diary
from postured.cli.schedule import chosen, items, read
from postured.core import cards, document, engine, episodes, knot, names, wording
from postured.core import course as courses
from postured.core.episodes import RED, Alarm
from postured.core.language import _, n_
from postured.core.model import (
    EMERGENCY_FLAGS,
    RED_FLAGS,
    SOME_CLINICIAN,
    SOME_EMERGENCY,
    Answers,
    Cause,
    Course,
    Episode,
    Item,
    Kind,
    KnotLog,
    Moment,
    Problem,
    Schedule,
    Told,
)
from postured.core.row import Card
from postured.daemon import knots as tables
from postured.daemon import schedule as schedule_file
from postured.paths import places

_COUNTED_S = 30 * 86400.0
"""How far back the knots are counted that came again."""
_NAMED = 3
"""Items that are called by their names; the others are found by their ids."""
_INPUT = "-"
_MINOR = "minor"
_EMERGENCY_LINES = 6
"""More than that nobody reads who has to call."""


# ── why there is a knot ───────────────────────────────────────────────────────────────────────────


def ask(args: Namespace, console: Console) -> int:
    """Ask why there is a knot, or read the answers from a file, and print what helps."""
    table = known_table()
    if args.answers is None:
        schedule = read(args, console)
        before = person.known(console, person.present()).course
        answers = _asked(args, console, table, before, schedule)
    else:
        answers = _from_file(args.answers, console)
        urgent = knot.row_of(table, answers).cause in RED  # which must not wait until a schedule is mended
        schedule = _schedule(args, console) if urgent else read(args, console)
    if answers is None:
        said = _("Nothing was changed.")
        console.complain(said) if args.json else console.say(said)
        return EXIT_INTERRUPTED
    now, everything = person.present(), items(console)
    course = _course(console, now, urgent=knot.row_of(table, answers).cause in RED)
    answers = _by_its_age(answers, course, now)
    found = knot.answer(table, answers, everything, schedule.me)
    kept = knot.triage(_episode_for(answers, course, now), answers, found)
    with contextlib.closing(Diary(console)) as diary:
        diary.keep(lambda history: history.triage(kept, now.unix_s))
        if diary.failed and found.cause in RED:
            emergency = found.cause is Cause.RED_EMERGENCY
            diary.say(
                KnotLog("", Told.FLAG, code=SOME_EMERGENCY if emergency else SOME_CLINICIAN), now.unix_s
            )
    after = episodes.triaged(course, kept, now.unix_s)
    red = episodes.red(after, now.unix_s)
    if args.json:
        console.json(
            _answer_json(found, None if diary.failed else kept.knot, episodes.alarms(after, now.unix_s))
        )
    elif red is not None and red is not found.cause:
        print_standing(console, standing(table, after, now))
    elif found.cause in RED:
        _print_red(console, found)
    else:
        _print_answer(console, found, everything)
    return EXIT_FAILED if diary.failed else EXIT_WELL


def _course(console: Console, now: Moment, *, urgent: bool) -> Course:
    """What is known by now, for much may have been said while the questions were up.

    Raises:
        CommandError: It cannot be read. Who has to see somebody is told so all the same.
    """
    try:
        return person.known(console, now).course
    except CommandError as exc:
        if not urgent:
            raise
        console.complain(str(exc))
        return Course()


def known_table() -> knot.Table:
    """The table that ships.

    Raises:
        CommandError: It is damaged.
    """
    try:
        return tables.table()
    except wall.TriageError as exc:
        raise CommandError(str(exc)) from exc


def _from_file(name: str, console: Console) -> Answers:
    """The answers of a file, or of the standard input.

    Raises:
        CommandError: It cannot be read, or is wrong; every other problem was printed.
    """
    try:
        found, problems = _of_input(console) if name == _INPUT else wall.read_answers_file(Path(name))
    except wall.TriageError as exc:
        raise CommandError(str(exc)) from exc
    if found is None or problems:
        for problem in problems[:-1]:
            console.complain(str(problem))
        raise CommandError(str(problems[-1]), EXIT_BROKEN)
    return found


def _of_input(console: Console) -> tuple[Answers | None, list[Problem]]:
    name = _("standard input")
    if console.source is None:
        raise CommandError(_("the standard input is closed; name a file: postured knot --answers FILE"))
    buffer = getattr(console.source, "buffer", None)
    if buffer is None:  # a text in memory
        return wall.read_answers(console.source.read(), name)
    text, problems = document.decode(buffer.read(document.MOST_BYTES + 1), name)
    return (None, problems) if text is None else wall.read_answers(text, name)


def _asked(
    args: Namespace, console: Console, table: knot.Table, course: Course, schedule: Schedule
) -> Answers | None:
    """The answers of the person; None if they left before the end.

    Raises:
        CommandError: There is nobody to ask.
    """
    typed = console.source is not None and console.source.isatty()
    if not typed and (console.source is None or not args.plain):
        said = _(
            "nobody can be asked without a terminal; give the answers in a file: postured knot --answers FILE"
        )
        raise CommandError(said, EXIT_USAGE)
    from postured.cli import ask as asking
    from postured.cli import dialogue

    # A program that reads the JSON wants nothing else there.
    out = Console(console.env, console.err, console.err, console.source) if args.json else console
    now = person.present()
    me = schedule.me
    known = Answers(
        flags=tuple(sorted(me.flags)), dominant=me.dominant, episodes_30d=_lately(course, now) + 1
    )
    try:
        answers = dialogue.ask_all(asking.asker(out, plain=args.plain), table, known)
    except (asking.Left, KeyboardInterrupt):
        return None
    before = _open_on(course, answers.side)
    if before and _is_lately(before[0], now) and answers.episodes_30d == known.episodes_30d:
        return answers._replace(episodes_30d=_lately(course, now))  # it is among them already
    return answers


def _lately(course: Course, now: Moment) -> int:
    return sum(_is_lately(episode, now) for episode in course.episodes)


def _is_lately(episode: Episode, now: Moment) -> bool:
    return now.unix_s - episode.opened_unix_s < _COUNTED_S


def _open_on(course: Course, side: str) -> Sequence[Episode]:
    return [episode for episode in episodes.open_episodes(course) if episode.triage.answers.side == side]


def _episode_for(answers: Answers, course: Course, now: Moment) -> str:
    """The id of the knot that is followed on that side, or that of a new one."""
    known = _open_on(course, answers.side)
    return known[0].id if known else f"{round(now.unix_s * 1000)}-{answers.side or 'unsure'}"


def _by_its_age(answers: Answers, course: Course, now: Moment) -> Answers:
    """The answers; a knot that has been followed for two weeks is one that has been there for long."""
    known = _open_on(course, answers.side)
    if known and now.unix_s - known[0].opened_unix_s >= courses.STALE_S:
        return answers._replace(onset="long")
    return answers


def _answer_json(found: knot.Answer, episode: str | None, stand: Iterable[Alarm]) -> dict[str, object]:
    """What follows from the answers, whatever happened before; and beside it which knot it is, and what stands."""
    return {
        "cause": found.cause.value,
        "row": found.row,
        "say": knot.say(found),
        "offer": list(found.offer),
        "never": list(found.never),
        "areas": list(found.areas),
        "later": list(found.later),
        "noticed": list(found.noticed),
        "care": found.care,
        "knot": episode,
        "flags_standing": list(dict.fromkeys(alarm.code for alarm in stand)),
    }


# ── the answer on paper ───────────────────────────────────────────────────────────────────────────


def _print_answer(console: Console, found: knot.Answer, everything: Sequence[Item]) -> None:
    """Print it, the most important first."""
    _print_bold(console, found.probably)
    _listed(console, _("Now"), found.now, numbered=True)
    _print_offers(console, found, everything)
    if found.noticed:
        _headed(console, _("Noticed"), *found.noticed)
    _listed(console, _("Not now"), found.leave)
    _headed(console, _("What to expect"), found.expect)
    _headed(console, _("When to see somebody"), found.see)
    console.wrapped(found.flag_line)


def _print_red(console: Console, found: knot.Answer) -> None:
    """Print the advice to see somebody, and nothing else."""
    if found.cause is Cause.RED_EMERGENCY:
        _print_emergency(console, found)
        return
    _print_bold(console, found.probably)
    for line in (*found.now, *found.leave):
        console.wrapped(line)
    _headed(console, _("What to expect"), found.expect)
    _headed(console, _("When to see somebody"), found.see)


def _print_emergency(console: Console, found: knot.Answer) -> None:
    """Print whom to call, what to say and where to stay, as short as somebody reads who is afraid."""
    _print_bold(console, found.probably)
    longest = max(found.now, key=len)
    taken = [*_wrapped(console, found.probably), *_wrapped(console, found.expect)]
    taken += [piece for line in found.now if line is not longest for piece in _wrapped(console, line)]
    room = max(1, _EMERGENCY_LINES - len(taken))
    for line in found.now:
        for piece in textwrap.wrap(line, console.text_width, max_lines=room, placeholder=" …"):
            console.say(piece)
    for piece in _wrapped(console, found.expect):
        console.say(console.dim(piece))


# ── while a red flag stands ───────────────────────────────────────────────────────────────────────


def standing(table: knot.Table, course: Course, now: Moment) -> Sequence[str]:
    """What is said in place of all else while a red flag stands; nothing where none does."""
    red = episodes.red(course, now.unix_s)
    if red is None:
        return ()
    words = flag_words(table, (each for each in episodes.alarms(course, now.unix_s) if each.cause is red))
    if red is Cause.RED_EMERGENCY:
        said = _("If nobody has looked at it yet, call your local emergency number now: {words}.")
        until = _("Nothing is suggested until then.")
    else:
        said = _("If nobody has looked at it yet, see a doctor soon: {words}.")
        until = _("Only short breaks are suggested until then.")
    return said.format(words=words), until, _afterwards()


def _afterwards() -> str:
    return _("Afterwards: postured knot clear")


def print_standing(console: Console, lines: Sequence[str]) -> None:
    """Print it, the advice in bold and how it ends faint."""
    advice, until, afterwards = lines
    _print_bold(console, advice)
    console.wrapped(until)
    console.say(console.dim(afterwards))


def flag_words(table: knot.Table, alarms: Iterable[Alarm]) -> str:
    """Red flags in the words that they are asked in; of one without a name, what raised it."""
    asked = {flag.code: knot.flag_asked(flag) for flag in (*table.emergency, *table.clinician)}
    words = (
        _("“{words}”").format(words=asked[alarm.code]) if alarm.code in asked else _nameless(alarm)
        for alarm in alarms
    )
    return "; ".join(dict.fromkeys(words))


def _nameless(alarm: Alarm) -> str:
    if alarm.episode is None:
        return _("something that you answered earlier")
    return _("your answers about the knot ({where})").format(where=where(alarm.episode))


# ── the answer on paper, part by part ─────────────────────────────────────────────────────────────


def _print_offers(console: Console, found: knot.Answer, everything: Sequence[Item]) -> None:
    """Print what the items are called that were named, as many as fit on a line."""
    words = re.findall(r"\w+", " ".join(found.now))
    titles = {item.id: wording.item_title(item) for item in everything}
    named = [item for item in found.offer if item in words and item in titles][:_NAMED]
    said = _("{items}; step by step: postured show {item}")
    lines = [
        said.format(items=", ".join(f"{item} {titles[item]}" for item in named[:n]), item=named[0])
        for n in range(1, len(named) + 1)
    ]
    lead = " " * (len(_("Now")) + 4)  # below the first of them
    fitting = [line for line in lines if len(lead + line) <= console.text_width] or lines[:1]
    if fitting:
        console.wrapped(fitting[-1], lead)


def _listed(console: Console, heading: str, lines: Iterable[str], *, numbered: bool = False) -> None:
    """Print these one below the other, with the heading before the first."""
    lead = heading
    for number, line in enumerate(lines, 1):
        mark = f"{lead} {number}. " if numbered else f"{lead} - "
        first, *others = textwrap.wrap(line, console.text_width - len(mark))
        console.say(console.bold(lead) + mark.removeprefix(lead) + first)
        for other in others:
            console.say(" " * len(mark) + other)
        lead = " " * len(heading)


def _print_bold(console: Console, text: str) -> None:
    for line in _wrapped(console, text):
        console.say(console.bold(line))


def _wrapped(console: Console, text: str) -> Sequence[str]:
    return textwrap.wrap(text, console.text_width)


def _headed(console: Console, heading: str, *sentences: str) -> None:
    """Print running text after its heading, on the same line."""
    heading = _("{heading}:").format(heading=heading)
    first, *others = _wrapped(console, " ".join((heading, *sentences)))
    console.say(console.bold(heading) + first.removeprefix(heading))
    for line in others:
        console.say(line)


# ── what is said of a knot later ──────────────────────────────────────────────────────────────────


def better(args: Namespace, console: Console) -> int:
    """Keep that a knot is better."""
    return _tell(args, console, Told.BETTER)


def worse(args: Namespace, console: Console) -> int:
    """Keep that a knot is worse."""
    return _tell(args, console, Told.WORSE)


def gone(args: Namespace, console: Console) -> int:
    """Keep that a knot is gone."""
    args.pain = None
    return _tell(args, console, Told.GONE)


def without_answers(args: Namespace) -> None:
    """See that no file of answers was named where nothing is asked.

    Raises:
        CommandError: One was.
    """
    if args.answers is not None:
        said = _("--answers stands alone: postured knot --answers FILE")
        raise CommandError(said, EXIT_USAGE)


def _tell(args: Namespace, console: Console, told: Told) -> int:
    without_answers(args)
    table, now = known_table(), person.present()
    practice, course = person.known(console, now)
    stood = episodes.red(course, now.unix_s)
    before = _meant(course, args.side, told)
    logs = [KnotLog(before.id, told)]
    if args.pain is not None:
        logs.append(KnotLog(before.id, Told.PAIN, points=args.pain))
    for log in logs:
        course = episodes.told(course, log, now.unix_s)
    after = next(episode for episode in course.episodes if episode.id == before.id)
    causes = [courses.cause_at(episode, practice, now.unix_s) for episode in (before, after)]
    kept = _keep(console, logs, now)
    stands = standing(table, course, now)
    if stands:
        lines = stands
    elif told is Told.GONE:
        lines = _parting(table, _schedule(args, console), after, now)
    else:
        lines = [knot.said_later(table, "annoyed" if causes[0] is not causes[1] else told.value)]
    if args.json:
        red = episodes.red(course, now.unix_s)
        console.json(
            {
                "knot": before.id,
                "side": before.triage.answers.side or None,
                "zone": before.triage.answers.zone or None,
                "told": told.value,
                "pain": args.pain,
                "at": _iso(now),
                "kept": kept,
                "cause": causes[1].value,
                "say": list(lines),
                "red": None if red is None else red.value,
            }
        )
    elif stands and stood is None:  # by that very number
        found = knot.answer(table, Answers(pain=args.pain), (), _schedule(args, console).me)
        _print_red(console, found)
    elif stands:
        print_standing(console, stands)
    elif kept:
        for line in lines:
            console.wrapped(line)
    return EXIT_WELL if kept else EXIT_FAILED


def _parting(table: knot.Table, schedule: Schedule, episode: Episode, now: Moment) -> Sequence[str]:
    """How to keep a knot away; nobody under 16 hears of exercises."""
    if _MINOR in schedule.me.flags.union(episode.triage.answers.flags):
        said = cards.text(Card("keep_moving"), None)
        return said.title, said.body
    return knot.said_later(table, Told.GONE.value), _strength_ahead(schedule, now)


def side_of(episode: Episode) -> str:
    """The side as commands name it."""
    return episode.triage.answers.side or "unsure"


def where(episode: Episode) -> str:
    """Where the knot sits, as `right side, inner edge of the shoulder blade`."""
    side, zone = episode.triage.answers.side, names.zone(episode.triage.answers.zone or "unsure")
    return _("{side}, {zone}").format(side=names.side(side), zone=zone) if side else zone


def _meant(course: Course, side: str | None, told: Told) -> Episode:
    """The knot that is spoken of.

    Raises:
        CommandError: There is none, or it could be several.
    """
    followed = episodes.open_episodes(course)
    if not followed:
        raise CommandError(_("no knot is being followed; ask why you have one: postured knot"))
    sides = ", ".join(side_of(episode) for episode in followed)
    if side is None:
        if len(followed) == 1:
            return followed[0]
        said = _("several knots are followed ({sides}); say which, as: postured knot {told} {side}")
        raise CommandError(said.format(sides=sides, told=told.value, side=side_of(followed[0])), EXIT_USAGE)
    for episode in followed:
        if side_of(episode) == side:
            return episode
    said = _("no knot is followed there ({side}), only: {sides}")
    raise CommandError(said.format(side=side, sides=sides))


def _keep(console: Console, logs: Iterable[KnotLog], now: Moment) -> bool:
    """Keep what was said; whether that could be done."""
    with contextlib.closing(Diary(console)) as diary:
        for log in logs:
            diary.say(log, now.unix_s)
    return not diary.failed


def _schedule(args: Namespace, console: Console) -> Schedule:
    """The schedule, or what runs in its place while it is broken: what is said of a knot can be kept all the same."""
    return schedule_file.load(chosen(args, console), places(console.env), may_write=False).schedule


def _strength_ahead(schedule: Schedule, now: Moment) -> str:
    """When the next two minutes of strength come, or how they would."""
    state = engine.begin(schedule, (), now)
    for i, reminder in enumerate(schedule.reminders):
        if Kind.STRENGTH not in reminder.suggest or reminder.when_knot:
            continue
        at_unix_s = engine.next_at(state, i)
        if at_unix_s is None:
            said = _("The next two minutes for it come with the reminder {name}.")
            return said.format(name=reminder.name)
        at = dt.datetime.fromtimestamp(at_unix_s, now.zone)
        said = _("The next two minutes for it come on {weekday} at {time}.")
        return said.format(weekday=names.weekday(at.weekday()), time=f"{at:%H:%M}")
    return _(
        "Your schedule has no strength reminder. Two minutes on weekdays, under reminders in postured config edit: "
        'strength: {at: "11:00", days: mon-fri, within: 4h, suggest: [strength]}'
    )


# ── red flags ─────────────────────────────────────────────────────────────────────────────────────


def flag(args: Namespace, console: Console) -> int:
    """Keep that a red flag is true, and print what to do; or print all of them."""
    without_answers(args)
    if args.code is None:
        return _list_flags(args, console)
    code = args.code.casefold().replace("-", "_")
    if code not in RED_FLAGS:
        raise CommandError(_no_such_flag(code), EXIT_USAGE)
    now = person.present()
    kept = _keep(console, [KnotLog("", Told.FLAG, code=code)], now)  # before anything else can go wrong
    table = known_table()
    found = knot.answer(table, Answers(flags=(code,)), (), _schedule(args, console).me)
    red = Cause.RED_EMERGENCY if code in EMERGENCY_FLAGS else Cause.RED_CLINICIAN
    course = _known_or_only(console, KnotLog("", Told.FLAG, code=code), now)
    if args.json:
        console.json(
            {
                "code": code,
                "at": _iso(now),
                "kept": kept,
                "cause": red.value,
                "say": knot.say(found),
                "flags": flags_json(course, now),
            }
        )
    elif episodes.red(course, now.unix_s) is not red:
        print_standing(console, standing(table, course, now))
    else:
        _print_red(console, found)
    return EXIT_WELL if kept else EXIT_FAILED


def _known_or_only(console: Console, log: KnotLog, now: Moment) -> Course:
    """What is known with that word; where nothing can be read or kept, that word alone."""
    try:
        known = person.known(console, now).course
    except CommandError:
        known = Course()
    return known if known.flags else episodes.told(known, log, now.unix_s)


def _no_such_flag(code: str) -> str:
    near = document.nearest(code[:40], RED_FLAGS)
    hint = _("did you mean {word}?").format(word=near) if near else _("all of them: postured knot flag")
    return _("there is no red flag {word}; {hint}").format(word=f"{code!r:.40}", hint=hint)


def _list_flags(args: Namespace, console: Console) -> int:
    table = known_table()
    if args.json:
        console.json({"emergency": _asks(table.emergency), "clinician": _asks(table.clinician)})
        return EXIT_WELL
    for heading, group in (
        (_("Call the emergency number now, if one of these is true:"), table.emergency),
        (
            _("See a doctor soon, if one of these is (and say so: postured knot flag CODE):"),
            table.clinician,
        ),
    ):
        console.say(console.bold(heading))
        for one in group:
            _headed(console, one.code, knot.flag_asked(one))
    return EXIT_WELL


def _asks(group: Iterable[knot.Flag]) -> list[dict[str, str]]:
    return [{"code": one.code, "ask": knot.flag_asked(one)} for one in group]


def clear(args: Namespace, console: Console) -> int:
    """Keep that somebody has looked at the red flags."""
    without_answers(args)
    now = person.present()
    course = person.known(console, now).course
    cleared, log = flags_json(course, now), KnotLog("", Told.CLEARED)
    kept = not cleared or _keep(console, [log], now)
    if args.json:
        console.json({"cleared": cleared, "at": _iso(now), "kept": kept})
    elif not cleared:
        console.say(_("No red flag stands."))
    elif kept:
        words = flag_words(known_table(), episodes.alarms(course, now.unix_s))
        console.wrapped(_("Cleared: {words}.").format(words=words))
        after = episodes.told(course, log, now.unix_s)
        closed = len(episodes.open_episodes(course)) - len(episodes.open_episodes(after))
        console.wrapped(_closed(closed) if closed else _("Suggestions go on as before."))
    return EXIT_WELL if kept else EXIT_FAILED


def _closed(number: int) -> str:
    """That the knots are over whose triage was red."""
    return n_(
        "This knot is closed here. If it is still sore: postured knot",
        "These knots are closed here. If one is still sore: postured knot",
        number,
    )


def flags_json(course: Course, now: Moment) -> list[dict[str, object]]:
    """The red flags that stand, and since when."""
    return [
        {"code": alarm.code, "since": iso(alarm.unix_s, now)} for alarm in episodes.alarms(course, now.unix_s)
    ]


def _iso(now: Moment) -> str:
    return iso(now.unix_s, now)


def iso(unix_s: float, now: Moment) -> str:
    """The instant with the offset of the person's time zone."""
    return dt.datetime.fromtimestamp(unix_s, now.zone).isoformat(timespec="seconds")
