"""The Wayland sensor against compositors that are limited, slow, hostile or dying."""

from __future__ import annotations

import asyncio
import selectors
import socket
import struct
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import wayland
from postured.sense.activity.wayland import NoProtocol, WaylandIdle
from postured.sense.protocol import SensorError, boot_s
from tests.sense.fake_wayland import KDE, OTHERS, SEAT, V1, V2, FakeWayland, fake_wayland

IDLE_AFTER_S = 20.0


async def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.005)


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 3
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


async def passed() -> None:
    """Long enough that whatever is to be told has been told."""
    await asyncio.sleep(0.05)


def connect(env: dict[str, str], *, in_loop: bool) -> WaylandIdle:
    if in_loop:
        return asyncio.run(wayland.connect_in_loop(env, IDLE_AFTER_S, boot_s))
    return wayland.connect(env, IDLE_AFTER_S, boot_s)


def refusal(env: dict[str, str], *, in_loop: bool) -> SensorError:
    """Return what is said when no Wayland sensor can be opened."""
    with pytest.raises(SensorError) as caught:
        connect(env, in_loop=in_loop)
    assert caught.value.name == "wayland"
    return caught.value


@pytest.fixture(params=[False, True], ids=["before the loop", "in the loop"])
def in_loop(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=[V2, V1, KDE], ids=["v2", "v1", "kde"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeWayland]:
    with fake_wayland(offers=(*OTHERS, SEAT, request.param)) as running:
        yield running


@pytest.fixture(params=[V1, KDE], ids=["v1", "kde"])
def blind(request: pytest.FixtureRequest) -> Iterator[FakeWayland]:
    with fake_wayland(offers=(*OTHERS, SEAT, request.param)) as running:
        yield running


@pytest.fixture
def modern() -> Iterator[FakeWayland]:
    with fake_wayland() as running:
        yield running


class Scene:
    """A sensor at work, and what it told."""

    def __init__(self, server: FakeWayland, sensor: WaylandIdle) -> None:
        self.server = server
        self.sensor = sensor
        self.events: list[Event] = []
        self.losses: list[str] = []

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]


def watch(
    server: FakeWayland,
    scene: Callable[[Scene], Coroutine[object, object, None]],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    """Play a scene with a sensor that has been heard of, and end it."""

    async def main() -> None:
        sensor = await wayland.connect_in_loop(server.env, IDLE_AFTER_S, server.clock)
        playing = Scene(server, sensor)
        sensor.start(playing.events.append, playing.losses.append)
        await until(lambda: server.notifications)
        await scene(playing)
        sensor.stop()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main())


# ── where it cannot be used ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "XDG_RUNTIME_DIR is not set"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "XDG_RUNTIME_DIR is not set"),
        ({"XDG_RUNTIME_DIR": "/nonexistent"}, "WAYLAND_DISPLAY is not set"),
        ({"XDG_RUNTIME_DIR": "/nonexistent", "DISPLAY": ":0"}, "no Wayland session"),
        ({"XDG_RUNTIME_DIR": "/nonexistent", "XDG_SESSION_TYPE": "x11"}, "no Wayland session"),
    ],
)
def test_the_environment_alone_can_rule_it_out_for_good(
    env: dict[str, str], words: str, in_loop: bool
) -> None:
    error = refusal(env, in_loop=in_loop)
    assert words in str(error)
    assert error.lasting


def test_a_wayland_session_without_compositor_is_worth_another_try(in_loop: bool) -> None:
    error = refusal({"XDG_RUNTIME_DIR": "/nonexistent", "XDG_SESSION_TYPE": "wayland"}, in_loop=in_loop)
    assert not error.lasting


@pytest.mark.parametrize("name", ["/nonexistent/wl", "/" + "x" * 300, "/dev/null"])
def test_no_compositor_is_a_sentence_and_worth_another_try(name: str, in_loop: bool) -> None:
    error = refusal({"WAYLAND_DISPLAY": name}, in_loop=in_loop)
    assert name in str(error)
    assert "\n" not in str(error)
    assert error.hint
    assert not error.lasting


