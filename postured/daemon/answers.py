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
from postured.core.language import _
from postured.core.model import (
    STATABLE,
    Action,
    Decide,
    Event,
    Felt,
    Hold,
    Item,
    Kind,
    KnotLog,
    Logged,
    Notice,
    Pause,
    Problem,
    Stated,
    Suggest,
    Told,
)
from postured.core.row import Text
from postured.core.safety import RED, Refusal
from postured.daemon import context
from postured.daemon.context import Context
from postured.daemon.guide import Guide
from postured.daemon.start import Ready

PLAN_AHEAD = timedelta(hours=24)

SHOW = "show"
"""Answers a notice as its button *Show me* does."""

LONGEST_PAUSE_S = 366 * 86_400.0
LONGEST_STATED_S = 86_400.0


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

    guide: Guide
    context: Context

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

    def answer(self, word: str) -> bool:
        """Answer the card that is up; whether it could be answered so."""

    def done(self, felt: Felt, *, pain: bool, reps: int | None) -> None:
        """Answer the notice of a set that is up, and how it went."""

    def recall(self) -> None:
        """Look up in the history what the person has done so far."""

    @property
    def troubles(self) -> list[str]:
        """What does not work at the moment, a line each."""

    def state_presence(self, stated: Stated) -> None:
        """Take somebody's word on a hold."""

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
            "presence": self._presence,
            "now": self._now,
            "press": self._press,
            "answer": self._answer,
            "recall": self._recall,
            "told": self._told,
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
            text = _("the daemon does not know the command {ask!r:.60}")
            raise ControlError(text.format(ask=request.get("ask")))
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
            "strength": report.strength(state),
            "rests": report.rests(state),
            "knots": report.knots(state),
            "flags": report.flags(state),
            "stated": report.stated(state),
            "sensors": {
                "activity": sensor.name,
                "quality": sensor.quality,
                "note": sensor.note,
                **context.as_json(d.context.looks),
            },
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
        await self._daemon.context.look()
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
                "detail": decision.detail,
                "say": wording.decision(decision),
            }
            for unix_s, decision in self._daemon.decisions
        ]
        status = self.status()
        items = self._daemon.items
        rests = [
            one | {"say": wording.resting_item(items[one["item"]], datetime.fromisoformat(one["until"]))}
            for one in status["rests"]
            if one["item"] in items
        ]
        return Reply({"decisions": told, "rests": rests, "now": status["why"], "next": status["next"]})

    async def _pause(self, request: dict[str, object]) -> Reply:
        for_s, until_unix_s = _number(request, "for_s"), _number(request, "until_unix_s")
        lengths_s = [] if for_s is None else [for_s]
        if until_unix_s is not None:
            lengths_s.append(until_unix_s - self._daemon.clock.now().unix_s)
        if lengths_s and min(lengths_s) <= 0:
            raise ControlError(_("the pause would be over already; give a time ahead"))
        if lengths_s and max(lengths_s) > LONGEST_PAUSE_S:
            raise ControlError(_("that is longer than a year; without a time it lasts until postured resume"))
        remembered = self._daemon.pause(Pause(for_s, until_unix_s))
        return Reply({"paused_until": self.status()["paused_until"], "remembered": remembered})

    async def _presence(self, request: dict[str, object]) -> Reply:
        what, on, for_s = request.get("what"), request.get("on"), _number(request, "for_s")
        if what is not None:
            if what not in STATABLE or not isinstance(on, bool):
                raise ControlError(_("call, fullscreen or away can be said to be on or off"))
            if for_s is not None and for_s <= 0:
                raise ControlError(_("that would be over already; give a time as 30m"))
            if for_s is not None and for_s > LONGEST_STATED_S:
                raise ControlError(
                    _("that is longer than a day; say it again tomorrow, or use postured pause")
                )
        # First, for `off` speaks against what sensors see just now.
        await self._daemon.context.look()
        if what is not None:
            self._daemon.state_presence(Stated(Hold(str(what)), on is True, for_s))
        return Reply({"presence": self._all_presence(), "holds": self.status()["holds"]})

    def _all_presence(self) -> dict[str, dict[str, object]]:
        """Of each hold that can be sensed or stated: whether it stands, till when somebody said so, and by what."""
        state, known = self._daemon.state, context.as_json(self._daemon.context.looks)
        said = report.stated(state)
        told: dict[str, dict[str, object]] = {}
        for hold in (Hold.CALL, Hold.FULLSCREEN, Hold.DND, Hold.AWAY):
            stands = bool(state.away) if hold is Hold.AWAY else hold in state.sensed
            unknown = not stands and hold is not Hold.AWAY and known[hold.value] is None
            notes = [way["note"] for way in known["ways"] if way["hold"] == hold.value]
            until = said[hold.value]["until"] if hold.value in said else None
            told[hold.value] = {"on": None if unknown else stands, "until": until, "notes": notes}
        return told

    async def _resume(self, _request: dict[str, object]) -> Reply:
        was = self._daemon.state.pause is not None
        self._daemon.pause(None)
        return Reply({"was_paused": was})

    async def _now(self, request: dict[str, object]) -> Reply:
        event = _wanted(str(request.get("what") or ""), self._daemon.items)
        before = self._daemon.state.notice
        self._daemon.feed(event)
        up = self._daemon.state.notice
        if up is None or up is before:
            raise ControlError(self._why_nothing(event))
        return Reply({"notice": report.notice(self._daemon.state, self._daemon.items.get(up.item))})

    def _why_nothing(self, event: Suggest) -> str:
        """Why nothing came of asking for it."""
        state = self._daemon.state
        who = engine.who(state)
        if event.item is not None:
            item = self._daemon.items[event.item]
            return wording.refusal(item, state.chooser.refuses(item, who) or Refusal("cap"))
        if state.knot is not None and state.knot.cause in RED:
            return wording.red_flag(state.knot.cause)
        if len(event.kinds) != 1:
            return _("the library holds nothing that is safe for you; see: postured library")
        kind = event.kinds[0]
        if not any(item.kind is kind for item in state.library) or kind is Kind.SETUP:
            text = _(
                "the library holds nothing of the kind {kind} that can be suggested; see: postured library"
            )
            return text.format(kind=kind)
        chooser = state.chooser
        return wording.nothing_of(
            kind, chooser.emptied_by(kind, who), chooser.lacking(kind, who), chooser.enough_of(kind, who)
        )

    async def _press(self, request: dict[str, object]) -> Reply:
        action = str(request.get("action"))
        up = self._daemon.state.notice
        if action not in list(Action):
            raise ControlError(_("there is no button {action!r:.60}").format(action=action))
        if up is None:
            raise ControlError(_("no notice is up; ask for one with: postured now"))
        if action == Action.LATER and not engine.can_wait(up):
            if up.reminder is None:
                raise ControlError(_("you asked for it yourself; postured done or postured skip"))
            raise ControlError(_("it was put off twice already; postured done or postured skip"))
        if request.get("felt") is None and request.get("pain") is None and request.get("reps") is None:
            self._daemon.press(Action(action))
        else:
            self._done(request, up)
        reply = {"reminder": up.reminder, "item": up.item, "action": action}
        if (asked := self._daemon.guide.text) is not None and self._daemon.state.notice is None:
            how = wording.answer_command([word for word, _label in asked.buttons], points=self._asks_points)
            reply["then"] = f"{asked.title} {how}"
        return Reply(reply)

    def _done(self, request: dict[str, object], up: Notice) -> None:
        """Done, and how it went."""
        if not up.level:
            raise ControlError(_("only a set of a strength item is told how it felt; postured done will do"))
        felt, reps = request.get("felt"), request.get("reps")
        if felt not in (None, *Felt):
            raise ControlError(_("it felt easy, right or hard, not {felt!r:.60}").format(felt=felt))
        if reps is not None and (isinstance(reps, bool) or not isinstance(reps, int) or not 0 < reps <= 1000):
            raise ControlError(_("repetitions are a whole number from 1 to 1000"))
        self._daemon.done(
            Felt.RIGHT if felt is None else Felt(str(felt)), pain=request.get("pain") is True, reps=reps
        )

    async def _answer(self, request: dict[str, object]) -> Reply:
        """Answer the card that is up; without a word, say what it asks."""
        word, guide = request.get("word"), self._daemon.guide
        text = guide.text
        if text is None and word == SHOW and self._daemon.state.notice is not None:
            self._daemon.press(Action.SHOW)
            text = guide.text
            return Reply({"answered": word, "then": None if text is None else self._card(text)})
        if text is None:
            raise ControlError(
                _("nothing is being asked; what a notice suggests is begun with: postured answer show")
            )
        if word is None:
            return Reply(self._card(text))
        if not self._daemon.answer(str(word)):
            words = ", ".join(known for known, _label in text.buttons) or _("nothing, it goes on by itself")
            if self._asks_points:
                words = _("{words}, or a number from 0 to 10").format(words=words)
            raise ControlError(
                _("{word!r:.60} is no answer to that; there is: {words}").format(word=word, words=words)
            )
        after = guide.text
        return Reply({"answered": word, "then": None if after is None else self._card(after)})

    @property
    def _asks_points(self) -> bool:
        """Whether the card that is up may be answered with a number."""
        card = self._daemon.guide.card
        return card is not None and card.asks_points

    def _card(self, text: Text) -> dict[str, object]:
        return {
            "title": text.title,
            "body": text.body,
            "answers": [list(button) for button in text.buttons],
            "asks_points": self._asks_points,
        }

    async def _told(self, request: dict[str, object]) -> Reply:
        """What was said of a knot where it could not be written down: it counts, and waits with what is unwritten."""
        told, points = str(request.get("told")), request.get("points")
        if told not in list(Told) or not (points is None or (type(points) is int and 0 <= points <= 10)):
            raise ControlError(
                _("there is nothing {told!r:.60} that could be said of a knot").format(told=told)
            )
        log = KnotLog(str(request.get("knot") or ""), Told(told), points, str(request.get("code") or ""))
        self._daemon.feed(Logged(log))
        return Reply({})

    async def _recall(self, _request: dict[str, object]) -> Reply:
        self._daemon.recall()
        return Reply({})

    async def _plan(self, _request: dict[str, object]) -> Reply:
        from postured import simulate  # only this command replays anything

        self._daemon.feed_quietly()
        state = self._daemon.state
        until_unix_s = state.now.unix_s + PLAN_AHEAD.total_seconds()
        shown = simulate.plan(state, until_unix_s)
        return Reply({"notices": [simulate.to_json(one) for one in shown]})

    async def _doctor(self, _request: dict[str, object]) -> Reply:
        await self._daemon.context.look()
        return Reply({"found": await self._daemon.found(), "status": self.status()})


def _wanted(what: str, items: Mapping[str, Item]) -> Suggest:
    """What is asked for: anything, a kind, or an item."""
    if not what:
        return Suggest(kinds=engine.KINDS_OF_NOW)
    if what in list(Kind):
        return Suggest(kinds=(Kind(what),))
    for name in (what, what.upper(), what.lower()):
        if name in items:
            return Suggest(item=name)
    text = _("{what!r:.60} is neither an item nor a kind ({kinds}); see: postured library")
    raise ControlError(text.format(what=what, kinds=", ".join(Kind)))


def _number(request: dict[str, object], key: str) -> float | None:
    value = request.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ControlError(_("{key} is not a number of seconds").format(key=key))
    return float(value)
