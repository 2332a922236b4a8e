"""Calls seen by real sound servers, and by real processes that hold a camera."""

from __future__ import annotations

import asyncio
import os
import selectors
import stat
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from postured.sense.holds.camera import Camera
from postured.sense.holds.microphone import Microphone
from postured.sense.holds.protocol import Seen
from tests.desktop.session import Desktop, Program, need, wait_for
from tests.desktop.sound import MICROPHONE, SPEAKERS, PipeWire, PulseAudio, Recorder, Sound

TOLD_WITHIN_S = 1.0


class Calls:
    """Counts how often something may have changed."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        self.number += 1

    async def wait(self, number: int, limit_s: float = 5.0) -> float:
        """Wait until it has been so often; how long that took."""
        begin = time.monotonic()
        async with asyncio.timeout(limit_s):
            while self.number < number:  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(0.005)
        return time.monotonic() - begin


@pytest.fixture(scope="module", params=[PulseAudio, PipeWire])
def sound(request: pytest.FixtureRequest) -> Iterator[Sound]:
    """Give a sound server, to which the desktop's volume control is connected."""
    need("dbus-daemon", "setpriv")
    with Desktop.start(dunst=False, x11=False) as desktop:
        server: Sound = request.param(desktop)
        server.start()
        server.applet()
        yield server


Scene = Callable[[Microphone, Calls], Coroutine[object, object, None]]


def listen(sound: Sound, scene: Scene, *, ignore: frozenset[str] = frozenset()) -> None:
    """Play a scene with somebody who asks the server."""

    async def main() -> None:
        calls = Calls()
        mic = Microphone(lambda: sound.env, ignore, calls)
        try:
            await scene(mic, calls)
        finally:
            await mic.stop()

    asyncio.run(main())


async def until_seen(mic: Microphone, on: bool) -> None:
    async with asyncio.timeout(5):
        while await mic.look() != Seen(on):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


# ── the microphone ────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_told_when_it_begins_and_when_it_ends(sound: Sound) -> None:
    async def scene(mic: Microphone, calls: Calls) -> None:
        await until_seen(mic, False)
        before = calls.number
        with sound.recording():
            assert await calls.wait(before + 1) < TOLD_WITHIN_S
            assert await mic.look() == Seen(True)
        assert await calls.wait(before + 2) < TOLD_WITHIN_S
        assert await mic.look() == Seen(False)
        assert calls.number == before + 2

    listen(sound, scene)


def test_a_program_that_speaks_to_pipewire_itself_is_seen_too() -> None:
    need("pw-record", "dbus-daemon", "setpriv")
    with Desktop.start(dunst=False, x11=False) as desktop:
        sound = PipeWire(desktop)
        sound.start()

        async def scene(mic: Microphone, calls: Calls) -> None:
            assert await mic.look() == Seen(False)
            recorder = sound.spawn("pw-record", "--target", MICROPHONE, "/dev/null")
            await calls.wait(1)
            assert await mic.look() == Seen(True)
            recorder.kill()
            await calls.wait(2)
            assert await mic.look() == Seen(False)

        listen(sound, scene)


def heard(sound: Sound, name: str) -> Callable[[], bool]:
    return lambda: f'"{name}"' in sound.pactl("list", "source-outputs")


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("FakeVisualiser", f"{SPEAKERS}.monitor"),
        ("PulseAudio Volume Control", MICROPHONE),
        ("Dictaphone", MICROPHONE),
    ],
)
def test_what_is_no_call_is_not_taken_for_one(sound: Sound, name: str, device: str) -> None:
    async def scene(mic: Microphone, calls: Calls) -> None:
        await until_seen(mic, False)
        before = calls.number
        with sound.recording(name, device):
            await asyncio.to_thread(wait_for, heard(sound, name))
            await asyncio.sleep(0.5)
            assert await mic.look() == Seen(False)
        assert calls.number == before

    listen(sound, scene, ignore=frozenset({"dictaphone"}))


def test_a_meter_of_loudness_is_no_call(sound: Sound) -> None:
    async def scene(mic: Microphone, calls: Calls) -> None:
        await until_seen(mic, False)
        before = calls.number
        with closing(Recorder(sound, peaks=True)):
            await asyncio.to_thread(wait_for, heard(sound, "FakeMeet"))
            await asyncio.sleep(0.5)
            assert await mic.look() == Seen(False)
        assert calls.number == before

    listen(sound, scene)


def test_a_stream_that_pauses_is_no_call_as_long(sound: Sound) -> None:
    async def scene(mic: Microphone, calls: Calls) -> None:
        await until_seen(mic, False)
        with closing(Recorder(sound, corked=True)) as recorder:
            await asyncio.to_thread(wait_for, heard(sound, "FakeMeet"))
            await asyncio.sleep(0.4)
            assert await mic.look() == Seen(False)
            for corked in (False, True):
                before = calls.number
                recorder.cork(corked)
                # PipeWire takes a while to put a paused stream to rest.
                await calls.wait(before + 1, limit_s=8)
                assert await mic.look() == Seen(not corked)

    listen(sound, scene)


