"""A batch: the same rows whatever its borders, few bytes, and a bad row that leaves its neighbours good."""

import struct
from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import strategies
from wire.batch import MAX_ROWS, decode_batch, encode_batch
from wire.clock import from_ticks
from wire.errors import WireError
from wire.messages import BadRow, Batch, CheckIn, ClockAnchor, ClockQuality, Lane, Row, SightSpan, Verdict

BASE, COUNT, KINDS, CHECK_INS, SIGHTS, ANCHORS = 4, 7, 8, 9, 10, 11
OUTBOX, BOOT = bytes(range(16)), bytes(range(16, 32))
WALL_OFFSET = 176_756_000_000


def tag(number: int) -> bytes:
    return struct.pack(">Q", 0xA1B2_C3D4_E5F6_0708 + number)


def batch_of(*rows: Row | BadRow, first_seq: int = 1) -> Batch:
    return Batch(OUTBOX, first_seq, BOOT, WALL_OFFSET, ClockQuality.NTP, rows)


def crowd(count: int) -> Batch:
    """Check-ins as at a gate: one each 1.7 s, lanes and verdicts mixed, and large seqs of a kiosk in its third year."""
    rows = [
        CheckIn(90_000_000 + 170 * i, tag(i), Lane.OUT if i % 5 == 0 else Lane.IN, Verdict(i % 7 == 3))
        for i in range(count)
    ]
    return batch_of(*rows, first_seq=1_234_567)


def altered(batch: Batch, place: int, value: object) -> bytes:
    raw: list[Any] = msgspec.msgpack.decode(encode_batch(batch))
    raw[place] = value
    return msgspec.msgpack.encode(raw)


CHECK_IN = CheckIn(5_000, tag(0), Lane.IN, Verdict.KNOWN)
SIGHT = SightSpan(1_000, 6_000, Lane.BOTH)
ANCHOR = ClockAnchor(7_000, 1_767_568_800_000, 12, ClockQuality.NTP)


@given(strategies.outboxes(max_size=120), st.data(), st.integers(1, 2**62 - 121))
def test_any_batch_borders_give_the_same_rows_with_the_same_seqs(
    outbox: list[Row], data: st.DataObject, first: int
) -> None:
    expected = {first + place: row for place, row in enumerate(outbox)}
    for _ in range(2):
        borders = sorted(data.draw(st.sets(st.integers(1, len(outbox)))) | {0, len(outbox)})
        got: dict[int, Row | BadRow] = {}
        for start, end in pairwise(borders):
            sent = batch_of(*outbox[start:end], first_seq=first + start)
            received = decode_batch(encode_batch(sent))
            assert received == sent
            assert received.last_seq == first + end - 1
            got.update((received.first_seq + place, row) for place, row in enumerate(received.rows))
        assert got == expected


@given(strategies.batches())
def test_every_moment_of_a_batch_is_a_date(batch: Batch) -> None:
    for row in decode_batch(encode_batch(batch)).rows:
        assert not isinstance(row, BadRow)
        assert from_ticks(row.at + batch.wall_offset).tzinfo is not None


@pytest.mark.parametrize(("count", "most"), [(1, 78), (10, 174), (100, 1120), (1000, 12_574)])
def test_a_check_in_costs_about_ten_bytes(count: int, most: int) -> None:
    assert len(encode_batch(crowd(count))) <= most


def test_a_hundred_check_ins_fit_one_tcp_segment_with_mqtt_and_tls() -> None:
    payload = encode_batch(crowd(100))
    topic = len("salagate/v1//rows") + 32
    mqtt_5 = 1 + 2 + 2 + topic + 2 + 1
    tls_1_2, tls_1_3 = 5 + 8 + 16, 5 + 1 + 16
    assert len(payload) + mqtt_5 + max(tls_1_2, tls_1_3) < 1400


def test_all_check_ins_need_no_kind_column_and_equal_codes_one_number() -> None:
    raw = msgspec.msgpack.decode(encode_batch(batch_of(CHECK_IN, CHECK_IN)))
    assert raw[KINDS] is None
    assert raw[CHECK_INS][2] == 0
    assert (raw[SIGHTS], raw[ANCHORS]) == (None, None)


def test_a_lane_that_does_not_exist_is_one_bad_row_among_good_ones() -> None:
    batch = batch_of(CHECK_IN, CHECK_IN, CHECK_IN)
    payload = altered(batch, CHECK_INS, [bytes(6), CHECK_IN.tag * 3, bytes([0b0111_0000, 0])])
    first, bad, last = decode_batch(payload).rows
    assert (first, last) == (CHECK_IN, CHECK_IN)
    assert bad == BadRow(struct.pack("<Q", 5_000) + CHECK_IN.tag + b"\x07", "a check-in in a lane that does not exist")


@pytest.mark.parametrize(("length", "lanes"), [(5_000, b"\x0c"), (6_001, b"\x00")])
def test_an_impossible_sight_span_is_one_bad_row_among_good_ones(length: int, lanes: bytes) -> None:
    columns = [struct.pack("<2H", 1_000, 1_000), struct.pack("<2H", 5_000, length), lanes]
    good, bad, check_in = decode_batch(altered(batch_of(SIGHT, SIGHT, CHECK_IN), SIGHTS, columns)).rows
    assert (good, check_in) == (replace(SIGHT, lane=Lane.IN), CHECK_IN)
    assert bad == BadRow(
        struct.pack("<QIB", 6_000, length, lanes[0] >> 2),
        "a sight span before the boot or in a lane that does not exist",
    )


