"""`postured config`: where it is, whether it is good, and what is wrong with it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from postured.paths import shipped
from tests.fakes_life import PLAN

# ── path ──────────────────────────────────────────────────────────────────────────────────────────


def test_path_is_printed_whether_or_not_it_is_there(shell: Any) -> None:
    assert shell("config", "path") == (0, f"{shell.config}\n", "")
    assert shell("config", "path", "--json").json == {"path": str(shell.config), "exists": False}
    shell.write(PLAN)
    assert shell("config", "path", "--json").json["exists"] is True


def test_path_obeys_the_environment_and_the_option(shell: Any) -> None:
    assert shell("config", "path", env={"XDG_CONFIG_HOME": "/c"}).out == "/c/postured/postured.yaml\n"
    assert shell("config", "path", "--config", "/x.yaml").out == "/x.yaml\n"


# ── check ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_file_is_called_good(shell: Any) -> None:
    path = shell.write(PLAN)
    assert shell("config", "check") == (0, f"{path} is good.\n", "")
    assert shell("config", "check", "--json").json == {"ok": True, "problems": []}


def test_the_shipped_file_is_good(shell: Any) -> None:
    assert shell("config", "check", str(shipped("postured.yaml"))).code == 0


def test_without_a_file_the_default_applies(shell: Any) -> None:
    told = shell("config", "check")
    assert told.code == 0
    assert "not there yet" in told.out


def test_every_problem_is_told_with_its_place_and_a_hint(shell: Any) -> None:
    path = shell.write(
        "wrok: {idle_after: 60s}\nreminders:\n  reset: {after: 20 mn, pause: 60s}\n  reset: {after: 5m}\n"
    )
    told = shell("config", "check", "--json")
    assert told.code == 78
    assert told.json["ok"] is False
    problems = told.json["problems"]
    assert {tuple(p) for p in problems} == {("file", "line", "column", "path", "message", "hint")}
    assert {(p["file"], p["line"]) for p in problems} == {(str(path), 1), (str(path), 3), (str(path), 4)}
    (first,) = (p for p in problems if p["line"] == 1)
    assert (first["column"], first["path"]) == (1, "wrok")
    assert "work" in first["hint"]


def test_the_text_of_check_is_for_editors_that_jump_to_a_line(shell: Any) -> None:
    path = shell.write("wrok: {}\n" + PLAN)
    told = shell("config", "check")
    assert told.code == 78
    assert told.out.startswith(f"{path}:1:1: ")


def test_a_named_file_is_checked_and_not_ones_own(shell: Any, tmp_path: Path) -> None:
    shell.write("wrok: {}\n")
    other = tmp_path / "other.yaml"
    other.write_text(PLAN)
    assert shell("config", "check", str(other)).code == 0
    assert shell("config", "check", "--config", str(other)).code == 0


def test_own_items_are_checked_as_well(shell: Any) -> None:
    shell.write(PLAN)
    folder = shell.config.parent / "library"
    folder.mkdir()
    (folder / "mine.yaml").write_text("- id: X1\n")
    told = shell("config", "check", "--json")
    assert told.code == 78
    assert str(folder / "mine.yaml") in {p["file"] for p in told.json["problems"]}


BAD = {
    "nothing": b"",
    "a comment only": b"# nothing\n",
    "not UTF-8": b"reminders:\n  r\xe9set: {after: 20m}\n",
    "nul bytes": b"reminders:\x00\n",
    "UTF-16": "reminders: {}\n".encode("utf-16"),
    "a tab": b"reminders:\n\treset: {after: 20m}\n",
    "cut off": b"reminders: {reset: {after: 20m",
    "an anchor loop": b"a: &a [*a]\n",
    "a billion laughs": b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nreminders: [*c,*c]\n",
    "two documents": b"reminders: {}\n---\nreminders: {}\n",
    "a python object": b"reminders: !!python/object/apply:os.system ['true']\n",
    "a list": b"- reset\n",
    "a number": b"7\n",
    "deep nesting": b"[" * 5000,
    "huge": b"# " + b"x" * 3_000_000,
    "a very long line": b"reminders: {" + b"x" * 100_000 + b": 1}\n",
    "control characters": b"reminders:\n  reset: {after: \x1b[31m20m}\n",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_whatever_the_file_holds_it_ends_with_78_and_places(shell: Any, content: bytes) -> None:
    shell.write("")
    shell.config.write_bytes(content)
    told = shell("config", "check", "--json")
    assert told.code == 78
    assert told.err == ""
    for problem in told.json["problems"]:
        assert problem["line"] >= 1
        assert problem["column"] >= 1
        assert problem["message"]
        assert len(problem["message"]) < 400
        assert "\x1b" not in problem["message"]
    assert shell("config", "check").code == 78


def test_what_is_no_file_is_told_as_such(shell: Any, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo, tmp_path / "missing", tmp_path / "x" / "y", Path("/dev/null")):
        told = shell("config", "check", str(path), "--json")
        assert told.code == 78
        (problem,) = told.json["problems"]
        assert problem["file"] == str(path)


# ── show and schema ───────────────────────────────────────────────────────────────────────────────


def test_show_prints_the_schedule_in_force_as_a_schedule(shell: Any, tmp_path: Path) -> None:
    shell.write(PLAN)
    told = shell("config", "show")
    assert (told.code, told.err) == (0, "")
    assert "idle_after" in told.out
    again = tmp_path / "again.yaml"
    again.write_text(told.out)
    assert shell("config", "check", str(again)).code == 0
    assert shell("config", "show", "--config", str(again)).out == told.out


def test_show_without_a_file_prints_the_default(shell: Any) -> None:
    assert "long_break" in shell("config", "show").out


def test_show_of_a_broken_file_tells_every_problem(shell: Any) -> None:
    shell.write("wrok: {}\nhodl: []\n" + PLAN)
    told = shell("config", "show")
    assert (told.code, told.out) == (78, "")
    assert told.err.count("\n") == 2
    assert all(line.startswith("postured: ") for line in told.err.splitlines())


def test_the_schema_is_json(shell: Any) -> None:
    told = shell("config", "schema")
    assert told.code == 0
    assert json.loads(told.out)["type"] == "object"


# ── edit ──────────────────────────────────────────────────────────────────────────────────────────


def editor(folder: Path, line: str) -> str:
    """A program that does this to the file it is given."""
    program = folder / "editor"
    program.write_text(f"#!/bin/sh\n{line}\n")
    program.chmod(0o700)
    return str(program)


def test_edit_writes_the_default_first_and_checks_afterwards(shell: Any, tmp_path: Path) -> None:
    told = shell("config", "edit", env={"EDITOR": editor(tmp_path, "true")})
    assert (told.code, told.err) == (0, "")
    assert told.out == f"{shell.config} is good.\n"
    assert shell.config.read_bytes() == shipped("postured.yaml").read_bytes()
    assert (shell.config.parent / "postured.schema.json").exists()


def test_edit_tells_what_the_edit_broke(shell: Any, tmp_path: Path) -> None:
    shell.write(PLAN)
    told = shell("config", "edit", env={"EDITOR": editor(tmp_path, "echo 'wrok: {}' >> \"$1\"")})
    assert told.code == 78
    assert f"{shell.config}:4:1" in told.out


def test_visual_comes_first_and_may_have_arguments(shell: Any, tmp_path: Path) -> None:
    shell.write(PLAN)
    program = editor(tmp_path, 'test "$1" = --wait && echo "# seen" >> "$2"')
    told = shell("config", "edit", env={"VISUAL": f"{program} --wait", "EDITOR": "false"})
    assert told.code == 0
    assert shell.config.read_text().endswith("# seen\n")


def test_an_editor_that_fails_or_is_not_there_is_one_line(shell: Any, tmp_path: Path) -> None:
    shell.write(PLAN)
    shell.env["EDITOR"] = editor(tmp_path, "exit 3")
    assert "ended with 3" in shell.refused("config", "edit", code=1)
    shell.env["EDITOR"] = str(tmp_path / "missing")
    assert "could not be started" in shell.refused("config", "edit", code=1)
    shell.env["EDITOR"] = '"unclosed'
    shell.refused("config", "edit", code=1)
    del shell.env["EDITOR"]
    assert "set EDITOR" in shell.refused("config", "edit", code=1)


def test_without_room_for_the_default_edit_is_one_line(shell: Any) -> None:
    (shell.home / ".config").write_text("in the way")
    shell.env["EDITOR"] = "true"
    shell.refused("config", "edit", code=1)
