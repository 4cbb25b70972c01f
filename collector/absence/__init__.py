"""Decisions: what a changed mark owes to whom, taken in one transaction with the mark."""
