"""Kiosks: what they are, what they claim, what they saw, and when their silence is known to be real."""
