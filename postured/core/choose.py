"""Which item is shown: safe and doable for this person, right for their knot, and the one whose turn it is.

First comes what must not be (a red flag, a caution, the cause of the knot), then what cannot be (place, equipment,
an open office), then what is too long or too much for today. Among what is left each region of the body takes its
turn, or each area that may have to do with the knot. The same person, practice and moment give the same choice.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from postured.core.around import Around
from postured.core.calendar import DAY_TURNS_AT, day_of
from postured.core.model import USUAL_CARE, Care, Cause, Item, Kind, Level, Me, Moment
from postured.core.practice import SESSION_S, apart, offered, rests_until, sessions, stopped_since
from postured.core.safety import (
    EARLY,
    NEEDS_NO_PLACE,
    RED,
    Refusal,
    Terms,
    Who,
    against,
    flag_against,
    is_safe,
    level_reached,
    levels_for,
    may_press,
    number_of,
    on_the_knot,
    opt_in,
    parts,
    suggestible,
    terms_of,
    young,
)
from postured.core.zones import OPT_IN_AREA, REGIONS, regions_of

ALWAYS_FITS = ("B01", "B10")
"""What is suggested when nothing else may be: sitting tall, or a short walk."""
A_DAY = 3
"""Massages a day at most, and packs; each of them. What is suggested unasked is up to the care of the knot."""
PACK_GAP_S = 3600.0
"""From one pack to the next, whichever it is."""
MOST_STOPS = 3
"""Of one massage, whatever the care of the knot."""
KEPT_UP = 7
"""So many strength items take turns: of more, each would come so seldom that nobody gets better at it."""
KEPT_UP_S = 28 * 86400.0
"""Who had an exercise within this time keeps it."""

_ALL_KINDS = tuple(kind for kind in Kind if kind is not Kind.SETUP)
_HANDS_AND_PACKS = frozenset({Kind.MASSAGE, Kind.THERMAL})
_MOST_KEPT = 8
_WANTED = 0
"""A stand-in that is none: it was wanted, and only rests."""


class Choice(NamedTuple):
    """An item, and why this one."""

    item: Item
    level: int
    """0 where there are no levels."""
    because: str
    """`turn`, `zone`, `right_spot`, `only` (it alone fits), `instead` (of what was wanted nothing fits), `asked`,
    `later` (it was put off)."""
    detail: str = ""
    """The region whose turn it is, the area (`zone`, `right_spot`), the kind that was empty (`instead`)."""


class Lacking(NamedTuple):
    """What somebody would have to have for the easiest item of a kind."""

    equipment: tuple[str, ...]
    """All of these."""
    places: tuple[str, ...]
    """One of these; empty: where they are is fine."""


class _Offer(NamedTuple):
    """An item that is safe and doable."""

    item: Item
    levels: tuple[int, ...]
    """Those that are; (0,) where there are none."""


class _Day(NamedTuple):
    """Today."""

    start_unix_s: float
    week_unix_s: float
    """When the day six days ago began."""
    seed: int
    asked: bool
    """The person asks; what was suggested in vain does not count then."""
    most: Mapping[Kind, int]
    """Massages and packs: how many of them."""
    doses: Mapping[str, tuple[float, ...]]
    """Items and when they were done lately, or suggested."""


class _Candidate(NamedTuple):
    item: Item
    level: int
    rank: int
    """Of its kind among those that were asked for."""


class _About(NamedTuple):
    """What is looked up of an item all the time."""

    kind: Kind
    regions: tuple[str, ...]
    per_day: float
    per_week: float
    gap_s: float


def _today(who: Who, *, asked: bool) -> _Day:
    """Today, with what was done lately; for whom nobody asked, what was suggested in vain counts as well."""
    number = day_of(who.now)
    doses = sessions(who.practice, who.now) if asked else offered(who.practice, who.now)
    care = _care_of(who)
    most = dict.fromkeys(_HANDS_AND_PACKS, A_DAY)
    if who.knot is not None and not asked:
        most = {Kind.MASSAGE: min(A_DAY, care.massages_a_day), Kind.THERMAL: min(A_DAY, care.packs_a_day)}
    return _Day(_begin_of(number, who.now), _begin_of(number - 6, who.now), number, asked, most, doses)


def _care_of(who: Who) -> Care:
    return USUAL_CARE if who.knot is None else who.knot.care


def _begin_of(number: int, now: Moment) -> float:
    """When the day of that ordinal begins, Unix seconds."""
    day = date.fromordinal(number)
    return (datetime(day.year, day.month, day.day, tzinfo=now.zone) + DAY_TURNS_AT).timestamp()


# ── choosing ──────────────────────────────────────────────────────────────────────────────────────


class Chooser:
    """A library to choose from. Holds no state but what it has worked out before.

    Example:
        >>> from datetime import UTC
        >>> from postured.core.practice import NOTHING
        >>> sit = Item("B01", Kind.BREAK, "Sit tall", steps=(), duration_s=30, areas=("neck_back",))
        >>> who = Who(Me(), None, NOTHING, Moment(0.0, 1.8e9, UTC))
        >>> Chooser((sit,)).choose([Kind.BREAK], who, longest_s=60).because
        'only'
    """

    __slots__ = ("_about", "_library", "_offers")

    def __init__(self, library: Sequence[Item]) -> None:
        self._library = tuple(library)
        self._about = {item.id: _about(item) for item in library}
        self._offers: dict[Terms, Mapping[Kind, tuple[_Offer, ...]]] = {}

    def choose(
        self, kinds: Sequence[Kind], who: Who, *, longest_s: float, asked: bool = False
    ) -> Choice | None:
        """Return what to suggest now.

        Args:
            kinds: What the reminder suggests, or the person asked for; none means any but set-up tips.
            who: The person, with everything they have done.
            longest_s: Seconds; longer items are not suggested.
            asked: The person asked for these kinds now, and has the time.

        Returns:
            None when nothing in the library is safe and doable, or a red flag forbids everything. Of something to fall
            back on `B01` and `B10` come first; of two there is never the same one twice in a row.
        """
        terms = terms_of(who)
        if terms.cause is Cause.RED_EMERGENCY:
            return None
        wanted = tuple(dict.fromkeys(kinds)) or _ALL_KINDS
        if asked:
            longest_s = math.inf
        else:
            wanted = tuple(kind for kind in wanted if kind is not Kind.SETUP)
        day = _today(who, asked=asked)
        left = [
            found
            for found in self._left(wanted, terms, who, day)
            if _seconds(found) <= longest_s and not self._rests(found.item, who)
        ]
        if not left:
            return self._instead(wanted, terms, who, day, longest_s)
        if len(left) == 1:
            return Choice(left[0].item, left[0].level, "only")
        latest = self._latest(wanted, who)
        left = _cared_for([found for found in left if found.item.id != latest], who)
        if terms.cause is not None and _HANDS_AND_PACKS.issuperset(wanted):
            return self._by_zone(left, wanted, terms, who, day)
        best = self._best_for_the_knot(left, terms, who, day)
        left = [
            found for found in left if found.item.kind not in best or best[found.item.kind].item is found.item
        ]
        found, region = self._by_turn(left, terms, who, day)
        return best.get(found.item.kind) or Choice(found.item, found.level, "turn", region)

    def refuses(self, item: Item, who: Who) -> Refusal | None:
        """Return why an item that was asked for by name had better not be done now; None: it may.

        Only what could do harm counts. Place and equipment do not: who asks by name knows what they have.
        """
        terms = terms_of(who)
        refused = against(item, terms)
        if refused is not None:
            return refused
        level = self.level_for(item, who) or min(1, len(item.levels))
        part = next(part for part in parts(item) if number_of(part) == level)
        if not is_safe(item, part, terms.flags):
            flag = flag_against(item, part, terms.flags)
            if flag == EARLY:
                return Refusal("early")
            return Refusal("flag" if flag in who.me.flags else "told", flag)
        if item.kind not in _HANDS_AND_PACKS:
            return None
        day = _today(who, asked=True)
        return self._enough_of_kind(item.kind, who, day) or self._enough(item.id, _about(item), who, day)

    def enough_of(self, kind: Kind, who: Who) -> Refusal | None:
        """Return why no more of a kind for now: enough for today, too soon, or stopped; None: there may."""
        return self._enough_of_kind(kind, who, _today(who, asked=True))

    def level_for(self, item: Item, who: Who) -> int | None:
        """Return the level to do it at: the one the person is at, or the highest below that is safe and doable.

        Returns:
            0 for an item without levels, whatever it is; None where no level fits.
        """
        if not item.levels:
            return 0
        reached = level_reached(item, who)
        return max((n for n in levels_for(item, terms_of(who)) if n <= reached), default=None)

    def emptied_by(self, kind: Kind, who: Who) -> frozenset[str]:
        """Return the flags that together leave nothing of this kind.

        Returns:
            As few of them as it takes. Empty if something is left, or if nothing would be there without flags either.
        """
        terms = terms_of(who)
        guilty = terms.flags
        if not guilty or terms.cause in RED or self._has(kind, terms, who):
            return frozenset()
        if not self._would_have(kind, terms, frozenset(), who):
            return frozenset()
        for flag in sorted(guilty):
            if not self._would_have(kind, terms, guilty - {flag}, who):
                guilty -= {flag}
        return guilty

    def lacking(self, kind: Kind, who: Who) -> Lacking | None:
        """Return what it would take for something of this kind to be suggested at all.

        Returns:
            For the item that takes least. None if something fits already, or if no thing and no place would help.
        """
        terms = terms_of(who)
        if self._has(kind, terms, who):
            return None
        found = [
            _lacking(item, part, terms.me)
            for item in self._library
            if item.kind is kind and against(item, terms) is None and suggestible(item, terms)
            for part in parts(item)
            if number_of(part) <= level_reached(item, who)
            and is_safe(item, part, terms.flags)
            and (part.discreet or not terms.me.discreet)
        ]
        return min(found, key=lambda lack: len(lack.equipment) + bool(lack.places), default=None)

    def tour(self, who: Who, *, first: Item | None = None, area: str | None = None) -> tuple[Item, ...]:
        """Return the stops of a massage: up to three items on different areas, safe and doable.

        Args:
            who: The person. Without a knot they get the tour for everybody.
            first: The item to begin with, wherever it is done. Nothing at all is returned if it is not safe.
            area: Where to begin, if not with an item. Nothing is returned if nothing there fits.
        """
        terms = terms_of(who)
        if terms.cause in RED or (first is not None and not may_press(first, terms)):
            return ()
        day = _today(who, asked=True)
        pool = [
            item
            for item in self._library
            if item.kind is Kind.MASSAGE
            and may_press(item, terms)
            and levels_for(item, terms)
            and not self._rests(item, who)
            and self._enough(item.id, self._about[item.id], who, day) is None
        ]
        around, care = Around(terms, who), _care_of(who)
        stops = [first] if first is not None else []
        if area is not None and first is None:
            there = [
                item for item in pool if area in item.areas and (not opt_in(item) or area == OPT_IN_AREA)
            ]
            if not there:
                return ()
            stops.append(min(there, key=around.as_stop))
        usual = [item for item in pool if suggestible(item, terms)]
        ends = _named(care.last, usual)
        following = [*_named(care.first, usual), *sorted(around.serving(usual), key=around.as_stop)]
        for item in following:
            if len(stops) < care.stops and item not in ends and _goes_with(item, stops):
                stops.append(item)
        stops += [item for item in ends[:1] if _goes_with(item, stops)]
        return tuple(stops[:MOST_STOPS])

    # ── what is left ──

    def _fitting(self, terms: Terms) -> Mapping[Kind, tuple[_Offer, ...]]:
        """What is safe and doable and may be suggested, by kind."""
        offers = self._offers.get(terms)
        if offers is None:
            found: dict[Kind, list[_Offer]] = {kind: [] for kind in Kind}
            for item in self._library:
                if against(item, terms) is None and suggestible(item, terms):
                    levels = levels_for(item, terms)
                    if levels:
                        found[item.kind].append(_Offer(item, levels))
            offers = {kind: tuple(these) for kind, these in found.items()}
            if len(self._offers) >= _MOST_KEPT:
                self._offers.clear()
            self._offers[terms] = offers
        return offers

    def _has(self, kind: Kind, terms: Terms, who: Who) -> bool:
        """Whether something of the kind could be suggested, on a day when nothing was done yet."""
        return any(offer.levels[0] <= level_reached(offer.item, who) for offer in self._fitting(terms)[kind])

    def _would_have(self, kind: Kind, terms: Terms, flags: frozenset[str], who: Who) -> bool:
        """The same, if these were the person's flags."""
        terms = terms._replace(flags=flags)
        return any(
            item.kind is kind
            and against(item, terms) is None
            and suggestible(item, terms)
            and any(level <= level_reached(item, who) for level in levels_for(item, terms))
            for item in self._library
        )

    def _left(self, kinds: Iterable[Kind], terms: Terms, who: Who, day: _Day) -> Iterator[_Candidate]:
        """What of these kinds is safe, doable and not too much for today."""
        offers = self._fitting(terms)
        for rank, kind in enumerate(kinds):
            if not offers[kind] or self._enough_of_kind(kind, who, day) is not None:
                continue
            for item, levels in offers[kind]:
                if item.id in day.doses and self._enough(item.id, self._about[item.id], who, day) is not None:
                    continue
                level = 0
                if item.levels:
                    reached = level_reached(item, who)
                    level = max((n for n in levels if n <= reached), default=0)
                    if level == 0:
                        continue
                yield _Candidate(item, level, rank)

    def _rests(self, item: Item, who: Who) -> bool:
        """Whether the person skipped it, today or again and again."""
        if item.id not in who.practice.skips:
            return False
        until = rests_until(who.practice, item.id, who.now)
        return until is not None and until > who.now.unix_s

    def _enough(self, item_id: str, about: _About, who: Who, day: _Day) -> Refusal | None:
        """Why no more of this item now."""
        doses = day.doses.get(item_id)
        if not doses:
            return None
        if about.per_day < math.inf and sum(t >= day.start_unix_s for t in doses) >= about.per_day:
            return Refusal("cap", item_id)
        if about.per_week < math.inf and sum(t >= day.week_unix_s for t in doses) >= about.per_week:
            return Refusal("week", item_id)
        return _too_soon(max(doses), about.gap_s, who.now)

    def _enough_of_kind(self, kind: Kind, who: Who, day: _Day) -> Refusal | None:
        """Why no more of this kind now, whichever item."""
        if kind not in _HANDS_AND_PACKS:
            return None
        if kind is Kind.MASSAGE and stopped_since(who.practice, day.start_unix_s):
            return Refusal("stopped", str(kind))
        done = self._times_of(kind, day.doses)
        doses = apart(done)
        if not day.asked:  # each notice counts, one session only once
            shown = self._times_of(kind, who.practice.offers)
            doses = (*shown, *(t for t in doses if all(abs(t - at) >= SESSION_S for at in shown)))
        if sum(t >= day.start_unix_s for t in doses) >= day.most[kind]:
            return Refusal("cap", str(kind))
        if kind is Kind.THERMAL and doses:
            return _too_soon(max(doses), PACK_GAP_S, who.now)
        return None

    def _times_of(self, kind: Kind, times: Mapping[str, tuple[float, ...]]) -> list[float]:
        """All instants of the items of a kind."""
        about = self._about
        return [t for i, found in times.items() if i in about and about[i].kind is kind for t in found]

    def _latest(self, kinds: Iterable[Kind], who: Who) -> str | None:
        """Which item of these kinds was shown last."""
        about, latest, at = self._about, None, -math.inf
        for item_id, t in who.practice.shown.items():
            if t > at and item_id in about and about[item_id].kind in kinds:
                latest, at = item_id, t
        return latest

    # ── whose turn it is ──

    def _by_turn(
        self, left: Sequence[_Candidate], terms: Terms, who: Who, day: _Day
    ) -> tuple[_Candidate, str]:
        """The one that was shown longest ago; but in good time the one for a region that would wait too long.

        Of one kind, a region that could be served each time waits for as many choices as there are regions, at most
        (see `_overdue`); each item gets its turn as well. Of several kinds only the items take turns: what comes with
        every short break must not decide what the rare long ones bring.
        """
        kinds = {found.item.kind for found in left}
        served = self._regions_served(kinds, who)
        regions = {found.item.id: self._about[found.item.id].regions for found in left}
        kept_up = self._kept_up(who) if Kind.STRENGTH in kinds else frozenset[str]()
        enough = kinds == {Kind.STRENGTH} and len(kept_up) >= KEPT_UP

        def queue(found: _Candidate) -> tuple[bool, tuple[float, int, int]]:
            return enough and found.item.id not in kept_up, self._queue(found, who, day)

        def oldest(found: _Candidate) -> float:
            return min([served.get(region, -math.inf) for region in regions[found.item.id]])

        best = min(left, key=queue)
        if len(kinds) == 1 and self._overdue(left, best.item, served, terms, who):
            first = min(map(oldest, left))
            best = min((found for found in left if oldest(found) == first), key=queue)
        waiting = min(regions[best.item.id], key=lambda r: (served.get(r, -math.inf), REGIONS.index(r)))
        return best, waiting

    def _regions_served(self, kinds: Collection[Kind], who: Who) -> Mapping[str, float]:
        """When each region was served last by items of these kinds."""
        served: dict[str, float] = {}
        for item_id, t in who.practice.shown.items():
            about = self._about.get(item_id)
            if about is not None and about.kind in kinds:
                for region in about.regions:
                    served[region] = max(served.get(region, -math.inf), t)
        return served

    def _overdue(
        self, left: Sequence[_Candidate], wanted: Item, served: Mapping[str, float], terms: Terms, who: Who
    ) -> bool:
        """Whether a region has to be served from now on, of those that can be the one that waits longest.

        Of R choices one has to serve it. Let it have waited for n choices of its kind while m others wait as long or
        longer. If those come first, its turn is n + m choices after its last; so once that is R - 1, nothing else may
        come in between. The items shown since are the choices it waited for, as long as none of them comes twice; what
        is wanted next must therefore not be one of them.
        """
        about, practice = self._about, who.practice
        shown = [t for i, t in practice.shown.items() if i in about and about[i].kind is wanted.kind]
        wanted_at = practice.shown.get(wanted.id, -math.inf)
        possible = {region for found in left for region in about[found.item.id].regions}
        known = {
            region for offer in self._fitting(terms)[wanted.kind] for region in about[offer.item.id].regions
        }
        waits_since = [served.get(region, -math.inf) for region in known]
        for region in possible:
            since = served.get(region, -math.inf)
            others = sum(t <= since for t in waits_since) - 1
            waited = sum(t > since for t in shown)
            if since == -math.inf or wanted_at > since or waited + others >= len(REGIONS) - 1:
                return True
        return False

    def _kept_up(self, who: Who) -> frozenset[str]:
        """The strength items that were shown so lately that their level has not faded yet."""
        return frozenset(
            item_id
            for item_id, t in who.practice.shown.items()
            if who.now.unix_s - t < KEPT_UP_S
            and item_id in self._about
            and self._about[item_id].kind is Kind.STRENGTH
        )

    def _by_zone(
        self, left: Sequence[_Candidate], kinds: Sequence[Kind], terms: Terms, who: Who, day: _Day
    ) -> Choice:
        """The one for the area that may have to do with the knot and was served longest ago, or for a right spot.

        A right spot goes first only if it wasn't served the time before, and an area that was not served for a day is
        never held back. So each area of the zone's list gets its turn.
        """
        around = Around(terms, who)
        serving = {item.id for item in around.serving([found.item for found in left])}
        left = [found for found in left if found.item.id in serving]
        left = [found for found in left if not around.used_lately(found.item)] or left
        served = self._served(kinds, around, who)
        packs = _care_of(who).packs if set(kinds) == {Kind.THERMAL} else ()
        if named := [found for found in left if found.item.id in packs]:
            # Back and front first, then the side: in the order of the care, each in its turn.
            found = min(named, key=lambda f: (self._queue(f, who, day)[0], packs.index(f.item.id)))
            return Choice(found.item, found.level, "zone", around.turn(found.item, served)[2])
        before = next((item for item in self._library if item.id == self._latest(kinds, who)), None)
        if before is None or around.right_spot(before) is None:
            spots = [(found, area) for found in left if (area := around.right_spot(found.item)) is not None]
            if spots:
                found, area = min(
                    spots,
                    key=lambda pair: (around.as_spot(pair[1]), self._queue(pair[0], who, day)),
                )
                return Choice(found.item, found.level, "right_spot", area)
        found = min(
            left, key=lambda found: (around.turn(found.item, served)[:2], self._queue(found, who, day))
        )
        area = around.turn(found.item, served)[2]
        return Choice(found.item, found.level, "zone", area)

    def _best_for_the_knot(
        self, left: Sequence[_Candidate], terms: Terms, who: Who, day: _Day
    ) -> Mapping[Kind, Choice]:
        """Among other kinds, the one massage and the one pack that the knot asks for."""
        if terms.cause is None:
            return {}
        by_kind = {kind: [found for found in left if found.item.kind is kind] for kind in _HANDS_AND_PACKS}
        return {
            kind: self._by_zone(these, (kind,), terms, who, day) for kind, these in by_kind.items() if these
        }

    def _queue(self, found: _Candidate, who: Who, day: _Day) -> tuple[float, int, int]:
        """Its place among others whose turn it is too: the one shown longest ago, the kind named first, by lot."""
        return who.practice.shown.get(found.item.id, -math.inf), found.rank, _lot(day.seed, found.item.id)

    def _served(self, kinds: Sequence[Kind], around: Around, who: Who) -> Mapping[str, float]:
        """When each turn was served last since this knot is followed, by items of these kinds."""
        since = who.knot.opened_unix_s if who.knot is not None else -math.inf
        served: dict[str, float] = {}
        times = [
            (t, area)
            for item in self._library
            if item.kind in kinds and (t := who.practice.shown.get(item.id, -math.inf)) >= since
            for area in item.areas or ("",)
        ]
        if Kind.MASSAGE in kinds:
            times += [(t, log.area) for t, log in who.practice.pressed if t >= since]
        for t, area in times:
            turn = around.turn_of(area)
            served[turn] = max(served.get(turn, -math.inf), t)
        return served

    # ── never empty ──

    def _instead(
        self, wanted: Sequence[Kind], terms: Terms, who: Who, day: _Day, longest_s: float
    ) -> Choice | None:
        """Something else, if nothing that was wanted is left.

        First what was wanted and only rests because it was skipped again and again; then `B01` and `B10`, another
        break, and these even if they were skipped today or take longer. Other kinds stand in for nothing, unless
        there is nothing else. What is unsafe, not doable, or too much for today is not even then suggested.
        """
        groups: dict[int, list[_Candidate]] = {}
        for found in self._left(_ALL_KINDS, terms, who, day):
            groups.setdefault(self._worth(found, wanted, who, day, longest_s), []).append(found)
        latest = self._latest(_ALL_KINDS, who)
        for worth in sorted(groups):
            left = [found for found in groups[worth] if found.item.id != latest]
            if left:
                found, _region = self._by_turn(left, terms, who, day)
                if found.item.id in ALWAYS_FITS and worth != _WANTED:  # these two alternate, whatever waits
                    found = min(left, key=lambda found: self._queue(found, who, day))
                if worth == _WANTED:
                    return Choice(found.item, found.level, "only")
                return Choice(found.item, found.level, "instead", str(wanted[0]) if wanted else "")
        again = next(iter(groups.values()), None)
        return None if again is None else Choice(again[0].item, again[0].level, "only")

    def _worth(self, found: _Candidate, wanted: Sequence[Kind], who: Who, day: _Day, longest_s: float) -> int:
        """How good it is as a stand-in, 0 for the best."""
        item = found.item
        today = max(who.practice.skips.get(item.id, ()), default=-math.inf) >= day.start_unix_s
        short = _seconds(found) <= longest_s
        if item.kind in wanted and short and not today:
            return _WANTED
        if item.id in ALWAYS_FITS:
            return 3 if today else 1
        if item.kind is not Kind.BREAK:
            return 6 if item.kind is Kind.MOBILITY else 7
        if today:
            return 5
        return 2 if short and not self._rests(item, who) else 4


