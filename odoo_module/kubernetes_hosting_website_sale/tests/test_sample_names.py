import html
import random

from odoo.tests import tagged

from odoo.addons.kubernetes_hosting.tests.sample_names import BAD, GOOD

from .common import HostingShopCase

SEED = 20261123
# What a browser's one-line field never sends.
UNTYPEABLE = ("\n", "\x00", "\x1b")


class SampleNamesMixin:
    """Form and check while typing say of each sample what the shared verdict says."""

    allow_inherited_tests_method = True
    share = 0.04

    def setUp(self):
        super().setUp()
        bad = [text for texts in BAD.values() for text in texts]
        self.bad = self._draw([t for t in bad if not any(c in t for c in UNTYPEABLE)])
        self.good = self._draw(
            list({name: text for text, name in GOOD.items()}.values())
        )

    def _draw(self, texts):
        count = max(2, round(len(texts) * self.share))
        return random.Random(SEED).sample(texts, count)

    def test_bad_names(self):
        cart = self._add_to_cart()
        for text in self.bad:
            with self.subTest(text):
                verdict = self.projects._judge_name(text)
                self.assertEqual(verdict["state"], "invalid")
                self.assertEqual(self._check(text), verdict)
                answer = self._post_names(text)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(verdict["message"], html.unescape(answer.text))
                self.assertFalse(cart.order_line.hosting_name)

    def test_good_names(self):
        cart = self._add_to_cart()
        for text in self.good:
            with self.subTest(text):
                self.assertEqual(self._check(text)["state"], "free")
                self.assertEqual(self._post_names(text).status_code, 303)
                self.assertEqual(cart.order_line.hosting_name, text.strip().lower())

    def _check(self, text):
        self.env["kubernetes.name.check"].search([]).unlink()
        return self.make_jsonrpc_request(
            self._build_url("/shop/project/check"), {"name": text}
        )


class TestSampleNames(SampleNamesMixin, HostingShopCase):
    """A few of them, always."""


@tagged("-standard", "hosting_full")
class TestAllSampleNames(SampleNamesMixin, HostingShopCase):
    """All of them, with --full."""

    share = 1
