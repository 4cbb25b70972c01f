"""A sweep and a belated row that meet never leave a child PRESENT with an absence notice that nobody takes back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from collector.absence.sweep import Sweep
from collector.attendance.follower import Follower
from collector.models import AbsenceDecision, Mark
from tests.simulation.decided_school import ZONE, DecidedSchool
from tests.simulation.recorded_kiosk import after

END = after(12.5)
STEPS = 6


def _ready(school: DecidedSchool) -> int:
    """Let a sweep be able to call a student absent whose belated row is about to arrive."""
    slow = school.students[0]
    school.everyone_but(slow)
    school.front.work_through(END)
    school.back.work_through(END)
    while school.follower.step():
        pass
    school.clock.advance((after(12.6) - school.clock.now()).total_seconds())
    school.front.tap(slow, after(4))
    return slow


@pytest.mark.parametrize("round_", range(8))
def test_sweep_belated_row_and_dispatcher_at_once(school: DecidedSchool, round_: int) -> None:
    slow = _ready(school)
    start = Barrier(4)
    sweeps = [Sweep(school.database, school.clock, ZONE) for _ in range(2)]
    follower = Follower(school.database, ZONE)

    def sweep(number: int) -> None:
        start.wait()
        for _ in range(STEPS):
            sweeps[number].step()

    def follow() -> None:
        start.wait()
        if round_ % 2:
            sweeps[0].step()
        school.front.deliver(after(12.6))
        for _ in range(STEPS):
            follower.step()

    def dispatch() -> None:
        start.wait()
        for _ in range(STEPS):
            school.dispatcher.step()

    with ThreadPoolExecutor(4) as pool:
        for work in [pool.submit(sweep, 0), pool.submit(sweep, 1), pool.submit(follow), pool.submit(dispatch)]:
            work.result()
    school.settle()
    school.send()

    assert school.marks()[slow][0] == Mark.PRESENT
    assert school.told(slow) in ([], [("ABSENT", "SUPPRESSED")], [("ABSENT", "SENT"), ("CORRECTION", "SENT")])
    with school.database.reading() as session:
        standing = session.scalars(select(AbsenceDecision).where(AbsenceDecision.superseded_at.is_(None)))
        assert Mark.ABSENT not in {decision.mark for decision in standing}
