"""From rows and heartbeats as they arrive to silence that is real, on a real database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from collector.db import Database
from collector.errors import InvalidRequest, NotFound
from collector.fleet import service
from collector.fleet.views import Diagnosis
from collector.ingest import writer
from collector.ingest.subscriber import Arrival
from collector.models import Alarm, Declaration, Gate, KioskClaim, Outbox, Reason, SchoolSession
from tests.simulation.manual_clock import MONDAY_0640, ManualClock, boot_id
from tests.simulation.small_kiosk import WALL_OFFSET, Writing, outbox_id
from tests.simulation.small_morning import MINUTE, Morning, anchor, heartbeat, sight, tick
from tests.simulation.small_school import SmallSchool
from wire.messages import BadRow, Batch, CheckIn, Claim, Lane, Status, Verdict
from wire.topics import Up


@pytest.fixture
def morning(database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]) -> Morning:
    """Return a morning in which `kio-1` was heard before the doors opened and anchored its boot."""
    morning = Morning(database, clock, make_school(students=12)).at(-10)
    morning.rows(1, anchor(-10))
    morning.beat(-10.1, 1)
    return morning


def test_a_kiosk_that_watched_to_the_cutoff_and_delivered_it_makes_silence_real(morning: Morning) -> None:
    morning.at(13).rows(2, sight(-10, 12.5))
    assert morning.silence().reason == Reason.NOT_DELIVERED
    morning.beat(12.9, 2)

    assert morning.silence().is_real
    assert not morning.silence(until=morning.clock.now() + timedelta(minutes=1)).is_real


def test_a_claim_waits_for_the_rows_it_speaks_of_and_for_attendance_to_read_them(morning: Morning) -> None:
    morning.at(13).beat(12.9, 3)
    morning.rows(2, sight(-10, 12.5))
    assert morning.silence().reason == Reason.NOT_DELIVERED

    morning.take(Writing("box of kio-1").of(3, [CheckIn(tick(3), b"8 bytes!", Lane.IN, Verdict.KNOWN)]), is_read=False)
    assert morning.silence().reason == Reason.NOT_DELIVERED
    morning.read()
    assert morning.silence().is_real


def test_a_span_cut_by_each_claim_is_still_unbroken(morning: Morning) -> None:
    morning.at(13).rows(2, *(sight(minute, minute + 1 - 1 / MINUTE) for minute in range(-3, 13)))
    morning.beat(12.9, 17)

    assert morning.silence().is_real
    assert morning.gate().gaps == ()


def test_a_break_in_sight_is_a_gap(morning: Morning) -> None:
    morning.at(13).rows(2, sight(-10, 4), sight(5.5, 12.5))
    morning.beat(12.9, 3)

    found = morning.silence()
    assert found.reason == Reason.NOT_SIGHTED
    assert found.since is not None
    assert abs(found.since - (MONDAY_0640 + timedelta(minutes=4))) < timedelta(seconds=1)


def test_sight_of_the_way_out_says_nothing_of_the_way_in(morning: Morning) -> None:
    morning.at(13).rows(2, sight(-10, 12.5, Lane.OUT))
    morning.beat(12.9, 2)

    assert morning.silence().reason == Reason.NOT_SIGHTED
    assert morning.silence(Lane.OUT).is_real


def test_without_an_anchor_of_the_boot_nobody_knows_when_it_watched(morning: Morning) -> None:
    morning.at(13).rows(2, sight(-10, 12.5), boot="second")
    morning.beat(12.9, 2, boot="second")

    assert morning.silence().reason == Reason.NOT_SIGHTED


def test_a_kiosk_that_was_never_heard_keeps_a_school_undecided(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]
) -> None:
    morning = Morning(database, clock, make_school(gates=2))
    morning.at(-5).rows(1, anchor(-5))
    morning.at(13).rows(2, sight(-5, 12.5))
    morning.beat(12.9, 2)

    found = morning.silence()
    assert (found.reason, found.gate_ids) == (Reason.NOT_DELIVERED, morning.school.gate_ids[1:])
    assert morning.silence(until=MONDAY_0640).is_real


def test_a_claim_is_never_believed_beyond_its_arrival(morning: Morning) -> None:
    morning.at(11).rows(2, sight(-10, 12.5))
    morning.beat(30, 2)

    assert morning.silence().reason == Reason.NOT_DELIVERED


def test_a_kiosk_whose_clock_is_off_is_alarmed_and_not_believed_until_its_boot_is_anchored(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]
) -> None:
    morning = Morning(database, clock, make_school()).at(-1)
    claim = Claim(outbox_id("box of kio-1"), tick(12.9), 1, boot_id("first"))
    morning.take(heartbeat(sent=tick(-1), offset=WALL_OFFSET + 12 * MINUTE))
    morning.at(13).rows(1, sight(-5, 12.5))
    morning.take(heartbeat(claim, sent=tick(13), offset=WALL_OFFSET + 12 * MINUTE))
    with database.reading() as session:
        assert [(alarm.kind, alarm.times) for alarm in session.scalars(select(Alarm))] == [("clock_off", 2)]
    assert morning.silence().reason == Reason.NOT_DELIVERED

    morning.rows(2, anchor(13))
    assert morning.silence().is_real


def test_a_row_that_would_not_decode_keeps_its_morning_undecided(morning: Morning) -> None:
    morning.at(5).rows(2, BadRow(b"?", "in no lane"))
    morning.at(13).rows(3, sight(-10, 12.5))
    morning.beat(12.9, 3)

    assert morning.silence().reason == Reason.QUARANTINED


def test_an_outbox_left_empty_owes_nothing_and_a_vanished_one_stays_open(morning: Morning) -> None:
    new = Claim(outbox_id("new box"), tick(12.9), 1, boot_id("first"))
    morning.at(13).rows(2, sight(-10, 3))
    morning.take(Writing("new box").of(1, [sight(3, 12.5)]))
    morning.take(heartbeat(new, sent=tick(13)))
    assert morning.silence().reason == Reason.NOT_DELIVERED

    left = Claim(outbox_id("box of kio-1"), tick(3), 2, boot_id("first"), ended=True)
    morning.take(heartbeat(new, left, sent=tick(13)))
    assert morning.silence().is_real

    morning.take(heartbeat(replace(left, ended=False), sent=tick(13)))
    assert morning.silence().reason == Reason.NOT_DELIVERED


def test_a_gate_declared_closed_owes_nothing_and_one_declared_failed_leaves_it_to_the_roll(morning: Morning) -> None:
    morning.at(13).rows(2, sight(-10, 6))
    morning.beat(6, 2)
    for kind, is_real, only_roll in (("FAILED", False, True), ("CLOSED", True, False)):
        with morning.database.transaction() as session:
            start, end = MONDAY_0640 + timedelta(minutes=5.9), MONDAY_0640 + timedelta(minutes=30)
            said = Declaration(
                gate_id=morning.school.gate_ids[0], kind=kind, starts_at=start, ends_at=end, declared_by="Guard",
                reason="Flood", recorded_at=morning.clock.now(),
            )  # fmt: skip
            session.add(said)
            session.flush()
            found = service.silence(
                session, session.get_one(SchoolSession, morning.school.half_day_id), None, morning.school.cutoff_at
            )
            assert (found.is_real, found.only_roll) == (is_real, only_roll)
            session.delete(said)


def test_the_shutdown_button_closes_the_gate_from_its_last_claim(morning: Morning) -> None:
    morning.at(6).rows(2, sight(-10, 6))
    morning.beat(5.9, 2, closed=True)

    assert morning.at(14).silence().is_real
    assert morning.gate().diagnosis == Diagnosis.CLOSED


def test_a_claim_on_another_kiosks_outbox_is_alarmed_and_not_kept(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]
) -> None:
    morning = Morning(database, clock, make_school(gates=2))
    morning.rows(1, anchor(0))
    morning.take(heartbeat(Claim(outbox_id("box of kio-1"), tick(0), 1, boot_id("first")), sent=tick(0)), "kio-2")

    with database.reading() as session:
        assert session.scalars(select(Alarm.kind)).all() == ["foreign_outbox"]
        assert session.scalars(select(KioskClaim)).all() == []
        assert session.get_one(Outbox, outbox_id("box of kio-1")).kiosk_id == "kio-1"


def test_an_older_last_will_does_not_take_a_new_connection_down(morning: Morning) -> None:
    for status in (
        Status(outbox_id("x"), boot_id("first"), 4, online=True),
        Status(outbox_id("x"), boot_id("first"), 3, online=False),
        Status(outbox_id("x"), boot_id("earlier"), 9, online=False),
    ):
        morning.take(status)
        assert morning.gate().is_online
    morning.take(Status(outbox_id("x"), boot_id("first"), 4, online=False))
    assert not morning.gate().is_online


def test_a_page_sees_who_is_silent_since_when_and_what_has_arrived(morning: Morning) -> None:
    morning.take(Status(outbox_id("x"), boot_id("first"), 1, online=True))
    morning.at(3).rows(2, sight(-10, 2.9))
    morning.beat(2.9, 2)
    fine = morning.gate()
    assert (fine.diagnosis, fine.is_online, fine.backlog) == (Diagnosis.FINE, True, 0)
    assert fine.watermark is not None
    assert abs(fine.watermark - (MONDAY_0640 + timedelta(minutes=2.9))) < timedelta(seconds=1)
    assert [start < MONDAY_0640 < end for start, end in fine.sight] == [True]

    morning.at(7).take(Status(outbox_id("x"), boot_id("first"), 1, online=False))
    silent = morning.gate()
    assert (silent.diagnosis, silent.since) == (Diagnosis.SILENT, MONDAY_0640 + timedelta(minutes=3))
    assert [round((end - start).total_seconds()) for start, end in silent.gaps] == [246]


def test_batches_and_claims_of_a_kiosk_in_one_group_are_taken_rows_first(morning: Morning) -> None:
    batch: Batch = Writing("box of kio-1").of(2, [sight(-10, 12.5)])
    claim = Claim(outbox_id("box of kio-1"), tick(12.9), 2, boot_id("first"))
    now = morning.at(13).clock.now()
    group = [
        Arrival("kio-1", Up.HEARTBEAT, b"", heartbeat(claim, sent=tick(13)), now, lambda: None),
        Arrival("kio-1", Up.ROWS, b"", batch, now, lambda: None),
    ]
    with morning.database.transaction() as session:
        writer.write(session, group, now)
    morning.read()

    assert morning.silence().is_real


def test_a_kiosk_that_stays_connected_and_says_nothing_while_students_arrive_is_silent(morning: Morning) -> None:
    morning.take(Status(outbox_id("x"), boot_id("first"), 1, online=True))
    morning.at(4).beat(3.9, 1)

    assert morning.at(6.9).gate().diagnosis == Diagnosis.FINE
    assert morning.at(7.1).gate().diagnosis == Diagnosis.SILENT
    assert morning.gate().since == MONDAY_0640 + timedelta(minutes=4)


def test_a_gate_that_fell_silent_before_the_cutoff_is_not_called_behind_right_after_it(morning: Morning) -> None:
    morning.take(Status(outbox_id("x"), boot_id("first"), 1, online=True))
    morning.at(6).beat(5.9, 1)

    assert morning.at(12.6).gate().diagnosis == Diagnosis.SILENT


def test_a_gate_without_a_kiosk_and_one_never_heard_are_told_apart(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]
) -> None:
    morning = Morning(database, clock, make_school())
    assert morning.gate().diagnosis == Diagnosis.NEVER_HEARD
    with database.transaction() as session:
        service.retire(session, "kio-1", clock.now())
    assert morning.gate().diagnosis == Diagnosis.UNCOVERED


def test_commissioning_twice_changes_nothing_and_moving_a_kiosk_is_refused(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]
) -> None:
    first, second = make_school(gates=2).gate_ids
    with database.transaction() as session:
        for _ in range(2):
            service.commission(session, "kio-1", session.get_one(Gate, first), Lane.IN, clock.now())
        with pytest.raises(InvalidRequest, match="kio-1 is commissioned elsewhere"):
            service.commission(session, "kio-1", session.get_one(Gate, second), Lane.IN, clock.now())
        with pytest.raises(InvalidRequest, match="no kiosk id"):
            service.commission(session, "Kiosk 1", session.get_one(Gate, first), Lane.IN, clock.now())
        with pytest.raises(NotFound, match="no kiosk kio-9"):
            service.revoke(session, "kio-9", clock.now())


def test_an_outbox_that_a_copy_still_claims_has_not_ended_whatever_its_first_kiosk_says(morning: Morning) -> None:
    new = Claim(outbox_id("new box"), tick(12.9), 1, boot_id("first"))
    left = Claim(outbox_id("box of kio-1"), tick(12.9), 2, boot_id("first"), ended=True)
    copy = replace(left, through=tick(10), ended=False)
    morning.at(3).rows(2, sight(-10, 3))
    morning.at(13).take(Writing("new box").of(1, [sight(3, 12.5)]))
    morning.take(heartbeat(new, left, sent=tick(13)))
    assert morning.silence().is_real

    morning.take(heartbeat(copy, sent=tick(13), boot="copy"))
    assert morning.silence().reason == Reason.NOT_DELIVERED

    morning.take(heartbeat(new, left, sent=tick(13)))
    assert morning.silence().reason == Reason.NOT_DELIVERED

    morning.take(heartbeat(replace(copy, through=tick(12.9)), sent=tick(13), boot="copy"))
    assert morning.silence().is_real
