"""What `login enable` makes is sound for the programs that read it, up to a real `systemd --user`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postured.login import choose
from postured.login.render import ENTRY, UNIT
from tests.desktop.session import need, wait_for

TEMPLATES = Path(__file__).parents[2] / "config" / "login"
GENERATOR = "/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator"
SYSTEMD = "/lib/systemd/systemd"
ODD = [
    "plain",
    "a b",
    "100%",
    "%h",
    "$HOME $$x",
    "o'hara",
    'q"q',
    "back\\nslash",
    "a&b;c|d<e>(f)*?#~",
    "a=b",
    "`x`",
    "Übung",
]

STUB = """\
#!{python} -SE
import os, pathlib, socket, sys, time
home = pathlib.Path({home!r})
with open(home / "starts", "a") as starts:
    print(os.getppid(), *sys.argv[1:], file=starts)
if code := int((home / "exit").read_text()):
    sys.exit(code)
if "NOTIFY_SOCKET" in os.environ:
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.sendto(b"READY=1\\nSTATUS=2 reminders", os.environ["NOTIFY_SOCKET"])
time.sleep(60)
"""

# systemd wants to see that it runs the machine, have a cgroup tree of its own (named $1), and not be
# process 1.
NAMESPACE = f"""\
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
umount -R /sys/fs/cgroup 2>/dev/null || :
mount -t cgroup2 none /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$1"
echo 0 >"/sys/fs/cgroup/$1/cgroup.procs"
mount --bind "/sys/fs/cgroup/$1" /sys/fs/cgroup
: >"$HOME/namespaced"
unshare --cgroup {SYSTEMD} --user &
wait
"""


def program(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "postured"
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


# ── the files ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("folder", ODD)
def test_systemd_accepts_the_unit(tmp_path: Path, folder: str) -> None:
    need("systemd-analyze")
    unit = tmp_path / "units" / UNIT.file
    unit.parent.mkdir()
    text = (TEMPLATES / UNIT.file).read_text()
    unit.write_text(UNIT.write(text, (str(program(tmp_path / folder)),)))
    done = subprocess.run(
        ("systemd-analyze", "verify", "--user", "--man=no", "--recursive-errors=no", unit),
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("folder", ODD)
def test_the_desktop_entry_is_valid(tmp_path: Path, folder: str) -> None:
    need("desktop-file-validate")
    entry = tmp_path / ENTRY.file
    entry.write_text(ENTRY.write((TEMPLATES / ENTRY.file).read_text(), (f"/opt/{folder}/postured",)))
    done = subprocess.run(("desktop-file-validate", entry), capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# systemd 252 has its own ideas of backslashes, also of those before $ and `; desktops go by the book.
@pytest.mark.parametrize("folder", [folder for folder in ODD if not set("$`\\") & set(folder)])
def test_systemd_reads_the_desktop_entry(tmp_path: Path, folder: str) -> None:
    need(GENERATOR)
    (tmp_path / "autostart").mkdir()
    postured = str(program(tmp_path / folder))
    entry = tmp_path / "autostart" / ENTRY.file
    entry.write_text(ENTRY.write((TEMPLATES / ENTRY.file).read_text(), (postured,)))
    env = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": "/none", "HOME": str(tmp_path)}
    subprocess.run(
        (GENERATOR, tmp_path, tmp_path, tmp_path), env=env, timeout=20, check=True, capture_output=True
    )
    assert UNIT.read((tmp_path / "app-postured@autostart.service").read_text()) == (postured,)


# ── a real user manager ───────────────────────────────────────────────────────────────────────────


class UserManager:
    """A `systemd --user` with a home of its own, and a graphical session that can begin and end."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_CONFIG_DIRS": str(home / "xdg"),
            "PATH": f"{home}/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        self.postured = home / "my 100% $HOME o'tools" / "postured"
        units = home / ".config/systemd/user"
        for folder in (home / "bin", home / "run", self.postured.parent, units / "postured.service.d"):
            folder.mkdir(parents=True, mode=0o700)
        (units / "session.target").write_text(
            "[Unit]\nBindsTo=graphical-session.target\nWants=xdg-desktop-autostart.target\n"
        )
        # The tests' time is short; `systemctl --user edit` would write the same.
        (units / "postured.service.d/override.conf").write_text("[Service]\nRestartSec=50ms\n")
        self.exits_with(0)
        self.postured.write_text(STUB.format(python=sys.executable, home=str(home)))
        self.postured.chmod(0o755)

    def is_reached_through(self, process: int) -> None:
        """Have `systemctl` talk from within the namespaces of `process`; the manager answers no strangers."""
        systemctl = self.home / "bin/systemctl"
        systemctl.write_text(
            f'#!/bin/sh\nexec nsenter --target={process} --mount --pid /usr/bin/systemctl "$@"\n'
        )
        systemctl.chmod(0o755)

    def exits_with(self, code: int) -> None:
        """Have the program end with `code` at its next starts; 0: it goes on and is ready."""
        (self.home / "exit").write_text(str(code))

    @property
    def starts(self) -> int:
        file = self.home / "starts"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def ask(self, *words: str) -> str:
        done = subprocess.run(
            ("systemctl", "--user", *words), env=self.env, capture_output=True, text=True, timeout=20
        )
        return done.stdout.strip()

    def state(self, unit: str = "postured.service") -> str:
        return self.ask("show", "--property=ActiveState", "--value", unit)

    def begin_session(self) -> None:
        self.ask("start", "session.target")

    def end_session(self) -> None:
        self.ask("stop", "session.target")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[UserManager]:
    need("/usr/bin/systemctl", "unshare", "nsenter", SYSTEMD)
    manager = UserManager(tmp_path)
    unshare = (
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "--propagation=private",
    )
    group = f"postured-test-{os.getpid()}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            (*unshare, "sh", "-c", NAMESPACE, "sh", group), env=manager.env, stdout=log, stderr=log
        )
    try:
        wait_for(lambda: (tmp_path / "namespaced").exists() or process.poll() is not None)
        if not (tmp_path / "namespaced").exists():  # no matter what is required: no program is missing
            pytest.skip(
                f"no namespaces and cgroups of one's own here: {(tmp_path / 'log').read_text().strip()}"
            )
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        manager.is_reached_through(int(children))
        wait_for(
            lambda: manager.ask("show", "--property=SystemState", "--value") == "running",
            10,
            what=(tmp_path / "log").read_text(),
        )
        yield manager
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
            remove_group(Path(root, group))


