"""What every idle sensor promises, however it knows. The fake that other tests use promises the same."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import wayland
from postured.sense.activity.asked import Asked
from postured.sense.activity.chain import open_idle
from postured.sense.activity.mutter import MONITORS, MutterIdle
from postured.sense.activity.tty import Terminals, open_terminals
from postured.sense.protocol import IdleSensor, boot_s
from tests.fakes_sense import FakeIdle
from tests.notify.private_bus import private_bus
from tests.sense.fake_mutter import FakeMutter
from tests.sense.fake_wayland import KDE, SEAT, V1, V2, fake_wayland
from tests.sense.fake_x import fake_x
from tests.sense.loops import VirtualTime, run_virtually


class Rig(Protocol):
    """A person at a machine, and a way to open a sensor there."""

    idle_after_s: float
    slack_s: float

    def open(self) -> IdleSensor: ...
    def clock(self) -> float: ...
    def type(self) -> None: ...
    def leave(self, seconds: float) -> None: ...
    def run(self, main: Coroutine[object, object, None]) -> None: ...
    async def pass_time(self) -> None:
        """Long enough that whatever is to be told has been told, short against `idle_after_s`."""


class FakeRig:
    idle_after_s = 60.0
    slack_s = 0.0

    def __init__(self) -> None:
        self._now = 5000.0
        self._sensor = FakeIdle(self.idle_after_s, clock=self.clock)

    def open(self) -> IdleSensor:
        return self._sensor

    def clock(self) -> float:
        return self._now

    def type(self) -> None:
        self._sensor.type()

    def leave(self, seconds: float) -> None:
        self._sensor.leave(seconds)

    def run(self, main: Coroutine[object, object, None]) -> None:
        asyncio.run(main)

    async def pass_time(self) -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class X11Rig:
    idle_after_s = 20.0
    slack_s = 0.1

    def __init__(self, fragment: int) -> None:
        self._stack = contextlib.ExitStack()
        self._x = self._stack.enter_context(fake_x(fragment=fragment, noise=fragment > 0))
        self.type, self.leave = self._x.type, self._x.leave

    def close(self) -> None:
        self._stack.close()

    def open(self) -> IdleSensor:
        return open_idle({"DISPLAY": self._x.display}, self.idle_after_s)

    def clock(self) -> float:
        return boot_s()

    def run(self, main: Coroutine[object, object, None]) -> None:
        asyncio.run(main)

    async def pass_time(self) -> None:
        for _ in range(10):  # many turns, for the other side may be slow to get one
            await asyncio.sleep(0.02)


class _OnItsOwn:
    """A source without the chain around it."""

    def __init__(self, source: object) -> None:
        self._source = source

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def start(self, emit: Callable[[Event], None]) -> None:
        def lost(why: str) -> None:
            raise AssertionError(why)

        self._source.start(emit, lost)  # type: ignore[attr-defined]


class TtyRig:
    idle_after_s = 100.0
    slack_s = 0.0

    def __init__(self, folder: Path) -> None:
        self._time = VirtualTime()
        (folder / "pts").mkdir()
        self._terminal = folder / "pts/3"
        self._terminal.touch()
        (folder / "pts/ptmx").touch()
        self._folder = folder
        self._wall_offset = time.time()
        self.leave(0)

    def open(self) -> IdleSensor:
        return _OnItsOwn(  # type: ignore[return-value]
            open_terminals(
                self.idle_after_s,
                self.clock,
                terminals=Terminals(str(self._folder), os.getuid()),
                wall=self._wall,
            )
        )

    def clock(self) -> float:
        return self._time.now

    def _wall(self) -> float:
        return self._wall_offset + self._time.now

    def type(self) -> None:
        self.leave(0)

    def leave(self, seconds: float) -> None:
        """Press a key, and let time pass: a terminal cannot have been read from in the past."""
        os.utime(self._terminal, (self._wall(), self._wall()))
        self._time.now += seconds

    def run(self, main: Coroutine[object, object, None]) -> None:
        run_virtually(main, self._time)

    async def pass_time(self) -> None:
        await asyncio.sleep(16)


class AskedRig:
    idle_after_s = 100.0
    slack_s = 0.0

    def __init__(self) -> None:
        self._time = VirtualTime()
        self._last_input = self._time.now

    def open(self) -> IdleSensor:
        ask, clock = lambda: self._time.now - self._last_input, self.clock
        return _OnItsOwn(Asked("asked", "", ask, self.idle_after_s, clock, awake=clock))  # type: ignore[return-value]

    def clock(self) -> float:
        return self._time.now

    def type(self) -> None:
        self.leave(0)

    def leave(self, seconds: float) -> None:
        self._last_input = self._time.now
        self._time.now += seconds

    def run(self, main: Coroutine[object, object, None]) -> None:
        run_virtually(main, self._time)

    async def pass_time(self) -> None:
        await asyncio.sleep(16)


class WaylandRig:
    idle_after_s = 20.0
    slack_s = 7.1
    """A jump of time is heard of at its end: as if the silence had begun so much later."""

    def __init__(self, protocol: tuple[str, int], fragment: int = 0) -> None:
        self._stack = contextlib.ExitStack()
        offers = (SEAT, protocol)
        self._server = self._stack.enter_context(
            fake_wayland(offers=offers, fragment=fragment, noise=fragment > 0)
        )
        self.type, self.leave, self.clock = self._server.type, self._server.leave, self._server.clock

    def close(self) -> None:
        self._stack.close()

    def open(self) -> IdleSensor:
        sensor = _OnItsOwn(wayland.connect(self._server.env, self.idle_after_s, self._server.clock))
        start = sensor.start

        def start_and_be_heard(emit: Callable[[Event], None]) -> None:
            start(emit)
            self._server.settle()  # else a jump of time might come first

        sensor.start = start_and_be_heard  # type: ignore[method-assign]
        return sensor  # type: ignore[return-value]

    def run(self, main: Coroutine[object, object, None]) -> None:
        asyncio.run(main)

    async def pass_time(self) -> None:
        for _ in range(5):
            self._server.settle()
            await asyncio.sleep(0.005)


class MutterRig:
    idle_after_s = 20.0
    slack_s = 0.1

    def __init__(self, folder: Path) -> None:
        self._stack = contextlib.ExitStack()
        self._bus = self._stack.enter_context(contextlib.contextmanager(private_bus)(folder))
        self._shell = self._stack.enter_context(contextlib.closing(FakeMutter(self._bus.address)))
        self.type, self.leave = self._shell.type, self._shell.leave

    def close(self) -> None:
        self._stack.close()

    def open(self) -> IdleSensor:
        return _OnItsOwn(MutterIdle(self._bus.env, MONITORS[0], self.idle_after_s, boot_s))  # type: ignore[return-value]

    def clock(self) -> float:
        return boot_s()

    def run(self, main: Coroutine[object, object, None]) -> None:
        asyncio.run(main)

    async def pass_time(self) -> None:
        for _ in range(10):  # many turns, for the other side may be slow to get one
            await asyncio.sleep(0.02)


WAYLAND = {
    "wayland v2": (V2, 0),
    "wayland v1": (V1, 0),
    "kde idle": (KDE, 0),
    "wayland v2 in fragments of 3 bytes": (V2, 3),
}


def looks_back(rig: Rig) -> bool:
    """Whether the sensor can find out about the time before it was asked."""
    return not isinstance(rig, WaylandRig)


@pytest.fixture(params=["fake", "x11", "x11 in fragments of 3 bytes", "tty", "asked", "mutter", *WAYLAND])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    match request.param:
        case "fake":
            yield FakeRig()
        case "tty":
            yield TtyRig(tmp_path)
        case "asked":
            yield AskedRig()
        case "mutter":
            mutter_rig = MutterRig(tmp_path)
            yield mutter_rig
            mutter_rig.close()
        case name if name in WAYLAND:
            wayland_rig = WaylandRig(*WAYLAND[name])
            yield wayland_rig
            wayland_rig.close()
        case _:
            x11 = X11Rig(3 if "3" in request.param else 0)
            yield x11
            x11.close()


def play(rig: Rig, scene: Callable[[IdleSensor, list[Event]], Coroutine[object, object, None]]) -> None:
    """Open a sensor, start it with an empty list of events, and end it."""

    async def main() -> None:
        sensor = rig.open()
        events: list[Event] = []
        sensor.start(events.append)
        try:
            await scene(sensor, events)
        finally:
            sensor.stop()

    rig.run(main())


def test_work_is_not_told(rig: Rig) -> None:
    async def scene(_sensor: IdleSensor, events: list[Event]) -> None:
        for _ in range(3):
            rig.type()
            await rig.pass_time()
        assert events == []

    play(rig, scene)


def test_a_silence_is_told_once_with_its_first_second(rig: Rig) -> None:
    async def scene(_sensor: IdleSensor, events: list[Event]) -> None:
        await rig.pass_time()
        rig.leave(rig.idle_after_s + 1)
        since = rig.clock() - rig.idle_after_s - 1
        await rig.pass_time()
        await rig.pass_time()
        match events:
            case [Silence(told)]:
                assert told == pytest.approx(since, abs=rig.slack_s + 1e-5)
            case _:
                pytest.fail(f"wanted one silence, got {events}")

    play(rig, scene)


def test_a_silence_that_stands_at_the_start_is_told(rig: Rig) -> None:
    """Where it cannot be known, as much of it as has been seen."""
    rig.leave(rig.idle_after_s + 5)

    async def scene(_sensor: IdleSensor, events: list[Event]) -> None:
        await rig.pass_time()
        if not looks_back(rig):
            assert events == []
            rig.leave(rig.idle_after_s + 1)
            await rig.pass_time()
        assert [type(event) for event in events] == [Silence]

    play(rig, scene)


def test_input_after_a_silence_is_told_once(rig: Rig) -> None:
    async def scene(_sensor: IdleSensor, events: list[Event]) -> None:
        rig.leave(rig.idle_after_s + 1)
        await rig.pass_time()
        for _ in range(3):
            rig.type()
            await rig.pass_time()
        assert [type(event) for event in events] == [Silence, Input]

    play(rig, scene)


def test_listening_while_somebody_types_is_answered_at_once_and_once(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        await rig.pass_time()
        rig.type()
        sensor.listen(True)
        assert events == [], "nothing is emitted from within a call"
        for _ in range(3):
            await rig.pass_time()
            rig.type()
        await rig.pass_time()
        assert events == [Input()]

    play(rig, scene)


def test_listening_to_a_pause_waits_for_the_next_input(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        rig.leave(12)
        sensor.listen(True)
        await rig.pass_time()
        assert events == []
        rig.type()
        await rig.pass_time()
        assert events == [Input()]

    play(rig, scene)


def test_listening_during_a_silence_is_answered_by_its_end_and_only_once(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        rig.leave(rig.idle_after_s + 1)
        await rig.pass_time()
        sensor.listen(True)
        await rig.pass_time()
        rig.type()
        await rig.pass_time()
        assert [type(event) for event in events] == [Silence, Input]

    play(rig, scene)


def test_listening_can_be_taken_back_and_asked_for_again(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        rig.leave(12)
        sensor.listen(True)
        sensor.listen(True)
        await rig.pass_time()
        sensor.listen(False)
        sensor.listen(False)
        rig.type()
        await rig.pass_time()
        assert events == []
        for _ in range(2):
            rig.type()
            sensor.listen(True)
            await rig.pass_time()
            rig.type()
            await rig.pass_time()
            sensor.listen(False)
        assert events == [Input(), Input()]

    play(rig, scene)


def test_listening_before_the_start_is_answered_after_it(rig: Rig) -> None:
    async def main() -> None:
        sensor = rig.open()
        events: list[Event] = []
        sensor.listen(True)
        sensor.start(events.append)
        await rig.pass_time()
        rig.type()
        await rig.pass_time()
        sensor.stop()
        assert events == [Input()]

    rig.type()
    rig.run(main())


def test_a_shorter_idle_after_is_taken_up_at_once(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        sensor.set_idle_after(1000)
        await rig.pass_time()  # until the server has heard of it
        rig.leave(200)
        await rig.pass_time()
        assert events == []
        sensor.set_idle_after(90)
        await rig.pass_time()
        if not looks_back(rig):
            rig.leave(91)
            await rig.pass_time()
        assert [type(event) for event in events] == [Silence]

    play(rig, scene)


def test_a_longer_idle_after_during_a_silence_still_tells_of_its_end(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        rig.leave(rig.idle_after_s + 1)
        await rig.pass_time()
        sensor.set_idle_after(5 * rig.idle_after_s)
        await rig.pass_time()
        rig.type()
        await rig.pass_time()
        rig.leave(2 * rig.idle_after_s)
        await rig.pass_time()
        assert [type(event) for event in events] == [Silence, Input]
        rig.leave(6 * rig.idle_after_s)
        await rig.pass_time()
        assert [type(event) for event in events] == [Silence, Input, Silence]

    play(rig, scene)


def test_nothing_is_told_after_the_end_which_may_come_twice(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, events: list[Event]) -> None:
        rig.leave(rig.idle_after_s + 1)
        sensor.listen(True)
        sensor.stop()
        sensor.stop()
        await rig.pass_time()
        rig.type()
        await rig.pass_time()
        assert events == []

    play(rig, scene)


def test_while_somebody_works_the_last_input_can_be_asked_for(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, _events: list[Event]) -> None:
        rig.type()
        await rig.pass_time()
        idle_s = await sensor.idle_s()
        if not looks_back(rig):
            assert idle_s is None
            return
        assert idle_s is not None
        assert 0 <= idle_s <= rig.slack_s + 30

    play(rig, scene)


def test_during_a_silence_its_length_can_be_asked_for(rig: Rig) -> None:
    async def scene(sensor: IdleSensor, _events: list[Event]) -> None:
        rig.leave(rig.idle_after_s + 7)
        await rig.pass_time()
        idle_s = await sensor.idle_s()
        assert idle_s is not None
        assert rig.idle_after_s + 7 <= idle_s + rig.slack_s <= rig.idle_after_s + 40

    play(rig, scene)
