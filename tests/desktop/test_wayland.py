"""Idle time on real Wayland compositors, with real input and real inhibitors."""

from __future__ import annotations

import asyncio
import selectors
import signal
from collections.abc import Callable, Coroutine, Iterator

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import wayland
from postured.sense.activity.wayland import WaylandIdle
from postured.sense.protocol import boot_s
from tests.desktop.compositors import KWin, Sway, kwin_on, start_sway
from tests.desktop.session import Desktop

LATENCY_S = 0.05


class Told:
    """Events, when each came, and what was said at the end."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at: list[float] = []
        self.losses: list[str] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.at.append(boot_s())

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]

    async def wait(self, number: int, limit_s: float = 5.0) -> None:
        """Wait until so many have come."""
        await until(lambda: len(self.events) >= number, limit_s)


async def until(condition: Callable[[], object], limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.005)


class CountingSelector(selectors.DefaultSelector):
    """Counts how often the loop was woken by anything but its own timers."""

    wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        self.wakes += bool(ready)
        return ready


@pytest.fixture(scope="module")
def sway() -> Iterator[Sway]:
    """One sway for all tests that do not break it."""
    with Desktop.start(x11=False, dunst=False) as desktop:
        yield start_sway(desktop)


@pytest.fixture
def own_sway() -> Iterator[Sway]:
    """Give a sway to break."""
    with Desktop.start(x11=False, dunst=False) as desktop:
        yield start_sway(desktop)


@pytest.fixture(scope="module")
def kwin() -> Iterator[KWin]:
    """One KWin for all tests that do not break it."""
    with Desktop.start(x11=False, dunst=False) as desktop, kwin_on(desktop) as running:
        yield running


@pytest.fixture(params=["sway", "kwin"])
def compositor(request: pytest.FixtureRequest) -> Sway | KWin:
    """Every compositor in turn."""
    running: Sway | KWin = request.getfixturevalue(request.param)
    return running


def play(
    compositor: Sway | KWin,
    idle_after_s: float,
    scene: Callable[[WaylandIdle, Told], Coroutine[object, object, None]],
    selector: selectors.BaseSelector | None = None,
) -> None:
    """Open the sensor before there is a loop, as the daemon does, and play a scene with it."""
    sensor = wayland.connect(compositor.desktop.env, idle_after_s, boot_s)

    async def main() -> None:
        told = Told()
        sensor.start(told, told.losses.append)
        try:
            await scene(sensor, told)
        finally:
            sensor.stop()

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(main())


def test_silence_counts_from_the_last_key(compositor: Sway | KWin) -> None:
    async def scene(_sensor: WaylandIdle, told: Told) -> None:
        await asyncio.to_thread(compositor.key)
        before = boot_s()
        await told.wait(1)
        (silence,) = told.events
        assert isinstance(silence, Silence)
        assert silence.since_s == pytest.approx(before, abs=LATENCY_S)
        assert told.at[0] == pytest.approx(silence.since_s + 0.5, abs=LATENCY_S)

    play(compositor, 0.5, scene)


@pytest.mark.parametrize("act", ["key", "move"])
def test_input_after_a_silence_is_told_within_50_ms(compositor: Sway | KWin, act: str) -> None:
    async def scene(_sensor: WaylandIdle, told: Told) -> None:
        await told.wait(1)
        await asyncio.to_thread(getattr(compositor, act))
        done = boot_s()
        await told.wait(2)
        assert told.kinds == [Silence, Input]
        assert told.at[1] < done + LATENCY_S

    play(compositor, 0.3, scene)


def test_hands_on_is_told_at_the_next_key_and_then_from_memory(compositor: Sway | KWin) -> None:
    async def scene(sensor: WaylandIdle, told: Told) -> None:
        sensor.listen(True)
        await asyncio.sleep(wayland.HELD_BACK_AFTER_S + 0.2)
        assert told.events == []
        await asyncio.to_thread(compositor.key)
        done = boot_s()
        await told.wait(1)
        assert told.at[0] < done + LATENCY_S
        sensor.listen(False)
        sensor.listen(True)
        await told.wait(2)
        assert told.events == [Input(), Input()]
        assert told.losses == []

    play(compositor, 60, scene)


def test_an_idle_after_set_anew_is_kept(compositor: Sway | KWin) -> None:
    async def scene(sensor: WaylandIdle, told: Told) -> None:
        sensor.set_idle_after(0.2)
        await told.wait(1)
        sensor.set_idle_after(0.4)
        await asyncio.to_thread(compositor.move)
        await told.wait(3)
        assert told.kinds == [Silence, Input, Silence]
        assert told.at[2] - told.at[1] == pytest.approx(0.4, abs=LATENCY_S)
        assert told.losses == []

    play(compositor, 60, scene)


def test_nobody_is_woken_while_the_person_types_or_is_away(sway: Sway) -> None:
    selector = CountingSelector()

    async def scene(_sensor: WaylandIdle, told: Told) -> None:
        with sway.typing(every_s=0.05):
            await asyncio.sleep(0.3)  # the keyboard has come
            before = selector.wakes
            await asyncio.sleep(1.2)
            assert selector.wakes == before
            assert told.events == []
        await told.wait(1)
        before = selector.wakes
        await asyncio.sleep(1.0)
        assert selector.wakes == before

    play(sway, 0.8, scene, selector)


def test_kwin_wakes_nobody_either(kwin: KWin) -> None:
    selector = CountingSelector()

    async def scene(_sensor: WaylandIdle, told: Told) -> None:
        kwin.key()
        await asyncio.sleep(0.2)
        before = selector.wakes
        for _ in range(20):
            kwin.move()
            kwin.key()
            await asyncio.sleep(0.03)
        assert selector.wakes == before
        await told.wait(1)
        before = selector.wakes
        await asyncio.sleep(1.0)
        assert selector.wakes == before

    play(kwin, 0.8, scene, selector)


def test_what_keeps_the_screen_awake_makes_all_time_work_and_it_says_so(sway: Sway) -> None:
    """Where the protocol knows no better; a newer sway tells all the same."""

    async def scene(sensor: WaylandIdle, told: Told) -> None:
        if sensor.quality == "exact":
            await told.wait(1)
            assert told.kinds == [Silence]
            return
        assert "while a program keeps the screen awake" in sensor.note
        await asyncio.sleep(0.8)
        assert told.events == []
        sensor.listen(True)
        await told.wait(1)
        assert told.events == [Input()], "somebody is taken for there"

    with sway.inhibited():
        play(sway, 0.4, scene)


def test_a_silence_begins_when_the_screen_is_let_go(sway: Sway) -> None:
    inhibited = sway.inhibited()

    async def scene(sensor: WaylandIdle, told: Told) -> None:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(inhibited.__exit__, None, None, None)
        await told.wait(1)
        assert told.kinds == [Silence]
        assert sensor.quality in ("exact", "partial")

    inhibited.__enter__()
    play(sway, 0.4, scene)


def test_the_death_of_the_compositor_is_a_loss(own_sway: Sway) -> None:
    async def scene(sensor: WaylandIdle, told: Told) -> None:
        sensor.listen(True)
        await asyncio.sleep(0.05)
        own_sway.kill()
        await until(lambda: told.losses)
        assert told.losses == ["the compositor was lost: it closed the connection"]

    play(own_sway, 60, scene)


def test_a_compositor_that_hangs_is_waited_for(own_sway: Sway) -> None:
    async def scene(sensor: WaylandIdle, told: Told) -> None:
        own_sway.program.signal(signal.SIGSTOP)
        sensor.listen(True)
        sensor.set_idle_after(0.3)
        await asyncio.sleep(0.2)
        assert told.events == []
        own_sway.program.signal(signal.SIGCONT)
        await told.wait(1)
        assert told.losses == []

    play(own_sway, 60, scene)


def test_connecting_in_the_loop_finds_the_same(compositor: Sway | KWin) -> None:
    async def main() -> tuple[str, str]:
        sensor = await wayland.connect_in_loop(compositor.desktop.env, 60, boot_s)
        sensor.stop()
        return sensor.quality, sensor.note

    sensor = wayland.connect(compositor.desktop.env, 60, boot_s)
    sensor.stop()
    assert asyncio.run(main()) == (sensor.quality, sensor.note)
