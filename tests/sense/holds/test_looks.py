"""Asking all ways together: within one limit, and one that fails costs the others nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping

import pytest

from postured.core.model import SENSED, Counts, Hold, Schedule
from postured.sense.holds.looks import DOUBTED_S, FIRST_WAIT_S, LOOK_WITHIN_S, Found, Looks, wanted_by
from postured.sense.holds.protocol import Seen
from postured.sense.holds.session import SessionBus
from tests.fakes_holds import FakeWay
from tests.sense.loops import VirtualTime, run_virtually


def way(name: str, sees: Seen | None) -> FakeWay:
    made = FakeWay(name, lambda: None)
    made.sees = sees
    return made


class Hanging(FakeWay):
    async def look(self) -> Seen | None:
        self.looked += 1
        await asyncio.sleep(3600)
        return Seen(True)


class Failing(FakeWay):
    async def look(self) -> Seen | None:
        self.looked += 1
        raise ZeroDivisionError


def look(looks: Looks, wanted: Collection[Hold], time: VirtualTime | None = None) -> Mapping[Hold, Found]:
    return run_virtually(looks.look(wanted), time or VirtualTime())


@pytest.mark.parametrize(
    ("microphone", "camera", "call"),
    [
        (Seen(True), Seen(False), True),
        (Seen(False), Seen(True), True),
        (Seen(False), Seen(False), False),
        (None, Seen(True), True),
        (None, Seen(False), None),
        (None, None, None),
    ],
)
def test_one_way_that_sees_it_is_enough_and_not_knowing_is_no_denial(
    microphone: Seen | None, camera: Seen | None, call: bool | None
) -> None:
    looks = Looks({Hold.CALL: (way("microphone", microphone), way("camera", camera))})
    assert look(looks, {Hold.CALL})[Hold.CALL].on is call


def test_only_what_is_wanted_is_asked() -> None:
    call, dnd = way("microphone", Seen(True)), way("dnd", Seen(True))
    looks = Looks({Hold.CALL: (call,), Hold.DND: (dnd,)})
    assert set(look(looks, {Hold.DND})) == {Hold.DND}
    assert (call.looked, dnd.looked) == (0, 1)


def test_whether_somebody_may_be_watching_is_passed_on() -> None:
    looks = Looks({Hold.FULLSCREEN: (way("fullscreen", Seen(True, video=False)),)})
    assert look(looks, {Hold.FULLSCREEN})[Hold.FULLSCREEN] == Found(True, video=False)


def test_a_way_that_hangs_is_cut_off_and_then_left_alone_for_a_while() -> None:
    hanging, dnd = Hanging("fullscreen", lambda: None), way("dnd", Seen(True))
    looks = Looks({Hold.FULLSCREEN: (hanging,), Hold.DND: (dnd,)})
    time = VirtualTime()

    async def story() -> None:
        began = time.now
        found = await looks.look({Hold.FULLSCREEN, Hold.DND})
        assert found == {Hold.FULLSCREEN: Found(None), Hold.DND: Found(True)}
        assert time.now - began == pytest.approx(LOOK_WITHIN_S, abs=0.01)
        again = time.now
        await looks.look({Hold.FULLSCREEN, Hold.DND})
        assert time.now == again
        await asyncio.sleep(FIRST_WAIT_S)
        await looks.look({Hold.FULLSCREEN})
        assert hanging.looked == 2

    run_virtually(story(), time)
    assert "does not answer" in next(one.note for one in looks.told() if one.name == "fullscreen")


class Slow(FakeWay):
    async def look(self) -> Seen | None:
        self.looked += 1
        await asyncio.sleep(1.0)
        return self.sees


def test_a_way_that_takes_long_to_know_nothing_is_left_alone_as_well() -> None:
    slow = Slow("dnd", lambda: None)
    looks, time = Looks({Hold.DND: (slow,)}), VirtualTime()

    async def story() -> None:
        for sees, looked in ((Seen(True), 1), (None, 2), (None, 2)):
            slow.sees = sees
            await looks.look({Hold.DND})
            assert slow.looked == looked
        await asyncio.sleep(FIRST_WAIT_S)
        await looks.look({Hold.DND})
        assert slow.looked == 3

    run_virtually(story(), time)


def test_a_way_with_a_mistake_is_told_of_and_the_others_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    looks = Looks({Hold.CALL: (Failing("camera", lambda: None), way("microphone", Seen(True)))})
    with caplog.at_level(logging.WARNING):
        assert look(looks, {Hold.CALL})[Hold.CALL].on is True
    assert "camera" in caplog.text


def test_a_call_that_was_seen_goes_on_while_its_server_does_not_answer_but_not_for_ever() -> None:
    microphone = way("microphone", Seen(True))
    looks, time = Looks({Hold.CALL: (microphone,)}), VirtualTime()

    async def story() -> None:
        assert (await looks.look({Hold.CALL}))[Hold.CALL].on is True
        microphone.sees = None
        await asyncio.sleep(DOUBTED_S - 1)
        assert (await looks.look({Hold.CALL}))[Hold.CALL].on is True
        await asyncio.sleep(1)
        assert (await looks.look({Hold.CALL}))[Hold.CALL].on is None
        microphone.sees = Seen(True)
        assert (await looks.look({Hold.CALL}))[Hold.CALL].on is True
        microphone.sees = Seen(False)  # an answer ends it at once
        assert (await looks.look({Hold.CALL}))[Hold.CALL].on is False

    run_virtually(story(), time)


def test_of_what_nobody_asks_about_any_more_nothing_is_told() -> None:
    looks = Looks({Hold.CALL: (way("microphone", Seen(True)),)})
    look(looks, {Hold.CALL})
    looks.leave_out({Hold.CALL})
    assert [(one.on, one.note) for one in looks.told()] == [(None, "not looked for")]


def test_each_way_says_what_it_goes_by() -> None:
    looks = Looks({Hold.CALL: (way("microphone", Seen(True)),), Hold.DND: (way("dnd", None),)})
    assert [one.note for one in looks.told()] == ["not looked for yet"] * 2
    look(looks, SENSED)
    assert [(one.hold, one.on, one.note) for one in looks.told()] == [
        (Hold.CALL, True, "a way made for tests"),
        (Hold.DND, None, "a way made for tests"),
    ]


def test_the_end_reaches_every_way() -> None:
    ways = [way("microphone", None), way("dnd", None)]
    looks = Looks({Hold.CALL: (ways[0],), Hold.DND: (ways[1],)}, SessionBus({}).stop)
    asyncio.run(looks.stop())
    assert [one.stopped for one in ways] == [True, True]


@pytest.mark.parametrize(
    ("hold", "counts", "wanted"),
    [
        (SENSED, frozenset(Counts), SENSED),
        (frozenset(), frozenset({Counts.INPUT}), frozenset()),
        (frozenset(), frozenset(Counts), {Hold.CALL, Hold.FULLSCREEN}),
        ({Hold.DND}, frozenset({Counts.INPUT}), {Hold.DND}),
        (frozenset(), {Counts.INPUT, Counts.VIDEO}, {Hold.FULLSCREEN}),
    ],
)
def test_what_makes_no_difference_is_not_looked_at(
    hold: frozenset[Hold], counts: frozenset[Counts], wanted: frozenset[Hold]
) -> None:
    assert wanted_by(Schedule((), hold=frozenset(hold), counts=frozenset(counts))) == wanted
