"""Files written whole or not at all, and folders that are the person's own. Walls may use this; it decides nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path

from postured.core.language import _


def own_folder(path: Path) -> Path:
    """Make `path` and its missing parents, mode 0700 for what is made.

    Raises:
        OSError: It cannot be made, or something else lies in its place.
    """
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(20, _("not a folder"), str(path))
    return path


def write_whole(path: Path, data: bytes, *, mode: int = 0o600, durable: bool = True) -> None:
    """Replace `path` by a file holding `data`, or leave everything as it was.

    A symbolic link is followed, so that dotfiles kept elsewhere stay links.

    Args:
        path: Its folder exists.
        data: The whole content.
        mode: Permission bits of the new file.
        durable: Wait for the disk. A file that is rewritten every minute need not.

    Raises:
        OSError: No space, no permission, a read-only file system; `path` is untouched.
    """
    import tempfile  # five milliseconds, and the daemon writes nothing before it is ready

    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        os.replace(name, target)  # noqa: PTH105 - `target` may have been a Path subclass with its own replace
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def explain(error: OSError) -> str:
    """Why it failed, as the end of a sentence, with what to do where that is plain."""
    reasons = {
        errno.ENOSPC: _("the disk is full; make room"),
        errno.EDQUOT: _("your disk quota is used up; make room"),
        errno.EROFS: _("the file system is read-only"),
        errno.EACCES: _("permission denied"),
        errno.ENOENT: _("it does not exist, or its folder does not"),
    }
    return reasons.get(error.errno or 0, (error.strerror or str(error)).lower())


def free_name(path: Path, word: str) -> Path:
    """A name beside `path` that is free, as `history.damaged-20261122T090000Z.db`, to set a file aside under."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    kept = path.with_name(f"{path.stem}.{word}-{stamp}{path.suffix}")
    number = 1
    while os.path.lexists(kept):
        number += 1
        kept = path.with_name(f"{path.stem}.{word}-{stamp}-{number}{path.suffix}")
    return kept
