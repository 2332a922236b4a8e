"""One daemon holds the lock, and answers whoever may ask, whatever they send."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import control, control_server
from postured.control import (
    AlreadyRunning,
    ControlError,
    Listener,
    NoDaemon,
    ask,
    decode,
    encode,
    follow,
    listen,
    lock,
)
from postured.control_server import Handler, Reply, Server

ROOT = Path(control.__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of this user's own, as the runtime folder is."""
    own = tmp_path / "run"
    own.mkdir(mode=0o700)
    return own


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "control.sock"


@pytest.fixture
def listener(folder: Path, path: Path) -> Iterator[Listener]:
    with lock(folder / "lock") as held:
        opened = listen(path, held)
        yield opened
        opened.close()


async def echo(request: dict[str, object]) -> Reply:
    """Answer with the request itself; `bad` is refused, `bug` is one, `follow` and `slow_follow` stay."""
    match request.get("ask"):
        case "bad":
            raise ControlError("there is no notice to answer")
        case "bug":
            raise ZeroDivisionError
        case "infinite":
            return Reply({"due_in_s": float("inf")})
        case "huge":
            return Reply({"text": "x" * control.REPLY_LIMIT})
        case "slow" | "slow_follow":
            await asyncio.sleep(0.1)
        case _:
            pass
    return Reply(request, follow="follow" in str(request.get("ask")))


@contextlib.asynccontextmanager
async def serving(
    listener: Listener,
    handle: Handler = echo,
    *,
    request_s: float = 5.0,
    uid: Callable[[control_server.PeerSocket], int] = control_server.peer_uid,
) -> AsyncIterator[Server]:
    server = Server(listener, handle, request_s=request_s, peer_uid=uid)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not fact():  # noqa: ASYNC110 - what is waited for announces itself to nobody
            await asyncio.sleep(0.005)


async def asked(path: Path, **request: object) -> dict[str, object]:
    return await asyncio.to_thread(ask, path, request)


async def told(path: Path, data: bytes, *, eof: bool = False) -> dict[str, object]:
    """Return what the server says to raw bytes."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(data)
        if eof:
            writer.write_eof()
        async with asyncio.timeout(5):
            answer = await reader.readline()
            assert await reader.read() == b"", "the connection ends after the answer"
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return decode(answer)


# ── the lock ──────────────────────────────────────────────────────────────────────────────────────

HOLDER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from postured.control import listen, lock
    held = lock(Path(sys.argv[1]) / "lock")
    listener = listen(Path(sys.argv[1]) / "control.sock", held)
    print("held", flush=True)
    sys.stdin.read()
""")


@contextlib.contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run another process that holds the lock and listens, but never answers."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_daemon_learns_who_is_running(folder: Path) -> None:
    with holder(folder) as process:
        with pytest.raises(
            AlreadyRunning, match=rf"already running \(process {process.pid}, since 20"
        ) as found:
            lock(folder / "lock")
        assert found.value.pid == process.pid
        assert found.value.since.startswith("20")


def test_kill_9_releases_the_lock_and_its_socket_is_replaced(folder: Path, path: Path) -> None:
    with holder(folder) as process:
        process.kill()
        process.wait()
        assert path.exists()
        with pytest.raises(NoDaemon):
            ask(path, {"ask": "status"})
        with lock(folder / "lock") as held:
            listen(path, held).close()
    assert not path.exists()


def test_a_released_lock_can_be_taken_again_and_its_file_stays(folder: Path) -> None:
    first = lock(folder / "lock")
    first.release()
    first.release()
    assert (folder / "lock").stat().st_mode & 0o777 == 0o600
    with lock(folder / "lock"), pytest.raises(AlreadyRunning) as found:
        lock(folder / "lock")
    assert found.value.pid == os.getpid()


def test_an_unsigned_lock_still_keeps_others_out(folder: Path) -> None:
    with lock(folder / "lock"):
        (folder / "lock").write_text("rubbish")
        with pytest.raises(AlreadyRunning, match="already running; stop") as found:
            lock(folder / "lock")
    assert (found.value.pid, found.value.since) == (None, "")


def test_a_lock_that_cannot_be_made_is_said_in_one_line(folder: Path) -> None:
    with pytest.raises(ControlError, match=r"it does not exist, or its folder does not$"):
        lock(folder / "no folder" / "lock")
    (folder / "folder").mkdir()
    with pytest.raises(ControlError, match=r"is a directory$"):
        lock(folder / "folder")
    (folder / "link").symlink_to(folder / "target")
    with pytest.raises(ControlError, match="symbolic link"):
        lock(folder / "link")
    assert not (folder / "target").exists()


