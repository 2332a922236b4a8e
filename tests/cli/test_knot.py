"""`postured knot` and its parts: what they print, what they keep, and what they leave alone."""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import tzlocal

from postured.core import episodes, knot
from postured.core.model import (
    CLINICIAN_FLAGS,
    EMERGENCY_FLAGS,
    RED_FLAGS,
    Answers,
    Cause,
    Course,
    KnotLog,
    Me,
    PressLog,
    Spot,
    Told,
    Triage,
)
from postured.files import own_folder
from postured.history import History
from postured.paths import places, shipped
from postured.triage import load, read_answers
from tests.fakes_life import House, TwoHands

DAY_S = 86400.0
STRAIN = """\
onset: today
side: right
zone: inner_edge
dominant: right
most_used: right
before: screen_forward
feel: long
pain: 4
"""
PLAN = "reminders: {r: {after: 20m, pause: 60s, suggest: [break]}}\n"
RIGHT = Triage(
    "1-right",
    Answers(onset="today", side="right", zone="inner_edge", before="screen_forward", pain=7),
    "R5",
    Cause.STRAIN,
    "strain",
    spared=True,
)
LEFT = Triage(
    "2-left",
    Answers(onset="today", side="left", zone="blade_tip", before="repeated_use"),
    "R8",
    Cause.OVERUSE,
    "overuse",
    spared=False,
)


def happened(shell: Any, *what: tuple[float, Triage | KnotLog | PressLog]) -> None:
    """Let the history tell of this, each so many days ago."""
    own_folder(places(shell.env).state_folder)
    past = History.open(places(shell.env).history_file)
    for days, each in what:
        at_unix_s = time.time() - days * DAY_S
        if isinstance(each, Triage):
            past.triage(each, at_unix_s)
        else:
            past.log(each, at_unix_s)
    past.close()


def course(shell: Any) -> Course:
    """What the history tells of knots."""
    past = History.open(places(shell.env).history_file, read_only=True)
    try:
        return episodes.fold(*past.knots())
    finally:
        past.close()


def untouched(shell: Any) -> bool:
    return not places(shell.env).history_file.exists()


def answers_file(shell: Any, text: str = STRAIN) -> str:
    path: Path = shell.home / "answers.yaml"
    path.write_text(text)
    return str(path)


def answered(shell: Any, text: str = STRAIN) -> Any:
    """The answer as JSON to a file of answers."""
    told = shell("knot", "--answers", answers_file(shell, text), "--json")
    assert (told.code, told.err) == (0, "")
    return told.json


def widest(text: str) -> int:
    return max(map(len, text.splitlines()))


