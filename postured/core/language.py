"""The person's language: `_` marks a text for translation and gives it back translated.

The one thing that everything that speaks must know, so it is a context variable: the roof sets it once (`speak`),
and where nobody did, as in a test, texts stay English. Catalogues are found and read elsewhere (`postured.catalogue`).
"""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False  # `typing` itself would cost every command four milliseconds
if TYPE_CHECKING:
    from typing import Protocol

    class Catalogue(Protocol):
        """What `gettext.GNUTranslations` can do."""

        def gettext(self, message: str) -> str:
            """The text in the person's language, or as it is."""

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            """The form that goes with a number."""

        def pgettext(self, context: str, message: str) -> str:
            """The text that has this id, or as it is."""


_catalogue: ContextVar[Catalogue | None] = ContextVar("catalogue", default=None)


def speak(catalogue: Catalogue | None) -> None:
    """Speak that language from here on, in this context and in every task that it begins; None is English."""
    _catalogue.set(catalogue)


def _(text: str) -> str:
    """The text in the person's language. Numbers and names are filled in afterwards, with `.format`."""
    catalogue = _catalogue.get()
    return text if catalogue is None else catalogue.gettext(text)


def n_(one: str, many: str, count: int) -> str:
    """The form of a text that goes with `count`, in the person's language; `count` is filled in afterwards."""
    catalogue = _catalogue.get()
    if catalogue is None:
        return one if count == 1 else many
    return catalogue.ngettext(one, many, count)


def p_(text_id: str, text: str) -> str:
    """A text of the library, known by its id, as `B01.title`; one that was changed since stays as it is."""
    catalogue = _catalogue.get()
    return text if catalogue is None or not text else catalogue.pgettext(text_id, text)
