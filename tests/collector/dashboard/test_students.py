"""Putting a mark right: who may, what is written down, how it is undone, and that the guardian hears of it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from collector.models import AttendanceRecord, AuditEntry, Notification, Override
from tests.collector.dashboard.seed import Morning
from tests.collector.dashboard.visitor import Visitor

OF_7B = 41
"""The first student of class 7B."""


@pytest.fixture
def teacher(address: str) -> Iterator[Visitor]:
    """The teacher of class 7A, reading English."""
    with Visitor(address) as visitor:
        visitor.http.cookies.set("language", "en")
        visitor.sign_in("teacher")
        yield visitor


def _put_right(visitor: Visitor, morning: Morning, student: int, **changed: object) -> int:
    form = {"student_id": student, "school_session_id": morning.half_days[0], "mark": "PRESENT", "reason": "in class"}
    answer = visitor.send("/schools/1/overrides", **{**form, **changed})
    morning.settle()
    return answer.status_code


def _mark(morning: Morning, student: int) -> str:
    with morning.database.reading() as session:
        record = session.get(AttendanceRecord, (student, morning.half_days[0]))
        return record.mark if record else ""


def test_a_teacher_puts_a_mark_of_the_own_class_right_and_undoes_it(morning: Morning, teacher: Visitor) -> None:
    morning.at("06:41")
    student = morning.unseen()

    assert _put_right(teacher, morning, student) == 200
    assert _mark(morning, student) == "PRESENT"
    page = teacher.see(f"/schools/1/students/{student}").text
    assert "Keo Sophea put this right: “in class”." in page

    pair = {"student_id": student, "school_session_id": morning.half_days[0]}
    assert teacher.send("/schools/1/overrides/withdraw", **pair).status_code == 200
    morning.settle()
    assert _mark(morning, student) == "UNDECIDED"
    assert "This was undone" in teacher.see(f"/schools/1/students/{student}").text


def test_a_teacher_may_look_at_another_class_and_not_change_it(morning: Morning, teacher: Visitor) -> None:
    morning.at("06:41")
    before = _mark(morning, OF_7B)

    page = teacher.see(f"/schools/1/students/{OF_7B}")
    assert page.status_code == 200
    assert "Only the class teacher" in page.text
    assert 'name="mark"' not in page.text
    assert _put_right(teacher, morning, OF_7B) == 403
    assert _mark(morning, OF_7B) == before


def test_an_officer_sees_and_does_not_change(morning: Morning, address: str) -> None:
    morning.at("06:41")
    with Visitor(address) as officer:
        officer.sign_in("officer")

        assert officer.see(f"/schools/1/students/{OF_7B}").status_code == 200
        assert _put_right(officer, morning, OF_7B) == 403


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"mark": "UNDECIDED"}, 422),
        ({"mark": "HAPPY"}, 422),
        ({"mark": ""}, 422),
        ({"reason": " "}, 422),
        ({"reason": "x" * 201}, 422),
        ({"student_id": "nobody"}, 422),
        ({"student_id": 9999}, 404),
        ({"school_session_id": 9999}, 404),
        ({"school_session_id": 10**30}, 422),
    ],
)
def test_an_impossible_form_changes_nothing(
    morning: Morning, address: str, changed: dict[str, object], status: int
) -> None:
    with Visitor(address) as operator:
        operator.sign_in("operator")

        assert _put_right(operator, morning, 1, **changed) == status
    with morning.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Override)) == 0


def test_writes_and_looks_at_a_child_are_on_record(morning: Morning, teacher: Visitor) -> None:
    student = morning.unseen()
    teacher.see(f"/schools/1/students/{student}")
    teacher.http.get(f"/schools/1/students/{student}", headers={"X-Background": "1"})
    _put_right(teacher, morning, student)

    with morning.database.reading() as session:
        acts = list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts == ["SIGNED_IN", "READ_STUDENT", "OVERRIDE", "READ_STUDENT"]


def test_a_reason_is_shown_as_text_and_never_as_a_page(morning: Morning, teacher: Visitor) -> None:
    morning.at("06:40:30")
    student = morning.unseen()
    _put_right(teacher, morning, student, reason="<script>alert(1)</script>%(x)s")

    page = teacher.see(f"/schools/1/students/{student}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;%(x)s" in page


@pytest.mark.timeout(60)
def test_the_guardian_of_a_child_who_was_called_absent_gets_the_correction(morning: Morning, address: str) -> None:
    morning.at("06:53")
    student = morning.unseen()
    with Visitor(address) as operator:
        operator.sign_in("operator")
        _put_right(operator, morning, student)
        letters = operator.see("/schools/1/messages").text
        page = operator.see(f"/schools/1/students/{student}").text

    with morning.database.reading() as session:
        of_child = select(Notification).where(Notification.student_id == student).order_by(Notification.id)
        notice, correction = session.scalars(of_child)
        assert (notice.kind, correction.kind, correction.corrects_id) == ("ABSENT", "CORRECTION", notice.id)
        told, taken_back = f'href="#m{notice.id}"', f"takes back {notice.reference}"
    assert told in letters
    assert taken_back in letters
    assert "Taken back by" in letters
    assert 'class="mark ABSENT struck"' in page
