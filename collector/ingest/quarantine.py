"""What would not decode, or came from where it may not, kept once and raw for a person.

The kiosk still has the rows of a quarantined message, because it gets no receipt for it. A quarantined row of a good
batch is here only.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from collector.db import insert_into
from collector.models import Quarantined

MAX_MESSAGES_PER_KIOSK = 1_000
"""Unresolved whole messages; of what comes beyond, only the alarm counts."""
_TABLE = Quarantined.metadata.tables["quarantined"]
_NAME_LENGTH = 64


def keep_message(session: Session, kiosk_id: str, payload: bytes, reason: str, now: datetime) -> None:
    """Keep a whole message, once however often it comes."""
    waiting = select(func.count()).where(
        Quarantined.kiosk_id == kiosk_id[:_NAME_LENGTH], Quarantined.seq.is_(None), Quarantined.resolved_at.is_(None)
    )
    if (session.scalar(waiting) or 0) < MAX_MESSAGES_PER_KIOSK:
        _keep(session, [_row(kiosk_id, payload, reason, now)])


def keep_rows(
    session: Session, kiosk_id: str, outbox_id: bytes, rows: Iterable[tuple[int, bytes, str]], now: datetime
) -> None:
    """Keep rows of a good batch that say something impossible, as (seq, raw bytes, reason)."""
    _keep(session, [_row(kiosk_id, raw, reason, now, outbox_id, seq) for seq, raw, reason in rows])


def _keep(session: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        session.execute(insert_into(session, _TABLE).on_conflict_do_nothing(), rows)


def _row(
    kiosk_id: str, payload: bytes, reason: str, now: datetime, outbox_id: bytes | None = None, seq: int | None = None
) -> dict[str, object]:
    parts = (kiosk_id.encode(), outbox_id or b"", b"" if seq is None else str(seq).encode(), payload)
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts))
    return {
        "kiosk_id": kiosk_id[:_NAME_LENGTH],
        "sha256": digest.digest(),
        "outbox_id": outbox_id,
        "seq": seq,
        "payload": payload,
        "reason": reason,
        "received_at": now,
    }