def flowing(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


# ── the answer ────────────────────────────────────────────────────────────────────────────────────


def test_the_answer_as_json_has_all_its_keys(shell: Any) -> None:
    told = answered(shell)
    assert told.keys() == {
        "cause", "row", "say", "offer", "never", "areas", "later", "noticed", "care", "knot", "flags_standing",
    }  # fmt: skip
    assert (told["cause"], told["row"], told["care"]) == ("strain", "R5", "strain")
    assert told["offer"]
    assert {"M18", "M19"} <= set(told["never"])
    assert told["areas"][0] == "upper_chest"
    assert told["flags_standing"] == []
    assert "robably" in told["say"]


def test_what_was_found_is_followed_from_then_on(shell: Any) -> None:
    told = answered(shell)
    (episode,) = course(shell).episodes
    assert episode.id == told["knot"]
    assert re.fullmatch(r"\d{13}-right", episode.id)
    assert episode.triage.answers.zone == "inner_edge"
    assert time.time() - episode.opened_unix_s < 60


def test_the_same_side_again_is_the_same_knot(shell: Any) -> None:
    first = answered(shell)["knot"]
    assert answered(shell, STRAIN.replace("pain: 4", "pain: 2"))["knot"] == first
    (episode,) = course(shell).episodes
    assert episode.triage.answers.pain == 2


def test_another_side_is_another_knot(shell: Any) -> None:
    answered(shell)
    assert answered(shell, STRAIN.replace("side: right", "side: left"))["knot"].endswith("-left")
    assert len(course(shell).episodes) == 2


def test_a_side_whose_knot_is_gone_has_a_new_one(shell: Any) -> None:
    happened(shell, (20, RIGHT), (10, KnotLog("1-right", Told.GONE)))
    assert answered(shell)["knot"] != "1-right"


def test_a_knot_without_a_side_has_an_id_too(shell: Any) -> None:
    assert answered(shell, "onset: today\n")["knot"].endswith("-unsure")
    assert answered(shell, "onset: today\n")["knot"] == course(shell).episodes[0].id, "and is known again"


def test_the_answer_follows_from_the_answers_whatever_happened_before(shell: Any) -> None:
    """Three knots in a month, and what was pressed in vain, are for the schedule to mind."""
    first = answered(shell)
    happened(shell, (9, LEFT), (8, RIGHT), (3, KnotLog("", Told.FLAG, code="fever")))
    again = answered(shell)
    pure = first.keys() - {"knot", "flags_standing"}
    assert {key: again[key] for key in pure} == {key: first[key] for key in pure}
    assert again["flags_standing"] == ["fever"]


def test_flags_of_another_knot_stand_as_well(shell: Any) -> None:
    answered(shell, "flags: [rash]\nside: left\n")
    assert answered(shell)["flags_standing"] == ["rash"]


def test_for_people_it_is_a_page(shell: Any) -> None:
    told = shell("knot", "--answers", answers_file(shell))
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Probably a strain")
    assert widest(told.out) <= 80
    for heading in (
        "\nNow 1. ",
        "\n    2. ",
        "\nNoticed: ",
        "\nNot now - ",
        "\n        - ",
        "\nWhat to expect: ",
        "\nWhen to see somebody: ",
    ):
        assert heading in told.out
    assert "M01 Fingers under the collarbone" in flowing(told.out), "items are called by their names"
    assert "postured show M01" in flowing(told.out)
    assert "postured knot flag" in told.out
    assert "\033" not in told.out


def test_the_most_important_comes_first(shell: Any) -> None:
    told = shell("knot", "--answers", answers_file(shell))
    order = [
        "Probably",
        "Now 1.",
        "Noticed:",
        "Not now -",
        "What to expect:",
        "When to see somebody:",
        "knot flag",
    ]
    found = [told.out.index(heading) for heading in order]
    assert found == sorted(found)


def test_each_thing_to_leave_has_a_line_of_its_own(shell: Any) -> None:
    table = load(shipped("knot.yaml"))
    answers, problems = read_answers(STRAIN, "f")
    assert answers is not None, problems
    leave = knot.answer(table, answers, (), Me()).leave
    told = shell("knot", "--answers", answers_file(shell)).out
    below = told[told.index("Not now - ") : told.index("What to expect")]
    assert [flowing(one) for one in re.split(r"^(?:Not now| {7}) - ", below, flags=re.MULTILINE)[1:]] == list(
        leave
    )


@pytest.mark.parametrize(
    "text",
    [STRAIN, "before: repeated_use\n", "before: held_tense\n", "before: sudden\n", "onset: woke\n", "{}\n"],
)
def test_a_page_is_hardly_longer_than_a_terminal(shell: Any, text: str) -> None:
    """Why, what to do now, and what not to do, stand in the first twenty-four lines."""
    told = shell("knot", "--answers", answers_file(shell, text), terminal=True, env={"NO_COLOR": "1"})
    lines = told.out.splitlines()
    assert len(lines) <= 32
    assert next(n for n, line in enumerate(lines) if line.startswith("What to expect")) <= 24


def test_headings_are_bold_only_where_colour_is_wanted(shell: Any) -> None:
    file = answers_file(shell)
    coloured = shell("knot", "--answers", file, terminal=True, env={"TERM": "xterm"}).out
    plain = shell("knot", "--answers", file, terminal=True, env={"TERM": "xterm", "NO_COLOR": "1"}).out
    assert "\033[1mNot now\033[0m - " in coloured
    assert re.sub(r"\033\[\d+m", "", coloured) == plain


@pytest.mark.parametrize("text", ["flags: [fever]\n", "pain: 9\n"])
def test_at_a_red_flag_there_is_nothing_but_the_advice(shell: Any, text: str) -> None:
    told = shell("knot", "--answers", answers_file(shell, text))
    assert told.code == 0
    assert told.out.startswith("This needs a person, not an app")
    assert names_nothing_to_do(told.out)


def names_nothing_to_do(text: str) -> bool:
    return not re.search(r"\bM\d\d|\bH\d\d|postured show|\bNow 1\.|robably", text)


@pytest.mark.parametrize("argv", [["--answers", "{file}"], ["flag", "chest_pain"]])
def test_at_an_emergency_the_number_comes_first_and_little_else(shell: Any, argv: list[str]) -> None:
    file = answers_file(shell, "flags: [chest_pain]\n")
    argv = [word.format(file=file) for word in argv]
    told = shell("knot", *argv, terminal=True, env={"TERM": "xterm", "COLUMNS": "80"})
    lines = told.out.splitlines()
    assert len(lines) <= 6
    bold = [line for line in lines if line.startswith("\033[1m")]
    assert bold == lines[: len(bold)]
    assert "emergency number" in " ".join(bold)
    assert asked("chest_pain") in flowing(told.out)
    assert "tay where you are" in told.out
    assert [line for line in lines if line.startswith("\033[2m")] == lines[-1:]
    assert "postured knot clear" in lines[-1]
    assert names_nothing_to_do(told.out)


@pytest.mark.parametrize("flags", [[*EMERGENCY_FLAGS], [*EMERGENCY_FLAGS, "minor"]])
def test_an_emergency_is_as_short_with_all_flags(shell: Any, flags: list[str]) -> None:
    """What to say gives way; whom to call, and where to stay, do not."""
    file = answers_file(shell, f"flags: [{', '.join(flags)}]\n")
    told = shell("knot", "--answers", file, terminal=True, env={"COLUMNS": "80"})
    assert told.out.count("\n") <= 6
    for words in ("emergency number", "“Chest pain", " …\n", "tay where you are", "postured knot clear"):
        assert words in told.out


def asked(code: str) -> str:
    """A red flag in the words of its question."""
    table = load(shipped("knot.yaml"))
    return next(f"“{flag.ask}”" for flag in (*table.emergency, *table.clinician) if flag.code == code)


SOON = (
    "If nobody has looked at it yet, see a doctor soon: {words}. Only short breaks are suggested until then."
)
AT_ONCE = (
    "If nobody has looked at it yet, call your local emergency number now: {words}. "
    "Nothing is suggested until then."
)


def stands(text: str, *codes: str) -> bool:
    """Whether these flags are spoken of, and nothing else."""
    words = "; ".join(asked(code) for code in codes)
    said = (AT_ONCE if codes[0] in EMERGENCY_FLAGS else SOON).format(words=words)
    return flowing(text) == f"{said} Afterwards: postured knot clear"


@pytest.mark.parametrize("codes", [["fever"], ["fever", "rash"], ["chest_pain"]])
def test_while_a_red_flag_stands_nothing_of_a_row_is_said(shell: Any, codes: list[str]) -> None:
    happened(shell, *((1, KnotLog("", Told.FLAG, code=code)) for code in codes))
    told = shell("knot", "--answers", answers_file(shell))
    assert stands(told.out, *codes), told.out
    assert widest(told.out) <= 80


@pytest.mark.parametrize("argv", [["status"], ["better"], ["worse"], ["gone"], ["worse", "--pain", "9"]])
def test_and_so_it_is_with_every_word_about_a_knot(shell: Any, argv: list[str]) -> None:
    happened(shell, (3, RIGHT), (1, KnotLog("", Told.FLAG, code="tearing")))
    told = shell("knot", *argv)
    assert stands(told.out.split("\n\n")[0], "tearing"), told.out
    assert names_nothing_to_do(told.out)
    assert ("\n\n" in told.out) == (argv == ["status"])
    (episode,) = course(shell).episodes
    assert bool(episode.told) == (argv != ["status"]), "it is kept all the same"


@pytest.mark.parametrize("word", ["better", "worse", "gone"])
def test_and_with_the_json_of_such_a_word(shell: Any, word: str) -> None:
    happened(shell, (3, RIGHT), (1, KnotLog("", Told.FLAG, code="tearing")))
    told = shell("knot", word, "--json").json
    assert stands(" ".join(told["say"]), "tearing")
    assert told["red"] == "red_emergency"


def test_of_an_emergency_and_something_for_a_doctor_the_emergency_is_said(shell: Any) -> None:
    happened(shell, (2, KnotLog("", Told.FLAG, code="fever")), (1, KnotLog("", Told.FLAG, code="chest_pain")))
    assert stands(shell("knot", "status").out.partition("\nNo knot")[0], "chest_pain")
    told = shell("knot", "--answers", answers_file(shell, "flags: [rash]\n"))
    assert stands(told.out, "chest_pain"), "a new one that is less urgent does not hide it"


def test_a_new_emergency_is_answered_as_one_whatever_stands(shell: Any) -> None:
    happened(shell, (2, KnotLog("", Told.FLAG, code="fever")))
    told = shell("knot", "--answers", answers_file(shell, "flags: [tearing]\n"))
    assert "emergency number now" in flowing(told.out)
    assert asked("tearing") in flowing(told.out)
    assert "If nobody has looked at it yet" not in flowing(told.out)


def test_own_cautions_of_the_schedule_count(shell: Any) -> None:
    shell.write(PLAN + "me: {flags: [minor]}\n")
    assert not [item for item in answered(shell)["offer"] if item[0] in "MHSV"]


def test_answers_may_come_from_a_pipe(shell: Any) -> None:
    told = shell("knot", "--answers", "-", "--json", typed=STRAIN)
    assert (told.code, told.json["row"]) == (0, "R5")


# ── what goes wrong ───────────────────────────────────────────────────────────────────────────────


def test_every_problem_of_the_answers_is_a_line_and_nothing_is_kept(shell: Any) -> None:
    file = answers_file(shell, "onset: todya\nsdie: right\n")
    told = shell("knot", "--answers", file)
    assert (told.code, told.out) == (78, "")
    first, second = told.err.splitlines()
    assert first.startswith(f"postured: {file}:1:8: onset: ")
    assert "today" in first
    assert second.startswith(f"postured: {file}:2:1: ")
    assert "side" in second
    assert untouched(shell)


def test_answers_of_a_pipe_are_read_as_strictly(shell: Any) -> None:
    told = shell("knot", "--answers", "-", typed="onset: todya\n")
    assert (told.code, told.out) == (78, "")
    assert "standard input:1:8: " in told.err
    assert untouched(shell)


def test_bytes_that_are_no_text_are_a_problem_of_the_answers(shell: Any) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"onset: t\xffday\n"), encoding="utf-8")
    told = shell("knot", "--answers", "-", typed=typed)
    assert (told.code, told.out) == (78, "")
    assert "0xff" in told.err


