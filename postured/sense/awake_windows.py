"""The clock of Windows that stands still while the machine is asleep ("QueryUnbiasedInterruptTime")."""

from __future__ import annotations

import ctypes
import time

from postured.sense.foreign import Load, function, load_windows
from postured.sense.protocol import Clock

_PER_SECOND = 10_000_000


def open_clock(load: Load = load_windows) -> Clock:
    """Return it; where it is missing, one that counts suspend, so that no suspend is seen."""
    try:
        query = function(
            load("kernel32"),
            "QueryUnbiasedInterruptTime",
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_uint64),
        )
    except OSError:
        return time.monotonic

    def awake_s() -> float:
        count = ctypes.c_uint64()
        query(ctypes.byref(count))
        return count.value / _PER_SECOND

    return awake_s
