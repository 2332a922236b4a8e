"""A source made of one question: how seldom it is asked, and what a suspend does to the answers."""

from __future__ import annotations

import asyncio
import random

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity.asked import Asked
from tests.sense.loops import VirtualTime, run_virtually


class Machine:
    """Somebody's input, a machine that can be suspended, and a counter that may or may not count that."""

    def __init__(self, *, counts_sleep: bool = False) -> None:
        self.time = VirtualTime()
        self.asleep_s = 0.0
        self.counts_sleep = counts_sleep
        self.last_input = self._counter()
        self.looks: list[float] = []
        self.broken = ""

    def clock(self) -> float:
        """The engine's; the loop's stands still in a suspend."""
        return self.time.now + self.asleep_s

    def awake(self) -> float:
        return self.time.now

    def _counter(self) -> float:
        return self.clock() if self.counts_sleep else self.time.now

    def type(self) -> None:
        self.last_input = self._counter()

    def idle_s(self) -> float:
        self.looks.append(self.time.now)
        if self.broken:
            raise OSError(self.broken)
        return self._counter() - self.last_input

    def open(self, idle_after_s: float = 60) -> Asked:
        return Asked("macos", "", self.idle_s, idle_after_s, self.clock, awake=self.awake)


def play(machine: Machine, sensor: Asked, *moments: tuple[float, str]) -> list[tuple[float, Event]]:
    """Let time pass; at each moment (seconds awake from now) do what it says. Return what was told, and when."""
    told: list[tuple[float, Event]] = []
    lost: list[str] = []
    began = machine.time.now

    async def main() -> None:
        sensor.start(lambda event: told.append((round(machine.time.now - began, 1), event)), lost.append)
        for at, what in moments:
            await asyncio.sleep(max(0.0, began + at - machine.time.now))
            match what.split():
                case ["type"]:
                    machine.type()
                case ["listen"]:
                    sensor.listen(True)
                case ["sleep", seconds]:
                    machine.asleep_s += float(seconds)
                case ["threshold", seconds]:
                    sensor.set_idle_after(float(seconds))
                case ["break"]:
                    machine.broken = "the counter fell off"
                case ["count"]:
                    machine.looks.clear()
        sensor.stop()

    run_virtually(main(), machine.time)
    assert lost == ([machine.broken] if machine.broken else [])
    return told


def kinds(told: list[tuple[float, Event]]) -> list[type[Event]]:
    return [type(event) for _, event in told]


def test_who_works_without_pause_is_looked_at_once_in_each_idle_after() -> None:
    machine = Machine()
    play(machine, machine.open(), *((second, "type") for second in range(3600)))
    assert len(machine.looks) <= 3600 / 59 + 2


@pytest.mark.parametrize("seed", range(5))
def test_however_somebody_works_there_are_fewer_than_two_looks_in_each_idle_after(seed: int) -> None:
    machine, chance = Machine(), random.Random(seed)
    at, typing = 0.0, []
    while at < 7200:
        at += chance.choice([0.3, 3, 20, 31, 45, 59])
        typing.append((at, "type"))
    told = play(machine, machine.open(), *typing)
    assert told == []
    assert len(machine.looks) <= 2 * at / 60 + 2


def test_an_empty_chair_is_looked_at_four_times_a_minute_and_later_once() -> None:
    machine = Machine()
    play(machine, machine.open(), (0, "count"), (600, "end"))
    assert len(machine.looks) <= 40
    play(machine, machine.open(), (3600, "count"), (7200, "end"))
    assert len(machine.looks) <= 61


def test_a_silence_is_told_as_soon_as_it_is_one() -> None:
    machine = Machine()
    told = play(machine, machine.open(), (47, "type"), (130, "end"))
    match told:
        case [(at, Silence(since))]:
            assert at == pytest.approx(107, abs=0.2)
            assert since == pytest.approx(1047, abs=0.01)
        case _:
            pytest.fail(f"wanted one silence, got {told}")


