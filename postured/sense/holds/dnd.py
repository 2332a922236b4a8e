"""Do-not-disturb: whether the person wants quiet, as the notification server that runs here knows it.

There is no common way, so a table says how each server is asked. None is ever started. A server that is not in
the table is asked what Plasma and a few others tell; who does not answer leaves it unknown. Where a server tells
of changes nothing is read out of that: it only means that another look may find something else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from postured.bus import BUS_NAME, BUS_PATH, Bus, BusError, Signal
from postured.core.language import _
from postured.sense.holds.protocol import Changed, Environment, Seen
from postured.sense.holds.session import SessionBus

ANSWER_WITHIN_S = 1.0
"""For everything that one look asks."""

_NAME = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_DCONF = "ca.desrt.dconf"
_LONGEST_FILE = 1 << 16

_QUIET_MODES = ("do-not-disturb", "dnd", "hidden", "hide", "invisible", "quiet")
"""What people call the mode of mako that shows nothing; its manual has the first. Spelled as they please."""

Body = tuple[object, ...]


class _Asked(NamedTuple):
    """Something to ask on the bus."""

    source: str
    """In the words of whoever wrote the server, for the note."""

    name: str
    path: str
    method: tuple[str, str, str, Body]
    """Interface, name, and types and values of the arguments."""

    read: Callable[[Body], object]
    """Out of the reply: True, False, or anything else where it cannot be understood."""

    heard: tuple[str, str | None]
    """Interface of the signals that may tell of a change, and their first argument."""

    news: Callable[[Body, bool | None], bool]
    """Whether such a signal changes what was found last."""


class _Setting(NamedTuple):
    """A key of GSettings, which has no service that could be asked: a child process reads it."""

    schema: str
    key: str
    on: str
    path: str
    """Where dconf keeps it."""

    @property
    def source(self) -> str:
        return f"{self.schema} {self.key}"


class _File(NamedTuple):
    """A line in a file below the folder for settings, which is there when it is on."""

    source: str
    line: str


# ── the servers ───────────────────────────────────────────────────────────────────────────────────


def _property(path: str, interface: str, name: str) -> _Asked:
    """Ask a property of the server itself."""
    method = (_PROPERTIES, "Get", "ss", (interface, name))
    heard = (_PROPERTIES, interface)
    return _Asked(f"{interface} {name}", _NAME, path, method, _value, heard, _mentions(name))


def _mentions(name: str) -> Callable[[Body, bool | None], bool]:
    """Say whether PropertiesChanged is about this property, with its value or without."""

    def news(body: Body, _last: bool | None) -> bool:
        match body:
            case (str(), dict(values), [*names]):
                return name in values or name in names
        return False

    return news


def _value(body: Body) -> object:
    """Take the only thing in a reply out of its variant."""
    match body:
        case ((str(), value),):
            return value
    return None


def _first(body: Body) -> object:
    return body[0] if len(body) == 1 else None


def _mode_is_quiet(body: Body) -> object:
    match body:
        case ([*modes],):
            return any(
                str(mode).lower().replace("_", "-").replace(" ", "-") in _QUIET_MODES for mode in modes
            )
    return None


def _swaync_shows_nothing(body: Body) -> object:
    match body:
        case ((bool(quiet), bool(), int(), *more),):  # later versions can be told by programs to show nothing
            return quiet or more[:1] == [True]
    return None


def _swaync_news(body: Body, last: bool | None) -> bool:
    """Sift what is sent with every notification, too."""
    match body:
        case (int(), bool(quiet), bool(), *more):
            return (quiet or more[:1] == [True]) is not last
    return False


_INHIBITED = _property(_PATH, _NAME, "Inhibited")

_SERVERS: Mapping[str, _Asked | _Setting | _File] = {
    "gnome-shell": _Setting(
        "org.gnome.desktop.notifications",
        "show-banners",
        "false",
        "/org/gnome/desktop/notifications/show-banners",
    ),
    "cinnamon": _Setting(
        "org.cinnamon.desktop.notifications",
        "display-notifications",
        "false",
        "/org/cinnamon/desktop/notifications/display-notifications",
    ),
    "MATE Notification Daemon": _Setting(
        "org.mate.NotificationDaemon",
        "do-not-disturb",
        "true",
        "/org/mate/notification-daemon/do-not-disturb",
    ),
    "io.elementary.notifications": _Setting(
        "io.elementary.notifications", "do-not-disturb", "true", "/io/elementary/notifications/do-not-disturb"
    ),
    "Plasma": _INHIBITED,
    # With pause levels: true at every level that holds ordinary notices back.
    "dunst": _property(_PATH, "org.dunstproject.cmd0", "paused"),
    "mako": _Asked(
        "fr.emersion.Mako ListModes ({})".format(", ".join(_QUIET_MODES)),
        _NAME,
        "/fr/emersion/Mako",
        ("fr.emersion.Mako", "ListModes", "", ()),
        _mode_is_quiet,
        (_PROPERTIES, "fr.emersion.Mako"),
        _mentions("Modes"),
    ),
    "SwayNotificationCenter": _Asked(
        "org.erikreider.swaync.cc GetSubscribeData",
        "org.erikreider.swaync.cc",
        "/org/erikreider/swaync/cc",
        ("org.erikreider.swaync.cc", "GetSubscribeData", "", ()),
        _swaync_shows_nothing,
        ("org.erikreider.swaync.cc", None),
        _swaync_news,
    ),
    "Xfce Notify Daemon": _Asked(
        "xfce4-notifyd /do-not-disturb",
        "org.xfce.Xfconf",
        "/org/xfce/Xfconf",
        ("org.xfce.Xfconf", "GetProperty", "ss", ("xfce4-notifyd", "/do-not-disturb")),
        _value,
        ("org.xfce.Xfconf", "xfce4-notifyd"),
        lambda body, _last: body[1:2] == ("/do-not-disturb",),
    ),
    "Budgie Notification Server": _Asked(
        "org.buddiesofbudgie.budgie.Dispatcher GetDoNotDisturb",
        "org.budgie_desktop.Notifications",
        "/org/budgie_desktop/Notifications",
        ("org.buddiesofbudgie.budgie.Dispatcher", "GetDoNotDisturb", "", ()),
        _first,
        ("org.buddiesofbudgie.budgie.Dispatcher", None),
        lambda body, last: len(body) == 1 and body[0] is not last,
    ),
    "lxqt-notificationd": _File("lxqt/notifications.conf", "doNotDisturb=true"),
    "cosmic-notifications": _File("cosmic/com.system76.CosmicNotifications/v1/do_not_disturb", "true"),
}
"""By the name that GetServerInformation gives; where two share it, with the vendor before it."""

_XFCONF_UNSET = "org.xfce.Xfconf.Error.PropertyNotFound"


# ── the way ───────────────────────────────────────────────────────────────────────────────────────


class _UnknownError(Exception):
    """It cannot be known; the text is the note."""


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
        self._setting: bool | None = None
        """What a setting was at the last reading, as long as any change of it would be heard of."""
        self._settings_changed = 0

    async def look(self) -> Seen | None:
        """As `Way.look`. Nothing is said where no notification server runs."""
        found = None
        try:
            bus = await self._session.connected()  # with a limit of its own
            async with asyncio.timeout(ANSWER_WITHIN_S), self._lock:
                found = await self._find(bus)
        except _UnknownError as unknown:
            self.note = str(unknown)
        except TimeoutError:
            who = self._label[0] or _("the session bus")
            self.note = _("no answer within {limit:g} s: {server}").format(server=who, limit=ANSWER_WITHIN_S)
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
            _UnknownError, BusError: It cannot be known.
        """
        if bus is not self._bus:
            self._bus, self._heard, self._owner = bus, set(), ""
        await self._listen(bus, BUS_NAME, BUS_NAME, _NAME, self._on_owner)
        owner = await bus.owner_of(_NAME)
        if not owner:
            self._label = ("", "")
            raise _UnknownError(_("no notification server is running"))
        if owner != self._owner:  # the same one never comes back under another name, nor another under its
            self._setting, self._label = None, ("", "")
            self._label = await _label_of(bus, owner)
            self._owner = owner
        name, vendor = self._label
        asked = _SERVERS.get(name) or _SERVERS.get(f"{vendor} {name}") or _INHIBITED
        if isinstance(asked, _Asked):
            on = await self._ask(bus, owner, asked)
        elif isinstance(asked, _Setting):
            on = await self._read_setting(bus, asked)
        else:
            on = self._read_file(asked)
        self.note = _("{server}, by {source}").format(server=name, source=asked.source)
        return on

    # ── on the bus ────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, bus: Bus, owner: str, asked: _Asked) -> bool:
        interface, first = asked.heard
        await self._listen(
            bus, asked.name, interface, first, lambda signal: self._tell(asked.news(signal.body, self._last))
        )
        # Asked by its unique name nobody is started.
        who = owner if asked.name == _NAME else await bus.owner_of(asked.name)
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

    def _silent(self) -> _UnknownError:
        return _UnknownError(
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

    # ── settings ──────────────────────────────────────────────────────────────────────────────────

    async def _read_setting(self, bus: Bus, asked: _Setting) -> bool:
        """Read it, unless it was read before and has not changed since."""
        env = self._env()
        heard = await self._hears_of_settings(bus, asked, env)
        if self._setting is not None:
            return self._setting
        changed = self._settings_changed
        found = await _gsettings(asked, env)
        if heard and changed == self._settings_changed:  # else the child may have read it before the change
            self._setting = found
        return found

    async def _hears_of_settings(self, bus: Bus, asked: _Setting, env: Mapping[str, str]) -> bool:
        """Subscribe to what dconf says of this key; False where settings are not kept by dconf."""
        if (env.get("GSETTINGS_BACKEND") or "dconf") != "dconf":
            return False
        if _DCONF not in self._heard:
            (names,) = await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "ListActivatableNames")
            if not (isinstance(names, list) and _DCONF in names):
                return False
            self._heard.add(_DCONF)

        def on_settings(signal: Signal) -> None:
            if _is_about(asked.path, signal.body):
                self._settings_changed += 1
                self._setting = None
                self._tell(True)

        # Changes come with the longest path that all of them share: this key, or any folder above it.
        for folder in (*_folders(asked.path), asked.path):
            await self._listen(bus, _DCONF, _DCONF + ".Writer", folder, on_settings)
        return True

    def _read_file(self, asked: _File) -> bool:
        env = self._env()
        folder = env.get("XDG_CONFIG_HOME") or env.get("HOME", "") + "/.config"
        try:
            with Path(folder, asked.source).open(encoding="utf-8", errors="replace") as file:
                return asked.line in file.read(_LONGEST_FILE).splitlines()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _UnknownError(f"{asked.source}: {error.strerror}") from None


