"""The names of the MQTT topics, in one place, because a broker's access list is written from them.

A kiosk's id is its certificate's CN, its MQTT user and its client id. The school is not in a topic: a kiosk moves.
"""

import re
from enum import StrEnum

from wire.errors import WireError

ROOT = "salagate/v1"
_KIOSK_ID = re.compile(r"[a-z0-9-]{3,32}\Z")


class Up(StrEnum):
    """What a kiosk publishes."""

    ROWS = "rows"
    HEARTBEAT = "heartbeat"
    STATUS = "status"


class Down(StrEnum):
    """What the collector publishes to one kiosk."""

    RECEIPT = "receipt"
    GATE_BOOK = "gate-book"
    SETTINGS = "settings"
    COMMAND = "command"


def is_kiosk_id(text: str) -> bool:
    """Tell whether the text may be a kiosk's id: 3 to 32 of a-z, 0-9 and the hyphen."""
    return _KIOSK_ID.match(text) is not None


def topic(kiosk_id: str, leaf: Up | Down) -> str:
    """Return the topic of one kiosk and one kind of message."""
    if not is_kiosk_id(kiosk_id):
        raise WireError("not a kiosk id: it takes 3 to 32 of a-z, 0-9 and the hyphen")
    return f"{ROOT}/{kiosk_id}/{leaf}"


def every(leaf: Up) -> str:
    """Return the filter that takes one kind of message from every kiosk."""
    return f"{ROOT}/+/{leaf}"


def parse(name: str) -> tuple[str, Up]:
    """Return kiosk id and kind of an upward topic; raise WireError for any other name."""
    root, _, rest = name.partition(f"{ROOT}/")
    kiosk_id, _, leaf = rest.partition("/")
    if root or not is_kiosk_id(kiosk_id) or leaf not in set(Up):
        raise WireError("not a topic of a kiosk")
    return kiosk_id, Up(leaf)
