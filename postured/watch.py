"""Tells when the schedule or the library has been saved, without asking again and again.

It knows where files lie and when they change; what is in them it never reads. Editors that replace the file,
symbolic links on the way to it, and folders that come and go are all the same to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from postured.core.language import _

SETTLE_S = 0.15
"""An editor's several steps of one save are over by then."""
ASK_EVERY_S = 2.0
_MOST_LINKS = 40
"""As many symbolic links in one path as Linux follows."""
_MOST_LINKED_FILES = 64
_ANY_YAML = "*.yaml"
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})

Places = Mapping[Path, frozenset[str]]
"""Folders, and the names in them that matter."""


class Source(Protocol):
    """Calls `stirred` in the loop when something has happened at a place, a moment later, not too often."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stirred: Callable[[], None]) -> None: ...

    def start(self) -> None:
        """Begin.

        Raises:
            OSError: The system has none left.
        """

    def watch(self, places: Places) -> None:
        """Watch these places and no others.

        Raises:
            OSError: The system won't.
        """

    def stop(self) -> None:
        """End, however far it came."""


class Watch:
    """Calls `changed` in the running loop within a second after a file was saved, made or deleted.

    It compares what lies there, so that steps that change nothing stay unnoticed.
    """

    def __init__(
        self,
        path: Path,
        changed: Callable[[], None],
        *,
        folders: Iterable[Path] = (),
        source: type[Source] | None = None,
    ) -> None:
        self.path = path
        self.folders = tuple(folders)
        """In each of them every *.yaml matters. They need not exist, and neither need the file."""
        self.note = ""
        """Why it has to ask every two seconds; "" where the system tells it."""
        self._changed = changed
        self._kind = source or (Inotify if sys.platform == "linux" else Watchdog)
        self._source: Source | None = None
        self._seen: object = None

    def start(self) -> None:
        """Begin, inside the running loop. What is saved from now on is told."""
        self._source = self._kind(asyncio.get_running_loop(), self._stirred)
        try:
            self._source.start()
            self._source.watch(places(self.path, self.folders))
        except OSError as error:
            self._ask_instead(error)
        self._seen = fingerprint(self.path, self.folders)

    def stop(self) -> None:
        """End. Nothing is told any more."""
        if self._source is not None:
            self._source.stop()
            self._source = None

    def _stirred(self) -> None:
        if self._source is None:
            return
        try:
            # Before looking, so that whatever comes after the look is told of.
            self._source.watch(places(self.path, self.folders))
        except OSError as error:
            self._ask_instead(error)
        now = fingerprint(self.path, self.folders)
        if now != self._seen:
            self._seen = now
            self._changed()

    def _ask_instead(self, error: OSError) -> None:
        self.stop()
        self.note = _("asking every {seconds:g} s whether files have changed: {reason}").format(
            seconds=ASK_EVERY_S, reason=error.strerror or error
        )
        self._source = Asking(asyncio.get_running_loop(), self._stirred)
        self._source.start()


# ── what to look at ───────────────────────────────────────────────────────────────────────────────


def places(path: Path, folders: Iterable[Path]) -> Places:
    """Return the folders in which something can happen to `path` or to the *.yaml in `folders`.

    They hold the file, the links on the way to it, or the first part of the way that is missing.
    """
    found: dict[Path, set[str]] = {}
    _follow(path, found)
    for folder in folders:
        end = _follow(folder, found)
        if end is not None and end.is_dir():
            found.setdefault(end, set()).add(_ANY_YAML)
            links = [file for file in _contents(end) if file.is_symlink()]
            for link in links[:_MOST_LINKED_FILES]:
                _follow(link, found)
    return {folder: frozenset(names) for folder, names in found.items()}


def fingerprint(path: Path, folders: Iterable[Path]) -> object:
    """Return a value that is another one whenever one of the files is."""
    files = [path]
    for folder in folders:
        files += _contents(folder)
    return tuple((file, _state(file)) for file in files)


def matters(name: str, names: Iterable[str]) -> bool:
    """Whether a file called `name` is one of `names`."""
    return name in names or (_ANY_YAML in names and _is_content(name))


def _follow(path: Path, found: dict[Path, set[str]]) -> Path | None:
    """Add folder and name of each link in `path` and of its end; return the end if the way there exists."""
    here, *parts = Path(path.anchor), *path.parts[1:]
    links = 0
    while parts:
        name = parts.pop(0)
        if name == os.pardir:
            here = here.parent
            continue
        child = here / name
        try:
            target = child.readlink()
        except OSError:  # no link
            if not parts or not child.is_dir():
                found.setdefault(here, set()).add(name)
                return None if parts else child
            here = child
            continue
        found.setdefault(here, set()).add(name)
        links += 1
        if links > _MOST_LINKS:
            return None
        if target.is_absolute():
            here = Path(target.anchor)
            parts[:0] = target.parts[1:]
        else:
            parts[:0] = target.parts
    return here


def _contents(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if _is_content(file.name))
    except OSError:
        return []


def _is_content(name: str) -> bool:
    """Whether it is content; editors put files of their own beside it, which begin with a point."""
    return name.endswith(".yaml") and not name.startswith(".")


def _state(file: Path) -> tuple[int, ...] | None:
    try:
        it = file.stat()
    except OSError:
        return None
    return it.st_dev, it.st_ino, it.st_size, it.st_mtime_ns, it.st_ctime_ns


# ── who tells ─────────────────────────────────────────────────────────────────────────────────────


class Asking:
    """For when nobody tells: asks every two seconds, wherever it may be."""

    every_s = ASK_EVERY_S

    def __init__(self, loop: asyncio.AbstractEventLoop, stirred: Callable[[], None]) -> None:
        self._loop = loop
        self._stirred = stirred
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._timer = self._loop.call_later(self.every_s, self._ask)

    def watch(self, places: Places) -> None:
        """Do nothing: whoever asks looks everywhere."""

    def stop(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ask(self) -> None:
        self.start()
        self._stirred()


class Inotify:
    """Linux. The kernel's events are left to gather for a moment, so a busy folder costs few wake-ups."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stirred: Callable[[], None]) -> None:
        import inotify_simple  # here, because it is there on Linux only

        flags = inotify_simple.flags
        told = (
            flags.CLOSE_WRITE, flags.ATTRIB, flags.MOVED_TO, flags.MOVED_FROM, flags.CREATE, flags.DELETE,
        )  # fmt: skip
        self._itself = int(flags.DELETE_SELF | flags.MOVE_SELF)
        self._mask = int(sum(told) | self._itself | flags.ONLYDIR)
        self._overflow, self._unmounted = int(flags.Q_OVERFLOW), int(flags.UNMOUNT)
        self._create, self._is_folder = int(flags.CREATE), int(flags.ISDIR)
        self._loop = loop
        self._stirred = stirred
        self._open = inotify_simple.INotify
        self._inotify: Any = None
        self._watched: dict[int, tuple[Path, frozenset[str]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to listen to the kernel."""
        self._inotify = self._open(nonblocking=True)
        self._loop.add_reader(self._inotify.fileno(), self._readable)

    def watch(self, places: Places) -> None:
        """Watch these places and no others."""
        watched: dict[int, tuple[Path, frozenset[str]]] = {}
        for folder, names in places.items():
            try:
                # For a folder that is watched already the kernel answers with the number it has.
                number = self._inotify.add_watch(folder, self._mask)
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                continue  # gone a moment ago, which will be told
            _, others = watched.get(number, (folder, frozenset()))
            watched[number] = folder, names | others
        for number in self._watched.keys() - watched.keys():
            with contextlib.suppress(OSError):  # the folder is gone, and its watch with it
                self._inotify.rm_watch(number)
        self._watched = watched

    def stop(self) -> None:
        """Listen no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._inotify is not None:
            self._loop.remove_reader(self._inotify.fileno())
            self._inotify.close()
            self._inotify = None

    def _readable(self) -> None:
        self._loop.remove_reader(self._inotify.fileno())
        self._timer = self._loop.call_later(SETTLE_S, self._look)

    def _look(self) -> None:
        self._loop.add_reader(self._inotify.fileno(), self._readable)
        events = self._inotify.read(timeout=0)
        if any(self._is_of_interest(number, mask, name) for number, mask, _, name in events):
            self._stirred()

    def _is_of_interest(self, number: int, mask: int, name: str) -> bool:
        if mask & self._overflow:
            return True
        if number not in self._watched:
            return False
        folder, names = self._watched[number]
        if mask & (self._itself | self._unmounted):
            return True
        begun = mask & self._create and not mask & self._is_folder
        return matters(name, names) and not (begun and _is_being_written(folder / name))


def _is_being_written(file: Path) -> bool:
    """Whether a new file is one whose end will be told of: not a link, be it a symbolic or a hard one."""
    try:
        it = file.lstat()
    except OSError:
        return False
    return stat.S_ISREG(it.st_mode) and it.st_nlink == 1


class Watchdog:
    """macOS and Windows, through the thread of a library."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stirred: Callable[[], None]) -> None:
        self._loop = loop
        self._stirred = stirred
        self._observer: Any = None
        self._places: Places = {}
        self._watches: dict[Path, Any] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to listen to the library's thread."""
        from watchdog.observers import Observer  # here, because it is not there on Linux

        self._observer = Observer()
        self._observer.start()

    def watch(self, places: Places) -> None:
        """Watch these places and no others."""
        for folder in [folder for folder in self._watches if folder not in places or not folder.is_dir()]:
            with contextlib.suppress(KeyError, OSError):  # the folder is gone, and its watch with it
                self._observer.unschedule(self._watches.pop(folder))
        self._places = places
        for folder in places:
            if folder not in self._watches:
                try:
                    self._watches[folder] = self._observer.schedule(self, str(folder), recursive=False)
                except OSError as error:
                    if error.errno not in _GONE:
                        raise

    def stop(self) -> None:
        """Listen no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(1.0)

    def dispatch(self, event: object) -> None:
        """Take an event, in the library's thread."""
        if getattr(event, "event_type", "") in ("opened", "closed_no_write"):
            return
        ends = [getattr(event, "src_path", ""), getattr(event, "dest_path", "")]
        paths = [Path(os.fsdecode(end)) for end in ends if end]
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._take, paths)

    def _take(self, paths: list[Path]) -> None:
        if self._timer is None and any(self._is_of_interest(path) for path in paths):
            self._timer = self._loop.call_later(SETTLE_S, self._look)

    def _look(self) -> None:
        self._timer = None
        self._stirred()

    def _is_of_interest(self, path: Path) -> bool:
        return path in self._places or matters(path.name, self._places.get(path.parent, ()))
