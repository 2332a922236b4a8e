"""One thing on the screen at a time, in the order in which it was asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping

import pytest

from postured.daemon.screen import Screen
from postured.notify.message import Delivery, Ended, Message, Sent, Urgency, Why
from tests.fakes import RecordingNotifier


class Stage:
    """A screen with notifiers that remember."""

    def __init__(self, kind: type[RecordingNotifier] = RecordingNotifier) -> None:
        self.kind = kind
        self.made: list[tuple[str, RecordingNotifier]] = []
        self.answers: list[tuple[str, str]] = []
        self.shown = 0
        self.screen = Screen(
            self._make,
            "auto",
            on_answer=lambda tag, action: self.answers.append((tag, action)),
            on_shown=self._on_shown,
        )

    def _make(self, backend: str, on_ended: Callable[[Ended], None]) -> RecordingNotifier:
        self.made.append((backend, self.kind(on_ended)))
        return self.made[-1][1]

    def _on_shown(self) -> None:
        self.shown += 1

    @property
    def notifier(self) -> RecordingNotifier:
        return self.made[-1][1]

    @property
    def titles(self) -> list[str]:
        return [message.title for _, message in self.notifier.shown]

    def show(self, tag: str, title: str = "Sit up") -> None:
        self.screen.show(
            tag,
            Message(title, "How.", buttons=(("default", "Show me"), ("done", "Done"), ("later", "Later"))),
        )

    async def quiet(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


def tell(
    story: Callable[[Stage], Coroutine[None, None, None]], kind: type[RecordingNotifier] = RecordingNotifier
) -> Stage:
    async def run() -> Stage:
        stage = Stage(kind)
        stage.screen.start(None)
        try:
            await story(stage)
        finally:
            await stage.screen.stop()
        return stage

    return asyncio.run(run())


def test_words_wait_until_no_notice_is_up() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        stage.screen.say("First word", "")
        stage.screen.say("Second word", "")
        await stage.quiet()
        assert stage.titles == ["Sit up"]
        stage.screen.close()
        await stage.quiet()
        assert stage.titles == ["Sit up", "First word"]

    tell(story)


def test_a_word_that_was_overtaken_by_events_is_not_said() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        stage.screen.say("The schedule is broken", "", about="schedule")
        stage.screen.say("Something else", "")
        stage.screen.unsay("schedule")
        stage.screen.close()
        await stage.quiet()
        assert stage.titles == ["Sit up", "Something else"]

    tell(story)


def test_a_word_waits_until_the_one_before_it_has_ended() -> None:
    async def story(stage: Stage) -> None:
        stage.screen.say("First word", "")
        stage.screen.say("Second word", "")
        await stage.quiet()
        assert stage.titles == ["First word"]
        stage.notifier.end(Why.DEADLINE)
        await stage.quiet()
        assert stage.titles == ["First word", "Second word"]

    tell(story)


def test_words_for_the_console_do_not_wait_for_one_another() -> None:
    async def story(stage: Stage) -> None:
        stage.notifier.outcome = Sent.UNCONFIRMED
        stage.screen.say("First word", "")
        stage.screen.say("Second word", "")
        await stage.quiet()
        assert stage.titles == ["First word", "Second word"]

    tell(story)


def test_words_wait_until_the_notice_has_ended_by_itself() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        stage.screen.say("A word", "")
        await stage.quiet()
        stage.notifier.end(Why.DISMISSED)
        await stage.quiet()
        assert stage.titles == ["Sit up", "A word"]

    tell(story)


def test_a_word_does_not_cover_a_notice_that_is_only_on_its_way() -> None:
    async def story(stage: Stage) -> None:
        stage.screen.say("A word", "")
        stage.show("n1")
        await stage.quiet()
        assert stage.notifier.up == "n1"
        assert stage.titles == ["Sit up"]

    tell(story)


def test_without_a_notice_a_word_comes_at_once_and_asks_for_nothing() -> None:
    async def story(stage: Stage) -> None:
        stage.screen.say("A word", "More.")
        await stage.quiet()
        message = stage.notifier.latest
        assert (message.title, message.body, message.buttons, message.transient) == (
            "A word",
            "More.",
            (),
            True,
        )

    tell(story)


def test_that_a_break_was_counted_is_said_quietly() -> None:
    async def story(stage: Stage) -> None:
        stage.screen.say("Break counted", "", Urgency.LOW)
        await stage.quiet()
        assert stage.notifier.latest.urgency is Urgency.LOW

    tell(story)


def test_of_many_words_only_the_last_few_are_kept() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        for n in range(10):
            stage.screen.say(f"Word {n}", "")
        stage.screen.close()
        for _ in range(10):
            await stage.quiet()
            stage.notifier.end(Why.DEADLINE)
        assert stage.titles == ["Sit up", "Word 6", "Word 7", "Word 8", "Word 9"]

    tell(story)


def test_the_next_notice_takes_the_place_of_the_one_that_is_up() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1", "One")
        stage.show("n2", "Two")
        await stage.quiet()
        assert stage.titles == ["One", "Two"]
        assert stage.notifier.up == "n2"
        stage.screen.say("A word", "")
        await stage.quiet()
        assert stage.titles == ["One", "Two"], "the end of the first is not the end of the second"

    tell(story)


def test_the_same_notice_can_be_reworded() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1", "One")
        stage.show("n1", "One, with steps")
        await stage.quiet()
        assert [tag for tag, _ in stage.notifier.shown] == ["n1", "n1"]
        assert stage.notifier.up == "n1"

    tell(story)


def test_a_press_is_an_answer_with_the_id_of_its_notice() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        await stage.quiet()
        stage.notifier.press("later")
        assert stage.answers == [("n1", "later")]

    tell(story)


def test_an_end_without_a_press_is_no_answer() -> None:
    async def story(stage: Stage) -> None:
        for why in (Why.EXPIRED, Why.DISMISSED, Why.SERVER_GONE, Why.DEADLINE):
            stage.show(f"n-{why}")
            await stage.quiet()
            stage.notifier.end(why)
        assert stage.answers == []

    tell(story)


# ── another notifier ──────────────────────────────────────────────────────────────────────────────


def test_another_backend_is_used_after_what_was_asked_for_before() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1", "One")
        stage.screen.use("console")
        stage.show("n2", "Two")
        await stage.quiet()
        (_, old), (name, new) = stage.made
        assert name == "console"
        assert [m.title for _, m in old.shown] == ["One"]
        assert [m.title for _, m in new.shown] == ["Two"]
        assert old.stopped
        assert new.started

    tell(story)


def test_the_same_backend_is_left_alone() -> None:
    async def story(stage: Stage) -> None:
        stage.screen.use("auto")
        await stage.quiet()
        assert len(stage.made) == 1
        assert not stage.notifier.stopped

    tell(story)


# ── what goes wrong ───────────────────────────────────────────────────────────────────────────────


class Breaking(RecordingNotifier):
    """Breaks on the first thing it is to show, as no notifier should."""

    async def show(self, message: Message, *, tag: str) -> Delivery:
        if tag == "bad":
            raise RuntimeError("a bug")
        return await super().show(message, tag=tag)


def test_one_that_fails_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    async def story(stage: Stage) -> None:
        stage.show("bad")
        stage.show("n2", "Two")
        await stage.quiet()
        assert stage.titles == ["Two"]

    tell(story, Breaking)
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_what_became_of_the_last_thing_shown_can_be_asked() -> None:
    async def story(stage: Stage) -> None:
        assert stage.screen.delivery == ""
        stage.notifier.outcome = Sent.NO_SERVER
        stage.show("n1")
        await stage.quiet()
        assert stage.screen.delivery == "recording: no-server (recording: no-server)"
        assert stage.screen.name == "recording"

    tell(story)


def test_a_missing_server_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def story(stage: Stage) -> None:
        stage.notifier.outcome = Sent.NO_SERVER
        for n in range(5):
            stage.show(f"n{n}")
        await stage.quiet()

    with caplog.at_level(logging.INFO):
        tell(story)
    assert len(caplog.records) == 1


# ── the beginning and the end ─────────────────────────────────────────────────────────────────────


def test_what_an_earlier_run_left_is_handed_to_the_notifier() -> None:
    async def run() -> None:
        stage = Stage()
        stage.screen.start({"ids": [3]})
        await stage.quiet()
        assert stage.notifier.started_with == {"ids": [3]}
        await stage.screen.stop()

    asyncio.run(run())


def test_at_the_end_nothing_is_left_up_and_nothing_comes_up_any_more() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        await stage.quiet()
        await stage.screen.stop()
        assert stage.notifier.up is None
        stage.show("n2")
        await stage.quiet()
        assert stage.titles == ["Sit up"]

    tell(story)


def test_never_started_it_can_be_stopped() -> None:
    async def run() -> None:
        await Stage().screen.stop()

    asyncio.run(run())


def test_whoever_remembers_is_told_after_each_showing() -> None:
    async def story(stage: Stage) -> None:
        stage.show("n1")
        await stage.quiet()
        assert stage.shown == 1
        found: Mapping[str, object] = stage.screen.remember()
        assert found == {"owner": "recording", "ids": [1]}

    tell(story)
