"""Fixtures that give a test a desktop of its own; `Desktop` in session.py says what can be done with it.

Where a program is missing the tests skip and say why; with POSTURED_REQUIRE_DESKTOP=1 they fail instead.
Further programs are asked for with `need("xfce4-notifyd")` from session.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.session import REQUIRED, Desktop, need


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder: `pytest -m "not desktop"` leaves it out."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.desktop)


@pytest.fixture
def session() -> Iterator[Desktop]:
    """Give a fresh session with X, bus and dunst."""
    need(*REQUIRED)
    with Desktop.start() as desktop:
        yield desktop


@pytest.fixture(scope="module")
def module_session() -> Iterator[Desktop]:
    """Give one session with X, bus and dunst for all tests of a file; they share what is on the screen."""
    need(*REQUIRED)
    with Desktop.start() as desktop:
        yield desktop


@pytest.fixture
def bare_session() -> Iterator[Desktop]:
    """Give a fresh session with X and bus, and no notification server until `start_dunst()`."""
    need(*REQUIRED)
    with Desktop.start(dunst=False) as desktop:
        yield desktop


@pytest.fixture
def headless_session() -> Iterator[Desktop]:
    """Give a fresh session with a bus, and neither display nor notification server."""
    need(*REQUIRED)
    with Desktop.start(dunst=False, x11=False) as desktop:
        yield desktop
