"""Another language: which one is asked for, that its catalogue fits the program, and that it reads like us."""

from __future__ import annotations

import ast
import asyncio
import builtins
import io
import itertools
import re
import string
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextvars import copy_context
from gettext import GNUTranslations
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import postured
from postured import catalogue
from postured.cli.main import run
from postured.core import cards, language
from postured.core.language import _, n_, p_
from postured.core.model import AREAS
from postured.core.row import Card
from postured.notify.aside import Aside
from postured.paths import shipped

ROOT = Path(postured.__file__).resolve().parents[1]
TOOL = ROOT / "tools" / "messages"
in_a_clone = pytest.mark.skipif(not TOOL.is_file(), reason="only a clone has the project's own tools")


def mo(texts: Mapping[str, str]) -> bytes:
    """A small catalogue in the format of GNU gettext."""
    header = "Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    pairs = sorted({"": header, **texts}.items())
    ids, strings, where = b"", b"", []
    for key, text in pairs:
        where.append((len(ids), len(key.encode()), len(strings), len(text.encode())))
        ids += key.encode() + b"\0"
        strings += text.encode() + b"\0"
    start = 28 + 16 * len(pairs)
    table = [number for at, size, *_rest in where for number in (size, start + at)]
    table += [number for *_rest, at, size in where for number in (size, start + len(ids) + at)]
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + struct.pack(f"<{len(table)}I", *table) + ids + strings


