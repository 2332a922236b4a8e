"""What every notifier is given, what it says back, and what it promises. Knows no desktop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Urgency(StrEnum):
    """How much a notice may intrude."""

    LOW = "low"
    NORMAL = "normal"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Message:
    """What a notice says. All texts are plain; whoever shows them escapes what has to be escaped."""

    title: str
    body: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    """Pairs of action key and label. The key `default` is the click on the notice itself."""
    urgency: Urgency = Urgency.NORMAL
    expire_s: float = 0.0
    """Take it down after so long; 0 is never."""
    category: str = ""
    """Of the desktop notification specification, as `presence`."""
    transient: bool = False
    """Leave it out of the desktop's list of old notices."""
    commands: str = ""
    """How to answer without buttons, as `postured done · later · skip`; shown where none can be drawn."""
    image: str = ""
    """The whole path of a picture of what to do; left out where none can be drawn."""


class Sent(StrEnum):
    """What became of an attempt to show something."""

    DELIVERED = "delivered"
    """The server has taken it. That somebody has seen it, it does not mean."""
    NO_BUS = "no-bus"
    NO_SERVER = "no-server"
    TIMEOUT = "timeout"
    REJECTED = "rejected"
    DISCONNECTED = "disconnected"
    UNCONFIRMED = "unconfirmed"
    """Sent off to where nothing ever comes back from."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of `show`, and in one line for the person how it came about."""

    sent: Sent
    detail: str = ""

    @property
    def shown(self) -> bool:
        """Whether it is up, as far as can be known."""
        return self.sent in (Sent.DELIVERED, Sent.UNCONFIRMED)


class Why(StrEnum):
    """How a delivered notice ended. Only `ACTION` is an answer."""

    ACTION = "action"
    EXPIRED = "expired"
    DISMISSED = "dismissed"
    CLOSED = "closed"
    UNDEFINED = "undefined"
    SUPERSEDED = "superseded"
    SERVER_GONE = "server-gone"
    DISCONNECTED = "disconnected"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Ended:
    """The one and only word on the end of the delivered notice `tag`."""

    tag: str
    why: Why
    action: str | None = None
    """The key of the button, where `why` is `ACTION`."""


class Notifier(Protocol):
    """Shows one notice at a time. Made with `on_ended`, a plain function called once per delivered notice.

    No method raises for anything that is wrong with the desktop, none takes longer than five seconds, and no
    failure sticks: the next notice starts afresh.
    """

    @property
    def name(self) -> str:
        """What `status` calls it."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a notice would get through now, as far as is known without trying."""
        ...

    async def start(self, stale: Mapping[str, object] | None) -> None:
        """Get ready, and take down what an earlier run left up (`stale`: its last `remember`)."""
        ...

    async def show(self, message: Message, *, tag: str) -> Delivery:
        """Put `message` up in place of the one that is up.

        The other one ends as `superseded`, unless it has the same tag: then it is the same notice, reworded.
        """
        ...

    async def close(self) -> None:
        """Take down the one that is up, if any; it ends as `closed`."""
        ...

    async def stop(self) -> None:
        """Take down what is up and let go of everything, within one second. It shows nothing more."""
        ...

    def remember(self) -> Mapping[str, object]:
        """Say what the next run needs to take down what is up now, in words that fit into JSON."""
        ...

    async def describe(self) -> Mapping[str, object]:
        """Say what was found and how well it works, for `doctor`."""
        ...
