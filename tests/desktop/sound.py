"""Real sound servers without a sound card, with a made-up microphone and made-up speakers, on top of a `Desktop`.

They refuse root, so where the tests are root they run as nobody. They end with the desktop.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.desktop.compositors import Guest
from tests.desktop.session import Desktop, Program, need, wait_for

MICROPHONE, SPEAKERS = "fakemic", "speakers"

_NULL_NODE = (
    "{{ factory.name=support.null-audio-sink node.name={name} media.class={kind} object.linger=true"
    " audio.position=[FL FR] }}"
)


class Sound:
    """What both servers have in common. Made by `PulseAudio` or `PipeWire`, and started by `start`."""

    needs: tuple[str, ...] = ()

    def __init__(self, desktop: Desktop) -> None:
        need(*self.needs, "pactl", "parec", "pacat")
        self.guest = Guest(desktop, type(self).__name__.lower())
        self._numbers = itertools.count()

    @property
    def env(self) -> dict[str, str]:
        """What leads a program to this server."""
        return {"XDG_RUNTIME_DIR": str(self.guest.run), "HOME": str(self.guest.home)}

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.guest.run / "pulse/native"

    def start(self) -> None:
        """Start the server (again); returns when it answers, and both devices are there."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it at once, as a crash would."""
        raise NotImplementedError

    def pactl(self, *argv: str) -> str:
        """Control the server."""
        return self.guest.call("pactl", *argv)

    def spawn(self, *argv: str) -> Program:
        """Start a program that uses the server."""
        return self.guest.spawn(*argv, name=f"{Path(argv[0]).name}-{next(self._numbers)}")

    def applet(self) -> None:
        """Have a volume control connected from here on, as every desktop has."""
        before = self.pactl("list", "short", "clients").count("\n")
        self.spawn("pactl", "subscribe")
        wait_for(lambda: self.pactl("list", "short", "clients").count("\n") > before, what="pactl subscribe")

    @contextlib.contextmanager
    def recording(self, name: str = "FakeZoom", device: str = MICROPHONE) -> Iterator[None]:
        """An application records from a device while the block runs."""
        recorder = self.spawn("parec", f"--device={device}", f"--client-name={name}")
        try:
            yield
        finally:
            recorder.kill()

    @contextlib.contextmanager
    def playing(self) -> Iterator[None]:
        """Something is played while the block runs, and somebody turns the volume up and down."""
        player = self.spawn("pacat", "--playback", f"--device={SPEAKERS}", "/dev/zero")
        try:
            wait_for(lambda: self.pactl("list", "short", "sink-inputs"), what="something played")
            yield
        finally:
            player.kill()

    def _await(self, program: Program, path: Path) -> None:
        """Wait until the program listens; a dead one's socket lies there too."""

        def listens() -> bool:
            assert program.alive, program.output
            with socket.socket(socket.AF_UNIX) as peer:
                return peer.connect_ex(str(path)) == 0

        wait_for(listens, 10, what=f"{path.name}: {program.output}")


class PulseAudio(Sound):
    """PulseAudio. `exit_idle_s`: it ends so long after its last client has left; -1: never."""

    needs = ("pulseaudio",)

    def __init__(self, desktop: Desktop, *, exit_idle_s: int = -1) -> None:
        super().__init__(desktop)
        self._exit_idle_s = exit_idle_s

    def start(self) -> None:
        """As `Sound.start`."""
        self.server = self.spawn(
            *("pulseaudio", "-n", "--daemonize=no", f"--exit-idle-time={self._exit_idle_s}"),
            *("-L", f"module-null-sink sink_name={SPEAKERS}"),
            *("-L", f"module-null-source source_name={MICROPHONE}"),
            *("-L", "module-native-protocol-unix"),
        )
        self._await(self.server, self.socket)

    def kill(self) -> None:
        """As `Sound.kill`."""
        self.server.kill()


class PipeWire(Sound):
    """PipeWire, with the three programs that it takes to be a sound server."""

    needs = ("pipewire", "wireplumber", "pipewire-pulse", "pw-cli")

    def start(self) -> None:
        """As `Sound.start`."""
        core = self.spawn("pipewire")
        self._await(core, self.guest.run / "pipewire-0")
        self._programs = [core, self.spawn("wireplumber"), self.spawn("pipewire-pulse")]
        self._await(self._programs[-1], self.socket)
        for name, kind in ((MICROPHONE, "Audio/Source/Virtual"), (SPEAKERS, "Audio/Sink")):
            self.guest.call("pw-cli", "create-node", "adapter", _NULL_NODE.format(name=name, kind=kind))
        # From then on wireplumber links streams to them.
        wait_for(lambda: self.pactl("get-default-source").strip() == MICROPHONE, 10, what="a microphone")
        wait_for(lambda: self.pactl("get-default-sink").strip() == SPEAKERS, 10, what="speakers")

    def kill(self) -> None:
        """As `Sound.kill`."""
        for program in reversed(self._programs):
            program.kill()


class Recorder:
    """An application that can do what `parec` cannot: pause, and measure loudness only."""

    _AUTH, _NAME, _CREATE, _CORK = 8, 9, 5, 58

    def __init__(self, sound: Sound, *, corked: bool = False, peaks: bool = False) -> None:
        self._peer = socket.socket(socket.AF_UNIX)
        self._peer.settimeout(5)
        self._peer.connect(str(sound.socket))
        cookie = sound.guest.home / ".config/pulse/cookie"
        secret = cookie.read_bytes() if cookie.exists() else bytes(256)
        self._ask(self._AUTH, _u32(19) + b"x" + struct.pack(">I", 256) + secret)
        name = b"FakeMeet\0"
        self._ask(
            self._NAME,
            b"Ptapplication.name\0" + _u32(len(name)) + b"x" + struct.pack(">I", len(name)) + name + b"N",
        )
        # Volume controls ask for 25 values a second, and want each at once.
        rate, size = (25, 4) if peaks else (44100, _NOTHING)
        self._stream = self._ask(
            self._CREATE,
            b"".join(
                [
                    *(b"a\x05\x01", struct.pack(">I", rate), b"m\x01\x00"),
                    *(_u32(_NOTHING), b"t", MICROPHONE.encode(), b"\0", _u32(_NOTHING)),
                    *(_bool(corked), _u32(size), 7 * _bool(False), _bool(peaks), _bool(peaks)),
                    *(b"PN", _u32(_NOTHING), 3 * _bool(False)),
                ]
            ),
        )

    def cork(self, on: bool) -> None:
        """Pause, or go on."""
        self._ask(self._CORK, _u32(self._stream) + _bool(on))

    def close(self) -> None:
        """End."""
        self._peer.close()

    def _ask(self, command: int, body: bytes) -> int:
        """Send a request; the first number of its answer, or 0. What is recorded meanwhile is thrown away."""
        data = _u32(command) + _u32(1) + body
        self._peer.sendall(struct.pack(">IIIII", len(data), _NOTHING, 0, 0, 0) + data)
        while True:
            length, channel = struct.unpack(">II12x", self._read(20))
            answer = self._read(length)
            if channel == _NOTHING and answer[:5] in (_u32(0), _u32(2)):
                assert answer[:5] == _u32(2), f"request {command} was refused: {answer!r}"
                return int.from_bytes(answer[11:15], "big")

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._peer.recv(size - len(data))
            assert part, "the sound server hung up"
            data += part
        return data


_NOTHING = 0xFFFFFFFF


def _u32(value: int) -> bytes:
    return struct.pack(">cI", b"L", value)


def _bool(value: bool) -> bytes:
    return b"1" if value else b"0"
