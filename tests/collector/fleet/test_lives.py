"""A kiosk that begins or ends its life changes whose silence can be real, so marks are recomputed (P11)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from collector.db import Database
from collector.fleet import service
from collector.models import DirtyMark, Gate
from tests.simulation.manual_clock import MONDAY_0640
from tests.simulation.recorded_kiosk import after
from tests.simulation.small_school import LONG_AGO, SmallSchool, store_school
from wire.messages import Lane

Ending = Callable[[Session, str, datetime], None]
YESTERDAY = MONDAY_0640 - timedelta(days=1)


@pytest.fixture
def school(database: Database) -> SmallSchool:
    """Return a school of three students, beside another one."""
    store_school(database, students=2, code="PV-2")
    return store_school(database, students=3)


def _commission(database: Database, school: SmallSchool, at: datetime) -> None:
    with database.transaction() as session:
        service.commission(session, "kio-1", session.get_one(Gate, school.gate_ids[0]), Lane.IN, at)


def _taken_marks(database: Database) -> set[tuple[int, int]]:
    """Remove all dirty marks, and return their (student, school session)."""
    with database.transaction() as session:
        marked = session.execute(select(DirtyMark.student_id, DirtyMark.school_session_id))
        found = {(student, half_day) for student, half_day in marked}
        session.execute(delete(DirtyMark))
        return found


def _all_of(school: SmallSchool) -> set[tuple[int, int]]:
    return {(student, school.half_day_id) for student in school.student_ids}


@pytest.mark.parametrize("at", [YESTERDAY, after(3), after(14)])
def test_a_kiosk_commissioned_before_the_doors_close_marks_everybody_expected(
    database: Database, school: SmallSchool, at: datetime
) -> None:
    _commission(database, school, at)
    assert _taken_marks(database) == _all_of(school)

    _commission(database, school, after(4))
    assert _taken_marks(database) == set()


@pytest.mark.parametrize("end", [service.retire, service.revoke])
def test_a_kiosk_that_ends_before_the_doors_close_marks_everybody_expected_once(
    database: Database, school: SmallSchool, end: Ending
) -> None:
    _commission(database, school, LONG_AGO)
    _taken_marks(database)
    for minute in (5, 6):
        with database.transaction() as session:
            end(session, "kio-1", after(minute))
        assert _taken_marks(database) == (_all_of(school) if minute == 5 else set())


@pytest.mark.parametrize("end", [service.retire, service.revoke])
def test_what_has_closed_is_marked_by_no_kiosk(database: Database, school: SmallSchool, end: Ending) -> None:
    _commission(database, school, after(15))
    with database.transaction() as session:
        end(session, "kio-1", after(16))

    assert _taken_marks(database) == set()
