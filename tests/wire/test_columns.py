"""Columns of numbers and codes as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.columns import cut, pack_codes, pack_uints, unpack_codes, unpack_uints
from wire.errors import WireError

uints = st.lists(st.integers(0, 300) | st.integers(0, 2**32 - 1), max_size=100)


@given(uints)
def test_numbers_read_back(values: list[int]) -> None:
    assert list(unpack_uints(pack_uints(values), len(values))) == values


def test_numbers_take_two_bytes_each_until_one_needs_four() -> None:
    assert pack_uints([1, 65535]) == b"\x01\x00\xff\xff"
    assert pack_uints([1, 65536]) == b"\x01\x00\x00\x00\x00\x00\x01\x00"


@given(st.sampled_from([2, 4]), st.data())
def test_codes_read_back(bits: int, data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, 2**bits - 1), min_size=1, max_size=100))
    assert unpack_codes(pack_codes(codes, bits), len(codes), bits) == codes


def test_codes_are_packed_low_bits_first_and_one_number_when_all_are_the_same() -> None:
    assert pack_codes([1, 2, 3, 0, 2], 2) == b"\x39\x02"
    assert pack_codes([1, 15, 7], 4) == b"\xf1\x07"
    assert pack_codes([2, 2, 2], 2) == 2


@given(st.binary(max_size=40), st.integers(0, 12))
def test_any_bytes_are_a_column_of_numbers_or_a_wire_error(data: bytes, count: int) -> None:
    if count and len(data) in (2 * count, 4 * count):
        assert len(unpack_uints(data, count)) == count
    elif count or data:
        with pytest.raises(WireError, match="length of 2 or 4 bytes a row"):
            unpack_uints(data, count)


@pytest.mark.parametrize(
    ("packed", "count", "reason"),
    [(4, 3, "does not fit 2 bits"), (-1, 3, "does not fit 2 bits"), (2**64 - 1, 3, "does not fit 2 bits"),
     (b"", 1, "length of its rows"), (b"\x00\x00", 4, "length of its rows"), (b"\x40", 3, "beyond its last row")],
)  # fmt: skip
def test_impossible_codes_are_wire_errors(packed: int | bytes, count: int, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        unpack_codes(packed, count, 2)


def test_a_column_is_cut_only_into_whole_pieces() -> None:
    assert cut(b"aabbcc", 3, 2) == [b"aa", b"bb", b"cc"]
    for wrong in (b"aabbc", b"aabbccd", b""):
        with pytest.raises(WireError, match="2 bytes a row"):
            cut(wrong, 3, 2)
