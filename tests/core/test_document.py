from __future__ import annotations

import time as clock
from collections.abc import Callable
from datetime import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from postured.core import document
from postured.core.document import LIST, MAP, SCALAR, UNREADABLE, Node, Reader, decode, parse
from postured.core.model import NEVER, Problem


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here is promised with the C parser and without it."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader")


def tree(text: str) -> Node:
    node, problems = parse(text, "f.yaml")
    assert problems == []
    assert node is not None
    return node


def only_problem(text: str) -> Problem:
    _, problems = parse(text, "f.yaml")
    assert len(problems) == 1, problems
    return problems[0]


def value(text: str) -> Node:
    """Return the node of `k` in `k: text`."""
    return tree(f"k: {text}").pairs[0][1]


# ── bytes ──


def test_utf8_is_decoded_with_and_without_a_mark() -> None:
    assert decode("a: ü".encode(), "f") == ("a: ü", [])
    assert decode(b"\xef\xbb\xbfa: 1", "f") == ("a: 1", [])


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (b"x" * (10 << 20), 1, 1, "too large"),
        ("a: 1".encode("utf-16"), 1, 1, "UTF-16"),
        (b"\x7fELF\x01\0\0", 1, 6, "binary"),
        (b"a: 1\nb: \xfc\n", 2, 4, "0xfc is no UTF-8"),
        ("ü: ".encode() + b"\xff", 1, 4, "0xff is no UTF-8"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, line: int, column: int, words: str) -> None:
    text, problems = decode(data, "f")
    assert text is None
    assert [(p.line, p.column) for p in problems] == [(line, column)]
    assert words in problems[0].message


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    text, problems = decode(data, "f")
    assert (text is None) == bool(problems)
    if text is not None:
        parse(text, "f")


# ── the tree ──


def test_scalars_stay_the_text_that_was_written() -> None:
    """The guesses of YAML 1.1 do not exist."""
    for text in ("9:30", "on", "010", "1e3", "0x10", "~", "null", "2001-01-01", ".inf", "1_000", "yes"):
        assert value(text)[3:5] == (text, False)
    assert value('"on"')[3:5] == ("on", True)
    assert value("''")[3:5] == ("", True)


def test_times_need_no_quotes_inside_brackets() -> None:
    node = value("{at: 9:30, days: [mon, tue]}")
    assert [(k.text, v.text) for k, v in node.pairs] == [("at", "9:30"), ("days", "")]
    assert [item.text for item in node.pairs[1][1].items] == ["mon", "tue"]


def test_nodes_know_their_line_and_column_from_one() -> None:
    top = tree("a: 1\nb:\n  - ü: x\n    c: 2\n")
    assert (top.kind, top.line, top.column) == (MAP, 1, 1)
    key, items = top.pairs[1]
    assert (key.line, key.column) == (2, 1)
    assert (items.kind, items.line, items.column) == (LIST, 3, 3)
    last_key, last = items.items[0].pairs[1]
    assert (last_key.line, last_key.column, last.kind, last.line, last.column) == (4, 5, SCALAR, 4, 8)


@pytest.mark.parametrize("text", ["", "\n\n", "# only words\n", "---\n", "\ufeff"])
def test_an_empty_text_has_no_tree_and_no_problem(text: str) -> None:
    assert parse(text, "f") == (None, [])


