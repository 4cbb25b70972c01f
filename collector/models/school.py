"""Schools and the people in them: what a roster says, with the dates from which it holds."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class School(Base):
    """A school; `code` is opaque text of the ministry's."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_km: Mapped[str]
    name_en: Mapped[str]
    province_code: Mapped[str]
    live_since: Mapped[datetime | None]
    """From when notices reach guardians and marks enter rates; empty during shadow days."""


class Gate(Base):
    """A place where students pass; it may have several kiosks."""

    __tablename__ = "gate"
    __table_args__ = (UniqueConstraint("school_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    code: Mapped[str]
    name_km: Mapped[str]
    name_en: Mapped[str]


class SchoolClass(Base):
    """A class, e.g. 8B, which is ៨ខ in Khmer."""

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("school_id", "name_en"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    name_km: Mapped[str]
    name_en: Mapped[str]
    grade: Mapped[int]


class Student(Base):
    """A student; `number` is the school's own."""

    __tablename__ = "student"
    __table_args__ = (UniqueConstraint("school_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    number: Mapped[str]
    family_name_km: Mapped[str]
    given_name_km: Mapped[str]
    family_name_en: Mapped[str]
    given_name_en: Mapped[str]
    sex: Mapped[str]
    """`F` or `M`."""

    @property
    def name_km(self) -> str:
        """Family name first, as is the custom."""
        return f"{self.family_name_km} {self.given_name_km}"

    @property
    def name_en(self) -> str:
        """Family name first, as is the custom."""
        return f"{self.family_name_en} {self.given_name_en}"


class Enrolment(Base):
    """A student belongs to a class from a date to a date (exclusive)."""

    __tablename__ = "enrolment"

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]


class Guardian(Base):
    """Who is told about a student."""

    __tablename__ = "guardian"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    name: Mapped[str]


class Guardianship(Base):
    """A guardian of a student; many each way."""

    __tablename__ = "guardianship"

    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True, index=True)
    relation: Mapped[str]


class Contact(Base):
    """A consented way to reach a guardian."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"), index=True)
    channel: Mapped[str]
    """`preview` or `telegram`."""
    address: Mapped[str]
    """The chat id, or for a preview the phone number it stands for."""
    language: Mapped[str]
    """`km` or `en`."""
    blocked_at: Mapped[datetime | None]
    """The guardian's side refuses our messages."""
    replaced_at: Mapped[datetime | None]
    """A roster named another address: nothing new is told here, but what was told here is still corrected here."""
