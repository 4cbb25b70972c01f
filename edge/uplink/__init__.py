"""The way of rows to the collector and of its word back: the only door to paho (`edge.uplink.link`).

The broker may be away for a week: nothing here keeps a row, and nothing is sent but from the outbox. A broker's
acknowledgement settles nothing (P2).
"""

from edge.uplink.link import greet
from edge.uplink.pace import Pace
from edge.uplink.uplink import Uplink

__all__ = ["Pace", "Uplink", "greet"]
