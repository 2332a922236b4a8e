"""Who must not do what, and who cannot: flags, the causes of knots, place and equipment. It says nothing of turns."""

from __future__ import annotations

from typing import NamedTuple

from postured.core.model import FLAGS, RED_FLAGS, Cause, Item, Kind, Knot, Level, Me, Moment
from postured.core.practice import Practice, annoyed, worked_unix_s
from postured.core.strength import level_on
from postured.core.zones import OPT_IN_AREA, ZONE_AREAS

NEEDS_NO_PLACE = "B01"
"""Whoever works can sit up, or stand up straight, where they are."""
NEUTRAL = ("B01", "B06", "B10")
"""All that is suggested to somebody who had better see a clinician."""

EARLY_S = 48 * 3600.0
"""So long the muscle of a new knot is not loaded; and one that got worse is left in peace."""
_ACUTE = "acute_48h"
EARLY = "early_48h"
"""Like a standing caution, but for strength alone: nothing beyond the first level of the quietest exercises."""
_TOLD = (*FLAGS, *RED_FLAGS)
"""All that a person can tell and that may speak against an item."""
_NEVER = {
    Kind.MASSAGE: frozenset({"clot_dvt", "minor"}),
    Kind.THERMAL: frozenset({"reduced_sensation_diabetes", "poor_circulation_raynaud", "minor"}),
    Kind.STRENGTH: frozenset({"minor"}),
    Kind.MOBILITY: frozenset({"minor"}),
}
"""Cautions that forbid a whole kind, items of one's own that say nothing of them included."""
RED = frozenset({Cause.RED_CLINICIAN, Cause.RED_EMERGENCY})
_PRESSED = frozenset({Cause.OVERUSE, Cause.MIXED})
"""Knots that may be pressed themselves."""
_EASES_OFF = frozenset({Cause.STRAIN, Cause.OVERUSE})


class Who(NamedTuple):
    """All that choosing looks at."""

    me: Me
    knot: Knot | None
    """The one in front: what is suggested is for it."""
    practice: Practice
    now: Moment
    others: tuple[Knot, ...] = ()
    """Knots beside that one: what harms one of them is left as well."""


class Refusal(NamedTuple):
    """Why an item that was asked for by name is not given."""

    because: str
    """`red`, `flag`, `told` (a flag that does not stand in the schedule), `early` (too soon for load), `cause`,
    `annoyed`, `cap` (enough for today), `week` (enough for the week), `gap` (too soon) or `stopped` (a massage was
    stopped today)."""
    detail: str = ""
    """The cause (`red`, `cause`; `none` without a knot), the flag, the kind or the item of which it is enough (`cap`),
    the minutes to wait (`gap`)."""


class Obstacle(NamedTuple):
    """Why an item is never suggested to somebody, as things are."""

    because: str
    """`red`, `cause`, `annoyed`, `flag`; `setup` (it has no time of its own), `asked` (only for who asks for just
    that), `equipment`, `place` or `discreet` (others would notice)."""
    detail: tuple[str, ...] = ()
    """The cause (`red`, `cause`; `none` without a knot), the flag, all that is missing (`equipment`), the places of
    which one would do (`place`)."""


class Terms(NamedTuple):
    """What decides what is safe and doable; it seldom changes."""

    me: Me
    flags: frozenset[str]
    cause: Cause | None
    zone: str
    """Empty without a knot."""
    annoyed: bool
    spared: bool = False
    """The knot must not be pressed itself, whatever is usual for its cause."""
    never: frozenset[str] = frozenset()
    """Items that its care forbids."""
    only: frozenset[str] = frozenset(NEUTRAL)
    """At a red flag: all that is left."""
    rests: frozenset[Kind] = frozenset()
    """Kinds that are only for who asks, at the moment."""
    others: tuple[Terms, ...] = ()
    """The same of the other knots."""


# ── what an item is ───────────────────────────────────────────────────────────────────────────────


def first_level(item: Item) -> Item | Level:
    """Return what the person would start with: level 1 where there are levels, else the item itself."""
    return item.levels[0] if item.levels else item