def test_answers_that_cannot_be_read_are_a_failure(shell: Any) -> None:
    assert "nowhere.yaml" in shell.refused("knot", "--answers", str(shell.home / "nowhere.yaml"), code=1)
    assert untouched(shell)


def test_a_closed_standing_input_is_said(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert "--answers FILE" in shell.refused("knot", "--answers", "-", code=1)
    assert "--answers FILE" in shell.refused("knot", "--plain", code=2)


@pytest.mark.parametrize("part", [["--answers", "{file}"], ["status"]])
def test_a_broken_schedule_is_said(shell: Any, part: list[str]) -> None:
    shell.write("wrok: {}\n")
    file = answers_file(shell)
    assert ":1:1: " in shell.refused("knot", *(word.format(file=file) for word in part), code=78)
    assert untouched(shell)


def test_who_has_no_terminal_is_told_of_the_file(shell: Any) -> None:
    said = shell.refused("knot", code=2)
    assert "postured knot --answers FILE" in said
    assert untouched(shell)


@pytest.fixture
def unwritable(shell: Any) -> None:
    path = places(shell.env).state_folder
    path.parent.mkdir(parents=True)
    path.write_text("in the way")


@pytest.mark.usefixtures("unwritable")
def test_an_answer_that_cannot_be_kept_is_printed_all_the_same(shell: Any) -> None:
    told = shell("knot", "--answers", answers_file(shell), "--json")
    assert told.code == 1
    assert told.json["row"] == "R5"
    assert told.json["knot"] is None, "there is none to speak of"
    assert told.err.count("\n") == 1
    assert "cannot be kept" in told.err


@pytest.mark.usefixtures("unwritable")
def test_a_red_flag_that_cannot_be_kept_is_answered_all_the_same(shell: Any) -> None:
    told = shell("knot", "flag", "chest_pain")
    assert told.code == 1
    assert "emergency number" in told.out
    assert told.err.count("\n") == 1


def test_a_red_flag_is_heard_whatever_is_wrong_with_the_schedule(shell: Any) -> None:
    shell.write("wrok: {}\n")
    told = shell("knot", "flag", "fever")
    assert (told.code, told.err) == (0, "")
    assert episodes.red(course(shell), time.time()) is Cause.RED_CLINICIAN


# ── the dialogue ──────────────────────────────────────────────────────────────────────────────────


def test_it_can_be_asked_through_a_pipe(shell: Any) -> None:
    """Enter alone is "not sure", or none of it."""
    told = shell("knot", "--plain", typed="\n" * 40)
    assert (told.code, told.err) == (0, "")
    (episode,) = course(shell).episodes
    assert episode.triage.row == "R12"
    assert "postured knot flag" in told.out


@pytest.mark.parametrize("typed", ["", "\n\n\n"])
def test_who_leaves_changes_nothing(shell: Any, typed: str) -> None:
    told = shell("knot", "--plain", typed=typed)
    assert told.code == 130
    assert told.out.endswith("Nothing was changed.\n")
    assert untouched(shell)


def test_the_questions_stand_beside_the_json(shell: Any) -> None:
    told = shell("knot", "--plain", "--json", typed=ON_THE_RIGHT)
    assert told.code == 0
    assert told.json["knot"].endswith("-right")
    assert "Question 1 of 8" in told.err


def test_who_leaves_is_told_so_beside_the_json(shell: Any) -> None:
    told = shell("knot", "--plain", "--json", typed="")
    assert told.code == 130
    assert told.err.endswith("Nothing was changed.\n")


ENTER = "\n"
ON_THE_RIGHT = 3 * ENTER + "right" + 40 * ENTER
"""A side, and otherwise what is proposed."""


def test_what_is_known_already_is_proposed(shell: Any) -> None:
    shell.write(PLAN + "me: {dominant: left}\n")
    happened(
        shell, (40, RIGHT), (35, KnotLog("1-right", Told.GONE)), (9, LEFT), (7, KnotLog("2-left", Told.GONE))
    )
    told = shell("knot", "--plain", typed=ON_THE_RIGHT)
    assert (told.code, told.err) == (0, "")
    assert "(Enter alone: The left)" in told.out
    assert "(Enter alone: 2)" in told.out, "one in the last thirty days, and this one"
    answers = course(shell).episodes[-1].triage.answers
    assert (answers.side, answers.dominant, answers.episodes_30d) == ("right", "left", 2)


def test_cautions_of_the_schedule_are_known_and_are_no_answers(shell: Any) -> None:
    shell.write(PLAN + "me: {flags: [minor, pregnant]}\n")
    told = shell("knot", "--plain", typed=2 * ENTER + "\n" + ON_THE_RIGHT.removeprefix(3 * ENTER))
    assert (told.code, told.err) == (0, "")
    assert "(Enter alone: And, not an illness: I am under 16)" in flowing(told.out)
    assert "Press the knot lightly" not in told.out
    assert course(shell).episodes[0].triage.answers.flags == ("minor",), "it was ticked once more"


def test_a_caution_that_is_not_asked_about_is_not_kept(shell: Any) -> None:
    shell.write(PLAN + "me: {flags: [rib_or_bone_injury]}\n")
    told = shell("knot", "--plain", typed=ON_THE_RIGHT)
    assert "Press the knot lightly" not in told.out
    assert course(shell).episodes[0].triage.answers.flags == ()


def test_a_knot_that_is_followed_does_not_count_twice(shell: Any) -> None:
    happened(shell, (3, RIGHT))
    assert shell("knot", "--plain", typed=ON_THE_RIGHT).code == 0
    (episode,) = course(shell).episodes
    assert episode.triage.answers.episodes_30d == 1


def test_ctrl_c_leaves_all_as_it_was(shell: Any) -> None:
    class Interrupted(io.StringIO):
        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            del size
            raise KeyboardInterrupt

    told = shell("knot", "--plain", typed=Interrupted())
    assert told.code == 130
    assert told.out.endswith("Nothing was changed.\n")
    assert untouched(shell)


# ── what is said later ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", ["better", "worse", "gone"])
def test_without_a_knot_there_is_nothing_to_say(shell: Any, word: str) -> None:
    assert "postured knot" in shell.refused("knot", word, code=1)
    assert untouched(shell)


@pytest.mark.parametrize(("word", "said"), [("better", "getting better"), ("worse", "It got worse")])
def test_what_was_said_is_kept_and_answered(shell: Any, word: str, said: str) -> None:
    happened(shell, (3, RIGHT))
    told = shell("knot", word, "--pain", "5")
    assert (told.code, told.err) == (0, "")
    assert said in told.out
    assert told.out.count("\n") <= 3
    (episode,) = course(shell).episodes
    assert [(log.told.value, log.points) for _at, log in episode.told] == [(word, None), ("pain", 5)]


def test_a_word_without_a_number_says_nothing_of_pain(shell: Any) -> None:
    happened(shell, (3, RIGHT))
    assert shell("knot", "better").code == 0
    assert [log.told for _at, log in course(shell).episodes[0].told] == [Told.BETTER]


@pytest.mark.parametrize("word", ["better", "worse", "gone"])
def test_a_word_as_json_has_all_its_keys(shell: Any, word: str) -> None:
    happened(shell, (3, RIGHT))
    told = shell("knot", word, "--json").json
    assert told.keys() == {
        "knot", "side", "zone", "told", "pain", "at", "kept", "cause", "say", "red",
    }  # fmt: skip
    assert (told["knot"], told["side"], told["told"], told["kept"]) == ("1-right", "right", word, True)
    assert datetime.fromisoformat(told["at"]).tzinfo is not None
    assert told["say"]


def test_of_two_knots_the_side_has_to_be_named(shell: Any) -> None:
    happened(shell, (3, RIGHT), (2, LEFT))
    said = shell.refused("knot", "better", code=2)
    assert "right, left" in said
    assert "postured knot better right" in said
    assert shell("knot", "better", "left").code == 0
    assert [len(episode.told) for episode in course(shell).episodes] == [0, 1]


def test_a_side_without_a_knot_is_said(shell: Any) -> None:
    happened(shell, (3, RIGHT))
    assert "right" in shell.refused("knot", "gone", "left", code=1)
    assert course(shell).episodes[0].told == ()


@pytest.mark.parametrize("pain", ["11", "-1", "much"])
def test_pain_is_a_number_from_0_to_10(shell: Any, pain: str) -> None:
    happened(shell, (3, RIGHT))
    assert "0 to 10" in shell.refused("knot", "worse", f"--pain={pain}", code=2)
    assert course(shell).episodes[0].told == ()


def test_worse_after_pressing_on_the_knot_makes_it_a_strain(shell: Any) -> None:
    pressed = PressLog("M19", "knot", "left", Spot.EASED, 45.0, 6, 5)
    happened(shell, (3, LEFT), (0.5, pressed))
    told = shell("knot", "worse", "--json").json
    assert told["cause"] == "strain"
    assert "counts as a strain" in told["say"][0]


@pytest.mark.parametrize("minor", ["of the schedule", "of the triage"])
def test_who_is_under_16_keeps_moving_and_hears_of_no_strength(shell: Any, minor: str) -> None:
    shell.write(PLAN + ("me: {flags: [minor]}\n" if minor == "of the schedule" else ""))
    flags = ("minor",) if minor == "of the triage" else ()
    happened(shell, (3, RIGHT._replace(answers=RIGHT.answers._replace(flags=flags))))
    told = shell("knot", "gone")
    assert told.out.startswith("To keep it away: keep moving\nGet up often")
    assert "trength" not in told.out
    assert episodes.open_episodes(course(shell)) == ()


@pytest.mark.parametrize("argv", [["better"], ["worse"], ["gone"], ["status"], ["flag", "fever"], ["clear"]])
def test_a_file_of_answers_goes_with_no_other_word(shell: Any, argv: list[str]) -> None:
    happened(shell, (3, RIGHT))
    before = course(shell)
    said = shell.refused("knot", "--answers", answers_file(shell), *argv, code=2)
    assert "postured knot --answers FILE" in said
    assert course(shell) == before


def test_pain_of_eight_needs_a_person(shell: Any) -> None:
    happened(shell, (3, RIGHT))
    told = shell("knot", "worse", "--pain", "8")
    assert told.code == 0
    assert told.out.startswith("This needs a person, not an app")
    assert shell("knot", "status", "--json").json["red"] == "red_clinician"


def test_gone_tells_when_the_next_two_minutes_come(shell: Any) -> None:
    shell.write('reminders: {s: {at: "11:00", days: wed, suggest: [strength]}}\n')
    happened(shell, (3, RIGHT))
    told = shell("knot", "gone")
    assert "strengthen" in told.out
    assert "on Wed at 11:00" in flowing(told.out)
    assert episodes.open_episodes(course(shell)) == ()


def test_gone_names_a_strength_reminder_without_a_time(shell: Any) -> None:
    shell.write("reminders: {lift: {after: 3h, pause: 5m, suggest: [strength]}}\n")
    happened(shell, (3, RIGHT))
    assert "the reminder lift" in flowing(shell("knot", "gone").out)


def test_gone_tells_how_to_have_a_strength_reminder(shell: Any) -> None:
    shell.write(PLAN)
    happened(shell, (3, RIGHT))
    told = shell("knot", "gone")
    assert "suggest: [strength]" in flowing(told.out)
    # What it says can be written so.
    line = re.search(r"strength: \{.*\}", flowing(told.out))
    assert line is not None
    shell.write(f"reminders:\n  {line[0]}\n")
    assert shell("config", "check").code == 0


def test_a_word_is_kept_whatever_is_wrong_with_the_schedule(shell: Any) -> None:
    happened(shell, (3, RIGHT))
    shell.write("wrok: {}\n")
    assert (told := shell("knot", "gone")).code == 0, told.err
    assert episodes.open_episodes(course(shell)) == ()


# ── red flags ─────────────────────────────────────────────────────────────────────────────────────


def test_all_red_flags_are_listed_the_urgent_ones_first(shell: Any) -> None:
    told = shell("knot", "flag")
    assert (told.code, told.err) == (0, "")
    found = [line.split(": ")[0] for line in told.out.splitlines() if re.match("[a-z_]+: ", line)]
    assert found == list(RED_FLAGS)
    assert told.out.count("\n") <= 23, "the urgent ones must not scroll away"
    assert widest(told.out) <= 80
    assert "Call the emergency number" in told.out
    assert "See a doctor soon" in told.out
    assert "clinician" not in told.out
    assert untouched(shell)


def test_the_list_as_json_is_in_two_groups(shell: Any) -> None:
    told = shell("knot", "flag", "--json").json
    assert [one["code"] for one in told["emergency"]] == list(EMERGENCY_FLAGS)
    assert [one["code"] for one in told["clinician"]] == list(CLINICIAN_FLAGS)
    assert all(one["ask"] for group in told.values() for one in group)


@pytest.mark.parametrize(
    ("code", "advice", "red"),
    [("chest_pain", "emergency number", "red_emergency"), ("fever", "doctor", "red_clinician")],
)
def test_a_red_flag_is_kept_and_answered_with_the_advice(
    shell: Any, code: str, advice: str, red: str
) -> None:
    told = shell("knot", "flag", code)
    assert (told.code, told.err) == (0, "")
    assert advice in told.out
    assert "postured knot clear" in flowing(told.out)
    assert "clinician" not in told.out
    found = course(shell)
    assert [flag for _since, flag in found.flags] == [code]
    assert episodes.red(found, time.time()) == red


def test_a_red_flag_as_json(shell: Any) -> None:
    told = shell("knot", "flag", "fever", "--json").json
    assert told.keys() == {"code", "at", "kept", "cause", "say", "flags"}
    assert (told["code"], told["kept"], told["cause"]) == ("fever", True, "red_clinician")
    assert [flag["code"] for flag in told["flags"]] == ["fever"]


@pytest.mark.parametrize("code", ["fevr", "Fevr"])
def test_a_misspelt_red_flag_is_wrong_usage(shell: Any, code: str) -> None:
    assert "did you mean fever?" in shell.refused("knot", "flag", code, code=2)
    assert untouched(shell)


def test_a_word_that_is_like_none_of_them_is_led_to_the_list(shell: Any) -> None:
    assert "postured knot flag" in shell.refused("knot", "flag", "xyzzy", code=2)


@pytest.mark.parametrize("code", ["Chest-Pain", "CHEST_PAIN"])
def test_a_red_flag_may_be_spelt_loosely(shell: Any, code: str) -> None:
    assert shell("knot", "flag", code).code == 0
    assert [flag for _since, flag in course(shell).flags] == ["chest_pain"]


def test_from_then_on_no_massage_is_led_through(shell: Any) -> None:
    assert shell("massage", typed="").code == 0
    shell("knot", "flag", "fever")
    assert shell("massage", typed="").code == 1


def test_clearing_says_what_was_cleared_in_words(shell: Any) -> None:
    happened(shell, (3, RIGHT), (1, KnotLog("1-right", Told.PAIN, points=9)))
    shell("knot", "flag", "fever")
    told = shell("knot", "clear")
    assert (told.code, told.err) == (0, "")
    words = f"{asked('fever')}; {asked('severe')}"
    assert flowing(told.out) == f"Cleared: {words}. Suggestions go on as before."
    assert episodes.red(course(shell), time.time()) is None
    assert shell("massage", typed="").code == 0


def test_where_nothing_stands_nothing_is_cleared(shell: Any) -> None:
    told = shell("knot", "clear")
    assert (told.code, told.out) == (0, "No red flag stands.\n")
    assert untouched(shell)
    assert shell("knot", "clear", "--json").json["cleared"] == []


def test_a_knot_that_was_red_from_the_start_is_over_when_somebody_has_looked(shell: Any) -> None:
    answered(shell, "flags: [rash]\nside: right\n")
    told = shell("knot", "clear", "--json").json
    assert [flag["code"] for flag in told["cleared"]] == ["rash"]
    assert episodes.open_episodes(course(shell)) == ()


def test_it_is_said_that_a_red_knot_is_closed(shell: Any) -> None:
    answered(shell, "flags: [rash]\nside: right\n")
    said = flowing(shell("knot", "clear").out)
    assert said == f"Cleared: {asked('rash')}. This knot is closed here. If it is still sore: postured knot"
    for side in ("left", "right"):
        answered(shell, f"pain: 9\nside: {side}\n")
    said = flowing(shell("knot", "clear").out)
    assert said.startswith(
        "Cleared: your answers about the knot (left side, not sure where); your answers about "
    )
    assert said.endswith("These knots are closed here. If one is still sore: postured knot")


# ── status ────────────────────────────────────────────────────────────────────────────────────────


def pressed(*spots: tuple[float, str, int | None, int | None, Spot]) -> Iterable[tuple[float, PressLog]]:
    return [
        (days, PressLog("M01", area, "right", spot, 45.0, before, after))
        for days, area, before, after, spot in spots
    ]


def sore(*points: tuple[float, int]) -> Iterable[tuple[float, KnotLog]]:
    return [(days, KnotLog("1-right", Told.PAIN, points=n)) for days, n in points]


@pytest.fixture
def fortnight(shell: Any) -> Any:
    """Somebody with twelve days of a knot on the right, and one on the left that is gone."""
    happened(
        shell,
        (50, LEFT),
        (45, KnotLog("2-left", Told.GONE)),
        (12, RIGHT),
        *sore((10, 6), (8, 6), (6, 4), (4, 3), (2, 2)),
        *pressed(
            (11, "upper_chest", 7, 4, Spot.EASED),
            (11, "side_ribs", 5, 5, Spot.STAYED),
            (9, "upper_chest", 5, 2, Spot.EASED),
            (7, "side_ribs", 3, None, Spot.WRONG),
        ),
    )
    return shell


def test_without_a_knot_status_tells_how_to_begin(shell: Any) -> None:
    told = shell("knot", "status")
    assert (told.code, told.out, told.err) == (
        0,
        "No knot is being followed. Ask why you have one: postured knot\n",
        "",
    )
    assert untouched(shell)
    assert shell("knot", "status", "--json").json == {"knots": [], "closed": [], "flags": [], "red": None}


def test_status_tells_of_the_days_so_far(fortnight: Any) -> None:
    told = fortnight("knot", "status")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0].startswith("Right side, inner edge of the shoulder blade: day 13, since ")
    assert lines[1] == "Probably strained, or stretched for too long."
    assert lines[2] == "Pain        ▆·▅·▅·▄·▃·▂··  2 of 10, one mark a day"
    assert "            upper chest  ▆▄ ▅▂" in lines
    assert "            side ribs    ▅▅ ▃·" in lines
    assert "Eased in    upper chest" in lines
    assert "In vain in  side ribs" in lines
    assert any(line.startswith("Next        upper chest, then ") for line in lines)
    assert any(line.startswith("Check-in    ") for line in lines)
    assert lines[-3] == "Gone"
    assert flowing(" ".join(lines[-2:])).startswith("Left side, lower tip of the shoulder blade: ")
    assert widest(told.out) <= 80
    assert len(lines) <= 23


