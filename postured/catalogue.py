"""Finds the person's language in the environment, and the catalogue of translations that ships for it.

English needs neither: it is what the program is written in, and whoever speaks it pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TYPE_CHECKING = False  # every command begins here, and an English one needs neither of them
if TYPE_CHECKING:
    from gettext import NullTranslations
    from pathlib import Path

DOMAIN = "postured"
_UNTRANSLATED = ("C", "POSIX")


def find(env: Mapping[str, str], folder: Path) -> NullTranslations | None:
    """The catalogue of the first language asked for that there is one of; None is English.

    One that is damaged counts as missing: a reminder in the wrong language is better than none.

    Args:
        env: `LANGUAGE`, `LC_ALL`, `LC_MESSAGES` and `LANG` count, as GNU gettext has it.
        folder: Holds `de/LC_MESSAGES/postured.mo` and the like.
    """
    for language in languages(env):
        if language.partition("_")[0] == "en":
            return None
        try:
            stream = (folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb")
        except (OSError, ValueError):  # ValueError: a NUL in the name
            continue
        with stream:
            from gettext import GNUTranslations  # a millisecond or two that only a translation is worth

            try:
                return GNUTranslations(stream)
            except Exception:  # noqa: BLE001, S112 - no set of errors is promised for what cannot be read
                continue
    return None


def languages(env: Mapping[str, str]) -> Iterator[str]:
    """What to look for, the best first: `de_AT.UTF-8@euro` is `de_AT`, and then `de`."""
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := env.get(name))), "C")
    if _plain(locale) in _UNTRANSLATED:
        return
    for wanted in (env.get("LANGUAGE") or locale).split(":"):
        name = _plain(wanted)
        if name in _UNTRANSLATED:
            yield "en"
        elif name and "/" not in name:
            yield name
            if "_" in name:
                yield name.partition("_")[0]


def _plain(locale: str) -> str:
    """The name without its codeset and modifier, which no catalogue of ours is named after."""
    return locale.partition("@")[0].partition(".")[0]
