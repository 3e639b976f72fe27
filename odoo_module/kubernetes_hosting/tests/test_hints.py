from odoo.tests import tagged

from ..models.hints import HINTS, translate
from .common import KubernetesCase

DRIFT = "Adopt it (host_manifests_adopt) or overwrite it (host_manifests_overwrite)."


@tagged("post_install", "-at_install")
class TestHints(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        module = cls.env.ref("base.module_kubernetes_hosting")
        module._update_translations(["de_DE"])
        cls.german = cls.env(context=dict(cls.env.context, lang="de_DE"))

    def test_the_next_step_has_odoos_words_in_the_readers_language(self):
        host = self._create_host()
        error = self._error("manifest_drift") | {"hint": DRIFT}
        self._finish(host.active_run_id, host, self._result(ok=False, error=error))
        self.assertEqual(host.error_hint, DRIFT, "the contract's words are kept")
        self.assertIn("Press Adopt to keep", host.next_step)
        self.assertIn("Press Adopt to keep", host.last_run_id.line_ids.next_step)
        german = host.with_env(self.german).next_step
        self.assertRegex(german, "^Drücken Sie .*bernehmen")

    def test_values_stand_where_they_belong(self):
        host = self._create_host()
        result = self._result(dns="failed")
        told = "Point the DNS record of acme.example.com to 203.0.113.7."
        result["ingress"]["steps"][0]["hint"] = told
        self._finish(host.active_run_id, host, result)
        self.assertEqual(host.ladder_shown[0]["hint"], told)
        self.assertEqual(host.ladder_shown[1:], host.ladder[1:])
        german = host.with_env(self.german).ladder_shown[0]["hint"]
        self.assertIn("acme.example.com", german)
        self.assertIn("203.0.113.7", german)
        self.assertIn("DNS-Eintrag", german)

    def test_what_odoos_bot_stored_is_translated_too(self):
        text = "Correct this, then run it again."
        self.assertEqual(translate(self.env, text), text)
        self.assertNotEqual(translate(self.german, text), text)

    def test_another_hint_is_shown_as_it_came(self):
        for text in ("", "100% <b>of</b> %(host)s", "Press the red button."):
            with self.subTest(text):
                self.assertEqual(translate(self.env, text), text)
                self.assertEqual(translate(self.german, text), text)
        self.assertEqual(translate(self.env, None), "")

    def test_every_hint_is_translated(self):
        same = {text for text in HINTS if translate(self.german, text) == text}
        self.assertEqual(same, set())

    def test_a_run_says_that_it_waits_for_capacity(self):
        first = self._create_host("first").active_run_id
        second = self._create_host("second").active_run_id
        self.cluster.capacity = 1
        self.assertIn("waits for its turn", second.summary)
        first._mark_running()
        self.env.invalidate_all()
        self.assertIn("waits for capacity: 1 of 1 runs", second.summary)
        first._end("done")
        self.env.invalidate_all()
        self.assertIn("waits for its turn", second.summary)
