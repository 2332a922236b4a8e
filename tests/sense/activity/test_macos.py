"""The boundary to Quartz: what is asked, with which types, and what follows from the answers."""

from __future__ import annotations

import ctypes

import pytest

from postured.sense.activity.macos import Quartz, open_idle
from postured.sense.foreign import Load
from postured.sense.protocol import SensorError
from tests.sense.fake_apple import Foundation
from tests.sense.fake_library import Library, loading


class Mac:
    def __init__(self) -> None:
        self.idle_s = 0.0
        self.session = True
        self.asked: list[tuple[int, int]] = []
        self._foundation = Foundation()
        self.services = Library(
            CGEventSourceSecondsSinceLastEventType=self._since,
            CGSessionCopyCurrentDictionary=lambda: self._foundation.give({}) if self.session else 0,
            CFRelease=self._foundation._release,
        )

    @property
    def load(self) -> Load:
        return loading({"ApplicationServices": self.services})

    @property
    def leaked(self) -> list[int]:
        return self._foundation.owned

    def _since(self, state: int, kind: int) -> float:
        self.asked.append((state, kind))
        return self.idle_s


@pytest.fixture
def mac() -> Mac:
    return Mac()


def test_the_devices_are_asked_for_any_input(mac: Mac) -> None:
    mac.idle_s = 12.625
    assert Quartz(mac.load).idle_s() == 12.625
    assert mac.asked == [(1, 0xFFFFFFFF)]
    declared = mac.services.CGEventSourceSecondsSinceLastEventType  # type: ignore[attr-defined]
    assert declared.restype is ctypes.c_double
    assert declared.argtypes == (ctypes.c_int32, ctypes.c_uint32)


def test_it_is_an_exact_source_under_its_name(mac: Mac) -> None:
    source = open_idle(60, lambda: 1000.0, load=mac.load)
    assert (source.name, source.quality) == ("macos", "exact")
    assert mac.leaked == []


def test_elsewhere_it_is_refused_for_good() -> None:
    with pytest.raises(SensorError, match="Quartz") as caught:
        open_idle(60, lambda: 1000.0)
    assert caught.value.name == "macos"
    assert caught.value.lasting


def test_without_a_screen_it_is_refused_for_now(mac: Mac) -> None:
    mac.session = False
    with pytest.raises(SensorError, match="screen") as caught:
        open_idle(60, lambda: 1000.0, load=mac.load)
    assert not caught.value.lasting


def test_without_an_answer_it_is_refused_for_now(mac: Mac) -> None:
    mac.idle_s = float("nan")
    with pytest.raises(SensorError, match="does not know") as caught:
        open_idle(60, lambda: 1000.0, load=mac.load)
    assert not caught.value.lasting
