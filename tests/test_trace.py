"""What `postured simulate` may be given, and what it makes of it."""

import contextlib
import itertools
import json
import os
import threading
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import ijson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postured.trace import Span, State, Trace, TraceError, read

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORK, SILENCE, REST = State.WORK, State.SILENCE, State.REST
CALL, VIDEO, DND = State.CALL, State.VIDEO, State.DND

Event = dict[str, object]


def event(start_s: float, duration_s: object, status: object = "not-afk", **extra: object) -> Event:
    """One event of aw-watcher-afk, `start_s` seconds after nine o'clock."""
    at = (NINE + timedelta(seconds=start_s)).isoformat()
    return {"id": 7, "timestamp": at, "duration": duration_s, "data": {"status": status}, **extra}


def bucket(events: Iterable[Event], kind: str = "afkstatus") -> dict[str, object]:
    return {
        "id": "x",
        "type": kind,
        "client": "c",
        "hostname": "host.local",
        "data": {},
        "events": list(events),
    }


def export(**buckets: object) -> bytes:
    return json.dumps({"buckets": buckets}).encode()


def shape(trace: Iterable[Span]) -> list[tuple[float, float, State]]:
    """Spans as seconds after nine."""
    zero = NINE.timestamp()
    return [(round(s.start_unix_s - zero, 3), round(s.end_unix_s - zero, 3), s.state) for s in trace]


