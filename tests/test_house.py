"""What is tested is what is shipped: the programs come from the built wheel, whole, and the locks carry their needs."""

import importlib
import os
import re
import sysconfig
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SITE = Path(sysconfig.get_path("purelib"))
PACKAGES = ("wire", "edge", "collector", "provisioning")

from_wheel = pytest.mark.skipif(
    os.environ.get("SALAGATE_FROM_TREE") == "1",
    reason="SALAGATE_FROM_TREE=1: this run looks at the tree, not at the built wheel",
)


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def _locked(lock: Path) -> Iterator[str]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if "==" in line:
            yield line.partition("==")[0]


@from_wheel
@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_under_test_comes_from_the_built_wheel(package: str) -> None:
    origin = Path(str(importlib.import_module(package).__file__))

    assert origin.is_relative_to(SITE), f"{package} comes from {origin}: call plain `pytest`, without PYTHONPATH"


@from_wheel
@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_each_file_of_a_package_as_it_is_in_the_tree(package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    stale = [str(path) for path in (file.relative_to(ROOT) for file in files) if not _is_shipped(path)]

    assert files
    assert not stale, "these are not in the wheel, or older there; `make test` builds it anew"


def _is_shipped(path: Path) -> bool:
    shipped = SITE / path
    return shipped.is_file() and shipped.read_bytes() == (ROOT / path).read_bytes()


def test_each_console_script_can_be_loaded_and_called() -> None:
    scripts = [script for script in entry_points(group="console_scripts") if script.name.startswith("salagate-")]
    ready = [script for script in scripts if (ROOT / script.value.partition(".")[0] / "__main__.py").is_file()]

    assert all(callable(script.load()) for script in ready)


def test_the_locks_hold_each_library_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    programs = _names([*project["dependencies"], *extras["edge"], *extras["collector"], *extras["provisioning"]])

    assert programs <= set(_locked(ROOT / "locks" / "run.txt")), "type `make lock`"
    assert programs | _names(extras["dev"]) <= set(_locked(ROOT / "locks" / "dev.txt")), "type `make lock`"


def test_the_locks_hold_only_exact_versions_with_hashes() -> None:
    for lock in (ROOT / "locks").glob("*.txt"):
        entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())

        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries[1:]), lock.name
