"""The card: its form on paper, what is derived from it, and what must never show."""

import hashlib
import hmac
from collections import Counter

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from wire.card import ALPHABET, KEY_BYTES, NUMBER_LENGTH, PREFIX, TAG_BYTES, Card, card_of, is_number, new_number
from wire.errors import WireError

NUMBER = "S0123456789ABCDE"
numbers = st.text(ALPHABET, min_size=15, max_size=15).map(lambda text: PREFIX + text)


def hkdf(secret: bytes, label: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256, no salt and one block: written out, so that it does not agree with itself only."""
    extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
    return hmac.digest(extracted, label + b"\x01", hashlib.sha256)[:length]


def test_alphabet_is_crockfords_and_has_no_letter_that_looks_like_a_digit() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_new_numbers_are_card_numbers_and_differ() -> None:
    made = {new_number() for _ in range(200)}
    assert len(made) == 200
    assert all(is_number(number) for number in made)


def test_new_numbers_use_every_character_at_every_place() -> None:
    made = [new_number() for _ in range(2000)]
    for place in range(1, NUMBER_LENGTH):
        assert len(Counter(number[place] for number in made)) == 32


@pytest.mark.parametrize(
    "text",
    ["", "S", NUMBER[:-1], NUMBER + "0", "T" + NUMBER[1:], NUMBER.lower(), NUMBER[:-1] + "I", NUMBER[:-1] + "O",
     NUMBER[:-1] + "\n", NUMBER + "\n", NUMBER[:-1] + "٣", "https://salagate/", " " + NUMBER[:-1]],
)  # fmt: skip
def test_other_texts_are_no_card_numbers(text: str) -> None:
    assert not is_number(text)
    with pytest.raises(WireError, match="not a card number") as caught:
        card_of(text)
    assert len(text) < 2 or text not in caught.value.reason


@given(st.text())
def test_any_text_is_a_card_number_or_a_wire_error(text: str) -> None:
    if is_number(text):
        card_of(text)
    else:
        with pytest.raises(WireError):
            card_of(text)


@given(numbers)
def test_tag_and_key_are_hkdf_sha256_under_their_own_labels(number: str) -> None:
    secret = number.encode()
    expected = Card(hkdf(secret, b"salagate/card/tag/v1", TAG_BYTES), hkdf(secret, b"salagate/card/key/v1", KEY_BYTES))
    assert card_of(number) == expected
    assert (len(expected.tag), len(expected.key)) == (8, 32)
    assert not expected.key.startswith(expected.tag)


def test_a_card_in_a_log_shows_neither_its_key_nor_its_number() -> None:
    card = card_of(NUMBER)
    for text in (repr(card), str(card), f"{card}"):
        assert "key" not in text
        assert repr(card.key) not in text
        assert card.key.hex() not in text
        assert NUMBER not in text


def test_nothing_keeps_a_number_after_the_tap() -> None:
    assert not hasattr(card_of, "cache_info")


@given(numbers)
def test_a_number_fills_qr_version_1_at_level_q_exactly(number: str) -> None:
    code = segno.make_qr(number, error="q", boost_error=False)
    assert (code.version, code.error, code.mode) == (1, "Q", "alphanumeric")
    assert segno.make_qr(number + "0", error="q", boost_error=False).version == 2
    with pytest.raises(segno.DataOverflowError):
        segno.make_qr(number + "0", error="q", version=1, boost_error=False)
