"""Days that other programs get wrong, played from their traces: short absences, locks, suspend, calls, clock changes.

The traces lie in `scenarios/`; their times are those of Berlin. The expected moments are computed by hand from the
tank rule (reset: 20 min, emptied by 60 s; long break: 60 min, emptied by 5 min) and given in seconds of the trace.
What a trace cannot tell (a clock that is set, a session bus that is not there) is in `daemon/test_scenarios.py`.
"""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from postured import library, settings, trace
from postured.cli.main import run
from postured.core.model import HANDS_ON_S, Item, Schedule
from postured.paths import shipped
from postured.simulate import Report, Shown, simulate
from postured.trace import Span, State

BERLIN = ZoneInfo("Europe/Berlin")
FOLDER = Path(__file__).parent / "scenarios"
TRACES = sorted(path.stem for path in FOLDER.glob("*.csv"))

TANKS = """
reminders:
  reset: {after: 20m, pause: 60s, repeat: 10m, snooze: 5m, suggest: [break]}
  long_break: {after: 60m, pause: 5m, repeat: 15m, suggest: [mobility, break]}
"""
TIMES = """
reminders:
  night: {at: "02:30", within: 2h, suggest: [break]}
  noon: {at: "11:00", within: 4h, suggest: [strength]}
"""


class Told:
    """What `simulate --json` says of one trace."""

    def __init__(self, report: dict[str, Any]) -> None:
        self.report = report
        self.start = datetime.fromisoformat(report["start"])

    @property
    def notices(self) -> list[tuple[float, str]]:
        """Seconds since the trace begins, and reminder."""
        return [
            ((datetime.fromisoformat(n["at"]) - self.start).total_seconds(), n["reminder"])
            for n in self.report["notices"]
        ]

    @property
    def local(self) -> list[tuple[str, str]]:
        """Local time with its offset, and reminder."""
        return [(n["at"], n["reminder"]) for n in self.report["notices"]]

    @property
    def outcomes(self) -> list[str | None]:
        return [n["outcome"] for n in self.report["notices"]]

    def times(self, reminder: str) -> list[float]:
        return [at for at, name in self.notices if name == reminder]


