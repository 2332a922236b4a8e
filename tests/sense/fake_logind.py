"""A login manager on a private bus, as far as sessions and their idle hint go."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney import new_method_call as call
from jeepney.io.blocking import open_dbus_connection

LOGIN = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
_BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
_PROPERTIES = "org.freedesktop.DBus.Properties"


class FakeLogind:
    """Knows sessions by (id, uid, seat); the first one's properties are those that can be changed."""

    def __init__(self, address: str, *sessions: tuple[str, int, str], display: str = "") -> None:
        self.sessions = sessions
        self.display = display
        """Id of the session that the user sits at, empty where logind does not say."""
        self.mute = False
        self.properties: dict[str, tuple[str, object]] = {
            "Type": ("s", "wayland"),
            "IdleHint": ("b", False),
            "IdleSinceHint": ("t", 0),
        }
        self.rules: list[str] = []
        self._connection = open_dbus_connection(address)
        request = call(_BUS, "RequestName", "su", (LOGIN, 0))
        self._connection.send_and_get_reply(request, timeout=5)
        self._thread = threading.Thread(target=self._serve, name="fake-logind", daemon=True)
        self._thread.start()

    def hint(self, idle: bool, ago_s: float = 0.0) -> None:
        """Let the desktop say that the person is idle, since some time ago; or no longer."""
        since_us = round((time.time() - ago_s) * 1e6)
        self.properties |= {"IdleHint": ("b", idle), "IdleSinceHint": ("t", since_us)}
        self.tell("IdleHint", "IdleSinceHint")

    def tell(self, *names: str) -> None:
        """Tell that these properties of the first session have changed."""
        where = DBusAddress(self.path(self.sessions[0][0]), interface=_PROPERTIES)
        changed = {name: self.properties[name] for name in names}
        body = (LOGIN + ".Session", changed, [])
        self._connection.send(new_signal(where, "PropertiesChanged", "sa{sv}as", body))

    def end_session(self) -> None:
        """Tell that the first session is gone."""
        session_id = self.sessions[0][0]
        where = DBusAddress(PATH, interface=LOGIN + ".Manager")
        self._connection.send(new_signal(where, "SessionRemoved", "so", (session_id, self.path(session_id))))

    def close(self) -> None:
        """Leave the bus without a word."""
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()

    @staticmethod
    def path(session_id: str) -> str:
        return f"{PATH}/session/_{session_id}"

    def _serve(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                message = self._connection.receive()
                if message.header.message_type is MessageType.method_call and not self.mute:
                    self._connection.send(self._answer(message))

    def _answer(self, message: Message) -> Message:
        fields = message.header.fields
        if fields[HeaderFields.member] == "ListSessions":
            listed = [(name, uid, "somebody", seat, self.path(name)) for name, uid, seat in self.sessions]
            return new_method_return(message, "a(susso)", (listed,))
        name = message.body[1]
        if name == "Display" and self.display:
            return new_method_return(message, "v", (("(so)", (self.display, self.path(self.display))),))
        if "/session/" in fields[HeaderFields.path] and name in self.properties:
            return new_method_return(message, "v", (self.properties[name],))
        return new_error(message, "org.freedesktop.DBus.Error.UnknownObject")
