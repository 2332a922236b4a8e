"""What a desktop's notification server can do, and how a message is put to it. Pure; no bus in here."""

from __future__ import annotations

from collections.abc import Sequence

from postured.core.language import _
from postured.notify.message import Message, Urgency
from postured.notify.text import body_of, title_of

NOTIFY_SIGNATURE = "susssasa{sv}i"

_DRAW_NO_BUTTONS = frozenset({"dunst", "mako"})
"""They offer actions, but only through a menu or a key binding that few have ever seen."""

_MOST_BUTTONS = 3
"""GNOME drops the fourth."""

_LONGEST_MS = 2**31 - 1
_URGENCY = {Urgency.LOW: 0, Urgency.NORMAL: 1, Urgency.CRITICAL: 2}


class Server:
    """A notification server, by its own account."""

    def __init__(self, capabilities: Sequence[object], information: Sequence[object]) -> None:
        words = [word for word in information if isinstance(word, str)] + [""] * 3
        self.name, self.vendor, self.version = words[:3]
        self.capabilities = frozenset(word for word in capabilities if isinstance(word, str))

    @property
    def takes_actions(self) -> bool:
        """Whether it can tell that a button was pressed."""
        return "actions" in self.capabilities

    @property
    def draws_buttons(self) -> bool:
        """Whether the person gets to see buttons."""
        return self.takes_actions and self.name.casefold() not in _DRAW_NO_BUTTONS

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name or _('a nameless server')} {self.version}".strip()


def offered_buttons(message: Message, server: Server) -> list[tuple[str, str]]:
    """List the buttons that this server is given: the default action and the first three others, or none."""
    if not server.takes_actions:
        return []
    # An empty label shows up as an empty button wherever the default action is drawn as one.
    labelled = [(key, title_of(label or key)) for key, label in message.buttons]
    default = [pair for pair in labelled if pair[0] == "default"][:1]
    return default + [pair for pair in labelled if pair[0] != "default"][:_MOST_BUTTONS]


def _escaped(text: str) -> str:
    # The module html would do the same, and keep a table of two thousand names in memory for it.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def notify_arguments(message: Message, server: Server, *, icon: str, replaces: int) -> tuple[object, ...]:
    """Put a message in the arguments of Notify.

    Args:
        message: What to say.
        server: Whom it is said to.
        icon: Absolute path of a picture, or empty.
        replaces: Id of the notification whose place it takes, or 0.
    """
    title = title_of(message.title)
    body = body_of(message.body, "" if server.draws_buttons else message.commands)
    if "body" not in server.capabilities:
        title, body = title_of(f"{title}: {body}" if body else title), ""
    elif "body-markup" in server.capabilities:
        body = _escaped(body)
    hints: dict[str, tuple[str, object]] = {
        "urgency": ("y", _URGENCY[message.urgency]),
        "desktop-entry": ("s", "postured"),
    }
    if message.category:
        hints["category"] = ("s", message.category)
    if message.transient:
        hints["transient"] = ("b", True)
    actions = [word for pair in offered_buttons(message, server) for word in pair]
    expire_ms = int(min(message.expire_s * 1000, _LONGEST_MS)) if message.expire_s > 0 else 0
    return ("postured", replaces, icon, title, body, actions, hints, expire_ms)
