"""The interpreter of the decision table, on small tables of its own; the shipped one has tests of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postured.core import knot
from postured.core.knot import ALWAYS, NEVER, Check, Line, Lines, Minor, Modifier, Row, Table, When
from postured.core.language import speak
from postured.core.model import FLAGS, Answers, Care, Cause, Item, Kind, Level, Me, Step

RIGHT = Answers(side="right", zone="inner_edge", onset="days")


def item(item_id: str, kind: Kind = Kind.MASSAGE, **fields: object) -> Item:
    made = Item(item_id, kind, item_id, (Step("Do it.", 30),), 30)
    return replace(made, **fields)  # type: ignore[arg-type]


CHEST = item("M01", areas=("upper_chest",), knot_zones=("inner_edge", "unsure"))
SIDE = item("M05", areas=("side_ribs",), knot_zones=("inner_edge", "unsure"))
CORNER = item(
    "M11", areas=("neck_shoulder_corner",), knot_zones=("top_corner",), knot_overlap_zones=("top_corner",)
)
NECK = item("M10", areas=("side_neck",), knot_zones=("inner_edge",))
HAND = item(
    "M19", areas=("knot",), target="knot", knot_zones=("inner_edge",), contraindications=("acute_48h",)
)
REST = item("B01", Kind.BREAK)
WALK = item("B10", Kind.BREAK)
EASIEST = Level(1, "Easy", 1, 8, 0, "", 60, ("desk",), (), (), discreet=True)
PULL = item("S02", Kind.STRENGTH, contraindications=("minor",))
NOD = item("S14", Kind.STRENGTH, levels=(EASIEST,))
SEAT = item("P01", Kind.SETUP)
WARM = item("H01", Kind.THERMAL, areas=("upper_chest",), equipment=("heat_pack",), place=("home",))
COLD = item("H03", Kind.THERMAL, areas=("upper_chest",), equipment=("cold_pack",), place=("home",))
LIBRARY = (CHEST, SIDE, CORNER, NECK, HAND, REST, WALK, PULL, NOD, SEAT)


def lines(*said: Line) -> Lines:
    """One after the other, with nothing that stands in for them."""
    return tuple((line,) for line in said)


def row(name: str, when: When, cause: Cause, **fields: object) -> Row:
    made = Row(
        name=name,
        when=when,
        cause=cause,
        care=str(cause),
        probably=Line(f"{name}.probably", "Probably it."),
        now=lines(Line(f"{name}.now.1", "One."), Line(f"{name}.now.2", "Two.")),
        leave=(),
        expect=lines(Line(f"{name}.expect", "Soon.")),
        see=lines(Line("see", "A doctor.")),
        offer=(),
        later=(),
        never=(),
        press_knot=NEVER,
        source=("our addition",),
    )
    return made._replace(**fields)  # type: ignore[arg-type]


def table(*rows: Row, modifiers: tuple[Modifier, ...] = (), **cares: Care) -> Table:
    say = Line("minor.now.1", "Ask a grown-up.")
    return Table(
        emergency=(knot.Flag("tearing", "Tearing"),),
        clinician=(knot.Flag("fever", "Fever"), knot.Flag("rash", "Rash")),
        strain_signs=((Check("feel", frozenset({"long"})),),),
        overuse_signs=((Check("same_side", frozenset({"yes"})),),),
        reasons=(Line("reason.pain", "pain of {pain}", ((Check("pain", least=8),),)),),
        rows=rows,
        modifiers=modifiers,
        contradictions=(
            knot.Contradiction("mild", ((Check("pain", most=1),),), "pain", "Pain of {pain}, really?"),
        ),
        minor=Minor(
            lines(say, say),
            (),
            lines(Line("minor.expect", "Soon.")),
            lines(Line("minor.see", "A doctor.")),
        ),
        cares=cares,
        later_on={"gone": "It is gone."},
        flag_line="postured knot flag",
    )


def modifier(name: str, when: When = ALWAYS, **fields: object) -> Modifier:
    made = Modifier(name, when, (), (), (), (), (), ("A1",))
    return made._replace(**fields)  # type: ignore[arg-type]


def words(key: str, *some: str) -> When:
    return ((Check(key, frozenset(some)),),)


def strain(**fields: object) -> Table:
    return table(row("R1", ALWAYS, Cause.STRAIN, **fields))


def overuse(**fields: object) -> Table:
    return table(row("R1", ALWAYS, Cause.OVERUSE, press_knot=ALWAYS, **fields))


def answered(
    of: Table,
    answers: Answers = RIGHT,
    *flags: str,
    library: tuple[Item, ...] = LIBRARY,
    equipment: tuple[str, ...] = (),
    discreet: bool = False,
) -> knot.Answer:
    me = Me(frozenset(equipment), discreet=discreet, flags=frozenset(flags))
    return knot.answer(of, answers, library, me)


# ── conditions ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("side", "dominant", "most_used", "is_same"),
    [
        ("right", "right", "", True),
        ("right", "", "right", True),
        ("left", "right", "left", True),
        ("left", "both", "", None),
        ("left", "right", "both", None),
        ("left", "right", "right", False),
        ("left", "right", "", False),
        ("left", "", "", None),
        ("both", "right", "right", None),
        ("middle", "both", "both", None),
        ("", "right", "right", None),
    ],
)
def test_the_same_side_is_yes_no_or_unknown(
    side: str, dominant: str, most_used: str, is_same: bool | None
) -> None:
    assert knot.same_side(Answers(side=side, dominant=dominant, most_used=most_used)) is is_same


def holds(when: When, answers: Answers) -> bool:
    found = table(row("R1", when, Cause.MIXED), row("R2", ALWAYS, Cause.STRAIN))
    return knot.row_of(found, answers).name == "R1"


def test_one_word_of_several_will_do() -> None:
    assert holds(words("onset", "woke", "today"), Answers(onset="today"))
    assert not holds(words("onset", "woke", "today"), Answers(onset="days"))


def test_what_was_not_told_fulfils_only_a_not() -> None:
    for key in ("onset", "side", "zone", "before", "feel", "press_test"):
        word = knot.QUESTIONS[key][0]
        assert not holds(words(key, word), Answers())
        assert holds(((Check(key, frozenset({word}), but=True),),), Answers())
    for key in ("first_ever", "stops_daily_life", "same_side"):
        assert not holds(words(key, "yes"), Answers())
        assert not holds(words(key, "no"), Answers())
    assert not holds(((Check("pain", least=0),),), Answers())
    assert not holds(((Check("pain", most=10),),), Answers())


def test_not_a_word_holds_for_every_other() -> None:
    when = ((Check("onset", frozenset({"woke"}), but=True),),)
    assert holds(when, Answers(onset="days"))
    assert not holds(when, Answers(onset="woke"))


def test_numbers_have_bounds() -> None:
    assert [n for n in range(11) if holds(((Check("pain", least=8),),), Answers(pain=n))] == [8, 9, 10]
    assert [n for n in range(11) if holds(((Check("pain", most=1),),), Answers(pain=n))] == [0, 1]
    assert [n for n in range(11) if holds(((Check("pain", least=4, most=4),),), Answers(pain=n))] == [4]


def test_all_of_a_way_must_hold_and_any_way_will_do() -> None:
    ways = (
        (Check("onset", frozenset({"today"})), Check("feel", frozenset({"long"}))),
        (Check("first_ever", frozenset({"yes"})),),
    )
    assert holds(ways, Answers(onset="today", feel="long"))
    assert not holds(ways, Answers(onset="today"))
    assert holds(ways, Answers(first_ever=True))
    assert not holds(NEVER, Answers())


def test_a_ticked_flag_can_be_asked_for() -> None:
    assert holds(words("flags", "fever"), Answers(flags=("fever", "rash")))
    assert not holds(words("flags", "fever"), Answers(flags=("rash",)))


def test_what_follows_from_the_answers_can_be_asked_for() -> None:
    assert holds(words("emergency", "yes"), Answers(flags=("tearing",)))
    assert holds(words("clinician", "yes"), Answers(flags=("rash",)))
    assert holds(words("clinician", "no"), Answers(flags=("tearing",)))
    assert holds(words("minor", "yes"), Answers(flags=("minor",)))
    assert holds(words("strain_sign", "yes"), Answers(feel="long"))
    assert holds(words("strain_sign", "no"), Answers())
    assert holds(words("overuse_sign", "yes"), Answers(side="left", dominant="left"))
    assert holds(words("fresh", "yes"), Answers(onset="woke"))
    assert holds(words("fresh", "yes"), Answers())
    assert holds(words("fresh", "no"), Answers(onset="long"))
    assert holds(words("cautions", "no"), Answers(flags=("fever", "acute_48h")))


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag != "acute_48h"])
def test_any_standing_caution_is_one_wherever_it_stands(flag: str) -> None:
    careful = modifier("careful", words("cautions", "yes"), say=lines(Line("a", "Careful.")))
    rows = table(row("R1", ALWAYS, Cause.STRAIN), modifiers=(careful,))
    assert answered(rows).noticed == ()
    assert answered(rows, RIGHT, flag).noticed == ("Careful.",)
    assert answered(rows, RIGHT._replace(flags=(flag,))).noticed == ("Careful.",)


def test_the_first_row_that_holds_is_taken() -> None:
    rows = table(
        row("R1", words("feel", "long"), Cause.STRAIN),
        row("R2", words("onset", "today"), Cause.MIXED),
        row("R3", ALWAYS, Cause.OVERUSE),
    )
    assert knot.row_of(rows, Answers(feel="long", onset="today")).name == "R1"
    assert knot.row_of(rows, Answers(onset="today")).name == "R2"
    assert knot.row_of(rows, Answers()).name == "R3"


# ── what is offered ───────────────────────────────────────────────────────────────────────────────


def test_zone_stands_for_the_massages_of_the_zone_in_the_order_of_its_areas() -> None:
    library = (SIDE, CORNER, CHEST, WALK)
    found = answered(strain(offer=("B10", "zone")), library=library)
    assert found.offer == ("B10", "M01", "M05")


def test_what_only_who_asks_gets_is_not_offered_but_its_area_is_named() -> None:
    found = answered(strain(offer=("zone",)))
    assert "M10" not in found.offer
    assert "side_neck" in found.areas


def test_a_massage_for_another_zone_is_none_for_the_tour() -> None:
    other = replace(CHEST, id="M03", knot_zones=("inner_edge",))
    found = answered(strain(offer=("zone",)), Answers(onset="days"), library=(other, CHEST))
    assert found.offer == ("M01",)


def test_within_an_area_comes_first_what_can_be_done_at_once() -> None:
    ball = item("M03", areas=("upper_chest",), knot_zones=("inner_edge",), equipment=("tennis_ball",))
    loud = item("M04", areas=("side_ribs",), knot_zones=("inner_edge",))
    quiet = replace(loud, id="M05", discreet=True)
    library = (ball, CHEST, loud, quiet)
    rows = strain(offer=("zone",))
    assert answered(rows, library=library).offer == ("M01", "M03", "M04", "M05")
    with_ball = answered(rows, library=library, equipment=("tennis_ball",))
    assert with_ball.offer == ("M03", "M01", "M04", "M05")
    assert answered(rows, library=library, discreet=True).offer == ("M03", "M01", "M05", "M04")


def test_what_is_pressed_now_can_be_done_at_once_if_anything_can() -> None:
    ball = replace(CHEST, equipment=("tennis_ball",))
    rows = strain(offer=("zone",), now=lines(Line("a", "Press {press}.")))
    assert answered(rows, library=(ball, SIDE)).now == ("Press side ribs (M05).",)
    assert answered(rows, library=(ball,)).now == ("Press upper chest (M01).",)
    with_ball = answered(rows, library=(ball, SIDE), equipment=("tennis_ball",))
    assert with_ball.now == ("Press upper chest (M01) and side ribs (M05).",)


def test_a_modifier_can_have_a_care_in_place_of_the_rows() -> None:
    gentle = modifier("gentle", words("feel", "long"), care="gentle")
    cares = {"strain": Care(strength=("S02",)), "gentle": Care(strength=("S14",), never=("M01",))}
    rows = table(row("R1", ALWAYS, Cause.STRAIN, offer=("zone", "strength")), modifiers=(gentle,), **cares)
    usual = answered(rows)
    assert (usual.care, usual.offer) == ("strain", ("M01", "M05", "S02"))
    found = answered(rows, RIGHT._replace(feel="long"))
    assert (found.care, found.offer) == ("gentle", ("M05", "S14"))
    assert "M01" in found.never
    assert knot.triage("1-right", RIGHT, found).care == "gentle"


def test_a_red_row_keeps_its_care() -> None:
    gentle = modifier("gentle", care="gentle")
    rows = table(row("R1", ALWAYS, Cause.RED_CLINICIAN), modifiers=(gentle,), gentle=Care())
    assert answered(rows).care == "red_clinician"


def test_an_old_knot_that_was_strained_anew_is_handled_like_a_fresh_injury() -> None:
    care = Care(acute=True, early=("S14",), strength=("S02",), never_early=("M05",))
    rows = table(row("R1", ALWAYS, Cause.MIXED, offer=("zone", "strength"), later=("strength",)), mixed=care)
    chest = replace(CHEST, contraindications=("acute_48h",))
    library = (chest, SIDE, NOD, PULL)
    new = answered(rows, RIGHT._replace(onset="today"), library=library)
    assert (new.offer, new.later) == (("S14",), ("S02",))
    assert answered(rows, library=library).offer == ("M01", "M05", "S02")


def test_what_was_left_out_for_a_caution_is_told() -> None:
    chest = replace(CHEST, contraindications=("osteoporosis", "pregnant", "fever"))
    rows = strain(offer=("zone",))
    library = (chest, SIDE, replace(NECK, contraindications=("no_floor",)))
    assert answered(rows, RIGHT, "osteoporosis", library=library).noticed == (
        "Left out because of: thin bones.",
    )
    told = RIGHT._replace(flags=("osteoporosis",))
    assert answered(rows, told, "pregnant", library=library).noticed == (
        "Left out because of: pregnancy, thin bones.",
    )
    assert answered(rows, RIGHT, "clot_dvt", library=library).noticed == (
        "Left out because of: a blood clot.",
    )


@pytest.mark.parametrize("flag", ["no_floor", "latex_allergy", "acute_48h", "fever"])
def test_a_caution_that_takes_nothing_from_the_row_is_not_named(flag: str) -> None:
    other = item("M06", areas=("side_ribs",), contraindications=("latex_allergy",))
    neck = replace(NECK, contraindications=("no_floor",))
    chest = replace(CHEST, contraindications=("acute_48h", "fever"))
    assert answered(strain(offer=("zone",)), RIGHT, flag, library=(chest, neck, other)).noticed == ()


def test_what_the_knot_forbids_is_not_left_out_for_a_caution() -> None:
    hand = replace(HAND, contraindications=("osteoporosis",))
    found = answered(strain(offer=("M19", "B01")), RIGHT, "osteoporosis", library=(hand, REST))
    assert (found.offer, found.noticed) == (("B01",), ())


def test_at_a_red_flag_nobody_is_told_what_was_left_out() -> None:
    walk = replace(WALK, contraindications=("pregnant",))
    rows = table(row("R1", ALWAYS, Cause.RED_CLINICIAN, offer=("B10", "B01")), red_clinician=Care())
    found = answered(rows, RIGHT, "pregnant", library=(walk, REST))
    assert (found.offer, found.noticed) == (("B01",), ())


def test_strength_is_what_the_care_has_for_now_and_the_rest_comes_later() -> None:
    care = Care(early=("S14",), strength=("S02", "S14"))
    rows = table(row("R1", ALWAYS, Cause.STRAIN, offer=("strength",), later=("strength",)), strain=care)
    old = answered(rows, RIGHT)
    assert (old.offer, old.later) == (("S02", "S14"), ())
    new = answered(rows, RIGHT._replace(onset="today"))
    assert (new.offer, new.later) == (("S14",), ("S02",))


@pytest.mark.parametrize("onset", ["today", "days"])
def test_a_muscle_that_worked_too_much_may_be_pressed_from_the_first_day(onset: str) -> None:
    found = answered(overuse(offer=("M19", "M01")), RIGHT._replace(onset=onset))
    assert found.offer == ("M19", "M01")


def test_after_a_fresh_injury_what_the_library_forbids_for_it_waits() -> None:
    rows = table(
        row("R1", ALWAYS, Cause.STRAIN, offer=("M05", "M16"), later=("M16",)), strain=Care(acute=True)
    )
    library = (*LIBRARY, item("M16", knot_zones=("inner_edge",), contraindications=("acute_48h",)))
    young = answered(rows, RIGHT._replace(onset="today"), library=library)
    assert (young.offer, young.later) == (("M05",), ("M16",))
    assert answered(rows, library=library).offer == ("M05", "M16")


def test_on_a_strain_nothing_presses_the_knot_and_one_of_ones_own_neither() -> None:
    mine = (
        item("mine-a", target="knot"),
        item("mine-b", areas=("knot",)),
        item("mine-c", knot_overlap_zones=("inner_edge",)),
        item("mine-d", Kind.THERMAL, areas=("knot",)),
        item("mine-e", classes_never=("strain",)),
        item("mine-f", areas=("side_ribs",)),
    )
    rows = strain(offer=("M19", "B01", *(each.id for each in mine)))
    found = answered(rows, library=(*LIBRARY, *mine))
    assert found.offer == ("B01", "mine-f")
    assert {"mine-a", "mine-b", "mine-c", "mine-d", "mine-e", "M19"} <= set(found.never)
    assert found.spared


def test_a_mixed_knot_is_spared_unless_the_row_says_otherwise() -> None:
    rows = table(row("R1", ALWAYS, Cause.MIXED, offer=("M19",), press_knot=words("press_test", "eases")))
    spared = answered(rows)
    assert (spared.spared, spared.offer) == (True, ())
    assert "M19" in spared.never
    pressed = answered(rows, RIGHT._replace(press_test="eases"))
    assert (pressed.spared, pressed.offer) == (False, ("M19",))


def test_what_the_row_the_care_or_a_modifier_never_does_is_not_offered() -> None:
    rows = table(
        row("R1", ALWAYS, Cause.STRAIN, offer=("B01", "B10", "M01", "M05"), never=("B01",)),
        modifiers=(modifier("more", never=("B10",)),),
        strain=Care(never=("M01",)),
    )
    found = answered(rows)
    assert found.offer == ("M05",)
    assert {"B01", "B10", "M01"} <= set(found.never)


def test_what_is_left_alone_early_comes_later() -> None:
    care = Care(never_early=("M05",))
    rows = table(row("R1", ALWAYS, Cause.STRAIN, offer=("M05",), later=("M05",)), strain=care)
    young = answered(rows, RIGHT._replace(onset="today"))
    assert (young.offer, young.later) == ((), ("M05",))
    assert "M05" in young.never
    assert answered(rows).offer == ("M05",)


@pytest.mark.parametrize("of_the_answers", [True, False])
def test_flags_of_the_answers_count_as_those_of_the_person(of_the_answers: bool) -> None:
    chest = replace(CHEST, contraindications=("pacemaker_port_implant",))
    flags = ("pacemaker_port_implant",)
    answers = RIGHT._replace(flags=flags) if of_the_answers else RIGHT
    found = answered(
        strain(offer=("zone",)), answers, *(() if of_the_answers else flags), library=(chest, SIDE)
    )
    assert found.offer == ("M05",)
    assert found.areas == ("side_ribs",)


def test_an_item_that_is_no_good_at_this_zone_is_not_offered() -> None:
    rows = overuse(offer=("M19",))
    assert answered(rows, RIGHT._replace(zone="blade_tip")).offer == ()
    assert answered(rows, RIGHT._replace(zone="unsure")).offer == ("M19",)


def test_items_that_the_library_lacks_are_passed_over() -> None:
    assert answered(strain(offer=("M77", "B01"))).offer == ("B01",)
    assert answered(strain(offer=("zone", "B01")), library=()).offer == ()


def test_under_16_there_are_breaks_and_tips_only_and_other_words() -> None:
    rows = strain(offer=("zone", "S02", "B01", "P01"), later=("S02",))
    for found in (answered(rows, RIGHT, "minor"), answered(rows, RIGHT._replace(flags=("minor",)))):
        assert found.offer == ("B01", "P01")
        assert (found.later, found.areas) == ((), ())
        assert set(found.never) == {each.id for each in LIBRARY} - {"B01", "B10", "P01"}
        assert found.now == ("Ask a grown-up.", "Ask a grown-up.")
        assert found.probably == "Probably it."


def test_at_a_red_flag_all_else_is_left() -> None:
    rows = table(row("R1", ALWAYS, Cause.RED_CLINICIAN, offer=("B10", "M01", "B01")), red_clinician=Care())
    found = answered(rows, RIGHT, "minor")
    assert found.offer == ("B10", "B01")
    assert set(found.never) == {each.id for each in LIBRARY} - {"B01", "B10"}
    assert (found.later, found.areas) == ((), ())
    assert found.now == ("One.", "Two.")


def test_a_break_that_presses_the_knot_is_none_for_a_red_flag() -> None:
    rows = table(row("R1", ALWAYS, Cause.RED_CLINICIAN, offer=("B10", "B01")), red_clinician=Care())
    mine = (replace(WALK, knot_overlap_zones=("inner_edge",)), REST)
    assert answered(rows, library=mine).offer == ("B01",)


def test_in_an_emergency_nothing_is_offered_whatever_the_table_says() -> None:
    rows = table(row("R1", ALWAYS, Cause.RED_EMERGENCY, offer=("B10", "M01"), later=("B01",)))
    found = answered(rows)
    assert (found.offer, found.later) == ((), ())
    assert set(found.never) == {each.id for each in LIBRARY}


# ── what is said ──────────────────────────────────────────────────────────────────────────────────


def test_a_sentence_is_said_if_one_of_each_that_it_needs_is_offered() -> None:
    said = lines(
        Line("a", "Press {press}.", needs=(("zone",),)),
        Line("b", "Band ({items}).", needs=(("S02", "S14"),)),
        Line("c", "Knot ({items}).", needs=(("M19",),)),
        Line("d", "Both ({items}).", needs=(("S02",), ("S14",))),
        Line("e", "Always."),
    )
    found = answered(strain(offer=("zone", "S02"), leave=said))
    assert found.leave == ("Press upper chest (M01) and side ribs (M05).", "Band (S02).", "Always.")
    both = answered(strain(offer=("zone", "S02", "S14"), leave=said), equipment=("chair",))
    assert both.leave[1:3] == ("Band (S02 or S14).", "Both (S02 or S14).")


def test_of_what_a_sentence_names_comes_first_what_can_be_done_at_once() -> None:
    said = lines(Line("a", "Pack ({items}).", needs=(("H01",), ("H03",))))
    rows = strain(offer=("H01", "H03"), leave=said)
    library = (WARM, COLD)
    assert answered(rows, library=library).leave == ("Pack (H01 or H03).",)
    home = replace(Me(), places=frozenset({"home"}), equipment=frozenset({"cold_pack"}))
    assert knot.answer(rows, RIGHT, library, home).leave == ("Pack (H03 or H01).",)


def test_what_is_to_press_where_is_not_among_the_items_of_a_sentence() -> None:
    said = lines(Line("a", "First {items}, then {press}.", needs=(("strength",), ("zone",))))
    rows = table(
        row("R1", ALWAYS, Cause.STRAIN, leave=said, offer=("zone", "strength")),
        strain=Care(strength=("S02",)),
    )
    assert answered(rows).leave == ("First S02, then upper chest (M01) and side ribs (M05).",)
    assert answered(rows, library=(PULL,)).leave == ()


def test_of_sentences_that_stand_in_for_one_another_the_first_that_can_be_said_is_said() -> None:
    ways = (
        Line("a", "Left.", words("side", "left")),
        Line("b", "Band.", needs=(("S02",),)),
        Line("c", "Neither."),
    )
    rows = strain(offer=("S02",), leave=(ways,), expect=(ways,), see=(ways, *lines(Line("d", "Soon."))))
    assert answered(rows, RIGHT._replace(side="left")).leave == ("Left.",)
    assert answered(rows).leave == ("Band.",)
    bare = answered(rows, library=())
    assert (bare.leave, bare.expect, bare.see) == (("Neither.",), "Neither.", "Neither. Soon.")


def test_an_item_is_named_once_and_two_of_strength_are_enough() -> None:
    both = replace(CHEST, id="M13", areas=("upper_chest", "side_ribs"))
    said = lines(Line("a", "Press {press}."), Line("b", "Do {items}.", needs=(("strength",),)))
    care = Care(strength=("S02", "S14", "S15"))
    rows = table(row("R1", ALWAYS, Cause.STRAIN, now=said, offer=("zone", "strength")), strain=care)
    library = (both, SIDE, PULL, NOD, replace(NOD, id="S15"))
    assert answered(rows, library=library).now == (
        "Press upper chest (M13) and side ribs (M05).",
        "Do S02 or S14.",
    )


def test_three_things_are_enough_for_now() -> None:
    said = lines(*(Line(str(n), f"{n}.") for n in range(5)))
    assert answered(strain(now=said)).now == ("0.", "1.", "2.")


def test_heat_and_cold_come_last_and_once_beside_the_three_others() -> None:
    said = lines(
        Line("a", "Warm ({items}).", needs=(("H01",),)),
        Line("b", "Cold ({items}).", needs=(("H03",),)),
        *(Line(str(n), f"{n}.") for n in range(4)),
    )
    rows = strain(now=said, offer=("H01", "H03"))
    assert answered(rows, library=(WARM, COLD)).now == ("0.", "1.", "2.", "Warm (H01).")
    assert answered(rows, library=(COLD,)).now == ("0.", "1.", "2.", "Cold (H03).")


def test_a_sentence_can_depend_on_the_answers_and_on_the_row() -> None:
    said = lines(
        Line("a", "Right.", words("side", "right")),
        Line("b", "Left.", words("side", "left")),
        Line("c", "R1.", words("row", "R1")),
        Line("d", "Overuse.", words("cause", "overuse")),
    )
    assert answered(strain(leave=said)).leave == ("Right.", "R1.")


def test_the_reason_names_what_was_ticked_and_what_else_makes_it_red() -> None:
    probably = Line("a", "Because: {reason}.")
    rows = table(row("R1", ALWAYS, Cause.RED_CLINICIAN, probably=probably))
    found = answered(rows, Answers(flags=("fever",), pain=9))
    assert found.probably == "Because: “Fever”; pain of 9."


def test_in_an_emergency_only_what_is_one_is_named() -> None:
    rows = table(row("R1", ALWAYS, Cause.RED_EMERGENCY, probably=Line("a", "Because: {reason}.")))
    found = answered(rows, Answers(flags=("fever", "tearing"), pain=9))
    assert found.probably == "Because: “Tearing”."


def test_blanks_are_filled_in() -> None:
    probably = Line("a", "{side}; {zone}; {pain}; {times}; {areas}; {first}")
    answers = RIGHT._replace(pain=3, episodes_30d=2)
    assert answered(strain(probably=probably, offer=("zone",)), answers).probably == (
        "right side; inner edge of the shoulder blade; 3; 2; upper chest and side ribs; upper chest"
    )


def test_a_modifier_adds_what_it_has_and_a_red_answer_has_none() -> None:
    more = modifier(
        "more",
        words("side", "right"),
        say=lines(Line("modifier.more", "More.")),
        expect=lines(Line("modifier.more.expect", "Sooner.")),
        first=("B10",),
        offer=("P01",),
    )
    rows = table(row("R1", ALWAYS, Cause.STRAIN, offer=("B01",)), modifiers=(more,))
    found = answered(rows)
    assert found.offer == ("B10", "B01", "P01")
    assert (found.noticed, found.expect) == (("More.",), "Soon. Sooner.")
    assert answered(rows, RIGHT._replace(side="left")).offer == ("B01",)
    red = table(row("R1", ALWAYS, Cause.RED_CLINICIAN, offer=("B01",)), modifiers=(more,))
    assert (answered(red).offer, answered(red).noticed, answered(red).expect) == (("B01",), (), "Soon.")


def test_a_contradiction_is_told_with_the_question_to_ask_again() -> None:
    answers = RIGHT._replace(pain=1)
    (found,) = knot.contradictions(strain(), answers)
    assert (found.key, found.say) == ("pain", "Pain of 1, really?")
    assert answered(strain(), answers).noticed == ("Pain of 1, really?",)
    assert knot.contradictions(strain(), RIGHT) == ()


class _Named:
    """A catalogue that says the name of each text before it."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n == 1 else msgid2

    def pgettext(self, context: str, message: str) -> str:
        return f"{context}: {message}"


