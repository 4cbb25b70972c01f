"""What the database knows of kiosks, read for the pure rules beside it. It judges nothing."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from collector.fleet import timeline
from collector.fleet.claims import ClaimFact, LedgerFact, RangeFact
from collector.fleet.timeline import Anchor
from collector.models import (
    Declaration,
    FollowerCursor,
    Kiosk,
    KioskClaim,
    LedgerCommit,
    LedgerRange,
    Outbox,
    Quarantined,
    clock_anchor,
    sight_span,
)
from wire.messages import ClockQuality

READER = "attendance"
"""The follower whose cursor says which rows have been read."""
_LOST = "lost"
_ALL_READ = 2**62

Sight = tuple[bytes, int, int]
"""Boot id, first and last boot tick."""


def kiosks_at(session: Session, gate_ids: Collection[int]) -> list[Kiosk]:
    """Return the kiosks that are or were at these gates."""
    return list(session.scalars(select(Kiosk).where(Kiosk.gate_id.in_(gate_ids)).order_by(Kiosk.id)))


def outboxes_of(session: Session, kiosk_ids: Collection[str]) -> list[Outbox]:
    """Return all outboxes of these kiosks, the ended ones too."""
    return list(session.scalars(select(Outbox).where(Outbox.kiosk_id.in_(kiosk_ids)).order_by(Outbox.first_heard_at)))


def declarations_at(session: Session, gate_ids: Collection[int]) -> list[Declaration]:
    """Return what people say of these gates and did not withdraw."""
    wanted = select(Declaration).where(Declaration.gate_id.in_(gate_ids), Declaration.withdrawn_at.is_(None))
    return list(session.scalars(wanted))


def anchors_of(session: Session, outbox_id: bytes, boot_id: bytes) -> list[Anchor]:
    """Return the synchronised moments of a boot, from whichever outbox of the same kiosk they came."""
    kiosk_id = select(Outbox.kiosk_id).where(Outbox.id == outbox_id).scalar_subquery()
    of_kiosk = select(Outbox.id).where(Outbox.kiosk_id == kiosk_id)
    columns = clock_anchor.c
    wanted = select(columns.at_ticks, columns.utc_ms, columns.error_ms, columns.received_at).where(
        columns.boot_id == boot_id, columns.outbox_id.in_(of_kiosk), columns.source > ClockQuality.UNTRUSTED
    )
    return [Anchor(*row) for row in session.execute(wanted)]


class Anchors:
    """The anchors of boots, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[bytes, bytes], list[Anchor]] = {}

    def of(self, outbox_id: bytes, boot_id: bytes) -> list[Anchor]:
        """Return the anchors of a boot."""
        key = (outbox_id, boot_id)
        if key not in self._known:
            self._known[key] = anchors_of(self._session, outbox_id, boot_id)
        return self._known[key]


def claims_since(session: Session, outbox_id: bytes, since: datetime, anchors: Anchors) -> list[ClaimFact]:
    """Return the claims that arrived since a moment, in order, and before them the one that ended the outbox."""
    of_outbox = select(KioskClaim).where(KioskClaim.outbox_id == outbox_id)
    recent = list(session.scalars(of_outbox.where(KioskClaim.received_at >= since).order_by(KioskClaim.id)))
    ended = of_outbox.where(KioskClaim.is_ended, KioskClaim.received_at < since)
    last_word = session.scalar(ended.order_by(KioskClaim.id.desc()).limit(1))
    return [_fact(claim, anchors) for claim in [*([last_word] if last_word else []), *recent]]


def claims_around(session: Session, outbox_id: bytes, first: int, last: int, anchors: Anchors) -> list[ClaimFact]:
    """Return the last claim from before these seqs and the first one that includes them."""
    of_outbox = select(KioskClaim).where(KioskClaim.outbox_id == outbox_id)
    before = of_outbox.where(KioskClaim.seq < first).order_by(KioskClaim.id.desc()).limit(1)
    after = of_outbox.where(KioskClaim.seq >= last).order_by(KioskClaim.id).limit(1)
    found = [session.scalar(before), session.scalar(after)]
    return [_fact(claim, anchors) for claim in found if claim is not None]


def ledger_of(session: Session, outbox_id: bytes) -> LedgerFact:
    """Return a ledger, and how far attendance has read it."""
    ranges = session.execute(
        select(LedgerRange.first, LedgerRange.last, LedgerRange.boot_id, LedgerRange.kind == _LOST)
        .where(LedgerRange.outbox_id == outbox_id)
        .order_by(LedgerRange.first)
    )
    cursor = session.scalar(
        select(FollowerCursor.revision).where(FollowerCursor.follower == READER, FollowerCursor.outbox_id == outbox_id)
    )
    unread = session.scalar(
        select(func.min(LedgerCommit.first)).where(
            LedgerCommit.outbox_id == outbox_id, LedgerCommit.revision > (cursor or 0)
        )
    )
    return LedgerFact(tuple(RangeFact(*row) for row in ranges), _ALL_READ if unread is None else unread - 1)


def sight_since(session: Session, outbox_ids: Collection[bytes], since: datetime, lanes: Iterable[int]) -> list[Sight]:
    """Return the sight spans of these lanes that arrived since a moment: all that can reach beyond it."""
    columns = sight_span.c
    wanted = select(columns.boot_id, columns.start_ticks, columns.at_ticks).where(
        columns.outbox_id.in_(outbox_ids), columns.received_at >= since, columns.lane.in_(list(lanes))
    )
    return [(boot, start, end) for boot, start, end in session.execute(wanted)]


def unresolved_rows(session: Session, outbox_id: bytes) -> list[tuple[int, datetime]]:
    """Return seq and arrival of the quarantined rows of an outbox that no person has resolved."""
    wanted = select(Quarantined.seq, Quarantined.received_at).where(
        Quarantined.outbox_id == outbox_id, Quarantined.seq.is_not(None), Quarantined.resolved_at.is_(None)
    )
    return [(seq, at) for seq, at in session.execute(wanted) if seq is not None]


def _fact(claim: KioskClaim, anchors: Anchors) -> ClaimFact:
    through_at = timeline.surely_by(
        claim.through_ticks,
        claim.wall_offset,
        claim.clock_error_seconds,
        anchors.of(claim.outbox_id, claim.boot_id),
        claim.received_at,
    )
    return ClaimFact(
        through_at, claim.seq, claim.row_boot_id, claim.boot_id, claim.received_at, claim.is_ended, claim.is_closed
    )


def merged_ticks(spans: Sequence[Sight]) -> dict[bytes, list[tuple[int, int]]]:
    """Join the spans of each boot that touch, or lie one tick apart, as they do where a claim cut them. Pure."""
    of_boot: dict[bytes, list[tuple[int, int]]] = {}
    for boot, start, end in sorted(spans):
        whole = of_boot.setdefault(boot, [])
        if whole and start <= whole[-1][1] + 1:
            whole[-1] = whole[-1][0], max(whole[-1][1], end)
        else:
            whole.append((start, end))
    return of_boot
