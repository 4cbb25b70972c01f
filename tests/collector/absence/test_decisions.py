"""A decision is taken once it is known, told once, and taken back from exactly those who may have heard it."""

from sqlalchemy import func, select

from collector.models import AbsenceDecision, Declaration, Enrolment, Mark, Reason, mark_dirty
from tests.simulation.decided_school import DecidedSchool
from tests.simulation.recorded_kiosk import after

END = after(12.5)


def _quiet_morning(school: DecidedSchool, *absent: int) -> None:
    """Let all but these arrive, and both gates hear and see everything through the cutoff."""
    school.everyone_but(*absent)
    school.front.work_through(END)
    school.back.work_through(END)
    school.settle(after(12.6))


def test_who_is_unseen_while_both_gates_were_heard_and_sighted_is_absent_and_the_guardian_is_told(
    school: DecidedSchool,
) -> None:
    gone = school.students[0]

    _quiet_morning(school, gone)

    assert school.marks()[gone] == (Mark.ABSENT, None)
    assert {mark for student, (mark, _) in school.marks().items() if student != gone} == {Mark.PRESENT}
    assert school.told(gone) == [("ABSENT", "QUEUED")]


def test_at_the_cutoff_nobody_is_absent_while_a_gate_is_silent(school: DecidedSchool) -> None:
    gone = school.students[0]
    school.everyone_but(gone)
    school.front.work_through(END)
    school.back.anchor()
    school.back.watch(after(-1), END)
    school.settle(after(12.6))

    assert school.marks()[gone] == (Mark.UNDECIDED, Reason.NOT_DELIVERED)
    assert school.record(gone).evidence["gates"] == [school.back.gate_id]
    assert school.told(gone) == []

    school.back.deliver(after(40))
    school.back.claim(after(39), after(40))
    school.settle(after(40))

    assert school.marks()[gone] == (Mark.ABSENT, None)
    assert school.told(gone) == [("ABSENT", "QUEUED")]


def test_who_passed_the_silent_gate_is_present_when_it_delivers_and_nobody_is_told(school: DecidedSchool) -> None:
    slow = school.students[0]
    school.everyone_but(slow)
    school.back.tap(slow, after(5))
    school.front.work_through(END)
    school.settle(after(12.6))
    school.back.work_through(END)
    school.settle(after(40))

    assert school.marks()[slow] == (Mark.PRESENT, None)
    assert school.told(slow) == []


def test_late_is_told_only_when_the_other_gate_has_delivered_up_to_the_tap(school: DecidedSchool) -> None:
    slow = school.students[0]
    school.everyone_but(slow)
    school.front.tap(slow, after(10))
    school.front.work_through(END)
    school.settle(after(12.6))

    assert school.marks()[slow] == (Mark.PRESENT, None)
    assert not school.record(slow).is_final
    assert school.told(slow) == []

    school.back.work_through(END)
    school.settle(after(14))

    assert school.marks()[slow] == (Mark.LATE, None)
    assert school.record(slow).minutes_late == 2
    assert school.told(slow) == [("LATE", "QUEUED")]


def test_a_belated_row_after_the_notice_gives_exactly_one_correction(school: DecidedSchool) -> None:
    slow = school.students[0]
    _quiet_morning(school, slow)
    school.send()
    school.front.tap(slow, after(4))
    school.front.deliver(after(60))
    school.settle(after(60))
    school.send()
    school.settle(after(70))
    school.send()

    assert school.marks()[slow] == (Mark.PRESENT, None)
    assert school.told(slow) == [("ABSENT", "SENT"), ("CORRECTION", "SENT")]
    notice, correction = school.messages(slow)
    assert (correction.corrects_id, correction.contact_id) == (notice.id, notice.contact_id)
    assert correction.expires_at is None
    assert "did arrive, at 06:44. A gate's record reached us late." in school.channel.sent[1][1]
    assert f"Takes back {notice.reference}." in school.channel.sent[1][1]


def test_what_never_left_is_suppressed_without_a_correction(school: DecidedSchool) -> None:
    slow = school.students[0]
    _quiet_morning(school, slow)
    school.front.tap(slow, after(4))
    school.front.deliver(after(20))
    school.settle(after(20))

    assert school.told(slow) == [("ABSENT", "SUPPRESSED")]

    school.send()
    assert school.channel.sent == []


def test_a_teacher_who_puts_a_mark_right_sends_a_correction(school: DecidedSchool) -> None:
    slipped = school.students[0]
    _quiet_morning(school, slipped)
    school.send()

    school.rule(slipped, Mark.PRESENT)
    school.send()

    assert school.marks()[slipped] == (Mark.PRESENT, None)
    assert school.told(slipped) == [("ABSENT", "SENT"), ("CORRECTION", "SENT")]
    assert "The class teacher has put it right." in school.channel.sent[1][1]


