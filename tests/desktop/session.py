"""A throw-away desktop for tests: X server, D-Bus, notification server, home folder and login manager.

Nothing of the surrounding desktop leaks in or out: the environment is built from nothing, the buses have no
stock services, display numbers are picked by the X server itself (safe under xdist). Whatever was started is
ended by its process id, in reverse order; the kernel ends it if the test process dies first.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TypedDict, TypeVar, cast

import pytest
from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_call
from jeepney.bus_messages import DBus, Monitoring
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

T = TypeVar("T")

REQUIRED = ("Xvfb", "dbus-daemon", "dunst", "setpriv", "xdotool")
"""What `Desktop` itself starts; Debian: xvfb dbus dunst util-linux xdotool."""

ROOT = Path(__file__).resolve().parents[2]

LOGIND_PYTHON = "/usr/bin/python3"
"""The interpreter that has Debian's python3-dbusmock; the tests' own need not have it."""

SERVER = DBusAddress(
    "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
)
DUNST = DBusAddress(SERVER.object_path, SERVER.bus_name, "org.dunstproject.cmd0")
LOGIND = DBusAddress("/org/freedesktop/login1", "org.freedesktop.login1", "org.freedesktop.login1.Manager")
LOGIN_SESSION = "/org/freedesktop/login1/session/c1"

BUS_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>{type}</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

# Nothing times out by itself, nothing waits for input, and the context menu is answered by `dmenu-pick`.
DUNST_CONFIG = """\
[global]
    monitor = 0
    follow = none
    width = 400
    height = 400
    origin = top-right
    offset = 20x20
    notification_limit = 10
    font = DejaVu Sans 11
    markup = full
    format = "<b>%s</b>\\n%b"
    idle_threshold = 0
    history_length = 200
    sticky_history = yes
    stack_duplicates = false
    ignore_dbusclose = false
    mouse_left_click = do_action, close_current
    mouse_middle_click = close_current
    mouse_right_click = context
    dmenu = {dmenu}
[urgency_low]
    background = "#222222"
    foreground = "#bbbbbb"
    timeout = 0
[urgency_normal]
    background = "#285577"
    foreground = "#ffffff"
    timeout = 0
[urgency_critical]
    background = "#900000"
    foreground = "#ffffff"
    timeout = 0
"""

# dunst draws no buttons: it pipes lines like "#Later (Sit back) [7,later]" to its dmenu program and does what
# the line that comes back says. This one picks the line that the test wants.
DMENU_PICK = """\
#!/bin/sh
grep -m1 -e "$(cat '{wanted}')" | tee '{picked}.part'
mv '{picked}.part' '{picked}'
"""


class Notification(TypedDict):
    """One notification as the server was asked to show it; `id` is 0 until the server has answered."""

    id: int
    app_name: str
    replaces_id: int
    icon: str
    summary: str
    body: str
    actions: dict[str, str]
    hints: dict[str, object]
    expire_ms: int
    sent_unix_s: float
    open: bool
    """On the screen or waiting to be; False once closed, or replaced by a later one of the same id."""
    closed_reason: int | None
    """1 expired, 2 dismissed, 3 closed by a call, 4 undefined."""
    pressed: list[str]
    """Action keys the server reported, in order."""


def need(*programs: str) -> None:
    """Skip the running test where a program is missing; fail it where POSTURED_REQUIRE_DESKTOP is 1."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get("POSTURED_REQUIRE_DESKTOP") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def wait_for(condition: Callable[[], T], limit_s: float = 5.0, *, what: str = "") -> T:
    """Return the first true value of `condition`, asked again and again.

    Raises:
        AssertionError: It was still false after `limit_s`.
    """
    end = time.monotonic() + limit_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit_s:g} s: {what or condition}")
        time.sleep(0.01)
    return value


class Program:
    """A process in the background, logging into a file, ended with whoever started it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        pass_fds: Sequence[int] = (),
        cwd: Path,
    ) -> None:
        self.log = log
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *argv],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """What it has written so far, standard output and error in one."""
        return self.log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.alive:
            self._process.send_signal(number)

    def wait(self, limit_s: float = 5.0) -> int:
        """Its exit status, negative for a signal, once it has ended by itself.

        Raises:
            AssertionError: It still runs after `limit_s`.
        """
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {limit_s:g} s: {self._process.args!r}") from None

    def stop(self, limit_s: float = 5.0) -> int:
        """Ask it to end (TERM), insist after `limit_s` (KILL); its exit status."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it at once, with no chance to tidy up; its exit status."""
        self.signal(signal.SIGKILL)
        return self._process.wait(5)


