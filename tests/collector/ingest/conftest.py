"""Kiosks that ingest knows."""

from collections.abc import Callable

import pytest

from collector.db import Database
from collector.fleet.service import commission
from collector.models import Gate
from tests.simulation.manual_clock import ManualClock
from tests.simulation.small_school import SmallSchool
from wire.messages import Lane


@pytest.fixture
def kiosks(database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]) -> None:
    school = make_school()
    with database.transaction() as session:
        gate = session.get_one(Gate, school.gate_ids[0])
        commission(session, "kio-1", gate, Lane.IN, clock.now())