GERMAN = mo(
    {
        "Break counted": "Pause gezählt",
        "{count} day\0{count} days": "{count} Tag\0{count} Tage",
        "B01.title\x04Tall reset": "Aufrichten",
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogues for German and for Brazilian Portuguese."""
    for name, data in (("de", GERMAN), ("pt_BR", mo({"Break counted": "Pausa contada"}))):
        place = tmp_path / name / "LC_MESSAGES"
        place.mkdir(parents=True)
        (place / "postured.mo").write_bytes(data)
    return tmp_path


# ── which language ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, None),
        ({"LANG": "de_DE.UTF-8"}, "Pause gezählt"),
        ({"LANG": "de"}, "Pause gezählt"),
        ({"LANG": "de_AT.UTF-8@euro"}, "Pause gezählt"),
        ({"LANG": "de@euro"}, "Pause gezählt"),
        ({"LANG": "pt_BR.UTF-8"}, "Pausa contada"),
        ({"LANG": "pt_PT.UTF-8"}, None),
        ({"LANG": "fr_FR.UTF-8"}, None),
        ({"LANG": "en_GB.UTF-8"}, None),
        ({"LANG": "C"}, None),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "POSIX"}, None),
        ({"LANG": "en_US", "LC_MESSAGES": "de_DE"}, "Pause gezählt"),
        ({"LANG": "de_DE", "LC_MESSAGES": "en_US"}, None),
        ({"LANG": "en_US", "LC_MESSAGES": "en_US", "LC_ALL": "de_DE"}, "Pause gezählt"),
        ({"LANG": "de_DE", "LC_ALL": ""}, "Pause gezählt"),
        ({"LANG": "de_DE", "LC_ALL": "C"}, None),
        ({"LANGUAGE": "de", "LANG": "en_US.UTF-8"}, "Pause gezählt"),
        ({"LANGUAGE": "fr:de:en", "LANG": "en_US.UTF-8"}, "Pause gezählt"),
        ({"LANGUAGE": "en:de", "LANG": "de_DE.UTF-8"}, None),
        ({"LANGUAGE": "C:de", "LANG": "de_DE.UTF-8"}, None),
        ({"LANGUAGE": "", "LANG": "de_DE.UTF-8"}, "Pause gezählt"),
        ({"LANGUAGE": ":de", "LANG": "fr_FR.UTF-8"}, "Pause gezählt"),
        ({"LANGUAGE": "de", "LANG": "C"}, None),
        ({"LANGUAGE": "de"}, None),
        ({"LANG": "d\0e"}, None),
    ],
    ids=str,
)
def test_the_environment_says_which_language(folder: Path, env: Mapping[str, str], said: str | None) -> None:
    found = catalogue.find(env, folder)
    assert (found and found.gettext("Break counted")) == said


def test_a_region_comes_before_its_language(folder: Path) -> None:
    place = folder / "de_AT" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "postured.mo").write_bytes(mo({"Break counted": "Jause gezählt"}))
    found = catalogue.find({"LANG": "de_AT.UTF-8"}, folder)
    assert found is not None
    assert found.gettext("Break counted") == "Jause gezählt"


def test_a_catalogue_from_elsewhere_is_none_of_ours(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    assert "." not in str(folder), "or the name is cut short before it leads anywhere"
    assert catalogue.find({"LANG": f"{folder}/de"}, empty) is None


@given(env=st.dictionaries(st.sampled_from(["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"]), st.text()))
def test_no_language_is_an_error(env: dict[str, str]) -> None:
    catalogue.find(env, shipped("locale"))


@pytest.mark.parametrize("data", [b"", b"\xde\x12\x04\x95", b"not a catalogue", GERMAN[:-40], b"\0" * 400])
def test_a_damaged_catalogue_leaves_english(folder: Path, data: bytes) -> None:
    (folder / "de" / "LC_MESSAGES" / "postured.mo").write_bytes(data)
    assert catalogue.find({"LANG": "de_DE.UTF-8"}, folder) is None


@given(data=st.binary(), at=st.integers(0, len(GERMAN)))
def test_no_catalogue_is_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int) -> None:
    place = tmp_path_factory.getbasetemp() / "any" / "de" / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    (place / "postured.mo").write_bytes(GERMAN[:at] + data + GERMAN[at + len(data) :])
    catalogue.find({"LANG": "de"}, place.parents[1])


@pytest.mark.parametrize(
    ("lang", "loaded"), [("en_US.UTF-8", "False"), ("C", "False"), ("fr_FR", "False"), ("de_DE", "True")]
)
def test_only_another_language_loads_anything(folder: Path, lang: str, loaded: str) -> None:
    program = f"""
import sys
from pathlib import Path
from postured import catalogue
catalogue.find({{"LANG": {lang!r}}}, Path({str(folder)!r}))
print("gettext" in sys.modules)
"""
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    assert told.stdout.strip() == loaded


# ── who speaks it ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def german(folder: Path) -> Iterator[None]:
    """Everything is said in German."""
    language.speak(catalogue.find({"LANG": "de"}, folder))
    yield
    language.speak(None)


@pytest.mark.usefixtures("german")
def test_what_has_a_translation_is_said_in_it() -> None:
    assert _("Break counted") == "Pause gezählt"
    assert [n_("{count} day", "{count} days", n) for n in (1, 2)] == ["{count} Tag", "{count} Tage"]
    assert p_("B01.title", "Tall reset") == "Aufrichten"


@pytest.mark.usefixtures("german")
def test_a_text_that_was_changed_stays_english() -> None:
    """Somebody's own `B01`, or one that is newer than the translation."""
    assert p_("B01.title", "Very tall reset") == "Very tall reset"
    assert p_("B02.title", "Tall reset") == "Tall reset"
    assert p_("B01.why", "") == ""


@pytest.mark.usefixtures("german")
def test_what_is_said_from_a_thread_is_in_the_same_language() -> None:
    said = []
    asyncio.run(Aside("a thread", limit_s=5).run(lambda: said.append(_("Break counted"))))
    assert said == ["Pause gezählt"]


def told(*argv: str, env: Mapping[str, str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    assert run(argv, env, out, err) == 0, err.getvalue()
    return out.getvalue()


def test_a_run_speaks_the_language_of_its_environment_and_leaves_no_trace_of_it(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "PATH": "/nowhere"}
    english = told("show", "B01", env=home)
    german = told("show", "B01", env={**home, "LANG": "de_DE.UTF-8"})
    assert _("Break counted") == "Break counted"
    assert "Tall reset" in english
    assert "Aufrichten" in german
    assert "Tall reset" not in german
    assert told("show", "B01", env=home) == english


# ── how texts are marked ──────────────────────────────────────────────────────────────────────────

MARKS = ("_", "n_", "p_")


def marked(tree: ast.AST, marks: tuple[str, ...] = MARKS) -> Iterator[ast.Call]:
    """The calls that mark a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks:
            yield node


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """The syntax of every module but the one that defines the marks."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "postured").rglob("*.py"))
        if path.name != "language.py"
    }


def test_only_whole_texts_are_marked(trees: dict[str, ast.Module]) -> None:
    """What is put together is found in no catalogue. Texts of the library are found by their id."""

    def is_whole(call: ast.Call, text: ast.expr, *, has_table: bool) -> bool:
        mark = ast.unparse(call.func)
        if mark == "p_" and isinstance(text, ast.JoinedStr):
            return True
        if mark == "_" and isinstance(text, ast.Name):
            return has_table  # of texts that `N_` marks where they stand
        return isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value != ""

    wrong = [
        f"{file}:{call.lineno}"
        for file, tree in trees.items()
        for has_table in [any(marked(tree, ("N_",)))]
        for call in marked(tree, (*MARKS, "N_"))
        for text in call.args[: 2 if ast.unparse(call.func) == "n_" else 1]
        if not is_whole(call, text, has_table=has_table)
    ]
    assert wrong == []


def test_no_text_is_translated_before_the_language_is_known(trees: dict[str, ast.Module]) -> None:
    """That is, when a module is imported: at its top, in a class, as a default argument."""

    def early(node: ast.AST) -> Iterator[ast.Call]:
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
                yield from early(part)
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            yield node
        for child in ast.iter_child_nodes(node):
            yield from early(child)

    assert [f"{file}:{call.lineno}" for file, tree in trees.items() for call in early(tree)] == []


def test_nobody_hides_the_mark_behind_a_variable(trees: dict[str, ast.Module]) -> None:
    """`_` for a value that nobody wants would be what is called for the next text."""

    def binds(node: ast.AST) -> bool:
        if isinstance(node, ast.comprehension):  # its names end with it
            return any(binds(child) for child in (node.iter, *node.ifs))
        stored = isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
        return stored or any(map(binds, ast.iter_child_nodes(node)))

    hidden = [
        f"{file}:{node.lineno} {node.name}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if binds(node) and any(marked(node, ("_",)))
    ]
    assert hidden == []


SPEAKERS = {"print", "say", "complain", "wrapped", "add_argument", "add_parser", "ArgumentParser"} | {
    "Change", "Delivery", "NoHistory", "Problem", "Status",
}  # fmt: skip
"""Whatever is given a text that a person reads; errors are as well."""
WORDS = re.compile(r"[^\W\d_]{2,}[,:;]? [^\W\d_]{2,}")
COMMAND = re.compile(r"\s*(?:postured|systemctl|journalctl) ")
UNMARKED = {
    "postured/core/document.py: is no node": "a mistake in the program",
    "postured/core/durations.py: s is no duration": "a mistake in the program",
    "postured/core/snapshot.py: is no JSON array": "of a damaged state: quoted as it is, for a report",
    "postured/core/snapshot.py: is no JSON object": "of a damaged state: quoted as it is, for a report",
    "postured/core/snapshot.py: is no number": "of a damaged state: quoted as it is, for a report",
    "postured/core/snapshot.py: is no time of ours": "of a damaged state: quoted as it is, for a report",
    "postured/daemon/life.py: last good": "a key",
    "postured/daemon/life.py: not opened yet": "it is opened before the first question is answered",
    "postured/daemon/start.py: last good": "a key",
    "postured/daemon/schedule.py: the shipped schedule is broken:": "a mistake in the program",
    "postured/history.py: no time:": "a mistake in the program",
    "postured/sense/suspend.py: no such timer on this system": "it is caught, and nobody is told",
}
"""Texts that look as if they had to be marked, and why they need not."""


def called(call: ast.Call) -> str:
    """The name of the function, method or class that is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """The names that are read (`Load`) or bound (`Store`) within it."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def bare(node: ast.AST) -> Iterator[str]:
    """The texts of two words or more that are not marked."""
    if isinstance(node, ast.Call) and called(node) in (*MARKS, "N_"):
        return
    text = node.value if isinstance(node, ast.Constant) else None
    if isinstance(text, str) and WORDS.search(text) and not COMMAND.match(text):
        yield text.strip()
    for child in ast.iter_child_nodes(node):
        yield from bare(child)


def said(part: ast.AST, speakers: set[str]) -> list[ast.expr]:
    """What speakers are given in a part of a module."""
    calls = [node for node in ast.walk(part) if isinstance(node, ast.Call) and called(node) in speakers]
    return [given for call in calls for given in (*call.args, *(keyword.value for keyword in call.keywords))]


def said_by_name(function: ast.AST, speakers: set[str]) -> Iterator[ast.AST]:
    """Where the names that speakers are given get their value."""
    wanted = {name for given in said(function, speakers) for name in names(given, ast.Load)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and names(node, ast.Store) & wanted:
            yield node


def test_whatever_is_said_is_marked(trees: dict[str, ast.Module]) -> None:
    nodes = {file: list(ast.walk(tree)) for file, tree in trees.items()}
    classes = [node for found in nodes.values() for node in found if isinstance(node, ast.ClassDef)]
    own = {
        each.name
        for each in classes
        if re.search(r"(?:Error|Exception)\b", str([*map(ast.unparse, each.bases)]))
    }
    assert {"CommandError", "BusError", "NoDaemon"} <= own
    speakers = SPEAKERS | own | {name for name in vars(builtins) if name.endswith("Error")}
    functions = [
        (file, node)
        for file, found in nodes.items()
        for node in found
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    parts: list[tuple[str, ast.AST]]
    parts = [(file, given) for file, tree in trees.items() for given in said(tree, speakers)]
    parts += [(file, value) for file, function in functions for value in said_by_name(function, speakers)]
    found = {f"{file}: {text}" for file, part in parts for text in bare(part)}
    assert sorted(found - UNMARKED.keys()) == []
    assert sorted(UNMARKED.keys() - found) == [], "it is marked by now, or gone"


# ── the catalogues that ship ──────────────────────────────────────────────────────────────────────

LANGUAGES = sorted(path.name for path in shipped("locale").iterdir()) if shipped("locale").is_dir() else []
LIMITS = {"title": 48, "summary": 60, "how": 80}
COMMANDS = re.compile(
    r"\bpostured (?:run|status|why|pause|resume|now|done|later|skip|answer|knot|show|library|config|plan|simulate|stats"
    r"|history|login|doctor)\b(?: (?:check|edit|path|show|add|enable|disable)\b)?"
)
NEVER_SAID = {
    "de": r"(?i:\bheil(?:t|en|ung|bar)\b|geheilt|beseitig|schmerzfrei|\blinder(?:t|n|ung)|garantier|bandscheibe"
    r"|wundermittel|diagnos|therapie|verschwindet|\bsicher gegen\b|hilft (?:sicher|immer))"
    r"|\bKnoten\b|\b(?:Sie|Ihnen|Ihre?[nmrs]?)\b",
}
"""No promise, no diagnosis, nothing that frightens; and nobody is addressed formally."""
COMPLETE = (
    "config/library/",
    "postured/core/cards.py",
    "postured/core/names.py",
    "postured/core/wording.py",
)
"""Everything a notice can say must be there; what else is missing is said in English."""


def shipped_texts(name: str) -> list[tuple[str, str, str]]:
    """Context, text and translation of every entry; of plurals each form."""
    with (shipped("locale") / name / "LC_MESSAGES" / "postured.mo").open("rb") as stream:
        entries: dict[Any, str] = GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    found = []
    for key, translation in entries.items():
        full = key[0] if isinstance(key, tuple) else key
        context, _mark, text = full.rpartition("\x04")
        if text:
            found.append((context, text, translation))
    return found


def placeholders(text: str) -> Counter[tuple[object, ...]]:
    try:
        return Counter(part[1:] for part in string.Formatter().parse(text) if part[1] is not None)
    except ValueError:  # braces that are never filled in
        return Counter((mark,) for mark in text if mark in "{}")


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_have_the_places_of_the_original(name: str) -> None:
    wrong = [text for _c, text, said in shipped_texts(name) if placeholders(said) != placeholders(text)]
    assert wrong == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_join_on_as_the_original_does(name: str) -> None:
    """Spaces and commas at the ends, and lines."""

    def ends(text: str) -> tuple[object, ...]:
        start = re.match(r"[\s,;]*", text)
        return start and start[0], text[len(text.rstrip()) :], text.count("\n")

    assert [text for _c, text, said in shipped_texts(name) if ends(said) != ends(text)] == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_name_the_same_commands(name: str) -> None:
    wrong = [
        text
        for _c, text, said in shipped_texts(name)
        if Counter(COMMANDS.findall(said)) != Counter(COMMANDS.findall(text))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_fit_into_a_notice(name: str) -> None:
    long = [
        (context, len(said))
        for context, _text, said in shipped_texts(name)
        if len(said) > LIMITS.get(context.rpartition(".")[2], 1000)
    ]
    assert long == []


@pytest.mark.parametrize("name", sorted(NEVER_SAID))
def test_translations_promise_nothing_and_name_no_diagnosis(name: str) -> None:
    never = re.compile(NEVER_SAID[name])
    assert [(found[0], said) for _c, _t, said in shipped_texts(name) if (found := never.search(said))] == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_card_is_cut_short_by_its_translation(name: str) -> None:
    def titles() -> list[str]:
        language.speak(catalogue.find({"LANG": name}, shipped("locale")))
        kinds = [*cards._plain(2), *cards._OF_ITEM]
        places = itertools.product(AREAS, ("left", "right", "both"))
        rows = [Card(kind, area=area, side=side) for area, side in places for kind in kinds]
        return [cards.text(card, None).title for card in rows]

    assert {title for title in copy_context().run(titles) if title.endswith("…")} == set()


# ── the catalogues and the texts in use ───────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tool() -> Any:
    """`tools/messages`."""
    pytest.importorskip("babel", reason="Babel is not installed")
    loader = SourceFileLoader("messages", str(TOOL))
    spec = spec_from_loader("messages", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def po(name: str) -> Path:
    return ROOT / "config" / "locale" / name / "LC_MESSAGES" / "postured.po"


@in_a_clone
@pytest.mark.parametrize("name", LANGUAGES)
def test_a_catalogue_has_exactly_the_texts_in_use(tool: Any, name: str) -> None:
    """If not: tools/messages update, translate, tools/messages compile."""
    used = {(message.id, message.context) for message in tool.template() if message.id}
    here = {(message.id, message.context) for message in tool.read(po(name)) if message.id}
    assert used - here == set(), "new texts"
    assert here - used == set(), "texts that are gone"
    assert list(tool.read(po(name)).obsolete) == []


@in_a_clone
@pytest.mark.parametrize("name", LANGUAGES)
def test_a_catalogue_is_compiled(tool: Any, name: str) -> None:
    compiled = GNUTranslations(io.BytesIO(tool.as_mo(tool.read(po(name)))))
    with po(name).with_suffix(".mo").open("rb") as stream:
        assert vars(GNUTranslations(stream))["_catalog"] == vars(compiled)["_catalog"]


@in_a_clone
@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("part", COMPLETE)
def test_what_matters_is_translated(tool: Any, name: str, part: str) -> None:
    missing = [
        (message.context or "", message.id)
        for message in tool.read(po(name))
        if message.id and tool.is_missing(message)
        if any(file.startswith(part) for file, _line in message.locations)
    ]
    assert missing == []


@in_a_clone
@pytest.mark.parametrize("name", LANGUAGES)
def test_the_tool_changes_nothing_that_is_up_to_date(tool: Any, name: str) -> None:
    once = tool.as_po(tool.merged(tool.read(po(name))))
    assert tool.as_po(tool.merged(tool.read_po(io.BytesIO(once), locale=name))) == once


@in_a_clone
def test_a_changed_text_keeps_its_old_translation_as_a_doubtful_one(tool: Any) -> None:
    old = tool.template(tool.Locale.parse("de"))
    title = next(message for message in old if message.context == "B01.title")
    changed = tool.Steady(locale="de")
    changed.add("Some other title", "Ein anderer Titel", context="B01.title")
    new = next(message for message in tool.merged(changed) if message.context == "B01.title")
    assert (new.id, new.string, new.fuzzy) == (title.id, "Ein anderer Titel", True)
    assert tool.is_missing(new)
