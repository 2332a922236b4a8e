"""The library: YAML files of items, shipped and the person's own, and an item as JSON.

Reading is as strict as for the schedule: a file is taken whole or not at all, and every problem is found at
once. A broken file costs its own items only. What the keys mean is written at the top of each shipped file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from postured.core.document import MAP, MOST_BYTES, Node, Reader, decode, join, nearest, parse
from postured.core.model import EQUIPMENT, FLAGS, PLACES, Item, Kind, Level, Problem, Step
from postured.files import explain

AREAS = (
    "upper_chest", "front_shoulder", "front_ribs", "side_ribs", "under_armpit", "side_neck",
    "neck_shoulder_corner", "blade_back", "below_blade", "mid_back", "lower_back", "flank",
    "upper_back_around_knot", "knot", "neck_back", "neck_front_deep", "between_blades", "shoulder_top",
    "shoulder_back", "eyes", "whole_body",
)  # fmt: skip
FRONT_AND_SIDE = frozenset(
    {"upper_chest", "front_shoulder", "front_ribs", "side_ribs", "under_armpit", "flank"}
)
"""Heat and cold cover one of these; on the knot alone they miss what causes it."""
ZONES = ("top_corner", "inner_edge", "blade_tip", "beside_spine", "deep_under_blade", "unsure")
CAUTIONS = (*FLAGS, "arm_neuro")
"""What an item may not be for: standing cautions, and one that is only ever ticked for a knot."""
CLASSES = ("strain", "overuse", "mixed", "none")
TECHNIQUES = ("press", "rub", "pull", "knead", "roll", "hold", "stretch", "move")
CUES = ("breathe", "rate", "switch_side", "stop_check")
STOP_RULES = ("tenderness_drop", "time_cap", "pain_gt_7", "neuro", "annoyed")

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_STEP, LONGEST_TEXT = 48, 60, 140, 400
SHORTEST_STEP_S = 3

_KIND_OF_ID = {
    "B": Kind.BREAK, "S": Kind.STRENGTH, "M": Kind.MASSAGE, "H": Kind.THERMAL, "V": Kind.MOBILITY,
    "P": Kind.SETUP,
}  # fmt: skip
_ID = re.compile("[BSMHVP][0-9]{2}|[a-z][a-z0-9_-]{0,39}")
"""The shipped items' ids, whose letter tells the kind, and those of one's own."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_CODE = re.compile("[a-z][a-z_]{0,39}")
_ARTICLE = tuple(f"A{number}" for number in range(1, 25))
_MOST_S = 7200
_MOST_GUESSES = 10
"""Each guess at a misspelt word takes its time, and a map may hold thousands."""
_NAMED_TOGETHER = ("knot_zones", "link", "stop_rules")
"""What a massage says of itself in full, or, in the short form of one's own items, not at all."""
_BY_LEVEL = ("place", "equipment", "contraindications", "discreet")
"""What differs from level to level; the item takes it from its first."""

Form = Callable[[Reader, Node, str], Any]
"""Reads a value; None where it complained."""


def load(folders: Sequence[Path]) -> tuple[tuple[Item, ...], list[Problem]]:
    """Read every `*.yaml` of the folders, the shipped one first.

    An item of a later file takes the place of an earlier one of the same id. A folder that does not exist
    holds nothing; a file with problems is left out, and the others stand.
    """
    items: dict[str, Item] = {}
    problems: list[Problem] = []
    for folder in folders:
        try:
            files = sorted(p for p in folder.iterdir() if p.suffix == ".yaml" and not p.name.startswith("."))
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(_unreadable(folder, error))
            continue
        for file in files:
            found, wrong = _read_file(file)
            items.update((item.id, item) for item in found)
            problems += wrong
    return tuple(items.values()), problems


def read(text: str, file: str) -> tuple[tuple[Item, ...], list[Problem]]:
    """Read the items of one file: all of them, or none and every problem, in the file's order.

    Args:
        text: The file's whole text. Without any item in it, it is a library of nothing.
        file: Its name, for the problems.
    """
    node, problems = parse(text, file)
    if node is None:
        return (), problems
    reader = Reader(file, problems)
    items = _items(reader, node)
    return ((), reader.sorted()) if reader.problems else (items, [])


