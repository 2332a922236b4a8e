"""What the shell of Windows says about disturbing the person, and which program is in front.

Documentation: "QUERY_USER_NOTIFICATION_STATE" (shellapi.h), "GetForegroundWindow" (winuser.h) and
"QueryFullProcessImageNameW" (winbase.h).
"""

from __future__ import annotations

import ctypes

from postured.core.language import _
from postured.sense.foreign import Load, function, load_windows

QUERY_LIMITED_INFORMATION = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION: what everybody may know about a process."""

_LONGEST_PATH = 32768


class Shell:
    """The calls that are needed here."""

    def __init__(self, load: Load = load_windows) -> None:
        """Load the libraries.

        Raises:
            OSError: They are not there.
        """
        number, handle, yes = ctypes.c_uint32, ctypes.c_void_p, ctypes.c_int
        user, kernel = load("user32"), load("kernel32")
        self._state = function(
            load("shell32"),
            "SHQueryUserNotificationState",
            ctypes.c_int32,
            ctypes.POINTER(ctypes.c_int),
        )
        self._front = function(user, "GetForegroundWindow", handle)
        self._owner = function(user, "GetWindowThreadProcessId", number, handle, ctypes.POINTER(number))
        self._open = function(kernel, "OpenProcess", handle, number, yes, number)
        self._close = function(kernel, "CloseHandle", yes, handle)
        self._path = function(
            kernel,
            "QueryFullProcessImageNameW",
            yes,
            handle,
            number,
            ctypes.c_wchar_p,
            ctypes.POINTER(number),
        )

    def state(self) -> int:
        """Return the QUERY_USER_NOTIFICATION_STATE.

        Raises:
            OSError: Windows does not say.
        """
        state = ctypes.c_int()
        if self._state(ctypes.byref(state)) < 0:
            raise OSError(_("Windows does not say whether you may be disturbed"))
        return state.value

    def front_program(self) -> str:
        """Return the file name of the program in front, in small letters; empty if it cannot be known."""
        owner = ctypes.c_uint32()
        self._owner(self._front(), ctypes.byref(owner))
        process = owner.value and self._open(QUERY_LIMITED_INFORMATION, 0, owner.value)
        if not process:
            return ""
        try:
            path, size = ctypes.create_unicode_buffer(_LONGEST_PATH), ctypes.c_uint32(_LONGEST_PATH)
            found = self._path(process, 0, path, ctypes.byref(size))
        finally:
            self._close(process)
        return path.value.rpartition("\\")[2].lower() if found else ""
