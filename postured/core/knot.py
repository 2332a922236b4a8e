"""Why somebody has a knot: the decision table as values, and the small interpreter that answers from it.

The table itself is data, `config/knot.yaml`, which `triage` reads; there every key is explained. Here nothing is read
and nothing is remembered. What harms nobody is decided in `safety`, whatever the table says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import islice
from typing import NamedTuple

from postured.core import names
from postured.core.language import _, p_
from postured.core.model import (
    CLINICIAN_FLAGS,
    EMERGENCY_FLAGS,
    FLAGS,
    USUAL_CARE,
    ZONES,
    Answers,
    Care,
    Cause,
    Item,
    Kind,
    Knot,
    Me,
    Moment,
    Triage,
)
from postured.core.practice import NOTHING
from postured.core.safety import (
    EARLY_S,
    RED,
    Terms,
    Who,
    against,
    first_level,
    is_doable,
    is_safe,
    on_the_knot,
    opt_in,
    overlaps,
    terms_of,
    young,
)
from postured.core.zones import areas_of

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "onset": ("woke", "today", "days", "long"),
    "side": ("left", "right", "both", "middle"),
    "zone": ZONES,
    "dominant": ("left", "right", "both"),
    "most_used": ("left", "right", "both"),
    "before": (
        "screen_forward", "held_tense", "repeated_use", "slept_odd", "sudden", "accident", "nothing",
    ),
    "feel": ("long", "worked", "unsure"),
    "press_test": ("eases", "annoyed", "same", "not_tried"),
}  # fmt: skip
"""The questions that are answered by one word, and the words."""
NUMBERS: Mapping[str, int] = {"pain": 10, "episodes_30d": 99}
"""Those that are answered by a number from 0, and the highest."""
CHOICES = ("stops_daily_life", "first_ever")
"""Those that are answered by yes or no."""
DERIVED = (
    "emergency", "clinician", "same_side", "strain_sign", "overuse_sign", "fresh", "minor", "cautions",
)  # fmt: skip
"""What follows from the answers, yes or no; conditions may use it like an answer."""

ZONE, STRENGTH, REST = "zone", "strength", "rest"
"""In place of an item: the massages for the zone; the strength that the care has for now; all that is not offered."""
TOLD_BLANKS = ("pain", "side", "times", "zone")
BLANKS = (*TOLD_BLANKS, "areas", "first", "items", "press", "reason")
"""What a sentence of the table may leave to be filled in; those of a reason or a contradiction, what was told."""
MOST_NOW = 3
"""So many things to do now, and one more with heat or cold, for at home."""
_PRESSED_AT_ONCE = 3
_NOT_NEW = ("days", "long")
_MINOR = "minor"
_CAUTIONS = tuple(flag for flag in FLAGS if flag != "acute_48h")
"""Those that the person has; the first days of a knot have their own."""
_OPENED, _LATER = Moment(0.0, 0.0, UTC), Moment(EARLY_S, EARLY_S, UTC)
"""A knot is answered for at the moment in which it is opened; which one that is does not matter."""


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


class Flag(NamedTuple):
    """A red flag, and the words that it is asked in."""

    code: str
    ask: str
    """One line of at most 66 characters."""


class Check(NamedTuple):
    """One line of a condition: what was told is one of the words, none of them, or a number within bounds."""

    key: str
    words: frozenset[str] = frozenset()
    but: bool = False
    """`not`: none of the words. What was not told is none of them."""
    least: int | None = None
    """A number of at least this was told."""
    most: int | None = None
    """At most this."""


When = tuple[tuple[Check, ...], ...]
"""Any of these holds as a whole. `ALWAYS` always does; no way at all never does."""
ALWAYS: When = ((),)
NEVER: When = ()


class Line(NamedTuple):
    """A sentence of the table, and when it is said."""

    id: str
    """Of its translation, as `knot.R5.now.1`."""
    text: str
    when: When = ALWAYS
    needs: tuple[tuple[str, ...], ...] = ()
    """Of each group one must be offered; empty: nothing."""

    @property
    def plain(self) -> bool:
        """Whether it can be said to everybody."""
        return self.when == ALWAYS and not self.needs


Lines = tuple[tuple[Line, ...], ...]
"""Sentences one after the other; of those that stand together the first that can be said."""


class Row(NamedTuple):
    """One row of the table."""

    name: str
    """As R5."""
    when: When
    cause: Cause
    care: str
    """A key of `Table.cares`."""
    probably: Line
    now: Lines
    """The first three that hold are said, and the first of those for at home."""
    leave: Lines
    expect: Lines
    see: Lines
    offer: tuple[str, ...]
    """Items, the best first, with `ZONE` and `STRENGTH` for those that differ from person to person."""
    later: tuple[str, ...]
    """What is added after 48 hours."""
    never: tuple[str, ...]
    press_knot: When
    """When the knot itself may be pressed."""
    source: tuple[str, ...]
    """Sentences of the article, as A7, and `our addition`."""


class Modifier(NamedTuple):
    """What is added to the answer of a row; never to a red one."""

    name: str
    when: When
    say: Lines
    expect: Lines
    """Said after what the row expects."""
    first: tuple[str, ...]
    """Offered before all else."""
    offer: tuple[str, ...]
    never: tuple[str, ...]
    source: tuple[str, ...]
    care: str = ""
    """A key of `Table.cares`, in place of the row's; of two that have one never both hold. Empty: the row's."""


class Contradiction(NamedTuple):
    """Answers that can hardly all be true."""

    name: str
    when: When
    key: str
    """Which question to ask again."""
    say: str
    """What contradicts, and how it is taken; in the person's language where `contradictions` gives it."""


