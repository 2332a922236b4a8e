from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import time
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import settings
from postured.core import model
from postured.core.document import LIST, MAP, SCALAR, Node, parse
from postured.core.model import NEVER, SENSED, Counts, Hold, Hours, Kind, Me, Problem, Reminder, Schedule

CONFIG = Path(__file__).parents[1] / "config"
SHIPPED = (CONFIG / "postured.yaml").read_text(encoding="utf-8")


def good(text: str) -> Schedule:
    schedule, problems = settings.read(text, "f.yaml")
    assert problems == []
    assert schedule is not None
    return schedule


def bad(text: str) -> list[Problem]:
    schedule, problems = settings.read(text, "f.yaml")
    assert schedule is None
    assert problems
    assert problems == sorted(problems, key=lambda p: (p.line, p.column))
    return problems


def only(text: str) -> Problem:
    problems = bad(text)
    assert len(problems) == 1, [str(p) for p in problems]
    return problems[0]


def reminder(text: str) -> Reminder:
    return good(f"reminders: {{r: {{{text}}}}}").reminders[0]


# ── programs that are no reason to wait ──


def test_programs_are_named_in_a_list_or_alone_and_their_case_does_not_matter() -> None:
    schedule = good("ignore: {call: EasyEffects, fullscreen: [Code, emacs, org.gnome.Terminal]}")
    assert schedule.ignore_call == {"easyeffects"}
    assert schedule.ignore_fullscreen == {"code", "emacs", "org.gnome.terminal"}


def test_words_that_yaml_would_take_for_something_else_are_names_here() -> None:
    assert good("ignore: {call: [on, 7zip, 12]}").ignore_call == {"on", "7zip", "12"}


def test_an_empty_list_ignores_nothing() -> None:
    assert good("ignore: {call: []}").ignore_call == frozenset()


@pytest.mark.parametrize("value", ["", "[[a]]", "{a: b}", '["  "]', f"[{'x' * 201}]"])
def test_what_is_no_name_of_a_program_is_a_problem(value: str) -> None:
    assert only(f"ignore:\n  call: {value}\n").line == 2


def test_a_sensor_is_chosen_by_its_name() -> None:
    assert good("work: {activity: tty}").activity == "tty"
    assert only("work: {activity: wayand}").hint == "did you mean wayland?"


# ── the shipped schedule ──


def test_the_shipped_schedule_says_what_somebody_gets_who_writes_nothing_but_hours() -> None:
    working_days = (Hours(frozenset(range(5)), 8 * 60, 19 * 60),)
    assert good(SHIPPED) == replace(settings.default(), hours=working_days)


def test_the_shipped_schedule_is_the_contract() -> None:
    schedule = good(SHIPPED)
    assert schedule.idle_after_s == 60
    assert schedule.counts == frozenset(Counts)
    assert schedule.hold == SENSED
    assert schedule.hold_at_most_s == 3 * 3600
    assert schedule.me.equipment == {"chair", "wall", "doorway", "tennis_ball"}
    assert schedule.spacing_s == 120
    assert [r.name for r in schedule.reminders] == ["reset", "long_break", "strength", "release", "warmth"]
    assert schedule.reminders[0] == Reminder(
        "reset", (Kind.BREAK,), after_s=1200, pause_s=60, repeat_s=600, snooze_s=300
    )
    assert schedule.reminders[2] == Reminder(
        "strength", (Kind.STRENGTH,), at=time(11), days=frozenset(range(5)), within_s=4 * 3600
    )
    assert schedule.reminders[3] == Reminder(
        "release", (Kind.MASSAGE,), after_s=5400, pause_s=NEVER, at_most=2, when_knot=True
    )


def test_the_shipped_schedule_names_every_key_and_every_word() -> None:
    fields = [*settings.HOLDS, *settings.REMINDER]
    for section, inner in settings.SECTIONS.items():
        assert f"\n{section}:" in SHIPPED
        fields += inner
    for field in fields:
        assert field.key in SHIPPED
    for word in (*model.EQUIPMENT, *model.PLACES, *model.FLAGS, *settings.PRESETS, *Kind):
        assert word in SHIPPED