def test_a_blank_value_is_told_from_an_empty_text() -> None:
    assert value("").blank
    assert not value("''").blank


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a:\n\tb: 1", 2, 1, "a tab"),
        ("a: 1\n\tb: 2", 2, 1, "a tab"),
        ("a: {b: 1,\n\tc: @}", 2, 1, "a tab"),
        ("a: b: c", 1, 5, "a second colon"),
        ("a: 1\n  b: 2\n", 2, 1, "indented deeper"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "not indented as its neighbours"),
        ("after:20m\npause: 1m\n", 1, 1, "no colon followed by a space"),
        ("a: 1\n\n# x\nafter:20m\nb: 1", 4, 1, "no colon"),
        ("a: {b: 1\nc: {d: 2}\n", 1, 4, "the bracket that opens here"),
        ("a: [1, 2\nb: 3\n", 1, 4, "the bracket that opens here"),
        ("a: 'x\nb: 2\n", 1, 4, "the quote that opens here"),
        ('a: "x\nb: 2\n', 1, 4, "the quote that opens here"),
        ("a: @x", 1, 4, "no value begins with this"),
        ("a: `x`", 1, 4, "no value begins with this"),
        ("a: %x", 1, 4, "no value begins with this"),
        ("a: - b", 1, 4, "a dash in the middle"),
        ("- a\nb: 1", 2, 1, "not indented as its neighbours"),
        ("a: ]", 1, 4, "a bracket is too many"),
        ("a: *", 1, 5, "needs quotes"),
        ("a: 1\n---\nb: 2", 2, 1, "a second document"),
        ("a: &x 1\nb: *x", 2, 4, "*x refers to another place"),
        ("a: !!python/object/apply:os.system [ls]", 1, 4, "the tag"),
        ("a: !x y", 1, 4, "the tag '!x'"),
        ("a: 1\nb: \0", 2, 4, "U+0000"),
        ("a: \x1b[31m", 1, 4, "U+001B"),
        ("a: \ud800", 1, 4, "U+D800"),
        ("a: 1\nb: \ufeff2", 2, 4, "U+FEFF"),
        ("x" * (2 << 20), 1, 1, "too large"),
        ("a:\n  b: 1\n\xa0 c: 'x\n", 3, 6, ""),
    ],
)
def test_broken_form_is_one_problem_at_its_place(text: str, line: int, column: int, words: str) -> None:
    problem = only_problem(text)
    assert (problem.file, problem.line) == ("f.yaml", line)
    assert problem.column == column or not words
    assert words in problem.message
    assert len(str(problem)) < 250


def test_a_tag_or_an_alias_does_not_hide_the_rest() -> None:
    node, problems = parse("a: *x\nb: !y 2\nc: 3", "f")
    assert node is not None
    assert [(p.line, p.column) for p in problems] == [(1, 4), (2, 4)]
    assert node.pairs[0][1].kind == UNREADABLE
    assert [v.text for _, v in node.pairs[1:]] == ["2", "3"]


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000, "[{a: " * 50_000 + "1" + "}]" * 50_000],
    ids=["lists", "maps", "dashes", "keys", "both"],
)
def test_no_nesting_exhausts_anything(text: str) -> None:
    began = clock.perf_counter()
    assert "inside one another" in only_problem(text).message
    assert clock.perf_counter() - began < 5


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    _, problems = parse("\n".join(lines), "f")
    assert len(problems) == 2 * 59


def test_there_is_an_end_to_the_number_of_values() -> None:
    problem = only_problem("[" + "a," * 60_000 + "]")
    assert "more than 50000 values" in problem.message


@given(st.text(alphabet="ab:-[]{}'\"#,&*!|>%@`? \n\t\r\x85\u2028\xa0\ufeff01~", max_size=60))
def test_any_text_is_a_tree_or_a_problem_inside_it(text: str) -> None:
    node, problems = parse(text, "f")
    lines = len(document._LINE_END.split(text)) + 1
    for problem in problems:
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.message
    if node is not None:
        Reader("f").mapping(node, "", ["a"])


# ── the reader ──


def read(text: str, take: Callable[[Reader, Node], object]) -> tuple[object, list[Problem]]:
    reader = Reader("f")
    return take(reader, value(text)), reader.problems


def refused(text: str, take: Callable[[Reader, Node], object]) -> Problem:
    got, problems = read(text, take)
    assert got is None
    assert len(problems) == 1
    assert (problems[0].file, problems[0].line, problems[0].path) == ("f", 1, "p")
    return problems[0]


def test_unknown_keys_are_named_with_the_nearest_known_one() -> None:
    reader = Reader("f")
    node = tree("idle-After: 1\nzzz: 2\nspacing: 3")
    known = reader.mapping(node, "work", ["idle_after", "counts"], {"spacing": "notify"})
    assert known == {}
    assert [(p.line, p.path, p.hint) for p in reader.problems] == [
        (1, "work.idle-After", "did you mean idle_after?"),
        (2, "work.zzz", "known here: counts, idle_after"),
        (3, "work.spacing", "it belongs under notify"),
    ]


