"""The connection to a message bus: limits, errors, signals, and what it does with nonsense."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jeepney import Message, MessageType

from postured.bus import (
    BUS_NAME,
    BUS_PATH,
    SYSTEM_SOCKET,
    Bus,
    BusError,
    Signal,
    _socket_names,
    session_address,
    system_address,
)
from tests.notify.private_bus import NAME, PATH, FakeServer, PrivateBus, private_bus, unique_name, until

DRIVER = (BUS_NAME, BUS_PATH, BUS_NAME)
SERVER = (NAME, PATH, NAME)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    yield from private_bus(tmp_path)


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("env", "address"),
    [
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/a", "XDG_RUNTIME_DIR": "/run/user/1"}, "unix:path=/a"),
        ({"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": "/run/user/1"}, "unix:path=/run/user/1/bus"),
        ({"XDG_RUNTIME_DIR": "/odd, pläce;/"}, "unix:path=/odd%2C%20pl%C3%A4ce%3B/bus"),
    ],
)
def test_the_session_bus_is_found(env: Mapping[str, str], address: str) -> None:
    assert session_address(env) == address


def test_no_session_bus_without_a_word_on_it() -> None:
    with pytest.raises(BusError) as caught:
        session_address({})
    assert caught.value.kind == "no-bus"


def test_the_system_bus_has_a_well_known_place() -> None:
    assert system_address({}) == SYSTEM_SOCKET
    assert system_address({"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/a"}) == "unix:path=/a"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("unix:path=/a,guid=1", ["/a"]),
        ("tcp:host=x,port=1;unix:abstract=/tmp/b;unix:path=/c", ["\0/tmp/b", "/c"]),
        ("unix:path=/odd%2c%20pl%c3%a4ce", ["/odd, pläce"]),
        ("unix:tmpdir=/tmp", []),
        ("disabled:", []),
        ("", []),
    ],
)
def test_an_address_is_read_as_the_specification_has_it(address: str, names: list[str]) -> None:
    assert _socket_names(address) == names


@given(st.text())
def test_any_address_can_be_read(address: str) -> None:
    assert all(isinstance(name, str) for name in _socket_names(address))


@given(st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
def test_any_runtime_folder_is_found_again(folder: str) -> None:
    assert _socket_names(session_address({"XDG_RUNTIME_DIR": f"/{folder}"})) == [f"/{folder}/bus"]


# ── connecting ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address", ["", "nonsense", "unix:path=/nonexistent", f"unix:path=/{'x' * 200}", "tcp:host=x"]
)
def test_no_bus_is_one_kind_of_error(address: str) -> None:
    with pytest.raises(BusError) as caught:
        asyncio.run(Bus.connect(address))
    assert caught.value.kind == "no-bus"
    assert str(caught.value)


def test_of_several_sockets_the_first_that_answers_is_taken(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(f"unix:path=/nonexistent;{bus.address}")
        assert connection.connected
        await connection.close()

    asyncio.run(scenario())


def serve_raw(answer: bytes, *, hang_up: bool = False) -> str:
    """Connect to a socket that answers everything with `answer`; how that failed."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        if not hang_up:
            await reader.read()
        writer.close()
        await writer.wait_closed()

    async def scenario() -> str:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            async with await asyncio.start_unix_server(speak, f"{folder}/bus"):
                with pytest.raises(BusError) as caught:
                    await Bus.connect(f"unix:path={folder}/bus", timeout_s=0.3)
                await asyncio.sleep(0.02)  # let the other end hear of it
        return f"{caught.value.kind}: {caught.value.detail}"

    return asyncio.run(scenario())


def test_a_bus_that_says_nothing_is_given_up() -> None:
    assert "does not answer within 0.3 s" in serve_raw(b"")


def test_a_bus_that_refuses_us_says_so() -> None:
    assert "does not let us in" in serve_raw(b"REJECTED EXTERNAL\r\n")


def test_a_bus_that_hangs_up_says_so() -> None:
    assert "hung up" in serve_raw(b"", hang_up=True)


def test_what_is_no_bus_is_left() -> None:
    assert serve_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n").startswith("no-bus")


