"""Marks, and what they are made of."""

import enum
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class Mark(enum.StrEnum):
    """What is said of a student in a school session."""

    PRESENT = "PRESENT"
    LATE = "LATE"
    ABSENT = "ABSENT"
    UNDECIDED = "UNDECIDED"
    UNRECORDED = "UNRECORDED"


class Reason(enum.StrEnum):
    """Why a mark is undecided."""

    NOT_YET = "NOT_YET"
    """The cutoff has not come."""
    NO_GATE = "NO_GATE"
    NO_CARD = "NO_CARD"
    NOT_DELIVERED = "NOT_DELIVERED"
    NOT_SIGHTED = "NOT_SIGHTED"
    OLD_CARD = "OLD_CARD"
    TIME_UNKNOWN = "TIME_UNKNOWN"
    QUARANTINED = "QUARANTINED"
    ASK = "ASK"


class StudentTap(Base):
    """A check-in resolved to a student and to an interval of time; made by attendance, can be remade."""

    __tablename__ = "student_tap"
    __table_args__ = (Index(None, "student_id", "earliest_at"), Index(None, "outbox_id", "boot_id"))

    outbox_id: Mapped[bytes] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    card_id: Mapped[int] = mapped_column(ForeignKey("issued_card.id"))
    kiosk_id: Mapped[str] = mapped_column(ForeignKey("kiosk.id"))
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"), index=True)
    boot_id: Mapped[bytes]
    at_ticks: Mapped[int]
    wall_offset: Mapped[int]
    quality: Mapped[int]
    lane: Mapped[int]
    is_revoked: Mapped[bool]
    """The card was revoked before this tap."""
    earliest_at: Mapped[datetime]
    latest_at: Mapped[datetime] = mapped_column(index=True)
    received_at: Mapped[datetime]


class AttendanceRecord(Base):
    """A student's mark in a school session: derived, can be rebuilt."""

    __tablename__ = "attendance_record"

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    school_session_id: Mapped[int] = mapped_column(ForeignKey("school_session.id"), primary_key=True, index=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"), index=True)
    mark: Mapped[str]
    reason: Mapped[str | None]
    minutes_late: Mapped[int | None]
    seen_at: Mapped[datetime | None]
    seen_gate_id: Mapped[int | None]
    is_final: Mapped[bool] = mapped_column(default=False)
    """False while silence that could change it is not known to be real."""
    evidence: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    marked_at: Mapped[datetime]


class Override(Base):
    """Staff puts a mark right, with name and reason; the newest that is not withdrawn rules."""

    __tablename__ = "override"
    __table_args__ = (Index(None, "student_id", "school_session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    school_session_id: Mapped[int] = mapped_column(ForeignKey("school_session.id"))
    mark: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class DirtyMark(Base):
    """A pair whose inputs changed: to be recomputed from all of them."""

    __tablename__ = "dirty_mark"

    student_id: Mapped[int] = mapped_column(primary_key=True)
    school_session_id: Mapped[int] = mapped_column(primary_key=True, index=True)
