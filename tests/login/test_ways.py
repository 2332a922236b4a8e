"""Every way to start at login keeps the same promises; each has a few of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postured.login import Login, LoginError, choose
from postured.login.manager import Manager
from postured.login.onefile import OneFile
from postured.login.render import ENTRY

Script = Callable[[str], Path]
Make = Callable[[], Login]
WAYS = ["systemd", "autostart", "launchd", "windows"]
FILES = {
    "systemd": ".config/systemd/user/postured.service",
    "autostart": ".config/autostart/postured.desktop",
    "launchd": "Library/LaunchAgents/postured.plist",
    "windows": "AppData/Microsoft/Windows/Start Menu/Programs/Startup/postured.cmd",
}
LINK = ".config/systemd/user/graphical-session.target.wants/postured.service"


def tree(folder: Path) -> dict[str, str]:
    """Everything below `folder` that is no folder, with what it holds."""
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture(params=WAYS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def way(name: str, env: dict[str, str], templates: Path) -> Login:
    """Each way, as `choose` gives it in the surroundings that ask for it."""
    platform = {"launchd": "darwin", "windows": "win32"}.get(name, "linux")
    desktop = {"DISPLAY": ":1", "XDG_CURRENT_DESKTOP": "XFCE"} if name == "autostart" else {}
    return choose(env | desktop, platform, templates)


@pytest.fixture
def file(name: str, home: Path) -> Path:
    return home / FILES[name]


@pytest.fixture
def postured(script: Script) -> tuple[str, ...]:
    return (str(script("a b/100%/$x/postured")),)


# ── all ways ──────────────────────────────────────────────────────────────────────────────────────


def test_enabled_is_enabled(way: Login, name: str, file: Path, postured: tuple[str, ...]) -> None:
    before = way.status()
    assert (before.name, before.enabled, before.where, before.program) == (name, False, file, None)
    done = way.enable(postured)
    assert (done.name, done.written[0], done.removed) == (name, file, ())
    after = way.status()
    assert (after.name, after.enabled, after.where, after.program) == (name, True, file, postured)
    assert (after.problem, after.hint) == ("", "")


def test_enabling_twice_is_enabling_once(way: Login, home: Path, postured: tuple[str, ...]) -> None:
    way.enable(postured)
    once = tree(home)
    assert way.enable(postured).written == ()
    assert tree(home) == once


def test_enabling_takes_up_a_new_command(
    way: Login, file: Path, postured: tuple[str, ...], script: Script
) -> None:
    way.enable(postured)
    moved = (str(script("moved/python")), "-m", "postured")
    assert way.enable(moved).written == (file,)
    assert way.status().program == moved


def test_disabling_removes_what_enabling_made_and_no_more(
    way: Login, file: Path, home: Path, postured: tuple[str, ...]
) -> None:
    file.parent.mkdir(parents=True)
    (file.parent / "other").write_text("another's")
    before = tree(home)
    written = way.enable(postured).written
    assert set(way.disable().removed) == set(written)
    assert tree(home) == before
    assert way.disable().removed == ()
    assert not way.status().enabled


def test_a_file_that_is_not_ours_is_left_alone(
    way: Login, file: Path, home: Path, postured: tuple[str, ...]
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("another's")
    before = tree(home)
    for attempt in (lambda: way.enable(postured), way.disable):
        with pytest.raises(LoginError) as caught:
            attempt()
        assert str(caught.value) == f"{file} was not written by postured: move it away, then try again"
        assert tree(home) == before


@pytest.mark.parametrize("goal", ["/dev/null", "dotfiles"])
def test_a_link_in_our_place_is_left_alone(
    way: Login, file: Path, home: Path, postured: tuple[str, ...], goal: str
) -> None:
    """A masked unit is a link to /dev/null, which had better not be written anew."""
    way.enable(postured)
    text = file.read_text()
    file.unlink()
    (home / "dotfiles").write_text(text)
    file.symlink_to(home / goal)
    for attempt in (lambda: way.enable(postured), way.disable):
        with pytest.raises(LoginError, match="is a link to"):
            attempt()
    assert file.is_symlink()
    assert (home / "dotfiles").read_text() == text


def test_a_program_that_has_gone_is_reported(way: Login, postured: tuple[str, ...]) -> None:
    way.enable(postured)
    Path(postured[0]).unlink()
    status = way.status()
    assert status.enabled
    assert status.problem == f"{postured[0]} no longer exists"
    assert "login enable" in status.hint


def test_a_file_edited_by_hand_is_reported(way: Login, file: Path, postured: tuple[str, ...]) -> None:
    way.enable(postured)
    text = file.read_bytes().decode()
    file.write_bytes(text.replace("postured login disable", "something else").encode())
    status = way.status()
    assert (status.enabled, status.program, status.problem) == (True, postured, "")
    assert "edited by hand" in status.hint
    file.write_bytes(text.replace("postured login enable", "my own hand").encode())
    assert "leaves it alone" in way.status().hint


def test_a_file_without_a_command_is_reported(way: Login, file: Path, postured: tuple[str, ...]) -> None:
    way.enable(postured)
    file.write_text("postured login enable")
    status = way.status()
    assert status.program is None
    assert status.problem == "no command can be read from it"


def test_an_installation_for_one_go_is_warned_of(way: Login, script: Script) -> None:
    short_lived = (str(script("home/.cache/uv/archive-v0/x/bin/postured")),)
    assert any("cache" in note for note in way.enable(short_lived).notes)
    assert "cache" in way.status().hint


def test_a_folder_that_cannot_be_made_is_one_line(way: Login, home: Path, postured: tuple[str, ...]) -> None:
    for name in (".config", "Library", "AppData"):
        (home / name).write_text("")
    with pytest.raises(LoginError) as caught:
        way.enable(postured)
    assert "\n" not in str(caught.value)
    assert str(home) in str(caught.value)


def test_a_damaged_installation_is_one_line(env: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(LoginError, match=r"postured\.service is missing: install postured again"):
        choose(env, "linux", tmp_path).enable(("/p",))


# ── systemd ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def systemd(env: dict[str, str], templates: Path) -> Login:
    return choose(env, "linux", templates)


def test_the_session_wants_the_unit(systemd: Login, home: Path, postured: tuple[str, ...], systemctl) -> None:
    done = systemd.enable(postured)
    assert done.written == (home / FILES["systemd"], home / LINK)
    assert (home / LINK).read_text() == (home / FILES["systemd"]).read_text()
    assert sum("daemon-reload" in asked for asked in systemctl.asked) == 1


def test_a_missing_link_is_reported_and_mended(systemd: Login, home: Path, postured: tuple[str, ...]) -> None:
    systemd.enable(postured)
    (home / LINK).unlink()
    status = systemd.status()
    assert not status.enabled
    assert status.problem == f"nothing starts it: the link {home / LINK} is missing"
    assert systemd.enable(postured).written == (home / LINK,)
    assert systemd.status().enabled


def test_a_missing_unit_is_reported_and_mended(systemd: Login, home: Path, postured: tuple[str, ...]) -> None:
    systemd.enable(postured)
    (home / FILES["systemd"]).unlink()
    status = systemd.status()
    assert not status.enabled
    assert status.problem == f"{home / LINK} leads nowhere, the unit is missing"
    assert systemd.enable(postured).written == (home / FILES["systemd"],)


def test_the_link_that_systemctl_makes_is_as_good(
    systemd: Login, home: Path, postured: tuple[str, ...]
) -> None:
    systemd.enable(postured)
    (home / LINK).unlink()
    (home / LINK).symlink_to(home / FILES["systemd"])
    assert systemd.status().enabled
    assert systemd.enable(postured).written == ()
    assert systemd.disable().removed == (home / LINK, home / FILES["systemd"])


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_the_links_place_is_left_alone(
    systemd: Login, home: Path, postured: tuple[str, ...], kind: str
) -> None:
    (home / LINK).parent.mkdir(parents=True)
    if kind == "file":
        (home / LINK).write_text("another's")
    else:
        (home / LINK).symlink_to("/usr/lib/systemd/user/postured.service")
    before = tree(home)
    for attempt in (lambda: systemd.enable(postured), systemd.disable):
        with pytest.raises(LoginError, match="was not made by postured"):
            attempt()
    assert tree(home) == before


def test_a_masked_unit_is_reported(systemd: Login, home: Path) -> None:
    unit = home / FILES["systemd"]
    unit.parent.mkdir(parents=True)
    unit.symlink_to("/dev/null")
    status = systemd.status()
    assert not status.enabled
    assert (status.problem, status.hint) == (
        "it is empty, that is, masked",
        "systemctl --user unmask postured",
    )


@pytest.mark.parametrize(
    ("known", "problem"),
    [
        ({"LoadState": "not-found", "ActiveState": "inactive"}, "the user manager does not know it"),
        ({"LoadState": "bad-setting"}, "the user manager cannot use it (bad-setting)"),
        (
            {"LoadState": "loaded", "ActiveState": "failed", "Result": "exit-code"},
            "it has failed (exit-code)",
        ),
        ({"LoadState": "loaded", "ActiveState": "active"}, ""),
    ],
)
def test_what_the_manager_knows_is_told(
    systemd: Login, postured: tuple[str, ...], systemctl, known: dict[str, str], problem: str
) -> None:
    systemd.enable(postured)
    systemctl.knows("postured.service", **known)
    assert systemd.status().problem == problem


def test_disabling_stops_the_daemon_that_login_started(
    systemd: Login, postured: tuple[str, ...], systemctl
) -> None:
    systemd.enable(postured)
    systemctl.knows("postured.service", ActiveState="active")
    assert "was stopped" in systemd.disable().notes[0]
    words = [asked.split()[3] for asked in systemctl.asked[-2:]]
    assert words == ["stop", "daemon-reload"], "afterwards the manager would not know how"


def test_a_manager_that_hangs_is_waited_for_no_longer_than_the_limit(env: dict[str, str], systemctl) -> None:
    systemctl.hangs()
    manager = Manager(env, limit_s=0.2)
    assert manager.show("x.target") is None
    assert not manager.reload()


# ── autostart ─────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_switched_off_by_the_desktop_is_switched_on_again(
    env: dict[str, str], templates: Path, home: Path, postured: tuple[str, ...]
) -> None:
    autostart = choose(env | {"DISPLAY": ":1", "XDG_CURRENT_DESKTOP": "MATE"}, "linux", templates)
    autostart.enable(postured)
    with (home / FILES["autostart"]).open("a") as entry:
        entry.write("Hidden=true\n")
    status = autostart.status()
    assert (status.enabled, status.problem) == (False, "Hidden=true in it switches it off")
    autostart.enable(postured)
    assert autostart.status().enabled


def test_a_file_that_has_nothing_to_do_with_postured_is_not_taken_for_a_start(tmp_path: Path) -> None:
    path = tmp_path / "home" / ".config" / "autostart" / "postured.desktop"
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    way = OneFile("autostart", path, ENTRY, Path(__file__).parents[2] / "config" / "login" / ENTRY.file)
    status = way.status()
    assert not status.enabled
    assert "not written by postured" in status.problem
    with pytest.raises(LoginError):
        way.enable(("/usr/bin/postured",))
    assert path.read_text() == "mine\n"
