"""The clock of Windows that stands still in a suspend."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from postured.sense.awake_windows import open_clock
from tests.sense.fake_library import Library, loading, pointed_at


def test_it_is_read_in_seconds() -> None:
    def query(into: Any) -> int:
        pointed_at(into).value = 2**40 + 5_000_000
        return 1

    clock = open_clock(loading({"kernel32": Library(QueryUnbiasedInterruptTime=query)}))
    assert clock() == (2**40 + 5_000_000) / 10_000_000


def test_where_it_is_missing_no_suspend_is_seen() -> None:
    assert open_clock(loading({})) is time.monotonic
    assert open_clock(loading({"kernel32": Library()})) is time.monotonic


@pytest.mark.parametrize(("platform", "loaded"), [("linux", False), ("darwin", False), ("win32", True)])
def test_only_windows_needs_it(platform: str, loaded: bool) -> None:
    program = (
        "import sys; from postured.sense.suspend import awake_clock; "
        f"awake_clock({platform!r})(); print('postured.sense.awake_windows' in sys.modules)"
    )
    asked = [sys.executable, "-c", program]
    told = subprocess.run(asked, check=True, timeout=30, capture_output=True, text=True)
    assert told.stdout.strip() == str(loaded)
