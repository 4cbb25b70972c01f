"""The kiosk's memory: a tap that was shown green is in this file, whatever happens next (promises P1 to P3).

SQLite in WAL mode with `synchronous=FULL`. One file holds one or more *lives*, each with an outbox id and seqs from 1
without gaps; all but the newest were left, after a fork or on another board. Nothing here speaks to a network, and a
row is settled only by a receipt under its own boot id.
"""

from edge.outbox.batches import Part
from edge.outbox.opening import open_outbox
from edge.outbox.outbox import Outbox, Settlement, part_of
from edge.outbox.report import Backlog, LifeHead, peek

__all__ = ["Backlog", "LifeHead", "Outbox", "Part", "Settlement", "open_outbox", "part_of", "peek"]
