"""Services on a bus, as sensors ask them and listen to them. Imported late, with the bus."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from postured.bus import BUS_NAME, Bus, BusError, Signal

PROPERTIES = "org.freedesktop.DBus.Properties"


@contextlib.asynccontextmanager
async def connected(
    address: str, within_s: float, on_lost: Callable[[], None] = lambda: None
) -> AsyncIterator[Bus]:
    """Connect to a bus for the length of a `with`.

    Args:
        address: Of the bus.
        within_s: How long connecting may take.
        on_lost: Called if the connection ends before the `with` does.

    Raises:
        BusError: `no-bus`; there is none, or it does not answer.
    """
    bus = await Bus.connect(address, timeout_s=within_s)
    lost = asyncio.ensure_future(bus.lost())
    lost.add_done_callback(lambda ended: None if ended.cancelled() else on_lost())
    try:
        yield bus
    finally:
        lost.cancel()
        await bus.close()


async def property_of(
    bus: Bus, service: str, path: str, interface: str, name: str, within_s: float
) -> object:
    """Return a property, or None where there is no such thing.

    Raises:
        BusError: As for `Bus.call`, but for `rejected`.
    """
    try:
        return await bus.get_property(service, path, interface, name, timeout_s=within_s)
    except BusError as error:
        if error.kind == "rejected":
            return None
        raise


async def hear_of_owner(bus: Bus, service: str, handler: Callable[[Signal], None]) -> None:
    """Have `handler` called when a service comes, goes, or is replaced."""
    await bus.subscribe(handler, sender=BUS_NAME, interface=BUS_NAME, member="NameOwnerChanged", arg0=service)


async def hear_of_properties(
    bus: Bus, service: str, path: str, interface: str, handler: Callable[[Signal], None]
) -> None:
    """Have `handler` called when properties of an interface change."""
    await bus.subscribe(
        handler, sender=service, path=path, interface=PROPERTIES, member="PropertiesChanged", arg0=interface
    )
