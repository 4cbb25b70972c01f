"""What kiosks are told of cards and day: nothing new unless something changed, and then at once."""

import hashlib
from collections.abc import Callable
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update

from collector.cards import gatebook, service
from collector.cards.publisher import GateBookPublisher
from collector.cards.sealing import Sealer
from collector.db import Database
from collector.fleet.service import commission, retire
from collector.models import Enrolment, Gate, GateBookRevision, IssuedCard, Shift
from tests.simulation.manual_clock import ManualClock
from tests.simulation.small_school import LONG_AGO, MONDAY, SmallSchool
from wire.codec import decode_gate_book, decode_manifest
from wire.messages import GateBook, Lane, Manifest
from wire.topics import Down, topic

MakeSchool = Callable[..., SmallSchool]
ZONE = ZoneInfo("Asia/Phnom_Penh")


class Gates:
    """A school with cards and two kiosks, and what its publisher sent."""

    def __init__(self, database: Database, clock: ManualClock, school: SmallSchool, sealer: Sealer) -> None:
        self.database, self.clock, self.school, self.sealer = database, clock, school, sealer
        self.sent: list[tuple[str, Manifest]] = []
        self.publisher = GateBookPublisher(database, clock, ZONE, self._publish)
        with database.transaction() as session:
            service.issue_to_school(session, sealer, school.school_id, today=MONDAY, now=LONG_AGO)
            for number, gate_id in enumerate(school.gate_ids, start=1):
                commission(session, f"kiosk-{number}", session.get_one(Gate, gate_id), Lane.IN, LONG_AGO)

    def _publish(self, name: str, payload: bytes, retain: bool) -> None:  # noqa: FBT001 - as the broker's client has it
        assert retain
        self.sent.append((name, decode_manifest(payload)))

    def news(self) -> list[tuple[str, Manifest]]:
        """Let the publisher look; return what it sent."""
        self.sent.clear()
        assert not self.publisher.step()
        return list(self.sent)

    def book(self) -> tuple[Manifest, GateBook]:
        """Return manifest and body in force."""
        with self.database.transaction() as session:
            stored = gatebook.refresh(session, self.school.school_id, self.clock.now(), ZONE)
            assert stored.sha256 == hashlib.sha256(stored.body).digest()
            return decode_manifest(stored.manifest), decode_gate_book(stored.body)

    def tags(self, *, revoked: bool) -> set[bytes]:
        """Return the tags of the register."""
        with self.database.reading() as session:
            has_end = IssuedCard.revoked_at.is_not(None)
            return set(session.scalars(select(IssuedCard.tag).where(has_end if revoked else ~has_end)))


def gates_of(database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer) -> Gates:
    return Gates(database, clock, make_school(gates=2, students=3), sealer)


def test_a_gate_book_holds_tags_bells_and_hours(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)

    manifest, book = gates.book()

    assert (manifest.revision, book.revision, manifest.revoked) == (1, 1, ())
    assert set(book.tags) == gates.tags(revoked=False)
    assert book.claim_at == (6 * 3600 + 48 * 60, 6 * 3600 + 52 * 60, 6 * 3600 + 55 * 60)
    assert book.hours == ((6 * 3600 + 10 * 60, 6 * 3600 + 55 * 60),)
    assert book.utc_offset_seconds == 7 * 3600


def test_the_revision_changes_only_with_the_content(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    first = gates.book()
    clock.advance(3600)

    assert gates.book() == first
    with database.transaction() as session:
        session.execute(update(Shift).values(late_after=time(6, 45)))
    assert gates.book()[0].revision == 2
    assert gates.book()[0].sha256 != first[0].sha256


def test_a_revoked_card_leaves_the_book_and_stands_in_the_manifest(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    gates.book()
    with database.transaction() as session:
        service.reissue(session, sealer, gates.school.student_ids[0], today=MONDAY, now=clock.now())

    manifest, book = gates.book()

    assert set(manifest.revoked) == gates.tags(revoked=True)
    assert set(book.tags) == gates.tags(revoked=False)
    assert len(book.tags) == 3
    assert manifest.revision == 2


def test_who_left_the_school_leaves_the_gate_book(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    with database.transaction() as session:
        session.execute(update(Enrolment).where(Enrolment.student_id == gates.school.student_ids[0]).values(
            valid_to=MONDAY + timedelta(days=1)
        ))  # fmt: skip
    assert len(gates.book()[1].tags) == 3

    clock.advance(24 * 3600)

    assert len(gates.book()[1].tags) == 2


def test_a_manifest_fits_a_message_however_many_cards_were_lost(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    lost = [
        {
            "student_id": gates.school.student_ids[0],
            "tag": number.to_bytes(8, "big"),
            "sealed_number": b"",
            "issued_at": LONG_AGO,
            "revoked_at": LONG_AGO + timedelta(minutes=number),
        }
        for number in range(1, 3_001)
    ]
    with database.transaction() as session:
        session.execute(insert(IssuedCard), lost)

    revoked = gates.book()[0].revoked

    assert len(revoked) == gatebook.MOST_REVOKED
    assert (3_000).to_bytes(8, "big") in revoked
    with database.reading() as session:
        assert len(gatebook.manifest_of(session, gates.school.school_id) or b"") < 20_000


def test_every_kiosk_is_told_once_and_anew_after_a_change(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)

    first = gates.news()
    assert [name for name, _ in first] == [topic(f"kiosk-{n}", Down.GATE_BOOK) for n in (1, 2)]
    assert gates.news() == []

    with database.transaction() as session:
        service.revoke(session, gates.school.student_ids[0], today=MONDAY, now=clock.now())
    assert [manifest.revision for _, manifest in gates.news()] == [2, 2]


def test_a_look_that_finds_nothing_new_writes_nothing(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    gates.news()
    seen = database.wait_for_change(-1, 0)

    gates.news()

    assert database.wait_for_change(-1, 0) == seen


def test_a_broker_that_was_away_is_told_everything_again(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    gates.news()

    gates.publisher.forget()

    assert len(gates.news()) == 2


def test_what_is_sent_while_the_broker_comes_back_is_sent_again(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates_of(database, clock, make_school, sealer)
    sent: list[str] = []

    def publish_as_the_broker_restarts(name: str, _payload: bytes, _retain: bool) -> None:  # noqa: FBT001 - as above
        sent.append(name)
        if len(sent) == 1:
            publisher.forget()

    publisher = GateBookPublisher(database, clock, ZONE, publish_as_the_broker_restarts)
    publisher.step()
    publisher.step()

    assert len(sent) == 4


def test_a_retired_kiosk_is_told_nothing(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    with database.transaction() as session:
        retire(session, "kiosk-1", clock.now())

    assert [name for name, _ in gates.news()] == [topic("kiosk-2", Down.GATE_BOOK)]


def test_a_school_is_told_of_its_own_cards_only(
    database: Database, clock: ManualClock, make_school: MakeSchool, sealer: Sealer
) -> None:
    gates = gates_of(database, clock, make_school, sealer)
    other = make_school(code="B", students=5)
    with database.transaction() as session:
        service.issue_to_school(session, sealer, other.school_id, today=MONDAY, now=LONG_AGO)

    assert len(gates.book()[1].tags) == 3
    gates.news()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(GateBookRevision)) == 2
