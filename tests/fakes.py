"""Stand-ins that keep the same promises as the real walls; the contract tests run against them as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from postured.notify.message import Delivery, Ended, Message, Sent, Why


class RecordingNotifier:
    """A notifier that shows nothing and remembers everything.

    Set `outcome` to make the next attempts fail; `press` and `end` play the person and the server.
    """

    name = "recording"

    def __init__(self, on_ended: Callable[[Ended], None]) -> None:
        self.outcome = Sent.DELIVERED
        """What `show` returns."""
        self.shown: list[tuple[str, Message]] = []
        """Everything that came up: tag and message, oldest first."""
        self.tried: list[str] = []
        """The tags of all attempts."""
        self.up: str | None = None
        """The tag of the notice that is up."""
        self.started_with: Mapping[str, object] | None = None
        self.started = False
        self.stopped = False
        self._on_ended = on_ended
        self._keys: frozenset[str] = frozenset()

    @property
    def ready(self) -> bool:
        return not self.stopped and self.outcome in (Sent.DELIVERED, Sent.UNCONFIRMED)

    @property
    def latest(self) -> Message:
        """The message that came up last."""
        return self.shown[-1][1]

    async def start(self, stale: Mapping[str, object] | None) -> None:
        self.started, self.started_with = True, stale

    async def show(self, message: Message, *, tag: str) -> Delivery:
        self.tried.append(tag)
        if self.stopped:
            return Delivery(Sent.DISCONNECTED, "the notifier has been stopped")
        delivery = Delivery(self.outcome, f"recording: {self.outcome}")
        if delivery.shown:
            self.shown.append((tag, message))
        if delivery.sent is Sent.DELIVERED:
            if self.up != tag:
                self.end(Why.SUPERSEDED)
            self.up = tag
            self._keys = frozenset(key for key, _ in message.buttons)
        return delivery

    async def close(self) -> None:
        self.end(Why.CLOSED)

    async def stop(self) -> None:
        self.stopped = True
        self.end(Why.CLOSED)

    def remember(self) -> Mapping[str, object]:
        return {"owner": "recording", "ids": [1] if self.up else []}

    async def describe(self) -> Mapping[str, object]:
        return {"notifier": self.name, "problem": None if self.ready else str(self.outcome)}

    def press(self, key: str) -> None:
        """Press a button of the notice that is up."""
        assert self.up is not None, "nothing is up"
        assert key in self._keys, f"the notice has no button {key!r}"
        self.end(Why.ACTION, key)

    def end(self, why: Why, action: str | None = None) -> None:
        """End the notice that is up, if any."""
        tag, self.up = self.up, None
        if tag is not None:
            self._on_ended(Ended(tag, why, action))
