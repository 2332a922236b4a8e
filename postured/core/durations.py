"""Durations as people write them ("90s", "20m", "1h30m", "1.5h") and as seconds, exactly, both ways."""

from __future__ import annotations

import re

from postured.core.language import _

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {
    "d": "d", "day": "d", "days": "d",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
}  # fmt: skip
_PART = re.compile(r"\s*([0-9]+)(?:\.([0-9]+))?\s*([a-z]+)\s*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_PLACES = 6
"""Digits after the point, so that every duration is a whole number of microseconds."""
_MICROS = 1_000_000
_LONGEST_S = 366 * 86_400


class DurationError(ValueError):
    """A text is no duration. `str()` is the whole sentence; `message` and `hint` are its halves."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message = message
        self.hint = hint


def parse_duration(text: str) -> float:
    """Return the seconds that `text` stands for, from 0 to 366 days.

    Units are `d`, `h`, `m`, `s`, or their words; each at most once, the longest first. Only the last
    number may have a fraction.

    Raises:
        DurationError: With what is wrong and what to write instead.
    """
    written = text.strip().lower()
    parts = _parts(written)
    if parts is None:
        raise _complaint(text)
    micros: int = 0
    previous = _LONGEST_S
    for index, (whole, fraction, unit) in enumerate(parts):
        if unit not in _WORDS:
            raise DurationError(
                _("{unit} is no unit of time").format(unit=_short(unit)), _("units are s, m, h and d")
            )
        if fraction and index + 1 < len(parts):
            raise DurationError(
                _("{text} has a fraction before its end").format(text=_short(text)),
                _("write it as 90s, 20m or 1h30m"),
            )
        if len(fraction) > _PLACES or len(whole) > 9:
            raise DurationError(
                _("{text} has too many digits").format(text=_short(text)),
                _("write it as 90s, 20m or 1h30m"),
            )
        seconds = _UNITS[_WORDS[unit]]
        if seconds >= previous:
            raise DurationError(
                _("{text} is out of order").format(text=_short(text)),
                _("each unit once, the longest first: 1h30m"),
            )
        previous = seconds
        micros += int(whole + fraction.ljust(_PLACES, "0")) * seconds
    if micros > _LONGEST_S * _MICROS:
        raise DurationError(
            _("{text} is longer than a year").format(text=_short(text)),
            _("write it as 90s, 20m or 1h30m"),
        )
    return micros / _MICROS


def format_duration(seconds: float) -> str:
    """Return the shortest text that `parse_duration` reads as `seconds`, to the microsecond.

    >>> format_duration(5400.0)
    '1h30m'

    Raises:
        ValueError: Negative, endless or not a number.
    """
    if not 0 <= seconds <= _LONGEST_S:
        raise ValueError(f"{seconds} s is no duration")
    micros = round(seconds * _MICROS)
    rest, fraction = divmod(micros, _MICROS)
    written = ""
    for unit, length in _UNITS.items():
        count, rest = divmod(rest, length)
        if unit == "s" and fraction:
            written += f"{count}.{fraction:0{_PLACES}d}".rstrip("0") + unit
        elif count:
            written += f"{count}{unit}"
    return written or "0s"


def _parts(written: str) -> list[tuple[str, str, str]] | None:
    """Whole digits, digits of the fraction, and unit of each part; None if that is not the text's form."""
    parts = []
    position = 0
    while position < len(written):
        match = _PART.match(written, position)
        if match is None:
            return None
        parts.append((match[1], match[2] or "", match[3]))
        position = match.end()
    return parts or None


def _complaint(text: str) -> DurationError:
    written = text.strip()
    if not written:
        return DurationError(_("nothing is written here"), _("write a duration, as 90s, 20m or 1h30m"))
    positive = written.lstrip("-\N{MINUS SIGN}")
    if positive != written:
        return DurationError(
            _("{text} is negative").format(text=_short(text)),
            _("write {duration}").format(duration=_short(positive)),
        )
    if _NUMBER.fullmatch(written):
        return DurationError(
            _("{text} has no unit").format(text=_short(text)),
            _("write {number}m or {number}s").format(number=written[:9]),
        )
    pointed = written.replace(",", ".")
    if _parts(pointed.lower()) is not None:
        return DurationError(
            _("{text} has a comma").format(text=_short(text)),
            _("write {duration}").format(duration=_short(pointed)),
        )
    return DurationError(
        _("{text} is no duration").format(text=_short(text)),
        _("write it as 90s, 20m or 1h30m"),
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
