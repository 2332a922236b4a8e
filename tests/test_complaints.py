"""What people asked of programs of this kind, and did not get: each wish with the tests that keep it.

`WISHES` is the list, from the most frequent complaints about ten such programs; `kept` ties a test to a wish, and the
last tests see to it that none is without. Where a wish depends on a desktop, `ON_REAL_DESKTOPS` names the file that
tries it there; here a small compositor stands in. Days as traces are in `scenarios/`.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from postured.cli.main import run
from postured.core import engine, snapshot
from postured.core.model import (
    Action,
    Away,
    Event,
    Hold,
    Hours,
    Input,
    Moment,
    Pause,
    Schedule,
    Silence,
    Stated,
    Tick,
)
from postured.sense.activity import chain, wayland
from postured.sense.activity.chain import Chain, open_idle
from postured.sense.holds.dnd import DoNotDisturb
from postured.sense.holds.inhibitors import Inhibitors
from postured.sense.holds.looks import Looks
from postured.sense.holds.protocol import Changed, Seen
from postured.sense.holds.session import SessionBus
from tests.core.story import LIBRARY, LONG, RESET, outcomes, replay, schedule, shown
from tests.fakes_holds import FakeDesktop, FakeWay
from tests.fakes_life import BERLIN, MONDAY, PLAN, House, Life, until
from tests.notify.private_bus import PrivateBus, private_bus
from tests.scenarios.living import FIRST, OFF, ON, STUCK, go_on, levels, reminded, sees, wake
from tests.sense.fake_mutter import FakeMutter
from tests.sense.fake_wayland import KDE, OTHERS, SEAT, V1, V2, FakeWayland, fake_wayland

WISHES = {
    "empty chair": "no break is proposed to an empty chair, not in the first minutes of silence either",
    "idle is rest": "time without input counts as the break, instead of only stopping the clock",
    "no silent skip": "a long break is never skipped silently; where it does not come I can find out why",
    "short absence": "an absence of one to five minutes is a short break",
    "nothing forgotten": "what was collected survives a pause, do-not-disturb, idleness and sleep",
    "brief lock": "a brief lock of the screen does not wipe everything",
    "suspend is rest": "hours of suspend are rest, and nothing is overdue after them",
    "asleep in a break": "the machine may sleep during a break; on waking the break is over",
    "no block on waking": "nothing blocks the screen when the machine wakes up",
    "no break on resume": "resuming does not always start a break",
    "meetings": "no breaks in meetings, known by microphone and camera",
    "video conference": "nothing at all appears while my screen may be shared",
    "by itself": "it holds back by itself in certain conditions, and I see in which",
    "wayland": "idle time is seen on Wayland",
    "wayland without xprintidle": "it is seen by the compositors' own ways, newer and older",
    "pointer": "work with the pointer alone is seen, and so is silence while something keeps the screen awake",
    "silent failure": "after hours of use the reminders still come; a failure is not silent",
    "dnd every half hour": "with do-not-disturb every half hour I still get my long break",
    "break after dnd": "work goes on counting in do-not-disturb, and the missed break comes after it",
    "caffeine": "a program that keeps the screen awake is no do-not-disturb",
}

ON_REAL_DESKTOPS = {
    "wayland": ("test_wayland.py", "test_gnome.py"),
    "wayland without xprintidle": ("test_wayland.py", "test_gnome.py"),
    "pointer": ("test_wayland.py", "test_gnome.py"),
    "silent failure": ("test_wayland.py",),
}

MIN = 60.0
HOUR = 3600.0
WAYLAND = {"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "wayland"}

Test = TypeVar("Test", bound=Callable[..., None])
Story = Callable[[Life], Coroutine[None, None, None]]

_kept: dict[str, list[str]] = {wish: [] for wish in WISHES}


def kept(*wishes: str) -> Callable[[Test], Test]:
    """Note that a test keeps these wishes."""

    def note(test: Test) -> Test:
        for wish in wishes:
            _kept[wish].append(test.__name__)
        return test

    return note


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def tell(house: House, story: Story) -> None:
    """Live through the story, from the beginning to the end of one run of the daemon."""

    async def life() -> None:
        async with house.living() as life:
            await story(life)

    asyncio.run(life())


async def why(life: Life) -> list[str]:
    """What `postured why` tells, without the times."""
    return [told["say"] for told in (await life.ask(ask="why"))["decisions"]]


# ── whether somebody is there ─────────────────────────────────────────────────────────────────────


@kept("empty chair")
@pytest.mark.parametrize("idle_after_s", [60.0, 300.0])
@pytest.mark.parametrize("before_s", [11, 20, 59])
def test_no_break_is_proposed_to_an_empty_chair_while_the_first_minutes_of_silence_pass(
    before_s: int, idle_after_s: float
) -> None:
    plan = schedule(RESET, idle_after_s=idle_after_s)
    report = replay(plan, ("work", 20 * MIN - before_s), ("silence", 400), ("work", 10 * MIN))
    assert shown(report) == []
    assert report.natural == {"reset": 1}


@kept("empty chair")
def test_a_break_that_nobody_was_there_for_comes_when_the_silence_was_only_reading() -> None:
    report = replay(schedule(RESET), ("work", 20 * MIN - 20), ("silence", 50), ("work", MIN))
    assert shown(report) == [("09:20:30", "reset")]


@kept("empty chair")
def test_the_screen_stays_empty_for_an_hour_after_somebody_left_without_locking(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 20 * MIN - 15)
        await life.leave(HOUR)
        assert life.titles == []
        assert life.screen.tried == []

    tell(house, story)


@kept("idle is rest")
def test_time_without_input_counts_as_the_break_and_nobody_has_to_click() -> None:
    report = replay(schedule(RESET, LONG), ("work", 19 * MIN), ("silence", 70), ("work", 19 * MIN))
    assert shown(report) == []
    report = replay(schedule(RESET), ("work", 20 * MIN + 5), ("silence", 70), ("work", 19 * MIN))
    assert (shown(report), outcomes(report)) == ([("09:20:00", "reset")], ["taken"])


@kept("idle is rest", "short absence")
@pytest.mark.parametrize("state", ["silence", "rest"])
@pytest.mark.parametrize("away_s", [60, 61, 150, 299])
def test_an_absence_of_one_to_five_minutes_is_a_short_break_and_part_of_a_long_one(
    away_s: int, state: str
) -> None:
    report = replay(schedule(RESET, LONG), ("work", 19 * MIN), (state, away_s), ("work", 45 * MIN))
    back_s = 19 * MIN + away_s
    times = [(n.at - MONDAY).total_seconds() for n in report.notices if n.reminder == "reset"]
    assert times[0] == back_s + 20 * MIN, "as long after the return as after any short break"
    assert report.natural["reset"] == 1
    # 1140 s drain at 12 a second: 95 s are a whole long break for so little work, 60 s are not.
    assert (report.natural["long_break"] == 1) is (away_s >= 95)


@kept("short absence")
def test_an_absence_of_half_a_minute_is_reading_and_no_break() -> None:
    report = replay(schedule(RESET), ("work", 19 * MIN), ("silence", 30), ("work", 5 * MIN))
    assert shown(report) == [("09:20:00", "reset")]


# ── what was collected ────────────────────────────────────────────────────────────────────────────


@kept("no silent skip")
@pytest.mark.parametrize("away_s", [0, 10, 59, 60, 66, 120, 240])
def test_a_short_absence_just_before_it_puts_the_long_break_off_by_what_it_was_worth(away_s: int) -> None:
    report = replay(schedule(LONG), ("work", 59 * MIN), ("silence", away_s), ("work", 61 * MIN))
    if away_s < 60:
        expected_s = max(60 * MIN, 59 * MIN + away_s)
    else:
        expected_s = 59 * MIN + away_s + 60 + min(12 * away_s, 59 * MIN)
    assert (report.notices[0].at - MONDAY).total_seconds() == expected_s


@kept("no silent skip")
def test_a_long_break_is_never_skipped_silently_and_why_tells(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 59 * MIN)
        await sees(life, life.desktop.dnd, ON)
        await go_on(life, 30 * MIN)
        assert (await why(life))[-1] == "long_break was due, held: dnd"
        status = await life.ask(ask="status")
        assert status["holds"] == ["dnd"]
        assert status["why"]
        assert status["reminders"]["long_break"]["level_s"] == 89 * MIN
        await sees(life, life.desktop.dnd, OFF)
        await go_on(life, 2)
        assert any(line.startswith("long_break was due and shown") for line in await why(life))

    tell(house, story)


@kept("no silent skip")
def test_what_could_not_be_shown_in_its_time_is_told_with_the_reason(tmp_path: Path) -> None:
    house = House(tmp_path, 'reminders:\n  set: {at: "09:30", within: 20m, suggest: [break]}\n')

    async def story(life: Life) -> None:
        await sees(life, life.desktop.microphone, ON)
        await go_on(life, HOUR)
        assert (await why(life))[-1] == "set was missed: call"

    tell(house, story)
    assert [(row.reminder, row.outcome) for row in house.rows()] == [("set", "missed")]


@kept("no silent skip")
def test_a_short_notice_that_the_long_one_answers_for_is_told_of(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 60 * MIN + 1)
        assert "reset was answered for by long_break" in await why(life)

    tell(house, story)


@kept("nothing forgotten")
def test_what_was_collected_survives_a_pause_do_not_disturb_idleness_and_sleep(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 15 * MIN)
        life.daemon.pause(Pause())
        await go_on(life, 10 * MIN)
        life.daemon.pause(None)
        await sees(life, life.desktop.dnd, ON)
        await go_on(life, 10 * MIN)
        assert levels(life)[1] == 35 * MIN
        await life.leave(90)
        assert levels(life)[1] == pytest.approx(35 * MIN - 90 * 12)
        life.sleep(30)
        await wake(life)
        assert levels(life)[1] == pytest.approx(35 * MIN - 120 * 12)

    tell(house, story)


@kept("nothing forgotten")
def test_what_was_collected_survives_the_end_of_the_program(house: House) -> None:
    async def lives() -> None:
        async with house.living() as life:
            await go_on(life, 50 * MIN)
            plan = life.daemon.state.schedule
        house.clock.go(100)
        saved = house.saved()["engine"]
        state, owed = snapshot.restore(saved, plan, (), house.clock.now(), same_boot=True)
        async with house.living(state, owed) as life:
            assert levels(life)[1] == pytest.approx(50 * MIN - 100 * 12)

    asyncio.run(lives())


@kept("brief lock")
@pytest.mark.parametrize("locked_s", [5, 20, 60, 150])
def test_a_brief_lock_does_not_wipe_what_was_collected_and_a_longer_one_drains_its_share(
    locked_s: int,
) -> None:
    report = replay(schedule(LONG), ("work", 50 * MIN), ("rest", locked_s), ("work", 50 * MIN))
    due_s = 50 * MIN + locked_s + 10 * MIN + 12 * locked_s
    assert (report.notices[0].at - MONDAY).total_seconds() == due_s
    assert report.natural == {}


@kept("brief lock")
def test_a_brief_lock_in_mid_notice_leaves_it_up(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 20 * MIN + 1)
        up = life.screen.up
        life.daemon.sense(Away("lock", True))
        await life.leave(15)
        life.daemon.sense(Away("lock", False))
        await go_on(life, MIN)
        assert up is not None
        assert life.screen.up == up

    tell(house, story)


# ── waking up ─────────────────────────────────────────────────────────────────────────────────────


@kept("suspend is rest")
def test_after_hours_of_suspend_nothing_is_overdue(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 2.5 * HOUR)  # all breaks ignored, and the tanks as full as they get
        life.sleep(5 * HOUR)
        await wake(life)
        told = (await life.ask(ask="status"))["reminders"]
        assert {name: one["level_s"] for name, one in told.items()} == {"reset": 0, "long_break": 0}
        now = life.clock.now().wall
        assert datetime.fromisoformat(told["reset"]["due_at"]) - now == timedelta(minutes=20)
        assert datetime.fromisoformat(told["long_break"]["due_at"]) - now == timedelta(minutes=60)

    tell(house, story)


@kept("asleep in a break")
@pytest.mark.parametrize("answer", [None, Action.SHOW, Action.LATER])
def test_the_machine_may_sleep_during_a_break_and_on_waking_the_break_is_over(
    house: House, answer: Action | None
) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 20 * MIN + 1)
        if answer is not None:
            life.screen.press(answer.value)
            await life.quiet()
        await life.leave(20)
        life.sleep(HOUR)
        await wake(life)
        assert life.screen.up is None
        assert life.daemon.state.notice is None
        before = reminded(life)
        await go_on(life, 19 * MIN)
        assert reminded(life) == before

    tell(house, story)


@kept("no block on waking", "no break on resume")
@pytest.mark.parametrize("asleep_s", [90, 10 * MIN, 3 * HOUR, 72 * HOUR])
@pytest.mark.parametrize("worked_s", [20 * MIN - 1, 60 * MIN - 1])
def test_nothing_comes_up_when_the_machine_wakes_and_resuming_starts_no_break(
    house: House, worked_s: float, asleep_s: float
) -> None:
    async def story(life: Life) -> None:
        await go_on(life, worked_s)
        before = reminded(life)
        life.sleep(asleep_s)
        await wake(life)
        await go_on(life, 15 * MIN)
        assert reminded(life) == before

    tell(house, story)


@kept("no break on resume")
def test_a_break_that_was_waiting_for_somebody_is_not_there_on_resume(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 20 * MIN - 15)
        await life.leave(30)  # it came due in these
        assert life.daemon.state.wants_hands
        life.sleep(HOUR)
        await wake(life)
        await go_on(life, 10 * MIN)
        assert life.titles == []

    tell(house, story)


# ── meetings ──────────────────────────────────────────────────────────────────────────────────────


@kept("meetings", "video conference")
def test_in_a_meeting_nothing_appears_at_all_and_one_break_comes_after_it(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 19 * MIN)
        await sees(life, life.desktop.microphone, ON)
        for _ in range(3):
            await life.leave(25 * MIN)
            await go_on(life, 10 * MIN)
        assert life.screen.tried == []
        assert life.titles == []
        await sees(life, life.desktop.microphone, OFF)
        await go_on(life, 9 * MIN)
        assert reminded(life) == 1

    tell(house, story)
    assert [row.reminder for row in house.rows() if row.item] == ["long_break"]


@kept("video conference")
def test_a_meeting_that_begins_in_the_second_of_a_reminder_is_seen_before_it_comes_up(house: House) -> None:
    """Nobody told that the microphone is on: it is looked at before anything is shown."""

    async def story(life: Life) -> None:
        await go_on(life, 20 * MIN - 1)
        life.desktop.microphone.sees = ON
        await go_on(life, 5 * MIN)
        assert life.screen.tried == []
        assert (await why(life))[-1] == "reset was due, held: call"

    tell(house, story)


@kept("video conference")
def test_no_word_of_praise_comes_into_a_meeting_either(house: House) -> None:
    async def story(life: Life) -> None:
        await go_on(life, 20 * MIN + 1)
        life.desktop.microphone.sees = ON
        await life.leave(5 * MIN)
        await go_on(life, 10 * MIN)
        assert life.titles == [FIRST]

    tell(house, story)


@kept("meetings")
@pytest.mark.parametrize("answer", [None, OFF])
@pytest.mark.parametrize("camera_first", [True, False])
def test_a_camera_alone_is_a_meeting_too(
    house: House, monkeypatch: pytest.MonkeyPatch, *, camera_first: bool, answer: Seen | None
) -> None:
    """The microphone is off, or cannot be known; one way that sees a call is enough."""

    def open_both(desktop: FakeDesktop, _schedule: Schedule, changed: Changed) -> Looks:
        desktop.microphone, camera = FakeWay("microphone", changed), FakeWay("camera", changed)
        desktop.microphone.sees, camera.sees = answer, ON
        ways = (camera, desktop.microphone) if camera_first else (desktop.microphone, camera)
        return Looks({Hold.CALL: ways})

    async def story(life: Life) -> None:
        await go_on(life, 30 * MIN)
        assert life.titles == []
        assert (await life.ask(ask="status"))["holds"] == ["call"]

    monkeypatch.setattr(FakeDesktop, "open", open_both)
    tell(house, story)


@kept("meetings")
def test_a_script_may_say_that_a_meeting_goes_on_and_that_it_is_over(house: House) -> None:
    async def say(life: Life, *words: str) -> dict[str, object]:
        out, err = io.StringIO(), io.StringIO()
        argv = ["presence", *words, "--json"]
        assert (await asyncio.to_thread(run, argv, house.env, out, err), err.getvalue()) == (0, "")
        told: dict[str, object] = json.loads(out.getvalue())
        return told

    async def story(life: Life) -> None:
        await go_on(life, 19 * MIN)
        assert (await say(life, "call", "on", "--for", "2h"))["holds"] == ["call"]
        await life.leave(50 * MIN)
        assert levels(life)[1] == 69 * MIN, "listening is work"
        await go_on(life, 20 * MIN)
        assert life.titles == []
        assert (await say(life, "call", "off"))["holds"] == []
        await go_on(life, 5)
        assert reminded(life) == 1

    tell(house, story)


@kept("meetings")
def test_a_meeting_that_a_script_forgot_to_end_is_over_after_an_hour() -> None:
    state = engine.begin(schedule(RESET), LIBRARY, Moment(0.0, MONDAY.timestamp(), BERLIN))

    def at(s: float, event: Event) -> frozenset[Hold]:
        nonlocal state
        state, _ = engine.step(state, event, Moment(s, MONDAY.timestamp() + s, BERLIN))
        return engine.holds(state)

    assert at(60, Stated(Hold.CALL, True)) == {Hold.CALL}
    assert at(60 + HOUR - 1, Tick()) == {Hold.CALL}
    assert at(60 + HOUR, Tick()) == frozenset()


@kept("by itself")
@pytest.mark.parametrize(
    ("way", "hold"), [("microphone", "call"), ("screen", "fullscreen"), ("dnd", "dnd"), ("", "off_hours")]
)
def test_it_holds_back_by_itself_and_says_in_which_condition(tmp_path: Path, way: str, hold: str) -> None:
    house = House(tmp_path, PLAN if way else PLAN + 'hours: {mon-fri: "07:00-09:00"}\n')

    async def story(life: Life) -> None:
        if way:
            await sees(life, getattr(life.desktop, way), ON)
        await go_on(life, 40 * MIN)
        assert life.titles == []
        status = await life.ask(ask="status")
        assert status["holds"] == [hold]
        assert status["why"]
        assert f"reset was due, held: {hold}" in await why(life)

    tell(house, story)


@kept("by itself")
def test_a_condition_that_i_did_not_choose_holds_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, PLAN + "hold: [call]\n")

    async def story(life: Life) -> None:
        await sees(life, life.desktop.screen, ON)
        await sees(life, life.desktop.dnd, ON)
        await go_on(life, 20 * MIN + 1)
        assert life.titles == [FIRST]

    tell(house, story)


@kept("by itself")
def test_working_hours_are_a_condition_as_well() -> None:
    plan = schedule(RESET, hours=(Hours(frozenset(range(5)), 10 * 60, 18 * 60),))
    assert shown(replay(plan, ("work", 70 * MIN)))[0] == ("10:00:00", "reset")


# ── do-not-disturb ────────────────────────────────────────────────────────────────────────────────


@kept("dnd every half hour")
@pytest.mark.parametrize(("on_min", "off_min"), [(30, 30), (25, 5), (29, 1)])
def test_with_do_not_disturb_every_half_hour_for_a_day_the_long_break_still_comes(
    on_min: int, off_min: int
) -> None:
    turns = 8 * 60 // (on_min + off_min)
    parts = [("work", off_min * MIN), ("dnd", on_min * MIN)] * turns
    report = replay(schedule(RESET, LONG), *parts, ("work", MIN))
    long = [n.at for n in report.notices if n.reminder == "long_break"]
    assert long[0] - MONDAY <= timedelta(minutes=60 + on_min)
    assert len(long) >= turns - 3
    into_turn_min = [(n.at - MONDAY).total_seconds() / 60 % (on_min + off_min) for n in report.notices]
    assert max(into_turn_min) < off_min, "and none in do-not-disturb"


@kept("dnd every half hour")
def test_a_day_of_do_not_disturb_and_breaks_taken_is_no_day_of_nagging() -> None:
    parts = [("work", 5 * MIN), ("dnd", 55 * MIN), ("work", 20), ("rest", 5 * MIN)] * 6
    report = replay(schedule(RESET, LONG), *parts)
    assert [n.reminder for n in report.notices] == ["long_break"] * 6
    assert outcomes(report) == ["taken"] * 6


@kept("break after dnd")
def test_work_goes_on_counting_in_do_not_disturb_and_the_missed_break_comes_once_after_it() -> None:
    report = replay(schedule(RESET, LONG), ("work", 10 * MIN), ("dnd", 80 * MIN), ("work", 9 * MIN))
    assert shown(report) == [("10:30:00", "long_break")]
    assert report.work_s == 99 * MIN


@kept("break after dnd")
def test_a_break_that_was_taken_in_do_not_disturb_does_not_come_after_it() -> None:
    parts = (("dnd", 70 * MIN), ("rest", 6 * MIN), ("dnd", 5 * MIN), ("work", 10 * MIN))
    report = replay(schedule(RESET, LONG), *parts)
    assert shown(report) == []
    assert report.natural == {"reset": 1, "long_break": 1}


@kept("break after dnd")
def test_do_not_disturb_that_is_left_on_is_named_in_the_end(house: House) -> None:
    async def story(life: Life) -> None:
        await sees(life, life.desktop.dnd, ON)
        await go_on(life, 3 * HOUR + MIN)
        assert STUCK in life.titles
        assert reminded(life) == 1

    tell(house, story)


# ── Wayland ───────────────────────────────────────────────────────────────────────────────────────


class Sensing:
    """A sensor at work on a compositor, and what it told."""

    def __init__(self, server: FakeWayland, idle_after_s: float = 60.0) -> None:
        self.events: list[Event] = []
        self.sensor: Chain = open_idle(server.env, idle_after_s, clock=server.clock)
        self.sensor.start(self._take)

    def _take(self, event: Event) -> None:
        if not isinstance(event, Tick):
            self.events.append(event)

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]

    async def settled(self, server: FakeWayland) -> None:
        """Wait until its watch stands."""
        await until(lambda: len(server.notifications) > 0)


@kept("wayland", "wayland without xprintidle")
@pytest.mark.parametrize("protocol", [V2, V1, KDE], ids=["ext 2", "ext 1", "kde"])
def test_silence_and_its_end_are_seen_on_wayland(protocol: tuple[str, int]) -> None:
    async def main() -> None:
        sensing = Sensing(server)
        await sensing.settled(server)
        server.leave(90)
        await until(lambda: sensing.kinds == [Silence])
        server.type()
        await until(lambda: sensing.kinds == [Silence, Input])
        assert sensing.sensor.name == "wayland"
        sensing.sensor.stop()

    with fake_wayland(offers=(*OTHERS, SEAT, protocol)) as server:
        asyncio.run(main())


@kept("wayland")
def test_a_day_on_wayland_has_its_breaks_and_its_rests(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(life: Life) -> None:
        await at_work(life, server)
        await work_on(life, server, 21 * MIN)
        await comes(life, server)
        life.clock.go(60)
        server.leave(60)
        await until(lambda: life.daemon.state.resting)
        life.clock.go(30)
        assert levels(life) == [0, 21 * MIN - 90 * 12]
        assert (await life.ask(ask="status"))["sensors"]["activity"] == "wayland"

    with living_on(monkeypatch, house, offers=(*OTHERS, SEAT, V2)) as server:
        tell(house, story)


@kept("pointer")
def test_work_with_the_pointer_alone_is_seen() -> None:
    """Whatever device it comes from, of whichever seat: the compositor tells of input, not of keys."""

    async def main() -> None:
        sensing = Sensing(server)
        await sensing.settled(server)
        pen = server.offer(*SEAT)
        await until(lambda: len(server.notifications) == 2)
        server.leave(90)
        await until(lambda: sensing.kinds == [Silence])
        server.type(pen)
        await until(lambda: sensing.kinds == [Silence, Input])
        sensing.sensor.stop()

    with fake_wayland() as server:
        asyncio.run(main())


@kept("pointer")
def test_silence_is_seen_while_a_program_keeps_the_screen_awake() -> None:
    async def main() -> None:
        sensing = Sensing(server)
        await sensing.settled(server)
        server.inhibit(True)
        server.leave(90)
        await until(lambda: sensing.kinds == [Silence])
        assert sensing.sensor.quality == "exact"
        sensing.sensor.stop()

    with fake_wayland() as server:
        asyncio.run(main())


@contextlib.contextmanager
def living_on(monkeypatch: pytest.MonkeyPatch, house: House, **manner: object) -> Iterator[FakeWayland]:
    """Let the daemon of that house live on a compositor, with the sensor that a real one has."""

    def sensor(idle_after_s: float, **_more: object) -> Chain:
        return open_idle(server.env, idle_after_s, clock=house.clock.steady)

    monkeypatch.setattr(chain, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(chain, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(wayland, "HELD_BACK_AFTER_S", 0.05)
    with fake_wayland(**manner) as server:
        monkeypatch.setattr("tests.fakes_life.FakeIdle", sensor)
        yield server


async def at_work(life: Life, server: FakeWayland) -> None:
    """Wait until the daemon's sensor watches."""
    await until(lambda: life.daemon.ready.sensor.name == "wayland" and len(server.notifications) > 0)


