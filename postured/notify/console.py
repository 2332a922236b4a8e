"""Notices as a few lines of text, for want of anything better: a terminal, a pipe, a service's log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TextIO

from postured.core.language import _
from postured.notify.aside import Aside
from postured.notify.message import Delivery, Ended, Message, Sent
from postured.notify.text import body_of, title_of

_log = logging.getLogger(__name__)


class Console:
    """Notifier on a text stream. What is printed can't be taken back, and nobody says whether it is read."""

    name = "console"

    def __init__(
        self,
        on_ended: Callable[[Ended], None],  # noqa: ARG002 - every notifier is made alike; this one hears of nothing
        *,
        stream: TextIO | None,
        limit_s: float = 5.0,
    ) -> None:
        self._stream = stream
        # A terminal that somebody has halted, or a full pipe, takes nothing for as long as it likes.
        self._aside = Aside(_("the console"), limit_s=limit_s)
        self._last = Sent.UNCONFIRMED

    @property
    def ready(self) -> bool:
        """Whether there is a stream that took the text before."""
        return self._stream is not None and not self._aside.busy

    async def start(self, stale: Mapping[str, object] | None) -> None:
        """Do nothing: lines printed by an earlier run stay where they are."""

    async def show(self, message: Message, *, tag: str) -> Delivery:  # noqa: ARG002 - nothing comes back for a tag
        """Print `message` and the commands that answer it."""
        try:
            await self._aside.run(lambda: _print(block(message), self._stream))
        except TimeoutError as error:
            delivery = Delivery(Sent.TIMEOUT, str(error))
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            delivery = Delivery(Sent.REJECTED, _("the console takes no text: {error}").format(error=error))
        else:
            delivery = Delivery(Sent.UNCONFIRMED, _("printed; nobody says whether it is read"))
        if delivery.sent is not self._last:
            self._last = delivery.sent
            _log.warning("notices on the console: %s (%s)", delivery.sent, delivery.detail)
        return delivery

    async def close(self) -> None:
        """Do nothing: what is printed stays."""

    async def stop(self) -> None:
        """Print nothing more. The stream stays open: it belongs to whoever gave it."""
        self._stream = None

    def remember(self) -> Mapping[str, object]:
        """Say nothing: there is nothing to take down."""
        return {}

    async def describe(self) -> Mapping[str, object]:
        """Say where the text goes."""
        where = getattr(self._stream, "name", None) or type(self._stream).__name__
        problem = _("there is no console to print on") if self._stream is None else None
        return {"notifier": self.name, "stream": str(where), "buttons": False, "problem": problem}


def block(message: Message) -> str:
    """Lay out a message as lines: the title, below it indented the rest, an empty line around it."""
    lines = body_of(message.body, message.commands).splitlines()
    return "\n".join(["", title_of(message.title), *(f"  {line}".rstrip() for line in lines), "", ""])


def _print(text: str, stream: TextIO | None) -> None:
    if stream is None:
        raise ValueError(_("there is none"))
    # Whatever the stream's encoding lacks becomes a question mark.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
