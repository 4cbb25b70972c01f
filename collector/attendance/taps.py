"""Makes of a check-in a student's tap: whose card, at which gate, in which interval of time.

A student tap is derived and can be remade: a clock anchor that comes later narrows the interval of every tap of its
boot. A tag that no register knows is nobody's tap; the check-in itself stays.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from collector.db import insert_into
from collector.fleet import timeline
from collector.fleet.claims import bounds_of
from collector.fleet.repository import Anchors, claims_around
from collector.models import IssuedCard, Kiosk, Outbox, Student, StudentTap
from wire.messages import ClockQuality

_TABLE = StudentTap.metadata.tables["student_tap"]
_SOME = 500


@dataclass(frozen=True, slots=True)
class Resolved:
    """A row of `student_tap`."""

    outbox_id: bytes
    seq: int
    student_id: int
    card_id: int
    kiosk_id: str
    gate_id: int
    boot_id: bytes
    at_ticks: int
    wall_offset: int
    quality: int
    lane: int
    is_revoked: bool
    earliest_at: datetime
    latest_at: datetime
    received_at: datetime


class Resolver:
    """Resolves taps of one outbox with all anchors and cards known in this transaction."""

    def __init__(self, session: Session, outbox: Outbox) -> None:
        self._session = session
        self._outbox_id = outbox.id
        self._kiosk = session.get_one(Kiosk, outbox.kiosk_id)
        self._anchors = Anchors(session)

    def resolve(self, rows: Sequence[Row[tuple[Any, ...]]]) -> list[Resolved]:
        """Resolve rows of `check_in`; those of unknown cards are left out."""
        cards = _cards(self._session, {row.tag for row in rows})
        return [self._resolved(row, cards[row.tag]) for row in rows if row.tag in cards]

    def resolve_again(self, tap: Resolved, card: IssuedCard) -> Resolved:
        """Return a stored tap with the interval that today's anchors give it."""
        earliest_at, latest_at = self._interval(tap, card)
        is_revoked = _is_revoked(card, latest_at)
        return replace(tap, earliest_at=earliest_at, latest_at=latest_at, is_revoked=is_revoked)

    def _resolved(self, row: Row[tuple[Any, ...]], card: IssuedCard) -> Resolved:
        bare = Resolved(
            outbox_id=self._outbox_id,
            seq=row.seq,
            student_id=card.student_id,
            card_id=card.id,
            kiosk_id=self._kiosk.id,
            gate_id=self._kiosk.gate_id,
            boot_id=row.boot_id,
            at_ticks=row.at_ticks,
            wall_offset=row.wall_offset,
            quality=row.quality,
            lane=row.lane,
            is_revoked=False,
            earliest_at=row.received_at,
            latest_at=row.received_at,
            received_at=row.received_at,
        )
        return self.resolve_again(bare, card)

    def _interval(self, tap: Resolved, card: IssuedCard) -> tuple[datetime, datetime]:
        """A tap is not older than its kiosk, its card, or a moment through which its outbox claimed fewer rows."""
        anchors = self._anchors.of(self._outbox_id, tap.boot_id)
        not_before = max(self._kiosk.commissioned_at, card.issued_at)
        if not anchors and tap.quality != ClockQuality.NTP:
            not_before = max(not_before, self._claimed_before(tap))
        quality = ClockQuality(tap.quality)
        return timeline.resolve(tap.at_ticks, tap.wall_offset, quality, anchors, tap.received_at, not_before)

    def _claimed_before(self, tap: Resolved) -> datetime:
        claims = claims_around(self._session, tap.outbox_id, tap.seq, tap.seq, self._anchors)
        return bounds_of(tap.seq, tap.seq, claims, None)[0]


def stirred_by(session: Session, outbox: Outbox, boot_ids: Collection[bytes]) -> list[tuple[Resolved, IssuedCard]]:
    """Return the stored taps of a kiosk that anchors of these boots may move, with their cards.

    These are the taps of the boots themselves, and all that are not dated yet: an anchor also dates claims.
    """
    of_kiosk = select(Outbox.id).where(Outbox.kiosk_id == outbox.kiosk_id)
    is_undated = _TABLE.c.latest_at == _TABLE.c.received_at
    wanted = (
        select(*_TABLE.columns, IssuedCard)
        .join(IssuedCard, IssuedCard.id == _TABLE.c.card_id)
        .where(_TABLE.c.outbox_id.in_(of_kiosk), _TABLE.c.boot_id.in_(boot_ids) | is_undated)
        .order_by(_TABLE.c.outbox_id, _TABLE.c.seq)
    )
    return [(Resolved(*row[:-1]), row[-1]) for row in session.execute(wanted)]


def store(session: Session, taps: Sequence[Resolved]) -> None:
    """Store taps; one that is known is replaced."""
    if not taps:
        return
    statement = insert_into(session, _TABLE)
    changed = {name: statement.excluded[name] for name in ("earliest_at", "latest_at", "is_revoked", "gate_id")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["outbox_id", "seq"], set_=changed), [asdict(t) for t in taps]
    )


def schools_of(session: Session, students: Iterable[int]) -> dict[int, int]:
    """Return student id -> school id."""
    found: dict[int, int] = {}
    wanted = sorted(students)
    for first in range(0, len(wanted), _SOME):
        some = select(Student.id, Student.school_id).where(Student.id.in_(wanted[first : first + _SOME]))
        found.update(session.execute(some).all())
    return found


def _cards(session: Session, tags: set[bytes]) -> dict[bytes, IssuedCard]:
    found: dict[bytes, IssuedCard] = {}
    wanted = sorted(tags)
    for first in range(0, len(wanted), _SOME):
        some = select(IssuedCard).where(IssuedCard.tag.in_(wanted[first : first + _SOME]))
        found.update({card.tag: card for card in session.scalars(some)})
    return found


def _is_revoked(card: IssuedCard, latest_at: datetime) -> bool:
    return card.revoked_at is not None and card.revoked_at <= latest_at
