"""Mornings that several tests look at, served as the collector serves them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import serving
from tests.collector.dashboard.seed import Morning
from tests.collector.dashboard.visitor import Visitor


@pytest.fixture(scope="session")
def silent_morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """06:53, a minute after the cutoff; the back gate has been silent since 06:47. Only to be looked at."""
    morning = Morning(tmp_path_factory.mktemp("silent"))
    morning.at("06:53")
    yield morning
    morning.close()


@pytest.fixture(scope="session")
def silent_address(silent_morning: Morning) -> Iterator[str]:
    """Where that morning is served."""
    with serving(silent_morning) as address:
        yield address


@pytest.fixture
def operator(silent_address: str) -> Iterator[Visitor]:
    """The school's operator, who reads English, looking at it."""
    with Visitor(silent_address) as visitor:
        visitor.sign_in("operator")
        yield visitor


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    """A morning of one's own that has not begun."""
    own = Morning(tmp_path, silent_from=None)
    yield own
    own.close()


@pytest.fixture
def address(morning: Morning) -> Iterator[str]:
    """Where one's own morning is served."""
    with serving(morning) as found:
        yield found
