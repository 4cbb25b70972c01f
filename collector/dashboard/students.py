"""The page of one student, and putting a mark right by name and reason."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from collector.attendance import service as attendance
from collector.auth.access import BACKGROUND_HEADER, SignedIn
from collector.auth.schemas import Principal
from collector.auth.service import audit, school_in_scope
from collector.dashboard.explanation import Explainer
from collector.dashboard.pages import reader_of, render
from collector.dashboard.params import FormId, PathId
from collector.dashboard.queries import class_of
from collector.db import Database
from collector.errors import Forbidden, InvalidRequest, NotFound
from collector.models import Mark, SchoolSession, Student
from collector.schedule.service import expected, local_day, sessions_of
from wire.clock import Clock

router = APIRouter()
LONGEST_REASON = 200


@router.get("/schools/{school_id}/students/{student_id}")
def student_page(
    request: Request, principal: SignedIn, school_id: PathId, student_id: PathId, saved: int = 0
) -> Response:
    """Show a student's day with its explanation; each look is on record."""
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    reader, now = reader_of(request), clock.now()
    with database.reading() as session:
        school = school_in_scope(session, principal, school_id)
        student = _student(session, school_id, student_id)
        explainer = Explainer(session, student, now, reader)
        today = sessions_of(session, school_id, local_day(now, reader.zone))
        held = [half_day for half_day in today if student_id in expected(session, half_day)]
        school_class = class_of(session, student_id, local_day(now, reader.zone))
        page = render(
            request,
            "student.html",
            school=school,
            student=student,
            school_class=school_class,
            half_days=[explainer.half_day(half_day) for half_day in held],
            guardians=explainer.guardians(),
            may_put_right=school_class is not None and principal.may_put_right(school_id, school_class.id),
            saved=bool(saved),
            now=now,
        )
    if BACKGROUND_HEADER not in request.headers:
        with database.transaction() as session:
            audit(session, principal.staff_id, "READ_STUDENT", f"student {student_id}", now)
    return page


@router.post("/schools/{school_id}/overrides")
def put_right(
    request: Request,
    principal: SignedIn,
    school_id: PathId,
    student_id: FormId,
    school_session_id: FormId,
    mark: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=LONGEST_REASON)],
) -> Response:
    """Put a mark right in the name of whoever is signed in."""
    database: Database = request.app.state.database
    now = request.app.state.clock.now()
    if mark not in Mark.__members__:
        raise InvalidRequest("A mark can be put right to present, late or absent.")
    with database.transaction() as session:
        _half_day(session, principal, school_id, student_id, school_session_id)
        attendance.override(session, principal.staff_id, student_id, school_session_id, Mark(mark), reason, now)
        subject = f"student {student_id}, school session {school_session_id}: {mark}"
        audit(session, principal.staff_id, "OVERRIDE", subject, now)
    return RedirectResponse(f"/schools/{school_id}/students/{student_id}?saved=1", 303)


@router.post("/schools/{school_id}/overrides/withdraw")
def undo(
    request: Request,
    principal: SignedIn,
    school_id: PathId,
    student_id: FormId,
    school_session_id: FormId,
) -> Response:
    """Take the override in force back, so that the gates speak again."""
    database: Database = request.app.state.database
    now = request.app.state.clock.now()
    with database.transaction() as session:
        _half_day(session, principal, school_id, student_id, school_session_id)
        attendance.withdraw_override(session, student_id, school_session_id, now)
        subject = f"student {student_id}, school session {school_session_id}"
        audit(session, principal.staff_id, "WITHDRAW_OVERRIDE", subject, now)
    return RedirectResponse(f"/schools/{school_id}/students/{student_id}?saved=1", 303)


def _student(session: Session, school_id: int, student_id: int) -> Student:
    student = session.get(Student, student_id)
    if student is None or student.school_id != school_id:
        raise NotFound("There is no such student at this school.")
    return student


def _half_day(session: Session, principal: Principal, school_id: PathId, student_id: PathId, half_day_id: int) -> None:
    """Raise NotFound or Forbidden unless this person may put this student's mark right in this school session."""
    school_in_scope(session, principal, school_id)
    _student(session, school_id, student_id)
    half_day = session.get(SchoolSession, half_day_id)
    if half_day is None or half_day.school_id != school_id:
        raise NotFound("There is no such school session at this school.")
    class_id = expected(session, half_day).get(student_id)
    if class_id is None:
        raise NotFound("This student is not expected in this school session.")
    if not principal.may_put_right(school_id, class_id):
        raise Forbidden("Only the class teacher and the school's operator can put a mark right.")
