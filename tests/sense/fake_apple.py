"""CoreFoundation in Python: values have addresses, and whoever owns one has to give it back once."""

from __future__ import annotations

from typing import Any

from postured.sense.apple import SIGNED_64, UTF_8
from tests.sense.fake_library import Library, pointed_at

FLAG, NUMBER, TEXT, OTHER = 1, 2, 3, 4


class Foundation:
    """The values that there are, by address, and those that somebody owns."""

    def __init__(self) -> None:
        self._values: dict[int, object] = {}
        self.owned: list[int] = []
        self.library = Library(
            CFRelease=self._release,
            CFGetTypeID=self._type,
            CFNumberGetTypeID=lambda: NUMBER,
            CFBooleanGetTypeID=lambda: FLAG,
            CFNumberGetValue=self._number,
            CFBooleanGetValue=lambda address: int(self._at(address) is True),
            CFDictionaryGetValue=self._look_up,
            CFArrayGetCount=lambda address: len(self._at(address)),
            CFArrayGetValueAtIndex=lambda address, index: self.lend(self._at(address)[index]),
            CFStringGetCString=self._read_text,
            CFStringCreateWithCString=self._make_text,
        )

    def lend(self, value: object) -> int:
        """Give an address to look at."""
        address = 0x7FFF_0000_0000 + 16 * len(self._values)  # more than 32 bits: a cut address is no address
        self._values[address] = value
        return address

    def give(self, value: object) -> int:
        """Give an address to own."""
        address = self.lend(value)
        self.owned.append(address)
        return address

    def _at(self, address: Any) -> Any:
        return self._values[address if isinstance(address, int) else address.value]

    def _release(self, address: int) -> None:
        self.owned.remove(address)

    def _type(self, address: int) -> int:
        match self._at(address):
            case bool():
                return FLAG
            case int():
                return NUMBER
            case str():
                return TEXT
        return OTHER

    def _number(self, address: int, kind: int, into: Any) -> int:
        assert kind == SIGNED_64
        pointed_at(into).value = self._at(address)
        return 1

    def _look_up(self, dictionary: int, key: int) -> int:
        found = self._at(dictionary).get(self._at(key))
        return 0 if found is None else self.lend(found)

    def _read_text(self, address: int, buffer: Any, size: int, encoding: int) -> int:
        assert encoding == UTF_8
        text = self._at(address).encode()
        if len(text) >= size:
            return 0
        buffer.value = text
        return 1

    def _make_text(self, allocator: None, text: bytes, encoding: int) -> int:
        assert allocator is None
        assert encoding == UTF_8
        return self.give(text.decode())
