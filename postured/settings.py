"""The schedule: YAML text to a `Schedule`, or every problem that stands in the way; and back to YAML.

One table of fields per section drives reading, suggestions, `show` and the schema. This module opens no file,
and reading has no other effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from postured.core.document import (
    DAYS,
    LIST,
    MAP,
    SCALAR,
    Node,
    Reader,
    describe,
    join,
    parse,
    parse_minutes,
)
from postured.core.durations import format_duration
from postured.core.language import _
from postured.core.model import (
    ACTIVITY,
    EQUIPMENT,
    FLAGS,
    NEVER,
    PLACES,
    Counts,
    Hold,
    Hours,
    Kind,
    Me,
    Problem,
    Reminder,
    Schedule,
)

_DAY_S = 86_400
_LONGEST_PROGRAM = 200
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_WINDOW = re.compile("\\s*([0-9:]+)\\s*(?:-|\N{EN DASH}|to)\\s*([0-9:]+)\\s*")
_PER_DAY = re.compile(r"([0-9]{1,3})(?:\s*(?:per|a|/)\s*day)?")
_OFF = frozenset({"off", "no", "false"})

_IN_EVERY_PRESET = """
strength: {at: "11:00", days: mon-fri, within: 4h, suggest: [strength]}
release: {after: 90m, pause: never, at_most: 2 per day, suggest: [massage], when: knot}
warmth: {at: "17:30", suggest: [thermal], when: knot}
"""
_PRESETS = {
    "gentle": """
reset: {after: 30m, pause: 60s, repeat: 15m, suggest: [break]}
long_break: {after: 90m, pause: 3m, repeat: 30m, suggest: [mobility, break]}
""",
    "standard": """
reset: {after: 20m, pause: 60s, repeat: 10m, suggest: [break]}
long_break: {after: 60m, pause: 5m, repeat: 15m, suggest: [mobility, break]}
""",
    "knot": """
reset: {after: 20m, pause: 60s, repeat: 10m, suggest: [break, mobility]}
long_break: {after: 45m, pause: 5m, repeat: 15m, suggest: [massage, mobility, break]}
""",
    "deep-work": """