def test_a_teacher_who_changes_her_mind_leaves_the_guardian_with_the_truth(school: DecidedSchool) -> None:
    student = school.students[0]
    _quiet_morning(school, student)
    school.send()
    school.rule(student, Mark.PRESENT)
    school.withdraw(student)
    school.send()

    assert school.marks()[student] == (Mark.ABSENT, None)
    assert school.told(student) == [("ABSENT", "SENT"), ("CORRECTION", "SUPPRESSED")]

    school.rule(student, Mark.PRESENT)
    school.send()
    school.withdraw(student)
    school.send()

    assert school.told(student)[2:] == [("CORRECTION", "SENT"), ("CORRECTION", "SENT")]
    assert "We have not seen" in school.channel.sent[-1][1]


def test_who_comes_after_the_absence_notice_has_arrived_since_and_nobody_apologises(school: DecidedSchool) -> None:
    slow = school.students[0]
    _quiet_morning(school, slow)
    school.send()
    school.front.tap(slow, after(14))
    school.front.deliver(after(14.2))
    school.settle(after(14.2))
    school.send()

    assert school.told(slow) == [("ABSENT", "SENT"), ("CORRECTION", "SENT")]
    assert "has arrived since, at 06:54" in school.channel.sent[1][1]
    assert "sorry" not in school.channel.sent[1][1]

    school.front.watch(END, after(15))
    school.back.watch(END, after(15))
    for kiosk in (school.front, school.back):
        kiosk.deliver(after(15))
        kiosk.claim(after(15))
    school.settle(after(16))
    school.send()

    assert school.marks()[slow] == (Mark.LATE, None)
    assert len(school.channel.sent) == 2, "the guardian knows when the child came"


def test_a_decision_that_is_superseded_is_kept_with_what_was_known_then(school: DecidedSchool) -> None:
    student = school.students[0]
    _quiet_morning(school, student)
    school.rule(student, Mark.PRESENT)

    with school.database.reading() as session:
        wanted = select(AbsenceDecision).where(AbsenceDecision.student_id == student).order_by(AbsenceDecision.id)
        first, second = session.scalars(wanted)
        assert (first.mark, second.mark) == (Mark.ABSENT, Mark.PRESENT)
        assert first.superseded_by_id == second.id
        gates = first.evidence["silence"]
        assert isinstance(gates, dict)
        assert gates.keys() == {str(gate) for gate in school.school.gate_ids}
        assert second.superseded_at is None


def test_an_absence_that_arises_after_its_day_is_recorded_and_not_sent(school: DecidedSchool) -> None:
    gone = school.students[0]
    school.everyone_but(gone)
    school.front.work_through(END)
    school.settle(after(12.6))
    school.back.work_through(END)
    school.settle(after(26 * 60))

    assert school.marks()[gone] == (Mark.ABSENT, None)
    assert school.told(gone) == []


def test_an_absence_from_an_enrolment_after_the_cutoff_is_recorded_and_not_sent(school: DecidedSchool) -> None:
    gone = school.students[0]
    with school.database.transaction() as session:
        enrolment = session.scalars(select(Enrolment).where(Enrolment.student_id == gone)).one()
        enrolment.recorded_at = after(30)
    _quiet_morning(school, gone)

    assert school.marks()[gone] == (Mark.ABSENT, None)
    assert school.told(gone) == []


def test_who_leaves_the_roster_after_a_notice_gets_it_taken_back(school: DecidedSchool) -> None:
    gone = school.students[0]
    _quiet_morning(school, gone)
    school.send()
    with school.database.transaction() as session:
        enrolment = session.scalars(select(Enrolment).where(Enrolment.student_id == gone)).one()
        enrolment.valid_to = enrolment.valid_from
        mark_dirty(session, [(gone, school.school.half_day_id)])
    school.settle(after(14))
    school.send()

    assert gone not in school.marks()
    assert school.told(gone) == [("ABSENT", "SENT"), ("CORRECTION", "SENT")]


def test_a_doubt_that_may_pass_is_not_told_but_what_waits_is_held_back(school: DecidedSchool) -> None:
    gone = school.students[0]
    _quiet_morning(school, gone)
    with school.database.transaction() as session:
        failed = Declaration(
            gate_id=school.back.gate_id,
            kind="FAILED",
            starts_at=after(1),
            ends_at=after(11),
            declared_by="Guard",
            reason="No power",
            recorded_at=after(13),
        )
        session.add(failed)
    school.rule(school.students[1], Mark.PRESENT)
    school.send()

    assert school.marks()[gone] == (Mark.UNDECIDED, Reason.NOT_SIGHTED)
    assert school.told(gone) == [("ABSENT", "SUPPRESSED")]


def test_more_than_half_a_class_unseen_is_held_and_lifted_by_a_belated_row(school: DecidedSchool) -> None:
    unseen = school.students[:4]
    _quiet_morning(school, *unseen)

    assert {school.marks()[student] for student in unseen} == {(Mark.UNDECIDED, Reason.ASK)}

    school.rule(unseen[0], Mark.PRESENT)

    assert {school.marks()[student] for student in unseen[1:]} == {(Mark.ABSENT, None)}


def test_a_step_with_nothing_new_changes_nothing(school: DecidedSchool) -> None:
    _quiet_morning(school, school.students[0])

    assert not school.sweep.step()
    with school.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AbsenceDecision)) == 1