def to_json(item: Item) -> dict[str, object]:
    """Return every field of an item under its name in the library's files, ready for `json.dumps`."""
    return {
        "id": item.id,
        "kind": str(item.kind),
        "title": item.title,
        "summary": item.summary,
        "why": item.why,
        "steps": [{"text": step.text, "seconds": step.seconds, "cue": step.cue} for step in item.steps],
        "areas": list(item.areas),
        "target": item.target,
        "knot_zones": list(item.knot_zones),
        "link": item.link,
        "referral_of": list(item.referral_of),
        "knot_overlap_zones": list(item.knot_overlap_zones),
        "technique": list(item.technique),
        "side_mode": item.side_mode,
        "equipment": list(item.equipment),
        "place": list(item.place),
        "discreet": item.discreet,
        "intensity": item.intensity,
        "levels": [_level_to_json(level) for level in item.levels],
        "duration_s": item.duration_s,
        "dose": dict(item.dose),
        "progression": item.progression,
        "stop_rules": list(item.stop_rules),
        "contraindications": list(item.contraindications),
        "cautions": list(item.cautions),
        "classes_allowed": list(item.classes_allowed),
        "classes_never": list(item.classes_never),
        "evidence": item.evidence,
        "source": [{"ref": ref, "article": list(article)} for ref, article in item.source],
        "slot": list(item.slot),
        "version": item.version,
        "reviewed": item.reviewed,
    }


def _level_to_json(level: Level) -> dict[str, object]:
    return {
        "level": level.level,
        "variation": level.variation,
        "sets": level.sets,
        "reps": level.reps,
        "hold_s": level.hold_s,
        "load_hint": level.load_hint,
        "duration_s": level.duration_s,
        "place": list(level.place),
        "equipment": list(level.equipment),
        "contraindications": list(level.contraindications),
        "discreet": level.discreet,
    }


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def _read_file(path: Path) -> tuple[tuple[Item, ...], list[Problem]]:
    try:
        if not path.is_file():  # a pipe would be waited for without end
            what = "this is no ordinary file" if path.exists() else "this link leads nowhere"
            return (), [Problem(str(path), 1, 1, "", what, "move it out of the library folder")]
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        return (), [_unreadable(path, error)]
    text, problems = decode(data, str(path))
    return ((), problems) if text is None else read(text, str(path))


def _unreadable(path: Path, error: OSError) -> Problem:
    why = explain(error)
    return Problem(
        str(path), 1, 1, "", f"cannot be read: {why}", "make it readable for yourself, or remove it"
    )


# ── the forms a value can have ────────────────────────────────────────────────────────────────────


def _text(longest: int) -> Form:
    def form(reader: Reader, node: Node, path: str) -> str | None:
        text = reader.text(node, path, longest=longest)
        if text is None:
            return None
        plain = " ".join(text.split())
        if _CONTROL.search(plain):  # it would end up in somebody's terminal
            reader.complain(node, path, "there is a control character in this text", "delete it")
            return None
        return plain

    return form


def _choice(*words: str) -> Form:
    return lambda reader, node, path: reader.choice(node, path, words)


def _choices(words: Collection[str], *, least: int = 0) -> Form:
    return lambda reader, node, path: reader.choices(node, path, words, least=least)


def _integer(low: int, high: int) -> Form:
    return lambda reader, node, path: reader.integer(node, path, low, high)


def _list_of(form: Form, *, wanted: str, least: int = 0) -> Form:
    """Read a list whose every item has the form."""

    def list_form(reader: Reader, node: Node, path: str) -> tuple[Any, ...] | None:
        items = reader.items(node, path, wanted)
        if items is None:
            return None
        if len(items) < least:
            reader.unwanted(node, path, wanted)
            return None
        values = [form(reader, item, where) for where, item in items]
        return None if None in values else tuple(values)

    return list_form


def _map_of(forms: Mapping[str, Form], required: Collection[str], make: Callable[..., object]) -> Form:
    """Read a map of the keys and hand it to `make`, by name, if all is well."""

    def map_form(reader: Reader, node: Node, path: str) -> object | None:
        given = reader.mapping(node, path, forms, _BELONGS)
        if given is None:
            return None
        values, wrong = _values(reader, node, given, path, forms, required)
        return None if wrong else make(**values)

    return map_form


