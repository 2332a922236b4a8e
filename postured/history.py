"""What happened, in a SQLite file: notices and outcomes, natural breaks, misses, work, rest, sets, spots, knots.

Owns that file and its shape. Several daemons of one user share it. What could not be written waits in memory
and goes with the next write; what cannot be read is set aside, never overwritten. No thread, no timer: each
write is one short transaction. Import it late, SQLite takes some milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from postured.core.course_json import answers_from_json, answers_to_json
from postured.core.language import _, n_
from postured.core.model import (
    Cause,
    Felt,
    Kind,
    KnotLog,
    Log,
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
from postured.files import explain, free_name

NATURAL = "natural"
"""The outcome of a row that is no notice: a rest that emptied a tank by itself."""

_WAIT_MS = 250
"""For another process that is writing. The event loop stands still meanwhile; what is late is kept anyway."""

_KEPT_AT_MOST = 1000
"""Writes that wait in memory while the disk is full: more than a week of notices."""

Value = str | int | float | None
Entry = tuple[str, tuple[Value, ...]]
T = TypeVar("T")


class HistoryError(Exception):
    """The history could not be read or written; one line for the person."""


class NewerHistory(HistoryError):  # noqa: N818 - says what is there, like the other refusals
    """The file was written by a later version of postured; it is left as it is."""


class _Damaged(HistoryError):  # noqa: N818 - same
    """The file is no history, or no longer one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened."""

    at_unix_s: float
    reminder: str | None
    """None when the person asked for it."""
    item: str | None
    """None for natural breaks and misses."""
    kind: str | None
    outcome: str | None
    """A word of `Outcome`, or `natural`; None while the notice is up."""
    seconds: float | None
    """The length of the rest, where there was one."""
    reason: str | None = None
    """Why it was missed."""


class NoHistory:
    """Stands in for a history that cannot be used: forgets what it is told and knows nothing."""

    notes: tuple[str, ...] = ()

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble

    def shown(self, notice: Notice) -> None:
        """Forget a notice."""

    def settle(self, notice_id: str, outcome: Outcome, seconds: float, at_unix_s: float) -> None:
        """Forget an outcome."""

    def natural(self, reminder: str, at_unix_s: float, seconds: float) -> None:
        """Forget a natural break."""

    def miss(self, reminder: str, at_unix_s: float, reason: str) -> None:
        """Forget a miss."""

    def spent(self, *, work: bool, start_unix_s: float, end_unix_s: float) -> None:
        """Forget a stretch."""

    def log(self, log: Log, at_unix_s: float) -> None:
        """Forget a session, a spot, or what was said of a knot."""

    def triage(self, triage: Triage, at_unix_s: float) -> None:
        """Forget a triage."""

    def rows(self, since_unix_s: float | None = None, limit: int | None = None) -> list[Row]:
        """Know nothing."""
        del since_unix_s, limit
        return []

    def work_by_hour(self, since_unix_s: float | None = None) -> dict[int, float]:
        """Know nothing."""
        del since_unix_s
        return {}

    def spans(self, since_unix_s: float | None = None) -> list[tuple[bool, float, float]]:
        """Know nothing."""
        del since_unix_s
        return []

    def past(self, since_unix_s: float) -> list[Past]:
        """Know nothing."""
        del since_unix_s
        return []

    def sets(self, since_unix_s: float | None = None) -> list[tuple[float, SetLog]]:
        """Know nothing."""
        del since_unix_s
        return []

    def presses(self, since_unix_s: float) -> list[tuple[float, PressLog]]:
        """Know nothing."""
        del since_unix_s
        return []

    def recalled(self, now_unix_s: float) -> Recalled:
        """Know nothing."""
        del now_unix_s
        return Recalled()

    def knots(self) -> tuple[list[tuple[float, Triage]], list[tuple[float, KnotLog]]]:
        """Know nothing."""
        return [], []

    def close(self) -> None:
        """Do nothing."""


class History:
    """The history file, open. Every method raises HistoryError and nothing of SQLite's."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only
        self._db: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._waiting: deque[Entry] = deque(maxlen=_KEPT_AT_MOST)
        self._last_shown: tuple[Value, ...] = ("",)
        self._notes: list[str] = []
        self.trouble = ""
        """Why the last write did not reach the disk; empty when it did."""

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> History:
        """Return the history at `path`, begun if there is none.

        A damaged file is set aside as `history.damaged-<time>.db` and a new one is begun; `notes` says so.
        A full disk or a locked file does not matter yet: `trouble` says so, and each write tries again.

        Args:
            path: Its folder exists.
            read_only: Read a copy in memory, change nothing; a missing file reads as an empty one.

        Raises:
            NewerHistory: A later version of postured has written it.
            HistoryError: With `read_only`: it is damaged or cannot be read.
        """
        history = cls(Path(os.path.realpath(path)), read_only=read_only)
        try:
            history._surely(history._opened)
        except NewerHistory:
            raise
        except HistoryError as exc:
            if read_only:
                raise
            history.trouble = str(exc)
        return history

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should be told once, as that a damaged file was set aside."""
        return tuple(self._notes)

    # ── writing ───────────────────────────────────────────────────────────────────────────────────

    def shown(self, notice: Notice) -> None:
        """Record that a notice went up. Told twice, it is recorded once."""
        self._last_shown = (
            _text(notice.id),
            None if notice.reminder is None else _text(notice.reminder),
            _text(notice.item),
            notice.kind.value,
            _us(notice.shown_unix_s),
        )
        self._write((_SHOWN, self._last_shown))

    def settle(self, notice_id: str, outcome: Outcome, seconds: float, at_unix_s: float) -> None:
        """Record what became of a notice. Told again, as when the rest grew longer, the last word counts."""
        values = (outcome.value, _us(at_unix_s), float(seconds), _text(notice_id))
        if self._last_shown[0] == values[-1]:
            # Should the file have been replaced in between, the outcome still finds its notice.
            self._write((_SHOWN, self._last_shown), (_SETTLE, values))
        else:
            self._write((_SETTLE, values))

    def natural(self, reminder: str, at_unix_s: float, seconds: float) -> None:
        """Record a rest that emptied a tank with no notice shown."""
        self._write((_NATURAL, (_text(reminder), _us(at_unix_s), float(seconds))))

    def miss(self, reminder: str, at_unix_s: float, reason: str) -> None:
        """Record a wall-clock reminder that never could be shown."""
        self._write((_MISS, (_text(reminder), _us(at_unix_s), _text(reason))))

    def spent(self, *, work: bool, start_unix_s: float, end_unix_s: float) -> None:
        """Record a finished stretch of work or rest."""
        self._write((_SPENT, (_us(start_unix_s), _us(end_unix_s), int(work))))

    def log(self, log: Log, at_unix_s: float) -> None:
        """Record a session of strength work, a spot of a massage, or a word on a knot, as the person told it."""
        if isinstance(log, SetLog):
            sql, values = _of_set(log)
        else:
            sql, values = _of_press(log) if isinstance(log, PressLog) else _of_knot(log)
        self._write((sql, (_us(at_unix_s), *values)))

    def triage(self, triage: Triage, at_unix_s: float) -> None:
        """Record a triage and what was answered in it."""
        self._write((_TRIAGE, (_us(at_unix_s), *_of_triage(triage))))

    def close(self) -> None:
        """Write what still waits and close the file.

        Raises:
            HistoryError: Something could not be written and is lost; the file is closed all the same.
        """
        try:
            if self._waiting:
                self._flush()
        except HistoryError as exc:
            count = len(self._waiting)
            text = n_(
                "{count} entry was not recorded: {reason}",
                "{count} entries were not recorded: {reason}",
                count,
            )
            raise HistoryError(text.format(count=count, reason=exc)) from exc
        finally:
            self._disconnect()

    def _write(self, *entries: Entry) -> None:
        self._waiting.extend(entries)
        self._flush()

    def _flush(self) -> None:
        """Write everything that waits, in order; if that fails it goes on waiting."""
        try:
            self._surely(self._flush_once)
        except HistoryError as exc:
            self._disconnect()  # after an input/output error only a fresh connection can be trusted
            self.trouble = str(exc)
            raise
        self.trouble = ""

    def _flush_once(self) -> None:
        db = self._opened()
        with _translated(self._path), _transaction(db):
            for sql, values in self._waiting:
                db.execute(sql, values)
        self._waiting.clear()

    # ── reading ───────────────────────────────────────────────────────────────────────────────────

    def rows(self, since_unix_s: float | None = None, limit: int | None = None) -> list[Row]:
        """Return what happened since then, or the last `limit` of it; the newest comes last."""
        (found,) = self._read((_ROWS, (_since(since_unix_s), -1 if limit is None else max(0, limit))))
        return [Row(_s(at_us), *rest) for at_us, *rest in reversed(found)]

    def work_by_hour(self, since_unix_s: float | None = None) -> dict[int, float]:
        """Return seconds of work by the hour (UTC, seconds since 1970) in which they were worked.

        Two daemons that saw the same work count once.
        """
        hours: dict[int, float] = {}
        since_us = _since(since_unix_s)
        (found,) = self._read((_WORK, (since_us,)))
        for start_us, end_us in _merged(found):
            _pour(max(start_us, since_us), end_us, hours)
        return hours

    def spans(self, since_unix_s: float | None = None) -> list[tuple[bool, float, float]]:
        """Return the stretches that ended since then, as (was it work, start, end) in unix seconds."""
        (found,) = self._read((_SPANS, (_since(since_unix_s),)))
        return [(bool(work), _s(start), _s(end)) for work, start, end in found]

    def past(self, since_unix_s: float) -> list[Past]:
        """Return the notices that were shown since then, the newest last."""
        (found,) = self._read((_PAST, (_us(since_unix_s),)))
        return _understood(_past, found)

    def sets(self, since_unix_s: float | None = None) -> list[tuple[float, SetLog]]:
        """Return the sessions of strength work since then and when they were told (unix seconds), the newest last."""
        (found,) = self._read((_SETS, (_since(since_unix_s),)))
        return _understood(_set, found)

    def presses(self, since_unix_s: float) -> list[tuple[float, PressLog]]:
        """Return the spots of massages since then and when they were told (unix seconds), the newest last."""
        (found,) = self._read((_PRESSES, (_us(since_unix_s),)))
        return _understood(_press, found)

    def recalled(self, now_unix_s: float) -> Recalled:
        """Return as much of all this as `practice.recall` has to be told, the newest last."""
        past, sets, presses = self._read(
            (_PAST, (_us(now_unix_s - REMEMBERED_S),)),
            (_SETS, (_since(None),)),
            (_PRESSES, (_us(now_unix_s - PRESSED_S),)),
        )
        return Recalled(
            tuple(_understood(_past, past)),
            tuple(_understood(_set, sets)),
            tuple(_understood(_press, presses)),
        )

    def knots(self) -> tuple[list[tuple[float, Triage]], list[tuple[float, KnotLog]]]:
        """Return all triages, and all that was said of knots, with their unix seconds, in the order they came in."""
        triages, logs = self._read((_TRIAGES, ()), (_KNOT_LOGS, ()))
        return _understood(_triage, triages), _understood(_knot, logs)

    def _read(self, *asked: Entry) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each query, all as of one instant, with what still waited, if it can be written by now."""

        def once() -> list[list[tuple[Any, ...]]]:
            db = self._opened()
            with _translated(self._path), _transaction(db, "begin"):
                return [db.execute(sql, values).fetchall() for sql, values in asked]

        if self._waiting:
            with contextlib.suppress(HistoryError):  # `trouble` says so, and the file tells what it knows
                self._flush()
        return self._surely(once)

    # ── the file ──────────────────────────────────────────────────────────────────────────────────

    def _surely(self, act: Callable[[], T]) -> T:
        """Do it; if the file turns out to be damaged, set it aside and do it with a new one."""
        try:
            return act()
        except _Damaged:
            if self._read_only:
                raise
            self._set_aside()
            return act()

    def _opened(self) -> sqlite3.Connection:
        """Return the connection, a new one if the file is no longer the one that was opened."""
        if self._db is not None and (self._read_only or _identity(self._path) == self._identity):
            return self._db
        self._disconnect()
        if self._read_only:
            self._db = _copied(self._path)
        else:
            self._identity = _make_file(self._path)
            self._db = self._connected()
        return self._db

    def _connected(self) -> sqlite3.Connection:
        with _translated(self._path):
            self._db = sqlite3.connect(self._path, timeout=_WAIT_MS / 1000, isolation_level=None)
        try:
            with _translated(self._path):
                _prepare(self._db, self._path)
        except _Damaged:
            raise  # still connected: _set_aside wants it so
        except HistoryError:
            self._disconnect()
            raise
        return self._db

    def _disconnect(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _set_aside(self) -> None:
        """Give the damaged file and its companions a free name, unless another daemon has done so already.

        SQLite is told to close it only afterwards: from a file that has moved it keeps its hands off, while
        otherwise it would tidy up first, and change what ought to be kept as it is.
        """
        if _identity(self._path) != self._identity:
            self._disconnect()
            return
        kept = free_name(self._path, "damaged")
        try:
            self._path.rename(kept)
            for companion in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self._path}{companion}").rename(f"{kept}{companion}")
        except OSError as exc:
            raise HistoryError(
                _("the history {path} is damaged and cannot be moved away: {reason}").format(
                    path=self._path, reason=explain(exc)
                )
            ) from exc
        finally:
            self._disconnect()
        note = _("the history was damaged; it was kept as {kept}, and a new one was begun")
        self._notes.append(note.format(kept=kept))


