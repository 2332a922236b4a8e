"""Who keeps the screen awake, as each desktop's service tells it, with services that only pretend."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from postured.bus import Bus
from postured.sense.holds import inhibitors
from postured.sense.holds.inhibitors import Inhibitors
from postured.sense.holds.session import SessionBus
from tests.notify.private_bus import PrivateBus, private_bus
from tests.sense.fake_services import (
    GNOME,
    IDLE,
    KDE,
    POWER,
    SCREENSAVER,
    SUSPEND,
    Answers,
    gnome,
    kde,
    older_kde,
    power,
    service,
)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    yield from private_bus(tmp_path)


def stand(bus: PrivateBus, services: Mapping[str, Answers], *ignore: str) -> bool | None:
    """Ask once, with those services there."""
    return asked(bus, services, *ignore)[0]


def asked(bus: PrivateBus, services: Mapping[str, Answers], *ignore: str) -> tuple[bool | None, list[str]]:
    async def main() -> tuple[bool | None, list[str]]:
        session = SessionBus(bus.env)
        async with contextlib.AsyncExitStack() as stack:
            logs = [
                await stack.enter_async_context(service(bus.address, name, answers))
                for name, answers in services.items()
            ]
            stack.push_async_callback(session.stop)
            return await Inhibitors(session).stand(frozenset(ignore)), [what for log in logs for what in log]

    return asyncio.run(main())


# ── GNOME, Cinnamon, MATE ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ((), False),
        ((("firefox", IDLE),), True),
        ((("rhythmbox", SUSPEND),), False),
        ((("rhythmbox", SUSPEND), ("firefox", IDLE | SUSPEND)), True),
        ((("user", IDLE | SUSPEND),), False),
        ((("Caffeine", IDLE), ("unknown", IDLE)), False),
        ((("user", IDLE), ("org.gnome.Totem", IDLE)), True),
    ],
)
def test_gnome_programs_that_keep_the_screen_awake_count_but_not_switches_for_it(
    bus: PrivateBus, programs: tuple[tuple[str, int], ...], expected: bool
) -> None:
    assert stand(bus, {GNOME: gnome(*programs)}) is expected


@pytest.mark.parametrize("name", ["OBS", "obs.desktop"])
def test_ignored_programs_do_not_count(bus: PrivateBus, name: str) -> None:
    assert stand(bus, {GNOME: gnome((name, IDLE))}, "obs") is False
    assert stand(bus, {GNOME: gnome((name, IDLE))}, "ob") is True


def test_nobody_is_asked_who_it_is_while_nothing_is_inhibited(bus: PrivateBus) -> None:
    assert asked(bus, {GNOME: gnome(("rhythmbox", SUSPEND))})[1] == ["SessionManager.InhibitedActions"]


def test_a_session_manager_without_the_flags_of_all_is_asked_for_each(bus: PrivateBus) -> None:
    answers = gnome(("pluma", SUSPEND), ("vlc", IDLE))
    del answers["SessionManager.InhibitedActions"]
    assert stand(bus, {GNOME: answers}) is True


def test_a_program_that_ends_between_two_questions_is_passed_over(bus: PrivateBus) -> None:
    answers = gnome(("firefox", IDLE), ("vlc", IDLE))
    del answers["Inhibitor0.GetFlags"]
    assert stand(bus, {GNOME: answers}) is True
    del answers["Inhibitor1.GetAppId"]
    assert stand(bus, {GNOME: answers}) is False


# ── KDE ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("inhibitions", "expected"),
    [
        ((), False),
        ((("idle", "org.kde.haruna"),), True),
        ((("sleep:idle", "firefox"),), True),
        ((("sleep", "spotify"),), False),
        ((("sleep:idle", "plasmashell"),), False),
    ],
)
def test_kde_tells_what_each_program_wishes_for(
    bus: PrivateBus, inhibitions: tuple[tuple[str, str], ...], expected: bool
) -> None:
    assert stand(bus, {KDE: kde(*inhibitions)}) is expected


@pytest.mark.parametrize(
    ("programs", "screen", "expected"),
    [
        ((), False, False),
        (("spotify",), False, False),
        (("vlc",), True, True),
        (("plasmashell",), True, False),
    ],
)
def test_older_kde_tells_who_and_whether_anybody(
    bus: PrivateBus, programs: tuple[str, ...], screen: bool, expected: bool
) -> None:
    assert stand(bus, {KDE: older_kde(*programs, screen=screen)}) is expected


def test_on_kde_a_music_player_that_prevents_sleep_is_no_film(bus: PrivateBus) -> None:
    """There the power manager's yes is about sleep as well."""
    assert stand(bus, {KDE: kde(("sleep", "elisa")), POWER: power(True)}) is False