reset: {after: 40m, pause: 60s, repeat: 20m, suggest: [break]}
long_break: {after: 80m, pause: 5m, repeat: 20m, suggest: [mobility, break]}
""",
}
"""Resets are asked for 30 to 40 s, but no rest shorter than the usual `idle_after` can be seen."""
PRESETS = tuple(_PRESETS)
_USUAL = "standard"


def preset(name: str) -> tuple[Reminder, ...]:
    """Return the reminders of one of `PRESETS`."""
    reader = Reader(f"preset {name}")
    node, _ = parse(_PRESETS[name] + _IN_EVERY_PRESET, reader.file)
    return tuple(_reminders(reader, node, {}).values()) if node else ()


def default() -> Schedule:
    """Return the schedule of somebody who has written nothing."""
    return replace(_without_reminders(), reminders=preset(_USUAL))


def _without_reminders() -> Schedule:
    at_hand = frozenset({"chair", "wall", "doorway", "tennis_ball"})
    return Schedule(reminders=(), me=Me(equipment=at_hand))


def read(text: str, file: str) -> tuple[Schedule | None, list[Problem]]:
    """Return the schedule written in `text`, or None and all that is wrong with it, in the file's order.

    Args:
        text: The whole file.
        file: Its name, for the problems.
    """
    node, problems = parse(text, file)
    return read_tree(node, problems, file)


def read_tree(node: Node | None, problems: list[Problem], file: str) -> tuple[Schedule | None, list[Problem]]:
    """Return the same from what `document.parse` made of the text."""
    reader = Reader(file, problems)
    if node is None:
        if not problems:
            hint = _(
                "write `preset: {preset}`, or delete the file to get a fresh one that explains every key"
            ).format(preset=_USUAL)
            return None, [Problem(file, 1, 1, "", _("nothing is written in this file"), hint)]
        return None, reader.sorted()
    schedule = _schedule(reader, node)
    return (None, reader.sorted()) if reader.problems else (schedule, [])


def write_days(days: Collection[int]) -> str:
    """Return the shortest text that reads as these weekdays, as `mon-fri` or `mon, wed`."""
    if len(days) == 7:
        return "daily"
    parts = []
    for first in sorted(day for day in days if (day - 1) % 7 not in days):
        last = first
        while (last + 1) % 7 in days:
            last = (last + 1) % 7
        apart = (last - first) % 7
        names = [DAYS[first], DAYS[last]][: apart + 1]
        parts.append(("-" if apart > 1 else ", ").join(names))
    return ", ".join(parts)


# ── the forms a value can have ────────────────────────────────────────────────────────────────────


class _Form(NamedTuple):
    """How a value is read (None: complained about), how it is written, and what editors are told of it."""

    read: Callable[[Reader, Node, str], Any]
    write: Callable[[Any], str]
    schema: Mapping[str, object]


_DURATION_PATTERN = r"^\s*([0-9]+(\.[0-9]+)?\s*(d|h|m|s|days?|h(ou)?rs?|min(ute)?s?|sec(ond)?s?)\s*)+$"
_DAY_PATTERN = "(mon|tue|wed|thu|fri|sat|sun|weekdays|weekend|daily|[A-Za-z]+day)"
_DAYS_PATTERN = rf"^\s*{_DAY_PATTERN}(\s*[-,\u2013]\s*{_DAY_PATTERN})*\s*$"
_TIME_PATTERN = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
_WINDOW_PATTERN = rf"^\s*{_TIME_PATTERN}\s*(-|\u2013|to)\s*({_TIME_PATTERN}|24:00)\s*$"


def _duration(low: float, high: float, *, never: bool = False) -> _Form:
    pattern = rf"{_DURATION_PATTERN}|^never$" if never else _DURATION_PATTERN
    return _Form(
        lambda reader, node, path: reader.duration(node, path, low, high, never=never),
        lambda value: "never" if value == NEVER else format_duration(value),
        {"type": "string", "pattern": pattern, "examples": ["90s", "20m", "1h30m"]},
    )


def _choice(words: Collection[str]) -> _Form:
    return _Form(lambda reader, node, path: reader.choice(node, path, words), str, {"enum": list(words)})


def _words(words: Collection[str], make: Callable[[Iterable[str]], object], *, least: int = 0) -> _Form:
    """Take some of the words; `make` gathers those chosen, in their order or without any."""

    def read_words(reader: Reader, node: Node, path: str) -> object:
        chosen = reader.choices(node, path, words, least=least)
        return None if chosen is None else make(chosen)

    def write_words(value: Collection[str]) -> str:
        ordered = value if isinstance(value, tuple) else [word for word in words if word in value]
        return "[" + ", ".join(ordered) + "]"

    one = {"enum": list(words)}
    several = {"type": "array", "items": one, "uniqueItems": True, "minItems": least}
    return _Form(read_words, write_words, {"anyOf": [one, several]})


def _kinds(words: Iterable[str]) -> tuple[Kind, ...]:
    return tuple(Kind(word) for word in words)


def _counts(words: Iterable[str]) -> frozenset[Counts]:
    return frozenset(Counts(word) for word in words)


def _holds(words: Iterable[str]) -> frozenset[Hold]:
    return frozenset(Hold(word) for word in words)


def _programs() -> _Form:
    def read_programs(reader: Reader, node: Node, path: str) -> frozenset[str] | None:
        alone = node.kind == SCALAR and not node.blank
        names = (
            [(path, node)] if alone else reader.items(node, path, _("a list of programs, as [easyeffects]"))
        )
        if names is None:
            return None
        for where, name in names:
            if name.kind != SCALAR or name.blank or not 0 < len(name.text.strip()) <= _LONGEST_PROGRAM:
                reader.unwanted(name, where, _("the name of a program, as easyeffects"))
                return None
        return frozenset(name.text.strip().lower() for _where, name in names)

    def write_programs(value: Collection[str]) -> str:
        return "[" + ", ".join(_quoted(name) for name in sorted(value)) + "]"

    one = {"type": "string", "minLength": 1, "maxLength": _LONGEST_PROGRAM}
    several = {"type": "array", "items": one}
    return _Form(read_programs, write_programs, {"anyOf": [one, several]})


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _boolean() -> _Form:
    either = {"enum": [True, False, "yes", "no", "on", "off"]}
    return _Form(Reader.boolean, lambda value: "true" if value else "false", either)


def _time() -> _Form:
    schema = {"type": "string", "pattern": f"^{_TIME_PATTERN}$", "examples": ["11:00"]}
    return _Form(Reader.time_of_day, lambda value: f'"{value:%H:%M}"', schema)


def _days() -> _Form:
    texts = {"type": "string", "pattern": _DAYS_PATTERN, "examples": ["mon-fri", "mon, wed, fri", "weekend"]}
    return _Form(
        Reader.days, write_days, {"anyOf": [texts, {"type": "array", "items": texts, "minItems": 1}]}
    )


def _per_day() -> _Form:
    def read_per_day(reader: Reader, node: Node, path: str) -> int | None:
        match = _PER_DAY.fullmatch(node.text.strip().lower()) if node.kind == SCALAR else None
        if match is None or int(match[1]) == 0:
            reader.unwanted(node, path, _("a whole number from 1, as 2 per day"))
            return None
        return int(match[1])

    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 999},
            {"type": "string", "pattern": r"^[0-9]{1,3}( *(per|a|/) *day)?$", "examples": ["2 per day"]},
        ]
    }
    return _Form(read_per_day, lambda value: f"{value} per day", schema)


def _when() -> _Form:
    def read_when(reader: Reader, node: Node, path: str) -> bool | None:
        word = reader.choice(node, path, ("knot", "always"))
        return None if word is None else word == "knot"

    return _Form(read_when, lambda value: "knot" if value else "always", {"enum": ["knot", "always"]})


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


class Field(NamedTuple):
    """One key of the schedule."""

    key: str
    attribute: str
    """Of `Schedule`, `Me` or `Reminder`."""
    form: _Form
    help: str
    """One sentence, shown by editors."""


WORK = (
    Field(
        "activity",
        "activity",
        _choice(ACTIVITY),
        "What tells work from silence; auto finds out.",
    ),
    Field(
        "idle_after",
        "idle_after_s",
        _duration(1, 3600),
        "Silence this long is rest; shorter, it is reading and still counts as work (1s to 1h).",
    ),
    Field(
        "counts",
        "counts",
        _words(tuple(Counts), _counts, least=1),
        "What counts as work: input, a call, a video watched full-screen.",
    ),
)
ME = (
    Field("equipment", "equipment", _words(EQUIPMENT, frozenset), "What lies at hand."),
    Field("places", "places", _words(PLACES, frozenset, least=1), "Where you can go."),
    Field("discreet", "discreet", _boolean(), "Only what can be done unnoticed in an open office."),
    Field("dominant", "dominant", _choice(("right", "left", "both")), "The hand you use most."),
    Field("flags", "flags", _words(FLAGS, frozenset), "Standing cautions; each takes away what could harm."),
)
NOTIFY = (
    Field(
        "backend",
        "backend",
        _choice(("auto", "desktop", "plyer", "console")),
        "How notices are shown; auto finds out.",
    ),
    Field("spacing", "spacing_s", _duration(0, 3600), "At least this long between two notices (0s to 1h)."),
)
HOLDS = (
    Field(
        "hold",
        "hold",
        _words((Hold.CALL, Hold.FULLSCREEN, Hold.DND), _holds),
        "What keeps notices back, and loses none: a call, a full-screen window, do-not-disturb.",
    ),
    Field(
        "hold_at_most",
        "hold_at_most_s",
        _duration(60, 7 * _DAY_S),
        "A hold that lasts longer is named once, then ignored until it ends (1m to 7d).",
    ),
)
IGNORE = (
    Field(
        "call",
        "ignore_call",
        _programs(),
        "Programs that record all the time, or film; that is no call.",
    ),
    Field(
        "fullscreen",
        "ignore_fullscreen",
        _programs(),
        "Programs over whose full-screen windows notices may come, such as your editor.",
    ),
)
REMINDER = (
    Field("after", "after_s", _duration(1, _DAY_S), "Work until it is due."),
    Field("pause", "pause_s", _duration(1, _DAY_S, never=True), "Rest that sets it back to zero, or never."),
    Field(
        "repeat",
        "repeat_s",
        _duration(1, _DAY_S, never=True),
        "Further work until an ignored reminder comes again; never, unless given.",
    ),
    Field("at", "at", _time(), "Local time of day, instead of after."),
    Field("days", "days", _days(), "Days for at; daily, unless given."),
    Field(
        "within",
        "within_s",
        _duration(1, _DAY_S),
        "How long after at it may still be shown; 1h, unless given.",
    ),
    Field(
        "snooze", "snooze_s", _duration(1, _DAY_S), "Work until it comes again after Later; 5m, unless given."
    ),
    Field("at_most", "at_most", _per_day(), "So many notices a day; days turn at 04:00."),
    Field(
        "suggest",
        "suggest",
        _words(tuple(Kind), _kinds, least=1),
        "Kinds of items, the best first; break, unless given.",
    ),
    Field("when", "when_knot", _when(), "Only while you have a knot, or always."),
)
SECTIONS = {"work": WORK, "ignore": IGNORE, "me": ME, "notify": NOTIFY}
_TANK_KEYS = ("pause", "repeat")
_CLOCK_KEYS = ("days", "within")

_TOP = ("preset", "work", "hours", "hold", "hold_at_most", "ignore", "me", "reminders", "notify")


def _belongs() -> dict[str, str]:
    """Where keys belong that are looked for in the wrong place."""
    belongs = {field.key: section for section, fields in SECTIONS.items() for field in fields}
    belongs |= dict.fromkeys((field.key for field in REMINDER), _("a reminder, as reminders.reset"))
    return belongs | dict.fromkeys(_TOP, _("nothing: it begins at the left margin"))


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def _schedule(reader: Reader, node: Node) -> Schedule | None:
    given = reader.mapping(node, "", _TOP, _belongs())
    if given is None:
        return None
    values = _fill(reader, given, "", HOLDS)
    for section in ("work", "ignore", "notify"):
        values |= _section(reader, given, section)
    me = _section(reader, given, "me")
    if "hours" in given:
        values["hours"] = _hours(reader, given["hours"])
    reminders = _all_reminders(reader, given)
    usual = _without_reminders()
    return replace(usual, **values, me=replace(usual.me, **me), reminders=reminders)


def _section(reader: Reader, given: Mapping[str, Node], section: str) -> dict[str, Any]:
    """Values of a section that may be left out, by attribute."""
    if section not in given:
        return {}
    fields = SECTIONS[section]
    inner = reader.mapping(given[section], section, [field.key for field in fields], _belongs())
    return _fill(reader, inner or {}, section, fields)


def _fill(reader: Reader, given: Mapping[str, Node], path: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Values of the fields that are given and sound, by attribute."""
    values = {}
    for field in fields:
        if field.key in given:
            value = field.form.read(reader, given[field.key], join(path, field.key))
            if value is not None:
                values[field.attribute] = value
    return values


