import unittest

from fieldnotes import read_notes, report, totals

MAY = [
    "2026-05-02 | robin | 3 | north hedge",
    "2026-05-02 | reed warbler | 1 | pond",
    "2026-05-03 | robin | 2 | north hedge",
    "2026-05-03 | robin | 1 | orchard",
]


class TotalsTest(unittest.TestCase):
    def test_days_and_places_add_up(self):
        self.assertEqual(totals(read_notes(MAY)), {"robin": 6, "reed warbler": 1})

    def test_nothing_seen_is_nothing(self):
        self.assertEqual(totals([]), {})


class ReportTest(unittest.TestCase):
    def test_the_most_seen_comes_first(self):
        self.assertEqual(
            report(read_notes(MAY)),
            "     6  robin\n"
            "     1  reed warbler\n"
            "     7  birds of 2 species on 2 days\n",
        )

    def test_no_notes_are_a_short_report(self):
        self.assertEqual(report([]), "     0  birds of 0 species on 0 days\n")
