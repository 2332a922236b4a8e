"""Whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from postured.files import explain, free_name, own_folder, write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_written_with_the_mode_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o277)
    try:
        write_whole(tmp_path / "a", b"x")
        write_whole(tmp_path / "b", b"x", mode=0o644)
    finally:
        os.umask(before)
    assert (mode(tmp_path / "a"), mode(tmp_path / "b")) == (0o600, 0o644)


@pytest.mark.parametrize("durable", [True, False])
def test_what_was_there_is_replaced(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a long old text")
    write_whole(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_whole(path, b"old")
    with path.open("rb") as reader:
        write_whole(path, b"brand new")
        assert reader.read() == b"old"


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "real"
    real.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("dotfiles/real")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    """A process that may write no file larger than 4 KiB meets an error half-way through."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    program = textwrap.dedent(
        f"""
        import resource, signal
        from pathlib import Path
        from postured.files import write_whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            write_whole(Path({str(path)!r}), b"x" * 100_000)
        except OSError as exc:
            print("refused", exc.errno)
        """
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20
    )
    assert told.stdout.startswith("refused")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def test_a_folder_in_its_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "a", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "no" / "a", b"x")


def test_folders_that_are_made_are_the_persons_own(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = own_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert made == tmp_path / "a" / "b"
    assert (mode(tmp_path / "a"), mode(made)) == (0o700, 0o700)


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    own_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a") == 0o755
    assert own_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"


@pytest.mark.parametrize("target", ["a", "a/b"])
def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path, target: str) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(OSError, match=r"(?i)not a (folder|directory)"):
        own_folder(tmp_path / target)


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match=r"."):
        own_folder(tmp_path / "a")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOSPC, "the disk is full; make room"),
        (errno.EACCES, "permission denied"),
        (errno.EISDIR, "is a directory"),
    ],
)
def test_an_error_is_explained_as_the_end_of_a_sentence(number: int, text: str) -> None:
    assert explain(OSError(number, os.strerror(number))) == text


def test_an_error_without_a_number_is_explained_too() -> None:
    assert explain(OSError("odd")) == "odd"


def test_a_name_to_set_a_file_aside_under_is_always_free(tmp_path: Path) -> None:
    for _ in range(3):
        kept = free_name(tmp_path / "history.db", "damaged")
        assert kept.name.startswith("history.damaged-")
        assert kept.suffix == ".db"
        assert not os.path.lexists(kept)
        kept.symlink_to("nowhere")
