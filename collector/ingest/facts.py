"""Rows of batches as rows of tables, gathered for one statement each: speed is all this module is about."""

from datetime import datetime

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from collector.models import check_in, clock_anchor, sight_span
from wire.messages import BadRow, Batch, CheckIn, Row, SeqRange, SightSpan


class Facts:
    """The rows of one commit; all of them share `received_at`."""

    def __init__(self, received_at: datetime) -> None:
        self._received_at = received_at
        self._rows: dict[Table, list[dict[str, object]]] = {check_in: [], sight_span: [], clock_anchor: []}

    def add(self, batch: Batch, part: SeqRange) -> None:
        """Add the good rows of a batch with these seqs."""
        shared = {
            "outbox_id": batch.outbox_id,
            "boot_id": batch.boot_id,
            "wall_offset": batch.wall_offset,
            "quality": int(batch.quality),
            "received_at": self._received_at,
        }
        begin = part.first - batch.first_seq
        rows = batch.rows[begin : begin + part.last - part.first + 1]
        for seq, row in enumerate(rows, part.first):
            if not isinstance(row, BadRow):
                table, own = _own_columns(row)
                self._rows[table].append({**shared, "seq": seq, "at_ticks": row.at, **own})

    def write(self, session: Session) -> None:
        """Insert them all."""
        for table, rows in self._rows.items():
            if rows:
                session.execute(insert(table), rows)


def _own_columns(row: Row) -> tuple[Table, dict[str, object]]:
    if isinstance(row, CheckIn):
        return check_in, {"tag": row.tag, "lane": int(row.lane), "verdict": int(row.verdict)}
    if isinstance(row, SightSpan):
        return sight_span, {"start_ticks": row.start, "lane": int(row.lane)}
    return clock_anchor, {"utc_ms": row.utc_ms, "error_ms": row.error_ms, "source": int(row.source)}
