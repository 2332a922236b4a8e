"""What a daemon remembers from one life to the next: its state file, one JSON object written whole.

Owns that file and nothing in it; the engine makes and understands the content. How long the content went on to hold
is written over in place, in a field of fixed width. A file that cannot be read is set aside under another name,
never overwritten and never deleted.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from postured.core.language import _
from postured.files import explain, free_name, write_whole

VERSION = 1
"""Of the file's outer shape, as `{"version": 1, "lasted_s": 0, "state": {…}}`; the state has its own."""

_BEFORE = f'{{"version":{VERSION},"lasted_s":'.encode()
_WIDTH = 12
"""Of the number that follows; JSON allows the blanks in front of it."""

LIMIT = 1024 * 1024
"""Bytes; a state has a few thousand."""


class CannotRemember(Exception):  # noqa: N818 - the sentence it begins: cannot remember, because
    """The state file could not be written, or not be moved out of the way; one line for the person."""


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    """Why a file is set aside: one word for its new name, one phrase for the note."""

    def __init__(self, word: str, phrase: str) -> None:
        super().__init__(word, phrase)
        self.word = word
        self.phrase = phrase


def load(path: Path) -> tuple[dict[str, object] | None, str]:
    """Return what was saved last, and a note for the person.

    Returns:
        The state, None when there is none, with `lasted_s` in it if it was prolonged; and what was wrong with it,
        empty when nothing was. A file with something wrong has been set aside as `<name>.damaged-<time>`, one of a
        later version of postured as `<name>.newer-<time>`.

    Raises:
        CannotRemember: The file can neither be read nor set aside.
    """
    try:
        return _read(path), ""
    except FileNotFoundError:
        return None, ""
    except _Unreadable as found:
        try:
            kept = path.rename(free_name(path, found.word))
        except OSError as exc:
            raise CannotRemember(
                _("the state file {path} {trouble} and cannot be moved away: {reason}").format(
                    path=path, trouble=found.phrase, reason=explain(exc)
                )
            ) from exc
        return (
            None,
            _("the state file {name} {trouble}; it was kept as {kept}, and tanks start empty").format(
                name=path.name, trouble=found.phrase, kept=kept
            ),
        )


def save(path: Path, state: Mapping[str, object], *, durable: bool) -> None:
    """Replace what was saved before, or leave it as it was.

    Args:
        path: Its folder exists.
        state: What JSON can hold; infinities are allowed.
        durable: Wait for the disk: at the end and for what the person did, not every minute.

    Raises:
        CannotRemember: No space, no permission, a read-only file system, or a state of senseless size.
    """
    data = b'%s%s,"state":%s}' % (_BEFORE, _seconds(0.0), json.dumps(state, separators=(",", ":")).encode())
    if len(data) > LIMIT:
        raise CannotRemember(
            _("the state was not saved: it has {count} bytes, {limit} at most are sensible").format(
                count=len(data), limit=LIMIT
            )
        )
    try:
        write_whole(path, data, durable=durable)
    except OSError as exc:
        raise CannotRemember(
            _("the state was not saved in {path}: {reason}").format(path=path, reason=explain(exc))
        ) from exc


def prolong(path: Path, lasted_s: float) -> bool:
    """Note that what was saved went on to hold for so long; False where it is not there any more, or not writable.

    A new file each minute would wait for the disk each time. A few bytes in the first block do not, and are there or
    not, so this is whole too.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        number = _seconds(lasted_s)
        if len(number) != _WIDTH or os.pread(handle, len(_BEFORE), 0) != _BEFORE:
            return False
        return os.pwrite(handle, number, len(_BEFORE)) == _WIDTH
    except OSError:
        return False
    finally:
        os.close(handle)


def _seconds(seconds: float) -> bytes:
    return b"%*.1f" % (_WIDTH, seconds)


def _read(path: Path) -> dict[str, object]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _Unreadable("damaged", _("is not a file"))
        with path.open("rb") as stream:
            data = stream.read(LIMIT + 1)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise _Unreadable("damaged", _("cannot be read ({reason})").format(reason=explain(exc))) from exc
    if len(data) > LIMIT:
        raise _Unreadable("damaged", _("is far too big"))
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise _Unreadable("damaged", _("is damaged")) from exc
    return _state(content)


def _state(content: object) -> dict[str, object]:
    if not isinstance(content, dict):
        raise _Unreadable("damaged", _("is damaged"))
    version = content.get("version")
    if isinstance(version, int) and version > VERSION:
        raise _Unreadable("newer", _("is of a later version of postured"))
    state = content.get("state")
    if version != VERSION or not isinstance(state, dict):
        raise _Unreadable("damaged", _("is damaged"))
    lasted_s = content.get("lasted_s", 0.0)
    if not isinstance(lasted_s, float) or not 0.0 <= lasted_s < math.inf:
        raise _Unreadable("damaged", _("is damaged"))
    return state | {"lasted_s": lasted_s} if lasted_s else state