# ── opening ───────────────────────────────────────────────────────────────────────────────────────


def _make_file(path: Path) -> tuple[int, int]:
    """Make sure that there is a file, for this user only, and return which one it is.

    SQLite gives its companions the mode of the file itself. An existing file must not be opened here: closing
    it would drop the locks that another connection of this process holds.
    """
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            text = _("something that is no file lies in place of the history {path}; move it away")
            raise HistoryError(text.format(path=path))
        if found.st_mode & 0o077:
            path.chmod(0o600)
    except OSError as exc:
        text = _("the history {path} cannot be opened: {reason}")
        raise HistoryError(text.format(path=path, reason=explain(exc))) from exc
    return found.st_dev, found.st_ino


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    _applied(db, path)  # before anything is changed in a file that may not be ours
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    db.execute("pragma cache_size = -256")  # KiB, of 2 MiB by default: the daemon is small
    _migrate(db, path)


def _copied(path: Path) -> sqlite3.Connection:
    """Return a copy in memory, of today's shape whatever the file's, on which nobody else waits."""
    with _translated(path):
        db = sqlite3.connect(":memory:", isolation_level=None)
        try:
            if path.exists():
                with contextlib.closing(_reading(path)) as source:
                    source.backup(db)
            _migrate(db, path)
            db.execute("pragma query_only = on")
        except BaseException:
            db.close()
            raise
        return db