def test_where_no_blocks_can_be_drawn_there_are_digits(fortnight: Any) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    from postured.cli.main import run

    assert run(["knot", "status"], fortnight.env, out, io.StringIO()) == 0
    out.seek(0)
    text = out.read()
    assert "7.6.6.4.3.2.." in text
    assert "74 52" in text


def test_plain_status_has_words_and_numbers_only(fortnight: Any) -> None:
    told = fortnight("knot", "status", "--plain")
    assert told.out.isascii()
    assert "day 1: 7, day 3: 6" in told.out
    assert "7 then 4, 5 then 2" in told.out
    assert fortnight("knot", "--plain", "status").out == told.out


def test_status_as_json_has_all_its_keys(fortnight: Any) -> None:
    told = fortnight("knot", "status", "--json").json
    assert told.keys() == {"knots", "closed", "flags", "red"}
    (one,) = told["knots"]
    assert one.keys() == {
        "knot", "side", "zone", "row", "cause", "since", "day", "pain", "areas", "eased", "in_vain", "annoyed",
        "next", "rests", "asked_next",
    }  # fmt: skip
    assert (one["knot"], one["side"], one["zone"], one["day"]) == ("1-right", "right", "inner_edge", 13)
    assert [each["points"] for each in one["pain"]] == [7, 6, 6, 4, 3, 2]
    assert [(p["before"], p["after"]) for p in one["areas"]["upper_chest"]] == [(7, 4), (5, 2)]
    assert (one["eased"], one["in_vain"]) == (["upper_chest"], ["side_ribs"])
    assert one["next"][0] == "upper_chest"
    times = [one["since"], one["asked_next"]["at"], *(each["at"] for each in one["pain"])]
    assert all(datetime.fromisoformat(at).tzinfo is not None for at in times)
    (gone,) = told["closed"]
    assert (gone["knot"], gone["cause"], gone["days"]) == ("2-left", "overuse", 6)


