"""What the program says, in plain words: notices, and sentences for `why`. Pure text; nothing is decided here."""

from __future__ import annotations

from datetime import datetime

from postured.core.durations import format_duration
from postured.core.model import Action, Decide, Hold, Item, Problem

TITLE_LIMIT = 60

LABELS = {
    Action.SHOW: "Show me",
    Action.DONE: "Done",
    Action.LATER: "Later",
    Action.SKIP: "Skip",
}

_HOLD_SENTENCE = {
    Hold.PAUSED: "you paused it",
    Hold.CALL: "you are in a call",
    Hold.FULLSCREEN: "a window is full-screen",
    Hold.DND: "do-not-disturb is on",
    Hold.AWAY: "the screen is locked",
    Hold.OFF_HOURS: "it is outside your hours",
}

_WHERE = {
    "desk": "at the desk",
    "stand": "standing",
    "wall": "at a wall",
    "floor": "on the floor",
    "home": "at home",
}


def notice_title(item: Item) -> str:
    """The imperative a notice shows first, at most `TITLE_LIMIT` characters."""
    text = item.summary or item.title
    return text if len(text) <= TITLE_LIMIT else text[: TITLE_LIMIT - 1].rstrip() + "…"


def notice_body(item: Item) -> str:
    """One line of how: how long, where, and with what."""
    first = item.levels[0] if item.levels else None
    place = (first or item).place
    tools = [t.replace("_", " ") for t in (first or item).equipment if t not in (*place, "none")]
    parts = [spoken(item.duration_s)]
    if place:
        parts.append(_WHERE.get(place[0], place[0]))
    if tools:
        parts.append("with " + ", ".join(tools))
    line = ", ".join(parts)
    return line[0].upper() + line[1:] + "."


def steps(item: Item) -> str:
    """The item's steps, one a line, each with its seconds; then the cautions."""
    lines = [f"{n}. {step.text} ({step.seconds} s)" for n, step in enumerate(item.steps, 1)]
    return "\n".join([*lines, *(f"! {caution}" for caution in item.cautions)])


def buttons(*, later: bool) -> tuple[tuple[str, str], ...]:
    """Pairs of action key and label, the default action first."""
    keys = [Action.SHOW, Action.DONE, Action.LATER, Action.SKIP]
    return tuple((k.value, LABELS[k]) for k in keys if later or k is not Action.LATER)


def commands(*, later: bool) -> str:
    """How to answer where no buttons can be drawn."""
    words = ["done", "later", "skip"] if later else ["done", "skip"]
    return "Answer with: postured " + " · ".join(words)


def counted() -> tuple[str, str]:
    """Title and text when a break was seen."""
    return "Break counted", "Nothing to click. Well done."


def stuck(hold: str, hold_at_most_s: float) -> tuple[str, str]:
    """Title and text when a sensed hold has stood very long."""
    why = _HOLD_SENTENCE.get(Hold(hold), hold)
    return (
        "Reminders have been held back for long",
        f"For {spoken(hold_at_most_s)} it has looked as if {why}. From now on that is ignored until it ends.",
    )


def welcome(config: str, first: str) -> tuple[str, str]:
    """Title and text of the very first notice."""
    return "postured is keeping an eye on your breaks", f"{first} Your schedule: {config}"


def first_reminder(name: str | None, at: datetime | None, now: datetime) -> str:
    """When the first reminder can come, in one sentence."""
    if name is None or at is None:
        return "Nothing in the schedule can come due; see postured plan."
    day = "" if at.date() == now.date() else f"{at:%a} "
    return f"The first reminder can come at {day}{at:%H:%M} ({name})."


def not_written(why: str) -> tuple[str, str]:
    """Title and text when the first schedule could not be written."""
    return (
        "postured runs, but your schedule could not be saved",
        f"{why[0].upper()}{why[1:]}. See: postured doctor",
    )


def broken(problems: list[Problem], which: str = "old") -> tuple[str, str]:
    """Title and text when a saved schedule cannot be read; `which` one it runs on instead."""
    first = problems[0]
    more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
    where = f"{first.path}: " if first.path else ""
    return (
        f"Your schedule has a mistake; the {which} one goes on",
        f"Line {first.line}: {where}{first.message}.{more} See: postured config check",
    )


def decision(told: Decide) -> str:
    """One decision as a sentence without its time, as `reset was due, held: call`."""
    name = told.reminder
    match told.verdict:
        case "shown":
            return f"{name} was due and shown: {told.because}"
        case "held":
            return f"{name} was due, held: {told.because}"
        case "waits" if told.because == "spacing":
            return f"{name} was due, but the last notice was too short a time ago (notify.spacing)"
        case "waits":
            return f"{name} was due, waiting for you to be there: {told.because}"
        case "answered":
            return f"{name} was answered for by {told.because}"
        case "missed":
            return f"{name} was missed: {told.because}"
        case _:
            return f"{name}: {told.verdict} {told.because}".rstrip()


def because_held(holds: list[str]) -> str:
    """Why nothing is shown, for people."""
    return ", ".join(_HOLD_SENTENCE.get(Hold(h), h) for h in holds)


def spoken(seconds: float) -> str:
    """A length of time as people say it, to the nearest whole unit that matters."""
    if seconds < 120:
        return f"{round(seconds)} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return format_duration(round(seconds / 60) * 60.0)
