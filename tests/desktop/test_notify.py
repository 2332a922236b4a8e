"""Notices on a real desktop: what dunst shows, presses, closes, and how its end is survived."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

from postured.notify.choose import make_notifier
from postured.notify.message import Ended, Message, Notifier, Sent, Urgency, Why
from tests.desktop.session import SERVER, Desktop, need

P = ParamSpec("P")
R = TypeVar("R")

ICON = str(Path(__file__).parents[2] / "config/icons/postured.png")
MESSAGE = Message(
    "Sit back for a minute",
    "Hands off the keys, eyes far away. <1 min & done>",
    (("default", "Show me"), ("done", "Done"), ("later", "Later"), ("skip", "Skip")),
    Urgency.NORMAL,
    category="presence",
    commands="postured done · later · skip",
)


@contextlib.asynccontextmanager
async def running(session: Desktop, backend: str = "desktop") -> AsyncIterator[tuple[Notifier, list[Ended]]]:
    """Run a notifier in the session; it is stopped at the end of the block."""
    ended: list[Ended] = []
    notifier = make_notifier(backend, ended.append, env=session.env, icon=ICON, stream=None)
    await notifier.start(None)
    try:
        yield notifier, ended
    finally:
        await notifier.stop()


async def aside(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Let the test's hands work while the notifier listens."""
    return await asyncio.to_thread(function, *arguments, **named)