def opt_in(item: Item) -> bool:
    """Whether it is only for somebody who asks for just that, and has read the cautions."""
    return item.kind is Kind.MASSAGE and OPT_IN_AREA in item.areas


def on_the_knot(item: Item) -> bool:
    """Whether it works on the knot itself. A pack may lie there too, for it never lies there alone."""
    return item.target == "knot" or ("knot" in item.areas and item.kind is not Kind.THERMAL)


def overlaps(item: Item, zone: str) -> bool:
    """Whether it may press on a knot that sits there; on one that sits nobody knows where, if on any."""
    if zone in ZONE_AREAS and zone != "unsure":
        return zone in item.knot_overlap_zones
    return bool(item.knot_overlap_zones)


# ── what is safe, and what is doable ──────────────────────────────────────────────────────────────


def terms_of(who: Who) -> Terms:
    """What decides about this person now; a young knot adds its own flag."""
    me, now = who.me, who.now
    if who.knot is None:
        return Terms(me, me.flags, None, "", annoyed=False)
    knots = (who.knot, *who.others)
    flags = me.flags.union(*(knot.flags for knot in knots))
    for knot in knots:
        if young(knot, now):
            flags |= {_ACUTE if knot.care.acute else EARLY}
    took_it_ill = annoyed(who.practice, now)
    first, *others = (_terms_of(knot, me, flags, now, annoyed=took_it_ill) for knot in knots)
    return first._replace(others=tuple(others))


def _terms_of(knot: Knot, me: Me, flags: frozenset[str], now: Moment, *, annoyed: bool) -> Terms:
    care = knot.care
    return Terms(
        me,
        flags,
        knot.cause,
        knot.zone,
        annoyed=annoyed and knot.cause in _PRESSED,
        spared=knot.spared,
        never=frozenset(care.never + care.never_early if young(knot, now) else care.never),
        only=frozenset(care.only or NEUTRAL),
        rests=knot.rests,
    )


def young(knot: Knot, now: Moment) -> bool:
    """Whether it is in its first 48 hours, in which its muscle is not loaded.

    A strain that is older than that when it is told of is not young any more; overuse may have gone on till now.
    """
    if now.unix_s - knot.opened_unix_s >= EARLY_S or knot.cause in RED:
        return False
    return knot.cause is Cause.OVERUSE or (knot.fresh and (knot.cause is Cause.STRAIN or knot.care.acute))


def is_safe(item: Item, part: Item | Level, flags: frozenset[str]) -> bool:
    """Whether no flag speaks against the item, or against this level of it."""
    if not flags.isdisjoint(part.contraindications) or not flags.isdisjoint(_NEVER.get(item.kind, ())):
        return False
    if item.kind is Kind.STRENGTH and not flags.isdisjoint({_ACUTE, EARLY}):
        return isinstance(part, Level) and part.level == 1 and _ACUTE not in part.contraindications
    return not (_ACUTE in flags and item.kind is Kind.MASSAGE and on_the_knot(item))


def flag_against(item: Item, part: Item | Level, flags: frozenset[str]) -> str:
    """The first flag that makes it unsafe."""
    return next(
        (flag for flag in _TOLD if flag in flags and not is_safe(item, part, frozenset({flag}))), EARLY
    )


def is_doable(item: Item, part: Item | Level, me: Me) -> bool:
    """Whether the person has what it takes, can go where it is done, and will not mind being seen."""
    return _in_the_way(item, part, me) is None


def _in_the_way(item: Item, part: Item | Level, me: Me) -> Obstacle | None:
    """Why it is not doable."""
    at_hand = me.equipment | me.places  # whose place is a desk has one
    if not at_hand.issuperset(part.equipment):
        return Obstacle("equipment", tuple(tool for tool in part.equipment if tool not in at_hand))
    if item.id != NEEDS_NO_PLACE and me.places.isdisjoint(part.place):
        return Obstacle("place", part.place)
    return Obstacle("discreet") if me.discreet and not part.discreet else None


def parts(item: Item) -> tuple[Item | Level, ...]:
    """Its levels, or where there are none the item itself: what has a place, equipment and cautions."""
    return item.levels or (item,)