def test_children_of_the_daemon_do_not_inherit_the_lock(folder: Path) -> None:
    held = lock(folder / "lock")
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        held.release()
        lock(folder / "lock").release()
        child.kill()


# ── the socket ────────────────────────────────────────────────────────────────────────────────────


def test_the_socket_is_for_this_user_only(listener: Listener, path: Path) -> None:
    assert stat.S_ISSOCK(path.lstat().st_mode)
    assert path.stat().st_mode & 0o777 == 0o600


def test_closing_takes_the_socket_away(folder: Path, path: Path) -> None:
    with lock(folder / "lock") as held:
        listen(path, held).close()
    assert [each.name for each in folder.iterdir()] == ["lock"]


def test_closing_leaves_what_another_has_put_there(folder: Path, path: Path) -> None:
    with lock(folder / "lock") as held:
        opened = listen(path, held)
        path.unlink()
        path.write_text("mine")
        opened.close()
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "make", [Path.touch, Path.mkdir, os.mkfifo, lambda path: path.symlink_to("elsewhere")]
)
def test_what_is_no_socket_is_never_deleted(folder: Path, path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    with lock(folder / "lock") as held, pytest.raises(ControlError, match="no socket lies at"):
        listen(path, held)
    assert path.is_symlink() or path.exists()


def test_a_socket_on_which_somebody_answers_is_left_alone(folder: Path, path: Path) -> None:
    with holder(folder):
        (folder / "lock").unlink()
        with lock(folder / "lock") as held, pytest.raises(ControlError, match="another program answers"):
            listen(path, held)
        assert path.exists()


def test_a_folder_that_others_can_write_to_is_refused(folder: Path, path: Path) -> None:
    folder.chmod(0o770)
    with lock(folder / "lock") as held, pytest.raises(ControlError, match="others can write"):
        listen(path, held)


def test_a_missing_folder_is_said_in_one_line(folder: Path) -> None:
    missing = r"it does not exist, or its folder does not$"
    with lock(folder / "lock") as held, pytest.raises(ControlError, match=missing):
        listen(folder / "no folder" / "control.sock", held)


def test_a_long_path_works_all_the_same(folder: Path) -> None:
    deep = folder / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True, mode=0o700)
    path = deep / "control.sock"

    async def main(opened: Listener) -> dict[str, object]:
        async with serving(opened):
            return await asked(path, ask="status")

    with lock(deep / "lock") as held:
        with pytest.raises(NoDaemon):
            ask(path, {})
        opened = listen(path, held)
        assert asyncio.run(main(opened))["ask"] == "status"
        opened.close()
        assert not path.exists()


def test_a_name_that_is_too_long_is_refused_in_one_line(folder: Path) -> None:
    with lock(folder / "lock") as held, pytest.raises(ControlError, match="too long for a socket"):
        listen(folder / ("n" * 120), held)


# ── the wire ──────────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(st.text().filter(lambda key: key != "v"), st.text() | st.integers() | st.none()))
def test_a_message_is_one_line_and_comes_back(message: dict[str, object]) -> None:
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == {"v": 1, **message}


@given(st.binary(max_size=100))
def test_no_line_ends_in_a_foreign_error(line: bytes) -> None:
    with pytest.raises(ControlError, match=r"not understood|version"):
        decode(line)


@pytest.mark.parametrize("message", [{}, {"v": 2}, {"v": "1"}, {"v": None}, {"v": ["x" * 1000]}])
def test_another_version_is_named_in_a_short_line(message: Mapping[str, object]) -> None:
    with pytest.raises(ControlError, match="restart the daemon") as found:
        decode(json.dumps(message).encode())
    assert len(str(found.value)) < 150


# ── asking and answering ──────────────────────────────────────────────────────────────────────────


def test_a_question_gets_its_answer(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener):
            assert await asked(path, ask="status", text="ä\n") == {"v": 1, "ask": "status", "text": "ä\n"}

    asyncio.run(main())


def test_who_asks_before_the_daemon_is_ready_is_answered_later(listener: Listener, path: Path) -> None:
    replies: list[dict[str, object]] = []
    early = threading.Thread(target=lambda: replies.append(ask(path, {"ask": "early"})))
    early.start()

    async def main() -> None:
        async with serving(listener):
            await asyncio.to_thread(early.join, 5)

    asyncio.run(main())
    assert [reply["ask"] for reply in replies] == ["early"]


