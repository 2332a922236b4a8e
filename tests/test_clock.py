"""The clocks: real ones, and the sped-up one of a demonstration."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from postured.clock import DemoClock, SystemClock, boot_id


def test_both_hands_go_forward_and_the_zone_is_known() -> None:
    clock = SystemClock()
    one, other = clock.now(), clock.now()
    assert one.s <= other.s
    assert abs(other.unix_s - time.time()) < 5
    assert other.wall.utcoffset() is not None


@pytest.mark.skipif(
    not hasattr(time, "CLOCK_BOOTTIME"), reason="this system has no clock that counts suspend"
)
def test_durations_are_measured_on_the_clock_that_counts_suspend() -> None:
    assert abs(SystemClock().now().s - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1


def test_the_real_clock_is_real() -> None:
    assert SystemClock().real_s(90.0) == 90.0


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Kolkata", "5:30:00"), ("America/New_York", "-1 day, 19:00:00")]
)
def test_the_zone_is_the_persons(zone: str, offset: str) -> None:
    program = (
        "from postured.clock import SystemClock; from postured.core.model import Moment;"
        "now = SystemClock().now(); print(Moment(0, 1767225600, now.zone).wall.utcoffset())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert told.stdout.strip() == offset


def test_a_traveller_gets_the_new_zone_when_the_system_is_asked_again() -> None:
    program = (
        "import os; from postured.clock import SystemClock; clock = SystemClock();"
        "os.environ['TZ'] = 'Asia/Tokyo'; before = clock.now().wall.utcoffset(); clock.look_at_zone();"
        "print(before, clock.now().wall.utcoffset())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": "Asia/Kolkata"},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert told.stdout.split() == ["5:30:00", "9:00:00"]


# ── the demonstration ─────────────────────────────────────────────────────────────────────────────


def test_a_demonstration_runs_sixty_times_as_fast_on_both_hands() -> None:
    clock, began = DemoClock(), time.monotonic()
    one = clock.now()
    while clock.now().s - one.s < 3.0:
        assert time.monotonic() - began < 5.0
    other = clock.now()
    real_s = time.monotonic() - began
    assert other.s - one.s <= 60 * real_s
    assert other.unix_s - one.unix_s == pytest.approx(other.s - one.s, abs=1e-3)
    assert clock.real_s(60.0) == 1.0


def test_it_runs_at_its_real_pace_while_it_is_slow_and_never_jumps() -> None:
    clock = DemoClock()
    clock.slow = True
    one, began = clock.now(), time.monotonic()
    while time.monotonic() - began < 0.02:
        pass
    other = clock.now()
    assert other.s - one.s < 60 * 0.02
    assert clock.real_s(7.0) == 7.0
    clock.slow = False
    assert 0 <= clock.now().s - other.s < 60 * 1.0
    assert clock.real_s(60.0) == 1.0


def test_what_passed_before_it_was_slowed_down_passed_fast() -> None:
    clock = DemoClock()
    one, began = clock.now(), time.monotonic()
    while time.monotonic() - began < 0.02:
        pass
    clock.slow = True
    assert clock.now().s - one.s >= 60 * 0.02


# ── the boot ──────────────────────────────────────────────────────────────────────────────────────


def test_one_boot_has_one_name() -> None:
    assert boot_id() == boot_id()
    if sys.platform == "linux":
        assert len(boot_id()) == 36
