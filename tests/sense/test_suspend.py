"""Suspend is seen by two clocks drifting apart, and told once."""

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import os
import sys

import pytest

from postured.clock import SystemClock
from postured.core.model import Event, Slept, Tick
from postured.sense import suspend
from postured.sense.protocol import boot_s
from postured.sense.suspend import SuspendWatch


class Clocks:
    """The two clocks of a machine that can be put to sleep."""

    def __init__(self) -> None:
        self.boot_now = 5000.0
        self.monotonic_now = 4000.0

    def boot(self) -> float:
        return self.boot_now

    def monotonic(self) -> float:
        return self.monotonic_now

    def run(self, seconds: float) -> None:
        self.boot_now += seconds
        self.monotonic_now += seconds

    def sleep(self, seconds: float) -> None:
        self.boot_now += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def watch(clocks: Clocks) -> SuspendWatch:
    return SuspendWatch(clocks.boot, clocks.monotonic)


def test_a_suspend_is_told_once_with_its_length(watch: SuspendWatch, clocks: Clocks) -> None:
    events: list[Event] = []
    clocks.run(100)
    clocks.sleep(3600)
    assert watch.check(events.append)
    clocks.run(50)
    assert not watch.check(events.append)
    clocks.sleep(30)
    assert watch.check(events.append)
    assert events == [Slept(3600), Slept(30)]


def test_time_that_merely_passes_is_no_suspend(watch: SuspendWatch, clocks: Clocks) -> None:
    events: list[Event] = []
    for _ in range(100):
        clocks.run(3600)
        clocks.sleep(0.00001)
        assert not watch.check(events.append)
    assert events == []


def test_gaps_too_short_for_a_suspend_do_not_add_up(watch: SuspendWatch, clocks: Clocks) -> None:
    events: list[Event] = []
    for _ in range(100):
        clocks.sleep(0.5)
        watch.check(events.append)
    assert events == []


def test_the_clocks_of_this_machine_agree() -> None:
    watch = SuspendWatch()
    events: list[Event] = []
    assert not watch.check(events.append)


def pipe_timer(monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[int]]:
    """Put a pipe in the timer's place; return its other end, and the list of armings."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    armed: list[int] = []
    monkeypatch.setattr(suspend, "_open_timer", lambda: reader)
    monkeypatch.setattr(suspend, "_arm", armed.append)
    return writer, armed


@pytest.mark.parametrize(("slept", "told"), [(900.0, [Slept(900.0)]), (0.0, [Tick()])])
def test_the_news_that_the_clock_was_set_is_a_suspend_or_a_mere_step(
    watch: SuspendWatch, clocks: Clocks, monkeypatch: pytest.MonkeyPatch, slept: float, told: list[Event]
) -> None:
    writer, armed = pipe_timer(monkeypatch)

    async def main() -> None:
        events: list[Event] = []
        watch.start(events.append)
        clocks.sleep(slept)
        os.write(writer, b"12345678")
        async with asyncio.timeout(3):
            while not events:  # noqa: ASYNC110 - nothing to wait on but the list
                await asyncio.sleep(0.002)
        assert events == told
        assert len(armed) == 2, "armed anew for the next time"
        watch.stop()
        watch.stop()

    asyncio.run(main())
    os.close(writer)


def test_without_such_a_timer_the_check_still_works(
    watch: SuspendWatch, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> int:
        raise OSError(38, "Function not implemented")

    async def main() -> None:
        events: list[Event] = []
        watch.start(events.append)
        clocks.sleep(60)
        watch.check(events.append)
        watch.stop()
        assert events == [Slept(60)]

    monkeypatch.setattr(suspend, "_open_timer", none)
    asyncio.run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has the timer")
def test_the_real_timer_can_be_armed_and_stays_quiet() -> None:
    async def main() -> None:
        events: list[Event] = []
        watch = SuspendWatch()
        watch.start(events.append)
        assert watch._timer is not None
        with pytest.raises(BlockingIOError):
            os.read(watch._timer, 8)
        await asyncio.sleep(0.05)
        watch.stop()
        assert events == []

    asyncio.run(main())


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("head", ctypes.c_long * 4),
        ("status", ctypes.c_int),
        ("middle", ctypes.c_long * 3),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


def _step_clock_by_a_microsecond(back: bool) -> bool:
    """Step the machine's clock ever so little; False where that is not allowed."""
    if sys.platform != "linux":
        return False
    step = _Timex(modes=0x0100 | 0x2000, seconds=-1 if back else 0, nanoseconds=999_999_000 if back else 1000)
    return int(ctypes.CDLL(None).clock_adjtime(0, ctypes.byref(step))) >= 0


@pytest.mark.skipif("POSTURED_MAY_SET_CLOCK" not in os.environ, reason="sets the machine's clock, by 1 µs")
def test_a_real_step_of_the_clock_wakes_us() -> None:
    async def main() -> None:
        events: list[Event] = []
        watch = SuspendWatch()
        watch.start(events.append)
        for turn in (1, 2):
            assert _step_clock_by_a_microsecond(back=turn == 2)
            async with asyncio.timeout(3):
                while len(events) < turn:  # noqa: ASYNC110 - nothing to wait on but the list
                    await asyncio.sleep(0.002)
        watch.stop()
        assert events == [Tick(), Tick()]

    asyncio.run(main())


def test_the_sensors_count_on_the_clock_of_the_engine() -> None:
    """A silence is told in its seconds."""
    before = SystemClock().now().s
    assert before <= boot_s() <= SystemClock().now().s