@pytest.mark.parametrize(("utc_ms", "source"), [(2**63, 3), (44_000_000_000_000, 3), (0, 4), (0, 255)])
def test_an_impossible_clock_anchor_is_one_bad_row_among_good_ones(utc_ms: int, source: int) -> None:
    bodies = struct.pack("<QIB", 5, 6, 3) + struct.pack("<QIB", utc_ms, 6, source)
    good, bad = decode_batch(altered(batch_of(ANCHOR, ANCHOR), ANCHORS, [bytes(4), bodies])).rows
    assert good == ClockAnchor(7_000, 5, 6, ClockQuality.NTP)
    assert isinstance(bad, BadRow)
    assert bad.raw == struct.pack("<Q", 7_000) + bodies[13:]


def test_a_kind_of_row_that_is_not_known_is_one_bad_row_among_good_ones() -> None:
    raw: list[Any] = msgspec.msgpack.decode(encode_batch(batch_of(CHECK_IN, SIGHT)))
    raw[COUNT], raw[KINDS] = 3, b"\x1c"
    rows = decode_batch(msgspec.msgpack.encode(raw)).rows
    assert rows == (CHECK_IN, BadRow(b"", "a kind of row that this version does not know"), SIGHT)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (COUNT, 0), (COUNT, -1), (COUNT, 3), (COUNT, MAX_ROWS + 1), (COUNT, 2**64 - 1), (COUNT, 2.0),
        (KINDS, None), (KINDS, 0), (KINDS, 4), (KINDS, -1), (KINDS, b""), (KINDS, b"\x04\x00"), (KINDS, b"\xf4"),
        (BASE, -1), (BASE, 2**40), (BASE + 1, 2**42), (BASE + 1, -(2**40)),
        (CHECK_INS, None), (CHECK_INS, [bytes(2), bytes(8)]), (CHECK_INS, [bytes(3), bytes(8), 0]),
        (CHECK_INS, [bytes(2), bytes(7), 0]), (CHECK_INS, [bytes(2), bytes(8), 16]),
        (CHECK_INS, [bytes(2), bytes(8), -1]),
        (CHECK_INS, [bytes(2), bytes(8), b"\x10"]), (CHECK_INS, [bytes(2), bytes(8), 0, 0]),
        (SIGHTS, [b"", b"", 0]), (SIGHTS, [bytes(2), bytes(4), 2**63]),
        (ANCHORS, [b"", b""]), (ANCHORS, [bytes(2), bytes(13)]),
        (0, 2), (1, bytes(15)), (1, "outbox"), (2, 0), (2, 2**62), (3, bytes(17)), (6, 4), (6, -1), (6, "NTP"),
    ],
)  # fmt: skip
def test_columns_that_contradict_their_batch_are_wire_errors(place: int, value: object) -> None:
    payload = altered(batch_of(CHECK_IN, SIGHT), place, value)
    with pytest.raises(WireError) as caught:
        decode_batch(payload)
    assert caught.value.reason


def test_a_huge_count_without_any_column_is_refused_before_anything_is_made() -> None:
    raw: list[Any] = msgspec.msgpack.decode(encode_batch(batch_of(CHECK_IN)))
    for count in (MAX_ROWS + 1, 10**6, 2**62, 2**64 - 1):
        raw[COUNT:] = [count, 3, None, None, None]
        with pytest.raises(WireError):
            decode_batch(msgspec.msgpack.encode(raw))


def test_a_newer_version_is_named_as_such() -> None:
    with pytest.raises(WireError, match="version of the wire that this program does not know"):
        decode_batch(msgspec.msgpack.encode([2, "anything", {"at": "all"}]))


@pytest.mark.parametrize(
    "batch",
    [
        batch_of(),
        batch_of(*[CHECK_IN] * (MAX_ROWS + 1)),
        batch_of(CHECK_IN, BadRow(b"", "bad")),
        batch_of(CHECK_IN, replace(CHECK_IN, at=CHECK_IN.at + 2**32)),
        batch_of(replace(CHECK_IN, at=-1)),
        batch_of(replace(CHECK_IN, at=2**40)),
        batch_of(replace(CHECK_IN, tag=bytes(7))),
        batch_of(replace(CHECK_IN, tag=bytes(7)), replace(CHECK_IN, tag=bytes(9))),
        batch_of(SightSpan(6_001, 6_000, Lane.IN)),
        batch_of(SightSpan(-1, 6_000, Lane.IN)),
        batch_of(SightSpan(0, 2**33, Lane.IN)),
        batch_of(replace(ANCHOR, utc_ms=-1)),
        batch_of(replace(ANCHOR, utc_ms=10**15)),
        batch_of(replace(ANCHOR, error_ms=2**32)),
        batch_of(CHECK_IN, first_seq=0),
        replace(batch_of(CHECK_IN), outbox_id=bytes(15)),
        replace(batch_of(CHECK_IN), wall_offset=2**70),
    ],
)
def test_what_a_receiver_would_not_take_is_never_sent(batch: Batch) -> None:
    with pytest.raises(WireError):
        encode_batch(batch)
