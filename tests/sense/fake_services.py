"""Services on a private bus for tests of who keeps the screen awake: each owns a name and answers what it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from jeepney import HeaderFields, Message, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection

GNOME, KDE = "org.gnome.SessionManager", "org.kde.Solid.PowerManagement.PolicyAgent"
POWER, SCREENSAVER = "org.freedesktop.PowerManagement", "org.freedesktop.ScreenSaver"

IDLE, SUSPEND = 8, 4
"""Flags of GNOME's."""

Answers = Mapping[str, tuple[str, object] | None]
"""Type and value by the path's last part and the method, or the property; None hangs, what is not there fails."""


@contextlib.asynccontextmanager
async def service(address: str, name: str, answers: Answers) -> AsyncIterator[list[str]]:
    """Own a name for the length of a `with`; the list is of all that was asked for."""
    connection = await open_dbus_connection(address)
    async with DBusRouter(connection) as router:
        await Proxy(message_bus, router).RequestName(name)
    asked: list[str] = []
    task = asyncio.create_task(_serve(connection, answers, asked))
    try:
        yield asked
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()


async def _serve(connection: DBusConnection, answers: Answers, asked: list[str]) -> None:
    while True:
        message = await connection.receive()
        if message.header.message_type is MessageType.method_call:
            reply = _reply(message, answers, asked)
            if reply is not None:
                await connection.send(reply)


def _reply(message: Message, answers: Answers, asked: list[str]) -> Message | None:
    fields = message.header.fields
    member = str(fields[HeaderFields.member])
    is_property = member == "Get"
    if is_property:
        member = str(message.body[1])
    what = f"{str(fields[HeaderFields.path]).rpartition('/')[2]}.{member}"
    asked.append(what)
    if what not in answers:
        unknown = "UnknownProperty" if is_property else "UnknownMethod"
        return new_error(message, f"org.freedesktop.DBus.Error.{unknown}")
    answer = answers[what]
    if answer is None:
        return None
    if is_property:
        return new_method_return(message, "v", (answer,))
    return new_method_return(message, answer[0], (answer[1],))


def gnome(*inhibitors: tuple[str, int]) -> dict[str, tuple[str, object] | None]:
    """Answers of GNOME's session manager, with programs that wish for something."""
    flags = 0
    answers: dict[str, tuple[str, object] | None] = {}
    for number, (program, own) in enumerate(inhibitors):
        flags |= own
        answers[f"Inhibitor{number}.GetAppId"] = ("s", program)
        answers[f"Inhibitor{number}.GetFlags"] = ("u", own)
    paths = [f"/org/gnome/SessionManager/Inhibitor{number}" for number in range(len(inhibitors))]
    return {
        **answers,
        "SessionManager.InhibitedActions": ("u", flags),
        "SessionManager.GetInhibitors": ("ao", paths),
    }


def kde(*inhibitions: tuple[str, str]) -> dict[str, tuple[str, object] | None]:
    """Answers of KDE's newer power manager: what is wished for, and by whom."""
    active = [(what, who, "a reason", "block", 3) for what, who in inhibitions]
    return {"PolicyAgent.ActiveInhibitions": ("a(ssssu)", active)}


def older_kde(*programs: str, screen: bool) -> dict[str, tuple[str, object] | None]:
    """Answers of the older one: who wishes for anything, and whether one wishes for the screen."""
    listed = [(program, "a reason") for program in programs]
    return {"PolicyAgent.HasInhibition": ("b", screen), "PolicyAgent.ListInhibitions": ("a(ss)", listed)}


def power(inhibited: bool) -> dict[str, tuple[str, object] | None]:
    """Answers of the power managers of XFCE and others."""
    return {"Inhibit.HasInhibit": ("b", inhibited)}
