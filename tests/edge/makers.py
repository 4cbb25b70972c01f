"""Short ways to say what a test of the kiosk is about."""

from pathlib import Path

from edge.clock import KioskClock
from edge.outbox import Outbox, open_outbox
from tests.simulation.manual_clock import ManualClock
from wire.messages import Batch, CheckIn, HeldRange, Lane, Receipt, SeqRange, Verdict

LEDGER = b"ledger-of-a-test"
BOARD = "board-1"


def tag(number: int) -> bytes:
    """Return the tag of the card with this number."""
    return number.to_bytes(8, "big")


def opened(path: Path, clock: ManualClock, board: str = BOARD) -> Outbox:
    """Open the outbox as the kiosk on this board would."""
    return open_outbox(path, board, clock.now())


def tap(outbox: Outbox, clock: KioskClock, number: int) -> int:
    """Store a check-in of this card at this moment; return its seq."""
    reading = clock.reading()
    return outbox.append(CheckIn(reading.ticks, tag(number), Lane.IN, Verdict.KNOWN), reading)


def tags_in(batches: list[Batch]) -> list[bytes]:
    """Return the tags of all check-ins, in order."""
    return [row.tag for batch in batches for row in batch.rows if isinstance(row, CheckIn)]


def receipt(
    outbox_id: bytes, boot_id: bytes, *held: tuple[int, int], forked: tuple[tuple[int, int], ...] = (),
    revision: int = 1, ledger_id: bytes = LEDGER,
) -> Receipt:  # fmt: skip
    """Return the collector's word that it holds these seqs under this boot id."""
    return Receipt(
        outbox_id, ledger_id, revision,
        tuple(HeldRange(first, last, boot_id) for first, last in held),
        tuple(SeqRange(first, last) for first, last in forked),
    )  # fmt: skip
