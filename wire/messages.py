"""The messages between kiosk and collector as plain values.

How they become bytes is in `wire.codec`. Moments are boot clock ticks: 10 ms each, rounded once when the row is
written, so that every re-batching decodes the same. `wall = boot + offset` is what the kiosk's own wall clock said.
"""

from dataclasses import dataclass
from enum import IntEnum

TICKS_PER_SECOND = 100


class Lane(IntEnum):
    """The direction of a place; BOTH is resolved by the collector from all taps of the day."""

    IN = 0
    OUT = 1
    BOTH = 2


class Verdict(IntEnum):
    """What the kiosk's gate book said of the card."""

    KNOWN = 0
    UNKNOWN = 1
    REVOKED = 2
    OUT_OF_HOURS = 3


class ClockQuality(IntEnum):
    """How far the wall clock could be trusted when a row was written."""

    UNTRUSTED = 0
    RTC = 1
    COLLECTOR = 2
    NTP = 3


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A recorded tap of a well-formed card."""

    at: int
    """Boot ticks of the first frame in which the card was read."""
    tag: bytes
    lane: Lane
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SightSpan:
    """An unbroken span in which this kiosk could have recorded a tap, in boot ticks, both ends included."""

    start: int
    at: int
    """The end; named as in every row, because a row is written when its fact is complete."""
    lane: Lane


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """A synchronised moment: the boot clock and the UTC that belongs to it."""

    at: int
    utc_ms: int
    error_ms: int
    source: ClockQuality


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a good batch that says something impossible; kept raw, for a person to look at."""

    raw: bytes
    reason: str


Row = CheckIn | SightSpan | ClockAnchor


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows of one outbox, one boot, one wall clock offset and one clock quality."""

    outbox_id: bytes
    """16 random bytes, made with the outbox file."""
    first_seq: int
    boot_id: bytes
    """16 bytes: the kernel's id of the boot in which these rows were written."""
    wall_offset: int
    """Ticks to add to the boot clock to get the wall clock (Unix time) the kiosk saw."""
    quality: ClockQuality
    rows: tuple[Row | BadRow, ...]

    @property
    def last_seq(self) -> int:
        """The seq of the last row."""
        return self.first_seq + len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class SeqRange:
    """Seqs from first to last, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class HeldRange:
    """Seqs the collector has committed, and the boot in which their rows were written."""

    first: int
    last: int
    boot_id: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """The collector's word, after its own commit, for what it holds of one outbox."""

    outbox_id: bytes
    ledger_id: bytes
    """16 bytes, new when the collector's database is created or restored."""
    revision: int
    """Counts commits that touched this ledger; a kiosk ignores an older one."""
    held: tuple[HeldRange, ...] = ()
    forked: tuple[SeqRange, ...] = ()
    """Seqs that the collector holds from another boot: this outbox is a copy."""
    utc_ms: int | None = None
    """The collector's time, only while its own clock is synchronised."""


@dataclass(frozen=True, slots=True)
class Claim:
    """All that occurred at this kiosk by `through` has a seq of at most `seq` in this outbox."""

    outbox_id: bytes
    through: int
    """Boot ticks of the boot the heartbeat names."""
    seq: int
    row_boot_id: bytes
    """The boot in which row `seq` was written; 16 zero bytes when there is no row yet."""
    ended: bool = False
    """The kiosk left this outbox for another, and it is empty: it owes nothing more."""
    closed: bool = False
    """The guard ended the day with the shutdown button."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A periodic word on the kiosk's health, with its claims."""

    boot_id: bytes
    sent: int
    """Boot ticks when it was made."""
    wall_offset: int
    quality: ClockQuality
    claims: tuple[Claim, ...]
    """One for each outbox that is not ended."""
    backlog: int
    """Pending rows."""
    oldest_kept_seq: int
    sighted: bool
    frames_per_second: float
    taps: int
    refusals: int
    disk_free_bytes: int
    gate_book_revision: int
    version: str
    temperature_celsius: float | None = None
    under_voltage: bool | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Birth (online) and last will (offline) of one connection."""

    outbox_id: bytes
    boot_id: bytes
    connection: int
    """Counts up within a boot; an older will is ignored."""
    online: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the retained gate-book topic holds: which body a kiosk should have, and what must not wait for it."""

    revision: int
    sha256: bytes
    size: int
    revoked: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class GateBook:
    """The body that the manifest names: the cards of a school and the moments a kiosk must know."""

    revision: int
    tags: tuple[bytes, ...]
    claim_at: tuple[int, ...] = ()
    """Seconds after local midnight at which a claim is wanted soon after: late_after, cutoff, closes."""
    hours: tuple[tuple[int, int], ...] = ()
    """Gate hours as seconds after local midnight, from and to; empty means always."""
    utc_offset_seconds: int = 7 * 3600
