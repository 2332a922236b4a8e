"""What the ways of looking at the window in front share: what they find, and how they fail."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from postured.core.language import _
from postured.sense.holds.protocol import CannotTellError
from postured.sense.sockets import at_path, reach_in_loop


class Front(NamedTuple):
    """The window that has the focus."""

    full: bool
    """Whether it fills the screen."""
    names: frozenset[str] = frozenset()
    """What its program is called, in small letters."""
    awake: bool | None = None
    """Whether the desktop itself says that the screen is kept awake; None where it does not say."""


class NoWindowsError(CannotTellError):
    """The compositor shows its windows to nobody.

    `awake` says whether one of them keeps the screen awake, None where it does not say. `unsure` is True where
    it might have said so and did not, so that nobody else's no can be trusted.
    """

    def __init__(self, awake: bool | None, *, unsure: bool) -> None:
        super().__init__(_("the compositor shows no windows"))
        self.awake = awake
        self.unsure = unsure


class Windows(Protocol):
    """One way of looking at the window in front."""

    note: str

    async def front(self) -> Front:
        """Look; the caller sets the limit, by cancelling.

        Raises:
            CannotTellError: This desktop does not say.
            OSError: Nobody listens there, or the connection broke.
        """

    def stop(self) -> None:
        """End, and give back what is held."""


@contextlib.asynccontextmanager
async def reached(path: str) -> AsyncIterator[socket.socket]:
    """Connect to a socket for the length of a `with`, without holding up the running loop."""
    with await reach_in_loop(at_path(path)) as peer:
        yield peer
