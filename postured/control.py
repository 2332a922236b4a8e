"""The socket on which a running daemon is asked, and the lock that keeps it the only one.

Owns the wire (one JSON object a line, one request a connection), the asking side, the lock file and the
binding of the socket; answering is `control_server`. Never starts a daemon, never guesses from process
numbers, never deletes what is not a socket. Every command that asks imports it: it must stay cheap to import.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from postured.core.language import _
from postured.files import explain

VERSION = 1
"""Of the wire. A daemon that was started before an upgrade says so instead of misunderstanding."""

REQUEST_LIMIT = 64 * 1024
"""Bytes of one request, its newline included."""

REPLY_LIMIT = 1024 * 1024
"""Bytes of one reply: room for a long day of decisions."""

_SUN_PATH = 107 if sys.platform == "linux" else 103
"""Bytes of a socket's address, without the closing zero."""

_BACKLOG = 64
"""Askers that may queue up while the daemon is still starting."""

_RETRY_S = 0.02
"""Between two attempts to join a full queue."""


class ControlError(Exception):
    """The daemon could not be asked, or refused; one line for the person."""


class NoDaemon(ControlError):  # noqa: N818 - it is an answer as much as an error, and reads as one
    """Nobody listens: there is no socket, or one that a dead daemon left behind."""


class AlreadyRunning(ControlError):  # noqa: N818 - same
    """Another daemon holds the lock."""

    def __init__(self, pid: int | None, since: str) -> None:
        if pid is None:
            line = _("postured is already running; stop that one first, or ask it: postured status")
        else:
            line = _(
                "postured is already running (process {pid}, since {since}); "
                "stop that one first, or ask it: postured status"
            ).format(pid=pid, since=since)
        super().__init__(line)
        self.pid = pid
        """The holder's process, or None in the instant before it has signed."""
        self.since = since
        """When the holder started, local time with offset; empty like `pid`."""


# ── the wire ──────────────────────────────────────────────────────────────────────────────────────


