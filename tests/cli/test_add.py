"""`postured library add`: an item of one's own, asked for and put into a file."""

from __future__ import annotations

import io
import os
import stat
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postured import library
from postured.cli.add import add, item_text, new_id, parse_step
from postured.cli.console import CommandError, Console
from postured.core.model import Item

TEA = "break\nMake tea\n30 Put the kettle on\n1m Wait\n\nn\n"


class Desk:
    """A person at the command line, in a home folder of their own."""

    def __init__(self, home: Path) -> None:
        self.folder = home / ".config/postured/library"
        self.env = {"HOME": str(home)}
        self.out = io.StringIO()
        self.err = io.StringIO()

    @property
    def own(self) -> Path:
        return self.folder / "own.yaml"

    def hold(self, text: str, name: str = "own.yaml") -> Path:
        """Put that into a file of items."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(text.encode())
        return self.folder / name

    def add(
        self,
        typed: str | io.TextIOBase = "",
        *,
        kind: str | None = None,
        title: str | None = None,
        step: list[str] | None = None,
        file: str | None = None,
    ) -> int:
        source = io.StringIO(typed) if isinstance(typed, str) else typed
        args = Namespace(kind=kind, title=title, step=step, file=file)
        return add(args, Console(self.env, self.out, self.err, source))  # type: ignore[arg-type]

    def refused(self, typed: str = "", *, code: int = 1, **given: object) -> str:
        """Why nothing was added; and nothing was."""
        before = {path: path.read_bytes() for path in self.folder.glob("*") if path.is_file()}
        with pytest.raises(CommandError) as caught:
            self.add(typed, **given)  # type: ignore[arg-type]
        assert caught.value.code == code
        assert {path: path.read_bytes() for path in self.folder.glob("*") if path.is_file()} == before
        return str(caught.value)

    @property
    def items(self) -> tuple[Item, ...]:
        found, problems = library.load([self.folder])
        assert problems == []
        return found

    @property
    def item(self) -> Item:
        return self.items[-1]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# ── asking ──


def test_kind_title_and_steps_make_an_item(desk: Desk) -> None:
    assert desk.add(TEA) == 0
    assert (desk.item.id, desk.item.kind, desk.item.title) == ("make-tea", "break", "Make tea")
    assert [(step.text, step.seconds) for step in desk.item.steps] == [
        ("Put the kettle on", 30),
        ("Wait", 60),
    ]
    assert desk.item.place == ("desk",)


def test_it_says_what_is_written_where_and_what_comes_next(desk: Desk) -> None:
    desk.add(TEA)
    said = desk.out.getvalue()
    assert f"This goes into {desk.own}:" in said
    assert desk.own.read_text() in said
    assert "The daemon takes it up within two seconds." in said
    assert "postured show make-tea" in said
    assert "postured now make-tea" in said
    assert desk.err.getvalue() == ""


def test_folder_and_file_are_for_nobody_else(desk: Desk) -> None:
    before = os.umask(0)
    try:
        desk.add(TEA)
    finally:
        os.umask(before)
    assert stat.S_IMODE(desk.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(desk.own.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("", "break"), ("3", "strength"), ("Massage", "massage"), ("brake\nmobility", "mobility")],
)
def test_a_kind_is_a_number_a_word_or_enter(desk: Desk, answer: str, kind: str) -> None:
    desk.add(f"{answer}\nT\n30 x\n\n\n")
    assert desk.item.kind == kind


def test_a_slip_is_asked_about_again_with_what_was_meant(desk: Desk) -> None:
    desk.add(f"brake\nbreak\n{'x' * 49}\nShort\n\n1 too short\n30 Fine\n30\n\nn\n")
    said = desk.out.getvalue()
    assert "did you mean break?" in said
    assert "49 characters, wanted at most 48" in said
    assert "one step is needed at least" in said
    assert "wanted a whole number from 3 to 7200" in said
    assert "say what to do as well" in said
    assert desk.item.title == "Short"
    assert len(desk.item.steps) == 1


def test_a_step_without_a_time_is_asked_for_it(desk: Desk) -> None:
    desk.add("\nT\nBreathe\nlong\n2m\n\n\n")
    assert "that is no time" in desk.out.getvalue()
    assert desk.item.steps[0].seconds == 120


@pytest.mark.parametrize(
    ("line", "text", "seconds"),
    [
        ("30 Make tea", "Make tea", 30),
        ("30s Make tea", "Make tea", 30),
        ("1m Make tea", "Make tea", 60),
        ("1m30s Make tea", "Make tea", 90),
        ("1.5m Make tea", "Make tea", 90),
        ("30 s Make tea", "Make tea", 30),
        ("2 Min Make tea", "Make tea", 120),
        ("2 minutes of rest", "of rest", 120),
        ("30 Make tea (green)", "Make tea (green)", 30),
        ("Make tea (3m)", "Make tea", 180),
        ("Make tea (30)", "Make tea", 30),
        ("Make tea", "Make tea", None),
        ("Make tea (green)", "Make tea (green)", None),
        ("3x slowly", "3x slowly", None),
        ("4th rib: press", "4th rib: press", None),
        ("30", "30", None),
        ("² x", "² x", None),
        ("", "", None),
    ],
)
def test_a_step_says_its_time_before_or_behind(line: str, text: str, seconds: float | None) -> None:
    assert parse_step(line) == (text, seconds)


def test_anything_more_is_asked_once_and_may_be_passed_over(desk: Desk) -> None:
    desk.add("\nT\n30 x\n\ny\n\n\n\n\n\n")
    assert (
        desk.own.read_text()
        == item_text({"id": "t", "kind": "break", "title": "T", "steps": [("x", 30)]}) + "\n"
    )


def test_everything_more(desk: Desk) -> None:
    desk.hold("", "empty.yaml")
    (desk.folder / "knot.png").write_bytes(b"x")
    desk.add(
        "\nT\n30 x\n\nyes\nfloor, home\nball\ntennis ball wall\nUpper chest; flank\nUp now\nno.png\nknot.png\n"
    )
    assert desk.item.place == ("floor", "home")
    assert desk.item.equipment == ("tennis_ball", "wall")
    assert desk.item.areas == ("upper_chest", "flank")
    assert desk.item.summary == "Up now"
    assert desk.item.picture == str(desk.folder / "knot.png")
    assert "did you mean tennis_ball?" in desk.out.getvalue()
    assert "there is no file" in desk.out.getvalue()


def test_a_picture_from_where_one_is_gets_its_whole_path(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "knot.png").write_bytes(b"x")
    desk.add("\nT\n30 x\n\ny\n\n\n\n\nknot.png\n")
    assert desk.item.picture == str(tmp_path / "knot.png")


def test_a_massage_of_the_knot_is_kept_from_strain_by_itself(desk: Desk) -> None:
    desk.add("massage\nT\n30 x\n\ny\n\n\nknot\n\n\n")
    assert desk.item.target == "knot"
    assert desk.item.classes_never == ("strain",)


# ── given on the command line ──


def test_what_is_given_is_not_asked(desk: Desk) -> None:
    desk.add(kind="mobility", title="Reach  up", step=["30 Left", "30 Right"])
    assert (desk.item.id, desk.item.kind, desk.item.duration_s) == ("reach-up", "mobility", 60)
    assert "?" not in desk.out.getvalue()


def test_only_what_is_missing_is_asked(desk: Desk) -> None:
    desk.add("Reach up\n\n", kind="mobility", step=["30 Left"])
    assert desk.item.title == "Reach up"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "brake"}, "--kind: found 'brake'"),
        ({"title": "x" * 49}, "--title: 49 characters"),
        ({"title": " "}, "--title: found"),
        ({"step": ["Make tea"]}, "--step 'Make tea' does not say how long"),
        ({"step": ["1 Make tea"]}, "--step: found '1'"),
        ({"file": "../x.yaml"}, "give a name only"),
        ({"file": "/tmp/x.yaml"}, "give a name only"),
        ({"file": ".x.yaml"}, "give a name only"),
        ({"file": "x.txt"}, "give a name only"),
    ],
)
def test_what_is_given_wrongly_is_wrong_usage(desk: Desk, given: dict[str, object], said: str) -> None:
    assert said in desk.refused(code=2, **given)
    assert not desk.folder.exists()


def test_another_file_may_be_named(desk: Desk) -> None:
    desk.add(TEA, file="stretches")
    assert [path.name for path in desk.folder.iterdir()] == ["stretches.yaml"]


# ── the id ──


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Make tea", "make-tea"),
        ("Rücken: drehen!", "rucken-drehen"),
        ("茶", "item"),
        ("5 minutes", "my-5-minutes"),
        ("B01", "my-b01"),
        ("Massage", "my-massage"),
        ("x" * 48, "x" * 30),
    ],
)
def test_the_id_is_made_of_the_title(title: str, word: str) -> None:
    assert new_id(title, set()) == word
    assert new_id(title, {word, f"{word}-2"}) == f"{word}-3"


@given(st.text(max_size=48), st.sets(st.sampled_from(["a", "my-a", "item", "my-item", "item-2"])))
def test_whatever_the_title_its_id_is_free_and_sound(title: str, taken: set[str]) -> None:
    word = new_id(title, taken)
    assert word not in taken
    text = item_text({"id": word, "kind": "break", "title": "T", "steps": [("x", 30)]})
    assert library.read(text, "f")[1] == []


def test_an_id_of_another_file_is_taken(desk: Desk) -> None:
    desk.hold("- {id: make-tea, kind: break, title: T, steps: [{text: x, seconds: 30}]}\n", "z.yaml")
    desk.add(TEA)
    desk.add(TEA)
    assert sorted(item.id for item in desk.items) == ["make-tea", "make-tea-2", "make-tea-3"]


# ── the file ──

HELD = {
    "nothing": "",
    "a remark": "# my items\n",
    "an item": "- {id: a, kind: break, title: T, steps: [{text: x, seconds: 30}]}\n",
    "no line end": "- {id: a, kind: break, title: T, steps: [{text: x, seconds: 30}]}",
    "a remark at the end": "- {id: a, kind: break, title: T, steps: [{text: x, seconds: 30}]}\n# more to come",
    "indented": "  # mine\n  - id: a\n    kind: break\n    title: T\n    steps:\n    - {text: x, seconds: 30}\n",
    "Windows": "- {id: a, kind: break, title: T, steps: [{text: x, seconds: 30}]}\r\n",
    "a mark at the start": "\ufeff- {id: a, kind: break, title: T, steps: [{text: x, seconds: 30}]}\n",
    "a document": "---\n- {id: a, kind: break, title: T, steps: [{text: x, seconds: 30}]}\n",
    "long text": "- id: a\n  kind: break\n  title: T\n  steps: [{text: x, seconds: 30}]\n  why: |+\n    Well.\n\n",
}


@pytest.mark.parametrize("name", HELD)
def test_what_is_there_stays_byte_for_byte(desk: Desk, name: str) -> None:
    path = desk.hold(HELD[name])
    before = library.load([desk.folder])[0]
    desk.add(TEA)
    desk.add(TEA)
    assert path.read_bytes().startswith(HELD[name].encode())
    assert desk.items[: len(before)] == before
    assert [item.id for item in desk.items[len(before) :]] == ["make-tea", "make-tea-2"]
    assert desk.item.steps[0].text == "Put the kettle on"


def test_line_ends_stay_as_they_are(desk: Desk) -> None:
    path = desk.hold(HELD["Windows"])
    desk.add(TEA)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > 5


def test_who_may_read_the_file_stays_as_it_is(desk: Desk) -> None:
    desk.hold(HELD["an item"]).chmod(0o640)
    desk.add(TEA)
    assert stat.S_IMODE(desk.own.stat().st_mode) == 0o640


def test_a_link_stays_a_link(desk: Desk, tmp_path: Path) -> None:
    desk.hold("", "x.yaml")
    (tmp_path / "dotfile").write_text(HELD["an item"])
    desk.own.symlink_to(tmp_path / "dotfile")
    desk.add(TEA)
    assert desk.own.is_symlink()
    assert (tmp_path / "dotfile").read_text().count("- ") > 1


@pytest.mark.parametrize(
    "text",
    [
        "- {id: a, kind: brake, title: T, steps: [{text: x, seconds: 30}]}\n",
        "id: a\n",
        "- [\n",
        "- id: a\n  picture: nope.png\n  kind: break\n  title: T\n  steps: [{text: x, seconds: 30}]\n",
        "\0",
    ],
)
def test_a_broken_file_is_named_with_its_place_before_anything_is_asked(desk: Desk, text: str) -> None:
    path = desk.hold(text)
    assert f"put {path} right first" in desk.refused(TEA, code=78)
    assert desk.err.getvalue().startswith(f"postured: {path}:")
    assert desk.out.getvalue() == ""


@pytest.mark.parametrize("text", ["[]\n", f"[{HELD['an item'][2:-1]}]\n", f"---\n{HELD['an item']}...\n"])
def test_what_nothing_can_be_put_after_stays_alone(desk: Desk, text: str) -> None:
    desk.hold(text)
    assert "--file" in desk.refused(TEA, code=78)


def make_folder(path: Path) -> None:
    path.mkdir(parents=True)


def make_pipe(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


def make_dangling(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to("gone")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("spoil", [make_folder, make_pipe, make_dangling])
def test_what_is_no_file_is_left_alone(desk: Desk, spoil: Callable[[Path], None]) -> None:
    spoil(desk.own)
    assert "is no file of items" in desk.refused(TEA, code=78)


def test_a_folder_that_cannot_be_made_is_a_line(desk: Desk) -> None:
    desk.folder.parent.mkdir(parents=True)
    desk.folder.write_text("in the way")
    assert "nothing was added" in desk.refused(TEA)


# ── leaving ──


@pytest.mark.parametrize(
    "typed", [TEA[:length] for length in range(0, len(TEA), 4)] + [TEA.rsplit("n\n", 1)[0]]
)
def test_an_end_of_the_input_leaves_everything_as_it_was(desk: Desk, typed: str) -> None:
    desk.hold(HELD["an item"])
    assert "the input ended" in desk.refused(typed)


class Interrupted(io.StringIO):
    """Ctrl-C where the text ends."""

    def readline(self, size: int | None = -1, /) -> str:
        line = super().readline(-1 if size is None else size)
        if not line:
            raise KeyboardInterrupt
        return line


@pytest.mark.parametrize("lines", range(6))
def test_ctrl_c_leaves_everything_as_it_was(desk: Desk, lines: int) -> None:
    path = desk.hold(HELD["an item"])
    with pytest.raises(KeyboardInterrupt):
        desk.add(Interrupted("".join(TEA.splitlines(keepends=True)[:lines])))
    assert path.read_text() == HELD["an item"]
    assert list(desk.folder.iterdir()) == [path]


def test_a_closed_input_is_a_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    args = Namespace(kind=None, title=None, step=None, file=None)
    with pytest.raises(CommandError, match="the input ended"):
        add(args, Console(desk.env, desk.out, desk.err))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("word", ["y", "30 x", "\x1b[A"])
def test_a_script_that_never_stops_does(desk: Desk, word: str) -> None:
    class Endless(io.StringIO):
        def readline(self, _size: int | None = -1, /) -> str:
            return word + "\n"

    with pytest.raises(CommandError, match="no answer was good"):
        desk.add(Endless())


def test_many_steps_have_an_end(desk: Desk) -> None:
    desk.add("\nT\n" + "30 x\n" * 50 + "n\n")
    assert len(desk.item.steps) == 50


def test_bytes_that_are_no_text_are_a_line(desk: Desk) -> None:
    with pytest.raises(CommandError, match="no UTF-8"):
        desk.add(io.TextIOWrapper(io.BytesIO(b"\nT\xe9e\n"), encoding="utf-8"))


# ── what is written is what was said ──

TEXTS = st.one_of(
    st.text(min_size=1, max_size=48),
    st.lists(
        st.sampled_from(
            [
                ": ",
                " #",
                "- ",
                "'",
                '"',
                "{",
                "}",
                "[",
                "]",
                "&a",
                "*a",
                "!",
                "%",
                "@",
                "`",
                "|",
                ">",
                "yes",
                "null",
                "~",
                "1",
                "1.5",
                "09:30",
                "ä",
                "茶",
                "🍵",
                "\\",
                ",",
                "?",
                "\t",
                "\u2028",
                "\x85",
                "\u200b",
                "=",
                "<<",
            ]
        ),
        min_size=1,
        max_size=10,
    ).map("".join),
)


@given(TEXTS, TEXTS, st.integers(3, 7200))
def test_every_text_comes_back_or_is_refused(title: str, text: str, seconds: int) -> None:
    title, text = " ".join(title.split()), " ".join(text.split())
    written = item_text(
        {"id": "a", "kind": "break", "title": title, "steps": [(text, seconds)], "areas": ["flank"]}
    )
    assert written.count("\n") == 6
    items, problems = library.read(written, "f")
    if not problems:
        assert items[0].title == title
        assert [(step.text, step.seconds) for step in items[0].steps] == [(text, seconds)]
    harmless = all(c.isprintable() for c in title + text) and title and text
    assert not problems or not harmless or len(title) > 48


@given(st.lists(TEXTS, max_size=12))
def test_whatever_is_typed_ends_in_an_item_or_in_a_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("home"))
    held = desk.hold(HELD["an item"])
    try:
        desk.add("".join(f"{line}\n" for line in lines))
    except CommandError:
        assert held.read_text() == HELD["an item"]
    else:
        assert len(desk.items) == 2


def test_config_check_names_the_place_of_a_picture_that_is_gone(shell: Any, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.hold("", "x.yaml")
    (desk.folder / "knot.png").write_bytes(b"x")
    desk.add("\nT\n30 x\n\ny\n\n\n\n\nknot.png\n")
    assert shell("config", "check").code == 0
    (desk.folder / "knot.png").unlink()
    told = shell("config", "check")
    assert told.code == 78
    assert told.out.startswith(f"{desk.own}:4:12: t.picture: there is no file {desk.folder / 'knot.png'}")
