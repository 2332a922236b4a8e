"""The words of the product as frozen values: what is configured, what happens, what follows from it.

Nothing here decides. `engine` turns events into effects, walls make the events and carry out the effects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from enum import StrEnum
from typing import NamedTuple

NEVER = math.inf
"""`pause: never` (rest drains nothing) and `repeat: never` (not again), in seconds."""


HANDS_ON_S = 10.0
"""Somebody is there if the last input is younger than this (rule 3)."""

EQUIPMENT = (
    "chair", "wall", "doorway", "desk", "tennis_ball", "foam_roller", "band", "dumbbell", "towel", "mat",
    "heat_pack", "cold_pack", "ice_cup", "cane", "shower",
)  # fmt: skip
PLACES = ("desk", "stand", "wall", "floor", "home")
FLAGS = (
    "pregnant", "anticoagulant", "bleeding_disorder", "osteoporosis", "steroids_long", "rib_or_bone_injury",
    "clot_dvt", "cancer_treatment", "heart_condition", "high_bp_uncontrolled", "pacemaker_port_implant",
    "breast_surgery_lymph", "skin_wound_infection_rash", "reduced_sensation_diabetes",
    "poor_circulation_raynaud", "shoulder_unstable", "shoulder_pain_overhead", "neck_dizziness",
    "hypermobile", "no_floor", "acute_48h", "latex_allergy", "minor",
)  # fmt: skip
"""Standing cautions. Each takes items away that could do harm."""
AREAS = (
    "upper_chest", "front_shoulder", "front_ribs", "side_ribs", "under_armpit", "side_neck",
    "neck_shoulder_corner", "blade_back", "below_blade", "mid_back", "lower_back", "flank",
    "upper_back_around_knot", "knot", "neck_back", "neck_front_deep", "between_blades", "shoulder_top",
    "shoulder_back", "eyes", "whole_body",
)  # fmt: skip
"""Where the body is worked."""
EMERGENCY_FLAGS = (
    "chest_pain", "tearing", "breathless", "legs_bladder", "accident", "stroke_signs",
)  # fmt: skip
"""Red flags that need the emergency number, now."""
CLINICIAN_FLAGS = (
    "fever", "weight_loss", "cancer_history", "night_rest", "arm_neuro", "minor_trauma_bone", "lump_shape",
    "cough_sneeze", "exertion", "meal_right", "rash", "severe", "persist", "morning_stiff",
)  # fmt: skip
"""Red flags that a clinician should see soon."""
RED_FLAGS = (*EMERGENCY_FLAGS, *CLINICIAN_FLAGS)
SOME_EMERGENCY, SOME_CLINICIAN = "some_emergency", "some_clinician"
"""One of these, but not which: all that a button of a notice can say."""
ZONES = ("top_corner", "inner_edge", "blade_tip", "beside_spine", "deep_under_blade", "unsure")
"""Where a knot sits."""


class Kind(StrEnum):
    """What an item of the library is."""

    BREAK = "break"
    MOBILITY = "mobility"
    STRENGTH = "strength"
    MASSAGE = "massage"
    THERMAL = "thermal"
    SETUP = "setup"


class Hold(StrEnum):
    """A reason to keep notices back. Several can stand at once."""

    PAUSED = "paused"
    CALL = "call"
    FULLSCREEN = "fullscreen"
    DND = "dnd"
    AWAY = "away"
    OFF_HOURS = "off_hours"


SENSED = frozenset({Hold.CALL, Hold.FULLSCREEN, Hold.DND})
"""Holds that a sensor reports; the person chooses which of them count (`hold:` in the schedule)."""

STATABLE = (Hold.CALL, Hold.FULLSCREEN, Hold.AWAY)
"""Holds that the person, or a script, can state."""


ACTIVITY = ("auto", "wayland", "mutter", "x11", "logind", "tty", "activitywatch", "always")
"""What can tell work from silence: one of these by name, or `auto` for the best that works here."""


class Counts(StrEnum):
    """What counts as work, beside input: a call, or a video watched full-screen."""

    INPUT = "input"
    CALL = "call"
    VIDEO = "video"


class Outcome(StrEnum):
    """What became of a notice."""

    TAKEN = "taken"
    DONE = "done"
    LATER = "later"
    SKIPPED = "skipped"
    IGNORED = "ignored"
    MISSED = "missed"


class Cause(StrEnum):
    """Why there is a knot, as the triage found; or that it is nothing for a program."""

    STRAIN = "strain"
    OVERUSE = "overuse"
    MIXED = "mixed"
    RED_CLINICIAN = "red_clinician"
    RED_EMERGENCY = "red_emergency"


class Felt(StrEnum):
    """How a set felt. Of ten: easy up to 5, right 6 and 7, hard from 8."""

    EASY = "easy"
    RIGHT = "right"
    HARD = "hard"


class Spot(StrEnum):
    """What became of one spot that was pressed or explored."""

    EASED = "eased"
    """Tender and good, and then less tender: it is letting go."""
    STAYED = "stayed"
    """Tender and good, and as tender after the longest press."""
    WRONG = "wrong"
    """Tender, and no good to press."""
    NOTHING = "nothing"
    """Not tender."""
    STOPPED = "stopped"
    """Stopped at once: sharp, tingling, numb, dizzy or the like."""
    ANNOYED = "annoyed"
    """The knot itself was more irritable afterwards."""
    LEFT = "left"
    """The person went on, or went away."""


class Action(StrEnum):
    """The keys of a notice's buttons."""

    SHOW = "default"
    DONE = "done"
    LATER = "later"
    SKIP = "skip"


