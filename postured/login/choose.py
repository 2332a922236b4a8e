"""Which way to start at login suits this machine and session; of two, never both at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from postured.core.language import _
from postured.login.manager import Manager
from postured.login.onefile import OneFile, mend
from postured.login.render import AGENT, BATCH, ENTRY, UNIT
from postured.login.sessions import is_graphical, start_up_line
from postured.login.systemd import TARGET, Systemd
from postured.login.words import Change, Login, LoginError, Status

_BOOTED = Path("/run/systemd/system")
"""There when systemd runs the machine, sd_booted(3)."""


def choose(env: Mapping[str, str], platform: str, templates: Path, *, booted: Path = _BOOTED) -> Login:
    """Find the way that suits; asks the user manager, but changes nothing.

    On Linux and the BSDs that is the systemd unit where the session starts graphical-session.target, or no
    session can be seen from here; the XDG autostart entry otherwise.

    Args:
        env: Gives home and configuration folders, the session, and where to look for systemctl.
        platform: `sys.platform`.
        templates: The folder `login` of the shipped data.
        booted: A folder that exists where systemd runs the machine.

    Raises:
        LoginError: The home folder is not known, or is not the person's own.
    """
    if platform == "win32":
        startup = _folder(env, "APPDATA") / "Microsoft" / "Windows" / "Start Menu" / "Programs" / "Startup"
        return OneFile("windows", startup / BATCH.file, BATCH, templates / BATCH.file)
    if env.get("USER") == "root" and env.get("SUDO_USER", "root") != "root":
        raise LoginError(_("this is about your own login, not root's: run it without sudo"))
    home = _folder(env, "HOME")
    if platform == "darwin":
        return OneFile(
            "launchd", home / "Library" / "LaunchAgents" / AGENT.file, AGENT, templates / AGENT.file
        )
    config = Path(env.get("XDG_CONFIG_HOME", ""))
    if not config.is_absolute():
        config = home / ".config"
    manager = Manager(env)
    systemd = Systemd(config / "systemd" / "user", templates / UNIT.file, manager)
    autostart = OneFile("autostart", config / "autostart" / ENTRY.file, ENTRY, templates / ENTRY.file)
    active = manager.is_active(TARGET)
    if active:
        return Preferred(systemd, autostart, "", {})
    no_manager = _("There is no systemd user manager to be reached from here.")
    has_manager = active is not None or (manager.installed() and booted.is_dir())
    if is_graphical(env):
        missing = _("This session does not start {target}.").format(target=TARGET)
        why = missing if has_manager else no_manager
        return Preferred(autostart, systemd, why, env)
    if autostart.status().enabled:  # chosen in the session, perhaps, which cannot be seen from here
        return Preferred(autostart, systemd, "", {})
    if has_manager:
        unseen = _(
            "No desktop session can be seen from here; if yours does not start {target}, repeat this in it."
        ).format(target=TARGET)
        return Preferred(systemd, autostart, unseen, {})
    return Preferred(autostart, systemd, no_manager, env)


class Preferred:
    """One way, and another that must not be active beside it."""

    def __init__(self, way: Login, other: Login, why: str, session: Mapping[str, str]) -> None:
        """Touch nothing.

        Args:
            way: The one that is used.
            other: The one that is taken away.
            why: A sentence on the choice, if it needs one.
            session: The environment of a session that may not read autostart entries; else empty.
        """
        self._way = way
        self._other = other
        self._why = why
        self._session = session

    @property
    def name(self) -> str:
        """The name of the way that is used."""
        return self._way.name

    def enable(self, program: tuple[str, ...]) -> Change:
        """See `Login.enable`; afterwards the other way is not active, as far as it was ours."""
        done = self._way.enable(program)
        line = start_up_line(self._session, program) if self._session else ""
        try:
            gone = self._other.disable()
        except LoginError as error:
            # Somebody else's file: it stays, but may start a second postured, which would end at once.
            gone = Change(self._other.name, notes=(_("Careful: {error}").format(error=error),))
        notes = (self._why, *done.notes, *gone.notes, line)
        return replace(done, removed=gone.removed, notes=tuple(filter(None, notes)))

    def disable(self) -> Change:
        """See `Login.disable`; takes both ways away, one also where the other cannot be."""
        done, errors = [], []
        for way in (self._way, self._other):
            try:
                done.append(way.disable())
            except LoginError as error:
                errors.append(error)
        removed = tuple(path for change in done for path in change.removed)
        if errors and not removed:
            raise errors[0]
        notes = (
            *(note for change in done for note in change.notes),
            *(_("Careful: {error}").format(error=error) for error in errors),
        )
        return Change(self.name, removed=removed, notes=notes)

    def status(self) -> Status:
        """See `Login.status`; speaks of the other way where that is the enabled one."""
        own, other = self._way.status(), self._other.status()
        if own.enabled and other.enabled:
            return replace(
                own,
                problem=own.problem or _("{where} starts postured as well").format(where=other.where),
                hint=mend(),
            )
        if other.enabled:
            # What a sentence says on its own is a clause here.
            against = self._why[:1].lower() + self._why[1:].rstrip(".") if self._session else ""
            change = _("`postured login enable` changes it to {name}.").format(name=self.name)
            return replace(other, problem=other.problem or against, hint=change)
        if own.enabled and self._session and own.program and not own.hint:
            return replace(own, hint=start_up_line(self._session, own.program))
        return own


def _folder(env: Mapping[str, str], name: str) -> Path:
    folder = Path(env.get(name, ""))
    if not folder.is_absolute():
        raise LoginError(
            _(
                "{name} does not name a folder, so the start-up file has no place: set it and try again"
            ).format(name=name)
        )
    return folder
