"""The one door to Argon2, so that a flood of sign-ins can neither guess cheaply nor take the whole machine.

19 MiB and two passes are OWASP's minimum and about 50 ms of one core; at most two are computed at once.
"""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(2)
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""A hash that no password has: an unknown name takes as long as a wrong password."""


def hash_password(password: str) -> str:
    """Return the Argon2id hash to store."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Tell whether the password is the stored one; None (nobody) is computed all the same and is never right."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or _NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
