"""Messages to bytes and back: msgpack arrays with the version first.

Decoding gives a message or raises WireError with a reason, never another exception: what arrives over a network may
be anything. Encoding raises WireError for a message that its receiver would not decode to the same. Batches, which
are nearly all of the traffic, are packed as columns in `wire.batch`.

Encoding is canonical: equal messages are equal bytes, so encode(decode(payload)) is the payload for all that was
encoded here. Decoding is not: it also takes longer forms of the same numbers, so a message is known by its ids and
seqs, never by a hash of its bytes.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from wire import columns
from wire.batch import decode_batch, encode_batch
from wire.card import TAG_BYTES
from wire.envelope import (
    VERSION,
    BootTicks,
    Count,
    Envelope,
    Id,
    Items,
    SecondOfDay,
    Seq,
    UtcMs,
    WallOffset,
    seal,
    unseal,
)
from wire.errors import WireError
from wire.messages import (
    Claim,
    ClockQuality,
    GateBook,
    Heartbeat,
    HeldRange,
    Manifest,
    Receipt,
    SeqRange,
    Status,
)

__all__ = [
    "decode_batch",
    "decode_gate_book",
    "decode_heartbeat",
    "decode_manifest",
    "decode_receipt",
    "decode_status",
    "encode_batch",
    "encode_gate_book",
    "encode_heartbeat",
    "encode_manifest",
    "encode_receipt",
    "encode_status",
]


class _Receipt(Envelope, frozen=True, array_like=True, forbid_unknown_fields=True):
    outbox_id: Id
    ledger_id: Id
    revision: Count
    held: Annotated[list[tuple[Seq, Seq, Id]], Items]
    forked: Annotated[list[tuple[Seq, Seq]], Items]
    utc_ms: UtcMs | None


class _Heartbeat(Envelope, frozen=True, array_like=True, forbid_unknown_fields=True):
    boot_id: Id
    sent: BootTicks
    wall_offset: WallOffset
    quality: ClockQuality
    claims: Annotated[list[tuple[Id, BootTicks, Count, Id, bool, bool]], Items]
    backlog: Count
    oldest_kept_seq: Count
    sighted: bool
    frames_per_second: Annotated[float, Meta(ge=0, le=1000)]
    taps: Count
    refusals: Count
    disk_free_bytes: Count
    gate_book_revision: Count
    program: Annotated[str, Meta(max_length=64)]
    temperature_celsius: Annotated[float, Meta(ge=-100, le=300)] | None
    under_voltage: bool | None


class _Status(Envelope, frozen=True, array_like=True, forbid_unknown_fields=True):
    outbox_id: Id
    boot_id: Id
    connection: Count
    online: bool


class _Manifest(Envelope, frozen=True, array_like=True, forbid_unknown_fields=True):
    revision: Count
    sha256: Annotated[bytes, Meta(min_length=32, max_length=32)]
    size: Count
    revoked: bytes


class _GateBook(Envelope, frozen=True, array_like=True, forbid_unknown_fields=True):
    revision: Count
    tags: bytes
    claim_at: Annotated[list[SecondOfDay], Items]
    hours: Annotated[list[tuple[SecondOfDay, SecondOfDay]], Items]
    utc_offset_seconds: Annotated[int, Meta(ge=-86_400, le=86_400)]


def encode_receipt(receipt: Receipt) -> bytes:
    """Encode a receipt."""
    held = [(part.first, part.last, part.boot_id) for part in receipt.held]
    forked = [(part.first, part.last) for part in receipt.forked]
    envelope = _Receipt(
        VERSION, receipt.outbox_id, receipt.ledger_id, receipt.revision, held, forked, receipt.utc_ms
    )  # fmt: skip
    return seal(envelope, receipt, decode_receipt)


def decode_receipt(payload: bytes) -> Receipt:
    """Decode a receipt."""
    raw = unseal(payload, _Receipt)
    _check_ranges((first, last) for first, last, _ in raw.held)
    _check_ranges(raw.forked)
    held = tuple(HeldRange(*part) for part in raw.held)
    forked = tuple(SeqRange(*part) for part in raw.forked)
    return Receipt(raw.outbox_id, raw.ledger_id, raw.revision, held, forked, raw.utc_ms)


def encode_heartbeat(beat: Heartbeat) -> bytes:
    """Encode a heartbeat."""
    claims = [(c.outbox_id, c.through, c.seq, c.row_boot_id, c.ended, c.closed) for c in beat.claims]
    return seal(
        _Heartbeat(
            VERSION, beat.boot_id, beat.sent, beat.wall_offset, beat.quality, claims, beat.backlog,
            beat.oldest_kept_seq, beat.sighted, _float(beat.frames_per_second), beat.taps, beat.refusals,
            beat.disk_free_bytes, beat.gate_book_revision, beat.version,
            None if beat.temperature_celsius is None else _float(beat.temperature_celsius), beat.under_voltage,
        ),
        beat,
        decode_heartbeat,
    )  # fmt: skip


def decode_heartbeat(payload: bytes) -> Heartbeat:
    """Decode a heartbeat."""
    raw = unseal(payload, _Heartbeat)
    return Heartbeat(
        raw.boot_id, raw.sent, raw.wall_offset, raw.quality, tuple(Claim(*claim) for claim in raw.claims),
        raw.backlog, raw.oldest_kept_seq, raw.sighted, raw.frames_per_second, raw.taps, raw.refusals,
        raw.disk_free_bytes, raw.gate_book_revision, raw.program, raw.temperature_celsius, raw.under_voltage,
    )  # fmt: skip


def encode_status(status: Status) -> bytes:
    """Encode a birth or a last will."""
    envelope = _Status(VERSION, status.outbox_id, status.boot_id, status.connection, status.online)
    return seal(envelope, status, decode_status)


def decode_status(payload: bytes) -> Status:
    """Decode a birth or a last will."""
    raw = unseal(payload, _Status)
    return Status(raw.outbox_id, raw.boot_id, raw.connection, raw.online)


def encode_manifest(manifest: Manifest) -> bytes:
    """Encode a gate-book manifest."""
    envelope = _Manifest(VERSION, manifest.revision, manifest.sha256, manifest.size, b"".join(manifest.revoked))
    return seal(envelope, manifest, decode_manifest)


def decode_manifest(payload: bytes) -> Manifest:
    """Decode a gate-book manifest."""
    raw = unseal(payload, _Manifest)
    return Manifest(raw.revision, raw.sha256, raw.size, _tags(raw.revoked))


def encode_gate_book(book: GateBook) -> bytes:
    """Encode a gate book's body."""
    tags, moments, hours = b"".join(book.tags), list(book.claim_at), list(book.hours)
    envelope = _GateBook(VERSION, book.revision, tags, moments, hours, book.utc_offset_seconds)
    return seal(envelope, book, decode_gate_book)


def decode_gate_book(payload: bytes) -> GateBook:
    """Decode a gate book's body."""
    raw = unseal(payload, _GateBook)
    return GateBook(raw.revision, _tags(raw.tags), tuple(raw.claim_at), tuple(raw.hours), raw.utc_offset_seconds)


def _float(number: float) -> float:
    """Return equal numbers as one: 5 as 5.0 and -0.0 as 0.0."""
    return float(number) + 0.0


def _tags(joined: bytes) -> tuple[bytes, ...]:
    return tuple(columns.cut(joined, len(joined) // TAG_BYTES, TAG_BYTES))


def _check_ranges(ranges: Iterable[tuple[int, int]]) -> None:
    if any(first > last for first, last in ranges):
        raise WireError("a range of seqs ends before it begins")
