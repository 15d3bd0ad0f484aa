"""Turns a bird watcher's plain notes into a summary."""

from .sighting import BadLine, Sighting, read_notes
from .summary import report, totals

__all__ = ["BadLine", "Sighting", "read_notes", "report", "totals"]
