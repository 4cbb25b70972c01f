"""A school brought by its file, ready to take rosters."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from collector.db import Database
from collector.roster import service
from collector.roster.csvfile import RosterRow
from collector.roster.service import Imported
from tests.simulation.manual_clock import MONDAY_0640
from tests.simulation.rosters import MONDAY, SCHOOL

Bring = Callable[..., Imported]


@pytest.fixture
def bring(database: Database) -> Bring:
    """Return `bring(*rows, today=MONDAY)`, which loads the school and imports a roster."""
    with database.transaction() as session:
        service.load_school(session, SCHOOL, MONDAY)

    def bring(*rows: RosterRow, today: date = MONDAY) -> Imported:
        with database.transaction() as session:
            school = service.school_by_code(session, SCHOOL.code)
            return service.import_roster(session, school, rows, path=Path("roster.csv"), today=today, now=MONDAY_0640)

    return bring
