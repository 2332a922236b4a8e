"""The living daemon through what a machine does to it: lids, locks, clocks that are set, sessions, calls, quiet hours.

Real is everything but the clock, the person, the screen and the desktop. Nobody can reach a bus here, so a suspend is
known by the clocks alone unless a test says otherwise. Traces of whole days are in `tests/scenarios`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from postured.core import engine
from postured.core.model import Away, Hold, Pause, Tick
from postured.sense.holds.protocol import Seen
from tests.fakes_life import BERLIN, MONDAY, House, Life
from tests.scenarios.living import COUNTED, FIRST, OFF, ON, STUCK, go_on, levels, sees, wake

TIMES = """\
reminders:
  night: {at: "02:30", within: 2h, suggest: [break]}
  noon: {at: "11:00", within: 4h, suggest: [break]}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several changes in one moment, for the clock stands still, are looked at one by one."""
    monkeypatch.setattr("postured.daemon.context.CHANGED_EVERY_S", 0.0)


def tell(house: House, story: Callable[[Life], Coroutine[None, None, None]]) -> None:
    """Live through the story, from the beginning to the end of one run."""

    async def run() -> None:
        async with house.living() as life:
            await story(life)

    asyncio.run(run())


def shown(house: House) -> list[tuple[float, str | None]]:
    """Seconds since nine and reminder of each notice that the history knows."""
    return [(row.at_unix_s - MONDAY.timestamp(), row.reminder) for row in house.rows() if row.item]


def moments(house: House) -> list[tuple[str, str | None]]:
    """Local time with offset and reminder of each notice that the history knows."""
    rows = [row for row in house.rows() if row.item]
    return [
        (datetime.fromtimestamp(row.at_unix_s, BERLIN).isoformat(timespec="minutes"), row.reminder)
        for row in rows
    ]


# ── a lid is closed ───────────────────────────────────────────────────────────────────────────────


def test_a_lid_closed_in_mid_notice_is_the_break_and_leaves_nothing_on_the_screen(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        assert life.screen.up is not None
        life.sleep(600)
        await wake(life)
        assert life.screen.up is None, "what was shown before is not there on waking"
        assert life.titles == [FIRST], "and nothing new comes to an empty chair"
        await life.work(1199)
        assert life.titles == [FIRST, COUNTED]
        # The first key is struck 30 s after waking; work is counted from it.
        await life.work(32)
        assert len(life.titles) == 3

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.item] == ["taken", None]


def test_a_lid_closed_for_a_moment_leaves_the_notice_up(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        tag = life.screen.up
        life.sleep(10)
        await wake(life)
        await life.work(60)
        assert (life.screen.up, life.titles) == (tag, [FIRST])

    tell(house, story)


@pytest.mark.parametrize("order", list(itertools.permutations(("clock", "logind", "key"))))
def test_whatever_tells_first_of_waking_the_story_is_the_same(house: House, order: tuple[str, ...]) -> None:
    """With logind the word comes before the sleep and after it, and it races with the clock and the first key."""

    async def story(life: Life) -> None:
        await life.work(1201)
        life.daemon.sense(Away("suspend", True))
        await life.quiet()
        life.sleep(600)
        for who in order:
            if who == "clock":
                life.daemon.sense(Tick())
            elif who == "logind":
                life.daemon.sense(Away("suspend", False))
            else:
                life.idle.type()
            await life.quiet()
        await life.work(30)
        assert [title for title in life.titles if title != COUNTED] == [FIRST]
        assert life.screen.up != life.screen.shown[0][0]
        assert levels(life)[0] <= 31

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.item] == ["taken"]
    assert [work for work, _, _ in house.spans()] == [True, False, True]


def test_a_row_of_cards_does_not_outlive_a_night(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(60)
        await life.ask(ask="now", what="massage")
        life.screen.press("default")
        await life.quiet()
        assert life.daemon.guide.card is not None
        life.sleep(9 * 3600)
        await wake(life)
        before = len(life.titles)
        await life.work(1100)
        assert life.daemon.guide.card is None
        assert life.daemon.state.notice is None
        assert life.screen.up is None
        assert len(life.titles) == before

    tell(house, story)


# ── a night of suspend, with no bus to tell of it ─────────────────────────────────────────────────


@pytest.mark.parametrize("before_s", [1199, 3599, 9000])
def test_after_fourteen_hours_of_suspend_nothing_is_overdue(house: House, before_s: float) -> None:
    async def story(life: Life) -> None:
        await go_on(life, before_s)
        before = len(life.titles)
        assert "bus" in str(life.daemon.away.describe()["logind"]), "nobody but the clocks can tell"
        life.sleep(14 * 3600)
        await wake(life)
        assert levels(life) == [0, 0]
        assert life.screen.up is None
        status = await life.ask(ask="status")
        assert status["notice"] is None
        assert status["state"] == "resting"
        await life.work(1200)
        assert life.titles[before:] == []
        # It was asleep for the first 30 s of these, until the first key.
        await life.work(31)
        assert len(life.titles[before:]) == 1

    tell(house, story)
    assert house.spans()[1][2] - house.spans()[1][1] >= 14 * 3600, "all of it was rest"


def test_a_suspend_in_the_middle_of_a_silence_is_one_rest_with_it(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        await life.leave(90)
        life.sleep(7200)
        await wake(life)
        await life.work(60)

    tell(house, story)
    assert house.spans() == [(True, 0.0, 600.0), (False, 600.0, 7920.0), (True, 7920.0, 7950.0)]
    assert [row.outcome for row in house.rows()] == ["natural", "natural"]


@pytest.mark.parametrize("first", ["key", "alarm"])
def test_a_suspend_in_the_second_before_a_reminder_is_due_costs_no_notice_on_waking(
    house: House, first: str
) -> None:
    async def story(life: Life) -> None:
        await life.work(1199)
        life.sleep(3600)
        if first == "key":
            life.idle.type()
        await wake(life)
        life.idle.type()
        await wake(life)
        assert life.titles == []
        assert levels(life)[0] < 1

    tell(house, story)


def test_a_call_that_the_machine_slept_through_was_rest(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        await sees(life, life.desktop.microphone, ON)
        await life.work(300)
        life.sleep(2 * 3600)
        await wake(life)
        assert levels(life) == [0, 0]
        assert life.daemon.state.resting
        await life.work(300)
        assert life.titles == []

    tell(house, story)
    assert (False, 900.0, 900.0 + 7200 + 30) in house.spans()


def test_a_pause_goes_on_while_the_machine_sleeps(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1000)
        life.daemon.pause(Pause(for_s=3600))
        life.sleep(2 * 3600)
        await wake(life)
        assert engine.holds(life.daemon.state) == frozenset()
        await life.work(300)
        assert life.titles == [], "the pause is over, and so is the work of before"

    tell(house, story)


def test_a_time_of_day_in_a_suspend_comes_at_the_first_key_or_is_missed_with_its_reason(
    tmp_path: Path,
) -> None:
    house = House(
        tmp_path,
        'reminders:\n  soon: {at: "11:00", within: 4h, suggest: [break]}\n'
        '  late: {at: "10:00", suggest: [break]}\n',
    )

    async def story(life: Life) -> None:
        await life.work(600)
        life.sleep(4 * 3600)
        await wake(life)
        assert life.titles == [], "there is nobody yet"
        life.idle.type()
        await life.quiet()
        assert life.titles == [FIRST]
        why = await life.ask(ask="why")
        assert "late was missed: nobody there" in [told["say"] for told in why["decisions"]]
        await life.work(3600)
        assert life.titles == [FIRST]

    tell(house, story)
    assert [(row.reminder, row.outcome) for row in house.rows() if row.outcome == "missed"] == [
        ("late", "missed")
    ]
    assert shown(house) == [(600 + 4 * 3600, "soon")]


# ── the screen is locked, the session is somebody else's ──────────────────────────────────────────


@pytest.mark.parametrize("reason", ["lock", "session"])
def test_who_locks_or_switches_away_rests_and_is_not_greeted_with_a_notice(house: House, reason: str) -> None:
    async def story(life: Life) -> None:
        await life.work(1199)
        life.daemon.sense(Away(reason, True))
        await life.leave(600)
        assert (await life.ask(ask="status"))["state"] == "away"
        life.idle.type()  # a password, or somebody else at the same keyboard
        await life.quiet()
        assert (await life.ask(ask="status"))["state"] == "away"
        life.daemon.sense(Away(reason, False))
        await life.quiet()
        assert life.titles == []
        await life.work(1199)
        assert life.titles == []
        await life.work(2)
        assert life.titles == [FIRST]

    tell(house, story)
    assert [row.outcome for row in house.rows() if not row.item] == ["natural", "natural"]


def test_reasons_to_be_away_end_one_by_one(house: House) -> None:
    """Locked, then suspended; awake again the screen is locked still, and what happens meanwhile is no work."""

    async def story(life: Life) -> None:
        await life.work(600)
        life.daemon.sense(Away("lock", True))
        life.daemon.sense(Away("suspend", True))
        life.sleep(1800)
        await wake(life)
        life.daemon.sense(Away("suspend", False))
        await life.leave(100)
        life.idle.type()
        await life.quiet()
        assert life.daemon.state.resting
        life.daemon.sense(Away("lock", False))
        life.idle.type()
        await life.quiet()
        assert not life.daemon.state.resting

    tell(house, story)
    assert house.spans()[:2] == [(True, 0.0, 600.0), (False, 600.0, 2500.0)]


def test_a_notice_that_is_up_when_the_screen_is_locked_is_taken_by_that(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        life.daemon.sense(Away("lock", True))
        await life.leave(300)
        assert life.screen.up is None
        assert life.titles == [FIRST], "nobody is there to hear that it counted"
        life.daemon.sense(Away("lock", False))
        life.idle.type()
        await life.quiet()
        assert life.titles == [FIRST, COUNTED]

    tell(house, story)
    (row,) = [row for row in house.rows() if row.item]
    assert row.outcome == "taken"
    assert row.seconds == 300.0


# ── somebody sets the clock, the clocks change, somebody travels ──────────────────────────────────


@pytest.mark.parametrize("by_s", [2 * 3600, -2 * 3600, 26 * 3600])
def test_a_clock_that_is_set_changes_no_tank_and_shows_nothing(house: House, by_s: int) -> None:
    async def story(life: Life) -> None:
        await life.work(900)
        before = levels(life)
        life.clock.unix_s += by_s
        await wake(life)
        assert levels(life) == before
        assert not life.daemon.state.resting
        assert life.titles == []
        await life.work(299)
        assert life.titles == []
        await life.work(2)
        assert len(life.titles) == 1, "300 s of work were missing, and no more"

    tell(house, story)


def test_a_clock_that_is_set_spoils_no_record_of_a_break(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        life.clock.unix_s -= 2 * 3600
        await life.leave(120)
        await life.work(60)

    tell(house, story)
    (row,) = [row for row in house.rows() if row.item]
    assert row.outcome == "taken"
    assert row.seconds == pytest.approx(150, abs=1)


@pytest.mark.parametrize("at_min", [5, 30, 59, 60, 61, 90])
@pytest.mark.parametrize("by_h", [2, -2])
def test_a_time_of_day_comes_once_a_day_however_the_clock_is_set(
    tmp_path: Path, at_min: int, by_h: int
) -> None:
    """From ten o'clock on somebody works; the clock is wrong by two hours from some minute on, and then mended."""
    house = House(tmp_path, TIMES)
    house.clock.unix_s += 3600

    async def story(life: Life) -> None:
        await go_on(life, at_min * 60)
        life.clock.unix_s += by_h * 3600
        await go_on(life, 40 * 60)
        life.clock.unix_s -= by_h * 3600
        await go_on(life, 3 * 3600)
        assert len(life.titles) == 1

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.outcome == "missed"] == []


