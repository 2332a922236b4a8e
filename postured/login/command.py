"""Which command starts this very installation of postured, and whether it is still there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from postured.core.language import _

_NAME = "postured"
_SHORT_LIVED = ("/.cache/uv/", "/.cache/pipx/", "/pipx/.cache/")
"""Where `uvx` and `pipx run` keep what they install for one go."""


def program(argv0: str, executable: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """Find the command to which `run` is added at login.

    A link to the script, such as pipx and uv make in ~/.local/bin, is taken before the script itself: it
    stays where it is when the environment behind it is made anew. Without a script: `python -m postured`.

    Args:
        argv0: `sys.argv[0]`.
        executable: `sys.executable`.
        env: Gives PATH, HOME and the folders for links.
    """
    if executable.lower().endswith("python.exe"):
        # The script, and plain python, would leave a console window open.
        windowless = f"{executable[:-4]}w.exe"
        return (windowless if os.path.exists(windowless) else executable, "-m", _NAME)  # noqa: PTH110 - as it was typed
    script = _script(argv0, executable)
    if script is None:
        return (executable, "-m", _NAME)
    real = os.path.realpath(script)
    for folder in _folders_of_links(env):
        link = folder / _NAME
        if link.is_absolute() and link.is_symlink() and os.path.realpath(link) == real:
            return (str(link),)
    return (str(script),)


def trouble(command: tuple[str, ...]) -> str:
    """Say why the command cannot be started, or nothing; a bare name is left to whoever looks it up."""
    path = Path(command[0])
    if not path.is_absolute():
        return ""
    if not path.exists():
        return _("{path} no longer exists").format(path=path)
    if not path.is_file() or not os.access(path, os.X_OK):
        return _("{path} is no program").format(path=path)
    return ""


def is_short_lived(command: tuple[str, ...]) -> bool:
    """Tell whether the command lies in a cache that is emptied now and then."""
    return any(part in os.path.realpath(command[0]) for part in _SHORT_LIVED)


def _script(argv0: str, executable: str) -> Path | None:
    """Find the `postured` script that runs now, else (`python -m postured`) the one beside this Python."""
    typed = Path(argv0)
    if typed.name == _NAME and _is_program(typed):
        return Path(os.path.abspath(typed))  # noqa: PTH100 - without `..`, and links not followed
    beside = Path(executable).with_name(_NAME)
    return beside if _is_program(beside) else None


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _folders_of_links(env: Mapping[str, str]) -> Iterator[Path]:
    for name in ("PIPX_BIN_DIR", "UV_TOOL_BIN_DIR", "XDG_BIN_HOME"):
        yield Path(env.get(name, ""))
    yield Path(env.get("HOME", ""), ".local", "bin")
    yield from (Path(folder) for folder in env.get("PATH", "").split(os.pathsep))
