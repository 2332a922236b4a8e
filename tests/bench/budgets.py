"""Measure what the daemon costs, beside a bare asyncio process in the same run, and print a table.

    python -m tests.bench.budgets [--quick] [PART...]

Absolute figures wander with the machine, so memory and times are also given as multiples of the cheapest
thing of their kind, measured at the same moment: a process that only waits in asyncio, or `python -c pass`.
Every other Python of the same build that runs meanwhile shares pages with both and so makes the multiple of
memory larger than it is: measure on a quiet machine. Runs in a headless desktop of its own. Exit status 1 if
something is over its budget.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import random
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypedDict

from postured.core import engine
from postured.core.model import Input, Item, Moment, Schedule, Silence, Tick
from tests.desktop.session import Desktop, wait_for

METER = Path(__file__).with_name("measure_daemon.py")
BARE = "import asyncio; asyncio.run(asyncio.Event().wait())"
"""The least that any asyncio daemon costs."""
TYPING = "while :; do xdotool key shift; sleep 1.5; done"
OTHER_PYTHON = "/usr/bin/python3"
"""The meter runs on this one: pages it shared with the daemon would make the daemon look smaller."""

USUAL_SCHEDULE = """\
preset: standard
reminders:
  strength: {{at: "{far}", suggest: [strength]}}
"""
"""Without hours, so that a Sunday costs what a Monday does, and with nothing due at a time of day that is near."""
TINY_SCHEDULE = """\
reminders:
  reset: {after: 4s, pause: 4s, repeat: never, suggest: [break]}
"""


def _far() -> str:
    """The time of day in twelve hours."""
    return f"{datetime.now(UTC).astimezone() + timedelta(hours=12):%H:%M}"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    value: float
    """The figure that the budget limits."""
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the budget is kept; what has none always is."""
        return self.limit is None or self.value <= self.limit

    def line(self) -> str:
        """Return the row in Markdown."""
        limit = "" if self.limit is None else f"{self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else "yes" if self.kept else "**no**"
        value = f"{self.value:,.0f}" if self.value >= 1000 else f"{self.value:.3g}"
        return f"| {self.what} | {self.measured} | {value} {self.unit} | {limit} | {verdict} |"


class Memory(TypedDict):
    """What the meter tells of a process tree's memory."""

    pss_kib: int
    uss_kib: int
    rss_kib: int


class Phase(TypedDict):
    """What the meter tells of one phase."""

    name: str
    ctx_per_min: float
    cpu_s_per_hour: float
    processes: int
    threads: int
    memory: Memory


