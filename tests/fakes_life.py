"""A daemon with hands to play with: a clock that is set, a person who types when told, a screen that remembers."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from postured import control, memory
from postured.core import engine
from postured.core.model import Effect, Moment, Tick
from postured.daemon import schedule
from postured.daemon.life import Daemon
from postured.daemon.start import Ready
from postured.files import own_folder
from postured.history import History, Row
from postured.notify.message import Ended
from postured.paths import Places, places
from postured.sense.suspend import SuspendWatch
from tests.fakes import RecordingNotifier
from tests.fakes_holds import FakeDesktop
from tests.fakes_sense import FakeIdle

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)

PLAN = """\
reminders:
  reset: {after: 20m, pause: 60s, repeat: 10m, snooze: 5m, suggest: [break]}
  long_break: {after: 60m, pause: 5m, repeat: 15m, suggest: [mobility, break]}
"""


class TwoHands:
    """A clock that stands still until it is moved: the steady hand, and the one that tells the time of day."""

    def __init__(self, s: float = 5000.0, unix_s: float = MONDAY.timestamp(), zone: tzinfo = BERLIN) -> None:
        self.s, self.unix_s, self.zone = s, unix_s, zone
        self.zone_asked = 0

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.s += seconds
        self.unix_s += seconds

    def steady(self) -> float:
        """The steady hand alone."""
        return self.s

    def now(self) -> Moment:
        return Moment(self.s, self.unix_s, self.zone)

    def real_s(self, seconds: float) -> float:
        return max(30.0, seconds)  # no alarm rings by itself: the test lets time pass

    def look_at_zone(self) -> None:
        self.zone_asked += 1


class House:
    """The folders of one person, who may start the daemon in them more than once."""

    def __init__(self, folder: Path, text: str = PLAN) -> None:
        self.folder = folder
        self.env = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/no-bus",
        }
        self.places: Places = places(self.env)
        self.clock = TwoHands()
        self.asleep_s = 0.0
        self.out = io.StringIO()
        for path in (self.places.state_folder, self.places.runtime_folder, self.places.config_folder):
            own_folder(path)
        if text:
            self.config.write_text(text)

    @property
    def config(self) -> Path:
        return self.places.config_file

    def saved(self) -> dict[str, Any]:
        """The state file's content."""
        found, note = memory.load(self.places.memory_file)
        assert note == ""
        assert found is not None
        return dict(found)

    def rows(self) -> list[Row]:
        """What the history holds."""
        past = History.open(self.places.history_file, read_only=True)
        try:
            return past.rows()
        finally:
            past.close()

    def spans(self) -> list[tuple[bool, float, float]]:
        """The stretches in the history, in seconds since nine."""
        past, zero = History.open(self.places.history_file, read_only=True), MONDAY.timestamp()
        try:
            return [(work, start - zero, end - zero) for work, start, end in past.spans()]
        finally:
            past.close()

    @contextlib.asynccontextmanager
    async def living(
        self,
        state: engine.State | None = None,
        owed: list[Effect] | None = None,
        *,
        stale: Mapping[str, object] | None = None,
        trouble: tuple[str, ...] = (),
        demo: bool = False,
    ) -> AsyncIterator[Life]:
        """A daemon at work, which is told to end at the end."""
        with self._listener() as listener:
            loaded = schedule.load(self.config, self.places, may_write=True)
            idle = FakeIdle(loaded.schedule.idle_after_s, clock=self.clock.steady)
            ready = Ready(
                env=self.env,
                places=self.places,
                config=self.config,
                clock=self.clock,
                loaded=loaded,
                state=state or engine.begin(loaded.schedule, (), self.clock.now()),
                owed=owed or [],
                sensor=idle,
                listener=listener,
                stale=stale,
                boot="this boot",
                demo=demo,
                trouble=list(trouble),
                out=self.out,
            )
            life = Life(self, ready, idle)
            await life.begin()
            try:
                yield life
            finally:
                await life.end()

    @contextlib.contextmanager
    def _listener(self) -> Iterator[control.Listener]:
        with control.lock(self.places.lock) as held:
            listener = control.listen(self.places.socket, held)
            try:
                yield listener
            finally:
                listener.close()


class Life:
    """One run of the daemon."""

    def __init__(self, house: House, ready: Ready, idle: FakeIdle) -> None:
        self.house = house
        self.clock = house.clock
        self.idle = idle
        self.notifiers: list[tuple[str, RecordingNotifier]] = []
        """Every notifier that was made, with the name it was asked for by."""
        suspend = SuspendWatch(lambda: self.clock.s + house.asleep_s, self.clock.steady)
        self.desktop = FakeDesktop()
        self.daemon = Daemon(ready, self._make, suspend, self.desktop.open)
        self._task: asyncio.Task[None] | None = None

    def _make(self, backend: str, on_ended: Callable[[Ended], None]) -> RecordingNotifier:
        self.notifiers.append((backend, RecordingNotifier(on_ended)))
        return self.notifiers[-1][1]

    @property
    def screen(self) -> RecordingNotifier:
        """The notifier in use."""
        return self.notifiers[-1][1]

    @property
    def titles(self) -> list[str]:
        """Everything that came up, by its title."""
        return [message.title for _, message in self.screen.shown]

    async def begin(self) -> None:
        before = len(self.house.out.getvalue())
        self._task = asyncio.create_task(self.daemon.run())
        await until(lambda: "postured is running" in self.house.out.getvalue()[before:] or self._over)
        if self._over:
            await self._task
        await self.quiet()

    async def end(self) -> None:
        """Tell it to end, as a signal does, and wait until it has."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @property
    def _over(self) -> bool:
        return self._task is not None and self._task.done()

    async def quiet(self) -> None:
        """Let everything that is ready to run do so."""
        for _ in range(12):
            await asyncio.sleep(0)

    async def work(self, seconds: float) -> None:
        """Type for so long; the daemon looks whenever it would have been woken."""
        left = seconds
        while left > 0:
            wait = min(left, self._wakes_in())
            self.clock.go(wait)
            left -= wait
            self.idle.type()
            await self.quiet()
            self.daemon.feed(Tick())
            await self.quiet()

    def sleep(self, seconds: float) -> None:
        """Suspend the machine for so long; nobody has told the daemon yet."""
        self.clock.go(seconds)
        self.house.asleep_s += seconds

    async def leave(self, seconds: float) -> None:
        """Do nothing for so long."""
        left = seconds
        since_s = self.clock.s
        while left > 0:
            wait = min(left, self._wakes_in(), self.idle.idle_after_s)
            self.clock.go(wait)
            left -= wait
            self.idle.leave(self.clock.s - since_s)
            self.daemon.feed(Tick())
            await self.quiet()

    def _wakes_in(self) -> float:
        """Until the next wake or checkpoint."""
        wake = engine.next_wake(self.daemon.state)
        waits = [30.0]
        if wake.s is not None:
            waits.append(wake.s - self.clock.s)
        if wake.unix_s is not None:
            waits.append(wake.unix_s - self.clock.unix_s)
        return max(0.001, min(waits))

    async def ask(self, **request: object) -> dict[str, Any]:
        """Send a command over the socket and return the answer."""
        found = await asyncio.to_thread(control.ask, self.house.places.socket, request)
        return json.loads(json.dumps(found))  # type: ignore[no-any-return]


async def until(true: Callable[[], bool], limit_s: float = 5.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110 - nobody signals what a test happens to wait for
            await asyncio.sleep(0.002)
