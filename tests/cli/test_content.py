"""`postured library` and `postured show`."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest

from postured import library
from postured.cli.console import Console
from postured.cli.content import print_page
from postured.core.model import Felt, Kind, SetLog
from postured.files import own_folder
from postured.history import History
from postured.paths import places, shipped

FIELDS = {
    "id",
    "kind",
    "title",
    "steps",
    "duration_s",
    "summary",
    "areas",
    "equipment",
    "place",
    "contraindications",
}


def test_the_library_lists_every_item_in_a_line(shell: Any) -> None:
    told = shell("library")
    assert (told.code, told.err) == (0, "")
    assert told.out.count("\n") == len(shell("library", "--json").json) > 30
    assert told.out.splitlines()[0].split()[:2] == ["B01", "break"]


def test_the_library_as_json_has_all_fields(shell: Any) -> None:
    for item in shell("library", "--json").json:
        assert set(item) >= FIELDS


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.SETUP])
def test_a_kind_is_a_filter(shell: Any, kind: Kind) -> None:
    found = shell("library", "--kind", kind.value, "--json").json
    assert found
    assert {item["kind"] for item in found} == {kind.value}


def test_area_and_zone_are_filters_and_all_of_them_count(shell: Any) -> None:
    by_area = shell("library", "--area", "upper_chest", "--json").json
    assert by_area
    assert all("upper_chest" in item["areas"] for item in by_area)
    by_zone = shell("library", "--zone", "inner_edge", "--json").json
    assert by_zone
    assert all("inner_edge" in item["knot_zones"] for item in by_zone)
    both = shell("library", "--zone", "inner_edge", "--kind", "massage", "--json").json
    assert [i["id"] for i in both] == [i["id"] for i in by_zone if i["kind"] == "massage"]


def test_place_equipment_and_discreet_are_filters(shell: Any) -> None:
    def found(*filters: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = shell("library", *filters, "--json").json
        assert items
        return items

    def parts(item: dict[str, Any]) -> list[dict[str, Any]]:
        return item["levels"] or [item]

    assert all(any("wall" in part["place"] for part in parts(i)) for i in found("--place", "wall"))
    assert all(any("band" in part["equipment"] for part in parts(i)) for i in found("--equipment", "band"))
    assert all(any(not part["equipment"] for part in parts(i)) for i in found("--equipment", "none"))
    assert all(any(part["discreet"] for part in parts(i)) for i in found("--discreet"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (["--area", "upper_chest"], ["--area", "Upper chest"]),
        (["--zone", "blade_tip"], ["--zone", "lower tip of the shoulder blade"]),
        (["--place", "wall"], ["--place", "at a wall"]),
        (["--equipment", "band"], ["--equipment", "exercise band"]),
        (["--kind", "massage"], ["--kind", "self-massage"]),
    ],
)
def test_filters_are_understood_in_plain_words_as_well(shell: Any, code: list[str], words: list[str]) -> None:
    assert shell("library", *code).out == shell("library", *words).out != ""


def test_nothing_found_is_an_empty_list_or_a_line(shell: Any) -> None:
    filters = ("--kind", "break", "--zone", "blade_tip")
    assert shell("library", *filters, "--json").json == []
    assert "nothing in the library" in shell.refused("library", *filters, code=1)


@pytest.mark.parametrize(
    ("option", "word", "right"),
    [
        ("--kind", "masage", "did you mean massage?"),
        ("--kind", "dance", "there are: break, mobility, strength, massage, thermal, setup"),
        ("--area", "uper_chest", "did you mean upper_chest?"),
        ("--zone", "inner_egde", "did you mean inner_edge?"),
        ("--place", "moon", "there are: desk, stand, wall, floor, home"),
        ("--equipment", "tenis ball", "did you mean tennis_ball?"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_an_unknown_word_is_wrong_usage_and_the_right_one_is_named(
    shell: Any, option: str, word: str, right: str, more: list[str]
) -> None:
    assert right in shell.refused("library", option, word, *more, code=2)


# ── the list on a terminal ────────────────────────────────────────────────────────────────────────

ME = "me: {equipment: [chair], places: [desk], flags: [FLAG]}\n"
REMINDERS = "reminders: {r: {after: 20m, pause: 60s, suggest: [break]}}\n"
TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal_no_line_is_wider_than_it(shell: Any, columns: int) -> None:
    told = shell("library", terminal=True, env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    lines = told.out.splitlines()
    assert max(map(len, lines[:-1])) <= columns
    assert len([line for line in lines if re.match(r"  [A-Z]\d\d  ", line)]) == 70


def test_on_a_terminal_items_stand_below_their_kind(shell: Any) -> None:
    lines = shell("library", terminal=True, env={"NO_COLOR": "1"}).out.splitlines()
    assert lines[0] == "Short breaks (12)"
    assert lines[1].split()[:2] == ["B01", "30"]
    assert "Strength (19)" in lines
    assert lines[-1].startswith("70 items")


def test_what_does_not_suit_me_is_faint_and_the_reason_stands_beside_it(shell: Any) -> None:
    shell.write(ME.replace("FLAG", "neck_dizziness") + REMINDERS)
    told = shell("library", terminal=True, env={"COLUMNS": "200", "TERM": "xterm"}).out.splitlines()
    plain = {line.split()[1]: line for line in told if line.startswith("\033[2m  ")}
    for item, reason in {
        "S01": "needs exercise band",
        "B12": "not with dizziness when the neck moves",
        "B10": "done standing",
        "M10": "not with dizziness when the neck moves",
        "M18": "only for some knots",
        "P01": "a tip, with no time of its own",
    }.items():
        assert f"({reason})" in plain[item]
    assert "B01" not in plain


def test_what_is_mine_is_what_can_be_suggested_to_me(shell: Any) -> None:
    shell.write(ME.replace("FLAG", "neck_dizziness") + REMINDERS)
    everything = {item["id"]: item for item in shell("library", "--json").json}
    mine = {item["id"] for item in shell("library", "--mine", "--json").json}
    assert "B01" in mine
    assert not mine & {"S01", "B12", "B10", "M10", "M18", "P01"}
    assert {everything[item]["kind"] for item in mine} >= {"break", "strength", "massage", "mobility"}


def test_without_a_schedule_of_my_own_mine_is_what_the_shipped_one_suggests(shell: Any) -> None:
    mine = {item["id"] for item in shell("library", "--mine", "--json").json}
    assert "V05" in mine, "whose place is a desk has one"
    assert "M11" not in mine, "nobody without a knot has it suggested"
    told = shell("library", terminal=True, env={"COLUMNS": "200", "NO_COLOR": "1"}).out
    assert re.search(r"M11 .*\(only if you ask for it\)", told)
    assert not re.search(r"V05 .*\(needs", told)


def test_a_broken_schedule_does_not_hide_the_library(shell: Any) -> None:
    shell.write("wrok: {}\n")
    told = shell("library", terminal=True)
    assert told.code == 0
    assert ":1:1: " in told.err
    assert "B01" in told.out
    assert shell("library", "--mine").code == 78
    assert shell("library").err == "", "a pipe is told nothing about the person"


def test_an_item_is_added_by_the_same_command(shell: Any) -> None:
    told = shell(
        "library", "add", "--kind", "break", "--title", "Make tea", "--step", "Make it (3m)", typed="\n" * 9
    )
    assert (told.code, told.err) == (0, "")
    assert "make-tea" in shell("library").out


def test_own_items_are_listed_and_what_is_wrong_is_said(shell: Any) -> None:
    folder = shell.config.parent / "library"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("- id: x1\n  kind: dance\n")
    told = shell("library")
    assert told.code == 0
    assert f"{folder}/mine.yaml:" in told.err
    assert "B01" in told.out


# ── one item ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["B01", "b01", " B01 "])
def test_show_prints_the_steps_with_their_seconds(shell: Any, name: str) -> None:
    told = shell("show", name)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("B01  Tall reset\n")
    item, text = shell("show", name, "--json").json, flat(told.out)
    for number, step in enumerate(item["steps"], 1):
        assert f" {number}. {step['text']} ({step['seconds']} s" in text


def flat(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def test_a_page_tells_everything_in_words(shell: Any) -> None:
    text = flat(shell("show", "M01").out)
    for words in (
        "90 s, at the desk.",
        "press 4 to 6 of 10, at most 60 s on one spot",
        "Stop if it is less tender",
        "it hurts more than 7 of 10",
        "Works on upper chest",
        "inner edge of the shoulder blade",
        "Not for a pacemaker, port or implant",
        "tradition: a custom; nobody has tested it",
        "F55",
        "our own choice",
    ):
        assert words in text
    assert "_" not in text, "no code is left"


@pytest.mark.parametrize("columns", ["50", "80", "300"])
def test_a_page_is_wrapped_to_the_terminal_and_never_wider_than_reads_well(shell: Any, columns: str) -> None:
    for item in ("M01", "S03", "H01"):
        out = shell("show", item, terminal=True, env={"COLUMNS": columns, "NO_COLOR": "1"}).out
        assert 40 < max(map(len, out.splitlines())) <= min(80, int(columns))


def test_no_item_shows_a_code_or_an_empty_line_too_many() -> None:
    for item in library.load((shipped("library"),))[0]:
        for level in range(1, len(item.levels) + 1) or (0,):
            console = Console({}, io.StringIO(), io.StringIO(), io.StringIO())
            print_page(console, item, level, 1)
            out = console.out.getvalue()  # type: ignore[attr-defined]
            assert "\n\n\n" not in out, item.id
            assert not re.search(r"[a-z]_[a-z]", out), item.id


def test_the_levels_of_a_strength_item_stand_there_and_mine_is_marked(shell: Any) -> None:
    text = flat(shell("show", "S03").out)
    assert f"Level 1, 2 {TIMES} 10" in text
    assert "Level 1 (yours) " in text
    assert "Level 2 " in text
    assert "Level 3 " in text


def test_the_level_reached_is_found_in_the_history(shell: Any) -> None:
    trained(shell, "S03", level=2)
    text = flat(shell("show", "S03").out)
    assert f"Level 2, 2 {TIMES} 12" in text
    assert "Level 2 (yours) " in text
    one = flat(shell("show", "S03", "--level", "1").out)
    assert f"Level 1, 2 {TIMES} 10" in one
    assert "Level 2 (yours) " in one
    assert one.split("1. ")[1] != text.split("1. ")[1]


def trained(shell: Any, item: str, level: int) -> None:
    """Let the history tell of one set."""
    folder = own_folder(places(shell.env).state_folder)
    past = History.open(folder / "history.db")
    past.log(SetLog(item, level, 2, 10, True, Felt.RIGHT, False), time.time() - 3600)
    past.close()


def test_a_history_that_cannot_be_read_is_said_and_level_1_is_shown(shell: Any) -> None:
    path = places(shell.env).history_file
    own_folder(path.parent)
    path.write_bytes(b"no database at all" * 100)
    told = shell("show", "S03")
    assert told.code == 0
    assert "damaged" in told.err
    assert "Level 1 (yours) " in flat(told.out)
    assert path.exists(), "only the daemon sets it aside"


@pytest.mark.parametrize(
    ("item", "level", "said"),
    [("B01", "1", "has no levels"), ("S03", "4", "levels 1 to 3"), ("S03", "x", "1 to 9")],
)
def test_a_level_that_does_not_exist_is_wrong_usage(shell: Any, item: str, level: str, said: str) -> None:
    told = shell("show", item, "--level", level)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


def test_a_misspelt_item_is_guessed(shell: Any) -> None:
    (shell.config.parent / "library").mkdir(parents=True)
    (shell.config.parent / "library" / "own.yaml").write_text(
        "- {id: green-tea, kind: break, title: Tea, steps: [{text: Make it., seconds: 60}]}\n"
    )
    assert "did you mean green-tea?" in shell.refused("show", "gren-tea", code=1)


def test_own_pictures_are_named(shell: Any) -> None:
    folder = shell.config.parent / "library"
    folder.mkdir(parents=True)
    (folder / "tea.png").write_bytes(b"\x89PNG")
    (folder / "own.yaml").write_text(
        "- {id: tea, kind: break, title: Tea, picture: tea.png, steps: [{text: Make it., seconds: 60}]}\n"
    )
    assert f"{folder}/tea.png" in shell("show", "tea").out.replace("\n", "").replace(" ", "")


def test_an_item_of_every_kind_can_be_shown(shell: Any) -> None:
    one_of_each = {item["kind"]: item for item in shell("library", "--json").json}
    for item in one_of_each.values():
        told = shell("show", item["id"])
        assert (told.code, told.err) == (0, "")
        assert item["title"] in told.out


@pytest.mark.parametrize("name", ["B99", "", "x" * 500, "B0 1"])
def test_an_item_that_does_not_exist_is_one_line(shell: Any, name: str) -> None:
    said = shell.refused("show", name, code=1)
    assert "postured library" in said
    assert len(said) < 200
