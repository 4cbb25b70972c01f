"""Lamps and buzzer on the bench: every wire is looked at, and the clock moves only when the test says so."""

import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from gpiozero import DigitalOutputDevice
from gpiozero.pins.mock import MockFactory

from edge.devices.lights import Lights, go_dark
from edge.devices.patterns import Lamps, lamps_at
from edge.devices.pins import read_pinmap
from edge.devices.simulated import RecordingIndicator
from edge.errors import IndicatorError
from edge.ports import Indicator, Signal
from tests.simulation.manual_clock import ManualClock

OUTPUTS = ("green_led", "red_led", "buzzer", "led_ring")
PATIENCE_SECONDS = 5.0


class Bench:
    """The four outputs of a kiosk, and somebody who looks at them."""

    def __init__(self, board: MockFactory, clock: ManualClock) -> None:
        self._clock = clock
        self.pins = {name: board.pin(read_pinmap().gpio(name)) for name in OUTPUTS}
        self.lights = Lights(clock)

    @property
    def lamps(self) -> Lamps:
        return Lamps(*(bool(self.pins[name].state) for name in OUTPUTS[:3]))

    def comes_to(self, lamps: Lamps) -> bool:
        """Tell whether the lamps are so within real seconds: another thread lights them."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.lamps != lamps and time.monotonic() < until:
            Event().wait(0.001)
        return self.lamps == lamps

    def step(self) -> None:
        self._clock.advance(0.1)


@pytest.fixture
def bench(board: MockFactory, clock: ManualClock) -> Iterator[Bench]:
    made = Bench(board, clock)
    yield made
    made.lights.close()


@pytest.mark.parametrize("signal", Signal)
def test_a_signal_is_played_on_the_pins_step_by_step(bench: Bench, signal: Signal) -> None:
    bench.lights.show(Signal.ACCEPTED if signal is Signal.IDLE else Signal.IDLE)
    bench.lights.show(signal)
    for step in range(25):
        assert bench.comes_to(lamps_at(signal, step)), f"step {step}"
        bench.step()


def test_the_light_is_there_when_show_returns(bench: Bench) -> None:
    bench.lights.show(Signal.ACCEPTED)
    assert bench.lamps == Lamps(green=True, buzzer=True)

    bench.lights.show(Signal.REVOKED)
    assert bench.lamps == Lamps(red=True, buzzer=True)


def test_the_next_child_with_the_same_signal_sees_a_light_of_their_own(bench: Bench) -> None:
    bench.lights.show(Signal.ACCEPTED)
    bench.step()
    bench.lights.show(Signal.ACCEPTED)

    assert bench.lamps == Lamps(buzzer=True)
    bench.step()
    assert bench.comes_to(Lamps(green=True))


def test_the_ring_shines_from_opening_to_closing(bench: Bench) -> None:
    assert bench.pins["led_ring"].state
    bench.lights.show(Signal.BLIND)
    assert bench.pins["led_ring"].state

    bench.lights.close()
    assert not bench.pins["led_ring"].state


def test_all_pins_are_driven_low_at_the_end_before_they_are_let_go(bench: Bench) -> None:
    bench.lights.show(Signal.REVOKED)
    assert bench.lamps == Lamps(red=True, buzzer=True)
    bench.lights.close()

    assert {name: pin.left for name, pin in bench.pins.items()} == dict.fromkeys(OUTPUTS, False)


def test_a_pin_that_another_program_part_holds_ends_in_one_sentence_and_lets_go_of_the_others(
    board: MockFactory, clock: ManualClock
) -> None:
    held = DigitalOutputDevice(read_pinmap().gpio("led_ring"))
    with pytest.raises(IndicatorError, match=r"cannot be opened .*GPIO23"):
        Lights(clock)

    held.close()
    Lights(clock).close()


def test_what_a_crash_left_on_is_driven_low(board: MockFactory) -> None:
    pins = [board.pin(read_pinmap().gpio(name)) for name in OUTPUTS]
    for pin in pins:
        pin.function = "output"
        pin.state = True
    go_dark()

    assert [pin.left for pin in pins] == [False] * len(OUTPUTS)


def test_a_machine_without_pins_ends_in_one_sentence(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "no-such-pins")

    with pytest.raises(IndicatorError, match=r"is this a Raspberry Pi"):
        Lights(clock)


Shown = tuple[Indicator, Callable[[], object]]


@pytest.fixture(params=["record", "gpio"])
def shown(request: pytest.FixtureRequest, board: MockFactory, clock: ManualClock) -> Iterator[Shown]:
    """Yield each indicator there is, and a way to look at it."""
    if request.param == "record":
        recorded = RecordingIndicator(clock=clock)
        yield recorded, lambda: recorded.shown[-1:]
    else:
        bench = Bench(board, clock)
        yield bench.lights, lambda: bench.lamps
        bench.lights.close()


def test_every_indicator_shows_the_newest_signal_at_once(shown: Shown) -> None:
    indicator, look = shown
    indicator.show(Signal.ACCEPTED)
    green = look()
    indicator.show(Signal.MALFORMED)

    assert look() != green


def test_no_indicator_delays_the_next_frame(shown: Shown) -> None:
    indicator, _ = shown
    began = time.process_time()
    for signal in [*Signal] * 20:
        indicator.show(signal)

    assert (time.process_time() - began) / (20 * len(Signal)) < 1 / 150, "more than a tenth of a frame each"


def test_every_indicator_may_be_closed_twice_and_shows_nothing_afterwards(shown: Shown) -> None:
    indicator, look = shown
    indicator.show(Signal.ACCEPTED)
    indicator.close()
    indicator.close()
    dark = look()
    indicator.show(Signal.REVOKED)

    assert look() == dark
