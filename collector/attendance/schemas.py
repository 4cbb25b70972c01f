"""What attendance tells others, as plain frozen values without a language, for the page, `/today` and the sentence."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from collector.attendance.rules import Decided
from collector.models import Mark, Reason


@dataclass(frozen=True, slots=True)
class Change:
    """What a recompute did to one student's record in one school session."""

    student_id: int
    school_session_id: int
    class_id: int | None
    """None when the student is no longer expected."""
    before: Decided | None
    after: Decided | None
    """None when the student is no longer expected, so that there is no record any more."""
    enrolled_at: datetime | None
    """When the enrolment was recorded that makes the student expected; aware UTC."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Students by mark; `expected` is the sum of the others."""

    expected: int = 0
    present: int = 0
    late: int = 0
    absent: int = 0
    undecided: int = 0
    unrecorded: int = 0

    @property
    def seen(self) -> int:
        """Those who are in: present or late."""
        return self.present + self.late


@dataclass(frozen=True, slots=True)
class Blame:
    """Why so many are undecided, with the gates to blame and since when they cannot be relied on."""

    reason: Reason
    count: int
    gate_ids: tuple[int, ...] = ()
    since: datetime | None = None
    class_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SilentGate:
    """A gate that is known not to speak now; `since` is None when it was never heard."""

    gate_id: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class StudentToday:
    """A student's mark; `seen_at` is aware UTC."""

    student_id: int
    mark: Mark
    reason: Reason | None
    seen_at: datetime | None
    minutes_late: int | None
    is_final: bool
    is_overridden: bool


@dataclass(frozen=True, slots=True)
class ClassToday:
    """A class with its students in register order: by family name and given name in English, then number."""

    class_id: int
    name_km: str
    name_en: str
    students: tuple[StudentToday, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class HalfDay:
    """The school session that a picture is of; moments are aware UTC."""

    id: int
    day: date
    name_km: str
    name_en: str
    opens_at: datetime
    late_after_at: datetime
    cutoff_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """A school's current school session; before the first of the day the next one, after it the last."""

    school_id: int
    now: datetime
    zone: ZoneInfo
    half_day: HalfDay | None
    """None when there is no school session on this date."""
    counts: Counts = Counts()
    blames: tuple[Blame, ...] = ()
    """Of the undecided, the largest first."""
    gate_names: tuple[tuple[int, str, str], ...] = ()
    """Id, Khmer and English name of each gate of the school."""
    classes: tuple[ClassToday, ...] = ()