# ── calls ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("call", "kind", "error_name"),
    [
        (
            ("org.none.None", "/", "org.none.None", "X"),
            "no-server",
            "org.freedesktop.DBus.Error.ServiceUnknown",
        ),
        ((*DRIVER, "Nope"), "rejected", "org.freedesktop.DBus.Error.UnknownMethod"),
        ((*DRIVER, "GetNameOwner", "s", ("a\0b",)), "rejected", ""),
        ((*DRIVER, "GetNameOwner", "s", ("\ud800",)), "rejected", ""),
        ((*DRIVER, "GetNameOwner", "s", (3,)), "rejected", ""),
        ((*DRIVER, "GetNameOwner", "s", ()), "rejected", ""),
        ((*DRIVER, "GetNameOwner", "z", ("a",)), "rejected", ""),
        ((*DRIVER, "Get Name", "s", ("a",)), "rejected", ""),
        (("no name", "/", "a.b", "X"), "rejected", ""),
        (("a.b", "no path", "a.b", "X"), "rejected", ""),
    ],
)
def test_what_fails_is_a_bus_error_and_the_connection_lives_on(
    bus: PrivateBus, call: tuple[str, str, str, str], kind: str, error_name: str
) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        with pytest.raises(BusError) as caught:
            await connection.call(*call)
        assert (caught.value.kind, caught.value.error_name) == (kind, error_name)
        assert await connection.owner_of(BUS_NAME) == BUS_NAME
        await connection.close()

    asyncio.run(scenario())


def test_every_call_has_a_limit_and_hears_of_a_late_answer(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "slow") as server:
            connection = await Bus.connect(bus.address)
            late: list[tuple[object, ...]] = []
            body = ("x", 0, "", "t", "b", [], {}, 0)
            for number in (1, 2):
                began = time.monotonic()
                with pytest.raises(BusError, match=r"does not answer Notify within 0\.05 s") as caught:
                    await connection.call(
                        *SERVER,
                        "Notify",
                        "susssasa{sv}i",
                        body,
                        timeout_s=0.05,
                        late=late.append if number == 2 else None,
                    )
                assert caught.value.kind == "timeout"
                assert time.monotonic() - began < 1
            await server.answer_slow()
            await server.answer_slow()
            await until(lambda: late)
            assert late == [(2,)]
            await connection.close()

    asyncio.run(scenario())


