"""What the program says, in plain words: notices, and sentences for `why`. Pure text; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from postured.core import names
from postured.core.choose import Lacking
from postured.core.durations import format_duration
from postured.core.language import _, n_, p_
from postured.core.model import Action, Cause, Decide, Hold, Item, Kind, Level, Problem
from postured.core.safety import Refusal
from postured.core.state import NOTHING_SUITS, RED_FLAG
from postured.core.strength import steps as steps_at

TITLE_LIMIT = 60


def label(action: Action) -> str:
    """What stands on the button."""
    match action:
        case Action.SHOW:
            return _("Show me")
        case Action.DONE:
            return _("Done")
        case Action.LATER:
            return _("Later")
        case Action.SKIP:
            return _("Skip")


def _hold_sentence(hold: Hold) -> str:
    match hold:
        case Hold.PAUSED:
            return _("you paused it")
        case Hold.CALL:
            return _("you are in a call")
        case Hold.FULLSCREEN:
            return _("a window is full-screen")
        case Hold.DND:
            return _("do-not-disturb is on")
        case Hold.AWAY:
            return _("you are away")
        case Hold.OFF_HOURS:
            return _("it is outside your hours")


# ── notices ───────────────────────────────────────────────────────────────────────────────────────


def item_title(item: Item) -> str:
    """The item's name."""
    return p_(f"{item.id}.title", item.title)


def notice_title(item: Item) -> str:
    """The imperative a notice shows first, at most `TITLE_LIMIT` characters."""
    text = p_(f"{item.id}.summary", item.summary) or item_title(item)
    return text if len(text) <= TITLE_LIMIT else text[: TITLE_LIMIT - 1].rstrip() + "…"


def notice_body(item: Item, level: int = 0) -> str:
    """How to do it, in one line, and in another how long it takes, where and with what.

    Args:
        item: What is suggested.
        level: The person's level of a strength item; 0 for its first.
    """
    how = p_(f"{item.id}.how", item.how)
    if 1 < level <= len(item.levels):
        how = p_(f"{item.id}.levels.{level}.variation", item.levels[level - 1].variation)
    return f"{how}\n{dose(item, level)}" if how else dose(item, level)


def _level(item: Item, level: int) -> Level | None:
    """The level, or the nearest that the item has now; None where there are none."""
    return item.levels[min(max(level, 1), len(item.levels)) - 1] if item.levels else None


def dose(item: Item, level: int = 0) -> str:
    """How long an item takes, where, and with what; of a strength item also how often."""
    of = _level(item, level)
    done = of or item
    tools = [names.tool(tool) for tool in done.equipment if tool not in (*done.place, "none")]
    parts = [spoken(done.duration_s)]
    if of is not None:
        parts = [_("level {level}").format(level=of.level), amount(item, of), *parts]
    if done.place:
        parts.append(names.place(done.place[0]))
    if tools:
        parts.append(_("with {tools}").format(tools=", ".join(tools)))
    line = ", ".join(parts)
    return line[0].upper() + line[1:] + "."


def amount(item: Item, level: Level) -> str:
    """Sets and repetitions of a level."""
    text = _("{sets} × {reps}") if item.side_mode == "none" else _("{sets} × {reps} each side")
    return text.format(sets=level.sets, reps=level.reps)


def steps(item: Item, level: int = 0) -> str:
    """The item's steps, one a line, each with its seconds; then the cautions."""
    numbered = enumerate(steps_at(item, level), 1)
    lines = [f"{n}. {step.text} ({step.seconds} s)" for n, step in numbered]
    return "\n".join([*lines, *(f"! {caution}" for caution in cautions(item))])


def cautions(item: Item) -> list[str]:
    """What to take care of."""
    return [p_(f"{item.id}.cautions.{n}", caution) for n, caution in enumerate(item.cautions, 1)]


def buttons(*, later: bool) -> tuple[tuple[str, str], ...]:
    """Pairs of action key and label, the default action first."""
    keys = [Action.SHOW, Action.DONE, Action.LATER, Action.SKIP]
    return tuple((k.value, label(k)) for k in keys if later or k is not Action.LATER)


def commands(*, later: bool, leads: bool = False) -> str:
    """How to answer where no buttons can be drawn.

    Args:
        later: It may be put off.
        leads: *Show me* begins something that goes card by card.
    """
    words = ["done", "later", "skip"] if later else ["done", "skip"]
    if leads:
        words.append("answer show")
    return _("Answer with: postured {words}").format(words=" · ".join(words))


def answer_command(answers: Iterable[str], *, points: bool = False) -> str:
    """How to answer a card where no buttons can be drawn.

    Args:
        answers: The words it can be answered with.
        points: It may be answered with a number as well.
    """
    said = _("Answer with: postured answer {words}").format(words=" · ".join(answers))
    return said + _(" · or a number, 0 to 10") if points else said


def counted() -> tuple[str, str]:
    """Title and text when a break was seen."""
    return _("Break counted"), _("Nothing to click. Well done.")


