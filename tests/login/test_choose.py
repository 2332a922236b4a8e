"""The way that is chosen works in the session at hand, and never two at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postured.login import LoginError, choose
from postured.login.sessions import start_up_line

Script = Callable[[str], Path]
TARGET = "graphical-session.target"
XFCE = {"DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "XFCE"}
SWAY = {"WAYLAND_DISPLAY": "wayland-1", "SWAYSOCK": "/run/user/1000/sway"}
UNIT = ".config/systemd/user/postured.service"
ENTRY = ".config/autostart/postured.desktop"


@pytest.fixture
def postured(script: Script) -> tuple[str, ...]:
    return (str(script("bin/postured")),)


@pytest.fixture
def booted(tmp_path: Path) -> Path:
    (tmp_path / "booted").mkdir()
    return tmp_path / "booted"


@pytest.mark.parametrize(
    ("target", "session", "name"),
    [
        ("active", XFCE, "systemd"),
        ("activating", SWAY, "systemd"),
        ("inactive", XFCE, "autostart"),
        ("inactive", SWAY, "autostart"),
        ("inactive", {}, "systemd"),
        ("inactive", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "1 2 3 4"}, "systemd"),
    ],
)
def test_the_session_decides(
    env: dict[str, str], templates: Path, systemctl, target: str, session: dict[str, str], name: str
) -> None:
    systemctl.knows(TARGET, ActiveState=target)
    assert choose(env | session, "linux", templates).name == name


def test_without_systemd_there_is_the_autostart_entry(
    env: dict[str, str], templates: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    env["PATH"] = str(tmp_path / "empty")
    for platform in ("linux", "freebsd14"):
        assert choose(env, platform, templates).name == "autostart"
        assert choose(env | XFCE, platform, templates).name == "autostart"


def test_a_manager_out_of_reach_is_found_at_the_next_login(
    env: dict[str, str], templates: Path, systemctl, booted: Path, postured: tuple[str, ...]
) -> None:
    """After `su`, say: systemd runs the machine, and reads the files the next time."""
    systemctl.is_unreachable()
    login = choose(env, "linux", templates, booted=booted)
    assert login.name == "systemd"
    assert any("next login" in note for note in login.enable(postured).notes)
    assert login.status().enabled
    assert choose(env, "linux", templates, booted=booted / "not").name == "autostart"
    assert choose(env | XFCE, "linux", templates, booted=booted).name == "autostart"


def test_enabling_one_way_removes_the_other(
    env: dict[str, str], templates: Path, home: Path, systemctl, postured: tuple[str, ...]
) -> None:
    unit, entry = home / UNIT, home / ENTRY
    assert choose(env | XFCE, "linux", templates).enable(postured).written == (entry,)
    systemctl.knows(TARGET, ActiveState="active")
    done = choose(env | XFCE, "linux", templates).enable(postured)
    assert (done.removed, unit.exists(), entry.exists()) == ((entry,), True, False)
    systemctl.knows(TARGET, ActiveState="inactive")
    done = choose(env | XFCE, "linux", templates).enable(postured)
    assert (unit in done.removed, unit.exists(), entry.exists()) == (True, False, True)


def test_disabling_removes_whichever_is_there(
    env: dict[str, str], templates: Path, home: Path, postured: tuple[str, ...]
) -> None:
    choose(env | XFCE, "linux", templates).enable(postured)
    assert choose(env | SWAY, "linux", templates).disable().removed == (home / ENTRY,)
    choose(env, "linux", templates).enable(postured)
    assert home / UNIT in choose(env | XFCE, "linux", templates).disable().removed


def test_disabling_removes_ours_though_the_other_is_not_ours(
    env: dict[str, str], templates: Path, home: Path, postured: tuple[str, ...]
) -> None:
    choose(env | XFCE, "linux", templates).enable(postured)
    (home / UNIT).parent.mkdir(parents=True)
    (home / UNIT).write_text("another's")
    done = choose(env, "linux", templates).disable()
    assert done.removed == (home / ENTRY,)
    assert done.notes == (
        f"Careful: {home / UNIT} was not written by postured: move it away, then try again",
    )
    with pytest.raises(LoginError, match="was not written by postured"):
        choose(env, "linux", templates).disable()


def test_another_s_file_of_the_other_way_stays_and_is_spoken_of(
    env: dict[str, str], templates: Path, home: Path, systemctl, postured: tuple[str, ...]
) -> None:
    (home / ENTRY).parent.mkdir(parents=True)
    (home / ENTRY).write_text("[Desktop Entry]\nExec=postured run\n")
    systemctl.knows(TARGET, ActiveState="active")
    login = choose(env, "linux", templates)
    assert any("was not written by postured" in note for note in login.enable(postured).notes)
    assert (home / ENTRY).exists()
    status = login.status()
    assert (status.enabled, status.name) == (True, "systemd")
    assert status.problem == f"{home / ENTRY} starts postured as well"


def test_a_unit_in_a_session_that_never_starts_it_is_reported(
    env: dict[str, str], templates: Path, postured: tuple[str, ...], systemctl
) -> None:
    choose(env, "linux", templates).enable(postured)
    systemctl.knows("postured.service", LoadState="loaded")
    status = choose(env | SWAY, "linux", templates).status()
    assert (status.name, status.enabled) == ("systemd", True)
    assert status.problem == f"this session does not start {TARGET}"
    assert status.hint == "`postured login enable` changes it to autostart."


def test_from_afar_the_way_chosen_in_the_session_stays(
    env: dict[str, str], templates: Path, postured: tuple[str, ...]
) -> None:
    """By ssh nobody sees that the session never starts graphical-session.target."""
    choose(env | SWAY, "linux", templates).enable(postured)
    assert choose(env, "linux", templates).name == "autostart"


def test_the_choice_is_explained(
    env: dict[str, str], templates: Path, postured: tuple[str, ...], systemctl
) -> None:
    assert "No desktop session can be seen" in choose(env, "linux", templates).enable(postured).notes[0]
    notes = choose(env | SWAY, "linux", templates).enable(postured).notes
    assert notes[0] == f"This session does not start {TARGET}."
    assert notes[-1].endswith(f"add to ~/.config/sway/config: exec {postured[0]} run")
    assert choose(env | SWAY, "linux", templates).status().hint == notes[-1]


@pytest.mark.parametrize(
    ("session", "line"),
    [
        ({"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, ""),
        ({"DESKTOP_SESSION": "xfce"}, ""),
        ({"XDG_CURRENT_DESKTOP": "i3"}, "~/.config/i3/config: exec --no-startup-id '/a b/postured' run"),
        (
            {"HYPRLAND_INSTANCE_SIGNATURE": "x"},
            "~/.config/hypr/hyprland.conf: exec-once = '/a b/postured' run",
        ),
        ({"XDG_SESSION_DESKTOP": "openbox"}, "~/.config/openbox/autostart: '/a b/postured' run &"),
        ({"XDG_CURRENT_DESKTOP": "qtile"}, "~/.xinitrc, or what starts it: '/a b/postured' run &"),
        ({}, "~/.xinitrc, or what starts it: '/a b/postured' run &"),
    ],
)
def test_sessions_that_read_no_entries_get_the_line_for_their_own_file(
    session: dict[str, str], line: str
) -> None:
    said = start_up_line(session, ("/a b/postured",))
    assert said.endswith(line)
    assert bool(said) == bool(line)


@pytest.mark.parametrize("config", ["", "relative"])
def test_an_unusable_xdg_config_home_is_ignored(
    env: dict[str, str], templates: Path, home: Path, config: str
) -> None:
    assert choose(env | {"XDG_CONFIG_HOME": config}, "linux", templates).status().where == home / UNIT


def test_xdg_config_home_is_followed(env: dict[str, str], templates: Path, tmp_path: Path) -> None:
    env["XDG_CONFIG_HOME"] = str(tmp_path / "c")
    assert choose(env, "linux", templates).status().where == tmp_path / "c/systemd/user/postured.service"


@pytest.mark.parametrize(
    ("platform", "variable"), [("linux", "HOME"), ("darwin", "HOME"), ("win32", "APPDATA")]
)
def test_a_missing_home_is_one_line(templates: Path, platform: str, variable: str) -> None:
    with pytest.raises(LoginError, match=f"^{variable} does not name a folder"):
        choose({}, platform, templates)


def test_sudo_is_refused(env: dict[str, str], templates: Path) -> None:
    with pytest.raises(LoginError, match="without sudo"):
        choose(env | {"USER": "root", "SUDO_USER": "ada"}, "linux", templates)
