"""Seals card numbers, so that a copy of the database opens no card.

The key is in a file of its own, kept out of the database and its backups. AES-256-GCM with a random nonce; the tag
is authenticated with it, so that a sealed number cannot be moved to another card.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collector.errors import CardError

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Sealer:
    """Seals and opens card numbers with one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, number: str, tag: bytes) -> bytes:
        """Return nonce and sealed number."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, number.encode("ascii"), tag)

    def open(self, sealed: bytes, tag: bytes) -> str:
        """Return the number; raise CardError when the key is not the one it was sealed with."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], tag).decode("ascii")
        except (InvalidTag, ValueError) as error:
            raise CardError(
                "A card number does not open: the card key file is not the one it was sealed with."
            ) from error


def make_key_file(path: Path) -> None:
    """Make a new key file that only its owner may read; an existing one is left as it is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def read_sealer(path: Path) -> Sealer:
    """Read the key file; raise CardError in one sentence."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise CardError(f"The card key file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CardError(f"The card key file {path} is damaged: bring back its copy.") from error
    if len(key) != _KEY_BYTES:
        raise CardError(f"The card key file {path} is damaged: bring back its copy.")
    return Sealer(key)
