"""Commands that ask a running daemon, as they are printed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tzlocal
from hypothesis import given
from hypothesis import strategies as st

from postured import control
from postured.cli.live import _how_long, _knot_lines, _strength_line
from postured.core.model import Felt, SetLog
from postured.history import History
from postured.sense.holds.protocol import Seen
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


KNOT = {"side": "right", "zone": "inner_edge", "cause": "strain", "day": 3}


def test_a_knot_is_a_line() -> None:
    (line,) = _knot_lines([KNOT], [])
    assert line == (
        "knot: right side, inner edge of the shoulder blade, day 3, probably strained; see: postured knot status"
    )


@pytest.mark.parametrize("cause", ["strain", "overuse", "mixed"])
def test_a_cause_is_told_in_plain_words(cause: str) -> None:
    (line,) = _knot_lines([KNOT | {"cause": cause}], [])
    assert "probably" in line
    assert f"{cause};" not in line


def test_a_knot_that_nobody_knows_the_place_of_is_a_line_too() -> None:
    (line,) = _knot_lines([KNOT | {"side": None, "zone": None}], [])
    assert line.startswith("knot: not sure where, day 3, ")


def test_a_red_flag_comes_first_and_no_cause_is_guessed_behind_it() -> None:
    red, knot = _knot_lines([KNOT], ["fever", "severe"])
    assert red.startswith("red flag: fever, severe; ")
    assert "postured knot clear" in red
    assert "probably" not in knot


def test_without_a_knot_there_is_no_line() -> None:
    assert _knot_lines([], []) == []


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
        assert re.search(r"\nnotice: .+ \(B\d\d, reset, since ", (await command("status")).out)
        life.desktop.microphone.sees = Seen(True)
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
        assert re.search(r"\d\d:\d\d reset was due and shown: B\d\d", told.out)
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


# ── strength ──────────────────────────────────────────────────────────────────────────────────────

STRONG = """\
me: {equipment: [chair, band], places: [desk, stand, wall]}
reminders:
  strength: {after: 20m, pause: never, suggest: [strength]}
