"""CoreFoundation: what is read is right, and what was taken is given back."""

from __future__ import annotations

import pytest

from postured.sense.apple import CoreFoundation
from postured.sense.foreign import function, load_c, load_windows
from tests.sense.fake_apple import Foundation
from tests.sense.fake_library import Library, loading


@pytest.fixture
def system() -> Foundation:
    return Foundation()


@pytest.fixture
def read(system: Foundation) -> CoreFoundation:
    return CoreFoundation(loading({"CoreFoundation": system.library}))


@pytest.mark.parametrize(
    ("value", "found"), [(7, 7), (-(2**40), -(2**40)), (True, 1), (False, 0), ("seven", None), (None, None)]
)
def test_numbers_and_flags_are_read_by_their_names(
    system: Foundation, read: CoreFoundation, value: object, found: int | None
) -> None:
    assert read.integer(system.lend({"it": value}), "it") == found
    assert system.owned == [], "the name that was made for asking is given back"


def test_texts_are_read(system: Foundation, read: CoreFoundation) -> None:
    assert read.text(system.lend("Bücher")) == "Bücher"
    assert read.text(system.lend("x" * 5000)) == ""
    assert read.text(0) == ""


def test_a_list_is_gone_through_in_its_order(system: Foundation, read: CoreFoundation) -> None:
    assert [read.text(each) for each in read.items(system.lend(["a", "b", "c"]))] == ["a", "b", "c"]


def test_what_is_owned_is_given_back_even_after_a_mistake(system: Foundation, read: CoreFoundation) -> None:
    with pytest.raises(ZeroDivisionError), read.owned(system.give("x")):
        raise ZeroDivisionError
    with read.owned(None) as nothing:
        assert nothing == 0
    assert system.owned == []


def test_where_there_is_no_such_library_it_is_said() -> None:
    for load in (load_c, load_windows):
        with pytest.raises(OSError, match="NoSuchLibrary"):
            load("/System/NoSuchLibrary")


def test_a_function_that_is_missing_is_named() -> None:
    with pytest.raises(OSError, match="this system has no Rather"):
        function(loading({"lib": Library()})("lib"), "Rather", None)
