"""Sight and claims err towards saying less: silence they cover is taken for absence (P4)."""

import sqlite3
from collections.abc import Callable

import pytest

from edge.clock import KioskClock
from edge.errors import StorageFullError
from edge.health import Sight
from edge.outbox import Outbox
from edge.ports import ClockReading
from tests.edge.makers import tap
from tests.simulation.manual_clock import ManualClock
from wire.messages import Lane, Row, SightSpan

BREAK_TICKS = 500


@pytest.fixture
def sight(outbox: Outbox, kiosk_clock: KioskClock) -> Sight:
    return Sight(outbox, kiosk_clock, Lane.IN, BREAK_TICKS)


@pytest.fixture
def see(clock: ManualClock, sight: Sight) -> Callable[..., int]:
    """Let frames come for some seconds, five each; return the tick of the last."""

    def see(seconds: float) -> int:
        for _ in range(round(seconds * 5)):
            clock.advance(0.2)
            assert sight.begin(clock.boot_ticks())
            sight.end(is_whole=True)
        return clock.boot_ticks()

    return see


def spans(outbox: Outbox) -> list[tuple[int, int]]:
    rows = [row for batch in outbox.pending_batches(100, 100) for row in batch.rows]
    return [(row.start, row.at) for row in rows if isinstance(row, SightSpan)]


def kept(outbox: Outbox) -> list[tuple[int, int]]:
    with outbox._file.reading() as connection:
        return connection.execute("SELECT start, at FROM open_span").fetchall()


class FullDisk:
    """Stands before an outbox and refuses while `is_full`; physics, not call counts."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.is_full = False

    def append(self, row: Row, reading: ClockReading) -> int:
        self._check()
        return self._outbox.append(row, reading)

    def keep_span(self, span: SightSpan, reading: ClockReading) -> None:
        self._check()
        self._outbox.keep_span(span, reading)

    def _check(self) -> None:
        if self.is_full:
            raise StorageFullError("full") from sqlite3.OperationalError()


def test_the_open_span_is_stored_every_30_seconds_and_is_no_row(
    outbox: Outbox, see: Callable[..., int], clock: ManualClock
) -> None:
    start = clock.boot_ticks() + 20
    see(61)

    assert kept(outbox) == [(start, start + 6000)]
    assert outbox.pending == 0


def test_a_claim_makes_the_span_a_row_and_the_next_begins_where_it_ended(
    outbox: Outbox, sight: Sight, see: Callable[..., int], clock: ManualClock
) -> None:
    start = clock.boot_ticks() + 20
    first = see(10)
    sight.claim()
    second = see(10)
    sight.claim()

    assert spans(outbox) == [(start, first), (first, second)]


def test_a_camera_that_stalls_breaks_sight_at_its_last_frame(
    outbox: Outbox, sight: Sight, see: Callable[..., int], clock: ManualClock
) -> None:
    last = see(10)
    clock.advance(4.9)
    sight.stalled(clock.boot_ticks())
    assert sight.is_open
    clock.advance(0.2)
    sight.stalled(clock.boot_ticks())
    assert not sight.is_open
    assert [end for _, end in spans(outbox)] == [last]

    see(1)
    sight.finish()
    assert spans(outbox)[1][0] == last + 510 + 20


def test_a_gap_between_frames_breaks_sight_too(
    outbox: Outbox, sight: Sight, see: Callable[..., int], clock: ManualClock
) -> None:
    last = see(10)
    clock.advance(4.8)
    see(10)
    sight.finish()

    assert [(start == last, end == last) for start, end in spans(outbox)] == [(False, True), (False, False)]


def test_a_frame_that_was_not_wholly_judged_is_not_seen(
    outbox: Outbox, sight: Sight, see: Callable[..., int], clock: ManualClock
) -> None:
    last = see(10)
    clock.advance(1)
    sight.begin(clock.boot_ticks())
    sight.end(is_whole=False)
    clock.advance(3)

    assert sight.claim() == last
    assert [end for _, end in spans(outbox)] == [last]


def test_a_claim_stays_a_second_behind_the_clock(sight: Sight, see: Callable[..., int]) -> None:
    last = see(10)

    assert sight.claim() == last - 100


def test_a_claim_never_covers_a_frame_that_is_being_judged(
    outbox: Outbox, sight: Sight, see: Callable[..., int], clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    see(10)
    clock.advance(0.5)
    captured = clock.boot_ticks()
    sight.begin(captured)
    clock.advance(30)

    assert sight.claim() < captured

    tap(outbox, kiosk_clock, 1)
    sight.end(is_whole=True)
    assert sight.claim() == captured


def test_a_stalled_camera_does_not_raise_a_claim_over_a_frame_at_hand(
    sight: Sight, see: Callable[..., int], clock: ManualClock
) -> None:
    see(1)
    clock.advance(50)
    sight.stalled(clock.boot_ticks())
    late_frame = clock.boot_ticks() - 300
    claimed = sight.claim()

    assert claimed > late_frame
    assert not sight.begin(late_frame)


def test_a_claim_does_not_cover_a_frame_that_was_exposed_before_a_stall_was_noticed(
    sight: Sight, see: Callable[..., int], clock: ManualClock
) -> None:
    see(1)
    clock.advance(50)
    sight.stalled(clock.boot_ticks())
    late_frame = clock.boot_ticks() - 300
    assert sight.begin(late_frame)

    assert sight.claim() < late_frame


def test_a_full_disk_ends_sight_at_the_last_commit_and_space_begins_it_anew(
    outbox: Outbox, kiosk_clock: KioskClock, clock: ManualClock
) -> None:
    disk = FullDisk(outbox)
    sight = Sight(disk, kiosk_clock, Lane.IN, BREAK_TICKS)  # type: ignore[arg-type]
    start = clock.boot_ticks()

    def see(seconds: int) -> None:
        for _ in range(seconds):
            clock.advance(1)
            sight.begin(clock.boot_ticks())
            sight.end(is_whole=True)

    see(45)
    disk.is_full = True
    see(30)
    assert not sight.is_open
    assert spans(outbox) == []
    disk.is_full = False
    see(10)
    sight.finish()

    assert spans(outbox) == [(start + 100, start + 3100), (start + 7600, start + 8500)]


def test_a_clean_stop_leaves_no_open_span(outbox: Outbox, sight: Sight, see: Callable[..., int]) -> None:
    last = see(3)
    sight.finish()

    assert [end for _, end in spans(outbox)] == [last]
    assert kept(outbox) == []
