"""Which session is the person's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from postured.bus import Bus, BusError
from postured.sense.services import property_of
from postured.sense.sessions import LOGIN, LOGIN_SESSION, session_of
from tests.notify.private_bus import PrivateBus, private_bus
from tests.sense.fake_logind import FakeLogind

ME, OTHER = 1000, 1001


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    yield from private_bus(tmp_path)


@pytest.mark.parametrize(
    ("sessions", "display", "found"),
    [
        ((), "", ""),
        ((("1", OTHER, "seat0"),), "", ""),
        ((("1", OTHER, "seat0"), ("2", ME, ""), ("3", ME, "seat0")), "", "3"),
        ((("2", ME, ""), ("4", ME, "")), "", "2"),
        ((("2", ME, ""), ("3", ME, "seat0")), "2", "2"),
    ],
    ids=["none", "none of ours", "at a seat first", "any of ours", "the one that logind names"],
)
def test_the_session_of_the_person_is_found(
    bus: PrivateBus, sessions: tuple[tuple[str, int, str], ...], display: str, found: str
) -> None:
    async def main() -> tuple[str, str]:
        connection = await Bus.connect(bus.address)
        try:
            return await session_of(connection, ME, 2.0)
        finally:
            await connection.close()

    with contextlib.closing(FakeLogind(bus.address, *sessions, display=display)):
        session_id, path = asyncio.run(main())
    assert session_id == found
    assert path == (FakeLogind.path(found) if found else "")


def test_what_logind_does_not_know_is_none_and_silence_an_error(bus: PrivateBus) -> None:
    async def main() -> None:
        connection = await Bus.connect(bus.address)
        path = FakeLogind.path("1")
        assert await property_of(connection, LOGIN, path, LOGIN_SESSION, "Type", 2.0) == "wayland"
        assert await property_of(connection, LOGIN, path, LOGIN_SESSION, "Mood", 2.0) is None
        login.mute = True
        with pytest.raises(BusError, match="timeout"):
            await property_of(connection, LOGIN, path, LOGIN_SESSION, "Type", 0.1)
        await connection.close()

    with contextlib.closing(FakeLogind(bus.address, ("1", ME, "seat0"))) as login:
        asyncio.run(main())
