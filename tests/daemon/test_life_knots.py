"""A knot that is followed: the daemon asks how it is, hears every answer, and never forgets a red flag."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from postured.control import ControlError
from postured.core import course, snapshot
from postured.core.checkin import SCREEN
from postured.core.model import (
    SOME_CLINICIAN,
    SOME_EMERGENCY,
    Answers,
    Away,
    Cause,
    Course,
    KnotLog,
    Log,
    Moment,
    Tick,
    Told,
    Triage,
)
from postured.core.row import PATIENCE_S
from postured.daemon import knots, schedule
from postured.history import History, HistoryError, NoHistory
from tests.fakes_life import BERLIN, House, Life, TwoHands

PLAN = """\
me: {places: [desk, home], equipment: [heat_pack, towel]}
reminders:
  reset: {after: 20m, pause: 60s, repeat: 10m, snooze: 5m, suggest: [break]}
"""
DAY_S = 86_400.0
ID = "1-right"
SORE = "How sore is the knot today, right side?"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house at two in the afternoon, when it is asked."""
    made = House(tmp_path, PLAN)
    made.clock = TwoHands(unix_s=datetime(2026, 11, 23, 14, 0, tzinfo=BERLIN).timestamp())
    return made


def tell(house: House, story: Callable[[Life], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with house.living() as life:
            await story(life)

    asyncio.run(run())


def tell_again(house: House, story: Callable[[Life], Coroutine[None, None, None]]) -> None:
    """The next run, with what the last one left in its state file."""
    loaded = schedule.load(house.config, house.places, may_write=True).schedule
    state, owed = snapshot.restore(house.saved()["engine"], loaded, (), house.clock.now(), same_boot=True)

    async def run() -> None:
        async with house.living(state, owed) as life:
            await story(life)

    asyncio.run(run())


def triage(knot: str = ID, *, side: str = "right", cause: Cause = Cause.STRAIN) -> Triage:
    answers = Answers(side=side, zone="inner_edge", before="screen_forward", pain=4)
    return Triage(knot, answers, "R5", cause, cause.value, spared=True)


def remember(house: House, *said: tuple[float, Triage | KnotLog]) -> None:
    """Write into the history what was said so many days ago."""
    past = History.open(house.places.history_file)
    for days, what in said:
        at_unix_s = house.clock.unix_s - days * DAY_S
        if isinstance(what, Triage):
            past.triage(what, at_unix_s)
        else:
            past.log(what, at_unix_s)
    past.close()


def kept(house: House) -> list[KnotLog]:
    """What the history holds of knots, the oldest first."""
    past = History.open(house.places.history_file, read_only=True)
    try:
        return [log for _at, log in past.knots()[1]]
    finally:
        past.close()


def forget(house: House) -> None:
    """Take the history away."""
    for part in house.places.history_file.parent.glob("history.db*"):
        part.unlink()


def pain(points: int) -> KnotLog:
    return KnotLog(ID, Told.PAIN, points)


ASKED = KnotLog(ID, Told.ASKED)


async def press(life: Life, key: str) -> None:
    life.screen.press(key)
    await life.quiet()


async def wait(life: Life, seconds: float) -> None:
    """Let so much time pass without a key."""
    life.clock.go(seconds)
    life.daemon.feed(Tick())
    await life.quiet()


def keys(life: Life) -> list[str]:
    return [key for key, _label in life.screen.latest.buttons]


# ── it asks ───────────────────────────────────────────────────────────────────────────────────────


def test_every_second_day_it_asks_how_sore_it_is(house: House) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        assert life.titles == [SORE]
        assert keys(life) == ["low", "some", "much"]
        assert life.screen.latest.category == "x-postured.card"
        await press(life, "some")
        assert life.titles[-1] == "About as sore as last time"
        await wait(life, 10)
        assert life.screen.up is None
        assert not life.daemon.state.guided
        assert life.daemon.state.ask is not None

    tell(house, story)
    assert kept(house) == [ASKED, pain(3)]
    assert house.rows() == [], "it is no notice"


def test_not_before_two_in_the_afternoon(house: House) -> None:
    remember(house, (2, triage()))
    house.clock.go(-600)

    async def story(life: Life) -> None:
        await life.work(590)
        assert life.titles == []
        await life.work(40)
        assert life.titles == [SORE]

    tell(house, story)


def test_nobody_is_asked_who_is_not_there(house: House) -> None:
    remember(house, (2, triage()))
    house.clock.go(-100)

    async def story(life: Life) -> None:
        await life.leave(600)
        assert life.titles == []
        await life.work(1)
        assert life.titles == [SORE]

    tell(house, story)


def test_notices_wait_while_it_asks_and_come_when_it_is_answered(house: House) -> None:
    remember(house, (2, triage()))
    house.config.write_text(PLAN + "notify: {spacing: 0s}\n")
    house.clock.go(-1140)

    async def story(life: Life) -> None:
        await life.work(1140)
        assert life.titles == [SORE]
        await life.work(110)
        assert life.titles == [SORE], "the reset that is due by now waits"
        await press(life, "some")
        await life.work(60)
        assert life.daemon.state.notice is not None
        assert life.daemon.state.notice.reminder == "reset"
        assert life.screen.up == life.daemon.state.notice.id

    tell(house, story)
    assert kept(house) == [ASKED, pain(3)]


def test_a_question_nobody_answers_goes_away_and_does_not_come_again_that_day(house: House) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        await life.work(PATIENCE_S)
        assert life.screen.up is None
        await life.work(600)

    async def later(life: Life) -> None:
        await life.work(600)
        assert SORE not in life.titles

    tell(house, story)
    tell(house, later)
    assert kept(house) == [ASKED]


@pytest.mark.parametrize("end", ["lock", "pause"])
def test_a_question_ends_when_there_is_nobody_to_answer_it(house: House, end: str) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        if end == "lock":
            life.daemon.feed(Away("locked", True))
        else:
            await life.ask(ask="pause")
        await life.quiet()
        assert life.screen.up is None
        assert not life.daemon.state.guided

    tell(house, story)


def test_what_was_asked_for_takes_its_place_and_is_not_settled_by_it(house: House) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        await life.ask(ask="now", what="B01")
        await life.quiet()
        assert life.daemon.guide.card is None
        await life.work(PATIENCE_S + 10)
        assert life.daemon.state.notice is not None
        assert life.daemon.state.notice.item == "B01"

    tell(house, story)


def test_after_a_set_one_question_follows_the_other(house: House) -> None:
    """Both are due when the person is back at the keys; none of them is lost."""
    remember(house, (4, triage()), (2, pain(3)))
    house.clock.go(-300)

    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.work(1)
        await life.leave(400)
        await life.work(1)
        assert life.titles[-1] == SORE
        await press(life, "low")
        await wait(life, 10)
        assert life.titles[-1] == "How did the set feel?"

    tell(house, story)
    assert kept(house) == [pain(3), ASKED, pain(1)]


# ── by command ────────────────────────────────────────────────────────────────────────────────────


def test_it_can_be_answered_with_a_number(house: House) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        wanted = "Answer with: postured answer low · some · much · or a number, 0 to 10"
        assert life.screen.latest.commands == wanted
        card = await life.ask(ask="answer")
        assert (card["title"], card["asks_points"]) == (SORE, True)
        told = await life.ask(ask="answer", word="7")
        assert told["then"]["title"] == "Sorer than last time"
        assert told["then"]["asks_points"] is False

    tell(house, story)
    assert kept(house) == [ASKED, pain(7)]


@pytest.mark.parametrize("word", ["11", "-1", "4.5", "٤", "", "sore"])
def test_what_is_no_answer_is_refused_with_what_would_be_one(house: House, word: str) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        with pytest.raises(ControlError, match="low, some, much, or a number from 0 to 10"):
            await life.ask(ask="answer", word=word)
        assert life.titles == [SORE]

    tell(house, story)
    assert kept(house) == [ASKED]


def test_a_number_answers_nothing_where_none_was_asked_for(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="S11")
        await life.ask(ask="press", action="done")
        with pytest.raises(ControlError, match=r"there is: easy, right, hard$"):
            await life.ask(ask="answer", word="4")

    tell(house, story)


def test_a_spot_can_be_answered_with_a_number_too(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="M05")
        await life.ask(ask="answer", word="show")
        await life.ask(ask="answer", word="6")
        assert life.titles[-1] == "Does it feel good to press?"

    tell(house, story)


def test_status_tells_of_the_knots_and_of_red_flags(house: House) -> None:
    remember(house, (2, triage()), (1, triage("2-left", side="left", cause=Cause.OVERUSE)))

    async def story(life: Life) -> None:
        status = await life.ask(ask="status")
        assert sorted((one["knot"], one["side"], one["cause"], one["day"]) for one in status["knots"]) == [
            (ID, "right", "strain", 3),
            ("2-left", "left", "overuse", 2),
        ]
        assert status["flags"] == []
        remember(house, (0, KnotLog("", Told.FLAG, code="fever")))
        await life.ask(ask="recall")
        assert (await life.ask(ask="status"))["flags"] == ["fever"]

    tell(house, story)


# ── after two weeks, and at the end ───────────────────────────────────────────────────────────────


def test_after_two_weeks_the_screen_comes_first_and_then_whether_it_is_better(house: House) -> None:
    remember(house, (14, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        for _card in SCREEN:
            assert life.titles[-1].startswith("Is any of this true")
            await press(life, "no")
        await press(life, "better")
        await wait(life, 10)
        assert life.screen.up is None

    tell(house, story)
    assert kept(house) == [ASKED, KnotLog(ID, Told.SCREENED), KnotLog(ID, Told.BETTER)]


@pytest.mark.parametrize(
    ("answers", "code", "title"),
    [
        (["yes"], SOME_EMERGENCY, "Call your local emergency number now"),
        (["no", "no", "yes"], SOME_CLINICIAN, "This needs a person, not an app"),
    ],
)
def test_a_red_flag_is_kept_at_once_and_nothing_but_a_person_is_suggested(
    house: House, answers: Sequence[str], code: str, title: str
) -> None:
    remember(house, (14, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        for word in answers:
            await press(life, word)
        assert life.titles[-1] == title
        assert kept(house)[-1] == KnotLog("", Told.FLAG, code=code)
        await press(life, "done")
        assert life.screen.up is None
        with pytest.raises(ControlError, match="a red flag stands"):
            await life.ask(ask="now", what="massage")
        before = len(life.titles)
        await life.work(1500)
        if code == SOME_EMERGENCY:
            assert len(life.titles) == before
            assert "a red flag stands" in (await life.ask(ask="status"))["why"]
            assert "a red flag stands" in (await life.ask(ask="why"))["decisions"][-1]["say"]

    tell(house, story)


def test_when_it_is_gone_nothing_is_asked_any_more(house: House) -> None:
    remember(house, (9, triage()), (3, pain(1)), (2, pain(0)), (1, pain(1)))

    async def story(life: Life) -> None:
        await life.work(1)
        assert life.titles == ["Nearly gone for three days. Is the knot gone?"]
        await press(life, "yes")
        assert life.titles[-1] == "To keep it away: strengthen"
        await wait(life, 20)
        assert life.screen.up is None
        assert life.daemon.state.knots == ()
        assert life.daemon.state.ask is None

    tell(house, story)
    assert kept(house)[-2:] == [ASKED, KnotLog(ID, Told.GONE)]


# ── what a command in the terminal has said ───────────────────────────────────────────────────────


def test_a_red_flag_takes_down_what_is_up(house: House) -> None:
    async def story(life: Life) -> None:
        await life.ask(ask="now", what="M05")
        await life.ask(ask="answer", word="show")
        remember(house, (0, KnotLog("", Told.FLAG, code="chest_pain")))
        await life.ask(ask="recall")
        await life.quiet()
        assert life.screen.up is None
        assert life.daemon.state.notice is None
        before = len(life.titles)
        await life.work(1500)
        assert len(life.titles) == before

    tell(house, story)


def test_what_was_just_asked_may_be_answered_by_a_command(house: House) -> None:
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        await life.work(1)
        remember(house, (0, KnotLog(ID, Told.GONE)))
        await life.ask(ask="recall")
        await life.quiet()
        assert life.screen.up is None
        assert not life.daemon.state.guided

    tell(house, story)


class Running(TwoHands):
    """A clock that doesn't stand still while it is looked at."""

    def now(self) -> Moment:
        self.go(0.001)
        return super().now()


def test_a_look_at_the_history_that_brings_no_news_of_knots_leaves_the_question_up(house: House) -> None:
    remember(house, (2, triage()))
    house.clock = Running(unix_s=house.clock.unix_s)

    async def story(life: Life) -> None:
        await life.work(1)
        await life.ask(ask="recall")
        await life.quiet()
        assert life.screen.up is not None
        await press(life, "low")

    tell(house, story)
    assert kept(house) == [ASKED, pain(1)]


# ── what it knows over a restart, and when the history is lost ────────────────────────────────────


def known(life: Life) -> tuple[list[str], list[str]]:
    """The knots and the red flags that the daemon goes by."""
    now = life.daemon.state.course
    return [one.id for one in course.open_episodes(now)], [code for _since, code in now.flags]


def test_it_follows_at_the_start_what_the_history_knows(house: House) -> None:
    remember(house, (2, triage()), (1, KnotLog("", Told.FLAG, code="fever")))

    async def story(life: Life) -> None:
        assert known(life) == ([ID], ["fever"])
        assert life.daemon.state.cares == knots.load_cares()

    tell(house, story)


def test_what_was_cleared_while_it_did_not_run_is_cleared(house: House) -> None:
    remember(house, (2, triage()), (1, KnotLog("", Told.FLAG, code="fever")))

    async def first(life: Life) -> None:
        assert known(life) == ([ID], ["fever"])

    async def second(life: Life) -> None:
        assert known(life) == ([ID], [])

    tell(house, first)
    remember(house, (0, KnotLog("", Told.CLEARED)))
    tell_again(house, second)


def out_of_reach(house: House) -> None:
    """Something is in the way of the history."""
    forget(house)
    house.places.history_file.mkdir()


def from_the_future(house: House) -> None:
    """A later version has written the history."""
    with contextlib.closing(sqlite3.connect(house.places.history_file)) as db, db:
        db.execute("insert into migration values ('of tomorrow', 0)")


@pytest.mark.parametrize("harm", [out_of_reach, from_the_future])
def test_without_a_history_what_it_knew_stands(house: House, harm: Callable[[House], None]) -> None:
    remember(house, (2, triage()), (1, KnotLog("", Told.FLAG, code="fever")))

    async def nothing(_life: Life) -> None:
        pass

    async def without(life: Life) -> None:
        assert known(life) == ([ID], ["fever"])
        assert life.daemon.state.cares == knots.load_cares()

    tell(house, nothing)
    harm(house)
    tell_again(house, without)


def test_a_history_found_damaged_at_the_start_is_told_what_stands(house: House) -> None:
    """Even a daemon that then dies at once has not forgotten it."""
    remember(house, (5, triage()), (3, pain(4)), (1, KnotLog("", Told.FLAG, code="fever")))

    async def nothing(_life: Life) -> None:
        pass

    async def mended(life: Life) -> None:
        assert known(life) == ([ID], ["fever"])

    async def anew(life: Life) -> None:
        assert known(life) == ([ID], ["fever"])

    tell(house, nothing)
    house.places.history_file.write_bytes(b"\0" * 8192)
    tell_again(house, mended)
    assert kept(house) == [pain(4), KnotLog("", Told.FLAG, code="fever")]
    tell(house, anew)


@pytest.mark.parametrize("found_by", [{"ask": "recall"}, {"ask": "now", "what": "B01"}])
def test_so_is_one_that_is_damaged_while_it_runs(house: House, found_by: dict[str, object]) -> None:
    remember(house, (5, triage()), (4, triage()), (1, KnotLog("", Told.FLAG, code="fever")))

    async def story(life: Life) -> None:
        life.daemon.history.close()
        house.places.history_file.write_bytes(b"\0" * 8192)
        await life.ask(**found_by)
        assert KnotLog("", Told.FLAG, code="fever") in kept(house)
        assert known(life) == ([ID], ["fever"])
        (episode,) = life.daemon.state.course.episodes
        assert (episode.opened_unix_s, episode.triaged_unix_s) == (
            house.clock.unix_s - 5 * DAY_S,
            house.clock.unix_s - 4 * DAY_S,
        )

    tell(house, story)


class Full(NoHistory):
    """A history that was begun anew, on a disk that is full."""

    notes = ("the history was damaged",)

    def __init__(self) -> None:
        super().__init__("no room")
        self.tried: list[Triage | KnotLog] = []

    def natural(self, reminder: str, at_unix_s: float, seconds: float) -> None:
        pass

    def triage(self, triage: Triage, at_unix_s: float) -> None:  # noqa: ARG002 - as of every history
        self._refuse(triage)

    def log(self, log: Log, at_unix_s: float) -> None:  # noqa: ARG002 - as of every history
        assert isinstance(log, KnotLog)
        self._refuse(log)

    def _refuse(self, what: Triage | KnotLog) -> None:
        self.tried.append(what)
        raise HistoryError("no room")


def test_a_red_flag_that_a_damaged_history_has_lost_for_somebody_else_stands_and_is_kept_again(
    house: House,
) -> None:
    """A command found the damage and began a new history; this daemon still knows."""
    remember(house, (5, triage()), (1, KnotLog("", Told.FLAG, code="fever")))

    async def story(life: Life) -> None:
        assert known(life) == ([ID], ["fever"])
        forget(house)
        remember(house, (0, triage()))
        await life.ask(ask="recall")
        assert known(life)[1] == ["fever"]

    tell(house, story)
    assert kept(house) == [KnotLog("", Told.FLAG, code="fever")]


def test_a_red_flag_that_somebody_else_cleared_is_cleared(house: House) -> None:
    remember(house, (5, triage()), (1, KnotLog("", Told.FLAG, code="fever")))

    async def story(life: Life) -> None:
        remember(house, (0, KnotLog("", Told.CLEARED)))
        await life.ask(ask="recall")
        assert known(life) == ([ID], [])

    tell(house, story)


def test_what_cannot_be_written_back_at_once_waits_as_everything_does(house: House) -> None:
    remember(house, (5, triage()), (3, pain(4)), (1, KnotLog("", Told.FLAG, code="fever")))

    async def story(life: Life) -> None:
        life.daemon.history.close()
        life.daemon.history = full = Full()
        await life.leave(3000)
        await life.work(1)
        assert full.tried == [triage(), pain(4), KnotLog("", Told.FLAG, code="fever")]

    tell(house, story)


def test_a_history_that_was_taken_away_is_not_told_of_anything(house: House) -> None:
    """Who deletes it wants it forgotten."""
    remember(house, (2, triage()))

    async def nothing(_life: Life) -> None:
        pass

    async def empty(life: Life) -> None:
        assert life.daemon.state.course == Course()

    tell(house, nothing)
    forget(house)
    tell_again(house, empty)


def test_a_table_that_cannot_be_read_is_told_as_a_trouble_and_stops_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knots, "TABLE", "no-such.yaml")
    remember(house, (2, triage()))

    async def story(life: Life) -> None:
        assert known(life) == ([ID], [])
        assert "no-such.yaml" in " ".join(life.daemon.troubles)
        await life.work(1)
        assert life.titles == [SORE]

    tell(house, story)


@pytest.mark.parametrize("before", [(), ((9, triage()), (1, KnotLog(ID, Told.GONE)))])
def test_who_has_no_knot_pays_nothing_for_the_table(
    house: House, monkeypatch: pytest.MonkeyPatch, before: Sequence[tuple[float, Triage | KnotLog]]
) -> None:
    monkeypatch.setattr(knots, "TABLE", "no-such.yaml")
    remember(house, *before)

    async def story(life: Life) -> None:
        await life.ask(ask="recall")
        assert life.daemon.troubles == []

    tell(house, story)


def test_a_save_that_changes_nothing_is_none_for_who_has_a_knot_either(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """While a knot is followed, another schedule is in force than the one in the file."""
    remember(house, (2, triage()))
    house.config.write_text(PLAN.replace("after: 20m", "after: 40m"))
    caplog.set_level("INFO", "postured")

    async def story(life: Life) -> None:
        assert life.daemon.state.schedule != life.daemon.state.written
        life.daemon.reload()
        assert "the schedule was taken up" not in caplog.messages

    tell(house, story)
