"""`postured library` and `postured show`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from postured import library as items_file
from postured.cli import person
from postured.cli.console import EXIT_USAGE, EXIT_WELL, NO_BREAK, CommandError, Console
from postured.cli.schedule import items
from postured.core import course as courses
from postured.core import engine, names, strength, wording
from postured.core.document import nearest
from postured.core.language import _, n_, p_
from postured.core.model import AREAS, EQUIPMENT, PLACES, ZONES, Item, Kind, Level, Me, Step
from postured.core.safety import Obstacle, Who, first_level, level_reached, obstacle_of, parts

NOTHING_NEEDED = "none"
_SHIPPED_ID = 3
"""Characters."""

Line = tuple[str, str]
"""What stands on the left of a page, and the text beside it."""


# ── the list ──────────────────────────────────────────────────────────────────────────────────────


def library(args: Namespace, console: Console) -> int:
    """Print the items, as many as asked for; or add one."""
    if args.part == "add":
        from postured.cli.add import add

        return add(args, console)
    wanted = _filters(args)
    everything = items(console)
    found = [item for item in everything if all(fits(item) for fits in wanted)]
    reasons: dict[str, str] = {}
    if args.mine or not (args.json or console.width is None):
        reasons = _obstacles(args, console, everything)
    if args.mine:
        found = [item for item in found if item.id not in reasons]
    if args.json:
        console.json([items_file.to_json(item) for item in found])
    elif not found:
        raise CommandError(_("nothing in the library is like that; see: postured library"))
    elif console.width is None:
        console.columns(
            [[i.id, i.kind.value, wording.spoken(i.duration_s), wording.item_title(i)] for i in found]
        )
    else:
        _print_list(console, console.width, found, reasons)
    return EXIT_WELL


def _filters(args: Namespace) -> list[Callable[[Item], bool]]:
    """What was asked for, as tests that an item must pass.

    Raises:
        CommandError: A word is not known.
    """
    found: list[Callable[[Item], bool]] = []
    if args.kind is not None:
        kind = understood(args.kind, list(Kind), names.kind, _("kind"))
        found.append(lambda item: item.kind == kind)
    if args.area is not None:
        area = understood(args.area, AREAS, names.area, _("area"))
        found.append(lambda item: area in item.areas)
    if args.zone is not None:
        zone = understood(args.zone, ZONES, names.zone, _("zone"))
        found.append(lambda item: zone in item.knot_zones)
    if args.place is not None:
        place = understood(args.place, PLACES, names.place, _("place"))
        found.append(lambda item: any(place in part.place for part in parts(item)))
    if args.equipment is not None:
        tool = understood(args.equipment, (NOTHING_NEEDED, *EQUIPMENT), names.tool, _("equipment"))
        found.append(lambda item: any(tool in _tools(part, plain=True) for part in parts(item)))
    if args.discreet:
        found.append(lambda item: any(part.discreet for part in parts(item)))
    return found


def understood(word: str, codes: Iterable[str], name: Callable[[str], str], what: str) -> str:
    """The code that somebody means by a word, which may be the code itself or what it is called in plain words.

    Raises:
        CommandError: None of them; the line names the nearest, or all.
    """
    by_word = {_plain(spelt): code for code in codes for spelt in (name(code), code)}
    plain = _plain(word)
    if plain in by_word:
        return by_word[plain]
    said = _("there is no {what} {word}; {hint}")
    if near := nearest(plain, by_word):
        hint = _("did you mean {word}?").format(word=by_word[near])
    else:
        hint = _("there are: {words}").format(words=", ".join(dict.fromkeys(by_word.values())))
    raise CommandError(said.format(what=what, word=f"{word!r:.40}", hint=hint), EXIT_USAGE)


def _plain(word: str) -> str:
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split())


def _tools(part: Item | Level, *, plain: bool = False) -> tuple[str, ...]:
    """What it takes beside the place itself; `plain`: everything, and `none` where it takes nothing."""
    if plain:
        return part.equipment or (NOTHING_NEEDED,)
    return tuple(tool for tool in part.equipment if tool not in (*part.place, NOTHING_NEEDED))


def _obstacles(args: Namespace, console: Console, everything: tuple[Item, ...]) -> dict[str, str]:
    """What is never suggested to this person, and why; where their schedule is broken, nothing is known of it."""
    try:
        state = person.state(args, console, everything)
    except CommandError as exc:
        if args.mine:
            raise
        console.complain(str(exc))
        return {}
    who = engine.who(state)
    found = {item.id: obstacle_of(item, who) for item in everything}
    return {item_id: obstacle(why) for item_id, why in found.items() if why is not None}


def obstacle(why: Obstacle) -> str:
    """Why something is never suggested, in a few words."""
    match why:
        case Obstacle("setup"):
            return _("a tip, with no time of its own")
        case Obstacle("asked"):
            return _("only if you ask for it")
        case Obstacle("equipment", tools):
            return _("needs {tools}").format(tools=", ".join(names.tool(tool) for tool in tools))
        case Obstacle("place", (place, *_others)):
            return _("done {place}").format(place=names.place(place))
        case Obstacle("discreet"):
            return _("others would notice")
        case Obstacle("flag", (flag, *_others)):
            return _("not with {flag}").format(flag=names.flag(flag))
        case Obstacle("cause"):
            return _("only for some knots")
        case Obstacle("annoyed"):
            return _("it annoyed the knot")
        case _:
            return _("see a doctor first")


def _print_list(console: Console, width: int, found: Sequence[Item], reasons: Mapping[str, str]) -> None:
    """Print the items by kind, aligned, none wider than the terminal; what is not for this person is faint."""
    rows = {item.id: _row(item) for item in found}
    widths = [max(len(row[i]) for row in rows.values()) for i in range(3)]
    for kind in Kind:
        of_kind = [item for item in found if item.kind is kind]
        if of_kind:
            console.say(console.bold(f"{_heading(kind)} ({len(of_kind)})"))
        for item in of_kind:
            cells = [cell.ljust(wide) for cell, wide in zip(rows[item.id], widths, strict=True)]
            line, reason = "  ".join(["", *cells, wording.item_title(item)]), reasons.get(item.id, "")
            note = reason or _with(_tools(first_level(item)))
            whole = _cut(f"{line} ({note})" if note else line, width)
            if reason:
                console.say(console.dim(whole))
            else:
                console.say(whole[: len(line)] + (console.dim(whole[len(line) :]) if note else ""))
        if of_kind:
            console.say()
    console.say(_footer(len(found), sum(item.id in reasons for item in found), found[0].id))


def _row(item: Item) -> list[str]:
    part = first_level(item)
    where = names.place(part.place[0]) if part.place else ""
    return [item.id, wording.spoken(part.duration_s), where]


def _with(tools: Sequence[str]) -> str:
    return _("with {tools}").format(tools=", ".join(names.tool(tool) for tool in tools)) if tools else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _heading(kind: Kind) -> str:
    return {
        Kind.BREAK: _("Short breaks"),
        Kind.MOBILITY: _("Mobility"),
        Kind.STRENGTH: _("Strength"),
        Kind.MASSAGE: _("Self-massage"),
        Kind.THERMAL: _("Heat and cold"),
        Kind.SETUP: _("Tips for your desk"),
    }[kind]


def _footer(count: int, out: int, example: str) -> str:
    said = n_("{count} item", "{count} items", count).format(count=count)
    if out:
        said += _(", {out} of them never suggested to you, for the reason beside them").format(out=out)
    return said + _(". One in full: postured show {item}").format(item=example)


# ── one item ──────────────────────────────────────────────────────────────────────────────────────


def find_item(text: str, everything: Iterable[Item]) -> Item:
    """The item of that id.

    Raises:
        CommandError: There is none.
    """
    by_id = {item.id.casefold(): item for item in everything}
    item = by_id.get(text.strip().casefold())
    if item is None:
        # Of the shipped ids each is as near as the next; one's own are words.
        near = nearest(text.casefold()[:40], (name for name in by_id if len(name) > _SHIPPED_ID))
        hint = _("did you mean {word}?").format(word=by_id[near].id) if near else _("see: postured library")
        raise CommandError(_("there is no item {word}; {hint}").format(word=f"{text!r:.40}", hint=hint))
    return item


def show(args: Namespace, console: Console) -> int:
    """Print one item in full, or go through it against the clock."""
    everything = items(console)
    item = find_item(args.item, everything)
    if args.level is not None and args.level > len(item.levels):
        raise CommandError(_no_such_level(item), EXIT_USAGE)
    if args.json:
        console.json(items_file.to_json(item))
        return EXIT_WELL
    own = _own_level(item, console)
    level = args.level or own
    if args.timer:
        from postured.cli import massage

        return massage.with_timer(args, console, everything, item, level)
    print_page(console, item, level, own)
    return EXIT_WELL


def _no_such_level(item: Item) -> str:
    if not item.levels:
        return _("{item} has no levels").format(item=item.id)
    said = _("{item} has the levels 1 to {highest}")
    return said.format(item=item.id, highest=len(item.levels))


def _own_level(item: Item, console: Console) -> int:
    """The level the person is at; 0 where there are none."""
    if not item.levels:
        return 0
    now = person.present()
    try:
        practice, course = person.known(console, now)
    except CommandError as exc:
        console.complain(str(exc))
        return 1
    knots = courses.knots(course, practice, {}, now)
    who = Who(Me(), knots[0] if knots else None, practice, now, knots[1:])
    return min(level_reached(item, who), len(item.levels))


def print_page(console: Console, item: Item, level: int, own: int) -> None:
    """Print everything there is to know of an item.

    Args:
        console: Where.
        item: The item.
        level: The level whose steps are printed; 0 where there are none.
        own: The level the person is at, likewise.
    """
    console.say(console.bold(f"{item.id}  {wording.item_title(item)}"))
    for line in (wording.notice_title(item), *wording.notice_body(item, level).splitlines()):
        console.wrapped(line)
    console.say()
    for number, step in enumerate(strength.steps(item, level), 1):
        console.wrapped(f"{step.text} {_seconds_and_cue(step, item.kind)}", f"{number}. ")
    blocks = [_levels(item, own), _doing(item), _about(item), _sources(item)]
    widest = max((len(label) for block in blocks for label, _text in block), default=0)
    for block in filter(None, blocks):
        console.say()
        before = ""
        for label, text in block:
            console.wrapped(text, ("" if label == before else label).ljust(widest) + "  ")
            before = label


def _seconds_and_cue(step: Step, kind: Kind) -> str:
    pressing = kind is Kind.MASSAGE
    cue = {
        "breathe": _("breathe"),
        "rate": _("how tender is it, of 10?") if pressing else _("how is it?"),
        "switch_side": _("then the other side"),
        "stop_check": _("less tender? then stop") if pressing else _("not well? then stop"),
    }.get(step.cue or "", "")
    seconds = _("{n} s").format(n=step.seconds).replace(" ", NO_BREAK)
    return f"({seconds}, {cue})" if cue else f"({seconds})"


def _levels(item: Item, own: int) -> list[Line]:
    found = []
    for level in item.levels:
        variation = p_(f"{item.id}.levels.{level.level}.variation", level.variation)
        hint = p_(f"{item.id}.levels.{level.level}.load_hint", level.load_hint)
        texts = (variation, "" if hint.casefold() in variation.casefold() else hint)
        told = "; ".join(text for text in texts if text).rstrip(".") + f". {_amount(item, level)}"
        if level.level == own:
            told = _("(yours) {level}").format(level=told)
        found.append((_("Level {level}").format(level=level.level), told))
    return found


def _amount(item: Item, level: Level) -> str:
    times = wording.amount(item, level)
    if level.hold_s:
        times += _(", each held {n} s").format(n=level.hold_s)
    where = names.place(level.place[0]) if level.place else ""
    return ", ".join(
        part for part in (times, wording.spoken(level.duration_s), where, _with(_tools(level))) if part
    )


def _doing(item: Item) -> list[Line]:
    """How much, and when to stop."""
    stops = "; ".join(_stop_rule(rule, item) for rule in item.stop_rules)
    cautions = [(_("Take care"), caution) for caution in wording.cautions(item)]
    return [*_pairs((_("Dose"), _dose(item)), (_("Stop if"), stops)), *cautions]


def _dose(item: Item) -> str:
    dose = {name: f"{number:g}" for name, number in item.dose}
    told = []
    if "pressure_max" in dose:
        low = dose.get("pressure_min", "0")
        told.append(_("press {low} to {high} of 10").format(low=low, high=dose["pressure_max"]))
    if "sets" in dose and "reps" in dose and not item.levels:  # each of which says its own
        told.append(_("{sets} × {reps}").format(**dose))
    if "hold_s" in dose and item.kind is Kind.MASSAGE:
        told.append(_("at most {hold_s} s on one spot").format(**dose))
    elif "hold_s" in dose:
        told.append(_("hold {hold_s} s").format(**dose))
    if "per_day_max" in dose:
        told.append(_("at most {per_day_max} a day").format(**dose))
    if "per_week" in dose:
        told.append(_("{per_week} times a week").format(**dose))
    if "gap_min" in dose:
        told.append(_("at least {gap_min} min between two").format(**dose))
    return ", ".join(told)


def _stop_rule(rule: str, item: Item) -> str:
    most_s = dict(item.dose).get("hold_s", 90)
    return {
        "tenderness_drop": _("it is less tender (that is the aim)"),
        "time_cap": _("{n} s on one spot are over").format(n=f"{most_s:g}"),
        "pain_gt_7": _("it hurts more than 7 of 10"),
        "neuro": _("anything is sharp, numb, tingling or dizzy"),
        "annoyed": _("the knot itself feels worse for it"),
    }.get(rule, rule)


def _about(item: Item) -> list[Line]:
    """What it works on, for whom, and why."""
    return _pairs(
        (_("Works on"), names.areas(item.areas)),
        (_("For knots"), ", ".join(names.zone(zone) for zone in item.knot_zones)),
        (_("Why"), p_(f"{item.id}.why", item.why)),
        (_("Not for"), ", ".join(names.flag(flag) for flag in item.contraindications)),
    )


def _sources(item: Item) -> list[Line]:
    evidence = {
        "moderate": _("moderate: several trials of such programmes"),
        "low": _("low: few or small studies"),
        "indirect": _("indirect: studied for something similar"),
        "tradition": _("tradition: a custom; nobody has tested it"),
    }
    return _pairs(
        (_("Evidence"), evidence.get(item.evidence, item.evidence)),
        (_("Sources"), "; ".join(_refs(item))),
        (_("Picture"), item.picture),
    )


def _refs(item: Item) -> Iterator[str]:
    refs = list(dict.fromkeys(ref for ref, _article in item.source))
    found = [ref for ref in refs if ref[:1] == "F" and ref[1:].isdecimal()]
    if found:
        yield n_("study or page {refs}", "studies or pages {refs}", len(found)).format(refs=", ".join(found))
    known = {"K": _("common practice"), "D": _("our own choice")}
    yield from (known.get(ref, ref) for ref in refs if ref not in found)
    sentences = dict.fromkeys(sentence for _ref, article in item.source for sentence in article)
    if sentences:
        yield _("what the article says: {sentences}").format(sentences=", ".join(sentences))


def _pairs(*lines: Line) -> list[Line]:
    return [(label, text) for label, text in lines if text]
