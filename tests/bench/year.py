"""Live through a year with the engine, the library and the schedule as shipped, and see whether they keep their word.

    python -m tests.bench.year [--seed N] [--out FILE.svg]

Somebody works 46 weeks at virtual time and follows half of what is suggested, at random; a knot comes in March and
another one in August. A table tells which promises were kept, and with `--out` a picture tells the year. Exit status
1 if one was broken. `tests/core/test_year.py` holds the same promises in the suite.
"""

from __future__ import annotations

import argparse
import importlib
import math
import random
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from postured import library, settings
from postured.core import engine
from postured.core.calendar import day_of
from postured.core.model import (
    EQUIPMENT,
    PLACES,
    Action,
    Answers,
    Ask,
    Cause,
    Course,
    Decide,
    Effect,
    Episode,
    Event,
    Felt,
    Guided,
    Input,
    Item,
    Kind,
    Knot,
    KnotLog,
    Knotted,
    Level,
    Logged,
    Me,
    Moment,
    Notice,
    Outcome,
    Pressed,
    PressLog,
    Schedule,
    SetLog,
    Settle,
    Show,
    Silence,
    Spot,
    Tick,
    Told,
    Triage,
)
from postured.core.practice import Week, long_rests, week, worked_unix_s
from postured.core.strength import FADED_S, GONE_S, HIGHEST, LOWEST, SETTLED_S, level_on
from postured.core.zones import OPT_IN_AREA, REGIONS, areas_of, region_names, regions_of
from postured.paths import shipped

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 1, 5)
WEEKS = 52
HOLIDAYS = frozenset({13, 26, 27, 28, 42, 51})
"""Weeks off, from 0: Easter, three in July, autumn, Christmas."""
DAY_S = 86400.0
BOOTED_S = 5000.0
"""What the engine's clock says when the year begins."""

HAS = frozenset(EQUIPMENT) & {
    "chair", "wall", "doorway", "desk", "tennis_ball", "foam_roller", "band", "dumbbell", "towel", "mat", "heat_pack",
}  # fmt: skip
EVERYWHERE = Me(equipment=HAS, places=frozenset(PLACES))
CAREFUL = Me(
    equipment=HAS,
    places=frozenset({"desk", "stand", "wall"}),
    discreet=True,
    flags=frozenset({"anticoagulant", "pregnant"}),
)
"""Somebody with two cautions, in an open office."""

A_DAY = 3
"""Massages a day at most, and packs."""
PACK_GAP_S = 3600.0
"""From one pack to the next."""
SESSION_S = 1800.0
"""What comes within this time of the last is one session with it."""
AS_TOLD = (Outcome.DONE, Outcome.TAKEN)
"""Outcomes of a notice that was followed."""


class Habits(NamedTuple):
    """What somebody does with what is suggested, in shares of one; the rest is not even looked at."""

    followed: float = 0.5
    skipped: float = 0.25
    later: float = 0.1


class Spell(NamedTuple):
    """Some days with a knot."""

    begin: date
    days: int
    cause: Cause
    zone: str
    side: str = "left"

    @property
    def begin_unix_s(self) -> float:
        """It is told of first thing in the morning."""
        return _unix_s(self.begin, 7.0)

    @property
    def end_unix_s(self) -> float:
        """So it is told that it is gone."""
        return self.begin_unix_s + self.days * DAY_S

    @property
    def knot(self) -> Knot:
        """The knot that is followed."""
        return Knot(self.zone, self.side, self.cause, self.begin_unix_s)

    def is_of(self, knot: Knot | None) -> bool:
        """Whether a knot is this one."""
        return knot is not None and knot.opened_unix_s == self.begin_unix_s

    @property
    def course(self) -> Course:
        """The same as the history tells it."""
        id_, answers = str(self.begin), Answers(zone=self.zone, side=self.side)
        triage = Triage(id_, answers, "R5", self.cause, self.cause.value, spared=False)
        return Course((Episode(id_, self.begin_unix_s, triage, self.begin_unix_s),))


KNOTS = (
    Spell(date(2026, 3, 3), 10, Cause.STRAIN, "inner_edge"),
    Spell(date(2026, 8, 10), 20, Cause.MIXED, "beside_spine"),
)


# ── what is told of the year ──────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Prompt:
    """One notice, and what became of it."""

    notice: Notice
    item: Item
    week: int
    knot: Knot | None
    because: str = ""
    """As the engine said it: `turn`, `zone`, `only` and so on."""
    outcome: Outcome | None = None
    stops: tuple[PressLog, ...] = ()
    """Of a massage that was followed."""

    @property
    def at_unix_s(self) -> float:
        return self.notice.shown_unix_s

    @property
    def part(self) -> Item | Level:
        """What was really suggested: a level where there are levels."""
        return self.item.levels[self.notice.level - 1] if self.notice.level else self.item

    @property
    def followed(self) -> bool:
        return self.outcome in AS_TOLD


class Session(NamedTuple):
    """One set that was told of."""

    at_unix_s: float
    log: SetLog
    level_then: int
    """The level that the next one would have been at, had it not been for this one."""
    level_next: int