def test_a_key_without_a_space_after_its_colon_is_understood() -> None:
    reader = Reader("f")
    reader.mapping(value("{after:20m, pause: 1m}"), "r", ["after", "pause"])
    assert [p.hint for p in reader.problems] == ["write a space after the colon: after: 20m"]


def test_a_comma_that_ends_a_value_too_early_is_understood() -> None:
    reader = Reader("f")
    reader.mapping(value("{days: mon, thu}"), "r", ["days", "at"])
    assert [p.hint for p in reader.problems] == [
        "if it belongs to the value before it, put quotes around both"
    ]


def test_a_key_written_twice_is_a_problem_that_names_both_lines() -> None:
    reader = Reader("f")
    known = reader.mapping(tree("a: 1\nb: 2\na: 3\na: 4\n"), "", ["a", "b"])
    assert known is not None
    assert known["a"].text == "1"
    assert [p.line for p in reader.problems] == [3, 4]
    assert all("first on line 1" in p.message for p in reader.problems)


def test_keys_are_words() -> None:
    reader = Reader("f")
    reader.mapping(tree("[a, b]: 1\n? \n: 2\n{c: d}: 3\n"), "", ["a"])
    assert len(reader.problems) == 3


def test_text() -> None:
    assert read("'on'", lambda r, n: r.text(n, "p")) == ("on", [])
    assert "found a list" in refused("[a]", lambda r, n: r.text(n, "p")).message
    assert "found nothing" in refused("", lambda r, n: r.text(n, "p")).message
    assert "4 characters, wanted at most 3" in refused("four", lambda r, n: r.text(n, "p", longest=3)).message


def test_boolean_is_read_from_the_text() -> None:
    for word in ("true", "True", "yes", "ON"):
        assert read(word, lambda r, n: r.boolean(n, "p")) == (True, [])
    for word in ("false", "no", "Off"):
        assert read(word, lambda r, n: r.boolean(n, "p")) == (False, [])
    for word in ("1", "maybe", "", "[true]", "{a: b}"):
        assert "wanted true or false" in refused(word, lambda r, n: r.boolean(n, "p")).message


def test_integer_and_number() -> None:
    assert read("010", lambda r, n: r.integer(n, "p", 0, 10)) == (10, [])
    assert read("-1", lambda r, n: r.integer(n, "p", -1, 10)) == (-1, [])
    assert read("2.5", lambda r, n: r.number(n, "p", 0, 10)) == (2.5, [])
    for text in ("11", "-1", "2.5", "0x1", "1e1", "two", "1_0", "9" * 5000, "true", "[1]", "\u0665"):
        assert "a whole number from 0 to 10" in refused(text, lambda r, n: r.integer(n, "p", 0, 10)).message
    for text in ("11", "nan", ".inf", "1e1", ""):
        assert "a number from 0 to 10" in refused(text, lambda r, n: r.number(n, "p", 0, 10)).message


def test_choice_and_choices() -> None:
    words = ("call", "fullscreen", "dnd")
    assert read("dnd", lambda r, n: r.choice(n, "p", words)) == ("dnd", [])
    assert refused("Call", lambda r, n: r.choice(n, "p", words)).hint == "did you mean call?"
    assert refused("x", lambda r, n: r.choice(n, "p", words)).hint == ""
    assert read("[dnd, call]", lambda r, n: r.choices(n, "p", words)) == (("dnd", "call"), [])
    assert read("dnd", lambda r, n: r.choices(n, "p", words)) == (("dnd",), [])
    assert read("[]", lambda r, n: r.choices(n, "p", words)) == ((), [])
    assert "at least 1" in refused("[]", lambda r, n: r.choices(n, "p", words, least=1)).message
    assert "found nothing" in refused("", lambda r, n: r.choices(n, "p", words)).message


