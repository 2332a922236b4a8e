"""Which way of knowing is used: X11, else terminals where there is no display, else all time is work.

When one is lost, the whole chain is tried again after growing waits, and meanwhile all time is work. It
never fails: it always ends somewhere, and says why there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from postured.core.language import _
from postured.core.model import Event, Input, Silence, Tick
from postured.sense.activity import tty, x11
from postured.sense.activity.always import Always
from postured.sense.protocol import Clock, Emit, SensorError, Source, boot_s

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
STEADY_AFTER_S = 60.0
"""A source that lived this long was no failure: after its loss the waits begin anew."""


class Choice(NamedTuple):
    """A source, and the better ones that would not do."""

    source: Source
    refused: tuple[SensorError, ...] = ()

    @property
    def may_improve(self) -> bool:
        """Whether asking again later could end in a better choice."""
        return self.source.name == "always" and not all(refusal.lasting for refusal in self.refused)


def choose(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> Choice:
    """Choose, before there is a loop; blocks for three seconds at most."""
    try:
        return Choice(x11.connect(env, idle_after_s, clock))
    except SensorError as refusal:
        return _without_x11(env, idle_after_s, clock, refusal)


async def choose_in_loop(env: Mapping[str, str], idle_after_s: float, clock: Clock) -> Choice:
    """Choose, without holding up the running loop."""
    try:
        return Choice(await x11.connect_in_loop(env, idle_after_s, clock))
    except SensorError as refusal:
        return _without_x11(env, idle_after_s, clock, refusal)


def _without_x11(
    env: Mapping[str, str], idle_after_s: float, clock: Clock, x11_refusal: SensorError
) -> Choice:
    if _has_display(env):  # terminals would miss all that is done in other windows
        return Choice(Always(str(x11_refusal)), (x11_refusal,))
    try:
        return Choice(tty.open_terminals(idle_after_s, clock), (x11_refusal,))
    except SensorError as refusal:
        return Choice(Always(_("no display, and {refusal}").format(refusal=refusal)), (x11_refusal, refusal))


def _has_display(env: Mapping[str, str]) -> bool:
    graphical = env.get("XDG_SESSION_TYPE") in ("x11", "wayland", "mir")
    return graphical or bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def open_idle(
    env: Mapping[str, str],
    idle_after_s: float,
    *,
    clock: Clock = boot_s,
) -> Chain:
    """Return a sensor that works here; it stays the same object whatever becomes of its source.

    Args:
        env: Everything is looked up here; it is read again whenever the chain is tried again.
        idle_after_s: From this length on a silence is told.
        clock: The engine's clock, on which `Silence.since_s` is given.
    """
    return Chain(env, idle_after_s, choose(env, idle_after_s, clock), clock)


class Chain:
    """The sensor that the roof holds; passes everything on to the source that is in use."""

    def __init__(
        self,
        env: Mapping[str, str],
        idle_after_s: float,
        choice: Choice,
        clock: Clock,
    ) -> None:
        self._env = env
        self._idle_after_s = idle_after_s
        self._choice = choice
        self._clock = clock
        self._emit: Emit | None = None
        self._silent = False
        self._listening = False
        self._answered = False
        self._wait_s = FIRST_WAIT_S
        self._adopted_at = 0.0
        self._stop_search: Callable[[], object] | None = None

    @property
    def name(self) -> str:
        """`x11`, `tty` or `always`."""
        return self._choice.source.name

    @property
    def quality(self) -> str:
        """`exact`, `coarse` or `none`."""
        return self._choice.source.quality

    @property
    def note(self) -> str:
        """Why this one, in a plain sentence."""
        return self._choice.source.note

    @property
    def refused(self) -> tuple[SensorError, ...]:
        """The better sources that would not do, the best first."""
        return self._choice.refused

    def start(self, emit: Emit) -> None:
        """Begin, inside the running loop."""
        self._emit = emit
        self._use(self._choice)

    def listen(self, on: bool) -> None:
        """Ask for one `Input`, or take the question back; whoever is in use answers."""
        if on != self._listening:
            self._listening = on
            self._answered = False
            self._choice.source.listen(on)

    async def idle_s(self) -> float | None:
        """Seconds since the last input, or None."""
        return await self._choice.source.idle_s()

    def set_idle_after(self, seconds: float) -> None:
        """Change the length from which a silence is told."""
        self._idle_after_s = seconds
        self._choice.source.set_idle_after(seconds)

    def stop(self) -> None:
        """End: the source, and the search for a better one."""
        self._emit = None
        self._choice.source.stop()
        if self._stop_search is not None:
            self._stop_search()
            self._stop_search = None

    def _use(self, choice: Choice) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        self._choice = choice
        self._adopted_at = loop.time()
        source = choice.source
        source.start(lambda event: self._pass_on(source, event), self._on_lost)
        if self._listening and not self._answered:
            source.listen(True)
        if self._stop_search is None and choice.may_improve:
            self._stop_search = loop.create_task(self._look_for_better()).cancel

    def _pass_on(self, source: Source, event: Event) -> None:
        """Tell the roof, once for each change; the new source after a loss may find what the old one told."""
        if self._emit is None or source is not self._choice.source:
            return
        if isinstance(event, Silence):
            if self._silent:
                return
            self._silent = True
        elif isinstance(event, Input):
            self._silent = False
            self._answered = True
        self._emit(event)

    def _on_lost(self, why: str) -> None:
        import asyncio

        if self._emit is None:
            return
        if asyncio.get_running_loop().time() - self._adopted_at >= STEADY_AFTER_S:
            self._wait_s = FIRST_WAIT_S
        lost = SensorError(self._choice.source.name, why, lasting=False)
        self._replace(Choice(Always(why), (lost,)))

    def _replace(self, choice: Choice) -> None:
        """Go over to another source. With `always` nobody is silent: it must not look like endless rest."""
        self._use(choice)
        if choice.source.name == "always" and self._silent:
            self._pass_on(choice.source, Input())
        if self._emit is not None:
            self._emit(Tick())  # nothing happened to the person, but who follows wants to hear of it

    async def _look_for_better(self) -> None:
        import asyncio

        while self._choice.may_improve:
            await asyncio.sleep(self._wait_s)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            choice = await choose_in_loop(self._env, self._idle_after_s, self._clock)
            if choice.source.name != "always" or choice.source.note != self.note:
                self._choice.source.stop()
                self._replace(choice)
        self._stop_search = None
