"""Calls, full screen and quiet time on Windows; each look is a few calls that answer at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from postured.core.language import _
from postured.sense.holds import windows_consent, windows_shell
from postured.sense.holds.protocol import Seen, Way

BUSY, D3D_FULL_SCREEN, PRESENTATION, QUIET_TIME, STORE_APP = 2, 3, 4, 6, 7
"""QUNS_BUSY and so on; 1 is locked or away, and 5 is that nothing speaks against a notice."""


class Shell(Protocol):
    """What the shell says; `windows_shell.Shell`."""

    def state(self) -> int:
        """The QUERY_USER_NOTIFICATION_STATE; raises OSError if it is not told."""

    def front_program(self) -> str:
        """The file name of the program in front, in small letters; empty if it cannot be known."""


class Users(Protocol):
    """Who uses a capability; `windows_consent.Consent`."""

    def names(self) -> list[str]:
        """The programs that use it, in small letters; raises OSError if it is not told."""


class FullScreen:
    """Whether something fills the screen, or the person gives a presentation."""

    name = "fullscreen"

    def __init__(self, ignore: frozenset[str], open_shell: Callable[[], Shell] = windows_shell.Shell) -> None:
        self.note = ""
        self._ignore = ignore
        self._open = open_shell
        self._shell: Shell | None = None

    async def look(self) -> Seen | None:
        """Say how it is now. Whether something keeps the screen awake is not known: it may be a video."""
        try:
            shell = self._shell = self._shell or self._open()
            state = shell.state()
        except OSError as error:
            self.note = str(error)
            return None
        self.note = _("Windows says whether you may be disturbed")
        if state in (BUSY, D3D_FULL_SCREEN, STORE_APP):
            return Seen(not (self._ignore and _ignored(shell.front_program(), self._ignore)))
        return Seen(state == PRESENTATION)

    async def stop(self) -> None:
        """End; there is nothing to give back."""


class QuietTime:
    """The first hour of a new account is told; do-not-disturb and focus, which people turn on, are not."""

    name = "dnd"

    def __init__(self, open_shell: Callable[[], Shell] = windows_shell.Shell) -> None:
        self.note = ""
        self._open = open_shell
        self._shell: Shell | None = None

    async def look(self) -> Seen | None:
        """Say that it is so, or that it cannot be known."""
        try:
            shell = self._shell = self._shell or self._open()
            quiet = shell.state() == QUIET_TIME
        except OSError as error:
            self.note = str(error)
            return None
        if quiet:
            self.note = _("Windows keeps quiet in the first hour of a new account")
            return Seen(True)
        self.note = _("Windows does not tell programs whether do-not-disturb or focus is on")
        return None

    async def stop(self) -> None:
        """End; there is nothing to give back."""


class InUse:
    """Whether some program uses a microphone, or a camera."""

    def __init__(self, name: str, ignore: frozenset[str], open_users: Callable[[], Users]) -> None:
        self.name = name
        self.note = ""
        self._ignore = ignore
        self._open = open_users
        self._users: Users | None = None

    async def look(self) -> Seen | None:
        """Say how it is now."""
        try:
            users = self._users = self._users or self._open()
            names = users.names()
        except OSError as error:
            self.note = str(error)
            return None
        self.note = _("the privacy settings keep a record of who uses it")
        return Seen(any(not _ignored(name, self._ignore) for name in names))

    async def stop(self) -> None:
        """End; there is nothing to give back."""


def _ignored(program: str, ignore: frozenset[str]) -> bool:
    """Whether a program is meant by its file name, with or without the ending, or by its family name."""
    return not ignore.isdisjoint((program, program.removesuffix(".exe"), program.partition("_")[0]))


def _users(capability: str) -> Callable[[], Users]:
    return lambda: windows_consent.Consent(capability, windows_consent.load_winreg())


def ways(ignore_call: frozenset[str], ignore_fullscreen: frozenset[str]) -> dict[str, tuple[Way, ...]]:
    """Return the ways there are on Windows, by the word of the hold; nothing is loaded before the first look.

    Args:
        ignore_call: File names of programs whose recording is no call, in small letters, `.exe` or not.
        ignore_fullscreen: Likewise, of those whose full-screen windows are plain work.
    """
    microphone = InUse("microphone", ignore_call, _users("microphone"))
    camera = InUse("camera", ignore_call, _users("webcam"))
    return {
        "call": (microphone, camera),
        "fullscreen": (FullScreen(ignore_fullscreen),),
        "dnd": (QuietTime(),),
    }
