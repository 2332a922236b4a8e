"""What every notifier promises, and the recording stand-in with them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from postured.notify.auto import Auto
from postured.notify.console import Console
from postured.notify.desktop import Desktop
from postured.notify.message import Ended, Message, Notifier, Sent, Why
from postured.notify.portable import Portable
from tests.fakes import RecordingNotifier
from tests.notify.private_bus import FakeServer, PrivateBus

MESSAGE = Message(
    "Sit back", "Hands off.", (("default", "Show me"), ("done", "Done")), commands="postured done"
)

KINDS = ["desktop", "plyer", "console", "auto", "recording"]
DELIVERING = ["desktop", "auto", "recording"]


def make(kind: str, bus: PrivateBus, on_ended: Callable[[Ended], None]) -> Notifier:
    match kind:
        case "desktop":
            return Desktop(on_ended, env=bus.env)
        case "plyer":
            return Portable(on_ended, send=lambda *_: None)
        case "console":
            return Console(on_ended, stream=io.StringIO())
        case "auto":
            return Auto(Desktop(on_ended, env=bus.env), Console(on_ended, stream=io.StringIO()))
    return RecordingNotifier(on_ended)


@asynccontextmanager
async def running(kind: str, bus: PrivateBus) -> AsyncIterator[tuple[Notifier, list[Ended]]]:
    ended: list[Ended] = []
    async with FakeServer.on(bus.address):
        notifier = make(kind, bus, ended.append)
        await notifier.start(None)
        try:
            yield notifier, ended
        finally:
            await notifier.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_it_shows_and_says_how_that_went(bus: PrivateBus, kind: str) -> None:
    async def scenario() -> None:
        async with running(kind, bus) as (notifier, ended):
            assert notifier.ready
            delivery = await notifier.show(MESSAGE, tag="a")
            assert delivery.shown
            assert delivery.sent is (Sent.DELIVERED if kind in DELIVERING else Sent.UNCONFIRMED)
            assert delivery.detail
            assert ended == []

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", DELIVERING)
def test_every_delivered_notice_ends_once(bus: PrivateBus, kind: str) -> None:
    async def scenario() -> None:
        async with running(kind, bus) as (notifier, ended):
            for tag in ("a", "b", "b", "c"):
                await notifier.show(MESSAGE, tag=tag)
            assert ended == [Ended("a", Why.SUPERSEDED), Ended("b", Why.SUPERSEDED)]
            await notifier.close()
            await notifier.close()
            await notifier.show(MESSAGE, tag="d")
            await notifier.stop()
            assert ended[2:] == [Ended("c", Why.CLOSED), Ended("d", Why.CLOSED)]

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_says_of_itself_fits_into_json(bus: PrivateBus, kind: str) -> None:
    async def scenario() -> None:
        async with running(kind, bus) as (notifier, _):
            await notifier.show(MESSAGE, tag="a")
            described = json.loads(json.dumps(dict(await notifier.describe())))
            assert {"notifier", "problem"} <= described.keys()
            assert described["problem"] is None
            left = json.loads(json.dumps(dict(notifier.remember())))
            assert bool(left.get("ids")) is (kind in DELIVERING)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
def test_it_starts_with_whatever_is_remembered(bus: PrivateBus, kind: str) -> None:
    async def scenario() -> None:
        notifier = make(kind, bus, lambda _: None)
        await notifier.start({"owner": 3, "ids": None, "more": []})
        await notifier.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
def test_once_stopped_it_shows_nothing_more(bus: PrivateBus, kind: str) -> None:
    async def scenario() -> None:
        async with running(kind, bus) as (notifier, ended):
            await notifier.stop()
            assert not (await notifier.show(MESSAGE, tag="a")).shown
            assert not notifier.ready
            await notifier.close()
            await notifier.stop()
            assert ended == []

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", KINDS)
def test_stopping_what_never_started(bus: PrivateBus, kind: str) -> None:
    async def scenario() -> None:
        await make(kind, bus, lambda _: None).stop()

    asyncio.run(scenario())
