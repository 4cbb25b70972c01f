"""Follows the ledgers and makes of each check-in a student's tap, so that marks can be recomputed from taps alone.

It reads each outbox's ledger by a cursor of its own, in the order of the ledger's revision, and commits the cursor
together with the taps and the dirty marks: killed anywhere, it begins where it stood. It decides nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Table, func, select
from sqlalchemy.orm import Session

from collector.attendance import taps
from collector.attendance.taps import Resolved, Resolver
from collector.db import Database, insert_into
from collector.models import FollowerCursor, LedgerCommit, Outbox, SchoolSession, check_in, clock_anchor, mark_dirty
from collector.schedule.service import ensure_sessions, local_day, sessions_of

FOLLOWER = "attendance"
_COMMITS_A_STEP = 200
_ROWS_A_STEP = 5000
"""Of one outbox; a single larger commit is read whole."""
_OUTBOXES_A_STEP = 5
_SURE_DAYS = 2
_LONGEST_DAYS = 31
"""An interval over more days than this marks only its last days: the rest is long settled."""

_CURSOR = FollowerCursor.metadata.tables["follower_cursor"]


class Follower:
    """Turns new ledger commits into student taps and dirty marks."""

    def __init__(self, database: Database, zone: ZoneInfo, on_dirty: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._zone = zone
        self._on_dirty = on_dirty

    def step(self) -> bool:
        """Read on in the outboxes that have news; tell whether there were any."""
        with self._database.reading() as session:
            behind = _behind(session)
        if not behind:
            return False
        with self._database.transaction() as session:
            for outbox_id in behind:
                _Reading(session, outbox_id, self._zone).advance()
        self._on_dirty()
        return True


def _behind(session: Session) -> list[bytes]:
    """Return outboxes whose ledger is ahead of the cursor."""
    cursor = (FollowerCursor.outbox_id == Outbox.id) & (FollowerCursor.follower == FOLLOWER)
    wanted = (
        select(Outbox.id)
        .outerjoin(FollowerCursor, cursor)
        .where(FollowerCursor.revision.is_(None) | (FollowerCursor.revision < Outbox.revision))
    )
    return list(session.scalars(wanted.where(Outbox.revision > 0).order_by(Outbox.id).limit(_OUTBOXES_A_STEP)))


@dataclass
class _Reading:
    """One advance of one outbox's cursor."""

    session: Session
    outbox_id: bytes
    zone: ZoneInfo

    def advance(self) -> None:
        """Resolve what was committed since, re-resolve boots that got an anchor, move the cursor."""
        outbox = self.session.get_one(Outbox, self.outbox_id, with_for_update=True)
        cursor = self.session.get(FollowerCursor, (FOLLOWER, self.outbox_id))
        commits = self._commits(cursor.revision if cursor is not None else 0)
        resolver = Resolver(self.session, outbox)
        fresh = resolver.resolve([row for commit in commits for row in self._rows(check_in, commit)])
        anchored = {row.boot_id for commit in commits for row in self._rows(clock_anchor, commit)}
        moved = self._moved(resolver, outbox, anchored) if anchored else []
        taps.store(self.session, [*fresh, *(new for _, new in moved)])
        self._mark([*fresh, *(tap for pair in moved for tap in pair)])
        self._set_cursor(max((commit.revision for commit in commits), default=outbox.revision))

    def _commits(self, seen: int) -> Sequence[LedgerCommit]:
        mine = (LedgerCommit.outbox_id == self.outbox_id) & (LedgerCommit.revision > seen)
        rows = func.sum(LedgerCommit.last - LedgerCommit.first + 1)
        some = select(LedgerCommit.revision, rows).where(mine).group_by(LedgerCommit.revision)
        ahead = self.session.execute(some.order_by(LedgerCommit.revision).limit(_COMMITS_A_STEP)).all()
        last, total = seen, 0
        for revision, count in ahead:
            if total and total + count > _ROWS_A_STEP:
                break
            last, total = revision, total + count
        wanted = select(LedgerCommit).where(mine, LedgerCommit.revision <= last)
        return self.session.scalars(wanted.order_by(LedgerCommit.revision, LedgerCommit.first)).all()

    def _rows(self, table: Table, commit: LedgerCommit) -> Sequence[Row[tuple[Any, ...]]]:
        """All rows of a commit share `received_at`: its index finds them."""
        wanted = select(table).where(
            table.c.received_at == commit.received_at,
            table.c.outbox_id == commit.outbox_id,
            table.c.seq.between(commit.first, commit.last),
        )
        return self.session.execute(wanted.order_by(table.c.seq)).all()

    def _moved(self, resolver: Resolver, outbox: Outbox, boots: set[bytes]) -> list[tuple[Resolved, Resolved]]:
        """Return (as stored, as it is now) of the taps whose interval the anchors of these boots changed."""
        stored = taps.stirred_by(self.session, outbox, boots)
        again = [(tap, resolver.resolve_again(tap, card)) for tap, card in stored]
        return [(old, new) for old, new in again if old != new]

    def _mark(self, touched: Sequence[Resolved]) -> None:
        """Mark every school session that a tap's interval may be an arrival in."""
        schools = taps.schools_of(self.session, {tap.student_id for tap in touched})
        half_days: dict[tuple[int, date, bool], list[SchoolSession]] = {}
        pairs: set[tuple[int, int]] = set()
        for tap in touched:
            days = list(_days(tap, self.zone))
            for day in days:
                key = (schools[tap.student_id], day, len(days) <= _SURE_DAYS)
                if key not in half_days:
                    half_days[key] = self._half_days(*key)
                pairs |= {(tap.student_id, one.id) for one in half_days[key] if one.closes_at >= tap.earliest_at}
        mark_dirty(self.session, pairs)

    def _half_days(self, school_id: int, day: date, is_sure: bool) -> list[SchoolSession]:  # noqa: FBT001 - of a key
        """Make a tap's school sessions if need be; an interval over many days makes none where nobody asked yet."""
        if is_sure:
            return ensure_sessions(self.session, school_id, day, self.zone)
        return sessions_of(self.session, school_id, day)

    def _set_cursor(self, revision: int) -> None:
        row = {"follower": FOLLOWER, "outbox_id": self.outbox_id, "revision": revision}
        statement = insert_into(self.session, _CURSOR).values(row)
        keys = ["follower", "outbox_id"]
        self.session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"revision": revision}))


def _days(tap: Resolved, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days of a tap's interval, the last ones if there are too many."""
    last = local_day(tap.latest_at, zone)
    first = max(local_day(tap.earliest_at, zone), last - timedelta(days=_LONGEST_DAYS - 1))
    for past in range((last - first).days + 1):
        yield first + timedelta(days=past)
