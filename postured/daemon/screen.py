"""What is on the screen: the one notice or card, and words that wait until none is up. Shows one thing at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from postured.notify.message import Ended, Message, Notifier, Sent, Urgency

_log = logging.getLogger("postured")

WORDS_S = 20.0
"""How long a word that asks for nothing stays."""

_WORDS_KEPT = 4
_WORD = "word"

MakeNotifier = Callable[[str, Callable[[Ended], None]], Notifier]
"""Makes the notifier of that name (`notify: backend:`), which tells the function how each notice ended."""


class Screen:
    """The notifier, with a queue in front of it, owned by one task."""

    def __init__(
        self,
        make: MakeNotifier,
        backend: str,
        *,
        on_answer: Callable[[str, str], None],
        on_shown: Callable[[], None],
    ) -> None:
        self._make = make
        self._on_answer = on_answer
        self._on_shown = on_shown
        self._backend = backend
        self._notifier = make(backend, self._on_ended)
        self._jobs: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        self._words: deque[tuple[str, Message]] = deque(maxlen=_WORDS_KEPT)
        """What each is about, and what it says."""
        self._up: str | None = None
        """The notice that is up, or on its way."""
        self._word_up = False
        self._delivery = ""
        self._worker: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Which notifier is, or would be, used."""
        return self._notifier.name

    @property
    def delivery(self) -> str:
        """What became of the last thing shown."""
        return self._delivery

    def start(self, stale: Mapping[str, object] | None) -> None:
        """Begin, with taking down what an earlier run left; a bus that hangs holds up nothing but the screen."""
        self._worker = asyncio.create_task(self._work(stale))

    async def stop(self) -> None:
        """Take down what is up; nothing is shown afterwards."""
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
        await self._notifier.stop()

    def use(self, backend: str) -> None:
        """Show through another notifier from now on."""
        if backend == self._backend:
            return
        self._backend = backend
        self._jobs.put_nowait(self._change)

    def show(self, tag: str, message: Message) -> None:
        """Put something up that can be answered, in place of what is up; under the same tag it is reworded.

        Args:
            tag: Tells its answers from those of others.
            message: What it says.
        """
        self._up = tag
        self._jobs.put_nowait(lambda: self._show(message, tag))

    def say(self, title: str, body: str, urgency: Urgency = Urgency.NORMAL, *, about: str = "") -> None:
        """Show a word that asks for nothing, as soon as neither a notice nor another word is up.

        Args:
            title: What it says.
            body: More of it.
            urgency: How much it may intrude.
            about: What it is about, for a word that can be overtaken by events (`unsay`).
        """
        message = Message(
            title=title,
            body=body,
            urgency=urgency,
            expire_s=WORDS_S,
            category="x-postured.word",
            transient=True,
        )
        self._words.append((about, message))
        self._jobs.put_nowait(self._say_waiting)

    def unsay(self, about: str) -> None:
        """Forget words about that which still wait: it is otherwise by now."""
        kept = [word for word in self._words if word[0] != about]
        self._words.clear()
        self._words.extend(kept)

    def close(self) -> None:
        """Take the notice or card down."""
        self._up = None
        self._jobs.put_nowait(self._close)

    def remember(self) -> Mapping[str, object]:
        """What the next run has to take down."""
        return self._notifier.remember()

    async def describe(self) -> Mapping[str, object]:
        """What was found, for `doctor`."""
        return await self._notifier.describe()

    # ── the task ──────────────────────────────────────────────────────────────────────────────────

    async def _work(self, stale: Mapping[str, object] | None) -> None:
        await self._do(lambda: self._notifier.start(stale))
        while True:
            await self._do(await self._jobs.get())

    async def _do(self, job: Callable[[], Awaitable[object]]) -> None:
        try:
            await job()
        except Exception:  # noqa: BLE001 - one notice must not end all that come after it
            _log.exception("a notice could not be shown")

    async def _show(self, message: Message, tag: str) -> Sent:
        delivery = await self._notifier.show(message, tag=tag)
        outcome = f"{self._notifier.name}: {delivery.sent}" + (
            f" ({delivery.detail})" if delivery.detail else ""
        )
        if outcome != self._delivery:  # once per change, or a missing server would fill the log
            self._delivery = outcome
            _log.info("shown through %s", outcome)
        self._on_shown()
        return delivery.sent

    async def _say_waiting(self) -> None:
        while self._words and self._up is None and not self._word_up:
            # One word would take another's place; only what the desktop has taken is told to have ended.
            self._word_up = await self._show(self._words.popleft()[1], _WORD) is Sent.DELIVERED

    async def _close(self) -> None:
        await self._notifier.close()
        await self._say_waiting()

    async def _change(self) -> None:
        await self._notifier.stop()
        self._notifier = self._make(self._backend, self._on_ended)
        await self._notifier.start(None)

    def _on_ended(self, ended: Ended) -> None:
        if ended.action is not None:
            self._on_answer(ended.tag, ended.action)
        elif ended.tag == _WORD:
            self._word_up = False
            self._jobs.put_nowait(self._say_waiting)
        elif ended.tag == self._up:
            self._up = None
            self._jobs.put_nowait(self._say_waiting)
