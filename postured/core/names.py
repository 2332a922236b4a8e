"""Codes of the library and the settings in plain words; an unknown one as it is, with blanks for underscores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from postured.core.language import _
from postured.core.zones import region_names


def area(code: str) -> str:
    """A place on the body, as `upper chest`."""
    return _known(code, _areas())


def areas(codes: Sequence[str]) -> str:
    """Several places on the body in one breath, as `side ribs and waist`."""
    words = [area(code) for code in codes]
    if len(words) < 2:
        return "".join(words)
    return _("{first} and {last}").format(first=", ".join(words[:-1]), last=words[-1])


def where(code: str, on_side: str = "") -> str:
    """A place on the body with its side, as `upper chest, right side`."""
    if not on_side:
        return area(code)
    return _("{area}, {side}").format(area=area(code), side=side(on_side))


def region(code: str) -> str:
    """A part of the body that takes turns with the others, as `sides`."""
    return _known(code, region_names())


def zone(code: str) -> str:
    """Where a knot sits, as `inner edge of the shoulder blade`."""
    return _known(
        code,
        {
            "top_corner": _("upper inner corner of the shoulder blade"),
            "inner_edge": _("inner edge of the shoulder blade"),
            "blade_tip": _("lower tip of the shoulder blade"),
            "beside_spine": _("beside the spine"),
            "deep_under_blade": _("deep under the shoulder blade"),
            "unsure": _("not sure where"),
        },
    )


def side(code: str) -> str:
    """A side of the body, as `right side`."""
    return _known(
        code,
        {
            "left": _("left side"),
            "right": _("right side"),
            "both": _("both sides"),
            "middle": _("in the middle"),
        },
    )


def place(code: str) -> str:
    """Where an item is done, as `at a wall`."""
    return _known(
        code,
        {
            "desk": _("at the desk"),
            "stand": _("standing"),
            "wall": _("at a wall"),
            "floor": _("on the floor"),
            "home": _("at home"),
        },
    )


def tool(code: str) -> str:
    """What an item is done with, as `tennis ball`."""
    return _known(
        code,
        {
            "none": _("nothing"),
            "chair": _("chair"),
            "wall": _("wall"),
            "doorway": _("doorway"),
            "desk": _("desk"),
            "tennis_ball": _("tennis ball"),
            "foam_roller": _("foam roller"),
            "band": _("exercise band"),
            "dumbbell": _("dumbbell or a full bottle"),
            "towel": _("towel"),
            "mat": _("mat"),
            "heat_pack": _("heat pack"),
            "cold_pack": _("cold pack"),
            "ice_cup": _("ice in a paper cup"),
            "cane": _("hooked cane"),
            "shower": _("shower"),
        },
    )


def flag(code: str) -> str:
    """What somebody had better be careful with, as `blood thinners`."""
    return _known(
        code,
        {
            "pregnant": _("pregnancy"),
            "anticoagulant": _("blood thinners"),
            "bleeding_disorder": _("bleeding easily"),
            "osteoporosis": _("thin bones"),
            "steroids_long": _("steroids for a long time"),
            "rib_or_bone_injury": _("a hurt rib or bone"),
            "clot_dvt": _("a blood clot"),
            "cancer_treatment": _("cancer treatment"),
            "heart_condition": _("a heart problem"),
            "high_bp_uncontrolled": _("high blood pressure"),
            "pacemaker_port_implant": _("a pacemaker, port or implant"),
            "breast_surgery_lymph": _("breast or lymph node surgery"),
            "skin_wound_infection_rash": _("a wound, infection or rash"),
            "reduced_sensation_diabetes": _("numb skin or diabetes"),
            "poor_circulation_raynaud": _("poor circulation"),
            "shoulder_unstable": _("a shoulder that slips"),
            "shoulder_pain_overhead": _("shoulder pain with the arm up"),
            "neck_dizziness": _("dizziness when the neck moves"),
            "hypermobile": _("very loose joints"),
            "no_floor": _("not going down to the floor"),
            "acute_48h": _("the first two days of a knot"),
            "early_48h": _("the first two days of a knot"),
            "latex_allergy": _("latex allergy"),
            "minor": _("being under 16"),
            "arm_neuro": _("a numb, tingling or weak arm"),
        },
    )


def kind(code: str) -> str:
    """What an item is, as `short break`."""
    return _known(
        code,
        {
            "break": _("short break"),
            "mobility": _("mobility"),
            "strength": _("strength"),
            "massage": _("self-massage"),
            "thermal": _("heat or cold"),
            "setup": _("set-up tip"),
        },
    )


def cause(code: str) -> str:
    """Why there is a knot, as `strain`."""
    return _known(
        code,
        {
            "strain": _("strained, or stretched for too long"),
            "overuse": _("worked too much, or held tight for too long"),
            "mixed": _("there for long, from more than one thing"),
            "red_clinician": _("something to show to a doctor soon"),
            "red_emergency": _("something for the emergency number, now"),
        },
    )


def weekday(number: int) -> str:
    """A day of the week in three letters; Monday is 0."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[number]


def _known(code: str, words: Mapping[str, str]) -> str:
    return words.get(code) or code.replace("_", " ")


def _areas() -> dict[str, str]:
    return {
        "upper_chest": _("upper chest"),
        "front_shoulder": _("front of the shoulder"),
        "front_ribs": _("front ribs"),
        "side_ribs": _("side ribs"),
        "under_armpit": _("back fold of the armpit"),
        "side_neck": _("side of the neck"),
        "neck_shoulder_corner": _("corner of neck and shoulder"),
        "blade_back": _("back of the shoulder blade"),
        "below_blade": _("below the shoulder blade"),
        "mid_back": _("middle back"),
        "lower_back": _("lower back"),
        "flank": _("waist"),
        "upper_back_around_knot": _("upper back, around the knot"),
        "knot": _("the knot itself"),
        "neck_back": _("back of the neck"),
        "neck_front_deep": _("deep front of the neck"),
        "between_blades": _("between the shoulder blades"),
        "shoulder_top": _("top of the shoulder"),
        "shoulder_back": _("back of the shoulder"),
        "eyes": _("eyes"),
        "whole_body": _("whole body"),
    }
