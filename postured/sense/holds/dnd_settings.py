"""Do-not-disturb where it is a setting: GNOME, Cinnamon, MATE and elementary keep it with GSettings.

That has no service that could be asked, so a child process reads it; dconf tells of changes. Imported only there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from postured.bus import BUS_NAME, BUS_PATH, Bus, Signal
from postured.core.language import _
from postured.sense.holds.dnd_servers import Setting
from postured.sense.holds.protocol import CannotTellError

_DCONF = "ca.desrt.dconf"


class SettingReader:
    """One setting, as one connection to the bus hears of it: read anew only when it may have changed."""

    def __init__(self, setting: Setting, bus: Bus, changed: Callable[[], None]) -> None:
        self.setting = setting
        self.bus = bus
        self._changed = changed
        self._heard: set[str] = set()
        """The paths whose changes are listened to."""
        self._known: bool | None = None
        """What it was at the last reading, as long as any change of it would be heard of."""
        self._changes = 0

    def forget(self) -> None:
        """Read it anew at the next look."""
        self._known = None

    async def read(self, env: Mapping[str, str]) -> bool:
        """Say whether do-not-disturb is on; the caller sets the limit.

        Raises:
            CannotTellError: It cannot be read.
            BusError: The bus does not answer.
        """
        heard = await self._hears(env)
        if self._known is not None:
            return self._known
        changes = self._changes
        found = await _gsettings(self.setting, env)
        if heard and changes == self._changes:  # else the child may have read it before the change
            self._known = found
        return found

    async def _hears(self, env: Mapping[str, str]) -> bool:
        """Listen to what dconf says of this key; False where settings are not kept by dconf."""
        if (env.get("GSETTINGS_BACKEND") or "dconf") != "dconf":
            return False
        # Changes come with the longest path that all of them share: this key, or any folder above it.
        missing = [path for path in _above(self.setting.path) if path not in self._heard]
        if missing:
            (names,) = await self.bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "ListActivatableNames")
            if not (isinstance(names, list) and _DCONF in names):
                return False
        for path in missing:
            await self.bus.subscribe(self._on_change, sender=_DCONF, interface=_DCONF + ".Writer", arg0=path)
            self._heard.add(path)
        return True

    def _on_change(self, signal: Signal) -> None:
        if _is_about(self.setting.path, signal.body):
            self._changes += 1
            self._known = None
            self._changed()


async def _gsettings(setting: Setting, env: Mapping[str, str]) -> bool:
    """Read a setting by a child process, which is ended if that is not wanted any more."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        child = await asyncio.create_subprocess_exec(
            *("gsettings", "get", setting.schema, setting.key),
            stdin=nothing,
            stdout=pipe,
            stderr=nothing,
            env={**env, "LC_ALL": "C"},
        )
    except OSError:
        raise CannotTellError(_("the program gsettings is needed, and cannot be run")) from None
    try:
        output, _errors = await child.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        raise
    match output.split():
        case [b"true" | b"false" as word]:
            return word.decode() == setting.on
    raise CannotTellError(_("gsettings does not know {source}").format(source=setting.source))


def _above(path: str) -> list[str]:
    """List the folders above a key of dconf, which end in a slash, from the root on, and the key itself."""
    return [*(path[: at + 1] for at, letter in enumerate(path) if letter == "/"), path]


def _is_about(path: str, body: tuple[object, ...]) -> bool:
    """Whether Notify of dconf (a common path, what goes on from there, ...) is about this key."""
    match body:
        case (str(common), [*rest], *_more):
            changed = [common + str(one) for one in rest]
            return any(path == one or (one.endswith("/") and path.startswith(one)) for one in changed)
    return False
