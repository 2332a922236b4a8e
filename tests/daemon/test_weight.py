"""What the daemon leaves out of memory, and that it is there for whoever wants it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from postured.daemon.start import _no_plugins
with _no_plugins():
    from postured.alarm import Alarm
assert not {"email", "zipfile", "importlib.metadata"} & set(sys.modules), "APScheduler has looked for plugins"
import importlib.metadata
assert importlib.metadata.version("apscheduler")[0] == "3"
import asyncio
async def ring():
    rung = asyncio.Event()
    alarm = Alarm(rung.set)
    alarm.start()
    alarm.set("wake", 0.0)
    await asyncio.wait_for(rung.wait(), 10)
    alarm.stop()
asyncio.run(ring())
"""


def test_the_alarm_rings_without_anybodys_plugins() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
