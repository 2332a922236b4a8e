"""What each cause of a knot asks for."""

from __future__ import annotations

from postured import settings
from postured.daemon import knots


def test_a_care_brings_the_reminders_of_the_preset_it_names() -> None:
    cares = knots.load_cares()
    assert cares["strain"].preset == "knot"
    assert cares["strain"].reminders == settings.preset("knot")


def test_a_care_without_a_preset_leaves_the_schedule_alone() -> None:
    table = knots.table()
    plain = table._replace(cares={"own": table.cares["strain"]._replace(preset="")})
    assert knots.cares(plain)["own"].reminders == ()


def test_every_preset_that_the_table_names_is_known() -> None:
    table = knots.table()
    assert {care.preset for care in table.cares.values()} <= {"", *settings.PRESETS}
    assert knots.cares(table).keys() == table.cares.keys()
