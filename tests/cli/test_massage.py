"""`postured massage` and `postured show --timer`, with what they leave in the history."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from postured.core.model import PressLog, Spot
from postured.files import own_folder
from postured.history import History, Row
from postured.paths import places
from tests.fakes_life import House

EASED = "6\nyes\neasier\nenough\n"
"""A spot of 6 points that feels good, gets less tender, and is enough."""


def presses(shell: Any) -> list[PressLog]:
    past = History.open(places(shell.env).history_file, read_only=True)
    try:
        return [log for _at, log in past.presses(0)]
    finally:
        past.close()


def rows(shell: Any) -> list[Row]:
    past = History.open(places(shell.env).history_file, read_only=True)
    try:
        return past.rows()
    finally:
        past.close()


class Interrupted(io.StringIO):
    """Somebody who presses Ctrl-C when the lines are used up."""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        line = super().readline(-1 if size is None else size)
        if not line:
            raise KeyboardInterrupt
        return line


def test_a_massage_says_first_how_hard_and_when_to_stop(shell: Any) -> None:
    told = shell("massage", typed="")
    assert (told.code, told.err) == (0, "")
    intro = told.out.split("Explore: ")[0]
    assert "4 to 6 of 10" in intro
    assert "never over 7" in intro
    assert "sharp, numb, tingling or dizzy" in " ".join(intro.split())


def test_what_was_said_is_in_the_history_and_counts_for_today(shell: Any) -> None:
    told = shell("massage", "upper", "chest", typed=EASED)
    assert (told.code, told.err) == (0, "")
    (log,) = presses(shell)
    assert (log.area, log.side, log.spot, log.tender_before) == ("upper_chest", "right", Spot.EASED, 6)
    (row,) = rows(shell)
    assert (row.reminder, row.item, row.outcome) == (None, log.item, "done")
    assert "1 spot let go." in told.out


def test_a_massage_of_which_nothing_was_done_leaves_nothing(shell: Any) -> None:
    assert shell("massage", typed="").code == 0
    assert not places(shell.env).history_file.exists()


@pytest.mark.parametrize("words", [["upper_chest"], ["upper", "chest"], ["Upper-Chest"], ["UPPER CHEST"]])
def test_an_area_may_be_spelt_in_plain_words(shell: Any, words: list[str]) -> None:
    assert "\nExplore: upper chest, right side\n" in shell("massage", *words, typed="").out


@pytest.mark.parametrize("name", ["M05", "m05"])
def test_it_begins_with_the_item_that_was_named(shell: Any, name: str) -> None:
    told = shell("massage", name, typed="")
    assert told.out.startswith("Flat fingers on the side ribs, ")
    assert "\nExplore: side ribs, right side\n" in told.out


def test_the_side_that_gets_most_use_comes_first(shell: Any) -> None:
    shell.write("me: {dominant: left}\nreminders: {r: {after: 20m, pause: 60s, suggest: [break]}}\n")
    assert "\nExplore: upper chest, left side\n" in shell("massage", "upper_chest", typed="").out


def test_a_misspelt_area_is_wrong_usage_and_the_right_one_is_named(shell: Any) -> None:
    assert "did you mean upper_chest?" in shell.refused("massage", "uper", "chets", code=2)
    assert "there are: upper_chest, " in shell.refused("massage", "xyzzy", code=2)
    assert "eyes" not in shell.refused("massage", "xyzzy", code=2), "nobody presses there"


def test_an_item_that_is_no_massage_has_a_timer_instead(shell: Any) -> None:
    assert "postured show B01 --timer" in shell.refused("massage", "b01", code=1)


@pytest.mark.parametrize("flag", ["clot_dvt", "minor"])
@pytest.mark.parametrize(
    "argv", [["massage"], ["massage", "M01"], ["massage", "upper_chest"], ["show", "M01", "-t"]]
)
def test_a_caution_forbids_it_in_a_kind_sentence(shell: Any, flag: str, argv: list[str]) -> None:
    shell.write(f"me: {{flags: [{flag}]}}\nreminders: {{r: {{after: 20m, pause: 60s, suggest: [break]}}}}\n")
    said = shell.refused(*argv, code=1)
    assert "Error" not in said
    assert len(said) > 20
    assert not places(shell.env).history_file.exists()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is some time between noon and one, so that the last hours were today's."""
    monkeypatch.setenv("TZ", f"Etc/GMT{time.gmtime().tm_hour - 12:+d}")


@pytest.mark.usefixtures("noon")
def test_the_most_of_a_day_is_enough(shell: Any) -> None:
    pressed(shell, ("M01", 3), ("M05", 2))
    assert shell("massage", typed="").code == 0
    pressed(shell, ("M14", 1))
    assert "enough for today" in shell.refused("massage", code=1)


