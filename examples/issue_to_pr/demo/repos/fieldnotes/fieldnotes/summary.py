"""Adds sightings up."""

from typing import Dict, Iterable, List

from .sighting import Sighting


def totals(sightings: Iterable[Sighting]) -> Dict[str, int]:
    """How many birds of each species."""
    birds: Dict[str, int] = {}
    for sighting in sightings:
        birds[sighting.species] = birds.get(sighting.species, 0) + sighting.count
    return birds


def report(sightings: List[Sighting]) -> str:
    """A text for people: a line for each species, the most seen first, and a last line."""
    birds = totals(sightings)
    order = sorted(birds.items(), key=lambda entry: (-entry[1], entry[0]))
    lines = ["{:>6}  {}".format(count, species) for species, count in order]
    days = len({sighting.day for sighting in sightings})
    lines.append(
        "{:>6}  birds of {} species on {} {}".format(
            sum(birds.values()), len(birds), days, "day" if days == 1 else "days"
        )
    )
    return "\n".join(lines) + "\n"
