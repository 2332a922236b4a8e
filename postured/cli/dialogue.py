"""The triage as a conversation: which question comes when, in which words, and when it is over early.

How a question is put on the screen is `ask`'s business, what follows from the answers is the table's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from postured.cli import back
from postured.cli.ask import Asker, Back, Option
from postured.core import knot, names
from postured.core.episodes import SEVERE
from postured.core.language import _
from postured.core.model import CLINICIAN_FLAGS, EMERGENCY_FLAGS, Answers

UNTOUCHED = frozenset({"minor", "rib_or_bone_injury", "clot_dvt"})
"""Whoever has one of these cautions isn't asked to press the knot."""

_MOST_POINTS = 10
_MOST_TIMES = 99
_ACCIDENT = "accident"
_MINOR = "minor"


def ask_all(asker: Asker, table: knot.Table, known: Answers) -> Answers:
    """What the person answers.

    It is over at once where a red flag is true. Answers that hardly fit together are asked once more, and then left
    to the table.

    Args:
        asker: Who asks.
        table: The red flags, and what contradicts what.
        known: What is chosen already when it is asked. Its flags are standing cautions: they count, but are answers
            only where they are ticked once more.

    Raises:
        Left: The person is gone; nothing is answered.
    """
    dialogue = _Dialogue(asker, table, known)
    if dialogue.go() and dialogue.ask_again():
        dialogue.go()  # a new answer can make room for a question that had none
    return dialogue.answers


class _Step(NamedTuple):
    """One page of the dialogue."""

    name: str
    question: int
    """As the person counts them."""
    key: str
    """Of the answers."""


_STEPS = (
    _Step("emergency", 1, "flags"),
    _Step("clinician", 1, "flags"),
    _Step("onset", 2, "onset"),
    _Step("side", 3, "side"),
    _Step("zone", 3, "zone"),
    _Step("dominant", 4, "dominant"),
    _Step("most_used", 4, "most_used"),
    _Step("before", 5, "before"),
    _Step("feel", 6, "feel"),
    _Step("press_test", 7, "press_test"),
    _Step("pain", 8, "pain"),
    _Step("stops_daily_life", 8, "stops_daily_life"),
    _Step("first_ever", 8, "first_ever"),
    _Step("episodes_30d", 8, "episodes_30d"),
)


