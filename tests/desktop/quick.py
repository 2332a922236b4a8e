"""A person whose minutes are seconds: a schedule that comes due while a test waits, and a look at what came of it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any, cast

from postured import control
from postured.paths import Places, places
from tests.desktop.session import Desktop, wait_for

TITLE = "Sit back and breathe out"
SPACING_S = 1.0

SCHEDULE = """\
work: {{idle_after: {idle_after}}}
me: {{places: [home], equipment: []}}
reminders:
  reset: {{after: {after}, pause: {pause}, repeat: {repeat}, snooze: 1s, suggest: [break]}}
notify: {{spacing: 1s, backend: {backend}}}
{more}"""

ITEM = f"""\
- id: sit
  kind: break
  title: Sit back
  summary: {TITLE}
  place: [home]
  steps:
    - {{text: Lean back and let the arms hang., seconds: 3}}
"""
"""The only break for somebody who is at home, and three seconds long."""


def write_quick(
    session: Desktop,
    *,
    after: str = "1s",
    pause: str = "2s",
    repeat: str = "1h",
    idle_after: str = "2s",
    backend: str = "auto",
    more: str = "",
) -> str:
    """Give the person a schedule of one quick reminder, `reset`, and one short item; returns its text.

    `more` is further lines of the schedule.
    """
    text = SCHEDULE.format(
        after=after, pause=pause, repeat=repeat, idle_after=idle_after, backend=backend, more=more
    )
    library = session.write_schedule(text).parent / "library"
    library.mkdir(exist_ok=True)
    (library / "own.yaml").write_text(ITEM)
    return text


def where(session: Desktop) -> Places:
    """The person's folders and files."""
    return places(session.env)


def status(session: Desktop) -> dict[str, Any]:
    """What the daemon says of itself, without the price of a whole command."""
    return cast("dict[str, Any]", control.ask(where(session).socket, {"ask": "status"}))


def wait_for_status(session: Desktop, limit_s: float = 5.0, **wanted: object) -> dict[str, Any]:
    """Return the first status with these values."""
    seen: dict[str, Any] = {}

    def fits() -> bool:
        seen.clear()
        with contextlib.suppress(control.ControlError):
            seen.update(status(session))
        return bool(seen) and all(seen[key] == value for key, value in wanted.items())

    try:
        wait_for(fits, limit_s)
    except AssertionError:
        raise AssertionError(f"not within {limit_s:g} s: {wanted}; the status is {seen}") from None
    return seen


def ask(session: Desktop, *argv: str) -> Any:
    """What a command prints as JSON; it must go well."""
    return json.loads(said(session, *argv, "--json"))


def said(session: Desktop, *argv: str) -> str:
    """What a command prints; it must go well."""
    done = session.run(*argv)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def outcomes(session: Desktop) -> list[tuple[str | None, str | None]]:
    """Reminder and outcome of each line of the history, oldest first."""
    rows = sorted(ask(session, "history"), key=lambda row: row["at"])
    return [(row["reminder"], row["outcome"]) for row in rows]


@contextlib.contextmanager
def notice_up(session: Desktop) -> Iterator[None]:
    """Somebody works until the notice is up, and goes on working while the block runs."""
    with session.typing(0.3):
        session.wait_for_notification(TITLE, limit_s=8)
        yield


def nothing_new(session: Desktop, for_s: float) -> None:
    """See that for this long no notification is sent."""
    before = len(session.notifications())
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        assert len(session.notifications()) == before, session.notifications()[before:]
        time.sleep(0.1)


def failed(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """Exit code and error of a command that must have said its trouble in one line."""
    assert done.stderr.count("\n") == 1, done
    assert done.stderr.startswith("postured: "), done
    return done.returncode, done.stderr