class Moment(NamedTuple):
    """One instant on two clocks.

    Durations are measured on `s` only; `unix_s` and `zone` serve wall-clock reminders, hours and records.
    """

    s: float
    """Seconds on a clock that counts suspend and is never set (Linux: CLOCK_BOOTTIME)."""
    unix_s: float
    """Seconds since 1970 UTC."""
    zone: tzinfo
    """The person's time zone."""

    @property
    def wall(self) -> datetime:
        """The local time, aware."""
        return datetime.fromtimestamp(self.unix_s, self.zone)

    def at(self, s: float) -> datetime:
        """The local time of another instant `s` of the same clock, if nobody sets the clock in between."""
        return datetime.fromtimestamp(self.unix_s + s - self.s, self.zone)


# ── what is configured ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reminder:
    """A rule of the schedule. It has either a tank (`after_s`) or a time of day (`at`)."""

    name: str
    suggest: tuple[Kind, ...]
    after_s: float | None = None
    """Work that fills the tank."""
    pause_s: float = NEVER
    """Rest that empties a full tank."""
    repeat_s: float = NEVER
    """Further work until it is due again while the tank stays full."""
    snooze_s: float = 300.0
    """Work until it is due again after *Later*."""
    at: time | None = None
    """Local time of day, without zone."""
    days: frozenset[int] = frozenset(range(7))
    """Weekdays of `at`, Monday is 0."""
    within_s: float = 3600.0
    """How long after `at` it may still be shown."""
    at_most: int | None = None
    """Notices a day; days turn at 04:00 local time."""
    when_knot: bool = False
    """Only while a knot is active."""


