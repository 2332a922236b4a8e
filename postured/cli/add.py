"""`postured library add`: asks for an item of one's own and puts it at the end of a file beside the schedule.

What is in the file already stays as it is, byte for byte; and unless the whole of it can be read afterwards,
nothing is written. Whether an answer is any good, the library's own reader says.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from postured import library
from postured.cli.console import EXIT_BROKEN, EXIT_USAGE, EXIT_WELL, CommandError, Console
from postured.core.document import MOST_BYTES, decode, parse
from postured.core.durations import DurationError, parse_duration
from postured.core.language import _
from postured.core.model import AREAS, EQUIPMENT, PLACES, Item, Kind
from postured.files import explain, own_folder, write_whole
from postured.paths import places, shipped

OWN = "own.yaml"
"""The file in the folder of one's own items, unless another is named."""

_MOST_TRIES = 10
"""For one question. A script that answers wrongly would be asked for ever."""
_MOST_STEPS = 50
_LONGEST_LINE = 2000
_LONGEST_ID = 30
"""Leaves room for `my-` and a number."""
_ORDER = (
    "id", "kind", "title", "summary", "picture", "steps", "areas", "target", "classes_never", "place", "equipment",
)  # fmt: skip
_UNITS = "s|secs?|seconds?|m|mins?|minutes?"
_TIME_FIRST = re.compile(
    rf"([0-9][0-9.]*(?:\s+(?:{_UNITS})\b|[a-z][0-9a-z.]*)?)\s+(\S.*)", re.ASCII | re.IGNORECASE
)
_TIME_LAST = re.compile(r"(\S.*?)\s*\(([0-9][0-9a-z. ]*)\)", re.ASCII | re.IGNORECASE)

T = TypeVar("T")
Draft = Mapping[str, object]
"""What is known of the new item, by key. Its `steps` are pairs of text and seconds."""


def add(args: Namespace, console: Console) -> int:
    """Add an item, asking for what the arguments leave open.

    Args:
        args: `kind`, `title` and `file` as texts or None, `step` as a list of texts or None.
        console: Where it is asked and answered.

    Raises:
        CommandError: Nothing was written, and why.
        KeyboardInterrupt: The person broke it off; nothing was written.
    """
    path = places(console.env).library_folder / _file_name(args.file)
    _held(path, console)  # asking for things in vain would be unkind
    try:
        draft = _asked(_from_arguments(args, path), path, _Questions(console))
    except KeyboardInterrupt:
        console.say()
        raise
    items = library.load((shipped("library"), path.parent))[0]
    named = {"id": new_id(str(draft["title"]), {item.id.casefold() for item in items})}
    complaints = _complaints({**draft, **named}, path)
    if complaints:
        raise CommandError(_("nothing was added: {why}").format(why="; ".join(complaints)))
    text = item_text({**draft, **named})
    console.say()
    console.say(_("This goes into {path}:").format(path=path))
    console.say()
    console.say(text)
    _append(path, text, console)
    console.say()
    console.say(_("Done. It is called {id}. The daemon takes it up within two seconds.").format(**named))
    console.say(_("To see it: postured show {id}. To do it now: postured now {id}.").format(**named))
    return EXIT_WELL