NIGHTS = pytest.mark.parametrize(
    ("evening", "expected"),
    [
        (datetime(2026, 10, 24, 23, 30, tzinfo=BERLIN), ["2026-10-25T02:30+02:00", "2026-10-25T11:00+01:00"]),
        (datetime(2027, 3, 27, 23, 30, tzinfo=BERLIN), ["2027-03-28T03:30+02:00", "2027-03-28T11:00+02:00"]),
    ],
    ids=["back", "forward"],
)


@NIGHTS
def test_when_the_clocks_change_each_time_of_day_comes_once(
    tmp_path: Path, evening: datetime, expected: list[str]
) -> None:
    house = House(tmp_path, TIMES)
    house.clock.unix_s = evening.timestamp()

    async def story(life: Life) -> None:
        await go_on(life, 14 * 3600)

    tell(house, story)
    assert moments(house) == list(zip(expected, ("night", "noon"), strict=True))


@NIGHTS
def test_a_machine_that_sleeps_through_the_change_is_reminded_once_on_waking(
    tmp_path: Path, evening: datetime, expected: list[str]
) -> None:
    house = House(tmp_path, TIMES)
    house.clock.unix_s = evening.timestamp()
    waking = datetime.fromisoformat(expected[0]).timestamp() + 1800

    async def story(life: Life) -> None:
        life.sleep(waking - life.clock.unix_s)
        await wake(life)
        assert life.titles == []
        await go_on(life, 9.5 * 3600)

    tell(house, story)
    (first, night), *others = moments(house)
    assert (datetime.fromisoformat(first).timestamp(), night) == (waking, "night")
    assert others == [(expected[1], "noon")]


