"""Which way of knowing is used: the best that this desktop offers, else all time is work.

On Wayland X11 is never asked, as it sees only part of the input there, and terminals only where there is no
display, as they see even less. Only what is tried gets loaded. When a source is lost the next best takes over, and
the better ones are tried again after growing waits. It never fails: it always ends somewhere, and says why there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from postured.core.language import _
from postured.core.model import Event, Input, Silence, Tick
from postured.sense.activity.always import Always, Undecided
from postured.sense.protocol import STEADY_AFTER_S, Clock, Emit, GrowingWait, SensorError, Source, boot_s

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
"""Between two attempts at what ought to be there: the display that is known, or the source that was named."""

RARE_WAIT_S = 600.0
"""Between two attempts where nobody knows whether there will ever be something better."""

OPEN_WITHIN_S = 5.0
"""Every source keeps to less by itself; this is for one that does not."""

ASKED_IN_LOOP = frozenset({"mutter", "logind", "activitywatch"})
"""These answer to a running loop only, so that before it nobody can say whether they will do."""


class Choice(NamedTuple):
    """A source, and the better ones that would not do."""

    source: Source
    refused: tuple[SensorError, ...] = ()

    @property
    def may_improve(self) -> bool:
        """Whether asking again later could end in a better choice."""
        undecided = isinstance(self.source, Undecided)
        return undecided or not all(refusal.lasting for refusal in self.refused)

    @property
    def longest_wait_s(self) -> float:
        """How far the waits between two attempts may grow."""
        first = next((refusal for refusal in self.refused if refusal.name != "display"), None)
        return LONGEST_WAIT_S if first is not None and not first.lasting else RARE_WAIT_S


# ── choosing ──────────────────────────────────────────────────────────────────────────────────────


def order(env: Mapping[str, str], activity: str, platform: str) -> tuple[str, ...]:
    """List the sources to try, the best first; `always`, which needs no trying, is left out.

    Args:
        env: Says what kind of session this is.
        activity: What the schedule wants: `auto`, or the name of a source.
        platform: As in `sys.platform`.
    """
    if activity != "auto":
        return () if activity == "always" else (activity,)
    if platform in _OWN_SOURCES:
        return (_OWN_SOURCES[platform],)
    session = env.get("XDG_SESSION_TYPE")
    if env.get("WAYLAND_DISPLAY"):
        return ("wayland", "mutter", "logind")
    if session in ("wayland", "mir"):
        return ("mutter", "logind")
    if env.get("DISPLAY"):
        return ("x11", "logind")
    return ("logind",) if session == "x11" else ("tty",)


_OWN_SOURCES = {"darwin": "macos", "win32": "windows"}


def choose(env: Mapping[str, str], idle_after_s: float, clock: Clock, activity: str = "auto") -> Choice:
    """Choose, before there is a loop; blocks for three seconds at most.

    Where only a running loop can tell, the choice is `Undecided`.
    """
    refused = _without_display(env, activity)
    if refused:
        return Choice(Undecided(), refused)
    for name in order(env, activity, sys.platform):
        if name in ASKED_IN_LOOP:
            return Choice(Undecided(), refused)
        try:
            return Choice(_open(name, env, idle_after_s, clock), refused)
        except SensorError as refusal:
            refused = (*refused, refusal)
    return Choice(Undecided(), refused) if _can_learn(env, activity) else _last_resort(activity, refused)


async def choose_in_loop(
    env: Mapping[str, str],
    idle_after_s: float,
    clock: Clock,
    activity: str = "auto",
    *,
    current: Source | None = None,
    known: Mapping[str, SensorError] | None = None,
) -> Choice:
    """Choose, without holding up the running loop.

    Args:
        env: As `look_around` gives it.
        idle_after_s: From this length on a silence is told.
        clock: The engine's clock.
        activity: What the schedule wants.
        current: The source in use; it is chosen again unless there is a better one.
        known: Refusals that need no second asking, by the name of the source.
    """
    refused = _without_display(env, activity)
    for name in order(env, activity, sys.platform):
        if current is not None and name == current.name:
            return Choice(current, refused)
        refusal = known.get(name) if known else None
        if refusal is None:
            try:
                return Choice(await _open_in_loop(name, env, idle_after_s, clock), refused)
            except SensorError as error:
                refusal = error
        refused = (*refused, refusal)
    return _last_resort(activity, refused)


async def look_around(env: Mapping[str, str], activity: str = "auto") -> Mapping[str, str]:
    """Return `env` with what has become known of the desktop since it was made; two seconds at most."""
    if not _can_learn(env, activity):
        return env
    from postured.sense import environment

    return await environment.complete(env)


def _can_learn(env: Mapping[str, str], activity: str) -> bool:
    """Whether `env` may lack something of the desktop. A display of X11 alone may be that of Xwayland."""
    return activity != "always" and sys.platform not in _OWN_SOURCES and not env.get("WAYLAND_DISPLAY")


def _without_display(env: Mapping[str, str], activity: str) -> tuple[SensorError, ...]:
    if env.get("DISPLAY") or not _can_learn(env, activity):
        return ()
    hint = _("nothing to do: a desktop that starts later is found")
    return (SensorError("display", _("no desktop was found"), hint=hint, lasting=False),)


def _last_resort(activity: str, refused: tuple[SensorError, ...]) -> Choice:
    if activity == "always":
        return Choice(Always(_("the schedule says always")))
    why = ", ".join(str(refusal) for refusal in refused[: 2 if refused[0].name == "display" else 1])
    return Choice(Always(why), refused)


def _open(name: str, env: Mapping[str, str], idle_after_s: float, clock: Clock) -> Source:
    """Open a source that needs no loop.

    Raises:
        SensorError: It will not do.
    """
    # Each is loaded only where it is tried: what other desktops need would be a waste of memory here.
    match name:
        case "wayland":
            from postured.sense.activity import wayland

            return wayland.connect(env, idle_after_s, clock)
        case "x11":
            from postured.sense.activity import x11

            return x11.connect(env, idle_after_s, clock)
        case "tty":
            from postured.sense.activity import tty

            return tty.open_terminals(idle_after_s, clock)
        case "macos":
            from postured.sense.activity import macos

            return macos.open_idle(idle_after_s, clock)
        case "windows":
            from postured.sense.activity import windows

            return windows.open_idle(idle_after_s, clock)
    raise SensorError(name, _("there is no source of this name"), lasting=True)


async def _open_in_loop(name: str, env: Mapping[str, str], idle_after_s: float, clock: Clock) -> Source:
    """Open any source.

    Raises:
        SensorError: It will not do, or does not say so in time.
    """
    import asyncio

    try:
        async with asyncio.timeout(OPEN_WITHIN_S):
            return await _connect(name, env, idle_after_s, clock)
    except TimeoutError:
        why = _("{name} does not answer within {seconds:g} s").format(name=name, seconds=OPEN_WITHIN_S)
        raise SensorError(name, why, lasting=False) from None
    except SensorError:
        raise
    except Exception as error:  # one source's mistake must not cost the others their turn
        import logging  # weighs as much as all of this, and is hardly ever needed here

        logging.getLogger(__name__).exception("%s failed", name)
        raise SensorError(name, _("it failed: {error!r}").format(error=error), lasting=False) from None


async def _connect(name: str, env: Mapping[str, str], idle_after_s: float, clock: Clock) -> Source:
    match name:
        case "wayland":
            from postured.sense.activity import wayland

            return await wayland.connect_in_loop(env, idle_after_s, clock)
        case "mutter":
            from postured.sense.activity import mutter

            return await mutter.connect_in_loop(env, idle_after_s, clock)
        case "x11":
            from postured.sense.activity import x11

            return await x11.connect_in_loop(env, idle_after_s, clock)
        case "logind":
            from postured.sense.activity import logind

            return await logind.connect_in_loop(env, idle_after_s, clock)
        case "activitywatch":
            from postured.sense.activity import activitywatch

            return await activitywatch.connect_in_loop(env, idle_after_s, clock)
    return _open(name, env, idle_after_s, clock)  # takes no time worth waiting for


# ── in use ────────────────────────────────────────────────────────────────────────────────────────


def open_idle(
    env: Mapping[str, str],
    idle_after_s: float,
    *,
    activity: str = "auto",
    clock: Clock = boot_s,
) -> Chain:
    """Return a sensor that works here; it stays the same object whatever becomes of its source.

    Args:
        env: Everything is looked up here; what it lacks of a desktop is looked for once the loop runs.
        idle_after_s: From this length on a silence is told.
        activity: What the schedule wants: `auto`, or the name of a source.
        clock: The engine's clock, on which `Silence.since_s` is given.
    """
    return Chain(env, idle_after_s, choose(env, idle_after_s, clock, activity), clock, activity)


class Chain:
    """The sensor that the roof holds; passes everything on to the source that is in use, which is one at most."""

    def __init__(
        self,
        env: Mapping[str, str],
        idle_after_s: float,
        choice: Choice,
        clock: Clock,
        activity: str = "auto",
    ) -> None:
        self._given = env
        self._env = env
        self._idle_after_s = idle_after_s
        self._choice = choice
        self._clock = clock
        self._activity = activity
        self._settled: dict[str, SensorError] = {}
        """Who need not be asked again in this environment."""
        self._emit: Emit | None = None
        self._stopped = False
        self._silent = False
        self._doubted = False
        """Whether the silence was told by an earlier source, and the one in use has yet to find it."""
        self._listening = False
        self._answered = False
        self._wait = GrowingWait(FIRST_WAIT_S, RARE_WAIT_S)
        self._adopted_at = 0.0
        self._stop_search: Callable[[], object] | None = None

    @property
    def name(self) -> str:
        """Of the source in use; `always` where there is none."""
        return self._choice.source.name

    @property
    def quality(self) -> str:
        """`exact`, `partial`, `coarse` or `none`."""
        return self._choice.source.quality

    @property
    def note(self) -> str:
        """Why this one, in a plain sentence."""
        return self._choice.source.note

    @property
    def env(self) -> Mapping[str, str]:
        """The environment as it is by now: a display that came late has been added."""
        return self._env

    @property
    def refused(self) -> tuple[SensorError, ...]:
        """The better sources that would not do, the best first."""
        return self._choice.refused

    def start(self, emit: Emit) -> None:
        """Begin, inside the running loop."""
        self._emit = emit
        self._adopt(self._choice)
        if self._choice.may_improve:
            self._search(0.0)

    def listen(self, on: bool) -> None:
        """Ask for one `Input`, or take the question back; whoever is in use answers."""
        if on != self._listening:
            self._listening = on
            self._answered = False
            if not self._doubted:  # then the question stands already, and stays
                self._choice.source.listen(on)

    async def idle_s(self) -> float | None:
        """Seconds since the last input, or None."""
        return await self._choice.source.idle_s()

    def set_idle_after(self, seconds: float) -> None:
        """Change the length from which a silence is told."""
        self._idle_after_s = seconds
        self._choice.source.set_idle_after(seconds)

    def use(self, activity: str) -> None:
        """Change what the schedule wants to be used; what is in use goes on until its successor is found."""
        if self._stopped or activity == self._activity:
            return
        self._activity = activity
        self._settled.clear()
        if self._emit is None:
            self._choice.source.stop()
            self._choice = choose(self._given, self._idle_after_s, self._clock, activity)
        else:
            self._wait.begin_anew()
            self._search(0.0)

    def stop(self) -> None:
        """End: the source, and the search for a better one."""
        self._stopped = True
        self._emit = None
        self._choice.source.stop()
        self._end_search()

    # ── one source after the other ────────────────────────────────────────────────────────────────

    def _adopt(self, choice: Choice) -> None:
        import asyncio

        self._choice = choice
        self._adopted_at = asyncio.get_running_loop().time()
        source = choice.source
        source.start(lambda event: self._pass_on(source, event), lambda why: self._on_lost(source, why))
        # Of a silence told by an earlier source the new one may know nothing. Whether it has ended meanwhile
        # shows at the next input, which the new one is asked for. With `always` nobody is silent.
        self._doubted = self._silent and source.quality != "none"
        if self._doubted or (self._listening and not self._answered):
            source.listen(True)

    def _pass_on(self, source: Source, event: Event) -> None:
        """Tell the roof, once for each change; a new source may find what an earlier one has told."""
        if self._emit is None or source is not self._choice.source:
            return
        if isinstance(event, Silence):
            told, self._silent = self._silent, True
            self._settle_doubt()
            if told:
                return
        elif isinstance(event, Input):
            self._silent = False
            self._answered = True
            self._settle_doubt()
        self._emit(event)

    def _settle_doubt(self) -> None:
        if self._doubted:
            self._doubted = False
            if not self._listening or self._answered:
                self._choice.source.listen(False)

    def _on_lost(self, source: Source, why: str) -> None:
        import asyncio

        if self._emit is None or source is not self._choice.source:
            return
        if asyncio.get_running_loop().time() - self._adopted_at >= STEADY_AFTER_S:
            self._wait.begin_anew()
        source.stop()
        lost = SensorError(source.name, why, lasting=False)
        self._settled.clear()
        self._doubted = False
        self._choice = Choice(Undecided(), (lost,))
        self._search(0.0, lost)

    def _replace(self, choice: Choice) -> None:
        """Go over to another source. With `always` nobody is silent: it must not look like endless rest."""
        self._choice.source.stop()
        self._adopt(choice)
        if self._silent and not self._doubted:
            self._pass_on(choice.source, Input())
        if self._emit is not None:
            self._emit(Tick())  # nothing happened to the person, but who follows wants to hear of it

    # ── the search for a better one ───────────────────────────────────────────────────────────────

    def _search(self, wait_s: float, lost: SensorError | None = None) -> None:
        import asyncio

        self._end_search()
        self._stop_search = asyncio.get_running_loop().create_task(self._look_for_better(wait_s, lost)).cancel

    def _end_search(self) -> None:
        if self._stop_search is not None:
            self._stop_search()
            self._stop_search = None

    async def _look_for_better(self, wait_s: float, lost: SensorError | None) -> None:
        import asyncio

        while True:
            await asyncio.sleep(wait_s)
            self._take(await self._look(lost))
            lost = None
            if not self._choice.may_improve:
                break
            wait_s = min(self._wait.next_s(), self._choice.longest_wait_s)
        self._stop_search = None

    async def _look(self, lost: SensorError | None) -> Choice:
        """Choose among what is better than the source in use; at first without the one just lost."""
        env = await look_around(self._given, self._activity)
        if env != self._env:
            self._env = env
            self._settled.clear()
        idle_after_s = self._idle_after_s
        known = self._settled if lost is None else {**self._settled, lost.name: lost}
        choice = await choose_in_loop(
            env, idle_after_s, self._clock, self._activity, current=self._choice.source, known=known
        )
        if idle_after_s != self._idle_after_s:  # changed while it was being opened
            choice.source.set_idle_after(self._idle_after_s)
        for refusal in choice.refused:
            if refusal.lasting:
                self._settled[refusal.name] = refusal
        return choice

    def _take(self, choice: Choice) -> None:
        used, found = self._choice.source, choice.source
        both_always = isinstance(used, Always) and isinstance(found, Always)
        if found is used or (both_always and found.note == used.note):
            self._choice = Choice(used, choice.refused)  # no other source, but perhaps other reasons
        else:
            self._replace(choice)
