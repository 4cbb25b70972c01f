"""From a card before the camera to the light: what is green is on the disk (P1), and what is refused is said (P8)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.checkin import Reason
from edge.devices.simulated import ShownCamera
from edge.errors import OutboxError, StorageFullError
from edge.gatebook import GateBookView
from edge.health import Tally
from edge.outbox import Outbox
from edge.ports import Frame, Signal
from tests.edge.gate import Gate
from tests.edge.makers import opened
from tests.simulation.manual_clock import ManualClock
from wire.card import card_of
from wire.messages import ClockAnchor, Verdict

CARD, OTHER = "S0123456789ABCDE", "SZYXWVTSRQPNMKJH"


class BrokenCamera(ShownCamera):
    """A camera whose driver gives numbers that are no 8-bit image."""

    def next_frame(self) -> Frame | None:
        frame = super().next_frame()
        return frame and Frame(frame.gray.astype("float64"), frame.captured_ticks)


@pytest.fixture
def gate(outbox: Outbox, outbox_path: Path, clock: ManualClock) -> Iterator[Gate]:
    made = Gate(outbox, outbox_path, clock)
    made.look(8)
    yield made
    made.camera.close()


def test_the_light_turns_green_only_when_the_check_in_is_on_the_disk(gate: Gate) -> None:
    gate.hold_up(CARD)

    assert gate.light.events[0] == (Signal.ACCEPTED, 1)
    assert [row.tag for row in gate.check_ins()] == [card_of(CARD).tag]


def test_a_card_held_up_is_one_tap_and_held_up_again_a_repeat(gate: Gate) -> None:
    gate.hold_up(CARD)
    gate.hold_up(CARD)
    gate.hold_up(OTHER)

    assert [signal for signal in gate.light.signals if signal is not Signal.IDLE] == [
        Signal.ACCEPTED,
        Signal.REPEATED,
        Signal.ACCEPTED,
    ]
    assert len(gate.check_ins()) == 2
    assert gate.tally == Tally(3, Counter({Reason.REPEATED: 1}))


def test_a_repeat_is_known_after_a_restart(gate: Gate, outbox: Outbox, outbox_path: Path, clock: ManualClock) -> None:
    gate.hold_up(CARD)
    gate.camera.close()
    outbox.close()
    again = opened(outbox_path, clock)
    restarted = Gate(again, outbox_path, clock)
    restarted.look(8)
    restarted.hold_up(CARD)
    again.close()

    assert restarted.light.signals[0] is Signal.REPEATED


def test_a_foreign_code_is_refused_and_its_text_is_nowhere_on_the_disk(gate: Gate, outbox_path: Path) -> None:
    gate.hold_up("HTTP://EXAMPLE.ORG/SECRET")

    assert gate.light.signals[0] is Signal.MALFORMED
    assert gate.tally.refusals[Reason.MALFORMED] == 1
    files = [path.read_bytes() for path in outbox_path.parent.iterdir()]
    assert not any(b"SECRET" in content for content in files)


def test_a_card_number_never_reaches_the_disk(gate: Gate, outbox_path: Path) -> None:
    gate.hold_up(CARD)

    files = [path.read_bytes() for path in outbox_path.parent.iterdir()]
    assert any(card_of(CARD).tag in content for content in files)
    assert not any(CARD.encode() in content or card_of(CARD).key in content for content in files)


def test_a_check_in_is_stamped_with_the_frame_it_was_first_seen_in(gate: Gate) -> None:
    gate.camera.show(CARD)
    lit_at = None
    while lit_at is None:
        gate.look(1)
        lit_at = gate.clock.boot_ticks() if gate.light.events else None
    gate.look(5)

    assert [row.at for row in gate.check_ins()] == [lit_at]


def test_amber_is_shown_only_with_a_gate_book(gate: Gate) -> None:
    gate.books._view = GateBookView(frozenset({card_of(OTHER).tag}), revision=1)
    gate.hold_up(CARD)
    gate.hold_up(OTHER)

    assert [signal for signal in gate.light.signals if signal is not Signal.IDLE] == [Signal.UNKNOWN, Signal.ACCEPTED]
    assert len(gate.check_ins()) == 2


def test_an_unknown_card_may_be_a_misread_and_is_recorded_counted_and_held_up_again(gate: Gate) -> None:
    misread = CARD[:-1] + "F"
    gate.books._view = GateBookView(frozenset({card_of(CARD).tag}), revision=1)
    gate.hold_up(misread)
    gate.hold_up(CARD)

    assert [signal for signal in gate.light.signals if signal is not Signal.IDLE] == [Signal.UNKNOWN, Signal.ACCEPTED]
    assert [row.verdict for row in gate.check_ins()] == [Verdict.UNKNOWN, Verdict.KNOWN]
    assert gate.tally == Tally(taps=2, unknown=1)


@pytest.mark.parametrize(
    "text",
    ["S0123456789ABCD", "S0123456789ABCDEF", "s0123456789abcde", "S0123456789ABCDI", "T0123456789ABCDE", "S" * 400],
)
def test_what_is_nearly_a_card_is_refused_and_nowhere_on_the_disk(gate: Gate, outbox_path: Path, text: str) -> None:
    gate.hold_up(text)

    assert gate.light.signals[0] is Signal.MALFORMED
    assert gate.check_ins() == []
    assert gate.tally.refusals == Counter({Reason.MALFORMED: 1})
    assert not any(text.encode() in path.read_bytes() for path in outbox_path.parent.iterdir())


def test_a_full_disk_refuses_ends_sight_and_is_said_once(gate: Gate) -> None:
    gate.disk.failure = StorageFullError("The disk is full.")
    gate.hold_up(CARD)
    gate.hold_up(OTHER)

    assert Signal.ACCEPTED not in gate.light.signals
    assert gate.light.signals.count(Signal.STORAGE_FULL) == 2
    assert gate.tally.refusals[Reason.STORAGE_FULL] == 2
    assert gate.said == ["The disk is full."]

    gate.disk.failure = None
    gate.hold_up(CARD)
    assert gate.check_ins()[-1].tag == card_of(CARD).tag


def test_a_disk_that_breaks_is_never_shown_green(gate: Gate) -> None:
    gate.disk.failure = OutboxError("The outbox cannot be used.")
    gate.camera.show(CARD)

    with pytest.raises(OutboxError):
        gate.look()
    assert gate.light.signals == [Signal.STORAGE_FULL]


def test_the_light_goes_back_to_idle(gate: Gate) -> None:
    gate.hold_up(CARD)
    gate.look(5)

    assert gate.light.signals == [Signal.ACCEPTED, Signal.IDLE]


def test_a_camera_that_gives_nothing_is_shown_as_blind_and_said(gate: Gate) -> None:
    gate.camera.close()
    gate.clock.advance(6)
    gate.look(2)

    assert gate.light.signals == [Signal.BLIND]
    assert "The camera gives no frames" in gate.said[0]


def test_a_frame_that_is_no_image_ends_sight_and_not_the_kiosk(
    outbox: Outbox, outbox_path: Path, clock: ManualClock
) -> None:
    gate = Gate(outbox, outbox_path, clock, BrokenCamera(clock))
    gate.clock.advance(6)
    gate.look(3)

    assert gate.light.signals == [Signal.BLIND]


def test_a_boot_is_anchored_before_the_first_tap(gate: Gate) -> None:
    rows = [row for batch in gate.outbox.pending_batches() for row in batch.rows]

    assert isinstance(rows[0], ClockAnchor)