def stuck(hold: str, hold_at_most_s: float) -> tuple[str, str]:
    """Title and text when a sensed hold has stood very long."""
    text = _("For {time} it has looked as if {why}. From now on that is ignored until it ends.")
    return (
        _("Reminders have been held back for long"),
        text.format(time=spoken(hold_at_most_s), why=_hold_sentence(Hold(hold))),
    )


def emptied(kind: Kind, flags: Iterable[str]) -> tuple[str, str]:
    """Title and text when the person's cautions leave nothing of a kind."""
    text = _(
        "With what stands under flags ({flags}), nothing of this kind is suggested. You get short breaks instead."
    )
    return (
        _("Nothing left: {kind}").format(kind=names.kind(kind)),
        text.format(flags=", ".join(names.flag(flag) for flag in sorted(flags))),
    )


def lacking(kind: Kind, what: Lacking) -> tuple[str, str]:
    """Title and text when nothing of a kind can be done with what there is."""
    return (
        _("You get short breaks instead of: {kind}").format(kind=names.kind(kind)),
        _("{what} If you have that, write it into your schedule, under me.").format(what=_needed(what)),
    )


def _needed(what: Lacking) -> str:
    tools = ", ".join(names.tool(tool) for tool in what.equipment)
    places = ", ".join(names.place(place) for place in what.places)
    if tools and places:
        return _("You would need: {tools}; {places}.").format(tools=tools, places=places)
    if tools or places:
        return _("You would need: {tools}.").format(tools=tools or places)
    return _("What there is would be noticed in an open office.")


def welcome(config: str, first: str) -> tuple[str, str]:
    """Title and text of the very first notice."""
    return (
        _("postured is keeping an eye on your breaks"),
        _("{first} Your schedule: {path}").format(first=first, path=config),
    )


def written(config: str) -> str:
    """That the first schedule was made."""
    return _("Your schedule was written to {path}; edit it with: postured config edit").format(path=config)


def running(first: str, speed: float) -> str:
    """What a terminal reads when the daemon has begun."""
    said = _("postured is running. {first}").format(first=first)
    if speed != 1.0:
        said += _(" Time runs {speed:.0f} times as fast until a notice is up.").format(speed=speed)
    return said


def first_reminder(name: str | None, at: datetime | None, now: datetime) -> str:
    """When the first reminder can come, in one sentence."""
    if name is None or at is None:
        return _("Nothing in the schedule can come due; see postured plan.")
    time = f"{at:%H:%M}" if at.date() == now.date() else f"{names.weekday(at.weekday())} {at:%H:%M}"
    return _("The first reminder can come at {time} ({name}).").format(time=time, name=name)


def broken_library(problems: list[Problem]) -> tuple[str, str]:
    """Title and text when files of the person's own items cannot be read."""
    first = problems[0]
    text = _("{where}: {what}. What they held before goes on. See: postured config check")
    where = f"{first.file.rsplit('/', 1)[-1]}:{first.line}"
    return (
        _("Mistakes in your own items: {count}").format(count=len(problems)),
        text.format(where=where, what=first.message),
    )


def not_written(why: str) -> tuple[str, str]:
    """Title and text when the first schedule could not be written."""
    return (
        _("postured runs, but your schedule could not be saved"),
        _("{why}. See: postured doctor").format(why=why[0].upper() + why[1:]),
    )


def broken(problems: list[Problem], which: str = "old") -> tuple[str, str]:
    """Title and text when a saved schedule cannot be read; `which` one it runs on instead."""
    first = problems[0]
    more = n_(" And {count} more.", " And {count} more.", len(problems) - 1).format(count=len(problems) - 1)
    where = f"{first.path}: " if first.path else ""
    title = {
        "old": _("Your schedule has a mistake; the old one goes on"),
        "last good": _("Your schedule has a mistake; the last good one goes on"),
        "default": _("Your schedule has a mistake; the default one goes on"),
    }
    text = _("Line {line}: {what}.{more} See: postured config check")
    return title[which], text.format(
        line=first.line, what=where + first.message, more=more if len(problems) > 1 else ""
    )


# ── why ───────────────────────────────────────────────────────────────────────────────────────────


def decision(told: Decide) -> str:
    """One decision as a sentence without its time, as `reset was due, held: call`."""
    name = told.reminder
    match told.verdict:
        case "shown":
            said = _("{name} was due and shown: {item}").format(name=name, item=told.because)
            return said + _why_this(told.detail)
        case "asked":
            return _("{item} was shown, because you asked for it").format(item=told.because)
        case "held":
            return _held(name, told.because)
        case "waits" if told.because == "spacing":
            return _("{name} was due, but the last notice was too short a time ago (notify.spacing)").format(
                name=name
            )
        case "waits":
            return _("{name} was due, waiting for you to be there: nobody at the keys").format(name=name)
        case "answered":
            return _("{name} was answered for by {other}").format(name=name, other=told.because)
        case "stated":
            on, off = _("you said: {name} on"), _("you said: {name} off")
            return (on if told.because == "on" else off).format(name=name)
        case "hidden":
            return _("{name} was taken down again, held: {holds}").format(name=name, holds=told.because)
        case "again":
            return _("{name} was shown again: {item}").format(name=name, item=told.because)
        case "asks":
            return _("it was time to ask how your knot is")
        case "missed":
            return _("{name} was missed: {why}").format(name=name, why=_missed(told.because))
        case _:
            return f"{name}: {told.verdict} {told.because}".rstrip()


