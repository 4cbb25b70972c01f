"""A batch as columns: nearly all bytes that ever cross a school's SIM card are made here.

Each kind of row has its packed columns in seq order; a kind column tells which row is of which kind and is absent
when all are check-ins. A row that says something impossible inside a good batch comes out as a `BadRow`.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Annotated, cast

from msgspec import Meta

from wire import columns
from wire.card import TAG_BYTES
from wire.envelope import VERSION, WALL_END, BootTicks, Envelope, Id, Seq, WallTicks, seal, unseal
from wire.errors import WireError
from wire.messages import BadRow, Batch, CheckIn, ClockAnchor, ClockQuality, Lane, Row, SightSpan, Verdict

MAX_ROWS = 1000
"""A receiver refuses more; 100 fit one TCP segment."""

_KIND_BITS, _LANE_BITS = 2, 4
_CHECK_IN, _SIGHT, _ANCHOR = 0, 1, 2
_KIND_OF = {CheckIn: _CHECK_IN, SightSpan: _SIGHT, ClockAnchor: _ANCHOR}
_JUDGED = {lane | verdict << 2: (lane, verdict) for lane in Lane for verdict in Verdict}
_ANCHOR_FORM = struct.Struct("<QIB")
_UTC_MS_END = 10 * WALL_END

CheckInColumns = tuple[bytes, bytes, int | bytes]
SightColumns = tuple[bytes, bytes, int | bytes]
AnchorColumns = tuple[bytes, bytes]


class _Batch(Envelope, frozen=True, array_like=True, forbid_unknown_fields=True):
    outbox_id: Id
    first_seq: Seq
    boot_id: Id
    base: BootTicks
    base_wall: WallTicks
    quality: ClockQuality
    count: Annotated[int, Meta(ge=1, le=MAX_ROWS)]
    kinds: int | bytes | None
    check_ins: CheckInColumns | None
    sights: SightColumns | None
    anchors: AnchorColumns | None


def encode_batch(batch: Batch) -> bytes:
    """Encode a batch of 1 to MAX_ROWS good rows; raise WireError when a row does not fit."""
    rows = cast("tuple[Row, ...]", batch.rows)
    if not 1 <= len(rows) <= MAX_ROWS or any(isinstance(row, BadRow) for row in batch.rows):
        raise WireError(f"a batch takes 1 to {MAX_ROWS} good rows")
    base = min(row.at for row in rows)
    check_ins = [row for row in rows if isinstance(row, CheckIn)]
    sights = [row for row in rows if isinstance(row, SightSpan)]
    anchors = [row for row in rows if isinstance(row, ClockAnchor)]
    kinds = (
        None if len(check_ins) == len(rows) else columns.pack_codes([_KIND_OF[type(row)] for row in rows], _KIND_BITS)
    )
    try:
        return seal(
            _Batch(
                VERSION, batch.outbox_id, batch.first_seq, batch.boot_id, base, base + batch.wall_offset,
                batch.quality, len(rows), kinds,
                _pack_check_ins(check_ins, base), _pack_sights(sights, base), _pack_anchors(anchors, base),
            ),
            batch,
            decode_batch,
        )  # fmt: skip
    except struct.error:
        raise WireError("a row does not fit its batch: a moment or a length is out of range") from None


def decode_batch(payload: bytes) -> Batch:
    """Decode a batch; rows of impossible content come out as BadRow, anything else raises WireError."""
    raw = unseal(payload, _Batch)
    kinds = columns.unpack_codes(raw.kinds if raw.kinds is not None else _CHECK_IN, raw.count, _KIND_BITS)
    present = {_CHECK_IN: raw.check_ins, _SIGHT: raw.sights, _ANCHOR: raw.anchors}
    if any((packed is None) is (kind in kinds) for kind, packed in present.items()):
        raise WireError("the columns of a batch are not those of its kinds of rows")
    made: dict[int, Iterator[Row | BadRow]] = {
        _CHECK_IN: iter(_unpack_check_ins(raw.check_ins, kinds.count(_CHECK_IN), raw.base)),
        _SIGHT: iter(_unpack_sights(raw.sights, kinds.count(_SIGHT), raw.base)),
        _ANCHOR: iter(_unpack_anchors(raw.anchors, kinds.count(_ANCHOR), raw.base)),
    }
    unknown = BadRow(b"", "a kind of row that this version does not know")
    rows = tuple(next(made[kind]) if kind in made else unknown for kind in kinds)
    return Batch(raw.outbox_id, raw.first_seq, raw.boot_id, raw.base_wall - raw.base, raw.quality, rows)


def _deltas(rows: Sequence[Row], base: int) -> bytes:
    return columns.pack_uints([row.at - base for row in rows])


def _pack_check_ins(rows: Sequence[CheckIn], base: int) -> CheckInColumns | None:
    if not rows:
        return None
    codes = [row.lane | row.verdict << 2 for row in rows]
    return _deltas(rows, base), b"".join(row.tag for row in rows), columns.pack_codes(codes, _LANE_BITS)


def _unpack_check_ins(packed: CheckInColumns | None, count: int, base: int) -> list[Row | BadRow]:
    deltas, tags, codes = packed or (b"", b"", 0)
    moments = columns.unpack_uints(deltas, count)
    lanes = columns.unpack_codes(codes, count, _LANE_BITS)
    names = columns.cut(tags, count, TAG_BYTES)
    return [_check_in(base + at, tag, code) for at, tag, code in zip(moments, names, lanes, strict=True)]


def _check_in(at: int, tag: bytes, code: int) -> Row | BadRow:
    judged = _JUDGED.get(code)
    if judged is None:
        return BadRow(struct.pack("<Q8sB", at, tag, code), "a check-in in a lane that does not exist")
    return CheckIn(at, tag, *judged)


def _pack_sights(rows: Sequence[SightSpan], base: int) -> SightColumns | None:
    if not rows:
        return None
    lengths = columns.pack_uints([row.at - row.start for row in rows])
    return _deltas(rows, base), lengths, columns.pack_codes([row.lane for row in rows], _KIND_BITS)


def _unpack_sights(packed: SightColumns | None, count: int, base: int) -> list[Row | BadRow]:
    deltas, lengths, codes = packed or (b"", b"", 0)
    ends, spans = columns.unpack_uints(deltas, count), columns.unpack_uints(lengths, count)
    lanes = columns.unpack_codes(codes, count, _KIND_BITS)
    return [_sight(base + end, span, lane) for end, span, lane in zip(ends, spans, lanes, strict=True)]


def _sight(at: int, length: int, lane: int) -> Row | BadRow:
    if lane > Lane.BOTH or length > at:
        return BadRow(
            struct.pack("<QIB", at, length, lane),
            "a sight span before the boot or in a lane that does not exist",
        )
    return SightSpan(at - length, at, Lane(lane))


def _pack_anchors(rows: Sequence[ClockAnchor], base: int) -> AnchorColumns | None:
    if not rows:
        return None
    return _deltas(rows, base), b"".join(_ANCHOR_FORM.pack(row.utc_ms, row.error_ms, row.source) for row in rows)


def _unpack_anchors(packed: AnchorColumns | None, count: int, base: int) -> list[Row | BadRow]:
    deltas, bodies = packed or (b"", b"")
    moments = columns.unpack_uints(deltas, count)
    return [
        _anchor(base + at, body)
        for at, body in zip(moments, columns.cut(bodies, count, _ANCHOR_FORM.size), strict=True)
    ]


def _anchor(at: int, body: bytes) -> Row | BadRow:
    utc_ms, error_ms, source = _ANCHOR_FORM.unpack(body)
    if source > ClockQuality.NTP or utc_ms >= _UTC_MS_END:
        return BadRow(struct.pack("<Q", at) + body, "a clock anchor from no known source or beyond the year 3300")
    return ClockAnchor(at, utc_ms, error_ms, ClockQuality(source))
