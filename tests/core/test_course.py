"""How a knot goes on follows from what was said of it and pressed; what is red stays red until it is cleared."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core.course import (
    Due,
    alarms,
    cause_at,
    changes_unix_s,
    days,
    due,
    fold,
    from_json,
    in_vain,
    knots,
    learned,
    open_episodes,
    pains,
    red,
    tenderness,
    to_json,
    told,
    triaged,
)
from postured.core.course_json import answers_from_json, answers_to_json
from postured.core.model import (
    EMERGENCY_FLAGS,
    RED_FLAGS,
    SOME_CLINICIAN,
    SOME_EMERGENCY,
    USUAL_CARE,
    Answers,
    Care,
    Cause,
    Course,
    Episode,
    Kind,
    Knot,
    KnotLog,
    Moment,
    PressLog,
    Spot,
    Told,
    Triage,
)
from postured.core.practice import NOTHING, Practice

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 10, 19, 10, 0, tzinfo=BERLIN)
"""The Sunday after it has 25 hours."""
HOUR, DAY = 3600.0, 86400.0
OPENED = MONDAY.timestamp()

STRAIN, OVERUSE, MIXED = Cause.STRAIN, Cause.OVERUSE, Cause.MIXED
CLINICIAN, EMERGENCY = Cause.RED_CLINICIAN, Cause.RED_EMERGENCY
NOBODY = frozenset[Kind]()
HANDS_OFF = frozenset({Kind.MASSAGE})
BOTH_REST = frozenset({Kind.MASSAGE, Kind.THERMAL})


def on(day: int, hour: int = 10, minute: int = 0) -> float:
    """Unix seconds of a local time, so many days after that Monday."""
    return (MONDAY + timedelta(days=day)).replace(hour=hour, minute=minute).timestamp()


def moment(unix_s: float) -> Moment:
    return Moment(unix_s - 1.7e9, unix_s, BERLIN)


def triage(
    knot: str = "left", cause: Cause = STRAIN, *, spared: bool = False, care: str = "", **answers: object
) -> Triage:
    side = knot if knot in ("left", "right", "both", "middle") else ""
    given = Answers(side=side, zone="blade_tip", onset="woke")._replace(**answers)  # type: ignore[arg-type]
    return Triage(knot, given, "R5", cause, care or cause.value, spared)


def word(what: Told, knot: str = "left", points: int | None = None, code: str = "") -> KnotLog:
    return KnotLog(knot, what, points, code)


def pain(points: int, knot: str = "left") -> KnotLog:
    return word(Told.PAIN, knot, points)


CLEARED = word(Told.CLEARED, "")


def flag(code: str) -> KnotLog:
    return word(Told.FLAG, "", code=code)


def after(
    *happened: tuple[float, Triage | KnotLog], since: float = OPENED, of: Triage | None = None
) -> Course:
    """The course of a knot on the left that was opened on Monday, after all this."""
    first = triage() if of is None else of
    triages = [(at, what) for at, what in happened if isinstance(what, Triage)]
    logs = [(at, what) for at, what in happened if isinstance(what, KnotLog)]
    return fold([(since, first), *triages], logs)


def press(spot: Spot, area: str = "side_ribs", side: str = "left", **tender: int) -> PressLog:
    return PressLog("M05", area, side, spot, 30.0, **tender)


def practice(*pressed: tuple[float, PressLog]) -> Practice:
    return NOTHING._replace(pressed=pressed)


def the(course: Course) -> Episode:
    (episode,) = course.episodes
    return episode


# ── episodes ──────────────────────────────────────────────────────────────────────────────────────


def test_a_triage_opens_an_episode() -> None:
    course = triaged(Course(), triage(), OPENED)
    assert course == Course((Episode("left", OPENED, triage(), OPENED),))
    assert open_episodes(course) == course.episodes


def test_another_triage_of_it_renews_the_answers_and_keeps_its_age_and_what_was_said() -> None:
    course = after((on(1), pain(5)), (on(3), triage(cause=OVERUSE)))
    assert the(course) == Episode("left", OPENED, triage(cause=OVERUSE), on(3), ((on(1), pain(5)),))


def test_left_and_right_are_two() -> None:
    course = after((on(1), triage("right", OVERUSE)), (on(2), pain(3, "right")))
    assert [(e.id, len(e.told)) for e in course.episodes] == [("left", 0), ("right", 1)]


def test_gone_closes_it_and_what_is_said_later_is_kept_and_changes_nothing() -> None:
    later = [word(Told.WORSE), pain(9), word(Told.GONE)]
    course = after((on(3), word(Told.GONE)), *((on(4), each) for each in later))
    assert the(course).closed_unix_s == on(3)
    assert [log for _, log in the(course).told] == [word(Told.GONE), *later]
    assert open_episodes(course) == ()
    assert (red(course, on(50)), due(course, moment(on(50)))) == (None, None)
    assert knots(course, NOTHING, {}, moment(on(50))) == ()
    assert changes_unix_s(course, moment(on(4))) == math.inf


def test_a_triage_opens_a_closed_one_again() -> None:
    course = after((on(3), word(Told.GONE)), (on(4), triage(cause=OVERUSE)))
    assert (the(course).opened_unix_s, the(course).triaged_unix_s) == (OPENED, on(4))
    assert the(course).closed_unix_s is None


@pytest.mark.parametrize("what", [each for each in Told if each not in (Told.FLAG, Told.CLEARED)])
def test_what_is_said_of_a_knot_nobody_knows_changes_nothing(what: Told) -> None:
    course = after()
    assert told(course, word(what, "nobody's", 9), on(1)) == course


def test_instants_are_as_exact_as_the_history_gives_them_back() -> None:
    course = told(triaged(Course(), triage(), OPENED + 1e-7), word(Told.BETTER), OPENED + 5.0000004)
    assert (the(course).opened_unix_s, the(course).told[0][0]) == (OPENED, OPENED + 5.0)


# ── red flags ─────────────────────────────────────────────────────────────────────────────────────


def test_a_flag_stands_once_and_since_it_was_first_raised() -> None:
    course = fold([], [(on(1), flag("fever")), (on(2), flag("rash")), (on(3), flag("fever"))])
    assert course.flags == ((on(1), "fever"), (on(2), "rash"))


def test_a_flag_of_a_knot_is_also_among_what_was_said_of_it() -> None:
    course = after((on(1), word(Told.FLAG, code="fever")))
    assert (course.flags, len(the(course).told)) == (((on(1), "fever"),), 1)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        *((code, EMERGENCY if code in EMERGENCY_FLAGS else CLINICIAN) for code in RED_FLAGS),
        (SOME_EMERGENCY, EMERGENCY),
        (SOME_CLINICIAN, CLINICIAN),
        ("of tomorrow", CLINICIAN),
        ("", CLINICIAN),
    ],
)
def test_each_flag_is_red_and_an_unknown_one_too(code: str, cause: Cause) -> None:
    course = fold([], [(on(1), flag(code))])
    assert red(course, on(1)) is cause
    assert red(told(course, CLEARED, on(2)), on(2)) is None


def test_an_emergency_outdoes_a_clinician() -> None:
    assert red(after((on(1), flag("breathless")), of=triage(cause=CLINICIAN)), on(1)) is EMERGENCY
    assert red(after((on(1), flag("fever")), of=triage(cause=EMERGENCY)), on(1)) is EMERGENCY


def test_whoever_clears_was_seen_so_a_red_episode_is_over_and_another_is_not() -> None:
    course = after((on(0), triage("right", CLINICIAN)), (on(1), flag("rash")), (on(2), CLEARED))
    assert [(e.id, e.closed_unix_s) for e in course.episodes] == [("left", None), ("right", on(2))]
    assert (course.flags, red(course, on(2))) == ((), None)
    assert the(told(after(), CLEARED, on(1))).told == ((on(1), CLEARED),)


@pytest.mark.parametrize("ends", [word(Told.GONE), triage(), word(Told.SCREENED), word(Told.BETTER), pain(0)])
@pytest.mark.parametrize(
    ("how", "code"),
    [
        (triage(cause=EMERGENCY, flags=("tearing", "minor")), "tearing"),
        (triage(cause=EMERGENCY), SOME_EMERGENCY),
        (triage(cause=CLINICIAN, flags=("fever",)), "fever"),
        (triage(cause=CLINICIAN), SOME_CLINICIAN),
        (pain(8), "severe"),
    ],
)
def test_what_is_red_stays_red_until_it_is_cleared(
    how: Triage | KnotLog, code: str, ends: Triage | KnotLog
) -> None:
    """Neither other answers nor *gone* take it back: only that somebody has looked at it."""
    before = after((on(1), how))
    course = after((on(1), how), (on(2), ends))
    assert red(course, on(2)) is red(before, on(1)) is not None
    assert {(alarm.unix_s, alarm.code) for alarm in alarms(course, on(2))} == {(on(1), code)}
    assert red(told(course, CLEARED, on(3)), on(3)) is None


def test_pain_of_seven_is_none_of_this() -> None:
    assert red(after((on(1), pain(7))), on(1)) is None


def test_a_flag_that_was_said_after_clearing_stands_though_the_clock_was_set_back_in_between() -> None:
    logs = [(on(5), CLEARED), (on(2), flag("chest_pain"))]
    assert red(fold([(on(1), triage())], logs), on(3)) is EMERGENCY


def test_pain_that_was_cleared_stays_so_when_the_knot_is_opened_again() -> None:
    course = after((on(1), pain(9)), (on(2), word(Told.GONE)), (on(3), CLEARED), (on(4), triage()))
    assert red(course, on(4)) is None
    assert red(told(course, pain(8), on(5)), on(5)) is CLINICIAN


def test_a_knot_of_six_weeks_is_red_until_it_is_cleared_after_them() -> None:
    course = after((on(20), CLEARED), (on(40), word(Told.SCREENED)))
    then = OPENED + 42 * DAY
    assert (red(course, then - 1), red(course, then)) == (None, CLINICIAN)
    assert [alarm.code for alarm in alarms(course, then)] == ["persist"]
    assert red(told(course, CLEARED, on(43)), on(400)) is None
    assert red(told(course, word(Told.GONE), on(43)), on(43)) is None


# ── what it is by now ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("first", "hours", "found"),
    [
        (STRAIN, 14 * 24 - 0.1, STRAIN),
        (STRAIN, 14 * 24, MIXED),
        (OVERUSE, 14 * 24 - 0.1, OVERUSE),
        (OVERUSE, 14 * 24, MIXED),
        (MIXED, 1, MIXED),
        (CLINICIAN, 30 * 24, CLINICIAN),
        (EMERGENCY, 30 * 24, EMERGENCY),
    ],
)
def test_a_knot_that_is_still_there_after_two_weeks_is_mixed(
    first: Cause, hours: float, found: Cause
) -> None:
    course = after((on(9), triage(cause=first)), of=triage(cause=first))
    assert cause_at(the(course), NOTHING, OPENED + hours * HOUR) is found


KNOT = press(Spot.STAYED, "knot")


@pytest.mark.parametrize(
    ("pressed", "worse_h", "found"),
    [
        ([(1.0, press(Spot.ANNOYED, "blade_back"))], None, STRAIN),
        ([(1.0, press(Spot.ANNOYED, side="both"))], None, STRAIN),
        ([(1.0, press(Spot.ANNOYED, side="right"))], None, OVERUSE),
        ([(-1.0, press(Spot.ANNOYED))], None, OVERUSE),
        ([(1.0, press(Spot.STOPPED))], None, OVERUSE),
        ([(1.0, KNOT)], 49.0, STRAIN),
        ([(1.0, KNOT)], 49.1, OVERUSE),
        ([(1.0, KNOT)], 0.5, OVERUSE),
        ([(1.0, press(Spot.STAYED))], 2.0, OVERUSE),
        ([(1.0, KNOT)], None, OVERUSE),
    ],
)
def test_over_use_that_takes_it_ill_to_be_pressed_is_strain(
    pressed: list[tuple[float, PressLog]], worse_h: float | None, found: Cause
) -> None:
    said = [] if worse_h is None else [(OPENED + worse_h * HOUR, word(Told.WORSE))]
    course = after(*said, of=triage(cause=OVERUSE))
    done = practice(*((OPENED + hours * HOUR, log) for hours, log in pressed))
    assert cause_at(the(course), done, on(4)) is found
    assert knots(course, done, {}, moment(on(4)))[0].spared is (found is STRAIN)
    assert cause_at(the(after((on(3), triage(cause=OVERUSE)))), done, on(4)) is OVERUSE, "asked anew since"


@pytest.mark.parametrize(
    ("first", "pressed", "spared"),
    [
        (triage(cause=OVERUSE), press(Spot.EASED, "knot"), True),
        (triage(cause=OVERUSE, press_test="eases"), press(Spot.EASED, "knot"), False),
        (triage(cause=OVERUSE, press_test="eases"), press(Spot.ANNOYED, "knot"), True),
        (triage(cause=OVERUSE), press(Spot.ANNOYED, "knot"), True),
        (triage(cause=OVERUSE, spared=True), press(Spot.EASED), True),
        (triage(cause=STRAIN), press(Spot.EASED), True),
        (triage(cause=MIXED), press(Spot.EASED), False),
        (triage(cause=MIXED), press(Spot.ANNOYED), True),
    ],
)
def test_after_two_weeks_only_over_use_that_pressing_eased_and_never_annoyed_may_be_pressed_itself(
    first: Triage, pressed: PressLog, *, spared: bool
) -> None:
    (knot,) = knots(after(of=first), practice((on(1), pressed)), {}, moment(on(15)))
    assert (knot.cause, knot.spared) == (MIXED, spared)


# ── knots for the engine ──────────────────────────────────────────────────────────────────────────

CARES = {
    name: Care(name) for name in ("strain", "overuse", "mixed", "gentle", "red_clinician", "red_emergency")
}


def test_a_knot_is_told_with_its_place_its_age_and_its_care() -> None:
    first = triage(cause=OVERUSE, care="gentle")
    assert knots(after(of=first), NOTHING, CARES, moment(on(1))) == (
        Knot("blade_tip", "left", OVERUSE, OPENED, CARES["gentle"], spared=False, fresh=True, rests=NOBODY),
    )


def test_what_was_not_told_of_its_place_is_unsure_and_the_middle() -> None:
    (knot,) = knots(after(of=triage("?", zone="")), NOTHING, {}, moment(on(1)))
    assert (knot.zone, knot.side, knot.care) == ("unsure", "middle", USUAL_CARE)


@pytest.mark.parametrize(
    ("onset", "fresh"), [("woke", True), ("today", True), ("", True), ("days", False), ("long", False)]
)
def test_a_knot_that_was_there_for_days_is_not_fresh(onset: str, *, fresh: bool) -> None:
    (knot,) = knots(after(of=triage(onset=onset)), NOTHING, {}, moment(on(1)))
    assert knot.fresh is fresh


def test_another_cause_has_its_own_care() -> None:
    course = after(of=triage(cause=OVERUSE, care="gentle"))
    annoying = practice((on(1), press(Spot.ANNOYED)))
    (before,) = knots(course, annoying, CARES, moment(on(2)))
    (later,) = knots(course, NOTHING, CARES, moment(on(15)))
    assert (before.care, later.care) == (CARES["strain"], CARES["mixed"])


def test_a_care_that_the_table_has_no_more_is_that_of_the_cause() -> None:
    course = after(of=triage(cause=OVERUSE, care="of yesterday"))
    assert knots(course, NOTHING, CARES, moment(on(1)))[0].care == CARES["overuse"]


TOUR = ("side_ribs", "under_armpit", "lower_back", "upper_chest")


def tour(day: int, *spots: Spot) -> list[tuple[float, PressLog]]:
    """All areas of that zone, one after the other."""
    return [
        (on(day) + number * 60.0, press(spot, area))
        for number, (area, spot) in enumerate(zip(TOUR, spots, strict=True))
    ]


NONE = (Spot.NOTHING,) * 4
WRONG = (Spot.NOTHING, Spot.WRONG, Spot.NOTHING, Spot.WRONG)


@pytest.mark.parametrize(
    ("pressed", "vain"),
    [
        ([*tour(1, *NONE), *tour(2, *WRONG)], True),
        ([*tour(1, *NONE), *tour(2, *NONE)[:3]], False),
        ([*tour(1, *NONE), *tour(1, *NONE)], False),
        ([*tour(-1, *NONE), *tour(2, *NONE)], False),
        ([*tour(1, *NONE), *tour(2, *NONE), (on(3), press(Spot.EASED, "front_ribs"))], False),
        ([*tour(1, *NONE), *tour(2, *NONE), (on(3), press(Spot.STAYED, "front_ribs"))], False),
        ([*tour(1, *NONE), *tour(2, *NONE), (on(3), press(Spot.EASED, side="right"))], True),
        ([*tour(1, *NONE), *tour(2, *NONE), (on(-1), press(Spot.EASED))], True),
        ([*tour(1, Spot.LEFT, *NONE[1:]), *tour(2, *NONE)], False),
    ],
)
def test_massage_rests_when_two_full_tours_found_nothing(
    pressed: list[tuple[float, PressLog]], *, vain: bool
) -> None:
    done = practice(*sorted(pressed, key=lambda each: each[0]))
    course = after()
    assert in_vain(the(course), done) is vain
    assert knots(course, done, {}, moment(on(4)))[0].rests == (HANDS_OFF if vain else NOBODY)


@pytest.mark.parametrize("knot", ["middle", "both", "?"])
def test_of_a_knot_on_no_single_side_all_that_was_pressed_counts(knot: str) -> None:
    course = after(of=triage(knot, OVERUSE))
    for side in ("left", "right", "both"):
        assert cause_at(the(course), practice((on(1), press(Spot.ANNOYED, side=side))), on(2)) is STRAIN


def test_the_side_of_the_neck_need_not_be_tried_for_that() -> None:
    areas = ("upper_chest", "neck_shoulder_corner", "below_blade", "side_ribs")
    done = practice(*((on(day), press(Spot.NOTHING, area)) for day in (1, 2) for area in areas))
    assert in_vain(the(after(of=triage(zone="top_corner"))), done)


def test_massage_and_load_rest_for_two_days_after_it_got_worse() -> None:
    course = after((on(1), word(Told.WORSE)), (on(1) + HOUR, word(Told.BETTER)))
    rests = knots(course, NOTHING, {}, moment(on(1) + 48 * HOUR - 1))[0].rests
    assert rests == {Kind.MASSAGE, Kind.STRENGTH}
    assert knots(course, NOTHING, {}, moment(on(1) + 48 * HOUR))[0].rests == NOBODY


@pytest.mark.parametrize(
    "screen", [word(Told.SCREENED), word(Told.SCREENED, ""), triage()], ids=["its", "of all", "triage"]
)
def test_massage_and_packs_rest_when_the_safety_screen_is_older_than_two_weeks(
    screen: Triage | KnotLog,
) -> None:
    then = OPENED + 14 * DAY
    course = after((on(13), pain(3)))
    assert knots(course, NOTHING, {}, moment(then - 1))[0].rests == NOBODY
    assert knots(course, NOTHING, {}, moment(then))[0].rests == BOTH_REST
    course = after((on(13), screen))
    assert knots(course, NOTHING, {}, moment(then))[0].rests == NOBODY
    assert knots(course, NOTHING, {}, moment(on(13) + 14 * DAY))[0].rests == BOTH_REST


def both(*said: tuple[float, KnotLog]) -> Course:
    return after((on(1), triage("right", OVERUSE)), *said)


def front(course: Course, done: Practice, at: float) -> list[str]:
    return [knot.side for knot in knots(course, done, CARES, moment(at))]


def test_of_several_that_one_is_in_front_whose_side_was_pressed_longest_ago() -> None:
    right = (on(2), press(Spot.EASED, side="right"))
    for hours in range(0, 96, 7):
        at = on(3) + hours * HOUR
        assert front(both(), practice(right), at) == ["left", "right"]
        assert front(both(), practice(right, (on(2) + 60, press(Spot.EASED))), at) == ["right", "left"]
        assert front(both(), practice((on(0) + 60, press(Spot.EASED))), at) == ["right", "left"]


def test_even_ones_take_turns_by_the_day_which_turns_at_four() -> None:
    evenings = [
        front(both(), practice((on(2), press(Spot.EASED, side="both"))), on(day, 23)) for day in (3, 4, 5)
    ]
    assert evenings[0] == evenings[2] == evenings[1][::-1]
    night = [front(both(), NOTHING, on(4, hour, minute)) for hour, minute in ((3, 59), (4, 0))]
    assert night == [front(both(), NOTHING, on(3, 23)), front(both(), NOTHING, on(4, 23))]


def test_what_was_pressed_before_a_knot_was_opened_is_not_its_turn() -> None:
    early = [(on(0, hour), press(Spot.EASED, side=side)) for hour, side in ((11, "left"), (12, "right"))]
    assert front(both(), practice(*early), on(2)) == ["right", "left"]


def test_a_red_flag_is_in_front_of_all_knots() -> None:
    found = knots(both((on(2), flag("fever")), (on(3), flag("rash"))), NOTHING, CARES, moment(on(4)))
    expected = Knot("unsure", "middle", CLINICIAN, on(2), CARES["red_clinician"], spared=True)
    assert found[0] == expected._replace(flags=frozenset({"fever", "rash"}))
    assert {knot.cause for knot in found[1:]} == {STRAIN, OVERUSE}
    alone = knots(fold([], [(on(2), flag("tearing"))]), NOTHING, {}, moment(on(4)))
    assert alone == (Knot("unsure", "middle", EMERGENCY, on(2), spared=True, flags=frozenset({"tearing"})),)


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (
            both((on(2), pain(8, "right"))),
            Knot("blade_tip", "right", CLINICIAN, on(2), CARES["red_clinician"]),
        ),
        (
            after((on(1), triage("right", CLINICIAN, care="gentle"))),
            Knot("blade_tip", "right", CLINICIAN, on(1), CARES["gentle"]),
        ),
        (
            after((on(1), triage("right", CLINICIAN)), (on(2), flag("tearing"))),
            Knot("unsure", "middle", EMERGENCY, on(2), CARES["red_emergency"]),
        ),
    ],
)
def test_a_red_knot_is_in_front_once_and_the_others_follow_it(course: Course, expected: Knot) -> None:
    found = knots(course, NOTHING, CARES, moment(on(3)))
    assert found[0]._replace(flags=frozenset()) == expected._replace(spared=True)
    sides = sorted(knot.side for knot in found)
    assert sides == (["left", "right"] if expected.side != "middle" else ["left", "middle", "right"])


def test_the_mild_care_of_a_knot_that_is_worth_a_check_does_not_outlast_another_flag() -> None:
    mild = after((on(1), triage("right", CLINICIAN, care="gentle")), (on(2), flag("fever")))
    assert knots(mild, NOTHING, CARES, moment(on(3)))[0].care == CARES["red_clinician"]


# ── what time alone changes ───────────────────────────────────────────────────────────────────────


def test_the_instants_at_which_time_alone_changes_something() -> None:
    course = after((on(5), word(Told.WORSE)), (on(9), word(Told.SCREENED)))
    at, found = OPENED, []
    while (at := changes_unix_s(course, moment(at))) < math.inf:
        found.append(at)
    expected = [2 * DAY, 14 * DAY, 42 * DAY]
    assert found == sorted(
        [*(OPENED + s for s in expected), on(5) + 2 * DAY, on(9) + 14 * DAY, on(23, 4)],
    )


def test_of_several_the_next_turn_of_the_day_is_one_too() -> None:
    """Also in the night in which the clock is set back."""
    assert changes_unix_s(both(), moment(on(5, 12))) == on(6, 4) == on(6, 0) + 5 * HOUR
    assert changes_unix_s(both(), moment(on(6, 3))) == on(6, 4)


# ── when to ask ───────────────────────────────────────────────────────────────────────────────────


def asked(course: Course, now: float | None = None) -> tuple[str, float] | None:
    found = due(course, moment(on(1) if now is None else now))
    return None if found is None else (found.what, found.unix_s)


def test_somebody_is_asked_every_second_day_from_two_in_the_afternoon() -> None:
    assert due(after(), moment(on(0))) == Due("left", "check_in", on(2, 14))
    for what in (Told.BETTER, Told.WORSE, Told.SCREENED, Told.NOT_GONE):
        assert asked(after((on(2, 18), word(what)))) == ("check_in", on(4, 14))
    assert asked(after((on(2, 18), pain(4)))) == ("check_in", on(4, 14))


def test_two_days_are_counted_on_the_calendar_and_turn_at_four() -> None:
    """Two in the afternoon is that on the wall, also after a day of 25 hours; a word at night is of the day before."""
    sunday = asked(after((on(4, 18), pain(4))))
    assert sunday == ("check_in", on(6, 14))
    assert on(6, 14) - on(5, 14) == 25 * HOUR
    assert asked(after((on(5, 3, 59), pain(4)))) == ("check_in", on(6, 14))
    assert asked(after((on(5, 4, 0), pain(4)))) == ("check_in", on(7, 14))


def test_who_does_not_answer_is_asked_less_and_less_and_who_does_as_before() -> None:
    said: list[tuple[float, KnotLog]] = []
    instants: list[float] = []
    while (found := due(after(*said), moment(on(30)))) is not None and len(instants) < 4:
        instants.append(found.unix_s)
        said.append((found.unix_s + 60, word(Told.ASKED)))
    assert instants == [on(2, 14), on(6, 14), on(14, 14), on(30, 14)]
    late = after(*said, (on(30, 15), pain(3)))
    assert asked(late, on(30, 16)) == ("review", on(31, 14)), "the screen is overdue"
    assert asked(after(*said[:2], (on(6, 15), pain(3)))) == ("check_in", on(8, 14))
    assert asked(after(*[(on(2), word(Told.ASKED))] * 20)) == ("review", on(18, 14)), "never less than that"


def test_what_was_asked_before_a_new_triage_is_no_matter() -> None:
    course = after(*[(on(2), word(Told.ASKED))] * 3, (on(3), triage()))
    assert asked(course) == ("check_in", on(5, 14))


def test_after_two_weeks_the_safety_screen_comes_again() -> None:
    """On that day, though it be some hours short of two weeks, and even if there was a word the day before."""
    course = after((on(12), pain(4)))
    assert asked(course) == ("review", on(14, 14))
    assert asked(told(course, pain(4), on(13))) == ("review", on(14, 14))
    assert asked(told(course, pain(4), on(14))) == ("review", on(15, 14)), "answered, but not to the screen"
    assert asked(told(course, word(Told.SCREENED), on(14))) == ("check_in", on(16, 14))
    assert asked(told(course, word(Told.ASKED), on(14))) == ("review", on(18, 14))


def test_a_question_that_waits_until_the_screen_is_due_becomes_the_review() -> None:
    course = after((on(11), pain(4)))
    assert asked(course, on(14, 3, 59)) == ("check_in", on(13, 14))
    assert asked(course, on(14, 4, 0)) == ("review", on(13, 14))


def test_who_is_nearly_rid_of_it_is_asked_the_next_day_and_after_three_days_whether_it_is_gone() -> None:
    said = [(on(day, 15), pain(points)) for day, points in ((2, 1), (3, 0), (4, 1))]
    assert [asked(after(*said[:count])) for count in (1, 2, 3)] == [
        ("check_in", on(3, 14)),
        ("check_in", on(4, 14)),
        ("closing", on(5, 14)),
    ]
    assert asked(after(*said[::2])) == ("closing", on(5, 14)), "a day without a word is no other"
    assert asked(after(said[0], *[(on(3, hour), pain(0)) for hour in (1, 12, 23)])) == ("check_in", on(4, 14))


@pytest.mark.parametrize("what", [pain(2), word(Told.WORSE), word(Told.NOT_GONE)])
def test_three_days_are_in_a_row(what: KnotLog) -> None:
    said = [(on(day, 15), pain(1)) for day in (2, 3, 4)]
    assert asked(after(*said, (on(5), what))) == ("check_in", on(7, 14))
    assert asked(after(*said, (on(5), what), (on(6), pain(1)))) == ("check_in", on(7, 14))


def test_another_triage_begins_them_anew() -> None:
    said = [(on(day, 15), pain(1)) for day in (2, 3, 4)]
    assert asked(after(*said, (on(5), triage()))) == ("check_in", on(7, 14))


def test_whether_it_is_gone_is_also_asked_less_and_less() -> None:
    course = after(*[(on(day, 15), pain(1)) for day in (2, 3, 4)], (on(5, 14), word(Told.ASKED)))
    assert asked(course) == ("closing", on(9, 14))


def test_of_several_the_earliest_is_asked_first() -> None:
    assert due(both(), moment(on(1))) == Due("left", "check_in", on(2, 14))
    assert due(both((on(2, 15), word(Told.ASKED))), moment(on(1))) == Due("right", "check_in", on(3, 14))
    assert due(both((on(1), pain(3))), moment(on(1))) == Due("left", "check_in", on(3, 14)), (
        "then the older one"
    )


@pytest.mark.parametrize("course", [Course(), after((on(1), flag("fever"))), after((on(1), pain(8)))])
def test_nobody_is_asked_without_a_knot_or_at_a_red_flag(course: Course) -> None:
    assert due(course, moment(on(9))) is None


# ── what can be told of a knot ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "expected"),
    [(OPENED, 1), (on(1, 3, 59), 1), (on(1, 4), 2), (on(6, 4), 7), (on(20), 21), (OPENED - DAY, 1)],
)
def test_the_first_day_is_the_first(now: float, expected: int) -> None:
    assert days(the(after()), moment(now)) == expected


def test_the_days_of_a_closed_one_are_over() -> None:
    assert days(the(after((on(3), word(Told.GONE)))), moment(on(20))) == 4


def test_how_sore_it_was_includes_the_last_triage() -> None:
    course = after((on(1), pain(6)), (on(3), triage(pain=0)), (on(2), word(Told.WORSE)), (on(4), pain(0)))
    assert pains(the(course)) == ((on(1), 6), (on(3), 0), (on(4), 0))


def test_tenderness_is_told_by_area_as_long_as_the_knot_is_there() -> None:
    spots = [
        (on(0, 9), press(Spot.EASED)),
        (on(1), press(Spot.EASED, tender_before=6, tender_after=3)),
        (on(1) + 60, press(Spot.NOTHING, "lower_back")),
        (on(1) + 90, press(Spot.EASED, side="right")),
        (on(2), press(Spot.STAYED, side="both", tender_before=5)),
        (on(4), press(Spot.EASED)),
    ]
    found = tenderness(the(after((on(3), word(Told.GONE)))), practice(*spots))
    assert found == {
        "side_ribs": ((on(1), 6, 3, Spot.EASED), (on(2), 5, None, Spot.STAYED)),
        "lower_back": ((on(1) + 60, None, None, Spot.NOTHING),),
    }


def test_what_was_learned_is_told_with_the_best_area_first() -> None:
    spots = [(on(1), press(Spot.STAYED, "lower_back")), (on(2), press(Spot.EASED))]
    found = learned(the(after()), practice(*spots), moment(on(2)))
    assert list(found.areas) == ["side_ribs", "lower_back"]
    assert (found.areas["side_ribs"], found.in_vain) == (1.0, False)
    assert -1.0 < found.areas["lower_back"] < 0.0


# ── laws ──────────────────────────────────────────────────────────────────────────────────────────


class Story(NamedTuple):
    """What was said and pressed, in the order of time."""

    happened: tuple[tuple[float, Triage | KnotLog], ...]
    pressed: tuple[tuple[float, PressLog], ...]


KNOTS = ("left", "right", "both", "?")
INSTANTS = st.integers(0, 60 * 24 * 4).map(lambda quarters: OPENED + quarters * 900.0)
ANSWERS = st.builds(
    Answers,
    flags=st.lists(st.sampled_from((*RED_FLAGS, "minor")), max_size=2).map(tuple),
    onset=st.sampled_from(("", "woke", "long")),
    side=st.sampled_from(("", "left", "right", "both", "middle")),
    zone=st.sampled_from(("", "blade_tip", "inner_edge")),
    before=st.text(max_size=3),
    pain=st.none() | st.integers(0, 10),
    stops_daily_life=st.none() | st.booleans(),
    first_ever=st.none() | st.booleans(),
    episodes_30d=st.none() | st.integers(0, 9),
)
TRIAGES = st.builds(
    Triage,
    knot=st.sampled_from(KNOTS),
    answers=ANSWERS,
    row=st.just("R5"),
    cause=st.sampled_from((STRAIN, OVERUSE, MIXED, STRAIN, OVERUSE, MIXED, CLINICIAN, EMERGENCY)),
    care=st.sampled_from(("strain", "gentle")),
    spared=st.booleans(),
)
LOGS = st.builds(
    KnotLog,
    knot=st.sampled_from((*KNOTS, "")),
    told=st.sampled_from(Told),
    points=st.none() | st.integers(0, 10),
    code=st.sampled_from(("", "fever", "tearing", SOME_CLINICIAN)),
)
PRESSES = st.builds(
    PressLog,
    item=st.just("M05"),
    area=st.sampled_from(("knot", *TOUR)),
    side=st.sampled_from(("left", "right", "both")),
    spot=st.sampled_from((*Spot, Spot.NOTHING)),
    seconds=st.just(30.0),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    happened = draw(st.lists(st.tuples(INSTANTS, st.one_of(TRIAGES, LOGS, LOGS)), max_size=12))
    pressed = draw(st.lists(st.tuples(INSTANTS, PRESSES), max_size=6))
    early = [each for each in happened if each[0] < on(20) or not isinstance(each[1], Triage)]
    order = sorted(early, key=lambda each: (each[0], isinstance(each[1], KnotLog)))
    return Story(tuple(order), tuple(sorted(pressed, key=lambda each: each[0])))


def course_of(happened: tuple[tuple[float, Triage | KnotLog], ...]) -> Course:
    triages = [(at, what) for at, what in happened if isinstance(what, Triage)]
    return fold(triages, [(at, what) for at, what in happened if isinstance(what, KnotLog)])


@given(stories(), st.integers(0, 12))
def test_what_is_taken_up_now_is_what_the_history_tells_later(story: Story, cut: int) -> None:
    course = course_of(story.happened[:cut])
    for at, what in story.happened[cut:]:
        course = triaged(course, what, at) if isinstance(what, Triage) else told(course, what, at)
    assert course == course_of(story.happened)


@given(stories())
def test_redness_that_was_said_ends_only_when_it_is_cleared(story: Story) -> None:
    rank = {None: 0, CLINICIAN: 1, EMERGENCY: 2}
    before = 0
    for number, (_at, what) in enumerate(story.happened, 1):
        now = rank[red(course_of(story.happened[:number]), OPENED)]
        if isinstance(what, KnotLog) and what.told is Told.CLEARED:
            assert now == 0
        assert now >= before or (isinstance(what, KnotLog) and what.told is Told.CLEARED)
        before = now


@given(stories(), INSTANTS, st.floats(0.0, 1.0))
def test_between_two_changes_time_alone_changes_nothing(story: Story, at: float, part: float) -> None:
    course, done = course_of(story.happened), practice(*story.pressed)
    until = min(changes_unix_s(course, moment(at)), at + 90 * DAY)
    assert until > at
    last = until - 0.001
    for now in (min(at + part * (until - at), last), last):
        assert knots(course, done, CARES, moment(now)) == knots(course, done, CARES, moment(at))
        assert due(course, moment(now)) == due(course, moment(at))


@given(stories(), INSTANTS)
def test_there_is_one_knot_for_each_that_is_open_and_a_red_one_in_front_if_anything_is_red(
    story: Story, at: float
) -> None:
    course, done = course_of(story.happened), practice(*story.pressed)
    found, urgency = knots(course, done, CARES, moment(at)), red(course, at)
    assert len(found) - len(open_episodes(course)) in ((0, 1) if urgency else (0,))
    if urgency is not None:
        assert found[0].cause is urgency
        asked = due(course, moment(at))
        assert asked is None or asked.what == "six_weeks"
    else:
        assert all(knot.cause in (STRAIN, OVERUSE, MIXED) for knot in found)
        assert all(knot.spared for knot in found if knot.cause is STRAIN)
        assert (due(course, moment(at)) is None) == (found == ())


@given(stories(), INSTANTS)
def test_who_was_just_asked_is_not_asked_again_the_same_day(story: Story, at: float) -> None:
    course = course_of(story.happened)
    late = max([at, *(t for t, _ in story.happened)])
    found = due(course, moment(late))
    if found is not None:
        again = due(told(course, KnotLog(found.knot, Told.ASKED), late), moment(late))
        if again is None:
            assert found.what == "six_weeks", "which is told once"
        else:
            assert again.knot != found.knot or again.unix_s > late + 2 * DAY


# ── as plain values ───────────────────────────────────────────────────────────────────────────────


@given(stories())
def test_a_course_survives_the_state_file(story: Story) -> None:
    course = course_of(story.happened)
    assert from_json(json.loads(json.dumps(to_json(course)))) == course


def test_only_what_was_told_is_written() -> None:
    answers = Answers(flags=("minor",), onset="woke", pain=0, first_ever=False)
    plain = {"flags": ["minor"], "onset": "woke", "pain": 0, "first_ever": False}
    assert answers_to_json(answers) == plain
    assert answers_from_json(plain) == answers
    assert answers_to_json(Answers()) == {}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {"flags": "fever"},
        {"flags": [1]},
        {"onset": 3},
        {"onset": None},
        {"pain": True},
        {"pain": 3.5},
        {"first_ever": 1},
    ],
)
def test_answers_of_another_shape_are_refused(broken: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        answers_from_json(broken)


def spoiled(course: object, path: tuple[str | int, ...], value: object) -> object:
    """The value with one part replaced; an ellipsis takes it away."""
    here: object = json.loads(json.dumps(course))
    whole = here
    for key in path[:-1]:
        here = here[key]  # type: ignore[index]
    if value is ...:
        del here[path[-1]]  # type: ignore[attr-defined]
    else:
        here[path[-1]] = value  # type: ignore[index]
    return whole


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("flags",), ...),
        (("flags", 0), ["fever"]),
        (("flags", 0, 0), "noon"),
        (("episodes",), {}),
        *((("episodes", 0, key), ...) for key in to_json(after())["episodes"][0]),  # type: ignore[index]
        *((("episodes", 0, key), []) for key in ("id", "opened", "row", "care", "cause", "spared", "closed")),
        (("episodes", 0, "cause"), "curse"),
        (("episodes", 0, "opened"), math.inf),
        (("episodes", 0, "opened"), True),
        (("episodes", 0, "told", 0), []),
        (("episodes", 0, "told", 0, 2), "sung"),
        (("episodes", 0, "told", 0, 3), "8"),
    ],
)
def test_what_is_no_course_is_refused(path: tuple[str | int, ...], value: object) -> None:
    course = to_json(after((on(1), pain(3)), (on(2), flag("fever"))))
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(spoiled(course, path, value))


@pytest.mark.parametrize("value", [None, [], "", 3, {}])
def test_nor_is_something_else(value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(value)
