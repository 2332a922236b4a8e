"""logind's idle hint: when it is believed, and what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import logind
from postured.sense.activity.logind import LogindIdle, connect_in_loop
from postured.sense.protocol import SensorError, boot_s
from tests.notify.private_bus import PrivateBus, private_bus, until
from tests.sense.fake_logind import FakeLogind

A_MOMENT_S = 0.05
ME = os.getuid()


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    for bus in private_bus(tmp_path):
        bus.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        yield bus


@pytest.fixture
def login(bus: PrivateBus) -> Iterator[FakeLogind]:
    with contextlib.closing(FakeLogind(bus.address, ("1", ME, "seat0"))) as fake:
        yield fake


class Watched:
    """A sensor at work, and what it told."""

    def __init__(self, sensor: LogindIdle) -> None:
        self.sensor = sensor
        self.events: list[Event] = []
        self.losses: list[str] = []

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]


Scene = Callable[[Watched], Coroutine[object, object, None]]


def watch(bus: PrivateBus, scene: Scene, *, idle_after_s: float = 20) -> None:
    async def main() -> None:
        watched = Watched(await connect_in_loop(bus.env, idle_after_s, boot_s))
        watched.sensor.start(watched.events.append, watched.losses.append)
        await until(lambda: watched.sensor._hint is not None)
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


def test_no_bus_or_no_logind_is_a_sentence(bus: PrivateBus, tmp_path: Path) -> None:
    assert str(tmp_path) in str(refusal({"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}))
    assert "no logind" in str(refusal(bus.env))


def test_no_session_is_a_sentence(bus: PrivateBus) -> None:
    with contextlib.closing(FakeLogind(bus.address, ("1", ME + 1, "seat0"))):
        assert "no session of yours" in str(refusal(bus.env))


@pytest.mark.parametrize("kind", ["tty", "unspecified", 3])
def test_a_session_without_desktop_gives_no_hint_to_go_by(
    bus: PrivateBus, login: FakeLogind, kind: object
) -> None:
    login.properties["Type"] = ("s", kind) if isinstance(kind, str) else ("i", kind)
    assert "no desktop session" in str(refusal(bus.env))


@pytest.mark.parametrize("kind", ["x11", "wayland", "mir"])
def test_a_desktop_does(bus: PrivateBus, login: FakeLogind, kind: str) -> None:
    async def scene(watched: Watched) -> None:
        assert (watched.sensor.name, watched.sensor.quality) == ("logind", "coarse")

    login.properties["Type"] = ("s", kind)
    watch(bus, scene)


def test_a_logind_that_never_answers_costs_a_limited_time(
    bus: PrivateBus, login: FakeLogind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logind, "CALL_WITHIN_S", 0.2)
    login.mute = True
    began = time.monotonic()
    assert "does not answer" in str(refusal(bus.env))
    assert time.monotonic() - began < 1


# ── what is told ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hint", [False, True])
def test_a_hint_that_was_never_seen_to_change_claims_nothing(
    bus: PrivateBus, login: FakeLogind, hint: bool
) -> None:
    async def scene(watched: Watched) -> None:
        login.tell("IdleHint", "IdleSinceHint")
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == []
        assert "has not told logind yet" in watched.sensor.note
        assert await watched.sensor.idle_s() is None
        watched.sensor.listen(True)
        assert watched.events == [], "nothing is emitted from within a call"
        await until(lambda: watched.events == [Input()])

    login.properties["IdleHint"] = ("b", hint)
    watch(bus, scene)


def test_a_silence_counts_from_the_hint_and_ends_with_it(bus: PrivateBus, login: FakeLogind) -> None:
    async def scene(watched: Watched) -> None:
        await asyncio.sleep(0.2)
        since = boot_s() - 0.2
        login.hint(True, ago_s=0.2)
        await until(lambda: watched.events)
        assert boot_s() - since == pytest.approx(0.4, abs=0.1)
        assert watched.kinds == [Silence]
        assert watched.events[0].since_s == pytest.approx(since, abs=A_MOMENT_S)  # type: ignore[union-attr]
        assert await watched.sensor.idle_s() == pytest.approx(0.4, abs=0.2)
        assert "not yet" not in watched.sensor.note
        login.hint(True)
        login.hint(False)
        login.hint(False)
        await until(lambda: len(watched.events) > 1)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.kinds == [Silence, Input]
        assert await watched.sensor.idle_s() is None

    watch(bus, scene, idle_after_s=0.4)


def test_a_clock_that_was_set_makes_no_silence_before_we_looked(bus: PrivateBus, login: FakeLogind) -> None:
    async def scene(watched: Watched) -> None:
        for ago_s in (36000, -36000):
            login.hint(True, ago_s=ago_s)
            began = boot_s()
            await until(lambda: watched.events)
            assert watched.events[0].since_s == pytest.approx(began, abs=0.3)  # type: ignore[union-attr]
            login.hint(False)
            await until(lambda: len(watched.events) == 2)
            watched.events.clear()

    watch(bus, scene, idle_after_s=0.1)


def test_a_hint_too_short_for_a_silence_is_not_told(bus: PrivateBus, login: FakeLogind) -> None:
    async def scene(watched: Watched) -> None:
        login.hint(True)
        await asyncio.sleep(A_MOMENT_S)
        login.hint(False)
        await asyncio.sleep(0.4)
        assert watched.events == []

    watch(bus, scene, idle_after_s=0.3)


def test_listening_while_the_hint_stands_waits_for_its_end(bus: PrivateBus, login: FakeLogind) -> None:
    async def scene(watched: Watched) -> None:
        login.hint(True)
        await until(lambda: watched.sensor._hint)
        watched.sensor.listen(True)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == []
        login.hint(False)
        await until(lambda: watched.events == [Input()])
        for _ in range(2):
            watched.sensor.listen(False)
            watched.sensor.listen(True)
            watched.sensor.listen(True)
            await asyncio.sleep(A_MOMENT_S)
        assert watched.events == [Input()] * 3
        watched.sensor.listen(False)
        watched.sensor.listen(True)
        watched.sensor.listen(False)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.events == [Input()] * 3

    watch(bus, scene)


def test_listening_before_the_start_is_answered_after_it(bus: PrivateBus, login: FakeLogind) -> None:
    async def main() -> None:
        sensor = await connect_in_loop(bus.env, 20, boot_s)
        events: list[Event] = []
        sensor.listen(True)
        sensor.start(events.append, lambda _: None)
        await until(lambda: events == [Input()])
        sensor.stop()

    asyncio.run(main())


def test_another_idle_after_is_taken_up_at_once(bus: PrivateBus, login: FakeLogind) -> None:
    async def scene(watched: Watched) -> None:
        login.hint(True)
        await until(lambda: watched.sensor._hint)
        watched.sensor.set_idle_after(0.1)
        assert watched.events == []
        await until(lambda: watched.kinds == [Silence])
        watched.sensor.set_idle_after(0.05)
        await asyncio.sleep(2 * A_MOMENT_S)
        assert watched.kinds == [Silence]

    watch(bus, scene)


# ── where it is lost ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("logind", "it has gone"),
        ("session", "your session has ended"),
        ("bus", "the system bus has gone"),
    ],
)
def test_what_is_gone_is_one_loss(bus: PrivateBus, login: FakeLogind, end: str, words: str) -> None:
    async def scene(watched: Watched) -> None:
        login.hint(True)
        await until(lambda: watched.sensor._hint)
        {"logind": login.close, "session": login.end_session, "bus": bus.kill}[end]()
        await until(lambda: watched.losses)
        watched.sensor.listen(True)
        watched.sensor.set_idle_after(0)
        await asyncio.sleep(A_MOMENT_S)
        assert watched.losses == [f"logind was lost: {words}"]
        assert watched.events == []
        assert await watched.sensor.idle_s() is None

    watch(bus, scene)


def test_a_session_that_ended_before_the_start_is_a_loss(bus: PrivateBus, login: FakeLogind) -> None:
    async def main() -> None:
        sensor = await connect_in_loop(bus.env, 20, boot_s)
        login.sessions = ()
        losses: list[str] = []
        sensor.start(lambda _: None, losses.append)
        await until(lambda: losses)
        assert "no session of yours" in losses[0]

    asyncio.run(main())


def test_nothing_is_told_after_the_end_which_may_come_twice(bus: PrivateBus, login: FakeLogind) -> None:
    async def scene(watched: Watched) -> None:
        login.hint(True)
        await until(lambda: watched.sensor._hint)
        watched.sensor.listen(True)
        watched.sensor.stop()
        watched.sensor.stop()
        login.hint(False)
        await asyncio.sleep(0.3)
        assert watched.events == []
        assert watched.losses == []

    watch(bus, scene, idle_after_s=0.2)
