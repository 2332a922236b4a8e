"""Sway's and i3's socket: what the tree of windows says, and what a socket may do instead of answering."""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.sense.holds.front import Front
from postured.sense.holds.fullscreen_sway import SwayWindows, read_tree
from postured.sense.holds.protocol import CannotTellError
from tests.sense.fake_listener import answering, listening

FULL, NOT_FULL = 1, 0


def window(mode: int = NOT_FULL, *, focused: bool = True, **more: object) -> dict[str, object]:
    return {
        "type": "con", "focused": focused, "fullscreen_mode": mode, "app_id": "Player", "nodes": [],
        "shell": "xdg_shell", "inhibit_idle": False, **more,
    }  # fmt: skip


def desktop(*windows: dict[str, object], **workspace: object) -> bytes:
    """A tree with one screen and one workspace; as the real ones, the workspace claims to fill the screen."""
    space = {"type": "workspace", "focused": False, "fullscreen_mode": 1, "nodes": windows, **workspace}
    screen = {"type": "output", "focused": False, "fullscreen_mode": 0, "nodes": [space]}
    root = {"type": "root", "focused": False, "fullscreen_mode": 0, "nodes": [screen]}
    return json.dumps(root).encode()


# ── the tree ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("mode", "full"), [(0, False), (1, True), (2, True)])
def test_the_focused_window_says_whether_it_fills_the_screen(mode: int, full: bool) -> None:
    assert read_tree(desktop(window(mode))) == Front(full, frozenset({"player"}), awake=False)


def test_a_full_screen_window_behind_the_focused_one_does_not_count() -> None:
    assert not read_tree(desktop(window(FULL, focused=False), window())).full


def test_an_empty_workspace_is_no_full_screen_window() -> None:
    assert not read_tree(desktop(focused=True)).full


def test_a_window_within_a_container_that_fills_the_screen_fills_it() -> None:
    container = window(FULL, focused=False, nodes=[window()])
    assert read_tree(desktop(container)).full


def test_floating_windows_are_found() -> None:
    floating = window(FULL, type="floating_con")
    assert read_tree(desktop(floating_nodes=[floating])).full


def test_programs_that_speak_x11_are_known_by_class_and_instance() -> None:
    found = read_tree(
        desktop(window(FULL, app_id=None, window_properties={"class": "XTerm", "instance": "term"}))
    )
    assert found.names == {"xterm", "term"}


@pytest.mark.parametrize(
    ("said", "awake"),
    [
        ({"inhibit_idle": True}, True),
        ({"inhibit_idle": False}, False),
        ({"inhibit_idle": False, "shell": "xwayland"}, None),
        ({"inhibit_idle": None}, None),
    ],
)
def test_whether_the_window_keeps_the_screen_awake_is_said_where_sway_can_know(
    said: dict[str, object], awake: bool | None
) -> None:
    assert read_tree(desktop({**window(FULL), **said})).awake is awake


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "focused",
                    "nodes",
                    "floating_nodes",
                    "fullscreen_mode",
                    "app_id",
                    "window_properties",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_other_tree_is_read_without_harm(tree: object) -> None:
    assert isinstance(read_tree(json.dumps(tree).encode()), Front)


@given(st.binary(max_size=60))
def test_anything_that_is_no_json_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(CannotTellError, match=r"no tree of windows"):
        read_tree(b"x" + data)


def test_a_tree_deeper_than_can_be_read_is_refused() -> None:
    with pytest.raises(CannotTellError):
        read_tree(b'{"nodes":[' * 100_000)


# ── the socket ────────────────────────────────────────────────────────────────────────────────────


def reply(body: bytes, *, magic: bytes = b"i3-ipc", size: int | None = None, kind: int = 4) -> bytes:
    return magic + struct.pack("=II", len(body) if size is None else size, kind) + body


def look(path: Path, data: bytes, *, step: int = 0, hang: bool = False) -> Front:
    """Ask a server that answers so."""

    async def main() -> Front:
        async with asyncio.timeout(0.5):
            return await SwayWindows(str(path), "sway").front()

    asked: list[bytes] = []
    with listening(path, answering(data, step=step, hang=hang, asked=asked)):
        front = asyncio.run(main())
    assert asked == [b"i3-ipc" + struct.pack("=II", 0, 4)]
    return front


@pytest.mark.parametrize("step", [0, 3])
def test_an_answer_in_pieces_is_put_together(tmp_path: Path, step: int) -> None:
    data = reply(desktop(window(FULL), title="x" * 200))
    assert look(tmp_path / "s", data, step=step, hang=True).full


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"i3-ipc",
        reply(b"", size=0xFFFFFFFF),
        reply(b"{}", size=100),
        reply(b"{}", magic=b"HTTP/1"),
        reply(b"{}", kind=0),
        reply(b"{"),
    ],
)
def test_a_socket_that_answers_something_else_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    with pytest.raises((CannotTellError, OSError), match=r"no tree of windows|closed the connection"):
        look(tmp_path / "s", data)


def test_no_tree_is_as_long_as_this_and_it_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(CannotTellError):
        look(tmp_path / "s", reply(b"{}", size=0xFFFFFFFF), hang=True)


def test_a_socket_that_hangs_can_be_left(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        look(tmp_path / "s", b"i3-", hang=True)


def test_nobody_listening_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(SwayWindows(str(tmp_path / "none"), "sway").front())
