"""Makes any text fit to be shown: short enough, and nothing in it that a server or a terminal trips over."""

from __future__ import annotations

TITLE_LIMIT = 200
BODY_LIMIT = 2000


def plain(text: str, limit: int) -> str:
    """Return `text` without control characters (line breaks stay), cut to `limit` characters."""
    # Lone surrogates come from file names and damaged YAML; no wire and no terminal can carry them.
    whole = "".join(
        c if c == "\n" or (c.isprintable() and not _is_surrogate(c)) else _stand_in(c) for c in text
    )
    return whole if len(whole) <= limit else whole[: limit - 1].rstrip() + "…"


def title_of(title: str) -> str:
    """Make a title fit to be shown: one line, never empty."""
    return plain(" ".join(title.split()), TITLE_LIMIT) or "postured"


def body_of(body: str, *last_lines: str) -> str:
    """Make a body fit to be shown, with those of `last_lines` that say something below it."""
    lines = [plain(line, TITLE_LIMIT) for line in last_lines if line]
    return "\n".join([part for part in (plain(body, BODY_LIMIT).strip("\n"), *lines) if part])


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _stand_in(character: str) -> str:
    if character.isspace():  # tabs, no-break spaces and the like
        return " "
    return "\N{REPLACEMENT CHARACTER}" if _is_surrogate(character) else ""
