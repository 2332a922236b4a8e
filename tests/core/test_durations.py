from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.core.durations import DurationError, format_duration, parse_duration

LONGEST_US = 366 * 86_400 * 10**6


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("20m", 1200),
        ("1h30m", 5400),
        ("2h", 7200),
        ("1d", 86_400),
        ("1d2h3m4s", 93_784),
        ("1.5h", 5400),
        ("1h30.5m", 5430),
        ("0.25s", 0.25),
        (" 20 min ", 1200),
        ("2 hours 5 minutes", 7500),
        ("1H30M", 5400),
        ("0s", 0),
        ("010m", 600),
        ("366d", 366 * 86_400),
    ],
)
def test_what_people_write_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "nothing is written here", "write a duration"),
        ("20", "'20' has no unit", "20m or 20s"),
        ("1.5", "'1.5' has no unit", "1.5m"),
        ("-5m", "'-5m' is negative", "write '5m'"),
        ("\N{MINUS SIGN}5m", "negative", "write '5m'"),
        ("1,5h", "has a comma", "write '1.5h'"),
        ("soon", "'soon' is no duration", "90s, 20m or 1h30m"),
        ("20x", "'x' is no unit", "s, m, h and d"),
        ("500ms", "'ms' is no unit", "s, m, h and d"),
        ("30m1h", "out of order", "1h30m"),
        ("5m5m", "out of order", "each unit once"),
        ("1.5h30m", "has a fraction before its end", ""),
        ("0.1234567s", "too many digits", ""),
        ("9999999999s", "too many digits", ""),
        ("367d", "longer than a year", ""),
        ("20m!", "is no duration", ""),
        ("never", "is no duration", ""),
        ("inf s", "is no duration", ""),
        ("1e3s", "'e' is no unit", ""),
        ("\N{ARABIC-INDIC DIGIT FIVE}m", "is no duration", ""),
        ("9" * 10_000 + "m", "too many digits", ""),
    ],
)
def test_what_is_no_duration_is_refused_with_what_to_write(text: str, message: str, hint: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.message in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (60, "1m"),
        (90, "1m30s"),
        (5400, "1h30m"),
        (86_400, "1d"),
        (0.5, "0.5s"),
        (3600.25, "1h0.25s"),
    ],
)
def test_durations_are_written_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, LONGEST_US))
def test_whatever_is_written_is_read_as_the_same_number(micros: int) -> None:
    seconds = micros / 10**6
    assert parse_duration(format_duration(seconds)) == seconds


@given(
    st.integers(0, 300), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999)
)
def test_the_shortest_text_comes_back_the_same(d: int, h: int, m: int, s: int, us: int) -> None:
    parts = [f"{n}{unit}" for n, unit in ((d, "d"), (h, "h"), (m, "m")) if n]
    if us:
        parts.append(f"{s}.{us:06}".rstrip("0") + "s")
    elif s:
        parts.append(f"{s}s")
    text = "".join(parts) or "0s"
    assert format_duration(parse_duration(text)) == text


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except DurationError:
        return
    assert 0 <= seconds <= LONGEST_US / 10**6


@pytest.mark.parametrize("seconds", [-1.0, math.inf, math.nan, 4e7])
def test_what_no_text_can_say_is_not_written(seconds: float) -> None:
    with pytest.raises(ValueError, match="no duration"):
        format_duration(seconds)
