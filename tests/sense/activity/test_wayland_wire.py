"""The Wayland wire: what is sent, byte for byte, and what is made of anything that comes."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.sense.activity import wayland_wire as wire
from postured.sense.activity.wayland_wire import Arguments, Offer, Session, WaylandError


def event(sender: int, kind: int, body: bytes = b"") -> bytes:
    return struct.pack("=II", sender, (8 + len(body)) << 16 | kind) + body


def text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)


def numbers(*values: int) -> bytes:
    return struct.pack(f"={len(values)}I", *values)


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({}, None),
        ({"WAYLAND_DISPLAY": "wayland-1"}, None),
        ({"XDG_RUNTIME_DIR": "/run/user/7"}, "/run/user/7/wayland-0"),
        ({"XDG_RUNTIME_DIR": "/run/user/7", "WAYLAND_DISPLAY": "wayland-1"}, "/run/user/7/wayland-1"),
        ({"XDG_RUNTIME_DIR": "/run/user/7", "WAYLAND_DISPLAY": "/elsewhere/wl"}, "/elsewhere/wl"),
        ({"XDG_RUNTIME_DIR": "/run/user/7", "WAYLAND_SOCKET": "5"}, "/run/user/7/wayland-0"),
    ],
)
def test_where_the_compositor_listens(env: dict[str, str], path: str | None) -> None:
    assert wire.socket_path(env) == path


def test_a_request_is_laid_out_as_the_protocol_says() -> None:
    assert wire.request(2, 0, 7, "wl_seat", 1, 3) == (
        numbers(2, 32 << 16) + numbers(7, 8) + b"wl_seat\0" + numbers(1, 3)
    )
    assert wire.request(5, 3, "ab", "") == (
        numbers(5, 24 << 16 | 3, 3) + b"ab\0\0" + numbers(1) + b"\0\0\0\0"
    )


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.binary(max_size=40))
def test_what_was_laid_out_is_taken_apart_again(word: str, rest: bytes) -> None:
    body = wire.request(1, 0, word, 77)[8:]
    arguments = Arguments(body + rest)
    assert (arguments.text(), arguments.number()) == (word, 77)


def test_an_array_is_taken_apart() -> None:
    arguments = Arguments(numbers(8, 2, 3) + numbers(0) + numbers(5))
    assert (arguments.numbers(), arguments.numbers(), arguments.number()) == ((2, 3), (), 5)


def test_a_string_that_is_none_or_no_utf_8_is_taken_as_far_as_it_goes() -> None:
    arguments = Arguments(numbers(0) + numbers(3) + b"\xffa\0\0")
    assert (arguments.text(), arguments.text()) == ("", "�a")


@pytest.mark.parametrize(
    ("body", "take"),
    [
        (b"\1\0\0", Arguments.number),
        (numbers(4), Arguments.text),
        (numbers(0xFFFFFFFF), Arguments.text),
        (numbers(3) + b"ab\0", Arguments.text),
        (numbers(8, 1), Arguments.numbers),
    ],
)
def test_arguments_that_are_not_there_are_an_error(body: bytes, take: Callable[[Arguments], object]) -> None:
    with pytest.raises(WaylandError, match="not Wayland"):
        take(Arguments(body))


def test_a_session_asks_for_the_registry_and_lists_what_is_offered() -> None:
    session = Session()
    done = session.ask_whether_done()
    assert session.outgoing() == wire.request(1, 1, 2) + wire.request(1, 0, 3)
    assert session.outgoing() == b""
    offers = [(1, "wl_seat", 8), (2, "wl_shm", 1), (9, "wl_seat", 7)]
    for number, interface, version in offers:
        session.feed(event(2, 0, numbers(number) + text(interface) + numbers(version)))
    assert not done()
    session.feed(event(3, 0, numbers(0)) + event(1, 1, numbers(3)))
    assert done()
    assert session.offers == {"wl_seat": [Offer(1, 8), Offer(9, 7)], "wl_shm": [Offer(2, 1)]}
    session.feed(event(2, 1, numbers(1)))
    assert session.offers["wl_seat"] == [Offer(9, 7)]


def test_binding_asks_for_no_newer_version_than_is_known_on_both_sides() -> None:
    session = Session()
    session.outgoing()
    assert session.bind("wl_seat", Offer(4, 8), 1) == (3, 1)
    assert session.bind("wl_seat", Offer(4, 1), 2) == (4, 1)
    assert session.outgoing() == wire.request(2, 0, 4, "wl_seat", 1, 3) + wire.request(
        2, 0, 4, "wl_seat", 1, 4
    )


def test_the_number_of_what_was_destroyed_is_used_again_only_when_confirmed() -> None:
    session = Session()
    heard: list[int] = []
    first = session.new(lambda kind, _body: heard.append(kind))
    session.drop(first)
    session.feed(event(first, 5))
    assert heard == []
    second = session.new()
    assert second != first
    session.feed(event(1, 1, numbers(first)))
    assert session.new() == first
    session.feed(event(1, 1, numbers(9999)))
    assert session.new() not in (9999, first, second)


def test_objects_that_the_compositor_makes_are_heard_once_adopted() -> None:
    session = Session()
    heard: list[tuple[int, bytes]] = []
    session.feed(event(0xFF000000, 1, b"abcd"))
    session.adopt(0xFF000000, lambda kind, body: heard.append((kind, body)))
    session.feed(event(0xFF000000, 1, b"abcd"))
    assert heard == [(1, b"abcd")]


def test_an_error_that_is_reported_is_one_line() -> None:
    with pytest.raises(WaylandError, match=r"reports an error \(invalid object 9\)"):
        Session().feed(event(1, 0, numbers(9, 0) + text("invalid\n  object 9")))
    with pytest.raises(WaylandError, match="no reason given"):
        Session().feed(event(1, 0, numbers(9, 0) + text("")))


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n", b"\0" * 8, numbers(1, 7 << 16), numbers(1, 10 << 16)]
)
def test_what_is_no_wayland_is_found_out(data: bytes) -> None:
    with pytest.raises(WaylandError, match="not Wayland"):
        Session().feed(data)


STREAM = (
    event(2, 0, numbers(1) + text("wl_seat") + numbers(8))
    + event(77, 4, b"unheard of, " * 30)
    + event(2, 0, numbers(3) + text("ext_idle_notifier_v1") + numbers(2))
    + event(2, 1, numbers(1))
)


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=12))
def test_messages_may_be_cut_anywhere(cuts: list[int]) -> None:
    session = Session()
    at = 0
    for cut in [*sorted(cuts), len(STREAM)]:
        session.feed(STREAM[at:cut])
        at = cut
    assert session.offers == {"wl_seat": [], "ext_idle_notifier_v1": [Offer(3, 2)]}


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_nothing_but_its_own_error_comes_of_any_bytes(pieces: list[bytes]) -> None:
    session = Session()
    with contextlib.suppress(WaylandError):
        for piece in pieces:
            session.feed(piece)


@given(st.sampled_from([1, 2, 3]), st.integers(0, 4), st.binary(max_size=40))
def test_nothing_but_its_own_error_comes_of_any_event(sender: int, kind: int, body: bytes) -> None:
    session = Session()
    session.ask_whether_done()
    with contextlib.suppress(WaylandError):
        session.feed(event(sender, kind, body + b"\0" * (-len(body) % 4)))
