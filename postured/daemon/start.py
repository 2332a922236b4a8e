"""How the daemon comes to life.

Ready is said as soon as nothing can be lost any more: the lock is held, the socket takes commands (they queue), the
schedule is read, the tanks are restored, and the sensor's connection stands. Only then the heavy parts are loaded:
the event loop, APScheduler, D-Bus, SQLite, the library.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TextIO, cast

from postured import control, memory, supervisor
from postured.clock import Clock, DemoClock, SystemClock, boot_id
from postured.core import engine, snapshot
from postured.core.language import _
from postured.core.model import Decide, Effect
from postured.daemon import schedule
from postured.files import explain, own_folder
from postured.paths import Places, places
from postured.sense.activity import chain
from postured.sense.activity.always import Always
from postured.sense.protocol import IdleSensor, boot_s

ORDERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""End, end, and reload."""

EXIT_WELL, EXIT_FAILED, EXIT_BROKEN = 0, 1, 78


@dataclass(slots=True)
class Ready:
    """All that was made before the event loop, to be handed to the daemon's life."""

    env: Mapping[str, str]
    places: Places
    config: Path
    clock: Clock
    loaded: schedule.Loaded
    state: engine.State
    owed: list[Effect]
    """What follows from the time the program was stopped."""
    sensor: IdleSensor
    listener: control.Listener
    stale: Mapping[str, object] | None
    """What an earlier run left on the screen."""
    boot: str
    demo: bool
    trouble: list[str]
    out: TextIO
    decisions: list[tuple[float, Decide]] = field(default_factory=list)
    """What an earlier run decided last, for `postured why`."""


def run(
    env: Mapping[str, str], *, config: Path | None, demo: bool, verbose: bool, out: TextIO, err: TextIO
) -> int:
    """Run the daemon in the foreground until it is told to end; returns its exit code."""
    where = places(env)
    if demo:
        where = where.demonstration()
    try:
        _own_runtime(where)
        with control.lock(where.lock) as held:
            listener = control.listen(where.socket, held)
            try:
                return _run_alone(
                    env, where, listener, config=config, demo=demo, verbose=verbose, out=out, err=err
                )
            finally:
                listener.close()
    except (control.ControlError, OSError) as exc:
        print(f"postured: {_line(exc)}", file=err)
        return EXIT_FAILED


def _run_alone(
    env: Mapping[str, str],
    where: Places,
    listener: control.Listener,
    *,
    config: Path | None,
    demo: bool,
    verbose: bool,
    out: TextIO,
    err: TextIO,
) -> int:
    path = Path(os.path.abspath(config)) if config is not None else where.config_file  # noqa: PTH100 - no link resolved
    if config is not None and not os.path.lexists(path):
        line = _("{path}: there is no such file; leave --config out to use {usual}").format(
            path=path, usual=where.config_file
        )
        print(f"postured: {line}", file=err)
        return EXIT_BROKEN
    loaded = schedule.load(path, where, may_write=config is None and not demo)
    for problem in loaded.problems:
        print(f"postured: {problem}", file=err)
    if loaded.trouble:
        print(f"postured: {loaded.trouble}", file=err)
    if loaded.problems:
        line = (
            _("the schedule is broken; running on the last good one")
            if loaded.source == "last good"
            else _("the schedule is broken; running on the default one")
        )
        print(f"postured: {line}", file=err)
    if demo:  # somebody wants to see a notice, whatever day it is
        loaded = replace(loaded, schedule=replace(loaded.schedule, hours=()))
    clock: Clock = DemoClock() if demo else SystemClock()
    ready = _prepare(env, where, listener, path, loaded, clock, demo=demo, out=out)
    # From ready on a signal is an order. It is heard when the event loop is there to hear it.
    signal.pthread_sigmask(signal.SIG_BLOCK, ORDERS)
    supervisor.tell(env, "READY=1")
    gc.enable()
    _leave_out_tls()
    with _no_plugins():
        from postured.daemon import life  # from here on nothing is lost; see the module's docstring

    return life.live(ready, verbose=verbose, err=err)


