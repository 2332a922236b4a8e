"""Files of answers, and the reader of the decision table: what is wrong is told with its place, all of it at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import settings, triage
from postured.core import knot
from postured.core.knot import ALWAYS, NEVER, Check
from postured.core.model import FLAGS, RED_FLAGS, Answers, Problem
from postured.paths import shipped
from postured.triage import TriageError, read_answers, read_answers_file, read_table

WHOLE = """\
flags: [fever, pregnant]
onset: today
side: right
zone: inner_edge
dominant: right
most_used: both
before: screen_forward
feel: long
press_test: not_tried
pain: 4
stops_daily_life: false
first_ever: yes
episodes_30d: 1
"""
SHIPPED = shipped("knot.yaml").read_text(encoding="utf-8")


def the_problem(text: str) -> Problem:
    found, problems = read_answers(text, "a.yaml")
    assert found is None
    (problem,) = problems
    return problem


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


def test_every_key_of_the_file_is_an_answer() -> None:
    assert read_answers(WHOLE, "a.yaml") == (
        Answers(
            flags=("fever", "pregnant"),
            onset="today",
            side="right",
            zone="inner_edge",
            dominant="right",
            most_used="both",
            before="screen_forward",
            feel="long",
            press_test="not_tried",
            pain=4,
            stops_daily_life=False,
            first_ever=True,
            episodes_30d=1,
        ),
        [],
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "---\n", "{}\n", "flags: []\n"])
def test_nothing_told_is_not_sure_of_everything(text: str) -> None:
    assert read_answers(text, "a.yaml") == (Answers(), [])


@pytest.mark.parametrize("key", Answers._fields)
def test_each_key_may_be_left_out(key: str) -> None:
    text = "".join(line for line in WHOLE.splitlines(keepends=True) if not line.startswith(f"{key}:"))
    found, problems = read_answers(text, "a.yaml")
    assert problems == []
    assert found is not None
    assert getattr(found, key) == Answers._field_defaults[key]


@given(st.sampled_from(sorted(knot.QUESTIONS)), st.data())
def test_every_word_of_a_question_is_read(key: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(knot.QUESTIONS[key]))
    assert read_answers(f"{key}: {word}\n", "a.yaml") == (Answers(**{key: word}), [])


def test_every_flag_is_read_red_ones_and_standing_ones() -> None:
    flags = (*RED_FLAGS, *FLAGS)
    assert read_answers(f"flags: [{', '.join(flags)}]\n", "a.yaml") == (Answers(flags=flags), [])


@pytest.mark.parametrize(
    ("text", "line", "column", "path", "said", "hint"),
    [
        ("onset: today\nonsett: woke\n", 2, 1, "onsett", "unknown key 'onsett'", "did you mean onset?"),
        (
            "before: screen\n",
            1,
            9,
            "before",
            "found 'screen', wanted one of screen_forward",
            "screen_forward?",
        ),
        ("side: Right\n", 1, 7, "side", "found 'Right', wanted one of left", "did you mean right?"),
        (
            "onset: today\nonset: woke\n",
            2,
            1,
            "onset",
            "'onset' is written twice, first on line 1",
            "keep one",
        ),
        ("pain: 4.5\n", 1, 7, "pain", "found '4.5', wanted a whole number from 0 to 10", ""),
        ("pain: 11\n", 1, 7, "pain", "found '11', wanted a whole number from 0 to 10", ""),
        ("pain: -1\n", 1, 7, "pain", "found '-1', wanted a whole number from 0 to 10", ""),
        ("pain: 1e1\n", 1, 7, "pain", "found '1e1', wanted a whole number", ""),
        ("pain:\n", 1, 6, "pain", "found nothing, wanted a whole number", ""),
        ("pain: four\n", 1, 7, "pain", "found 'four', wanted a whole number", ""),
        ("episodes_30d: 100\n", 1, 15, "episodes_30d", "wanted a whole number from 0 to 99", ""),
        ("first_ever: maybe\n", 1, 13, "first_ever", "found 'maybe', wanted true or false", ""),
        ("stops_daily_life: [no]\n", 1, 19, "stops_daily_life", "found a list, wanted true or false", ""),
        ("flags: [fever, fevre]\n", 1, 16, "flags[1]", "found 'fevre', wanted one of", "did you mean fever?"),
        ("flags: [fever, fever]\n", 1, 16, "flags[1]", "'fever' is written twice", "keep one"),
        ("flags: {fever: yes}\n", 1, 8, "flags", "found a map, wanted a list of", ""),
        ("onset: [today]\n", 1, 8, "onset", "found a list, wanted one of woke", ""),
        ("- onset: today\n", 1, 1, "", "found a list, wanted a map", ""),
        ("today\n", 1, 1, "", "found 'today', wanted a map", ""),
        ("onset: today\n\tside: left\n", 2, 1, "", "a tab, where YAML takes spaces only", "replace it"),
        ("onset: today\nside left\n", 2, 1, "", "no colon", "key: value"),
        ("onset: !!str today\n", 1, 8, "", "the tag", ""),
        ("onset: &a today\nfeel: *a\n", 2, 7, "", "*a refers to another place", ""),
        ("onset: today\n--- \nside: left\n", 2, 1, "", "a second document begins here", ""),
        ("onset: 'today\n", 1, 8, "", "the quote that opens here is never closed", "close it"),
        ("onset: to\x07day\n", 1, 10, "", "U+0007 can be neither seen nor read", "delete it"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    text: str, line: int, column: int, path: str, said: str, hint: str
) -> None:
    problem = the_problem(text)
    assert (problem.file, problem.line, problem.column, problem.path) == ("a.yaml", line, column, path)
    assert said in problem.message
    assert hint in problem.hint


def test_all_that_is_wrong_is_told_in_the_order_of_the_file() -> None:
    text = "pain: 12\nflags: [fevre]\nsid: left\nfirst_ever: maybe\n"
    found, problems = read_answers(text, "a.yaml")
    assert found is None
    assert [(p.line, p.column) for p in problems] == [(1, 7), (2, 9), (3, 1), (4, 13)]


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbfonset: today\r\nside: left\r\n")
    assert read_answers_file(file) == (Answers(onset="today", side="left"), [])
    assert read_answers("\N{ZERO WIDTH NO-BREAK SPACE}onset: today\n", "a.yaml")[0] == Answers(onset="today")


@pytest.mark.parametrize(
    ("data", "line", "column", "said"),
    [
        (b"onset: today\nside: \0left\n", 2, 7, "this is a binary file"),
        (b"onset: today\nside: l\xe4ft\n", 2, 8, "the byte 0xe4 is no UTF-8"),
        ("onset: today\n".encode("utf-16"), 1, 1, "UTF-16"),
        (b"# " + b"x" * (1 << 20), 1, 1, "the file is too large"),
    ],
)
def test_what_is_no_text_is_told(tmp_path: Path, data: bytes, line: int, column: int, said: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(data)
    found, (problem,) = read_answers_file(file)
    assert found is None
    assert (problem.file, problem.line, problem.column) == (str(file), line, column)
    assert said in problem.message


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "pipe", Path("a\0b")):
        with pytest.raises(TriageError) as caught:
            read_answers_file(path)
        assert "\n" not in str(caught.value)


@given(st.text(max_size=60))
def test_no_text_at_all_ends_in_an_exception(text: str) -> None:
    found, problems = read_answers(text, "a.yaml")
    assert (found is None) == bool(problems)
    table, problems = read_table(text, "knot.yaml")
    assert table is None
    assert problems


def test_importing_the_wall_loads_no_yaml() -> None:
    code = "import sys, postured.triage; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


# ── the table ─────────────────────────────────────────────────────────────────────────────────────

TINY = """\
emergency:
  chest_pain: a
  tearing: b
  breathless: c
  legs_bladder: d
  accident: e
  stroke_signs: f
