"""The chain always ends somewhere, says why, and finds its way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from postured.core.model import Event, Input, Silence, Tick
from postured.sense.activity import chain, tty, x11
from postured.sense.activity.chain import Chain, open_idle
from postured.sense.protocol import SensorError
from tests.sense.fake_x import ALL, XWAYLAND, FakeX, fake_x


async def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.005)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits be short."""
    monkeypatch.setattr(chain, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(chain, "LONGEST_WAIT_S", 0.05)


@pytest.fixture
def no_terminals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let /dev be an empty folder."""
    here = tty.Terminals(str(tmp_path), -1)
    monkeypatch.setattr(tty, "Terminals", lambda _folder, _uid: here)
    return tmp_path


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0"}, "Wayland"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "Wayland"),
        ({"XDG_SESSION_TYPE": "wayland"}, "Wayland"),
        ({"DISPLAY": ":51001"}, ":51001"),
        ({"XDG_SESSION_TYPE": "x11"}, "DISPLAY is not set"),
    ],
)
def test_a_display_that_cannot_be_read_makes_all_time_work(env: dict[str, str], words: str) -> None:
    sensor = open_idle(env, 60)
    assert (sensor.name, sensor.quality) == ("always", "none")
    assert words in sensor.note
    assert "all time counts as work" in sensor.note
    assert [refusal.name for refusal in sensor.refused] == ["x11"]


def test_without_a_display_terminals_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pts").mkdir()
    (tmp_path / "pts/0").touch()
    here = tty.Terminals(str(tmp_path), tmp_path.stat().st_uid)
    monkeypatch.setattr(tty, "Terminals", lambda _folder, _uid: here)
    sensor = open_idle({}, 60)
    assert (sensor.name, sensor.quality) == ("tty", "coarse")


def test_without_display_and_terminal_all_time_is_work(no_terminals: Path) -> None:
    sensor = open_idle({}, 60)
    assert sensor.name == "always"
    assert [refusal.name for refusal in sensor.refused] == ["x11", "tty"]


def test_with_always_somebody_is_always_there(no_terminals: Path) -> None:
    async def main() -> None:
        sensor = open_idle({"WAYLAND_DISPLAY": "wayland-0"}, 60)
        events: list[Event] = []
        sensor.start(events.append)
        sensor.listen(True)
        sensor.listen(True)
        assert events == []
        await until(lambda: events)
        sensor.listen(False)
        sensor.listen(True)
        await until(lambda: len(events) == 2)
        sensor.set_idle_after(1)
        sensor.listen(False)
        sensor.listen(True)
        sensor.stop()
        await asyncio.sleep(0)
        assert events == [Input(), Input()]
        assert await sensor.idle_s() is None

    asyncio.run(main())


def test_what_cannot_change_is_not_asked_again() -> None:
    async def main() -> None:
        sensor = open_idle({"WAYLAND_DISPLAY": "wayland-0"}, 60)
        sensor.start([].append)
        assert len(asyncio.all_tasks()) == 1
        sensor.stop()

    asyncio.run(main())


class Watched:
    """A chain under way, what it told, and how often it said that it changed."""

    def __init__(self, server: FakeX, idle_after_s: float = 20) -> None:
        self.events: list[Event] = []
        self.changes: list[tuple[str, str]] = []
        self.sensor: Chain = open_idle(
            {"DISPLAY": server.display},
            idle_after_s,
        )

    def start(self) -> Chain:
        self.sensor.start(self._take)
        return self.sensor

    def _take(self, event: Event) -> None:
        if isinstance(event, Tick):
            self.changes.append((self.sensor.name, self.sensor.note))
        else:
            self.events.append(event)


def test_a_lost_server_is_found_again_and_meanwhile_all_time_is_work(quick: None) -> None:
    async def main() -> None:
        watched = Watched(server)
        sensor = watched.start()
        server.leave(30)
        await until(lambda: watched.events)
        server.hang_up()
        await until(lambda: len(watched.changes) == 2)
        assert [name for name, _ in watched.changes] == ["always", "x11"]
        assert "was lost" in watched.changes[0][1]
        await until(lambda: len(watched.events) == 3)
        # The loss must not look like endless rest; the silence still stands, and is found again.
        assert [type(event) for event in watched.events] == [Silence, Input, Silence]
        server.type()
        await until(lambda: len(watched.events) == 4)
        assert server.connections == 2
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_a_question_survives_the_loss_of_who_was_asked(quick: None) -> None:
    async def main() -> None:
        watched = Watched(server)
        sensor = watched.start()
        server.leave(12)
        sensor.listen(True)
        await until(lambda: len(server.alarms) == 3)
        server.hang_up()
        await until(lambda: watched.events)
        await until(lambda: sensor.name == "x11")
        server.type()
        await asyncio.sleep(0.05)
        assert watched.events == [Input()], "answered once, by whoever could"
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_a_server_that_comes_late_is_taken_up(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        watched = Watched(server)
        assert watched.sensor.name == "always"
        server.manner.refuse = b""
        sensor = watched.start()
        await until(lambda: watched.sensor.name == "x11")
        assert len(asyncio.all_tasks()) == 1, "nobody goes on searching"
        server.leave(30)
        await until(lambda: watched.events)
        sensor.stop()

    with fake_x(refuse=b"not yet") as server:
        asyncio.run(main())


def test_a_server_that_turns_out_to_be_xwayland_is_not_asked_a_third_time(quick: None) -> None:
    async def main() -> None:
        watched = Watched(server)
        sensor = watched.start()
        await until(lambda: len(server.alarms) == 2)
        server.manner.extensions = ALL | {XWAYLAND: (150, 0)}
        server.hang_up()
        await until(lambda: "Xwayland" in sensor.note)
        await asyncio.sleep(0.1)
        assert server.connections == 2
        assert len(asyncio.all_tasks()) == 1
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_waits_grow_from_one_second_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def main() -> None:
        sleep = asyncio.sleep

        async def note(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 10:
                done.set()
                await sleep(60)

        async def fail(*_: object) -> x11.X11Idle:
            raise SensorError("x11", "still not there", lasting=False)

        done = asyncio.Event()
        monkeypatch.setattr(asyncio, "sleep", note)
        monkeypatch.setattr(x11, "connect_in_loop", fail)
        sensor = open_idle({"DISPLAY": ":51002"}, 60)
        sensor.start([].append)
        async with asyncio.timeout(5):
            await done.wait()
        sensor.stop()

    asyncio.run(main())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_a_change_of_idle_after_reaches_the_source_of_tomorrow(quick: None) -> None:
    async def main() -> None:
        watched = Watched(server, idle_after_s=1000)
        sensor = watched.start()
        server.hang_up()
        await until(lambda: sensor.name == "always")
        sensor.set_idle_after(15)
        server.leave(30)
        await until(lambda: watched.events)
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_the_end_during_a_search_ends_the_search(quick: None) -> None:
    async def main() -> None:
        sensor = open_idle({"DISPLAY": ":51003"}, 60)
        sensor.start([].append)
        sensor.stop()
        sensor.stop()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
