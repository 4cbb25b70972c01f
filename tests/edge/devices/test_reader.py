"""A serial reader on a pseudo-terminal: cards, plugs pulled, noise, and QR codes that would change its settings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.devices import gm65
from edge.devices.fake_reader import FakeReader
from edge.devices.reader import SerialReader
from edge.errors import ReaderError
from edge.ports import Reading
from tests.simulation.manual_clock import ManualClock

CARD, OTHER = "S0123456789ABCDE", "SZYXWVTSRQPNMKJH"
MANUAL = 0xD4
TRIES = 400


class Bench:
    """A reader on the desk and the adapter that listens to it."""

    def __init__(self, folder: Path, mode: int = 0xD6, query_seconds: float = 0.02) -> None:
        self.said: list[str] = []
        self.device, self.clock = FakeReader(folder / "usb-reader", mode), ManualClock()
        self.reader = SerialReader(self.device.path, self.clock, self.said.append, query_seconds, 0.01)

    def until(self, is_wanted: Callable[[Reading | None], bool]) -> Reading | None:
        for _ in range(TRIES):
            reading = self.reader.next_reading()
            if is_wanted(reading):
                return reading
        pytest.fail("the reader never gave what was waited for")

    def answer(self) -> Reading | None:
        return self.until(lambda reading: reading is not None and not reading.texts)

    def text(self) -> str:
        reading = self.until(lambda reading: reading is not None and bool(reading.texts))
        assert reading
        return reading.texts[0]

    def close(self) -> None:
        self.reader.close()
        self.device.unplug()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    made.answer()
    yield made
    made.close()


def test_a_card_that_is_held_up_is_a_text(bench: Bench) -> None:
    bench.device.hold_up(CARD)
    assert bench.text() == CARD


def test_a_reader_that_answers_proves_it_again_and_again(bench: Bench) -> None:
    first = bench.answer()
    bench.clock.advance(3)

    bench.until(lambda reading: reading is not None and not reading.texts and reading != first)


def test_an_answer_speaks_of_the_moment_it_was_asked_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path, query_seconds=60)
    bench.device.is_hung = True
    for answered in (b"", gm65.success(0)):
        bench.device.say(answered)
        for _ in range(10):
            assert bench.reader.next_reading() is None
    asked = bench.clock.boot_ticks()
    bench.clock.advance(1)
    bench.device.say(gm65.success(0xD6))

    assert bench.answer() == Reading((), asked)
    bench.close()


def test_a_reader_that_hangs_gives_nothing(bench: Bench) -> None:
    bench.device.is_hung = True
    for _ in range(5):
        bench.reader.next_reading()

    assert [bench.reader.next_reading() for _ in range(10)] == [None] * 10


def test_an_unplugged_reader_is_said_once_and_taken_up_again(bench: Bench) -> None:
    bench.device.unplug()
    bench.until(lambda reading: reading is None and bool(bench.said))
    assert [bench.reader.next_reading() for _ in range(5)] == [None] * 5
    bench.device.plug_in()
    bench.answer()
    bench.device.hold_up(OTHER)

    assert bench.text() == OTHER
    assert len(bench.said) == 2
    assert "is gone" in bench.said[0]
    assert bench.said[1].endswith("is back.")


def test_half_a_line_before_the_plug_is_pulled_joins_no_other(bench: Bench) -> None:
    bench.device.send(CARD[:8].encode())
    bench.reader.next_reading()
    bench.device.unplug()
    bench.until(lambda reading: bool(bench.said))
    bench.device.plug_in()
    first = bench.until(lambda reading: reading is not None)
    assert first
    assert first.texts == ()
    bench.device.hold_up(OTHER)

    assert bench.text() == OTHER


def test_noise_and_endless_lines_are_refused_and_a_card_is_read_after_them(bench: Bench) -> None:
    bench.device.send(bytes(range(128, 256)) + b"\r")
    bench.device.send(b"A" * 3000 + b"\r")
    bench.device.hold_up(CARD)

    assert [bench.text() for _ in range(3)] == [gm65.UNREADABLE, gm65.UNREADABLE, CARD]


def test_setup_codes_are_switched_off_so_that_a_pupil_changes_nothing(bench: Bench) -> None:
    assert bench.device.zones[gm65.SETUP_CODE_ZONE] == gm65.NO_SETUP_CODES

    bench.device.show_setup_code(MANUAL)
    bench.device.hold_up(CARD)
    assert bench.text() == CARD


def test_a_reader_that_waits_for_a_button_is_set_right_and_gave_no_sight_before(tmp_path: Path) -> None:
    bench = Bench(tmp_path, MANUAL)
    first = bench.answer()
    bench.close()

    assert first
    assert gm65.reads_by_itself(bench.device.zones[gm65.MODE_ZONE])
    assert bench.said == [f"The reader at {bench.device.path} waited for a button: it was set to read by itself."]


def test_a_closed_reader_gives_nothing_and_may_be_closed_again(bench: Bench) -> None:
    bench.device.hold_up(CARD)
    bench.reader.close()
    bench.reader.close()

    assert bench.reader.next_reading() is None


def test_a_reader_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"no reader at .*nowhere \(No such file or directory\): plug it in"):
        SerialReader(tmp_path / "nowhere", ManualClock())


def test_a_file_is_no_reader(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReaderError, match="no reader at"):
        SerialReader(tmp_path / "file", ManualClock())
