"""What ActivityWatch's server tells, what it may answer besides, and what becomes of it when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from postured.core.model import Event, Input, Silence
from postured.sense.activity import activitywatch
from postured.sense.activity.activitywatch import ActivityWatch, Server, connect_in_loop
from postured.sense.protocol import SensorError

NOON = 1_800_000_000.0
"""When these tests begin, on the wall clock; our own says 1000 then."""

BUCKET = "aw-watcher-afk_desk"


def iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()


def bucket(name: str, host: str, kind: str = "afkstatus", updated: float = NOON) -> dict[str, object]:
    """A bucket as the server lists it."""
    return {
        "id": name,
        "created": iso(NOON - 1e7),
        "name": None,
        "type": kind,
        "client": "aw-watcher-afk",
        "hostname": host,
        "data": {},
        "last_updated": iso(updated),
    }


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        rig = self.server.rig
        rig.asked.append(self.path)
        rig.go_on.wait(5)
        body = rig.answer(self.path)
        self.send_response(rig.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    rig: FakeActivityWatch


class FakeActivityWatch:
    """The server and its watcher of input, at a machine called `desk`; time passes when the test says so."""

    def __init__(self) -> None:
        self.now = NOON
        self.buckets: object = {
            BUCKET: bucket(BUCKET, "desk"),
            "aw-watcher-window_desk": bucket("aw-watcher-window_desk", "desk", "currentwindow"),
            "aw-watcher-afk_elsewhere": bucket("aw-watcher-afk_elsewhere", "elsewhere", updated=NOON + 99),
        }
        self.events: object = []
        self.status = 200
        self.raw: bytes | None = None
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.heard(NOON)
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.rig = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def answer(self, path: str) -> bytes:
        if self.raw is not None:
            return self.raw
        known = {"/api/0/buckets/": self.buckets, f"/api/0/buckets/{BUCKET}/events?limit=1": self.events}
        return json.dumps(known.get(path)).encode()

    def heard(self, at: float, begin: float | None = None, *, afk: bool = False) -> None:
        """Let the watcher report: input until now, or none since `begin`."""
        begin = NOON - 600 if begin is None else begin
        status = "afk" if afk else "not-afk"
        self.events = [
            {"id": 8, "timestamp": iso(begin), "duration": at - begin, "data": {"status": status}},
        ]

    def wall(self) -> float:
        return self.now

    def clock(self) -> float:
        return self.now - NOON + 1000

    def server(self) -> Server:
        return Server("127.0.0.1", self._http.server_port, "desk")

    async def connect(self, idle_after_s: float = 60) -> ActivityWatch:
        return await connect_in_loop({}, idle_after_s, self.clock, server=self.server(), wall=self.wall)

    def looks(self) -> int:
        return sum("events" in path for path in self.asked)

    def stop_serving(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


@pytest.fixture
def aw() -> Iterator[FakeActivityWatch]:
    fake = FakeActivityWatch()
    yield fake
    fake.go_on.set()
    fake.stop_serving()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute be an instant."""
    for name in ("LOOK_EVERY_S", "LOOK_RARELY_S", "LOOK_FOR_HANDS_S"):
        monkeypatch.setattr(activitywatch, name, 0.01)


class Watched:
    """A source in use, and what it told."""

    def __init__(self, source: ActivityWatch) -> None:
        self.source = source
        self.events: list[Event] = []
        self.lost: list[str] = []
        source.start(self.events.append, self.lost.append)


Scene = Callable[[FakeActivityWatch, Watched], Coroutine[object, object, None]]


def watch(aw: FakeActivityWatch, scene: Scene) -> None:
    async def main() -> None:
        watched = Watched(await aw.connect())
        watched.source._idle_after_s = 60
        try:
            await scene(aw, watched)
        finally:
            watched.source.stop()

    asyncio.run(main())


async def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.005)


async def looked(aw: FakeActivityWatch) -> None:
    """Wait until it has looked anew, and has taken up what it saw."""
    before = aw.looks()
    await until(lambda: aw.looks() > before + 1)


# ── finding the watcher ───────────────────────────────────────────────────────────────────────────


def refusal(aw: FakeActivityWatch) -> str:
    with pytest.raises(SensorError) as caught:
        asyncio.run(aw.connect())
    assert caught.value.name == "activitywatch"
    assert not caught.value.lasting
    assert caught.value.hint
    return str(caught.value)


