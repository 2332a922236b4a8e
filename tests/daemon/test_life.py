"""The daemon with everything real but the clock, the person, the screen and the desktop."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from postured import control
from postured.core import engine, snapshot
from postured.core.model import Action, Away, Notice, Pause, Pressed, Slept, Spent, Tick
from postured.daemon.life import DOUBT_S
from postured.daemon.start import _take_up
from postured.history import NoHistory
from postured.notify.message import Why
from tests.fakes_life import MONDAY, PLAN, House, Life, until

FIRST = "Stand up, reach for the ceiling, lean both ways"
"""What B07 says, which the lot of that day puts first."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def tell(house: House, story: Callable[[Life], Coroutine[None, None, None]]) -> None:
    """Live through the story, from the beginning to the end of one run."""

    async def run() -> None:
        async with house.living() as life:
            await story(life)

    asyncio.run(run())


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# ── events in, effects out ────────────────────────────────────────────────────────────────────────


def test_work_ends_in_a_notice_on_the_screen_and_a_line_in_the_history(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1199)
        assert life.titles == []
        await life.work(2)
        assert life.titles == [FIRST]
        (_, message), *_ = life.screen.shown
        assert [key for key, _ in message.buttons] == ["default", "done", "later", "skip"]

    tell(house, story)
    (row,) = house.rows()
    assert (row.at_unix_s - MONDAY.timestamp(), row.reminder, row.item, row.outcome) == (
        1200.0,
        "reset",
        "B07",
        None,
    )


def test_a_break_taken_is_recorded_and_counted(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        await life.leave(120)
        assert life.daemon.state.notice is None
        assert life.titles == [FIRST, "Break counted"]

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.item] == ["taken"]