def _hours(reader: Reader, node: Node) -> tuple[Hours, ...]:
    entries = reader.entries(node, "hours", _('a map of days and times, as mon-fri: "08:00-19:00"')) or []
    if node.kind == MAP and not node.pairs:
        reader.complain(
            node, "hours", _("there are no hours at all"), _("delete the key to be reminded at any hour")
        )
    hours: list[Hours] = []
    taken: dict[int, int] = {}
    for key, value in entries:
        path = join("hours", key.text)
        days = reader.days(key, path)
        windows = _windows(reader, value, path)
        again = sorted(days & taken.keys()) if days else []
        if again:
            said = _("{day} has its hours already, on line {line}").format(
                day=DAYS[again[0]], line=taken[again[0]]
            )
            reader.complain(key, path, said, _("give each day once; several times a day go in a list"))
        elif days:
            taken |= dict.fromkeys(days, key.line)
            hours += [Hours(days, start, end) for start, end in windows]
    return tuple(hours)


def _windows(reader: Reader, node: Node, path: str) -> list[tuple[int, int]]:
    """Start and end of one window or of a list of them, in minutes of the day."""
    if node.kind == LIST and node.items:
        items = reader.items(node, path) or []
        return [window for where, item in items for window in _windows(reader, item, where)]
    wanted = _('times as "08:00-19:00", or a list of such')
    match = _WINDOW.fullmatch(node.text) if node.kind == SCALAR else None
    start, end = (parse_minutes(match[1]), parse_minutes(match[2])) if match else (None, None)
    if start is None or end is None or start == 24 * 60:
        reader.unwanted(node, path, wanted)
    elif start == end:
        reader.complain(
            node,
            path,
            _("{found} begins and ends at once").format(found=describe(node)),
            _('the whole day is "00:00-24:00"'),
        )
    else:
        return [(start, end)]
    return []


