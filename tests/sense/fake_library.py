"""Libraries of other systems, in Python: each call is checked against the types that were declared for it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any, cast

from postured.sense.foreign import Load


class Function:
    """A function as `ctypes` gives one, with a Python body."""

    def __init__(self, body: Callable[..., Any]) -> None:
        self._body = body
        self.argtypes: tuple[Any, ...] | None = None
        self.restype: Any = "undeclared"
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        assert self.argtypes is not None
        assert self.restype != "undeclared"
        assert len(arguments) == len(self.argtypes)
        for kind, argument in zip(self.argtypes, arguments, strict=True):
            kind.from_param(argument)  # raises where C would get something else
        self.calls += 1
        result = self._body(*arguments)
        if self.restype is None:
            assert result is None
            return None
        return result if issubclass(self.restype, ctypes.Structure) else self.restype(result).value


class Library:
    """Some functions by their names."""

    def __init__(self, **bodies: Callable[..., Any]) -> None:
        for name, body in bodies.items():
            setattr(self, name, Function(body))


def loading(libraries: Mapping[str, Library]) -> Load:
    """Return a loader that knows these libraries only, by the last part of their names."""

    def load(name: str) -> ctypes.CDLL:
        try:
            return cast("ctypes.CDLL", libraries[name.rpartition("/")[2]])
        except KeyError:
            raise OSError(f"{name}: cannot open") from None

    return load


def pointed_at(reference: Any) -> Any:
    """What a `byref` refers to."""
    return reference._obj
