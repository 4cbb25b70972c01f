"""What two programs must agree on, and nothing else.

The test for a line here: would two programs break if they disagreed on it?
"""