def _all_reminders(reader: Reader, given: Mapping[str, Node]) -> tuple[Reminder, ...]:
    """Return the preset's reminders, each changed as `reminders` says, and the others of `reminders`.

    Without a preset those of `reminders` stand alone; without either it is the usual preset.
    """
    name: str | None = None
    if "preset" in given:
        name = reader.choice(given["preset"], "preset", PRESETS) or _USUAL
    elif "reminders" not in given:
        name = _USUAL
    base = {reminder.name: reminder for reminder in preset(name)} if name else {}
    if "reminders" not in given:
        return tuple(base.values())
    before = len(reader.problems)
    reminders = _reminders(reader, given["reminders"], base)
    if not reminders and len(reader.problems) == before:
        hint = _("write at least one, as reset: {after: 20m, pause: 60s}")
        reader.complain(given["reminders"], "reminders", _("no reminder is left"), hint)
    return tuple(reminders.values())


def _reminders(reader: Reader, node: Node, base: Mapping[str, Reminder]) -> dict[str, Reminder]:
    reminders = dict(base)
    for key, value in (
        reader.entries(node, "reminders", _("reminders, as reset: {after: 20m, pause: 60s}")) or ()
    ):
        name, path = key.text, join("reminders", key.text)
        if not _NAME.fullmatch(name):
            wanted = _("a name of small letters, digits and _, with a letter first")
            reader.unwanted(key, path, wanted, _name_hint(name))
        if value.kind == SCALAR and value.text.lower() in _OFF:
            reminders.pop(name, None)
            continue
        reminder = _reminder(reader, key, value, base.get(name))
        if reminder is not None:
            reminders[name] = reminder
    return reminders


