"""Functions of the system's own libraries, by `ctypes`; loaded only by what asks macOS or Windows."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from postured.core.language import _

Load = Callable[[str], ctypes.CDLL]
"""Opens a library by its path or name; tests give one that opens a stand-in."""


def load_c(name: str) -> ctypes.CDLL:
    """Open a library whose functions are called as C's are.

    Raises:
        OSError: There is no such library.
    """
    return ctypes.CDLL(name)


def load_windows(name: str) -> ctypes.CDLL:
    """Open a library of Windows, whose functions clear the stack themselves on 32-bit machines.

    Raises:
        OSError: There is no such library.
    """
    opened: ctypes.CDLL = getattr(ctypes, "WinDLL", ctypes.CDLL)(name)
    return opened


def function(library: ctypes.CDLL, name: str, result: object, *arguments: object) -> Callable[..., Any]:
    """Return a function with its types declared: undeclared, pointers and doubles would be cut to 32 bits.

    Raises:
        OSError: The library has none of this name.
    """
    try:
        found = getattr(library, name)
    except AttributeError:
        raise OSError(_("this system has no {name}").format(name=name)) from None
    found.restype = result
    found.argtypes = arguments
    declared: Callable[..., Any] = found
    return declared
