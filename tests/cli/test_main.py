"""What holds for every command: help, version, exit codes, one line for an error, and where colour ends."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from postured import __version__
from postured.cli import parser
from postured.cli.console import Console
from postured.cli.main import run

COMMANDS = [
    *("run", "status", "why", "pause", "resume", "now", "done", "later", "skip", "plan", "library", "show"),
    *("simulate", "history", "doctor", "completion"),
    *("config path", "config edit", "config check", "config show", "config schema"),
    *("login enable", "login disable", "login status"),
]


@pytest.mark.parametrize("command", ["", *COMMANDS, "config", "login"])
def test_help_is_everywhere(shell: Any, command: str) -> None:
    told = shell(*command.split(), "--help")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("usage: postured")
    assert "--config" in told.out
    assert "--verbose" in told.out


def test_help_names_every_command_and_the_exit_codes(shell: Any) -> None:
    text = shell("--help").out
    for command in {c.split()[0] for c in COMMANDS}:
        assert f"\n    {command} " in text
    for code in ("0 well", "1 it failed", "2 wrong usage", "3 no daemon", "78 the schedule"):
        assert code in " ".join(text.split())


@pytest.mark.parametrize(
    "command", ["", "status", "library", "config check", "history", "login status", "doctor"]
)
def test_the_version_is_everywhere(shell: Any, command: str) -> None:
    assert shell(*command.split(), "--version") == (0, f"postured {__version__}\n", "")
    assert shell("--version", *command.split()) == (0, f"postured {__version__}\n", "")


def test_without_a_command_the_help_is_printed_and_it_is_wrong_usage(shell: Any) -> None:
    told = shell()
    assert told.code == 2
    assert "usage: postured" in told.out + told.err


@pytest.mark.parametrize(
    "argv",
    [
        ["dance"],
        ["status", "now"],
        ["config"],
        ["config", "dance"],
        ["history", "--limit", "many"],
        ["history", "--limit", "0"],
        ["history", "--since", "yesteryear"],
        ["pause", "nonsense"],
        ["show"],
        ["simulate"],
        ["completion", "tcsh"],
        ["library", "--kind", "dance"],
        ["--dance"],
        ["login"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_a_word_on_stderr(shell: Any, argv: list[str]) -> None:
    told = shell(*argv)
    assert (told.code, told.out) == (2, "")
    assert "postured" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    "argv",
    [["status"], ["why"], ["pause"], ["pause", "1h"], ["resume"], ["now"], ["done"], ["later"], ["skip"]],
    ids=" ".join,
)
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_without_a_daemon_it_ends_with_3_and_says_how_to_start_one(
    shell: Any, argv: list[str], more: list[str]
) -> None:
    if more and argv[0] in ("done", "later", "skip"):
        return  # they report nothing
    assert "postured run" in shell.refused(*argv, *more, code=3)


def test_verbose_shows_where_it_failed_and_the_line_as_well(shell: Any) -> None:
    told = shell("--verbose", "show", "nothing")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("Traceback")
    assert told.err.splitlines()[-1].startswith("postured: there is no item 'nothing'")
    assert "Traceback" not in shell("show", "nothing").err


def test_verbose_may_stand_before_or_after_the_command(shell: Any) -> None:
    assert parser.build(["--verbose", "plan"]).parse_args(["--verbose", "plan"]).verbose is True
    assert parser.build(["plan"]).parse_args(["plan", "--verbose"]).verbose is True
    assert parser.build(["plan"]).parse_args(["--config", "x", "plan"]).config == "x"
    assert parser.build(["plan"]).parse_args(["plan", "--config", "x"]).config == "x"


@pytest.mark.parametrize("argv", [["status", "--verbose"], ["--verbose", "status"]])
def test_the_exit_code_is_the_same_with_verbose(tmp_path: Path, argv: list[str]) -> None:
    told = process(tmp_path, *argv)
    assert "Traceback" in told.stderr
    assert told.returncode == 3


def process(home: Path, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    surroundings = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "PATH": os.environ["PATH"],
        **env,
    }
    return subprocess.run(
        [sys.executable, "-m", "postured", *argv],
        env={**surroundings, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_process_of_its_own_does_the_same(tmp_path: Path) -> None:
    told = process(tmp_path, "library", "--kind", "thermal")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("H01")
    assert process(tmp_path, "status").returncode == 3
    assert process(tmp_path, "dance").returncode == 2


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m postured library --json | head -c 10; echo ${{PIPESTATUS[0]}}"
    told = subprocess.run(
        [shutil.which("bash") or "bash", "-c", line],
        env={"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert told.stderr == ""
    assert told.stdout.endswith("0\n")


def test_an_interrupt_ends_with_130(shell: Any) -> None:
    class Interrupted(io.StringIO):
        def write(self, _text: str) -> int:
            raise KeyboardInterrupt

    assert run(["library"], shell.env, Interrupted(), io.StringIO()) == 130


def test_an_output_that_is_full_is_one_line(shell: Any) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    err = io.StringIO()
    assert run(["library"], shell.env, Full(), err) == 1
    assert err.getvalue() == "postured: no space left on device\n"


# ── colour ────────────────────────────────────────────────────────────────────────────────────────


def test_colour_is_for_terminals_only(shell: Any) -> None:
    assert "\033[" in shell("show", "B01", terminal=True).out
    assert "\033[" not in shell("show", "B01").out


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_whoever_wants_no_colour_gets_none(shell: Any, env: dict[str, str]) -> None:
    assert "\033[" not in shell("show", "B01", terminal=True, env=env).out


def test_json_is_one_line_in_a_pipe_and_laid_out_on_a_terminal(shell: Any) -> None:
    assert shell("show", "B01", "--json").out.count("\n") == 1
    on_screen = shell("show", "B01", "--json", terminal=True).out
    assert on_screen.count("\n") > 10
    assert "\033[" not in on_screen


def test_columns_are_lined_up_and_the_last_runs_free() -> None:
    out = io.StringIO()
    Console({}, out, io.StringIO()).columns([["a", "bb", "c"], ["aaa", "b", "a long one"], ["a", "b", ""]])
    assert out.getvalue() == "a    bb  c\naaa  b   a long one\na    b\n"
    Console({}, out, io.StringIO()).columns([])


# ── completion ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands(shell: Any, shell_name: str, tmp_path: Path) -> None:
    told = shell("completion", shell_name)
    assert (told.code, told.err) == (0, "")
    for word in ("simulate", "doctor", "json"):
        assert word in told.out


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_can_be_read_by_its_shell(shell: Any, shell_name: str, tmp_path: Path) -> None:
    program = shutil.which(shell_name)
    if program is None:
        pytest.skip(f"{shell_name} is not installed")
    script = tmp_path / "script"
    script.write_text(shell("completion", shell_name).out)
    checked = subprocess.run(
        [program, "-n", str(script)], capture_output=True, text=True, timeout=20, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_bash_completes_a_command(shell: Any, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(
        shell("completion", "bash").out
        + '\nCOMP_WORDS=(postured si); COMP_CWORD=1; _shtab_postured; echo "${COMPREPLY[@]}"\n'
    )
    told = subprocess.run(["bash", str(script)], capture_output=True, text=True, timeout=20, check=False)
    assert told.stdout.split() == ["simulate"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("argv", [["library"], ["why", "--help"]], ids=" ".join)
def test_a_full_output_is_one_line_and_a_failure(tmp_path: Path, argv: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "postured", *argv],
            env={"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("zone", ["CET-1CEST,M3.5.0,M10.5.0/3", "Nowhere/Land", ""])
def test_whatever_tz_says_the_plan_can_be_made(tmp_path: Path, zone: str) -> None:
    told = process(tmp_path, "plan", "--json", TZ=zone)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("argv", ["bogus", "library bogus", "done --reps 0", "later foo", "config", "show"])
def test_wrong_usage_is_told_in_one_line_that_says_where_to_read_on(shell: Any, argv: str) -> None:
    told = shell(*argv.split())
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("postured: ")
    assert told.err.count("\n") == 1
    assert told.err.endswith(" --help\n")
