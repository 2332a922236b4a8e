"""The X11 sensor against servers that are slow, hostile, limited or dying."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core.model import Event, Input, Silence
from postured.sense.activity import x11, x11_wire
from postured.sense.activity.x11_wire import XError
from postured.sense.protocol import SensorError, boot_s
from tests.sense.fake_x import ALL, SAVER, SYNC, XWAYLAND, FakeX, fake_x


async def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.005)


def connect(env: dict[str, str], *, in_loop: bool) -> x11.X11Idle:
    if in_loop:
        return asyncio.run(x11.connect_in_loop(env, 60, boot_s))
    return x11.connect(env, 60, boot_s)


def refusal(env: dict[str, str], *, in_loop: bool) -> SensorError:
    """Return what is said when no X11 sensor can be opened."""
    with pytest.raises(SensorError) as caught:
        connect(env, in_loop=in_loop)
    return caught.value


@pytest.fixture(params=[False, True], ids=["before the loop", "in the loop"])
def in_loop(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def watch(server: FakeX, scene: Callable[[x11.X11Idle, list[Event], list[str]], object]) -> None:
    async def main() -> None:
        sensor = await x11.connect_in_loop({"DISPLAY": server.display}, 20, boot_s)
        events: list[Event] = []
        losses: list[str] = []
        sensor.start(events.append, losses.append)
        await until(lambda: len(server.alarms) == 2)
        await scene(sensor, events, losses)  # type: ignore[misc]
        sensor.stop()

    asyncio.run(main())


# ── where it cannot be used ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "DISPLAY is not set"),
        ({"DISPLAY": ""}, "DISPLAY is not set"),
        ({"DISPLAY": "screen"}, "no display name"),
        ({"DISPLAY": ":99999"}, "no display name"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "Wayland"),
        ({"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, "Wayland"),
    ],
)
def test_the_environment_alone_can_rule_it_out_for_good(
    env: dict[str, str], words: str, in_loop: bool
) -> None:
    error = refusal(env, in_loop=in_loop)
    assert words in str(error)
    assert error.lasting


@pytest.mark.parametrize("display", [":51000", "a..b:0", "x" * 300 + ":0"])
def test_no_server_is_a_sentence_and_worth_another_try(display: str, in_loop: bool) -> None:
    error = refusal({"DISPLAY": display}, in_loop=in_loop)
    assert display in str(error)
    assert not error.lasting


@pytest.mark.parametrize(
    "manner",
    [
        {"extensions": ALL | {XWAYLAND: (150, 0)}},
        {"extensions": {SYNC: ALL[SYNC]}},
    ],
    ids=["extension XWAYLAND", "no MIT-SCREEN-SAVER"],
)
def test_xwayland_is_refused_by_its_extensions(manner: dict[str, object], in_loop: bool) -> None:
    with fake_x(**manner) as server:
        error = refusal({"DISPLAY": server.display}, in_loop=in_loop)
    assert "Xwayland" in str(error)
    assert error.lasting


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ({"extensions": {SAVER: ALL[SAVER]}}, "no SYNC"),
        ({"counters": {b"SERVERTIME": 32}}, "counts no idle time"),
        ({"counters": {}}, "counts no idle time"),
    ],
)
def test_a_server_that_cannot_tell_is_refused_for_good(
    manner: dict[str, object], words: str, in_loop: bool
) -> None:
    with fake_x(**manner) as server:
        error = refusal({"DISPLAY": server.display}, in_loop=in_loop)
    assert words in str(error)
    assert error.lasting


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ({"refuse": b"No protocol specified\n"}, "does not let us in (No protocol specified)"),
        ({"greeting": b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n" * 2}, "not X11"),
        ({"greeting": struct.pack("=BxHHH", 1, 11, 0, 1) + b"abcd"}, "not X11"),
        ({"greeting": struct.pack("=BxHHH", 2, 11, 0, 2) + b"password"}, "(password)"),
        ({"error_on": 0}, "reports error 2"),
        ({"error_on": 1}, "reports error 2"),
    ],
)
def test_a_server_that_refuses_or_talks_nonsense_is_a_sentence(
    manner: dict[str, object], words: str, in_loop: bool
) -> None:
    with fake_x(**manner) as server:
        error = refusal({"DISPLAY": server.display}, in_loop=in_loop)
    assert words in str(error)
    assert not error.lasting


def test_a_server_that_never_answers_costs_a_limited_time(
    in_loop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x11, "CONNECT_WITHIN_S", 0.2)
    began = time.monotonic()
    with fake_x(mute=True) as server:
        error = refusal({"DISPLAY": server.display}, in_loop=in_loop)
    assert "does not answer within" in str(error)
    assert time.monotonic() - began < 2


# ── where it can ──────────────────────────────────────────────────────────────────────────────────


def test_a_proper_server_is_connected_to_in_milliseconds(in_loop: bool) -> None:
    with fake_x() as server:
        sensor = connect({"DISPLAY": server.display}, in_loop=in_loop)
        sensor.stop()
    assert (sensor.name, sensor.quality) == ("x11", "exact")
    assert server.display in sensor.note


def test_a_forwarded_display_is_reached_by_network(in_loop: bool, tmp_path: Path) -> None:
    cookie = entry(256, socket.gethostname().encode(), b"", b"forwarded")
    (tmp_path / ".Xauthority").write_bytes(cookie)
    with fake_x(tcp=True, cookie=b"forwarded") as server:
        connect({"DISPLAY": server.display, "HOME": str(tmp_path)}, in_loop=in_loop).stop()
    assert server.cookies == [(b"MIT-MAGIC-COOKIE-1", b"forwarded")]


def test_nothing_is_sent_while_the_person_types_or_stays_away() -> None:
    async def scene(sensor: x11.X11Idle, events: list[Event], _losses: list[str]) -> None:
        sent = sensor._sent
        for _ in range(20):
            server.type()
        server.leave(100)
        await until(lambda: events)
        server.leave(5000)
        server.type()
        await until(lambda: len(events) == 2)
        assert sensor._sent == sent

    with fake_x() as server:
        watch(server, scene)


def test_listening_leaves_no_alarm_behind() -> None:
    async def scene(sensor: x11.X11Idle, events: list[Event], _losses: list[str]) -> None:
        server.leave(12)
        for answered in range(1, 4):
            sensor.listen(True)
            await until(lambda: len(server.alarms) == 3)
            server.type()
            await until(lambda: len(events) == answered)  # noqa: B023 - awaited within the turn
            await until(lambda: len(server.alarms) == 2)
            sensor.listen(False)
            server.leave(12)
        assert events == [Input()] * 3

    with fake_x() as server:
        watch(server, scene)


def test_the_end_of_an_old_question_is_no_answer_to_a_new_one() -> None:
    async def scene(sensor: x11.X11Idle, events: list[Event], losses: list[str]) -> None:
        server.leave(12)
        for on in (True, False, True):
            sensor.listen(on)
        await until(lambda: len(server.alarms) == 3)
        await asyncio.sleep(0.05)
        assert events == []
        assert losses == []

    with fake_x() as server:
        watch(server, scene)


def test_input_from_before_a_suspend_is_not_young() -> None:
    """The server's idle time stands still during suspend; a machine that woke by itself has nobody at it."""

    async def main() -> None:
        asleep_s = 0.0
        sensor = await x11.connect_in_loop({"DISPLAY": server.display}, 60, lambda: boot_s() + asleep_s)
        events: list[Event] = []
        sensor.start(events.append, [].append)
        server.leave(2)
        asleep_s = 3600.0
        sensor.listen(True)
        await until(lambda: len(server.alarms) == 3)
        await asyncio.sleep(0.05)
        assert events == []
        server.type()
        await until(lambda: events)
        sensor.listen(False)
        sensor.listen(True)
        await until(lambda: len(events) == 2)
        sensor.stop()
        assert events == [Input(), Input()]

    with fake_x() as server:
        asyncio.run(main())


