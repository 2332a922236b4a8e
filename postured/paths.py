"""Where things lie: the person's files by the XDG rules, the shipped data, the runtime folder of this session.

Everything follows from the environment mapping that is given; nothing is created here.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path


class Places:
    """The person's folders, and this session's name within them.

    A plain class: every command imports this module, and `dataclasses` would cost each of them six milliseconds.
    """

    def __init__(self, config_folder: Path, state_folder: Path, runtime_folder: Path, session: str) -> None:
        self.config_folder = config_folder
        self.state_folder = state_folder
        self.runtime_folder = runtime_folder
        self.session = session
        """Tells two displays of one person apart: `x11-0`, `wayland-1`, `none`."""

    def demonstration(self) -> Places:
        """The places of a demonstration, which keeps out of the way of the real daemon."""
        return Places(self.config_folder, self.state_folder, self.runtime_folder, f"{self.session}-demo")

    @property
    def config_file(self) -> Path:
        """The schedule."""
        return self.config_folder / "postured.yaml"

    @property
    def schema_file(self) -> Path:
        """The schema that editors find beside the schedule."""
        return self.config_folder / "postured.schema.json"

    @property
    def library_folder(self) -> Path:
        """The person's own items."""
        return self.config_folder / "library"

    @property
    def history_file(self) -> Path:
        """What happened; one for all sessions."""
        return self.state_folder / "history.db"

    @property
    def last_good_file(self) -> Path:
        """The last schedule that could be read."""
        return self.state_folder / "last_good.yaml"

    @property
    def last_good_tree(self) -> Path:
        """The same as it was understood, for a quicker start."""
        return self.state_folder / "last_good.json"

    @property
    def memory_file(self) -> Path:
        """Tank levels, pause and the notice that is up."""
        return self.state_folder / f"state-{self.session}.json"

    @property
    def socket(self) -> Path:
        """Where this session's daemon answers."""
        return self.runtime_folder / f"{self.session}.sock"

    @property
    def lock(self) -> Path:
        """Held by this session's daemon while it lives."""
        return self.runtime_folder / f"{self.session}.lock"


def places(env: Mapping[str, str]) -> Places:
    """The places that belong to this environment."""
    config, state, runtime = _xdg(env) if sys.platform == "linux" else _elsewhere()
    return Places(config / "postured", state / "postured", runtime, session_name(env))


def session_name(env: Mapping[str, str]) -> str:
    """A file-name-safe word for the display in `env`; `:0` and `:0.0` are the same display."""
    if display := env.get("WAYLAND_DISPLAY"):
        return _safe(Path(display).name)
    if display := env.get("DISPLAY"):
        return "x11-" + _safe(re.sub(r"^(.*:\d+)\.\d+$", r"\1", display).lstrip(":"))
    return "none"


def shipped(name: str) -> Path:
    """A file or folder of `config/`, in a wheel, an editable install or a clone."""
    package = Path(__file__).resolve().parent
    inside = package / "_config"
    return (inside if inside.is_dir() else package.parent / "config") / name


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:40]


def _xdg(env: Mapping[str, str]) -> tuple[Path, Path, Path]:
    # The specification says that relative paths in these variables are invalid and to be ignored.
    def folder(variable: str, default: Path) -> Path:
        value = Path(env.get(variable, ""))
        return value if value.is_absolute() else default

    home = Path(env.get("HOME", ""))
    if not home.is_absolute():
        home = _home_of_record()
    runtime = folder("XDG_RUNTIME_DIR", Path())
    # Without a runtime folder (cron, a bare ssh login) one of our own in the temporary folder; its owner and
    # mode are checked before anything is opened there.
    ours = runtime / "postured" if runtime.is_absolute() else Path(f"/tmp/postured-{os.getuid()}")  # noqa: S108
    return folder("XDG_CONFIG_HOME", home / ".config"), folder("XDG_STATE_HOME", home / ".local/state"), ours


def _home_of_record() -> Path:
    """The home folder as the system has it, for a HOME that is missing or relative."""
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a user without an entry, as containers have
        return Path("/nonexistent")


def _elsewhere() -> tuple[Path, Path, Path]:
    import platformdirs

    return (
        Path(platformdirs.user_config_dir(roaming=True)),
        Path(platformdirs.user_state_dir()),
        Path(platformdirs.user_runtime_dir()) / "postured",
    )
