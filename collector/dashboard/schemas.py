"""What pages show, as frozen values: read from the tables, put into words by `words`, drawn by the templates."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.models import Mark

Span = tuple[datetime, datetime]
BELATED = timedelta(minutes=3)


class GateState(enum.StrEnum):
    """What a person should know about a gate: the fleet's diagnoses, and RESTING when nothing is owed."""

    UNCOVERED = "UNCOVERED"
    CLOSED = "CLOSED"
    FAILED = "FAILED"
    NEVER_HEARD = "NEVER_HEARD"
    SILENT = "SILENT"
    BLIND = "BLIND"
    BEHIND = "BEHIND"
    FINE = "FINE"
    RESTING = "RESTING"

    @property
    def severity(self) -> int:
        """0 nothing to do, 1 heals by itself, 2 somebody must look."""
        return {"FINE": 0, "RESTING": 0, "CLOSED": 1, "BEHIND": 1}.get(self.value, 2)


@dataclass(frozen=True, slots=True)
class GatePicture:
    """One gate on one day; moments are aware UTC."""

    gate_id: int
    name_km: str
    name_en: str
    kiosks: tuple[str, ...]
    state: GateState
    since: datetime | None
    backlog: int
    watermark: datetime | None
    """All that occurred here by then is known."""
    sight: tuple[Span, ...]
    last_tap_at: datetime | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A student's first tap in a school session."""

    student_id: int
    class_id: int
    name_km: str
    name_en: str
    gate_id: int
    earliest_at: datetime
    latest_at: datetime
    received_at: datetime
    mark: Mark
    minutes_late: int | None

    @property
    def is_belated(self) -> bool:
        """Tell whether the collector learned of it minutes later."""
        return self.received_at - self.latest_at > BELATED


@dataclass(frozen=True, slots=True)
class Person:
    """A student as a list shows one."""

    student_id: int
    number: str
    name_km: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as it lies on a guardian's phone."""

    id: int
    kind: str
    state: str
    is_preview: bool
    reference: str
    language: str
    text_km: str
    text_en: str
    student_id: int
    student_km: str
    student_en: str
    class_km: str
    class_en: str
    guardian: str
    relation: str
    channel: str
    address: str
    created_at: datetime
    sent_at: datetime | None
    corrects_id: int | None
    corrects_reference: str | None
    corrected_by_id: int | None
    corrected_by_reference: str | None

    def text(self, language: str) -> str:
        """Return the message in `km` or `en`."""
        return self.text_km if language == "km" else self.text_en


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation of a mark."""

    at: datetime
    kind: str
    """`tap`, `decision`, `notice` or `override`."""
    text: str
    mark: Mark | None = None
    is_struck: bool = False
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class StudentHalfDay:
    """A student's school session with everything that explains its mark."""

    half_day_id: int
    name_km: str
    name_en: str
    opens_at: datetime
    closes_at: datetime
    mark: Mark
    because: str
    steps: tuple[Step, ...]
    is_overridden: bool


@dataclass(frozen=True, slots=True)
class GuardianLine:
    """A guardian and the way to them, if there is one."""

    name: str
    relation: str
    channel: str | None
