"""Makes the gate book of a school: what its kiosks may know of the cards and the day.

A body is stored when its content changed, under a new revision; kiosks fetch it by its hash, which only the holder of
the manifest knows. Names, photos and encryption are not in it yet: a tag leads to nobody.
"""

import hashlib
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.models import Enrolment, Gate, GateBookRevision, IssuedCard, Kiosk, SchoolClass, Shift
from wire import codec
from wire.messages import GateBook, Manifest

_EARLY = timedelta(minutes=30)
"""A gate's hours begin so long before a shift opens."""


def refresh(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> GateBookRevision:
    """Store a new revision when the content changed; return the one in force."""
    stored = session.get(GateBookRevision, school_id)
    revision = stored.revision if stored else 0
    current, revoked = _content(session, school_id, revision, now, zone), _revoked(session, school_id)
    if stored and codec.encode_gate_book(current) == stored.body and _manifest(stored, revoked) == stored.manifest:
        return stored
    book = GateBook(revision + 1, current.tags, current.claim_at, current.hours, current.utc_offset_seconds)
    body = codec.encode_gate_book(book)
    fresh = GateBookRevision(
        school_id=school_id, revision=book.revision, body=body, sha256=hashlib.sha256(body).digest()
    )
    fresh.manifest = _manifest(fresh, revoked)
    return session.merge(fresh)


def kiosks_of(session: Session, school_id: int) -> list[str]:
    """Return the ids of the kiosks that serve a school now."""
    serving = select(Kiosk.id).join(Gate).where(Gate.school_id == school_id, Kiosk.retired_at.is_(None))
    return list(session.scalars(serving.where(Kiosk.revoked_at.is_(None)).order_by(Kiosk.id)))


def body_by_hash(session: Session, sha256: bytes) -> bytes | None:
    """Return a body by its hash, None when it is not in force any more."""
    return session.scalar(select(GateBookRevision.body).where(GateBookRevision.sha256 == sha256))


def _content(session: Session, school_id: int, revision: int, now: datetime, zone: ZoneInfo) -> GateBook:
    shifts = list(session.scalars(select(Shift).where(Shift.school_id == school_id)))
    moments = {_seconds(moment) for shift in shifts for moment in (shift.late_after, shift.cutoff, shift.closes)}
    hours = {(max(0, _seconds(shift.opens) - int(_EARLY.total_seconds())), _seconds(shift.closes)) for shift in shifts}
    offset = now.astimezone(zone).utcoffset() or timedelta()
    return GateBook(
        revision, _tags(session, school_id), tuple(sorted(moments)), tuple(sorted(hours)), int(offset.total_seconds())
    )


def _tags(session: Session, school_id: int) -> tuple[bytes, ...]:
    active = (
        select(IssuedCard.tag)
        .join(Enrolment, Enrolment.student_id == IssuedCard.student_id)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(SchoolClass.school_id == school_id, IssuedCard.revoked_at.is_(None), Enrolment.valid_to.is_(None))
        .distinct()
        .order_by(IssuedCard.tag)
    )
    return tuple(session.scalars(active))


def _revoked(session: Session, school_id: int) -> tuple[bytes, ...]:
    revoked = (
        select(IssuedCard.tag)
        .join(Enrolment, Enrolment.student_id == IssuedCard.student_id)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(SchoolClass.school_id == school_id, IssuedCard.revoked_at.is_not(None))
        .distinct()
        .order_by(IssuedCard.tag)
    )
    return tuple(session.scalars(revoked))


def _manifest(book: GateBookRevision, revoked: tuple[bytes, ...]) -> bytes:
    return codec.encode_manifest(Manifest(book.revision, book.sha256, len(book.body), revoked))


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second
