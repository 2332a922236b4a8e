"""A trace of past activity, read from a file for replay: an ActivityWatch export, or CSV `start,end,state`.

Owns both formats and nothing else: what a trace means for the schedule is the engine's business.
Whatever order, overlaps and duplicates the file has, out come spans that follow one another without a gap.
Only the distinct stretches are held in memory, 16 bytes each, never the file.
"""

from __future__ import annotations

import heapq
import itertools
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import NamedTuple, cast

from postured.core.language import _
from postured.core.model import Problem
from postured.files import explain


class State(StrEnum):
    """What somebody did for a while. The stronger comes first: where stretches overlap, it holds."""

    REST = "rest"
    """Locked, suspended or away: rest, however short."""
    CALL = "call"
    VIDEO = "video"
    """A video watched full-screen."""
    DND = "dnd"
    """Work while do-not-disturb is on."""
    WORK = "work"
    """Input, one after the other."""
    SILENCE = "silence"
    """No input; rest only if it lasts. Also everything the trace says nothing about."""


@dataclass(frozen=True, slots=True)
class Span:
    """One state from one instant to another, to the millisecond."""

    start_unix_s: float
    end_unix_s: float
    state: State


class TraceError(Exception):
    """The file is no trace that can be replayed. The text has one line for each problem shown."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems
        """Where single rows are wrong: the first of them. Empty when the file as a whole is."""


class Trace:
    """The spans of a file, sorted. Each begins where the one before ends and differs from it in state.

    It can be iterated over as often as one likes.
    """

    def __init__(self, form: str, skipped: int, record: _Record) -> None:
        self.format = form
        """`ActivityWatch` or `CSV`."""
        self.skipped = skipped
        """Events left out because they make no sense: no status, no time, a negative length."""
        self._record = record

    def __iter__(self) -> Iterator[Span]:
        for start_ms, end_ms, state in self._record.spans():
            yield Span(start_ms / 1000, end_ms / 1000, state)


def read(path: Path, zone: tzinfo) -> Trace:
    """Read the trace in `path`; its content says which format it has.

    ActivityWatch: a whole export, one bucket, or a bare list of events. All `afkstatus` buckets count
    together: it is work while any of them says `not-afk`. Senseless events are skipped and counted.

    CSV: with comma, semicolon or tab, with a header `start,end,state` (other columns are ignored) or without.
    Of overlapping rows the stronger `State` holds, whatever their order. A wrong row refuses the file.

    Args:
        path: A file, or a pipe; it is read once.
        zone: For CSV times without an offset. Where clocks go back, such a time is the earlier of the two.

    Raises:
        TraceError: It cannot be read, is neither of the two, has wrong rows, or nothing to replay.
    """
    try:
        with path.open("rb") as stream:
            head = stream.peek(4096)
            _refuse_strangers(head, path)
            if head.startswith(_UTF8_MARK):
                stream.read(len(_UTF8_MARK))
                head = head.removeprefix(_UTF8_MARK)
            if head.lstrip().startswith((b"{", b"[")):
                trace = _read_activitywatch(stream, path)
            else:
                trace = _read_csv(stream, path, zone)
    except OSError as error:
        raise TraceError(
            _("{path}: cannot be read: {reason}").format(path=path, reason=explain(error))
        ) from error
    return trace


_UTF8_MARK = b"\xef\xbb\xbf"


def _refuse_strangers(head: bytes, path: Path) -> None:
    """Say in one line what a file is that cannot be a trace, before a parser stumbles over it."""
    if not head:
        raise TraceError(_("{path}: is empty; there is nothing to replay").format(path=path))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TraceError(_("{path}: is UTF-16; save it as UTF-8").format(path=path))
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise TraceError(_("{path}: is compressed; unpack it first").format(path=path))
    if b"\0" in head:
        raise TraceError(
            _("{path}: is binary; a trace is an ActivityWatch export (JSON) or CSV start,end,state").format(
                path=path
            )
        )


# ── stretches of time, in any order in, sorted out ────────────────────────────────────────────────

# Whole milliseconds since 1970: exact to compare, and float noise of `timestamp + duration` is gone.
Stretch = tuple[int, int]

_CHUNK = 1 << 16
"""Numbers collected before they are sorted; bounds the memory that sorting takes."""


class _Stretches:
    """The stretches of one state: put in as they come, taken out sorted, disjoint and joined."""

    def __init__(self) -> None:
        self._runs: list[array[int]] = []
        """Sorted each; start and end by turns."""
        self._loose = array("q")

    def add(self, start_ms: int, end_ms: int) -> None:
        loose = self._loose
        if loose and start_ms <= loose[-1] and end_ms >= loose[-2]:
            # Most files are nearly in order, up or down: duplicates and heartbeats end here.
            loose[-2], loose[-1] = min(loose[-2], start_ms), max(loose[-1], end_ms)
            return
        loose.append(start_ms)
        loose.append(end_ms)
        if len(loose) >= _CHUNK:
            self._runs.append(_sorted_run(loose))
            self._loose = array("q")

    def absorb(self, other: _Stretches) -> None:
        self._runs += other._runs
        for start_ms, end_ms in _pairs(other._loose):
            self.add(start_ms, end_ms)

    def __iter__(self) -> Iterator[Stretch]:
        runs = [*self._runs, _sorted_run(self._loose)]
        return _joined(heapq.merge(*map(_pairs, runs)))


def _pairs(run: array[int]) -> Iterator[Stretch]:
    numbers = iter(run)
    return zip(numbers, numbers, strict=True)


def _sorted_run(loose: array[int]) -> array[int]:
    return array("q", itertools.chain.from_iterable(_joined(sorted(_pairs(loose)))))


def _joined(ordered: Iterable[Stretch]) -> Iterator[Stretch]:
    """Disjoint stretches covering the same time as `ordered`, which is sorted by start."""
    stretches = iter(ordered)
    first = next(stretches, None)
    if first is None:
        return
    start_ms, end_ms = first
    for next_start_ms, next_end_ms in stretches:
        if next_start_ms <= end_ms:
            end_ms = max(end_ms, next_end_ms)
        else:
            yield start_ms, end_ms
            start_ms, end_ms = next_start_ms, next_end_ms
    yield start_ms, end_ms


class _Record:
    """What a file says, state by state. Silence needs no stretches of its own: it is what is left over."""

    def __init__(self) -> None:
        self._strips = {state: _Stretches() for state in State if state is not State.SILENCE}
        self._first_ms: int | None = None
        self._last_ms = 0

    def add(self, state: State, start_ms: int, end_ms: int) -> None:
        """Take up one stretch; one of no length says nothing."""
        if start_ms >= end_ms:
            return
        self._widen(start_ms, end_ms)
        if state is not State.SILENCE:
            self._strips[state].add(start_ms, end_ms)

    def absorb(self, other: _Record) -> None:
        if other._first_ms is None:
            return
        self._widen(other._first_ms, other._last_ms)
        for state, strip in self._strips.items():
            strip.absorb(other._strips[state])

    def _widen(self, start_ms: int, end_ms: int) -> None:
        self._first_ms = start_ms if self._first_ms is None else min(self._first_ms, start_ms)
        self._last_ms = max(self._last_ms, end_ms)

    def spans(self) -> Iterator[tuple[int, int, State]]:
        """Tell the strongest state at each time, from the first instant to the last."""
        if self._first_ms is None:
            return
        states = tuple(State)
        silence = states.index(State.SILENCE)
        standing = {silence}
        strongest, since_ms = silence, self._first_ms
        # Within a strip stretches never touch, so a state has one edge at most at any instant. That is why no
        # state can be left and come back within it, and neighbours always differ.
        for edge_ms, rank in heapq.merge(*itertools.starmap(_edges, enumerate(self._strips.values()))):
            standing ^= {rank}
            now_strongest = min(standing)
            if now_strongest == strongest:
                continue
            if since_ms < edge_ms:
                yield since_ms, edge_ms, states[strongest]
            strongest, since_ms = now_strongest, edge_ms
        if since_ms < self._last_ms:
            yield since_ms, self._last_ms, states[strongest]

    @property
    def empty(self) -> bool:
        return self._first_ms is None


def _edges(rank: int, strip: _Stretches) -> Iterator[tuple[int, int]]:
    """Each instant at which the state of this rank begins or ends."""
    for stretch in strip:
        for edge_ms in stretch:
            yield edge_ms, rank


class _YearError(ValueError):
    """A time of a clock that was never set, or with a year mistyped."""


def _instant_ms(text: str, zone: tzinfo) -> int:
    """Milliseconds since 1970 of an ISO 8601 time; `zone` is for one without offset.

    Raises:
        ValueError: No such time.
        _YearError: One before 2000 or after 2099.
    """
    moment = datetime.fromisoformat(text)
    if not 2000 <= moment.year <= 2099:
        raise _YearError
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return round(moment.timestamp() * 1000)


# ── ActivityWatch ─────────────────────────────────────────────────────────────────────────────────

Tokens = Iterator[tuple[str, object]]
"""JSON bit by bit: `start_map`, `map_key`, `string`, ... with its value."""

_AFK_BUCKET = "afkstatus"
_STATUS = {"not-afk": State.WORK, "afk": State.SILENCE}
_LONGEST_S = {State.WORK: 7 * 86400, State.SILENCE: 366 * 86400}
"""Nobody keeps a keyboard busy, nor a watcher running, for longer: the clock was set meanwhile."""


def _read_activitywatch(stream: BufferedReader, path: Path) -> Trace:
    import ijson  # only a replay needs it

    export = _Export()
    try:
        # Floats, because the parser's own exact numbers trip over ones of thousands of digits.
        export.read(cast("Tokens", ijson.basic_parse(stream, buf_size=1 << 16, use_float=True)))
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise TraceError(_("{path}: {trouble}").format(path=path, trouble=_json_trouble(error))) from error
    if not export.buckets:
        hint = _("export the bucket of aw-watcher-afk as well")
        raise TraceError(
            _("{path}: is JSON, but has no `{bucket}` bucket of ActivityWatch; {hint}").format(
                path=path, bucket=_AFK_BUCKET, hint=hint
            )
        )
    if export.record.empty:
        empty = _("{path}: the `{bucket}` bucket is empty; there is nothing to replay")
        if export.skipped:
            empty = _(
                "{path}: the `{bucket}` bucket is empty but for {skipped} senseless events; "
                "there is nothing to replay"
            )
        raise TraceError(empty.format(path=path, bucket=_AFK_BUCKET, skipped=export.skipped))
    return Trace("ActivityWatch", export.skipped, export.record)


def _json_trouble(error: Exception) -> str:
    # Only its words tell how the parser met a file that breaks off.
    text = str(error)
    if "EOF" in text or "ncomplete" in text:
        return _("breaks off in the middle; export or download it again")
    if "utf" in text.lower():
        return _("is not UTF-8; export it again")
    reason = (text.splitlines() or ["unreadable"])[0]
    reason = reason.removeprefix("parse error: ").removeprefix("lexical error: ")
    return _("is no JSON that can be read: {reason}").format(reason=reason)


class _Export:
    """What the buckets of a file tell about activity, put together."""

    def __init__(self) -> None:
        self.record = _Record()
        self.buckets = 0
        """Those that tell about activity at all."""
        self.skipped = 0

    def read(self, tokens: Tokens) -> None:
        """Read the whole document. At the top is an export, a single bucket, or a bare list of events."""
        top = _Bucket()
        kind, _ = next(tokens)
        if kind == "start_array":
            top.read_events(tokens)
        else:
            for key, inner, value in _members(tokens):
                if key == "buckets" and inner == "start_map":
                    self._read_buckets(tokens)
                else:
                    top.read_member(tokens, key, inner, value)
        for _ in tokens:  # anything after the end is an error, and the parser's to find
            pass
        self._take(top)

    def _read_buckets(self, tokens: Tokens) -> None:
        for _key, kind, _value in _members(tokens):
            if kind != "start_map":
                _leave(tokens, kind)
                continue
            bucket = _Bucket()
            for key, inner, value in _members(tokens):
                bucket.read_member(tokens, key, inner, value)
            self._take(bucket)

    def _take(self, bucket: _Bucket) -> None:
        if bucket.tells:
            self.buckets += 1
            self.skipped += bucket.skipped
            self.record.absorb(bucket.record)


class _Bucket:
    """One watcher's events. The type may come after them, so they are kept apart until it is known."""

    def __init__(self) -> None:
        self.record = _Record()
        self.skipped = 0
        self._type: object = None
        self._seen = 0

    @property
    def tells(self) -> bool:
        """Whether it tells about activity: it says so, or, saying nothing, has events of that kind."""
        return self._type == _AFK_BUCKET or (self._type is None and self._seen > 0)

    def read_member(self, tokens: Tokens, key: object, kind: str, value: object) -> None:
        if key == "events" and kind == "start_array" and self._type in {None, _AFK_BUCKET}:
            self.read_events(tokens)
            return
        if key == "type":
            self._type = value
        _leave(tokens, kind)

    def read_events(self, tokens: Tokens) -> None:
        for kind, _value in tokens:
            if kind == "end_array":
                return
            if kind == "start_map":
                self._take(*_read_event(tokens))
            else:
                self.skipped += 1
                _leave(tokens, kind)

    def _take(self, timestamp: str, duration_s: float, status: str) -> None:
        state = _STATUS.get(status)
        if state is None or not 0 <= duration_s <= _LONGEST_S[state]:
            self.skipped += 1
            return
        try:
            start_ms = _instant_ms(timestamp, UTC)
        except ValueError:
            self.skipped += 1
            return
        self._seen += 1
        self.record.add(state, start_ms, start_ms + round(duration_s * 1000))


