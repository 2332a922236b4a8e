"""Whether an application records from a microphone, as PulseAudio or PipeWire tells it.

The connection tells of recording streams as they come and go, and of nothing else: what is played and how
loud wakes nobody. A server that sleeps is left asleep: none is started by a connection, and none kept from
ending when we would be its only client. Names of applications are compared and forgotten.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from postured.core.language import _
from postured.sense.holds import pulse_wire as wire
from postured.sense.holds.protocol import FIRST_WAIT_S, LONGEST_WAIT_S, Changed, Environment, Seen
from postured.sense.holds.pulse_wire import PulseError, Recording, Refused

ANSWER_WITHIN_S = 1.0
"""For all of one look: connecting, coming in, and asking."""

SETTLE_S = 0.3
"""A new stream is announced before it is linked to its source."""

STEADY_S = 60.0
"""A server that went after less than this is given time before it is tried again."""

NO_CALLS = frozenset(
    {
        "postured",
        # volume controls, which show how loud it is
        *("pavucontrol", "pavucontrol-qt", "org.pulseaudio.pavucontrol", "pulseaudio volume control"),
        *("pwvucontrol", "com.saivert.pwvucontrol", "ncpamixer", "pulsemixer", "pamix", "sonusmix"),
        *("plasmashell", "org.kde.plasma-pa", "plasma pa", "kmix", "kded5", "kded6", "systemsettings"),
        *("gnome-shell", "gnome-control-center", "gnome-settings-daemon", "gsd-media-keys"),
        *("org.gnome.volumecontrol", "gnome volume control", "gnome volume control dialog"),
        *("gnome volume control media keys", "cinnamon", "cinnamon-settings", "cinnamon-settings-daemon"),
        *("mate-volume-control", "mate-volume-control-status-icon", "budgie-panel", "lxqt-panel"),
        *("xfce4-pulseaudio-plugin", "xfce4-panel", "cosmic-settings", "waybar"),
        # effects, which pass the sound on to who really records
        *("easyeffects", "com.github.wwmx.easyeffects", "pulseeffects", "com.github.wwmx.pulseeffects"),
        *(
            "noisetorch",
            "noisetorch-gtk",
            "jamesdsp",
            "me.timschneeberger.jdsp4linux",
            "cadmus",
            "jack_mixer",
        ),
        # pictures of sound
        *(
            "cava",
            "glava",
            "xava",
            "cavalier",
            "org.nickvision.cavalier",
            "projectmsdl",
            "projectm-pulseaudio",
        ),
        # voice control and assistants, which listen all day
        *("talon", "numen", "nerd-dictation", "rhasspy", "mycroft", "openwakeword", "wyoming-satellite"),
    }
)
"""Recorders that never are calls: binaries, names and ids of applications, in lower case."""


class Place(NamedTuple):
    """Where a server listens."""

    socket: str
    may_sleep: bool
    """Whether it is of the kind that ends when its last client has left."""


class NoServer(Exception):  # noqa: N818 - no error, but how it is on many machines
    """No sound server runs here; one plain sentence. `elsewhere`: but one does on another machine."""

    def __init__(self, why: str, *, elsewhere: bool = False) -> None:
        super().__init__(why)
        self.elsewhere = elsewhere


class Microphone:
    """A call, by who records. Where no sound server runs, by whether a sound card is being recorded from."""

    name = "microphone"

    def __init__(
        self, env: Environment, ignore: frozenset[str], changed: Changed, *, proc: str = "/proc"
    ) -> None:
        self.note = ""
        self.ignore = ignore
        self._env = env
        self._changed = changed
        self._proc = proc
        self._line: _Line | None = None
        self._since_s = 0.0
        self._turn = asyncio.Lock()
        self._told: bool | None = None
        """What whoever asks believes."""
        self._news = False
        self._checking: asyncio.Task[None] | None = None
        self._wait_s = FIRST_WAIT_S
        self._not_before_s = 0.0
        self._trouble = ""
        self._stopped = False

    async def look(self) -> Seen | None:
        """As `Way.look`."""
        self._told = await self._look()
        return None if self._told is None else Seen(self._told)

    async def stop(self) -> None:
        """As `Way.stop`."""
        self._stopped = True
        if self._checking is not None:
            self._checking.cancel()
        self._hang_up()

    async def _look(self) -> bool | None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S), self._turn:
                recording = await self._ask()
        except NoServer as nobody:
            if nobody.elsewhere:
                self.note = str(nobody)
                return None
            return self._by_cards(str(nobody))
        except TimeoutError:
            self._give_up(_("it does not answer within {seconds:g} s").format(seconds=ANSWER_WITHIN_S))
        except OSError as error:
            self._give_up((error.strerror or str(error)).lower())
        except PulseError as error:
            self._give_up(str(error))
        else:
            self.note = _("the sound server tells who records")
            return recording
        why = _("no use to be made of the sound server: {reason}").format(reason=self._trouble)
        # What a Bluetooth headset hears goes past the cards: that they are quiet says nothing then.
        return self._by_cards(why) or None

    # ── asking the server ─────────────────────────────────────────────────────────────────────────

    async def _ask(self) -> bool:
        line = self._line or await self._connect()
        for recording in wire.read_recordings(await line.ask(wire.list_recordings)):
            counts = _of_an_application(recording) and not _names(recording) & (NO_CALLS | self.ignore)
            if counts and await _from_a_microphone(line, recording.source):
                return True
        if line.may_sleep:
            clients = wire.read_clients(await line.ask(wire.list_clients))
            if not set(clients) - {line.client}:
                self._hang_up()
        return False

    async def _connect(self) -> _Line:
        """Connect where a server runs already.

        Raises:
            NoServer: There is none.
            OSError, PulseError: It cannot be used, or was found so a short while ago.
        """
        loop = asyncio.get_running_loop()
        place = find_server(env := self._env(), self._proc)
        if self._stopped or loop.time() < self._not_before_s:
            raise PulseError(self._trouble)
        line = _Line(place.may_sleep, self._on_news)
        try:
            await loop.create_unix_connection(lambda: line, place.socket)
            await line.come_in(find_cookie(env))
        except BaseException:
            line.close()
            raise
        line.on_lost = self._on_lost
        self._line = line
        self._since_s = loop.time()
        return line

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _give_up(self, why: str) -> None:
        """Ask no more for a while, which grows from one failure to the next."""
        now_s = asyncio.get_running_loop().time()
        if now_s < self._not_before_s:
            return
        if self._is_steady():
            self._wait_s = FIRST_WAIT_S
        self._hang_up()
        self._trouble = why
        self._not_before_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    # ── being told ────────────────────────────────────────────────────────────────────────────────

    def _on_news(self) -> None:
        self._news = True
        if self._checking is None or self._checking.done():
            self._checking = asyncio.get_running_loop().create_task(self._check())

    async def _check(self) -> None:
        """Look for ourselves, so that whoever asks is only called if there is something new."""
        while self._news:
            await asyncio.sleep(SETTLE_S)
            self._news = False
            self._report(await self._look())

    def _on_lost(self, why: str) -> None:
        if not self._is_steady():
            self._give_up(why)
        self._line = None
        self._report(None)

    def _is_steady(self) -> bool:
        """Whether the connection has lasted; what ends as soon as it is made must not be made again and again."""
        return self._line is not None and asyncio.get_running_loop().time() - self._since_s >= STEADY_S

    def _report(self, recording: bool | None) -> None:
        if recording is not self._told:
            self._told = recording
            self._changed()

    # ── without a server ──────────────────────────────────────────────────────────────────────────

    def _by_cards(self, why: str) -> bool | None:
        """Whether a sound card is being recorded from; None where there is none to look at."""
        known, used = False, False
        for status in Path(self._proc).glob("asound/card*/pcm*c/sub*/status"):
            owner = _owner(status)
            known = known or owner is not None
            used = used or (bool(owner) and self._counts(str(owner)))
        self.note = _("{why}; the sound cards tell instead").format(why=why) if known else why
        return used if known else None

    def _counts(self, process: str) -> bool:
        return _line_of(Path(self._proc) / process / "comm").lower() not in NO_CALLS | self.ignore


# ── who records ───────────────────────────────────────────────────────────────────────────────────


def _of_an_application(recording: Recording) -> bool:
    """Whether somebody takes the sound, and not a part of the server, or a meter of loudness."""
    properties = recording.properties
    return (
        not recording.corked
        and recording.client != wire.NOTHING
        and recording.source != wire.NOTHING
        and recording.resampler != "peaks"
        and properties.get("resample.peaks") != "true"
        and "node.link-group" not in properties  # a filter: who listens at its other end is listed too
    )


def _names(recording: Recording) -> frozenset[str]:
    keys = ("application.process.binary", "application.name", "application.id", "node.name")
    return frozenset(recording.properties.get(key, "").lower() for key in keys)


async def _from_a_microphone(line: _Line, source: int) -> bool:
    try:
        return not wire.read_is_monitor(await line.ask(lambda tag: wire.get_source(tag, source)))
    except Refused:  # gone meanwhile
        return False


# ── where the server is ───────────────────────────────────────────────────────────────────────────


def find_server(env: Mapping[str, str], proc: str) -> Place:
    """Find the server's socket, and make sure that a process is behind it: connecting might start one.

    Raises:
        NoServer: None runs here.
    """
    if listed := env.get("PULSE_SERVER", "").split():
        sockets = [path for entry in listed if (path := _local_socket(entry))]
        if not sockets:
            raise NoServer(_("the sound server is on another machine"), elsewhere=True)
        path, asked_for = sockets[0], True
    elif folder := env.get("PULSE_RUNTIME_PATH"):
        path, asked_for = f"{folder}/native", False
    elif folder := env.get("XDG_RUNTIME_DIR"):
        path, asked_for = f"{folder}/pulse/native", False
    else:
        raise NoServer(_("XDG_RUNTIME_DIR is not set, so no sound server can be found"))
    # Both kinds of server write it, and it is all that tells a server from a socket kept ready to start one.
    number = _line_of(Path(path).parent / "pid")
    process = _line_of(Path(proc) / number / "comm") if number.isdigit() else ""
    if "pulse" not in process and "pipewire" not in process and (number or not asked_for):
        raise NoServer(_("no sound server runs"))
    return Place(path, may_sleep="pulseaudio" in process)


def _local_socket(entry: str) -> str:
    """Return the path in an entry of PULSE_SERVER, empty if it is for, or on, another machine."""
    if entry.startswith("{"):
        machine, _brace, entry = entry[1:].partition("}")
        if machine not in (_line_of(Path("/etc/machine-id")), os.uname().nodename):
            return ""
    path = entry.removeprefix("unix:")
    return path if path.startswith("/") else ""


def find_cookie(env: Mapping[str, str]) -> bytes:
    """Find what lets in those who are not the server's own user; zeros where there is none."""
    home = Path(env.get("HOME", "/"))
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    told = env.get("PULSE_COOKIE")
    for path in [Path(told)] if told else [config / "pulse/cookie", home / ".pulse-cookie"]:
        try:
            with path.open("rb") as stream:
                cookie = stream.read(wire.COOKIE_SIZE)
        except OSError:
            continue
        if len(cookie) == wire.COOKIE_SIZE:
            return cookie
    return bytes(wire.COOKIE_SIZE)


