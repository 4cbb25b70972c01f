"""People who log in, and what they did."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class Role(enum.StrEnum):
    """What a person may do; where is said by the scope beside it."""

    TEACHER = "TEACHER"
    """Sees the school, puts marks of the own class right."""
    OPERATOR = "OPERATOR"
    """Works in one school: rosters, cards, corrections."""
    OFFICER = "OFFICER"
    """Sees all schools of the province."""


class Staff(Base):
    """A person who logs in."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    login_name: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))
    language: Mapped[str] = mapped_column(default="km")
    left_at: Mapped[datetime | None]


class Login(Base):
    """A signed-in browser; only the hash of its secret is kept."""

    __tablename__ = "login"

    secret_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf_token: Mapped[str]
    language: Mapped[str | None]
    """As chosen in this browser; empty: the person's own."""
    began_at: Mapped[datetime]
    used_at: Mapped[datetime]


class SignInAttempt(Base):
    """Failed sign-ins by name, so that guessing gets slow."""

    __tablename__ = "sign_in_attempt"

    login_name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what; append only."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None]
    act: Mapped[str]
    subject: Mapped[str]
