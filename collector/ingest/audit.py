"""Proof that the ledger is the constraint: the rows of each outbox are those of its ranges, each exactly once.

There is no unique index on what kiosks delivered, so this is what would find a mistake of ours. It changes nothing.
"""

from collections.abc import Iterator

from sqlalchemy import Executable, and_, func, not_, select, union_all
from sqlalchemy.orm import Session, aliased

from collector.ingest.rules import HELD, QUARANTINED
from collector.models import LedgerCommit, LedgerRange, Quarantined, check_in, clock_anchor, sight_span

_FACTS = union_all(
    *(select(table.c.outbox_id, table.c.boot_id, table.c.seq) for table in (check_in, sight_span, clock_anchor))
).subquery()


def audit(session: Session) -> list[str]:
    """Return what is wrong, a sentence each; an empty list when every row is there exactly once."""
    return [*_sizes(session), *_strays(session), *_overlaps(session), *_uncommitted(session)]


def _sizes(session: Session) -> Iterator[str]:
    stored = _by_outbox(session, select(_FACTS.c.outbox_id, func.count()).group_by(_FACTS.c.outbox_id))
    once = select(_FACTS.c.outbox_id, _FACTS.c.seq).distinct().subquery()
    distinct = _by_outbox(session, select(once.c.outbox_id, func.count()).group_by(once.c.outbox_id))
    aside = _by_outbox(
        session,
        select(Quarantined.outbox_id, func.count(Quarantined.seq.distinct()))
        .where(Quarantined.seq.is_not(None))
        .group_by(Quarantined.outbox_id),
    )
    held, quarantined = _range_sizes(session, HELD), _range_sizes(session, QUARANTINED)
    for outbox_id in sorted(stored.keys() | held.keys() | aside.keys() | quarantined.keys()):
        name = outbox_id.hex()[:8]
        rows, seqs, size = stored.get(outbox_id, 0), distinct.get(outbox_id, 0), held.get(outbox_id, 0)
        if rows != seqs:
            yield f"Outbox {name} has {rows} rows of only {seqs} seqs: some are stored twice."
        if seqs != size:
            yield f"Outbox {name} has rows of {seqs} seqs, but its ledger holds {size}."
        if aside.get(outbox_id, 0) != quarantined.get(outbox_id, 0):
            yield f"Outbox {name} has {aside.get(outbox_id, 0)} quarantined rows, not as many as its ledger says."


def _strays(session: Session) -> Iterator[str]:
    within = and_(
        LedgerRange.outbox_id == _FACTS.c.outbox_id,
        LedgerRange.boot_id == _FACTS.c.boot_id,
        LedgerRange.kind == HELD,
        LedgerRange.first <= _FACTS.c.seq,
        LedgerRange.last >= _FACTS.c.seq,
    )
    outside = select(_FACTS.c.outbox_id, func.count()).where(not_(select(LedgerRange.first).where(within).exists()))
    for outbox_id, count in _by_outbox(session, outside.group_by(_FACTS.c.outbox_id)).items():
        yield f"Outbox {outbox_id.hex()[:8]} has {count} rows that no range of its ledger holds."


def _overlaps(session: Session) -> Iterator[str]:
    other = aliased(LedgerRange)
    pairs = select(LedgerRange.outbox_id, LedgerRange.first).join(
        other,
        and_(
            other.outbox_id == LedgerRange.outbox_id,
            other.first > LedgerRange.first,
            other.first <= LedgerRange.last,
        ),
    )
    for outbox_id, first in session.execute(pairs):
        yield f"Outbox {outbox_id.hex()[:8]} has ranges that overlap after seq {first}."


def _uncommitted(session: Session) -> Iterator[str]:
    told = _by_outbox(
        session,
        select(LedgerCommit.outbox_id, func.sum(LedgerCommit.last - LedgerCommit.first + 1)).group_by(
            LedgerCommit.outbox_id
        ),
    )
    held, quarantined = _range_sizes(session, HELD), _range_sizes(session, QUARANTINED)
    for outbox_id in sorted(held.keys() | quarantined.keys()):
        size = held.get(outbox_id, 0) + quarantined.get(outbox_id, 0)
        if told.get(outbox_id, 0) != size:
            count = told.get(outbox_id, 0)
            yield f"Outbox {outbox_id.hex()[:8]} holds {size} seqs, but followers were told of {count}."


def _range_sizes(session: Session, kind: str) -> dict[bytes, int]:
    size = func.sum(LedgerRange.last - LedgerRange.first + 1)
    return _by_outbox(
        session,
        select(LedgerRange.outbox_id, size).where(LedgerRange.kind == kind).group_by(LedgerRange.outbox_id),
    )


def _by_outbox(session: Session, query: Executable) -> dict[bytes, int]:
    return {outbox_id: int(count) for outbox_id, count in session.execute(query) if outbox_id is not None}
