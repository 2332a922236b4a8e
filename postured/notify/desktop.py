"""Notices with buttons on the desktop, through org.freedesktop.Notifications on the session bus.

Owns that name's side of the conversation: one notice up at a time, every delivered one with exactly one end.
Servers lie, hang, repeat themselves and die; what each was seen to do is said where it matters. Between
notices nothing runs: the bus wakes us when something happens; a lost bus is looked for at the next notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from postured.bus import BUS_NAME, BUS_PATH, Bus, BusError, Signal, session_address
from postured.core.language import _
from postured.notify.message import Delivery, Ended, Message, Sent, Why
from postured.notify.server import NOTIFY_SIGNATURE, Server, notify_arguments, offered_buttons

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"

_STOP_LIMIT_S = 0.8
_MOST_EARLY = 64
_REASONS = {1: Why.EXPIRED, 2: Why.DISMISSED, 3: Why.CLOSED}

_log = logging.getLogger(__name__)


class _Up:
    """The notice that is up."""

    __slots__ = ("id", "keys", "tag", "timer", "turn")

    def __init__(self, tag: str, server_id: int, keys: frozenset[str], turn: int) -> None:
        self.tag = tag
        self.id = server_id
        self.keys = keys
        self.turn = turn
        self.timer: asyncio.TimerHandle | None = None


class Desktop:
    """Notifier on the desktop's own notification server."""

    name = "desktop"

    def __init__(
        self,
        on_ended: Callable[[Ended], None],
        *,
        env: Mapping[str, str],
        icon: str = "",
        limit_s: float = 5.0,
    ) -> None:
        self._on_ended = on_ended
        self._env = env
        self._icon = icon
        self._limit_s = limit_s
        self._lock = asyncio.Lock()
        self._stopped = False
        self._bus: Bus | None = None
        self._bus_id = ""
        self._watch: asyncio.Task[None] | None = None
        self._owner = ""
        self._owner_changes = 0
        self._activatable = False
        self._failed = False
        self._server: Server | None = None
        self._up: _Up | None = None
        self._turn = 0
        """Counts the calls of Notify."""
        self._replacing: int | None = None
        """While Notify is in flight: the id it replaces, or 0."""
        self._early: list[Signal] = []
        self._last = Sent.DELIVERED

    @property
    def ready(self) -> bool:
        """Whether there is a server, or the bus can start one, and it has not failed us since it came."""
        return (self._owner != "" or self._activatable) and not self._failed

    async def start(self, stale: Mapping[str, object] | None) -> None:
        """Connect, and close what an earlier run left up with the very same server."""
        try:
            async with asyncio.timeout(self._limit_s), self._lock:
                bus = await self._connected()
        except (TimeoutError, BusError) as error:
            _log.debug("no desktop notifications yet: %s", error)
            return
        match stale:
            # Names like ":1.7" come back on another bus and ids on another server: all three have to fit.
            case {"bus": self._bus_id, "owner": self._owner, "ids": [*ids]} if self._owner:
                for left_over in ids:
                    if isinstance(left_over, int) and 0 < left_over < 2**32:
                        self._close_on_server(bus, left_over)

    async def show(self, message: Message, *, tag: str) -> Delivery:
        """Put `message` up in place of the one that is up. Never raises; at most five seconds."""
        try:
            async with asyncio.timeout(self._limit_s), self._lock:
                delivery = await self._show(message, tag)
        except TimeoutError:
            what = _("the notification server does not answer within {limit:g} s").format(limit=self._limit_s)
            delivery = Delivery(Sent.TIMEOUT, what)
        except BusError as error:
            delivery = Delivery(Sent(error.kind), error.detail)
        self._failed = not delivery.shown
        self._log_change(delivery)
        return delivery

    async def close(self) -> None:
        """Take down the notice that is up; also one that is being put up just now."""
        try:
            async with asyncio.timeout(self._limit_s), self._lock:
                self._take_down()
        except TimeoutError:
            self._take_down()

    async def stop(self) -> None:
        """Take down the notice and leave the bus, within one second even if nobody answers."""
        self._stopped = True
        closing = self._take_down()
        with contextlib.suppress(TimeoutError, BusError):
            async with asyncio.timeout(_STOP_LIMIT_S), self._lock:
                closing = self._take_down() or closing
                if closing and self._bus and self._owner:
                    # Asked once more, now with an answer: when it comes, the first has been dealt with, too.
                    await self._bus.call(self._owner, PATH, NAME, "CloseNotification", "u", (closing,))
        if self._bus is not None:
            await self._bus.close()
        if self._watch is not None:
            await self._watch

    def remember(self) -> Mapping[str, object]:
        """Say which notification is up, on which bus, with which server."""
        return {"bus": self._bus_id, "owner": self._owner, "ids": [self._up.id] if self._up else []}

    async def describe(self) -> Mapping[str, object]:
        """Say which bus was looked for and why, who owns the name there, and what that server can do."""
        found: dict[str, object] = {"notifier": self.name, "problem": None, **self._address()}
        try:
            async with asyncio.timeout(self._limit_s), self._lock:
                bus = await self._connected()
                found["activatable"] = await _can_be_started(bus)
                found["owner"] = self._owner or None
                if self._owner:  # asking a server that does not run would start it
                    server = await self._known_server(bus)
                    found["server"] = server.label
                    found["capabilities"] = sorted(server.capabilities)
                    found["buttons"] = server.draws_buttons
                elif not found["activatable"]:
                    found["problem"] = _(
                        "no notification server is running, and the bus knows of none to start"
                    )
        except TimeoutError:
            found["problem"] = _("no answer within {limit:g} s").format(limit=self._limit_s)
        except BusError as error:
            found["problem"] = error.detail
        return found

    def _address(self) -> dict[str, object]:
        variable = next(
            (v for v in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR") if self._env.get(v)), None
        )
        return {"address": session_address(self._env) if variable else None, "address_from": variable}

    # ── going out ─────────────────────────────────────────────────────────────────────────────────

    async def _show(self, message: Message, tag: str) -> Delivery:
        bus = await self._connected()
        server = await self._known_server(bus)
        changes = self._owner_changes if self._owner else self._owner_changes + 1
        old = self._up.id if self._up else 0
        plain = notify_arguments(message, server, icon=self._icon, replaces=old)
        arguments = _with_picture(plain, message.image)
        keys = frozenset(key for key, _ in offered_buttons(message, server))
        self._turn += 1
        turn = self._turn

        def late(reply: tuple[object, ...]) -> None:
            self._answered_late(bus, reply, turn)

        self._replacing = old
        try:
            reply = await bus.call(
                NAME, PATH, NAME, "Notify", NOTIFY_SIGNATURE, arguments, timeout_s=self._limit_s, late=late
            )
            given = _id_in(reply)
            if not given:
                said = _("{server} gave no valid id to the notice").format(server=server.label)
                raise BusError("rejected", said)
            if self._owner_changes > changes:
                said = _("{server} ended while the notice was being put up").format(server=server.label)
                raise BusError("no-server", said)
            self._take_over(_Up(tag, given, keys, turn), message.expire_s)
            self._replacing = None
            for signal in self._early.copy():
                self._on_signal(signal)
        finally:
            self._replacing = None
            self._early.clear()
        return Delivery(Sent.DELIVERED, server.label)

    async def _connected(self) -> Bus:
        """Return the connection to the session bus, made anew if there is none."""
        if self._stopped:
            raise BusError("disconnected", _("the notifier has been stopped"))
        if self._bus is not None and self._bus.connected:
            return self._bus
        self._forget_server(Why.DISCONNECTED)
        bus = await Bus.connect(session_address(self._env), timeout_s=self._limit_s * 0.8)
        try:
            await bus.subscribe(self._on_owner_changed, sender=BUS_NAME, member="NameOwnerChanged", arg0=NAME)
            await bus.subscribe(self._on_signal, sender=NAME, path=PATH, interface=NAME)
            changes = self._owner_changes
            owner = await bus.owner_of(NAME)
            if self._owner_changes == changes:  # else a signal has overtaken the answer, and is newer
                self._owner = owner
            self._activatable = await _can_be_started(bus)
            (bus_id,) = await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "GetId")
        except BaseException:
            await bus.close()
            self._owner = ""
            raise
        if self._stopped:  # meanwhile; `stop` does not wait for ever
            await bus.close()
            raise BusError("disconnected", _("the notifier has been stopped"))
        self._bus, self._bus_id, self._failed = bus, str(bus_id), False
        self._watch = asyncio.create_task(self._wait_for_loss(bus))
        return bus

    async def _known_server(self, bus: Bus) -> Server:
        """Ask who the server is and what it can do, once per server; the bus may start it for that."""
        if self._server is None:
            try:
                (capabilities,) = await bus.call(NAME, PATH, NAME, "GetCapabilities")
                information = await bus.call(NAME, PATH, NAME, "GetServerInformation")
            except BusError as error:
                if error.kind != "rejected":
                    raise
                capabilities, information = ["body"], ()
            listed = capabilities if isinstance(capabilities, list) else []
            self._server = Server(listed, information)
        return self._server

    def _take_over(self, new: _Up, expire_s: float) -> None:
        """Make `new` the one that is up; whatever was up ends here."""
        old = self._up
        if old is not None and old.tag != new.tag:
            self._end(Why.SUPERSEDED)
        elif old is not None and old.timer is not None:
            old.timer.cancel()
        if old is not None and old.id != new.id and self._bus is not None:
            self._close_on_server(self._bus, old.id)
        self._up = new
        if expire_s > 0:  # servers' own clocks can't be relied on: GNOME has none, others spare `critical`
            new.timer = asyncio.get_running_loop().call_later(expire_s, self._on_deadline, new)

    def _take_down(self) -> int:
        """Close the notice that is up and return its id, 0 if there is none."""
        if self._up is None:
            return 0
        closing = self._up.id
        self._end(Why.CLOSED)
        if self._bus is not None:
            self._close_on_server(self._bus, closing)
        return closing

    def _close_on_server(self, bus: Bus, server_id: int) -> None:
        # To the owner itself, so that the bus starts no new server only to close what it never had.
        # No answer is wanted: notification-daemon calls it an error when the notice is gone already.
        if self._owner:
            bus.post(self._owner, PATH, NAME, "CloseNotification", "u", (server_id,))

    # ── coming in ─────────────────────────────────────────────────────────────────────────────────

    def _on_signal(self, signal: Signal) -> None:
        # GNOME sends everything a second time from another connection, and anybody can forge a signal.
        if signal.sender != self._owner:
            return
        match (signal.member, signal.body):
            case ("ActionInvoked", (int(server_id), str(action))):
                why = Why.ACTION
            case ("NotificationClosed", (int(server_id), int(reason))):
                why, action = _REASONS.get(reason, Why.UNDEFINED), ""
            case _:
                return
        if self._up is None or self._up.id != server_id:
            # The press can overtake the reply that tells us the id.
            if self._replacing is not None and len(self._early) < _MOST_EARLY:
                self._early.append(signal)
        elif why is not Why.ACTION:
            self._end(why)
        elif action in self._up.keys:
            self._end(why, action)
            # dunst, mako and LXQt leave it up. If it is being replaced, the id is the next one's already.
            if self._replacing != server_id and self._bus is not None:
                self._close_on_server(self._bus, server_id)

    def _on_owner_changed(self, signal: Signal) -> None:
        match signal.body:
            case (str(), str(old), str(new)):
                self._owner_changes += 1
                if (
                    old
                ):  # a new server counts its ids from the start: an old one would mean a stranger's notice
                    self._forget_server(Why.SERVER_GONE)
                self._owner = new
                self._failed = False

    def _on_deadline(self, up: _Up) -> None:
        if self._up is up:
            self._end(Why.DEADLINE)
            if self._bus is not None and self._replacing != up.id:
                self._close_on_server(self._bus, up.id)

    def _answered_late(self, bus: Bus, reply: tuple[object, ...], turn: int) -> None:
        """Close what came up after we had stopped waiting for it: nobody would hear its buttons."""
        late = _id_in(reply)
        up = self._up
        if not late or bus is not self._bus or self._replacing == late:
            return
        if up is not None and up.id == late:
            if up.turn > turn:
                return  # a newer notice has taken the place
            self._end(Why.CLOSED)  # the late one had taken the place of this one
        self._close_on_server(bus, late)

    async def _wait_for_loss(self, bus: Bus) -> None:
        await bus.lost()
        if self._bus is bus:
            self._activatable = False
            self._forget_server(Why.DISCONNECTED)

    def _forget_server(self, why: Why) -> None:
        """Make every id and everything known of the server void."""
        self._owner = ""
        self._server = None
        self._early.clear()
        if self._up is not None:
            self._end(why)

    def _end(self, why: Why, action: str | None = None) -> None:
        """Say how the notice that is up has ended. The first word counts; later ones find nothing up."""
        up, self._up = self._up, None
        if up is None:
            return
        if up.timer is not None:
            up.timer.cancel()
        try:
            self._on_ended(Ended(up.tag, why, action))
        except Exception:  # noqa: BLE001 - whatever a listener does wrong, the next notice must get through
            _log.exception("what listens for the end of notices failed")

    def _log_change(self, delivery: Delivery) -> None:
        if delivery.sent is not self._last:
            self._last = delivery.sent
            level = logging.INFO if delivery.sent is Sent.DELIVERED else logging.WARNING
            _log.log(level, "desktop notifications: %s (%s)", delivery.sent, delivery.detail)


async def _can_be_started(bus: Bus) -> bool:
    """Ask whether the bus knows how to start a server."""
    (names,) = await bus.call(BUS_NAME, BUS_PATH, BUS_NAME, "ListActivatableNames")
    return isinstance(names, list) and NAME in names


def _with_picture(arguments: tuple[object, ...], image: str) -> tuple[object, ...]:
    """Add a picture to the hints of Notify, as a URI; servers that draw none pass over it."""
    *others, hints, expire_ms = arguments
    if not image or not isinstance(hints, dict):
        return arguments
    return (*others, {**hints, "image-path": ("s", Path(image).absolute().as_uri())}, expire_ms)


def _id_in(reply: tuple[object, ...]) -> int:
    """Take the id out of a reply to Notify; 0 if there is no valid one."""
    match reply:
        case (int(given),) if 0 < given < 2**32:
            return given
    return 0