class Evening(NamedTuple):
    """How things stand at the end of a week, on Sunday; or on the Monday morning after."""

    levels: dict[str, int]
    """Of the exercises that were ever done."""
    off_s: float
    """How long ago any of them was done."""
    strength: Week


@dataclass(slots=True)
class Story:
    """All that happened."""

    me: Me
    schedule: Schedule
    items: tuple[Item, ...]
    spells: tuple[Spell, ...]
    prompts: list[Prompt] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    pressed: list[tuple[float, PressLog]] = field(default_factory=list)
    fridays: dict[int, Evening] = field(default_factory=dict)
    """By week, as the work ends."""
    mondays: dict[int, Evening] = field(default_factory=dict)
    """By week, as the work begins."""
    resting: dict[int, frozenset[str]] = field(default_factory=dict)
    """By week: items that stayed away on some day of it, for they were skipped three times."""
    worked_s: dict[int, float] = field(default_factory=dict)

    def fresh(self) -> list[Prompt]:
        """The prompts without those that came a second time after *Later*."""
        return [prompt for prompt in self.prompts if prompt.notice.laters == 0]


def _unix_s(day: date, hour: float) -> float:
    return (datetime.combine(day, time(), tzinfo=BERLIN) + timedelta(hours=hour)).timestamp()


def shipped_items() -> tuple[Item, ...]:
    """The library as shipped."""
    items, problems = library.load((shipped("library"),))
    if problems:
        raise ValueError(problems[0])
    return items


def shipped_schedule(me: Me) -> Schedule:
    """The schedule as shipped, for this person."""
    plan, problems = settings.read(shipped("postured.yaml").read_text(encoding="utf-8"), "postured.yaml")
    if plan is None:
        raise ValueError(problems[0])
    return replace(plan, me=me)


# ── living ────────────────────────────────────────────────────────────────────────────────────────


def _where(item: Item, knot: Knot | None) -> str:
    """Which of its areas is pressed: the first that is on the list of the knot."""
    listed = areas_of(knot.zone if knot else "unsure")
    return min(item.areas, key=lambda area: listed.index(area) if area in listed else len(listed))


