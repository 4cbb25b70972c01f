"""Which pin does what, read from the one file that also says how to wire it, so that solder and software agree.

The file is `hardware/pinmap.toml`; the wheel carries it beside this module. Nothing here touches a pin.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Gpio = Annotated[int, Meta(ge=0, le=27)]

_HERE = Path(__file__)
_PLACES = (_HERE.with_name("pinmap.toml"), _HERE.parents[2] / "hardware" / "pinmap.toml")
"""In the wheel, else in the tree."""


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One wire."""

    function: str
    gpio: Gpio
    """Broadcom's number."""
    header: Annotated[int, Meta(ge=1, le=40)]
    """The place on the 40-pin header."""
    use: Literal["out", "in", "bus"]
    note: str


class Never(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pins that nothing may be wired to."""

    gpios: tuple[Gpio, ...]
    reason: str


class PinMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All wires of a kiosk."""

    pins: tuple[Pin, ...]
    never: tuple[Never, ...]

    def gpio(self, function: str) -> int:
        """Return Broadcom's number of the pin with this function; raise KeyError when there is none."""
        return {pin.function: pin.gpio for pin in self.pins}[function]


@cache
def read_pinmap() -> PinMap:
    """Return the wiring."""
    place = next(path for path in _PLACES if path.is_file())
    return msgspec.toml.decode(place.read_bytes(), type=PinMap)
