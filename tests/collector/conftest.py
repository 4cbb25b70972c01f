"""What every test of the collector begins with: a fresh database on disk, a clock that stands still, a small school."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from collector.db import Database
from collector.models import Base
from tests.simulation.manual_clock import ManualClock
from tests.simulation.small_school import SmallSchool, store_school


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return a real SQLite database with all tables, empty."""
    database = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")
    database.create_tables(Base.metadata)
    yield database
    database.close()


@pytest.fixture
def clock() -> ManualClock:
    """Return Monday 06:40 in Cambodia, until a test moves it."""
    return ManualClock()


@pytest.fixture
def make_school(database: Database) -> Callable[..., SmallSchool]:
    """Return `make(gates=1, students=2, code="PV-1") -> SmallSchool`, which stores and commits."""
    return partial(store_school, database)