class Hours(NamedTuple):
    """Days and the minutes of the day between which notices may be shown; may run over midnight."""

    days: frozenset[int]
    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Me:
    """What the person has, where they can go, and what they had better leave."""

    equipment: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset({"desk", "stand", "wall"})
    discreet: bool = False
    dominant: str = "right"
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A whole schedule, as read from the YAML file. `settings` makes it; the engine obeys it."""

    reminders: tuple[Reminder, ...]
    idle_after_s: float = 60.0
    activity: str = "auto"
    """Which sensor tells work from silence: its name, or `auto`."""
    counts: frozenset[Counts] = frozenset(Counts)
    hours: tuple[Hours, ...] = ()
    """Empty: always."""
    hold: frozenset[Hold] = SENSED
    hold_at_most_s: float = 3 * 3600.0
    ignore_call: frozenset[str] = frozenset()
    """Programs, in small letters, whose recording is no call."""
    ignore_fullscreen: frozenset[str] = frozenset()
    """Programs, in small letters, over whose full-screen windows notices may come, and which are no video."""
    me: Me = field(default_factory=Me)
    backend: str = "auto"
    spacing_s: float = 120.0


class Step(NamedTuple):
    """One timed step of an item."""

    text: str
    seconds: int
    cue: str | None = None
    """`breathe`, `rate`, `switch_side` or `stop_check`."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a strength item; place, equipment and cautions belong to the level."""

    level: int
    variation: str
    sets: int
    reps: int
    hold_s: int
    load_hint: str
    duration_s: int
    place: tuple[str, ...]
    equipment: tuple[str, ...]
    contraindications: tuple[str, ...]
    discreet: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of content. The fields and their values are described in the library's own header."""

    id: str
    kind: Kind
    title: str
    steps: tuple[Step, ...]
    duration_s: int
    """The sum of the steps; of level 1 where there are levels."""
    summary: str = ""
    """One imperative of at most 60 characters, what a notice shows first."""
    how: str = ""
    """One line of how to do it, at most 80 characters, what a notice shows second."""
    why: str = ""
    areas: tuple[str, ...] = ()
    target: str = "general"
    knot_zones: tuple[str, ...] = ()
    link: str = "none"
    referral_of: tuple[str, ...] = ()
    knot_overlap_zones: tuple[str, ...] = ()
    technique: tuple[str, ...] = ()
    side_mode: str = "none"
    equipment: tuple[str, ...] = ()
    place: tuple[str, ...] = ("desk",)
    discreet: bool = False
    intensity: int = 1
    levels: tuple[Level, ...] = ()
    dose: tuple[tuple[str, float], ...] = ()
    """Pairs of name and number: sets, reps, hold_s, pressure_min, pressure_max, per_day_max, per_week, gap_min."""
    progression: str | None = None
    stop_rules: tuple[str, ...] = ()
    contraindications: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    classes_allowed: tuple[str, ...] = ()
    classes_never: tuple[str, ...] = ()
    evidence: str = "tradition"
    source: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pairs of a reference and the article's sentences it answers to."""
    slot: tuple[str, ...] = ()
    version: int = 1
    reviewed: str = ""
    picture: str = ""
    """The whole path of a picture of one's own."""


class Answers(NamedTuple):
    """What the person said in the triage, in the words of the answers file. An empty word or None: not sure."""

    flags: tuple[str, ...] = ()
    """Red flags, and standing cautions beside those of the schedule."""
    onset: str = ""
    side: str = ""
    zone: str = ""
    dominant: str = ""
    most_used: str = ""
    before: str = ""
    feel: str = ""
    press_test: str = ""
    pain: int | None = None
    """From 0 to 10."""
    stops_daily_life: bool | None = None
    first_ever: bool | None = None
    episodes_30d: int | None = None
    """This one counts."""


class Care(NamedTuple):
    """What a cause asks for while the knot is followed, as `config/knot.yaml` has it under `care`."""

    preset: str = ""
    """The schedule is tightened to the reminders of this preset; empty: it stays as it was written."""
    reminders: tuple[Reminder, ...] = ()
    """Those of the preset."""
    stops: int = 3
    """Of one massage, on different areas, beside `last`."""
    first: tuple[str, ...] = ()
    """A massage begins with the first of these items that can be done."""
    last: tuple[str, ...] = ()
    """And ends with the first of these."""
    massages_a_day: int = 3
    packs: tuple[str, ...] = ()
    """Heat and cold: these, in turn."""
    packs_a_day: int = 3
    acute: bool = False
    """In the first 48 hours of a new knot it is handled like a fresh injury: the caution `acute_48h` stands."""
    early: tuple[str, ...] = ()
    """Strength in the first 48 hours of a knot that is new."""
    strength: tuple[str, ...] = ()
    """Strength afterwards; empty: all there is."""
    never: tuple[str, ...] = ()
    """Items that are refused, beside those that the library itself forbids for the cause."""
    never_early: tuple[str, ...] = ()
    """Likewise, in the first 48 hours."""
    only: tuple[str, ...] = ()
    """At a red flag: all that is left."""


USUAL_CARE = Care()


class Knot(NamedTuple):
    """A knot as it is at one moment: where it sits, why it came, since when it is followed, what it asks for."""

    zone: str
    side: str
    """`left`, `right`, `both` or `middle`."""
    cause: Cause
    opened_unix_s: float
    care: Care = USUAL_CARE
    spared: bool = False
    """It must not be pressed itself, whatever is usual for its cause."""
    fresh: bool = True
    """It was new, or may have been, when it was opened: the first 48 hours are gentler."""
    flags: frozenset[str] = frozenset()
    """Cautions and red flags that were told in its triage, beside the cautions of the schedule."""
    rests: frozenset[Kind] = frozenset()
    """Kinds that are not suggested for it at the moment: nothing was found, it got worse, or nobody looked again."""


