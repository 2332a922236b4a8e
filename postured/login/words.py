"""What the ways to start at login have in common: their values, their interface and their one error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class LoginError(Exception):
    """Why postured cannot be set up to start at login, or be taken out of it: one line for the person."""


@dataclass(frozen=True, slots=True)
class Change:
    """What `enable` or `disable` did."""

    name: str
    """The way: `systemd`, `autostart`, `launchd` or `windows`."""
    written: tuple[Path, ...] = ()
    """Files and links that are new or have new content. Empty: everything was as it should be."""
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences that the person ought to read, each on a line of its own."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether postured starts at login, as the files and the user manager have it now."""

    name: str
    """The way that this speaks of."""
    enabled: bool
    where: Path
    """The file that starts postured, or would."""
    program: tuple[str, ...] | None = None
    """The command in that file without its `run`; None when there is no file, or none can be read from it."""
    problem: str = ""
    """What keeps it from working; empty when nothing is known to."""
    hint: str = ""
    """What to do, or what is good to know."""


class Login(Protocol):
    """One way to start at login."""

    @property
    def name(self) -> str:
        """`systemd`, `autostart`, `launchd` or `windows`."""
        ...

    def enable(self, program: tuple[str, ...]) -> Change:
        """Have `program run` started at each login; doing it twice is doing it once.

        Raises:
            LoginError: Something that postured did not write is in the way, or the files cannot be written.
        """
        ...

    def disable(self) -> Change:
        """Take away what `enable` made and nothing else.

        Raises:
            LoginError: What would have to go was not written by postured, or cannot be removed.
        """
        ...

    def status(self) -> Status:
        """Tell what is there now.

        Raises:
            LoginError: The files cannot be read.
        """
        ...
