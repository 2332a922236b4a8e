"""How each notification server is asked for do-not-disturb: a table, for there is no common way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from postured.sense.services import PROPERTIES

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"

_QUIET_MODES = ("do-not-disturb", "dnd", "hidden", "hide", "invisible", "quiet")
"""What people call the mode of mako that shows nothing; its manual has the first. Spelled as they please."""

Body = tuple[object, ...]


class Asked(NamedTuple):
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


class Setting(NamedTuple):
    """A key of GSettings; `dnd_settings` reads it."""

    schema: str
    key: str
    on: str
    path: str
    """Where dconf keeps it."""

    @property
    def source(self) -> str:
        """As in `Asked`."""
        return f"{self.schema} {self.key}"


class File(NamedTuple):
    """A line in a file below the folder for settings, which is there when it is on."""

    source: str
    line: str


# ── the servers ───────────────────────────────────────────────────────────────────────────────────


def _property(path: str, interface: str, name: str) -> Asked:
    """Ask a property of the server itself."""
    method = (PROPERTIES, "Get", "ss", (interface, name))
    heard = (PROPERTIES, interface)
    return Asked(f"{interface} {name}", NAME, path, method, _value, heard, _mentions(name))


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


INHIBITED = _property(PATH, NAME, "Inhibited")

SERVERS: Mapping[str, Asked | Setting | File] = {
    "gnome-shell": Setting(
        "org.gnome.desktop.notifications",
        "show-banners",
        "false",
        "/org/gnome/desktop/notifications/show-banners",
    ),
    "cinnamon": Setting(
        "org.cinnamon.desktop.notifications",
        "display-notifications",
        "false",
        "/org/cinnamon/desktop/notifications/display-notifications",
    ),
    "MATE Notification Daemon": Setting(
        "org.mate.NotificationDaemon",
        "do-not-disturb",
        "true",
        "/org/mate/notification-daemon/do-not-disturb",
    ),
    "io.elementary.notifications": Setting(
        "io.elementary.notifications", "do-not-disturb", "true", "/io/elementary/notifications/do-not-disturb"
    ),
    "Plasma": INHIBITED,
    # With pause levels: true at every level that holds ordinary notices back.
    "dunst": _property(PATH, "org.dunstproject.cmd0", "paused"),
    "mako": Asked(
        "fr.emersion.Mako ListModes ({})".format(", ".join(_QUIET_MODES)),
        NAME,
        "/fr/emersion/Mako",
        ("fr.emersion.Mako", "ListModes", "", ()),
        _mode_is_quiet,
        (PROPERTIES, "fr.emersion.Mako"),
        _mentions("Modes"),
    ),
    "SwayNotificationCenter": Asked(
        "org.erikreider.swaync.cc GetSubscribeData",
        "org.erikreider.swaync.cc",
        "/org/erikreider/swaync/cc",
        ("org.erikreider.swaync.cc", "GetSubscribeData", "", ()),
        _swaync_shows_nothing,
        ("org.erikreider.swaync.cc", None),
        _swaync_news,
    ),
    "Xfce Notify Daemon": Asked(
        "xfce4-notifyd /do-not-disturb",
        "org.xfce.Xfconf",
        "/org/xfce/Xfconf",
        ("org.xfce.Xfconf", "GetProperty", "ss", ("xfce4-notifyd", "/do-not-disturb")),
        _value,
        ("org.xfce.Xfconf", "xfce4-notifyd"),
        lambda body, _last: body[1:2] == ("/do-not-disturb",),
    ),
    "Budgie Notification Server": Asked(
        "org.buddiesofbudgie.budgie.Dispatcher GetDoNotDisturb",
        "org.budgie_desktop.Notifications",
        "/org/budgie_desktop/Notifications",
        ("org.buddiesofbudgie.budgie.Dispatcher", "GetDoNotDisturb", "", ()),
        _first,
        ("org.buddiesofbudgie.budgie.Dispatcher", None),
        lambda body, last: len(body) == 1 and body[0] is not last,
    ),
    "lxqt-notificationd": File("lxqt/notifications.conf", "doNotDisturb=true"),
    "cosmic-notifications": File("cosmic/com.system76.CosmicNotifications/v1/do_not_disturb", "true"),
}
"""By the name that GetServerInformation gives; where two share it, with the vendor before it."""