"""


@pytest.fixture
def strong(house: House) -> House:
    """The same house, with strength work in the schedule."""
    house.config.write_text(STRONG)
    return house


def sets(house: House) -> list[SetLog]:
    past = History.open(house.places.history_file, read_only=True)
    try:
        return [log for _at, log in past.sets()]
    finally:
        past.close()


def test_a_set_is_done_and_told_of_in_one_command(strong: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        told = await command("now", "S03")
        assert told.out == "Band row (S03, level 1); its steps: postured show S03\n"
        assert "(S03, level 1, you asked, since " in (await command("status")).out
        done = await command("done", "--felt", "hard", "--pain", "--reps", "7")
        assert (done.code, done.out, done.err) == (0, "Done, well done: S03\n", "")
        (log,) = sets(strong)
        assert (log.item, log.reps, log.felt, log.pain, log.full) == ("S03", 7, Felt.HARD, True, False)

    tell(strong, shell, story)


def test_after_a_set_the_two_questions_are_answered_from_the_command_line(strong: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        assert (await command("answer")).err.startswith("postured: nothing is being asked")
        await command("now", "S03")
        done = await command("done")
        assert done.out.startswith("Done, well done: S03\n")
        assert "postured answer easy" in done.out, "what is asked next is said at once"
        asked = await command("answer")
        assert "\n  postured answer right  Just right\n" in asked.out
        assert (await command("answer", "--json")).json["answers"][0] == ["easy", "Easy"]
        wrong = await command("answer", "maybe")
        assert (wrong.code, wrong.out, wrong.err.count("\n")) == (1, "", 1)
        second = await command("answer", "right")
        assert "  postured answer no " in second.out
        last = await command("answer", "no")
        assert (last.code, last.out) == (0, "That was all, thank you.\n")
        assert [(log.felt, log.pain) for log in sets(strong)] == [(Felt.RIGHT, False)]

    tell(strong, shell, story)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ([], {"felt": None, "pain": None, "reps": None}),
        (["--felt", "easy"], {"felt": "easy", "pain": None, "reps": None}),
        (["--pain"], {"felt": None, "pain": True, "reps": None}),
        (["--no-pain", "--reps", "8"], {"felt": None, "pain": False, "reps": 8}),
    ],
)
def test_what_is_not_said_is_left_open(
    shell: Any, tmp_path: Path, given: list[str], sent: dict[str, object]
) -> None:
    reply = {"item": "S03", "reminder": None, "action": "done"}
    _out, requests = canned(shell, tmp_path, reply, "done", *given)
    assert requests == [{"v": 1, "ask": "press", "action": "done", **sent}]


@pytest.mark.parametrize(
    "argv", [["done", "--reps", "0"], ["done", "--felt", "nice"], ["done", "--pain", "--no-pain"]]
)
def test_what_cannot_be_is_wrong_usage(shell: Any, argv: list[str]) -> None:
    told = shell(*argv)
    assert (told.code, told.out) == (2, "")


def canned(
    shell: Any, tmp_path: Path, reply: Mapping[str, object], *argv: str
) -> tuple[str, list[dict[str, Any]]]:
    """What a command prints, and asks, where the daemon always answers the same."""
    folder = tmp_path / "run" / "postured"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    requests: list[dict[str, Any]] = []

    async def run() -> Any:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            requests.append(json.loads(await reader.readline()))
            writer.write(control.encode({"ok": True, "reply": reply}))
            writer.close()

        async with await asyncio.start_unix_server(answer, str(folder / "none.sock")):
            return await asyncio.to_thread(lambda: shell(*argv))

    told = asyncio.run(run())
    assert (told.code, told.err) == (0, "")
    return told.out, requests


WEEK = {"days": 2, "goal_days": 5, "prompts": 3, "followed": 2}


@pytest.mark.parametrize(
    ("week", "line"),
    [
        ({}, "strength this week: 2 of 5 days"),
        ({"days": 0, "followed": 0}, "strength this week: none yet; two minutes on 5 days are the goal"),
        ({"days": 5}, "strength this week: 5 days, the whole goal; well done"),
        (
            {"prompts": 4},
            "strength this week: 2 of 5 days (you follow half of the reminders or more: that is already a success)",
        ),
        ({"prompts": 5}, "strength this week: 2 of 5 days"),
    ],
)
def test_the_week_is_told_in_one_gentle_line(week: dict[str, int], line: str) -> None:
    assert _strength_line({**WEEK, **week}) == line


def test_status_tells_of_strength_only_where_there_is_some(house: House, shell: Any) -> None:
    async def story(_life: Life, command: Command) -> None:
        assert (await command("status", "--json")).json["strength"] is None
        assert "strength this week" not in (await command("status")).out

    tell(house, shell, story)


def test_an_item_that_rests_is_named_with_the_way_back(house: House, shell: Any, tmp_path: Path) -> None:
    async def story(life: Life, command: Command) -> None:
        plain = (await command("status", "--json")).json
        rests = [{"item": item, "until": "2026-12-22T09:00:00+01:00"} for item in ("S03", "M02")]
        told.append({**plain, "rests": rests})

    told: list[dict[str, object]] = []
    tell(house, shell, story)
    out, _requests = canned(shell, tmp_path, told[0], "status")
    assert "S03 until 2026-12-22, M02 until 2026-12-22" in out
    assert "postured now S03" in out


def test_why_tells_of_what_rests(shell: Any, tmp_path: Path) -> None:
    reply = {"decisions": [], "rests": [{"say": "It rests."}], "now": "nothing is due yet", "next": None}
    out, _requests = canned(shell, tmp_path, reply, "why")
    assert out == "Nothing was decided yet.\nIt rests.\nNow: nothing is due yet\n"


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
