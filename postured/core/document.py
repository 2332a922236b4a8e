"""A YAML file as a tree of nodes that know their line and column, and a reader that collects what is wrong.

Only the form of YAML is used, never its guesses: a scalar stays the text that was written, so `9:30`, `on`
and `010` are what they look like. Whatever the file holds ends in `Problem`s, never in an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import time
from typing import Any, NamedTuple, Protocol

from postured.core.durations import DurationError, format_duration, parse_duration
from postured.core.language import _
from postured.core.model import NEVER, Problem

_Place = tuple[int, int]
"""Line and column, from 1."""

MAP, LIST, SCALAR, UNREADABLE = "map", "list", "scalar", "unreadable"

MOST_BYTES = 1 << 20
"""Far more than a person writes; the shipped library is about a tenth of it."""
MOST_NODES = 50_000
DEEPEST = 30
MOST_PROBLEMS = 100
"""Nobody reads more at once, and each costs a look for its nearest right spelling."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_GROUPS = {"daily": frozenset(range(7)), "weekdays": frozenset(range(5)), "weekend": frozenset({5, 6})}

_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
_ODD_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})", re.ASCII)


_QUOTES = frozenset("'\"|>")


class Node(NamedTuple):
    """One value of the document: `kind` says whether `text`, `items` or `pairs` holds it.

    An `UNREADABLE` node has been complained about already; readers pass over it in silence.
    """

    kind: str
    line: int
    """From 1."""
    column: int
    """From 1."""
    text: str = ""
    quoted: bool = False
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing is written where the value belongs."""
        return self.kind == SCALAR and not self.quoted and self.text == ""


# ── from bytes to a tree ──────────────────────────────────────────────────────────────────────────


def decode(data: bytes, file: str) -> tuple[str | None, list[Problem]]:
    """Return the text of a file, or None and why it has none: too large, binary, or not UTF-8."""
    if len(data) > MOST_BYTES:
        return None, [_too_large(file)]
    start = 0
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = _("the file is written in UTF-16, wanted is UTF-8")
    elif b"\0" in data:
        start = data.index(b"\0")
        what = _("this is a binary file, wanted is YAML text in UTF-8")
    else:
        try:
            return data.decode("utf-8-sig"), []
        except UnicodeDecodeError as error:
            start = error.start
            what = _("the byte 0x{byte:02x} is no UTF-8").format(byte=data[start])
    before = data[:start].decode("utf-8", "replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return None, [Problem(file, line, column, "", what, _("save the file as UTF-8 text in your editor"))]


def parse(
    text: str, file: str, *, take: Callable[[Node], None] | None = None
) -> tuple[Node | None, list[Problem]]:
    """Return the tree of a YAML text, and what is wrong with its form.

    The tree is None where the form is broken, and, without a problem, where the text is empty but for
    blanks and comments. There may be both a tree and problems: then reading on finds the others.

    Args:
        text: The file's whole text.
        file: Its name, for the problems.
        take: Is given each item of a list that is the whole document, as soon as it ends; the tree's list is then
            empty. So a long file is never in memory as a whole. What was taken counts only if there is a tree.
    """
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    if len(text) > MOST_BYTES:
        return None, [_too_large(file)]
    odd = _ODD_CHARACTER.search(text)
    if odd:
        before = text[: odd.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = _("the character U+{code:04X} can be neither seen nor read").format(code=ord(odd[0]))
        return None, [Problem(file, line, column, "", what, _("delete it"))]

    tree = _Tree(file, take)
    try:
        _grow(tree, text)
    except _StopError:
        return None, tree.problems
    return tree.root, tree.problems


def tree_from_json(value: list[Any]) -> Node:
    """Return the tree that was written as JSON; a `Node` is written as it is, a list of its fields.

    Raises:
        TypeError, ValueError, IndexError: It is no such tree.
    """
    kind, line, column, text, quoted, items, pairs = value
    if kind not in (SCALAR, LIST, MAP) or not isinstance(text, str) or {type(line), type(column)} != {int}:
        raise TypeError(f"{value!r:.60} is no node")
    return Node(
        kind,
        line,
        column,
        text,
        quoted,
        tuple(map(tree_from_json, items)),
        tuple((tree_from_json(k), tree_from_json(v)) for k, v in pairs),
    )


def _grow(tree: _Tree, text: str) -> None:
    """Feed the YAML parser's events to the tree, one by one, so that no nesting can exhaust a stack."""
    import yaml  # here, because it costs the daemon's start and only reading needs it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            line, column = _place(event.start_mark)
            if isinstance(event, yaml.CollectionEndEvent):
                tree.end()
            elif isinstance(event, yaml.NodeEvent):
                tree.check(line, column, getattr(event, "tag", None))
                if isinstance(event, yaml.ScalarEvent):
                    tree.add(Node(SCALAR, line, column, event.value, event.style in _QUOTES))
                elif isinstance(event, yaml.AliasEvent):
                    tree.add_alias(line, column, event.anchor or "")
                else:
                    tree.begin(MAP if isinstance(event, yaml.MappingStartEvent) else LIST, line, column)
            elif isinstance(event, yaml.DocumentStartEvent):
                tree.begin_document(line, column)
    except yaml.YAMLError as error:
        at = _place(getattr(error, "problem_mark", None))
        since = _place(getattr(error, "context_mark", None) or getattr(error, "problem_mark", None))
        said = str(getattr(error, "problem", None) or error)
        tree.complain(*_syntax(said, _LINE_END.split(text), at, since))
        raise _StopError from None


