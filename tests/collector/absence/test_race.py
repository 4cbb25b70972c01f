"""A sweep and a belated row that meet never leave a child PRESENT with an absence notice that nobody takes back."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from collector.absence.sweep import Sweep
from collector.attendance.follower import Follower
from collector.db import Database
from tests.simulation.decided_school import (
    ZONE,
    DecidedSchool,
    assert_nothing_false_is_left,
    ready_for_a_belated_row,
)
from tests.simulation.recorded_kiosk import after

STEPS = 6


class InterruptedDatabase(Database):
    """Lets something else happen behind its n-th transaction or reading."""

    def __init__(self, url: str, at: int, act: Callable[[], None]) -> None:
        super().__init__(url)
        self._left = at
        self._act = act

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
        self._count()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with super().reading() as session:
            yield session
        self._count()

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._act()


@pytest.mark.parametrize("boundary", range(1, 7))
@pytest.mark.parametrize(("is_sent", "is_marked"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_belated_row_between_any_two_transactions_of_a_sweep(
    school: DecidedSchool, tmp_path: Path, boundary: int, *, is_sent: bool, is_marked: bool
) -> None:
    slow = ready_for_a_belated_row(school, is_marked=is_marked)

    def interrupt() -> None:
        if is_sent:
            school.send()
        school.front.deliver(after(12.6))
        school.settle()

    database = InterruptedDatabase(f"sqlite:///{tmp_path / 'collector.sqlite'}", boundary, interrupt)
    Sweep(database, school.clock, ZONE).step()
    database.close()
    school.front.deliver(after(12.6))
    school.settle()
    school.send()

    assert_nothing_false_is_left(school, slow)


@pytest.mark.parametrize("round_", range(4))
def test_sweep_belated_row_and_dispatcher_at_once(school: DecidedSchool, round_: int) -> None:
    slow = ready_for_a_belated_row(school, is_marked=bool(round_ % 2))
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

    assert_nothing_false_is_left(school, slow)
