"""A kiosk as its collector sees it: rows of any number under any boot, as batches with any borders."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation.manual_clock import MONDAY_0640, boot_id
from wire.clock import to_ticks
from wire.messages import BadRow, Batch, CheckIn, ClockAnchor, ClockQuality, Lane, Row, SightSpan, Verdict

OPENS_TICKS = 360_000
"""The boot clock at 06:40, an hour after power on, as `ManualClock` has it."""
WALL_OFFSET = to_ticks(MONDAY_0640) - OPENS_TICKS


def outbox_id(name: str) -> bytes:
    """Return the 16 bytes that stand for an outbox of this name."""
    return hashlib.blake2b(name.encode(), digest_size=16, person=b"outbox").digest()


def row(seq: int) -> Row:
    """Return the row of a seq: every tenth a sight span, every eleventh an anchor, else a check-in."""
    at = OPENS_TICKS + seq * 100
    if seq % 10 == 0:
        return SightSpan(at - 900, at, Lane.IN)
    if seq % 11 == 0:
        return ClockAnchor(at, (at + WALL_OFFSET) * 10, 10, ClockQuality.NTP)
    return CheckIn(at, seq.to_bytes(8, "big"), Lane.IN, Verdict.KNOWN)


@dataclass(frozen=True)
class Writing:
    """One outbox in one boot."""

    outbox: str = "A"
    boot: str = "first"

    def batch(self, first: int, last: int) -> Batch:
        """Return the batch of these seqs."""
        return self.of(first, [row(seq) for seq in range(first, last + 1)])

    def of(self, first: int, rows: Sequence[Row | BadRow]) -> Batch:
        """Return a batch of these rows."""
        return Batch(
            outbox_id(self.outbox), first, boot_id(self.boot), WALL_OFFSET, ClockQuality.NTP, tuple(rows)
        )  # fmt: skip