async def until(condition: Callable[[], object], limit_s: float = 5.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("key", ["default", "done", "later", "skip"])
def test_each_button_is_heard_and_takes_the_notice_down(module_session: Desktop, key: str) -> None:
    session = module_session

    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            assert (await notifier.show(MESSAGE, tag=key)).sent is Sent.DELIVERED
            await aside(session.press, key)
            await until(lambda: ended)
            assert ended == [Ended(key, Why.ACTION, key)]
            await until(lambda: not session.notifications(only_open=True))
        assert len(ended) == 1

    asyncio.run(scenario())


def test_what_dunst_is_given(module_session: Desktop) -> None:
    session = module_session

    async def scenario() -> None:
        async with running(session) as (notifier, _):
            await notifier.show(MESSAGE, tag="a")
            seen = await aside(session.wait_for_notification, "Sit back")
            assert seen["app_name"] == "postured"
            assert seen["icon"] == ICON
            # dunst draws no buttons, so the commands are named; its body is markup, so it is escaped.
            assert seen["body"] == (
                "Hands off the keys, eyes far away. &lt;1 min &amp; done&gt;\npostured done · later · skip"
            )
            assert seen["hints"] == {"urgency": 1, "desktop-entry": "postured", "category": "presence"}

    asyncio.run(scenario())


def test_a_replaced_notice_stays_in_its_place(module_session: Desktop) -> None:
    session = module_session

    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            for tag in ("a", "b", "c"):
                await notifier.show(MESSAGE, tag=tag)
            assert session.displayed() == 1
            assert [one.why for one in ended] == [Why.SUPERSEDED] * 2
            await aside(session.press, "done")
            await until(lambda: len(ended) == 3)
            assert ended[2] == Ended("c", Why.ACTION, "done")

    asyncio.run(scenario())


def test_closing_dismissing_and_the_deadline(module_session: Desktop) -> None:
    session = module_session

    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            await notifier.show(MESSAGE, tag="closed")
            await notifier.close()
            await notifier.show(MESSAGE, tag="dismissed")
            await aside(session.dismiss)
            await until(lambda: len(ended) == 2)
            brief = Message("Only for a moment", expire_s=0.2)
            await notifier.show(brief, tag="brief")
            await until(lambda: len(ended) == 3)
            assert [(one.tag, one.why) for one in ended[:2]] == [
                ("closed", Why.CLOSED),
                ("dismissed", Why.DISMISSED),
            ]
            assert ended[2].why in (Why.DEADLINE, Why.EXPIRED)
            await until(lambda: not session.notifications(only_open=True))

    asyncio.run(scenario())


def test_stopping_leaves_nothing_on_the_screen(module_session: Desktop) -> None:
    session = module_session

    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            await notifier.show(MESSAGE, tag="a")
            assert session.displayed() == 1
        assert ended == [Ended("a", Why.CLOSED)]
        await until(lambda: session.displayed() == 0)

    asyncio.run(scenario())


def test_the_next_run_closes_what_a_killed_one_left_up(session: Desktop) -> None:
    async def killed() -> dict[str, object]:
        notifier = make_notifier("desktop", lambda _: None, env=session.env, stream=None)
        await notifier.show(MESSAGE, tag="a")
        left = dict(notifier.remember())
        await notifier._bus.close()  # type: ignore[attr-defined]  # gone without a word, as by kill -9
        return left

    async def scenario() -> None:
        left = await killed()
        assert session.displayed() == 1
        notifier = make_notifier("desktop", lambda _: None, env=session.env, stream=None)
        await notifier.start(left)
        await until(lambda: session.displayed() == 0)
        await notifier.stop()

    asyncio.run(scenario())


def test_a_killed_server_and_the_next_one(session: Desktop) -> None:
    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            await notifier.show(MESSAGE, tag="a")
            await aside(session.kill_dunst)
            await until(lambda: ended)
            assert ended == [Ended("a", Why.SERVER_GONE)]
            assert (await notifier.show(MESSAGE, tag="b")).sent is Sent.NO_SERVER
            assert not notifier.ready
            await aside(session.start_dunst)
            await until(lambda: notifier.ready)
            assert (await notifier.show(MESSAGE, tag="c")).sent is Sent.DELIVERED
            await aside(session.press, "done")
            await until(lambda: len(ended) == 2)
            assert ended[1] == Ended("c", Why.ACTION, "done")

    asyncio.run(scenario())


def test_a_server_that_hangs_and_wakes_leaves_no_stray(session: Desktop) -> None:
    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            await aside(session.freeze_dunst, True)
            began = time.monotonic()
            assert (await notifier.show(MESSAGE, tag="a")).sent is Sent.TIMEOUT
            assert time.monotonic() - began < 5.5
            await aside(session.freeze_dunst, False)
            await until(lambda: session.displayed() == 0)
            assert (await notifier.show(MESSAGE, tag="b")).sent is Sent.DELIVERED
            assert ended == []

    asyncio.run(scenario())


def test_stopping_does_not_wait_for_a_server_that_hangs(session: Desktop) -> None:
    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            await notifier.show(MESSAGE, tag="a")
            await aside(session.freeze_dunst, True)
            began = time.monotonic()
            await notifier.stop()
            assert time.monotonic() - began < 1
            assert ended == [Ended("a", Why.CLOSED)]
        await aside(session.freeze_dunst, False)
        await until(lambda: session.displayed() == 0)  # the word was on its way, and got there

    asyncio.run(scenario())


def test_a_killed_bus_and_the_next_one(session: Desktop) -> None:
    async def scenario() -> None:
        async with running(session) as (notifier, ended):
            await notifier.show(MESSAGE, tag="a")
            await aside(session.kill_bus)
            await until(lambda: ended)
            assert ended == [Ended("a", Why.DISCONNECTED)]
            assert (await notifier.show(MESSAGE, tag="b")).sent is Sent.NO_BUS
            await aside(session.start_bus)
            await aside(session.start_dunst)
            assert (await notifier.show(MESSAGE, tag="c")).sent is Sent.DELIVERED

    asyncio.run(scenario())


def test_auto_goes_by_the_console_until_a_server_is_there(bare_session: Desktop) -> None:
    session = bare_session

    async def scenario() -> None:
        async with running(session, "auto") as (notifier, _):
            assert notifier.name == "console"
            await aside(session.start_dunst)
            await until(lambda: notifier.name == "desktop")
            assert (await notifier.show(MESSAGE, tag="a")).sent is Sent.DELIVERED

    asyncio.run(scenario())


def test_a_server_that_the_bus_can_start_is_started(bare_session: Desktop) -> None:
    session = bare_session
    session.kill_bus()
    service = (
        f"[D-BUS Service]\nName={SERVER.bus_name}\nExec=/usr/bin/env DISPLAY={session.env['DISPLAY']} dunst\n"
    )
    (session.services / f"{SERVER.bus_name}.service").write_text(service)
    session.start_bus()

    async def scenario() -> None:
        async with running(session, "auto") as (notifier, ended):
            assert notifier.name == "desktop"
            assert (await notifier.describe())["owner"] is None  # asking does not start it
            assert (await notifier.show(MESSAGE, tag="a")).sent is Sent.DELIVERED
            await notifier.close()
            assert ended == [Ended("a", Why.CLOSED)]

    asyncio.run(scenario())


def test_the_notice_can_be_seen(session: Desktop, tmp_path: Path) -> None:
    """The picture differs from the empty screen, and has the icon's colour in it."""
    need("convert")

    def colours(path: Path) -> str:
        session.screenshot(path)
        command = ["convert", str(path), "-format", "%c", "histogram:info:-"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.upper()

    async def scenario() -> None:
        async with running(session) as (notifier, _):
            empty = await aside(colours, tmp_path / "empty.png")
            await notifier.show(MESSAGE, tag="a")
            seen = ""
            end = time.monotonic() + 5
            while "#2F7F79" not in seen and time.monotonic() < end:
                seen = await aside(colours, tmp_path / "notice.png")
            assert "#2F7F79" not in empty
            assert "#2F7F79" in seen  # the icon
            assert "#285577" in seen  # the box, as this session's dunst draws it

    asyncio.run(scenario())
