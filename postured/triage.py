"""The decision table of knots, `config/knot.yaml`, and files of answers: read strictly, and whole or not at all.

What follows from them is decided in `core.knot`; what the keys mean is written at the top of the table itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from postured.core.document import (
    LIST,
    MAP,
    MOST_BYTES,
    SCALAR,
    Node,
    Reader,
    decode,
    join,
    nearest,
    parse,
)
from postured.core.knot import (
    ALWAYS,
    BLANKS,
    CHOICES,
    DERIVED,
    NEVER,
    NUMBERS,
    QUESTIONS,
    REST,
    STRENGTH,
    TOLD_BLANKS,
    ZONE,
    Check,
    Contradiction,
    Flag,
    Line,
    Lines,
    Minor,
    Modifier,
    Row,
    Table,
    When,
)
from postured.core.language import _
from postured.core.model import (
    CLINICIAN_FLAGS,
    EMERGENCY_FLAGS,
    FLAGS,
    RED_FLAGS,
    Answers,
    Care,
    Cause,
    Problem,
)
from postured.core.safety import RED
from postured.files import explain

LATER_ON = ("mixed", "gone", "annoyed", "in_vain", "worse", "better")
"""What is said in the course of a knot."""
PRESETS = ("gentle", "standard", "knot", "deep-work")
"""What a care may tighten the schedule to."""
LONGEST_QUESTION, LONGEST_TEXT = 66, 400
_PLAIN_LINES = 2
"""Of what to do now: that can be said to anybody."""

_SECTIONS = (
    "emergency", "clinician", "strain_signs", "overuse_signs", "reasons", "rows", "modifiers", "contradictions",
    "minor", "care", "later_on", "see", "flag_line",
)  # fmt: skip
_ROW = (
    "row", "when", "as", "cause", "care", "probably", "now", "leave", "expect", "see", "offer", "later", "never",
    "press_knot", "source",
)  # fmt: skip
_ROW_NEEDS = ("cause", "care", "probably", "now", "leave", "expect", "offer", "source")
_SIGNS = ("strain_sign", "overuse_sign")
_TOLD = (*QUESTIONS, *NUMBERS, *CHOICES, "flags")
_OF_SIGNS = (*_TOLD, *(key for key in DERIVED if key not in _SIGNS))
_OF_ROWS = (*_TOLD, *DERIVED)
_OF_LINES = (*_OF_ROWS, "row", "cause")
_ITEM = re.compile("[BSMHVP][0-9]{2}")
_MODIFIER = ("when", "say", "expect", "first", "offer", "never", "care", "source")
_CARE_ITEMS = ("first", "last", "packs", "early", "strength", "never", "never_early", "only")
_CARE_NUMBERS: Mapping[str, tuple[int, int]] = {
    "stops": (1, 5),
    "massages_a_day": (0, 3),
    "packs_a_day": (0, 3),
}
_NO_MINOR = Minor((), (), (), ())
_MOST_ROWS = 40
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")
_NUMBER = re.compile("([0-9]{1,2})(?: or (more|less))?", re.ASCII)
_SOURCES = (*(f"A{number}" for number in range(1, 25)), "our addition")
_NOT, _NOR, _TOLD_AT_ALL, _OR = "not ", " nor ", "told", " or "


class TriageError(Exception):
    """The table or the answers cannot be read; one line says why, and what to do."""


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def load(path: Path) -> Table:
    """Return the table that is in a file.

    Raises:
        TriageError: It is missing or broken.
    """
    text, problems = _text_of(path)
    table, wrong = (None, problems) if text is None else read_table(text, str(path))
    if table is None:
        said = _("the table of knots is broken: {problem}; install postured again, or correct it")
        raise TriageError(said.format(problem=wrong[0]))
    return table


def read_answers_file(path: Path) -> tuple[Answers | None, list[Problem]]:
    """Return the answers that are in a file, or None and all that is wrong with them.

    Raises:
        TriageError: The file cannot be read at all.
    """
    text, problems = _text_of(path)
    return (None, problems) if text is None else read_answers(text, str(path))


def _text_of(path: Path) -> tuple[str | None, list[Problem]]:
    """What is written in the file, or None and why nobody can tell."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise TriageError(_("{path} is no ordinary file; name one").format(path=path))
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = explain(error) if isinstance(error, OSError) else str(error)
        raise TriageError(_("{path} cannot be read: {why}").format(path=path, why=why)) from None
    return decode(data, str(path))


