"""Ledgers as they lie in the database: locked, read around a batch, written back as the difference.

The lock is the outbox's row (on SQLite the transaction itself). What a batch means is in `rules`.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from collector.db import insert_into
from collector.ingest.rules import LedgerPart
from collector.models import CollectorIdentity, LedgerCommit, LedgerRange, Outbox
from wire.messages import SeqRange

_LEDGER_ID_BYTES = 16


def ledger_id(session: Session, now: datetime) -> bytes:
    """Return the id of this database's ledgers, made with its first commit."""
    identity = session.scalar(select(CollectorIdentity))
    if identity is None:
        identity = CollectorIdentity(ledger_id=secrets.token_bytes(_LEDGER_ID_BYTES), created_at=now)
        session.add(identity)
        session.flush()
    return identity.ledger_id


def lock_outboxes(session: Session, owners: dict[bytes, str], now: datetime) -> dict[bytes, Outbox]:
    """Lock the outboxes of these ids, in id order; one that is new belongs to the kiosk given with it."""
    table = Outbox.metadata.tables["outbox"]
    found = _locked(session, owners)
    missing = [
        {"id": outbox_id, "kiosk_id": owners[outbox_id], "revision": 0, "first_heard_at": now}
        for outbox_id in sorted(owners.keys() - found.keys())
    ]
    if not missing:
        return found
    session.execute(insert_into(session, table).on_conflict_do_nothing(), missing)
    return _locked(session, owners)


def _locked(session: Session, ids: Iterable[bytes]) -> dict[bytes, Outbox]:
    wanted = select(Outbox).where(Outbox.id.in_(sorted(ids))).order_by(Outbox.id).with_for_update()
    return {outbox.id: outbox for outbox in session.scalars(wanted)}


def parts_around(session: Session, outbox_id: bytes, first: int, last: int) -> list[LedgerPart]:
    """Return the parts of a ledger that overlap or touch these seqs, in order."""
    wanted = (
        select(LedgerRange.first, LedgerRange.last, LedgerRange.kind, LedgerRange.boot_id)
        .where(LedgerRange.outbox_id == outbox_id, LedgerRange.first <= last + 1, LedgerRange.last >= first - 1)
        .order_by(LedgerRange.first)
    )
    return [LedgerPart(*row) for row in session.execute(wanted)]


class LedgerChanges:
    """What a transaction changes in all of its ledgers, written in as few statements as there are tables."""

    def __init__(self) -> None:
        self._gone: list[tuple[bytes, int]] = []
        self._ranges: list[dict[str, object]] = []
        self._commits: list[dict[str, object]] = []

    def note(
        self, outbox: Outbox, before: list[LedgerPart], after: list[LedgerPart], fresh: list[SeqRange], now: datetime
    ) -> None:
        """Advance the ledger of one locked outbox by one revision."""
        outbox.revision += 1
        self._gone += [(outbox.id, part.first) for part in set(before) - set(after)]
        self._ranges += [
            {"outbox_id": outbox.id, "first": new.first, "last": new.last, "kind": new.kind, "boot_id": new.boot_id}
            for new in set(after) - set(before)
        ]
        self._commits += [
            {"outbox_id": outbox.id, "revision": outbox.revision, "first": part.first, "last": part.last,
             "received_at": now}
            for part in fresh
        ]  # fmt: skip

    def write(self, session: Session) -> None:
        """Write it all."""
        for outbox_id, first in self._gone:
            session.execute(delete(LedgerRange).where(LedgerRange.outbox_id == outbox_id, LedgerRange.first == first))
        if self._ranges:
            session.execute(insert(LedgerRange), self._ranges)
        if self._commits:
            session.execute(insert(LedgerCommit), self._commits)
        session.flush()


def held_parts(session: Session, outbox_id: bytes, boots: set[bytes], first: int, last: int) -> list[LedgerPart]:
    """Return what is accounted for around these seqs under these boots, in order."""
    return [part for part in parts_around(session, outbox_id, first, last) if part.boot_id in boots]
