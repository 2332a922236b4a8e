"""Whether a program keeps the screen awake, as a film or a presentation does, by what the session bus tells.

Nothing is started by being asked. Programs are compared with the names that do not count, and forgotten; the
reasons that they give are never read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from postured.bus import Bus, BusError
from postured.sense.holds.session import SessionBus
from postured.sense.services import property_of

ANSWER_WITHIN_S = 0.7

NOT_WATCHED = frozenset(
    {
        *("caffeine", "caffeine-ng", "caffeine-indicator", "caffeine-plus"),
        *(
            "org.gnome.shell.extensions.caffeine",
            "caffeine@patapon.info",
            "user",
            "inhibitor-screen-inhibit@mtwebster",
            "inhibit@cinnamon.org",
        ),
        *("plasmashell", "org.kde.plasmashell", "powerdevil", "org.kde.powerdevil", "kde-inhibit"),
        *(
            "gnome-session-inhibit",
            "unknown",
            "systemd-inhibit",
            "mate-inhibit-applet",
            "mate-session-inhibit",
        ),
        *("xfce4-power-manager", "org.xfce.powermanager"),
    }
)
"""Switches with which people keep the screen awake for hours; `user` and `unknown` are how some of them sign."""

_GNOME = "org.gnome.SessionManager"
_GNOME_PATH = "/org/gnome/SessionManager"
_GNOME_IDLE = 8
_MOST_INHIBITORS = 32

_KDE = "org.kde.Solid.PowerManagement.PolicyAgent"
_KDE_PATH = "/org/kde/Solid/PowerManagement/PolicyAgent"
_KDE_SCREEN = 4

_POWER, _POWER_PATH = "org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit"
_SCREENSAVER = "org.freedesktop.ScreenSaver"


class Inhibitors:
    """Asks whoever keeps the list of programs that want the screen to stay on."""

    def __init__(self, session: SessionBus) -> None:
        self._session = session

    async def stand(self, ignore: frozenset[str] = frozenset()) -> bool | None:
        """Say whether a program keeps the screen awake now; None where that cannot be known.

        Args:
            ignore: Programs that do not count either, in small letters.
        """
        ignore |= NOT_WATCHED
        try:
            bus = await self._session.connected()
        except BusError:
            return None
        said = {await _said(_gnome, bus, _GNOME, ignore), await _said(_kde, bus, _KDE, ignore)}
        if True not in said:
            said.add(await _said(_power, bus, _POWER, ignore))
        return True if True in said else False if False in said else None

    async def hidden(self) -> bool:
        """Say whether somebody takes such wishes from programs without telling others what was wished for."""
        try:
            return await _taken_in_secret(await self._session.connected())
        except BusError:
            return False


_Question = Callable[[Bus, str, frozenset[str]], Awaitable[bool | None]]


async def _said(question: _Question, bus: Bus, name: str, ignore: frozenset[str]) -> bool | None:
    """Ask, if anybody is there to be asked; an answer that makes no sense is none."""
    try:
        owner = await bus.owner_of(name)
        return await question(bus, owner, ignore) if owner else None
    except (BusError, AttributeError, LookupError, TypeError, ValueError):
        return None


async def _gnome(bus: Bus, owner: str, ignore: frozenset[str]) -> bool:
    """GNOME, Cinnamon and MATE: the flags of all together, and only then who it is."""
    flags = await property_of(bus, owner, _GNOME_PATH, _GNOME, "InhibitedActions", ANSWER_WITHIN_S)
    if isinstance(flags, int) and not flags & _GNOME_IDLE:
        return False
    (paths,) = await _ask(bus, owner, _GNOME_PATH, _GNOME, "GetInhibitors")
    for path in cast("list[str]", paths)[:_MOST_INHIBITORS]:
        try:
            (own,) = await _ask(bus, owner, path, _GNOME + ".Inhibitor", "GetFlags")
            (program,) = await _ask(bus, owner, path, _GNOME + ".Inhibitor", "GetAppId")
        except BusError as error:
            if error.kind != "rejected":
                raise
            continue  # it ended in between
        if cast("int", own) & _GNOME_IDLE and _counts(program, ignore):
            return True
    return False


async def _kde(bus: Bus, owner: str, ignore: frozenset[str]) -> bool:
    """KDE: newer versions say what each program wishes for, older ones only what all wish for together."""
    active = await property_of(bus, owner, _KDE_PATH, _KDE, "ActiveInhibitions", ANSWER_WITHIN_S)
    if active is not None:
        entries = cast("list[tuple[str, str, str, str, int]]", active)
        return any("idle" in entry[0].split(":") and _counts(entry[1], ignore) for entry in entries)
    (some,) = await _ask(bus, owner, _KDE_PATH, _KDE, "HasInhibition", "u", (_KDE_SCREEN,))
    if not some:
        return False
    (listed,) = await _ask(bus, owner, _KDE_PATH, _KDE, "ListInhibitions")
    return any(_counts(entry[0], ignore) for entry in cast("list[tuple[str, str]]", listed))


async def _power(bus: Bus, owner: str, _ignore: frozenset[str]) -> bool | None:
    """XFCE, LXQt and others: who it is stays unknown, and no is no only where programs say it nowhere else."""
    if await bus.owner_of(_KDE):  # where it means sleep as well, which a music player prevents
        return None
    (some,) = await _ask(bus, owner, _POWER_PATH, _POWER + ".Inhibit", "HasInhibit")
    return True if some else None if await _taken_in_secret(bus) else False


async def _taken_in_secret(bus: Bus) -> bool:
    return bool(await bus.owner_of(_SCREENSAVER))


def _counts(program: object, ignore: frozenset[str]) -> bool:
    return str(program).lower().removesuffix(".desktop") not in ignore


async def _ask(
    bus: Bus,
    owner: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: tuple[object, ...] = (),
) -> tuple[object, ...]:
    return await bus.call(owner, path, interface, member, signature, body, timeout_s=ANSWER_WITHIN_S)
