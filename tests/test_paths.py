"""Where things lie, given an environment and nothing else."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import paths
from postured.paths import places, session_name, shipped

linux = pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")


@linux
def test_the_xdg_folders_are_obeyed() -> None:
    here = places(
        {
            "HOME": "/home/x",
            "XDG_CONFIG_HOME": "/c",
            "XDG_STATE_HOME": "/s",
            "XDG_RUNTIME_DIR": "/run/user/7",
            "DISPLAY": ":0",
        }
    )
    assert here.config_file == Path("/c/postured/postured.yaml")
    assert here.schema_file == Path("/c/postured/postured.schema.json")
    assert here.library_folder == Path("/c/postured/library")
    assert here.history_file == Path("/s/postured/history.db")
    assert here.last_good_file == Path("/s/postured/last_good.yaml")
    assert here.memory_file == Path("/s/postured/state-x11-0.json")
    assert here.socket == Path("/run/user/7/postured/x11-0.sock")
    assert here.lock == Path("/run/user/7/postured/x11-0.lock")


@linux
@pytest.mark.parametrize("value", ["", "relative/path", "."])
def test_empty_and_relative_xdg_values_are_ignored(value: str) -> None:
    env = {"HOME": "/home/x", "XDG_CONFIG_HOME": value, "XDG_STATE_HOME": value, "XDG_RUNTIME_DIR": value}
    here = places(env)
    assert here.config_folder == Path("/home/x/.config/postured")
    assert here.state_folder == Path("/home/x/.local/state/postured")
    assert here.runtime_folder.is_absolute()


@linux
def test_without_a_runtime_folder_there_is_one_of_this_user_alone() -> None:
    import os

    assert str(os.getuid()) in str(places({"HOME": "/home/x"}).runtime_folder)


@linux
def test_nothing_is_made(tmp_path: Path) -> None:
    places({"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({}, "none"),
        ({"DISPLAY": ""}, "none"),
        ({"DISPLAY": ":0"}, "x11-0"),
        ({"DISPLAY": ":0.0"}, "x11-0"),
        ({"DISPLAY": ":10.2"}, "x11-10"),
        ({"DISPLAY": "far.example.org:10.0"}, "x11-far.example.org_10"),
        ({"WAYLAND_DISPLAY": "wayland-1", "DISPLAY": ":0"}, "wayland-1"),
        ({"WAYLAND_DISPLAY": "/run/user/7/wayland-1"}, "wayland-1"),
        ({"WAYLAND_DISPLAY": "", "DISPLAY": ":1"}, "x11-1"),
    ],
)
def test_a_session_has_a_name(env: dict[str, str], name: str) -> None:
    assert session_name(env) == name


@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_the_display_is_called_its_name_is_one_harmless_file_name(wayland: str, x11: str) -> None:
    name = session_name({"WAYLAND_DISPLAY": wayland, "DISPLAY": x11})
    assert "/" not in name
    assert name.isascii()
    assert len(name) <= 50
    assert f"{name}.sock" not in (".", "..")


@linux
def test_two_displays_share_a_history_and_nothing_else() -> None:
    one, other = (places({"HOME": "/home/x", "DISPLAY": d}) for d in (":0", ":1"))
    assert one.history_file == other.history_file
    assert one.config_file == other.config_file
    assert len({one.memory_file, other.memory_file, one.socket, other.socket, one.lock, other.lock}) == 6


@linux
def test_a_demonstration_keeps_out_of_the_daemons_way() -> None:
    real = places({"HOME": "/home/x", "DISPLAY": ":0"})
    demo = real.demonstration()
    assert demo.config_file == real.config_file
    assert not {demo.socket, demo.lock, demo.memory_file} & {real.socket, real.lock, real.memory_file}


# ── what ships ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["postured.yaml", "postured.schema.json", "library", "login", "icons"])
def test_what_ships_is_found_in_a_clone(name: str) -> None:
    assert shipped(name).exists()


def test_what_ships_is_found_in_a_wheel(tmp_path: Path) -> None:
    """In a wheel the data lies within the package."""
    package = tmp_path / "site-packages" / "postured"
    (package / "_config").mkdir(parents=True)
    (tmp_path / "site-packages" / "config").mkdir()  # somebody else's: not ours
    shutil.copy(paths.__file__, package / "paths.py")
    spec = importlib.util.spec_from_file_location("installed_paths", package / "paths.py")
    assert spec is not None
    assert spec.loader is not None
    installed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installed)
    assert installed.shipped("library") == package / "_config" / "library"


def test_a_relative_home_is_no_home() -> None:
    here = places({"HOME": "somewhere", "XDG_RUNTIME_DIR": "/run/x"})
    assert here.config_file.is_absolute()
    assert "somewhere" not in here.config_file.parts
