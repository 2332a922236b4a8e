"""Wayland compositors without a screen, on top of a `Desktop`, and a person at their keyboard and mouse.

Compositors refuse root, so where the tests are root they run as nobody, in folders of that user's own; what is
under test connects by the absolute path in WAYLAND_DISPLAY. They end with the desktop.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.session import LOGIND_PYTHON, Desktop, Program, need, wait_for

NOBODY = 65534


class Guest:
    """Runs programs of a desktop that refuse root: as nobody where the tests are root, else plainly.

    `home` and `run` are the folders HOME and XDG_RUNTIME_DIR of such a program; `env` is what it is told
    beyond the desktop's own environment, and may be added to.
    """

    def __init__(self, desktop: Desktop, name: str) -> None:
        self._desktop = desktop
        root = Path(desktop.home).parent
        self.home = root / f"{name}-home"
        self.run = root / f"{name}-run"
        for folder in (self.home, self.run):
            folder.mkdir(mode=0o700)
            if os.getuid() == 0:
                os.chown(folder, NOBODY, NOBODY)
        self.env = {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.run),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
        }

    def give(self, path: Path) -> Path:
        """Make a file or folder belong to who runs the programs."""
        if os.getuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        return path

    def argv(self, *argv: str) -> list[str]:
        """Return a command line that runs another one as the guest."""
        told = [f"{name}={value}" for name, value in self.env.items()]
        who: list[str] = []
        if os.getuid() == 0:
            # The kernel forgets who is to die with whom when the user changes: it is said again.
            who = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=TERM"]
        return [*who, *(["--"] if who else []), "env", "-C", str(self.home), *told, *argv]

    def spawn(self, *argv: str, name: str) -> Program:
        """Start a program in the background; it ends with the desktop at the latest."""
        return self._desktop.spawn(*self.argv(*argv), name=name)

    def call(self, *argv: str, limit_s: float = 10.0) -> str:
        """Run a program to its good end; what it printed."""
        done = subprocess.run(
            self.argv(*argv),
            env=self._desktop.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(argv)}: {done.stdout}{done.stderr}"
        return done.stdout


class Compositor:
    """What sway and KWin have in common. Made by `start_sway` or `start_kwin`."""

    def __init__(self, desktop: Desktop, guest: Guest, program: Program) -> None:
        self.desktop = desktop
        self.guest = guest
        self.program = program
        self._windows = 0

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.program.kill()

    def client(self, *argv: str) -> Program:
        """Start a program that opens a window or otherwise talks to the compositor."""
        self._windows += 1
        name = f"{Path(argv[0]).name}-{type(self).__name__.lower()}-{self._windows}"
        return self.guest.spawn(*argv, name=name)


# ── sway ──────────────────────────────────────────────────────────────────────────────────────────

SWAY_CONFIG = """\
xwayland disable
output * resolution 800x600
output * background #000000 solid_color
"""


class Sway(Compositor):
    """A sway without a screen."""

    def msg(self, *argv: str) -> str:
        """Run a sway command, or ask with `-t`; what swaymsg printed."""
        return self.guest.call("swaymsg", *argv)

    def key(self, name: str = "shift") -> None:
        """Press and release a key, on a keyboard that comes and goes for it."""
        self.guest.call("wtype", "-k", "Shift_L" if name == "shift" else name)

    def move(self, dx: int = 3, dy: int = 3) -> None:
        """Move the mouse."""
        self.msg("seat", "seat0", "cursor", "move", str(dx), str(dy))

    @contextlib.contextmanager
    def typing(self, every_s: float = 0.05) -> Iterator[None]:
        """Somebody types without pause while the block runs, all on one keyboard."""
        busy = self.guest.spawn("wtype", "-d", str(round(every_s * 1000)), "a" * 2000, name="typing")
        try:
            yield
        finally:
            assert busy.alive, busy.output
            busy.kill()

    @contextlib.contextmanager
    def window(self, *, app_id: str = "someapp", fullscreen: bool = False) -> Iterator[Program]:
        """Show the window of a terminal, focused, while the block runs."""
        need("foot")
        window = self.client(
            *("foot", f"--app-id={app_id}", *(["--fullscreen"] if fullscreen else [])),
            *("sh", "-c", "while :; do sleep 100; done"),
        )
        try:
            wait_for(lambda: self._shows(app_id) or not window.alive, 10, what=f"the window of {app_id}")
            assert window.alive, window.output
            yield window
        finally:
            window.stop()
            wait_for(lambda: not self._shows(app_id), what=f"the window of {app_id} to go")

    def fullscreen(self, on: bool) -> None:
        """Make the focused window full-screen, or an ordinary one again."""
        self.msg("fullscreen", "enable" if on else "disable")

    @contextlib.contextmanager
    def inhibited(self) -> Iterator[None]:
        """Keep the screen awake while the block runs, as a film does: by an open window that wants it."""
        with self.window(app_id="film"):
            self.msg('[app_id="film"]', "inhibit_idle", "open")
            try:
                yield
            finally:
                self.msg('[app_id="film"]', "inhibit_idle", "none")

    def _shows(self, app_id: str) -> bool:
        return f'"app_id": "{app_id}"' in self.msg("-t", "get_tree")


def start_sway(desktop: Desktop) -> Sway:
    """Start sway on a desktop made with `x11=False`, and tell its environment."""
    need("sway", "swaymsg", "wtype")
    guest = Guest(desktop, "sway")
    config = guest.home / "sway.conf"
    config.write_text(SWAY_CONFIG)
    config.chmod(0o644)
    guest.env |= {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
    program = guest.spawn("sway", "--config", str(config), name="sway")
    listens = _await_socket(guest, program, r"wayland-\d+")
    ipc = _await_socket(guest, program, r"sway-ipc\..*\.sock")
    _tell(desktop, guest, {"WAYLAND_DISPLAY": str(listens), "SWAYSOCK": str(ipc)})
    desktop.env["XDG_CURRENT_DESKTOP"] = "sway"
    sway = Sway(desktop, guest, program)
    wait_for(lambda: '"active": true' in sway.msg("-t", "get_outputs"), 10, what="a screen")
    return sway


# ── KWin ──────────────────────────────────────────────────────────────────────────────────────────

_KEYS = {"shift": 42, "a": 30, "space": 57}
"""As the kernel numbers them."""


class KWin(Compositor):
    """A KWin without a screen."""

    def __init__(self, desktop: Desktop, guest: Guest, program: Program) -> None:
        super().__init__(desktop, guest, program)
        # As nobody, the interpreter of the tests may be out of reach.
        python = LOGIND_PYTHON if os.getuid() == 0 else sys.executable
        need(python)
        self._hands = subprocess.Popen(
            guest.argv(python, "-m", "tests.desktop.kwin_hands"),
            env=desktop.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self._answer("ready")
        except BaseException:
            self.close()
            raise

    def key(self, name: str = "shift") -> None:
        """Press and release a key."""
        self._do(f"key {_KEYS[name]}")

    def move(self, dx: int = 3, dy: int = 3) -> None:
        """Move the mouse."""
        self._do(f"move {dx} {dy}")

    def close(self) -> None:
        """Take the hands off; to be called before the desktop ends. KWin lives on until then."""
        self._hands.kill()
        self._hands.communicate()

    def _do(self, what: str) -> None:
        assert self._hands.stdin is not None
        self._hands.stdin.write(what + "\n")
        self._hands.stdin.flush()
        self._answer("done")

    def _answer(self, wanted: str) -> None:
        assert self._hands.stdout is not None
        ready, _, _ = select.select([self._hands.stdout], [], [], 20)
        said = self._hands.stdout.readline().strip() if ready else "nothing"
        assert said == wanted, f"the hands say {said!r}; KWin: {self.program.output[-2000:]}"


@contextlib.contextmanager
def kwin_on(desktop: Desktop) -> Iterator[KWin]:
    """Run KWin on a desktop made with `x11=False`, and tell its environment."""
    kwin = start_kwin(desktop)
    try:
        yield kwin
    finally:
        kwin.close()


def start_kwin(desktop: Desktop) -> KWin:
    """Start KWin on a desktop made with `x11=False`, and tell its environment.

    Skips the test where KWin does not come up, as it needs a graphics driver of some kind.
    """
    need("kwin_wayland", "dbus-daemon")
    guest = Guest(desktop, "kwin")
    # A copy has no file capabilities, which a container may not grant; KWin insists on the name.
    binary = guest.run.parent / "kwin-bin"
    binary.mkdir(mode=0o755)
    shutil.copyfile(str(shutil.which("kwin_wayland")), binary / "kwin_wayland")
    (binary / "kwin_wayland").chmod(0o755)
    guest.env |= {"KWIN_WAYLAND_NO_PERMISSION_CHECKS": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
    program = guest.spawn(
        *(str(binary / "kwin_wayland"), "--virtual", "--no-lockscreen", "--no-global-shortcuts"),
        *("--socket", "wayland-0", "--width", "800", "--height", "600"),
        name="kwin",
    )
    try:
        path = _await_socket(guest, program, r"wayland-0")
    except AssertionError as error:
        if os.environ.get("POSTURED_REQUIRE_DESKTOP") == "1":
            raise
        pytest.skip(f"KWin does not start here: {error}")
    _tell(desktop, guest, {"WAYLAND_DISPLAY": str(path)})
    desktop.env |= {"XDG_CURRENT_DESKTOP": "KDE", "KDE_FULL_SESSION": "true"}
    return KWin(desktop, guest, program)


# ── both ──────────────────────────────────────────────────────────────────────────────────────────


def _await_socket(guest: Guest, program: Program, pattern: str) -> Path:
    """Return the socket of that name in the guest's runtime folder, once somebody listens."""

    def found() -> list[Path]:
        assert program.alive, f"it ended:\n{program.output[-2000:]}"
        return [path for path in guest.run.iterdir() if re.fullmatch(pattern, path.name) and _listens(path)]

    return wait_for(found, 20, what=f"a socket like {pattern}; {program.output[-2000:]}")[0]


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        try:
            peer.connect(str(path))
        except OSError:
            return False
    return True


def _tell(desktop: Desktop, guest: Guest, news: dict[str, str]) -> None:
    """Let programs of the desktop and the guest's own know of the compositor."""
    guest.env |= news
    desktop.env |= {"XDG_SESSION_TYPE": "wayland", **news}
    desktop.env.pop("DISPLAY", None)
