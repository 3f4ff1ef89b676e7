import pathlib
import re
import tempfile
import unittest

import counters

DECLARATIONS = '''
inline constexpr auto kCounters = std::to_array<DeclaredCounter>({
    {"requests", kOfFrontend | kOfReplicas, CounterKind::kFamily, "type",
     "requests by type: \\"lookup\\" "
     "and others"},
    {"queue_bytes", kOfBroker, CounterKind::kGauge, "", "bytes that wait"},
    {"sends_dropped", kOfLoop, CounterKind::kCounter, "", "not sent"},
});
'''
TABLE = counters.HEAD + '''| `requests_TYPE` | frontend, catalog, order | requests by type: "lookup" and others |
| `queue_bytes` | broker | now: bytes that wait |
| `sends_dropped` | all | not sent |
'''


class Counters(unittest.TestCase):
    def faults(self, page):
        with tempfile.TemporaryDirectory() as root:
            for name, text in ((counters.DECLARATIONS, DECLARATIONS), (counters.PAGE, page)):
                path = pathlib.Path(root, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            return list(counters.faults(pathlib.Path(root)))

    def test_the_table_is_made_of_the_declarations(self):
        self.assertEqual(counters.table_of(DECLARATIONS), TABLE)

    def test_every_row_of_the_real_declarations_is_read(self):
        text = (pathlib.Path(__file__).parents[2] / counters.DECLARATIONS).read_text()
        self.assertEqual(counters.table_of(text).count("\n") - 2, len(re.findall(r"CounterKind::k\w+,", text)))

    def test_a_name_that_ends_with_us_is_that_of_a_time(self):
        """/metrics turns such a counter into seconds."""
        text = (pathlib.Path(__file__).parents[2] / counters.DECLARATIONS).read_text()
        times = [row for row in counters.ROW.findall(text) if row[0].endswith("_us")]
        self.assertTrue(times)
        for name, _, _, _, says in times:
            self.assertRegex(says, r"\btime\b", name)

    def test_a_page_with_the_table_is_right(self):
        self.assertEqual(self.faults(f"before\n\n{TABLE}\nafter\n"), [])

    def test_a_page_with_another_row_is_wrong(self):
        self.assertEqual(len(self.faults(f"before\n\n{TABLE.replace('not sent', 'never sent')}\nafter\n")), 1)

    def test_a_page_without_the_table_is_wrong(self):
        self.assertEqual(len(self.faults("before\n")), 1)


if __name__ == "__main__":
    unittest.main()
