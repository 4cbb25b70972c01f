"""Measurements, one module each: figures that a person reads and a later run can be compared with."""
