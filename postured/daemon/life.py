"""The daemon's life in one sentence: events come in, `step` decides, effects go out, and the alarm is set anew.

Everything that happens goes through `Daemon.feed`, one event at a time. Whatever is begun in `_begin` ends in `_end`,
in reverse, whatever happened in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from postured import control, control_server, library, memory, supervisor
from postured.alarm import Alarm
from postured.clock import DemoClock
from postured.core import course, engine, report, snapshot, wording
from postured.core.language import _
from postured.core.model import (
    Action,
    Ask,
    Away,
    Care,
    Close,
    Course,
    Decide,
    Effect,
    Event,
    Felt,
    Guided,
    Input,
    Item,
    Keep,
    Kind,
    KnotLog,
    Knotted,
    Level,
    Log,
    Logged,
    Miss,
    Moment,
    Natural,
    Notice,
    Outcome,
    Pause,
    Pressed,
    Recalled,
    Reload,
    Resume,
    Say,
    SetLog,
    Settle,
    Show,
    Slept,
    Spent,
    Stated,
    Tick,
    Told,
)
from postured.core.row import Row, Text
from postured.daemon import schedule
from postured.daemon.answers import Answers
from postured.daemon.context import Context, MakeLooks
from postured.daemon.guide import STOP, Guide
from postured.daemon.screen import MakeNotifier, Screen
from postured.daemon.start import EXIT_FAILED, EXIT_WELL, ORDERS, Ready
from postured.files import explain, own_folder
from postured.history import History, HistoryError, NoHistory
from postured.notify.choose import make_notifier
from postured.notify.message import Message, Urgency
from postured.paths import shipped
from postured.sense.holds.looks import open_looks
from postured.sense.protocol import AwayWatch
from postured.sense.suspend import SuspendWatch
from postured.watch import Watch

_log = logging.getLogger("postured")

DOUBT_S = 0.8
"""An editor that empties a file before it writes it is done by then; the person waits two seconds at most."""

STOP_S = 0.9
"""All that is taken down at the end takes no longer than this together."""

SCHEDULE, LIBRARY = "schedule", "library"
"""What words on the screen can be about that are mended before they come up."""

KNOT = "knot-"
"""So begins the name of a row that asks about a knot, and has no notice."""

LED = frozenset({Kind.MASSAGE, Kind.THERMAL})
"""What *Show me* leads through card by card."""

LATE_S = 1.0
"""A checkpoint that is later than this came after a suspend, or on a machine that has other worries."""

DECISIONS_KEPT = 200
DECISIONS_SAVED = 50
"""As many are remembered over a restart, so that `postured why` can still say why the morning was quiet."""


def live(ready: Ready, *, verbose: bool, err: TextIO) -> int:
    """Run the event loop until a signal or a command ends it; returns the exit code."""
    logging.basicConfig(
        stream=err,
        level=logging.INFO if verbose else logging.WARNING,
        format="postured: %(message)s",
        force=True,
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    daemon = Daemon(ready, _notifiers(ready), SuspendWatch(), partial(open_looks, lambda: ready.sensor.env))
    try:
        asyncio.run(daemon.run())
    except Exception as exc:  # noqa: BLE001 - the one place where a bug ends in a line and not in a traceback
        _log.critical("it failed: %s; please report it, with postured --verbose run", exc, exc_info=verbose)
        return EXIT_FAILED
    return EXIT_WELL


def _notifiers(ready: Ready) -> MakeNotifier:
    icon = str(shipped("icons/postured.png"))
    return lambda backend, on_ended: make_notifier(
        backend, on_ended, env=ready.env, icon=icon, stream=ready.out
    )


def _open_away(env: Mapping[str, str]) -> AwayWatch:
    """What tells on this system that the person has left."""
    if sys.platform == "darwin":
        from postured.sense import away_macos

        return away_macos.open_away()
    if sys.platform == "win32":
        from postured.sense import away_windows

        return away_windows.open_away()
    from postured.sense.away import Away

    return Away(env)


def _give_back_memory() -> None:
    """Return to the system what starting took and left free: most of a megabyte where modules had to be compiled."""
    import ctypes

    with contextlib.suppress(
        OSError, AttributeError, TypeError
    ):  # the C library may be another one than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _was_taken(notice: Notice, effects: list[Effect]) -> bool:
    return any(
        isinstance(effect, Settle) and effect.notice == notice.id and effect.outcome is Outcome.TAKEN
        for effect in effects
    )


class Daemon:
    """One life, from the first event to the last effect."""

    def __init__(
        self, ready: Ready, make: MakeNotifier, suspend: SuspendWatch, make_looks: MakeLooks | None
    ) -> None:
        self.ready = ready
        self.clock = ready.clock
        self.state = ready.state
        self.loaded = ready.loaded
        self.problems = list(ready.loaded.problems)
        self.items: dict[str, Item] = {}
        self.library_problems: list[str] = []
        self._kept_items: dict[Path, tuple[Item, ...]] = {}
        """What each file of the library held when it could be read last."""
        self.decisions: deque[tuple[float, Decide]] = deque(ready.decisions, maxlen=DECISIONS_KEPT)
        self.history: History | NoHistory = NoHistory("not opened yet")
        self.screen = Screen(
            make, ready.loaded.schedule.backend, on_answer=self._on_answer, on_shown=self._on_shown
        )
        self.guide = Guide(
            self._show_card,
            lambda _notice: self.feed(Guided(True, followed=True)),
            lambda log: self.feed(Logged(log)),
            self._on_row_over,
        )
        self.alarm = Alarm(lambda: self.sense(Tick()))
        self.suspend = suspend
        self.away = _open_away(ready.env)
        self._watch = Watch(self.ready.config, self._on_saved, folders=(self.ready.places.library_folder,))
        self._answers = Answers(self)
        self._server = control_server.Server(ready.listener, self._answers.handle)
        self._events: deque[Event] = deque()
        self._feeding = False
        self._saved_s = ready.state.now.s
        self._written: tuple[Moment, tuple[object, ...]] | None = None
        """When the state file was written as a whole, and what of."""
        self._pulse: asyncio.TimerHandle | None = None
        self._troubles: dict[str, str] = {}
        self._set_aside = 0
        """How often the history was found damaged, as far as what is known was written back."""
        self._taken: tuple[Notice, float] | None = None
        """A set whose rest was seen, and when; how it felt is asked when the person is back."""
        self._doubt: asyncio.TimerHandle | None = None
        self._lock_anew: control.Lock | None = None
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.context = Context(
            None if ready.demo else make_looks, self.state, self.clock, self.feed, self._own
        )

    # ── life ──────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Live until told to end."""
        async with self._alive():
            await self._ended.wait()

    @contextlib.asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        loop.add_signal_handler(signal.SIGHUP, self._on_hangup)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ORDERS)
        try:
            self.clock.look_at_zone()
            self.alarm.start()
            await self._server.start()
            self._open_history()
            self._carry_out(self.ready.owed)
            self.recall()
            self._watch_files()
            self._read_library()
            self.screen.start(self.ready.stale)
            if not self.ready.demo:
                self.suspend.start(self._on_clock)
                self._own(self.away.run(self.sense))
            self.ready.sensor.start(self.sense)
            self._greet()
            self.feed(Tick())
            self._own(self.context.look())
            _give_back_memory()
            yield
        finally:
            self._ended.set()
            supervisor.tell(self.ready.env, "STOPPING=1")
            self._watch.stop()
            if self._doubt is not None:
                self._doubt.cancel()
            if self._pulse is not None:
                self._pulse.cancel()
            self.suspend.stop()
            self.ready.sensor.stop()
            self.alarm.stop()
            await self._end()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await asyncio.gather(
                    *self._tasks,
                    self.screen.stop(),
                    self._server.stop(),
                    self.context.stop(),
                    return_exceptions=True,
                )
        self.ready.listener.close()
        self.feed_quietly()
        for effect in engine.finish(self.state, self.clock.now()):
            if isinstance(effect, Spent) and effect.work:  # rest goes on, and is recorded when it ends
                self._record(effect)
        self.save(clean=True)
        self._try_history(self.history.close)

    def _own(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._disown)

    def _disown(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("a part of the daemon has failed, the rest goes on: %r; please report it", failure)

    def _on_hangup(self) -> None:
        """SIGHUP asks for a reload; but a terminal that is gone takes what it started with it."""
        try:
            gone = self.ready.out.isatty() and not os.ttyname(self.ready.out.fileno())
        except (OSError, ValueError):
            gone = True
        if gone:
            self._ended.set()
        else:
            self.reload()

    # ── the sentence ──────────────────────────────────────────────────────────────────────────────

    def sense(self, event: Event) -> None:
        """Let what a sensor or an alarm tells happen, in its turn where a look is under way."""
        if not self.context.keep(event):
            self.feed(event)

    def feed(self, event: Event) -> None:
        """Let `event` happen now, after any that is just being dealt with."""
        self._events.append(event)
        if self._feeding:
            return
        try:
            self._happen()
            self.guide.look(self.clock.now().s)
            self._save_if_due()
        finally:  # whatever went wrong, the daemon is not to be left without an alarm
            self._set_alarm()
            self.ready.sensor.listen(self.state.wants_hands)
            self.context.arrange(self.state)
        if self._server.followed:
            self._server.publish(self._answers.status())

    def feed_quietly(self) -> None:
        """Bring the state up to the present without setting an alarm or telling anybody."""
        if not self._feeding:
            self._events.append(Tick())
            self._happen()

    def _happen(self) -> None:
        self._feeding = True
        try:
            # A suspend is found before anything else, so that no timer takes it for work.
            if not self.ready.demo and not isinstance(self._events[0], Slept):
                self.suspend.check(self._events.appendleft)
            while self._events:
                happened, up = self._events.popleft(), self.state.notice
                after, effects = engine.step(self.state, happened, self.clock.now())
                if self.context.looks_first(happened, self.state, after, effects):
                    continue
                self.state = after
                if up is not None and up.level and _was_taken(up, effects):
                    self._taken = up, self.clock.now().s
                self._carry_out(effects)
                if isinstance(happened, Recalled | Knotted | Reload):
                    self._end_row_with(self.guide.items)
                elif isinstance(happened, Logged):
                    # It may have been learned at this stop, which has words of its own for it.
                    self._end_row_with(self.guide.items[1:])
                if isinstance(happened, Input):
                    self._ask_who_is_back()
                if isinstance(happened, Away) and happened.on:
                    self._leave_row()
        finally:
            self._feeding = False

    def _on_clock(self, event: Event) -> None:
        """The machine woke or its clock was set; both happen where people travel."""
        self.clock.look_at_zone()
        self.feed(event)

    def _set_alarm(self) -> None:
        now, wake = self.clock.now(), engine.next_wake(self.state)
        waits = [] if wake.s is None else [wake.s - now.s]
        card_s = self.guide.left_s(now.s)
        self.alarm.set("card", None if card_s is None else self.clock.real_s(max(0.0, card_s)))
        self._set_pulse(now.s)
        self.alarm.set("wake", self.clock.real_s(max(0.0, min(waits))) if waits else None)
        self.alarm.set(
            "wall", None if wake.unix_s is None else self.clock.real_s(max(0.0, wake.unix_s - now.unix_s))
        )

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Show(notice=notice, again=again):
                    self._show(notice, again=again)
                case Close():
                    self._end_row()
                    self.screen.close()
                    self._slow_down(slow=False)
                case Say(what=what, detail=detail):
                    self._say(what, detail)
                case Ask(knot=knot, what=what):
                    self._ask_of_knot(knot, what)
                case Decide():
                    self.decisions.append((self.clock.now().unix_s, effect))
                    _log.info("%s", wording.decision(effect))
                case _:
                    self._record(effect)
        if any(isinstance(effect, Show | Settle | Keep) for effect in effects):
            self._saved_s = float("-inf")

    def _show(self, notice: Notice, *, again: bool) -> None:
        item = self.items.get(notice.item)
        if item is None:  # it was taken out of the library while its notice was up
            return
        self._taken = None
        body = wording.notice_body(item, notice.level)
        if (parting := self.guide.end()) is not None:  # it must not wait until this notice is gone
            body = f"! {parting.title}\n{body}"
        self._put_up(notice, item, wording.notice_title(item), body)
        self._slow_down(slow=True)
        if not again:
            self._try_history(lambda: self.history.shown(notice))

    def _put_up(self, notice: Notice, item: Item, title: str, body: str) -> None:
        later = engine.can_wait(notice)
        message = Message(
            title=title,
            body=body,
            buttons=wording.buttons(later=later),
            # The engine settles it before this deadline; then it is taken down for sure.
            expire_s=engine.TAKEN_WITHIN_S + self.state.schedule.idle_after_s + 60.0,
            category=f"x-postured.{notice.kind.value}",
            commands=wording.commands(later=later, leads=item.kind in LED),
            image=item.picture,
        )
        self.screen.show(notice.id, message)

    def _say(self, what: str, detail: str) -> None:
        chooser, who = self.state.chooser, engine.who(self.state)
        match what:
            case "counted" if self._taken is None:  # after a set a question comes instead
                self.screen.say(*wording.counted(), Urgency.LOW)
            case "counted":
                pass
            case "emptied":
                kind = Kind(detail)
                self.screen.say(*wording.emptied(kind, chooser.emptied_by(kind, who)))
            case "lacking":
                kind = Kind(detail)
                if (lacks := chooser.lacking(kind, who)) is not None:
                    self.screen.say(*wording.lacking(kind, lacks))
            case _:
                self.screen.say(*wording.stuck(detail, self.state.schedule.hold_at_most_s))

    def _record(self, effect: Effect) -> None:
        now_unix_s = self.clock.now().unix_s
        match effect:
            case Settle(notice=notice, outcome=outcome, seconds=seconds):
                self._try_history(lambda: self.history.settle(notice, outcome, seconds, now_unix_s))
            case Natural(reminder=name, unix_s=at, seconds=seconds):
                self._try_history(lambda: self.history.natural(name, at, seconds))
            case Keep(log=log):
                # The engine's instant, so that the history tells the same course as the state.
                self._keep(log, self.state.now.unix_s)
            case Miss(reminder=name, unix_s=at, reason=reason):
                self._try_history(lambda: self.history.miss(name, at, reason))
            case Spent(work=work, start_unix_s=start, end_unix_s=end) if end > start:
                self._try_history(lambda: self.history.spent(work=work, start_unix_s=start, end_unix_s=end))
            case _:
                pass

    def _on_answer(self, notice: str, action: str) -> None:
        """A button was pressed; one of a notice or card that is over already means nothing."""
        if self.guide.answer(action, self.clock.now().s, notice):
            self.feed(Tick())
        elif self.state.notice is not None and self.state.notice.id == notice and action in list(Action):
            self.press(Action(action))

    def _on_shown(self) -> None:
        """Only now it is known by which id the next run could take it down, were this one killed."""
        self._saved_s = float("-inf")
        self.feed(Tick())

    # ── what people ask of it ─────────────────────────────────────────────────────────────────────

    def press(self, action: Action) -> None:
        """Answer the notice that is up."""
        notice = self.state.notice
        if action is Action.SHOW and notice is not None and notice.item in self.items and not self.guide.card:
            self._lead_through(notice, self.items[notice.item])
        self.feed(Pressed(action))
        if action is Action.DONE and notice is not None and notice is not self.state.notice:
            self._ask_about(notice)

    def done(self, felt: Felt, *, pain: bool, reps: int | None) -> None:
        """Answer the notice of a set that is up, and the two questions that would follow, at once."""
        notice = self.state.notice
        level = None if notice is None else self._level_of(notice)
        self.feed(Pressed(Action.DONE))
        if notice is None or level is None:
            return
        did = level.reps if reps is None else reps
        full = did >= level.reps
        self.feed(Logged(SetLog(notice.item, level.level, level.sets, did, full, felt, pain)))

    def _level_of(self, notice: Notice) -> Level | None:
        """The level that a notice suggests, if the library has it still."""
        item = self.items.get(notice.item)
        if item is None or not 0 < notice.level <= len(item.levels):
            return None
        return item.levels[notice.level - 1]

    def _lead_through(self, notice: Notice, item: Item) -> None:
        """Show the steps; where it is pressed, warmed or cooled, one after another."""
        row = self._row(item)
        if row is None:
            self._put_up(notice, item, wording.item_title(item), wording.steps(item, notice.level))
        else:
            self.feed(Guided(True))
            self.guide.begin(row, self.items, notice.id, self.clock.now().s)

    def _row(self, item: Item) -> Row | None:
        from postured.core import (  # loaded when somebody wants one: they weigh as much as the rest
            massage,
            thermal,
        )

        who = engine.who(self.state)
        if item.kind is Kind.MASSAGE:
            stops = self.state.chooser.tour(who, first=item)
            if not stops:  # a caution came in between
                return None
            zone = "unsure" if who.knot is None else who.knot.zone
            gentle = engine.gentle(self.state)
            return massage.begin(stops, sides=engine.sides(self.state), gentle=gentle, zone=zone)
        if item.kind is Kind.THERMAL:
            return thermal.begin(item, side=engine.sides(self.state)[0])
        return None

    def _ask_about(self, notice: Notice) -> None:
        """After a set: how it felt."""
        level = self._level_of(notice)
        if level is None:
            return
        from postured.core import question

        row = question.begin(self.items[notice.item], level.level, sets=level.sets, reps=level.reps)
        self.feed(Guided(True))
        self.guide.begin(row, self.items, notice.id, self.clock.now().s)
        self._set_alarm()

    def _ask_who_is_back(self) -> None:
        """Somebody rested instead of a set's notice, and is at the keys again: perhaps they did it."""
        if self._taken is None or self.state.resting or engine.holds(self.state) or self.guide.card:
            return
        (notice, at_s), self._taken = self._taken, None
        if self.clock.now().s - at_s <= engine.COUNTED_WITHIN_S:
            self._ask_about(notice)

    def _ask_of_knot(self, knot: str, what: str) -> None:
        """How a knot is. It is no notice's matter: while the cards are up, notices wait."""
        from postured.core import checkin

        episode = next((one for one in self.state.course.episodes if one.id == knot), None)
        if episode is None or self.guide.card is not None:
            return
        now = self.clock.now()
        self.feed(Guided(True))
        minor = "minor" in self.state.schedule.me.flags | set(episode.triage.answers.flags)
        self.guide.begin(
            checkin.begin(what, episode, minor=minor), self.items, f"{KNOT}{knot}-{now.unix_s:.0f}", now.s
        )

    def _show_card(self, tag: str, text: Text, lasts_s: float) -> None:
        self._slow_down(slow=True)
        card = self.guide.card
        item = None if card is None else self.items.get(card.item)
        asks_points = card is not None and card.asks_points
        words = [word for word, _label in text.buttons]
        if words and self.state.notice is not None and STOP not in words:
            words.append(STOP)
        message = Message(
            title=text.title,
            body=text.body,
            buttons=text.buttons,
            expire_s=self.clock.real_s(lasts_s),
            category="x-postured.card",
            commands=wording.answer_command(words, points=asks_points) if words else "",
            image="" if item is None else item.picture,
        )
        self.screen.show(tag, message)

    def _on_row_over(self, notice: str, row: Row) -> None:
        if self.state.notice is None or self.state.notice.id != notice:
            self.screen.close()
            self._slow_down(slow=False)
        if self.state.guided:
            self.feed(Guided(False, row.followed))
        self._ask_who_is_back()  # where a knot was asked about first

    def _end_row(self) -> None:
        """End the row under way, if any; whoever has a pack on is told to take it off."""
        if (parting := self.guide.end()) is not None:
            self.screen.say(parting.title, parting.body)

    def _end_row_with(self, items: Iterable[str]) -> None:
        """End the row under way if one of these would do harm, by what is known now."""
        if any(engine.harms(self.state, item) for item in items):
            self._end_row()
            self.screen.close()
            self.feed(Guided(False, self.state.followed))

    def _leave_row(self) -> None:
        """Somebody locked the screen: what asks something has nobody to ask; a pack goes on, for it has to come off."""
        card = self.guide.card
        item = None if card is None else self.items.get(card.item)
        if card is not None and (item is None or item.kind is not Kind.THERMAL):
            self.guide.end()
            self.screen.close()
            self.feed(Guided(False, self.state.followed))

    def answer(self, word: str) -> bool:
        """Answer the card that is up; whether it could be answered so."""
        if not self.guide.answer(word, self.clock.now().s):
            return False
        self.feed(Tick())
        return True

    def recall(self) -> None:
        """Look up in the history what the person has done and said so far; without one, what is known stands."""
        if isinstance(self.history, NoHistory):
            self._follow(self.state.course)
            return
        try:
            recalled, said = self.history.recalled(self.clock.now().unix_s), self.history.knots()
            if self._write_back(self.history):
                said = self.history.knots()
        except HistoryError as exc:
            self.complain("history", str(exc))
            self._follow(self.state.course)
        else:
            known = self._with_flags_that_stand(course.fold(*said), said[1])
            self._follow(known, recalled)

    def _follow(self, known: Course, recalled: Recalled | None = None) -> None:
        """Follow the knots as they are known now; what is just being asked of them may be answered by that."""
        before = self.state.course
        knotted = None if known == before == Course() else Knotted(known, self._cares(known))
        if recalled is not None:
            self.feed(recalled._replace(knotted=knotted))
        elif knotted is not None:
            self.feed(knotted)
        if known != before and self.guide.notice.startswith(KNOT):
            self._leave_row()

    def _with_flags_that_stand(self, found: Course, said: Iterable[tuple[float, KnotLog]]) -> Course:
        """The course with the red flags that a damaged history has lost: only the person clears them."""
        now_unix_s = self.clock.now().unix_s
        cleared_unix_s = max((at for at, log in said if log.told is Told.CLEARED), default=float("-inf"))
        told = {alarm.code for alarm in course.alarms(found, now_unix_s)}
        for alarm in course.alarms(self.state.course, now_unix_s):
            if alarm.code not in told and alarm.code != "persist" and alarm.unix_s > cleared_unix_s:
                log = KnotLog("", Told.FLAG, code=alarm.code)
                found = course.told(found, log, alarm.unix_s)
                self._keep(log, alarm.unix_s)
        return found

    def _keep(self, log: Log, at_unix_s: float) -> None:
        self._try_history(lambda: self.history.log(log, at_unix_s))

    def _cares(self, known: Course) -> Mapping[str, Care]:
        """What the causes ask for; read only where something stands that asks."""
        if not known.flags and not course.open_episodes(known):
            return {}
        from postured.daemon import knots
        from postured.triage import TriageError

        try:
            cares = knots.load_cares()
        except TriageError as exc:
            self.complain("knot", str(exc))
            return {}
        self.complain("knot", "")
        return cares

    def state_presence(self, stated: Stated) -> None:
        """Take somebody's word on a hold, and remember it over a restart."""
        self.feed(stated)
        self.save(clean=False, durable=True)

    def pause(self, pause: Pause | None) -> bool:
        """Hold everything, or with None stop holding; whether that will be remembered over a restart."""
        self.feed(pause if pause is not None else Resume())
        if pause is not None:  # a question about a set can do without an answer
            self._leave_row()
        return self.save(clean=False, durable=True)

    def _on_saved(self) -> None:
        """A file was saved. What cannot be read now may be half of a save, so it is given a moment."""
        if self._doubt is not None:
            self._doubt.cancel()
            self._doubt = None
        found, _, _ = schedule.read(self.ready.config)
        if found is None and not self.problems:
            self._doubt = asyncio.get_running_loop().call_later(DOUBT_S, self.reload)
        else:
            self.reload()

    def reload(self) -> None:
        """Take up the schedule and the library as they are on the disk now, if they can be read."""
        found, problems, text = schedule.read(self.ready.config)
        if found is None:
            if self.loaded.source == "file":  # what runs on is no longer what the file says
                self.loaded = replace(self.loaded, source="last good")
            if problems != self.problems:
                self.problems = problems
                for problem in problems:
                    _log.warning("%s", problem)
                self.screen.unsay(SCHEDULE)
                self.screen.say(*wording.broken(problems), about=SCHEDULE)
        else:
            self.problems = []
            self.screen.unsay(SCHEDULE)
            self.loaded = schedule.Loaded(found, "file", text=text)
            self._keep_last_good(text)
            self.ready.sensor.set_idle_after(found.idle_after_s)
            if not self.ready.demo:  # which takes all time for work
                self.ready.sensor.use(found.activity)
        self._read_library()
        if found is not None and found != self.state.written:
            _log.info("the schedule was taken up")
            self.screen.use(found.backend)
            self.feed(Reload(schedule=found))
        else:
            self.feed(Tick())

    # ── what it keeps ─────────────────────────────────────────────────────────────────────────────

    def save(self, *, clean: bool, durable: bool = False) -> bool:
        """Write down what must not be forgotten, and say whether that worked."""
        self._saved_s = self.clock.now().s
        self._written = None
        if self.ready.demo:
            return False
        content = {
            "boot": self.ready.boot,
            "engine": snapshot.dump(self.state, clean=clean),
            "screen": dict(self.screen.remember()),
            "decisions": [
                [unix_s, *decision] for unix_s, decision in list(self.decisions)[-DECISIONS_SAVED:]
            ],
        }
        try:
            memory.save(self.ready.places.memory_file, content, durable=durable or clean)
        except memory.CannotRemember as exc:
            self.complain("state", str(exc))
            return False
        self.complain("state", "")
        self._written = self.state.now, self._gist()
        return True

    def _save_if_due(self) -> None:
        age_s = self.clock.now().s - self._saved_s
        if age_s >= snapshot.CHECKPOINT_S - engine.EPSILON_S:
            self.save(clean=False)
            self._stay_in_place()

    def _set_pulse(self, now_s: float) -> None:
        """Be woken for the next checkpoint, by the loop itself: nothing else is done as often."""
        if self._pulse is not None:
            self._pulse.cancel()
            self._pulse = None
        if not self.state.resting and not self.ready.demo and not self._ended.is_set():
            wait_s = self.clock.real_s(max(0.0, self._saved_s + snapshot.CHECKPOINT_S - now_s))
            self._pulse = asyncio.get_running_loop().call_later(wait_s, self.checkpoint)

    def checkpoint(self) -> None:
        """Write down that the work goes on; where more than time has passed, or somebody follows, look at it all."""
        now = self.clock.now()
        if self._server.followed or not self._goes_on(now):
            self.feed(Tick())
            return
        self._saved_s = now.s
        self._stay_in_place()
        self._set_pulse(now.s)

    def _goes_on(self, now: Moment) -> bool:
        """Whether it could be noted that what was written last holds, but for the time that passed."""
        if self._written is None:
            return False
        then, what = self._written
        slept = now.s - self._saved_s > snapshot.CHECKPOINT_S + LATE_S
        clock_set = abs((now.unix_s - then.unix_s) - (now.s - then.s)) > LATE_S
        if slept or clock_set or what != self._gist():
            return False
        return memory.prolong(self.ready.places.memory_file, now.s - then.s)

    def _gist(self) -> tuple[object, ...]:
        last = self.decisions[-1] if self.decisions else None
        return (*snapshot.gist(self.state), dict(self.screen.remember()), last)

    def _stay_in_place(self) -> None:
        if not self._ended.is_set() and not self.ready.listener.in_place():
            self._own(self._listen_anew())

    async def _listen_anew(self) -> None:
        """Lock and listen again where somebody took away the files by which this daemon is found."""
        where = self.ready.places
        try:
            own_folder(where.runtime_folder)
            self._lock_anew = control.lock(where.lock)
            listener = control.listen(where.socket, self._lock_anew)
        except control.AlreadyRunning as exc:  # another one has taken over meanwhile
            _log.warning("%s", exc)
            self._ended.set()
        except (control.ControlError, OSError) as exc:
            text = _("commands cannot reach this daemon any more: {why}")
            self.complain("socket", text.format(why=exc))
        else:
            await self._server.stop()
            self.ready.listener.close()
            self.ready.listener = listener
            self._server = control_server.Server(listener, self._answers.handle)
            await self._server.start()
            self.complain("socket", "")

    def complain(self, about: str, line: str) -> None:
        """Say a trouble about something once, until it is another one; with an empty line it is over."""
        if line != self._troubles.get(about, ""):
            self._troubles[about] = line
            if line:
                _log.warning("%s", line)

    def _watch_files(self) -> None:
        """Watch first and look afterwards, so that nothing that was saved during the start is overlooked."""
        if self.ready.demo:
            return
        self._watch.start()
        data, problem = schedule.read_bytes(self.ready.config)
        if problem is None and data != self.loaded.text.encode():
            self.reload()

    def _try_history(self, write: Callable[[], None]) -> None:
        try:
            write()
            self._write_back(self.history)
        except HistoryError as exc:
            self.complain("history", str(exc))
        else:
            self.complain("history", "")

    def _write_back(self, history: History | NoHistory) -> bool:
        """Tell a history that had to be begun anew of the knots and red flags that stand; whether that was so.

        Raises:
            HistoryError: It cannot be written; it will be, as everything that waits.
        """
        if len(history.notes) <= self._set_aside:
            return False
        self._set_aside = len(history.notes)
        known, writes = self.state.course, list[Callable[[], None]]()
        said = {(since, KnotLog("", Told.FLAG, code=code)): None for since, code in known.flags}
        for episode in course.open_episodes(known):
            for at in sorted({episode.opened_unix_s, episode.triaged_unix_s}):
                writes.append(partial(history.triage, episode.triage, at))
            said |= dict.fromkeys(episode.told)
        writes += [partial(history.log, log, at) for at, log in sorted(said, key=itemgetter(0))]
        failed = None
        for write in writes:  # each of them, for what fails goes on waiting
            try:
                write()
            except HistoryError as exc:
                failed = exc
        if failed is not None:
            raise failed
        return True

    def _open_history(self) -> None:
        if self.ready.demo:
            return
        try:
            self.history = History.open(self.ready.places.history_file)
        except HistoryError as exc:
            self.history = NoHistory(str(exc))
            _log.warning("%s", exc)
        for note in (*self.ready.trouble, *self.history.notes):
            _log.warning("%s", note)

    def _keep_last_good(self, text: str) -> None:
        try:
            schedule.keep_last_good(text, self.ready.places)
        except OSError as exc:
            text = _("the last good schedule could not be kept: {why}")
            self.complain("last good", text.format(why=explain(exc)))

    def _read_library(self) -> None:
        folders = (shipped("library"), self.ready.places.library_folder)
        items, problems = library.load(folders, kept=self._kept_items)
        lines = [str(problem) for problem in problems]
        if lines != self.library_problems:
            self.library_problems = lines
            for line in lines:
                _log.warning("%s", line)
            self.screen.unsay(LIBRARY)
            if problems and not self.ready.demo:
                self.screen.say(*wording.broken_library(problems), about=LIBRARY)
        self.items = {item.id: item for item in items}
        if items != self.state.library:
            self.feed(Reload(library=items))

    def _slow_down(self, *, slow: bool) -> None:
        if isinstance(self.clock, DemoClock):
            self.clock.slow = slow

    def _greet(self) -> None:
        if self.loaded.source == "file" and not self.ready.demo:
            self._keep_last_good(self.loaded.text)
        name, at = report.next_due(self.state) or (None, None)
        now = self.clock.now().wall
        if at is not None:
            at = now + timedelta(seconds=self.clock.real_s((at - now).total_seconds()))
        sentence = wording.first_reminder(name, at, now)
        out = self.ready.out
        with contextlib.suppress(OSError, ValueError):
            if self.loaded.written:
                print(wording.written(str(self.ready.config)), file=out)
            print(
                wording.running(sentence, DemoClock.SPEED if self.ready.demo else 1.0), file=out, flush=True
            )
        if self.state.followed and (up := self.state.notice) is not None and up.kind is Kind.THERMAL:
            from postured.core import cards

            self.screen.say(*cards.take_it_off())  # it was on when the program was stopped
        if self.loaded.written:
            self.screen.say(*wording.welcome(str(self.ready.config), sentence))
        elif self.loaded.trouble:
            self.screen.say(*wording.not_written(self.loaded.trouble))
        elif self.problems and not self.ready.demo:
            self.screen.say(*wording.broken(self.problems, self.source))

    # ── what it tells ─────────────────────────────────────────────────────────────────────────────

    @property
    def source(self) -> str:
        """Whose schedule it runs on: `file`, `last good` or `default`."""
        return self.loaded.source

    @property
    def notifier(self) -> tuple[str, str]:
        """Which notifier is used, and what became of the last thing shown."""
        return self.screen.name, self.screen.delivery

    async def found(self) -> Mapping[str, object]:
        """What was found on this desktop, for `doctor`."""
        from postured.sense import probe

        sensor = self.ready.sensor
        return {
            "idle": [list(row) for row in probe.idle_rows(sensor, sensor.refused)],
            "notifications": dict(await self.screen.describe()),
            "away": dict(self.away.describe()),
            "schedule_watch": self._watch.note,
        }

    @property
    def troubles(self) -> list[str]:
        """What does not work at the moment, a line each."""
        lasting = (
            [self.history.trouble] if isinstance(self.history, NoHistory) and not self.ready.demo else []
        )
        return [*lasting, *(line for line in self._troubles.values() if line)]
