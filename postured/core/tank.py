"""The tank: how much work a reminder has collected. Pure arithmetic, in seconds.

Work adds one second per second, up to half as much again as `after`. Rest drains `after / pause` per second, so that
a full pause empties a full tank. With `pause: never` rest drains nothing.
"""

from __future__ import annotations

from postured.core.model import NEVER

OVERFLOW = 1.5
"""How full a tank can get, in multiples of `after`: ignoring a reminder makes the needed rest longer, within reason."""


def fill(level_s: float, work_s: float, after_s: float) -> float:
    """The level after `work_s` of work."""
    return max(0.0, min(OVERFLOW * after_s, level_s + work_s))


def drain(level_s: float, rest_s: float, after_s: float, pause_s: float) -> float:
    """The level after `rest_s` of rest."""
    if pause_s == NEVER:
        return max(0.0, level_s)
    return max(0.0, level_s - rest_s * after_s / pause_s)


def rest_to_empty(level_s: float, after_s: float, pause_s: float) -> float:
    """How long a rest empties the tank; infinite with `pause: never` unless it is empty already."""
    if level_s <= 0.0:
        return 0.0
    return level_s * pause_s / after_s