def _reading(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads; where nobody can write, as on a read-only disk, one that waits for none."""
    alone = "" if os.access(path.parent, os.W_OK) else "&immutable=1"
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{alone}", uri=True, timeout=_WAIT_MS / 1000)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGE:
            text = _("the history {path} is damaged; the daemon sets it aside when it starts")
            raise _Damaged(text.format(path=path)) from exc
        text = _("the history {path} cannot be used: {reason}")
        raise HistoryError(text.format(path=path, reason=_reasons().get(code, str(exc)))) from exc


_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


def _reasons() -> dict[int, str]:
    return {
        sqlite3.SQLITE_FULL: _("the disk is full; make room"),
        sqlite3.SQLITE_BUSY: _("another program holds it locked; close that one"),
        sqlite3.SQLITE_LOCKED: _("another program holds it locked; close that one"),
        sqlite3.SQLITE_READONLY: _("it is read-only"),
        sqlite3.SQLITE_CANTOPEN: _("it cannot be opened; see to its folder"),
        sqlite3.SQLITE_IOERR: _("the disk reports an error, or is full"),
    }


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection, begin: str = "begin immediate") -> Iterator[None]:
    """All or nothing; who only reads says `begin`, and waits for nobody."""
    db.execute(begin)
    try:
        yield
        db.execute("commit")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
            db.execute("rollback")
        raise


# ── the shape ─────────────────────────────────────────────────────────────────────────────────────
# Times are microseconds since 1970, UTC. A migration is never edited once it was released: add another.


def _begin(db: sqlite3.Connection) -> None:
    for statement in (
        """create table notice (
             id text primary key, reminder text, item text not null, kind text not null,
             shown_us integer not null, outcome text, settled_us integer, seconds real
           ) without rowid""",
        "create index notice_shown on notice (shown_us)",
        "create index notice_item on notice (item, shown_us)",
        """create table natural (
             reminder text, at_us integer, seconds real not null, primary key (at_us, reminder)
           ) without rowid""",
        """create table missed (
             reminder text, at_us integer, reason text not null, primary key (at_us, reminder)
           ) without rowid""",
        """create table span (
             start_us integer, end_us integer not null, work integer not null, primary key (start_us, work)
           ) without rowid""",
        "create index span_end on span (end_us)",
    ):
        db.execute(statement)


def _add_logs(db: sqlite3.Connection) -> None:
    for statement in (
        """create table set_log (
             at_us integer not null, item text not null, level integer not null, sets integer not null,
             reps integer not null, whole integer not null, felt text not null, pain integer not null
           )""",
        "create index set_log_at on set_log (at_us)",
        """create table press_log (
             at_us integer not null, item text not null, area text not null, side text not null,
             spot text not null, seconds real not null, tender_before integer, tender_after integer
           )""",
        "create index press_log_at on press_log (at_us)",
    ):
        db.execute(statement)


def _add_knots(db: sqlite3.Connection) -> None:
    for statement in (
        """create table triage (
             at_us integer not null, knot text not null, row text not null, cause text not null,
             care text not null, spared integer not null, answers text not null
           )""",
        "create unique index triage_once on triage (at_us, knot)",
        """create table knot_log (
             at_us integer not null, knot text not null, told text not null, points integer, code text not null
           )""",
        "create unique index knot_log_once on knot_log (at_us, knot, told, code)",
    ):
        db.execute(statement)


MIGRATIONS: tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...] = (
    ("begin", _begin),
    ("logs", _add_logs),
    ("knots", _add_knots),
)
"""In the order in which they apply; their names are recorded in the table `migration`."""


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    known = {name for name, change in MIGRATIONS}
    if _applied(db, path) == known:
        return
    with _transaction(db):
        applied = _applied(db, path)  # another daemon may have been quicker
        db.execute("create table if not exists migration (name text primary key, at_us integer not null)")
        for name, change in MIGRATIONS:
            if name not in applied:
                change(db)
                db.execute("insert into migration values (?, ?)", (name, _us(time.time())))


def _applied(db: sqlite3.Connection, path: Path) -> set[str]:
    """Return the names of the migrations that this file has seen.

    Raises:
        NewerHistory: There are some that this version doesn't know.
    """
    tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    if not tables:
        return set()
    if "migration" not in tables:
        raise _Damaged(_("the file {path} is a database, but no history of postured").format(path=path))
    applied = {name for (name,) in db.execute("select name from migration")}
    if applied - {name for name, change in MIGRATIONS}:
        text = _("the history {path} was written by a later version of postured; upgrade, or move it away")
        raise NewerHistory(text.format(path=path))
    return applied


_SHOWN = "insert or ignore into notice (id, reminder, item, kind, shown_us) values (?, ?, ?, ?, ?)"
_SETTLE = "update notice set outcome = ?, settled_us = ?, seconds = ? where id = ?"
_NATURAL = "insert or replace into natural (reminder, at_us, seconds) values (?, ?, ?)"
_MISS = "insert or replace into missed (reminder, at_us, reason) values (?, ?, ?)"
_SPENT = """insert into span (start_us, end_us, work) values (?, ?, ?)
            on conflict do update set end_us = max(end_us, excluded.end_us)"""
_ROWS = """select at_us, reminder, item, kind, outcome, seconds, reason from (
             select shown_us as at_us, reminder, item, kind, outcome, seconds, null as reason from notice
             union all select at_us, reminder, null, null, 'natural', seconds, null from natural
             union all select at_us, reminder, null, null, 'missed', null, reason from missed
           ) where at_us >= ? order by at_us desc limit ?"""
_WORK = "select start_us, end_us from span where work and end_us > ? order by start_us"
_SPANS = "select work, start_us, end_us from span where end_us > ? order by start_us"
_SET = "insert into set_log values (?, ?, ?, ?, ?, ?, ?, ?)"
_PRESS = "insert into press_log values (?, ?, ?, ?, ?, ?, ?, ?)"
_TRIAGE = "insert or ignore into triage values (?, ?, ?, ?, ?, ?, ?)"
_KNOT = "insert or ignore into knot_log values (?, ?, ?, ?, ?)"
_PAST = """select item, kind, shown_us, outcome, reminder is null from notice
           where shown_us >= ? order by shown_us"""
_SETS = """select at_us, item, level, sets, reps, whole, felt, pain from set_log
           where at_us >= ? order by at_us, rowid"""
_PRESSES = """select at_us, item, area, side, spot, seconds, tender_before, tender_after from press_log
              where at_us >= ? order by at_us, rowid"""
_TRIAGES = "select at_us, knot, answers, row, cause, care, spared from triage order by rowid"
_KNOT_LOGS = "select at_us, knot, told, points, code from knot_log order by rowid"


# ── values ────────────────────────────────────────────────────────────────────────────────────────

_HOUR_US = 3_600_000_000


def _us(unix_s: float) -> int:
    if not abs(unix_s) < 9e12:  # what fits into the column; also neither infinite nor not a number
        raise ValueError(f"no time: {unix_s}")
    return round(unix_s * 1e6)


def _s(us: int) -> float:
    return us / 1e6


def _since(unix_s: float | None) -> int:
    return 0 if unix_s is None else _us(unix_s)


def _text(text: str) -> str:
    """Return what SQLite can store: lone surrogates, which YAML lets people write, become question marks."""
    return text.encode("utf-8", "replace").decode()


def _of_set(log: SetLog) -> Entry:
    return _SET, (
        _text(log.item),
        log.level,
        log.sets,
        log.reps,
        int(log.full),
        log.felt.value,
        int(log.pain),
    )


def _of_press(log: PressLog) -> Entry:
    return _PRESS, (
        _text(log.item),
        _text(log.area),
        _text(log.side),
        log.spot.value,
        float(log.seconds),
        log.tender_before,
        log.tender_after,
    )


def _of_triage(triage: Triage) -> tuple[Value, ...]:
    return (
        _text(triage.knot),
        _text(triage.row),
        triage.cause.value,
        _text(triage.care),
        int(triage.spared),
        json.dumps(answers_to_json(triage.answers)),
    )


def _of_knot(log: KnotLog) -> Entry:
    return _KNOT, (_text(log.knot), log.told.value, log.points, _text(log.code))


def _past(item: str, kind: str, shown_us: int, outcome: str | None, asked: int) -> Past:
    became = None if outcome is None else Outcome(outcome)
    return Past(item, Kind(kind), _s(shown_us), became, bool(asked))


def _set(
    at_us: int, item: str, level: int, sets: int, reps: int, whole: int, felt: str, pain: int
) -> tuple[float, SetLog]:
    return _s(at_us), SetLog(item, level, sets, reps, bool(whole), Felt(felt), bool(pain))


def _press(at_us: int, item: str, area: str, side: str, spot: str, *numbers: Any) -> tuple[float, PressLog]:
    return _s(at_us), PressLog(item, area, side, Spot(spot), *numbers)


def _triage(
    at_us: int, knot: str, answers: str, row: str, cause: str, care: str, spared: int
) -> tuple[float, Triage]:
    told = answers_from_json(json.loads(answers))
    return _s(at_us), Triage(knot, told, row, Cause(cause), care, bool(spared))


def _knot(at_us: int, knot: str, told: str, points: int | None, code: str) -> tuple[float, KnotLog]:
    return _s(at_us), KnotLog(knot, Told(told), points, code)


def _understood(make: Callable[..., T], rows: list[tuple[Any, ...]]) -> list[T]:
    """Return what could be made of the rows, without those whose words only a later version knows."""
    found = []
    for row in rows:
        with contextlib.suppress(ValueError, TypeError):
            found.append(make(*row))
    return found


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans, which come in the order of their starts, without their overlaps."""
    reached = 0
    for start, end in spans:
        if end > max(start, reached):
            yield max(start, reached), end
            reached = end


def _pour(start_us: int, end_us: int, hours: dict[int, float]) -> None:
    """Add a span to the hours that it touches."""
    while start_us < end_us:
        hour = start_us // _HOUR_US
        stop = min(end_us, (hour + 1) * _HOUR_US)
        hours[hour * 3600] = hours.get(hour * 3600, 0.0) + (stop - start_us) / 1e6
        start_us = stop
