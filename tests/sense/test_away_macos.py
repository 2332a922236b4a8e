"""The boundary to the window server's description of the session."""

from __future__ import annotations

import pytest

from postured.sense.away_macos import Session, open_away
from tests.sense.fake_apple import Foundation
from tests.sense.fake_library import Library, loading


class Mac:
    def __init__(self) -> None:
        self.session: dict[str, object] | None = {"kCGSSessionOnConsoleKey": True}
        self.foundation = Foundation()
        services = Library(
            CGSessionCopyCurrentDictionary=lambda: (
                0 if self.session is None else self.foundation.give(self.session)
            )
        )
        self.load = loading({"CoreFoundation": self.foundation.library, "ApplicationServices": services})


@pytest.fixture
def mac() -> Mac:
    return Mac()


@pytest.mark.parametrize(
    ("session", "known"),
    [
        ({"kCGSSessionOnConsoleKey": True}, {"lock": False, "session": False}),
        (
            {"kCGSSessionOnConsoleKey": True, "CGSSessionScreenIsLocked": True},
            {"lock": True, "session": False},
        ),
        ({"kCGSSessionOnConsoleKey": 1, "CGSSessionScreenIsLocked": 0}, {"lock": False, "session": False}),
        ({"kCGSSessionOnConsoleKey": False}, {"lock": False, "session": True}),
        ({}, {"lock": False}),
    ],
)
def test_the_session_is_read(mac: Mac, session: dict[str, object], known: dict[str, bool]) -> None:
    mac.session = session
    assert Session(mac.load).look() == known
    assert mac.foundation.owned == []


def test_outside_a_session_nothing_is_known(mac: Mac) -> None:
    mac.session = None
    with pytest.raises(OSError, match="no session"):
        Session(mac.load).look()


def test_making_the_watcher_loads_nothing() -> None:
    def load(name: str) -> None:
        raise AssertionError(name)

    assert open_away(load).describe()["away"] == "not looked for yet"  # type: ignore[arg-type]
