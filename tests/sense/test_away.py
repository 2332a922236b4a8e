"""Who claims that the person is away, and what becomes of it when they are gone. The buses: tests/desktop."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from postured.core.model import Away as AwayEvent
from postured.core.model import Event
from postured.sense import away, probe
from postured.sense.away import LOCK, SESSION, SUSPEND, Away, Claims


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def claims(events: list[Event]) -> Claims:
    return Claims(events.append)


def test_what_two_say_is_told_once_and_ends_with_the_last(claims: Claims, events: list[Event]) -> None:
    claims.set("logind", LOCK, True)
    claims.set("saver", LOCK, True)
    claims.set("saver", LOCK, True)
    claims.set("logind", LOCK, False)
    assert events == [AwayEvent(LOCK, True)]
    claims.set("saver", LOCK, False)
    claims.set("saver", LOCK, False)
    assert events == [AwayEvent(LOCK, True), AwayEvent(LOCK, False)]


def test_reasons_are_told_apart(claims: Claims, events: list[Event]) -> None:
    claims.set("logind", LOCK, True)
    claims.set("sleep", SUSPEND, True)
    claims.set("sleep", SUSPEND, False)
    assert events == [AwayEvent(LOCK, True), AwayEvent(SUSPEND, True), AwayEvent(SUSPEND, False)]


def test_who_is_gone_claims_nothing_any_more(claims: Claims, events: list[Event]) -> None:
    claims.set("logind", LOCK, True)
    claims.set("logind", SESSION, True)
    claims.set("saver", LOCK, True)
    claims.drop("logind")
    assert events[-1] == AwayEvent(SESSION, False)
    claims.drop("saver")
    claims.drop("saver")
    assert events[-1] == AwayEvent(LOCK, False)


def test_that_nobody_is_away_is_not_told(claims: Claims, events: list[Event]) -> None:
    claims.set("logind", LOCK, False)
    claims.drop("logind")
    assert events == []


def test_without_any_bus_it_waits_quietly(tmp_path: Path, events: list[Event]) -> None:
    """Two attempts on each bus in the first two seconds at most, and little time spent."""
    env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}

    async def main() -> None:
        watcher = Away(env)
        task = asyncio.ensure_future(watcher.run(events.append))
        async with asyncio.timeout(5):
            await watcher.looked()
        spent = time.process_time()
        await asyncio.sleep(1.1)
        assert time.process_time() - spent < 0.1
        found = watcher.describe()
        assert str(tmp_path) in str(found["logind"])
        assert "XDG_RUNTIME_DIR" in str(found["screen_savers"])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert events == []


def test_waits_grow_from_one_second_to_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    done = asyncio.Event()
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 30:
            done.set()
        if len(waits) >= 30:
            await sleep(60)

    async def main() -> None:
        task = asyncio.ensure_future(Away({"DBUS_SYSTEM_BUS_ADDRESS": "nonsense:"}).run([].append))
        async with asyncio.timeout(5):
            await done.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    monkeypatch.setattr(away.asyncio, "sleep", note)
    asyncio.run(main())
    assert set(waits) == {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600}


def test_the_doctor_is_told_that_there_is_no_bus(tmp_path: Path) -> None:
    env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    rows = asyncio.run(probe.describe_away(env))
    assert [(row.name, row.ok) for row in rows] == [("logind", False), ("screen_saver", False)]