class _Mark(Protocol):
    """Where libyaml or PyYAML is, from 0."""

    line: int
    column: int


def _place(mark: _Mark | None) -> _Place:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _StopError(Exception):
    """There is no sense in reading on; the reason is among the problems."""


class _Open(NamedTuple):
    """A map or list whose end has not come yet. A map's children are keys and values in turn."""

    kind: str
    line: int
    column: int
    children: list[Node]

    def closed(self) -> Node:
        if self.kind == LIST:
            return Node(LIST, self.line, self.column, items=tuple(self.children))
        each = iter(self.children)
        return Node(MAP, self.line, self.column, pairs=tuple(zip(each, each, strict=True)))


class _Tree:
    """The tree while it grows. What is still open is kept in a list, not on the interpreter's stack."""

    def __init__(self, file: str, take: Callable[[Node], None] | None) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._take = take
        self._open: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def complain(self, line: int, column: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, line, column, "", message, hint))

    def check(self, line: int, column: int, tag: str | None) -> None:
        """Refuse what YAML knows beyond maps, lists and texts, and what is too much of them."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self.complain(
                line,
                column,
                _("the file holds more than {most_nodes} values").format(most_nodes=MOST_NODES),
                _("is it the right file?"),
            )
            raise _StopError
        if tag is not None:
            self.complain(
                line,
                column,
                _("the tag {tag} is not read here").format(tag=_quote(tag)),
                _("delete it, or put quotes around a text that begins with !"),
            )

    def add(self, node: Node) -> None:
        if self._take is not None and len(self._open) == 1 and self._open[0].kind == LIST:
            self._take(node)
        elif self._open:
            self._open[-1].children.append(node)
        elif not node.blank:
            self.root = node

    def add_alias(self, line: int, column: int, anchor: str) -> None:
        """Refuse an alias: a few of them, each doubling the last, make a small file as large as one likes."""
        self.complain(
            line,
            column,
            _("*{anchor} refers to another place, which is not read here").format(anchor=_shorten(anchor)),
            _("write it out, or put quotes around a text that begins with *"),
        )
        self.add(Node(UNREADABLE, line, column))

    def begin(self, kind: str, line: int, column: int) -> None:
        if len(self._open) == DEEPEST:
            self.complain(
                line,
                column,
                _("more than {deepest} lists or maps inside one another").format(deepest=DEEPEST),
                _("is a bracket too many?"),
            )
            raise _StopError
        self._open.append(_Open(kind, line, column, []))

    def end(self) -> None:
        self.add(self._open.pop().closed())

    def begin_document(self, line: int, column: int) -> None:
        self._documents += 1
        if self._documents > 1:
            self.complain(
                line, column, _("a second document begins here, wanted is one"), _("delete the line ---")
            )
            raise _StopError


# ── what the YAML parser says, in plain words ─────────────────────────────────────────────────────


def _line_up() -> str:
    return _("line it up with the lines it belongs to")


def _sayings() -> tuple[tuple[str, str, str], ...]:
    """Words of libyaml or PyYAML, what they mean, and what to do."""
    quote = _("the quote that opens here is never closed"), _("close it")
    bracket = _("the bracket that opens here is not closed, or a comma is missing"), _("add what is missing")
    dash = _("a dash in the middle of a line begins no list"), _("write [a, b]")
    indented = _("this line is not indented as its neighbours are"), _line_up()
    anchor = _("a value that begins with * or & needs quotes"), _("put quotes around it")
    odd = _("no value begins with this character"), _("put quotes around the value")
    colon = _("this line has no colon after its key"), _("write it as key: value")
    node = _("a value is missing, or a bracket is too many"), _("write the value, or delete the bracket")
    escape = _("a backslash in double quotes means something else"), _("use single quotes")
    return (
        ("unknown escape character", *escape),
        ("found unexpected end of stream", *quote),
        ("expected ',' or", *bracket),
        ("sequence entries are not allowed", *dash),
        ("expected '-' indicator", *indented),
        ("expected key", *indented),
        ("expected <block end>", *indented),
        ("alphabetic or numeric character", *anchor),
        ("that cannot start any token", *odd),
        ("could not find expected ':'", *colon),
        ("node content", *node),
    )


_OPENED_BEFORE = frozenset(
    {"found unexpected end of stream", "expected ',' or", "could not find expected ':'"}
)
"""Said where reading stopped, though the mistake is where it began."""


def _syntax(said: str, lines: list[str], at: _Place, since: _Place) -> tuple[int, int, str, str]:
    """Line, column, message and hint for what libyaml or PyYAML said; both have their own wording."""
    line = lines[at[0] - 1] if at[0] <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return (
            at[0],
            indent.index("\t") + 1,
            _("a tab, where YAML takes spaces only"),
            _("replace it by spaces"),
        )
    if "\t" in line[at[1] - 1 : at[1]]:
        return *at, _("a tab, where YAML takes spaces only"), _("replace it by spaces")
    if indent.strip(" "):
        return (
            at[0],
            1,
            _("the line is indented with characters that look like spaces and are none"),
            _("retype the spaces"),
        )
    if "mapping values are not allowed" in said:
        return _second_colon(lines, at)
    for words, message, hint in _sayings():
        if words in said:
            return *(since if words in _OPENED_BEFORE else at), message, hint
    return *at, _("this is no YAML: {said}").format(said=said), ""


def _second_colon(lines: list[str], at: _Place) -> tuple[int, int, str, str]:
    """Tell why a colon may not stand at `at`: a line too deep, none in the line above, or two in one."""
    number, column = at
    line = lines[number - 1]
    key = line[: column - 1]
    if not re.search(r":\s", key):
        above = next((n for n in range(number - 1, 0, -1) if lines[n - 1].split("#")[0].strip()), 0)
        before = lines[above - 1].rstrip() if above else ""
        start = len(before) - len(before.lstrip()) + 1
        if above and not re.search(r":(\s|$)", before):
            return above, start, _("this line has no colon followed by a space"), _("write it as key: value")
        if above and len(line) - len(line.lstrip()) >= start:
            return (
                number,
                start,
                _("this line is indented deeper than the one above, which has its value"),
                _line_up(),
            )
    return (
        number,
        column,
        _("a second colon in one line"),
        _("put quotes around the value, or begin a new line"),
    )


def _too_large(file: str) -> Problem:
    return Problem(file, 1, 1, "", _("the file is too large: over 1 MiB"), _("is it the right file?"))


# ── from a tree to values ─────────────────────────────────────────────────────────────────────────


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that `word` was most likely meant to be, or ""."""
    from difflib import get_close_matches  # here, because only mistakes need it

    plain = {_plain(each): each for each in known}
    close = get_close_matches(_plain(word), list(plain), n=1, cutoff=0.6)
    return plain[close[0]] if close else ""