def _read_event(tokens: Tokens) -> tuple[str, float, str]:
    """Timestamp, duration in seconds and status; empty words and a negative duration for what is missing."""
    timestamp, duration_s, status = "", -1.0, ""
    for key, kind, value in _members(tokens):
        if key == "data" and kind == "start_map":
            status = _read_status(tokens)
        elif key == "timestamp" and isinstance(value, str):
            timestamp = value
        elif key == "duration" and kind == "number":
            duration_s = cast("float", value)
        else:
            _leave(tokens, kind)
    return timestamp, duration_s, status


def _read_status(tokens: Tokens) -> str:
    status = ""
    for key, kind, value in _members(tokens):
        if key == "status" and isinstance(value, str):
            status = value
        else:
            _leave(tokens, kind)
    return status


def _members(tokens: Tokens) -> Iterator[tuple[object, str, object]]:
    """Key, kind and value of each member of the map just entered; what one opens has to be read, or left."""
    for kind, key in tokens:
        if kind == "end_map":
            return
        yield key, *next(tokens)


def _leave(tokens: Tokens, kind: str) -> None:
    """Pass over the rest of the value that began with `kind`, however deep it is."""
    depth = int(kind in {"start_map", "start_array"})
    while depth:
        kind, _ = next(tokens)
        if kind in {"start_map", "start_array"}:
            depth += 1
        elif kind in {"end_map", "end_array"}:
            depth -= 1


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────