class Desk:
    """The command line in Berlin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run")}

    def play(self, name: str, plan: str = TANKS) -> Told:
        config = self.folder / "schedule.yaml"
        config.write_text(plan)
        out, err = io.StringIO(), io.StringIO()
        argv = ["simulate", str(FOLDER / f"{name}.csv"), "--config", str(config), "--json"]
        assert (run(argv, self.env, out, err), err.getvalue()) == (0, "")
        return Told(json.loads(out.getvalue()))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield Desk(tmp_path)
    time.tzset()


# ── short breaks count ────────────────────────────────────────────────────────────────────────────


def test_a_day_of_short_absences_needs_no_short_break_and_still_gets_its_long_ones(desk: Desk) -> None:
    told = desk.play("short_absences")
    # Each 20 min the long break's tank gains 1134 s and loses 66 * 12: it is full 864 s into the ninth turn; a break
    # of five minutes leaves 36 s in it, and it is full again 828 s into the eighteenth.
    assert told.notices == [(8 * 1200 + 864, "long_break"), (17 * 1200 + 828, "long_break")]
    assert told.outcomes == ["taken", "taken"]
    assert told.report["natural"] == {"reset": 24}
    assert told.report["rest_s"] == 22 * 66 + 2 * 300


# ── locks ─────────────────────────────────────────────────────────────────────────────────────────


def test_locks_of_twenty_seconds_wipe_nothing(desk: Desk) -> None:
    told = desk.play("brief_locks")
    # Each lock takes 400 s out of the short tank and 240 s out of the long one, which would be full after 3600 s and
    # now is after 4120 s: two locks and the 480 s they drained later. There the last reset is only 80 s ago.
    assert told.notices[:7] == [
        (1200, "reset"),
        (1620, "reset"),
        (2220, "reset"),
        (2820, "reset"),
        (3440, "reset"),
        (4040, "reset"),
        (4160, "long_break"),
    ]
    assert told.report["natural"] == {}
    assert told.report["rest_s"] == 19 * 20
    gaps = [after - before for before, after in itertools.pairwise(told.times("long_break"))]
    assert max(gaps) <= 900 + 2 * 20 + 120, "who takes no break is reminded all day"


def test_a_lock_of_half_a_break_takes_half_of_what_the_tank_can_hold(desk: Desk) -> None:
    told = desk.play("a_lock_of_half_a_break")
    # 3000 s - 150 * 12 s = 1200 s; the other 2400 s from 3150 s on.
    assert told.times("long_break") == [5550]
    assert told.times("reset") == [1200, 1800, 2400, 4350, 4950]


def test_a_session_of_somebody_else_is_rest_for_who_comes_back(desk: Desk) -> None:
    told = desk.play("another_user")
    assert told.notices == [(1190 + 1800 + 1200, "reset")]
    assert told.report["natural"] == {"reset": 1, "long_break": 1}
    assert told.report["rest_s"] == 1800


# ── suspend ───────────────────────────────────────────────────────────────────────────────────────


def test_a_lid_closed_in_mid_notice_is_the_break(desk: Desk) -> None:
    told = desk.play("lid_closed_in_mid_notice")
    assert told.notices == [(1200, "reset"), (1230 + 600 + 1200, "reset")]
    assert told.outcomes == ["taken", None]
    assert told.report["natural"] == {"long_break": 1}, "the reset was taken, not natural"


def test_a_lid_closed_for_a_moment_is_no_break(desk: Desk) -> None:
    told = desk.play("lid_closed_for_a_moment")
    # 12 s drain 240 s of 1230 s; the tank is armed anew and lacks 210 s.
    assert told.notices == [(1200, "reset"), (1452, "reset"), (2052, "reset")]
    assert told.outcomes == ["ignored", "ignored", None]


def test_after_a_night_of_suspend_nothing_is_overdue(desk: Desk) -> None:
    told = desk.play("a_night_of_suspend")
    morning_s = 3540 + 14 * 3600 + 60
    assert [at for at, _ in told.notices if at >= 3540] == [
        morning_s + 1200,
        morning_s + 1800,
        morning_s + 2400,
        morning_s + 3000,
        morning_s + 3600,
    ]
    assert told.notices[-1] == (morning_s + 3600, "long_break")
    assert told.report["natural"] == {"long_break": 1}, "that of the reset was preceded by its notices"
    assert told.report["rest_s"] == 14 * 3600 + 60


def test_what_had_its_time_in_a_night_of_suspend_is_shown_within_or_missed(desk: Desk) -> None:
    told = desk.play(
        "a_night_of_suspend",
        'reminders:\n  evening: {at: "20:00", suggest: [break]}\n'
        '  early: {at: "07:00", within: 90m, suggest: [break]}\n'
        '  morning: {at: "08:00", suggest: [break]}\n',
    )
    # 07:00 and 90 min end at 08:30 sharp, when the machine wakes: too late.
    assert told.local == [("2026-11-24T08:30:00+01:00", "morning")]
    assert told.report["missed"] == {"evening": 1, "early": 1}


# ── calls, films, do-not-disturb ──────────────────────────────────────────────────────────────────


def test_a_long_meeting_fills_the_tank_and_one_notice_comes_after_it(desk: Desk) -> None:
    told = desk.play("a_long_meeting")
    # The call ends at 4200 s; the first key after it is struck at 4220 s. The reset is answered for.
    assert told.notices == [(4220, "long_break")]
    assert (told.report["work_s"], told.report["rest_s"]) == (4820, 0)


def test_with_do_not_disturb_every_half_hour_the_long_break_comes_when_it_is_off(desk: Desk) -> None:
    told = desk.play("dnd_every_half_hour")
    lifts = [1800.0 * n for n in range(1, 17)]
    assert told.notices == [(lifts[0], "reset"), *((at, "long_break") for at in lifts[1:])]
    assert told.report["work_s"] == 16 * 1800 + 60


def test_a_film_is_sat_through_and_the_break_comes_at_the_first_touch_after_it(desk: Desk) -> None:
    told = desk.play("a_film")
    assert told.notices == [(600 + 7200 + 30, "long_break")]
    assert told.outcomes == ["taken"]
    assert (told.report["work_s"], told.report["rest_s"]) == (8790, 600)


def test_do_not_disturb_that_is_left_on_silences_for_three_hours_and_no_longer(desk: Desk) -> None:
    told = desk.play("dnd_that_never_ends")
    assert told.notices[:3] == [
        (600 + 3 * 3600, "long_break"),
        (600 + 3 * 3600 + 600, "reset"),
        (600 + 3 * 3600 + 900, "long_break"),
    ]
    assert desk.play("dnd_that_never_ends", "hold_at_most: 7d" + TANKS).notices[0] == (18600, "long_break")


# ── the clocks change ─────────────────────────────────────────────────────────────────────────────


def test_where_clocks_go_back_a_time_that_comes_twice_is_reminded_of_once(desk: Desk) -> None:
    told = desk.play("clocks_go_back", TIMES)
    assert told.local == [
        ("2026-10-24T11:00:00+02:00", "noon"),
        ("2026-10-25T02:30:00+02:00", "night"),
        ("2026-10-25T11:00:00+01:00", "noon"),
        ("2026-10-26T11:00:00+01:00", "noon"),
    ]
    assert told.report["missed"] == {"night": 1}, "that of Monday"


def test_where_clocks_go_forward_a_time_that_does_not_come_is_reminded_of_once(desk: Desk) -> None:
    told = desk.play("clocks_go_forward", TIMES)
    assert told.local == [
        ("2027-03-27T11:00:00+01:00", "noon"),
        ("2027-03-28T03:30:00+02:00", "night"),
        ("2027-03-28T11:00:00+02:00", "noon"),
        ("2027-03-29T11:00:00+02:00", "noon"),
    ]
    assert told.report["missed"] == {"night": 1}


@pytest.mark.parametrize(
    ("within", "shown", "missed"),
    [("2h", [("2027-03-28T05:00:00+02:00", "night")], {}), ("90m", [], {"night": 1})],
)
def test_within_is_counted_from_the_hour_that_took_the_place_of_the_missing_one(
    desk: Desk, within: str, shown: list[tuple[str, str]], missed: dict[str, int]
) -> None:
    plan = f'reminders:\n  night: {{at: "02:30", within: {within}, suggest: [break]}}\n'
    told = desk.play("away_over_the_hour_that_is_missing", plan)
    assert (told.local, told.report["missed"]) == (shown, missed)


@pytest.mark.parametrize(("name", "night_s"), [("clocks_go_back", 5 * 3600), ("clocks_go_forward", 4 * 3600)])
def test_tanks_count_seconds_and_not_hours_of_the_clock(desk: Desk, name: str, night_s: int) -> None:
    told = desk.play(name, "reminders:\n  hourly: {after: 60m, pause: 5m, repeat: 60m, suggest: [break]}\n")
    night = [at - 14.5 * 3600 for at in told.times("hourly") if 14.5 * 3600 < at < 20 * 3600]
    # The tank overflows at 90 min, so each further hour is due again; at the end of the stretch nobody is there.
    assert night == [3600.0 * n for n in range(1, night_s // 3600)]
    assert told.report["work_s"] == 3 * 3600 + night_s


# ── what holds in every one of them ───────────────────────────────────────────────────────────────

SCHEDULES = {
    "shipped": shipped("postured.yaml").read_text(encoding="utf-8"),
    "gentle": "preset: gentle\n",
    "knot": "preset: knot\n",
    "deep-work": "preset: deep-work\n",
    "impatient": "work: {idle_after: 10s}\n"
    "reminders:\n  often: {after: 1m, pause: 20s, repeat: 1m, suggest: [break]}\n",
}
NOT_THERE = {State.REST, State.CALL, State.VIDEO}


@cache
def _library() -> tuple[Item, ...]:
    items, problems = library.load((shipped("library"),))
    assert problems == []
    return items


@cache
def _played(name: str, plan: str) -> tuple[Schedule, list[Span], Report]:
    schedule, problems = settings.read(SCHEDULES[plan], plan)
    assert schedule is not None, problems
    spans = list(trace.read(FOLDER / f"{name}.csv", BERLIN))
    return schedule, spans, simulate(spans, schedule, _library(), BERLIN)


def _at(notice: Shown, spans: list[Span]) -> Span:
    """The span in which a notice came; on an edge, the one that begins."""
    unix_s = notice.at.timestamp()
    return next(span for span in spans if span.start_unix_s - 1e-3 <= unix_s < span.end_unix_s - 1e-3)


everywhere = pytest.mark.parametrize(("name", "plan"), list(itertools.product(TRACES, SCHEDULES)))


@everywhere
def test_nothing_is_shown_where_nobody_looks_or_a_hold_stands(name: str, plan: str) -> None:
    schedule, spans, report = _played(name, plan)
    for notice in report.notices:
        span, unix_s = _at(notice, spans), notice.at.timestamp()
        since_s = unix_s - span.start_unix_s
        assert span.state not in NOT_THERE, notice
        if span.state is State.SILENCE:
            assert since_s <= HANDS_ON_S, notice
        if span.state is State.DND:
            assert since_s >= schedule.hold_at_most_s - 1, notice


@everywhere
def test_between_two_notices_there_is_the_spacing(name: str, plan: str) -> None:
    schedule, _, report = _played(name, plan)
    times = [notice.at.timestamp() for notice in report.notices]
    assert all(b - a >= schedule.spacing_s - 1e-3 for a, b in itertools.pairwise(times))


@everywhere
def test_who_was_away_for_ten_minutes_is_left_in_peace_for_as_long_as_a_tank_takes(
    name: str, plan: str
) -> None:
    """Ten minutes empty any tank, even one that runs over. A time of day may come at once."""
    schedule, spans, report = _played(name, plan)
    fills_s = {r.name: r.after_s for r in schedule.reminders if r.after_s is not None}
    for notice in report.notices:
        rests = [
            span.end_unix_s
            for span in spans
            if span.state in (State.REST, State.SILENCE)
            and span.end_unix_s - span.start_unix_s >= 600
            and span.end_unix_s <= notice.at.timestamp()
        ]
        if rests and notice.reminder in fills_s:
            assert notice.at.timestamp() - rests[-1] >= fills_s[notice.reminder] - 1e-3, notice


@everywhere
def test_every_second_is_work_or_rest(name: str, plan: str) -> None:
    _, spans, report = _played(name, plan)
    assert report.work_s + report.rest_s == pytest.approx(spans[-1].end_unix_s - spans[0].start_unix_s)
    shut = sum(span.end_unix_s - span.start_unix_s for span in spans if span.state is State.REST)
    assert report.rest_s >= shut - 1e-3


def test_every_trace_is_played() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in TRACES if f'"{name}"' not in source] == []
