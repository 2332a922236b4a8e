"""Desktop sessions by the names they give themselves: who reads autostart entries, and what others need.

Pure. The names are those of XDG_CURRENT_DESKTOP, in small letters.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from postured.core.language import _

_FULL_DESKTOPS = """
    budgie cinnamon cosmic dde deepin enlightenment gnome kde lxde lxqt mate pantheon tde ukui unity
    x-cinnamon xfce
"""
_READ_ENTRIES = frozenset(_FULL_DESKTOPS.split())

_START_UP = {
    "awesome": ("~/.config/awesome/rc.lua", "awful.spawn.with_shell([[{}]])"),
    "bspwm": ("~/.config/bspwm/bspwmrc", "{} &"),
    "fluxbox": ("~/.fluxbox/startup", "{} &"),
    "herbstluftwm": ("~/.config/herbstluftwm/autostart", "{} &"),
    "hyprland": ("~/.config/hypr/hyprland.conf", "exec-once = {}"),
    "i3": ("~/.config/i3/config", "exec --no-startup-id {}"),
    "icewm": ("~/.icewm/startup", "{} &"),
    "labwc": ("~/.config/labwc/autostart", "{} &"),
    "openbox": ("~/.config/openbox/autostart", "{} &"),
    "river": ("~/.config/river/init", "{} &"),
    "sway": ("~/.config/sway/config", "exec {}"),
    "wayfire": ("~/.config/wayfire.ini, under [autostart]", "postured = {}"),
}
"""The start-up file, and the line in it that runs a command."""

_SIGNS = {"HYPRLAND_INSTANCE_SIGNATURE": "hyprland", "SWAYSOCK": "sway", "I3SOCK": "i3"}


def is_graphical(env: Mapping[str, str]) -> bool:
    """Tell whether `env` is of a graphical session on this machine; a display forwarded by ssh is none."""
    return bool(env.get("WAYLAND_DISPLAY") or env.get("DISPLAY")) and "SSH_CONNECTION" not in env


def start_up_line(env: Mapping[str, str], program: tuple[str, ...]) -> str:
    """Say what to add to which file where the session may not read autostart entries, else nothing."""
    names = _names(env)
    if any(name in _READ_ENTRIES for name in names):
        return ""
    command = shlex.join((*program, "run"))
    for name in names:
        if name in _START_UP:
            file, line = _START_UP[name]
            return _("Unless {name} is set up to read autostart entries, add to {file}: {line}").format(
                name=name, file=file, line=line.format(command)
            )
    return _(
        "If this session does not read autostart entries, add to ~/.xinitrc, or what starts it: {command} &"
    ).format(command=command)


def _names(env: Mapping[str, str]) -> list[str]:
    said = [env.get(key, "") for key in ("XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP", "DESKTOP_SESSION")]
    signs = [name for key, name in _SIGNS.items() if env.get(key)]
    return [name for value in said for name in value.lower().split(":") if name] + signs
