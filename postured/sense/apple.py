"""CoreFoundation of macOS: its dictionaries, lists, numbers and texts, read and given back.

What a function with `Copy` or `Create` in its name returns is the caller's and has to be given back
("Memory Management Programming Guide for Core Foundation"); all else is borrowed.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator

from postured.sense.foreign import Load, function, load_c

CORE_FOUNDATION = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"

UTF_8 = 0x08000100
"""kCFStringEncodingUTF8."""

SIGNED_64 = 4
"""kCFNumberSInt64Type."""

_LONGEST_TEXT = 1024

Reference = int
"""The address of one of its values; 0 is none."""


class CoreFoundation:
    """The calls that are needed here."""

    def __init__(self, load: Load = load_c) -> None:
        """Load it.

        Raises:
            OSError: It is not there.
        """
        library = load(CORE_FOUNDATION)
        pointer, index, yes = ctypes.c_void_p, ctypes.c_long, ctypes.c_ubyte
        self._release = function(library, "CFRelease", None, pointer)
        self._type = function(library, "CFGetTypeID", ctypes.c_ulong, pointer)
        self._number_type = function(library, "CFNumberGetTypeID", ctypes.c_ulong)
        self._flag_type = function(library, "CFBooleanGetTypeID", ctypes.c_ulong)
        self._number = function(library, "CFNumberGetValue", yes, pointer, index, pointer)
        self._flag = function(library, "CFBooleanGetValue", yes, pointer)
        self._value = function(library, "CFDictionaryGetValue", pointer, pointer, pointer)
        self._count = function(library, "CFArrayGetCount", index, pointer)
        self._item = function(library, "CFArrayGetValueAtIndex", pointer, pointer, index)
        self._text = function(
            library, "CFStringGetCString", yes, pointer, ctypes.c_char_p, index, ctypes.c_uint32
        )
        self._make_text = function(
            library, "CFStringCreateWithCString", pointer, pointer, ctypes.c_char_p, ctypes.c_uint32
        )

    @contextlib.contextmanager
    def owned(self, reference: Reference | None) -> Iterator[Reference]:
        """Give a value back at the end; none is 0."""
        try:
            yield reference or 0
        finally:
            if reference:
                self._release(reference)

    def value(self, dictionary: Reference, key: str) -> Reference:
        """Look something up in a dictionary; 0 if it is not there."""
        with self.owned(self._make_text(None, key.encode(), UTF_8)) as name:
            return (name and self._value(dictionary, name)) or 0

    def integer(self, dictionary: Reference, key: str) -> int | None:
        """Look up a number, or a yes or no as 1 or 0; None if it is neither or not there."""
        value = self.value(dictionary, key)
        if not value:
            return None
        kind = self._type(value)
        if kind == self._flag_type():
            return int(bool(self._flag(value)))
        number = ctypes.c_int64()
        if kind == self._number_type() and self._number(value, SIGNED_64, ctypes.byref(number)):
            return number.value
        return None

    def items(self, array: Reference) -> Iterator[Reference]:
        """Go through a list; what comes is borrowed from it."""
        for position in range(self._count(array)):
            yield self._item(array, position) or 0

    def text(self, reference: Reference) -> str:
        """Read a text; empty where there is none, or an absurdly long one."""
        buffer = ctypes.create_string_buffer(_LONGEST_TEXT)
        if not reference or not self._text(reference, buffer, _LONGEST_TEXT, UTF_8):
            return ""
        return buffer.value.decode(errors="replace")
