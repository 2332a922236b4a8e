"""The `postured` command."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    gc.disable()  # what is imported is no garbage: three milliseconds of looking for some; each command enables it
    from postured.cli.main import run

    # Closed streams (`>&-`) are None, and a terminal of another age knows no "█".
    out, err = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: PTH123, SIM115
    for stream in (out, err):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    code = run(sys.argv[1:], os.environ, out, err)
    try:
        out.flush()
    except OSError as exc:  # a full device; the interpreter would say so in its own way, and again
        if code == 0:
            print(f"postured: {_not_written(exc)}", file=err)
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        code = code or 1
    sys.exit(code)


def _not_written(exc: OSError) -> str:
    """What is wrong, in the person's language, which a command speaks only until it ends."""
    from postured import catalogue
    from postured.core import language
    from postured.core.language import _
    from postured.paths import shipped

    language.speak(catalogue.find(os.environ, shipped("locale")))
    return _("the output could not be written: {reason}").format(reason=exc.strerror)


if __name__ == "__main__":
    main()
