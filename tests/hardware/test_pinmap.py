"""The wiring as it is written for the person with the soldering iron, for the kiosk, and as the Raspberry Pi has it."""

import re
from pathlib import Path

from gpiozero import pi_info

from edge.devices.pins import read_pinmap

README = Path(__file__).parents[2] / "hardware" / "README.md"
PULLED_DOWN_AT_START = range(9, 28)


def _rows(columns: int) -> list[list[str]]:
    """Return the rows of README's table with so many columns, without its head."""
    tables = re.findall(r"(?:^\|.*\n)+", README.read_text("utf-8"), re.MULTILINE)
    split = [[[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()] for table in tables]
    return next(rows[2:] for rows in split if len(rows[0]) == columns)


def test_the_wiring_table_is_the_pin_map() -> None:
    told = [[pin.function.replace("_", " "), str(pin.gpio), str(pin.header), pin.use, pin.note] for pin in
            read_pinmap().pins]  # fmt: skip

    assert _rows(5) == told
    assert _rows(2) == [[", ".join(map(str, kept.gpios)), kept.reason] for kept in read_pinmap().never]


def test_each_gpio_is_at_its_place_on_the_header() -> None:
    for model in ("3B+", "4B", "5B"):
        header = pi_info({"3B+": "a020d3", "4B": "b03111", "5B": "c04170"}[model]).headers["J8"]
        for pin in read_pinmap().pins:
            assert header.pins[pin.header].name == f"GPIO{pin.gpio}", (model, pin.function)


def test_no_pin_is_wired_twice_and_none_that_is_kept_free() -> None:
    wired = [pin.gpio for pin in read_pinmap().pins]
    kept = [gpio for never in read_pinmap().never for gpio in never.gpios]

    assert len({*wired, *kept}) == len(wired) + len(kept)


def test_outputs_are_quiet_while_the_pi_starts() -> None:
    outputs = [pin.gpio for pin in read_pinmap().pins if pin.use == "out"]
    quiet = re.search(r"^gpio=([\d,]+)=op,dl$", README.read_text("utf-8"), re.MULTILINE)

    assert all(gpio in PULLED_DOWN_AT_START for gpio in outputs)
    assert quiet
    assert sorted(map(int, quiet[1].split(","))) == sorted(outputs)