class _Dialogue:
    """A triage under way."""

    def __init__(self, asker: Asker, table: knot.Table, known: Answers) -> None:
        self._asker = asker
        self._table = table
        self._said = known
        """The last word on everything, even if it isn't asked any more."""
        self._standing = frozenset(known.flags)
        """Cautions that are true whatever is ticked here."""
        self._ticked: dict[str, tuple[str, ...]] = {}
        """What was ticked on each page of red flags."""
        self._trail: list[_Step] = []
        """What was answered, in that order."""
        self._sure: set[str] = set()
        """Pages of red flags that were answered with more than "not sure"."""
        self._met: set[str] = set()
        """Pages that were answered before, and perhaps taken back."""

    @property
    def answers(self) -> Answers:
        """What counts: what was answered and would still be asked, and what was ticked."""
        told = {step.key for step in self._trail if self._is_asked(step)}
        unasked: dict[str, Any] = {
            key: value for key, value in Answers._field_defaults.items() if key not in told
        }
        ticked = [code for step in self._trail for code in self._ticked.get(step.name, ())]
        return self._said._replace(**unasked | {"flags": tuple(ticked)})

    @property
    def _flags(self) -> frozenset[str]:
        """All that is true of the person."""
        return self._standing.union(self._said.flags)

    def go(self) -> bool:
        """Ask what is still open; whether it came to its end, and not to a red flag."""
        while step := next((s for s in _STEPS if s not in self._trail and self._is_asked(s)), None):
            try:
                self._ask(step)
            except Back:
                if self._trail:
                    self._trail.pop()
                continue
            self._trail.append(step)
            if self._is_over(step):
                return False
        return True

    def ask_again(self) -> bool:
        """Ask once more what contradicts something else; whether it came to its end, and not to a red flag."""
        asked: set[str] = set()
        while True:
            open_ = [c for c in knot.contradictions(self._table, self.answers) if c.key not in asked]
            if not open_:
                return True
            asked.add(open_[0].key)
            self._asker.tell(open_[0].say)
            for step in [step for step in self._trail if step.key == open_[0].key]:
                try:
                    self._ask(step, again=True)
                except Back:  # then it stays as it was
                    continue
                if self._is_over(step):
                    return False

    def _is_asked(self, step: _Step) -> bool:
        if step.name == "press_test":
            return UNTOUCHED.isdisjoint(self._flags)
        return step.name != "episodes_30d" or self._said.first_ever is not True

    def _is_over(self, step: _Step) -> bool:
        """Whether the answer to that page ends it."""
        said = self._said
        return {
            "emergency": not self._flags.isdisjoint(EMERGENCY_FLAGS),
            "clinician": not self._flags.isdisjoint(CLINICIAN_FLAGS),
            "before": said.before == _ACCIDENT,
            "pain": said.pain is not None and said.pain >= SEVERE,
        }.get(step.name, False)

    # ── one page ──────────────────────────────────────────────────────────────────────────────────

    def _ask(self, step: _Step, *, again: bool = False) -> None:
        """Ask one page and keep its answer."""
        head = self._head(step, again=again)
        known = getattr(self._said, step.key)
        if step.key == "flags":
            self._ask_flags(step, head)
        elif step.name == "pain":
            self._said = self._said._replace(pain=self._ask_pain(head))
        elif step.name == "episodes_30d":
            self._said = self._said._replace(episodes_30d=self._ask_episodes(head))
        else:
            asked = _choices(self._said)[step.name]
            was = _WORDS.get(known, known)
            first = was if was or asked.careful or step.name in self._met else None
            heard = self._asker.choose(
                asked.title, asked.options, beside=asked.beside, head=head, hint=asked.hint, first=first
            )
            answer: dict[str, Any] = {step.key: _MEANINGS[heard] if asked.yes_or_no else heard}
            self._said = self._said._replace(**answer)
        self._met.add(step.name)

    def _head(self, step: _Step, *, again: bool) -> str:
        asked = [each for each in _STEPS if self._is_asked(each)]
        questions = sorted({each.question for each in asked})
        n, m = questions.index(step.question) + 1, len(questions)
        if again:
            return _("Question {n} of {m}, once more").format(n=n, m=m)
        parts = [each for each in asked if each.question == step.question]
        if len(parts) == 1:
            return _("Question {n} of {m}").format(n=n, m=m)
        return _("Question {n} of {m}, part {part} of {parts}").format(
            n=n, m=m, part=parts.index(step) + 1, parts=len(parts)
        )

    def _ask_flags(self, step: _Step, head: str) -> None:
        emergency = step.name == "emergency"
        flags = self._table.emergency if emergency else self._table.clinician
        options = [Option(flag.code, knot.flag_asked(flag)) for flag in flags]
        if not emergency:
            options.append(Option(_MINOR, _("And, not an illness: I am under 16")))
        codes = [option.code for option in options]
        was = tuple(code for code in self._said.flags if code in codes)
        title, hint, doubt = _emergency_words() if emergency else _clinician_words()
        ticked = self._asker.tick(
            title,
            options,
            none=_("None of these"),
            unsure=_("Not sure"),
            head=head,
            hint=hint,
            first=was if was or step.name in self._sure else None,
        )
        if ticked is None:
            self._sure.discard(step.name)
            self._asker.tell(doubt)
        else:
            self._sure.add(step.name)
        self._ticked[step.name] = ticked or ()
        others = (code for code in self._said.flags if code not in codes)
        self._said = self._said._replace(flags=(*others, *self._ticked[step.name]))

    def _ask_pain(self, head: str) -> int | None:
        return self._asker.number(
            _("How sore is it now, from 0 to 10?"),
            0,
            _MOST_POINTS,
            unsure=_("Not sure"),
            head=head,
            hint=_("0 is nothing at all, 10 the worst that you can think of."),
            first=self._said.pain,
        )

    def _ask_episodes(self, head: str) -> int | None:
        return self._asker.number(
            _("How many knots in the last 30 days, this one counted?"),
            1,
            _MOST_TIMES,
            unsure=_("Not sure"),
            head=head,
            first=self._said.episodes_30d,
        )


# ── the words ─────────────────────────────────────────────────────────────────────────────────────

_MEANINGS: Mapping[str, bool | None] = {"yes": True, "no": False, "": None}
_WORDS: Mapping[object, str] = {meaning: word for word, meaning in _MEANINGS.items()}


class _Choice(NamedTuple):
    """A question with one answer of several."""

    title: str
    options: Sequence[Option]
    hint: str = ""
    beside: Callable[[str], Sequence[str]] | None = None
    yes_or_no: bool = False
    careful: bool = False
    """An answer given out of habit does harm: "not sure" is chosen already."""


