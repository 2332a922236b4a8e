"""An idle monitor on a private bus that counts what a test says, and can be told to misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import open_dbus_connection

MUTTER = DBusAddress(
    "/org/gnome/Mutter/IdleMonitor/Core", "org.gnome.Mutter.IdleMonitor", "org.gnome.Mutter.IdleMonitor"
)
MUFFIN = DBusAddress(
    "/org/cinnamon/Muffin/IdleMonitor/Core",
    "org.cinnamon.Muffin.IdleMonitor",
    "org.cinnamon.Muffin.IdleMonitor",
)
MANAGER = DBusAddress("/org/gnome/SessionManager", "org.gnome.SessionManager", "org.gnome.SessionManager")
PROPERTIES = "org.freedesktop.DBus.Properties"
_BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")


class FakeMutter:
    """Has the watches of Mutter 43, its session manager, and its ways with inhibitors.

    Time is real, but no watch fires by itself: `leave` and `fire_idle` let it.
    """

    def __init__(self, address: str, monitor: DBusAddress = MUTTER, *, manager: bool = True) -> None:
        self.monitor = monitor
        self.mute: set[str] = set()
        """Methods that get no answer."""
        self.answers: dict[str, tuple[str, tuple[object, ...]]] = {}
        """Answers of another kind: signature and body, by method."""
        self.calls: list[str] = []
        """Methods called, in order."""
        self.on_call: Callable[[str], None] = lambda _: None
        """Is told of a method's name before it is answered."""
        self.inhibited = 0
        self.idle: dict[int, int] = {}
        """Idle watches that stand: their milliseconds, by number."""
        self.active: set[int] = set()
        """Watches for the next input that stand."""
        self.clients: set[str] = set()
        self._address = address
        self._fired: set[int] = set()
        self._number = 0
        self._last = time.monotonic()
        self._lock = threading.RLock()
        self._connection = open_dbus_connection(address)
        for names in (monitor, MANAGER) if manager else (monitor,):
            request = new_method_call(_BUS, "RequestName", "su", (names.bus_name, 0))
            self._connection.send_and_get_reply(request, timeout=5)
        self._thread = threading.Thread(target=self._serve, name="fake-mutter", daemon=True)
        self._thread.start()

    # ── what happens there ────────────────────────────────────────────────────────────────────────

    def type(self) -> None:
        """Press a key now."""
        self.leave(0)

    def leave(self, seconds: float) -> None:
        """Let the last input be `seconds` old as of now."""
        with self._lock:
            last = time.monotonic() - seconds
            if last > self._last:
                self._fired.clear()
                for number in sorted(self.active):
                    self._fire(number)
                self.active.clear()
            self._last = last
            self._fire_what_is_due()

    def fire_idle(self) -> None:
        """Let the idle watches fire, whatever the count says."""
        with self._lock:
            for number in self.idle:
                self._fire(number)

    def inhibit(self, actions: int) -> None:
        """Let the session manager say what is inhibited; unless idleness is among it, the count restarts."""
        with self._lock:
            if not actions & 8:
                self._last = time.monotonic()
                self._fired.clear()
            self.inhibited = actions
            changed = {"InhibitedActions": ("u", actions)}
            where = DBusAddress(MANAGER.object_path, interface=PROPERTIES)
            signal = new_signal(where, "PropertiesChanged", "sa{sv}as", (MANAGER.interface, changed, []))
            self._connection.send(signal)

    def forge(self, number: int) -> None:
        """Tell every client, as some other program and past its match rules, that a watch fired."""
        with contextlib.closing(open_dbus_connection(self._address)) as other:
            for client in self.clients:
                signal = self._watch_fired(number)
                signal.header.fields[HeaderFields.destination] = client
                other.send(signal)

    def own(self, names: DBusAddress) -> None:
        """Take a name."""
        self._tell_bus("RequestName", "su", names.bus_name, 0)

    def disown(self, names: DBusAddress) -> None:
        """Give a name up."""
        self._tell_bus("ReleaseName", "s", names.bus_name)

    def close(self) -> None:
        """Leave the bus without a word."""
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()

    # ── how it answers ────────────────────────────────────────────────────────────────────────────

    def _serve(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                message = self._connection.receive()
                if message.header.message_type is MessageType.method_call:
                    with self._lock:
                        self._answer(message)

    def _answer(self, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        self.clients.add(message.header.fields[HeaderFields.sender])
        self.calls.append(member)
        self.on_call(member)
        if member in self.mute:
            return
        if member in self.answers:
            signature, body = self.answers[member]
            self._connection.send(new_method_return(message, signature, body))
        elif member == "GetIdletime":
            idle_ms = round((time.monotonic() - self._last) * 1000)
            self._connection.send(new_method_return(message, "t", (idle_ms,)))
        elif member in ("AddIdleWatch", "AddUserActiveWatch"):
            self._add(message)
        elif member == "RemoveWatch":
            self.idle.pop(message.body[0], None)
            self.active.discard(message.body[0])
        elif member == "Get":
            self._connection.send(new_method_return(message, "v", (("u", self.inhibited),)))
        else:
            self._connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))

    def _add(self, message: Message) -> None:
        """Add a watch. One that is due at once fires before its number is known, as Mutter's do."""
        self._number += 1
        if message.body:
            self.idle[self._number] = message.body[0]
            self._fire_what_is_due()
        else:
            self.active.add(self._number)
        self._connection.send(new_method_return(message, "u", (self._number,)))

    def _fire_what_is_due(self) -> None:
        idle_ms = (time.monotonic() - self._last) * 1000
        for number, after_ms in self.idle.items():
            if idle_ms >= after_ms and number not in self._fired and not self.inhibited & 8:
                self._fired.add(number)
                self._fire(number)

    def _fire(self, number: int) -> None:
        self._connection.send(self._watch_fired(number))

    def _watch_fired(self, number: int) -> Message:
        return new_signal(self.monitor, "WatchFired", "u", (number,))

    def _tell_bus(self, method: str, signature: str, *body: object) -> None:
        """Call the bus; `_serve` passes the answer over."""
        with self._lock:
            self._connection.send(new_method_call(_BUS, method, signature, body))
