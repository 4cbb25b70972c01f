"""Puts a school's day together for its page: facts from attendance and fleet, drawn on one axis, in the reader's words.

Every figure has what it rests on beside it: nobody is counted absent before the cutoff, and what is not known is a
count of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from collector.attendance.schemas import ClassToday, SilentGate, StudentToday, Today
from collector.attendance.sentence import sentence
from collector.dashboard import messages, queries
from collector.dashboard.chart import Axis, Strip, draw, make_axis, per_minute
from collector.dashboard.diagnoses import Diagnosis
from collector.dashboard.gates import gates_at
from collector.dashboard.pages import Reader
from collector.dashboard.schemas import Arrival, GatePicture, GateState, Message, Person
from collector.errors import NotFound
from collector.models import Mark, Reason, School, SchoolSession
from collector.schedule.service import local_day, sessions_of

FEED_ROWS = 12
MAIL_ROWS = 3
_MAY_REST = (GateState.SILENT, GateState.BLIND, GateState.BEHIND)
_UNHEARD = (GateState.SILENT, GateState.NEVER_HEARD)
_BEFORE = timedelta(minutes=30)
"""A gate that is silent so shortly before it opens is worth a look."""


@dataclass(frozen=True)
class HalfDayTab:
    """One school session of the day, to choose from."""

    id: int
    name: str
    opens_at: datetime
    closes_at: datetime
    is_shown: bool


@dataclass(frozen=True)
class GateCard:
    """One gate on the page."""

    gate: GatePicture
    diagnosis: Diagnosis
    strip: Strip | None
    arrived: int


@dataclass(frozen=True)
class Share:
    """How many of the expected are in: at least, and at most while some are undecided; percent."""

    low: float
    high: float


@dataclass(frozen=True)
class SchoolDay:
    """All that the school's page shows."""

    picture: Today
    sentence: str
    tabs: tuple[HalfDayTab, ...]
    gates: tuple[GateCard, ...]
    axis: Axis | None
    share: Share
    why: tuple[str, ...]
    feed: tuple[Arrival, ...]
    arrived: int
    class_names: dict[int, str]
    gate_names: dict[int, str]
    mail: tuple[Message, ...]
    mail_counts: dict[str, int]

    @property
    def is_before(self) -> bool:
        """Tell whether the gates have not opened yet."""
        return self.picture.half_day is not None and self.picture.now < self.picture.half_day.opens_at

    @property
    def is_decided(self) -> bool:
        """Tell whether the cutoff has come: only then does the figure of the absent exist."""
        return self.picture.half_day is not None and self.picture.now >= self.picture.half_day.cutoff_at

    @property
    def perhaps_late(self) -> int:
        """Count those who came after `late_after` while it is not known whether they had come before."""
        students = (student for each in self.picture.classes for student in each.students)
        return sum(student.mark is Mark.PRESENT and not student.is_final for student in students)

    @property
    def notable(self) -> tuple[GateCard, ...]:
        """Return the gates that are not simply working, the worst first."""
        found = [card for card in self.gates if card.gate.state.severity > 0]
        return tuple(sorted(found, key=lambda card: -card.gate.state.severity))

    @property
    def is_unsure(self) -> bool:
        """Tell whether a gate keeps us from knowing."""
        return any(card.gate.state.severity > 1 or card.gate.state is GateState.BEHIND for card in self.gates)


@dataclass(frozen=True)
class ClassDay:
    """All that a class's page shows."""

    picture: Today
    tabs: tuple[HalfDayTab, ...]
    school_class: ClassToday
    rows: tuple[tuple[Person, StudentToday], ...]
    may_put_right: bool = False


@dataclass(frozen=True)
class SchoolRow:
    """A school in an officer's list."""

    school: School
    sentence: str
    picture: Today
    share: Share
    gates: tuple[GatePicture, ...]


def school_day(
    session: Session, school: School, half_day: SchoolSession | None, now: datetime, reader: Reader
) -> SchoolDay:
    """Read and arrange a school's day."""
    picture = queries.picture(session, half_day, school.id, now, reader.zone)
    shown = session.get(SchoolSession, picture.half_day.id) if picture.half_day else None
    arrived = queries.arrivals(session, shown) if shown else []
    axis = make_axis(shown.opens_at, shown.late_after_at, shown.cutoff_at, shown.closes_at) if shown else None
    mail_counts = messages.counts(session, shown.id) if shown else {}
    names = {gate_id: km if reader.language == "km" else en for gate_id, km, en in picture.gate_names}
    gates = gates_of(session, school.id, picture)
    return SchoolDay(
        picture=picture,
        sentence=told(picture, gates, reader.language),
        tabs=_tabs(session, school, picture, reader),
        gates=tuple(_cards(gates, arrived, axis, picture, reader)),
        axis=axis,
        share=share(picture),
        why=tuple(reader.words.blame(blame, names, picture) for blame in picture.blames),
        feed=tuple(arrived[:FEED_ROWS]),
        arrived=len(arrived),
        gate_names=names,
        class_names={each.class_id: reader.name(each) for each in picture.classes},
        mail=tuple(messages.messages(session, school.id, reader.zone, MAIL_ROWS)) if shown else (),
        mail_counts=_by_kind(mail_counts),
    )


