"""The shipped library, and the loader that reads it and people's own files."""

from __future__ import annotations

import dataclasses
import gettext
import json
import os
import random
import re
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import library
from postured.core import language
from postured.core.model import Item, Kind, Problem
from postured.core.zones import OPT_IN_AREA

SHIPPED = Path(__file__).parents[1] / "config" / "library"
ITEMS, PROBLEMS = library.load([SHIPPED])
STRENGTH = [item for item in ITEMS if item.kind is Kind.STRENGTH]
MASSAGE = [item for item in ITEMS if item.kind is Kind.MASSAGE]
THERMAL = [item for item in ITEMS if item.kind is Kind.THERMAL]
AREA_MASSAGE = [item for item in MASSAGE if item.target != "knot"]
ZONES = [zone for zone in library.ZONES if zone != "unsure"]

LATIN = re.compile(
    "rhomboid|trapez|scapul|pectoral|serratus|latissimus|levator|infraspin|subscap|scalen|thorac|lumbar|"
    "cervical|sternum|clavic|axill|erector|teres|iliocost|longissimus|costal|fascia|trigger point|ischaem|"
    "isometric|prone|supine|palpat|flexion|extension|abduct|adduct|rotat|lateral|medial|anterior|posterior"
)
PROMISE = re.compile(
    r"\b(cures?|heal(s|ed)?|fix(es|ed)?|guarantee[sd]?|treats?|relieves?|eliminates?|prevents?|permanently|"
    r"will go away|get rid of)\b",
    re.IGNORECASE,
)
DIAGNOSIS = re.compile(
    r"\b(syndrome|angina|shingles|hernia|arthritis|disease|inflam|neuralgia|infarct|diagnos|you have a)",
    re.IGNORECASE,
)


