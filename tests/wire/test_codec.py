"""Every message reads back, and whatever else arrives is a WireError that repeats nothing of it."""

import math
import tracemalloc
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.forms import BATCH, FORMS, GATE_BOOK, HEARTBEAT, MANIFEST, RECEIPT, STATUS, Form
from wire import codec
from wire.clock import from_ticks
from wire.envelope import MAX_ITEMS
from wire.errors import WireError
from wire.messages import (
    BadRow,
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

ID = bytes(range(16))
BEAT = Heartbeat(
    ID, 5, 6, ClockQuality.RTC, (Claim(ID, 4, 3, ID),), 1, 2, sighted=True, frames_per_second=14.5, taps=1, refusals=0,
    disk_free_bytes=9, gate_book_revision=1, version="0.1.0",
)  # fmt: skip
NUMBERS_OF_EDGES = [0, 1, -1, 2**8, 2**16, 2**31, 2**32, 2**40, 2**42, 2**62, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)]

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
scalars = (
    st.none()
    | st.booleans()
    | st.sampled_from(NUMBERS_OF_EDGES)
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.binary(max_size=40)
    | st.text(max_size=20)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=14) | st.dictionaries(st.text(), inner, max_size=3)
)


def take(form: Form, payload: bytes) -> None:
    """Decode anything: a message must be one that can be sent, and no other exception may come than WireError."""
    try:
        message = form.decode(payload)
    except WireError as error:
        assert 0 < len(error.reason) <= 120  # noqa: PT017
        assert error.reason.isprintable()  # noqa: PT017
        return
    if form is BATCH:
        for row in message.rows:
            assert isinstance(row, BadRow) or from_ticks(row.at + message.wall_offset)
    else:
        assert form.decode(form.encode(message)) == message


