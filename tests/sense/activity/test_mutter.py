"""GNOME's and Cinnamon's idle monitor: when it is asked, what is believed, and how it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import mutter
from postured.sense.activity.mutter import MutterIdle, connect_in_loop
from postured.sense.protocol import Clock, SensorError, boot_s
from tests.notify.private_bus import PrivateBus, private_bus, until
from tests.sense.fake_mutter import MANAGER, MUFFIN, MUTTER, FakeMutter

SUSPEND, IDLE = 4, 8
A_MOMENT_S = 0.05


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    yield from private_bus(tmp_path)


@pytest.fixture
def shell(bus: PrivateBus) -> Iterator[FakeMutter]:
    with contextlib.closing(FakeMutter(bus.address)) as fake:
        yield fake


class Watched:
    """A sensor at work, and what it told."""

    def __init__(self, sensor: MutterIdle) -> None:
        self.sensor = sensor
        self.events: list[Event] = []
        self.losses: list[str] = []

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]


Scene = Callable[[Watched], Coroutine[object, object, None]]


def watch(
    shell: FakeMutter, bus: PrivateBus, scene: Scene, *, idle_after_s: float = 20, clock: Clock = boot_s
) -> None:
    """Open a sensor, wait until its watch stands, play a scene, and end it."""

    async def main() -> None:
        watched = Watched(await connect_in_loop(bus.env, idle_after_s, clock))
        watched.sensor.start(watched.events.append, watched.losses.append)
        await until(lambda: shell.calls[-2:] == ["AddIdleWatch", "GetIdletime"])
        await watched.sensor.idle_s()  # its answer comes after the one to the first look
        try:
            await scene(watched)
        finally:
            watched.sensor.stop()

    asyncio.run(main())


def refusal(env: dict[str, str]) -> SensorError:
    with pytest.raises(SensorError) as caught:
        asyncio.run(connect_in_loop(env, 60, boot_s))
    assert not caught.value.lasting
    return caught.value


# ── where it can be used ──────────────────────────────────────────────────────────────────────────


def test_no_bus_is_a_sentence_and_worth_another_try(tmp_path: Path) -> None:
    assert "nor XDG_RUNTIME_DIR is set" in str(refusal({}))
    assert str(tmp_path) in str(refusal({"XDG_RUNTIME_DIR": str(tmp_path)}))


def test_a_desktop_without_idle_monitor_is_a_sentence(bus: PrivateBus) -> None:
    assert "neither GNOME's nor Cinnamon's" in str(refusal(bus.env))


@pytest.mark.parametrize(("monitor", "desktop"), [(MUTTER, "GNOME"), (MUFFIN, "Cinnamon")])
def test_both_shells_are_followed(bus: PrivateBus, monitor: object, desktop: str) -> None:
    async def scene(watched: Watched) -> None:
        assert (watched.sensor.name, watched.sensor.quality) == ("mutter", "exact")
        assert watched.sensor.note.startswith(f"{desktop}'s")
        fake.leave(30)
        await until(lambda: watched.kinds == [Silence])
        await until(lambda: fake.active)
        fake.type()
        await until(lambda: watched.kinds == [Silence, Input])

    with contextlib.closing(FakeMutter(bus.address, monitor)) as fake:
        watch(fake, bus, scene)


@pytest.mark.parametrize(
    ("answers", "mute", "words"),
    [
        ({"GetIdletime": ("s", ("long",))}, set(), "something else than a time"),
        ({}, {"GetIdletime"}, "does not answer within"),
    ],
)
def test_a_monitor_that_makes_no_sense_is_a_sentence(
    bus: PrivateBus,
    shell: FakeMutter,
    answers: dict[str, tuple[str, tuple[object, ...]]],
    mute: set[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mutter, "CALL_WITHIN_S", 0.2)
    shell.answers, shell.mute = answers, mute
    assert words in str(refusal(bus.env))


def test_a_frozen_bus_costs_a_limited_time(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutter, "CALL_WITHIN_S", 0.2)
    began = time.monotonic()
    bus.freeze(True)
    assert "does not answer within" in str(refusal(bus.env))
    bus.freeze(False)
    assert time.monotonic() - began < 1


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_asked_while_the_person_types_or_stays_away(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        asked = len(shell.calls)
        for _ in range(20):
            shell.type()
        await asyncio.sleep(2 * A_MOMENT_S)
        assert len(shell.calls) == asked
        shell.leave(30)
        await until(lambda: shell.calls[asked:] == ["GetIdletime", "AddUserActiveWatch", "GetIdletime"])
        shell.leave(3000)
        await asyncio.sleep(2 * A_MOMENT_S)
        assert len(shell.calls) == asked + 3
        shell.type()
        await until(lambda: watched.kinds == [Silence, Input])
        await asyncio.sleep(A_MOMENT_S)
        assert len(shell.calls) == asked + 3

    watch(shell, bus, scene, idle_after_s=0.15)


def test_watches_that_are_no_longer_needed_are_taken_away(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        for seconds in (30, 40, 50):
            watched.sensor.set_idle_after(seconds)
            await until(lambda: list(shell.idle.values()) == [seconds * 1000])  # noqa: B023 - awaited in its turn
        shell.leave(12)
        for _ in range(3):
            watched.sensor.listen(True)
            await until(lambda: len(shell.active) == 1)
            watched.sensor.listen(False)
            await until(lambda: not shell.active)

    watch(shell, bus, scene)


def test_a_question_taken_back_before_its_watch_stood_leaves_none(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        loop = asyncio.get_running_loop()

        def take_back(method: str) -> None:
            if method == "AddUserActiveWatch":
                loop.call_soon_threadsafe(watched.sensor.listen, False)
                time.sleep(0.02)

        shell.on_call = take_back
        shell.leave(12)
        watched.sensor.listen(True)
        await until(lambda: "RemoveWatch" in shell.calls)
        assert not shell.active

    watch(shell, bus, scene)


def test_other_programs_watches_and_lies_are_passed_over(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        asked = len(shell.calls)
        shell.leave(12)
        watched.sensor.listen(True)
        await until(lambda: shell.active)
        for number in (*shell.active, *shell.idle, 4711):
            shell.forge(number)
        shell._fire(4712)
        await asyncio.sleep(2 * A_MOMENT_S)
        assert watched.events == []
        assert shell.calls[asked:] == ["GetIdletime", "AddUserActiveWatch", "GetIdletime"]

    watch(shell, bus, scene)


# ── inhibitors ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["before the start", "later"])
def test_a_silence_is_found_in_its_moment_though_watches_lie_still(
    bus: PrivateBus, shell: FakeMutter, when: str
) -> None:
    async def scene(watched: Watched) -> None:
        shell.inhibit(IDLE | SUSPEND)
        shell.type()
        left_at = boot_s()
        await until(lambda: watched.events)
        assert boot_s() - left_at == pytest.approx(0.3, abs=0.1)
        assert watched.events == [Silence(pytest.approx(left_at, abs=A_MOMENT_S))]  # type: ignore[arg-type]
        await until(lambda: shell.active)
        shell.type()
        left_at = boot_s()
        await until(lambda: len(watched.events) == 3)
        assert boot_s() - left_at == pytest.approx(0.3, abs=0.1)

    if when == "before the start":
        shell.inhibited = IDLE
    watch(shell, bus, scene, idle_after_s=0.3)


def test_an_inhibitor_costs_one_look_per_idle_after(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        asked = len(shell.calls)
        shell.inhibit(IDLE)
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            shell.type()
            await asyncio.sleep(0.01)
        assert len(shell.calls) - asked <= 5
        shell.inhibit(0)
        await asyncio.sleep(0.25)  # the look that was due already
        asked = len(shell.calls)
        shell.type()
        await asyncio.sleep(0.3)
        assert len(shell.calls) == asked
        assert watched.events == []

    watch(shell, bus, scene, idle_after_s=0.2)


def test_the_end_of_an_inhibitor_is_no_input(bus: PrivateBus, shell: FakeMutter) -> None:
    """The monitor counts anew from there: neither does a silence end, nor is somebody taken to be there."""

    async def scene(watched: Watched) -> None:
        shell.leave(30)
        await until(lambda: shell.active)
        for actions in (IDLE, 0, SUSPEND, 0):
            shell.inhibit(actions)
            await asyncio.sleep(A_MOMENT_S)
        watched.sensor.set_idle_after(10)
        watched.sensor.listen(True)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.kinds == [Silence]
        shell.type()
        await until(lambda: watched.kinds == [Silence, Input])

    watch(shell, bus, scene)


def test_after_the_end_of_an_inhibitor_hands_are_waited_for(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.inhibit(IDLE)
        shell.inhibit(0)
        watched.sensor.listen(True)
        await until(lambda: shell.active)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == []
        assert await watched.sensor.idle_s() is None
        shell.type()
        await until(lambda: watched.events == [Input()])
        assert await watched.sensor.idle_s() == pytest.approx(0, abs=0.2)

    watch(shell, bus, scene)


def test_a_watch_is_believed_though_an_inhibitor_has_set_the_count_back(
    bus: PrivateBus, shell: FakeMutter
) -> None:
    async def scene(watched: Watched) -> None:
        shell.inhibit(SUSPEND)
        shell.fire_idle()
        await until(lambda: watched.events)
        assert watched.events == [Silence(pytest.approx(boot_s() - 20, abs=0.2))]  # type: ignore[arg-type]

    watch(shell, bus, scene)


def test_a_watch_that_fired_before_the_last_key_is_not_believed(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.fire_idle()
        shell.type()
        await until(lambda: shell.calls[-1] == "GetIdletime")
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == []

    watch(shell, bus, scene)


def test_without_a_session_manager_nothing_inhibits(bus: PrivateBus) -> None:
    async def scene(watched: Watched) -> None:
        assert "Get" not in fake.calls
        fake.leave(30)
        await until(lambda: watched.kinds == [Silence])

    with contextlib.closing(FakeMutter(bus.address, manager=False)) as fake:
        watch(fake, bus, scene)


def test_a_session_manager_that_comes_late_is_asked(bus: PrivateBus) -> None:
    async def scene(watched: Watched) -> None:
        fake.inhibited = IDLE
        fake.own(MANAGER)
        await until(lambda: "Get" in fake.calls)
        fake.disown(MANAGER)
        fake.type()
        left_at = time.monotonic()
        await until(lambda: watched.kinds == [Silence])
        assert time.monotonic() - left_at == pytest.approx(0.3, abs=0.1)

    with contextlib.closing(FakeMutter(bus.address, manager=False)) as fake:
        watch(fake, bus, scene, idle_after_s=0.3)


@pytest.mark.parametrize("signature", ["s", "b"])
def test_a_session_manager_that_talks_nonsense_inhibits_nothing(
    bus: PrivateBus, shell: FakeMutter, signature: str
) -> None:
    async def scene(watched: Watched) -> None:
        shell.leave(30)
        await until(lambda: watched.kinds == [Silence])

    shell.answers["Get"] = ("v", ((signature, "" if signature == "s" else False),))
    watch(shell, bus, scene)


# ── races ─────────────────────────────────────────────────────────────────────────────────────────


def test_input_before_the_watch_for_it_stands_is_not_missed(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.on_call = lambda method: shell.type() if method == "AddUserActiveWatch" else None
        shell.leave(30)
        await until(lambda: watched.kinds == [Silence, Input])

    watch(shell, bus, scene)


def test_a_watch_that_fires_before_its_number_is_known_counts(
    bus: PrivateBus, shell: FakeMutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the count the silence goes on; so it is told anew, and the next watch waits a little."""
    monkeypatch.setattr(mutter, "_AGAIN_S", 0.2)

    async def scene(watched: Watched) -> None:
        def fire_early(method: str) -> None:
            if method == "AddUserActiveWatch":
                shell.on_call = lambda _: None
                shell._fire(shell._number + 1)

        shell.on_call = fire_early
        shell.leave(30)
        await until(lambda: watched.kinds == [Silence, Input, Silence])
        assert len(shell.active) == 1
        await until(lambda: len(shell.active) == 2)
        shell.type()
        await until(lambda: watched.kinds == [Silence, Input, Silence, Input])

    watch(shell, bus, scene)


