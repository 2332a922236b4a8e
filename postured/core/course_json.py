"""Knots as plain values that `json` can write, and back: for the state file, and answers for the history."""

from __future__ import annotations

from collections.abc import Mapping

from postured.core.model import Answers, Cause, Course, Episode, KnotLog, Told, Triage


def to_json(course: Course) -> dict[str, object]:
    """All of it as lists and objects that `json` can write."""
    return {"episodes": [_plain(e) for e in course.episodes], "flags": [list(flag) for flag in course.flags]}


def from_json(value: object) -> Course:
    """The course that `to_json` made this of.

    Raises:
        KeyError, TypeError, ValueError: It was not made by `to_json`.
    """
    known = _object(value)
    flags = tuple((_time(since), _text(code)) for since, code in map(_list, _list(known["flags"])))
    return Course(tuple(_episode(_object(each)) for each in _list(known["episodes"])), flags)


def answers_to_json(answers: Answers) -> dict[str, object]:
    """The answers as an object, without those that were not given."""
    plain = answers._asdict() | {"flags": list(answers.flags)}
    return {key: value for key, value in plain.items() if value not in ("", [], None)}


def answers_from_json(value: object) -> Answers:
    """The answers that `answers_to_json` made this of.

    Raises:
        TypeError, ValueError: It was not made by `answers_to_json`.
    """
    told = dict(_object(value))
    flags = tuple(_text(code) for code in _list(told.pop("flags", [])))
    told = {
        key: answer for key, answer in told.items() if key in _ANSWER_TYPES
    }  # a later version may ask more
    for key, answer in told.items():
        if type(answer) is not _ANSWER_TYPES[key]:
            raise TypeError(key)
    return Answers(flags)._replace(**told)  # type: ignore[arg-type]  # just made sure of


_ANSWER_TYPES: Mapping[str, type] = {
    **dict.fromkeys(("onset", "side", "zone", "dominant", "most_used", "before", "feel", "press_test"), str),
    **dict.fromkeys(("pain", "episodes_30d"), int),
    **dict.fromkeys(("stops_daily_life", "first_ever"), bool),
}


def _plain(episode: Episode) -> dict[str, object]:
    triage = episode.triage
    return {
        "id": episode.id,
        "opened": episode.opened_unix_s,
        "answers": answers_to_json(triage.answers),
        "row": triage.row,
        "cause": triage.cause.value,
        "care": triage.care,
        "spared": triage.spared,
        "triaged": episode.triaged_unix_s,
        "told": [[at, log.knot, log.told.value, log.points, log.code] for at, log in episode.told],
        "closed": episode.closed_unix_s,
    }


def _episode(known: Mapping[str, object]) -> Episode:
    name, spared, closed = _text(known["id"]), known["spared"], known["closed"]
    if not isinstance(spared, bool):
        raise TypeError(spared)
    cause, answers = Cause(_text(known["cause"])), answers_from_json(known["answers"])
    return Episode(
        name,
        _time(known["opened"]),
        Triage(name, answers, _text(known["row"]), cause, _text(known["care"]), spared),
        _time(known["triaged"]),
        tuple(_said(_list(each)) for each in _list(known["told"])),
        None if closed is None else _time(closed),
    )


def _said(value: list[object]) -> tuple[float, KnotLog]:
    at, knot, told, points, code = value
    if points is not None and type(points) is not int:
        raise TypeError(points)
    return _time(at), KnotLog(_text(knot), Told(_text(told)), points, _text(code))


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    if not abs(value) < 9e12:
        raise ValueError(value)
    return float(value)
