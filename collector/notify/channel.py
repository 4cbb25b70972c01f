"""The port to whatever carries a message to a guardian; each way of sending is one implementation.

A channel says what became of a message and nothing more: pacing, retries and records are the dispatcher's.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has it."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """It was surely not delivered; try again after so many of our clock's seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Permanent:
    """It was surely not delivered and never will be; `is_blocked` when the contact wants or can have no message."""

    reason: str
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """It may or may not have been delivered."""

    reason: str


Outcome = Accepted | RetryLater | Permanent | OutcomeUnknown


class Channel(Protocol):
    """A way to send."""

    def send(self, address: str, text: str, reference: str) -> Outcome:
        """Send one message and say what became of it; never raise for what the carrier or the network does."""
        ...