class Minor(NamedTuple):
    """What somebody under 16 is told in place of the row's own words."""

    now: Lines
    leave: Lines
    expect: Lines
    see: Lines


class Table(NamedTuple):
    """The whole of `config/knot.yaml`."""

    emergency: tuple[Flag, ...]
    clinician: tuple[Flag, ...]
    strain_signs: When
    overuse_signs: When
    reasons: tuple[Line, ...]
    """Why it is red, beside the red flags."""
    rows: tuple[Row, ...]
    """The last one always holds."""
    modifiers: tuple[Modifier, ...]
    contradictions: tuple[Contradiction, ...]
    minor: Minor
    cares: Mapping[str, Care]
    later_on: Mapping[str, str]
    """What is said in the course of a knot; `said_later` gives it in the person's language."""
    flag_line: str


class Answer(NamedTuple):
    """What somebody is told, and what is offered."""

    row: str
    cause: Cause
    care: str
    spared: bool
    """The knot must not be pressed itself."""
    offer: tuple[str, ...]
    """Items, the best first, safe for this person now; place and equipment do not matter here."""
    later: tuple[str, ...]
    """What is added after 48 hours."""
    never: tuple[str, ...]
    """What had better not be done, the person's own items included."""
    areas: tuple[str, ...]
    """Where to press, the first first; empty at a red flag, and under 16."""
    probably: str
    now: tuple[str, ...]
    """At most four: three, and one for at home."""
    leave: tuple[str, ...]
    expect: str
    see: str
    noticed: tuple[str, ...]
    """What contradicted, and what else the answers tell."""
    flag_line: str
    """How to say a red flag later."""


# ── conditions ────────────────────────────────────────────────────────────────────────────────────


class _Facts(NamedTuple):
    """What is known: of each key the words that hold, and the numbers."""

    words: Mapping[str, frozenset[str]]
    numbers: Mapping[str, int | None]

    def hold(self, when: When) -> bool:
        return any(all(self._passes(check) for check in way) for way in when)

    def _passes(self, check: Check) -> bool:
        if check.least is not None or check.most is not None:
            number = self.numbers[check.key]
            return (
                number is not None
                and (check.least is None or number >= check.least)
                and (check.most is None or number <= check.most)
            )
        return self.words[check.key].isdisjoint(check.words) is check.but

    def but_with(self, **words: frozenset[str]) -> _Facts:
        return self._replace(words={**self.words, **words})


def same_side(answers: Answers) -> bool | None:
    """Whether the knot is on the side that does most; None where that cannot be told."""
    used = {answers.dominant, answers.most_used} - {""}
    if answers.side not in {"left", "right"} or not used:
        return None
    if answers.side in used:
        return True
    return None if "both" in used else False


def is_new(answers: Answers) -> bool:
    """Whether the knot is new, or may be: then the first 48 hours are gentler."""
    return answers.onset not in _NOT_NEW


