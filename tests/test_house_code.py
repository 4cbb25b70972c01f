"""Rules of the code that no linter knows, read from its syntax tree, because a rule without a check decays."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("wire", "edge", "collector", "provisioning")
FILE_LINES = 300
FUNCTION_LINES = 50

MACHINE_TIME = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "sleep", "localtime", "gmtime"},
}
MAY_ASK_THE_MACHINE = {
    "wire/clock.py": "it is the clock that everything else is given",
}
"""Modules that may look at the machine's wall clock or sleep, and why."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _found(matches: Callable[[ast.AST], bool], *folders: str) -> list[str]:
    """Return `file:line` of each node that matches."""
    return [
        f"{name}:{getattr(node, 'lineno', 0)}"
        for name, module in _modules(*folders)
        for node in ast.walk(module)
        if matches(node)
    ]


def _in_other_files(places: list[str], allowed: set[str]) -> list[str]:
    return [place for place in places if place.partition(":")[0] not in allowed]


def _is_commit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def _owner(node: ast.expr) -> str:
    """Return the last word before the dot: `datetime` of both `datetime.now` and `datetime.datetime.now`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _asks_the_machine(node: ast.AST) -> bool:
    """Tell whether a node names the wall clock or `sleep`, called or handed on, whatever the import."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(alias.name in MACHINE_TIME["time"] for alias in node.names)
    if isinstance(node, ast.Import):
        return any(alias.name in {"time", "datetime"} and alias.asname for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr in MACHINE_TIME.get(_owner(node.value), set())


def _sleeps_or_mocks(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "sleep" and _owner(node.value) == "time"
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        return (node.module or "").startswith("unittest") or (node.module == "time" and "sleep" in names)
    return isinstance(node, ast.Import) and any(alias.name.startswith("unittest") for alias in node.names)


def test_the_collector_commits_in_one_place_only() -> None:
    places = _found(_is_commit, "collector")

    assert _in_other_files(places, {"collector/db.py"}) == []


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    places = _found(_asks_the_machine, *PACKAGES)

    assert _in_other_files(places, set(MAY_ASK_THE_MACHINE)) == []


def test_no_test_sleeps_or_patches() -> None:
    assert _found(_sleeps_or_mocks, "tests") == []


@pytest.mark.parametrize(
    ("rule", "offence"),
    [
        (_is_commit, "transaction.commit()"),
        (_asks_the_machine, "datetime.datetime.now(UTC)"),
        (_asks_the_machine, "clock = time.time"),
        (_asks_the_machine, "from time import sleep"),
        (_asks_the_machine, "import datetime as moment"),
        (_sleeps_or_mocks, "time.sleep(1)"),
        (_sleeps_or_mocks, "from unittest.mock import patch"),
    ],
)
def test_a_rule_sees_its_offence(rule: Callable[[ast.AST], bool], offence: str) -> None:
    assert any(rule(node) for node in ast.walk(ast.parse(offence)))


def test_each_module_tells_why_it_exists() -> None:
    silent = [name for name, module in _modules(*PACKAGES, "tests") if not ast.get_docstring(module)]

    assert silent == []


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    long = [str(path.relative_to(ROOT)) for path in files if _lines(path) > FILE_LINES]

    assert long == []


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_function_is_too_long_to_be_read_at_once() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, module in _modules(*PACKAGES)
        for node in ast.walk(module)
        if isinstance(node, Function) and (node.end_lineno or node.lineno) - node.lineno >= FUNCTION_LINES
    ]

    assert long == []
