"""Starting at login: `choose` finds the way for this machine, which is then enabled, disabled or asked.

Owns our start-up files (systemd unit, XDG autostart entry, launchd agent, Windows batch file), made from
the templates in `config/login`. Never touches a file that postured did not write.
"""

from postured.login.choose import choose
from postured.login.command import program
from postured.login.words import Change, Login, LoginError, Status

__all__ = ["Change", "Login", "LoginError", "Status", "choose", "program"]
