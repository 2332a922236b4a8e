"""The list of windows that many Wayland compositors keep, and what they say of what keeps the screen awake."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postured.sense.holds.front import Front, NoWindowsError
from postured.sense.holds.fullscreen_wlr import MANAGER, WlrWindows
from postured.sense.holds.protocol import CannotTellError
from tests.sense.fake_listener import answering, listening
from tests.sense.fake_wayland import KDE, SEAT, V1, V2, fake_wayland

MAXIMIZED, ACTIVATED, FULLSCREEN = 0, 2, 3


def text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4)


@dataclass
class Lists:
    """A compositor that lists windows and does little else; idle notifications come as `idles` says."""

    windows: tuple[tuple[str, tuple[int, ...]], ...] = (("Player", (ACTIVATED, FULLSCREEN)),)
    version: int = 3
    notifier: tuple[str, int] | None = None
    idles: tuple[int, ...] = ()
    """Which kinds of requests for a notification are answered; 1 is any, 2 is of input only."""
    closed: bool = False
    fragment: int = 0
    mute_after: int = -1
    peer: socket.socket | None = None
    kinds: dict[int, str] = field(default_factory=dict)

    def serve(self, peer: socket.socket) -> None:
        self.peer = peer
        self.kinds = {1: "wl_display"}
        count = 0
        while len(head := peer.recv(8, socket.MSG_WAITALL)) == 8:
            target, word = struct.unpack("=II", head)
            size = (word >> 16) - 8
            body = peer.recv(size, socket.MSG_WAITALL) if size else b""
            if count == self.mute_after:
                continue
            count += 1
            self._obey(target, word & 0xFFFF, body)

    def _obey(self, target: int, kind: int, body: bytes) -> None:
        numbers = struct.unpack_from(f"={len(body) // 4}I", body)
        what = self.kinds.get(target, "")
        if what == "wl_display" and kind == 1:
            self.kinds[numbers[0]] = "wl_registry"
            for number, (name, version) in enumerate(self._offers(), 1):
                self._event(
                    numbers[0], 0, struct.pack("=I", number) + text(name) + struct.pack("=I", version)
                )
        elif what == "wl_display":
            self._event(numbers[0], 0, struct.pack("=I", 0))
            self._event(1, 1, struct.pack("=I", numbers[0]))
        elif what == "wl_registry":
            name, version = self._offers()[numbers[0] - 1]
            assert numbers[-2] <= version
            self.kinds[numbers[-1]] = name
            if name == MANAGER:
                self._list(numbers[-1])
        elif what == V2[0] and kind in self.idles:
            self._event(numbers[0], 0)

    def _offers(self) -> list[tuple[str, int]]:
        return [(MANAGER, self.version), SEAT, *([self.notifier] if self.notifier else [])]

    def _list(self, manager: int) -> None:
        for number, (app_id, states) in enumerate(self.windows, 0xFF000000):
            self._event(manager, 0, struct.pack("=I", number))
            self._event(number, 0, text("a title that nobody reads"))
            self._event(number, 1, text(app_id))
            array = struct.pack(f"={len(states)}I", *states)
            self._event(number, 4, struct.pack("=I", len(array)) + array)
            self._event(number, 5)
            if self.closed:
                self._event(number, 6)

    def _event(self, sender: int, kind: int, body: bytes = b"") -> None:
        assert self.peer is not None
        data = struct.pack("=II", sender, (8 + len(body)) << 16 | kind) + body
        step = self.fragment or len(data)
        for at in range(0, len(data), step):
            self.peer.sendall(data[at : at + step])


def look(path: Path, serve: Callable[[socket.socket], object], limit_s: float = 2.0) -> Front:
    async def main() -> Front:
        async with asyncio.timeout(limit_s):
            return await WlrWindows(str(path)).front()

    with listening(path, serve):
        return asyncio.run(main())


# ── the windows ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fragment", [0, 3])
def test_a_window_that_is_in_front_and_fills_the_screen_is_found(tmp_path: Path, fragment: int) -> None:
    assert look(tmp_path / "w", Lists(fragment=fragment).serve) == Front(
        full=True, names=frozenset({"player"})
    )


@pytest.mark.parametrize(
    "windows",
    [
        (),
        (("a", (FULLSCREEN,)), ("b", (ACTIVATED,))),
        (("a", (ACTIVATED, MAXIMIZED)),),
        (("a", ()),),
    ],
)
def test_other_windows_do_not_count(tmp_path: Path, windows: tuple[tuple[str, tuple[int, ...]], ...]) -> None:
    assert not look(tmp_path / "w", Lists(windows).serve).full


def test_a_window_that_was_closed_meanwhile_does_not_count(tmp_path: Path) -> None:
    assert not look(tmp_path / "w", Lists(closed=True).serve).full


@pytest.mark.parametrize(
    ("notifier", "idles", "awake"),
    [
        (V2, (1, 2), False),
        (V2, (2,), True),
        (V2, (), None),
        (V1, (1,), False),
        (V1, (), True),
        (None, (), None),
    ],
    ids=["idle", "idle but for something", "busy hands", "idle by v1", "not idle by v1", "no word of it"],
)
def test_whether_something_keeps_the_screen_awake_shows_in_notifications_of_idleness(
    tmp_path: Path, notifier: tuple[str, int] | None, idles: tuple[int, ...], awake: bool | None
) -> None:
    assert look(tmp_path / "w", Lists(notifier=notifier, idles=idles).serve).awake is awake


# ── compositors that list no windows ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("offers", [(SEAT, V2), (SEAT, V1)])
@pytest.mark.parametrize("inhibited", [True, False])
def test_without_windows_there_is_still_what_keeps_the_screen_awake(
    offers: tuple[tuple[str, int], ...], inhibited: bool
) -> None:
    with fake_wayland(offers=offers) as server:
        server.inhibit(inhibited)
        with pytest.raises(NoWindowsError) as caught:
            asyncio.run(WlrWindows(str(server.path)).front())
    assert (caught.value.awake, caught.value.unsure) == (inhibited, False)


@pytest.mark.parametrize(
    ("offers", "unsure"),
    [((SEAT,), False), ((V2,), True), ((SEAT, KDE), True)],
    ids=["no word", "no seat", "old"],
)
def test_where_that_is_not_said_it_is_not_guessed(offers: tuple[tuple[str, int], ...], unsure: bool) -> None:
    with fake_wayland(offers=offers) as server:
        server.inhibit(on=True)
        with pytest.raises(NoWindowsError) as caught:
            asyncio.run(WlrWindows(str(server.path)).front())
    assert (caught.value.awake, caught.value.unsure) == (None, unsure)


def test_windows_that_cannot_say_that_they_fill_the_screen_are_as_good_as_none(tmp_path: Path) -> None:
    with pytest.raises(NoWindowsError):
        look(tmp_path / "w", Lists(version=1).serve)


# ── going wrong ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it closed the connection"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "it closed the connection"),
        (struct.pack("=II", 1, 0), "not Wayland"),
    ],
)
def test_what_is_no_compositor_is_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises((CannotTellError, OSError), match=words):
        look(tmp_path / "w", answering(data))


@settings(deadline=None)  # a thread and a socket each time
@given(st.binary(max_size=100))
def test_any_answer_is_a_sentence_or_no_answer(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "w"
    with pytest.raises((CannotTellError, OSError)):
        look(path, answering(data))


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_compositor_that_hangs_can_be_left_at_any_point(tmp_path: Path, after: int) -> None:
    with pytest.raises(TimeoutError):
        look(tmp_path / "w", Lists(mute_after=after).serve, limit_s=0.2)


def test_nobody_listening_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(WlrWindows(str(tmp_path / "none")).front())
