"""A sweep, a belated row and a dispatcher at once, as the collector's own threads over one database file."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import pytest
from sqlalchemy import func, select

from collector.absence.sweep import Sweep
from collector.attendance.follower import Follower
from collector.broker import BrokerClient
from collector.db import Database
from collector.ingest.service import Ingest
from collector.models import DirtyMark, Mark, NotificationState
from collector.worker import Worker
from tests.simulation.decided_school import (
    ZONE,
    DecidedSchool,
    assert_nothing_false_is_left,
    make_decided_school,
    ready_for_a_belated_row,
)
from tests.simulation.manual_clock import ManualClock
from wire.codec import encode_batch
from wire.topics import Up, topic

ROUNDS = 15
PATIENCE_SECONDS = 15.0
LOOK_SECONDS = 0.003
LONGEST_DELAY_SECONDS = 0.12
"""Real seconds; about as long as a sweep of this school takes on a busy machine."""
ON_ITS_WAY = {NotificationState.QUEUED, NotificationState.RETRY, NotificationState.SENDING, NotificationState.UNKNOWN}


@pytest.fixture
def school(database: Database, clock: ManualClock) -> DecidedSchool:
    """Return a live school with two gates and six students."""
    return make_decided_school(database, clock)


class Line:
    """Brings messages to ingest as the broker's client does, without a broker."""

    def __init__(self) -> None:
        self.client = BrokerClient("127.0.0.1", 1, "collector")
        self.acknowledged = Event()

    def bring(self, name: str, payload: bytes) -> None:
        self.client.on_message(name, payload, self.acknowledged.set)


@contextmanager
def at_work(school: DecidedSchool, line: Line) -> Iterator[None]:
    """Let the collector's workers work, wired as its composition root wires them."""
    sweep = Worker("sweep", Sweep(school.database, school.clock, ZONE), school.clock, 5)
    follower = Worker("follow", Follower(school.database, ZONE, on_dirty=sweep.wake), school.clock, 5)
    intake = Ingest(school.database, school.clock, line.client, on_commit=follower.wake)
    ingest = Worker("ingest", intake, school.clock, 1)
    intake.on_arrival = ingest.wake
    workers = [ingest, follower, sweep, Worker("notify", school.make_dispatcher(), school.clock, 2)]
    for worker in workers:
        worker.start()
    yield
    for worker in workers:
        worker.stop()
        assert not worker.is_alive()


def until(school: DecidedSchool, is_so: Callable[[], bool]) -> None:
    """Let time pass until something is so."""
    for _ in range(round(PATIENCE_SECONDS / LOOK_SECONDS)):
        if is_so():
            return
        school.clock.advance(0.1)
        Event().wait(LOOK_SECONDS)
    pytest.fail("it never became so")


def pass_real(school: DecidedSchool, seconds: float) -> None:
    """Let real time pass, and the clock's with it."""
    for _ in range(round(seconds / LOOK_SECONDS)):
        school.clock.advance(0.1)
        Event().wait(LOOK_SECONDS)


def is_told(school: DecidedSchool, student: int) -> bool:
    return school.told(student) == [("ABSENT", NotificationState.SENT)]


def is_settled(school: DecidedSchool, student: int) -> bool:
    with school.database.reading() as session:
        dirty = session.scalar(select(func.count()).select_from(DirtyMark))
    states = {state for _, state in school.told(student)}
    return not dirty and school.marks().get(student) == (Mark.PRESENT, None) and not states & ON_ITS_WAY


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_belated_row_that_meets_a_sweep_leaves_nothing_false(school: DecidedSchool, round_: int) -> None:
    draw, line = random.Random(round_), Line()
    slow = ready_for_a_belated_row(school, is_marked=draw.random() < 0.5)
    belated = topic(school.front.id, Up.ROWS), encode_batch(school.front.batch())
    with at_work(school, line):
        pass_real(school, draw.uniform(0, LONGEST_DELAY_SECONDS))
        line.bring(*belated)
        until(school, lambda: is_settled(school, slow))

    assert line.acknowledged.is_set()
    school.settle()
    school.send()
    assert_nothing_false_is_left(school, slow)


def test_a_row_that_comes_before_the_sweep_lets_nobody_be_told(school: DecidedSchool) -> None:
    line = Line()
    slow = ready_for_a_belated_row(school, is_marked=False)
    school.front.deliver(school.clock.now())
    with at_work(school, line):
        until(school, lambda: is_settled(school, slow))

    assert school.told(slow) == []


def test_a_row_that_comes_after_the_message_brings_its_correction(school: DecidedSchool) -> None:
    line = Line()
    slow = ready_for_a_belated_row(school, is_marked=False)
    belated = topic(school.front.id, Up.ROWS), encode_batch(school.front.batch())
    with at_work(school, line):
        until(school, lambda: is_told(school, slow))
        line.bring(*belated)
        until(school, lambda: is_settled(school, slow))

    assert school.told(slow) == [("ABSENT", NotificationState.SENT), ("CORRECTION", NotificationState.SENT)]
    assert_nothing_false_is_left(school, slow)
