"""The boundary to the registry of Windows: the uses that go on."""

from __future__ import annotations

from typing import Self

import pytest

from postured.sense.holds.windows_consent import STORE, Consent, load_winreg


class Key:
    def __init__(self, path: str) -> None:
        self.path = path
        self.is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.is_open = False


class Registry:
    """A registry of times by key, with the calls of `winreg`."""

    HKEY_CURRENT_USER = 0x80000001

    def __init__(self, uses: dict[str, tuple[int, int] | None]) -> None:
        self._keys = {f"{STORE}\\{path}": times for path, times in uses.items()}
        self.opened: list[Key] = []

    def OpenKey(self, key: Key | int, sub_key: str, /) -> Key:  # noqa: N802
        path = f"{key.path}\\{sub_key}" if isinstance(key, Key) else sub_key
        if not any(known == path or known.startswith(path + "\\") for known in self._keys):
            raise FileNotFoundError(2, path)
        self.opened.append(Key(path))
        return self.opened[-1]

    def EnumKey(self, key: Key, index: int, /) -> str:  # noqa: N802
        assert key.is_open
        below = [known[len(key.path) + 1 :] for known in self._keys if known.startswith(key.path + "\\")]
        names = list(dict.fromkeys(name.partition("\\")[0] for name in below))
        if index >= len(names):
            raise OSError(259, "no more data")
        return names[index]

    def QueryValueEx(self, key: Key, value_name: str, /) -> tuple[object, int]:  # noqa: N802
        assert key.is_open
        times = self._keys.get(key.path)
        if times is None:
            raise FileNotFoundError(2, value_name)
        return times[("LastUsedTimeStart", "LastUsedTimeStop").index(value_name)], 11


ZOOM = r"microphone\NonPackaged\C:#Users#me#AppData#Roaming#Zoom#bin#Zoom.exe"
SKYPE = r"microphone\Microsoft.SkypeApp_kzf8qxf38zg5c"


def names(uses: dict[str, tuple[int, int] | None], capability: str = "microphone") -> list[str]:
    registry = Registry(uses)
    found = Consent(capability, registry).names()  # type: ignore[arg-type]
    assert not any(key.is_open for key in registry.opened)
    return found


def test_uses_that_go_on_are_named() -> None:
    assert names({SKYPE: (133, 0), ZOOM: (134, 0)}) == ["microsoft.skypeapp_kzf8qxf38zg5c", "zoom.exe"]


def test_uses_that_ended_or_never_began_are_not() -> None:
    assert names({SKYPE: (133, 140), ZOOM: (0, 0), r"microphone\New_1": None}) == []


def test_the_folder_of_the_others_is_no_program() -> None:
    assert names({r"microphone\NonPackaged": (133, 0), ZOOM: (133, 140)}) == []


def test_another_capability_is_another_matter() -> None:
    assert names({ZOOM: (133, 0), r"webcam\NonPackaged\C:#x.exe": (1, 2)}, "webcam") == []


def test_where_only_programs_of_the_store_are_known_the_others_do_not_use_it() -> None:
    assert names({SKYPE: (133, 0)}) == ["microsoft.skypeapp_kzf8qxf38zg5c"]


def test_without_such_a_record_nothing_is_known() -> None:
    with pytest.raises(OSError, match="keeps no record"):
        names({"location": None})


def test_elsewhere_there_is_no_registry() -> None:
    with pytest.raises(OSError, match="not Windows"):
        load_winreg()
