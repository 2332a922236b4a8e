"""The alarm on a real loop: it rings once, when it was set to, and not otherwise."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import pytest

from postured.alarm import NEAR_ENOUGH_S, Alarm

SOON_S = 0.05
LATE_S = 3600.0


def fail() -> None:
    """Ring into the void."""
    raise IndexError


class Bell:
    """Hears an alarm ring."""

    def __init__(self) -> None:
        self.rung: list[float] = []
        self.began = time.monotonic()
        self.then: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.rung.append(time.monotonic() - self.began)
        self.then()

    async def heard(self, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while len(self.rung) < times:  # noqa: ASYNC110 - by hand, as one waits for a bell
                await asyncio.sleep(0.002)


def with_alarm(story: Callable[[Alarm, Bell], Awaitable[None]]) -> Bell:
    """Run the story; whatever went wrong within the loop fails the test."""
    bell, wrong = Bell(), []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
        alarm = Alarm(bell)
        alarm.start()
        try:
            await story(alarm, bell)
        finally:
            alarm.stop()

    asyncio.run(run())
    assert wrong == []
    return bell


async def a_turn_later(alarm: Alarm, bell: Bell, times: int) -> None:
    """Return when another alarm, set for later, has rung: what was to ring before has rung by then."""
    await bell.heard(times)
    alarm.set("other", 2 * SOON_S)
    await bell.heard(times + 1)


def test_it_rings_once_and_not_before_its_time() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        await a_turn_later(alarm, bell, 1)

    bell = with_alarm(story)
    assert len(bell.rung) == 2
    assert bell.rung[0] >= SOON_S - 0.005


def test_setting_it_anew_moves_it_to_later() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        alarm.set("wake", 4 * SOON_S)
        await bell.heard()

    assert with_alarm(story).rung[0] >= 4 * SOON_S - 0.005


def test_setting_it_anew_moves_it_to_sooner() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", LATE_S)
        alarm.set("wake", SOON_S)
        await a_turn_later(alarm, bell, 1)

    assert len(with_alarm(story).rung) == 2


def test_moved_by_next_to_nothing_it_rings_once() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        alarm.set("wake", SOON_S + NEAR_ENOUGH_S / 4)
        alarm.set("wake", SOON_S)
        await a_turn_later(alarm, bell, 1)

    assert len(with_alarm(story).rung) == 2


def test_many_small_moves_add_up() -> None:
    """Each is too small to matter, but together they must not leave the alarm where it was."""

    async def story(alarm: Alarm, bell: Bell) -> None:
        for n in range(41):
            alarm.set("wake", SOON_S + n * NEAR_ENOUGH_S / 2)
        await bell.heard()

    assert with_alarm(story).rung[0] >= SOON_S + 19 * NEAR_ENOUGH_S - 0.005


def test_taken_back_it_does_not_ring() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        alarm.set("wake", None)
        alarm.set("wake", None)
        alarm.set("never set", None)
        await a_turn_later(alarm, bell, 0)

    assert len(with_alarm(story).rung) == 1


def test_alarms_of_two_names_do_not_touch_one_another() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        alarm.set("wall", SOON_S)
        alarm.set("wall", LATE_S)
        await a_turn_later(alarm, bell, 1)

    assert len(with_alarm(story).rung) == 2


@pytest.mark.parametrize("in_s", [0.0, -5.0, -1e9])
def test_what_is_due_already_rings_at_once(in_s: float) -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", in_s)
        await bell.heard()

    assert with_alarm(story).rung[0] < 1.0


def test_a_loop_that_was_busy_past_the_time_rings_once() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        time.sleep(3 * SOON_S)  # noqa: ASYNC251 - the loop is to be held up
        await a_turn_later(alarm, bell, 1)

    assert len(with_alarm(story).rung) == 2


def test_ringing_may_set_it_anew_at_once() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        bell.then = lambda: alarm.set("wake", 0.0 if len(bell.rung) < 20 else None)
        alarm.set("wake", 0.0)
        await bell.heard(20)
        await a_turn_later(alarm, bell, 20)

    assert len(with_alarm(story).rung) == 21


def test_very_far_away_is_no_trouble() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", 50 * 366 * 86400.0)
        alarm.set("wake", SOON_S)
        await bell.heard()

    with_alarm(story)


def test_stopped_it_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", SOON_S)
        alarm.set("wall", 0.0)
        alarm.stop()
        alarm.stop()
        other = Alarm(bell)
        other.start()
        other.set("wake", 2 * SOON_S)
        await bell.heard()
        other.stop()

    with caplog.at_level(logging.WARNING):
        bell = with_alarm(story)
    assert len(bell.rung) == 1
    assert caplog.records == []


def test_never_started_it_can_be_stopped() -> None:
    async def run() -> None:
        Alarm(lambda: None).stop()

    asyncio.run(run())


def test_a_ring_that_fails_ends_neither_the_loop_nor_the_alarm() -> None:
    bell, wrong = Bell(), []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: wrong.append(context["exception"])
        )
        alarm = Alarm(bell)
        alarm.start()
        bell.then = fail
        alarm.set("wake", 0.0)
        await bell.heard()
        alarm.set("wake", 0.0)
        await bell.heard(2)
        await asyncio.sleep(0)
        alarm.stop()

    asyncio.run(run())
    assert [type(exc) for exc in wrong] == [IndexError, IndexError]


def test_what_is_set_after_the_end_does_not_ring_and_does_no_harm() -> None:
    async def story(alarm: Alarm, bell: Bell) -> None:
        alarm.set("wake", LATE_S)
        alarm.stop()
        for in_s in (0.0, None, LATE_S, None):
            alarm.set("wake", in_s)
        for _ in range(20):
            await asyncio.sleep(0)

    assert with_alarm(story).rung == []