def test_who_flies_west_is_not_reminded_of_the_same_day_twice(tmp_path: Path) -> None:
    house = House(tmp_path, TIMES)

    async def story(life: Life) -> None:
        await go_on(life, 2.5 * 3600)
        assert len(life.titles) == 1, "eleven o'clock in Berlin"
        life.clock.zone = ZoneInfo("America/New_York")
        life.sleep(3600)
        await wake(life)
        await go_on(life, 8 * 3600)
        assert f"{life.clock.now().wall:%a %H:%M}" == "Mon 14:30"
        assert len(life.titles) == 1, "it was eleven o'clock in New York, on the same date"
        await go_on(life, 21 * 3600)
        assert len(life.titles) == 3, "the next day's: half past two, and eleven"

    tell(house, story)


# ── calls, films, do-not-disturb ──────────────────────────────────────────────────────────────────


def test_a_meeting_of_listening_fills_the_tank_and_ends_in_one_notice_at_the_next_key(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(900)
        await sees(life, life.desktop.microphone, ON)
        await life.leave(3300)
        assert levels(life) == [1800, 4200], "the short tank runs over at half as much again"
        assert life.titles == []
        await sees(life, life.desktop.microphone, OFF)
        await life.leave(20)
        assert life.titles == [], "there is nobody at the keys"
        life.idle.type()
        await life.quiet()
        assert len(life.titles) == 1
        await life.work(500)
        assert len(life.titles) == 1

    tell(house, story)
    assert shown(house) == [(4220.0, "long_break")]


def test_a_meeting_that_nothing_told_of_is_found_when_the_silence_would_be_rest(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(900)
        life.desktop.microphone.sees = ON
        await life.leave(1800)
        assert levels(life)[1] == 2700
        assert engine.holds(life.daemon.state) == {Hold.CALL}

    tell(house, story)


def test_rest_after_a_meeting_counts_from_its_end(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(900)
        await sees(life, life.desktop.microphone, ON)
        await life.leave(1800)
        await sees(life, life.desktop.microphone, OFF)
        await life.leave(150)
        assert levels(life) == [0, pytest.approx(2700 - 150 * 12)]

    tell(house, story)


def test_with_do_not_disturb_every_half_hour_every_break_comes_when_it_is_off(house: House) -> None:
    async def story(life: Life) -> None:
        for turn in range(8):
            await go_on(life, 300)
            before = len(life.titles)
            await sees(life, life.desktop.dnd, ON)
            await go_on(life, 1500)
            assert len(life.titles) == before, f"held in turn {turn}"
            await sees(life, life.desktop.dnd, OFF)
            await go_on(life, 2)
            assert len(life.titles) == before + 1, f"one notice after turn {turn}"

    tell(house, story)
    assert [name for _, name in shown(house)] == ["reset", *["long_break"] * 7]


def test_a_film_is_work_and_ends_in_one_notice_at_the_first_touch(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        await sees(life, life.desktop.screen, ON)
        await life.leave(7200)
        assert levels(life) == [1800, 5400]
        assert life.titles == []
        await sees(life, life.desktop.screen, OFF)
        await life.leave(30)
        assert life.titles == []
        life.idle.type()
        await life.quiet()
        assert len(life.titles) == 1

    tell(house, story)


def test_a_full_screen_editor_that_nobody_types_in_is_rest(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        await sees(life, life.desktop.screen, Seen(True, video=False))
        await life.leave(300)
        assert life.daemon.state.resting
        assert levels(life) == [0, 0]

    tell(house, story)


def test_a_hold_that_is_stuck_for_three_hours_is_named_once_and_then_left_alone(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(60)
        await sees(life, life.desktop.microphone, ON)
        await go_on(life, 3 * 3600 - 10)
        assert life.titles == []
        await life.work(20)
        assert life.titles[0] == STUCK
        assert len(life.titles) == 2, "and what was held comes, once"
        await go_on(life, 3600)
        assert life.titles.count(STUCK) == 1
        told = [one["say"] for one in (await life.ask(ask="why"))["decisions"]]
        assert any(line.endswith("was due, held: call") for line in told)
        await sees(life, life.desktop.microphone, OFF)
        await sees(life, life.desktop.microphone, ON)
        before = len(life.titles)
        await go_on(life, 3000)
        assert len(life.titles) == before, "the next call is one again"

    tell(house, story)


def test_what_a_sensor_cannot_know_holds_nothing(house: House) -> None:
    async def story(life: Life) -> None:
        for way in (life.desktop.microphone, life.desktop.screen, life.desktop.dnd):
            await sees(life, way, None)
        await life.work(1201)
        assert life.titles == [FIRST]

    tell(house, story)


def test_holds_that_overlap_let_nothing_through_where_one_takes_over(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        for way in (life.desktop.dnd, life.desktop.microphone, life.desktop.screen):
            await sees(life, way, ON)
        await life.work(900)
        for way in (life.desktop.dnd, life.desktop.microphone):
            await sees(life, way, OFF)
            await life.work(60)
            assert life.titles == []
        await sees(life, life.desktop.screen, OFF)
        await life.work(60)
        assert life.titles == [FIRST]

    tell(house, story)


def test_all_at_once_in_one_day(house: House) -> None:
    """A meeting, locks, a lid, quiet hours and a wrong clock one after another: what is told adds up."""

    async def story(life: Life) -> None:
        await life.work(1000)
        await sees(life, life.desktop.microphone, ON)
        await life.leave(1000)
        life.daemon.sense(Away("lock", True))  # left the call running, went for a coffee
        await life.leave(600)
        life.daemon.sense(Away("lock", False))
        await sees(life, life.desktop.microphone, OFF)
        life.clock.unix_s += 3600
        await life.work(600)
        life.sleep(3600)
        await sees(life, life.desktop.dnd, ON)
        await life.work(1300)
        assert life.titles == []
        await sees(life, life.desktop.dnd, OFF)
        await life.work(1)
        assert len(life.titles) == 1

    tell(house, story)
    spans = house.spans()
    assert [work for work, _, _ in spans] == [True, False, True, False, True]
    assert spans[0] == (True, 0.0, 2000.0)

    async def story(life: Life) -> None:
        await go_on(life, 60)
        await sees(life, life.desktop.microphone, ON)
        await go_on(life, 60)
        life.sleep(9 * 3600)
        life.desktop.microphone.sees = OFF
        await wake(life)
        await go_on(life, 300)
        assert life.titles == []
        assert engine.holds(life.daemon.state) == frozenset()

    tell(house, story)


@pytest.mark.parametrize(("locked_s", "said"), [(300, [COUNTED]), (3 * 3600, [])])
def test_a_break_behind_the_lock_is_counted_at_the_return_though_the_password_came_first(
    house: House, locked_s: float, said: list[str]
) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 1201)
        life.daemon.sense(Away("lock", True))
        await life.leave(locked_s)
        life.idle.type()
        await life.quiet()
        life.daemon.sense(Away("lock", False))
        await life.quiet()
        await go_on(life, 60)
        assert life.titles == [FIRST, *said]
        await go_on(life, 1150)
        assert COUNTED not in life.titles[2:]

    tell(house, story)