class Told(StrEnum):
    """What the person said of a knot after the triage, or of red flags."""

    PAIN = "pain"
    """How sore it is, 0 to 10."""
    BETTER = "better"
    WORSE = "worse"
    GONE = "gone"
    NOT_GONE = "not_gone"
    """Nearly gone, but not over."""
    SCREENED = "screened"
    """Nothing of the safety screen is true."""
    ASKED = "asked"
    """The program asked how it is; nobody has said anything yet."""
    FLAG = "flag"
    """A red flag is true."""
    CLEARED = "cleared"
    """All red flags are cleared: somebody has looked at them."""


class KnotLog(NamedTuple):
    """One thing that was said of a knot."""

    knot: str
    """The episode's id; empty for what concerns no single knot, as flags."""
    told: Told
    points: int | None = None
    code: str = ""
    """The red flag."""


class Triage(NamedTuple):
    """The triage of one knot, as it was answered, and what the table made of it."""

    knot: str
    """The episode's id; the same again when it is asked about anew."""
    answers: Answers
    row: str
    """As R5."""
    cause: Cause
    care: str
    """A key of `care` in `config/knot.yaml`."""
    spared: bool


class Episode(NamedTuple):
    """One knot from its first day to its last."""

    id: str
    opened_unix_s: float
    triage: Triage
    """The last one."""
    triaged_unix_s: float
    told: tuple[tuple[float, KnotLog], ...] = ()
    """What was said of it since it was opened, the oldest first."""
    closed_unix_s: float | None = None


class Course(NamedTuple):
    """All knots that are known, and the red flags that stand."""

    episodes: tuple[Episode, ...] = ()
    """The oldest first; closed ones too."""
    flags: tuple[tuple[float, str], ...] = ()
    """Since when, Unix seconds, and which: what was said by itself, not in a triage."""


class SetLog(NamedTuple):
    """One session of a strength item, as the person tells it."""

    item: str
    level: int
    sets: int
    reps: int
    """Of each set, as done."""
    full: bool
    """All sets and repetitions of the level were done."""
    felt: Felt
    pain: bool
    """More than mild pain (3 of 10) during it, or worse the next morning."""


class PressLog(NamedTuple):
    """One spot of a massage."""

    item: str
    area: str
    side: str
    """`left`, `right` or `both`."""
    spot: Spot
    seconds: float
    """How long it was pressed."""
    tender_before: int | None = None
    """From 0 to 10; None where only words were asked for."""
    tender_after: int | None = None


Log = SetLog | PressLog | KnotLog


class Past(NamedTuple):
    """One notice of the past, as the history tells it."""

    item: str
    kind: Kind
    shown_unix_s: float
    outcome: Outcome | None
    """None: it is still up, or nobody knows; it counts as ignored."""
    asked: bool = False
    """The person asked for it; no reminder did."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One suggestion that is, or was, shown."""

    id: str
    """Unique for ever; the history's key."""
    reminder: str | None
    """None when the person asked for it (`postured now`)."""
    item: str
    kind: Kind
    duration_s: float
    """Rest of this length means the notice was taken."""
    shown_s: float
    """On the engine's clock."""
    shown_unix_s: float
    laters: int = 0
    """How often *Later* was pressed already; twice at most."""
    level: int = 0
    """The level of a strength item; 0 where there are none."""


class Problem(NamedTuple):
    """One thing wrong with a file the person wrote."""

    file: str
    line: int
    """From 1."""
    column: int
    """From 1."""
    path: str
    """Where in the document, as `reminders.reset.after`."""
    message: str
    """What was found and what is wanted."""
    hint: str = ""
    """The nearest right spelling, or what to write instead."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        what = f"{self.path}: {self.message}" if self.path else self.message
        return f"{where}: {what}" + (f" ({self.hint})" if self.hint else "")


# ── what happens ──────────────────────────────────────────────────────────────────────────────────

#
# Events and effects are named tuples, told apart by their type: as dataclasses the nineteen of them would add seven
# milliseconds to the start, of the fifty there are.


class Tick(NamedTuple):
    """Time has passed; nothing else is known."""


class Input(NamedTuple):
    """The person is there: input was seen, and is less than ten seconds old."""


class Silence(NamedTuple):
    """There has been no input since `since_s`. Whether it is rest the engine decides by its length."""

    since_s: float


class Away(NamedTuple):
    """The screen was locked or unlocked, or the session left or taken up again."""

    reason: str
    on: bool


class Slept(NamedTuple):
    """The machine was suspended for the `seconds` that end now."""

    seconds: float


class Sensed(NamedTuple):
    """A sensor's word on a call, full screen or do-not-disturb; what it cannot know it does not report."""

    hold: Hold
    on: bool
    video: bool = True
    """Full screen only: somebody may be watching. False where it is known that nothing keeps the screen awake."""


