"""A row that a failing card has changed holds up no other row, is never dropped, and keeps no kiosk from its work."""

from pathlib import Path

import pytest

from edge.clock import KioskClock
from edge.errors import DamagedRowsError
from edge.outbox import Outbox, Part, part_of, peek
from tests.edge.makers import opened, tag, tags_in, tap
from tests.simulation.manual_clock import ManualClock
from wire.codec import encode_batch
from wire.errors import WireError

NO_SUCH_LANE, NO_SUCH_VERDICT = b"8 bytes!\x07\x00", b"8 bytes!\x00\x63"
DAMAGES = {
    "a lane that does not exist": ("body", NO_SUCH_LANE),
    "a verdict that does not exist": ("body", NO_SUCH_VERDICT),
    "too short": ("body", b"8 bytes!"),
    "no known kind": ("kind", 9),
    "a moment before the boot": ("at", -5),
    "a moment beyond all time": ("at", 2**50),
    "no known clock": ("quality", 77),
    "half a boot id": ("boot_id", b"12345678"),
}


def damage(outbox: Outbox, seq: int, column: str, value: object) -> None:
    """Change a stored row as a failing card does: behind everybody's back."""
    with outbox._file.transaction() as connection:
        connection.execute(f"UPDATE row SET {column} = ? WHERE seq = ?", (value, seq))  # noqa: S608  # a test's own


def set_aside(outbox: Outbox) -> bool:
    """Set aside what hinders the next batches; tell whether anything did."""
    try:
        for batch in outbox.pending_batches(4, 100):
            try:
                encode_batch(batch)
            except WireError:
                return outbox.set_aside(part_of(batch)) > 0
    except DamagedRowsError as error:
        return outbox.set_aside(Part(error.outbox_id, error.first, error.last)) > 0
    return False


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_row_is_set_aside_and_all_others_are_sent(
    outbox: Outbox, outbox_path: Path, kiosk_clock: KioskClock, what: str
) -> None:
    for number in range(1, 11):
        tap(outbox, kiosk_clock, number)
    damage(outbox, 6, *DAMAGES[what])

    assert set_aside(outbox)
    assert not set_aside(outbox)
    assert sorted(tags_in(outbox.pending_batches(4, 100))) == [tag(number) for number in range(1, 11) if number != 6]
    assert outbox.pending == 9
    assert peek(outbox_path).set_aside == 1


def test_rows_that_are_whole_are_never_set_aside(outbox: Outbox, kiosk_clock: KioskClock) -> None:
    for number in range(1, 6):
        tap(outbox, kiosk_clock, number)

    assert outbox.set_aside(Part(outbox.outbox_id, 1, 5)) == 0
    assert outbox.pending == 5


def test_what_was_set_aside_is_tried_again_after_a_restart(
    outbox: Outbox, outbox_path: Path, kiosk_clock: KioskClock, clock: ManualClock
) -> None:
    tap(outbox, kiosk_clock, 1)
    damage(outbox, 1, "body", NO_SUCH_LANE)
    outbox.set_aside(Part(outbox.outbox_id, 1, 1))
    assert outbox.pending == 0
    outbox.close()

    again = opened(outbox_path, clock)
    assert again.pending == 1
    assert peek(outbox_path).set_aside == 0
    again.close()


@pytest.mark.parametrize("what", DAMAGES)
def test_a_kiosk_starts_with_a_damaged_row(outbox: Outbox, kiosk_clock: KioskClock, what: str) -> None:
    tap(outbox, kiosk_clock, 1)
    tap(outbox, kiosk_clock, 2)
    damage(outbox, 1, *DAMAGES[what])

    assert tag(2) in outbox.recent_taps(6000, kiosk_clock.reading())


def test_a_kiosk_starts_with_a_damaged_open_span(
    outbox: Outbox, outbox_path: Path, kiosk_clock: KioskClock, clock: ManualClock
) -> None:
    tap(outbox, kiosk_clock, 1)
    with outbox._file.transaction() as connection:
        connection.execute("INSERT INTO open_span VALUES (1, ?, 5, 9, 0, 99, 99)", (clock.boot_id(),))
    outbox.close()

    again = opened(outbox_path, clock)
    assert again.pending == 1
    again.close()