def _cared_for(left: list[_Candidate], who: Who) -> list[_Candidate]:
    """Of strength, those that the care of the knot names, if some of them are left; of all else everything."""
    if who.knot is None:
        return left
    care = who.knot.care
    named = care.early if young(who.knot, who.now) else care.strength
    best = {found.item.id for found in left if found.item.id in named}
    return [
        found for found in left if found.item.kind is not Kind.STRENGTH or not best or found.item.id in best
    ]


def _named(ids: Sequence[str], items: Sequence[Item]) -> list[Item]:
    """Those items that are named, in that order."""
    by_id = {item.id: item for item in items}
    return [by_id[item_id] for item_id in ids if item_id in by_id]


def _seconds(found: _Candidate) -> int:
    """How long it takes, at that level."""
    if not found.level:
        return found.item.duration_s
    return next(level.duration_s for level in found.item.levels if level.level == found.level)


def _too_soon(last_unix_s: float, gap_s: float, now: Moment) -> Refusal | None:
    wait_s = gap_s - abs(now.unix_s - last_unix_s)
    return Refusal("gap", str(math.ceil(wait_s / 60))) if wait_s > 0 else None


def _lot(seed: int, item_id: str) -> int:
    """A place in the queue that is another one every day."""
    return zlib.crc32(f"{seed}:{item_id}".encode())


def _lacking(item: Item, part: Item | Level, me: Me) -> Lacking:
    nowhere = item.id != NEEDS_NO_PLACE and me.places.isdisjoint(part.place)
    return Lacking(
        tuple(thing for thing in part.equipment if thing not in me.equipment | me.places),
        part.place if nowhere else (),
    )


def _about(item: Item) -> _About:
    dose = dict(item.dose)
    return _About(
        item.kind,
        regions_of(item.areas),
        dose.get("per_day_max", math.inf),
        dose.get("per_week", math.inf),
        dose.get("gap_min", 0) * 60.0,
    )


def _goes_with(item: Item, stops: Sequence[Item]) -> bool:
    """Whether it works other areas than the stops before it, and does not press the knot a second time."""
    if item in stops or (on_the_knot(item) and any(on_the_knot(stop) for stop in stops)):
        return False
    return all(set(item.areas).isdisjoint(stop.areas) for stop in stops)
