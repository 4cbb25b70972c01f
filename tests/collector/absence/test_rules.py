"""What is owed leaves every contact with the truth, whatever was told, lost or taken back before."""

from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from collector.absence.rules import Belief, Truth, agrees, is_decision, owed
from collector.models import Mark, NotificationKind, Reason
from tests.simulation.recorded_kiosk import after

ABSENT = Truth(Mark.ABSENT)
PRESENT = Truth(Mark.PRESENT, after(4))
LATE = Truth(Mark.LATE, after(10))
UNHEARD = Truth(Mark.UNDECIDED, reason=Reason.NOT_DELIVERED, is_final=False)
OLD_CARD = Truth(Mark.UNDECIDED, reason=Reason.OLD_CARD, is_final=False)
NOT_SURE_LATE = Truth(Mark.PRESENT, after(10), is_final=False)

MOMENTS = st.sampled_from([after(4), after(5), after(10), None])
TRUTHS = st.one_of(
    st.sampled_from([ABSENT, UNHEARD, OLD_CARD, NOT_SURE_LATE, Truth(Mark.UNRECORDED)]),
    st.builds(Truth, st.sampled_from([Mark.PRESENT, Mark.LATE]), MOMENTS),
)


def _belief(truth: Truth, *, is_certain: bool = True) -> Belief:
    return Belief(7, 70, truth, is_certain)


def test_only_a_final_late_or_absent_begins_a_row_of_decisions() -> None:
    assert [is_decision(None, truth) for truth in (ABSENT, LATE, PRESENT, UNHEARD, NOT_SURE_LATE)] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_a_contact_that_was_never_told_hears_nothing_of_a_presence() -> None:
    assert owed(PRESENT, [], [7], may_announce=True) == []


def test_a_final_absence_is_told_to_every_contact_unless_it_may_not_be() -> None:
    told = owed(ABSENT, [], [7, 8], may_announce=True)

    assert [(one.contact_id, one.kind, one.corrects_id) for one in told] == [
        (7, NotificationKind.ABSENT, None),
        (8, NotificationKind.ABSENT, None),
    ]
    assert owed(ABSENT, [], [7], may_announce=False) == []


def test_a_notice_of_which_nobody_knows_whether_it_arrived_is_sent_again_when_it_holds_again() -> None:
    assert owed(ABSENT, [_belief(ABSENT, is_certain=False)], [7], may_announce=True)[0].kind is NotificationKind.ABSENT
    assert owed(ABSENT, [_belief(ABSENT)], [7], may_announce=True) == []


def test_a_better_anchor_that_moves_an_arrival_by_seconds_is_told_to_nobody() -> None:
    moved = Truth(Mark.LATE, after(10.5))

    assert owed(moved, [_belief(LATE)], [7], may_announce=True) == []
    assert owed(Truth(Mark.LATE, after(9)), [_belief(LATE)], [7], may_announce=True) != []


def test_a_doubt_about_lateness_waits_but_an_absence_is_taken_back_at_once() -> None:
    assert owed(NOT_SURE_LATE, [_belief(LATE)], [7], may_announce=True) == []
    assert owed(NOT_SURE_LATE, [_belief(ABSENT)], [7], may_announce=True) != []
    assert owed(UNHEARD, [_belief(ABSENT)], [7], may_announce=True) == []
    assert owed(OLD_CARD, [_belief(ABSENT)], [7], may_announce=True) != []


@given(TRUTHS, TRUTHS, st.booleans())
def test_what_was_told_and_no_longer_holds_is_corrected_even_when_nothing_new_may_be_told(
    told: Truth,
    truth: Truth,
    may_announce: bool,  # noqa: FBT001 - drawn by name
) -> None:
    messages = owed(truth, [_belief(told)], [7], may_announce=may_announce)

    assert len(messages) <= 1
    if truth.is_final and not agrees(told, truth):
        assert [(one.kind, one.corrects_id) for one in messages] == [(NotificationKind.CORRECTION, 70)]


@dataclass
class _Guardian:
    """One contact whose messages always arrive at once."""

    beliefs: list[Belief] = field(default_factory=list)

    def hear(self, truth: Truth, at: datetime) -> None:
        for message in owed(truth, self.beliefs[-1:], [7], may_announce=at < after(60)):
            self.beliefs.append(Belief(message.contact_id, len(self.beliefs) + 1, truth, is_certain=True))


@given(st.lists(TRUTHS, min_size=1, max_size=8))
def test_after_any_history_a_guardian_who_was_told_anything_knows_the_final_truth(history: list[Truth]) -> None:
    guardian = _Guardian()
    for minute, truth in enumerate(history):
        guardian.hear(truth, after(20 * minute))

    last = history[-1]
    if guardian.beliefs and last.is_final:
        assert agrees(guardian.beliefs[-1].truth, last)
