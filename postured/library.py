"""The library: YAML files of items, shipped and the person's own, and an item as JSON.

Reading is as strict as for the schedule: a file is taken whole or not at all, and every problem is found at
once. A broken file costs its own items only. What the keys mean is written at the top of each shipped file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from postured.core.document import MAP, MOST_BYTES, SCALAR, Node, Reader, decode, join, nearest, parse
from postured.core.language import _
from postured.core.model import AREAS, EQUIPMENT, FLAGS, PLACES, ZONES, Item, Kind, Level, Problem, Step
from postured.files import explain

FRONT_AND_SIDE = frozenset(
    {"upper_chest", "front_shoulder", "front_ribs", "side_ribs", "under_armpit", "flank"}
)
"""Heat and cold cover one of these; on the knot alone they miss what causes it."""
CAUTIONS = (*FLAGS, "arm_neuro", "exertion")
"""What an item may not be for: standing cautions, and one that is only ever ticked for a knot."""
CLASSES = ("strain", "overuse", "mixed", "none")
TECHNIQUES = ("press", "rub", "pull", "knead", "roll", "hold", "stretch", "move")
CUES = ("breathe", "rate", "switch_side", "stop_check")
STOP_RULES = ("tenderness_drop", "time_cap", "pain_gt_7", "neuro", "annoyed")

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_HOW, LONGEST_STEP, LONGEST_TEXT = 48, 60, 80, 140, 400
LONGEST_PATH = 400
HARDEST = 7
"""Of ten, how hard to press at most."""
LONGEST_HOLD_S = 90
HEAT_AT_MOST_MIN, COLD_AT_MOST_MIN = 30, 20
MOST_A_DAY = 3
"""Massages, and packs."""
LARGEST_PICTURE = 5_000_000
"""Bytes. Notification servers read the whole picture while they draw."""
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
SHORTEST_STEP_S = 3

_KIND_OF_ID = {
    "B": Kind.BREAK, "S": Kind.STRENGTH, "M": Kind.MASSAGE, "H": Kind.THERMAL, "V": Kind.MOBILITY,
    "P": Kind.SETUP,
}  # fmt: skip
_ID = re.compile("[BSMHVP][0-9]{2}|[a-z][a-z0-9_-]{0,39}")
"""The shipped items' ids, whose letter tells the kind, and those of one's own."""
_LIKE_OURS = re.compile("[bsmhvp][0-9]{2}")
"""Commands take `b01` for B01."""
_CALLED = {
    "ball": "tennis_ball", "roller": "foam_roller", "bottle": "dumbbell", "water_bottle": "dumbbell",
    "weights": "dumbbell", "theraband": "band", "hook": "cane", "ice": "ice_cup", "floor": "mat",
    "blood_thinner": "anticoagulant", "blood_thinners": "anticoagulant", "blood_pressure": "high_bp_uncontrolled",
    "thrombosis": "clot_dvt", "child": "minor", "children": "minor", "pregnancy": "pregnant",
    "dizziness": "neck_dizziness", "waist": "flank", "collarbone": "upper_chest", "armpit": "under_armpit",
    "shoulder_blade": "blade_back", "office": "desk", "standing": "stand", "sitting": "desk", "bathroom": "home",
    "exercise": "strength", "stretch": "mobility", "heat": "thermal", "cold": "thermal",
}  # fmt: skip
"""Other words that people have for ours."""
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

Find = Callable[[str], str]
"""Gives the whole path of a picture that is named in a file; raises `PictureError`."""
Form = Callable[[Reader, Node, str], Any]
"""Reads a value; None where it complained."""


def load(
    folders: Sequence[Path], *, kept: dict[Path, tuple[Item, ...]] | None = None
) -> tuple[tuple[Item, ...], list[Problem]]:
    """Read every `*.yaml` of the folders, the shipped one first.

    An item of a later file takes the place of an earlier one of the same id. A folder that does not exist
    holds nothing; a file with problems is left out, and the others stand.

    Args:
        folders: In the order in which they are read.
        kept: What each file held when it was read well last: that goes on for one with problems. It is brought up to
            date.
    """
    items: dict[str, Item] = {}
    problems: list[Problem] = []
    for folder in folders:
        try:
            files = sorted(p for p in folder.iterdir() if p.suffix == ".yaml" and not p.name.startswith("."))
        except FileNotFoundError:
            continue
        except OSError as error:
            if folder.exists():  # else something higher up is no folder, and who reads that will say so
                problems.append(_unreadable(folder, error))
            continue
        for file in files:
            found, wrong = _read_file(file)
            if kept is not None:
                found = kept.get(file, ()) if wrong else found
                kept[file] = found
            items.update((item.id, item) for item in found)
            problems += wrong
    return tuple(items.values()), problems


def read(text: str, file: str, find: Find = str) -> tuple[tuple[Item, ...], list[Problem]]:
    """Read the items of one file: all of them, or none and every problem, in the file's order.

    Args:
        text: The file's whole text. Without any item in it, it is a library of nothing.
        file: Its name, for the problems.
        find: Finds a picture. Nothing else here looks at the disk; without it, a picture stays as it is written.
    """
    reader = _Reader(file)
    shelf = _Shelf(reader, {**_ITEM, "picture": _picture(find)})
    node, problems = parse(text, file, take=shelf.take)
    if node is None:
        return (), problems
    reader.problems += problems
    _is_list(reader, node)
    return ((), reader.sorted()) if reader.problems else (tuple(shelf.items), [])


def read_data(data: bytes, path: Path) -> tuple[tuple[Item, ...], list[Problem]]:
    """Read what a file holds, or would hold: pictures are looked for beside `path`."""
    text, problems = decode(data, str(path))
    return ((), problems) if text is None else read(text, str(path), _finder(path.parent))


def to_json(item: Item) -> dict[str, object]:
    """Return every field of an item under its name in the library's files, ready for `json.dumps`."""
    return {
        "id": item.id,
        "kind": str(item.kind),
        "title": item.title,
        "summary": item.summary,
        "how": item.how,
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
        "picture": item.picture,
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
            what = _("this is no ordinary file") if path.exists() else _("this link leads nowhere")
            return (), [Problem(str(path), 1, 1, "", what, _("move it out of the library folder"))]
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        return (), [_unreadable(path, error)]
    return read_data(data, path)


def _unreadable(path: Path, error: OSError) -> Problem:
    what = _("cannot be read: {why}").format(why=explain(error))
    return Problem(str(path), 1, 1, "", what, _("make it readable for yourself, or remove it"))


class PictureError(Exception):
    """Why something is no picture to show, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _finder(folder: Path) -> Find:
    """Look for pictures beside the library's file, which lies in `folder`."""

    def find(name: str) -> str:
        path = folder / name
        try:
            path = (folder / Path(name).expanduser()).absolute()
            there = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise PictureError(_("there is no file {path}").format(path=path), _beside(path)) from None
        except OSError as error:
            raise _unreadable_picture(path, explain(error)) from None
        except (RuntimeError, ValueError):  # a home folder that nobody has, a character that no path can have
            raise PictureError(_("there is no file {path}").format(path=path), _name_it()) from None
        if not stat.S_ISREG(there.st_mode):
            raise PictureError(_("{path} is a folder or a device").format(path=path), _name_it())
        if not os.access(path, os.R_OK):
            raise _unreadable_picture(path, _("permission denied"))
        if there.st_size > LARGEST_PICTURE:
            said = _("{path} is too large: {size:.1f} MB, wanted at most {most:.0f}").format(
                path=path, size=there.st_size / 1e6, most=LARGEST_PICTURE / 1e6
            )
            raise PictureError(said, _("save it smaller"))
        return str(path)

    return find


def _unreadable_picture(path: Path, why: str) -> PictureError:
    said = _("{path} cannot be read: {why}").format(path=path, why=why)
    return PictureError(said, _("make it readable for yourself, or leave picture out"))


def _name_it() -> str:
    return _("write the name of the picture itself, as knot.png")


def _beside(path: Path) -> str:
    """What to do where a picture is missing: the name that was most likely meant, else where it is looked for."""
    try:
        names = [each.name for each in path.parent.iterdir() if each.name.lower().endswith(PICTURES)]
    except OSError:
        names = []
    meant = nearest(path.name, names)
    if meant:
        return _("did you mean {name}?").format(name=meant)
    return _("put the picture into {folder}, or leave picture out").format(folder=path.parent)


# ── the forms a value can have ────────────────────────────────────────────────────────────────────


class _Reader(Reader):
    """Guesses what is meant where somebody writes a part of a word, or another word for it."""

    def choice(self, node: Node, path: str, words: Collection[str]) -> str | None:
        """Return one of the words."""
        if node.kind != SCALAR or node.text in words:
            return super().choice(node, path, words)
        said = re.sub("[ -]+", "_", node.text.strip().lower())
        meant = [word for word in words if word == _CALLED.get(said) or said in word.split("_")]
        if not meant:
            return super().choice(node, path, words)
        wanted = _("one of {words}").format(words=", ".join(words))
        hint = _("did you mean {name}?").format(name=_(" or ").join(meant))
        self.unwanted(node, path, wanted, hint)
        return None


def _text(longest: int) -> Form:
    def form(reader: Reader, node: Node, path: str) -> str | None:
        text = reader.text(node, path, longest=longest)
        if text is None:
            return None
        plain = " ".join(text.split())
        if _CONTROL.search(plain):  # it would end up in somebody's terminal
            said = _("there is a control character in this text")
            reader.complain(node, path, said, _("delete it"))
            return None
        return plain

    return form


def _choice(*words: str) -> Form:
    return lambda reader, node, path: reader.choice(node, path, words)


def _choices(words: Collection[str], *, least: int = 0) -> Form:
    return lambda reader, node, path: reader.choices(node, path, words, least=least)


def _integer(low: int, high: int) -> Form:
    return lambda reader, node, path: reader.integer(node, path, low, high)


def _list_of(form: Form, *, wanted: Callable[[], str], least: int = 0) -> Form:
    """Read a list whose every item has the form; `wanted` says so, in the person's language of that moment."""

    def list_form(reader: Reader, node: Node, path: str) -> tuple[Any, ...] | None:
        items = reader.items(node, path, wanted())
        if items is None:
            return None
        if len(items) < least:
            reader.unwanted(node, path, wanted())
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
    unknown = [key.text for key, value in node.pairs if key.text not in forms] if missing else []
    misspelt = {nearest(word, forms) for word in unknown[:_MOST_GUESSES]}
    for key in required:
        if key in missing and key not in misspelt:
            said = _("`{key}` is missing").format(key=key)
            reader.complain(node, path, said, _("add {example}").format(example=_example(key)))
    values = {key: forms[key](reader, value, join(path, key)) for key, value in given.items()}
    sound = {key: value for key, value in values.items() if value is not None}
    return sound, missing | (values.keys() - sound.keys())


def _example(key: str) -> str:
    """How somebody may write a key that was forgotten."""
    return {
        "id": "id: my-stretch",
        "kind": "kind: break",
        "title": _("title: Make some tea"),
        "steps": _("steps: and below it - {text: Put the kettle on., seconds: 180}"),
        "text": _("text: Put the kettle on."),
        "seconds": "seconds: 30",
        "level": "level: 1",
        "variation": _("variation: Seated, with a light band"),
        "sets": "sets: 2",
        "reps": "reps: 10",
        "duration_s": "duration_s: 90",
        "place": "place: [desk]",
    }.get(key, f"{key}: ...")


def _id(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text is None or _ID.fullmatch(text):
        return text
    tame = re.sub("[^a-z0-9_-]+", "-", text.lower()).strip("-")
    hint = _("write {name}").format(name=tame) if _ID.fullmatch(tame) else _("write a word, as my-stretch")
    wanted = _("up to 40 small letters, digits, - and _, with a letter first")
    reader.unwanted(node, path, wanted, hint)
    return None


def _equipment(reader: Reader, node: Node, path: str) -> tuple[str, ...] | None:
    """Read the equipment; `none` alone says that nothing is needed."""
    chosen = reader.choices(node, path, ("none", *EQUIPMENT))
    if chosen == ("none",):
        return ()
    if chosen and "none" in chosen:
        reader.complain(node, path, _("`none` stands beside equipment"), _("keep one or the other"))
        return None
    return chosen


def _picture(find: Find) -> Form:
    """Read the name of a picture: a file that is there, never an address."""

    def form(reader: Reader, node: Node, path: str) -> str | None:
        name = _text(LONGEST_PATH)(reader, node, path)
        if name is None:
            return None
        if "://" in name:
            said = _("found an address, wanted a picture that is on this computer")
            reader.complain(node, path, said, _("save it beside this file and write its name, as knot.png"))
            return None
        if not name.lower().endswith(PICTURES):
            wanted = _("a picture: a name that ends in {ends}").format(ends=", ".join(PICTURES))
            reader.unwanted(node, path, wanted, _("save it as one of these"))
            return None
        try:
            return find(name)
        except PictureError as wrong:
            reader.complain(node, path, str(wrong), wrong.hint)
            return None

    return form


def _code(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text is None or _CODE.fullmatch(text):
        return text
    reader.unwanted(node, path, _("small letters and _, as serratus_anterior"))
    return None


def _day(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        reader.unwanted(node, path, _("a day, as 2026-11-22"))
        return None


def _number(low: float, high: float) -> Form:
    def form(reader: Reader, node: Node, path: str) -> float | None:
        number = reader.number(node, path, low, high)
        return int(number) if number is not None and number.is_integer() else number

    return form


def _pressure(reader: Reader, node: Node, path: str) -> float | None:
    number: float | None = _number(0, 10)(reader, node, path)
    if number is None or number <= HARDEST:
        return number
    said = _("{number:g} of 10 is pressed too hard, wanted at most {most}").format(
        number=number, most=HARDEST
    )
    reader.complain(
        node, path, said, _("write {most} or less: harder than that does harm").format(most=HARDEST)
    )
    return None


def _hold(reader: Reader, node: Node, path: str) -> int | None:
    seconds = reader.integer(node, path, 0, _MOST_S)
    if seconds is None or seconds <= LONGEST_HOLD_S:
        return seconds
    said = _("{seconds} seconds is too long for one hold, wanted at most {most}").format(
        seconds=seconds, most=LONGEST_HOLD_S
    )
    hint = _("write {most} or less, and let go in between").format(most=LONGEST_HOLD_S)
    reader.complain(node, path, said, hint)
    return None


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
    "hold_s": _hold,
    "pressure_min": _pressure,
    "pressure_max": _pressure,
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
    "hold_s": _hold,
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
}
"""Where keys belong that are looked for in the wrong place."""

_ITEM: Mapping[str, Form] = {
    "id": _id,
    "kind": _choice(*Kind),
    "title": _text(LONGEST_TITLE),
    "summary": _text(LONGEST_SUMMARY),
    "how": _text(LONGEST_HOW),
    "why": _text(LONGEST_TEXT),
    "steps": _list_of(
        _map_of(_STEP, ("text", "seconds"), Step),
        wanted=lambda: _("a list of steps, as - {text: ..., seconds: 30}"),
        least=1,
    ),
    "areas": _choices(AREAS),
    "target": _choice("referral", "knot", "around", "general"),
    "knot_zones": _choices(ZONES),
    "link": _choice("referral", "mechanical", "local", "none"),
    "referral_of": _list_of(_code, wanted=lambda: _("a list of muscles, as [serratus_anterior]")),
    "knot_overlap_zones": _choices(ZONES),
    "technique": _choices(TECHNIQUES),
    "side_mode": _choice("knot_side_first", "both", "none"),
    **_PLACE_AND_CAUTIONS,
    "intensity": _integer(0, 3),
    "levels": _list_of(
        _map_of(_LEVEL, _LEVEL_NEEDS, _make_level), wanted=lambda: _("a list of three levels"), least=1
    ),
    "duration_s": _integer(SHORTEST_STEP_S, _MOST_S),
    "dose": _map_of(_DOSE, (), _make_dose),
    "progression": _choice("strength_v1", "press_v1"),
    "stop_rules": _choices(STOP_RULES),
    "cautions": _list_of(_text(LONGEST_STEP), wanted=lambda: _("a list of sentences")),
    "classes_allowed": _choices(CLASSES),
    "classes_never": _choices(CLASSES),
    "evidence": _choice("moderate", "low", "indirect", "tradition"),
    "source": _list_of(
        _map_of(_SOURCE, ("ref",), _make_source), wanted=lambda: _("a list, as - {ref: F1, article: [A10]}")
    ),
    "version": _integer(1, 9999),
    "reviewed": _day,
}
_ITEM_NEEDS = ("id", "kind", "title", "steps")


# ── items ─────────────────────────────────────────────────────────────────────────────────────────


def _is_list(reader: Reader, root: Node) -> None:
    if root.kind == MAP:
        hint = _("put `- ` before its first line and two blanks before the others")
        reader.unwanted(root, "", _("a list of items"), hint)
    else:
        reader.items(root, "", _("a list of items, each as - id: ..."))


class _Shelf:
    """The items of one file as they come; the text of one is forgotten before the next one is read."""

    def __init__(self, reader: Reader, forms: Mapping[str, Form]) -> None:
        self.items: list[Item] = []
        self._reader = reader
        self._forms = forms
        self._count = 0
        self._lines: dict[str, int] = {}

    def take(self, node: Node) -> None:
        """Read one item."""
        path, place = _id_of(node) or (f"[{self._count}]", node)
        self._count += 1
        if path in self._lines:
            said = _("this id is taken, first on line {line}").format(line=self._lines[path])
            self._reader.complain(place, path, said, _("give one of them another id"))
        self._lines.setdefault(path, place.line)
        item = _item(self._reader, node, path, self._forms)
        if item is not None:
            self.items.append(item)


def _id_of(node: Node) -> tuple[str, Node] | None:
    """Return the id and where it stands, to call an item by before anything is known of it."""
    for key, value in node.pairs:
        if key.text == "id" and _ID.fullmatch(value.text):
            return value.text, value
    return None


def _item(reader: Reader, node: Node, path: str, forms: Mapping[str, Form]) -> Item | None:
    no_key = {"slot": _("nothing: it follows from the seconds of the steps")}
    given = reader.mapping(node, path, forms, {**_BELONGS, **no_key})
    if given is None:
        return None
    values, wrong = _values(reader, node, given, path, forms, _ITEM_NEEDS)
    item = _make_item(**values)
    for rule in (_of_its_id, _in_itself, _of_its_dose, _by_level, _by_place, _safety, _of_massage, _of_heat):
        for fault in rule(item, given):
            if wrong.isdisjoint((fault.key, *fault.seen)):
                where, at = _spot(node, given, path, fault)
                reader.complain(where, at, fault.message, fault.hint)
    return None if wrong else item


def _spot(node: Node, given: Mapping[str, Node], path: str, fault: _Fault) -> tuple[Node, str]:
    """Where a fault is: the key's value, or one of a list there; the item itself where the key is not written."""
    if fault.key not in given:
        return node, path
    where, at = given[fault.key], join(path, fault.key)
    if fault.number is None:
        return where, at
    return where.items[fault.number], f"{at}[{fault.number}]"


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
    if "shower" in others.get("equipment", ()):
        others.setdefault("place", ("home",))
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
    number: int | None = None
    """Which one of the list, from 0, where the key holds a list."""


Given = Mapping[str, Node]
"""What is written of an item, by its key."""


def _of_its_id(item: Item, _given: Given) -> Iterator[_Fault]:
    """Where an id leads astray."""
    own = _("take a word of your own, as my-stretch")
    of_id = _KIND_OF_ID.get(item.id[:1])
    if of_id and item.kind is not of_id:
        said = _("{id} is the id of a {right} item, and this is {kind}").format(
            id=item.id, right=of_id, kind=item.kind
        )
        yield _Fault("id", said, own, ("kind",))
    if _LIKE_OURS.fullmatch(item.id):
        said = _("{id} cannot be told from {ours}, which comes with postured").format(
            id=item.id, ours=item.id.upper()
        )
        yield _Fault("id", said, own)
    if item.id in list(Kind):
        said = _("{id} is a kind: `postured now {id}` means any item of it").format(id=item.id)
        yield _Fault("id", said, _("write my-{id}").format(id=item.id))


def _in_itself(item: Item, _given: Given) -> Iterator[_Fault]:
    """Where an item contradicts itself."""
    total = sum(step.seconds for step in item.steps)
    if item.duration_s != total:
        said = _("it says {said}, but the steps take {total} seconds").format(
            said=item.duration_s, total=total
        )
        yield _Fault("duration_s", said, _("write {total}, or leave it out").format(total=total), ("steps",))
    for name in item.classes_allowed:
        if name in item.classes_never:
            said = _("{name} is both allowed and never allowed").format(name=name)
            yield _Fault("classes_never", said, _("keep it in one of the two"), ("classes_allowed",))
    belongs = {"strength_v1": Kind.STRENGTH, "press_v1": Kind.MASSAGE}.get(item.progression or "", item.kind)
    if item.kind is not belongs:
        said = _("{name} is for {right}, and this is {kind}").format(
            name=item.progression, right=belongs, kind=item.kind
        )
        yield _Fault("progression", said, _("leave it out"), ("kind",))


def _of_its_dose(item: Item, _given: Given) -> Iterator[_Fault]:
    """Where a dose contradicts itself, or is more than is good."""
    dose = dict(item.dose)
    if dose.get("pressure_min", 0) > dose.get("pressure_max", HARDEST):
        yield _Fault("dose", _("pressure_min is above pressure_max"), _("swap them"))
    a_day, a_week = dose.get("per_day_max", 1), dose.get("per_week")
    if a_week is not None and a_day > a_week:
        said = _("{day:g} a day are more than {week:g} a week").format(day=a_day, week=a_week)
        yield _Fault("dose", said, _("make per_day_max smaller, or per_week larger"))
    if item.kind in (Kind.MASSAGE, Kind.THERMAL) and a_day > MOST_A_DAY:
        said = _("{day:g} a day is too often, wanted at most {most}").format(day=a_day, most=MOST_A_DAY)
        hint = _("write per_day_max: {most} or less: skin and muscle need the time").format(most=MOST_A_DAY)
        yield _Fault("dose", said, hint, ("kind",))


def _by_level(item: Item, given: Given) -> Iterator[_Fault]:
    """Where levels are no ladder of three, or the item says what its levels say."""
    if not item.levels:
        return
    if item.kind is not Kind.STRENGTH:
        said = _("only strength has levels, and this is {kind}").format(kind=item.kind)
        yield _Fault("levels", said, _("leave them out"), ("kind",))
        return
    for key in _BY_LEVEL:
        if key in given:
            hint = _("write {key} in each level, and not here").format(key=key)
            yield _Fault(key, _("differs from level to level"), hint, ("levels",))
    total = sum(step.seconds for step in item.steps)
    found = [level.level for level in item.levels]
    if found != [1, 2, 3]:
        said = _("found level {found}, wanted level 1, 2 and 3, in this order").format(
            found=", ".join(map(str, found))
        )
        yield _Fault("levels", said, _("write all three, the easiest first, or leave levels out"))
    elif item.levels[0].duration_s != total:
        said = _("level 1 takes {level} seconds, but the steps take {total}").format(
            level=item.levels[0].duration_s, total=total
        )
        yield _Fault("levels", said, _("the steps tell level 1: make the two equal"), ("steps",))


def _by_place(item: Item, _given: Given) -> Iterator[_Fault]:
    """Where the place does not go with the rest, of the item or of one of its levels."""
    each: list[tuple[int | None, Item | Level]] = [(None, item)]
    if item.levels:
        each = list(enumerate(item.levels))
    for level, one in each:
        if one.discreet and set(one.place) == {"floor"}:
            said = _("lying on the floor is seen by everybody, so it is not discreet")
            hint = _("write discreet: false, or another place")
            yield _Fault("discreet" if level is None else "levels", said, hint, ("place",), level)
        if "shower" in one.equipment and "home" not in one.place:
            said = _("a shower is at home, and this is for: {places}").format(places=", ".join(one.place))
            yield _Fault(
                "place" if level is None else "levels", said, _("write place: [home]"), ("equipment",), level
            )


def _safety(item: Item, _given: Given) -> Iterator[_Fault]:
    """Where an item claims more than is known, or does to a knot what harms it."""
    pressed = item.kind is Kind.MASSAGE and "knot" in item.areas
    if (item.target == "knot" or pressed) and "strain" not in item.classes_never:
        said = _("pressing on the knot itself is never for a knot from strain: it annoys the knot")
        hint = _("write classes_never: [strain]")
        if "strain" in item.classes_allowed:
            hint = _("take strain out of classes_allowed, and write classes_never: [strain]")
        seen = ("kind", "classes_never", "classes_allowed")
        yield _Fault("target" if item.target == "knot" else "areas", said, hint, seen)
    if item.link == "mechanical" and item.referral_of:
        said = _("with a mechanical link no muscle sends pain there")
        yield _Fault("referral_of", said, _("leave it out, or write link: referral"), ("link",))
    if item.link == "referral" and not item.referral_of:
        said = _("a referral link names the muscle that sends pain there")
        yield _Fault(
            "link", said, _("add referral_of: and the muscle, as [serratus_anterior]"), ("referral_of",)
        )


def _of_massage(item: Item, given: Given) -> Iterator[_Fault]:
    """Where a massage says only half of what it is for."""
    if item.kind is not Kind.MASSAGE:
        return
    named = [key for key in _NAMED_TOGETHER if key in given and getattr(item, key) not in ((), "none")]
    missing = [key for key in _NAMED_TOGETHER if key not in named]
    if named and missing:
        others = _(" and ").join(missing)
        said = _("a massage that says {key} also says {others}").format(key=named[0], others=others)
        hint = _("add {others}, or leave {key} out").format(others=others, key=_(" and ").join(named))
        yield _Fault(named[0], said, hint, ("kind", *_NAMED_TOGETHER))


def _of_heat(item: Item, _given: Given) -> Iterator[_Fault]:
    """Where heat or cold misses its place, or stays on too long."""
    if item.kind is not Kind.THERMAL:
        return
    if item.areas and FRONT_AND_SIDE.isdisjoint(item.areas) and "whole_body" not in item.areas:
        wanted = ", ".join(area for area in AREAS if area in FRONT_AND_SIDE)
        said = _("heat or cold on the back alone may miss a pull from the front or the side")
        yield _Fault("areas", said, _("add one of {areas}").format(areas=wanted), ("kind",))
    minutes = sum(step.seconds for step in item.steps) / 60
    needed = {*item.equipment}
    most = HEAT_AT_MOST_MIN if "heat_pack" in needed else COLD_AT_MOST_MIN
    if needed & {"heat_pack", "cold_pack", "ice_cup"} and minutes > most:
        said = _("the steps take {minutes:g} minutes, and {what} is on for at most {most}").format(
            minutes=round(minutes, 1), what=_("heat") if "heat_pack" in needed else _("cold"), most=most
        )
        hint = _("make them shorter, for the skin's sake; two places one after the other are two items")
        yield _Fault("steps", said, hint, ("kind", "equipment"))
