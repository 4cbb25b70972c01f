"""Issued cards: the register, which is the only authority on what a card means."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class IssuedCard(Base):
    """A card of a student; its number is sealed and opened only to print it or to make a gate book."""

    __tablename__ = "issued_card"

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    tag: Mapped[bytes] = mapped_column(unique=True)
    sealed_number: Mapped[bytes]
    issued_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class GateBookRevision(Base):
    """A gate book body of a school as it was last published; kiosks fetch it by its hash."""

    __tablename__ = "gate_book_revision"

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
    revision: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(index=True)
    body: Mapped[bytes]
    manifest: Mapped[bytes]
