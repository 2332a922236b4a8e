"""What tests of whole days do with a living daemon, beside what `Life` can do by itself."""

from __future__ import annotations

from postured.core import engine
from postured.core.model import Tick
from postured.sense.holds.protocol import Seen
from tests.fakes_holds import FakeWay
from tests.fakes_life import Life

ON, OFF = Seen(True), Seen(False)

FIRST = "Stand up, reach for the ceiling, lean both ways"
"""What B07 says, which the lot of the fakes' Monday puts first."""
COUNTED = "Break counted"
STUCK = "Reminders have been held back for long"

LONGEST_STEP_S = 1800.0


async def wake(life: Life) -> None:
    """Let the daemon be woken, by its alarm or whatever comes first after a suspend."""
    life.daemon.sense(Tick())
    await life.quiet()


async def go_on(life: Life, seconds: float) -> None:
    """Work for so long in long steps: from one moment that matters to the next, with a key at each of them."""
    life.idle.type()
    await wake(life)
    end_s = life.clock.s + seconds
    while (left_s := end_s - life.clock.s) > 1e-3:
        due = engine.next_wake(life.daemon.state)
        waits = [left_s, LONGEST_STEP_S]
        if due.s is not None:
            waits.append(due.s - life.clock.s)
        if due.unix_s is not None:
            waits.append(due.unix_s - life.clock.unix_s)
        life.clock.go(max(0.001, min(waits)))
        life.idle.type()
        await wake(life)


async def sees(life: Life, way: FakeWay, seen: Seen | None) -> None:
    """Let a sensor of the desktop see this from now on, and say that something changed."""
    way.sees = seen
    way.changed()
    await life.quiet()


def levels(life: Life) -> list[float]:
    """Of each tank, now."""
    state = life.daemon.state
    return [engine.level(state, i, life.clock.s) for i in range(len(state.levels))]


def reminded(life: Life) -> int:
    """How many notices came up, without the words that ask for nothing."""
    return len([title for title in life.titles if title not in (COUNTED, STUCK)])