clinician:
  fever: a
  weight_loss: b
  cancer_history: c
  night_rest: d
  arm_neuro: e
  minor_trauma_bone: f
  lump_shape: g
  cough_sneeze: h
  exertion: i
  meal_right: j
  rash: k
  severe: l
  persist: m
  morning_stiff: n
strain_signs: {feel: long}
overuse_signs: {feel: worked}
reasons:
  pain: {when: {pain: 8 or more}, say: pain}
see: A doctor.
flag_line: postured knot flag
rows:
  - row: R1
    when: {pain: 8 or more}
    cause: red_clinician
    care: red
    probably: Not for an app.
    now: [Ring a doctor.]
    leave: [All else.]
    expect: Soon.
    offer: [B01]
    never: [rest]
    source: [our addition]
  - row: R2
    when: always
    cause: strain
    care: strain
    probably: Probably a strain.
    now: [Walk., Sit.]
    leave: [Leave it.]
    expect: Soon.
    offer: [zone, B01, strength]
    source: [A7]
modifiers:
  more: {when: {side: left}, say: More., source: [A4]}
contradictions:
  mild: {when: {pain: 1 or less}, ask: pain, say: "Pain of {pain}?"}
minor: {now: [Walk., Ask.], leave: [Leave it.], expect: Soon., see: A doctor.}
care:
  red: {only: [B01]}
  strain: {preset: knot, stops: 2, early: [S14]}
