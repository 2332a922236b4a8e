"""D-Bus: one connection to a message bus, asynchronous, every wait with a limit.

jeepney gives the bytes a meaning; the socket, the replies and the signals are looked after here, because
jeepney's own connection waits without limit and loses its place after one unreadable message. Nothing is
sent to keep the connection alive: an idle one costs nothing. It never reconnects by itself; whoever needs
the bus again makes a new `Bus`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeVar, cast
from urllib.parse import quote_from_bytes, unquote_to_bytes

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.auth import BEGIN, Authenticator
from jeepney.low_level import HeaderFields, Message, MessageFlag, calc_msg_size

from postured.core.language import _

BUS_NAME = "org.freedesktop.DBus"
BUS_PATH = "/org/freedesktop/DBus"
SYSTEM_SOCKET = "unix:path=/var/run/dbus/system_bus_socket"

_HEADER_SIZE = 16
_LARGEST_MESSAGE = 2**27
"""The specification's limit; whatever claims to be larger is no D-Bus message."""

_ERROR = "org.freedesktop.DBus.Error."
_NOBODY_ANSWERS = frozenset({_ERROR + "ServiceUnknown", _ERROR + "NameHasNoOwner", _ERROR + "NoReply"})
_TOO_LATE = frozenset({_ERROR + "Timeout", _ERROR + "TimedOut"})

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


