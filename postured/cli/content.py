"""`postured library` and `postured show`."""

from __future__ import annotations

from argparse import Namespace

from postured import library as items_file
from postured.cli.console import EXIT_WELL, CommandError, Console
from postured.cli.schedule import items
from postured.core import wording
from postured.core.model import Item, Kind


def library(args: Namespace, console: Console) -> int:
    """Print the items, as many as asked for."""
    if args.kind is not None and args.kind not in list(Kind):
        raise CommandError(f"there is no kind {args.kind!r:.40}; there are: {', '.join(Kind)}", 2)
    found = [item for item in items(console) if _wanted(item, args)]
    if args.json:
        console.json([items_file.to_json(item) for item in found])
        return EXIT_WELL
    if not found:
        raise CommandError("nothing in the library is like that; see: postured library")
    console.columns([[i.id, i.kind.value, wording.spoken(i.duration_s), i.title] for i in found])
    return EXIT_WELL


def _wanted(item: Item, args: Namespace) -> bool:
    return (
        (args.kind is None or item.kind == args.kind)
        and (args.area is None or args.area in item.areas)
        and (args.zone is None or args.zone in item.knot_zones)
    )


def show(args: Namespace, console: Console) -> int:
    """Print one item with its steps."""
    wanted = args.item.casefold()
    item = next((i for i in items(console) if i.id.casefold() == wanted), None)
    if item is None:
        raise CommandError(f"there is no item {args.item!r:.40}; see: postured library")
    if args.json:
        console.json(items_file.to_json(item))
        return EXIT_WELL
    console.say(console.bold(f"{item.id} {item.title}"))
    console.say(wording.notice_body(item))
    console.say()
    for number, step in enumerate(item.steps, 1):
        console.say(f"{number}. {step.text} {console.dim(f'({step.seconds} s)')}")
    for level in item.levels[1:]:
        console.say(
            f"Level {level.level}: {level.variation} {console.dim(f'({wording.spoken(level.duration_s)})')}"
        )
    if item.why:
        console.say()
        console.say(f"Why: {item.why}")
    for caution in item.cautions:
        console.say(f"Take care: {caution}")
    console.say(
        console.dim(
            f"Evidence: {item.evidence}. Sources: {', '.join(ref for ref, _ in item.source) or 'own'}."
        )
    )
    return EXIT_WELL
