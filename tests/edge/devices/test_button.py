"""The shutdown button on the bench: only a hand that holds it for two seconds ends the day."""

from collections.abc import Callable, Iterator

import pytest
from gpiozero import DigitalInputDevice
from gpiozero.pins.mock import MockFactory

from edge.devices.button import PinButton
from edge.devices.pins import read_pinmap
from edge.devices.simulated import SimulatedButton
from edge.errors import ButtonError
from edge.ports import ShutdownButton
from tests.simulation.manual_clock import ManualClock


class Hand:
    """Somebody at the button, while the scan loop asks once a frame."""

    def __init__(
        self, button: ShutdownButton, press: Callable[[], object], release: Callable[[], object], clock: ManualClock
    ) -> None:
        self.button, self.press, self.release, self._clock = button, press, release, clock

    def frames(self, seconds: float) -> list[bool]:
        """Return what the loop is told in so many seconds."""
        told = []
        for _ in range(round(seconds * 10)):
            told.append(self.button.is_held())
            self._clock.advance(0.1)
        return told


@pytest.fixture(params=["simulated", "gpio"])
def hand(request: pytest.FixtureRequest, board: MockFactory, clock: ManualClock) -> Iterator[Hand]:
    if request.param == "simulated":
        simulated = SimulatedButton(clock.boot_ticks)
        yield Hand(simulated, simulated.press, simulated.release, clock)
    else:
        pin = board.pin(read_pinmap().gpio("shutdown_button"))
        button = PinButton(clock.boot_ticks)
        yield Hand(button, pin.drive_low, pin.drive_high, clock)
        button.close()


def test_held_for_two_seconds_it_is_meant(hand: Hand) -> None:
    hand.frames(1)
    hand.press()

    assert hand.frames(3).index(True) == 20


def test_touched_again_and_again_it_is_not(hand: Hand) -> None:
    for _ in range(4):
        hand.release()
        assert not any(hand.frames(0.1))
        hand.press()
        assert not any(hand.frames(1.9))


def test_a_button_that_is_stuck_from_the_start_ends_no_day_until_it_was_seen_up(hand: Hand) -> None:
    hand.press()
    assert not any(hand.frames(60))

    hand.release()
    hand.frames(0.1)
    hand.press()
    assert any(hand.frames(3))


def test_once_closed_it_is_not_held(hand: Hand) -> None:
    hand.frames(1)
    hand.press()
    hand.frames(3)
    hand.button.close()
    hand.button.close()

    assert not hand.button.is_held()


def test_a_wire_that_is_not_there_is_a_button_that_is_up(board: MockFactory, clock: ManualClock) -> None:
    button = PinButton(clock.boot_ticks)

    assert board.pin(read_pinmap().gpio("shutdown_button")).pull == "up"
    assert not button.is_held()
    button.close()


def test_a_pin_that_is_held_already_ends_in_one_sentence(board: MockFactory, clock: ManualClock) -> None:
    held = DigitalInputDevice(read_pinmap().gpio("shutdown_button"))
    with pytest.raises(ButtonError, match=r"cannot be opened .*GPIO26"):
        PinButton(clock.boot_ticks)
    held.close()
