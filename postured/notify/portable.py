"""Notices through plyer, where there is no D-Bus: text only, and nobody ever says whether it was shown.

plyer blocks, prints, warns and reports success whatever happens, so it works aside and is believed nothing.
"""

from __future__ import annotations

import logging
import string
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module

from postured.core.language import _
from postured.notify.aside import Aside
from postured.notify.message import Delivery, Ended, Message, Sent
from postured.notify.text import body_of, title_of

_LONGEST_S = 2_147_483
"""plyer multiplies by 1000 and passes on a signed 32-bit number."""

_log = logging.getLogger(__name__)


class Portable:
    """Notifier on plyer. Nothing it sends can be closed or answered, so nothing it sends ever ends."""

    name = "plyer"

    def __init__(
        self,
        on_ended: Callable[[Ended], None],  # noqa: ARG002 - every notifier is made alike; this one hears of nothing
        *,
        send: Callable[[str, str, int], None] | None = None,
        limit_s: float = 5.0,
    ) -> None:
        self._send = send or _send_through_plyer
        self._aside = Aside("plyer", limit_s=limit_s)
        self._last = Sent.UNCONFIRMED
        self._stopped = False

    @property
    def ready(self) -> bool:
        """Whether it may be tried; whether it works, plyer never tells."""
        return not (self._stopped or self._aside.busy)

    async def start(self, stale: Mapping[str, object] | None) -> None:
        """Do nothing: what an earlier run left up is out of reach."""

    async def show(self, message: Message, *, tag: str) -> Delivery:  # noqa: ARG002 - nothing comes back for a tag
        """Send `message` off, with the commands that stand in for its buttons."""
        title = _harmless(title_of(message.title))
        body = _harmless(body_of(message.body, message.commands))
        seconds = min(max(int(message.expire_s), 1), _LONGEST_S) if message.expire_s > 0 else _LONGEST_S
        if self._stopped:
            return Delivery(Sent.DISCONNECTED, _("the notifier has been stopped"))
        try:
            await self._aside.run(lambda: self._send(title, body, seconds))
        except TimeoutError as error:
            delivery = Delivery(Sent.TIMEOUT, str(error))
        except Exception as error:  # noqa: BLE001 - every platform's plyer fails in its own way
            delivery = Delivery(
                Sent.REJECTED,
                _("plyer can't show it: {error}").format(error=str(error) or type(error).__name__),
            )
        else:
            delivery = Delivery(Sent.UNCONFIRMED, _("sent through plyer; nobody says whether it is seen"))
        if delivery.sent is not self._last:
            self._last = delivery.sent
            _log.warning("notices through plyer: %s (%s)", delivery.sent, delivery.detail)
        return delivery

    async def close(self) -> None:
        """Do nothing: plyer can't take down what it has shown."""

    async def stop(self) -> None:
        """Send nothing more. A send that is stuck ends with the program."""
        self._stopped = True

    def remember(self) -> Mapping[str, object]:
        """Say nothing: there is no way back to what was shown."""
        return {}

    async def describe(self) -> Mapping[str, object]:
        """Say what this way can't do."""
        return {"notifier": self.name, "buttons": False, "confirmed": False, "problem": None}


def _harmless(text: str) -> str:
    """Change what plyer takes for an option (a leading "-") or for the end of its quoting (an apostrophe)."""
    return text.lstrip("-" + string.whitespace).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def _send_through_plyer(title: str, body: str, seconds: int) -> None:
    # Its proxy prints a traceback when the platform's part can't be loaded; that part itself just raises.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"plyer\.")
    platform = import_module("plyer.utils").platform
    notification = import_module(f"plyer.platforms.{platform}.notification").instance()
    notification.notify(title=title, message=body, app_name="postured", timeout=seconds)
