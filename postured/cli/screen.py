"""Draws a question on the terminal and lets the person move about in it.

It uses the lines below the prompt only, and leaves one line of each question and its answer. Whatever happens, the
terminal is afterwards as it was. Loading it takes a while: only who asks does.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from postured.cli.ask import Back, Left, Option
from postured.cli.console import Console
from postured.cli.keys import at_the
from postured.cli.page import Choice, Line, Number, Page, Ticks, Words
from postured.core.language import _

_KEYS = {
    "up": "up",
    "down": "down",
    "left": "left",
    "home": "home",
    "end": "end",
    "pageup": "pageup",
    "pagedown": "pagedown",
    "escape": "escape",
    "enter": "enter",
    "c-j": "enter",  # what was typed before the terminal was told to leave Enter alone
    "backspace": "backspace",
}
_LEAVE = ("c-c", "c-d", "<sigint>")
_ESCAPE_S = 0.15
"""How long after Esc the rest of an arrow key may come, over a slow line."""


class Screen:
    """Asks on a terminal that can redraw.

    Args:
        console: Where it is printed and typed.
        keys: What is typed, if not at the console.
        output: What is drawn on, if not the console.
    """

    def __init__(self, console: Console, keys: Input | None = None, output: Output | None = None) -> None:
        self._console = console
        self._keys = keys or create_input(console.source)
        self._output = output or create_output(console.out)
        self._styled = not console.env.get("NO_COLOR")
        if isinstance(self._output, Vt100_Output):
            # It is drawn where the cursor is, wherever that may be; and an answer that comes late would be typed
            # into the shell.
            self._output.enable_cpr = False

    def choose(
        self,
        title: str,
        options: Sequence[Option],
        *,
        beside: Callable[[str], Sequence[str]] | None = None,
        head: str = "",
        hint: str = "",
        first: str | None = None,
    ) -> str:
        """The code of the one option that is taken."""
        page = Choice(Words(title, head, hint), options, beside, first)
        self._ask(page, title)
        return page.code

    def tick(
        self,
        title: str,
        options: Sequence[Option],
        *,
        none: str,
        unsure: str,
        head: str = "",
        hint: str = "",
        first: Sequence[str] | None = None,
    ) -> tuple[str, ...] | None:
        """The codes that are true; None if the person isn't sure."""
        page = Ticks(Words(title, head, hint), options, none=none, unsure=unsure, first=first)
        self._ask(page, title)
        return page.codes

    def number(
        self,
        title: str,
        low: int,
        high: int,
        *,
        unsure: str,
        head: str = "",
        hint: str = "",
        first: int | None = None,
    ) -> int | None:
        """A whole number from `low` to `high`; None if the person isn't sure."""
        page = Number(Words(title, head, hint), low, high, unsure=unsure, first=first)
        self._ask(page, title)
        return page.value

    def tell(self, *lines: str) -> None:
        """Say something that asks for nothing."""
        for line in lines:
            self._console.wrapped(line)
        self._console.out.flush()

    # ── one page ──────────────────────────────────────────────────────────────────────────────────

    def _ask(self, page: Page, title: str) -> None:
        """Let the person answer a page, and leave its title and the answer on the screen."""
        self._console.out.flush()
        try:
            with at_the(self._console.source, screen=True), _told_to_end():
                application = self._application(page)
                application.run(pre_run=lambda: _prepare(application), set_exception_handler=False)
        except Back:
            self.tell(_("(back)"))
            raise
        except (Left, EOFError, KeyboardInterrupt, OSError) as exc:
            clear_typeahead(self._keys)
            raise Left from exc
        self.tell(f"{title} {page.answered}")

    def _application(self, page: Page) -> Application[None]:
        def fragments() -> StyleAndTextTuples:
            size = self._output.get_size()
            return _fragments(page.draw(size.columns - 1, size.rows), styled=self._styled)

        control = FormattedTextControl(fragments, focusable=True)
        window = Window(control, dont_extend_height=True, always_hide_cursor=False)
        application: Application[None] = Application(
            Layout(window),
            key_bindings=_bindings(page),
            erase_when_done=True,
            color_depth=ColorDepth.DEPTH_1_BIT,
            input=self._keys,
            output=self._output,
        )
        application.ttimeoutlen = application.timeoutlen = _ESCAPE_S
        return application


def _bindings(page: Page) -> KeyBindings:
    """The keys, each of which does to the page what it does, and then it is drawn anew."""
    found = KeyBindings()

    def press(event: KeyPressEvent, key: str) -> None:
        try:
            if page.press(key):
                event.app.exit()
        except Back as back:
            event.app.exit(exception=back)

    @found.add("<any>")
    def _character(event: KeyPressEvent) -> None:
        if len(event.data) == 1 and event.data.isprintable():
            press(event, event.data)

    def bind(key: str, name: str) -> None:
        found.add(key)(lambda event: press(event, name))

    for key, name in _KEYS.items():
        bind(key, name)
    for key in _LEAVE:
        found.add(key)(lambda event: event.app.exit(exception=Left()))
    if sys.platform != "win32":
        found.add("c-z")(lambda event: event.app.suspend_to_background())
    return found


def _fragments(lines: Sequence[Line], *, styled: bool) -> StyleAndTextTuples:
    found: StyleAndTextTuples = []
    for number, line in enumerate(lines):
        bold = line.bold if styled else 0
        cursor = -1 if line.cursor is None else line.cursor
        at = 0
        for style, end in (("bold", bold), ("", len(line.text))):
            if at <= cursor <= end and end > at:
                found += [(style, line.text[at:cursor]), ("[SetCursorPosition]", "")]
                at, cursor = cursor, -1
            found.append((style, line.text[at:end]))
            at = max(at, end)
        if cursor >= 0:
            found.append(("[SetCursorPosition]", ""))
        if number < len(lines) - 1:
            found.append(("", "\n"))
    return found


def _prepare(application: Application[None]) -> None:
    """Let signals, and whatever goes wrong within the loop, end the question in good order.

    A signal that raised where it struck could do so in the midst of putting the terminal right.
    """
    loop = asyncio.get_running_loop()

    def end(reason: BaseException) -> None:
        if application.is_running and not application.is_done:
            application.exit(exception=reason)

    def trouble(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        end(context.get("exception") or EOFError())

    loop.set_exception_handler(trouble)
    for number in _ends():
        loop.add_signal_handler(number, lambda: end(Left()))


def _ends() -> list[signal.Signals]:
    """The signals that end it: `kill`, and a terminal that is closed, unless nobody is to hear of that."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return []
    return [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is not signal.SIG_IGN]


@contextlib.contextmanager
def _told_to_end() -> Iterator[None]:
    """Let signals end it before and after the loop sees to them, and give them back as they were."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ends()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