def row_of(table: Table, answers: Answers) -> Row:
    """The row that is meant: the first whose condition holds, and the last one's always does."""
    return _row(table, _facts(table, answers, frozenset()))


def contradictions(table: Table, answers: Answers) -> tuple[Contradiction, ...]:
    """What of the answers can hardly be true together, in the person's language."""
    facts = _facts(table, answers, frozenset())
    return tuple(
        each._replace(say=_told(f"contradiction.{each.name}", each.say, answers))
        for each in table.contradictions
        if facts.hold(each.when)
    )


def flag_asked(flag: Flag) -> str:
    """The words that a red flag is asked in, in the person's language."""
    return p_(f"knot.flag.{flag.code}", flag.ask)


def said_later(table: Table, key: str) -> str:
    """A sentence of `later_on`, in the person's language."""
    return p_(f"knot.later_on.{key}", table.later_on[key])


def _row(table: Table, facts: _Facts) -> Row:
    return next(row for row in table.rows if facts.hold(row.when))


def _facts(table: Table, answers: Answers, flags: frozenset[str]) -> _Facts:
    """What the answers tell, and what follows from them; `flags` are those of the person beside the answers'."""
    flags |= frozenset(answers.flags)
    words = {key: _word(getattr(answers, key)) for key in QUESTIONS}
    words |= {key: _yes_or_no(getattr(answers, key)) for key in CHOICES}
    words |= {
        "flags": flags,
        "emergency": _yes_or_no(not flags.isdisjoint(EMERGENCY_FLAGS)),
        "clinician": _yes_or_no(not flags.isdisjoint(CLINICIAN_FLAGS)),
        "minor": _yes_or_no(_MINOR in flags),
        "cautions": _yes_or_no(not flags.isdisjoint(_CAUTIONS)),
        "same_side": _yes_or_no(same_side(answers)),
        "fresh": _yes_or_no(is_new(answers)),
    }
    facts = _Facts(words, {key: getattr(answers, key) for key in NUMBERS})
    return facts.but_with(
        strain_sign=_yes_or_no(facts.hold(table.strain_signs)),
        overuse_sign=_yes_or_no(facts.hold(table.overuse_signs)),
    )


def _word(told: str) -> frozenset[str]:
    return frozenset({told} if told else ())


def _yes_or_no(told: bool | None) -> frozenset[str]:
    return frozenset() if told is None else frozenset({"yes" if told else "no"})


# ── the answer ────────────────────────────────────────────────────────────────────────────────────


class _Case(NamedTuple):
    """One person with one knot, and the row that was found."""

    table: Table
    answers: Answers
    library: Sequence[Item]
    facts: _Facts
    row: Row
    modifiers: tuple[Modifier, ...]
    care: str
    """Its key: the row's, or that of a modifier."""
    knot: Knot
    now: Terms
    """What is safe at this moment."""
    then: Terms
    """What is safe after 48 hours."""


def answer(table: Table, answers: Answers, library: Sequence[Item], me: Me) -> Answer:
    """What the table answers this person.

    Args:
        table: The table.
        answers: What was told.
        library: All items, the person's own included.
        me: Whose standing flags count beside those of the answers.
    """
    case = _case(table, answers, library, me)
    offered, later, never = _items(case)
    told = _Words(case, offered)
    grown_up = case.row.cause in RED or not _is_minor(case)
    words: Row | Minor = case.row if grown_up else table.minor
    return Answer(
        row=case.row.name,
        cause=case.row.cause,
        care=case.care,
        spared=case.knot.spared,
        offer=offered,
        later=later,
        never=never,
        areas=tuple(_areas(case)),
        probably=told.say(case.row.probably),
        now=told.now(words.now),
        leave=told.lines(words.leave),
        expect=told.expectation(words.expect),
        see=told.all_of(words.see),
        noticed=told.noticed(),
        flag_line=p_("knot.flag_line", table.flag_line),
    )


