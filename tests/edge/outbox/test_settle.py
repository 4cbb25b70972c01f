"""Only the collector's own word settles a row, and only under the boot in which the row was written (P2, P3)."""

import pytest

from edge.clock import KioskClock
from edge.outbox import Outbox
from edge.outbox import outbox as module
from tests.edge.makers import receipt, tag, tags_in, tap
from tests.simulation.manual_clock import ManualClock, boot_id

OTHER_BOOT = boot_id("another")


@pytest.fixture
def full(outbox: Outbox, kiosk_clock: KioskClock) -> Outbox:
    """An outbox with ten pending check-ins."""
    for number in range(1, 11):
        tap(outbox, kiosk_clock, number)
    return outbox


def _pending_seqs(outbox: Outbox) -> list[int]:
    return [batch.first_seq + n for batch in outbox.pending_batches(1, 1000) for n in range(len(batch.rows))]


def test_held_rows_are_settled_and_stay_so_after_a_restart(full: Outbox, clock: ManualClock) -> None:
    done = full.settle(receipt(full.outbox_id, clock.boot_id(), (1, 4), (6, 6)), clock.now())

    assert (done.settled, done.pending, done.is_ours) == (5, 5, True)
    assert _pending_seqs(full) == [5, 7, 8, 9, 10]


def test_a_range_of_another_boot_settles_nothing(full: Outbox, clock: ManualClock) -> None:
    full.settle(receipt(full.outbox_id, OTHER_BOOT, (1, 10)), clock.now())

    assert full.pending == 10


def test_each_row_is_settled_by_its_own_boot_only(full: Outbox, clock: ManualClock, kiosk_clock: KioskClock) -> None:
    first_boot = clock.boot_id()
    clock.reboot("second")
    tap(full, kiosk_clock, 11)

    full.settle(receipt(full.outbox_id, first_boot, (1, 11)), clock.now())

    assert _pending_seqs(full) == [11]


def test_an_older_revision_is_ignored(full: Outbox, clock: ManualClock) -> None:
    name, boot = full.outbox_id, clock.boot_id()
    full.settle(receipt(name, boot, (1, 4), revision=7), clock.now())

    full.settle(receipt(name, boot, (1, 10), revision=6), clock.now())
    assert _pending_seqs(full) == [5, 6, 7, 8, 9, 10]

    full.settle(receipt(name, boot, (1, 8), revision=7), clock.now())
    assert _pending_seqs(full) == [9, 10]


def test_a_receipt_for_another_outbox_changes_nothing(full: Outbox, clock: ManualClock) -> None:
    done = full.settle(receipt(bytes(16), clock.boot_id(), (1, 10)), clock.now())

    assert (done.settled, done.pending, done.is_ours) == (0, 10, False)


def test_a_new_ledger_makes_every_row_pending_that_it_does_not_hold(full: Outbox, clock: ManualClock) -> None:
    name, boot = full.outbox_id, clock.boot_id()
    full.settle(receipt(name, boot, (1, 10), revision=50), clock.now())
    assert full.pending == 0

    full.settle(receipt(name, boot, (1, 3), revision=1, ledger_id=b"after a restore!"), clock.now())

    assert _pending_seqs(full) == [4, 5, 6, 7, 8, 9, 10]


def test_a_new_ledger_wakes_the_lives_that_were_left(full: Outbox, clock: ManualClock, kiosk_clock: KioskClock) -> None:
    first, boot = full.outbox_id, clock.boot_id()
    full.settle(receipt(first, boot, (1, 9), forked=((10, 10),)), clock.now())
    full.settle(receipt(full.outbox_id, boot, (1, 1)), clock.now())
    assert full.pending == 0

    full.settle(receipt(full.outbox_id, boot, (1, 1), ledger_id=b"after a restore!"), clock.now())

    assert [(b.outbox_id, b.first_seq, b.last_seq) for b in full.pending_batches()] == [(first, 1, 9)]


def test_forked_rows_and_all_new_ones_get_a_new_id_with_the_same_content(
    full: Outbox, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    first, boot = full.outbox_id, clock.boot_id()

    done = full.settle(receipt(first, boot, (1, 4), forked=((5, 7), (9, 9))), clock.now())
    seq = tap(full, kiosk_clock, 11)

    batches = full.pending_batches()
    old = [batch for batch in batches if batch.outbox_id == first]
    new = [batch for batch in batches if batch.outbox_id == full.outbox_id]
    assert done.moved == 4
    assert full.outbox_id != first
    assert [(batch.first_seq, batch.last_seq) for batch in old] == [(8, 8), (10, 10)]
    assert tags_in(old) == [tag(8), tag(10)]
    assert [(batch.first_seq, batch.last_seq) for batch in new] == [(1, 5)]
    assert tags_in(new) == [tag(number) for number in (5, 6, 7, 9, 11)]
    assert seq == 5


def test_a_second_word_of_the_same_fork_moves_nothing_twice(full: Outbox, clock: ManualClock) -> None:
    first, boot = full.outbox_id, clock.boot_id()
    word = receipt(first, boot, (1, 4), forked=((5, 10),))
    full.settle(word, clock.now())
    second = full.outbox_id

    done = full.settle(word, clock.now())

    assert done.moved == 0
    assert full.outbox_id == second
    assert [(life.seq, life.pending, life.is_current) for life in full.backlog().lives] == [(4, 0, False), (6, 6, True)]


def test_a_settled_row_is_no_fork(full: Outbox, clock: ManualClock) -> None:
    first, boot = full.outbox_id, clock.boot_id()

    done = full.settle(receipt(first, boot, (1, 10), forked=((3, 4),)), clock.now())

    assert (done.moved, done.pending) == (0, 0)
    assert full.outbox_id == first


def test_old_settled_rows_go_and_pending_ones_never_do(
    full: Outbox, clock: ManualClock, kiosk_clock: KioskClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_SETTLED_ROWS", 5)
    monkeypatch.setattr(module, "_PRUNE_STEP", 1)

    full.settle(receipt(full.outbox_id, clock.boot_id(), (2, 9)), clock.now())

    assert _pending_seqs(full) == [1, 10]
    assert full._kept == 2 + 5
    assert tap(full, kiosk_clock, 11) == 11
