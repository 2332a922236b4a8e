"""`postured history`. What `simulate` tells is told in tests/test_simulate.py."""

from __future__ import annotations

import csv
import io
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from postured.core.model import Kind, Notice, Outcome
from postured.history import History
from postured.paths import places

NOW = datetime.now(UTC).replace(microsecond=0)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def notice(n: int, at: datetime, reminder: str | None = "reset") -> Notice:
    return Notice(str(n), reminder, f"B0{n}", Kind.BREAK, 30.0, 0.0, at.timestamp())


@pytest.fixture
def lived(shell: Any) -> Any:
    """Somebody with three notices, a natural break and a miss, an hour apart."""
    path: Path = places(shell.env).history_file
    path.parent.mkdir(parents=True)
    past = History.open(path)
    at = [NOON + timedelta(hours=n) for n in range(5)]
    past.shown(notice(1, at[0]))
    past.settle("1", Outcome.TAKEN, 61.25, at[0].timestamp() + 100)
    past.natural("reset", at[1].timestamp(), 300.0)
    past.miss("strength", at[2].timestamp(), "call")
    past.shown(notice(2, at[3]))
    past.settle("2", Outcome.SKIPPED, 0.0, at[3].timestamp() + 5)
    past.shown(notice(3, at[4], None))
    past.close()
    return shell


def test_without_a_history_nothing_has_happened(shell: Any) -> None:
    assert shell("history", "--json").json == []
    assert shell("history") == (0, "Nothing has happened yet.\n", "")
    assert list(shell.home.iterdir()) == []


def test_json_has_the_keys_of_the_contract_oldest_first(lived: Any) -> None:
    rows = lived("history", "--json").json
    assert [(r["reminder"], r["item"], r["outcome"], r["seconds"]) for r in rows] == [
        ("reset", "B01", "taken", 61.2),
        ("reset", None, "natural", 300.0),
        ("strength", None, "missed", None),
        ("reset", "B02", "skipped", 0.0),
        (None, "B03", None, None),
    ]
    assert all(set(r) >= {"at", "reminder", "item", "outcome", "seconds"} for r in rows)
    when = [datetime.fromisoformat(r["at"]) for r in rows]
    assert when == [NOON + timedelta(hours=n) for n in range(5)]
    assert all(at.utcoffset() is not None for at in when)


def test_csv_holds_the_same(lived: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(lived("history", "--csv").out)))
    assert list(rows[0]) == ["at", "reminder", "item", "outcome", "seconds"]
    expected = lived("history", "--json").json
    assert [[r["item"] or None, r["outcome"] or None] for r in rows] == [
        [e["item"], e["outcome"]] for e in expected
    ]


def test_the_text_has_a_line_each(lived: Any) -> None:
    lines = lived("history").out.splitlines()
    assert len(lines) == 5
    assert "rested without being asked" in lines[1]
    assert lines[2].endswith("missed (call)")
    assert "you asked" in lines[4]
    assert lines[4].endswith("up")


def test_limit_gives_the_newest(lived: Any) -> None:
    assert [r["item"] for r in lived("history", "--limit", "2", "--json").json] == ["B02", "B03"]
    assert len(lived("history", "--limit", "100", "--json").json) == 5


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_limit_below_one_is_wrong_usage(lived: Any, limit: str) -> None:
    assert "--limit" in lived("history", f"--limit={limit}").err
    assert lived("history", f"--limit={limit}").code == 2


def test_since_takes_a_moment(lived: Any) -> None:
    at = (NOON + timedelta(hours=3)).isoformat()
    assert [r["item"] for r in lived("history", "--since", at, "--json").json] == ["B02", "B03"]
    assert lived("history", "--since", "2026-12-24", "--json").json == []
    assert len(lived("history", "--since", "2026-01-01", "--json").json) == 5


def test_since_takes_a_time_ago(shell: Any) -> None:
    path = places(shell.env).history_file
    path.parent.mkdir(parents=True)
    past = History.open(path)
    past.shown(notice(1, NOW - timedelta(hours=5)))
    past.shown(notice(2, NOW - timedelta(hours=1)))
    past.close()
    assert [r["item"] for r in shell("history", "--since", "2h", "--json").json] == ["B02"]
    assert len(shell("history", "--since", "1d", "--json").json) == 2


@pytest.mark.parametrize("since", ["yesteryear", "2026-13-01", "-3h", "", "9999999999h", "0001-01-01"])
def test_a_since_of_nonsense_is_one_line(lived: Any, since: str) -> None:
    told = lived("history", f"--since={since}")
    assert told.code in (0, 2)
    assert told.err.count("\n") == (1 if told.code else 0)


def test_a_damaged_history_is_one_line_and_is_left_as_it_is(shell: Any) -> None:
    path = places(shell.env).history_file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database" * 100)
    path.chmod(0o600)
    assert str(path) in shell.refused("history", code=1)
    assert path.read_bytes() == b"this is no database" * 100


def test_reading_changes_nothing_and_makes_nothing_that_others_can_read(lived: Any) -> None:
    path: Path = places(lived.env).history_file
    before = path.read_bytes()
    assert lived("history").code == 0
    assert path.read_bytes() == before
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()} == {0o600}


def test_simulate_of_nothing_is_one_line(shell: Any, tmp_path: Path) -> None:
    shell.refused("simulate", str(tmp_path / "missing"), code=1)
    shell.refused("simulate", str(tmp_path), code=1)


def test_two_forms_at_once_are_wrong_usage(shell: Any) -> None:
    assert shell("history", "--json", "--csv").code == 2
