"""The `postured` command."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    gc.disable()  # what is imported is no garbage: three milliseconds of looking for some; each command enables it
    from postured.cli.main import run

    sys.exit(run(sys.argv[1:], os.environ, sys.stdout, sys.stderr))


if __name__ == "__main__":
    main()
