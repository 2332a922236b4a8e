"""The boundary to the shell of Windows."""

from __future__ import annotations

from typing import Any

import pytest

from postured.sense.holds.windows_shell import Shell
from tests.sense.fake_library import Library, loading, pointed_at

HANDLE = 0xFFFF_0000_1234  # more than 32 bits: a cut handle is no handle


class Pc:
    def __init__(self) -> None:
        self.state = 5
        self.result = 0
        self.window = HANDLE + 1
        self.process = 4242
        self.path = r"C:\Program Files\VideoLAN\VLC\VLC.exe"
        self.refuses = False
        self.open: list[int] = []
        self.load = loading(
            {
                "shell32": Library(SHQueryUserNotificationState=self._state),
                "user32": Library(
                    GetForegroundWindow=lambda: self.window, GetWindowThreadProcessId=self._owner
                ),
                "kernel32": Library(
                    OpenProcess=self._open, CloseHandle=self._close, QueryFullProcessImageNameW=self._path
                ),
            }
        )

    def _state(self, into: Any) -> int:
        pointed_at(into).value = self.state
        return self.result

    def _owner(self, window: int | None, into: Any) -> int:
        assert window == (self.window or None)
        pointed_at(into).value = self.process if window else 0
        return 1 if window else 0

    def _open(self, access: int, inherit: int, process: int) -> int:
        assert (access, inherit, process) == (0x1000, 0, self.process)
        if self.refuses:
            return 0
        self.open.append(HANDLE)
        return HANDLE

    def _close(self, handle: int) -> int:
        self.open.remove(handle)
        return 1

    def _path(self, handle: int, flags: int, into: Any, size: Any) -> int:
        assert (handle, flags) == (HANDLE, 0)
        if not self.path:
            return 0
        assert len(self.path) < pointed_at(size).value == len(into)
        into.value = self.path
        return 1


@pytest.fixture
def pc() -> Pc:
    return Pc()


def test_the_state_is_read(pc: Pc) -> None:
    pc.state = 3
    assert Shell(pc.load).state() == 3


def test_a_failure_is_told(pc: Pc) -> None:
    pc.result = -2147467259
    with pytest.raises(OSError, match="disturbed"):
        Shell(pc.load).state()


def test_the_program_in_front_is_known_by_its_file(pc: Pc) -> None:
    assert Shell(pc.load).front_program() == "vlc.exe"
    assert pc.open == []


@pytest.mark.parametrize("what", ["no window", "refused", "no path"])
def test_a_program_that_cannot_be_known_has_no_name(pc: Pc, what: str) -> None:
    match what:
        case "no window":
            pc.window = 0
        case "refused":
            pc.refuses = True
        case _:
            pc.path = ""
    assert Shell(pc.load).front_program() == ""
    assert pc.open == []