def test_the_shipped_schedule_points_editors_at_the_schema_beside_it() -> None:
    assert SHIPPED.splitlines()[0] == "# yaml-language-server: $schema=./postured.schema.json"


# ── the schema ──


def plain(node: Node) -> object:
    """Return what an editor, which reads YAML 1.2, takes a node for."""
    if node.kind == MAP:
        return {key.text: plain(value) for key, value in node.pairs}
    if node.kind == LIST:
        return [plain(item) for item in node.items]
    assert node.kind == SCALAR
    if not node.quoted:
        if node.text in ("true", "false"):
            return node.text == "true"
        if node.text.isdigit():
            return int(node.text)
    return node.text


def complaints(text: str) -> list[str]:
    node, _ = parse(text, "f")
    assert node is not None
    return [e.message for e in jsonschema.Draft7Validator(settings.schema()).iter_errors(plain(node))]


def test_the_schema_file_is_the_one_the_code_makes() -> None:
    assert (CONFIG / "postured.schema.json").read_text(encoding="utf-8") == settings.schema_text()


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(settings.schema_text()))


@pytest.mark.parametrize(
    "text",
    [
        SHIPPED,
        settings.show(settings.default()),
        "preset: knot",
        "hours: {fri: ['08:00-12:00', 13:00-24:00]}",
        "me: {discreet: yes, equipment: chair}",
        "reminders: {r: {at: 9:30, days: [mon, wed-fri], at_most: 2}, s: off}",
    ],
)
def test_editors_do_not_complain_about_what_is_read(text: str) -> None:
    good(text if "s: off" not in text else text.replace(", s: off", ""))
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "remindrs: {}",
        "work: {idle_after: 60}",
        "work: {idle_after: -60s}",
        "hours: {mon-fry: 08:00-12:00}",
        "hours: {mon-fri: 8-12}",
        "hold: [cal]",
        "reminders: {Reset: {after: 20m, pause: 60s}}",
        "reminders: {r: {after: 20m, at: 9:30}}",
        "reminders: {r: {after: 20m, suggest: []}}",
        "reminders: {r: {at: 25:30}}",
    ],
)
def test_editors_complain_about_what_is_refused(text: str) -> None:
    bad(text)
    assert complaints(text)


# ── presets and defaults ──


@pytest.mark.parametrize(
    ("name", "reset", "long_break", "pause"),
    [
        ("gentle", 30, 90, 180),
        ("standard", 20, 60, 300),
        ("knot", 20, 45, 300),
        ("deep-work", 40, 80, 300),
    ],
)
def test_presets(name: str, reset: int, long_break: int, pause: int) -> None:
    reminders = {r.name: r for r in good(f"preset: {name}").reminders}
    assert list(reminders) == ["reset", "long_break", "strength", "release", "warmth"]
    assert reminders["reset"].after_s == reset * 60
    assert reminders["long_break"].after_s == long_break * 60
    assert reminders["long_break"].pause_s == pause
    assert all(r.pause_s >= Schedule(()).idle_after_s for r in reminders.values())


def test_the_knot_preset_suggests_massage() -> None:
    reminders = {r.name: r for r in settings.preset("knot")}
    assert reminders["long_break"].suggest[0] == Kind.MASSAGE


def test_whoever_leaves_out_the_reminders_gets_the_standard_ones() -> None:
    assert good("work: {idle_after: 90s}") == replace(settings.default(), idle_after_s=90.0)
    assert good("{}") == settings.default()


def test_reminders_without_a_preset_stand_alone() -> None:
    assert good("reminders: {eyes: {after: 20m, pause: 1m}}").reminders == (
        Reminder("eyes", (Kind.BREAK,), after_s=1200, pause_s=60),
    )


def test_a_preset_is_changed_key_by_key() -> None:
    before = {r.name: r for r in settings.preset("gentle")}
    text = "preset: gentle\nreminders: {reset: {repeat: never}, eyes: {after: 20m, pause: 1m}, warmth: off}"
    after = {r.name: r for r in good(text).reminders}
    assert list(after) == ["reset", "long_break", "strength", "release", "eyes"]
    assert after["reset"] == replace(before["reset"], repeat_s=NEVER)
    assert after["long_break"] == before["long_break"]


