"""A kiosk as the collector's tables know it: what it recorded, what it delivered, what it claims.

For tests of decisions, which begin behind ingest. It is driven by physics: a tap happens at the gate, its row waits in
the kiosk until it is delivered, a claim says how many rows there are whether they were delivered or not.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from collector.db import Database
from collector.models import (
    Contact,
    Guardian,
    Guardianship,
    IssuedCard,
    Kiosk,
    KioskClaim,
    LedgerCommit,
    LedgerRange,
    Outbox,
    check_in,
    clock_anchor,
    sight_span,
)
from tests.simulation.manual_clock import MONDAY_0640, boot_id
from tests.simulation.small_school import LONG_AGO, SmallSchool
from wire.clock import to_ticks
from wire.messages import Batch, CheckIn, ClockQuality, Lane, Verdict

_TICKS_AT_0640 = 360_000
_TABLES = {"check_in": check_in, "sight_span": sight_span, "clock_anchor": clock_anchor}


def after(minutes: float) -> datetime:
    """Return so many minutes after 06:40."""
    return MONDAY_0640 + timedelta(minutes=minutes)


def ticks(moment: datetime) -> int:
    """Return the boot clock of every recorded kiosk at a moment."""
    return _TICKS_AT_0640 + round((moment - MONDAY_0640).total_seconds() * 100)


def tag_of(student_id: int, card: str = "first") -> bytes:
    """Return the tag of a student's card."""
    return hashlib.blake2b(f"{student_id}/{card}".encode(), digest_size=8).digest()


def give_card(
    database: Database,
    student_id: int,
    card: str = "first",
    *,
    handed_over_at: datetime | None = LONG_AGO,
    revoked_at: datetime | None = None,
) -> None:
    """Issue a card to a student."""
    with database.transaction() as session:
        session.add(
            IssuedCard(
                student_id=student_id,
                tag=tag_of(student_id, card),
                sealed_number=b"sealed",
                issued_at=LONG_AGO,
                handed_over_at=handed_over_at,
                revoked_at=revoked_at,
            )
        )


def give_guardian(
    database: Database, school: SmallSchool, student_id: int, address: str, channel: str = "preview"
) -> int:
    """Give a student a guardian with one contact that reads English; return the contact's id."""
    with database.transaction() as session:
        guardian = Guardian(school_id=school.school_id, name="Sok Chan")
        session.add(guardian)
        session.flush()
        contact = Contact(guardian_id=guardian.id, channel=channel, address=address, language="en")
        session.add_all(
            [contact, Guardianship(guardian_id=guardian.id, student_id=student_id, relation="mother")],
        )
        session.flush()
        return contact.id


@dataclass
class RecordedKiosk:
    """One kiosk with one outbox and one boot."""

    database: Database
    id: str
    gate_id: int
    lane: Lane = Lane.IN
    boot: bytes = field(default_factory=lambda: boot_id("first"))
    quality: ClockQuality = ClockQuality.UNTRUSTED
    wall_offset: int = to_ticks(MONDAY_0640) - _TICKS_AT_0640
    seq: int = 0
    pending: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox_id = hashlib.blake2b(self.id.encode(), digest_size=16).digest()
        with self.database.transaction() as session:
            session.add(
                Kiosk(
                    id=self.id,
                    gate_id=self.gate_id,
                    lane=self.lane,
                    commissioned_at=LONG_AGO,
                    is_online=True,
                    heard_at=MONDAY_0640,
                )
            )
            session.flush()
            session.add(Outbox(id=self.outbox_id, kiosk_id=self.id, revision=0, first_heard_at=LONG_AGO))

    def anchor(self, at: datetime = MONDAY_0640) -> None:
        """Learn the time."""
        utc_ms = round(at.timestamp() * 1000)
        self._record("clock_anchor", at, utc_ms=utc_ms, error_ms=10, source=int(ClockQuality.NTP))

    def watch(self, start: datetime, end: datetime) -> None:
        """See without a break."""
        self._record("sight_span", end, start_ticks=ticks(start), lane=int(self.lane))

    def tap(self, student_id: int, at: datetime, card: str = "first") -> None:
        """Record a student's card."""
        self._record("check_in", at, tag=tag_of(student_id, card), lane=int(self.lane), verdict=int(Verdict.KNOWN))

    def deliver(self, at: datetime) -> None:
        """Let all that waits arrive and be committed."""
        with self.database.transaction() as session:
            self.deliver_in(session, at)

    def deliver_in(self, session: Session, at: datetime) -> None:
        """Let all that waits arrive in this transaction."""
        rows, self.pending = self.pending, []
        if not rows:
            return
        for name, values in rows:
            session.execute(insert(_TABLES[name]).values(received_at=at, **values))
        outbox = session.get_one(Outbox, self.outbox_id)
        outbox.revision += 1
        held = session.get(LedgerRange, (self.outbox_id, 1))
        if held is None:
            session.add(LedgerRange(outbox_id=self.outbox_id, first=1, last=self.seq, kind="held", boot_id=self.boot))
        else:
            held.last = self.seq
        session.add(
            LedgerCommit(
                outbox_id=self.outbox_id,
                revision=outbox.revision,
                first=self.seq - len(rows) + 1,
                last=self.seq,
                received_at=at,
            )
        )

    def batch(self) -> Batch:
        """Take the check-ins that wait as the batch that carries them, for those who bring it to ingest themselves."""
        rows, self.pending = self.pending, []
        taps = [CheckIn(row["at_ticks"], row["tag"], Lane(row["lane"]), Verdict(row["verdict"])) for _, row in rows]
        first = self.seq - len(rows) + 1
        return Batch(self.outbox_id, first, self.boot, self.wall_offset, self.quality, tuple(taps))

    def claim(self, through: datetime, at: datetime | None = None) -> None:
        """Say that all that occurred through a moment has a seq of at most the last one."""
        with self.database.transaction() as session:
            session.add(
                KioskClaim(
                    outbox_id=self.outbox_id,
                    boot_id=self.boot,
                    through_ticks=ticks(through),
                    wall_offset=self.wall_offset,
                    quality=int(self.quality),
                    seq=self.seq,
                    row_boot_id=self.boot,
                    is_ended=False,
                    is_closed=False,
                    received_at=at or through + timedelta(seconds=2),
                    clock_error_seconds=0.0,
                )
            )

    def work_through(self, end: datetime, start: datetime = MONDAY_0640) -> None:
        """Know the time, see all the while, deliver everything and claim it."""
        self.anchor(start)
        self.watch(start - timedelta(seconds=1), end)
        self.deliver(end + timedelta(seconds=1))
        self.claim(end)

    def _record(self, table: str, at: datetime, **values: object) -> None:
        self.seq += 1
        common: dict[str, Any] = {
            "outbox_id": self.outbox_id,
            "seq": self.seq,
            "boot_id": self.boot,
            "at_ticks": ticks(at),
            "wall_offset": self.wall_offset,
            "quality": int(self.quality),
        }
        self.pending.append((table, {**common, **values}))
