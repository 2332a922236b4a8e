"""Do-not-disturb: whether the person wants quiet, as the notification server that runs here knows it.

There is no common way, so a table says how each server is asked. None is ever started. A server that is not in
the table is asked what Plasma and a few others tell; who does not answer leaves it unknown. Where a server tells
of changes nothing is read out of that: it only means that another look may find something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from postured.bus import BUS_NAME, Bus, BusError, Signal
from postured.core.language import _
from postured.sense.holds.dnd_servers import INHIBITED, NAME, PATH, SERVERS, Asked, File, Setting
from postured.sense.holds.protocol import CannotTellError, Changed, Environment, Seen
from postured.sense.holds.session import SessionBus
from postured.sense.sockets import reason

ANSWER_WITHIN_S = 1.0
"""For everything that one look asks."""

_LONGEST_FILE = 1 << 16
_XFCONF_UNSET = "org.xfce.Xfconf.Error.PropertyNotFound"


class SettingReads(Protocol):
    """`dnd_settings.SettingReader`, which only few desktops need."""

    setting: Setting
    bus: Bus

    def forget(self) -> None:
        """Read it anew at the next look."""

    async def read(self, env: Mapping[str, str]) -> bool:
        """Say whether it is on."""


class DoNotDisturb:
    """Way of knowing about do-not-disturb."""

    name = "dnd"

    def __init__(self, env: Environment, session: SessionBus, changed: Changed) -> None:
        self.note = ""
        self._env = env
        self._session = session
        self._changed = changed
        self._lock = asyncio.Lock()
        self._stopped = False
        self._bus: Bus | None = None
        self._heard: set[object] = set()
        """What has been subscribed to on this bus."""
        self._owner = ""
        self._label = ("", "")
        """Name and vendor of the server that owns the name."""
        self._last: bool | None = None
        """What was found last."""
        self._setting: SettingReads | None = None

    async def look(self) -> Seen | None:
        """As `Way.look`. Nothing is said where no notification server runs."""
        found = None
        try:
            bus = await self._session.connected()  # with a limit of its own
            async with asyncio.timeout(ANSWER_WITHIN_S), self._lock:
                found = await self._find(bus)
        except CannotTellError as unknown:
            self.note = str(unknown)
        except TimeoutError:
            who = self._label[0] or _("the session bus")
            self.note = _("{name} does not answer within {seconds:g} s").format(
                name=who, seconds=ANSWER_WITHIN_S
            )
        except BusError as error:
            self.note = error.detail or _("the session bus cannot be reached")
        self._last = found
        return None if found is None else Seen(on=found)

    async def stop(self) -> None:
        """As `Way.stop`; the bus is for others, too, and stays."""
        self._stopped = True

    async def _find(self, bus: Bus) -> bool:
        """Ask whoever shows notifications here.

        Raises:
            CannotTellError, BusError: It cannot be known.
        """
        if bus is not self._bus:
            self._bus, self._heard, self._owner = bus, set(), ""
        await self._listen(bus, BUS_NAME, BUS_NAME, NAME, self._on_owner)
        owner = await bus.owner_of(NAME)
        if not owner:
            self._label = ("", "")
            raise CannotTellError(_("no notification server is running"))
        if owner != self._owner:  # the same one never comes back under another name, nor another under its
            self._label = ("", "")
            if self._setting is not None:
                self._setting.forget()
            self._label = await _label_of(bus, owner)
            self._owner = owner
        name, vendor = self._label
        asked = SERVERS.get(name) or SERVERS.get(f"{vendor} {name}") or INHIBITED
        if isinstance(asked, Asked):
            on = await self._ask(bus, owner, asked)
        elif isinstance(asked, Setting):
            on = await self._read_setting(bus, asked)
        else:
            on = self._read_file(asked)
        self.note = _("{server}, by {source}").format(server=name, source=asked.source)
        return on

    # ── on the bus ────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, bus: Bus, owner: str, asked: Asked) -> bool:
        interface, first = asked.heard
        await self._listen(
            bus, asked.name, interface, first, lambda signal: self._tell(asked.news(signal.body, self._last))
        )
        # Asked by its unique name nobody is started.
        who = owner if asked.name == NAME else await bus.owner_of(asked.name)
        if not who:
            raise self._silent()
        interface, method, signature, arguments = asked.method
        try:
            reply = await bus.call(who, asked.path, interface, method, signature, arguments)
        except BusError as error:
            if error.error_name == _XFCONF_UNSET:
                return False
            if error.kind == "rejected":
                raise self._silent() from None
            raise
        on = asked.read(reply)
        if not isinstance(on, bool):
            raise self._silent()
        return on

    def _silent(self) -> CannotTellError:
        return CannotTellError(
            _("{server} does not tell whether do-not-disturb is on").format(server=self._label[0])
        )

    async def _listen(
        self, bus: Bus, sender: str, interface: str, first: str | None, handler: Callable[[Signal], None]
    ) -> None:
        """Subscribe, once on each bus."""
        rule = (sender, interface, first)
        if rule not in self._heard:
            await bus.subscribe(handler, sender=sender, interface=interface, arg0=first)
            self._heard.add(rule)

    def _on_owner(self, _signal: Signal) -> None:
        self._tell(True)

    def _tell(self, news: bool) -> None:
        if news and not self._stopped:
            self._changed()

    async def _read_setting(self, bus: Bus, asked: Setting) -> bool:
        if self._setting is None or self._setting.bus is not bus or self._setting.setting is not asked:
            from postured.sense.holds.dnd_settings import SettingReader  # few desktops need it

            self._setting = SettingReader(asked, bus, lambda: self._tell(True))
        return await self._setting.read(self._env())

    def _read_file(self, asked: File) -> bool:
        env = self._env()
        folder = env.get("XDG_CONFIG_HOME") or env.get("HOME", "") + "/.config"
        try:
            with Path(folder, asked.source).open(encoding="utf-8", errors="replace") as file:
                return asked.line in file.read(_LONGEST_FILE).splitlines()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise CannotTellError(f"{asked.source}: {reason(error)}") from None


async def _label_of(bus: Bus, owner: str) -> tuple[str, str]:
    """Ask a notification server for its name and vendor."""
    match await bus.call(owner, PATH, NAME, "GetServerInformation"):
        case (str(name), str(vendor), *_rest):
            return name, vendor
    raise CannotTellError(_("the notification server does not tell its name"))
