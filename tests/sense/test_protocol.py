"""What all sensors share: waits that grow."""

from __future__ import annotations

from postured.sense.protocol import GrowingWait


def test_waits_double_up_to_the_limit_and_begin_anew() -> None:
    wait = GrowingWait(1.0, 5.0)
    assert [wait.next_s() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    wait.begin_anew()
    assert [wait.next_s(), wait.next_s()] == [1.0, 2.0]