def encode(message: Mapping[str, object]) -> bytes:
    r"""Return the line that carries `message`, as `{"v": 1, "ask": "status"}\n`.

    Raises:
        ValueError: A number that JSON doesn't have (infinity).
        TypeError: A value that JSON doesn't have.
    """
    return json.dumps({"v": VERSION, **message}, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, object]:
    """Return the message that a line carries.

    Raises:
        ControlError: It is no JSON object, or one of another version of the wire.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise ControlError(_("not understood: the message is not JSON")) from exc
    if not isinstance(message, dict):
        raise ControlError(_("not understood: the message is not a JSON object"))
    if message.get("v") != VERSION:
        raise ControlError(
            _(
                "this side speaks version {version}, the other {other!r:.40}; after an upgrade "
                "restart the daemon"
            ).format(version=VERSION, other=message.get("v"))
        )
    return message


# ── asking ────────────────────────────────────────────────────────────────────────────────────────


def ask(path: Path, request: Mapping[str, object], *, timeout_s: float = 5.0) -> dict[str, object]:
    """Return the daemon's reply to one request, as `ask(path, {"ask": "status"})`.

    Args:
        path: The daemon's socket.
        request: What is asked; the version is added here.
        timeout_s: For everything together.

    Raises:
        NoDaemon: Nobody listens at `path`.
        ControlError: The daemon refused, or did not answer in time.
    """
    deadline = time.monotonic() + timeout_s
    with _asked(path, request, deadline) as connection:
        line = _Lines(connection).next(deadline)
    return _reply(line)


def follow(
    path: Path, request: Mapping[str, object], *, timeout_s: float = 5.0
) -> Iterator[dict[str, object]]:
    """Yield the daemon's reply, and then its news until it ends or the caller has enough.

    Args:
        path: The daemon's socket.
        request: What is asked.
        timeout_s: Until the first reply. News may take for ever.

    Raises:
        NoDaemon: Nobody listens at `path`.
        ControlError: The daemon refused, or did not answer in time.
    """
    deadline = time.monotonic() + timeout_s
    with _asked(path, request, deadline) as connection:
        lines = _Lines(connection)
        line = lines.next(deadline)
        yield _reply(line)
        while line := lines.next(None):
            yield _reply(line)


def _asked(path: Path, request: Mapping[str, object], deadline: float) -> socket.socket:
    """Return a connection over which the request has gone out."""
    _need_unix_sockets()
    line = encode(request)
    if len(line) > REQUEST_LIMIT:
        raise ControlError(
            _("the request has {count} bytes, the daemon takes {limit} at most").format(
                count=len(line), limit=REQUEST_LIMIT
            )
        )
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.parent.is_dir():  # in one of somebody else's anybody could be listening
            _check_folder(path.parent)
        _connect(connection, path, deadline)
        # Who is refused at the door may find it shut before all is said; the refusal can still be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.settimeout(_left_s(deadline))
            connection.sendall(line)
    except TimeoutError as exc:
        connection.close()
        raise _too_late() from exc
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(connection: socket.socket, path: Path, deadline: float) -> None:
    while True:
        try:
            connection.settimeout(_left_s(deadline))
            _with_short_name(path, connection.connect)
        except BlockingIOError:
            # A full queue refuses at once instead of making us wait.
            time.sleep(_RETRY_S)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as exc:
            raise NoDaemon(_("no daemon is running; start it: postured run")) from exc
        except TimeoutError:
            raise
        except OSError as exc:
            raise ControlError(
                _("the daemon cannot be reached at {path}: {reason}").format(path=path, reason=explain(exc))
            ) from exc
        else:
            return


class _Lines:
    """The lines that come in over a connection, each of bounded length."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def next(self, deadline: float | None) -> bytes:
        """Return the next line; empty when the daemon has hung up."""
        try:
            while (end := self._buffer.find(b"\n")) < 0:
                if len(self._buffer) > REPLY_LIMIT:
                    raise ControlError(
                        _("the daemon's answer is longer than {limit} bytes").format(limit=REPLY_LIMIT)
                    )
                self._connection.settimeout(None if deadline is None else _left_s(deadline))
                chunk = self._connection.recv(65536)
                if not chunk:
                    return b""
                self._buffer += chunk
        except TimeoutError as exc:
            raise _too_late() from exc
        except OSError:
            return b""
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line


def _reply(line: bytes) -> dict[str, object]:
    if not line:
        raise ControlError(_("the daemon hung up before it had answered; try again"))
    message = decode(line)
    if message.get("ok") is not True:
        raise ControlError(str(message.get("error", _("the daemon refused without a reason"))))
    reply = message.get("reply")
    if not isinstance(reply, dict):
        raise ControlError(_("not understood: the daemon's answer holds no reply"))
    return reply


def _left_s(deadline: float) -> float:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _too_late() -> ControlError:
    return ControlError(_("the daemon did not answer in time; see whether it hangs: postured doctor"))


# ── being the only one, and being asked ───────────────────────────────────────────────────────────


class Lock:
    """The right to be the daemon, until released or until the process ends, in whichever way."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def release(self) -> None:
        """Let another daemon start. The lock file stays: deleting it would let two daemons hold two locks."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Lock:  # noqa: PYI034 - `Self` would cost every command the import of typing
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lock(path: Path) -> Lock:
    """Take the lock and sign it with this process's number and the time.

    Args:
        path: The lock file; its folder exists.

    Raises:
        AlreadyRunning: Another process holds it.
        ControlError: The file cannot be made or locked.
    """
    _need_unix_sockets()
    import fcntl

    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as exc:
        raise ControlError(
            _("the lock file {path} cannot be opened: {reason}").format(path=path, reason=explain(exc))
        ) from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sign(handle)
    except BlockingIOError as exc:
        running = AlreadyRunning(*_signature(handle))
        os.close(handle)
        raise running from exc
    except OSError as exc:
        os.close(handle)
        raise ControlError(
            _("the lock file {path} cannot be locked: {reason}").format(path=path, reason=explain(exc))
        ) from exc
    return Lock(handle)