def test_a_refusal_reaches_the_asker_in_its_own_words(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener):
            with pytest.raises(ControlError, match=r"^there is no notice to answer$"):
                await asked(path, ask="bad")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("bug", "failed at this request"),
        ("infinite", "failed at this answer"),
        ("huge", "would be longer than"),
    ],
)
def test_a_bug_in_one_answer_does_not_end_the_others(
    listener: Listener, path: Path, what: str, answer: str
) -> None:
    async def main() -> None:
        async with serving(listener):
            with pytest.raises(ControlError, match=answer):
                await asked(path, ask=what)
            assert (await asked(path, ask="status"))["ask"] == "status"

    asyncio.run(main())


def test_many_ask_at_once(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener):
            replies = await asyncio.gather(*(asked(path, ask="slow", number=number) for number in range(30)))
        assert [reply["number"] for reply in replies] == list(range(30))

    asyncio.run(main())


RUDE = {
    "no JSON": (b"hello\n", "not JSON"),
    "binary": (b"\xff\x00\xfe\n", "not JSON"),
    "nested": (b"[" * 60_000 + b"\n", "not JSON"),
    "no object": (b"[1]\n", "not a JSON object"),
    "empty line": (b"\n", "not JSON"),
    "no version": (b'{"ask": "status"}\n', "speaks version 1"),
    "other version": (b'{"v": 2, "ask": "status"}\n', "speaks version 1"),
    "too long": (b"x" * (control.REQUEST_LIMIT + 10), "longer than"),
    "too long with a newline": (b"x" * control.REQUEST_LIMIT + b"\n", "longer than"),
}


@pytest.mark.parametrize(("data", "answer"), RUDE.values(), ids=RUDE.keys())
def test_a_rude_request_gets_an_error_and_does_no_harm(
    listener: Listener, path: Path, data: bytes, answer: str
) -> None:
    async def main() -> None:
        async with serving(listener):
            reply = await told(path, data)
            assert reply["ok"] is False
            assert answer in str(reply["error"])
            assert (await asked(path, ask="status"))["ask"] == "status"

    asyncio.run(main())


def test_a_request_that_stops_in_the_middle_is_told_so(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener):
            assert "without a newline" in str((await told(path, b'{"v"', eof=True))["error"])

    asyncio.run(main())


def test_who_has_finished_asking_still_gets_the_answer(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener):
            assert (await told(path, encode({"ask": "slow"}), eof=True))["ok"] is True
            assert (await told(path, encode({"ask": "follow"}), eof=True))["ok"] is True
            assert (await told(path, encode({"ask": "slow_follow"}), eof=True))["ok"] is True

    asyncio.run(main())


def test_a_silent_client_is_shown_the_door(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener, request_s=0.1):
            assert "in time" in str((await told(path, b""))["error"])
            assert "in time" in str((await told(path, b'{"v"'))["error"])

    asyncio.run(main())


def test_who_has_asked_in_time_may_be_answered_later(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener, request_s=0.05):
            assert (await asked(path, ask="slow"))["ask"] == "slow"

    asyncio.run(main())


def test_a_client_that_does_not_read_its_answer_is_dropped(listener: Listener, path: Path) -> None:
    async def big(request: dict[str, object]) -> Reply:
        return Reply({"text": "x" * (control.REPLY_LIMIT - 100)})

    async def main() -> None:
        async with serving(listener, big, request_s=0.2) as server:
            _, writer = await asyncio.open_unix_connection(path, limit=1024)
            writer.write(encode({"ask": "big"}))
            await until(lambda: len(server._connections) == 1)
            await until(lambda: not server._connections)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    asyncio.run(main())


def test_another_user_is_turned_away(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener, uid=lambda _: os.getuid() + 1):
            with pytest.raises(ControlError, match="its own user only"):
                await asked(path, ask="status")

    asyncio.run(main())


def test_a_client_of_whom_nothing_is_known_is_turned_away(listener: Listener, path: Path) -> None:
    def unknown(_: control_server.PeerSocket) -> int:
        raise OSError

    async def main() -> None:
        async with serving(listener, uid=unknown):
            with pytest.raises(ControlError, match="its own user only"):
                await asked(path, ask="status")

    asyncio.run(main())


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert control_server.peer_uid(one) == os.getuid()


