"""What the documents let a person type and read is what the programs take and say, or the documents are wrong."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import collector.__main__
import edge.__main__
import provisioning.__main__
from collector.dashboard.schemas import GateState
from collector.models import Mark, NotificationState, Reason
from edge.checkin import Reason as RefusalReason
from wire.messages import Lane, Verdict

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs/operating.md"
PROGRAMS = {
    "salagate-collector": collector.__main__.app,
    "salagate-edge": edge.__main__.app,
    "salagate-provisioning": provisioning.__main__.app,
}
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`((?:salagate-[a-z]+|make) [^`]+)`(?!`)")
_NAMED_TEST = re.compile(r"`(tests/[\w/.]*?)(?:::(\w+))?`")

Fence = tuple[str, str]


def documents() -> list[Path]:
    """Return the pages that tell people what to type."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def fences(page: Path) -> list[Fence]:
    """Return the fenced blocks of a page: what stands behind the fence, and the text."""
    return _FENCE.findall(page.read_text(encoding="utf-8"))


def typed_lines(page: Path) -> list[list[str]]:
    """Return the words of each line of the blocks that are typed at a terminal."""
    lines = [line for kind, text in fences(page) if not kind for line in text.splitlines()]
    split = [shlex.split(line, comments=True) for line in lines if not line.startswith(" ")]
    return [words for words in split if words]


def _leaf(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that the words name and what is left of them; fail on a word that leads nowhere."""
    command: Any = get_command(PROGRAMS[words[0]])
    left = words[1:]
    while hasattr(command, "commands"):
        assert left, f"{' '.join(words)} names no command"
        assert left[0] in command.commands, f"{' '.join(words)}: there is no {left[0]}"
        command, left = command.commands[left[0]], left[1:]
    return command, left


def _options(command: Any) -> set[str]:  # noqa: ANN401 - the library's own class, which has no public name
    return {word for parameter in command.params for word in parameter.opts}


def _fenced_commands() -> Iterator[tuple[str, list[str]]]:
    for page in documents():
        for words in typed_lines(page):
            if words[0] in PROGRAMS:
                yield page.name, words


def _all_leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - as above
    if not hasattr(command, "commands"):
        yield path
        return
    for name, below in command.commands.items():
        yield from _all_leaves(below, (*path, name))


@pytest.mark.parametrize(("page", "words"), [pytest.param(*each, id=" ".join(each[1])) for each in _fenced_commands()])
def test_a_command_in_a_block_is_understood_with_all_its_options(page: str, words: list[str]) -> None:
    command, arguments = _leaf(words)

    command.make_context(words[-1], list(arguments))


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)
def test_a_command_named_in_a_sentence_exists_with_its_options(page: Path) -> None:
    for text in _INLINE.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(text)
        if words[0] in PROGRAMS:
            command, left = _leaf(words)
            assert {word for word in left if word.startswith("-")} <= _options(command), text


def test_the_guide_names_every_command_there_is() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    leaves = [path for name, app in PROGRAMS.items() for path in _all_leaves(get_command(app), (name,))]

    assert len(leaves) > 15
    assert [path for path in map(" ".join, leaves) if path not in text] == []


def test_what_is_told_of_make_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = [words for page in documents() for words in typed_lines(page)]
    told += [shlex.split(text) for page in documents() for text in _INLINE.findall(page.read_text(encoding="utf-8"))]
    made = [words[1:] for words in told if words[0] == "make"]

    assert {words[0] for words in made} >= {"run", "test"}
    for target, *settings in made:
        assert target in targets
        assert all(f"$({setting.partition('=')[0]})" in makefile for setting in settings), settings


def test_the_check_sees_a_wrong_command() -> None:
    with pytest.raises(AssertionError, match="there is no close"):
        _leaf(["salagate-collector", "school", "close"])
    command, arguments = _leaf(["salagate-collector", "school", "live", "--school", "1", "--now"])
    with pytest.raises(Exception, match="--now"):
        command.make_context("live", list(arguments))


def _sayings(*packages: str) -> list[str]:
    """Return every text in the code with … in the place of what is filled in."""
    paths = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    plain = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    filled = [_pattern(node) for node in nodes if isinstance(node, ast.JoinedStr)]
    return [*plain, *filled]


def _pattern(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values)


def test_a_program_really_says_what_the_guide_says_it_says() -> None:
    section = GUIDE.read_text(encoding="utf-8").partition("## When a program stops with a sentence")[2]
    told = [ticks.strip("`") for ticks in re.findall(r"^\| (`+.+?`+) \|", section, re.MULTILINE)]
    known = _sayings("edge", "collector", "provisioning")

    assert len(told) > 15
    assert [sentence for sentence in told if not any(said.startswith(sentence) for said in known)] == []


@pytest.mark.parametrize("words", [Mark, Reason, NotificationState, GateState, Verdict, RefusalReason, Lane])
def test_the_glossary_has_every_word_of_our_lists(words: Any) -> None:  # noqa: ANN401 - enums of several kinds
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")

    assert [word.name for word in words if not re.search(rf"\b{word.name}\b", glossary)] == []


def test_every_test_that_a_document_names_is_there() -> None:
    named = [match for page in documents() for match in _NAMED_TEST.findall(page.read_text(encoding="utf-8"))]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]

    assert len([name for _, name in named if name]) > 10
    assert missing == []


@pytest.mark.parametrize("record", sorted((ROOT / "docs/decisions").glob("[0-9]*.md")), ids=lambda page: page.stem)
def test_a_decision_names_a_check_that_runs(record: Path) -> None:
    check = record.read_text(encoding="utf-8").partition("## The check")[2]

    assert _NAMED_TEST.search(check) or "import-linter" in check