def overtaken(shell: FakeMutter, happening: Callable[[], None]) -> None:
    """Let something happen right after the next answer, so that the loop reads both in one go."""
    loop = asyncio.get_running_loop()

    def hold_up(method: str) -> None:
        if method == "GetIdletime":
            shell.on_call = lambda _: None
            loop.call_soon_threadsafe(time.sleep, 0.1)
            time.sleep(0.02)
            threading.Timer(0.02, happening).start()

    shell.on_call = hold_up


def test_an_answer_that_input_has_overtaken_is_not_believed(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.leave(12)
        watched.sensor.listen(True)
        await until(lambda: shell.active)
        shell.leave(19.9)
        overtaken(shell, shell.type)
        watched.sensor.set_idle_after(19)
        await until(lambda: watched.events)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == [Input()]

    watch(shell, bus, scene)


def test_a_watch_that_fires_behind_an_older_answer_counts(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.leave(19.9)
        overtaken(shell, lambda: shell.leave(20.1))
        watched.sensor.set_idle_after(20)
        await until(lambda: watched.kinds == [Silence])

    watch(shell, bus, scene)


def test_input_from_before_a_suspend_is_not_young(bus: PrivateBus, shell: FakeMutter) -> None:
    """The monitor's count stands still during suspend; a machine that woke by itself has nobody at it."""
    asleep_s = 0.0

    async def scene(watched: Watched) -> None:
        nonlocal asleep_s
        shell.leave(2)
        asleep_s = 3600.0
        watched.sensor.listen(True)
        await until(lambda: shell.active)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == []
        shell.type()
        await until(lambda: watched.events)
        watched.sensor.listen(False)
        watched.sensor.listen(True)
        await until(lambda: watched.events == [Input(), Input()])

    watch(shell, bus, scene, clock=lambda: boot_s() + asleep_s)


# ── where it is lost ──────────────────────────────────────────────────────────────────────────────


async def lost(watched: Watched) -> str:
    """Wait for the loss, and make sure that it is told once and followed by nothing."""
    await until(lambda: watched.losses)
    told = len(watched.events)
    watched.sensor.listen(True)
    watched.sensor.set_idle_after(7)
    assert await watched.sensor.idle_s() is None
    watched.sensor.stop()
    await asyncio.sleep(A_MOMENT_S)
    assert len(watched.losses) == 1
    assert len(watched.events) == told
    return watched.losses[0]


def test_the_death_of_the_shell_is_one_loss(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.close()
        assert await lost(watched) == "GNOME's idle monitor was lost: the shell has gone"

    watch(shell, bus, scene)


def test_a_shell_that_takes_the_place_of_another_is_a_loss(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        shell.disown(MUTTER)
        shell.own(MUTTER)
        await lost(watched)

    watch(shell, bus, scene)


def test_a_shell_that_is_gone_by_the_start_is_a_loss(bus: PrivateBus, shell: FakeMutter) -> None:
    async def main() -> None:
        watched = Watched(await connect_in_loop(bus.env, 20, boot_s))
        shell.close()
        watched.sensor.start(watched.events.append, watched.losses.append)
        assert "the shell has gone" in await lost(watched)

    asyncio.run(main())


def test_the_death_of_the_bus_is_one_loss(bus: PrivateBus, shell: FakeMutter) -> None:
    async def scene(watched: Watched) -> None:
        bus.kill()
        why = await lost(watched)
        assert why.endswith(("the session bus has gone", "the bus went away before the answer came"))

    watch(shell, bus, scene)


@pytest.mark.parametrize("method", ["GetIdletime", "AddIdleWatch", "AddUserActiveWatch", "Get"])
def test_a_call_without_answer_in_time_is_a_loss(
    bus: PrivateBus, shell: FakeMutter, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutter, "CALL_WITHIN_S", 0.2)

    async def scene(watched: Watched) -> None:
        shell.mute = {method}
        if method == "AddIdleWatch":
            watched.sensor.set_idle_after(30)
        elif method == "Get":
            shell.disown(MANAGER)
            shell.own(MANAGER)
        else:
            shell.leave(30)
        if method == "Get":
            await until(lambda: shell.calls.count("Get") == 2)
            shell.leave(30)
            await until(lambda: watched.events)
            assert watched.losses == [], "a session manager is not the monitor"
        else:
            assert "does not answer within 0.2 s" in await lost(watched)

    watch(shell, bus, scene)


@pytest.mark.parametrize("method", ["GetIdletime", "AddUserActiveWatch"])
def test_nonsense_is_one_loss_and_no_exception(bus: PrivateBus, shell: FakeMutter, method: str) -> None:
    async def scene(watched: Watched) -> None:
        shell.answers[method] = ("as", ([],))
        shell.leave(30)
        assert "the idle monitor" in await lost(watched)

    watch(shell, bus, scene)


def test_a_shell_that_hangs_is_unknown_at_first_and_then_lost(
    bus: PrivateBus, shell: FakeMutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutter, "CALL_WITHIN_S", 0.5)

    async def scene(watched: Watched) -> None:
        shell.mute = {"GetIdletime"}
        began = time.monotonic()
        assert await watched.sensor.idle_s() is None
        assert time.monotonic() - began == pytest.approx(mutter.ANSWER_WITHIN_S, abs=0.1)
        assert watched.losses == []
        await lost(watched)

    watch(shell, bus, scene)


def test_nothing_is_left_on_the_bus_after_the_end(bus: PrivateBus, shell: FakeMutter) -> None:
    async def main() -> None:
        sensor = await connect_in_loop(bus.env, 20, boot_s)
        sensor.stop()
        sensor.start(lambda _: None, lambda _: None)
        await until(lambda: shell.idle)
        tasks = len(asyncio.all_tasks())
        sensor.stop()
        sensor.stop()
        await until(lambda: len(asyncio.all_tasks()) == tasks - 2)

    asyncio.run(main())
