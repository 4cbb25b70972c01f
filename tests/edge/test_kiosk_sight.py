"""What ends sight while frames keep coming: a lens that shows nothing, and a flood of cards that nobody knows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.devices.scene import CAP_TRANSMISSION, STICKER_TRANSMISSION
from edge.devices.simulated import ShownCamera
from edge.gatebook import GateBookView
from edge.outbox import Outbox
from edge.ports import Signal
from edge.scanner import Bounds, Scanner
from tests.edge.gate import Gate
from tests.simulation.manual_clock import ManualClock
from wire.card import card_of

CARD = "S0123456789ABCDE"


@pytest.fixture
def picky(outbox: Outbox, outbox_path: Path, clock: ManualClock) -> Iterator[Gate]:
    """A gate whose scanner minds how good the picture is."""
    made = Gate(outbox, outbox_path, clock, scanner=Scanner(bounds=Bounds()))
    made.look(8)
    yield made
    made.camera.close()


MISHAPS: dict[str, tuple[Callable[[ShownCamera], None], str]] = {
    "a sticker on the lens": (lambda camera: camera.cover(STICKER_TRANSMISSION), "take off what covers the lens"),
    "the cap on the lens": (lambda camera: camera.cover(CAP_TRANSMISSION), "take the cap"),
    "a dead LED ring at night": (lambda camera: camera.light("dark"), "whether the lamp beside it shines"),
    "the sun in the lens": (lambda camera: camera.light("sun"), "keep sun and lamps"),
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_camera_that_cannot_see_a_card_ends_sight_and_sees_again_afterwards(picky: Gate, mishap: str) -> None:
    befall, says = MISHAPS[mishap]
    seen_last = picky.clock.boot_ticks()
    befall(picky.camera)
    picky.look(70)

    assert not picky.sight.is_open
    assert picky.light.signals == [Signal.BLIND]
    assert len(picky.said) == 1
    assert says in picky.said[0]

    picky.camera.cover(None)
    picky.camera.light("day")
    picky.look(1)
    seen_again = picky.clock.boot_ticks()
    picky.look(5)
    picky.sight.finish()
    assert picky.light.signals == [Signal.BLIND, Signal.IDLE]
    before, after = picky.spans()
    assert (before[1], after[0]) == (seen_last, seen_again)


@pytest.mark.parametrize("light", ["day", "dusk", "ring"])
def test_an_empty_yard_is_seen_by_day_and_by_the_light_of_the_ring(picky: Gate, light: str) -> None:
    picky.camera.light(light)
    picky.look(80)

    assert picky.sight.is_open
    assert picky.said == []
    assert picky.spans() == []


def test_a_hand_before_the_lens_for_a_moment_does_not_end_sight(picky: Gate) -> None:
    picky.camera.cover(CAP_TRANSMISSION)
    picky.look(30)
    picky.camera.cover(None)
    picky.look(5)

    assert picky.sight.is_open
    assert picky.spans() == []


def test_a_card_that_was_read_is_proof_that_it_could_be(picky: Gate) -> None:
    picky.kiosk._parts.scanner._bounds = Bounds(least_contrast_percent=100)
    picky.camera.show(CARD)
    picky.look(80)

    assert picky.sight.is_open
    picky.camera.clear()
    picky.look(70)
    assert not picky.sight.is_open


class Player:
    """Plays codes to a kiosk as fast as it reads: a scanner that sees what it is told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, gray: object, active_frame: int | None) -> list[str]:
        texts, self.texts = self.texts, []
        return texts

    def close(self) -> None:
        return


@pytest.fixture
def player() -> Player:
    return Player()


@pytest.fixture
def played(outbox: Outbox, outbox_path: Path, clock: ManualClock, player: Player) -> Iterator[Gate]:
    """A gate to which codes are played, with the gate book of a small school."""
    made = Gate(outbox, outbox_path, clock, scanner=Scanner(player))
    made.books._view = GateBookView(frozenset({card_of(CARD).tag}), revision=1)
    made.look(8)
    yield made
    made.camera.close()


def play(gate: Gate, player: Player, count: int) -> None:
    for number in range(count):
        gate.camera.show(str(number))
        player.texts = [f"S00000000000{number:04}"]
        gate.look(3)
    gate.camera.clear()


def test_a_flood_of_unknown_cards_is_recorded_ends_sight_and_is_said(played: Gate, player: Player) -> None:
    play(played, player, 60)
    assert played.sight.is_open
    assert played.said == []

    play(played, player, 61)
    seen_last = played.clock.boot_ticks()
    assert not played.sight.is_open
    assert played.spans()[0][1] <= seen_last
    assert len(played.said) == 1
    assert "More than 60 cards" in played.said[0]
    assert len(played.check_ins()) == 61
    assert played.tally.unknown == 61


def test_after_a_quiet_minute_the_gate_sees_again(played: Gate, player: Player) -> None:
    play(played, player, 61)
    played.clock.advance(61)
    played.look(2)

    assert played.sight.is_open


def test_a_school_without_a_gate_book_has_no_strangers(played: Gate, player: Player) -> None:
    played.books._view = GateBookView()
    play(played, player, 70)

    assert played.sight.is_open
    assert played.tally.unknown == 0