class Somebody:
    """A person at a desk, at virtual time, with the engine beside them."""

    def __init__(self, story: Story, habits: Habits, seed: int) -> None:
        self.story = story
        self._habits = habits
        self._chance = random.Random(seed)
        self._by_id = {item.id: item for item in story.items}
        self._by_notice: dict[str, Prompt] = {}
        self._to_answer: list[Prompt] = []
        self._asked: list[KnotLog] = []
        self._said: dict[tuple[str, str], str] = {}
        self._begin_unix_s = self._now_unix_s = _unix_s(MONDAY, 6.0)
        self._week = 0
        self._state = engine.begin(story.schedule, story.items, self._moment())

    def live(self, weeks: int) -> None:
        """Go through that many weeks."""
        for self._week in range(weeks):
            monday = MONDAY + timedelta(weeks=self._week)
            self._sleep_until(_unix_s(monday, 7.5))
            self.story.mondays[self._week] = self._how_it_stands()
            worked_s = engine.worked(self._state)
            away = set[str]()
            for weekday in range(5):
                if self._week not in HOLIDAYS:
                    away |= self._staying_away()
                    self._working_day(monday + timedelta(days=weekday))
                    away |= self._staying_away()
            self._sleep_until(_unix_s(monday + timedelta(days=4), 19.0))
            self.story.worked_s[self._week] = engine.worked(self._state) - worked_s
            self.story.resting[self._week] = frozenset(away)
            self.story.fridays[self._week] = self._how_it_stands()

    def _working_day(self, day: date) -> None:
        """From nine to six with lunch and two pauses of one's own; about seven and a half hours of work."""
        draw = self._chance
        start = _unix_s(day, 8.6 + draw.random() * 0.6)
        lunch = _unix_s(day, 12.3 + draw.random() * 0.7)
        coffee = _unix_s(day, 15.2 + draw.random() * 0.6)
        end = _unix_s(day, 17.8 + draw.random() * 0.5)
        self._sleep_until(start)
        self._work_until(start + draw.uniform(0.3, 0.6) * (lunch - start))
        self._rest(draw.uniform(180, 600))
        self._work_until(lunch)
        self._rest(draw.uniform(2400, 3300))
        self._work_until(coffee)
        self._rest(draw.uniform(240, 720))
        self._work_until(end)

    def _sleep_until(self, unix_s: float) -> None:
        """Be away till then, and tell in the morning if a knot came, or went."""
        self._feed(Silence(self._moment().s))
        for spell in self.story.spells:
            for at, course in ((spell.begin_unix_s, spell.course), (spell.end_unix_s, Course())):
                if self._now_unix_s <= at < unix_s:
                    self._pass_until(at, at_the_keys=False)
                    self._feed(Knotted(course, {}))
        self._pass_until(unix_s, at_the_keys=False)

    def _work_until(self, unix_s: float) -> None:
        """Type, and answer what comes up."""
        self._feed(Input())
        while True:
            self._pass_until(unix_s, at_the_keys=True)
            if not self._to_answer:
                return
            self._answer(self._to_answer.pop())

    def _rest(self, seconds: float) -> None:
        """Keep the hands off."""
        self._feed(Silence(self._moment().s))
        self._pass_until(self._now_unix_s + seconds, at_the_keys=False)
        self._feed(Input())

    def _wait(self, seconds: float) -> None:
        """Type on for a while; too short for another notice to come."""
        self._pass_until(self._now_unix_s + seconds, at_the_keys=True)

    # ── what they do with a notice ──

    def _answer(self, prompt: Prompt) -> None:
        """Follow, skip or put off, by one's habits; what came as one went away is over already."""
        if self._state.notice != prompt.notice:
            return
        followed, skipped, later = self._habits
        draw = self._chance.random()
        if draw < followed:
            self._follow(prompt)
        elif draw < followed + skipped + later:
            self._wait(self._chance.uniform(3, 40))
            self._feed(Pressed(Action.SKIP if draw < followed + skipped else Action.LATER))

    def _follow(self, prompt: Prompt) -> None:
        if prompt.item.kind is Kind.MASSAGE:
            self._press(prompt)
        elif prompt.item.kind is Kind.STRENGTH:
            self._wait(30)
            self._feed(Pressed(Action.DONE))
            self._rest(prompt.notice.duration_s)
            self._tell(prompt)
        elif self._chance.random() < 0.5:
            self._wait(45)
            self._feed(Pressed(Action.DONE))
        else:  # what is rested long enough counts as taken
            self._rest(max(prompt.notice.duration_s, self.story.schedule.idle_after_s) + 15)

    def _tell(self, prompt: Prompt) -> None:
        """Right or easy mostly, hard sometimes, pain rarely."""
        draw = self._chance
        log = SetLog(
            prompt.item.id,
            prompt.notice.level,
            getattr(prompt.part, "sets", 1),
            getattr(prompt.part, "reps", 1),
            full=draw.random() < 0.92,
            felt=draw.choices((Felt.EASY, Felt.RIGHT, Felt.HARD), (30, 58, 12))[0],
            pain=draw.random() < 0.03,
        )
        then = self._level_of(log.item)
        self._feed(Logged(log))
        self.story.sessions.append(Session(self._now_unix_s, log, then, self._level_of(log.item)))

    def _press(self, prompt: Prompt) -> None:
        """Be led from spot to spot, and tell of each."""
        self._feed(Guided(True))
        told = []
        for stop in self._state.chooser.tour(engine.who(self._state), first=prompt.item):
            self._rest(75)
            spot = self._chance.choice((Spot.EASED, Spot.EASED, Spot.STAYED, Spot.NOTHING))
            log = PressLog(stop.id, _where(stop, self._state.knot), engine.sides(self._state)[0], spot, 60.0)
            self._feed(Logged(log))
            self.story.pressed.append((self._now_unix_s, log))
            told.append(log)
        prompt.stops = tuple(told)
        self._feed(Guided(False, followed=True))

    # ── the engine beside them ──

    def _moment(self) -> Moment:
        return Moment(self._now_unix_s - self._begin_unix_s + BOOTED_S, self._now_unix_s, BERLIN)

    def _pass_until(self, unix_s: float, *, at_the_keys: bool) -> None:
        """Let time pass, step by step as the engine asks; at the keys, not further than to the next notice."""
        while self._now_unix_s < unix_s and not (at_the_keys and self._to_answer):
            wake = engine.next_wake(self._state)
            times = [unix_s]
            if wake.s is not None:
                times.append(wake.s - BOOTED_S + self._begin_unix_s)
            if wake.unix_s is not None:
                times.append(wake.unix_s)
            self._now_unix_s = max(self._now_unix_s, min(times))
            self._feed(Tick())
            if at_the_keys and self._state.wants_hands:
                self._feed(Input())

    def _feed(self, event: Event) -> None:
        self._state, effects = engine.step(self._state, event, self._moment())
        for effect in effects:
            self._take(effect)
        while self._asked:
            self._feed(Logged(self._asked.pop()))

    def _take(self, effect: Effect) -> None:
        match effect:
            case Show(notice=notice):
                prompt = Prompt(notice, self._by_id[notice.item], self._week, self._state.knot)
                self._by_notice[notice.id] = prompt
                self.story.prompts.append(prompt)
                self._to_answer.append(prompt)
                prompt.because = self._said.get((notice.reminder or "now", notice.item), "")
            case Decide(reminder=reminder, verdict="shown", because=item, detail=detail):
                # What would only repeat the word before is not told again.
                because = detail.partition(" ")[0]
                self._said = {(reminder, item): because}
                self.story.prompts[-1].because = because
            case Settle(notice=id_, outcome=outcome):
                self._by_notice[id_].outcome = outcome
            case Ask(knot=knot, what=what):
                self._asked.append(KnotLog(knot, Told.SCREENED if what == "review" else Told.BETTER))

    # ── how things stand ──

    def _level_of(self, item_id: str) -> int:
        practice = self._state.practice
        return level_on(
            practice.trained.get(item_id),
            self._now_unix_s,
            self._state.knot,
            worked_unix_s=worked_unix_s(practice),
        )

    def _how_it_stands(self) -> Evening:
        trained = self._state.practice.trained
        return Evening(
            {item_id: self._level_of(item_id) for item_id in trained},
            self._now_unix_s - max((s.at_unix_s for s in self.story.sessions), default=-math.inf),
            week(self._state.practice, self._moment()),
        )

    def _staying_away(self) -> set[str]:
        practice, now = self._state.practice, self._moment()
        return {item_id for item_id, _until in long_rests(practice, now)}