def test_every_bad_item_of_a_list_is_named_by_its_index() -> None:
    _, problems = read("[dnd, cal, [x], dnd]", lambda r, n: r.choices(n, "p", ("call", "dnd")))
    assert [p.path for p in problems] == ["p[1]", "p[2]", "p[3]"]


def test_duration() -> None:
    assert read("20m", lambda r, n: r.duration(n, "p", 1, 3600)) == (1200.0, [])
    assert read("Never", lambda r, n: r.duration(n, "p", 1, 3600, never=True)) == (NEVER, [])
    assert "no duration" in refused("never", lambda r, n: r.duration(n, "p", 1, 3600)).message
    assert "has no unit" in refused("20", lambda r, n: r.duration(n, "p", 1, 3600)).message
    assert "wanted 1s to 1h" in refused("2h", lambda r, n: r.duration(n, "p", 1, 3600)).message
    assert "wanted 1s to 1h" in refused("0s", lambda r, n: r.duration(n, "p", 1, 3600)).message
    assert "or never" in refused("soon", lambda r, n: r.duration(n, "p", 1, 3600, never=True)).hint
    assert "found a list" in refused("[1m]", lambda r, n: r.duration(n, "p", 1, 3600)).message


def test_time_of_day() -> None:
    for text in ("9:30", "09:30", "'09:30'"):
        assert read(text, lambda r, n: r.time_of_day(n, "p")) == (time(9, 30), [])
    hints = {
        "9.30": "09:30", "9am": "09:00", "12am": "00:00", "5 pm": "17:00", "9h30": "09:30", "0930": "09:30",
        "24:00": "", "25:00": "", "9:60": "", "noon": "", "[9]": "",
    }  # fmt: skip
    for text, hint in hints.items():
        assert hint in refused(text, lambda r, n: r.time_of_day(n, "p")).hint


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon, wed, fri", {0, 2, 4}),
        ("[mon, wed-fri]", {0, 2, 3, 4}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("weekend", {5, 6}),
        ("daily", set(range(7))),
        ("fri-mon", {4, 5, 6, 0}),
        ("Monday \N{EN DASH} Wednesday", {0, 1, 2}),
        ("sun", {6}),
        ("sun-sun", {6}),
    ],
)
def test_days(text: str, days: set[int]) -> None:
    assert read(text, lambda r, n: r.days(n, "p")) == (frozenset(days), [])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("mon-fry", "did you mean mon-fri?"),
        ("wendesday", "did you mean wednesday?"),
        ("weekends", "did you mean weekend?"),
        ("mon-", ""),
        ("mon-tue-wed", ""),
        ("1-5", ""),
        ("", ""),
        ("[]", ""),
        ("{mon: tue}", ""),
    ],
)
def test_what_are_no_days_is_refused(text: str, hint: str) -> None:
    problem = refused(text, lambda r, n: r.days(n, "p"))
    assert problem.hint == hint
    assert "wanted days as mon-fri" in problem.message


def test_what_was_complained_about_is_passed_over_in_silence() -> None:
    node, problems = parse("k: *x", "f")
    assert node is not None
    reader = Reader("f", problems)
    bad = node.pairs[0][1]
    assert reader.duration(bad, "k", 1, 2) is None
    assert reader.mapping(bad, "k", []) is None
    assert reader.choices(bad, "k", ["a"]) is None
    assert reader.days(bad, "k") is None
    assert reader.problems == problems


def test_there_is_an_end_to_the_problems_and_to_the_work_on_them() -> None:
    reader = Reader("f")
    began = clock.perf_counter()
    reader.mapping(tree("\n".join(f"kez{n}: 1" for n in range(20_000))), "", [f"key{n}" for n in range(30)])
    assert len(reader.problems) == document.MOST_PROBLEMS
    assert clock.perf_counter() - began < 10


def test_what_cannot_be_printed_does_not_reach_the_terminal_through_a_path() -> None:
    node, _ = parse('"\\x1b[2Jfoo\\nbar": 1', "f")
    assert node is not None
    reader = Reader("f")
    reader.mapping(node, "", ["known"])
    (problem,) = reader.problems
    assert str(problem).isprintable()
