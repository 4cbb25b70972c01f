"""Claims held against the ledger."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.claims import ClaimFact, LedgerFact, RangeFact, bounds_of, closed_from, delivered, is_over
from collector.fleet.spans import BEGINNING, END
from tests.simulation.manual_clock import MONDAY_0640

ALL_READ = 10**9
FIRST, SECOND = b"first", b"second"


def _claim(seq: int, minute: float = 12, boot: bytes = FIRST, row_boot: bytes = FIRST) -> ClaimFact:
    at = MONDAY_0640 + timedelta(minutes=minute)
    return ClaimFact(at, seq, row_boot, boot, at + timedelta(seconds=1))


def _ledger(*ranges: tuple[int, int], boot: bytes = FIRST, read_through: int = ALL_READ) -> LedgerFact:
    return LedgerFact(tuple(RangeFact(first, last, boot) for first, last in ranges), read_through)


def test_a_claim_counts_once_all_of_its_rows_are_held() -> None:
    claim = _claim(10)

    assert delivered([claim], _ledger((1, 9))) == []
    assert delivered([claim], _ledger((1, 4), (6, 10))) == []
    assert delivered([claim], _ledger((2, 10))) == []
    assert delivered([claim], _ledger((1, 10))) == [claim]
    assert delivered([claim], _ledger((1, 7), (8, 30))) == [claim]


def test_a_claim_counts_only_once_attendance_has_read_its_rows() -> None:
    assert delivered([_claim(10)], _ledger((1, 10), read_through=9)) == []


def test_a_row_of_another_boot_is_another_row() -> None:
    assert delivered([_claim(10)], _ledger((1, 10), boot=SECOND)) == []


def test_rows_declared_lost_are_accounted_for_whatever_their_boot() -> None:
    lost = LedgerFact((RangeFact(1, 5, FIRST), RangeFact(6, 10, b"", is_lost=True)), ALL_READ)

    assert delivered([_claim(10)], lost) == [_claim(10)]


def test_an_outbox_without_a_row_has_delivered_all_it_claims() -> None:
    assert delivered([_claim(0, row_boot=bytes(16))], _ledger()) == [_claim(0, row_boot=bytes(16))]


def test_an_outbox_left_after_a_fork_may_have_no_row_to_show() -> None:
    bare = _claim(10, row_boot=bytes(16))

    assert delivered([replace(bare, is_ended=True)], _ledger((1, 10))) != []
    assert delivered([replace(bare, is_ended=True)], _ledger((1, 9))) == []
    assert delivered([bare], _ledger((1, 10))) == []


def test_a_clock_that_is_not_believed_claims_nothing() -> None:
    assert delivered([replace(_claim(10), through_at=None)], _ledger((1, 10))) == []


def test_while_a_copy_claims_more_rows_than_the_original_neither_life_is_whole() -> None:
    copy, original = _claim(15, 11, SECOND, SECOND), _claim(10, 12)

    assert delivered([copy, original], _ledger((1, 10))) == []
    assert delivered([replace(copy, is_ended=True), original], _ledger((1, 10))) == [original]


def test_a_copy_that_claims_the_same_rows_vouches_for_its_own_time_only() -> None:
    original, copy, again = _claim(10, 12), _claim(10, 5, SECOND), _claim(10, 13)
    ledger = _ledger((1, 10))

    assert delivered([original, copy], ledger) == [copy]
    assert delivered([original, copy, again], ledger) == [copy]
    assert delivered([original, replace(copy, through_at=None), again], ledger) == [original]
    assert delivered([original, replace(copy, is_ended=True), again], ledger) != [copy]


def test_a_reboot_with_a_wrong_clock_takes_nothing_back() -> None:
    before, after = _claim(10, 12), replace(_claim(10, 13, SECOND), through_at=None)

    assert delivered([before, after], _ledger((1, 10))) == [before]


def test_an_outbox_is_over_while_nobody_goes_on_in_it() -> None:
    plain, ended = _claim(10, 5), replace(_claim(10, 6), is_ended=True)
    rebooted, copy = replace(_claim(10, 7, SECOND), is_ended=True), _claim(10, 8, SECOND)

    assert not is_over([plain], [plain])
    assert is_over([plain, ended], [plain, ended])
    assert not is_over([plain, ended], [plain])
    assert is_over([plain, rebooted], [plain, rebooted])
    assert not is_over([ended, plain], [ended, plain])
    assert not is_over([ended, copy], [ended, copy])
    assert not is_over([ended, copy, ended], [ended, copy])
    assert is_over([ended, copy, rebooted], [ended, copy, rebooted])


def test_a_reboot_is_no_copy() -> None:
    before, after = _claim(10, 11), _claim(12, 12, SECOND, SECOND)
    ledger = LedgerFact((RangeFact(1, 10, FIRST), RangeFact(11, 12, SECOND)), ALL_READ)

    assert delivered([before, after], ledger) == [before, after]


@given(st.lists(st.integers(0, 20), max_size=6), st.integers(0, 20), st.integers(0, 20))
def test_more_rows_never_take_a_delivery_back(seqs: list[int], held: int, more: int) -> None:
    claims = [_claim(seq, minute) for minute, seq in enumerate(sorted(seqs))]
    before = delivered(claims, _ledger((1, held)) if held else _ledger())
    after = delivered(claims, _ledger((1, held + more)) if held + more else _ledger())

    assert set(before) <= set(after)


def test_unreadable_rows_lie_between_the_last_claim_without_them_and_the_first_with_them() -> None:
    before, within = _claim(4, 1), _claim(9, 5)

    assert bounds_of(5, 6, [before, within], None) == (before.through_at, within.received_at)
    assert bounds_of(5, 6, [], None) == (BEGINNING, END)
    assert bounds_of(5, 6, [before], before.received_at)[1] == before.received_at


def test_the_day_is_closed_only_while_that_is_the_kiosks_last_word() -> None:
    closing = replace(_claim(10, 5), is_closed=True)

    assert closed_from([_claim(9, 4), closing]) == closing.through_at
    assert closed_from([closing, _claim(10, 6)]) is None
    assert closed_from([]) is None
