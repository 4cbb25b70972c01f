"""The day's sentence can be read aloud and says only what is known, and whose fault the rest is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from collector.attendance.day import _blames
from collector.attendance.schemas import Blame, Counts, SilentGate, Today
from collector.attendance.sentence import sentence
from collector.attendance.service import today
from collector.models import AttendanceRecord, Mark, Reason
from tests.simulation.decided_school import ZONE, DecidedSchool
from tests.simulation.recorded_kiosk import after

END = after(12.5)


def _today(school: DecidedSchool) -> Today:
    with school.database.reading() as session:
        return today(session, school.school.school_id, school.clock.now(), ZONE)


def test_before_the_first_tap_everyone_is_not_seen_yet_and_nobody_is_absent(school: DecidedSchool) -> None:
    found = _today(school)

    assert found.counts == Counts(expected=6, undecided=6)
    assert sentence(found, "en") == "0 of 6 expected are in at 6:40, 6 not seen yet."


def test_before_the_gates_open_the_sentence_says_when_they_do(school: DecidedSchool) -> None:
    school.clock.step_wall(-3600)

    assert sentence(_today(school), "en") == "6 students are expected; the gates open at 6:40."
    assert sentence(_today(school), "km") == "សិស្ស 6 នាក់ ត្រូវមកសាលា; ខ្លោងទ្វារបើកម៉ោង 6:40។"


def test_a_day_without_school_says_so(school: DecidedSchool) -> None:
    school.clock.step_wall(-24 * 3600)

    assert _today(school).half_day is None
    assert sentence(_today(school), "en") == "There is no school today."


def test_at_the_cutoff_the_silent_gate_is_named_with_since_when(school: DecidedSchool) -> None:
    school.everyone_but(*school.students[:2])
    school.front.tap(school.students[1], after(5))
    school.front.work_through(END)
    school.back.anchor()
    school.back.watch(after(-1), after(7))
    school.back.deliver(after(7))
    school.back.claim(after(7))
    school.settle(after(12.6))

    found = _today(school)

    assert (found.counts.seen, found.counts.undecided, found.counts.absent) == (5, 1, 0)
    (blame,) = found.blames
    assert (blame.reason, blame.count, blame.gate_ids) == (Reason.NOT_DELIVERED, 1, (school.back.gate_id,))
    assert (
        sentence(found, "en")
        == "5 of 6 expected are in at 6:52, 1 undecided because gate 2 has been silent since 6:47."
    )
    assert sentence(found, "km") == (
        "គិតត្រឹមម៉ោង 6:52 មកដល់ 5 ក្នុងចំណោម 6 នាក់, មិនទាន់សម្រេច 1 នាក់ ព្រោះច្រក 2 គ្មានដំណឹងតាំងពីម៉ោង 6:47។"
    )


def test_before_the_cutoff_the_gates_that_are_silent_are_named(school: DecidedSchool) -> None:
    school.clock.advance(10 * 60)
    found = _today(school)
    silent = [SilentGate(school.back.gate_id, after(7) - timedelta(milliseconds=40))]
    never = [*silent, SilentGate(school.front.gate_id, None)]

    assert sentence(found, "en", silent) == (
        "0 of 6 expected are in at 6:50, 6 not seen yet; gate 2 has been silent since 6:47."
    )
    assert sentence(found, "km", silent) == (
        "គិតត្រឹមម៉ោង 6:50 មកដល់ 0 ក្នុងចំណោម 6 នាក់, មិនទាន់ឃើញ 6 នាក់; ច្រក 2 គ្មានដំណឹងតាំងពីម៉ោង 6:47។"
    )
    assert sentence(found, "en", never).endswith("; gate 2 has been silent since 6:47; gate 1 has never been heard.")
    assert sentence(found, "km", never).endswith("; ច្រក 1 មិនធ្លាប់មានដំណឹង។")


def test_after_the_cutoff_only_marks_blame_a_gate(school: DecidedSchool) -> None:
    school.clock.advance(12.1 * 60)
    silent = [SilentGate(school.back.gate_id, after(7))]

    assert sentence(_today(school), "en", silent) == sentence(_today(school), "en")


def test_marks_that_wait_for_one_gate_are_one_blame_since_the_earliest_moment(school: DecidedSchool) -> None:
    waiting = [
        _waiting(school.back.gate_id, class_id, since)
        for class_id, since in ((1, after(7)), (2, after(6)), (2, after(7)))
    ]

    assert _blames(waiting, unheard=0) == (Blame(Reason.NOT_DELIVERED, 3, (school.back.gate_id,), after(6), (1, 2)),)


def _waiting(gate_id: int, class_id: int, since: datetime) -> AttendanceRecord:
    evidence = {"gates": [gate_id], "since": since.isoformat()}
    return AttendanceRecord(class_id=class_id, mark=Mark.UNDECIDED, reason=Reason.NOT_DELIVERED, evidence=evidence)


def test_when_all_is_known_the_sentence_counts_late_and_absent(school: DecidedSchool) -> None:
    school.everyone_but(*school.students[:2])
    school.front.tap(school.students[1], after(10))
    school.front.work_through(END)
    school.back.work_through(END)
    school.settle(after(12.6))

    assert sentence(_today(school), "en") == "5 of 6 expected are in at 6:52, 1 of them late, 1 absent."


def test_a_class_lists_its_students_in_register_order_with_their_marks(school: DecidedSchool) -> None:
    school.everyone_but(school.students[2])
    school.front.work_through(END)
    school.settle(after(8))
    school.rule(school.students[2], Mark.PRESENT)

    (found,) = _today(school).classes

    assert [student.student_id for student in found.students] == list(school.students)
    assert found.counts == Counts(expected=6, present=6)
    assert [student.is_overridden for student in found.students] == [False, False, True, False, False, False]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_words_in_both_languages(school: DecidedSchool, reason: Reason) -> None:
    blamed = replace(_today(school), blames=(Blame(reason, 3, school.school.gate_ids, after(2)),))

    assert "3 " in sentence(blamed, "en")
    assert " 3 នាក់" in sentence(blamed, "km")
    assert "{" not in sentence(blamed, "en") + sentence(blamed, "km")