def test_work_and_rest_are_recorded_without_a_gap_to_the_end(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(100)
        await life.leave(200)
        await life.work(50)

    tell(house, story)
    # The first key after the rest is struck 30 s into the last 50 s; that is when the rest ends.
    assert house.spans() == [(True, 0.0, 100.0), (False, 100.0, 330.0), (True, 330.0, 350.0)]


def test_a_button_is_an_answer(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        life.screen.press("done")
        await life.quiet()
        assert life.daemon.state.notice is None
        assert life.screen.up is None

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["done"]


def test_show_me_keeps_the_notice_up_with_its_steps(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        life.screen.press("default")
        await life.quiet()
        assert life.daemon.state.notice is not None
        assert life.screen.latest.title == "Stand, reach and lean"
        assert life.screen.latest.body.startswith("1. ")
        assert life.screen.shown[0][0] == life.screen.shown[1][0]

    tell(house, story)


def test_a_button_of_a_notice_that_is_over_means_nothing(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        old = life.screen.shown[0][0]
        life.screen.press("later")
        await life.work(301)
        assert len(life.titles) == 2
        up = life.daemon.state.notice
        life.daemon._on_answer(old, "done")
        life.daemon._on_answer("", "done")
        assert up is not None
        life.daemon._on_answer(up.id, "dance")
        assert life.daemon.state.notice is up

    tell(house, story)


def test_a_notice_that_only_expires_is_no_answer(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        life.screen.end(Why.EXPIRED)
        await life.quiet()
        assert life.daemon.state.notice is not None
        await life.work(400)
        assert life.daemon.state.notice is None

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["ignored"]


def test_an_event_that_comes_while_another_is_dealt_with_waits_its_turn(house: House) -> None:
    async def story(life: Life) -> None:
        daemon = life.daemon
        seen: list[str] = []

        class Answering(NoHistory):
            """A history that answers the notice it is told of, from within the telling."""

            def shown(self, notice: Notice) -> None:
                daemon.feed(Pressed(Action.DONE))
                seen.append(f"{notice.reminder} is up: {daemon.state.notice is notice}")

        daemon.history.close()
        daemon.history = Answering("a test")
        await life.work(1201)
        assert seen == ["reset is up: True"]
        assert daemon.state.notice is None
        assert life.titles == [FIRST]
        assert life.screen.up is None, "it came up first and went down afterwards"

    tell(house, story)


def test_a_suspend_is_found_before_anything_else(house: House) -> None:
    """The timer that comes first after eight hours of sleep must not take them for work."""

    async def story(life: Life) -> None:
        await life.work(1000)
        life.sleep(8 * 3600)
        life.daemon.feed(Tick())
        await life.quiet()
        assert life.titles == []
        assert life.daemon.state.resting
        await life.work(60)
        assert engine.level(life.daemon.state, 0, life.clock.s) <= 60

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["natural", "natural"]


def test_waking_up_asks_for_the_time_zone_again(house: House) -> None:
    async def story(life: Life) -> None:
        before = life.clock.zone_asked
        life.daemon._on_clock(Slept(60.0))
        assert life.clock.zone_asked == before + 1

    tell(house, story)


def test_the_decisions_kept_are_bounded(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        assert [d.verdict for _, d in life.daemon.decisions] == ["shown"]
        assert life.daemon.decisions.maxlen is not None

    tell(house, story)


# ── what it keeps ─────────────────────────────────────────────────────────────────────────────────


def test_while_somebody_works_nothing_older_than_a_minute_can_be_lost(house: House) -> None:
    async def story(life: Life) -> None:
        for _ in range(40):
            await life.work(30)
            if house.places.memory_file.exists():
                assert life.clock.s - house.saved()["engine"]["boot_s"] <= snapshot.CHECKPOINT_S

    tell(house, story)


async def minutes(life: Life, count: int) -> None:
    """Work on, woken for checkpoints only."""
    for _ in range(count):
        life.clock.go(60)
        life.idle.type()
        life.daemon.checkpoint()
        await life.quiet()


def test_while_nothing_but_time_passes_the_file_stays_and_tells_how_long(house: House) -> None:
    file = house.places.memory_file

    async def story(life: Life) -> None:
        await life.work(61)
        whole = file.stat().st_ino
        await minutes(life, 10)
        assert file.stat().st_ino == whole
        assert house.saved()["lasted_s"] == pytest.approx(600.0, abs=1.0)
        await life.work(700)
        assert life.titles == [FIRST]
        assert "lasted_s" not in house.saved()

    tell(house, story)


def test_the_next_run_knows_what_was_worked_since_the_file_was_written(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(61)
        await minutes(life, 10)
        trouble: list[str] = []
        state, owed = _take_up(house.saved(), life.daemon.loaded, life.clock, "this boot", trouble)
        assert trouble == []
        assert engine.level(state, 0, life.clock.s) == pytest.approx(660.0, abs=1.5)
        stretches = [e for e in owed if isinstance(e, Spent) and e.work]
        assert [round(e.end_unix_s - e.start_unix_s) for e in stretches] == [661]

    tell(house, story)


def test_a_state_file_that_was_taken_away_is_there_again_after_a_minute(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(61)
        house.places.memory_file.unlink()
        await minutes(life, 1)
        assert house.saved()["engine"]["levels"]["reset"] == pytest.approx(120.0, abs=2.0)

    tell(house, story)


def test_a_checkpoint_after_a_short_rest_writes_everything(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(61)
        for event, after_s in ((Away("locked", True), 20), (Away("locked", False), 2)):
            life.clock.go(after_s)
            life.daemon.feed(event)
        life.clock.go(38)
        life.daemon.checkpoint()
        assert "lasted_s" not in house.saved()
        level_s = engine.level(life.daemon.state, 0, life.clock.s)
        assert house.saved()["engine"]["levels"]["reset"] == pytest.approx(level_s)

    tell(house, story)


def test_a_checkpoint_after_a_suspend_looks_at_everything(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(661)
        life.sleep(3600)
        life.daemon.checkpoint()
        await life.quiet()
        assert life.daemon.state.resting

    tell(house, story)


def test_a_checkpoint_after_the_clock_was_set_writes_what_time_it_is(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(61)
        life.clock.unix_s += 3600
        await minutes(life, 1)
        assert house.saved()["engine"]["unix_s"] == life.clock.unix_s

    tell(house, story)


def test_a_checkpoint_is_written_no_more_than_once_a_minute(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(61)
        first = house.places.memory_file.stat()
        for _ in range(29):
            await life.work(2)
        assert house.places.memory_file.stat().st_mtime_ns == first.st_mtime_ns
        await life.work(5)
        assert house.places.memory_file.stat().st_mtime_ns != first.st_mtime_ns

    tell(house, story)


def test_while_nobody_works_nothing_is_written_and_nothing_wakes(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(120)
        await life.leave(180)
        await life.leave(3600)
        assert engine.next_wake(life.daemon.state) == engine.Wake()
        assert life.daemon.alarm._set == {}
        assert life.daemon._pulse is None

    tell(house, story)


@pytest.mark.parametrize("press", ["done", "skip", "later"])
def test_an_answer_is_remembered_at_once(house: House, press: str) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        assert house.saved()["engine"]["notice"] is not None
        life.screen.press(press)
        await life.quiet()
        assert house.saved()["engine"]["notice"] is None

    tell(house, story)


def test_a_pause_is_remembered_at_once(house: House) -> None:
    async def story(life: Life) -> None:
        life.daemon.pause(Pause(for_s=3600))
        assert house.saved()["engine"]["pause"]["left_s"] == 3600
        life.daemon.pause(None)
        assert house.saved()["engine"]["pause"] is None

    tell(house, story)


def test_what_lies_on_the_screen_is_remembered_for_the_next_run(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        await life.work(61)
        assert house.saved()["screen"] == {"owner": "recording", "ids": [1]}

    tell(house, story)


def test_the_next_run_takes_down_what_the_last_one_left(house: House) -> None:
    async def run() -> None:
        async with house.living(stale={"owner": "recording", "ids": [7]}) as life:
            assert life.screen.started_with == {"owner": "recording", "ids": [7]}

    asyncio.run(run())


def test_what_follows_from_the_time_stopped_is_recorded(house: House) -> None:
    async def run() -> None:
        async with house.living() as life:
            await life.work(1000)
            schedule = life.daemon.state.schedule
        house.clock.go(3600)
        state, owed = snapshot.restore(
            house.saved()["engine"], schedule, (), house.clock.now(), same_boot=True
        )
        async with house.living(state, owed) as life:
            await life.work(10)

    asyncio.run(run())
    assert [row.outcome for row in house.rows()] == ["natural", "natural"]
    assert house.spans() == [(True, 0.0, 1000.0), (False, 1000.0, 4600.0), (True, 4600.0, 4610.0)]


# ── a history that fails ──────────────────────────────────────────────────────────────────────────


def test_a_history_that_cannot_be_opened_is_complained_of_once_and_stops_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.places.history_file.mkdir()

    async def story(life: Life) -> None:
        await life.work(1201)
        assert life.titles == [FIRST]
        await life.leave(120)
        await life.work(100)
        assert life.daemon.state.notice is None
        assert str(house.places.history_file) in " ".join(life.daemon.troubles)

    tell(house, story)
    said, *at_the_end = warnings(caplog)
    assert str(house.places.history_file) in said
    assert [line for line in at_the_end if "were not recorded" not in line] == []
    assert len(at_the_end) <= 1


def test_a_history_that_fails_later_is_complained_of_once_and_stops_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody removes its folder while the daemon runs: every record fails, and it ends well all the same."""

    async def story(life: Life) -> None:
        await life.work(100)
        shutil.rmtree(house.places.state_folder)
        house.places.state_folder.write_text("in the way")
        for _ in range(3):
            await life.work(1300)
            await life.leave(120)
        assert len([t for t in life.titles if t != "Break counted"]) == 3

    tell(house, story)
    state, history, *at_the_end = warnings(caplog)
    assert str(house.places.memory_file) in state
    assert str(house.places.history_file) in history
    assert [line for line in at_the_end if "were not recorded" not in line] == []
    assert all("\n" not in line for line in warnings(caplog))


# ── the library ───────────────────────────────────────────────────────────────────────────────────


def test_a_history_alone_that_fails_is_complained_of_once_though_the_state_is_saved_every_minute(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(life: Life) -> None:
        await life.work(100)
        for path in house.places.state_folder.glob("history.db*"):
            path.unlink()
        house.places.history_file.mkdir()
        for _ in range(3):
            await life.work(1300)
            await life.leave(120)
        assert len(warnings(caplog)) == 1
        house.places.history_file.rmdir()
        await life.work(1300)
        assert life.daemon.troubles == []

    tell(house, story)
    assert len(warnings(caplog)) == 1
    assert len([row for row in house.rows() if row.item]) == 4, "what waited was written in the end"


def test_own_items_that_are_wrong_are_told_and_left_out(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.places.library_folder.mkdir()
    (house.places.library_folder / "mine.yaml").write_text("- id: X1\n  kind: dance\n")

    async def story(life: Life) -> None:
        assert life.daemon.library_problems
        assert "mine.yaml:1:" in life.daemon.library_problems[0]
        assert len(life.daemon.items) > 20
        before = len(warnings(caplog))
        life.daemon.reload()
        assert len(warnings(caplog)) == before, "said once, until it changes"
        (house.places.library_folder / "mine.yaml").unlink()
        life.daemon.reload()
        assert life.daemon.library_problems == []

    tell(house, story)


def test_an_item_that_is_gone_while_its_notice_is_up_does_no_harm(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1201)
        life.daemon.items = {}
        life.daemon.press(Action.SHOW)
        assert (await life.ask(ask="status"))["notice"]["title"] == "B07"
        life.daemon.press(Action.DONE)
        assert life.daemon.state.notice is None

    tell(house, story)


# ── the schedule changes ──────────────────────────────────────────────────────────────────────────


def test_a_saved_edit_is_taken_up_by_itself(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        house.config.write_text(PLAN.replace("20m", "30m"))
        await until(lambda: life.daemon.state.schedule.reminders[0].after_s == 1800)
        await life.work(1199)
        assert life.titles == []
        await life.work(2)
        assert life.titles == [FIRST]

    tell(house, story)
    assert "30m" in house.places.last_good_file.read_text()


def test_a_hangup_reloads(house: House) -> None:
    async def story(life: Life) -> None:
        house.config.write_text(PLAN.replace("20m", "30m"))
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: life.daemon.state.schedule.reminders[0].after_s == 1800)

    tell(house, story)


def test_a_broken_edit_changes_nothing_and_is_told_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(life: Life) -> None:
        await life.work(600)
        house.config.write_text(PLAN.replace("20m", "20 mn"))
        life.daemon.reload()
        life.daemon.reload()
        await life.quiet()
        (_, message), *others = life.screen.shown
        assert others == []
        assert message.title == "Your schedule has a mistake; the old one goes on"
        assert message.body.startswith("Line 2: reminders.reset.after: ")
        status = await life.ask(ask="status")
        assert status["config"]["ok"] is False
        assert status["reminders"]["reset"]["after_s"] == 1200.0
        house.config.write_text(PLAN)
        life.daemon.reload()
        assert (await life.ask(ask="status"))["config"] == {
            "path": str(house.config),
            "ok": True,
            "source": "file",
            "problems": [],
        }

    tell(house, story)
    assert len([line for line in warnings(caplog) if "postured.yaml:2:" in line]) == 1


def test_a_file_that_is_gone_changes_nothing(house: House) -> None:
    async def story(life: Life) -> None:
        house.config.unlink()
        life.daemon.reload()
        status = await life.ask(ask="status")
        assert status["config"]["ok"] is False
        assert set(status["reminders"]) == {"reset", "long_break"}

    tell(house, story)


def test_another_backend_is_used_from_the_next_notice_on(house: House) -> None:
    async def story(life: Life) -> None:
        house.config.write_text(PLAN + "notify: {backend: console}\n")
        life.daemon.reload()
        await life.quiet()
        assert [name for name, _ in life.notifiers] == ["auto", "console"]
        assert life.notifiers[0][1].stopped
        await life.work(1201)
        assert life.titles == [FIRST]

    tell(house, story)


def test_a_new_idle_after_reaches_the_sensor(house: House) -> None:
    async def story(life: Life) -> None:
        house.config.write_text("work: {idle_after: 2m}\n" + PLAN)
        life.daemon.reload()
        assert life.idle.idle_after_s == 120

    tell(house, story)


# ── the beginning ─────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_writes_the_schedule_and_says_where(tmp_path: Path) -> None:
    house = House(tmp_path, text="")

    async def story(life: Life) -> None:
        assert house.config.exists()
        assert house.places.schema_file.exists()
        assert str(house.config) in house.out.getvalue()
        (_, message), *_ = life.screen.shown
        assert str(house.config) in message.body

    tell(house, story)


def test_the_second_run_says_nothing_on_the_screen(house: House) -> None:
    async def story(life: Life) -> None:
        assert life.titles == []
        assert house.out.getvalue() == (
            "postured is running. The first reminder can come at 09:20 (reset).\n"
        )

    tell(house, story)


def test_with_a_broken_file_it_runs_on_the_last_good_one_and_says_so(house: House) -> None:
    async def run() -> None:
        async with house.living():
            pass
        house.config.write_text("reminders: [\n")
        async with house.living() as life:
            status = await life.ask(ask="status")
            assert status["config"]["source"] == "last good"
            assert status["config"]["ok"] is False
            assert set(status["reminders"]) == {"reset", "long_break"}
            assert life.titles == ["Your schedule has a mistake; the last good one goes on"]
        assert house.places.last_good_file.read_text() == PLAN

    asyncio.run(run())


def test_troubles_from_before_the_loop_are_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with house.living(trouble=("the state file is damaged",)):
            pass

    asyncio.run(run())
    assert warnings(caplog) == ["the state file is damaged"]


# ── the end ───────────────────────────────────────────────────────────────────────────────────────


def test_at_the_end_the_screen_is_cleared_and_everything_is_saved(house: House) -> None:
    async def run() -> None:
        async with house.living() as life:
            await life.work(1201)
            life.clock.go(10)
        assert life.screen.stopped
        assert life.screen.up is None
        assert life.idle.stopped

    asyncio.run(run())
    saved = house.saved()["engine"]
    assert saved["clean"] is True
    assert saved["notice"] is not None, "it is put up again by the next run"
    assert saved["levels"]["reset"] == 1211.0
    assert house.spans() == [(True, 0.0, 1211.0)]


def test_a_signal_ends_it(house: House) -> None:
    async def run() -> None:
        async with house.living() as life:
            os.kill(os.getpid(), signal.SIGTERM)
            await until(lambda: life._over)
        assert house.saved()["engine"]["clean"] is True

    asyncio.run(run())


def test_after_the_end_nobody_answers(house: House) -> None:
    tell(house, lambda life: life.work(10))
    with pytest.raises(control.NoDaemon):
        control.ask(house.places.socket, {"ask": "status"})


def test_an_answer_at_the_very_end_does_no_harm(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with house.living() as life:
            await life.work(1201)
            daemon = life.daemon
        daemon.feed(Tick())
        daemon.press(Action.DONE)

    asyncio.run(run())
    assert warnings(caplog) == []


def test_a_screen_that_hangs_at_the_end_is_not_waited_for_longer_than_a_second(house: House) -> None:
    async def run() -> None:
        async with house.living() as life:
            stuck = life.screen
            never = asyncio.Event()

            async def hang() -> None:
                await never.wait()

            stuck.stop = hang  # type: ignore[method-assign] - this fake is to break its promise
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 2.0
        assert house.saved()["engine"]["clean"] is True

    asyncio.run(run())


def test_the_service_manager_is_told_first(house: House, tmp_path: Path) -> None:
    house.env["NOTIFY_SOCKET"] = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        tell(house, lambda life: life.work(10))
        assert manager.recv(100) == b"STOPPING=1"


def test_what_was_asked_before_the_end_is_still_answered(house: House) -> None:
    async def run() -> None:
        async with house.living() as life:
            asked = asyncio.create_task(life.ask(ask="status"))
            await until(lambda: bool(life.daemon._server._tasks) or asked.done())
        assert (await asked)["state"] == "working"

    asyncio.run(run())


# ── a demonstration ───────────────────────────────────────────────────────────────────────────────


def test_a_demonstration_shows_a_notice_and_leaves_nothing_behind(house: House) -> None:
    async def run() -> None:
        async with house.living(demo=True) as life:
            assert "60 times as fast" in house.out.getvalue()
            await life.work(1300)
            assert life.titles == [FIRST]
            life.daemon.pause(Pause())

    asyncio.run(run())
    assert list(house.places.state_folder.iterdir()) == []


# ── a state file of nonsense ──────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform != "linux", reason="a daemon of its own is started")
def test_a_state_file_of_nonsense_means_empty_tanks_and_a_word(house: House) -> None:
    house.places.memory_file.write_text(
        json.dumps({"version": 1, "state": {"boot": "x", "engine": {"unix_s": "yesterday"}, "screen": 7}})
    )
    daemon = subprocess.Popen(
        [sys.executable, "-m", "postured", "run"],
        env={**house.env, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert daemon.stdout is not None
        assert "postured is running" in daemon.stdout.readline()
        levels = control.ask(house.places.socket, {"ask": "status"})["reminders"]
        assert isinstance(levels, dict)
        assert levels["reset"]["level_s"] < 30
    finally:
        daemon.terminate()
        _, err = daemon.communicate(timeout=10)
    assert daemon.returncode == 0
    assert "makes no sense" in err
    assert "Traceback" not in err


# ── being found ───────────────────────────────────────────────────────────────────────────────────


def test_when_the_runtime_folder_is_swept_away_commands_reach_it_again(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(10)
        shutil.rmtree(house.places.runtime_folder)
        await life.work(120)
        assert house.places.socket.exists()
        assert (await life.ask(ask="status"))["state"] == "working"
        with pytest.raises(control.AlreadyRunning):
            control.lock(house.places.lock)

    tell(house, story)


def test_half_a_save_raises_no_alarm(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def story(life: Life) -> None:
        good = house.places.config_file.read_text(encoding="utf-8")
        house.places.config_file.write_text("remi", encoding="utf-8")
        life.daemon._on_saved()
        house.places.config_file.write_text(good + "\n# saved in two steps\n", encoding="utf-8")
        life.daemon._on_saved()
        await asyncio.sleep(DOUBT_S + 0.1)
        assert life.daemon.problems == []

    tell(house, story)
    assert warnings(caplog) == []
