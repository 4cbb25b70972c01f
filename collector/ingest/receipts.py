"""Receipts: the only word on which a kiosk lets go of a row, given after the commit and from what was committed.

At most one flush a kiosk and two clock seconds, except that a fork is told at once. A receipt that is lost costs
nothing: the kiosk sends again and is answered again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from collector.broker import BrokerClient
from collector.db import Database
from collector.ingest import repository
from collector.ingest.ledgers import Answer
from collector.ingest.rules import HELD, LedgerPart, joined, span_union
from collector.models import Outbox
from wire.clock import Clock
from wire.codec import encode_receipt
from wire.envelope import MAX_ITEMS
from wire.messages import ClockQuality, HeldRange, Receipt, SeqRange
from wire.topics import Down, topic

_COALESCED = timedelta(seconds=2)


@dataclass
class _Owed:
    first: int
    last: int
    boots: set[bytes] = field(default_factory=set)
    forked: list[SeqRange] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        self.first, self.last = min(self.first, answer.first), max(self.last, answer.last)
        self.boots.add(answer.boot_id)
        self.forked += answer.forked


class Receipts:
    """What is owed to each kiosk, and when it was last answered."""

    def __init__(self, database: Database, clock: Clock, client: BrokerClient) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._owed: dict[str, dict[bytes, _Owed]] = {}
        self._answered_at: dict[str, datetime] = {}

    def owe(self, answers: Iterable[Answer]) -> None:
        """Note what was committed."""
        for answer in answers:
            of_kiosk = self._owed.setdefault(answer.kiosk_id, {})
            of_kiosk.setdefault(answer.outbox_id, _Owed(answer.first, answer.last)).add(answer)

    def send_due(self) -> None:
        """Send to each kiosk that is owed and was not answered in the last two seconds, or has a fork."""
        now = self._clock.now()
        due = [kiosk_id for kiosk_id in self._owed if self._is_due(kiosk_id, now)]
        if not due:
            return
        with self._database.reading() as session:
            ledger_id = repository.ledger_id(session, now)
            receipts = [
                (kiosk_id, self._receipt(session, ledger_id, outbox_id, owed, now))
                for kiosk_id in due
                for outbox_id, owed in self._owed[kiosk_id].items()
            ]
        for kiosk_id, receipt in receipts:
            self._client.publish(topic(kiosk_id, Down.RECEIPT), encode_receipt(receipt))
        for kiosk_id in due:
            del self._owed[kiosk_id]
            self._answered_at[kiosk_id] = now

    def _is_due(self, kiosk_id: str, now: datetime) -> bool:
        answered_at = self._answered_at.get(kiosk_id)
        is_forked = any(owed.forked for owed in self._owed[kiosk_id].values())
        return is_forked or answered_at is None or not answered_at <= now < answered_at + _COALESCED

    def _receipt(self, session: Session, ledger_id: bytes, outbox_id: bytes, owed: _Owed, now: datetime) -> Receipt:
        outbox = session.get_one(Outbox, outbox_id)
        parts = repository.held_parts(session, outbox_id, owed.boots, owed.first, owed.last)
        is_synchronised = self._clock.quality() == ClockQuality.NTP
        return Receipt(
            outbox_id,
            ledger_id,
            outbox.revision,
            _held(parts),
            tuple(span_union(owed.forked))[:MAX_ITEMS],
            round(now.timestamp() * 1000) if is_synchronised else None,
        )


def _held(parts: list[LedgerPart]) -> tuple[HeldRange, ...]:
    """Quarantined and lost rows are settled for the kiosk as held ones are."""
    alike = joined([LedgerPart(part.first, part.last, HELD, part.boot_id) for part in parts])
    return tuple(HeldRange(part.first, part.last, part.boot_id) for part in alike[:MAX_ITEMS])