def test_a_preset_s_reminder_can_change_from_work_to_a_time_of_day_and_back() -> None:
    text = "preset: standard\nreminders: {reset: {at: 10:00}, strength: {after: 2h, pause: never}}"
    after = {r.name: r for r in good(text).reminders}
    assert after["reset"] == Reminder("reset", (Kind.BREAK,), at=time(10))
    assert after["strength"] == Reminder("strength", (Kind.STRENGTH,), after_s=7200)


def test_one_mistake_in_the_preset_s_name_is_one_problem() -> None:
    problem = only("preset: standart\nreminders: {reset: {repeat: never}}")
    assert (problem.line, problem.column, problem.path) == (1, 9, "preset")
    assert problem.hint == "did you mean standard?"


# ── values ──


def test_reminders_of_every_form() -> None:
    assert reminder("after: 20m, pause: never") == Reminder("r", (Kind.BREAK,), after_s=1200)
    assert reminder("at: 9:30, days: weekend, within: 2h, snooze: 2m") == Reminder(
        "r", (Kind.BREAK,), at=time(9, 30), days=frozenset({5, 6}), within_s=7200, snooze_s=120
    )
    for text in ("2", "2 per day", "2 a day", "2/day", '"2 per day"'):
        assert reminder(f"after: 20m, pause: 1m, at_most: {text}").at_most == 2
    assert reminder("after: 20m, pause: 1m, suggest: massage").suggest == (Kind.MASSAGE,)
    assert reminder("after: 20m, pause: 1m, when: always").when_knot is False


def test_hours() -> None:
    usual = 'mon-thu: "08:00-19:00", fri: ["8:00-12:00", "13:00 to 15:30"]'
    assert good(f'hours: {{{usual}, sat: "20:00-02:00", sun: 0:00-24:00}}').hours == (
        Hours(frozenset({0, 1, 2, 3}), 480, 1140),
        Hours(frozenset({4}), 480, 720),
        Hours(frozenset({4}), 780, 930),
        Hours(frozenset({5}), 1200, 120),
        Hours(frozenset({6}), 0, 1440),
    )


def test_the_traps_of_yaml_1_1_do_not_exist() -> None:
    text = "work: {counts: [input]}\nme: {discreet: on}\nreminders: {on: {at: 17:00, at_most: 010}}"
    schedule = good(text)
    assert schedule.me.discreet is True
    assert schedule.reminders == (Reminder("on", (Kind.BREAK,), at=time(17), at_most=10),)


# ── mistakes ──


@pytest.mark.parametrize("text", ["", "\n \n", "# all of it is commented out\n", "---\n"])
def test_an_empty_file_is_a_problem_and_not_silently_the_default(text: str) -> None:
    problem = only(text)
    assert (problem.line, problem.column) == (1, 1)
    assert "preset: standard" in problem.hint