def test_other_kernels_say_it_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    class Xucred:
        def getsockopt(self, level: int, option: int, length: int, /) -> bytes:
            assert (level, option) == (0, 1)
            return struct.pack("=2Ih16I", 0, 501, 1, *range(16))[:length]

    monkeypatch.delattr(socket, "SO_PEERCRED")
    assert control_server.peer_uid(Xucred()) == 501


def test_too_many_at_once_are_told_so(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener), contextlib.AsyncExitStack() as stack:
            for _ in range(control_server.CLIENTS_AT_MOST):
                _, writer = await asyncio.open_unix_connection(path)
                stack.callback(writer.close)
            with pytest.raises(ControlError, match="too many"):
                await asked(path, ask="status")

    asyncio.run(main())


def test_a_client_that_goes_away_while_it_is_answered_does_no_harm(listener: Listener, path: Path) -> None:
    async def main() -> None:
        gone = asyncio.Event()
        done: list[object] = []

        async def slow(request: dict[str, object]) -> Reply:
            await gone.wait()
            done.append(request["ask"])
            return Reply({})

        async with serving(listener, slow) as server:
            _, writer = await asyncio.open_unix_connection(path)
            writer.write(encode({"ask": "pause"}))
            await until(lambda: bool(server._tasks))
            writer.transport.abort()
            gone.set()
            await until(lambda: not server._connections)
            assert done == ["pause"]

    asyncio.run(main())


def test_a_handler_that_hangs_is_given_up(
    listener: Listener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_: dict[str, object]) -> Reply:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def main() -> None:
        async with serving(listener, hang):
            with pytest.raises(ControlError, match="took too long"):
                await asked(path, ask="status")

    monkeypatch.setattr(control_server, "ANSWER_S", 0.05)
    asyncio.run(main())


# ── following ─────────────────────────────────────────────────────────────────────────────────────


def test_a_follower_gets_the_reply_and_then_the_news_until_the_daemon_ends(
    listener: Listener, path: Path
) -> None:
    async def main() -> list[object]:
        async with serving(listener) as server:
            server.publish({"n": "nobody listens"})
            task = asyncio.create_task(
                asyncio.to_thread(
                    lambda: [reply.get("n") for reply in follow(path, {"ask": "follow", "n": 0})]
                )
            )
            await until(lambda: server.followed)
            server.publish({"n": 1})
            server.publish({"n": 2})
        return await task

    assert asyncio.run(main()) == [0, 1, 2]


def test_a_follower_that_goes_is_forgotten(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener) as server:
            news = follow(path, {"ask": "follow"})
            await asyncio.to_thread(next, news)
            assert server.followed
            news.close()  # type: ignore[attr-defined]
            await until(lambda: not server.followed)

    asyncio.run(main())


def test_a_follower_that_does_not_read_is_dropped_and_the_others_are_not(
    listener: Listener, path: Path
) -> None:
    async def main() -> None:
        async with serving(listener) as server:
            loop = asyncio.get_running_loop()
            lazy = socket.socket(socket.AF_UNIX)
            lazy.setblocking(False)
            await loop.sock_connect(lazy, str(path))
            await loop.sock_sendall(lazy, encode({"ask": "follow"}))
            await until(lambda: server.followed)
            keen, writer = await asyncio.open_unix_connection(path)
            writer.write(encode({"ask": "follow"}))
            await keen.readline()
            for number in range(200):
                server.publish({"n": number, "text": "x" * 10_000})
                assert json.loads(await keen.readline())["reply"]["n"] == number
            assert len(server._connections) == 1
            lazy.close()
            writer.close()
            await writer.wait_closed()

    asyncio.run(main())


def test_news_that_json_cannot_hold_do_not_end_the_daemon(listener: Listener, path: Path) -> None:
    async def main() -> None:
        async with serving(listener) as server:
            news = follow(path, {"ask": "follow"})
            await asyncio.to_thread(next, news)
            server.publish({"due_in_s": float("inf")})
            with pytest.raises(ControlError, match="failed at this answer"):
                await asyncio.to_thread(next, news)

    asyncio.run(main())


# ── ending ────────────────────────────────────────────────────────────────────────────────────────


