"""A crafted image before the camera: sight ends, no light is wrong, and the next child's card is recorded."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from edge.outbox import Outbox
from edge.ports import Signal
from edge.scanner import DecoderProcess, Scanner
from edge.scanner.brittle import ABORTS, BRITTLE, HANGS
from tests.edge.gate import Gate
from tests.simulation.manual_clock import ManualClock
from wire.card import card_of

CARD = "S0123456789ABCDE"


@pytest.fixture
def decoder() -> Iterator[DecoderProcess]:
    process = DecoderProcess(BRITTLE, 0.5)
    yield process
    process.close()


@pytest.fixture
def gate(outbox: Outbox, outbox_path: Path, clock: ManualClock, decoder: DecoderProcess) -> Iterator[Gate]:
    made = Gate(outbox, outbox_path, clock, scanner=Scanner(decoder))
    made.look(8)
    yield made
    made.camera.close()


def look_until(gate: Gate, is_so: Callable[[], bool]) -> None:
    """Turn the loop about as fast as the world turns: a decoder starts in real time."""
    while not is_so():
        Event().wait(0.05)
        gate.look(1)


@pytest.mark.parametrize("text", [HANGS, ABORTS])
def test_a_code_that_breaks_the_decoder_ends_sight_until_it_reads_again(gate: Gate, text: str) -> None:
    seen_last = gate.clock.boot_ticks()
    gate.camera.show(text)
    gate.look(1)
    assert not gate.sight.is_open
    assert [end for _, end in gate.spans()] == [seen_last]

    gate.camera.show(CARD)
    look_until(gate, lambda: bool(gate.light.events))
    assert gate.light.events == [(Signal.ACCEPTED, 1)]
    assert [row.tag for row in gate.check_ins()] == [card_of(CARD).tag]
    assert gate.sight.is_open

    gate.look(3)
    gate.sight.finish()
    assert gate.spans()[1][0] == gate.check_ins()[0].at


def test_a_card_that_is_held_while_the_decoder_is_replaced_is_one_tap(gate: Gate) -> None:
    gate.camera.show(CARD)
    gate.look(2)
    gate.camera.show(ABORTS)
    gate.look(1)
    gate.camera.show(CARD)
    look_until(gate, lambda: gate.sight.is_open)
    gate.look(10)

    assert gate.light.signals.count(Signal.ACCEPTED) == 1
    assert gate.tally.taps == 1


def test_a_claim_made_while_the_decoder_is_lost_ends_before_the_frame_that_was(gate: Gate) -> None:
    seen_last = gate.clock.boot_ticks()
    gate.camera.show(HANGS)
    gate.look(1)
    gate.clock.advance(30)

    assert gate.sight.claim() == seen_last


def test_a_kiosk_that_ends_leaves_no_decoder(gate: Gate, decoder: DecoderProcess) -> None:
    gate.kiosk.stop()
    gate.kiosk.run()

    assert decoder.pid is None