# ── XFCE, LXQt and others ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ({POWER: power(True)}, True),
        ({POWER: power(False)}, False),
        ({POWER: power(True), SCREENSAVER: {}}, True),
        ({POWER: power(False), SCREENSAVER: {}}, None),
        ({SCREENSAVER: {}}, None),
        ({GNOME: gnome(), POWER: power(True)}, True),
        ({GNOME: gnome(), POWER: power(False), SCREENSAVER: {}}, False),
    ],
)
def test_no_of_a_power_manager_is_no_only_where_programs_say_it_nowhere_else(
    bus: PrivateBus, services: Mapping[str, Answers], expected: bool | None
) -> None:
    assert stand(bus, services) is expected


# ── nobody, or nobody sensible ────────────────────────────────────────────────────────────────────


def test_without_a_service_or_a_bus_it_is_not_known(bus: PrivateBus) -> None:
    assert stand(bus, {}) is None
    bus.kill()
    assert stand(bus, {}) is None


def test_asking_starts_nobody(bus: PrivateBus, tmp_path: Path) -> None:
    started = tmp_path / "started"
    for name in (GNOME, KDE, POWER, SCREENSAVER):
        (bus.services / f"{name}.service").write_text(
            f"[D-BUS Service]\nName={name}\nExec=/usr/bin/touch {started}\n"
        )
    bus.kill()
    bus.start()

    async def main() -> None:
        session = SessionBus(bus.env)
        assert await Inhibitors(session).stand() is None
        assert await Inhibitors(session).hidden() is False
        other = await Bus.connect(bus.address)
        await other.owner_of("a.mark")  # by now the bus would have begun to start them
        await other.close()
        await session.stop()

    asyncio.run(main())
    assert not started.exists()


@pytest.mark.parametrize(
    "services",
    [
        {GNOME: {}},
        {
            GNOME: {
                "SessionManager.InhibitedActions": ("s", "many"),
                "SessionManager.GetInhibitors": ("b", True),
            }
        },
        {GNOME: {**gnome(("a", IDLE)), "Inhibitor0.GetFlags": ("s", "idle")}},
        {KDE: {"PolicyAgent.ActiveInhibitions": ("u", 3)}},
        {KDE: {"PolicyAgent.ActiveInhibitions": ("a(uu)", [(1, 2)])}},
        {KDE: {"PolicyAgent.ActiveInhibitions": ("a(s)", [("idle",)])}},
        {KDE: {"PolicyAgent.HasInhibition": ("b", True)}},
        {POWER: {}},
    ],
)
def test_answers_that_make_no_sense_are_none(bus: PrivateBus, services: Mapping[str, Answers]) -> None:
    assert stand(bus, services) is None


def test_a_service_that_hangs_costs_a_limited_time(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inhibitors, "ANSWER_WITHIN_S", 0.1)
    began = time.monotonic()
    assert stand(bus, {GNOME: {"SessionManager.InhibitedActions": None}}) is None
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize("name", [GNOME, SCREENSAVER])
def test_wishes_are_hidden_where_a_screen_saver_takes_them(bus: PrivateBus, name: str) -> None:
    async def main() -> bool:
        session = SessionBus(bus.env)
        async with service(bus.address, name, {}):
            hidden = await Inhibitors(session).hidden()
        await session.stop()
        return hidden

    assert asyncio.run(main()) is (name == SCREENSAVER)