MISTAKES = [
    # text, line, column, path, words of the message, hint
    ("- a", 1, 1, "", "found a list, wanted a map", ""),
    ("hello", 1, 1, "", "found 'hello', wanted a map", ""),
    ("wrok: {}", 1, 1, "wrok", "unknown key 'wrok'", "did you mean work?"),
    ("work:", 1, 6, "work", "found nothing", ""),
    ("work: {idle_after: 60}", 1, 20, "work.idle_after", "'60' has no unit", "write 60m or 60s"),
    ("work: {idle_after: 2h}", 1, 20, "work.idle_after", "found '2h', wanted 1s to 1h", ""),
    ("work: {idle_after: [60s]}", 1, 20, "work.idle_after", "found a list, wanted a duration", ""),
    ("work: {counts: []}", 1, 16, "work.counts", "the list is empty", ""),
    ("work: {counts: [vidio]}", 1, 17, "work.counts[0]", "found 'vidio'", "did you mean video?"),
    ("spacing: 2m", 1, 1, "spacing", "unknown key", "it belongs under notify"),
    ("hold: [off_hours]", 1, 8, "hold[0]", "wanted one of call, fullscreen, dnd", ""),
    ("hold_at_most: never", 1, 15, "hold_at_most", "'never' is no duration", ""),
    ("hours: 08:00-19:00", 1, 8, "hours", "wanted a map of days and times", ""),
    ("hours: {}", 1, 8, "hours", "no hours at all", "delete the key"),
    ("hours: {fri: 8-19}", 1, 14, "hours.fri", 'wanted times as "08:00-19:00"', ""),
    ("hours: {fri: 08:00-25:00}", 1, 14, "hours.fri", "wanted times", ""),
    ("hours: {fri: 08:00-08:00}", 1, 14, "hours.fri", "begins and ends at once", "00:00-24:00"),
    ("hours: {fri: []}", 1, 14, "hours.fri", "an empty list", ""),
    ("hours: {fry: 08:00-09:00}", 1, 9, "hours.fry", "wanted days", "did you mean fri?"),
    ("hours:\n  mon-fri: 08:00-19:00\n  fri: 08:00-12:00", 3, 3, "hours.fri", "on line 2", "each day once"),
    ("me: {equipment: [ball]}", 1, 18, "me.equipment[0]", "found 'ball'", ""),
    ("me: {places: []}", 1, 14, "me.places", "the list is empty", ""),
    ("me: {dominant: rigth}", 1, 16, "me.dominant", "found 'rigth'", "did you mean right?"),
    ("me: {discreet: 1}", 1, 16, "me.discreet", "wanted true or false", ""),
    ("me: {flags: [pregnent]}", 1, 14, "me.flags[0]", "found 'pregnent'", "did you mean pregnant?"),
    ("notify: {backend: dbus}", 1, 19, "notify.backend", "wanted one of auto", ""),
    ("notify: {spacing: 2h}", 1, 19, "notify.spacing", "wanted 0s to 1h", ""),
    ("reminders:", 1, 11, "reminders", "found nothing", ""),
    ("reminders: {}", 1, 12, "reminders", "no reminder is left", ""),
    ("reminders: {a: off}", 1, 12, "reminders", "no reminder is left", ""),
    ("reminders: {Re set: {at: 9:30}}", 1, 13, "reminders.Re set", "a name of small letters", "write re_set"),
    ("reminders: {a: 20m}", 1, 16, "reminders.a", "found '20m', wanted a map", ""),
    ("reminders: {a: {suggest: [break]}}", 1, 13, "reminders.a", "neither after nor at", "after: 20m"),
    ("reminders: {a: {aftr: 20m, pause: 1m}}", 1, 17, "reminders.a.aftr", "unknown", "did you mean after?"),
    ("reminders: {a: {after: 20m}}", 1, 13, "reminders.a", "pause is missing", "pause: never"),
    ("reminders:\n  a:\n    after: 20m", 2, 3, "reminders.a", "pause is missing", ""),
    ("reminders: {a: {after: 20m, pause: 1m, at: 9:30}}", 1, 40, "reminders.a.at", "has both", "two"),
    ("reminders: {a: {after: 20m, pause: 1m, days: fri}}", 1, 40, "reminders.a.days", "goes with at", ""),
    ("reminders: {a: {at: 9:30, repeat: 1m}}", 1, 27, "reminders.a.repeat", "goes with after", ""),
    ("reminders: {a: {after: 0m, pause: 1m}}", 1, 24, "reminders.a.after", "wanted 1s to 1d", ""),
    ("reminders: {a: {after: -5m, pause: 1m}}", 1, 24, "reminders.a.after", "is negative", "write '5m'"),
    ("reminders: {a: {after: 20m, pause: 0s}}", 1, 36, "reminders.a.pause", "wanted 1s to 1d", ""),
    ("reminders: {a: {at: 25:00}}", 1, 21, "reminders.a.at", "wanted a time of day", ""),
    ("reminders: {a: {at: 9am}}", 1, 21, "reminders.a.at", "wanted a time of day", 'write "09:00"'),
    ("reminders: {a: {at: 9:30, days: mon, tue}}", 1, 38, "reminders.a.tue", "unknown key", "quotes"),
    ("reminders: {a: {at: 9:30, at_most: 0}}", 1, 36, "reminders.a.at_most", "from 1, as 2 per day", ""),
    ("reminders: {a: {at: 9:30, at_most: often}}", 1, 36, "reminders.a.at_most", "from 1", ""),
    ("reminders: {a: {at: 9:30, suggest: []}}", 1, 36, "reminders.a.suggest", "at least 1", ""),
    ("reminders: {a: {at: 9:30, suggest: [break, masage]}}", 1, 44, "reminders.a.suggest[1]",
     "found 'masage'", "did you mean massage?"),
    ("reminders: {a: {at: 9:30, when: pain}}", 1, 33, "reminders.a.when", "wanted one of knot, always", ""),
    ("reminders: {a: {at: 9:30}, a: {at: 9:40}}", 1, 28, "reminders.a", "written twice, first on line 1", ""),
    ("preset: gentle\npreset: gentle", 2, 1, "preset", "written twice, first on line 1", ""),
    ("preset: gentle\nreminders: {reset: {days: fri}}", 2, 21, "reminders.reset.days", "goes with at", ""),
    ("work:\n\tidle_after: 60s", 2, 1, "", "a tab", "spaces"),
    ("work: {idle_after: 60s", 1, 7, "", "the bracket that opens here", ""),
    ("[" * 100_000, 1, 31, "", "inside one another", ""),
    ("work: &w {}\nme: *w", 2, 5, "", "*w refers to another place", ""),
    ("a" * (10 << 20), 1, 1, "", "too large", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "path", "words", "hint"), MISTAKES)
