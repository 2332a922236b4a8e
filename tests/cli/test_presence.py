"""`postured presence`: a word of one's own, from a script or a meeting tool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from postured.control import ControlError
from tests.fakes_life import House, Life

Command = Callable[..., Coroutine[None, None, Any]]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def at(text: str) -> str:
    """The text without the day, which is told because it is not the one of this test."""
    return text.replace(" Mon ", " ")


def tell(house: House, shell: Any, story: Callable[[Life, Command], Coroutine[None, None, None]]) -> None:
    shell.env.update(house.env)

    async def run() -> None:
        async with house.living() as life:

            async def command(*argv: str) -> Any:
                return await asyncio.to_thread(lambda: shell(*argv))

            await story(life, command)

    asyncio.run(run())


def test_a_call_is_said_for_a_time_and_taken_back(house: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        told = await command("presence", "call", "on", "--for", "30m")
        assert (told.code, told.err) == (0, "")
        assert at(told.out) == "You are in a call until 09:30; sooner over with: postured presence call off\n"
        assert (await command("status", "--json")).json["holds"] == ["call"]
        assert "you said: call on, until " in (await command("status")).out
        assert (await command("presence", "call", "off")).out == "No call.\n"
        assert (await command("status", "--json")).json["holds"] == []

    tell(house, shell, story)


def test_without_a_time_it_is_an_hour(house: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        assert "until 10:00" in at((await command("presence", "fullscreen", "on")).out)

    tell(house, shell, story)


def test_off_for_a_time_is_told_as_such(house: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        told = await command("presence", "call", "off", "--for", "10m")
        assert at(told.out) == "No call. Until 09:10 no sensor is believed about it.\n"

    tell(house, shell, story)


def test_away_is_rest(house: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        await command("presence", "away", "on", "--for", "90s")
        told = (await command("status", "--json")).json
        assert (told["state"], told["holds"]) == ("away", ["away"])
        assert "until 09:01" in at((await command("presence")).out)

    tell(house, shell, story)


def test_without_a_word_it_tells_how_things_are(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        life.desktop.dnd.sees = None
        await command("presence", "call", "on", "--for", "30m")
        lines = (await command("presence")).out.splitlines()
        told = dict(line.split(None, 1) for line in lines)
        assert told["call"].split("  ")[0] == "yes"
        assert at(told["call"]).endswith("you said so, until 09:30")
        assert told["fullscreen"].startswith("no")
        assert told["fullscreen"].endswith("a way made for tests")
        assert told["dnd"].startswith("not known")
        json = (await command("presence", "--json")).json
        assert json["presence"]["call"] == {
            "on": True,
            "until": "2026-11-23T09:30:00+01:00",
            "notes": ["a way made for tests"],
        }
        assert json["holds"] == ["call"]

    tell(house, shell, story)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("call",), "on or off is missing"),
        (("call", "on", "--for", "soon"), "--for"),
        (("call", "on", "--for", "-1m"), "--for"),
        (("call", "on", "--for", "0s"), "a day"),
        (("call", "on", "--for", "25h"), "a day"),
        (("--for", "1h"), "--for goes with a word"),
        (("dnd", "on"), "dnd"),
        (("call", "maybe"), "maybe"),
    ],
)
def test_a_wrong_word_is_wrong_usage_in_one_line(shell: Any, argv: tuple[str, ...], said: str) -> None:
    assert said in shell.refused("presence", *argv, code=2)


def test_a_day_is_the_most_whoever_asks(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        with pytest.raises(ControlError, match="longer than a day"):
            await life.ask(ask="presence", what="call", on=True, for_s=90_000)
        assert (await command("presence", "call", "on", "--for", "24h")).code == 0
        assert life.daemon.state.stated

    tell(house, shell, story)


def test_without_a_daemon_nobody_hears_it(shell: Any) -> None:
    assert "no daemon" in shell.refused("presence", "call", "on", code=3)