async def _label_of(bus: Bus, owner: str) -> tuple[str, str]:
    """Ask a notification server for its name and vendor."""
    match await bus.call(owner, _PATH, _NAME, "GetServerInformation"):
        case (str(name), str(vendor), *_rest):
            return name, vendor
    raise _UnknownError(_("the notification server does not tell its name"))


async def _gsettings(asked: _Setting, env: Mapping[str, str]) -> bool:
    """Read a setting by a child process, which is ended if that is not wanted any more."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        child = await asyncio.create_subprocess_exec(
            *("gsettings", "get", asked.schema, asked.key),
            stdin=nothing,
            stdout=pipe,
            stderr=nothing,
            env={**env, "LC_ALL": "C"},
        )
    except OSError:
        raise _UnknownError(_("the program gsettings is needed, and cannot be run")) from None
    try:
        output, _errors = await child.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        raise
    match output.split():
        case [b"true" | b"false" as word]:
            return word.decode() == asked.on
    raise _UnknownError(_("gsettings does not know {source}").format(source=asked.source))


def _folders(path: str) -> list[str]:
    """List the folders above a key of dconf, which end in a slash, from the root on."""
    return [path[: at + 1] for at, letter in enumerate(path) if letter == "/"]


def _is_about(path: str, body: Body) -> bool:
    """Whether Notify of dconf (a common path, what goes on from there, ...) is about this key."""
    match body:
        case (str(common), [*rest], *_more):
            changed = [common + str(one) for one in rest]
            return any(path == one or (one.endswith("/") and path.startswith(one)) for one in changed)
    return False