class BusError(Exception):
    """Something on the bus failed.

    `kind` is `no-bus` (no connection to be had), `no-server` (nobody answers to the name), `timeout`,
    `rejected` (an error reply, or something that D-Bus cannot carry) or `disconnected` (the bus went away).
    `error_name` is the D-Bus name of an error reply, else empty.
    """

    def __init__(self, kind: str, detail: str, error_name: str = "") -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.error_name = error_name


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it came in. `sender` is the unique name of the connection it came from."""

    sender: str
    path: str
    interface: str
    member: str
    body: tuple[object, ...]


def session_address(env: Mapping[str, str]) -> str:
    """Say where the session bus should be: what the environment names, else the usual socket.

    Raises:
        BusError: `no-bus`; the environment gives neither.
    """
    if address := env.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    if folder := env.get("XDG_RUNTIME_DIR"):
        return "unix:path=" + quote_from_bytes(os.fsencode(folder.rstrip("/") + "/bus"))
    raise BusError("no-bus", _("neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set"))


def system_address(env: Mapping[str, str]) -> str:
    """Say where the system bus should be: what the environment names, else the well-known socket."""
    return env.get("DBUS_SYSTEM_BUS_ADDRESS") or SYSTEM_SOCKET


class Bus:
    """A live connection to a message bus. Made by `connect`, ended by `close` or by the bus."""

    def __init__(self, address: str, wire: _Wire) -> None:
        self.address = address
        self._wire = wire
        self._serials = count(1)
        self._waiting: dict[int, asyncio.Future[tuple[object, ...]]] = {}
        self._late: dict[int, Callable[[tuple[object, ...]], None]] = {}
        self._rules: list[tuple[_Rule, Callable[[Signal], None]]] = []
        wire.on_message = self._dispatch
        wire.on_lost = self._drop_all

    @classmethod
    async def connect(cls, address: str, *, timeout_s: float = 5.0) -> Bus:
        """Connect, authenticate and say hello, all within `timeout_s`.

        Args:
            address: As `session_address` gives it. Of several, the first that answers is taken.
            timeout_s: For everything together.

        Raises:
            BusError: `no-bus`; nothing there, nobody answers, or it does not want us.
        """
        wire: _Wire | None = None
        try:
            async with asyncio.timeout(timeout_s):
                wire = await _open(address)
                await wire.authenticated
                bus = cls(address, wire)
                await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "Hello", timeout_s=timeout_s)
        except BaseException as error:
            if wire is not None:
                wire.abort()
            if isinstance(error, TimeoutError):
                raise BusError(
                    "no-bus",
                    _("{address} does not answer within {seconds:g} s").format(
                        address=address, seconds=timeout_s
                    ),
                ) from None
            if isinstance(error, BusError):
                empty = _("an empty address")
                raise BusError(
                    "no-bus",
                    f"{address or empty}: {error.detail}",
                    error.error_name,
                ) from None
            raise
        return bus

    @property
    def connected(self) -> bool:
        """Whether the connection still stands, as far as is known."""
        return not self._wire.lost.done()

    async def lost(self) -> None:
        """Return when the connection has ended, whoever ended it."""
        await asyncio.shield(self._wire.lost)

    async def close(self) -> None:
        """End the connection at once. What is still waiting for a reply fails with `disconnected`."""
        self._wire.abort()
        await self.lost()

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: tuple[object, ...] = (),
        *,
        timeout_s: float = 5.0,
        late: Callable[[tuple[object, ...]], None] | None = None,
    ) -> tuple[object, ...]:
        """Call a method and return the body of the reply.

        Calling a well-known name that nobody owns lets the bus start its owner, where it knows how to;
        calling a unique name (`owner_of`) never starts anything.

        Args:
            destination: Well-known or unique name.
            path: Object path.
            interface: Of the method.
            member: The method.
            signature: Types of `body`.
            body: The arguments; a variant is a pair of signature and value.
            timeout_s: How long to wait for the reply.
            late: Is given the reply's body if a reply comes after the caller has stopped waiting.

        Raises:
            BusError: `no-server`, `timeout`, `rejected` or `disconnected`.
        """
        if not self.connected:
            raise BusError("disconnected", _("the bus has gone away"))
        serial = next(self._serials)
        data = _serialised(serial, destination, path, interface, member, signature, body)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[object, ...]] = loop.create_future()
        self._waiting[serial] = future
        what = _("{destination} does not answer {member} within {seconds:g} s").format(
            destination=destination, member=member, seconds=timeout_s
        )
        timer = loop.call_later(timeout_s, _fail, future, BusError("timeout", what))
        self._wire.write(data)
        try:
            return await future
        except (BusError, asyncio.CancelledError) as error:
            if late is not None:
                self._stop_waiting(serial, future, late, error)
            raise
        finally:
            timer.cancel()
            self._waiting.pop(serial, None)

    def post(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: tuple[object, ...] = (),
    ) -> None:
        """Call a method and ask for no answer. Nothing happens when the connection has ended.

        Raises:
            BusError: `rejected`; D-Bus cannot carry it.
        """
        serial = next(self._serials)
        flags = MessageFlag.no_reply_expected
        self._wire.write(_serialised(serial, destination, path, interface, member, signature, body, flags))

    def _stop_waiting(
        self,
        serial: int,
        future: asyncio.Future[tuple[object, ...]],
        late: Callable[[tuple[object, ...]], None],
        error: BaseException,
    ) -> None:
        """Make sure that `late` hears of a reply that nobody waits for any more."""
        arrived = future.done() and not future.cancelled() and future.exception() is None
        if arrived:  # cancelled in the very moment in which the reply came in
            late(future.result())
        elif isinstance(error, asyncio.CancelledError) or (
            isinstance(error, BusError) and error.kind == "timeout"
        ):
            self._late[serial] = late

    async def get_property(
        self, destination: str, path: str, interface: str, name: str, *, timeout_s: float = 5.0
    ) -> object:
        """Return the value of a property, out of its variant.

        Raises:
            BusError: As for `call`; `rejected` where there is no such property.
        """
        properties = "org.freedesktop.DBus.Properties"
        reply = await self.call(
            destination, path, properties, "Get", "ss", (interface, name), timeout_s=timeout_s
        )
        match reply:
            case ((str(), value),):
                return value
        said = _("{destination} answers Get {name} with something else than a value")
        raise BusError("rejected", said.format(destination=destination, name=name))

    async def subscribe(
        self,
        handler: Callable[[Signal], None],
        *,
        sender: str | None = None,
        path: str | None = None,
        interface: str | None = None,
        member: str | None = None,
        arg0: str | None = None,
    ) -> None:
        """Call `handler` for every signal that matches, in the order of arrival, until the connection ends.

        A well-known name as `sender` limits what the bus passes on; a signal sent straight to this connection
        comes in all the same, whoever sent it. Who has to be sure compares `Signal.sender` with `owner_of`.

        Raises:
            BusError: As for `call`.
        """
        rule = _Rule(sender, path, interface, member, arg0)
        entry = (rule, handler)
        self._rules.append(entry)
        try:
            await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "AddMatch", "s", (rule.text(),))
        except BaseException:
            self._rules.remove(entry)
            raise

    async def owner_of(self, name: str) -> str:
        """Return the unique name of who owns `name`, empty when nobody does. Starts nothing.

        Raises:
            BusError: `timeout`, `rejected` or `disconnected`.
        """
        try:
            (owner,) = await self.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner", "s", (name,))
        except BusError as error:
            if error.kind == "no-server":
                return ""
            raise
        return str(owner)

    def _dispatch(self, message: Message) -> None:
        kind = message.header.message_type
        if kind is MessageType.signal:
            self._dispatch_signal(message)
        elif kind in (MessageType.method_return, MessageType.error):
            self._dispatch_reply(message, failed=kind is MessageType.error)

    def _dispatch_reply(self, message: Message, *, failed: bool) -> None:
        serial = message.header.fields.get(HeaderFields.reply_serial)
        future = self._waiting.pop(serial, None)
        late = self._late.pop(serial, None)
        body = cast("tuple[object, ...]", message.body)
        if future is not None and not future.done():
            if failed:
                future.set_exception(_error_of(message))
            else:
                future.set_result(body)
        elif late is not None and not failed:
            late(body)

    def _dispatch_signal(self, message: Message) -> None:
        fields = message.header.fields
        signal = Signal(
            sender=fields.get(HeaderFields.sender, ""),
            path=fields.get(HeaderFields.path, ""),
            interface=fields.get(HeaderFields.interface, ""),
            member=fields.get(HeaderFields.member, ""),
            body=message.body,
        )
        for rule, handler in tuple(self._rules):
            if rule.matches(signal):
                try:
                    handler(signal)
                except Exception:  # noqa: BLE001 - one handler's mistake must not cost the others their signal
                    _log.exception("a handler of %s.%s failed", signal.interface, signal.member)

    def _drop_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        self._late.clear()
        for future in waiting.values():
            _fail(future, BusError("disconnected", _("the bus went away before the answer came")))


class _Rule:
    """What a subscription wants to hear; None is anything."""

    def __init__(
        self,
        sender: str | None,
        path: str | None,
        interface: str | None,
        member: str | None,
        arg0: str | None,
    ) -> None:
        self._wanted = {
            "sender": sender,
            "path": path,
            "interface": interface,
            "member": member,
            "arg0": arg0,
        }
        # Signals carry unique names. Only the bus itself goes by its well-known name.
        self._sender = sender if sender and (sender[0] == ":" or sender == BUS_NAME) else None

    def text(self) -> str:
        """Put the rule in the words of AddMatch."""
        # An apostrophe ends the quoted value; outside of quotes a backslash lets it stand for itself.
        pairs = [
            (key, value.replace("'", r"'\''")) for key, value in self._wanted.items() if value is not None
        ]
        return ",".join(["type='signal'", *(f"{key}='{value}'" for key, value in pairs)])

    def matches(self, signal: Signal) -> bool:
        """Whether the signal is one of those asked for."""
        wanted = self._wanted
        return (
            self._sender in (None, signal.sender)
            and wanted["path"] in (None, signal.path)
            and wanted["interface"] in (None, signal.interface)
            and wanted["member"] in (None, signal.member)
            and (wanted["arg0"] is None or signal.body[:1] == (wanted["arg0"],))
        )


class _Wire(asyncio.Protocol):
    """The socket: authentication first, then whole messages, passed on as they come in."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.authenticated: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.on_message: Callable[[Message], None] = lambda _: None
        self.on_lost: Callable[[], None] = lambda: None
        self._transport: asyncio.Transport | None = None
        self._login = Authenticator()
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._continue_login()

    def connection_lost(self, exc: Exception | None) -> None:
        hung_up = (
            _("it hung up before we were in ({error})").format(error=exc)
            if exc
            else _("it hung up before we were in")
        )
        _fail(
            self.authenticated,
            BusError("no-bus", hung_up),
        )
        if not self.authenticated.cancelled():
            self.authenticated.exception()  # taken here, in case that nobody waits for it any more
        if not self.lost.done():
            self.lost.set_result(None)
        self.on_lost()

    def data_received(self, data: bytes) -> None:
        if not self.authenticated.done():
            self._log_in(data)
            return
        if self.authenticated.cancelled():  # whoever wanted in has gone; what comes now is no message yet
            self.abort()
            return
        self._buffer += data
        self._read_messages()

    def write(self, data: bytes) -> None:
        """Send, or forget it if the connection is gone; what waits for an answer then fails by itself."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Hang up without ceremony."""
        if self._transport is not None:
            self._transport.abort()

    def _continue_login(self) -> None:
        while line := self._login.data_to_send():
            self.write(line)
        if self._login.authenticated and not self.authenticated.done():
            self.write(BEGIN)
            self.authenticated.set_result(None)

    def _log_in(self, data: bytes) -> None:
        try:
            self._login.feed(data)
        except ValueError as error:
            _fail(
                self.authenticated,
                BusError("no-bus", _("it does not let us in ({error})").format(error=error)),
            )
            self.abort()
        else:
            self._continue_login()

    def _read_messages(self) -> None:
        """Take every whole message out of the buffer. One that cannot be read is left out, not the rest."""
        buffer = self._buffer
        while len(buffer) >= _HEADER_SIZE:
            try:
                size = calc_msg_size(bytes(buffer[:_HEADER_SIZE]))
            except (KeyError, struct.error):
                size = _LARGEST_MESSAGE + 1
            if size > _LARGEST_MESSAGE:
                _log.warning("the bus sent something that is not D-Bus; hanging up")
                self.abort()
                return
            if len(buffer) < size:
                return
            raw = bytes(buffer[:size])
            del buffer[:size]
            try:
                message = Message.from_buffer(raw)
            except Exception as error:  # noqa: BLE001 - jeepney promises no set of errors for what it can't read
                _log.debug("left out a message that can't be read: %r", error)
            else:
                self.on_message(message)


