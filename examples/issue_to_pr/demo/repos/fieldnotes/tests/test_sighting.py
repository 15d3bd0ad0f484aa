import datetime
import unittest

from fieldnotes import BadLine, Sighting, read_notes


class ReadNotesTest(unittest.TestCase):
    def test_a_line_is_a_sighting(self):
        self.assertEqual(
            read_notes(["2026-05-02 | reed warbler |  2 | pond\n"]),
            [Sighting(datetime.date(2026, 5, 2), "reed warbler", 2, "pond")],
        )

    def test_remarks_and_blank_lines_do_not_count(self):
        self.assertEqual(read_notes(["# Saturday", "", "  "]), [])

    def test_a_mistake_is_reported_with_its_line(self):
        for line, problem in [
            ("2026-05-02 | robin | 3", "expected day | species | count | place"),
            ("2026-05-02 | | 3 | pond", "expected day | species | count | place"),
            ("yesterday | robin | 3 | pond", "'yesterday' is not a day such as 2026-05-02"),
            ("2026-02-30 | robin | 3 | pond", "'2026-02-30' is not a day such as 2026-05-02"),
            ("2026-05-02 | robin | some | pond", "'some' is not a number of birds"),
            ("2026-05-02 | robin | 0 | pond", "'0' is not a number of birds"),
        ]:
            with self.subTest(line=line):
                with self.assertRaises(BadLine) as raised:
                    read_notes(["# a remark", line])
                self.assertEqual(str(raised.exception), "line 2: " + problem)