def test_an_unnamed_compositor_is_found_where_clients_look_first(
    modern: FakeWayland, tmp_path: Path, in_loop: bool
) -> None:
    (tmp_path / "wayland-0").symlink_to(modern.path)
    connect({"XDG_RUNTIME_DIR": str(tmp_path)}, in_loop=in_loop).stop()
    connect({"XDG_RUNTIME_DIR": str(tmp_path), "XDG_SESSION_TYPE": "wayland"}, in_loop=in_loop).stop()
    x11 = {"XDG_RUNTIME_DIR": str(tmp_path), "DISPLAY": ":0"}
    assert "no Wayland session" in str(refusal(x11, in_loop=in_loop))
    assert modern.connections == 2


def test_a_connection_meant_for_another_is_left_alone(modern: FakeWayland, in_loop: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connect({**modern.env, "WAYLAND_SOCKET": str(ours.fileno())}, in_loop=in_loop).stop()
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)


@pytest.mark.parametrize(
    ("offers", "words"),
    [
        (OTHERS, "no keyboard or mouse"),
        ((*OTHERS, V2), "no keyboard or mouse"),
        ((*OTHERS, SEAT), "does not tell programs of idle time"),
        ((), "no keyboard or mouse"),
    ],
)
def test_a_compositor_that_cannot_tell_is_refused_for_good_and_by_a_name(
    offers: tuple[tuple[str, int], ...], words: str, in_loop: bool
) -> None:
    with fake_wayland(offers=offers) as server:
        error = refusal(server.env, in_loop=in_loop)
    assert isinstance(error, NoProtocol)
    assert words in str(error)
    assert error.lasting


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not Wayland"),
        (struct.pack("=IIIII4s", 1, 24 << 16, 1, 0, 3, b"no\0\0"), "reports an error (no)"),
        (struct.pack("=II", 1, 8 << 16), "not Wayland"),
    ],
)
def test_a_compositor_that_refuses_or_talks_nonsense_is_a_sentence(
    greeting: bytes, words: str, in_loop: bool
) -> None:
    with fake_wayland(greeting=greeting) as server:
        error = refusal(server.env, in_loop=in_loop)
    assert words in str(error)
    assert not error.lasting
    assert not isinstance(error, NoProtocol)


def test_a_compositor_that_never_answers_costs_a_limited_time(
    in_loop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wayland, "CONNECT_WITHIN_S", 0.2)
    began = time.monotonic()
    with fake_wayland(mute=True) as server:
        error = refusal(server.env, in_loop=in_loop)
    assert "does not answer within 0.2 s" in str(error)
    assert time.monotonic() < began + 1.5
    assert not error.lasting


# ── which protocol ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("offers", "quality", "of_input"),
    [
        ((KDE, V1, SEAT, V2), "exact", True),
        ((KDE, SEAT, ("ext_idle_notifier_v1", 9)), "exact", True),
        ((KDE, SEAT, V1), "partial", False),
        ((KDE, SEAT), "partial", False),
    ],
)
def test_the_best_protocol_is_used_and_its_weakness_said(
    offers: tuple[tuple[str, int], ...], quality: str, of_input: bool
) -> None:
    with fake_wayland(offers=offers) as server:

        async def scene(playing: Scene) -> None:
            (notification,) = server.notifications.values()
            assert (notification.idle_ms, notification.of_input) == (20000, of_input)
            assert playing.sensor.quality == quality
            assert ("keeps the screen awake" in playing.sensor.note) == (quality == "partial")

        watch(server, scene)


