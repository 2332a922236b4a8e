"""The boundary to the Remote Desktop Services of Windows, which describe every session."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

import pytest

from postured.sense.away_windows import Session, SessionInfo, open_away
from tests.sense.fake_library import Library, loading, pointed_at

ACTIVE, DISCONNECTED = 0, 4
LOCKED, UNLOCKED, UNKNOWN = 0, 1, -1


class Pc:
    """Answers with the bytes of a WTSINFOEXW, as its documentation lays it out."""

    def __init__(self) -> None:
        self.answer = self.info(ACTIVE, UNLOCKED)
        self.answers = True
        self.given: list[int] = []
        self._buffer: Any = None
        self.load = loading(
            {"wtsapi32": Library(WTSQuerySessionInformationW=self._query, WTSFreeMemory=self._free)}
        )

    def info(self, state: int, flags: int, level: int = 1) -> bytes:
        """Level, padding, then session id, state and flags; names and times after them."""
        return struct.pack("<IIIii", level, 0, 3, state, flags) + bytes(200)

    def _query(self, server: None, session: int, kind: int, found: Any, size: Any) -> int:
        assert (server, session, kind) == (None, 0xFFFFFFFF, 25)
        if not self.answers:
            return 0
        self._buffer = ctypes.create_string_buffer(self.answer, len(self.answer))
        pointed_at(found).value = ctypes.addressof(self._buffer)
        pointed_at(size).value = len(self.answer)
        self.given.append(ctypes.addressof(self._buffer))
        return 1

    def _free(self, address: Any) -> None:
        self.given.remove(address.value)


@pytest.fixture
def pc() -> Pc:
    return Pc()


def test_the_structure_begins_as_wtsapi32_h_has_it() -> None:
    assert [getattr(SessionInfo, name).offset for name in ("level", "id", "state", "flags")] == [0, 8, 12, 16]


@pytest.mark.parametrize(
    ("state", "flags", "known"),
    [
        (ACTIVE, UNLOCKED, {"session": False, "lock": False}),
        (ACTIVE, LOCKED, {"session": False, "lock": True}),
        (ACTIVE, UNKNOWN, {"session": False}),
        (DISCONNECTED, LOCKED, {"session": True, "lock": True}),
    ],
)
def test_the_session_is_read(pc: Pc, state: int, flags: int, known: dict[str, bool]) -> None:
    pc.answer = pc.info(state, flags)
    assert Session(pc.load).look() == known
    assert pc.given == [], "its memory is given back"


@pytest.mark.parametrize("what", ["refused", "short", "another level"])
def test_without_a_proper_answer_nothing_is_known(pc: Pc, what: str) -> None:
    match what:
        case "refused":
            pc.answers = False
        case "short":
            pc.answer = b"\1\0\0\0"
        case _:
            pc.answer = pc.info(ACTIVE, LOCKED, level=2)
    with pytest.raises(OSError, match="does not describe"):
        Session(pc.load).look()
    assert pc.given == []


def test_making_the_watcher_loads_nothing() -> None:
    def load(name: str) -> None:
        raise AssertionError(name)

    assert open_away(load).describe()["away"] == "not looked for yet"  # type: ignore[arg-type]
