"""The command that login starts is the installation that was asked, at the path that lasts longest."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from postured.login.command import is_short_lived, program, trouble

Script = Callable[[str], Path]


def link(at: Path, to: Path) -> Path:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(to)
    return at


def test_a_venv_gives_its_script(script: Script, env: dict[str, str]) -> None:
    postured, python = script("venv/bin/postured"), script("venv/bin/python")
    env["PATH"] = f"{postured.parent}:{env['PATH']}"
    assert program(str(postured), str(python), env) == (str(postured),)
    assert program("/somewhere/postured/__main__.py", str(python), env) == (str(postured),), (
        "python -m postured"
    )


def test_a_script_started_by_a_relative_path_is_made_absolute(
    script: Script, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    postured = script("venv/bin/postured")
    monkeypatch.chdir(postured.parent)
    assert program("../bin/postured", "/usr/bin/python3", env) == (str(postured),)


@pytest.mark.parametrize("typed", ["link", "script"])
def test_pipx_gives_its_stable_link(script: Script, home: Path, env: dict[str, str], typed: str) -> None:
    venv = "home/.local/share/pipx/venvs/postured/bin"
    postured, python = script(f"{venv}/postured"), script(f"{venv}/python")
    stable = link(home / ".local/bin/postured", postured)
    assert program(str(stable if typed == "link" else postured), str(python), env) == (str(stable),)
    assert program(str(python.with_name("__main__.py")), str(python), env) == (str(stable),)


@pytest.mark.parametrize("variable", ["PIPX_BIN_DIR", "UV_TOOL_BIN_DIR", "XDG_BIN_HOME", "PATH"])
def test_a_link_elsewhere_is_found_too(
    script: Script, tmp_path: Path, env: dict[str, str], variable: str
) -> None:
    postured, python = script("tools/postured/bin/postured"), script("tools/postured/bin/python")
    stable = link(tmp_path / "my bin/postured", postured)
    assert program(str(postured), str(python), env | {variable: str(stable.parent)}) == (str(stable),)


def test_a_link_to_another_installation_is_left_alone(
    script: Script, home: Path, env: dict[str, str]
) -> None:
    link(home / ".local/bin/postured", script("other/bin/postured"))
    postured, python = script("venv/bin/postured"), script("venv/bin/python")
    assert program(str(postured), str(python), env) == (str(postured),)


def test_a_system_install_gives_the_script_that_was_typed(script: Script, env: dict[str, str]) -> None:
    """`pip install --user`: what lies beside the Python would be the distribution's own."""
    python, _ = script("usr/bin/python3"), script("usr/bin/postured")
    mine = script("home/.local/bin/postured")
    assert program(str(mine), str(python), env) == (str(mine),)


@pytest.mark.parametrize("typed", ["", "-c", "postured", "/gone/bin/postured", "/src/postured/__main__.py"])
def test_without_a_script_the_module_is_started(script: Script, env: dict[str, str], typed: str) -> None:
    python = script("python only/bin/python3")
    assert program(typed, str(python), env) == (str(python), "-m", "postured")


def test_an_interpreter_that_is_a_link_is_not_followed(script: Script, tmp_path: Path) -> None:
    """The real interpreter would not know the virtual environment."""
    python = link(tmp_path / "venv/bin/python", script("usr/bin/python3"))
    assert program("-c", str(python), {}) == (str(python), "-m", "postured")


def test_windows_gets_the_python_without_a_console(script: Script) -> None:
    python, windowless = script("Scripts/python.exe"), script("Scripts/pythonw.exe")
    script("Scripts/postured.exe")
    assert program(str(python.with_name("postured.exe")), str(python), {}) == (
        str(windowless),
        "-m",
        "postured",
    )
    windowless.unlink()
    assert program("postured.exe", str(python), {}) == (str(python), "-m", "postured")


def test_trouble_is_named(script: Script, tmp_path: Path) -> None:
    postured = script("bin/postured")
    assert trouble((str(postured),)) == ""
    assert trouble(("postured",)) == "", "whoever looks the name up will tell"
    assert trouble((str(tmp_path),)) == f"{tmp_path} is no program"
    postured.chmod(0o644)
    assert trouble((str(postured),)) == f"{postured} is no program"
    postured.unlink()
    assert trouble((str(postured),)) == f"{postured} no longer exists"


@pytest.mark.parametrize(
    "folder",
    ["home/.cache/uv/archive-v0/Xy/bin", "home/.cache/pipx/0a1b/bin", "home/.local/share/pipx/.cache/0a/bin"],
)
def test_an_installation_for_one_go_is_recognised(script: Script, folder: str) -> None:
    assert is_short_lived((str(script(f"{folder}/postured")),))


def test_an_environment_of_poetry_is_a_lasting_one(script: Script) -> None:
    assert not is_short_lived((os.fspath(script("home/.cache/pypoetry/virtualenvs/p/bin/postured")),))
