"""When school is: shifts as data, the days it is closed, and each half day that comes of it."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from collector.models.base import Base


class Shift(Base):
    """A recurring slot of the timetable, in local time."""

    __tablename__ = "shift"
    __table_args__ = (UniqueConstraint("school_id", "name_en"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    name_km: Mapped[str]
    name_en: Mapped[str]
    opens: Mapped[time]
    late_after: Mapped[time]
    """First moment of LATE."""
    cutoff: Mapped[time]
    """The moment whose absences are decided, once silence is known to be real."""
    closes: Mapped[time]
    weekdays: Mapped[str] = mapped_column(default="123456")
    """ISO weekdays on which it is held; Monday is 1."""


class ShiftClass(Base):
    """Which classes attend a shift; a class may attend several."""

    __tablename__ = "shift_class"

    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"), primary_key=True, index=True)


class Closure(Base):
    """A date on which a school is closed."""

    __tablename__ = "closure"

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason_km: Mapped[str]
    reason_en: Mapped[str]
    recorded_at: Mapped[datetime]


class SchoolSession(Base):
    """One shift on one date. Every writer of marks locks its row first, in id order."""

    __tablename__ = "school_session"
    __table_args__ = (UniqueConstraint("shift_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    day: Mapped[date] = mapped_column(index=True)
    opens_at: Mapped[datetime]
    late_after_at: Mapped[datetime]
    cutoff_at: Mapped[datetime]
    closes_at: Mapped[datetime]