def test_an_answer_in_the_moment_of_giving_up_counts_as_late(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        late: list[tuple[object, ...]] = []
        call = asyncio.create_task(connection.call(*DRIVER, "GetId", late=late.append))
        dispatch = connection._wire.on_message

        def dispatch_and_cancel(message: Message) -> None:
            dispatch(message)
            if message.header.message_type is MessageType.method_return:
                call.cancel()  # the answer is there; whoever waits for it has not run yet

        connection._wire.on_message = dispatch_and_cancel
        await asyncio.gather(call, return_exceptions=True)
        assert call.cancelled()
        assert len(late) == 1
        await connection.close()

    asyncio.run(scenario())


def test_who_owns_a_name(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        assert await connection.owner_of(NAME) == ""
        async with FakeServer.on(bus.address):
            assert (await connection.owner_of(NAME)).startswith(":1.")
        await connection.close()

    asyncio.run(scenario())


def test_a_property_comes_without_its_variant(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        features = await connection.get_property(*DRIVER, "Features")
        assert isinstance(features, list)
        with pytest.raises(BusError) as caught:
            await connection.get_property(*DRIVER, "Nope")
        assert caught.value.kind == "rejected"
        await connection.close()

    asyncio.run(scenario())


# ── the end ───────────────────────────────────────────────────────────────────────────────────────


def test_a_lost_bus_fails_what_waits_and_what_comes(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "hangall") as server:
            connection = await Bus.connect(bus.address)
            waiting = asyncio.create_task(connection.call(*SERVER, "GetCapabilities"))
            await until(lambda: server.calls)
            bus.kill()
            with pytest.raises(BusError) as caught:
                await waiting
            assert caught.value.kind == "disconnected"
            await asyncio.wait_for(connection.lost(), 1)
            assert not connection.connected
            with pytest.raises(BusError) as caught:
                await connection.call(*SERVER, "GetCapabilities")
            assert caught.value.kind == "disconnected"
            connection.post(*SERVER, "GetCapabilities")
            await connection.close()

    asyncio.run(scenario())


def test_waiting_for_the_loss_can_be_given_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.lost(), 0.02)
        assert connection.connected
        await connection.close()

    asyncio.run(scenario())


def test_closing_does_not_wait_for_a_bus_that_hangs(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        bus.freeze(True)
        began = time.monotonic()
        await connection.close()
        assert time.monotonic() - began < 0.5
        bus.freeze(False)

    asyncio.run(scenario())


# ── signals ───────────────────────────────────────────────────────────────────────────────────────


def test_signals_come_in_order_to_whom_they_match(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            connection = await Bus.connect(bus.address)
            owner = await connection.owner_of(NAME)
            all_of_it: list[Signal] = []
            closed: list[Signal] = []
            other: list[Signal] = []
            first: list[Signal] = []
            await connection.subscribe(all_of_it.append, sender=NAME, path=PATH, interface=NAME)
            await connection.subscribe(closed.append, sender=owner, member="NotificationClosed")
            await connection.subscribe(other.append, path="/elsewhere")
            await connection.subscribe(first.append, interface=NAME, arg0="it's")
            for number in range(5):
                await server.press("done", number + 1)
            await server.close(2, 9)
            await server.emit("Odd", "ss", ("it's", "x"))
            await until(lambda: len(all_of_it) == 7)
            assert [s.body[0] for s in all_of_it] == [1, 2, 3, 4, 5, 9, "it's"]
            assert closed == [Signal(owner, PATH, NAME, "NotificationClosed", (9, 2))]
            assert (other, [s.member for s in first]) == ([], ["Odd"])
            await connection.close()

    asyncio.run(scenario())


def test_a_unique_sender_keeps_out_what_others_send_straight_to_us(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, FakeServer.on(bus.address) as other:
            connection = await Bus.connect(bus.address)
            me = await unique_name(connection)
            heard: list[Signal] = []
            everything: list[Signal] = []
            await connection.subscribe(heard.append, sender=await connection.owner_of(NAME), interface=NAME)
            await connection.subscribe(everything.append, interface=NAME)
            await other.emit("ActionInvoked", "us", (1, "done"), to=me)
            await until(lambda: everything)
            await server.emit("ActionInvoked", "us", (2, "done"), to=me)
            await until(lambda: heard)
            assert [signal.body[0] for signal in heard] == [2]
            await connection.close()

    asyncio.run(scenario())


def test_a_handler_that_fails_is_contained(bus: PrivateBus, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Signal) -> None:
        raise RuntimeError("handler")

    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            connection = await Bus.connect(bus.address)
            heard: list[Signal] = []
            await connection.subscribe(fail, interface=NAME)
            await connection.subscribe(heard.append, interface=NAME)
            await server.press("done", 1)
            await until(lambda: heard)
            await connection.close()

    asyncio.run(scenario())
    assert "handler" in caplog.text


def test_a_subscription_that_fails_leaves_nothing_behind(bus: PrivateBus) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        with pytest.raises(BusError):
            await connection.subscribe(lambda _: None, path="no path")
        assert connection._rules == []
        await connection.close()

    asyncio.run(scenario())


# ── nonsense on the wire ──────────────────────────────────────────────────────────────────────────


def test_one_unreadable_message_costs_only_itself(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            connection = await Bus.connect(bus.address)
            heard: list[Signal] = []
            await connection.subscribe(heard.append, interface=NAME)
            # A little-endian signal with a header field that does not exist, as newer buses may send one day.
            field = bytes([200]) + b"\x01s\0" + struct.pack("<I", 1) + b"x\0"
            header = struct.pack("<cBBBIII", b"l", 4, 0, 1, 0, 1, len(field)) + field
            connection._wire.data_received(header + b"\0" * (-len(header) % 8))
            await server.press("done", 1)
            await until(lambda: heard)
            await connection.close()

    asyncio.run(scenario())


def test_what_is_no_message_at_all_ends_the_connection(
    bus: PrivateBus, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        connection = await Bus.connect(bus.address)
        connection._wire.data_received(b"x" * 16)
        await asyncio.wait_for(connection.lost(), 1)

    caplog.set_level(logging.WARNING)
    asyncio.run(scenario())
    assert "not D-Bus" in caplog.text


def test_messages_may_come_in_pieces(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            connection = await Bus.connect(bus.address)
            heard: list[Signal] = []
            await connection.subscribe(heard.append, interface=NAME)
            whole = connection._wire.data_received
            connection._wire.data_received = lambda data: [whole(data[i : i + 1]) for i in range(len(data))]  # type: ignore[method-assign,assignment]
            await server.press("done", 1)
            await server.press("done", 2)
            await until(lambda: len(heard) == 2)
            await connection.close()

    asyncio.run(scenario())