class Reader:
    """Takes values out of nodes. What is wrong it adds to `problems`, answers None, and so finds all of it.

    Every method takes a node and its path (`reminders.reset.after`); the path is only for the person.
    """

    def __init__(self, file: str, problems: Iterable[Problem] = ()) -> None:
        self.file = file
        self.problems = list(problems)

    def sorted(self) -> list[Problem]:
        """Return the problems in the order of the file."""
        return sorted(self.problems, key=lambda p: (p.line, p.column))

    def complain(self, node: Node, path: str, message: str, hint: str = "") -> None:
        """Add a problem at `node`; none at a node that was complained about already."""
        if node.kind != UNREADABLE and len(self.problems) < MOST_PROBLEMS:
            shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in path)
            self.problems.append(Problem(self.file, node.line, node.column, shown, message, hint))

    def unwanted(self, node: Node, path: str, wanted: str, hint: str = "") -> None:
        """Complain that `node` is not what is wanted."""
        self.complain(
            node, path, _("found {found}, wanted {wanted}").format(found=describe(node), wanted=wanted), hint
        )

    # ── maps and lists ──

    def entries(self, node: Node, path: str, wanted: str = "") -> list[tuple[Node, Node]] | None:
        """Return the keys and values of a map, each key once."""
        if node.kind != MAP:
            self.unwanted(
                node,
                path,
                wanted or _("a map, key: value"),
                _("write it below, or delete the line") if node.blank else "",
            )
            return None
        seen: dict[str, Node] = {}
        kept = []
        for key, value in node.pairs:
            if key.kind != SCALAR or key.blank:
                self.unwanted(key, path, _("a key, that is one word before a colon"))
            elif key.text in seen:
                first = seen[key.text].line
                said = _("{text} is written twice, first on line {first}").format(
                    text=_quote(key.text), first=first
                )
                self.complain(key, join(path, key.text), said, _("keep one of the two"))
            else:
                seen[key.text] = key
                kept.append((key, value))
        return kept

    def mapping(
        self, node: Node, path: str, known: Collection[str], belongs: Mapping[str, str] | None = None
    ) -> dict[str, Node] | None:
        """Return the values of a map whose keys are known; others are complained about and left out.

        Args:
            node: The map.
            path: Its path.
            known: The keys it may have.
            belongs: Keys that people may look for here, and where they are.
        """
        entries = self.entries(node, path)
        if entries is None:
            return None
        for key, value in entries:
            if key.text not in known:
                hint = self._key_hint(key, value, known, belongs or {})
                self.complain(
                    key, join(path, key.text), _("unknown key {text}").format(text=_quote(key.text)), hint
                )
        return {key.text: value for key, value in entries if key.text in known}

    def items(self, node: Node, path: str, wanted: str = "") -> list[tuple[str, Node]] | None:
        """Return the path and node of each item of a list."""
        if node.kind != LIST:
            self.unwanted(node, path, wanted or _("a list, as [a, b]"))
            return None
        return [(f"{path}[{index}]", item) for index, item in enumerate(node.items)]

    def _key_hint(self, key: Node, value: Node, known: Collection[str], belongs: Mapping[str, str]) -> str:
        word, colon, rest = key.text.partition(":")
        if colon and value.blank and rest:
            return _("write a space after the colon: {word}: {rest}").format(word=word, rest=_shorten(rest))
        if len(self.problems) >= MOST_PROBLEMS:
            return ""
        if key.text in belongs:
            return _("it belongs under {section}").format(section=belongs[key.text])
        meant = nearest(key.text, known)
        if meant:
            return _("did you mean {meant}?").format(meant=meant)
        if value.blank:
            return _("if it belongs to the value before it, put quotes around both")
        return _("known here: {words}").format(words=", ".join(sorted(known)))

    # ── words and numbers ──

    def text(self, node: Node, path: str, wanted: str = "", longest: int | None = None) -> str | None:
        """Return a text as it was written, of at least one and at most `longest` characters."""
        if node.kind != SCALAR or not node.text.strip():
            self.unwanted(node, path, wanted or _("a text"))
            return None
        if longest is not None and len(node.text) > longest:
            self.complain(
                node,
                path,
                _("{count} characters, wanted at most {longest}").format(
                    count=len(node.text), longest=longest
                ),
            )
            return None
        return node.text

    def boolean(self, node: Node, path: str) -> bool | None:
        """Return true for true, yes, on; false for false, no, off."""
        word = node.text.lower()
        if node.kind == SCALAR and word in _TRUE | _FALSE:
            return word in _TRUE
        self.unwanted(node, path, _("true or false"))
        return None

    def integer(self, node: Node, path: str, low: int, high: int) -> int | None:
        """Return a whole number from `low` to `high`."""
        if node.kind != SCALAR or not _INTEGER.fullmatch(node.text) or not low <= int(node.text) <= high:
            self.unwanted(node, path, _("a whole number from {low} to {high}").format(low=low, high=high))
            return None
        return int(node.text)

    def number(self, node: Node, path: str, low: float, high: float) -> float | None:
        """Return a number from `low` to `high`."""
        if node.kind != SCALAR or not _NUMBER.fullmatch(node.text) or not low <= float(node.text) <= high:
            self.unwanted(node, path, _("a number from {low:g} to {high:g}").format(low=low, high=high))
            return None
        return float(node.text)

    def choice(self, node: Node, path: str, words: Collection[str]) -> str | None:
        """Return one of the words."""
        if node.kind == SCALAR and node.text in words:
            return node.text
        wanted = _("one of {words}").format(words=", ".join(words))
        meant = nearest(node.text, words) if node.text and len(self.problems) < MOST_PROBLEMS else ""
        self.unwanted(node, path, wanted, _("did you mean {meant}?").format(meant=meant) if meant else "")
        return None

    def choices(
        self, node: Node, path: str, words: Collection[str], *, least: int = 0
    ) -> tuple[str, ...] | None:
        """Return a list of at least `least` of the words, each once; one word alone is a list of one."""
        if node.kind == SCALAR and not node.blank:
            items: list[tuple[str, Node]] | None = [(path, node)]
        else:
            items = self.items(node, path, _("a list of {words}").format(words=", ".join(words)))
        if items is None:
            return None
        if len(items) < least:
            self.complain(
                node,
                path,
                _("the list is empty, wanted at least {least} of {words}").format(
                    least=least, words=", ".join(words)
                ),
            )
            return None
        chosen: list[str] = []
        for where, item in items:
            word = self.choice(item, where, words)
            if word in chosen:
                self.complain(
                    item,
                    where,
                    _("{text} is written twice").format(text=_quote(item.text)),
                    _("keep one of the two"),
                )
            elif word is not None:
                chosen.append(word)
        return tuple(chosen) if len(chosen) == len(items) else None

    # ── times ──

    def duration(
        self, node: Node, path: str, low: float, high: float, *, never: bool = False
    ) -> float | None:
        """Return seconds from `low` to `high`; `NEVER` for the word never, where that is allowed."""
        if never and node.kind == SCALAR and node.text.strip().lower() == "never":
            return NEVER
        wanted = (
            _("a duration as 90s, 20m or 1h30m, or never") if never else _("a duration as 90s, 20m or 1h30m")
        )
        if node.kind != SCALAR or node.blank:
            self.unwanted(node, path, wanted)
            return None
        try:
            seconds = parse_duration(node.text)
        except DurationError as error:
            self.complain(
                node,
                path,
                error.message,
                _("{hint}, or never").format(hint=error.hint) if never else error.hint,
            )
            return None
        if not low <= seconds <= high:
            self.unwanted(
                node, path, _("{low} to {high}").format(low=format_duration(low), high=format_duration(high))
            )
            return None
        return seconds

    def time_of_day(self, node: Node, path: str) -> time | None:
        """Return a local time, from "00:00" to "23:59"; quotes are not needed."""
        minutes = parse_minutes(node.text) if node.kind == SCALAR else None
        if minutes is None or minutes == 24 * 60:
            self.unwanted(node, path, _('a time of day as "09:30"'), _time_hint(node.text))
            return None
        return time(minutes // 60, minutes % 60)

    def days(self, node: Node, path: str) -> frozenset[int] | None:
        """Return weekdays, Monday is 0, of a text (`mon-fri`, `mon, wed`, `weekend`) or a list of such."""
        if node.kind == LIST and node.items:
            parts = [self.days(item, where) for where, item in self.items(node, path) or ()]
            known = [part for part in parts if part is not None]
            return frozenset().union(*known) if len(known) == len(parts) else None
        if node.kind != SCALAR or node.blank:
            self.unwanted(node, path, _days_wanted())
            return None
        found: set[int] = set()
        for part in node.text.split(","):
            days = _some_days(part)
            if days is None:
                meant = [_nearest_day(word.strip()) for word in re.split("[-\N{EN DASH}]", part)]
                hint = (
                    _("did you mean {meant}?").format(meant="-".join(meant))
                    if all(meant) and "-".join(meant) != part.strip()
                    else ""
                )
                self.unwanted(node, path, _days_wanted(), hint)
                return None
            found |= days
        return frozenset(found)


def parse_minutes(text: str) -> int | None:
    """Return the minute of the day of "09:30", "9:30", or "24:00" for its end; None if it is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    return hour * 60 + minute if minute < 60 and (hour < 24 or (hour, minute) == (24, 0)) else None


def join(path: str, key: str) -> str:
    """Return the path of `key` within `path`."""
    return f"{path}.{_shorten(key)}" if path else _shorten(key)


def describe(node: Node) -> str:
    """Say what a node is, for a message."""
    if node.kind == MAP:
        return _("a map")
    if node.kind == LIST:
        return _("a list") if node.items else _("an empty list")
    return _("nothing") if node.blank else _quote(node.text)


def _days_wanted() -> str:
    return _("days as mon-fri, 'mon, wed', weekdays, weekend or daily")


def _some_days(part: str) -> frozenset[int] | None:
    """Days of a word, a group, or a range that may run over the weekend; None if it is none of them."""
    part = part.strip().lower()
    if part in _DAY_GROUPS:
        return _DAY_GROUPS[part]
    ends = [_day(word.strip()) for word in re.split("[-\N{EN DASH}]", part)]
    first, last = ends[0], ends[-1]
    if first is None or last is None or len(ends) > 2:
        return None
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _nearest_day(word: str) -> str:
    return nearest(word, DAYS if len(word) < 5 else (*DAYS, *_FULL_DAYS, *_DAY_GROUPS))


def _day(word: str) -> int | None:
    for names in (DAYS, _FULL_DAYS):
        if word in names:
            return names.index(word)
    return None


def _time_hint(text: str) -> str:
    """Tell how to write a time that is in another notation; "" where that cannot be told."""
    match = re.fullmatch(r"\s*([0-9]{1,2})(?:[.:h ]?([0-9]{2}))?\s*([ap]\.?m\.?)?\s*", text.lower(), re.ASCII)
    if match is None:
        return ""
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % 12 + (12 if match[3].startswith("p") else 0)
    return (
        _('write "{hour:02}:{minute:02}"').format(hour=hour, minute=minute)
        if hour < 24 and minute < 60
        else ""
    )


def _plain(word: str) -> str:
    return re.sub("[ _-]+", "_", word.strip().lower()[:64])


def _quote(text: str) -> str:
    return repr(_shorten(text))


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
