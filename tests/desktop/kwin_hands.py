"""The hands of somebody in front of KWin: `key CODE` and `move DX DY`, a line each, answered when done.

A program of its own, because KWin lets only processes of its own user touch its fake input.
"""

from __future__ import annotations

import os
import sys
import time

from postured.sense.activity import wayland_wire as wire
from postured.sense.sockets import at_path, reach

FAKE_INPUT = "org_kde_kwin_fake_input"
AUTHENTICATE, POINTER_MOTION, KEYBOARD_KEY = 0, 1, 10
LIMIT_S = 5.0


def main() -> None:
    """Say `ready`, then do as told until the input ends."""
    peer = reach(at_path(wire.socket_path(os.environ) or ""), time.monotonic() + LIMIT_S)
    session = wire.Session()
    wire.roundtrip(peer, session, time.monotonic() + LIMIT_S)
    hands, _version = session.bind(FAKE_INPUT, session.offers[FAKE_INPUT][0], 4)
    session.send(hands, AUTHENTICATE, "a test", "to press keys")
    wire.roundtrip(peer, session, time.monotonic() + LIMIT_S)
    say("ready")
    for line in sys.stdin:
        what, *numbers = line.split()
        if what == "key":
            for pressed in (1, 0):
                session.send(hands, KEYBOARD_KEY, int(numbers[0]), pressed)
        else:
            session.send(hands, POINTER_MOTION, *(int(number) * 256 & 0xFFFFFFFF for number in numbers))
        wire.roundtrip(peer, session, time.monotonic() + LIMIT_S)
        say("done")


def say(word: str) -> None:
    """Tell the test."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
