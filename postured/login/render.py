"""The four kinds of start-up file as text: a command written into a template, and read out of it again.

Pure. Every kind has its own rules for quoting; here is the only place that knows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from postured.core.language import _
from postured.login.words import LoginError

ORIGIN = "postured login enable"
"""Stands in every file that postured writes, and so tells our files from others."""

_SLOT = "@PROGRAM@"
_RUN = "run"
_UNSAYABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Line ends of all sorts, other control characters, and bytes of a path that are no UTF-8."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of start-up file."""

    file: str
    """The name of the template, and of the file made from it."""
    quote: Callable[[tuple[str, ...]], str]
    """The command as it stands in the file."""
    words: Callable[[str], tuple[str, ...] | None]
    """All words of the command in a file; None when there are none."""
    switched_off: Callable[[str], str]
    """What in a file, by way of the desktop's settings, switches it off; nothing when it counts."""

    def write(self, template: str, program: tuple[str, ...]) -> str:
        """Make the whole file that starts `program run`.

        Raises:
            LoginError: `program` cannot be said in such a file.
        """
        for word in program:
            if _UNSAYABLE.search(word):
                raise LoginError(
                    _(
                        "{word!r} has characters that no start-up file can hold: install postured elsewhere"
                    ).format(word=word)
                )
        return template.replace(_SLOT, self.quote(program))

    def read(self, text: str) -> tuple[str, ...] | None:
        """Find the command that such a file starts, without `run`; None when it cannot be made out."""
        words = self.words(text)
        return words[:-1] if words and words[-1] == _RUN and len(words) > 1 else words


def is_ours(text: str) -> bool:
    """Tell whether postured wrote the file, and nobody has disowned it since."""
    return ORIGIN in text


# ── systemd (systemd.syntax(7), systemd.service(5) "Command lines") ───────────────────────────────

_BARE = re.compile(r"[A-Za-z0-9_@+=:,./-]+")
_WORD = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|((?:[^\s"'\\]|\\.)+))(?=\s|$)""")


def _systemd_quote(program: tuple[str, ...]) -> str:
    words = []
    for word in _through_env(program, "\"'\\"):
        escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
        words.append(word if _BARE.fullmatch(word) else f'"{escaped}"')
    # `$$` would be wrong in the first word, which is looked up before variables are put in; `:` puts none in.
    return (":" if any("$" in word for word in program) else "") + " ".join(words)


def _systemd_words(text: str) -> tuple[str, ...] | None:
    line = _value(text.replace("\\\n", " "), "Service", "ExecStart")
    words = _split(line.lstrip("@-:+!"))
    return None if words is None else _without_env(words)


# ── XDG (Desktop Entry Specification, "The Exec key") ─────────────────────────────────────────────

_SPECIAL = re.compile(r'["`$\\]')


def _desktop_quote(program: tuple[str, ...]) -> str:
    words = []
    for word in _through_env(program, "\"'%"):
        escaped = _SPECIAL.sub(r"\\\g<0>", word).replace("%", "%%")
        words.append(word if _BARE.fullmatch(word) else f'"{escaped}"')
    return " ".join(words).replace("\\", "\\\\")  # the rule for every string in the file comes on top


def _desktop_words(text: str) -> tuple[str, ...] | None:
    words = _split(_value(text, "Desktop Entry", "Exec").replace("\\\\", "\\"))
    return None if words is None else _without_env(words)


def _desktop_off(text: str) -> str:
    if _value(text, "Desktop Entry", "Hidden").lower() == "true":
        return "Hidden=true"
    for key in ("X-GNOME-Autostart-enabled", "X-MATE-Autostart-enabled"):
        if _value(text, "Desktop Entry", key).lower() == "false":
            return f"{key}=false"
    return ""


# ── launchd (launchd.plist(5)) ────────────────────────────────────────────────────────────────────


def _plist_quote(program: tuple[str, ...]) -> str:
    from xml.sax.saxutils import escape

    return "\n\t\t".join(f"<string>{escape(word)}</string>" for word in program)


def _plist_words(text: str) -> tuple[str, ...] | None:
    content = _plist(text)
    words = content.get("ProgramArguments")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    return tuple(words) or None


def _plist_off(text: str) -> str:
    return "Disabled" if _plist(text).get("Disabled") is True else ""


def _plist(text: str) -> dict[str, object]:
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        content = plistlib.loads(text.encode())
    except (ExpatError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


# ── Windows (a batch file; a path there holds no quotation mark) ──────────────────────────────────


def _batch_quote(program: tuple[str, ...]) -> str:
    if any('"' in word for word in program):
        raise LoginError(
            _("a batch file cannot hold a quotation mark, as in {command}").format(command=" ".join(program))
        )
    return " ".join('"' + word.replace("%", "%%") + '"' for word in program)


def _batch_words(text: str) -> tuple[str, ...] | None:
    for line in text.splitlines():
        if line.startswith('start "" '):
            words = re.findall(r'"([^"]*)"|(\S+)', line.removeprefix('start "" '))
            return tuple((quoted or bare).replace("%%", "%") for quoted, bare in words) or None
    return None


# ── both kinds that consist of [groups] with key=value ────────────────────────────────────────────

_ENV = "/usr/bin/env"


def _through_env(program: tuple[str, ...], marks: str) -> tuple[str, ...]:
    """Have `env` start a program whose name systemd, also as reader of autostart entries, refuses."""
    return (_ENV, *program) if any(mark in program[0] for mark in marks) else program


def _without_env(words: tuple[str, ...]) -> tuple[str, ...]:
    plain = words[1:] if words[0] == _ENV and len(words) > 1 else words
    return tuple(word.replace("%%", "%") for word in plain)


def _value(text: str, group: str, key: str) -> str:
    """Find the last value of `key` in `[group]`, or nothing."""
    found, inside = "", False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        name, equals, value = line.partition("=")
        if inside and equals and name.rstrip() == key:
            found = value.lstrip()
    return found


def _split(line: str) -> tuple[str, ...] | None:
    """Split a command line with quotes and backslashes; None when it is empty or a quote is left open."""
    words, at = [], 0
    while line[at:].strip():
        word = _WORD.match(line, at)
        if word is None:
            return None
        words.append(re.sub(r"\\(.)", r"\1", next(part for part in word.groups() if part is not None)))
        at = word.end()
    return tuple(words) or None


def _never_off(_text: str) -> str:
    return ""


UNIT = Kind("postured.service", _systemd_quote, _systemd_words, _never_off)
ENTRY = Kind("postured.desktop", _desktop_quote, _desktop_words, _desktop_off)
AGENT = Kind("postured.plist", _plist_quote, _plist_words, _plist_off)
BATCH = Kind("postured.cmd", _batch_quote, _batch_words, _never_off)
