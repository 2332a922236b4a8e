"""What is on the screen: the one notice, and words that wait until none is up. Shows in order, one thing at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TextIO

from postured.core import engine, wording
from postured.core.model import Item, Notice
from postured.notify.choose import make_notifier
from postured.notify.message import Ended, Message, Notifier, Urgency
from postured.paths import shipped

_log = logging.getLogger("postured")

WORDS_S = 20.0
"""How long a word that asks for nothing stays."""

NOTICE_S = engine.TAKEN_WITHIN_S + 120.0
"""The notifier's own deadline for a notice; the engine takes it down earlier, when it is settled."""

_WORDS_KEPT = 4


class Screen:
    """The notifier, with a queue in front of it, owned by one task."""

    def __init__(
        self, env: Mapping[str, str], backend: str, out: TextIO, *, on_answer: Callable[[str, str], None]
    ) -> None:
        self._env, self._out = env, out
        self._on_answer = on_answer
        self._backend = backend
        self._notifier = self._made()
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._words: deque[Message] = deque(maxlen=_WORDS_KEPT)
        self._up: str | None = None
        """The notice that is up, or on its way."""
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

    async def start(self, stale: Mapping[str, object] | None) -> None:
        """Get ready, and take down what an earlier run left."""
        await self._notifier.start(stale)
        self._worker = asyncio.create_task(self._work())

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

    def show_notice(self, notice: Notice, item: Item, *, later: bool, title: str, body: str) -> None:
        """Put a notice up in place of the one that is up; the same one is reworded."""
        message = Message(
            title=title,
            body=body,
            buttons=wording.buttons(later=later),
            urgency=Urgency.NORMAL,
            expire_s=NOTICE_S,
            category=f"x-postured.{item.kind.value}",
            commands=wording.commands(later=later),
        )
        self._up = notice.id
        self._jobs.put_nowait(lambda: self._show(message, notice.id))

    def say(self, title: str, body: str) -> None:
        """Show a word that asks for nothing, as soon as no notice is up."""
        message = Message(
            title=title,
            body=body,
            urgency=Urgency.LOW if title == wording.counted()[0] else Urgency.NORMAL,
            expire_s=WORDS_S,
            category="x-postured.word",
            transient=True,
        )
        self._words.append(message)
        self._jobs.put_nowait(self._say_waiting)

    def close(self) -> None:
        """Take the notice down."""
        self._up = None
        self._jobs.put_nowait(self._close)

    def remember(self) -> Mapping[str, object]:
        """What the next run has to take down."""
        return self._notifier.remember()

    async def describe(self) -> Mapping[str, object]:
        """What was found, for `doctor`."""
        return await self._notifier.describe()

    # ── the task ──────────────────────────────────────────────────────────────────────────────────

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except Exception:  # noqa: BLE001 - one notice must not end all that come after it
                _log.exception("a notice could not be shown")

    async def _show(self, message: Message, tag: str) -> None:
        delivery = await self._notifier.show(message, tag=tag)
        outcome = f"{self._notifier.name}: {delivery.sent}" + (
            f" ({delivery.detail})" if delivery.detail else ""
        )
        if outcome != self._delivery:  # once per change, or a missing server would fill the log
            self._delivery = outcome
            _log.info("shown through %s", outcome)

    async def _say_waiting(self) -> None:
        while self._words and self._up is None:
            await self._show(self._words.popleft(), "word")

    async def _close(self) -> None:
        await self._notifier.close()
        await self._say_waiting()

    async def _change(self) -> None:
        await self._notifier.stop()
        self._notifier = self._made()
        await self._notifier.start(None)

    def _made(self) -> Notifier:
        icon = str(shipped("icons/postured.svg"))
        return make_notifier(self._backend, self._on_ended, env=self._env, icon=icon, stream=self._out)

    def _on_ended(self, ended: Ended) -> None:
        if ended.action is not None:
            self._on_answer(ended.tag, ended.action)
        elif ended.tag == self._up:
            self._up = None
            self._jobs.put_nowait(self._say_waiting)