def test_each_mistake_is_one_problem(
    text: str, line: int, column: int, path: str, words: str, hint: str
) -> None:
    problem = only(text)
    assert (problem.file, problem.line, problem.column, problem.path) == ("f.yaml", line, column, path)
    assert words in problem.message
    assert hint in problem.hint


INJECTED = [
    ("idle_after: 60s", "idle_after: 60"),
    ("[input, call, video]", "[input, call, vidio]"),
    ('mon-fri: "08:00-19:00"', 'mon-fry: "08:00-19:00"'),
    ("hold: [call,", "hold: [cal,"),
    ("hold_at_most: 3h", "hold_at_mots: 3h"),
    ("[chair,", "[chiar,"),
    ("places: [desk,", "places: [desck,"),
    ("discreet: false", "discreet: flase"),
    ("dominant: right", "dominant: [right]"),
    ("flags: []", "flags: {}"),
    ("repeat: 10m", "repeat: -10m"),
    ("snooze: 5m", "snoze: 5m"),
    ("after: 60m", "aftre: 60m"),
    ("    pause: 5m\n    repeat: 15m", "    pause: 0m\n    repeat: 15m"),
    ('at: "11:00"', 'at: "11:60"'),
    ("days: mon-fri", "days: montag"),
    ("within: 4h", "within: 4h\n    within: 5h"),
    ("at_most: 2 per day", "at_most: 2 per week"),
    ("suggest: [massage]", "suggest: [masage]"),
    ('at: "17:30"', 'at: "17:30"\n    pause: 5m'),
    ("backend: auto", "backend:"),
    ("spacing: 2m\n", "spacing: 2m\n\nnotes: x\n"),
]


@given(st.lists(st.sampled_from(INJECTED), unique=True, min_size=1))
def test_so_many_mistakes_are_so_many_problems(mistakes: list[tuple[str, str]]) -> None:
    text = "\n".join(line for line in SHIPPED.splitlines() if not line.lstrip().startswith("#")) + "\n"
    for right, wrong in mistakes:
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    assert len(bad(text)) == len(mistakes)


def test_the_same_name_of_a_file_is_in_every_problem() -> None:
    assert {p.file for p in bad("a: 1\nb: 2\nwork: {c: 1}")} == {"f.yaml"}