def test_silence_counts_from_the_last_input_though_the_news_comes_late() -> None:
    async def scene(_sensor: x11.X11Idle, events: list[Event], _losses: list[str]) -> None:
        server.leave(3600)
        since = boot_s() - 3600
        await until(lambda: events)
        assert events == [Silence(pytest.approx(since, abs=0.2))]

    with fake_x() as server:
        watch(server, scene)


# ── where it is lost ──────────────────────────────────────────────────────────────────────────────

GARBAGE = {
    "a reply to nothing": struct.pack("=BxHI24x", 1, 4711, 0),
    "an endless reply": struct.pack("=BxHI24x", 1, 8, 0x7FFFFFFF),
    "an endless event": struct.pack("=BxHI24x", 35, 8, 0x7FFFFFFF),
    "an error": struct.pack("=BBH28x", 0, 3, 9),
    "a dead alarm": struct.pack("=BBHIiIiIIBxxx", 84, 1, 9, 0x400001, 0, 1, 0, 1, 0, 1),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_ends_in_one_loss_and_no_exception(name: str) -> None:
    async def scene(_sensor: x11.X11Idle, events: list[Event], losses: list[str]) -> None:
        server.send_raw(GARBAGE[name])
        await until(lambda: losses)
        await asyncio.sleep(0.02)
        assert len(losses) == 1
        assert losses[0].startswith("the X server was lost: ")
        assert events == []

    with fake_x() as server:
        watch(server, scene)


@pytest.mark.parametrize("death", ["die", "hang_up"])
def test_the_death_of_the_server_is_one_loss(death: str) -> None:
    async def scene(sensor: x11.X11Idle, _events: list[Event], losses: list[str]) -> None:
        getattr(server, death)()
        sensor.listen(True)
        sensor.set_idle_after(5)
        await until(lambda: losses)
        await asyncio.sleep(0.02)
        assert len(losses) == 1

    with fake_x() as server:
        watch(server, scene)


def test_a_server_that_died_before_the_start_is_a_loss() -> None:
    async def main() -> None:
        losses: list[str] = []
        sensor.start([].append, losses.append)
        await until(lambda: losses)

    with fake_x() as server:
        sensor = x11.connect({"DISPLAY": server.display}, 60, boot_s)
        server.die()
        asyncio.run(main())


def test_a_server_that_stops_answering_is_given_up() -> None:
    async def scene(sensor: x11.X11Idle, _events: list[Event], losses: list[str]) -> None:
        server.manner.mute = True
        for _ in range(20):
            sensor.listen(True)
            sensor.listen(False)
        await until(lambda: losses)
        assert "no longer answers" in losses[0]

    with fake_x() as server:
        watch(server, scene)


def test_events_of_other_kinds_and_forged_ones_are_passed_over() -> None:
    async def scene(_sensor: x11.X11Idle, events: list[Event], losses: list[str]) -> None:
        alarm = struct.pack("=BHIiIiIIBxxx", 1, 9, 0x400001, 0, 60000, 0, 1, 0, 0)
        server.send_raw(struct.pack("=BxH28x", 34, 9) + b"\xd4" + alarm)
        server.leave(30)
        await until(lambda: events)
        assert len(events) == 1
        assert events[0].since_s == pytest.approx(boot_s() - 30, abs=0.2)  # type: ignore[union-attr]
        assert losses == []

    with fake_x() as server:
        watch(server, scene)


# ── the wire ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "host", "number"),
    [
        (":0", "", 0),
        (":12.1", "", 12),
        ("unix:3", "", 3),
        ("unix/desk:3", "", 3),
        ("localhost:10.0", "localhost", 10),
        ("tcp/desk.lan:1", "desk.lan", 1),
        ("[::1]:2.0", "::1", 2),
    ],
)
def test_display_names_are_understood(text: str, host: str, number: int) -> None:
    assert x11_wire.parse_display(text) == (host, number)


