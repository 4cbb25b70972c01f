"""What the kiosk may say of itself: in which spans it could have recorded a tap, and up to when it has told all.

A claim is the ground on which the collector takes silence for absence (P4), so everything here errs towards saying
less. Nothing here speaks to a network.
"""

from edge.health.heartbeats import Heartbeats, Tally
from edge.health.sight import Sight
from edge.health.strangers import Strangers

__all__ = ["Heartbeats", "Sight", "Strangers", "Tally"]