def test_json_may_be_asked_for_before_the_word(fortnight: Any) -> None:
    assert fortnight("knot", "--json", "status").json == fortnight("knot", "status", "--json").json


def test_knots_of_long_ago_are_not_told_of(shell: Any) -> None:
    happened(shell, (120, RIGHT), (95, KnotLog("1-right", Told.GONE)))
    assert shell("knot", "status", "--json").json["closed"] == []


def test_two_knots_have_a_block_each(shell: Any) -> None:
    happened(shell, (3, RIGHT), (2, LEFT))
    told = shell("knot", "status")
    right, left = told.out.split("\n\n")
    assert right.startswith("Right side, ")
    assert left.startswith("Left side, ")
    assert [one["side"] for one in shell("knot", "status", "--json").json["knots"]] == ["right", "left"]


def test_a_knot_that_nobody_knows_the_place_of_is_told_of(shell: Any) -> None:
    happened(shell, (2, RIGHT._replace(answers=Answers())))
    told = shell("knot", "status")
    assert told.out.startswith("Not sure where: day 3")
    one = shell("knot", "status", "--json").json["knots"][0]
    assert (one["side"], one["zone"], one["pain"]) == (None, None, [])


def test_a_red_flag_stands_first_and_nothing_is_tried_next(fortnight: Any) -> None:
    fortnight("knot", "flag", "fever")
    told = fortnight("knot", "status")
    said, knot_ = told.out.split("\n\n", 1)
    assert stands(said, "fever")
    assert knot_.startswith("Right side, inner edge of the shoulder blade: day 13, since ")
    assert [line[:6].strip() for line in knot_.splitlines()[1:2]] == ["Pain"]
    for word in ("robably", "Next", "Check-in", "Eased", "In vain", "Leave", "Tender"):
        assert word not in knot_.partition("Gone")[0]
    told = fortnight("knot", "status", "--json").json
    assert (told["red"], [flag["code"] for flag in told["flags"]]) == ("red_clinician", ["fever"])
    assert (told["knots"][0]["next"], told["knots"][0]["asked_next"]) == ([], None)


