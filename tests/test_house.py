"""The rules of the house: who may know whom, what is loaded when, what ships, and whether the papers tell the truth."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import postured
from postured import control, settings, triage
from postured.cli import parser
from postured.paths import shipped

ROOT = Path(postured.__file__).resolve().parents[1]
CLONE = (ROOT / "pyproject.toml").is_file()
in_a_clone = pytest.mark.skipif(not CLONE, reason="only a clone has the project's own papers")

PURE = {
    "__future__",
    "bisect",
    "collections",
    "contextvars",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "functools",
    "itertools",
    "math",
    "postured",
    "re",
    "typing",
    "yaml",
    "zlib",
}
"""What the ground may import."""


# ── layers ────────────────────────────────────────────────────────────────────────────────────────


@in_a_clone
def test_arrows_run_down_only() -> None:
    """In a process of its own, for import-linter turns off the logs of everybody else."""
    pytest.importorskip("importlinter", reason="import-linter is not installed")
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


@in_a_clone
def imports(path: Path) -> Iterator[str]:
    """The top-level names of everything a module imports, wherever within it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", sorted((ROOT / "postured" / "core").glob("*.py")), ids=lambda p: p.stem)
def test_the_ground_is_pure(path: Path) -> None:
    """No clock, no file, no environment, no logging, no loop."""
    assert set(imports(path)) - PURE == set()
    found = re.findall(
        r"\b(?:datetime|date)\.(?:now|today|utcnow)\(|\bopen\(|\bprint\(|\binput\(", path.read_text()
    )
    assert found == []


def test_nobody_hides_an_arrow_behind_type_checking() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in (ROOT / "postured").rglob("*.py")
        for block in ast.walk(ast.parse(path.read_text()))
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("postured")
    ]
    assert hidden == []


# ── what is loaded when ───────────────────────────────────────────────────────────────────────────


def loaded(program: str, env: dict[str, str], *, ends_with: int = 0) -> set[str]:
    """The modules that were loaded by the program, which prints them; without what Python itself begins with."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys; began = set(sys.modules)\n" + textwrap.dedent(program)],
        env={**env, "PYTHONPATH": os.pathsep.join(sys.path), "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert told.returncode == ends_with, told.stderr
    return set(told.stdout.splitlines()[-1].split())


HEAVY = {
    "asyncio",
    "apscheduler",
    "jeepney",
    "sqlite3",
    "plyer",
    "ijson",
    "email",
    "subprocess",
    "concurrent",
    "prompt_toolkit",
}


@pytest.mark.skipif(sys.platform != "linux", reason="the daemon's start is measured on Linux")
def test_until_it_is_ready_the_daemon_loads_nothing_heavy(tmp_path: Path) -> None:
    """The first module that is imported after READY=1 is the daemon's life; at that moment the process stops here."""
    program = """
    import os
    class Ready:
        def find_spec(self, name, path=None, target=None):
            if name == "postured.daemon.life":
                print(*(set(sys.modules) - began), flush=True)
                os._exit(0)
    sys.meta_path.insert(0, Ready())
    from postured.cli.main import run
    run(["run"], os.environ, sys.stdout, sys.stderr)
    os._exit(7)
    """
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.settimeout(5)
    with notify:
        env = {
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": str(tmp_path / "run"),
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
        }
        first, second = loaded(program, env), loaded(program, env)
        assert notify.recv(100) == b"READY=1"
    assert second & (HEAVY | {"logging", "tempfile", "ctypes", "tzlocal", "zoneinfo"}) == set()
    assert first & HEAVY - {"subprocess"} == set(), "on the first run a file is written"


@pytest.fixture
def canned(tmp_path: Path) -> Iterator[Path]:
    """A daemon that answers every request with the same status."""
    folder = tmp_path / "run" / "postured"
    folder.mkdir(parents=True, mode=0o700)
    status = {
        "state": "working",
        "why": "nothing is due yet",
        "holds": [],
        "notice": None,
        "next": None,
        "paused_until": None,
        "reminders": {"reset": {"level_s": 60.0, "after_s": 1200.0, "due_at": "2026-11-23T09:20:00+01:00"}},
        "sensors": {"activity": "x11", "quality": "exact", "note": "n"},
        "notifier": "desktop",
        "delivery": "",
        "config": {"path": "/x", "ok": True, "source": "file", "problems": []},
        "troubles": [],
    }
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "none.sock"))
    server.listen()

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(control.encode({"ok": True, "reply": status}))

    thread = threading.Thread(target=answer)
    thread.start()
    yield tmp_path
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
@pytest.mark.parametrize("argv", [["status"], ["status", "--json"]], ids=" ".join)
def test_asking_for_the_status_loads_next_to_nothing(canned: Path, argv: list[str]) -> None:
    program = f"""
    import os
    from postured.cli.main import run
    code = run({argv!r}, os.environ, sys.stdout, sys.stderr)
    print(*(set(sys.modules) - began))
    sys.exit(code)
    """
    found = loaded(program, {"HOME": str(canned), "XDG_RUNTIME_DIR": str(canned / "run")})
    assert found & (HEAVY | {"dataclasses", "typing", "inspect", "logging", "tempfile", "yaml"}) == set()