def pressed(shell: Any, *massages: tuple[str, int]) -> None:
    """Let the history tell of massages, each so many hours ago."""
    own_folder(places(shell.env).state_folder)
    past = History.open(places(shell.env).history_file)
    for item, hours in massages:
        past.log(PressLog(item, "upper_chest", "right", Spot.EASED, 45.0), time.time() - hours * 3600)
    past.close()


def test_who_asks_for_an_area_is_told_what_is_in_the_way_there(shell: Any) -> None:
    """Where the nerves lie shallow too: that they have to ask for it is nothing that they need to be told now."""
    shell.write("me: {places: [home]}\nreminders: {r: {after: 20m, pause: 60s, suggest: [break]}}\n")
    said = shell.refused("massage", "side_neck", code=1)
    assert "M10: done at the desk" in said
    assert "only if you ask" not in said


def test_ctrl_c_keeps_what_was_said(shell: Any) -> None:
    told = shell("massage", "upper_chest", typed=Interrupted("nothing\n"))
    assert told.code == 130
    assert [log.spot for log in presses(shell)] == [Spot.NOTHING]
    assert "kept" in told.out


def test_a_broken_schedule_is_said(shell: Any) -> None:
    shell.write("wrok: {}\n")
    assert ":1:1: " in shell.refused("massage", code=78)


def test_a_history_that_cannot_be_written_is_said_once_and_the_massage_goes_on(shell: Any) -> None:
    path = places(shell.env).state_folder
    path.parent.mkdir(parents=True)
    path.write_text("in the way")
    told = shell("massage", "upper_chest", typed=EASED)
    assert told.code == 0
    assert told.err.count("\n") == 1
    assert "cannot be kept" in told.err
    assert "let go" in told.out


def test_a_running_daemon_learns_of_it(shell: Any, tmp_path: Any) -> None:
    house = House(
        tmp_path, shell.write("reminders: {r: {after: 20m, pause: 60s, suggest: [break]}}\n").read_text()
    )
    shell.env.update(house.env)

    async def run() -> None:
        async with house.living() as life:
            told = await asyncio.to_thread(lambda: shell("massage", "upper_chest", typed=EASED))
            assert (told.code, told.err) == (0, "")
            assert [log.area for _at, log in life.daemon.state.practice.pressed] == ["upper_chest"]

    asyncio.run(run())


# ── with a timer ──────────────────────────────────────────────────────────────────────────────────


def test_the_timer_of_a_massage_asks_its_questions(shell: Any) -> None:
    told = shell("show", "M01", "--timer", typed=EASED)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Fingers under the collarbone\n"), "and it is the only stop"
    assert [log.item for log in presses(shell)] == ["M01"]


def test_the_timer_of_a_pack_tells_when_to_take_it_off(shell: Any) -> None:
    told = shell("show", "H01", "-t", typed="start\noff\n")
    assert (told.code, told.err) == (0, "")
    assert "\nKeep it warm\n" in told.out
    assert told.out.rstrip().split("\n\n")[-1].startswith("Take it off now\n")


def test_who_walks_away_from_a_pack_is_told_to_take_it_off(shell: Any) -> None:
    told = shell("show", "H01", "-t", typed=Interrupted("start\n"))
    assert told.code == 130
    assert told.out.endswith("Take it off now\n")


def test_a_pack_that_a_caution_forbids_is_not_begun(shell: Any) -> None:
    shell.write(
        "me: {flags: [poor_circulation_raynaud]}\n"
        "reminders: {r: {after: 20m, pause: 60s, suggest: [break]}}\n"
    )
    assert "is not for you" in shell.refused("show", "H01", "-t", code=1)


def test_a_timer_in_a_real_terminal_leaves_it_as_it_was(tmp_path: Any) -> None:
    pty = pytest.importorskip("pty", reason="Windows has no such terminals")
    import termios

    person, program = pty.openpty()
    before = termios.tcgetattr(program)
    timer = subprocess.Popen(
        [sys.executable, "-m", "postured", "show", "B01", "--timer"],
        stdin=program,
        stdout=program,
        env={"HOME": str(tmp_path), "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        seen = b""
        while b"step 1 of 3" not in seen:
            seen += os.read(person, 4096)
        os.write(person, b"\n")
        while b"step 2 of 3" not in seen:
            seen += os.read(person, 4096)
        assert termios.tcgetattr(program) != before
        timer.send_signal(signal.SIGINT)
        assert timer.wait(10) == 130
        assert termios.tcgetattr(program) == before
    finally:
        timer.kill()
        timer.wait(10)
        os.close(person)
        os.close(program)
