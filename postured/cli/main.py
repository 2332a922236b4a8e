"""From the arguments to the exit code. Each command's module is imported only when that command is given."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from importlib import import_module
from types import SimpleNamespace

from postured import __version__, catalogue
from postured.cli.console import EXIT_FAILED, EXIT_NO_DAEMON, EXIT_USAGE, EXIT_WELL, CommandError, Console
from postured.control import ControlError, NoDaemon
from postured.core import language
from postured.core.language import _
from postured.paths import shipped

TYPE_CHECKING = False  # see console
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import TextIO

INTERRUPTED = 130

PLAIN = {
    "run": {"name": "run", "command": "run:run", "demo": False},
    "status": {"name": "status", "command": "live:status", "json": False, "follow": False},
}
"""What login starts and what panels ask every few seconds, as the parser would read it: making one takes as long as
asking the daemon."""


def run(argv: Sequence[str], env: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Carry out one command line.

    Args:
        argv: Without the program's name.
        env: The surroundings: nothing is read from the process's own.
        out: For the result.
        err: For troubles, a line each.
    """
    # In a context of its own: the language is the person's, and ends with what they asked for.
    return copy_context().run(_run, argv, env, out, err)


def _run(argv: Sequence[str], env: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    language.speak(catalogue.find(env, shipped("locale")))
    console = Console(env, out, err)
    try:
        args = _parse(argv, out, err)
    except SystemExit as exc:  # argparse has said what was wrong
        return exc.code if isinstance(exc.code, int) else EXIT_USAGE
    verbose = getattr(args, "verbose", False)
    try:
        return _carry_out(args, console)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _let_go(out)
        return EXIT_WELL
    except Exception as exc:  # noqa: BLE001 - the last line of defence: one line, the traceback on request
        if verbose:
            import traceback

            traceback.print_exception(exc, file=err)
        console.complain(_line(exc))
        if isinstance(exc, NoDaemon):
            return EXIT_NO_DAEMON
        return exc.code if isinstance(exc, CommandError) else EXIT_FAILED


def _parse(argv: Sequence[str], out: TextIO, err: TextIO) -> Namespace | SimpleNamespace:
    if len(argv) == 1 and argv[0] in PLAIN:
        return SimpleNamespace(**PLAIN[argv[0]])
    from postured.cli import parser

    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return parser.build(argv).parse_args(argv)


def _carry_out(args: object, console: Console) -> int:
    if getattr(args, "version", False):
        console.say(f"postured {__version__}")
        return EXIT_WELL
    command = getattr(args, "command", None)
    if command is None:
        from postured.cli import parser

        console.out.write(parser.build(()).format_help())
        return EXIT_USAGE
    module, function = command.split(":")
    carry_out = getattr(import_module(f"postured.cli.{module}"), function)
    if module != "run":  # which has more to import
        gc.enable()
    code = carry_out(args, console)
    console.out.flush()
    return int(code)


def _line(exc: Exception) -> str:
    known = isinstance(exc, CommandError | ControlError)
    text = " ".join(str(exc).split()) or exc.__class__.__name__
    if isinstance(exc, OSError) and exc.strerror:
        return f"{exc.filename}: {exc.strerror.lower()}" if exc.filename else exc.strerror.lower()
    if known:
        return text
    return _("{text} ({error}; --verbose says more)").format(text=text, error=exc.__class__.__name__)


def _let_go(out: TextIO) -> None:
    """Nobody reads any more: keep the interpreter from saying so at exit."""
    if out is sys.stdout:
        with contextlib.suppress(OSError, ValueError):
            import os

            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