def _prepare(
    env: Mapping[str, str],
    where: Places,
    listener: control.Listener,
    path: Path,
    loaded: schedule.Loaded,
    clock: Clock,
    *,
    demo: bool,
    out: TextIO,
) -> Ready:
    trouble: list[str] = []
    boot = boot_id()
    saved: dict[str, object] | None = None
    if not demo:
        try:
            own_folder(where.state_folder)
            saved, note = memory.load(where.memory_file)
        except (memory.CannotRemember, OSError) as exc:
            note = _("nothing can be remembered: {reason}").format(reason=_line(exc))
        if note:
            trouble.append(note)
    state, owed = _take_up(saved, loaded, clock, boot, trouble)
    sensor = (
        _always_working(loaded.schedule.idle_after_s)
        if demo
        else chain.open_idle(env, loaded.schedule.idle_after_s, activity=loaded.schedule.activity)
    )
    stale = saved.get("screen") if saved is not None else None
    return Ready(
        env=env,
        places=where,
        config=path,
        clock=clock,
        loaded=loaded,
        state=state,
        owed=owed,
        sensor=sensor,
        listener=listener,
        stale=stale if isinstance(stale, dict) else None,
        boot=boot,
        demo=demo,
        trouble=trouble,
        out=out,
        decisions=_decisions(saved),
    )


def _decisions(saved: dict[str, object] | None) -> list[tuple[float, Decide]]:
    told = saved.get("decisions") if saved is not None else None
    found = []
    for entry in told if isinstance(told, list) else []:
        match entry:
            case [int() | float() as unix_s, str(reminder), str(verdict), str(because), *rest]:
                detail = rest[0] if rest and isinstance(rest[0], str) else ""
                found.append((float(unix_s), Decide(reminder, verdict, because, detail)))
            case _:
                pass  # not ours; why it was quiet is no reason to fail
    return found


def _take_up(
    saved: dict[str, object] | None, loaded: schedule.Loaded, clock: Clock, boot: str, trouble: list[str]
) -> tuple[engine.State, list[Effect]]:
    now = clock.now()
    engine_part = saved.get("engine") if saved is not None else None
    if saved is not None and isinstance(engine_part, dict):
        try:
            same_boot = boot != "" and saved.get("boot") == boot
            if isinstance(lasted_s := saved.get("lasted_s"), float):
                engine_part = snapshot.later(engine_part, lasted_s)
            return snapshot.restore(engine_part, loaded.schedule, (), now, same_boot=same_boot)
        except (KeyError, TypeError, ValueError) as exc:
            trouble.append(
                _("the state file makes no sense ({error!r}); tanks start empty").format(error=exc)
            )
    return engine.begin(loaded.schedule, (), now), []


def _always_working(idle_after_s: float) -> IdleSensor:
    why = _("a demonstration takes all time for work")
    return chain.Chain({}, idle_after_s, chain.Choice(Always(why)), boot_s)


def _leave_out_tls() -> None:
    """Keep asyncio from loading OpenSSL for connections this program never makes: 2 MB and 5 ms.

    asyncio does without it where Python was built without it, which is what this looks like.
    """
    cast("dict[str, object]", sys.modules).setdefault("ssl", None)  # None is how an import is refused


@contextlib.contextmanager
def _no_plugins() -> Iterator[None]:
    """Keep APScheduler from looking for plugins of others, which loads e-mail, zip and CSV: 2 MB.

    It asks `importlib.metadata` for its own version and for entry points; here it hears of none. Whoever imports that
    module afterwards gets the real one.
    """
    name = "importlib.metadata"
    if name in sys.modules:  # then there is nothing to be saved
        yield
        return
    silent = ModuleType(name)
    silent.__dict__.update(
        version=lambda _name: "0", entry_points=lambda **_wanted: (), PackageNotFoundError=ImportError
    )
    sys.modules[name] = silent
    try:
        yield
    finally:
        del sys.modules[name]


def _own_runtime(where: Places) -> None:
    """Make the runtime folder if need be; one of somebody else's in the temporary folder is no place for a lock."""
    try:
        own_folder(where.runtime_folder)
    except OSError as exc:
        raise control.ControlError(
            _(
                "the runtime folder {folder} cannot be had: {reason}; set XDG_RUNTIME_DIR to a "
                "folder of yours"
            ).format(folder=where.runtime_folder, reason=explain(exc))
        ) from exc
    found = where.runtime_folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise control.ControlError(
            _("the runtime folder {folder} is not yours alone; set XDG_RUNTIME_DIR to one that is").format(
                folder=where.runtime_folder
            )
        )


def _line(exc: Exception) -> str:
    if isinstance(exc, OSError) and exc.strerror:
        return f"{exc.filename}: {exc.strerror.lower()}" if exc.filename else exc.strerror.lower()
    return str(exc) or exc.__class__.__name__