def _sign(handle: int) -> None:
    # The lock counts, not the signature: a full disk must not keep the daemon from starting.
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n".encode(), 0)


def _signature(handle: int) -> tuple[int | None, str]:
    try:
        pid, _, since = os.pread(handle, 100, 0).decode("ascii", "replace").partition(" ")
        return int(pid), since.strip()
    except (OSError, ValueError):
        return None, ""


class Listener:
    """A bound and listening socket, and the file by which it is found."""

    def __init__(self, sock: socket.socket, path: Path) -> None:
        self.socket = sock
        """Non-blocking, for the server."""
        self._path = path
        self._identity = _identity(path)

    def in_place(self) -> bool:
        """Whether it can still be found: the runtime folder may have been cleaned under a long life."""
        try:
            return _identity(self._path) == self._identity
        except OSError:
            return False

    def close(self) -> None:
        """Stop listening and take the file away, if it is still the one that was made here."""
        with contextlib.suppress(OSError):
            if _identity(self._path) == self._identity:
                self._path.unlink()
        self.socket.close()


def listen(path: Path, held: Lock) -> Listener:
    """Open a socket at `path`; askers queue up from now on, long before anybody answers.

    Args:
        path: Where; its folder exists, belongs to this user, and nobody else may write to it.
        held: The daemon's lock. Only its holder may take away what a dead daemon left.

    Raises:
        ControlError: The place is taken or unsafe, or the socket cannot be made.
    """
    _need_unix_sockets()
    del held  # having it is the point
    try:
        _check_folder(path.parent)
        _clear(path)
        return _bind(path)
    except OSError as exc:
        raise ControlError(
            _("the socket {path} cannot be made: {reason}").format(path=path, reason=explain(exc))
        ) from exc


def _check_folder(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise ControlError(
            _("others can write to {folder}, so no socket there is used; give it mode 0700").format(
                folder=folder
            )
        )


def _clear(path: Path) -> None:
    """Take away the socket of a dead daemon, and nothing else."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ControlError(_("something that is no socket lies at {path}; move it away").format(path=path))
    if answers(path):
        raise ControlError(_("another program answers at {path}; stop it first").format(path=path))
    path.unlink(missing_ok=True)


def answers(path: Path) -> bool:
    """Whether somebody listens there; a socket that a dead daemon left behind does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            _with_short_name(path, probe.connect)
        except BlockingIOError:
            return True  # its queue is full
        except (OSError, ControlError):
            return False
        return True


def _bind(path: Path) -> Listener:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        _with_short_name(path, sock.bind)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
        return Listener(sock, path)
    except BaseException:
        sock.close()
        raise
    finally:
        os.umask(before)


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _with_short_name(path: Path, use: Callable[[str], None]) -> None:
    """Call `connect` or `bind` with a name for `path` that fits into a socket's address."""
    if len(os.fsencode(path)) <= _SUN_PATH:
        use(str(path))
        return
    if sys.platform != "linux":
        raise ControlError(
            _("the path {path} is too long for a socket: {limit} bytes at most").format(
                path=path, limit=_SUN_PATH
            )
        )
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        name = f"/proc/self/fd/{folder}/{path.name}"
        if len(os.fsencode(name)) > _SUN_PATH:
            raise ControlError(
                _("the name of {path} is too long for a socket: {limit} bytes at most").format(
                    path=path, limit=_SUN_PATH
                )
            )
        use(name)
    finally:
        os.close(folder)


def _need_unix_sockets() -> None:
    if not hasattr(socket, "AF_UNIX") or os.name == "nt":
        raise ControlError(_("asking the daemon is not available on Windows yet"))