def test_looking_for_hands_finds_an_input_while_it_is_young() -> None:
    machine = Machine()
    told = play(machine, machine.open(1000), (100, "listen"), (133, "type"), (300, "end"))
    assert kinds(told) == [Input]
    assert 133 <= told[0][0] <= 138.1
    asked = [at for at in machine.looks if 1100 <= at <= 1300]
    assert len(asked) <= 8, "and after the answer nobody looks for hands any more"


def test_a_lone_input_between_two_looks_at_a_long_silence_does_not_break_it() -> None:
    machine = Machine()
    told = play(machine, machine.open(10), (1000, "count"), (1001, "type"), (1100, "end"))
    assert kinds(told) == [Silence]


def test_a_silence_goes_on_when_a_longer_one_is_asked_for_after_a_lone_input() -> None:
    machine = Machine()
    told = play(machine, machine.open(10), (1001, "type"), (1100, "threshold 2000"), (1300, "end"))
    assert kinds(told) == [Silence]


def test_what_is_asked_is_not_answered_by_an_input_that_is_no_longer_young() -> None:
    machine = Machine()
    told = play(machine, machine.open(1000), (12, "listen"), (100, "end"))
    assert told == []


@pytest.mark.parametrize("counts_sleep", [True, False])
def test_a_suspend_is_silence_from_the_last_input_on(counts_sleep: bool) -> None:
    machine = Machine(counts_sleep=counts_sleep)
    told = play(machine, machine.open(), (20, "type"), (61, "sleep 3600"), (90, "end"))
    assert kinds(told) == [Silence]
    assert told[0][1].since_s == pytest.approx(1020, abs=0.1)  # type: ignore[union-attr]


@pytest.mark.parametrize("counts_sleep", [True, False])
def test_an_input_before_a_suspend_is_no_sign_of_hands_after_it(counts_sleep: bool) -> None:
    machine = Machine(counts_sleep=counts_sleep)
    told = play(
        machine,
        machine.open(9999),
        (5, "type"),
        (10, "type"),
        (11, "sleep 7200"),
        (12, "listen"),
        (100, "end"),
    )
    assert told == []


@pytest.mark.parametrize("counts_sleep", [True, False])
def test_hands_after_a_suspend_are_seen_with_their_second_input(counts_sleep: bool) -> None:
    machine = Machine(counts_sleep=counts_sleep)
    typing = [(at, "type") for at in (14, 16, 18, 20, 22, 24)]
    told = play(
        machine, machine.open(99999), (5, "type"), (10, "sleep 7200"), (12, "listen"), *typing, (100, "end")
    )
    assert kinds(told) == [Input]
    assert told[0][0] <= 24


@pytest.mark.parametrize("counts_sleep", [True, False])
def test_a_silence_goes_on_through_a_suspend_until_somebody_comes(counts_sleep: bool) -> None:
    machine = Machine(counts_sleep=counts_sleep)
    typing = [(at, "type") for at in range(200, 240, 2)]
    told = play(machine, machine.open(), (100, "sleep 3600"), *typing, (240, "end"))
    assert kinds(told) == [Silence, Input]
    assert 200 <= told[1][0] <= 232


def test_a_question_that_fails_is_a_loss_told_once() -> None:
    machine = Machine()
    told = play(machine, machine.open(), (10, "type"), (20, "break"), (100, "listen"), (500, "end"))
    assert told == []
    assert len(machine.looks) <= 3, "nobody asks any more"


def test_an_answer_that_makes_no_sense_is_a_failure() -> None:
    with pytest.raises(OSError, match="does not know"):
        Asked("x", "", lambda: float("inf"), 60, lambda: 0.0)


def test_when_there_is_no_answer_any_more_the_last_input_is_not_known() -> None:
    machine = Machine()
    sensor = machine.open()
    machine.time.now += 7
    assert asyncio.run(sensor.idle_s()) == pytest.approx(7)
    machine.broken = "gone"
    assert asyncio.run(sensor.idle_s()) is None
