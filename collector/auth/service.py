"""Staff, scope and audit: the only place that says who may see which school.

Pages and queries ask `scoped_schools` and nothing else, so that no route can forget a scope.
"""

from datetime import datetime

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from collector.auth.passwords import hash_password
from collector.auth.schemas import Principal
from collector.errors import InvalidRequest, NotFound
from collector.models import AuditEntry, Role, School, SchoolClass, Staff

LONGEST_LOGIN_NAME = 64
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256


def add_staff(
    session: Session,
    login_name: str,
    name: str,
    password: str,
    role: Role,
    school_id: int | None,
    class_id: int | None,
    language: str,
) -> Staff:
    """Store a person who may log in. Raise InvalidRequest when name, password or scope is impossible."""
    login_name = login_name.strip().lower()
    if not 0 < len(login_name) <= LONGEST_LOGIN_NAME:
        raise InvalidRequest(f"A login name has 1 to {LONGEST_LOGIN_NAME} characters.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidRequest(
            f"The password of {login_name} must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        )
    if session.scalar(select(Staff.id).where(Staff.login_name == login_name)) is not None:
        raise InvalidRequest(f"The login name {login_name} is taken.")
    _check_scope(session, login_name, role, school_id, class_id)
    staff = Staff(
        login_name=login_name,
        name=name,
        password_hash=hash_password(password),
        role=role,
        school_id=school_id,
        class_id=class_id,
        language=language,
    )
    session.add(staff)
    session.flush()
    return staff


def scoped_schools(principal: Principal) -> Select[School]:
    """Return the query of the schools this person may see; every page starts from it."""
    schools = select(School).order_by(School.name_en)
    if principal.role is Role.OFFICER:
        return schools
    return schools.where(School.id == principal.school_id if principal.school_id is not None else false())


def school_in_scope(session: Session, principal: Principal, school_id: int) -> School:
    """Return a school this person may see; raise NotFound, which does not tell whether another exists."""
    school = session.scalar(scoped_schools(principal).where(School.id == school_id))
    if school is None:
        raise NotFound("There is no such school among those you may see.")
    return school


def audit(session: Session, staff_id: int | None, act: str, subject: str, now: datetime) -> None:
    """Append who did what to whom."""
    session.add(AuditEntry(at=now, staff_id=staff_id, act=act, subject=subject))


def _check_scope(session: Session, login_name: str, role: Role, school_id: int | None, class_id: int | None) -> None:
    if role is not Role.OFFICER and (school_id is None or session.get(School, school_id) is None):
        raise InvalidRequest(f"{login_name} needs a school: only officers see all schools.")
    if class_id is not None:
        school_class = session.get(SchoolClass, class_id)
        if school_class is None or school_class.school_id != school_id:
            raise InvalidRequest(f"The class of {login_name} is not in the school of {login_name}.")
