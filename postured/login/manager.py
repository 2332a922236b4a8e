"""The person's systemd manager, asked through `systemctl --user`; every question has a time limit."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

_STOP_S = 10.0
"""The unit's TimeoutStopSec: so long may the daemon take to end."""


class Manager:
    """`systemctl --user`, where there is one."""

    def __init__(self, env: Mapping[str, str], *, limit_s: float = 5.0) -> None:
        """Touch nothing yet.

        Args:
            env: Says where the manager is (XDG_RUNTIME_DIR) and where systemctl (PATH).
            limit_s: How long to wait for an answer.
        """
        self._env = dict(env)
        self._limit_s = limit_s

    def installed(self) -> bool:
        """Tell whether there is a systemctl at all."""
        return self._systemctl() is not None

    def reload(self) -> bool:
        """Have it read its units again; False when it cannot be reached."""
        return self._ask("daemon-reload") is not None

    def stop(self, unit: str) -> bool:
        """Stop `unit` and wait for its end; False when it cannot be reached or takes too long."""
        return self._ask("stop", "--", unit, more_s=_STOP_S) is not None

    def show(self, unit: str) -> Mapping[str, str] | None:
        """Tell what it knows of `unit` (LoadState and the like); None when it cannot be reached."""
        said = self._ask("show", "--property=LoadState,ActiveState,Result", "--", unit)
        if said is None:
            return None
        return {name: value for name, _, value in (line.partition("=") for line in said.splitlines())}

    def is_active(self, unit: str) -> bool | None:
        """Tell whether `unit` is up or coming up; None when the manager cannot be reached."""
        known = self.show(unit)
        return None if known is None else known.get("ActiveState") in {"active", "activating", "reloading"}

    def _systemctl(self) -> str | None:
        return shutil.which("systemctl", path=self._env.get("PATH", os.defpath))

    def _ask(self, *words: str, more_s: float = 0.0) -> str | None:
        systemctl = self._systemctl()
        if systemctl is None:
            return None
        try:
            done = subprocess.run(
                (systemctl, "--user", "--no-pager", "--no-ask-password", *words),
                env=self._env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._limit_s + more_s,
                check=True,
                encoding="utf-8",
                errors="replace",
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout
