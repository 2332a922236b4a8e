"""The history keeps what happened, whatever happens to its file."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postured import history as history_module
from postured.core import course
from postured.core.model import (
    Answers,
    Cause,
    Course,
    Felt,
    Kind,
    KnotLog,
    Notice,
    Outcome,
    Past,
    PressLog,
    Recalled,
    SetLog,
    Spot,
    Told,
    Triage,
)
from postured.core.practice import PRESSED_S, REMEMBERED_S
from postured.history import History, HistoryError, NewerHistory, NoHistory, Row

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


def notice(name: str, *, at: float = NOON, item: str = "chin_tuck", reminder: str | None = "reset") -> Notice:
    return Notice(name, reminder, item, Kind.MOBILITY, 60.0, shown_s=5.0, shown_unix_s=at)


SET = SetLog("S02", 2, 2, 12, full=True, felt=Felt.RIGHT, pain=False)
SPOT = PressLog("M03", "upper_chest", "left", Spot.EASED, 45.5, 6, 3)
ANSWERS = Answers(
    ("rash", "no_floor"), "woke", "left", "blade_tip", "right", "both", "screen_forward", "long", "annoyed", 0,
    stops_daily_life=False, first_ever=True, episodes_30d=2,
)  # fmt: skip
TRIAGE = Triage("1772452800000-left", ANSWERS, "R5", Cause.STRAIN, "strain", spared=True)
SORE = KnotLog(TRIAGE.knot, Told.PAIN, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    opened = History.open(path)
    assert (opened.trouble, opened.notes) == ("", ())
    with contextlib.closing(opened):
        yield opened


def stored(path: Path) -> list[Row]:
    """Return what somebody else reads from the file."""
    with contextlib.closing(History.open(path, read_only=True)) as other:
        return other.rows()


# ── what it remembers ─────────────────────────────────────────────────────────────────────────────


def test_rows_come_in_the_order_in_which_things_happened(history: History) -> None:
    history.natural("long_break", NOON + 50, 320.0)
    history.shown(notice("a"))
    history.miss("warmth", NOON + 70, "call")
    history.shown(notice("b", at=NOON + 60, reminder=None))
    history.settle("a", Outcome.TAKEN, 65.5, NOON + 65)
    assert history.rows() == [
        Row(NOON, "reset", "chin_tuck", "mobility", "taken", 65.5),
        Row(NOON + 50, "long_break", None, None, "natural", 320.0),
        Row(NOON + 60, None, "chin_tuck", "mobility", None, None),
        Row(NOON + 70, "warmth", None, None, "missed", None, "call"),
    ]


def test_rows_can_be_cut_by_time_and_by_number(history: History) -> None:
    for number in range(5):
        history.natural(f"r{number}", NOON + number, 60.0)
    assert [row.reminder for row in history.rows(since_unix_s=NOON + 3)] == ["r3", "r4"]
    assert [row.reminder for row in history.rows(limit=2)] == ["r3", "r4"]
    assert [row.reminder for row in history.rows(NOON + 1, 1)] == ["r4"]
    assert history.rows(limit=0) == []


def test_a_notice_settled_again_has_its_last_outcome(history: History, path: Path) -> None:
    history.shown(notice("a"))
    history.settle("a", Outcome.TAKEN, 60.0, NOON + 60)
    history.settle("a", Outcome.TAKEN, 240.0, NOON + 240)
    assert [(row.outcome, row.seconds) for row in stored(path)] == [("taken", 240.0)]


def test_a_notice_put_up_again_is_recorded_once_and_keeps_its_outcome(history: History) -> None:
    history.shown(notice("a"))
    history.settle("a", Outcome.LATER, 0.0, NOON + 9)
    history.shown(notice("a", at=NOON + 500))
    assert [(row.at_unix_s, row.outcome) for row in history.rows()] == [(NOON, "later")]


def test_an_outcome_of_an_unknown_notice_changes_nothing(history: History) -> None:
    history.settle("never seen", Outcome.DONE, 1.0, NOON)
    assert history.rows() == []


def test_an_outcome_survives_the_loss_of_the_file_between_show_and_settle(
    history: History, path: Path
) -> None:
    history.shown(notice("a"))
    path.unlink()
    history.settle("a", Outcome.DONE, 60.0, NOON + 60)
    assert [(row.item, row.outcome) for row in stored(path)] == [("chin_tuck", "done")]


def test_work_is_split_at_the_hours(history: History) -> None:
    history.spent(work=True, start_unix_s=NOON - 600, end_unix_s=NOON + 3600 + 300)
    history.spent(work=False, start_unix_s=NOON + 3900, end_unix_s=NOON + 5000)
    noon = int(NOON)
    assert history.work_by_hour() == {noon - 3600: 600.0, noon: 3600.0, noon + 3600: 300.0}
    assert history.work_by_hour(NOON + 1800) == {noon: 1800.0, noon + 3600: 300.0}


def test_work_seen_by_two_daemons_counts_once(history: History) -> None:
    history.spent(work=True, start_unix_s=NOON, end_unix_s=NOON + 1000)
    history.spent(work=True, start_unix_s=NOON + 1, end_unix_s=NOON + 900)
    history.spent(work=True, start_unix_s=NOON + 800, end_unix_s=NOON + 1200)
    history.spent(work=True, start_unix_s=NOON + 1100, end_unix_s=NOON + 1150)
    assert history.work_by_hour() == {int(NOON): 1200.0}


def test_a_stretch_told_again_is_extended(history: History) -> None:
    history.spent(work=True, start_unix_s=NOON, end_unix_s=NOON + 60)
    history.spent(work=True, start_unix_s=NOON, end_unix_s=NOON + 90)
    history.spent(work=True, start_unix_s=NOON, end_unix_s=NOON + 30)
    assert history.spans() == [(True, NOON, NOON + 90)]
    assert history.spans(NOON + 90) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(st.tuples(st.integers(0, 30_000), st.integers(-10, 12_000)), max_size=12),
    since=st.integers(0, 40_000),
)
def test_work_by_hour_is_the_number_of_distinct_seconds_worked(
    tmp_path: Path, spans: list[tuple[int, int]], since: int
) -> None:
    path = tmp_path / "property.db"
    for old in tmp_path.glob("property.db*"):
        old.unlink()
    with contextlib.closing(History.open(path)) as history:
        for start, length in spans:
            history.spent(work=True, start_unix_s=start, end_unix_s=start + length)
        worked = {second for start, length in spans for second in range(start, start + length)}
        expected: dict[int, float] = {}
        for second in worked:
            if second >= since:
                expected[second // 3600 * 3600] = expected.get(second // 3600 * 3600, 0) + 1
        assert history.work_by_hour(since) == expected


def test_sessions_and_spots_are_there_as_they_were_told(history: History, path: Path) -> None:
    bad = SetLog("S08", 1, 1, 3, full=False, felt=Felt.HARD, pain=True)
    words_only = PressLog("M03", "side_ribs", "both", Spot.STOPPED, 3.0)
    history.log(SET, NOON)
    history.log(SPOT, NOON + 0.25)
    history.log(bad, NOON + 3)
    history.log(words_only, NOON + 4)
    for each in (history, History.open(path, read_only=True)):
        assert each.sets() == [(NOON, SET), (NOON + 3, bad)]
        assert each.presses(0.0) == [(NOON + 0.25, SPOT), (NOON + 4, words_only)]
        assert {type(word) for _, log in each.sets() for word in (log.full, log.pain)} == {bool}
    assert history.rows() == []


def test_spots_told_in_one_go_are_all_kept_in_their_order(history: History) -> None:
    spots = [SPOT, SPOT._replace(spot=Spot.NOTHING), SPOT]
    for each in spots:
        history.log(each, NOON)
    assert [log for _, log in history.presses(NOON)] == spots


def test_what_was_told_and_shown_can_be_cut_by_time(history: History) -> None:
    for number in range(3):
        history.shown(notice(str(number), at=NOON + number))
        history.log(SET, NOON + number)
        history.log(SPOT, NOON + number)
    for found in (history.sets(NOON + 1), history.presses(NOON + 1)):
        assert [at for at, _ in found] == [NOON + 1, NOON + 2]
    assert [each.shown_unix_s for each in history.past(NOON + 1)] == [NOON + 1, NOON + 2]
    assert len(history.sets()) == 3


def test_what_is_recalled_reaches_as_far_back_as_it_decides_anything(history: History, path: Path) -> None:
    """Notices and spots of some weeks, and every session: who has trained for a year is at the level of a year."""
    old = [NOON - 400 * 86400, NOON - REMEMBERED_S - 1, NOON - PRESSED_S - 1, NOON - 1]
    for number, at in enumerate(old):
        history.shown(notice(str(number), at=at))
        history.log(SET, at)
        history.log(SPOT, at)
    for each in (history, History.open(path, read_only=True)):
        found = each.recalled(NOON)
        assert [past.shown_unix_s for past in found.past] == old[2:]
        assert found.sets == tuple((at, SET) for at in old)
        assert found.presses == ((NOON - 1, SPOT),)


def test_past_notices_tell_what_became_of_them_and_who_wanted_them(history: History) -> None:
    for number, outcome in enumerate(Outcome):
        history.shown(notice(outcome, at=NOON + number))
        history.settle(outcome, outcome, 0.0, NOON + number)
    history.shown(notice("now", at=NOON + 100, reminder=None))
    assert history.past(NOON) == [
        *(Past("chin_tuck", Kind.MOBILITY, NOON + number, each) for number, each in enumerate(Outcome)),
        Past("chin_tuck", Kind.MOBILITY, NOON + 100, None, asked=True),
    ]


def test_words_of_a_later_version_are_passed_over(history: History, path: Path) -> None:
    for number in range(2):
        history.shown(notice(f"{number}", at=NOON + number))
        history.log(SET, NOON + number)
        history.log(SPOT, NOON + number)
    for change in (
        "update notice set kind = 'dance' where id = '0'",
        "update set_log set felt = 'fun' where rowid = 1",
        "update press_log set spot = 'sang' where rowid = 1",
    ):
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute(change)
    assert [each.shown_unix_s for each in history.past(NOON)] == [NOON + 1]
    assert history.sets() == [(NOON + 1, SET)]
    assert history.presses(NOON) == [(NOON + 1, SPOT)]
    history.settle("1", Outcome.DONE, 1.0, NOON)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("update notice set outcome = 'sung'")
    assert history.past(NOON) == []


def test_knots_are_there_as_they_were_told(history: History, path: Path) -> None:
    unsure = Triage("1772456400000-unsure", Answers(), "R12", Cause.STRAIN, "strain", spared=False)
    logs = [
        SORE,
        KnotLog("", Told.FLAG, code="rash"),
        *(KnotLog(TRIAGE.knot, each) for each in Told if each is not Told.PAIN),
    ]
    history.triage(TRIAGE, NOON + 0.25)
    history.triage(unsure, NOON + 0.125)
    for log in logs:
        history.log(log, NOON + 1)
    history.log(SORE, NOON)
    history.log(SPOT, NOON)
    for each in (history, History.open(path, read_only=True)):
        assert each.knots() == (
            [(NOON + 0.25, TRIAGE), (NOON + 0.125, unsure)],
            [*((NOON + 1, log) for log in logs), (NOON, SORE)],
        )
        assert [type(triage.spared) for _, triage in each.knots()[0]] == [bool, bool]
    assert (history.rows(), history.sets(), len(history.presses(0.0))) == ([], [], 1)


def test_only_answers_that_were_given_are_stored(history: History, path: Path) -> None:
    history.triage(TRIAGE._replace(answers=Answers(onset="woke", pain=0)), NOON)
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("select answers from triage").fetchall() == [('{"onset": "woke", "pain": 0}',)]


def test_what_follows_from_knots_is_the_same_after_a_restart(history: History, path: Path) -> None:
    known = course.triaged(Course(), TRIAGE, NOON + 0.12345678)
    known = course.told(known, SORE, NOON + 9.87654321)
    history.triage(TRIAGE, NOON + 0.12345678)
    history.log(SORE, NOON + 9.87654321)
    with contextlib.closing(History.open(path, read_only=True)) as other:
        assert course.fold(*other.knots()) == known


def test_of_a_triage_of_a_later_version_what_is_known_counts(history: History, path: Path) -> None:
    history.triage(TRIAGE, NOON)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("""update triage set answers = '{"mood": "good", "pain": 3}'""")
    ((_at, found),) = history.knots()[0]
    assert found.answers == Answers(pain=3)


def test_what_is_told_twice_is_kept_once(history: History) -> None:
    for _ in range(2):
        history.triage(TRIAGE, NOON)
        history.log(SORE, NOON)
    assert history.knots() == ([(NOON, TRIAGE)], [(NOON, SORE)])


def test_words_on_knots_of_a_later_version_are_passed_over(history: History, path: Path) -> None:
    broken = ["{", "[]", "3", '{"onset": 3}', '{"flags": "rash"}']
    for number in range(len(broken) + 2):
        history.triage(TRIAGE, NOON + number)
        history.log(SORE, NOON + number)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for number, answers in enumerate(broken, 1):
            db.execute("update triage set answers = ? where rowid = ?", (answers, number))
        db.execute("update triage set cause = 'curse' where rowid = 6")
        db.execute("update knot_log set told = 'sung' where rowid > 1")
    assert history.knots() == ([(NOON + 6, TRIAGE)], [(NOON, SORE)])


def test_triages_and_words_are_those_of_one_instant(history: History, path: Path) -> None:
    """A word that is written between the two queries is not told without its triage."""
    history.triage(TRIAGE, NOON)
    assert history._db is not None
    with contextlib.closing(History.open(path)) as terminal:

        def between(sql: str) -> None:
            if "from knot_log" in sql:
                terminal.triage(TRIAGE, NOON + 1)
                terminal.log(SORE, NOON + 1)

        history._db.set_trace_callback(between)
        assert history.knots() == ([(NOON, TRIAGE)], [])
        history._db.set_trace_callback(None)
    assert history.knots() == ([(NOON, TRIAGE), (NOON + 1, TRIAGE)], [(NOON + 1, SORE)])


def test_what_yaml_lets_people_write_can_be_stored(history: History) -> None:
    history.natural("pause \ud800 'ö' \0", NOON, 1.0)
    assert [row.reminder for row in history.rows()] == ["pause ? 'ö' \0"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_senseless_time_is_the_callers_error_and_does_not_block_later_writes(
    history: History, bad: float
) -> None:
    with pytest.raises(ValueError, match="no time"):
        history.natural("reset", bad, 1.0)
    history.natural("reset", NOON, 1.0)
    assert len(history.rows()) == 1


# ── its file ──────────────────────────────────────────────────────────────────────────────────────


def test_the_file_and_its_companions_are_for_this_user_only(path: Path) -> None:
    before = os.umask(0)
    try:
        with contextlib.closing(History.open(path)) as history:
            history.natural("reset", NOON, 1.0)
            modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"history.db": 0o600, "history.db-wal": 0o600, "history.db-shm": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    History.open(path).close()
    path.chmod(0o644)
    History.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_there_again_after_a_restart(path: Path) -> None:
    with contextlib.closing(History.open(path)) as first:
        first.shown(notice("a"))
    with contextlib.closing(History.open(path)) as second:
        second.settle("a", Outcome.SKIPPED, 0.0, NOON + 1)
        assert [(row.item, row.outcome) for row in second.rows()] == [("chin_tuck", "skipped")]
        assert second.notes == ()


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "history.db").symlink_to(elsewhere / "mine.db")
    with contextlib.closing(History.open(tmp_path / "history.db")) as history:
        history.natural("reset", NOON, 1.0)
    assert (tmp_path / "history.db").is_symlink()
    assert len(stored(elsewhere / "mine.db")) == 1


@pytest.mark.parametrize("deleted", ["history.db", "history.db*"])
def test_a_file_deleted_under_a_running_daemon_is_begun_anew(
    history: History, path: Path, deleted: str
) -> None:
    history.natural("old", NOON, 1.0)
    for each in path.parent.glob(deleted):
        each.unlink()
    history.natural("new", NOON, 1.0)
    assert [row.reminder for row in stored(path)] == ["new"]


def test_reading_only_changes_nothing_and_needs_no_file(tmp_path: Path) -> None:
    with contextlib.closing(History.open(tmp_path / "none.db", read_only=True)) as history:
        assert (history.rows(), history.work_by_hour()) == ([], {})
    assert list(tmp_path.iterdir()) == []


def test_reading_only_refuses_to_write(history: History, path: Path) -> None:
    history.natural("reset", NOON, 1.0)
    reader = History.open(path, read_only=True)
    with pytest.raises(HistoryError, match="read-only"):
        reader.natural("reset", NOON + 1, 1.0)
    with pytest.raises(HistoryError, match="1 entry was not recorded"):
        reader.close()
    assert len(history.rows()) == 1


def test_reading_only_works_while_a_daemon_writes(history: History, path: Path) -> None:
    history.natural("reset", NOON, 1.0)
    assert len(stored(path)) == 1
    history.natural("reset", NOON + 1, 1.0)
    assert len(stored(path)) == 2


# ── migrations ────────────────────────────────────────────────────────────────────────────────────


def test_an_older_file_is_brought_up_to_date_and_can_be_read_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(History.open(path)) as old:
        old.natural("reset", NOON, 1.0)

    def mark(db: sqlite3.Connection) -> None:
        db.execute("alter table natural add column mark text")

    monkeypatch.setattr(history_module, "MIGRATIONS", (*history_module.MIGRATIONS, ("mark", mark)))
    assert len(stored(path)) == 1
    assert names(path) == ["begin", "logs", "knots"]
    with contextlib.closing(History.open(path)) as new:
        assert len(new.rows()) == 1
    assert names(path) == ["begin", "logs", "knots", "mark"]


def test_a_file_from_before_sets_and_spots_is_taken_up_without_loss(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(history_module, "MIGRATIONS", history_module.MIGRATIONS[:1])
        with contextlib.closing(History.open(path)) as old:
            old.shown(notice("a"))
            old.settle("a", Outcome.SKIPPED, 0.0, NOON + 9)
            old.shown(notice("b", at=NOON + 60, reminder=None))
            old.spent(work=True, start_unix_s=NOON, end_unix_s=NOON + 50)
            before = (old.rows(), old.spans())
        assert names(path) == ["begin"]
    with contextlib.closing(History.open(path, read_only=True)) as reader:
        assert (reader.rows(), reader.sets(), reader.presses(0.0)) == (before[0], [], [])
    assert names(path) == ["begin"]
    with contextlib.closing(History.open(path)) as new:
        assert (new.trouble, new.notes) == ("", ())
        assert (new.rows(), new.spans()) == before
        assert new.past(0.0) == [
            Past("chin_tuck", Kind.MOBILITY, NOON, Outcome.SKIPPED),
            Past("chin_tuck", Kind.MOBILITY, NOON + 60, None, asked=True),
        ]
        new.log(SET, NOON + 70)
        assert new.sets() == [(NOON + 70, SET)]


def test_a_file_from_before_knots_is_taken_up_without_loss(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(history_module, "MIGRATIONS", history_module.MIGRATIONS[:2])
        with contextlib.closing(History.open(path)) as old:
            old.log(SPOT, NOON)
        assert names(path) == ["begin", "logs"]
    with contextlib.closing(History.open(path, read_only=True)) as reader:
        assert (reader.presses(0.0), reader.knots()) == ([(NOON, SPOT)], ([], []))
    assert names(path) == ["begin", "logs"]
    with contextlib.closing(History.open(path)) as new:
        assert (new.trouble, new.notes) == ("", ())
        new.triage(TRIAGE, NOON + 1)
        assert (new.presses(0.0), new.knots()) == ([(NOON, SPOT)], ([(NOON + 1, TRIAGE)], []))


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(History.open(path)) as old:
        old.natural("reset", NOON, 1.0)

    def half(db: sqlite3.Connection) -> None:
        db.execute("drop table natural")
        db.execute("select nonsense")

    with monkeypatch.context() as patch:
        patch.setattr(history_module, "MIGRATIONS", (*history_module.MIGRATIONS, ("half", half)))
        assert "no such column: nonsense" in History.open(path).trouble
    assert len(stored(path)) == 1


def names(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return [name for (name,) in db.execute("select name from migration order by rowid")]


@pytest.mark.parametrize("read_only", [False, True])
def test_the_file_of_a_later_version_is_left_alone(path: Path, *, read_only: bool) -> None:
    History.open(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("insert into migration values ('of tomorrow', 0)")
    before = path.read_bytes()
    with pytest.raises(NewerHistory, match="later version"):
        History.open(path, read_only=read_only)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*damaged*"))


# ── damage ────────────────────────────────────────────────────────────────────────────────────────


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def text(path: Path) -> None:
    path.write_text("this is no database, " * 100)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def no_header(path: Path) -> None:
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def another_database(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("create table notice (mine text)")


DAMAGE = pytest.mark.parametrize("harm", [garbage, text, truncated, no_header, another_database])


@DAMAGE
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path: Path, harm: Callable[[Path], None]) -> None:
    with contextlib.closing(History.open(path)) as history:
        history.shown(notice("a"))
    harm(path)
    damaged = path.read_bytes()
    with contextlib.closing(History.open(path)) as history:
        assert history.trouble == ""
        history.natural("reset", NOON, 1.0)
        assert len(history.rows()) == 1
        (note,) = history.notes
    (kept,) = path.parent.glob("history.damaged-*.db")
    assert kept.read_bytes() == damaged
    assert str(kept) in note


@DAMAGE
def test_reading_only_a_damaged_file_moves_nothing(path: Path, harm: Callable[[Path], None]) -> None:
    History.open(path).close()
    harm(path)
    damaged = path.read_bytes()
    with pytest.raises(HistoryError, match=r"damaged|no history"):
        History.open(path, read_only=True)
    assert path.read_bytes() == damaged
    assert not list(path.parent.glob("*damaged*"))


def test_two_damaged_files_in_one_second_are_both_kept(path: Path) -> None:
    for content in (b"first" * 50, b"second" * 50):
        path.write_bytes(content)
        History.open(path).close()
    kept = {each.read_bytes() for each in path.parent.glob("history.damaged-*.db")}
    assert kept == {b"first" * 50, b"second" * 50}


def test_companions_of_a_damaged_file_go_with_it(path: Path) -> None:
    garbage(path)
    Path(f"{path}-wal").write_bytes(b"wal")
    Path(f"{path}-shm").write_bytes(b"shm")
    History.open(path).close()
    (kept,) = path.parent.glob("history.damaged-*.db")
    assert Path(f"{kept}-wal").read_bytes() == b"wal"
    assert Path(f"{kept}-shm").exists()  # an index that SQLite builds anew; what it holds doesn't matter


def ruin_the_middle(path: Path) -> None:
    """Spoil every page but the first, in a file that nobody has open."""
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * (path.stat().st_size - 4096))


def test_damage_found_while_writing_loses_nothing_new(path: Path) -> None:
    with contextlib.closing(History.open(path)) as history:
        history.natural("old", NOON, 1.0)
    with contextlib.closing(History.open(path)) as history:
        ruin_the_middle(path)
        history.shown(notice("a"))
        history.settle("a", Outcome.DONE, 9.0, NOON + 9)
        assert len(history.notes) == 1
        assert [(row.item, row.outcome) for row in stored(path)] == [("chin_tuck", "done")]


def test_damage_found_while_reading_is_survived(path: Path) -> None:
    with contextlib.closing(History.open(path)) as history:
        history.shown(notice("a"))
    with contextlib.closing(History.open(path)) as history:
        ruin_the_middle(path)
        assert history.rows() == []
        assert len(history.notes) == 1


def test_a_daemon_does_not_set_aside_what_another_has_begun_anew(path: Path) -> None:
    with contextlib.closing(History.open(path)) as history:
        history.natural("old", NOON, 1.0)
    with contextlib.closing(History.open(path)) as first, contextlib.closing(History.open(path)) as second:
        ruin_the_middle(path)
        first.natural("first", NOON, 1.0)
        second.natural("second", NOON, 1.0)
        assert (len(first.notes), len(second.notes)) == (1, 0)
        assert {row.reminder for row in stored(path)} == {"first", "second"}


def test_nor_what_it_finds_healthy_when_it_comes_too_late(path: Path) -> None:
    """The same in the instant between finding the damage and moving the file."""
    with contextlib.closing(History.open(path)) as late:
        for each in path.parent.iterdir():
            each.unlink()
        with contextlib.closing(History.open(path)) as first:
            first.natural("first", NOON, 1.0)
            late._set_aside()
            assert late.notes == ()
            assert [row.reminder for row in late.rows()] == ["first"]


# ── trouble that passes ───────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def full_disk(at: int) -> Iterator[None]:
    """Let no file grow beyond `at` bytes, as far as this process is concerned."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("begin immediate")
        yield


def test_what_a_full_disk_refuses_goes_with_the_next_write(history: History, path: Path) -> None:
    history.shown(notice("a"))
    with full_disk(Path(f"{path}-wal").stat().st_size):
        with pytest.raises(HistoryError, match="disk"):
            history.settle("a", Outcome.DONE, 60.0, NOON + 60)
        assert "disk" in history.trouble
    history.natural("reset", NOON + 100, 1.0)
    assert history.trouble == ""
    assert [row.outcome for row in stored(path)] == ["done", "natural"]


def test_a_session_told_while_the_disk_is_full_is_not_lost(history: History, path: Path) -> None:
    history.shown(notice("a"))
    with full_disk(Path(f"{path}-wal").stat().st_size), pytest.raises(HistoryError, match="disk"):
        history.log(SET, NOON)
    history.log(SPOT, NOON + 1)
    assert history.trouble == ""
    with contextlib.closing(History.open(path, read_only=True)) as other:
        assert (other.sets(), other.presses(NOON)) == ([(NOON, SET)], [(NOON + 1, SPOT)])


def test_what_waits_is_written_before_anybody_reads(history: History, path: Path) -> None:
    history.log(SET, NOON)
    with locked(path):
        with pytest.raises(HistoryError, match="locked"):
            history.log(SPOT, NOON)
        assert history.recalled(NOON) == Recalled(sets=((NOON, SET),)), "a lock keeps nobody from reading"
        assert history.presses(NOON) == []
        assert "locked" in history.trouble
    assert history.recalled(NOON) == Recalled(sets=((NOON, SET),), presses=((NOON, SPOT),))
    assert history.trouble == ""
    with contextlib.closing(History.open(path, read_only=True)) as other:
        assert other.presses(NOON) == [(NOON, SPOT)]


def test_knots_wait_for_the_disk_too(history: History, path: Path) -> None:
    with locked(path):
        with pytest.raises(HistoryError, match="locked"):
            history.triage(TRIAGE, NOON)
        with pytest.raises(HistoryError, match="locked"):
            history.log(SORE, NOON + 1)
        assert history.knots() == ([], [])
    assert history.knots() == ([(NOON, TRIAGE)], [(NOON + 1, SORE)])
    assert history.trouble == ""
    reader = History.open(path, read_only=True)
    with pytest.raises(HistoryError, match="read-only"):
        reader.triage(TRIAGE, NOON + 2)
    assert len(history.knots()[0]) == 1


def test_a_disk_full_from_the_start_is_survived(path: Path) -> None:
    with full_disk(0):
        history = History.open(path)
        assert "disk" in history.trouble
        with pytest.raises(HistoryError, match="disk"):
            history.shown(notice("a"))
    with contextlib.closing(history):
        history.settle("a", Outcome.DONE, 60.0, NOON + 60)
        assert [row.outcome for row in stored(path)] == ["done"]


def test_what_a_lock_refuses_goes_with_the_next_write(history: History, path: Path) -> None:
    with locked(path), pytest.raises(HistoryError, match="locked"):
        history.natural("first", NOON, 1.0)
    history.natural("second", NOON + 1, 1.0)
    assert [row.reminder for row in stored(path)] == ["first", "second"]


def test_closing_writes_what_still_waits(path: Path) -> None:
    history = History.open(path)
    with locked(path), pytest.raises(HistoryError, match="locked"):
        history.natural("late", NOON, 1.0)
    history.close()
    assert [row.reminder for row in stored(path)] == ["late"]


def test_closing_says_what_is_lost(path: Path) -> None:
    history = History.open(path)
    with locked(path):
        with pytest.raises(HistoryError, match="locked"):
            history.natural("late", NOON, 1.0)
        with pytest.raises(HistoryError, match="1 entry was not recorded"):
            history.close()


def test_a_missing_folder_is_reported_in_one_line_and_retried(tmp_path: Path) -> None:
    history = History.open(tmp_path / "folder" / "history.db")
    assert (
        history.trouble
        == f"the history {tmp_path}/folder/history.db cannot be opened: it does not exist, or its folder does not"
    )
    with pytest.raises(HistoryError):
        history.natural("reset", NOON, 1.0)
    (tmp_path / "folder").mkdir()
    history.close()
    assert len(stored(tmp_path / "folder" / "history.db")) == 1


def test_something_else_in_its_place_is_left_alone(path: Path) -> None:
    path.mkdir()
    assert "no file lies in place" in History.open(path).trouble
    assert path.is_dir()


def test_a_folder_that_cannot_be_written_to_does_not_end_in_a_foreign_error() -> None:
    history = History.open(Path("/proc/history.db"))
    assert history.trouble.startswith("the history /proc/history.db cannot be opened")
    with pytest.raises(HistoryError):
        history.rows()


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    history = History.open(tmp_path / "folder" / "history.db")
    for number in range(1100):
        with contextlib.suppress(HistoryError):
            history.natural("reset", NOON + number, 1.0)
    (tmp_path / "folder").mkdir()
    history.close()
    assert len(stored(tmp_path / "folder" / "history.db")) == 1000