def remove_group(group: Path) -> None:
    """Remove a cgroup that is empty, or will be as soon as the kernel has ended its processes."""

    def removed() -> bool:
        for folder in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
        return not group.exists()

    wait_for(removed, what=f"the end of {group}")


def test_the_unit_starts_and_ends_with_the_session(manager: UserManager) -> None:
    login = choose(manager.env, "linux", TEMPLATES)
    assert login.name == "systemd"
    login.enable((str(manager.postured),))
    assert manager.ask("is-enabled", "postured.service") == "enabled"
    assert manager.starts == 0, "it starts with the next session"
    manager.begin_session()
    wait_for(lambda: manager.state() == "active", what="READY=1 makes it active")
    assert manager.ask("show", "--property=StatusText", "--value", "postured.service") == "2 reminders"
    assert (login.status().problem, login.status().program) == ("", (str(manager.postured),))
    manager.end_session()
    wait_for(lambda: manager.state() == "inactive")


def test_a_daemon_that_was_killed_is_started_again(manager: UserManager) -> None:
    choose(manager.env, "linux", TEMPLATES).enable((str(manager.postured),))
    manager.begin_session()
    wait_for(lambda: manager.state() == "active")
    manager.ask("kill", "--signal=KILL", "postured.service")
    wait_for(lambda: manager.starts == 2 and manager.state() == "active")


@pytest.mark.parametrize(("code", "starts"), [(78, 1), (2, 1), (1, 5)])
def test_a_daemon_that_cannot_run_is_given_up(manager: UserManager, code: int, starts: int) -> None:
    """78 is a broken schedule; 1 may be another one that is running, which no waiting will change."""
    manager.exits_with(code)
    login = choose(manager.env, "linux", TEMPLATES)
    login.enable((str(manager.postured),))
    manager.begin_session()
    wait_for(lambda: manager.state() == "failed")
    assert manager.starts == starts
    assert "it has failed" in login.status().problem


def test_disabling_leaves_nothing(manager: UserManager) -> None:
    login = choose(manager.env, "linux", TEMPLATES)
    login.enable((str(manager.postured),))
    manager.begin_session()
    wait_for(lambda: manager.state() == "active")
    login.disable()
    assert manager.state() == "inactive", "without its unit it would outlive the session"
    assert not manager.ask("is-enabled", "postured.service")
    manager.end_session()
    manager.begin_session()
    assert (manager.state("session.target"), manager.starts) == ("active", 1)


def test_a_session_without_the_target_gets_an_entry_that_starts(manager: UserManager) -> None:
    env = manager.env | {"DISPLAY": ":99", "XDG_CURRENT_DESKTOP": "XFCE"}
    choose(manager.env, "linux", TEMPLATES).enable((str(manager.postured),))
    login = choose(env, "linux", TEMPLATES)
    # A path for which there is no way around the dollars.
    plain = manager.home / "o'tools 100%"
    manager.postured.parent.rename(plain)
    assert "systemd" in str(login.enable((str(plain / "postured"),)).removed)
    assert login.name == "autostart"
    manager.ask("daemon-reload")
    manager.begin_session()
    wait_for(lambda: manager.starts == 1, what="systemd reads autostart entries too")
    assert manager.state("app-postured@autostart.service") == "active"
    assert manager.state() == "inactive"