later_on: {mixed: a, gone: b, annoyed: c, in_vain: d, worse: f, better: g}
"""


def test_a_small_table_is_read() -> None:
    table, problems = read_table(TINY, "knot.yaml")
    assert problems == []
    assert table is not None
    assert [row.name for row in table.rows] == ["R1", "R2"]
    assert table.rows[0].when == ((Check("pain", least=8),),)
    assert table.rows[1].when == ALWAYS
    assert table.rows[1].press_knot == NEVER
    assert table.rows[1].now[1] == (knot.Line("R2.now.2", "Sit."),)
    assert table.rows[1].see == ((knot.Line("see", "A doctor."),),)
    assert table.modifiers[0].say == ((knot.Line("modifier.more", "More."),),)
    assert table.cares["strain"].early == ("S14",)


def the_condition(text: str) -> knot.When:
    found, problems = read_table(
        TINY.replace("when: {pain: 8 or more}\n    cause", f"when: {text}\n    cause"), "k"
    )
    assert problems == []
    assert found is not None
    return found.rows[0].when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("{onset: today}", ((Check("onset", frozenset({"today"})),),)),
        ("{onset: [today, woke]}", ((Check("onset", frozenset({"today", "woke"})),),)),
        ("{onset: not woke}", ((Check("onset", frozenset({"woke"}), but=True),),)),
        ("{pain: 3}", ((Check("pain", least=3, most=3),),)),
        ("{pain: 3 or less}", ((Check("pain", most=3),),)),
        ("{episodes_30d: 3 or more}", ((Check("episodes_30d", least=3),),)),
        ("{first_ever: yes}", ((Check("first_ever", frozenset({"yes"})),),)),
        ("{same_side: no}", ((Check("same_side", frozenset({"no"})),),)),
        ("{emergency: true}", ((Check("emergency", frozenset({"yes"})),),)),
        ("{flags: not accident}", ((Check("flags", frozenset({"accident"}), but=True),),)),
        ("{onset: not woke nor today}", ((Check("onset", frozenset({"woke", "today"}), but=True),),)),
        ("{feel: not told}", ((Check("feel", frozenset({"long", "worked", "unsure"}), but=True),),)),
        ("{cautions: no}", ((Check("cautions", frozenset({"no"})),),)),
        ("never", NEVER),
        (
            "[{feel: long, side: left}, {side: right}]",
            (
                (Check("feel", frozenset({"long"})), Check("side", frozenset({"left"}))),
                (Check("side", frozenset({"right"})),),
            ),
        ),
    ],
)
def test_conditions_are_read(text: str, when: knot.When) -> None:
    assert the_condition(text) == when


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "path", "said", "hint"),
    [
        ("strain_signs:", "strain_sings:", "strain_sings", "unknown key", "did you mean strain_signs?"),
        ("{feel: long}", "{fell: long}", "strain_signs.fell", "unknown key 'fell'", "did you mean feel?"),
        ("{feel: long}", "{feel: lon}", "strain_signs.feel", "found 'lon'", "did you mean long?"),
        ("{feel: long}", "{onset: not woek}", "strain_signs.onset", "found 'woek'", "did you mean woke?"),
        (
            "{feel: long}",
            "{onset: not today nor woek}",
            "strain_signs.onset",
            "found 'woek'",
            "did you mean woke?",
        ),
        ("{feel: long}", "{onset: not told nor woke}", "strain_signs.onset", "found 'told'", ""),
        ("{feel: long}", "{flags: not told}", "strain_signs.flags", "found 'told'", ""),
        ("{feel: long}", "{pain: 8 or mor}", "strain_signs.pain", "wanted a number up to 10, as 3,", ""),
        ("{feel: long}", "{pain: 12}", "strain_signs.pain", "wanted a number up to 10", ""),
        ("{feel: long}", "{same_side: perhaps}", "strain_signs.same_side", "wanted true or false", ""),
        ("{feel: long}", "{strain_sign: yes}", "strain_signs.strain_sign", "unknown key", ""),
        ("{feel: long}", "sometimes", "strain_signs", "wanted always, a map, or a list of maps", ""),
        ("{feel: long}", "[]", "strain_signs", "wanted always, a map, or a list of maps", ""),
        ("{feel: long}", "{}", "strain_signs", "wanted a map", ""),
        ("{feel: long}", "{feel: []}", "strain_signs.feel", "the list is empty", ""),
        ("row: R2", "row: R3", "rows[1].row", "found 'R3', wanted R2", ""),
        (
            "when: always",
            "when: {side: left}",
            "rows[1].when",
            "the last row is for everybody",
            "when: always",
        ),
        ("when: {pain: 8 or more}\n    cause", "when: always\n    cause", "rows[0].when", "no row after", ""),
        ("cause: strain", "cause: strian", "rows[1].cause", "found 'strian'", "did you mean strain?"),
        ("care: strain\n", "care: strang\n", "rows[1].care", "found 'strang'", "did you mean strain?"),
        (
            "offer: [zone, B01",
            "offer: [zone, B1",
            "rows[1].offer[1]",
            "found 'B1', wanted an item, as B01",
            "",
        ),
        ("offer: [zone, B01", "offer: [zone, zone", "rows[1].offer[1]", "'zone' is written twice", ""),
        ("offer: [B01]", "offer: [M01]", "rows[0].offer", "at a red flag there are breaks only", ""),
        ("never: [rest]", "never: [B02]", "rows[0].never", "at a red flag all else is left", "never: [rest]"),
        (
            "never: [rest]",
            "never: [rest]\n    later: [B02]",
            "rows[0].later",
            "nothing is added",
            "later: []",
        ),
        (
            "cause: red_clinician",
            "cause: red_emergency",
            "rows[0].offer",
            "in an emergency nothing",
            "offer: []",
        ),
        ("source: [A7]", "never: [rest]\n    source: [A7]", "rows[1].never", "only at a red flag", ""),
        ("source: [A7]", "source: [A25]", "rows[1].source[0]", "found 'A25'", ""),
        ("source: [A7]", "source: []", "rows[1].source", "the list is empty", ""),
        (
            "source: [A7]",
            "press_knot: always\n    source: [A7]",
            "rows[1].press_knot",
            "is never pressed",
            "",
        ),
        ("now: [Walk., Sit.]", "now: [Walk.]", "rows[1].now", "at least two lines", ""),
        ("now: [Walk., Sit.]", "now: [Walk., {say: Sit., needs: [B01]}]", "rows[1].now", "at least two", ""),
        ("now: [Walk., Sit.]", "now: []", "rows[1].now", "wanted a list of sentences", ""),
        (
            "now: [Walk., Sit.]",
            "now: [Walk., [Sit., Lie.]]",
            "rows[1].now[1][0]",
            "no sentence after this one is ever said",
            "only the last one",
        ),
        ("now: [Walk., Sit.]", "now: [Walk., Sit., []]", "rows[1].now[2]", "wanted a list of sentences", ""),
        ("now: [Walk., Sit.]", "now: [Walk., [[Sit.]]]", "rows[1].now[1][0]", "wanted a text", ""),
        (
            "now: [Walk., Sit.]",
            "now: [Walk., Sit., {say: Do., needs: [B1]}]",
            "rows[1].now[2].needs[0]",
            "wanted an item",
            "",
        ),
        (
            "now: [Walk., Sit.]",
            "now: [Walk., Sit., {say: Do., needs: [B01 or B2]}]",
            "rows[1].now[2].needs[0]",
            "found 'B2', wanted an item",
            "",
        ),
        (
            "see: A doctor.\nflag",
            "see: [{say: A doctor., when: {side: left}}]\nflag",
            "see",
            "said to everybody",
            "without when",
        ),
        (
            "Leave it.]\n    expect",
            "{when: always}]\n    expect",
            "rows[1].leave[0]",
            "the key say is missing",
            "",
        ),
        (
            "say: More.",
            "say: 'More {sied}.'",
            "modifiers.more.say",
            "unknown blank {sied}",
            "did you mean {side}?",
        ),
        ("say: More.", "say: 'More {.'", "modifiers.more.say", "a brace is not closed", ""),
        ("say: pain", "say: 'pain {press}'", "reasons.pain.say", "unknown blank {press}", ""),
        ("say: More., ", "", "modifiers.more", "this adds nothing", ""),
        ("say: More., ", "care: strian, ", "modifiers.more.care", "found 'strian'", "did you mean strain?"),
        ("ask: pain", "ask: pian", "contradictions.mild.ask", "found 'pian'", "did you mean pain?"),
        ("{preset: knot", "{preset: knots", "care.strain.preset", "found 'knots'", "did you mean knot?"),
        ("stops: 2", "stops: 6", "care.strain.stops", "wanted a whole number from 1 to 5", ""),
        ("stops: 2", "stop: 2", "care.strain.stop", "unknown key", "did you mean stops?"),
        ("gone: b, ", "", "later_on", "the key gone is missing", ""),
        ("  tearing: b\n", "", "emergency", "the key tearing is missing", ""),
        (
            "  tearing: b\n  breathless: c\n",
            "  breathless: c\n  tearing: b\n",
            "emergency",
            "in this order",
            "",
        ),
        ("fever: a", f"fever: {'a' * 67}", "clinician.fever", "67 characters, wanted at most 66", ""),
        ("  more: {", "  More: {", "modifiers", "a name of small letters", ""),
    ],
)
def test_a_broken_table_is_told_with_its_place(old: str, new: str, path: str, said: str, hint: str) -> None:
    assert TINY.count(old) == 1
    text = TINY.replace(old, new)
    found, problems = read_table(text, "knot.yaml")
    assert found is None
    mine = [problem for problem in problems if problem.path == path]
    assert mine, problems
    assert said in mine[0].message
    assert hint in mine[0].hint


def test_the_place_is_that_of_the_word_itself() -> None:
    text = TINY.replace("{feel: long}", "{onset: not woek}")
    _table, (problem,) = read_table(text, "knot.yaml")
    assert (problem.line, problem.column) == (line_of(text, "woek"), len("strain_signs: {onset: not ") + 1)


def test_a_row_can_be_like_another_and_its_texts_keep_their_names() -> None:
    text = TINY.replace(
        "modifiers:\n",
        "  - row: R3\n    when: always\n    as: R2\n    probably: Open.\n    source: [A16]\nmodifiers:\n",
    ).replace("when: always\n    cause", "when: {feel: long}\n    cause")
    table, problems = read_table(text, "knot.yaml")
    assert problems == []
    assert table is not None
    second, third = table.rows[1:]
    assert third.probably == knot.Line("R3.probably", "Open.")
    assert third.now == second.now
    assert (third.now[0][0].id, third.expect[0][0].id) == ("R2.now.1", "R2.expect")
    assert (third.offer, third.care, third.source) == (second.offer, second.care, ("A16",))


def test_a_row_can_be_like_one_above_it_only() -> None:
    text = TINY.replace("row: R2\n", "row: R2\n    as: R4\n")
    _table, (problem,) = read_table(text, "knot.yaml")
    assert (problem.path, problem.message) == ("rows[1].as", "found 'R4', wanted one of R1")


def test_a_mistake_that_a_row_takes_over_is_told_once() -> None:
    text = TINY.replace("[zone, B01, strength]", "[zone, B1]").replace(
        "modifiers:\n", "  - row: R3\n    when: always\n    as: R2\n    source: [A16]\nmodifiers:\n"
    )
    _table, problems = read_table(
        text.replace("when: always\n    cause", "when: {feel: long}\n    cause"), "k"
    )
    assert len(problems) == 1


def changed(old: str, new: str) -> knot.Table:
    assert TINY.count(old) == 1
    found, problems = read_table(TINY.replace(old, new), "knot.yaml")
    assert problems == []
    assert found is not None
    return found


def test_sentences_of_a_list_in_a_list_stand_in_for_one_another() -> None:
    found = changed("now: [Walk., Sit.]", "now: [Walk., [{say: Lie., when: {feel: long}}, Sit.]]")
    assert found.rows[1].now == (
        (knot.Line("R2.now.1", "Walk."),),
        (
            knot.Line("R2.now.2.1", "Lie.", ((Check("feel", frozenset({"long"})),),)),
            knot.Line("R2.now.2.2", "Sit."),
        ),
    )


@pytest.mark.parametrize(
    ("needs", "groups"),
    [
        ("[B01]", (("B01",),)),
        ("[B01 or B02, zone]", (("B01", "B02"), ("zone",))),
        ("[strength]", (("strength",),)),
    ],
)
def test_all_that_a_sentence_needs_is_read(needs: str, groups: tuple[tuple[str, ...], ...]) -> None:
    found = changed("now: [Walk., Sit.]", f"now: [Walk., Sit., {{say: Do., needs: {needs}}}]")
    assert found.rows[1].now[2][0].needs == groups


def test_what_is_said_in_one_breath_is_one_sentence_or_some() -> None:
    found = changed(
        "see: A doctor.\nflag", "see: [A doctor., [{say: Now., when: {side: left}}, Soon.]]\nflag"
    )
    ids = [[line.id for line in ways] for ways in found.rows[1].see]
    assert ids == [["see.1"], ["see.2.1", "see.2.2"]]
    more = changed("say: More.", "say: [{say: More., when: {feel: long}}]")
    assert more.modifiers[0].say[0][0].id == "modifier.more.1"


def test_a_modifier_can_have_a_care_of_its_own() -> None:
    assert changed("say: More., ", "care: strain, ").modifiers[0].care == "strain"
    assert changed("say: More.", "say: Less.").modifiers[0].care == ""


@pytest.mark.parametrize(
    ("one", "other", "exclude"),
    [
        ("{side: left}", "{side: right}", True),
        ("{side: left}", "{side: [left, right]}", False),
        ("{side: left}", "{feel: long}", False),
        ("{side: left}", "{side: not left nor right}", True),
        ("{side: not left}", "{side: left}", True),
        ("{side: [left, both]}", "{side: not left}", False),
        ("{side: not left}", "{side: not right}", False),
        ("{side: left, feel: long}", "{side: right, feel: long}", True),
        ("[{side: left}, {feel: long}]", "{side: right}", False),
        ("[{side: left}, {side: both}]", "{side: right}", True),
        ("{pain: 4 or less}", "{pain: 5 or more}", True),
        ("{pain: 5 or less}", "{pain: 5 or more}", False),
        ("{pain: 3}", "{pain: 4}", True),
        ("{flags: fever}", "{flags: rash}", False),
        ("{flags: fever}", "{flags: not fever}", True),
        ("{row: R2}", "{row: R1}", True),
        ("{fresh: yes}", "{fresh: no}", True),
        ("always", "{side: left}", False),
        ("never", "{side: left}", True),
    ],
)
def test_two_cares_for_one_person_are_refused(one: str, other: str, exclude: bool) -> None:
    text = TINY.replace(
        "  more: {when: {side: left}, say: More., source: [A4]}\n",
        f"  one: {{when: {one}, care: strain, source: [A4]}}\n"
        f"  plain: {{when: {one}, say: More., source: [A4]}}\n"
        f"  other: {{when: {other}, care: strain, source: [A4]}}\n",
    )
    found, problems = read_table(text, "knot.yaml")
    assert (found is not None) == exclude, problems
    if not exclude:
        (problem,) = problems
        assert problem.path == "modifiers.other.care"
        assert "one and other may both hold" in problem.message


def test_a_care_may_tighten_to_every_preset() -> None:
    assert triage.PRESETS == settings.PRESETS


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "rows\n", "rows: [\n"])
def test_a_table_of_nothing_is_none(text: str) -> None:
    found, problems = read_table(text, "knot.yaml")
    assert found is None
    assert problems


def test_the_shipped_table_is_read_from_its_file() -> None:
    assert triage.load(shipped("knot.yaml")) == read_table(SHIPPED, "knot.yaml")[0]


@pytest.mark.parametrize("data", [None, b"", b"rows: 1\n", b"\0", b"\xff"])
def test_a_table_that_is_missing_or_broken_is_told_in_one_line(tmp_path: Path, data: bytes | None) -> None:
    file = tmp_path / "knot.yaml"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(TriageError) as caught:
        triage.load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
