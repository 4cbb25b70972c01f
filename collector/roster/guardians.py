"""Ties guardians to students, with the care that no child is ever told of to a stranger.

A guardian is known by a contact, so brothers and sisters share one; without a contact, by the name beside the student.
A new address of the same guardian replaces the old one, which is kept, because what was sent to it is corrected there.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from collector.models import Contact, Guardian, Guardianship, Student
from collector.roster.csvfile import RosterRow


def strangers(session: Session, school_id: int, rows: Sequence[RosterRow]) -> list[str]:
    """Return a fault for each line whose address is known under another name and for other students only."""
    wanted = {row.contact for row in rows if row.contact}
    holders = _holders(session, wanted)
    wards = _wards(session, school_id)
    corrected = {row.contact for row in rows if row.contact in holders and _is_ward(row, holders, wards)}
    return [
        f"line {row.line}: guardian_address {row.guardian_address} is known as another guardian's, "
        f"who is not called {row.guardian_name}"
        for row in rows
        if row.contact in holders and row.contact not in corrected and holders[row.contact].name != row.guardian_name
    ]


def take(session: Session, student: Student, row: RosterRow, now: datetime) -> None:
    """Store a line's guardian, the tie to the student and the contact."""
    contact = _contact(session, row)
    guardian = session.get(Guardian, contact.guardian_id) if contact else _guardian_of(session, student, row)
    guardian = guardian or Guardian(school_id=student.school_id)
    guardian.name = row.guardian_name
    session.add(guardian)
    session.flush()
    session.merge(Guardianship(guardian_id=guardian.id, student_id=student.id, relation=row.guardian_relation))
    if row.contact:
        _reach(session, guardian, contact, row, now)
    session.flush()


def _reach(session: Session, guardian: Guardian, contact: Contact | None, row: RosterRow, now: datetime) -> None:
    """Make the line's address the guardian's only one on its channel; one that blocks us stays blocked."""
    contact = contact or Contact(guardian_id=guardian.id, channel=row.guardian_channel, address=row.guardian_address)
    contact.language, contact.replaced_at = row.guardian_language, None
    session.add(contact)
    session.flush()
    replaced = update(Contact).where(
        Contact.guardian_id == guardian.id,
        Contact.channel == row.guardian_channel,
        Contact.id != contact.id,
        Contact.replaced_at.is_(None),
    )
    session.execute(replaced.values(replaced_at=now))


def _contact(session: Session, row: RosterRow) -> Contact | None:
    if not row.contact:
        return None
    wanted = select(Contact).where(Contact.channel == row.guardian_channel, Contact.address == row.guardian_address)
    return session.scalar(wanted)


def _guardian_of(session: Session, student: Student, row: RosterRow) -> Guardian | None:
    linked = select(Guardian).join(Guardianship).where(Guardianship.student_id == student.id)
    return session.scalar(linked.where(Guardian.name == row.guardian_name).limit(1))


def _holders(session: Session, wanted: set[tuple[str, str]]) -> dict[tuple[str, str] | None, Guardian]:
    addresses = {address for _, address in wanted}
    known = select(Contact, Guardian).join(Guardian, Guardian.id == Contact.guardian_id)
    found = session.execute(known.where(Contact.address.in_(addresses)))
    known_as = {(contact.channel, contact.address): guardian for contact, guardian in found}
    return {key: guardian for key, guardian in known_as.items() if key in wanted}


def _wards(session: Session, school_id: int) -> dict[int, set[str]]:
    tied = select(Guardianship.guardian_id, Student.number).join(Student, Student.id == Guardianship.student_id)
    wards: defaultdict[int, set[str]] = defaultdict(set)
    for guardian_id, number in session.execute(tied.where(Student.school_id == school_id)):
        wards[guardian_id].add(number)
    return wards


def _is_ward(row: RosterRow, holders: dict[tuple[str, str] | None, Guardian], wards: dict[int, set[str]]) -> bool:
    return row.student_number in wards.get(holders[row.contact].id, ())