class Stated(NamedTuple):
    """The person's own word, or a script's, on `call`, `fullscreen` or `away`; it goes before any sensor's.

    With `on` the hold stands for `for_s`. Without, it is over: what sensors report is not believed until they report
    its end or, where a time is given, for that time.
    """

    hold: Hold
    on: bool
    for_s: float | None = None


class Pause(NamedTuple):
    """Hold everything: for a time (`for_s`), until a wall-clock time (`until_unix_s`), or until resumed."""

    for_s: float | None = None
    until_unix_s: float | None = None


class Resume(NamedTuple):
    """End the pause."""


class Pressed(NamedTuple):
    """A button of the notice that is up, or the command of the same name."""

    action: Action


class Suggest(NamedTuple):
    """The person asks for a suggestion now: an item, or any item of the kinds."""

    kinds: tuple[Kind, ...] = ()
    item: str | None = None


class Guided(NamedTuple):
    """A row of notices leads through what the notice suggests, or is over; meanwhile nothing else is shown."""

    on: bool
    followed: bool = False
    """Whether the person did some of it so far; then nothing that comes in between undoes that."""


class Logged(NamedTuple):
    """The person told how a set went, or what became of a spot."""

    log: Log


class Knotted(NamedTuple):
    """The knots that are followed from now on, and what each care of theirs is; an empty course: none."""

    course: Course
    cares: Mapping[str, Care]


class Recalled(NamedTuple):
    """What the history knows of the last weeks, in the order in which it happened."""

    past: tuple[Past, ...] = ()
    sets: tuple[tuple[float, SetLog], ...] = ()
    presses: tuple[tuple[float, PressLog], ...] = ()
    knotted: Knotted | None = None
    """What it knows of knots; None: what is known of them stands."""


class Reload(NamedTuple):
    """A new schedule, or a new library, or both."""

    schedule: Schedule | None = None
    library: tuple[Item, ...] | None = None


Event = (
    Tick | Input | Silence | Away | Slept | Sensed | Stated | Pause | Resume | Pressed | Suggest | Guided | Logged
    | Recalled | Knotted | Reload
)  # fmt: skip


# ── what follows ──────────────────────────────────────────────────────────────────────────────────


class Show(NamedTuple):
    """Put this notice up, in place of the one that is up."""

    notice: Notice
    again: bool = False
    """Put up once more after a restart; it is no new notice."""


class Close(NamedTuple):
    """Take the notice down."""


class Settle(NamedTuple):
    """Record what became of a notice. The same notice may be settled again with more `seconds` of rest."""

    notice: str
    outcome: Outcome
    seconds: float


class Miss(NamedTuple):
    """Record a wall-clock reminder that never could be shown."""

    reminder: str
    unix_s: float
    reason: str


class Natural(NamedTuple):
    """Record a rest that emptied a tank with no notice shown."""

    reminder: str
    unix_s: float
    seconds: float


class Spent(NamedTuple):
    """Record a finished stretch of work or rest."""

    work: bool
    start_unix_s: float
    end_unix_s: float


class Keep(NamedTuple):
    """Record what the person told."""

    log: Log


class Say(NamedTuple):
    """A gentle word that asks for nothing.

    `counted` (a break was seen), `stuck` (a hold stands very long), `emptied` (the person's cautions leave nothing of
    a kind), `lacking` (nothing of a kind can be done with what there is).
    """

    what: str
    detail: str = ""


class Ask(NamedTuple):
    """Ask how a knot is."""

    knot: str
    what: str
    """`check_in`, `review` (with the safety screen), `closing` (is it gone?), or `six_weeks`, which only tells."""


class Decide(NamedTuple):
    """One line for `postured why`: a reminder, what was decided about it, and because of what."""

    reminder: str
    verdict: str
    because: str = ""
    detail: str = ""
    """For what is shown: why this item, as `turn chest`."""


Effect = Show | Close | Settle | Miss | Natural | Spent | Keep | Say | Ask | Decide