def places(value: object, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Return the paths of all values within nested lists, without the whole."""
    if not isinstance(value, list):
        return [path]
    return [path, *(found for at, inner in enumerate(value) for found in places(inner, (*path, at)))]


def put(value: Any, path: tuple[int, ...], new: object) -> Any:  # noqa: ANN401
    if not path:
        return new
    return [put(inner, path[1:], new) if at == path[0] else inner for at, inner in enumerate(value)]


@every_form
@given(st.data())
def test_a_message_reads_back_and_has_one_encoding(form: Form, data: st.DataObject) -> None:
    message = data.draw(form.messages)
    payload = form.encode(message)
    assert form.decode(payload) == message
    assert form.encode(form.decode(payload)) == payload


@every_form
@given(payload=st.binary(max_size=300))
def test_random_bytes(form: Form, payload: bytes) -> None:
    take(form, payload)


@every_form
@given(value=values)
def test_random_msgpack(form: Form, value: object) -> None:
    take(form, msgspec.msgpack.encode(value))


@every_form
@given(value=st.lists(scalars, min_size=5, max_size=18))
def test_random_fields_behind_a_right_version(form: Form, value: list[object]) -> None:
    take(form, msgspec.msgpack.encode([1, *value]))


@every_form
@given(st.data())
def test_a_payload_cut_short_or_continued_is_a_wire_error(form: Form, data: st.DataObject) -> None:
    payload = form.encode(data.draw(form.messages))
    for wrong in (payload[: data.draw(st.integers(0, len(payload) - 1))], payload + data.draw(st.binary(min_size=1))):
        with pytest.raises(WireError):
            form.decode(wrong)


@every_form
@given(st.data())
def test_flipped_bits(form: Form, data: st.DataObject) -> None:
    payload = bytearray(form.encode(data.draw(form.messages)))
    for bit in data.draw(st.lists(st.integers(0, len(payload) * 8 - 1), min_size=1, max_size=4)):
        payload[bit // 8] ^= 1 << bit % 8
    take(form, bytes(payload))


@every_form
@given(st.data())
def test_a_good_message_with_one_value_changed(form: Form, data: st.DataObject) -> None:
    raw = msgspec.msgpack.decode(form.encode(data.draw(form.messages)))
    path = data.draw(st.sampled_from(places(raw)))
    take(form, msgspec.msgpack.encode(put(raw, path, data.draw(values))))


@every_form
@given(st.data(), st.sampled_from([918_273_645_546_372, "fedcba-SECRET", b"fedcba-SECRET", 37.40591827]))
def test_a_reason_repeats_nothing_that_was_sent(form: Form, data: st.DataObject, marker: object) -> None:
    raw = msgspec.msgpack.decode(form.encode(data.draw(form.messages)))
    path = data.draw(st.sampled_from(places(raw)))
    for new in (marker, [marker], {str(marker): marker}):
        try:
            form.decode(msgspec.msgpack.encode(put(raw, path, new)))
        except WireError as error:
            for text in (error.reason, str(error), repr(error.__cause__)):
                assert "SECRET" not in text
                assert "918273645" not in text
                assert "4059" not in text


def test_an_enum_that_does_not_exist_is_refused_without_its_number() -> None:
    raw = msgspec.msgpack.decode(codec.encode_heartbeat(BEAT))
    with pytest.raises(WireError) as caught:
        codec.decode_heartbeat(msgspec.msgpack.encode(put(raw, (4,), 77)))
    assert caught.value.reason == "a value that does not exist - at `$[4]`"


@every_form
def test_a_newer_version_is_named_as_such(form: Form) -> None:
    for newer in ([2], [2, *range(40)], [2, {"more": []}]):
        with pytest.raises(WireError, match="version of the wire that this program does not know"):
            form.decode(msgspec.msgpack.encode(newer))


@every_form
@given(st.data())
def test_a_field_too_many_or_too_few_is_a_wire_error(form: Form, data: st.DataObject) -> None:
    raw = msgspec.msgpack.decode(form.encode(data.draw(form.messages)))
    for wrong in ([*raw, None], raw[:-1]):
        with pytest.raises(WireError):
            form.decode(msgspec.msgpack.encode(wrong))


@every_form
@pytest.mark.parametrize("opening", [b"\x91", b"\x92\x01", b"\x92\x02", b"\x81\xa1x", b"\xdd\x00\x00\x00\x0c\x01"])
def test_deep_nesting_is_a_wire_error(form: Form, opening: bytes) -> None:
    with pytest.raises(WireError):
        form.decode(opening + b"\x91" * 200_000 + b"\x00")


@every_form
@given(st.data(), st.sampled_from([0x00FF_FFFF, 0x0FFF_FFFF, 0xFFFF_FFFF]))
def test_a_short_payload_cannot_ask_for_much_memory(form: Form, data: st.DataObject, size: int) -> None:
    raw = msgspec.msgpack.decode(form.encode(data.draw(form.messages)))
    place = data.draw(st.integers(0, len(raw) - 1))
    head = bytes([0x90 | len(raw)]) if len(raw) < 16 else b"\xdc" + len(raw).to_bytes(2, "big")
    before = b"".join(msgspec.msgpack.encode(field) for field in raw[:place])
    opening = data.draw(st.sampled_from([b"\xdd", b"\xdf", b"\xc6", b"\xdb", b"\xc9"]))
    payload = head + before + opening + size.to_bytes(4, "big") + b"\x00" * 8
    tracemalloc.start()
    try:
        take(form, payload)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -100.5, 1000.5])
@pytest.mark.parametrize("place", [9, 15])
def test_measures_that_cannot_be_are_refused_both_ways(number: float, place: int) -> None:
    raw = msgspec.msgpack.decode(codec.encode_heartbeat(BEAT))
    with pytest.raises(WireError):
        codec.decode_heartbeat(msgspec.msgpack.encode(put(raw, (place,), number)))
    beat = replace(BEAT, frames_per_second=number) if place == 9 else replace(BEAT, temperature_celsius=number)
    with pytest.raises(WireError):
        codec.encode_heartbeat(beat)


def test_equal_heartbeats_are_equal_bytes() -> None:
    for number, same in ((5, 5.0), (0.0, -0.0)):
        one, other = replace(BEAT, frames_per_second=number), replace(BEAT, frames_per_second=same)
        assert one == other
        assert codec.encode_heartbeat(one) == codec.encode_heartbeat(other)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (RECEIPT, Receipt(ID, ID, -1)),
        (RECEIPT, Receipt(ID, ID[:-1], 1)),
        (RECEIPT, Receipt(ID, ID, 1, held=(HeldRange(5, 4, ID),))),
        (RECEIPT, Receipt(ID, ID, 1, forked=(SeqRange(5, 4),))),
        (RECEIPT, Receipt(ID, ID, 1, forked=(SeqRange(0, 4),))),
        (RECEIPT, Receipt(ID, ID, 1, forked=(SeqRange(1, 1),) * (MAX_ITEMS + 1))),
        (RECEIPT, Receipt(ID, ID, 1, utc_ms=10**15)),
        (RECEIPT, Receipt(ID, ID, 2**64)),
        (HEARTBEAT, replace(BEAT, sent=2**40)),
        (HEARTBEAT, replace(BEAT, version="v" * 65)),
        (HEARTBEAT, replace(BEAT, version="\ud800")),
        (HEARTBEAT, replace(BEAT, claims=(Claim(ID, -1, 3, ID),))),
        (STATUS, Status(ID, ID, -1, online=True)),
        (MANIFEST, Manifest(1, bytes(31), 1)),
        (MANIFEST, Manifest(1, bytes(32), 1, (bytes(7), bytes(9)))),
        (GATE_BOOK, GateBook(1, (bytes(7),))),
        (GATE_BOOK, GateBook(1, (), claim_at=(86_401,))),
        (GATE_BOOK, GateBook(1, (), hours=((0, -1),))),
    ],
)
def test_what_a_receiver_would_not_take_is_never_sent(form: Form, message: object) -> None:
    with pytest.raises(WireError) as caught:
        form.encode(message)
    assert caught.value.reason


def test_a_range_of_a_receipt_that_ends_before_it_begins_is_a_wire_error() -> None:
    raw = msgspec.msgpack.decode(codec.encode_receipt(Receipt(ID, ID, 1, held=(HeldRange(4, 5, ID),))))
    with pytest.raises(WireError, match="ends before it begins"):
        codec.decode_receipt(msgspec.msgpack.encode(put(raw, (4, 0, 1), 3)))
