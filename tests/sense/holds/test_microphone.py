"""Who records: by the sound server's word, or by the sound cards', or unknown."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from postured.sense.holds import microphone
from postured.sense.holds.microphone import Microphone
from postured.sense.holds.protocol import Seen
from postured.sense.holds.pulse import NoServer, find_cookie, find_server
from tests.sense.fake_pulse import (
    LIST_CLIENTS,
    LIST_SOURCE_OUTPUTS,
    NONE,
    FakePulse,
    Source,
    Stream,
    flag,
    message,
    number,
    serving,
)

Scene = Callable[[FakePulse, Microphone, "Calls"], Coroutine[object, object, None]]


class Calls:
    """Counts how often something may have changed."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        self.number += 1


async def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for is counted, not signalled
            await asyncio.sleep(0.005)


async def nothing_more(seconds: float = 0.1) -> None:
    """Give whatever should not happen the time to happen."""
    await asyncio.sleep(seconds)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits be short."""
    monkeypatch.setattr(microphone, "SETTLE_S", 0.02)
    monkeypatch.setattr(microphone, "ANSWER_WITHIN_S", 0.3)
    monkeypatch.setattr(microphone, "FIRST_WAIT_S", 0.04)


def play(
    tmp_path: Path, scene: Scene, *, ignore: frozenset[str] = frozenset(), process: str = "pulseaudio"
) -> None:
    """Run a scene with a server and somebody who asks it."""

    async def main() -> None:
        async with serving(tmp_path, process) as server:
            calls = Calls()
            mic = Microphone(lambda: server.env, ignore, calls, proc=server.proc)
            try:
                await scene(server, mic, calls)
            finally:
                await mic.stop()
                await mic.stop()
                await until(lambda: server.open == 0)

    asyncio.run(main())


# ── who counts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("streams", "on"),
    [
        ([], False),
        ([Stream()], True),
        ([Stream(corked=True)], False),
        ([Stream(source=1)], False),
        ([Stream(source=1), Stream()], True),
        ([Stream(source=NONE)], False),
        ([Stream(source=77)], False),
        ([Stream(client=NONE)], False),
        ([Stream(resampler="peaks")], False),
        ([Stream(more={"resample.peaks": "true"})], False),
        ([Stream(more={"node.link-group": "echo-cancel-1"})], False),
        ([Stream("PulseAudio Volume Control")], False),
        ([Stream("x", more={"application.process.binary": "cava"})], False),
        ([Stream("x", more={"application.id": "com.github.wwmx.easyeffects"})], False),
        ([Stream("x", more={"application.process.binary": "cavalcade"})], True),
        ([Stream("Dictaphone")], False),
        ([Stream("x", more={"application.process.binary": "Dictaphone"})], False),
        ([Stream("x", more={"application.id": "DICTAPHONE"})], False),
        ([Stream("Dictaphone 2")], True),
        ([Stream("Dictaphone"), Stream()], True),
    ],
)
def test_what_counts_is_an_application_that_takes_sound_from_a_microphone(
    tmp_path: Path, streams: list[Stream], on: bool
) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        server.streams = streams
        assert await mic.look() == Seen(on)
        assert mic.note == "the sound server tells who records"

    play(tmp_path, scene, ignore=frozenset({"dictaphone"}))


def test_ignore_can_be_changed(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        server.streams = [Stream()]
        assert await mic.look() == Seen(True)
        mic.ignore = frozenset({"fakezoom"})
        assert await mic.look() == Seen(False)

    play(tmp_path, scene)


def test_one_connection_serves_all_looks_in_whatever_pieces_answers_come(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        server.fragment = 7
        assert list(await asyncio.gather(mic.look(), mic.look())) == [Seen(False), Seen(False)]
        for stream in ([Stream()], [], [Stream(), Stream()]):
            server.streams = stream
            assert await mic.look() == Seen(bool(stream))
        both = await asyncio.gather(mic.look(), mic.look())
        assert list(both) == [Seen(True), Seen(True)]
        assert server.connections == 1
        assert server.masks == [8], "recording streams only: nothing else is to wake us"

    play(tmp_path, scene)


# ── news ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_recorder_that_comes_or_goes_is_told_once(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        assert await mic.look() == Seen(False)
        server.streams = [Stream()]
        for _each in range(5):
            server.tell()
        await until(lambda: calls.number)
        await nothing_more()
        assert calls.number == 1
        assert await mic.look() == Seen(True)
        server.streams = []
        server.tell(0x23)
        await until(lambda: calls.number == 2)

    play(tmp_path, scene)


def test_what_makes_no_difference_is_not_told(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        assert await mic.look() == Seen(False)
        before = len(server.requests)
        server.streams = [Stream(source=1)]
        server.tell()
        server.tell(0x02)
        await until(lambda: server.requests[before:].count(LIST_SOURCE_OUTPUTS) == 1)
        await nothing_more()
        assert calls.number == 0
        assert server.requests[before:].count(LIST_SOURCE_OUTPUTS) == 1

    play(tmp_path, scene)


def test_news_during_a_look_of_ours_are_not_lost(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        def begin() -> None:
            server.streams = [Stream()]
            server.tell()

        assert await mic.look() == Seen(False)
        server.when_listed = begin
        server.tell()
        await until(lambda: calls.number == 1)
        assert await mic.look() == Seen(True)

    play(tmp_path, scene)


def test_an_answer_to_what_nobody_asks_any_more_is_left_out(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        await mic.look()
        server.send(message(2, 999) + message(0, 998, number(5)) + message(77, NONE, b"whatever"))
        await nothing_more(0.05)
        assert await mic.look() == Seen(False)
        assert (server.connections, calls.number) == (1, 0)

    play(tmp_path, scene)


# ── a server that goes, hangs, or talks nonsense ──────────────────────────────────────────────────


def test_the_end_of_the_server_is_told_once_and_the_next_one_is_found(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        server.streams = [Stream()]
        assert await mic.look() == Seen(True)
        await server.die()
        await until(lambda: calls.number)
        assert await mic.look() is None
        assert mic.note == "no sound server runs"
        await nothing_more(0.15)
        assert calls.number == 1
        assert server.connections == 1
        await server.start()
        assert await mic.look() == Seen(True)

    play(tmp_path, scene)


def test_a_long_connection_that_breaks_is_made_again_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "STEADY_AFTER_S", 0.0)

    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        await mic.look()
        await server.drop()
        await until(lambda: calls.number)
        assert await mic.look() == Seen(False)
        assert server.connections == 2

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ({"mute": True}, "does not answer within 0.3 s"),
        ({"cookie": b"secret"}, "does not let us in"),
        ({"version": 18}, "too old"),
        ({"nonsense": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "not the protocol of PulseAudio"),
        ({"nonsense": message(2, 1, flag(True))}, "not the protocol of PulseAudio"),
        ({"nonsense": message(2, 1, number(35)[:3])}, "not the protocol of PulseAudio"),
        ({"dies_when_asked": True}, "closed the connection"),
    ],
)
def test_a_server_of_no_use_is_left_alone_for_a_growing_while(
    tmp_path: Path, trouble: dict[str, object], why: str
) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        loop = asyncio.get_running_loop()
        for key, value in trouble.items():
            setattr(server, key, value)
        assert await mic.look() is None
        looked_s = loop.time()
        for wait_s in (0.04, 0.08):
            failed_s, before = looked_s, server.connections
            while server.connections == before:
                await asyncio.sleep(0.01)
                assert await mic.look() is None
                looked_s = loop.time()
                assert why in mic.note
            assert looked_s - failed_s > 0.75 * wait_s
        for key in trouble:
            setattr(server, key, getattr(FakePulse(tmp_path), key))
        await asyncio.sleep(0.2)
        assert await mic.look() == Seen(False)

    play(tmp_path, scene)


def test_a_server_that_breaks_off_again_and_again_makes_nothing_spin(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        await mic.look()
        await server.drop()
        await until(lambda: calls.number)
        for _each in range(20):
            assert await mic.look() is None
        assert server.connections == 1

    play(tmp_path, scene)


def test_nonsense_in_between_ends_the_connection(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        await mic.look()
        server.send(b"\xff" * 40)
        await until(lambda: calls.number)
        assert await mic.look() is None
        assert "not the protocol" in mic.note
        await until(lambda: server.open == 0)

    play(tmp_path, scene)


def test_a_look_that_is_cancelled_spoils_nothing(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        server.mute = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await mic.look()
        server.mute = False
        assert await mic.look() == Seen(False)
        server.mute = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await mic.look()
        server.mute = False
        server.streams = [Stream()]
        assert await mic.look() == Seen(True)
        assert server.connections == 2

    play(tmp_path, scene)


def test_nothing_is_told_after_the_end(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        await mic.look()
        server.streams = [Stream()]
        server.tell()
        await asyncio.sleep(0.01)
        await mic.stop()
        await nothing_more()
        assert calls.number == 0
        assert await mic.look() is None
        assert server.connections == 1

    play(tmp_path, scene)


# ── a server that sleeps, or may ──────────────────────────────────────────────────────────────────


def test_a_socket_without_a_server_behind_it_is_not_woken(tmp_path: Path) -> None:
    """The service manager listens, and would start a server for us."""
    (tmp_path / "pulse").mkdir()
    env = {"XDG_RUNTIME_DIR": str(tmp_path)}
    mic = Microphone(lambda: env, frozenset(), Calls(), proc=str(tmp_path / "proc"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "pulse/native"))
        listener.listen()
        listener.setblocking(False)
        assert asyncio.run(mic.look()) is None
        assert mic.note == "no sound server runs"
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(("process", "left"), [("pulseaudio", True), ("pipewire-pulse", False)])
def test_pulseaudio_is_not_kept_awake_by_us_alone(tmp_path: Path, process: str, left: bool) -> None:
    async def scene(server: FakePulse, mic: Microphone, calls: Calls) -> None:
        server.clients = []
        assert await mic.look() == Seen(False)
        await nothing_more(0.05)
        assert server.open == (0 if left else 1)
        assert (LIST_CLIENTS in server.requests) is left
        assert calls.number == 0
        assert await mic.look() == Seen(False)

    play(tmp_path, scene, process=process)


# ── where the server is ───────────────────────────────────────────────────────────────────────────


def runs(tmp_path: Path, folder: str, process: str = "pipewire-pulse") -> None:
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / folder / "pid").write_text("12\n")
    (tmp_path / "proc/12").mkdir(parents=True, exist_ok=True)
    (tmp_path / "proc/12/comm").write_text(process + "\n")


def found(tmp_path: Path, env: dict[str, str]) -> str:
    return find_server(env, str(tmp_path / "proc")).socket.removeprefix(str(tmp_path))


def test_the_server_is_where_the_environment_says(tmp_path: Path) -> None:
    runs(tmp_path, "a/pulse")
    runs(tmp_path, "b")
    assert found(tmp_path, {"XDG_RUNTIME_DIR": f"{tmp_path}/a"}) == "/a/pulse/native"
    env = {"XDG_RUNTIME_DIR": f"{tmp_path}/a", "PULSE_RUNTIME_PATH": f"{tmp_path}/b"}
    assert found(tmp_path, env) == "/b/native"


def test_a_server_that_was_named_is_believed_in(tmp_path: Path) -> None:
    """In a container there is a socket, but no process to be seen."""
    here = socket.gethostname()
    for entry in ("unix:/c/sound", "/c/sound", f"{{{here}}}unix:/c/sound", "tcp:far:4713 unix:/c/sound"):
        assert find_server({"PULSE_SERVER": entry}, str(tmp_path)).socket == "/c/sound"


@pytest.mark.parametrize("entry", ["tcp:far:4713", "far", "{other-machine}unix:/c/sound", "tcp6:far"])
def test_a_server_elsewhere_tells_nothing_nor_do_cards(tmp_path: Path, entry: str) -> None:
    card(tmp_path, "card0/pcm0c/sub0", "state: RUNNING\nowner_pid   : 1\n")
    mic = Microphone(lambda: {"PULSE_SERVER": entry}, frozenset(), Calls(), proc=str(tmp_path))
    assert asyncio.run(mic.look()) is None
    assert mic.note == "the sound server is on another machine"


@pytest.mark.parametrize("process", ["pulseaudio", ".pulseaudio-wra", "pipewire-pulse", "pipewire"])
def test_a_process_is_a_server_by_its_name(tmp_path: Path, process: str) -> None:
    runs(tmp_path, "pulse", process)
    place = find_server({"XDG_RUNTIME_DIR": str(tmp_path)}, str(tmp_path / "proc"))
    assert place.may_sleep is ("pulseaudio" in process)


def test_an_old_number_that_is_another_process_by_now_is_no_server(tmp_path: Path) -> None:
    runs(tmp_path, "pulse", "bash")
    for env in ({"XDG_RUNTIME_DIR": str(tmp_path)}, {"PULSE_SERVER": f"unix:{tmp_path}/pulse/native"}):
        with pytest.raises(NoServer):
            find_server(env, str(tmp_path / "proc"))


def test_no_runtime_folder_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="XDG_RUNTIME_DIR"):
        find_server({}, str(tmp_path))


def test_the_cookie_is_found_where_it_may_lie(tmp_path: Path) -> None:
    home, config, own = tmp_path / "home", tmp_path / "config", tmp_path / "own"
    env = {"HOME": str(home)}
    assert find_cookie(env) == bytes(256)
    for path, more in (
        (home / ".pulse-cookie", {}),
        (home / ".config/pulse/cookie", {}),
        (config / "pulse/cookie", {"XDG_CONFIG_HOME": str(config)}),
        (own, {"PULSE_COOKIE": str(own)}),
    ):
        cookie = str(path).encode().rjust(256, b"/")[-256:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cookie)
        env |= more
        assert find_cookie(env) == cookie
    own.write_bytes(b"short")
    assert find_cookie(env) == bytes(256)


# ── without a server ──────────────────────────────────────────────────────────────────────────────


def card(proc: Path, name: str, status: str) -> None:
    folder = proc / "asound" / name
    folder.mkdir(parents=True)
    (folder / "status").write_text(status)


@pytest.mark.parametrize(
    ("owner", "on"), [("", False), ("zoom", True), ("arecord", True), ("cava", False), ("Dictaphone", False)]
)
def test_without_a_server_the_cards_tell(tmp_path: Path, owner: str, on: bool) -> None:
    card(tmp_path, "card0/pcm0p/sub0", "state: RUNNING\nowner_pid   : 33\n")
    card(tmp_path, "card1/pcm0c/sub0", "closed\n")
    card(tmp_path, "card1/pcm1c/sub0", "state: RUNNING\nowner_pid   : 33\n" if owner else "closed\n")
    (tmp_path / "33").mkdir()
    (tmp_path / "33/comm").write_text(f"{owner}\n")
    mic = Microphone(dict, frozenset({"dictaphone"}), Calls(), proc=str(tmp_path))
    assert asyncio.run(mic.look()) == Seen(on)
    assert "the sound cards tell instead" in mic.note


def test_quiet_cards_prove_nothing_beside_a_server_of_no_use(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        server.cookie = b"secret"
        card(Path(server.proc), "card0/pcm0c/sub0", "closed\n")
        assert await mic.look() is None
        card(Path(server.proc), "card0/pcm0c/sub1", "state: RUNNING\n")
        assert await mic.look() == Seen(True)

    play(tmp_path, scene)


def test_a_stream_that_is_gone_before_its_source_is_asked_for_is_no_call(tmp_path: Path) -> None:
    async def scene(server: FakePulse, mic: Microphone, _calls: Calls) -> None:
        server.sources = {1: Source(monitor_of=0)}
        server.streams = [Stream(source=0)]
        assert await mic.look() == Seen(False)

    play(tmp_path, scene)