def _values(
    reader: Reader,
    node: Node,
    given: Mapping[str, Node],
    path: str,
    forms: Mapping[str, Form],
    required: Collection[str],
) -> tuple[dict[str, Any], set[str]]:
    """Return the sound values of a map, and the keys that are wrong or missing."""
    missing = {key for key in required if key not in given}
    unknown = [key.text for key, _ in node.pairs if key.text not in forms] if missing else []
    misspelt = {nearest(word, forms) for word in unknown[:_MOST_GUESSES]}
    for key in required:
        if key in missing and key not in misspelt:
            reader.complain(node, path, f"`{key}` is missing", f"add a line with {key}: and what it is")
    values = {key: forms[key](reader, value, join(path, key)) for key, value in given.items()}
    sound = {key: value for key, value in values.items() if value is not None}
    return sound, missing | (values.keys() - sound.keys())


def _id(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text is None or _ID.fullmatch(text):
        return text
    tame = re.sub("[^a-z0-9_-]+", "-", text.lower()).strip("-")
    hint = f"write {tame}" if _ID.fullmatch(tame) else ""
    reader.unwanted(node, path, "up to 40 small letters, digits, - and _, with a letter first", hint)
    return None


def _equipment(reader: Reader, node: Node, path: str) -> tuple[str, ...] | None:
    """Read the equipment; `none` alone says that nothing is needed."""
    chosen = reader.choices(node, path, ("none", *EQUIPMENT))
    if chosen == ("none",):
        return ()
    if chosen and "none" in chosen:
        reader.complain(node, path, "`none` stands beside equipment", "keep one or the other")
        return None
    return chosen


def _code(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text is None or _CODE.fullmatch(text):
        return text
    reader.unwanted(node, path, "small letters and _, as serratus_anterior")
    return None


def _day(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        reader.unwanted(node, path, "a day, as 2026-11-22")
        return None


def _number(low: float, high: float) -> Form:
    def form(reader: Reader, node: Node, path: str) -> float | None:
        number = reader.number(node, path, low, high)
        return int(number) if number is not None and number.is_integer() else number

    return form


def _make_dose(**numbers: float) -> tuple[tuple[str, float], ...]:
    return tuple(numbers.items())


def _make_source(ref: str, article: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    return ref, article


def _make_level(**values: Any) -> Level:
    usual: dict[str, Any] = {
        "hold_s": 0,
        "load_hint": "",
        "equipment": (),
        "contraindications": (),
        "discreet": False,
    }
    return Level(**(usual | values))


_STEP: Mapping[str, Form] = {
    "text": _text(LONGEST_STEP),
    "seconds": _integer(SHORTEST_STEP_S, _MOST_S),
    "cue": _choice(*CUES),
}
_DOSE: Mapping[str, Form] = {
    "sets": _integer(1, 20),
    "reps": _integer(1, 100),
    "hold_s": _integer(0, 90),
    "pressure_min": _number(0, 7),
    "pressure_max": _number(0, 7),
    "per_day_max": _integer(1, 50),
    "per_week": _integer(1, 50),
    "gap_min": _number(0, 1440),
}
_SOURCE: Mapping[str, Form] = {"ref": _text(200), "article": _choices(_ARTICLE)}
_PLACE_AND_CAUTIONS: Mapping[str, Form] = {
    "place": _choices(PLACES, least=1),
    "equipment": _equipment,
    "contraindications": _choices(CAUTIONS),
    "discreet": Reader.boolean,
}
_LEVEL: Mapping[str, Form] = {
    "level": _integer(1, 3),
    "variation": _text(LONGEST_STEP),
    "sets": _integer(1, 20),
    "reps": _integer(1, 100),
    "hold_s": _integer(0, 90),
    "load_hint": _text(LONGEST_STEP),
    "duration_s": _integer(SHORTEST_STEP_S, _MOST_S),
    **_PLACE_AND_CAUTIONS,
}
_LEVEL_NEEDS = ("level", "variation", "sets", "reps", "duration_s", "place")
_BELONGS = {
    **dict.fromkeys(("text", "seconds", "cue"), "steps"),
    **dict.fromkeys(_DOSE, "dose"),
    **dict.fromkeys(("level", "variation", "load_hint"), "levels"),
    **dict.fromkeys(("ref", "article"), "source"),
    "slot": "nothing: it follows from the seconds of the steps",
}
"""Where keys belong that are looked for in the wrong place."""

_ITEM: Mapping[str, Form] = {
    "id": _id,
    "kind": _choice(*Kind),
    "title": _text(LONGEST_TITLE),
    "summary": _text(LONGEST_SUMMARY),
    "why": _text(LONGEST_TEXT),
    "steps": _list_of(
        _map_of(_STEP, ("text", "seconds"), Step),
        wanted="a list of steps, as - {text: ..., seconds: 30}",
        least=1,
    ),
    "areas": _choices(AREAS),
    "target": _choice("referral", "knot", "around", "general"),
    "knot_zones": _choices(ZONES),
    "link": _choice("referral", "mechanical", "local", "none"),
    "referral_of": _list_of(_code, wanted="a list of muscles, as [serratus_anterior]"),
    "knot_overlap_zones": _choices(ZONES),
    "technique": _choices(TECHNIQUES),
    "side_mode": _choice("knot_side_first", "both", "none"),
    **_PLACE_AND_CAUTIONS,
    "intensity": _integer(0, 3),
    "levels": _list_of(_map_of(_LEVEL, _LEVEL_NEEDS, _make_level), wanted="a list of three levels", least=1),
    "duration_s": _integer(SHORTEST_STEP_S, _MOST_S),
    "dose": _map_of(_DOSE, (), _make_dose),
    "progression": _choice("strength_v1", "press_v1"),
    "stop_rules": _choices(STOP_RULES),
    "cautions": _list_of(_text(LONGEST_STEP), wanted="a list of sentences"),
    "classes_allowed": _choices(CLASSES),
    "classes_never": _choices(CLASSES),
    "evidence": _choice("moderate", "low", "indirect", "tradition"),
    "source": _list_of(
        _map_of(_SOURCE, ("ref",), _make_source), wanted="a list, as - {ref: F1, article: [A10]}"
    ),
    "version": _integer(1, 9999),
    "reviewed": _day,
}
_ITEM_NEEDS = ("id", "kind", "title", "steps")


# ── items ─────────────────────────────────────────────────────────────────────────────────────────


def _items(reader: Reader, root: Node) -> tuple[Item, ...]:
    if root.kind == MAP:
        hint = "put `- ` before its first line and two blanks before the others"
        reader.unwanted(root, "", "a list of items", hint)
        return ()
    items = []
    lines: dict[str, int] = {}
    for index, node in reader.items(root, "", "a list of items, each as - id: ...") or ():
        path, place = _id_of(node) or (index, node)
        if path in lines:
            said = f"this id is taken, first on line {lines[path]}"
            reader.complain(place, path, said, "give one of them another id")
        lines.setdefault(path, place.line)
        item = _item(reader, node, path)
        if item is not None:
            items.append(item)
    return tuple(items)


def _id_of(node: Node) -> tuple[str, Node] | None:
    """Return the id and where it stands, to call an item by before anything is known of it."""
    for key, value in node.pairs:
        if key.text == "id" and _ID.fullmatch(value.text):
            return value.text, value
    return None


def _item(reader: Reader, node: Node, path: str) -> Item | None:
    given = reader.mapping(node, path, _ITEM, _BELONGS)
    if given is None:
        return None
    values, wrong = _values(reader, node, given, path, _ITEM, _ITEM_NEEDS)
    item = _make_item(**values)
    for fault in (*_in_itself(item), *_by_level(item, given), *_safety(item, given)):
        if wrong.isdisjoint((fault.key, *fault.seen)):
            where, at = (given[fault.key], join(path, fault.key)) if fault.key in given else (node, path)
            reader.complain(where, at, fault.message, fault.hint)
    return None if wrong else item


def _make_item(
    *,
    kind: str = Kind.BREAK,
    id: str = "",  # noqa: A002 - the key's name in the file
    title: str = "",
    steps: tuple[Step, ...] = (),
    duration_s: int | None = None,
    levels: tuple[Level, ...] = (),
    **others: Any,
) -> Item:
    """Make an item of what is sound; what it lacks, or should not have, is complained about elsewhere."""
    if duration_s is None:
        duration_s = sum(step.seconds for step in steps)
    if levels:
        others |= {key: getattr(levels[0], key) for key in _BY_LEVEL}
    slot = (_slot(duration_s),)
    return Item(id, Kind(kind), title, steps, duration_s, levels=levels, slot=slot, **others)


def _slot(duration_s: int) -> str:
    if duration_s <= 45:
        return "micro"
    return "long" if duration_s <= 300 else "session"


class _Fault(NamedTuple):
    """A rule that an item breaks, though each of its values is sound by itself."""

    key: str
    message: str
    hint: str
    seen: tuple[str, ...] = ()
    """What else the rule looked at. If one of these could not be read, nothing is known."""


def _in_itself(item: Item) -> list[_Fault]:
    """Where an item contradicts itself."""
    faults = []
    of_id = _KIND_OF_ID.get(item.id[:1])
    if of_id and item.kind is not of_id:
        said = f"{item.id} is the id of a {of_id} item, and this is {item.kind}"
        faults.append(_Fault("id", said, "take a word of your own, as my-stretch", ("kind",)))
    total = sum(step.seconds for step in item.steps)
    if item.duration_s != total:
        said = f"it says {item.duration_s}, but the steps take {total} seconds"
        faults.append(_Fault("duration_s", said, f"write {total}, or leave it out", ("steps",)))
    both = sorted(set(item.classes_allowed) & set(item.classes_never))
    if both:
        said = f"{both[0]} is both allowed and never allowed"
        faults.append(_Fault("classes_never", said, "keep it in one of the two", ("classes_allowed",)))
    dose = dict(item.dose)
    if dose.get("pressure_min", 0) > dose.get("pressure_max", 7):
        faults.append(_Fault("dose", "pressure_min is above pressure_max", "swap them"))
    return faults


def _by_level(item: Item, given: Mapping[str, Node]) -> list[_Fault]:
    """Where levels are no ladder of three, or the item says what its levels say."""
    if not item.levels:
        return []
    if item.kind is not Kind.STRENGTH:
        return [
            _Fault(
                "levels", f"only strength has levels, and this is {item.kind}", "leave them out", ("kind",)
            )
        ]
    faults = [
        _Fault(key, "differs from level to level", f"write {key} in each level", ("levels",))
        for key in _BY_LEVEL
        if key in given
    ]
    total = sum(step.seconds for step in item.steps)
    if [level.level for level in item.levels] != [1, 2, 3]:
        faults.append(_Fault("levels", "wanted are level 1, 2 and 3, in this order, or no levels", ""))
    elif item.levels[0].duration_s != total:
        said = f"level 1 takes {item.levels[0].duration_s} seconds, but the steps take {total}"
        faults.append(_Fault("levels", said, "the steps tell level 1: make the two equal", ("steps",)))
    return faults


def _safety(item: Item, given: Mapping[str, Node]) -> list[_Fault]:
    """Where an item breaks a rule that keeps people from harm, or claims more than is known."""
    faults = []
    if item.target == "knot" and "strain" not in item.classes_never:
        said = "pressing on the knot itself is never for strain: it annoys the knot"
        faults.append(_Fault("target", said, "write classes_never: [strain]", ("classes_never",)))
    if item.link == "mechanical" and item.referral_of:
        said = "with a mechanical link no muscle sends pain there"
        faults.append(_Fault("referral_of", said, "leave it out, or write link: referral", ("link",)))
    if item.link == "referral" and not item.referral_of:
        said = "a referral link names the muscle that sends pain there"
        faults.append(_Fault("link", said, "add referral_of: [serratus_anterior]", ("referral_of",)))
    if item.kind is Kind.MASSAGE:
        named = [key for key in _NAMED_TOGETHER if key in given and getattr(item, key) not in ((), "none")]
        missing = [key for key in _NAMED_TOGETHER if key not in named]
        if named and missing:
            said = f"a massage that names {named[0]} also names {' and '.join(missing)}"
            faults.append(_Fault(named[0], said, f"add {' and '.join(missing)}", ("kind", *_NAMED_TOGETHER)))
    if item.kind is Kind.THERMAL and item.areas and FRONT_AND_SIDE.isdisjoint(item.areas):
        wanted = ", ".join(area for area in AREAS if area in FRONT_AND_SIDE)
        said = "heat and cold go on the front or the side too"
        faults.append(_Fault("areas", said, f"add one of {wanted}", ("kind",)))
    return faults