@given(st.text(max_size=30))
def test_no_display_name_ends_in_a_traceback(text: str) -> None:
    try:
        display = x11_wire.parse_display(text)
    except XError:
        return
    assert x11_wire.addresses(display)


@given(st.binary(max_size=400), st.integers(1, 64))
def test_whatever_comes_in_is_packets_or_one_plain_error(data: bytes, step: int) -> None:
    reader = x11_wire.Reader()
    with contextlib.suppress(XError):
        for at in range(0, len(data), step):
            reader.feed(data[at : at + step])


@given(st.binary(max_size=200))
def test_counters_are_read_as_far_as_they_make_sense(data: bytes) -> None:
    x11_wire.read_counters(struct.pack("=8xI20x", 9) + data)


def test_packets_are_cut_the_same_however_they_arrive() -> None:
    stream = struct.pack("=BxHHH", 1, 11, 0, 8) + bytes(32)
    stream += struct.pack("=BxHI24x", 1, 1, 2) + bytes(8) + struct.pack("=BxH28x", 34, 1)
    whole = x11_wire.Reader().feed(stream)
    assert [len(packet) for packet in whole] == [40, 40, 32]
    reader = x11_wire.Reader()
    assert [packet for at in range(len(stream)) for packet in reader.feed(stream[at : at + 1])] == whole


