"""Sensing on a real X server and real buses."""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

import pytest
from jeepney import DBusAddress

from postured.core.model import Away as AwayEvent
from postured.core.model import Event, Input, Silence, Tick
from postured.sense import away, probe
from postured.sense.activity import chain, x11
from postured.sense.activity.chain import Chain, open_idle
from postured.sense.activity.tty import Terminals, open_terminals
from postured.sense.away import Away
from postured.sense.protocol import boot_s
from tests.desktop.session import LOGIND_PYTHON, Desktop, Program, need, wait_for

LATENCY_S = 0.05


class Told:
    """Events, and when each came."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at: list[float] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.at.append(boot_s())

    async def wait(self, number: int, limit_s: float = 5.0) -> None:
        """Wait until so many have come."""
        await until(lambda: len(self.events) >= number, limit_s)


async def until(condition: Callable[[], object], limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.005)


# ── the X server ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def desk() -> Iterator[Desktop]:
    """One X server and bus for all tests that break neither."""
    need("Xvfb", "dbus-daemon", "setpriv", "xdotool")
    with Desktop.start(dunst=False) as desktop:
        yield desktop


def at_desk(
    desk: Desktop, idle_after_s: float, scene: Callable[[Chain, Told], Coroutine[object, object, None]]
) -> None:
    """Open the sensor as the daemon does, and play a scene with it."""
    sensor = open_idle(desk.env, idle_after_s)
    assert sensor.name == "x11", sensor.note

    async def main() -> None:
        told = Told()
        sensor.start(told)
        try:
            await scene(sensor, told)
        finally:
            sensor.stop()

    asyncio.run(main())


def test_silence_counts_from_the_last_key(desk: Desktop) -> None:
    async def scene(_sensor: Chain, told: Told) -> None:
        await asyncio.to_thread(desk.key)
        before = boot_s()
        await told.wait(1)
        silence = told.events[0]
        assert isinstance(silence, Silence)
        assert silence.since_s == pytest.approx(before, abs=LATENCY_S)
        assert told.at[0] == pytest.approx(silence.since_s + 0.5, abs=LATENCY_S)

    desk.key()
    at_desk(desk, 0.5, scene)


@pytest.mark.parametrize("act", ["key", "move"])
def test_input_after_a_silence_is_told_within_50_ms(desk: Desktop, act: str) -> None:
    async def scene(_sensor: Chain, told: Told) -> None:
        await told.wait(1)
        await asyncio.to_thread(getattr(desk, act))
        done = boot_s()
        await told.wait(2)
        assert [type(event) for event in told.events] == [Silence, Input]
        assert told.at[1] < done + LATENCY_S

    at_desk(desk, 0.3, scene)


def test_a_silence_that_stands_already_is_told_at_the_start(desk: Desktop) -> None:
    async def scene(_sensor: Chain, told: Told) -> None:
        await told.wait(1, LATENCY_S)

    desk.key()
    earlier = boot_s()
    wait_for(lambda: boot_s() > earlier + 0.4)
    at_desk(desk, 0.3, scene)


def test_hands_on_is_told_at_once_or_at_the_next_key(desk: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x11, "_HANDS_ON_MS", 400)

    async def scene(sensor: Chain, told: Told) -> None:
        await asyncio.to_thread(desk.key)
        asked = boot_s()
        sensor.listen(True)
        await told.wait(1)
        assert told.at[0] < asked + LATENCY_S
        sensor.listen(False)
        await asyncio.sleep(0.6)
        sensor.listen(True)
        await asyncio.sleep(0.2)
        assert told.events == [Input()]
        await asyncio.to_thread(desk.key)
        done = boot_s()
        await told.wait(2)
        assert told.events == [Input(), Input()]
        assert told.at[1] < done + LATENCY_S

    at_desk(desk, 60, scene)


class CountingSelector(selectors.DefaultSelector):
    """Counts how often the loop was woken by anything but its own timers."""

    wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        self.wakes += bool(ready)
        return ready


def test_nobody_is_woken_while_the_person_types_or_is_away(desk: Desktop) -> None:
    selector = CountingSelector()
    sensor = open_idle(desk.env, 0.8)

    async def main() -> None:
        told = Told()
        sensor.start(told)
        with desk.typing(every_s=0.05):
            await asyncio.sleep(0.1)
            before = selector.wakes
            await asyncio.sleep(1.2)
            assert selector.wakes == before
            assert told.events == []
        await asyncio.sleep(1.0)
        assert len(told.events) == 1
        before = selector.wakes
        await asyncio.sleep(1.2)
        assert selector.wakes == before
        sensor.stop()

    desk.key()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(main())


def test_connecting_in_the_loop_finds_the_same(desk: Desktop) -> None:
    choice = asyncio.run(chain.choose_in_loop(desk.env, 60, boot_s))
    choice.source.stop()
    assert choice.source.name == "x11"


def test_the_death_of_the_x_server_makes_all_time_work(bare_session: Desktop) -> None:
    sensor = open_idle(bare_session.env, 60)

    async def main() -> None:
        told = Told()
        sensor.start(told)
        sensor.listen(True)
        await asyncio.sleep(0.05)
        bare_session.kill_display()
        await until(lambda: sensor.name == "always" and "lost" in sensor.note)
        await until(lambda: any(isinstance(event, Tick) for event in told.events))
        sensor.listen(False)
        sensor.listen(True)
        await until(lambda: any(isinstance(event, Input) for event in told.events))
        sensor.stop()

    asyncio.run(main())


def test_two_displays_are_kept_apart(desk: Desktop) -> None:
    """Everything comes from the environment given, nothing from that of the process."""
    with Desktop.start(dunst=False) as other:
        assert other.env["DISPLAY"] != desk.env["DISPLAY"]

        async def scene(_sensor: Chain, told: Told) -> None:
            await told.wait(1)
            await asyncio.to_thread(other.key)
            await asyncio.sleep(0.1)
            assert len(told.events) == 1

        at_desk(desk, 0.3, scene)


# ── a terminal ──


def test_a_key_at_a_real_terminal_moves_its_time_stamp() -> None:
    """To within the eight seconds that the kernel rounds by; what a program prints there does not."""
    ours, theirs = os.openpty()
    try:
        name = os.ttyname(theirs).removeprefix("/dev/")
        os.utime(theirs, (1000.0, 1000.0))
        os.write(theirs, b"output\n")
        assert Terminals("/dev", os.getuid()).stamps()[name] == 1000.0
        os.write(ours, b"\n")
        os.read(theirs, 10)
        assert time.time() - Terminals("/dev", os.getuid()).stamps()[name] < 10
        sensor = open_terminals(60, boot_s)
        assert sensor.name == "tty"
        assert asyncio.run(sensor.idle_s()) == pytest.approx(0, abs=10)
    finally:
        os.close(ours)
        os.close(theirs)


# ── the buses ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits be short."""
    monkeypatch.setattr(away, "FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(away, "LONGEST_WAIT_S", 0.2)
    monkeypatch.setattr(away, "CALL_WITHIN_S", 0.5)


@contextlib.asynccontextmanager
async def watching(desktop: Desktop) -> AsyncIterator[tuple[Away, Told]]:
    """Run the watcher; it has looked at both buses once."""
    watcher = Away(desktop.env)
    told = Told()
    task = asyncio.ensure_future(watcher.run(told))
    try:
        async with asyncio.timeout(10):
            await watcher.looked()
        yield watcher, told
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def start_saver(desktop: Desktop) -> Program:
    """Start a screen saver that can be switched on and off."""
    need(LOGIND_PYTHON)
    return desktop.spawn(
        LOGIND_PYTHON, "-m", "dbusmock", "--session", "--template", "gnome_screensaver", name="saver"
    )


def save_screen(desktop: Desktop, on: bool) -> None:
    saver = DBusAddress("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "org.gnome.ScreenSaver")
    desktop.call(saver, "SetActive", "b", on)


def test_lock_and_sleep_are_told_by_logind(headless_session: Desktop) -> None:
    headless_session.mock_logind()

    async def main() -> None:
        async with watching(headless_session) as (watcher, told):
            found = watcher.describe()
            assert found["session"] == "/org/freedesktop/login1/session/c1"
            assert found["locked_hint"] is False
            assert told.events == []
            for act in (headless_session.lock, headless_session.prepare_for_sleep):
                await asyncio.to_thread(act, True)
                await asyncio.to_thread(act, True)
                await asyncio.to_thread(act, False)
            await told.wait(4)
            assert told.events == [
                AwayEvent("lock", True),
                AwayEvent("lock", False),
                AwayEvent("suspend", True),
                AwayEvent("suspend", False),
            ]

    asyncio.run(main())


def test_a_screen_locked_before_the_start_is_told(headless_session: Desktop) -> None:
    headless_session.mock_logind()
    headless_session.lock(True)

    async def main() -> None:
        async with watching(headless_session) as (watcher, told):
            await told.wait(1)
            assert told.events == [AwayEvent("lock", True)]
            assert watcher.describe()["locked_hint"] is True

    asyncio.run(main())


def test_a_machine_that_stays_awake_takes_back_its_word(
    headless_session: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away, "SLEEP_AT_MOST_S", 0.1)
    headless_session.mock_logind()

    async def main() -> None:
        async with watching(headless_session) as (_, told):
            await asyncio.to_thread(headless_session.prepare_for_sleep, True)
            await told.wait(2)
            assert told.events == [AwayEvent("suspend", True), AwayEvent("suspend", False)]

    asyncio.run(main())


def test_another_session_in_front_is_away(headless_session: Desktop) -> None:
    headless_session.mock_logind()
    control = DBusAddress(
        "/org/freedesktop/login1/session/c1", "org.freedesktop.login1", "org.freedesktop.DBus.Mock"
    )

    def put_in_front(on: bool) -> None:
        changed = ("org.freedesktop.login1.Session", {"Active": ("b", on)})
        headless_session.call(control, "UpdateProperties", "sa{sv}", *changed, system=True)

    async def main() -> None:
        await asyncio.to_thread(put_in_front, False)
        async with watching(headless_session) as (_, told):
            await asyncio.to_thread(put_in_front, True)
            assert told.events == [], "a session that was never in front is no sign"
            await asyncio.to_thread(put_in_front, False)
            await asyncio.to_thread(put_in_front, True)
            await told.wait(2)
            assert told.events == [AwayEvent("session", True), AwayEvent("session", False)]

    asyncio.run(main())


def test_a_system_bus_that_comes_late_is_found(headless_session: Desktop, quick: None) -> None:
    async def main() -> None:
        async with watching(headless_session) as (watcher, told):
            assert watcher.describe()["session"] is None
            await asyncio.to_thread(headless_session.mock_logind)
            await until(lambda: watcher.describe()["session"])
            await asyncio.to_thread(headless_session.lock, True)
            await told.wait(1)
            assert told.events == [AwayEvent("lock", True)]

    asyncio.run(main())


def test_logind_that_hangs_or_vanishes_is_survived_and_what_it_said_forgotten(
    headless_session: Desktop, quick: None
) -> None:
    headless_session.mock_logind()
    logind = headless_session._programs[-1]

    async def main() -> None:
        async with watching(headless_session) as (watcher, told):
            await asyncio.to_thread(headless_session.lock, True)
            await told.wait(1)
            logind.kill()
            await told.wait(2)
            assert told.events == [AwayEvent("lock", True), AwayEvent("lock", False)]
            await until(lambda: "no logind" in str(watcher.describe()["logind"]))

    asyncio.run(main())


def test_a_frozen_logind_is_asked_again_later(headless_session: Desktop, quick: None) -> None:
    headless_session.mock_logind()
    logind = headless_session._programs[-1]
    logind.signal(signal.SIGSTOP)

    async def main() -> None:
        async with watching(headless_session) as (watcher, _):
            assert "does not answer" in str(watcher.describe()["logind"])
            logind.signal(signal.SIGCONT)
            await until(lambda: watcher.describe()["session"])

    asyncio.run(main())


def test_a_screen_saver_is_heard_and_forgotten_when_it_dies(headless_session: Desktop, quick: None) -> None:
    saver = start_saver(headless_session)

    async def main() -> None:
        async with watching(headless_session) as (_, told):
            await until_owned(headless_session)
            await asyncio.to_thread(save_screen, headless_session, True)
            await told.wait(1)
            await asyncio.to_thread(save_screen, headless_session, False)
            await told.wait(2)
            await asyncio.to_thread(save_screen, headless_session, True)
            await told.wait(3)
            saver.kill()
            await told.wait(4)
            assert told.events == 2 * [AwayEvent("lock", True), AwayEvent("lock", False)]

    asyncio.run(main())


def test_a_screen_saver_that_is_on_at_the_start_is_told(headless_session: Desktop) -> None:
    start_saver(headless_session)

    async def main() -> None:
        await until_owned(headless_session)
        await asyncio.to_thread(save_screen, headless_session, True)
        async with watching(headless_session) as (watcher, told):
            await told.wait(1)
            assert told.events == [AwayEvent("lock", True)]
            assert "org.gnome.ScreenSaver" in str(watcher.describe()["screen_savers"])

    asyncio.run(main())


async def until_owned(desktop: Desktop) -> None:
    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")

    await until(lambda: desktop.call(bus, "NameHasOwner", "s", "org.gnome.ScreenSaver")[0], 10)


def test_the_session_bus_may_go_and_come_back(headless_session: Desktop, quick: None) -> None:
    start_saver(headless_session)

    async def main() -> None:
        await until_owned(headless_session)
        async with watching(headless_session) as (watcher, told):
            await asyncio.to_thread(save_screen, headless_session, True)
            await told.wait(1)
            await asyncio.to_thread(headless_session.kill_bus)
            await told.wait(2)
            assert told.events == [AwayEvent("lock", True), AwayEvent("lock", False)]
            await asyncio.to_thread(headless_session.start_bus)
            await until(lambda: "listening" in str(watcher.describe()["screen_savers"]))

    asyncio.run(main())


def test_unrelated_signals_wake_nobody(headless_session: Desktop) -> None:
    headless_session.mock_logind()
    selector = CountingSelector()
    control = DBusAddress("/org/freedesktop/login1", "org.freedesktop.login1", "org.freedesktop.DBus.Mock")

    def chatter() -> None:
        for member in ("SessionNew", "SessionRemoved", "UserNew", "PrepareForShutdown"):
            arguments = ("org.freedesktop.login1.Manager", member, "s", [("s", "c77")])
            headless_session.call(control, "EmitSignal", "sssav", *arguments, system=True)

    async def main() -> None:
        async with watching(headless_session) as (_, told):
            await asyncio.sleep(0.1)
            before = selector.wakes
            await asyncio.to_thread(chatter)
            await asyncio.sleep(0.1)
            assert selector.wakes - before == 1, "the end of the thread"
            assert told.events == []

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(main())


def test_the_doctor_sees_what_is_there(session: Desktop) -> None:
    session.mock_logind()
    idle = asyncio.run(probe.describe(session.env))
    assert [(row.name, row.ok) for row in idle] == [("idle", True)]
    logind, _saver = asyncio.run(probe.describe_away(session.env))
    assert logind.ok
    assert "session/c1" in logind.found
