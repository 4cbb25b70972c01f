"""A morning as its collector sees it: rows and heartbeats arrive at the time of the clock and are read at once.

Moments are minutes after the doors opened. It uses the collector's own writer, and the real database of a test.
"""

from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import func, select

from collector.db import Database, insert_into
from collector.fleet import service
from collector.fleet.views import GateView
from collector.ingest import writer
from collector.ingest.subscriber import Arrival, Message
from collector.models import FollowerCursor, Gate, LedgerCommit, SchoolSession
from tests.simulation.manual_clock import MONDAY_0640, ManualClock, boot_id
from tests.simulation.small_kiosk import OPENS_TICKS, WALL_OFFSET, Writing, outbox_id
from tests.simulation.small_school import LONG_AGO, MONDAY, SmallSchool
from wire.messages import BadRow, Claim, ClockAnchor, ClockQuality, Heartbeat, Lane, Row, SightSpan
from wire.topics import Up

MINUTE = 6000


def tick(minutes: float) -> int:
    """Return the boot clock so many minutes after the doors opened."""
    return OPENS_TICKS + round(minutes * MINUTE)


def anchor(minutes: float) -> ClockAnchor:
    """Return an anchor that is right within 50 ms."""
    return ClockAnchor(tick(minutes), (tick(minutes) + WALL_OFFSET) * 10, 50, ClockQuality.NTP)


def sight(start: float, end: float, lane: Lane = Lane.IN) -> SightSpan:
    """Return a sight span in minutes after the doors opened."""
    return SightSpan(tick(start), tick(end), lane)


class Morning:
    """A school with one gate and a kiosk whose every message arrives at the time of the clock."""

    def __init__(self, database: Database, clock: ManualClock, school: SmallSchool) -> None:
        self.database, self.clock, self.school = database, clock, school
        with database.transaction() as session:
            for number, gate_id in enumerate(school.gate_ids, 1):
                service.commission(session, f"kio-{number}", session.get_one(Gate, gate_id), Lane.IN, LONG_AGO)

    def at(self, minutes: float) -> Self:
        """Move the clock to so many minutes after the doors opened."""
        self.clock.advance((MONDAY_0640 + timedelta(minutes=minutes) - self.clock.now()).total_seconds())
        return self

    def take(self, message: Message, kiosk: str = "kio-1", *, is_read: bool = True) -> None:
        """Let a message arrive, and attendance read what it brought."""
        with self.database.transaction() as session:
            arrival = Arrival(kiosk, Up.ROWS, b"payload", message, self.clock.now(), lambda: None)
            writer.write(session, [arrival], self.clock.now())
        if is_read:
            self.read()

    def rows(self, first: int, *rows: Row | BadRow, kiosk: str = "kio-1", boot: str = "first") -> None:
        """Let rows arrive."""
        self.take(Writing(f"box of {kiosk}", boot).of(first, rows), kiosk)

    def beat(self, minutes: float, seq: int, *, kiosk: str = "kio-1", boot: str = "first", **more: bool) -> None:
        """Let a heartbeat arrive with the claim of so many minutes."""
        claim = Claim(outbox_id(f"box of {kiosk}"), tick(minutes), seq, boot_id(boot), **more)
        self.take(heartbeat(claim, sent=tick(self._minutes())), kiosk)

    def read(self) -> None:
        """Put the attendance cursor of every outbox at its end."""
        with self.database.transaction() as session:
            newest = select(LedgerCommit.outbox_id, func.max(LedgerCommit.revision)).group_by(LedgerCommit.outbox_id)
            for box, revision in session.execute(newest).all():
                cursor = {"follower": "attendance", "outbox_id": box, "revision": revision}
                table = FollowerCursor.metadata.tables["follower_cursor"]
                upsert = insert_into(session, table).values(cursor)
                session.execute(
                    upsert.on_conflict_do_update(index_elements=["follower", "outbox_id"], set_={"revision": revision})
                )

    def silence(self, lane: Lane = Lane.IN, until: datetime | None = None) -> service.Silence:
        """Return what silence is worth at all gates, to the cutoff."""
        with self.database.reading() as session:
            half_day = session.get_one(SchoolSession, self.school.half_day_id)
            return service.silence(session, half_day, None, until or half_day.cutoff_at, lane, self.clock.now())

    def gate(self) -> GateView:
        """Return the first gate as a page shows it."""
        with self.database.reading() as session:
            return service.gate_views(session, self.school.school_id, MONDAY, self.clock.now())[0]

    def _minutes(self) -> float:
        return (self.clock.now() - MONDAY_0640).total_seconds() / 60


def heartbeat(*claims: Claim, sent: int, offset: int = WALL_OFFSET, boot: str = "first") -> Heartbeat:
    """Return a heartbeat of these claims, sent at a boot tick."""
    return Heartbeat(
        boot_id(boot), sent, offset, ClockQuality.NTP, claims, backlog=0, oldest_kept_seq=1, sighted=True,
        frames_per_second=15.0, taps=1, refusals=0, disk_free_bytes=10**9, gate_book_revision=1, version="0.1.0",
    )  # fmt: skip
