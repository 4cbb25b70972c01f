"""Decisions taken and the notices they owe: history that is superseded, never edited."""

import enum
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class NotificationKind(enum.StrEnum):
    """What a notification says."""

    LATE = "LATE"
    ABSENT = "ABSENT"
    CORRECTION = "CORRECTION"


class NotificationState(enum.StrEnum):
    """Where a notification is on its way."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    RETRY = "RETRY"
    UNKNOWN = "UNKNOWN"
    DEAD = "DEAD"
    SUPPRESSED = "SUPPRESSED"
    EXPIRED = "EXPIRED"


class AbsenceDecision(Base):
    """The act of deciding a mark that somebody is told about, or of taking it back."""

    __tablename__ = "absence_decision"
    __table_args__ = (Index(None, "student_id", "school_session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    school_session_id: Mapped[int] = mapped_column(ForeignKey("school_session.id"), index=True)
    mark: Mapped[str]
    evidence: Mapped[dict[str, object]] = mapped_column(JSON)
    """What was known then: watermark and sight of each gate, taps, override."""
    rule_version: Mapped[int]
    decided_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("absence_decision.id"))


class Notification(Base):
    """One message owed to one contact about one decision; committed with the decision."""

    __tablename__ = "notification"
    __table_args__ = (Index(None, "state", "priority", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """Holds the decision's id: nothing is owed twice."""
    decision_id: Mapped[int] = mapped_column(ForeignKey("absence_decision.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    school_session_id: Mapped[int] = mapped_column(ForeignKey("school_session.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    kind: Mapped[str]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("notification.id"))
    is_preview: Mapped[bool]
    """The school is not live, or the contact is a preview: shown on the dashboard, sent to nobody."""
    state: Mapped[str]
    priority: Mapped[int]
    facts: Mapped[dict[str, object]] = mapped_column(JSON)
    """What the message is made of: first name, class, moments, reason. No more."""
    reference: Mapped[str]
    """Short, in the message, so that a double is recognised."""
    text: Mapped[str | None]
    """The message as it was sent, in the contact's language."""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