HALF = Habits()


def year(
    seed: int = 1,
    *,
    me: Me = EVERYWHERE,
    weeks: int = WEEKS,
    spells: tuple[Spell, ...] = KNOTS,
    habits: Habits = HALF,
) -> Story:
    """What happens to this person; the same for the same seed."""
    story = Story(me, shipped_schedule(me), shipped_items(), spells)
    Somebody(story, habits, seed).live(weeks)
    return story


# ── what was promised, and what came of it ────────────────────────────────────────────────────────


WORKING_WEEKS = tuple(week_ for week_ in range(WEEKS) if week_ not in HOLIDAYS)
REGULARLY = 2
"""An exercise is taken up regularly that was done so often in the last six weeks."""


def regular_levels(story: Story, week_: int) -> dict[str, int]:
    """The levels, at the end of a week, of the exercises that are taken up regularly."""
    end = _unix_s(MONDAY + timedelta(weeks=week_, days=5), 0.0)
    times = Counter(s.log.item for s in story.sessions if end - 6 * 7 * DAY_S <= s.at_unix_s < end)
    levels = story.fridays[week_].levels
    return {item_id: level for item_id, level in levels.items() if times[item_id] >= REGULARLY}


def mean_level(story: Story, week_: int) -> float:
    """Their mean; 0 if there are none."""
    return statistics.fmean(regular_levels(story, week_).values() or (0.0,))


def hasty_raises(story: Story) -> list[str]:
    """Exercises that were raised twice within seven days, or by two levels at once."""
    found, last = [], dict[str, float]()
    for s in story.sessions:
        before = max(s.level_then, s.log.level)  # which may have faded since the notice came
        if s.level_next <= before:
            continue
        if s.level_next > before + 1 or s.at_unix_s - last.get(s.log.item, -math.inf) < SETTLED_S:
            found.append(f"{s.log.item} on {_day(s.at_unix_s)}")
        last[s.log.item] = s.at_unix_s
    return found


def not_faded(story: Story, monday: int, friday: int) -> list[str]:
    """Exercises that are not one level lower on that Monday than on that Friday, or after 30 days not at the first."""
    before, after = story.fridays[friday], story.mondays[monday]
    if after.off_s < FADED_S:
        return [f"{after.off_s / DAY_S:.0f} days off only"]
    return [
        f"{item_id}: {before.levels[item_id]}, then {level}"
        for item_id, level in after.levels.items()
        if level != _after_time_off(before.levels[item_id], after.off_s)
    ]


def _after_time_off(level: int, off_s: float) -> int:
    return LOWEST if off_s >= GONE_S else max(LOWEST, level - 1)


def back_too_high(story: Story, monday: int, friday: int) -> list[str]:
    """Exercises whose first notice from that Monday on was higher than the time off allows since that Friday."""
    before, off_s = story.fridays[friday].levels, story.mondays[monday].off_s
    first = {p.item.id: p for p in reversed(story.prompts) if p.week >= monday and p.notice.level}
    return [
        f"{item_id} on {_day(p.at_unix_s)}: {before[item_id]}, then {p.notice.level}"
        for item_id, p in first.items()
        if item_id in before and p.notice.level > _after_time_off(before[item_id], off_s)
    ]


def regions_missed(story: Story) -> list[str]:
    """Weeks in which a region got nothing, though the schedule had something for it that was not skipped away."""
    missed = []
    for week_, away in story.resting.items():
        if week_ in HOLIDAYS:
            continue
        able = {
            region
            for item in story.items
            if item.kind in (Kind.BREAK, Kind.MOBILITY) and item.id not in away
            if _fits(item.levels[0] if item.levels else item, story.me)
            for region in regions_of(item.areas)
        }
        served = {r for p in story.prompts if p.week == week_ for r in regions_of(p.item.areas)}
        missed += [f"{region} in week {week_ + 1}" for region in REGIONS if region in able - served]
    return missed


def half_hours_apart(times: list[float]) -> list[float]:
    """When each session began; what comes within half an hour of the last belongs to it."""
    told = sorted(times)
    return [t for n, t in enumerate(told) if n == 0 or t - told[n - 1] >= SESSION_S]