def number_of(part: Item | Level) -> int:
    """The number of the level; 0 for an item itself."""
    return part.level if isinstance(part, Level) else 0


def levels_for(item: Item, terms: Terms) -> tuple[int, ...]:
    """The levels that are safe and doable, 0 for the item itself where there are none; empty: not for this person."""
    return tuple(
        number_of(part)
        for part in parts(item)
        if is_safe(item, part, terms.flags) and is_doable(item, part, terms.me)
    )


def level_reached(item: Item, who: Who) -> int:
    """The level the person is at, 0 where there are none."""
    if not item.levels:
        return 0
    trained = who.practice.trained.get(item.id)
    knots = () if who.knot is None else (who.knot, *who.others)
    easy = next((knot for knot in knots if knot.cause in _EASES_OFF), who.knot)  # one of them is enough
    return level_on(trained, who.now.unix_s, easy, worked_unix_s=worked_unix_s(who.practice))


def fits_cause(item: Item, terms: Terms) -> bool:
    """Whether the knot's cause allows it. Without a knot it must be for people without one, or do no harm in strain."""
    allowed, never = item.classes_allowed, item.classes_never
    direct = on_the_knot(item)
    if terms.cause is None:
        if direct or "none" in never:
            return False
        return not allowed or "none" in allowed or (Cause.STRAIN in allowed and Cause.STRAIN not in never)
    if terms.cause in never or (allowed and terms.cause not in allowed):
        return False
    return terms.cause is not Cause.STRAIN or not (direct or overlaps(item, terms.zone))


def annoys(item: Item, terms: Terms) -> bool:
    """Whether it works on a knot that took it ill lately."""
    return terms.annoyed and (on_the_knot(item) or overlaps(item, terms.zone))


def against(item: Item, terms: Terms) -> Refusal | None:
    """Why nobody in this state should do it, whatever they have and at whatever level."""
    for each in (terms, *terms.others):
        refused = _against(item, each)
        if refused is not None:
            return refused
    return None


def _against(item: Item, terms: Terms) -> Refusal | None:
    """The same for one knot."""
    if terms.cause in RED:
        neutral = item.id in terms.only and item.kind is Kind.BREAK and not on_the_knot(item)
        return None if neutral and terms.cause is Cause.RED_CLINICIAN else Refusal("red", str(terms.cause))
    direct = on_the_knot(item) or overlaps(item, terms.zone)
    if not fits_cause(item, terms) or item.id in terms.never or (terms.spared and direct):
        return Refusal("cause", str(terms.cause or "none"))
    return Refusal("annoyed") if annoys(item, terms) else None


def suggestible(item: Item, terms: Terms) -> bool:
    """Whether it may be suggested by kind. On an old knot, or where one may sit, only who asks by name may press."""
    if opt_in(item) or item.kind in terms.rests:
        return False
    if terms.cause is None:
        return item.kind is not Kind.MASSAGE or not item.knot_overlap_zones
    return terms.cause is not Cause.MIXED or not (on_the_knot(item) or overlaps(item, terms.zone))


def may_press(item: Item, terms: Terms) -> bool:
    """Whether a massage with it does no harm."""
    return against(item, terms) is None and is_safe(item, item, terms.flags)


def obstacle_of(item: Item, who: Who, *, asked: bool = False) -> Obstacle | None:
    """Why the item is never suggested to this person as things are; None: its turn comes.

    Of a strength item it is what stands against the easiest level.

    Args:
        item: The item.
        who: The person.
        asked: They ask for just that; only what makes it unsafe, or keeps them from doing it, counts.
    """
    terms = terms_of(who)
    refused = against(item, terms)
    if refused is not None:
        return Obstacle(refused.because, (refused.detail,) if refused.detail else ())
    offered = asked or (item.kind is not Kind.SETUP and suggestible(item, terms))
    if offered and any(level <= level_reached(item, who) for level in levels_for(item, terms)):
        return None
    part = first_level(item)
    if not is_safe(item, part, terms.flags):
        return Obstacle("flag", (flag_against(item, part, terms.flags),))
    if not offered:
        return Obstacle("setup" if item.kind is Kind.SETUP else "asked")
    return _in_the_way(item, part, who.me)
