"""A private bus for the tests of the notify wall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify.private_bus import PrivateBus, private_bus


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    """Give a running bus with nobody on it."""
    yield from private_bus(tmp_path)
