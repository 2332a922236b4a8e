"""What a schedule would have done, seen from outside: a trace, a schedule file, and `simulate --json`.

The expected moments are computed by hand from the tank rule; the trace begins on a Monday at 09:00 in UTC, and what is
compared are the seconds since then, so that the machine's own time zone does not matter.
"""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as day_time
from pathlib import Path
from typing import Any

import pytest

from postured.cli.main import run
from postured.core import engine
from postured.core.model import (
    NEVER,
    Away,
    Event,
    Hold,
    Input,
    Kind,
    Moment,
    Pause,
    Reminder,
    Sensed,
    Silence,
    Tick,
)
from postured.simulate import plan, simulate
from postured.trace import Span, State
from tests.core.story import BERLIN, LIBRARY, LONG, MONDAY, RESET, schedule

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MIN = 60

PLAIN = """
reminders:
  reset: {after: 20m, pause: 60s, repeat: 10m, snooze: 5m, suggest: [break]}
"""
TWO = PLAIN + "  long_break: {after: 60m, pause: 5m, repeat: 15m, suggest: [mobility, break]}\n"


class Desk:
    """A folder with a trace and a schedule, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run")}
        self.trace = folder / "trace"
        self.schedule = folder / "schedule.yaml"
        self.schedule.write_text(PLAIN)

    def csv(self, *parts: tuple[str, float]) -> None:
        """Write a trace of (state, seconds), one after another; the state `gap` writes nothing."""
        rows, at = ["start,end,state"], NINE
        for state, seconds in parts:
            end = at + timedelta(seconds=seconds)
            if state != "gap":
                rows.append(f"{at.isoformat()},{end.isoformat()},{state}")
            at = end
        self.trace.write_text("\n".join(rows) + "\n")

    def run(self, *more: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        argv = ["simulate", str(self.trace), "--config", str(self.schedule), *more]
        return run(argv, self.env, out, err), out.getvalue(), err.getvalue()

    def told(self) -> dict[str, Any]:
        code, out, err = self.run("--json")
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found

    def notices(self) -> list[tuple[float, str]]:
        """Seconds since nine and reminder of each notice."""
        return [
            ((datetime.fromisoformat(n["at"]) - NINE).total_seconds(), n["reminder"])
            for n in self.told()["notices"]
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────


def test_work_fills_the_tank_and_ignoring_it_repeats(desk: Desk) -> None:
    desk.csv(("work", 45 * MIN))
    assert desk.notices() == [(1200, "reset"), (1800, "reset"), (2400, "reset")]


def test_a_full_pause_empties_the_tank(desk: Desk) -> None:
    desk.csv(("work", 20 * MIN + 5), ("silence", 90), ("work", 21 * MIN))
    # 1205 s of work and 90 s of rest: empty; 1200 s more after second 1295.
    assert desk.notices() == [(1200, "reset"), (2495, "reset")]


def test_half_a_pause_empties_half_of_it(desk: Desk) -> None:
    desk.schedule.write_text("work: {idle_after: 30s}\n" + PLAIN)
    # Level 1000; 30 s of rest drain 600; 800 s more until the tank is full.
    desk.csv(("work", 1000), ("silence", 30), ("work", 900))
    assert desk.notices() == [(1830, "reset")]


def test_a_silence_shorter_than_idle_after_is_work(desk: Desk) -> None:
    desk.csv(("work", 1000), ("silence", 59), ("work", 400))
    assert desk.notices() == [(1200, "reset")]
    assert (desk.told()["work_s"], desk.told()["rest_s"]) == (1459, 0)


def test_a_silence_of_idle_after_is_rest_from_its_first_second(desk: Desk) -> None:
    desk.csv(("work", 1000), ("silence", 60), ("work", 400))
    assert desk.notices() == []
    assert (desk.told()["work_s"], desk.told()["rest_s"]) == (1400, 60)
    assert desk.told()["natural"] == {"reset": 1}


def test_a_notice_that_comes_due_in_a_silence_waits_for_the_hands(desk: Desk) -> None:
    desk.csv(("work", 1180), ("silence", 40), ("work", 100))
    assert desk.notices() == [(1220, "reset")]


def test_the_longest_pause_answers_for_the_shorter(desk: Desk) -> None:
    desk.schedule.write_text(TWO)
    desk.csv(("work", 61 * MIN))
    assert desk.notices() == [
        (1200, "reset"),
        (1800, "reset"),
        (2400, "reset"),
        (3000, "reset"),
        (3600, "long_break"),
    ]


def test_a_call_is_work_and_holds_the_notice_until_it_ends(desk: Desk) -> None:
    desk.csv(("work", 600), ("call", 900), ("work", 100))
    assert desk.notices() == [(1500, "reset")]
    assert desk.told()["work_s"] == 1600


def test_a_locked_screen_is_rest_however_short(desk: Desk) -> None:
    # 30 s drain 600 of 1000; the rest of the tank fills in 800 s.
    desk.csv(("work", 1000), ("rest", 30), ("work", 900))
    assert desk.notices() == [(1830, "reset")]


def test_a_long_gap_in_the_data_is_rest(desk: Desk) -> None:
    desk.csv(("work", 1190), ("gap", 3600), ("work", 1190))
    assert desk.notices() == []
    assert desk.told()["rest_s"] == 3600


def test_a_short_gap_in_the_data_is_work(desk: Desk) -> None:
    desk.csv(("work", 600), ("gap", 59), ("work", 600))
    assert desk.notices() == [(1200, "reset")]
    assert desk.told()["rest_s"] == 0


def test_a_break_that_was_taken_is_known_as_taken(desk: Desk) -> None:
    desk.csv(("work", 1210), ("silence", 120), ("work", 60))
    assert [n["outcome"] for n in desk.told()["notices"]] == ["taken"]


def test_a_missed_time_of_day_is_counted(desk: Desk) -> None:
    at = (NINE.astimezone() + timedelta(hours=1)).strftime("%H:%M")
    desk.schedule.write_text(f'reminders:\n  set: {{at: "{at}", within: 30m, suggest: [strength]}}\n')
    desk.csv(("work", 1800), ("rest", 5400), ("work", 60))
    assert desk.told()["missed"] == {"set": 1}
    desk.csv(("work", 3700))
    assert desk.notices() == [(3600, "set")]


# ── the contract ──────────────────────────────────────────────────────────────────────────────────


def test_the_keys_are_those_of_the_contract(desk: Desk) -> None:
    desk.csv(("work", 1300))
    told = desk.told()
    assert {"notices", "work_s", "rest_s", "natural", "missed"} <= set(told)
    (notice,) = told["notices"]
    assert {"at", "reminder", "item", "kind"} <= set(notice)
    assert (notice["reminder"], notice["kind"]) == ("reset", "break")
    assert datetime.fromisoformat(notice["at"]).utcoffset() is not None


def test_an_activitywatch_export_does_the_same_as_a_csv(desk: Desk) -> None:
    desk.csv(("work", 1300), ("silence", 90), ("work", 1300))
    expected = desk.told()
    events = [
        {
            "timestamp": (NINE + timedelta(seconds=start)).isoformat(),
            "duration": length,
            "data": {"status": status},
        }
        for start, length, status in ((0, 1300, "not-afk"), (1300, 90, "afk"), (1390, 1300, "not-afk"))
    ]
    desk.trace.write_text(json.dumps({"buckets": {"aw": {"type": "afkstatus", "events": events}}}))
    assert desk.told() == expected


def test_the_text_tells_the_same_story(desk: Desk) -> None:
    desk.csv(("work", 1300))
    code, out, err = desk.run()
    assert (code, err) == (0, "")
    assert "22 min of work, 0 s of rest" in out
    assert "reset: 1 notices" in out


def test_the_text_of_a_pipe_has_no_colour(desk: Desk) -> None:
    desk.csv(("work", 1300))
    assert "\033" not in desk.run()[1]


def test_a_trace_without_rows_is_refused_in_one_line(desk: Desk) -> None:
    desk.csv()
    code, out, err = desk.run("--json")
    assert (code, out) == (1, "")
    assert err == f"postured: {desk.trace}: has no row that lasts any time; there is nothing to replay\n"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff", b"[{", b'{"buckets": 7}', b"hello world\n", b"\x1f\x8b\x08\x00"],
    ids=["empty", "binary", "cut off", "no buckets", "prose", "gzip"],
)
def test_what_is_no_trace_is_refused_in_one_line(desk: Desk, content: bytes) -> None:
    desk.trace.write_bytes(content)
    code, out, err = desk.run("--json")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith(f"postured: {desk.trace}")


def test_rows_that_are_wrong_are_told_with_their_line(desk: Desk) -> None:
    desk.csv(("work", 1300))
    desk.trace.write_text(desk.trace.read_text().replace(",work", ",wrok"))
    code, out, err = desk.run("--json")
    assert (code, out) == (1, "")
    assert f"{desk.trace}:2:" in err
    assert "Traceback" not in err


def test_a_trace_that_is_not_there_is_one_line(desk: Desk) -> None:
    code, out, err = desk.run()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert str(desk.trace) in err


def test_a_broken_schedule_ends_with_78_and_names_the_line(desk: Desk) -> None:
    desk.csv(("work", 1300))
    desk.schedule.write_text("reminders:\n  reset: {after: 20 mn}\n")
    code, out, err = desk.run("--json")
    assert (code, out) == (78, "")
    assert f"{desk.schedule}:2:18" in err


def test_without_config_ones_own_schedule_is_used_and_else_the_default(desk: Desk) -> None:
    desk.csv(("work", 1300))
    out, err = io.StringIO(), io.StringIO()
    assert run(["simulate", str(desk.trace), "--json"], desk.env, out, err) == 0
    own = desk.folder / ".config/postured/postured.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("reminders:\n  mine: {after: 5m, pause: 60s, suggest: [break]}\n")
    out = io.StringIO()
    assert run(["simulate", str(desk.trace), "--json"], desk.env, out, err) == 0
    assert {n["reminder"] for n in json.loads(out.getvalue())["notices"]} == {"mine"}


def test_a_month_takes_less_than_two_seconds(desk: Desk) -> None:
    desk.schedule.write_text(TWO)
    day = [
        ("work", 50 * MIN),
        ("silence", 7 * MIN),
        ("call", 30 * MIN),
        ("work", 90 * MIN),
        ("silence", 40.0),
    ] * 3
    desk.csv(*([*day, ("rest", 13 * 3600)] * 30))
    began = time.perf_counter()
    assert desk.told()["work_s"] > 30 * 8 * 3600
    assert time.perf_counter() - began < 2.0


# ── replay and plan, as the daemon uses them ──────────────────────────────────────────────────────


def test_no_spans_no_story() -> None:
    report = simulate([], schedule(RESET), LIBRARY, BERLIN)
    assert (report.notices, report.work_s, report.start, report.end) == ([], 0.0, None, None)


def test_what_no_span_tells_of_is_silence() -> None:
    start = MONDAY.timestamp()
    told = [Span(start, start + 500, State.WORK), Span(start + 700, start + 730, State.REST)]
    report = simulate(told, schedule(RESET), LIBRARY, BERLIN)
    assert (report.work_s, report.rest_s) == (pytest.approx(500), pytest.approx(230))


def present(boot_s: float, t: float, *reminders: Reminder) -> engine.State:
    """Somebody who has worked for `t` seconds since nine, on a machine started long ago."""
    start = MONDAY.timestamp()
    state = engine.begin(schedule(*reminders), LIBRARY, Moment(boot_s, start, BERLIN))
    return engine.step(state, Input(), Moment(boot_s + t, start + t, BERLIN))[0]


def outlook(state: engine.State, hours: float = 24.0) -> list[tuple[str, str]]:
    return [(f"{n.at:%H:%M:%S}", n.reminder) for n in plan(state, state.now.unix_s + hours * 3600)]


def test_the_plan_is_what_comes_if_work_goes_on() -> None:
    assert outlook(present(500.0, 600, RESET, LONG), hours=1.0) == [
        ("09:20:00", "reset"),
        ("09:30:00", "reset"),
        ("09:40:00", "reset"),
        ("09:50:00", "reset"),
        ("10:00:00", "long_break"),
    ]


def test_the_plan_changes_nothing() -> None:
    state = present(500.0, 600, RESET, LONG)
    before = state.copy()
    plan(state, state.now.unix_s + 86400)
    assert state == before


@pytest.mark.parametrize(
    ("event", "first"),
    # With the tank at 605 s or, after 605 s of silence, empty.
    [(Tick(), "09:20:00"), (Away("locked", True), "09:20:00"), (Silence(500.0), "09:30:05")],
    ids=["quiet", "away", "resting"],
)
def test_the_plan_is_as_if_work_went_on_now(event: Event, first: str) -> None:
    state = present(500.0, 600, RESET)
    now = Moment(500.0 + 605, MONDAY.timestamp() + 605, BERLIN)
    state, _ = engine.step(state, event, now)
    assert outlook(state, hours=1.0)[0] == (first, "reset")


def test_a_pause_delays_the_plan_until_it_ends() -> None:
    state = present(500.0, 600, replace(RESET, repeat_s=NEVER))
    state, _ = engine.step(state, Pause(for_s=3600), state.now)
    assert outlook(state, hours=2.0) == [("10:10:00", "reset")]


def test_a_call_delays_the_plan_until_it_has_stood_too_long() -> None:
    state = present(500.0, 600, replace(RESET, repeat_s=NEVER))
    state, _ = engine.step(state, Sensed(Hold.CALL, True), state.now)
    assert outlook(state, hours=4.0) == [("12:10:00", "reset")]


def test_the_plan_keeps_the_space_after_the_notice_that_was_shown_just_now() -> None:
    first = Reminder("first", (Kind.BREAK,), after_s=600, pause_s=60)
    second = Reminder("second", (Kind.BREAK,), after_s=660, pause_s=90)
    state = present(500.0, 600, first, second)
    assert state.notice is not None
    assert outlook(state, hours=1.0) == [("09:12:00", "second")]


def test_a_time_of_day_is_in_the_plan() -> None:
    noon = Reminder("noon", (Kind.STRENGTH,), at=day_time(12), within_s=3600)
    assert outlook(present(500.0, 600, noon)) == [("12:00:00", "noon")]


@pytest.mark.parametrize("order", [("dnd", "call"), ("call", "dnd"), ("video", "call")])
def test_nothing_slips_through_where_one_hold_takes_over_from_another(order: tuple[str, str]) -> None:
    at = MONDAY.timestamp()
    parts = [("work", 600), (order[0], 900), (order[1], 900), ("work", 60)]
    spans = []
    for state, seconds in parts:
        spans.append(Span(at, at + seconds, State(state)))
        at += seconds
    report = simulate(spans, schedule(RESET), LIBRARY, BERLIN)
    assert [f"{n.at:%H:%M:%S}" for n in report.notices] == ["09:40:00"]


def test_nothing_is_shown_at_the_instant_at_which_the_trace_ends() -> None:
    at = MONDAY.timestamp()
    report = simulate([Span(at, at + 1200, State.WORK)], schedule(RESET), LIBRARY, BERLIN)
    assert report.notices == []