def too_much(story: Story) -> list[str]:
    """What was suggested although enough of it had been done: that day, that week, or just before."""
    found = list[str]()
    done = sorted(
        [(p.at_unix_s, p.item.id) for p in story.prompts if p.followed]
        + [(at, log.item) for at, log in story.pressed]
    )
    kinds = {item.id: item.kind for item in story.items}
    for prompt in story.prompts:
        dose, at, kind = dict(prompt.item.dose), prompt.at_unix_s, prompt.item.kind
        lately = [(t, item_id) for t, item_id in done if at - 8 * DAY_S < t < at]
        own = half_hours_apart([t for t, item_id in lately if item_id == prompt.item.id])
        alike = half_hours_apart([t for t, item_id in lately if kinds[item_id] is kind])
        ago = [_days_between(t, at) for t in own]
        most = {Kind.MASSAGE: A_DAY, Kind.THERMAL: A_DAY}.get(kind, math.inf)
        gap_s = max([dose.get("gap_min", 0) * 60.0, PACK_GAP_S * (kind is Kind.THERMAL)])
        if (
            sum(days == 0 for days in ago) >= dose.get("per_day_max", math.inf)
            or sum(days < 7 for days in ago) >= dose.get("per_week", math.inf)
            or sum(_days_between(t, at) == 0 for t in alike) >= most
            or any(at - t < gap_s for t in (alike if kind is Kind.THERMAL else own))
        ):
            found.append(f"{prompt.item.id} on {_day(at)}")
    return found


def pressed_too_often(story: Story) -> list[str]:
    """The same of the stops of a massage, which are sessions too."""
    most = {item.id: dict(item.dose).get("per_day_max", math.inf) for item in story.items}
    times = Counter(
        (item_id, day_of_unix(t))
        for item_id in most
        for t in half_hours_apart([at for at, log in story.pressed if log.item == item_id])
    )
    return [
        f"{item_id} on {date.fromordinal(day):%d %b}"
        for (item_id, day), count in times.items()
        if count > most[item_id]
    ]


def unfit(story: Story) -> list[str]:
    """What a caution speaks against, or cannot be done where the person is and with what they have, stops too."""
    by_id = {item.id: item for item in story.items}
    wrong = []
    for prompt in story.prompts:
        parts = [prompt.part, *(by_id[log.item] for log in prompt.stops)]
        if not all(_fits(part, story.me) for part in parts) or _only_asked(prompt.item):
            wrong.append(f"{prompt.item.id} on {_day(prompt.at_unix_s)}")
    return wrong


def _fits(part: Item | Level, me: Me) -> bool:
    sits_tall = isinstance(part, Item) and part.id == "B01"  # which is done wherever one is
    return (
        me.flags.isdisjoint(part.contraindications)
        and (me.equipment | me.places).issuperset(part.equipment)
        and (sits_tall or not me.places.isdisjoint(part.place))
        and (part.discreet or not me.discreet)
    )


def _only_asked(item: Item) -> bool:
    """Set-up tips, and pressing where nerves lie shallow, are for whom asks for them."""
    return item.kind is Kind.SETUP or (item.kind is Kind.MASSAGE and OPT_IN_AREA in item.areas)


def _on_the_knot(item: Item) -> bool:
    return item.target == "knot" or (item.kind is Kind.MASSAGE and "knot" in item.areas)


def twice_in_a_row(story: Story) -> list[str]:
    """Items that came right after themselves though there was a choice."""
    return [
        f"{after.item.id} on {_day(after.at_unix_s)}, not {others[0]}"
        for before, after in pairwise(story.prompts)
        if after.item is before.item and after.notice.laters == 0 and (others := _others(story, after))
    ]


def _others(story: Story, prompt: Prompt) -> list[str]:
    """What could have come in its place: of what was wanted what was not skipped, or any other break as a stand-in."""
    wanted = next(r for r in story.schedule.reminders if r.name == prompt.notice.reminder)
    cause = prompt.knot.cause if prompt.knot else "none"
    stands_in = prompt.item.kind not in wanted.suggest
    longest_s = math.inf if stands_in or wanted.after_s is None else wanted.pause_s
    skipped = {
        p.item.id
        for p in story.prompts
        if p.outcome is Outcome.SKIPPED and _days_between(p.at_unix_s, prompt.at_unix_s) == 0
    }
    return [
        item.id
        for item in story.items
        if item.kind is Kind.BREAK or (item.kind is Kind.MOBILITY and not stands_in)
        if stands_in or item.kind in wanted.suggest
        if stands_in or item.id not in skipped | story.resting[prompt.week]
        if item is not prompt.item and _fits(item, story.me) and item.duration_s <= longest_s
        if cause in item.classes_allowed
        and not item.knot_overlap_zones
        and "per_day_max" not in dict(item.dose)
    ]


def out_of_place(story: Story) -> list[str]:
    """Notices of a kind that their reminder does not suggest, but for breaks, which always fit."""
    kinds = {r.name: {*r.suggest, Kind.BREAK} for r in story.schedule.reminders}
    return [
        f"{p.notice.reminder}: {p.item.id}"
        for p in story.prompts
        if p.item.kind not in kinds[p.notice.reminder or ""]
    ]


def strength_prompts(story: Story) -> dict[int, int]:
    """How often the reminder for strength came, by working week."""
    weeks = Counter(p.week for p in story.fresh() if p.notice.reminder == "strength")
    return {week_: weeks[week_] for week_ in story.worked_s if week_ not in HOLIDAYS}


