"""Which of logind's sessions is the person's, and what logind says about it. Imported late, with the bus."""

from __future__ import annotations

from postured.bus import Bus, BusError

LOGIN = "org.freedesktop.login1"
LOGIN_PATH = "/org/freedesktop/login1"
LOGIN_MANAGER = "org.freedesktop.login1.Manager"
LOGIN_SESSION = "org.freedesktop.login1.Session"
_USER = "org.freedesktop.login1.User"


async def session_of(connection: Bus, uid: int, within_s: float) -> tuple[str, str]:
    """Return id and path of the user's session, empty where there is none.

    A user service belongs to no session itself. Logind names the one that the user sits at; where it does
    not, any of theirs will do, one at a seat first. `within_s` is for each call.

    Raises:
        BusError: As for `Bus.call`.
    """
    match await asked(connection, f"{LOGIN_PATH}/user/_{uid}", _USER, "Display", within_s):
        case (str() as session_id, str() as path) if session_id:
            return session_id, path
    reply = await connection.call(LOGIN, LOGIN_PATH, LOGIN_MANAGER, "ListSessions", timeout_s=within_s)
    match reply:
        case (list() as sessions,):
            own = [session for session in sessions if session[1] == uid]
            for session_id, _uid, _user, _seat, path in sorted(own, key=lambda session: not session[3]):
                return str(session_id), str(path)
    return "", ""


async def asked(connection: Bus, path: str, interface: str, name: str, within_s: float) -> object:
    """Return a property of logind's, or None where there is no such thing.

    Raises:
        BusError: As for `Bus.call`, but for `rejected`.
    """
    try:
        return await connection.get_property(LOGIN, path, interface, name, timeout_s=within_s)
    except BusError as error:
        if error.kind == "rejected":
            return None
        raise
