"""Idle time on GNOME and Cinnamon: their shells' idle monitor on the session bus, by watches, not by polling.

While the person types, or is away, nothing wakes us. A watch lies still while a program keeps the screen
awake (`InhibitedActions` of the session manager, which Wayland's own inhibitors end in too); only then the
monitor is asked, once per `idle_after`. Imported late, as it brings the bus with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from postured.bus import Bus, BusError, Signal, session_address
from postured.core.language import _
from postured.core.model import HANDS_ON_S, Input, Silence
from postured.sense.protocol import Clock, Emit, SensorError
from postured.sense.services import connected, hear_of_owner, hear_of_properties
from postured.sense.suspend import SleepMark

CALL_WITHIN_S = 3.0
ANSWER_WITHIN_S = 0.25

_IDLE_INHIBITED = 8
"""The bit of `InhibitedActions` that stops idle watches."""

_TOGETHER_S = 0.5
"""So close after a change of `InhibitedActions`, a fresh count of the monitor is that change, not input."""

_INEXACT_S = 0.05
"""What a count may be wrong by: it is in whole milliseconds, and takes a moment to arrive."""

_LATE_S = 0.005
"""A look comes this much after the moment that it waits for, so that it cannot come before."""

_AGAIN_S = 1.0
"""When a watch is set that was needed but had fired before it stood: rarely, and never in a flurry."""

_MANAGER = "org.gnome.SessionManager"
_MANAGER_PATH = "/org/gnome/SessionManager"


class Monitor(NamedTuple):
    """An idle monitor; the name on the bus is also the interface."""

    name: str
    path: str
    desktop: str


MONITORS = (
    Monitor("org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core", "GNOME"),
    Monitor("org.cinnamon.Muffin.IdleMonitor", "/org/cinnamon/Muffin/IdleMonitor/Core", "Cinnamon"),
)


async def connect_in_loop(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> MutterIdle:
    """Find out, within three seconds, whether there is an idle monitor that answers.

    Raises:
        SensorError: There is none; its shell may start later.
    """
    try:
        async with asyncio.timeout(CALL_WITHIN_S):
            monitor = await _find(session_address(env))
    except BusError as error:
        raise SensorError("mutter", error.detail, lasting=False) from None
    except TimeoutError:
        why = _("the session bus, or the idle monitor on it, does not answer within {seconds:g} s")
        raise SensorError("mutter", why.format(seconds=CALL_WITHIN_S), lasting=False) from None
    if monitor is None:
        why = _("neither GNOME's nor Cinnamon's idle monitor is on the session bus")
        raise SensorError("mutter", why, lasting=False)
    return MutterIdle(env, monitor, idle_after_s, clock)


async def _find(address: str) -> Monitor | None:
    """Return the first idle monitor that somebody runs, once it has answered."""
    async with connected(address, CALL_WITHIN_S) as bus:
        for monitor in MONITORS:
            owner = await bus.owner_of(monitor.name)
            if owner:
                await _count(bus, monitor, owner, 2 * CALL_WITHIN_S)
                return monitor
    return None


async def _count(bus: Bus, monitor: Monitor, owner: str, within_s: float) -> float:
    """Return how long ago the monitor saw the last input, in seconds."""
    match await bus.call(owner, monitor.path, monitor.name, "GetIdletime", timeout_s=within_s):
        case (int() as idle_ms,):
            return idle_ms / 1000
    raise BusError("rejected", _("the idle monitor answers with something else than a time"))


class MutterIdle:
    """One standing watch at `idle_after`; one for the next input during a silence, or while it is asked for.

    The monitor begins to count anew whenever its session manager reports inhibitors other than those of
    idleness, input or not. So the end of a silence is never taken from the count, and for as long as the
    count goes back to such a report, nobody is taken to be there.
    """

    name = "mutter"
    quality = "exact"

    def __init__(self, env: Mapping[str, str], monitor: Monitor, idle_after_s: float, clock: Clock) -> None:
        self.note = _("{desktop}'s idle monitor tells when input stops and comes back").format(
            desktop=monitor.desktop
        )
        self._env = env
        self._monitor = monitor
        self._clock = clock
        self._idle_after_s = idle_after_s
        self._emit: Emit | None = None
        self._lost: Callable[[str], None] | None = None
        self._news = asyncio.Event()
        """Set when there is something to settle: a watch fired, something else is wanted, the end has come."""
        self._bus: Bus | None = None
        self._owner = ""
        self._gone = False
        self._inhibited = False
        self._manager_unknown = True
        self._restarted_at: float | None = None
        """When the count was begun anew without input, on the monotonic clock; None once there was input."""
        self._idle_watch: int | None = None
        self._armed_s = 0.0
        self._idle_fired = False
        self._input_watch: int | None = None
        self._early: set[int] = set()
        """Watches that fired before anybody knew their number."""
        self._silent_since: float | None = None
        self._silent_at = 0.0
        """The same on the monotonic clock."""
        self._inputs_seen = 0
        self._listening = False
        self._awaited = False
        """Whether an `Input` is still owed to `listen`."""
        self._slept = SleepMark(clock)

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        """Connect, set the watch, and look once, all from the loop."""
        self._emit, self._lost = emit, lost
        self._task = asyncio.get_running_loop().create_task(self._run())

    def listen(self, on: bool) -> None:
        """Ask for one `Input`, or take the question back."""
        if on == self._listening:
            return
        self._listening = self._awaited = on
        if on:
            self._news.set()
        elif self._silent_since is None and self._input_watch is not None:
            self._remove(self._input_watch)
            self._input_watch = None

    async def idle_s(self) -> float | None:
        """Seconds since the last input; None if the monitor does not say in time, or does not know."""
        if self._bus is None or self._emit is None:
            return None
        if self._silent_since is not None:
            return max(0.0, self._clock() - self._silent_since)
        try:
            idle_s = await _count(self._bus, self._monitor, self._owner, ANSWER_WITHIN_S)
        except BusError:
            self._news.set()  # the next look has more patience, and gives up if that is not enough
            return None
        return None if self._counts_no_input(idle_s) else idle_s

    def set_idle_after(self, seconds: float) -> None:
        """Move the watch; during a silence already told, as soon as it has ended."""
        self._idle_after_s = seconds
        if self._silent_since is None:
            self._news.set()

    def stop(self) -> None:
        """Hang up; the watches are taken away by the monitor itself."""
        if self._emit is not None:
            self._emit = None
            self._task.cancel()

    # ── as long as it lasts ───────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            why = await self._follow()
        except BusError as error:
            late = _("it does not answer within {seconds:g} s").format(seconds=CALL_WITHIN_S)
            why = late if error.kind == "timeout" else error.detail
        if self._gone:
            why = _("the shell has gone")
        if self._emit is not None:
            self._emit = None
            if self._lost is not None:
                lost = _("{desktop}'s idle monitor was lost: {why}")
                self._lost(lost.format(desktop=self._monitor.desktop, why=why))

    async def _follow(self) -> str:
        """Follow the monitor until the bus or the shell has gone; returns why it ended.

        Raises:
            BusError: There is no bus, or somebody does not answer as they should.
        """
        async with connected(session_address(self._env), CALL_WITHIN_S, self._news.set) as bus:
            self._bus = bus
            try:
                await self._subscribe(bus)
                while bus.connected and not self._gone:
                    self._news.clear()
                    until_look_s = await self._settle(bus)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(until_look_s):
                            await self._news.wait()
            finally:
                self._bus = None
        return _("the session bus has gone")

    async def _subscribe(self, bus: Bus) -> None:
        name = self._monitor.name
        await hear_of_owner(bus, name, self._on_owner)
        await hear_of_owner(bus, _MANAGER, self._on_manager)
        await bus.subscribe(self._on_fired, sender=name, interface=name, member="WatchFired")
        await hear_of_properties(bus, _MANAGER, _MANAGER_PATH, _MANAGER, self._on_properties)
        self._owner = await bus.owner_of(name)
        self._gone = not self._owner

    def _on_owner(self, _signal: Signal) -> None:
        """Give up: the watches have died with the shell, and a new one need not be of the same kind."""
        self._gone = True
        self._news.set()

    def _on_manager(self, signal: Signal) -> None:
        """Ask a new session manager. While there is none, the shell goes by what the last one said."""
        match signal.body:
            case (_, _, str() as owner) if owner:
                self._restarted_at = time.monotonic()
                self._manager_unknown = True
                self._news.set()

    def _on_properties(self, signal: Signal) -> None:
        match signal.body:
            case (_, {"InhibitedActions": (str(), int() as actions)}, *_):
                self._take_up_inhibitors(actions)

    def _take_up_inhibitors(self, actions: int) -> None:
        inhibited = bool(actions & _IDLE_INHIBITED)
        if not inhibited:
            self._restarted_at = time.monotonic()
        elif not self._inhibited:
            self._news.set()
        self._inhibited = inhibited

    def _on_fired(self, signal: Signal) -> None:
        match signal.body:
            case (int() as watch,) if signal.sender == self._owner:
                if watch == self._input_watch:
                    self._input_watch = None
                    self._on_input()
                elif watch == self._idle_watch:
                    self._idle_fired = True
                    self._news.set()
                else:
                    self._early.add(watch)

    # ── one round ─────────────────────────────────────────────────────────────────────────────────

    async def _settle(self, bus: Bus) -> float | None:
        """Set what watches are needed, look how things are, and tell.

        Returns:
            When to look again though nothing is heard, in seconds.
        """
        if self._manager_unknown:
            self._manager_unknown = False
            await self._ask_inhibitors(bus)
        if self._silent_since is None and self._armed_s != self._idle_after_s:
            await self._set_idle_watch(bus)
        idle_s = await self._look(bus)
        if self._wants_input() and self._input_watch is None:
            await self._set_input_watch(bus)
            idle_s = await self._look(bus)  # there may have been input before the watch stood
            if self._wants_input() and self._input_watch is None:
                return _AGAIN_S
        if self._inhibited and self._silent_since is None:
            return max(0.0, self._idle_after_s - idle_s) + _LATE_S
        return None

    def _wants_input(self) -> bool:
        return self._silent_since is not None or self._awaited

    async def _ask_inhibitors(self, bus: Bus) -> None:
        owner = await bus.owner_of(_MANAGER)
        if not owner:
            return
        try:
            actions = await bus.get_property(
                owner, _MANAGER_PATH, _MANAGER, "InhibitedActions", timeout_s=CALL_WITHIN_S
            )
        except BusError as error:
            if error.kind == "disconnected":
                raise
            return  # one that says nothing to us says nothing to the shell
        self._inhibited = isinstance(actions, int) and bool(actions & _IDLE_INHIBITED)

    async def _set_idle_watch(self, bus: Bus) -> None:
        seconds = self._idle_after_s
        if self._idle_watch is not None:
            self._remove(self._idle_watch)
            self._idle_watch = None
        self._idle_watch = await self._add(bus, "AddIdleWatch", "t", max(1, round(seconds * 1000)))
        self._armed_s = seconds
        self._idle_fired = self._idle_watch in self._early

    async def _set_input_watch(self, bus: Bus) -> None:
        watch = await self._add(bus, "AddUserActiveWatch", "")
        if watch in self._early:
            self._on_input()
        elif self._wants_input():
            self._input_watch = watch
        else:  # the question was taken back meanwhile
            self._remove(watch)

    async def _add(self, bus: Bus, member: str, signature: str, *arguments: object) -> int:
        self._early.clear()
        name, path = self._monitor.name, self._monitor.path
        reply = await bus.call(self._owner, path, name, member, signature, arguments, timeout_s=CALL_WITHIN_S)
        match reply:
            case (int() as watch,):
                return watch
        raise BusError("rejected", _("the idle monitor gives its watches no numbers"))

    def _remove(self, watch: int) -> None:
        if self._bus is not None:
            monitor = self._monitor
            self._bus.post(self._owner, monitor.path, monitor.name, "RemoveWatch", "u", (watch,))

    async def _look(self, bus: Bus) -> float:
        """Take up the count, and return it."""
        fired, self._idle_fired = self._idle_fired, False
        asked_at, idle_s = await self._asked(bus)
        uncertain = self._counts_no_input(idle_s)
        if not uncertain:
            self._restarted_at = None
            if self._silent_since is not None and asked_at - idle_s > self._silent_at + _INEXACT_S:
                self._on_input()
        if self._silent_since is not None:
            return idle_s
        if fired and uncertain:  # the watch knows better than the count
            self._on_silence(max(idle_s, self._armed_s))
        elif idle_s >= self._idle_after_s - _LATE_S:
            self._on_silence(idle_s)
        elif self._awaited and not uncertain and self._is_young(idle_s):
            self._on_input()
        return idle_s

    async def _asked(self, bus: Bus) -> tuple[float, float]:
        """Return when it was asked, on the monotonic clock, and the count."""
        while True:
            before = self._inputs_seen
            asked_at = time.monotonic()
            idle_s = await _count(bus, self._monitor, self._owner, CALL_WITHIN_S)
            if before == self._inputs_seen:  # else input has overtaken the answer
                return asked_at, idle_s

    def _counts_no_input(self, idle_s: float) -> bool:
        """Whether the count goes back to something that was no input."""
        begun_at = time.monotonic() - idle_s
        return self._restarted_at is not None and begun_at <= self._restarted_at + _TOGETHER_S

    def _is_young(self, idle_s: float) -> bool:
        """Whether somebody is there by this count; from before a suspend, which it leaves out, it is not."""
        return idle_s < HANDS_ON_S and not self._slept.has_slept()

    def _on_silence(self, idle_s: float) -> None:
        self._silent_since = self._clock() - idle_s
        self._silent_at = time.monotonic() - idle_s
        if self._emit is not None:
            self._emit(Silence(self._silent_since))

    def _on_input(self) -> None:
        """Tell of input, if it ends a silence or was asked for."""
        self._inputs_seen += 1
        self._restarted_at = None
        self._slept.set()
        wanted = self._wants_input()
        self._silent_since = None
        self._awaited = False
        if self._inhibited or self._armed_s != self._idle_after_s:
            self._news.set()
        if wanted and self._emit is not None:
            self._emit(Input())