def test_stopping_is_quick_whatever_the_clients_do(listener: Listener, path: Path) -> None:
    async def stuck(request: dict[str, object]) -> Reply:
        if request["ask"] == "stuck":
            await asyncio.get_running_loop().create_future()
        return Reply({"text": "x" * 900_000}, follow=True)

    async def main() -> float:
        async with serving(listener, stuck) as server:
            writers = []
            for word in ("stuck", "big"):
                _, writer = await asyncio.open_unix_connection(path, limit=1024)
                writer.write(encode({"ask": word}))
                writers.append(writer)
            _, silent = await asyncio.open_unix_connection(path)
            await until(lambda: server.followed and len(server._tasks) == 1 and len(server._connections) == 3)
            start = time.monotonic()
            await server.stop()
            took_s = time.monotonic() - start
            assert not server._connections
            assert not server._tasks
            for writer in (*writers, silent):
                writer.close()
        return took_s

    assert asyncio.run(main()) < control_server.STOP_S + 0.5


def test_what_was_asked_before_the_end_is_still_answered(listener: Listener, path: Path) -> None:
    async def main() -> None:
        server = Server(listener, echo)
        await server.start()
        task = asyncio.create_task(asked(path, ask="slow"))
        await until(lambda: bool(server._tasks))
        await server.stop()
        await server.stop()
        assert (await task)["ask"] == "slow"

    asyncio.run(main())


# ── asking in vain ────────────────────────────────────────────────────────────────────────────────


def test_no_socket_means_no_daemon(folder: Path) -> None:
    (folder / "file").touch()
    for nowhere in (
        folder / "none.sock",
        folder / "no folder" / "x.sock",
        folder / "file" / "x.sock",
        folder / "file",
    ):
        with pytest.raises(NoDaemon, match="start it: postured run"):
            ask(nowhere, {"ask": "status"})
        with pytest.raises(NoDaemon):
            next(follow(nowhere, {"ask": "status"}))


def test_a_daemon_that_hangs_is_waited_for_with_a_limit(listener: Listener, path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(ControlError, match="did not answer in time"):
        ask(path, {"ask": "status"}, timeout_s=0.1)
    with pytest.raises(ControlError, match="did not answer in time"):
        next(follow(path, {"ask": "status"}, timeout_s=0.1))
    assert time.monotonic() - start < 2


def test_a_full_queue_is_waited_for_with_a_limit(listener: Listener, path: Path) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            try:
                client.connect(str(path))
            except BlockingIOError:
                break
        with pytest.raises(ControlError, match="did not answer in time"):
            ask(path, {"ask": "status"}, timeout_s=0.1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "hung up"),
        (b'{"v":1,"ok":true', "hung up"),
        (b"nonsense\n", "not JSON"),
        (b'{"v":2,"ok":true}\n', "speaks version 1"),
        (b'{"v":1,"ok":false}\n', "without a reason"),
        (b'{"v":1,"ok":true}\n', "holds no reply"),
        (b"x" * (control.REPLY_LIMIT + 100_000), "longer than"),
    ],
)
def test_whatever_the_other_side_answers_the_asker_gets_one_line(
    listener: Listener, path: Path, answer: bytes, error: str
) -> None:
    def answer_once() -> None:
        listener.socket.setblocking(True)
        connection, _ = listener.socket.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(1000)
            connection.sendall(answer)

    server = threading.Thread(target=answer_once)
    server.start()
    with pytest.raises(ControlError, match=error) as found:
        ask(path, {"ask": "status"})
    assert "\n" not in str(found.value)
    server.join(5)


def test_a_request_that_is_too_long_is_not_even_sent(path: Path) -> None:
    with pytest.raises(ControlError, match="at most"):
        ask(path, {"ask": "x" * control.REQUEST_LIMIT})


# ── where it is imported ──────────────────────────────────────────────────────────────────────────


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def test_asking_imports_nothing_heavy() -> None:
    heavy = {"asyncio", "logging", "dataclasses", "subprocess", "tempfile", "typing", "inspect"}
    loaded = run(
        "import sys; before = set(sys.modules); import postured.control; print(*set(sys.modules) - before)"
    )
    assert not heavy & set(loaded.split())


def test_it_imports_and_refuses_where_there_are_no_unix_sockets() -> None:
    said = run(
        textwrap.dedent("""
            import socket, sys
            from pathlib import Path
            sys.modules["fcntl"] = None
            del socket.AF_UNIX
            from postured import control
            for act in (lambda: control.ask(Path("x"), {}), lambda: control.lock(Path("x"))):
                try:
                    act()
                except control.ControlError as exc:
                    print(exc)
        """)
    )
    assert said == "asking the daemon is not available on Windows yet\n" * 2