async def work_on(life: Life, server: FakeWayland, seconds: float) -> None:
    """Work for so long, as the compositor sees it; each minute the daemon is woken."""
    for _ in range(round(seconds / MIN)):
        life.clock.go(MIN)
        await wake(life)
        if life.daemon.state.wants_hands:
            await asyncio.sleep(0.02)  # in which the compositor notes that nobody types
        server.type()
        await life.quiet()


async def comes(life: Life, server: FakeWayland) -> None:
    """Go on typing, with pauses, until the first notice has come up."""
    async with asyncio.timeout(5):
        while reminded(life) == 0:
            server.type()
            await asyncio.sleep(0.02)


BROKEN: dict[str, Callable[[FakeWayland], None]] = {
    "the compositor ends": FakeWayland.die,
    "the connection drops": FakeWayland.hang_up,
    "a protocol error": lambda server: server.fail("out of memory"),
    "the protocol is withdrawn": lambda server: server.withdraw(server.number_of(V2[0])),
}


@kept("silent failure")
@pytest.mark.parametrize("what", BROKEN)
def test_a_sensor_that_fails_after_hours_is_replaced_and_breaks_still_come(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    async def story(life: Life) -> None:
        await at_work(life, server)
        await work_on(life, server, 5 * MIN)
        BROKEN[what](server)
        sensor = life.daemon.ready.sensor
        await until(lambda: sensor.name != "wayland" or server.connections > 1)
        await work_on(life, server, 17 * MIN)
        await comes(life, server)

    with living_on(monkeypatch, house) as server:
        tell(house, story)


@kept("silent failure")
def test_a_sensor_that_fails_is_named_by_status_until_it_is_found_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(life: Life) -> None:
        await at_work(life, server)
        server.withdraw(server.number_of(V2[0]))
        sensor = life.daemon.ready.sensor
        await until(lambda: sensor.name == "always")
        told = (await life.ask(ask="status"))["sensors"]
        assert (told["activity"], told["quality"]) == ("always", "none")
        assert "all time counts as work" in told["note"]
        assert (await life.ask(ask="doctor"))["status"]["sensors"]["activity"] == "always"

    with living_on(monkeypatch, house) as server:
        tell(house, story)


@kept("silent failure")
def test_a_sensor_that_is_found_again_goes_on_where_the_other_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(life: Life) -> None:
        await at_work(life, server)
        await work_on(life, server, 10 * MIN)
        server.hang_up()
        await until(lambda: server.connections >= 2 and len(server.notifications) > 0)
        await work_on(life, server, 5 * MIN)
        assert levels(life)[0] == 15 * MIN
        life.clock.go(90)
        server.leave(90)
        await until(lambda: life.daemon.state.resting)
        assert (await life.ask(ask="status"))["sensors"]["activity"] == "wayland"

    with living_on(monkeypatch, house) as server:
        tell(house, story)


@kept("silent failure")
def test_after_a_week_without_a_break_in_use_reminders_come_as_on_the_first_day(house: House) -> None:
    async def story(life: Life) -> None:
        for day in range(7):
            before = reminded(life)
            await go_on(life, 4 * HOUR)
            assert reminded(life) - before >= 20, f"day {day}"
            life.sleep(20 * HOUR)
            await wake(life)

    tell(house, story)


# ── what keeps the screen awake ───────────────────────────────────────────────────────────────────


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    folder = tmp_path / "private"
    folder.mkdir()
    yield from private_bus(folder)


@kept("caffeine")
@pytest.mark.parametrize("protocol", [V2, V1, KDE], ids=["ext 2", "ext 1", "kde"])
def test_breaks_come_while_a_program_keeps_the_screen_awake(
    house: House, monkeypatch: pytest.MonkeyPatch, protocol: tuple[str, int]
) -> None:
    async def story(life: Life) -> None:
        await at_work(life, server)
        server.inhibit(True)
        await work_on(life, server, 20 * MIN)
        await comes(life, server)
        assert (await life.ask(ask="status"))["holds"] == []

    with living_on(monkeypatch, house, offers=(*OTHERS, SEAT, protocol)) as server:
        tell(house, story)


@kept("caffeine")
@pytest.mark.parametrize("program", ["caffeine", "caffeine-ng", "Caffeine-NG", "user", "systemd-inhibit"])
def test_a_switch_that_keeps_the_screen_awake_is_neither_quiet_nor_a_film(
    bus: PrivateBus, program: str
) -> None:
    async def main() -> None:
        session = SessionBus(bus.env)
        try:
            assert await Inhibitors(session).stand() is False
            quiet = DoNotDisturb(lambda: bus.env, session, lambda: None)
            assert await quiet.look() is None, "there is nobody who could tell; an inhibitor cannot"
        finally:
            await session.stop()

    with contextlib.closing(_inhibited_by(bus, program)):
        asyncio.run(main())


@kept("caffeine")
def test_a_player_that_keeps_the_screen_awake_is_a_film(bus: PrivateBus) -> None:
    async def main() -> None:
        session = SessionBus(bus.env)
        try:
            assert await Inhibitors(session).stand() is True
            assert await Inhibitors(session).stand(frozenset({"mpv"})) is False
        finally:
            await session.stop()

    with contextlib.closing(_inhibited_by(bus, "mpv")):
        asyncio.run(main())


def _inhibited_by(bus: PrivateBus, program: str) -> FakeMutter:
    """A session manager with whom a program has left word that the screen is to stay on."""
    manager = FakeMutter(bus.address)
    manager.inhibited = 8
    manager.answers = {
        "GetInhibitors": ("ao", (["/org/gnome/SessionManager/Inhibitor1"],)),
        "GetFlags": ("u", (8,)),
        "GetAppId": ("s", (program,)),
    }
    return manager


# ── the list ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wish", WISHES)
def test_every_wish_is_kept_by_a_test(wish: str) -> None:
    assert _kept[wish], WISHES[wish]


@pytest.mark.parametrize("wish", ON_REAL_DESKTOPS)
def test_what_depends_on_a_desktop_is_tried_on_a_real_one(wish: str) -> None:
    assert wish in WISHES
    desktops = Path(__file__).parent / "desktop"
    assert [name for name in ON_REAL_DESKTOPS[wish] if not (desktops / name).exists()] == []