def test_a_red_flag_without_a_knot_is_told_of(shell: Any) -> None:
    shell("knot", "flag", "chest_pain")
    said, rest = shell("knot", "status").out.split("\nNo knot is being followed")
    assert stands(said, "chest_pain")
    assert rest


def test_a_knot_that_was_annoyed_did_not_ease(shell: Any) -> None:
    happened(
        shell,
        (3, LEFT),
        (2, PressLog("M19", "knot", "left", Spot.EASED, 45.0, 6, 4)),
        (1, KnotLog("2-left", Told.WORSE)),
    )
    told = shell("knot", "status").out
    assert "Eased in" not in told
    assert "pressing annoyed it" in told
    one = shell("knot", "status", "--json").json["knots"][0]
    assert (one["eased"], one["annoyed"]) == ([], True)


def test_a_red_flag_of_a_button_has_no_name(shell: Any) -> None:
    happened(shell, (1, KnotLog("", Told.FLAG, code="some_clinician")))
    assert "see a doctor soon: something that you answered earlier." in flowing(shell("knot", "status").out)
    assert "Cleared: something that you answered earlier." in flowing(shell("knot", "clear").out)


def test_massage_rests_after_it_got_worse(shell: Any) -> None:
    happened(shell, (3, RIGHT), (1, KnotLog("1-right", Told.WORSE)))
    assert "massage rests" in shell("knot", "status").out
    one = shell("knot", "status", "--json").json["knots"][0]
    assert "massage" in one["rests"]
    assert one["next"] == []


