"""Makes the notifier that the schedule asks for (`notify: backend:`). Loads only what that one needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from postured.notify.message import Ended, Notifier


def make_notifier(
    backend: str,
    on_ended: Callable[[Ended], None],
    *,
    env: Mapping[str, str],
    icon: str = "",
    stream: TextIO | None,
) -> Notifier:
    """Make the notifier called `backend`; nothing is connected before its `start`.

    Args:
        backend: `auto`, `desktop`, `plyer` or `console`.
        on_ended: Hears once of the end of every delivered notice; a plain function.
        env: Says where the session bus is.
        icon: Absolute path of the picture in a notice, or empty.
        stream: Where the console prints; None where there is none.
    """
    if backend == "console":
        return _console(on_ended, stream, 5.0)
    if backend == "plyer":
        return _portable(on_ended, 5.0)
    if backend == "desktop":
        return _desktop(on_ended, env, icon, 5.0) or _portable(on_ended, 5.0)

    from postured.notify.auto import Auto

    # Both may have to wait, one after the other; together they keep within five seconds.
    first = _desktop(on_ended, env, icon, 4.0) or _portable(on_ended, 4.0)
    return Auto(first, _console(on_ended, stream, 1.0))


def _desktop(
    on_ended: Callable[[Ended], None], env: Mapping[str, str], icon: str, limit_s: float
) -> Notifier | None:
    """Make the notifier for a Linux desktop; None elsewhere, or if what it needs isn't installed."""
    if sys.platform != "linux":
        return None
    try:
        from postured.notify.desktop import Desktop
    except ImportError:
        return None
    return Desktop(on_ended, env=env, icon=icon, limit_s=limit_s)


def _portable(on_ended: Callable[[Ended], None], limit_s: float) -> Notifier:
    from postured.notify.portable import Portable

    return Portable(on_ended, limit_s=limit_s)


def _console(on_ended: Callable[[Ended], None], stream: TextIO | None, limit_s: float) -> Notifier:
    from postured.notify.console import Console

    return Console(on_ended, stream=stream, limit_s=limit_s)