class Reader:
    """Writes content to a file and reads it as a trace."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "trace"

    def __call__(self, content: bytes | str, zone: ZoneInfo | None = None) -> Trace:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(self.path, zone or UTC)

    def refusal(self, content: bytes | str) -> str:
        with pytest.raises(TraceError) as caught:
            self(content)
        text = str(caught.value)
        assert text.startswith(f"{self.path}:")
        return text.removeprefix(f"{self.path}:")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


# ── ActivityWatch ─────────────────────────────────────────────────────────────────────────────────


def test_an_export_becomes_work_and_silence(reader: Reader) -> None:
    trace = reader(export(a=bucket([event(0, 600), event(600, 300, "afk"), event(900, 60)])))
    assert shape(trace) == [(0, 600, WORK), (600, 900, SILENCE), (900, 960, WORK)]
    assert (trace.format, trace.skipped) == ("ActivityWatch", 0)


def test_a_trace_can_be_iterated_over_twice(reader: Reader) -> None:
    trace = reader(export(a=bucket([event(0, 600), event(700, 60)])))
    assert list(trace) == list(trace)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([event(0, 60), event(90, 30)]),
        json.dumps(bucket([event(0, 60), event(90, 30)])),
        json.dumps({"events": [event(0, 60), event(90, 30)]}),
        "\ufeff \n" + json.dumps({"buckets": {"a": bucket([event(0, 60), event(90, 30)])}}),
    ],
    ids=["bare list", "single bucket", "events only", "byte order mark"],
)
def test_every_form_of_export_is_read(reader: Reader, content: str) -> None:
    assert shape(reader(content)) == [(0, 60, WORK), (60, 90, SILENCE), (90, 120, WORK)]


def test_a_gap_between_events_is_silence(reader: Reader) -> None:
    assert shape(reader(export(a=bucket([event(0, 1), event(9, 1)]))))[1] == (1, 9, SILENCE)


def test_silence_at_both_ends_is_kept(reader: Reader) -> None:
    events = [event(-50, 50, "afk"), event(0, 10), event(10, 90, "afk")]
    assert shape(reader(export(a=bucket(events)))) == [(-50, 0, SILENCE), (0, 10, WORK), (10, 100, SILENCE)]


def test_not_afk_wins_over_afk(reader: Reader) -> None:
    events = [event(0, 100, "afk"), event(40, 20), event(45, 5, "afk")]
    expected = [(0, 40, SILENCE), (40, 60, WORK), (60, 100, SILENCE)]
    assert shape(reader(export(a=bucket(events)))) == expected


def test_buckets_of_several_hosts_are_put_together(reader: Reader) -> None:
    here, there = bucket([event(0, 60), event(60, 60, "afk")]), bucket([event(50, 40)])
    assert shape(reader(export(here=here, there=there))) == [(0, 90, WORK), (90, 120, SILENCE)]


def test_window_and_web_buckets_are_left_alone(reader: Reader) -> None:
    deep = {"app": "x", "nested": [{"status": "not-afk", "events": [[], {}]}]}
    window = bucket([{"timestamp": NINE.isoformat(), "duration": 9e4, "data": deep}], "currentwindow")
    web = bucket([event(5000, 60)], "web.tab.current")
    trace = reader(export(window=window, afk=bucket([event(0, 60)]), web=web))
    assert shape(trace) == [(0, 60, WORK)]
    assert trace.skipped == 0


@pytest.mark.parametrize("order", list(itertools.permutations(["type", "events", "id"])), ids="-".join)
def test_the_order_of_keys_does_not_matter(reader: Reader, order: tuple[str, ...]) -> None:
    def turned(whole: dict[str, object]) -> dict[str, object]:
        return {key: whole[key] for key in order}

    window = turned(bucket([event(500, 60)], "currentwindow"))
    backwards = dict(reversed(event(0, 60).items()))
    assert shape(reader(export(w=window, a=turned(bucket([backwards]))))) == [(0, 60, WORK)]


@pytest.mark.parametrize(
    ("timestamp", "start_s"),
    [
        ("2026-03-02T09:00:00Z", 0),
        ("2026-03-02T09:00:00+00:00", 0),
        ("2026-03-02T14:30:00.5+05:30", 0.5),
        ("2026-03-02T08:00:00.25-01:00", 0.25),
        ("2026-03-02T09:00:00.123456789Z", 0.123),
        ("2026-03-02T09:00:00.1234567+00:00", 0.123),
        ("2026-03-02T09:00:00", 0),
    ],
)
def test_timestamps_are_read_in_all_their_forms(reader: Reader, timestamp: str, start_s: float) -> None:
    trace = reader(json.dumps([event(0, 60, timestamp=timestamp)]), ZoneInfo("Asia/Tokyo"))
    assert shape(trace) == [(start_s, start_s + 60, WORK)]


ODD_EVENTS = [
    event(0, -5),
    event(0, 40 * 86400),
    event(0, "12"),
    event(0, True),
    event(0, None),
    event(0, 10**18),
    event(0, 1e300),
    event(0, 60, "hibernating"),
    event(0, 60, None),
    event(0, 60, {"status": "not-afk"}),
    event(0, 60, timestamp="0001-01-01T00:00:00+14:00"),
    event(0, 60, timestamp="1970-01-01T00:00:00Z"),
    event(0, 60, timestamp="9999-12-31T23:59:59-14:00"),
    event(0, 60, timestamp="yesterday"),
    event(0, 60, timestamp=17),
    event(0, 60, timestamp=["2026-03-02T09:00:00Z"]),
    event(0, 60, data="not-afk"),
    {"data": {"status": "not-afk"}},
    {},
]


@pytest.mark.parametrize("odd", [*ODD_EVENTS, None, 3, [[]]], ids=str)
def test_a_senseless_event_is_skipped_and_counted(reader: Reader, odd: object) -> None:
    trace = reader(json.dumps([event(0, 60), odd, event(90, 10)]))
    assert trace.skipped == 1
    assert shape(trace) == [(0, 60, WORK), (60, 90, SILENCE), (90, 100, WORK)]


@pytest.mark.parametrize("number", ["1e999", "1" * 30, "1" * 5000, "1e" + "9" * 30, "NaN"])
def test_a_number_beyond_all_measure_is_skipped_or_refused(reader: Reader, number: str) -> None:
    """Which of the two depends on the JSON parser there is."""
    text = json.dumps([event(0, 60), event(5, 77)]).replace("77", number)
    try:
        trace = reader(text)
    except TraceError:
        assert "is no JSON that can be read" in reader.refusal(text)
    else:
        assert trace.skipped == 1


def test_an_event_of_no_length_is_neither_time_nor_a_problem(reader: Reader) -> None:
    trace = reader(json.dumps([event(-99, 0), event(0, 60), event(70, 0), event(999, 0.0, "afk")]))
    assert shape(trace) == [(0, 60, WORK)]
    assert trace.skipped == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"{", "breaks off"),
        (b'{"buckets": nonsense}', "is no JSON"),
        (b'{"buckets": {}} {}', "is no JSON that can be read"),
        (b'[{"a": "\xff"}]', "is not UTF-8"),
        (b'{"colour": "blue"}', "no `afkstatus` bucket"),
        (b"[]", "no `afkstatus` bucket"),
        (b"[1, 2, [3]]", "no `afkstatus` bucket"),
        (b'{"buckets": 7}', "no `afkstatus` bucket"),
        (b'{"buckets": {"a": 7, "b": []}}', "no `afkstatus` bucket"),
        (b"[" * 100_000, "breaks off"),
        (b'{"buckets":{"a":' * 50_000, "breaks off"),
        (export(a=bucket([event(0, 5)], "currentwindow")), "no `afkstatus` bucket"),
        (export(a=bucket([])), "bucket is empty"),
        (export(a=bucket([event(0, -1)])), "but for 1 senseless"),
        ("{}".encode("utf-16"), "is UTF-16"),
        (b"\x1f\x8b\x08\x00", "unpack it first"),
        (b"\x7fELF\x02\x00\x00", "is binary"),
        (b"<html><body>404</body></html>", "is neither"),
        (b"null", "is neither"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_what_is_no_export_is_refused_in_one_line(reader: Reader, content: bytes, says: str) -> None:
    refusal = reader.refusal(content)
    assert says in refusal
    assert "\n" not in refusal


def test_a_file_that_breaks_off_is_never_taken_for_a_shorter_one(reader: Reader) -> None:
    whole = export(a=bucket([event(0, 60), event(60, 30, "afk"), event(95, 60)]))
    for length in range(len(whole)):
        assert "\n" not in reader.refusal(whole[:length])


def test_a_path_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="missing: cannot be read: it does not exist"):
        read(tmp_path / "missing", UTC)
    with pytest.raises(TraceError, match="cannot be read: is a directory"):
        read(tmp_path, UTC)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_will_do(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(json.dumps([event(0, 60)]).encode(),))
    writer.start()
    assert shape(read(pipe, UTC)) == [(0, 60, WORK)]
    writer.join(timeout=10)


def test_more_stretches_than_are_sorted_at_once_come_out_in_order(reader: Reader) -> None:
    """Newest first, as ActivityWatch has them, and twice over."""
    down = [event(10 * at, 6) for at in range(40_000, 0, -1)]
    trace = reader(export(a=bucket(down), b=bucket(down[::-1])))
    expected = [(10.0 * at, 10.0 * at + 6, WORK) for at in range(1, 40_001)]
    assert [span for span in shape(trace) if span[2] is WORK] == expected


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────


def rows(*lines: str) -> str:
    """Rows of `09:00 09:30 work`, all on the day of `NINE`."""
    return "".join(
        f"2026-03-02T{start}Z,2026-03-02T{end}Z,{state}\n" for start, end, state in map(str.split, lines)
    )


@pytest.mark.parametrize(
    "text",
    [
        "start,end,state\n2026-03-02T09:00Z,2026-03-02T09:01Z,work\n",
        "2026-03-02T09:00Z,2026-03-02T09:01Z,work",
        "\n\n2026-03-02T09:00Z ; 2026-03-02T09:01Z ; Work\n\n",
        "2026-03-02 09:00Z\t2026-03-02 09:01Z\tWORKING\r\n",
        "State;Note;End;Start\nactive;a, b;2026-03-02T09:01Z;2026-03-02T09:00Z\n",
        '"start","end","state"\r\n"2026-03-02T10:00+01:00", "2026-03-02T09:01Z","input"\r\n',
        "\ufeffstart,end,state,note\n2026-03-02T09:00Z,2026-03-02T09:01Z,not-afk\n",
    ],
    ids=["header", "bare", "semicolon", "tab", "turned columns", "quoted", "byte order mark"],
)
def test_csv_is_read_in_all_its_forms(reader: Reader, text: str) -> None:
    trace = reader(text)
    assert shape(trace) == [(0, 60, WORK)]
    assert (trace.format, trace.skipped) == ("CSV", 0)


def test_csv_times_without_offset_are_local(reader: Reader) -> None:
    trace = reader("2026-03-02T10:00,2026-03-02T09:01+00:00,work", ZoneInfo("Europe/Berlin"))
    assert shape(trace) == [(0, 60, WORK)]


def test_a_local_night_with_a_clock_change_has_its_real_length(reader: Reader) -> None:
    night = "2026-10-24T22:00,2026-10-25T08:00,rest"
    (span,) = reader(night, ZoneInfo("Europe/Berlin"))
    assert span.end_unix_s - span.start_unix_s == 11 * 3600


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("work working active input not-afk", WORK),
        ("silence silent idle afk inactive", SILENCE),
        ("rest resting break away locked lock suspended suspend off", REST),
        ("call meeting CALL", CALL),
        ("video fullscreen", VIDEO),
        ("dnd Dnd", DND),
    ],
)
def test_states_have_many_words(reader: Reader, words: str, state: State) -> None:
    for word in words.split():
        assert shape(reader(rows(f"09:00 09:01 {word}"))) == [(0, 60, state)]


def test_of_overlapping_rows_the_stronger_state_holds_in_any_order(reader: Reader) -> None:
    lines = ["09:00 09:10 work", "09:02 09:05 call", "09:04 09:06 rest", "09:08 09:12 silence"]
    expected = [(0, 120, WORK), (120, 240, CALL), (240, 360, REST), (360, 600, WORK), (600, 720, SILENCE)]
    for order in itertools.permutations(lines):
        assert shape(reader(rows(*order))) == expected


def test_touching_rows_of_one_state_are_one_span(reader: Reader) -> None:
    assert shape(reader(rows("09:00 09:05 work", "09:05 09:10 work"))) == [(0, 600, WORK)]


def test_every_wrong_cell_is_told_with_its_place(reader: Reader) -> None:
    with pytest.raises(TraceError) as caught:
        reader(
            "start,end,state\n"
            "2026-03-02T09:00,2026-03-02T09:30,wrok\n"
            "\n"
            "2026-03-02T09:30,2026-03-02T09:00,rest\n"
            "2026-03-02 9:30,soon,\n"
            "2026-03-02T09:30\n"
            '"2026-03-02T09:30,2026-03-02T09:00,rest\n'
            "1926-03-02T09:30,2026-03-02T09:00,work\n"
            "2026-03-02T09:30,2026-03-02T09:30,rest\n"
        )
    places = [(p.line, p.column, p.path) for p in caught.value.problems]
    assert places == [
        (2, 35, "state"),
        (4, 18, "end"),
        (5, 1, "start"),
        (5, 17, "end"),
        (5, 21, "state"),
        (6, 1, ""),
        (7, 1, ""),
        (8, 1, "start"),
    ]
    first, *others = str(caught.value).splitlines()
    assert first == f"{reader.path}:2:35: state: unknown state `wrok` (did you mean work?)"
    assert len(others) == 7


def test_of_very_many_problems_twenty_are_told_and_the_rest_counted(reader: Reader) -> None:
    text = reader.refusal("start,end,state\n" + "2026-03-02T09:00,x,work\n" * 500)
    assert len(text.splitlines()) == 21
    assert text.endswith("480 more like these")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("start,end\n", "no column `state`"),
        (
            "start,end,status\n2026-03-02T09:00,2026-03-02T09:30,work\n",
            "1: the header has no column `state`: 'start,end,status'",
        ),
        ("start,end,state\n", "nothing to replay"),
        (rows("09:00 09:00 work"), "nothing to replay"),
        (" \n\n", "nothing to replay"),
        ("dear diary,\ntoday I worked", "is neither"),
        ("from,to,what\n", "is neither"),
        ("x" * 50_000, "far too long"),
        ("caf\xe9,1,2".encode("latin-1"), "is not UTF-8"),
        (rows("09:00 09:01 work").encode() + b"\xff\xff", "is not UTF-8"),
    ],
    ids=lambda value: repr(value[:16]),
)
def test_what_is_no_trace_is_refused_in_one_line(reader: Reader, content: bytes | str, says: str) -> None:
    refusal = reader.refusal(content)
    assert says in refusal
    assert "\n" not in refusal


# ── whatever comes ────────────────────────────────────────────────────────────────────────────────

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

stretches = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 60), st.sampled_from(["not-afk", "afk"])), max_size=25
)


def covered(spans: Iterable[tuple[float, float, State]], state: State) -> set[int]:
    return {second for start, end, of in spans if of is state for second in range(int(start), int(end))}


def assert_clean(spans: list[tuple[float, float, State]]) -> None:
    """Sorted, of some length, without a gap, and no two neighbours alike."""
    assert all(start < end for start, end, _ in spans)
    for (_, end, state), (next_start, _, next_state) in itertools.pairwise(spans):
        assert end == next_start
        assert state is not next_state


@QUICK
@given(stretches)
def test_work_is_the_union_of_not_afk(reader: Reader, found: list[tuple[int, int, str]]) -> None:
    work = {s for start, length, status in found if status == "not-afk" for s in range(start, start + length)}
    known = {s for start, length, _ in found for s in (start, start + length - 1) if length}
    if not known:
        return
    spans = shape(reader(json.dumps([event(*stretch) for stretch in found])))
    assert_clean(spans)
    assert covered(spans, WORK) == work
    assert covered(spans, SILENCE) == set(range(min(known), max(known) + 1)) - work


@QUICK
@given(stretches, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_duplicates_and_buckets_do_not_matter(
    reader: Reader, found: list[tuple[int, int, str]], random: Random, buckets: int
) -> None:
    events = [event(*stretch) for stretch in found]
    if not any(length for _, length, _ in found):
        return
    plain = shape(reader(json.dumps(events)))
    shuffled = events + random.choices(events, k=len(events))
    random.shuffle(shuffled)
    dealt = {f"aw-watcher-afk_{n}.local": bucket(shuffled[n::buckets]) for n in range(buckets)}
    assert shape(reader(export(**dealt))) == plain


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 60), st.sampled_from(State)), min_size=1, max_size=20
    )
)
def test_csv_rows_are_decided_second_by_second(reader: Reader, found: list[tuple[int, int, State]]) -> None:
    lines = [
        f"{NINE + timedelta(seconds=start)},{NINE + timedelta(seconds=start + length)},{state}"
        for start, length, state in found
    ]
    if not any(length for _, length, _ in found):
        return
    spans = shape(reader("\n".join(lines)))
    assert_clean(spans)
    ranks = list(State)
    for second in range(361):
        said = [state for start, length, state in found if start <= second < start + length]
        told = [state for start, end, state in spans if start <= second < end]
        if said:
            assert told == [min(said, key=ranks.index)]
        else:
            assert told in ([], [SILENCE])


@QUICK
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.text('[]{}":,eE0-', max_size=60).map(str.encode)
)
def test_no_file_ends_in_anything_but_a_trace_or_a_refusal(reader: Reader, content: bytes) -> None:
    with contextlib.suppress(TraceError):
        assert list(reader(content))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["buckets", "events", "type", "data", "status", "timestamp", "duration", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@QUICK
@given(json_values)
def test_no_json_of_the_wrong_shape_ends_in_a_traceback(reader: Reader, value: object) -> None:
    """One good event is enough for a trace."""
    assert list(reader(json.dumps([event(0, 5), value])))
    assert list(reader(json.dumps({"buckets": {"a": bucket([event(0, 5)]), "b": value}, "events": value})))


@pytest.mark.skipif(ijson.backend == "python", reason="ijson has no C backend here")
def test_memory_holds_stretches_and_not_the_file(tmp_path: Path) -> None:
    """Ten megabytes of window titles and repeated heartbeats leave nothing behind but two stretches."""
    path = tmp_path / "export.json"
    window = {"timestamp": NINE.isoformat(), "duration": 1, "data": {"app": "x" * 400, "title": "y" * 400}}
    beats = [event(second % 500, 2) for second in range(20_000)]
    path.write_bytes(export(w=bucket([window] * 8_000, "currentwindow"), a=bucket([*beats, event(900, 5)])))
    assert path.stat().st_size > 8_000_000
    read(path, UTC)  # imports are not what is measured
    tracemalloc.start()
    try:
        trace = read(path, UTC)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(list(trace)) == 3
    assert peak < 1_000_000
