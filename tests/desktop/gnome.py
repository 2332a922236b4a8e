"""GNOME on a throw-away desktop: a real shell (or bare Mutter) without a screen, a person, a session manager.

Compositors refuse root, so as root they run as nobody, with a home and a runtime folder of their own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import cast

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.desktop.session import Desktop, Program, need, wait_for

NOBODY = 65534

MONITOR = DBusAddress(
    "/org/gnome/Mutter/IdleMonitor/Core", "org.gnome.Mutter.IdleMonitor", "org.gnome.Mutter.IdleMonitor"
)
REMOTE = DBusAddress(
    "/org/gnome/Mutter/RemoteDesktop", "org.gnome.Mutter.RemoteDesktop", "org.gnome.Mutter.RemoteDesktop"
)
MANAGER = DBusAddress("/org/gnome/SessionManager", "org.gnome.SessionManager", "org.gnome.SessionManager")

SESSION_BINARY = "/usr/libexec/gnome-session-binary"

_LEFT_SHIFT = 42
_FROM_ROOT = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=TERM", "--")

INHIBIT_SUSPEND, INHIBIT_IDLE = 4, 8


class Person:
    """Whoever the compositors run as: somebody else than root, with folders of their own."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self.home = desktop.home.parent / "person"
        self.runtime = self.home / "run"
        self.as_other = os.getuid() == 0
        if not self.home.exists():
            for folder in (self.home, self.runtime):
                folder.mkdir(mode=0o700)
                if self.as_other:
                    os.chown(folder, NOBODY, NOBODY)

    def spawn(self, *argv: str, name: str, env: Sequence[str] = ()) -> Program:
        """Start a program as this person; `env` adds NAME=value pairs."""
        own = [
            f"HOME={self.home}",
            f"XDG_RUNTIME_DIR={self.runtime}",
            *(
                f"XDG_{kind}_HOME={self.home}/.{kind.lower()}"
                for kind in ("CONFIG", "DATA", "STATE", "CACHE")
            ),
            "XDG_CURRENT_DESKTOP=GNOME",
            "XDG_SESSION_TYPE=wayland",
            "LIBGL_ALWAYS_SOFTWARE=1",
        ]
        command = ["env", "-u", "DISPLAY", "-u", "WAYLAND_DISPLAY", *own, *env, *argv]
        return self._desktop.spawn(*(_FROM_ROOT if self.as_other else ()), *command, name=name)