def each(items: list[Item] | tuple[Item, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("item", items, ids=lambda item: item.id)


def said(item: Item) -> list[str]:
    """Every sentence of an item that a person reads."""
    texts = [
        item.title,
        item.summary,
        item.how,
        item.why,
        *(step.text for step in item.steps),
        *item.cautions,
    ]
    return texts + [text for level in item.levels for text in (level.variation, level.load_hint)]


# ── what ships ──


def test_the_shipped_library_has_no_problem() -> None:
    assert PROBLEMS == []


def test_there_is_enough_of_every_kind() -> None:
    ids = {item.id for item in ITEMS}
    assert {f"B{number:02}" for number in range(1, 13)} <= ids
    assert len(STRENGTH) >= 8
    assert len(AREA_MASSAGE) >= 8
    assert len(THERMAL) >= 2
    assert sum(item.kind is Kind.MOBILITY for item in ITEMS) >= 5


def test_ids_are_those_of_the_catalogue_and_in_its_order_within_a_kind() -> None:
    ids = [item.id for item in ITEMS]
    assert all(re.fullmatch("[BSMHVP][0-9]{2}", id_) for id_ in ids)
    for kind in Kind:
        of_kind = [item.id for item in ITEMS if item.kind is kind]
        assert of_kind == sorted(of_kind)


@each(ITEMS)
def test_an_item_is_complete(item: Item) -> None:
    for name in (
        "title",
        "summary",
        "why",
        "areas",
        "place",
        "technique",
        "source",
        "classes_allowed",
        "reviewed",
    ):
        assert getattr(item, name), name
    assert sum(step.seconds for step in item.steps) == item.duration_s
    assert not set(item.classes_allowed) & set(item.classes_never)


@each(ITEMS)
def test_sources_point_to_the_facts_and_to_the_article(item: Item) -> None:
    assert all(re.fullmatch("F[0-9]{1,2}|K|D", ref) and article for ref, article in item.source)


@each(STRENGTH)
def test_strength_has_three_levels_and_shows_the_first(item: Item) -> None:
    assert [level.level for level in item.levels] == [1, 2, 3]
    first = item.levels[0]
    assert item.duration_s == first.duration_s
    assert (item.place, item.equipment) == (first.place, first.equipment)
    assert (item.contraindications, item.discreet) == (first.contraindications, first.discreet)
    assert item.progression == "strength_v1"


@each(STRENGTH)
def test_on_the_floor_means_a_mat_and_not_for_those_who_cannot_lie_there(item: Item) -> None:
    for level in item.levels:
        if level.place == ("floor",):
            assert "mat" in level.equipment
            assert "no_floor" in level.contraindications
            assert not level.discreet
        if re.search(r"\blying\b", level.variation, re.IGNORECASE):
            assert {"pregnant", "no_floor"} <= set(level.contraindications)


def test_after_a_sudden_strain_only_the_gentlest_strength_is_left() -> None:
    allowed = {
        f"{item.id}.{level.level}"
        for item in STRENGTH
        for level in item.levels
        if "acute_48h" not in level.contraindications
    }
    assert allowed == {"S10.1", "S14.1", "S15.1", "S17.1", "S18.1"}


@each(MASSAGE)
def test_massage_names_zone_link_and_when_to_stop(item: Item) -> None:
    assert item.knot_zones
    assert item.link in {"referral", "mechanical", "local"}
    assert bool(item.referral_of) == (item.link == "referral")
    assert set(item.stop_rules) == set(library.STOP_RULES)
    dose = dict(item.dose)
    assert 1 <= dose["pressure_min"] <= dose["pressure_max"] <= 7
    assert dose["hold_s"] <= 90
    assert dose["per_day_max"] <= 3


@each(MASSAGE)
def test_massage_begins_by_exploring_and_asks_whether_it_is_less_tender(item: Item) -> None:
    cues = [step.cue for step in item.steps]
    assert "rate" in cues[:2]
    assert "stop_check" in cues
    assert "less tender" in " ".join(step.text for step in item.steps).lower()


@each([item for item in MASSAGE if {"upper_chest", "front_shoulder", "front_ribs"} & set(item.areas)])
def test_pressing_the_chest_says_what_to_do_about_chest_pain_and_spares_devices(item: Item) -> None:
    assert any("get help at once" in caution for caution in item.cautions)
    assert {"pacemaker_port_implant", "breast_surgery_lymph"} <= set(item.contraindications)


@each(MASSAGE)
def test_massage_is_not_for_these(item: Item) -> None:
    never = {"clot_dvt", "rib_or_bone_injury", "skin_wound_infection_rash", "cancer_treatment", "minor"}
    assert never <= set(item.contraindications)
    if dict(item.dose)["pressure_max"] > 4 or "tennis_ball" in item.equipment:
        assert {"anticoagulant", "bleeding_disorder"} <= set(item.contraindications)


@each(THERMAL)
def test_heat_and_cold_cover_front_or_side_and_spare_skin_without_feeling(item: Item) -> None:
    assert library.FRONT_AND_SIDE & set(item.areas)
    assert {"reduced_sensation_diabetes", "poor_circulation_raynaud"} <= set(item.contraindications)
    if "cold_pack" in item.equipment:
        assert "heart_condition" in item.contraindications


@each([item for item in ITEMS if item.kind not in (Kind.BREAK, Kind.SETUP)])
def test_the_under_sixteen_get_breaks_and_tips_only(item: Item) -> None:
    assert "minor" in item.contraindications


@each(ITEMS)
def test_flags_that_go_together_stand_together(item: Item) -> None:
    for flags in [item.contraindications, *(level.contraindications for level in item.levels)]:
        for one, other in (
            ("anticoagulant", "bleeding_disorder"),
            ("osteoporosis", "steroids_long"),
            ("reduced_sensation_diabetes", "poor_circulation_raynaud"),
        ):
            assert (one in flags) == (other in flags)


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_three_massages_off_the_floor_and_a_discreet_one(zone: str) -> None:
    fitting = [item for item in AREA_MASSAGE if zone in item.knot_zones and "floor" not in item.place]
    assert len(fitting) >= 3
    assert any(item.discreet for item in fitting)
    unasked = [item for item in fitting if OPT_IN_AREA not in item.areas]
    assert len(unasked) >= 3


@each([item for item in MASSAGE if "knot" in (item.target, *item.areas)])
def test_a_massage_of_the_knot_itself_is_never_for_strain(item: Item) -> None:
    assert item.target == "knot"
    assert "strain" in item.classes_never
    assert not {"strain", "none"} & set(item.classes_allowed)


# ── how it speaks ──


@each(ITEMS)
def test_texts_fit_where_they_are_shown(item: Item) -> None:
    assert len(item.title) <= 48
    assert len(item.summary) <= 60
    assert all(len(step.text) <= 140 and step.seconds >= 3 for step in item.steps)


@each(ITEMS)
def test_plain_words_no_latin(item: Item) -> None:
    assert LATIN.findall(" ".join(said(item)).lower()) == []


@each(ITEMS)
def test_no_promise_and_no_diagnosis(item: Item) -> None:
    for text in said(item):
        assert not PROMISE.search(text), text
        assert not DIAGNOSIS.search(text), text


@each(ITEMS)
def test_texts_are_tidy(item: Item) -> None:
    for text in [item.why, *(step.text for step in item.steps), *item.cautions]:
        assert text[-1] in ".?", text
        assert text[0].isupper(), text
    assert item.title[-1] not in ".!"
    assert item.summary[-1] not in ".!"
    assert item.summary[0].isupper()


def test_titles_and_summaries_tell_items_apart() -> None:
    for name in ("title", "summary"):
        values = [getattr(item, name) for item in ITEMS]
        assert len(set(values)) == len(values)


# ── JSON ──


@each(ITEMS)
def test_json_has_every_field_under_its_own_name(item: Item) -> None:
    out = json.loads(json.dumps(library.to_json(item)))
    assert set(out) == {field.name for field in dataclasses.fields(Item)}
    assert out["steps"][0] == {
        "text": item.steps[0].text,
        "seconds": item.steps[0].seconds,
        "cue": item.steps[0].cue,
    }
    assert out["source"][0].keys() == {"ref", "article"}
    assert isinstance(out["dose"], dict)
    for level in out["levels"]:
        assert set(level) == {field.name for field in dataclasses.fields(item.levels[0])}


@pytest.mark.parametrize(("seconds", "slot"), [(45, "micro"), (46, "long"), (300, "long"), (301, "session")])
def test_the_slot_follows_from_the_length(seconds: int, slot: str) -> None:
    items, _ = library.read(own(seconds=seconds), "f")
    assert items[0].slot == (slot,)


# ── reading: what is accepted ──


def own(more: str = "", *, id_: str = "tea", kind: str = "break", seconds: int = 180) -> str:
    steps = f"  steps:\n    - text: Put the kettle on.\n      seconds: {seconds}\n"
    return f"- id: {id_}\n  kind: {kind}\n  title: Make tea\n{steps}{more}"


def test_four_keys_make_an_item() -> None:
    items, problems = library.read(own(), "f")
    assert problems == []
    assert items[0].id == "tea"
    assert items[0].duration_s == 180
    assert items[0].place == ("desk",)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_short_form_does_for_every_kind(kind: Kind) -> None:
    assert library.read(own(kind=kind), "f")[1] == []


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "[]", "---\n"])
def test_a_file_without_items_is_a_library_of_nothing(text: str) -> None:
    assert library.read(text, "f") == ((), [])


