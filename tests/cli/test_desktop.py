"""`postured doctor` and `postured login` where there is no desktop at all."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.fakes_life import PLAN


def test_doctor_without_anything_tells_what_is_missing_and_what_to_do(shell: Any) -> None:
    told = shell("doctor", "--json")
    assert told.code == 0
    assert told.err == ""
    checks = told.json["checks"]
    assert all(set(check) == {"name", "ok", "found", "hint"} for check in checks)
    by_name = {check["name"]: check for check in checks}
    assert {"daemon", "schedule", "library", "history", "notifications", "login"} <= set(by_name)
    assert by_name["daemon"]["ok"] is False
    assert "postured run" in by_name["daemon"]["hint"]
    assert by_name["schedule"]["ok"] is True
    assert by_name["library"]["ok"] is True
    assert by_name["notifications"]["ok"] is False
    assert by_name["notifications"]["hint"]


def test_doctor_in_text_has_a_line_for_each_check_and_its_hint(shell: Any) -> None:
    told = shell("doctor")
    assert told.code == 0
    assert "!!  daemon: no daemon is running in this session\n    start it: postured run\n" in told.out
    assert "ok  library: " in told.out
    assert all(line.startswith(("ok  ", "!!  ", "    ")) for line in told.out.splitlines())


def test_doctor_names_a_broken_schedule_and_library(shell: Any) -> None:
    shell.write("wrok: {}\n" + PLAN)
    (shell.config.parent / "library").mkdir()
    (shell.config.parent / "library" / "mine.yaml").write_text("- id: X1\n")
    by_name = {check["name"]: check for check in shell("doctor", "--json").json["checks"]}
    assert ":1:1: " in by_name["schedule"]["found"]
    assert by_name["schedule"]["ok"] is False
    assert "mine.yaml" in by_name["library"]["found"]


def test_doctor_changes_nothing(shell: Any) -> None:
    shell("doctor")
    assert list(shell.home.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is written in other ways")
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_login_is_enabled_and_disabled(shell: Any, more: list[str]) -> None:
    shell.env["DISPLAY"] = ":0"
    entry = shell.home / ".config/autostart/postured.desktop"
    assert shell("login", "status", "--json").json["enabled"] is False
    for _ in range(2):
        told = shell("login", "enable", *more)
        assert (told.code, told.err, entry.exists()) == (0, "", True)
    assert shell("login", "status", "--json").json["enabled"] is True
    assert "starts at login" in shell("login", "status").out
    for _ in range(2):
        told = shell("login", "disable", *more)
        assert (told.code, told.err, entry.exists()) == (0, "", False)
    assert "does not start at login" in shell("login", "status").out


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is written in other ways")
def test_login_that_cannot_be_enabled_is_one_line(shell: Any) -> None:
    shell.env["DISPLAY"] = ":0"
    (shell.home / ".config").write_text("in the way")
    shell.refused("login", "enable", code=1)
