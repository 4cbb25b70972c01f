"""What kiosks delivered, as it arrived: facts that are never edited.

No unique index: the ledger is the constraint (docs/decisions/0004). All rows of a commit share `received_at`.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base, Moment


def _facts(name: str, *columns: Column[int] | Column[bytes] | Index) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("outbox_id", LargeBinary, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("boot_id", LargeBinary, nullable=False),
        Column("at_ticks", BigInteger, nullable=False),
        Column("wall_offset", BigInteger, nullable=False),
        Column("quality", Integer, nullable=False),
        Column("received_at", Moment, nullable=False),
        *columns,
        Index(f"ix_{name}_received_at", "received_at", postgresql_using="brin"),
    )


check_in = _facts(
    "check_in",
    Column("tag", LargeBinary, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("verdict", Integer, nullable=False),
)
sight_span = _facts(
    "sight_span",
    Column("start_ticks", BigInteger, nullable=False),
    Column("lane", Integer, nullable=False),
    Index("ix_sight_span_outbox_id_received_at", "outbox_id", "received_at"),
)
clock_anchor = _facts(
    "clock_anchor",
    Column("utc_ms", BigInteger, nullable=False),
    Column("error_ms", BigInteger, nullable=False),
    Column("source", Integer, nullable=False),
    Index("ix_clock_anchor_boot_id", "boot_id"),
)


class Quarantined(Base):
    """A row or a whole message that would not decode, for a person."""

    __tablename__ = "quarantined"

    id: Mapped[int] = mapped_column(primary_key=True)
    kiosk_id: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(unique=True)
    """Of the kiosk and the content: the same thing is kept once."""
    outbox_id: Mapped[bytes | None] = mapped_column(index=True)
    seq: Mapped[int | None]
    payload: Mapped[bytes]
    reason: Mapped[str]
    received_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class CollectorIdentity(Base):
    """The ledger id: new when this database is created or restored."""

    __tablename__ = "collector_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[bytes]
    created_at: Mapped[datetime]
