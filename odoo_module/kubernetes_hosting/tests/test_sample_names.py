from odoo.exceptions import ValidationError

from ..tools import names
from .common import KubernetesCase
from .sample_names import BAD, GOOD


class TestSampleNames(KubernetesCase):
    def test_the_samples_are_as_many_as_promised(self):
        bad = [text for texts in BAD.values() for text in texts]
        self.assertGreaterEqual(len(set(bad)), 200)
        self.assertGreaterEqual(len(GOOD), 50)

    def test_bad_names_break_the_rule_that_they_stand_for(self):
        reserved = self.env["kubernetes.reserved.name"]._get_names()
        for code, texts in BAD.items():
            for text in texts:
                with self.subTest(text), self.assertRaises(names.InvalidName) as error:
                    names.normalise_name(text, reserved)
                self.assertEqual(error.exception.code, code, text)

    def test_check_form_and_import_say_the_same_of_every_bad_name(self):
        bad = [text for texts in BAD.values() for text in texts]
        judged = {text: self._judge(text) for text in bad}
        for text, (state, message) in judged.items():
            self.assertEqual(state, "invalid", text)
            with self.subTest(text), self.assertRaises(ValidationError) as error:
                self._create_project(text)
            self.assertEqual(str(error.exception), message)
        # What a spreadsheet can hold; a blank field is left out by the import.
        rows = [text for text in bad if "\x00" not in text]
        # The import gives up after ten errors: a few at a time.
        for start in range(0, len(rows), 9):
            part = rows[start : start + 9]
            self._assert_import(part, [judged[text][1] for text in part])

    def test_check_form_and_import_take_every_good_name(self):
        for text, name in GOOD.items():
            verdict = self.projects._judge_name(text)
            self.assertEqual((verdict["state"], verdict["name"]), ("free", name))
        # Each name once: acme and ACME are the same.
        texts = {name: text for text, name in GOOD.items()}
        self._assert_import(list(texts.values()), [])
        stored = self.projects.search([]).mapped("name")
        self.assertEqual(sorted(stored), sorted(texts))
        for text in GOOD:
            self.assertEqual(self._judge(text)[0], "taken")

    @property
    def projects(self):
        return self.env["kubernetes.project"]

    def _judge(self, text):
        verdict = self.projects._judge_name(text)
        return verdict["state"], verdict["message"]

    def _assert_import(self, texts, messages):
        rows = [[text, str(self.cluster.id)] for text in texts]
        answer = self.projects.load(["name", "cluster_id/.id"], rows)
        found = [message["message"] for message in answer["messages"]]
        self.assertEqual(found, messages)
