"""What each cause of a knot asks for, with the reminders of its preset: the table and the schedule brought together."""

from __future__ import annotations

from collections.abc import Mapping

from postured import settings, triage
from postured.core.knot import Table
from postured.core.model import Care
from postured.paths import shipped

TABLE = "knot.yaml"


def table() -> Table:
    """The table that ships.

    Raises:
        triage.TriageError: It is broken or missing.
    """
    return triage.load(shipped(TABLE))


def cares(of: Table) -> Mapping[str, Care]:
    """The cares of a table as the engine wants them: each with the reminders of the preset that it names."""
    return {
        name: care._replace(reminders=settings.preset(care.preset)) if care.preset else care
        for name, care in of.cares.items()
    }


def load_cares() -> Mapping[str, Care]:
    """The same of the table that ships.

    Raises:
        triage.TriageError: It is broken or missing.
    """
    return cares(table())
