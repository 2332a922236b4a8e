"""The chain takes the best that a desktop offers, always ends somewhere, says why, and finds its way back."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from postured.core.model import Event, Input, Silence, Tick
from postured.sense import activity, environment
from postured.sense.activity import chain, tty
from postured.sense.activity.chain import Chain, open_idle
from postured.sense.protocol import Clock, Emit, SensorError
from tests.sense.fake_wayland import OTHERS, FakeWayland, fake_wayland
from tests.sense.fake_x import ALL, XWAYLAND, FakeX, fake_x
from tests.sense.loops import VirtualTime, run_virtually


async def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.005)


class ScriptedSource:
    """A source that does what the test says."""

    def __init__(self, name: str, quality: str = "exact") -> None:
        self.name = name
        self.quality = quality
        self.note = f"{name}, made for tests"
        self.idle_after_s = 0.0
        self.listening = False
        self.stopped = 0
        self.idle: float | None = 3.0
        self._emit: Emit | None = None
        self._lost: Callable[[str], None] | None = None

    @property
    def in_use(self) -> bool:
        return self._emit is not None and not self.stopped

    def start(self, emit: Emit, lost: Callable[[str], None]) -> None:
        self._emit, self._lost = emit, lost

    def listen(self, on: bool) -> None:
        self.listening = on

    async def idle_s(self) -> float | None:
        return self.idle

    def set_idle_after(self, seconds: float) -> None:
        self.idle_after_s = seconds

    def stop(self) -> None:
        self.stopped += 1

    def tell(self, event: Event) -> None:
        assert self._emit is not None, f"{self.name} was not started"
        self._emit(event)

    def fail(self, why: str = "it broke") -> None:
        assert self._lost is not None, f"{self.name} was not started"
        self._lost(why)


NAMES = ("wayland", "mutter", "x11", "logind", "tty", "activitywatch", "macos", "windows")


class Sources:
    """All sources there are. Each works or refuses, as the test says; who was asked is written down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refusals = {name: SensorError(name, f"no {name} here", lasting=False) for name in NAMES}
        self.works: set[str] = set()
        self.asked: list[tuple[str, float]] = []
        """In the loop, and when."""
        self.asked_early: list[str] = []
        self.opened: list[ScriptedSource] = []
        self.delay_s = 0.0
        """How long each takes to answer, in the loop."""
        for name in NAMES:
            module = SimpleNamespace(
                connect=self._early(name),
                connect_in_loop=self._in_loop(name),
                open_idle=self._plain(name),
                open_terminals=self._plain(name),
            )
            monkeypatch.setattr(activity, name, module, raising=False)

    def __getitem__(self, name: str) -> ScriptedSource:
        return next(source for source in reversed(self.opened) if source.name == name)

    def lasting(self, *names: str) -> None:
        for name in names:
            self.refusals[name].lasting = True

    def names_asked(self) -> list[str]:
        return [name for name, _ in self.asked]

    def in_use(self) -> list[str]:
        return [source.name for source in self.opened if source.in_use]

    def _open(self, name: str) -> ScriptedSource:
        if name not in self.works:
            raise self.refusals[name]
        self.opened.append(ScriptedSource(name, "coarse" if name in ("logind", "tty") else "exact"))
        return self.opened[-1]

    def _early(self, name: str) -> Callable[[Mapping[str, str], float, Clock], ScriptedSource]:
        def connect(_env: Mapping[str, str], _idle_after_s: float, _clock: Clock) -> ScriptedSource:
            self.asked_early.append(name)
            return self._open(name)

        return connect

    def _plain(self, name: str) -> Callable[[float, Clock], ScriptedSource]:
        def open_idle(_idle_after_s: float, _clock: Clock) -> ScriptedSource:
            self.asked_early.append(name)
            return self._open(name)

        return open_idle

    def _in_loop(
        self, name: str
    ) -> Callable[[Mapping[str, str], float, Clock], Coroutine[object, object, ScriptedSource]]:
        async def connect(_env: Mapping[str, str], _idle_after_s: float, _clock: Clock) -> ScriptedSource:
            self.asked.append((name, asyncio.get_running_loop().time()))
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            return self._open(name)

        return connect


