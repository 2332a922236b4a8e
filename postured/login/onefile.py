"""Ways to start at login that consist of one file: XDG autostart, launchd, and Windows' Startup folder.

The latter two never ask the system whether somebody has switched the file off in its settings.
"""

from __future__ import annotations

from pathlib import Path

from postured.core.language import _
from postured.login import place
from postured.login.command import is_short_lived, trouble
from postured.login.render import Kind, is_ours
from postured.login.words import Change, LoginError, Status


def cached() -> str:
    """What is wrong with a place such as `uvx` uses."""
    return _(
        "This postured lies in a cache that is emptied now and then: "
        "install it, as with `pipx install postured`."
    )


def mend() -> str:
    """How a file that does not work is made to."""
    return _("`postured login enable` mends it.")


def set_up() -> str:
    """How a file that is not there is made."""
    return _("`postured login enable` sets it up.")


class OneFile:
    """A file in a folder that is read at login."""

    def __init__(self, name: str, path: Path, kind: Kind, template: Path) -> None:
        """Touch nothing yet.

        Args:
            name: `autostart`, `launchd` or `windows`.
            path: Where the file belongs.
            kind: How it is written and read.
            template: The file shipped with postured.
        """
        self.name = name
        self._path = path
        self._kind = kind
        self._template = template

    def enable(self, program: tuple[str, ...]) -> Change:
        """See `Login.enable`."""
        text = self._kind.write(template(self._template), program)
        written = (self._path,) if place.write(self._path, text) else ()
        return Change(self.name, written=written, notes=(cached(),) if is_short_lived(program) else ())

    def disable(self) -> Change:
        """See `Login.disable`."""
        return Change(self.name, removed=(self._path,) if place.remove(self._path) else ())

    def status(self) -> Status:
        """See `Login.status`."""
        text = place.read(self._path)
        if text is None:
            return Status(self.name, enabled=False, where=self._path, hint=set_up())
        program = self._kind.read(text)
        if program is None and not is_ours(text):
            problem = _("this file was not written by postured, and does not start it")
            return Status(self.name, False, self._path, None, problem, _("Move it away, then enable again."))
        if off := self._kind.switched_off(text):
            return Status(
                self.name,
                False,
                self._path,
                program,
                _("{off} in it switches it off").format(off=off),
                mend(),
            )
        problem = _("no command can be read from it") if program is None else trouble(program)
        hint = mend() if problem else advice(text, self._kind, self._template, program)
        return Status(self.name, enabled=True, where=self._path, program=program, problem=problem, hint=hint)


def template(path: Path) -> str:
    """Read the template at `path`, line ends kept.

    Raises:
        LoginError: It is not there: the installation is damaged.
    """
    text = place.read(path)
    if text is None:
        raise LoginError(_("{path} is missing: install postured again").format(path=path))
    return text


def advice(text: str, kind: Kind, path: Path, program: tuple[str, ...] | None) -> str:
    """Say what is good to know of a start-up file that works, if anything."""
    if not is_ours(text):
        return _("postured did not write it, and leaves it alone.")
    if program is None or text != kind.write(template(path), program):
        return _(
            "It was edited by hand, or by another version; "
            "`postured login enable` writes it anew, without the edits."
        )
    return cached() if is_short_lived(program) else ""
