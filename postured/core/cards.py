"""What the cards of a row say: a question or an imperative, one or two short lines, and the labels of the buttons.

No diagnosis, no promise, no blame. How the seconds are counted down is up to who shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from postured.core import names
from postured.core.language import _, n_, p_
from postured.core.model import Item
from postured.core.row import Card, Text

TITLE_LIMIT = 60


def text(card: Card, item: Item | None) -> Text:
    """What a card says.

    Args:
        card: Of any row.
        item: The library's item that the card names; None where it names none, or the library has it no more.
    """
    of_item = _OF_ITEM.get(card.text)
    title, body = _plain(card.number)[card.text] if of_item is None else of_item(card, item)
    if len(title) > TITLE_LIMIT:
        title = title[: TITLE_LIMIT - 1].rstrip() + "…"
    return Text(title, body, tuple((word, _label(card, word)) for word in card.answers))


def _label(card: Card, word: str) -> str:
    if word == "done" and card.text not in ("take_off", "finish"):
        return _("OK")
    if word == "off" and card.text == "check_step":
        return _("Stop")
    labels = {
        "start": _("Start"),
        "good": _("Tender and good"),
        "tender": _("Tender, not good"),
        "nothing": _("Not tender"),
        "easier": _("Less tender"),
        "same": _("About the same"),
        "more": _("More here"),
        "other": _("Other side"),
        "next": _("Move on"),
        "enough": _("Enough"),
        "stop": _("Stop"),
        "fine": _("All well"),
        "off": _("Take it off"),
        "easy": _("Easy"),
        "right": _("Just right"),
        "hard": _("Hard"),
        "yes": _("Yes"),
        "no": _("No"),
        "done": _("Done"),
    }
    return labels.get(word, word)


Said = tuple[str, str]
"""Title and body."""


def take_it_off() -> Said:
    """To somebody who has a pack on and is led no longer."""
    return _plain(0)["off"]


def _plain(number: int) -> dict[str, Said]:
    """What is the same for every item; `number` spots have eased."""
    eased = n_("{count} spot let go.", "{count} spots let go.", number).format(count=number)
    recap = eased if number else _("Nothing let go today, and that is fine.")
    return {
        "feel": (_("How does that spot feel?"), _right_spot()),
        "good": (_("Does it feel good to press?"), _right_spot()),
        "again": (
            _("Is it less tender now?"),
            _("Stop at anything sharp, numb, tingling, dizzy or sick, or a pulse."),
        ),
        "other_side": (_("The other side too?"), _("Compare the two, or move on to the next area.")),
        "annoyed": (
            _("Is the knot itself more irritable now?"),
            _("If so, it is better left alone for a while."),
        ),
        "closing": (
            _("Drink some water and move gently"),
            _lines(f"{recap} {_sore()}", _("For later: a little back strength on most days.")),
        ),
        "closing_annoyed": (
            _("Leave the knot itself alone"),
            _lines(_("Two weeks without pressing it. The areas around it are the better place."), _sore()),
        ),
        "stop_now": (
            _("Stop here for today"),
            _lines(
                _("Sharp, numb, tingling or dizzy, and it stays? This needs a person, not an app."),
                _emergency(),
            ),
        ),
        "too_much": (
            _("Ease off, and stop here for today"),
            _lines(
                _("More than 7 of 10 is too much. If it stays so, this needs a person, not an app."),
                _emergency(),
            ),
        ),
        "off": (
            _("Take it off now"),
            _lines(
                _("No pack again before skin and feeling are as always."),
                _("If skin or feeling do not settle, this needs a person, not an app."),
            ),
        ),
        "off_step": (
            _("Stop here for today"),
            _("If skin or feeling do not settle, this needs a person, not an app."),
        ),
        "finish": (_("Finish here"), _("That was it. Keep warm and move gently for a minute.")),
        "felt": (_("How did the set feel?"), _("Just right: two or three more would have gone.")),
        "pain": (
            _("More than mild pain, or worse after the last time?"),
            _("Mild is up to 3 of 10, and gone the next morning."),
        ),
    }


# ── massage ───────────────────────────────────────────────────────────────────────────────────────


def _explore(card: Card, item: Item | None) -> Said:
    how = " ".join(_step(item, number) for number in range(card.step + 1))
    return _("Explore: {where}").format(where=_where(card, item)), _lines(
        how, _("Answer as soon as you know.")
    )


def _explore_on(card: Card, item: Item | None) -> Said:
    return _("Try a finger's width away"), _lines(_here(card, item), _keep_off())


def _explore_more(card: Card, item: Item | None) -> Said:
    return _("Look for another spot close by"), _lines(_here(card, item), _keep_off())


def _press(card: Card, item: Item | None) -> Said:
    if item is not None and item.technique and "press" not in item.technique:
        return _("Slowly, and breathe"), _how_to_press(card, item)
    return _("Press and breathe"), _how_to_press(card, item)


def _press_on(card: Card, item: Item | None) -> Said:
    return _("Stay on it a little longer"), _how_to_press(card, item)


def _release(card: Card, item: Item | None) -> Said:
    return _("It is letting go"), _step(item, card.step) or _let_go()


def _stayed(card: Card, item: Item | None) -> Said:
    return _("Not this one today"), _step(item, card.step) or _let_go()


def _next(card: Card, item: Item | None) -> Said:
    return _("Where to now?"), _("Done: {where}. Let that spot rest.").format(where=_where(card, item))


# ── heat and cold ─────────────────────────────────────────────────────────────────────────────────


def _prepare(card: Card, item: Item | None) -> Said:
    title = "" if item is None else p_(f"{item.id}.title", item.title)
    how = _step(item, card.step) or _("Start when you are ready.")
    return _("Get ready: {title}").format(title=title), _lines(how, _everywhere(card, item))


def _warm(card: Card, item: Item | None) -> Said:
    return _("Keep it warm"), _lines(_step(item, card.step), _everywhere(card, item))


def _cool(card: Card, item: Item | None) -> Said:
    return _("Keep it cool"), _lines(_step(item, card.step), _everywhere(card, item))


def _one_step(card: Card, item: Item | None) -> Said:
    title = _("Take your time") if item is None else p_(f"{item.id}.title", item.title)
    return title, _step(item, card.step)


def _check(card: Card, item: Item | None) -> Said:
    usual = _("Pink is fine. Bright red, white, blotchy or numb means off.")
    return _("Look at the skin: is all well?"), _step(item, card.step) or usual


def _take_off(card: Card, item: Item | None) -> Said:
    return _("Take it off now"), _step(item, card.step) or _("Take it off and move gently.")


_OF_ITEM: Mapping[str, Callable[[Card, Item | None], Said]] = {
    "explore": _explore,
    "explore_on": _explore_on,
    "explore_more": _explore_more,
    "press": _press,
    "press_on": _press_on,
    "release": _release,
    "stayed": _stayed,
    "next": _next,
    "prepare": _prepare,
    "warm": _warm,
    "cool": _cool,
    "step": _one_step,
    "check": _check,
    "check_step": _check,
    "take_off": _take_off,
}

# ── parts of sentences ────────────────────────────────────────────────────────────────────────────


def _where(card: Card, item: Item | None) -> str:
    """The area with its side; what the item is called if it names no area."""
    if not card.area and item is not None:
        return p_(f"{item.id}.title", item.title)
    return names.where(card.area, card.side)


def _step(item: Item | None, index: int) -> str:
    """A step's text; empty where there is none."""
    if item is None or not 0 <= index < len(item.steps):
        return ""
    return p_(f"{item.id}.steps.{index + 1}", item.steps[index].text)


