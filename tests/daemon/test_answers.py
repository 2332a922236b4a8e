"""Every command, and every reason for refusing it, asked over the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path

import pytest

from postured import control
from postured.control import ControlError
from postured.core.model import Action, Hold, Pause, Reload, Sensed
from postured.sense.holds.protocol import Seen
from tests.fakes_life import MONDAY, House, Life

NINE = MONDAY.timestamp()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def tell(house: House, story: Callable[[Life], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with house.living() as life:
            await story(life)

    asyncio.run(run())


async def refusal(life: Life, **request: object) -> str:
    """The line of a refusal."""
    with pytest.raises(ControlError) as caught:
        await life.ask(**request)
    text = str(caught.value)
    assert "\n" not in text
    return text


# ── status ────────────────────────────────────────────────────────────────────────────────────────


def test_status_has_the_keys_of_the_contract(house: House) -> None:
    async def story(life: Life) -> None:
        status = await life.ask(ask="status")
        assert {"state", "holds", "reminders", "notice", "sensors", "notifier", "config"} <= set(status)
        assert {"path", "ok"} <= set(status["config"])
        assert (status["knots"], status["flags"]) == ([], [])
        for reminder in status["reminders"].values():
            assert {"level_s", "after_s", "due_at"} <= set(reminder)

    tell(house, story)


def test_status_is_of_this_very_moment(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        life.clock.go(17)
        status = await life.ask(ask="status")
        assert status["reminders"]["reset"]["level_s"] == 617.0
        assert status["next"] == {"reminder": "reset", "at": "2026-11-23T09:20:00+01:00"}

    tell(house, story)


def test_status_tells_holds_and_why(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1199)
        life.desktop.microphone.sees = Seen(True)
        await life.work(10)
        status = await life.ask(ask="status")
        assert (status["holds"], status["notice"]) == (["call"], None)
        assert status["why"] == "reset is due, but you are in a call"

    tell(house, story)


def test_status_tells_somebody_silent_from_somebody_at_work(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(100)
        assert (await life.ask(ask="status"))["state"] == "working"
        await life.leave(30)
        assert (await life.ask(ask="status"))["state"] == "silent"
        await life.leave(60)
        assert (await life.ask(ask="status"))["state"] in ("silent", "resting")
        life.idle.leave(90)
        await life.quiet()
        assert (await life.ask(ask="status"))["state"] == "resting"

    tell(house, story)


def test_followers_are_told_of_what_happens(house: House) -> None:
    async def story(life: Life) -> None:
        news = control.follow(house.places.socket, {"ask": "status", "follow": True})
        assert (await asyncio.to_thread(next, news))["holds"] == []
        life.daemon.pause(Pause())
        assert (await asyncio.to_thread(next, news))["holds"] == ["paused"]
        news.close()

    tell(house, story)


# ── why ───────────────────────────────────────────────────────────────────────────────────────────


def test_why_tells_the_decisions_in_sentences(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1199)
        life.daemon.feed(Sensed(Hold.CALL, True))
        await life.work(10)
        life.daemon.feed(Sensed(Hold.CALL, False))
        await life.work(20)
        told = await life.ask(ask="why")
        assert [(d["reminder"], d["verdict"], d["because"]) for d in told["decisions"]] == [
            ("reset", "held", "call"),
            ("reset", "shown", "B07"),
        ]
        assert told["decisions"][0]["say"] == "reset was due, held: call"
        assert told["decisions"][0]["at"].startswith("2026-11-23T09:20:0")
        assert told["now"] == "a notice is up"
        assert told["next"]["reminder"] == "reset"

    tell(house, story)


def test_before_anything_was_decided_there_is_still_an_answer(house: House) -> None:
    async def story(life: Life) -> None:
        told = await life.ask(ask="why")
        assert (told["decisions"], told["now"]) == ([], "nothing is due yet")

    tell(house, story)


# ── pause and resume ──────────────────────────────────────────────────────────────────────────────


def test_a_pause_for_a_time_ends_by_itself(house: House) -> None:
    async def story(life: Life) -> None:
        assert await life.ask(ask="pause", for_s=3600) == {
            "paused_until": "2026-11-23T10:00:00+01:00",
            "remembered": True,
        }
        await life.work(3590)
        assert life.titles == []
        assert (await life.ask(ask="status"))["holds"] == ["paused"]
        await life.work(45)
        assert len(life.titles) == 1

    tell(house, story)


def test_a_pause_until_a_time(house: House) -> None:
    async def story(life: Life) -> None:
        told = await life.ask(ask="pause", until_unix_s=NINE + 5 * 3600)
        assert told == {"paused_until": "2026-11-23T14:00:00+01:00", "remembered": True}

    tell(house, story)


def test_a_pause_without_end_lasts_until_resumed(house: House) -> None:
    async def story(life: Life) -> None:
        assert await life.ask(ask="pause") == {"paused_until": None, "remembered": True}
        assert (await life.ask(ask="status"))["holds"] == ["paused"]
        assert await life.ask(ask="resume") == {"was_paused": True}
        assert (await life.ask(ask="status"))["holds"] == []
        assert await life.ask(ask="resume") == {"was_paused": False}

    tell(house, story)


@pytest.mark.parametrize(
    "how",
    [{"for_s": 0}, {"for_s": -5}, {"until_unix_s": NINE - 1}, {"until_unix_s": 0}],
)
def test_a_pause_that_is_over_already_is_refused(house: House, how: dict[str, float]) -> None:
    async def story(life: Life) -> None:
        assert "over already" in await refusal(life, ask="pause", **how)
        assert life.daemon.state.pause is None

    tell(house, story)


@pytest.mark.parametrize("value", ["1h", True, [], {}, 1e400, -1e400])
@pytest.mark.parametrize("key", ["for_s", "until_unix_s"])
def test_a_pause_of_nonsense_is_refused(house: House, key: str, value: object) -> None:
    async def story(life: Life) -> None:
        assert key in await refusal_in_process(life, ask="pause", **{key: value})
        assert life.daemon.state.pause is None

    tell(house, story)


async def refusal_in_process(life: Life, **request: object) -> str:
    """The same without the wire, which cannot carry an infinity."""
    with pytest.raises(ControlError) as caught:
        await life.daemon._answers.handle(request)
    return str(caught.value)


@pytest.mark.parametrize("how", [{"for_s": 1e15}, {"until_unix_s": 1e15}, {"for_s": 1e300}, {"for_s": 1e8}])
def test_a_pause_of_years_is_refused(house: House, how: dict[str, float]) -> None:
    async def story(life: Life) -> None:
        assert "longer than a year" in await refusal(life, ask="pause", **how)
        assert (await life.ask(ask="status"))["holds"] == []

    tell(house, story)


# ── now ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("what", "kind"), [("", None), ("massage", "massage"), ("B01", "break"), ("b01", "break")]
)
def test_now_suggests_what_was_asked_for(house: House, what: str, kind: str | None) -> None:
    async def story(life: Life) -> None:
        told = (await life.ask(ask="now", what=what))["notice"]
        await life.quiet()
        assert len(life.titles) == 1
        assert told["reminder"] is None
        assert kind in (None, told["kind"])

    tell(house, story)


def test_now_twice_gives_two_different_suggestions(house: House) -> None:
    async def story(life: Life) -> None:
        first = (await life.ask(ask="now", what="break"))["notice"]["item"]
        life.clock.go(1)
        assert (await life.ask(ask="now", what="break"))["notice"]["item"] != first

    tell(house, story)


def test_now_of_something_unknown_is_refused_with_what_there_is(house: House) -> None:
    async def story(life: Life) -> None:
        said = await refusal(life, ask="now", what="dance")
        assert "'dance' is neither an item nor a kind (break, mobility," in said
        assert len(await refusal(life, ask="now", what="x" * 5000)) < 300

    tell(house, story)


def test_now_is_refused_where_the_library_holds_nothing(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        up = life.daemon.state.notice
        life.daemon.feed(Reload(library=()))
        assert "nothing of the kind thermal" in await refusal(life, ask="now", what="thermal")
        assert life.daemon.state.notice is up

    tell(house, story)


# ── press ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("action", ["done", "later", "skip"])
def test_a_press_answers_the_notice_that_is_up(house: House, action: str) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        told = await life.ask(ask="press", action=action)
        assert told == {"reminder": "reset", "item": "B07", "action": action}
        assert life.daemon.state.notice is None

    tell(house, story)


def test_a_press_without_a_notice_is_refused(house: House) -> None:
    async def story(life: Life) -> None:
        assert "no notice is up" in await refusal(life, ask="press", action="done")

    tell(house, story)


@pytest.mark.parametrize("action", ["dance", "", None, "Done"])
def test_a_button_that_does_not_exist_is_refused(house: House, action: object) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        assert "there is no button" in await refusal(life, ask="press", action=action)
        assert life.daemon.state.notice is not None

    tell(house, story)


def test_later_is_refused_the_third_time(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        for _ in range(2):
            await life.ask(ask="press", action="later")
            await life.work(301)
        assert len(life.titles) == 3
        assert "put off twice" in await refusal(life, ask="press", action="later")
        assert life.daemon.state.notice is not None

    tell(house, story)


def test_later_is_refused_for_what_the_person_asked_for(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="break")
        said = await refusal(life, ask="press", action="later")
        assert "twice" not in said, "it was never put off"
        assert life.daemon.state.notice is not None

    tell(house, story)


# ── plan and doctor ───────────────────────────────────────────────────────────────────────────────


def test_the_plan_looks_a_day_ahead(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        notices = (await life.ask(ask="plan"))["notices"]
        assert {"at", "reminder", "item", "kind"} <= set(notices[0])
        assert [(n["at"], n["reminder"]) for n in notices[:5]] == [
            ("2026-11-23T09:20:00+01:00", "reset"),
            ("2026-11-23T09:30:00+01:00", "reset"),
            ("2026-11-23T09:40:00+01:00", "reset"),
            ("2026-11-23T09:50:00+01:00", "reset"),
            ("2026-11-23T10:00:00+01:00", "long_break"),
        ]
        assert max(n["at"] for n in notices) <= (MONDAY + timedelta(days=1, minutes=10)).isoformat()
        assert life.titles == []
        assert life.daemon.state.notice is None

    tell(house, story)


def test_doctor_tells_what_was_found(house: House) -> None:
    async def story(life: Life) -> None:
        told = await life.ask(ask="doctor")
        assert set(told["found"]) == {"idle", "notifications", "away", "schedule_watch"}
        assert told["status"]["state"]

    tell(house, story)


# ── what is not understood ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ask", ["dance", "", None, 7, [], "x" * 500])
def test_an_unknown_command_is_refused_in_a_short_line(house: House, ask: object) -> None:
    async def story(life: Life) -> None:
        said = await refusal(life, ask=ask)
        assert "does not know the command" in said
        assert len(said) < 200
        life.daemon.press(Action.DONE)

    tell(house, story)
