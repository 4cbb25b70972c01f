"""A row is stamped so that rows of one stretch of time share a batch and no jump is hidden (P7)."""

from edge.clock import KioskClock
from tests.simulation.manual_clock import ManualClock
from wire.clock import to_ticks
from wire.messages import ClockQuality


def test_a_trembling_wall_clock_keeps_its_epoch(clock: ManualClock, kiosk_clock: KioskClock) -> None:
    first = kiosk_clock.reading()
    for step in (0.3, -0.5, 0.9, 0.1):
        clock.advance(10)
        clock.step_wall(step)

        assert kiosk_clock.reading().wall_offset == first.wall_offset


def test_a_jump_of_more_than_a_second_begins_an_epoch(clock: ManualClock, kiosk_clock: KioskClock) -> None:
    first = kiosk_clock.reading()
    clock.step_wall(-3600)

    second = kiosk_clock.reading()

    assert second.wall_offset == first.wall_offset - 360_000
    assert second.ticks + second.wall_offset == to_ticks(clock.now())


def test_a_slow_drift_begins_an_epoch_when_it_came_to_a_second(clock: ManualClock, kiosk_clock: KioskClock) -> None:
    first = kiosk_clock.reading()
    for _ in range(12):
        clock.advance(600)
        clock.step_wall(0.1)
        last = kiosk_clock.reading()

    assert 100 < last.wall_offset - first.wall_offset < 125


def test_anchors_come_at_first_each_hour_and_after_a_jump(clock: ManualClock, kiosk_clock: KioskClock) -> None:
    first = kiosk_clock.anchor_due()
    assert first is not None
    assert first.source is ClockQuality.NTP
    assert first.utc_ms == round(clock.now().timestamp() * 1000)

    clock.advance(3599)
    assert kiosk_clock.anchor_due() is None
    clock.advance(1)
    assert kiosk_clock.anchor_due() is not None
    assert kiosk_clock.anchor_due() is None
    clock.step_wall(2)
    assert kiosk_clock.anchor_due() is not None


def test_an_unsynchronised_clock_anchors_nothing(clock: ManualClock, kiosk_clock: KioskClock) -> None:
    for quality in (ClockQuality.UNTRUSTED, ClockQuality.RTC):
        clock.trust(quality)
        assert kiosk_clock.anchor_due() is None

    clock.trust(ClockQuality.NTP)
    assert kiosk_clock.anchor_due() is not None


def test_an_anchor_that_could_not_be_stored_is_owed_again(kiosk_clock: KioskClock) -> None:
    assert kiosk_clock.anchor_due() is not None
    kiosk_clock.anchor_lost()

    assert kiosk_clock.anchor_due() is not None


def test_each_boot_is_anchored(clock: ManualClock, kiosk_clock: KioskClock) -> None:
    kiosk_clock.anchor_due()
    clock.reboot("second")

    assert kiosk_clock.anchor_due() is not None
