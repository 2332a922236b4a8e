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
    if (of_item := _OF_ITEM.get(card.text)) is not None:
        title, body = of_item(card, item)
    else:
        title, body = (_of_knot(card) if card.text in _OF_KNOT else _plain(card.number))[card.text]
    if len(title) > TITLE_LIMIT:
        title = title[: TITLE_LIMIT - 1].rstrip() + "…"
    return Text(title, body, tuple((word, _label(card, word)) for word in card.answers))


def _label(card: Card, word: str) -> str:
    if word == "done" and card.text not in ("take_off", "finish"):
        return _("OK")
    if word == "off" and card.text == "check_step":
        return _("Stop")
    if word in ("yes", "no") and card.text in _OF_KNOT:
        return _yes_or_no(card, word)
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
        "low": _("0 to 1"),
        "some": _("2 to 4"),
        "much": _("5 to 10"),
        "high": _("5 to 7"),
        "highest": _("8 to 10"),
        "better": _("Better"),
        "worse": _("Worse"),
    }
    return labels.get(word, word)


def _yes_or_no(card: Card, word: str) -> str:
    if card.text == "gone":
        return _("It is gone") if word == "yes" else _("Not yet")
    return _("One is true") if word == "yes" else _("None of these")


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

# ── a knot that is followed ───────────────────────────────────────────────────────────────────────

_OF_KNOT = frozenset(
    {
        "sore", "sore_much", "sore_noted", "sore_less", "sore_same", "sore_more", "sore_severe",
        "review_emergency", "review_legs", "review_ill", "review_arm", "review_when", "review_better",
        "flag_emergency", "flag_clinician", "flag_persist", "six_weeks", "gone", "keep_away",
    "keep_moving",
    }
)  # fmt: skip


def _of_knot(card: Card) -> dict[str, Said]:
    """What is asked about a knot, and what is said to the answers; the card's area is the knot's zone."""
    return _soreness(card) | _screen() | _verdicts(card)


def _soreness(card: Card) -> dict[str, Said]:
    return {
        "sore": (
            _("How sore is the knot today, {side}?").format(side=names.side(card.side))
            if card.side
            else _("How sore is the knot today?"),
            _lines(_knot(card._replace(side="")), _("0 is not at all, 10 as sore as you can think of.")),
        ),
        "sore_much": (
            _("How much is it, of 10?"),
            _("8 or more keeps you from sleeping, dressing or moving."),
        ),
        "sore_noted": (_("Thank you, noted"), _("It will be asked again in a day or two.")),
        "sore_less": (
            _("Going the right way"),
            _("Go on as it is: gently, with short breaks, and moving often."),
        ),
        "sore_same": (
            _("About as sore as last time"),
            _("That is often so for some days. Go on gently, and move a little more often."),
        ),
        "sore_more": (
            _("Sorer than last time"),
            _("Go gentler for two days. To have no pressing suggested until then: postured knot worse"),
        ),
        "sore_severe": (
            _("This needs a person, not an app"),
            _lines(
                _(
                    "8 of 10 or more is for a doctor, soon. "
                    "Until then only short breaks: no pressing, packs or exercises."
                ),
                _looked_at(),
            ),
        ),
    }


def _screen() -> dict[str, Said]:
    """The red flags in few words; the triage asks for each by itself. Of old ones somebody may know already.

    All of a card must be in sight: there are notification servers that cut off what is longer than six lines.
    """
    now = _("Is any of this true now? ({number} of 5)")
    title = _("Is any of this true and not checked yet? ({number} of 5)")
    return {
        "review_emergency": (
            now.format(number=1),
            _lines(
                _("Chest pain or pressure, pain in jaw or arm, sweaty or sick. Sudden tearing pain."),
                _("Suddenly short of breath, coughing blood, a swollen calf."),
            ),
        ),
        "review_legs": (
            now.format(number=2),
            _lines(
                _(
                    "Legs weak, numb or tingling, numb between them, cannot pee, cannot hold bladder or bowels."
                ),
                _("A serious accident or bad fall."),
                _("Face, arm or speech trouble, or suddenly the worst headache ever."),
            ),
        ),
        "review_ill": (
            title.format(number=3),
            _lines(
                _("Fever, chills or a new infection, a weak immune system, injected drugs."),
                _(
                    "Losing weight for no reason. Cancer, now or before. A burning band or blisters on one side."
                ),
                _("Worse at night, no position helps, or the pain is always there and grows."),
            ),
        ),
        "review_arm": (
            title.format(number=4),
            _lines(
                _("Arm or hand numb, tingling, weak, dropping things, or pain shooting down it."),
                _("A lump or swelling, a back that changed its shape, or the spine bone itself is tender."),
                _(
                    "A small fall or strain, and thin bones, long steroids, under 20, or over 50 and the first time."
                ),
            ),
        ),
        "review_when": (
            title.format(number=5),
            _lines(
                _(
                    "Worse when you cough, sneeze, strain or breathe in. So sore that you cannot sleep, dress or move."
                ),
                _("It comes on stairs and goes with rest. It comes with meals, or from the upper belly."),
                _(
                    "Under 45, and over three months stiff for half an hour each morning and better with moving."
                ),
            ),
        ),
    }


def _verdicts(card: Card) -> dict[str, Said]:
    return {
        "review_better": (
            _("Is it better than two weeks ago?"),
            _lines(_knot(card), _("Go by most days, not by today alone.")),
        ),
        "flag_emergency": (
            _("Call your local emergency number now"),
            _lines(
                _("This needs a person, not an app. From now on nothing is suggested here."), _looked_at()
            ),
        ),
        "flag_clinician": (
            _("This needs a person, not an app"),
            _lines(
                _("See a doctor soon, and leave pressing, packs and exercises until then."),
                _("To say which it is: postured knot flag"),
                _looked_at(),
            ),
        ),
        "flag_persist": (
            _("This needs a person, not an app"),
            _lines(
                _("Two weeks without getting better: show it to a doctor or physiotherapist."),
                _looked_at(),
            ),
        ),
        "six_weeks": (
            _("This needs a person, not an app"),
            _lines(
                _("Six weeks, and the knot is still there: show it to a doctor or physiotherapist."),
                _looked_at(),
            ),
        ),
        "gone": (
            _("Nearly gone for three days. Is the knot gone?"),
            _knot(card) or _("Go by how it feels today."),
        ),
        "keep_away": (
            _("To keep it away: strengthen"),
            _("Two minutes of back strength on five days a week. A strong back bears long hours better."),
        ),
        "keep_moving": (
            _("To keep it away: keep moving"),
            _("Get up often, and change how you sit. A back that moves bears long hours better."),
        ),
    }


def _knot(card: Card) -> str:
    """Where the knot is, as a sentence; empty where nobody knows."""
    if card.area in ("", "unsure"):
        where = names.side(card.side) if card.side else ""
    elif card.side:
        where = _("{area}, {side}").format(area=names.zone(card.area), side=names.side(card.side))
    else:
        where = names.zone(card.area)
    return _("The knot: {where}.").format(where=where) if where else ""


def _looked_at() -> str:
    return _("Once somebody has looked at it: postured knot clear")


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


TEXTS = frozenset(_OF_ITEM) | frozenset(_plain(0)) | _OF_KNOT
"""Everything there is to say: what a card's `text` can be."""
