"""Commands that ask a running daemon, as they are printed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tzlocal
from hypothesis import given
from hypothesis import strategies as st

from postured import control
from postured.cli.live import _how_long
from postured.core.model import Hold, Sensed
from tests.fakes_life import PLAN, House, Life, TwoHands

Command = Callable[..., Coroutine[None, None, Any]]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """The shell's home, with a daemon whose time of day is the real one."""
    house = House(tmp_path)
    house.clock = TwoHands(unix_s=time.time(), zone=tzlocal.get_localzone())
    return house


def tell(house: House, shell: Any, story: Callable[[Life, Command], Coroutine[None, None, None]]) -> None:
    """Live through the story; its second argument types a command."""
    shell.env.update(house.env)

    async def run() -> None:
        async with house.living() as life:

            async def command(*argv: str, **how: object) -> Any:
                return await asyncio.to_thread(lambda: shell(*argv, **how))

            await story(life, command)

    asyncio.run(run())


def test_status_is_told_in_a_few_lines(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        await life.work(600)
        told = await command("status")
        assert (told.code, told.err) == (0, "")
        first, _, reset, long_break, *rest = told.out.splitlines()
        assert re.fullmatch(r"working: nothing is due yet; next is reset at (\w+ )?\d\d:\d\d", first)
        assert re.fullmatch(r"reset       ██████░░░░░░  10 min of 20 min  due (\w+ )?\d\d:\d\d", reset)
        assert long_break.startswith("long_break  ██░░")
        assert f"schedule: {house.config}" in rest
        assert (await command("status", "--json")).json["state"] == "working"

    tell(house, shell, story)


def test_status_names_the_notice_and_the_holds(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        await life.work(1201)
        assert "notice: Tall reset (B01, reset, since " in (await command("status")).out
        life.daemon.feed(Sensed(Hold.CALL, True))
        assert "held back: call\n" in (await command("status")).out

    tell(house, shell, story)


def test_status_says_that_the_schedule_is_broken(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        house.config.write_text("wrok: {}\n" + PLAN)
        life.daemon.reload()
        assert "the schedule is broken" in (await command("status")).out

    tell(house, shell, story)


def test_why_is_told_in_sentences(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        assert (await command("why")).out.startswith("Nothing was decided yet.\nNow: ")
        await life.work(1201)
        told = await command("why")
        assert re.search(r"\d\d:\d\d reset was due and shown: B01\n", told.out)
        assert "a notice is up; next is reset at " in told.out
        assert (await command("why", "--json")).json["decisions"]

    tell(house, shell, story)


def test_pause_and_resume_say_what_holds_now(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        assert (await command("pause")).out == "Paused. Go on with: postured resume\n"
        assert (await command("resume")).out == "Reminders go on.\n"
        assert (await command("resume")).out == "It was not paused.\n"
        assert re.fullmatch(r"Paused until (\w+ )?\d\d:\d\d\.\n", (await command("pause", "1h")).out)
        assert life.daemon.state.pause_end_s == pytest.approx(life.clock.s + 3600)
        assert (await command("pause", "until", "14:00", "--json")).json["paused_until"][10:19] == "T14:00:00"
        assert (await command("resume", "--json")).json == {"was_paused": True}

    tell(house, shell, story)


@pytest.mark.parametrize(
    "words",
    [
        "nonsense",
        "until",
        "until 25:00",
        "24:00",
        "12:60",
        "until nonsense",
        "1h 2h",
        "-1h",
        "until 14:00 today",
        "1e9h",
    ],
)
def test_a_pause_of_nonsense_is_wrong_usage_and_names_what_is_wanted(shell: Any, words: str) -> None:
    told = shell("pause", "--", *words.split())
    assert (told.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert told.err.startswith("postured: pause: ")


@given(st.lists(st.text(max_size=8), max_size=3))
def test_whatever_is_typed_after_pause_is_understood_or_refused_in_words(words: list[str]) -> None:
    try:
        request = _how_long(words)
    except ValueError as exc:
        assert "\n" not in str(exc) or "\n" in "".join(words)  # noqa: PT017 - a refusal is one of two right answers
    else:
        assert all(value >= 0 for value in request.values())


@pytest.mark.parametrize("words", [["until", "14:00"], ["14:00"], ["until 14:00"]])
def test_a_time_of_day_is_the_next_one(words: list[str]) -> None:
    at = datetime.fromtimestamp(_how_long(words)["until_unix_s"]).astimezone()
    assert (at.hour, at.minute, at.second) == (14, 0, 0)
    assert timedelta(0) < at - datetime.now().astimezone() <= timedelta(hours=25)


def test_now_done_later_and_skip(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        assert (await command("done")).err == "postured: no notice is up; ask for one with: postured now\n"
        told = await command("now", "B01")
        assert told.out == "Tall reset (B01); its steps: postured show B01\n"
        assert (await command("done")).out == "Done, well done: B01\n"
        assert (await command("now", "--json")).json["notice"]["reminder"] is None
        assert (await command("skip")).out.startswith("Skipped: ")
        await life.work(1301)
        assert (await command("later")).out.startswith("Put off: ")
        refused = await command("now", "dance")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err.count("\n") == 1

    tell(house, shell, story)


def test_the_plan_is_the_daemons(house: House, shell: Any) -> None:
    async def story(life: Life, command: Command) -> None:
        await life.work(600)
        told = await command("plan")
        first, second, *_ = told.out.splitlines()
        assert first == "If work goes on without a rest:"
        assert re.match(r"(\w+ )?\d\d:\d\d +reset +B\d\d +break", second)
        notices = (await command("plan", "--json")).json["notices"]
        ahead = datetime.fromisoformat(notices[0]["at"]).timestamp() - life.clock.unix_s
        assert ahead == pytest.approx(600, abs=1)

    tell(house, shell, story)


def test_without_a_daemon_the_plan_begins_with_empty_tanks(shell: Any) -> None:
    shell.write(PLAN)
    began = time.time()
    notices = shell("plan", "--json").json["notices"]
    assert datetime.fromisoformat(notices[0]["at"]).timestamp() - began == pytest.approx(1200, abs=5)


def test_without_a_daemon_a_broken_schedule_has_no_plan(shell: Any) -> None:
    shell.write("wrok: {}\n" + PLAN)
    assert ":1:1: " in shell.refused("plan", code=78)


def test_follow_prints_what_changes_until_the_daemon_ends(house: House, shell: Any) -> None:
    shell.env.update(house.env)

    async def run() -> None:
        async with house.living() as life:
            following = asyncio.create_task(asyncio.to_thread(lambda: shell("status", "--follow", "--json")))
            async with asyncio.timeout(5):
                while not life.daemon._server.followed:  # noqa: ASYNC110 - until somebody follows
                    await asyncio.sleep(0.002)
            await life.work(600)
        told = await following
        lines = told.out.splitlines()
        assert len(lines) > 2
        assert all(line.startswith("{") for line in lines)
        assert (told.code, told.err) == (0, "")

    asyncio.run(run())


# ── which daemon ──────────────────────────────────────────────────────────────────────────────────


def test_without_a_display_the_only_daemon_is_meant(house: House, shell: Any, tmp_path: Path) -> None:
    house.env["DISPLAY"] = ":7"
    moved = House(tmp_path)
    moved.env["DISPLAY"] = ":7"
    moved.places = type(moved.places)(
        moved.places.config_folder, moved.places.state_folder, moved.places.runtime_folder, "x11-7"
    )

    async def run() -> None:
        async with moved.living():
            assert (await asyncio.to_thread(lambda: shell("status"))).code == 0
            other = await asyncio.to_thread(lambda: shell("status", env={"DISPLAY": ":8"}))
            assert other.code == 3

    asyncio.run(run())


def test_of_several_daemons_one_has_to_be_named(shell: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "postured"
    folder.mkdir(parents=True, mode=0o700)
    with contextlib.ExitStack() as living:
        for name in ("x11-1.sock", "x11-2.sock"):
            listener = living.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(str(folder / name))
            listener.listen()
        said = shell.refused("status", code=1)
        assert "x11-1, x11-2" in said
        assert "DISPLAY" in said
    # The same two, left behind by daemons that are dead.
    shell.refused("status", code=3)


def test_a_daemon_that_speaks_nonsense_is_one_line(shell: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "postured"
    folder.mkdir(parents=True, mode=0o700)

    async def run() -> None:
        async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"\xff\xfe nonsense\n")
            writer.close()

        async with await asyncio.start_unix_server(babble, str(folder / "none.sock")):
            told = await asyncio.to_thread(lambda: shell("status"))
        assert (told.code, told.out, told.err.count("\n")) == (1, "", 1)

    asyncio.run(run())


def test_a_daemon_of_another_version_is_one_line(shell: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "postured"
    folder.mkdir(parents=True, mode=0o700)

    async def run() -> None:
        async def newer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(control.encode({"ok": True}).replace(b'"v":1', b'"v":99'))
            writer.close()

        async with await asyncio.start_unix_server(newer, str(folder / "none.sock")):
            told = await asyncio.to_thread(lambda: shell("status"))
        assert (told.code, told.out, told.err.count("\n")) == (1, "", 1)

    asyncio.run(run())