# ── the answers ───────────────────────────────────────────────────────────────────────────────────


def read_answers(text: str, file: str) -> tuple[Answers | None, list[Problem]]:
    """Return the answers that are written in a text, or None and all that is wrong with them, in its order.

    Every key may be left out, which is "not sure"; so a text without any is well, too.

    Args:
        text: The whole file.
        file: Its name, for the problems.
    """
    node, problems = parse(text, file)
    reader = Reader(file, problems)
    if node is None:
        return (None, reader.sorted()) if problems else (Answers(), [])
    values: dict[str, Any] = {
        key: _told(reader, key, value) for key, value in (reader.mapping(node, "", _TOLD) or {}).items()
    }
    return (None, reader.sorted()) if reader.problems else (Answers(**values), [])


def _told(reader: Reader, key: str, node: Node) -> object:
    if key in QUESTIONS:
        return reader.choice(node, key, QUESTIONS[key])
    if key in NUMBERS:
        return reader.integer(node, key, 0, NUMBERS[key])
    if key in CHOICES:
        return reader.boolean(node, key)
    return reader.choices(node, key, (*RED_FLAGS, *FLAGS))


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


def read_table(text: str, file: str) -> tuple[Table | None, list[Problem]]:
    """Return the table that is written in a text, or None and all that is wrong with it, in its order.

    Args:
        text: The whole file.
        file: Its name, for the problems.
    """
    node, problems = parse(text, file)
    if node is None:
        empty = Problem(
            file, 1, 1, "", _("nothing is written in this file"), _("it holds the table of knots")
        )
        return None, problems or [empty]
    reader = _TableReader(file, problems)
    table = reader.table(node)
    found = list(dict.fromkeys(reader.sorted()))  # what a row takes over from another is read twice
    return (None, found) if found else (table, [])


class _Written(NamedTuple):
    """A value of a row, and the row that it was written in: others may take it over."""

    node: Node
    path: str
    row: str