def test_a_caution_that_leaves_nothing_to_press_is_no_error(shell: Any) -> None:
    shell.write(PLAN + "me: {flags: [clot_dvt]}\n")
    happened(shell, (3, RIGHT))
    assert "no pressing" in shell("knot", "status").out


def test_a_long_knot_still_fits(shell: Any) -> None:
    happened(shell, (70, RIGHT), *sore(*((70 - day, 5) for day in range(1, 69))))
    told = shell("knot", "status")
    assert widest(told.out) <= 80
    (pain,) = (line for line in told.out.splitlines() if line.startswith("Pain"))
    assert re.fullmatch("Pain {8}▅{40}··  5 of 10, one mark a day", pain), "the last six weeks"
    assert widest(shell("knot", "status", "--plain").out) <= 80


# ── the command line, and a daemon ────────────────────────────────────────────────────────────────


def test_a_misspelt_part_is_wrong_usage(shell: Any) -> None:
    assert "postured knot --help" in shell.refused("knot", "bettr", code=2)


def test_help_names_the_parts(shell: Any) -> None:
    told = shell("knot", "--help")
    for part in ("status", "better", "worse", "gone", "flag", "clear", "--answers", "--plain"):
        assert part in told.out


def test_completion_knows_the_parts(shell: Any) -> None:
    told = shell("completion", "bash")
    assert "knot_subparsers=(status better worse gone flag clear)" in told.out


