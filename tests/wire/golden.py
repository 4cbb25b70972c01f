"""Reading the golden vectors, and writing a message down as a vector does."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from wire.messages import BadRow

VECTORS = Path(__file__).parent / "vectors"


class Case(NamedTuple):
    """One golden case: bytes (or a card number) and what they mean."""

    name: str
    content: dict[str, Any]

    @property
    def sha256(self) -> str:
        """The hash of its content, however it is laid out in the file."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()


def cases(stage: str, kind: str) -> list[Case]:
    """Return the cases of one kind of message."""
    text = (VECTORS / stage / f"{kind}.json").read_text(encoding="utf-8")
    return [Case(f"{kind}/{case['name']}", case) for case in json.loads(text)]


def written(value: object) -> Any:  # noqa: ANN401
    """Return a message as JSON holds it: bytes in hexadecimal, enums by name, rows with their kind.

    The words of a bad row's reason are left out: they are for people and may become better ones.
    """
    if isinstance(value, BadRow):
        return {"is": "BadRow", "raw": value.raw.hex()}
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__} | {part.name: written(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple):
        return [written(part) for part in value]
    return value
