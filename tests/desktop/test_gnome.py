"""Sensing on a real GNOME shell, with a real session manager, and on Mutter alone."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import threading
from collections.abc import Callable, Coroutine, Iterator

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import mutter
from postured.sense.activity.mutter import MutterIdle, connect_in_loop
from postured.sense.protocol import SensorError, boot_s
from tests.desktop.gnome import (
    INHIBIT_IDLE,
    INHIBIT_SUSPEND,
    MONITOR,
    SessionManager,
    Shell,
    start_gnome_shell,
    start_mutter,
)
from tests.desktop.session import Desktop, need

LATENCY_S = 0.2


class Gnome:
    """A desktop with a shell and a session manager."""

    def __init__(self, desktop: Desktop, shell: Shell, manager: SessionManager) -> None:
        self.desktop = desktop
        self.shell = shell
        self.manager = manager


@pytest.fixture(scope="module")
def gnome() -> Iterator[Gnome]:
    """One for all tests; who breaks the shell starts it again."""
    need("dbus-daemon", "setpriv", "gnome-shell")
    with (
        Desktop.start(dunst=False, x11=False) as desktop,
        contextlib.closing(start_gnome_shell(desktop)) as shell,
        contextlib.closing(SessionManager(desktop)) as manager,
    ):
        yield Gnome(desktop, shell, manager)


class Told:
    """What a sensor told, and when."""

    def __init__(self, sensor: MutterIdle) -> None:
        self.sensor = sensor
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
        """Wait until so many events have come."""
        await until(lambda: len(self.events) >= number, limit_s)


async def until(condition: Callable[[], object], limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.005)


Scene = Callable[[Told], Coroutine[object, object, None]]


async def follow(desktop: Desktop, shell: Shell, idle_after_s: float, scene: Scene) -> None:
    """Open the sensor while somebody is there, and play a scene with it."""
    await asyncio.to_thread(shell.key)
    told = Told(await connect_in_loop(desktop.env, idle_after_s, boot_s))
    told.sensor.start(told, told.losses.append)
    try:
        await scene(told)
    finally:
        told.sensor.stop()


def watch(gnome: Gnome, idle_after_s: float, scene: Scene) -> None:
    asyncio.run(follow(gnome.desktop, gnome.shell, idle_after_s, scene))


async def silence_is_told_in_time(told: Told, shell: Shell, idle_after_s: float) -> None:
    """Press a key, and wait for the silence after it."""
    number = len(told.events)
    await asyncio.to_thread(shell.key)
    left_at = boot_s()
    await told.wait(number + 1)
    silence = told.events[-1]
    assert isinstance(silence, Silence)
    assert silence.since_s == pytest.approx(left_at, abs=LATENCY_S)
    assert told.at[-1] == pytest.approx(left_at + idle_after_s, abs=LATENCY_S)


def test_a_silence_is_told_in_its_moment_and_ends_with_a_key_or_a_move(gnome: Gnome) -> None:
    async def scene(told: Told) -> None:
        for act in (gnome.shell.key, gnome.shell.move):
            await silence_is_told_in_time(told, gnome.shell, 0.5)
            await asyncio.sleep(LATENCY_S)
            number, before = len(told.events), boot_s()
            await asyncio.to_thread(act)
            await told.wait(number + 1)
            assert told.at[-1] < before + LATENCY_S
        assert told.kinds == [Silence, Input, Silence, Input]

    watch(gnome, 0.5, scene)


def test_a_silence_that_stands_already_is_told_at_the_start(gnome: Gnome) -> None:
    async def main() -> None:
        await asyncio.to_thread(gnome.shell.key)
        await asyncio.sleep(0.4)
        told = Told(await connect_in_loop(gnome.desktop.env, 0.3, boot_s))
        told.sensor.start(told, told.losses.append)
        await told.wait(1, LATENCY_S)
        told.sensor.stop()
        assert told.kinds == [Silence]

    asyncio.run(main())


def test_hands_on_is_told_at_once_or_at_the_next_key(gnome: Gnome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutter, "HANDS_ON_S", 0.4)

    async def scene(told: Told) -> None:
        await asyncio.to_thread(gnome.shell.key)
        told.sensor.listen(True)
        await told.wait(1, LATENCY_S)
        told.sensor.listen(False)
        await asyncio.sleep(0.5)
        assert await told.sensor.idle_s() == pytest.approx(0.5, abs=0.25)
        told.sensor.listen(True)
        await asyncio.sleep(LATENCY_S)
        assert told.events == [Input()]
        before = boot_s()
        await asyncio.to_thread(gnome.shell.key)
        await told.wait(2)
        assert told.events == [Input(), Input()]
        assert told.at[1] < before + LATENCY_S

    watch(gnome, 60, scene)


def test_a_program_that_keeps_the_screen_awake_hides_no_silence(gnome: Gnome) -> None:
    async def scene(told: Told) -> None:
        cookie = await asyncio.to_thread(gnome.manager.inhibit, INHIBIT_IDLE)
        try:
            await silence_is_told_in_time(told, gnome.shell, 0.5)
            await asyncio.to_thread(gnome.shell.key)
            await told.wait(2)
            await told.wait(3)
        finally:
            await asyncio.to_thread(gnome.manager.uninhibit, cookie)
        await asyncio.sleep(LATENCY_S)
        told.sensor.listen(True)
        await asyncio.sleep(LATENCY_S)
        assert told.kinds == [Silence, Input, Silence], "its end is no input"
        await asyncio.to_thread(gnome.shell.key)
        await told.wait(4)
        await silence_is_told_in_time(told, gnome.shell, 0.5)

    watch(gnome, 0.5, scene)


def test_other_inhibitors_shift_no_silence(gnome: Gnome) -> None:
    """The shell begins to count anew at their end, input or not."""

    async def scene(told: Told) -> None:
        cookie = await asyncio.to_thread(gnome.manager.inhibit, INHIBIT_SUSPEND)
        await asyncio.to_thread(gnome.shell.key)
        left_at = boot_s()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(gnome.manager.uninhibit, cookie)
        assert await asyncio.to_thread(gnome.shell.idle_s) < 0.4
        await told.wait(1)
        assert told.at[0] == pytest.approx(left_at + 1, abs=LATENCY_S)
        assert told.events == [Silence(pytest.approx(left_at, abs=LATENCY_S))]  # type: ignore[arg-type]

    watch(gnome, 1.0, scene)


class CountingSelector(selectors.DefaultSelector):
    """Counts how often the loop was woken by anything but its own timers."""

    wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        self.wakes += bool(ready)
        return ready


def test_nobody_is_woken_while_the_person_types_or_is_away(gnome: Gnome) -> None:
    """Nor by the watches of other programs."""
    selector = CountingSelector()
    typing = threading.Event()

    def type_on() -> None:
        while typing.is_set():
            gnome.shell.key()
            gnome.desktop.call(MONITOR, "AddIdleWatch", "t", 10)
            gnome.desktop.call(MONITOR, "AddUserActiveWatch")

    async def scene(told: Told) -> None:
        typing.set()
        hands = threading.Thread(target=type_on)
        hands.start()
        await asyncio.sleep(0.3)
        before = selector.wakes
        await asyncio.sleep(1.2)
        assert selector.wakes == before
        typing.clear()
        hands.join()
        assert told.events == []
        await told.wait(1)
        await asyncio.sleep(LATENCY_S)
        before = selector.wakes
        await asyncio.sleep(1.2)
        assert selector.wakes == before
        assert told.kinds == [Silence]

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(follow(gnome.desktop, gnome.shell, 0.8, scene))


def test_a_crash_of_the_shell_is_a_loss_and_the_next_one_is_found(gnome: Gnome) -> None:
    async def scene(told: Told) -> None:
        await asyncio.to_thread(gnome.shell.kill)
        await until(lambda: told.losses)
        assert told.losses == ["GNOME's idle monitor was lost: the shell has gone"]
        with pytest.raises(SensorError, match="neither GNOME's nor Cinnamon's"):
            await connect_in_loop(gnome.desktop.env, 0.5, boot_s)

    async def again(told: Told) -> None:
        await silence_is_told_in_time(told, gnome.shell, 0.5)

    try:
        watch(gnome, 0.5, scene)
    finally:
        gnome.shell.restart()
    watch(gnome, 0.5, again)


def test_a_shell_that_hangs_is_unknown_at_first_and_then_lost(
    gnome: Gnome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutter, "CALL_WITHIN_S", 1.0)

    async def scene(told: Told) -> None:
        while await told.sensor.idle_s() is None:  # noqa: ASYNC110 - until it is connected
            await asyncio.sleep(0.005)
        gnome.shell.freeze(True)
        before = boot_s()
        assert await told.sensor.idle_s() is None
        assert boot_s() - before < mutter.ANSWER_WITHIN_S + LATENCY_S
        await until(lambda: told.losses)
        assert "does not answer within" in told.losses[0]
        assert told.events == []

    async def main() -> None:
        await follow(gnome.desktop, gnome.shell, 60, scene)

    try:
        asyncio.run(main())
    finally:
        gnome.shell.freeze(False)


def test_mutter_alone_without_session_manager_will_do() -> None:
    need("dbus-daemon", "setpriv", "mutter")

    async def scene(told: Told) -> None:
        await silence_is_told_in_time(told, shell, 0.5)
        await asyncio.to_thread(shell.move)
        await told.wait(2)
        assert told.kinds == [Silence, Input]

    with Desktop.start(dunst=False, x11=False) as desktop, contextlib.closing(start_mutter(desktop)) as shell:
        asyncio.run(follow(desktop, shell, 0.5, scene))