def strength_told_otherwise(story: Story) -> list[str]:
    """Weeks in which `week()` tells other days with strength work than there were, suggested and followed."""
    wrong = []
    for week_, friday in story.fridays.items():
        end = (MONDAY + timedelta(weeks=week_, days=4)).toordinal()
        days = dict[int, bool]()
        for p in story.prompts:
            day = day_of_unix(p.at_unix_s)
            if p.item.kind is Kind.STRENGTH and end - 28 < day <= end:
                days[day] = days.get(day, False) or p.followed
        told = (friday.strength.prompts, friday.strength.followed, friday.strength.days)
        real = (len(days), sum(days.values()), sum(done for day, done in days.items() if day > end - 5))
        if told != real:
            wrong.append(f"week {week_ + 1}: {told}, not {real}")
    return wrong


def on_a_strain(story: Story) -> list[str]:
    """What pressed a strained knot itself, stops too."""
    by_id = {item.id: item for item in story.items}
    return [
        f"{item.id} on {_day(p.at_unix_s)}"
        for p in story.prompts
        if p.knot is not None and p.knot.cause is Cause.STRAIN
        for item in (p.item, *(by_id[log.item] for log in p.stops))
        if _on_the_knot(item) or p.knot.zone in item.knot_overlap_zones or item.id in ("M18", "M19")
    ]


def too_high_for_a_knot(story: Story) -> list[str]:
    """Exercises above level 1 with a knot from strain or overuse; with one of several causes, before one was done."""
    wrong = []
    for spell in story.spells:
        stays = spell.cause in (Cause.STRAIN, Cause.OVERUSE)
        seen = set[str]()
        for p in story.prompts:
            if spell.is_of(p.knot) and p.item.kind is Kind.STRENGTH and p.item.id not in seen:
                if p.notice.level > LOWEST:
                    wrong.append(f"{p.item.id} on {_day(p.at_unix_s)}")
                if p.followed and not stays:
                    seen.add(p.item.id)
    return wrong


def areas_that_can_be_done(story: Story, spell: Spell) -> tuple[str, ...]:
    """The areas of the zone's list for which there is a massage for this person that nobody has to ask for."""
    first = (spell.begin - MONDAY).days // 7
    away = story.resting[first] | story.resting.get(first + 1, frozenset())
    able = {
        area
        for item in story.items
        if item.kind is Kind.MASSAGE and spell.zone in item.knot_zones and not _only_asked(item)
        if not _on_the_knot(item) and spell.zone not in item.knot_overlap_zones and _fits(item, story.me)
        if item.id not in away
        for area in item.areas
    }
    return tuple(area for area in areas_of(spell.zone) if area in able and area != OPT_IN_AREA)


def areas_not_offered(story: Story) -> list[str]:
    """Those that were not offered within the first five working days of their knot."""
    missed = []
    for spell in story.spells:
        offered = {
            area
            for p in story.prompts
            if p.notice.reminder == "release" and spell.is_of(p.knot)
            if p.at_unix_s < spell.begin_unix_s + 7 * DAY_S
            for area in (*p.item.areas, *(log.area for log in p.stops))
        }
        missed += [
            f"{area}: {spell.zone}" for area in areas_that_can_be_done(story, spell) if area not in offered
        ]
    return missed


def day_of_unix(unix_s: float) -> int:
    """The day of an instant, which turns at 04:00."""
    return day_of(Moment(unix_s, unix_s, BERLIN))


def _days_between(unix_s: float, later_unix_s: float) -> int:
    return day_of_unix(later_unix_s) - day_of_unix(unix_s)


def _day(unix_s: float) -> str:
    return f"{datetime.fromtimestamp(unix_s, BERLIN):%d %b}"


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