def class_day(
    session: Session, school: School, class_id: int, half_day: SchoolSession | None, now: datetime, reader: Reader
) -> ClassDay:
    """Read and arrange one class; raise NotFound when it has no such school session."""
    picture = queries.picture(session, half_day, school.id, now, reader.zone)
    school_class = next((each for each in picture.classes if each.class_id == class_id), None)
    if school_class is None:
        raise NotFound("This class has no school session to show on this date.")
    names = queries.people(session, [student.student_id for student in school_class.students])
    rows = tuple((names[student.student_id], student) for student in school_class.students)
    return ClassDay(picture, _tabs(session, school, picture, reader), school_class, rows)


def summary(session: Session, school: School, now: datetime, reader: Reader) -> SchoolRow:
    """Read one row of an officer's list."""
    picture = queries.picture(session, None, school.id, now, reader.zone)
    gates = gates_of(session, school.id, picture)
    return SchoolRow(school, told(picture, gates, reader.language), picture, share(picture), tuple(gates))


def told(picture: Today, gates: Sequence[GatePicture], language: str) -> str:
    """Return the day's sentence; a gate that is silent on its card is silent there since the same moment."""
    return sentence(picture, language, [SilentGate(g.gate_id, g.since) for g in gates if g.state in _UNHEARD])


def gates_of(session: Session, school_id: int, picture: Today) -> list[GatePicture]:
    """Return the gates as they are now; while nothing is owed a gate that is not heard is only resting."""
    day, now = local_day(picture.now, picture.zone), picture.now
    half_days = sessions_of(session, school_id, day)
    is_on = any(each.opens_at <= now <= each.closes_at for each in half_days)
    is_near = any(each.opens_at - _BEFORE <= now <= each.closes_at for each in half_days)
    blames = [blame for blame in picture.blames if blame.reason is Reason.NOT_DELIVERED]
    silences = {gate_id: blame.since for blame in blames for gate_id in blame.gate_ids if blame.since}
    gates = gates_at(session, school_id, day, now, picture.zone, is_on=is_on, silences=silences)
    if is_near or queries.is_waiting_for_gates(session, [each.id for each in half_days]):
        return gates
    return [replace(gate, state=GateState.RESTING) if gate.state in _MAY_REST else gate for gate in gates]


def share(picture: Today) -> Share:
    """Return the share that is in, with its bounds."""
    counts = picture.counts
    whole = max(1, counts.expected)
    return Share(100 * counts.seen / whole, 100 * (counts.seen + counts.undecided) / whole)


def _cards(
    gates: Sequence[GatePicture], arrived: Sequence[Arrival], axis: Axis | None, picture: Today, reader: Reader
) -> list[GateCard]:
    moments = {gate.gate_id: [each.earliest_at for each in arrived if each.gate_id == gate.gate_id] for gate in gates}
    top = 0
    if axis is not None:
        top = max((count for each in moments.values() for count in per_minute(axis, each).values()), default=0)
    return [
        GateCard(
            gate=gate,
            diagnosis=reader.words.diagnosis(gate),
            strip=draw(axis, picture.now, moments[gate.gate_id], gate, top) if axis is not None else None,
            arrived=len(moments[gate.gate_id]),
        )
        for gate in gates
    ]


def _tabs(session: Session, school: School, picture: Today, reader: Reader) -> tuple[HalfDayTab, ...]:
    half_days = sessions_of(session, school.id, local_day(picture.now, picture.zone))
    shifts = queries.shifts(session, half_days)
    shown = picture.half_day.id if picture.half_day else None
    return tuple(
        HalfDayTab(each.id, reader.name(shifts[each.id]), each.opens_at, each.closes_at, each.id == shown)
        for each in half_days
    )


def _by_kind(counts: dict[tuple[str, str], int]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for (kind, _state), count in counts.items():
        totals[kind] = totals.get(kind, 0) + count
    return totals
