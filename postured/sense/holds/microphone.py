"""Whether an application records from a microphone, as PulseAudio or PipeWire tells it.

The connection tells of recording streams as they come and go, and of nothing else: what is played and how
loud wakes nobody. A server that sleeps is left asleep: none is started by a connection, and none kept from
ending when we would be its only client. Names of applications are compared and forgotten.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from postured.core.language import _
from postured.sense.holds import pulse_wire as wire
from postured.sense.holds.protocol import Changed, Environment, Seen
from postured.sense.holds.pulse import Line, NoServer, find_cookie, find_server, line_of
from postured.sense.holds.pulse_wire import PulseError, Recording, Refused
from postured.sense.protocol import FIRST_WAIT_S, LONGEST_WAIT_S, STEADY_AFTER_S, GrowingWait
from postured.sense.sockets import reason

ANSWER_WITHIN_S = 1.0
"""For all of one look: connecting, coming in, and asking."""

SETTLE_S = 0.3
"""A new stream is announced before it is linked to its source."""

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
        *("cava", "glava", "xava", "cavalier", "org.nickvision.cavalier", "projectmsdl"),
        "projectm-pulseaudio",
        # voice control and assistants, which listen all day
        *("talon", "numen", "nerd-dictation", "rhasspy", "mycroft", "openwakeword", "wyoming-satellite"),
    }
)
"""Recorders that never are calls: binaries, names and ids of applications, in lower case."""


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
        self._line: Line | None = None
        self._since_s = 0.0
        self._turn = asyncio.Lock()
        self._told: bool | None = None
        """What whoever asks believes."""
        self._news = False
        self._checking: asyncio.Task[None] | None = None
        self._wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
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
        except (OSError, PulseError) as error:
            self._give_up(reason(error, ANSWER_WITHIN_S))
        else:
            self.note = _("the sound server tells who records")
            return recording
        why = _("the sound server cannot be used: {why}").format(why=self._trouble)
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

    async def _connect(self) -> Line:
        """Connect where a server runs already.

        Raises:
            NoServer: There is none.
            OSError, PulseError: It cannot be used, or was found so a short while ago.
        """
        loop = asyncio.get_running_loop()
        place = find_server(env := self._env(), self._proc)
        if self._stopped or loop.time() < self._not_before_s:
            raise PulseError(self._trouble)
        line = Line(place.may_sleep, self._on_news)
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
            self._wait.begin_anew()
        self._hang_up()
        self._trouble = why
        self._not_before_s = now_s + self._wait.next_s()

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
        return self._line is not None and asyncio.get_running_loop().time() - self._since_s >= STEADY_AFTER_S

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
        return line_of(Path(self._proc) / process / "comm").lower() not in NO_CALLS | self.ignore


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


async def _from_a_microphone(line: Line, source: int) -> bool:
    try:
        return not wire.read_is_monitor(await line.ask(lambda tag: wire.get_source(tag, source)))
    except Refused:  # gone meanwhile
        return False


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
