"""Lamps, buzzer and LED ring on the pins: what a child sees and hears.

One thread plays the pattern of the last signal (`edge.devices.patterns`). `show` itself lights the first step and
returns: no frame ever waits for a light. The ring is on from opening to `close`. gpiozero is imported only when the
pins are opened, because it is there only on a kiosk.
"""

from threading import Event, RLock, Thread
from typing import Any, Protocol

from edge.devices.patterns import STEP_TICKS, Lamps, lamps_at, steps_to_change
from edge.devices.pins import PinMap, read_pinmap
from edge.errors import IndicatorError
from edge.ports import Signal
from wire.messages import TICKS_PER_SECOND

_FUNCTIONS = {"green": "green_led", "red": "red_led", "buzzer": "buzzer", "ring": "led_ring"}
_LONG_SECONDS = 3600.0


class PatternClock(Protocol):
    """What the lights ask of a clock; `wire.clock.Clock` has it."""

    def boot_ticks(self) -> int:
        """Return the boot clock in ticks of 10 ms."""
        ...

    def wait(self, seconds: float, wake: Event | None = None) -> bool:
        """Wait so many of this clock's seconds, or until `wake` is set."""
        ...


class Lights:
    """An `Indicator` on the pins; raises IndicatorError when they cannot be had."""

    def __init__(self, clock: PatternClock, pins: PinMap | None = None) -> None:
        self._clock = clock
        self._outputs = _opened(pins or read_pinmap())
        self._lock, self._wake = RLock(), Event()
        self._signal = Signal.IDLE
        self._since, self._is_again, self._is_open = clock.boot_ticks(), False, True
        self._outputs["ring"].on()
        self._thread = Thread(target=self._play, name="lights", daemon=True)
        self._thread.start()

    def show(self, signal: Signal) -> None:
        """Show the signal until the next one."""
        with self._lock:
            self._is_again = signal is self._signal
            self._signal, self._since = signal, self._clock.boot_ticks()
            self._light()
        self._wake.set()

    def close(self) -> None:
        """Go dark and silent, and let go of the pins; may be called twice."""
        with self._lock:
            self._is_open = False
        self._wake.set()
        self._thread.join()
        for output in self._outputs.values():
            if not output.closed:
                output.off()
            output.close()

    def _play(self) -> None:
        while True:
            self._wake.clear()
            if not self._is_open:
                return
            self._clock.wait(self._light(), self._wake)

    def _light(self) -> float:
        """Set the lamps as they are now; return for how many seconds they stay so."""
        with self._lock:
            passed = self._clock.boot_ticks() - self._since
            step = passed // STEP_TICKS
            if self._is_open:
                self._set(lamps_at(self._signal, step, is_again=self._is_again))
            change = steps_to_change(self._signal, step, is_again=self._is_again)
        return _LONG_SECONDS if change is None else ((step + change) * STEP_TICKS - passed) / TICKS_PER_SECOND

    def _set(self, lamps: Lamps) -> None:
        for name, is_on in lamps._asdict().items():
            self._outputs[name].value = is_on


def go_dark() -> None:
    """Drive all outputs low and let go of them; raise IndicatorError when another program holds them."""
    for output in _opened(read_pinmap()).values():
        output.close()


def _opened(pins: PinMap) -> dict[str, Any]:
    """Return gpiozero's outputs, all low; those already opened are let go of when one cannot be had."""
    outputs: dict[str, Any] = {}
    try:
        from gpiozero import DigitalOutputDevice, GPIOZeroError  # noqa: PLC0415  # only a kiosk has it
    except ImportError as error:
        raise IndicatorError(
            "The pins cannot be used without gpiozero: install Debian's python3-gpiozero and python3-lgpio."
        ) from error
    try:
        for name, function in _FUNCTIONS.items():
            outputs[name] = DigitalOutputDevice(pins.gpio(function), initial_value=False)
    except (GPIOZeroError, OSError) as error:
        for output in outputs.values():
            output.close()
        raise IndicatorError(
            f"The pins of the lights cannot be opened ({error}): is this a Raspberry Pi, is the user in the group "
            "gpio, and does no other program hold them?"
        ) from error
    return outputs