class Daemon(Program):
    """A running `postured run`."""

    ready_s: float = math.nan
    """Seconds from start to READY=1."""
    status_lines: list[str]
    """What it told the service manager while it started."""

    def __init__(
        self, argv: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path, limit_s: float
    ) -> None:
        self.status_lines = []
        socket_path = log.with_suffix(".notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(socket_path))
            started = time.monotonic()
            super().__init__(argv, env={**env, "NOTIFY_SOCKET": str(socket_path)}, log=log, cwd=cwd)
            self._await_ready(notify, started, limit_s)
        socket_path.unlink()

    def _await_ready(self, notify: socket.socket, started: float, limit_s: float) -> None:
        ended = os.pidfd_open(self.pid)
        try:
            while math.isnan(self.ready_s):
                left_s = started + limit_s - time.monotonic()
                readable, _, _ = select.select([notify.fileno(), ended], [], [], max(left_s, 0))
                if notify.fileno() in readable:
                    self.status_lines += notify.recv(4096).decode().split("\n")
                    if "READY=1" in self.status_lines:
                        self.ready_s = time.monotonic() - started
                elif ended in readable:
                    raise AssertionError(
                        f"the daemon ended with {self.wait()} before it was ready:\n{self.output}"
                    )
                else:
                    self.kill()
                    raise AssertionError(f"the daemon was not ready after {limit_s:g} s:\n{self.output}")
        finally:
            os.close(ended)


class NotificationLog:
    """Everything said between clients and the notification server, read from the bus as a monitor."""

    def __init__(self, address: str) -> None:
        self._lock = threading.Lock()
        self._sent: list[Notification] = []
        self._asked: dict[tuple[str, int], Notification] = {}
        self._marks: set[str] = set()
        self._connection = open_dbus_connection(address)
        Proxy(Monitoring(), self._connection, timeout=5).BecomeMonitor([])
        self._thread = threading.Thread(target=self._read, name="notification-log", daemon=True)
        self._thread.start()

    def bus_gone(self) -> None:
        """Hear out what the bus said before it ended; nothing is up any more."""
        self._thread.join(5)
        self._connection.close()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self.bus_gone()

    def all(self) -> list[Notification]:
        """Every notification sent so far, oldest first."""
        with self._lock:
            return [n.copy() for n in self._sent]

    def heard(self, mark: str) -> bool:
        """Whether the question for the owner of the name `mark` has passed, and so everything before it."""
        return mark in self._marks

    def _read(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                message = self._connection.receive()
                with self._lock:
                    self._take(message)
        with self._lock:
            self._server_gone()

    def _take(self, message: Message) -> None:
        header, fields = message.header, message.header.fields
        member = fields.get(HeaderFields.member)
        if header.message_type is MessageType.method_call and member == "NameHasOwner":
            self._marks.add(message.body[0])
        elif member == "NameOwnerChanged" and message.body[0] == SERVER.bus_name and message.body[1]:
            self._server_gone()
        elif header.message_type is MessageType.method_call and member == "Notify":
            self._asked[str(fields[HeaderFields.sender]), header.serial] = self._add(message.body)
        elif header.message_type is MessageType.method_return:
            asked = self._asked.pop(
                (str(fields.get(HeaderFields.destination)), fields[HeaderFields.reply_serial]), None
            )
            if asked is not None:
                self._supersede(message.body[0])
                asked["id"], asked["open"] = message.body[0], True
        elif (
            header.message_type is MessageType.signal
            and fields.get(HeaderFields.interface) == SERVER.interface
        ):
            self._ended(str(member), message.body)

    def _add(self, body: tuple[object, ...]) -> Notification:
        app_name, replaces_id, icon, summary, text, actions, hints, expire_ms = body
        keys = cast("list[str]", actions)
        notification: Notification = {
            "id": 0,
            "app_name": str(app_name),
            "replaces_id": cast("int", replaces_id),
            "icon": str(icon),
            "summary": str(summary),
            "body": str(text),
            "actions": dict(zip(keys[::2], keys[1::2], strict=True)),
            "hints": {
                name: value for name, (_, value) in cast("dict[str, tuple[str, object]]", hints).items()
            },
            "expire_ms": cast("int", expire_ms),
            "sent_unix_s": time.time(),
            "open": False,
            "closed_reason": None,
            "pressed": [],
        }
        self._sent.append(notification)
        return notification

    def _supersede(self, number: int) -> None:
        for notification in self._sent:
            if notification["id"] == number:
                notification["open"] = False

    def _ended(self, member: str, body: tuple[object, ...]) -> None:
        for notification in reversed(self._sent):
            if notification["id"] == body[0] and (notification["open"] or member == "ActionInvoked"):
                if member == "NotificationClosed":
                    notification["open"], notification["closed_reason"] = False, cast("int", body[1])
                elif member == "ActionInvoked":
                    notification["pressed"].append(str(body[1]))
                return

    def _server_gone(self) -> None:
        for notification in self._sent:
            notification["open"] = False


class Desktop:
    """One person's desktop session. Made by `Desktop.start()`, gone when its `with` block ends."""

    home: Path
    env: dict[str, str]
    """For programs of this session; add to it before starting them."""
    services: Path
    """Service files put here make a name bus-activatable."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._programs: list[Program] = []
        self._xserver: Program | None = None
        self._bus: Program | None = None
        self._system_bus: Program | None = None
        self._server: Program | None = None
        self._log: NotificationLog | None = None
        self._earlier: list[Notification] = []
        self._daemons = 0
        self.home = root / "home"
        self.services = root / "services"
        self.env = {}

    @classmethod
    @contextlib.contextmanager
    def start(cls, *, dunst: bool = True, x11: bool = True, screen: str = "1280x800x24") -> Iterator[Desktop]:
        """Run a session in a folder of its own.

        Args:
            dunst: Start the notification server too; else there is none until `start_dunst()`.
            x11: Start an X server; else the session has no display.
            screen: Width, height and depth.
        """
        root = Path(tempfile.mkdtemp(prefix="desktop-"))
        desktop = cls(root)
        with _terminated_as_exit():
            try:
                desktop._lay_out()
                if x11:
                    desktop._start_display(screen)
                desktop.start_bus()
                if dunst:
                    desktop.start_dunst()
                yield desktop
            finally:
                desktop._end()
                shutil.rmtree(root, ignore_errors=True)

    # ── the parts ─────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        folders = {
            "XDG_CONFIG_HOME": self.home / ".config",
            "XDG_DATA_HOME": self.home / ".local/share",
            "XDG_STATE_HOME": self.home / ".local/state",
            "XDG_CACHE_HOME": self.home / ".cache",
            "XDG_RUNTIME_DIR": self._root / "run",
        }
        for folder in (*folders.values(), self.services):
            folder.mkdir(mode=0o700, parents=True)
        # Compositors refuse root, so they run as somebody else, who has to find the buses.
        (self._root / "bus").mkdir(mode=0o755)
        self._root.chmod(0o711)
        self.env |= {name: str(folder) for name, folder in folders.items()}
        self.env |= {
            "HOME": str(self.home),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            # The code beside these tests is what runs, as it is for every other test.
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "XDG_SESSION_TYPE": "x11",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._root}/bus/own",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._root}/bus/system",
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
        }

    def spawn(self, *argv: str, name: str, pass_fds: Sequence[int] = ()) -> Program:
        """Start a program of this session in the background; it ends with the session at the latest."""
        program = Program(
            argv, env=self.env, log=self._root / f"{name}.log", cwd=self.home, pass_fds=pass_fds
        )
        self._programs.append(program)
        return program

    def _end(self) -> None:
        for program in reversed(self._programs):
            program.signal(signal.SIGTERM)
            program.signal(signal.SIGCONT)
        for program in reversed(self._programs):
            program.stop()
        if self._log is not None:
            self._log.close()

    def _start_display(self, screen: str) -> None:
        reader, writer = os.pipe()
        try:
            # -noreset: the server must not start anew whenever its last client leaves.
            self._xserver = self.spawn(
                *("Xvfb", "-displayfd", str(writer), "-screen", "0", screen),
                *("-nolisten", "tcp", "-noreset", "-dpi", "96"),
                name="xvfb",
                pass_fds=(writer,),
            )
        finally:
            os.close(writer)
        with os.fdopen(reader) as stream:
            ready, _, _ = select.select([stream], [], [], 20)
            number = stream.readline().strip() if ready else ""
        if not number:
            raise AssertionError(f"the X server did not start:\n{self._xserver.output}")
        self.env["DISPLAY"] = f":{number}"

    def kill_display(self) -> None:
        """End the X server at once."""
        assert self._xserver is not None
        self._xserver.kill()

    def _spawn_bus(self, kind: str, address: str) -> Program:
        config = self._root / f"{kind}-bus.conf"
        config.write_text(BUS_CONFIG.format(type=kind, address=address, services=self.services))
        Path(address.removeprefix("unix:path=")).unlink(missing_ok=True)
        reader, writer = os.pipe()
        try:
            bus = self.spawn(
                *("dbus-daemon", f"--config-file={config}", f"--print-address={writer}"),
                *("--nofork", "--nopidfile", "--nosyslog"),
                name=f"{kind}-bus",
                pass_fds=(writer,),
            )
        finally:
            os.close(writer)
        with os.fdopen(reader) as stream:
            ready, _, _ = select.select([stream], [], [], 10)
            if not ready or not stream.readline():
                raise AssertionError(f"the {kind} bus did not start:\n{bus.output}")
        return bus

    def start_bus(self) -> None:
        """Start the session bus (again, at the same address)."""
        address = self.env["DBUS_SESSION_BUS_ADDRESS"]
        self._bus = self._spawn_bus("session", address)
        self._log = NotificationLog(address)

    def kill_bus(self) -> None:
        """End the session bus at once; the notification server ends with it."""
        assert self._bus is not None
        self._bus.kill()
        if self._server is not None:
            self._server.stop()
        if self._log is not None:
            self._log.bus_gone()
            self._earlier += self._log.all()
            self._log = None

    def freeze_bus(self, on: bool) -> None:
        """Make the session bus hang: it takes connections and answers nothing until thawed."""
        assert self._bus is not None
        self._bus.signal(signal.SIGSTOP if on else signal.SIGCONT)

    # ── the notification server ───────────────────────────────────────────────────────────────────

    @property
    def _wanted(self) -> Path:
        return self._root / "press.wanted"

    @property
    def _picked(self) -> Path:
        return self._root / "press.picked"

    def start_dunst(self) -> None:
        """Start the notification server (again); returns when it answers."""
        dmenu = self._root / "dmenu-pick"
        if not dmenu.exists():
            dmenu.write_text(DMENU_PICK.format(wanted=self._wanted, picked=self._picked))
            dmenu.chmod(0o700)
        config = self._root / "dunstrc"
        config.write_text(DUNST_CONFIG.format(dmenu=dmenu))
        self.start_server("dunst", "-config", str(config))

    def start_server(self, *argv: str) -> None:
        """Start any notification server; returns when it owns the name."""
        self._server = self.spawn(*argv, name="notification-server")
        server = self._server
        with self._connect() as bus:
            wait_for(
                lambda: not server.alive or self._owned(bus, str(SERVER.bus_name)),
                20,
                what="notification server",
            )
        if not server.alive:
            raise AssertionError(f"the notification server did not start:\n{server.output}")

    def kill_dunst(self) -> None:
        """End the notification server at once, as a crash would."""
        assert self._server is not None
        self._server.kill()
        with self._connect() as bus:
            wait_for(lambda: not self._owned(bus, str(SERVER.bus_name)), what="the bus to notice")

    def freeze_dunst(self, on: bool) -> None:
        """Make the server hang: it keeps its name and answers nothing until thawed."""
        assert self._server is not None
        self._server.signal(signal.SIGSTOP if on else signal.SIGCONT)

    def do_not_disturb(self, on: bool) -> None:
        """Switch dunst's do-not-disturb."""
        self.call(
            DUNST.with_interface("org.freedesktop.DBus.Properties"),
            *("Set", "ssv", DUNST.interface, "paused", ("b", on)),
        )

    def displayed(self) -> int:
        """How many notifications dunst shows on the screen now."""
        reply = self.call(
            DUNST.with_interface("org.freedesktop.DBus.Properties"),
            "Get",
            "ss",
            DUNST.interface,
            "displayedLength",
        )
        return cast("tuple[str, int]", reply[0])[1]

    def notifications(self, *, only_open: bool = False) -> list[Notification]:
        """Return what the server was asked to show, oldest first; with `only_open` what is still up."""
        log = self._log
        everything = list(self._earlier)
        if log is not None:
            # The log lags behind the bus; what was answered before this mark is in it once the mark is.
            mark = f"test.mark{time.monotonic_ns()}"
            with self._connect() as bus:
                self._owned(bus, mark)
            wait_for(lambda: log.heard(mark), what="the log of notifications")
            everything += log.all()
        return [n for n in everything if n["open"] or not only_open]

    def wait_for_notification(self, text: str = "", *, limit_s: float = 5.0) -> Notification:
        """Return the newest notification that is up and has `text` in its title or body."""

        def newest() -> Notification | None:
            found = [n for n in self.notifications(only_open=True) if text in n["summary"] + "\n" + n["body"]]
            return found[-1] if found else None

        found = wait_for(newest, limit_s, what=f"a notification with {text!r}; seen: {self.notifications()}")
        assert found is not None
        return found

    def press(self, action: str, number: int | None = None) -> None:
        """Press a button on dunst's menu: of the newest notification that has it, or of the one with that id.

        Raises:
            AssertionError: No notification on the screen has such a button.
        """
        seen = self.notifications()
        candidates = [n for n in seen if n["open"] and action in n["actions"] and number in (None, n["id"])]
        if not candidates:
            raise AssertionError(f"no notification on the screen has the action {action!r}: {seen}")
        before = sum(n["pressed"].count(action) for n in seen)
        self._picked.unlink(missing_ok=True)
        self._wanted.write_text(rf"\[{'[0-9]*' if number is None else number},{action}\]$")
        self.call(DUNST, "ContextMenuCall")
        wait_for(self._picked.exists, what="dunst's menu")
        assert self._picked.read_text(), f"dunst's menu does not offer {action!r}"
        wait_for(
            lambda: sum(n["pressed"].count(action) for n in self.notifications()) > before,
            what=f"press of {action}",
        )

    def dismiss(self) -> None:
        """Close everything on the screen, as the person would."""
        self.call(DUNST, "NotificationCloseAll")

    # ── the person ────────────────────────────────────────────────────────────────────────────────

    def key(self, name: str = "shift") -> None:
        """Press and release a key."""
        self.xdotool("key", name)

    def move(self, dx: int = 3, dy: int = 3) -> None:
        """Move the mouse."""
        self.xdotool("mousemove_relative", "--", str(dx), str(dy))

    def xdotool(self, *argv: str) -> None:
        """Any other real input."""
        subprocess.run(["xdotool", *argv], env=self.env, check=True, timeout=10, stdout=subprocess.DEVNULL)

    @contextlib.contextmanager
    def typing(self, every_s: float = 1.0) -> Iterator[None]:
        """Somebody works without pause while the block runs: a key every `every_s`."""
        busy = self.spawn("sh", "-c", f"while :; do xdotool key shift; sleep {every_s}; done", name="typing")
        try:
            yield
        finally:
            busy.kill()

    def screenshot(self, path: Path) -> None:
        """Save the whole screen as PNG."""
        need("import")
        subprocess.run(["import", "-window", "root", str(path)], env=self.env, check=True, timeout=20)

    # ── the login manager ─────────────────────────────────────────────────────────────────────────

    def mock_logind(self) -> None:
        """Start a private system bus with a login manager on it that knows this session as `c1`."""
        need("dbus-daemon", LOGIND_PYTHON)
        have = subprocess.run(
            [LOGIND_PYTHON, "-c", "import dbusmock"], capture_output=True, check=False, timeout=20
        )
        if have.returncode != 0:
            need("python3-dbusmock")
        address = self.env["DBUS_SYSTEM_BUS_ADDRESS"]
        self._system_bus = self._spawn_bus("system", address)
        mock = self.spawn(LOGIND_PYTHON, "-m", "dbusmock", "--template", "logind", name="logind")
        with self._connect(system=True) as bus:
            wait_for(lambda: not mock.alive or self._owned(bus, str(LOGIND.bus_name)), 20, what="logind")
        control = LOGIND.with_interface("org.freedesktop.DBus.Mock")
        self.call(control, "AddSession", "ssusb", "c1", "seat0", os.getuid(), "tester", True, system=True)
        # The template lacks what a program without XDG_SESSION_ID asks for.
        code = f"ret = dbus.ObjectPath({LOGIN_SESSION!r})"
        self.call(
            control, "AddMethod", "sssss", LOGIND.interface, "GetSessionByPID", "u", "o", code, system=True
        )
        self.env["XDG_SESSION_ID"] = "c1"

    def prepare_for_sleep(self, on: bool) -> None:
        """Announce suspend (True), or that the machine is back (False)."""
        control = LOGIND.with_interface("org.freedesktop.DBus.Mock")
        arguments = (LOGIND.interface, "PrepareForSleep", "b", [("b", on)])
        self.call(control, "EmitSignal", "sssav", *arguments, system=True)

    def lock(self, on: bool) -> None:
        """Lock or unlock the screen, as a screen locker reports it."""
        session = DBusAddress(LOGIN_SESSION, LOGIND.bus_name, "org.freedesktop.login1.Session")
        self.call(session, "SetLockedHint", "b", on, system=True)

    def switch_away(self, on: bool) -> None:
        """Let somebody else have screen and keyboard, whose session is another; or come back."""
        control = DBusAddress(LOGIN_SESSION, LOGIND.bus_name, "org.freedesktop.DBus.Mock")
        news = {"Active": ("b", not on)}
        self.call(control, "UpdateProperties", "sa{sv}", "org.freedesktop.login1.Session", news, system=True)

    # ── the program under test ────────────────────────────────────────────────────────────────────

    @property
    def config_file(self) -> Path:
        """Where this session's schedule lies."""
        return Path(self.env["XDG_CONFIG_HOME"]) / "postured/postured.yaml"

    def write_schedule(self, text: str) -> Path:
        """Give the person this schedule."""
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(text)
        return self.config_file

    def run(self, *argv: str, limit_s: float = 15.0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `postured` with these arguments to its end."""
        return subprocess.run(
            [sys.executable, "-m", "postured", *argv],
            env=self.env,
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    @contextlib.contextmanager
    def daemon(self, *argv: str, limit_s: float = 10.0) -> Iterator[Daemon]:
        """Start `postured run` and wait until it is ready; it is stopped at the end of the block."""
        self._daemons += 1
        daemon = Daemon(
            [sys.executable, "-m", "postured", "run", *argv],
            env=self.env,
            log=self._root / f"daemon-{self._daemons}.log",
            cwd=self.home,
            limit_s=limit_s,
        )
        self._programs.append(daemon)
        try:
            yield daemon
        finally:
            daemon.stop()

    # ── the bus ───────────────────────────────────────────────────────────────────────────────────

    def call(
        self, to: DBusAddress, method: str, signature: str = "", *body: object, system: bool = False
    ) -> tuple[object, ...]:
        """Call a method on the session bus, or the system bus; what it returns."""
        message = new_method_call(to, method, signature or None, body)
        with self._connect(system=system) as bus:
            reply = bus.send_and_get_reply(message, timeout=10)
        if reply.header.message_type is MessageType.error:
            raise AssertionError(f"{method}: {reply.header.fields.get(HeaderFields.error_name)} {reply.body}")
        return cast("tuple[object, ...]", reply.body)

    @contextlib.contextmanager
    def _connect(self, *, system: bool = False) -> Iterator[DBusConnection]:
        bus = open_dbus_connection(
            self.env["DBUS_SYSTEM_BUS_ADDRESS" if system else "DBUS_SESSION_BUS_ADDRESS"]
        )
        try:
            yield bus
        finally:
            bus.close()

    @staticmethod
    def _owned(bus: DBusConnection, name: str) -> bool:
        return cast("bool", Proxy(DBus(), bus, timeout=5).NameHasOwner(name)[0])


@contextlib.contextmanager
def _terminated_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that what was started is ended in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
