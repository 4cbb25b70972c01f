"""What the documents and settings say is so, and no file names a place that only one machine knows."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
INDEX_ADDRESS = re.compile(
    r"\w+://\S+/simple\b|pythonhosted\.|^\s*(--)?(extra-)?index-url[ =]|^\s*(--)?find-links[ =]", re.MULTILINE
)
LOCAL_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
RULES_WITH_REASON = re.compile(r'^ {4}"[A-Z]+\d*",(.*)$', re.MULTILINE)


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _tracked_texts() -> dict[str, str]:
    """Return the text of each file that git knows, by its name; files that are not text are left out."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone, so nothing tells which files are ours")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    names = [name.decode() for name in listed.split(b"\0") if name]
    raw = {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}
    return {name: data.decode() for name, data in raw.items() if _is_text(data)}


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize(
    "line",
    ["https:" + "//host/pypi/simple", "--index-url" + " x", "  find-links" + " = y", "files.python" + "hosted.org"],
)
def test_an_address_of_a_package_index_is_recognised(line: str) -> None:
    assert INDEX_ADDRESS.search(line)


def test_no_file_names_a_package_index() -> None:
    guilty = [name for name, text in _tracked_texts().items() if INDEX_ADDRESS.search(text)]

    assert guilty == []


def test_no_file_names_the_folder_it_happens_to_lie_in() -> None:
    guilty = [name for name, text in _tracked_texts().items() if f"{ROOT}/" in text]

    assert guilty == []


def test_each_rule_that_is_switched_off_has_a_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rules = RULES_WITH_REASON.findall(text.partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.pydoc")[0])

    assert rules
    assert all(reason.strip().startswith("# ") for reason in rules)


def test_the_rules_against_naive_moments_stay_on() -> None:
    lint = _pyproject()["tool"]["ruff"]["lint"]
    switched_off = [*lint["ignore"], *(rule for rules in lint["per-file-ignores"].values() for rule in rules)]

    assert "ALL" in lint["select"]
    assert not [rule for rule in switched_off if rule.startswith("DTZ")]


@pytest.mark.parametrize("program", ["edge", "collector"])
def test_the_layers_in_the_architecture_are_those_that_are_enforced(program: str) -> None:
    contracts = _pyproject()["tool"]["importlinter"]["contracts"]
    enforced = next(contract["layers"] for contract in contracts if contract.get("containers") == [program])
    told = re.search(rf"^- {program}: (.+)$", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert told
    assert _layers(told[1].split(" > ")) == _layers(enforced)


def _layers(lines: list[str]) -> list[set[str]]:
    """Return each layer's modules, whether or not they are built yet."""
    return [set(re.findall(r"\w+", line)) for line in lines]


def test_each_decision_is_in_the_index_and_names_its_check() -> None:
    decisions = ROOT / "docs" / "decisions"
    index = (decisions / "README.md").read_text(encoding="utf-8")
    records = sorted(decisions.glob("[0-9]*.md"))

    assert records
    for record in records:
        assert record.name in index
        assert "## The check" in record.read_text(encoding="utf-8"), record.name


def test_each_link_between_the_documents_leads_somewhere() -> None:
    documents = [path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if path.is_file()]
    links = [(path, link) for path in documents for link in LOCAL_LINK.findall(path.read_text(encoding="utf-8"))]
    broken = [f"{path.relative_to(ROOT)}: {link}" for path, link in links if not (path.parent / link).exists()]

    assert links
    assert broken == []


def test_the_architecture_names_no_file_that_is_not_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = {Path(name) for name in re.findall(r"`((?:wire|edge|collector|provisioning)/[\w/.]+)`", text)}
    missing = [str(path) for path in named if _is_begun(path) and not _is_module(path)]

    assert named
    assert sorted(missing) == []


def _is_begun(path: Path) -> bool:
    """Tell whether the layer that a path belongs to is built, as a file or a package."""
    layer = ROOT.joinpath(*path.parts[:2])
    return layer.with_suffix(".py").is_file() or (layer / "__init__.py").is_file()


def _is_module(path: Path) -> bool:
    return (ROOT / path).exists() or (ROOT / path).with_suffix(".py").exists()
