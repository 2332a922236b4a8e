"""One start-up file at its place on disk: read, written whole, taken away; never one that is not ours."""

from __future__ import annotations

from pathlib import Path

from postured.core.language import _
from postured.files import own_folder, write_whole
from postured.login.render import is_ours
from postured.login.words import LoginError


def read(path: Path) -> str | None:
    """Read the text at `path`, links followed; None when there is nothing, or a link that leads nowhere.

    Raises:
        LoginError: It cannot be read.
    """
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LoginError(_("cannot read {path}: {reason}").format(path=path, reason=reason(error))) from error


def check_ours(path: Path) -> str | None:
    """Read our file at `path`; None when nothing is there.

    Raises:
        LoginError: What is there was not written by postured.
    """
    if path.is_symlink():
        # A unit masked by `systemctl mask`, or a file kept with the dotfiles: whoever made the link decides.
        raise LoginError(
            _("{path} is a link to {target} that postured did not make: remove it, then try again").format(
                path=path, target=path.readlink()
            )
        )
    text = read(path)
    if text is not None and not is_ours(text):
        raise LoginError(
            _("{path} was not written by postured: move it away, then try again").format(path=path)
        )
    return text


def write(path: Path, text: str) -> bool:
    """Have `text` at `path`; False when it is there already.

    Raises:
        LoginError: Another's file is there, or it cannot be written.
    """
    if check_ours(path) == text:
        return False
    try:
        own_folder(path.parent)
        write_whole(path, text.encode(), mode=0o644)  # nothing secret, and systemd frowns at less
    except OSError as error:
        raise LoginError(
            _("cannot write {path}: {reason}").format(path=path, reason=reason(error))
        ) from error
    return True


def remove(path: Path) -> bool:
    """Have no file of ours at `path`; False when there is none.

    Raises:
        LoginError: Another's file is there, or it cannot be removed.
    """
    if check_ours(path) is None:
        return False
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LoginError(
            _("cannot remove {path}: {reason}").format(path=path, reason=reason(error))
        ) from error
    return True


def reason(error: OSError) -> str:
    """Give what the system said, without number and path."""
    return error.strerror or str(error)