def test_the_examples_in_the_headers_are_valid() -> None:
    for file in SHIPPED.glob("*.yaml"):
        header = file.read_text().split("\n- id:")[0]
        example = re.search(r"^#   - id: .*?(?=^#\s*$)", header, re.MULTILINE | re.DOTALL)
        assert example, file.name
        items, problems = library.read(re.sub(r"^#   ", "", example[0], flags=re.MULTILINE), file.name)
        assert problems == []
        assert len(items) == 1


def test_every_key_is_explained_in_the_headers() -> None:
    headers = "".join(file.read_text().split("\n- id:")[0] for file in SHIPPED.glob("*.yaml"))
    derived = {"slot"}
    fields = {field.name for field in dataclasses.fields(Item)} - derived
    assert [name for name in sorted(fields) if not re.search(rf"\b{name}:", headers)] == []


def test_long_lines_are_folded_into_one() -> None:
    items, _ = library.read(own("  why: >-\n    One line\n    and another.\n"), "f")
    assert items[0].why == "One line and another."


def test_a_whole_number_of_a_dose_stays_whole() -> None:
    items, _ = library.read(own("  dose: {gap_min: 60, pressure_min: 2.5}\n"), "f")
    assert items[0].dose == (("gap_min", 60), ("pressure_min", 2.5))
    assert isinstance(items[0].dose[0][1], int)


def test_the_line_of_how_is_kept_and_may_have_eighty_characters() -> None:
    items, problems = library.read(own(f"  how: {'x' * 80}\n"), "f")
    assert problems == []
    assert items[0].how == "x" * 80
    assert library.to_json(items[0])["how"] == "x" * 80


def test_a_bath_is_for_the_whole_body() -> None:
    assert library.read(own("  areas: [whole_body]\n", kind="thermal"), "f")[1] == []


def test_a_shower_is_at_home_unless_something_else_is_said() -> None:
    assert library.read(own("  equipment: [shower]\n"), "f")[0][0].place == ("home",)


def test_no_equipment_may_be_said_in_words() -> None:
    assert library.read(own("  equipment: none\n"), "f")[0][0].equipment == ()


# ── reading: what is refused ──

LEVEL = "    - {level: %d, variation: Easy, sets: 1, reps: 5, duration_s: %d, place: [desk]}\n"
LEVELS = "  levels:\n" + LEVEL % (1, 180) + LEVEL % (2, 60) + LEVEL % (3, 60)

