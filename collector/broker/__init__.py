"""The one door to MQTT: a broker of our own for a single machine, and a client that outlives any broker.

Nothing here knows what a message means.
"""

from collector.broker.client import Acknowledge, BrokerClient, OnMessage
from collector.broker.embedded import EmbeddedBroker

__all__ = ["Acknowledge", "BrokerClient", "EmbeddedBroker", "OnMessage"]