def new_id(title: str, taken: set[str]) -> str:
    """A word for a title that is neither among those taken nor ours, nor a kind."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    word = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].rstrip("-") or "item"
    if _complaints({"id": word}, Path(OWN)):
        word = f"my-{word}"
    free, number = word, 1
    while free in taken:
        number += 1
        free = f"{word}-{number}"
    return free


def item_text(draft: Draft) -> str:
    """The item as it is written into the file, without a line end after it."""
    lines = []
    for key in _ORDER:
        value = draft.get(key)
        if key == "steps" and isinstance(value, list):
            lines.append("  steps:")
            for text, seconds in value:
                lines += [f"    - {_line('text', text)}", f"      {_line('seconds', seconds)}"]
        elif value is not None:
            lines.append(f"  {_line(key, value)}")
    return "- " + "\n".join(lines)[2:]


def _line(key: str, value: object) -> str:
    """One key and its value, with quotes where YAML wants them, on one line however long."""
    import yaml

    inline = None if isinstance(value, list) else False
    line: str = yaml.safe_dump(
        {key: value}, allow_unicode=True, width=float("inf"), default_flow_style=inline
    )
    return line.rstrip("\n")


def parse_step(line: str) -> tuple[str, float | None]:
    """The text and seconds of `30 Make tea`, `1m30s Make tea` or `Make tea (3m)`; no seconds in `Make tea`."""
    first, last = _TIME_FIRST.fullmatch(line), _TIME_LAST.fullmatch(line)
    for match, time, text in ((first, 1, 2), (last, 2, 1)):
        seconds = _seconds(match[time]) if match else None
        if match and seconds is not None:
            return match[text], seconds
    return line, None


def _seconds(text: str) -> float | None:
    """The seconds of `30`, `30s` or `1m30s`; None if it is no time."""
    try:
        seconds = parse_duration(f"{text}s" if re.fullmatch("[0-9.]+", text) else text)
    except DurationError:
        return None
    return int(seconds) if seconds.is_integer() else seconds


# ── what is known without asking ──────────────────────────────────────────────────────────────────


def _file_name(given: str | None) -> str:
    name = given or OWN
    if not Path(name).suffix:
        name += ".yaml"
    if (
        Path(name).name != name
        or name.startswith(".")
        or not name.endswith(".yaml")
        or not name.isprintable()
    ):
        said = _("--file {name} cannot be; give a name only, as stretches.yaml, for a file beside {own}")
        raise CommandError(said.format(name=repr(name[:60]), own=OWN), EXIT_USAGE)
    return name


def _from_arguments(args: Namespace, path: Path) -> dict[str, object]:
    """What the command line says of the item, if all of it is sound."""
    draft: dict[str, object] = {}
    if args.kind is not None:
        draft["kind"] = _sound("--kind", "kind", args.kind, path)
    if args.title is not None:
        draft["title"] = _sound("--title", "title", " ".join(args.title.split()), path)
    steps = []
    for written in args.step or ():
        text, seconds = parse_step(" ".join(written.split()))
        if seconds is None:
            said = _("--step {step} does not say how long; write it as {example}")
            line = said.format(step=repr(text[:60]), example=_('--step "30 Put the kettle on"'))
            raise CommandError(line, EXIT_USAGE)
        _sound("--step", "steps", [(text, seconds)], path)
        steps.append((text, seconds))
    return {**draft, "steps": steps} if steps else draft


def _sound(option: str, key: str, value: object, path: Path) -> object:
    complaints = _complaints({key: value}, path)
    if complaints:
        raise CommandError(f"{option}: {complaints[0]}", EXIT_USAGE)
    return value


def _complaints(draft: Draft, path: Path) -> list[str]:
    """What the reader of the library has against it; what is still missing is taken to be sound."""
    whole = {"id": "new-item", "kind": "break", "title": "New", "steps": [("Do it.", 30)], **draft}
    try:
        data = item_text(whole).encode()
    except UnicodeEncodeError:
        return [_("there is a character in it that cannot be written; leave it out")]
    problems = library.read_data(data, path)[1]
    return [
        f"{problem.message} ({problem.hint})" if problem.hint else problem.message for problem in problems
    ]


# ── asking ────────────────────────────────────────────────────────────────────────────────────────


class _Questions:
    """Puts questions to the person, or to the script that answers in their place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._source = console.source

    def say(self, line: str) -> None:
        """Tell the person something in between."""
        self._console.say(line)

    def line(self, prompt: str) -> str:
        """The next line that is typed, without blanks around it."""
        print(prompt, end=" ", file=self._console.out, flush=True)
        try:
            line = self._source.readline(_LONGEST_LINE) if self._source is not None else ""
        except UnicodeDecodeError:
            self.say("")
            raise CommandError(_("nothing was added: what was typed is no UTF-8 text")) from None
        if self._source is None or not self._source.isatty() or not line:
            self.say("")  # nobody pressed Enter
        if not line:
            raise CommandError(_("nothing was added: the input ended before the item was complete"))
        return " ".join(line.split())

    def ask(self, prompt: str, read: Callable[[str], T]) -> T:
        """What `read` makes of the answer; asked again while it is not content."""
        for _attempt in range(_MOST_TRIES):
            try:
                return read(self.line(prompt))
            except _Again as again:
                self.say(f"  {again}")
        raise CommandError(
            _("nothing was added: no answer was good to {question}").format(question=repr(prompt))
        )


