"""What every shipped item promises, whatever its kind: what it takes, for whom it is not, and how it speaks."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from postured import library
from postured.core.model import ZONES, Item, Kind, Level
from postured.paths import shipped

ITEMS, PROBLEMS = library.load((shipped("library"),))
BY_ID = {item.id: item for item in ITEMS}


class Row(NamedTuple):
    """What the catalogue lays down for one item."""

    seconds: tuple[int, ...]
    """Of the steps; of the three levels, for strength."""
    evidence: str
    flags: frozenset[str]
    """For whom it is not. An item may be stricter, never laxer."""


# id | seconds | evidence | not for
_CATALOGUE = """
B01 | 30  | indirect  |
B02 | 30  | indirect  | neck_dizziness arm_neuro
B03 | 30  | tradition |
B04 | 40  | tradition | shoulder_unstable
B05 | 30  | indirect  |
B06 | 30  | low       |
B07 | 45  | tradition | shoulder_pain_overhead shoulder_unstable
B08 | 40  | tradition | shoulder_unstable pacemaker_port_implant
B09 | 40  | tradition |
B10 | 120 | low       |
B11 | 30  | low       |
B12 | 45  | tradition | neck_dizziness
S01 | 120 120 360 | moderate  | shoulder_pain_overhead acute_48h
S02 | 100 140 240 | indirect  | shoulder_unstable acute_48h
S03 | 110 140 300 | indirect  | acute_48h
S04 | 110 140 270 | moderate  | acute_48h
S05 | 110 220 330 | moderate  | acute_48h
S06 | 90 110 220  | indirect  | shoulder_pain_overhead acute_48h pregnant no_floor
S07 | 90 120 220  | indirect  | acute_48h pregnant no_floor
S08 | 90 130 250  | indirect  | acute_48h
S09 | 100 220 330 | indirect  | no_floor acute_48h
S10 | 60 130 230  | indirect  | no_floor pregnant acute_48h
S11 | 90 120 240  | indirect  | shoulder_unstable acute_48h no_floor
S12 | 90 120 220  | indirect  | shoulder_pain_overhead acute_48h
S13 | 80 110 190  | tradition | shoulder_pain_overhead shoulder_unstable acute_48h
S14 | 60 100 110  | low       | neck_dizziness arm_neuro no_floor pregnant
S15 | 50 80 120   | indirect  | neck_dizziness arm_neuro high_bp_uncontrolled
S16 | 70 140 230  | moderate  | acute_48h
S17 | 60 120 220  | indirect  | no_floor pregnant osteoporosis acute_48h
S18 | 50 80 120   | indirect  | high_bp_uncontrolled
S19 | 80 150 280  | indirect  | no_floor acute_48h
M01 | 90 | tradition | pacemaker_port_implant breast_surgery_lymph skin_wound_infection_rash
M02 | 80 | tradition | shoulder_unstable pacemaker_port_implant breast_surgery_lymph arm_neuro anticoagulant
M03 | 80 | tradition | pacemaker_port_implant breast_surgery_lymph anticoagulant rib_or_bone_injury osteoporosis
M04 | 70 | tradition | rib_or_bone_injury osteoporosis pacemaker_port_implant breast_surgery_lymph
M05 | 90 | tradition | rib_or_bone_injury osteoporosis skin_wound_infection_rash breast_surgery_lymph
M06 | 75 | tradition | rib_or_bone_injury osteoporosis anticoagulant pregnant
M07 | 75 | tradition | anticoagulant bleeding_disorder breast_surgery_lymph
M08 | 90 | tradition | no_floor shoulder_unstable rib_or_bone_injury osteoporosis anticoagulant clot_dvt pregnant \
breast_surgery_lymph
M09 | 60 | tradition | breast_surgery_lymph arm_neuro anticoagulant clot_dvt
M10 | 40 | tradition | neck_dizziness arm_neuro clot_dvt heart_condition minor high_bp_uncontrolled
M11 | 75 | tradition | neck_dizziness anticoagulant
M12 | 90 | tradition | anticoagulant rib_or_bone_injury osteoporosis
M13 | 90 | tradition | osteoporosis anticoagulant pregnant rib_or_bone_injury
M14 | 60 | tradition | osteoporosis anticoagulant
M15 | 60 | tradition | pregnant anticoagulant
M16 | 90 | tradition | no_floor osteoporosis steroids_long rib_or_bone_injury anticoagulant pregnant clot_dvt
M17 | 75 | indirect  | no_floor osteoporosis steroids_long rib_or_bone_injury anticoagulant pregnant clot_dvt
M18 | 90 | low       | osteoporosis anticoagulant rib_or_bone_injury
M19 | 75 | low       | anticoagulant
H01 | 900 | low       | reduced_sensation_diabetes poor_circulation_raynaud pacemaker_port_implant \
skin_wound_infection_rash cancer_treatment
H02 | 900 | tradition | reduced_sensation_diabetes poor_circulation_raynaud skin_wound_infection_rash \
breast_surgery_lymph cancer_treatment
H03 | 660 | low       | heart_condition reduced_sensation_diabetes poor_circulation_raynaud \
skin_wound_infection_rash arm_neuro
H04 | 660 | tradition | heart_condition reduced_sensation_diabetes poor_circulation_raynaud \
skin_wound_infection_rash arm_neuro
H05 | 360 | tradition | reduced_sensation_diabetes
H06 | 600 | low       | reduced_sensation_diabetes poor_circulation_raynaud pregnant pacemaker_port_implant \
cancer_treatment
H07 | 90  | tradition | heart_condition reduced_sensation_diabetes poor_circulation_raynaud breast_surgery_lymph
V01 | 60  | indirect  | shoulder_unstable hypermobile arm_neuro
V02 | 36  | tradition | osteoporosis neck_dizziness
V03 | 100 | tradition | no_floor osteoporosis steroids_long pregnant rib_or_bone_injury anticoagulant
V04 | 54  | tradition | osteoporosis
V05 | 70  | tradition | shoulder_pain_overhead shoulder_unstable
V06 | 50  | tradition | neck_dizziness arm_neuro hypermobile
V07 | 48  | tradition | osteoporosis
V08 | 40  | tradition | shoulder_unstable
P01 | | low       |
P02 | | tradition |
P03 | | tradition |
P04 | | tradition |
P05 | | tradition |
"""


def _catalogue() -> dict[str, Row]:
    rows = {}
    for line in _CATALOGUE.strip().splitlines():
        id_, seconds, evidence, flags = (cell.strip() for cell in line.split("|"))
        rows[id_] = Row(tuple(map(int, seconds.split())), evidence, frozenset(flags.split()))
    return rows


CATALOGUE = _catalogue()
BY_PLACE_OF_LEVEL = {"no_floor", "pregnant", "acute_48h"}
"""Flags that keep from some levels of an item only; every other one keeps from all three."""
AFTER_A_SUDDEN_STRAIN = {
    *(f"B{number:02}" for number in range(1, 13)),
    *(f"P{number:02}" for number in range(1, 6)),
    *("V01", "V02", "V04", "V06", "V07"),
    *("H01", "H02", "H03", "H04", "H05"),
    *("S10.1", "S14.1", "S15.1", "S17.1", "S18.1"),
}
"""What is left with `acute_48h`, beside light massage: no load, no long stretch, nothing on the floor."""

REFS = frozenset({f"F{number}" for number in range(1, 87)} - {"F84"} | {"K", "D"})
"""Studies and pages that were read (F), what is commonly known (K), our own decision (D)."""
ARTICLE = frozenset(f"A{number}" for number in range(1, 25))
LYING = re.compile(r"face down|on your (belly|front|back)\b|(?<!side-)\blying\b(?! on)", re.IGNORECASE)
OVERHEAD = re.compile(
    r"overhead|over your head|ceiling|up and over|reach( \w+){0,3} up\b|in a Y\b", re.IGNORECASE
)
BOTH_HANDS_AT_THE_HEAD = re.compile(
    r"head (resting )?in your hands|hands (behind|carry) (the|your) head", re.IGNORECASE
)
CHEST = frozenset({"upper_chest", "front_shoulder", "front_ribs"})
FRONT_OR_SIDE = CHEST | {"side_ribs", "under_armpit", "flank"}
RIBS_AND_SPINE = frozenset(
    {
        "upper_chest", "front_ribs", "side_ribs", "blade_back", "below_blade", "mid_back", "lower_back",
        "upper_back_around_knot", "knot",
    }
)  # fmt: skip
PAIRS = (
    ("anticoagulant", "bleeding_disorder"),
    ("osteoporosis", "steroids_long"),
    ("reduced_sensation_diabetes", "poor_circulation_raynaud"),
)
"""Flags with one and the same effect."""


def of(*kinds: Kind) -> list[Item]:
    return [item for item in ITEMS if item.kind in kinds]


def each(items: list[Item] | tuple[Item, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("item", items, ids=lambda item: item.id)


def faces(item: Item) -> tuple[Item | Level, ...]:
    """Where place, equipment and flags are said: the levels, or the item itself."""
    return item.levels or (item,)


MASSAGE, THERMAL, STRENGTH = of(Kind.MASSAGE), of(Kind.THERMAL), of(Kind.STRENGTH)
TOOLS = frozenset({"tennis_ball", "foam_roller", "cane"})
PRESSED = [item for item in ITEMS if item.kind is Kind.MASSAGE or TOOLS & set(item.equipment)]
"""Whatever presses on the body."""


# ── the whole of it ──


def test_all_seventy_of_the_catalogue_ship_and_none_beside() -> None:
    assert PROBLEMS == []
    assert [item.id for item in ITEMS if item.id not in CATALOGUE] == []
    assert [id_ for id_ in CATALOGUE if id_ not in BY_ID] == []
    assert len(ITEMS) == len(BY_ID) == 70


@pytest.mark.parametrize(
    ("kind", "count"),
    [("break", 12), ("strength", 19), ("massage", 19), ("thermal", 7), ("mobility", 8), ("setup", 5)],
)
def test_there_are_so_many_of_each_kind(kind: str, count: int) -> None:
    assert len(of(Kind(kind))) == count


@each(ITEMS)
def test_it_lasts_as_long_as_the_catalogue_says_and_its_steps_take(item: Item) -> None:
    total = sum(step.seconds for step in item.steps)
    assert item.duration_s == total
    seconds = CATALOGUE[item.id].seconds
    if item.levels:
        assert tuple(level.duration_s for level in item.levels) == seconds
        assert total == seconds[0]
    elif seconds:
        assert total == seconds[0]
    else:
        assert 30 <= total <= 300
        assert 2 <= len(item.steps) <= 4


@each(ITEMS)
def test_it_names_a_source_that_exists_and_what_of_the_article_it_answers(item: Item) -> None:
    assert item.source
    for ref, article in item.source:
        assert ref in REFS
        assert article
        assert set(article) <= ARTICLE
    assert item.evidence == CATALOGUE[item.id].evidence
    assert item.reviewed


# ── for whom it is not ──


@each(ITEMS)
def test_it_keeps_from_all_whom_the_catalogue_keeps_from_it(item: Item) -> None:
    flags = CATALOGUE[item.id].flags
    for face in faces(item):
        assert flags - (BY_PLACE_OF_LEVEL if item.levels else set()) <= set(face.contraindications)
    assert flags <= {flag for face in faces(item) for flag in face.contraindications}


@each(ITEMS)
def test_flags_with_the_same_effect_stand_together(item: Item) -> None:
    for face in faces(item):
        for one, other in PAIRS:
            assert (one in face.contraindications) == (other in face.contraindications)


@each(ITEMS)
def test_the_under_sixteen_get_breaks_and_posture_only(item: Item) -> None:
    for face in faces(item):
        assert ("minor" in face.contraindications) == (item.kind not in {Kind.BREAK, Kind.SETUP})


def test_after_a_sudden_strain_only_the_gentle_is_left() -> None:
    left = {
        f"{item.id}.{face.level}" if isinstance(face, Level) else item.id
        for item in ITEMS
        if item.kind is not Kind.MASSAGE
        for face in faces(item)
        if "acute_48h" not in face.contraindications
    }
    assert left == AFTER_A_SUDDEN_STRAIN


@each(MASSAGE)
def test_after_a_sudden_strain_massage_is_light_and_neither_on_the_floor_nor_on_the_knot(item: Item) -> None:
    hard = "floor" in item.place or item.target == "knot" or dict(item.dose)["pressure_min"] > 4
    assert ("acute_48h" in item.contraindications) == hard


@each(ITEMS)
def test_on_the_floor_is_not_for_those_who_cannot_get_there(item: Item) -> None:
    for face in faces(item):
        if "floor" in face.place:
            assert face.place == ("floor",)
            assert "mat" in face.equipment
            assert "no_floor" in face.contraindications
            assert not face.discreet


@each(STRENGTH)
def test_lying_face_down_or_flat_is_not_for_the_pregnant(item: Item) -> None:
    for level in item.levels:
        if LYING.search(level.variation):
            assert {"pregnant", "no_floor"} <= set(level.contraindications)


@each(PRESSED)
def test_pressure_is_not_for_these(item: Item) -> None:
    flags, areas = set(item.contraindications), set(item.areas)
    tool = bool(TOOLS & set(item.equipment))
    assert {"clot_dvt", "rib_or_bone_injury", "skin_wound_infection_rash", "cancer_treatment"} <= flags
    if tool or dict(item.dose).get("pressure_max", 0) > 4:
        assert {"anticoagulant", "bleeding_disorder"} <= flags
    if (tool and areas & RIBS_AND_SPINE) or areas & {"front_ribs", "side_ribs", "lower_back", "flank"}:
        assert {"osteoporosis", "steroids_long"} <= flags
    if areas & CHEST:
        assert {"pacemaker_port_implant", "breast_surgery_lymph"} <= flags
    if areas & {"side_ribs", "under_armpit"}:
        assert "breast_surgery_lymph" in flags
    if areas & {"lower_back", "flank"} or "floor" in item.place:
        assert "pregnant" in flags
    if areas & {"side_neck", "neck_shoulder_corner"}:
        assert {"neck_dizziness", "arm_neuro"} <= flags
    if "foam_roller" in item.equipment and areas & {"mid_back", "upper_back_around_knot"}:
        assert "neck_dizziness" in flags  # the head hangs on the neck there


@each(of(Kind.BREAK, Kind.MOBILITY))
def test_moving_to_the_end_is_not_for_these(item: Item) -> None:
    flags, areas = set(item.contraindications), set(item.areas)
    bent = areas & {"mid_back", "lower_back", "flank"} or (
        "stretch" in item.technique and "side_ribs" in areas
    )
    if bent and item.id != "B09":  # breathing moves no bone far
        assert {"osteoporosis", "steroids_long"} <= flags
    if "stretch" in item.technique and max(step.seconds for step in item.steps) >= 20:
        assert "hypermobile" in flags
    if "stretch" in item.technique and areas & CHEST:
        assert {"shoulder_unstable", "pacemaker_port_implant"} <= flags
    if areas & {"side_neck", "neck_front_deep"} and item.id != "B09":
        assert {"neck_dizziness", "arm_neuro"} <= flags


@each(ITEMS)
def test_a_long_hold_is_not_for_high_blood_pressure(item: Item) -> None:
    for level in item.levels:
        if level.hold_s > 10:
            assert "high_bp_uncontrolled" in level.contraindications


@each(ITEMS)
def test_arms_overhead_are_not_for_a_sore_or_loose_shoulder(item: Item) -> None:
    flags = set(item.contraindications)
    if any(OVERHEAD.search(text) for text in (item.summary, item.how, *(step.text for step in item.steps))):
        assert "shoulder_pain_overhead" in flags
        assert "shoulder_unstable" in flags or item.kind is Kind.STRENGTH


@each(ITEMS)
def test_hands_at_the_back_of_the_head_are_not_for_a_sore_or_loose_shoulder(item: Item) -> None:
    if any(BOTH_HANDS_AT_THE_HEAD.search(step.text) for step in item.steps):
        assert {"shoulder_pain_overhead", "shoulder_unstable"} <= set(item.contraindications)


@each(ITEMS)
def test_nobody_is_told_to_hold_the_breath(item: Item) -> None:
    assert not re.search(
        r"(?<!not )(?<!never )\bhold (your|the) breath", " ".join(shown(item)), re.IGNORECASE
    )


@each(STRENGTH)
def test_a_band_is_no_trap_for_those_whom_latex_troubles(item: Item) -> None:
    if any("band" in level.equipment for level in item.levels):
        assert any("latex" in caution for caution in item.cautions)


# ── strength ──


@each(STRENGTH)
def test_strength_has_three_levels_and_its_steps_tell_the_first(item: Item) -> None:
    assert [level.level for level in item.levels] == [1, 2, 3]
    assert item.progression == "strength_v1"
    for level in item.levels:
        assert level.variation
        assert level.sets >= 1
        assert level.reps >= 1
    assert dict(item.dose)["per_day_max"] == 1


# ── massage ──


@each(MASSAGE)
def test_massage_says_whom_it_serves_why_and_when_to_stop(item: Item) -> None:
    assert item.knot_zones
    assert item.link in {"referral", "mechanical", "local"}
    assert {"tenderness_drop", "time_cap", "pain_gt_7", "neuro"} <= set(item.stop_rules)
    dose = dict(item.dose)
    assert 1 <= dose["pressure_min"] <= dose["pressure_max"] <= 7
    assert 15 <= dose["hold_s"] <= 90
    assert 1 <= dose["per_day_max"] <= 3


@each(ITEMS)
def test_a_mechanical_link_names_no_muscle_that_sends_pain(item: Item) -> None:
    if item.link == "mechanical":
        assert item.referral_of == ()
    if item.link == "referral":
        assert item.referral_of


@each(ITEMS)
def test_a_strained_knot_is_never_pressed_or_stretched(item: Item) -> None:
    if item.target == "knot" or "knot" in item.areas or item.id == "V08":
        assert "strain" in item.classes_never
        assert "strain" not in item.classes_allowed
    if item.kind is Kind.MASSAGE:
        assert (item.target == "knot") == ("knot" in item.areas) == (item.id in {"M18", "M19"})


def test_the_corner_of_the_neck_is_the_one_place_that_may_be_the_knot_itself() -> None:
    assert {item.id: item.knot_overlap_zones for item in ITEMS if item.knot_overlap_zones} == {
        "M11": ("top_corner",),
        "V06": ("top_corner",),  # which stretches the muscle that such a knot sits in
    }


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_three_massages_off_floor_and_knot_and_a_discreet_one(zone: str) -> None:
    fitting = [
        item
        for item in MASSAGE
        if zone in item.knot_zones
        and zone not in item.knot_overlap_zones
        and item.target != "knot"
        and "floor" not in item.place
        and item.id != "M10"  # only for those who ask for it
    ]
    assert len(fitting) >= 3
    assert any(item.discreet for item in fitting)


@each(MASSAGE)
def test_on_ribs_and_chest_the_first_cautions_tell_a_knot_from_what_needs_help(item: Item) -> None:
    (first, second), areas = item.cautions[:2], set(item.areas)
    if areas & CHEST:
        assert first.endswith("Stop and get help at once.")
    if areas & {"upper_chest", "front_ribs"}:
        assert "breast tissue" in second
    if "side_ribs" in areas:
        assert first.endswith("call your emergency number.")
        assert "show it to a doctor" in second


@each([item for item in MASSAGE if {"side_neck", "under_armpit"} & set(item.areas) and not item.equipment])
def test_over_nerves_and_vessels_the_first_step_only_looks(item: Item) -> None:
    """M07 takes hold of the fold itself."""
    if item.id != "M07":
        assert "do not press" in item.steps[0].text
        assert "A pulse? Move away." in item.steps[0].text
        assert dict(item.dose)["per_day_max"] == 1


# ── heat and cold ──


@each(THERMAL)
def test_heat_and_cold_reach_front_or_side_and_ask_what_the_skin_says(item: Item) -> None:
    """Under the shower nobody can click: there the skin is looked at, and the steps go on by themselves."""
    assert FRONT_OR_SIDE & set(item.areas)
    check = [index for index, step in enumerate(item.steps) if step.text.startswith("Look at ")]
    assert len(check) == 1
    assert "skin" in item.steps[check[0]].text
    asked = [index for index, step in enumerate(item.steps) if step.cue == "stop_check"]
    assert asked == ([] if "shower" in item.equipment else check)
    after = [step for step in item.steps[check[0] + 1 :] if re.search(r"\b(off|away)\b", step.text)]
    assert after, "no step ends it"


@each(THERMAL)
def test_heat_and_cold_keep_their_dose(item: Item) -> None:
    dose = dict(item.dose)
    assert 1 <= dose["per_day_max"] <= 3
    if item.duration_s > 120:
        assert dose["gap_min"] >= 60
    seconds = [step.seconds for step in item.steps]
    check = next(index for index, step in enumerate(item.steps) if step.text.startswith("Look at "))
    if "heat_pack" in item.equipment:
        assert 120 <= sum(seconds[1:check]) <= 240
        assert sum(seconds[1:-1]) <= 900
    if "cold_pack" in item.equipment:
        assert sum(seconds[1:check]) == 300
        assert sum(seconds[1:-1]) <= 600


@each(THERMAL)
def test_heat_and_cold_are_not_for_these(item: Item) -> None:
    flags = set(item.contraindications)
    assert {"reduced_sensation_diabetes", "poor_circulation_raynaud"} <= flags
    assert {"skin_wound_infection_rash", "cancer_treatment", "minor"} <= flags
    if {"cold_pack", "ice_cup"} & set(item.equipment):
        assert {"heart_condition", "arm_neuro", "anticoagulant", "bleeding_disorder"} <= flags
    if {"heat_pack", "cold_pack"} & set(item.equipment):
        assert "breast_surgery_lymph" in flags
        if CHEST & set(item.areas):
            assert "pacemaker_port_implant" in flags


@each(THERMAL)
def test_nobody_lies_on_a_pack_or_has_it_on_bare_skin(item: Item) -> None:
    first = " ".join(item.cautions[:1])
    if "heat_pack" in item.equipment:
        assert first.startswith("Never lie on a pack.")
    if {"heat_pack", "cold_pack"} & set(item.equipment):
        assert "ever on bare skin" in first


# ── how it speaks ──

VERBS = frozenset(
    """
    Bend Breathe Bring Carry Change Check Circle Cool Cross Draw Drop Ease Explore Find Give Glide Grip Hold
    Hook Hug Keep Knead Lay Lean Leave Let Lie Lift Look Lower Move Nod Open Pinch Press Pull Push Put Raise
    Reach Rest Roll Rotate Round Row Rub Run Set Shake Shrug Sit Sleep Slide Spread Squeeze Stand Stay
    Straighten Stretch Stroke Swap Swing Take Tip Tuck Turn Use Walk Warm
    """.split()  # noqa: SIM905 - a list of seventy quoted words says no more
)
NEVER_SAID = {
    "a diagnosis": r"herni\w+|discs?|bursitis|tend[io]nitis|tendinopath\w+|sciatica|\w*arthritis|fibromyalgia|angina|"
    r"stenosis|impingement|syndrome|trigger points?|myofascia\w*|fascia|shingles|osteoporosis|infarct\w*|disease|"
    r"inflam\w+|neuralgia|thrombosis|pinched nerves?|frozen shoulder|scoliosis|kyphosis|diagnos\w+",
    "a promise": r"cur(e|es|ed|ing)|heal(s|ed|ing)?|fix(es|ed|ing)?|get rid of|guarantee\w*|reliev\w+|relief|"
    r"will go away|pain-?free|painless|treats?|treatment|eliminat\w+|prevents?|permanent\w*|for ever|forever|"
    r"gone for good|never again|always works|miracle\w*",
    "Latin": r"trapez\w+|rhomboid\w*|serrat\w+|scalen\w+|pector\w+|pecs?|lats?|latissimus|scapul\w+|thorac\w+|"
    r"cervical|lumbar|levator|infraspin\w+|supraspin\w+|subscap\w+|teres|deltoid\w*|delts?|erector\w*|iliocost\w+|"
    r"longissimus|intercostal\w*|stern(al|um)|clavic\w+|axill\w+|ischaem\w+|isometric\w*|prone|supine|palpat\w+|"
    r"flexion|extension|abduct\w*|adduct\w*|rotat(or|ion)s?|lateral|medial|anterior|posterior|biceps|triceps",
}


def shown(item: Item) -> list[str]:
    """Every text of an item that a person can see."""
    of_levels = [text for level in item.levels for text in (level.variation, level.load_hint)]
    of_steps = [step.text for step in item.steps]
    return [item.title, item.summary, item.how, item.why, *of_steps, *item.cautions, *of_levels]


def sentences(item: Item) -> list[list[str]]:
    """The words of each sentence."""
    found = [part for text in shown(item)[1:] for part in re.split(r"[.!?](?:\s|$)", text)]
    return [words for part in found if (words := part.split())]


@each(ITEMS)
def test_the_summary_says_in_few_words_what_to_do(item: Item) -> None:
    assert 0 < len(item.summary) <= 60
    assert re.match("[A-Za-z]+", item.summary)[0] in VERBS  # type: ignore[index]
    assert item.summary[-1] not in ".!?"


@each(ITEMS)
def test_one_more_line_says_how_and_does_not_repeat_it(item: Item) -> None:
    assert 15 <= len(item.how) <= 80
    assert item.how[0].isupper()
    assert item.how[-1] not in ".!?"
    summary = set(re.findall("[a-z]+", item.summary.lower()))
    new = [word for word in re.findall("[a-z]+", item.how.lower()) if word not in summary]
    assert len(new) >= 3


def test_no_two_items_read_the_same_in_a_notice() -> None:
    for name in ("title", "summary", "how"):
        texts = [getattr(item, name) for item in ITEMS]
        assert sorted({text for text in texts if texts.count(text) > 1}) == []


@each(ITEMS)
def test_texts_fit_where_they_are_shown(item: Item) -> None:
    assert 0 < len(item.title) <= 48
    assert item.title[-1] not in ".!?"
    assert all(len(step.text) <= 140 and step.seconds >= 3 for step in item.steps)
    assert all(len(caution) <= 140 for caution in item.cautions)
    for text in (item.why, *(step.text for step in item.steps), *item.cautions):
        assert text[0].isupper()
        assert text[-1] in ".?"


@each([*MASSAGE, *THERMAL])
def test_the_first_two_cautions_fit_on_the_first_card(item: Item) -> None:
    """They are the ones that matter most; how hard to press, the cards say themselves."""
    assert item.cautions
    assert all(len(caution) <= 90 for caution in item.cautions[:2])
    assert not any(caution.startswith("Press at") for caution in item.cautions[:2])


@each(ITEMS)
def test_why_is_one_or_two_sentences(item: Item) -> None:
    assert 1 <= len(re.findall(r"[.?](?:\s|$)", item.why)) <= 2


@pytest.mark.parametrize("what", NEVER_SAID)
@each(ITEMS)
def test_it_never_says(item: Item, what: str) -> None:
    pattern = re.compile(rf"\b({NEVER_SAID[what]})\b", re.IGNORECASE)
    assert [found[0] for text in shown(item) for found in pattern.finditer(text)] == []


@each(ITEMS)
def test_it_is_plain_to_read(item: Item) -> None:
    lengths = [len(words) for words in sentences(item)]
    assert max(lengths) <= 28
    assert sum(lengths) / len(lengths) <= 16
