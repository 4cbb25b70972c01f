"""A sealed card number opens with its own key, for its own card, and for nothing else."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.cards.sealing import Sealer, make_key_file, read_sealer
from collector.errors import CardError
from wire.card import card_of, new_number

KEY, OTHER_KEY = bytes(32), bytes([1] * 32)


def test_what_is_sealed_opens_again() -> None:
    number = new_number()
    tag = card_of(number).tag

    assert Sealer(KEY).open(Sealer(KEY).seal(number, tag), tag) == number


def test_a_number_is_not_to_be_seen_in_its_seal_and_no_two_seals_are_alike() -> None:
    number = new_number()
    first, second = (Sealer(KEY).seal(number, b"tag") for _ in range(2))

    assert number.encode() not in first
    assert first != second


def test_another_key_opens_nothing() -> None:
    sealed = Sealer(KEY).seal(new_number(), b"tag")

    with pytest.raises(CardError, match="the card key file is not the one it was sealed with"):
        Sealer(OTHER_KEY).open(sealed, b"tag")


def test_a_seal_that_is_moved_to_another_card_does_not_open() -> None:
    sealed = Sealer(KEY).seal(new_number(), b"the tag")

    with pytest.raises(CardError):
        Sealer(KEY).open(sealed, b"another")


@given(st.binary(max_size=80))
def test_noise_does_not_open(noise: bytes) -> None:
    with pytest.raises(CardError):
        Sealer(KEY).open(noise, b"tag")


def test_a_key_file_is_for_its_owner_only_and_is_never_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "card.key"
    make_key_file(path)
    sealed = read_sealer(path).seal(new_number(), b"tag")
    make_key_file(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read_sealer(path).open(sealed, b"tag")


@pytest.mark.parametrize("content", ["", "no hex", "00" * 31, "00" * 33])
def test_a_damaged_key_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "card.key"
    path.write_text(content)

    with pytest.raises(CardError, match=r"card\.key is damaged: bring back its copy"):
        read_sealer(path)


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="cannot be read: No such file"):
        read_sealer(tmp_path / "none.key")
