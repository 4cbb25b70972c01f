"""How steps of work are repeated, woken and stopped, and how the whole collector ends when it is told to."""

import logging
from collections.abc import Callable, Iterator
from threading import Event

import pytest

from collector.errors import DatabaseError
from collector.worker import Worker
from tests.simulation.manual_clock import ManualClock

PATIENCE_SECONDS = 8.0
NOBODY_LETS_PASS = 3600.0
"""Clock seconds between two looks, on a clock that nobody moves."""

Start = Callable[..., Worker]


class Work:
    """Counts its steps; each does the next thing it was given, then tells how much is left."""

    def __init__(self, *todo: Callable[[], bool]) -> None:
        self.steps = 0
        self.rested = Event()
        """Set by each step after which there is nothing more to do."""
        self._todo = list(todo)

    def step(self) -> bool:
        self.steps += 1
        is_busy = self._todo.pop(0)() if self._todo else False
        if not is_busy:
            self.rested.set()
        return is_busy

    def rests_again(self) -> bool:
        """Wait until it rests; tell whether it did."""
        is_resting = self.rested.wait(PATIENCE_SECONDS)
        self.rested.clear()
        return is_resting


def there_is_more() -> bool:
    return True


def database_is_away() -> bool:
    raise DatabaseError("The database does not answer as it should: disk I/O error.")


def defect() -> bool:
    raise ZeroDivisionError("of all things")


@pytest.fixture
def start(clock: ManualClock) -> Iterator[Start]:
    """Return `start(work, retry_seconds=0.02)`, which runs it as a worker until the test ends."""
    workers: list[Worker] = []

    def started(work: Work, retry_seconds: float = 0.02) -> Worker:
        worker = Worker("bell", work, clock, NOBODY_LETS_PASS, retry_seconds)
        worker.start()
        workers.append(worker)
        return worker

    yield started
    for worker in workers:
        worker.stop()


def test_steps_follow_one_another_while_there_is_work(start: Start) -> None:
    work = Work(there_is_more, there_is_more, there_is_more)
    start(work)

    assert work.rests_again()
    assert work.steps == 4


def test_a_worker_that_rests_looks_again_when_its_time_has_come(start: Start, clock: ManualClock) -> None:
    work = Work()
    start(work)
    assert work.rests_again()
    clock.advance(NOBODY_LETS_PASS / 2)
    assert not work.rested.wait(0.05)
    clock.advance(NOBODY_LETS_PASS / 2)

    assert work.rests_again()


def test_a_worker_that_is_woken_begins_at_once(start: Start) -> None:
    work = Work()
    worker = start(work)
    assert work.rests_again()
    worker.wake()

    assert work.rests_again()
    assert work.steps == 2


def test_news_that_come_during_a_step_are_looked_at_after_it(start: Start) -> None:
    begun, go_on, looked = Event(), Event(), Event()

    def long_step() -> bool:
        begun.set()
        return not go_on.wait(PATIENCE_SECONDS)

    def look() -> bool:
        looked.set()
        return False

    worker = start(Work(long_step, look))
    assert begun.wait(PATIENCE_SECONDS)
    worker.wake()
    go_on.set()

    assert looked.wait(PATIENCE_SECONDS)


def test_a_step_that_fails_is_tried_again_and_its_reason_logged_once_in_one_line(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(database_is_away, database_is_away)
    with caplog.at_level(logging.INFO):
        start(work)
        assert work.rests_again()

    assert work.steps == 3
    assert caplog.messages == ["bell tries again: The database does not answer as it should: disk I/O error."]
    assert caplog.records[0].exc_info is None


def test_a_defect_ends_no_worker_and_leaves_its_trace_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(defect)
    with caplog.at_level(logging.INFO):
        worker = start(work)
        assert work.rests_again()

    assert worker.is_alive()
    assert "ZeroDivisionError: of all things" in caplog.text


def test_what_fails_again_after_it_had_worked_is_said_again(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    work = Work(database_is_away, there_is_more, database_is_away)
    with caplog.at_level(logging.INFO):
        start(work)
        assert work.rests_again()

    assert len(caplog.messages) == 2


@pytest.mark.parametrize("first", [there_is_more, database_is_away])
def test_a_worker_that_is_told_to_stop_ends_at_once(start: Start, first: Callable[[], bool]) -> None:
    begun = Event()

    def begin() -> bool:
        begun.set()
        return first()

    worker = start(Work(begin), NOBODY_LETS_PASS)
    assert begun.wait(PATIENCE_SECONDS)
    worker.stop()

    assert not worker.is_alive()