class _Again(Exception):  # noqa: N818 - no error, but a reason to ask once more
    """What is wrong with an answer."""


def _asked(given: dict[str, object], path: Path, questions: _Questions) -> dict[str, object]:
    """The whole item: what was given, and answers for what was not."""
    draft = dict(given)

    def good(key: str, value: object) -> object:
        complaints = _complaints(_complete({**draft, key: value}), path)
        if complaints:
            raise _Again(complaints[0])
        return value

    if "kind" not in draft:
        for number, (kind, what) in enumerate(_kinds().items(), 1):
            questions.say(f"  {number} {kind:<9} {what}")
        prompt = _("Kind, as a number or a word [break]:")
        draft["kind"] = questions.ask(prompt, lambda answer: good("kind", _kind(answer)))
    if "title" not in draft:
        draft["title"] = questions.ask(_("Title:"), lambda answer: good("title", answer))
    if "steps" not in draft:
        draft["steps"] = _asked_steps(questions, good)
    if len(given) < len(draft) and questions.ask(_("Anything more? [y/N]"), _yes):
        _ask_more(draft, path.parent, questions, good)
    return _complete(draft)


def _ask_more(
    draft: dict[str, object], folder: Path, questions: _Questions, good: Callable[[str, object], object]
) -> None:
    """Ask for what may be left out, which Enter does."""

    def ask(key: str, prompt: str, value_of: Callable[[str], object]) -> None:
        value = questions.ask(prompt, lambda answer: good(key, value_of(answer)) if answer else None)
        if value is not None:
            draft[key] = value

    for key, prompt, words in (
        ("place", _("Where? [desk]:"), PLACES),
        ("equipment", _("With what? [nothing]:"), EQUIPMENT),
        ("areas", _("For which part of the body? [none]:"), AREAS),
    ):
        questions.say("  " + ", ".join(words))
        ask(key, prompt, _words(words))
    first = _("What a notice says first, at most {most} characters [the title]:")
    ask("summary", first.format(most=library.LONGEST_SUMMARY), str)
    ask("picture", _("A picture, as knot.png [none]:"), lambda answer: _picture(answer, folder))


def _kinds() -> dict[Kind, str]:
    return {
        Kind.BREAK: _("a short pause from work"),
        Kind.MOBILITY: _("moving and stretching"),
        Kind.STRENGTH: _("making muscles stronger"),
        Kind.MASSAGE: _("pressing, rubbing or rolling"),
        Kind.THERMAL: _("heat or cold"),
        Kind.SETUP: _("a tip about desk, chair or screen"),
    }


def _kind(answer: str) -> str:
    if answer in [str(number) for number in range(1, len(_kinds()) + 1)]:
        return list(_kinds())[int(answer) - 1].value
    return answer.lower() or Kind.BREAK.value


def _yes(answer: str) -> bool:
    return answer.casefold() in ("y", "yes", _("y"), _("yes"))


def _asked_steps(questions: _Questions, good: Callable[[str, object], object]) -> list[tuple[str, float]]:
    """Steps until an empty line."""
    steps: list[tuple[str, float]] = []

    def step(line: str) -> tuple[str, float] | None:
        text, seconds = parse_step(line)
        if not line and not steps:
            raise _Again(_("one step is needed at least, as: 30 Put the kettle on"))
        if not line:
            return None
        if _seconds(line) is not None:
            raise _Again(_("say what to do as well, as: 30 Put the kettle on"))
        good("steps", [*steps, (text, 30 if seconds is None else seconds)])
        if seconds is None:
            seconds = questions.ask(
                _("How long, as 30 (seconds) or 2m?"), lambda answer: how_long(text, answer)
            )
        return text, seconds

    def how_long(text: str, answer: str) -> float:
        seconds = _seconds(answer)
        if seconds is None:
            raise _Again(_("that is no time; write it as 30, 90s or 2m"))
        good("steps", [*steps, (text, seconds)])
        return seconds

    questions.say(_("Steps, one in a line, as: 30 Put the kettle on. An empty line ends them."))
    while len(steps) < _MOST_STEPS:
        one = questions.ask(_("Step {number}:").format(number=len(steps) + 1), step)
        if one is None:
            return steps
        steps.append(one)
        questions.say(_("  {seconds:g} s: {text}").format(text=one[0], seconds=one[1]))
    questions.say(_("That is as many steps as one item can have."))
    return steps


