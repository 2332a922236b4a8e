"""The window in front on X11, against a server that can be told what to say and how to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.sense.activity import x11_wire as wire
from postured.sense.activity.x11_wire import XError
from postured.sense.holds import fullscreen_x11
from postured.sense.holds.front import Front
from postured.sense.holds.fullscreen_x11 import X11Windows
from postured.sense.holds.protocol import CannotTellError
from tests.sense.fake_listener import listening

ROOT, MANAGER, WINDOW = 0x123, 0x20, 0x400001
ATOMS = {
    name: 300 + at
    for at, name in enumerate(
        (
            b"_NET_SUPPORTED",
            b"_NET_SUPPORTING_WM_CHECK",
            b"_NET_ACTIVE_WINDOW",
            b"_NET_WM_STATE",
            b"_NET_WM_STATE_FULLSCREEN",
        )
    )
}
SUPPORTED, CHECK, ACTIVE, STATE, FULL = ATOMS.values()


@dataclass
class Screen:
    """What the server knows, and how it behaves. The default: a window of mpv fills the screen."""

    properties: dict[tuple[int, int], tuple[int, ...] | bytes] = field(
        default_factory=lambda: {
            (ROOT, SUPPORTED): (STATE, FULL),
            (ROOT, CHECK): (MANAGER,),
            (MANAGER, CHECK): (MANAGER,),
            (ROOT, ACTIVE): (WINDOW,),
            (WINDOW, STATE): (FULL,),
            (WINDOW, wire.WM_CLASS): b"gl\0Mpv\0",
        }
    )
    atoms: dict[bytes, int] = field(default_factory=lambda: dict(ATOMS))
    dead: set[int] = field(default_factory=set)
    """Windows that are asked for in vain."""
    fragment: int = 0
    mute_after: int = -1
    """Hang at the request of this number."""
    greeting: bytes = b""
    peer: socket.socket | None = None
    watched: list[int] = field(default_factory=list)
    connections: int = 0

    def serve(self, peer: socket.socket) -> None:
        self.peer = peer
        self.connections += 1
        peer.recv(12)
        roots = struct.pack("=I", ROOT) + b"\0" * 76
        vendor, formats = b"fake", b"\0" * 16
        body = struct.pack("=IIIIHHBB10x", 1, 0x200000, 0x1FFFFF, 256, len(vendor), 0xFFFF, 1, 2)
        body += vendor + formats + roots
        self._send(self.greeting or struct.pack("=BxHHH", 1, 11, 0, len(body) // 4) + body)
        number = 0
        while (head := peer.recv(4, socket.MSG_WAITALL)) and len(head) == 4:
            opcode, _detail, words = struct.unpack("=BBH", head)
            data = peer.recv(4 * words - 4, socket.MSG_WAITALL)
            if number == self.mute_after:
                continue
            number += 1
            self._obey(opcode, number, data)

    def event(self, atom: int, window: int = ROOT) -> None:
        """Say that a property has changed."""
        assert self.peer is not None
        self.peer.sendall(struct.pack("=BxHIIIB15x", 28, 0, window, atom, 0, 0))

    def _obey(self, opcode: int, number: int, data: bytes) -> None:
        if opcode == 16:
            (size,) = struct.unpack_from("=H", data)
            self._reply(number, 0, struct.pack("=I", self.atoms.get(data[4 : 4 + size], 0)), b"")
            return
        window, atom = struct.unpack_from("=II", data)
        if window in self.dead:
            self._send(struct.pack("=BBHIHB21x", 0, 3, number, window, 0, opcode))
        elif opcode == 2:
            self.watched.append(window)
            self._send(struct.pack("=BxH28x", 34, number))  # an event nobody asked for, in between
        elif opcode == 20:
            value = self.properties.get((window, atom), b"")
            numbers = isinstance(value, tuple)
            body = struct.pack(f"={len(value)}I", *value) if isinstance(value, tuple) else value
            count = len(value)
            head = struct.pack("=III", 4, 0, count)
            self._reply(number, (32 if numbers else 8) if value else 0, head, body + b"\0" * (-len(body) % 4))

    def _reply(self, number: int, detail: int, head: bytes, body: bytes) -> None:
        self._send(struct.pack("=BBHI", 1, detail, number, len(body) // 4) + head.ljust(24, b"\0") + body)

    def _send(self, data: bytes) -> None:
        assert self.peer is not None
        step = self.fragment or len(data)
        for at in range(0, len(data), step):
            self.peer.sendall(data[at : at + step])


Scene = Callable[[X11Windows, list[str]], Awaitable[None]]


def watch(screen: Screen, scene: Scene) -> None:
    """Run a scene against a server; what asked for another look is counted in the list."""
    number = random.SystemRandom().randrange(1000, 50000)

    async def main() -> None:
        changes: list[str] = []
        windows = X11Windows({"DISPLAY": f":{number}"}, lambda: changes.append("again"))
        try:
            async with asyncio.timeout(5):
                await scene(windows, changes)
        finally:
            windows.stop()
            windows.stop()

    with listening(f"\0/tmp/.X11-unix/X{number}", screen.serve):
        asyncio.run(main())


def look(screen: Screen, limit_s: float = 2.0) -> Front:
    found: list[Front] = []

    async def scene(windows: X11Windows, _changes: list[str]) -> None:
        async with asyncio.timeout(limit_s):
            found.append(await windows.front())

    watch(screen, scene)
    return found[0]


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
        await asyncio.sleep(0.005)


# ── one look ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fragment", [0, 3])
def test_the_active_window_says_whether_it_fills_the_screen_and_whose_it_is(fragment: int) -> None:
    assert look(Screen(fragment=fragment)) == Front(full=True, names=frozenset({"gl", "mpv"}))


@pytest.mark.parametrize("states", [(), (999,)])
def test_other_states_are_not_full_screen(states: tuple[int, ...]) -> None:
    screen = Screen()
    screen.properties[WINDOW, STATE] = states
    assert not look(screen).full


@pytest.mark.parametrize("active", [(), (0,)])
def test_no_active_window_is_no_full_screen_window(active: tuple[int, ...]) -> None:
    screen = Screen()
    screen.properties[ROOT, ACTIVE] = active
    assert not look(screen).full


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda screen: screen.atoms.pop(b"_NET_WM_STATE_FULLSCREEN"), "does not tell"),
        (lambda screen: screen.properties.update({(ROOT, SUPPORTED): (STATE,)}), "does not tell"),
        (lambda screen: screen.properties.pop((ROOT, SUPPORTED)), "does not tell"),
        (lambda screen: screen.properties.pop((ROOT, CHECK)), "does not tell"),
        (lambda screen: screen.dead.add(MANAGER), "no window manager runs"),
        (lambda screen: screen.dead.add(WINDOW), "gone before"),
    ],
)
def test_what_the_window_manager_does_not_tell_is_not_guessed(
    spoil: Callable[[Screen], object], words: str
) -> None:
    screen = Screen()
    spoil(screen)
    with pytest.raises(CannotTellError, match=words):
        look(screen)


def test_a_window_that_goes_between_two_questions_is_looked_for_again() -> None:
    screen = Screen()
    screen.dead.add(WINDOW)
    serve = screen._obey

    def heal(opcode: int, number: int, data: bytes) -> None:
        serve(opcode, number, data)
        if opcode == 20 and struct.unpack_from("=I", data)[0] == WINDOW:
            screen.properties[ROOT, ACTIVE] = (WINDOW + 1,)

    screen._obey = heal  # type: ignore[method-assign]
    assert look(screen) == Front(full=False)


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "not X11"),
        (struct.pack("=BxHHH", 1, 11, 0, 10) + b"\0" * 40, "no screen"),
        (struct.pack("=BBHHH", 0, 3, 11, 0, 1) + b"no!\0", "no!"),
    ],
)
def test_a_server_that_refuses_or_talks_nonsense_is_a_sentence(greeting: bytes, words: str) -> None:
    with pytest.raises(CannotTellError, match=words):
        look(Screen(greeting=greeting))


@pytest.mark.parametrize("after", [0, 5, 8])
def test_a_server_that_hangs_can_be_left_at_any_point(after: int) -> None:
    with pytest.raises(TimeoutError):
        look(Screen(mute_after=after), limit_s=0.2)


@pytest.mark.parametrize("display", ["", "nonsense", ":99999"])
def test_a_display_that_is_none_is_a_sentence(display: str) -> None:
    async def main() -> None:
        await X11Windows({"DISPLAY": display}, lambda: None).front()

    with pytest.raises(CannotTellError, match="display name"):
        asyncio.run(main())


def test_nobody_listening_is_an_oserror() -> None:
    async def main() -> None:
        await X11Windows({"DISPLAY": ":51234"}, lambda: None).front()

    with pytest.raises(OSError, match=r"refused|No such file"):
        asyncio.run(main())


# ── hearing of the end ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("atom", [ACTIVE, STATE])
def test_while_a_full_screen_window_stands_its_end_is_heard_of_once(atom: int) -> None:
    screen = Screen()

    async def scene(windows: X11Windows, changes: list[str]) -> None:
        assert (await windows.front()).full
        assert screen.watched == [ROOT, WINDOW]
        screen.event(atom)
        await until(lambda: changes)
        assert changes == ["again"]

    watch(screen, scene)


def test_nothing_is_listened_to_while_no_window_fills_the_screen() -> None:
    screen = Screen()
    screen.properties[WINDOW, STATE] = ()

    async def scene(windows: X11Windows, _changes: list[str]) -> None:
        await windows.front()
        peer = screen.peer
        assert peer is not None
        await until(lambda: peer.fileno() < 0)  # the connection has ended

    watch(screen, scene)


def test_other_changes_are_not_worth_a_look_and_too_many_end_the_listening() -> None:
    screen = Screen()

    async def scene(windows: X11Windows, changes: list[str]) -> None:
        await windows.front()
        kept = windows._watch
        assert kept is not None
        for count in range(1, fullscreen_x11.MOST_IN_VAIN + 2):
            screen.event(39)  # WM_NAME
            await until(lambda: kept._in_vain == count)  # noqa: B023 - awaited within the turn
        assert kept._peer.fileno() < 0
        assert changes == []
        await windows.front()
        assert windows._watch is None

    watch(screen, scene)


def test_what_changes_all_the_time_is_left_to_the_regular_looks() -> None:
    screen = Screen()

    async def scene(windows: X11Windows, changes: list[str]) -> None:
        await windows.front()
        screen.event(ACTIVE)
        await until(lambda: changes)
        await windows.front()
        assert windows._watch is None

    watch(screen, scene)


def test_a_server_that_dies_meanwhile_is_no_news() -> None:
    screen = Screen()

    async def scene(windows: X11Windows, changes: list[str]) -> None:
        await windows.front()
        kept = windows._watch
        assert kept is not None
        assert screen.peer is not None
        screen.peer.shutdown(socket.SHUT_RDWR)
        await until(lambda: kept._peer.fileno() < 0)
        assert changes == []

    watch(screen, scene)


def test_each_look_gives_back_the_connection_before() -> None:
    screen = Screen()

    async def scene(windows: X11Windows, _changes: list[str]) -> None:
        for _time in range(5):
            assert (await windows.front()).full
        assert screen.connections == 5  # the server takes one at a time: each before was closed

    watch(screen, scene)


# ── foreign bytes ─────────────────────────────────────────────────────────────────────────────────


@given(st.binary(min_size=8, max_size=80))
def test_any_greeting_names_a_root_window_or_is_refused(data: bytes) -> None:
    with contextlib.suppress(XError):
        assert wire.root_window(data) >= 0


@given(st.binary(min_size=32, max_size=80))
def test_any_reply_is_read_within_its_bounds(reply: bytes) -> None:
    assert len(wire.read_numbers(reply)) <= 12
    assert len(wire.read_text(reply)) <= 48
    assert wire.read_atom(reply) >= 0
    assert wire.read_property_change(reply) >= 0