MISTAKES: dict[str, tuple[str, int, int, str, str]] = {
    "unknown key": (own("  titel: x\n"), 7, 3, "tea.titel", "did you mean title?"),
    "key twice": (own("  title: x\n"), 7, 3, "tea.title", "keep one of the two"),
    "key of a step": (own("  seconds: 5\n"), 7, 3, "tea.seconds", "it belongs under steps"),
    "slot": (own("  slot: [micro]\n"), 7, 3, "tea.slot", "it follows from the seconds"),
    "kind": (own(kind="brake"), 2, 9, "tea.kind", "did you mean break?"),
    "no kind": ("- id: tea\n  title: T\n  steps: [{text: x, seconds: 3}]\n", 1, 3, "tea", "kind:"),
    "bad id": (own(id_="My Tea"), 1, 7, "[0].id", "write my-tea"),
    "id of another kind": (own(id_="S02"), 1, 7, "S02.id", "word of your own"),
    "id twice": (own() + own(), 7, 7, "tea", "another id"),
    "title too long": (own().replace("Make tea", "x" * 49), 3, 10, "tea.title", ""),
    "summary too long": (own(f"  summary: {'x' * 61}\n"), 7, 12, "tea.summary", ""),
    "step too long": (own().replace("Put the kettle on", "x" * 141), 5, 13, "tea.steps[0].text", ""),
    "step too short": (own(seconds=2), 6, 16, "tea.steps[0].seconds", ""),
    "no steps": ("- id: tea\n  kind: break\n  title: T\n  steps: []\n", 4, 10, "tea.steps", ""),
    "sum": (own("  duration_s: 90\n"), 7, 15, "tea.duration_s", "write 180"),
    "area": (own("  areas: [upper_chests]\n"), 7, 11, "tea.areas[0]", "did you mean upper_chest?"),
    "flag": (
        own("  contraindications: [pregant]\n"),
        7, 23, "tea.contraindications[0]", "did you mean pregnant?"),
    "no place": (own("  place: []\n"), 7, 10, "tea.place", ""),
    "equipment and none": (own("  equipment: [none, chair]\n"), 7, 14, "tea.equipment", "one or the other"),
    "boolean": (own("  discreet: maybe\n"), 7, 13, "tea.discreet", ""),
    "day": (own("  reviewed: 22.11.2026\n"), 7, 13, "tea.reviewed", ""),
    "article": (own("  source: [{ref: F1, article: [A25]}]\n"), 7, 32, "tea.source[0].article[0]", ""),
    "source without ref": (own("  source: [{article: [A1]}]\n"), 7, 12, "tea.source[0]", "ref:"),
    "muscle": (own("  referral_of: [Big Muscle]\n"), 7, 17, "tea.referral_of[0]", ""),
    "both classes": (
        own("  classes_allowed: [mixed]\n  classes_never: [mixed]\n"),
        8, 18, "tea.classes_never", "one of the two"),
    "too much pressure": (own("  dose: {pressure_max: 8}\n"), 7, 24, "tea.dose.pressure_max", ""),
    "pressures swapped": (own("  dose: {pressure_min: 5, pressure_max: 4}\n"), 7, 9, "tea.dose", "swap"),
    "knot and strain": (
        own("  target: knot\n", kind="massage"),
        7, 11, "tea.target", "classes_never: [strain]"),
    "mechanical": (
        own("  link: mechanical\n  referral_of: [serratus_anterior]\n"),
        8, 16, "tea.referral_of", "leave it out"),
    "referral of nothing": (own("  link: referral\n"), 7, 9, "tea.link", "add referral_of"),
    "massage half said": (
        own("  knot_zones: [unsure]\n", kind="massage"),
        7, 15, "tea.knot_zones", "stop_rules"),
    "heat on the knot alone": (
        own("  areas: [between_blades]\n", kind="thermal"), 7, 10, "tea.areas", "upper_chest"),
    "levels of a break": (own(LEVELS), 8, 5, "tea.levels", "leave them out"),
    "two levels": (
        own("".join(LEVELS.splitlines(keepends=True)[:3]), kind="strength"), 8, 5, "tea.levels", ""),
    "level 1 too short": (
        own(LEVELS.replace("180", "90"), kind="strength"), 8, 5, "tea.levels", "make the two equal"),
    "place beside levels": (
        own(LEVELS + "  place: [desk]\n", kind="strength"),
        11, 10, "tea.place", "in each level"),
    "level without place": (
        own(LEVELS.replace(", place: [desk]", "", 1), kind="strength"), 8, 7, "tea.levels[0]", "place:"),
    "no dash": ("id: tea\nkind: break\n", 1, 1, "", "put `- `"),
    "a word": ("tea", 1, 1, "", ""),
    "control character": (own().replace("Make tea", '"a\\eb"'), 3, 10, "tea.title", "delete it"),
    "tab": ("- id: tea\n\tkind: break\n", 2, 1, "", "spaces"),
}  # fmt: skip


