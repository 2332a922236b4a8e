"""The questions about a knot that is followed, as rows: how sore it is, the look back after two weeks, and its end.

What is asked, in which order, and what is remembered of the answers; when it is asked `course` says, and what the
cards say stands in `cards`. What was once said counts, also where the rest is never answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from postured.core import course
from postured.core.episodes import SEVERE
from postured.core.model import SOME_CLINICIAN, SOME_EMERGENCY, Episode, KnotLog, Log, Told
from postured.core.row import Card

SHORT_S = 10.0
"""A word that needs no answer stays up so long."""
READ_S = 20.0
"""And one that is worth a second reading."""
MOST = 10
NOTED = 2
"""What differs by less, of 10, is as sore as before: a button stands for two or three numbers."""

_POINTS = {"low": 1, "some": 3, "high": 6, "highest": 9}
"""What a button stands for."""
_MUCH = 6
"""And what *5 to 10* stands for by itself."""
SCREEN = {
    "review_emergency": ("chest_pain", "tearing", "breathless"),
    "review_legs": ("legs_bladder", "accident", "stroke_signs"),
    "review_ill": ("fever", "weight_loss", "cancer_history", "night_rest", "rash"),
    "review_arm": ("arm_neuro", "lump_shape", "minor_trauma_bone"),
    "review_when": ("cough_sneeze", "exertion", "meal_right", "severe", "morning_stiff"),
}
"""The safety screen, card by card, and which red flags each asks for; whoever says yes is asked no more.

The one that is left, `persist`, is what the question behind it is about.
"""
_SCREEN = tuple(SCREEN)


def begin(what: str, episode: Episode, *, minor: bool = False) -> CheckIn:
    """The questions about an episode: `check_in`, `review` or `closing`; or `six_weeks`, which only tells.

    Args:
        what: Which of them.
        episode: The knot.
        minor: The person is under 16, and gets no exercises.
    """
    answers = episode.triage.answers
    match what:
        case "review":
            return review(episode.id, zone=answers.zone, side=answers.side)
        case "closing":
            return closing(episode.id, zone=answers.zone, side=answers.side, minor=minor)
        case "six_weeks":
            return six_weeks(episode.id, zone=answers.zone, side=answers.side)
        case _:
            known = course.pains(episode)
            last = known[-1][1] if known else None
            return check_in(episode.id, last, zone=answers.zone, side=answers.side)


def check_in(knot: str, last: int | None, *, zone: str = "", side: str = "") -> CheckIn:
    """The question how sore it is today.

    Args:
        knot: The episode's id.
        last: How sore it was the last time, of 10; None if nobody knows.
        zone: Where the knot sits.
        side: Its side.
    """
    about = Card("sore", ("low", "some", "much"), area=zone, side=side, asks_points=True)
    return CheckIn(knot, about, about, last)


def review(knot: str, *, zone: str = "", side: str = "") -> CheckIn:
    """After two weeks: the safety screen once more, and whether it is better."""
    about = Card(_SCREEN[0], ("no", "yes"), area=zone, side=side)
    return CheckIn(knot, about, about)


def closing(knot: str, *, zone: str = "", side: str = "", minor: bool = False) -> CheckIn:
    """After some days on which it was nearly gone: whether it is over."""
    about = Card("gone", ("yes", "no"), area=zone, side=side)
    return CheckIn(knot, about, about, minor=minor)


def six_weeks(knot: str, *, zone: str = "", side: str = "") -> CheckIn:
    """That it has been there so long that somebody should look at it; nothing is asked."""
    about = Card("six_weeks", ("done",), area=zone, side=side)
    return CheckIn(knot, about, about)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Questions about one knot under way, a `Row`."""

    knot: str
    card: Card | None
    about: Card
    """The first card: it knows where the knot is."""
    last: int | None = None
    logs: tuple[Log, ...] = ()
    followed: bool = False
    """Something was answered."""
    minor: bool = False
    """Under 16: no exercises."""

    @property
    def items(self) -> tuple[str, ...]:
        """None: it only asks."""
        return ()

    @property
    def parting(self) -> Card | None:
        """Nothing."""
        return None

    def answer(self, word: str, after_s: float, points: int | None = None) -> CheckIn:  # noqa: ARG002 - as every `Row`
        """The row after an answer; see `Row`."""
        card = self.card
        if card is None:
            return self
        if points is not None and card.asks_points:
            return replace(self, followed=True)._sore(points) if 0 <= points <= MOST else self
        if word == "stop":
            return self.elapse()
        if word not in card.answers:
            return self
        return replace(self, followed=True)._hear(card.text, word)

    def elapse(self, after_s: float = 0.0) -> CheckIn:  # noqa: ARG002 - as of every row
        """Nobody answers: nothing is asked any more. Who said that it is very sore has said how sore it is."""
        if self.card is not None and self.card.text == "sore_much":
            return self._told(Told.PAIN, _MUCH)._over()
        return self._over()

    def _hear(self, text: str, word: str) -> CheckIn:
        match text, word:
            case "sore", "much":
                return self._ask("sore_much", "high", "highest", asks_points=True)
            case "sore" | "sore_much", _:
                return self._sore(_POINTS[word])
            case "review_emergency" | "review_legs", "yes":
                return self._flag(SOME_EMERGENCY, "flag_emergency")
            case "review_ill" | "review_arm" | "review_when", "yes":
                return self._flag(SOME_CLINICIAN, "flag_clinician")
            case "review_when", "no":
                return self._told(Told.SCREENED)._ask("review_better", "better", "same", "worse")
            case _, "no" if text in _SCREEN:
                return self._ask(_SCREEN[_SCREEN.index(text) + 1], "no", "yes")
            case "review_better", "better":
                return self._told(Told.BETTER)._say("sore_less", SHORT_S)
            case "review_better", _:
                return self._flag("persist", "flag_persist")
            case "gone", "yes":
                return self._told(Told.GONE)._say("keep_moving" if self.minor else "keep_away", READ_S)
            case "gone", _:
                return self._told(Told.NOT_GONE)._over()
            case _:
                return self._over()

    def _sore(self, points: int) -> CheckIn:
        here = self._told(Told.PAIN, points)
        if points >= SEVERE:
            return here._ask("sore_severe", "done")
        if self.last is None:
            return here._say("sore_noted", SHORT_S)
        change = points - self.last
        if abs(change) < NOTED:
            return here._say("sore_same", SHORT_S)
        return here._say("sore_less" if change < 0 else "sore_more", SHORT_S)

    def _told(self, told: Told, points: int | None = None) -> CheckIn:
        return replace(self, logs=(*self.logs, KnotLog(self.knot, told, points)))

    def _flag(self, code: str, text: str) -> CheckIn:
        """A red flag concerns the person and no single knot."""
        return replace(self, logs=(*self.logs, KnotLog("", Told.FLAG, code=code)))._ask(text, "done")

    def _ask(self, text: str, *answers: str, asks_points: bool = False) -> CheckIn:
        return replace(
            self, card=self.about._replace(text=text, answers=answers, seconds=None, asks_points=asks_points)
        )

    def _say(self, text: str, seconds: float) -> CheckIn:
        return replace(
            self, card=self.about._replace(text=text, answers=(), seconds=seconds, asks_points=False)
        )

    def _over(self) -> CheckIn:
        return replace(self, card=None)
