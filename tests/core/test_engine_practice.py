"""What the person does and tells, as far as it decides what is shown next: the engine with its memory of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest
from story import BERLIN, MONDAY, followed

from postured.core import engine, snapshot
from postured.core.model import (
    Action,
    Cause,
    Close,
    Decide,
    Effect,
    Event,
    Felt,
    Guided,
    Input,
    Item,
    Keep,
    Kind,
    Knot,
    Level,
    Logged,
    Me,
    Moment,
    Notice,
    Outcome,
    Past,
    Pause,
    Pressed,
    PressLog,
    Recalled,
    Reload,
    Reminder,
    Say,
    Schedule,
    SetLog,
    Settle,
    Show,
    Silence,
    Spot,
    Step,
    Suggest,
    Tick,
)

DAY = 86_400.0
RESET = Reminder("reset", (Kind.BREAK,), after_s=1200, pause_s=60, repeat_s=600, snooze_s=300)
RELEASE = Reminder("release", (Kind.MASSAGE,), after_s=1200, pause_s=600, repeat_s=600, when_knot=True)
LIFT = Reminder("lift", (Kind.STRENGTH,), after_s=1200, pause_s=300, repeat_s=600)
STRAIN = Knot("inner_edge", "left", Cause.STRAIN, MONDAY.timestamp() - 3 * DAY)


def an_item(id_: str, kind: Kind, area: str, seconds: int = 30, **fields: object) -> Item:
    item = Item(id_, kind, id_, (Step("Do it.", seconds),), seconds, areas=(area,))
    return replace(item, **fields)  # type: ignore[arg-type]


def a_level(number: int) -> Level:
    return Level(number, f"Level {number}", 1, 8, 0, "", 60 * number, ("desk",), (), (), discreet=True)


B01 = an_item("B01", Kind.BREAK, "neck_back")
B02 = an_item("B02", Kind.BREAK, "upper_chest")
B03 = an_item("B03", Kind.BREAK, "eyes")
M01 = an_item("M01", Kind.MASSAGE, "upper_chest", contraindications=("anticoagulant",))
S01 = an_item("S01", Kind.STRENGTH, "between_blades", 60, levels=tuple(map(a_level, (1, 2, 3))))
LIBRARY = (B01, B02, B03, M01, S01)


class Life:
    """An engine fed by hand; somebody types whenever time passes."""

    def __init__(
        self, *reminders: Reminder, library: tuple[Item, ...] = LIBRARY, me: Me | None = None
    ) -> None:
        self.t = 0.0
        plan = Schedule(reminders=reminders, me=me or Me(), spacing_s=0.0)
        self.state = engine.begin(plan, library, self.moment())
        self.effects: list[Effect] = []

    def moment(self) -> Moment:
        return Moment(5000.0 + self.t, MONDAY.timestamp() + self.t, BERLIN)

    def feed(self, event: Event) -> list[Effect]:
        self.state, effects = engine.step(self.state, event, self.moment())
        self.effects += effects
        return effects

    def work(self, seconds: float) -> list[Notice]:
        """Type for so long; the notices that came up meanwhile."""
        before, end = len(self.effects), self.t + seconds
        while True:
            wake = engine.next_wake(self.state)
            times = [end] if wake.s is None else [end, wake.s - 5000.0]
            if wake.unix_s is not None:
                times.append(wake.unix_s - MONDAY.timestamp())
            soonest = min(times)
            self.t = max(self.t, soonest)
            self.feed(Tick())
            self.feed(Input())
            if self.t >= end:
                return [e.notice for e in self.effects[before:] if isinstance(e, Show)]

    def press(self, action: Action) -> None:
        self.feed(Pressed(action))

    def said(self) -> list[tuple[str, str]]:
        return [(e.what, e.detail) for e in self.effects if isinstance(e, Say)]

    def because(self) -> list[tuple[str, str]]:
        """What was shown, and why that."""
        return [(e.because, e.detail) for e in self.effects if isinstance(e, Decide) and e.verdict == "shown"]


# ── turns and skips ───────────────────────────────────────────────────────────────────────────────


def test_every_decision_to_show_says_why_this_one() -> None:
    life = Life(RESET)
    life.work(1900)
    first, second = life.because()
    assert {first[1].split()[0], second[1].split()[0]} == {"turn"}
    assert first[0] != second[0]


def test_what_was_skipped_does_not_come_again_that_day_and_comes_again_the_next() -> None:
    life = Life(RESET)
    (skipped,) = life.work(1201)
    life.press(Action.SKIP)
    today = {notice.item for notice in life.work(8 * 3600)}
    assert skipped.item not in today
    assert len(today) == 2
    life.t += DAY
    tomorrow = {notice.item for notice in life.work(4 * 3600)}
    assert skipped.item in tomorrow


def test_what_was_skipped_three_times_rests_for_a_month_and_asking_for_it_brings_it_back() -> None:
    life = Life(RESET)
    for _day in range(3):
        while (up := life.state.notice) is None or up.item != "B02":
            life.work(600)
        life.press(Action.SKIP)
        life.t += DAY
    seen = {notice.item for notice in life.work(6 * 3600)}
    assert "B02" not in seen
    life.feed(Suggest(item="B02"))
    life.press(Action.DONE)
    assert "B02" in {notice.item for notice in life.work(6 * 3600)}


def test_later_brings_the_same_thing_again() -> None:
    life = Life(RESET)
    (first,) = life.work(1201)
    life.press(Action.LATER)
    (again,) = life.work(301)
    assert (again.item, again.laters) == (first.item, 1)
    assert life.because()[-1] == (first.item, "later"), "and says that it had been put off"


def test_what_was_put_off_gives_way_where_a_caution_came_in_between() -> None:
    life = Life(RELEASE)
    life.feed(followed(STRAIN))
    (first,) = life.work(1201)
    assert first.item == "M01"
    life.press(Action.LATER)
    plan = replace(life.state.schedule, me=Me(flags=frozenset({"anticoagulant"})))
    life.feed(Reload(schedule=plan))
    (again,) = life.work(301)
    assert again.item == "B01"


# ── what is left of a kind ────────────────────────────────────────────────────────────────────────


def test_a_caution_that_empties_a_kind_is_said_once() -> None:
    life = Life(RELEASE, me=Me(flags=frozenset({"anticoagulant"})))
    life.feed(followed(STRAIN))
    assert {notice.item for notice in life.work(4 * 3600)} <= {"B01", "B02", "B03"}
    assert life.said() == [("emptied", "massage")]


def test_it_is_not_said_again_after_a_restart_but_when_it_has_been_otherwise_in_between() -> None:
    life = Life(RELEASE, me=Me(flags=frozenset({"anticoagulant"})))
    life.feed(followed(STRAIN))
    life.work(1201)
    saved = snapshot.dump(life.state, clean=True)
    plan = life.state.schedule
    life.state, _ = snapshot.restore(saved, plan, LIBRARY, life.moment(), same_boot=True)
    life.work(3600)
    assert life.said() == [("emptied", "massage")]
    life.feed(Reload(schedule=replace(plan, me=Me())))
    life.work(3600)
    life.feed(Reload(schedule=plan))
    life.work(3600)
    assert life.said() == [("emptied", "massage")] * 2


def test_a_kind_for_which_things_are_lacking_is_said_once() -> None:
    pack = an_item("H01", Kind.THERMAL, "upper_chest", equipment=("heat_pack",), place=("home",))
    life = Life(replace(RELEASE, suggest=(Kind.THERMAL,)), library=(B01, B02, pack))
    life.feed(followed(STRAIN))
    life.work(3 * 3600)
    assert life.said() == [("lacking", "thermal")]


# ── asked for ─────────────────────────────────────────────────────────────────────────────────────


def test_what_could_do_harm_is_not_shown_even_by_name() -> None:
    life = Life(RESET, me=Me(flags=frozenset({"anticoagulant"})))
    life.feed(Suggest(item="M01"))
    assert life.state.notice is None


def test_asked_for_a_kind_of_which_nothing_is_left_it_shows_nothing_else() -> None:
    life = Life(RESET, me=Me(flags=frozenset({"anticoagulant"})))
    life.feed(Suggest(kinds=(Kind.MASSAGE,)))
    assert life.state.notice is None


# ── levels ────────────────────────────────────────────────────────────────────────────────────────


def done_at(level: int, *, felt: Felt = Felt.RIGHT, pain: bool = False) -> Logged:
    return Logged(SetLog("S01", level, 1, 8, True, felt, pain))


def test_two_good_sessions_raise_the_level_and_the_notice_takes_as_long_as_that_level() -> None:
    life = Life(LIFT)
    (first,) = life.work(1201)
    assert (first.level, first.duration_s) == (1, 60.0)
    life.press(Action.DONE)
    life.feed(done_at(1))
    life.t += DAY
    life.feed(done_at(1))
    life.t += DAY
    shown = life.work(1201)
    assert [(n.level, n.duration_s) for n in shown] == [(2, 120.0)]


def test_what_is_told_is_to_be_kept() -> None:
    life = Life(LIFT)
    log = SetLog("S01", 1, 1, 8, True, Felt.EASY, False)
    assert Keep(log) in life.feed(Logged(log))


def test_what_the_history_recalls_counts_as_if_it_had_just_happened() -> None:
    """A restart changes nothing of the levels, the turns and the skips."""
    life = Life(LIFT, RESET)
    now = MONDAY.timestamp()
    log = SetLog("S01", 1, 1, 8, True, Felt.RIGHT, False)
    life.feed(
        Recalled(
            past=(
                Past("B01", Kind.BREAK, now - 60, Outcome.SKIPPED),
                Past("B02", Kind.BREAK, now - 30, Outcome.TAKEN),
            ),
            sets=((now - 3 * DAY, log), (now - 2 * DAY, log)),
        )
    )
    life.feed(Suggest(kinds=(Kind.STRENGTH,)))
    assert life.state.notice is not None
    assert life.state.notice.level == 2
    life.feed(Suggest(kinds=(Kind.BREAK,)))
    assert life.state.notice.item == "B03", "one was skipped today, the other one was shown last"


# ── a knot ────────────────────────────────────────────────────────────────────────────────────────


def test_reminders_for_a_knot_wait_for_one() -> None:
    life = Life(RELEASE)
    assert life.work(3 * 3600) == []
    life.feed(followed(STRAIN))
    assert life.state.notice is not None
    assert life.state.notice.item == "M01"
    life.press(Action.DONE)
    life.feed(followed())
    assert life.work(3 * 3600) == []


def test_a_knot_survives_a_restart() -> None:
    life = Life(RELEASE)
    life.feed(followed(STRAIN))
    saved = snapshot.dump(life.state, clean=True)
    state, _ = snapshot.restore(saved, life.state.schedule, LIBRARY, life.moment(), same_boot=True)
    assert state.knots == life.state.knots
    assert state.knot is not None
    assert state.knot[:4] == STRAIN[:4]


@pytest.mark.parametrize("cause", [Cause.RED_EMERGENCY, Cause.RED_CLINICIAN])
def test_at_a_red_flag_nothing_but_neutral_breaks_is_shown(cause: Cause) -> None:
    life = Life(RELEASE, LIFT, RESET)
    life.feed(followed(STRAIN._replace(cause=cause)))
    shown = {notice.item for notice in life.work(4 * 3600)}
    assert shown == ({"B01"} if cause is Cause.RED_CLINICIAN else set())


@pytest.mark.parametrize(
    ("side", "dominant", "sides"),
    [
        ("left", "right", ("left", "right")),
        ("right", "left", ("right", "left")),
        ("both", "left", ("left", "right")),
        ("middle", "both", ("right", "left")),
    ],
)
def test_the_side_of_the_knot_comes_first_else_the_one_that_is_used_most(
    side: str, dominant: str, sides: tuple[str, str]
) -> None:
    life = Life(RESET, me=Me(dominant=dominant))
    life.feed(followed(STRAIN._replace(side=side)))
    assert engine.sides(life.state) == sides


def test_in_the_first_two_days_of_a_knot_nothing_is_pressed_hard() -> None:
    life = Life(RESET)
    assert not engine.gentle(life.state)
    life.feed(followed(STRAIN._replace(opened_unix_s=MONDAY.timestamp())))
    assert engine.gentle(life.state)
    life.t += 2 * DAY
    life.feed(Tick())
    assert not engine.gentle(life.state)


# ── led through ───────────────────────────────────────────────────────────────────────────────────


def led() -> Life:
    life = Life(RELEASE, RESET)
    life.feed(followed(STRAIN))
    life.work(1201)
    life.feed(Guided(True))
    return life


def test_while_somebody_is_led_through_it_nothing_else_is_shown() -> None:
    life = led()
    assert life.work(1800) == []
    assert life.state.notice is not None, "and it is not given up"


def test_rest_in_the_middle_of_it_does_not_take_the_notice_down() -> None:
    """Hands off the keys is what a massage looks like."""
    life = led()
    life.feed(Silence(life.moment().s))
    for _minute in range(10):
        life.t += 60
        life.feed(Tick())
    assert not [e for e in life.effects if isinstance(e, Close | Settle)]
    assert life.state.notice is not None


def test_gone_through_with_it_counts_as_done() -> None:
    life = led()
    assert [e.outcome for e in life.feed(Guided(False, followed=True)) if isinstance(e, Settle)] == [
        Outcome.DONE
    ]
    assert life.state.notice is None


def test_left_alone_it_counts_as_ignored_and_is_not_held_against_the_item() -> None:
    life = led()
    assert [e.outcome for e in life.feed(Guided(False)) if isinstance(e, Settle)] == [Outcome.IGNORED]
    assert life.state.practice.skips == {}


def test_answered_in_another_way_it_is_led_no_longer() -> None:
    life = led()
    life.press(Action.SKIP)
    assert not life.state.guided
    life = led()
    life.feed(Pause())
    assert not life.state.guided


def test_while_something_is_asked_that_has_no_notice_any_more_nothing_else_comes_up() -> None:
    """The two questions after a set are not to be covered by the next reminder."""
    life = Life(RESET)
    life.feed(Guided(True))
    assert life.work(1800) == []
    life.feed(Guided(False, followed=True))
    assert life.state.notice is not None
    assert not [e for e in life.effects if isinstance(e, Settle)]


def test_a_row_whose_end_gets_lost_does_not_silence_it_for_ever() -> None:
    life = Life(RESET)
    life.feed(Guided(True))
    assert life.work(3599) == []
    assert life.work(2) != []


def test_what_was_begun_is_done_even_if_it_is_skipped_then() -> None:
    life = led()
    life.feed(Guided(True, followed=True))
    life.press(Action.SKIP)
    assert [e.outcome for e in life.effects if isinstance(e, Settle)] == [Outcome.DONE]


@pytest.mark.parametrize("change", ["a caution", "a knot"])
def test_a_notice_that_would_do_harm_now_is_taken_down(change: str) -> None:
    life = Life(RESET)
    life.feed(Suggest(item="M01"))
    assert life.state.notice is not None
    if change == "a caution":
        me = Me(flags=frozenset({"anticoagulant"}))
        life.feed(Reload(schedule=replace(life.state.schedule, me=me)))
    else:
        life.feed(followed(STRAIN._replace(cause=Cause.RED_CLINICIAN)))
    assert life.state.notice is None
    assert any(isinstance(e, Close) for e in life.effects)


def test_a_notice_stays_up_when_something_else_changes() -> None:
    life = Life(RESET)
    life.feed(Suggest(item="M01"))
    life.feed(Reload(schedule=replace(life.state.schedule, spacing_s=5.0)))
    assert life.state.notice is not None


def test_after_a_stop_no_massage_comes_that_day_even_if_it_is_asked_for() -> None:
    life = Life(RESET)
    life.feed(Logged(PressLog("M01", "upper_chest", "left", Spot.STOPPED, 5.0)))
    life.feed(Suggest(kinds=(Kind.MASSAGE,)))
    life.feed(Suggest(item="M01"))
    assert life.state.notice is None
    life.t += DAY
    life.feed(Suggest(item="M01"))
    assert life.state.notice is not None


def test_what_was_asked_for_is_among_the_decisions() -> None:
    life = Life(RESET)
    life.feed(Suggest(item="B01"))
    assert Decide("now", "asked", "B01") in life.effects


def test_a_spot_that_eased_is_where_the_next_massage_goes() -> None:
    side = an_item("M05", Kind.MASSAGE, "side_ribs")
    chest = replace(M01, contraindications=())
    life = Life(RELEASE, library=(B01, chest, side, an_item("M12", Kind.MASSAGE, "blade_back")))
    life.feed(followed(STRAIN))
    life.feed(Logged(PressLog("M05", "side_ribs", "left", Spot.EASED, 30.0, 6, 3)))
    life.t += 25 * 3600
    notice = life.work(1201)[0]
    assert (notice.item, life.because()[0][1]) == ("M05", "right_spot side_ribs")


def test_a_wall_clock_strength_reminder_is_not_limited_by_a_pause() -> None:
    at_ten = Reminder("strength", (Kind.STRENGTH,), at=time(10, 0), within_s=3600)
    life = Life(at_ten)
    (notice,) = life.work(2 * 3600)
    assert (notice.item, datetime.fromtimestamp(notice.shown_unix_s, BERLIN).hour) == ("S01", 10)


def test_nobody_is_offered_a_massage_more_often_than_its_day_allows_even_if_none_is_followed() -> None:
    twice = replace(M01, contraindications=(), dose=(("per_day_max", 2),))
    life = Life(replace(RELEASE, repeat_s=2400), library=(B01, B02, twice))
    life.feed(Input())
    life.feed(followed(STRAIN))
    offered = [notice.item for notice in life.work(8 * 3600)]
    assert offered.count("M01") == 2
    life.feed(Suggest(item="M01"))
    assert life.state.notice is not None
    assert life.state.notice.item == "M01", "but who asks for it has not had any today"
