"""What every addon of this family promises of its German translation."""

import io
from pathlib import Path

import polib

from odoo.tools.translate import trans_export


class GermanMixin:
    """Whether an addon's German is complete; a subclass names the addon."""

    module = None
    minimum_terms = 15
    # Odoo warns of tests that a class inherits, unless it says so.
    allow_inherited_tests_method = True

    def test_german_is_complete(self):
        german = {
            entry.msgid: entry.msgstr for entry in self._read_po() if entry.msgstr
        }
        buffer = io.BytesIO()
        trans_export(None, [self.module], buffer, "po", self.env)
        terms = [
            term.msgid
            for term in polib.pofile(buffer.getvalue().decode())
            if any(self._is_own(place) for place, _line in term.occurrences)
        ]
        self.assertGreater(len(terms), self.minimum_terms)
        self.assertEqual([term for term in terms if term not in german], [])

    def test_german_is_written_as_in_switzerland(self):
        self.assertEqual([e.msgstr for e in self._read_po() if "ß" in e.msgstr], [])

    def test_each_term_of_code_says_where_it_is_read(self):
        """Odoo gives the browser, and Python, only the terms that are marked for it."""
        for mark, place in (("odoo-javascript", "/static/"), ("odoo-python", ".py")):
            missing = [
                entry.msgid
                for entry in self._read_po()
                if any(place in path for path, _line in entry.occurrences)
                and mark not in entry.comment
            ]
            self.assertEqual(missing, [], mark)

    def test_placeholders_are_the_same(self):
        for entry in self._read_po():
            with self.subTest(entry.msgid):
                self.assertEqual(_names(entry.msgid), _names(entry.msgstr))

    def _read_po(self):
        addons = Path(__file__).parents[2]
        return polib.pofile(str(addons / self.module / "i18n" / "de.po"))

    def _is_own(self, place):
        """Leave out fields that other modules add to what our models inherit."""
        prefix = "model:ir.model.fields,"
        if not place.startswith(prefix):
            return True
        record = self.env.ref(place.removeprefix(prefix).partition(":")[2])
        return self.module in self.env[record.model]._fields[record.name]._modules


def _names(text):
    """Return the placeholders of a text, as in %(name)s."""
    return sorted(part.partition(")")[0] for part in text.split("%(")[1:])
