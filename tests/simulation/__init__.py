"""A school and its day, played for the programs from outside: names, scripts, networks, people at keyboards."""
