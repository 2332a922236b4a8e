"""Notices through plyer, of which nothing may be believed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured.notify.message import Message, Sent
from postured.notify.portable import Portable, _harmless
from tests.notify.private_bus import until

MESSAGE = Message("Sit back", "Hands off.", (("done", "Done"),), commands="postured done")


def test_the_text_names_the_commands_and_nothing_is_confirmed() -> None:
    sent: list[tuple[str, str, int]] = []
    notifier = Portable(lambda _: None, send=lambda *call: sent.append(call))
    delivery = asyncio.run(notifier.show(MESSAGE, tag="a"))
    assert delivery.sent is Sent.UNCONFIRMED
    assert sent == [("Sit back", "Hands off.\npostured done", 2_147_483)]


@pytest.mark.parametrize(("expire_s", "seconds"), [(0.0, 2_147_483), (0.2, 1), (60.9, 60), (1e12, 2_147_483)])
def test_the_timeout_is_a_whole_number_that_plyer_can_carry(expire_s: float, seconds: int) -> None:
    sent: list[int] = []
    notifier = Portable(lambda _: None, send=lambda _title, _body, timeout: sent.append(timeout))
    asyncio.run(notifier.show(Message("Sit back", expire_s=expire_s), tag="a"))
    assert sent == [seconds]


@given(st.text())
def test_no_text_is_an_option_or_ends_a_quotation(text: str) -> None:
    harmless = _harmless(text)
    assert not harmless.startswith("-")
    assert "'" not in harmless


def test_a_send_that_fails_is_an_outcome(capfd: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object) -> None:
        raise NotImplementedError("No usable implementation found!")

    delivery = asyncio.run(Portable(lambda _: None, send=fail).show(MESSAGE, tag="a"))
    assert delivery.sent is Sent.REJECTED
    assert "No usable implementation" in delivery.detail
    assert capfd.readouterr().err == ""


def test_a_send_that_is_stuck_holds_nobody_up() -> None:
    go_on = threading.Event()
    sent: list[str] = []

    def stick(title: str, *_: object) -> None:
        go_on.wait(10)
        sent.append(title)

    async def scenario() -> None:
        notifier = Portable(lambda _: None, send=stick, limit_s=0.05)
        began = time.monotonic()
        assert (await notifier.show(Message("one"), tag="a")).sent is Sent.TIMEOUT
        refused = await notifier.show(Message("two"), tag="b")
        assert (refused.sent, "still busy" in refused.detail) == (Sent.TIMEOUT, True)
        assert time.monotonic() - began < 1
        go_on.set()
        await until(lambda: notifier.ready)
        assert (await notifier.show(Message("three"), tag="c")).sent is Sent.UNCONFIRMED
        await notifier.stop()

    asyncio.run(scenario())
    assert sent == ["one", "three"]


PROGRAM = """
import asyncio, sys
from postured.notify.message import Message
from postured.notify.portable import Portable
assert "plyer" not in sys.modules
print(asyncio.run(Portable(lambda _: None).show(Message("-t", "-it's"), tag="a")).sent)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="plyer's Linux part")
@pytest.mark.parametrize("have", [True, False])
def test_the_real_plyer_neither_prints_nor_warns(tmp_path: Path, have: bool) -> None:
    if have:
        tool = tmp_path / "notify-send"
        tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/said\n')
        tool.chmod(0o755)
    env = {"PATH": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.stdout == ("unconfirmed\n" if have else "rejected\n")
    logged = "notices through plyer: rejected (plyer can't show it: No usable implementation found!)\n"
    assert ran.stderr == ("" if have else logged)  # our own one line
    if have:
        assert (tmp_path / "said").read_text().splitlines()[:2] == ["t", "it\N{RIGHT SINGLE QUOTATION MARK}s"]