class _TableReader(Reader):
    """Takes the table out of its tree. Where something is wrong it complains and goes on with something empty."""

    def table(self, node: Node) -> Table | None:
        """Return the table, of no use if there are problems."""
        given = self._map(node, "", _SECTIONS, _SECTIONS)
        if len(given) < len(_SECTIONS):
            return None
        care = self._named(given["care"], "care")
        cares = {name: self._care(value, path) for name, value, path in care}
        see = self._text(given["see"], "see", "see")
        modifiers = tuple(
            self._modifier(name, value, path, cares)
            for name, value, path in self._named(given["modifiers"], "modifiers")
        )
        self._check_cares(modifiers, given["modifiers"])
        return Table(
            emergency=self._flags(given["emergency"], "emergency", EMERGENCY_FLAGS),
            clinician=self._flags(given["clinician"], "clinician", CLINICIAN_FLAGS),
            strain_signs=self._when(given["strain_signs"], "strain_signs", _OF_SIGNS),
            overuse_signs=self._when(given["overuse_signs"], "overuse_signs", _OF_SIGNS),
            reasons=tuple(self._reason(*each) for each in self._named(given["reasons"], "reasons")),
            rows=self._rows(given["rows"], cares, see),
            modifiers=modifiers,
            contradictions=tuple(
                self._contradiction(*each) for each in self._named(given["contradictions"], "contradictions")
            ),
            minor=self._minor(given["minor"]),
            cares=cares,
            later_on=self._later_on(given["later_on"]),
            flag_line=self._sentence(given["flag_line"], "flag_line"),
        )

    # ── sections ──

    def _flags(self, node: Node, path: str, codes: tuple[str, ...]) -> tuple[Flag, ...]:
        given = self._map(node, path, codes, codes)
        if len(given) == len(codes) and tuple(given) != codes:
            said = _("wanted in this order: {words}").format(words=", ".join(codes))
            self.complain(node, path, said)
        return tuple(
            Flag(code, self._sentence(value, join(path, code), longest=LONGEST_QUESTION))
            for code, value in given.items()
        )

    def _reason(self, name: str, node: Node, path: str) -> Line:
        given = self._map(node, path, ("when", "say"), ("when", "say"))
        text = self._sentence(given["say"], join(path, "say"), TOLD_BLANKS) if "say" in given else ""
        return Line(f"reason.{name}", text, self._when_of(given, path, _OF_LINES))

    def _modifier(self, name: str, node: Node, path: str, cares: Mapping[str, Care]) -> Modifier:
        given = self._map(node, path, _MODIFIER, ("when", "source"))
        if not given.keys() - {"when", "source"}:
            hint = _("write say, expect, first, offer, never or care")
            self.complain(node, path, _("this adds nothing"), hint)
        say, expect = (
            self._text(given[key], join(path, key), text_id, always=False) if key in given else ()
            for key, text_id in (("say", f"modifier.{name}"), ("expect", f"modifier.{name}.expect"))
        )
        care = self.choice(given["care"], join(path, "care"), tuple(cares)) if "care" in given else None
        return Modifier(
            name,
            self._when_of(given, path, _OF_LINES),
            say,
            expect,
            first=self._ids_of(given, path, "first", ZONE, STRENGTH),
            offer=self._ids_of(given, path, "offer", ZONE, STRENGTH),
            never=self._ids_of(given, path, "never"),
            source=self._source(given["source"], join(path, "source")) if "source" in given else (),
            care=care or "",
        )

    def _check_cares(self, modifiers: tuple[Modifier, ...], node: Node) -> None:
        """Complain of two modifiers that may both put their own care in the place of the row's."""
        for one, other in combinations((each for each in modifiers if each.care), 2):
            if _may_meet(one.when, other.when):
                said = _("{one} and {other} may both hold, and each has a care of its own")
                path = join(join("modifiers", other.name), "care")
                hint = _("let their conditions exclude each other")
                self.complain(node, path, said.format(one=one.name, other=other.name), hint)

    def _contradiction(self, name: str, node: Node, path: str) -> Contradiction:
        keys = ("when", "ask", "say")
        given = self._map(node, path, keys, keys)
        return Contradiction(
            name,
            self._when_of(given, path, _OF_ROWS),
            key=self.choice(given["ask"], join(path, "ask"), _TOLD) or "" if "ask" in given else "",
            say=self._sentence(given["say"], join(path, "say"), TOLD_BLANKS) if "say" in given else "",
        )

    def _minor(self, node: Node) -> Minor:
        keys = ("now", "leave", "expect", "see")
        given = self._map(node, "minor", keys, keys)
        if len(given) < len(keys):
            return _NO_MINOR
        now = self._lines(given["now"], "minor.now", "minor.now")
        self._check_now(now, given["now"], "minor.now")
        return Minor(
            now,
            self._lines(given["leave"], "minor.leave", "minor.leave"),
            self._text(given["expect"], "minor.expect", "minor.expect"),
            self._text(given["see"], "minor.see", "minor.see"),
        )

    def _care(self, node: Node, path: str) -> Care:
        given = self._map(node, path, (*_CARE_ITEMS, *_CARE_NUMBERS, "preset", "acute"))
        values: dict[str, Any] = {key: self._ids_of(given, path, key) for key in _CARE_ITEMS if key in given}
        for key, (low, high) in _CARE_NUMBERS.items():
            if key in given:
                values[key] = self.integer(given[key], join(path, key), low, high)
        if "preset" in given:
            values["preset"] = self.choice(given["preset"], join(path, "preset"), PRESETS)
        if "acute" in given:
            values["acute"] = self.boolean(given["acute"], join(path, "acute"))
        return Care(**values)

    def _later_on(self, node: Node) -> dict[str, str]:
        given = self._map(node, "later_on", LATER_ON, LATER_ON)
        return {key: self._sentence(value, join("later_on", key)) for key, value in given.items()}

    # ── rows ──

    def _rows(self, node: Node, cares: Mapping[str, Care], see: Lines) -> tuple[Row, ...]:
        items = self.items(node, "rows", _("a list of rows")) or []
        if node.kind == LIST and not items:
            self.unwanted(node, "rows", _("a list of rows"))
        written: dict[str, Mapping[str, _Written]] = {}
        rows = []
        for number, (path, item) in enumerate(items, 1):
            row = self._row(item, path, f"R{number}", written, see)
            if row is not None:
                self._check_row(row, written[row.name], cares)
                self._check_reached(row, written[row.name]["when"], last=number == len(items))
                rows.append(row)
        return tuple(rows)

    def _row(
        self, node: Node, path: str, name: str, written: dict[str, Mapping[str, _Written]], see: Lines
    ) -> Row | None:
        """One row; what it does not say itself it has from the row that it is like (`as`)."""
        own = self._map(node, path, _ROW, ("row", "when", "source"))
        if "row" in own and own["row"].text != name:
            self.unwanted(own["row"], join(path, "row"), name, _("rows are numbered in their order"))
        like = self.choice(own["as"], join(path, "as"), tuple(written)) if "as" in own else None
        given = {
            **(written[like] if like else {}),
            **{key: _Written(value, join(path, key), name) for key, value in own.items()},
        }
        written[name] = given
        missing = [key for key in _ROW_NEEDS if key not in given]
        for key in missing:
            self._missing(node, path, key)
        return None if missing or "when" not in own or "source" not in own else self._made(name, given, see)

    def _made(self, name: str, given: Mapping[str, _Written], see: Lines) -> Row:
        def lines(key: str) -> Lines:
            return self._lines(given[key].node, given[key].path, f"{given[key].row}.{key}")

        def text(key: str) -> Lines:
            return self._text(given[key].node, given[key].path, f"{given[key].row}.{key}")

        def ids(key: str, *words: str) -> tuple[str, ...]:
            return self._ids(given[key].node, given[key].path, *words) if key in given else ()

        def when(key: str) -> When:
            return self._when(given[key].node, given[key].path, _OF_ROWS) if key in given else NEVER

        probably = given["probably"]
        cause = self.choice(given["cause"].node, given["cause"].path, tuple(Cause))
        return Row(
            name=name,
            when=when("when"),
            cause=Cause(cause or Cause.STRAIN),
            care=given["care"].node.text,
            probably=self._line(probably.node, probably.path, f"{probably.row}.probably"),
            now=lines("now"),
            leave=lines("leave"),
            expect=text("expect"),
            see=text("see") if "see" in given else see,
            offer=ids("offer", ZONE, STRENGTH),
            later=ids("later", STRENGTH),
            never=ids("never", REST),
            press_knot=when("press_knot"),
            source=self._source(given["source"].node, given["source"].path),
        )

    def _check_row(self, row: Row, given: Mapping[str, _Written], cares: Mapping[str, Care]) -> None:
        """Complain of what no row of its cause may do."""

        def wrong(key: str, message: str, hint: str) -> None:
            at = given.get(key, given["cause"])
            self.complain(at.node, at.path, message, hint)

        self.choice(given["care"].node, given["care"].path, tuple(cares))
        if row.cause in RED:
            if row.never != (REST,):
                wrong("never", _("at a red flag all else is left"), "never: [rest]")
            if row.later:
                wrong("later", _("at a red flag nothing is added"), "later: []")
            if any(not each.startswith("B") for each in row.offer):
                wrong("offer", _("at a red flag there are breaks only"), _("as {item}").format(item="B01"))
            if row.offer and row.cause is Cause.RED_EMERGENCY:
                wrong("offer", _("in an emergency nothing is offered"), "offer: []")
        else:
            if REST in row.never:
                wrong("never", _("only at a red flag all else is left"), _("name the items"))
            self._check_now(row.now, given["now"].node, given["now"].path)
        if row.cause is Cause.STRAIN and row.press_knot != NEVER:
            wrong("press_knot", _("a strained knot is never pressed"), "press_knot: never")
        if row.cause is Cause.OVERUSE and row.press_knot != ALWAYS:
            wrong("press_knot", _("an overused knot may be pressed"), "press_knot: always")

    def _check_reached(self, row: Row, when: _Written, *, last: bool) -> None:
        if last and row.when != ALWAYS:
            self.complain(
                when.node, when.path, _("the last row is for everybody else"), _("write when: always")
            )
        elif not last and row.when == ALWAYS:
            said = _("no row after this one is ever reached")
            self.complain(when.node, when.path, said, _("only the last row is always"))

    def _check_now(self, lines: Lines, node: Node, path: str) -> None:
        if sum(any(line.plain for line in ways) for ways in lines) < _PLAIN_LINES:
            said = _("wanted at least two lines that can be said to everybody")
            self.complain(node, path, said, _("write them without when and needs"))

    # ── conditions ──

    def _when_of(self, given: Mapping[str, Node], path: str, keys: Collection[str]) -> When:
        return self._when(given["when"], join(path, "when"), keys) if "when" in given else NEVER

    def _when(self, node: Node, path: str, keys: Collection[str]) -> When:
        """A condition: `always`, `never`, a map of which all must hold, or a list of maps, any of which will do."""
        if node.kind == SCALAR and node.text in {"always", "never"}:
            return ALWAYS if node.text == "always" else NEVER
        if node.kind == MAP:
            return (self._way(node, path, keys),)
        if node.kind != LIST or not node.items:
            self.unwanted(node, path, _("always, a map, or a list of maps"))
            return NEVER
        return tuple(self._way(item, where, keys) for where, item in self.items(node, path) or ())

    def _way(self, node: Node, path: str, keys: Collection[str]) -> tuple[Check, ...]:
        if node.kind == MAP and not node.pairs:
            self.unwanted(node, path, _("a map, key: value"))
        return tuple(
            self._check(key, value, join(path, key)) for key, value in self._map(node, path, keys).items()
        )

    def _check(self, key: str, node: Node, path: str) -> Check:
        if key in NUMBERS:
            return self._number_check(key, node, path)
        if key in CHOICES or key in DERIVED:
            holds = self.boolean(node, path)
            return Check(key, frozenset({"yes" if holds else "no"}))
        words = _words_of(key)
        if node.kind == SCALAR and node.text.startswith(_NOT):
            return Check(key, frozenset(self._excluded(key, node, path, words)), but=True)
        return Check(key, frozenset(self.choices(node, path, words, least=1) or ()))

    def _excluded(self, key: str, node: Node, path: str, words: tuple[str, ...]) -> Iterator[str]:
        """The words that must not hold: `not woke nor today`; of `not told`, all of a question."""
        at = len(_NOT)
        parts = node.text[at:].split(_NOR)
        if parts == [_TOLD_AT_ALL] and key in QUESTIONS:
            yield from words
            return
        for part in parts:
            bare = node._replace(text=part.strip(), column=node.column + at)
            yield self.choice(bare, path, words) or ""
            at += len(part) + len(_NOR)

    def _number_check(self, key: str, node: Node, path: str) -> Check:
        match = _NUMBER.fullmatch(node.text) if node.kind == SCALAR else None
        if match is None or int(match[1]) > NUMBERS[key]:
            wanted = _("a number up to {most}, as 3, 3 or more, 3 or less").format(most=NUMBERS[key])
            self.unwanted(node, path, wanted)
            return Check(key, least=0)
        number = int(match[1])
        least, most = match[2] != "less", match[2] != "more"
        return Check(key, least=number if least else None, most=number if most else None)

    # ── texts and ids ──

    def _text(self, node: Node, path: str, text_id: str, *, always: bool = True) -> Lines:
        """One sentence, or a list of some that are said in one breath.

        Args:
            node: What is written.
            path: Its path.
            text_id: Of its translation.
            always: Something of it must be said to everybody.
        """
        if node.kind != LIST:
            return ((self._line(node, path, text_id),),)
        lines = self._lines(node, path, text_id)
        if always and lines and not any(line.plain for ways in lines for line in ways):
            said = _("wanted a sentence that can be said to everybody")
            self.complain(node, path, said, _("write one without when and needs"))
        return lines

    def _lines(self, node: Node, path: str, text_id: str) -> Lines:
        """A list of sentences; in a list within it they stand in for one another."""
        items = self.items(node, path, _("a list of sentences")) or []
        if node.kind == LIST and not items:
            self.unwanted(node, path, _("a list of sentences"))
        return tuple(
            self._ways(item, where, f"{text_id}.{number}") for number, (where, item) in enumerate(items, 1)
        )

    def _ways(self, node: Node, path: str, text_id: str) -> tuple[Line, ...]:
        if node.kind != LIST:
            return (self._line(node, path, text_id),)
        items = self.items(node, path) or []
        if not items:
            self.unwanted(node, path, _("a list of sentences"))
        ways = [
            self._line(item, where, f"{text_id}.{number}") for number, (where, item) in enumerate(items, 1)
        ]
        for line, (where, item) in list(zip(ways, items, strict=True))[:-1]:
            if line.plain:
                said = _("no sentence after this one is ever said")
                self.complain(item, where, said, _("only the last one may be without when and needs"))
        return tuple(ways)

    def _line(self, node: Node, path: str, text_id: str) -> Line:
        """A sentence, or a map of one and of when it is said."""
        if node.kind != MAP:
            return Line(text_id, self._sentence(node, path, BLANKS))
        given = self._map(node, path, ("say", "when", "needs"), ("say",))
        return Line(
            text_id,
            self._sentence(given["say"], join(path, "say"), BLANKS) if "say" in given else "",
            self._when_of(given, path, _OF_LINES) if "when" in given else ALWAYS,
            self._needs(given["needs"], join(path, "needs")) if "needs" in given else (),
        )

    def _needs(self, node: Node, path: str) -> tuple[tuple[str, ...], ...]:
        """All that is needed: `H01`, or `H01 or H05` where one of them will do."""
        groups = []
        for where, item in self.items(node, path, _("a list of items, as {words}").format(words="B01")) or ():
            parts = item.text.split(_OR) if item.kind == SCALAR else [""]
            groups.append(tuple(self._id(item._replace(text=part), where, ZONE, STRENGTH) for part in parts))
        return tuple(groups)

    def _sentence(
        self, node: Node, path: str, known: Collection[str] = (), *, longest: int = LONGEST_TEXT
    ) -> str:
        """A text on one line, with no other blanks than those that are known."""
        text = self.text(node, path)
        if text is None:
            return ""
        text = " ".join(text.split())
        if len(text) > longest:
            said = _("{count} characters, wanted at most {longest}")
            self.complain(node, path, said.format(count=len(text), longest=longest))
        try:
            blanks = [name for _text, name, _form, _conversion in Formatter().parse(text) if name is not None]
        except ValueError:
            self.complain(node, path, _("a brace is not closed"), _("blanks are written as {side}"))
            return ""
        for name in blanks:
            if name not in known:
                meant = nearest(name, known)
                words = ", ".join(f"{{{each}}}" for each in known) or _("there are none here")
                hint = _("did you mean {meant}?").format(meant=f"{{{meant}}}") if meant else words
                self.complain(node, path, _("unknown blank {text}").format(text=f"{{{name}}}"), hint)
        return text

    def _ids_of(self, given: Mapping[str, Node], path: str, key: str, *words: str) -> tuple[str, ...]:
        return self._ids(given[key], join(path, key), *words) if key in given else ()

    def _ids(self, node: Node, path: str, *words: str) -> tuple[str, ...]:
        """Ids of the library, and the words that stand for some of them."""
        wanted = _("a list of items, as {words}").format(words=", ".join(("B01", *words)))
        ids = []
        for where, item in self.items(node, path, wanted) or ():
            item_id = self._id(item, where, *words)
            if item_id in ids:
                self.complain(item, where, _("{text} is written twice").format(text=repr(item_id)))
            elif item_id:
                ids.append(item_id)
        return tuple(ids)

    def _id(self, node: Node, path: str, *words: str) -> str:
        if node.kind == SCALAR and (_ITEM.fullmatch(node.text) or node.text in words):
            return node.text
        self.unwanted(node, path, _("an item, as {words}").format(words=", ".join(("B01", *words))))
        return ""

    def _source(self, node: Node, path: str) -> tuple[str, ...]:
        return self.choices(node, path, _SOURCES, least=1) or ()

    # ── maps ──

    def _map(
        self, node: Node, path: str, known: Collection[str], required: Collection[str] = ()
    ) -> dict[str, Node]:
        given = self.mapping(node, path, known)
        if given is None:
            return {}
        for key in required:
            if key not in given:
                self._missing(node, path, key)
        return given

    def _named(self, node: Node, path: str) -> list[tuple[str, Node, str]]:
        """The entries of a map whose keys are names of one's own: name, value and path."""
        entries = []
        for key, value in self.entries(node, path) or ():
            if _NAME.fullmatch(key.text):
                entries.append((key.text, value, join(path, key.text)))
            else:
                self.unwanted(key, path, _("a name of small letters, digits and _"))
        return entries

    def _missing(self, node: Node, path: str, key: str) -> None:
        self.complain(node, path, _("the key {key} is missing").format(key=key))


def _words_of(key: str) -> tuple[str, ...]:
    """The words that a condition on this key may have."""
    if key == "flags":
        return (*RED_FLAGS, *FLAGS)
    if key == "cause":
        return tuple(Cause)
    return QUESTIONS.get(key) or tuple(f"R{number}" for number in range(1, _MOST_ROWS + 1))


def _may_meet(one: When, other: When) -> bool:
    """Whether there may be somebody for whom both conditions hold."""
    return any(
        not any(_exclude(check, against) for check in way for against in facing)
        for way in one
        for facing in other
    )


def _exclude(one: Check, other: Check) -> bool:
    """Whether these two never hold at once."""
    if one.key != other.key or (one.but and other.but):
        return False
    if one.key in NUMBERS:
        least = max(check.least or 0 for check in (one, other))
        return least > min(NUMBERS[one.key] if check.most is None else check.most for check in (one, other))
    if one.but or other.but:
        plain, but = (other, one) if one.but else (one, other)
        return plain.words <= but.words
    return one.key != "flags" and one.words.isdisjoint(other.words)
