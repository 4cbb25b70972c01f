"""When silence is real: each clause of the rule, and what must hold for any evidence."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.fleet.completeness import GateEvidence, KioskEvidence, OutboxEvidence, Silence, silence
from collector.fleet.spans import Span
from collector.models import Reason
from tests.simulation.manual_clock import MONDAY_0640

OPENS, CUTOFF = MONDAY_0640, MONDAY_0640 + timedelta(minutes=12)
LONG_AGO = OPENS - timedelta(days=30)
STUDENTS = 12
RATE = STUDENTS / 720
"""One expected arrival a minute."""


def _at(minutes: float) -> datetime:
    return OPENS + timedelta(minutes=minutes)


def _span(start: float, end: float) -> Span:
    return _at(start), _at(end)


BOX = OutboxEvidence(delivered_through=_at(13), known_from=_at(-60))
KIOSK = KioskEvidence("kio-1", LONG_AGO, outboxes=(BOX,), sight=(_span(-5, 13),))
GATE = GateEvidence(1, RATE, (KIOSK,))


def _with(kiosk: KioskEvidence) -> GateEvidence:
    return replace(GATE, kiosks=(kiosk,))


def _judge(*gates: GateEvidence, until: datetime = CUTOFF) -> Silence:
    return silence(gates, OPENS, until)


def test_a_gate_that_watched_and_delivered_makes_silence_real() -> None:
    assert _judge(GATE).is_real


def test_a_school_without_a_gate_has_no_silence() -> None:
    assert _judge().reason == Reason.NO_GATE


@pytest.mark.parametrize(
    "kiosk",
    [replace(KIOSK, commissioned_at=_at(1)), replace(KIOSK, retired_at=_at(11)), replace(KIOSK, retired_at=_at(-9))],
    ids=["commissioned after opens", "retired before the cutoff", "retired long ago"],
)
def test_a_gate_without_a_kiosk_from_opens_to_the_cutoff_is_uncovered(kiosk: KioskEvidence) -> None:
    found = _judge(GATE, replace(_with(kiosk), gate_id=2))

    assert (found.reason, found.gate_ids) == (Reason.NO_GATE, (2,))


def test_a_kiosk_retired_after_the_cutoff_still_covers_its_gate() -> None:
    assert _judge(_with(replace(KIOSK, retired_at=_at(12.5)))).is_real


def test_a_second_kiosk_that_was_retired_in_between_still_owes_what_it_recorded() -> None:
    behind = replace(KIOSK, kiosk_id="kio-2", retired_at=_at(6), outboxes=(replace(BOX, delivered_through=_at(5)),))

    assert _judge(replace(GATE, kiosks=(KIOSK, behind))).reason == Reason.NOT_DELIVERED
    paid = replace(behind, outboxes=(replace(BOX, delivered_through=_at(6)),))
    assert _judge(replace(GATE, kiosks=(KIOSK, paid))).is_real


@pytest.mark.parametrize(
    "boxes",
    [
        (),
        (replace(BOX, delivered_through=None),),
        (replace(BOX, delivered_through=_at(11.9)),),
        (BOX, replace(BOX, delivered_through=_at(6))),
        (replace(BOX, known_from=_at(3)),),
    ],
    ids=["no outbox yet", "nothing delivered", "claim before the cutoff", "one vanished", "made after opens"],
)
def test_what_is_not_delivered_may_still_come(boxes: tuple[OutboxEvidence, ...]) -> None:
    found = _judge(_with(replace(KIOSK, outboxes=boxes, silent_since=_at(7))))

    assert (found.reason, found.gate_ids, found.since) == (Reason.NOT_DELIVERED, (1,), _at(7))
    assert not found.only_roll


def test_an_outbox_that_its_kiosk_left_empty_owes_nothing_after() -> None:
    left = replace(BOX, delivered_through=_at(4), is_ended=True)
    new = replace(BOX, known_from=_at(4))

    assert _judge(_with(replace(KIOSK, outboxes=(left, new)))).is_real


def test_every_gate_of_the_student_must_be_silent() -> None:
    other = replace(_with(replace(KIOSK, outboxes=())), gate_id=2)

    assert _judge(GATE, other).gate_ids == (2,)


def test_a_gap_of_less_than_one_expected_arrival_may_remain() -> None:
    assert _judge(_with(replace(KIOSK, sight=(_span(0, 5), _span(5.98, 12))))).is_real


def test_gaps_that_together_hold_an_expected_arrival_may_not() -> None:
    sight = (_span(0, 3), _span(3.5, 6), _span(6.5, 12))
    found = _judge(_with(replace(KIOSK, sight=sight)))

    assert (found.reason, found.since) == (Reason.NOT_SIGHTED, _at(3))


@pytest.mark.parametrize(("gap_seconds", "is_real"), [(60, True), (61, False)])
def test_no_gap_is_over_a_minute_however_few_are_expected(gap_seconds: float, *, is_real: bool) -> None:
    sight = (_span(0, 5), _span(5 + gap_seconds / 60, 12))
    few = replace(_with(replace(KIOSK, sight=sight)), arrivals_per_second=0.0001)

    assert _judge(few).is_real is is_real


def test_two_kiosks_of_a_gate_watch_for_one_another() -> None:
    one, two = replace(KIOSK, sight=(_span(-1, 7),)), replace(KIOSK, kiosk_id="kio-2", sight=(_span(6, 13),))

    assert _judge(replace(GATE, kiosks=(one, two))).is_real
    assert _judge(_with(one)).reason == Reason.NOT_SIGHTED


def test_a_closed_gate_owes_neither_claim_nor_sight() -> None:
    silent = replace(KIOSK, outboxes=(replace(BOX, delivered_through=_at(6)),), sight=(_span(0, 6),))

    assert _judge(replace(_with(silent), closed=(_span(6, 20),))).is_real
    assert not _judge(replace(_with(silent), closed=(_span(6.5, 20),))).is_real
    assert _judge(GATE, GateEvidence(2, RATE, (), closed=(_span(-9, 20),))).is_real


def test_when_every_gate_is_closed_nobody_can_have_stayed_away() -> None:
    assert _judge(replace(GATE, closed=(_span(-1, 20),))).reason == Reason.NO_GATE


def test_a_gate_that_the_guard_shut_down_owes_nothing_after() -> None:
    shut = replace(KIOSK, outboxes=(replace(BOX, delivered_through=_at(6)),), sight=(_span(0, 6),), closed_from=_at(6))
    running = replace(KIOSK, kiosk_id="kio-2", sight=(_span(0, 8),))

    assert _judge(_with(shut)).is_real
    assert not _judge(_with(replace(shut, closed_from=None))).is_real
    assert _judge(replace(GATE, kiosks=(shut, running))).reason == Reason.NOT_SIGHTED


def test_where_people_passed_unseen_only_a_roll_can_tell() -> None:
    found = _judge(GATE, replace(GATE, gate_id=2, failed=(_span(2, 3),)))

    assert (found.is_real, found.only_roll, found.gate_ids) == (False, True, (2,))
    assert _judge(replace(GATE, failed=(_span(12, 20),))).is_real


def test_a_failed_gate_is_not_waited_for() -> None:
    behind = replace(_with(replace(KIOSK, outboxes=())), failed=(_span(0, 20),))

    assert _judge(behind).only_roll


def test_rows_that_a_person_must_look_at_make_their_time_uncertain() -> None:
    assert _judge(_with(replace(KIOSK, quarantined=(_span(3, 4),)))).reason == Reason.QUARANTINED
    assert _judge(_with(replace(KIOSK, quarantined=(_span(-9, 0), _span(12, 20))))).is_real


def test_rows_that_never_come_leave_it_to_the_roll() -> None:
    found = _judge(_with(replace(KIOSK, lost=(_span(3, 4),))))

    assert (found.is_real, found.only_roll) == (False, True)
    assert _judge(_with(replace(KIOSK, lost=(_span(12, 20),)))).is_real


minutes = st.integers(-4, 28).map(lambda half: half / 2)
spans = st.tuples(minutes, minutes).map(lambda pair: _span(*sorted(pair)))
boxes = st.builds(
    OutboxEvidence, delivered_through=st.none() | minutes.map(_at), known_from=minutes.map(_at), is_ended=st.booleans()
)
kiosks = st.builds(
    KioskEvidence,
    kiosk_id=st.just("kio"),
    commissioned_at=st.sampled_from([LONG_AGO, _at(3)]),
    retired_at=st.none() | minutes.map(_at),
    outboxes=st.lists(boxes, max_size=2).map(tuple),
    sight=st.lists(spans, max_size=3).map(lambda found: (_span(-5, 14), *found) if len(found) > 1 else tuple(found)),
    quarantined=st.lists(spans, max_size=1).map(tuple),
    lost=st.lists(spans, max_size=1).map(tuple),
    closed_from=st.none() | minutes.map(_at),
)
kindly = st.one_of(kiosks, st.just(KIOSK))
gates = st.lists(
    st.builds(
        GateEvidence,
        gate_id=st.integers(1, 3),
        arrivals_per_second=st.sampled_from([0.0, 0.002, RATE]),
        kiosks=st.lists(kindly, max_size=2).map(tuple),
        closed=st.lists(spans, max_size=1).map(tuple),
        failed=st.lists(spans, max_size=1).map(tuple),
    )
    | st.just(GATE),
    max_size=3,
)


@given(gates, minutes, minutes)
def test_what_is_real_through_a_moment_is_real_through_each_earlier_one(
    found: list[GateEvidence], one: float, other: float
) -> None:
    earlier, later = _at(min(one, other)), _at(max(one, other))
    assume(silence(found, OPENS, later).is_real)
    before = silence(found, OPENS, earlier)

    # Alone a gate that was closed at first had nobody who could come by then.
    assert before.is_real or before.reason == Reason.NO_GATE


@given(gates, minutes, st.lists(spans, max_size=3), st.integers(0, 2))
def test_more_sight_and_later_claims_never_make_real_silence_doubtful(
    found: list[GateEvidence], until: float, more: list[Span], by_days: int
) -> None:
    assume(silence(found, OPENS, _at(until)).is_real)

    def _richer(kiosk: KioskEvidence) -> KioskEvidence:
        later = tuple(
            replace(box, delivered_through=box.delivered_through and box.delivered_through + timedelta(by_days))
            for box in kiosk.outboxes
        )
        return replace(kiosk, sight=(*kiosk.sight, *more), outboxes=later)

    richer = [replace(gate, kiosks=tuple(_richer(kiosk) for kiosk in gate.kiosks)) for gate in found]
    assert silence(richer, OPENS, _at(until)).is_real


@given(gates, minutes)
def test_silence_that_is_not_real_always_has_a_reason_and_real_silence_blames_nobody(
    found: list[GateEvidence], until: float
) -> None:
    judged = silence(found, OPENS, _at(until))

    assert judged.is_real is (judged.reason is None)
    assert not (judged.is_real and (judged.gate_ids or judged.only_roll))


@given(gates, st.integers(0, 23).map(lambda half: half / 2))
def test_one_gate_without_any_outbox_keeps_all_silence_from_being_real(found: list[GateEvidence], until: float) -> None:
    assume(_at(until) > OPENS)
    mute = GateEvidence(9, RATE, (replace(KIOSK, outboxes=()),))

    assert not silence([*found, mute], OPENS, _at(until)).is_real
