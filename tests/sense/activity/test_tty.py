"""Terminals: whose they are, when they were read from, and how seldom one looks."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity.tty import Terminals, TtyIdle, open_terminals
from postured.sense.protocol import SensorError
from tests.sense.loops import VirtualTime, run_virtually

WALL = 1_800_000_000.0


class Machine:
    """A device folder, a clock that counts and a wall clock that can be set."""

    def __init__(self, folder: Path) -> None:
        self.time = VirtualTime()
        self.wall_offset = WALL
        self.folder = folder
        (folder / "pts").mkdir()
        self.looks = 0

    def wall(self) -> float:
        return self.wall_offset + self.time.now

    def clock(self) -> float:
        return self.time.now

    def read_from(self, name: str = "pts/1") -> None:
        terminal = self.folder / name
        terminal.touch()
        os.utime(terminal, (self.wall(), WALL))

    def stamps(self) -> dict[str, float]:
        return Terminals(str(self.folder), os.getuid()).stamps()

    def open(self, idle_after_s: float = 60) -> TtyIdle:
        machine = self

        class Counted(Terminals):
            def stamps(self) -> dict[str, float]:
                machine.looks += 1
                return super().stamps()

        return open_terminals(
            idle_after_s, self.clock, terminals=Counted(str(self.folder), os.getuid()), wall=self.wall
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def never(why: str) -> None:
    raise AssertionError(why)


def test_terminals_are_known_by_name_and_by_when_they_were_read_from(machine: Machine) -> None:
    machine.read_from("pts/1")
    machine.time.now += 5
    machine.read_from("tty2")
    assert machine.stamps() == {"pts/1": pytest.approx(WALL + 1000), "tty2": pytest.approx(WALL + 1005)}


def test_what_is_no_terminal_does_not_count(machine: Machine) -> None:
    for name in ("pts/ptmx", "tty", "ttyS0", "null", "1"):
        machine.read_from(name)
    assert machine.stamps() == {}
    with pytest.raises(SensorError) as caught:
        machine.open()
    assert not caught.value.lasting


def test_terminals_of_others_do_not_count(machine: Machine) -> None:
    machine.read_from()
    assert Terminals(str(machine.folder), os.getuid() + 1).stamps() == {}


def test_a_missing_device_folder_is_no_terminal(tmp_path: Path) -> None:
    assert Terminals(str(tmp_path / "nowhere"), os.getuid()).stamps() == {}


def test_the_machine_under_the_test_can_be_looked_at() -> None:
    stamps = Terminals("/dev", os.getuid()).stamps()
    assert all(stamp <= time.time() + 1 for stamp in stamps.values())


def play(machine: Machine, sensor: TtyIdle, *moments: tuple[float, str]) -> list[tuple[float, Event]]:
    """Let time pass; at each moment (seconds from now) do what it says. Return what was told, and when."""
    told: list[tuple[float, Event]] = []
    began = machine.time.now

    async def main() -> None:
        sensor.start(lambda event: told.append((round(machine.time.now - began), event)), never)
        for at, what in moments:
            await asyncio.sleep(began + at - machine.time.now)
            match what:
                case "type":
                    machine.read_from()
                case "close":
                    (machine.folder / "pts/1").unlink()
                case "listen":
                    sensor.listen(True)
                case "set the clock on":
                    machine.wall_offset += 7200
                case "set the clock back":
                    machine.wall_offset -= 7200
                case "count":
                    machine.looks = 0
        sensor.stop()

    run_virtually(main(), machine.time)
    return told


def kinds(told: list[tuple[float, Event]]) -> list[tuple[float, type[Event]]]:
    return [(at, type(event)) for at, event in told]


def test_less_than_a_minute_cannot_be_told(machine: Machine) -> None:
    machine.read_from()
    told = play(machine, machine.open(idle_after_s=5), (100, "end"))
    assert kinds(told) == [(60, Silence)]


def test_looks_are_few(machine: Machine) -> None:
    """One each `idle_after` at a busy terminal, four a minute at first in a silence, one a minute then."""
    machine.read_from()
    typing = [(second, "type") for second in range(0, 3600, 5)]
    play(machine, machine.open(idle_after_s=120), (0, "count"), *typing)
    assert machine.looks <= 3600 / (120 - 5) + 2
    machine.read_from()
    play(machine, machine.open(), (0, "count"), (600, "end"))
    assert machine.looks <= 40
    machine.read_from()
    play(machine, machine.open(), (3600, "count"), (7200, "end"))
    assert machine.looks <= 61


def test_a_question_is_answered_within_ten_seconds_of_input(machine: Machine) -> None:
    machine.read_from()
    told = play(machine, machine.open(1000), (100, "listen"), (130, "type"), (200, "type"), (300, "end"))
    assert [event for _, event in told] == [Input()]
    assert 130 <= told[0][0] <= 139


@pytest.mark.parametrize("step", ["set the clock on", "set the clock back"])
def test_a_step_of_the_wall_clock_makes_neither_silence_nor_input(machine: Machine, step: str) -> None:
    machine.read_from()
    typing = [(second, "type") for second in range(10, 400, 10)]
    told = play(machine, machine.open(), *typing[:10], (105, step), *typing[11:])
    assert told == []
    machine.read_from()
    told = play(machine, machine.open(), (100, step), (400, "end"))
    assert kinds(told) == [(60, Silence)]


def test_input_after_a_step_back_is_seen_all_the_same(machine: Machine) -> None:
    machine.read_from()
    told = play(machine, machine.open(), (100, "set the clock back"), (200, "type"), (220, "end"))
    assert [kind for _, kind in kinds(told)] == [Silence, Input]


def test_closing_one_of_several_terminals_is_not_input(machine: Machine) -> None:
    machine.read_from("pts/2")
    machine.time.now += 20
    machine.read_from("pts/1")
    told = play(machine, machine.open(), (30, "close"), (200, "end"))
    assert kinds(told) == [(60, Silence)]


def test_a_new_terminal_is_input(machine: Machine) -> None:
    machine.read_from("tty1")
    told = play(machine, machine.open(), (100, "type"), (130, "end"))
    assert [kind for _, kind in kinds(told)] == [Silence, Input]


def test_closing_the_last_terminal_is_silence_not_input(machine: Machine) -> None:
    machine.read_from()
    told = play(machine, machine.open(), (30, "close"), (200, "end"))
    assert kinds(told) == [(60, Silence)]