# ── other processes ───────────────────────────────────────────────────────────────────────────────

WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from postured.core.model import Kind, Notice, Outcome
    from postured.history import History, HistoryError
    path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    history = History.open(path)
    number = 0
    while number != count:
        id = name + str(number)
        for write in (
            lambda: history.shown(Notice(id, "reset", "i", Kind.BREAK, 1.0, 0.0, 1e9 + number)),
            lambda: history.settle(id, Outcome.DONE, 1.0, 1e9 + number),
        ):
            try:
                write()
            except HistoryError as exc:
                if "locked" not in str(exc):
                    raise
        if not history.trouble:
            print(number, flush=True)
        number += 1
    history.close()
""")


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    root = Path(history_module.__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_daemons_begin_and_share_one_file(path: Path) -> None:
    both = [writer(path, name, 60) for name in "ab"]
    for process in both:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    rows = stored(path)
    assert len(rows) == 120
    assert {row.outcome for row in rows} == {"done"}
    assert not list(path.parent.glob("*damaged*"))


def test_kill_9_loses_no_settled_outcome(path: Path) -> None:
    process = writer(path, "a", -1)
    assert process.stdout is not None
    assert process.stderr is not None
    with process, process.stdout as lines:
        said = 0
        while said < 25:
            said = int(next(lines))
        process.kill()
        said = max([said, *(int(line) for line in lines if line.endswith("\n"))])
    with contextlib.closing(History.open(path)) as history:
        assert history.notes == ()
        settled = [row for row in history.rows() if row.outcome == "done"]
    assert len(settled) >= said + 1


# ── none ──────────────────────────────────────────────────────────────────────────────────────────


def test_no_history_takes_everything_and_knows_nothing() -> None:
    none = NoHistory("the file is newer")
    none.shown(notice("a"))
    none.settle("a", Outcome.DONE, 1.0, NOON)
    none.natural("reset", NOON, 1.0)
    none.miss("reset", NOON, "call")
    none.spent(work=True, start_unix_s=NOON, end_unix_s=NOON + 1)
    none.log(SET, NOON)
    none.log(SPOT, NOON)
    none.log(SORE, NOON)
    none.triage(TRIAGE, NOON)
    assert none.knots() == ([], [])
    assert (none.rows(), none.spans(), none.work_by_hour()) == ([], [], {})
    assert (none.past(NOON), none.sets(), none.presses(NOON)) == ([], [], [])
    assert none.recalled(NOON) == Recalled()
    none.close()


def test_no_history_offers_what_a_history_does() -> None:
    def offered(thing: type) -> set[str]:
        return {name for name in vars(thing) if not name.startswith("_")}

    assert offered(History) - {"open"} <= offered(NoHistory) | {"trouble"}