def _choices(said: Answers) -> Mapping[str, _Choice]:
    """The questions, in the words that go with what was said so far."""
    return {
        "onset": _onset(),
        "side": _side(),
        "zone": _zone(said.side),
        "dominant": _dominant(),
        "most_used": _most_used(),
        "before": _before(),
        "feel": _feel(),
        "press_test": _press_test(),
        "stops_daily_life": _yes_or_no(_("Does it keep you awake, or stop you from dressing or working?")),
        "first_ever": _yes_or_no(_("Is it the first such pain in your upper back, ever?")),
    }


def _emergency_words() -> tuple[str, str, str]:
    """The question, what belongs to it, and what is said to "not sure"."""
    return (
        _("Is any of this true now, or has it been since the pain began?"),
        _("One part of a line is enough, unless it says and. These need help at once."),
        _("If one of them may be true, don't wait: call the emergency number."),
    )


def _clinician_words() -> tuple[str, str, str]:
    return (
        _("And is any of this true?"),
        _("One part of a line is enough, unless it says and. These are for a doctor."),
        _("If one of them may be true, ask a doctor before you press or train anything."),
    )


def _unsure(code: str = "") -> Option:
    return Option(code, _("Not sure"))


def _onset() -> _Choice:
    return _Choice(
        _("How long have you had this knot?"),
        (
            Option("woke", _("I woke up with it")),
            Option("today", _("It came today, while I was up")),
            Option("days", _("Some days, two weeks at most")),
            Option("long", _("More than two weeks, or it keeps coming back")),
            _unsure(),
        ),
    )


def _side() -> _Choice:
    return _Choice(
        _("On which side of the back is it?"),
        (
            Option("left", _("Left")),
            Option("right", _("Right")),
            Option("both", _("On both sides")),
            Option("middle", _("In the middle")),
            _unsure(),
        ),
    )


def _zone(side: str) -> _Choice:
    words = {zone: names.zone(zone) for zone in back.zones(side)}
    options = [Option(zone, word[:1].upper() + word[1:]) for zone, word in words.items()]
    return _Choice(
        _("Where is it?"),
        (*options, _unsure("unsure")),
        _("The back is seen from behind. The shoulder blade is the flat bone that moves along with the arm."),
        lambda zone: back.picture(side, zone),
    )


def _dominant() -> _Choice:
    return _Choice(
        _("Which hand do you write with?"),
        (
            Option("left", _("The left")),
            Option("right", _("The right")),
            Option("both", _("Both alike")),
            _unsure(),
        ),
    )


def _most_used() -> _Choice:
    return _Choice(
        _("Which arm has done most lately: mouse, bag, tools, a child?"),
        (
            Option("left", _("The left")),
            Option("right", _("The right")),
            Option("both", _("Both alike")),
            _unsure(),
        ),
    )


def _before() -> _Choice:
    return _Choice(
        _("What did you do just before it came, or for most of that day?"),
        (
            Option("screen_forward", _("Head and hands in front: screen, phone, driving, cooking")),
            Option("held_tense", _("Held tight: shoulders or arms up, phone at the neck, cold, stress")),
            Option("repeated_use", _("The same over and over: mouse, lifting, carrying, sport, tools")),
            Option("slept_odd", _("Slept in an odd position")),
            Option("sudden", _("One sudden move: a jerk, a twist, a lift")),
            Option("accident", _("A fall or an accident")),
            Option("nothing", _("Nothing that I know of")),
            _unsure(),
        ),
    )


def _feel() -> _Choice:
    return _Choice(
        _("What had that muscle done before?"),
        (
            Option("long", _("Held long: I leaned forward, reached, or lay on it")),
            Option("worked", _("Worked: the same move again and again, or held tight")),
            _unsure("unsure"),
        ),
        _("Not how it feels now: nearly every knot feels tight."),
    )


def _press_test() -> _Choice:
    return _Choice(
        _("Press the knot lightly for 10 seconds. What does it do?"),
        (
            Option("eases", _("It eases, or feels good")),
            Option("annoyed", _("It is annoyed: sorer than before")),
            Option("same", _("It stays as it is")),
            Option("not_tried", _("I have not tried")),
            _unsure(),
        ),
        _(
            "With a fingertip, and never more than 4 of 10. Stop at once if it is sharp, numb or tingling."
            " Leave it if you can't reach it, or would rather not."
        ),
        careful=True,
    )


def _yes_or_no(title: str) -> _Choice:
    return _Choice(
        title, (Option("yes", _("Yes")), Option("no", _("No")), _unsure()), yes_or_no=True, careful=True
    )
