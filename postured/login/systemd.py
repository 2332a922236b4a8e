"""Starting with the graphical session: a systemd user unit, and the link by which its target wants it.

The link is made by hand, not by `systemctl --user enable`: it is the same link, and so it works alike with a
manager that cannot be reached (after `su`, say), which then finds it at the next login.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from postured.core.language import _
from postured.files import own_folder
from postured.login import place
from postured.login.command import is_short_lived, trouble
from postured.login.manager import Manager
from postured.login.onefile import advice, cached, mend, set_up, template
from postured.login.render import UNIT
from postured.login.words import Change, LoginError, Status

TARGET = "graphical-session.target"


class Systemd:
    """A user unit wanted by graphical-session.target."""

    name = "systemd"

    def __init__(self, folder: Path, template: Path, manager: Manager) -> None:
        """Touch nothing yet; `folder` is `~/.config/systemd/user`."""
        self._unit = folder / UNIT.file
        self._link = folder / f"{TARGET}.wants" / UNIT.file
        self._template = template
        self._manager = manager

    def enable(self, program: tuple[str, ...]) -> Change:
        """See `Login.enable`. Nothing is started now."""
        text = UNIT.write(template(self._template), program)
        self._check_link()
        written = (self._unit,) if place.write(self._unit, text) else ()
        if self._make_link():
            written = (*written, self._link)
        notes = [cached()] if is_short_lived(program) else []
        if written:
            reached = self._manager.reload()
            now = _("To start it now: {command}").format(command="systemctl --user start postured")
            later = _("The user manager cannot be reached from here: this holds from the next login on.")
            notes.append(now if reached else later)
        return Change(self.name, written=written, notes=tuple(notes))

    def disable(self) -> Change:
        """See `Login.disable`. Stops the daemon that the unit has started.

        Without its unit the manager would forget to stop it at the end of the session.
        """
        self._check_link()
        place.check_ours(self._unit)
        notes = self._stop() if self._unit.exists() else ()
        removed = (self._link,) if self._remove_link() else ()
        if place.remove(self._unit):
            removed = (*removed, self._unit)
        if removed:
            self._manager.reload()
        return Change(self.name, removed=removed, notes=notes)

    def status(self) -> Status:
        """See `Login.status`."""
        text, linked = place.read(self._unit), os.path.lexists(self._link)
        if text is None:
            problem = _("{link} leads nowhere, the unit is missing").format(link=self._link) if linked else ""
            hint = mend() if linked else set_up()
            return Status(self.name, enabled=False, where=self._unit, problem=problem, hint=hint)
        program = UNIT.read(text)
        if not text.strip():
            problem, hint = _("it is empty, that is, masked"), "systemctl --user unmask postured"
            return Status(self.name, enabled=False, where=self._unit, problem=problem, hint=hint)
        if not linked:
            problem = _("nothing starts it: the link {link} is missing").format(link=self._link)
            return Status(self.name, False, self._unit, program, problem, mend())
        problem = _("no command can be read from it") if program is None else trouble(program)
        hint = mend() if problem else advice(text, UNIT, self._template, program)
        if not problem:
            problem, told = self._managers_view()
            hint = told or hint
        return Status(self.name, enabled=True, where=self._unit, program=program, problem=problem, hint=hint)

    def _stop(self) -> tuple[str, ...]:
        if not self._manager.is_active(UNIT.file):
            return ()
        if self._manager.stop(UNIT.file):
            return (
                _("The one that had been started at login was stopped; `postured run` starts one by hand."),
            )
        return (_("The one that was started at login still runs."),)

    def _managers_view(self) -> tuple[str, str]:
        """Find a problem with a unit whose files are well, and what to do; both empty when there is none."""
        known = self._manager.show(UNIT.file)
        if known is None:
            return "", ""
        if known.get("LoadState") == "not-found":
            hint = _("systemctl --user daemon-reload; in vain if only your shell sets XDG_CONFIG_HOME")
            return _("the user manager does not know it"), hint
        if (state := known.get("LoadState")) != "loaded":
            why = _("The reason: {command}").format(command="systemctl --user status postured")
            return _("the user manager cannot use it ({state})").format(state=state), why
        if known.get("ActiveState") == "failed":
            why = _("The reason: {command}").format(command="journalctl --user --unit=postured")
            return _("it has failed ({result})").format(result=known.get("Result")), why
        return "", ""

    def _check_link(self) -> None:
        """Raise LoginError when something other than a link to our unit is in the link's place."""
        if not os.path.lexists(self._link):
            return
        if not self._link.is_symlink() or not self._leads_to_unit():
            raise LoginError(
                _("{link} was not made by postured: move it away, then try again").format(link=self._link)
            )

    def _leads_to_unit(self) -> bool:
        # The unit may be missing; the link may be relative (ours) or not (systemctl's).
        goal = os.path.normpath(self._link.parent / self._link.readlink())
        return goal == os.path.normpath(self._unit) or os.path.realpath(goal) == os.path.realpath(self._unit)

    def _make_link(self) -> bool:
        if self._link.is_symlink():
            return False
        try:
            own_folder(self._link.parent)
            self._link.symlink_to(Path("..", UNIT.file))
        except OSError as error:
            raise LoginError(
                _("cannot make the link {link}: {reason}").format(link=self._link, reason=place.reason(error))
            ) from error
        return True

    def _remove_link(self) -> bool:
        try:
            self._link.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise LoginError(
                _("cannot remove {link}: {reason}").format(link=self._link, reason=place.reason(error))
            ) from error
        with contextlib.suppress(OSError):
            self._link.parent.rmdir()  # as systemctl does; it stays when others have links there
        return True
