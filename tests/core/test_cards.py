"""What the cards say: short, in plain words, translated, without a promise; and something for every card there is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from postured import library
from postured.core import cards, checkin, language, massage, question, thermal
from postured.core.model import ZONES, Item, Kind, Step
from postured.core.row import Card, Row, Text
from postured.paths import shipped

ITEMS = library.load([shipped("library")])[0]
BATH = Item(
    "bath", Kind.THERMAL, "Bath", (Step("In.", 60), Step("Look at it.", 5, "stop_check"), Step("Out.", 5)), 70
)
BY_ID = {item.id: item for item in ITEMS}
BY_ID[BATH.id] = BATH
MASSAGES = [item for item in ITEMS if item.kind is Kind.MASSAGE]
THERMALS = [item for item in ITEMS if item.kind is Kind.THERMAL]
STRENGTH = next(item for item in ITEMS if item.kind is Kind.STRENGTH)
KNOT = next(item for item in MASSAGES if item.areas[0] != "upper_chest")

LONGEST_BODY = 280
LISTS = frozenset({*checkin.SCREEN, "flag_clinician"})
"""These may have three lines."""
LONGEST_LABEL = 20
PROMISES = re.compile(
    r"\b(cur(e|es|ed|ing)|heal(s|ed|ing)?|relie(f|ve|ves|ved|ving)|fix(es|ed|ing)?|guarante\w+|treat(s|ed|ment)?|"
    r"diagnos\w+|arthritis|angina|tendinitis|bursitis|sciatica|hernia\w*|syndrome|fibromyalgia|pinched|trapped)\b",
    re.IGNORECASE,
)
BLAME = re.compile(
    r"\b(should have|failed|failure|lazy|missed|wrong|bad(?! fall)|must|only just|again\?)\b", re.IGNORECASE
)
LATIN = re.compile(
    r"\b(pectoral\w*|scapula\w*|serratus|trapezius|rhomboid\w*|thoracic|sternum|clavicle)\b", re.IGNORECASE
)


class Loud:
    """A language of capitals that leaves what is filled in later as it is."""

    def gettext(self, message: str) -> str:
        return "".join(
            part if part.startswith("{") else part.upper() for part in re.split(r"({\w+})", message)
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return message.upper() if context else message


def reached(row: Row) -> Iterator[Card]:
    """Every card that can come up, without looking twice at what follows from the same one."""
    seen: set[Card] = set()
    ahead = [row]
    while ahead:
        here = ahead.pop()
        card = here.card
        if card is None or card in seen:
            continue
        seen.add(card)
        yield card
        ahead.append(here.elapse())
        ahead += [here.answer(word, after_s) for word in (*card.answers, "stop") for after_s in (1.0, 60.0)]
        if card.asks_points:
            ahead += [here.answer("", 5.0, points) for points in (0, 5, 6, 9)]


@cache
def every_card() -> tuple[Card, ...]:
    found: dict[Card, None] = {}
    sides = ("right", "left")
    for item in MASSAGES:
        for gentle in (False, True):
            for zone in ("unsure", "top_corner"):
                begun = massage.begin([item], sides=sides, gentle=gentle, zone=zone)
                found.update(dict.fromkeys(reached(begun)))
    knot = replace(KNOT, target="knot")
    found.update(dict.fromkeys(reached(massage.begin([knot, MASSAGES[0]], sides=sides))))
    for item in (*THERMALS, BATH):
        for side in ("", "left"):
            found.update(dict.fromkeys(reached(thermal.begin(item, side=side))))
    found.update(dict.fromkeys(reached(question.begin(STRENGTH, 1, sets=2, reps=10))))
    for zone in ("", *ZONES):
        for side in ("", "left", "right", "both", "middle"):
            rows = [
                *(checkin.check_in("k", last, zone=zone, side=side) for last in (None, 0, 10)),
                checkin.review("k", zone=zone, side=side),
                checkin.closing("k", zone=zone, side=side),
                checkin.closing("k", zone=zone, side=side, minor=True),
                checkin.six_weeks("k", zone=zone, side=side),
            ]
            found.update(dict.fromkeys(card for row in rows for card in reached(row)))
    return tuple(found)


def say(card: Card) -> Text:
    return cards.text(card, BY_ID.get(card.item))


def words(text: Text) -> str:
    return " ".join((text.title, text.body, *(label for _word, label in text.buttons)))


def own_words(card: Card) -> str:
    """Without what the library says, whose words are its own business."""
    bare = Item("none", Kind.MASSAGE, "", (), 0, dose=(("pressure_max", 7),))
    return words(cards.text(card, bare))


def test_there_is_a_text_for_every_card_and_a_card_for_every_text() -> None:
    assert {card.text for card in every_card()} == cards.TEXTS


def test_every_text_fits_into_a_notice() -> None:
    for card in every_card():
        text = say(card)
        assert 0 < len(text.title) <= cards.TITLE_LIMIT, text
        assert not text.title.endswith("…"), text
        assert text.body, text
        assert len(text.body) <= LONGEST_BODY, text
        assert text.body.count("\n") <= (2 if card.text in LISTS else 1), text
        assert "{" not in words(text), text


@pytest.mark.parametrize("name", checkin.SCREEN)
def test_all_of_a_card_of_the_safety_screen_is_in_sight(name: str) -> None:
    """Some notification servers show six lines of some sixty letters, and cut off the rest."""
    body = cards.text(Card(name), None).body
    assert sum(len(textwrap.wrap(line, 55)) for line in body.splitlines()) <= 6, body


def test_the_cards_of_the_safety_screen_are_counted() -> None:
    many = len(checkin.SCREEN)
    counted = [cards.text(Card(name), None).title.partition("(")[2] for name in checkin.SCREEN]
    assert counted == [f"{number} of {many})" for number in range(1, many + 1)]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("chest_pain", "Chest pain or pressure, pain in jaw or arm, sweaty or sick."),
        ("tearing", "Sudden tearing pain."),
        ("breathless", "Suddenly short of breath, coughing blood, a swollen calf."),
        ("legs_bladder", "Legs weak, numb or tingling, numb between them, cannot pee, cannot hold bladder or bowels."),
        ("accident", "A serious accident or bad fall."),
        ("stroke_signs", "Face, arm or speech trouble, or suddenly the worst headache ever."),
        ("fever", "a weak immune system, injected drugs."),
        ("weight_loss", "Losing weight for no reason."),
        ("cancer_history", "Cancer, now or before."),
        ("night_rest", "Worse at night, no position helps, or the pain is always there and grows."),
        ("arm_neuro", "Arm or hand numb, tingling, weak, dropping things, or pain shooting down it."),
        ("minor_trauma_bone", "thin bones, long steroids, under 20, or over 50 and the first time."),
        ("lump_shape", "A lump or swelling, a back that changed its shape, or the spine bone itself is tender."),
        ("cough_sneeze", "Worse when you cough, sneeze, strain or breathe in."),
        ("exertion", "It comes on stairs and goes with rest."),
        ("meal_right", "It comes with meals, or from the upper belly."),
        ("rash", "A burning band or blisters on one side."),
        ("severe", "So sore that you cannot sleep, dress or move."),
        ("morning_stiff", "stiff for half an hour each morning and better with moving."),
    ],
)  # fmt: skip
def test_each_red_flag_is_asked_on_the_card_that_counts_it(code: str, words: str) -> None:
    (name,) = (name for name, codes in checkin.SCREEN.items() if code in codes)
    assert words in cards.text(Card(name), None).body


def test_every_answer_has_a_label_of_its_own() -> None:
    for card in every_card():
        text = say(card)
        assert [word for word, _label in text.buttons] == list(card.answers)
        labels = [label for _word, label in text.buttons]
        assert len(labels) == len(set(labels)) <= 3
        assert all(0 < len(label) <= LONGEST_LABEL for label in labels), labels
        assert all(label[0].isupper() or label[0].isdigit() for label in labels)


@pytest.mark.parametrize("pattern", [PROMISES, LATIN], ids=["promise", "latin"])
def test_nothing_is_promised_and_nothing_is_named_in_latin(pattern: re.Pattern[str]) -> None:
    assert [found[0] for card in every_card() if (found := pattern.search(words(say(card))))] == []


def test_nobody_is_blamed() -> None:
    assert [found[0] for card in every_card() if (found := BLAME.search(own_words(card)))] == []


def test_every_word_of_it_is_translated() -> None:
    language.speak(Loud())
    try:
        said = [words(say(card)) for card in every_card()]
    finally:
        language.speak(None)
    assert [text for text in said if text != text.upper()] == []


def test_titles_ask_or_tell() -> None:
    """No title ends like a sentence of a report."""
    assert [title for card in every_card() if (title := say(card).title).endswith(".")] == []


@pytest.mark.parametrize("card", ["stop_now", "too_much"])
def test_who_stops_is_told_whom_to_turn_to(card: str) -> None:
    body = cards.text(Card(card), None).body
    assert "needs a person, not an app" in body
    assert "emergency number" in body
    assert "Chest pain" in body


def test_a_stubborn_skin_needs_a_person() -> None:
    assert "needs a person, not an app" in cards.text(Card("off"), None).body
    assert "needs a person, not an app" in cards.text(Card("off_step"), None).body


@pytest.mark.parametrize("text", sorted(cards.TEXTS))
def test_a_card_whose_item_is_gone_can_still_be_shown(text: str) -> None:
    shown = cards.text(Card(text, ("done",), item="gone", step=2, area="upper_chest", side="right"), None)
    assert shown.title


@pytest.mark.parametrize("card", ["sore_severe", "flag_emergency", "flag_clinician", "flag_persist"])
def test_at_a_red_flag_a_person_is_needed_and_it_is_said_how_it_ends(card: str) -> None:
    shown = cards.text(Card(card, ("done",)), None)
    assert "This needs a person, not an app" in words(shown)
    assert "postured knot clear" in shown.body


def test_from_eight_points_on_a_doctor_is_named_and_what_rests_until_then() -> None:
    body = cards.text(Card("sore_severe", ("done",)), None).body
    assert body.startswith(
        "8 of 10 or more is for a doctor, soon. Until then only short breaks: no pressing, packs or exercises."
    )


def test_an_emergency_begins_with_the_number_to_call() -> None:
    assert cards.text(Card("flag_emergency"), None).title == "Call your local emergency number now"


@pytest.mark.parametrize(
    ("zone", "side", "title", "where"),
    [
        ("inner_edge", "right", "How sore is the knot today, right side?",
         "The knot: inner edge of the shoulder blade.\n"),
        ("unsure", "both", "How sore is the knot today, both sides?", ""),
        ("blade_tip", "", "How sore is the knot today?", "The knot: lower tip of the shoulder blade.\n"),
        ("", "", "How sore is the knot today?", ""),
    ],
)  # fmt: skip
def test_it_is_said_which_knot_is_meant(zone: str, side: str, title: str, where: str) -> None:
    card = checkin.check_in("k", None, zone=zone, side=side).card
    assert card is not None
    shown = cards.text(card, None)
    assert (shown.title, shown.body) == (title, f"{where}0 is not at all, 10 as sore as you can think of.")


def test_of_two_knots_the_one_that_may_be_gone_is_named() -> None:
    card = checkin.closing("k", zone="blade_tip", side="left").card
    assert card is not None
    assert cards.text(card, None).body == "The knot: lower tip of the shoulder blade, left side."


def test_what_keeps_it_away_is_two_minutes_of_strength() -> None:
    shown = cards.text(Card("keep_away"), None)
    assert (shown.title, "Two minutes" in shown.body) == ("To keep it away: strengthen", True)


@pytest.mark.parametrize(
    ("card", "labels"),
    [
        (Card("sore", ("low", "some", "much")), ["0 to 1", "2 to 4", "5 to 10"]),
        (Card("sore_much", ("high", "highest")), ["5 to 7", "8 to 10"]),
        (Card("review_ill", ("no", "yes")), ["None of these", "One is true"]),
        (Card("gone", ("yes", "no")), ["It is gone", "Not yet"]),
        (Card("pain", ("no", "yes")), ["No", "Yes"]),
    ],
)
def test_yes_and_no_say_what_they_mean(card: Card, labels: list[str]) -> None:
    assert [label for _word, label in cards.text(card, None).buttons] == labels


def test_side_and_area_are_said_in_words() -> None:
    card = Card("explore", area="upper_chest", side="right")
    assert cards.text(card, None).title == "Explore: upper chest, right side"


def test_an_item_without_an_area_is_called_by_its_title() -> None:
    item = Item("brush", Kind.MASSAGE, "Brush the ribs", (Step("Stroke.", 60),), 60)
    row = massage.begin([item], sides=("right",))
    assert row.card is not None
    assert cards.text(row.card, item).title == "Explore: Brush the ribs"


def test_everything_before_the_exploring_is_said_with_it() -> None:
    item = Item(
        "ball",
        Kind.MASSAGE,
        "Ball",
        (Step("Take a ball.", 5), Step("Roll it.", 20, "rate"), Step("Stay.", 30)),
        55,
    )
    row = massage.begin([item], sides=("right",))
    assert row.card is not None
    assert cards.text(row.card, item).body.startswith("Take a ball. Roll it.\n")


GENTLY = "Go on there, and breathe.\nGently in these first days"
PRESS = Item("press", Kind.MASSAGE, "Press", (Step("Explore.", 15), Step("Press there.", 30)), 45)


@pytest.mark.parametrize(
    ("step", "dose", "gentle", "said"),
    [
        ("Press there.", (4, 6), False, "Press there.\nHow hard: 4 to 6 of 10. You can still breathe and talk."),
        ("Press at 4 to 6 of 10.", (4, 6), False, "Press at 4 to 6 of 10."),
        ("Press.", (3, 3), False, "Press.\nHow hard: 3 of 10. You can still breathe and talk."),
        ("Press at 4 to 6 of 10.", (4, 6), True, f"{GENTLY}: 4 of 10, no more."),
        ("Press at 3 to 5 of 10.", (3, 5), True, f"{GENTLY}: 3 to 4 of 10, no more."),
        ("Press at 2 to 3 of 10.", (2, 3), True, "Press at 2 to 3 of 10."),
    ],
)  # fmt: skip
def test_how_hard_is_said_once_and_never_two_things(
    step: str, dose: tuple[int, int], gentle: bool, said: str
) -> None:
    low, high = dose
    item = replace(
        PRESS,
        steps=(PRESS.steps[0], Step(step, 30)),
        dose=(("pressure_min", low), ("pressure_max", high)),
    )
    card = massage.begin([item], sides=(), gentle=gentle).answer("good", 1.0).card
    assert card is not None
    assert cards.text(card, item).body == said


@pytest.mark.parametrize(
    ("eased", "said"), [(0, "Nothing let go today, and that is fine."), (1, "1 spot let go."), (3, "3 spots let go.")]
)  # fmt: skip
def test_the_closing_words_count(eased: int, said: str) -> None:
    assert cards.text(Card("closing", number=eased), None).body.startswith(said)


def test_a_title_too_long_is_cut() -> None:
    item = Item("long", Kind.THERMAL, "x" * 48, (Step("Lie.", 60),), 60)
    card = Card("prepare", item="long")
    assert len(cards.text(card, replace(item, title="x" * 80)).title) == cards.TITLE_LIMIT
    assert cards.text(card, item).title == "Get ready: " + "x" * 48
