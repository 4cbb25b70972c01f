"""A school whose morning is decided step by step."""

import pytest

from collector.db import Database
from tests.simulation.decided_school import DecidedSchool, make_decided_school
from tests.simulation.manual_clock import ManualClock


@pytest.fixture
def school(database: Database, clock: ManualClock) -> DecidedSchool:
    """Return a live school with two gates and six students, at 06:40 on a Monday."""
    return make_decided_school(database, clock)