def test_a_running_daemon_learns_of_it(shell: Any, tmp_path: Any) -> None:
    house = House(tmp_path, shell.write(PLAN).read_text())
    house.clock = TwoHands(unix_s=time.time(), zone=tzlocal.get_localzone())
    shell.env.update(house.env)

    async def run() -> None:
        async with house.living():

            async def status(*argv: str) -> str:
                assert (await asyncio.to_thread(lambda: shell(*argv))).code == 0
                told = await asyncio.to_thread(lambda: shell("status"))
                return "\n".join(
                    line for line in told.out.splitlines() if line.startswith(("knot", "red flag"))
                )

            followed = await status("knot", "--answers", answers_file(shell))
            assert followed.startswith(
                "knot: right side, inner edge of the shoulder blade, day 1, probably strained;"
            )
            assert (await status("knot", "flag", "fever")).startswith("red flag: fever; ")
            assert await status("knot", "clear") == followed
            assert await status("knot", "gone") == ""

    asyncio.run(run())


def test_a_knot_that_has_become_mixed_says_so_and_what_that_means(shell: Any) -> None:
    happened(shell, (15, RIGHT))
    out = shell("knot", "status").out
    assert "Two weeks, and it is still there." in " ".join(out.split())
    assert "Two weeks" not in shell("knot", "status", "--json").out


def test_an_emergency_is_answered_though_the_history_cannot_be_read(shell: Any, tmp_path: Path) -> None:
    path = places(shell.env).history_file
    own_folder(path.parent)
    path.write_text("this is no history, and never was\n" * 40)
    answers = tmp_path / "red.yaml"
    answers.write_text("flags: [chest_pain]\n")
    told = shell("knot", "--answers", str(answers))
    assert "emergency number now" in told.out
    answers.write_text("onset: today\n")
    path.write_text("this is no history, and never was\n" * 40)
    assert shell("knot", "--answers", str(answers)).code == 1, "nobody knows what stands"
