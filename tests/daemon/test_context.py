"""The living daemon looks at calls, full screen and do-not-disturb when it matters, and never else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from postured.core.model import Away, Tick
from postured.sense.holds.protocol import Seen
from tests.fakes_holds import FakeWay
from tests.fakes_life import House, Life, until

MIN = 60.0
ON, OFF = Seen(True), Seen(False)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, "reminders:\n  reset: {after: 20m, pause: 60s, repeat: 10m, suggest: [break]}\n")


async def shown(life: Life) -> int:
    await life.quiet()
    await life.quiet()
    return len(life.screen.shown)


def test_what_began_a_moment_ago_is_seen_before_a_notice_comes_up(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.work(19 * MIN)
            life.desktop.microphone.sees = ON  # and no event tells of it
            await life.work(2 * MIN)
            assert await shown(life) == 0
            status = await life.ask(ask="status")
            assert status["holds"] == ["call"]
            assert status["sensors"]["call"] is True
            life.desktop.microphone.sees = OFF
            life.desktop.microphone.changed()
            await life.quiet()
            life.idle.type()
            assert await shown(life) == 1
            why = await life.ask(ask="why")
            assert "reset was due, held: call" in [one["say"] for one in why["decisions"]]

    asyncio.run(story())


@pytest.mark.parametrize("way", ["microphone", "screen", "dnd"])
def test_nothing_comes_up_while_any_of_them_stands_and_one_notice_when_it_ends(
    house: House, way: str
) -> None:
    async def story() -> None:
        async with house.living() as life:
            one = getattr(life.desktop, way)
            one.sees = ON
            await life.work(45 * MIN)
            assert await shown(life) == 0
            one.sees = OFF
            one.changed()
            await life.work(2 * MIN)
            assert await shown(life) == 1

    asyncio.run(story())


def test_nothing_is_looked_at_while_there_is_nothing_to_decide(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.quiet()
            before = life.desktop.looked
            await life.work(19 * MIN)
            assert life.desktop.looked == before
            await life.work(2 * MIN)
            assert life.desktop.looked == before + 1

    asyncio.run(story())


def test_a_silence_before_a_film_is_work_though_no_event_told_of_the_film(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.work(5 * MIN)
            life.desktop.screen.sees = ON
            await life.leave(10 * MIN)
            await life.quiet()
            assert not life.daemon.state.resting
            life.desktop.screen.sees = OFF
            life.desktop.screen.changed()
            await life.quiet()
            await life.leave(3 * MIN)
            await life.quiet()
            assert life.daemon.state.resting

    asyncio.run(story())


def test_a_silence_before_a_full_screen_editor_is_rest(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.work(5 * MIN)
            life.desktop.screen.sees = Seen(True, video=False)
            await life.leave(3 * MIN)
            await life.quiet()
            assert life.daemon.state.resting

    asyncio.run(story())


def test_what_sensors_tell_during_a_look_keeps_its_order(house: House) -> None:
    """A silence that waits for a look, and the input that ends it, must not change places."""

    async def story() -> None:
        async with house.living() as life:
            await life.work(5 * MIN)
            life.clock.go(61)
            life.idle.leave(61)  # told when the loop turns; the look begins then
            await asyncio.sleep(0)
            life.idle.type()
            for _ in range(4):
                await life.quiet()
            assert life.daemon.state.silent_s is None
            assert not life.daemon.state.resting

    asyncio.run(story())


def test_what_cannot_be_known_any_more_holds_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postured.sense.holds.looks.DOUBTED_S", 0.0)

    async def story() -> None:
        async with house.living() as life:
            life.desktop.dnd.sees = ON
            await life.work(25 * MIN)
            assert await shown(life) == 0
            life.desktop.dnd.sees = None
            life.desktop.dnd.changed()
            await life.quiet()
            life.idle.type()
            assert await shown(life) == 1
            assert (await life.ask(ask="status"))["sensors"]["dnd"] is None

    asyncio.run(story())


def test_while_a_notice_waits_it_is_looked_again_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postured.daemon.context.AGAIN_S", 0.01)
    monkeypatch.setattr("postured.daemon.context.LONGEST_AGAIN_S", 0.01)

    async def story() -> None:
        async with house.living() as life:
            life.desktop.screen.sees = ON
            await life.work(21 * MIN)
            assert await shown(life) == 0
            life.desktop.screen.sees = OFF
            await until(lambda: not life.daemon.state.sensed)
            life.idle.type()
            await until(lambda: len(life.screen.shown) == 1)
            looked = life.desktop.looked
            await asyncio.sleep(0.05)
            assert life.desktop.looked == looked, "nothing waits any more"

    asyncio.run(story())


def test_a_schedule_without_holds_looks_at_nothing(tmp_path: Path) -> None:
    plan = "work: {counts: [input]}\nhold: []\nreminders:\n  reset: {after: 20m, pause: 60s}\n"

    async def story() -> None:
        async with House(tmp_path, plan).living() as life:
            life.desktop.microphone.sees = ON
            await life.work(21 * MIN)
            assert await shown(life) == 1
            assert life.desktop.looked == 0

    asyncio.run(story())


def test_other_programs_to_be_ignored_are_taken_up_with_the_schedule(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            old = life.desktop.microphone
            house.config.write_text(house.config.read_text() + "ignore:\n  call: [easyeffects]\n")
            life.daemon.reload()
            await life.quiet()
            assert life.desktop.made == 2
            assert old.stopped
            life.daemon.feed(Tick())
            assert life.desktop.made == 2

    asyncio.run(story())


def test_what_is_asked_for_comes_at_once_even_in_a_call(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            life.desktop.microphone.sees = ON
            assert (await life.ask(ask="now", what="break"))["notice"]
            assert await shown(life) == 1

    asyncio.run(story())


def test_presence_says_how_things_are_and_takes_ones_word(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            life.desktop.dnd.sees = None
            told = await life.ask(ask="presence")
            assert {name: one["on"] for name, one in told["presence"].items()} == {
                "call": False,
                "fullscreen": False,
                "dnd": None,
                "away": False,
            }
            told = await life.ask(ask="presence", what="call", on=True, for_s=1800)
            assert told["holds"] == ["call"]
            assert told["presence"]["call"]["until"] == "2026-11-23T09:30:00+01:00"
            status = await life.ask(ask="status")
            assert status["stated"] == {"call": {"on": True, "until": "2026-11-23T09:30:00+01:00"}}
            told = await life.ask(ask="presence", what="away", on=True, for_s=60)
            assert (await life.ask(ask="status"))["state"] == "away"
            told = await life.ask(ask="presence", what="away", on=False)
            told = await life.ask(ask="presence", what="call", on=False)
            assert told["holds"] == []
            says = [one["say"] for one in (await life.ask(ask="why"))["decisions"]]
            assert says[0] == "you said: call on"
            assert says[-1] == "you said: call off"

    asyncio.run(story())


class Busy(FakeWay):
    """Answers when it is let."""

    let: asyncio.Event

    async def look(self) -> Seen | None:
        self.looked += 1
        await self.let.wait()
        return self.sees


def test_a_screen_that_is_locked_during_a_look_gets_no_notice(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.work(19 * MIN)
            way = life.desktop.microphone
            way.__class__, way.let = Busy, asyncio.Event()  # type: ignore[assignment, attr-defined]
            await life.work(1 * MIN)
            life.daemon.sense(Away("lock", True))
            way.let.set()  # type: ignore[attr-defined]
            assert await shown(life) == 0
            assert life.daemon.state.notice is None

    asyncio.run(story())


def test_ways_that_cry_wolf_are_asked_twice_a_second_at_most(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.quiet()
            life.clock.go(10)
            before = life.desktop.looked
            for _ in range(100):
                life.desktop.dnd.changed()
                await life.quiet()
            assert life.desktop.looked == before + 1

    asyncio.run(story())


def test_at_the_end_nothing_comes_up_that_nobody_looked_for(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.work(19 * MIN)
            life.idle.type()
            life.clock.go(59.999)
            life.idle.type()
            await life.quiet()
            life.clock.go(5)
        assert life.titles == []
        assert house.rows() == []

    asyncio.run(story())


def test_off_speaks_against_what_a_sensor_sees_though_nobody_had_looked(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.work(5 * MIN)
            life.desktop.screen.sees = ON
            told = await life.ask(ask="presence", what="fullscreen", on=False)
            assert told["presence"]["fullscreen"]["on"] is False
            assert told["holds"] == []

    asyncio.run(story())


def test_ones_word_survives_a_sudden_death(house: House) -> None:
    async def story() -> None:
        async with house.living() as life:
            await life.ask(ask="presence", what="call", on=True, for_s=1800)
            assert house.saved()["engine"]["stated"] == {"call": [True, 1800.0]}
            await life.ask(ask="presence", what="call", on=False)
            assert house.saved()["engine"]["stated"] == {}

    asyncio.run(story())


@pytest.mark.parametrize(
    "request_",
    [
        {"what": "lunch", "on": True},
        {"what": "call", "on": "yes"},
        {"what": "dnd", "on": True},
        {"what": "call", "on": True, "for_s": 0},
        {"what": "call", "on": True, "for_s": 90_000},
        {"what": "call", "on": True, "for_s": "1h"},
    ],
)
def test_a_word_that_makes_no_sense_changes_nothing(house: House, request_: dict[str, object]) -> None:
    async def story() -> None:
        async with house.living() as life:
            with pytest.raises(Exception, match=r"."):
                await life.ask(ask="presence", **request_)
            assert life.daemon.state.stated == {}

    asyncio.run(story())