class CountingSelector(selectors.DefaultSelector):
    """Counts how often the loop was woken by anything but its own timers."""

    wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        self.wakes += bool(ready)
        return ready


def test_nobody_is_woken_by_music_and_volume(sound: Sound) -> None:
    selector = CountingSelector()
    quiet = (
        ("set-sink-volume", SPEAKERS, "30%"),
        ("set-sink-mute", SPEAKERS, "toggle"),
        ("set-source-volume", MICROPHONE, "70%"),
    )

    async def main() -> None:
        mic = Microphone(lambda: sound.env, frozenset(), lambda: None)
        await until_seen(mic, False)
        await asyncio.sleep(0.5)
        loop = asyncio.get_running_loop()
        before = selector.wakes
        done = loop.create_future()

        def disturb() -> None:
            with sound.playing():
                for command in quiet:
                    sound.pactl(*command)
            loop.call_soon_threadsafe(done.set_result, None)

        thread = asyncio.to_thread(disturb)
        await thread
        await done
        await asyncio.sleep(0.1)
        # One for the future of ours, and one for the end of the thread.
        assert selector.wakes - before <= 2
        await mic.stop()

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(main())


def test_nobody_is_woken_during_a_call_either(sound: Sound) -> None:
    selector = CountingSelector()

    async def main() -> None:
        mic = Microphone(lambda: sound.env, frozenset(), lambda: None)
        await until_seen(mic, False)
        with sound.recording():
            await until_seen(mic, True)
            await asyncio.sleep(0.7)
            before = selector.wakes
            await asyncio.sleep(1.0)
            assert selector.wakes == before
        await mic.stop()

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(main())


@pytest.mark.parametrize("kind", [PulseAudio, PipeWire])
def test_a_server_that_dies_is_missed_once_and_found_again(kind: type[Sound]) -> None:
    need("dbus-daemon", "setpriv")
    with Desktop.start(dunst=False, x11=False) as desktop:
        sound = kind(desktop)
        sound.start()
        sound.applet()

        async def scene(mic: Microphone, calls: Calls) -> None:
            with sound.recording():
                await until_seen(mic, True)
                before = calls.number
                await asyncio.to_thread(sound.kill)
                await calls.wait(before + 1)
                assert await mic.look() in (None, Seen(False)), "as there is a sound card here, or is not"
                assert mic.note.startswith("no sound server runs")
                assert calls.number == before + 1
            await asyncio.to_thread(sound.start)
            with sound.recording():
                await until_seen(mic, True)

        listen(sound, scene)


def test_pulseaudio_ends_when_we_alone_would_keep_it(tmp_path: Path) -> None:
    need("dbus-daemon", "setpriv")
    with Desktop.start(dunst=False, x11=False) as desktop:
        sound = PulseAudio(desktop, exit_idle_s=1)
        sound.start()

        async def scene(mic: Microphone, _calls: Calls) -> None:
            assert await mic.look() == Seen(False)
            await asyncio.to_thread(wait_for, lambda: not sound.server.alive, what="the end of the server")
            await mic.look()
            assert mic.note.startswith("no sound server runs")

        listen(sound, scene)


# ── the camera ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    """Give a device folder with two files of one camera, as far as anybody can see."""
    folder = tmp_path / "dev"
    folder.mkdir()
    for name in ("video0", "video1"):
        try:
            os.mknod(folder / name, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            (folder / name).touch()
    return folder


def holder(desktop: Desktop, path: Path, name: str = "sh") -> Program:
    """Start a program of that name that keeps a file open; returns once it does."""
    binary = desktop.home / name
    if not binary.exists():
        binary.symlink_to("/bin/sh")
    program = desktop.spawn(str(binary), "-c", f"exec 3<{path}; kill -STOP $$", name=name)
    wait_for(lambda: Path(f"/proc/{program.pid}/fd/3").exists(), what="an open file")
    return program


def seen(dev: Path, ignore: frozenset[str] = frozenset()) -> bool:
    found = asyncio.run(Camera(dict, ignore, dev=str(dev)).look())
    assert found is not None
    return found.on


def test_who_holds_a_camera_is_in_a_call(dev: Path, headless_session: Desktop) -> None:
    assert not seen(dev)
    program = holder(headless_session, dev / "video1")
    assert seen(dev)
    program.kill()
    assert not seen(dev)


def test_caretakers_and_ignored_programs_may_hold_it(dev: Path, headless_session: Desktop) -> None:
    for name in ("wireplumber", "Cheese"):
        holder(headless_session, dev / "video0", name)
    assert seen(dev)
    assert not seen(dev, frozenset({"cheese"}))
    holder(headless_session, dev / "video0", "cheese-2")
    assert seen(dev, frozenset({"cheese"}))
