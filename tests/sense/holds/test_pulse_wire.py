"""The bytes of PulseAudio's protocol: taken apart whole, and never trusted."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.sense.holds import pulse_wire as wire
from postured.sense.holds.pulse_wire import Message, PulseError, Reader, Refused
from tests.sense import fake_pulse as fake

REPLY = Message(wire.REPLY, 3, b"")


def reply(body: bytes) -> Message:
    """Return an answer as it comes out of the reader."""
    return Reader().feed(fake.message(fake.REPLY, 3, body))[0]


# ── messages ──────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.binary(max_size=30), max_size=4), st.integers(1, 9))
def test_however_bytes_arrive_the_messages_are_the_same(bodies: list[bytes], size: int) -> None:
    data = b"".join(fake.message(2, tag, body) for tag, body in enumerate(bodies))
    reader = Reader()
    messages = []
    for at in range(0, len(data), size):
        messages += reader.feed(data[at : at + size])
    assert messages == [Message(2, tag, body) for tag, body in enumerate(bodies)]


def test_frames_that_carry_sound_are_left_out() -> None:
    data = fake.frame(b"noise", channel=2) + fake.message(2, 3)
    assert Reader().feed(data) == [REPLY]


def test_a_frame_beyond_all_measure_is_refused_before_it_has_come() -> None:
    with pytest.raises(PulseError):
        Reader().feed(struct.pack(">IIIII", wire.LARGEST_FRAME + 1, fake.NONE, 0, 0, 0))


@given(st.binary(max_size=120))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(PulseError):
        for message in Reader().feed(data):
            wire.tells_of_recording(message)


@given(st.binary(max_size=120), st.sampled_from([fake.Stream().written(0), fake.Source().written(0)]))
def test_a_body_of_anything_is_read_or_refused(noise: bytes, sound: bytes) -> None:
    for body in (noise, sound + noise, sound[: len(noise)] + noise):
        for read in (wire.read_recordings, wire.read_clients):
            with contextlib.suppress(PulseError):
                list(read(body))
        for one in (wire.read_is_monitor, wire.read_version, wire.read_own_client):
            with contextlib.suppress(PulseError):
                one(body)


@given(st.integers(0, 400), st.integers(0, 255))
def test_one_wrong_byte_never_leads_astray(at: int, byte: int) -> None:
    data = bytearray(fake.Stream(more={"application.process.binary": "zoom"}).written(0))
    data[at % len(data)] = byte
    try:
        found = list(wire.read_recordings(bytes(data)))
    except PulseError:
        return
    assert len(found) == 1


@pytest.mark.parametrize("data", [b"tabc", b"t", b"L\0\0\0", b"x", b""])
def test_a_value_that_is_cut_off_is_refused(data: bytes) -> None:
    for read in (wire.Fields.text, wire.Fields.number, wire.Fields.properties, wire.Fields.flag):
        with pytest.raises(PulseError):
            read(wire.Fields(data))


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_its_body_and_an_error_is_raised() -> None:
    assert wire.answer_of(reply(b"abc")) == b"abc"
    with pytest.raises(Refused, match="let us in"):
        wire.answer_of(Message(wire.ERROR, 3, fake.number(1)))
    with pytest.raises(Refused, match="error 5"):
        wire.answer_of(Message(wire.ERROR, 3, fake.number(5)))


def test_streams_are_read_one_after_the_other() -> None:
    body = fake.Stream(source=4, client=9, more={"application.process.binary": "zoom"}).written(
        0
    ) + fake.Stream(resampler="peaks", corked=True).written(1)
    first, second = wire.read_recordings(body)
    assert (first.client, first.source, first.resampler, first.corked) == (9, 4, "", False)
    assert first.properties["application.process.binary"] == "zoom"
    assert first.properties["application.name"] == "FakeZoom"
    assert (second.resampler, second.corked) == ("peaks", True)


def test_no_streams_are_no_streams() -> None:
    assert list(wire.read_recordings(b"")) == []


@pytest.mark.parametrize(
    ("source", "monitor"),
    [
        (fake.Source(), False),
        (fake.Source(monitor_of=0), True),
        (fake.Source(device_class="monitor"), True),
    ],
)
def test_a_monitor_is_told_from_a_microphone(source: fake.Source, monitor: bool) -> None:
    assert wire.read_is_monitor(source.written(0)) is monitor


def test_a_version_has_no_flags() -> None:
    assert wire.read_version(fake.number(0x80000000 | 35)) == 35


@pytest.mark.parametrize(
    ("event", "tells"), [(0x03, True), (0x13, True), (0x23, True), (0x02, False), (0x20, False)]
)
def test_news_of_recordings_are_told_from_others(event: int, tells: bool) -> None:
    body = fake.number(event) + fake.number(5)
    assert wire.tells_of_recording(Message(66, fake.NONE, body)) is tells
    assert not wire.tells_of_recording(Message(wire.REPLY, 1, body))


# ── requests ──────────────────────────────────────────────────────────────────────────────────────


def test_requests_are_as_servers_expect_them() -> None:
    """Byte by byte, as real ones have been seen to take them."""
    cookie = bytes(range(256))
    assert wire.auth(1, cookie) == fake.message(8, 1, fake.number(19) + b"x\0\0\1\0" + cookie)
    assert wire.set_client_name(2, "postured") == fake.message(
        9, 2, fake.properties({"application.name": "postured"})
    )
    assert wire.subscribe(3) == fake.message(35, 3, fake.number(8))
    assert wire.list_clients(4) == fake.message(28, 4)
    assert wire.list_recordings(5) == fake.message(32, 5)
    assert wire.get_source(6, 9) == fake.message(23, 6, fake.number(9) + b"N")