_COLUMNS = ("start", "end", "state")
_WORDS = {
    State.WORK: ("work", "working", "active", "input", "not-afk"),
    State.SILENCE: ("silence", "silent", "idle", "afk", "inactive"),
    State.REST: ("rest", "resting", "break", "away", "locked", "lock", "suspended", "suspend", "off"),
    State.CALL: ("call", "meeting"),
    State.VIDEO: ("video", "fullscreen"),
    State.DND: ("dnd",),
}
_STATES = {word: state for state, words in _WORDS.items() for word in words}
_LONGEST_LINE = 10_000
_SHOWN = 20
"""Problems that are told in full; of more, only the number."""


def _read_csv(stream: BufferedReader, path: Path, zone: tzinfo) -> Trace:
    rows = _Rows(path, zone)
    try:
        with TextIOWrapper(stream, encoding="utf-8") as text:
            for number, line in enumerate(iter(lambda: text.readline(_LONGEST_LINE), ""), start=1):
                if len(line) == _LONGEST_LINE:
                    raise TraceError(
                        _("{path}: line {number} is far too long for a row start,end,state").format(
                            path=path, number=number
                        )
                    )
                if line.strip():
                    rows.read(line.rstrip("\n"), number)
    except UnicodeDecodeError as error:
        raise TraceError(_("{path}: is not UTF-8; save it as UTF-8").format(path=path)) from error
    rows.complain()
    if rows.record.empty:
        raise TraceError(
            _("{path}: has no row that lasts any time; there is nothing to replay").format(path=path)
        )
    return Trace("CSV", 0, rows.record)