@given(st.data())
def test_no_scribble_in_the_shipped_schedule_raises(data: st.DataObject) -> None:
    rng = random.Random(data.draw(st.integers(0, 10**9)))
    text = list(SHIPPED)
    for _ in range(data.draw(st.integers(1, 8))):
        at = rng.randrange(len(text))
        text[at] = rng.choice(
            ["", "\t", ":", "[", "{", "'", '"', "-", "#", "\n", " ", "&", "*", "!", "x", "\0", "0"]
        )
    schedule, problems = settings.read("".join(text), "f")
    assert (schedule is None) == bool(problems)


# ── writing ──

seconds = st.integers(1, 86_400).map(float)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
days = st.frozensets(st.integers(0, 6), min_size=1)
suggestions = st.lists(st.sampled_from(Kind), unique=True, min_size=1).map(tuple)


@st.composite
def reminders(draw: st.DrawFn) -> Reminder:
    base = Reminder(
        draw(names),
        draw(suggestions),
        snooze_s=draw(seconds),
        at_most=draw(st.none() | st.integers(1, 999)),
        when_knot=draw(st.booleans()),
    )
    if draw(st.booleans()):
        at = draw(st.times()).replace(second=0, microsecond=0)
        return replace(base, at=at, days=draw(days), within_s=draw(seconds))
    after = draw(st.integers(1, 86_400))
    pause = draw(st.just(NEVER) | st.integers(1, after).map(float))
    return replace(base, after_s=float(after), pause_s=pause, repeat_s=draw(st.just(NEVER) | seconds))


@st.composite
def hours(draw: st.DrawFn) -> tuple[Hours, ...]:
    groups: dict[int, set[int]] = {}
    for day, group in enumerate(draw(st.lists(st.integers(-1, 3), min_size=7, max_size=7))):
        if group >= 0:
            groups.setdefault(group, set()).add(day)
    window = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda w: w[0] != w[1])
    return tuple(
        Hours(frozenset(group), start, end)
        for group in groups.values()
        for start, end in draw(st.lists(window, min_size=1, max_size=2))
    )


programs = st.text(min_size=1, max_size=30).filter(
    lambda text: text.isprintable() and text.strip().lower() == text
)
schedules = st.builds(
    Schedule,
    reminders=st.lists(reminders(), min_size=1, max_size=4, unique_by=lambda r: r.name).map(tuple),
    idle_after_s=st.integers(1, 3600).map(float),
    counts=st.frozensets(st.sampled_from(Counts), min_size=1),
    hours=hours(),
    hold=st.frozensets(st.sampled_from([Hold.CALL, Hold.FULLSCREEN, Hold.DND])),
    hold_at_most_s=st.integers(60, 604_800).map(float),
    activity=st.sampled_from(model.ACTIVITY),
    ignore_call=st.frozensets(programs, max_size=3),
    ignore_fullscreen=st.frozensets(programs, max_size=3),
    me=st.builds(
        Me,
        equipment=st.frozensets(st.sampled_from(model.EQUIPMENT)),
        places=st.frozensets(st.sampled_from(model.PLACES), min_size=1),
        discreet=st.booleans(),
        dominant=st.sampled_from(["right", "left", "both"]),
        flags=st.frozensets(st.sampled_from(model.FLAGS)),
    ),
    backend=st.sampled_from(["auto", "desktop", "plyer", "console"]),
    spacing_s=st.integers(0, 3600).map(float),
)


@given(schedules)
def test_a_schedule_that_is_shown_reads_back_the_same(schedule: Schedule) -> None:
    text = settings.show(schedule)
    assert good(text) == schedule
    assert complaints(text) == []


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ({0, 1, 2, 3, 4}, "mon-fri"),
        ({0, 2, 4}, "mon, wed, fri"),
        ({5, 6}, "sat, sun"),
        ({4, 5, 6, 0}, "fri-mon"),
        (set(range(7)), "daily"),
        ({2}, "wed"),
    ],
)
def test_days_are_written_short(chosen: set[int], text: str) -> None:
    assert settings.write_days(chosen) == text