def test_what_keeps_the_screen_awake_hides_no_silence_from_the_modern_protocol(modern: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        modern.inhibit(True)
        modern.leave(IDLE_AFTER_S + 1)
        await passed()
        modern.inhibit(False)
        await passed()
        assert playing.kinds == [Silence]

    watch(modern, scene)


def test_what_keeps_the_screen_awake_makes_all_time_work_with_the_older_ones(blind: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        blind.inhibit(True)
        blind.leave(IDLE_AFTER_S + 1)
        await passed()
        assert playing.events == []
        blind.inhibit(False)
        released = blind.clock()
        blind.wait(IDLE_AFTER_S)
        await passed()
        match playing.events:
            case [Silence(since)]:
                assert since == pytest.approx(released, abs=0.1)
            case _:
                pytest.fail(f"wanted one silence, got {playing.events}")

    watch(blind, scene)


# ── silence ───────────────────────────────────────────────────────────────────────────────────────


def test_silence_counts_from_the_last_input_to_the_hundredth(server: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        playing.sensor.set_idle_after(0.3)
        await asyncio.sleep(0.1)
        server.type()
        typed = server.clock()
        await until(lambda: playing.events)
        heard = server.clock()
        (silence,) = playing.events
        assert isinstance(silence, Silence)
        assert silence.since_s == pytest.approx(typed, abs=0.02)
        assert heard == pytest.approx(typed + 0.3, abs=0.05)
        assert await playing.sensor.idle_s() == pytest.approx(server.clock() - typed, abs=0.02)
        server.type()
        await passed()
        assert await playing.sensor.idle_s() is None

    watch(server, scene)


def test_no_silence_begins_before_the_watch_for_it(modern: FakeWayland) -> None:
    """However early the compositor says that it is over."""

    async def scene(playing: Scene) -> None:
        began = modern.clock()
        (number,) = modern.notifications
        modern.send_event(number, 0)
        await until(lambda: playing.events)
        (silence,) = playing.events
        assert isinstance(silence, Silence)
        assert silence.since_s == pytest.approx(began, abs=0.1)

    watch(modern, scene)


def test_what_is_said_twice_is_told_once(modern: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        (number,) = modern.notifications
        for kind in (1, 0, 0, 1, 1):
            modern.send_event(number, kind)
        await passed()
        assert playing.kinds == [Silence, Input]

    watch(modern, scene)


def test_the_same_idle_after_again_loses_no_time(modern: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        before = list(modern.notifications)
        playing.sensor.set_idle_after(IDLE_AFTER_S)
        await passed()
        assert list(modern.notifications) == before
        playing.sensor.set_idle_after(30)
        await passed()
        assert [each.idle_ms for each in modern.notifications.values()] == [30000]

    watch(modern, scene)


# ── several seats ─────────────────────────────────────────────────────────────────────────────────


def test_it_is_silent_only_when_nobody_types_at_any_seat() -> None:
    with fake_wayland(offers=(SEAT, V2, SEAT)) as server:

        async def scene(playing: Scene) -> None:
            server.leave(IDLE_AFTER_S - 1)
            server.type(seat=3)
            server.wait(2)
            await passed()
            assert playing.events == [], "the first seat alone is idle"
            server.wait(IDLE_AFTER_S)
            await passed()
            server.type(seat=3)
            await passed()
            assert playing.kinds == [Silence, Input]

        watch(server, scene)


def test_a_seat_may_come_and_go() -> None:
    with fake_wayland() as server:

        async def scene(playing: Scene) -> None:
            second = server.offer(*SEAT)
            await until(lambda: len(server.notifications) == 2)
            server.leave(IDLE_AFTER_S + 1)
            server.type(seat=second)
            await passed()
            first = server.number_of("wl_seat")
            server.withdraw(second)
            await until(lambda: len(server.notifications) == 1)
            await passed()
            assert playing.kinds[-1:] == [Silence], "whoever is left has been silent"
            playing.sensor.listen(True)
            await passed()
            server.type(seat=first)
            await passed()
            assert playing.kinds[-2:] == [Silence, Input]
            assert playing.losses == []

        watch(server, scene)


def test_a_seat_that_is_gone_says_nothing_about_those_that_are_left() -> None:
    with fake_wayland(offers=(SEAT, V2, SEAT)) as server:

        async def scene(playing: Scene) -> None:
            await until(lambda: len(server.notifications) == 2)
            gone = next(each.number for each in server.notifications.values() if each.seat == 3)
            server.withdraw(3)
            server.send_event(gone, 0)
            await passed()
            assert playing.events == []
            assert playing.losses == []

        watch(server, scene)


@pytest.mark.parametrize(
    ("interface", "words"),
    [("wl_seat", "no keyboard or mouse any more"), (V2[0], "no longer tells"), ("wl_shm", "")],
)
def test_what_it_needs_being_withdrawn_is_a_loss(modern: FakeWayland, interface: str, words: str) -> None:
    async def scene(playing: Scene) -> None:
        modern.withdraw(modern.number_of(interface))
        await passed()
        if words:
            assert len(playing.losses) == 1
            assert words in playing.losses[0]
        else:
            assert playing.losses == []

    watch(modern, scene)


# ── hands on ──────────────────────────────────────────────────────────────────────────────────────


def test_the_next_input_is_told_at_once_and_its_watch_taken_down(server: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        playing.sensor.listen(True)
        await until(lambda: any(each.idle for each in server.notifications.values()))
        await passed()
        assert playing.events == []
        server.type()
        await until(lambda: playing.events, 0.05)
        assert playing.events == [Input()]
        await until(lambda: len(server.notifications) == 1)

    watch(server, scene)


def test_the_question_taken_back_leaves_nothing_behind(server: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        for _ in range(50):
            playing.sensor.listen(True)
            playing.sensor.listen(False)
        await passed()
        assert len(server.notifications) == 1
        playing.sensor.listen(True)
        playing.sensor.listen(False)
        await asyncio.sleep(0)
        server.type()
        await passed()
        assert playing.events == []
        numbers = playing.sensor._session._next
        for _ in range(20):
            playing.sensor.listen(True)
            await asyncio.sleep(0.005)
            playing.sensor.listen(False)
        assert playing.sensor._session._next == numbers, "the numbers of what is gone are used again"

    watch(server, scene)


def test_an_input_known_of_answers_for_ten_seconds(server: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        async def ask() -> int:
            told = len(playing.events)
            playing.sensor.listen(True)
            assert len(playing.events) == told, "nothing is emitted from within a call"
            await passed()
            playing.sensor.listen(False)
            return len(playing.events) - told

        assert await ask() == 0
        server.leave(IDLE_AFTER_S + 1)
        await passed()
        server.type()
        await passed()
        assert playing.kinds == [Silence, Input]
        assert await ask() == 1
        server.wait(6)
        # The clock that counts suspend went on: for all that is known, the machine slept.
        assert await ask() == 0, "input from before a suspend is not young"

    watch(server, scene)


def test_an_answer_from_memory_does_not_keep_the_memory_young(
    modern: FakeWayland, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wayland, "HANDS_ON_S", 0.2)

    async def scene(playing: Scene) -> None:
        playing.sensor.listen(True)
        await passed()
        modern.type()
        await until(lambda: playing.events)
        for _ in range(8):
            playing.sensor.listen(False)
            playing.sensor.listen(True)
            await asyncio.sleep(0.05)
        assert 2 <= len(playing.events) <= 5

    watch(modern, scene)


def test_while_the_screen_is_kept_awake_somebody_is_taken_for_there(
    blind: FakeWayland, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wayland, "HELD_BACK_AFTER_S", 0.2)

    async def scene(playing: Scene) -> None:
        blind.inhibit(True)
        playing.sensor.listen(True)
        await passed()
        assert playing.events == []
        await until(lambda: playing.events, 0.3)
        await until(lambda: len(blind.notifications) == 1)
        playing.sensor.listen(False)
        playing.sensor.listen(True)
        await passed()
        assert playing.events == [Input()], "that was no input to be remembered"
        playing.sensor.listen(False)
        await asyncio.sleep(0.3)
        assert playing.events == [Input()]

    watch(blind, scene)


def test_who_was_taken_for_there_can_fall_silent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the compositor never said that the silence before was over."""
    monkeypatch.setattr(wayland, "HELD_BACK_AFTER_S", 0.1)
    with fake_wayland(offers=(SEAT, KDE), forgetful=True) as server:

        async def scene(playing: Scene) -> None:
            server.leave(IDLE_AFTER_S + 1)
            await until(lambda: playing.events)
            server.inhibit(True)
            server.type()
            playing.sensor.listen(True)
            await until(lambda: len(playing.events) == 2)
            server.inhibit(False)
            await passed()
            server.wait(IDLE_AFTER_S + 1)
            await passed()
            assert playing.kinds == [Silence, Input, Silence]

        watch(server, scene)


def test_a_pause_is_never_taken_for_somebody(server: FakeWayland, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wayland, "HELD_BACK_AFTER_S", 0.1)

    async def scene(playing: Scene) -> None:
        playing.sensor.listen(True)
        await asyncio.sleep(0.3)
        assert playing.events == []

    watch(server, scene)


def test_a_compositor_that_hangs_is_no_reason_to_take_somebody_for_there(
    modern: FakeWayland, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wayland, "HELD_BACK_AFTER_S", 0.05)

    async def scene(playing: Scene) -> None:
        modern.freeze()
        playing.sensor.listen(True)
        await asyncio.sleep(0.2)
        assert playing.events == []

    watch(modern, scene)


# ── loss ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("blow", "words"),
    [
        (FakeWayland.hang_up, "closed the connection"),
        (FakeWayland.die, "closed the connection"),
        (lambda server: server.fail("out of\nmemory"), "reports an error (out of memory)"),
        (lambda server: server.send_raw(b"\0" * 64), "not Wayland"),
        (lambda server: server.send_event(1, 0), "not Wayland"),
        (lambda server: server.send_event(2, 1, b""), "not Wayland"),
    ],
)
def test_a_loss_is_told_once_in_a_sentence(
    server: FakeWayland, blow: Callable[[FakeWayland], None], words: str
) -> None:
    async def scene(playing: Scene) -> None:
        blow(server)
        await until(lambda: playing.losses)
        playing.sensor.listen(True)
        playing.sensor.set_idle_after(5)
        await passed()
        (why,) = playing.losses
        assert why.startswith("the compositor was lost: ")
        assert words in why
        assert playing.events == []
        assert await playing.sensor.idle_s() is None
        playing.sensor.stop()

    watch(server, scene)


def test_an_error_in_answer_to_the_first_wish_is_a_loss() -> None:
    with fake_wayland(error_on_bind="not for you") as server:

        async def main() -> None:
            sensor = wayland.connect(server.env, IDLE_AFTER_S, boot_s)
            losses: list[str] = []
            sensor.start(lambda _event: None, losses.append)
            await until(lambda: losses)
            assert "(not for you)" in losses[0]

        asyncio.run(main())


def test_what_came_before_the_end_is_still_told(modern: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        (number,) = modern.notifications
        idled = struct.pack("=II", number, 8 << 16)
        modern.send_raw(idled + struct.pack("=II", 1, 3 << 16))
        await until(lambda: playing.losses)
        assert playing.kinds == [Silence]

    watch(modern, scene)


def test_a_compositor_that_takes_no_requests_is_lost(modern: FakeWayland) -> None:
    async def scene(playing: Scene) -> None:
        modern.freeze()
        playing.sensor._peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for _ in range(5000):
            if playing.losses:
                break
            playing.sensor.listen(True)
            playing.sensor.listen(False)
            await asyncio.sleep(0)
        (why,) = playing.losses
        assert "lost" in why

    watch(modern, scene)


def test_it_ends_quietly_at_any_time(modern: FakeWayland) -> None:
    sensor = wayland.connect(modern.env, IDLE_AFTER_S, boot_s)
    sensor.listen(True)
    sensor.set_idle_after(3)
    assert asyncio.run(sensor.idle_s()) is None
    sensor.stop()
    sensor.stop()


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────


class CountingSelector(selectors.DefaultSelector):
    """Counts how often the loop was woken by anything but its own timers."""

    wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        self.wakes += bool(ready)
        return ready


def test_nobody_is_woken_by_typing_or_by_absence(server: FakeWayland) -> None:
    selector = CountingSelector()

    async def scene(playing: Scene) -> None:
        await passed()
        before = selector.wakes
        for _ in range(30):
            server.type()
            await asyncio.sleep(0.002)
        assert selector.wakes == before
        server.leave(IDLE_AFTER_S + 1)
        await until(lambda: playing.events)
        before = selector.wakes
        await asyncio.sleep(0.2)
        assert selector.wakes == before

    watch(server, scene, lambda: asyncio.SelectorEventLoop(selector))


def test_a_refusal_leaves_no_connection_open(in_loop: bool) -> None:
    with fake_wayland(offers=OTHERS) as server:
        kept = refusal(server.env, in_loop=in_loop)
        assert server.connections == 1
        wait_for(lambda: not server.connected)
        assert isinstance(kept, NoProtocol)
