"""Codes in plain words: each that there is has some of its own, and any other is shown as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postured.core import language, names, zones
from postured.core.model import AREAS, EQUIPMENT, FLAGS, PLACES, ZONES, Cause, Kind


class Loud:
    """A language of capitals, so that every word that was not marked for translation stands out."""

    def gettext(self, message: str) -> str:
        return message.upper()

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return (msgid1 if n == 1 else msgid2).upper()

    def pgettext(self, context: str, message: str) -> str:
        return f"{context} {message}".upper()


ALL = [
    (names.area, AREAS),
    (names.region, zones.REGIONS),
    (names.zone, ZONES),
    (names.side, ("left", "right", "both", "middle")),
    (names.place, PLACES),
    (names.tool, (*EQUIPMENT, "none")),
    (names.flag, (*FLAGS, "arm_neuro")),
    (names.kind, tuple(Kind)),
    (names.cause, tuple(Cause)),
]


@pytest.mark.parametrize(("name", "codes"), ALL, ids=lambda x: getattr(x, "__name__", ""))
def test_every_code_has_its_words_and_no_two_the_same(
    name: Callable[[str], str], codes: tuple[str, ...]
) -> None:
    words = [name(code) for code in codes]
    assert len(set(words)) == len(codes)
    assert not [word for word in words if "_" in word or not word]


@pytest.mark.parametrize(("name", "codes"), ALL, ids=lambda x: getattr(x, "__name__", ""))
def test_every_one_is_translated(name: Callable[[str], str], codes: tuple[str, ...]) -> None:
    language.speak(Loud())
    try:
        assert [word for code in codes if (word := name(code)) != word.upper()] == []
    finally:
        language.speak(None)


@pytest.mark.parametrize("name", [name for name, _codes in ALL], ids=lambda name: name.__name__)
def test_an_unknown_code_is_shown_as_it_is(name: Callable[[str], str]) -> None:
    assert name("my_kettle_bell") == "my kettle bell"
    assert name("") == ""


def test_a_place_with_its_side() -> None:
    assert names.where("upper_chest", "right") == "upper chest, right side"
    assert names.where("upper_chest") == "upper chest"


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((), ""),
        (("flank",), "waist"),
        (("flank", "lower_back"), "waist and lower back"),
        (("flank", "eyes", "lower_back"), "waist, eyes and lower back"),
    ],
)
def test_several_places_in_one_breath(codes: tuple[str, ...], said: str) -> None:
    assert names.areas(codes) == said


def test_the_week_begins_on_monday() -> None:
    assert [names.weekday(number) for number in (0, 6)] == ["Mon", "Sun"]
