"""`postured run`."""

from __future__ import annotations

from pathlib import Path

from postured.cli.console import Console

TYPE_CHECKING = False  # see console
if TYPE_CHECKING:
    from argparse import Namespace


def run(args: Namespace, console: Console) -> int:
    """Run the daemon until it is told to end."""
    from postured.daemon import start

    config = getattr(args, "config", None)
    return start.run(
        console.env,
        config=None if config is None else Path(config),
        demo=args.demo,
        verbose=getattr(args, "verbose", False),
        out=console.out,
        err=console.err,
    )