def _case(table: Table, answers: Answers, library: Sequence[Item], me: Me) -> _Case:
    me = replace(me, flags=me.flags | frozenset(answers.flags))
    facts = _facts(table, answers, me.flags)
    row = _row(table, facts)
    facts = facts.but_with(row=frozenset({row.name}), cause=frozenset({row.cause}))
    held = (each for each in table.modifiers if facts.hold(each.when))
    modifiers = () if row.cause in RED else tuple(held)
    care = next((each.care for each in modifiers if each.care), row.care)
    knot = Knot(
        zone=answers.zone,
        side=answers.side or "both",
        cause=row.cause,
        opened_unix_s=_OPENED.unix_s,
        care=table.cares.get(care, USUAL_CARE),
        spared=not facts.hold(row.press_knot),
        fresh=is_new(answers),
    )
    return _Case(
        table,
        answers,
        library,
        facts,
        row,
        modifiers,
        care,
        knot,
        terms_of(Who(me, knot, NOTHING, _OPENED)),
        terms_of(Who(me, knot, NOTHING, _LATER)),
    )


def _is_minor(case: _Case) -> bool:
    return _MINOR in case.now.flags


def _items(case: _Case) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What is offered, what is added later, and what is never done."""
    offered = tuple(_safe(_wanted(case), case, case.now))
    if case.row.cause in RED:
        return offered, (), tuple(item.id for item in case.library if item.id not in offered)
    added = _safe(_expanded(case.row.later, case.knot.care.strength, case), case, case.then)
    never = tuple(item.id for item in case.library if _harms(item, case, case.now))
    return offered, tuple(each for each in added if each not in offered), never


def _wanted(case: _Case) -> Iterator[str]:
    """What the row and its modifiers would offer, whoever asks."""
    care, modifiers = case.knot.care, case.modifiers
    wanted = [
        *(i for m in modifiers for i in m.first),
        *case.row.offer,
        *(i for m in modifiers for i in m.offer),
    ]
    return _expanded(wanted, care.early if young(case.knot, _OPENED) else care.strength, case)


def _left_out_for(case: _Case) -> tuple[str, ...]:
    """The standing cautions for which something is not offered that would be otherwise."""
    by_id = {item.id: item for item in case.library}
    wanted = [by_id[each] for each in _wanted(case) if each in by_id]
    spoken_for = [item for item in wanted if _serves(item, case) and not _harms(item, case, case.now)]
    return tuple(
        flag
        for flag in _CAUTIONS
        if flag in case.now.flags
        and not all(is_safe(item, first_level(item), frozenset({flag})) for item in spoken_for)
    )


def _harms(item: Item, case: _Case, terms: Terms) -> bool:
    """Whether nobody with this knot should do it, or nobody of this age."""
    if item.id in case.row.never or any(item.id in each.never for each in case.modifiers):
        return True
    if against(item, terms) is not None:
        return True
    if case.knot.spared and (on_the_knot(item) or overlaps(item, case.knot.zone)):
        return True
    if _is_minor(case):
        return item.kind not in (Kind.BREAK, Kind.SETUP)
    return case.row.cause is Cause.STRAIN and item.kind is Kind.THERMAL and set(item.areas) == {"knot"}


def _expanded(wanted: Iterable[str], strength: Sequence[str], case: _Case) -> Iterator[str]:
    """The ids of what is wanted, with items in place of the words that stand for some."""
    for each in wanted:
        if each == ZONE:
            yield from _for_the_zone(case)
        elif each == STRENGTH:
            yield from strength
        else:
            yield each


def _for_the_zone(case: _Case) -> Iterator[str]:
    """The massages of each area; what this person can do where they are comes first."""
    zone = case.answers.zone or "unsure"
    massages = [
        item
        for item in _doable_first(case.library, case)
        if item.kind is Kind.MASSAGE and zone in item.knot_zones and not opt_in(item)
    ]
    for area in areas_of(zone):
        yield from (item.id for item in massages if area in item.areas)


def _doable_first(items: Iterable[Item], case: _Case) -> list[Item]:
    return sorted(items, key=lambda item: not _is_doable(item, case))


def _is_doable(item: Item, case: _Case) -> bool:
    """Whether this person can do it where they usually are, with what they have."""
    return is_doable(item, first_level(item), case.now.me)


def _safe(wanted: Iterable[str], case: _Case, terms: Terms) -> Iterator[str]:
    """Those that are in the library and do this person no harm, each once."""
    by_id = {item.id: item for item in case.library}
    for each in dict.fromkeys(wanted):
        item = by_id.get(each)
        if item is not None and _serves(item, case) and _is_safe(item, case, terms):
            yield each


def _is_safe(item: Item, case: _Case, terms: Terms) -> bool:
    """Whether neither the knot nor a flag of the person speaks against it."""
    return not _harms(item, case, terms) and is_safe(item, first_level(item), terms.flags)


def _serves(item: Item, case: _Case) -> bool:
    """Whether it is any good where the knot sits, as far as that is known."""
    zone = case.answers.zone
    return not item.knot_zones or zone in ("", "unsure") or zone in item.knot_zones


def _areas(case: _Case) -> Iterator[str]:
    """The areas for the zone where this person may press something, if not at once, then after 48 hours."""
    massages = [
        item for item in case.library if item.kind is Kind.MASSAGE and _is_safe(item, case, case.then)
    ]
    for area in areas_of(case.answers.zone):
        if any(area in item.areas for item in massages):
            yield area


# ── the words ─────────────────────────────────────────────────────────────────────────────────────


class _Words:
    """The sentences of one answer, with what belongs in their blanks."""

    def __init__(self, case: _Case, offered: Sequence[str]) -> None:
        self._case = case
        by_id = {item.id: item for item in case.library}
        self._offered = {each: by_id[each] for each in offered}
        strength = case.knot.care.early + case.knot.care.strength
        self._strength = tuple(each for each in offered if each in strength)
        self._massages = self._by_area()

    def say(self, line: Line) -> str:
        """One sentence."""
        text = p_(f"knot.{line.id}", line.text)
        return text.format(**self._blanks(line)) if "{" in text else text

    def lines(self, lines: Lines) -> tuple[str, ...]:
        """Those that are for this person."""
        return tuple(self.say(line) for line in self._chosen(lines))

    def all_of(self, lines: Lines) -> str:
        """The same in one breath."""
        return " ".join(self.lines(lines))

    def now(self, lines: Lines) -> tuple[str, ...]:
        """What to do now: a few things, and heat or cold last, because they are for at home."""
        at_home = [line for line in self._chosen(lines) if self._is_of_packs(line)]
        others = [line for line in self._chosen(lines) if line not in at_home]
        return tuple(self.say(line) for line in (*others[:MOST_NOW], *at_home[:1]))

    def expectation(self, lines: Lines) -> str:
        """When to expect a change."""
        added = (each.expect for each in self._case.modifiers if each.expect)
        return " ".join(self.all_of(each) for each in (lines, *added))

    def noticed(self) -> tuple[str, ...]:
        """What contradicts, what is noticed beside the row, and why something is missing."""
        case = self._case
        doubts = (each.say for each in contradictions(case.table, case.answers))
        added = (self.all_of(each.say) for each in case.modifiers)
        return tuple(text for text in (*doubts, *added, self._left_out()) if text)

    def _left_out(self) -> str:
        flags = () if self._case.row.cause in RED else _left_out_for(self._case)
        if not flags:
            return ""
        return _("Left out because of: {flags}.").format(flags=", ".join(names.flag(each) for each in flags))

    def _chosen(self, lines: Lines) -> Iterator[Line]:
        for ways in lines:
            yield from islice((line for line in ways if self._is_said(line)), 1)

    def _is_said(self, line: Line) -> bool:
        wanted = (self._offered_of(group) for group in line.needs)
        return self._case.facts.hold(line.when) and all(wanted)

    def _is_of_packs(self, line: Line) -> bool:
        items = self._items_of(line)
        return bool(items) and all(self._offered[each].kind is Kind.THERMAL for each in items)

    def _items_of(self, line: Line) -> tuple[str, ...]:
        """What is offered of that which the sentence is about, but for what is to press where."""
        found = [each for group in line.needs if group != (ZONE,) for each in self._offered_of(group)]
        return tuple(item.id for item in _doable_first((self._offered[each] for each in found), self._case))

    def _offered_of(self, group: Iterable[str]) -> tuple[str, ...]:
        about = {ZONE: tuple(self._massages.values()), STRENGTH: self._best_strength()}
        wanted = (item for each in group for item in about.get(each, (each,)))
        return tuple(each for each in wanted if each in self._offered)

    def _best_strength(self) -> tuple[str, ...]:
        strength = (self._offered[each] for each in self._strength)
        return tuple(item.id for item in _doable_first(strength, self._case))[:2]

    def _by_area(self) -> dict[str, str]:
        """For each of the first areas of the zone the item that presses it best; if possible one that is doable."""
        massages = [item for item in self._offered.values() if item.kind is Kind.MASSAGE]
        doable = [item for item in massages if _is_doable(item, self._case)]
        return self._one_each(doable) or self._one_each(massages)

    def _one_each(self, massages: Sequence[Item]) -> dict[str, str]:
        found: dict[str, str] = {}
        for area in areas_of(self._case.answers.zone):
            best = next((m.id for m in massages if area in m.areas and m.id not in found.values()), None)
            if best is not None and len(found) < _PRESSED_AT_ONCE:
                found[area] = best
        return found

    def _blanks(self, line: Line) -> dict[str, str]:
        press = [
            _("{area} ({item})").format(area=names.area(area), item=each)
            for area, each in self._massages.items()
        ]
        return {
            **_blanks(self._case.answers),
            "items": _either(self._items_of(line)),
            "press": _listed(press),
            "areas": _listed([names.area(area) for area in self._massages]),
            "first": names.area(next(iter(self._massages), "")),
            "reason": "; ".join(self._reasons()),
        }

    def _reasons(self) -> Iterator[str]:
        """What makes it red, in plain words."""
        case = self._case
        now = case.row.cause is Cause.RED_EMERGENCY  # all else can wait
        for flag in case.table.emergency if now else (*case.table.emergency, *case.table.clinician):
            if flag.code in case.now.flags:
                yield _("“{words}”").format(words=flag_asked(flag))
        if now:
            return
        for line in case.table.reasons:
            if case.facts.hold(line.when):
                yield _told(line.id, line.text, case.answers)


def _told(text_id: str, text: str, answers: Answers) -> str:
    """A sentence that only needs what was told."""
    return p_(f"knot.{text_id}", text).format(**_blanks(answers))


def _blanks(answers: Answers) -> dict[str, str]:
    return {
        "side": names.side(answers.side),
        "zone": names.zone(answers.zone),
        "pain": str(answers.pain),
        "times": str(answers.episodes_30d),
    }


def _listed(words: Sequence[str]) -> str:
    """Several in one breath, as `side ribs and waist`."""
    if len(words) < 2:
        return "".join(words)
    return _("{first} and {last}").format(first=", ".join(words[:-1]), last=words[-1])


def _either(words: Sequence[str]) -> str:
    """Several of which one will do, as `H01 or H03`."""
    if len(words) < 2:
        return "".join(words)
    return _("{first} or {last}").format(first=", ".join(words[:-1]), last=words[-1])


def say(answer: Answer) -> str:
    """The whole answer as plain lines."""
    lines = [answer.probably]
    for heading, told in (
        (_("What to do now:"), answer.now),
        (_("What not to do:"), answer.leave),
        (_("What else the answers tell:"), answer.noticed),
    ):
        if told:
            lines += ["", heading, *(f"- {each}" for each in told)]
    lines += ["", _("What to expect: {text}").format(text=answer.expect)]
    lines += ["", _("When to see somebody: {text}").format(text=answer.see), "", answer.flag_line]
    return "\n".join(lines)


def texts(table: Table) -> Iterator[Line]:
    """Every text of the table with its id; those that rows share come several times."""
    for flag in (*table.emergency, *table.clinician):
        yield Line(f"flag.{flag.code}", flag.ask)
    for row in table.rows:
        yield row.probably
        yield from _each(row.now, row.leave, row.expect, row.see)
    for modifier in table.modifiers:
        yield from _each(modifier.say, modifier.expect)
    yield from table.reasons
    yield from (Line(f"contradiction.{doubt.name}", doubt.say) for doubt in table.contradictions)
    minor = table.minor
    yield from _each(minor.now, minor.leave, minor.expect, minor.see)
    yield from (Line(f"later_on.{key}", text) for key, text in table.later_on.items())
    yield Line("flag_line", table.flag_line)


def _each(*texts: Lines) -> Iterator[Line]:
    return (line for lines in texts for ways in lines for line in ways)


def triage(knot_id: str, answers: Answers, answer: Answer) -> Triage:
    """The triage as it is kept."""
    return Triage(knot_id, answers, answer.row, answer.cause, answer.care, answer.spared)
