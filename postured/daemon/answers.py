"""What the daemon answers to commands. Reads the daemon, and asks it to do what a command says; nothing more."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from postured.clock import Clock
from postured.control import ControlError
from postured.control_server import Reply
from postured.core import engine, report, wording
from postured.core.model import Action, Decide, Event, Item, Kind, Pause, Problem, Suggest
from postured.daemon.start import Ready

PLAN_AHEAD = timedelta(hours=24)

LONGEST_PAUSE_S = 366 * 86_400.0


class Daemon(Protocol):
    """As much of the daemon as answering takes."""

    ready: Ready
    clock: Clock
    state: engine.State
    items: dict[str, Item]
    problems: list[Problem]
    library_problems: list[str]

    @property
    def source(self) -> str:
        """Whose schedule it runs on: `file`, `last good` or `default`."""

    decisions: deque[tuple[float, Decide]]
    """The last decisions and when they were taken, Unix seconds."""

    @property
    def notifier(self) -> tuple[str, str]:
        """Which notifier is used, and what became of the last thing shown."""

    def feed(self, event: Event) -> None:
        """Let something happen."""

    def feed_quietly(self) -> None:
        """Bring the state up to the present, without telling followers."""

    def press(self, action: Action) -> None:
        """Answer the notice that is up."""

    @property
    def troubles(self) -> list[str]:
        """What does not work at the moment, a line each."""

    def pause(self, pause: Pause | None) -> bool:
        """Hold everything, or stop holding; whether it will be remembered."""

    async def found(self) -> Mapping[str, object]:
        """What was found on this desktop."""


class Answers:
    """Knows every command by name."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._known: dict[str, Callable[[dict[str, object]], Awaitable[Reply]]] = {
            "status": self._status,
            "why": self._why,
            "pause": self._pause,
            "resume": self._resume,
            "now": self._now,
            "press": self._press,
            "plan": self._plan,
            "doctor": self._doctor,
        }

    async def handle(self, request: dict[str, object]) -> Reply:
        """Answer one request.

        Raises:
            ControlError: It is not understood, or cannot be done; the line for the person.
        """
        answer = self._known.get(str(request.get("ask")))
        if answer is None:
            raise ControlError(f"the daemon does not know the command {request.get('ask')!r:.60}")
        return await answer(request)

    def status(self, idle_s: float | None = None) -> dict[str, Any]:
        """What `status --json` prints.

        Args:
            idle_s: Seconds since the last input, if the sensor was asked; it tells a short silence from typing.
        """
        d = self._daemon
        d.feed_quietly()
        state, sensor = d.state, d.ready.sensor
        up = state.notice
        name, delivery = d.notifier
        following = report.next_due(state)
        pause = state.pause
        until = None
        if pause is not None and pause.until_unix_s is not None:
            until = datetime.fromtimestamp(pause.until_unix_s, state.now.zone)
        elif pause is not None and state.pause_end_s < math.inf:
            until = state.now.at(state.pause_end_s)
        return {
            "state": report.presence(state, idle_s),
            "holds": sorted(engine.holds(state)),
            "why": report.why_nothing(state),
            "reminders": report.reminders(state),
            "next": None if following is None else {"reminder": following[0], "at": report.iso(following[1])},
            "notice": report.notice(state, None if up is None else d.items.get(up.item)),
            "paused_until": report.iso(until),
            "sensors": {"activity": sensor.name, "quality": sensor.quality, "note": sensor.note},
            "notifier": name,
            "delivery": delivery,
            "config": {
                "path": str(d.ready.config),
                "ok": not d.problems,
                "source": d.source,
                "problems": [str(p) for p in d.problems],
            },
            "library": {"items": len(d.items), "problems": d.library_problems},
            "troubles": d.troubles,
            "pid": os.getpid(),
        }

    async def _status(self, request: dict[str, object]) -> Reply:
        idle_s = await self._daemon.ready.sensor.idle_s()
        return Reply(self.status(idle_s), follow=request.get("follow") is True)

    async def _why(self, _request: dict[str, object]) -> Reply:
        zone = self._daemon.state.now.zone
        told = [
            {
                "at": report.iso(datetime.fromtimestamp(unix_s, zone)),
                "reminder": decision.reminder,
                "verdict": decision.verdict,
                "because": decision.because,
                "say": wording.decision(decision),
            }
            for unix_s, decision in self._daemon.decisions
        ]
        status = self.status()
        return Reply({"decisions": told, "now": status["why"], "next": status["next"]})

    async def _pause(self, request: dict[str, object]) -> Reply:
        for_s, until_unix_s = _number(request, "for_s"), _number(request, "until_unix_s")
        lengths_s = [] if for_s is None else [for_s]
        if until_unix_s is not None:
            lengths_s.append(until_unix_s - self._daemon.clock.now().unix_s)
        if lengths_s and min(lengths_s) <= 0:
            raise ControlError("the pause would be over already; give a time ahead")
        if lengths_s and max(lengths_s) > LONGEST_PAUSE_S:
            raise ControlError("that is longer than a year; without a time it lasts until postured resume")
        remembered = self._daemon.pause(Pause(for_s, until_unix_s))
        return Reply({"paused_until": self.status()["paused_until"], "remembered": remembered})

    async def _resume(self, _request: dict[str, object]) -> Reply:
        was = self._daemon.state.pause is not None
        self._daemon.pause(None)
        return Reply({"was_paused": was})

    async def _now(self, request: dict[str, object]) -> Reply:
        what = str(request.get("what") or "")
        items = self._daemon.items
        if what in list(Kind) and not any(item.kind == what and item.duration_s for item in items.values()):
            raise ControlError(f"the library holds no timed item of the kind {what}; see: postured library")
        if not what:
            event = Suggest(kinds=engine.KINDS_OF_NOW)
        elif what in list(Kind):
            event = Suggest(kinds=(Kind(what),))
        elif what in items:
            event = Suggest(item=what)
        elif what.upper() in items:
            event = Suggest(item=what.upper())
        else:
            kinds = ", ".join(Kind)
            raise ControlError(f"{what!r:.60} is neither an item nor a kind ({kinds}); see: postured library")
        before = self._daemon.state.notice
        self._daemon.feed(event)
        up = self._daemon.state.notice
        if up is None or up is before:
            raise ControlError("the library holds nothing of that kind for you; see: postured library")
        return Reply({"notice": report.notice(self._daemon.state, items.get(up.item))})

    async def _press(self, request: dict[str, object]) -> Reply:
        action = str(request.get("action"))
        up = self._daemon.state.notice
        if action not in list(Action):
            raise ControlError(f"there is no button {action!r:.60}")
        if up is None:
            raise ControlError("no notice is up; ask for one with: postured now")
        if action == Action.LATER and not engine.can_wait(up):
            why = "you asked for it yourself" if up.reminder is None else "it was put off twice already"
            raise ControlError(f"{why}; postured done or postured skip")
        self._daemon.press(Action(action))
        return Reply({"reminder": up.reminder, "item": up.item, "action": action})

    async def _plan(self, _request: dict[str, object]) -> Reply:
        from postured import simulate  # only this command replays anything

        self._daemon.feed_quietly()
        state = self._daemon.state
        until_unix_s = state.now.unix_s + PLAN_AHEAD.total_seconds()
        shown = simulate.plan(state, until_unix_s)
        return Reply({"notices": [simulate.to_json(one) for one in shown]})

    async def _doctor(self, _request: dict[str, object]) -> Reply:
        return Reply({"found": await self._daemon.found(), "status": self.status()})


def _number(request: dict[str, object], key: str) -> float | None:
    value = request.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ControlError(f"{key} is not a number of seconds")
    return float(value)