# ── cookies ───────────────────────────────────────────────────────────────────────────────────────


def entry(
    family: int, address: bytes, number: bytes, secret: bytes, kind: bytes = b"MIT-MAGIC-COOKIE-1"
) -> bytes:
    parts = (address, number, kind, secret)
    return struct.pack(">H", family) + b"".join(struct.pack(">H", len(part)) + part for part in parts)


HERE = socket.gethostname().encode()


@pytest.mark.parametrize(
    ("entries", "secret"),
    [
        ([], b""),
        ([entry(256, HERE, b"7", b"own")], b"own"),
        ([entry(256, HERE, b"8", b"other")], b""),
        ([entry(65535, b"", b"", b"wild"), entry(256, HERE, b"7", b"own")], b"own"),
        ([entry(256, b"old-name", b"7", b"old"), entry(65535, b"", b"7", b"wild")], b"wild"),
        ([entry(256, b"old-name", b"7", b"old")], b"old"),
        ([entry(0, b"\x0a\0\0\1", b"7", b"remote")], b""),
        ([entry(256, HERE, b"7", b"xdm", b"XDM-AUTHORIZATION-1")], b""),
        ([entry(256, HERE, b"7", b"own"), b"\1\0\xff"], b"own"),
    ],
)
def test_the_cookie_meant_for_this_server_is_picked(
    entries: list[bytes], secret: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cookies").write_bytes(b"".join(entries))
    env = {"XAUTHORITY": str(tmp_path / "cookies")}
    with socket.socket(socket.AF_UNIX) as peer:
        assert x11_wire.find_cookie(env, x11_wire.Display("", 7), peer).data == secret


def test_a_cookie_opens_the_door_and_comes_from_the_given_environment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "of-somebody-else"))
    (tmp_path / "of-somebody-else").write_bytes(entry(65535, b"", b"", b"wrong"))
    (tmp_path / ".Xauthority").write_bytes(entry(256, HERE, b"", b"right"))
    with fake_x(cookie=b"right") as server:
        x11.connect({"DISPLAY": server.display, "HOME": str(tmp_path)}, 60, boot_s).stop()
        assert "does not let us in" in str(refusal({"DISPLAY": server.display}, in_loop=False))
    assert [secret for _, secret in server.cookies] == [b"right", b""]


@given(st.binary(max_size=200))
def test_a_damaged_cookie_file_is_read_as_far_as_it_goes(data: bytes) -> None:
    x11_wire._best_cookie(data, b"0", [(256, HERE)])


def test_an_unreadable_cookie_file_is_no_cookie(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        for env in ({}, {"XAUTHORITY": str(tmp_path)}, {"HOME": os.devnull}):
            assert x11_wire.find_cookie(env, x11_wire.Display("", 0), peer) == (b"", b"")