def test_every_text_is_translated_by_its_place() -> None:
    speak(_Named())
    try:
        found = answered(strain(leave=lines(Line("R1.leave.1", "Leave it."))), RIGHT._replace(pain=1))
    finally:
        speak(None)
    assert found.probably == "knot.R1.probably: Probably it."
    assert found.now == ("knot.R1.now.1: One.", "knot.R1.now.2: Two.")
    assert found.leave == ("knot.R1.leave.1: Leave it.",)
    assert (found.expect, found.see) == ("knot.R1.expect: Soon.", "knot.see: A doctor.")
    assert found.noticed == ("knot.contradiction.mild: Pain of 1, really?",)
    assert found.flag_line == "knot.flag_line: postured knot flag"


def test_a_contradiction_a_flag_and_what_is_said_later_are_translated() -> None:
    speak(_Named())
    try:
        assert knot.flag_asked(knot.Flag("fever", "Fever")) == "knot.flag.fever: Fever"
        assert knot.said_later(strain(), "gone") == "knot.later_on.gone: It is gone."
    finally:
        speak(None)


def test_say_tells_all_of_it_in_plain_lines() -> None:
    found = answered(strain(leave=lines(Line("a", "Leave it."))), RIGHT._replace(pain=1))
    assert knot.say(found).splitlines() == [
        "Probably it.",
        "",
        "What to do now:",
        "- One.",
        "- Two.",
        "",
        "What not to do:",
        "- Leave it.",
        "",
        "What else the answers tell:",
        "- Pain of 1, really?",
        "",
        "What to expect: Soon.",
        "",
        "When to see somebody: A doctor.",
        "",
        "postured knot flag",
    ]


def test_the_triage_keeps_what_was_found() -> None:
    found = answered(strain())
    kept = knot.triage("1-right", RIGHT, found)
    assert (kept.knot, kept.answers, kept.row, kept.cause) == ("1-right", RIGHT, "R1", Cause.STRAIN)
    assert (kept.care, kept.spared) == ("strain", True)
