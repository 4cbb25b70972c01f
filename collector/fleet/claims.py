"""What claims are worth once they are held against the ledger. Pure.

A claim (T, N) says that all that occurred by T has a seq of at most N. It counts when rows 1..N are accounted for, row
N was written in the boot that the claim names, and attendance has read them. The kiosk's own view of receipts is
no evidence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.fleet.spans import BEGINNING, END, Span

_NO_ROW = bytes(16)


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """A claim as it arrived, with T as a moment that was surely reached; None when its clock is not believed."""

    through_at: datetime | None
    seq: int
    row_boot_id: bytes
    boot_id: bytes
    """The boot that made the claim."""
    received_at: datetime
    is_ended: bool = False
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class RangeFact:
    """A range of a ledger; `is_lost` when a person declared that it will never come."""

    first: int
    last: int
    boot_id: bytes
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class LedgerFact:
    """The ranges of one ledger, in order, and the seq through which attendance has read all of them."""

    ranges: tuple[RangeFact, ...]
    read_through: int

    @property
    def prefix(self) -> int:
        """The seq through which everything is accounted for."""
        at = 0
        for part in self.ranges:
            if part.first > at + 1:
                break
            at = part.last
        return at

    def is_of(self, seq: int, boot_id: bytes) -> bool | None:
        """Tell whether a row was written in this boot; None when it is not accounted for."""
        for part in self.ranges:
            if part.first <= seq <= part.last:
                return part.is_lost or part.boot_id == boot_id
        return None


def delivered(claims: Iterable[ClaimFact], ledger: LedgerFact) -> list[ClaimFact]:
    """Return the claims, given in order of arrival, that are believed and whose rows are all held and read."""
    reach = min(ledger.prefix, ledger.read_through)
    words, kept = list(claims), list[ClaimFact]()
    last_of_boot: dict[bytes, ClaimFact] = {}
    for claim in words:
        last_of_boot[claim.boot_id] = claim
        is_here = claim.seq == 0 or (claim.seq <= reach and _is_its_row(claim, ledger))
        others = [other for boot, other in last_of_boot.items() if boot != claim.boot_id]
        if claim.through_at is not None and is_here and not any(_contradicts(o, claim, ledger) for o in others):
            kept.append(claim)
    doubted = set(_taken_back(words))
    return [claim for claim in kept if claim not in doubted]


def is_over(claims: Iterable[ClaimFact], held: Sequence[ClaimFact]) -> bool:
    """Tell whether a kiosk left this outbox and no copy of it goes on; claims are in order of arrival."""
    words = list(claims)
    first_end = next((place for place, claim in enumerate(words) if claim.is_ended and claim in held), None)
    if first_end is None:
        return False
    return all(claim.is_ended for claim in {claim.boot_id: claim for claim in words[first_end:]}.values())


def _taken_back(words: Sequence[ClaimFact]) -> Iterator[ClaimFact]:
    """Yield the claims that another life of this outbox is known to be behind.

    A kiosk's T never goes back, and a boot that is over never speaks again: where either happens one of the two boots
    is a copy's, and what the copy recorded since its own last word is not known.
    """
    first = {word.boot_id: place for place, word in reversed(list(enumerate(words)))}
    last = {word.boot_id: (place, word) for place, word in enumerate(words)}
    for place, claim in enumerate(words):
        for at, other in last.values():
            is_beside = other.boot_id != claim.boot_id and at > first[claim.boot_id] and not other.is_ended
            if is_beside and _is_behind(other, claim, is_later=at > place):
                yield claim


def _is_behind(other: ClaimFact, claim: ClaimFact, *, is_later: bool) -> bool:
    """A copy whose clock is not believed may be behind by any time; a later boot with such a clock is a reboot."""
    if other.through_at is None or claim.through_at is None:
        return not is_later
    return other.through_at < claim.through_at


def _is_its_row(claim: ClaimFact, ledger: LedgerFact) -> bool:
    """Tell whether row N is the one the claim means; a kiosk that left an outbox may not have that row any more."""
    is_gone = claim.is_ended and claim.row_boot_id == _NO_ROW
    return is_gone or ledger.is_of(claim.seq, claim.row_boot_id) is True


def _contradicts(other: ClaimFact, claim: ClaimFact, ledger: LedgerFact) -> bool:
    """Tell whether the last word of an earlier boot speaks of other rows: then this outbox has two lives."""
    if other.is_ended:
        return False
    return other.seq > claim.seq or (other.seq > 0 and ledger.is_of(other.seq, other.row_boot_id) is False)


def bounds_of(first: int, last: int, claims: Sequence[ClaimFact], received_at: datetime | None) -> Span:
    """Bound the time in which rows occurred that cannot be read themselves, by all the outbox's claims.

    A row beyond a claim's N occurred after its T; one within a claim's N occurred before it arrived.
    """
    after = max((c.through_at for c in claims if c.seq < first and c.through_at is not None), default=BEGINNING)
    before = min((c.received_at for c in claims if c.seq >= last), default=END)
    return after, min(before, received_at or END)


def closed_from(claims: Sequence[ClaimFact]) -> datetime | None:
    """Return from when the guard ended the kiosk's day, by its last word; claims are in order of arrival."""
    return claims[-1].through_at if claims and claims[-1].is_closed else None
