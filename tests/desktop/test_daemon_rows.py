"""Rows of small notices, pressed through on a real server: the massage loop, a set with its questions, a pack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desktop.quick import ask, outcomes, said, status, wait_for_status
from tests.desktop.session import Desktop, Notification, wait_for

SCHEDULE = """\
me: {places: [desk, home], equipment: [heat_pack]}
reminders:
  reset: {after: 1h, pause: 5m, suggest: [break]}
  strength: {after: 2h, pause: 5m, suggest: [strength]}
notify: {spacing: 0s}
"""

LIBRARY = """\
- id: ribs
  kind: massage
  title: Press the side ribs
  areas: [side_ribs]
  knot_zones: [unsure]
  link: mechanical
  stop_rules: [tenderness_drop, time_cap, pain_gt_7, neuro]
  side_mode: knot_side_first
  dose: {hold_s: 3}
  steps:
    - {text: Explore the ribs below the armpit., seconds: 3, cue: rate}
    - {text: Press where it is tender and good., seconds: 3, cue: stop_check}
    - {text: Let go., seconds: 3}
- id: lift
  kind: strength
  title: Lift the arms
  steps: [{text: Lift., seconds: 3}]
  levels:
    - {level: 1, variation: Lift the arms, sets: 1, reps: 8, duration_s: 3, place: [desk]}
    - {level: 2, variation: Lift the arms higher, sets: 2, reps: 8, duration_s: 6, place: [desk]}
    - {level: 3, variation: Lift a bottle in each hand, sets: 3, reps: 8, duration_s: 9, place: [desk]}
- id: pack
  kind: thermal
  title: Warm the chest
  areas: [upper_chest]
  place: [home]
  equipment: [heat_pack]
  steps:
    - {text: Wrap the pack in a towel., seconds: 3}
    - {text: Lay it on the upper chest., seconds: 3}
    - {text: Look at the skin., seconds: 3, cue: stop_check}
    - {text: Leave it on., seconds: 3}
    - {text: Take it off., seconds: 3}
"""


@pytest.fixture
def room(session: Desktop) -> Desktop:
    """A session whose person has these three items, all of them over in seconds."""
    library = session.write_schedule(SCHEDULE).parent / "library"
    library.mkdir()
    (library / "own.yaml").write_text(LIBRARY)
    return session


def card(session: Desktop, title: str, limit_s: float = 8.0) -> Notification:
    """The card that comes up, and is the only thing on the screen."""
    found = session.wait_for_notification(title, limit_s=limit_s)
    wait_for(lambda: session.displayed() == 1)
    return found


def labels(notice: Notification) -> dict[str, Any]:
    return dict(notice["actions"])


def test_a_massage_goes_from_card_to_card_until_the_spot_lets_go(room: Desktop) -> None:
    with room.daemon():
        said(room, "now", "ribs")
        card(room, "Press the side ribs")
        room.press("default")
        explore = card(room, "Explore")
        assert list(labels(explore)) == ["good", "tender", "nothing"]
        assert status(room)["notice"]["item"] == "ribs", "the notice stands until the row is over"
        room.press("good")
        card(room, "Press")
        card(room, "Is it less tender now?")
        room.press("easier")
        wait_for(lambda: any("enough" in labels(up) for up in room.notifications(only_open=True)))
        room.press("enough")
        card(room, "Drink some water and move gently")
        assert outcomes(room) == [(None, None)]


def test_stopping_at_once_is_answered_with_what_to_do(room: Desktop) -> None:
    with room.daemon():
        said(room, "now", "ribs")
        room.wait_for_notification("Press the side ribs")
        room.press("default")
        card(room, "Explore")
        room.press("good")
        card(room, "Press")
        room.press("stop")
        stop = card(room, "Stop here for today")
        assert "needs a person" in stop["body"]
        room.press("done")
        wait_for(lambda: room.displayed() == 0)
        wait_for(lambda: outcomes(room) == [(None, "done")])


def test_after_a_set_two_questions_raise_no_more_than_two_notices(room: Desktop) -> None:
    with room.daemon():
        said(room, "now", "lift")
        notice = card(room, "Lift the arms")
        assert "Level 1, 1 × 8" in notice["body"]
        room.press("done")
        felt = card(room, "How did the set feel?")
        assert list(labels(felt)) == ["easy", "right", "hard"]
        room.press("easy")
        pain = card(room, "")
        wait_for(lambda: list(labels(room.notifications(only_open=True)[-1])) == ["no", "yes"])
        room.press("no")
        wait_for(lambda: room.displayed() == 0)
        assert pain["summary"]
        told = wait_for_status(room, notice=None)
        assert told["strength"]["days"] == 1


def test_how_it_felt_can_be_told_in_one_command(room: Desktop) -> None:
    with room.daemon():
        said(room, "now", "lift")
        card(room, "Lift the arms")
        said(room, "done", "--felt", "hard", "--no-pain")
        wait_for(lambda: room.displayed() == 0)
        assert status(room)["strength"]["days"] == 1


def test_a_pack_asks_for_the_skin_and_says_when_to_take_it_off(room: Desktop) -> None:
    def up() -> set[str]:  # nothing is, while one card takes the place of another
        shown = room.notifications(only_open=True)
        return set(labels(shown[-1])) if shown else set()

    with room.daemon():
        said(room, "now", "pack")
        card(room, "Warm the chest")
        room.press("default")
        wait_for(lambda: "start" in up())
        room.press("start")
        wait_for(lambda: "fine" in up(), 8)
        room.press("fine")
        wait_for(lambda: "done" in up(), 8)
        room.press("done")
        wait_for(lambda: outcomes(room) == [(None, "done")], 8)
        wait_for(lambda: room.displayed() == 0)


def test_a_card_is_answered_by_a_command_where_there_are_no_buttons(room: Desktop) -> None:
    with room.daemon():
        said(room, "now", "ribs")
        room.wait_for_notification("Press the side ribs")
        room.press("default")
        card(room, "Explore")
        asked = ask(room, "answer")
        assert [word for word, _label in asked["answers"]] == ["good", "tender", "nothing"]
        said(room, "answer", "nothing")
        card(room, "Explore: upper chest")
