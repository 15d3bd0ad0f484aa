"""Prints the summary of a file of notes: python3 -m fieldnotes may.txt"""

import sys

from . import BadLine, read_notes, report


def main(arguments):
    if len(arguments) != 1:
        print("usage: python3 -m fieldnotes FILE", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as notes:
            sightings = read_notes(notes)
    except (OSError, UnicodeDecodeError, BadLine) as error:
        print("fieldnotes: {}".format(error), file=sys.stderr)
        return 1
    print(report(sightings), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
