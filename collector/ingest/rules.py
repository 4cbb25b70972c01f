"""The arithmetic of a ledger: what a batch adds to the seqs that are accounted for, and where it is a fork.

Pure: ranges in, ranges out. It is what makes a row's second arrival harmless, whatever borders its batch has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wire.messages import SeqRange

HELD, QUARANTINED, LOST = "held", "quarantined", "lost"
"""Stored; stored raw for a person; declared never to come. All three are accounted for."""


@dataclass(frozen=True, slots=True, order=True)
class LedgerPart:
    """Seqs from first to last, both included, of one kind and one boot. Those of a ledger never overlap."""

    first: int
    last: int
    kind: str
    boot_id: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """What a batch is to its ledger; the rest of it is a replay."""

    fresh: tuple[SeqRange, ...]
    """Not accounted for yet, or declared lost: to be stored."""
    forked: tuple[SeqRange, ...]
    """Accounted for under another boot: this outbox has a copy. Not to be stored."""


def cut(ledger: Iterable[LedgerPart], first: int, last: int, boot_id: bytes) -> Cut:
    """Cut the seqs of a batch by a ledger, whose parts are in order."""
    fresh: list[SeqRange] = []
    forked: list[SeqRange] = []
    at = first
    for part in ledger:
        if part.kind == LOST or part.last < at:
            continue
        if part.first > last:
            break
        if part.first > at:
            fresh.append(SeqRange(at, part.first - 1))
        if part.boot_id != boot_id:
            forked.append(SeqRange(max(at, part.first), min(last, part.last)))
        at = part.last + 1
    if at <= last:
        fresh.append(SeqRange(at, last))
    return Cut(tuple(fresh), tuple(forked))


def add(ledger: Iterable[LedgerPart], new: LedgerPart) -> list[LedgerPart]:
    """Return the ledger, in order, with a fresh part added: lost seqs give way, neighbours of one kind join."""
    parts = [piece for part in ledger for piece in _without(part, new)]
    return joined(sorted([*parts, new]))


def joined(parts: Sequence[LedgerPart]) -> list[LedgerPart]:
    """Join neighbours of the same kind and boot; parts are in order."""
    whole: list[LedgerPart] = []
    for part in parts:
        before = whole[-1] if whole else None
        if before and before.last + 1 == part.first and (before.kind, before.boot_id) == (part.kind, part.boot_id):
            whole[-1] = LedgerPart(before.first, part.last, part.kind, part.boot_id)
        else:
            whole.append(part)
    return whole


def span_union(ranges: Iterable[SeqRange]) -> list[SeqRange]:
    """Return the same seqs as the fewest ranges, in order."""
    whole: list[SeqRange] = []
    for part in sorted(ranges, key=lambda each: each.first):
        if whole and part.first <= whole[-1].last + 1:
            whole[-1] = SeqRange(whole[-1].first, max(whole[-1].last, part.last))
        else:
            whole.append(part)
    return whole


def _without(part: LedgerPart, new: LedgerPart) -> list[LedgerPart]:
    if part.kind != LOST or part.last < new.first or part.first > new.last:
        return [part]
    left = LedgerPart(part.first, new.first - 1, part.kind, part.boot_id)
    right = LedgerPart(new.last + 1, part.last, part.kind, part.boot_id)
    return [piece for piece in (left, right) if piece.first <= piece.last]
