"""Whether a full-screen window stands in front, by whatever this desktop offers; only the fitting way is loaded.

Sway, i3 and Hyprland answer on their own sockets, other compositors list windows by a Wayland protocol, X11 by
the window manager. GNOME and KDE show no windows on Wayland: there a program that keeps the screen awake counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from postured.core.language import _
from postured.sense.holds.front import Front, NoWindowsError, Windows
from postured.sense.holds.inhibitors import Inhibitors
from postured.sense.holds.protocol import CannotTellError, Changed, Environment, Seen
from postured.sense.holds.session import SessionBus
from postured.sense.sockets import reason

_NAMES = (
    "SWAYSOCK",
    "I3SOCK",
    "HYPRLAND_INSTANCE_SIGNATURE",
    "WAYLAND_DISPLAY",
    "DISPLAY",
    "XAUTHORITY",
    "XDG_SESSION_TYPE",
    "XDG_RUNTIME_DIR",
)
"""While these stay as they are, so does the choice."""

_TELLS_X_ONLY = frozenset({"mpv", "mplayer", "xine"})
"""Players that on X11 ask only the X server to keep the screen awake, where nobody else can see it."""


class FullScreen:
    """Asks the desktop whether the window in front fills the screen, and whether somebody may be watching it.

    `ignore` may be changed at any time: names of programs whose full-screen windows are plain work.
    """

    name = "fullscreen"

    def __init__(
        self, env: Environment, ignore: frozenset[str], session: SessionBus, changed: Changed
    ) -> None:
        self.note = ""
        self.ignore = ignore
        self._env = env
        self._changed = changed
        self._known: dict[str, str] | None = None
        self._ways: list[Windows] = []
        self._inhibitors = Inhibitors(session)

    async def look(self) -> Seen | None:
        """Say how it is now; None where this desktop does not say."""
        self._choose()
        self.note = _("no display is known")
        for way in self._ways:
            try:
                front = await way.front()
            except NoWindowsError as instead:
                return await self._by_inhibitors(instead)
            except CannotTellError as why:
                self.note = str(why)
            except OSError as error:
                self.note = _("the desktop cannot be asked: {why}").format(why=reason(error))
            else:
                self.note = way.note
                return await self._seen(front)
        return None

    async def stop(self) -> None:
        """End what is kept between looks."""
        for way in self._ways:
            way.stop()

    def _choose(self) -> None:
        """Make the ways that may do here, the best first; a socket may be one of a desktop that has ended."""
        env = self._env()
        known = {name: env.get(name, "") for name in _NAMES}
        if known != self._known:
            for way in self._ways:
                way.stop()
            self._known = known
            self._ways = list(_ways(dict(env), self._changed))

    async def _seen(self, front: Front) -> Seen:
        if not front.full or front.names & self.ignore:
            return Seen(on=False)
        return Seen(on=True, video=await self._may_be_video(front))

    async def _may_be_video(self, front: Front) -> bool:
        """Say no only where it is known that neither the window nor a program keeps the screen awake."""
        if front.awake:
            return True
        stands = await self._inhibitors.stand(self.ignore)
        if stands is None:
            return front.awake is None or await self._inhibitors.hidden()
        return stands or (front.awake is None and bool(front.names & _TELLS_X_ONLY))

    async def _by_inhibitors(self, instead: NoWindowsError) -> Seen | None:
        """Go by what keeps the screen awake: programs by the session bus, windows by the compositor's word."""
        self.note = _(
            "the desktop does not show its windows; a program that keeps the screen awake counts as full screen"
        )
        stands = await self._inhibitors.stand(self.ignore)
        if stands or instead.awake:
            return Seen(on=True)
        if stands is None and instead.awake is False and not await self._inhibitors.hidden():
            stands = False
        if stands is False and not instead.unsure:
            return Seen(on=False)
        self.note = _("the desktop shows neither its windows nor what keeps the screen awake")
        return None


def _ways(env: Mapping[str, str], changed: Changed) -> Iterator[Windows]:
    """Load what fits the environment."""
    if path := env.get("SWAYSOCK") or env.get("I3SOCK"):
        from postured.sense.holds.fullscreen_sway import SwayWindows

        yield SwayWindows(path, "sway" if env.get("SWAYSOCK") else "i3")
    if env.get("HYPRLAND_INSTANCE_SIGNATURE"):
        from postured.sense.holds.fullscreen_hyprland import HyprlandWindows

        yield HyprlandWindows(env)
    if env.get("WAYLAND_DISPLAY") or env.get("XDG_SESSION_TYPE") == "wayland":
        from postured.sense.activity.wayland_wire import socket_path
        from postured.sense.holds.fullscreen_wlr import WlrWindows

        if path := socket_path(env):
            yield WlrWindows(path)
    elif env.get("DISPLAY"):  # under Wayland it would show the windows of a few programs only
        from postured.sense.holds.fullscreen_x11 import X11Windows

        yield X11Windows(env, changed)
