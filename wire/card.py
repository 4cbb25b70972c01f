"""The card: a random number in a student's hand, and what may be known of it elsewhere.

A card number never reaches a kiosk's disk or the wire. Two values are derived from it with different labels: the
`tag` names the card in outbox, wire and register; the `key` opens its display record. Neither leads back to the
number, and no signature is needed, because the register is the authority anyway (docs/decisions/0001).
"""

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wire.errors import WireError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U. All of it is in QR's alphanumeric mode."""
PREFIX = "S"
NUMBER_LENGTH = 16
"""`S` and 15 characters: 75 random bits, exactly what QR version 1 holds at level Q."""
TAG_BYTES = 8
KEY_BYTES = 32

_LETTERS = frozenset(ALPHABET)


@dataclass(frozen=True, slots=True)
class Card:
    """A card as a kiosk may keep it in memory: without its number."""

    tag: bytes
    """8 bytes: its name in outbox, wire and register."""
    key: bytes = field(repr=False)
    """32 bytes: opens its display record."""


def new_number() -> str:
    """Return a new random card number."""
    return PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH - 1))


def is_number(text: str) -> bool:
    """Tell whether the text of a QR code has the form of a card number."""
    return len(text) == NUMBER_LENGTH and text[0] == PREFIX and _LETTERS.issuperset(text[1:])


def card_of(number: str) -> Card:
    """Derive tag and key from the text of a QR code; raise WireError when it is no card number.

    Nothing is cached: a cache would keep the numbers that a kiosk has to drop after the tap.
    """
    if not is_number(number):
        msg = f"not a card number: it is not {PREFIX} and {NUMBER_LENGTH - 1} characters of Crockford's base 32"
        raise WireError(msg)
    secret = number.encode("ascii")
    return Card(
        tag=_derive(secret, b"salagate/card/tag/v1", TAG_BYTES),
        key=_derive(secret, b"salagate/card/key/v1", KEY_BYTES),
    )


def _derive(secret: bytes, label: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=label).derive(secret)
