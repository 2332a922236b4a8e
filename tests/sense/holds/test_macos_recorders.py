"""The boundary to Core Audio's list of processes."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from postured.sense.holds.macos_recorders import Address, Recorders, four
from tests.sense.fake_apple import Foundation
from tests.sense.fake_library import Library, loading, pointed_at

UNKNOWN_PROPERTY = four("who?")
BAD_OBJECT = four("!obj")


class Mac:
    def __init__(self) -> None:
        self.processes: dict[int, tuple[str | None, bool]] | None = {}
        """By object: bundle name, None for one without; whether it records."""
        self.ended: set[int] = set()
        self.foundation = Foundation()
        audio = Library(AudioObjectGetPropertyDataSize=self._size, AudioObjectGetPropertyData=self._data)
        self.load = loading({"CoreFoundation": self.foundation.library, "CoreAudio": audio})

    def _size(self, thing: int, address: Any, qualifier: int, data: None, size: Any) -> int:
        assert (thing, qualifier, data) == (1, 0, None)
        assert self._selector(address) == "prs#"
        if self.processes is None:
            return UNKNOWN_PROPERTY
        pointed_at(size).value = 4 * len(self.processes)
        return 0

    def _data(self, thing: int, address: Any, qualifier: int, data: None, size: Any, into: Any) -> int:
        assert (qualifier, data) == (0, None)
        assert self.processes is not None
        if thing in self.ended:
            return BAD_OBJECT
        match self._selector(address):
            case "prs#":
                assert thing == 1
                into[:] = list(self.processes)
            case "piri":
                assert pointed_at(size).value == 4
                pointed_at(into).value = int(self.processes[thing][1])
            case "pbid":
                assert pointed_at(size).value == ctypes.sizeof(ctypes.c_void_p)
                name = self.processes[thing][0]
                if name is None:
                    return UNKNOWN_PROPERTY
                pointed_at(into).value = self.foundation.give(name)
        return 0

    def _selector(self, address: Any) -> str:
        asked = pointed_at(address)
        assert (asked.scope, asked.element) == (int.from_bytes(b"glob"), 0)
        return int(asked.selector).to_bytes(4).decode()


@pytest.fixture
def mac() -> Mac:
    return Mac()


def test_an_address_is_three_numbers() -> None:
    assert ctypes.sizeof(Address) == 12


def test_those_that_record_are_named(mac: Mac) -> None:
    mac.processes = {70: ("us.zoom.xos", True), 71: ("com.apple.Music", False), 72: (None, True)}
    assert Recorders(mac.load).names() == ["us.zoom.xos", ""]
    assert mac.foundation.owned == []


def test_names_are_in_small_letters(mac: Mac) -> None:
    mac.processes = {70: ("com.Apple.FaceTime", True)}
    assert Recorders(mac.load).names() == ["com.apple.facetime"]


def test_one_that_ended_meanwhile_does_not_record(mac: Mac) -> None:
    mac.processes, mac.ended = {70: ("us.zoom.xos", True)}, {70}
    assert Recorders(mac.load).names() == []


def test_without_programs_nobody_records(mac: Mac) -> None:
    assert Recorders(mac.load).names() == []


def test_before_macos_14_it_is_not_told(mac: Mac) -> None:
    mac.processes = None
    with pytest.raises(OSError, match="macOS 14"):
        Recorders(mac.load).names()
