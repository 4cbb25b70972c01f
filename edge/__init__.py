"""The kiosk: from a card at the gate to a durable, delivered check-in."""