# ── what ships ────────────────────────────────────────────────────────────────────────────────────


@in_a_clone
def test_the_data_travels_inside_the_wheel() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["postured"]
    assert wheel["force-include"] == {"config": "postured/_config"}


@in_a_clone
def test_a_wheel_holds_every_file_of_the_data(tmp_path: Path) -> None:
    builder = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    import zipfile

    (path,) = builder.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = set(zipfile.ZipFile(path).namelist())
    data = {
        f"postured/_config/{p.relative_to(ROOT / 'config')}"
        for p in (ROOT / "config").rglob("*")
        if p.is_file()
    }
    code = {str(p.relative_to(ROOT)) for p in (ROOT / "postured").rglob("*.py")}
    assert data | code <= names
    assert not [name for name in names if name.startswith(("tests/", "config/"))]


@in_a_clone
def test_no_file_of_the_data_is_kept_out_of_git() -> None:
    """What `.gitignore` swallows would be missing from everybody else's wheel."""
    files = [str(p) for p in (ROOT / "config").rglob("*") if p.is_file()]
    try:
        told = subprocess.run(
            ["git", "check-ignore", *files], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if told.returncode == 128:
        pytest.skip("this is no git clone")
    assert told.stdout == ""


def test_what_ships_is_found_from_anywhere(tmp_path: Path) -> None:
    program = "from postured.paths import shipped; print(shipped('postured.yaml').read_text()[:10])"
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert told.stdout.startswith("# yaml-lan")


@in_a_clone
def test_the_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "postured/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", postured.__version__)


# ── the papers ────────────────────────────────────────────────────────────────────────────────────

PAPERS = [p for name in ("README.md", "CONTRIBUTING.md") if (p := ROOT / name).is_file()]


ANSWERS = re.compile(r"^<!-- answers -->\n```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code(text: str, language: str) -> list[str]:
    """The blocks of code in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@in_a_clone
def test_schedules_in_the_readme_are_good() -> None:
    found = code(re.sub(ANSWERS, "", (ROOT / "README.md").read_text()), "yaml")
    assert found
    for text in found:
        schedule, problems = settings.read(text, "README.md")
        assert problems == []
        assert schedule is not None


@in_a_clone
def test_answers_in_the_readme_are_good() -> None:
    (text,) = re.findall(ANSWERS, (ROOT / "README.md").read_text())
    answers, problems = triage.read_answers(text, "README.md")
    assert problems == []
    assert answers is not None
    assert answers.before == "screen_forward"


def commands(text: str) -> set[str]:
    """Everything that is written as code and begins with `postured`, up to the first placeholder or its option."""
    lines = re.findall(r"`([^`\n]+)`", text) + [
        line for block in code(text, "sh") for line in block.splitlines()
    ]
    parts = [part for line in lines for part in re.split(r"&&|[;|\\[]", line)]
    found = [re.match(r"\s*(?:\S*/bin/)?postured((?: +(?!--\S+ +[A-Z0-9])[a-z-]+)+)", part) for part in parts]
    return {match[1].strip() for match in found if match}


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.name)
def test_every_command_in_the_papers_exists(path: Path) -> None:
    for words in sorted(commands(path.read_text())):
        with pytest.raises(SystemExit) as ended:
            parser.build(()).parse_args([*words.split(), "--help"])
        assert ended.value.code == 0, f"{path.name}: postured {words}"


@in_a_clone
def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text()
    missing = [name for name in parser._COMMANDS if f"`{name}" not in text and f"postured {name}" not in text]
    assert missing == []


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.name)
def test_links_within_the_papers_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (ROOT / target).exists(), target


@in_a_clone
def test_nothing_of_the_workshop_is_left_in_the_house() -> None:
    """No path of a machine, and no word about how it came to be."""
    marks = re.compile(r"/work/(?:shared|main)|/tmp/brief|\bhelper [A-Z]\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("postured", "config")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yaml", ".json", ".service", ".desktop")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if marks.search(line)
    ]
    assert found == []


def test_what_ships_is_all_there() -> None:
    for name in (
        "postured.yaml",
        "postured.schema.json",
        "knot.yaml",
        "library",
        "login",
        "icons/postured.png",
    ):
        assert shipped(name).exists(), name