class _Row(NamedTuple):
    """One line and what stands in it."""

    number: int
    line: str
    cells: list[str]

    def column(self, index: int) -> int:
        """Where the cell begins in the line, from 1; an empty one, where the one before ends."""
        at = 0
        for cell in self.cells[:index]:
            at = self.line.find(cell, at) + len(cell)
        return 1 + max(at, self.line.find(self.cells[index], at))


class _Rows:
    """The rows of one CSV file, and everything that is wrong with them."""

    def __init__(self, path: Path, zone: tzinfo) -> None:
        self.record = _Record()
        self._path = path
        self._zone = zone
        self._separator = ""
        self._columns: dict[str, int] = {}
        self._problems: list[Problem] = []
        self._wrong = 0

    def read(self, line: str, number: int) -> None:
        """Take up one line that is not blank. The first one settles separator and columns."""
        if not self._separator:
            self._separator = max("\t;,", key=line.count)
        cells = self._split(line)
        if not self._columns and self._settle_columns(cells, line, number):
            return
        wanted = 1 + max(self._columns.values())
        if len(cells) < wanted:
            message = _("{count} of the {wanted} columns start,end,state").format(
                count=len(cells), wanted=wanted
            )
            self._problem(
                number, 1, "", message, _("separate them by {separator!r}").format(separator=self._separator)
            )
        else:
            self._take(_Row(number, line, cells))

    def _split(self, line: str) -> list[str]:
        import csv  # only a replay needs it

        # Line by line, so that a quotation mark left open spoils one row and not the rest of the file.
        (cells,) = csv.reader([line], delimiter=self._separator, skipinitialspace=True)
        return [cell.strip() for cell in cells]

    def _settle_columns(self, cells: list[str], line: str, number: int) -> bool:
        """Find out where the columns are; whether this line was a header."""
        names = [cell.casefold() for cell in cells]
        missing = [name for name in _COLUMNS if name not in names]
        if not missing:
            self._columns = {name: names.index(name) for name in _COLUMNS}
            return True
        if len(missing) < len(_COLUMNS):
            raise TraceError(
                _("{path}:{number}: the header has no column `{column}`: {line!r}").format(
                    path=self._path, number=number, column=missing[0], line=line[:80]
                )
            )
        if len(cells) < len(_COLUMNS) or not any(map(str.isdigit, line)):
            raise TraceError(
                _(
                    "{path}: is neither an ActivityWatch export (JSON) nor CSV start,end,state; it "
                    "begins with {beginning!r}"
                ).format(path=self._path, beginning=line[:40])
            )
        self._columns = {name: at for at, name in enumerate(_COLUMNS)}
        return False

    def _take(self, row: _Row) -> None:
        start_ms = self._instant(row, "start")
        end_ms = self._instant(row, "end")
        word = row.cells[self._columns["state"]]
        state = _STATES.get(word.casefold())
        if state is None:
            self._wrong_cell(
                row, "state", _("unknown state {word}").format(word=_cut(word)), _nearest_word(word)
            )
        if start_ms is None or end_ms is None:
            return
        if end_ms < start_ms:
            start, end = (_cut(row.cells[self._columns[name]]) for name in ("start", "end"))
            hint = _("swap them, or write offsets where clocks went back")
            self._wrong_cell(
                row, "end", _("{end} is before the start {start}").format(end=end, start=start), hint
            )
        elif state is not None:
            self.record.add(state, start_ms, end_ms)

    def _instant(self, row: _Row, name: str) -> int | None:
        text = row.cells[self._columns[name]]
        try:
            return _instant_ms(text, self._zone)
        except _YearError:
            self._wrong_cell(
                row,
                name,
                _("{text} is before 2000 or after 2099").format(text=_cut(text)),
                _("is the year right?"),
            )
        except ValueError:
            hint = _("write 2026-03-02T09:00 or 2026-03-02T09:00+01:00")
            self._wrong_cell(row, name, _("{text} is not a time").format(text=_cut(text)), hint)
        return None

    def _wrong_cell(self, row: _Row, name: str, message: str, hint: str) -> None:
        self._problem(row.number, row.column(self._columns[name]), name, message, hint)

    def _problem(self, line: int, column: int, name: str, message: str, hint: str) -> None:
        self._wrong += 1
        if len(self._problems) < _SHOWN:
            self._problems.append(Problem(str(self._path), line, column, name, message, hint))

    def complain(self) -> None:
        """Refuse the file if anything was wrong.

        Raises:
            TraceError: With the first problems, and how many more there are.
        """
        if not self._wrong:
            return
        lines = [str(problem) for problem in self._problems]
        if self._wrong > len(lines):
            lines.append(
                _("{path}: {count} more like these").format(path=self._path, count=self._wrong - len(lines))
            )
        raise TraceError("\n".join(lines), tuple(self._problems))


def _cut(text: str) -> str:
    """Quote what was found, short enough for one line."""
    if not text:
        return _("(empty)")
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"


def _nearest_word(word: str) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(word.casefold(), _STATES, n=1, cutoff=0.6)
    return (
        _("did you mean {meant}?").format(meant=near[0])
        if near
        else _("one of {words}").format(words=", ".join(State))
    )
