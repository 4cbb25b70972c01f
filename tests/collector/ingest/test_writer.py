"""The writer on a real database: each row once, whatever arrives how often and in which pieces."""

import random
from collections.abc import Callable, Iterable
from threading import Thread

import pytest
from sqlalchemy import select

from collector.db import Database
from collector.fleet.service import commission, revoke
from collector.ingest import repository, writer
from collector.ingest.audit import audit
from collector.ingest.ledgers import Answer
from collector.ingest.subscriber import Arrival, Message
from collector.models import (
    Alarm,
    Gate,
    LedgerCommit,
    LedgerRange,
    Outbox,
    Quarantined,
    check_in,
    clock_anchor,
    sight_span,
)
from tests.simulation.manual_clock import ManualClock, boot_id
from tests.simulation.small_kiosk import Writing, outbox_id, row
from tests.simulation.small_school import SmallSchool
from wire.codec import encode_batch
from wire.errors import WireError
from wire.messages import BadRow, Batch, Lane, SeqRange
from wire.topics import Up

MakeSchool = Callable[..., SmallSchool]


@pytest.fixture
def write(database: Database, clock: ManualClock, make_school: MakeSchool) -> Callable[..., list[Answer]]:
    """Commission `kio-1` and `kio-2`; return `write(*messages, kiosk="kio-1")`, one transaction."""
    school = make_school()
    with database.transaction() as session:
        gate = session.get_one(Gate, school.gate_ids[0])
        for kiosk_id in ("kio-1", "kio-2"):
            commission(session, kiosk_id, gate, Lane.IN, clock.now())

    def write(*messages: Message, kiosk: str = "kio-1") -> list[Answer]:
        with database.transaction() as session:
            return writer.write(session, [_arrival(clock, kiosk, one) for one in messages], clock.now())

    return write


def _arrival(clock: ManualClock, kiosk: str, message: Message) -> Arrival:
    payload = encode_batch(message) if isinstance(message, Batch) and _is_good(message) else b"\x01"
    return Arrival(kiosk, Up.ROWS, payload, message, clock.now(), lambda: None)


def _is_good(batch: Batch) -> bool:
    return not any(isinstance(one, BadRow) for one in batch.rows)


def _stored(database: Database) -> list[tuple[bytes, int]]:
    tables = (check_in, sight_span, clock_anchor)
    with database.reading() as session:
        rows = [(o, seq) for t in tables for o, seq in session.execute(select(t.c.outbox_id, t.c.seq))]
        assert audit(session) == []
    return sorted(rows)


def _seqs(outbox: str, seqs: Iterable[int]) -> list[tuple[bytes, int]]:
    return [(outbox_id(outbox), seq) for seq in seqs]


def test_a_batch_is_stored_whole_and_logged_for_followers(database: Database, write: Callable[..., object]) -> None:
    write(Writing().batch(1, 100))

    assert _stored(database) == _seqs("A", range(1, 101))
    with database.reading() as session:
        told = session.execute(select(LedgerCommit.revision, LedgerCommit.first, LedgerCommit.last)).all()
    assert told == [(1, 1, 100)]


def test_any_pieces_in_any_order_with_replays_leave_each_row_once(
    database: Database, write: Callable[..., object]
) -> None:
    draw = random.Random(7)
    writing, pieces = Writing(), []
    for _ in range(60):
        first = draw.randint(1, 300)
        pieces.append(writing.batch(first, min(300, first + draw.randint(0, 60))))
    pieces += [writing.batch(first, first + 49) for first in range(1, 300, 50)]
    draw.shuffle(pieces)
    while pieces:
        group, pieces = pieces[:7], pieces[7:]
        write(*group)

    assert _stored(database) == _seqs("A", range(1, 301))
    with database.reading() as session:
        assert [(part.first, part.last) for part in session.scalars(select(LedgerRange))] == [(1, 300)]


def test_a_replay_advances_no_revision_and_is_answered_all_the_same(
    database: Database, write: Callable[..., list[Answer]]
) -> None:
    write(Writing().batch(1, 50))
    answers = write(Writing().batch(10, 40))

    assert [(answer.first, answer.last, answer.forked) for answer in answers] == [(10, 40, ())]
    with database.reading() as session:
        assert session.scalar(select(Outbox.revision)) == 1


def test_a_fork_is_not_stored_but_told_and_alarmed_and_its_new_seqs_are_taken(
    database: Database, write: Callable[..., list[Answer]]
) -> None:
    write(Writing().batch(1, 50))
    (answer,) = write(Writing(boot="restored").batch(41, 60))

    assert answer.forked == (SeqRange(41, 50),)
    assert _stored(database) == _seqs("A", range(1, 61))
    with database.reading() as session:
        boots = session.execute(select(check_in.c.boot_id).where(check_in.c.seq.between(41, 50))).scalars()
        assert set(boots) == {boot_id("first")}
        assert session.scalars(select(Alarm.kind)).all() == ["cloned_kiosk"]


