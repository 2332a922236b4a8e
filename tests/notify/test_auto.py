"""The choice between the ways to show a notice."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
from pathlib import Path

import pytest

from postured.notify.auto import Auto
from postured.notify.choose import make_notifier
from postured.notify.message import Ended, Message, Notifier, Sent, Why
from tests.fakes import RecordingNotifier
from tests.notify.private_bus import FakeServer, PrivateBus, until

MESSAGE = Message("Sit back", buttons=(("done", "Done"),), commands="postured done")


def auto(bus: PrivateBus, ended: list[Ended], stream: io.StringIO) -> Notifier:
    return make_notifier("auto", ended.append, env=bus.env, stream=stream)


def test_it_changes_over_when_a_server_appears_dies_and_returns(bus: PrivateBus) -> None:
    async def scenario() -> None:
        ended: list[Ended] = []
        stream = io.StringIO()
        notifier = auto(bus, ended, stream)
        await notifier.start(None)
        assert notifier.name == "console"
        delivery = await notifier.show(MESSAGE, tag="a")
        assert (delivery.sent, "desktop failed: no-server" in delivery.detail) == (Sent.UNCONFIRMED, True)
        assert "postured done" in stream.getvalue()
        printed = len(stream.getvalue())
        for tag in ("b", "c"):
            async with FakeServer.on(bus.address) as server:
                await until(lambda: notifier.name == "desktop")
                assert (await notifier.show(MESSAGE, tag=tag)).sent is Sent.DELIVERED
                assert server.last[3] == "Sit back"
            await until(lambda: notifier.name == "console")
        assert ended == [Ended("b", Why.SERVER_GONE), Ended("c", Why.SERVER_GONE)]
        assert len(stream.getvalue()) == printed
        await notifier.stop()

    asyncio.run(scenario())


def test_a_bus_that_comes_back_is_found_at_the_next_notice(bus: PrivateBus) -> None:
    async def scenario() -> None:
        notifier = auto(bus, [], io.StringIO())
        bus.kill()
        await notifier.start(None)
        assert (await notifier.show(MESSAGE, tag="a")).sent is Sent.UNCONFIRMED
        assert notifier.name == "console"
        bus.start()
        async with FakeServer.on(bus.address):
            assert (await notifier.show(MESSAGE, tag="b")).sent is Sent.DELIVERED
            assert notifier.name == "desktop"
        await notifier.stop()

    asyncio.run(scenario())


def test_a_server_that_hangs_costs_at_most_five_seconds_and_the_console_has_it(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "hang"):
            stream = io.StringIO()
            notifier = auto(bus, [], stream)
            began = time.monotonic()
            assert (await notifier.show(MESSAGE, tag="a")).sent is Sent.UNCONFIRMED
            assert time.monotonic() - began < 5
            assert "Sit back" in stream.getvalue()
            assert notifier.name == "console"
            await notifier.stop()

    asyncio.run(scenario())


def test_where_nothing_works_it_says_both_reasons() -> None:
    async def scenario() -> None:
        notifier = make_notifier("auto", lambda _: None, env={}, stream=None)
        await notifier.start(None)
        delivery = await notifier.show(MESSAGE, tag="a")
        assert not delivery.shown
        assert "console" in delivery.detail
        assert "DBUS_SESSION_BUS_ADDRESS" in delivery.detail
        assert not notifier.ready
        await notifier.stop()

    asyncio.run(scenario())


def test_the_second_choice_is_left_alone_while_the_first_works() -> None:
    async def scenario() -> None:
        first, last = RecordingNotifier(lambda _: None), RecordingNotifier(lambda _: None)
        notifier = Auto(first, last)
        await notifier.start({"owner": "x"})
        assert (first.started_with, last.started_with) == ({"owner": "x"}, None)
        await notifier.show(MESSAGE, tag="a")
        first.outcome = Sent.TIMEOUT
        await notifier.show(MESSAGE, tag="b")
        assert (first.tried, last.tried) == (["a", "b"], ["b"])
        await notifier.stop()
        assert first.stopped
        assert last.stopped

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("backend", "name"), [("console", "console"), ("plyer", "plyer"), ("desktop", "desktop")]
)
def test_the_schedule_may_name_one(backend: str, name: str) -> None:
    assert make_notifier(backend, lambda _: None, env={}, stream=None).name == name


LOADED = """
import sys
from postured.notify.choose import make_notifier
{before}
notifier = make_notifier({backend!r}, lambda _: None, env={{}}, stream=sys.stdout)
print(notifier.name, *(sys.modules.get(name) is not None for name in ("jeepney", "plyer")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux needs")
@pytest.mark.parametrize(
    ("backend", "before", "printed"),
    [
        ("desktop", "", "desktop True False"),
        ("desktop", "sys.modules['jeepney'] = None", "plyer False False"),
        ("auto", "sys.platform = 'darwin'", "plyer False False"),
        ("console", "", "console False False"),
    ],
)
def test_only_what_is_needed_is_loaded(backend: str, before: str, printed: str) -> None:
    """Without jeepney, or off Linux, the first choice is plyer."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(backend=backend, before=before)],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.stdout.split() == printed.split()
