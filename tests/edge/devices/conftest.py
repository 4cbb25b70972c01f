"""A workbench: gpiozero with pins that remember what was done to them, and that a test can pull low by hand."""

from collections.abc import Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin


class LeavingPin(MockPWMPin):  # type: ignore[misc]  # gpiozero is published without types
    """A pin that stays as it was left when a program lets go of it, as the kernel leaves it."""

    left: bool | None = None

    def close(self) -> None:
        self.left = bool(self.state) if self.function == "output" else self.left
        super().close()


@pytest.fixture
def board() -> Iterator[MockFactory]:
    """Yield the pins of a Pi; at the end none may be in use, or a device forgot to let go."""
    before, factory = Device.pin_factory, MockFactory(pin_class=LeavingPin)
    Device.pin_factory = factory
    yield factory
    in_use = [pin for pin, users in factory._reservations.items() if any(user() is not None for user in users)]
    factory.reset()
    Device.pin_factory = before
    assert in_use == [], "these pins were not let go of"
