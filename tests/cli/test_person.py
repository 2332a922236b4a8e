"""What is known of the person without a daemon, in the commands that follow their knots."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from postured.cli import person
from postured.cli.console import Console
from postured.core.model import Answers, Cause, KnotLog, PressLog, Spot, Told, Triage
from postured.files import own_folder
from postured.history import History
from postured.paths import places, shipped

PLAN = "reminders: {long_break: {after: 2h, pause: 1m, suggest: [break]}}\n"
LEFT = Triage(
    "1-left",
    Answers(onset="today", side="left", zone="blade_tip", before="screen_forward"),
    "R5",
    Cause.STRAIN,
    "strain",
    spared=True,
)


def happened(shell: Any, *what: tuple[float, Triage | KnotLog | PressLog]) -> None:
    """Let the history tell of this, each so many days ago."""
    own_folder(places(shell.env).state_folder)
    past = History.open(places(shell.env).history_file)
    for days, each in what:
        at_unix_s = time.time() - days * 86400
        if isinstance(each, Triage):
            past.triage(each, at_unix_s)
        else:
            past.log(each, at_unix_s)
    past.close()


def state(shell: Any, screen: Any) -> Any:
    console: Console = screen(env=shell.env).console
    args: Any = SimpleNamespace()
    return person.state(args, console, ())


def test_without_a_history_there_is_no_knot(shell: Any, screen: Any) -> None:
    found = state(shell, screen)
    assert (found.knots, found.course.episodes) == ((), ())


def test_a_knot_comes_with_its_care_and_the_reminders_of_its_preset(shell: Any, screen: Any) -> None:
    shell.write(PLAN)
    happened(shell, (3, LEFT))
    found = state(shell, screen)
    (knot,) = found.knots
    assert (knot.side, knot.zone, knot.cause) == ("left", "blade_tip", Cause.STRAIN)
    assert knot.care.last == ("M17",)
    assert {reminder.name for reminder in knot.care.reminders} >= {"reset", "long_break"}
    (long_break,) = found.schedule.reminders
    assert long_break.after_s == 45 * 60, "and the schedule is as tight as they are"


def test_what_is_known_of_the_person_makes_nothing_up(shell: Any, screen: Any) -> None:
    """The history is only read."""
    state(shell, screen)
    assert not places(shell.env).history_file.exists()
    happened(shell, (3, LEFT))
    before = places(shell.env).history_file.read_bytes()
    state(shell, screen)
    assert places(shell.env).history_file.read_bytes() == before


def test_a_massage_begins_where_the_knot_wants_it(shell: Any) -> None:
    assert "\nExplore: upper chest, right side\n" in shell("massage", typed="").out
    happened(shell, (3, LEFT))
    assert "\nExplore: side ribs, left side\n" in shell("massage", typed="").out


def test_what_eased_comes_first(shell: Any) -> None:
    happened(shell, (3, LEFT), (2, PressLog("M07", "under_armpit", "left", Spot.EASED, 45.0, 6, 3)))
    assert "\nExplore: back fold of the armpit, left side\n" in shell("massage", typed="").out


def test_the_library_marks_what_the_knot_forbids(shell: Any) -> None:
    shell.write(
        PLAN + "me: {places: [desk, stand, wall, floor, home], equipment: [tennis_ball, cane, wall]}\n"
    )

    def mine() -> set[str]:
        return {item["id"] for item in shell("library", "--mine", "--json").json}

    before = mine()
    happened(shell, (3, LEFT))
    assert "V08" in before - mine(), "the sore muscle is not stretched"
    happened(shell, (2, KnotLog("", Told.FLAG, code="fever")))
    assert mine() == {"B01", "B06", "B10"}


def test_a_knot_on_the_strain_is_never_pressed_itself(shell: Any) -> None:
    happened(shell, (3, LEFT))
    assert shell("massage", "M19", typed="").code == 1
    assert shell("show", "M19", "--timer", typed="").code == 1


def test_a_knot_that_is_gone_forbids_nothing(shell: Any, screen: Any) -> None:
    happened(shell, (3, LEFT), (1, KnotLog("1-left", Told.GONE)))
    assert state(shell, screen).knots == ()


def test_a_history_that_cannot_be_read_is_said(shell: Any) -> None:
    path = places(shell.env).history_file
    own_folder(path.parent)
    path.write_text("this is no history, and never was\n" * 40)
    told = shell("massage", typed="")
    assert told.code == 1, "nobody knows what might do harm"
    assert told.err.count("\n") == 1
    assert str(path) in told.err
    assert told.out == ""


def test_a_table_that_is_damaged_takes_no_knot_away(
    shell: Any, screen: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """What a cause asks for is unknown then, but what it forbids is not."""
    happened(shell, (3, LEFT))
    monkeypatch.setattr("postured.daemon.knots.shipped", lambda name: tmp_path / name)
    assert shipped("knot.yaml").exists()
    told = shell("massage", typed="")
    assert (told.code, told.err.count("\n")) == (0, 1)
    assert "knot.yaml" in told.err
    assert "left side" in told.out
    assert shell("massage", "M19", typed="").code == 1


@pytest.mark.parametrize("item", ["S08", "V08", "B04"])
def test_at_a_red_flag_no_item_is_gone_through_by_the_clock(shell: Any, item: str) -> None:
    happened(shell, (1, KnotLog("", Told.FLAG, code="chest_pain")))
    told = shell("show", item, "--timer", typed="")
    assert told.code == 1
    assert "emergency number" in told.err
