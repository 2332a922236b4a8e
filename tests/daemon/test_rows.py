"""The daemon leads through a massage, a pack and the questions after a set, and remembers what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from postured.core import snapshot
from postured.core.model import Away, Felt, Kind, Notice, Outcome, PressLog, SetLog, Spot, Tick
from postured.core.row import PATIENCE_S
from postured.daemon import schedule
from postured.history import History
from tests.fakes_life import House, Life

PLAN = """\
me: {places: [desk, home], equipment: [heat_pack, towel]}
reminders:
  reset: {after: 20m, pause: 60s, repeat: 10m, snooze: 5m, suggest: [break]}
  lift: {after: 40m, pause: 5m, repeat: 1h, suggest: [strength]}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, PLAN)


def tell(house: House, story: Callable[[Life], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with house.living() as life:
            await story(life)

    asyncio.run(run())


def presses(house: House) -> list[PressLog]:
    past = History.open(house.places.history_file, read_only=True)
    try:
        return [log for _at, log in past.presses(0.0)]
    finally:
        past.close()


def sets(house: House) -> list[SetLog]:
    past = History.open(house.places.history_file, read_only=True)
    try:
        return [log for _at, log in past.sets()]
    finally:
        past.close()


async def press(life: Life, key: str) -> None:
    life.screen.press(key)
    await life.quiet()


async def wait(life: Life, seconds: float) -> None:
    """Let so much time pass without a key."""
    life.clock.go(seconds)
    life.daemon.feed(Tick())
    await life.quiet()


async def lead_through(life: Life, item: str) -> None:
    await life.ask(ask="now", what=item)
    await life.quiet()
    await press(life, "default")


def keys(life: Life) -> list[str]:
    return [key for key, _label in life.screen.latest.buttons]


# ── a massage ─────────────────────────────────────────────────────────────────────────────────────


def test_show_me_of_a_massage_begins_it_card_by_card(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        assert life.titles[-1] == "Explore: side ribs, right side"
        await press(life, "good")
        assert life.titles[-1].startswith("Press and breathe")
        await wait(life, 30)
        assert life.titles[-1] == "Is it less tender now?"
        await press(life, "easier")
        await press(life, "enough")
        assert life.titles[-1] == "Drink some water and move gently"
        await wait(life, 20)
        assert life.screen.up is None
        assert life.daemon.state.notice is None

    tell(house, story)
    assert [(log.area, log.side, log.spot, log.seconds) for log in presses(house)] == [
        ("side_ribs", "right", Spot.EASED, 30.0)
    ]
    assert [row.outcome for row in house.rows()] == ["done"]


def test_a_massage_outlasts_rest_and_other_reminders(house: House) -> None:
    """Hands off the keys for minutes, and a reset that comes due meanwhile: neither takes it off the screen."""

    async def story(life: Life) -> None:
        await life.work(1150)
        await lead_through(life, "M05")
        await life.work(70)
        assert life.daemon.state.notice is not None
        assert life.daemon.state.notice.item == "M05"
        assert life.titles[-1] == "How does that spot feel?"

    tell(house, story)


def test_a_massage_nobody_answers_ends_and_is_no_skip(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        await wait(life, 15)
        await wait(life, PATIENCE_S)
        assert life.screen.up is None
        assert life.daemon.state.practice.skips == {}

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["ignored"]


@pytest.mark.parametrize("interruption", [{"ask": "pause"}, {"ask": "now", "what": "B01"}])
def test_what_was_done_of_it_counts_whatever_comes_in_between(
    house: House, interruption: dict[str, object]
) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        await press(life, "good")
        await wait(life, 30)
        await press(life, "easier")
        await life.ask(**interruption)
        await life.quiet()
        assert life.daemon.guide.card is None
        assert len(life.daemon.state.practice.doses["M05"]) == 1
        assert life.daemon.state.practice.skips == {}

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.item == "M05"] == ["done"]


def test_a_restart_in_the_middle_of_it_neither_forgets_nor_repeats_it(house: House) -> None:
    async def begin(life: Life) -> None:
        await lead_through(life, "M05")
        await press(life, "good")

    async def after(life: Life) -> None:
        await life.work(500)
        assert life.titles == []

    tell(house, begin)
    saved = house.saved()
    assert saved["engine"]["followed"] is True

    async def again() -> None:
        state, owed = snapshot.restore(
            saved["engine"], schedule.load(house.config, house.places, may_write=True).schedule, (),
            house.clock.now(), same_boot=True,
        )  # fmt: skip
        async with house.living(state, owed) as life:
            await after(life)

    asyncio.run(again())
    assert [row.outcome for row in house.rows() if row.item == "M05"] == ["done"]


def test_a_pause_puts_off_what_can_wait_and_holds_nothing_else_against_anybody(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="B01")
        await life.ask(ask="pause")
        assert life.daemon.state.practice.skips == {}

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["ignored"]


def test_a_question_does_not_outlast_a_pause(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.ask(ask="press", action="done")
        await life.quiet()
        assert life.screen.up is not None
        await life.ask(ask="pause")
        await life.quiet()
        assert life.screen.up is None

    tell(house, story)


def test_done_by_command_in_the_middle_of_it_ends_the_cards(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        await life.ask(ask="press", action="done")
        await life.quiet()
        assert life.screen.up is None
        before = len(life.titles)
        await wait(life, 600)
        assert len(life.titles) == before

    tell(house, story)


def test_a_daemon_that_is_killed_in_the_middle_has_kept_what_was_learned(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        await press(life, "nothing")
        assert [log.spot for log in presses(house)] == [Spot.NOTHING]

    tell(house, story)

    async def after(life: Life) -> None:
        assert [log.area for _at, log in life.daemon.state.practice.pressed] == ["side_ribs"]

    tell(house, after)


def test_a_pack_waits_for_the_skin_and_ends_in_taking_it_off(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "H01")
        assert keys(life) == ["start", "enough"]
        await press(life, "start")
        await wait(life, 180)
        assert keys(life) == ["fine", "off"]
        await press(life, "fine")
        await wait(life, 600)
        assert keys(life) == ["done"]
        await press(life, "done")
        await wait(life, 60)
        assert life.screen.up is None

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["done"]


@pytest.mark.parametrize(
    "command", [{"ask": "press", "action": "skip"}, {"ask": "pause"}, {"ask": "now", "what": "B01"}]
)
def test_whoever_has_a_pack_on_is_told_to_take_it_off_whatever_ends_it(
    house: House, command: dict[str, object]
) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "H01")
        await press(life, "start")
        await life.ask(**command)
        await life.quiet()
        assert "Take it off now" in life.screen.latest.title + life.screen.latest.body

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.item == "H01"] == ["done"]


def test_whoever_had_a_pack_on_when_it_was_stopped_is_told_at_the_next_start(house: House) -> None:
    async def begin(life: Life) -> None:
        await lead_through(life, "H01")
        await press(life, "start")
        await life.ask(ask="status")

    tell(house, begin)

    async def again() -> None:
        loaded = schedule.load(house.config, house.places, may_write=True).schedule
        saved = house.saved()["engine"]
        state, owed = snapshot.restore(saved, loaded, (), house.clock.now(), same_boot=True)
        async with house.living(state, owed) as life:
            assert life.titles == ["Take it off now"]

    asyncio.run(again())


def test_a_suspend_with_a_pack_on_counts(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "H01")
        await press(life, "start")
        life.sleep(2700)
        life.daemon.feed(Tick())
        await life.quiet()
        assert life.titles[-1] == "Take it off now"

    tell(house, story)


def test_a_locked_screen_ends_a_massage_and_not_a_pack(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        life.daemon.feed(Away("locked", True))
        await life.quiet()
        assert life.screen.up is None
        life.daemon.feed(Away("locked", False))
        await life.work(5)
        await lead_through(life, "H01")
        await press(life, "start")
        life.daemon.feed(Away("locked", True))
        await wait(life, 180)
        assert keys(life) == ["fine", "off"]

    tell(house, story)


def test_a_caution_that_comes_in_between_ends_what_it_forbids(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="M05")
        house.config.write_text(PLAN.replace("me: {", "me: {flags: [osteoporosis], "))
        life.daemon.reload()
        await life.quiet()
        assert life.screen.up is None
        assert life.daemon.state.notice is None

    tell(house, story)


def test_the_next_reminder_waits_until_the_questions_are_answered(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1100)
        await life.ask(ask="now", what="S11")
        await life.ask(ask="press", action="done")
        await life.work(110)
        assert keys(life) == ["easy", "right", "hard"]
        await press(life, "right")
        await press(life, "no")
        assert len(sets(house)) == 1

    tell(house, story)


def test_a_notice_can_be_begun_by_command_where_there_are_no_buttons(house: House) -> None:
    async def story(life: Life) -> None:
        with pytest.raises(Exception, match="postured answer show"):
            await life.ask(ask="answer")
        await life.ask(ask="now", what="M05")
        await life.quiet()
        assert life.screen.latest.commands.endswith("skip · answer show")
        told = await life.ask(ask="answer", word="show")
        assert told["then"]["title"].startswith("Explore")

    tell(house, story)


def test_a_broken_file_of_own_items_is_told_and_what_it_held_goes_on(house: House) -> None:
    own = house.places.library_folder
    own.mkdir()
    good = "- {id: tea, kind: break, title: Tea, steps: [{text: Drink., seconds: 30}]}\n"
    (own / "own.yaml").write_text(good)

    async def story(life: Life) -> None:
        assert "tea" in life.daemon.items
        (own / "own.yaml").write_text(good + "- {id: x, kind: brake}\n")
        life.daemon.reload()
        await life.quiet()
        assert "tea" in life.daemon.items
        assert life.titles[-1].startswith("Mistakes in your own items")
        assert "own.yaml:2" in life.screen.latest.body
        (own / "own.yaml").write_text(good.replace("tea", "coffee"))
        life.daemon.reload()
        assert {"tea", "coffee"} & set(life.daemon.items) == {"coffee"}

    tell(house, story)


def test_no_word_about_the_skin_means_take_it_off(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "H01")
        await press(life, "start")
        await wait(life, 180)
        await wait(life, PATIENCE_S)
        assert life.titles[-1] == "Take it off now"

    tell(house, story)


# ── a set ─────────────────────────────────────────────────────────────────────────────────────────


def test_after_a_set_it_is_asked_how_it_felt_and_whether_it_hurt(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.quiet()
        await press(life, "done")
        assert keys(life) == ["easy", "right", "hard"]
        await press(life, "hard")
        assert keys(life) == ["no", "yes"]
        await press(life, "no")
        assert life.screen.up is None

    tell(house, story)
    (log,) = sets(house)
    assert (log.item, log.level, log.felt, log.pain, log.full) == ("S11", 1, Felt.HARD, False, True)


def test_a_set_that_was_seen_as_rest_is_asked_about_when_the_person_is_back(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.work(1)
        await life.leave(200)
        assert life.titles[-1] != "How did the set feel?", "nobody is there to answer"
        await life.work(1)
        assert life.titles[-1] == "How did the set feel?"

    tell(house, story)
    assert [row.outcome for row in house.rows() if row.item] == ["taken"]


def test_a_question_nobody_answers_goes_away_and_nothing_is_made_up(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.quiet()
        await press(life, "done")
        await wait(life, PATIENCE_S)
        assert life.screen.up is None

    tell(house, story)
    assert sets(house) == []


def test_the_next_notice_does_not_wait_for_an_answer(house: House) -> None:
    async def story(life: Life) -> None:
        await life.work(1190)
        await life.ask(ask="now", what="S11")
        await life.quiet()
        await life.work(125)
        await life.ask(ask="press", action="done")
        await life.ask(ask="now", what="B01")
        await life.quiet()
        assert life.daemon.guide.card is None
        await press(life, "done")
        assert life.screen.up is None

    tell(house, story)


def test_the_levels_are_there_again_after_a_restart(house: House) -> None:
    async def good_session(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.ask(ask="press", action="done", felt="right", pain=False)

    for _day in range(2):
        tell(house, good_session)
        house.clock.go(86_400)

    async def after(life: Life) -> None:
        assert life.daemon.state.practice.trained["S11"].level == 2

    tell(house, after)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"felt": "great"}, "it felt easy, right or hard, not 'great'"),
        ({"reps": 0}, "repetitions are a whole number"),
        ({"reps": True}, "repetitions are a whole number"),
        ({"reps": "8"}, "repetitions are a whole number"),
    ],
)
def test_nonsense_about_a_set_is_refused_and_the_notice_stays(
    house: House, told: dict[str, object], why: str
) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        with pytest.raises(Exception, match=why):
            await life.ask(ask="press", action="done", **told)
        assert life.daemon.state.notice is not None

    tell(house, story)
    assert sets(house) == []


def test_a_set_whose_item_is_gone_from_the_library_is_done_all_the_same(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        life.daemon.items = {}
        await life.ask(ask="press", action="done", felt="easy")
        assert life.daemon.state.notice is None

    tell(house, story)
    assert [row.outcome for row in house.rows()] == ["done"]
    assert sets(house) == []


def test_what_follows_from_the_time_it_was_stopped_counts_at_once(house: House) -> None:
    """A break that was taken while the daemon was stopped is a dose like any other."""

    async def begin(life: Life) -> None:
        await life.ask(ask="now", what="M05")

    tell(house, begin)
    saved = house.saved()
    house.clock.go(1000)

    async def again() -> None:
        loaded = schedule.load(house.config, house.places, may_write=True).schedule
        state, owed = snapshot.restore(saved["engine"], loaded, (), house.clock.now(), same_boot=True)
        async with house.living(state, owed) as life:
            assert len(life.daemon.state.practice.doses["M05"]) == 1

    asyncio.run(again())


def test_fewer_repetitions_than_the_level_asks_for_are_no_full_set(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.ask(ask="press", action="done", reps=5)

    tell(house, story)
    (log,) = sets(house)
    assert (log.reps, log.full, log.felt, log.pain) == (5, False, Felt.RIGHT, False)


def test_only_a_set_is_told_how_it_felt(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="B01")
        with pytest.raises(Exception, match="only a set"):
            await life.ask(ask="press", action="done", felt="easy")

    tell(house, story)


# ── by command ────────────────────────────────────────────────────────────────────────────────────


def test_a_card_can_be_asked_for_and_answered_by_command(house: House) -> None:
    async def story(life: Life) -> None:
        await lead_through(life, "M05")
        asked = await life.ask(ask="answer")
        assert [word for word, _label in asked["answers"]] == ["good", "tender", "nothing"]
        told = await life.ask(ask="answer", word="good")
        assert told["answered"] == "good"
        assert told["then"]["title"].startswith("Press and breathe")
        with pytest.raises(Exception, match="'same' is no answer to that; there is: easier, stop"):
            await life.ask(ask="answer", word="same")
        told = await life.ask(ask="answer", word="stop")
        assert told["then"]["title"] == "Stop here for today"

    tell(house, story)


def test_with_nothing_asked_there_is_nothing_to_answer(house: House) -> None:
    async def story(life: Life) -> None:
        for word in (None, "good"):
            with pytest.raises(Exception, match="nothing is being asked"):
                await life.ask(ask="answer", word=word)

    tell(house, story)


def test_done_by_command_says_what_is_asked_then(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        told = await life.ask(ask="press", action="done")
        assert told["then"] == "How did the set feel? Answer with: postured answer easy · right · hard"

    tell(house, story)


def test_what_a_terminal_wrote_into_the_history_is_recalled_when_asked(house: House) -> None:
    async def story(life: Life) -> None:
        other = History.open(house.places.history_file)
        other.log(PressLog("M01", "upper_chest", "right", Spot.EASED, 30.0), house.clock.unix_s)
        other.close()
        assert life.daemon.state.practice.pressed == ()
        await life.ask(ask="recall")
        assert [log.item for _at, log in life.daemon.state.practice.pressed] == ["M01"]

    tell(house, story)


def test_why_tells_what_rests_and_how_to_bring_it_back(house: House) -> None:
    past = History.open(house.places.history_file)
    for day in (3, 2, 1):
        at_unix_s = house.clock.unix_s - day * 86_400
        past.shown(Notice(f"n{day}", "reset", "B07", Kind.BREAK, 45.0, 0.0, at_unix_s))
        past.settle(f"n{day}", Outcome.SKIPPED, 0.0, at_unix_s + 10)
    past.close()

    async def story(life: Life) -> None:
        (rest,) = (await life.ask(ask="why"))["rests"]
        assert rest["item"] == "B07"
        assert "bring it back with: postured now B07" in rest["say"]
        assert [one["item"] for one in (await life.ask(ask="status"))["rests"]] == ["B07"]
        await life.ask(ask="now", what="B07")
        assert (await life.ask(ask="why"))["rests"] == [], (
            "asked for by name it is back, whatever comes of it"
        )

    tell(house, story)


def test_status_tells_the_week_of_strength_only_where_the_schedule_has_any(house: House) -> None:
    async def story(life: Life) -> None:
        told = (await life.ask(ask="status"))["strength"]
        assert told == {"days": 0, "goal_days": 5, "prompts": 0, "followed": 0}
        house.config.write_text("reminders: {reset: {after: 20m, pause: 60s}}")
        life.daemon.reload()
        assert (await life.ask(ask="status"))["strength"] is None

    tell(house, story)