class Promise(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    kept: bool


def promises(story: Story, careful: Story) -> Iterator[Promise]:
    """What was promised of a whole year, and whether it was kept.

    Args:
        story: Of somebody who can do all.
        careful: Of somebody with cautions, in an open office.
    """
    at_12 = regular_levels(story, 11)
    yield Promise(
        "exercises taken up regularly rise: mean level after 12 weeks above 1.3",
        f"{mean_level(story, 11):.2f} of {len(at_12)}; in June {mean_level(story, 24):.2f}",
        mean_level(story, 11) > 1.3,
    )
    highest = max(s.level_next for s in story.sessions)
    yield Promise("level 3 is reached within the year", f"level {highest}", highest == HIGHEST)
    yield _none("no exercise is raised twice within 7 days", hasty_raises(story))
    yield _none("after three weeks off levels are one lower", not_faded(story, 29, 25))
    yield _none("and each exercise is suggested so", back_too_high(story, 29, 25))
    per_week = sorted(set(strength_prompts(story).values()))
    yield Promise("five strength prompts each working week", f"{per_week}", per_week == [5])
    strength = [story.fridays[w].strength for w in WORKING_WEEKS]
    share = sum(w.followed for w in strength) / sum(w.prompts for w in strength)
    yield Promise("half of the days with strength are followed", f"{share:.0%}", 0.4 <= share <= 0.7)
    yield _none("and the report of the week tells just that", strength_told_otherwise(story))
    yield _none("every region is served in every working week", regions_missed(story))
    yield _none("nothing comes more often than its day, its week and its gap allow", too_much(story))
    yield _none("nor is anything pressed more often than its day allows", pressed_too_often(story))
    yield _none("nothing that cannot be done, or that nobody asked for", unfit(story))
    yield _none("the same to somebody with cautions, in an open office", unfit(careful))
    yield _none("no item twice in a row where there is a choice", twice_in_a_row(story))
    yield _none("what comes is of a kind that was wanted, or a break", out_of_place(story))
    yield _none("a strained knot is not pressed itself", on_a_strain(story))
    yield _none("with a knot each exercise begins at level 1, or stays there", too_high_for_a_knot(story))
    yield _none("all areas of a knot are offered in its first five working days", areas_not_offered(story))


def _none(what: str, found: list[str]) -> Promise:
    return Promise(what, f"{len(found)}: {', '.join(found[:3])}…" if found else "none broken", not found)


# ── the picture ───────────────────────────────────────────────────────────────────────────────────

LEVEL_COLOURS = ("#d5e5e6", "#6fa9ad", "#1d5a63")
OUTCOME_COLOURS = {
    Outcome.DONE: "#1d5a63",
    Outcome.TAKEN: "#6fa9ad",
    Outcome.LATER: "#e8c77b",
    Outcome.SKIPPED: "#cf7f5c",
    Outcome.IGNORED: "#d9d9d9",
}
SPOT_COLOURS = {Spot.EASED: "#1d5a63", Spot.STAYED: "#cf7f5c", Spot.NOTHING: "#b5b5b5"}
KNOT_COLOUR = "#cf7f5c"


def draw(story: Story, file: Path, plt: Any) -> None:
    """Draw the year.

    Args:
        story: A whole year.
        file: Where to, by its suffix a vector or a pixel picture.
        plt: `matplotlib.pyplot`.
    """
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "postured", "axes.titlesize": 11})
    figure = plt.figure(figsize=(13, 15), layout="constrained")
    grid = figure.add_gridspec(4, 2, height_ratios=(5, 3, 3, 3.2))
    levels = figure.add_subplot(grid[0, :])
    regions = figure.add_subplot(grid[1, :])
    outcomes = figure.add_subplot(grid[2, :])
    _draw_levels(levels, story)
    _draw_regions(regions, story, figure)
    _draw_outcomes(outcomes, story)
    for place, spell in enumerate(story.spells):
        _draw_areas(figure.add_subplot(grid[3, place]), story, spell)
    for axes in (levels, regions, outcomes):
        _mark_year(axes, story)
    followed = sum(p.followed for p in story.prompts) / len(story.prompts)
    figure.suptitle(
        f"A year with postured: {len(story.worked_s) - len(HOLIDAYS)} working weeks, "
        f"{len(story.prompts):,} notices, {followed:.0%} followed",
        fontsize=14,
    )
    figure.savefig(file, dpi=80, metadata={"Date": None} if file.suffix == ".svg" else None)
    plt.close(figure)


