"""The boundary to the ticks of Windows, and what their 32 bits mean."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from postured.sense.activity.windows import LastInputInfo, Ticks, open_idle
from postured.sense.foreign import Load
from postured.sense.protocol import SensorError
from tests.sense.fake_library import Library, loading, pointed_at


class Pc:
    def __init__(self) -> None:
        self.now_ms = 0
        self.last_ms = 0
        self.answers = True
        self.user = Library(GetLastInputInfo=self._last)
        self.kernel = Library(GetTickCount64=lambda: self.now_ms)

    @property
    def load(self) -> Load:
        return loading({"user32": self.user, "kernel32": self.kernel})

    def _last(self, info: Any) -> int:
        assert pointed_at(info).size == 8, "Windows refuses a structure of another size"
        pointed_at(info).tick_ms = self.last_ms & 0xFFFFFFFF
        return int(self.answers)


@pytest.fixture
def pc() -> Pc:
    return Pc()


def test_the_structure_is_as_winuser_h_has_it() -> None:
    assert ctypes.sizeof(LastInputInfo) == 8
    assert LastInputInfo.tick_ms.offset == 4


WRAP_MS = 2**32


@pytest.mark.parametrize(
    ("now_ms", "last_ms", "idle_s"),
    [
        (70_000, 10_000, 60.0),
        (WRAP_MS - 1, WRAP_MS - 1001, 1.0),
        (WRAP_MS + 500, WRAP_MS - 500, 1.0),  # the tick began anew in between
        (3 * WRAP_MS + 61_000, 3 * WRAP_MS + 1000, 60.0),
        (WRAP_MS + 40 * 86_400_000, WRAP_MS, 40 * 86_400.0),
        (50_000, 50_016, 0.0),  # a program gave its own tick, a little ahead
        (WRAP_MS, WRAP_MS + 20_000, 0.0),
    ],
)
def test_idle_time_is_right_across_the_turn_of_the_tick(
    pc: Pc, now_ms: int, last_ms: int, idle_s: float
) -> None:
    pc.now_ms, pc.last_ms = now_ms, last_ms
    assert Ticks(pc.load).idle_s() == idle_s


def test_the_tick_of_now_has_64_bits(pc: Pc) -> None:
    Ticks(pc.load)
    assert pc.kernel.GetTickCount64.restype is ctypes.c_uint64  # type: ignore[attr-defined]


def test_it_is_an_exact_source_under_its_name(pc: Pc) -> None:
    source = open_idle(60, lambda: 1000.0, load=pc.load)
    assert (source.name, source.quality) == ("windows", "exact")


def test_elsewhere_it_is_refused_for_good() -> None:
    with pytest.raises(SensorError, match="not Windows") as caught:
        open_idle(60, lambda: 1000.0)
    assert caught.value.name == "windows"
    assert caught.value.lasting


def test_without_an_answer_it_is_refused_for_now(pc: Pc) -> None:
    pc.answers = False
    with pytest.raises(SensorError, match="last input") as caught:
        open_idle(60, lambda: 1000.0, load=pc.load)
    assert not caught.value.lasting