def _reminder(reader: Reader, key: Node, node: Node, base: Reminder | None) -> Reminder | None:
    path = join("reminders", key.text)
    given = reader.mapping(node, path, [field.key for field in REMINDER], _belongs())
    if given is None:
        return None
    values = _fill(reader, given, path, REMINDER)
    if len(given) == len(node.pairs):  # else a key that seems to be missing may be one that is misspelled
        _check_keys(reader, key, node, base)
    start = base or Reminder(key.text, suggest=(Kind.BREAK,))
    if "at" in given:
        start = replace(start, after_s=None, pause_s=NEVER, repeat_s=NEVER)
    elif "after" in given:
        plain = Reminder(key.text, ())
        start = replace(start, at=None, days=plain.days, within_s=plain.within_s)
    return replace(start, **values)


def _check_keys(reader: Reader, key: Node, node: Node, base: Reminder | None) -> None:
    """Check that a reminder has a tank or a time of day, and only the keys that go with it."""
    path = join("reminders", key.text)
    given = {word.text: word for word, _ in node.pairs}
    if "after" in given and "at" in given:
        later = max("after", "at", key=lambda word: given[word][1:3])
        said = _("a reminder has either after (so much work) or at (a time of day), and this has both")
        reader.complain(given[later], join(path, later), said, _("make two reminders of it"))
        return
    tank = "after" in given or (base is not None and base.after_s is not None and "at" not in given)
    clock = "at" in given or (base is not None and base.at is not None and "after" not in given)
    if not tank and not clock:
        said = _("neither after nor at is given, wanted one of them")
        reader.complain(key, path, said, _('as after: 20m, or at: "11:00"'))
        return
    for word in _CLOCK_KEYS if tank else _TANK_KEYS:
        if word in given:
            mine, other = ("after", "at") if tank else ("at", "after")
            said = _("{word} goes with {other}, and this reminder has {mine}").format(
                word=word, other=other, mine=mine
            )
            reader.complain(given[word], join(path, word), said, _("delete it"))
    if "after" in given and "pause" not in given and (base is None or base.after_s is None):
        said = _("pause is missing, wanted the rest that sets it back to zero")
        reader.complain(key, path, said, _("as pause: 60s, or pause: never"))