def _held(name: str, because: str) -> str:
    if because == NOTHING_SUITS:
        return _("{name} was due, but the library has nothing that suits you now").format(name=name)
    if because == RED_FLAG:
        return _("{name} was due, but {why}").format(name=name, why=red_flag(Cause.RED_EMERGENCY))
    return _("{name} was due, held: {holds}").format(name=name, holds=because)


def red_flag(cause: str) -> str:
    """Why nothing, or hardly anything, is suggested while something stands that needs a person."""
    if cause == Cause.RED_EMERGENCY:
        return _("a red flag stands: call your local emergency number; afterwards postured knot clear")
    return _("a red flag stands: see a doctor; afterwards postured knot clear")


def _missed(reason: str) -> str:
    known = {
        "not running": _("not running"),
        "nobody there": _("nobody there"),
        "no quiet moment": _("no quiet moment"),
    }
    return known.get(reason, reason)


def _why_this(detail: str) -> str:
    """Why it was this item, as the end of a sentence; nothing where that isn't known."""
    because, _sep, what = detail.partition(" ")
    match because:
        case "turn":
            return _(", because it was the turn of: {region}").format(region=names.region(what))
        case "zone":
            return _(", because for your knot the next area to try is: {area}").format(area=names.area(what))
        case "right_spot":
            return _(", because pressing has eased it there before: {area}").format(area=names.area(what))
        case "only":
            return _(", because nothing else suits you now")
        case "instead":
            return _(", because now nothing suits you of the kind: {kind}").format(kind=names.kind(what))
        case "later":
            return _(", because you had put it off")
        case _:
            return ""


def because_held(holds: list[str]) -> str:
    """Why nothing is shown, for people."""
    return ", ".join(_hold_sentence(Hold(h)) for h in holds)


def refusal(item: Item, refused: Refusal) -> str:
    """Why an item that was asked for by name is not given."""
    name = item_title(item)
    match refused.because:
        case "red":
            return red_flag(refused.detail)
        case "flag":
            text = _("{item} is not for you: {flag} stands under flags in your schedule")
            return text.format(item=name, flag=names.flag(refused.detail))
        case "told":
            return _("{item} is not for you: {flag}").format(item=name, flag=names.flag(refused.detail))
        case "early":
            return _("{item} loads the muscle; leave it for the first two days of a knot").format(item=name)
        case "cause":
            return _not_for_this_knot(item).format(item=name)
        case "annoyed":
            return _("{item} annoyed the knot last time; leave it alone for two weeks").format(item=name)
        case _:
            return f"{name}: {_enough(refused)}"


def _enough(refused: Refusal) -> str:
    match refused.because:
        case "gap":
            return _("it is too soon after the last time; again in {minutes} min").format(
                minutes=refused.detail
            )
        case "week":
            return _("that was enough for this week; too much makes it worse")
        case "stopped":
            return _("you stopped for today; go on tomorrow, if all is well")
        case _:
            return _("that was enough for today; too much makes it worse")


def _not_for_this_knot(item: Item) -> str:
    stretches = "stretch" in item.technique
    if item.target == "knot" or "knot" in item.areas or (item.knot_overlap_zones and not stretches):
        return _("{item} presses on the knot itself, and that would only annoy it; try the areas around")
    if stretches:
        return _("{item} stretches the knot's own muscle, which is better left; try the chest or the sides")
    return _("{item} is not for a knot like yours; try the areas around")


def nothing_of(kind: Kind, flags: Iterable[str], what: Lacking | None, refused: Refusal | None) -> str:
    """Why there is nothing of a kind that was asked for."""
    name = names.kind(kind)
    if listed := ", ".join(names.flag(flag) for flag in sorted(flags)):
        text = _("nothing is left of {kind} with what stands under flags in your schedule ({flags})")
        return text.format(kind=name, flags=listed)
    if what is not None:
        return _("nothing of {kind} can be done with what you have. {needed} See me in your schedule").format(
            kind=name, needed=_needed(what)
        )
    if refused is not None:
        return f"{name}: {_enough(refused)}"
    text = _("nothing of {kind} suits you now; what there is, and why not: postured library --kind {word}")
    return text.format(kind=name, word=kind)


def resting_item(item: Item, until: datetime) -> str:
    """That an item rests after it was skipped three times, and how to bring it back."""
    text = _(
        "{title} ({item}) was skipped three times and rests until {day}; bring it back with: postured now {item}"
    )
    return text.format(title=item_title(item), item=item.id, day=f"{until:%Y-%m-%d}")


# ── lengths of time ───────────────────────────────────────────────────────────────────────────────


def spoken(seconds: float) -> str:
    """A length of time as people say it, to the nearest whole unit that matters."""
    if seconds < 120:
        return f"{round(seconds)} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return format_duration(round(seconds / 60) * 60.0)
