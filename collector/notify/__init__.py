"""Notices on their way to guardians: queued with their decision, re-checked, paced, sent, settled."""