def test_an_outbox_belongs_to_the_first_kiosk_that_used_it(
    database: Database, write: Callable[..., list[Answer]]
) -> None:
    write(Writing().batch(1, 10), kiosk="kio-1")
    answers = write(Writing().batch(11, 20), kiosk="kio-2")

    assert answers == []
    assert _stored(database) == _seqs("A", range(1, 11))
    with database.reading() as session:
        assert session.scalars(select(Alarm.kind)).all() == ["foreign_outbox"]
        assert session.scalars(select(Quarantined.payload)).all() == [encode_batch(Writing().batch(11, 20))]


@pytest.mark.parametrize("state", ["never commissioned", "revoked"])
def test_a_stranger_is_quarantined_with_an_alarm_and_not_answered(
    database: Database, clock: ManualClock, write: Callable[..., list[Answer]], state: str
) -> None:
    kiosk = "stranger"
    if state == "revoked":
        kiosk = "kio-2"
        with database.transaction() as session:
            revoke(session, kiosk, clock.now())
    answers = [*write(Writing().batch(1, 10), kiosk=kiosk), *write(Writing().batch(1, 10), kiosk=kiosk)]

    assert answers == []
    assert _stored(database) == []
    with database.reading() as session:
        assert len(session.scalars(select(Quarantined)).all()) == 1
        assert [(alarm.kiosk_id, alarm.times) for alarm in session.scalars(select(Alarm))] == [(kiosk, 2)]


def test_what_does_not_decode_is_kept_once_and_not_answered(
    database: Database, write: Callable[..., list[Answer]]
) -> None:
    answers = write(WireError("not msgpack, or cut short"), WireError("not msgpack, or cut short"))

    assert answers == []
    with database.reading() as session:
        (kept,) = session.scalars(select(Quarantined)).all()
        assert (kept.kiosk_id, kept.payload, kept.reason) == ("kio-1", b"\x01", "not msgpack, or cut short")
        assert session.scalars(select(Alarm.kind)).all() == ["quarantine"]


def test_a_bad_row_is_quarantined_and_accounted_for_and_its_neighbours_are_stored(
    database: Database, write: Callable[..., list[Answer]]
) -> None:
    batch = Writing().of(1, [row(1), BadRow(b"?", "in no lane"), BadRow(b"?", "in no lane"), row(4)])
    write(batch)
    write(batch)

    assert _stored(database) == _seqs("A", [1, 4])
    with database.reading() as session:
        parts = [(part.first, part.last, part.kind) for part in session.scalars(select(LedgerRange))]
        assert sorted(parts) == [(1, 1, "held"), (2, 3, "quarantined"), (4, 4, "held")]
        assert sorted(kept.seq or 0 for kept in session.scalars(select(Quarantined))) == [2, 3]


def test_two_outboxes_in_one_transaction_keep_their_ledgers_apart(
    database: Database, write: Callable[..., object]
) -> None:
    write(Writing("A").batch(1, 20), Writing("B").batch(5, 9), Writing("A").batch(15, 30))

    assert _stored(database) == sorted(_seqs("A", range(1, 31)) + _seqs("B", range(5, 10)))


def test_the_audit_finds_a_row_that_was_stored_twice(database: Database, write: Callable[..., object]) -> None:
    write(Writing().batch(1, 9))
    with database.transaction() as session:
        copied = select(*check_in.c).where(check_in.c.seq == 3)
        session.execute(check_in.insert().from_select(list(check_in.c), copied))

    with database.reading() as session:
        assert any("stored twice" in finding for finding in audit(session))


def test_two_writers_on_one_file_store_shuffled_batches_once(
    database: Database, clock: ManualClock, write: Callable[..., object]
) -> None:
    other = Database(str(database._writer.url))
    failures: list[BaseException] = []

    def work(home: Database, seed: int) -> None:
        try:
            batches = [Writing(name).batch(first, first + 24) for name in "AB" for first in range(1, 300, 20)]
            random.Random(seed).shuffle(batches)
            for batch in batches:
                with home.transaction() as session:
                    writer.write(session, [_arrival(clock, "kio-1", batch)], clock.now())
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [Thread(target=work, args=(home, seed)) for home, seed in ((database, 1), (other, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()

    assert failures == []
    assert _stored(database) == sorted(_seqs("A", range(1, 306)) + _seqs("B", range(1, 306)))


def test_the_ledger_id_is_made_once(database: Database, clock: ManualClock) -> None:
    ids = set()
    for _ in range(2):
        with database.transaction() as session:
            ids.add(repository.ledger_id(session, clock.now()))

    assert len(ids) == 1
