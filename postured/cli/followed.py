"""`postured knot status`: the knots that are followed, day by day."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from postured.cli import person, plot
from postured.cli.console import EXIT_WELL, NO_BREAK, Console
from postured.cli.knot import flags_json, iso, known_table, print_standing, standing, where, without_answers
from postured.cli.schedule import items
from postured.core import course, engine, episodes, names
from postured.core.course import Press
from postured.core.knot import said_later
from postured.core.language import _, n_
from postured.core.model import Cause, Course, Episode, Kind, Knot, Moment

_DAY_S = 86400.0
_CLOSED_S = 90 * _DAY_S
"""How long a knot that is gone is still told of."""
_LABEL = 12
"""Columns of what stands on the left."""
_MOST_DAYS = 42
"""Of a plot."""


def status(args: Namespace, console: Console) -> int:
    """Print the knots that are followed, and those of the last months."""
    without_answers(args)
    state = person.state(args, console, items(console))
    followed = episodes.open_episodes(state.course)
    lately = [e for e in state.course.episodes if _closed_lately(e, state.now)]
    if args.json:
        console.json(_json(state, followed, lately))
        return EXIT_WELL
    red = _is_red(state)
    if red:
        print_standing(console, standing(known_table(), state.course, state.now))
    for number, episode in enumerate(followed):
        if number or red:
            console.say()
        _print_episode(console, state, episode, plain=args.plain)
    if not followed:
        console.say(_("No knot is being followed. Ask why you have one: postured knot"))
    if lately:
        console.say()
        console.say(console.bold(_("Gone")))
    for episode in reversed(lately):
        console.wrapped(_closed_line(episode, state.now))
    return EXIT_WELL


def _closed_lately(episode: Episode, now: Moment) -> bool:
    return episode.closed_unix_s is not None and now.unix_s - episode.closed_unix_s < _CLOSED_S


# ── what is known of one knot ─────────────────────────────────────────────────────────────────────


def _json(state: engine.State, followed: Sequence[Episode], lately: Sequence[Episode]) -> dict[str, object]:
    red = episodes.red(state.course, state.now.unix_s)
    return {
        "knots": [_episode_json(state, episode) for episode in followed],
        "closed": [_closed_json(episode, state.now) for episode in lately],
        "flags": flags_json(state.course, state.now),
        "red": None if red is None else red.value,
    }


def _episode_json(state: engine.State, episode: Episode) -> dict[str, object]:
    now, learned = state.now, course.learned(episode, state.practice, state.now)
    due = _due(state, episode)
    return {
        "knot": episode.id,
        "side": episode.triage.answers.side or None,
        "zone": episode.triage.answers.zone or None,
        "row": episode.triage.row,
        "cause": course.cause_at(episode, state.practice, now.unix_s).value,
        "since": iso(episode.opened_unix_s, now),
        "day": course.days(episode, now),
        "pain": [{"at": iso(at, now), "points": points} for at, points in episodes.pains(episode)],
        "areas": {
            area: [
                {"at": iso(p.unix_s, now), "before": p.before, "after": p.after, "spot": p.spot.value}
                for p in presses
            ]
            for area, presses in course.tenderness(episode, state.practice).items()
        },
        "eased": _eased(learned.areas, state, episode),
        "in_vain": _in_vain(learned.areas),
        "annoyed": course.annoyed(episode, state.practice),
        "next": _tried_next(state, episode),
        "rests": sorted(kind.value for kind in _rests(state, episode)),
        "asked_next": None if due is None else {"what": due.what, "at": iso(due.unix_s, now)},
    }


def _closed_json(episode: Episode, now: Moment) -> dict[str, object]:
    return {
        "knot": episode.id,
        "side": episode.triage.answers.side or None,
        "zone": episode.triage.answers.zone or None,
        "cause": episode.triage.cause.value,
        "since": iso(episode.opened_unix_s, now),
        "until": iso(episode.closed_unix_s or now.unix_s, now),
        "days": course.days(episode, now),
    }


def _eased(learned: Mapping[str, float], state: engine.State, episode: Episode) -> list[str]:
    """Where it got less tender; not the knot itself, if it took it ill afterwards."""
    ill = "knot" if course.annoyed(episode, state.practice) else ""
    return [area for area, liking in learned.items() if liking > 0 and area != ill]


def _in_vain(learned: Mapping[str, float]) -> list[str]:
    return [area for area, liking in learned.items() if liking < 0]


def _as_knot(state: engine.State, episode: Episode) -> Knot | None:
    """The knot as the engine has it; None behind a red flag of its own."""
    return next((k for k in state.knots if k.opened_unix_s == episode.opened_unix_s), None)


def _rests(state: engine.State, episode: Episode) -> frozenset[Kind]:
    knot = _as_knot(state, episode)
    return frozenset() if knot is None else knot.rests


def _tried_next(state: engine.State, episode: Episode) -> list[str]:
    """Where the next massage for this knot leads, if there may be one today."""
    knot = _as_knot(state, episode)
    if knot is None or _is_red(state):
        return []
    others = tuple(k for k in state.knots if k is not knot)
    stops = state.chooser.tour(engine.who(state)._replace(knot=knot, others=others))
    return list(dict.fromkeys(item.areas[0] for item in stops if item.areas))


def _is_red(state: engine.State) -> bool:
    return episodes.red(state.course, state.now.unix_s) is not None


def _due(state: engine.State, episode: Episode) -> course.Due | None:
    """When it is asked about, whatever is asked about the others; never while a red flag stands."""
    return None if _is_red(state) else course.due(Course((episode,)), state.now)


# ── for people ────────────────────────────────────────────────────────────────────────────────────


def _print_episode(console: Console, state: engine.State, episode: Episode, *, plain: bool) -> None:
    """Print all of it; while a red flag stands only how it went, and nothing of what it might be or what to do."""
    now = state.now
    since = _("day {day}, since {date}").format(
        day=course.days(episode, now), date=_date(episode.opened_unix_s, now)
    )
    console.say(console.bold(_sentence(f"{where(episode)}: {since}")))
    if _is_red(state):
        _print_pain(console, episode, now, plain=plain)
        return
    cause = names.cause(course.cause_at(episode, state.practice, now.unix_s).value)
    console.wrapped(_("Probably {cause}.").format(cause=cause))
    for key in _turns(state, episode):
        console.wrapped(said_later(known_table(), key))
    _print_pain(console, episode, now, plain=plain)
    _print_areas(console, course.tenderness(episode, state.practice), plain=plain)
    learned = course.learned(episode, state.practice, now).areas
    _print_row(console, _("Eased in"), _listed(_eased(learned, state, episode)))
    _print_row(console, _("In vain in"), _listed(_in_vain(learned)))
    if course.annoyed(episode, state.practice):
        _print_row(console, _("Leave"), _("the knot itself, for pressing annoyed it"))
    _print_row(console, _("Next"), _next_line(state, episode))
    if (due := _due(state, episode)) is not None:
        _print_row(console, _("Check-in"), _asked(due, now))


def _turns(state: engine.State, episode: Episode) -> Iterator[str]:
    """What has become of it by itself, as the table names it."""
    cause = course.cause_at(episode, state.practice, state.now.unix_s)
    if cause is Cause.MIXED and episode.triage.cause is not cause:
        yield "mixed"
    if course.in_vain(episode, state.practice):
        yield "in_vain"


def _next_line(state: engine.State, episode: Episode) -> str:
    if tried := _tried_next(state, episode):
        return _("{areas}; begin with: postured massage").format(areas=_listed(tried, then=True))
    if Kind.MASSAGE in _rests(state, episode):
        return _("massage rests for now, movement and warmth go on")
    return _("no pressing today, or none that suits you; why: postured massage")


def _print_pain(console: Console, episode: Episode, now: Moment, *, plain: bool) -> None:
    told = episodes.pains(episode)
    if not told:
        return
    days = _by_day(told, episode, now)
    if plain:
        said = [_("day {day}: {points}").format(day=day, points=n) for day, n in days if n is not None]
        _print_row(console, _("Pain"), _("{days} (0 to 10)").format(days=", ".join(said)))
        return
    room = min(_MOST_DAYS, console.text_width - _LABEL - 24)
    drawn = plot.sparks((points for _day, points in days[-room:]), blocks=_blocks(console))
    last = told[-1][1]
    _print_row(console, _("Pain"), _("{drawn}  {last} of 10, one mark a day").format(drawn=drawn, last=last))


def _by_day(told: Iterable[tuple[float, int]], episode: Episode, now: Moment) -> list[tuple[int, int | None]]:
    """Each day of the knot, from 1 on, with its last points."""
    numbered = [(course.days(episode._replace(closed_unix_s=at), now) - 1, points) for at, points in told]
    return list(enumerate(plot.by_day(numbered, course.days(episode, now)), 1))


def _print_areas(console: Console, tender: Mapping[str, Sequence[Press]], *, plain: bool) -> None:
    """One row for each area, with how tender it was before and after each time."""
    told = {
        area: [(p.before, p.after) for p in presses if p.before is not None or p.after is not None]
        for area, presses in tender.items()
    }
    told = {area: points for area, points in told.items() if points}
    if not told:
        return
    _print_row(console, _("Tender"), _("before and after each press, 0 to 10"))
    wide = max(len(names.area(area)) for area in told)
    for area, points in told.items():
        if plain:
            drawn = ", ".join(_in_words(*pair) for pair in points)
        else:
            room = console.text_width - _LABEL - wide - 2
            drawn = plot.pairs(points, room, blocks=_blocks(console))
        console.wrapped(drawn, " " * _LABEL + names.area(area).ljust(wide) + "  ")


def _in_words(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return str(before if after is None else after)
    return _("{before} then {after}").format(before=before, after=after).replace(" ", NO_BREAK)


def _blocks(console: Console) -> bool:
    """Whether the terminal can draw them."""
    return console.full != "#"


def _print_row(console: Console, label: str, text: str) -> None:
    if text:
        console.wrapped(text, label.ljust(_LABEL - 2) + "  ")


def _listed(areas: Sequence[str], *, then: bool = False) -> str:
    words = [names.area(area) for area in areas]
    return _(", then ").join(words) if then else ", ".join(words)


def _asked(due: course.Due, now: Moment) -> str:
    what = {
        "review": _("the look back after two weeks, with the safety questions"),
        "closing": _("whether it is gone"),
    }.get(due.what, _("how sore it is"))
    if due.unix_s <= now.unix_s:
        return _("at the next occasion: {what}").format(what=what)
    return _("{date} from {time} on: {what}").format(
        what=what, date=_date(due.unix_s, now), time=f"{datetime.fromtimestamp(due.unix_s, now.zone):%H:%M}"
    )


def _closed_line(episode: Episode, now: Moment) -> str:
    days = course.days(episode, now)
    return _sentence(
        _("{where}: {since} to {until}, {days}, probably {cause}").format(
            where=where(episode),
            since=_date(episode.opened_unix_s, now),
            until=_date(episode.closed_unix_s or now.unix_s, now),
            days=n_("{days} day", "{days} days", days).format(days=days),
            cause=names.cause(episode.triage.cause.value),
        )
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _date(unix_s: float, now: Moment) -> str:
    at = datetime.fromtimestamp(unix_s, now.zone)
    return f"{names.weekday(at.weekday())} {at:%Y-%m-%d}"
