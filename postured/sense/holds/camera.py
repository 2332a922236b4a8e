"""Whether an application holds a camera open, by the open files of this user's processes.

Cameras handed on by PipeWire are missed, as the desktop's portal does it for some sandboxed applications: it is
PipeWire that holds those, and it does so whether or not anybody watches. Their calls show by the microphone.
Nothing is opened or read but links in /proc; names of programs are compared and forgotten.
"""

from __future__ import annotations

import os
from pathlib import Path

from postured.core.language import _
from postured.sense.holds.protocol import Environment, Seen

CARETAKERS = frozenset({"pipewire", "wireplumber", "pipewire-media-session", "v4l2-relayd", "postured"})
"""They hold cameras for others, or to see what these can do."""

_COMM_SIZE = 15
"""The kernel keeps no more of a program's name than this."""


class Camera:
    """A call, by who has a camera open. A camera's several device files count alike."""

    name = "camera"

    def __init__(
        self,
        env: Environment,  # noqa: ARG002 - as all ways; cameras do not depend on it
        ignore: frozenset[str],
        *,
        dev: str = "/dev",
        proc: str = "/proc",
        uid: int | None = None,
    ) -> None:
        self.note = ""
        self.ignore = ignore
        self._dev = dev
        self._proc = proc
        self._uid = uid

    async def look(self) -> Seen | None:
        """As `Way.look`; the files are gone through in a thread, and only if there is a camera."""
        cameras = _cameras(self._dev)
        if not cameras:
            self.note = _("there is no camera")
            return Seen(False)
        from postured.sense.aside import asked_aside  # many machines have no camera

        held = await asked_aside("camera", lambda: self._held(cameras))
        if held is None:
            self.note = _("the open files of your programs cannot be seen")
            return None
        self.note = _("the open files of your programs tell who holds a camera")
        return Seen(held)

    async def stop(self) -> None:
        """As `Way.stop`."""

    def _held(self, cameras: frozenset[str]) -> bool | None:
        """Whether a process that counts holds one of them; None where not a single process can be looked at."""
        uid = os.getuid() if self._uid is None else self._uid
        ignored = CARETAKERS | self.ignore
        seen = False
        try:
            processes = os.scandir(self._proc)
        except OSError:
            return None
        with processes:
            for process in processes:
                if not process.name.isdigit():
                    continue
                try:
                    if process.stat().st_uid != uid:
                        continue
                    held = _holds(process.path, cameras)
                except OSError:  # it has ended, or is not to be looked at
                    continue
                seen = True
                if held and not _is_one_of(process.path, ignored):
                    return True
        return False if seen else None


def _cameras(dev: str) -> frozenset[str]:
    try:
        with os.scandir(dev) as devices:
            names = [device.name for device in devices]
    except OSError:
        return frozenset()
    return frozenset(f"{dev}/{name}" for name in names if name.startswith("video") and name[5:].isdigit())


def _holds(process: str, cameras: frozenset[str]) -> bool:
    # Also of programs in a sandbox these links show the path as it is in the sandbox, which is /dev/video0 too.
    with os.scandir(f"{process}/fd") as files:
        for file in files:
            try:
                if os.readlink(file.path) in cameras:  # noqa: PTH115 - some thousands at a time
                    return True
            except OSError:  # closed meanwhile
                continue
    return False


def _is_one_of(process: str, names: frozenset[str]) -> bool:
    """Whether the program is one of those, by its name or by that of its file; the former may be cut off."""
    try:
        comm = Path(process, "comm").read_text(errors="replace").strip().lower()
    except OSError:
        comm = ""
    try:
        exe = Path(process, "exe").readlink().name.lower().removesuffix(" (deleted)")
    except OSError:
        exe = ""
    return exe in names or comm in {name[:_COMM_SIZE] for name in names}
