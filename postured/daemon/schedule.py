"""The schedule file as the daemon meets it: written on the first run, read whole, and what to go on with if broken."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from postured import __version__, settings
from postured.core import document
from postured.core.language import _
from postured.core.model import Problem, Schedule
from postured.files import explain, own_folder, write_whole
from postured.paths import Places, shipped


@dataclass(frozen=True, slots=True)
class Loaded:
    """A schedule to run on, and what was wrong with the file if it is another one's."""

    schedule: Schedule
    source: str
    """`file`, `last good` or `default`."""
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    """What the file holds, when it could be read."""
    written: bool = False
    """The file was made just now: this is the first run."""
    trouble: str = ""
    """Why it could not be made."""


def read(path: Path, kept: Path | None = None) -> tuple[Schedule | None, list[Problem], str]:
    """Read a schedule file: the schedule or its problems, and its text. Nothing is changed anywhere.

    Args:
        path: The file.
        kept: Where `keep_last_good` may have kept the tree of the same text. Then the YAML parser need not be loaded,
            which takes as long as the rest of reading three times over.
    """
    data, problem = read_bytes(path)
    if problem is not None:
        return None, [problem], ""
    text, problems = document.decode(data, str(path))
    if text is None:
        return None, problems, ""
    tree = None if kept is None else _kept_tree(kept, text)
    if tree is not None:
        schedule, problems = settings.read_tree(tree, [], str(path))
    else:
        schedule, problems = settings.read(text, str(path))
    return schedule, problems, text


def _kept_tree(kept: Path, text: str) -> document.Node | None:
    """The tree of exactly this text as this version would read it, if it was kept."""
    data, problem = read_bytes(kept)
    if problem is not None:
        return None
    try:
        found = json.loads(data)
        if found["version"] == __version__ and found["text"] == text:
            return document.tree_from_json(found["tree"])
    except (ValueError, TypeError, LookupError, RecursionError):
        pass  # damaged, or of another age: the text itself is there to be read
    return None


def read_bytes(path: Path) -> tuple[bytes, Problem | None]:
    """The content of a regular file, or why there is none. A pipe or a device is not waited for."""

    def refused(why: str, hint: str) -> tuple[bytes, Problem]:
        return b"", Problem(str(path), 1, 1, "", why, hint)

    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        if path.is_symlink():
            return refused(
                _("this link leads nowhere: {target}").format(target=path.readlink()),
                _("put a schedule there, or remove the link"),
            )
        return refused(_("there is no such file"), _("postured run writes the default one when it starts"))
    except OSError as exc:
        return refused(_("cannot be read: {reason}").format(reason=explain(exc)), _("see its owner and mode"))
    if not stat.S_ISREG(os.fstat(handle).st_mode):  # asked before `fdopen`, which fails on a folder
        os.close(handle)
        return refused(_("this is not a file"), _("a schedule is a text file; move away what lies there"))
    with os.fdopen(handle, "rb") as stream:
        try:
            return stream.read(document.MOST_BYTES + 1), None
        except OSError as exc:
            return refused(_("cannot be read: {reason}").format(reason=explain(exc)), _("try again"))


def load(path: Path, places: Places, *, may_write: bool) -> Loaded:
    """The schedule to start with: the file's, else the last good one's, else the default's.

    Args:
        path: The schedule file.
        places: Where the last good one is kept.
        may_write: Write the default to `path` if nothing at all lies there.
    """
    written = False
    if not may_write and path == places.config_file and not os.path.lexists(path):
        return Loaded(default(), "default")
    if may_write and not os.path.lexists(path):
        try:
            write_first(path, places)
            written = True
        except OSError as exc:
            why = _("{path} could not be written, so the default schedule is used as it is: {reason}").format(
                path=path, reason=explain(exc)
            )
            return Loaded(default(), "default", trouble=why)
    schedule, problems, text = read(path, places.last_good_tree)
    if schedule is not None:
        return Loaded(schedule, "file", text=text, written=written)
    last_good = read(places.last_good_file)[0]
    if last_good is not None:
        return Loaded(last_good, "last good", problems)
    return Loaded(default(), "default", problems)


def write_first(path: Path, places: Places) -> None:
    """Write the default schedule and, for editors, its schema.

    Raises:
        OSError: It cannot be written; nothing is left half-done.
    """
    own_folder(path.parent)
    write_whole(path, shipped("postured.yaml").read_bytes())
    if path == places.config_file:
        write_whole(places.schema_file, shipped("postured.schema.json").read_bytes())


def default() -> Schedule:
    """The schedule that ships with the program."""
    schedule, problems = read(shipped("postured.yaml"))[:2]
    if schedule is None:
        raise RuntimeError(f"the shipped schedule is broken: {problems}")
    return schedule


def keep_last_good(text: str, places: Places) -> None:
    """Keep the text of a schedule that could be read, for the day it cannot; and its tree, for the next start.

    Raises:
        OSError: It could not be kept.
    """
    own_folder(places.state_folder)
    data = text.encode()
    kept = read_bytes(places.last_good_file)[0]
    if kept != data:
        write_whole(places.last_good_file, data)
    if _kept_tree(places.last_good_tree, text) is None:
        tree, problems = document.parse(text, "")
        if tree is not None and not problems:
            content = {"version": __version__, "text": text, "tree": tree}
            write_whole(places.last_good_tree, json.dumps(content, separators=(",", ":")).encode())
