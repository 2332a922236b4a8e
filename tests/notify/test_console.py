"""Notices as text."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
from typing import TextIO

import pytest

from postured.notify.console import Console
from postured.notify.message import Delivery, Message, Sent
from tests.notify.private_bus import until

MESSAGE = Message("Sit back", "Hands off.\n\nBreathe.", commands="postured done · later · skip")


def show(stream: TextIO | None, message: Message = MESSAGE, *, limit_s: float = 5.0) -> Delivery:
    return asyncio.run(Console(lambda _: None, stream=stream, limit_s=limit_s).show(message, tag="a"))


def test_it_prints_a_small_block_with_the_commands() -> None:
    stream = io.StringIO()
    assert show(stream).sent is Sent.UNCONFIRMED
    assert stream.getvalue() == "\nSit back\n  Hands off.\n\n  Breathe.\n  postured done · later · skip\n\n"


def test_a_terminal_gets_no_control_characters() -> None:
    stream = io.StringIO()
    show(stream, Message("a\x1b]0;gotcha\x07b", "\x1b[2Jc\r\x9b1md"))
    assert stream.getvalue() == "\na]0;gotchab\n  [2Jc 1md\n\n"


def test_what_the_encoding_lacks_becomes_a_question_mark() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        assert show(stream).sent is Sent.UNCONFIRMED
        assert b"postured done ? later ? skip" in raw.getvalue()


def test_a_closed_stream_is_an_outcome() -> None:
    stream = io.StringIO()
    stream.close()
    assert show(stream).sent is Sent.REJECTED
    assert show(None).sent is Sent.REJECTED


def test_a_broken_pipe_is_an_outcome() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = open(write, "w")  # noqa: SIM115, PTH123 - closed below, where that may fail
    assert show(stream).sent is Sent.REJECTED
    with pytest.raises(BrokenPipeError):
        stream.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/full")
def test_a_full_disk_is_an_outcome() -> None:
    stream = open("/dev/full", "w")  # noqa: SIM115, PTH123 - closed below, where that may fail
    assert "No space" in show(stream).detail
    with pytest.raises(OSError, match="No space"):
        stream.close()


def test_a_halted_terminal_stops_nobody() -> None:
    """A pipe that nobody reads stands in for a terminal after Ctrl-S."""
    read, write = os.pipe()
    fill(write)
    with open(write, "w") as stream, open(read, "rb") as reader:  # noqa: PTH123

        async def scenario() -> None:
            console = Console(lambda _: None, stream=stream, limit_s=0.05)
            assert (await console.show(MESSAGE, tag="a")).sent is Sent.TIMEOUT
            refused = await console.show(MESSAGE, tag="b")
            assert (refused.sent, "still busy" in refused.detail) == (Sent.TIMEOUT, True)
            assert not console.ready
            reader.read(65536)
            await until(lambda: console.ready)
            assert (await console.show(MESSAGE, tag="c")).sent is Sent.UNCONFIRMED

        asyncio.run(scenario())


def fill(pipe: int) -> None:
    """Write into a pipe until it takes no more."""
    os.set_blocking(pipe, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x" * 4096)
    os.set_blocking(pipe, True)
