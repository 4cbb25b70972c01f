"""From frames in a folder to a guardian's phone, through everything that is between them in a school."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from collector.db import Database
from collector.fleet.service import commission
from collector.ingest.audit import audit
from collector.models import AttendanceRecord, Gate, IssuedCard, Mark, Reason, School, check_in
from edge.ports import Signal
from tests.simulation.manual_clock import ManualClock
from tests.simulation.recorded_kiosk import after, give_guardian
from tests.simulation.replayed_gate import MEANWHILE_SECONDS, ReplayedGate, Shown, record_frames
from tests.simulation.served_collector import served, settings_in
from tests.simulation.small_school import LONG_AGO, SmallSchool, store_school
from tests.simulation.stepped_collector import SteppedCollector, stepped_collector
from wire.card import card_of, new_number
from wire.messages import Lane, Verdict

pytestmark = pytest.mark.timeout(120)

KIOSK = "kl-front-1"
STUDENTS = 4
CARDS = [new_number() for _ in range(STUDENTS)]
STRANGERS_CARD = new_number()
FOREIGN_CODE = "https://example.org/menu"
FILM_STARTS, FILM_ENDS = after(-1), after(12.8)
FILM = (
    Shown(after(1), CARDS[0]),
    Shown(after(2), CARDS[1]),
    Shown(after(4), STRANGERS_CARD),
    Shown(after(5), FOREIGN_CODE),
    Shown(after(10.5), CARDS[2]),
)
"""What is held up: two come in time, one late, and the fourth student never."""


@pytest.fixture
def school(database: Database) -> SmallSchool:
    """Return a live school with one gate, whose students have printed cards and guardians on Telegram."""
    school = store_school(database, students=STUDENTS)
    with database.transaction() as session:
        session.get_one(School, school.school_id).live_since = LONG_AGO
        commission(session, KIOSK, session.get_one(Gate, school.gate_ids[0]), Lane.IN, LONG_AGO)
        session.add_all(
            IssuedCard(
                student_id=student, tag=card_of(number).tag, sealed_number=b"sealed", issued_at=LONG_AGO,
                handed_over_at=LONG_AGO,
            )
            for student, number in zip(school.student_ids, CARDS, strict=True)
        )  # fmt: skip
    for place, student in enumerate(school.student_ids, 1):
        give_guardian(database, school, student, f"chat-{place}", channel="telegram")
    return school


@pytest.fixture
def collector(
    database: Database, clock: ManualClock, broker_port: int, school: SmallSchool
) -> Iterator[SteppedCollector]:
    clock.advance((FILM_STARTS - clock.now()).total_seconds())
    with stepped_collector(database, clock, broker_port) as connected:
        yield connected


@pytest.fixture
def gate(
    database: Database, clock: ManualClock, broker_port: int, collector: SteppedCollector, tmp_path: Path
) -> Iterator[ReplayedGate]:
    """Return a kiosk that has its gate book and is about to see the first frame."""
    record_frames(tmp_path / "frames", FILM_STARTS, FILM_ENDS, FILM)
    with (
        served(database, settings_in(tmp_path), clock) as pages,
        closing(ReplayedGate(KIOSK, tmp_path, clock, broker_port, pages)) as gate,
    ):
        gate.start()
        collector.until(lambda: gate.books.view.tags is not None)
        yield gate


def test_a_late_arrival_on_film_becomes_a_notice_and_so_does_an_absence(
    gate: ReplayedGate, collector: SteppedCollector, database: Database
) -> None:
    gate.replay(meanwhile=collector.step)
    collector.until(lambda: len(collector.channel.sent) == 2 and gate.outbox.pending == 0)

    assert gate.signals() == [Signal.ACCEPTED, Signal.ACCEPTED, Signal.UNKNOWN, Signal.MALFORMED, Signal.ACCEPTED]
    assert _stored(database) == [
        (card_of(CARDS[0]).tag, Verdict.KNOWN),
        (card_of(CARDS[1]).tag, Verdict.KNOWN),
        (card_of(STRANGERS_CARD).tag, Verdict.UNKNOWN),
        (card_of(CARDS[2]).tag, Verdict.KNOWN),
    ]
    assert [mark for mark, _ in _marks(database).values()] == [Mark.PRESENT, Mark.PRESENT, Mark.LATE, Mark.ABSENT]
    late, absent = (_said_to(collector, chat) for chat in ("chat-3", "chat-4"))
    assert late == "Dara 3 (7A) arrived at 06:50, 2 minutes late (counted from 06:48)."
    assert absent == "We have not seen Dara 4 (7A) this morning. The gate was working."
    assert gate.said == []


def test_ninety_seconds_without_a_frame_make_nobody_late_or_absent(
    gate: ReplayedGate, collector: SteppedCollector, database: Database, school: SmallSchool
) -> None:
    def stall_once() -> None:
        if after(6) <= gate.clock.now() < after(6) + timedelta(seconds=MEANWHILE_SECONDS):
            gate.clock.advance(90)
        collector.step()

    gate.replay(meanwhile=stall_once)
    collector.until(lambda: _marks(database).get(school.student_ids[3]) == (Mark.UNDECIDED, Reason.NOT_SIGHTED))

    assert [mark for mark, _ in _marks(database).values()] == [Mark.PRESENT] * 3 + [Mark.UNDECIDED]
    assert len(_stored(database)) == 4
    assert collector.channel.sent == []


def _said_to(collector: SteppedCollector, chat: str) -> str:
    """Return what the one message to a chat says first; then come a question and a reference."""
    (text,) = [text for address, text in collector.channel.sent if address == chat]
    return re.split(r" (?:If there was|Is there) ", text)[0]


def _stored(database: Database) -> list[tuple[bytes, int]]:
    """Return (tag, verdict) of what is stored, in order; the ledgers must agree with it."""
    with database.reading() as session:
        assert audit(session) == []
        rows = session.execute(select(check_in.c.tag, check_in.c.verdict).order_by(check_in.c.seq))
        return [(tag, verdict) for tag, verdict in rows]


def _marks(database: Database) -> dict[int, tuple[str, str | None]]:
    """Return (mark, reason) by student, in their order."""
    with database.reading() as session:
        found = session.scalars(select(AttendanceRecord).order_by(AttendanceRecord.student_id))
        return {record.student_id: (record.mark, record.reason) for record in found}
