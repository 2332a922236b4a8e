"""How the tests are spread over the machine."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

MORE_WORKERS = 1
"""More than cores: most of a long test is waiting, for a desktop or for a second to pass; but some measure time."""


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Say how many workers `-n auto` starts; PYTEST_XDIST_AUTO_NUM_WORKERS has the last word."""
    cores = yield
    return cores if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores + MORE_WORKERS
