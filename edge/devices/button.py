"""The shutdown button: held for two seconds it ends the day, and nothing shorter does.

The scan loop asks once a frame, so a touch, a bounce or a wet wire ends no day. A button that is down from the start is
stuck and counts only once it was seen up: else a kiosk with a pinched wire would switch itself off each morning.
"""

from collections.abc import Callable
from typing import Any

from edge.devices.pins import PinMap, read_pinmap
from edge.errors import ButtonError
from wire.messages import TICKS_PER_SECOND

HOLD_TICKS = 2 * TICKS_PER_SECOND


class HeldSwitch:
    """Turns what a switch says at each look into one word: held long enough or not."""

    def __init__(self, is_down: Callable[[], bool], ticks: Callable[[], int]) -> None:
        self._is_down, self._ticks = is_down, ticks
        self._was_up = False
        self._down_since: int | None = None

    def is_held(self) -> bool:
        """Tell whether it has been down for two seconds, having been up before."""
        if not self._is_down():
            self._was_up, self._down_since = True, None
            return False
        now = self._ticks()
        if self._down_since is None:
            self._down_since = now
        return self._was_up and now - self._down_since >= HOLD_TICKS


class PinButton:
    """A `ShutdownButton` between its pin and ground; raises ButtonError when the pin cannot be had."""

    def __init__(self, ticks: Callable[[], int], pins: PinMap | None = None) -> None:
        self._input = _opened((pins or read_pinmap()).gpio("shutdown_button"))
        self._switch = HeldSwitch(lambda: bool(self._input.is_active), ticks)

    def is_held(self) -> bool:
        """Tell whether the guard has held it for two seconds; False once closed."""
        return not self._input.closed and self._switch.is_held()

    def close(self) -> None:
        """Let go of the pin; may be called twice."""
        self._input.close()


def _opened(gpio: int) -> Any:  # noqa: ANN401  # gpiozero is published without types
    try:
        from gpiozero import DigitalInputDevice, GPIOZeroError  # noqa: PLC0415  # only a kiosk has it
    except ImportError as error:
        raise ButtonError(
            "The button cannot be used without gpiozero: install Debian's python3-gpiozero and python3-lgpio."
        ) from error
    try:
        return DigitalInputDevice(gpio, pull_up=True)
    except (GPIOZeroError, OSError) as error:
        raise ButtonError(
            f"The pin of the button cannot be opened ({error}): is this a Raspberry Pi, is the user in the group gpio, "
            "and does no other program hold it?"
        ) from error
