"""Who holds a camera: by links in a /proc made up for the test, and in the real one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from postured.sense.holds.camera import Camera
from postured.sense.holds.protocol import Seen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is a /proc on Linux only")


class Machine:
    """A device folder and a /proc, with nothing in them at first."""

    def __init__(self, root: Path) -> None:
        self.dev = root / "dev"
        self.proc = root / "proc"
        self.dev.mkdir()
        self.proc.mkdir()
        (self.proc / "self").mkdir()
        (self.proc / "meminfo").touch()

    def camera(self, *names: str) -> None:
        """Plug in."""
        for name in names:
            (self.dev / name).touch()

    def process(self, number: int, comm: str, *links: str, exe: str = "") -> Path:
        """Run a process that holds files open."""
        folder = self.proc / str(number)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(comm + "\n")
        (folder / "exe").symlink_to(exe or f"/usr/bin/{comm}")
        for fd, link in enumerate(links):
            (folder / "fd" / str(fd)).symlink_to(link)
        return folder

    def look(self, *ignore: str, uid: int | None = None) -> Seen | None:
        """Ask once."""
        camera = Camera(dict, frozenset(ignore), dev=str(self.dev), proc=str(self.proc), uid=uid)
        found = asyncio.run(camera.look())
        assert camera.note
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_camera_nothing_is_searched(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.camera("video", "videos0", "media0", "video0x")
    machine.process(1, "zoom", f"{machine.dev}/video")
    monkeypatch.delattr(threading, "Thread")
    assert machine.look() == Seen(False)
    assert machine.look(uid=os.getuid() + 1) == Seen(False)


def test_a_program_that_holds_a_camera_is_a_call(machine: Machine) -> None:
    machine.camera("video0", "video1")
    machine.process(
        1, "bash", "/dev/pts/0", "/dev/null", f"{machine.dev}/video7", f"{machine.dev}/video0.mp4"
    )
    assert machine.look() == Seen(False)
    machine.process(2, "zoom", "/dev/null", f"{machine.dev}/video1")
    assert machine.look() == Seen(True)


@pytest.mark.parametrize("comm", ["pipewire", "wireplumber", "pipewire-media-"])
def test_those_who_look_after_cameras_are_no_call(machine: Machine, comm: str) -> None:
    machine.camera("video0")
    machine.process(1, comm, f"{machine.dev}/video0")
    assert machine.look() == Seen(False)
    machine.process(2, "firefox", f"{machine.dev}/video0")
    assert machine.look() == Seen(True)


@pytest.mark.parametrize(
    ("comm", "exe", "ignore", "on"),
    [
        ("Motion", "/opt/python3", "motion", False),
        ("Motion", "/opt/python3", "moti", True),
        ("MotionDetector-", "/opt/python3", "motiondetector-3000", False),
        ("MainThread", "/usr/bin/Motion", "motion", False),
        ("MainThread", "/usr/bin/Motion (deleted)", "motion", False),
        ("MainThread", "/usr/bin/Motion", "/usr/bin/motion", True),
    ],
)
def test_ignored_programs_are_known_by_their_name_or_their_file(
    machine: Machine, comm: str, exe: str, ignore: str, on: bool
) -> None:
    machine.camera("video0")
    machine.process(1, comm, f"{machine.dev}/video0", exe=exe)
    assert machine.look(ignore) == Seen(on)


def test_a_process_that_cannot_be_looked_at_does_not_hide_the_others(machine: Machine) -> None:
    machine.camera("video0")
    for number in (1, 3, 4):
        (machine.proc / str(number)).mkdir()
    machine.process(2, "zoom")
    assert machine.look() == Seen(False)
    machine.process(5, "zoom", f"{machine.dev}/video0")
    assert machine.look() == Seen(True)


def test_a_holder_without_a_name_counts(machine: Machine) -> None:
    machine.camera("video0")
    folder = machine.process(2, "zoom", f"{machine.dev}/video0")
    (folder / "comm").unlink()
    (folder / "exe").unlink()
    assert machine.look("zoom") == Seen(True)


def test_nothing_to_look_at_is_nothing_known(machine: Machine) -> None:
    machine.camera("video0")
    assert machine.look() is None
    machine.process(1, "zoom", f"{machine.dev}/video0")
    assert machine.look(uid=os.getuid() + 1) is None
    missing = Camera(dict, frozenset(), dev=str(machine.dev), proc=str(machine.proc / "none"))
    assert asyncio.run(missing.look()) is None
    assert missing.note == "the open files of your programs cannot be seen"


def test_a_real_process_is_found_in_the_real_proc(machine: Machine) -> None:
    machine.camera("video0")
    camera = Camera(dict, frozenset(), dev=str(machine.dev))
    assert asyncio.run(camera.look()) == Seen(False)
    with (machine.dev / "video0").open("rb"):
        assert asyncio.run(camera.look()) == Seen(True)
    assert asyncio.run(camera.look()) == Seen(False)


def test_the_loop_goes_on_and_a_look_may_be_cancelled(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.camera("video0")
    machine.process(1, "zoom", f"{machine.dev}/video0")
    gate = threading.Event()
    readlink = os.readlink

    def slowly(path: str) -> str:
        gate.wait(5)
        return readlink(path)

    monkeypatch.setattr(os, "readlink", slowly)
    camera = Camera(dict, frozenset(), dev=str(machine.dev), proc=str(machine.proc))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        failures: list[object] = []
        loop.set_exception_handler(lambda _loop, context: failures.append(context))
        begin_s = loop.time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await camera.look()
        assert loop.time() - begin_s < 2
        gate.set()
        for thread in threading.enumerate():
            if thread.name == "camera":
                thread.join(5)
        assert await camera.look() == Seen(True)
        await camera.stop()
        assert failures == []

    asyncio.run(main())
