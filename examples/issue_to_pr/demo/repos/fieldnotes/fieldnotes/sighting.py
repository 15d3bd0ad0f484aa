"""Reads notes, a sighting on each line."""

import datetime
from typing import Iterable, List, NamedTuple


class Sighting(NamedTuple):
    """Birds of one species, seen together."""

    day: datetime.date
    species: str
    count: int
    place: str


class BadLine(ValueError):
    """A line that is not a sighting."""

    def __init__(self, number: int, problem: str):
        super().__init__("line {}: {}".format(number, problem))
        self.number = number


def read_notes(lines: Iterable[str]) -> List[Sighting]:
    """Reads all sightings; raises BadLine at the first line that is not one."""
    sightings = []
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if line and not line.startswith("#"):
            sightings.append(_read_line(number, line))
    return sightings


def _read_line(number: int, line: str) -> Sighting:
    fields = [field.strip() for field in line.split("|")]
    if len(fields) != 4 or not all(fields):
        raise BadLine(number, "expected day | species | count | place")
    day, species, count, place = fields
    try:
        day = datetime.datetime.strptime(day, "%Y-%m-%d").date()
    except ValueError:
        raise BadLine(number, "{!r} is not a day such as 2026-05-02".format(day)) from None
    if not (count.isascii() and count.isdigit()) or int(count) == 0:
        raise BadLine(number, "{!r} is not a number of birds".format(count))
    return Sighting(day, species, int(count), place)
