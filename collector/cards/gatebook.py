"""Makes the gate book of a school: what its kiosks may know of the cards and the day.

A body is stored when its content changed, under a new revision; kiosks fetch it by its hash, which only the holder of
the manifest knows. Names, photos and encryption are not in it yet: a tag leads to nobody.
"""

import hashlib
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from collector.models import Enrolment, Gate, GateBookRevision, IssuedCard, Kiosk, Student
from collector.schedule.service import local_day, shifts_of
from wire import codec
from wire.messages import GateBook, Manifest

MOST_REVOKED = 2_000
"""The newest; a manifest must fit one MQTT message. An older one is unknown at the gate and still resolved here."""
_EARLY_SECONDS = 30 * 60
"""A gate's hours begin so long before a shift opens."""


class _Content(NamedTuple):
    """What kiosks of a school may know now."""

    tags: tuple[bytes, ...]
    revoked: tuple[bytes, ...]
    claim_at: tuple[int, ...]
    hours: tuple[tuple[int, int], ...]
    utc_offset_seconds: int

    def book(self, revision: int) -> GateBook:
        """Return the body under a revision."""
        return GateBook(revision, self.tags, self.claim_at, self.hours, self.utc_offset_seconds)


def is_current(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the stored revision says what is true now."""
    stored = session.get(GateBookRevision, school_id)
    return stored is not None and _says(stored, _content(session, school_id, now, zone))


def refresh(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> GateBookRevision:
    """Store a new revision when the content changed; return the one in force."""
    content = _content(session, school_id, now, zone)
    stored = session.get(GateBookRevision, school_id)
    if stored is not None and _says(stored, content):
        return stored
    stored = stored or GateBookRevision(school_id=school_id, revision=0)
    stored.revision += 1
    stored.body = codec.encode_gate_book(content.book(stored.revision))
    stored.sha256 = hashlib.sha256(stored.body).digest()
    stored.manifest = _manifest(stored, content)
    session.add(stored)
    session.flush()
    return stored


def manifest_of(session: Session, school_id: int) -> bytes | None:
    """Return the manifest in force, None when there is none yet."""
    return session.scalar(select(GateBookRevision.manifest).where(GateBookRevision.school_id == school_id))


def kiosks_of(session: Session, school_id: int) -> list[str]:
    """Return the ids of the kiosks that serve a school now."""
    serving = select(Kiosk.id).join(Gate).where(Gate.school_id == school_id, Kiosk.retired_at.is_(None))
    return list(session.scalars(serving.where(Kiosk.revoked_at.is_(None)).order_by(Kiosk.id)))


def body_by_hash(session: Session, sha256: bytes) -> bytes | None:
    """Return a body by its hash, None when it is not in force any more."""
    return session.scalar(select(GateBookRevision.body).where(GateBookRevision.sha256 == sha256))


def _says(stored: GateBookRevision, content: _Content) -> bool:
    is_same_body = stored.body == codec.encode_gate_book(content.book(stored.revision))
    return is_same_body and stored.manifest == _manifest(stored, content)


def _manifest(stored: GateBookRevision, content: _Content) -> bytes:
    return codec.encode_manifest(Manifest(stored.revision, stored.sha256, len(stored.body), content.revoked))


def _content(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> _Content:
    shifts = shifts_of(session, school_id)
    moments = {_second_of_day(bell) for shift in shifts for bell in (shift.late_after, shift.cutoff, shift.closes)}
    hours = {(max(0, _second_of_day(shift.opens) - _EARLY_SECONDS), _second_of_day(shift.closes)) for shift in shifts}
    offset = now.astimezone(zone).utcoffset() or timedelta()
    return _Content(
        _tags(session, school_id, now, zone),
        _revoked(session, school_id),
        tuple(sorted(moments)),
        tuple(sorted(hours)),
        int(offset.total_seconds()),
    )


def _tags(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> tuple[bytes, ...]:
    today = local_day(now, zone)
    stays = or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > today)
    active = (
        select(IssuedCard.tag)
        .join(Student, Student.id == IssuedCard.student_id)
        .where(
            Student.school_id == school_id,
            IssuedCard.revoked_at.is_(None),
            exists().where(Enrolment.student_id == Student.id, stays),
        )
    )
    return tuple(sorted(session.scalars(active)))


def _revoked(session: Session, school_id: int) -> tuple[bytes, ...]:
    revoked = (
        select(IssuedCard.tag)
        .join(Student, Student.id == IssuedCard.student_id)
        .where(Student.school_id == school_id, IssuedCard.revoked_at.is_not(None))
        .order_by(IssuedCard.revoked_at.desc(), IssuedCard.id.desc())
        .limit(MOST_REVOKED)
    )
    return tuple(sorted(session.scalars(revoked)))


def _second_of_day(bell: time) -> int:
    return bell.hour * 3600 + bell.minute * 60 + bell.second