def _everywhere(card: Card, item: Item | None) -> str:
    """Everywhere that heat or cold goes: it is never the knot alone."""
    if item is None or not item.areas:
        return ""
    where = names.areas(item.areas)
    if card.side and item.side_mode != "none":
        where = _("{area}, {side}").format(area=where, side=names.side(card.side))
    return _("Where: {areas}.").format(areas=where)


def _here(card: Card, item: Item | None) -> str:
    where = _where(card, item)
    return f"{where[:1].upper()}{where[1:]}." if where else ""


def _how_to_press(card: Card, item: Item | None) -> str:
    """The step's words and how hard; where it has to be less than the item says, without the item's words."""
    how = _step(item, card.step)
    if card.pressure is None:
        return how
    low, high = card.pressure
    hard = str(high) if low == high else _("{low} to {high}").format(low=low, high=high)
    usual = 0 if item is None else dict(item.dose).get("pressure_max", 0)
    numbers = set(re.findall("[0-9]+", how))
    if high < usual:
        gently = _("Gently in these first days: {pressure} of 10, no more.").format(pressure=hard)
        if f"{usual:g}" in numbers:  # its words ask for more
            how = _("Go on there, and breathe.")
        return _lines(how, gently)
    if {str(low), str(high)} <= numbers:
        return how
    return _lines(how, _("How hard: {pressure} of 10. You can still breathe and talk.").format(pressure=hard))


def _keep_off() -> str:
    return _("Tender and good to press? Never on bone, the spine or a pulse.")


def _right_spot() -> str:
    return _("The right spot is tender and feels good to press.")


def _let_go() -> str:
    return _("Let go slowly and breathe out.")


def _sore() -> str:
    return _(
        "A little sore for up to two days is all right. A bruise or more pain: leave it two days, press 2 less."
    )


def _emergency() -> str:
    return _(
        "Chest pain, short of breath, or trouble with face, arm or speech: call your local emergency number now."
    )


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


TEXTS = frozenset(_OF_ITEM) | frozenset(_plain(0))
"""Everything there is to say: what a card's `text` can be."""
