"""The words an operator types on the collector's machine, a module for each noun.

They open the same database as the running server; SQLite's one-writer rule keeps the two apart.
"""