class Late:
    """What can be found of a desktop by now."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.asked: list[float] = []

    async def complete(self, env: Mapping[str, str]) -> Mapping[str, str]:
        self.asked.append(asyncio.get_running_loop().time())
        return {**self.found, **env}


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Sources:
    return Sources(monkeypatch)


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> Late:
    """Let nothing of the desktop on which the tests run be found."""
    late = Late()
    monkeypatch.setattr(environment, "complete", late.complete)
    return late


WAYLAND = {"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "wayland"}
X11 = {"DISPLAY": ":0", "XDG_SESSION_TYPE": "x11"}


class Play:
    """A chain under way in virtual time, what it told, and how often it said that it changed."""

    def __init__(self, sensor: Chain) -> None:
        self.sensor = sensor
        self.events: list[Event] = []
        self.changes: list[str] = []

    def take(self, event: Event) -> None:
        if isinstance(event, Tick):
            self.changes.append(self.sensor.name)
        else:
            self.events.append(event)


def play(
    env: Mapping[str, str],
    scene: Callable[[Play], Coroutine[object, object, None]],
    activity: str = "auto",
) -> Play:
    sensor = open_idle(env, 60, activity=activity)
    one = Play(sensor)

    async def main() -> None:
        sensor.start(one.take)
        try:
            await scene(one)
        finally:
            sensor.stop()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == 1, "nobody goes on searching"

    run_virtually(main(), VirtualTime())
    return one


def settled(env: Mapping[str, str], activity: str = "auto") -> tuple[str, list[str]]:
    """What is in use a short while after the start, and who refused."""
    found: list[tuple[str, list[str]]] = []

    async def scene(one: Play) -> None:
        await asyncio.sleep(0.01)
        found.append((one.sensor.name, [refusal.name for refusal in one.sensor.refused]))

    play(env, scene, activity)
    return found[0]


# ── choosing ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("env", "works", "name", "refused"),
    [
        (WAYLAND, {"wayland", "mutter", "x11", "logind", "tty"}, "wayland", []),
        (WAYLAND, {"mutter", "x11", "logind", "tty"}, "mutter", ["wayland"]),
        (WAYLAND, {"x11", "logind", "tty"}, "logind", ["wayland", "mutter"]),
        (WAYLAND, {"x11", "tty"}, "always", ["wayland", "mutter", "logind"]),
        (WAYLAND | {"DISPLAY": ":0"}, {"x11", "tty"}, "always", ["wayland", "mutter", "logind"]),
        ({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}, {"x11", "mutter"}, "mutter", []),
        ({"XDG_SESSION_TYPE": "wayland"}, {"x11", "tty", "mutter"}, "mutter", ["display"]),
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "tty"}, {"wayland", "tty"}, "wayland", []),
        (X11, {"x11", "mutter", "logind", "tty"}, "x11", []),
        (X11, {"mutter", "logind", "tty"}, "logind", ["x11"]),
        (X11, {"mutter", "tty"}, "always", ["x11", "logind"]),
        ({"DISPLAY": ":0", "XDG_SESSION_TYPE": "tty"}, {"x11", "tty"}, "x11", []),
        ({"XDG_SESSION_TYPE": "x11"}, {"x11", "tty", "logind"}, "logind", ["display"]),
        ({}, {"wayland", "mutter", "x11", "logind", "tty"}, "tty", ["display"]),
        ({}, {"wayland", "mutter", "x11", "logind"}, "always", ["display", "tty"]),
    ],
)
def test_the_best_that_the_session_offers_is_used(
    sources: Sources, env: dict[str, str], works: set[str], name: str, refused: list[str]
) -> None:
    sources.works = works
    assert settled(env) == (name, refused)


@pytest.mark.parametrize(("platform", "name"), [("darwin", "macos"), ("win32", "windows")])
def test_elsewhere_the_system_is_asked_before_the_loop(
    sources: Sources, late: Late, monkeypatch: pytest.MonkeyPatch, platform: str, name: str
) -> None:
    monkeypatch.setattr(chain, "sys", SimpleNamespace(platform=platform))
    sources.works = {name, "x11", "tty"}
    assert open_idle({"DISPLAY": ":0"}, 60).name == name
    sources.works = {"x11", "tty"}
    assert open_idle({"DISPLAY": ":0"}, 60).name == "always"
    assert settled({}) == ("always", [name])
    assert late.asked == []


@pytest.mark.parametrize("name", ["wayland", "mutter", "x11", "logind", "tty", "activitywatch"])
@pytest.mark.parametrize("env", [WAYLAND, X11, {}])
def test_a_named_source_is_used_alone(sources: Sources, env: dict[str, str], name: str) -> None:
    sources.works = set(NAMES)
    assert settled(env, name)[0] == name
    assert [source.name for source in sources.opened] == [name]
    sources.works = set(NAMES) - {name}
    assert settled(env, name)[0] == "always"


def test_always_can_be_named(sources: Sources, late: Late) -> None:
    sources.works = set(NAMES)
    sensor = open_idle(WAYLAND, 60, activity="always")
    assert (sensor.name, sensor.quality) == ("always", "none")
    assert "the schedule says always" in sensor.note
    assert settled({}, "always") == ("always", [])
    assert (sources.opened, late.asked) == ([], [])


def test_before_the_loop_no_bus_is_asked(sources: Sources) -> None:
    sources.works = {"mutter", "logind", "tty"}
    for env in (WAYLAND, X11, {}):
        sensor = open_idle(env, 60)
        assert (sensor.name, sensor.quality) == ("always", "none")
        assert "counts as work" not in sensor.note, "nothing has gone wrong yet"
    assert sources.asked == []
    assert sources.asked_early == ["wayland", "x11"]


def test_on_plain_x11_nothing_else_is_loaded() -> None:
    with fake_x() as server:
        code = (
            "import sys; from postured.sense.activity.chain import open_idle;"
            f"assert open_idle({{'DISPLAY': {server.display!r}}}, 60).name == 'x11';"
            "print(*(m for m in sys.modules if m.startswith(('postured.', 'asyncio', 'jeepney', 'http'))))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
        )
    assert {name for name in ran.stdout.split() if not name.startswith("postured.core")} == {
        "postured.sense",
        "postured.sense.activity",
        "postured.sense.activity.always",
        "postured.sense.activity.chain",
        "postured.sense.activity.x11",
        "postured.sense.activity.x11_wire",
        "postured.sense.protocol",
        "postured.sense.sockets",
        "postured.sense.suspend",
    }


# ── the first moments ─────────────────────────────────────────────────────────────────────────────


def test_what_needs_the_loop_is_found_at_once_and_tells_a_silence_that_stands(sources: Sources) -> None:
    sources.works = {"mutter"}
    sources.delay_s = 0.05

    async def scene(one: Play) -> None:
        await asyncio.sleep(0.11)
        assert one.sensor.name == "mutter"
        sources["mutter"].tell(Silence(17.0))
        assert one.events == [Silence(17.0)]
        assert one.changes == ["mutter"]
        assert await one.sensor.idle_s() == 3.0

    play(WAYLAND, scene)


def test_nobody_is_taken_for_there_before_a_source_is_found(sources: Sources) -> None:
    """Else a notice that is due at the start would be shown to an empty chair."""
    sources.works = {"mutter"}
    sources.delay_s = 0.5

    async def scene(one: Play) -> None:
        one.sensor.listen(True)
        await asyncio.sleep(0.9)
        assert (one.events, one.sensor.name) == ([], "always")
        assert await one.sensor.idle_s() is None
        await asyncio.sleep(0.2)
        assert sources["mutter"].listening, "the question was passed on"
        sources["mutter"].tell(Input())
        assert one.events == [Input()]

    play(WAYLAND, scene)


def test_with_always_somebody_is_always_there(sources: Sources) -> None:
    sources.lasting(*NAMES)

    async def scene(one: Play) -> None:
        sensor, events = one.sensor, one.events
        sensor.listen(True)
        sensor.listen(True)
        assert events == []
        await asyncio.sleep(0.01)
        assert events == [Input()]
        sensor.listen(False)
        sensor.listen(True)
        await asyncio.sleep(0.01)
        assert events == [Input(), Input()]
        assert "no wayland here; all time counts as work" in sensor.note
        sensor.set_idle_after(1)
        sensor.listen(False)
        sensor.listen(True)
        sensor.stop()
        await asyncio.sleep(0)
        assert events == [Input(), Input()]
        assert await sensor.idle_s() is None

    play(WAYLAND, scene)


def test_a_change_of_idle_after_during_the_search_reaches_the_source(sources: Sources) -> None:
    sources.works = {"mutter"}
    sources.delay_s = 0.5

    async def scene(one: Play) -> None:
        await asyncio.sleep(0.7)
        one.sensor.set_idle_after(15)
        await asyncio.sleep(0.5)
        assert sources["mutter"].idle_after_s == 15

    play(WAYLAND, scene)


def test_a_source_that_fails_in_an_unforeseen_way_costs_only_itself(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_: object) -> ScriptedSource:
        raise ZeroDivisionError

    async def hang(*_: object) -> ScriptedSource:
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(activity, "mutter", SimpleNamespace(connect_in_loop=break_down))
    sources.works = {"logind"}
    assert settled(WAYLAND) == ("logind", ["wayland", "mutter"])
    monkeypatch.setattr(activity, "mutter", SimpleNamespace(connect_in_loop=hang))

    async def scene(one: Play) -> None:
        await asyncio.sleep(chain.OPEN_WITHIN_S + 0.1)
        assert one.sensor.name == "logind"
        assert "mutter does not answer" in str(one.sensor.refused[1])

    play(WAYLAND, scene)


# ── a desktop that starts later ───────────────────────────────────────────────────────────────────


def test_a_desktop_that_started_after_us_is_found_at_once(sources: Sources, late: Late) -> None:
    sources.works = {"wayland", "tty"}
    late.found = dict(WAYLAND)

    async def scene(one: Play) -> None:
        assert one.sensor.env == {"HOME": "/h"}
        await asyncio.sleep(0.01)
        assert one.sensor.name == "wayland"
        assert one.sensor.env == {"HOME": "/h"} | WAYLAND
        await asyncio.sleep(10_000)
        assert len(late.asked) == 1, "what is found is not looked for"

    one = play({"HOME": "/h"}, scene)
    assert one.changes == ["wayland"]
    assert sources.asked_early == [], "terminals would have told of hours without input"


def test_terminals_count_until_the_display_comes(sources: Sources, late: Late) -> None:
    sources.works = {"x11", "tty"}

    async def scene(one: Play) -> None:
        await asyncio.sleep(100)
        assert one.sensor.name == "tty"
        late.found = dict(X11)
        await asyncio.sleep(100)
        assert one.sensor.name == "x11"
        assert sources.in_use() == ["x11"]
        assert one.sensor.env == X11
        assert one.sensor.refused == ()

    assert play({}, scene).changes == ["tty", "x11"]


def test_the_end_of_a_desktop_is_the_hour_of_the_terminals_again(sources: Sources, late: Late) -> None:
    sources.works = {"wayland", "tty"}
    late.found = dict(WAYLAND)

    async def scene(one: Play) -> None:
        await asyncio.sleep(1)
        late.found = {}
        sources["wayland"].fail()
        await asyncio.sleep(0.01)
        assert (one.sensor.name, one.sensor.env) == ("tty", {})
        late.found = {"WAYLAND_DISPLAY": "wayland-1"}
        await asyncio.sleep(3)
        assert (one.sensor.name, one.sensor.env) == ("wayland", late.found)

    play({}, scene)


def test_xwayland_alone_makes_us_look_for_the_compositor(sources: Sources, late: Late) -> None:
    """A service manager may have been told of DISPLAY only."""
    sources.lasting("x11")
    sources.works = {"wayland"}
    late.found = dict(WAYLAND)
    assert settled({"DISPLAY": ":0"}) == ("wayland", [])


def test_another_compositor_is_asked_anew(sources: Sources, late: Late) -> None:
    """What one does not offer for good, the next one may."""
    sources.lasting("wayland")
    late.found = dict(WAYLAND)

    async def scene(one: Play) -> None:
        await asyncio.sleep(100)
        assert one.sensor.name == "always"
        assert sources.names_asked().count("wayland") == 1
        sources.works = {"wayland"}
        late.found = {"WAYLAND_DISPLAY": "wayland-1"}
        await asyncio.sleep(100)
        assert one.sensor.name == "wayland"

    play({}, scene)


def test_a_named_source_may_need_a_display_that_came_late(sources: Sources, late: Late) -> None:
    sources.lasting("wayland")
    late.found = dict(WAYLAND)
    sensor = open_idle({"DISPLAY": ":0"}, 60, activity="wayland")
    assert "counts as work" not in sensor.note, "it is not known yet"
    sources.works = {"wayland"}
    late.found = dict(WAYLAND)
    assert settled({"DISPLAY": ":0"}, "wayland") == ("wayland", [])


def test_while_only_a_display_is_missing_it_is_looked_for_ever_less_often(
    sources: Sources, late: Late
) -> None:
    sources.works = {"tty"}

    async def scene(_one: Play) -> None:
        await asyncio.sleep(4000)

    play({}, scene)
    waits = [round(b - a) for a, b in zip(late.asked, late.asked[1:], strict=False)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600]


# ── losses ────────────────────────────────────────────────────────────────────────────────────────


def test_the_next_best_takes_over_and_the_best_comes_back(sources: Sources) -> None:
    sources.works = {"wayland", "logind"}

    async def scene(one: Play) -> None:
        await asyncio.sleep(100)
        sources.works = {"logind"}
        sources["wayland"].fail("the compositor was lost")
        await asyncio.sleep(0.01)
        assert one.sensor.name == "logind"
        assert sources["wayland"].stopped
        assert [str(refusal) for refusal in one.sensor.refused] == [
            "the compositor was lost",
            "no mutter here",
        ]
        sources.works = {"wayland", "logind"}
        await asyncio.sleep(1.1)
        assert one.sensor.name == "wayland"
        assert sources.in_use() == ["wayland"]

    assert play(WAYLAND, scene).changes == ["logind", "wayland"]


def test_a_source_just_lost_is_not_asked_in_the_same_moment(sources: Sources) -> None:
    sources.works = {"x11"}

    async def scene(one: Play) -> None:
        await asyncio.sleep(1)
        sources["x11"].fail()
        await asyncio.sleep(0.5)
        assert one.sensor.name == "always"
        assert "it broke; all time counts as work" in one.sensor.note
        assert sources.names_asked() == ["logind"]
        await asyncio.sleep(0.6)
        assert one.sensor.name == "x11"

    assert play(X11, scene).changes == ["always", "x11"]


def test_a_silence_ends_with_always(sources: Sources) -> None:
    """It must not look like endless rest."""
    sources.works = {"x11"}

    async def scene(one: Play) -> None:
        sources["x11"].tell(Silence(5.0))
        sources["x11"].fail()
        await asyncio.sleep(0.01)
        assert one.events == [Silence(5.0), Input()]
        await asyncio.sleep(1.1)
        sources["x11"].tell(Silence(5.0))
        assert one.events == [Silence(5.0), Input(), Silence(5.0)]

    play(X11, scene)


def test_a_silence_that_the_next_source_finds_too_goes_on(sources: Sources) -> None:
    sources.works = {"wayland", "logind"}

    async def scene(one: Play) -> None:
        sources["wayland"].tell(Silence(5.0))
        sources["wayland"].fail()
        await asyncio.sleep(0.01)
        assert sources["logind"].listening, "the next input would end it"
        sources["logind"].tell(Silence(7.0))
        assert not sources["logind"].listening, "from here on it tells by itself"
        assert one.events == [Silence(5.0)]
        sources["logind"].tell(Input())
        assert one.events == [Silence(5.0), Input()]

    play(WAYLAND, scene)


def test_a_question_outlives_the_doubt_about_a_silence(sources: Sources) -> None:
    sources.works = {"wayland", "logind"}

    async def scene(one: Play) -> None:
        sources["wayland"].tell(Silence(5.0))
        sources["wayland"].fail()
        await asyncio.sleep(0.01)
        one.sensor.listen(True)
        sources["logind"].tell(Silence(5.0))
        assert sources["logind"].listening

    play(WAYLAND, scene)


def test_a_silence_that_the_next_source_cannot_know_of_ends_with_the_next_input(sources: Sources) -> None:
    sources.works = {"wayland"}
    late_source = "mutter"

    async def scene(one: Play) -> None:
        sources["wayland"].tell(Silence(5.0))
        sources.works = {late_source}
        sources["wayland"].fail()
        await asyncio.sleep(50)
        assert one.events == [Silence(5.0)], "nobody came back only because the source changed"
        one.sensor.listen(True)
        one.sensor.listen(False)
        assert sources[late_source].listening
        sources[late_source].tell(Input())
        assert one.events == [Silence(5.0), Input()]
        assert not sources[late_source].listening

    play(WAYLAND, scene)


def test_a_question_survives_every_change(sources: Sources) -> None:
    sources.works = {"wayland", "logind"}

    async def scene(one: Play) -> None:
        one.sensor.listen(True)
        sources["wayland"].fail()
        await asyncio.sleep(0.01)
        assert one.events == []
        assert sources["logind"].listening
        sources["logind"].tell(Input())
        sources["logind"].fail()
        await asyncio.sleep(5)
        assert not sources["wayland"].listening, "it was answered"
        one.sensor.listen(False)
        one.sensor.listen(True)
        assert sources["wayland"].listening
        assert one.events == [Input()]

    play(WAYLAND, scene)


def test_who_was_replaced_has_nothing_to_say_any_more(sources: Sources) -> None:
    sources.works = {"wayland", "logind"}

    async def scene(one: Play) -> None:
        old = sources["wayland"]
        old.fail()
        await asyncio.sleep(0.01)
        old.tell(Silence(1.0))
        old.fail()
        assert (one.events, one.sensor.name) == ([], "logind")

    play(WAYLAND, scene)


def test_never_two_at_once(sources: Sources) -> None:
    """Whatever comes and goes, nothing is left running."""
    sources.works = {"logind"}
    sources.delay_s = 0.2

    async def scene(one: Play) -> None:
        for works in ({"wayland"}, {"mutter", "logind"}, {"wayland", "mutter"}, set[str](), {"logind"}) * 3:
            sources.works = works
            if sources.in_use():
                sources[one.sensor.name].fail()
            for _ in range(30):
                await asyncio.sleep(0.1)
                assert len(sources.in_use()) <= 1
                assert not [s for s in sources.opened if s.name != one.sensor.name and not s.stopped]

    play(WAYLAND, scene)
    assert sources.in_use() == []


@pytest.mark.parametrize(
    ("env", "activity", "longest"),
    [(X11, "auto", 60), (WAYLAND, "auto", 60), (WAYLAND, "mutter", 60), (X11, "x11", 60)],
)
def test_waits_grow_from_one_second(
    sources: Sources, env: dict[str, str], activity: str, longest: int
) -> None:
    async def scene(_one: Play) -> None:
        await asyncio.sleep(1000)

    play(env, scene, activity)
    first = sources.names_asked()[0]
    asked = [at for name, at in sources.asked if name == first]
    waits = [round(b - a) for a, b in itertools.pairwise(asked)]
    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert set(waits[6:]) == {longest}


def test_what_may_never_come_is_asked_for_every_ten_minutes(sources: Sources) -> None:
    """A compositor without an idle protocol: its desktop may have a monitor on the bus, or may not."""
    sources.lasting("wayland")

    async def scene(_one: Play) -> None:
        await asyncio.sleep(4000)

    play(WAYLAND, scene)
    asked = [at for name, at in sources.asked if name == "mutter"]
    assert [round(b - a) for a, b in itertools.pairwise(asked)][-3:] == [600, 600, 600]
    assert "wayland" not in sources.names_asked()[1:]


def test_a_source_that_lived_for_a_minute_was_no_failure(sources: Sources) -> None:
    sources.works = {"x11"}

    async def scene(one: Play) -> None:
        for wait_s in (1, 2, 4):
            await asyncio.sleep(10)
            sources["x11"].fail()
            await asyncio.sleep(wait_s - 0.1)
            assert one.sensor.name == "always"
            await asyncio.sleep(0.2)
            assert one.sensor.name == "x11"
        await asyncio.sleep(61)
        sources["x11"].fail()
        await asyncio.sleep(1.1)
        assert one.sensor.name == "x11"

    play(X11, scene)


def test_what_cannot_change_is_not_asked_again(sources: Sources) -> None:
    sources.lasting(*NAMES)

    async def scene(one: Play) -> None:
        await asyncio.sleep(10_000)
        assert sources.names_asked() == ["wayland", "mutter", "logind"]
        assert one.sensor.name == "always"

    play(WAYLAND, scene)


# ── the schedule has a say ────────────────────────────────────────────────────────────────────────


def test_another_source_can_be_named_while_it_runs(sources: Sources) -> None:
    sources.works = set(NAMES)
    sources.delay_s = 0.1

    async def scene(one: Play) -> None:
        one.sensor.use("auto")
        await asyncio.sleep(1)
        assert sources.asked == [], "nothing has changed"
        one.sensor.use("activitywatch")
        assert one.sensor.name == "wayland", "until the other is found"
        await asyncio.sleep(0.2)
        assert one.sensor.name == "activitywatch"
        assert sources["wayland"].stopped
        sources["activitywatch"].tell(Silence(3.0))
        one.sensor.use("always")
        await asyncio.sleep(0.01)
        assert one.events == [Silence(3.0), Input()]
        one.sensor.use("auto")
        await asyncio.sleep(0.2)
        assert sources.in_use() == ["wayland"]

    assert play(WAYLAND, scene).changes == ["activitywatch", "always", "wayland"]


def test_naming_what_is_in_use_changes_nothing(sources: Sources) -> None:
    sources.works = {"wayland"}

    async def scene(one: Play) -> None:
        one.sensor.use("wayland")
        await asyncio.sleep(1)
        assert sources.asked == []
        assert sources["wayland"].in_use

    assert play(WAYLAND, scene).changes == []


def test_before_the_start_and_after_the_end_a_name_leaves_nothing_open(sources: Sources) -> None:
    sources.works = {"x11", "tty"}
    sensor = open_idle(X11, 60)
    sensor.use("tty")
    assert sensor.name == "tty"
    assert sources["x11"].stopped
    sensor.stop()
    sensor.use("x11")
    assert all(source.stopped for source in sources.opened)


# ── with servers that speak the protocols ─────────────────────────────────────────────────────────


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits be short."""
    monkeypatch.setattr(chain, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(chain, "LONGEST_WAIT_S", 0.05)


@pytest.fixture
def no_logind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> ScriptedSource:
        raise SensorError("logind", "no logind here", lasting=True)

    monkeypatch.setattr(activity, "logind", SimpleNamespace(connect_in_loop=refuse), raising=False)


class Watched(Play):
    """A chain on an X server."""

    def __init__(self, server: FakeX, idle_after_s: float = 20) -> None:
        super().__init__(open_idle({"DISPLAY": server.display}, idle_after_s))
        self.notes: list[tuple[str, str]] = []

    def start(self) -> Chain:
        self.sensor.start(self.take)
        return self.sensor

    def take(self, event: Event) -> None:
        super().take(event)
        if isinstance(event, Tick):
            self.notes.append((self.sensor.name, self.sensor.note))


def test_without_a_display_terminals_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pts").mkdir()
    (tmp_path / "pts/0").touch()
    here = tty.Terminals(str(tmp_path), tmp_path.stat().st_uid)
    monkeypatch.setattr(tty, "Terminals", lambda _folder, _uid: here)
    assert settled({}) == ("tty", ["display"])


def test_a_lost_server_is_found_again_and_meanwhile_all_time_is_work(quick: None, no_logind: None) -> None:
    async def main() -> None:
        watched = Watched(server)
        sensor = watched.start()
        server.leave(30)
        await until(lambda: watched.events)
        server.hang_up()
        await until(lambda: len(watched.changes) == 2)
        assert watched.changes == ["always", "x11"]
        assert "was lost" in watched.notes[0][1]
        await until(lambda: len(watched.events) == 3)
        # The loss must not look like endless rest; the silence still stands, and is found again.
        assert [type(event) for event in watched.events] == [Silence, Input, Silence]
        server.type()
        await until(lambda: len(watched.events) == 4)
        assert server.connections == 2
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_a_question_survives_the_loss_of_who_was_asked(quick: None, no_logind: None) -> None:
    async def main() -> None:
        watched = Watched(server)
        sensor = watched.start()
        server.leave(12)
        sensor.listen(True)
        await until(lambda: len(server.alarms) == 3)
        server.hang_up()
        await until(lambda: watched.events)
        await until(lambda: sensor.name == "x11")
        server.type()
        await asyncio.sleep(0.05)
        assert watched.events == [Input()], "answered once, by whoever could"
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_a_server_that_comes_late_is_taken_up(quick: None, no_logind: None) -> None:
    async def main() -> None:
        watched = Watched(server)
        assert watched.sensor.name == "always"
        server.manner.refuse = b""
        sensor = watched.start()
        await until(lambda: watched.sensor.name == "x11")
        await until(lambda: len(asyncio.all_tasks()) == 1)
        server.leave(30)
        await until(lambda: watched.events)
        sensor.stop()

    with fake_x(refuse=b"not yet") as server:
        asyncio.run(main())


def test_a_server_that_turns_out_to_be_xwayland_is_not_asked_a_third_time(
    quick: None, no_logind: None
) -> None:
    async def main() -> None:
        watched = Watched(server)
        sensor = watched.start()
        await until(lambda: len(server.alarms) == 2)
        server.manner.extensions = ALL | {XWAYLAND: (150, 0)}
        server.hang_up()
        await until(lambda: "Xwayland" in sensor.note)
        await asyncio.sleep(0.1)
        assert server.connections == 2
        assert len(asyncio.all_tasks()) == 1
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_a_change_of_idle_after_reaches_the_source_of_tomorrow(quick: None, no_logind: None) -> None:
    async def main() -> None:
        watched = Watched(server, idle_after_s=1000)
        sensor = watched.start()
        server.hang_up()
        await until(lambda: sensor.name == "always")
        sensor.set_idle_after(15)
        server.leave(30)
        await until(lambda: watched.events)
        sensor.stop()

    with fake_x() as server:
        asyncio.run(main())


def test_the_end_during_a_search_ends_the_search(no_logind: None) -> None:
    async def main() -> None:
        sensor = open_idle({"DISPLAY": ":51003"}, 60)
        sensor.start(lambda _event: None)
        sensor.stop()
        sensor.stop()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


@pytest.fixture
def compositor() -> Iterator[FakeWayland]:
    with fake_wayland() as server:
        yield server


def test_under_wayland_x11_is_never_asked(compositor: FakeWayland, quick: None, no_logind: None) -> None:
    """Xwayland sees no input in native windows, and would tell of silence while somebody types."""

    async def main() -> None:
        with fake_x() as server:
            sensor = open_idle(compositor.env | {"DISPLAY": server.display}, 60)
            assert sensor.name == "wayland"
            sensor.start(lambda _event: None)
            await asyncio.sleep(0.05)
            compositor.die()
            await until(lambda: sensor.name == "always")
            await asyncio.sleep(0.2)
            sensor.stop()
            assert server.connections == 0

    asyncio.run(main())


def test_a_compositor_without_idle_protocol_is_not_asked_again(quick: None, no_logind: None) -> None:
    async def main() -> None:
        with fake_wayland(offers=OTHERS) as server:
            sensor = open_idle(server.env, 60)
            sensor.start(lambda _event: None)
            await until(lambda: "all time counts as work" in sensor.note)
            assert [refusal.name for refusal in sensor.refused] == ["wayland", "mutter", "logind"]
            await asyncio.sleep(0.2)
            assert server.connections == 2, "once before the loop, once in it"
            sensor.stop()

    asyncio.run(main())


def test_a_silence_outlives_the_compositor_that_told_it(
    compositor: FakeWayland, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another source takes over; only input ends the silence."""
    made: list[ScriptedSource] = []

    async def connect_in_loop(*_: object) -> ScriptedSource:
        made.append(ScriptedSource("logind", "coarse"))
        return made[-1]

    monkeypatch.setattr(activity, "logind", SimpleNamespace(connect_in_loop=connect_in_loop), raising=False)

    async def main() -> None:
        one = Play(open_idle(compositor.env, 0.05, clock=compositor.clock))
        one.sensor.start(one.take)
        await until(lambda: one.events)
        compositor.hang_up()
        await until(lambda: one.sensor.name == "logind" and made[0].listening)
        await until(lambda: one.sensor.name == "wayland")  # again, which knows nothing of what was before
        await asyncio.sleep(0.05)
        assert [type(event) for event in one.events] == [Silence]
        compositor.type()
        await until(lambda: len(one.events) == 2)
        assert isinstance(one.events[1], Input)
        one.sensor.stop()

    asyncio.run(main())
