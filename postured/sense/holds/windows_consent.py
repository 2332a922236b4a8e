"""Which programs use a microphone or camera on Windows, from where its privacy settings keep the last uses.

Microsoft documents the settings that show it, not this part of the registry. A use that goes on has a start
and no end. Programs from the store stand by their family name, all others below `NonPackaged` by their path,
with # for each backslash.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol, cast

from postured.core.language import _

STORE = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore"
OTHERS = "NonPackaged"


class Key(AbstractContextManager["Key"], Protocol):
    """An open key of the registry."""


class WinReg(Protocol):
    """What is used of the module `winreg`, which only Windows has."""

    HKEY_CURRENT_USER: int

    def OpenKey(self, key: Key | int, sub_key: str, /) -> Key:  # noqa: N802 - its name there
        """Open a key; raises FileNotFoundError."""

    def EnumKey(self, key: Key, index: int, /) -> str:  # noqa: N802 - its name there
        """Name the key below at this place; raises OSError after the last."""

    def QueryValueEx(self, key: Key, value_name: str, /) -> tuple[object, int]:  # noqa: N802 - its name there
        """Read a value; raises FileNotFoundError."""


def load_winreg() -> WinReg:
    """Import it.

    Raises:
        OSError: This is not Windows.
    """
    try:
        return cast("WinReg", importlib.import_module("winreg"))
    except ImportError:
        raise OSError(_("this is not Windows")) from None


class Consent:
    """The uses of one capability: `microphone` or `webcam`."""

    def __init__(self, capability: str, registry: WinReg) -> None:
        self._path = f"{STORE}\\{capability}"
        self._registry = registry

    def names(self) -> list[str]:
        """Return the programs that use it now, in small letters: file names, and family names of the store's.

        Raises:
            OSError: This Windows keeps no such record.
        """
        try:
            found = list(self._users(self._path))
        except FileNotFoundError:
            raise OSError(_("this Windows keeps no record of who uses it")) from None
        with contextlib.suppress(FileNotFoundError):
            found.extend(self._users(f"{self._path}\\{OTHERS}"))
        return found

    def _users(self, path: str) -> Iterator[str]:
        with self._registry.OpenKey(self._registry.HKEY_CURRENT_USER, path) as key:
            for name in self._below(key):
                if name != OTHERS and self._goes_on(key, name):
                    yield name.rpartition("#")[2].lower()

    def _below(self, key: Key) -> list[str]:
        names: list[str] = []
        while True:
            try:
                names.append(self._registry.EnumKey(key, len(names)))
            except OSError:
                return names

    def _goes_on(self, key: Key, name: str) -> bool:
        try:
            with self._registry.OpenKey(key, name) as use:
                began = self._registry.QueryValueEx(use, "LastUsedTimeStart")[0]
                ended = self._registry.QueryValueEx(use, "LastUsedTimeStop")[0]
        except OSError:  # never used, or taken away meanwhile
            return False
        return bool(began) and ended == 0
