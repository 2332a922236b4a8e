"""Which of logind's sessions is the person's, and what logind is called on the bus. Imported late, with the bus."""

from __future__ import annotations

from postured.bus import Bus
from postured.sense.services import property_of

LOGIN = "org.freedesktop.login1"
LOGIN_PATH = "/org/freedesktop/login1"
LOGIN_MANAGER = "org.freedesktop.login1.Manager"
LOGIN_SESSION = "org.freedesktop.login1.Session"
_USER = "org.freedesktop.login1.User"


async def session_of(bus: Bus, uid: int, within_s: float) -> tuple[str, str]:
    """Return id and path of the user's session, empty where there is none.

    A user service belongs to no session itself. Logind names the one that the user sits at; where it does
    not, any of theirs will do, one at a seat first. `within_s` is for each call.

    Raises:
        BusError: As for `Bus.call`.
    """
    match await property_of(bus, LOGIN, f"{LOGIN_PATH}/user/_{uid}", _USER, "Display", within_s):
        case (str() as session_id, str() as path) if session_id:
            return session_id, path
    reply = await bus.call(LOGIN, LOGIN_PATH, LOGIN_MANAGER, "ListSessions", timeout_s=within_s)
    match reply:
        case (list() as sessions,):
            own = [session for session in sessions if session[1] == uid]
            for session_id, _uid, _user, _seat, path in sorted(own, key=lambda session: not session[3]):
                return str(session_id), str(path)
    return "", ""
