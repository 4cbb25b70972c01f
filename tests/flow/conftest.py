"""What flows begin with: a real database on disk, a clock that a test moves, and a real broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.broker import EmbeddedBroker
from collector.db import Database
from collector.models import Base
from collector.settings import BrokerSettings
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import free_port


@pytest.fixture
def clock() -> ManualClock:
    """Return Monday 06:40 in Cambodia, until a test moves it."""
    return ManualClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return a real SQLite database with all tables, empty."""
    database = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")
    database.create_tables(Base.metadata)
    yield database
    database.close()


@pytest.fixture
def broker_port(tmp_path: Path) -> Iterator[int]:
    """Return the port of a broker of our own."""
    port = free_port()
    with EmbeddedBroker(BrokerSettings(port=port), tmp_path / "broker"):
        yield port