def _name_hint(name: str) -> str:
    plain = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")
    return _("write {name}").format(name=plain) if _NAME.fullmatch(plain) else ""


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def show(schedule: Schedule) -> str:
    """Return the whole schedule as YAML that reads back to the same schedule."""
    lines = ["work:", *_written(schedule, WORK, "  ")]
    if schedule.hours:
        lines += ["hours:", *_written_hours(schedule.hours)]
    lines += _written(schedule, HOLDS, "")
    lines += ["ignore:", *_written(schedule, IGNORE, "  ")]
    lines += ["me:", *_written(schedule.me, ME, "  "), "reminders:"]
    for reminder in schedule.reminders:
        lines += [f"  {reminder.name}:", *_written(reminder, _fields_of(reminder), "    ")]
    lines += ["notify:", *_written(schedule, NOTIFY, "  ")]
    return "\n".join(lines) + "\n"


def _fields_of(reminder: Reminder) -> tuple[Field, ...]:
    """Return the fields that say something about this reminder."""
    silent = {"after", *_TANK_KEYS} if reminder.at is not None else {"at", *_CLOCK_KEYS}
    if reminder.at_most is None:
        silent.add("at_most")
    if not reminder.when_knot:
        silent.add("when")
    return tuple(field for field in REMINDER if field.key not in silent)


def _written(owner: object, fields: tuple[Field, ...], indent: str) -> list[str]:
    return [f"{indent}{field.key}: {field.form.write(getattr(owner, field.attribute))}" for field in fields]


def _written_hours(hours: tuple[Hours, ...]) -> list[str]:
    windows: dict[frozenset[int], list[str]] = {}
    for each in hours:
        windows.setdefault(each.days, []).append(f'"{_clock(each.start_min)}-{_clock(each.end_min)}"')
    return [f"  {write_days(days)}: [{', '.join(times)}]" for days, times in windows.items()]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def schema() -> dict[str, object]:
    """Return the JSON Schema of a schedule, for editors. `read` knows more rules than it can say."""
    properties: dict[str, object] = {
        "preset": {
            "enum": list(PRESETS),
            "description": "Reminders to begin with; `reminders` changes them.",
        },
        "work": _map_schema(WORK, "What is work, and what is rest."),
        "hours": {
            "type": "object",
            "description": "Outside these hours nothing is shown. Left out: any hour.",
            "minProperties": 1,
            "propertyNames": {"pattern": _DAYS_PATTERN},
            "additionalProperties": {"anyOf": [_WINDOW_SCHEMA, {"type": "array", "items": _WINDOW_SCHEMA}]},
        },
        **_properties(HOLDS),
        "ignore": _map_schema(IGNORE, "Programs that are no reason to wait."),
        "me": _map_schema(ME, "What you have, where you can go, what you had better leave."),
        "reminders": {
            "type": "object",
            "description": "What to remind of, and when.",
            "minProperties": 1,
            "propertyNames": {"pattern": f"^{_NAME.pattern}$"},
            "additionalProperties": {
                "anyOf": [
                    {**_map_schema(REMINDER, "A rule."), "not": {"required": ["after", "at"]}},
                    {"enum": [False, "off", "no"]},
                ]
            },
        },
        "notify": _map_schema(NOTIFY, "How notices are shown."),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "postured: the schedule",
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {key: properties[key] for key in _TOP},
    }


def schema_text() -> str:
    """Return the schema as the text of `postured.schema.json`."""
    import json  # here, because the daemon has no need of it

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


_WINDOW_SCHEMA = {"type": "string", "pattern": _WINDOW_PATTERN, "examples": ["08:00-19:00"]}


def _map_schema(fields: tuple[Field, ...], description: str) -> dict[str, object]:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "properties": _properties(fields),
    }


def _properties(fields: tuple[Field, ...]) -> dict[str, object]:
    return {field.key: {"description": field.help, **field.form.schema} for field in fields}
