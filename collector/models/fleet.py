"""Kiosks, the ledgers of what they delivered, and what they claim."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class Kiosk(Base):
    """One Raspberry Pi at a gate."""

    __tablename__ = "kiosk"

    id: Mapped[str] = mapped_column(primary_key=True)
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"), index=True)
    lane: Mapped[int]
    """`wire.messages.Lane`: the direction of its place."""
    commissioned_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    is_online: Mapped[bool] = mapped_column(default=False)
    connection: Mapped[int] = mapped_column(default=0)
    connection_boot_id: Mapped[bytes | None]
    heard_at: Mapped[datetime | None]
    """When any message of it last arrived."""
    report: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    """The last heartbeat's figures, for display only: backlog, disk, temperature, version, sighted."""


class Outbox(Base):
    """One life of a kiosk's outbox, and the lock of its ledger."""

    __tablename__ = "outbox"

    id: Mapped[bytes] = mapped_column(primary_key=True)
    kiosk_id: Mapped[str] = mapped_column(ForeignKey("kiosk.id"), index=True)
    """The first kiosk that used it; it belongs to no other."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the commits that advanced its ledger."""
    first_heard_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Its kiosk left it for another and it is empty: it owes nothing after this."""


class LedgerRange(Base):
    """Seqs that an outbox's ledger accounts for, as ranges that never overlap."""

    __tablename__ = "ledger_range"

    outbox_id: Mapped[bytes] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    kind: Mapped[str]
    """`held`, `quarantined` or `lost`."""
    boot_id: Mapped[bytes]
    """The boot in which these rows were written."""


class LedgerCommit(Base):
    """One advance of one ledger: what followers read, in the order of `revision`."""

    __tablename__ = "ledger_commit"

    outbox_id: Mapped[bytes] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    """A commit that advanced several ranges has a row for each."""
    last: Mapped[int]
    received_at: Mapped[datetime]


class FollowerCursor(Base):
    """How far a follower has read an outbox's ledger."""

    __tablename__ = "follower_cursor"

    follower: Mapped[str] = mapped_column(primary_key=True)
    outbox_id: Mapped[bytes] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    revision: Mapped[int]


class KioskClaim(Base):
    """A claim as it arrived: all that occurred by T has seq <= N. Raw, because anchors may come later."""

    __tablename__ = "kiosk_claim"
    __table_args__ = (Index(None, "outbox_id", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[bytes] = mapped_column(ForeignKey("outbox.id"))
    boot_id: Mapped[bytes]
    """Boot of the heartbeat, whose clock `through_ticks` is in."""
    through_ticks: Mapped[int]
    wall_offset: Mapped[int]
    quality: Mapped[int]
    seq: Mapped[int]
    row_boot_id: Mapped[bytes]
    is_ended: Mapped[bool]
    is_closed: Mapped[bool]
    received_at: Mapped[datetime]
    clock_error_seconds: Mapped[float]
    """The kiosk's wall clock when it sent, minus ours when it arrived."""


class Declaration(Base):
    """What people say of a gate from a moment to a moment, with name and reason."""

    __tablename__ = "declaration"

    id: Mapped[int] = mapped_column(primary_key=True)
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"), index=True)
    kind: Mapped[str]
    """`CLOSED`: nobody could pass. `FAILED`: people passed unseen."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    declared_by: Mapped[str]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Alarm(Base):
    """Something a technician must look at."""

    __tablename__ = "alarm"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """`cloned_kiosk`, `unknown_kiosk`, `revoked_kiosk`, `quarantine`, `foreign_outbox`, `clock_off`."""
    kiosk_id: Mapped[str | None] = mapped_column(index=True)
    detail: Mapped[str]
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    resolved_at: Mapped[datetime | None]