def _words(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Makes a list of words of an answer, with commas or without: `upper chest, flank` or `desk wall`."""
    return lambda answer: [word for part in re.split("[,;]", answer.lower()) for word in _split(part, known)]


def _split(part: str, known: Sequence[str]) -> list[str]:
    """The known words that make up a part of an answer; where they do not, all of it for one word to complain about."""
    rest = re.split("[ _-]+", part.strip(" _-"))
    found: list[str] = []
    while rest and rest != [""]:
        lengths = [n for n in range(len(rest), 0, -1) if "_".join(rest[:n]) in known]
        if not lengths and not found:
            return ["_".join(rest)]
        taken = lengths[0] if lengths else 1
        found.append("_".join(rest[:taken]))
        rest = rest[taken:]
    return found


def _picture(answer: str, folder: Path) -> str:
    """A picture's name: beside the file of items it is enough, where the command was given it becomes a whole path."""
    here = Path(answer).absolute()
    return str(here) if here.is_file() and not (folder / answer).exists() else answer


def _complete(draft: dict[str, object]) -> dict[str, object]:
    """The item with what has to be said of pressing the knot itself, so that nobody is harmed who did not know."""
    areas = draft.get("areas")
    if draft.get("kind") == Kind.MASSAGE and isinstance(areas, list) and "knot" in areas:
        return {**draft, "target": "knot", "classes_never": ["strain"]}
    return draft


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def _held(path: Path, console: Console) -> tuple[bytes, tuple[Item, ...]]:
    """What is in the file, and its items; nothing where there is none yet.

    Raises:
        CommandError: It cannot be read, or what is in it is broken; every problem was named.
    """
    try:
        if not os.path.lexists(path):
            return b"", ()
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            said = _(
                "nothing was added: {path} is no file of items; move it away, or name another with --file"
            )
            raise CommandError(said.format(path=path), EXIT_BROKEN)
        data = path.read_bytes()
    except OSError as error:
        said = _("nothing was added: {path} cannot be read: {why}")
        raise CommandError(said.format(path=path, why=explain(error))) from None
    items, problems = library.read_data(data, path)
    for problem in problems:
        console.complain(str(problem))
    if problems:
        said = _("nothing was added: put {path} right first, or name another file with --file")
        raise CommandError(said.format(path=path), EXIT_BROKEN)
    return data, items


def _append(path: Path, text: str, console: Console) -> None:
    """Put the text of an item after all that is in the file.

    Raises:
        CommandError: Nothing was written, and why.
    """
    before, items = _held(path, console)
    whole = before + _behind(before, text)
    found, problems = library.read_data(whole, path)
    if problems or found[:-1] != items:
        said = _(
            "nothing was added: nothing can be put after what is in {path}; name another file with --file"
        )
        raise CommandError(said.format(path=path), EXIT_BROKEN)
    try:
        own_folder(path.parent)
        mode = stat.S_IMODE(path.stat().st_mode) if before else 0o600
        write_whole(path, whole, mode=mode)
    except OSError as error:
        said = _("nothing was added: {path} cannot be written: {why}")
        raise CommandError(said.format(path=path, why=explain(error))) from None


def _behind(before: bytes, text: str) -> bytes:
    """The text as it goes after what is there: with its line ends, as far in as its dashes, and a line apart."""
    end = "\r\n" if b"\r\n" in before else "\n"
    root = parse(decode(before, "")[0] or "", "")[0]
    indent = " " * (root.column - 1) if root else ""
    apart = "" if not before else end if before.endswith(b"\n") else end * 2
    return (apart + "".join(f"{indent}{line}{end}" for line in text.split("\n"))).encode()