async def _open(address: str) -> _Wire:
    """Connect to the first socket of `address` that takes us."""
    loop = asyncio.get_running_loop()
    problem = _("no socket in this address that could be used")
    for name in _socket_names(address):
        try:
            _transport, wire = await loop.create_unix_connection(_Wire, name)
        except (OSError, ValueError) as error:  # ValueError: a path that no socket can have
            problem = getattr(error, "strerror", None) or str(error)
        else:
            return wire
    raise BusError("no-bus", problem)


def _socket_names(address: str) -> list[str]:
    """List the Unix sockets in a D-Bus address, in order; abstract ones start with a NUL."""
    names: list[str] = []
    for entry in address.split(";"):
        transport, _, rest = entry.strip().partition(":")
        options = dict(option.split("=", 1) for option in rest.split(",") if "=" in option)
        value = {key: os.fsdecode(unquote_to_bytes(text)) for key, text in options.items()}
        if transport == "unix" and "path" in value:
            names.append(value["path"])
        elif transport == "unix" and "abstract" in value:
            names.append("\0" + value["abstract"])
    return names


def _serialised(
    serial: int,
    destination: str,
    path: str,
    interface: str,
    member: str,
    signature: str,
    body: tuple[object, ...],
    flags: int = 0,
) -> bytes:
    """Put a method call in bytes. What the bus would hang up on is found here instead."""
    try:
        _refuse_nul(body)
        address = DBusAddress(path, bus_name=destination, interface=interface)
        message = new_method_call(address, member, signature or None, body)
        message.header.flags = flags
        return cast("bytes", message.serialise(serial))
    except (TypeError, ValueError, LookupError, struct.error) as error:
        said = _("{member} cannot be put in a message: {error}")
        raise BusError("rejected", said.format(member=member, error=error)) from error


def _refuse_nul(value: object) -> None:
    """Raise ValueError if there is a NUL in any text of `value`; jeepney would send it, the bus hang up."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError(_("there is a NUL in its text"))
    elif isinstance(value, Mapping):
        for pair in value.items():
            _refuse_nul(pair)
    elif isinstance(value, tuple | list):
        for part in value:
            _refuse_nul(part)


def _error_of(message: Message) -> BusError:
    """Read an error reply."""
    name = str(message.header.fields.get(HeaderFields.error_name, ""))
    text = next((part for part in message.body if isinstance(part, str)), "")
    if name in _NOBODY_ANSWERS or name.startswith(_ERROR + "Spawn."):
        kind = "no-server"
    else:
        kind = "timeout" if name in _TOO_LATE else "rejected"
    return BusError(kind, text or name, name)


def _fail(future: asyncio.Future[_T], error: Exception) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        future.set_exception(error)
