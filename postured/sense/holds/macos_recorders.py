"""Which programs record on macOS, as Core Audio lists them; nothing is heard and no permission is needed.

Documentation: AudioHardware.h and AudioHardwareBase.h of Core Audio; the process list is there from macOS 14 on.
A device that runs is no proof: with a headset of one piece it runs for music too.
"""

from __future__ import annotations

import ctypes

from postured.core.language import _
from postured.sense.apple import CoreFoundation
from postured.sense.foreign import Load, function, load_c

CORE_AUDIO = "/System/Library/Frameworks/CoreAudio.framework/CoreAudio"

SYSTEM_OBJECT = 1
"""kAudioObjectSystemObject."""

_MAIN_ELEMENT = 0
"""kAudioObjectPropertyElementMain."""


def four(code: str) -> int:
    """Make the number that a code of four letters stands for."""
    return int.from_bytes(code.encode("ascii"), "big")


GLOBAL = four("glob")
"""kAudioObjectPropertyScopeGlobal."""
PROCESSES = four("prs#")
"""kAudioHardwarePropertyProcessObjectList."""
RECORDS = four("piri")
"""kAudioProcessPropertyIsRunningInput."""
BUNDLE = four("pbid")
"""kAudioProcessPropertyBundleID."""


class Address(ctypes.Structure):
    """AudioObjectPropertyAddress."""

    _fields_ = tuple((name, ctypes.c_uint32) for name in ("selector", "scope", "element"))


class Recorders:
    """The programs that Core Audio knows."""

    def __init__(self, load: Load = load_c) -> None:
        """Load what knows them.

        Raises:
            OSError: It is not there.
        """
        self._foundation = CoreFoundation(load)
        audio = load(CORE_AUDIO)
        number, pointer = ctypes.c_uint32, ctypes.c_void_p
        asked = (number, ctypes.POINTER(Address), number, pointer, ctypes.POINTER(number))
        self._size = function(audio, "AudioObjectGetPropertyDataSize", ctypes.c_int32, *asked)
        self._data = function(audio, "AudioObjectGetPropertyData", ctypes.c_int32, *asked, pointer)

    def names(self) -> list[str]:
        """Return the bundle names of the programs that record now, in small letters; empty for one without.

        Raises:
            OSError: This macOS does not tell.
        """
        return [self._name(process) for process in self._processes() if self._records(process)]

    def _processes(self) -> list[int]:
        address, size = Address(PROCESSES, GLOBAL, _MAIN_ELEMENT), ctypes.c_uint32()
        if self._size(SYSTEM_OBJECT, ctypes.byref(address), 0, None, ctypes.byref(size)):
            raise OSError(_("which programs record is told from macOS 14 on"))
        found = (ctypes.c_uint32 * (size.value // 4))()
        if self._data(SYSTEM_OBJECT, ctypes.byref(address), 0, None, ctypes.byref(size), found):
            raise OSError(_("macOS does not tell which programs record"))
        return found[: size.value // 4]

    def _records(self, process: int) -> bool:
        """Whether it records; one that ended meanwhile does not."""
        running = ctypes.c_uint32()
        return self._get(process, RECORDS, running) and bool(running.value)

    def _name(self, process: int) -> str:
        name = ctypes.c_void_p()
        if not self._get(process, BUNDLE, name):
            return ""
        with self._foundation.owned(name.value) as text:
            return self._foundation.text(text).lower()

    def _get(self, process: int, selector: int, into: ctypes.c_uint32 | ctypes.c_void_p) -> bool:
        address, size = Address(selector, GLOBAL, _MAIN_ELEMENT), ctypes.c_uint32(ctypes.sizeof(into))
        got = self._data(process, ctypes.byref(address), 0, None, ctypes.byref(size), ctypes.byref(into))
        return not got
