"""Rows of batches as rows of tables, gathered for one statement each: speed is all this module is about."""

from datetime import datetime
from typing import Any

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.orm import Session

from collector.models import check_in, clock_anchor, sight_span
from wire.messages import BadRow, Batch, CheckIn, SeqRange, SightSpan

_Row = tuple[Any, ...]
"""In the order of a table's columns: outbox, seq, boot, ticks, wall offset, quality, received_at, its own."""


class Facts:
    """The rows of one commit; all of them share `received_at`."""

    def __init__(self, received_at: datetime) -> None:
        self._received_at = received_at
        self._check_ins: list[_Row] = []
        self._sights: list[_Row] = []
        self._anchors: list[_Row] = []

    def add(self, batch: Batch, part: SeqRange) -> None:
        """Add the good rows of a batch with these seqs."""
        outbox, boot, offset, quality = batch.outbox_id, batch.boot_id, batch.wall_offset, int(batch.quality)
        at = self._received_at
        begin = part.first - batch.first_seq
        for seq, row in enumerate(batch.rows[begin : begin + part.last - part.first + 1], part.first):
            if isinstance(row, CheckIn):
                own: _Row = (row.tag, int(row.lane), int(row.verdict))
                self._check_ins.append((outbox, seq, boot, row.at, offset, quality, at, *own))
            elif isinstance(row, SightSpan):
                own = (row.start, int(row.lane))
                self._sights.append((outbox, seq, boot, row.at, offset, quality, at, *own))
            elif not isinstance(row, BadRow):
                own = (row.utc_ms, row.error_ms, int(row.source))
                self._anchors.append((outbox, seq, boot, row.at, offset, quality, at, *own))

    def write(self, session: Session) -> None:
        """Insert them all."""
        for table, rows in ((check_in, self._check_ins), (sight_span, self._sights), (clock_anchor, self._anchors)):
            if rows:
                _insert(session, table, rows)


def _insert(session: Session, table: Table, rows: list[_Row]) -> None:
    dialect = session.get_bind().dialect
    if dialect.name != "sqlite":
        names = [column.name for column in table.columns]
        session.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    # The driver takes everything but the moment as it is: converting each value would cost five times the insert.
    place = list(table.columns).index(table.c.received_at)
    moment = _as_bound(table, dialect, rows[0][place])
    ready = [(*row[:place], moment, *row[place + 1 :]) for row in rows]
    session.connection().exec_driver_sql(str(insert(table).compile(dialect=dialect)), ready)


def _as_bound(table: Table, dialect: Dialect, moment: datetime) -> object:
    bind = table.c.received_at.type.dialect_impl(dialect).bind_processor(dialect)
    return bind(moment) if bind else moment