def _owner(status: Path) -> str | None:
    """Return the process that records by a card's status file: empty if none does, None if that is hidden."""
    try:
        lines = status.read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    if not lines or lines[0].strip() == "closed":
        return ""
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for key, _colon, value in pairs if key.strip() == "owner_pid"), "0")


def _line_of(path: Path) -> str:
    """Return the first line of a file, empty where it cannot be read."""
    try:
        with path.open(errors="replace") as stream:
            return stream.readline(256).strip()
    except OSError:
        return ""


# ── the connection ────────────────────────────────────────────────────────────────────────────────


class _Line(asyncio.Protocol):
    """One connection: questions with their answers, and news."""

    def __init__(self, may_sleep: bool, on_news: Callable[[], None]) -> None:
        self.may_sleep = may_sleep
        self.client = wire.NOTHING
        self.on_lost: Callable[[str], None] | None = None
        self._on_news = on_news
        self._transport: asyncio.Transport | None = None
        self._reader = wire.Reader()
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._asked = 0
        self._why = _("it closed the connection")

    async def come_in(self, cookie: bytes) -> None:
        """Say who we are and what we want to be told."""
        version = wire.read_version(await self.ask(lambda tag: wire.auth(tag, cookie)))
        if version < wire.VERSION:
            raise PulseError(_("it is too old (version {version})").format(version=version))
        self.client = wire.read_own_client(await self.ask(lambda tag: wire.set_client_name(tag, "postured")))
        await self.ask(wire.subscribe)

    async def ask(self, request: Callable[[int], bytes]) -> bytes:
        """Return the answer to a request, which is made with a tag; the caller sets the limit."""
        if self._transport is None or self._transport.is_closing():
            raise PulseError(self._why)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        tag = self._asked = self._asked + 1
        self._waiting[tag] = answer
        self._transport.write(request(tag))
        try:
            return await answer
        finally:
            del self._waiting[tag]

    def close(self) -> None:
        """Hang up; nobody is told."""
        self.on_lost = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                self._take(message)
        except PulseError as error:
            self._why = str(error)
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - `_why` says it plainly
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PulseError(self._why))
        if self.on_lost is not None:
            self.on_lost(self._why)

    def _take(self, message: wire.Message) -> None:
        if message.command in (wire.REPLY, wire.ERROR):
            answer = self._waiting.get(message.tag)
            if answer is None or answer.done():  # nobody waits for it any more
                return
            try:
                answer.set_result(wire.answer_of(message))
            except Refused as error:
                answer.set_exception(error)
        elif wire.tells_of_recording(message):
            self._on_news()
