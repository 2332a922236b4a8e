"""The desktop notifier and a server told to misbehave, by the points of the failure contract."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest

from postured.bus import Bus
from postured.notify.desktop import Desktop
from postured.notify.message import Delivery, Ended, Message, Sent, Urgency, Why
from tests.notify.private_bus import NAME, PATH, FakeServer, PrivateBus, unique_name, until

BUTTONS = (("default", "Show me"), ("done", "Done"), ("later", "Later"), ("skip", "Skip"))
COMMANDS = "postured done · later · skip"
MESSAGE = Message("Sit back", "Hands off, <lean> & breathe.", BUTTONS, commands=COMMANDS)


@dataclass
class Desk:
    """A notifier and all that it has said."""

    notifier: Desktop
    ended: list[Ended] = field(default_factory=list)

    async def show(self, tag: str, message: Message = MESSAGE) -> Delivery:
        return await self.notifier.show(message, tag=tag)

    async def settled(self, count: int = 1) -> list[Ended]:
        await until(lambda: len(self.ended) >= count)
        return self.ended


@contextlib.asynccontextmanager
async def desk(bus: PrivateBus, *, limit_s: float = 3.0, icon: str = "") -> AsyncIterator[Desk]:
    """Give a started notifier, stopped at the end of the block."""
    ended: list[Ended] = []
    notifier = Desktop(ended.append, env=bus.env, icon=icon, limit_s=limit_s)
    await notifier.start(None)
    try:
        yield Desk(notifier, ended)
    finally:
        await notifier.stop()


async def barrier(bus: PrivateBus, server: FakeServer) -> None:
    """Return when everything that was sent before has been dealt with by everybody.

    Waits for a round trip of a third party through the server, so nothing that is on its way is overtaken.
    """
    third = await Bus.connect(bus.address)
    await third.call(NAME, PATH, NAME, "GetServerInformation")
    await third.close()
    await asyncio.sleep(0.02)
    assert server.calls


# ── 1: outcomes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mode", "sent"),
    [
        ("ok", Sent.DELIVERED),
        ("hang", Sent.TIMEOUT),
        ("hangall", Sent.TIMEOUT),
        ("error", Sent.REJECTED),
        ("id0", Sent.REJECTED),
        ("garbage", Sent.REJECTED),
        ("crash", Sent.NO_SERVER),
    ],
)
def test_point_1_every_outcome_is_a_value_and_comes_in_time(bus: PrivateBus, mode: str, sent: Sent) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, mode), desk(bus, limit_s=0.4) as d:
            began = time.monotonic()
            delivery = await d.show("a")
            assert (delivery.sent, d.ended) == (sent, [])
            assert delivery.detail
            assert time.monotonic() - began < 0.4 + 0.3

    asyncio.run(scenario())


def test_point_1_without_a_server(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with desk(bus) as d:
            assert (await d.show("a")).sent is Sent.NO_SERVER
            assert not d.notifier.ready

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"DBUS_SESSION_BUS_ADDRESS": "nonsense"},
        {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"},
        {"XDG_RUNTIME_DIR": "/nonexistent"},
    ],
)
def test_point_1_without_a_bus(env: Mapping[str, str]) -> None:
    async def scenario() -> None:
        notifier = Desktop(lambda _: None, env=env)
        await notifier.start(None)
        assert (await notifier.show(MESSAGE, tag="a")).sent is Sent.NO_BUS
        await notifier.stop()

    asyncio.run(scenario())


def test_point_1_a_bus_that_hangs(bus: PrivateBus) -> None:
    async def scenario() -> None:
        bus.freeze(True)
        async with desk(bus, limit_s=0.3) as d:
            assert (await d.show("a")).sent is Sent.NO_BUS
            bus.freeze(False)

    asyncio.run(scenario())


def test_point_1_the_bus_dies_while_it_is_being_put_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "hang") as server, desk(bus) as d:
            showing = asyncio.create_task(d.show("a"))
            await until(lambda: server.notified)
            bus.kill()
            assert (await showing).sent is Sent.DISCONNECTED

    asyncio.run(scenario())


def test_point_1_text_that_no_wire_can_carry_is_shown_without_it(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            nasty = Message("a\0b\x1b[31m\n\ud800", "c\0\ud800\td\n" + "x" * 10_000, (("done", "D\0"),))
            assert (await d.show("a", nasty)).sent is Sent.DELIVERED
            assert server.last[3] == "ab[31m \N{REPLACEMENT CHARACTER}"
            body = str(server.last[4])
            assert body.startswith("c\N{REPLACEMENT CHARACTER} d\nxxx")
            assert len(body) == 2000
            assert server.actions == {"done": "D"}

    asyncio.run(scenario())


# ── 2: nothing sticks ─────────────────────────────────────────────────────────────────────────────


def test_point_2_no_outcome_sticks(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with desk(bus, limit_s=0.3) as d:
            assert (await d.show("a")).sent is Sent.NO_SERVER
            async with FakeServer.on(bus.address, "hang") as server:
                assert (await d.show("b")).sent is Sent.TIMEOUT
                assert not d.notifier.ready
                server.mode = "error"
                assert (await d.show("c")).sent is Sent.REJECTED
                server.mode = "ok"
                assert (await d.show("d")).sent is Sent.DELIVERED
                assert d.notifier.ready
            await until(lambda: not d.notifier.ready)
            assert (await d.show("e")).sent is Sent.NO_SERVER
            async with FakeServer.on(bus.address):
                await until(lambda: d.notifier.ready)
                assert (await d.show("f")).sent is Sent.DELIVERED

    asyncio.run(scenario())


def test_point_2_a_new_bus_is_found(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with desk(bus) as d:
            async with FakeServer.on(bus.address):
                assert (await d.show("a")).sent is Sent.DELIVERED
                bus.kill()
                assert await d.settled() == [Ended("a", Why.DISCONNECTED)]
            assert (await d.show("b")).sent is Sent.NO_BUS
            bus.start()
            async with FakeServer.on(bus.address):
                assert (await d.show("c")).sent is Sent.DELIVERED

    asyncio.run(scenario())


def test_point_2_one_line_in_the_log_per_change(bus: PrivateBus, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with desk(bus) as d:
            for tag in "abc":
                await d.show(tag)
            async with FakeServer.on(bus.address):
                for tag in "def":
                    await d.show(tag)

    caplog.set_level(logging.INFO, "postured")
    asyncio.run(scenario())
    assert [r.getMessage().split(" (")[0] for r in caplog.records] == [
        "desktop notifications: no-server",
        "desktop notifications: delivered",
    ]
    assert not any(r.exc_info for r in caplog.records)


# ── 3: one end each ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["default", "done", "later", "skip"])
def test_point_3_a_press_ends_it(bus: PrivateBus, key: str) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await server.press(key)
            assert await d.settled() == [Ended("a", Why.ACTION, key)]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("reason", "why"),
    [(1, Why.EXPIRED), (2, Why.DISMISSED), (3, Why.CLOSED), (4, Why.UNDEFINED), (99, Why.UNDEFINED)],
)
def test_point_3_closed_by_the_server(bus: PrivateBus, reason: int, why: Why) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await server.close(reason)
            assert await d.settled() == [Ended("a", why)]

    asyncio.run(scenario())


def test_point_3_the_first_word_counts(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            for _ in range(3):
                await server.press("later")
                await server.close(2)
            await server.press("done")
            await barrier(bus, server)
            assert d.ended == [Ended("a", Why.ACTION, "later")]

    asyncio.run(scenario())


def test_point_3_replaced_in_place(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await d.show("b")
            assert server.last[1] == server.up == 1
            assert d.ended == [Ended("a", Why.SUPERSEDED)]
            await server.press("done")
            assert await d.settled(2) == [Ended("a", Why.SUPERSEDED), Ended("b", Why.ACTION, "done")]

    asyncio.run(scenario())


def test_point_3_the_same_tag_again_is_the_same_notice(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await d.show("a", Message("Still there?", buttons=BUTTONS))
            assert (server.last[1], d.ended) == (1, [])
            await server.press("done")
            assert await d.settled() == [Ended("a", Why.ACTION, "done")]

    asyncio.run(scenario())


def test_point_3_a_server_that_ignores_replacing_is_tidied_up_after(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "slow") as server, desk(bus) as d:
            for tag, number in (("a", 5), ("b", 6)):
                showing = asyncio.create_task(d.show(tag))
                await until(lambda n=number: len(server.notified) == n - 4)
                server._slow[0] = (server._slow[0][0], number)
                await server.answer_slow()
                await showing
            await until(lambda: server.closed == [5])
            assert d.ended == [Ended("a", Why.SUPERSEDED)]

    asyncio.run(scenario())


def test_point_3_closing_ends_it_at_once(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await d.notifier.close()
            await d.notifier.close()
            assert d.ended == [Ended("a", Why.CLOSED)]
            await until(lambda: server.closed == [1])
            await server.close(3)
            await barrier(bus, server)
            assert len(d.ended) == 1

    asyncio.run(scenario())


def test_point_3_closing_waits_for_the_one_that_is_being_put_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "slow") as server, desk(bus) as d:
            showing = asyncio.create_task(d.show("a"))
            await until(lambda: server.notified)
            closing = asyncio.create_task(d.notifier.close())
            await server.answer_slow()
            assert (await showing).sent is Sent.DELIVERED
            await closing
            assert d.ended == [Ended("a", Why.CLOSED)]

    asyncio.run(scenario())


# ── 4: our own deadline ───────────────────────────────────────────────────────────────────────────


def test_point_4_our_own_deadline(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a", Message("Sit back", buttons=BUTTONS, expire_s=0.05))
            assert server.last[7] == 50
            assert await d.settled() == [Ended("a", Why.DEADLINE)]
            await until(lambda: server.closed == [1])

    asyncio.run(scenario())


def test_point_4_the_deadline_of_a_replaced_notice_is_void(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a", Message("short", expire_s=0.05))
            await d.show("a", Message("long", expire_s=0))
            assert server.last[7] == 0
            await asyncio.sleep(0.1)
            assert d.ended == []

    asyncio.run(scenario())


def test_point_4_what_has_ended_leaves_no_deadline_behind(bus: PrivateBus) -> None:
    """A timer left over would wake the program up for nothing."""

    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a", Message("Sit back", buttons=BUTTONS, expire_s=60))
            assert len(timers()) == 1
            await d.show("a", Message("Still there?", buttons=BUTTONS, expire_s=60))
            assert len(timers()) == 1
            await server.press("done")
            await d.settled()
            assert timers() == []

    asyncio.run(scenario())


def timers() -> list[asyncio.TimerHandle]:
    """List what will wake up the running loop."""
    scheduled: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return [timer for timer in scheduled if not timer.cancelled()]


# ── 5: after an action ────────────────────────────────────────────────────────────────────────────


def test_point_5_after_a_press_it_is_taken_down(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await server.press("later")
            await until(lambda: server.closed == [1])
            await d.show("b")
            assert server.last[1] == 0  # what is down is not replaced

    asyncio.run(scenario())


# ── 6: whose word counts ──────────────────────────────────────────────────────────────────────────


def test_point_6_only_the_owner_of_the_name_is_believed(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            # A second one queues for the name; it does not own it. Its signals get through to our connection.
            async with FakeServer.on(bus.address) as forger:
                connection = d.notifier._bus
                assert connection is not None
                me = await unique_name(connection)
                for member, signature, body in (
                    ("ActionInvoked", "us", (1, "done")),
                    ("NotificationClosed", "uu", (1, 2)),
                ):
                    await forger.emit(member, signature, body, to=me)
                    await forger.emit(member, signature, body)
                await asyncio.sleep(0.05)
            await barrier(bus, server)
            assert d.ended == []

    asyncio.run(scenario())


def test_point_6_unknown_keys_and_ids_are_ignored(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            await server.press("dance")
            await server.press("done", 77)
            await server.close(2, 77)
            await server.emit("ActionInvoked", "s", ("done",))
            await server.emit("ActivationToken", "us", (1, "token"))
            await barrier(bus, server)
            assert d.ended == []

    asyncio.run(scenario())


@pytest.mark.parametrize("mode", ["race", "early"])
def test_point_6_a_press_that_overtakes_the_answer_is_not_lost(bus: PrivateBus, mode: str) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, mode), desk(bus) as d:
            assert (await d.show("a")).sent is Sent.DELIVERED
            assert await d.settled() == [Ended("a", Why.ACTION, "done")]

    asyncio.run(scenario())


def test_point_6_a_press_while_it_is_being_replaced_leaves_the_next_one_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            server.mode = "slow"
            showing = asyncio.create_task(d.show("b"))
            await until(lambda: len(server.notified) == 2)
            await server.press("done")
            assert await d.settled() == [Ended("a", Why.ACTION, "done")]
            await server.answer_slow()
            await showing
            await barrier(bus, server)
            assert server.closed == []
            await server.press("skip")
            assert (await d.settled(2))[1] == Ended("b", Why.ACTION, "skip")

    asyncio.run(scenario())


def test_point_6_two_presses_while_it_is_being_replaced_end_both(bus: PrivateBus) -> None:
    """Nobody can tell whom the second one is for; the next notice is up by then, so it is taken down."""

    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a")
            server.mode = "slow"
            showing = asyncio.create_task(d.show("b"))
            await until(lambda: len(server.notified) == 2)
            await server.press("later")
            await server.press("skip")
            await server.answer_slow()
            await showing
            assert await d.settled(2) == [Ended("a", Why.ACTION, "later"), Ended("b", Why.ACTION, "skip")]
            await until(lambda: server.closed == [1])

    asyncio.run(scenario())


# ── 7: servers and buses come and go ──────────────────────────────────────────────────────────────


def test_point_7_a_new_server_voids_ids_and_capabilities(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with desk(bus) as d:
            async with FakeServer.on(bus.address) as first:
                await d.show("a")
                assert first.actions
            assert await d.settled() == [Ended("a", Why.SERVER_GONE)]
            async with FakeServer.on(bus.address) as second:
                second.capabilities = ("body",)
                await second.press("done", 1)  # a stranger's notification with the same number
                await d.show("b")
                assert second.last[1] == 0
                assert second.actions == {}
                assert d.ended == [Ended("a", Why.SERVER_GONE)]

    asyncio.run(scenario())


def test_point_7_a_lost_bus_ends_what_is_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address), desk(bus) as d:
            await d.show("a")
            bus.kill()
            assert await d.settled() == [Ended("a", Why.DISCONNECTED)]
            assert d.notifier.remember()["ids"] == []
            assert not d.notifier.ready

    asyncio.run(scenario())


def test_point_7_an_id_from_a_server_that_is_dead_by_now_is_void(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "slow") as server, desk(bus) as d:
            showing = asyncio.create_task(d.show("a"))
            await until(lambda: server.notified)
            server.answer_and_die()
            time.sleep(0.1)  # noqa: ASYNC251 - so that the answer and the death are read in one go
            assert (await showing).sent is Sent.NO_SERVER
            assert d.ended == []
            assert d.notifier.remember()["ids"] == []

    asyncio.run(scenario())


# ── 8: late answers ───────────────────────────────────────────────────────────────────────────────


def test_point_8_what_comes_up_late_is_closed_again(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "slow") as server, desk(bus, limit_s=0.1) as d:
            assert (await d.show("a")).sent is Sent.TIMEOUT
            await server.answer_slow()
            await until(lambda: server.closed == [1])
            assert d.ended == []

    asyncio.run(scenario())


def test_point_8_a_late_replacement_takes_down_the_one_it_replaced(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus, limit_s=0.1) as d:
            await d.show("a")
            server.mode = "slow"
            assert (await d.show("b")).sent is Sent.TIMEOUT
            assert d.ended == []
            await server.answer_slow()
            await until(lambda: server.closed == [1])
            assert d.ended == [Ended("a", Why.CLOSED)]

    asyncio.run(scenario())


def test_point_8_a_late_answer_does_not_take_down_a_newer_notice(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus, limit_s=0.1) as d:
            await d.show("a")
            server.mode = "slow"
            assert (await d.show("b")).sent is Sent.TIMEOUT
            server.mode = "ok"
            assert (await d.show("c")).sent is Sent.DELIVERED
            await server.answer_slow()
            await barrier(bus, server)
            assert server.closed == []
            assert d.ended == [Ended("a", Why.SUPERSEDED)]

    asyncio.run(scenario())


def test_point_8_a_cancelled_attempt_leaves_nothing_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address, "slow") as server, desk(bus) as d:
            showing = asyncio.create_task(d.show("a"))
            await until(lambda: server.notified)
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
            await server.answer_slow()
            await until(lambda: server.closed == [1])

    asyncio.run(scenario())


# ── 9: what is offered ────────────────────────────────────────────────────────────────────────────


def test_point_9_what_a_notice_carries(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus, icon="/usr/share/x.png") as d:
            message = Message(
                "A & <b>",
                "C & <d>",
                BUTTONS,
                Urgency.CRITICAL,
                60.0,
                "presence",
                transient=True,
                commands=COMMANDS,
            )
            await d.show("a", message)
            hints = {
                "urgency": ("y", 2),
                "desktop-entry": ("s", "postured"),
                "category": ("s", "presence"),
                "transient": ("b", True),
            }
            app, replaces, icon, title, body, _, given, expire_ms = server.last
            assert (app, replaces, icon, expire_ms) == ("postured", 0, "/usr/share/x.png", 60_000)
            assert (title, body) == ("A & <b>", "C &amp; &lt;d&gt;")  # only the body is ever markup
            assert given == hints
            assert server.actions == dict(BUTTONS)

    asyncio.run(scenario())


def test_point_9_a_picture_goes_along_as_a_uri(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus, icon="/usr/share/x.png") as d:
            await d.show("a", Message("A", "B", image="/home/jo/my pictures/knöt.png"))
            assert server.last[2] == "/usr/share/x.png"
            given = server.last[6]
            assert isinstance(given, dict)
            assert given["image-path"] == ("s", "file:///home/jo/my%20pictures/kn%C3%B6t.png")

    asyncio.run(scenario())


def test_point_9_a_picture_is_no_reason_to_fail_where_only_text_is_shown(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            server.capabilities = ("body",)
            delivery = await d.show("a", Message("A", "B", image="relative.png"))
            assert delivery.sent is Sent.DELIVERED
            assert server.last[4] == "B"

    asyncio.run(scenario())


def test_point_9_without_markup_nothing_is_escaped(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            server.capabilities = ("actions", "body")
            await d.show("a")
            assert server.last[4] == MESSAGE.body

    asyncio.run(scenario())


def test_point_9_without_actions_the_text_names_the_commands(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            server.capabilities = ("body",)
            await d.show("a")
            assert server.actions == {}
            assert server.last[4] == f"{MESSAGE.body}\n{COMMANDS}"
            await server.press("done")
            await barrier(bus, server)
            assert d.ended == []

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["dunst", "mako"])
def test_point_9_where_buttons_are_not_drawn_the_text_names_the_commands(bus: PrivateBus, name: str) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            server.information = (name, "x", "1", "1.2")
            await d.show("a")
            assert server.actions == dict(BUTTONS)  # their menus offer them all the same
            assert str(server.last[4]).endswith("\n" + COMMANDS)

    asyncio.run(scenario())


def test_point_9_without_a_body_the_title_says_it_all(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            server.capabilities = ("actions",)
            await d.show("a", Message("Sit back", "Two\nlines"))
            assert server.last[3:5] == ("Sit back: Two lines", "")

    asyncio.run(scenario())


def test_point_9_three_buttons_and_labels_for_all(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            buttons = (("done", "Done"), ("later", ""), ("skip", "Skip"), ("more", "More"), ("default", ""))
            await d.show("a", Message("Sit back", buttons=buttons))
            assert list(server.actions.items()) == [
                ("default", "default"),
                ("done", "Done"),
                ("later", "later"),
                ("skip", "Skip"),
            ]

    asyncio.run(scenario())


# ── 10: the beginning and the end ─────────────────────────────────────────────────────────────────


def test_point_10_stopping_takes_down_what_is_up(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            async with desk(bus) as d:
                await d.show("a")
            assert set(server.closed) == {1}
            assert d.ended == [Ended("a", Why.CLOSED)]
            assert (await d.show("b")).sent is Sent.DISCONNECTED
            assert len(server.notified) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("frozen", ["server", "bus", "while showing"])
def test_point_10_stopping_takes_a_second_at_most(bus: PrivateBus, frozen: str) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            ended: list[Ended] = []
            notifier = Desktop(ended.append, env=bus.env)
            await notifier.show(MESSAGE, tag="a")
            server.mode = "hangall"
            showing = (
                asyncio.create_task(notifier.show(MESSAGE, tag="b")) if frozen == "while showing" else None
            )
            if showing:
                await until(lambda: server.calls[-2:] == ["Notify", "Notify"])
            if frozen == "bus":
                bus.freeze(True)
            began = time.monotonic()
            await notifier.stop()
            assert time.monotonic() - began < 1
            assert ended == [Ended("a", Why.CLOSED)]
            if showing:
                assert (await showing).sent is Sent.DISCONNECTED
            bus.freeze(False)

    asyncio.run(scenario())


def test_point_10_what_an_earlier_run_left_up_is_closed(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            async with desk(bus) as d:
                await d.show("a")
                left = dict(d.notifier.remember())
            server.closed.clear()
            assert left["ids"] == [1]
            second = Desktop(lambda _: None, env=bus.env)
            await second.start(left)
            await until(lambda: server.closed == [1])
            await second.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "change", [{"owner": ":1.999"}, {"bus": "another"}, {"ids": "text"}, {"ids": ["x", -1, 2**40, None]}]
)
def test_point_10_what_is_not_surely_ours_stays_up(bus: PrivateBus, change: dict[str, object]) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            async with desk(bus) as d:
                await d.show("a")
                left = {**d.notifier.remember(), **change}
            server.closed.clear()
            second = Desktop(lambda _: None, env=bus.env)
            await second.start(left)
            await barrier(bus, server)
            await second.stop()
            assert server.closed == []

    asyncio.run(scenario())


# ── 11: listeners ─────────────────────────────────────────────────────────────────────────────────


def test_point_11_a_listener_that_fails_is_contained(
    bus: PrivateBus, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Ended) -> None:
        raise RuntimeError("listener")

    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server:
            notifier = Desktop(fail, env=bus.env)
            await notifier.show(MESSAGE, tag="a")
            await server.press("done")
            await until(lambda: server.closed == [1])
            assert (await notifier.show(MESSAGE, tag="b")).sent is Sent.DELIVERED
            await notifier.stop()

    asyncio.run(scenario())
    assert "listener" in caplog.text


# ── 12: what doctor is told ───────────────────────────────────────────────────────────────────────


def test_point_12_doctor_is_told_what_was_found(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address), desk(bus) as d:
            found = await d.notifier.describe()
            owner = d.notifier.remember()["owner"]
            assert found == {
                "notifier": "desktop",
                "address": bus.address,
                "address_from": "DBUS_SESSION_BUS_ADDRESS",
                "owner": owner,
                "activatable": False,
                "server": "fake 1.0",
                "capabilities": sorted(("actions", "body", "body-markup", "icon-static")),
                "buttons": True,
                "problem": None,
            }

    asyncio.run(scenario())


def test_point_12_doctor_is_told_what_is_missing(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with desk(bus) as d:
            found = await d.notifier.describe()
            assert (found["owner"], found["activatable"]) == (None, False)
            assert "no notification server" in str(found["problem"])
        nowhere = Desktop(lambda _: None, env={"XDG_RUNTIME_DIR": "/nonexistent"})
        found = await nowhere.describe()
        assert (found["address"], found["address_from"]) == ("unix:path=/nonexistent/bus", "XDG_RUNTIME_DIR")
        assert "No such file" in str(found["problem"])
        await nowhere.stop()

    asyncio.run(scenario())


def test_point_12_a_server_that_can_be_started_is_named_and_left_alone(bus: PrivateBus) -> None:
    async def scenario() -> None:
        bus.kill()
        (bus.services / f"{NAME}.service").write_text(f"[D-BUS Service]\nName={NAME}\nExec=/bin/false\n")
        bus.start()
        async with desk(bus) as d:
            assert d.notifier.ready
            found = await d.notifier.describe()
            assert (found["activatable"], found["owner"], found["problem"]) == (True, None, None)
            assert (await d.show("a")).sent is Sent.NO_SERVER  # it can be started, but ends at once
            assert not d.notifier.ready

    asyncio.run(scenario())


# ── asleep between notices ────────────────────────────────────────────────────────────────────────


def test_nothing_runs_while_nothing_happens(bus: PrivateBus) -> None:
    async def scenario() -> None:
        async with FakeServer.on(bus.address) as server, desk(bus) as d:
            await d.show("a", Message("Sit back"))
            before = len(server.calls)
            await asyncio.sleep(0.05)
            assert timers() == []
            assert len(server.calls) == before

    asyncio.run(scenario())