def _mark_year(axes: Any, story: Story) -> None:
    """Months below, holidays grey, knots as a bar along the top."""
    axes.set_xlim(0, WEEKS)
    firsts = [date(MONDAY.year, month, 1) for month in range(2, 13)]
    axes.set_xticks([(day - MONDAY).days / 7 for day in firsts], [f"{day:%b}" for day in firsts])
    for week_ in HOLIDAYS:
        axes.axvspan(week_, week_ + 1, color="white", lw=0, zorder=3)
        axes.axvspan(week_, week_ + 1, color="#eeeeee", hatch="///", ec="#d0d0d0", lw=0, zorder=4)
    for spell in story.spells:
        start = (spell.begin - MONDAY).days / 7
        for at in (start, start + spell.days / 7):
            axes.axvline(at, color=KNOT_COLOUR, lw=1.2, ls="--", zorder=5)
        axes.annotate(
            f"{spell.cause} knot",
            (start + spell.days / 14, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            color=KNOT_COLOUR,
            fontweight="bold",
        )


def _draw_levels(axes: Any, story: Story) -> None:
    """A row for each exercise, darker where its level is higher; and their mean as a line."""
    done = Counter(s.log.item for s in story.sessions)
    order = [item_id for item_id, _ in done.most_common()][::-1]
    titles = {item.id: item.title for item in story.items}
    for row, item_id in enumerate(order):
        for week_, friday in story.fridays.items():
            if item_id in friday.levels:
                colour = LEVEL_COLOURS[friday.levels[item_id] - 1]
                axes.broken_barh([(week_, 1)], (row + 0.08, 0.84), color=colour, lw=0)
    axes.set_yticks(
        [row + 0.5 for row in range(len(order))], [f"{titles[id_]} ({done[id_]}×)" for id_ in order]
    )
    axes.set_ylim(0, len(order))
    mean = axes.twinx()
    means = [
        math.nan if week_ in HOLIDAYS else mean_level(story, week_) or math.nan for week_ in range(WEEKS)
    ]
    middles = [week_ + 0.5 for week_ in range(WEEKS)]
    for colour, width in (("white", 5.0), ("black", 2.2)):
        mean.plot(middles, means, color=colour, lw=width, zorder=6)
    mean.set_ylim(0.9, 3.1)
    mean.set_yticks((1, 2, 3))
    mean.set_ylabel("mean level")
    axes.legend(
        handles=[axes.barh([-1], [0], color=c, label=f"level {n}") for n, c in enumerate(LEVEL_COLOURS, 1)],
        loc="lower right",
        bbox_to_anchor=(1.0, 1.03),
        ncols=3,
        frameon=False,
    )
    axes.set_title(
        "Strength: each exercise; the line is the mean of those done regularly",
        loc="left",
        pad=16,
    )


def _draw_regions(axes: Any, story: Story, figure: Any) -> None:
    """Notices of each region and week."""
    times = Counter((r, p.week) for p in story.prompts for r in regions_of(p.item.areas))
    table = [[times[region, week_] for week_ in range(WEEKS)] for region in reversed(REGIONS)]
    picture = axes.imshow(
        table, aspect="auto", cmap="YlGnBu", norm="symlog", extent=(0, WEEKS, 0, len(REGIONS)), origin="lower"
    )
    names = region_names()
    axes.set_yticks([row + 0.5 for row in range(len(REGIONS))], [names[r] for r in reversed(REGIONS)])
    figure.colorbar(
        picture, ax=axes, pad=0.01, aspect=12, ticks=[0, 1, 3, 10, 30, 100], format="%d"
    ).set_label("notices a week")
    axes.set_title(
        "Each region of the body has its turn, unless what serves it was skipped three times",
        loc="left",
        pad=16,
    )


def _draw_outcomes(axes: Any, story: Story) -> None:
    """What became of the notices, as shares of the week."""
    times = Counter((p.week, p.outcome) for p in story.prompts)
    weeks = sorted({p.week for p in story.prompts})
    below = [0.0] * len(weeks)
    for outcome, colour in OUTCOME_COLOURS.items():
        heights = [float(times[week_, outcome]) for week_ in weeks]
        axes.bar([week_ + 0.5 for week_ in weeks], heights, 0.92, below, color=colour, label=str(outcome))
        below = [a + b for a, b in zip(below, heights, strict=True)]
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.05), ncols=5, frameon=False)
    axes.set_ylabel("notices a week")
    axes.set_title("What became of them", loc="left", pad=16)


def _draw_areas(axes: Any, story: Story, spell: Spell) -> None:
    """The areas that were offered while a knot was there, and what was found."""
    able = areas_that_can_be_done(story, spell)
    offered = [p for p in story.prompts if spell.is_of(p.knot) and p.item.kind is Kind.MASSAGE]
    found: list[tuple[str, float, Spot | None]] = [
        (log.area, p.at_unix_s, log.spot) for p in offered for log in p.stops
    ]
    found += [(_where(p.item, spell.knot), p.at_unix_s, None) for p in offered if not p.stops]
    others = sorted({area for area, _, _ in found} - set(able))
    rows = {area: row for row, area in enumerate((*others, *reversed(able)))}
    for area, at, spot in found:
        axes.scatter(
            (at - spell.begin_unix_s) / DAY_S,
            rows[area],
            s=46,
            color=SPOT_COLOURS[spot] if spot else "white",
            edgecolor="#777777",
            lw=0.6,
            zorder=3,
        )
    axes.set_yticks(
        list(rows.values()),
        [area.replace("_", " ") + ("" if area in able else " (besides)") for area in rows],
    )
    axes.set_xlim(0, spell.days)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="y", color="#eeeeee")
    axes.set_xlabel("days with the knot")
    for word, colour in (*((str(s), c) for s, c in SPOT_COLOURS.items()), ("offered only", "white")):
        axes.scatter([], [], s=46, color=colour, edgecolor="#777777", lw=0.6, label=word)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4, frameon=False)
    where = spell.zone.replace("_", " ")
    axes.set_title(f"Where a {spell.cause} knot ({where}) was explored", loc="left")


def _pyplot() -> Any:
    """Matplotlib, set up to draw into files."""
    try:
        importlib.import_module("matplotlib").use("Agg")
    except ImportError:
        raise SystemExit("The picture needs matplotlib: pip install matplotlib") from None
    return importlib.import_module("matplotlib.pyplot")


def main() -> int:
    """Live through the year, print the table, and draw if asked to."""
    parser = argparse.ArgumentParser(prog="year", description="Live through a year, and see what was kept.")
    parser.add_argument("--seed", type=int, default=1, help="another person's chances; usually 1")
    parser.add_argument("--out", type=Path, metavar="FILE", help="draw the year into this .svg or .png")
    arguments = parser.parse_args()
    plt = _pyplot() if arguments.out else None
    story = year(arguments.seed)
    kept = True
    print("| promise | measured | kept |\n|---|---|---|")
    for promise in promises(story, year(arguments.seed, me=CAREFUL)):
        print(f"| {promise.what} | {promise.measured} | {'yes' if promise.kept else '**no**'} |")
        kept = kept and promise.kept
    if arguments.out:
        draw(story, arguments.out, plt)
        print(f"\nThe year: {arguments.out}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
