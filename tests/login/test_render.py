"""What is written into a start-up file is what will be started, whatever the path looks like."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.login.render import AGENT, BATCH, ENTRY, UNIT, Kind, is_ours
from postured.login.words import LoginError

KINDS = [UNIT, ENTRY, AGENT, BATCH]
TEMPLATES = {
    kind.file: (Path(__file__).parents[2] / "config" / "login" / kind.file).read_bytes().decode()
    for kind in KINDS
}
WORD = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)
PROGRAM = st.builds(lambda path, rest: ("/" + path, *rest), WORD, st.lists(WORD, max_size=2))


def value(text: str, key: str) -> str:
    return next(line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}="))


@pytest.mark.parametrize("kind", [UNIT, ENTRY, AGENT], ids=lambda kind: kind.file)
@given(program=PROGRAM)
def test_every_command_is_read_back_as_it_was_written(kind: Kind, program: tuple[str, ...]) -> None:
    assert kind.read(kind.write(TEMPLATES[kind.file], program)) == program


@given(program=PROGRAM)
def test_a_batch_file_gives_back_every_command_without_quotation_marks(program: tuple[str, ...]) -> None:
    program = tuple(word.replace('"', "") or "x" for word in program)
    assert BATCH.read(BATCH.write(TEMPLATES[BATCH.file], program)) == program


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_what_we_write_is_known_as_ours_and_starts_run(kind: Kind) -> None:
    text = kind.write(TEMPLATES[kind.file], ("/opt/postured",))
    assert is_ours(text)
    assert kind.words(text) == ("/opt/postured", "run")
    assert "@" not in text.replace("@echo", "")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
@pytest.mark.parametrize("path", ["/a\nExecStartPre=/bin/evil", "/a\rb", "/a\x85b", "/a\udcffb", "/a\0b"])
def test_a_path_with_line_ends_or_broken_letters_is_refused(kind: Kind, path: str) -> None:
    with pytest.raises(LoginError, match="install postured elsewhere") as caught:
        kind.write(TEMPLATES[kind.file], (path,))
    assert str(caught.value).isprintable()


def test_a_batch_file_refuses_a_quotation_mark() -> None:
    with pytest.raises(LoginError, match="quotation mark"):
        BATCH.write(TEMPLATES[BATCH.file], ('C:\\a" & calc.exe & "',))


def test_systemd_gets_its_quoting() -> None:
    write = lambda *program: value(UNIT.write(TEMPLATES[UNIT.file], program), "ExecStart")  # noqa: E731 - a word for four lines
    assert write("/usr/bin/postured") == "/usr/bin/postured run"
    assert write("/a b/100%/p", "-m") == '"/a b/100%%/p" -m run'
    assert write("/a/$HOME/p") == ':"/a/$HOME/p" run', "a doubled dollar would be wrong in the first word"
    assert write("/o'hara/p\\q") == '/usr/bin/env "/o\'hara/p\\\\q" run'


def test_the_desktop_entry_gets_both_layers_of_quoting() -> None:
    write = lambda *program: value(ENTRY.write(TEMPLATES[ENTRY.file], program), "Exec")  # noqa: E731 - same
    assert write("/usr/bin/postured") == "/usr/bin/postured run"
    assert write("/a b/$x/p", "-m") == r'"/a b/\\$x/p" -m run'
    assert write("/100%/p") == '/usr/bin/env "/100%%/p" run'


def test_the_launchd_agent_is_a_property_list() -> None:
    agent = plistlib.loads(AGENT.write(TEMPLATES[AGENT.file], ("/a & <b>/p", "-m", "postured")).encode())
    assert agent["ProgramArguments"] == ["/a & <b>/p", "-m", "postured", "run"]
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"Crashed": True}, "launchd would restart for ever on an exit status"


def test_the_batch_file_has_windows_line_ends_and_utf_8() -> None:
    text = BATCH.write(
        TEMPLATES[BATCH.file], ("C:\\Users\\Jürgen & Söhne\\100%\\pythonw.exe", "-m", "postured")
    )
    assert text.count("\n") == text.count("\r\n")
    assert text.index("chcp 65001") < text.index("Jürgen")
    assert text.endswith('start "" "C:\\Users\\Jürgen & Söhne\\100%%\\pythonw.exe" "-m" "postured" run\r\n')


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
@pytest.mark.parametrize("text", ["", "nonsense", "<plist><dict>", '[Service]\nExecStart="open', 'start "" '])
def test_nothing_is_read_from_nonsense(kind: Kind, text: str) -> None:
    assert kind.read(text) is None


def test_a_command_edited_by_hand_is_read() -> None:
    unit = (
        "[Service]\nExecStart=/o run\nExecStart=-\"/opt/my p\" \\\n  '--config' 'a b' run\n[X]\nExecStart=x"
    )
    assert UNIT.read(unit) == ("/opt/my p", "--config", "a b")
    entry = '[Desktop Entry]\nExec = sh -c "sleep 5" \n[Desktop Action x]\nExec=/other'
    assert ENTRY.read(entry) == ("sh", "-c", "sleep 5")


@pytest.mark.parametrize(
    "line", ["Hidden=true", "X-GNOME-Autostart-enabled=false", "X-MATE-Autostart-enabled=false"]
)
def test_an_entry_switched_off_in_the_desktops_settings_is_seen(line: str) -> None:
    text = ENTRY.write(TEMPLATES[ENTRY.file], ("/p",))
    assert ENTRY.switched_off(text) == ""
    assert ENTRY.switched_off(f"{text}{line}\n") == line


def test_an_agent_switched_off_is_seen() -> None:
    text = AGENT.write(TEMPLATES[AGENT.file], ("/p",))
    assert AGENT.switched_off(text) == ""
    assert AGENT.switched_off(text.replace("<key>RunAtLoad", "<key>Disabled</key><true/><key>RunAtLoad"))
