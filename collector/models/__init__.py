"""All tables, below every feature, so that features share facts without knowing one another."""

from collector.models.absence import AbsenceDecision, Notification, NotificationKind, NotificationState
from collector.models.attendance import AttendanceRecord, DirtyMark, Mark, Override, Reason, StudentTap
from collector.models.base import Base
from collector.models.card import GateBookRevision, IssuedCard
from collector.models.checkin import CollectorIdentity, Quarantined, check_in, clock_anchor, sight_span
from collector.models.dirty import mark_dirty
from collector.models.fleet import (
    Alarm,
    Declaration,
    FollowerCursor,
    Kiosk,
    KioskClaim,
    LedgerCommit,
    LedgerRange,
    Outbox,
)
from collector.models.schedule import Closure, SchoolSession, Shift, ShiftClass
from collector.models.school import (
    Contact,
    Enrolment,
    Gate,
    Guardian,
    Guardianship,
    School,
    SchoolClass,
    Student,
)
from collector.models.staff import AuditEntry, Login, Role, SignInAttempt, Staff

__all__ = [
    "AbsenceDecision",
    "Alarm",
    "AttendanceRecord",
    "AuditEntry",
    "Base",
    "Closure",
    "CollectorIdentity",
    "Contact",
    "Declaration",
    "DirtyMark",
    "Enrolment",
    "FollowerCursor",
    "Gate",
    "GateBookRevision",
    "Guardian",
    "Guardianship",
    "IssuedCard",
    "Kiosk",
    "KioskClaim",
    "LedgerCommit",
    "LedgerRange",
    "Login",
    "Mark",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Outbox",
    "Override",
    "Quarantined",
    "Reason",
    "Role",
    "School",
    "SchoolClass",
    "SchoolSession",
    "Shift",
    "ShiftClass",
    "SignInAttempt",
    "Staff",
    "Student",
    "StudentTap",
    "check_in",
    "clock_anchor",
    "mark_dirty",
    "sight_span",
]