LEVEL_2 = "    - {level: 2, variation: Easy, sets: 1, reps: 5, duration_s: 60, place: [desk]}"


def levels(second: str) -> str:
    return own(LEVELS.replace(LEVEL_2, f"    - {second}"), kind="strength")


def dose(numbers: str, kind: str = "massage") -> str:
    return own(f"  dose: {{{numbers}}}\n", kind=kind)


CONTRADICTIONS: dict[str, tuple[str, int, int, str, str]] = {
    "a level without a dose": (
        levels("{level: 2, variation: Easy, reps: 5, duration_s: 60, place: [desk]}"),
        9, 7, "tea.levels[1]: `sets` is missing", "add sets: 2"),
    "levels in the wrong order": (
        levels("{level: 3, variation: Easy, sets: 1, reps: 5, duration_s: 60, place: [desk]}"),
        8, 5, "tea.levels: found level 1, 3, 3, wanted level 1, 2 and 3, in this order",
        "write all three, the easiest first, or leave levels out"),
    "an area that everybody says": (
        own("  areas: [neck]\n"), 7, 11, "tea.areas[0]: found 'neck', wanted one of upper_chest",
        "did you mean side_neck or neck_shoulder_corner or neck_back or neck_front_deep?"),
    "a zone": (
        own("  knot_overlap_zones: [inner_egde]\n"), 7, 24,
        "tea.knot_overlap_zones[0]: found 'inner_egde', wanted one of top_corner", "did you mean inner_edge?"),
    "a flag in other words": (
        own("  contraindications: [blood thinners]\n"), 7, 23,
        "tea.contraindications[0]: found 'blood thinners'", "did you mean anticoagulant?"),
    "a part of a flag": (
        own("  contraindications: [pacemaker]\n"), 7, 23, "tea.contraindications[0]: found 'pacemaker'",
        "did you mean pacemaker_port_implant?"),
    "equipment in other words": (
        own("  equipment: [ball]\n"), 7, 15, "tea.equipment[0]: found 'ball'", "did you mean tennis_ball?"),
    "steps that do not sum up": (
        own("  duration_s: 90\n"), 7, 15, "tea.duration_s: it says 90, but the steps take 180 seconds",
        "write 180, or leave it out"),
    "heat on the knot alone": (
        own("  areas: [knot]\n", kind="thermal"), 7, 10,
        "tea.areas: heat or cold on the back alone may miss a pull from the front or the side",
        "add one of upper_chest, front_shoulder, front_ribs, side_ribs, under_armpit, flank"),
    "heat for too long": (
        own("  equipment: [heat_pack]\n", kind="thermal", seconds=1830), 5, 5,
        "tea.steps: the steps take 30.5 minutes, and heat is on for at most 30",
        "make them shorter, for the skin's sake; two places one after the other are two items"),
    "cold for too long": (
        own("  equipment: [cold_pack]\n", kind="thermal", seconds=1230), 5, 5,
        "tea.steps: the steps take 20.5 minutes, and cold is on for at most 20",
        "make them shorter, for the skin's sake; two places one after the other are two items"),
    "ice for too long": (
        own("  equipment: [ice_cup]\n", kind="thermal", seconds=1230), 5, 5,
        "tea.steps: the steps take 20.5 minutes, and cold is on for at most 20",
        "make them shorter, for the skin's sake; two places one after the other are two items"),
    "the knot and strain": (
        own("  target: knot\n  classes_allowed: [strain]\n", kind="massage"), 7, 11,
        "tea.target: pressing on the knot itself is never for a knot from strain: it annoys the knot",
        "take strain out of classes_allowed, and write classes_never: [strain]"),
    "a massage there": (
        own("  areas: [knot]\n", kind="massage"), 7, 10,
        "tea.areas: pressing on the knot itself is never for a knot from strain: it annoys the knot",
        "write classes_never: [strain]"),
    "pressing too hard": (
        dose("pressure_max: 8"), 7, 24, "tea.dose.pressure_max: 8 of 10 is pressed too hard, wanted at most 7",
        "write 7 or less: harder than that does harm"),
    "pressing too long": (
        dose("hold_s: 91"), 7, 18, "tea.dose.hold_s: 91 seconds is too long for one hold, wanted at most 90",
        "write 90 or less, and let go in between"),
    "holding too long": (
        levels("{level: 2, variation: E, sets: 1, reps: 5, hold_s: 120, duration_s: 60, place: [desk]}"),
        9, 58, "tea.levels[1].hold_s: 120 seconds is too long for one hold, wanted at most 90",
        "write 90 or less, and let go in between"),
    "too often": (
        dose("per_day_max: 4"), 7, 9, "tea.dose: 4 a day is too often, wanted at most 3",
        "write per_day_max: 3 or less: skin and muscle need the time"),
    "more a day than a week": (
        dose("per_day_max: 3, per_week: 2", "break"), 7, 9, "tea.dose: 3 a day are more than 2 a week",
        "make per_day_max smaller, or per_week larger"),
    "an id like ours": (
        own(id_="b01"), 1, 7, "b01.id: b01 cannot be told from B01, which comes with postured",
        "take a word of your own, as my-stretch"),
    "our id for another kind": (
        own(id_="S02"), 1, 7, "S02.id: S02 is the id of a strength item, and this is break",
        "take a word of your own, as my-stretch"),
    "a kind for an id": (
        own(id_="massage"), 1, 7, "massage.id: massage is a kind: `postured now massage` means any item of it",
        "write my-massage"),
    "lying where nobody sees it": (
        own("  place: [floor]\n  discreet: true\n"), 8, 13,
        "tea.discreet: lying on the floor is seen by everybody, so it is not discreet",
        "write discreet: false, or another place"),
    "a level that lies where nobody sees it": (
        levels("{level: 2, variation: E, sets: 1, reps: 5, duration_s: 60, place: [floor], discreet: yes}"),
        9, 7, "tea.levels[1]: lying on the floor is seen by everybody, so it is not discreet",
        "write discreet: false, or another place"),
    "a shower at the desk": (
        own("  place: [desk, wall]\n  equipment: [shower]\n"), 7, 10,
        "tea.place: a shower is at home, and this is for: desk, wall", "write place: [home]"),
    "progress of another kind": (
        own("  progression: strength_v1\n"), 7, 16,
        "tea.progression: strength_v1 is for strength, and this is break", "leave it out"),
    "massage half said": (
        own("  knot_zones: [unsure]\n", kind="massage"), 7, 15,
        "tea.knot_zones: a massage that says knot_zones also says link and stop_rules",
        "add link and stop_rules, or leave knot_zones out"),
    "a picture from the web": (
        own("  picture: https://example.org/a.png\n"), 7, 12,
        "tea.picture: found an address, wanted a picture that is on this computer",
        "save it beside this file and write its name, as knot.png"),
    "a picture that is none": (
        own("  picture: knot.pdf\n"), 7, 12,
        "tea.picture: found 'knot.pdf', wanted a picture: a name that ends in .png, .jpg",
        "save it as one of these"),
    "a line of how that is too long": (
        own(f"  how: {'x' * 81}\n"), 7, 8, "tea.how: 81 characters, wanted at most 80", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_says_what_is_wrong_and_what_to_write(name: str) -> None:
    text, line, column, said, hint = CONTRADICTIONS[name]
    items, problems = library.read(text, "my.yaml")
    assert items == ()
    assert len(problems) == 1, [str(problem) for problem in problems]
    assert str(problems[0]).startswith(f"my.yaml:{line}:{column}: {said}")
    assert problems[0].hint == hint


def test_what_is_good_for_heat_and_cold_is_not_refused() -> None:
    for tool, seconds in (("heat_pack", 1800), ("cold_pack", 1200), ("shower", 2400)):
        assert library.read(own(f"  equipment: [{tool}]\n", kind="thermal", seconds=seconds), "f")[1] == []


def test_a_roller_may_stand_beside_the_desk() -> None:
    assert library.read(own("  equipment: [foam_roller]\n  place: [desk]\n"), "f")[1] == []


class Loud(gettext.NullTranslations):
    """A language that is English, shouted."""

    def gettext(self, message: str) -> str:
        return message if "{" in message else message.upper()


def test_problems_are_told_in_the_language_of_the_person() -> None:
    def told() -> Problem:
        language.speak(Loud())
        return library.read(own("  cautions: x\n"), "f")[1][0]

    assert "A LIST OF SENTENCES" in copy_context().run(told).message
    assert "a list of sentences" in library.read(own("  cautions: x\n"), "f")[1][0].message


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_where_it_stands_and_nothing_else_is_blamed(name: str) -> None:
    text, line, column, path, hint = MISTAKES[name]
    items, problems = library.read(text, "my.yaml")
    assert items == ()
    assert len(problems) == 1, [str(problem) for problem in problems]
    problem = problems[0]
    assert (problem.file, problem.path) == ("my.yaml", path)
    assert (problem.line, problem.column) == (line, column)
    assert hint in problem.hint
    assert problem.message


def test_all_mistakes_are_found_at_once_in_the_order_of_the_file() -> None:
    text = own("  titel: x\n  place: [dsk]\n  duration_s: 9\n") + own(
        "  areas: knee\n", id_="Tea 2", seconds=1
    )
    problems = library.read(text, "f")[1]
    paths = ["tea.titel", "tea.place[0]", "tea.duration_s", "[1].id", "[1].steps[0].seconds", "[1].areas"]
    assert [problem.path for problem in problems] == paths


def test_a_misspelt_key_is_not_missed_as_well() -> None:
    problems = library.read(own().replace("title:", "titel:"), "f")[1]
    assert [problem.hint for problem in problems] == ["did you mean title?"]


@pytest.mark.parametrize(
    "text",
    [
        own("  target: knot\n  classes_never: [strian]\n", kind="massage"),
        own("  duration_s: 180\n", seconds=1),
        own(LEVELS, kind="strenth"),
    ],
)
def test_what_could_not_be_read_is_not_held_against_the_rest(text: str) -> None:
    assert len(library.read(text, "f")[1]) == 1


def test_thousands_of_unknown_keys_take_no_time_to_speak_of() -> None:
    keys = "".join(f"  k{number}: 1\n" for number in range(20_000))
    items, problems = library.read(f"- id: tea\n{keys}", "f")
    assert items == ()
    assert 0 < len(problems) <= 100


PIECES = (
    "- ", "id: ", "tea", "\n", "  ", "steps:", "[", "]", "{", "}", "levels: ", "kind: strength",
    "place: [desk]", "- text: x", "seconds: 5", '"', "&a", "*a", "!!x", "\t", "é", "\0", "|", ":",
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_whatever_the_text_it_ends_in_items_or_problems(text: str) -> None:
    items, problems = library.read(text, "f")
    assert not (items and problems)
    assert all(isinstance(problem, Problem) for problem in problems)


@given(st.randoms(use_true_random=False))
def test_a_damaged_shipped_file_never_ends_in_an_exception(rng: random.Random) -> None:
    lines = (SHIPPED / "thermal.yaml").read_text().splitlines(keepends=True)[20:90]
    for _ in range(rng.randint(1, 4)):
        spot, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        damage = rng.choice(["lose", "double", "nibble"])
        if damage == "lose":
            del lines[spot]
        elif damage == "double":
            lines.insert(spot, lines[other])
        else:
            lines[spot] = lines[spot].replace(rng.choice(lines[spot]), "", 1) or "\n"
    items, problems = library.read("".join(lines), "f")
    assert not (items and problems)


# ── folders ──


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "library"
    path.mkdir()
    return path


def ids(folders: list[Path]) -> tuple[list[str], list[Problem]]:
    items, problems = library.load(folders)
    return [item.id for item in items], problems


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert library.load([tmp_path / "nowhere"]) == ((), [])


def test_an_own_item_joins_and_one_of_the_same_id_takes_its_place(folder: Path) -> None:
    (folder / "mine.yaml").write_text(own() + own(id_="B01"))
    items, problems = library.load([SHIPPED, folder])
    assert problems == []
    assert len(items) == len(ITEMS) + 1
    assert [item.id for item in items][: len(ITEMS)] == [item.id for item in ITEMS]
    assert next(item for item in items if item.id == "B01").title == "Make tea"


def test_a_broken_own_file_costs_its_own_items_only(folder: Path) -> None:
    (folder / "a.yaml").write_text(own(id_="good"))
    (folder / "b.yaml").write_text(own(id_="fine") + own("  titel: x\n", id_="B01"))
    items, problems = library.load([SHIPPED, folder])
    assert [item.id for item in items] == [*(item.id for item in ITEMS), "good"]
    assert next(item for item in items if item.id == "B01").title == "Tall reset"
    assert [(problem.file, problem.line) for problem in problems] == [(str(folder / "b.yaml"), 13)]


def test_only_visible_yaml_files_are_read(folder: Path) -> None:
    for name in (".hidden.yaml", "notes.txt", "mine.yaml~", ".#lock.yaml"):
        (folder / name).write_text("nonsense: [")
    assert ids([folder]) == ([], [])


def make_binary(path: Path) -> None:
    path.write_bytes(b"\x7fELF\0\0")


def make_huge(path: Path) -> None:
    path.write_bytes(b"# " + b"x" * (2 << 20))


def make_latin1(path: Path) -> None:
    path.write_bytes("- id: tée".encode("latin-1"))


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_dangling(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def make_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "spoil", [make_binary, make_huge, make_latin1, make_folder, make_pipe, make_dangling, make_loop]
)
def test_what_is_no_readable_text_is_a_problem_and_the_rest_stands(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(folder / "a.yaml")
    (folder / "b.yaml").write_text(own())
    found, problems = ids([folder])
    assert found == ["tea"]
    assert [problem.file for problem in problems] == [str(folder / "a.yaml")]
    assert problems[0].hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_problem(folder: Path) -> None:
    (folder / "a.yaml").write_text(own())
    (folder / "a.yaml").chmod(0)
    found, problems = ids([folder])
    assert found == []
    assert "permission" in problems[0].message


def test_a_file_in_the_folders_place_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("")
    found, problems = ids([tmp_path / "library"])
    assert found == []
    assert "cannot be read" in problems[0].message


# ── pictures ──


def pictured(folder: Path, name: str) -> tuple[tuple[Item, ...], list[Problem]]:
    (folder / "mine.yaml").write_text(own(f"  picture: {json.dumps(name)}\n"))
    return library.load([folder])


@pytest.mark.parametrize(
    "name", ["knot.png", "KNOT.JPG", "a.jpeg", "a.gif", "a.svg", "a.webp", "two  words é.png"]
)
def test_a_picture_beside_the_file_is_known_by_its_whole_path(folder: Path, name: str) -> None:
    where = folder / " ".join(name.split())
    where.write_bytes(b"x")
    items, problems = pictured(folder, " ".join(name.split()))
    assert problems == []
    assert items[0].picture == str(where)
    assert library.to_json(items[0])["picture"] == str(where)


def test_a_picture_may_lie_elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "knot.png").write_bytes(b"x")
    for name, whole in (
        (str(tmp_path / "knot.png"), tmp_path / "knot.png"),
        ("~/knot.png", tmp_path / "knot.png"),
        ("../knot.png", folder / "../knot.png"),
    ):
        items, problems = pictured(folder, name)
        assert problems == []
        assert items[0].picture == str(whole)


def test_without_a_disk_a_picture_stays_as_it_is_written() -> None:
    assert library.read(own("  picture: knot.png\n"), "f")[0][0].picture == "knot.png"


def make_large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(5_000_001)


def make_nothing(path: Path) -> None:
    pass


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("spoil", "said", "hint"),
    [
        (make_nothing, "there is no file {path}", "put the picture into {folder}, or leave picture out"),
        (make_dangling, "there is no file {path}", "put the picture into {folder}, or leave picture out"),
        (make_folder, "{path} is a folder or a device", "write the name of the picture itself, as knot.png"),
        (make_pipe, "{path} is a folder or a device", "write the name of the picture itself, as knot.png"),
        (make_loop, "{path} cannot be read: ", "make it readable for yourself, or leave picture out"),
        (make_large, "{path} is too large: 5.0 MB, wanted at most 5", "save it smaller"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_a_problem_where_it_is_named(
    folder: Path, spoil: Callable[[Path], None], said: str, hint: str
) -> None:
    path = folder / "knot.png"
    spoil(path)
    items, problems = pictured(folder, "knot.png")
    assert items == ()
    (problem,) = problems
    assert (problem.file, problem.line, problem.column) == (str(folder / "mine.yaml"), 7, 12)
    assert problem.path == "tea.picture"
    assert problem.message.startswith(said.format(path=path))
    if spoil is not make_dangling:  # which has the right name, and still is not there
        assert problem.hint == hint.format(folder=folder)


def test_a_picture_with_a_slip_in_its_name_is_guessed(folder: Path) -> None:
    (folder / "shoulder-knot.png").write_bytes(b"x")
    assert pictured(folder, "sholder-knot.png")[1][0].hint == "did you mean shoulder-knot.png?"


@pytest.mark.parametrize("name", ["~nobody-of-this-name/a.png", "a" * 300 + ".png", "no/such/folder/a.png"])
def test_a_picture_that_cannot_be_anywhere_is_a_problem(folder: Path, name: str) -> None:
    assert [problem.path for problem in pictured(folder, name)[1]] == ["tea.picture"]


@given(st.text(max_size=30))
def test_whatever_is_called_a_picture_never_ends_in_an_exception(name: str) -> None:
    data = own(f"  picture: {json.dumps(name + '.png')}\n").encode()
    items, problems = library.read_data(data, Path("/nowhere/mine.yaml"))
    assert not items
    assert problems


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_picture_without_permission_is_a_problem(folder: Path) -> None:
    (folder / "knot.png").write_bytes(b"x")
    (folder / "knot.png").chmod(0)
    assert "permission denied" in pictured(folder, "knot.png")[1][0].message
