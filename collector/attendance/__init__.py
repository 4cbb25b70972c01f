"""Marks: what may be said of each student in each school session, and no more than is known."""