class Shell:
    """A running compositor, and the person's hands on it."""

    def __init__(self, desktop: Desktop, argv: Sequence[str], env: Sequence[str] = ()) -> None:
        self._desktop = desktop
        self._person = Person(desktop)
        self._argv = [*argv, "--wayland-display", "wayland-gnome"]
        self._env = env
        self._bus: DBusConnection | None = None
        self._remote = ""
        self.program = self._start()
        desktop.env |= {
            "WAYLAND_DISPLAY": str(self._person.runtime / "wayland-gnome"),
            "XDG_SESSION_TYPE": "wayland",
            "XDG_CURRENT_DESKTOP": "GNOME",
        }

    def _start(self) -> Program:
        program = self._person.spawn(*self._argv, name=self._argv[0], env=self._env)
        wait_for(lambda: not program.alive or self._ready(), 30, what=self._argv[0])
        if not program.alive:
            raise AssertionError(f"{self._argv[0]} did not start:\n{program.output}")
        return program

    def key(self) -> None:
        """Press and release Shift."""
        self._hands("NotifyKeyboardKeycode", "ub", _LEFT_SHIFT, True)
        self._hands("NotifyKeyboardKeycode", "ub", _LEFT_SHIFT, False)

    def move(self, dx: float = 3.0, dy: float = 3.0) -> None:
        """Move the mouse."""
        self._hands("NotifyPointerMotionRelative", "dd", dx, dy)

    @contextlib.contextmanager
    def typing(self, every_s: float = 0.2) -> Iterator[None]:
        """Somebody works without pause while the block runs: a key every `every_s`."""
        over = threading.Event()

        def type_on() -> None:
            while not over.wait(every_s):
                self.key()

        self.key()
        busy = threading.Thread(target=type_on, name="typing", daemon=True)
        busy.start()
        try:
            yield
            assert busy.is_alive(), "the keys were taken away"
        finally:
            over.set()
            busy.join(10)

    def idle_s(self) -> float:
        """What the idle monitor counts."""
        (idle_ms,) = self._desktop.call(MONITOR, "GetIdletime")
        return cast("int", idle_ms) / 1000

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.close()
        self.program.kill()
        wait_for(lambda: not is_owned(self._desktop, str(MONITOR.bus_name)), what="the bus to notice")

    def restart(self) -> None:
        """End it if it runs, and start it again."""
        if self.program.alive:
            self.kill()
        self.program = self._start()

    def freeze(self, on: bool) -> None:
        """Make it hang, or let it go on."""
        self.program.signal(signal.SIGSTOP if on else signal.SIGCONT)

    def close(self) -> None:
        """Take the hands away; they come back when they are needed. The program ends with the desktop."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _hands(self, method: str, signature: str, *body: object) -> None:
        """Give input; it lasts as long as the connection that it comes from."""
        if self._bus is None:
            self._bus = open_dbus_connection(self._desktop.env["DBUS_SESSION_BUS_ADDRESS"])
            (self._remote,) = cast("tuple[str]", self._call(REMOTE, "CreateSession"))
            self._call(self._session, "Start")
        self._call(self._session, method, signature, *body)

    @property
    def _session(self) -> DBusAddress:
        return DBusAddress(self._remote, REMOTE.bus_name, "org.gnome.Mutter.RemoteDesktop.Session")

    def _call(self, to: DBusAddress, method: str, signature: str = "", *body: object) -> tuple[object, ...]:
        assert self._bus is not None
        reply = self._bus.send_and_get_reply(new_method_call(to, method, signature or None, body), timeout=10)
        if reply.header.message_type is MessageType.error:
            raise AssertionError(f"{method}: {reply.header.fields.get(HeaderFields.error_name)} {reply.body}")
        return cast("tuple[object, ...]", reply.body)

    def _ready(self) -> bool:
        return all(is_owned(self._desktop, str(names.bus_name)) for names in (MONITOR, REMOTE))


def is_owned(desktop: Desktop, name: str) -> bool:
    """Whether somebody on the session bus has this name."""
    driver = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    return bool(desktop.call(driver, "NameHasOwner", "s", name)[0])


def start_mutter(desktop: Desktop) -> Shell:
    """Start Mutter alone: the compositor of GNOME without its shell, in about a second."""
    need("mutter", "setpriv")
    return Shell(desktop, ["mutter", "--headless", "--virtual-monitor", "800x600", "--no-x11", "--wayland"])


def start_gnome_shell(desktop: Desktop, env: Sequence[str] = ()) -> Shell:
    """Start the GNOME shell; needs a login manager, and starts one if there is none yet."""
    need("gnome-shell", "setpriv")
    if "XDG_SESSION_ID" not in desktop.env:
        desktop.mock_logind()
    return Shell(
        desktop,
        ["gnome-shell", "--headless", "--virtual-monitor", "800x600", "--no-x11", "--sm-disable"],
        env,
    )


class SessionManager:
    """The real session manager, with a session of nothing, and a program that keeps things from happening."""

    def __init__(self, desktop: Desktop) -> None:
        need(SESSION_BINARY)
        self._desktop = desktop
        person = Person(desktop)
        if "XDG_SESSION_ID" not in desktop.env:
            desktop.mock_logind()
        share = person.home / "share"
        sessions = share / "gnome-session/sessions"
        sessions.mkdir(mode=0o755, parents=True, exist_ok=True)
        (sessions / "bare.session").write_text("[GNOME Session]\nName=bare\nRequiredComponents=\n")
        program = self.program = person.spawn(
            *(SESSION_BINARY, "--builtin", "--session=bare"),
            name="gnome-session",
            env=[f"XDG_DATA_DIRS={share}:/usr/share"],
        )
        wait_for(
            lambda: not program.alive or is_owned(desktop, str(MANAGER.bus_name)), 20, what="gnome-session"
        )
        if not program.alive:
            raise AssertionError(f"gnome-session did not start:\n{program.output}")
        self._inhibitor = open_dbus_connection(desktop.env["DBUS_SESSION_BUS_ADDRESS"])

    def inhibit(self, what: int) -> int:
        """Keep something from happening; what takes it back."""
        (cookie,) = self._call("Inhibit", "susu", "test", 0, "a test", what)
        return cast("int", cookie)

    def uninhibit(self, cookie: int) -> None:
        """Let it happen again."""
        self._call("Uninhibit", "u", cookie)

    def close(self) -> None:
        """Take back all that it was told. The program ends with the desktop."""
        self._inhibitor.close()

    def _call(self, method: str, signature: str, *body: object) -> tuple[object, ...]:
        message = new_method_call(MANAGER, method, signature, body)
        reply = self._inhibitor.send_and_get_reply(message, timeout=10)
        if reply.header.message_type is MessageType.error:
            raise AssertionError(f"{method}: {reply.header.fields.get(HeaderFields.error_name)} {reply.body}")
        return cast("tuple[object, ...]", reply.body)
