"""Hyprland's socket: the window in front in each version's words, and where the socket lies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.sense.holds.front import Front
from postured.sense.holds.fullscreen_hyprland import HyprlandWindows, read_window
from postured.sense.holds.protocol import CannotTellError
from tests.sense.fake_listener import answering, listening

SINCE_0_42 = {
    "class": "mpv",
    "initialClass": "Mpv",
    "title": "a film",
    "xwayland": False,
    "fullscreenClient": 2,
}


def told(**said: object) -> Front:
    return read_window(json.dumps({**SINCE_0_42, **said}).encode())


@pytest.mark.parametrize(("state", "full"), [(0, False), (1, False), (2, True), (3, True)])
def test_maximized_is_not_full_screen(state: int, full: bool) -> None:
    assert told(fullscreen=state).full is full


@pytest.mark.parametrize(
    ("said", "full"),
    [
        ({"fullscreen": False, "fullscreenMode": 0}, False),
        ({"fullscreen": True, "fullscreenMode": 0}, True),
        ({"fullscreen": True, "fullscreenMode": 1}, False),
    ],
)
def test_older_versions_say_it_in_two_words(said: dict[str, object], full: bool) -> None:
    assert told(**said).full is full


def test_both_names_of_the_program_are_known_and_no_title() -> None:
    assert told(fullscreen=2, initialClass="Chromium").names == {"mpv", "chromium"}


@pytest.mark.parametrize(
    ("said", "awake"),
    [
        ({}, None),
        ({"inhibitingIdle": True}, True),
        ({"inhibitingIdle": False}, False),
        ({"inhibitingIdle": False, "xwayland": True}, None),
    ],
)
def test_newer_versions_know_whether_the_window_keeps_the_screen_awake(
    said: dict[str, object], awake: bool | None
) -> None:
    assert told(fullscreen=2, **said).awake is awake


def test_no_window_in_front_is_no_full_screen_window() -> None:
    assert read_window(b"{}") == Front(full=False)


@given(
    st.dictionaries(
        st.sampled_from(["class", "fullscreen", "inhibitingIdle"]), st.none() | st.text() | st.floats()
    )
)
def test_words_of_other_kinds_are_passed_over(window: dict[str, object]) -> None:
    assert not read_window(json.dumps(window).encode()).full


@given(st.binary(max_size=40))
def test_anything_else_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(CannotTellError, match="no window"):
        read_window(b"x" + data)


# ── the socket ────────────────────────────────────────────────────────────────────────────────────


def look(socket: Path, env: dict[str, str], data: bytes, *, step: int = 3, hang: bool = False) -> Front:
    """Ask a server that listens at that place."""

    async def main() -> Front:
        async with asyncio.timeout(0.5):
            return await HyprlandWindows(env).front()

    socket.parent.mkdir(parents=True)
    asked: list[bytes] = []
    with listening(socket, answering(data, step=step, hang=hang, asked=asked)):
        front = asyncio.run(main())
    assert asked == [b"j/activewindow"]
    return front


ANSWER = json.dumps({**SINCE_0_42, "fullscreen": 2}).encode()


def test_it_is_asked_in_the_runtime_folder(tmp_path: Path) -> None:
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HYPRLAND_INSTANCE_SIGNATURE": "v0_1"}
    assert look(tmp_path / "hypr/v0_1/.socket.sock", env, ANSWER).full


def test_an_older_one_is_found_where_those_listened() -> None:
    signature = f"postured-test-{secrets.token_hex(8)}"
    env = {"XDG_RUNTIME_DIR": "/nowhere", "HYPRLAND_INSTANCE_SIGNATURE": signature}
    folder = Path("/tmp/hypr") / signature
    try:
        assert look(folder / ".socket.sock", env, ANSWER).full
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()


@pytest.mark.parametrize("data", [b"", b"unknown request", b"x" * 2_000_000])
def test_a_socket_that_answers_something_else_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HYPRLAND_INSTANCE_SIGNATURE": "s"}
    with pytest.raises(CannotTellError):
        look(tmp_path / "hypr/s/.socket.sock", env, data, step=100_000)


def test_a_socket_that_hangs_can_be_left(tmp_path: Path) -> None:
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HYPRLAND_INSTANCE_SIGNATURE": "s"}
    with pytest.raises(TimeoutError):
        look(tmp_path / "hypr/s/.socket.sock", env, ANSWER, hang=True)


def test_nobody_listening_is_an_oserror(tmp_path: Path) -> None:
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HYPRLAND_INSTANCE_SIGNATURE": "gone"}
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(HyprlandWindows(env).front())
