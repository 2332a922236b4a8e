"""A home folder, and a systemctl that answers as it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "config" / "login"


class FakeSystemctl:
    """A `systemctl` script: knows the units it is told of, and writes down what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._asked = folder / "asked"
        folder.mkdir()
        (folder / "systemctl").write_text(
            f'#!/bin/sh\ncd "{folder}" || exit 9\necho "$*" >>asked\n[ -e unreachable ] && exit 1\n'
            "[ -e hangs ] && exec sleep 60\n"
            'for last in "$@"; do :; done\n'
            'case "$*" in *" show "*) cat "$last" 2>/dev/null || printf "LoadState=loaded\\n";; esac\n'
        )
        (folder / "systemctl").chmod(0o755)

    def knows(self, unit: str, **properties: str) -> None:
        (self.folder / unit).write_text("".join(f"{name}={value}\n" for name, value in properties.items()))

    def is_unreachable(self) -> None:
        (self.folder / "unreachable").touch()

    def hangs(self) -> None:
        (self.folder / "hangs").touch()

    @property
    def asked(self) -> list[str]:
        return self._asked.read_text().splitlines() if self._asked.exists() else []


@pytest.fixture
def systemctl(tmp_path: Path) -> FakeSystemctl:
    return FakeSystemctl(tmp_path / "bin of systemd")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def env(home: Path, systemctl: FakeSystemctl) -> dict[str, str]:
    """Give the environment of a login without a desktop session."""
    return {"HOME": str(home), "APPDATA": str(home / "AppData"), "PATH": f"{systemctl.folder}:/usr/bin:/bin"}


@pytest.fixture
def templates() -> Path:
    return TEMPLATES


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Make a program at a path below a folder of the test's own."""

    def make(path: str) -> Path:
        made = tmp_path / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text("#!/bin/sh\n")
        made.chmod(0o755)
        return made

    return make
