"""Files written whole or not at all, and folders that are the person's own. Walls may use this; it decides nothing."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def own_folder(path: Path) -> Path:
    """Make `path` and its missing parents, mode 0700 for what is made.

    Raises:
        OSError: It cannot be made, or something else lies in its place.
    """
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(20, "not a folder", str(path))
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