class Bench:
    """The parts of the measurement, all on one interpreter."""

    def __init__(self, python: str, *, quick: bool) -> None:
        self._python = python
        self._pairs = 7 if quick else 25
        self._window_s = 60 if quick else 240
        self._notices = 2 if quick else 6
        script = Path(python).with_name("postured")
        self._command = [str(script)] if script.exists() else [python, "-m", "postured"]

    # ── asleep, at work, and with a notice up ─────────────────────────────────────────────────────

    def footprint(self) -> Iterator[Row]:
        """Memory, context switches and CPU time on X11 with notifications over D-Bus."""
        # Counting begins after the idle threshold, when nothing is left to happen while nobody is there.
        warmup_s = 70
        window_s = self._window_s
        phases = [
            ("nobody", window_s, ""),
            ("working", window_s, TYPING),
            ("notice", 10, self._ask_for_notice()),
        ]
        with Desktop.start() as desktop:
            desktop.write_schedule(USUAL_SCHEDULE.format(far=_far()))
            waiting = [self._python, "-c", BARE]
            quiet = [(name, seconds, "") for name, seconds, _ in phases]
            with (
                self._meter(desktop, [*self._command, "run"], "notify", warmup_s, phases) as daemon,
                self._meter(desktop, waiting, "none", warmup_s, quiet) as bare,
            ):
                limit_s = warmup_s + sum(s for _, s, _ in phases) + 60
                measured, beside = _phases(daemon, limit_s), _phases(bare, 30)
            if not desktop.notifications():
                print("note: no notice was shown, so memory lacks what showing one costs", file=sys.stderr)
        minutes = (warmup_s + 2 * window_s + 10) / 60
        last, bare_last = measured["notice"]["memory"], beside["notice"]["memory"]
        yield Row(
            f"memory (PSS) after {minutes:.0f} min, a notice shown",
            f"{_memory(last)}; bare asyncio {_memory(bare_last)}",
            last["pss_kib"] / bare_last["pss_kib"],
            "times bare asyncio",
            1.8,
        )
        for name, what, limit in (("nobody", "nobody there", 1), ("working", "working without pause", 4)):
            phase = measured[name]
            yield Row(
                f"context switches, {what}",
                f"{phase['threads']} thread(s), {phase['processes']} process(es)",
                phase["ctx_per_min"],
                "per minute",
                limit,
            )
        used = measured["working"]["cpu_s_per_hour"]
        yield Row("CPU time while working", f"over {window_s} s", used, "s per hour", 0.5)

    def _ask_for_notice(self) -> str:
        return f"{' '.join(self._command)} now; sleep 60"

    @staticmethod
    @contextlib.contextmanager
    def _meter(
        desktop: Desktop, command: list[str], ready: str, warmup_s: float, phases: list[tuple[str, int, str]]
    ) -> Iterator[subprocess.Popen[str]]:
        options = [f"--ready={ready}", f"--warmup={warmup_s}"]
        for name, seconds, during in phases:
            options += ["--phase", f"{name}={seconds}" + (f",{during}" if during else "")]
        python = OTHER_PYTHON if Path(OTHER_PYTHON).exists() else sys.executable
        meter = subprocess.Popen(
            [python, str(METER), *options, "--", *command],
            env=desktop.env,
            cwd=desktop.home,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield meter
        finally:
            if meter.poll() is None:
                meter.send_signal(signal.SIGINT)  # so that it ends what it measures
            meter.wait(20)
            if meter.stdout is not None:
                meter.stdout.close()

    # ── starting, asking ──────────────────────────────────────────────────────────────────────────

    def start(self) -> Iterator[Row]:
        """Time from start to READY=1."""
        with Desktop.start() as desktop:
            self._start_once(desktop)  # the first start also writes the schedule and compiles the modules
            mine, bare = self._alternate(desktop, lambda: self._start_once(desktop))
        yield _beside_pass("start to ready", mine, bare, 6)

    def status(self) -> Iterator[Row]:
        """Time of `postured status` while the daemon runs."""
        command = [*self._command, "status"]
        with Desktop.start() as desktop, self._running(desktop):
            _run_once(desktop, command)
            mine, bare = self._alternate(desktop, lambda: _run_once(desktop, command))
        yield _beside_pass("postured status", mine, bare, 4)

    def _alternate(self, desktop: Desktop, measure: Callable[[], float]) -> tuple[list[float], list[float]]:
        mine, bare = [], []
        for _ in range(self._pairs):
            bare.append(_run_once(desktop, [self._python, "-c", "pass"]))
            mine.append(measure())
        return mine, bare

    def _start_once(self, desktop: Desktop) -> float:
        with self._running(desktop) as ready_s:
            return ready_s

    @contextlib.contextmanager
    def _running(self, desktop: Desktop) -> Iterator[float]:
        """Run the daemon; what one gets is the seconds until it was ready."""
        path = desktop.home / "notify.socket"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(path))
            env = {**desktop.env, "NOTIFY_SOCKET": str(path)}
            started = time.perf_counter()
            daemon = subprocess.Popen(
                [*self._command, "run"], env=env, cwd=desktop.home, stdout=subprocess.DEVNULL
            )
            try:
                ready = False
                while not ready:
                    if not select.select([notify], [], [], 10)[0]:
                        raise SystemExit("the daemon was not ready within 10 s")
                    ready = b"READY=1" in notify.recv(4096)
                yield time.perf_counter() - started
            finally:
                daemon.terminate()
                daemon.wait(10)
                path.unlink()

    # ── in time ───────────────────────────────────────────────────────────────────────────────────

    def lateness(self) -> Iterator[Row]:
        """How much later than due a notice reaches the server, while somebody works."""
        late_s = []
        for _ in range(self._notices):
            with Desktop.start() as desktop:
                desktop.write_schedule(TINY_SCHEDULE)
                with self._running(desktop), desktop.typing(0.5):
                    due_unix_s = wait_for(
                        functools.partial(self._due, desktop), 10, what="a due time in the status"
                    )
                    shown = desktop.wait_for_notification(limit_s=30)
                late_s.append(shown["sent_unix_s"] - due_unix_s)
        middle = f"median of {len(late_s)}: {statistics.median(late_s) * 1e3:.0f} ms"
        yield Row("a notice later than due", middle, max(late_s), "s", 0.5)

    def _due(self, desktop: Desktop) -> float:
        """Return when the reminder is due, Unix seconds; 0 while nobody is known to work."""
        told = subprocess.run(
            [*self._command, "status", "--json"],
            env=desktop.env,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        status = json.loads(told.stdout)
        at = status["reminders"]["reset"]["due_at"]
        return datetime.fromisoformat(at).timestamp() if at and status["state"] == "working" else 0.0

    # ── the engine ────────────────────────────────────────────────────────────────────────────────

    def engine(self) -> Iterator[Row]:
        """Count the engine's steps a second, with the schedule and the library that ship."""
        schedule, library = _shipped()
        steps = 20_000
        state = engine.begin(schedule, library, Moment(0.0, 1_700_000_000.0, UTC))
        events = [
            (at_s := 13.0 * n, Silence(at_s) if n % 6 == 3 else Input() if n % 6 in {0, 4} else Tick())
            for n in range(steps)
        ]
        began = time.perf_counter()
        for at_s, event in events:
            state, _ = engine.step(state, event, Moment(at_s, 1_700_000_000.0 + at_s, UTC))
            engine.next_wake(state)
        took_s = time.perf_counter() - began
        rate = f"{steps / took_s:,.0f} events a second, each with its next wake-up"
        yield Row("engine", rate, took_s, "s for 20,000 events", 1.0)

    def year(self) -> Iterator[Row]:
        """Time `postured simulate` on a year's trace."""
        with Desktop.start(dunst=False, x11=False) as desktop:
            trace = desktop.home / "year.csv"
            rows = _write_year(trace)
            command = [*self._command, "simulate", str(trace), "--json"]
            told: list[str] = []
            took_s = _run_once(desktop, command, told)
            notices = len(json.loads(told[0])["notices"])
        told_of = f"{2 * rows:,} changes of state, {notices:,} notices"
        yield Row("postured simulate, a year", told_of, took_s, "s", 5.0)


def _shipped() -> tuple[Schedule, tuple[Item, ...]]:
    from postured import library, paths, settings

    file = paths.shipped("postured.yaml")
    schedule, problems = settings.read(file.read_text(encoding="utf-8"), str(file))
    items, more = library.load((paths.shipped("library"),))
    if schedule is None or problems or more:
        raise SystemExit("\n".join(map(str, [*problems, *more])))
    return schedule, items


def _write_year(path: Path) -> int:
    """Write 365 days of somebody's work as a trace, about 60,000 changes of state; how many spans."""
    chance = random.Random(1)  # the same year every time
    midnight = datetime(2025, 1, 1, tzinfo=UTC)
    lines = ["start,end,state"]
    for day in range(365):
        if (midnight + timedelta(days=day)).weekday() >= 5:
            continue
        now = midnight + timedelta(days=day, hours=9)
        while now < midnight + timedelta(days=day, hours=18):
            worked = now + timedelta(seconds=chance.randint(10, 390))
            state = chance.choices(["work", "call"], [9, 1])[0]
            lines.append(f"{now.isoformat()},{worked.isoformat()},{state}")
            now = worked + timedelta(seconds=chance.choice([5, 20, 45, 90, 150, 200]))
    path.write_text("\n".join(lines) + "\n")
    return len(lines) - 1


def _run_once(desktop: Desktop, command: list[str], told: list[str] | None = None) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        command, env=desktop.env, cwd=desktop.home, stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    took_s = time.perf_counter() - began
    if told is not None:
        told.append(done.stdout)
    return took_s


def _beside_pass(what: str, mine_s: list[float], bare_s: list[float], limit: float) -> Row:
    mine, bare = statistics.median(mine_s), statistics.median(bare_s)
    text = (
        f"{mine * 1e3:.0f} ms (median of {len(mine_s)}, at least {min(mine_s) * 1e3:.0f}); "
        f"python -c pass {bare * 1e3:.0f} ms"
    )
    return Row(what, text, mine / bare, "times python -c pass", limit)


def _phases(meter: subprocess.Popen[str], limit_s: float) -> dict[str, Phase]:
    told, _ = meter.communicate(timeout=limit_s)
    if meter.returncode != 0:
        raise SystemExit(f"the meter failed with {meter.returncode}")
    result = json.loads(told)
    for note in result.get("notes", []):
        print(f"note: {note}", file=sys.stderr)
    return {phase["name"]: phase for phase in result["phases"]}


def _memory(of: Memory) -> str:
    pss, uss, rss = (of[kind] / 1024 for kind in ("pss_kib", "uss_kib", "rss_kib"))
    return f"{pss:.1f} MiB (USS {uss:.1f}, RSS {rss:.1f})"


def main() -> int:
    """Measure the parts asked for, or all of them, and print the table."""
    parts = ("engine", "year", "start", "status", "lateness", "footprint")
    parser = argparse.ArgumentParser(prog="budgets", description="Measure what the daemon costs.")
    parser.add_argument(
        "--quick", action="store_true", help="shorter windows, fewer runs: about five minutes"
    )
    parser.add_argument(
        "--python", default=sys.executable, help="the interpreter that has postured installed"
    )
    parser.add_argument("part", nargs="*", help=f"only these: {', '.join(parts)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.part) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for program in ("Xvfb", "dbus-daemon", "dunst", "xdotool"):
        if shutil.which(program) is None:
            parser.error(f"{program} is not installed")
    bench = Bench(arguments.python, quick=arguments.quick)
    kept = True
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    print("| what | measured | value | budget | kept |\n|---|---|---|---|---|", flush=True)
    for part in arguments.part or parts:
        for row in getattr(bench, part)():
            print(row.line(), flush=True)
            kept = kept and row.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
