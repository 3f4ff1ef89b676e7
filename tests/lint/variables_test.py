import pathlib
import tempfile
import unittest

import variables

DECLARATIONS = '''
      {"PYGMY_FRONTEND", "the frontends to ask; "
                         "--frontend"},
      {"PYGMY_TOKEN", "a token"}};
'''
TABLE = variables.HEAD + "| `PYGMY_FRONTEND` | the frontends to ask; --frontend |\n| `PYGMY_TOKEN` | a token |\n"
NAMED = ('std::getenv("PYGMY_TOKEN")', 'option->envname("PYGMY_FRONTEND")', '::setenv("PYGMY_TOKEN", path, 1)',
         'std::getenv("NO_COLOR")')
FORGOTTEN = ('std::getenv("PYGMY_OTHER")', '->envname("PYGMY_OTHER")', '::setenv("PYGMY_OTHER", path, 1)')


class Variables(unittest.TestCase):
    def faults(self, page=TABLE, code="", file="client/client.cpp"):
        with tempfile.TemporaryDirectory() as root:
            for name, text in ((variables.DECLARATIONS, DECLARATIONS), (variables.PAGE, page)):
                path = pathlib.Path(root, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            return list(variables.faults(pathlib.Path(root), [(pathlib.Path(file), code)]))

    def test_the_table_is_made_of_the_declarations(self):
        self.assertEqual(variables.table_of(DECLARATIONS), TABLE)

    def test_a_page_with_this_table_has_no_fault(self):
        self.assertEqual(self.faults(f"# Page\n\n{TABLE}\nMore.\n"), [])

    def test_another_table_or_none_is_a_fault(self):
        for page in ("# Page\n", TABLE.replace("a token", "a key"), TABLE.replace("| `PYGMY_TOKEN` | a token |\n", "")):
            self.assertEqual(len(self.faults(page)), 1, page)

    def test_a_variable_that_the_code_names_is_in_the_table(self):
        self.assertEqual(self.faults(code="\n".join(NAMED)), [])
        for code in FORGOTTEN:
            self.assertEqual(len(self.faults(code=code)), 1, code)
        self.assertEqual(self.faults(code=FORGOTTEN[0], file="tests/msg/golden_test.cpp"), [])

    def test_the_real_table_is_read(self):
        text = (pathlib.Path(__file__).parents[2] / variables.DECLARATIONS).read_text()
        self.assertEqual(len(variables.rows_of(text)), text.count('{"PYGMY_'))
        self.assertIn("PYGMY_KEY_FILE", variables.rows_of(text))


if __name__ == "__main__":
    unittest.main()
