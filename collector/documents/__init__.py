"""Printed documents: the only door to typst."""

from collector.documents.typeset import render

__all__ = ["render"]
