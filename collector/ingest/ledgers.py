"""All batches of one transaction, cut by their ledgers: the exactly-once half of the writer.

A ledger is read once, around all the batches of its outbox, and written back once; revisions count such commits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from collector.ingest import quarantine, repository
from collector.ingest.facts import Facts
from collector.ingest.rules import HELD, QUARANTINED, LedgerPart, add, cut, span_union
from collector.ingest.subscriber import Arrival
from collector.models import Outbox
from wire.messages import BadRow, Batch, SeqRange


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receipt must speak of: the seqs of a batch that was taken, and those of it that were forked."""

    kiosk_id: str
    outbox_id: bytes
    boot_id: bytes
    first: int
    last: int
    forked: tuple[SeqRange, ...] = ()


@dataclass
class OpenLedger:
    """A locked ledger around the batches of this transaction."""

    outbox: Outbox
    before: list[LedgerPart]
    parts: list[LedgerPart]
    fresh: list[SeqRange] = field(default_factory=list)


class Ledgers:
    """The ledgers of one transaction; `open`, then `take` each batch in order of arrival, then `close`."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._open: dict[bytes, OpenLedger] = {}
        self._facts = Facts(now)

    def open(self, batches: list[tuple[str, Batch]]) -> None:
        """Lock and read the ledgers of these batches, given with their kiosks."""
        spans: dict[bytes, tuple[int, int]] = {}
        owners: dict[bytes, str] = {}
        for kiosk_id, batch in batches:
            owners.setdefault(batch.outbox_id, kiosk_id)
            first, last = spans.get(batch.outbox_id, (batch.first_seq, batch.last_seq))
            spans[batch.outbox_id] = min(first, batch.first_seq), max(last, batch.last_seq)
        for outbox_id, outbox in repository.lock_outboxes(self._session, owners, self._now).items():
            parts = repository.parts_around(self._session, outbox_id, *spans[outbox_id])
            self._open[outbox_id] = OpenLedger(outbox, parts, parts)

    def owner_of(self, outbox_id: bytes) -> str:
        """Return the kiosk that an open ledger's outbox belongs to."""
        return self._open[outbox_id].outbox.kiosk_id

    def take(self, arrival: Arrival, batch: Batch) -> Answer:
        """Store what the ledger lacks of a batch."""
        ledger = self._open[batch.outbox_id]
        found = cut(ledger.parts, batch.first_seq, batch.last_seq, batch.boot_id)
        for span in found.fresh:
            for kind, part in _runs(batch, span):
                ledger.parts = add(ledger.parts, LedgerPart(part.first, part.last, kind, batch.boot_id))
                if kind == HELD:
                    self._facts.add(batch, part)
                else:
                    self._quarantine(arrival, batch, part)
        ledger.fresh += found.fresh
        return Answer(
            arrival.kiosk_id, batch.outbox_id, batch.boot_id, batch.first_seq, batch.last_seq, found.forked
        )  # fmt: skip

    def close(self) -> None:
        """Write rows and ledgers."""
        self._facts.write(self._session)
        changes = repository.LedgerChanges()
        for ledger in self._open.values():
            if ledger.fresh:
                changes.note(ledger.outbox, ledger.before, ledger.parts, span_union(ledger.fresh), self._now)
        changes.write(self._session)

    def _quarantine(self, arrival: Arrival, batch: Batch, part: SeqRange) -> None:
        rows = [
            (seq, row.raw, row.reason)
            for seq in range(part.first, part.last + 1)
            if isinstance(row := batch.rows[seq - batch.first_seq], BadRow)
        ]
        quarantine.keep_rows(self._session, arrival.kiosk_id, batch.outbox_id, rows, self._now)
        if any(not raw for _, raw, _ in rows):
            # A row of an unknown kind has no bytes of its own: a later version reads it from the whole message.
            quarantine.keep_message(
                self._session, arrival.kiosk_id, arrival.payload, "holds rows of an unknown kind", self._now
            )


def _runs(batch: Batch, span: SeqRange) -> Iterator[tuple[str, SeqRange]]:
    """Cut a range of a batch where good rows and bad ones meet."""
    seqs = range(span.first, span.last + 1)
    for is_bad, run in groupby(seqs, lambda seq: isinstance(batch.rows[seq - batch.first_seq], BadRow)):
        members = list(run)
        yield QUARANTINED if is_bad else HELD, SeqRange(members[0], members[-1])