def test_the_watcher_of_this_machine_is_found(aw: FakeActivityWatch) -> None:
    source = asyncio.run(aw.connect())
    assert (source.name, source.quality) == ("activitywatch", "coarse")
    assert aw.asked == ["/api/0/buckets/", f"/api/0/buckets/{BUCKET}/events?limit=1"]


def test_of_several_the_one_that_was_heard_of_last_counts(aw: FakeActivityWatch) -> None:
    async def main() -> str:
        return await aw.server().find_bucket()

    assert isinstance(aw.buckets, dict)
    aw.buckets["odd"] = None
    aw.buckets["old"] = bucket("old", "desk", updated=NOON - 5e6)
    aw.buckets["empty"] = bucket("empty", "desk") | {"last_updated": None}
    aw.buckets["aw-watcher-afk_desk_2"] = bucket("aw-watcher-afk_desk_2", "desk", updated=NOON + 5)
    assert asyncio.run(main()) == "aw-watcher-afk_desk_2"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"buckets": {}}, "no watcher of input on desk"),
        ({"buckets": {"w": bucket("w", "desk", "currentwindow")}}, "no watcher of input on desk"),
        ({"buckets": ["?"]}, "no watcher of input"),
        ({"events": []}, "has stopped"),
        ({"events": {"no": "list"}}, "something else than an event"),
        (
            {"events": [{"timestamp": "yesterday", "duration": 1, "data": {"status": "afk"}}]},
            "something else",
        ),
        (
            {"events": [{"timestamp": iso(NOON), "duration": "1", "data": {"status": "afk"}}]},
            "something else",
        ),
        ({"status": 401}, "wants a key"),
        ({"status": 500}, "status 500"),
        ({"raw": b"<html>"}, "makes no sense"),
        ({"raw": b"\xff\xfe"}, "makes no sense"),
        ({"raw": b"[" * 100_000}, "makes no sense"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(
    aw: FakeActivityWatch, change: dict[str, object], words: str
) -> None:
    for name, value in change.items():
        setattr(aw, name, value)
    assert words in refusal(aw)


def test_a_watcher_that_has_stopped_is_not_taken(aw: FakeActivityWatch) -> None:
    aw.now += 200
    asyncio.run(aw.connect())
    aw.now += 100
    assert "has stopped" in refusal(aw)


def test_without_a_server_it_is_a_sentence(aw: FakeActivityWatch) -> None:
    aw.stop_serving()
    assert "connection refused" in refusal(aw)


def test_a_server_that_hangs_blocks_nobody(aw: FakeActivityWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activitywatch, "ANSWER_WITHIN_S", 0.2)

    async def main() -> str:
        asking = asyncio.ensure_future(aw.connect())
        for _ in range(10):
            before = time.monotonic()
            await asyncio.sleep(0.01)
            assert time.monotonic() - before < 0.1
        with pytest.raises(SensorError) as caught:
            await asking
        return str(caught.value)

    aw.go_on.clear()
    assert "does not answer" in asyncio.run(main())


@pytest.mark.parametrize("stamp", ["2027-01-15T08:00:00Z", "2027-01-15T08:00:00.123456789+00:00"])
def test_both_servers_ways_to_write_a_time_are_read(aw: FakeActivityWatch, stamp: str) -> None:
    """The one in Python, and the one in Rust."""
    aw.events = [{"id": None, "timestamp": stamp, "duration": 30, "data": {"status": "afk", "more": 1}}]

    async def main() -> None:
        status = await aw.server().newest(BUCKET)
        assert status is not None
        assert status.afk
        assert status.last_input == pytest.approx(NOON, abs=1)

    asyncio.run(main())


# ── following it ──────────────────────────────────────────────────────────────────────────────────


def test_a_silence_counts_from_the_last_input_that_was_reported(aw: FakeActivityWatch, quick: None) -> None:
    """The watcher itself would say so two minutes later."""

    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        aw.now += 59.9
        await looked(aw)
        assert one.events == []
        aw.now += 2
        await until(lambda: one.events)
        aw.now += 120
        aw.heard(aw.now, NOON, afk=True)
        await looked(aw)
        assert one.events == [Silence(1000)]
        assert await one.source.idle_s() == pytest.approx(181.9)
        aw.heard(aw.now, aw.now)
        await until(lambda: len(one.events) == 2)
        assert one.events[1] == Input()

    watch(aw, scene)


def test_a_silence_that_stands_already_is_told(aw: FakeActivityWatch) -> None:
    async def scene(_aw: FakeActivityWatch, one: Watched) -> None:
        await until(lambda: one.events)
        assert one.events == [Silence(500)]

    aw.heard(NOON - 2, NOON - 500, afk=True)
    watch(aw, scene)


def test_hands_are_told_of_when_input_was_reported(aw: FakeActivityWatch, quick: None) -> None:
    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        aw.now += 40
        one.source.listen(True)
        await looked(aw)
        assert one.events == []
        aw.heard(aw.now - 14)
        await until(lambda: one.events)
        await asyncio.sleep(0.05)
        assert one.events == [Input()], "once for each question"
        one.source.listen(False)
        one.source.listen(True)
        await until(lambda: len(one.events) == 2)

    watch(aw, scene)


@pytest.mark.parametrize(
    ("state", "wait_s"), [("work", 60.0), ("reading", 30.0), ("silence", 60.0), ("listening", 15.0)]
)
def test_it_looks_only_when_it_can_matter(aw: FakeActivityWatch, state: str, wait_s: float) -> None:
    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        await asyncio.sleep(0.1)
        assert one.source._until_next() == wait_s
        assert aw.looks() <= 3

    async def listening(aw: FakeActivityWatch, one: Watched) -> None:
        one.source.listen(True)
        await scene(aw, one)

    aw.heard(NOON - {"work": 0, "reading": 40, "silence": 100, "listening": 40}[state])
    watch(aw, listening if state == "listening" else scene)


def test_a_shorter_threshold_is_taken_up_at_once(aw: FakeActivityWatch) -> None:
    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        aw.now += 30
        await until(lambda: aw.looks() == 2)
        one.source.set_idle_after(20)
        await until(lambda: one.events)
        assert one.events == [Silence(1000)]

    watch(aw, scene)


def test_the_watchers_end_is_a_loss(aw: FakeActivityWatch, quick: None) -> None:
    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        aw.now += 1000
        await until(lambda: one.lost)
        assert "has stopped" in one.lost[0]
        assert one.events == [], "it is not known that nobody is there"
        await asyncio.sleep(0.05)
        assert len(one.lost) == 1

    watch(aw, scene)


def test_right_after_a_suspend_one_old_event_means_nothing(
    aw: FakeActivityWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activitywatch, "LOOK_EVERY_S", 0.2)

    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        await until(lambda: aw.looks() == 2)
        aw.now += 8 * 3600
        await until(lambda: aw.looks() == 3)
        aw.heard(aw.now - 59.9, aw.now - 59.9)
        await until(lambda: aw.looks() >= 5)
        assert (one.lost, one.events) == ([], [])

    aw.heard(NOON - 59.9)
    watch(aw, scene)


def test_the_servers_end_is_a_loss(aw: FakeActivityWatch, quick: None) -> None:
    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        aw.status = 503
        await until(lambda: one.lost)
        assert "status 503" in one.lost[0]

    watch(aw, scene)


def test_after_the_end_nothing_is_told(aw: FakeActivityWatch) -> None:
    async def scene(aw: FakeActivityWatch, one: Watched) -> None:
        aw.go_on.clear()
        await until(lambda: aw.looks() == 2)
        one.source.stop()
        one.source.stop()
        aw.status = 503
        aw.go_on.set()
        await asyncio.sleep(0.05)
        assert (one.events, one.lost) == ([], [])
        assert len(asyncio.all_tasks()) == 1

    aw.heard(NOON - 100)
    watch(aw, scene)


def test_a_server_that_hangs_does_not_hold_up_the_end() -> None:
    """Nobody waits for its thread, neither the loop nor the program."""
    code = (
        "import asyncio, socket, time\n"
        "from postured.sense.activity.activitywatch import Server\n"
        "mute = socket.create_server(('127.0.0.1', 0))\n"
        "async def main():\n"
        "    task = asyncio.create_task(Server('127.0.0.1', mute.getsockname()[1]).find_bucket())\n"
        "    await asyncio.sleep(0.1)\n"
        "    task.cancel()\n"
        "began = time.monotonic()\n"
        "asyncio.run(main())\n"
        "print(time.monotonic() - began)\n"
    )
    began = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert float(ran.stdout) < 1
    assert (ran.stderr, time.monotonic() - began < 1.9) == ("", True)
